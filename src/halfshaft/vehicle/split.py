"""Compiled split: the two forces of two units that together cost the battery least, found exactly.

A unit at one car speed is a row of tyre forces with its loss between them straight, so the loss of two units that share a force is
straight between the forces at which either has a node. The cheapest split therefore lies at such a node, or, with tyre slip (whose loss
is quadratic in the force), at the vertex of one of the parabolas between them; no grid of shares is needed.

Losses are nearly convex in the force. So the lower convex envelopes of the two rows are searched first, by walking downhill from
where the second before ended. Where the losses at the point found are those of the envelopes, nothing can be cheaper, and it is the
answer; else the nodes around are tried, as far as the envelopes lie below the best found. When braking, taking less than what is left to
the units is one more choice: a controller does not recuperate at a loss. A unit is a row (5, m) as in ``tables``, with the column z
of no force.
"""

from __future__ import annotations

import numpy as np

from halfshaft.vehicle.compiled import kernel
from halfshaft.vehicle.tables import FORCE, HULL, HULL_SLOPE, LOSS, ROUNDING, SLOPE

_NOTHING_W = 1e-9


@kernel
def cell_of(x, unit, start):
    """Cell of row s that holds force x, looked for from cell ``start`` on; outside, the first or the last."""
    k, last = start, unit.shape[1] - 2
    while k < last and unit[FORCE, k + 1] <= x:
        k += 1
    while k > 0 and unit[FORCE, k] > x:
        k -= 1
    return k


@kernel
def loss_at(x, unit, zero, start):
    """Loss [W] of one unit at tyre force x, held at the outermost nodes; only the side of x is read."""
    if x == 0.0:
        return unit[LOSS, zero]
    x = min(max(x, unit[FORCE, 0]), unit[FORCE, -1])
    k = cell_of(x, unit, start)
    return unit[LOSS, k] + (x - unit[FORCE, k]) * unit[SLOPE, k]


@kernel(inline="always")
def both(a, b, v, one, two, c1, c2, i, j):
    """What units and tyres lose [W] at forces a in cell i of the front and b in cell j of the rear, and what the envelopes say of it."""
    d1, d2 = a - one[FORCE, i], b - two[FORCE, j]
    slip = v * (a * a * c1 + b * b * c2)
    cost = one[LOSS, i] + d1 * one[SLOPE, i] + two[LOSS, j] + d2 * two[SLOPE, j] + slip
    bound = one[HULL, i] + d1 * one[HULL_SLOPE, i] + two[HULL, j] + d2 * two[HULL_SLOPE, j] + slip
    return cost, bound


