"""Random symmetric patterns, and matrices on them, for the sparse factor's tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from halfshaft.drive_unit.field.symbolic import Symbolic

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


def compressed(dense: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """Row starts and columns of a boolean matrix."""
    _, column = np.nonzero(dense)
    return np.concatenate([[0], np.cumsum(dense.sum(axis=1))]).astype(np.int64), column.astype(np.int64)


@st.composite
def patterns(draw: st.DrawFn, largest: int = 60) -> NDArray[np.bool_]:
    """Symmetric boolean matrices with full diagonal: bands, arrows, grids and scattered entries, mixed."""
    n = draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dense = rng.random((n, n)) < draw(st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]))
    for offset in draw(st.lists(st.integers(1, 8), max_size=3)):
        dense |= np.eye(n, k=offset, dtype=bool)
    if draw(st.booleans()):
        dense[rng.integers(n)] = True
    return np.asarray(dense | dense.T | np.eye(n, dtype=bool))


def panel_places(symbolic: Symbolic) -> IntArray:
    """(n, n) place of each entry of the factor's lower triangle in its storage, -1 where nothing is stored; elimination order."""
    n = symbolic.unknowns
    places = np.full((n, n), -1, dtype=np.int64)
    for s in range(len(symbolic.first) - 1):
        begin, end = symbolic.first[s], symbolic.first[s + 1]
        rows = symbolic.rows[symbolic.row_start[s] : symbolic.row_start[s + 1]]
        width = end - begin
        for i, row in enumerate(rows):
            for column in range(begin, min(end, row + 1)):
                places[row, column] = symbolic.panel_start[s] + i * width + column - begin
    return places
