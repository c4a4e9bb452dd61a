"""Demands and duty: signs of shortfalls, energy of a duty, and what cannot be followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit import DriveUnit, UnitMap
from halfshaft.drive_unit.design_search.judge import Demands, Duty, Prices, cycle_loss, judge, shortfall_names

MATERIALS = ("electrical steel", "copper", "aluminium", "steel", "electronics", "rare-earth magnet")
PRICES = Prices(dict.fromkeys(MATERIALS, 2.0), 3.0, {"copper": 0.5})


@pytest.fixture(scope="module")
def unit_map(eesm_unit: DriveUnit, map_of: Callable[..., UnitMap]) -> UnitMap:
    """The 230 kW class at 350 V."""
    return map_of(eesm_unit, 350.0)


def _duty(unit_map: UnitMap, motor_speed: float, motor_torque: float) -> Duty:
    """One minute and one kilometre at one point of the motor shaft."""
    ratio = unit_map.gear_ratio
    return Duty(np.array([motor_speed / ratio]), np.array([motor_torque * ratio]), np.array([60.0]), 1000.0)


def test_the_loss_of_a_steady_duty_is_power_times_time(unit_map: UnitMap) -> None:
    """A minute at one point, on one kilometre."""
    loss, missed = cycle_loss(unit_map, _duty(unit_map, 500.0, 60.0))
    assert loss == pytest.approx(float(unit_map.loss_at(500.0, 60.0)) / 60.0, rel=1e-12)
    assert missed == 0.0


def test_braking_beyond_the_limit_counts_as_lost(unit_map: UnitMap) -> None:
    """What the unit cannot take heats the brakes: a weaker generator never looks better for it."""
    limit = float(np.interp(500.0, unit_map.speed_rad_per_s, unit_map.peak_generating_torque_nm))
    loss, missed = cycle_loss(unit_map, _duty(unit_map, 500.0, -limit - 20.0))
    at_limit = float(unit_map.loss_at(500.0, -limit))
    assert loss == pytest.approx((at_limit + 20.0 * 500.0) / 60.0, rel=1e-6)
    assert missed == 0.0


@pytest.mark.parametrize(("speed", "torque"), [(500.0, 2000.0), (5000.0, 1.0)])
def test_what_cannot_be_followed_is_missed(unit_map: UnitMap, speed: float, torque: float) -> None:
    """More torque or more speed than the unit has is time missed, and a demand that fails."""
    duty = _duty(unit_map, speed, torque)
    assert cycle_loss(unit_map, duty)[1] == 60.0
    assert judge(unit_map, Demands(350.0), PRICES, duty).shortfalls["missed_time"] == 1.0


def test_shortfalls_are_relative_and_negative_with_room_to_spare(unit_map: UnitMap) -> None:
    """Asking for 5 % more than there is misses by 1 - 1/1.05; allowing 10 % more than there is leaves 1/1.1 - 1."""
    unit, duty = unit_map.unit, _duty(unit_map, 500.0, 60.0)
    demands = Demands(
        350.0,
        axle_torque_nm=1.05 * float(unit_map.peak_torque_nm[0]) * unit_map.gear_ratio,
        power_w=0.9 * unit_map.peak_power_w,
        mass_kg=1.1 * unit.mass_kg,
        length_m=unit.length_m,
        rare_earth_kg=0.0,
    )
    found = judge(unit_map, demands, PRICES, duty).shortfalls
    assert found["axle_torque"] == pytest.approx(1.0 - 1.0 / 1.05)
    assert found["power"] == pytest.approx(1.0 - 1.0 / 0.9)
    assert found["mass"] == pytest.approx(1.0 / 1.1 - 1.0)
    assert found["length"] == pytest.approx(0.0, abs=1e-12)
    assert found["rare_earth"] == 0.0
    assert tuple(found) == shortfall_names(demands)


def test_power_at_top_speed_is_that_of_the_limit_curve_there(unit_map: UnitMap) -> None:
    """At the map's last speed; beyond it there is none."""
    top = unit_map.max_speed_rad_per_s / unit_map.gear_ratio
    duty = _duty(unit_map, 500.0, 60.0)
    at = judge(unit_map, Demands(350.0, top_speed_rad_per_s=top, power_at_top_speed_w=1.0), PRICES, duty)
    assert at.figures["power_at_top_speed"] == pytest.approx(
        unit_map.max_speed_rad_per_s * unit_map.peak_torque_nm[-1] / 1e3
    )
    beyond = Demands(350.0, top_speed_rad_per_s=1.01 * top, power_at_top_speed_w=1.0)
    assert judge(unit_map, beyond, PRICES, duty).shortfalls["power_at_top_speed"] == 1.0


def test_cost_is_material_with_scrap_and_chips(eesm_unit: DriveUnit) -> None:
    """Twice the mass in money, half as much copper again, three for a chip."""
    copper = sum(mass for _, material, mass in eesm_unit.bill_of_material if material == "copper")
    expected = 2.0 * eesm_unit.mass_kg + copper + 3.0 * eesm_unit.semiconductor_pieces
    assert PRICES.cost(eesm_unit) == pytest.approx(expected)


def test_a_material_without_price_is_named(eesm_unit: DriveUnit) -> None:
    """A missing price is no price of zero."""
    with pytest.raises(KeyError, match="copper"):
        replace(PRICES, per_kg={name: 1.0 for name in MATERIALS if name != "copper"}).cost(eesm_unit)