@kernel
def shared(total, low, high, v, one, two, z1, z2, c1, c2, begin, i, j):
    """Cheapest front force between ``low`` and ``high`` (one sign) when the rear gives the rest of ``total``: (loss, force, cells).

    ``begin`` and the cells i, j are where to look first. The loss is that of units and tyres.
    """
    pulling = total > 0.0
    first1, last1 = (z1, one.shape[1] - 2) if pulling else (0, z1 - 1)
    first2, last2 = (z2, two.shape[1] - 2) if pulling else (0, z2 - 1)
    bend = 2.0 * v * (c1 + c2)
    a = min(max(begin, low), high)
    b = total - a
    i, j = min(max(i, first1), last1), min(max(j, first2), last2)
    while i < last1 and one[FORCE, i + 1] <= a:
        i += 1
    while i > first1 and one[FORCE, i] > a:
        i -= 1
    while j > first2 and two[FORCE, j] >= b:
        j -= 1
    while j < last2 and two[FORCE, j + 1] < b:
        j += 1
    start = a
    while a < high:
        fall = one[HULL_SLOPE, i] - two[HULL_SLOPE, j] + 2.0 * v * (c1 * a - c2 * (total - a))
        if fall >= 0.0:
            break
        to1 = one[FORCE, i + 1] if i < last1 else high
        to2 = total - two[FORCE, j] if j > first2 else high
        to = min(to1, to2, high)
        if bend > 0.0 and a - fall / bend < to:
            a -= fall / bend
            break
        if i < last1 and to1 <= to:
            i += 1
        if j > first2 and to2 <= to:
            j -= 1
        a = max(a, to)
    if a == start:
        while i > first1 and one[FORCE, i] >= a:
            i -= 1
        while j < last2 and two[FORCE, j + 1] <= total - a:
            j += 1
        while a > low:
            rise = one[HULL_SLOPE, i] - two[HULL_SLOPE, j] + 2.0 * v * (c1 * a - c2 * (total - a))
            if rise <= 0.0:
                break
            to1 = one[FORCE, i] if i > first1 else low
            to2 = total - two[FORCE, j + 1] if j < last2 else low
            to = max(to1, to2, low)
            if bend > 0.0 and a - rise / bend > to:
                a -= rise / bend
                break
            if i > first1 and to1 >= to:
                i -= 1
            if j < last2 and to2 >= to:
                j += 1
            a = min(a, to)
    cost, bound = both(a, total - a, v, one, two, c1, c2, i, j)
    if cost <= bound + _NOTHING_W:
        return cost, a, i, j
    # the envelopes are convex: away from their lowest point they rise, and where they pass the best cost so far nothing can be below it
    middle, first_i, first_j = a, i, j
    best, best_a, best_i, best_j = cost, a, i, j
    for way in range(2):
        a, i, j = middle, first_i, first_j
        while way == 0 and i < last1 and one[FORCE, i + 1] <= a:
            i += 1
        while way == 0 and j > first2 and two[FORCE, j] >= total - a:
            j -= 1
        while way == 1 and i > first1 and one[FORCE, i] >= a:
            i -= 1
        while way == 1 and j < last2 and two[FORCE, j + 1] <= total - a:
            j += 1
        end = high if way == 0 else low
        while a != end:
            if way == 0:
                to1 = one[FORCE, i + 1] if i < last1 else high
                to2 = total - two[FORCE, j] if j > first2 else high
                to = max(a, min(to1, to2, high))
            else:
                to1 = one[FORCE, i] if i > first1 else low
                to2 = total - two[FORCE, j + 1] if j < last2 else low
                to = min(a, max(to1, to2, low))
            if bend > 0.0:
                vertex = (2.0 * v * c2 * total - (one[SLOPE, i] - two[SLOPE, j])) / bend
                if min(a, to) < vertex < max(a, to):
                    cost, _ = both(vertex, total - vertex, v, one, two, c1, c2, i, j)
                    if cost < best:
                        best, best_a, best_i, best_j = cost, vertex, i, j
            cost, bound = both(to, total - to, v, one, two, c1, c2, i, j)
            if cost < best:
                best, best_a, best_i, best_j = cost, to, i, j
            if bound >= best:
                break
            a = to
            if way == 0:
                i, j = i + (i < last1 and to1 <= to), j - (j > first2 and to2 <= to)
            else:
                i, j = i - (i > first1 and to1 >= to), j + (j < last2 and to2 >= to)
    return best, best_a, best_i, best_j


@kernel
def alone(low, high, v, unit, zero, c):
    """Cheapest braking force of one unit between ``low`` and ``high``, at most none: (power it draws and its tyre loses, force)."""
    last = zero - 1  # beyond it lies the driving side, which is not that of this second
    k = min(cell_of(low, unit, 0), last)
    a, best, best_a = low, np.inf, low
    while True:
        cost = a * v + unit[LOSS, k] + (a - unit[FORCE, k]) * unit[SLOPE, k] + v * c * a * a
        if cost < best:
            best, best_a = cost, a
        if a >= high:
            return best, best_a
        after = min(unit[FORCE, k + 1], high) if k < last else high
        if c > 0.0 and v > 0.0:
            vertex = -(v + unit[SLOPE, k]) / (2.0 * v * c)
            if a < vertex < after:
                cost = vertex * v + unit[LOSS, k] + (vertex - unit[FORCE, k]) * unit[SLOPE, k] + v * c * vertex * vertex
                if cost < best:
                    best, best_a = cost, vertex
        if k < last:
            k += 1
        else:
            after = high
        a = max(a, after)


