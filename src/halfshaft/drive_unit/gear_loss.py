"""A gear's loss: the sum over its meshes, bearings, wheels in oil and seals, in closed form.

At motor speed w and output torque T (at the motor shaft, either sign, t = |T|)

    loss = seals + churning(w) + M(w) t^1.2 + sum over groups of bearings of R(w) x^(1/2) + S(w) x^(3/2) + Q(w) x
    x = (t^2 + t_0(w)^2)^(1/2)

Mesh friction by Schlenk grows with load^1.2. A bearing's rolling friction grows nearly with the root of its load (SKF: exponent 0.54
for balls, 0.31 for rollers), its sliding friction with about x^1.5 (balls: between 1.25 and 5/3) or x (rollers); the powers are
rounded to common ones and anchored at half the torque limit. t_0 is what acts without torque, as torque: the preload, and the
centrifugal force of planets. It keeps the root's slope finite, so that output torque plus loss grows with output torque everywhere and
the inverse exists. All factors of speed are evaluated once for each distinct speed of a grid. What one part loses is not taken off the
next part's load: that changes the loss by a share of about half the loss itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from halfshaft.drive_unit.gear_parts import Array, Bearing, DippingWheel, Mesh, Oil, Seal, SprayedWheel

GEAR_LOSS_PARTS = ("mesh", "bearings", "churning", "seals")

# Assumption: bearings are preloaded as by this share of the torque limit.
_PRELOAD_SHARE = 0.02


class BearingFactors(NamedTuple):
    """One group's R, S and Q of the module's formula, and the square of its t_0, over speed."""

    rolling: Array
    sliding: Array
    proportional: Array
    idle_nm2: Array

    def loss_nm(self, torque_nm: Array) -> Array:
        """At magnitudes of torque."""
        x = np.sqrt(torque_nm * torque_nm + self.idle_nm2)
        loss: Array = (self.rolling + self.sliding * x) * np.sqrt(x) + self.proportional * x
        return loss

    def slope(self, torque_nm: Array) -> Array:
        """Its derivative."""
        x = np.sqrt(torque_nm * torque_nm + self.idle_nm2)
        root = np.sqrt(x)
        slope: Array = (0.5 * self.rolling / root + 1.5 * self.sliding * root + self.proportional) * torque_nm / x
        return slope


class SpeedFactors(NamedTuple):
    """The factors of the module's formula over speed; each broadcasts against torque."""

    seals_nm: float
    churning_nm: Array
    mesh: Array
    bearings: tuple[BearingFactors, ...]

    def parts_nm(self, torque_nm: Array) -> tuple[Array, Array, Array, Array]:
        """Mesh, bearings, churning and seals at magnitudes of torque."""
        mesh = self.mesh * (torque_nm * torque_nm**0.2)
        bearings = _sum((group.loss_nm(torque_nm) for group in self.bearings), np.zeros(mesh.shape))
        churning, seals = np.broadcast_to(self.churning_nm, mesh.shape), np.full(mesh.shape, self.seals_nm)
        return mesh, bearings, churning, seals

    def loss_nm(self, torque_nm: Array) -> Array:
        """Sum of the parts."""
        mesh, bearings, churning, seals = self.parts_nm(torque_nm)
        total: Array = mesh + bearings + (churning + seals)
        return total

    def slope(self, torque_nm: Array) -> Array:
        """Derivative of the loss with respect to the magnitude of torque."""
        return _sum((group.slope(torque_nm) for group in self.bearings), 1.2 * self.mesh * torque_nm**0.2)


