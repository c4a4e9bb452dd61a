"""Certified cars against `halfshaft vehicle certify`: every row, its residuals, and the change of consumption with the road load.

Run: ``.venv/bin/python benchmarks/certification.py [--cars FILE] [--tests FILE] [--workers 2]``. Tables: electric cars with EPA dynamometer
tests, and all EPA tests of electric cars, from the data beside the checkout. Measured figures are compared, never read by the prediction.
The last table takes test vehicles that were certified more than once at one test weight with different road loads: chargers and makers
cancel there, so what is left is the physics of road load.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from halfshaft.certification import (
    Assumptions,
    AxleFigures,
    CarRow,
    Kind,
    Measured,
    Prediction,
    predict,
    read_cars,
)
from halfshaft.programme import load_programme
from halfshaft.study.certify import induction_reference_of, references_of
from halfshaft.study.executor import Executor
from halfshaft.study.pipeline import Silent, StageRunner
from halfshaft.study.store import Store
from halfshaft.vehicle import RoadLoad, load_cycle

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "vehicles"
GEN5 = Path(__file__).resolve().parents[1] / "examples" / "gen5"
PARTNERS = {"Jaguar", "BMW", "MINI"}
LEAST_CHANGE = 0.02  # of the energy of the road load, below which two tests tell nothing


def main() -> None:
    """Run, and print."""
    options = _options()
    programme = load_programme(GEN5)
    with tempfile.TemporaryDirectory() as folder:
        runner = StageRunner(Executor(Store(Path(options.store or folder)), options.workers), Silent())
        references = references_of(programme, runner.fields(programme))
        references["induction"] = induction_reference_of(runner, references)
    cars = read_cars(options.cars)
    found = [(car, predict(car, references, Assumptions())) for car in cars]
    _rows(found)
    for title, part in (
        ("all", found),
        ("Jaguar, BMW, MINI", [f for f in found if f[0].make in PARTNERS]),
        ("other makers", [f for f in found if f[0].make not in PARTNERS]),
    ):
        _summary(title, part)
    gen5 = [_off(c, p) for c, p in found if c.row_id.startswith(("BMW_i4", "BMW_iX_"))]
    print(f"BMW Gen 5: UDDS {np.mean([o[0] for o in gen5]):+.1f} %, HWFET {np.mean([o[1] for o in gen5]):+.1f} %")
    _without(found, references)
    _changes(options.tests, references)


def _off(car: CarRow, p: Prediction) -> tuple[float, ...]:
    m = car.measured
    pairs = (
        (p.udds_wh_per_km_ac, m.udds_wh_per_km_ac),
        (p.hwfet_wh_per_km_ac, m.hwfet_wh_per_km_ac),
        (p.combined_wh_per_km_ac, m.combined_wh_per_km_ac),
        (p.wltp_wh_per_km_ac, m.wltp_wh_per_km_ac),
        (p.top_speed_kph, m.top_speed_kph),
    )
    relative = [100.0 * (x / y - 1.0) if y else float("nan") for x, y in pairs]
    seconds = p.accel_0_100kph_s - m.accel_0_100kph_s if m.accel_0_100kph_s else float("nan")
    return (*relative, seconds)


def _rows(found: list[tuple[CarRow, Prediction]]) -> None:
    print(
        f"{'car':44s} {'UDDS %':>7s} {'HWFET %':>8s} {'comb. %':>8s} {'WLTP %':>7s} {'top %':>6s} {'0-100 s':>8s} {'left Wh/km':>11s}"
    )
    for car, prediction in found:
        o = _off(car, prediction)
        print(
            f"{car.row_id[:44]:44s} {o[0]:7.1f} {o[1]:8.1f} {o[2]:8.1f} {o[3]:7.1f} {o[4]:6.1f} {o[5]:8.2f} {_left(car):11.1f}"
        )


def _left(car: CarRow) -> float:
    """What the certified HWFET leaves for all losses in the car: DC at the charging efficiency assumed, less the work of the road load.

    No model of the drive is in it, so where it is next to nothing, charging is what is assumed too poor.
    """
    if not car.measured.hwfet_wh_per_km_ac:
        return float("nan")
    cycle = load_cycle("hwfet")
    speed = 0.5 * (cycle.speed_mps[1:] + cycle.speed_mps[:-1])
    work_j = float((car.road_load.force_n(speed) * speed) @ np.diff(cycle.time_s))
    return Assumptions().charging_efficiency * car.measured.hwfet_wh_per_km_ac - work_j / 3.6 / cycle.distance_m


def _summary(title: str, found: list[tuple[CarRow, Prediction]]) -> None:
    off = np.array([_off(c, p) for c, p in found])
    print(f"\n{title}: mean magnitude (mean)")
    for column, (name, unit) in enumerate(
        (("UDDS", "%"), ("HWFET", "%"), ("combined", "%"), ("WLTP", "%"), ("top speed", "%"), ("0-100", "s"))
    ):
        known = off[~np.isnan(off[:, column]), column]
        if known.size:
            digits = 2 if unit == "s" else 1
            within = (
                f", {np.mean(np.abs(known) <= 10):.0%} within 10 %"
                if unit == "%"
                else f", {np.mean(np.abs(known) <= 0.5):.0%} within 0.5 s"
            )
            print(
                f"  {name:9s} {np.abs(known).mean():.{digits}f} ({known.mean():+.{digits}f}) {unit} of {known.size} cars{within}"
            )


def _without(found: list[tuple[CarRow, Prediction]], references: object) -> None:
    """What each piece of the physics is worth: the partners' cars without it."""
    plain = Assumptions()
    cars = [(c, p) for c, p in found if c.make in PARTNERS and c.measured.udds_wh_per_km_ac]
    print("\nwithout each piece, partners' cars: change of UDDS and HWFET in the mean")
    warm = plain.warmth
    for name, other in (
        ("tyres do not stiffen in the cold", replace(plain, warmth=replace(warm, rolling_per_k=0.0))),
        ("units take every braking force", replace(plain, recuperated_share=1.0)),
        ("no draw while the inverter switches", replace(plain, switching_power_w=0.0)),
        ("no auxiliaries", replace(plain, auxiliary_power_w=0.0)),
    ):
        change = []
        for car, base in cars:
            less = predict(car, references, other)  # type: ignore[arg-type]
            change.append(
                (less.udds_wh_per_km_ac / base.udds_wh_per_km_ac, less.hwfet_wh_per_km_ac / base.hwfet_wh_per_km_ac)
            )
        mean = 100.0 * (np.mean(change, axis=0) - 1.0)
        print(f"  {name:52s} {mean[0]:+5.1f} {mean[1]:+5.1f} %")
    counted_twice = []
    for car, base in cars:
        twice = predict(replace(car, certified_load=False), references, plain)  # type: ignore[arg-type]
        counted_twice.append(
            (twice.udds_wh_per_km_ac / base.udds_wh_per_km_ac, twice.hwfet_wh_per_km_ac / base.hwfet_wh_per_km_ac)
        )
    mean = 100.0 * (np.mean(counted_twice, axis=0) - 1.0)
    print(f"  {'units drag counted twice':52s} {mean[0]:+5.1f} {mean[1]:+5.1f} %")


