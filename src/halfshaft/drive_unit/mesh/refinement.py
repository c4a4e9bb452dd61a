"""Refinement: points are added until every triangle is small enough and well shaped.

Each bad triangle wants a point at its circumcentre, or nearer where that gives a good angle with fewer points (off-centres, Üngör 2004).
Where a segment stands between or would be seen from the new point under more than 120 degrees, the segment is split instead (Chew 1993,
"Guaranteed-quality mesh generation for curved surfaces"; lenses after Shewchuk 1997). The wished edge length travels with the points and
grows with distance. Three cases end the chase for angles: a corner drawn sharp, edges already far shorter than is wished there, and the
layer between the gap's circle, which must not be split, and the rim opposite.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from halfshaft.drive_unit.mesh.delaunay import (
    EDGE,
    HOLDER,
    HOME,
    INSIDE,
    LOCK,
    LOCKED,
    NEIGHBOUR,
    OUTSIDE,
    POINTS,
    QUEUE_HEAD,
    QUEUE_SIZE,
    QUEUED,
    REGION,
    SEGMENT,
    SEGMENTS,
    TRIANGLES,
    TWIN,
    FloatArray,
    IntArray,
    Triangulation,
    in_circle,
    inner_kernel,
    insert_inside,
    insert_on_edge,
    kernel,
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

    Drawn edges: ``centre`` (e, 2) and ``radius`` (e,) of arcs, radius 0 for lines, ``ends`` (e, 2) end points; ``circle`` is the one in
    the gap. ``cap`` (regions + 1,) largest edge per region, the gap's last; ``worst_ratio`` circumradius over shortest edge; ``growth`` of
    size per unit of distance.
    """

    centre: FloatArray
    radius: FloatArray
    ends: IntArray
    cap: FloatArray
    circle: int
    worst_ratio: float
    growth: float


@inner_kernel  # type: ignore[untyped-decorator]
def _distance(xy: FloatArray, a: int, b: int) -> float:
    return sqrt((xy[a, 0] - xy[b, 0]) ** 2 + (xy[a, 1] - xy[b, 1]) ** 2)


@inner_kernel  # type: ignore[untyped-decorator]
def _drawn_sharp(t: Triangulation, rules: Rules, p: int, q: int) -> bool:
    """Whether the short edge p-q spans a sharp corner between two drawn edges, about as far from it on both."""
    e, f = t.node[p, HOME], t.node[q, HOME]
    if e < 0 or f < 0 or e == f:
        return False
    for i in range(2):
        for j in range(2):
            c = rules.ends[e, i]
            if c == rules.ends[f, j]:
                to_p, to_q, across = _distance(t.xy, c, p), _distance(t.xy, c, q), _distance(t.xy, p, q)
                near, far = min(to_p, to_q), max(to_p, to_q)
                if far < 1.7 * near and across < far:
                    return True
    return False


@inner_kernel  # type: ignore[untyped-decorator]
def _spans_layer(t: Triangulation, rules: Rules, k: int) -> bool:
    """Whether all corners of triangle k lie on drawn edges, one on the gap's circle."""
    circle = False
    for i in range(3):
        home = t.node[t.face[k, i], HOME]
        if home == INSIDE:
            return False
        circle = circle or home == rules.circle
    return circle


@inner_kernel  # type: ignore[untyped-decorator]
def _judge(t: Triangulation, rules: Rules, k: int) -> tuple[int, int, float]:
    """0 for a good triangle, 1 for one too large, 2 for a bad angle; the corner opposite its shortest edge; the circumradius."""
    if t.face[k, REGION] == OUTSIDE:
        return 0, 0, 0.0
    a, b, c = t.face[k, 0], t.face[k, 1], t.face[k, 2]
    l0, l1, l2 = _distance(t.xy, b, c), _distance(t.xy, c, a), _distance(t.xy, a, b)
    i, shortest = 0, l0
    if l1 < shortest:
        i, shortest = 1, l1
    if l2 < shortest:
        i, shortest = 2, l2
    radius = l0 * l1 * l2 / (2.0 * turn(t.xy, a, b, c))
    size = t.size[a] + t.size[b] + t.size[c]
    if radius > _LARGEST_RADIUS * min(size / 3.0, rules.cap[t.face[k, REGION]]):
        return 1, i, radius
    if radius <= rules.worst_ratio * shortest:
        return 0, i, radius
    if shortest < _SHORTEST_EDGE * min(t.size[a], t.size[b], t.size[c]):
        return 0, i, radius
    if t.face[k, SEGMENT + (i + 1) % 3] >= 0 and t.face[k, SEGMENT + (i + 2) % 3] >= 0:
        return 0, i, radius
    if _spans_layer(t, rules, k) or _drawn_sharp(t, rules, t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]):
        return 0, i, radius
    return 2, i, radius


