"""A DXF drawing while it is understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from halfshaft.drive_unit.geometry.drawn_faces import DrawnFaces
from halfshaft.drive_unit.geometry.dxf_description import Description
from halfshaft.drive_unit.geometry.dxf_meaning import Meaning
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.drive_unit.geometry.shapes import Point
from halfshaft.quantities.errors import InputError


@dataclass(frozen=True)
class NamedFace:
    """A face with its meaning, and what said so: a text, a label or a layer."""

    point: Point
    face: int
    meaning: Meaning
    name: str


@dataclass
class Reading:
    """The drawing's faces, what was said about them, and the remarks so far."""

    file: str
    description: Description
    stated: Overrides
    drawn: DrawnFaces
    notes: list[str] = field(default_factory=list)

    def refuse(self, name: str, message: str, remedy: str) -> InputError:
        """The error, to be raised."""
        return InputError.of(self.file, message, remedy, field=name)
