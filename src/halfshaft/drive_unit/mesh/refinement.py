"""Refinement: points are added until every triangle is small enough and well shaped.

Each bad triangle wants a point at its circumcentre, or nearer where that gives a good angle with fewer points (off-centres, Üngör 2004).
Where a segment stands between or would be seen from the new point under more than 120 degrees, the segment is split instead (Chew 1993,
"Guaranteed-quality mesh generation for curved surfaces"; lenses after Shewchuk 1997). The wished edge length travels with the points and
grows with distance. Two cases end the chase for angles: a corner drawn sharp, and edges already far shorter than is wished there.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numba import njit

from halfshaft.drive_unit.mesh.delaunay import (
    LOCKED,
    POINTS,
    QUEUE_HEAD,
    QUEUE_SIZE,
    SEGMENTS,
    TRIANGLES,
    FloatArray,
    IntArray,
    Triangulation,
    in_circle,
    insert_inside,
    insert_on_edge,
    put_in_queue,
    turn,
    turn_to,
)

DONE, FULL = 0, 1
_LARGEST_RADIUS = 0.78  # circumradius over wished edge length; 0.58 would be an equilateral triangle of that edge
_SHORTEST_EDGE = 0.3  # of the wished length: below it, no point is spent on angles
_LENS_COSINE = -0.5  # a segment seen under more than 120 degrees is split instead


class Rules(NamedTuple):
    """What refinement obeys, in the triangulation's own unit of length.

    Drawn edges: ``centre`` (e, 2) and ``radius`` (e,) of arcs, radius 0 for lines, ``ends`` (e, 2) their end points. ``cap`` (regions + 1,)
    largest edge per region, the gap's last; ``worst_ratio`` circumradius over shortest edge; ``growth`` of size per unit of distance.
    """

    centre: FloatArray
    radius: FloatArray
    ends: IntArray
    cap: FloatArray
    worst_ratio: float
    growth: float


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _distance(t: Triangulation, a: int, b: int) -> float:
    return sqrt((t.xy[a, 0] - t.xy[b, 0]) ** 2 + (t.xy[a, 1] - t.xy[b, 1]) ** 2)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _drawn_sharp(t: Triangulation, rules: Rules, p: int, q: int) -> bool:
    """Whether the short edge p-q spans a sharp corner between two drawn edges, about as far from it on both."""
    e, f = t.home[p], t.home[q]
    if e < 0 or f < 0 or e == f:
        return False
    for i in range(2):
        for j in range(2):
            c = rules.ends[e, i]
            if c == rules.ends[f, j]:
                to_p, to_q, across = _distance(t, c, p), _distance(t, c, q), _distance(t, p, q)
                near, far = min(to_p, to_q), max(to_p, to_q)
                if far < 1.7 * near and across < far:
                    return True
    return False


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _judge(t: Triangulation, rules: Rules, k: int) -> tuple[int, int, float]:
    """0 for a good triangle, 1 for one too large, 2 for a bad angle; the corner opposite its shortest edge; the circumradius."""
    v = t.corner[k]
    l0, l1, l2 = _distance(t, v[1], v[2]), _distance(t, v[2], v[0]), _distance(t, v[0], v[1])
    i, shortest = 0, l0
    if l1 < shortest:
        i, shortest = 1, l1
    if l2 < shortest:
        i, shortest = 2, l2
    radius = l0 * l1 * l2 / (2.0 * turn(t, v[0], v[1], v[2]))
    size = t.size[v[0]] + t.size[v[1]] + t.size[v[2]]
    if radius > _LARGEST_RADIUS * min(size / 3.0, rules.cap[t.region[k]]):
        return 1, i, radius
    if radius <= rules.worst_ratio * shortest:
        return 0, i, radius
    if shortest < _SHORTEST_EDGE * min(t.size[v[0]], t.size[v[1]], t.size[v[2]]):
        return 0, i, radius
    if t.segment[k, (i + 1) % 3] >= 0 and t.segment[k, (i + 2) % 3] >= 0:
        return 0, i, radius
    if _drawn_sharp(t, rules, v[(i + 1) % 3], v[(i + 2) % 3]):
        return 0, i, radius
    return 2, i, radius


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _new_point(t: Triangulation, rules: Rules, k: int, i: int, radius: float) -> tuple[float, float]:
    """Circumcentre of triangle k, drawn towards its shortest edge (opposite i) where that suffices for the angle."""
    p, q, r = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3], t.corner[k, i]
    mx, my = 0.5 * (t.xy[p, 0] + t.xy[q, 0]), 0.5 * (t.xy[p, 1] + t.xy[q, 1])
    dx, dy = t.xy[q, 0] - t.xy[p, 0], t.xy[q, 1] - t.xy[p, 1]
    short = sqrt(dx * dx + dy * dy)
    # signed distance of the circumcentre from the shortest edge: that edge's angle at r is never obtuse
    height = sqrt(max(radius * radius - 0.25 * short * short, 0.0))
    ratio = 0.97 * rules.worst_ratio
    enough = short * (ratio + sqrt(ratio * ratio - 0.25))
    if enough < height and turn(t, p, q, r) > 0.0:
        height = enough
    return np.rint(mx - height * dy / short), np.rint(my + height * dx / short)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _look_for(t: Triangulation, start: int, x: float, y: float) -> tuple[int, int]:
    """Walk straight from a triangle to (x, y): the triangle there and -1, or -1 and the segment in the way; (-1, -1) if lost."""
    v = t.corner[start]
    ox = (t.xy[v[0], 0] + t.xy[v[1], 0] + t.xy[v[2], 0]) / 3.0
    oy = (t.xy[v[0], 1] + t.xy[v[1], 1] + t.xy[v[2], 1]) / 3.0
    dx, dy = x - ox, y - oy
    k, came = start, -2
    for _ in range(t.counts[TRIANGLES]):
        way = -1
        outside = False
        for i in range(3):
            a, b = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
            if turn_to(t, a, b, x, y) < 0.0:
                outside = True
                right = dx * (t.xy[a, 1] - oy) - dy * (t.xy[a, 0] - ox)
                left = dx * (t.xy[b, 1] - oy) - dy * (t.xy[b, 0] - ox)
                if right <= 0.0 and left >= 0.0 and t.neighbour[k, i] != came:
                    way = i
        if not outside:
            return k, -1
        if way < 0:
            return -1, -1
        if t.segment[k, way] >= 0:
            return -1, t.segment[k, way]
        came, k = k, t.neighbour[k, way]
    return -1, -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _segment_too_near(t: Triangulation, k: int, x: float, y: float) -> int:
    """Among the segments around the cavity that (x, y) in triangle k would open: the one seen under the widest angle beyond 120 degrees."""
    worst, found = _LENS_COSINE, -1
    t.stack[0], t.stack[1] = k, -2
    depth = 1
    while depth > 0:
        depth -= 1
        u, came = t.stack[2 * depth], t.stack[2 * depth + 1]
        for i in range(3):
            n, s = t.neighbour[u, i], t.segment[u, i]
            if s >= 0:
                a, b = t.ends[s]
                ax, ay, bx, by = t.xy[a, 0] - x, t.xy[a, 1] - y, t.xy[b, 0] - x, t.xy[b, 1] - y
                lengths = sqrt((ax * ax + ay * ay) * (bx * bx + by * by))
                cosine = (ax * bx + ay * by) / lengths if lengths > 0.0 else -1.0
                if cosine < worst:
                    worst, found = cosine, s
            elif n >= 0 and n != came and in_circle(t, n, x, y):
                t.stack[2 * depth], t.stack[2 * depth + 1] = n, u
                depth += 1
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds(t: Triangulation, s: int, x: float, y: float) -> bool:
    """Whether segment s may give way to two segments over (x, y) without turning a triangle over."""
    k = t.holder[s]
    for _ in range(2):
        i = 0
        while t.segment[k, i] != s:
            i += 1
        v, a, b = t.corner[k, i], t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
        if not (turn_to(t, v, a, x, y) > 0.0 and turn_to(t, b, v, x, y) > 0.0):
            return False
        k = t.neighbour[k, i]
        if k < 0:
            break
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _split_at(t: Triangulation, rules: Rules, s: int, x: float, y: float) -> None:
    p = t.counts[POINTS]
    t.counts[POINTS] += 1
    t.xy[p, 0], t.xy[p, 1] = x, y
    t.home[p] = t.edge[s]
    size = np.inf
    for end in t.ends[s]:
        size = min(size, t.size[end] + rules.growth * _distance(t, p, end))
    t.size[p] = size
    k = t.holder[s]
    i = 0
    while t.segment[k, i] != s:
        i += 1
    insert_on_edge(t, p, k, i)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def split_segment(t: Triangulation, rules: Rules, s: int) -> bool:
    """Split segment s in its middle, on the drawn arc where it belongs to one, and its twin on the other side of the sector alike."""
    if t.lock[s] == LOCKED:
        return False
    a, b = t.ends[s]
    x, y = 0.5 * (t.xy[a, 0] + t.xy[b, 0]), 0.5 * (t.xy[a, 1] + t.xy[b, 1])
    e = t.edge[s]
    if rules.radius[e] > 0.0:
        ux, uy = x - rules.centre[e, 0], y - rules.centre[e, 1]
        stretch = rules.radius[e] / sqrt(ux * ux + uy * uy)
        ax, ay = np.rint(rules.centre[e, 0] + stretch * ux), np.rint(rules.centre[e, 1] + stretch * uy)
        if _holds(t, s, ax, ay):
            x, y = ax, ay
    x, y = np.rint(x), np.rint(y)
    if not _holds(t, s, x, y):
        return False
    w = t.twin[s]
    if w < 0:
        _split_at(t, rules, s, x, y)
        return True
    c, d = t.ends[w]
    wx, wy = np.rint(0.5 * (t.xy[c, 0] + t.xy[d, 0])), np.rint(0.5 * (t.xy[c, 1] + t.xy[d, 1]))
    if not _holds(t, w, wx, wy):
        return False
    s_new = t.counts[SEGMENTS]
    _split_at(t, rules, s, x, y)
    w_new = t.counts[SEGMENTS]
    _split_at(t, rules, w, wx, wy)
    t.twin[s_new], t.twin[w_new] = w_new, s_new
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _insert_free(t: Triangulation, rules: Rules, k: int, x: float, y: float) -> bool:
    """Insert (x, y), which lies in triangle k or on its rim; False where a point is there already."""
    on = -1
    size = np.inf
    for i in range(3):
        v = t.corner[k, i]
        if t.xy[v, 0] == x and t.xy[v, 1] == y:
            return False
        if turn_to(t, t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3], x, y) == 0.0:
            on = i
        size = min(size, t.size[v] + rules.growth * sqrt((t.xy[v, 0] - x) ** 2 + (t.xy[v, 1] - y) ** 2))
    p = t.counts[POINTS]
    t.counts[POINTS] += 1
    t.xy[p, 0], t.xy[p, 1] = x, y
    t.size[p] = size
    t.home[p] = -1
    if on < 0:
        insert_inside(t, p, k)
    else:
        insert_on_edge(t, p, k, on)
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def refine(t: Triangulation, rules: Rules) -> int:
    """Add points until no triangle is bad, or nothing can be done for it. DONE, or FULL when room for more points is needed first."""
    for k in range(t.counts[TRIANGLES]):
        put_in_queue(t, k)
    while t.counts[QUEUE_SIZE] > 0:
        if t.counts[POINTS] + 2 >= len(t.xy):
            return FULL
        k = t.queue[t.counts[QUEUE_HEAD]]
        t.counts[QUEUE_HEAD] = (t.counts[QUEUE_HEAD] + 1) % len(t.queue)
        t.counts[QUEUE_SIZE] -= 1
        t.queued[k] = 0
        fault, i, radius = _judge(t, rules, k)
        if fault == 0:
            continue
        x, y = _new_point(t, rules, k, i, radius)
        at, segment = _look_for(t, k, x, y)
        if at >= 0:
            segment = _segment_too_near(t, at, x, y)
            if segment < 0:
                _insert_free(t, rules, at, x, y)
                continue
        if segment >= 0 and split_segment(t, rules, segment):
            put_in_queue(t, k)
    return DONE
