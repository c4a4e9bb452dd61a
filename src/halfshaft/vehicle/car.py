"""Vehicle: one car without its drive units.

Everything that the energy and the performance of a car depend on apart from the units themselves, so that the same car can be
tried with many. The names follow the certification: the test mass is the inertia of the cycle, the performance mass is what the
brochure's acceleration was driven with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from halfshaft.vehicle.battery import Battery
from halfshaft.vehicle.road_load import RoadLoad
from halfshaft.vehicle.warm_up import WarmUp

Axle = Literal["front", "rear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One car, its axles ready for units.

    - `test_mass_kg`: inertia on the cycle. For US certification this is the equivalent test weight, which already is the
      dynamometer's inertia: rotating parts are not added again (40 CFR 1066.805 and the test car list).
    - `performance_mass_kg`: kerb mass and driver; `rotating_mass_factor` (>= 1) is effective over real mass in acceleration.
    - `tyre_radius_m`: rolling radius, so that motor speed is speed x gear ratio / radius; slip beyond that is left out.
    - `driven_axles`: the axles that may carry a unit.
    - `front_mass_share`, `wheelbase_m`, `centre_of_gravity_height_m`, `tyre_adhesion`: for the traction limit.
    - `auxiliary_power_w`: constant draw at the battery terminals.
    - `speed_limit_mps`: governed top speed, None when not governed.
    - `regen_fade_low_mps`, `regen_fade_high_mps`: below the first the friction brakes do all, above the second the units may.
    - `max_regen_deceleration`: m/s², the units' braking force over test mass that is never exceeded.

    What follows is left out unless given; pairs are (front, rear):

    - `tyre_stiffness_n`: force per unit of slip of both tyres of each axle together; None: no slip beyond the rolling radius.
    - `uncoupled_loss_w`: loss of a unit that is uncoupled and stands still; None: the axle has nothing to uncouple with.
    - `recuperated_share`: share of a braking force that all units together may take; friction takes the rest (blended pedal).
    - `largest_brake_share`: share of the whole braking force that the unit of each axle may take at most (brake balance).
    - `hvac_power_w`: draw for the cabin on top of the auxiliaries.
    - `cycle_rotating_mass_kg`: equivalent mass of rotating parts on the road; zero on a dynamometer, whose inertia is the test mass.
    - `warm_up`: how the oil of the units warms; None: warm throughout.
    - `launch_delay_s`, `launch_rise_s`: dead time of a launch, and the time in which the force then rises to its full value.
    - `time_limited_torque`: whether acceleration is held to what the units may give for the time that it has lasted (units then state
      `limit_durations_s` (k,) and `duration_torque_nm` (k, n)): the first row until its duration, then the next, the last for ever.

    Raises `ValueError`, naming the field, on numbers that no car has, also when the front axle would lift under full traction.
    """

    name: str
    test_mass_kg: float
    performance_mass_kg: float
    road_load: RoadLoad
    tyre_radius_m: float
    driven_axles: tuple[Axle, ...]
    front_mass_share: float
    wheelbase_m: float
    centre_of_gravity_height_m: float
    tyre_adhesion: float
    rotating_mass_factor: float
    auxiliary_power_w: float
    battery: Battery
    regen_fade_low_mps: float
    regen_fade_high_mps: float
    max_regen_deceleration: float
    speed_limit_mps: float | None = None
    tyre_stiffness_n: tuple[float, float] | None = None
    uncoupled_loss_w: tuple[float | None, float | None] = (None, None)
    recuperated_share: float = 1.0
    largest_brake_share: tuple[float, float] = (1.0, 1.0)
    hvac_power_w: float = 0.0
    cycle_rotating_mass_kg: float = 0.0
    warm_up: WarmUp | None = None
    launch_delay_s: float = 0.0
    launch_rise_s: float = 0.0
    time_limited_torque: bool = False

    def __post_init__(self) -> None:
        for name in ("test_mass_kg", "performance_mass_kg", "tyre_radius_m", "wheelbase_m", "tyre_adhesion"):
            if not (0.0 < getattr(self, name) < math.inf):
                raise self._wrong(name, "must be positive and finite")
        for name in ("centre_of_gravity_height_m", "auxiliary_power_w", "regen_fade_low_mps", "max_regen_deceleration"):
            if not getattr(self, name) >= 0.0:
                raise self._wrong(name, "must not be negative")
        for name in ("hvac_power_w", "cycle_rotating_mass_kg", "launch_delay_s", "launch_rise_s"):
            if not (0.0 <= getattr(self, name) < math.inf):
                raise self._wrong(name, "must be finite and not negative")
        if self.tyre_stiffness_n is not None and not min(self.tyre_stiffness_n) > 0.0:
            raise self._wrong("tyre_stiffness_n", "must be positive, or None")
        if any(loss is not None and not (0.0 <= loss < math.inf) for loss in self.uncoupled_loss_w):
            raise self._wrong("uncoupled_loss_w", "must be finite and not negative, or None")
        if not (0.0 <= self.recuperated_share <= 1.0):
            raise self._wrong("recuperated_share", "lies between 0 and 1")
        if not all(0.0 <= share <= 1.0 for share in self.largest_brake_share):
            raise self._wrong("largest_brake_share", "lies between 0 and 1")
        if not (0.0 < self.front_mass_share < 1.0):
            raise self._wrong("front_mass_share", "lies between 0 and 1")
        if not self.rotating_mass_factor >= 1.0:
            raise self._wrong("rotating_mass_factor", "is effective over real mass, so at least 1")
        if not self.regen_fade_high_mps >= self.regen_fade_low_mps:
            raise self._wrong(
                "regen_fade_high_mps", f"must not be below regen_fade_low_mps = {self.regen_fade_low_mps}"
            )
        if self.speed_limit_mps is not None and not self.speed_limit_mps > 0.0:
            raise self._wrong("speed_limit_mps", "must be positive, or None")
        if not self.driven_axles or len(set(self.driven_axles)) != len(self.driven_axles):
            raise self._wrong("driven_axles", "names each driven axle once, and at least one")
        if not set(self.driven_axles) <= {"front", "rear"}:
            raise self._wrong("driven_axles", "knows only 'front' and 'rear'")
        if self.front_mass_share <= self.tyre_adhesion * self.load_transfer:
            raise self._wrong(
                "tyre_adhesion", "would lift the front axle: front_mass_share must exceed adhesion x h / L"
            )

    @property
    def load_transfer(self) -> float:
        """Axle load moved from front to rear per driving force: height of the centre of gravity over wheelbase."""
        return self.centre_of_gravity_height_m / self.wheelbase_m

    @property
    def slip_per_n(self) -> tuple[float, float]:
        """Relative slip per newton of each axle's tyre force, (front, rear); zero without a stiffness."""
        if self.tyre_stiffness_n is None:
            return 0.0, 0.0
        return 1.0 / self.tyre_stiffness_n[0], 1.0 / self.tyre_stiffness_n[1]

    @property
    def electrical_load_w(self) -> float:
        """Auxiliaries and cabin [W]."""
        return self.auxiliary_power_w + self.hvac_power_w

    def _wrong(self, field: str, rule: str) -> ValueError:
        return ValueError(f"vehicle {self.name!r}: {field} is {getattr(self, field)}; it {rule}")
