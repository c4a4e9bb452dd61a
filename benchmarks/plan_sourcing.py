"""Pure purchasing with volume discounts: time to a proof, by form and size, and agreement with full enumeration.

Run: ``.venv/bin/python benchmarks/plan_sourcing.py [--seeds 10] [--sizes 20x12,20x50,50x100] [--cases 200] [--limit 60] [--baselines 2]``.
Cases are random total quantity discounts: every supplier delivers each part with probability 0.5, its four all-units tiers count pieces
over all its parts. Baselines (the same presolve and solver, another form) run on the first ``--baselines`` seeds of a size.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from halfshaft.plan.instance import ModuleKey, PlanInstance, PlanOffer, PlanPart, Terms
from halfshaft.plan.sourcing import Form, solve_sourcing

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plan"))
from small_sourcing import Needs, enumerated, purchase_instance, random_purchases

MODULE: ModuleKey = ("machine", "m")


def discount_case(
    seed: int, suppliers: int, parts: int, tiers: int = 4, spread: float = 0.15
) -> tuple[PlanInstance, Needs]:
    """One module that holds one set of each part; suppliers with total quantity discounts over the parts they make."""
    rng = np.random.default_rng(seed)
    volume = 100_000.0
    delivers = rng.random((suppliers, parts)) < 0.5
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


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", default="20x12,20x50,50x100")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--baselines", type=int, default=2)
    parser.add_argument("--spread", type=float, default=0.15, help="half width of the price factors; wider is easier")
    options = parser.parse_args()
    print("size      form      seeds  seconds: median     worst   build  proven gap: worst")
    for size in options.sizes.split(",") if options.sizes else []:
        suppliers, parts = map(int, size.split("x"))
        forms: tuple[Form, ...] = ("hull", "no link", "rebate")
        for form in forms:
            seconds, gaps, built = [], [], []
            for seed in range(options.seeds if form == "hull" else min(options.baselines, options.seeds)):
                instance, needs = discount_case(seed, suppliers, parts, spread=options.spread)
                answer = solve_sourcing(instance, needs, gap=0.001, time_limit=options.limit, form=form)
                seconds.append(answer.seconds)
                gaps.append(answer.gap)
                built.append(answer.build_seconds)
            if seconds:
                print(
                    f"{size:9s} {form:9s} {len(seconds):5d} {np.median(seconds):16.2f} {max(seconds):9.2f} "
                    f"{np.median(built):7.2f} {max(gaps):13.3%}",
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
