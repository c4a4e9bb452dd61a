"""Compiled look-up: one unit's forces and losses at each second of a cycle, as rows between whose nodes the loss runs straight."""

from __future__ import annotations

from numba import njit

ROUNDING = 1.0 + 1e-9


@njit(cache=True, nogil=True, error_model="numpy")
def place(nodes, x):
    """Cell of rising ``nodes`` that holds x; outside, the first or the last."""
    low, high = 0, len(nodes) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if nodes[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def straight(nodes, values, x):
    """Value at x, straight between nodes and constant outside."""
    low = place(nodes, x)
    w = (x - nodes[low]) / (nodes[low + 1] - nodes[low])
    w = min(max(w, 0.0), 1.0)
    return (1.0 - w) * values[low] + w * values[low + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def tabulate(v, nodes, fraction, zero, drive, brake, loss, top, slip, force, table, slope, allowed):
    """Forces at the nodes of one unit [N] with the loss there [W] and its slope to the next node, each (t, m), at car speeds v.

    ``slip`` is relative slip per newton: a pulling tyre turns faster than the car by that much, so that force and loss are those at
    the higher speed. A side without force has the loss of no force throughout.
    """
    columns = len(fraction)
    for s in range(len(v)):
        allowed[s] = v[s] <= top * ROUNDING
        low = place(nodes, v[s])
        w = min(max((v[s] - nodes[low]) / (nodes[low + 1] - nodes[low]), 0.0), 1.0)
        up = (1.0 - w) * drive[low] + w * drive[low + 1]
        down = (1.0 - w) * brake[low] + w * brake[low + 1]
        if not allowed[s]:
            up, down = 0.0, 0.0
        idle = loss[low, zero] + w * (loss[low + 1, zero] - loss[low, zero])
        for k in range(columns):
            limit = down if k < zero else up
            force[s, k] = fraction[k] * limit
            table[s, k] = loss[low, k] + w * (loss[low + 1, k] - loss[low, k])
        force[s, zero] = 0.0
        if slip > 0.0 and v[s] > 0.0 and allowed[s]:
            for k in range(columns):
                if k == zero:
                    continue
                limits = brake if k < zero else drive
                f, u = force[s, k], v[s]
                for _ in range(4):  # a contraction: a per cent of speed moves the limit by a per cent at most
                    u = v[s] * (1.0 + slip * f)
                    f = fraction[k] * straight(nodes, limits, u)
                near = place(nodes, u)
                x = min(max((u - nodes[near]) / (nodes[near + 1] - nodes[near]), 0.0), 1.0)
                force[s, k] = f
                table[s, k] = loss[near, k] + x * (loss[near + 1, k] - loss[near, k])
        if up <= 0.0:
            for k in range(zero, columns):
                force[s, k], table[s, k] = 0.0, idle
        if down <= 0.0:
            for k in range(zero):
                force[s, k], table[s, k] = 0.0, idle
        for k in range(columns - 1):
            width = force[s, k + 1] - force[s, k]
            slope[s, k] = (table[s, k + 1] - table[s, k]) / width if width > 0.0 else 0.0
        slope[s, columns - 1] = 0.0
