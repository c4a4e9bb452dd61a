"""A whole study of the small programme: its answers hang together, a killed run goes on, a second run only reads."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_programme import write_programme

from halfshaft.plan import evaluate
from halfshaft.quantities import InputError
from halfshaft.study import Study, document, run_study


def test_every_plan_is_proven_and_checked(small_study: Study) -> None:
    """Each plan passes its independent evaluation, lies above its bound, and reached the demanded gap."""
    # Two books in the middle and one more scenario, for ada, bob and both; the family held; both books under three laws, and tailored.
    assert len(small_study.plans) == 3 * 3 + 1 + 2 * 3 * 3 + 2 * 4 * 2
    for plan in small_study.plans.values():
        again = evaluate(plan.instance, plan.decisions)
        assert not again.violations
        assert again.total == pytest.approx(plan.objective)
        assert plan.bound <= plan.objective
        assert plan.status == "within gap"


def test_together_is_never_dearer(small_study: Study) -> None:
    """Under every book and scenario the joint plan costs no more than the partners' own plans, and the interval holds the saving."""
    for outlook in document(small_study)["saving"]["outlooks"]:
        assert outlook["saving_m"] >= 0.0
        assert outlook["interval_m"]["low"] - 1e-6 <= outlook["saving_m"] <= outlook["interval_m"]["high"] + 1e-6
        assert sum(outlook["by_line_m"].values()) == pytest.approx(outlook["saving_m"])


def test_one_vehicle_by_hand(small_study: Study) -> None:
    """The sedan's extra battery, its modules' pieces and its part of the volumes follow from the table and the programme alone."""
    plan = small_study.plan()
    table = next(t for t in small_study.tables if t.vehicle == "bob_sedan")
    unit = plan.at_launch["bob_sedan"].axles["rear"]
    column = table.rears.index(unit)
    consumption = table.figures["wltp_dc"]
    extra_kwh = (consumption[0, column] - np.nanmin(consumption)) * 550 / 1000
    assert plan.chosen["bob_sedan"].per_car["extra battery"] == pytest.approx(extra_kwh * 110)
    assert table.figures["acceleration_0_100"][0, column] <= 8.0
    machine = unit.split("/")[0]
    instance = plan.instance
    # Plants may supply each other's cars here, so the count is over both partners.
    pieces = sum(n for (_, key, _), n in plan.decisions.recourse[0].output.items() if key == ("machine", machine))
    slots = instance.slots
    cars = instance.scenarios[0].volumes
    assert not plan.decisions.delay
    assert pieces == pytest.approx(
        sum(sum(cars[slot.id]) * plan.chosen[slot.id].modules.get(("machine", machine), 0) for slot in slots)
    )


def test_one_split_by_hand(small_study: Study) -> None:
    """Equal gain gives each half of what the incumbents save, and the payments add up to the joint cost."""
    joint, alone = small_study.plan(), {p: small_study.plan(coalition=frozenset({p})).objective for p in ("ada", "bob")}
    equal = next(s for s in small_study.alliances["law", "middle"].splits if s.rule == "equal_gain")
    half = (sum(alone.values()) - joint.objective) / 2
    assert equal.payment["ada"] == pytest.approx(alone["ada"] - half)
    assert sum(equal.payment.values()) == pytest.approx(joint.objective)
    assert len(small_study.alliances["law", "middle"].splits) >= 4


def test_demands_cost_nothing_or_something(small_study: Study) -> None:
    """Every demand has a price interval from zero up; one that opens no configuration costs exactly nothing."""
    prices = {price.demand: price for price in small_study.prices}
    assert set(prices) == {r.id for r in small_study.programme.requirements}
    for price in prices.values():
        assert 0.0 <= price.price.low <= price.price.high
        if price.opened == 0:
            assert (price.method, price.price.high) == ("exact", 0.0)


def test_the_document_is_json_and_whole(small_study: Study) -> None:
    """The document survives JSON unchanged and lists every assumption of the programme."""
    answer = document(small_study)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert len(answer["assumptions"]) == len(small_study.programme.ledger.assumptions)
    family = answer["catalogue"]["maps"]
    assert set(family) == set(answer["catalogue"]["family"])
    for unit in family.values():
        efficiencies = [e for row in unit["efficiency_percent"] for e in row if e is not None]
        assert min(efficiencies) > 0.0
        assert max(efficiencies) < 100.0
        points = zip(unit["vehicles"][0]["speed_rpm"], unit["vehicles"][0]["torque_nm"], strict=True)
        assert all(math.isfinite(speed) and math.isfinite(torque) for speed, torque in points)


