"""The relaxation from few options: the same bound as that of the whole, reduced costs that hold, whatever is looked at first."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from rich_plans import rich_instance
from small_plans import random_instance
from textbook_cases import case

from halfshaft.plan import PlanInstance, relaxation
from halfshaft.plan.blocks import solve
from halfshaft.plan.formulation import build_model
from halfshaft.plan.instance_file import parse_instance
from halfshaft.plan.model import PlanModel
from halfshaft.plan.relaxation import relax


@pytest.fixture(autouse=True)
def _never_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaxation, "_SMALL", 0)


def starts(model: PlanModel, which: int) -> dict[str, np.ndarray]:
    """One option of each slot: the first, the last."""
    return {slot: np.array([columns.shape[0] - 1 if which else 0]) for slot, columns in model.at.choice.items()}


def held_against_the_whole(instance: PlanInstance) -> bool:
    """Whether there is a relaxed plan, after comparing its bound from either start with the relaxation of the whole."""
    model = build_model(instance)
    whole = solve(model.arrays, relaxed=True)
    for which in (0, 1):
        few = relax(model, starts(model, which))
        assert (few.values is None) == (whole.values is None)
        if few.values is not None:
            scale = 1e-6 * max(1.0, abs(whole.objective))
            assert few.bound == pytest.approx(whole.objective, abs=scale)
            assert few.objective == pytest.approx(whole.objective, abs=scale)
            assert float(model.arrays.cost @ few.values) == pytest.approx(few.objective, abs=scale)
    return whole.values is not None


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_few_options_prove_what_all_prove(first: int) -> None:
    """A hundred small problems with sections of the format switched on at random."""
    instances = [parse_instance(json.dumps(case(seed))) for seed in range(first, first + 20)]
    whole = [instance for instance in instances if all(slot.options for slot in instance.slots)]
    assert sum(held_against_the_whole(instance) for instance in whole) > 5


@pytest.mark.parametrize("seed", range(8))
def test_few_options_prove_what_all_prove_in_rich_plans(seed: int) -> None:
    """Quarters, duties, suppliers' terms, learning and scenarios, with risk weighed or not, and late launches."""
    held_against_the_whole(
        rich_instance(
            seed, scenarios=1 + seed % 3, quarters=seed % 2 == 0, cross=seed % 3 == 0, weight=0.3 * (seed % 2)
        )
    )
    held_against_the_whole(random_instance(seed, vehicles=3, late=1, second_plant=True))


@pytest.mark.parametrize("seed", range(4))
def test_reduced_costs_hold(seed: int) -> None:
    """A relaxed plan that takes an option costs no less than the bound and the option's reduced cost together."""
    model = build_model(rich_instance(seed, scenarios=1 + seed % 2))
    few = relax(model, starts(model, 0))
    assert few.reduced_costs is not None
    excluded = 0
    for columns in model.at.choice.values():
        for column in columns.ravel():
            arrays = model.arrays
            lower = arrays.lower.copy()
            lower[column] = 1.0
            with_it = solve(replace(arrays, lower=lower), relaxed=True)
            reduced = max(float(few.reduced_costs[column]), 0.0)
            excluded += reduced > 1e-3 * abs(few.bound)
            assert with_it.objective >= few.bound + reduced - 1e-6 * abs(few.bound)
    assert excluded


def test_without_time_there_is_no_plan_and_no_bound() -> None:
    """A search that may not begin says so."""
    model = build_model(rich_instance(0))
    few = relax(model, starts(model, 0), time_limit=0.0)
    assert few.status == "stopped"
    assert few.values is None
    assert few.bound == -np.inf


def test_a_search_can_be_stopped() -> None:
    """What watches may end it, and what was proven until then stays valid."""
    model = build_model(rich_instance(1, scenarios=2, quarters=True))
    few = relax(model, starts(model, 0), watch=lambda cost, bound: True)
    assert few.bound <= solve(model.arrays, relaxed=True).objective + 1e-6
