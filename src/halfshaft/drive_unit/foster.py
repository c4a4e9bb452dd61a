"""A Foster network: how far a junction warms above the coolant, as data sheets state it, by pairs of resistance and time constant.

Each pair answers on its own and the rises add. While the power is constant each pair's answer is an exponential, so that steps of any
length are followed exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Foster:
    """Pairs of thermal resistance and time constant, junction to coolant. Raises ValueError where they are no pairs or not positive."""

    resistance_k_per_w: tuple[float, ...]
    time_constant_s: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.resistance_k_per_w or len(self.resistance_k_per_w) != len(self.time_constant_s):
            raise ValueError(
                f"a Foster network needs as many time constants as resistances, at least one, "
                f"not {len(self.resistance_k_per_w)} and {len(self.time_constant_s)}"
            )
        if min(*self.resistance_k_per_w, *self.time_constant_s) <= 0.0:
            raise ValueError("resistances and time constants of a Foster network must be positive")

    @property
    def total_k_per_w(self) -> float:
        """Steady rise per watt."""
        return sum(self.resistance_k_per_w)

    def scaled(self, factor: float) -> Foster:
        """A network of ``factor`` times the resistance and the same time constants: as many times less chip and cooler beneath it."""
        return Foster(tuple(factor * r for r in self.resistance_k_per_w), self.time_constant_s)

    def step_k_per_w(self, time_s: ArrayLike) -> Array:
        """Rise per watt, of the times' shape, after a constant power from a cold start; infinity is the steady state."""
        time = np.asarray(time_s, float)[..., None]
        rise: Array = -np.sum(self.resistance_k_per_w * np.expm1(-time / np.array(self.time_constant_s)), axis=-1)
        return rise

    def rise_k(self, power_w: ArrayLike, step_s: float) -> Array:
        """(n,) rise at the end of each of ``n`` equal steps of constant power, from a cold start."""
        power = np.asarray(power_w, float)
        rise = np.zeros(power.shape)
        for resistance, kept in zip(self.resistance_k_per_w, self.kept(step_s), strict=True):
            rise += lfilter([resistance * (1.0 - kept)], [1.0, -kept], power)
        return rise

    def periodic_rise_k(self, power_w: ArrayLike, period_s: float) -> Array:
        """(n,) rise at the end of each of ``n`` equal steps that make a period, when it has repeated without end."""
        power = np.asarray(power_w, float)
        n = len(power)
        rise = np.zeros(n)
        for resistance, tau in zip(self.resistance_k_per_w, self.time_constant_s, strict=True):
            step = period_s / (n * tau)
            kept = np.exp(-step)
            gain = -resistance * np.expm1(-step)
            once = lfilter([gain], [1.0, -kept], power)
            # What a period leaves behind is there again at its beginning: start = once[-1] + start * exp(-period / tau).
            start = once[-1] / -np.expm1(-n * step)
            rise += once + start * np.exp(-step * np.arange(1, n + 1))
        return rise

    def kept(self, step_s: float) -> Array:
        """(pairs,) share of each pair's rise that is left after a step without power."""
        kept: Array = np.exp(-step_s / np.array(self.time_constant_s))
        return kept
