"""Level lines and areas above a level on a mesh of quadrilaterals that need not be rectangles.

A map over speed and share of the peak torque is such a mesh over speed and torque: its rim is the limit curve itself, so that neither lines
nor colours end in steps below it. Values are linear along the cells' sides.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_NEVER = -1e30
_Side = tuple[int, int, int]  # node, and 0 for the side to the next row, 1 for that to the next column


def level_lines(x: Array, y: Array, z: Array, level: float) -> list[Array]:
    """Polylines (k, 2) on which ``z`` (n, m) at points ``x``, ``y`` (n, m) is ``level``, longest first; cells with NaN have none."""
    above = z > level
    mixed = above[:-1, :-1].astype(int) + above[1:, :-1] + above[1:, 1:] + above[:-1, 1:]
    whole = np.isfinite(z[:-1, :-1] + z[1:, :-1] + z[1:, 1:] + z[:-1, 1:])
    joined: dict[_Side, list[_Side]] = defaultdict(list)
    for i, j in np.argwhere((mixed > 0) & (mixed < 4) & whole):
        corners = (above[i, j], above[i + 1, j], above[i + 1, j + 1], above[i, j + 1])
        sides: tuple[_Side, ...] = ((i, j, 0), (i + 1, j, 1), (i, j + 1, 0), (i, j, 1))
        crossed = [sides[k] for k in range(4) if corners[k] != corners[(k + 1) % 4]]
        for a, b in zip(crossed[::2], crossed[1::2], strict=True):
            joined[a].append(b)
            joined[b].append(a)
    lines = [np.array([_crossing(x, y, z, level, side) for side in chain]) for chain in _chains(joined)]
    return sorted(lines, key=lambda line: -float(np.abs(np.diff(line, axis=0)).sum()))


def areas_above(x: Array, y: Array, z: Array, level: float) -> list[Array]:
    """Closed polygons (k, 2) around where ``z`` is above ``level``, holes among them: to be filled by the even-odd rule."""
    around = np.pad(z, 1, constant_values=_NEVER)  # a ring of no width outside the rim, which all lines close along
    return level_lines(np.pad(x, 1, mode="edge"), np.pad(y, 1, mode="edge"), around, level)


def _crossing(x: Array, y: Array, z: Array, level: float, side: _Side) -> tuple[float, float]:
    i, j, along = side
    a, b = (i, j), (i + 1, j) if along == 0 else (i, j + 1)
    s = (level - z[a]) / (z[b] - z[a])
    return float(x[a] + s * (x[b] - x[a])), float(y[a] + s * (y[b] - y[a]))


def _chains(joined: dict[_Side, list[_Side]]) -> list[list[_Side]]:
    """Paths through crossings, each of which knows one or two neighbours; closed ones end where they begin."""
    left = {side: list(neighbours) for side, neighbours in joined.items()}
    chains = []
    for start in [*(side for side in left if len(left[side]) == 1), *left]:
        while left[start]:
            chain = [start]
            while left[chain[-1]]:
                following = left[chain[-1]].pop()
                left[following].remove(chain[-1])
                chain.append(following)
            chains.append(chain)
    return chains
