"""One plan as a document: its pieces, stages, lines and tiers against the plan that it was made from."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from rich_plans import rich_instance

from halfshaft.plan import Plan, module_needs, solve_plan
from halfshaft.programme import Programme
from halfshaft.study.document import plan_document
from halfshaft.study.document_unpaid import reported_document

Json = dict[str, Any]
SEEDS = (3, 11, 21, 34)


@cache
def planned(seed: int) -> tuple[Plan, Json]:
    """A rich plan and its document; of the programme, only suppliers' names and developments are asked for."""
    plan = solve_plan(rich_instance(seed, quarters=seed % 2 == 1), gap=0.02)
    instance = plan.instance
    developments = {
        module.key: SimpleNamespace(
            cost=module.development, available_from=2020, parent=module.parent and module.parent[1]
        )
        for module in instance.modules
    }
    suppliers = [SimpleNamespace(id=s, name=f"Supplier {s}") for s in {offer.supplier for offer in instance.offers}]
    programme = SimpleNamespace(suppliers=suppliers, kit=SimpleNamespace(developments=developments))
    return plan, plan_document(cast(Programme, programme), plan, "everyone")


@pytest.mark.parametrize("seed", SEEDS)
def test_pieces_by_partner_add_up_to_the_modules_pieces(seed: int) -> None:
    """Each module's pieces by partner and year are the plan's needs, none lost and none twice."""
    plan, document = planned(seed)
    for module in document["modules"]:
        by_partner = module["pieces_by_partner"]
        total = sum(n for years in by_partner.values() for n in years.values())
        cells = sum(len(years) for years in by_partner.values())
        assert total == pytest.approx(module["pieces"], abs=0.5 * cells + 0.5)
        assert set(by_partner) <= set(document["partners"])
        assert all(int(year) >= module["launched"] for years in by_partner.values() for year in years)
    assert sum(m["pieces"] for m in document["modules"]) == pytest.approx(
        sum(module_needs(plan.instance, plan.decisions).values())
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_stages_follow_each_other_and_name_what_they_replace(seed: int) -> None:
    """A stage ends before the next begins; the later one names the unit that the earlier one had at its axle."""
    plan, document = planned(seed)
    first = plan.instance.calendar.first_year
    for slot in plan.instance.slots:
        late = plan.decisions.delay.get(slot.id, 0)
        rows = [
            a
            for a in document["assignments"]
            if a["vehicle"] == slot.vehicle and a["from_year"] == first + slot.start + late
        ]
        assert {a["axle"]: a["unit"] for a in rows} == plan.chosen[slot.id].axles
        for a in rows:
            assert a["late_years"] == late
            assert a["from_year"] <= a["to_year"] < first + plan.instance.calendar.years
            before = None if slot.follows is None else plan.chosen[slot.follows].axles.get(a["axle"])
            assert a["replaces"] == before
            if before is not None:
                earlier = next(
                    b for b in document["assignments"]
                    if (b["vehicle"], b["axle"], b["unit"]) == (a["vehicle"], a["axle"], before) and b["from_year"] < a["from_year"]
                )  # fmt: skip
                assert earlier["to_year"] < a["from_year"]


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_are_never_used_beyond_what_they_can(seed: int) -> None:
    """Utilisation stays within 100 %, what exceeds the lines is overflow, and overflow is there exactly when the plan pays for it."""
    plan, document = planned(seed)
    for row in document["production"]:
        on_lines = row["output_pieces"] - row["overflow_pieces"]
        assert on_lines <= row["capacity_pieces"] + 3.0
        if row["utilisation_percent"] is not None:
            assert 0.0 <= row["utilisation_percent"] <= 100.0 + 1e-6
            assert row["utilisation_percent"] * row["capacity_pieces"] / 100.0 == pytest.approx(on_lines, abs=3.0)
    paid = plan.evaluation.by_line()["overflow"] > 1000.0
    assert (sum(row["overflow_pieces"] for row in document["production"]) > 0) == paid


def test_the_plans_exercise_overflow_and_longer_shifts() -> None:
    """The laws above are not idle: some plan overflows, and some runs lines longer."""
    rows = [row for seed in SEEDS for row in planned(seed)[1]["production"]]
    assert any(row["overflow_pieces"] > 0 for row in rows)
    assert any(row["lines_on_longer_shifts"] > 0 for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_missing_leads_to_the_next_tier(seed: int) -> None:
    """The counted amount lies from its tier's start up to the next one's, and what is missing is the difference."""
    _, document = planned(seed)
    assert document["purchases"]
    for award in document["purchases"]:
        counted, following = award["counted_per_year"], award["next_tier_from_pieces_per_year"]
        assert award["terms_count"] in ("pieces", "money")
        if following is None:
            assert award["tier"] == award["tiers"]
            assert award["missing_for_next_tier_per_year"] is None
        else:
            assert award["missing_for_next_tier_per_year"] == pytest.approx(following - counted)


@pytest.mark.parametrize("seed", SEEDS)
def test_commonality_counts_the_modules_that_the_plan_develops(seed: int) -> None:
    """The indices stand over the developed modules of the drive units, and over each kind of them."""
    _, document = planned(seed)
    drive = [m for m in document["modules"] if m["kind"] != "battery_pack"]
    found = document["commonality"]
    assert found["modules"] == len(drive)
    assert found["uses"] == sum(row["uses"] for row in found["by_kind"].values())
    shared = sum(len(m["pieces_by_partner"]) > 1 for m in drive)
    assert found["shared_by_partners"] == shared


@pytest.mark.parametrize("seed", SEEDS)
def test_duty_by_way_adds_up_and_every_claim_is_told(seed: int) -> None:
    """The ways' duty is the cost tree's, every claim that clears a piece stands once, and no claimed way of a year pays duty."""
    plan, document = planned(seed)
    found = document["duty"]
    assert found["paid_m"] == pytest.approx(plan.evaluation.by_line()["duty"] / 1e6)
    assert sum(way["duty_m"] for way in found["crossings"]) == pytest.approx(found["paid_m"], abs=1e-3)
    first = plan.instance.calendar.first_year
    told = {
        (way["plant"], (way["kind"], way["module"]), way["to_zone"], year - first)
        for way in found["crossings"]
        for year in way["claimed_years"]
    }
    recourse, instance = plan.decisions.recourse[0], plan.instance
    crossed = {
        (plant, key, instance.site[site].zone, instance.calendar.year_of(period))
        for (plant, key, site, period), pieces in recourse.shipments.items()
        if pieces >= 0.5
    }
    assert told == recourse.claims & crossed
    for way in found["crossings"]:
        assert way["from_zone"] != way["to_zone"]
        assert not set(way["claimed_years"]) & set(way["dutiable_years"])
        assert bool(way["dutiable_years"]) == (way["duty_m"] > 0.0)


def test_the_plans_exercise_duty_and_claims() -> None:
    """The law above is not idle: some plan pays duty, and some claims origin."""
    ways = [way for seed in SEEDS for way in planned(seed)[1]["duty"]["crossings"]]
    assert any(way["dutiable_years"] for way in ways)
    assert any(way["claimed_years"] and way["pieces"] for way in ways)


def test_reported_totals_are_the_cars_times_their_figures() -> None:
    """Under the instance's own name; a quantity whose cost line the plan pays is marked as paid."""
    instance = rich_instance(3)
    counted = [
        replace(
            slot,
            per_car=slot.per_car | {"carbon": np.full(slot.options, 2.0)},
            reported={"carbon kg": np.full(slot.options, 20.0), "customer energy kWh": np.full(slot.options, 3.0)},
        )
        for slot in instance.slots
    ]
    plan = solve_plan(replace(instance, slots=tuple(counted)), gap=0.02)
    rows = {row["name"]: row for row in reported_document(plan)}
    assert {name: row["paid"] for name, row in rows.items()} == {"carbon kg": True, "customer energy kWh": False}
    built = sum(
        number
        for slot in plan.instance.slots
        for year, number in enumerate(plan.instance.scenarios[0].volumes[slot.id])
        if year >= slot.start + plan.decisions.delay.get(slot.id, 0)
    )
    assert rows["customer energy kWh"]["total"] == pytest.approx(3.0 * built)
    assert rows["carbon kg"]["total"] == pytest.approx(20.0 * built)
