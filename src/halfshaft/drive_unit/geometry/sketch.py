"""Strokes with which templates draw: chains of lines, arcs, and their images turned about the axis or mirrored at the x axis."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from math import atan2, cos, hypot, pi, sin

from halfshaft.drive_unit.geometry.shapes import Edge, Point

AXIS: Point = (0.0, 0.0)


def polar(radius_m: float, angle_rad: float) -> Point:
    """The point at a radius and an angle."""
    return radius_m * cos(angle_rad), radius_m * sin(angle_rad)


def chain(points: Sequence[Point], feature: str) -> list[Edge]:
    """Lines from point to point; coinciding neighbours make none."""
    return [
        Edge(start, end, feature=feature)
        for start, end in itertools.pairwise(points)
        if hypot(end[0] - start[0], end[1] - start[1]) > 1e-9
    ]


def arc(start: Point, end: Point, centre: Point, feature: str) -> Edge:
    """The shorter arc about a centre."""
    first = atan2(start[1] - centre[1], start[0] - centre[0])
    last = atan2(end[1] - centre[1], end[0] - centre[0])
    return Edge(start, end, centre, (last - first + pi) % (2.0 * pi) - pi, feature)


def arc_through(start: Point, middle: Point, end: Point, feature: str) -> Edge:
    """The arc through three points, a line where they lie on one."""
    (ax, ay), (bx, by), (cx, cy) = start, middle, end
    cross = 2.0 * ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
    span = hypot(cx - ax, cy - ay)
    if abs(cross) < 1e-9 * span * span:
        return Edge(start, end, feature=feature)
    b2, c2 = (bx - ax) ** 2 + (by - ay) ** 2, (cx - ax) ** 2 + (cy - ay) ** 2
    centre = (
        ax + ((cy - ay) * b2 - (by - ay) * c2) / cross,
        ay + ((bx - ax) * c2 - (cx - ax) * b2) / cross,
    )
    return arc(start, end, centre, feature)


def turned_point(point: Point, angle_rad: float) -> Point:
    """A point, turned about the axis."""
    c, s = cos(angle_rad), sin(angle_rad)
    return c * point[0] - s * point[1], s * point[0] + c * point[1]


def turned(edges: Iterable[Edge], angle_rad: float) -> list[Edge]:
    """Edges, turned about the axis."""
    return [
        Edge(
            turned_point(edge.start, angle_rad),
            turned_point(edge.end, angle_rad),
            None if edge.centre is None else turned_point(edge.centre, angle_rad),
            edge.sweep_rad,
            edge.feature,
        )
        for edge in edges
    ]


def mirrored_point(point: Point) -> Point:
    """A point's image on the other side of the x axis."""
    return point[0], -point[1]


def mirrored(edges: Iterable[Edge], feature: str | None = None) -> list[Edge]:
    """Edges' images on the other side of the x axis, under another feature's name when one is given."""
    return [
        Edge(
            mirrored_point(edge.start),
            mirrored_point(edge.end),
            None if edge.centre is None else mirrored_point(edge.centre),
            -edge.sweep_rad,
            edge.feature if feature is None else feature,
        )
        for edge in edges
    ]
