"""All candidates of one axle, tabulated over the speeds of one cycle: what the compiled loop looks up.

Tables are held for a few units at a time: `units_at_once` says for how many, so that a sweep of any size needs the same memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle.loss_map import Array, WheelUnit
from halfshaft.vehicle.tables import tabulate

TABLE_BYTES = 24_000_000
"""Memory of the tables of one axle; a unit over WLTC 3b takes about 1.4 MB."""


class AxleTables(NamedTuple):
    """Candidates (n) of one axle over steps (t): forces at nodes (m), loss there and its slope, all (n, t, m); see `engine.drive`."""

    force_n: Array
    loss_w: Array
    slope: Array
    allowed: NDArray[np.bool_]
    uncoupled_loss_w: float
    slip_per_n: float
    cold_loss_w: Array


def units_at_once(units: Sequence[WheelUnit], steps: int) -> int:
    """How many units' tables fit into `TABLE_BYTES`; at least one."""
    columns = max((unit.fraction.size for unit in units), default=1) + 1
    return max(1, TABLE_BYTES // (24 * columns * max(steps, 1)))


def oil_nodes_k(units: Sequence[WheelUnit]) -> Array:
    """All oil temperatures at which any of the units has a cold loss, rising; at least two, so that there is a cell."""
    nodes = np.unique(np.concatenate([np.zeros(0), *(unit.oil_temperature_k for unit in units)]))
    return nodes if nodes.size > 1 else np.array([273.15, 373.15])


def axle_tables(
    units: Sequence[WheelUnit], speed_mps: Array, uncoupled_loss_w: float | None, slip_per_n: float, oil_k: Array
) -> AxleTables:
    """Tabulate candidates at `speed_mps` (t,); `oil_k` (p,) are the oil temperatures of the cold loss, none when oil does not count."""
    fractions = [_with_zero(unit) for unit in units]
    shape = (len(units), speed_mps.size, max(fraction.size for fraction, _ in fractions))
    force, loss, slope = np.empty(shape), np.empty(shape), np.empty(shape)
    allowed = np.empty(shape[:2], dtype=np.bool_)
    cold = np.zeros((*shape[:2], oil_k.size))
    for row, (unit, (fraction, table)) in enumerate(zip(units, fractions, strict=True)):
        # shorter tables repeat their last node: cells without width change nothing
        missing = shape[2] - fraction.size
        fraction = np.pad(fraction, (0, missing), mode="edge")
        table = np.pad(table, ((0, 0), (0, missing)), mode="edge")
        tabulate(
            speed_mps, unit.speed_mps, fraction, int(np.flatnonzero(fraction == 0.0)[0]), unit.drive_limit_n, unit.brake_limit_n,
            table, unit.max_speed_mps, slip_per_n, force[row], loss[row], slope[row], allowed[row],
        )  # fmt: skip
        if oil_k.size and unit.oil_temperature_k.size:
            at_speed = np.stack([np.interp(speed_mps, unit.speed_mps, column) for column in unit.cold_loss_w.T], axis=1)
            cold[row] = np.stack([np.interp(oil_k, unit.oil_temperature_k, values) for values in at_speed])
    return AxleTables(
        force, loss, slope, allowed, np.inf if uncoupled_loss_w is None else uncoupled_loss_w, slip_per_n, cold
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
