"""Magnets as faces: which way one lies through its thickness, and how a radially magnetised one is drawn.

A design knows one direction a face. A magnet whose direction follows the radius is cut along radii into pieces a few degrees wide; the
error of the remanence at a piece's edge is one minus the cosine of half its angle.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, ceil, cos, degrees, pi, sin

from halfshaft.drive_unit.geometry.noding import node
from halfshaft.drive_unit.geometry.planar import build
from halfshaft.drive_unit.geometry.sector import radial_extent
from halfshaft.drive_unit.geometry.shapes import Edge, Point

RADIAL_SLICES = 12
SLICE_DEG = 3.0
SAME_LINE_RAD = 1e-3


def sliced(outline: Sequence[Edge], inside: Point) -> tuple[list[Point], list[Edge]]:
    """Points inside the pieces of a magnet, and the radial cuts between them. ``inside`` is any point of the magnet."""
    middle = atan2(inside[1], inside[0])
    samples = [edge.point_at(k / 8) for edge in outline for k in range(9)]
    angles = [(atan2(y, x) - middle + pi) % (2.0 * pi) - pi for x, y in samples]
    low, high = min(angles), max(angles)
    count = min(RADIAL_SLICES, max(1, ceil(degrees(high - low) / SLICE_DEG)))
    extents = [radial_extent(edge) for edge in outline]
    inner, outer = min(a for a, _ in extents), max(b for _, b in extents)
    boundary = build(node(outline).edges)
    cuts: list[Edge] = []
    for k in range(1, count):
        angle = middle + low + (high - low) * k / count
        ray = Edge((inner * cos(angle), inner * sin(angle)), (outer * cos(angle), outer * sin(angle)), feature="cut")
        pieces = [edge for edge in node([*outline, ray]).edges if edge.feature == "cut"]
        cuts += [edge for edge in pieces if int(boundary.face_of([edge.point_at(0.5)])[0]) >= 0]
    cuts = [Edge(cut.start, cut.end) for cut in cuts]
    faces = build(node([*outline, *cuts]).edges)
    return [faces.inner_point(face) for face in faces.faces], cuts


def thickness_direction(outline: Sequence[Edge], inside: Point) -> float:
    """Direction through a magnet's thickness, pointing outwards: square to its longest straight sides, else along the radius."""
    outward = atan2(inside[1], inside[0])
    along: list[tuple[float, float]] = []
    for edge in outline:
        if edge.centre is not None:
            continue
        direction = atan2(edge.end[1] - edge.start[1], edge.end[0] - edge.start[0]) % pi
        for k, (known, length) in enumerate(along):
            if abs((direction - known + pi / 2) % pi - pi / 2) < SAME_LINE_RAD:
                along[k] = (known, length + edge.length_m)
                break
        else:
            along.append((direction, edge.length_m))
    curved = sum(edge.length_m for edge in outline if edge.centre is not None)
    if not along or max(length for _, length in along) < curved:
        return outward
    normal = max(along, key=lambda item: item[1])[0] + pi / 2
    return atan2(sin(normal), cos(normal)) if cos(normal - outward) >= 0.0 else atan2(-sin(normal), -cos(normal))
