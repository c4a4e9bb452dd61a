"""Tables of cars through certification: read, predict car by car, calibrate where asked, write.

The computed machines from which every car's unit is made are those of a programme's kit: its first unit of each excitation, on one
three-phase set of the lowest voltage class. A kit need not have an induction machine: where a car has one, the built-in machine of that
kind is taken, with the inverter and cooling of the kit's excited unit.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from halfshaft.certification import (
    Assumptions,
    CarRow,
    Kind,
    Prediction,
    Reference,
    calibrated,
    failed,
    maker_scales,
    predict,
    read_cars,
)
from halfshaft.programme import Programme, load_programme
from halfshaft.quantities import InputError
from halfshaft.study.executor import Executor
from halfshaft.study.fields import LaminationField
from halfshaft.study.induction import induction_reference
from halfshaft.study.pipeline import Progress, Silent, StageRunner
from halfshaft.study.store import Store, key_of, write_whole
from halfshaft.study.workers import Task

Json = dict[str, Any]

COLUMNS = (
    "row_id", "udds_wh_per_km_ac", "hwfet_wh_per_km_ac", "combined_wh_per_km_ac", "accel_0_100kph_s", "top_speed_kph",
    "wltp_wh_per_km_ac", "note",
)  # fmt: skip
_KINDS: dict[Kind, str] = {
    "externally excited": "field_winding",
    "permanent magnet": "permanent_magnet",
}
_DECIMALS = 4


def certify(
    cars: Path | str,
    programme: Path | str,
    *,
    store: Path | str,
    out: Path | None = None,
    calibrate: Path | str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    assumptions: Assumptions | None = None,
) -> Json:
    """Predictions for every row of a table, written to ``out`` as CSV where it is given. Raises InputError."""
    if out is not None and out.suffix.lower() != ".csv":
        raise InputError.of("command line", f"{out} is no name of a table", "name a .csv file", field="--out")
    rows = read_cars(cars)
    known = read_cars(calibrate) if calibrate is not None else ()
    kit = load_programme(programme)
    runner = StageRunner(Executor(Store(Path(store)), workers), progress or Silent())
    given = assumptions or Assumptions()
    references = references_of(kit, runner.fields(kit))
    found = _predict(runner, [*rows, *known], references, given)
    predictions = found[: len(rows)]
    scales = maker_scales(zip(known, found[len(rows) :], strict=True))
    if calibrate is not None:
        predictions = [calibrated(car, p, scales) for car, p in zip(rows, predictions, strict=True)]
    documents = [_document(p) for p in predictions]
    if out is not None:
        _write(documents, out)
    return {
        "cars": documents,
        "deviations": _deviations(rows, predictions),
        "scales": {make: {"factor": s.factor, "cars": s.cars} for make, s in scales.items()},
        "file": None if out is None else str(out),
    }


def predict_or_say(car: CarRow, references: dict[Kind, Reference], assumptions: Assumptions) -> Prediction:
    """A prediction; of a car whose figures make none, one that says why."""
    try:
        return predict(car, references, assumptions)
    except ValueError as error:
        return failed(car, str(error))


def references_of(programme: Programme, fields: Sequence[LaminationField]) -> dict[Kind, Reference]:
    """The machines of a kit that stand for excited machines and for magnets. Raises InputError where the kit lacks one."""
    tables = {field.lamination: field.table() for field in fields}
    voltages = programme.header.under_load_v
    lowest = min(voltages)
    references: dict[Kind, Reference] = {}
    for kind, excitation in _KINDS.items():
        unit = next(
            (
                u
                for u in programme.kit.units
                if u.machine.lamination.excitation == excitation
                and u.inverter.sets == 1
                and u.inverter.voltage_class_v == lowest
            ),
            None,
        )
        if unit is None:
            raise InputError.of(
                "kit/machines.yaml",
                f"the kit has no machine with {excitation.replace('_', ' ')} and one three-phase set at {lowest:g} V",
                "cars are driven with machines of their kind: give a kit that has both, as examples/gen5",
            )
        references[kind] = Reference(unit, tables[unit.machine.lamination.name], voltages[lowest])
    return references


def induction_reference_of(runner: StageRunner, references: Mapping[Kind, Reference]) -> Reference:
    """The built-in induction machine with what the excited reference lends it."""
    lent = references["externally excited"]
    unit, table = induction_reference(runner, lent.unit)
    return Reference(unit, table, lent.dc_voltage_v)


def _predict(
    runner: StageRunner, cars: Sequence[CarRow], references: dict[Kind, Reference], assumptions: Assumptions
) -> list[Prediction]:
    of_kit = key_of(
        "certification references", [(k, r.unit, r.magnetics, r.dc_voltage_v) for k, r in references.items()]
    )
    tasks = [
        Task(
            key_of("certification", car, of_kit, assumptions),
            car.row_id,
            predict_or_say,
            (car, references, assumptions),
        )
        for car in cars
    ]
    with runner.stage("certification", len(tasks)):
        return list(runner.executor.run(tasks, runner.done))


def _document(prediction: Prediction) -> Json:
    values = {column: getattr(prediction, column) for column in COLUMNS}
    return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in values.items()}


def _write(documents: Sequence[Json], out: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in documents:
        writer.writerow(
            {k: f"{v:.{_DECIMALS}f}" if isinstance(v, float) else "" if v is None else v for k, v in row.items()}
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text.getvalue().encode())


def _deviations(cars: Sequence[CarRow], predictions: Sequence[Prediction]) -> list[Json]:
    """Of each figure over the rows that state it: how many, mean, mean magnitude, largest; per cent, or seconds of acceleration."""
    result = []
    for column in COLUMNS[1:-1]:
        relative = column != "accel_0_100kph_s"
        errors = []
        for car, prediction in zip(cars, predictions, strict=True):
            stated, found = getattr(car.measured, column), getattr(prediction, column)
            if stated is not None and math.isfinite(found):
                errors.append(100.0 * (found / stated - 1.0) if relative else found - stated)
        if errors:
            sizes = [abs(e) for e in errors]
            result.append(
                {
                    "figure": column,
                    "unit": "%" if relative else "s",
                    "cars": len(errors),
                    "mean": sum(errors) / len(errors),
                    "mean_magnitude": sum(sizes) / len(sizes),
                    "largest": max(sizes),
                    "within_10_percent": sum(s <= 10.0 for s in sizes) / len(sizes) if relative else None,
                }
            )
    return result
