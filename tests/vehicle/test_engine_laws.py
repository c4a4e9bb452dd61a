"""The whole engine with everything it knows switched on: energy closes in every component, and each part of the physics has its sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from halfshaft.vehicle import (
    Charger,
    Cycle,
    PackStates,
    RoadLoad,
    Vehicle,
    WarmUp,
    cycle_energy,
    load_cycle,
    sweep_cycle_energy,
)

Array = NDArray[np.float64]
MakeCar = Callable[..., Vehicle]


@dataclass(frozen=True, eq=False)
class BumpyUnit:
    """A unit whose loss is no convex function of anything: a formula unit with random dents, and a loss while its oil is cold."""

    base: Any
    seed: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    @property
    def oil_temperature_k(self) -> Array:
        return np.array([260.0, 300.0, 350.0])

    @property
    def cold_loss_w(self) -> Array:
        return self.base.speed_rad_per_s[:, None] * np.array([2.0, 0.8, 0.0])

    def total_loss_w(self) -> Array:
        loss: Array = self.base.total_loss_w()
        return loss + np.random.default_rng(self.seed).uniform(0.0, 400.0, loss.shape)


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Random traces in uneven steps, on random slopes where a cycle knows them."""
    steps = draw(st.lists(st.tuples(st.floats(0.2, 3.0), st.floats(-4.0, 4.0)), min_size=1, max_size=60))
    time, speed = [0.0], [draw(st.sampled_from([0.0, 20.0]))]
    for duration, acceleration in steps:
        time.append(time[-1] + duration)
        speed.append(round(min(max(speed[-1] + duration * acceleration, 0.0), 45.0), 3))
    assume(any(speed))
    return Cycle("random", "random", np.array(time), np.array(speed))


STATES = PackStates(
    state_of_charge=np.array([0.0, 0.5, 1.0]),
    open_circuit_voltage_v=np.array([320.0, 370.0, 410.0]),
    temperature_k=np.array([253.0, 298.0]),
    resistance_ohm=np.array([[0.30, 0.09], [0.20, 0.06], [0.20, 0.07]]),
    capacity_ah=210.0,
    start_state_of_charge=0.8,
    start_k=268.0,
    surroundings_k=268.0,
    max_charge_w=np.array([60e3, 40e3, 0.0]),
    max_discharge_a=600.0,
    heat_capacity_j_per_k=4e5,
    conductance_w_per_k=20.0,
)
CHARGER = Charger(
    wall_power_w=11_000.0, constant_loss_w=60.0, linear_loss=0.03, quadratic_loss_per_w=2e-6, awake_power_w=250.0
)
WARM_UP = WarmUp(
    start_k=275.0, surroundings_k=275.0, heat_capacity_j_per_k=25e3, conductance_w_per_k=12.0, loss_share=0.3
)


