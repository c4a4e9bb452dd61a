"""What a life of driving does to a winding and a gear, from histories of temperature, torque and speed.

Three kinds of wear, each a fraction of a life consumed, each additive over time (Miner): insulation ages faster the hotter it is, it
cracks from being warmed and cooled, and teeth are used up revolution by revolution. The laws are old and sound, their constants belong
to a product: those given here are defaults to compare profiles and designs with, and every one of them that is an assumption says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.vehicle.mission.rainflow import rainflow

Array = NDArray[np.float64]

CLASS_TEMPERATURE_K = {"130": 403.15, "155": 428.15, "180": 453.15, "200": 473.15, "220": 493.15}
"""Temperature of each thermal class of insulation (IEC 60085), named by its degrees Celsius: 155 is F, 180 is H."""

CLASS_LIFE_S = 20_000.0 * 3600.0
"""Life at the class temperature: 20,000 h, the time over which temperature indices are stated (IEC 60216)."""


@dataclass(frozen=True)
class Insulation:
    """How insulation ages: `life_s` [s] at `temperature_k` [K], and half of that for every `halving_k` [K] more.

    V. M. Montsinger, Trans. AIEE 49 (1930) found some 8 K for paper in oil; 10 K is the usual rule of machine builders (IEEE 117 finds
    it by test). Fields that are not measured are assumptions.
    """

    temperature_k: float = CLASS_TEMPERATURE_K["180"]
    life_s: float = CLASS_LIFE_S
    halving_k: float = 10.0

    def __post_init__(self) -> None:
        if not (self.temperature_k > 0.0 and self.life_s > 0.0 and self.halving_k > 0.0):
            raise ValueError("insulation: temperature, life and halving step must be positive")

    @property
    def activation_k(self) -> float:
        """Arrhenius' B = E_a / k [K] with the same slope at the class temperature: ln 2 · T² / halving step (T. W. Dakin, 1948)."""
        return math.log(2.0) * self.temperature_k**2 / self.halving_k

    def montsinger_life_s(self, temperature_k: ArrayLike) -> Array:
        """Life [s] at each temperature [K]: L · 2^((T_class - T) / halving step)."""
        excess = (self.temperature_k - np.asarray(temperature_k, dtype=np.float64)) / self.halving_k
        life: Array = self.life_s * np.exp2(excess)
        return life

    def arrhenius_life_s(self, temperature_k: ArrayLike) -> Array:
        """Life [s] at each temperature [K]: L · exp(B (1/T - 1/T_class)). Longer than Montsinger's on either side of the class."""
        inverse = 1.0 / np.asarray(temperature_k, dtype=np.float64) - 1.0 / self.temperature_k
        life: Array = self.life_s * np.exp(self.activation_k * inverse)
        return life


def insulation_ageing(temperature_k: ArrayLike, duration_s: ArrayLike, insulation: Insulation | None = None) -> float:
    """Fraction of the insulation's life that a history of hot-spot temperatures (t,) [K], each for a duration (t,) [s], consumes.

    Σ duration / life, life by Arrhenius. Raises `ValueError` on temperatures not above absolute zero or durations below zero.
    """
    temperature, duration = _history("temperature_k", temperature_k, duration_s)
    if (temperature <= 0.0).any():
        raise ValueError("temperature_k is absolute: it must be positive")
    return float((duration / (insulation or Insulation()).arrhenius_life_s(temperature)).sum())


@dataclass(frozen=True)
class ThermalCycling:
    """How warming and cooling cracks: `cycles` endured of a range of `range_k` [K], and fewer by (range / range_k)^-exponent.

    L. F. Coffin (1954) and S. S. Manson (1953). All three defaults are assumptions: 10,000 cycles of 100 K and an exponent of 4 stand for
    a resin-bonded winding; brittle joints have up to 8, ductile metal 2. Ranges below `threshold_k` do nothing (an assumption too).
    """

    range_k: float = 100.0
    cycles: float = 1e4
    exponent: float = 4.0
    threshold_k: float = 0.0

    def endured(self, range_k: ArrayLike) -> Array:
        """Number of cycles of each range [K] that is endured; infinite at and below the threshold and for none at all."""
        ranges = np.asarray(range_k, dtype=np.float64)
        harmful = (ranges > self.threshold_k) & (ranges > 0.0)
        ratio = np.where(harmful, ranges / self.range_k, 1.0)
        life: Array = np.where(harmful, self.cycles * ratio**-self.exponent, np.inf)
        return life


def thermal_cycling_damage(temperature_k: ArrayLike, cycling: ThermalCycling | None = None) -> float:
    """Fraction of the life that a history of temperatures (t,) [K] consumes by its ranges: rainflow counting and Miner's sum.

    Cycles that reach beyond one history (a day's warming, a year's seasons) are only seen in a history that holds them.
    """
    cycles = rainflow(temperature_k)
    return cycles.damage((cycling or ThermalCycling()).endured(cycles.range))