@inner_kernel  # type: ignore[untyped-decorator]
def _new_point(t: Triangulation, rules: Rules, k: int, i: int, radius: float) -> tuple[float, float]:
    """Circumcentre of triangle k, drawn towards its shortest edge (opposite i) where that suffices for the angle."""
    p, q, r = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3], t.face[k, i]
    mx, my = 0.5 * (t.xy[p, 0] + t.xy[q, 0]), 0.5 * (t.xy[p, 1] + t.xy[q, 1])
    dx, dy = t.xy[q, 0] - t.xy[p, 0], t.xy[q, 1] - t.xy[p, 1]
    short = sqrt(dx * dx + dy * dy)
    # signed distance of the circumcentre from the shortest edge: that edge's angle at r is never obtuse
    height = sqrt(max(radius * radius - 0.25 * short * short, 0.0))
    ratio = 0.97 * rules.worst_ratio
    enough = short * (ratio + sqrt(ratio * ratio - 0.25))
    if enough < height and turn(t.xy, p, q, r) > 0.0:
        height = enough
    return np.rint(mx - height * dy / short), np.rint(my + height * dx / short)


@inner_kernel  # type: ignore[untyped-decorator]
def _look_for(t: Triangulation, start: int, x: float, y: float) -> tuple[int, int]:
    """Walk straight from a triangle to (x, y): the triangle there and -1, or -1 and the segment in the way; (-1, -1) if lost."""
    a, b, c = t.face[start, 0], t.face[start, 1], t.face[start, 2]
    ox, oy = (t.xy[a, 0] + t.xy[b, 0] + t.xy[c, 0]) / 3.0, (t.xy[a, 1] + t.xy[b, 1] + t.xy[c, 1]) / 3.0
    dx, dy = x - ox, y - oy
    k, came = start, -2
    for _ in range(t.counts[TRIANGLES]):
        way = -1
        outside = False
        for i in range(3):
            a, b = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
            if turn_to(t.xy, a, b, x, y) < 0.0:
                outside = True
                right = dx * (t.xy[a, 1] - oy) - dy * (t.xy[a, 0] - ox)
                left = dx * (t.xy[b, 1] - oy) - dy * (t.xy[b, 0] - ox)
                if right <= 0.0 and left >= 0.0 and t.face[k, NEIGHBOUR + i] != came:
                    way = i
        if not outside:
            return k, -1
        if way < 0:
            return -1, -1
        if t.face[k, SEGMENT + way] >= 0:
            return -1, t.face[k, SEGMENT + way]
        came, k = k, t.face[k, NEIGHBOUR + way]
    return -1, -1


@inner_kernel  # type: ignore[untyped-decorator]
def _segment_too_near(t: Triangulation, k: int, x: float, y: float) -> int:
    """Among the segments around the cavity that (x, y) in triangle k would open: the one seen under the widest angle beyond 120 degrees."""
    worst, found = _LENS_COSINE, -1
    t.stack[0], t.stack[1] = k, -2
    depth = 1
    while depth > 0:
        depth -= 1
        u, came = t.stack[2 * depth], t.stack[2 * depth + 1]
        for i in range(3):
            n, s = t.face[u, NEIGHBOUR + i], t.face[u, SEGMENT + i]
            if s >= 0:
                a, b = t.link[s, 0], t.link[s, 1]
                ax, ay, bx, by = t.xy[a, 0] - x, t.xy[a, 1] - y, t.xy[b, 0] - x, t.xy[b, 1] - y
                lengths = sqrt((ax * ax + ay * ay) * (bx * bx + by * by))
                cosine = (ax * bx + ay * by) / lengths if lengths > 0.0 else -1.0
                if cosine < worst:
                    worst, found = cosine, s
            elif n != came and in_circle(t.xy, t.face, n, x, y):
                t.stack[2 * depth], t.stack[2 * depth + 1] = n, u
                depth += 1
    return found


