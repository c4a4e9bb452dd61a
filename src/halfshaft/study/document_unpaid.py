"""The part of a plan's document beside its cost: what is counted and paid by nobody, and what the borders between customs zones ask."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from halfshaft.plan import ModuleKey, Plan

Json = dict[str, Any]


def reported_document(plan: Plan) -> list[Json]:
    """Expected totals over the whole programme of what the instance counts for each car, under the instance's names, units included.

    `paid` says whether the plan pays for the quantity as well, under the cost line whose name it begins with ("carbon" for "carbon kg"):
    the programme then prices it, and it stands in the cost tree.
    """
    lines = sorted({line for slot in plan.instance.slots for line in slot.per_car})
    return [
        {
            "name": name,
            "total": float(total),
            "paid": any(name == line or name.startswith(f"{line} ") for line in lines),
        }
        for name, total in plan.evaluation.reported.items()
    ]


@dataclass
class _Way:
    """What crosses one border from one plant: expected pieces and duty (present value), and the years by how they were cleared."""

    pieces: float = 0.0
    duty: float = 0.0
    claimed: set[int] = field(default_factory=set)
    dutiable: set[int] = field(default_factory=set)
    free: set[int] = field(default_factory=set)


def duty_document(plan: Plan) -> Json:
    """The duty that a plan pays, and by plant, module and destination zone when it claims origin instead.

    Only ways on which the instance knows a duty count, and only years in which something crosses: a claim costs a plan nothing, so that it
    may hold some that clear no piece. A year is claimed where origin is claimed, dutiable where duty is paid, free where the rate of that
    year is nought. Under several scenarios, pieces and duty are expected and a year may stand in two lists.
    """
    instance, calendar = plan.instance, plan.instance.calendar
    ways: dict[tuple[str, ModuleKey, str], _Way] = defaultdict(_Way)
    for scenario, recourse in zip(instance.scenarios, plan.decisions.recourse, strict=True):
        for (plant, key, site, period), pieces in recourse.shipments.items():
            zone, year = instance.site[site].zone, calendar.year_of(period)
            duty = instance.duty_of(key[0], instance.plant[plant].zone, zone)
            # Below half a piece a shipment is the solver's tolerance, as in the plan's check.
            if duty is None or pieces < 0.5:
                continue
            way = ways[plant, key, zone]
            way.pieces += scenario.probability * pieces
            if (plant, key, zone, year) in recourse.claims:
                way.claimed.add(calendar.first_year + year)
                continue
            value = pieces * instance.module[key].value * duty.rate[year]
            way.duty += scenario.probability * value * calendar.discount[year]
            (way.dutiable if value else way.free).add(calendar.first_year + year)
    return {
        "paid_m": plan.evaluation.by_line()["duty"] / 1e6,
        "crossings": [
            {
                "partner": instance.plant[plant].partner,
                "plant": plant,
                "kind": key[0],
                "module": key[1],
                "from_zone": instance.plant[plant].zone,
                "to_zone": zone,
                "pieces": round(way.pieces),
                "claimed_years": sorted(way.claimed),
                "dutiable_years": sorted(way.dutiable),
                "free_years": sorted(way.free),
                "duty_m": way.duty / 1e6,
            }
            for (plant, key, zone), way in sorted(ways.items())
        ],
    }
