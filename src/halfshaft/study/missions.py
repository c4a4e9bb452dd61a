"""A vehicle's life in private, shared and autonomous use, with given units: energy from the wall, and what use wears of winding and gear.

A use drives its cycles again and again. Each is driven until the machine is as warm as it will be; what the last round does to insulation
and teeth counts for every kilometre. A start from the outside temperature adds one warming of the winding, over the year's climates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.motor_map import MotorMap
from halfshaft.drive_unit.thermal import thermal_network
from halfshaft.drive_unit.thermal.cycle import temperatures_over_cycle
from halfshaft.drive_unit.thermal.network import NODES
from halfshaft.study.document import Json
from halfshaft.vehicle import Axle, UnitTrace, Vehicle, cycle_energy, load_cycle
from halfshaft.vehicle.mission import (
    MissionProfile,
    ThermalCycling,
    ToothLife,
    drive_with,
    gear_damage,
    insulation_ageing,
    lifetime_damage,
    mission_energy,
    over_climates,
    thermal_cycling_damage,
)
from halfshaft.vehicle.mission.profile import TESTED_LOAD_KG

FloatArray = NDArray[np.float64]

_SETTLING_S = (
    5400.0  # driven before the round that counts: three times the slowest time constant of such a machine, about
)
_WINDINGS = [k for k, node in enumerate(NODES) if node.endswith("winding")]
# Teeth bear a gear's torque limit for 10^5 (flanks) and 10^3 meshes (roots), where the life factors of ISO 6336 are 1.6 and 2.5: an
# assumption, since gears are sized by what others of their kind carry, not by a life.
_FLANK_SHARE, _ROOT_SHARE = 1.0 / 1.6**2, 1.0 / 2.5


@dataclass(frozen=True, eq=False)
class FittedUnit:
    """A unit on an axle: its map, and the map of its motor, from which temperatures follow."""

    unit_map: UnitMap
    motor_map: MotorMap


@dataclass(frozen=True)
class UnitWear:
    """Shares of a life that a use consumes, and the highest winding temperature on its warm cycles."""

    insulation: float
    thermal_cycling: float
    driving_flank: float
    braking_flank: float
    root: float
    hottest_winding_k: float


def mission_document(
    vehicle: Vehicle, units: Mapping[Axle, FittedUnit], switching_w: float, profile: MissionProfile
) -> Json:
    """Energy and wear of one use. `vehicle` is warm and without its units' drag; `switching_w` is drawn by each unit above its map."""
    maps = {
        axle: fitted.unit_map.with_added_loss(np.full(len(fitted.unit_map.speed_rad_per_s), switching_w), np.zeros(1))
        for axle, fitted in units.items()
    }
    drive = drive_with(vehicle, maps.get("front"), maps.get("rear"))
    energy = mission_energy(profile, drive, vehicle.electrical_load_w, vehicle.battery.charging_efficiency)
    loaded = replace(
        vehicle,
        test_mass_kg=vehicle.test_mass_kg + profile.mean_load_kg - TESTED_LOAD_KG,
        auxiliary_power_w=vehicle.auxiliary_power_w + profile.compute_power_w + profile.mean_climate_power_w,
    )
    traces: dict[Axle, dict[str, tuple[UnitTrace, FloatArray]]] = {axle: {} for axle in units}
    for name, _ in profile.cycle_mix:
        cycle = load_cycle(name)
        driven = cycle_energy(loaded, cycle, maps.get("front"), maps.get("rear"))
        for axle in units:
            trace = driven.front if axle == "front" else driven.rear
            assert trace is not None
            traces[axle][name] = (trace, np.diff(cycle.time_s))
    return {
        "use": profile.name,
        "years": profile.years,
        "distance_km": energy.distance_km,
        "mean_speed_kph": energy.mean_speed_kph,
        "driving_hours": energy.driving_hours,
        "waiting_hours": energy.idle_hours,
        "energy_from_wall_kwh": _number(energy.ac_kwh),
        "energy_wh_per_km_ac": _number(energy.ac_wh_per_km),
        "compute_share_percent": _number(
            100.0 * energy.compute_kwh / (energy.ac_kwh - energy.charging_loss_kwh - energy.battery_loss_kwh)
        ),
        "wear": {axle: _wear_document(unit_wear(units[axle], profile, of_cycle)) for axle, of_cycle in traces.items()},
        "assumptions": profile.assumptions(),
    }


