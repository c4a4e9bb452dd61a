"""What torque may be held for how long: exact temperatures of the linear network, and the torque at which one meets its limit.

Copper's loss grows with its temperature, so a network at a constant torque is linear with that growth taken off its conductances. Scaled by
the roots of the capacities it is symmetric, and its course over time is a sum of eight exponentials: nothing is stepped.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.thermal.network import ThermalNetwork

Array = NDArray[np.float64]

DURATIONS_S = (10.0, 30.0, 600.0, np.inf)
HOT_K = 1e6
_STEADY_PER_S = 1e-9  # a network that settles more slowly, or never, has no steady temperature below any limit
_LARGEST_EXPONENT = 50.0  # of e, beyond which a runaway is hot enough


def duration_limits(
    network: ThermalNetwork,
    speed_rad_per_s: Array,
    torque_nm: Array,
    loss_w: Mapping[str, Array],
    durations_s: tuple[float, ...] = DURATIONS_S,
    *,
    start_k: ArrayLike | None = None,
) -> Array:
    """(durations, n) torques that may be held, for motors whose losses (n, m) belong to torques (n, m) ascending from zero at speeds (n,).

    Nodes begin at ``start_k`` (any shape that broadcasts to (n, 8)), by default all at the network's start temperature. A duration, of
    which several ascend, is kept when no node has passed its limit at its end or at the end of any shorter one, so longer durations never
    allow more. Between torques the temperature is linear; the last column is the most, and zero is all where it is too hot without torque.
    """
    limited = np.isfinite(network.limit_k)
    found = temperatures_after(network, speed_rad_per_s, loss_w, durations_s, start_k=start_k)
    hottest = (found[..., limited] - network.limit_k[limited]).max(axis=-1)
    margin = np.maximum.accumulate(hottest, axis=0)
    # Where a light load is the hotter one, more torque is not allowed either.
    margin = np.maximum.accumulate(margin, axis=2)
    limits = np.empty((len(durations_s), len(torque_nm)))
    rows = np.arange(len(torque_nm))
    for k, over in enumerate(margin):
        first = np.argmax(over > 0.0, axis=1)
        before = np.maximum(first - 1, 0)
        cold, hot = over[rows, before], over[rows, first]
        share = np.where(hot > cold, -cold / np.where(hot > cold, hot - cold, 1.0), 0.0)
        between = torque_nm[rows, before] + share * (torque_nm[rows, first] - torque_nm[rows, before])
        limits[k] = np.where(over[:, -1] <= 0.0, torque_nm[:, -1], np.where(over[:, 0] > 0.0, 0.0, between))
    return np.minimum.accumulate(limits, axis=0)


def temperatures_after(
    network: ThermalNetwork,
    speed_rad_per_s: Array,
    loss_w: Mapping[str, Array],
    durations_s: tuple[float, ...],
    *,
    start_k: ArrayLike | None = None,
) -> Array:
    """(durations, n, m, 8) temperatures in K after constant losses (n, m); 1e6 K where there is no end to it.

    ``start_k`` as in ``duration_limits``; an infinite duration forgets it.
    """
    root = np.sqrt(network.capacity_j_per_k)
    heat, values, vectors = modes(network, speed_rad_per_s, loss_w)
    forced = _project(vectors, heat / root)
    begin = np.broadcast_to(network.start_k if start_k is None else start_k, (len(speed_rad_per_s), 8))
    start = _project(vectors, np.broadcast_to(((begin - network.coolant_k) * root)[:, None], heat.shape))
    found = np.empty((len(durations_s), *heat.shape))
    for k, duration in enumerate(durations_s):
        if np.isinf(duration):
            settles = values > _STEADY_PER_S
            state = np.where(settles, forced / np.where(settles, values, 1.0), 0.0)
            runs_away = ~settles.all(axis=-1, keepdims=True)
        else:
            decay, held = decay_and_held(values, duration)
            state, runs_away = start * decay + forced * held, np.zeros((*heat.shape[:-1], 1), dtype=bool)
        temperature = network.coolant_k + (vectors @ state[..., None])[..., 0] / root
        found[k] = np.where(runs_away, HOT_K, np.minimum(temperature, HOT_K))
    return found


def modes(network: ThermalNetwork, speed_rad_per_s: Array, loss_w: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Heat (n, m, 8) in W, decay rates (n, m, 8) in 1/s and orthonormal modes (n, m, 8, 8) at constant losses (n, m) and speeds (n,).

    C dT/dt = P_fixed + P_copper (1 + a (T - T_ref)) - G T with temperatures over the coolant: the heat is what T = 0 leaves of it, the
    modes are those of C^-1/2 (G - a P_copper) C^-1/2.
    """
    fixed, copper = network.heat(loss_w, speed_rad_per_s[:, None])
    rise = network.copper_rise_per_k
    heat = fixed + copper * (1.0 - rise * (network.reference_k - network.coolant_k))
    matrix = np.repeat(network.conductance(speed_rad_per_s)[:, None], heat.shape[1], axis=1)
    index = np.arange(8)
    matrix[..., index, index] -= rise * copper
    root = np.sqrt(network.capacity_j_per_k)
    values, vectors = np.linalg.eigh(matrix / (root[:, None] * root))
    return heat, values, vectors


def decay_and_held(values: Array, duration_s: float) -> tuple[Array, Array]:
    """exp(-v t), what is left of a beginning, and its integral from 0 to t, what a constant heat has made."""
    exponent = np.minimum(-values * duration_s, _LARGEST_EXPONENT)
    small = np.abs(exponent) < 1e-12
    held = np.where(small, duration_s, np.expm1(exponent) / np.where(small, 1.0, -values))
    return np.exp(exponent), held


def _project(vectors: Array, values: Array) -> Array:
    projected: Array = (values[..., None, :] @ vectors)[..., 0, :]
    return projected
