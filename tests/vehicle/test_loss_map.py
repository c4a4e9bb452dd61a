"""A unit seen from the wheels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from halfshaft.vehicle.loss_map import WheelUnit, wheel_units

RADIUS_M = 0.335


@given(share=st.floats(-1.0, 1.0), speed=st.floats(0.0, 1.0))
def test_loss_is_bilinear_in_speed_and_fraction(make_unit: Any, share: float, speed: float) -> None:
    """At any point the loss equals scipy's linear interpolation of the map, with the fraction taken of the interpolated limit."""
    unit = make_unit(generating_share=0.8, nodes=17)
    omega = np.array([speed * unit.top_rad_per_s])
    limits = unit.peak_torque_nm if share >= 0.0 else unit.peak_generating_torque_nm
    torque = share * np.interp(omega, unit.speed_rad_per_s, limits)
    reference = RegularGridInterpolator((unit.speed_rad_per_s, unit.torque_fraction), unit.total_loss_w())
    per_m = unit.gear_ratio / RADIUS_M
    at = WheelUnit.behind_gear(unit, RADIUS_M).at(omega / per_m)
    assert at.loss_w(torque * per_m)[0] == pytest.approx(float(reference((omega[0], share))), rel=1e-9)


def test_the_gear_keeps_power(make_unit: Any) -> None:
    """Force times car speed is torque times motor speed, at each limit and node."""
    unit = make_unit()
    wheel = WheelUnit.behind_gear(unit, RADIUS_M)
    shaft_w = (
        np.stack([unit.peak_torque_nm, unit.peak_generating_torque_nm, unit.continuous_torque_nm])
        * unit.speed_rad_per_s
    )
    tyre_w = np.stack([wheel.drive_limit_n, wheel.brake_limit_n, wheel.continuous_limit_n]) * wheel.speed_mps
    np.testing.assert_allclose(tyre_w, shaft_w, rtol=1e-12)


def test_beyond_its_top_speed_a_unit_is_not_allowed(make_unit: Any) -> None:
    """Above the top speed there is no force and no permission; at the top speed itself there are both."""
    wheel = WheelUnit.behind_gear(make_unit(), RADIUS_M)
    at = wheel.at(wheel.max_speed_mps * np.array([0.5, 1.0, 1.01]))
    assert at.allowed.tolist() == [True, True, False]
    assert (at.drive_limit_n > 0.0).tolist() == [True, True, False]


def test_no_unit_is_no_force_no_loss_no_limit() -> None:
    """An axle without a unit rolls freely at any speed."""
    at = WheelUnit.behind_gear(None, RADIUS_M).at(np.array([0.0, 30.0, 300.0]))
    assert at.allowed.all()
    assert not at.drive_limit_n.any()
    assert not at.loss_w(np.zeros(3)).any()


def test_an_axle_that_is_not_driven_takes_no_unit(make_unit: Any) -> None:
    """A unit for such an axle raises and names the axle; None passes."""
    assert len(wheel_units("front", False, [None], RADIUS_M)) == 1
    with pytest.raises(ValueError, match="front"):
        wheel_units("front", False, [None, make_unit()], RADIUS_M)
