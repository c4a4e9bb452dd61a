"""One unit's maps at the voltages that its battery knows, as a file: netCDF with all that reproduces them, or CSV.

The grid in newton metres stands beside the map's own nodes over torque fraction, so that a reader has what is handy and loses nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray

import halfshaft
from halfshaft.drive_unit import LOSS_PARTS, DriveUnit, UnitMap, evaluate_unit
from halfshaft.drive_unit.unit_grid import UnitGrid, duration_limits, phase_voltage_v, unit_grid
from halfshaft.programme import Programme
from halfshaft.quantities import InputError
from halfshaft.study.document import Json
from halfshaft.study.executor import Task
from halfshaft.study.fields import LaminationField
from halfshaft.study.pipeline import StageRunner
from halfshaft.study.store import code_version, key_of, write_whole

RPM = 30.0 / np.pi
FORMAT = "halfshaft unit map"
FORMAT_VERSION = 1
SUFFIXES = (".nc", ".csv")
_NODES = ("dc_voltage_v", "node_speed", "torque_fraction")
_GRID = ("dc_voltage_v", "speed_rpm", "torque_nm")
_FRACTIONS = 61


@dataclass(frozen=True, eq=False)
class UnitMaps:
    """A unit's maps, one for each DC voltage in ascending order, and the field that they were made with."""

    unit: DriveUnit
    field: LaminationField
    maps: tuple[UnitMap, ...]

    def grid(self, speeds: int, torques: int) -> UnitGrid:
        """All maps on one grid of speeds and torques."""
        return unit_grid(self.maps, self.field.table(), speeds=speeds, torques=torques)


def class_voltages_v(programme: Programme, unit: DriveUnit) -> tuple[float, ...]:
    """What the programme says of a unit's voltage class: least, under load and greatest, as far as stated."""
    (found,) = (c for c in programme.header.voltage_classes if c.name == unit.inverter.voltage_class_v)
    stated = (found.minimum, found.under_load, found.maximum)
    return tuple(sorted({v for v in stated if v is not None}))


def evaluate_unit_maps(
    runner: StageRunner, programme: Programme, unit: DriveUnit, dc_voltage_v: Sequence[float], speeds: int
) -> UnitMaps:
    """Maps of a unit at DC voltages, or at those of its class when none is given. Raises InputError."""
    voltages = sorted(set(dc_voltage_v)) or class_voltages_v(programme, unit)
    for volts in voltages:
        if not volts > 0.0:
            raise InputError.of("--dc-voltage-v", f"{volts:g} V is no such voltage", "give a number above 0")
    field = {f.lamination: f for f in runner.fields(programme)}[unit.machine.lamination.name]
    table = field.table()
    table_key = key_of("table", table)
    tasks = [
        Task(
            key_of("unit map", unit, table_key, volts, speeds, _FRACTIONS),
            f"{volts:g} V",
            _evaluate,
            (unit, table, volts, speeds),
        )
        for volts in voltages
    ]
    with runner.stage("unit map", len(tasks)):
        try:
            maps = tuple(runner.executor.run(tasks, runner.done))
        except ValueError as error:
            raise InputError.of("--dc-voltage-v", str(error), "choose another voltage or unit") from None
    return UnitMaps(unit, field, maps)


def _evaluate(unit: DriveUnit, table: Any, dc_voltage_v: float, speeds: int) -> UnitMap:
    return evaluate_unit(unit, table, dc_voltage_v, speeds=speeds, fractions=_FRACTIONS)


def ratings(found: UnitMaps) -> list[Json]:
    """Power, torque and best efficiency at each voltage."""
    rows = []
    for m in found.maps:
        efficiency, speed, torque = m.peak_efficiency
        rows.append(
            {
                "dc_voltage_v": m.dc_voltage_v,
                "peak_power_kw": m.peak_power_w / 1e3,
                "peak_torque_nm": m.greatest_torque_nm,
                "continuous_power_kw": m.continuous_power_w / 1e3,
                "max_speed_rpm": m.max_speed_rad_per_s * RPM,
                "peak_efficiency_percent": 100.0 * efficiency,
                "at_speed_rpm": speed * RPM,
                "at_torque_nm": torque,
            }
        )
    return rows


