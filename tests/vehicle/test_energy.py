"""Energy over a cycle: laws that hold for every car, and answers known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import halfshaft.vehicle.sweep as sweep_module
from halfshaft.vehicle import Cycle, RoadLoad, Vehicle, cycle_energy, load_cycle, sweep_cycle_energy
from halfshaft.vehicle.demand import cycle_demand
from halfshaft.vehicle.loss_map import UnitAtSpeeds, wheel_units

MakeCar = Callable[..., Vehicle]


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Random traces: any speeds that a tyre can follow, in uneven time steps, from rest or not."""
    steps = draw(st.lists(st.tuples(st.floats(0.2, 3.0), st.floats(-4.0, 4.0)), min_size=1, max_size=60))
    time, speed = [0.0], [draw(st.sampled_from([0.0, 20.0]))]
    for duration, acceleration in steps:
        time.append(time[-1] + duration)
        speed.append(round(min(max(speed[-1] + duration * acceleration, 0.0), 45.0), 3))
    assume(any(speed))
    return Cycle("random", "random", np.array(time), np.array(speed))


@st.composite
def units(draw: st.DrawFn, make_unit: Any) -> Any:
    return make_unit(
        peak_nm=draw(st.floats(50.0, 600.0)),
        base_rad_per_s=draw(st.floats(200.0, 900.0)),
        top_rad_per_s=draw(st.floats(900.0, 2000.0)),
        gear_ratio=draw(st.floats(6.0, 14.0)),
        standby_w=draw(st.floats(0.0, 200.0)),
        drag_nm=draw(st.floats(0.0, 4.0)),
        iron_w_per_rad2=draw(st.floats(0.0, 2e-3)),
        copper_w_per_nm2=draw(st.floats(0.0, 0.3)),
        generating_share=draw(st.floats(0.2, 1.0)),
        nodes=draw(st.sampled_from([5, 21, 41])),
    )


@st.composite
def cars(draw: st.DrawFn, make_car: Any) -> Vehicle:
    low = draw(st.floats(0.0, 3.0))
    car: Vehicle = make_car(
        test_mass_kg=draw(st.floats(800.0, 4000.0)),
        road_load=RoadLoad(draw(st.floats(0.0, 400.0)), draw(st.floats(0.0, 10.0)), draw(st.floats(0.1, 0.8))),
        tyre_radius_m=draw(st.floats(0.28, 0.42)),
        auxiliary_power_w=draw(st.floats(0.0, 3000.0)),
        regen_fade_low_mps=low,
        regen_fade_high_mps=low + draw(st.floats(0.0, 3.0)),
        max_regen_deceleration=draw(st.floats(0.0, 4.0)),
        battery_resistance_ohm=draw(st.floats(0.0, 0.2)),
        battery_charging_efficiency=draw(st.floats(0.7, 1.0)),
        battery_max_charge_w=draw(st.none() | st.floats(0.0, 300_000.0)),
        battery_max_discharge_w=draw(st.none() | st.floats(20_000.0, 300_000.0)),
    )
    return car


@settings(max_examples=150, deadline=None)
@given(data=st.data(), cycle=cycles())
def test_every_watt_hour_is_accounted_for(make_car: MakeCar, make_unit: Any, data: st.DataObject, cycle: Cycle) -> None:
    """For any car, units and cycle, followed or missed, the parts add up to the DC energy within 1e-9, and no loss is negative."""
    car = data.draw(cars(make_car))
    front, rear = data.draw(st.none() | units(make_unit)), data.draw(st.none() | units(make_unit))
    result = cycle_energy(car, cycle, front, rear)
    assert result.balance_error < 1e-9
    assert max(result.component_errors.values()) < 1e-9
    kinetic = 0.5 * car.test_mass_kg * (cycle.speed_mps[-1] ** 2 - cycle.speed_mps[0] ** 2) / 3600.0
    assert result.inertia_wh == pytest.approx(
        kinetic, abs=1e-9 * max(1.0, result.wheel_drive_wh + result.wheel_brake_wh)
    )
    tiny = -1e-9
    assert result.friction_brake_wh >= tiny
    assert result.recuperated_wh + result.friction_brake_wh == pytest.approx(result.wheel_brake_wh, abs=1e-9)
    assert result.recuperated_wh >= tiny
    assert min(result.front_unit_loss_wh, result.rear_unit_loss_wh, result.battery_loss_wh) >= 0.0
    assert result.shortfall_wh >= 0.0
    if result.shortfall_wh > 0.0:
        assert not result.able


