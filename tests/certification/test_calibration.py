"""Scales of makers: what they make right, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.certification import CarRow, Measured, Prediction, calibrated, maker_scales
from halfshaft.vehicle import RoadLoad

CAR = CarRow(
    row_id="a", make="Maker", front=None, rear=None, motor_rad_per_m=30.0, tyre_radius_m=0.33, test_mass_kg=2000.0,
    performance_mass_kg=1900.0, road_load=RoadLoad(150.0, 1.0, 0.4), certified_load=True, battery_kwh=70.0,
    measured=Measured(140.0, 150.0, None, None, None), notes=(),
)  # fmt: skip
FOUND = Prediction("a", 130.0, 145.0, 6.0, 180.0, 160.0, "")


@given(st.lists(st.floats(0.7, 1.4), min_size=1, max_size=6))
def test_a_scale_takes_the_mean_deviation_out(factors: list[float]) -> None:
    """After it, the geometric mean of certified over predicted is one."""
    cars = [
        replace(CAR, measured=Measured(FOUND.udds_wh_per_km_ac * f, FOUND.hwfet_wh_per_km_ac * f, None, None, None))
        for f in factors
    ]
    scales = maker_scales((car, FOUND) for car in cars)
    assert scales["Maker"].cars == len(factors)
    product = 1.0
    for car in cars:
        certified = car.measured.combined_wh_per_km_ac
        assert certified is not None
        product *= certified / calibrated(car, FOUND, scales).combined_wh_per_km_ac
    assert product == pytest.approx(1.0)


def test_performance_is_not_scaled_and_strangers_are_left_alone() -> None:
    """A scale touches consumption only; a maker without one keeps his figures, and the note says so."""
    scales = maker_scales([(CAR, FOUND)])
    scaled = calibrated(CAR, FOUND, scales)
    assert (scaled.accel_0_100kph_s, scaled.top_speed_kph) == (6.0, 180.0)
    assert scaled.wltp_wh_per_km_ac == pytest.approx(160.0 * scales["Maker"].factor)
    other = calibrated(replace(CAR, make="Other"), FOUND, scales)
    assert other.udds_wh_per_km_ac == FOUND.udds_wh_per_km_ac
    assert "no scale" in other.note
    unknown = replace(CAR, measured=Measured(None, 150.0, None, None, None))
    assert maker_scales([(unknown, FOUND)]) == {}
