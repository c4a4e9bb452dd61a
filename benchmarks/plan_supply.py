"""The reference case of joint production and purchasing: time to a proven gap, against one large model.

Run: ``.venv/bin/python benchmarks/plan_supply.py [--seeds 3] [--gap 0.0015] [--limit 240] [--baseline 100] [--supplier-tooling] [--duty]``.
Two partners, four plants in four zones, four sites, three variants, 12 parts, 20 suppliers, 72 offers with four all-units tiers a year, at
most two suppliers a part, 40 quarters with a season, integer line openings (capital, three quarters' lead, ramp 40/70/90 %), stock within
the year, cross-supply, freight, tooling. All figures are synthetic. The decomposition and both baselines solve the same instance; the
baselines are the textbook's form (one binary for each tier) and the rebate form, as one model for ``--baseline`` seconds each.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace

import numpy as np

from halfshaft.plan.blocks import solve
from halfshaft.plan.instance import (
    Calendar,
    Duty,
    Kind,
    Module,
    ModuleKey,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
    Terms,
)
from halfshaft.plan.sourcing import Form
from halfshaft.plan.supply import joint_model, solve_supply

# Duty on a drive that crosses between zones, the share of foreign parts up to which it may claim origin, and its value: assumptions.
DUTY, MOST_FOREIGN, VALUE = 0.045, 0.5, 1400.0


def with_duty(instance: PlanInstance, seed: int) -> PlanInstance:
    """The case with duty between all its zones, and a third of the offers from outside them."""
    rng = np.random.default_rng(31_000 + seed)
    zones = [plant.zone for plant in instance.plants]
    years = instance.calendar.years
    return replace(
        instance,
        modules=tuple(replace(module, value=VALUE) for module in instance.modules),
        offers=tuple(replace(o, origin=str(rng.choice([*zones, "far", "far"]))) for o in instance.offers),
        duties=tuple(
            Duty("drive", a, b, (DUTY,) * years, (MOST_FOREIGN,) * years) for a in zones for b in zones if a != b
        ),
        cumulation={zone: tuple(zones) for zone in zones},
    )


def reference_case(
    seed: int, *, years: int = 10, parts: int = 12, suppliers: int = 20, offers_each: int = 6, tooling: bool = False
) -> tuple[PlanInstance, dict[str, int]]:
    """The case of a seed, and the choice of its only options."""
    rng = np.random.default_rng(seed)
    keys: list[ModuleKey] = [("drive", f"v{k}") for k in range(3)]
    zones = [f"z{i}" for i in range(4)]
    owner = ["a", "a", "b", "b"]
    sites = tuple(Site(f"s{i}", owner[i], zones[i]) for i in range(4))
    slots, volumes = [], {}
    for i in range(4):
        for k in range(3):
            name = f"car{i}{k}"
            slots.append(Slot(name, name, f"s{i}", 0, ("axle",), np.array([[k]])))
            plateau = float(rng.uniform(10e3, 55e3)) * (0.6 if owner[i] == "a" else 1.0)
            rise = np.minimum(1.0, (np.arange(years) + 1) / rng.uniform(1.5, 4.0))
            volumes[name] = tuple(float(v) for v in np.round(plateau * rise * rng.uniform(0.92, 1.08, years)))
    peak = max(sum(v[y] for v in volumes.values()) for y in range(years))
    plants = tuple(
        PlanPlant(
            f"plant{i}", owner[i], zones[i],
            {f"s{j}": 6.0 if i == j else float(rng.uniform(15, 55)) for j in range(4)},
            holding_cost=float(rng.uniform(3, 6)),
        )
        for i in range(4)
    )  # fmt: skip
    lines = tuple(
        PlanLine(
            f"plant{i}", "assembly", 60e3, existing=1 if i % 2 == 0 else 0, most=6,
            capital=float(rng.uniform(30e6, 50e6)), yearly_cost=float(rng.uniform(1.5e6, 3e6)),
            labour_cost=float(rng.uniform(55, 110)), lead=3, ramp=(0.4, 0.7, 0.9), overflow_cost=400.0,
        )
        for i in range(4)
    )  # fmt: skip
    bought, terms, offers = [], [], []
    for p in range(parts):
        base = float(rng.uniform(25, 220))
        differs = p % 3 == 0
        bought.append(
            PlanPart(
                f"p{p}",
                {key: base * (float(rng.uniform(0.85, 1.25)) if differs else 1.0) for key in keys},
                most_suppliers=2,
            )
        )
        for s in rng.choice(suppliers, offers_each, replace=False):
            name = f"t{s}.{p}"
            starts = [0.0, *np.sort(rng.uniform(0.05, 0.7, 3)) * peak]
            shares = [0.0, *np.cumsum(rng.uniform(0.02, 0.06, 3))]
            terms.append(
                Terms(name, "all units", "pieces", tuple(zip(map(float, starts), map(float, shares), strict=True)))
            )
            home = int(rng.integers(4))
            offers.append(
                PlanOffer(
                    f"supplier{s}", f"p{p}", float(rng.uniform(0.92, 1.12)), float(rng.uniform(0.35, 0.9)) * peak / 2,
                    {z: 1.0 + (0.0 if j == home else float(rng.uniform(0.01, 0.06))) for j, z in enumerate(zones)},
                    name, tooling=float(rng.uniform(0.2e6, 2e6)) if tooling else 0.0,
                )
            )  # fmt: skip
    instance = PlanInstance(
        title=f"reference {seed}", currency="EUR",
        calendar=Calendar(2030, years, 0.08, (0.27, 0.26, 0.21, 0.26)),
        contracts=tuple((y,) for y in range(years)),
        partners=(PlanPartner("a", "z0"), PlanPartner("b", "z2")),
        sites=sites, kinds=(Kind("drive", "assembly"),),
        modules=tuple(Module(key, tooling=float(rng.uniform(4e6, 9e6))) for key in keys),
        units=tuple(PlanUnit(key[1], ((key, 1),)) for key in keys),
        slots=tuple(slots), scenarios=(PlanScenario("one", 1.0, volumes),),
        parts=tuple(bought), terms=tuple(terms), offers=tuple(offers), plants=plants, lines=lines,
        cross_supply=(("a", "b"), ("b", "a")),
    )  # fmt: skip
    return instance, {slot.id: 0 for slot in slots}


def main() -> None:
    """Print one table for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--gap", type=float, default=0.0015)
    parser.add_argument("--limit", type=float, default=240.0)
    parser.add_argument("--baseline", type=float, default=100.0)
    parser.add_argument("--supplier-tooling", action="store_true", help="suppliers' tools, paid once")
    parser.add_argument("--duty", action="store_true", help="duty between the zones, with claims of origin")
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.seeds):
        instance, choice = reference_case(seed, tooling=options.supplier_tooling)
        instance = with_duty(instance, seed) if options.duty else instance
        answer = solve_supply(instance, choice, gap=options.gap, time_limit=options.limit)
        print(f"seed {seed}: cost {answer.cost / 1e6:.2f} M, gap {answer.gap:.3%}, {answer.seconds:.1f} s, {answer.status}; "
              f"building {answer.build_seconds:.2f} s ({answer.build_seconds / answer.seconds:.1%})")  # fmt: skip
        for seconds, cost, bound in answer.history:
            print(
                f"   {seconds:7.1f} s  cost {cost / 1e6:12.3f}  bound {bound / 1e6:12.3f}  gap {(cost - bound) / cost:.3%}"
            )
        forms: tuple[Form, ...] = ("no link", "rebate") if options.baseline > 0.0 else ()
        for form in forms:
            began = time.perf_counter()
            joint = joint_model(instance, choice, form=form)
            built = time.perf_counter() - began
            whole = solve(joint.arrays, gap=options.gap, time_limit=options.baseline)
            gap = (whole.objective - whole.bound) / whole.objective if whole.values is not None else np.inf
            print(f"   one model, {form}: cost {whole.objective:.2f} M, own gap {gap:.2%}, {built + options.baseline:.0f} s at most, "
                  f"{joint.arrays.cost.size} columns, {int(joint.arrays.integer.sum())} integers, built in {built:.2f} s")  # fmt: skip
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
