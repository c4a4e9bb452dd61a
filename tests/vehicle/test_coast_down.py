"""The drag of a car's own units leaves its road load, and comes back with their maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle import Cycle, Vehicle, cycle_energy, load_cycle, without_unit_drag

MakeCar = Callable[..., Vehicle]


@given(drag=st.floats(0.0, 2.5), iron=st.floats(0.0, 1e-3))
def test_unit_and_bare_car_coast_like_the_certified_one(car: Vehicle, make_unit: Any, drag: float, iron: float) -> None:
    """Road load taken plus zero-torque drag of both units equals the certified road load at every speed of the coast-down."""
    unit = make_unit(drag_nm=drag, iron_w_per_rad2=iron, nodes=401)
    bare = without_unit_drag(car, unit, unit)
    speed = np.linspace(15.0, 115.0, 40) / 3.6
    omega = speed * unit.gear_ratio / car.tyre_radius_m
    drag_n = 2.0 * (drag + iron * omega) * unit.gear_ratio / car.tyre_radius_m
    np.testing.assert_allclose(bare.road_load.force_n(speed) + drag_n, car.road_load.force_n(speed), rtol=2e-3)


def test_standby_is_no_drag(car: Vehicle, make_unit: Any) -> None:
    """A unit that only draws standby power leaves the road load as it was, and so does no unit."""
    standby = make_unit(drag_nm=0.0, iron_w_per_rad2=0.0, standby_w=500.0)
    for rear in (standby, None):
        taken = without_unit_drag(car, None, rear).road_load
        assert taken.a_n == pytest.approx(car.road_load.a_n, rel=1e-9)
        assert taken.c_n_per_mps2 == pytest.approx(car.road_load.c_n_per_mps2, rel=1e-9)


def test_counting_the_drag_once_saves_the_drag(car: Vehicle, make_unit: Any) -> None:
    """At a steady speed the consumption falls by the drag force over 3.6, and over a cycle it falls."""
    unit = make_unit(iron_w_per_rad2=0.0, copper_w_per_nm2=0.0)
    bare = without_unit_drag(car, None, unit)
    steady = Cycle("steady", "made up", np.array([0.0, 10.0]), np.full(2, 25.0))
    saved = cycle_energy(car, steady, None, unit).dc_wh_per_km - cycle_energy(bare, steady, None, unit).dc_wh_per_km
    assert saved == pytest.approx(unit.drag_nm * unit.gear_ratio / car.tyre_radius_m / 3.6, rel=1e-6)
    for name in ("udds", "hwfet"):
        twice, once = (cycle_energy(any_car, load_cycle(name), None, unit).dc_wh for any_car in (car, bare))
        assert once < twice


def test_refuses_units_that_were_never_in_that_car(car: Vehicle, make_car: MakeCar, make_unit: Any) -> None:
    """Units that drag more than the car, that cannot turn so fast, or on an axle that is not driven, raise and say why."""
    with pytest.raises(ValueError, match="cannot be part of its road load"):
        without_unit_drag(car, None, make_unit(drag_nm=20.0))
    with pytest.raises(ValueError, match="cannot turn"):
        without_unit_drag(car, make_unit(gear_ratio=30.0), None)
    with pytest.raises(ValueError, match="front axle is not driven"):
        without_unit_drag(make_car(driven_axles=("rear",)), make_unit(), None)
