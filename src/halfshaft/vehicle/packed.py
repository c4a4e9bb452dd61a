"""All candidates of one axle side by side, as the compiled loop reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle.loss_map import Array, WheelUnit


class PackedUnits(NamedTuple):
    """Units (u) of one axle: maps over car speed (n) and torque fraction (m), oil temperatures (p) as in `tables` and `engine`.

    Shorter maps are padded: `speeds` says how many speeds count, and fractions repeat their last node. `zero` is the column of no torque.
    """

    speeds: NDArray[np.int64]
    speed_mps: Array
    fraction: Array
    inverse: Array
    zero: NDArray[np.int64]
    drive_n: Array
    brake_n: Array
    loss_w: Array
    top_mps: Array
    cold_w: Array
    uncoupled_loss_w: float
    slip_per_n: float


def oil_nodes_k(units: Sequence[WheelUnit]) -> Array:
    """All oil temperatures at which any of the units has a cold loss, rising; at least two, so that there is a cell."""
    nodes = np.unique(np.concatenate([np.zeros(0), *(unit.oil_temperature_k for unit in units)]))
    return nodes if nodes.size > 1 else np.array([273.15, 373.15])


def pack(units: Sequence[WheelUnit], uncoupled_loss_w: float | None, slip_per_n: float, oil_k: Array) -> PackedUnits:
    """Candidates of one axle; `oil_k` (p,) are the oil temperatures of the cold loss, none when oil does not count."""
    if len(units) == 1 and units[0].is_none:
        return _rolling(uncoupled_loss_w, slip_per_n, oil_k.size)
    return _packed(units, uncoupled_loss_w, slip_per_n, oil_k)


@lru_cache(maxsize=16)
def _rolling(uncoupled_loss_w: float | None, slip_per_n: float, oil_nodes: int) -> PackedUnits:
    """An axle that only rolls, the same on every car: a thousand cars of one unit ask for it a thousand times."""
    return _packed([WheelUnit.behind_gear(None, 1.0)], uncoupled_loss_w, slip_per_n, np.zeros(oil_nodes))


def _packed(units: Sequence[WheelUnit], uncoupled_loss_w: float | None, slip_per_n: float, oil_k: Array) -> PackedUnits:
    zeroed = [_with_zero(unit) for unit in units]
    count, n = len(units), max(unit.speed_mps.size for unit in units)
    m = max(fraction.size for fraction, _ in zeroed)
    speed, drive, brake = np.zeros((count, n)), np.zeros((count, n)), np.zeros((count, n))
    fraction, inverse = np.zeros((count, m)), np.zeros((count, m))
    loss, cold = np.zeros((count, n, m)), np.zeros((count, n, oil_k.size))
    zero = np.zeros(count, dtype=np.int64)
    for row, (unit, (nodes, table)) in enumerate(zip(units, zeroed, strict=True)):
        rows, columns = table.shape
        speed[row, :rows], drive[row, :rows], brake[row, :rows] = unit.speed_mps, unit.drive_limit_n, unit.brake_limit_n
        fraction[row, :columns], fraction[row, columns:] = nodes, nodes[-1]
        loss[row, :rows, :columns], loss[row, :rows, columns:] = table, table[:, -1:]
        inverse[row, : columns - 1] = 1.0 / np.diff(nodes)
        zero[row] = np.flatnonzero(nodes == 0.0)[0]
        if oil_k.size and unit.oil_temperature_k.size:
            cold[row, :rows] = [np.interp(oil_k, unit.oil_temperature_k, losses) for losses in unit.cold_loss_w]
    return PackedUnits(
        np.array([unit.speed_mps.size for unit in units], dtype=np.int64),
        speed,
        fraction,
        inverse,
        zero,
        drive,
        brake,
        loss,
        np.array([unit.max_speed_mps for unit in units]),
        cold,
        np.inf if uncoupled_loss_w is None else float(uncoupled_loss_w),
        float(slip_per_n),
    )


def _with_zero(unit: WheelUnit) -> tuple[Array, Array]:
    """Torque fractions with zero among them, and the loss over speed and fraction."""
    fraction = np.where(np.abs(unit.fraction) < 1e-12, 0.0, unit.fraction)
    if (fraction == 0.0).any():
        return fraction, np.ascontiguousarray(unit.loss_w, dtype=np.float64)
    at = int(np.searchsorted(fraction, 0.0))
    weight = -fraction[at - 1] / (fraction[at] - fraction[at - 1])
    idle = (1.0 - weight) * unit.loss_w[:, at - 1] + weight * unit.loss_w[:, at]
    return np.insert(fraction, at, 0.0), np.insert(unit.loss_w, at, idle, axis=1)