@inner_kernel  # type: ignore[untyped-decorator]
def _holds(t: Triangulation, s: int, x: float, y: float) -> bool:
    """Whether segment s may give way to two segments over (x, y) without turning a triangle over."""
    k = t.link[s, HOLDER]
    for _ in range(2):
        i = 0
        while t.face[k, SEGMENT + i] != s:
            i += 1
        v, a, b = t.face[k, i], t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
        if not (turn_to(t.xy, v, a, x, y) > 0.0 and turn_to(t.xy, b, v, x, y) > 0.0):
            return False
        k = t.face[k, NEIGHBOUR + i]
    return True


@inner_kernel  # type: ignore[untyped-decorator]
def _split_at(t: Triangulation, rules: Rules, s: int, x: float, y: float) -> None:
    p = t.counts[POINTS]
    t.counts[POINTS] += 1
    t.xy[p, 0], t.xy[p, 1] = x, y
    t.node[p, HOME] = t.link[s, EDGE]
    size = np.inf
    for end in (t.link[s, 0], t.link[s, 1]):
        size = min(size, t.size[end] + rules.growth * _distance(t.xy, p, end))
    t.size[p] = size
    k = t.link[s, HOLDER]
    i = 0
    while t.face[k, SEGMENT + i] != s:
        i += 1
    insert_on_edge(t, p, k, i)


@inner_kernel  # type: ignore[untyped-decorator]
def split_segment(t: Triangulation, rules: Rules, s: int) -> bool:
    """Split segment s in its middle, on the drawn arc where it belongs to one, and its twin on the other side of the sector alike."""
    if t.link[s, LOCK] == LOCKED:
        return False
    a, b = t.link[s, 0], t.link[s, 1]
    x, y = 0.5 * (t.xy[a, 0] + t.xy[b, 0]), 0.5 * (t.xy[a, 1] + t.xy[b, 1])
    e = t.link[s, EDGE]
    if rules.radius[e] > 0.0:
        ux, uy = x - rules.centre[e, 0], y - rules.centre[e, 1]
        stretch = rules.radius[e] / sqrt(ux * ux + uy * uy)
        ax, ay = np.rint(rules.centre[e, 0] + stretch * ux), np.rint(rules.centre[e, 1] + stretch * uy)
        if _holds(t, s, ax, ay):
            x, y = ax, ay
    x, y = np.rint(x), np.rint(y)
    if not _holds(t, s, x, y):
        return False
    w = t.link[s, TWIN]
    if w < 0:
        _split_at(t, rules, s, x, y)
        return True
    c, d = t.link[w, 0], t.link[w, 1]
    wx, wy = np.rint(0.5 * (t.xy[c, 0] + t.xy[d, 0])), np.rint(0.5 * (t.xy[c, 1] + t.xy[d, 1]))
    if not _holds(t, w, wx, wy):
        return False
    s_new = t.counts[SEGMENTS]
    _split_at(t, rules, s, x, y)
    w_new = t.counts[SEGMENTS]
    _split_at(t, rules, w, wx, wy)
    t.link[s_new, TWIN], t.link[w_new, TWIN] = w_new, s_new
    return True


@inner_kernel  # type: ignore[untyped-decorator]
def _insert_free(t: Triangulation, rules: Rules, k: int, x: float, y: float) -> bool:
    """Insert (x, y), which lies in triangle k or on its rim; False where a point is there already."""
    on = -1
    size = np.inf
    for i in range(3):
        v = t.face[k, i]
        if t.xy[v, 0] == x and t.xy[v, 1] == y:
            return False
        if turn_to(t.xy, t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3], x, y) == 0.0:
            on = i
        size = min(size, t.size[v] + rules.growth * sqrt((t.xy[v, 0] - x) ** 2 + (t.xy[v, 1] - y) ** 2))
    p = t.counts[POINTS]
    t.counts[POINTS] += 1
    t.xy[p, 0], t.xy[p, 1] = x, y
    t.size[p] = size
    t.node[p, HOME] = INSIDE
    if on < 0:
        insert_inside(t, p, k)
    else:
        insert_on_edge(t, p, k, on)
    return True


@kernel  # type: ignore[untyped-decorator]
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
        t.face[k, QUEUED] = 0
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
