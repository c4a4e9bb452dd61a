"""How long the elements along each line shall be, and where its nodes lie.

Every line is sampled. At each sample the wished length is the least of: a share of the pole pitch (by what lies beside the line), a share
of the thickness of what lies beside it, measured by a ray along the normal, a share of an arc's radius, the line's own length. From there
it grows with distance at a fixed rate, so that neighbours, also across a thin wall, agree.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import atan2, ceil, floor, hypot, pi, radians

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.geometry.design import Kind, MachineDesign
from halfshaft.drive_unit.mesh.delaunay import OUTSIDE, kernel
from halfshaft.drive_unit.mesh.outline import Line, Outline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GROWTH = 0.5  # of the wished length per unit of distance
# Largest element as a share of the pole pitch at the bore; element lengths across the thickness of what lies between
# two lines (an element is as high as 0.87 of its length).
_CAP: dict[Kind, float] = {
    "iron": 0.10,
    "magnet": 0.07,
    "stator_winding": 0.07,
    "field_winding": 0.09,
    "cage": 0.07,
    "air": 0.09,
}
_ACROSS: dict[Kind, float] = {
    "iron": 2.7,
    "magnet": 2.6,
    "stator_winding": 2.0,
    "field_winding": 2.0,
    "cage": 2.0,
    "air": 1.5,
}
_ACROSS_THIN_IRON = 2.0  # a bridge as thin as a few steps of the gap's circle saturates evenly
_ARC = radians(20.0)  # largest angle of an arc's chord ...
_SMALL_ARC = radians(45.0)  # ... and of the smallest fillets
_LEAST = 0.15  # of the gap's step: no detail asks for less ...
_LEAST_ACROSS_AIR = 1.0  # ... and no slit of air, such as the clearance of a magnet: the field crosses it straight
# At corners of iron that turn more than _STRAIGHT, in steps of the gap: no other refinement spares as much error of flux linkage per node.
_AT_CORNER = 0.25
_STRAIGHT = radians(25.0)


@dataclass(frozen=True)
class Samples:
    """Samples of all lines: line l owns rows ``first[l]`` to ``first[l + 1]``, equally spaced from its start to its end."""

    first: IntArray
    xy: FloatArray
    size: FloatArray


def region_caps(design: MachineDesign, size_factor: float) -> FloatArray:
    """Largest edge (m) in each region of the design, the gap's at the end."""
    pitch = pi * design.stator_bore_radius_m / design.pole_pairs
    caps = [_CAP[region.label.kind] for region in design.regions]
    return np.array([*caps, _CAP["air"]]) * pitch * size_factor


