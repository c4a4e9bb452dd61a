"""Launch ramp and torque held for a limited time, against closed forms; and what a battery's charge leaves of a sprint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from halfshaft.vehicle import PackStates, Performance, RoadLoad, Vehicle, performance

Array = NDArray[np.float64]
MakeCar = Callable[..., Vehicle]
KMH = 1.0 / 3.6
IDEAL: dict[str, Any] = {
    "centre_of_gravity_height_m": 0.0, "tyre_adhesion": 50.0, "battery_resistance_ohm": 0.0, "road_load": RoadLoad(0.0, 0.0, 0.0),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class TimedUnit:
    """A unit that may hold its peak for some seconds and a share of it after."""

    base: Any
    limit_durations_s: tuple[float, ...] = (5.0, np.inf)
    share: float = 0.4

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    @property
    def duration_torque_nm(self) -> Array:
        return np.stack([self.base.peak_torque_nm, self.share * self.base.peak_torque_nm])


@given(delay=st.floats(0.0, 0.5), rise=st.floats(0.0, 2.0))
def test_a_ramp_under_constant_force_costs_half_its_time(
    make_car: MakeCar, make_unit: Any, delay: float, rise: float
) -> None:
    """v = F t² / (2 m T) during the ramp, so every later speed comes T / 2 later; rolling times do not change."""
    unit = make_unit(base_rad_per_s=1600.0)
    plain = performance(make_car(**IDEAL), None, unit)
    found = performance(make_car(**IDEAL, launch_delay_s=delay, launch_rise_s=rise), None, unit)
    assert found.time_0_100_kmh_s == pytest.approx(plain.time_0_100_kmh_s + delay + 0.5 * rise, rel=1e-6)
    assert found.time_80_120_kmh_s == plain.time_80_120_kmh_s
    assert found.top_speed_mps == plain.top_speed_mps


def test_a_car_that_cannot_move_is_not_launched(make_car: MakeCar, make_unit: Any) -> None:
    """Against more resistance than force the times stay infinite, ramp or not."""
    car = make_car(**{**IDEAL, "road_load": RoadLoad(1e5, 0.0, 0.0)}, launch_rise_s=0.4)
    assert performance(car, None, make_unit()).time_0_100_kmh_s == np.inf


def test_torque_that_fades_after_its_time_slows_the_rest(make_car: MakeCar, make_unit: Any) -> None:
    """Constant force F for 7 s, then 0.4 F: t = 7 s + (v - v₇) m / (0.4 F). Rolling, the seven seconds begin at 80 km/h."""
    base = make_unit(base_rad_per_s=1600.0, peak_nm=120.0)
    car = make_car(**IDEAL)
    plain = performance(car, None, base)
    timed = performance(replace(car, time_limited_torque=True), None, TimedUnit(base, (7.0, np.inf)))
    assert plain.time_0_100_kmh_s > 8.0
    expected = 7.0 + (plain.time_0_100_kmh_s - 7.0) / 0.4
    assert timed.time_0_100_kmh_s == pytest.approx(expected, rel=1e-6)
    rolling = plain.time_80_120_kmh_s
    assert rolling < 7.0
    assert timed.time_80_120_kmh_s == pytest.approx(rolling, rel=1e-9)
    assert performance(car, None, TimedUnit(base)) == plain


def test_time_that_is_long_enough_changes_nothing(make_car: MakeCar, make_unit: Any) -> None:
    """Where peak torque may be held for an hour, or no row lies below it, every figure is as without."""
    car, base = make_car(), make_unit()
    plain = performance(car, base, base)
    for unit in (TimedUnit(base, (3600.0, np.inf)), TimedUnit(base, (1.0, np.inf), 1.0)):
        timed = performance(replace(car, time_limited_torque=True), unit, unit)
        for field in fields(Performance):
            assert getattr(timed, field.name) == pytest.approx(getattr(plain, field.name), rel=1e-9)


def test_units_that_state_no_durations_are_refused(make_car: MakeCar, make_unit: Any) -> None:
    """The error says what is needed; a mixture of durations is refused too."""
    car = make_car(time_limited_torque=True)
    with pytest.raises(ValueError, match="duration"):
        performance(car, None, make_unit())
    with pytest.raises(ValueError, match="same durations"):
        performance(car, TimedUnit(make_unit(), (5.0, np.inf)), TimedUnit(make_unit(), (9.0, np.inf)))


def test_an_empty_and_cold_battery_slows_the_car(make_car: MakeCar, make_unit: Any) -> None:
    """The sprint takes longer at low charge, longer still when cold; the limit is the matched load's where none is stated."""
    states = PackStates(
        state_of_charge=np.array([0.0, 1.0]),
        open_circuit_voltage_v=np.array([300.0, 400.0]),
        temperature_k=np.array([253.0, 298.0]),
        resistance_ohm=np.array([[0.4, 0.16], [0.3, 0.05]]),
        capacity_ah=200.0,
        start_state_of_charge=1.0,
        start_k=298.0,
        surroundings_k=298.0,
    )
    variants = [
        states,
        replace(states, start_state_of_charge=0.1),
        replace(states, start_state_of_charge=0.1, start_k=253.0),
    ]
    times = [performance(make_car(battery_states=one), None, make_unit()).time_0_100_kmh_s for one in variants]
    assert times[0] < times[1] < times[2]
    assert make_car(battery_states=states).battery.discharge_limit_w == pytest.approx(400.0**2 / (4.0 * 0.05))
    current = replace(states, max_discharge_a=500.0)
    assert make_car(battery_states=current).battery.discharge_limit_w == pytest.approx(500.0 * (400.0 - 0.05 * 500.0))
