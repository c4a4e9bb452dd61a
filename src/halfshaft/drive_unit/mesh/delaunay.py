"""A constrained Delaunay triangulation that grows point by point.

Points are inserted into the triangle that holds them and the Delaunay property is restored by edge flips (Lawson 1977, "Software for C1
surface interpolation"); segments are forced in by flips as well (Sloan 1993, "A fast algorithm for generating constrained Delaunay
triangulations"). Coordinates are whole numbers below 2**25 held in floats: then twice the area of a triangle is exact in double precision,
and no rounding can turn a triangle over. Everything lives in flat arrays with spare room, so that the kernels never allocate.

Triangle t has corners ``corner[t]`` counter-clockwise; ``neighbour[t, i]`` and ``segment[t, i]`` lie across the edge opposite corner i
(-1 where there is none).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COORDINATE_LIMIT = float(2**24)  # largest coordinate of the domain; the surrounding box may reach twice as far
POINTS, TRIANGLES, SEGMENTS, QUEUE_HEAD, QUEUE_SIZE = range(5)  # places in Triangulation.counts
_ROUNDING = 1e-13  # of the incircle determinant's permanent, above its rounding error: ties are left as they are

LOCKED = 1  # a segment that must not be split
INSIDE, DRAWN = -1, -2  # homes of points that lie on no edge, or at an edge's end


class Triangulation(NamedTuple):
    """The arrays of one triangulation with their spare room.

    ``xy`` (points, 2) whole numbers; ``size`` (points,) wished edge length there; ``at`` (points,) some triangle at each point;
    ``home`` (points,) the drawn edge a point lies on, DRAWN for an edge's end, INSIDE for a point of no edge; ``corner``, ``neighbour``,
    ``segment`` (triangles, 3); ``region`` (triangles,). Per segment: ``ends`` (segments, 2) point indices, ``holder`` a triangle beside it,
    ``lock`` whether it must not be split, ``twin`` its image on the other side of the sector or -1, ``edge`` the drawn edge it belongs to.
    ``queue`` is a ring of triangles that changed, ``queued`` (triangles,) says which; ``stack`` is scratch room; ``counts`` see above.
    """

    xy: FloatArray
    size: FloatArray
    at: IntArray
    home: IntArray
    corner: IntArray
    neighbour: IntArray
    segment: IntArray
    region: IntArray
    ends: IntArray
    holder: IntArray
    lock: IntArray
    twin: IntArray
    edge: IntArray
    queue: IntArray
    queued: IntArray
    stack: IntArray
    counts: IntArray


def empty_triangulation(points: int) -> Triangulation:
    """Room for ``points`` points, with the surrounding box as points 0 to 3 and two triangles."""
    triangles = 2 * points + 8

    def integers(*shape: int) -> IntArray:
        return np.full(shape, -1, dtype=np.int64)

    t = Triangulation(
        xy=np.zeros((points, 2)),
        size=np.zeros(points),
        at=integers(points),
        home=integers(points),
        corner=integers(triangles, 3),
        neighbour=integers(triangles, 3),
        segment=integers(triangles, 3),
        region=integers(triangles),
        ends=integers(points, 2),
        holder=integers(points),
        lock=integers(points),
        twin=integers(points),
        edge=integers(points),
        queue=integers(triangles),
        queued=np.zeros(triangles, dtype=np.int64),
        stack=integers(8 * triangles),
        counts=np.zeros(5, dtype=np.int64),
    )
    far = 2.0 * COORDINATE_LIMIT - 1.0
    t.xy[:4] = [[-far, -far], [far, -far], [far, far], [-far, far]]
    t.corner[:2] = [[0, 1, 2], [0, 2, 3]]
    t.neighbour[:2] = [[-1, 1, -1], [-1, -1, 0]]
    t.at[:4] = [0, 0, 0, 1]
    t.counts[:3] = [4, 2, 0]
    return t


def with_room(t: Triangulation, points: int) -> Triangulation:
    """The same triangulation with room for more points. The queue starts afresh."""
    larger = empty_triangulation(points)
    for name in (
        "xy",
        "size",
        "at",
        "home",
        "corner",
        "neighbour",
        "segment",
        "region",
        "ends",
        "holder",
        "lock",
        "twin",
        "edge",
    ):
        old: NDArray[Any] = getattr(t, name)
        getattr(larger, name)[: len(old)] = old
    larger.counts[:3] = t.counts[:3]
    return larger


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def turn(t: Triangulation, a: int, b: int, c: int) -> float:
    """Twice the signed area of points a, b, c, exactly."""
    xy = t.xy
    return float((xy[b, 0] - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (xy[c, 0] - xy[a, 0]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def turn_to(t: Triangulation, a: int, b: int, x: float, y: float) -> float:
    """Twice the signed area of points a, b and (x, y), exactly for whole x and y."""
    xy = t.xy
    return float((xy[b, 0] - xy[a, 0]) * (y - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (x - xy[a, 0]))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def in_circle(t: Triangulation, triangle: int, x: float, y: float) -> bool:
    """Whether (x, y) lies inside the triangle's circumcircle, beyond rounding."""
    a, b, c = t.corner[triangle]
    ax, ay = t.xy[a, 0] - x, t.xy[a, 1] - y
    bx, by = t.xy[b, 0] - x, t.xy[b, 1] - y
    cx, cy = t.xy[c, 0] - x, t.xy[c, 1] - y
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    det = a2 * (bx * cy - by * cx) + b2 * (cx * ay - cy * ax) + c2 * (ax * by - ay * bx)
    permanent = (
        a2 * (abs(bx * cy) + abs(by * cx)) + b2 * (abs(cx * ay) + abs(cy * ax)) + c2 * (abs(ax * by) + abs(ay * bx))
    )
    return bool(det > _ROUNDING * permanent)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def put_in_queue(t: Triangulation, triangle: int) -> None:
    """Remember that a triangle wants looking at."""
    if t.queued[triangle] == 0:
        t.queued[triangle] = 1
        t.queue[(t.counts[QUEUE_HEAD] + t.counts[QUEUE_SIZE]) % len(t.queue)] = triangle
        t.counts[QUEUE_SIZE] += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _write(
    t: Triangulation, k: int, v0: int, v1: int, v2: int, n0: int, n1: int, n2: int, s0: int, s1: int, s2: int
) -> None:
    corner, neighbour, segment = t.corner, t.neighbour, t.segment
    corner[k, 0], corner[k, 1], corner[k, 2] = v0, v1, v2
    neighbour[k, 0], neighbour[k, 1], neighbour[k, 2] = n0, n1, n2
    segment[k, 0], segment[k, 1], segment[k, 2] = s0, s1, s2
    t.at[v0] = k
    t.at[v1] = k
    t.at[v2] = k
    for s in (s0, s1, s2):
        if s >= 0:
            t.holder[s] = k
    put_in_queue(t, k)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _relink(t: Triangulation, k: int, old: int, new: int) -> None:
    if k >= 0:
        for i in range(3):
            if t.neighbour[k, i] == old:
                t.neighbour[k, i] = new
                return


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def place_of(t: Triangulation, k: int, neighbour: int) -> int:
    """Which corner of triangle k lies opposite its neighbour."""
    for i in range(3):
        if t.neighbour[k, i] == neighbour:
            return i
    return -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def flip(t: Triangulation, k: int, i: int) -> int:
    """Turn the edge opposite corner i of triangle k; the old corner i becomes corner 0 of both triangles. Gives the other triangle."""
    u = t.neighbour[k, i]
    j = place_of(t, u, k)
    i1, i2, j1, j2 = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
    p, a, b, q = t.corner[k, i], t.corner[k, i1], t.corner[k, i2], t.corner[u, j]
    n_pa, s_pa = t.neighbour[k, i2], t.segment[k, i2]
    n_bp, s_bp = t.neighbour[k, i1], t.segment[k, i1]
    n_aq, s_aq = t.neighbour[u, j1], t.segment[u, j1]
    n_qb, s_qb = t.neighbour[u, j2], t.segment[u, j2]
    _write(t, k, p, a, q, n_aq, u, n_pa, s_aq, -1, s_pa)
    _write(t, u, p, q, b, n_qb, n_bp, k, s_qb, s_bp, -1)
    _relink(t, n_aq, u, k)
    _relink(t, n_bp, k, u)
    return int(u)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _restore(t: Triangulation, depth: int) -> None:
    """Flip until every edge opposite corner 0 of the stacked triangles, and what flips bring up, is Delaunay."""
    while depth > 0:
        depth -= 1
        k = t.stack[depth]
        u = t.neighbour[k, 0]
        if u < 0 or t.segment[k, 0] >= 0:
            continue
        p = t.corner[k, 0]
        if in_circle(t, u, t.xy[p, 0], t.xy[p, 1]):
            a, b, q = t.corner[k, 1], t.corner[k, 2], t.corner[u, place_of(t, u, k)]
            if turn(t, p, a, q) > 0.0 and turn(t, p, q, b) > 0.0:
                flip(t, k, 0)
                t.stack[depth] = k
                t.stack[depth + 1] = u
                depth += 2


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def insert_inside(t: Triangulation, p: int, k: int) -> None:
    """Put point p, strictly inside triangle k, into the triangulation."""
    a, b, c = t.corner[k]
    na, nb, nc = t.neighbour[k]
    sa, sb, sc = t.segment[k]
    k1 = t.counts[TRIANGLES]
    k2 = k1 + 1
    t.counts[TRIANGLES] += 2
    t.region[k1] = t.region[k2] = t.region[k]
    _write(t, k, p, a, b, nc, k1, k2, sc, -1, -1)
    _write(t, k1, p, b, c, na, k2, k, sa, -1, -1)
    _write(t, k2, p, c, a, nb, k, k1, sb, -1, -1)
    _relink(t, na, k, k1)
    _relink(t, nb, k, k2)
    t.stack[0], t.stack[1], t.stack[2] = k, k1, k2
    _restore(t, 3)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def insert_on_edge(t: Triangulation, p: int, k: int, i: int) -> None:
    """Put point p on (or beside) the edge opposite corner i of triangle k. A segment there falls in two: the part at its first end keeps
    its number, the other gets the next one."""
    i1, i2 = (i + 1) % 3, (i + 2) % 3
    v, a, b = t.corner[k, i], t.corner[k, i1], t.corner[k, i2]
    u = t.neighbour[k, i]
    s = t.segment[k, i]
    s_a = s_b = s
    if s >= 0:
        new = t.counts[SEGMENTS]
        t.counts[SEGMENTS] += 1
        t.lock[new], t.twin[new], t.edge[new] = t.lock[s], t.twin[s], t.edge[s]
        t.ends[new, 0], t.ends[new, 1] = p, t.ends[s, 1]
        t.ends[s, 1] = p
        if t.ends[s, 0] == a:
            s_b = new
        else:
            s_a = new
    n_va, s_va = t.neighbour[k, i2], t.segment[k, i2]
    n_bv, s_bv = t.neighbour[k, i1], t.segment[k, i1]
    k2 = t.counts[TRIANGLES]
    t.counts[TRIANGLES] += 1
    t.region[k2] = t.region[k]
    if u < 0:
        _write(t, k, p, v, a, n_va, -1, k2, s_va, s_a, -1)
        _write(t, k2, p, b, v, n_bv, k, -1, s_bv, -1, s_b)
        _relink(t, n_bv, k, k2)
        t.stack[0], t.stack[1] = k, k2
        _restore(t, 2)
        return
    j = place_of(t, u, k)
    j1, j2 = (j + 1) % 3, (j + 2) % 3
    q = t.corner[u, j]
    n_qb, s_qb = t.neighbour[u, j2], t.segment[u, j2]
    n_aq, s_aq = t.neighbour[u, j1], t.segment[u, j1]
    u2 = t.counts[TRIANGLES]
    t.counts[TRIANGLES] += 1
    t.region[u2] = t.region[u]
    _write(t, k, p, v, a, n_va, u2, k2, s_va, s_a, -1)
    _write(t, k2, p, b, v, n_bv, k, u, s_bv, -1, s_b)
    _write(t, u, p, q, b, n_qb, k2, u2, s_qb, s_b, -1)
    _write(t, u2, p, a, q, n_aq, u, k, s_aq, -1, s_a)
    _relink(t, n_bv, k, k2)
    _relink(t, n_aq, u, u2)
    t.stack[0], t.stack[1], t.stack[2], t.stack[3] = k, k2, u, u2
    _restore(t, 4)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _insert_point(t: Triangulation, p: int, start: int) -> int:
    """Find the place of point p by walking from a triangle, and insert it. Gives the point already there, or -1."""
    x, y = t.xy[p, 0], t.xy[p, 1]
    k = start
    for step in range(len(t.corner)):
        moved = False
        for shift in range(3):
            i = (step + shift) % 3  # turning the first edge looked at keeps the walk from circling
            a, b = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
            if turn_to(t, a, b, x, y) < 0.0:
                k = t.neighbour[k, i]
                moved = True
                break
        if not moved:
            break
    for i in range(3):
        if t.xy[t.corner[k, i], 0] == x and t.xy[t.corner[k, i], 1] == y:
            return int(t.corner[k, i])
    for i in range(3):
        if turn_to(t, t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3], x, y) == 0.0:
            insert_on_edge(t, p, k, i)
            return -1
    insert_inside(t, p, k)
    return -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def insert_points(t: Triangulation, first: int, last: int) -> tuple[int, int]:
    """Insert points first to last - 1 in order. Gives the first pair that coincide, or (-1, -1)."""
    for p in range(first, last):
        met = _insert_point(t, p, t.at[p - 1])
        if met >= 0:
            return p, met
        t.counts[POINTS] = p + 1
    return -1, -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _edge_at(t: Triangulation, a: int, b: int) -> tuple[int, int]:
    """The triangle and corner opposite the edge from a to b (b counter-clockwise after a), or (-1, -1) where there is no such edge."""
    k = t.at[a]
    start = k
    while True:
        i = 0
        while t.corner[k, i] != a:
            i += 1
        if t.corner[k, (i + 1) % 3] == b:
            return k, (i + 2) % 3
        k = t.neighbour[k, (i + 1) % 3]  # the next triangle around a
        if k == start or k < 0:
            return -1, -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _first_crossing(t: Triangulation, a: int, b: int) -> tuple[int, int, int]:
    """From a towards b: (-1, -1, c) where point c (perhaps b itself) is met on the line first, else the triangle at a and the corner
    of a whose opposite edge the line crosses."""
    k = t.at[a]
    while True:
        i = 0
        while t.corner[k, i] != a:
            i += 1
        c, d = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
        on_c = turn(t, a, b, c)
        if on_c == 0.0:
            ahead = (t.xy[c, 0] - t.xy[a, 0]) * (t.xy[b, 0] - t.xy[a, 0]) + (t.xy[c, 1] - t.xy[a, 1]) * (
                t.xy[b, 1] - t.xy[a, 1]
            )
            if ahead > 0.0:
                return -1, -1, c
        if on_c < 0.0 and turn(t, a, b, d) > 0.0:
            return k, i, -1
        k = t.neighbour[k, (i + 1) % 3]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _force_edge(t: Triangulation, a: int, b: int) -> int:
    """Flip until the line from a reaches b or a point on the way: that point. A crossed segment is reported as -2 - segment."""
    k, i, met = _first_crossing(t, a, b)
    if met >= 0:
        return int(met)
    pending = 0
    while True:  # list the crossed edges as pairs of points in the scratch room
        if t.segment[k, i] >= 0:
            return int(-2 - t.segment[k, i])
        c, d = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
        t.stack[2 * pending], t.stack[2 * pending + 1] = c, d
        pending += 1
        u = t.neighbour[k, i]
        j = place_of(t, u, k)
        apex = t.corner[u, j]
        if apex == b:
            break
        side = turn(t, a, b, apex)
        if side == 0.0:
            b = apex
            break
        k = u
        i = (
            (j + 1) % 3 if side > 0.0 else (j + 2) % 3
        )  # u = (apex, d, c): drop d, left of the line, if the apex is left too
    head = 0
    room = len(t.stack) // 2
    while pending > 0:
        c, d = t.stack[2 * head], t.stack[2 * head + 1]
        head = (head + 1) % room
        pending -= 1
        k, i = _edge_at(t, c, d)
        u = t.neighbour[k, i]
        p, q = t.corner[k, i], t.corner[u, place_of(t, u, k)]
        if turn(t, p, c, q) > 0.0 and turn(t, p, q, d) > 0.0:
            flip(t, k, i)
            if p in (a, b) or q in (a, b):
                continue
            side_p, side_q = turn(t, a, b, p), turn(t, a, b, q)
            if side_p * side_q >= 0.0:
                continue
            c, d = (p, q) if side_p < 0.0 else (q, p)
        tail = (head + pending) % room
        t.stack[2 * tail], t.stack[2 * tail + 1] = c, d
        pending += 1
    return int(b)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def insert_segments(t: Triangulation, first: int, last: int) -> tuple[int, int]:
    """Force segments first to last - 1 in, splitting them where they run through a point. Gives two that cross, or (-1, -1)."""
    for s in range(first, last):
        while True:
            a, b = t.ends[s]
            met = _force_edge(t, a, b)
            if met < -1:
                return s, -2 - met
            rest = -1
            if met != b:
                rest = t.counts[SEGMENTS]
                t.counts[SEGMENTS] += 1
                t.lock[rest], t.twin[rest], t.edge[rest] = t.lock[s], t.twin[s], t.edge[s]
                t.ends[rest, 0], t.ends[rest, 1] = met, b
                t.ends[s, 1] = met
            k, i = _edge_at(t, a, met)
            if t.segment[k, i] >= 0:
                return s, t.segment[k, i]
            u = t.neighbour[k, i]
            t.segment[k, i] = s
            t.segment[u, place_of(t, u, k)] = s
            t.holder[s] = k
            if rest < 0:
                break
            s = rest
    return -1, -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def restore_all(t: Triangulation) -> None:
    """Flip every edge that is neither a segment nor Delaunay."""
    changed = True
    while changed:
        changed = False
        for k in range(t.counts[TRIANGLES]):
            for i in range(3):
                u = t.neighbour[k, i]
                if u < 0 or t.segment[k, i] >= 0:
                    continue
                p = t.corner[k, i]
                if in_circle(t, u, t.xy[p, 0], t.xy[p, 1]):
                    q = t.corner[u, place_of(t, u, k)]
                    a, b = t.corner[k, (i + 1) % 3], t.corner[k, (i + 2) % 3]
                    if turn(t, p, a, q) > 0.0 and turn(t, p, q, b) > 0.0:
                        flip(t, k, i)
                        changed = True
