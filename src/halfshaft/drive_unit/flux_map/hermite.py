"""Tricubic Hermite interpolation on a grid over (i_d, i_q, i_f), compiled.

Every node carries a value, its three first derivatives and their mixed derivatives; on each cell that makes one tricubic polynomial, and
neighbouring cells agree in value and first derivatives. First derivatives that are known are used as they are, the others come from
not-a-knot cubic splines through the nodes, of which the interpolation then is the tensor product, exactly. Fewer than four nodes on
an axis lower the degree; a single node is a constant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

Array = NDArray[np.float64]

DERIVATIVES = 8  # at a node: bit 0 stands for d/di_d, bit 1 for d/di_q, bit 2 for d/di_f


def spline_derivative(nodes: Array, values: Array, axis: int) -> Array:
    """Derivative along ``axis`` at the nodes of the not-a-knot spline through them; zero for a single node."""
    if len(nodes) == 1:
        return np.zeros_like(values)
    spline = make_interp_spline(nodes, values, k=min(3, len(nodes) - 1), axis=axis)
    slope: Array = np.moveaxis(np.moveaxis(spline(nodes, nu=1), axis, 0), 0, axis)
    return slope


def resampled(axes: tuple[Array, Array, Array], values: Array, onto: tuple[Array, Array, Array]) -> Array:
    """Values (nd, nq, nf) on another grid within the first, by tensor cubic splines; a single node is a constant.

    Where q starts at zero the values are taken to be even in it.
    """
    for k in range(3):
        nodes = axes[k]
        if len(nodes) == 1:
            values = np.repeat(values, len(onto[k]), axis=k)
            continue
        if k == 1 and nodes[0] == 0.0:
            nodes, values = np.concatenate([-nodes[:0:-1], nodes]), np.concatenate([values[:, :0:-1], values], axis=1)
        values = make_interp_spline(nodes, values, k=min(3, len(nodes) - 1), axis=k)(onto[k])
    return np.ascontiguousarray(values)


def node_data(axes: tuple[Array, Array, Array], values: Array, gradient: Sequence[Array] | None = None) -> Array:
    """Values and derivatives at the nodes, (nd, nq, nf, 8), of values (nd, nq, nf) and their three first derivatives where known."""

    def along(k: int, part: Array) -> Array:
        return spline_derivative(axes[k], part, k)

    d, q, f = gradient if gradient is not None else (along(k, values) for k in range(3))
    # a mixed derivative may be had in two or three ways, equal but for their errors
    dq = 0.5 * (along(1, d) + along(0, q))
    df = 0.5 * (along(2, d) + along(0, f))
    qf = 0.5 * (along(2, q) + along(1, f))
    if len(axes[2]) == 1:  # nothing runs along a single node
        df, qf = np.zeros_like(values), np.zeros_like(values)
    dqf = (along(2, dq) + along(1, df) + along(0, qf)) / 3.0
    return np.stack([values, d, q, dq, f, df, qf, dqf], axis=-1)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weights(x: float, nodes: Array, derivative: bool, w: Array) -> int:
    """The cell of x, and ``w`` (2, 2): what value and slope of its lower and upper node contribute."""
    last = len(nodes) - 2
    if last < 0:
        w[0, 0], w[0, 1], w[1, 0], w[1, 1] = 0.0 if derivative else 1.0, 0.0, 0.0, 0.0
        return 0
    cell = min(max(int(np.searchsorted(nodes, x, side="right")) - 1, 0), last)
    h = nodes[cell + 1] - nodes[cell]
    u = (x - nodes[cell]) / h
    if derivative:
        w[1, 0] = 6.0 * u * (1.0 - u) / h
        w[0, 0] = -w[1, 0]
        w[0, 1] = (1.0 - u) * (1.0 - 3.0 * u)
        w[1, 1] = u * (3.0 * u - 2.0)
    else:
        w[1, 0] = u * u * (3.0 - 2.0 * u)
        w[0, 0] = 1.0 - w[1, 0]
        w[0, 1] = h * u * (1.0 - u) ** 2
        w[1, 1] = h * u * u * (u - 1.0)
    return cell


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def evaluate(i_d: Array, i_q: Array, i_f: Array, nodes_d: Array, nodes_q: Array, nodes_f: Array, data: Array,
             derivative: int, out: Array) -> None:  # fmt: skip
    """``out`` (n, kinds) at points (n,) within the grid, of ``data`` (nd, nq, nf, 8, kinds).

    ``derivative`` 0, 1 or 2 asks for the derivative by i_d, i_q or i_f instead of the value; -1 for the value.
    """
    kinds = data.shape[4]
    ends = 1 if len(nodes_f) == 1 else 2
    wd, wq, wf = np.empty((2, 2)), np.empty((2, 2)), np.empty((2, 2))
    for p in range(len(i_d)):
        d = _weights(i_d[p], nodes_d, derivative == 0, wd)
        q = _weights(i_q[p], nodes_q, derivative == 1, wq)
        f = _weights(i_f[p], nodes_f, derivative == 2, wf)
        for kind in range(kinds):
            out[p, kind] = 0.0
        for a in range(2 if len(nodes_d) > 1 else 1):
            for b in range(2 if len(nodes_q) > 1 else 1):
                for c in range(ends):
                    for m in range(8):
                        weight = wd[a, m & 1] * wq[b, (m >> 1) & 1] * wf[c, (m >> 2) & 1]
                        if weight != 0.0:
                            for kind in range(kinds):
                                out[p, kind] += weight * data[d + a, q + b, f + c, m, kind]
