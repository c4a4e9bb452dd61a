"""A comparison of a module's field with a value, as rules of a design space write it: `machine.stack_length > 140 mm`."""

from __future__ import annotations

import dataclasses
import operator
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from halfshaft.drive_unit import GearSet, Inverter, Lamination, Machine
from halfshaft.programme.module_rows import key_and_unit
from halfshaft.quantities import UnitError, parse_quantity

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt
}  # fmt: skip
_KINDS: Mapping[str, type] = {"lamination": Lamination, "machine": Machine, "inverter": Inverter, "gear": GearSet}
_TEXT = re.compile(r"\s*(\w+)\.(\w+)\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*")
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Condition:
    """A field of one kind of module (lamination, machine, inverter, gear), compared with a value."""

    kind: str
    field: str
    relation: str
    value: float | str | bool

    def holds(self, modules: Mapping[str, Any]) -> bool:
        """Whether it holds for modules by kind."""
        return bool(_OPERATORS[self.relation](getattr(modules[self.kind], self.field), self.value))


def condition(text: str) -> Condition:
    """Read a comparison. Raises ValueError for what is none, for an unknown field, and for a value that the field cannot have."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a comparison: {text!r}")
    kind, key, relation, written = match.groups()
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of module {kind!r}: choose {', '.join(_KINDS)}")
    hints = typing.get_type_hints(_KINDS[kind])
    fields = {key_and_unit(f.name, hints[f.name]): f.name for f in dataclasses.fields(_KINDS[kind])}
    known = {name: (unit, field) for (name, unit), field in fields.items()}
    if key not in known:
        raise ValueError(f"a {kind} has no field {key!r}: choose {', '.join(known)}")
    unit, field = known[key]
    return Condition(kind, field, relation, _value(hints[field], unit, written, relation))


def _value(hint: Any, unit: str, written: str, relation: str) -> float | str | bool:
    if hint is float or hint is int or hint == float | None:
        try:
            return parse_quantity(written, unit or "1")
        except UnitError as error:
            raise ValueError(str(error)) from None
    if relation not in ("==", "!="):
        raise ValueError(f"{written!r} has no order: compare it with == or !=")
    return _TRUTHS[written] if hint is bool and written in _TRUTHS else written
