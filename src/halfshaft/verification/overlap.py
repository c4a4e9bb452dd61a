"""What two sets of demands share: the units that satisfy both, and the two demands that exclude each other where none does.

For a pair of vehicles the overlap is the set of units that serve both, and its share of the units that serve either. Where it is empty,
each demand of one vehicle is tried against each of the other: a pair of demands that leaves no common unit even when all the rest are
dropped is named as the conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halfshaft.verification.table import VehicleTable


@dataclass(frozen=True)
class Conflict:
    """Two demands that no unit satisfies together: (vehicle, demand id) on either side."""

    first: tuple[str, str]
    second: tuple[str, str]


@dataclass(frozen=True)
class PairOverlap:
    """Two vehicles: the units that serve both, their share of those that serve either, and what excludes sharing where there are none."""

    vehicles: tuple[str, str]
    shared: tuple[str, ...]
    share: float
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class PartnerOverlap:
    """Two partners: units that serve at least one vehicle of each, and their share of the units that serve anything."""

    partners: tuple[str, str]
    shared: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Overlap:
    """All pairs of vehicles and of partners."""

    pairs: tuple[PairOverlap, ...]
    partners: tuple[PartnerOverlap, ...]


def overlap(tables: Sequence[VehicleTable]) -> Overlap:
    """Compare every pair of vehicles, and every pair of partners."""
    serving = {table.vehicle: table.units(table.feasible) for table in tables}
    pairs = []
    for i, first in enumerate(tables):
        for second in tables[i + 1 :]:
            shared = serving[first.vehicle] & serving[second.vehicle]
            either = serving[first.vehicle] | serving[second.vehicle]
            pairs.append(
                PairOverlap(
                    (first.vehicle, second.vehicle),
                    tuple(sorted(shared)),
                    len(shared) / len(either) if either else 0.0,
                    () if shared else _conflicts(first, second),
                )
            )
    by_partner: dict[str, frozenset[str]] = {}
    for table in tables:
        by_partner[table.partner] = by_partner.get(table.partner, frozenset()) | serving[table.vehicle]
    names = sorted(by_partner)
    partners = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            both, any_ = by_partner[one] & by_partner[other], by_partner[one] | by_partner[other]
            partners.append(PartnerOverlap((one, other), tuple(sorted(both)), len(both) / len(any_) if any_ else 0.0))
    return Overlap(tuple(pairs), tuple(partners))


def _conflicts(first: VehicleTable, second: VehicleTable) -> tuple[Conflict, ...]:
    found = []
    left = {demand.id: first.units(demand.mask) for demand in first.demands}
    right = {demand.id: second.units(demand.mask) for demand in second.demands}
    for one, ours in left.items():
        for other, theirs in right.items():
            if not ours & theirs:
                found.append(Conflict((first.vehicle, one), (second.vehicle, other)))
    return tuple(found)


@dataclass(frozen=True)
class Refusal:
    """Why a unit serves no configuration of a vehicle: demands that fail in each configuration with it, or those of its nearest one."""

    vehicle: str
    unit: str
    always: tuple[str, ...]
    nearest: tuple[str, ...]


def refusals(table: VehicleTable) -> tuple[Refusal, ...]:
    """For each unit of the table that serves nowhere in this vehicle: what excludes it."""
    serving = table.units(table.feasible)
    names = tuple(dict.fromkeys((*table.fronts, *table.rears)))
    result = []
    fails = np.array([~demand.mask for demand in table.demands])
    for unit in names:
        if unit in serving or unit == "none":
            continue
        where = np.zeros(table.feasible.shape, dtype=bool)
        if unit in table.fronts:
            where[table.fronts.index(unit), :] = True
        if unit in table.rears:
            where[:, table.rears.index(unit)] = True
        with_unit = fails[:, where]
        always = np.atleast_1d(with_unit.all(axis=1))
        nearest = with_unit[:, int(np.argmin(with_unit.sum(axis=0)))]
        result.append(
            Refusal(
                table.vehicle,
                unit,
                tuple(d.id for d, failed in zip(table.demands, always, strict=True) if failed),
                tuple(d.id for d, failed in zip(table.demands, nearest, strict=True) if failed),
            )
        )
    return tuple(result)
