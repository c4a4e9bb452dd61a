"""The clock of an acceleration when the force is not there at once, or not for ever: launch ramp, and torque held for a limited time.

Clocks are times since standstill over a common grid of speeds, (front, rear, speed), infinite where a speed is not reached.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halfshaft.vehicle.loss_map import Array

_RAMP_STEPS = 100


def launched(
    clock: Array,
    force_n: Array,
    resistance_n: Array,
    speed_mps: Array,
    inertia_kg: float,
    delay_s: float,
    rise_s: float,
) -> Array:
    """`clock` after a dead time and a ramp in which the force rises straight with time to `force_n` (front, rear, speed).

    The ramp is integrated over time by the midpoint rule; from the speed on that it ends with, the clock runs as before. Below that
    speed the time is drawn as the square root of the speed, which is what a rising force without resistance gives.
    """
    if rise_s == 0.0:
        return clock + delay_s
    v = np.zeros(clock.shape[:2])
    dt = rise_s / _RAMP_STEPS
    for step in range(_RAMP_STEPS):
        share = (step + 0.5) / _RAMP_STEPS
        half = (
            v + 0.5 * dt * _pull(share * (1.0 - 0.5 / (step + 0.5)), v, force_n, resistance_n, speed_mps) / inertia_kg
        )
        v = v + dt * _pull(share, half, force_n, resistance_n, speed_mps) / inertia_kg
    at_end = _at(clock, v, speed_mps)[..., None]
    # a speed of zero at the end of the ramp belongs to a car that does not move, whose clock is infinite anyway
    ramp = rise_s * np.sqrt(speed_mps / np.maximum(v, 1e-12)[..., None])
    known = np.isfinite(clock) & np.isfinite(at_end)
    rest = np.where(known, rise_s + np.where(known, clock, 0.0) - np.where(known, at_end, 0.0), np.inf)
    return delay_s + np.where(speed_mps < v[..., None], ramp, rest)


def stitched(clocks: Sequence[Array], durations_s: Sequence[float], start: int, speed_mps: Array) -> Array:
    """Time since the speed of column `start`, when the torque of clock k may be held until `durations_s[k]`; the last for ever."""
    total = _since(clocks[0], start)
    for clock, until in zip(clocks[1:], durations_s[:-1], strict=True):
        reached = total <= until
        last = np.maximum(reached.sum(axis=-1) - 1, start)[..., None]
        after = np.minimum(last + 1, total.shape[-1] - 1)
        here, there = np.take_along_axis(total, last, -1), np.take_along_axis(total, after, -1)
        gap = np.where(np.isfinite(there), there - here, np.inf)
        share = np.clip(np.where(gap > 0.0, (until - here) / np.where(gap > 0.0, gap, 1.0), 0.0), 0.0, 1.0)
        switch = speed_mps[last[..., 0]] + share[..., 0] * (speed_mps[1] - speed_mps[0])
        at_switch = _at(clock, switch, speed_mps)[..., None]
        known = np.isfinite(clock) & np.isfinite(at_switch)
        slower = np.where(known, until + np.where(known, clock, 0.0) - np.where(known, at_switch, 0.0), np.inf)
        total = np.where(reached, total, slower)
    return total


def _since(clock: Array, start: int) -> Array:
    begin = np.broadcast_to(clock[..., start, None], clock.shape)
    known = np.isfinite(clock) & np.isfinite(begin)
    since = np.where(known, np.where(known, clock, 0.0) - np.where(known, begin, 0.0), np.inf)
    return np.where(np.arange(clock.shape[-1]) <= start, 0.0, since)


def _pull(share: float, v: Array, force_n: Array, resistance_n: Array, speed_mps: Array) -> Array:
    """What accelerates at speeds v (front, rear) at a share of the force; a car that is not moved is held, not pushed back."""
    spare: Array = share * _at(force_n, v, speed_mps) - np.interp(v, speed_mps, resistance_n)
    return np.maximum(spare, 0.0)


def _at(values: Array, v: Array, speed_mps: Array) -> Array:
    """Values (front, rear, speed) at speeds v (front, rear), straight between grid points."""
    place = np.clip(v / (speed_mps[1] - speed_mps[0]), 0.0, speed_mps.size - 1.0)
    low = np.minimum(place.astype(np.intp), speed_mps.size - 2)
    w = place - low
    here, there = (np.take_along_axis(values, at[..., None], -1)[..., 0] for at in (low, low + 1))
    # infinity times zero is no number
    mixed: Array = (1.0 - w) * here + w * np.where(w > 0.0, there, 0.0)
    return mixed
