"""The compiled loop for units that drive alone: nothing to split, so no row of the unit is needed, only the point where it works.

It gives what `engine.run` gives for a car of one unit that is always coupled, on tyres without slip, warm, on a battery of one voltage and
one resistance; whatever is more than that goes there.
"""

from __future__ import annotations

from halfshaft.vehicle.compiled import kernel
from halfshaft.vehicle.engine import terminal
from halfshaft.vehicle.tables import LEAST_N, ROUNDING


@kernel(inline="always")
def point(v, asked, least, units, u):
    """(force, loss, out of reach) of unit u that is asked for a force; idle where it cannot.

    When braking it takes at most ``least`` (negative) and only as much as pays. Cells are looked for first where even grids have them.
    """
    speeds, speeds_mps, fraction, inverse, zero, drive_n, brake_n, loss, top, _, _, _ = units
    last, z = speeds[u] - 2, zero[u]
    cell = min(int(v * (last + 1) / speeds_mps[u, last + 1]), last)
    while cell < last and speeds_mps[u, cell + 1] <= v:
        cell += 1
    while cell > 0 and speeds_mps[u, cell] > v:
        cell -= 1
    w = (v - speeds_mps[u, cell]) / (speeds_mps[u, cell + 1] - speeds_mps[u, cell])
    w = min(max(w, 0.0), 1.0)
    idle = loss[u, cell, z] + w * (loss[u, cell + 1, z] - loss[u, cell, z])
    if v > top[u] * ROUNDING:
        return 0.0, idle, True
    force, limit = asked, 0.0
    if asked > 0.0:
        limit = drive_n[u, cell] + w * (drive_n[u, cell + 1] - drive_n[u, cell])
        if asked > limit * ROUNDING:
            return 0.0, idle, True
    elif asked < 0.0:
        limit = brake_n[u, cell] + w * (brake_n[u, cell + 1] - brake_n[u, cell])
        force = max(asked, least, -limit)
    if force == 0.0 or limit < LEAST_N:
        return 0.0, idle, False
    x = force / limit
    last = fraction.shape[1] - 2
    column = min(int(0.5 * (x + 1.0) * (last + 1)), last)
    while column < last and fraction[u, column + 1] <= x:
        column += 1
    while column > 0 and fraction[u, column] > x:
        column -= 1
    across = min((x - fraction[u, column]) * inverse[u, column], 1.0)
    here = loss[u, cell, column] + across * (loss[u, cell, column + 1] - loss[u, cell, column])
    there = loss[u, cell + 1, column] + across * (loss[u, cell + 1, column + 1] - loss[u, cell + 1, column])
    lose = here + w * (there - here)
    if force < 0.0:
        best = force * v + lose
        for k in range(column + 1, z + 1):
            f, other = fraction[u, k] * limit, loss[u, cell, k] + w * (loss[u, cell + 1, k] - loss[u, cell, k])
            if f * v + other < best:
                best, force, lose = f * v + other, f, other
    return force, lose, False


@kernel
def drive_alone(steps, units, auxiliary, share, volts, ohms, most_w, coulomb, out):
    """DC, cell loss, coulombic loss [J] and missed time [s] of each unit of `packed.PackedUnits` into ``out`` (u, 4).

    ``share`` is the largest share of a braking force on this axle; the rest is as in `engine.run`.
    """
    duration, speed, wheel, left = steps
    for u in range(len(units[0])):
        dc, heat, lost, missed_s = 0.0, 0.0, 0.0, 0.0
        for s in range(len(duration)):
            dt, v = duration[s], speed[s]
            force, loss, missed = point(v, left[s], share * wheel[s], units, u)
            power = force * v + loss + auxiliary
            if power > most_w * ROUNDING and not missed:
                missed = True
                _, loss, _ = point(v, 0.0, 0.0, units, u)
                power = loss + auxiliary
            current = terminal(power, volts, ohms)
            dc += power * dt
            heat += ohms * current * current * dt
            if current < 0.0:
                lost += (coulomb - 1.0) * volts * current * dt
            if missed:
                missed_s += dt
        out[u, 0], out[u, 1], out[u, 2], out[u, 3] = dc, heat, lost, missed_s
