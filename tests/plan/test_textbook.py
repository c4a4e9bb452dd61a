"""The planner against the textbook programme, which shares nothing with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from textbook import solve
from textbook_cases import case

from halfshaft.plan import NoPlanError, Plan, evaluate, solve_plan
from halfshaft.plan.instance_file import answer_document, parse_instance, read_decisions

Json = dict[str, Any]


def planned(document: Json, *, time_limit: float = 60.0, gap: float = 0.0) -> Plan | None:
    """The plan of a document; None where there is none."""
    try:
        return solve_plan(parse_instance(json.dumps(document)), gap=gap, time_limit=time_limit)
    except NoPlanError:
        return None


def agreed(document: Json) -> Plan | None:
    """The plan, after holding it against the textbook's cost."""
    plan, cost = planned(document), solve(document).cost
    assert (plan is None) == (cost is None)
    if plan is not None and cost is not None:
        assert plan.objective == pytest.approx(cost, rel=1e-6, abs=1.0)
        assert plan.bound <= cost + 1e-6 * abs(cost) + 1.0
    return plan


@pytest.mark.parametrize("first", range(0, 40, 5))
def test_plans_cost_what_the_textbook_finds(first: int) -> None:
    """Forty small problems with sections of the format switched on at random: the same cost, a bound below it, or no plan for both."""
    for seed in range(first, first + 5):
        document = case(seed)
        plan = agreed(document)
        if plan is not None:
            answer = json.loads(json.dumps(answer_document(plan)))
            instance = parse_instance(json.dumps(document))
            evaluation = evaluate(instance, read_decisions(instance, answer["decisions"]))
            assert not evaluation.violations
            assert evaluation.total == pytest.approx(plan.objective, rel=1e-12)


def test_a_search_that_is_cut_short_holds_a_valid_bound() -> None:
    """Almost without time there is a plan wherever one exists, and the least cost lies between its bound and its cost."""
    found = 0
    for seed in range(40):
        document = case(seed)
        plan, cost = planned(document, time_limit=0.0), solve(document).cost
        assert (plan is None) == (cost is None)
        if plan is None or cost is None:
            continue
        found += 1
        assert plan.bound <= cost + 1e-6 * abs(cost) + 1.0
        assert plan.objective >= cost - 1e-6 * abs(cost) - 1.0
    assert found > 20


def two_stages(options: list[list[str | None]], later: list[list[str | None]], per_car: list[float]) -> Json:
    """One vehicle in two stages whose units cost nothing, with 10 EUR for the change between them."""
    return {
        "format": "halfshaft plan 1",
        "title": "two stages",
        "calendar": {"first_year": 2027, "years": 2, "discount_rate": 0.0},
        "partners": [{"id": "ada", "zone": "UK"}],
        "sites": [{"id": "works", "partner": "ada", "zone": "UK"}],
        "kinds": [{"id": "machine"}],
        "modules": [{"id": "machine/a"}, {"id": "machine/b", "development": 1000.0}],
        "units": [{"id": "A", "modules": {"machine/a": 1}}, {"id": "B", "modules": {"machine/b": 1}}],
        "slots": [
            {
                "id": "first",
                "vehicle": "saloon",
                "site": "works",
                "start_year": 2027,
                "positions": ["rear"],
                "options": options,
                "per_car": {"extra battery": per_car},
            },
            {
                "id": "second",
                "vehicle": "saloon",
                "site": "works",
                "start_year": 2028,
                "positions": ["rear", "front"][: len(later[0])],
                "options": later,
                "follows": "first",
                "change_cost": 10.0,
            },
        ],
        "scenarios": [{"id": "plan", "cars": {"first": {"2027": 1.0}, "second": {"2028": 1.0}}}],
    }


def test_any_option_with_the_same_units_spares_the_change() -> None:
    """Options of the stage before may have the same units and other costs per car; each of them keeps the units."""
    plan = agreed(two_stages([["A"], ["A"], ["B"]], [["A"]], [1.0, 5.0, 0.0]))
    assert plan is not None
    assert plan.objective == pytest.approx(1.0)


def test_an_empty_position_is_no_unit() -> None:
    """A later stage with a position more, left empty, has the units that it had."""
    plan = agreed(two_stages([["A"]], [["A", None]], [0.0]))
    assert plan is not None
    assert plan.evaluation.by_line()["change of unit"] == 0.0


@pytest.mark.parametrize(("earliest", "cost"), [(2027, 1500.0), (2028, 2000.0)])
def test_a_parent_that_a_later_car_takes_is_launched_with_its_child(earliest: int, cost: float) -> None:
    """Where nothing is discounted, launching it earlier costs nothing and saves half of the child; a date may forbid it."""
    document = two_stages([["A"]], [["B"]], [0.0])
    document["slots"][1] |= {"vehicle": "estate", "follows": None, "change_cost": 0.0}
    document["modules"] = [
        {"id": "machine/a", "development": 1000.0, "parent": "machine/b", "carry_over": 0.5},
        {"id": "machine/b", "development": 1000.0, "earliest_year": earliest},
    ]
    plan = agreed(document)
    assert plan is not None
    assert plan.objective == pytest.approx(cost)
    assert plan.gap < 1e-9


def test_a_family_that_comes_too_late_has_no_plan() -> None:
    """Options whose modules are not there in time exclude every plan, and the date is named."""
    document = two_stages([["A"]], [["A"]], [0.0])
    document["modules"][0]["earliest_year"] = 2028
    for slot in document["slots"]:
        slot |= {"follows": None, "change_cost": 0.0}
    assert solve(document).cost is None
    with pytest.raises(NoPlanError, match="the date of machine a"):
        solve_plan(parse_instance(json.dumps(document)))


@pytest.mark.parametrize("field", ["price", "landed"])
def test_a_part_of_no_module_and_an_offer_for_no_zone_are_harmless(field: str) -> None:
    """An offer that can deliver nothing changes nothing in the terms that it shares."""
    document = two_stages([["A"]], [["A"]], [0.0])
    document["parts"] = [{"id": "rotor", "price": {"machine/a": 5.0}}]
    document["terms"] = [{"id": "frame", "tiers": [{"start": 0.0, "discount": 0.0}, {"start": 1.0, "discount": 0.1}]}]
    document["offers"] = [
        {"supplier": "north", "part": part, "capacity_pieces_per_year": 9.0, "landed": {"UK": 1.0}, "terms": "frame"}
        for part in ("rotor", "rotor" if field == "landed" else "shaft")
    ]
    if field == "price":
        document["parts"].append({"id": "shaft", "price": {}})
    else:
        document["offers"][1]["landed"] = {}
    plan = agreed(document)
    assert plan is not None
    assert plan.objective == pytest.approx(9.0)


def test_overflow_is_paid_to_the_last_piece() -> None:
    """A third of a piece above the lines is no rounding."""
    document = two_stages([["A"]], [["A"]], [0.0])
    document["kinds"] = [{"id": "machine", "process": "winding"}]
    document["plants"] = [{"id": "hall", "partner": "ada", "zone": "UK", "lanes": {"works": 0.0}}]
    line = {"plant": "hall", "process": "winding", "capacity_pieces_per_year": 99.7, "existing": 1, "most": 1}
    document["lines"] = [line | {"capital": 0.0, "overflow_cost": 1000.0}]
    document["scenarios"] = [{"id": "plan", "cars": {"first": {"2027": 100.0}, "second": {"2028": 100.0}}}]
    plan = agreed(document)
    assert plan is not None
    assert plan.objective == pytest.approx(600.0)
