"""Lives of a vehicle in use: linear in distance, gentler for stronger parts, and the same energy as the mission room's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.quantities import InputError
from halfshaft.study import Rooms
from halfshaft.study.missions import FittedUnit, mission_document, unit_wear
from halfshaft.vehicle import Axle, UnitTrace, Vehicle
from halfshaft.vehicle.mission import AUTONOMOUS, PRIVATE, PROFILES, ToothLife, drive_with, mission_energy
from halfshaft.verification import conditions

Fitted = dict[Axle, FittedUnit]


@pytest.fixture(scope="module")
def rooms(small_folder: Path, small_store: Path) -> Rooms:
    """The rooms of the small programme."""
    return Rooms(small_folder, small_store, 1)


@pytest.fixture(scope="module")
def car_and_units(rooms: Rooms) -> tuple[Vehicle, Fitted]:
    """A vehicle with one of the kit's units on each driven axle."""
    programme = rooms.programme
    vehicle = programme.vehicles[0]
    maps = [rooms.unit_map(u.name) for u in programme.kit.units]
    fitting = [m for m in maps if m.unit.inverter.voltage_class_v == vehicle.voltage_class]
    unit = max(fitting, key=lambda m: m.peak_power_w).unit
    table = next(f for f in rooms.runner.fields(programme) if f.lamination == unit.machine.lamination.name).table()
    voltage_v = {c.name: c.under_load for c in programme.header.voltage_classes}[unit.inverter.voltage_class_v]
    fitted = FittedUnit(rooms.unit_map(unit.name), evaluate_motor(unit.motor, table, voltage_v))
    car = conditions(vehicle, programme.model_of(vehicle), maps, 200.0).vehicle
    return car, dict.fromkeys(vehicle.driven_axles, fitted)


def test_energy_is_that_of_the_mission_room(car_and_units: tuple[Vehicle, Fitted]) -> None:
    """The document's energy is `mission_energy` of the same maps; wear is finite and positive for each driven axle."""
    car, units = car_and_units
    answer = mission_document(car, units, 200.0, AUTONOMOUS)
    maps = {
        axle: u.unit_map.with_added_loss(np.full(len(u.unit_map.speed_rad_per_s), 200.0), np.zeros(1))
        for axle, u in units.items()
    }
    drive = drive_with(car, maps.get("front"), maps.get("rear"))
    energy = mission_energy(AUTONOMOUS, drive, car.electrical_load_w, car.battery.charging_efficiency)
    assert answer["energy_from_wall_kwh"] == pytest.approx(energy.ac_kwh, rel=1e-12)
    assert set(answer["wear"]) == set(units)
    for wear in answer["wear"].values():
        assert all(value > 0.0 for value in wear.values())


def test_wear_grows_with_distance_and_falls_with_a_stronger_gear(car_and_units: tuple[Vehicle, Fitted]) -> None:
    """Twice the distance wears twice as much of all but the cold starts; teeth that bear twice the torque wear 2^-6.6 and 2^-8.7 of it."""
    _, units = car_and_units
    fitted = next(iter(units.values()))
    speed = np.tile(np.linspace(50.0, 400.0, 60), 20)
    torque = np.tile(np.r_[np.full(30, 60.0), np.full(30, -30.0)], 20)
    traces = {"udds": (UnitTrace(speed, torque, np.zeros(speed.size)), np.ones(speed.size))}
    profile = replace(PRIVATE, cycle_mix=(("udds", 1.0),))
    plain = unit_wear(fitted, profile, traces)
    far = unit_wear(fitted, replace(profile, annual_distance_km=2.0 * profile.annual_distance_km), traces)
    for name in ("insulation", "driving_flank", "braking_flank", "root"):
        assert getattr(far, name) == pytest.approx(2.0 * getattr(plain, name), rel=1e-9)
    assert plain.thermal_cycling < far.thermal_cycling < 2.0 * plain.thermal_cycling
    unit = fitted.unit_map.unit
    stronger = replace(unit, gear=replace(unit.gear, torque_limit_nm=2.0 * unit.gear.torque_limit_nm))
    gentle = unit_wear(FittedUnit(replace(fitted.unit_map, unit=stronger), fitted.motor_map), profile, traces)
    assert gentle.driving_flank / plain.driving_flank == pytest.approx(2.0 ** -ToothLife.flank(1.0).exponent, rel=1e-6)
    assert gentle.root / plain.root == pytest.approx(2.0 ** -ToothLife.root(1.0).exponent, rel=1e-6)
    assert fitted.unit_map.unit.cooling.coolant_temperature_k < plain.hottest_winding_k < 600.0


def test_uses_and_units_are_checked(rooms: Rooms) -> None:
    """An unknown use is named with the known ones; every use comes where none is asked for; units must be those of the driven axles."""
    vehicle = rooms.programme.vehicles[0]
    unit = next(u.name for u in rooms.programme.kit.units if u.inverter.voltage_class_v == vehicle.voltage_class)
    given = {axle: unit if axle in vehicle.driven_axles else None for axle in ("front", "rear")}
    with pytest.raises(InputError, match="taxi"):
        rooms.missions(vehicle.id, given["front"], given["rear"], ["taxi"])
    assert [row["use"] for row in rooms.missions(vehicle.id, given["front"], given["rear"], [])] == list(PROFILES)
    with pytest.raises(InputError, match="drives"):
        rooms.missions(vehicle.id, unit, unit, []) if len(vehicle.driven_axles) == 1 else rooms.missions(
            vehicle.id, unit, None, []
        )
