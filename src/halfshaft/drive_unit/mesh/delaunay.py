"""A constrained Delaunay triangulation that grows point by point.

Points are inserted into the triangle that holds them and the Delaunay property is restored by edge flips (Lawson 1977, "Software for C1
surface interpolation"), which stop at edges marked as segments. Coordinates are whole numbers below 2**25 held in floats: then twice the
area of a triangle is exact in double precision, and no rounding can turn a triangle over.

Everything lives in flat arrays with spare room, so that the kernels never allocate. The arrays have several columns each, because every
array that a kernel takes costs compile time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

kernel = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
# kernels that only kernels call go without doors to Python, which would cost a third of the compile time
inner_kernel = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True)

COORDINATE_LIMIT = float(2**24)  # largest coordinate of the domain; the surrounding box may reach twice as far
POINTS, TRIANGLES, SEGMENTS, QUEUE_HEAD, QUEUE_SIZE = range(5)  # places in Triangulation.counts
NEIGHBOUR, SEGMENT, REGION, QUEUED = 3, 6, 9, 10  # columns of Triangulation.face, after the corners
HOLDER, LOCK, TWIN, EDGE = 2, 3, 4, 5  # columns of Triangulation.link, after the ends
AT, HOME = 0, 1  # columns of Triangulation.node
_ROUNDING = 1e-13  # of the incircle determinant's permanent, above its rounding error: ties are left as they are

LOCKED = 1  # a segment that must not be split
OUTSIDE = -2  # the region of triangles that only fill the box
INSIDE, DRAWN = -1, -2  # homes of points that lie on no edge, or at an edge's end


class Triangulation(NamedTuple):
    """The arrays of one triangulation with their spare room; -1 stands for none.

    ``xy`` (points, 2) whole numbers; ``size`` (points,) wished edge length there; ``node`` (points, 2): some triangle at the point (AT),
    the drawn edge it lies on, or INSIDE or DRAWN (HOME). ``face`` (triangles, 11): three corners counter-clockwise; from columns NEIGHBOUR
    and SEGMENT on, what lies across the edge opposite each corner; REGION; whether it is QUEUED. ``link`` (segments, 6): two ends; a
    triangle beside it (HOLDER); whether it is LOCKED (LOCK); its image on the other side of the sector (TWIN);
    the drawn edge it belongs to (EDGE).
    ``queue`` is a ring of triangles that changed; ``stack`` scratch room; ``counts`` see the names above.
    """

    xy: FloatArray
    size: FloatArray
    node: IntArray
    face: IntArray
    link: IntArray
    queue: IntArray
    stack: IntArray
    counts: IntArray


def empty_triangulation(points: int) -> Triangulation:
    """Room for ``points`` points, with the surrounding box as points 0 to 3 and two triangles."""
    triangles = 2 * points + 8
    t = Triangulation(
        xy=np.zeros((points, 2)),
        size=np.zeros(points),
        node=np.full((points, 2), -1),
        face=np.full((triangles, 11), -1),
        link=np.full((points, 6), -1),
        queue=np.zeros(triangles, dtype=np.int64),
        stack=np.zeros(8 * triangles, dtype=np.int64),
        counts=np.zeros(5, dtype=np.int64),
    )
    far = 2.0 * COORDINATE_LIMIT - 1.0
    t.xy[:4] = [[-far, -far], [far, -far], [far, far], [-far, far]]
    t.face[:2, :6] = [[0, 1, 2, -1, 1, -1], [0, 2, 3, -1, -1, 0]]
    t.face[:, QUEUED] = 0
    t.node[:4, AT] = [0, 0, 0, 1]
    t.counts[:3] = [4, 2, 0]
    return t


def with_room(t: Triangulation, points: int) -> Triangulation:
    """The same triangulation with room for more points. The queue starts afresh."""
    larger = empty_triangulation(points)
    larger.xy[: len(t.xy)] = t.xy
    larger.size[: len(t.size)] = t.size
    larger.node[: len(t.node)] = t.node
    larger.face[: len(t.face)] = t.face
    larger.link[: len(t.link)] = t.link
    larger.face[:, QUEUED] = 0
    larger.counts[:3] = t.counts[:3]
    return larger


@inner_kernel  # type: ignore[untyped-decorator]
def turn(xy: FloatArray, a: int, b: int, c: int) -> float:
    """Twice the signed area of points a, b, c, exactly."""
    return float((xy[b, 0] - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (xy[c, 0] - xy[a, 0]))


@inner_kernel  # type: ignore[untyped-decorator]
def turn_to(xy: FloatArray, a: int, b: int, x: float, y: float) -> float:
    """Twice the signed area of points a, b and (x, y), exactly for whole x and y."""
    return float((xy[b, 0] - xy[a, 0]) * (y - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (x - xy[a, 0]))


@inner_kernel  # type: ignore[untyped-decorator]
def in_circle(xy: FloatArray, face: IntArray, triangle: int, x: float, y: float) -> bool:
    """Whether (x, y) lies inside the triangle's circumcircle, beyond rounding."""
    a, b, c = face[triangle, 0], face[triangle, 1], face[triangle, 2]
    ax, ay = xy[a, 0] - x, xy[a, 1] - y
    bx, by = xy[b, 0] - x, xy[b, 1] - y
    cx, cy = xy[c, 0] - x, xy[c, 1] - y
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    det = a2 * (bx * cy - by * cx) + b2 * (cx * ay - cy * ax) + c2 * (ax * by - ay * bx)
    permanent = (
        a2 * (abs(bx * cy) + abs(by * cx)) + b2 * (abs(cx * ay) + abs(cy * ax)) + c2 * (abs(ax * by) + abs(ay * bx))
    )
    return bool(det > _ROUNDING * permanent)


