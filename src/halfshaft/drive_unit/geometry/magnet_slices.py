"""Radially magnetised magnets, cut into pieces that are magnetised in parallel each.

A design knows one direction a face. A magnet whose direction follows the radius is cut along radii into pieces a few degrees wide; the
error of the remanence at a piece's edge is one minus the cosine of half its angle.
"""

from __future__ import annotations

from math import atan2, ceil, cos, degrees, hypot, pi, sin

from halfshaft.drive_unit.geometry.noding import node
from halfshaft.drive_unit.geometry.planar import build
from halfshaft.drive_unit.geometry.sector import radial_extent
from halfshaft.drive_unit.geometry.shapes import Edge, Point

RADIAL_SLICES = 12
SLICE_DEG = 3.0


def sliced(outline: tuple[Edge, ...], inside: Point) -> tuple[list[Point], list[Edge]]:
    """Points inside the pieces of a magnet, and the radial cuts between them. ``inside`` is any point of the magnet."""
    middle = atan2(inside[1], inside[0])
    samples = [edge.point_at(k / 8) for edge in outline for k in range(9)]
    angles = [(atan2(y, x) - middle + pi) % (2.0 * pi) - pi for x, y in samples]
    low, high = min(angles), max(angles)
    count = min(RADIAL_SLICES, max(1, ceil(degrees(high - low) / SLICE_DEG)))
    extents = [radial_extent(edge) for edge in outline]
    inner, outer = min(a for a, _ in extents), max(b for _, b in extents)
    rays = []
    for k in range(1, count):
        angle = middle + low + (high - low) * k / count
        rays.append(Edge((inner * cos(angle), inner * sin(angle)), (outer * cos(angle), outer * sin(angle))))
    boundary = build(node(outline).edges)
    noded = node([*outline, *rays]).edges
    cuts = [
        edge
        for edge in noded
        if edge.centre is None
        and abs(edge.start[0] * edge.end[1] - edge.start[1] * edge.end[0]) < 1e-9 * hypot(*edge.end) ** 2
        and int(boundary.face_of([edge.point_at(0.5)])[0]) >= 0
    ]
    pieces = build([*node(outline + tuple(cuts)).edges])
    return [pieces.inner_point(face) for face in pieces.faces], cuts
