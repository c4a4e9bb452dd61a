"""Performance against answers known in closed form, and laws that hold for every car."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import halfshaft.vehicle.dynamics as dynamics_module
from halfshaft.vehicle import Performance, RoadLoad, Vehicle, performance, sweep_performance
from halfshaft.vehicle.road_load import GRAVITY_MPS2

MakeCar = Callable[..., Vehicle]
KMH = 1.0 / 3.6
FREE = RoadLoad(0.0, 0.0, 0.0)
UNGRIPPED: dict[str, Any] = {"centre_of_gravity_height_m": 0.0, "tyre_adhesion": 50.0, "battery_resistance_ohm": 0.0}


def force_at_wheel(car: Vehicle, unit: Any) -> float:
    return float(unit.peak_nm * unit.gear_ratio / car.tyre_radius_m)


@given(peak=st.floats(100.0, 800.0), mass=st.floats(900.0, 3500.0))
def test_constant_force_gives_constant_acceleration(
    make_car: MakeCar, make_unit: Any, peak: float, mass: float
) -> None:
    """Without resistance and limits: t = m λ v / F, for each of the three times."""
    car = make_car(road_load=FREE, performance_mass_kg=mass, **UNGRIPPED)
    unit = make_unit(peak_nm=peak, base_rad_per_s=1600.0)
    found = performance(car, None, unit)
    per_speed = mass * car.rotating_mass_factor / force_at_wheel(car, unit)
    assert found.time_0_100_kmh_s == pytest.approx(per_speed * 100.0 * KMH, rel=1e-9)
    assert found.time_0_60_mph_s == pytest.approx(per_speed * 60.0 * 0.44704, rel=1e-9)
    assert found.time_80_120_kmh_s == pytest.approx(per_speed * 40.0 * KMH, rel=1e-9)


def test_constant_power_gives_the_energy_law(make_car: MakeCar, make_unit: Any) -> None:
    """Without resistance: t = m λ (v₂² - v₁²) / (2 P) where the unit is at constant power."""
    car = make_car(road_load=FREE, **UNGRIPPED)
    unit = make_unit(nodes=1601)
    found = performance(car, None, unit)
    expected = car.performance_mass_kg * 1.04 * ((120.0 * KMH) ** 2 - (80.0 * KMH) ** 2) / (2.0 * 350.0 * 500.0)
    assert found.time_80_120_kmh_s == pytest.approx(expected, rel=1e-5)


def test_drag_slows_as_the_hyperbolic_tangent_says(make_car: MakeCar, make_unit: Any) -> None:
    """Constant force against A + C v²: t = m λ / sqrt(C (F - A)) · artanh(v sqrt(C / (F - A)))."""
    car = make_car(road_load=RoadLoad(300.0, 0.0, 1.5), **UNGRIPPED)
    unit = make_unit(base_rad_per_s=1600.0, peak_nm=80.0)
    spare = force_at_wheel(car, unit) - 300.0
    expected = (
        car.performance_mass_kg * 1.04 / math.sqrt(1.5 * spare) * math.atanh(100.0 * KMH * math.sqrt(1.5 / spare))
    )
    assert performance(car, None, unit).time_0_100_kmh_s == pytest.approx(expected, rel=1e-5)


def test_the_whole_curve_against_a_fine_integral(car: Vehicle, make_unit: Any) -> None:
    """Grip, constant torque, constant power and drag together: the time equals the integral of m λ / F over 400,000 steps within 1e-5."""
    unit = make_unit(nodes=801)
    weight = car.performance_mass_kg * GRAVITY_MPS2
    grip = weight * (1.0 - car.front_mass_share) / (1.0 - car.load_transfer)

    v = np.linspace(0.0, 100.0 * KMH, 400_001)
    omega = v * unit.gear_ratio / car.tyre_radius_m
    torque = np.interp(omega, unit.speed_rad_per_s, unit.peak_torque_nm)
    force = np.minimum(torque * unit.gear_ratio / car.tyre_radius_m, grip)
    expected = np.trapezoid(car.performance_mass_kg * 1.04 / (force - car.road_load.force_n(v)), v)
    assert performance(car, None, unit).time_0_100_kmh_s == pytest.approx(expected, rel=1e-5)


@given(
    front=st.floats(0.0, 30_000.0),
    rear=st.floats(0.0, 30_000.0),
    share=st.floats(0.35, 0.65),
    adhesion=st.floats(0.2, 1.2),
    height=st.floats(0.0, 0.8),
)
def test_grip_solves_its_own_equation(
    make_car: MakeCar, front: float, rear: float, share: float, adhesion: float, height: float
) -> None:
    """The closed form equals a root finder on F = min(U_f, μ N_f(F)) + min(U_r, μ N_r(F)) for any car and any forces."""
    car = make_car(front_mass_share=share, tyre_adhesion=adhesion, centre_of_gravity_height_m=height)
    normal = 20_000.0

    def surplus(force: float) -> float:
        front_load, rear_load = (
            normal * share - car.load_transfer * force,
            normal * (1.0 - share) + car.load_transfer * force,
        )
        return min(front, adhesion * front_load) + min(rear, adhesion * rear_load) - force

    expected = brentq(surplus, -1.0, 70_000.0, xtol=1e-9)
    found = dynamics_module._gripping_force(car, normal, np.array([front]), np.array([rear]))
    assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(("axle", "sign"), [("front", 1.0), ("rear", -1.0)])
def test_one_driven_axle_starts_as_hard_as_its_load(make_car: MakeCar, make_unit: Any, axle: str, sign: float) -> None:
    """Torque in plenty: the acceleration is μ g s / (1 ± μ h/L) / λ, front axle relieved, rear axle loaded."""
    car = make_car(road_load=FREE, tyre_adhesion=0.9)
    strong = make_unit(peak_nm=3000.0, base_rad_per_s=1600.0, copper_w_per_nm2=0.0)
    car = replace(car, battery=replace(car.battery, resistance_ohm=0.0))
    share = car.front_mass_share if axle == "front" else 1.0 - car.front_mass_share
    acceleration = 0.9 * GRAVITY_MPS2 * share / (1.0 + sign * 0.9 * car.load_transfer) / 1.04
    pair = (strong, None) if axle == "front" else (None, strong)
    assert performance(car, *pair).time_0_100_kmh_s == pytest.approx(100.0 * KMH / acceleration, rel=1e-9)


def test_top_speed_is_where_power_meets_the_road(car: Vehicle, make_unit: Any) -> None:
    """Peak and sustained top speed solve P = (A + B v + C v²) v with peak and continuous power."""
    unit = make_unit(peak_nm=150.0, base_rad_per_s=300.0, top_rad_per_s=3000.0, nodes=1501, continuous_share=0.6)
    found = performance(car, None, unit)
    for power, speed in ((45_000.0, found.top_speed_mps), (27_000.0, found.sustained_top_speed_mps)):
        expected = brentq(lambda v, power=power: power - v * float(car.road_load.force_n(v)), 1.0, 100.0)
        assert speed == pytest.approx(expected, rel=1e-4)
    assert found.peak_power_w == pytest.approx(45_000.0, rel=1e-4)
    assert found.continuous_power_w == pytest.approx(27_000.0, rel=1e-4)


def test_top_speed_never_exceeds_governor_or_any_unit(car: Vehicle, make_unit: Any) -> None:
    """The governed limit and the slower of two units' top speeds are reached and not passed; times beyond are infinite."""
    fast, slow = make_unit(), make_unit(gear_ratio=20.0)
    governed = performance(replace(car, speed_limit_mps=30.0), None, fast)
    assert governed.top_speed_mps == governed.sustained_top_speed_mps == 30.0
    assert math.isinf(governed.time_80_120_kmh_s)
    assert math.isfinite(governed.time_0_100_kmh_s)
    spun = performance(car, slow, fast)
    assert spun.top_speed_mps == pytest.approx(1600.0 * car.tyre_radius_m / 20.0)
    assert math.isinf(spun.time_0_100_kmh_s)
    assert spun.grade_at_100_kmh == 0.0


