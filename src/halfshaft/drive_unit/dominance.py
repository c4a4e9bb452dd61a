"""Dominance: units that another unit beats or equals in everything that is compared, and beats in something.

Nobody needs such a unit unless for a reason that the table does not hold, so it is marked, not dropped. Every criterion is brought into the
sense *less is better*; a unit dominates another when it is nowhere greater and somewhere less. That is transitive, so each dominated
unit is dominated by one that nothing dominates, and only those need be tried.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfshaft.drive_unit.unit_rows import UnitRows

Array = NDArray[np.float64]

_FIGURES = ("mass_kg", "length_m", "diameter_m", "rare_earth_kg")
_MATERIALS = ("copper", "electrical steel", "rare-earth magnet")


def dominated_by(rows: UnitRows) -> NDArray[np.intp]:
    """(n,) for each unit the index of one that dominates it and is itself dominated by none; -1 where no unit does.

    Compared are, within one voltage class: torque limits at the axle, of every kind and at every speed of the grid; the loss at every
    operating point of the grid that either reaches; mass, length, diameter; rare earth, copper, electrical steel; and chips, those of
    silicon and of silicon carbide apart, since their prices are.
    """
    dominator = np.full(len(rows), -1, dtype=np.intp)
    if not len(rows):
        return dominator
    matrix = criteria(rows)
    classes = rows.figures["voltage_class_v"]
    for voltage in np.unique(classes):
        members = np.flatnonzero(classes == voltage)
        found = dominators(matrix[members])
        dominator[members[found >= 0]] = members[found[found >= 0]]
    return dominator


def criteria(rows: UnitRows) -> Array:
    """(n, k) of which less is better."""
    pieces, device = rows.figures["semiconductor_pieces"], np.array(rows.device)
    columns = [rows.figures[name] for name in _FIGURES]
    columns += [rows.material_kg[name] for name in _MATERIALS if name in rows.material_kg]
    columns += [np.where(device == kind, pieces, 0.0) for kind in sorted(set(rows.device))]
    limits = [-limit for limit in rows.limit_nm.values()]
    return np.concatenate([np.stack(columns, axis=1), *limits, rows.loss_w], axis=1)


def dominators(matrix: Array) -> NDArray[np.intp]:
    """(n,) index of an undominated row that dominates each row of an (n, k) matrix of which less is better, or -1.

    Of several the first by the sum of ranks. Equal rows do not dominate each other. Infinity is allowed, not-a-number is refused with a
    ValueError.
    """
    if np.isnan(matrix).any():
        raise ValueError("a criterion that is no number cannot be compared")
    if not matrix.size:
        return np.full(len(matrix), -1, dtype=np.intp)
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for column in matrix.T], axis=1).astype(np.int32)
    # Whoever dominates has nowhere a greater rank and somewhere a lesser one: it comes first in this order.
    order = np.argsort(ranks.sum(axis=1, dtype=np.int64), kind="stable")
    # Columns in which rows differ most are looked at first, so that a comparison ends early.
    spread = np.argsort(-ranks.max(axis=0), kind="stable")
    found = _first_dominators(np.ascontiguousarray(ranks[order][:, spread]))
    result = np.full(len(matrix), -1, dtype=np.intp)
    result[order[found >= 0]] = order[found[found >= 0]]
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _first_dominators(ranks: NDArray[np.int32]) -> NDArray[np.intp]:
    """The first undominated row before each that dominates it; rows in an order in which dominators come first."""
    n, k = ranks.shape
    found = np.full(n, -1, dtype=np.intp)
    front = np.empty(n, dtype=np.intp)
    size = 0
    for row in range(n):
        for place in range(size):
            other = front[place]
            less = False
            for column in range(k):
                if ranks[other, column] > ranks[row, column]:
                    break
                if ranks[other, column] < ranks[row, column]:
                    less = True
            else:
                if less:
                    found[row] = other
                    break
        if found[row] < 0:
            front[size] = row
            size += 1
    return found
