"""Tensor cubic splines over (d, q, field) ampere-turns, compiled, for the many points that a control search asks for.

A spline of one variable is kept as its B-splines' polynomials on each cell, so that four weights cost twelve multiplications. All
quantities of a machine share the three axes, and their coefficients lie side by side. The d and field axes are contracted first: the
commonest question, which q current gives a torque, is then left with one curve along q.

Points are clamped to the axes' ranges: whoever calls decides beforehand what lies outside and what that means.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.interpolate import BSpline, make_interp_spline

Array = NDArray[np.float64]

_NEWTON_STEPS = 40  # a safeguard: three or four meet the tolerance, bisection needs 40
_TORQUE_TOLERANCE = 1e-12  # of the demanded torque


@dataclass(frozen=True, eq=False)
class Axis:
    """Cells between ``breaks_a`` (c + 1,) and the polynomials (c, 4, 4) in the cell's share u of the splines alive in each.

    ``basis[k, m, p]`` is the coefficient of ``u ** p`` of the m-th of the four splines that are not zero on cell k, which is spline k + m
    of the axis. An axis of a single value has one cell and one constant spline: ``alive`` is 1 instead of 4.
    """

    breaks_a: Array
    basis: Array
    alive: int

    @property
    def splines(self) -> int:
        """How many coefficients the axis has."""
        return len(self.breaks_a) - 2 + self.alive


class Splines(NamedTuple):
    """Three axes and their coefficients (field, d, q, quantities) as compiled code takes them.

    The first two quantities are the flux linkages d and q. ``ends_q`` (cells, 3) weigh the last three splines alive on a q cell at its end,
    where the first one vanishes.
    """

    breaks_d: Array
    basis_d: Array
    breaks_q: Array
    basis_q: Array
    breaks_f: Array
    basis_f: Array
    alive_f: int
    ends_q: Array
    coefficients: Array


def fitted_axis(nodes_a: Array, values: Array, along: int) -> tuple[Axis, Array]:
    """Not-a-knot cubic spline through ``values`` at ascending ``nodes_a`` along one axis: the axis, and coefficients in the values' place.

    A single node makes a constant. Raises ValueError for two or three nodes, of which no cubic can be made.
    """
    if len(nodes_a) == 1:
        basis = np.zeros((1, 4, 4))
        basis[0, 0, 0] = 1.0
        return Axis(np.array([nodes_a[0], nodes_a[0] + 1.0]), basis, 1), values
    if len(nodes_a) < 4:
        raise ValueError(f"a cubic needs at least 4 currents on an axis, not {len(nodes_a)}")
    spline = make_interp_spline(nodes_a, values, k=3, axis=along)
    count = len(nodes_a)
    breaks_a = spline.t[3 : count + 1]
    each = BSpline(spline.t, np.eye(count), 3)
    basis = np.empty((count - 3, 4, 4))
    for p in range(4):  # by Taylor from each cell's lower end
        derivatives = each(breaks_a[:-1], nu=p) * np.diff(breaks_a)[:, None] ** p / factorial(p)
        for k in range(count - 3):
            basis[k, :, p] = derivatives[k, k : k + 4]
    return Axis(breaks_a, basis, 4), np.moveaxis(spline.c, 0, along)


def upper_half(axis: Axis, coefficients: Array, along: int) -> tuple[Axis, Array]:
    """The half from zero up of a spline whose cells lie symmetrically about zero."""
    half = (len(axis.breaks_a) - 1) // 2
    breaks_a = axis.breaks_a[half:].copy()
    breaks_a[0] = 0.0
    return Axis(breaks_a, axis.basis[half:], 4), np.take(coefficients, np.arange(half, axis.splines), axis=along)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh(x: float, breaks: Array, basis: Array) -> tuple[int, float, float, float, float]:
    """Number of the first spline alive at x, clamped to the axis, and the weights of all four."""
    k = 0
    for j in range(
        1, len(breaks) - 1
    ):  # counting all is quicker than leaving at a place that no processor can foretell
        k += x >= breaks[j]
    u = min(max((x - breaks[k]) / (breaks[k + 1] - breaks[k]), 0.0), 1.0)
    w0 = basis[k, 0, 0] + u * (basis[k, 0, 1] + u * (basis[k, 0, 2] + u * basis[k, 0, 3]))
    w1 = basis[k, 1, 0] + u * (basis[k, 1, 1] + u * (basis[k, 1, 2] + u * basis[k, 1, 3]))
    w2 = basis[k, 2, 0] + u * (basis[k, 2, 1] + u * (basis[k, 2, 2] + u * basis[k, 2, 3]))
    w3 = basis[k, 3, 0] + u * (basis[k, 3, 1] + u * (basis[k, 3, 2] + u * basis[k, 3, 3]))
    return k, w0, w1, w2, w3


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def evaluate(a_d: Array, a_q: Array, a_f: Array, s: Splines, out: Array) -> None:
    """All quantities at points (n,): ``out`` (n, quantities). The second is odd in a_q, all others are even."""
    c = s.coefficients
    for p in range(len(a_d)):
        d, d0, d1, d2, d3 = _weigh(a_d[p], s.breaks_d, s.basis_d)
        q, q0, q1, q2, q3 = _weigh(abs(a_q[p]), s.breaks_q, s.basis_q)
        f, f0, f1, f2, f3 = _weigh(a_f[p], s.breaks_f, s.basis_f)
        for kind in range(out.shape[1]):
            total = 0.0
            for k in range(s.alive_f):
                for i in range(4):
                    along_q = q0 * c[f + k, d + i, q, kind] + q1 * c[f + k, d + i, q + 1, kind]
                    along_q += q2 * c[f + k, d + i, q + 2, kind] + q3 * c[f + k, d + i, q + 3, kind]
                    total += (f0, f1, f2, f3)[k] * (d0, d1, d2, d3)[i] * along_q
            out[p, kind] = total
        out[p, 1] *= np.sign(a_q[p])  # also zero at zero, where rounding would leave a trace


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def _contract(a_d: float, a_f: float, s: Splines, flat: Array, line: Array) -> None:
    """Coefficients along q at one a_d and a_f: ``line`` (splines x quantities,), of coefficients ``flat`` (field, d, same)."""
    d, d0, d1, d2, d3 = _weigh(a_d, s.breaks_d, s.basis_d)
    f, f0, f1, f2, f3 = _weigh(a_f, s.breaks_f, s.basis_f)
    for j in range(len(line)):
        line[j] = 0.0
    for k in range(s.alive_f):
        weight = (f0, f1, f2, f3)[k]
        w0, w1, w2, w3 = weight * d0, weight * d1, weight * d2, weight * d3
        for j in range(len(line)):
            lower = w0 * flat[f + k, d, j] + w1 * flat[f + k, d + 1, j]
            line[j] += lower + w2 * flat[f + k, d + 2, j] + w3 * flat[f + k, d + 3, j]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _torque_polynomial(line: Array, a_d: float, cell: int, s: Splines) -> tuple[float, float, float, float, float]:
    """lambda_d a_q - lambda_q a_d in powers 0 to 4 of a cell's share."""
    start, width = s.breaks_q[cell], s.breaks_q[cell + 1] - s.breaks_q[cell]
    t0, t1, t2, t3, t4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for m in range(4):
        flux_d, flux_q = line[cell + m, 0], line[cell + m, 1]
        level, lever = flux_d * start - flux_q * a_d, flux_d * width
        b0, b1, b2, b3 = s.basis_q[cell, m, 0], s.basis_q[cell, m, 1], s.basis_q[cell, m, 2], s.basis_q[cell, m, 3]
        t0 += level * b0
        t1 += level * b1 + lever * b0
        t2 += level * b2 + lever * b1
        t3 += level * b3 + lever * b2
        t4 += lever * b3
    return t0, t1, t2, t3, t4


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def q_current_for_torque(
    demand: Array, a_d: Array, a_f: Array, largest_a: float, s: Splines, a_q: Array, out: Array
) -> None:
    """The least a_q >= 0 at which lambda_d a_q - lambda_q a_d reaches ``demand`` (n,), and all quantities there.

    ``largest_a`` where none up to it does; the quantities are then those of the clamped point. The torque is looked up at the cells' ends:
    a maximum inside a cell that both its ends fall short of is not seen.
    """
    fields, ds, splines, quantities = s.coefficients.shape
    flat = s.coefficients.reshape((fields, ds, splines * quantities))
    row = np.empty(splines * quantities)
    line = row.reshape((splines, quantities))
    for p in range(len(demand)):
        _contract(a_d[p], a_f[p], s, flat, row)
        known_d = min(max(a_d[p], s.breaks_d[0]), s.breaks_d[-1])
        goal = demand[p]
        found = 0.0
        if goal > 0.0:
            found = largest_a
            for cell in range(splines - 3):
                if s.breaks_q[cell] >= largest_a:
                    break
                w0, w1, w2 = s.ends_q[cell, 0], s.ends_q[cell, 1], s.ends_q[cell, 2]
                flux_d = w0 * line[cell + 1, 0] + w1 * line[cell + 2, 0] + w2 * line[cell + 3, 0]
                flux_q = w0 * line[cell + 1, 1] + w1 * line[cell + 2, 1] + w2 * line[cell + 3, 1]
                if flux_d * s.breaks_q[cell + 1] - flux_q * known_d < goal:
                    continue
                t0, t1, t2, t3, t4 = _torque_polynomial(line, known_d, cell, s)
                low, high = 0.0, 1.0
                rise = t1 + t2 + t3 + t4
                u = min(max((goal - t0) / rise, 0.0), 1.0) if rise > 0.0 else 0.5
                for _ in range(_NEWTON_STEPS):
                    excess = t0 - goal + u * (t1 + u * (t2 + u * (t3 + u * t4)))
                    if abs(excess) <= _TORQUE_TOLERANCE * goal:
                        break
                    if excess < 0.0:
                        low = u
                    else:
                        high = u
                    slope = t1 + u * (2.0 * t2 + u * (3.0 * t3 + u * 4.0 * t4))
                    step = u - excess / slope if slope > 0.0 else -1.0
                    u = step if low < step < high else 0.5 * (low + high)
                found = min(s.breaks_q[cell] + (s.breaks_q[cell + 1] - s.breaks_q[cell]) * u, largest_a)
                break
        q, w0, w1, w2, w3 = _weigh(found, s.breaks_q, s.basis_q)
        for kind in range(quantities):
            out[p, kind] = w0 * line[q, kind] + w1 * line[q + 1, kind] + w2 * line[q + 2, kind] + w3 * line[q + 3, kind]
        a_q[p] = found
