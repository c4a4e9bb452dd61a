"""The compiled loop: one pair of units over one cycle, second by second.

Everything that remembers (charge, battery temperature, oil temperature) is a number that the loop carries, so a run needs no memory but its
tables. Functions take plain arrays and hold no lock; shapes: t steps, m force nodes, p oil temperatures, n units.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from halfshaft.vehicle.split import brake, loss_at, pull
from halfshaft.vehicle.tables import ROUNDING, place, straight

# places in the vector of sums [J or s]
(
    DC, DRIVE, BRAKE, FRICTION, RECUPERATED, FRONT_LOSS, REAR_LOSS, AUXILIARY, CELL_LOSS, COULOMB_LOSS, SHORTFALL, MISSED_S,
    FRONT_SLIP, REAR_SLIP, FRONT_HUB, REAR_HUB, FRONT_ROAD, REAR_ROAD, FRONT_ELECTRIC, REAR_ELECTRIC, CHEMICAL,
    FRONT_OIL_IN, REAR_OIL_IN, FRONT_OIL_OUT, REAR_OIL_OUT, CELL_HEAT_OUT, FRONT_OIL_K, REAR_OIL_K, CELL_K, CHARGE_SHARE, SUMS,
) = range(31)  # fmt: skip

# columns of the trace
(
    T_FRONT_N, T_REAR_N, T_FRONT_LOSS, T_REAR_LOSS, T_POWER, T_MISSED, T_CURRENT, T_SOC, T_CELL_K, T_FRONT_OIL, T_REAR_OIL,
    T_FRONT_OFF, T_REAR_OFF, TRACES,
) = range(14)  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def terminal(power, voltage, resistance):
    """Current [A] at which a source behind a resistance has this power at its terminals; NaN where it has it nowhere."""
    return 2.0 * power / (voltage + math.sqrt(voltage * voltage - 4.0 * resistance * power))


@njit(cache=True, nogil=True, error_model="numpy")
def drive(steps, front, rear, car, oil, cells, sums, trace):
    """One pair over one cycle. Fills ``sums`` (SUMS,) and, where it has rows, ``trace`` (t, TRACES).

    - ``steps``: duration, speed, force of the wheels, force left to the units, each (t,);
    - ``front``, ``rear``: force, loss, slope (t, m), allowed (t,), loss when uncoupled, slip per newton, cold loss (t, p);
    - ``car``: auxiliary power, the largest share of a braking force on front and on rear;
    - ``oil``: temperatures (p,), then start, surroundings, capacity, conductance, share of the loss that warms it;
    - ``cells``: see ``battery.CellArrays``.
    """
    duration, speed, wheel, left = steps
    x1, l1, s1, ok1, off1, c1, cold1 = front
    x2, l2, s2, ok2, off2, c2, cold2 = rear
    auxiliary, front_share, rear_share = car
    oil_k, start_k, around_k, oil_j, oil_w, oil_part = oil
    (
        soc_nodes, ocv, kelvin, resistance, discharge_w, charge_w, capacity, soc, cell_k, air_k, cell_j, cell_w, coulomb, most_i,
        least_i,
    ) = cells  # fmt: skip
    warm = len(oil_k) > 0
    t1 = start_k
    t2 = start_k
    volts, ohms, most_w, least_w = ocv[0], resistance[0, 0], discharge_w[0], charge_w[0]
    steady = len(soc_nodes) < 2
    sums[:] = 0.0
    traced = trace.shape[0] > 0
    for s in range(len(duration)):
        dt, v = duration[s], speed[s]
        xf, lf, sf, xr, lr, sr = x1[s], l1[s], s1[s], x2[s], l2[s], s2[s]
        if not steady:
            volts = straight(soc_nodes, ocv, soc)
            most_w, least_w = straight(soc_nodes, discharge_w, soc), straight(soc_nodes, charge_w, soc)
            row = place(soc_nodes, soc)
            w = min(max((soc - soc_nodes[row]) / (soc_nodes[row + 1] - soc_nodes[row]), 0.0), 1.0)
            ohms = straight(kelvin, resistance[row], cell_k)
            ohms += w * (straight(kelvin, resistance[row + 1], cell_k) - ohms)
            # I <= most: P = V I - R I²; the power of the matched load is the end of all
            top_i = min(most_i, volts / (2.0 * ohms)) if ohms > 0.0 else most_i
            if top_i < np.inf:
                most_w = min(most_w, top_i * (volts - ohms * top_i))
            if least_i < np.inf:
                least_w = min(least_w, least_i * (volts + ohms * least_i))
        able = (ok1[s] or off1 < np.inf) and (ok2[s] or off2 < np.inf)
        off_f, off_r = off1, off2
        if left[s] > 0.0:
            a, b, gone_f, gone_r, reach = pull(left[s], v, xf, lf, sf, c1, off_f, xr, lr, sr, c2, off_r)
        else:
            whole = wheel[s]
            least_f, least_r = max(xf[0], front_share * whole), max(xr[0], rear_share * whole)
            a, b, gone_f, gone_r, reach = brake(
                left[s], v, xf, lf, sf, c1, off_f, least_f, xr, lr, sr, c2, off_r, least_r
            )
        gone_f, gone_r = gone_f or (not ok1[s] and able), gone_r or (not ok2[s] and able)
        reach = reach and able
        extra_f = straight(oil_k, cold1[s], t1) if warm else 0.0
        extra_r = straight(oil_k, cold2[s], t2) if warm else 0.0
        base_f = off_f if gone_f else extra_f
        base_r = off_r if gone_r else extra_r
        share, low, high = 1.0, 0.0, 1.0
        loss_f, loss_r, slip_f, slip_r, power = 0.0, 0.0, 0.0, 0.0, 0.0
        # once; again only where the battery takes less than the units would feed it
        for attempt in range(42):
            f, r = share * a, share * b
            loss_f = base_f + (0.0 if gone_f else loss_at(f, xf, lf, sf))
            loss_r = base_r + (0.0 if gone_r else loss_at(r, xr, lr, sr))
            slip_f, slip_r = v * c1 * f * f, v * c2 * r * r
            power = f * v + slip_f + loss_f + r * v + slip_r + loss_r + auxiliary
            if attempt == 0 and (power >= -least_w or a + b >= 0.0):
                break
            if attempt == 41:
                break
            if power < -least_w:
                high = share
            else:
                low = share
            share = low if attempt == 40 else 0.5 * (low + high)
        a, b = share * a, share * b
        missed = (not reach) or power > most_w * ROUNDING
        if missed:
            a, b, slip_f, slip_r = 0.0, 0.0, 0.0, 0.0
            loss_f = base_f + (0.0 if gone_f else loss_at(0.0, xf, lf, sf))
            loss_r = base_r + (0.0 if gone_r else loss_at(0.0, xr, lr, sr))
            power = loss_f + loss_r + auxiliary
            sums[MISSED_S] += dt
            sums[SHORTFALL] += max(wheel[s] * v, 0.0) * dt
        current = terminal(power, volts, ohms)
        heat = ohms * current * current
        lost = -(1.0 - coulomb) * volts * current if current < 0.0 else 0.0
        asked, given = wheel[s] * v, (a + b) * v
        sums[DC] += power * dt
        if asked < 0.0:
            sums[BRAKE] -= asked * dt
            sums[FRICTION] += (given - asked) * dt
        else:
            sums[DRIVE] += asked * dt
        if given < 0.0:
            sums[RECUPERATED] -= given * dt
        sums[FRONT_LOSS] += loss_f * dt
        sums[REAR_LOSS] += loss_r * dt
        sums[CELL_LOSS] += heat * dt
        sums[COULOMB_LOSS] += lost * dt
        sums[FRONT_SLIP] += slip_f * dt
        sums[REAR_SLIP] += slip_r * dt
        sums[AUXILIARY] += auxiliary * dt
        if traced:
            sums[FRONT_ROAD] += a * v * dt
            sums[REAR_ROAD] += b * v * dt
            hub_f, hub_r = a * (v * (1.0 + c1 * a)), b * (v * (1.0 + c2 * b))
            sums[FRONT_HUB] += hub_f * dt
            sums[REAR_HUB] += hub_r * dt
            sums[FRONT_ELECTRIC] += (hub_f + loss_f) * dt
            sums[REAR_ELECTRIC] += (hub_r + loss_r) * dt
            sums[CHEMICAL] += (volts * current + lost) * dt
            row_out = trace[s]
            row_out[T_FRONT_N], row_out[T_REAR_N] = a, b
            row_out[T_FRONT_LOSS], row_out[T_REAR_LOSS] = loss_f, loss_r
            row_out[T_POWER], row_out[T_MISSED], row_out[T_CURRENT] = power, 1.0 if missed else 0.0, current
            row_out[T_SOC], row_out[T_CELL_K] = soc, cell_k
            row_out[T_FRONT_OIL], row_out[T_REAR_OIL] = t1, t2
            row_out[T_FRONT_OFF], row_out[T_REAR_OFF] = 1.0 if gone_f else 0.0, 1.0 if gone_r else 0.0
        if not steady:
            soc -= current * (coulomb if current < 0.0 else 1.0) * dt / capacity
            if cell_j > 0.0:
                before = cell_k
                cell_k += (heat + lost) * dt / cell_j
                if cell_w > 0.0:
                    rest = air_k + (heat + lost) / cell_w
                    cell_k = rest + (before - rest) * math.exp(-cell_w * dt / cell_j)
                sums[CELL_HEAT_OUT] += (heat + lost) * dt - cell_j * (cell_k - before)
        if warm:
            fade = math.exp(-oil_w * dt / oil_j)
            for axle in range(2):
                before = t1 if axle == 0 else t2
                into = oil_part * (loss_f if axle == 0 else loss_r)
                rest = around_k + into / oil_w
                after = rest + (before - rest) * fade
                if axle == 0:
                    t1 = after
                else:
                    t2 = after
                sums[FRONT_OIL_IN + axle] += into * dt
                sums[FRONT_OIL_OUT + axle] += into * dt - oil_j * (after - before)
    sums[FRONT_OIL_K], sums[REAR_OIL_K], sums[CELL_K], sums[CHARGE_SHARE] = t1, t2, cell_k, soc


@njit(cache=True, nogil=True, error_model="numpy")
def drive_rows(steps, fronts, rears, car, oil, cells, start, stop, first, last, out):
    """Pairs of front units ``start`` to ``stop`` and rear units ``first`` to ``last`` into ``out`` (n_front, n_rear, SUMS)."""
    x1, l1, s1, ok1, off1, c1, cold1 = fronts
    x2, l2, s2, ok2, off2, c2, cold2 = rears
    none = np.empty((0, TRACES))
    for i in range(start, stop):
        front = (x1[i], l1[i], s1[i], ok1[i], off1, c1, cold1[i])
        for j in range(first, last):
            rear = (x2[j], l2[j], s2[j], ok2[j], off2, c2, cold2[j])
            drive(steps, front, rear, car, oil, cells, out[i, j], none)
