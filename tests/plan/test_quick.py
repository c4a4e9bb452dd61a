"""The first plan and the first bound: below every optimum, above every bound, and never missing."""

from __future__ import annotations

import pytest
from rich_plans import rich_instance
from small_plans import random_instance

from halfshaft.plan import NoPlanError, solve_plan
from halfshaft.plan.quick import least_bound, quick_choice


@pytest.mark.parametrize("seed", range(12))
def test_below_every_plan(seed: int) -> None:
    """The least bound is positive and below the proven optimum, with every feature of an instance."""
    for instance in (random_instance(seed, laws=seed % 2 == 0, scenarios=1 + seed % 3), rich_instance(seed)):
        try:
            plan = solve_plan(instance, gap=0.001)
        except NoPlanError:
            continue
        assert 0.0 < least_bound(instance) <= plan.objective


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_without_time(seed: int) -> None:
    """With no time at all there are a checked plan and a valid bound, where the quick family can be built."""
    instance = random_instance(seed, most=8)
    assert set(quick_choice(instance)) == {slot.id for slot in instance.slots}
    best = solve_plan(instance, gap=0.0)
    hasty = solve_plan(instance, gap=0.0, time_limit=0.0)
    assert not hasty.evaluation.violations
    assert hasty.bound <= best.objective * (1 + 1e-9)
    assert hasty.objective >= best.objective * (1 - 1e-9)
