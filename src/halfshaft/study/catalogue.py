"""The catalogue at full width: every unit of the kit and of its design space as a row, and which of them another beats in everything.

Units that differ in the gear alone share their motor's map, and a task makes the rows of a few motors with all their gears. What the rows
are, `drive_unit.unit_rows` says; here they are computed, kept, and handed on as documents and files.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit.dominance import TOLERANCE, dominated_by
from halfshaft.drive_unit.lineage import DURATION_NAMES
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.unit_rows import AXLE_GRID, UnitRows, joined, motor_rows
from halfshaft.programme import Programme
from halfshaft.quantities import InputError
from halfshaft.study.fields import LaminationField
from halfshaft.study.pipeline import StageRunner
from halfshaft.study.store import key_of, write_whole
from halfshaft.study.workers import Task

Json = dict[str, Any]

_MOTORS_A_TASK = 6  # about a second of work: little is lost with a worker, and little time with handing out
_RPM = 30.0 / np.pi
_BEST = 3  # units shown in each view


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All units as rows; ``dominated_by`` (n,) is the index of a unit that is nowhere worse and somewhere better, or -1.

    ``excluded`` counts the combinations of the design space that each of its rules left out.
    """

    rows: UnitRows
    dominated_by: NDArray[np.intp]
    excluded: Mapping[str, int]
    motors: int

    @property
    def undominated(self) -> NDArray[np.intp]:
        """Indices of the units that none dominates."""
        return np.flatnonzero(self.dominated_by < 0)


def all_units(programme: Programme, *, with_space: bool) -> tuple[DriveUnit, ...]:
    """The kit's units, then those of its design space."""
    space = programme.space.units if with_space and programme.space is not None else ()
    return (*programme.kit.units, *space)


def evaluate_catalogue(
    programme: Programme, fields: Sequence[LaminationField], runner: StageRunner, *, with_space: bool = True
) -> Catalogue:
    """Rows of all units, each at its class voltage under load."""
    motors = motors_with_units(all_units(programme, with_space=with_space))
    tasks = _tasks(programme, motors, {field.lamination: field.table() for field in fields})
    with runner.stage("catalogue", len(tasks)):
        rows = joined(runner.executor.run(tasks, runner.done))
    with runner.stage("dominance", 1):
        marks = dominated_by(rows)
        runner.step("compared", False)
    excluded = programme.space.excluded if with_space and programme.space is not None else {}
    return Catalogue(rows, marks, excluded, len(motors))


def motors_with_units(units: Sequence[DriveUnit]) -> list[tuple[DriveUnit, ...]]:
    """The units of each motor, in the order in which motors first appear."""
    found: dict[tuple[str, str], list[DriveUnit]] = {}
    for unit in units:
        found.setdefault((unit.machine.name, unit.inverter.name), []).append(unit)
    return [tuple(group) for group in found.values()]


def rows_task(motors: Sequence[Sequence[DriveUnit]], magnetics: MagneticTable, dc_voltage_v: float) -> UnitRows:
    """Rows of some motors' units, all of one lamination and voltage class."""
    return joined([motor_rows(units, magnetics, dc_voltage_v) for units in motors])


def _tasks(
    programme: Programme, motors: Sequence[tuple[DriveUnit, ...]], tables: Mapping[str, MagneticTable]
) -> list[Task]:
    voltages = programme.header.under_load_v
    keys = {name: key_of("table", table) for name, table in tables.items()}
    alike: dict[tuple[str, float], list[tuple[DriveUnit, ...]]] = {}
    for units in motors:
        first = units[0]
        alike.setdefault((first.machine.lamination.name, voltages[first.inverter.voltage_class_v]), []).append(units)
    tasks = []
    for (lamination, voltage_v), groups in alike.items():
        for start in range(0, len(groups), _MOTORS_A_TASK):
            batch = tuple(groups[start : start + _MOTORS_A_TASK])
            content = [(units[0].motor, [(unit.name, unit.gear) for unit in units]) for units in batch]
            key = key_of("unit rows", content, AXLE_GRID, keys[lamination], voltage_v)
            label = f"{batch[0][0].motor.name} and {len(batch) - 1} more"
            tasks.append(Task(key, label, rows_task, (batch, tables[lamination], voltage_v)))
    return tasks