@settings(max_examples=60, deadline=None)
@given(data=st.data(), cycle=cycles())
def test_one_pair_alone_equals_the_same_pair_in_a_sweep(
    make_car: MakeCar, make_unit: Any, data: st.DataObject, cycle: Cycle
) -> None:
    """The sweep is the single computation, for able and unable pairs, with units on both axles or on one or on none."""
    car = data.draw(cars(make_car))
    fronts = [None, *data.draw(st.lists(units(make_unit), min_size=1, max_size=2))]
    rears = [None, *data.draw(st.lists(units(make_unit), min_size=1, max_size=2))]
    rears *= data.draw(st.sampled_from([1, 4]))  # many units are driven through the seconds in another order
    sweep = sweep_cycle_energy(car, cycle, fronts, rears)
    for row, front in enumerate(fronts):
        for column, rear in enumerate(rears):
            single = cycle_energy(car, cycle, front, rear)
            pair = (row, column)
            assert sweep.able[pair] == single.able
            assert sweep.missed_seconds[pair] == pytest.approx(single.missed_seconds)
            expected = [single.dc_wh_per_km, single.ac_wh_per_km, single.range_km]
            found = [sweep.dc_wh_per_km[pair], sweep.ac_wh_per_km[pair], sweep.range_km[pair]]
            # a car that hardly moves has hardly a distance to divide by
            if cycle.distance_m > 1.0 and not 0.0 < abs(single.dc_wh) < 1e-6:
                np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_seconds_before_do_not_matter(make_car: MakeCar, make_unit: Any) -> None:
    """Driving off and stopping costs what stopping and driving off does: where the search begins is no part of its answer."""
    car = make_car(
        test_mass_kg=800.0, road_load=RoadLoad(0.0, 0.0, 0.5), tyre_radius_m=0.3125, regen_fade_low_mps=0.0,
        regen_fade_high_mps=1.0, max_regen_deceleration=1.0,
    )  # fmt: skip
    small = partial(make_unit, peak_nm=50.0, base_rad_per_s=200.0, top_rad_per_s=900.0, gear_ratio=6.0, nodes=5)
    front = small(standby_w=0.0, drag_nm=0.0, iron_w_per_rad2=0.0, copper_w_per_nm2=0.25)
    rear = small(standby_w=40.0, drag_nm=4.0, iron_w_per_rad2=0.0, copper_w_per_nm2=0.0, generating_share=0.25)
    there, back = (
        cycle_energy(car, Cycle("hop", "made up", np.array(time), np.array(speed)), front, rear).battery_power_w
        for time, speed in (([0.0, 2.0, 3.0], [0.0, 1.0, 0.0]), ([0.0, 1.0, 3.0], [1.0, 0.0, 1.0]))
    )
    np.testing.assert_allclose(there, back[::-1], rtol=1e-12)


