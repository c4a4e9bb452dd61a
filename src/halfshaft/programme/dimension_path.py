"""Find a dimension by the words that a machine file uses: `rotor.body_width` or `stator.slot.rectangular.depth`.

A path is the file's own keys joined by points; positions in a list count from 1 (`rotor.layers.1.v.magnet_width`). The kind of a part may
be left out (`stator.slot.depth`).
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from halfshaft.drive_unit.geometry.parameter import ParameterPath
from halfshaft.programme.machine_file import KINDS, key_and_unit

Naming = Callable[[str, Any], tuple[str, str]]

_NEAR = 5


class NoDimension(ValueError):
    """A path that leads to no number; the message names the nearest that do."""


def find_dimension(root: Any, dotted: str, naming: Naming = key_and_unit) -> tuple[ParameterPath, str]:
    """Path of field names to a number below a dataclass, and the unit in which it is read. Raises NoDimension.

    ``naming`` gives key and unit of a field from its name and type.
    """
    wanted = tuple(dotted.split("."))
    known = {_spoken(path, naming): (path, unit) for path, unit in _numbers(root, (), naming)}
    for keys, found in known.items():
        if wanted == keys or wanted == tuple(key for key in keys if key not in KINDS):
            return tuple(step for step in found[0] if not isinstance(step, _Kind)), found[1]
    names = [".".join(keys) for keys in known]
    near = get_close_matches(dotted, names, _NEAR, 0.3) or names[:_NEAR]
    raise NoDimension(f"{dotted!r} is no dimension here; nearest are {', '.join(near)}")


class _Kind(str):
    """A step that names a kind and no field."""


def _spoken(path: tuple[Any, ...], naming: Naming) -> tuple[str, ...]:
    """A path in the file's words: fields without units, positions from 1."""
    return tuple(
        str(step + 1) if isinstance(step, int) else str(step) if isinstance(step, _Kind) else naming(step, float)[0]
        for step in path
    )


def _numbers(node: Any, path: tuple[Any, ...], naming: Naming) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(node, tuple):
        for index, item in enumerate(node):
            yield from _numbers(item, (*path, index), naming)
        return
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return
    kind = next((name for name, cls in KINDS.items() if type(node) is cls), None)
    inside = path if kind is None else (*path, _Kind(kind))
    hints = typing.get_type_hints(type(node))
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if hints[field.name] in (float, float | None) and isinstance(value, float | int):
            yield (*inside, field.name), naming(field.name, float)[1]
        else:
            yield from _numbers(value, (*inside, field.name), naming)
