"""A machine-facts file while it is read: its surfaces, what was stated beside it, and the remarks so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError

COPPER = ("winding", "wind")


@dataclass
class Reading:
    """One file while it is read: what it says, what was stated beside it, and the remarks so far."""

    facts: Mapping[str, Any]
    file: str
    stated: Overrides
    notes: list[str] = field(default_factory=list)

    def refuse(self, name: str, message: str, remedy: str) -> InputError:
        return InputError.of(self.file, message, remedy, field=name)

    def need(self, *path: str) -> Any:
        """A value that must be there."""
        node: Any = self.facts
        for depth, key in enumerate(path):
            if not isinstance(node, Mapping) or node.get(key) is None:
                raise self.refuse(".".join(path[: depth + 1]), "is missing", "add it to the file")
            node = node[key]
        return node


@dataclass(frozen=True)
class Surface:
    """One region of the file: its name taken apart, its outline in metres."""

    name: str
    kind: str
    rotor: bool
    indices: tuple[int, int, int]
    point: Point
    edges: tuple[Edge, ...]
    row: Mapping[str, Any]
