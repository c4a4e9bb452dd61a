"""A machine design as plain data and back, to the bit: what a flux map keeps so that it can be computed again.

The record follows the fields of the dataclasses, read from their annotations; where a field may hold one of several classes, the
record names the class. Fields that a newer version added take their defaults; unknown ones are refused.
"""

from __future__ import annotations

import functools
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from halfshaft.drive_unit.geometry.design import MachineDesign

_CLASS = "class"


def to_dict(design: MachineDesign) -> dict[str, Any]:
    """The design in dictionaries, lists, numbers and strings, ready for JSON."""
    record = cast(dict[str, Any], _plain(design, MachineDesign))
    if design.cage is None:  # records of machines without one stay what they were before there were cages
        del record["cage"]
    return record


def from_dict(record: dict[str, Any]) -> MachineDesign:
    """The design of a record. Raises ValueError naming the place where the record does not fit."""
    return cast(MachineDesign, _typed(record, MachineDesign, "design"))


def _plain(value: Any, kind: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        record = {f.name: _plain(getattr(value, f.name), _hints(type(value))[f.name]) for f in fields(value)}
        return {_CLASS: type(value).__name__, **record} if len(_classes(kind)) > 1 else record
    if isinstance(value, tuple):
        item = get_args(_only(kind, tuple))
        return [_plain(v, item[0] if len(item) == 2 and item[1] is Ellipsis else item[k]) for k, v in enumerate(value)]
    if isinstance(value, dict):
        return {name: _plain(v, get_args(_only(kind, dict))[1]) for name, v in value.items()}
    return value


def _typed(value: Any, kind: Any, where: str) -> Any:
    if value is None:
        if kind is type(None) or type(None) in _options(kind):
            return None
        raise ValueError(f"{where} is missing in the design's record")
    if isinstance(value, dict) and (classes := _classes(kind)):
        return _instance(value, classes, where)
    if isinstance(value, dict):
        item = get_args(_only(kind, dict, where))[1]
        return {name: _typed(v, item, f"{where}.{name}") for name, v in value.items()}
    if isinstance(value, list):
        item = get_args(_only(kind, tuple, where))
        if len(item) == 2 and item[1] is Ellipsis:
            return tuple(_typed(v, item[0], f"{where}[{k}]") for k, v in enumerate(value))
        if len(item) != len(value):
            raise ValueError(f"{where} holds {len(value)} values in the design's record, not {len(item)}")
        return tuple(_typed(v, t, f"{where}[{k}]") for k, (v, t) in enumerate(zip(value, item, strict=True)))
    for option in _options(kind):
        if get_origin(option) is Literal and value in get_args(option):
            return value
        if option is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        if isinstance(option, type) and option is not float and type(value) is option:
            return value
    raise ValueError(f"{where} holds {value!r} in the design's record, which is not what belongs there")


def _instance(record: dict[str, Any], classes: list[type], where: str) -> Any:
    given = dict(record)
    chosen = classes[0]
    if len(classes) > 1:
        name = given.pop(_CLASS, None)
        by_name = {c.__name__: c for c in classes}
        if name not in by_name:
            raise ValueError(f"{where} is a {name!r} in the design's record; known are {', '.join(by_name)}")
        chosen = by_name[name]
    known = {f.name: f for f in fields(chosen)}
    if unknown := set(given) - set(known):
        raise ValueError(f"{where} holds the unknown entry {min(unknown)!r} in the design's record")
    for name, f in known.items():
        if name not in given and f.default is MISSING and f.default_factory is MISSING:
            raise ValueError(f"{where}.{name} is missing in the design's record")
    hints = _hints(chosen)
    return chosen(**{name: _typed(v, hints[name], f"{where}.{name}") for name, v in given.items()})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _options(kind: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or the kind itself."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _classes(kind: Any) -> list[type]:
    return [o for o in _options(kind) if isinstance(o, type) and is_dataclass(o)]


def _only(kind: Any, origin: type, where: str = "a value") -> Any:
    for option in _options(kind):
        if get_origin(option) is origin:
            return option
    raise ValueError(f"{where} holds a {origin.__name__} in the design's record, which is not what belongs there")