def write_unit_maps(found: UnitMaps, out: Path, *, speeds: int, torques: int) -> None:
    """Write the maps as .nc or .csv; the file appears when it is whole. Raises InputError."""
    check_suffix(out)
    if not out.parent.is_dir():
        raise InputError.of(out, "its folder does not exist", "choose another file, or make the folder first")
    try:
        grid = found.grid(speeds, torques)
        if out.suffix == ".csv":
            write_whole(out, csv_text(grid).encode())
            return
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            unit_dataset(found, grid).to_netcdf(part, engine="netcdf4")
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError.of(out, f"cannot be written: {error}", "choose another file with --out") from None


def check_suffix(out: Path) -> None:
    """Raises InputError for a file that is neither netCDF nor CSV."""
    if out.suffix not in SUFFIXES:
        raise InputError.of(out, f"{out.suffix or 'no suffix'} is no format to write", "name a .nc or .csv file")


def unit_dataset(found: UnitMaps, grid: UnitGrid) -> xarray.Dataset:
    """The maps over DC voltage, speed and torque, the nodes they come from, and what reproduces them."""
    data: dict[str, Any] = {}

    def put(name: str, dims: tuple[str, ...], values: Any, units: str, text: str) -> None:
        data[name] = (dims, values, {"units": units, "long_name": text})

    for part in LOSS_PARTS:
        put(f"loss_{part}_w", _GRID, grid.loss_w[part], "W", f"loss: {part.replace('_', ' ')}")
    put("loss_w", _GRID, grid.total_loss_w(), "W", "loss: sum of all parts")
    put("efficiency", _GRID, grid.efficiency(), "1", "output over input in the direction of flow, DC to gear output")
    for name, units, text in _CURRENTS:
        put(name, _GRID, getattr(grid, name), units, text)
    for name, text in _LIMITS.items():
        put(name, _GRID[:2], getattr(grid, name), "N m", text)
    put(
        "duration_torque_nm", ("duration_s", *_GRID[:2]), grid.duration_torque_nm, "N m",
        "greatest motoring torque that may be held for a duration; infinite: for ever",
    )  # fmt: skip
    _put_nodes(found, put)
    coordinates = {
        "dc_voltage_v": ("dc_voltage_v", grid.dc_voltage_v, {"units": "V", "long_name": "DC voltage at the inverter"}),
        "speed_rpm": ("speed_rpm", grid.speed_rad_per_s * RPM, {"units": "rpm", "long_name": "motor speed"}),
        "speed_rad_per_s": ("speed_rpm", grid.speed_rad_per_s, {"units": "rad/s", "long_name": "motor speed"}),
        "torque_nm": (
            "torque_nm", grid.torque_nm,
            {"units": "N m", "long_name": "output torque at the motor shaft: axle torque over gear ratio; positive drives"},
        ),
        "duration_s": ("duration_s", grid.durations_s, {"units": "s", "long_name": "duration of a limit"}),
        "torque_fraction": (
            "torque_fraction", found.maps[0].torque_fraction,
            {"units": "1", "long_name": "share of the peak torque at the speed; negative: generating"},
        ),
    }  # fmt: skip
    return xarray.Dataset(data, coordinates, _attributes(found))


_CURRENTS = (
    ("i_d_a", "A", "d current, peak, all winding sets together"),
    ("i_q_a", "A", "q current, peak, all winding sets together"),
    ("field_current_a", "A", "field current"),
    ("phase_voltage_v", "V", "phase voltage, peak of the fundamental"),
)
_LIMITS = {
    "peak_torque_nm": "greatest motoring torque",
    "peak_generating_torque_nm": "greatest generating torque, a magnitude",
}


