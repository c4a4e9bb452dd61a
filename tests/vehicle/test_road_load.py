"""Resistance of the road and the air."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle import RoadLoad
from halfshaft.vehicle.road_load import GRAVITY_MPS2


def test_certified_coefficients_give_the_certified_force() -> None:
    """BMW i4 eDrive40, 18 inch (EPA Test Car List 2022) in its own units: the force at 50 mph is the same in lbf and in N."""
    lbf, mph = 4.4482216152605, 0.44704
    load = RoadLoad(33.9 * lbf, 0.034 * lbf / mph, 0.01668 * lbf / mph**2)
    assert load.force_n(50.0 * mph) == pytest.approx((33.9 + 0.034 * 50.0 + 0.01668 * 2500.0) * lbf)


@given(st.floats(500.0, 4000.0), st.floats(0.004, 0.02), st.floats(0.3, 1.2), st.floats(0.0, 70.0))
def test_drag_and_rolling_make_up_a_road_load(mass: float, rolling: float, area: float, speed: float) -> None:
    """From c_rr and c_d·A: the force is m g c_rr + ρ c_d A v²/2 at every speed."""
    load = RoadLoad.from_drag(mass, rolling, area, air_density_kg_per_m3=1.2)
    assert load.force_n(speed) == pytest.approx(mass * GRAVITY_MPS2 * rolling + 0.6 * area * speed**2)


@given(st.floats(-0.5, 0.5), st.floats(500.0, 4000.0))
def test_a_grade_lifts_the_weight(grade: float, mass: float) -> None:
    """Work over one metre of slope is the height gained times the weight, up or down."""
    load = RoadLoad(100.0, 1.0, 0.4)
    lifted = float(load.force_n(20.0, grade, mass) - load.force_n(20.0))
    height_per_metre = grade / math.hypot(1.0, grade)
    assert lifted == pytest.approx(mass * GRAVITY_MPS2 * height_per_metre, abs=1e-6)


def test_forces_come_in_the_shape_of_the_speeds() -> None:
    """An array of speeds gives an array of forces."""
    speeds = np.linspace(0.0, 50.0, 6).reshape(2, 3)
    assert RoadLoad(100.0, 1.0, 0.4).force_n(speeds).shape == (2, 3)


@pytest.mark.parametrize(
    ("a", "b", "c", "field"),
    [(-1.0, 0.0, 0.4, "a_n"), (100.0, 0.0, -0.4, "c_n_per_mps2"), (100.0, math.nan, 0.4, "b_n_per_mps")],
)
def test_refuses_a_road_that_pushes(a: float, b: float, c: float, field: str) -> None:
    """Negative A or C and undefined coefficients raise and name the field; a negative B is left alone."""
    assert RoadLoad(100.0, -0.5, 0.4).b_n_per_mps == -0.5
    with pytest.raises(ValueError, match=field):
        RoadLoad(a, b, c)


def test_refuses_a_grade_without_a_weight_and_a_car_without_mass() -> None:
    """What cannot be computed raises instead of being left out."""
    with pytest.raises(ValueError, match="mass_kg"):
        RoadLoad(100.0, 0.0, 0.4).force_n(10.0, grade=0.1)
    with pytest.raises(ValueError, match="mass_kg"):
        RoadLoad.from_drag(0.0, 0.01, 0.6)
