"""Family, purchase and production of two makers in one plan: how near the proof comes, alone, together and under scenarios.

Run: ``python benchmarks/plan_integrated.py [--slots 30] [--candidates 10000] [--seeds 3] [--scenarios 10] [--json OUT]``. Synthetic and
seeded: figures tell about the solver, not about cars. The kit and the slots are those of `plan_family`; plants, lines, suppliers and tiers
are added here.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from plan_family import YEARS, make_instance

from halfshaft.plan import (
    Kind,
    ModuleKey,
    Plan,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    Shift,
    Site,
    Terms,
    solve_plan,
    union,
)

# Bought shares of a module's cost law; the rest is the makers' own lines and labour. Assumptions.
PARTS = {
    "stack and copper": ("machine", 0.42),
    "rotor and exciter": ("machine", 0.28),
    "power module": ("inverter", 0.55),
    "control electronics": ("inverter", 0.30),
    "gear set": ("gear", 0.60),
}
# TUMFTM/Electric_Machine_Design@25c1ecc7, its cost model evaluated: 25.1 MEUR a machine line, 19.3 a gear line, 80,000 pieces a year.
LINES = {"machine": (25.1e6, 22.0), "inverter": (14.0e6, 9.0), "gear": (19.3e6, 14.0)}
CAPACITY = 80_000.0
CONTRACTS = tuple((2 * n, 2 * n + 1) for n in range(YEARS // 2))


def integrated(seed: int, *, slots: int = 30, candidates: int = 360, scenarios: int = 1) -> PlanInstance:
    """The family of `plan_family` with 4 plants, 3 kinds of lines, 5 parts, 3 suppliers each with 3 all-units tiers, 5 contracts."""
    base = make_instance(seed, slots=slots, candidates=candidates)
    rng = np.random.default_rng(77_000 + seed)
    modules = []
    prices: dict[str, dict[ModuleKey, float]] = {part: {} for part in PARTS}
    for module in base.modules:
        assert module.law is not None
        for part, (kind, share) in PARTS.items():
            if module.key[0] == kind:
                prices[part][module.key] = share * module.law.unit_cost
        modules.append(replace(module, law=None, tooling=module.tooling / 2.0, value=module.law.unit_cost))
    volume = sum(sum(cars) for cars in base.scenarios[0].volumes.values()) / YEARS
    offers, terms = [], []
    for part in PARTS:
        for supplier in range(3):
            name = f"{part}, supplier {supplier}"
            steps = np.sort(rng.uniform(0.15, 0.9, size=2)) * volume
            gains = np.sort(rng.uniform(0.02, 0.085, size=2))
            terms.append(
                Terms(
                    name,
                    "all units",
                    "pieces",
                    ((0.0, 0.0), *((float(a), float(g)) for a, g in zip(steps, gains, strict=True))),
                )
            )
            landed = {zone: float(rng.uniform(1.0, 1.05)) for zone in ("UK", "EU")}
            offers.append(PlanOffer(f"s{supplier}", part, float(rng.uniform(0.97, 1.06)), 0.8 * volume, landed, name))
    plants, lines = [], []
    for number, (partner, zone) in enumerate((("p0", "UK"), ("p0", "UK"), ("p1", "EU"), ("p1", "EU"))):
        plant = f"plant {number}"
        plants.append(PlanPlant(plant, partner, zone, {f"site{partner[1]}": float(rng.uniform(4, 14))}))
        for process, (capital, labour) in LINES.items():
            wage = float(rng.uniform(0.6, 1.2))
            lines.append(
                PlanLine(
                    plant,
                    process,
                    CAPACITY,
                    int(rng.integers(0, 2)),
                    12,
                    capital,
                    0.05 * capital,
                    labour * wage,
                    lead=0,
                    ramp=(0.6,),
                    shifts=(Shift("weekend", 1.25, 0.08 * capital),),
                    overflow_cost=400.0 if scenarios > 1 else None,
                )
            )
    cases = [PlanScenario("plan", 1.0 / scenarios, base.scenarios[0].volumes)]
    for number in range(1, scenarios):
        factor = {partner: rng.uniform(0.25, 1.15) for partner in ("p0", "p1")}
        site = {slot.id: slot.site for slot in base.slots}
        volumes = {
            slot: tuple(float(round(n * factor["p" + site[slot][-1]] * rng.uniform(0.9, 1.1))) for n in cars)
            for slot, cars in base.scenarios[0].volumes.items()
        }
        cases.append(PlanScenario(f"course {number}", 1.0 / scenarios, volumes))
    return replace(
        base, title=f"two makers, seed {seed}, {candidates} units, {scenarios} scenarios",
        partners=(PlanPartner("p0", "UK"), PlanPartner("p1", "EU")), sites=(Site("site0", "p0", "UK"), Site("site1", "p1", "EU")),
        kinds=tuple(Kind(kind, kind) for kind in LINES), modules=tuple(modules), scenarios=tuple(cases), contracts=CONTRACTS,
        parts=tuple(PlanPart(part, price, 0.8) for part, price in prices.items()), terms=tuple(terms), offers=tuple(offers),
        plants=tuple(plants), lines=tuple(lines),
    )  # fmt: skip


def alone(instance: PlanInstance, partner: str) -> PlanInstance:
    """One partner's vehicles and plants only."""
    own = tuple(slot for slot in instance.slots if instance.partner_of(slot) == partner)
    plants = tuple(plant for plant in instance.plants if plant.partner == partner)
    names = {plant.id for plant in plants}
    return replace(
        instance, title=f"{instance.title}, {partner} alone", partners=tuple(p for p in instance.partners if p.id == partner),
        sites=tuple(site for site in instance.sites if site.partner == partner), slots=own,
        scenarios=tuple(replace(w, volumes={slot.id: w.volumes[slot.id] for slot in own}) for w in instance.scenarios),
        plants=plants, lines=tuple(line for line in instance.lines if line.plant in names),
    )  # fmt: skip


