"""Noding: makes any set of lines and arcs meet at common end points only.

Drawings come with lines that cross, end on each other, lie on top of each other, or miss each other by a rounding error. Noding finds
every point where two curves meet, snaps points closer than the tolerance into one vertex, cuts the curves there and keeps one of each
set of equal pieces. Where two curves run within the tolerance of each other up to a common end point, that end point is where they meet:
the computed intersection of such a pair says nothing (a fillet that leaves its line tangentially). Circles about the axis stay circles
about the axis: their vertices are moved onto the radius that the arcs share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, pi, tan

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from halfshaft.drive_unit.geometry.shapes import Edge, Point

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SNAP_M = 2e-6
SMALLEST_SAGITTA_M = 1e-10  # a flatter arc is a line: its centre lies too far away for floating point
PARALLEL_RAD = 1e-7  # below this angle two lines stay within the tolerance over any machine's length
ABOUT_AXIS = 1e-3  # a short arc's centre is known badly; this share of the radius off the axis still counts as on it


@dataclass(frozen=True)
class Crossing:
    """Two edges with different features that cross properly: neither ends at the point."""

    point: Point
    features: tuple[str, str]


@dataclass(frozen=True)
class Noded:
    """Edges that meet at common end points only, with the proper crossings between features that were found on the way."""

    edges: tuple[Edge, ...]
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True)
class _Curves:
    """Lines and arcs of at most half a turn, as arrays. ``radius`` is zero for a line."""

    start: FloatArray
    end: FloatArray
    centre: FloatArray
    radius: FloatArray
    sweep: FloatArray
    features: tuple[str, ...]

    @property
    def arc(self) -> BoolArray:
        return self.radius > 0.0

    @property
    def length(self) -> FloatArray:
        chord = np.hypot(*(self.end - self.start).T)
        return np.where(self.arc, np.abs(self.sweep) * self.radius, chord)

    def share(self, index: IntArray, points: FloatArray) -> FloatArray:
        """Where along each curve a point projects to; outside 0..1 beyond the ends."""
        run = self.end[index] - self.start[index]
        along = np.sum((points - self.start[index]) * run, axis=1) / np.maximum(np.sum(run * run, axis=1), 1e-300)
        arc = self.arc[index]
        sweep = np.where(arc, self.sweep[index], 1.0)
        middle = self.start_angle(index) + 0.5 * sweep
        offset = points - self.centre[index]
        turned = np.arctan2(offset[:, 1], offset[:, 0]) - middle
        turned = (turned + pi) % (2.0 * pi) - pi
        return np.where(arc, 0.5 + turned / sweep, along)

    def start_angle(self, index: IntArray) -> FloatArray:
        offset = self.start[index] - self.centre[index]
        return np.arctan2(offset[:, 1], offset[:, 0])

    def at(self, index: IntArray, share: FloatArray) -> FloatArray:
        """Points at a share of each curve's length."""
        line = self.start[index] + share[:, None] * (self.end[index] - self.start[index])
        angle = self.start_angle(index) + share * self.sweep[index]
        arc = self.centre[index] + self.radius[index, None] * np.column_stack((np.cos(angle), np.sin(angle)))
        return np.where(self.arc[index][:, None], arc, line)

    def distance(self, index: IntArray, points: FloatArray) -> FloatArray:
        """Shortest distance of each point from its curve."""
        nearest = self.at(index, np.clip(self.share(index, points), 0.0, 1.0))
        return np.asarray(np.hypot(*(points - nearest).T))

    def boxes(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper corners of the bounding boxes."""
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        every = np.arange(len(self.radius))
        for direction in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)):
            extreme = self.centre + self.radius[:, None] * np.array(direction)
            share = self.share(every, extreme)
            on = (self.arc & (share > 0.0) & (share < 1.0))[:, None]
            low, high = np.where(on, np.minimum(low, extreme), low), np.where(on, np.maximum(high, extreme), high)
        return low, high


def node(edges: Iterable[Edge], tolerance_m: float = SNAP_M) -> Noded:
    """Cut the edges where they meet, merge what coincides, and snap vertices within the tolerance.

    Zero-length edges vanish. Overlapping lines or arcs leave one edge, with the first name that any of them had.
    """
    curves = _curves(edges, tolerance_m)
    count = len(curves.radius)
    if count == 0:
        return Noded((), ())
    first, second = _close_pairs(curves, tolerance_m)
    on_curve, at_end = _ends_on_curves(curves, first, second, tolerance_m)
    one, other, points, touching = _intersections(curves, first, second, tolerance_m)
    every = np.concatenate((curves.start, curves.end, points))
    vertex, place = _cluster(every, tolerance_m)
    extra = 2 * count + np.arange(len(points))
    owner = np.concatenate((np.arange(count), np.arange(count), on_curve, one, other))
    point = np.concatenate((np.arange(2 * count), at_end, extra, extra))
    place = _true_to_axis(curves, owner, vertex[point], place)
    pieces = _pieces(curves, owner, vertex[point], place)
    return Noded(_unique(pieces, tolerance_m), _proper_crossings(curves, one, other, points, touching, tolerance_m))


def _curves(edges: Iterable[Edge], tolerance_m: float) -> _Curves:
    """The edges as arrays: arcs cut to at most half a turn, with centres that fit their ends."""
    parts = [part for edge in edges for part in _halves(edge) if part.length_m > tolerance_m]
    axis_radii: list[tuple[int, float]] = []
    for number, part in enumerate(parts):
        if part.centre is not None and (radius := _radius_about_axis(part, tolerance_m)) is not None:
            axis_radii.append((number, radius))
    for number, radius in _shared_radii(axis_radii, tolerance_m):
        parts[number] = _onto_axis_circle(parts[number], radius)
    on_axis = {number for number, _ in axis_radii}
    parts = [part if number in on_axis else _fitted(part) for number, part in enumerate(parts)]
    return _Curves(
        np.array([part.start for part in parts], dtype=float).reshape(-1, 2),
        np.array([part.end for part in parts], dtype=float).reshape(-1, 2),
        np.array([part.centre or (0.0, 0.0) for part in parts], dtype=float).reshape(-1, 2),
        np.array([part.radius_m for part in parts], dtype=float),
        np.array([part.sweep_rad if part.centre else 0.0 for part in parts], dtype=float),
        tuple(part.feature for part in parts),
    )


def _halves(edge: Edge) -> list[Edge]:
    if edge.centre is None:
        return [edge]
    number = max(1, ceil(abs(edge.sweep_rad) / pi - 1e-6))
    points = [edge.point_at(part / number) for part in range(number + 1)]
    sweep = edge.sweep_rad / number
    return [replace(edge, start=a, end=b, sweep_rad=sweep) for a, b in pairwise(points)]


def _fitted(edge: Edge) -> Edge:
    """An arc whose centre is equally far from both ends, or a line where it is too flat to be an arc."""
    if edge.centre is None:
        return edge
    centre = centre_of(edge.start, edge.end, edge.sweep_rad)
    return replace(edge, centre=centre, sweep_rad=edge.sweep_rad if centre else 0.0)


def centre_of(start: Point, end: Point, sweep_rad: float) -> Point | None:
    """Centre of the arc through two points with a given sweep, or None where it is straight within rounding."""
    run = (end[0] - start[0], end[1] - start[1])
    if abs(sweep_rad) < 1e-12 or np.hypot(*run) * abs(tan(sweep_rad / 4.0)) / 2.0 < SMALLEST_SAGITTA_M:
        return None
    offset = 0.5 / tan(sweep_rad / 2.0)
    return (0.5 * (start[0] + end[0]) - offset * run[1], 0.5 * (start[1] + end[1]) + offset * run[0])


def _radius_about_axis(edge: Edge, tolerance_m: float) -> float | None:
    assert edge.centre is not None
    radii = [float(np.hypot(*point)) for point in (edge.start, edge.point_at(0.5), edge.end)]
    round_enough = max(radii) - min(radii) <= tolerance_m
    return 0.5 * (radii[0] + radii[2]) if round_enough and np.hypot(*edge.centre) <= ABOUT_AXIS * radii[1] else None


def _shared_radii(radii: Sequence[tuple[int, float]], tolerance_m: float) -> list[tuple[int, float]]:
    """The same list with radii closer than the tolerance made equal to their mean."""
    shared: list[tuple[int, float]] = []
    group: list[tuple[int, float]] = []
    for number, radius in [*sorted(radii, key=lambda item: item[1]), (-1, np.inf)]:
        if group and radius - group[0][1] > tolerance_m:
            mean = sum(value for _, value in group) / len(group)
            shared += [(member, mean) for member, _ in group]
            group = []
        group.append((number, radius))
    return shared


def _onto_axis_circle(edge: Edge, radius_m: float) -> Edge:
    start, end = (
        (point[0] * radius_m / np.hypot(*point), point[1] * radius_m / np.hypot(*point))
        for point in (edge.start, edge.end)
    )
    turned = np.arctan2(end[1], end[0]) - np.arctan2(start[1], start[0])
    sweep = turned + 2.0 * pi * round((edge.sweep_rad - turned) / (2.0 * pi))
    return replace(edge, start=start, end=end, centre=(0.0, 0.0), sweep_rad=float(sweep))


def _close_pairs(curves: _Curves, tolerance_m: float) -> tuple[IntArray, IntArray]:
    """Pairs of curves whose bounding boxes come within the tolerance, by sweeping along x."""
    low, high = curves.boxes()
    low, high = low - tolerance_m, high + tolerance_m
    order = np.argsort(low[:, 0], kind="stable")
    reach = np.searchsorted(low[order, 0], high[order, 0], side="right")
    number = np.maximum(reach - np.arange(len(order)) - 1, 0)
    first = np.repeat(np.arange(len(order)), number)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(number) - number, number)
    first, second = order[first], order[second]
    meet = (low[first, 1] <= high[second, 1]) & (low[second, 1] <= high[first, 1])
    return first[meet], second[meet]


def _ends_on_curves(
    curves: _Curves, first: IntArray, second: IntArray, tolerance_m: float
) -> tuple[IntArray, IntArray]:
    """(curve, number of the end point that lies on it); end points count all starts, then all ends."""
    curve = np.concatenate((first, first, second, second))
    count = len(curves.radius)
    end = np.concatenate((second, second + count, first, first + count))
    points = np.concatenate((curves.start, curves.end))[end]
    near = curves.distance(curve, points) <= tolerance_m
    return curve[near], end[near]


def _intersections(
    curves: _Curves, first: IntArray, second: IntArray, tolerance_m: float
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """Computed intersections (curve, other curve, point, whether they only touch) that no end point explains."""
    arcs = curves.arc[first].astype(int) + curves.arc[second]
    swap = curves.arc[first] & ~curves.arc[second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    found = [
        _line_line(curves, first[arcs == 0], second[arcs == 0]),
        _line_arc(curves, first[arcs == 1], second[arcs == 1], tolerance_m),
        _arc_arc(curves, first[arcs == 2], second[arcs == 2], tolerance_m),
    ]
    one, other, points, touching = (np.concatenate(parts) for parts in zip(*found, strict=True))
    real = np.all(np.isfinite(points), axis=1)
    one, other, points, touching = one[real], other[real], points[real], touching[real]
    near = (curves.distance(one, points) <= tolerance_m) & (curves.distance(other, points) <= tolerance_m)
    one, other, points, touching = one[near], other[near], points[near], touching[near]
    explained = np.zeros(len(one), dtype=bool)
    for owner, opposite in ((one, other), (other, one)):
        for ends in (curves.start, curves.end):
            end = ends[owner]
            # Both curves pass through the end point and stay together from there to the computed point.
            halfway = curves.at(owner, 0.5 * (curves.share(owner, end) + curves.share(owner, points)))
            explained |= (curves.distance(opposite, end) <= tolerance_m) & (
                curves.distance(opposite, halfway) <= tolerance_m
            )
    return one[~explained], other[~explained], points[~explained], touching[~explained]


_Found = tuple[IntArray, IntArray, FloatArray, BoolArray]


def _line_line(curves: _Curves, first: IntArray, second: IntArray) -> _Found:
    run, other = curves.end[first] - curves.start[first], curves.end[second] - curves.start[second]
    between = curves.start[second] - curves.start[first]
    cross = _cross(run, other)
    parallel = np.abs(cross) <= PARALLEL_RAD * np.hypot(*run.T) * np.hypot(*other.T)
    share = _cross(between, other) / np.where(parallel, np.inf, cross)
    points = curves.start[first] + share[:, None] * run
    points[parallel] = np.nan
    return first, second, points, np.zeros(len(first), dtype=bool)


def _line_arc(curves: _Curves, line: IntArray, arc: IntArray, tolerance_m: float) -> _Found:
    run = curves.end[line] - curves.start[line]
    along = run / np.hypot(*run.T)[:, None]
    offset = curves.centre[arc] - curves.start[line]
    foot = curves.start[line] + np.sum(offset * along, axis=1)[:, None] * along
    apart, radius = np.abs(_cross(along, offset)), curves.radius[arc]
    return _two_points(line, arc, foot, along, apart, radius**2 - apart**2, np.abs(apart - radius) <= tolerance_m)


def _arc_arc(curves: _Curves, first: IntArray, second: IntArray, tolerance_m: float) -> _Found:
    between = curves.centre[second] - curves.centre[first]
    apart = np.hypot(*between.T)
    one, other = curves.radius[first], curves.radius[second]
    same = (apart <= tolerance_m) & (np.abs(one - other) <= tolerance_m)
    apart = np.where(apart == 0.0, np.nan, apart)
    along = between / apart[:, None]
    inside = np.abs(apart - np.abs(one - other)) <= tolerance_m
    touching = inside | (np.abs(apart - one - other) <= tolerance_m)
    reach = np.where(
        inside, np.where(one > other, one, -one), np.where(touching, one, (apart**2 + one**2 - other**2) / (2 * apart))
    )
    foot = curves.centre[first] + reach[:, None] * along
    foot[same] = np.nan
    normal = np.column_stack((-along[:, 1], along[:, 0]))
    return _two_points(first, second, foot, normal, apart, one**2 - reach**2, touching)


def _two_points(
    first: IntArray,
    second: IntArray,
    foot: FloatArray,
    along: FloatArray,
    apart: FloatArray,
    half_squared: FloatArray,
    touching: BoolArray,
) -> _Found:
    """The points half a chord to either side of the foot, or the foot alone where the curves touch."""
    half = np.where(touching, 0.0, np.sqrt(np.where(half_squared >= 0.0, half_squared, np.nan)))
    shift = half[:, None] * along
    mirrored = np.where(touching[:, None], np.nan, foot - shift)
    shift = np.where(touching[:, None], 0.0, shift)
    return (
        np.concatenate((first, first)),
        np.concatenate((second, second)),
        np.concatenate((foot + shift, mirrored)),
        np.concatenate((touching, touching)),
    )


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _cluster(points: FloatArray, tolerance_m: float) -> tuple[IntArray, FloatArray]:
    """The vertex of each point, and where each vertex lies: at the first of its points, so ends go before intersections."""
    pairs = cKDTree(points).query_pairs(tolerance_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    number, vertex = connected_components(links, directed=False)
    first = np.full(number, len(points))
    np.minimum.at(first, vertex, np.arange(len(points)))
    return vertex.astype(np.int64), points[first]


def _true_to_axis(curves: _Curves, owner: IntArray, vertex: IntArray, place: FloatArray) -> FloatArray:
    about_axis = curves.arc[owner] & np.all(curves.centre[owner] == 0.0, axis=1)
    radius = np.zeros(len(place))
    radius[vertex[about_axis]] = curves.radius[owner[about_axis]]
    there = np.hypot(*place.T)
    moved = place * np.where(radius > 0.0, radius / np.maximum(there, 1e-300), 1.0)[:, None]
    # Already there within rounding: left alone, so that noding again changes nothing.
    return np.where((np.abs(there - radius) <= 1e-15)[:, None], place, moved)


def _pieces(curves: _Curves, owner: IntArray, vertex: IntArray, place: FloatArray) -> list[tuple[int, int, Edge]]:
    """The curves cut at their vertices, as (vertex, vertex, edge)."""
    share = curves.share(owner, place[vertex])
    order = np.lexsort((share, owner))
    pieces: list[tuple[int, int, Edge]] = []
    places = [(float(x), float(y)) for x, y in place]
    owners, vertices, shares = owner[order].tolist(), vertex[order].tolist(), share[order].tolist()
    arc, sweep, centres = curves.arc.tolist(), curves.sweep.tolist(), curves.centre.tolist()
    for k in range(1, len(owners)):
        curve, a, b = owners[k], vertices[k - 1], vertices[k]
        if curve != owners[k - 1] or a == b:
            continue
        edge = Edge(places[a], places[b], None, 0.0, curves.features[curve])
        if arc[curve]:
            about_axis = centres[curve] == [0.0, 0.0]
            part = (shares[k] - shares[k - 1]) * sweep[curve]
            centre = (0.0, 0.0) if about_axis else centre_of(edge.start, edge.end, part)
            edge = replace(edge, centre=centre, sweep_rad=part if centre else 0.0)
        pieces.append((a, b, edge))
    return pieces


def _unique(pieces: list[tuple[int, int, Edge]], tolerance_m: float) -> tuple[Edge, ...]:
    """One edge for each set of pieces that coincide; an arc goes before the line that approximates it."""
    kept: dict[tuple[int, int], list[Edge]] = {}
    for a, b, edge in pieces:
        twins = kept.setdefault((min(a, b), max(a, b)), [])
        for number, twin in enumerate(twins):
            here, there = edge.point_at(0.5), twin.point_at(0.5)
            if np.hypot(here[0] - there[0], here[1] - there[1]) <= 2.0 * tolerance_m:
                better = edge if twin.centre is None and edge.centre is not None else twin
                twins[number] = replace(better, feature=twin.feature or edge.feature)
                break
        else:
            twins.append(edge)
    return tuple(edge for twins in kept.values() for edge in twins)


def _proper_crossings(
    curves: _Curves, one: IntArray, other: IntArray, points: FloatArray, touching: BoolArray, tolerance_m: float
) -> tuple[Crossing, ...]:
    inner = ~touching
    for curve in (one, other):
        for ends in (curves.start, curves.end):
            inner &= np.hypot(*(points - ends[curve]).T) > tolerance_m
    found: dict[frozenset[str], Crossing] = {}
    for k in np.flatnonzero(inner):
        names = (curves.features[one[k]], curves.features[other[k]])
        if all(names) and names[0] != names[1]:
            found.setdefault(frozenset(names), Crossing((float(points[k, 0]), float(points[k, 1])), names))
    return tuple(found.values())
