"""The boundary lines of one part of the machine, as the mesher wants them: each once, knowing what lies left and right of it.

Four things are altered here. Pieces of one straight line or arc are joined again where nothing else meets them. The sides of the sector
become one list of lines with twins, so that both may be divided alike. The part is closed by its circle in the gap. And lines between air
and gap are dropped: they bound nothing physical, and where a pole shoe touches the rotor's outer circle they would leave a needle of air.
Air that opens to the gap is meshed as gap.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from math import atan2, cos, hypot, pi, sin

from halfshaft.drive_unit.geometry.design import MachineDesign, Part, Region
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.drive_unit.mesh.delaunay import OUTSIDE
from halfshaft.drive_unit.mesh.mesh import GAP_REGION

_NEAR_M = 2e-6  # points of a drawing closer than this are one


class MeshError(ValueError):
    """A design that cannot be meshed; the message names the region or the line at fault."""


@dataclass
class Line:
    """One boundary line between two corners (indices into the outline's points), running from ``start`` to ``end``.

    ``left`` and ``right`` are region indices, GAP_REGION or OUTSIDE. ``twin`` is the line's image on the other side of the sector, both
    running outwards. ``chords`` is set where the division is given (a circle in the gap). ``fixed`` marks the rim of zero vector potential.
    """

    edge: Edge
    start: int
    end: int
    left: int = OUTSIDE
    right: int = OUTSIDE
    twin: int = -1
    chords: int = 0
    fixed: bool = False
    on_gap: bool = False
    passed: list[Point] = field(default_factory=list)  # corners that were joined away

    def reversed(self) -> Line:
        """The same line, walked the other way. Only for lines without twin."""
        return replace(
            self, edge=self.edge.reversed(), start=self.end, end=self.start, left=self.right, right=self.left
        )


@dataclass
class Outline:
    """All lines of a part. ``opened`` are the regions of air that are meshed as gap."""

    points: list[Point] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    opened: frozenset[int] = frozenset()


class _Corners:
    """Gives near points one index."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._cells: dict[tuple[int, int], list[int]] = {}

    def index(self, point: Point) -> int:
        column, row = round(point[0] / _NEAR_M), round(point[1] / _NEAR_M)
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for known in self._cells.get((i, j), ()):
                    if hypot(self.points[known][0] - point[0], self.points[known][1] - point[1]) < _NEAR_M:
                        return known
        self._cells.setdefault((column, row), []).append(len(self.points))
        self.points.append(point)
        return len(self.points) - 1


def outline_of(design: MachineDesign, part: Part, circle_radius_m: float, divisions_per_pole: int) -> Outline:
    """The lines of ``part``, closed by the circle of radius ``circle_radius_m`` with equal chords.

    Raises MeshError where regions of the part leave a line with nothing on one side.
    """
    corners = _Corners()
    lines = _lines_of_regions(design, part, corners)
    kept = []
    for line in lines:
        if line.left == line.right:
            continue
        if OUTSIDE in (line.left, line.right):
            _claim_outside(design, part, line)
        kept.append(line)
    opened = frozenset(
        region
        for line in kept
        if line.on_gap
        for region in (line.left, line.right)
        if region >= 0 and design.regions[region].label.kind == "air"
    )
    for line in kept:
        line.left = GAP_REGION if line.left in opened else line.left
        line.right = GAP_REGION if line.right in opened else line.right
    kept = [line for line in kept if line.left != line.right]
    outline = Outline(corners.points, _joined(design, kept, corners.points), opened)
    if not design.whole_circle:
        _pair_sides(design, part, corners, outline, circle_radius_m)
    _close_by_circle(design, part, corners, outline, circle_radius_m, divisions_per_pole)
    return outline


def _lines_of_regions(design: MachineDesign, part: Part, corners: _Corners) -> list[Line]:
    found: dict[tuple[int, int, int], Line] = {}
    middles = _Corners()
    for k, region in enumerate(design.regions):
        if region.part != part:
            continue
        for edge in _edges(region):
            a, b = corners.index(edge.start), corners.index(edge.end)
            if a == b and abs(edge.sweep_rad) < pi:
                continue  # shorter than the drawing's tolerance
            key = (min(a, b), max(a, b), middles.index(edge.point_at(0.5)))
            line = found.get(key)
            if line is None:
                found[key] = Line(edge, a, b, left=k)
            elif line.start == a and (a != b or line.edge.sweep_rad * edge.sweep_rad > 0.0):
                raise MeshError(f"region '{region.label.name}' overlaps its neighbour along {_where(edge)}")
            else:
                line.right = k
    return list(found.values())


def _edges(region: Region) -> list[Edge]:
    return [*region.outline, *(edge for hole in region.holes for edge in hole)]


def _where(edge: Edge) -> str:
    x, y = edge.point_at(0.5)
    name = f" of {edge.feature}" if edge.feature else ""
    return f"the line{name} at radius {hypot(x, y) * 1e3:.3f} mm, angle {atan2(y, x) * 180.0 / pi:.2f} deg"


def _claim_outside(design: MachineDesign, part: Part, line: Line) -> None:
    """Say what the drawing leaves beyond a line: the gap, the next sector, or the rim."""
    if _side(design, line.edge) is not None:
        return
    radii = [hypot(*line.edge.point_at(share)) for share in (0.0, 0.5, 1.0)]
    gap_radius = design.rotor_outer_radius_m if part == "rotor" else design.stator_bore_radius_m
    rim = design.rotor_inner_radius_m if part == "rotor" else design.stator_outer_radius_m
    if all(abs(radius - gap_radius) < 2.0 * _NEAR_M for radius in radii):
        line.on_gap = True
        line.left = GAP_REGION if line.left == OUTSIDE else line.left
        line.right = GAP_REGION if line.right == OUTSIDE else line.right
    elif all(abs(radius - rim) < 2.0 * _NEAR_M for radius in radii):
        line.fixed = True
    else:
        raise MeshError(f"nothing lies beyond {_where(line.edge)}, which is neither gap, side nor rim of the {part}")


def _side(design: MachineDesign, edge: Edge) -> int | None:
    """0 for a line on the side at angle 0, 1 on the far side."""
    if design.whole_circle or edge.centre is not None:
        return None
    for side, angle in enumerate((0.0, design.sector_rad)):
        c, s = cos(angle), sin(angle)
        on = all(abs(c * y - s * x) < 2.0 * _NEAR_M and c * x + s * y > -_NEAR_M for x, y in (edge.start, edge.end))
        if on:
            return side
    return None


def _joined(design: MachineDesign, lines: list[Line], points: list[Point]) -> list[Line]:
    """Lines joined over corners where two pieces of one straight line or arc meet and nothing else."""
    at: dict[int, list[Line]] = {}
    for line in lines:
        at.setdefault(line.start, []).append(line)
        at.setdefault(line.end, []).append(line)
    kept = {id(line): line for line in lines}
    for corner in sorted(at):
        if len(at[corner]) != 2 or at[corner][0] is at[corner][1]:
            continue
        if any(_side(design, line.edge) is not None for line in at[corner]):
            continue  # sides are divided together; over the axis of a machine with two poles they are even one straight line
        first, second = (line if line.end == corner else line.reversed() for line in at[corner])
        one = _one_line(first, second.reversed(), points)
        if one is None:
            continue
        for old in at[corner]:
            del kept[id(old)]
            for end in (old.start, old.end):
                at[end] = [one if line is old else line for line in at[end]]
        kept[id(one)] = one
    return list(kept.values())


def _one_line(first: Line, second: Line, points: list[Point]) -> Line | None:
    """The line over two that follow each other, None where they are not one."""
    same = ("left", "right", "fixed", "on_gap")
    if first.start == second.end or any(getattr(first, name) != getattr(second, name) for name in same):
        return None
    start, end, passed = first.edge.start, second.edge.end, [*first.passed, points[first.end], *second.passed]
    a, b = first.edge, second.edge
    if a.centre is not None and b.centre is not None:
        off = hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]) + abs(a.radius_m - b.radius_m)
        sweep = a.sweep_rad + b.sweep_rad
        if off > _NEAR_M or a.sweep_rad * b.sweep_rad < 0.0 or abs(sweep) > pi:
            return None
        edge = Edge(start, end, a.centre, sweep, a.feature)
    elif a.centre is None and b.centre is None:
        dx, dy, length = end[0] - start[0], end[1] - start[1], hypot(end[0] - start[0], end[1] - start[1])
        for x, y in passed:
            along, across = (x - start[0]) * dx + (y - start[1]) * dy, (x - start[0]) * dy - (y - start[1]) * dx
            if abs(across) > _NEAR_M * length or not 0.0 < along < length * length:
                return None
        edge = Edge(start, end, feature=a.feature)
    else:
        return None
    return replace(first, edge=edge, end=second.end, passed=passed)


