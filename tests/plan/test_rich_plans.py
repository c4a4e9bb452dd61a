"""Every feature at once: the model and the independent check, written apart, must agree to the last cent.

A cost or a limit that one of the two sees otherwise leaves a gap that no search closes, or a violation.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich_plans import rich_instance

from halfshaft.plan import PlanInstance, Risk, evaluate, solve_plan


def proven(instance: PlanInstance) -> float:
    """Cost of the proven optimum; the plan is checked on the way."""
    plan = solve_plan(instance, gap=0.0, time_limit=120.0)
    assert not plan.evaluation.violations
    assert plan.bound == pytest.approx(plan.objective, rel=1e-7)
    return plan.objective


@pytest.mark.parametrize("seed", range(10))
def test_model_and_check_agree(seed: int) -> None:
    """Yearly periods: terms, awards, tools, shifts, learning, overflow, duties, claims, stages."""
    proven(rich_instance(seed))


@pytest.mark.parametrize("seed", [1, 4])
def test_model_and_check_agree_by_quarter(seed: int) -> None:
    """Quarters: season, stock within the year, lead and ramp in periods."""
    proven(rich_instance(seed, quarters=True))


@pytest.mark.parametrize("seed", [3])
def test_model_and_check_agree_under_risk(seed: int) -> None:
    """Three scenarios, half of the weight on the dearest of them."""
    instance = rich_instance(seed, scenarios=3, weight=0.5)
    risky = proven(instance)
    neutral = proven(replace(instance, risk=Risk(0.0)))
    assert risky >= neutral - 1.0


@pytest.mark.parametrize("seed", range(2))
def test_leave_to_supply_each_other_never_costs(seed: int) -> None:
    """More lanes are more choices."""
    assert proven(rich_instance(seed, cross=True)) <= proven(rich_instance(seed, cross=False)) + 1.0


@pytest.mark.parametrize("seed", [2])
def test_waiting_is_worth_something(seed: int) -> None:
    """Knowing the scenario before deciding costs no more, in the mean, than deciding first."""
    instance = rich_instance(seed, scenarios=3)
    here_and_now = proven(instance)
    wait_and_see = sum(
        w.probability * proven(replace(instance, scenarios=(replace(w, probability=1.0),))) for w in instance.scenarios
    )
    assert wait_and_see <= here_and_now * (1 + 1e-9)


def test_origin_is_claimed_only_where_parts_allow() -> None:
    """Where all parts are foreign and dear no claim stands; where a claim stands, its share is kept."""
    instance = rich_instance(1)
    foreign = replace(instance, offers=tuple(replace(o, origin="CN", landed=dict(o.landed)) for o in instance.offers))
    strict = replace(foreign, duties=tuple(replace(d, most_foreign=(None, 0.0, 0.0)) for d in foreign.duties))
    plan = solve_plan(strict, gap=0.0)
    free = solve_plan(instance, gap=0.0)
    crossing = sum(
        pieces
        for (plant, _, site, _), pieces in plan.decisions.recourse[0].shipments.items()
        if strict.plant[plant].zone != strict.site[site].zone
    )
    assert plan.evaluation.by_line()["duty"] > 0.0 or crossing == 0.0
    assert plan.objective >= free.objective - 1.0
    bent = replace(plan.decisions.recourse[0], claims=free.decisions.recourse[0].claims)
    assert "claims origin" in " ".join(evaluate(strict, replace(plan.decisions, recourse=(bent,))).violations)
