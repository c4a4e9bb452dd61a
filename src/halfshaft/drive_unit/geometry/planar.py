"""Faces of a drawing: what its edges enclose, with exact areas, and which face a point lies in.

The edges must be noded. Around every vertex the edges are put in order of angle, and walking always to the next edge on the left closes
each face once. Loops that run counter-clockwise bound a face from outside; those that run clockwise are the outer rim of something that
floats in a face: its holes. Arcs are never replaced by chords: areas and locations are those of the true curves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from halfshaft.drive_unit.geometry.shapes import Edge, Point

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

POINTS_AT_ONCE = 256
INWARD_STEPS = 0.5 ** np.arange(1, 14)  # of an edge's length: a face may be this thin beside it


@dataclass(frozen=True)
class Face:
    """A face: its outer loop counter-clockwise, its holes clockwise, as numbers of directed edges (see `PlanarGraph.edge`)."""

    outline: tuple[int, ...]
    holes: tuple[tuple[int, ...], ...]
    area_m2: float


@dataclass(frozen=True)
class PlanarGraph:
    """Vertices (n, 2), noded edges, and the faces between them. Directed edge 2k is edge k forward, 2k + 1 the same walked back."""

    vertices_m: FloatArray
    edges: tuple[Edge, ...]
    ends: IntArray
    faces: tuple[Face, ...]
    components: int
    face_at_left: IntArray

    def edge(self, directed: int) -> Edge:
        """The edge in the direction of the walk."""
        return self.edges[directed // 2].reversed() if directed % 2 else self.edges[directed // 2]

    def outline(self, loop: Sequence[int]) -> tuple[Edge, ...]:
        """The edges of a loop, each in the direction of the walk."""
        return tuple(self.edge(directed) for directed in loop)

    def face_of(self, points: Iterable[Point]) -> IntArray:
        """The number of the face around each point, -1 outside of all; a point on an edge has no face."""
        where = np.array(list(points), dtype=float).reshape(-1, 2)
        loops = [face.outline for face in self.faces]
        areas = np.array([loop_area(self.outline(loop)) for loop in loops])
        found = np.full(len(where), -1, dtype=np.int64)
        if not loops:
            return found
        for begin in range(0, len(where), POINTS_AT_ONCE):
            inside = np.abs(self._windings(where[begin : begin + POINTS_AT_ONCE], loops) - 1.0) < 0.25
            size = np.where(inside, areas, np.inf)
            # Of the loops around a point the smallest is its face's: what lies in a hole lies in a loop within that hole.
            found[begin : begin + POINTS_AT_ONCE] = np.where(inside.any(axis=1), np.argmin(size, axis=1), -1)
        return found

    def inner_point(self, face: Face) -> Point:
        """A point well inside a face, however thin it is: the one farthest from its edges among points beside the longest four."""
        loops = (face.outline, *face.holes)
        trials = []
        for directed in sorted(face.outline, key=lambda number: -self.edge(number).length_m)[:4]:
            edge = self.edge(directed)
            a, b = edge.point_at(0.499), edge.point_at(0.501)
            normal = np.array((a[1] - b[1], b[0] - a[0])) / np.hypot(b[0] - a[0], b[1] - a[1])
            trials.append(edge.point_at(0.5) + (edge.length_m * INWARD_STEPS)[:, None] * normal)
        points = np.concatenate(trials)
        winding = np.rint(self._windings(points, loops))
        inside = (winding[:, 0] == 1) & ~winding[:, 1:].any(axis=1)
        members = _Arrays.of([self.edges[directed // 2] for loop in loops for directed in loop])
        best = points[int(np.argmax(np.where(inside, members.distance(points).min(axis=1), -1.0)))]
        return float(best[0]), float(best[1])

    def _windings(self, points: FloatArray, loops: Sequence[Sequence[int]]) -> FloatArray:
        """How often each loop runs around each point, (points, loops)."""
        flat = np.array([directed for loop in loops for directed in loop], dtype=np.int64)
        used, position = np.unique(flat // 2, return_inverse=True)
        turned = _Arrays.of([self.edges[k] for k in used]).turned(points)
        along = turned[:, position] * np.where(flat % 2, -1.0, 1.0)
        begins = np.cumsum([0, *(len(loop) for loop in loops)])[:-1]
        return np.asarray(np.add.reduceat(along, begins, axis=1) / (2.0 * pi))


@dataclass(frozen=True)
class _Arrays:
    start: FloatArray
    end: FloatArray
    centre: FloatArray
    radius: FloatArray
    sweep: FloatArray

    @staticmethod
    def of(edges: Sequence[Edge]) -> _Arrays:
        return _Arrays(
            np.array([edge.start for edge in edges]),
            np.array([edge.end for edge in edges]),
            np.array([edge.centre or (0.0, 0.0) for edge in edges]),
            np.array([edge.radius_m for edge in edges]),
            np.array([edge.sweep_rad if edge.centre else 0.0 for edge in edges]),
        )

    def turned(self, points: FloatArray) -> FloatArray:
        """By how much the direction from each point turns while walking each edge, (points, edges).

        An arc turns it as much as its chord does, and once around more where the point lies between the two.
        """
        a, b = self.start - points[:, None, :], self.end - points[:, None, :]
        cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
        chord = np.arctan2(cross, a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1])
        offset = points[:, None, :] - self.centre
        in_circle = np.hypot(offset[..., 0], offset[..., 1]) < self.radius
        # Seen along the chord, a counter-clockwise arc lies on the right: there the point has the chord turning clockwise.
        beside = np.where(self.sweep > 0.0, cross < 0.0, cross > 0.0)
        return np.asarray(chord + 2.0 * pi * np.sign(self.sweep) * (in_circle & beside))

    def distance(self, points: FloatArray) -> FloatArray:
        """Distance of each point from each edge, (points, edges)."""
        run = self.end - self.start
        first, last, offset = (points[:, None, :] - ends for ends in (self.start, self.end, self.centre))
        share = np.clip(np.sum(first * run, axis=-1) / np.sum(run * run, axis=-1), 0.0, 1.0)
        straight = np.linalg.norm(first - share[..., None] * run, axis=-1)
        ends = np.minimum(np.linalg.norm(first, axis=-1), np.linalg.norm(last, axis=-1))
        spoke = self.start - self.centre
        middle = np.arctan2(spoke[:, 1], spoke[:, 0]) + 0.5 * self.sweep
        away = (np.arctan2(offset[..., 1], offset[..., 0]) - middle + pi) % (2.0 * pi) - pi
        to_circle = np.abs(np.linalg.norm(offset, axis=-1) - self.radius)
        arc = np.where(np.abs(away) <= 0.5 * np.abs(self.sweep), to_circle, ends)
        return np.asarray(np.where(self.radius > 0.0, arc, straight))


def loop_area(outline: Iterable[Edge]) -> float:
    """Area within a closed walk, positive when counter-clockwise, with the circular segments of its arcs."""
    total = 0.0
    for edge in outline:
        total += edge.start[0] * edge.end[1] - edge.end[0] * edge.start[1]
        if edge.centre is not None:
            total += edge.radius_m**2 * (edge.sweep_rad - sin(edge.sweep_rad))
    return 0.5 * total


def prune(edges: Sequence[Edge]) -> tuple[tuple[Edge, ...], tuple[Point, ...]]:
    """The edges without those that end nowhere, and the loose ends that were found."""
    kept = list(edges)
    loose: list[Point] = []
    while True:
        degree: dict[Point, int] = {}
        for edge in kept:
            degree[edge.start] = degree.get(edge.start, 0) + 1
            degree[edge.end] = degree.get(edge.end, 0) + 1
        ends = [point for point, number in degree.items() if number == 1]
        if not ends:
            return tuple(kept), tuple(loose)
        loose += ends
        dropped = set(ends)
        kept = [edge for edge in kept if edge.start not in dropped and edge.end not in dropped]


def build(edges: Sequence[Edge]) -> PlanarGraph:
    """Faces of noded edges (as `noding.node` gives them): ends that meet must be equal to the last bit."""
    number: dict[Point, int] = {}
    ends = np.array(
        [[number.setdefault(point, len(number)) for point in (edge.start, edge.end)] for edge in edges], dtype=np.int64
    ).reshape(-1, 2)
    vertices = np.array(list(number), dtype=float).reshape(-1, 2)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(vertices), len(vertices)))
    components, component = connected_components(links, directed=False)
    loops = _loops(_next_on_the_left(edges, ends, vertices))
    bare = PlanarGraph(vertices, tuple(edges), ends, (), int(components), np.empty(0, dtype=np.int64))
    areas = [loop_area(bare.outline(_once(loop))) for loop in loops]
    faces = _nested(bare, loops, areas, component)
    left = np.full(2 * len(edges), -1, dtype=np.int64)
    for position, face in enumerate(faces):
        for loop in (face.outline, *face.holes):
            left[list(loop)] = position
    return PlanarGraph(vertices, tuple(edges), ends, faces, int(components), left)


def _next_on_the_left(edges: Sequence[Edge], ends: IntArray, vertices: FloatArray) -> IntArray:
    """For each directed edge, the directed edge that follows it around the face on its left."""
    count = len(edges)
    origin = ends.reshape(-1)  # of directed edge 2k: start, of 2k + 1: end
    arrays = _Arrays.of(edges)
    run = arrays.end - arrays.start
    chord = np.hypot(*run.T)
    closest = np.full(len(vertices), np.inf)
    np.minimum.at(closest, origin, np.repeat(chord, 2))
    # Edges are put in order where they leave a small circle around the vertex, not by tangents: tangents of fillets are equal.
    reach = 0.5 * closest[origin].reshape(count, 2)
    bend = 0.5 * arrays.sweep
    turn = _turn(reach, arrays)
    forward = np.arctan2(run[:, 1], run[:, 0])
    angle = np.empty((count, 2))
    angle[:, 0] = forward - bend + turn[:, 0]
    angle[:, 1] = forward + pi + bend - turn[:, 1]
    flat = (angle.reshape(-1) + pi) % (2.0 * pi) - pi
    order = np.lexsort((flat, origin))
    position = np.empty(2 * count, dtype=np.int64)
    position[order] = np.arange(2 * count)
    first = np.searchsorted(origin[order], np.arange(len(vertices)))
    last = np.append(first[1:], 2 * count) - 1
    # The next edge on the left is the one just clockwise of the way back.
    back = np.arange(2 * count) ^ 1
    here = position[back]
    before = np.where(here == first[origin[back]], last[origin[back]], here - 1)
    return np.asarray(order[before])


def _turn(reach: FloatArray, arrays: _Arrays) -> FloatArray:
    """Angle from an arc's tangent to its point at distance ``reach`` from the end, zero for a line; (edges, 2)."""
    radius = np.where(arrays.radius > 0.0, arrays.radius, np.inf)[:, None]
    return np.asarray(np.sign(arrays.sweep)[:, None] * np.arcsin(np.minimum(reach / (2.0 * radius), 1.0)))