@st.composite
def everything(draw: st.DrawFn, make_car: Any, make_unit: Any) -> tuple[Vehicle, Any, Any]:
    """A car with any of the optional physics, and two random units or one."""
    low = draw(st.floats(0.0, 3.0))
    shares = st.floats(0.0, 1.0)
    car = make_car(
        test_mass_kg=draw(st.floats(800.0, 4000.0)),
        road_load=RoadLoad(draw(st.floats(0.0, 400.0)), draw(st.floats(-1.0, 10.0)), draw(st.floats(0.1, 0.8))),
        auxiliary_power_w=draw(st.floats(0.0, 3000.0)),
        hvac_power_w=draw(st.floats(0.0, 3000.0)),
        regen_fade_low_mps=low,
        regen_fade_high_mps=low + draw(st.floats(0.0, 3.0)),
        max_regen_deceleration=draw(st.floats(0.0, 4.0)),
        cycle_rotating_mass_kg=draw(st.floats(0.0, 100.0)),
        tyre_stiffness_n=draw(st.none() | st.tuples(st.floats(5e4, 5e5), st.floats(5e4, 5e5))),
        uncoupled_loss_w=draw(st.tuples(st.none() | st.floats(0.0, 50.0), st.none() | st.floats(0.0, 50.0))),
        largest_brake_share=draw(st.just((1.0, 1.0)) | st.tuples(shares, shares)),
        warm_up=draw(st.sampled_from([None, WARM_UP])),
        battery_charger=draw(st.sampled_from([None, CHARGER])),
        battery_states=draw(st.sampled_from([None, STATES])),
        battery_coulombic_efficiency=draw(st.floats(0.9, 1.0)),
        battery_max_charge_w=draw(st.none() | st.floats(0.0, 300_000.0)),
        battery_max_discharge_w=draw(st.none() | st.floats(20_000.0, 300_000.0)),
    )

    def unit() -> Any:
        base = make_unit(
            peak_nm=draw(st.floats(50.0, 600.0)),
            top_rad_per_s=draw(st.floats(900.0, 2000.0)),
            gear_ratio=draw(st.floats(6.0, 14.0)),
            generating_share=draw(st.sampled_from([0.0, 1.0]) | st.floats(0.2, 1.0)),
            nodes=draw(st.sampled_from([4, 5, 21])),
        )
        return draw(st.sampled_from([base, BumpyUnit(base, draw(st.integers(0, 99)))]))

    which = draw(st.sampled_from(["front", "rear", "both"]))
    return car, None if which == "rear" else unit(), None if which == "front" else unit()


@settings(max_examples=250, deadline=None)
@given(data=st.data(), cycle=cycles())
def test_energy_closes_in_every_component(make_car: MakeCar, make_unit: Any, data: st.DataObject, cycle: Cycle) -> None:
    """Tyres, units, wires, battery, brakes, body and charger each give out what they take in, within 1e-9 of the energy moved."""
    car, front, rear = data.draw(everything(make_car, make_unit))
    result = cycle_energy(car, cycle, front, rear)
    assert result.balance_error < 1e-9
    assert set(result.component_errors) == {
        "front tyre", "rear tyre", "front unit", "rear unit", "wires", "battery", "brakes", "body", "charger",
        "battery heat", "front oil", "rear oil",
    }  # fmt: skip
    assert max(result.component_errors.values()) < 1e-9
    assert min(result.front_slip_loss_wh, result.rear_slip_loss_wh, result.battery_loss_wh) >= 0.0
    assert result.recuperated_wh + result.friction_brake_wh == pytest.approx(result.wheel_brake_wh, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), cycle=cycles())
def test_a_sweep_gives_what_the_single_run_gives(
    make_car: MakeCar, make_unit: Any, data: st.DataObject, cycle: Cycle
) -> None:
    """With all physics, on one thread and on two, for a pair and for a unit alone, which takes a shorter way."""
    assume(cycle.distance_m > 1.0)
    car, front, rear = data.draw(everything(make_car, make_unit))
    single = cycle_energy(car, cycle, front, rear)
    fronts, rears = [front, None, front], [rear, rear, None]
    for workers in (1, 2):
        sweep = sweep_cycle_energy(car, cycle, fronts, rears, workers=workers)
        assert sweep.missed_seconds[0, 0] == pytest.approx(single.missed_seconds)
        if abs(single.dc_wh) > 1e-3:
            found = sweep.dc_wh_per_km[0, 0], sweep.ac_wh_per_km[2, 1]
            np.testing.assert_allclose(found, [single.dc_wh_per_km, single.ac_wh_per_km], rtol=1e-9)


