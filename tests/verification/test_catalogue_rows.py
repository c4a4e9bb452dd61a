"""The table of a whole catalogue: its rows are what the vehicle room says of the same pair."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from halfshaft.quantities import InputError
from halfshaft.study import Rooms, Study
from halfshaft.verification import NO_UNIT, axle_rows, subject_of


def test_rows_are_cells_of_the_dense_table(small_study: Study) -> None:
    """Each row is the cell of its unit and its partner in the table of all pairs."""
    for table in small_study.tables:
        programme = small_study.programme
        vehicle = programme.vehicle(table.vehicle)
        found = axle_rows(subject_of(vehicle, programme.model_of(vehicle), small_study.maps, 200.0), small_study.maps)
        assert [rows.axle for rows in found] == list(vehicle.driven_axles)
        for rows in found:
            own, other = (table.fronts, table.rears) if rows.axle == "front" else (table.rears, table.fronts)
            for name, values in rows.figures.items():
                figures = table.figures[name] if rows.axle == "front" else table.figures[name].T
                cells = figures[[own.index(unit) for unit in rows.units], other.index(rows.partner)]
                np.testing.assert_allclose(values, cells, rtol=1e-9)


def test_cycles_alone_are_the_same_cycles(small_study: Study) -> None:
    """Without performance the consumption is what it was, and nothing else is there."""
    programme, maps = small_study.programme, small_study.maps
    vehicle = programme.vehicles[0]
    subject = subject_of(vehicle, programme.model_of(vehicle), maps, 200.0)
    for whole, cycles in zip(axle_rows(subject, maps), axle_rows(subject, maps, with_performance=False), strict=True):
        assert set(cycles.figures) == {"wltp_dc", "wltp_consumption", "udds_consumption", "hwfet_consumption"}
        for name, values in cycles.figures.items():
            np.testing.assert_array_equal(values, whole.figures[name])


def test_files_hold_a_line_for_each_unit_and_axle(small_folder: Path, small_store: Path, tmp_path: Path) -> None:
    """Every unit of the voltage class on every driven axle, in the catalogue's order; a second run reads all and writes the same."""
    rooms = Rooms(small_folder, small_store, 1)
    answer = rooms.vehicle_rows(tmp_path / "table", with_space=True)
    assert answer["refused"] == []
    texts = {}
    for vehicle in rooms.programme.vehicles:
        file = tmp_path / "table" / f"{vehicle.id}.csv"
        texts[vehicle.id] = file.read_text(encoding="utf-8")
        rows = list(csv.DictReader(texts[vehicle.id].splitlines()))
        units = [u.name for u in rooms.programme.kit.units if u.inverter.voltage_class_v == vehicle.voltage_class]
        for axle in vehicle.driven_axles:
            assert sorted(row["unit"] for row in rows if row["axle"] == axle) == sorted(units)
        assert all((row["partner"] == NO_UNIT) == (len(vehicle.driven_axles) == 1) for row in rows)
    rooms.vehicle_rows(tmp_path / "cycles", with_space=True, with_performance=False)
    for name, text in texts.items():
        short = (tmp_path / "cycles" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert short == [",".join(line.split(",")[:7]) for line in text.splitlines()]
    rooms.vehicle_rows(tmp_path / "again", with_space=True)
    assert texts == {name: (tmp_path / "again" / f"{name}.csv").read_text(encoding="utf-8") for name in texts}


def test_a_file_is_no_folder(small_folder: Path, small_store: Path, tmp_path: Path) -> None:
    """Writing into a file is refused before anything is computed."""
    file = tmp_path / "taken"
    file.touch()
    with pytest.raises(InputError, match="is a file"):
        Rooms(small_folder, small_store, 1).vehicle_rows(file, with_space=True)
