"""The search for operating points, compiled: greatest torque, and the currents that lose least for a given one.

Three unknowns, the ampere-turns x = (d, q, field), are found by sequential quadratic programming with exact derivatives: every step
minimises a quadratic model under linearised limits. A problem this small has so few sets of active limits that each step tries all of
them: nothing is guessed, and where nothing is feasible the least violation wins. Steps are kept inside a trust region, and the torque is
met again exactly after each.

One speed is searched at a time, from torque to torque: the answer for one is the start for the next, upwards from zero and downwards from
the greatest, and a coarse cloud of points, made once for all speeds, offers starts of its own. So a path that runs into a local optimum is
left where any of the others finds a better one.

Positive and negative torque are one search: the q current is positive, and ``sign`` -1 turns the torque's direction, which the voltage
drop feels and the field does not (it is symmetric about its d axis).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from halfshaft.drive_unit.magnetic_spline import Splines

Array = NDArray[np.float64]

_STEPS = 60
_ARRIVALS = 4  # searches for the greatest torque that may follow one that ends beyond a limit
_CONVERGED = 3e-6  # of the current limit: a shorter step ends the search; the loss is then known to its square
_FEASIBLE = 1e-7  # of a limit, by which it may be exceeded
_TORQUE_MET = 1e-10  # share of a torque by which it may be missed
_NEAR_THE_END = 1e-6  # the same, just below the greatest torque
_FIRST_REACH, _LEAST_REACH = 0.25, 1e-9  # of the current limit
_ROUNDED = 1e-4  # of the current limit: below, the modulus of the current is rounded off for its derivative
_ANCHORS = 6  # every so many torques the cloud, and the slower speed's answer, are asked for a start
_JUMP = 3.0  # times the step before and after: a longer one between two torques may lead from one optimum to another
_LATE_GAIN = 1e-9  # share of a loss by which another path's answer must be better to be taken

# Where a jet keeps value, gradient and second derivatives.
_DD, _DQ, _DF, _QQ, _QF, _FF = 4, 5, 6, 7, 8, 9


class SearchModel(NamedTuple):
    """One speed's losses and limits per the conventions of ``loss_model``; ampere-turns, and volts per metre of stack and turn.

    ``inverter`` holds, over the ampere-turns of all sets, what ``InverterTerms`` says; ``ac_power_w_per_a2`` is what the phase resistance
    adds to the mechanical power at the inverter's terminals.
    """

    splines: Splines
    low: Array
    high: Array
    current_limit_a: float
    voltage_limit: float
    omega: float
    drop: float
    drop_q: float
    end_inductance: float
    torque_lever: float
    copper: float
    brush: float
    field_copper: float
    mechanical_rad_per_s: float
    ac_power_w_per_a2: float
    inverter_standby_w: float
    inverter_positions: float
    inverter_value: Array
    inverter_slope: Array
    ampere_per_ampere_turn: float
    modulation_per_w: float


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _cell(x: float, breaks: Array, basis: Array, w: Array) -> int:
    """Number of the first spline alive at x, clamped to the axis; ``w`` (3, 4): weights and their first and second derivatives."""
    k = 0
    for j in range(1, len(breaks) - 1):
        k += x >= breaks[j]
    width = breaks[k + 1] - breaks[k]
    u = min(max((x - breaks[k]) / width, 0.0), 1.0)
    for m in range(4):
        b0, b1, b2, b3 = basis[k, m, 0], basis[k, m, 1], basis[k, m, 2], basis[k, m, 3]
        w[0, m] = b0 + u * (b1 + u * (b2 + u * b3))
        w[1, m] = (b1 + u * (2.0 * b2 + u * 3.0 * b3)) / width
        w[2, m] = (2.0 * b2 + 6.0 * u * b3) / (width * width)
    return k


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _jets(x: Array, s: Splines, work: Array, out: Array) -> None:
    """Value, gradient and second derivatives (quantities, 10) of all quantities at x; q is positive. ``work`` is (>= 4, 48)."""
    w = work[0, :36].reshape((3, 3, 4))
    d = _cell(x[0], s.breaks_d, s.basis_d, w[0])
    q = _cell(x[1], s.breaks_q, s.basis_q, w[1])
    f = _cell(x[2], s.breaks_f, s.basis_f, w[2])
    c = s.coefficients
    wd, wq, wf = w[0], w[1], w[2]
    out[:] = 0.0
    for kind in range(c.shape[3]):
        for i in range(4):
            # Along q and f at this d spline: value, q, f, qq, qf, ff.
            v, vq, vf, vqq, vqf, vff = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for j in range(4):
                t0, t1, t2 = 0.0, 0.0, 0.0
                for k in range(s.alive_f):
                    value = c[f + k, d + i, q + j, kind]
                    t0 += wf[0, k] * value
                    t1 += wf[1, k] * value
                    t2 += wf[2, k] * value
                v += wq[0, j] * t0
                vq += wq[1, j] * t0
                vqq += wq[2, j] * t0
                vf += wq[0, j] * t1
                vqf += wq[1, j] * t1
                vff += wq[0, j] * t2
            a, b, e = wd[0, i], wd[1, i], wd[2, i]
            out[kind, 0] += a * v
            out[kind, 1] += b * v
            out[kind, 2] += a * vq
            out[kind, 3] += a * vf
            out[kind, 4] += e * v
            out[kind, 5] += b * vq
            out[kind, 6] += b * vf
            out[kind, 7] += a * vqq
            out[kind, 8] += a * vqf
            out[kind, 9] += a * vff


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def inverter_loss_w(current: float, torque_power_w: float, m: SearchModel) -> float:
    """Inverter loss at a modulus of the ampere-turns and a mechanical power of the air gap."""
    ampere = current * m.ampere_per_ampere_turn
    x = m.modulation_per_w * (torque_power_w + m.ac_power_w_per_a2 * current * current)
    total = m.inverter_standby_w
    for k in range(2):
        v, s = m.inverter_value[k], m.inverter_slope[k]
        part = v[0] * ampere + v[1] * x + v[2] * ampere * ampere + v[3] * ampere * x
        rise = s[0] * ampere + s[1] * x + s[2] * ampere * ampere + s[3] * ampere * x
        total += m.inverter_positions * part / max(1.0 - rise, 0.1)
    return total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _loss_jet(x: Array, torque_power_w: float, m: SearchModel, jets: Array, out: Array) -> None:
    """Total loss (10,) as value, gradient, second derivatives; the field's quantities are in ``jets``."""
    d, q, f = x[0], x[1], x[2]
    least = (_ROUNDED * m.current_limit_a) ** 2
    square = d * d + q * q + least
    current = np.sqrt(square)
    h = 1e-3 * current
    low, mid, high = (
        inverter_loss_w(current - h, torque_power_w, m),
        inverter_loss_w(current, torque_power_w, m),
        inverter_loss_w(current + h, torque_power_w, m),
    )
    first = (high - low) / (2.0 * h)
    second = (high - 2.0 * mid + low) / (h * h)
    out[:] = jets[2]
    out[0] += m.copper * (d * d + q * q) + mid + m.brush * f + m.field_copper * f * f
    by_square = m.copper + 0.5 * first / current  # dP / d(I^2)
    curvature = 0.25 * (second / square - first / (square * current))
    out[1] += 2.0 * by_square * d
    out[2] += 2.0 * by_square * q
    out[3] += m.brush + 2.0 * m.field_copper * f
    out[_DD] += 2.0 * by_square + 4.0 * curvature * d * d
    out[_DQ] += 4.0 * curvature * d * q
    out[_QQ] += 2.0 * by_square + 4.0 * curvature * q * q
    out[_FF] += 2.0 * m.field_copper


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _torque_jet(x: Array, m: SearchModel, jets: Array, out: Array) -> None:
    """Magnitude of the air-gap torque (10,): lever times (lambda_d q - lambda_q d)."""
    d, q = x[0], x[1]
    a, b = jets[0], jets[1]
    out[0] = a[0] * q - b[0] * d
    out[1] = a[1] * q - b[1] * d - b[0]
    out[2] = a[2] * q + a[0] - b[2] * d
    out[3] = a[3] * q - b[3] * d
    out[_DD] = a[_DD] * q - b[_DD] * d - 2.0 * b[1]
    out[_DQ] = a[_DQ] * q + a[1] - b[_DQ] * d - b[2]
    out[_DF] = a[_DF] * q - b[_DF] * d - b[3]
    out[_QQ] = a[_QQ] * q + 2.0 * a[2] - b[_QQ] * d
    out[_QF] = a[_QF] * q + a[3] - b[_QF] * d
    out[_FF] = a[_FF] * q - b[_FF] * d
    for k in range(10):
        out[k] *= m.torque_lever


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _voltage_jet(x: Array, sign: float, m: SearchModel, jets: Array, out: Array) -> None:
    """Square of the phase voltage over its limit's, less one (10,)."""
    d, q = x[0], x[1]
    a, b = jets[0], jets[1]
    w, r, along_q, e = m.omega, m.drop, m.drop_q, m.end_inductance
    v_d, v_q = r * d - sign * w * (b[0] + e * q), sign * along_q * q + w * (a[0] + e * d)
    scale = 1.0 / (m.voltage_limit * m.voltage_limit)
    out[0] = (v_d * v_d + v_q * v_q) * scale - 1.0
    d0, d1, d2 = r - sign * w * b[1], -sign * w * (b[2] + e), -sign * w * b[3]
    q0, q1, q2 = w * (a[1] + e), sign * along_q + w * a[2], w * a[3]
    out[1] = 2.0 * scale * (v_d * d0 + v_q * q0)
    out[2] = 2.0 * scale * (v_d * d1 + v_q * q1)
    out[3] = 2.0 * scale * (v_d * d2 + v_q * q2)
    out[_DD] = 2.0 * scale * (d0 * d0 + q0 * q0 - v_d * sign * w * b[_DD] + v_q * w * a[_DD])
    out[_DQ] = 2.0 * scale * (d0 * d1 + q0 * q1 - v_d * sign * w * b[_DQ] + v_q * w * a[_DQ])
    out[_DF] = 2.0 * scale * (d0 * d2 + q0 * q2 - v_d * sign * w * b[_DF] + v_q * w * a[_DF])
    out[_QQ] = 2.0 * scale * (d1 * d1 + q1 * q1 - v_d * sign * w * b[_QQ] + v_q * w * a[_QQ])
    out[_QF] = 2.0 * scale * (d1 * d2 + q1 * q2 - v_d * sign * w * b[_QF] + v_q * w * a[_QF])
    out[_FF] = 2.0 * scale * (d2 * d2 + q2 * q2 - v_d * sign * w * b[_FF] + v_q * w * a[_FF])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _current_jet(x: Array, m: SearchModel, out: Array) -> None:
    """Square of the stator ampere-turns over their limit's, less one (10,)."""
    scale = 1.0 / (m.current_limit_a * m.current_limit_a)
    out[:] = 0.0
    out[0] = (x[0] * x[0] + x[1] * x[1]) * scale - 1.0
    out[1], out[2] = 2.0 * scale * x[0], 2.0 * scale * x[1]
    out[_DD], out[_QQ] = 2.0 * scale, 2.0 * scale


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _solve(matrix: Array, right: Array, n: int, out: Array) -> bool:
    """Gaussian elimination with pivoting of an (n, n) system, in place; False where it is singular."""
    for k in range(n):
        pivot, most = k, abs(matrix[k, k])
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > most:
                pivot, most = i, abs(matrix[i, k])
        if most < 1e-12:
            return False
        if pivot != k:
            for j in range(k, n):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
            right[k], right[pivot] = right[pivot], right[k]
        for i in range(k + 1, n):
            factor = matrix[i, k] / matrix[k, k]
            for j in range(k, n):
                matrix[i, j] -= factor * matrix[k, j]
            right[i] -= factor * right[k]
    for k in range(n - 1, -1, -1):
        total = right[k]
        for j in range(k + 1, n):
            total -= matrix[k, j] * out[j]
        out[k] = total / matrix[k, k]
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _quadratic_step(
    gradient: Array,
    hessian: Array,
    rows: Array,
    offsets: Array,
    n_equal: int,
    n_rows: int,
    step: Array,
    multipliers: Array,
) -> float:
    """The step p (3,) that minimises g p + p H p / 2 with the first rows p = -offset and the others rows p <= -offset.

    Every set of up to three active rows is tried. ``multipliers`` (rows,) are those of the answer. Returns the largest violation left,
    zero where the step keeps all rows; where none does, the step of least violation is taken.
    """
    best_value, best_violation = np.inf, np.inf
    matrix, right, found = np.empty((6, 6)), np.empty(6), np.empty(6)
    active = np.empty(3, np.int64)
    free = 3 - n_equal
    n_other = n_rows - n_equal
    for count in range(free + 1):
        # Combinations of ``count`` inequality rows, in order.
        for k in range(count):
            active[k] = n_equal + k
        while True:
            n_active = n_equal + count
            size = 3 + n_active
            for i in range(size):
                for j in range(size):
                    matrix[i, j] = 0.0
            for i in range(3):
                for j in range(3):
                    matrix[i, j] = hessian[i, j]
                right[i] = -gradient[i]
            for k in range(n_active):
                row = k if k < n_equal else active[k - n_equal]
                for j in range(3):
                    matrix[3 + k, j] = rows[row, j]
                    matrix[j, 3 + k] = rows[row, j]
                right[3 + k] = -offsets[row]
            if _solve(matrix, right, size, found):
                violation, allowed = 0.0, True
                for r in range(n_rows):
                    left = offsets[r] + rows[r, 0] * found[0] + rows[r, 1] * found[1] + rows[r, 2] * found[2]
                    violation = max(violation, abs(left) if r < n_equal else left)
                for k in range(n_equal, n_active):
                    allowed = allowed and found[3 + k] >= -1e-9
                if violation < 1e-10:
                    violation = 0.0
                value = 0.0
                for i in range(3):
                    value += gradient[i] * found[i]
                    for j in range(3):
                        value += 0.5 * found[i] * hessian[i, j] * found[j]
                better = violation < best_violation or (violation == best_violation and value < best_value)
                if better:
                    best_value, best_violation = value, violation
                    for i in range(3):
                        step[i] = found[i]
                    for r in range(n_rows):
                        multipliers[r] = 0.0
                    for k in range(n_active):
                        row = k if k < n_equal else active[k - n_equal]
                        multipliers[row] = found[3 + k]
                    if violation == 0.0 and allowed:
                        return 0.0  # the multipliers prove it: no other set can be better
            k = count - 1
            while k >= 0 and active[k] == n_rows - count + k:
                k -= 1
            if k < 0:
                break
            active[k] += 1
            for j in range(k + 1, count):
                active[j] = active[j - 1] + 1
        if count >= n_other:
            break
    return best_violation


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _full(jet: Array, factor: float, matrix: Array) -> None:
    """Adds a jet's second derivatives to a symmetric (3, 3)."""
    matrix[0, 0] += factor * jet[_DD]
    matrix[1, 1] += factor * jet[_QQ]
    matrix[2, 2] += factor * jet[_FF]
    matrix[0, 1] += factor * jet[_DQ]
    matrix[0, 2] += factor * jet[_DF]
    matrix[1, 2] += factor * jet[_QF]
    matrix[1, 0], matrix[2, 0], matrix[2, 1] = matrix[0, 1], matrix[0, 2], matrix[1, 2]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _make_convex(hessian: Array, normal: Array, tangential: bool) -> None:
    """Lifts a (3, 3) until it is positive definite; where ``tangential``, across ``normal`` only, along which no step is free."""
    if tangential:
        length = normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2
        if length > 0.0:
            largest = max(abs(hessian[0, 0]), abs(hessian[1, 1]), abs(hessian[2, 2]), 1e-12)
            for i in range(3):
                for j in range(3):
                    hessian[i, j] += 1e3 * largest * normal[i] * normal[j] / length
    minor = hessian[0, 0] * hessian[1, 1] - hessian[0, 1] ** 2
    if hessian[0, 0] > 0.0 and minor > 1e-9 * hessian[0, 0] * hessian[1, 1]:
        low_0 = hessian[0, 2] / hessian[0, 0]
        rest_1 = hessian[1, 2] - hessian[0, 1] * low_0
        pivot = hessian[2, 2] - hessian[0, 2] * low_0 - rest_1 * rest_1 * hessian[0, 0] / minor
        if pivot > 1e-9 * abs(hessian[2, 2]):
            return
    values, vectors = np.linalg.eigh(hessian)
    floor = 1e-6 * max(abs(values[0]), abs(values[2]) if not tangential else abs(values[1]), 1e-12)
    if values[0] >= floor:
        return
    hessian[:] = 0.0
    for k in range(3):
        value = max(abs(values[k]), floor)
        for i in range(3):
            for j in range(3):
                hessian[i, j] += value * vectors[i, k] * vectors[j, k]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _meet_torque(x: Array, torque: float, m: SearchModel, work: Array, jets: Array, jet: Array) -> None:
    """Moves x along the torque's gradient, within its bounds, until it gives ``torque``."""
    for _ in range(12):
        _jets(x, m.splines, work, jets)
        _torque_jet(x, m, jets, jet)
        short = torque - jet[0]
        if abs(short) <= _TORQUE_MET * torque:
            return
        g0, g1, g2 = jet[1], jet[2], jet[3]
        if (x[0] <= m.low[0] and g0 * short < 0.0) or (x[0] >= m.high[0] and g0 * short > 0.0):
            g0 = 0.0
        if x[1] <= m.low[1] and g1 * short < 0.0:
            g1 = 0.0
        if (x[2] <= m.low[2] and g2 * short < 0.0) or (x[2] >= m.high[2] and g2 * short > 0.0):
            g2 = 0.0
        length = g0 * g0 + g1 * g1 + g2 * g2
        if length <= 0.0:
            return
        move = short / length
        most = 0.3 * m.current_limit_a / np.sqrt(length)
        move = min(max(move, -most), most)
        x[0] = min(max(x[0] + move * g0, m.low[0]), m.high[0])
        x[1] = min(max(x[1] + move * g1, m.low[1]), m.high[1])
        x[2] = min(max(x[2] + move * g2, m.low[2]), m.high[2])
    _jets(x, m.splines, work, jets)
    _torque_jet(x, m, jets, jet)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _objective(x: Array, torque: float, sign: float, m: SearchModel, work: Array, jets: Array, all_jets: Array) -> None:
    """Jets (4, 10) at x of the loss, or of minus the torque where ``torque`` is negative; of the torque; of both limits."""
    _jets(x, m.splines, work, jets)
    _torque_jet(x, m, jets, all_jets[1])
    _rest(x, torque, sign, m, jets, all_jets)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rest(x: Array, torque: float, sign: float, m: SearchModel, jets: Array, all_jets: Array) -> None:
    """The jets of ``_objective`` but the torque's, where the field's and the torque's are there already."""
    _voltage_jet(x, sign, m, jets, all_jets[2])
    _current_jet(x, m, all_jets[3])
    if torque < 0.0:
        all_jets[0] = -all_jets[1]
    else:
        _loss_jet(x, sign * torque * m.mechanical_rad_per_s, m, jets, all_jets[0])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _search(x: Array, torque: float, sign: float, m: SearchModel, work: Array) -> tuple[float, float]:
    """Least loss for a torque > 0, for no torque (then without q current), or greatest torque where ``torque`` is negative.

    Begins at x, which becomes the answer. Returns the objective (loss in W, or minus the torque) and the largest violation: of voltage and
    current as shares of their squares, and of the torque as a share.
    """
    scale = m.current_limit_a
    n_equal = 1 if torque > 0.0 else 0
    high_q = 0.0 if torque == 0.0 else m.high[1]
    n_rows = n_equal + 8
    jets, now, then = np.empty((3, 10)), np.empty((4, 10)), np.empty((4, 10))
    hessian, rows, offsets = np.empty((3, 3)), np.zeros((9, 3)), np.empty(9)
    step, multipliers, last = np.empty(3), np.zeros(9), np.zeros(9)
    trial, gradient = np.empty(3), np.empty(3)
    reach, penalty = _FIRST_REACH * scale, 0.0
    for i in range(3):
        x[i] = min(max(x[i], m.low[i]), m.high[i] if i != 1 else high_q)
    if n_equal:
        _meet_torque(x, torque, m, work, jets, now[1])
        _rest(x, torque, sign, m, jets, now)
    else:
        _objective(x, torque, sign, m, work, jets, now)
    unit = max(abs(now[0, 0]), 1.0)
    for i in range(3):  # the bounds' rows never change
        rows[n_equal + 2 + 2 * i, i] = 1.0
        rows[n_equal + 3 + 2 * i, i] = -1.0
    for _ in range(_STEPS):
        violation = max(now[2, 0], now[3, 0], 0.0)
        # Everything in shares of the current limit, and the objective in the size that it began with.
        hessian[:] = 0.0
        _full(now[0], scale * scale / unit, hessian)
        _full(now[2], last[n_equal] * scale * scale, hessian)
        _full(now[3], last[n_equal + 1] * scale * scale, hessian)
        if n_equal:
            _full(now[1], last[0] * scale * scale / torque, hessian)
            offsets[0] = now[1, 0] / torque - 1.0
        offsets[n_equal], offsets[n_equal + 1] = now[2, 0], now[3, 0]
        for i in range(3):
            gradient[i] = now[0, 1 + i] * scale / unit
            if n_equal:
                rows[0, i] = now[1, 1 + i] * scale / torque
            rows[n_equal, i] = now[2, 1 + i] * scale
            rows[n_equal + 1, i] = now[3, 1 + i] * scale
            top = m.high[i] if i != 1 else high_q
            offsets[n_equal + 2 + 2 * i] = -min(top - x[i], reach) / scale
            offsets[n_equal + 3 + 2 * i] = -min(x[i] - m.low[i], reach) / scale
        _make_convex(hessian, rows[0], n_equal == 1)
        _quadratic_step(gradient, hessian, rows, offsets, n_equal, n_rows, step, multipliers)
        length = max(abs(step[0]), abs(step[1]), abs(step[2]))
        if length < _CONVERGED and violation <= _FEASIBLE:
            break
        longest = reach / scale
        if length > longest:  # only where no step keeps the linearised limits
            for i in range(3):
                step[i] *= longest / length
            length = longest
        for i in range(3):
            trial[i] = min(max(x[i] + step[i] * scale, m.low[i]), m.high[i] if i != 1 else high_q)
        if n_equal:
            _meet_torque(trial, torque, m, work, jets, then[1])
            _rest(trial, torque, sign, m, jets, then)
        else:
            _objective(trial, torque, sign, m, work, jets, then)
        penalty = max(
            penalty, 2.0 * multipliers[n_equal], 2.0 * multipliers[n_equal + 1], 1.0 if violation > _FEASIBLE else 0.0
        )
        gain = (now[0, 0] - then[0, 0]) / unit + penalty * (violation - max(then[2, 0], then[3, 0], 0.0))
        missed = n_equal == 1 and abs(then[1, 0] - torque) > 1e-8 * torque
        if gain > -1e-13 and not missed:
            x[:] = trial
            now[:] = then
            for r in range(n_rows):
                last[r] = max(multipliers[r], 0.0) if r >= n_equal else multipliers[r]
            if length > 0.8 * longest:
                reach = min(2.0 * reach, scale)
        else:
            reach = 0.25 * min(reach, length * scale)
            if reach < _LEAST_REACH * scale:
                break
    missed_share = abs(now[1, 0] / torque - 1.0) if n_equal else 0.0
    return now[0, 0], max(now[2, 0], now[3, 0], missed_share, 0.0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _survey(
    cloud: Array, values: Array, sign: float, m: SearchModel, torque: Array, loss: Array, violation: Array
) -> None:
    """Torque, loss and the largest violation at all points of a cloud, at one speed."""
    for p in range(len(cloud)):
        d, q, f = cloud[p, 0], cloud[p, 1], cloud[p, 2]
        flux_d, flux_q, iron = values[p, 0], values[p, 1], values[p, 2]
        square = d * d + q * q
        torque[p] = m.torque_lever * (flux_d * q - flux_q * d)
        v_d = m.drop * d - sign * m.omega * (flux_q + m.end_inductance * q)
        v_q = sign * m.drop_q * q + m.omega * (flux_d + m.end_inductance * d)
        violation[p] = max((v_d * v_d + v_q * v_q) / m.voltage_limit**2, square / m.current_limit_a**2) - 1.0
        power = sign * torque[p] * m.mechanical_rad_per_s
        loss[p] = m.copper * square + inverter_loss_w(np.sqrt(square), power, m)
        loss[p] += m.brush * f + m.field_copper * f * f + iron


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _less_q(x: Array, torque: float, sign: float, m: SearchModel, work: Array) -> tuple[float, float]:
    """Lessens the q current of a point of greater torque until it gives ``torque``; returns as ``_search`` does.

    Just below the greatest torque the possible currents shrink to a point, and a search beside it may leave them by a hair.
    """
    jets, all_jets = np.empty((3, 10)), np.empty((4, 10))
    low, high, q = 0.0, 1.0, x[1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        x[1] = middle * q
        _jets(x, m.splines, work, jets)
        _torque_jet(x, m, jets, all_jets[1])
        if all_jets[1, 0] < torque:
            low = middle
        else:
            high = middle
    x[1] = high * q
    _objective(x, torque, sign, m, work, jets, all_jets)
    missed = abs(all_jets[1, 0] / torque - 1.0)
    return all_jets[0, 0], max(all_jets[2, 0], all_jets[3, 0], missed, 0.0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _jumps(x: Array, j: int, k: int) -> bool:
    """Whether the step from answer j to the next is much longer than the steps before and after it."""
    here, before, after = 0.0, 0.0, 0.0
    for i in range(3):
        here = max(here, abs(x[j + 1, i] - x[j, i]))
        if j > 0:
            before = max(before, abs(x[j, i] - x[j - 1, i]))
        if j + 2 < k:
            after = max(after, abs(x[j + 2, i] - x[j + 1, i]))
    return here > _JUMP * max(before, after)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def search_speed(
    fractions: Array,
    sign: float,
    m: SearchModel,
    cloud: Array,
    values: Array,
    near: Array,
    starts: Array,
    x: Array,
    loss: Array,
    violation: Array,
) -> float:
    """One speed's greatest torque, which is returned, and the currents of least loss for its fractions (k,), ascending to 1.

    ``cloud`` (points, 3) and ``values`` (points, 3) of it offer starts, as do ``near`` (s, 3) for the greatest torque and ``starts`` (k, 3)
    for each fraction. ``x`` (k, 3), ``loss`` (k,) and ``violation`` (k,) are the answers.
    """  # fmt: skip
    points, k = len(cloud), len(fractions)
    torques, losses, excess = np.empty(points), np.empty(points), np.empty(points)
    _survey(cloud, values, sign, m, torques, losses, excess)
    work = np.empty((1, 48))
    trial, best = np.empty(3), np.empty(3)
    peak = -1.0
    pick = -1
    for p in range(points):
        if excess[p] <= 0.0 and (pick < 0 or torques[p] > torques[pick]):
            pick = p
    for n in range(len(near) + 1):
        if n < len(near):
            trial[:] = near[n]
        elif pick >= 0:
            trial[:] = cloud[pick]
        else:
            trial[:] = cloud[np.argmin(excess)]
        negative, over = _search(trial, -1.0, sign, m, work)
        # Where limits meet at a flat angle the steps run out a hair beyond them: a search that begins anew from there arrives.
        for _ in range(_ARRIVALS):
            if over <= _FEASIBLE:
                break
            negative, over = _search(trial, -1.0, sign, m, work)
        if over <= _FEASIBLE and -negative > peak:
            peak = -negative
            best[:] = trial
    if peak <= 0.0:
        loss[:] = np.inf
        violation[:] = np.inf
        return 0.0
    slope = 2.0 * losses[pick] / max(torques[pick], 1e-9) if pick >= 0 else 1.0
    loss[:] = np.inf
    for j in range(k):
        torque = fractions[j] * peak
        for way in range(4):
            if way == 0:  # onwards from the two torques below
                if j == 0:
                    continue
                if j > 2:
                    trial[:] = 2.0 * x[j - 1] - x[j - 2]
                else:
                    trial[:] = x[j - 1]
            elif way == 1:  # the slower speed's answer
                if (j % _ANCHORS and not np.isinf(loss[j])) or np.isnan(starts[j, 0]):
                    continue
                trial[:] = starts[j]
            elif way == 2:
                if j % _ANCHORS and not np.isinf(loss[j]):
                    continue
                nearest, least = -1, np.inf
                for p in range(points):
                    if excess[p] <= 0.0 and losses[p] + slope * abs(torques[p] - torque) < least:
                        nearest, least = p, losses[p] + slope * abs(torques[p] - torque)
                if nearest < 0:
                    continue
                trial[:] = cloud[nearest]
            else:
                if j == 0 or not np.isinf(loss[j]):
                    continue
                trial[:] = x[j - 1]
            found, over = _search(trial, torque, sign, m, work)
            if over <= 10.0 * _FEASIBLE and found < loss[j]:
                loss[j], violation[j] = found, over
                x[j] = trial
        if np.isinf(loss[j]):
            x[j] = best
    for j in range(k - 1, -1, -1):
        trial[:] = best if j == k - 1 else x[j + 1]
        torque = fractions[j] * peak
        if j == k - 1:
            jets, all_jets = np.empty((3, 10)), np.empty((4, 10))
            _objective(trial, torque, sign, m, work, jets, all_jets)
            if all_jets[0, 0] < loss[j] or np.isinf(loss[j]):
                loss[j], violation[j] = all_jets[0, 0], max(all_jets[2, 0], all_jets[3, 0], 0.0)
                x[j] = best
        if np.isinf(loss[j]) or j == k - 1 or _jumps(x, j, k):
            found, over = _search(trial, torque, sign, m, work)
            if over <= 10.0 * _FEASIBLE and found < loss[j] * (1.0 - _LATE_GAIN):
                loss[j], violation[j] = found, over
                x[j] = trial
        if np.isinf(loss[j]) and torque > 0.0:
            trial[:] = best if j == k - 1 else x[j + 1]
            found, over = _less_q(trial, torque, sign, m, work)
            if over <= _NEAR_THE_END:
                loss[j], violation[j] = found, over
                x[j] = trial
    return peak