def _put_nodes(found: UnitMaps, put: Any) -> None:
    """The maps' own nodes over torque fraction; where a map has fewer speeds than another, the rest is NaN."""
    rows = max(len(m.speed_rad_per_s) for m in found.maps)

    def nodes(values: Sequence[Any]) -> Any:
        full = np.full((len(values), rows, *np.shape(values[0])[1:]), np.nan)
        for k, one in enumerate(values):
            full[k, : len(one)] = one
        return full

    maps, table = found.maps, found.field.table()
    put("node_speed_rad_per_s", _NODES[:2], nodes([m.speed_rad_per_s for m in maps]), "rad/s", "motor speed of a node")
    for name, text in _LIMITS.items():
        put(f"node_{name}", _NODES[:2], nodes([getattr(m, name) for m in maps]), "N m", text)
    limits = [np.stack(list(duration_limits(m).values()), axis=1) for m in maps]
    put("node_duration_torque_nm", (*_NODES[:2], "duration_s"), nodes(limits), "N m", "greatest torque for a duration")
    for part in LOSS_PARTS:
        put(
            f"node_loss_{part}_w", _NODES, nodes([m.loss_w[part] for m in maps]), "W", f"loss: {part.replace('_', ' ')}"
        )
    for name, units, text in _CURRENTS[:3]:
        put(f"node_{name}", _NODES, nodes([getattr(m, name) for m in maps]), units, text)
    volts = [phase_voltage_v(m, table) for m in maps]
    put("node_phase_voltage_v", _NODES, nodes(volts), "V", _CURRENTS[3][2])
    record = json.dumps(asdict(found.unit), default=_plain)
    put("unit_record", (), record, "1", "every figure of the unit's modules, as JSON")
    put("field_record", (), json.dumps(found.field.flux_map.provenance), "1", "what reproduces the field, as JSON")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def _attributes(found: UnitMaps) -> dict[str, Any]:
    unit = found.unit
    return {
        "title": f"Loss map of {unit.name}",
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "unit": unit.name,
        "machine": unit.machine.name,
        "lamination": unit.machine.lamination.name,
        "drawing": found.field.machine,
        "inverter": unit.inverter.name,
        "gear": unit.gear.name,
        "gear_ratio": unit.gear.ratio,
        "mass_kg": unit.mass_kg,
        "winding_temperature_k": unit.cooling.winding_temperature_k,
        "magnet_temperature_c": found.field.flux_map.magnet_temperature_c,
        "model": "field of the drawn cross-section; currents of least total loss within voltage, current and field limits",
        "interpolation": "bilinear in speed and in the share of the peak torque; no value beyond the limits",
        "conventions": "dq quantities are peak values; motoring torque is positive; losses are never negative",
        "halfshaft_version": halfshaft.__version__,
        "code_version": code_version(),
        "numpy_version": np.__version__,
    }


def csv_text(grid: UnitGrid) -> str:
    """One row for each operating point within the limits, units in the columns' names."""
    columns = {
        "loss_w": grid.total_loss_w(),
        **{f"loss_{part}_w": grid.loss_w[part] for part in LOSS_PARTS},
        "efficiency_percent": 100.0 * grid.efficiency(),
        **{name: getattr(grid, name) for name, _, _ in _CURRENTS},
    }
    lines = [",".join(("dc_voltage_v", "speed_rpm", "torque_nm", *columns))]
    inside = np.isfinite(columns["loss_w"])
    rpm = grid.speed_rad_per_s * RPM
    for k, i, j in np.argwhere(inside):
        place = (grid.dc_voltage_v[k], rpm[i], grid.torque_nm[j])
        values = (*place, *(column[k, i, j] for column in columns.values()))
        lines.append(",".join("" if np.isnan(v) else f"{v + 0.0:.8g}" for v in values))
    return "\n".join([*lines, ""])