@inner_kernel  # type: ignore[untyped-decorator]
def put_in_queue(t: Triangulation, triangle: int) -> None:
    """Remember that a triangle wants looking at."""
    if t.face[triangle, QUEUED] == 0:
        t.face[triangle, QUEUED] = 1
        t.queue[(t.counts[QUEUE_HEAD] + t.counts[QUEUE_SIZE]) % len(t.queue)] = triangle
        t.counts[QUEUE_SIZE] += 1


@inner_kernel  # type: ignore[untyped-decorator]
def _write(
    t: Triangulation, k: int, v0: int, v1: int, v2: int, n0: int, n1: int, n2: int, s0: int, s1: int, s2: int
) -> None:
    face = t.face
    face[k, 0], face[k, 1], face[k, 2] = v0, v1, v2
    face[k, 3], face[k, 4], face[k, 5] = n0, n1, n2
    face[k, 6], face[k, 7], face[k, 8] = s0, s1, s2
    t.node[v0, AT] = k
    t.node[v1, AT] = k
    t.node[v2, AT] = k
    for s in (s0, s1, s2):
        if s >= 0:
            t.link[s, HOLDER] = k
    put_in_queue(t, k)


@inner_kernel  # type: ignore[untyped-decorator]
def _relink(face: IntArray, k: int, old: int, new: int) -> None:
    if k >= 0:
        for i in range(3):
            if face[k, NEIGHBOUR + i] == old:
                face[k, NEIGHBOUR + i] = new
                return


@inner_kernel  # type: ignore[untyped-decorator]
def place_of(face: IntArray, k: int, neighbour: int) -> int:
    """Which corner of triangle k lies opposite its neighbour."""
    for i in range(3):
        if face[k, NEIGHBOUR + i] == neighbour:
            return i
    return -1


@inner_kernel  # type: ignore[untyped-decorator]
def flip(t: Triangulation, k: int, i: int) -> int:
    """Turn the edge opposite corner i of triangle k; the old corner i becomes corner 0 of both triangles. Gives the other triangle."""
    u = t.face[k, NEIGHBOUR + i]
    j = place_of(t.face, u, k)
    i1, i2, j1, j2 = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
    p, a, b, q = t.face[k, i], t.face[k, i1], t.face[k, i2], t.face[u, j]
    n_pa, s_pa = t.face[k, NEIGHBOUR + i2], t.face[k, SEGMENT + i2]
    n_bp, s_bp = t.face[k, NEIGHBOUR + i1], t.face[k, SEGMENT + i1]
    n_aq, s_aq = t.face[u, NEIGHBOUR + j1], t.face[u, SEGMENT + j1]
    n_qb, s_qb = t.face[u, NEIGHBOUR + j2], t.face[u, SEGMENT + j2]
    _write(t, k, p, a, q, n_aq, u, n_pa, s_aq, -1, s_pa)
    _write(t, u, p, q, b, n_qb, n_bp, k, s_qb, s_bp, -1)
    _relink(t.face, n_aq, u, k)
    _relink(t.face, n_bp, k, u)
    return int(u)


@inner_kernel  # type: ignore[untyped-decorator]
def _restore(t: Triangulation, depth: int) -> None:
    """Flip until every edge opposite corner 0 of the stacked triangles, and what flips bring up, is Delaunay."""
    while depth > 0:
        depth -= 1
        k = t.stack[depth]
        u = t.face[k, NEIGHBOUR]
        if u < 0 or t.face[k, SEGMENT] >= 0:
            continue
        p = t.face[k, 0]
        if in_circle(t.xy, t.face, u, t.xy[p, 0], t.xy[p, 1]):
            a, b, q = t.face[k, 1], t.face[k, 2], t.face[u, place_of(t.face, u, k)]
            if turn(t.xy, p, a, q) > 0.0 and turn(t.xy, p, q, b) > 0.0:
                flip(t, k, 0)
                t.stack[depth] = k
                t.stack[depth + 1] = u
                depth += 2


