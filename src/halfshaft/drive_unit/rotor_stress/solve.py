"""Displacement of a sheet under forces that repeat from sector to sector.

What moves on the sector's far side is what moves on the side at angle 0, turned by the sector's angle: cyclic symmetry. A free bore leaves
the sheet one way to move without strain, turning about the axis (a whole circle two more); each is closed by asking that the bore's mean
movement that way vanish, which takes no force where the load is in balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, coo_array, csr_array
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Bore = Literal["free", "fixed"]


@dataclass(frozen=True)
class Support:
    """``pairs`` (k, 2) of nodes, the second the first turned by ``angle_rad``; ``held`` nodes do not move, ``steady`` ones do not drift."""

    pairs: IntArray
    angle_rad: float
    held: IntArray
    steady: IntArray


def displacement(nodes_m: Array, stiffness: csr_array, force: Array, support: Support) -> Array:
    """Nodal displacements (2 n,) of the sheet; raises ValueError where it can still move freely."""
    tie = _tie(len(nodes_m), support)
    reduced = tie.T @ stiffness @ tie
    load = tie.T @ force
    drift = _drift(nodes_m, support) @ tie
    if drift.shape[0]:
        # weighed like the stiffness, lest pivoting suffer
        drift = drift * float(np.abs(reduced.diagonal()).max())
        reduced = block_array([[reduced, drift.T], [drift, None]])
        load = np.concatenate([load, np.zeros(drift.shape[0])])
    try:
        found = splu(reduced.tocsc()).solve(load)
    except RuntimeError as error:
        raise ValueError(f"the rotor's iron can move freely: {error}") from None
    moved: Array = tie @ found[: tie.shape[1]]
    return moved


def _tie(count: int, support: Support) -> csr_array:
    """From independent to all displacements."""
    free = np.ones(count, dtype=bool)
    free[support.held] = False
    free[support.pairs[:, 1]] = False
    number = np.cumsum(free) - 1
    own = np.flatnonzero(free)
    rows, columns = [2 * own, 2 * own + 1], [2 * number[own], 2 * number[own] + 1]
    values = [np.ones(len(own)), np.ones(len(own))]
    tied = support.pairs[free[support.pairs[:, 0]]]
    first, image = number[tied[:, 0]], tied[:, 1]
    c, s = np.cos(support.angle_rad), np.sin(support.angle_rad)
    for i, j, value in ((0, 0, c), (0, 1, -s), (1, 0, s), (1, 1, c)):
        rows.append(2 * image + i)
        columns.append(2 * first + j)
        values.append(np.full(len(image), value))
    shape = (2 * count, 2 * len(own))
    return csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)


def _drift(nodes_m: Array, support: Support) -> csr_array:
    """Mean movements that must vanish: turning, and on a whole circle shifting both ways."""
    steady, size = support.steady, 2 * len(nodes_m)
    if len(support.held) or not len(steady):
        return csr_array((0, size))
    x, y = nodes_m[steady].T
    radius = np.hypot(x, y)
    one, none = np.ones(len(steady)), np.zeros(len(steady))
    ways = [(-y / radius, x / radius)]
    if not len(support.pairs):
        ways += [(one, none), (none, one)]
    rows = np.repeat(np.arange(len(ways)), 2 * len(steady))
    columns = np.tile(np.concatenate([2 * steady, 2 * steady + 1]), len(ways))
    values = np.concatenate([np.concatenate(way) for way in ways]) / len(steady)
    return coo_array((values, (rows, columns)), shape=(len(ways), size)).tocsr()
