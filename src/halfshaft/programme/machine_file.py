"""Machines on disk: a YAML file of dimensions read into a template, and the library of named machines that ships with the package.

The templates' dataclasses are the schema: a key is the field's name without its unit, and the unit it is read in is the one that the
field's suffix states (`bore_diameter: 161.9 mm` fills `bore_diameter_m`). Where a field may be one of several kinds, the file names the
kind by a key (`slot: {tapered: {...}}`). Every figure carries a source or is an assumption, as in a programme's files, and the
assumptions go with the machine as notes.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, cast

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.fault import GeometryError
from halfshaft.drive_unit.geometry.ipm import FlatLayer, ULayer, VLayer
from halfshaft.drive_unit.geometry.parameter import ParameterError
from halfshaft.drive_unit.geometry.slots import ParallelToothSlot, RectangularSlot, TaperedSlot
from halfshaft.drive_unit.geometry.stator import Hairpin, RoundStrands
from halfshaft.drive_unit.geometry.templates import TEMPLATES, MachineTemplate
from halfshaft.programme.yaml_tree import Path_, YamlTree, read_yaml
from halfshaft.quantities import Figure, InputError, Ledger, Problem, UnitError, parse_quantity

# Unit that a field's suffix states; the longest matching suffix counts.
_SUFFIXES: Mapping[str, str] = {
    "_kg_per_m3": "kg/m^3",
    "_ohm_m": "ohm*m",
    "_per_k": "1/K",
    "_rad": "rad",
    "_m": "m",
    "_t": "T",
}

# How a file calls the kinds that a field may be of.
KINDS: Mapping[str, type] = {
    "rectangular": RectangularSlot,
    "tapered": TaperedSlot,
    "parallel_tooth": ParallelToothSlot,
    "hairpin": Hairpin,
    "round_strands": RoundStrands,
    "flat": FlatLayer,
    "v": VLayer,
    "u": ULayer,
}

_MACHINES = resources.files("halfshaft.drive_unit.geometry") / "machines"


@dataclass(frozen=True)
class MachineFile:
    """A machine as its file states it: the template, what each figure rests on, and where it stands."""

    template: MachineTemplate
    ledger: Ledger
    tree: YamlTree

    def design(self) -> MachineDesign:
        """Draw the machine. Raises InputError naming the line of a parameter that draws none, GeometryError for parts that meet."""
        try:
            return self.template.design()
        except ParameterError as error:
            path = _file_path(self.template, error.path)
            raise InputError(
                [
                    Problem(
                        self.tree.file,
                        self.tree.line(path),
                        _dotted(path),
                        "draws no machine",
                        error.remark,
                        error.shown,
                    )
                ]
            ) from None
        except GeometryError as error:
            raise InputError(
                [
                    Problem(
                        self.tree.file, None, error.feature, error.message, "change the dimensions of the parts named"
                    )
                ]
            ) from None


def machine_names() -> tuple[str, ...]:
    """Names of the machines that ship with the package."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _MACHINES.iterdir() if entry.name.endswith(".yaml"))
    )


