"""The reference table: every vehicle with every unit of the catalogue over the cycles, streamed into a file for each vehicle.

The maps of the motors are kept; those of the units, gigabytes, are composed where they are driven and forgotten. A task drives the units
of a few motors on all vehicles. Its rows go to the store, and from there, in the catalogue's order, to the files: neither maps nor
rows of more than a few tasks are ever in memory at once, whatever the catalogue's size.
"""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import Motor, MotorMap
from halfshaft.drive_unit.unit_map import UnitMap
from halfshaft.drive_unit.unit_rows import composed, whole_motor_map
from halfshaft.programme import Programme
from halfshaft.quantities import InputError
from halfshaft.study.catalogue import all_units, motors_with_units
from halfshaft.study.document import Json
from halfshaft.study.fields import LaminationField
from halfshaft.study.pipeline import StageRunner
from halfshaft.study.store import key_of
from halfshaft.study.workers import Task
from halfshaft.verification import AxleRows, Subject, axle_rows, subject_of

# Some four hundred units: enough that what is done once a vehicle does not count, and 60 MB of maps.
_MOTORS_A_TASK = 12
COLUMNS = {
    "wltp_dc_wh_per_km": ("wltp_dc", 1.0),
    "wltp_ac_wh_per_km": ("wltp_consumption", 1.0),
    "udds_ac_wh_per_km": ("udds_consumption", 1.0),
    "hwfet_ac_wh_per_km": ("hwfet_consumption", 1.0),
    "time_0_100_kmh_s": ("acceleration_0_100", 1.0),
    "time_80_120_kmh_s": ("acceleration_80_120", 1.0),
    "top_speed_kmh": ("top_speed", 3.6),
    "start_grade_percent": ("gradeability", 100.0),
    "continuous_power_kw": ("continuous_power", 1e-3),
}
"""Columns of the files: figure and factor."""
_OF_CYCLES = 4  # the first of them


@dataclass(frozen=True)
class MotorResult:
    """A motor's map, or why there is none."""

    motor_map: MotorMap | None
    refused: str = ""


@dataclass(frozen=True)
class BatchRows:
    """What a task found: rows by vehicle and axle, and the units that could not be evaluated, with the reason."""

    rows: tuple[AxleRows, ...]
    refused: tuple[tuple[str, str], ...]


def motor_task(motor: Motor, magnetics: MagneticTable, dc_voltage_v: float) -> MotorResult:
    """One motor's map at the voltage of its class under load."""
    try:
        return MotorResult(whole_motor_map(motor, magnetics, dc_voltage_v))
    except ValueError as error:
        return MotorResult(None, str(error))


def drive_task(
    subjects: Sequence[Subject],
    groups: Sequence[Sequence[DriveUnit]],
    motors: Sequence[MotorResult],
    with_performance: bool = True,
) -> BatchRows:
    """The units of some motors on all vehicles."""
    maps: list[UnitMap] = []
    refused: list[tuple[str, str]] = []
    for units, motor in zip(groups, motors, strict=True):
        if motor.motor_map is None:
            refused += [(unit.name, motor.refused) for unit in units]
            continue
        able, unable = composed(units, motor.motor_map)
        maps += able
        refused += unable
    found = (axle_rows(subject, maps, with_performance=with_performance) for subject in subjects)
    return BatchRows(tuple(rows for of_subject in found for rows in of_subject), tuple(refused))