@inner_kernel  # type: ignore[untyped-decorator]
def _split(t: Triangulation, p: int, k: int) -> None:
    """Split triangle k at point p into three, p their first corner, and stack them: opposite old corners 0, 1, 2 (k itself)."""
    a, b, c = t.face[k, 0], t.face[k, 1], t.face[k, 2]
    na, nb, nc = t.face[k, 3], t.face[k, 4], t.face[k, 5]
    sa, sb, sc = t.face[k, 6], t.face[k, 7], t.face[k, 8]
    k1 = t.counts[TRIANGLES]
    k2 = k1 + 1
    t.counts[TRIANGLES] += 2
    t.face[k1, REGION] = t.face[k2, REGION] = t.face[k, REGION]
    _write(t, k, p, a, b, nc, k1, k2, sc, -1, -1)
    _write(t, k1, p, b, c, na, k2, k, sa, -1, -1)
    _write(t, k2, p, c, a, nb, k, k1, sb, -1, -1)
    _relink(t.face, na, k, k1)
    _relink(t.face, nb, k, k2)
    t.stack[0], t.stack[1], t.stack[2] = k1, k2, k


@inner_kernel  # type: ignore[untyped-decorator]
def insert_inside(t: Triangulation, p: int, k: int) -> None:
    """Put point p, strictly inside triangle k, into the triangulation."""
    _split(t, p, k)
    _restore(t, 3)


@inner_kernel  # type: ignore[untyped-decorator]
def mark_edge(t: Triangulation, k: int, i: int, s: int) -> None:
    """Make the edge opposite corner i of triangle k segment s."""
    u = t.face[k, NEIGHBOUR + i]
    t.face[k, SEGMENT + i] = s
    t.face[u, SEGMENT + place_of(t.face, u, k)] = s
    t.link[s, HOLDER] = k


@inner_kernel  # type: ignore[untyped-decorator]
def insert_on_edge(t: Triangulation, p: int, k: int, i: int) -> None:
    """Put point p on (or beside) the edge opposite corner i of triangle k. A segment there falls in two: the part at its first end keeps
    its number, the other gets the next one."""
    a, u, s = t.face[k, (i + 1) % 3], t.face[k, NEIGHBOUR + i], t.face[k, SEGMENT + i]
    _split(t, p, k)
    flat = t.stack[i]  # the triangle without height over the edge; turning the edge does away with it
    beside = t.face[u, REGION]
    flip(t, flat, 0)
    # of the two turned triangles, the one with the edge's first end has taken the flat one's place: both lie beyond the edge
    t.face[flat, REGION] = beside
    if s >= 0:
        new = t.counts[SEGMENTS]
        t.counts[SEGMENTS] += 1
        for column in range(2, 6):
            t.link[new, column] = t.link[s, column]
        t.link[new, 1] = t.link[s, 1]
        t.link[new, 0] = t.link[s, 1] = p
        first = t.link[s, 0] == a
        mark_edge(t, flat, 2, s if first else new)
        mark_edge(t, u, 1, new if first else s)
    t.stack[3] = u
    _restore(t, 4)


@inner_kernel  # type: ignore[untyped-decorator]
def _insert_point(t: Triangulation, p: int, start: int) -> int:
    """Find the place of point p by walking from a triangle, and insert it. Gives the point already there, or -1."""
    x, y = t.xy[p, 0], t.xy[p, 1]
    k = start
    for step in range(len(t.face)):
        moved = False
        for shift in range(3):
            i = (step + shift) % 3  # turning the first edge looked at keeps the walk from circling
            a, b = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
            if turn_to(t.xy, a, b, x, y) < 0.0:
                k = t.face[k, NEIGHBOUR + i]
                moved = True
                break
        if not moved:
            break
    for i in range(3):
        if t.xy[t.face[k, i], 0] == x and t.xy[t.face[k, i], 1] == y:
            return int(t.face[k, i])
    for i in range(3):
        if turn_to(t.xy, t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3], x, y) == 0.0:
            insert_on_edge(t, p, k, i)
            return -1
    insert_inside(t, p, k)
    return -1


@kernel  # type: ignore[untyped-decorator]
def insert_points(t: Triangulation, first: int, last: int) -> tuple[int, int]:
    """Insert points first to last - 1 in order. Gives the first pair that coincide, or (-1, -1)."""
    for p in range(first, last):
        met = _insert_point(t, p, t.node[p - 1, AT])
        if met >= 0:
            return p, met
        t.counts[POINTS] = p + 1
    return -1, -1


@kernel  # type: ignore[untyped-decorator]
def restore_all(t: Triangulation) -> None:
    """Flip every edge that is neither a segment nor Delaunay."""
    changed = True
    while changed:
        changed = False
        for k in range(t.counts[TRIANGLES]):
            for i in range(3):
                u = t.face[k, NEIGHBOUR + i]
                if u < 0 or t.face[k, SEGMENT + i] >= 0:
                    continue
                p = t.face[k, i]
                if in_circle(t.xy, t.face, u, t.xy[p, 0], t.xy[p, 1]):
                    q = t.face[u, place_of(t.face, u, k)]
                    a, b = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
                    if turn(t.xy, p, a, q) > 0.0 and turn(t.xy, p, q, b) > 0.0:
                        flip(t, k, i)
                        changed = True