def _pair_sides(design: MachineDesign, part: Part, corners: _Corners, outline: Outline, circle_radius_m: float) -> None:
    """Replace the lines on both sides by lines between all radii at which either side has a corner, and move far corners onto them."""
    pieces: tuple[list[tuple[float, float, int]], list[tuple[float, float, int]]] = ([], [])
    others = []
    on_side: tuple[set[int], set[int]] = (set(), set())
    for line in outline.lines:
        side = _side(design, line.edge)
        if side is None:
            others.append(line)
            continue
        inner, outer = sorted((hypot(*corners.points[line.start]), hypot(*corners.points[line.end])))
        pieces[side].append((inner, outer, line.left if line.right == OUTSIDE else line.right))
        on_side[side].update((line.start, line.end))
    if not pieces[0] or not pieces[1]:
        raise MeshError(f"the {part} has no line on one of the sector's sides")
    radii: list[float] = []
    for radius in sorted([r for both in pieces for piece in both for r in piece[:2]] + [circle_radius_m]):
        if not radii or radius - radii[-1] > 2.0 * _NEAR_M:
            radii.append(radius)
    directions = ((1.0, 0.0), (cos(design.sector_rad), sin(design.sector_rad)))
    for side, (c, s) in enumerate(directions):
        for corner in on_side[side]:
            radius = min(radii, key=lambda r: abs(r - hypot(*corners.points[corner])))
            corners.points[corner] = (radius * c, radius * s)
    outline.lines = others
    for inner, outer in itertools.pairwise(radii):
        middle = 0.5 * (inner + outer)
        first = len(outline.lines)
        for side, (c, s) in enumerate(directions):
            start, end = (inner * c, inner * s), (outer * c, outer * s)
            inside = next((region for low, high, region in pieces[side] if low < middle < high), GAP_REGION)
            line = Line(Edge(start, end), corners.index(start), corners.index(end), twin=first + 1 - side)
            line.left, line.right = (inside, OUTSIDE) if side == 0 else (OUTSIDE, inside)
            outline.lines.append(line)


def _close_by_circle(
    design: MachineDesign, part: Part, corners: _Corners, outline: Outline, radius_m: float, divisions_per_pole: int
) -> None:
    angle = 2.0 * pi if design.whole_circle else design.sector_rad
    start = (radius_m, 0.0)
    end = start if design.whole_circle else (radius_m * cos(angle), radius_m * sin(angle))
    line = Line(Edge(start, end, (0.0, 0.0), angle), corners.index(start), corners.index(end))
    line.left, line.right = (GAP_REGION, OUTSIDE) if part == "rotor" else (OUTSIDE, GAP_REGION)
    line.chords = divisions_per_pole * design.sector_poles
    outline.lines.append(line)
