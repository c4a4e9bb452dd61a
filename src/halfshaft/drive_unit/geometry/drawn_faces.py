"""A drawing with points in its faces, before it is a machine: how much of the circle it covers, its gap, its slots.

FEMM and DXF drawings do not say how many poles or slots they show, nor which copper turns. All that is read from the faces in which
their labels lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin

from halfshaft.drive_unit.geometry.noding import SNAP_M, node
from halfshaft.drive_unit.geometry.planar import PlanarGraph, build, prune
from halfshaft.drive_unit.geometry.sector import radial_extent
from halfshaft.drive_unit.geometry.shapes import Edge, Point

TAU = 2.0 * pi
ARC_SAMPLES = 64
LARGEST_SECTOR_RAD = pi + 0.1  # two sectors or more, or the whole circle
SMALLEST_GAP_M = 2e-5
TOOTH_SAMPLES = 65  # a tooth is wider than a sixty-fifth of its pitch


@dataclass(frozen=True)
class DrawnFaces:
    """The faces of a drawing; it covers ``extent_rad`` from ``start_rad`` on."""

    graph: PlanarGraph
    start_rad: float
    extent_rad: float

    @classmethod
    def of(cls, edges: Sequence[Edge]) -> DrawnFaces:
        """Node the edges, drop what dangles, find the faces and the sector."""
        start, extent = _covered(edges)
        return cls(build(prune(node(edges).edges)[0]), start, extent)

    @property
    def sectors(self) -> int:
        """How often the drawing repeats around the circle, at least nearly."""
        return max(1, round(TAU / self.extent_rad))

    @property
    def whole(self) -> bool:
        """Whether the whole circle is drawn."""
        return self.sectors == 1

    def face_of(self, points: Iterable[Point]) -> list[int]:
        """The face around each point, -1 where there is none."""
        found: list[int] = self.graph.face_of(points).tolist()
        return found

    def outline(self, face: int) -> tuple[Edge, ...]:
        """The outer loop of a face."""
        return self.graph.outline(self.graph.faces[face].outline)

    @cached_property
    def extents(self) -> list[tuple[float, float]]:
        """Smallest and largest distance from the axis of each face's boundary."""
        found = []
        for face in self.graph.faces:
            reach = [radial_extent(self.graph.edges[k // 2]) for loop in (face.outline, *face.holes) for k in loop]
            found.append((min(low for low, _ in reach), max(high for _, high in reach)))
        return found

    def gap_m(self, solids: Iterable[int], coils: Iterable[int], magnets: Iterable[int]) -> tuple[float, float] | None:
        """The air gap's radii: the outermost empty ring with copper outside it, or the innermost one around all magnets."""
        rings: list[tuple[float, float]] = []
        reach = -1.0
        for low, high in sorted(self.extents[face] for face in set(solids)):
            if reach > 0.0 and low - reach >= SMALLEST_GAP_M:
                rings.append((reach, low))
            reach = max(reach, high)
        copper = [self.extents[face][0] for face in coils]
        if copper:
            outside = [ring for ring in rings if ring[1] <= max(copper) + SNAP_M]
            return outside[-1] if outside else None
        within = max((self.extents[face][1] for face in magnets), default=0.0)
        around = [ring for ring in rings if ring[0] >= within - SNAP_M]
        return around[0] if around else None

    def runs(self, iron: set[int], coils: Sequence[Point]) -> tuple[list[list[int]], bool]:
        """The coils in angular order, a new run wherever iron lies between two on their mean radius.

        ``iron`` are the faces of iron; the runs hold positions in ``coils``. The second answer is whether the last run goes on in the
        first, across the sides of the sector or the start of the circle.
        """
        radius = sum(hypot(*point) for point in coils) / len(coils)
        span = TAU if self.whole else self.extent_rad
        angle = [(atan2(y, x) - self.start_rad) % TAU for x, y in coils]
        order = sorted(range(len(coils)), key=lambda k: (round(angle[k], 7), hypot(*coils[k])))
        points = []
        for here, following in zip(order, [*order[1:], order[0]], strict=True):
            run = angle[following] - angle[here] + (span if following == order[0] else 0.0)
            for k in range(1, TOOTH_SAMPLES + 1):
                turned = self.start_rad + (angle[here] + run * k / (TOOTH_SAMPLES + 1)) % span
                points.append((radius * cos(turned), radius * sin(turned)))
        found = self.face_of(points)
        groups: list[list[int]] = [[]]
        for number, coil in enumerate(order):
            groups[-1].append(coil)
            if any(face in iron for face in found[number * TOOTH_SAMPLES : (number + 1) * TOOTH_SAMPLES]):
                groups.append([])
        joined = bool(groups[-1])
        return (groups if joined else groups[:-1]), joined and len(groups) > 1

    def slots(self, iron: set[int], coils: Sequence[Point]) -> list[list[int]]:
        """The coils by slot in angular order: a run each, and one cut by the sector's sides counts once."""
        groups, joined = self.runs(iron, coils)
        return [groups[-1] + groups[0], *groups[1:-1]] if joined else groups


def _covered(edges: Sequence[Edge]) -> tuple[float, float]:
    """Start and extent of the angles that have an edge, the whole circle where no large angle is empty."""
    angles = []
    for edge in edges:
        count = 1 if edge.centre is None else ARC_SAMPLES
        angles += [atan2(y, x) for x, y in (edge.point_at(k / count) for k in range(count + 1)) if hypot(x, y) > SNAP_M]
    angles = sorted(set(angles))
    if not angles:
        return 0.0, TAU
    empty = [(after - before, after) for before, after in pairwise(angles)]
    widest, start = max([*empty, (angles[0] + TAU - angles[-1], angles[0])])
    return (start, TAU - widest) if TAU - widest <= LARGEST_SECTOR_RAD else (0.0, TAU)


def centre_of_face(drawn: DrawnFaces, face: int) -> Point:
    """Centroid of a face's outer loop, arcs sampled."""
    points = [edge.point_at(k / 16) for edge in drawn.outline(face) for k in range(16 if edge.centre else 1)]
    area = x = y = 0.0
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
        cross = ax * by - bx * ay
        area, x, y = area + cross, x + cross * (ax + bx), y + cross * (ay + by)
    return x / (3.0 * area), y / (3.0 * area)
