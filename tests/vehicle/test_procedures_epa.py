"""The United States' procedures against sums done by hand, and what must hold whatever the car."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle import Vehicle, cycle_energy, load_cycle
from halfshaft.vehicle.procedures import (
    FiveCycleTests,
    Stretch,
    five_cycle,
    joined,
    multi_cycle,
    steady_lengths_km,
    two_cycle,
    weighted_consumption,
)
from halfshaft.vehicle.procedures.epa import miles_per_gallon_equivalent

KM = 1000.0
consumption = st.floats(50.0, 500.0)


def test_two_cycles_by_hand() -> None:
    """60 kWh at 150 and 200 Wh/km: 400 and 300 km, 355 combined; 69 kWh from the wall make 172.5 and 230, 198.375 combined."""
    result = two_cycle(Stretch(12 * KM, 1800.0), Stretch(16 * KM, 3200.0), 60_000.0, 69_000.0)
    assert (result.city_range_km, result.highway_range_km) == pytest.approx((400.0, 300.0))
    assert result.combined_range_km == pytest.approx(355.0)
    assert (result.city_ac_wh_per_km, result.highway_ac_wh_per_km) == pytest.approx((172.5, 230.0))
    assert result.combined_ac_wh_per_km == pytest.approx(198.375)
    label = result.label()
    assert label.combined_range_km == pytest.approx(248.5)
    assert label.combined_ac_wh_per_km == pytest.approx(198.375 / 0.7)
    with pytest.raises(ValueError, match="adjusted already"):
        label.label()
    with pytest.raises(ValueError, match="factor"):
        result.label(1.2)


def test_miles_per_gallon_are_printed_for_electric_cars_too() -> None:
    """337.05 Wh per mile are 100 MPGe, because a gallon counts as 33.705 kWh."""
    assert miles_per_gallon_equivalent(337.05 / 1.609344) == pytest.approx(100.0)


def test_multi_cycle_by_hand() -> None:
    """The first urban cycle takes a tenth of 20 kWh: K = 0.1, 0.3, 0.3, 0.3, so 0.1 × 200 + 0.9 × 150 = 155 Wh/km and 129.03 km."""
    urban = [Stretch(10 * KM, energy) for energy in (2000.0, 1500.0, 1500.0, 1500.0)]
    highway = [Stretch(10 * KM, 1700.0), Stretch(10 * KM, 1800.0)]
    steady = [Stretch(30 * KM, 6000.0), Stretch(20 * KM, 4000.0)]
    result = multi_cycle(urban, highway, steady, 23_000.0)
    assert result.usable_energy_wh == pytest.approx(20_000.0)
    assert result.urban_weights == pytest.approx((0.1, 0.3, 0.3, 0.3))
    assert result.figures.city_range_km == pytest.approx(20_000.0 / 155.0)
    assert result.figures.highway_range_km == pytest.approx(20_000.0 / 175.0)
    assert result.figures.city_ac_wh_per_km == pytest.approx(155.0 * 1.15)
    assert result.figures.highway_ac_wh_per_km == pytest.approx(175.0 * 1.15)


def test_multi_cycle_has_four_and_two() -> None:
    """Another number of cycles is another test."""
    one = Stretch(KM, 100.0)
    with pytest.raises(ValueError, match="four urban and two highway"):
        multi_cycle([one] * 3, [one] * 2, [], 1000.0)


@given(
    st.lists(consumption, min_size=4, max_size=4), st.lists(consumption, min_size=2, max_size=2), st.floats(1.0, 1.5)
)
def test_wall_energy_is_consumption_times_range(urban: list[float], highway: list[float], ratio: float) -> None:
    """Whatever was driven: consumption at the wall times range is the recharge, and weights sum to one."""
    drives = [Stretch(12 * KM, value * 12) for value in urban]
    roads = [Stretch(16 * KM, value * 16) for value in highway]
    result = multi_cycle(drives, roads, [Stretch(100 * KM, 18_000.0)], 20_000.0 * ratio)
    figures = result.figures
    assert sum(result.urban_weights) == pytest.approx(1.0)
    for ac, km in (
        (figures.city_ac_wh_per_km, figures.city_range_km),
        (figures.highway_ac_wh_per_km, figures.highway_range_km),
    ):
        assert ac * km == pytest.approx(20_000.0 * ratio)


@given(consumption)
def test_five_equal_cycles_leave_only_the_formulas_own_factors(value: float) -> None:
    """If every part takes c, no start costs anything: city is c / 0.905 and highway 1.007 c / 0.905 (all shares sum to one)."""
    result = five_cycle(FiveCycleTests(**{field.name: value for field in fields(FiveCycleTests)}))
    assert result.missing == ()
    assert result.city_wh_per_km == pytest.approx(value / 0.905)
    assert result.highway_wh_per_km == pytest.approx(1.007 * value / 0.905)
    assert result.factor(value) == pytest.approx(0.905 / (0.55 + 0.45 * 1.007))


_PARTS = FiveCycleTests(
    bag_1=180.0,
    bag_2=150.0,
    bag_3=160.0,
    highway=170.0,
    us06_city=300.0,
    us06_highway=230.0,
    sc03=200.0,
    cold_bag_1=350.0,
    cold_bag_2=250.0,
    cold_bag_3=260.0,
)


def test_five_cycles_by_hand() -> None:
    """Starts 0.33 (0.76 × 72 + 0.24 × 324) = 43.7184; cooling 0.133 × (200 - 156.1) = 5.8387; the rest term by term."""
    starts, cooling = 43.7184, 5.8387
    city = 0.82 * (72.0 + 65.6 + 33.0) + 0.18 * 255.0 + 1.083 * cooling
    road = 1.007 * (181.7 + 35.7) + 0.377 * cooling
    result = five_cycle(_PARTS)
    assert result.city_wh_per_km == pytest.approx((starts / 4.1 + city) / 0.905, rel=1e-12)
    assert result.highway_wh_per_km == pytest.approx((starts / 60.0 + road) / 0.905, rel=1e-12)


@given(st.floats(0.1, 10.0))
def test_five_cycles_scale(scale: float) -> None:
    """The formulae are linear: every part times k is both figures times k."""
    parts = {field.name: getattr(_PARTS, field.name) * scale for field in fields(FiveCycleTests)}
    small, large = five_cycle(_PARTS), five_cycle(FiveCycleTests(**parts))
    assert large.city_wh_per_km == pytest.approx(scale * small.city_wh_per_km)
    assert large.highway_wh_per_km == pytest.approx(scale * small.highway_wh_per_km)


def test_what_cannot_be_derived_is_named() -> None:
    """Without the cold test there is no figure, and the parts that lack are told; without the highway cycle the city still has one."""
    cold = five_cycle(replace(_PARTS, cold_bag_1=None, cold_bag_3=None))
    assert cold.missing == ("cold_bag_1", "cold_bag_3")
    assert math.isnan(cold.city_wh_per_km)
    assert math.isnan(cold.highway_wh_per_km)
    no_highway = five_cycle(replace(_PARTS, highway=None))
    assert no_highway.missing == ("highway",)
    assert no_highway.city_wh_per_km == five_cycle(_PARTS).city_wh_per_km
    assert math.isnan(no_highway.combined_wh_per_km)


def test_a_single_drive_stands_for_itself_and_none_for_nothing() -> None:
    """One drive has the weight 1; no drive, and a first one larger than the battery, are refused."""
    assert weighted_consumption([Stretch(KM, 150.0)], 100.0) == (150.0, (1.0,))
    with pytest.raises(ValueError, match="at least one"):
        weighted_consumption([], 100.0)
    with pytest.raises(ValueError, match="driven twice"):
        weighted_consumption([Stretch(KM, 150.0)] * 2, 100.0)
    with pytest.raises(ValueError, match="length"):
        Stretch(0.0, 1.0)


def test_steady_parts_take_what_the_cycles_leave() -> None:
    """60 kWh, 18 kWh of cycles, 200 Wh/km: 12 kWh are 60 km at the end, 30 kWh are 150 km before; a small battery cannot."""
    assert steady_lengths_km(60_000.0, 18_000.0, 200.0, 0.2) == pytest.approx((150.0, 60.0))
    assert steady_lengths_km(20_000.0, 18_000.0, 200.0, 0.2) == pytest.approx((0.0, 10.0))
    with pytest.raises(ValueError, match="cannot be driven"):
        steady_lengths_km(17_000.0, 18_000.0, 200.0, 0.2)


def test_a_cycles_account_is_a_drive(car: Vehicle, make_unit: Callable[..., object]) -> None:
    """Where each repeat of a cycle takes the same, the multi-cycle test gives what one drive of each gives, and bags join to the whole."""
    unit = make_unit()
    urban, road = (cycle_energy(car, load_cycle(name), None, unit) for name in ("udds", "hwfet"))
    usable = car.battery.usable_energy_wh
    rest = Stretch(100 * KM, usable - 4 * urban.dc_wh - 2 * road.dc_wh)
    many = multi_cycle([urban] * 4, [road] * 2, [rest], usable / 0.86).figures
    single = two_cycle(urban, road, usable, usable / 0.86)
    for field in fields(many):
        assert getattr(many, field.name) == pytest.approx(getattr(single, field.name), rel=1e-12)
    bags = [cycle_energy(car, load_cycle(f"ftp75/{bag}"), None, unit) for bag in ("cold-transient", "stabilized")]
    assert joined(*bags).dc_wh_per_km == pytest.approx(urban.dc_wh_per_km, rel=1e-9)
