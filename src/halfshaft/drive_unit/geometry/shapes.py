"""Edges: the straight lines and circular arcs of which every outline is made.

Coordinates are metres in the plane of the lamination, the shaft's axis at the origin. Angles are radians, counter-clockwise positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin

Point = tuple[float, float]


@dataclass(frozen=True)
class Edge:
    """A straight line, or an arc when it has a ``centre``; then ``sweep_rad`` says how far and which way it turns.

    ``feature`` names, in the user's words, what the edge bounds ("left magnet"); empty where the drawing does not say.
    """

    start: Point
    end: Point
    centre: Point | None = None
    sweep_rad: float = 0.0
    feature: str = ""

    @property
    def radius_m(self) -> float:
        """Radius of an arc, zero for a line."""
        return 0.0 if self.centre is None else hypot(self.start[0] - self.centre[0], self.start[1] - self.centre[1])

    @property
    def length_m(self) -> float:
        """Length along the edge."""
        if self.centre is None:
            return hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])
        return abs(self.sweep_rad) * self.radius_m

    def point_at(self, share: float) -> Point:
        """The point at a share of the length, 0 at the start and 1 at the end."""
        if share <= 0.0:
            return self.start
        if share >= 1.0:
            return self.end
        if self.centre is None:
            return (
                self.start[0] + share * (self.end[0] - self.start[0]),
                self.start[1] + share * (self.end[1] - self.start[1]),
            )
        angle = atan2(self.start[1] - self.centre[1], self.start[0] - self.centre[0]) + share * self.sweep_rad
        return self.centre[0] + self.radius_m * cos(angle), self.centre[1] + self.radius_m * sin(angle)

    def reversed(self) -> Edge:
        """The same edge, walked the other way."""
        return Edge(self.end, self.start, self.centre, -self.sweep_rad, self.feature)
