"""What all readers of drawings share: statements that override a file, end turns that no file gives, and how a fault is told.

A file says some things outright, others only between the lines, and some wrongly. What a reader had to add or correct becomes a note of
the design; what the user states beats the file; what nobody says and nobody can derive is asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import hypot, pi
from typing import Any

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.fault import GeometryError
from halfshaft.drive_unit.geometry.layout import CoilSide, WindingLayout
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError, Problem

# One coil end over the arc it spans, an assumption for lack of the real winding; distributed windings lie between 1.4 and 2.
END_TURN_PER_SPAN = 1.6
SALIENT_END_TURN_PER_SPAN = 1.2
ASSUMED_COPPER_FILL = 0.45
CIRCUITS = ("a", "b", "c", "field")


@dataclass(frozen=True)
class Overrides:
    """What the user states about a machine, whatever the file says. None leaves it to the file.

    ``conductor_factor`` multiplies the conductors of the stator winding, for drawings that count coils instead of turns.
    ``remanence_t`` replaces the remanence of every magnet at 20 degC. ``circuits`` says what each circuit of a FEMM document is: "A",
    "-A", "B", "-B", "C", "-C", "field" or "-field".
    """

    name: str | None = None
    pole_pairs: int | None = None
    slots: int | None = None
    stack_length_m: float | None = None
    stacking_factor: float | None = None
    parallel_paths: int | None = None
    coil_pitch_slots: int | None = None
    conductor_factor: float | None = None
    end_turn_length_m: float | None = None
    copper_fill: float | None = None
    remanence_t: float | None = None
    circuits: Mapping[str, str] | None = None

    @classmethod
    def of(cls, statements: Mapping[str, object], file: str) -> Overrides:
        """Overrides from a mapping. Raises InputError for unknown names and values that mean nothing."""
        problems: list[Problem] = []
        kinds: dict[str, Callable[[Any], Any]] = {field.name: _KINDS[field.type] for field in fields(cls)}  # type: ignore[index]
        values: dict[str, Any] = {}
        for name, value in statements.items():
            if name not in kinds:
                problems.append(_problem(file, name, value, "no such statement", f"state any of: {', '.join(kinds)}"))
            elif value is not None:
                try:
                    values[name] = kinds[name](value)
                except (TypeError, ValueError):
                    problems.append(_problem(file, name, value, *_EXPECTED[kinds[name]]))
        if problems:
            raise InputError(problems)
        return cls(**values)


NOTHING_STATED = Overrides()


def _problem(file: str, field: str, value: object, message: str, remedy: str) -> Problem:
    return Problem(file, None, field, message, remedy, str(value))


def _positive(value: Any) -> float:
    number = float(value)
    if isinstance(value, (bool, str)) or not 0.0 < number < float("inf"):
        raise ValueError
    return number


def _count(value: Any) -> int:
    if isinstance(value, (bool, str)) or int(value) != value or int(value) < 1:
        raise ValueError
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _names(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or any(str(side).lower().lstrip("+-") not in CIRCUITS for side in value.values()):
        raise ValueError
    return {str(name): str(side).lower() for name, side in value.items()}


_KINDS: dict[str, Callable[[Any], Any]] = {
    "Mapping[str, str] | None": _names,
    "str | None": _text,
    "int | None": _count,
    "float | None": _positive,
}
_EXPECTED: dict[Callable[[Any], Any], tuple[str, str]] = {
    _text: ("is no name", "give a text"),
    _count: ("is no number of things", "give a whole number of at least 1"),
    _names: ("does not say what circuits are", "give each circuit A, -A, B, -B, C, -C, field or -field"),
    _positive: ("is no positive number", "give a number above 0, in SI units"),
}


def assembled(file: str, name: str, edges: Iterable[Edge], labels: Iterable[Label], **statements: Any) -> MachineDesign:
    """`assemble`, with the fault told as one of the file."""
    try:
        return assemble(name, edges, labels, **statements)
    except GeometryError as fault:
        raise InputError.of(
            file, fault.message, "correct the drawing, or state what it means", field=fault.feature
        ) from fault


def standard_winding(slots: int, pole_pairs: int, pitch: int, groups: Sequence[Sequence[int]]) -> dict[int, CoilSide]:
    """A balanced integer-slot winding laid into coil faces that are grouped by slot, from the bore outwards within each.

    The answer says what each face holds, by its number. Raises ValueError where no such winding fits the numbers.
    """
    layers = {len(group) for group in groups}
    if len(layers) != 1:
        raise ValueError(f"slots hold {' or '.join(str(n) for n in sorted(layers))} coil sides")
    layout = WindingLayout(slots, pole_pairs, layers.pop(), pitch)
    return {
        face: layout.coil_side(slot, layer) for slot, group in enumerate(groups) for layer, face in enumerate(group)
    }


def end_turn_m(pitch_slots: float, slots: int, radius_m: float) -> float:
    """Assumed length of one stator coil end: the arc it spans at mid slot, and what its ends stand out."""
    return END_TURN_PER_SPAN * 2.0 * pi * pitch_slots / slots * radius_m


def field_end_turn_m(poles: int, radius_m: float) -> float:
    """Assumed length of one end of a coil around a salient pole, whose body takes about half the pole pitch."""
    return SALIENT_END_TURN_PER_SPAN * pi * radius_m / poles


def mean_radius_m(points: Sequence[Point]) -> float:
    """Mean distance from the axis."""
    return sum(hypot(*point) for point in points) / len(points)
