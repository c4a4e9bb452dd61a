"""A map in a file: equal to the bit, whole or not there, and refused when it is something else."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import xarray
from saturating_machine import saturating_map

from halfshaft.drive_unit.flux_map import netcdf
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, InterpolationError
from halfshaft.drive_unit.flux_map.netcdf import FluxMapFileError, load, save


def with_everything() -> FluxMap:
    """A map whose every optional part is there, with figures that no rounding would keep."""
    m = saturating_map((5, 4, 4))
    rng = np.random.default_rng(7)
    return replace(
        m,
        machine="Gen-5-Klasse, 8 Pole, α = 0,7",
        psi_q_wb=rng.standard_normal(m.psi_q_wb.shape) * 1e-300,
        stator_resistance_ohm_20c=1.0 / 3.0,
        provenance={"design": "x" * 200_000, "notes": '["größer als 64 kB"]'},
        interpolation_errors=(InterpolationError("probes", 16, ("psi_d", "torque"), (0.1 + 0.2, 1.0), (1e-17, 0.5)),),
    )


def assert_identical(a: FluxMap, b: FluxMap) -> None:
    for field in fields(FluxMap):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            assert one.tobytes() == other.tobytes(), field.name
        elif field.name == "loss_terms":
            assert [(t.region, t.cause, t.frequency_exponent, t.value.tobytes()) for t in one] == [
                (t.region, t.cause, t.frequency_exponent, t.value.tobytes()) for t in other
            ]
        elif isinstance(one, float):
            assert np.float64(one).tobytes() == np.float64(other).tobytes(), field.name
        else:
            assert (type(one), one) == (type(other), other), field.name


def bare() -> FluxMap:
    """A map with nothing optional, of a machine that does not tell its copper."""
    m = saturating_map((4, 4, 1), exact_slopes=False)
    unknown = float("nan")
    return replace(
        m, loss_terms=(), torque_ripple_nm=None, peak_tooth_t=None, peak_yoke_t=None,
        stator_resistance_ohm_20c=unknown, end_winding_inductance_h=unknown, field_turns_per_pole=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("make", [with_everything, bare])
def test_round_trip_is_equal_to_the_bit(tmp_path: Path, make: object) -> None:
    """Every array and figure, long texts, missing parts and figures that are unknown."""
    flux_map = make()  # type: ignore[operator]
    save(flux_map, tmp_path / "map.nc")
    assert_identical(load(tmp_path / "map.nc"), flux_map)
    assert [p.name for p in tmp_path.iterdir()] == ["map.nc"]


def test_others_can_read_it(tmp_path: Path) -> None:
    """xarray alone finds labelled axes, units and names."""
    save(with_everything(), tmp_path / "map.nc")
    with xarray.open_dataset(tmp_path / "map.nc") as data:
        assert data["psi_d_wb"].dims == ("i_d", "i_q", "i_f")
        assert data["psi_d_wb"].attrs["units"] == "Wb"
        assert "peak" in data["i_d"].attrs["long_name"]
        assert data["loss_term_00"].attrs["frequency_exponent"] == 1.4
        for name, variable in data.variables.items():
            assert "units" in variable.attrs or name in ("machine", "provenance", "interpolation_errors")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks while writing, the name holds the old map or nothing, and no scrap stays."""
    path = tmp_path / "map.nc"
    save(bare(), path)
    before = path.read_bytes()

    def broken(self: xarray.Dataset, name: Path, **_: object) -> None:
        Path(name).write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(netcdf.xarray.Dataset, "to_netcdf", broken)
    with pytest.raises(OSError, match="no space"):
        save(with_everything(), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["map.nc"]


def test_what_is_no_map_is_not_saved(tmp_path: Path) -> None:
    """Arrays that do not fit their grid, or hold no numbers, never reach the disk."""
    flux_map = bare()
    for broken, words in (
        (replace(flux_map, psi_d_wb=flux_map.psi_d_wb[1:]), "psi_d_wb has the shape"),
        (replace(flux_map, torque_nm=np.full(flux_map.torque_nm.shape, np.nan)), "not finite"),
        (replace(flux_map, i_d_a=flux_map.i_d_a[::-1]), "i_d_a must ascend"),
    ):
        with pytest.raises(ValueError, match=words):
            save(broken, tmp_path / "map.nc")
    assert not list(tmp_path.iterdir())


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    """No file, no netCDF, another netCDF, another version, a part missing or of the wrong kind."""
    path = tmp_path / "map.nc"
    with pytest.raises(FileNotFoundError, match="no flux map at"):
        load(path)
    path.write_bytes(b"no netCDF at all")
    with pytest.raises(FluxMapFileError, match="cannot be read as netCDF"):
        load(path)
    xarray.Dataset({"a": ("x", np.zeros(3))}).to_netcdf(path, engine="netcdf4")
    with pytest.raises(FluxMapFileError, match="does not call itself one"):
        load(path)
    save(with_everything(), path)
    whole = xarray.load_dataset(path, decode_cf=False)

    def written(data: xarray.Dataset) -> Path:
        data.to_netcdf(path, engine="netcdf4")
        return path

    with pytest.raises(FluxMapFileError, match="layout has version 99"):
        load(written(whole.assign_attrs(format_version=99)))
    with pytest.raises(FluxMapFileError, match="psi_q_wb is missing"):
        load(written(whole.drop_vars("psi_q_wb")))
    with pytest.raises(FluxMapFileError, match="holds float32"):
        load(written(whole.assign(torque_nm=whole["torque_nm"].astype("float32"))))
    with pytest.raises(FluxMapFileError, match="lies over"):
        load(written(whole.assign(torque_nm=whole["torque_nm"].transpose("i_q", "i_d", "i_f"))))
    with pytest.raises(FluxMapFileError, match=r"pole_pairs is 4\.5"):
        load(written(whole.assign(pole_pairs=((), 4.5))))
