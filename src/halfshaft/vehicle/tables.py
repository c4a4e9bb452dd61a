"""Compiled look-up: one unit at one car speed as a row of tyre forces, between whose nodes the loss runs straight.

A row has five lines over its nodes: force [N], loss there [W], the loss's slope in the cell up to the next node, and the lower convex
envelope of the loss with its slope, of the driving and of the braking side each by itself. Only what a second can reach is filled: the
side that it needs, up to the node beyond the force that is asked for. No unit is ever given more than that force.
"""

from __future__ import annotations

from halfshaft.vehicle.compiled import kernel

ROUNDING = 1.0 + 1e-9
LEAST_N = 1e-6  # a limit below this is none: slopes over such a width would be noise
FORCE, LOSS, SLOPE, HULL, HULL_SLOPE = range(5)


@kernel
def place(nodes, x, start):
    """Cell of rising ``nodes`` that holds x, looked for from cell ``start`` on; outside, the first or the last."""
    k, last = start, len(nodes) - 2
    while k < last and nodes[k + 1] <= x:
        k += 1
    while k > 0 and nodes[k] > x:
        k -= 1
    return k


@kernel
def straight(nodes, values, x):
    """Value at x, straight between nodes and constant outside."""
    low = place(nodes, x, 0)
    w = (x - nodes[low]) / (nodes[low + 1] - nodes[low])
    w = min(max(w, 0.0), 1.0)
    return (1.0 - w) * values[low] + w * values[low + 1]


@kernel
def losses(force, drive, brake, low, weight, fraction, loss, out):
    """Loss [W] of one unit at forces (k, t) into ``out``: bilinear in speed and torque fraction, read at the limit beyond it.

    Over the speeds (t,) stand limits, cell and place in it; ``fraction`` (m,) and ``loss`` (n, m) are the map.
    """
    last = len(fraction) - 2
    for k in range(force.shape[0]):
        for t in range(force.shape[1]):
            limit = drive[t] if force[k, t] >= 0.0 else brake[t]
            x = force[k, t] / limit if limit > 0.0 else 0.0
            column = place(fraction, x, min(max(int(0.5 * (x + 1.0) * (last + 1)), 0), last))
            across = min(max((x - fraction[column]) / (fraction[column + 1] - fraction[column]), 0.0), 1.0)
            below, above = loss[low[t]], loss[low[t] + 1]
            here = below[column] + across * (below[column + 1] - below[column])
            there = above[column] + across * (above[column + 1] - above[column])
            out[k, t] = here + weight[t] * (there - here)


@kernel
def fill(row, v, asked, speed, fraction, inverse, zero, drive, brake, loss, top, slip, start, corners):
    """One unit at car speed v into ``row`` (5, m): (allowed so fast, every newton of braking brings more than it costs, cell of the speed).

    ``asked`` is the tyre force that is asked of all units together: forces are filled throughout its side, the rest only as far as that.
    ``speed`` (n,), ``fraction`` (m,) and ``loss`` (n, m) are the map at the wheels, ``drive`` and ``brake`` (n,) its limits,
    ``inverse`` (m,) one over the width of each cell of the fraction. ``slip`` is relative slip per newton: a pulling tyre turns faster
    than the car by that much, so that force and loss are those at the higher speed. A side without force has the loss of no force
    throughout. ``start`` is where the speed is looked for first, ``corners`` (m,) room to work in.
    """
    columns = len(fraction)
    pulling = asked > 0.0
    first, last = (zero, columns - 1) if pulling else (0, zero)
    allowed = v <= top * ROUNDING
    low = place(speed, v, start)
    w = min(max((v - speed[low]) / (speed[low + 1] - speed[low]), 0.0), 1.0)
    limits = drive if pulling else brake
    limit = (1.0 - w) * limits[low] + w * limits[low + 1] if allowed else 0.0
    force, table, slope = row[FORCE], row[LOSS], row[SLOPE]
    below, above = loss[low], loss[low + 1]
    if limit < LEAST_N:
        idle = below[zero] + w * (above[zero] - below[zero])
        row[FORCE, first : last + 1] = 0.0
        row[LOSS, first : last + 1] = idle
        row[HULL, first : last + 1] = idle
        row[SLOPE, first:last] = 0.0
        row[HULL_SLOPE, first:last] = 0.0
        return allowed, True, low
    for k in range(first, last + 1):
        force[k] = fraction[k] * limit
    if slip > 0.0 and v > 0.0:
        for k in range(first, last + 1):
            f, u = force[k], v
            # a contraction: a per cent of speed moves the limit by a per cent at most; without force there is no slip
            for _ in range(0 if k == zero else 4):
                u = v * (1.0 + slip * f)
                f = fraction[k] * straight(speed, limits, u)
            near = place(speed, u, low)
            x = min(max((u - speed[near]) / (speed[near + 1] - speed[near]), 0.0), 1.0)
            force[k] = f
            table[k] = loss[near, k] + x * (loss[near + 1, k] - loss[near, k])
        for k in range(first, last):
            width = force[k + 1] - force[k]
            slope[k] = (table[k + 1] - table[k]) / width if width > 0.0 else 0.0
    else:
        # one cell more than is asked for, so that a force at its far node has a slope on either side
        if pulling:
            far = first
            while far < last and force[far] < asked:
                far += 1
            last = min(far + 1, last)
        else:
            far = last
            while far > first and force[far] > asked:
                far -= 1
            first = max(far - 1, first)
        for k in range(first, last + 1):
            table[k] = below[k] + w * (above[k] - below[k])
        per_n = 1.0 / limit
        for k in range(first, last):
            slope[k] = (table[k + 1] - table[k]) * inverse[k] * per_n
    # shorter maps end in cells without width: a force that rounding puts there must see the slope it came from
    for k in range(first + 1, last):
        if inverse[k] == 0.0:
            slope[k] = slope[k - 1]
    envelope(row, first, last, corners)
    pays = v > 0.0
    for k in range(first, zero):
        # the slope of the tyre's own loss is 2 v slip F; F is negative, so the lower end of a cell is its least
        if inverse[k] > 0.0 and v + slope[k] + 2.0 * v * slip * force[k] <= 0.0:
            pays = False
    return allowed, pays, low


@kernel
def envelope(row, first, last, corners):
    """Lower convex envelope of the points ``first`` to ``last`` of one row; ``corners`` (m,) is room to work in."""
    force, table, slope, hull, hull_slope = row[FORCE], row[LOSS], row[SLOPE], row[HULL], row[HULL_SLOPE]
    convex = True
    for k in range(first, last):
        hull[k], hull_slope[k] = table[k], slope[k]
        if slope[k] < slope[max(k - 1, first)]:
            convex = False
    hull[last] = table[last]
    if convex:
        return
    corners[0] = first
    count = 1
    for k in range(first + 1, last + 1):
        if force[k] <= force[k - 1]:
            continue  # a cell without width
        while count > 1:
            p, q = corners[count - 2], corners[count - 1]
            if (table[q] - table[p]) * (force[k] - force[p]) < (table[k] - table[p]) * (force[q] - force[p]):
                break
            count -= 1
        corners[count] = k
        count += 1
    for c in range(count - 1):
        p, q = corners[c], corners[c + 1]
        if q == p + 1:
            continue
        steep = (table[q] - table[p]) / (force[q] - force[p])
        for k in range(p, q):
            hull[k] = table[p] + (force[k] - force[p]) * steep
            hull_slope[k] = steep
    for k in range(corners[count - 1], last):
        if k > first:
            hull_slope[k] = hull_slope[k - 1]