def test_start_grade_by_torque_and_by_grip(make_car: MakeCar, make_unit: Any) -> None:
    """A weak unit climbs sin α = (F - A) / W; two strong ones climb until μ cos α = sin α + A / W."""
    car = make_car()
    weight = car.performance_mass_kg * GRAVITY_MPS2
    weak = make_unit(peak_nm=100.0)
    by_torque = math.tan(math.asin((force_at_wheel(car, weak) - car.road_load.a_n) / weight))
    assert performance(car, None, weak).start_grade == pytest.approx(by_torque, rel=1e-9)
    icy = make_car(tyre_adhesion=0.3)
    angle = brentq(lambda a: 0.3 * math.cos(a) - math.sin(a) - car.road_load.a_n / weight, 0.0, 1.0, xtol=1e-14)
    assert performance(icy, make_unit(), make_unit()).start_grade == pytest.approx(math.tan(angle), rel=1e-9)


def test_grade_at_100_is_the_spare_force(make_car: MakeCar, make_unit: Any) -> None:
    """At 100 km/h: sin α = (P / v - road load) / W on the constant-power branch; too little power holds no grade at all."""
    car = make_car()
    unit = make_unit(nodes=1601)
    speed = 100.0 * KMH
    spare = 350.0 * 500.0 / speed - float(car.road_load.force_n(speed))
    expected = math.tan(math.asin(spare / (car.performance_mass_kg * GRAVITY_MPS2)))
    assert performance(car, None, unit).grade_at_100_kmh == pytest.approx(expected, rel=1e-4)
    assert performance(car, None, make_unit(peak_nm=20.0)).grade_at_100_kmh == 0.0


