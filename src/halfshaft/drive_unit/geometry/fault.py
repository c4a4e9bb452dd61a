"""What is wrong with a drawing, said so that its author finds the place."""

from __future__ import annotations

from math import atan2, degrees, hypot

from halfshaft.drive_unit.geometry.shapes import Point


class GeometryError(ValueError):
    """A drawing that is no machine. ``feature`` names the offending part in the user's words."""

    def __init__(self, feature: str, message: str) -> None:
        self.feature = feature
        self.message = message
        super().__init__(f"{feature}: {message}")


def where(point: Point) -> str:
    """A place in polar terms, in the trade's units."""
    return f"r = {1e3 * hypot(*point):.3f} mm, {degrees(atan2(point[1], point[0])):.3f} deg"


def mm(length_m: float) -> str:
    """A length in millimetres."""
    return f"{1e3 * length_m:.4g} mm"
