"""The price of a demand: what the plan costs with it, less what it costs without.

Dropping a demand can only open choices, so its price is never negative. Both plans are known to within their bounds, so the price is an
interval. A demand that opens no choice when it is dropped costs nothing, exactly; for the others a linear relaxation bounds the price
cheaply, and only those that could be worth most are planned again in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from halfshaft.plan import Plan, PlanInstance, relaxed_bound, solve_plan, union
from halfshaft.quantities import Interval
from halfshaft.verification import VehicleTable


@dataclass(frozen=True)
class DemandPrice:
    """What one demand costs the alliance, present value in the programme's currency.

    `opened` counts the configurations that dropping it adds. `method` says how the price is known: "exact" (it opens nothing),
    "relaxation" (bounded by the linear relaxation only) or "planned" (the plan was made again without it). `promise` is what the demand
    is worth between the two relaxations: no bound, but a good guess at which demands are worth planning again. `changes` lists, for a
    demand that was planned again, the vehicles that would use other units: (vehicle, axle, with the demand, without).
    """

    demand: str
    opened: int
    price: Interval
    method: Literal["exact", "relaxation", "planned"]
    promise: float = 0.0
    changes: tuple[tuple[str, str, str, str], ...] = ()


def opened_by(demand: str, tables: Sequence[VehicleTable]) -> int:
    """Configurations that dropping one demand adds, over all vehicles."""
    return sum(int((t.holding(frozenset({demand})) & ~t.feasible).sum()) for t in tables)


def screen_demands(
    tables: Sequence[VehicleTable], demands: Sequence[str]
) -> tuple[tuple[DemandPrice, ...], tuple[tuple[str, int], ...]]:
    """Split demands into those that cost nothing, exactly, and those that might, with the number of configurations that each opens."""
    free, open_ = [], []
    for demand in demands:
        opened = opened_by(demand, tables)
        if opened:
            open_.append((demand, opened))
        else:
            free.append(DemandPrice(demand, 0, Interval.exactly(0.0), "exact"))
    return tuple(free), tuple(open_)


def relaxation_price(demand: str, opened: int, plan: Plan, relaxed_with: float, without: PlanInstance) -> DemandPrice:
    """Bound the price by the linear relaxation without the demand: no plan can be cheaper than that.

    `relaxed_with` is the relaxation of the plan's own instance, with which the other is compared for the promise.
    """
    relaxed = float(relaxed_bound(without))
    price = Interval(0.0, max(0.0, plan.objective - relaxed))
    return DemandPrice(demand, opened, price, "relaxation", promise=max(0.0, relaxed_with - relaxed))


def demand_price(
    demand: str, opened: int, plan: Plan, without: PlanInstance, *, gap: float, time_limit: float
) -> DemandPrice:
    """Plan again without the demand, starting from the plan with it."""
    free = solve_plan(without, gap=gap, time_limit=time_limit, starts=[union(without, [plan])])
    price = Interval(max(0.0, plan.bound - free.objective), max(0.0, plan.objective - free.bound))
    with_it = {slot: chosen.axles for slot, chosen in plan.chosen.items()}
    # A vehicle that changes the same way in several stages is told once.
    found = (
        (free.instance.slot[slot].vehicle, axle, with_it[slot][axle], unit)
        for slot, chosen in free.chosen.items()
        for axle, unit in chosen.axles.items()
        if with_it[slot][axle] != unit
    )
    changes = tuple(dict.fromkeys(found))
    return DemandPrice(demand, opened, price, "planned", changes=changes)
