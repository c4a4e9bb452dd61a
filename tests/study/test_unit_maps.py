"""A unit's maps as files: netCDF holds what the map holds, CSV the same points, and both say what is wrong before they begin."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from halfshaft.drive_unit import LOSS_PARTS
from halfshaft.quantities import InputError
from halfshaft.study import Rooms
from halfshaft.study.unit_maps import UnitMaps, check_suffix, ratings, write_unit_maps
from halfshaft.study.unit_pictures import check_picture, draw_unit_maps


@pytest.fixture(scope="module")
def rooms(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    """The small programme's rooms."""
    return Rooms(small_folder, tmp_path_factory.mktemp("store"), 1)


@pytest.fixture(scope="module")
def found(rooms: Rooms) -> UnitMaps:
    """One unit at two voltages, given in falling order."""
    return rooms.unit_maps(rooms.programme.kit.units[0].name, (350.0, 300.0), speeds=9)


def test_netcdf_holds_the_maps_and_what_reproduces_them(found: UnitMaps, tmp_path: Path) -> None:
    """Axes ascend, every loss part is there, parts add up, nodes are the maps' own, and records are whole JSON."""
    write_unit_maps(found, tmp_path / "map.nc", speeds=9, torques=21)
    with xarray.open_dataset(tmp_path / "map.nc") as data:
        assert [data.sizes[axis] for axis in ("dc_voltage_v", "speed_rpm", "torque_nm")] == [2, 9, 21]
        assert list(data.dc_voltage_v.values) == [300.0, 350.0]
        total = sum(data[f"loss_{part}_w"] for part in LOSS_PARTS)
        assert np.allclose(total, data.loss_w, equal_nan=True)
        inside = np.isfinite(data.loss_w.values)
        k, i, j = (int(n) for n in np.argwhere(inside)[inside.sum() // 2])
        speed, torque = data.speed_rad_per_s.values[i], data.torque_nm.values[j]
        assert data.loss_w.values[k, i, j] == pytest.approx(float(found.maps[k].loss_at(speed, torque)), rel=1e-12)
        for k, one in enumerate(found.maps):
            n = len(one.speed_rad_per_s)
            assert np.array_equal(data.node_loss_inverter_w.values[k, :n], one.loss_w["inverter"])
            assert np.array_equal(data.node_peak_torque_nm.values[k, :n], one.peak_torque_nm)
            assert np.array_equal(data.node_duration_torque_nm.values[k, :n].T, one.duration_torque_nm)
        assert json.loads(data.unit_record.item())["gear"]["ratio"] == found.unit.gear.ratio
        assert json.loads(data.field_record.item())
        assert all("units" in data[name].attrs for name in data.data_vars)
        assert data.attrs["unit"] == found.unit.name
        assert data.attrs["halfshaft_version"]
    assert [p.name for p in tmp_path.iterdir()] == ["map.nc"]


def test_csv_has_a_row_for_each_point_within_the_limits(found: UnitMaps, tmp_path: Path) -> None:
    """As many rows as the grid has values; energy balances in each; no-load efficiency is empty, not NaN."""
    write_unit_maps(found, tmp_path / "map.csv", speeds=7, torques=11)
    with (tmp_path / "map.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == np.isfinite(found.grid(7, 11).total_loss_w()).sum()
    for row in rows:
        assert float(row["loss_w"]) == pytest.approx(sum(float(row[f"loss_{p}_w"]) for p in LOSS_PARTS), rel=1e-6)
    assert {row["efficiency_percent"] for row in rows if float(row["torque_nm"]) == 0.0} == {""}
    assert "nan" not in (tmp_path / "map.csv").read_text()


def test_ratings_rise_with_voltage(found: UnitMaps) -> None:
    """One row for each voltage, in order."""
    low, high = ratings(found)
    assert (low["dc_voltage_v"], high["dc_voltage_v"]) == (300.0, 350.0)
    assert low["peak_power_kw"] < high["peak_power_kw"]


def test_without_voltages_the_class_decides(rooms: Rooms) -> None:
    """The programme's own voltages are taken where none is given; an impossible one is refused."""
    name = rooms.programme.kit.units[0].name
    known = {c.name: c.under_load for c in rooms.programme.header.voltage_classes}
    maps = rooms.unit_maps(name, speeds=5)
    assert [m.dc_voltage_v for m in maps.maps] == [known[maps.unit.inverter.voltage_class_v]]
    with pytest.raises(InputError, match="-5 V is no such voltage"):
        rooms.unit_maps(name, (-5.0,))


def test_pictures_as_svg_and_as_one_page(found: UnitMaps, tmp_path: Path) -> None:
    """Two SVG files, or one page with both."""
    files = draw_unit_maps(found, tmp_path / "m.svg")
    assert [f.name for f in files] == ["m.svg", "m_control.svg"]
    (page,) = draw_unit_maps(found, tmp_path / "m.html")
    text = page.read_text()
    assert text.count("<svg") == 2
    assert found.unit.name in text


@pytest.mark.parametrize("name", ["m.pdf", "m", "none/m.svg"])
def test_a_picture_that_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str) -> None:
    """Before anything is computed."""
    with pytest.raises(InputError):
        check_picture(tmp_path / name)
    with pytest.raises(InputError):
        check_suffix(tmp_path / name)
