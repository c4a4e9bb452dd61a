"""Single rooms, opened on their own: the same stages as a study, answered as plain documents.

Each function runs only the stages it needs, through the same store, so what a study has computed is not computed again, and a single room
never tells another story than the study does.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from halfshaft.alliance import partner_view
from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.plan import PlanInstance, build_instance, module_ratings
from halfshaft.programme import MODULE_KINDS, Programme, load_programme
from halfshaft.programme.adoption import EUROPE_TEN_YEARS, LAST_YEAR_OF_FIT, path_scenarios, sample_paths
from halfshaft.quantities import InputError
from halfshaft.study.catalogue import (
    all_units,
    best_views,
    check_suffix,
    evaluate_catalogue,
    summary,
    write_catalogue,
)
from halfshaft.study.document import (
    Json,
    catalogue_row,
    certified_rows,
    overlap_document,
    plan_document,
    table_document,
)
from halfshaft.study.executor import Executor, Task
from halfshaft.study.fields import LaminationField
from halfshaft.study.instances import write_instance
from halfshaft.study.lineage import comparison_document
from halfshaft.study.missions import FittedUnit, mission_document
from halfshaft.study.pipeline import Progress, Silent, StageRunner
from halfshaft.study.plans import plan_task
from halfshaft.study.store import Store, key_of
from halfshaft.study.unit_maps import UnitMaps, evaluate_unit_maps
from halfshaft.study.vehicle_rows import check_folder, write_vehicle_rows
from halfshaft.vehicle import CYCLE_NAMES, Axle, Cycle, load_cycle, performance
from halfshaft.vehicle.mission import PROFILES
from halfshaft.vehicle.trace import read_trace
from halfshaft.verification import Conditions, VehicleTable, conditions, overlap

_LISTED = 8  # units that a refusal names: a design space has too many to list


def programme_summary(folder: Path | str) -> Json:
    """Read and check a programme: what it holds and how much of it is assumed. Raises InputError."""
    programme = load_programme(folder)
    header = programme.header
    return {
        "name": header.name,
        "partners": [p.id for p in header.partners],
        "years": [header.base_year, header.last_year],
        "vehicles": [{"id": v.id, "partner": v.partner, "axles": list(v.driven_axles)} for v in programme.vehicles],
        "requirements": len(programme.requirements),
        "modules": {kind: sum(k == kind for k, _ in programme.kit.developments) for kind in MODULE_KINDS},
        "units": len(programme.kit.units),
        "suppliers": len(programme.suppliers),
        "plants": [p.id for p in programme.plants],
        "books": [b.id for b in programme.books],
        "scenarios": [s.id for s in programme.scenarios],
        "figures": len(programme.ledger),
        "assumptions": len(programme.ledger.assumptions),
    }


def _cycle(name: str) -> Cycle:
    """A cycle or a part of one by its name, or a measured trace by its file. Raises InputError."""
    if name.lower().endswith(".csv"):
        return read_trace(Path(name))
    try:
        return load_cycle(name)
    except KeyError:
        remedy = f"choose {', '.join(CYCLE_NAMES)}, a part such as wltc_3b/low, or a trace's .csv file"
        raise InputError.of("command line", f"unknown cycle {name!r}", remedy, field="--cycle") from None


class Rooms:
    """The rooms of one programme over one store."""

    def __init__(
        self,
        folder: Path | str,
        store: Path | str,
        workers: int,
        progress: Progress | None = None,
        scheduler: str | None = None,
    ) -> None:
        self.programme: Programme = load_programme(folder)
        self.runner = StageRunner(Executor(Store(Path(store)), workers, scheduler), progress or Silent())

    @cached_property
    def _fields(self) -> tuple[LaminationField, ...]:
        """The fields of the kit's machines, asked for once however many doors need them."""
        return self.runner.fields(self.programme)

    def units(self) -> list[Json]:
        """All units of the kit with their ratings."""
        return [catalogue_row(m, self.programme) for m in self._maps()]

    def catalogue(self, *, with_space: bool, undominated: bool, out: Path | None) -> Json:
        """Every unit of the kit, and of its design space, as a row; best ones of a few views, and a file of all. Raises InputError."""
        if out is not None:
            check_suffix(out)
        found = evaluate_catalogue(self.programme, self._fields, self.runner, with_space=with_space)
        which = found.undominated if undominated else np.arange(len(found.rows))
        if out is not None:
            write_catalogue(found, which, out)
        answer = {**summary(found), "written": len(which), "file": None if out is None else str(out)}
        return {**answer, "best": best_views(found)}

    def compare(self, before: str, after: str) -> Json:
        """Two units of the kit or of its design space side by side. Raises InputError."""
        units = [self._unit(before), self._unit(after)]
        maps = self.runner.catalogue(self.programme, units, self._fields)
        return comparison_document(self.programme, *maps)

    def unit_map(self, name: str) -> UnitMap:
        """The loss map of one unit. Raises InputError when the kit has no such unit."""
        unit = self._unit(name)
        (unit_map,) = self.runner.catalogue(self.programme, [unit], self._fields)
        return unit_map

    def unit_maps(self, name: str, dc_voltage_v: Sequence[float] = (), *, speeds: int = 61) -> UnitMaps:
        """Maps of one unit at DC voltages, by default those that the programme knows of its class. Raises InputError."""
        return evaluate_unit_maps(self.runner, self.programme, self._unit(name), dc_voltage_v, speeds)

    def vehicle_figures(self, vehicle: str, front: str | None, rear: str | None, cycle: str) -> Json:
        """Energy over one cycle and performance of one vehicle with given units. Raises InputError."""
        given = self._given(vehicle, front, rear)
        driven_cycle = _cycle(cycle)
        certified = self._conditions(vehicle)
        maps = {axle: None if unit is None else self.unit_map(unit) for axle, unit in given.items()}
        energy = certified.energy(driven_cycle, maps["front"], maps["rear"])
        figures = performance(certified.vehicle, maps["front"], maps["rear"])
        return {
            "vehicle": vehicle,
            "units": {axle: unit for axle, unit in given.items() if unit},
            "cycle": cycle,
            "distance_km": energy.distance_m / 1e3,
            "energy_wh_per_km_dc": energy.dc_wh_per_km,
            "energy_wh_per_km_ac": energy.ac_wh_per_km,
            "missed_seconds": energy.missed_seconds,
            "balance_error": energy.balance_error,
            "flows_wh": {
                name.removesuffix("_wh"): getattr(energy, name)
                for name in (
                    "road_load_wh",
                    "inertia_wh",
                    "climb_wh",
                    "friction_brake_wh",
                    "front_unit_loss_wh",
                    "rear_unit_loss_wh",
                    "auxiliary_wh",
                    "battery_loss_wh",
                    "charging_loss_wh",
                    "recuperated_wh",
                )
            },
            "acceleration_0_100_s": figures.time_0_100_kmh_s,
            "acceleration_80_120_s": figures.time_80_120_kmh_s,
            "top_speed_kph": figures.top_speed_mps * 3.6,
            "gradeability_percent": figures.start_grade * 100.0,
            "continuous_power_kw": figures.continuous_power_w / 1e3,
        }

    def missions(self, vehicle: str, front: str | None, rear: str | None, uses: Sequence[str]) -> list[Json]:
        """Energy and wear over a life in each use, with given units or those that the vehicle was built with. Raises InputError."""
        programme = self._vehicle(vehicle)
        if front is None and rear is None and programme.as_built:
            front, rear = programme.as_built.get("front"), programme.as_built.get("rear")
        given = self._given(vehicle, front, rear)
        _known("--use", uses, list(PROFILES))
        tables = {field.lamination: field.table() for field in self._fields}
        voltages = self.programme.header.under_load_v
        fitted: dict[Axle, FittedUnit] = {}
        for axle in programme.driven_axles:
            unit_map = self.unit_map(given[axle] or "")
            unit = unit_map.unit
            motor_map = evaluate_motor(
                unit.motor, tables[unit.machine.lamination.name], voltages[unit.inverter.voltage_class_v]
            )
            fitted[axle] = FittedUnit(unit_map, motor_map)
        car, switching_w = self._conditions(vehicle).vehicle, self.programme.header.driving.switching_power
        return [mission_document(car, fitted, switching_w, PROFILES[use]) for use in uses or list(PROFILES)]

    def vehicle_rows(self, folder: Path, *, with_space: bool, with_performance: bool = True) -> Json:
        """Every vehicle with every unit of the catalogue, a file for each vehicle in `folder`. Raises InputError."""
        check_folder(folder)
        return write_vehicle_rows(
            self.programme,
            self._fields,
            self._maps(),
            self.runner,
            folder,
            with_space=with_space,
            with_performance=with_performance,
        )

    def certified(self) -> list[Json]:
        """Computed against certified figures, for the units that each car was built with."""
        return certified_rows(self.programme, self.tables())

    def tables(self) -> tuple[VehicleTable, ...]:
        """The verification tables of all vehicles."""
        return self.runner.verification(self.programme, self._maps())

    def requirements(self, vehicle: str | None) -> list[Json]:
        """Which demands hold where: a summary for each vehicle, or for one. Raises InputError for an unknown vehicle."""
        if vehicle is not None:
            self._vehicle(vehicle)
        return [table_document(table) for table in self.tables() if vehicle in (None, table.vehicle)]

    def overlap(self) -> Json:
        """What the demands of vehicles and partners share."""
        return overlap_document(overlap(self.tables()))

    def plan(
        self,
        partners: Sequence[str] | None,
        book: str | None,
        scenario: str | None,
        gap: float | None,
        time_limit: float | None = None,
    ) -> Json:
        """One proven plan: of some partners (everyone by default), under one book and scenario. Raises InputError."""
        settings = self.programme.header.solver
        instance = self._instance(partners, book, None if scenario is None else (scenario,))
        wanted = settings.gap if gap is None else gap
        seconds = settings.time_limit if time_limit is None else time_limit
        task = Task(
            key_of("plan", instance, wanted, seconds), instance.title, plan_task, (instance, (), wanted, seconds)
        )
        with self.runner.stage("plan", 1):
            plan = self.runner.executor.run([task], self.runner.done)[0]
        return plan_document(self.programme, plan, instance.title)

    def export_instance(
        self,
        path: Path,
        partners: Sequence[str] | None,
        book: str | None,
        scenarios: Sequence[str] | None,
        exponent: float | None = None,
        *,
        paths: int = 0,
        seed: int = 0,
    ) -> None:
        """Write the planning problem of some partners under one book, one scenario or several, and a scale exponent if given.

        With `paths` its scenarios are so many adoption paths around the Bass curve of Europe's electric cars instead, all likely alike.
        Raises InputError.
        """
        if not paths:
            write_instance(self._instance(partners, book, scenarios, exponent), path)
            return
        if scenarios:
            raise InputError.of(
                "command line", "paths are drawn, scenarios named", "leave out one of them", field="--paths"
            )
        years = self.programme.header.years
        drawn = path_scenarios(sample_paths(EUROPE_TEN_YEARS, years, paths, seed, anchor=LAST_YEAR_OF_FIT), years)
        wider = replace(self.programme, scenarios=(*self.programme.scenarios, *drawn))
        write_instance(self._instance(partners, book, [s.id for s in drawn], exponent, wider), path)

    def _instance(
        self,
        partners: Sequence[str] | None,
        book: str | None,
        scenarios: Sequence[str] | None,
        exponent: float | None = None,
        programme: Programme | None = None,
    ) -> PlanInstance:
        """The problem as the rooms' own programme states it, or another one that differs in its scenarios alone."""
        programme = programme or self.programme
        header = programme.header
        everyone = tuple(p.id for p in header.partners)
        members = tuple(partners) if partners else everyone
        chosen_book = book or header.reference_book
        chosen = tuple(dict.fromkeys(scenarios)) if scenarios else (header.reference_scenario,)
        _known("--partner", members, everyone)
        _known("--book", [chosen_book], [b.id for b in self.programme.books])
        _known("--scenario", chosen, [s.id for s in programme.scenarios])
        if exponent is not None and not -1.0 < exponent <= 0.0:
            message = f"an exponent lies above -1 and not above 0 (got {exponent:g})"
            raise InputError.of("command line", message, "for example -0.15", field="--exponent")
        maps = self._maps()
        tables = self.runner.verification(self.programme, maps)
        return build_instance(
            programme,
            tables,
            module_ratings(maps),
            book=chosen_book,
            scenario=chosen[0] if len(chosen) == 1 else chosen,
            partners=members,
            exponent=exponent,
        )

    def _maps(self) -> tuple[UnitMap, ...]:
        return self.runner.catalogue(self.programme, self.programme.kit.units, self._fields)

    def _unit(self, name: str) -> Any:
        units = {unit.name: unit for unit in all_units(self.programme, with_space=True)}
        if name not in units:
            near = difflib.get_close_matches(name, units, n=5, cutoff=0.6)
            first = [unit.name for unit in self.programme.kit.units][:_LISTED]
            remedy = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(first)} and others"
            raise InputError.of(
                "command line", f"unknown unit {name!r}", f"{remedy}; `halfshaft unit list` shows all", field="UNIT"
            )
        return units[name]

    def _given(self, vehicle: str, front: str | None, rear: str | None) -> dict[Axle, str | None]:
        """The units by axle, which must be those that the vehicle drives."""
        programme = self._vehicle(vehicle)
        given: dict[Axle, str | None] = {"front": front, "rear": rear}
        for axle, unit in given.items():
            if (unit is not None) != (axle in programme.driven_axles):
                driven = ", ".join(programme.driven_axles)
                raise InputError.of(
                    "command line",
                    f"{programme.name} drives {driven}",
                    f"give --{driven.replace(', ', ' and --')}",
                    field=f"--{axle}",
                )
        return given

    def _conditions(self, vehicle: str) -> Conditions:
        programme = self._vehicle(vehicle)
        built = [self.unit_map(unit) for unit in programme.as_built.values()]
        model, driving = self.programme.model_of(programme), self.programme.header.driving
        return conditions(programme, model, built or self._maps(), driving.switching_power)

    def _vehicle(self, name: str) -> Any:
        _known("VEHICLE", [name], [v.id for v in self.programme.vehicles])
        return self.programme.vehicle(name)


def view_for(document: Mapping[str, Any], partner: str) -> Json:
    """What one partner may see of a study document, and what is withheld. Raises InputError for an unknown partner."""
    partners = [p["id"] for p in document["programme"]["partners"]]
    _known("--partner", [partner], partners)
    view = partner_view(document, partner)
    return {
        "partner": view.partner,
        "notice": view.notice,
        "withheld": [{"path": path, "reason": reason} for path, reason in view.withheld],
        "content": view.content,
    }


def _known(field: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError.of("command line", f"unknown name {name!r}", f"known: {', '.join(known)}", field=field)
