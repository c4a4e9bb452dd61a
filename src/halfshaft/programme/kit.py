"""The kit on disk: laminations, machines, inverters and gears, rotors and housings, each with what its development takes.

The engineering types of the drive-unit room are the schema: a YAML key is the field's name without its unit, and the unit it is read in is
the one that the field's suffix states (`stack_length: 132 mm` fills `stack_length_m`). So the two can never drift apart, and the room
itself stays free of files.

A lamination names its machine, built in or drawn in a file beside the programme. What the drawing tells is not stated again; the row holds
what no drawing knows, and may state what its machine leaves open.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, create_model

from halfshaft.drive_unit import (
    Cooling,
    DriveUnit,
    FieldWinding,
    GearSet,
    Inverter,
    Kit,
    Lamination,
    Machine,
    Magnets,
    catalogue,
)
from halfshaft.drive_unit.drawn import DrawnField, DrawnLamination, Untold, drawn_lamination
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.fault import GeometryError
from halfshaft.drive_unit.geometry.materials import REFERENCE_TEMPERATURE_C
from halfshaft.drive_unit.lineage import Change, changes
from halfshaft.programme.derive import derived_rows
from halfshaft.programme.fields import quantity_type
from halfshaft.programme.machines import read_machine
from halfshaft.programme.model import Development, ModuleKind
from halfshaft.programme.module_rows import fields_of, key_of, module_model, named
from halfshaft.programme.module_rows import key_and_unit as key_and_unit
from halfshaft.programme.shared_modules import housings_of, read_housings, read_rotors
from halfshaft.quantities import InputError

M = TypeVar("M")
N = TypeVar("N", Inverter, GearSet)
Path_ = tuple[str | int, ...]
ModuleKey = tuple[ModuleKind, str]

_ZERO_CELSIUS_K = 273.15

# The file below kit/ in which the modules of a kind stand.
FILES: Mapping[ModuleKind, str] = {
    "lamination": "laminations",
    "machine": "machines",
    "inverter": "inverters",
    "gear": "gears",
    "rotor": "rotors",
    "housing": "housings",
}
# Files that a kit may leave out.
OPTIONAL_FILES = ("rotors", "housings")

# Fields of a lamination that its drawing tells, those of them that a row may state instead, and keys of a row that are no field of one.
_DRAWN = tuple(
    f.name for f in dataclasses.fields(DrawnLamination) if f.name not in ("magnet_kg_per_m", "field", "cage")
)
_STATED_AT_NEED = ("slot_copper_height_m", "conductor_width_share", "end_turn_length_m")
_BESIDE = ("machine", "magnet_temperature", "field_winding", "development")


@dataclass(frozen=True)
class DrawnMachine:
    """The machine whose field a lamination's units have: the name in the kit, the drawing, and its magnets' temperature."""

    name: str
    design: MachineDesign
    magnet_temperature_c: float


@dataclass(frozen=True)
class Derivation:
    """A module that was derived from another of its kind, and what changed."""

    kind: ModuleKind
    name: str
    parent: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class ModuleKit:
    """The kit as engineering modules, the units that it allows, and what each module takes to develop.

    `developments` are keyed by (kind, name); `drawn` gives the drawn machine of each lamination; `lineage` tells which modules were derived
    from others. `rotor_of` gives the rotor of each machine that has one of its own development, `housing_of` the housing of each
    (machine, gear); both are empty where the kit states none, and that development is in the machine's and the gear's figure then.
    """

    kit: Kit
    units: tuple[DriveUnit, ...]
    developments: Mapping[ModuleKey, Development]
    drawn: Mapping[str, DrawnMachine]
    lineage: tuple[Derivation, ...] = ()
    rotor_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    housing_of: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)

    def modules_of(self, unit: DriveUnit) -> tuple[ModuleKey, ...]:
        """The modules that a unit of the kit is made of, with its rotor and housing where the kit has them."""
        rotor = self.rotor_of.get(unit.machine.name)
        housing = self.housing_of.get((unit.machine.name, unit.gear.name))
        shared: tuple[tuple[ModuleKind, str | None], ...] = (("rotor", rotor), ("housing", housing))
        return (*modules_of(unit), *((kind, name) for kind, name in shared if name is not None))

    def available_from(self, unit: DriveUnit) -> int:
        """The first year in which a unit has all its modules."""
        return max(self.developments[key].available_from for key in self.modules_of(unit))

    def unit(self, name: str) -> DriveUnit:
        """The unit with this name. Raises KeyError."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise KeyError(name)