def sample_sizes(design: MachineDesign, outline: Outline, step_m: float, size_factor: float) -> Samples:
    """Wished element length (m) along every line of the outline; ``step_m`` is the chord of the gap's circle."""
    lines = outline.lines
    counts = [
        line.chords + 1
        if line.chords
        else int(max(3, ceil(line.edge.length_m / step_m) + 1, ceil(abs(line.edge.sweep_rad) / _ARC) + 1))
        for line in lines
    ]
    first = np.concatenate([[0], np.cumsum(counts)])
    xy = np.empty((first[-1], 2))
    for number, line in enumerate(lines):
        xy[first[number] : first[number + 1]] = points_along(line, np.linspace(0.0, 1.0, counts[number]), outline)
    tangent = np.empty_like(xy)
    for low, high in itertools.pairwise(first):
        tangent[low:high] = np.gradient(xy[low:high], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    corners = np.array([(line.start, line.end) for line in lines])
    mirror = np.array([line.twin >= 0 for line in lines])
    skip = np.array([line.twin >= 0 or line.chords > 0 for line in lines])
    thickness = np.full((len(xy), 2), np.inf)
    _measure_thickness(thickness, xy, tangent, first, corners, mirror, skip)

    caps = region_caps(design, size_factor)
    size = np.empty(len(xy))
    for number, line in enumerate(lines):
        rows = slice(first[number], first[number + 1])
        if line.chords:
            size[rows] = step_m
            continue
        wish = np.full(counts[number], max(line.edge.length_m, _LEAST * step_m))
        if line.edge.centre is not None:
            radius = line.edge.radius_m
            wish = np.minimum(
                wish, max(_ARC * radius, min(_SMALL_ARC * radius, _LEAST * step_m)) * min(size_factor, 1.5)
            )
        for side, region in enumerate((line.left, line.right)):
            if region == OUTSIDE:
                continue
            wish = np.minimum(wish, caps[region])
            if region >= 0:
                kind = design.regions[region].label.kind
                across = size_factor * _share_across(kind, thickness[rows, side], step_m)
                least = _LEAST_ACROSS_AIR if kind == "air" else _LEAST
                wish = np.minimum(wish, np.maximum(across, least * step_m))
        if line.on_gap:
            wish = np.minimum(wish, step_m)
        size[rows] = wish
    for number, line in enumerate(lines):
        if line.twin > number:
            one, other = slice(first[number], first[number + 1]), slice(first[line.twin], first[line.twin + 1])
            size[one] = size[other] = np.minimum(size[one], size[other])
    _sharpen_corners(design, outline, first, xy, size, step_m)
    wished = size.copy()
    _let_grow(size, wished, xy, GROWTH)
    for number, line in enumerate(lines):
        if line.twin > number:
            one, other = slice(first[number], first[number + 1]), slice(first[line.twin], first[line.twin + 1])
            size[one] = size[other] = np.minimum(size[one], size[other])
    return Samples(first, xy, size)


def _sharpen_corners(
    design: MachineDesign, outline: Outline, first: IntArray, xy: FloatArray, size: FloatArray, step_m: float
) -> None:
    """Shorten the wish at the corners of iron, where the field has no bound; the nearer the gap the more, for there it is strongest."""
    directions: dict[int, list[float]] = {}
    rows: dict[int, list[int]] = {}
    for number, line in enumerate(outline.lines):
        low, high = int(first[number]), int(first[number + 1]) - 1
        iron = [region >= 0 and design.regions[region].label.kind == "iron" for region in (line.left, line.right)]
        for corner, row, inward in ((line.start, low, low + 1), (line.end, high, high - 1)):
            rows.setdefault(corner, []).append(row)
            if iron[0] != iron[1] and OUTSIDE not in (line.left, line.right):
                dx, dy = xy[inward] - xy[row]
                directions.setdefault(corner, []).append(atan2(dy, dx))
    for corner, angles in directions.items():
        if len(angles) == 2 and abs(abs((angles[0] - angles[1]) % (2.0 * pi)) - pi) < _STRAIGHT:
            continue
        radius = hypot(*outline.points[corner])
        from_gap = max(radius - design.stator_bore_radius_m, design.rotor_outer_radius_m - radius, 0.0)
        wish = _AT_CORNER * (step_m + GROWTH * from_gap)
        size[rows[corner]] = np.minimum(size[rows[corner]], wish)


def _share_across(kind: Kind, thickness: FloatArray, step_m: float) -> FloatArray:
    elements = np.full(len(thickness), _ACROSS[kind])
    if kind == "iron":
        thick = np.clip((thickness / step_m - 3.0) / 5.0, 0.0, 1.0)
        elements = _ACROSS_THIN_IRON + (_ACROSS["iron"] - _ACROSS_THIN_IRON) * thick
    return np.asarray(thickness / elements)


def divide(line: Line, samples: Samples, number: int, tightening: float) -> FloatArray:
    """Shares of the line's length at which its nodes lie, from 0 to 1. ``tightening`` below 1 divides finer than was wished."""
    if line.chords:
        return np.linspace(0.0, 1.0, line.chords + 1)
    size = samples.size[samples.first[number] : samples.first[number + 1]] * tightening
    piece = line.edge.length_m / (len(size) - 1)
    wanted = np.concatenate([[0.0], np.cumsum(piece * 0.5 * (1.0 / size[1:] + 1.0 / size[:-1]))])
    count = max(1, ceil(wanted[-1] - 0.3), ceil(abs(line.edge.sweep_rad) / _SMALL_ARC - 0.1))
    return np.interp(np.linspace(0.0, wanted[-1], count + 1), wanted, np.linspace(0.0, 1.0, len(size)))


def divide_opposite(line: Line, step_rad: float) -> FloatArray:
    """Shares along an arc on the gap's rim, nodes opposite the middles of the circle's chords: so thin layers get good triangles."""
    step, edge = step_rad, line.edge
    begin = atan2(edge.start[1], edge.start[0])
    low, high = sorted((begin / step - 0.5, (begin + edge.sweep_rad) / step - 0.5))
    if abs(edge.sweep_rad) >= 2.0 * pi - 1e-9:
        places = np.arange(ceil(low), ceil(low) + round(high - low)) + 0.0
    else:
        places = np.arange(floor(low) + 1, ceil(high)) + 0.0
        places = places[(places - low > 0.4) & (high - places > 0.4)]
    shares = ((places + 0.5) * step - begin) / edge.sweep_rad
    return np.concatenate([[0.0], np.sort(shares[(shares > 1e-9) & (shares < 1.0 - 1e-9)]), [1.0]])


def points_along(line: Line, shares: FloatArray, outline: Outline) -> FloatArray:
    """Points at shares of a line's length; its ends are the outline's corners."""
    edge = line.edge
    start, end = np.array(outline.points[line.start]), np.array(outline.points[line.end])
    if edge.centre is None:
        points = start + shares[:, None] * (end - start)
    else:
        begin = atan2(edge.start[1] - edge.centre[1], edge.start[0] - edge.centre[0])
        angle = begin + shares * edge.sweep_rad
        points = np.array(edge.centre) + edge.radius_m * np.column_stack([np.cos(angle), np.sin(angle)])
    points[0], points[-1] = start, end
    return np.asarray(points)


@kernel  # type: ignore[untyped-decorator]
def _measure_thickness(
    found: FloatArray,
    xy: FloatArray,
    tangent: FloatArray,
    first: IntArray,
    corners: IntArray,
    mirror: NDArray[np.bool_],
    skip: NDArray[np.bool_],
) -> None:
    """Fill in the distance along the normal, left and right, from each sample to the next line that shares no corner with its own. A line
    on the sector's side is a mirror: behind it the thickness goes on."""
    for line in range(len(corners)):
        if skip[line]:
            continue
        for other in range(len(corners)):
            if (
                other == line
                or corners[line, 0] == corners[other, 0]
                or corners[line, 0] == corners[other, 1]
                or corners[line, 1] == corners[other, 0]
                or corners[line, 1] == corners[other, 1]
            ):
                continue
            stretch = 2.0 if mirror[other] else 1.0
            for i in range(first[line], first[line + 1]):
                px, py, tx, ty = xy[i, 0], xy[i, 1], tangent[i, 0], tangent[i, 1]
                before = tx * (xy[first[other], 0] - px) + ty * (xy[first[other], 1] - py)
                for j in range(first[other] + 1, first[other + 1]):
                    after = tx * (xy[j, 0] - px) + ty * (xy[j, 1] - py)
                    if before * after <= 0.0 and before != after:
                        share = before / (before - after)
                        qx = xy[j - 1, 0] + share * (xy[j, 0] - xy[j - 1, 0])
                        qy = xy[j - 1, 1] + share * (xy[j, 1] - xy[j - 1, 1])
                        height = tx * (qy - py) - ty * (qx - px)
                        if height > 0.0:
                            found[i, 0] = min(found[i, 0], stretch * height)
                        elif height < 0.0:
                            found[i, 1] = min(found[i, 1], -stretch * height)
                    before = after


@kernel  # type: ignore[untyped-decorator]
def _let_grow(grown: FloatArray, size: FloatArray, xy: FloatArray, growth: float) -> None:
    """Fill in the least over all samples of their size plus growth times distance."""
    for i in range(len(xy)):
        best = size[i]
        for j in range(len(xy)):
            if size[j] < best:
                dx, dy = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
                reach = (best - size[j]) / growth
                d2 = dx * dx + dy * dy
                if d2 < reach * reach:
                    best = size[j] + growth * np.sqrt(d2)
        grown[i] = best
