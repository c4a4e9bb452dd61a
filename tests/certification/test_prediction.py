"""Predictions of cars: laws that hold for any, and the certified figures of other people's cars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from halfshaft.certification import Assumptions, AxleFigures, CarRow, Kind, Reference, Warmth, predict
from halfshaft.certification.implied_unit import PublishedUnit, implied_unit
from halfshaft.vehicle import Battery, RoadLoad, Vehicle
from halfshaft.vehicle.dynamometer import Bench, multi_cycle_ac_wh_per_km, on_dynamometer, run

References = dict[Kind, Reference]


@pytest.fixture(scope="module")
def bench(references: References, car: CarRow) -> Bench:
    """The car on the dynamometer."""
    unit = implied_unit(
        references["externally excited"], PublishedUnit(250e3, 430.0, car.motor_rad_per_m, 0.335, 1750.0)
    )
    vehicle = Vehicle(
        name="i4", test_mass_kg=car.test_mass_kg, performance_mass_kg=2125.0, road_load=car.road_load, tyre_radius_m=0.335,
        driven_axles=("rear",), front_mass_share=0.5, wheelbase_m=2.8, centre_of_gravity_height_m=0.5, tyre_adhesion=1.0,
        rotating_mass_factor=1.04, auxiliary_power_w=200.0,
        battery=Battery(usable_energy_wh=80e3, open_circuit_voltage_v=370.0, resistance_ohm=0.06, charging_efficiency=0.86),
        regen_fade_low_mps=1.0, regen_fade_high_mps=3.0, max_regen_deceleration=2.5,
    )  # fmt: skip
    return on_dynamometer(vehicle, {"rear": unit}, Warmth(), certified_load=True)


def test_car_and_bench_together_coast_as_certified(bench: Bench, car: CarRow) -> None:
    """Tyres and air, and the coasting unit at its warm oil, resist as the certified coefficients say, to 2 %."""
    unit = bench.units["rear"].at_oil_temperature(bench.warm_oil_k["rear"])
    speed = np.linspace(20.0, 110.0, 10) / 3.6
    drag = np.interp(speed * car.motor_rad_per_m, unit.speed_rad_per_s, unit.coasting_loss_w) / speed
    together = bench.vehicle.road_load.force_n(speed) + drag
    np.testing.assert_allclose(together, car.road_load.force_n(speed), rtol=0.02)


def test_cold_phases_cost_more_than_warm_ones(bench: Bench) -> None:
    """The first UDDS of a test takes the most, oil and tyres warm from phase to phase, and every phase's energy closes."""
    phases = run(bench, ("udds", "udds", "udds"))
    spent = [p.energy.dc_wh for p in phases]
    assert spent == sorted(spent, reverse=True)
    assert [p.tyre_k for p in phases] == sorted(p.tyre_k for p in phases)
    assert [p.oil_k["rear"] for p in phases] == sorted(p.oil_k["rear"] for p in phases)
    assert max(p.energy.balance_error for p in phases) < 1e-9
    whole = multi_cycle_ac_wh_per_km(bench)
    assert 0.8 * phases[0].energy.ac_wh_per_km < whole["udds"] < phases[0].energy.ac_wh_per_km


def test_more_of_anything_that_costs_costs_more(references: References, car: CarRow) -> None:
    """Mass, drag and auxiliaries raise every consumption; a better charger lowers it in exact proportion."""
    plain = predict(car, references, Assumptions())
    load = car.road_load
    for dearer in (
        predict(replace(car, test_mass_kg=2500.0), references, Assumptions()),
        predict(
            replace(car, road_load=RoadLoad(load.a_n + 20.0, load.b_n_per_mps, load.c_n_per_mps2)),
            references,
            Assumptions(),
        ),
        predict(car, references, Assumptions(auxiliary_power_w=400.0)),
        predict(car, references, Assumptions(recuperated_share=0.5)),
    ):
        for figure in ("udds_wh_per_km_ac", "hwfet_wh_per_km_ac", "wltp_wh_per_km_ac"):
            assert getattr(dearer, figure) > getattr(plain, figure)
    lossless = predict(car, references, Assumptions(charging_efficiency=1.0))
    assert lossless.udds_wh_per_km_ac == pytest.approx(0.86 * plain.udds_wh_per_km_ac, rel=1e-9)


def test_measured_figures_are_not_read(references: References, car: CarRow) -> None:
    """A car whose certified consumption were twice as high is predicted the same."""
    other = replace(car, measured=replace(car.measured, udds_wh_per_km_ac=300.0, hwfet_wh_per_km_ac=300.0))
    assert predict(other, references, Assumptions()) == predict(car, references, Assumptions())


def test_two_axles_share_the_work(references: References, car: CarRow) -> None:
    """Two units of half the figures drive the car as well, and turn round front and rear for the same consumption."""
    half = AxleFigures("externally excited", 125e3, 215.0)
    small = AxleFigures("permanent magnet", 125e3, 250.0)
    both = predict(replace(car, front=half, rear=small), references, Assumptions())
    turned = predict(replace(car, front=small, rear=half), references, Assumptions())
    assert both.udds_wh_per_km_ac == pytest.approx(turned.udds_wh_per_km_ac, rel=1e-9)
    assert both.accel_0_100kph_s < 8.0


def test_top_speed_is_where_the_power_is_governed(references: References, car: CarRow) -> None:
    """It goes with the cube root of the published power, is held whatever the motor could, and never exceeds what the car can."""
    at_100_kw = 25.0
    found = predict(car, references, Assumptions(governed_speed_mps=at_100_kw))
    power_w = sum(unit.power_w for unit in (car.front, car.rear) if unit is not None)
    assert found.top_speed_kph == pytest.approx(3.6 * at_100_kw * np.cbrt(power_w / 1e5))
    weak = replace(car, road_load=replace(car.road_load, c_n_per_mps2=8.0 * car.road_load.c_n_per_mps2))
    assert predict(weak, references, Assumptions()).top_speed_kph < 3.6 * Assumptions().top_speed_mps(power_w)