@dataclass(frozen=True)
class GearTrain:
    """All that rubs in a gear. ``torque_limit_nm`` anchors the bearings' powers of torque; ``starvation`` is SKF's K_rs of all bearings."""

    meshes: tuple[Mesh, ...]
    bearings: tuple[Bearing, ...]
    wheels: tuple[DippingWheel | SprayedWheel, ...]
    seals: tuple[Seal, ...]
    oil: Oil
    torque_limit_nm: float
    roughness_um: float
    starvation: float

    @cached_property
    def _mesh_loads(self) -> tuple[float, ...]:
        return tuple(mesh.load_factor(self.roughness_um, self.oil) for mesh in self.meshes)

    @cached_property
    def _bearing_loads(self) -> tuple[tuple[float, float], ...]:
        """G_rr and G_sl over their powers of torque, at half the torque limit."""
        anchor, preload = 0.5 * self.torque_limit_nm, _PRELOAD_SHARE * self.torque_limit_nm
        x = math.hypot(anchor, preload)
        loads = ((bearing.moments_nmm(anchor), bearing.kind) for bearing in self.bearings)
        return tuple((g[0] / x**0.5, g[1] / (x if kind == "roller" else x**1.5)) for g, kind in loads)

    @cached_property
    def seals_nm(self) -> float:
        """Torque of all seals at the motor shaft."""
        return sum(seal.torque_nm for seal in self.seals)

    def speed_factors(self, speed_rad_per_s: Array, temperature_k: float) -> SpeedFactors:
        """The factors over speed (any sense of rotation) at an oil temperature, in the shape of the distinct speeds."""
        speed = np.abs(_distinct(np.asarray(speed_rad_per_s, dtype=float)))
        viscosity, density = self.oil.viscosity_mm2_per_s(temperature_k), self.oil.density_kg_per_m3(temperature_k)
        thin = (viscosity * density * 1e-3) ** -0.05  # dynamic viscosity in mPa s
        zero = np.zeros_like(speed)
        loads = zip(self.meshes, self._mesh_loads, strict=True)
        mesh = _sum((thin * load * part.speed_factor(speed) for part, load in loads), zero)
        churning = _sum((wheel.torque_nm(speed, viscosity, density) for wheel in self.wheels), zero)
        return SpeedFactors(self.seals_nm, churning, mesh, self._bearing_factors(speed, viscosity))

    def _bearing_factors(self, speed_rad_per_s: Array, viscosity_mm2_per_s: float) -> tuple[BearingFactors, ...]:
        """One group of all bearings on shafts, and one for each that holds planets."""
        zero = np.zeros_like(speed_rad_per_s)
        log_speed = np.log(np.maximum(speed_rad_per_s, 1e-9))
        preload = (_PRELOAD_SHARE * self.torque_limit_nm) ** 2
        shafts = BearingFactors(zero, zero, zero, np.full_like(zero, preload))
        planets = []
        for bearing, (roll, slide) in zip(self.bearings, self._bearing_loads, strict=True):
            rolls, slides = bearing.speed_factors(log_speed, viscosity_mm2_per_s, self.starvation)
            own = roll * rolls, slide * slides, zero
            rolling, sliding, proportional = own if bearing.kind == "ball" else (own[0], zero, own[1])
            if bearing.thrown_n_s2 > 0.0:
                thrown_nm = (bearing.thrown_n_s2 / bearing.radial_n_per_nm) * speed_rad_per_s**2
                planets.append(BearingFactors(rolling, sliding, proportional, preload + thrown_nm**2))
            else:
                sums = shafts.rolling + rolling, shafts.sliding + sliding, shafts.proportional + proportional
                shafts = BearingFactors(*sums, shafts.idle_nm2)
        return shafts, *planets


def input_less_loss_nm(factors: SpeedFactors, input_torque_nm: Array) -> Array:
    """Output torque that an input torque leaves: the inverse of output plus loss, by Newton's method to the last digit.

    The excess over the drag decides the direction of flow. Raises ArithmeticError where friction would lock the gear.
    """
    excess = input_torque_nm - factors.loss_nm(np.zeros(np.shape(input_torque_nm)))
    motoring = excess >= 0.0
    sign, magnitude = np.where(motoring, 1.0, -1.0), np.abs(excess)
    drag = factors.loss_nm(np.zeros(magnitude.shape))
    torque = magnitude
    for _ in range(50):
        miss = torque + sign * (factors.loss_nm(torque) - drag) - magnitude
        slope = 1.0 + sign * factors.slope(torque)
        if np.any(slope <= 0.0):
            break
        step = miss / slope
        torque = np.maximum(torque - step, 0.0)
        if np.all(np.abs(step) <= 4.0 * np.finfo(float).eps * (magnitude + drag)):
            output: Array = sign * torque
            return output
    raise ArithmeticError(
        "the gear locks itself: its loss grows faster than its torque; correct its teeth, oil or limits"
    )


def _distinct(speed: Array) -> Array:
    """A grid's speeds once each: an axis along which the array only repeats itself by stride is cut to one."""
    cut = tuple(slice(0, 1) if stride == 0 else slice(None) for stride in speed.strides)
    return speed[cut]


def _sum(terms: Iterable[Array], zero: Array) -> Array:
    total = zero
    for term in terms:
        total = total + term
    return total
