"""What uncertainty is worth, on small problems: orders that always hold, and a case by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_plans import random_instance

from halfshaft.plan import (
    Held,
    NoPlanError,
    NotFoundError,
    Plan,
    PlanInstance,
    PlanScenario,
    Risk,
    scenario_value,
    scenarios,
    solve_plan,
)
from halfshaft.plan.evaluate import conditional_value_at_risk
from halfshaft.plan.scenarios import ALL, of_mean, of_one


def with_overflow(instance: PlanInstance, cost: float) -> PlanInstance:
    """Lines may be exceeded at a price, so that every plan can be carried through every scenario."""
    return replace(instance, lines=tuple(replace(line, overflow_cost=cost) for line in instance.lines))


@pytest.mark.parametrize("seed", range(2))
def test_orders_that_always_hold(seed: int) -> None:
    """Wait and see <= here and now <= the mean plan carried through; no regret is negative, and a scenario's own family has none."""
    instance = with_overflow(random_instance(seed, vehicles=3, most=6, scenarios=3), 300.0)
    value = scenario_value(instance, gap=1e-6)
    stochastic = value.stochastic_solution
    assert stochastic is not None
    assert stochastic.high >= 0.0
    assert value.perfect_information.high >= 0.0
    wait = sum(w.probability * value.own[w.id].objective for w in instance.scenarios)
    assert value.carried is not None
    assert wait <= value.plan.objective * (1 + 2e-6)
    assert value.plan.objective <= value.carried.objective * (1 + 2e-6)
    for family, row in value.regret.items():
        for scenario, regret in row.items():
            assert regret is not None
            assert regret.low >= 0.0
            if family == scenario:
                assert regret.high == 0.0
    assert set(value.regret) == {ALL, "mean scenario", *(w.id for w in instance.scenarios)}


def test_held_family_and_lines() -> None:
    """Holding a plan's own decisions gives its cost again; holding them in another scenario costs no less than planning anew."""
    instance = with_overflow(random_instance(2, vehicles=3, most=6, scenarios=2), 250.0)
    first, second = (of_one(instance, w) for w in instance.scenarios)
    plan = solve_plan(first, gap=0.0)
    again = solve_plan(first, gap=0.0, held=Held(plan.decisions, lines=True))
    assert again.objective == pytest.approx(plan.objective, rel=1e-9)
    assert again.decisions.choice == plan.decisions.choice
    kept = solve_plan(second, gap=0.0, held=Held(plan.decisions, lines=True))
    family = solve_plan(second, gap=0.0, held=Held(plan.decisions))
    free = solve_plan(second, gap=0.0)
    assert kept.objective >= family.objective - 1.0 >= free.objective - 2.0
    assert kept.decisions.added == plan.decisions.added


def test_what_was_not_found_in_time_is_not_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans that hold a family and are cut short are undecided; only those that cannot exist are said to be none."""
    instance = with_overflow(random_instance(0, vehicles=2, scenarios=2), 300.0)
    ended = scenarios.solve_plan

    def cut(case: PlanInstance, **given: Any) -> Plan:
        if given["held"] is None:
            return ended(case, **given)
        raise (NotFoundError if len(case.scenarios) == 1 else NoPlanError)("none")

    monkeypatch.setattr(scenarios, "solve_plan", cut)
    value = scenario_value(instance, gap=0.01)
    names = [w.id for w in instance.scenarios]
    assert value.carried is None
    assert value.undecided == {(f, w) for f in (ALL, scenarios.MEAN, *names) for w in names if f != w}


def test_mean_of_scenarios() -> None:
    """The mean instance has the probability-weighted cars of every slot and year."""
    instance = random_instance(1, scenarios=2)
    weights = (0.25, 0.75)
    weighed = replace(
        instance, scenarios=tuple(replace(w, probability=p) for w, p in zip(instance.scenarios, weights, strict=True))
    )
    mean = of_mean(weighed).scenarios[0].volumes
    for slot in instance.slots:
        parts = [w.volumes[slot.id] for w in instance.scenarios]
        assert mean[slot.id] == pytest.approx(0.25 * np.array(parts[0]) + 0.75 * np.array(parts[1]))


def test_refuses_what_has_no_uncertainty() -> None:
    """One scenario, or an objective that weighs risk, is refused in words."""
    instance = random_instance(0, scenarios=2)
    with pytest.raises(ValueError, match="at least two"):
        scenario_value(replace(instance, scenarios=(PlanScenario("w", 1.0, instance.scenarios[0].volumes),)))
    with pytest.raises(ValueError, match="weight 0"):
        scenario_value(replace(instance, risk=Risk(0.5)))


@pytest.mark.parametrize("level", [0.0, 0.5, 0.8, 0.9])
def test_conditional_value_at_risk(level: float) -> None:
    """Against its definition as a minimum over thresholds (Rockafellar and Uryasev 2000), and its ends: mean and dearest case."""
    rng = np.random.default_rng(7)
    for _ in range(50):
        costs, chances = rng.uniform(0, 100, size=6), rng.dirichlet(np.ones(6))
        found = conditional_value_at_risk(costs.tolist(), chances.tolist(), level)
        by_definition = min(t + (chances * np.maximum(costs - t, 0.0)).sum() / (1.0 - level) for t in costs)
        assert found == pytest.approx(by_definition, rel=1e-9)
        assert costs @ chances - 1e-9 <= found <= costs.max() + 1e-9