def test_slip_costs_what_its_definition_says(car: Vehicle, make_unit: Any) -> None:
    """At steady speed the tyre loses F v s with s = F / stiffness, and the motor turns faster by s."""
    cycle = Cycle("steady", "made up", np.array([0.0, 10.0]), np.full(2, 25.0))
    slipping = replace(car, tyre_stiffness_n=(2e5, 1e5))
    plain, slid = (cycle_energy(one, cycle, None, make_unit()) for one in (car, slipping))
    force = float(car.road_load.force_n(25.0))
    assert slid.rear_slip_loss_wh == pytest.approx(force * 25.0 * force / 1e5 * 10.0 / 3600.0, rel=1e-9)
    assert slid.rear is not None
    assert plain.rear is not None
    np.testing.assert_allclose(slid.rear.speed_rad_per_s, plain.rear.speed_rad_per_s * (1.0 + force / 1e5))
    assert slid.dc_wh > plain.dc_wh + slid.rear_slip_loss_wh


def test_identical_axles_share_alike(make_car: MakeCar, make_unit: Any) -> None:
    """Two equal units with convex loss on equal tyres carry the same force wherever neither is idle, and lose the same."""
    car = make_car(tyre_stiffness_n=(1e5, 1e5))
    result = cycle_energy(car, load_cycle("udds"), make_unit(), make_unit())
    assert result.front is not None
    assert result.rear is not None
    both = (result.front.torque_nm > 1.0) & (result.rear.torque_nm > 1.0)
    assert both.sum() > 100
    np.testing.assert_allclose(result.front.torque_nm[both], result.rear.torque_nm[both], rtol=0.05)


def test_cold_oil_costs_and_warms(make_car: MakeCar, make_unit: Any) -> None:
    """A cold start costs more than a warm one; the oil warms towards where its loss holds it; a warm map is as without oil."""
    unit = BumpyUnit(make_unit(), 1)
    warm, cold = (make_car(warm_up=replace(WARM_UP, start_k=start, surroundings_k=295.0)) for start in (350.0, 263.0))
    off = cycle_energy(make_car(), load_cycle("udds"), None, unit)
    first, last = (cycle_energy(one, load_cycle("udds"), None, unit) for one in (cold, warm))
    assert first.dc_wh > last.dc_wh * 1.005
    assert last.dc_wh > off.dc_wh
    assert first.rear is not None
    assert first.rear.oil_k is not None
    assert first.rear.oil_k[0] == 263.0
    assert first.rear.oil_k[-1] > 275.0
    hot = make_car(warm_up=replace(WARM_UP, start_k=360.0, surroundings_k=360.0))
    assert cycle_energy(hot, load_cycle("udds"), None, unit).dc_wh == pytest.approx(off.dc_wh, rel=1e-12)


def test_states_that_do_not_change_are_the_plain_battery(make_car: MakeCar, make_unit: Any) -> None:
    """Flat tables give the figures of one voltage and one resistance to the last bits."""
    car = make_car()
    flat = PackStates(
        state_of_charge=np.array([0.0, 1.0]),
        open_circuit_voltage_v=np.full(2, car.battery.open_circuit_voltage_v),
        temperature_k=np.array([250.0, 320.0]),
        resistance_ohm=np.full((2, 2), car.battery.resistance_ohm),
        capacity_ah=200.0,
        start_state_of_charge=0.9,
        start_k=298.0,
        surroundings_k=298.0,
    )
    plain = cycle_energy(car, load_cycle("wltc_3b"), None, make_unit())
    same = cycle_energy(make_car(battery_states=flat), load_cycle("wltc_3b"), None, make_unit())
    assert same.ac_wh == pytest.approx(plain.ac_wh, rel=1e-12)
    assert same.pack is not None
    drawn = (plain.dc_wh + plain.battery_loss_wh) / car.battery.open_circuit_voltage_v
    last = same.pack.state_of_charge[0] - drawn / 200.0
    assert same.pack.state_of_charge[-1] == pytest.approx(last, abs=1e-4)


