"""The reference programme: it holds what it promises, its kit reaches the published classes, and its study is proven and fair."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from halfshaft.certification import Assumptions, predict, read_cars
from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.published import published
from halfshaft.plan import evaluate
from halfshaft.programme import Programme, load_programme
from halfshaft.study import Study, document, run_study
from halfshaft.study.certify import references_of

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "gen5"


@pytest.fixture(scope="module")
def programme() -> Programme:
    """The programme as it stands in the project."""
    return load_programme(FOLDER)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The whole study, once: two of its scenarios, without its sensitivities, and to a gap that a busy machine reaches, too."""
    folder = tmp_path_factory.mktemp("gen5") / "programme"
    shutil.copytree(FOLDER, folder)
    header = folder / "programme.yaml"
    text = header.read_text(encoding="utf-8")
    asked = "solver: {gap: 0.25 %, time_limit: 90 s}\n"
    assert asked in text
    quiet = "solver: {gap: 0.45 %, time_limit: 300 s}\nsensitivity: {exponents: [], tailored: false, adoption: false}\n"
    header.write_text(text.replace(asked, quiet), encoding="utf-8")
    scenarios = folder / "scenarios.yaml"
    first_two, others, _ = scenarios.read_text(encoding="utf-8").partition("  - id: high\n")
    assert others
    scenarios.write_text(first_two, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("halfshaft.study.pipeline._PLANNED_DEMANDS", 4)
        return run_study(folder, store=tmp_path_factory.mktemp("gen5_store"), workers=2)


def test_holds_both_partners_cars(programme: Programme) -> None:
    """At least four cars of one partner and eight of the other, with one and with two driven axles, from SOP to end."""
    count = {p.id: sum(v.partner == p.id for v in programme.vehicles) for p in programme.header.partners}
    assert count["jlr"] >= 4
    assert count["bmw"] >= 8
    assert {len(v.driven_axles) for v in programme.vehicles} == {1, 2}
    for vehicle in programme.vehicles:
        assert list(vehicle.volumes) == list(range(vehicle.sop, vehicle.eop + 1)), (
            f"{vehicle.id} has a hole in its volumes"
        )
    assert len(programme.books) >= 3
    assert {s.id for s in programme.scenarios} >= {"low", "middle", "high"}
    assert {"wolverhampton", "hams_hall", "dingolfing", "steyr"} <= {p.id for p in programme.plants}


def test_every_figure_says_what_it_rests_on(programme: Programme) -> None:
    """No figure is bare: each names a source that sources.yaml cites, or states why it is assumed; and no source is idle."""
    bare = [f"{f.file}:{f.line} {f.path}" for f in programme.ledger if "no basis" in f.note]
    assert not bare
    used = {figure.note for figure in programme.ledger.sourced}
    text = (FOLDER / "sources.yaml").read_text(encoding="utf-8")
    listed = [line.split(":", 1)[0] for line in text.splitlines() if line and not line.startswith("#")]
    idle = [
        name
        for name in listed
        if not any(f"source: {name}" in p.read_text(encoding="utf-8") for p in FOLDER.rglob("*.yaml"))
    ]
    assert not idle
    assert len(used) >= 15


def test_reported_sales_are_carried_over(programme: Programme) -> None:
    """Reported sales of a model stand as they were reported; the cars listed stay below the Group's reported electric sales."""
    assert programme.vehicle("bmw_ix3").volumes[2021] == 37939
    assert programme.vehicle("mini_cooper_se").volumes[2021] == 34851
    assert programme.vehicle("jaguar_ipace").volumes[2023] == 4874
    for year, reported in {2020: 44535, 2021: 103855, 2022: 215752, 2023: 375716}.items():
        assert sum(v.volumes.get(year, 0) for v in programme.vehicles if v.partner == "bmw") <= reported


IX3, I4_FRONT, MINI = "eesm_130x20/igbt_600/gear_111", "eesm_130x16/igbt_460/gear_88", "eesm_150x16/igbt_360/gear_96"
IX_FRONT, IX_REAR, I4_REAR = (
    "eesm_170x16/igbt_460/gear_88",
    "eesm_150x16/igbt_600/gear_88",
    "eesm_170x16/igbt_600/gear_111",
)
DUAL, IPACE = "eesm_170x12_dual/igbt_2x600/gear_88", "ipm_165x18/igbt_360/coaxial_904"


def _map(study: Study, unit: str) -> UnitMap:
    return next(m for m in study.maps if m.unit.name == unit)


@pytest.mark.parametrize(
    ("subject", "unit"),
    [
        ("MINI Countryman SE ALL4", MINI),
        ("iX xDrive50 front", IX_FRONT),
        ("i4 M50 front", I4_FRONT),
        ("iX3 rear", IX3),
        ("iX xDrive50 rear", IX_REAR),
        ("i4 eDrive40 rear", I4_REAR),
        ("i7 eDrive50 rear", DUAL),
        ("iX M60 rear", DUAL),
        ("Jaguar I-PACE unit", IPACE),
    ],
)
def test_each_published_power_class_is_reached(study: Study, subject: str, unit: str) -> None:
    """140, 190, 210, 230, 250, 335, 360 kW from one cross-section, and the I-PACE's 147 kW: each within 6 % by one unit."""
    assert _map(study, unit).peak_power_w / 1e3 == pytest.approx(published(subject, "power").value, rel=0.06)


@pytest.mark.parametrize(
    ("subject", "unit", "tolerance"),
    [
        ("iX xDrive50 front", IX_FRONT, 0.02),
        ("iX3 rear", IX3, 0.10),
        ("iX xDrive50 rear", IX_REAR, 0.06),
        ("i4 eDrive40 rear", I4_REAR, 0.10),
        ("Jaguar I-PACE unit", IPACE, 0.03),
    ],
)
def test_published_torques(study: Study, subject: str, unit: str, tolerance: float) -> None:
    """Greatest output torque within the tolerance stated for each unit; the drawn machine gives up to a tenth more than is published."""
    assert _map(study, unit).greatest_torque_nm == pytest.approx(published(subject, "torque").value, rel=tolerance)


def test_greatest_efficiency_of_the_ix3_unit(study: Study) -> None:
    """Up to 93 % from DC to output is published; nothing is fitted to it, and the computed unit is up to 2.5 points better."""
    efficiency, speed, _ = _map(study, IX3).peak_efficiency
    assert 0.0 < efficiency - published("iX3 rear", "greatest unit efficiency").value < 0.025
    assert 4000 < speed * 30 / np.pi < 12000


@pytest.mark.parametrize(
    ("subject", "unit", "tolerance"),
    [("i4 eDrive40 rear", I4_REAR, 0.10), ("i4 M50 front", I4_FRONT, 0.15), ("iX M60 rear", DUAL, 0.15)],
)
def test_power_per_unit_mass(study: Study, subject: str, unit: str, tolerance: float) -> None:
    """Near the published kW/kg; masses of housing, inverter and gear are assumptions, not fitted."""
    found = _map(study, unit)
    density = found.peak_power_w / 1e3 / found.unit.mass_kg
    assert density == pytest.approx(published(subject, "power per unit mass").value, rel=tolerance)


def test_the_dual_unit_is_the_longer_sister(study: Study) -> None:
    """The 360 kW unit is the 230 kW machine made 20 mm longer, fed by two sets of 600 A rms each."""
    longer, shorter = _map(study, DUAL).unit, _map(study, IX_REAR).unit
    millimetres = 1e3 * (longer.machine.stack_length_m - shorter.machine.stack_length_m)
    assert millimetres == pytest.approx(published("iX M60 rear", "stack longer than iX xDrive50 rear by").value)
    rms = longer.inverter.current_limit_a / np.sqrt(2.0)
    assert rms == pytest.approx(published("iX M60 rear", "machine current").value, rel=1e-4)


def test_published_speed_is_within_reach(study: Study) -> None:
    """The i4's certified 16,800 rpm lies inside the map, with power to spare there."""
    speed = published("i4 eDrive40 rear", "greatest speed").value * np.pi / 30
    found = _map(study, I4_REAR)
    assert found.max_speed_rad_per_s > speed
    assert np.isfinite(found.loss_at(speed, 100.0))


def test_machine_of_the_magnet_unit(study: Study) -> None:
    """The I-PACE's machine within 15 % of its published 38 kg, whatever that counts; its housing has the published diameter."""
    machine = _map(study, IPACE).unit.machine
    assert machine.mass_kg == pytest.approx(published("Jaguar I-PACE unit", "machine mass").value, rel=0.15)
    assert 1e3 * machine.diameter_m == pytest.approx(published("Jaguar I-PACE unit", "machine outer diameter").value)


def test_the_800_v_class_loses_less(study: Study) -> None:
    """Doubled turns and SiC at 800 V lose less at part load than the same stack with IGBTs at 400 V, not the 40 % that is the goal."""
    now, then = _map(study, "eesm_150x16/igbt_600/gear_88"), _map(study, "eesm_150x32/sic_400/gear_88")
    speed, torque = np.meshgrid(np.linspace(200.0, 1200.0, 6), np.linspace(20.0, 120.0, 6))
    change = then.loss_at(speed, torque).sum() / now.loss_at(speed, torque).sum() - 1.0
    assert -0.30 < change < -0.10


def test_every_field_is_told_and_agrees_with_itself(study: Study) -> None:
    """Each lamination's field names its machine and source; between nodes and by elements of other order it differs by at most 2 %."""
    fields = {field["lamination"]: field for field in document(study)["fields"]}
    assert set(fields) == {m.unit.machine.lamination.name for m in study.maps}
    for field in fields.values():
        assert field["source"]
        for kind in ("interpolation_error_percent", "order_difference_percent"):
            assert max(field[kind].values()) < 2.0


def test_certified_cars_need_about_what_was_measured(study: Study) -> None:
    """UDDS and HWFET at the wall within 20 %: a bound of sanity. Auxiliaries, brake blending, tyre slip, charger and warm-up are not
    published or not modelled; all cars come out low."""
    rows = [r for r in document(study)["verification"]["certified"] if r["figure"].startswith(("UDDS", "HWFET"))]
    assert len(rows) >= 8
    assert all(abs(row["deviation_percent"]) < 20.0 for row in rows), rows


def test_cars_as_built_meet_their_own_demands(study: Study) -> None:
    """A car with the units it was sold with meets every demand on it, but for rare earths where it was sold with magnets."""
    for table in study.tables:
        built = study.programme.vehicle(table.vehicle).as_built
        if built:
            failed = table.violated(built.get("front", "none"), built.get("rear", "none"))
            assert all(demand.endswith("NO-RARE-EARTHS") for demand in failed), (table.vehicle, failed)


def test_every_plan_is_proven(study: Study) -> None:
    """Every plan has a gap of at most 0.5 %, passes its independent check, and together costs no more than the sum of alone."""
    for plan in study.plans.values():
        assert plan.gap <= 0.005
        assert not evaluate(plan.instance, plan.decisions).violations
    for outlook in document(study)["saving"]["outlooks"]:
        assert 0.0 <= outlook["interval_m"]["low"] <= outlook["interval_m"]["high"]


def test_every_split_is_named_and_judged(study: Study) -> None:
    """At least four rules under every outlook, each paying exactly the joint cost, each with its word on the core."""
    for (book, scenario), result in study.alliances.items():
        assert len(result.splits) >= 4
        for split in result.splits:
            assert sum(split.payment.values()) == pytest.approx(study.plan(book, scenario).objective)
            assert split.in_core in ("proven", "not proven", "no")


def test_the_document_and_the_report_are_whole(study: Study) -> None:
    """The document is JSON, lists every assumption, and the report is made from it alone."""
    from halfshaft.report import render_report

    answer = json.loads(json.dumps(document(study), allow_nan=False))
    assert len(answer["assumptions"]) == len(study.programme.ledger.assumptions)
    page = render_report(answer)
    assert study.programme.header.name in page
    for vehicle in study.programme.vehicles:
        assert vehicle.name in page


DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "vehicles" / "bev_vehicles.csv"


@pytest.mark.skipif(not DATA.is_file(), reason="the table of certified cars lies beside the checkout, and is not there")
def test_partners_cars_are_predicted_from_published_figures(programme: Programme, study: Study) -> None:
    """Twelve certified rows of Jaguar, BMW and MINI: 3.6, 2.2 and 2.6 % in the mean of UDDS, HWFET and combined; Gen 5's city and highway
    are off alike."""
    references = references_of(programme, study.fields)
    cars = [c for c in read_cars(DATA) if c.make in {"Jaguar", "BMW", "MINI"} and c.measured.udds_wh_per_km_ac]
    assert len(cars) == 12
    off = []
    for car in cars:
        found, known = predict(car, references, Assumptions()), car.measured
        assert known.udds_wh_per_km_ac is not None
        assert known.hwfet_wh_per_km_ac is not None
        assert known.combined_wh_per_km_ac is not None
        off.append(
            (
                found.udds_wh_per_km_ac / known.udds_wh_per_km_ac - 1.0,
                found.hwfet_wh_per_km_ac / known.hwfet_wh_per_km_ac - 1.0,
                found.combined_wh_per_km_ac / known.combined_wh_per_km_ac - 1.0,
            )
        )
    udds, hwfet, combined = np.abs(off).mean(axis=0)
    assert udds < 0.045
    assert hwfet < 0.045
    assert combined < 0.027
    gen5 = np.array([d for car, d in zip(cars, off, strict=True) if car.row_id.startswith(("BMW_i4", "BMW_iX"))])
    assert abs(gen5[:, 0].mean() - gen5[:, 1].mean()) < 0.05