def test_a_second_run_only_reads(small_folder: Path, small_store: Path, small_study: Study) -> None:
    """With unchanged input every task is answered from the store, and the answer is the same."""
    again = run_study(small_folder, store=small_store, workers=1)
    for stage in again.run.stages:
        if stage.name in ("catalogue", "verification", "plan", "negotiation"):
            assert stage.stored == stage.steps
    first, second = document(small_study), document(again)
    first.pop("run")
    second.pop("run")
    assert first == second


def test_changed_volumes_leave_the_physics_stored(tmp_path: Path, small_store: Path, small_study: Study) -> None:
    """A changed volume plans anew but evaluates no unit again: a key holds what went into the stage, not the whole programme."""
    assert small_study.plans
    changes = {"plants/south.yaml": ("logistics: {value: 8 EUR", "logistics: {value: 9 EUR")}
    other = run_study(write_programme(tmp_path, changes), store=small_store, workers=1)
    stages = {stage.name: stage for stage in other.run.stages}
    assert stages["catalogue"].stored == stages["catalogue"].steps
    assert stages["verification"].stored == stages["verification"].steps
    assert stages["plan"].stored < stages["plan"].steps


def test_workers_give_the_same_answer(small_folder: Path, tmp_path: Path, small_study: Study) -> None:
    """Two processes and one process answer alike, figure for figure."""
    spread = document(run_study(small_folder, store=tmp_path, workers=2))
    single = document(small_study)
    for answer in (spread, single):
        answer.pop("run")
        for plan in (*answer["plans"]["cases"], answer["plans"]["reference"], *answer["plans"]["alone"].values()):
            plan.pop("seconds")
    assert spread == single


@pytest.mark.parametrize("finished", [2, 9, 16])
def test_a_killed_run_goes_on(small_folder: Path, tmp_path: Path, finished: int) -> None:
    """Killed outright after so many results, a run leaves only whole entries, and the next one uses every one of them."""
    code = (
        f"from halfshaft.study import run_study; run_study({str(small_folder)!r}, store={str(tmp_path)!r}, workers=1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while len(_entries(tmp_path)) < finished:
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = len(_entries(tmp_path))
    assert kept >= finished
    again = run_study(small_folder, store=tmp_path, workers=1)
    assert sum(stage.stored for stage in again.run.stages) >= kept


def _entries(store: Path) -> list[Path]:
    return [path for path in store.glob("*/*") if not path.name.startswith(".")]


UNSERVED = [
    (
        "requirements/ada.yaml",
        "at_most: 8.5 s",
        "at_most: 0.5 s",
        ["Ada SUV", "ADA-1 (requirements/ada.yaml:3)", "relax"],
    ),
    (
        "vehicles/bob_sedan.yaml",
        "voltage_class: {value: 400 V",
        "voltage_class: {value: 800 V",
        ["unknown voltage class"],
    ),
    ("kit/laminations.yaml", "available_from: 2025", "available_from: 2027", ["only after its SOP 2025", "bob_sedan"]),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), UNSERVED)
def test_a_vehicle_that_nothing_serves_is_explained(
    tmp_path: Path, small_store: Path, file: str, old: str, new: str, said: list[str]
) -> None:
    """When no unit serves a vehicle, the error names the vehicle, the demand that excludes every unit, and what would help."""
    with pytest.raises(InputError) as caught:
        run_study(write_programme(tmp_path, {file: (old, new)}), store=small_store, workers=1)
    for words in said:
        assert words in str(caught.value)


def test_operation_stands_in_the_document(small_study: Study) -> None:
    """Each vehicle with the plan's units, each used unit's map, and printed flows that add up within their rounding."""
    found = document(small_study)["operation"]
    chosen = {vehicle: c.axles for vehicle, c in small_study.plan().at_launch.items()}
    assert {v["vehicle"]: v["units"] for v in found["vehicles"]} == chosen
    assert set(found["units"]) == {unit for units in chosen.values() for unit in units.values()}
    for vehicle in found["vehicles"]:
        for cycle in vehicle["cycles"]:
            flows = cycle["flows_wh_per_km"]
            parts = flows["charging_loss"] + flows["battery_loss"] + flows["battery_terminals"]
            assert parts == pytest.approx(flows["wall"], rel=1e-3)
            assert flows["wall"] == cycle["consumption_wh_per_km_ac"]
    for unit in found["units"].values():
        assert len(unit["speed_rpm"]) == len(unit["loss_kw"]) <= 25
        assert len(unit["torque_fraction"]) == 21
