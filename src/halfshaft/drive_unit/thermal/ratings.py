"""What torque may be held for how long: exact temperatures of the linear network, and the torque at which one meets its limit.

Copper's loss grows with its temperature, so a network at a constant torque is linear with that growth taken off its conductances. Scaled by
the roots of the capacities it is symmetric, and its course over time is a sum of eight exponentials: nothing is stepped.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.thermal.network import ThermalNetwork

Array = NDArray[np.float64]

DURATIONS_S = (10.0, 30.0, 600.0, np.inf)
_STEADY = 1e-9  # 1/s: a network that settles more slowly, or never, has no steady temperature below any limit
_HOT_K = 1e6


def duration_limits(
    network: ThermalNetwork,
    speed_rad_per_s: Array,
    torque_nm: Array,
    loss_w: Mapping[str, Array],
    durations_s: tuple[float, ...] = DURATIONS_S,
) -> Array:
    """(durations, n) torques that may be held, for motors whose losses (n, m) belong to torques (n, m) ascending from zero at speeds (n,).

    All nodes begin at the network's start temperature. A duration is kept when no node has passed its limit at its end or at the end of
    any shorter one, so longer durations never allow more. Between torques the temperature is linear; the last column is the most.
    """
    hottest = temperatures_after(network, speed_rad_per_s, loss_w, durations_s) - network.limit_k
    margin = np.maximum.accumulate(hottest.max(axis=-1), axis=0)
    limits = np.empty((len(durations_s), len(torque_nm)))
    for k, over in enumerate(margin):
        over = np.maximum.accumulate(
            over, axis=1
        )  # where a light load is the hotter one, more torque is not allowed either
        first = np.argmax(over > 0.0, axis=1)
        rows = np.arange(len(over))
        before = np.maximum(first - 1, 0)
        cold, hot = over[rows, before], over[rows, first]
        share = np.where(hot > cold, -cold / np.where(hot > cold, hot - cold, 1.0), 0.0)
        between = torque_nm[rows, before] + share * (torque_nm[rows, first] - torque_nm[rows, before])
        limits[k] = np.where(over[:, -1] <= 0.0, torque_nm[:, -1], np.where(over[:, 0] > 0.0, 0.0, between))
    return np.minimum.accumulate(limits, axis=0)


def temperatures_after(
    network: ThermalNetwork, speed_rad_per_s: Array, loss_w: Mapping[str, Array], durations_s: tuple[float, ...]
) -> Array:
    """(durations, n, m, 8) temperatures in K after constant losses (n, m) from the start temperature; 1e6 K where there is no end to it."""
    conductance = network.conductance(speed_rad_per_s)[:, None]
    fixed, copper = network.heat(dict(loss_w))
    rise = network.copper_rise_per_k
    root = np.sqrt(network.capacity_j_per_k)
    # C dT/dt = P_fixed + P_copper (1 + a (T - T_ref)) - G T, with temperatures over the coolant.
    heat = fixed + copper * (1.0 - rise * (network.reference_k - network.coolant_k))
    matrix = np.broadcast_to(conductance, (*heat.shape, 8)).copy()
    index = np.arange(8)
    matrix[..., index, index] -= rise * copper
    values, vectors = np.linalg.eigh(matrix / (root[:, None] * root))
    forced = np.einsum("...ji,...j->...i", vectors, heat / root)
    start = np.einsum(
        "...ji,...j->...i", vectors, np.broadcast_to((network.start_k - network.coolant_k) * root, heat.shape)
    )
    found = np.empty((len(durations_s), *heat.shape))
    for k, duration in enumerate(durations_s):
        if np.isinf(duration):
            settled = np.where(values > _STEADY, forced / np.where(values > _STEADY, values, 1.0), np.inf)
            runs_away = np.any(values <= _STEADY, axis=-1, keepdims=True)
            state = np.where(np.isfinite(settled), settled, 0.0)
        else:
            exponent = np.minimum(-values * duration, 50.0)
            decay = np.exp(exponent)
            held = np.where(
                np.abs(exponent) > 1e-12, np.expm1(exponent) / np.where(values != 0.0, -values, 1.0), duration
            )
            state, runs_away = start * decay + forced * held, np.zeros((*heat.shape[:-1], 1), dtype=bool)
        temperature = network.coolant_k + np.einsum("...ij,...j->...i", vectors, state) / root
        found[k] = np.where(runs_away, _HOT_K, np.minimum(temperature, _HOT_K))
    return found