def test_units_with_fewer_nodes_share_as_well_beside_longer_ones(make_car: MakeCar, make_unit: Any) -> None:
    """A rear unit at its very limit, its map shorter than another candidate's: a lossless front one must take all it can."""
    lossless = {
        "standby_w": 0.0,
        "drag_nm": 0.0,
        "iron_w_per_rad2": 0.0,
        "peak_nm": 50.0,
        "base_rad_per_s": 200.0,
        "top_rad_per_s": 900.0,
    }
    front = make_unit(gear_ratio=13.0, copper_w_per_nm2=0.0, nodes=21, **lossless)
    rear = make_unit(gear_ratio=6.0, copper_w_per_nm2=0.25, nodes=5, **lossless)
    longer = make_unit(gear_ratio=6.0, copper_w_per_nm2=0.0, nodes=21, **lossless)
    car = make_car(
        test_mass_kg=800.0,
        road_load=RoadLoad(0.0, 0.0, 0.5),
        tyre_radius_m=0.375,
        auxiliary_power_w=0.0,
        battery_resistance_ohm=0.0,
    )
    launch = Cycle("launch", "made up", np.array([0.0, 2.0]), np.array([0.0, 6.25]))
    sweep = sweep_cycle_energy(car, launch, [front], [longer, rear])
    single = cycle_energy(car, launch, front, rear)
    assert single.front is not None
    assert single.front.torque_nm[0] == pytest.approx(50.0)
    assert sweep.dc_wh_per_km[0, 1] == pytest.approx(single.dc_wh_per_km, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_front_and_rear_are_alike_to_the_cycle(make_car: MakeCar, make_unit: Any, data: st.DataObject) -> None:
    """Swapping the units of the axles swaps their losses and torques and leaves the consumption as it was."""
    car = data.draw(cars(make_car))
    one, other = data.draw(units(make_unit)), data.draw(units(make_unit))
    cycle = load_cycle("udds")
    there, back = cycle_energy(car, cycle, one, other), cycle_energy(car, cycle, other, one)
    assert there.missed_seconds == back.missed_seconds
    assert there.dc_wh == pytest.approx(back.dc_wh, rel=1e-12)
    assert there.front is not None
    assert back.rear is not None
    # where two splits cost the same the choice is free, so torques are compared as energies
    assert there.front_unit_loss_wh + there.rear_unit_loss_wh == pytest.approx(
        back.front_unit_loss_wh + back.rear_unit_loss_wh, rel=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(data=st.data(), name=st.sampled_from(["wltc_3b", "udds", "hwfet"]), more=st.floats(1.0, 600.0))
def test_more_mass_never_saves(make_car: MakeCar, make_unit: Any, data: st.DataObject, name: str, more: float) -> None:
    """On a level cycle from rest to rest a heavier car with the same road load needs at least as much energy."""
    car = data.draw(cars(make_car))
    pair = data.draw(st.none() | units(make_unit)), data.draw(units(make_unit))
    light = cycle_energy(car, load_cycle(name), *pair)
    heavy = cycle_energy(replace(car, test_mass_kg=car.test_mass_kg + more), load_cycle(name), *pair)
    if heavy.able:
        assert light.able
        assert heavy.dc_wh >= light.dc_wh * (1.0 - 1e-9)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), cycle=cycles())
def test_recuperation_never_costs(make_car: MakeCar, make_unit: Any, data: st.DataObject, cycle: Cycle) -> None:
    """Whatever the units lose in braking, a car that may recuperate never needs more than one that may not."""
    car = data.draw(cars(make_car))
    pair = data.draw(st.none() | units(make_unit)), data.draw(units(make_unit))
    free = cycle_energy(car, cycle, *pair)
    barred = cycle_energy(replace(car, max_regen_deceleration=0.0), cycle, *pair)
    assert free.dc_wh <= barred.dc_wh + 1e-9
    assert barred.recuperated_wh == 0.0


def test_recuperation_pays_in_town(car: Vehicle, make_unit: Any) -> None:
    """On UDDS braking recovers more than a fifth of the consumption of a car without it."""
    off = cycle_energy(replace(car, max_regen_deceleration=0.0), load_cycle("udds"), None, make_unit())
    on = cycle_energy(car, load_cycle("udds"), None, make_unit())
    assert on.dc_wh < 0.8 * off.dc_wh
    assert off.friction_brake_wh == pytest.approx(off.wheel_brake_wh)


@given(speed=st.floats(2.0, 40.0))
def test_steady_speed_costs_what_the_textbook_says(car: Vehicle, make_unit: Any, speed: float) -> None:
    """At constant speed: energy per distance is road load, plus losses and auxiliaries over speed; AC adds cells and charger."""
    cycle = Cycle("steady", "made up", np.array([0.0, 10.0, 20.0]), np.full(3, speed))
    unit = make_unit(iron_w_per_rad2=0.0, copper_w_per_nm2=0.0)
    result = cycle_energy(car, cycle, None, unit)
    loss = unit.standby_w + unit.drag_nm * speed * unit.gear_ratio / car.tyre_radius_m
    force = float(car.road_load.force_n(speed))
    terminal = force * speed + loss + car.auxiliary_power_w
    assert result.dc_wh_per_km == pytest.approx(terminal / speed / 3.6, rel=1e-9)
    cells = terminal + float(car.battery.resistive_loss_w(terminal))
    assert result.ac_wh_per_km == pytest.approx(cells / car.battery.charging_efficiency / speed / 3.6, rel=1e-9)
    assert result.range_km == pytest.approx(car.battery.usable_energy_wh / result.dc_wh_per_km)
    assert result.rear is not None
    np.testing.assert_allclose(result.rear.torque_nm, force * car.tyre_radius_m / unit.gear_ratio, rtol=1e-12)
    np.testing.assert_allclose(result.rear.speed_rad_per_s, speed * unit.gear_ratio / car.tyre_radius_m, rtol=1e-12)