def modules_of(unit: DriveUnit) -> tuple[ModuleKey, ...]:
    """The modules that a unit is evaluated by; `ModuleKit.modules_of` adds those that are commercial only."""
    return (
        ("lamination", unit.machine.lamination.name),
        ("machine", unit.machine.name),
        ("inverter", unit.inverter.name),
        ("gear", unit.gear.name),
    )


class Validate(Protocol):
    """Reads one row of a file as a model, or tells what is wrong and gives None."""

    def __call__(self, model: type[M], file: str, row: Any, path: Path_) -> M | None: ...


Complain = Callable[[str, Path_, str, str], None]


def build_kit(
    rows: Mapping[str, list[tuple[int, Any]]],
    cooling_row: Mapping[str, Any],
    validate: Validate,
    complain: Complain,
    folder: Path,
) -> ModuleKit | None:
    """Build the kit from its modules' rows and its cooling; files of machines lie in the programme's `folder`.

    What is wrong is told to `complain`; then the result may be None.
    """
    parents: dict[str, dict[str, str]] = {}
    rows = dict(rows)
    for file in FILES.values():
        rows[file], parents[file] = derived_rows(file, rows.get(file, []), complain)
    laminations: dict[str, Lamination] = {}
    drawn: dict[str, DrawnMachine] = {}
    machines: list[Machine] = []
    pairs: dict[str, dict[str, tuple[str, ...] | None]] = {"inverters": {}, "gears": {}}
    developments: dict[ModuleKey, Development] = {}

    def develop(kind: ModuleKind, file: str, name: str, development: Development, path: Path_) -> None:
        if (kind, name) in developments:
            complain(file, (*path, "name"), f"{kind} {name!r} exists already", "give it another name")
        developments[kind, name] = development

    for index, row in rows["laminations"]:
        path: Path_ = ("laminations", index)
        read = validate(_lamination_model(), "laminations", row, path)
        if read is None:
            continue
        of = _drawn_machine(read, folder, complain, path)
        lamination = None if of is None else _lamination(read, of.design, complain, path)
        if of is None or lamination is None:
            continue
        laminations[lamination.name] = lamination
        drawn[lamination.name] = of
        develop("lamination", "laminations", lamination.name, read.development, path)  # type: ignore[attr-defined]
    for index, row in rows["machines"]:
        path = ("machines", index)
        told = read_machine_row(row, laminations, validate, complain, "machines", path)
        if told is not None:
            machine, development, goes_with = told
            for key, listed in goes_with.items():
                pairs[key][machine.name] = listed
            machines.append(machine)
            develop("machine", "machines", machine.name, development, path)

    def simple(file: str, kind: ModuleKind, model: type[N]) -> Iterator[N]:
        for index, row in rows[file]:
            found = read_simple_row(model, row, validate, complain, file, (file, index))
            if found is not None:
                develop(kind, file, found[0].name, found[1], (file, index))
                yield found[0]

    inverters = list(simple("inverters", "inverter", Inverter))
    gears = list(simple("gears", "gear", GearSet))
    rotors, rotor_of = read_rotors(rows["rotors"], machines, validate, complain)
    for rotor, path in rotors:
        develop("rotor", "rotors", rotor.name, rotor.development, path)
    housings = read_housings(rows["housings"], machines, gears, validate, complain)
    for housing, path in housings:
        develop("housing", "housings", housing.name, housing.development, path)
    _check_pairs(
        rows["machines"], pairs, {"inverters": {i.name for i in inverters}, "gears": {g.name for g in gears}}, complain
    )
    _check_parents(rows, developments, complain)
    cooling = validate(module_model(Cooling, development=False), "cooling", cooling_row, ())
    if not (machines and inverters and gears) or cooling is None:
        return None
    try:
        kit = Kit(
            tuple(machines), tuple(inverters), tuple(gears), Cooling(**named(Cooling, fields_of(cooling))),
            _pairs(pairs["inverters"], inverters), _pairs(pairs["gears"], gears),
        )  # fmt: skip
        modules: Mapping[ModuleKind, Sequence[Any]] = {
            "lamination": list(laminations.values()), "machine": machines, "inverter": inverters, "gear": gears
        }  # fmt: skip
        lineage = tuple(
            derivation for kind in modules for derivation in _lineage(kind, modules[kind], parents[FILES[kind]])
        )
        units = catalogue(kit)
        housing_of = housings_of([housing for housing, _ in housings], units, machines, complain)
        return ModuleKit(kit, units, developments, drawn, lineage, rotor_of, housing_of)
    except ValueError as error:
        complain("machines", (), str(error), "correct the modules or the combination rules")
        return None


