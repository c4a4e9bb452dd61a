"""Rows of YAML as engineering types, and back: the dataclasses of the drive-unit room are the schema.

A YAML key is the field's name without its unit, and the unit it is read in is the one that the field's suffix states; a field that is an
engineering type itself is a table.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, create_model

from halfshaft.programme.fields import Strict, quantity_type
from halfshaft.programme.model import Development

# Unit that a field's suffix states; the longest matching suffix counts.
_SUFFIXES: Mapping[str, str] = {
    "_w_per_m_rad3_s3": "W*s^3/(m*rad^3)",
    "_nm_s_per_rad": "Nm*s/rad",
    "_wb_per_m": "Wb/m",
    "_h_per_m": "H/m",
    "_kg_per_m": "kg/m",
    "_rad_per_s": "rad/s",
    "_m3_per_s": "m^3/s",
    "_w_s_per_m3k": "W*s/(m^3*K)",
    "_w_per_m2k": "W/(m^2*K)",
    "_w_per_mk": "W/(m*K)",
    "_ohm_per_k": "ohm/K",
    "_v_per_k": "V/K",
    "_k_per_w": "K/W",
    "_per_k": "1/K",
    "_ohm": "ohm",
    "_m2": "m^2",
    "_m": "m",
    "_kg": "kg",
    "_nm": "Nm",
    "_hz": "Hz",
    "_v": "V",
    "_a": "A",
    "_w": "W",
    "_j": "J",
    "_k": "K",
    "_s": "s",
}


# Types of a field that is read with its unit: a quantity, one that a row may leave to be computed, or a list of quantities.
_QUANTITIES: tuple[Any, ...] = (float, float | None, tuple[float, ...])


def key_of(field: str) -> tuple[str, str]:
    """YAML key and unit of a dataclass field: `stack_length_m` is `stack_length` in m."""
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if field.endswith(suffix):
            return field.removesuffix(suffix), _SUFFIXES[suffix]
    return field, "1"


def key_and_unit(field: str, hint: Any) -> tuple[str, str]:
    """YAML key of a field of an engineering type, and its unit, which is empty for what is no quantity."""
    return key_of(field) if hint in _QUANTITIES else (field, "")


@functools.cache
def module_model(kind: type, without: frozenset[str] = frozenset(), development: bool = True) -> type[BaseModel]:
    """A strict model with one field for each field of an engineering dataclass, less `without`."""
    hints = typing.get_type_hints(kind)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in without:
            continue
        hint = hints[field.name]
        name, unit = key_of(field.name) if hint in _QUANTITIES else (field.name, "")
        default = ... if field.default is dataclasses.MISSING else field.default
        fields[name] = (_read_type(hint, unit), default)
    if development:
        fields["development"] = (Development, ...)
    model: type[BaseModel] = create_model(kind.__name__ + "Row", __base__=Strict, **fields)
    return model


def _read_type(hint: Any, unit: str) -> Any:
    """What a field of an engineering type is read as; a part that is an engineering type itself is a table of its own."""
    part = _part(hint)
    if part is not None:
        table: Any = module_model(part, development=False)
        return table if hint is part else table | None
    read = quantity_type(unit)
    reads: Mapping[Any, Any] = {float: read, float | None: read | None, tuple[float, ...]: tuple[read, ...]}  # type: ignore[valid-type]
    return reads.get(hint, hint)


def _part(hint: Any) -> type | None:
    """The engineering type of a field that is one, or may be one."""
    kinds = (kind for kind in (hint, *typing.get_args(hint)) if isinstance(kind, type))
    return next((kind for kind in kinds if dataclasses.is_dataclass(kind)), None)


def fields_of(model: BaseModel) -> dict[str, Any]:
    """What a model holds, by YAML key."""
    return {name: getattr(model, name) for name in type(model).model_fields}


def named(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    """Back from YAML keys to field names."""
    hints = typing.get_type_hints(kind)
    names = {(key_of(f.name)[0] if hints[f.name] in _QUANTITIES else f.name): f.name for f in dataclasses.fields(kind)}
    return {names[key]: _unread(hints[names[key]], value) for key, value in data.items()}


def _unread(hint: Any, value: Any) -> Any:
    part = _part(hint)
    return part(**named(part, fields_of(value))) if part is not None and isinstance(value, BaseModel) else value