# ---- documents ---------------------------------------------------------------------------------------------------------------


def unit_documents(catalogue: Catalogue, which: Sequence[int] | NDArray[np.intp]) -> list[Json]:
    """Rows in units of the trade, one mapping each; what has dominated a unit is named."""
    rows, figures = catalogue.rows, catalogue.rows.figures
    documents = []
    for i in (int(index) for index in which):
        machine, inverter, gear = rows.modules[i]
        dominator = int(catalogue.dominated_by[i])
        documents.append(
            {
                "name": rows.names[i],
                "machine": machine,
                "inverter": inverter,
                "gear": gear,
                "device": rows.device[i],
                "voltage_class_v": float(figures["voltage_class_v"][i]),
                "ratio": float(figures["ratio"][i]),
                "peak_power_kw": float(figures["peak_power_w"][i]) / 1e3,
                **{f"{name}_power_kw": float(figures[f"{name}_power_w"][i]) / 1e3 for name in DURATION_NAMES},
                "peak_axle_torque_nm": float(figures["peak_axle_torque_nm"][i]),
                **{f"{name}_axle_torque_nm": float(figures[f"{name}_axle_torque_nm"][i]) for name in DURATION_NAMES},
                "top_axle_speed_rpm": float(figures["top_axle_speed_rad_per_s"][i]) * _RPM,
                "peak_efficiency_percent": float(figures["peak_efficiency"][i]) * 100.0,
                "peak_efficiency_axle_speed_rpm": float(figures["peak_efficiency_axle_speed_rad_per_s"][i]) * _RPM,
                "peak_efficiency_axle_torque_nm": float(figures["peak_efficiency_axle_torque_nm"][i]),
                "mass_kg": float(figures["mass_kg"][i]),
                "length_mm": float(figures["length_m"][i]) * 1e3,
                "diameter_mm": float(figures["diameter_m"][i]) * 1e3,
                "rare_earth_kg": float(figures["rare_earth_kg"][i]),
                "semiconductor_pieces": int(figures["semiconductor_pieces"][i]),
                **{f"{_word(name)}_kg": float(mass[i]) for name, mass in rows.material_kg.items()},
                "dominated_by": None if dominator < 0 else rows.names[dominator],
            }
        )
    return documents


def best_views(catalogue: Catalogue) -> list[Json]:
    """A few looks at the catalogue: in each voltage class the first units of several orders, undominated ones only."""
    figures, kept = catalogue.rows.figures, catalogue.undominated
    orders = {
        "highest efficiency": -figures["peak_efficiency"],
        "most power for its mass": -figures["peak_power_w"] / figures["mass_kg"],
        "most continuous power": -figures["continuous_power_w"],
        "most torque": -figures["peak_axle_torque_nm"],
        "lightest": figures["mass_kg"],
    }
    views = []
    for voltage in np.unique(figures["voltage_class_v"]):
        members = kept[figures["voltage_class_v"][kept] == voltage]
        for view, order in orders.items():
            first = members[np.argsort(order[members], kind="stable")[:_BEST]]
            views += [{"view": view, **document} for document in unit_documents(catalogue, first)]
    return views


def summary(catalogue: Catalogue) -> Json:
    """Counts, and what no unit came of."""
    rows = catalogue.rows
    return {
        "units": len(rows),
        "motors": catalogue.motors,
        "dominated": int(np.sum(catalogue.dominated_by >= 0)),
        "undominated": len(catalogue.undominated),
        "tolerance_percent": TOLERANCE * 100.0,
        "refused": [{"name": name, "reason": reason} for name, reason in rows.refused],
        "excluded": [{"rule": rule, "combinations": count} for rule, count in catalogue.excluded.items()],
    }


