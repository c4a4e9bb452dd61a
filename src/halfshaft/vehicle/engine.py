"""The compiled loop: many pairs of units over one cycle, second by second.

Seconds run outside, pairs inside: at each second every unit is looked up once and every pair is then a search over two rows, so no table
over the cycle is ever held. What a pair remembers (charge, battery and oil temperatures, where the last split was) is one line of
``state``. The loop holds no lock.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from halfshaft.vehicle.compiled import kernel
from halfshaft.vehicle.split import brake, loss_at, pull
from halfshaft.vehicle.tables import FORCE, LOSS, ROUNDING, fill, place, straight

# places in the sums of a pair [J or s]; all but the first four are kept only where a trace is wanted
(
    DC, CELL_LOSS, COULOMB_LOSS, MISSED_S, DRIVE, BRAKE, FRICTION, RECUPERATED, FRONT_LOSS, REAR_LOSS, AUXILIARY, SHORTFALL,
    FRONT_SLIP, REAR_SLIP, FRONT_HUB, REAR_HUB, FRONT_ROAD, REAR_ROAD, FRONT_ELECTRIC, REAR_ELECTRIC, CHEMICAL,
    FRONT_OIL_IN, REAR_OIL_IN, FRONT_OIL_OUT, REAR_OIL_OUT, CELL_HEAT_OUT, CELL_HEAT_IN, SUMS,
) = range(28)  # fmt: skip

# what a pair remembers
SOC, CELL_K, FRONT_OIL_K, REAR_OIL_K, SHARE, FRONT_CELL, REAR_CELL, STATES = range(8)

# columns of the trace
(
    T_FRONT_N, T_REAR_N, T_FRONT_LOSS, T_REAR_LOSS, T_POWER, T_MISSED, T_CURRENT, T_SOC, T_CELL_K, T_FRONT_OIL, T_REAR_OIL,
    T_FRONT_OFF, T_REAR_OFF, TRACES,
) = range(14)  # fmt: skip


def drive(
    steps: Any, fronts: Any, rears: Any, car: Any, oil: Any, cells: Any, sums: Any, state: Any, trace: Any
) -> None:
    """``run``, with the room that it needs."""
    rooms = room_for(fronts, len(oil[0])), room_for(rears, len(oil[0]))
    run(steps, fronts, rears, car, oil, cells, sums, state, trace, *rooms)


def room_for(units: Any, oil_nodes: int) -> tuple[Any, ...]:
    """What is kept of each unit of one axle while a second lasts: row, cell of the speed, (allowed, pays), cold loss; and scratch."""
    count, columns = units[2].shape
    return (
        np.zeros((count, 5, columns)), np.zeros(count, np.int64), np.zeros((count, 2), np.bool_), np.zeros((count, oil_nodes)),
        np.zeros(columns, np.int64),
    )  # fmt: skip


@kernel
def run(steps, fronts, rears, car, oil, cells, sums, state, trace, room1, room2):
    """All pairs over one cycle. Fills ``sums`` (front, rear, SUMS), ``state`` (front, rear, STATES), for one pair ``trace`` (t, TRACES).

    - ``steps``: duration, speed, force of the wheels, force left to the units, each (t,);
    - ``fronts``, ``rears``: see ``packed.PackedUnits``;
    - ``car``: auxiliary power, the largest share of a braking force on front and on rear;
    - ``oil``: temperatures (p,), then start, surroundings, capacity, conductance, share of the loss that warms it;
    - ``cells``: see ``pack_states.CellArrays``;
    - ``room1``, ``room2``: room to work in, see ``room_for``.
    """
    duration, speed, wheel, left = steps
    n1, n2 = len(fronts[0]), len(rears[0])
    rows1, _, flags1, cold1, _ = room1
    rows2, _, flags2, cold2, _ = room2
    sums[:] = 0.0
    for i in range(n1):
        for j in range(n2):
            own = state[i, j]
            own[SOC], own[CELL_K], own[FRONT_OIL_K], own[REAR_OIL_K] = cells[7], cells[8], oil[1], oil[1]
            own[SHARE], own[FRONT_CELL], own[REAR_CELL] = 0.5, fronts[4][i], rears[4][j]
    for s in range(len(duration)):
        look_up(speed[s], left[s], fronts, room1)
        look_up(speed[s], left[s], rears, room2)
        now = (duration[s], speed[s], wheel[s], left[s])
        for i in range(n1):
            one = (rows1[i], fronts[4][i], flags1[i, 0], flags1[i, 1], fronts[10], fronts[11], cold1[i])
            for j in range(n2):
                two = (rows2[j], rears[4][j], flags2[j, 0], flags2[j, 1], rears[10], rears[11], cold2[j])
                step(now, one, two, car, oil, cells, sums[i, j], state[i, j], trace[s : s + 1])


@kernel
def look_up(v, asked, units, room):
    """Every unit's row at one car speed as far as the force asked for, and its cold loss at the oil's nodes."""
    speeds, speed, fraction, inverse, zero, drive_n, brake_n, loss, top, cold_w, _, slip = units
    rows, cell, flags, cold, corners = room
    for u in range(len(speeds)):
        n = speeds[u]
        flags[u, 0], flags[u, 1], cell[u] = fill(
            rows[u], v, asked, speed[u, :n], fraction[u], inverse[u], zero[u], drive_n[u], brake_n[u], loss[u], top[u], slip,
            cell[u], corners,
        )  # fmt: skip
        low = cell[u]
        w = min(max((v - speed[u, low]) / (speed[u, low + 1] - speed[u, low]), 0.0), 1.0)
        for p in range(cold.shape[1]):
            cold[u, p] = cold_w[u, low, p] + w * (cold_w[u, low + 1, p] - cold_w[u, low, p])


@kernel
def battery_now(cells, soc, cell_k):
    """(open-circuit voltage, resistance, most power it gives, most power it takes) of a battery at one charge and temperature."""
    soc_nodes, ocv, kelvin, resistance, discharge_w, charge_w = (
        cells[0],
        cells[1],
        cells[2],
        cells[3],
        cells[4],
        cells[5],
    )
    most_i, least_i = cells[13], cells[14]
    volts = straight(soc_nodes, ocv, soc)
    most_w, least_w = straight(soc_nodes, discharge_w, soc), straight(soc_nodes, charge_w, soc)
    row = place(soc_nodes, soc, 0)
    w = min(max((soc - soc_nodes[row]) / (soc_nodes[row + 1] - soc_nodes[row]), 0.0), 1.0)
    ohms = straight(kelvin, resistance[row], cell_k)
    ohms += w * (straight(kelvin, resistance[row + 1], cell_k) - ohms)
    # I <= most: P = V I - R I²; the power of the matched load is the end of all
    top_i = min(most_i, volts / (2.0 * ohms)) if ohms > 0.0 else most_i
    if top_i < np.inf:
        most_w = min(most_w, top_i * (volts - ohms * top_i))
    if least_i < np.inf:
        least_w = min(least_w, least_i * (volts + ohms * least_i))
    return volts, ohms, most_w, least_w


@kernel
def terminal(power, voltage, resistance):
    """Current [A] at which a source behind a resistance has this power at its terminals; NaN where it has it nowhere."""
    return 2.0 * power / (voltage + math.sqrt(voltage * voltage - 4.0 * resistance * power))


@kernel
def lump(value, into, around, conductance, capacity, dt):
    """(temperature after dt, heat given off) of a heat capacity that takes ``into`` watts and is cooled through ``conductance``."""
    if conductance <= 0.0:
        return value + into * dt / capacity, 0.0
    rest, fade = around + into / conductance, -math.expm1(-conductance * dt / capacity)
    over = value - rest
    # the mean excess over a step of an exponential is what it loses in it
    return value - over * fade, into * dt + over * capacity * fade


@kernel(inline="always")
def step(now, front, rear, car, oil, cells, sums, own, trace):
    """One second of one pair: split, battery, sums, and what is remembered. ``trace`` (1, TRACES) is written where it has a row."""
    dt, v, wheel, left = now
    one, z1, ok1, pays1, off1, c1, cold1 = front
    two, z2, ok2, pays2, off2, c2, cold2 = rear
    auxiliary, front_share, rear_share = car
    steady, warm = len(cells[0]) < 2, len(oil[0]) > 0
    if steady:
        volts, ohms, most_w, least_w = cells[1][0], cells[3][0, 0], cells[4][0], cells[5][0]
    else:
        volts, ohms, most_w, least_w = battery_now(cells, own[SOC], own[CELL_K])
    able = (ok1 or off1 < np.inf) and (ok2 or off2 < np.inf)
    share, i, j = own[SHARE], int(own[FRONT_CELL]), int(own[REAR_CELL])
    if left > 0.0:
        a, b, gone1, gone2, reach, i, j = pull(left, v, one, two, z1, z2, c1, c2, off1, off2, share, i, j)
    else:
        least1, least2 = max(one[FORCE, 0], front_share * wheel), max(two[FORCE, 0], rear_share * wheel)
        pays = pays1 and pays2 and off1 == np.inf and off2 == np.inf
        a, b, gone1, gone2, reach, i, j = brake(
            left, v, one, two, z1, z2, c1, c2, off1, off2, least1, least2, pays, share, i, j
        )
    if a + b != 0.0:
        own[SHARE], own[FRONT_CELL], own[REAR_CELL] = a / (a + b), i, j
    gone1, gone2 = gone1 or (not ok1 and able), gone2 or (not ok2 and able)
    base1 = off1 if gone1 else (straight(oil[0], cold1, own[FRONT_OIL_K]) if warm else 0.0)
    base2 = off2 if gone2 else (straight(oil[0], cold2, own[REAR_OIL_K]) if warm else 0.0)
    loss1 = base1 + (0.0 if gone1 else loss_at(a, one, z1, i))
    loss2 = base2 + (0.0 if gone2 else loss_at(b, two, z2, j))
    power = (a + b) * v + v * (c1 * a * a + c2 * b * b) + loss1 + loss2 + auxiliary
    if power < -least_w and a + b < 0.0:
        # the battery takes less: both units brake less by the same factor
        low, high = 0.0, 1.0
        for _ in range(45):
            middle = 0.5 * (low + high)
            f, r = middle * a, middle * b
            loss1 = base1 + (0.0 if gone1 else loss_at(f, one, z1, i))
            loss2 = base2 + (0.0 if gone2 else loss_at(r, two, z2, j))
            power = (f + r) * v + v * (c1 * f * f + c2 * r * r) + loss1 + loss2 + auxiliary
            if power < -least_w:
                high = middle
            else:
                low = middle
        a, b = low * a, low * b
        loss1 = base1 + (0.0 if gone1 else loss_at(a, one, z1, i))
        loss2 = base2 + (0.0 if gone2 else loss_at(b, two, z2, j))
        power = (a + b) * v + v * (c1 * a * a + c2 * b * b) + loss1 + loss2 + auxiliary
    missed = (not (reach and able)) or power > most_w * ROUNDING
    if missed:
        a, b = 0.0, 0.0
        loss1 = base1 + (0.0 if gone1 else one[LOSS, z1])
        loss2 = base2 + (0.0 if gone2 else two[LOSS, z2])
        power = loss1 + loss2 + auxiliary
        sums[MISSED_S] += dt
    current = terminal(power, volts, ohms)
    heat = ohms * current * current
    stored = cells[12] if current < 0.0 else 1.0
    lost = (stored - 1.0) * volts * current
    sums[DC] += power * dt
    sums[CELL_LOSS] += heat * dt
    sums[COULOMB_LOSS] += lost * dt
    if len(trace) > 0:
        slip1, slip2 = v * c1 * a * a, v * c2 * b * b
        asked, given = wheel * v, (a + b) * v
        hub1, hub2 = a * (v * (1.0 + c1 * a)), b * (v * (1.0 + c2 * b))
        sums[DRIVE] += max(asked, 0.0) * dt
        sums[BRAKE] += max(-asked, 0.0) * dt
        sums[FRICTION] += (given - asked) * dt if asked < 0.0 else 0.0
        sums[RECUPERATED] += max(-given, 0.0) * dt
        sums[SHORTFALL] += max(asked, 0.0) * dt if missed else 0.0
        sums[FRONT_LOSS] += loss1 * dt
        sums[REAR_LOSS] += loss2 * dt
        sums[FRONT_SLIP] += slip1 * dt
        sums[REAR_SLIP] += slip2 * dt
        sums[AUXILIARY] += auxiliary * dt
        sums[FRONT_ROAD] += a * v * dt
        sums[REAR_ROAD] += b * v * dt
        sums[FRONT_HUB] += hub1 * dt
        sums[REAR_HUB] += hub2 * dt
        sums[FRONT_ELECTRIC] += (hub1 + loss1) * dt
        sums[REAR_ELECTRIC] += (hub2 + loss2) * dt
        sums[CHEMICAL] += volts * current * stored * dt
        line = trace[0]
        line[T_FRONT_N], line[T_REAR_N], line[T_FRONT_LOSS], line[T_REAR_LOSS] = a, b, loss1, loss2
        line[T_POWER], line[T_MISSED], line[T_CURRENT] = power, 1.0 if missed else 0.0, current
        line[T_SOC], line[T_CELL_K] = own[SOC], own[CELL_K]
        line[T_FRONT_OIL], line[T_REAR_OIL] = own[FRONT_OIL_K], own[REAR_OIL_K]
        line[T_FRONT_OFF], line[T_REAR_OFF] = 1.0 if gone1 else 0.0, 1.0 if gone2 else 0.0
    if not steady:
        own[SOC] -= current * stored * dt / cells[6]
        capacity, conductance = cells[10], cells[11]
        if capacity > 0.0:
            before, into = own[CELL_K], heat + lost
            own[CELL_K], given_off = lump(before, into, cells[9], conductance, capacity, dt)
            sums[CELL_HEAT_IN] += into * dt
            sums[CELL_HEAT_OUT] += given_off
    if warm:
        for axle in range(2):
            before, into = own[FRONT_OIL_K + axle], oil[5] * (loss1 if axle == 0 else loss2)
            own[FRONT_OIL_K + axle], given_off = lump(before, into, oil[2], oil[4], oil[3], dt)
            sums[FRONT_OIL_IN + axle] += into * dt
            sums[FRONT_OIL_OUT + axle] += given_off