def load_machine(name_or_path: str | Path) -> MachineFile:
    """Read a named machine, or a machine file.

    Raises InputError naming file, line, field, value and what would be right, for everything that is wrong.
    """
    if isinstance(name_or_path, str) and name_or_path in machine_names():
        with resources.as_file(_MACHINES / f"{name_or_path}.yaml") as path:
            return _read(path, f"{name_or_path}.yaml")
    path = Path(name_or_path)
    if not path.exists() and path.suffix not in (".yaml", ".yml"):
        near = get_close_matches(str(name_or_path), machine_names(), 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError.of(
            str(name_or_path), "no such machine", f"{hint}known: {', '.join(machine_names())}; or give a .yaml file"
        )
    return _read(path, str(path))


def _read(path: Path, shown_as: str) -> MachineFile:
    tree = read_yaml(path, shown_as)
    reader = _Reader(tree)
    template = reader.machine()
    problems = [*tree.problems, *reader.problems]
    if problems or template is None:
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
    template = dataclasses.replace(template, notes=(*template.notes, *_assumptions(tree.figures)))
    return MachineFile(template, Ledger(tuple(tree.figures)), tree)


def _assumptions(figures: list[Figure]) -> list[str]:
    """One note for each reason, with the figures that it covers."""
    covered: dict[str, list[str]] = {}
    for figure in figures:
        if figure.basis == "assumption":
            covered.setdefault(figure.note, []).append(f"{figure.path} {figure.text}")
    return [f"assumed ({reason}): {', '.join(paths)}" for reason, paths in covered.items()]


@dataclass
class _Reader:
    """Walks a file along the dataclasses and collects what is wrong."""

    tree: YamlTree
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def machine(self) -> MachineTemplate | None:
        data = dict(self.tree.data)
        kind = data.pop("template", None)
        if not isinstance(kind, str) or kind not in TEMPLATES:
            self._complain(("template",), "no such template", f"choose one of {', '.join(TEMPLATES)}", kind)
            return None
        return cast(MachineTemplate | None, self._dataclass(TEMPLATES[kind], data, ()))

    def _complain(self, path: Path_, message: str, remedy: str, value: Any = None) -> None:
        shown = None if value is None or isinstance(value, dict | list) else str(value)
        self.problems.append(Problem(self.tree.file, self.tree.line(path), _dotted(path), message, remedy, shown))

    def _dataclass(self, kind: type, data: Any, path: Path_) -> Any:
        """A dataclass from a mapping; None where anything in it is wrong."""
        hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
        keys = {key_and_unit(field.name, hints[field.name])[0]: field for field in fields}
        if not isinstance(data, dict):
            self._complain(path, "holds one value where named fields are needed", f"write {', '.join(keys)}", data)
            return None
        before, values = len(self.problems), {}
        for key in data:
            if key not in keys:
                near = get_close_matches(str(key), keys, 1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                known = ", ".join(name for name in keys if name not in _BASIS)
                self._complain((*path, key), "unknown field", f"{hint}known: {known}")
        for key, field in keys.items():
            if key in _BASIS and path:
                values[field.name] = self._basis(path)
            elif key in data:
                values[field.name] = self._value(field.name, hints[field.name], data[key], (*path, key))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self._complain((*path, key), "is missing", f"add it{_as_in(field.name, hints[field.name])}")
        return kind(**values) if len(self.problems) == before else None

    def _basis(self, path: Path_) -> str | None:
        """The source of a table's figures, for materials, which carry it with them."""
        table = f"{_dotted(path)}."
        figures = (figure for figure in self.tree.figures if figure.path.startswith(table))
        return next((figure.note for figure in figures if figure.basis == "source"), None)

    def _value(self, name: str, hint: Any, value: Any, path: Path_) -> Any:
        origin, options = typing.get_origin(hint), typing.get_args(hint)
        if hint is float:
            return self._quantity(name, value, path)
        if hint in (int, str, bool):
            good = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
            if not good:
                self._complain(path, "is of the wrong kind", f"write {_SPOKEN[hint]}", value)
            return value
        if origin is typing.Literal:
            if value not in options:
                self._complain(path, "unknown choice", f"choose one of {', '.join(map(str, options))}", value)
            return value
        if origin is tuple:
            if not isinstance(value, list):
                self._complain(path, "must be a list", "write one `- ` line for each", value)
                return ()
            return tuple(self._value(name, options[0], item, (*path, index)) for index, item in enumerate(value))
        if origin in (types.UnionType, typing.Union):
            return self._choice(options, value, path)
        return self._dataclass(hint, value, path)

    def _choice(self, options: tuple[Any, ...], value: Any, path: Path_) -> Any:
        kinds = {name: kind for name, kind in KINDS.items() if kind in options}
        named = list(value) if isinstance(value, dict) else []
        if len(named) != 1 or named[0] not in kinds:
            self._complain(
                path, "must name one kind", f"write one of {', '.join(f'`{name}:`' for name in kinds)}", value
            )
            return None
        return self._dataclass(kinds[named[0]], value[named[0]], (*path, named[0]))

    def _quantity(self, name: str, value: Any, path: Path_) -> float:
        unit = _unit(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._complain(
                path, "is no quantity", f"write a number{'' if unit == '1' else f' with its unit ({unit})'}", value
            )
            return 0.0
        try:
            return parse_quantity(str(value), unit)
        except UnitError as error:
            # A unit may not begin with a digit, so coefficients are written in %/K.
            self._complain(path, "is no quantity of this field", str(error).replace("1/K", "%/K"), value)
            return 0.0


_BASIS = ("source",)  # read with every figure, not as a field
_SPOKEN = {int: "a whole number", str: "a text", bool: "true or false"}


def _unit(field: str) -> str:
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if field.endswith(suffix):
            return _SUFFIXES[suffix]
    return "1"


def key_and_unit(field: str, hint: Any) -> tuple[str, str]:
    """YAML key and unit of a dataclass field."""
    unit = _unit(field) if hint is float else "1"
    if unit == "1":
        return field, unit
    suffix = next(s for s in sorted(_SUFFIXES, key=len, reverse=True) if field.endswith(s))
    return field.removesuffix(suffix), unit


def _as_in(field: str, hint: Any) -> str:
    unit = key_and_unit(field, hint)[1]
    shown = {"m": "mm", "rad": "deg", "1/K": "%/K"}.get(unit, unit)
    return "" if unit == "1" else f", in {shown} or another unit of its kind"


def _file_path(template: MachineTemplate, path: tuple[str | int, ...]) -> Path_:
    """The path of a parameter in the file: keys without units, kinds by name."""
    found: list[str | int] = []
    node: Any = template
    for step in path:
        if isinstance(step, int):
            node = node[step]
            found.append(step)
        else:
            hints = typing.get_type_hints(type(node)) if dataclasses.is_dataclass(node) else {}
            found.append(key_and_unit(step, hints.get(step))[0])
            node = getattr(node, step, None)
        kind = next((name for name, cls in KINDS.items() if type(node) is cls), None)
        if kind is not None:
            found.append(kind)
    return tuple(found)


def _dotted(path: Path_) -> str:
    return ".".join(str(step) for step in path)