def read_machine_row(
    row: Any,
    laminations: Mapping[str, Lamination],
    validate: Validate,
    complain: Complain,
    file: str,
    path: Path_,
) -> tuple[Machine, Development, dict[str, tuple[str, ...] | None]] | None:
    """A machine of one of the laminations, what it takes, and the inverters and gears that its row lists; None after a complaint."""
    read = validate(_machine_model(), file, row, path)
    if read is None:
        return None
    data = fields_of(read)
    name = data.pop("lamination")
    if name not in laminations:
        known = ", ".join(sorted(laminations))
        complain(file, (*path, "lamination"), f"unknown lamination {name!r}", f"known: {known}")
        return None
    development = data.pop("development")
    goes_with = {key: data.pop(key) for key in ("inverters", "gears")}
    lamination = laminations[name]
    machine = _built(lambda: Machine(**named(Machine, data), lamination=lamination), complain, file, path)
    return None if machine is None else (machine, development, goes_with)


def read_simple_row(
    model: type[N], row: Any, validate: Validate, complain: Complain, file: str, path: Path_
) -> tuple[N, Development] | None:
    """An inverter or a gear and what it takes; None after a complaint."""
    read = validate(module_model(typing.cast(type, model)), file, row, path)
    if read is None:
        return None
    data = fields_of(read)
    development = data.pop("development")
    item = _built(lambda: model(**named(model, data)), complain, file, path)
    return None if item is None else (item, development)


def _lineage(kind: ModuleKind, modules: Sequence[Any], parents: Mapping[str, str]) -> Iterator[Derivation]:
    """What changed in each derived module; a machine's lamination is a module of its own, of which the name counts."""
    by_name = {module.name: module for module in modules}
    for name, parent in parents.items():
        if name not in by_name or parent not in by_name:
            continue
        before, after = by_name[parent], by_name[name]
        found = changes(before, after)
        if isinstance(before, Machine) and before.lamination != after.lamination:
            own = tuple(change for change in found if not change.field.startswith("lamination."))
            found = (Change("lamination", before.lamination.name, after.lamination.name), *own)
        yield Derivation(kind, name, parent, found)


def _drawn_machine(read: Any, folder: Path, complain: Complain, path: Path_) -> DrawnMachine | None:
    """The machine that a row names, its end turns as the row states them."""
    name, here = read.machine, (*path, "machine")
    beside = folder / name
    try:
        design = read_machine(beside if beside.is_file() else name)
    except InputError as error:
        for problem in error.problems:
            where = f"{problem.file}:{problem.line}" if problem.line else problem.file
            told = " ".join(part for part in (problem.field, problem.message) if part)
            complain("laminations", here, told if problem.file == name else f"{where}: {told}", problem.remedy)
        return None
    except GeometryError as error:
        complain("laminations", here, f"{name} cannot be drawn: {error}", "correct the machine's dimensions")
        return None
    if read.end_turn_length is not None and design.winding is not None:
        winding = dataclasses.replace(design.winding, end_turn_length_m=read.end_turn_length)
        design = dataclasses.replace(design, winding=winding)
    return DrawnMachine(name, design, read.magnet_temperature - _ZERO_CELSIUS_K)


