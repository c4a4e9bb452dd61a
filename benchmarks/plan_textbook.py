"""Small planning problems with every section of the file format against a textbook programme that shares nothing with the planner.

Run: ``.venv/bin/python benchmarks/plan_textbook.py [--cases 300] [--first 0] [--limit 60]``. The problems and the programme are those of
``tests/plan/textbook_cases.py`` and ``tests/plan/textbook.py``. They agree where both have no plan, or where the planner's cost is the
textbook's to a relative 1e-6 and its bound is not above it. Half a minute for 300 on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plan"))
from textbook import solve
from textbook_cases import case

from halfshaft.plan import NoPlanError, solve_plan
from halfshaft.plan.instance_file import parse_instance


def main() -> None:
    """Print how many agree, those that do not, and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one problem")
    options = parser.parse_args()
    agree = without = 0
    slowest = (0.0, 0)
    for seed in range(options.first, options.first + options.cases):
        document = case(seed)
        cost = solve(document, options.limit).cost
        began = time.monotonic()
        try:
            plan = solve_plan(parse_instance(json.dumps(document)), gap=0.0, time_limit=options.limit)
            found, bound = plan.objective, plan.bound
        except NoPlanError:
            found = bound = None
        slowest = max(slowest, (time.monotonic() - began, seed))
        if cost is None or found is None or bound is None:
            same = cost is None and found is None
            without += same
        else:
            slack = 1e-6 * max(abs(cost), 1e6)
            same = abs(found - cost) <= slack and bound <= cost + slack
        agree += same
        if not same:
            print(f"seed {seed}: textbook {cost}, planner {found} with bound {bound}")
    print(
        f"{agree} of {options.cases} agree, {without} of them have no plan; slowest {slowest[0]:.1f} s (seed {slowest[1]})"
    )


if __name__ == "__main__":
    main()
