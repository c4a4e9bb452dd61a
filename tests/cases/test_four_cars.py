"""The four-car example: enumeration and planner agree, and the files give the figures that the page beside them tells."""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from halfshaft.plan import solve_plan
from halfshaft.plan.instance_file import read_instance

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "four_cars"
TEXT = (FOLDER / "README.md").read_text(encoding="utf-8")
# Solved here within seconds; the others' figures are printed by the benchmark.
QUICK = ("tailored", "one_motor_one_battery", "two_motors_two_batteries", "any_sizes", "modules_apart", "second_alone")


@pytest.fixture(scope="module")
def four_cars() -> ModuleType:
    """The script that makes the example."""
    spec = importlib.util.spec_from_file_location("plan_four_cars", ROOT / "benchmarks" / "plan_four_cars.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("exponent", [-0.15, -0.06])
def test_the_planner_finds_what_comparing_all_finds(four_cars: ModuleType, exponent: float) -> None:
    """One motor and one battery module for all, on a coarse grid: the same cost and the same equipment."""
    motors, batteries = (150, 190, 250), (10.0, 15.0)
    best, chosen, compared = four_cars.enumerated(motors, batteries, exponent)
    assert compared > 100
    plan = solve_plan(four_cars.owned(motors, batteries, most=1, exponent=exponent), gap=1e-9)
    assert plan.objective == pytest.approx(best, rel=1e-9)
    assert plan.bound <= best * (1.0 + 1e-9)
    for car, choice in chosen.items():
        assert plan.chosen[car].modules == {
            ("battery_module", f"{choice.module_kwh:g}"): choice.modules,
            ("motor", str(choice.motor_kw)): choice.motors,
        }


def test_each_restriction_taken_away_never_costs_more(four_cars: ModuleType) -> None:
    """More sizes, and modules apart, can only help; sharing costs no more than tailored cars once any number of sizes is allowed."""
    steps = four_cars.ownership(-0.06, (150, 190, 250), (10.0, 15.0))
    cost = {name: solve_plan(instance, gap=1e-9).objective for name, instance in steps.items()}
    falling = ("one_motor_one_battery", "two_motors_two_batteries", "any_sizes", "modules_apart")
    for before, after in itertools.pairwise(falling):
        assert cost[after] <= cost[before] * (1.0 + 1e-8)
    assert cost["any_sizes"] <= cost["tailored"] * (1.0 + 1e-8)


def test_a_car_with_more_power_or_battery_is_heavier_and_uses_more(four_cars: ModuleType) -> None:
    """Mass follows what is built in, and energy follows mass."""
    car = four_cars.CARS[0]
    light, heavy = (four_cars.vehicle_with(car, 190, 1, kwh).test_mass_kg for kwh in (50.0, 80.0))
    assert heavy - light == pytest.approx(30e3 * 1.5 / (3.7 * 3.4 / 0.045))
    by_kwh = {c.modules: c.ac_wh_per_km for c in four_cars.choices(car, (190,), (10.0,)) if c.motors == 1}
    assert list(by_kwh.values()) == sorted(by_kwh.values())
    assert car.motor_kw == 239.0


@pytest.mark.parametrize("name", QUICK)
def test_the_files_give_the_figures_of_the_page(name: str) -> None:
    """Each shipped instance solves to the cost that the page tells, and its bound proves it."""
    found = re.search(rf"`{name}\.json` \|(?:[^|\n]*\|)? ([0-9.]+) \|", TEXT)
    assert found is not None
    plan = solve_plan(read_instance(FOLDER / f"{name}.json"), gap=1e-6, time_limit=300.0)
    assert plan.objective / 1e6 == pytest.approx(float(found.group(1)), abs=6e-5 + 1e-6 * plan.objective / 1e6)
    assert plan.status == "within gap"
