"""Against certified cars: wheel energies computed elsewhere, and bounds that no car can leave."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from halfshaft.vehicle import RoadLoad, Vehicle, cycle_energy, load_cycle

MakeCar = Callable[..., Vehicle]
VEHICLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "vehicles"


def rows(file: str) -> Iterator[dict[str, str]]:
    path = VEHICLES / file
    if not path.exists():
        pytest.skip(f"certification data are not beside this checkout: {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def test_wheel_energies_equal_an_independent_account(make_car: MakeCar, make_unit: Any) -> None:
    """For every clean certification test of an electric car, driving and braking work equal those computed elsewhere, within 0.1 %.

    The measured consumption at the wall lies above the net work at the wheels, and below twice the driving work.
    """
    ideal = make_unit(peak_nm=3000.0, standby_w=0.0, drag_nm=0.0, iron_w_per_rad2=0.0, copper_w_per_nm2=0.0)
    seen = 0
    for row in rows("epa_bev_tests.csv"):
        if row["quality_flag"]:
            continue
        load = RoadLoad(float(row["A_N"]), float(row["B_N_per_mps"]), float(row["C_N_per_mps2"]))
        car = make_car(road_load=load, test_mass_kg=float(row["etw_kg"]))
        for name in ("udds", "hwfet"):
            result = cycle_energy(car, load_cycle(name), None, ideal)
            kilometres = result.distance_m / 1000.0
            drive, brake = result.wheel_drive_wh / kilometres, result.wheel_brake_wh / kilometres
            assert drive == pytest.approx(float(row[f"{name}_wheel_pos_wh_per_km"]), rel=1e-3), row
            assert brake == pytest.approx(-float(row[f"{name}_wheel_neg_wh_per_km"]), rel=1e-3), row
            assert drive - brake < float(row[f"{name}_wh_per_km_ac"]) < 2.0 * drive, row
            seen += 1
    assert seen == 2 * 268