def catalogue_dataset(catalogue: Catalogue, which: Sequence[int] | NDArray[np.intp]) -> Any:
    """The table as an xarray Dataset over units, axle speeds and torques, SI units as attributes.

    Losses are not-a-number where a unit does not reach the point.
    """
    import xarray

    rows, grid, chosen = catalogue.rows, catalogue.rows.grid, np.asarray(which, dtype=np.intp)
    shape = (len(chosen), len(grid.loss_speeds_rad_per_s), len(grid.loss_torques_nm))
    loss = rows.loss_w[chosen].reshape(shape)
    data: dict[str, Any] = {
        "loss_w": (("unit", "loss_speed", "loss_torque"), np.where(np.isfinite(loss), loss, np.nan), {"units": "W"})
    }
    for name, values in rows.figures.items():
        data[name] = ("unit", values[chosen], {"units": _unit_of(name)})
    for name, values in rows.material_kg.items():
        data[f"{_word(name)}_kg"] = ("unit", values[chosen], {"units": "kg"})
    for kind, limit in rows.limit_nm.items():
        data[f"{kind}_axle_limit_nm"] = (("unit", "limit_speed"), limit[chosen], {"units": "Nm"})
    for position, kind in enumerate(("machine", "inverter", "gear")):
        data[kind] = ("unit", [rows.modules[i][position] for i in chosen])
    dominators = [int(catalogue.dominated_by[i]) for i in chosen]
    data["dominated_by"] = ("unit", ["" if d < 0 else rows.names[d] for d in dominators])
    return xarray.Dataset(
        data,
        coords={
            "unit": ("unit", [rows.names[i] for i in chosen]),
            "limit_speed": ("limit_speed", np.array(grid.limit_speeds_rad_per_s), {"units": "rad/s"}),
            "loss_speed": ("loss_speed", np.array(grid.loss_speeds_rad_per_s), {"units": "rad/s"}),
            "loss_torque": ("loss_torque", np.array(grid.loss_torques_nm), {"units": "Nm"}),
        },
        attrs={"place": "speeds and torques at the axle", "units": len(chosen), "refused": len(rows.refused)},
    )


def write_catalogue(catalogue: Catalogue, which: Sequence[int] | NDArray[np.intp], file: Path) -> None:
    """Write units as netCDF (everything), CSV (a row each) or JSON (rows and counts), by the file's suffix; the file is whole or not there.

    Raises InputError for another suffix.
    """
    check_suffix(file)
    if file.suffix == ".nc":
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            written = Path(folder) / file.name
            catalogue_dataset(catalogue, which).to_netcdf(written)
            os.replace(written, file)
        return
    rows = unit_documents(catalogue, which)
    if file.suffix == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else ["name"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_whole(file, text.getvalue().encode())
    else:
        answer = {**summary(catalogue), "rows": rows}
        write_whole(file, json.dumps(answer, indent=1, allow_nan=False, ensure_ascii=False).encode())


def check_suffix(file: Path) -> None:
    """Raise InputError for a file of a kind that is not written, or a folder that is not there."""
    if file.suffix not in (".nc", ".csv", ".json"):
        raise InputError.of(
            "command line", f"unknown kind of file {file.name!r}", "use .nc, .csv or .json", field="--out"
        )
    if not file.absolute().parent.is_dir():
        raise InputError.of("command line", f"no folder {file.parent}", "create it first", field="--out")


def _word(material: str) -> str:
    return material.replace(" ", "_").replace("-", "_")


_UNITS = {"_rad_per_s": "rad/s", "_nm": "Nm", "_kg": "kg", "_w": "W", "_m": "m", "_v": "V"}


def _unit_of(name: str) -> str:
    return next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "1")
