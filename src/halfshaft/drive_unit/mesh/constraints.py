"""Segments forced into a triangulation by flipping the edges they cross (Sloan 1993, "A fast algorithm for generating constrained Delaunay
triangulations")."""

from __future__ import annotations

from halfshaft.drive_unit.mesh.delaunay import (
    AT,
    NEIGHBOUR,
    SEGMENT,
    SEGMENTS,
    IntArray,
    Triangulation,
    flip,
    inner_kernel,
    kernel,
    mark_edge,
    place_of,
    turn,
)


@inner_kernel  # type: ignore[untyped-decorator]
def _edge_at(node: IntArray, face: IntArray, a: int, b: int) -> tuple[int, int]:
    """The triangle and corner opposite the edge from a to b (b counter-clockwise after a), or (-1, -1) where there is no such edge."""
    start = node[a, AT]
    for step in (1, 2):  # around a one way, and the other way where the box's rim ends the first
        k = start
        while k >= 0:
            i = 0
            while face[k, i] != a:
                i += 1
            if face[k, (i + 1) % 3] == b:
                return k, (i + 2) % 3
            k = face[k, NEIGHBOUR + (i + step) % 3]
            if k == start:
                return -1, -1
    return -1, -1


@inner_kernel  # type: ignore[untyped-decorator]
def _first_crossing(t: Triangulation, a: int, b: int) -> tuple[int, int, int]:
    """From a towards b: (-1, -1, c) where point c (perhaps b itself) is met on the line first, else the triangle at a and the corner
    of a whose opposite edge the line crosses."""
    k = t.node[a, AT]
    while True:
        i = 0
        while t.face[k, i] != a:
            i += 1
        c, d = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
        on_c = turn(t.xy, a, b, c)
        if on_c == 0.0:
            ahead = (t.xy[c, 0] - t.xy[a, 0]) * (t.xy[b, 0] - t.xy[a, 0]) + (t.xy[c, 1] - t.xy[a, 1]) * (
                t.xy[b, 1] - t.xy[a, 1]
            )
            if ahead > 0.0:
                return -1, -1, c
        if on_c < 0.0 and turn(t.xy, a, b, d) > 0.0:
            return k, i, -1
        k = t.face[k, NEIGHBOUR + (i + 1) % 3]


@inner_kernel  # type: ignore[untyped-decorator]
def _force_edge(t: Triangulation, a: int, b: int) -> int:
    """Flip until the line from a reaches b or a point on the way: that point. A crossed segment is reported as -2 - segment."""
    k, i, met = _first_crossing(t, a, b)
    if met >= 0:
        return int(met)
    pending = 0
    while True:  # list the crossed edges as pairs of points in the scratch room
        if t.face[k, SEGMENT + i] >= 0:
            return int(-2 - t.face[k, SEGMENT + i])
        c, d = t.face[k, (i + 1) % 3], t.face[k, (i + 2) % 3]
        t.stack[2 * pending], t.stack[2 * pending + 1] = c, d
        pending += 1
        u = t.face[k, NEIGHBOUR + i]
        j = place_of(t.face, u, k)
        apex = t.face[u, j]
        if apex == b:
            break
        side = turn(t.xy, a, b, apex)
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
        k, i = _edge_at(t.node, t.face, c, d)
        u = t.face[k, NEIGHBOUR + i]
        p, q = t.face[k, i], t.face[u, place_of(t.face, u, k)]
        if turn(t.xy, p, c, q) > 0.0 and turn(t.xy, p, q, d) > 0.0:
            flip(t, k, i)
            if p in (a, b) or q in (a, b):
                continue
            side_p, side_q = turn(t.xy, a, b, p), turn(t.xy, a, b, q)
            if side_p * side_q >= 0.0:
                continue
            c, d = (p, q) if side_p < 0.0 else (q, p)
        tail = (head + pending) % room
        t.stack[2 * tail], t.stack[2 * tail + 1] = c, d
        pending += 1
    return int(b)


@kernel  # type: ignore[untyped-decorator]
def insert_segments(t: Triangulation, first: int, last: int) -> tuple[int, int]:
    """Force segments first to last - 1 in, splitting them where they run through a point. Gives two that cross, or (-1, -1)."""
    for s in range(first, last):
        while True:
            a, b = t.link[s, 0], t.link[s, 1]
            met = _force_edge(t, a, b)
            if met < -1:
                return s, -2 - met
            rest = -1
            if met != b:
                rest = t.counts[SEGMENTS]
                t.counts[SEGMENTS] += 1
                for column in range(1, 6):
                    t.link[rest, column] = t.link[s, column]
                t.link[rest, 0] = met
                t.link[s, 1] = met
            k, i = _edge_at(t.node, t.face, a, met)
            if t.face[k, SEGMENT + i] >= 0:
                return s, t.face[k, SEGMENT + i]
            mark_edge(t, k, i, s)
            if rest < 0:
                break
            s = rest
    return -1, -1