def _slope(factor: float, from_cycles: float, to_cycles: float) -> float:
    """Exponent of a life curve whose strength falls by a factor from one number of cycles to another."""
    return math.log(to_cycles / from_cycles) / math.log(factor)


@dataclass(frozen=True)
class ToothLife:
    """How teeth wear out: `cycles` meshes endured at `torque_nm` [Nm], and at another torque (torque / torque_nm)^-exponent times that.

    `contacts_per_revolution` is how often a tooth meshes in one turn of the shaft whose torque and speed are given.
    """

    torque_nm: float
    cycles: float
    exponent: float
    contacts_per_revolution: float = 1.0

    def __post_init__(self) -> None:
        for name in ("torque_nm", "cycles", "exponent", "contacts_per_revolution"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"tooth life: {name} is {getattr(self, name)}; it must be positive")

    @classmethod
    def flank(cls, torque_nm: float, contacts_per_revolution: float = 1.0) -> ToothLife:
        """Pitting of case-hardened steel whose flank endures `torque_nm` for ever: 5·10⁷ meshes, exponent 6.6.

        The life factor falls from 1.6 at 10⁵ to 1.0 at 5·10⁷ (ISO 6336-2), and contact stress grows with the root of torque.
        """
        return cls(torque_nm, 5e7, 0.5 * _slope(1.6, 1e5, 5e7), contacts_per_revolution)

    @classmethod
    def root(cls, torque_nm: float, contacts_per_revolution: float = 1.0) -> ToothLife:
        """Bending of case-hardened steel whose root endures `torque_nm` for ever: 3·10⁶ meshes, exponent 8.7.

        The life factor falls from 2.5 at 10³ to 1.0 at 3·10⁶ (ISO 6336-3), and root stress grows with torque.
        """
        return cls(torque_nm, 3e6, _slope(2.5, 1e3, 3e6), contacts_per_revolution)


@dataclass(frozen=True)
class GearDamage:
    """Fractions of life consumed: of the flanks that drive, of those that brake, and of the roots, which bear both."""

    driving_flank: float
    braking_flank: float
    root: float


def gear_damage(
    torque_nm: ArrayLike, speed_rad_per_s: ArrayLike, duration_s: ArrayLike, flank: ToothLife, root: ToothLife
) -> GearDamage:
    """What a history of torque [Nm] and speed [rad/s] at one shaft, each for a duration [s], all (t,), does to a gear's teeth.

    Miner's sum of revolutions × torque^exponent (the load spectrum of ISO 6336-6), with no endurance limit below which nothing counts
    (an assumption, on the safe side). Driving and braking load opposite flanks; the root bends either way, and that alternation costs
    strength is left out. Dynamic and load-distribution factors belong into the torque that is endured.
    """
    torque, duration = _history("torque_nm", torque_nm, duration_s)
    speed, _ = _history("speed_rad_per_s", speed_rad_per_s, duration)
    turns = np.abs(speed) * duration / (2.0 * math.pi)

    def used(load: Array, tooth: ToothLife) -> float:
        meshes = turns * tooth.contacts_per_revolution
        return float((meshes * (load / tooth.torque_nm) ** tooth.exponent).sum() / tooth.cycles)

    driving, braking = (np.maximum(sign * torque * np.sign(speed), 0.0) for sign in (1.0, -1.0))
    return GearDamage(used(driving, flank), used(braking, flank), used(np.abs(torque), root))


def equivalent_torque_nm(
    torque_nm: ArrayLike, speed_rad_per_s: ArrayLike, duration_s: ArrayLike, exponent: float
) -> float:
    """The constant torque [Nm] that does the same damage over the same revolutions: (Σ n |T|^p / Σ n)^(1/p); zero without a turn."""
    torque, duration = _history("torque_nm", torque_nm, duration_s)
    speed, _ = _history("speed_rad_per_s", speed_rad_per_s, duration)
    turns, load = np.abs(speed) * duration, np.abs(torque)
    highest = float(load.max(initial=0.0))
    if not turns.sum() > 0.0 or highest == 0.0:
        return 0.0
    # Taken relative to the highest torque, so that no power overflows.
    mean_power = float((turns @ (load / highest) ** exponent) / turns.sum())
    return highest * math.pow(mean_power, 1.0 / exponent)


def _history(name: str, values: ArrayLike, duration_s: ArrayLike) -> tuple[Array, Array]:
    history, duration = np.asarray(values, dtype=np.float64), np.asarray(duration_s, dtype=np.float64)
    if history.ndim != 1 or history.shape != duration.shape:
        raise ValueError(f"{name} and duration_s must be two equally long rows")
    if not np.isfinite(history).all() or not (duration >= 0.0).all():
        raise ValueError(f"{name} must be finite and duration_s must not be negative")
    return history, duration
