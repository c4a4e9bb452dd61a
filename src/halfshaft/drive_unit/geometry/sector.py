"""The drawn sector: where it starts, how many poles it spans, and its two sides, which must repeat each other.

A drawing may start at any angle; it is turned so that one side lies on the x axis. Vertices on the sides are moved exactly onto them, and
each has its image on the other side at the same radius to the last bit, so that the field room can tie the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, pi, sin

from halfshaft.drive_unit.geometry.design import Label
from halfshaft.drive_unit.geometry.fault import GeometryError, where
from halfshaft.drive_unit.geometry.noding import SNAP_M, centre_of
from halfshaft.drive_unit.geometry.shapes import Edge, Point

ANGLE_TOLERANCE_RAD = 5e-5  # rounded coordinates; a pole pitch is a thousand times larger
START_TOLERANCE_RAD = 1e-6  # less than that is rounding, and is left to the snapping
SIDE_SNAP_M = 1e-5  # a drawing that misses its side by the angle tolerance misses it by this much at the outer radius
CLOSE_MISS_M = 10.0 * SNAP_M  # vertices of the two sides nearer than this were meant to be the same
TAU = 2.0 * pi


@dataclass(frozen=True)
class Sector:
    """``poles`` pole pitches from angle 0 on; ``start_rad`` is where they lay in the drawing."""

    poles: int
    angle_rad: float
    whole: bool
    start_rad: float

    def on_far_side(self, radius_m: float) -> Point:
        """The point of the far side at a radius: one formula for all, so that equal radii give equal points."""
        return radius_m * cos(self.angle_rad), radius_m * sin(self.angle_rad)

    def circle(self, radius_m: float) -> Edge:
        """The arc about the axis from side to side, or the whole circle."""
        end = (radius_m, 0.0) if self.whole else self.on_far_side(radius_m)
        return Edge((radius_m, 0.0), end, (0.0, 0.0), self.angle_rad)

    def sides(self, inner_m: float, outer_m: float) -> tuple[Edge, ...]:
        """The two side lines between two radii; none where the whole circle is drawn."""
        if self.whole:
            return ()
        inner = self.on_far_side(inner_m) if inner_m > 0.0 else (0.0, 0.0)
        return Edge((inner_m, 0.0), (outer_m, 0.0)), Edge(inner, self.on_far_side(outer_m))

    def snapped(self, point: Point) -> Point:
        """The point, moved onto a side when it lies within the tolerance of it."""
        if hypot(*point) <= SNAP_M:
            return 0.0, 0.0
        if self.whole:
            return point
        if abs(point[1]) <= SIDE_SNAP_M and point[0] > 0.0:
            return point[0], 0.0
        along = point[0] * cos(self.angle_rad) + point[1] * sin(self.angle_rad)
        across = point[1] * cos(self.angle_rad) - point[0] * sin(self.angle_rad)
        return self.on_far_side(along) if abs(across) <= SIDE_SNAP_M and along > 0.0 else point


def radial_extent(edge: Edge) -> tuple[float, float]:
    """Smallest and largest distance of an edge from the axis."""
    radii = [hypot(*edge.start), hypot(*edge.end)]
    if edge.centre is None:
        run = (edge.end[0] - edge.start[0], edge.end[1] - edge.start[1])
        squared = run[0] ** 2 + run[1] ** 2
        share = -(edge.start[0] * run[0] + edge.start[1] * run[1]) / squared if squared > 0.0 else 0.0
        if 0.0 < share < 1.0:
            radii.append(hypot(edge.start[0] + share * run[0], edge.start[1] + share * run[1]))
        return min(radii), max(radii)
    away = hypot(*edge.centre)
    if away <= 1e-12:
        return min(radii), max(radii)
    first = atan2(edge.start[1] - edge.centre[1], edge.start[0] - edge.centre[0])
    outward = atan2(edge.centre[1], edge.centre[0])
    for direction, radius in ((outward, away + edge.radius_m), (outward + pi, abs(away - edge.radius_m))):
        turned = (direction - first) % TAU if edge.sweep_rad > 0.0 else (first - direction) % TAU
        if turned < abs(edge.sweep_rad):
            radii.append(radius)
    return min(radii), max(radii)


def find_sector(edges: Sequence[Edge], pole_pairs: int, sector_poles: int | None) -> Sector:
    """The sector that the edges fill, from the largest angle that they leave empty.

    Raises GeometryError where it is not a whole number of poles, or not the number that was said.
    """
    pitch = pi / pole_pairs
    start, extent, ends = _filled(edges)
    whole = TAU - extent < max(ANGLE_TOLERANCE_RAD, 0.01 * pitch)
    poles = 2 * pole_pairs if whole else round(extent / pitch)
    if not whole and (poles < 1 or abs(extent - poles * pitch) > ANGLE_TOLERANCE_RAD):
        expected = f"{sector_poles or max(poles, 1)} pole(s) of {degrees(pitch):.6g} deg each"
        culprit = " and ".join(dict.fromkeys(edge.feature for edge in ends if edge.feature)) or "drawing"
        raise GeometryError(
            culprit,
            f"the drawing spans {degrees(extent):.4f} deg, from {degrees(start):.4f} deg to {degrees(start + extent):.4f} "
            f"deg, which is not {expected}; what lies at the ends must stay within the sector",
        )
    if sector_poles is not None and poles != sector_poles:
        raise GeometryError(
            "sector", f"{poles} pole(s) are drawn where {sector_poles} are stated, at {pole_pairs} pole pairs"
        )
    if 2 * pole_pairs % poles:
        raise GeometryError(
            "sector", f"{poles} poles do not repeat to {2 * pole_pairs} poles; draw a number that divides it"
        )
    return Sector(
        poles, TAU if whole else poles * pitch, whole, 0.0 if whole or abs(start) < START_TOLERANCE_RAD else start
    )


def _filled(edges: Sequence[Edge]) -> tuple[float, float, tuple[Edge, Edge]]:
    """Start and extent of the angles that the edges cover, and the edges that begin first and end last."""
    intervals: list[tuple[float, float, Edge]] = []
    for edge in edges:
        number = 1 if edge.centre is None else 16
        points = [edge.point_at(part / number) for part in range(number + 1)]
        low = high = angle = None
        for point in points:
            if hypot(*point) <= SNAP_M:
                continue
            here = atan2(point[1], point[0])
            if angle is None or low is None or high is None:
                low = high = angle = here
            else:
                angle += (here - angle + pi) % TAU - pi
                low, high = min(low, angle), max(high, angle)
        if radial_extent(edge)[0] <= SNAP_M:
            # Through the axis a line jumps by half a turn: its ends alone say where it lies.
            outside = (point for point in (edge.start, edge.end) if hypot(*point) > SNAP_M)
            intervals += [((a := atan2(y, x)) % TAU, a % TAU, edge) for x, y in outside]
        elif low is not None and high is not None:
            intervals.append((low % TAU, low % TAU + high - low, edge))
    intervals.sort(key=lambda item: item[0])
    # Whatever runs over the end of the turn covers its beginning.
    covered, last = max(((high - TAU, edge) for _, high, edge in intervals), key=lambda item: item[0])
    widest, start, ends = 0.0, 0.0, (intervals[0][2], last)
    for low, high, edge in intervals:
        if low - covered > widest:
            widest, start, ends = low - covered, low, (edge, last)
        if high > covered:
            covered, last = high, edge
    return (start + pi) % TAU - pi, TAU - widest, ends


def turned(edges: Iterable[Edge], sector: Sector) -> list[Edge]:
    """The edges, turned so that the sector starts at angle 0, with vertices near the sides on them."""
    result = []
    for edge in edges:
        start, end = (sector.snapped(rotated(point, -sector.start_rad)) for point in (edge.start, edge.end))
        centre = None if edge.centre is None else rotated(edge.centre, -sector.start_rad)
        result.append(replace(edge, start=start, end=end, centre=centre))
    return result


def turned_labels(labels: Iterable[Label], sector: Sector) -> list[Label]:
    """The labels, turned with the drawing, directions of magnetisation too."""
    return [
        replace(
            label,
            point=rotated(label.point, -sector.start_rad),
            magnetisation_rad=None if label.magnetisation_rad is None else label.magnetisation_rad - sector.start_rad,
        )
        for label in labels
    ]


def rotated(point: Point, angle_rad: float) -> Point:
    """A point turned about the axis; an angle of zero changes nothing."""
    if angle_rad == 0.0:
        return point
    c, s = cos(angle_rad), sin(angle_rad)
    return c * point[0] - s * point[1], s * point[0] + c * point[1]


def side_radii(edges: Iterable[Edge], sector: Sector) -> tuple[list[float], list[float]]:
    """Radii of the vertices on the side at angle 0 and on the far side, ascending."""
    near: set[float] = set()
    far: set[float] = set()
    for point in {point for edge in edges for point in (edge.start, edge.end)}:
        if point[1] == 0.0 and point[0] >= 0.0:
            near.add(point[0])
        if hypot(*point) <= SNAP_M or abs(point[1] * cos(sector.angle_rad) - point[0] * sin(sector.angle_rad)) <= 1e-9:
            along = point[0] * cos(sector.angle_rad) + point[1] * sin(sector.angle_rad)
            if along >= -SNAP_M:
                far.add(along)
    return sorted(near), sorted(far)


def matched_sides(edges: Sequence[Edge], sector: Sector) -> tuple[Edge, ...]:
    """The edges with equal vertices on both sides: what one side lacks is added, what differs by rounding is made equal.

    Raises GeometryError where two vertices miss each other by more than rounding and less than any real feature.
    """
    if sector.whole:
        return tuple(edges)
    near, far = side_radii(edges, sector)
    image = {radius: min(near, key=lambda other: abs(other - radius)) for radius in far}
    counterpart = {radius: min(far, key=lambda other: abs(other - radius)) for radius in near}
    for radius, other in [*image.items(), *((b, a) for a, b in counterpart.items())]:
        if 2.0 * SNAP_M < abs(radius - other) < CLOSE_MISS_M:
            raise GeometryError(
                "sector sides",
                f"a vertex at {where(sector.on_far_side(radius))} has its image on the side at angle 0 at "
                f"r = {1e3 * other:.4f} mm; the two must be at the same radius",
            )
    moves: dict[Point, Point] = {}
    for edge in edges:
        for point in (edge.start, edge.end):
            along = point[0] * cos(sector.angle_rad) + point[1] * sin(sector.angle_rad)
            if along in image and point[1] != 0.0:
                same = abs(image[along] - along) <= 2.0 * SNAP_M
                moves[point] = sector.on_far_side(image[along] if same else along)
    edges = [moved(edge, moves) for edge in edges]
    missing_far = [sector.on_far_side(r) for r in near if abs(counterpart[r] - r) > 2.0 * SNAP_M]
    missing_near = [(r, 0.0) for r in far if abs(image[r] - r) > 2.0 * SNAP_M]
    for point in missing_far + missing_near:
        edges = _split(edges, point)
    return tuple(edges)


def moved(edge: Edge, moves: dict[Point, Point]) -> Edge:
    """The edge with its ends moved; an arc keeps its sweep, or its centre where that is the axis."""
    start, end = moves.get(edge.start, edge.start), moves.get(edge.end, edge.end)
    if (start, end) == (edge.start, edge.end):
        return edge
    if edge.centre is None or edge.centre == (0.0, 0.0):
        return replace(edge, start=start, end=end)
    centre = centre_of(start, end, edge.sweep_rad)
    return replace(edge, start=start, end=end, centre=centre, sweep_rad=edge.sweep_rad if centre else 0.0)


def _split(edges: Sequence[Edge], point: Point) -> list[Edge]:
    """The edges with the side line through a point cut there; unchanged where no line passes (the gap)."""
    result: list[Edge] = []
    for edge in edges:
        run = (edge.end[0] - edge.start[0], edge.end[1] - edge.start[1])
        offset = (point[0] - edge.start[0], point[1] - edge.start[1])
        length = hypot(*run)
        along = (offset[0] * run[0] + offset[1] * run[1]) / length
        across = abs(offset[0] * run[1] - offset[1] * run[0]) / length
        if edge.centre is None and across <= 1e-9 and SNAP_M < along < length - SNAP_M:
            result += [replace(edge, end=point), replace(edge, start=point)]
        else:
            result.append(edge)
    return result