def test_a_cold_battery_loses_more_and_a_full_one_takes_no_charge(make_car: MakeCar, make_unit: Any) -> None:
    """Resistance rises with cold; where the charge limit falls to zero with the charge, the friction brakes do all."""
    cold, warm = (make_car(battery_states=replace(STATES, start_k=t, surroundings_k=t)) for t in (255.0, 298.0))
    first, last = (cycle_energy(one, load_cycle("udds"), None, make_unit()) for one in (cold, warm))
    assert first.battery_loss_wh > 1.5 * last.battery_loss_wh
    assert first.pack is not None
    assert first.pack.temperature_k[-1] > 255.0
    full = make_car(auxiliary_power_w=0.0, battery_states=replace(STATES, start_state_of_charge=1.0, capacity_ah=1e7))
    result = cycle_energy(full, load_cycle("udds"), None, make_unit())
    assert result.battery_power_w.min() >= -1.0
    assert result.friction_brake_wh > 0.8 * result.wheel_brake_wh


def test_currents_are_limited(make_car: MakeCar, make_unit: Any) -> None:
    """A limit of the current makes seconds missed in driving and friction in braking; no current passes it."""
    limited = replace(STATES, max_discharge_a=60.0, max_charge_a=20.0, start_state_of_charge=0.4)
    result = cycle_energy(make_car(battery_states=limited), load_cycle("wltc_3b"), None, make_unit())
    assert not result.able
    assert result.pack is not None
    assert result.pack.current_a.max() <= 60.0 * (1.0 + 1e-8)
    assert result.pack.current_a.min() >= -20.0 * (1.0 + 1e-8)


def test_a_brake_balance_keeps_recuperation_from_an_axle(make_car: MakeCar, make_unit: Any) -> None:
    """With rear drive alone and at most 30 % of the braking on the rear, 70 % of it goes to the friction brakes."""
    result = cycle_energy(make_car(largest_brake_share=(1.0, 0.3)), load_cycle("udds"), None, make_unit())
    assert 0.2 * result.wheel_brake_wh < result.recuperated_wh <= 0.3 * result.wheel_brake_wh * (1.0 + 1e-9)


def test_an_uncoupled_axle_saves_its_drag(make_car: MakeCar, make_unit: Any) -> None:
    """A second unit that can be uncoupled costs less than one that drags, and no less than none would with its loss."""
    drag = make_unit(drag_nm=3.0)
    fixed, free = (
        cycle_energy(make_car(uncoupled_loss_w=loss), load_cycle("hwfet"), drag, make_unit())
        for loss in ((None, None), (10.0, None))
    )
    assert free.dc_wh < 0.98 * fixed.dc_wh
    assert free.front is not None
    assert (free.front.speed_rad_per_s == 0.0).mean() > 0.5


def test_a_charger_divides_what_it_takes(make_car: MakeCar, make_unit: Any) -> None:
    """The four shares of a watt-hour from the wall add up to one, and AC is DC and cell loss over the share stored."""
    car = make_car(battery_charger=CHARGER, battery_coulombic_efficiency=0.995)
    shares = car.battery.wall_shares
    assert sum(shares) == pytest.approx(1.0, abs=1e-15)
    lost = 60.0 + 0.03 * 11_000.0 + 2e-6 * 11_000.0**2
    assert shares.charger_loss == pytest.approx(lost / 11_000.0)
    assert shares.awake == pytest.approx(250.0 / 11_000.0)
    result = cycle_energy(car, load_cycle("udds"), None, make_unit())
    assert result.ac_wh == pytest.approx((result.dc_wh + result.battery_loss_wh) / shares.stored, rel=1e-12)


def test_a_climb_is_work_against_gravity(car: Vehicle, make_unit: Any) -> None:
    """Up and down the same hill: the height cancels; up alone the climb is m g h."""
    level = load_cycle("udds")
    up = replace(level, grade=np.full(level.time_s.size, 0.03))
    result = cycle_energy(car, up, None, make_unit())
    height = level.distance_m * 0.03 / np.hypot(1.0, 0.03)
    assert result.climb_wh == pytest.approx(car.test_mass_kg * 9.80665 * height / 3600.0, rel=1e-9)
    assert result.dc_wh > cycle_energy(car, level, None, make_unit()).dc_wh + 0.9 * result.climb_wh
