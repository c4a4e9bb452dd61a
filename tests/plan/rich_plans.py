"""Random planning problems that use every feature of an instance at once, too rich to enumerate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small_plans import GEARS, MACHINES, random_instance

from halfshaft.plan.instance import (
    Calendar,
    Duty,
    PlanInstance,
    PlanScenario,
    Risk,
    Shift,
    Slot,
    Terms,
)


def rich_instance(
    seed: int, *, scenarios: int = 1, quarters: bool = False, cross: bool = True, weight: float = 0.0
) -> PlanInstance:
    """Two partners, three or four slots, quarters or years, terms of all kinds, awards, shifts, learning, overflow, duties and claims."""
    rng = np.random.default_rng(seed)
    base = random_instance(
        seed,
        vehicles=3,
        second_plant=True,
        most=4,
        late=int(rng.integers(0, 2)),
        laws=bool(rng.random() < 0.5),
        scenarios=scenarios,
    )
    season = tuple(rng.dirichlet(np.full(4, 30.0)).tolist()) if quarters else (1.0,)
    per_year = len(season)
    sites = base.sites
    plants = tuple(
        replace(
            p, lanes={site.id: float(rng.uniform(2, 30)) for site in sites}, holding_cost=float(rng.uniform(0.5, 3))
        )
        for p in base.plants
    )
    lines = tuple(
        replace(
            line,
            lead=int(rng.integers(0, 2)),
            ramp=tuple(sorted(rng.uniform(0.3, 1.0, size=int(rng.integers(0, 3))).tolist())),
            shifts=(Shift("third", 1.4, float(rng.uniform(0.2e6, 1e6))),) if rng.random() < 0.6 else (),
            learning=((0.0, 1.0), (float(rng.uniform(20e3, 60e3)), 0.9), (float(rng.uniform(70e3, 150e3)), 0.82))
            if rng.random() < 0.5
            else ((0.0, 1.0),),
            overflow_cost=float(rng.uniform(60, 200)),
        )
        for line in base.lines
    )
    offers, terms, seen = [], [], set()
    for number, offer in enumerate(base.offers):
        shared = rng.random() < 0.4
        name = f"bundle {offer.supplier}" if shared else f"own {number}"
        kind = "incremental" if rng.random() < 0.4 else "all units"
        basis = "money" if kind == "incremental" or shared or rng.random() < 0.3 else "pieces"
        if name not in seen:
            seen.add(name)
            scale = 300.0 if basis == "money" else 1.0
            steps = np.sort(rng.uniform(10e3, 120e3, size=2)) * scale
            terms.append(Terms(name, kind, basis, ((0.0, 0.0), (float(steps[0]), 0.04), (float(steps[1]), 0.09))))  # type: ignore[arg-type]
        offers.append(
            replace(
                offer, terms=name, least=float(rng.choice([0.0, 8e3])), tooling=float(rng.choice([0.0, 0.6e6])),
                step_down=float(rng.choice([0.0, 0.02])), origin=str(rng.choice(["UK", "EU", "CN"])),
            )
        )  # fmt: skip
    parts = tuple(
        replace(p, most_suppliers=1 if p.largest_share == 1.0 and rng.random() < 0.4 else None) for p in base.parts
    )
    duties = tuple(
        Duty(kind, a, b, (0.03,) * 3, (None, 0.5, 0.4))
        for kind in ("machine", "gear")
        for a, b in (("UK", "EU"), ("EU", "UK"))
    )
    slots = list(base.slots)
    first = slots[0]
    late_start = 2
    if first.start < late_start and first.latest_delay == 0:
        later = Slot(
            first.id + "/2", first.vehicle, first.site, late_start, first.positions, first.units, first.per_car, first.reported,
            follows=first.id, change_cost=float(rng.uniform(0, 8e6)),
        )  # fmt: skip
        slots.append(later)
    cases = []
    for case in base.scenarios:
        volumes = dict(case.volumes)
        if len(slots) > len(base.slots):
            whole = volumes[first.id]
            volumes[first.id] = (*whole[:2], 0.0)
            volumes[first.id + "/2"] = (0.0, 0.0, whole[2])
        cases.append(PlanScenario(case.id, case.probability, volumes))
    return replace(
        base, calendar=Calendar(2020, 3, 0.08, season), plants=plants, lines=lines, offers=tuple(offers), terms=tuple(terms),
        parts=parts, duties=duties, cumulation={"EU": ("UK",), "UK": ("EU",)}, cross_supply=(("a", "b"), ("b", "a")) if cross else (),
        slots=tuple(slots), scenarios=tuple(cases), risk=Risk(weight, 0.7), title=f"rich {seed}, {per_year} periods a year",
    )  # fmt: skip


__all__ = ["GEARS", "MACHINES", "rich_instance"]
