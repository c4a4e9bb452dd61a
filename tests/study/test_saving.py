"""What a study says it saves: against whom, under every book and law of volume, and for all scenarios at once."""

from __future__ import annotations

import dataclasses

import pytest

from halfshaft.alliance import partner_view
from halfshaft.plan import evaluate
from halfshaft.study import Case, Study, document
from halfshaft.study.plans import cases_of, outlooks


def test_every_book_is_planned_under_every_law(small_study: Study) -> None:
    """No saving stands under one book or one law of volume alone."""
    steps = document(small_study)["saving"]["steps"]
    sensitivity = small_study.programme.header.sensitivity
    books = {book.id for book in small_study.programme.books}
    assert {(s["book"], s["exponent"]) for s in steps} == {
        (book, exponent) for book in books for exponent in (None, *sensitivity.exponents)
    }
    assert steps[0]["book"] == small_study.programme.header.reference_book
    assert steps[0]["exponent"] is None


def test_from_tailored_to_alone_to_together_cost_falls(small_study: Study) -> None:
    """Sharing within a partner and then between partners never costs more, and each step's lines add up to its cost."""
    for step in document(small_study)["saving"]["steps"]:
        assert step["bounds_m"]["joint"] <= step["joint_m"] <= step["alone_m"] * (1.0 + 1e-12)
        assert step["bounds_m"]["alone"] <= step["tailored_m"] * (1.0 + 1e-9)
        for name, lines in step["by_line_m"].items():
            assert sum(lines.values()) == pytest.approx(step[f"{name}_m"])
        assert sum(step["alone_by_partner_m"].values()) == pytest.approx(step["alone_m"])
        saved, told = step["alone_m"] - step["joint_m"], step["saving_m"]
        assert told["low"] - 1e-6 <= saved <= told["high"] + 1e-6
        assert step["against_tailored_m"]["high"] >= step["saving_m"]["low"]


def test_a_partner_with_one_car_gains_nothing_from_a_family_of_its_own(small_study: Study) -> None:
    """Ada sells one vehicle: tailored to it is already its own best family."""
    for step in document(small_study)["saving"]["steps"]:
        apart, own = step["tailored_by_partner_m"]["ada"], step["alone_by_partner_m"]["ada"]
        assert apart == pytest.approx(own, rel=2.0 * small_study.programme.header.solver.gap)


def test_a_steeper_law_makes_sharing_worth_more(small_study: Study) -> None:
    """The more a doubling of volume saves, the more of the tailored cost a shared family saves, under each book."""
    steps = document(small_study)["saving"]["steps"]
    for book in {s["book"] for s in steps}:
        saved = [
            1.0 - s["joint_m"] / s["tailored_m"]
            for s in sorted(
                (s for s in steps if s["book"] == book and s["exponent"] is not None), key=lambda s: -s["exponent"]
            )
        ]
        assert saved == sorted(saved)


def test_the_plan_for_all_scenarios_is_proven(small_study: Study) -> None:
    """It passes its check, costs what its scenarios cost in the mean, and saves as much as the partners' own such plans say."""
    adoption = small_study.adoption
    assert adoption is not None
    plan = adoption.value.plan
    again = evaluate(plan.instance, plan.decisions)
    assert not again.violations
    assert again.total == pytest.approx(plan.objective)
    weighed = sum(w.probability * cost for w, cost in zip(plan.instance.scenarios, again.scenario_costs, strict=True))
    assert weighed == pytest.approx(plan.objective)
    assert (
        adoption.saving.low
        <= sum(p.objective for p in adoption.alone.values()) - plan.objective
        <= adoption.saving.high
    )
    told = document(small_study)["adoption"]
    assert told["expected_m"] == pytest.approx(sum(s["probability"] * s["cost_m"] for s in told["scenarios"]))


def test_knowing_more_never_costs_more(small_study: Study) -> None:
    """Perfect information ≤ plan for all ≤ plan for the mean carried through; each family regrets nothing where it is best."""
    told = document(small_study)["adoption"]
    assert told["value_of_perfect_information_m"]["low"] >= 0.0
    assert told["value_of_stochastic_solution_m"]["high"] >= 0.0
    families = {row["family"]: row for row in told["families"]}
    scenarios = {row["id"] for row in told["scenarios"]}
    assert set(families) == {"all scenarios", "mean scenario"} | scenarios
    for name, row in families.items():
        assert set(row["regret_m"]) == scenarios
        assert row["units"]
        if name in scenarios:
            assert row["regret_m"][name] == {"low": 0.0, "high": 0.0}


def test_cars_of_each_scenario_are_the_programmes(small_study: Study) -> None:
    """The fan of scenarios counts every vehicle of every partner, year by year."""
    programme, told = small_study.programme, document(small_study)["adoption"]["cars"]
    for name, cars in told.items():
        scenario = programme.scenario(name)
        for year in programme.header.years:
            planned = sum(round(v.volumes.get(year, 0) * scenario.factor(v, year)) for v in programme.vehicles)
            assert cars[str(year)] == pytest.approx(planned, abs=1)


def test_sensitivities_can_be_left_out(small_study: Study) -> None:
    """Without them a study asks for its outlooks and the held family only."""
    header = small_study.programme.header
    quiet = header.model_copy(
        update={"sensitivity": header.sensitivity.model_copy(update={"exponents": (), "tailored": False})}
    )
    cases = cases_of(dataclasses.replace(small_study.programme, header=quiet))
    assert {c for c in cases if c.plain} == {
        Case(b, s, members)
        for b, s in outlooks(small_study.programme)
        for members in (frozenset({"ada"}), frozenset({"bob"}), frozenset({"ada", "bob"}))
    }
    assert all(c.plain or c.held for c in cases)


def test_a_partner_sees_its_own_steps_only(small_study: Study) -> None:
    """No view shows what the other partner pays, nor a total from which it follows."""
    view = partner_view(document(small_study), "ada").content
    for step in view["saving"]["steps"]:
        assert set(step) == {"book", "scenario", "exponent", "alone_by_partner_m", "tailored_by_partner_m"}
        assert set(step["alone_by_partner_m"]) == {"ada"}
    assert set(view["adoption"]) == {"scenarios", "alone_by_partner_m"}
    assert set(view["adoption"]["alone_by_partner_m"]) == {"ada"}
