"""What a face of a DXF drawing is, in words.

The words stand as texts inside the faces, or in the description by place or by layer:

    iron M400-50A           magnet N42 dir=112.5          coil A +9       field +45      air
                            magnet N42 dir=auto           coil            field
                            magnet N42 dir=radial

`dir` is the direction of the remanence in degrees from the x axis; `auto`, the default, is through the thickness, outwards on every second
pole; `radial` and `-radial` follow the radius. A coil without a phase belongs to the winding that the description states by its counts.
The number of a coil or field face is the conductors that cross it, positive out of the plane.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from halfshaft.drive_unit.geometry.design import Kind

GRAMMAR = (
    "iron STEEL | magnet NAME [dir=DEGREES|auto|radial|-radial] | coil [A|B|C CONDUCTORS] | field [CONDUCTORS] | air"
)
_KINDS: dict[str, Kind] = {
    "iron": "iron",
    "steel": "iron",
    "magnet": "magnet",
    "coil": "stator_winding",
    "field": "field_winding",
    "air": "air",
}
_COIL = re.compile(r"^([+-]?)([ABC])([+-]?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Meaning:
    """What a face is; ``direction`` in words, ``conductors`` None where the description's winding decides."""

    kind: Kind
    material: str | None = None
    direction: str = "auto"
    phase: int | None = None
    conductors: float | None = None


def is_meaning(text: str) -> bool:
    """Whether a text means to say what a face is, well or badly: it starts with one of the words."""
    words = text.split()
    return bool(words) and words[0].lower() in _KINDS


def parse_meaning(text: str) -> Meaning:
    """The meaning of a text. Raises ValueError with what is wrong."""
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise ValueError(f"{text!r}: {fault}") from fault
    if not words or words[0].lower() not in _KINDS:
        raise ValueError(f"{text!r} starts with none of {', '.join(_KINDS)}")
    kind, rest = _KINDS[words[0].lower()], words[1:]
    if kind == "air":
        return Meaning("air")
    if kind in ("iron", "magnet"):
        options = dict(word.split("=", 1) for word in rest if "=" in word)
        names = [word for word in rest if "=" not in word]
        if len(names) != 1 or set(options) - {"dir"} or (kind == "iron" and options):
            raise ValueError(f"{text!r} must name one material" + (" and may have dir=" if kind == "magnet" else ""))
        direction = options.get("dir", "auto").lower()
        if direction not in ("auto", "radial", "-radial"):
            _number(text, direction)
        return Meaning(kind, names[0], direction)
    if kind == "field_winding":
        if len(rest) > 1:
            raise ValueError(f"{text!r} has more than one number")
        return Meaning(kind, conductors=_number(text, rest[0]) if rest else None)
    if not rest:
        return Meaning(kind)
    phase = _COIL.match(rest[0])
    if phase is None or len(rest) > 2:
        raise ValueError(f"{text!r} must be a phase A, B or C and a number of conductors")
    sign = -1.0 if "-" in (phase[1], phase[3]) else 1.0
    count = _number(text, rest[1]) if len(rest) == 2 else 1.0
    return Meaning(kind, phase="ABC".index(phase[2].upper()), conductors=sign * count)


def _number(text: str, word: str) -> float:
    try:
        return float(word)
    except ValueError as fault:
        raise ValueError(f"{text!r}: {word!r} is no number") from fault
