"""Compiled split: the two forces of two units that together cost the battery least, found exactly.

A unit at one car speed is a row of tyre forces with its loss between them straight, so the loss of two units that share a force is
straight between the forces at which either has a node. The cheapest split therefore lies at such a node, or, with tyre slip (whose loss
is quadratic in the force), at the vertex of one of the parabolas between them; no grid of shares is needed. When braking, taking less
than what is left to the units is one more choice: a controller does not recuperate at a loss.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from halfshaft.vehicle.tables import ROUNDING, place


@njit(cache=True, nogil=True, error_model="numpy")
def loss_at(x, force, table, slope):
    """Loss [W] of one unit at tyre force x, held at the outermost nodes."""
    x = min(max(x, force[0]), force[-1])
    k = place(force, x)
    return table[k] + (x - force[k]) * slope[k]


@njit(cache=True, nogil=True, error_model="numpy")
def shared(total, low, high, v, xf, lf, sf, cf, xr, lr, sr, cr):
    """Cheapest front force between ``low`` and ``high`` when the rear gives the rest of ``total``: (loss of units and tyres, force)."""
    last = len(xf) - 2
    i, j = place(xf, low), place(xr, total - low)
    bend = v * (cf + cr)
    a, best, best_a = low, np.inf, low
    while True:
        b = total - a
        cost = lf[i] + (a - xf[i]) * sf[i] + lr[j] + (b - xr[j]) * sr[j] + v * (a * a * cf + b * b * cr)
        if cost < best:
            best, best_a = cost, a
        if a >= high:
            return best, best_a
        to_front = xf[i + 1] if i < last else high
        to_rear = total - xr[j] if j > 0 else high
        after = max(a, min(to_front, to_rear, high))
        if bend > 0.0:
            vertex = (2.0 * v * cr * total - (sf[i] - sr[j])) / (2.0 * bend)
            if a < vertex < after:
                b = total - vertex
                cost = lf[i] + (vertex - xf[i]) * sf[i] + lr[j] + (b - xr[j]) * sr[j]
                cost += v * (vertex * vertex * cf + b * b * cr)
                if cost < best:
                    best, best_a = cost, vertex
        moved = False
        if i < last and to_front <= after:
            i += 1
            moved = True
        if j > 0 and to_rear <= after:
            j -= 1
            moved = True
        if not moved:
            after = high
        a = after


@njit(cache=True, nogil=True, error_model="numpy")
def alone(low, high, v, x, loss, slope, c):
    """Cheapest force of one unit between ``low`` and ``high``: (power it draws and its tyre loses, force)."""
    k, last = place(x, low), len(x) - 2
    a, best, best_a = low, np.inf, low
    while True:
        cost = a * v + loss[k] + (a - x[k]) * slope[k] + v * c * a * a
        if cost < best:
            best, best_a = cost, a
        if a >= high:
            return best, best_a
        after = min(x[k + 1], high) if k < last else high
        if c > 0.0:
            vertex = -(v + slope[k]) / (2.0 * v * c)
            if a < vertex < after:
                cost = vertex * v + loss[k] + (vertex - x[k]) * slope[k] + v * c * vertex * vertex
                if cost < best:
                    best, best_a = cost, vertex
        if k < last:
            k += 1
        else:
            after = high
        a = max(a, after)


@njit(cache=True, nogil=True, error_model="numpy")
def pull(total, v, xf, lf, sf, cf, off_f, xr, lr, sr, cr, off_r):
    """Split of a driving force: (front N, rear N, front uncoupled, rear uncoupled, whether it is in reach).

    ``off_f`` and ``off_r`` are the losses of an uncoupled unit, infinite where nothing uncouples.
    """
    most_f, most_r = xf[-1], xr[-1]
    if total > (most_f + most_r) * ROUNDING:
        return 0.0, 0.0, False, False, False
    high = min(total, most_f)
    low = min(max(0.0, total - most_r), high)
    best, a = shared(total, low, high, v, xf, lf, sf, cf, xr, lr, sr, cr)
    out = (a, total - a, False, False, True)
    if off_f < np.inf and total <= most_r * ROUNDING:
        cost = off_f + loss_at(total, xr, lr, sr) + v * cr * total * total
        if cost < best:
            best = cost
            out = (0.0, total, True, False, True)
    if off_r < np.inf and total <= most_f * ROUNDING:
        cost = off_r + loss_at(total, xf, lf, sf) + v * cf * total * total
        if cost < best:
            out = (total, 0.0, False, True, True)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def brake(asked, v, xf, lf, sf, cf, off_f, least_f, xr, lr, sr, cr, off_r, least_r):
    """Split of a braking force that the units may take (``asked`` <= 0), or of less of it where all of it would cost.

    Each axle takes at most ``least_f``, ``least_r`` (negative). What both take runs from the rear alone over the full request to the
    front alone; on that way and at rest the cheapest point is found. Returns as ``pull``.
    """
    zero_f, zero_r = loss_at(0.0, xf, lf, sf), loss_at(0.0, xr, lr, sr)
    best = min(zero_f, off_f) + min(zero_r, off_r)
    out = (0.0, 0.0, off_f < zero_f, off_r < zero_r, True)
    if asked >= 0.0:
        return out
    most_a, most_b = max(asked, least_f), max(asked, least_r)
    # one axle brakes, the other is idle or uncoupled, or both as far as they go
    if most_b < 0.0:
        cost, b = alone(most_b, 0.0, v, xr, lr, sr, cr)
        if cost + min(zero_f, off_f) < best:
            best = cost + min(zero_f, off_f)
            out = (0.0, b, off_f < zero_f, False, True)
    if most_a < 0.0:
        cost, a = alone(most_a, 0.0, v, xf, lf, sf, cf)
        if cost + min(zero_r, off_r) < best:
            best = cost + min(zero_r, off_r)
            out = (a, 0.0, False, off_r < zero_r, True)
    if most_a < 0.0 and most_b < 0.0:
        end_b = most_b * v + loss_at(most_b, xr, lr, sr) + v * cr * most_b * most_b
        cost, a = alone(max(asked - most_b, most_a), 0.0, v, xf, lf, sf, cf)
        if cost + end_b < best:
            best = cost + end_b
            out = (a, most_b, False, False, True)
        end_a = most_a * v + loss_at(most_a, xf, lf, sf) + v * cf * most_a * most_a
        cost, b = alone(max(asked - most_a, most_b), 0.0, v, xr, lr, sr, cr)
        if cost + end_a < best:
            best = cost + end_a
            out = (most_a, b, False, False, True)
        if asked - most_b >= most_a:
            cost, a = shared(asked, most_a, min(0.0, asked - most_b), v, xf, lf, sf, cf, xr, lr, sr, cr)
            if cost + asked * v < best:
                out = (a, asked - a, False, False, True)
    return out