class Told:
    """Prints cost and bound every 20 seconds."""

    def __init__(self) -> None:
        self.began = self.last = time.time()

    def __call__(self, cost: float, bound: float) -> bool:
        """Never stops the search."""
        if time.time() - self.last > 20.0:
            self.last = time.time()
            gap = 100 * (cost - bound) / cost
            print(f"    {self.last - self.began:5.0f} s {cost / 1e6:.2f} {bound / 1e6:.2f} {gap:.3f} %", flush=True)
        return False


def main() -> None:
    """Solve every seed alone and together, and print one row each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=30)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--scenarios", type=int, default=1)
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--time-limit", type=float, default=600.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for seed in range(given.first, given.first + given.seeds):
        instance = integrated(seed, slots=given.slots, candidates=given.candidates, scenarios=given.scenarios)
        plans: list[Plan] = []
        for case in (alone(instance, "p0"), alone(instance, "p1"), instance):
            starts = [union(case, plans)] if len(plans) == 2 else []
            plan = solve_plan(case, gap=given.gap, time_limit=given.time_limit, starts=starts, progress=Told())
            plans.append(plan)
            share, options = plan.build_seconds / plan.seconds, sum(slot.options for slot in case.slots)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            rows.append(
                {
                    "case": case.title, "slots": len(case.slots), "options": options, "cost_m": plan.objective / 1e6,
                    "bound_m": plan.bound / 1e6, "gap_percent": 100 * plan.gap, "seconds": plan.seconds, "build_share": share,
                    "modules": len(plan.developed), "status": plan.status, "peak_mb": memory,
                }
            )  # fmt: skip
            print(
                f"{case.title:55} {options:7} options  {plan.objective / 1e6:10.2f}  gap {100 * plan.gap:.4f} %  {plan.seconds:6.1f} s  "
                f"build {100 * share:.1f} %  {len(plan.developed)} modules  {memory:.0f} MB  {plan.status}",
                flush=True,
            )
        low = plans[0].bound + plans[1].bound - plans[2].objective
        high = plans[0].objective + plans[1].objective - plans[2].bound
        print(f"    saving together {low / 1e6:.1f} to {high / 1e6:.1f} million", flush=True)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