def test_without_losses_only_the_road_is_paid(make_car: MakeCar, make_unit: Any) -> None:
    """With ideal units, no auxiliaries and recuperation to standstill, a cycle from rest to rest costs its road load alone."""
    ideal = make_unit(standby_w=0.0, drag_nm=0.0, iron_w_per_rad2=0.0, copper_w_per_nm2=0.0)
    car = make_car(
        auxiliary_power_w=0.0,
        regen_fade_low_mps=0.0,
        regen_fade_high_mps=0.0,
        max_regen_deceleration=9.0,
        battery_resistance_ohm=0.0,
        battery_charging_efficiency=1.0,
    )
    result = cycle_energy(car, load_cycle("wltc_3b"), None, ideal)
    assert result.dc_wh == pytest.approx(result.road_load_wh, rel=1e-9)
    assert result.ac_wh == pytest.approx(result.dc_wh, rel=1e-12)


def _power_w(at: UnitAtSpeeds, force_n: Any, speed_mps: Any) -> Any:
    """What a unit draws for a force, braking beyond its limit left to the friction brakes, infinite beyond its driving limit."""
    given = np.maximum(force_n, -at.brake_limit_n)
    within = at.allowed & (force_n <= at.drive_limit_n * (1.0 + 1e-9))
    return np.where(within, given * speed_mps + at.loss_w(given), np.inf)


@pytest.mark.parametrize("name", ["wltc_3b", "udds", "hwfet"])
def test_no_share_is_better_than_the_split(car: Vehicle, make_unit: Any, name: str) -> None:
    """Of 1,201 shares, those of a grid of 13 among them, none costs less in any second, and all together cost hardly more."""
    cycle = load_cycle(name)
    front, rear = make_unit(peak_nm=200.0, drag_nm=1.5, gear_ratio=9.0), make_unit()
    found = cycle_energy(car, cycle, front, rear)
    demand = cycle_demand(car, cycle)
    at_front, at_rear = (
        wheel_units(axle, True, [unit], car.tyre_radius_m)[0].at(demand.speed_mps)
        for axle, unit in (("front", front), ("rear", rear))
    )
    best = np.full(demand.speed_mps.size, np.inf)
    for share in np.linspace(0.0, 1.0, 1201):
        power = _power_w(at_front, share * demand.unit_n, demand.speed_mps)
        power += _power_w(at_rear, (1.0 - share) * demand.unit_n, demand.speed_mps)
        np.minimum(best, power + car.auxiliary_power_w, out=best)
    assert (found.battery_power_w <= best + 1e-6).all()
    best_wh = float(best @ demand.duration_s) / 3600.0
    assert best_wh * (1.0 - 1e-5) <= found.dc_wh <= best_wh


def test_a_second_unit_at_rest_still_drags(make_car: MakeCar, make_unit: Any) -> None:
    """A unit too small to help adds its drag: the car with it needs more than the car without."""
    car = make_car()
    useless = make_unit(peak_nm=1e-3, drag_nm=3.0)
    alone, dragged = (cycle_energy(car, load_cycle("hwfet"), front, make_unit()) for front in (None, useless))
    assert dragged.dc_wh - alone.dc_wh == pytest.approx(dragged.front_unit_loss_wh, rel=1e-3)


@given(factor=st.floats(0.5, 2.0))
def test_only_the_ratio_of_gear_and_tyre_counts(car: Vehicle, make_unit: Any, factor: float) -> None:
    """Gear ratio and tyre radius scaled alike leave everything as it was."""
    cycle = load_cycle("udds")
    scaled = replace(car, tyre_radius_m=car.tyre_radius_m * factor)
    before = cycle_energy(car, cycle, None, make_unit())
    after = cycle_energy(scaled, cycle, None, make_unit(gear_ratio=10.0 * factor))
    assert after.dc_wh == pytest.approx(before.dc_wh, rel=1e-9)


