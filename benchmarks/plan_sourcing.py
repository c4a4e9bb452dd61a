"""Pure purchasing with volume discounts: time to a proof, by size, price spread and density, and agreement with full enumeration.

Run: ``.venv/bin/python benchmarks/plan_sourcing.py [--seeds 10] [--sizes 20x12,20x50,50x100] [--spreads 0.15,0.4] [--delivers 0.5,1.0]
[--cases 200] [--limit 60] [--baselines 2]``. Cases are random total quantity discounts: every supplier delivers each part with the given
probability, its four all-units tiers count pieces over all its parts, its price factors are uniform in 1 ± spread. "search" is what
`solve_sourcing` does; the baselines run on the first ``--baselines`` seeds of the first spread and density of a size: "hull" is the same
formulation left to the mixed-integer solver, "no link" and "rebate" are the weaker forms.

The last columns say how many seeds were proven within 0.1 % in five seconds. What decides is the distance between the relaxation and the
best purchase: narrow prices let every supplier stand in for many others, so the relaxation mixes tiers nearly everywhere.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from pathlib import Path

import numpy as np

from halfshaft.plan.blocks import Model, solve
from halfshaft.plan.instance import ModuleKey, PlanInstance, PlanOffer, PlanPart, Terms
from halfshaft.plan.sourcing import SourcingProblem, add_block, solve_sourcing

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plan"))
from small_sourcing import Needs, enumerated, purchase_instance, random_purchases

MODULE: ModuleKey = ("machine", "m")


def discount_case(
    seed: int, suppliers: int, parts: int, tiers: int = 4, spread: float = 0.15, delivers_share: float = 0.5
) -> tuple[PlanInstance, Needs]:
    """One module that holds one set of each part; suppliers with total quantity discounts over the parts they make."""
    rng = np.random.default_rng(seed)
    volume = 100_000.0
    delivers = rng.random((suppliers, parts)) < delivers_share
    delivers[:2, :] = True
    terms, offers = [], []
    for s in range(suppliers):
        reach = float(delivers[s].sum()) * volume * 0.6
        starts = np.concatenate([[0.0], np.sort(rng.uniform(0.05, 0.6, tiers - 1)) * reach])
        shares = np.concatenate([[0.0], np.cumsum(rng.uniform(0.02, 0.06, tiers - 1))])
        terms.append(
            Terms(f"t{s}", "all units", "pieces", tuple(zip(map(float, starts), map(float, shares), strict=True)))
        )
        offers.extend(
            PlanOffer(
                f"s{s}",
                f"p{p}",
                float(rng.uniform(1.0 - spread, 1.0 + spread)),
                float(rng.uniform(0.4, 1.0)) * volume,
                {"z0": 1.0},
                f"t{s}",
            )
            for p in range(parts)
            if delivers[s, p]
        )
    bought = tuple(PlanPart(f"p{p}", {MODULE: float(rng.uniform(5, 100))}) for p in range(parts))
    instance = purchase_instance(bought, tuple(terms), tuple(offers), (MODULE,), volume=volume)
    return instance, {("p0@z0", MODULE, 0): volume}


def measured(instance: PlanInstance, needs: Needs, way: str, limit: float) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and proven gap of one case."""
    began, worked = time.perf_counter(), time.process_time()
    if way == "hull":
        problem = SourcingProblem.of(instance, needs)
        costs = bounds = 0.0
        for block in problem.blocks:
            model = Model()
            add_block(model, problem, block)
            answer = solve(model.arrays(), gap=0.00098, time_limit=limit)
            costs, bounds = costs + answer.objective, bounds + answer.bound
        gap = (costs - bounds) / costs if np.isfinite(costs) else np.inf
    else:
        form = "hull" if way == "search" else way
        gap = solve_sourcing(instance, needs, gap=0.001, time_limit=limit, form=form).gap  # type: ignore[arg-type]
    return time.perf_counter() - began, time.process_time() - worked, gap


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", default="20x12,20x50,50x100")
    parser.add_argument("--spreads", default="0.15,0.4", help="half widths of the price factors; wider is easier")
    parser.add_argument("--delivers", default="0.5,1.0", help="probabilities that a supplier delivers a part")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--baselines", type=int, default=2)
    options = parser.parse_args()
    # Compiling is no part of the time that is measured.
    instance, needs = discount_case(0, 20, 12)
    solve_sourcing(instance, needs, gap=0.001)
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(
        "size      spread delivers way      seeds   wall s: median  worst   CPU s: median  worst   gap: worst   0.1 % in 5 s: wall  CPU"
    )
    for size in options.sizes.split(",") if options.sizes else []:
        suppliers, parts = map(int, size.split("x"))
        grid = list(itertools.product(map(float, options.spreads.split(",")), map(float, options.delivers.split(","))))
        for place, (spread, delivers) in enumerate(grid):
            for way in ("search", "hull", "no link", "rebate") if place == 0 else ("search",):
                count = options.seeds if way == "search" else min(options.baselines, options.seeds)
                found = [
                    measured(*discount_case(seed, suppliers, parts, 4, spread, delivers), way, options.limit)
                    for seed in range(count)
                ]
                if not found:
                    continue
                wall, worked, gap = map(np.array, zip(*found, strict=True))
                proven = gap <= 0.001 + 1e-9
                print(
                    f"{size:9s} {spread:6.2f} {delivers:8.2f} {way:8s} {count:5d} {np.median(wall):16.2f} {wall.max():6.2f} "
                    f"{np.median(worked):15.2f} {worked.max():6.2f} {gap.max():12.3%} "
                    f"{np.sum(proven & (wall <= 5.0)):20d} {np.sum(proven & (worked <= 5.0)):4d}",
                    flush=True,
                )
    began, missed = time.perf_counter(), 0
    for seed in range(options.cases):
        instance, needs = random_purchases(seed)
        best = enumerated(instance, needs)
        for form in ("hull", "no link", "rebate"):
            answer = solve_sourcing(instance, needs, gap=0.0, form=form)
            missed += abs(answer.cost - best) > 1e-6 * best or answer.bound > best * (1.0 + 1e-7)
    print(f"enumeration: {options.cases} cases x 3 forms, {missed} missed, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