def test_the_battery_is_the_limit_when_it_is_smaller(make_car: MakeCar, make_unit: Any) -> None:
    """With ideal units, power at the wheels is exactly what the battery gives beyond the auxiliaries."""
    ideal = make_unit(standby_w=0.0, drag_nm=0.0, iron_w_per_rad2=0.0, copper_w_per_nm2=0.0)
    car = make_car(battery_max_discharge_w=100_000.0, auxiliary_power_w=1_000.0)
    assert performance(car, ideal, ideal).peak_power_w == pytest.approx(99_000.0, rel=1e-9)
    assert performance(car, ideal, ideal).time_0_100_kmh_s > performance(make_car(), ideal, ideal).time_0_100_kmh_s


def test_the_battery_cut_is_cautious_by_less_than_a_thousandth(make_car: MakeCar, make_unit: Any) -> None:
    """Where the battery is the limit, torque meets the quadratic T ω + loss(T) = budget from below, within 0.1 %."""
    unit = make_unit(nodes=1601)
    car = make_car(battery_max_discharge_w=120_000.0)
    found = performance(car, None, unit).peak_power_w
    omega = unit.speed_rad_per_s[1:]
    budget = 120_000.0 - car.auxiliary_power_w
    fixed = unit.standby_w + unit.drag_nm * omega + unit.iron_w_per_rad2 * omega**2
    torque = (np.sqrt(omega**2 + 4.0 * unit.copper_w_per_nm2 * (budget - fixed)) - omega) / (
        2.0 * unit.copper_w_per_nm2
    )
    exact = float((np.minimum(torque, unit.peak_torque_nm[1:]) * omega).max())
    assert 0.999 * exact <= found <= exact * (1.0 + 1e-6)