@kernel
def pull(total, v, one, two, z1, z2, c1, c2, off1, off2, share, i, j):
    """Split of a driving force: (front N, rear N, front uncoupled, rear uncoupled, whether it is in reach, cells).

    ``off1`` and ``off2`` are the losses of an uncoupled unit, infinite where nothing uncouples; ``share`` and i, j are where to look first.
    """
    most1, most2 = one[FORCE, -1], two[FORCE, -1]
    if total > (most1 + most2) * ROUNDING:
        return 0.0, 0.0, False, False, False, i, j
    high = min(total, most1)
    low = min(max(0.0, total - most2), high)
    best, a, i, j = shared(total, low, high, v, one, two, z1, z2, c1, c2, share * total, i, j)
    out = (a, total - a, False, False, True, i, j)
    if off1 < np.inf and total <= most2 * ROUNDING:
        cost = off1 + loss_at(total, two, z2, j) + v * c2 * total * total
        if cost < best:
            best = cost
            out = (0.0, total, True, False, True, i, j)
    if off2 < np.inf and total <= most1 * ROUNDING:
        cost = off2 + loss_at(total, one, z1, i) + v * c1 * total * total
        if cost < best:
            out = (total, 0.0, False, True, True, i, j)
    return out


@kernel
def brake(asked, v, one, two, z1, z2, c1, c2, off1, off2, least1, least2, pays, share, i, j):
    """Split of a braking force that the units may take (``asked`` <= 0), or of less of it where all of it would cost.

    Each axle takes at most ``least1``, ``least2`` (negative). What both take runs from the rear alone over the full request to the
    front alone; on that way and at rest the cheapest point is found. ``pays`` says that every newton of either unit brings power; then
    only the full request is searched. Returns as ``pull``.
    """
    most_a, most_b = max(asked, least1), max(asked, least2)
    if pays and asked < 0.0:
        if most_a + most_b >= asked:
            return most_a, most_b, False, False, True, i, j
        _, a, i, j = shared(asked, most_a, min(0.0, asked - most_b), v, one, two, z1, z2, c1, c2, share * asked, i, j)
        return a, asked - a, False, False, True, i, j
    zero1, zero2 = one[LOSS, z1], two[LOSS, z2]
    best = min(zero1, off1) + min(zero2, off2)
    out = (0.0, 0.0, off1 < zero1, off2 < zero2, True, i, j)
    if most_b < 0.0:
        cost, b = alone(most_b, 0.0, v, two, z2, c2)
        if cost + min(zero1, off1) < best:
            best = cost + min(zero1, off1)
            out = (0.0, b, off1 < zero1, False, True, i, j)
    if most_a < 0.0:
        cost, a = alone(most_a, 0.0, v, one, z1, c1)
        if cost + min(zero2, off2) < best:
            best = cost + min(zero2, off2)
            out = (a, 0.0, False, off2 < zero2, True, i, j)
    if most_a < 0.0 and most_b < 0.0:
        end_b = most_b * v + loss_at(most_b, two, z2, j) + v * c2 * most_b * most_b
        cost, a = alone(max(asked - most_b, most_a), 0.0, v, one, z1, c1)
        if cost + end_b < best:
            best = cost + end_b
            out = (a, most_b, False, False, True, i, j)
        end_a = most_a * v + loss_at(most_a, one, z1, i) + v * c1 * most_a * most_a
        cost, b = alone(max(asked - most_a, most_b), 0.0, v, two, z2, c2)
        if cost + end_a < best:
            best = cost + end_a
            out = (most_a, b, False, False, True, i, j)
        if asked - most_b >= most_a:
            high = min(0.0, asked - most_b)
            cost, a, i, j = shared(asked, most_a, high, v, one, two, z1, z2, c1, c2, share * asked, i, j)
            if cost + asked * v < best:
                out = (a, asked - a, False, False, True, i, j)
    return out
