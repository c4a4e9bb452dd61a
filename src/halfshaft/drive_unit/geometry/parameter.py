"""A template's parameter that draws no machine, told so that its author finds the number.

Templates are nested dataclasses; a check deep inside knows only its own field, and each level it passes through adds where it stands. So
the reader of a file can name the line, and the message names the feature in words, the value in the trade's unit, and the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import degrees, isfinite

from halfshaft.drive_unit.geometry.fault import GeometryError, mm

ParameterPath = tuple[str | int, ...]


class ParameterError(GeometryError):
    """``path`` leads through field names and list positions to the parameter, ``shown`` is its value, ``message`` what would be right."""

    def __init__(self, path: ParameterPath, shown: str, message: str) -> None:
        self.path = path
        self.shown = shown
        self.remark = message
        super().__init__(in_words(path), f"{shown}; {message}")


@contextmanager
def within(*path: str | int) -> Iterator[None]:
    """Prefix the path of a ParameterError that is raised inside."""
    try:
        yield
    except ParameterError as error:
        raise ParameterError((*path, *error.path), error.shown, error.remark) from None


def require(holds: bool, field: str, value: float | int | str, message: str) -> None:
    """Refuse a field's value unless a statement about it holds; a value that is no number fails every comparison."""
    if not holds:
        raise ParameterError((field,), _shown(field, value), message)


def require_positive(owner: object, *fields: str) -> None:
    """Refuse fields of a dataclass that are not above zero."""
    for field in fields:
        value = getattr(owner, field)
        require(isfinite(value) and value > 0.0, field, value, "it must be above zero")


def require_not_negative(owner: object, *fields: str) -> None:
    """Refuse fields of a dataclass that are below zero."""
    for field in fields:
        value = getattr(owner, field)
        require(isfinite(value) and value >= 0.0, field, value, "it must not be below zero")


def in_words(path: ParameterPath) -> str:
    """``("rotor", "layers", 0, "magnet_width_m")`` as "rotor layers 1 magnet width"."""
    return " ".join(str(step + 1) if isinstance(step, int) else _spoken(step) for step in path)


def _spoken(field: str) -> str:
    for suffix in ("_m", "_rad"):
        field = field.removesuffix(suffix)
    return field.replace("_", " ")


def _shown(field: str, value: float | int | str) -> str:
    if isinstance(value, str):
        return value
    if field.endswith("_m"):
        return mm(value)
    return f"{degrees(value):.4g} deg" if field.endswith("_rad") else f"{value:g}"