@settings(max_examples=40, deadline=None)
@given(
    peaks=st.lists(st.floats(60.0, 500.0), min_size=2, max_size=3),
    ratios=st.lists(st.floats(7.0, 12.0), min_size=2, max_size=3),
    adhesion=st.floats(0.4, 1.2),
    discharge=st.none() | st.floats(40_000.0, 400_000.0),
)
def test_sweeping_pairs_equals_taking_them_one_by_one(
    make_car: MakeCar, make_unit: Any, peaks: list[float], ratios: list[float], adhesion: float, discharge: float | None
) -> None:
    """Every figure of every pair is the same alone and in a sweep, and none is NaN or negative."""
    car = make_car(tyre_adhesion=adhesion, battery_max_discharge_w=discharge)
    fronts = [None, *(make_unit(peak_nm=peak) for peak in peaks)]
    rears = [None, *(make_unit(gear_ratio=ratio) for ratio in ratios)]
    table = sweep_performance(car, fronts, rears)
    assert set(table) == {field.name for field in fields(Performance)}
    for row, front in enumerate(fronts):
        for column, rear in enumerate(rears):
            if front is None and rear is None:
                assert math.isinf(table["time_0_100_kmh_s"][0, 0])
                assert table["top_speed_mps"][0, 0] == table["start_grade"][0, 0] == table["peak_power_w"][0, 0] == 0.0
                continue
            single = performance(car, front, rear)
            for name, values in table.items():
                assert values[row, column] == pytest.approx(getattr(single, name), rel=1e-9)
                assert values[row, column] >= 0.0


@settings(max_examples=40, deadline=None)
@given(peak=st.floats(60.0, 600.0), other=st.floats(60.0, 600.0), extra=st.floats(1.0, 500.0))
def test_more_torque_never_harms_and_more_mass_never_helps(
    car: Vehicle, make_car: MakeCar, make_unit: Any, peak: float, other: float, extra: float
) -> None:
    """A stronger unit, or a second one of the same gearing, is never slower or less able on a grade; a heavier car never quicker."""
    base = performance(car, None, make_unit(peak_nm=peak))
    stronger = performance(car, None, make_unit(peak_nm=peak + extra))
    joined = performance(car, make_unit(peak_nm=other), make_unit(peak_nm=peak))
    # on the limit of the tyres more weight is more grip, so mass is judged with grip in plenty
    light = make_car(**UNGRIPPED)
    heavy = replace(light, performance_mass_kg=light.performance_mass_kg + extra)
    lighter, heavier = (performance(any_car, None, make_unit(peak_nm=peak)) for any_car in (light, heavy))
    slack = 1.0 + 1e-9
    for better, worse in ((stronger, base), (joined, base), (lighter, heavier)):
        assert better.time_0_100_kmh_s <= worse.time_0_100_kmh_s * slack
        assert better.time_80_120_kmh_s <= worse.time_80_120_kmh_s * slack
        assert better.top_speed_mps * slack >= worse.top_speed_mps
        assert better.start_grade * slack >= worse.start_grade
        assert better.grade_at_100_kmh * slack >= worse.grade_at_100_kmh
    assert base.sustained_top_speed_mps <= base.top_speed_mps * slack


def test_chunks_change_nothing(car: Vehicle, make_unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many pairs are held at once is a matter of memory alone."""
    candidates = [make_unit(peak_nm=peak) for peak in (80.0, 150.0, 220.0, 290.0, 360.0)]
    whole = sweep_performance(car, candidates, candidates)
    monkeypatch.setattr(dynamics_module, "_CHUNK_CELLS", 1)
    for name, values in sweep_performance(car, candidates, candidates).items():
        np.testing.assert_array_equal(values, whole[name])


def test_refuses_a_car_without_units_and_a_unit_without_axle(make_car: MakeCar, make_unit: Any) -> None:
    """No unit at all, or one on an axle that is not driven, raises and says so."""
    with pytest.raises(ValueError, match="at least one axle"):
        performance(make_car(), None, None)
    with pytest.raises(ValueError, match="front"):
        performance(make_car(driven_axles=("rear",)), make_unit(), make_unit())
