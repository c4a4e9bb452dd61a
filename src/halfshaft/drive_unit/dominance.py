"""Dominance: units that another unit equals or beats in everything that is compared, and beats in something.

Nobody needs such a unit unless for a reason that the table does not hold, so it is marked, not dropped. What is counted or weighed is
compared exactly. What is computed, torque and loss, is compared to a tolerance: a gear of the next size costs kilograms for a permille of
torque, and models are not that good. A unit is marked only where an unmarked one dominates it directly, so tolerances never add up.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfshaft.drive_unit.unit_rows import UnitRows

Array = NDArray[np.float64]

TOLERANCE = 0.01  # of torque and loss (assumption: what a finer mesh may change in a computed field)
_FIGURES = ("mass_kg", "length_m", "diameter_m", "rare_earth_kg")
_MATERIALS = ("copper", "electrical steel", "rare-earth magnet")


def dominated_by(rows: UnitRows, tolerance: float = TOLERANCE) -> NDArray[np.intp]:
    """(n,) for each unit the index of an unmarked one that dominates it; -1 where no unit does.

    Compared are, within one voltage class: torque limits at the axle, of every kind and at every speed of the grid, and the loss at every
    operating point of the grid that both reach, to ``tolerance``; mass, length, diameter, rare earth, copper, electrical steel exactly;
    so too chips, those of silicon and of silicon carbide apart, since their prices are.
    """
    dominator = np.full(len(rows), -1, dtype=np.intp)
    if not len(rows):
        return dominator
    matrix, computed = criteria(rows)
    allowed = np.where(computed, tolerance, 0.0)
    classes = rows.figures["voltage_class_v"]
    for voltage in np.unique(classes):
        members = np.flatnonzero(classes == voltage)
        found = dominators(matrix[members], allowed)
        dominator[members[found >= 0]] = members[found[found >= 0]]
    return dominator


def criteria(rows: UnitRows) -> tuple[Array, NDArray[np.bool_]]:
    """(n, k) of which less is better, infinite where a unit does not reach a point; and (k,) which of them are computed, not counted."""
    pieces, device = rows.figures["semiconductor_pieces"], np.array(rows.device)
    exact = [rows.figures[name] for name in _FIGURES]
    exact += [rows.material_kg[name] for name in _MATERIALS if name in rows.material_kg]
    exact += [np.where(device == kind, pieces, 0.0) for kind in sorted(set(rows.device))]
    limits = [-limit for limit in rows.limit_nm.values()]
    matrix = np.concatenate([np.stack(exact, axis=1), *limits, rows.loss_w], axis=1)
    return matrix, np.arange(matrix.shape[1]) >= len(exact)


def dominators(matrix: Array, tolerance: Array) -> NDArray[np.intp]:
    """(n,) index of an unmarked row that dominates each row of an (n, k) matrix of which less is better, or -1 (unmarked).

    A row dominates another when it is nowhere greater by more than the tolerance (k,), a share of the other's magnitude, and somewhere less
    by more than it. Columns in which either is infinite are not compared. Raises ValueError for what is not a number.
    """
    if np.isnan(matrix).any():
        raise ValueError("a criterion that is no number cannot be compared")
    if not matrix.size:
        return np.full(len(matrix), -1, dtype=np.intp)
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for column in matrix.T], axis=1)
    # Whoever is nowhere greater comes first in this order: most comparisons are with rows that are kept.
    order = np.argsort(ranks.sum(axis=1), kind="stable")
    # Columns in which rows differ most are looked at first, so that a comparison ends early.
    spread = np.argsort(-ranks.max(axis=0), kind="stable")
    found = _dominators(np.ascontiguousarray(matrix[order][:, spread]), np.ascontiguousarray(tolerance[spread]))
    result = np.full(len(matrix), -1, dtype=np.intp)
    result[order[found >= 0]] = order[found[found >= 0]]
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _dominators(matrix: Array, tolerance: Array) -> NDArray[np.intp]:
    """Forth through all rows, back through those kept, and once more for marks whose dominator was itself marked on the way back."""
    n, k = matrix.shape
    kept = np.empty(n, dtype=np.intp)
    is_kept = np.zeros(n, dtype=np.bool_)
    size = 0
    low, high = np.empty(k), np.empty(k)
    found = np.full(n, -1, dtype=np.intp)
    for turn in range(3):
        for step in range(n):
            row = n - 1 - step if turn == 1 else step
            if (turn == 1 and not is_kept[row]) or (turn == 2 and is_kept[row]):
                continue
            for c in range(k):
                margin = tolerance[c] * abs(matrix[row, c]) if np.isfinite(matrix[row, c]) else 0.0
                low[c], high[c] = matrix[row, c] - margin, matrix[row, c] + margin
            found[row] = -1
            for place in range(size):
                other = kept[place]
                if other == row or not is_kept[other]:
                    continue
                less = False
                for c in range(k):
                    value = matrix[other, c]
                    if value > high[c] and value != np.inf:
                        break
                    if value < low[c] and low[c] != np.inf:
                        less = True
                else:
                    if less:
                        found[row] = other
                        break
            if turn == 0 and found[row] < 0:
                kept[size] = row
                is_kept[row] = True
                size += 1
            elif turn == 1 and found[row] >= 0:
                is_kept[row] = False
    return found