def _loops(following: IntArray) -> list[tuple[int, ...]]:
    loops, seen, after = [], [False] * len(following), following.tolist()
    for begin in range(len(after)):
        if seen[begin]:
            continue
        loop, here = [], begin
        while not seen[here]:
            seen[here] = True
            loop.append(here)
            here = after[here]
        loops.append(tuple(loop))
    return loops


def _once(loop: tuple[int, ...]) -> list[int]:
    """The loop without what it walks there and back, so that a mere tree has no area at all, not even one of rounding."""
    members = set(loop)
    return [directed for directed in loop if directed ^ 1 not in members]


def _nested(
    graph: PlanarGraph, loops: Sequence[tuple[int, ...]], areas: Sequence[float], component: IntArray
) -> tuple[Face, ...]:
    """Faces from loops: each clockwise loop becomes a hole of the smallest face of another component around it."""
    outer = [k for k, area in enumerate(areas) if area > 0.0]
    floating = [k for k, area in enumerate(areas) if area <= 0.0]
    holes: dict[int, list[int]] = {k: [] for k in outer}
    if outer and len(floating) > 1:
        own = component[graph.ends[[loops[k][0] // 2 for k in outer], 0]]
        sizes = np.array([areas[k] for k in outer])
        points = graph.vertices_m[[graph.ends[loops[k][0] // 2, 0] for k in floating]]
        winding = graph._windings(points, [loops[k] for k in outer])
        for row, hole in enumerate(floating):
            around = (np.rint(winding[row]) == 1) & (own != component[graph.ends[loops[hole][0] // 2, 0]])
            if around.any():
                holes[outer[int(np.argmin(np.where(around, sizes, np.inf)))]].append(hole)
    return tuple(
        Face(loops[k], tuple(loops[hole] for hole in holes[k]), areas[k] + sum(areas[hole] for hole in holes[k]))
        for k in outer
    )
