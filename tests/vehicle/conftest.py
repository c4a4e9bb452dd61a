"""A car, a unit and the ways to vary them. The unit is a plain formula: these tests are about cars, and import no drive unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from halfshaft.vehicle import Battery, RoadLoad, Vehicle

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FormulaUnit:
    """Constant torque, then constant power; loss = standby + drag·ω + iron·ω² + copper·T² (all figures of the tests' own making)."""

    peak_nm: float = 350.0
    base_rad_per_s: float = 500.0
    top_rad_per_s: float = 1600.0
    gear_ratio: float = 10.0
    standby_w: float = 40.0
    drag_nm: float = 1.0
    iron_w_per_rad2: float = 6e-4
    copper_w_per_nm2: float = 0.12
    continuous_share: float = 0.5
    generating_share: float = 1.0
    nodes: int = 41

    @property
    def speed_rad_per_s(self) -> Array:
        return np.linspace(0.0, self.top_rad_per_s, self.nodes)

    @property
    def torque_fraction(self) -> Array:
        return np.linspace(-1.0, 1.0, self.nodes)

    @property
    def peak_torque_nm(self) -> Array:
        return self.peak_nm * np.minimum(1.0, self.base_rad_per_s / np.maximum(self.speed_rad_per_s, 1e-9))

    @property
    def peak_generating_torque_nm(self) -> Array:
        return self.generating_share * self.peak_torque_nm

    @property
    def continuous_torque_nm(self) -> Array:
        return self.continuous_share * self.peak_torque_nm

    @property
    def max_speed_rad_per_s(self) -> float:
        return self.top_rad_per_s

    @property
    def coasting_loss_w(self) -> Array:
        return self.drag_nm * self.speed_rad_per_s + self.iron_w_per_rad2 * self.speed_rad_per_s**2

    def total_loss_w(self) -> Array:
        speed, fraction = self.speed_rad_per_s[:, None], self.torque_fraction[None, :]
        limit = np.where(fraction >= 0.0, self.peak_torque_nm[:, None], self.peak_generating_torque_nm[:, None])
        torque = fraction * limit
        return (
            self.standby_w + self.drag_nm * speed + self.iron_w_per_rad2 * speed**2 + self.copper_w_per_nm2 * torque**2
        )


CAR = Vehicle(
    name="test car",
    test_mass_kg=2268.0,
    performance_mass_kg=2125.0,
    road_load=RoadLoad(150.8, 0.338, 0.3713),
    tyre_radius_m=0.335,
    driven_axles=("front", "rear"),
    front_mass_share=0.48,
    wheelbase_m=2.86,
    centre_of_gravity_height_m=0.52,
    tyre_adhesion=1.0,
    rotating_mass_factor=1.04,
    auxiliary_power_w=250.0,
    battery=Battery(
        usable_energy_wh=80_700.0, open_circuit_voltage_v=390.0, resistance_ohm=0.06, charging_efficiency=0.88
    ),
    regen_fade_low_mps=0.5,
    regen_fade_high_mps=2.0,
    max_regen_deceleration=2.5,
)
"""Mass and road load of a BMW i4 eDrive40 on 18-inch wheels (EPA Test Car List 2022); all else is an assumption of the tests."""


@pytest.fixture(scope="session")
def car() -> Vehicle:
    return CAR


@pytest.fixture(scope="session")
def make_car() -> Callable[..., Vehicle]:
    """A variant of the car; fields of the battery are named with the prefix `battery_`."""

    def make(**changes: Any) -> Vehicle:
        cells = {key.removeprefix("battery_"): changes.pop(key) for key in list(changes) if key.startswith("battery_")}
        return replace(CAR, battery=replace(CAR.battery, **cells), **changes)

    return make


@pytest.fixture(scope="session")
def make_unit() -> type[FormulaUnit]:
    return FormulaUnit