def _changes(tests: Path, references: object) -> None:
    """Certified and predicted change of consumption between two road loads of one test vehicle."""
    with tests.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_vehicle: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if not row.get("quality_flag") and row["udds_wh_per_km_ac"] and row["hwfet_wh_per_km_ac"]:
            by_vehicle[(row["epa_test_vehicle_id"], row["etw_kg"])].append(row)
    errors: list[float] = []
    for group in by_vehicle.values():
        first = group[0]
        for second in group[1:]:
            loads = [RoadLoad(*(float(r[k]) for k in ("A_N", "B_N_per_mps", "C_N_per_mps2"))) for r in (first, second)]
            force = [float(load.force_n(np.array([20.0]))[0]) for load in loads]
            if abs(force[1] / force[0] - 1.0) < LEAST_CHANGE:
                continue
            both = [predict(replace(_tested(first), road_load=load), references, Assumptions()) for load in loads]  # type: ignore[arg-type]
            for column in ("udds_wh_per_km_ac", "hwfet_wh_per_km_ac"):
                certified = float(second[column]) / float(first[column]) - 1.0
                predicted = getattr(both[1], column) / getattr(both[0], column) - 1.0
                errors.append(100.0 * (predicted - certified))
    if errors:
        print(
            f"one test vehicle, two road loads: {len(errors)} changes, predicted less certified: median magnitude "
            f"{np.median(np.abs(errors)):.2f} points, mean {np.mean(errors):+.2f}"
        )
    else:
        print("no test vehicle with two road loads at one test weight")


def _tested(row: dict[str, str]) -> CarRow:
    """The car of one test: its machine, rated power and motor revolutions where they are plausible, else usual ones."""
    power_kw = 0.7457 * float(row["rated_power_hp_raw"] or 0.0)
    power_kw = power_kw if power_kw > 50.0 else 150.0
    per_m = float(row["nv_ratio_rpm_per_mph_raw"] or 0.0) * (np.pi / 30.0) / 0.44704
    every = any(word in row["drive_system"] for word in ("All", "4"))
    kind: Kind = "externally excited" if "EESM" in row["feg_evMotor"] else "permanent magnet"
    unit = AxleFigures(kind, 1e3 * power_kw / (2 if every else 1), power_kw / 0.48 / (2 if every else 1))
    return CarRow(
        row_id=row["epa_make_model"], make=row["epa_manufacturer"], front=unit if every else None, rear=unit,
        motor_rad_per_m=per_m if 20.0 < per_m < 40.0 else 27.0, tyre_radius_m=0.335, test_mass_kg=float(row["etw_kg"]),
        performance_mass_kg=float(row["etw_kg"]), road_load=RoadLoad(100.0, 1.0, 0.4), certified_load=True, battery_kwh=70.0,
        measured=Measured(None, None, None, None, None), notes=(),
    )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cars", type=Path, default=DATA / "bev_vehicles.csv")
    parser.add_argument("--tests", type=Path, default=DATA / "epa_bev_tests.csv")
    parser.add_argument("--store", help="folder for fields between runs")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if not options.cars.is_file():
        raise SystemExit(f"no table of cars at {options.cars}: give --cars")
    return options


if __name__ == "__main__":
    main()