def _lamination(read: Any, design: MachineDesign, complain: Complain, path: Path_) -> Lamination | None:
    """A row and its machine's drawing together."""
    here = (*path, "machine")
    try:
        told = drawn_lamination(design)
    except Untold as error:
        complain(
            "laminations", here, f"{read.machine} makes no lamination: {error}", "correct the machine, or name another"
        )
        return None
    if (told.field is None) != (read.field_winding is None):
        has, remedy = (
            ("no", "remove `field_winding:`") if told.field is None else ("a", "state it under `field_winding:`")
        )
        complain(
            "laminations", (*path, "field_winding"), f"the rotor of {read.machine} has {has} field winding", remedy
        )
        return None
    data = named(Lamination, {key: value for key, value in fields_of(read).items() if key not in _BESIDE})
    for field in _DRAWN:
        stated = data.get(field)
        data[field] = getattr(told, field) if stated is None else stated
        if data[field] is None:
            key = key_of(field)[0]
            complain(
                "laminations",
                (*path, key),
                f"{read.machine} does not tell it, its stator has no bars",
                f"state `{key}:`",
            )
            return None
    if told.cage is not None:
        return Lamination(**data, rotor=told.cage)
    if told.field is None:
        return Lamination(**data, rotor=Magnets(told.magnet_kg_per_m))
    stated_of_field = named(FieldWinding, fields_of(read.field_winding))
    return Lamination(**data, rotor=FieldWinding(**dataclasses.asdict(told.field), **stated_of_field))


def _pairs(
    allowed: Mapping[str, tuple[str, ...] | None], others: Sequence[Inverter] | Sequence[GearSet]
) -> tuple[tuple[str, str], ...]:
    """The pairs that the machines' lists allow; a machine without a list goes with every other module."""
    names = [other.name for other in others]
    return tuple(
        (machine, name) for machine, listed in allowed.items() for name in (names if listed is None else listed)
    )


def _check_pairs(
    rows: list[tuple[int, Any]],
    pairs: Mapping[str, Mapping[str, tuple[str, ...] | None]],
    known: Mapping[str, set[str]],
    complain: Complain,
) -> None:
    index_of = {row.get("name"): index for index, row in rows if isinstance(row, dict)}
    for key, allowed in pairs.items():
        for machine, names in allowed.items():
            for name in names or ():
                if name not in known[key]:
                    complain(
                        "machines",
                        ("machines", index_of[machine], key),
                        f"unknown name {name!r}",
                        f"known: {', '.join(sorted(known[key]))}",
                    )


def _check_parents(
    rows: Mapping[str, list[tuple[int, Any]]], developments: Mapping[ModuleKey, Development], complain: Complain
) -> None:
    for (kind, name), development in developments.items():
        parent = development.parent
        if parent is not None and ((kind, parent) not in developments or parent == name):
            file = FILES[kind]
            index = next(i for i, row in rows[file] if isinstance(row, dict) and row.get("name") == name)
            complain(
                file,
                (file, index, "development", "parent"),
                f"unknown parent {parent!r}",
                f"name another {kind} of the kit",
            )


def _built(make: Callable[[], M], complain: Complain, file: str, path: Path_) -> M | None:
    try:
        return make()
    except ValueError as error:
        complain(file, path, str(error), "correct the module")
        return None


@functools.cache
def _lamination_model() -> type[BaseModel]:
    base = module_model(Lamination, frozenset({"rotor", *_DRAWN}))
    in_field = frozenset(field.name for field in dataclasses.fields(DrawnField))
    of_field = module_model(FieldWinding, in_field, development=False)
    extra: dict[str, Any] = {
        key_of(field)[0]: (quantity_type(key_of(field)[1]) | None, None) for field in _STATED_AT_NEED
    }
    extra["field_winding"] = (of_field | None, None)
    model: type[BaseModel] = create_model(
        "LaminationRow",
        __base__=base,
        machine=(str, ...),
        magnet_temperature=(quantity_type("K"), _ZERO_CELSIUS_K + REFERENCE_TEMPERATURE_C),
        **extra,
    )
    return model


@functools.cache
def _machine_model() -> type[BaseModel]:
    base = module_model(Machine, frozenset({"lamination"}))
    model: type[BaseModel] = create_model(
        "MachineRow",
        __base__=base,
        lamination=(str, ...),
        inverters=(tuple[str, ...] | None, None),
        gears=(tuple[str, ...] | None, None),
    )
    return model
