"""The smallest change that unlocks sharing: which demand stands between a vehicle and a unit of the family, and by how much.

For each vehicle and each unit of the chosen family that it cannot use, the configuration with that unit (and otherwise only units of the
family) that fails the fewest demands is found; each failed demand is listed with the relaxation that would suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halfshaft.verification import ABLE, NO_UNIT, VOLTAGE, BoolArray, VehicleTable


@dataclass(frozen=True)
class Shortfall:
    """One failed demand: its value and the value that would be met, in SI. NaN where no number describes it (voltage class, ability)."""

    demand: str
    quantity: str
    demanded: float
    offered: float


@dataclass(frozen=True)
class Unlock:
    """What would have to give for `vehicle` to use `unit`, in the configuration `units` (axle, unit)."""

    vehicle: str
    unit: str
    units: tuple[tuple[str, str], ...]
    shortfalls: tuple[Shortfall, ...]


def unlocks(tables: Sequence[VehicleTable], family: Sequence[str]) -> tuple[Unlock, ...]:
    """For every vehicle and family unit that it cannot use: the nearest configuration and what it fails.

    Only changes that negotiation can make are listed: a unit of another voltage class or one that cannot drive the cycle is left out.
    """
    found = []
    for table in tables:
        serving = table.units(table.feasible)
        in_family = np.ix_(
            [n in family or n == NO_UNIT for n in table.fronts], [n in family or n == NO_UNIT for n in table.rears]
        )
        allowed = np.zeros(table.feasible.shape, dtype=bool)
        allowed[in_family] = True
        for demand in table.demands:
            if demand.id in (VOLTAGE, ABLE):
                allowed &= demand.mask
        for unit in family:
            if unit in serving:
                continue
            unlock = _nearest(table, unit, allowed)
            if unlock is not None:
                found.append(unlock)
    return tuple(found)


def _nearest(table: VehicleTable, unit: str, allowed: BoolArray) -> Unlock | None:
    where = allowed.copy()
    with_unit = np.zeros_like(where)
    if unit in table.fronts:
        with_unit[table.fronts.index(unit), :] = True
    if unit in table.rears:
        with_unit[:, table.rears.index(unit)] = True
    where &= with_unit
    if not where.any():
        return None
    fails = np.zeros(where.shape)
    shortfall = np.zeros(where.shape)
    for demand in table.demands:
        fails += ~demand.mask
        scale = max(abs(demand.value), 1e-9) if np.isfinite(demand.value) else 1.0
        shortfall += np.where(demand.mask, 0.0, np.nan_to_num(-demand.slack) / scale)
    rank = np.where(where, fails + np.minimum(shortfall, 0.999), np.inf)
    i, j = np.unravel_index(int(np.argmin(rank)), rank.shape)
    shortfalls = []
    for demand in table.demands:
        if not demand.mask[i, j]:
            slack = float(demand.slack[i, j])
            offered = demand.value + slack if demand.relation == "at_least" else demand.value - slack
            shortfalls.append(Shortfall(demand.id, demand.quantity, demand.value, offered))
    units = tuple((a, n) for a, n in (("front", table.fronts[i]), ("rear", table.rears[j])) if n != NO_UNIT)
    return Unlock(table.vehicle, unit, units, tuple(shortfalls))