def unit_wear(
    fitted: FittedUnit, profile: MissionProfile, traces: Mapping[str, tuple[UnitTrace, FloatArray]]
) -> UnitWear:
    """What a use consumes of one unit; `traces` gives where it worked on each of the profile's cycles, and the steps' durations."""
    unit = fitted.unit_map.unit
    network = thermal_network(unit.machine, unit.cooling)
    limit_nm = unit.gear.torque_limit_nm
    flank, root = ToothLife.flank(_FLANK_SHARE * limit_nm), ToothLife.root(_ROOT_SHARE * limit_nm)
    ageing: dict[str, float] = {}
    cycling: dict[str, float] = {}
    teeth: dict[str, tuple[float, float, float]] = {}
    hottest, warm_k = 0.0, 0.0
    for name, (trace, step_s) in traces.items():
        winding_k, durations = _warm_round(fitted, trace, step_s)
        ageing[name] = insulation_ageing(winding_k, durations)
        cycling[name] = thermal_cycling_damage(winding_k, ThermalCycling())
        damage = gear_damage(trace.torque_nm, trace.speed_rad_per_s, step_s, flank, root)
        teeth[name] = damage.driving_flank, damage.braking_flank, damage.root
        hottest, warm_k = max(hottest, float(winding_k.max())), max(warm_k, float(winding_k.mean()))

    def start(outside_k: float) -> float:
        return thermal_cycling_damage([outside_k, max(warm_k, network.coolant_k), outside_k], ThermalCycling())

    cold = over_climates(profile, start) if profile.ambient else start(293.15)
    driving, braking, roots = (
        lifetime_damage(profile, {name: part[k] for name, part in teeth.items()}) for k in range(3)
    )
    return UnitWear(
        insulation=lifetime_damage(profile, ageing),
        thermal_cycling=lifetime_damage(profile, cycling, cold),
        driving_flank=driving,
        braking_flank=braking,
        root=roots,
        hottest_winding_k=hottest,
    )


def _warm_round(fitted: FittedUnit, trace: UnitTrace, step_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(t,) temperature of the hottest winding over the last of many rounds of a cycle, and the steps' durations."""
    gear, motor = fitted.unit_map.unit.gear, fitted.motor_map
    network = thermal_network(fitted.unit_map.unit.machine, fitted.unit_map.unit.cooling)
    second = float(np.median(step_s))
    speed = np.minimum(trace.speed_rad_per_s, motor.speed_rad_per_s[-1])
    wanted = trace.torque_nm + gear.loss_torque_nm(speed, trace.torque_nm)
    peak, generating = (
        np.interp(speed, motor.speed_rad_per_s, limit)
        for limit in (motor.peak_torque_nm, motor.peak_generating_torque_nm)
    )
    torque = np.clip(wanted, -generating, peak)
    rounds = max(2, math.ceil(_SETTLING_S / float(step_s.sum())) + 1)
    found = temperatures_over_cycle(
        network, motor, np.tile(speed, rounds), np.tile(torque, rounds), second, start_k=network.coolant_k
    )
    last = found.temperature_k[-len(step_s) :, _WINDINGS].max(axis=1)
    return last, step_s


def _wear_document(wear: UnitWear) -> Json:
    return {
        "insulation_percent": _number(100.0 * wear.insulation),
        "thermal_cycling_percent": _number(100.0 * wear.thermal_cycling),
        "driving_flank_percent": _number(100.0 * wear.driving_flank),
        "braking_flank_percent": _number(100.0 * wear.braking_flank),
        "root_percent": _number(100.0 * wear.root),
        "hottest_winding_degc": _number(wear.hottest_winding_k - 273.15),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