def write_vehicle_rows(
    programme: Programme,
    fields: Sequence[LaminationField],
    kit: Sequence[UnitMap],
    runner: StageRunner,
    folder: Path,
    *,
    with_space: bool,
    with_performance: bool = True,
) -> Json:
    """Write FOLDER/VEHICLE.csv for every vehicle, and say what was written.

    Raises InputError where the kit has no partner for a vehicle.
    """
    try:
        switching_w = programme.header.driving.switching_power
        subjects = [subject_of(v, programme.model_of(v), kit, switching_w) for v in programme.vehicles]
    except (KeyError, ValueError) as error:
        raise InputError.of("vehicles", str(error), "add such a unit to the kit, or change the vehicle") from None
    motors, batches = _tasks(
        programme, fields, runner, subjects, with_space=with_space, with_performance=with_performance
    )
    with runner.stage("motors", len(motors)):
        runner.executor.finish(motors, runner.done)
    with runner.stage("vehicles", len(batches)):
        runner.executor.finish(batches, runner.done)
    folder.mkdir(parents=True, exist_ok=True)
    columns = list(COLUMNS) if with_performance else list(COLUMNS)[:_OF_CYCLES]
    counts = dict.fromkeys((subject.vehicle for subject in subjects), 0)
    refused: list[tuple[str, str]] = []
    with runner.stage("files", len(batches)), _files(folder, list(counts), columns) as files:
        for task in batches:
            found: BatchRows = runner.executor.result(task)
            for rows in found.rows:
                files[rows.vehicle].writerows(_lines(rows))
                counts[rows.vehicle] += len(rows.units)
            refused += found.refused
            runner.step(task.label, False)
    partners = {subject.vehicle: {a: m.unit.name for a, m in subject.partners.items()} for subject in subjects}
    return {
        "folder": str(folder),
        "vehicles": [
            {"vehicle": name, "rows": count, "partners": partners[name], "file": str(folder / f"{name}.csv")}
            for name, count in counts.items()
        ],
        "rows": sum(counts.values()),
        "refused": [{"name": name, "reason": reason} for name, reason in refused],
    }


def check_folder(folder: Path) -> None:
    """Raise InputError for a folder that cannot be one."""
    if folder.exists() and not folder.is_dir():
        raise InputError.of("command line", f"{folder} is a file", "name a folder", field="--out")


def _tasks(
    programme: Programme,
    fields: Sequence[LaminationField],
    runner: StageRunner,
    subjects: Sequence[Subject],
    *,
    with_space: bool,
    with_performance: bool,
) -> tuple[list[Task], list[Task]]:
    """A task for each motor, and one for the units of every few motors."""
    voltages = programme.header.under_load_v
    tables = {field.lamination: field.table() for field in fields}
    keys = {name: key_of("table", table) for name, table in tables.items()}
    groups = [
        units
        for units in motors_with_units(all_units(programme, with_space=with_space))
        if units[0].inverter.voltage_class_v in voltages
    ]
    motors = []
    for units in groups:
        motor, lamination = units[0].motor, units[0].machine.lamination.name
        voltage_v = voltages[units[0].inverter.voltage_class_v]
        key = key_of("motor", motor, keys[lamination], voltage_v)
        motors.append(Task(key, motor.name, motor_task, (motor, tables[lamination], voltage_v)))
    subject_key = key_of("subjects", subjects)
    batches = []
    for start in range(0, len(groups), _MOTORS_A_TASK):
        units_of, own = groups[start : start + _MOTORS_A_TASK], motors[start : start + _MOTORS_A_TASK]

        def made(units_of: Any = units_of, own: Any = own) -> tuple[Any, ...]:
            return subjects, units_of, [runner.executor.result(task) for task in own], with_performance

        content = [[(unit.name, unit.gear) for unit in units] for units in units_of]
        key = key_of("vehicle rows", subject_key, [task.key for task in own], content, with_performance)
        batches.append(Task(key, own[0].label, drive_task, made))
    return motors, batches


@contextlib.contextmanager
def _files(folder: Path, vehicles: Sequence[str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A CSV writer for each vehicle; the files are whole or not there."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as room, contextlib.ExitStack() as stack:
        writers = {}
        for name in vehicles:
            file: IO[str] = stack.enter_context(open(Path(room) / name, "w", newline="", encoding="utf-8"))
            writers[name] = csv.writer(file, lineterminator="\n")
            writers[name].writerow(["unit", "axle", "partner", *columns])
        yield writers
        stack.close()
        for name in vehicles:
            os.replace(Path(room) / name, folder / f"{name}.csv")


def _lines(rows: AxleRows) -> Iterator[list[str]]:
    """A line for each unit; a figure that there is not is empty."""
    columns = [rows.figures[figure] * factor for figure, factor in COLUMNS.values() if figure in rows.figures]
    for name, *values in zip(rows.units, *columns, strict=True):
        yield [name, rows.axle, rows.partner, *("" if value != value else f"{value:.6g}" for value in values)]
