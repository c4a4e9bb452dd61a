"""Write a template as a machine file: the same schema that is read, so that what a program made can be read, drawn and changed by hand."""

from __future__ import annotations

import dataclasses
import io
import typing
from math import degrees
from typing import Any

from ruamel.yaml import YAML

from halfshaft.drive_unit.geometry.templates import TEMPLATES, MachineTemplate
from halfshaft.programme.machine_file import KINDS, key_and_unit

_DIGITS = 12  # of every figure: exact to a picometre, and no binary dust


def machine_yaml(template: MachineTemplate, assumption: str, comment: str = "") -> str:
    """A machine file that reads back as this template; ``assumption`` says what its dimensions rest on, ``comment`` heads the file."""
    kind = next(name for name, cls in TEMPLATES.items() if type(template) is cls)
    body = _fields(template)
    data = {"name": body.pop("name"), "template": kind, "reference": body.pop("reference"), "assumption": assumption}
    body.pop("notes", None)
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 140
    yaml.dump({**data, **body}, text)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + text.getvalue()


def _fields(node: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(type(node))
    found: dict[str, Any] = {}
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if value is None or value == ():
            continue
        key, unit = key_and_unit(field.name, hints[field.name])
        found[key] = _written(value, unit)
    return found


def _written(value: Any, unit: str) -> Any:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return _quantity(value, unit)
    if isinstance(value, tuple | list):
        return [_written(item, unit) for item in value]
    if dataclasses.is_dataclass(value):
        fields = _fields(value)
        kind = next((name for name, cls in KINDS.items() if type(value) is cls), None)
        return fields if kind is None else {kind: fields}
    return value


def _quantity(value: float, unit: str) -> Any:
    if unit == "1":
        return float(f"{value:.{_DIGITS}g}")
    if unit == "m":
        return f"{1e3 * value:.{_DIGITS}g} mm"
    if unit == "rad":
        return f"{degrees(value):.{_DIGITS}g} deg"
    if unit == "1/K":
        return f"{100.0 * value:.{_DIGITS}g} %/K"
    return f"{value:.{_DIGITS}g} {unit}"
