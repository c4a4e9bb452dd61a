"""Where no plan exists: the smallest set of limits that excludes one, none of which can be left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_plans import random_instance

from halfshaft.plan import NoPlanError, PlanInstance, solve_plan
from halfshaft.plan.explain import smallest_conflict
from halfshaft.plan.formulation import build_model


def texts(instance: PlanInstance) -> list[str]:
    """What the smallest conflict of an instance says."""
    return [limit.text for limit in smallest_conflict(build_model(instance, strong=False))]


def test_too_few_lines() -> None:
    """No room for lines, and one car's demand."""
    instance = random_instance(0, partners=("a",))
    none = replace(
        instance, lines=tuple(replace(x, existing=0, most=0) if x.process == "gear" else x for x in instance.lines)
    )
    found = texts(none)
    assert any("gear lines at ap1 (at most 0" in text for text in found)
    assert sum("the demand for" in text for text in found) == 1
    assert len(found) == 2
    with pytest.raises(NoPlanError, match=r"loosen one of these.*gear lines at ap1"):
        solve_plan(none)


def test_too_little_supply() -> None:
    """Both suppliers of a part are too small together: both are named, since raising either would do."""
    instance = random_instance(0, partners=("a",))
    starved = replace(
        instance, offers=tuple(replace(o, capacity=3000.0) if o.part == "gears" else o for o in instance.offers)
    )
    found = texts(starved)
    assert any("s0's capacity for gears (3,000" in text for text in found)
    assert any("s1's capacity for gears (3,000" in text for text in found)
    assert any("the demand for" in text for text in found)
    assert len(found) == 3


@pytest.mark.parametrize("rule", ["tooling", "least", "number"])
def test_rules_of_award_do_not_hide_a_capacity(rule: str) -> None:
    """Suppliers' tools, least quantities and limits on their number stand in rows of their own: too little supply is told all the same."""
    instance = random_instance(0, partners=("a",))
    change = {"tooling": {"tooling": 1e5}, "least": {"least": 10.0}, "number": {}}[rule]
    offers = tuple(replace(o, capacity=3000.0, **change) if o.part == "gears" else o for o in instance.offers)
    parts = tuple(replace(p, most_suppliers=2 if rule == "number" else None) for p in instance.parts)
    starved = replace(instance, offers=offers, parts=parts)
    found = texts(starved)
    assert sum("capacity for gears (3,000" in text for text in found) == 2
    assert any("the demand for" in text for text in found)
    assert len(found) == 3


def test_learning_does_not_hide_a_capacity() -> None:
    """Labour that falls with volume is said in blocks of their own: too few lines are told all the same."""
    instance = random_instance(0, partners=("a",))
    few = {"existing": 0, "most": 1, "capacity": 100.0, "learning": ((0.0, 1.0), (5000.0, 0.9)), "overflow_cost": None}
    slow = replace(instance, lines=tuple(replace(x, **few) if x.process == "gear" else x for x in instance.lines))
    found = texts(slow)
    assert any("the gear lines at ap1 (at most 1" in text for text in found)
    assert any("the demand for" in text for text in found)
    assert len(found) == 2


def test_what_nobody_may_supply_is_told_by_its_cause() -> None:
    """No lane, no leave to supply another partner, or no line at all: each by its name, with tools or without."""
    both = random_instance(0)
    tooled = replace(both, modules=tuple(replace(module, tooling=1e6) for module in both.modules))
    for instance in (both, tooled):
        no_lane = replace(instance, plants=tuple(replace(plant, lanes={}) for plant in instance.plants))
        assert any(text.startswith("the lanes over which") for text in texts(no_lane))
        no_line = replace(instance, lines=tuple(line for line in instance.lines if line.process != "gear"))
        assert any(text.startswith("the lines that make gear (there are none") for text in texts(no_line))
        sites = [site.id for site in instance.sites]
        one = instance.plants[0].partner
        no_leave = replace(
            instance,
            cross_supply=frozenset(),
            plants=tuple(replace(plant, partner=one, lanes=dict.fromkeys(sites, 5.0)) for plant in instance.plants),
        )
        assert any(text.startswith(f"the leave of {one} to supply") for text in texts(no_leave))


def test_too_few_hours() -> None:
    """Teams that have no hours before the first launch exclude a plan together with one demand."""
    instance = random_instance(0, late=1)
    idle = replace(instance, teams=tuple(replace(team, hours={2018: 10.0}) for team in instance.teams))
    found = texts(idle)
    assert any("the teams' hours of drive" in text for text in found)
    assert len(found) == 2


def test_a_date_that_cannot_be_met() -> None:
    """Modules that come after every launch exclude a plan by their date."""
    instance = random_instance(0, vehicles=1)
    slot = instance.slots[0]
    late = replace(
        instance, modules=tuple(replace(m, earliest=2) if m.key[0] == "gear" else m for m in instance.modules)
    )
    assert slot.start < 2
    found = texts(late)
    assert any("the date of gear" in text and "not before 2022" in text for text in found)
    assert any("the demand for v0" in text for text in found)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_can_be_left_out(seed: int) -> None:
    """Loosening any one limit of the set resolves this conflict: what remains of the set has a plan."""
    instance = random_instance(seed, most=1)
    short = replace(instance, lines=tuple(replace(line, capacity=9e3) for line in instance.lines))
    with pytest.raises(NoPlanError):
        solve_plan(short)
    model = build_model(short, strong=False)
    found = smallest_conflict(model)
    assert found
    from halfshaft.plan.explain import _excluded

    index = [model.limits.index(limit) for limit in found]
    assert _excluded(model, index, relaxed=False)
    for left_out in index:
        assert not _excluded(model, [i for i in index if i != left_out], relaxed=True)


def test_slots_without_options_are_named() -> None:
    """A slot that nothing serves is told before anything is solved."""
    instance = random_instance(0)
    unserved = replace(instance, slots=(instance.slots[0].only([]), *instance.slots[1:]))
    with pytest.raises(NoPlanError, match="no option meets the demands on v0"):
        solve_plan(unserved)


def test_an_instance_with_a_plan_has_no_conflict() -> None:
    """Asking why there is no plan where there is one is an error."""
    with pytest.raises(ValueError, match="has a plan"):
        smallest_conflict(build_model(random_instance(0), strong=False))
