"""What a cycle asks of a car whatever its units: forces at the tyres, and which part of a braking force the units may take.

Between two samples of the cycle the speed runs straight; the forces are those at the mean speed, so that the kinetic energy closes
exactly and the distance is the trapezoid's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.loss_map import Array
from halfshaft.vehicle.road_load import GRAVITY_MPS2


@dataclass(frozen=True, eq=False)
class Demand:
    """What the cycle asks of a car, step by step; all arrays (t,). `unit_n` is what the units are asked for, brakes already apart."""

    duration_s: Array
    speed_mps: Array
    road_load_n: Array
    inertia_n: Array
    climb_n: Array
    wheel_n: Array
    unit_n: Array


def cycle_demand(vehicle: Vehicle, cycle: Cycle) -> Demand:
    """What a cycle asks of a car whatever its units: forces at the tyres, brakes apart."""
    duration, speed, acceleration, sine = _steps(cycle)
    inertia = (vehicle.test_mass_kg + vehicle.cycle_rotating_mass_kg) * acceleration
    road_load = np.where(speed > 0.0, vehicle.road_load.force_n(speed), 0.0)
    climb = vehicle.test_mass_kg * GRAVITY_MPS2 * sine
    wheel = inertia + road_load + climb
    units = np.maximum(wheel, -_recuperation_limit_n(vehicle, speed, wheel))
    return Demand(duration, speed, road_load, inertia, climb, wheel, units)


@lru_cache(maxsize=64)
def _steps(cycle: Cycle) -> tuple[Array, Array, Array, Array]:
    """Duration, mean speed, acceleration and sine of the slope of each step: the same for every car. A cycle never changes."""
    duration = np.diff(cycle.time_s)
    speed = 0.5 * (cycle.speed_mps[1:] + cycle.speed_mps[:-1])
    steps = duration, speed, np.diff(cycle.speed_mps) / duration, np.where(speed > 0.0, _sine_of_slope(cycle), 0.0)
    for values in steps:
        values.setflags(write=False)
    return steps


def _sine_of_slope(cycle: Cycle) -> Array:
    """Sine of the slope in the middle of each step; zero on a level trace. A car at rest is held by its brakes."""
    grade = cycle.step_grade
    sine: Array = grade / np.hypot(1.0, grade)
    return sine


def _recuperation_limit_n(vehicle: Vehicle, speed: Array, wheel: Array) -> Array:
    """Braking force that may be left to the units, faded out towards standstill.

    The least of their share of the request, the deceleration cap and the charge limit.
    The charge limit is set against the power at the tyre. The losses on the way make the power at the battery smaller, so the limit is
    kept with a few per cent to spare, and the demand stays the same for every pair of units.
    """
    limit = np.minimum(
        vehicle.recuperated_share * np.maximum(-wheel, 0.0), vehicle.test_mass_kg * vehicle.max_regen_deceleration
    )
    if vehicle.battery.max_charge_w is not None:
        most = vehicle.battery.max_charge_w
        limit = np.divide(most, speed, out=limit, where=limit * speed > most)
    fade = np.interp(speed, [vehicle.regen_fade_low_mps, vehicle.regen_fade_high_mps], [0.0, 1.0])
    faded: Array = fade * limit
    return faded
