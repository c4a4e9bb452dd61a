"""Floors under lines: known by hand, never above what a plan pays, and no plan lost by them."""

from __future__ import annotations

import numpy as np
import pytest
from rich_plans import rich_instance
from small_plans import random_instance

from halfshaft.plan import (
    Calendar,
    Kind,
    Module,
    PlanInstance,
    PlanLine,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
)
from halfshaft.plan.blocks import solve
from halfshaft.plan.floors import line_floors
from halfshaft.plan.formulation import build_model


def one_plant(cars: float, *, units: int = 1) -> PlanInstance:
    """A car with one or two machines in each of its options, a plant whose lines make 60,000 a year, two years without discount."""
    machines = [("machine", name) for name in ("short", "long")]
    return PlanInstance(
        title="one plant", currency="EUR", calendar=Calendar(2030, 2, 0.0), contracts=((0, 1),),
        partners=(PlanPartner("a", "EU"),), sites=(Site("works", "a", "EU"),),
        kinds=(Kind("machine", "winding"),), modules=tuple(Module(key, development=1e6) for key in machines),
        units=tuple(PlanUnit(key[1], ((key, units),)) for key in machines),
        slots=(Slot("car", "car", "works", 0, ("rear",), np.array([[0], [1]])),),
        scenarios=(PlanScenario("plan", 1.0, {"car": (cars, cars)}),),
        plants=(PlanPlant("plant", "a", "EU", {"works": 5.0}),),
        lines=(PlanLine("plant", "winding", 60e3, 0, 5, 20e6, 1e6, 30.0),),
    )  # fmt: skip


@pytest.mark.parametrize(("cars", "units", "lines"), [(60e3, 1, 1), (61e3, 1, 2), (61e3, 2, 3)])
def test_a_floor_is_whole_lines_with_labour_and_lanes(cars: float, units: int, lines: int) -> None:
    """One plant, one process: lines bought at once and kept up for two years, each piece with its labour and its lane."""
    floors, _ = line_floors(one_plant(cars, units=units), time_limit=10.0)
    assert len(floors) == 1
    pieces = 2 * units * cars
    assert floors[0].cost == pytest.approx((lines * (20e6 + 2 * 1e6) + pieces * 35.0) / 1e6, rel=1e-6)
    assert floors[0].standing == {0: (lines, lines)}


def test_a_floor_closes_the_relaxation() -> None:
    """Without it a relaxed plan builds 1.02 lines, with it two."""
    instance = one_plant(61e3)
    floors, _ = line_floors(instance, time_limit=10.0)
    plain, raised = (
        solve(build_model(instance, strong=False, floors=known).arrays, relaxed=True).objective
        for known in ((), floors)
    )
    whole = solve(build_model(instance, strong=False).arrays).objective
    assert plain < whole - 15.0
    assert raised == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_is_lost(seed: int) -> None:
    """With every feature, with delays and scenarios, the optimum is the same with floors and without, and the relaxation no lower."""
    rich = rich_instance(seed, scenarios=1 + seed % 2, quarters=seed % 3 == 0, cross=seed % 2 == 0)
    late = random_instance(seed, vehicles=3, late=1, second_plant=True)
    for instance in (rich, late):
        floors, _ = line_floors(instance, time_limit=30.0)
        without, known = build_model(instance), build_model(instance, floors=floors)
        low, high = (solve(model.arrays, relaxed=True) for model in (without, known))
        if low.status == "infeasible":
            continue
        assert high.objective >= low.objective - 1e-6 * abs(low.objective)
        first, second = (solve(model.arrays, gap=1e-7, time_limit=60.0) for model in (without, known))
        assert second.status == first.status
        if first.values is not None:
            assert second.objective == pytest.approx(first.objective, rel=1e-6)


def test_weighed_risk_has_no_floors() -> None:
    """With conditional value at risk the objective is no sum of costs, and no floor holds."""
    instance = rich_instance(1, scenarios=2, weight=0.5)
    assert line_floors(instance, time_limit=5.0)[0] == ()
    assert line_floors(one_plant(1e3), time_limit=0.0)[0] == ()