def test_a_weak_unit_misses_the_cycle_and_has_no_consumption(car: Vehicle, make_unit: Any) -> None:
    """Power-limited seconds are counted, their work is the shortfall, and consumption and range are NaN, not small."""
    result = cycle_energy(car, load_cycle("wltc_3b"), None, make_unit(peak_nm=60.0))
    assert result.missed_seconds > 10.0
    assert result.shortfall_wh > 0.0
    assert not result.able
    assert np.isnan([result.dc_wh_per_km, result.ac_wh_per_km, result.range_km]).all()


def test_two_units_that_suffice_only_together_do_follow(make_car: MakeCar, make_unit: Any) -> None:
    """A demand of 99 % of the sum of two unequal limits is met, though no share of the grid meets it, alone and in a sweep."""
    front, rear = make_unit(peak_nm=137.0), make_unit(peak_nm=301.0)
    car = make_car(road_load=RoadLoad(0.99 * (137.0 + 301.0) * 10.0 / 0.335, 0.0, 0.0))
    cycle = Cycle("steady", "made up", np.array([0.0, 1.0, 2.0]), np.full(3, 5.0))
    assert cycle_energy(car, cycle, front, rear).able
    sweep = sweep_cycle_energy(car, cycle, [front], [rear])
    assert sweep.able.all()
    assert sweep.dc_wh_per_km[0, 0] == pytest.approx(cycle_energy(car, cycle, front, rear).dc_wh_per_km, rel=1e-12)
    stronger = replace(car, road_load=RoadLoad(1.02 * car.road_load.a_n, 0.0, 0.0))
    assert not cycle_energy(stronger, cycle, front, rear).able


def test_a_unit_that_would_overspeed_does_not_drive_the_cycle(car: Vehicle, make_unit: Any) -> None:
    """Geared too short for 131 km/h, the car misses the fast seconds, even if the other axle could do all alone."""
    short = make_unit(gear_ratio=20.0)
    assert not cycle_energy(car, load_cycle("wltc_3b"), short, make_unit()).able
    assert cycle_energy(car, load_cycle("wltc_3b").phase("low"), short, make_unit()).able


def test_battery_limits_hold(make_car: MakeCar, make_unit: Any) -> None:
    """No second draws more than the discharge limit or feeds more than the charge limit; a tight discharge limit is missed."""
    cycle = load_cycle("wltc_3b")
    charged = cycle_energy(make_car(battery_max_charge_w=10_000.0), cycle, None, make_unit())
    assert charged.able
    assert charged.battery_power_w.min() >= -10_000.0
    assert charged.dc_wh > cycle_energy(make_car(), cycle, None, make_unit()).dc_wh
    starved = cycle_energy(make_car(battery_max_discharge_w=30_000.0), cycle, None, make_unit())
    assert not starved.able
    assert starved.battery_power_w.max() <= 30_000.0


def test_chunks_change_nothing(car: Vehicle, make_unit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many units are held at once is a matter of memory alone."""
    candidates = [make_unit(peak_nm=peak) for peak in (80.0, 150.0, 220.0, 290.0, 360.0)]
    whole = sweep_cycle_energy(car, load_cycle("udds"), candidates, candidates)
    monkeypatch.setattr(sweep_module, "BLOCK", 2)
    pieces = sweep_cycle_energy(car, load_cycle("udds"), candidates, candidates)
    np.testing.assert_allclose(pieces.dc_wh_per_km, whole.dc_wh_per_km, rtol=1e-13)
    np.testing.assert_array_equal(pieces.able, whole.able)


def test_a_unit_on_an_axle_that_is_not_driven_is_refused(make_car: MakeCar, make_unit: Any) -> None:
    """The error names the axle, alone and in a sweep."""
    car = make_car(driven_axles=("rear",))
    with pytest.raises(ValueError, match="front"):
        cycle_energy(car, load_cycle("udds"), make_unit(), make_unit())
    with pytest.raises(ValueError, match="front"):
        sweep_cycle_energy(car, load_cycle("udds"), [make_unit()], [make_unit()])
