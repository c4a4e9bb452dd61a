"""Two hundred small planning problems against full enumeration, and more with every feature at once against the independent evaluator.

Run: ``.venv/bin/python benchmarks/plan_enumeration.py [--cases 200] [--rich 100] [--limit 120] [--json OUT]``. The small problems differ in
vehicles, lines, plants, delays forced by the teams' hours, carry-over and bent laws; the enumeration (``tests/plan/small_plans.py``)
shares nothing with the model. For the rich ones, which are beyond enumeration, the solver's bound at a gap of 0 must meet the evaluator's
cost: a cost or limit that only one of the two knows would leave a gap. Half an hour on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plan"))
from rich_plans import rich_instance
from small_plans import brute_force, random_instance

from halfshaft.plan import NoPlanError, PlanInstance, solve_plan


def small_case(seed: int) -> PlanInstance:
    """A problem that can be enumerated."""
    rng = np.random.default_rng(seed)
    return random_instance(
        seed,
        vehicles=int(rng.integers(1, 4)),
        most=int(rng.integers(2, 4)),
        late=int(rng.integers(0, 2)),
        laws=bool(seed % 2),
        second_plant=seed % 5 == 0,
    )


def main() -> None:
    """Print how many agree, and the largest differences."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--rich", type=int, default=100)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a rich case")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()

    equal, infeasible, worst, wrong = 0, 0, 0.0, []
    began = time.perf_counter()
    for seed in range(asked.cases):
        instance = small_case(seed)
        optimum = brute_force(instance)
        try:
            plan = solve_plan(instance, gap=0.0)
        except NoPlanError:
            infeasible += bool(np.isinf(optimum))
            if not np.isinf(optimum):
                wrong.append(seed)
            continue
        apart = abs(plan.objective - optimum) / optimum
        worst = max(worst, apart)
        if apart <= 1e-9 and plan.bound <= optimum * (1.0 + 1e-9):
            equal += 1
        else:
            wrong.append(seed)
    seconds = time.perf_counter() - began
    print(
        f"small: {equal} of {asked.cases} equal enumeration, {infeasible} without any plan as enumeration says, "
        f"different: {wrong or 'none'}; largest relative difference {worst:.1e}; {seconds:.0f} s",
        flush=True,
    )

    gaps, open_ = [], []
    began = time.perf_counter()
    for seed in range(asked.rich):
        instance = rich_instance(
            seed, scenarios=1 + seed % 3, quarters=seed % 4 == 0, cross=seed % 2 == 0, weight=0.5 * (seed % 5 == 1)
        )
        try:
            plan = solve_plan(instance, gap=0.0, time_limit=asked.limit)
        except NoPlanError:
            continue
        if plan.status == "within gap":
            gaps.append(plan.gap)
        else:
            open_.append((seed, plan.gap))
    print(
        f"rich: {len(gaps)} of {asked.rich} proven, largest distance between bound and evaluated cost {max(gaps, default=0.0):.1e}; "
        f"not proven in {asked.limit:g} s: {[(seed, f'{gap:.1e}') for seed, gap in open_] or 'none'}; {time.perf_counter() - began:.0f} s"
    )
    if asked.json:
        asked.json.write_text(
            json.dumps(
                {
                    "cases": asked.cases, "equal": equal, "infeasible": infeasible, "different": wrong, "largest_difference": worst,
                    "rich_proven": len(gaps), "rich_open": open_, "rich_largest_gap": max(gaps, default=0.0),
                }
            )
        )  # fmt: skip


if __name__ == "__main__":
    main()
