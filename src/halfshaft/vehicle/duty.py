"""What a cycle asks of the one driven axle of a car, free of any unit: speed, torque and how long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.demand import cycle_demand

Array = NDArray[np.float64]


def axle_duty(vehicle: Vehicle, cycle: Cycle) -> tuple[Array, Array, Array]:
    """Axle speed in rad/s, axle torque in Nm and duration in s, each (t,), between the samples of a cycle.

    One axle takes the whole force; braking is what is left to the unit, as in ``cycle_energy``.
    """
    demand = cycle_demand(vehicle, cycle)
    radius = vehicle.tyre_radius_m
    return demand.speed_mps / radius, demand.unit_n * radius, demand.duration_s
