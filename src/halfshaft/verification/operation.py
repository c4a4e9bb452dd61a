"""How the units of one vehicle work on its cycles: where the energy goes, where each unit works, and which limits it touches.

The cycle is driven once more, as the table drove it, with the pair that a plan gives the vehicle; so the consumption is the table's own.
What a unit lost is split by looking its map up where it worked. The trace holds more than the map: what the inverter draws while it
switches, and the oil while it is cold. That is kept as a part of its own, so that the parts add up to what the engine took.
Seconds that a car cannot follow are counted at the limit that stopped it, with the work that was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.unit_map import LOSS_PARTS
from halfshaft.programme import VehicleProgramme
from halfshaft.vehicle import CycleEnergy, UnitTrace, Vehicle
from halfshaft.vehicle.demand import cycle_demand
from halfshaft.vehicle.full_throttle import LaunchBand, launch_bands
from halfshaft.verification.conditions import Conditions, conditions

FloatArray = NDArray[np.float64]

TOUCHED = 0.98
"""Share of a limit from which on it counts as touched."""

_J_PER_WH = 3600.0
_NAMES = {"wltp": "WLTC 3b", "udds": "UDDS", "hwfet": "HWFET"}
_SPEED_BIN_RAD_PER_S = 500.0 * np.pi / 30.0
_MOST_USE = (
    10.0  # counted: at high speed some units hold next to no torque for ever, and any use of that is many times it
)
_TORQUE_BINS = 24  # between zero and the largest peak torque of the unit


@dataclass(frozen=True)
class UnitFlows:
    """What one unit and its tyres lost [Wh]; the first four are the unit's own loss."""

    inverter_wh: float
    machine_wh: float
    gear_wh: float
    switching_and_cold_oil_wh: float
    slip_wh: float


@dataclass(frozen=True)
class Flows:
    """Where the energy from the wall went [Wh].

    Wall = charging loss + battery loss + terminals, and terminals = auxiliary + all of the units' parts + rolling + air + friction brake +
    inertia + climb. `rolling_wh` is A and B v of the road load, `air_wh` C v².
    """

    wall_wh: float
    charging_loss_wh: float
    battery_loss_wh: float
    battery_terminals_wh: float
    auxiliary_wh: float
    units: Mapping[str, UnitFlows]
    rolling_wh: float
    air_wh: float
    friction_brake_wh: float
    inertia_wh: float
    climb_wh: float
    wheel_drive_wh: float
    recuperated_wh: float


@dataclass(frozen=True, eq=False)
class Points:
    """Bins of motor speed and torque in which one unit worked, by their centres; all arrays are (cells,), standstill is left out."""

    axle: str
    speed_rad_per_s: FloatArray
    torque_nm: FloatArray
    seconds: FloatArray
    energy_wh: FloatArray


@dataclass(frozen=True)
class Limit:
    """How often a limit was touched, with how much energy moved meanwhile, and the largest share of it that was used."""

    axle: str
    limit: str
    seconds: float
    energy_wh: float
    largest_use: float


@dataclass(frozen=True, eq=False)
class CycleOperation:
    """One cycle; `flows` and `ac_wh_per_km` are None when the car does not follow."""

    cycle: str
    name: str
    distance_m: float
    ac_wh_per_km: float | None
    flows: Flows | None
    points: tuple[Points, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, eq=False)
class Operation:
    """One vehicle with its units, on each cycle of its conditions and at full throttle."""

    vehicle: str
    units: Mapping[str, str]
    cycles: tuple[CycleOperation, ...]
    launch: tuple[LaunchBand, ...]


def operate_vehicle(
    vehicle: VehicleProgramme, model: Vehicle, maps: Sequence[UnitMap], switching_w: float, units: Mapping[str, str]
) -> Operation:
    """Work out the conditions as the vehicle's table does and operate the named units in them. Raises KeyError for an unknown unit."""
    by_name = {m.unit.name: m for m in maps}
    front, rear = (by_name[units[axle]] if axle in units else None for axle in ("front", "rear"))
    return operate(vehicle.id, conditions(vehicle, model, maps, switching_w), front, rear)


def operate(vehicle: str, driven: Conditions, front: UnitMap | None, rear: UnitMap | None) -> Operation:
    """Drive every cycle of the conditions with this pair. Raises ValueError when a unit is given for an axle that is not driven."""
    units = {axle: unit for axle, unit in (("front", front), ("rear", rear)) if unit is not None}
    return Operation(
        vehicle,
        {axle: unit.unit.name for axle, unit in units.items()},
        tuple(_cycle(driven, name, units) for name in driven.drives),
        launch_bands(driven.vehicle, front, rear),
    )


def loss_parts_w(unit: UnitMap, trace: UnitTrace) -> dict[str, FloatArray]:
    """Each part of the loss, by `LOSS_PARTS`, along a trace; nothing where the trace itself holds no loss."""
    fraction, loses = _use(unit, trace, signed=True), trace.loss_w > 0.0
    return {
        part: np.where(loses, unit.between_nodes(unit.loss_w[part], trace.speed_rad_per_s, fraction), 0.0)
        for part in LOSS_PARTS
    }


def _cycle(driven: Conditions, name: str, units: Mapping[str, UnitMap]) -> CycleOperation:
    drive = driven.drives[name]
    energy = driven.energy(drive.cycle, units.get("front"), units.get("rear"))
    duration = np.diff(drive.cycle.time_s)
    traces = {axle: trace for axle, trace in (("front", energy.front), ("rear", energy.rear)) if trace is not None}
    return CycleOperation(
        name,
        _NAMES.get(name, name),
        energy.distance_m,
        energy.ac_wh_per_km if energy.able else None,
        _flows(drive.vehicle, energy, duration, units, traces) if energy.able else None,
        tuple(_points(axle, units[axle], trace, duration) for axle, trace in traces.items()),
        _limits(drive.vehicle, energy, cycle_demand(drive.vehicle, drive.cycle).unit_n, duration, units, traces),
    )


def _flows(
    vehicle: Vehicle, energy: CycleEnergy, duration: FloatArray, units: Mapping[str, UnitMap],
    traces: Mapping[str, UnitTrace],
) -> Flows:  # fmt: skip
    slip = {"front": energy.front_slip_loss_wh, "rear": energy.rear_slip_loss_wh}
    v, load = energy.speed_mps, vehicle.road_load
    air_wh = float((load.c_n_per_mps2 * v**3) @ duration) / _J_PER_WH
    parts = {axle: _unit_flows(units[axle], trace, duration, slip[axle]) for axle, trace in traces.items()}
    return Flows(
        energy.ac_wh,
        energy.charging_loss_wh,
        energy.battery_loss_wh,
        energy.dc_wh,
        energy.auxiliary_wh,
        parts,
        energy.road_load_wh - air_wh,
        air_wh,
        energy.friction_brake_wh,
        energy.inertia_wh,
        energy.climb_wh,
        energy.wheel_drive_wh,
        energy.recuperated_wh,
    )


def _unit_flows(unit: UnitMap, trace: UnitTrace, duration: FloatArray, slip_wh: float) -> UnitFlows:
    wh = {part: float(loss @ duration) / _J_PER_WH for part, loss in loss_parts_w(unit, trace).items()}
    total = float(trace.loss_w @ duration) / _J_PER_WH
    machine = sum(value for part, value in wh.items() if part not in ("inverter", "gear"))
    return UnitFlows(wh["inverter"], machine, wh["gear"], total - sum(wh.values()), slip_wh)


def _points(axle: str, unit: UnitMap, trace: UnitTrace, duration: FloatArray) -> Points:
    turning = trace.speed_rad_per_s > 0.0
    speed, torque, seconds = trace.speed_rad_per_s[turning], trace.torque_nm[turning], duration[turning]
    energy = np.abs(speed * torque) * seconds / _J_PER_WH
    width = np.array([_SPEED_BIN_RAD_PER_S, unit.greatest_torque_nm / _TORQUE_BINS])
    bins = np.floor(np.stack([speed, torque], axis=1) / width).astype(np.int64)
    cells, which = np.unique(bins, axis=0, return_inverse=True)
    which = which.reshape(-1)
    centre = (cells + 0.5) * width
    return Points(
        axle,
        centre[:, 0],
        centre[:, 1],
        _sums(which, seconds, len(cells)),
        _sums(which, energy, len(cells)),
    )


def _limits(
    vehicle: Vehicle, energy: CycleEnergy, asked_n: FloatArray, duration: FloatArray, units: Mapping[str, UnitMap],
    traces: Mapping[str, UnitTrace],
) -> tuple[Limit, ...]:  # fmt: skip
    """Every limit of every unit and of the battery.

    The charge limit is held against the power at the tyres, as the demand holds it (see `vehicle.demand`).
    """
    v = energy.speed_mps
    per_m = {axle: unit.gear_ratio / vehicle.tyre_radius_m for axle, unit in units.items()}
    given_n = np.zeros_like(v)
    most_n = np.zeros_like(v)
    for axle, trace in traces.items():
        given_n += trace.torque_nm * per_m[axle]
        fast = v * per_m[axle] > units[axle].max_speed_rad_per_s * (1.0 + 1e-9)
        most_n += np.where(fast, 0.0, _interp(units[axle], v * per_m[axle], units[axle].peak_torque_nm) * per_m[axle])
    missed = (asked_n > 0.0) & (asked_n - given_n > 1e-6 * asked_n)
    weak = missed & (asked_n > most_n)
    asked_wh = asked_n * v * duration / _J_PER_WH
    found = []
    for axle, trace in traces.items():
        unit = units[axle]
        moved = np.where(weak, asked_wh, np.abs(trace.torque_nm * trace.speed_rad_per_s) * duration / _J_PER_WH)
        short = np.divide(asked_n, most_n, out=np.zeros_like(v), where=weak & (most_n > 0.0))
        motoring, peak = np.maximum(trace.torque_nm, 0.0), np.maximum(_use(unit, trace), short)
        held = _interp(unit, trace.speed_rad_per_s, unit.continuous_torque_nm)
        over = np.divide(
            motoring, held, out=np.where(motoring > 0.0, _MOST_USE, 0.0), where=held * _MOST_USE > motoring
        )
        turning = np.maximum(trace.speed_rad_per_s, np.where(missed, v * per_m[axle], 0.0))
        generating = np.maximum(-_use(unit, trace, signed=True), 0.0)
        for name, use in (
            ("peak torque", np.where(trace.torque_nm < 0.0, 0.0, peak)),
            ("continuous torque", np.maximum(over, short)),
            ("generating torque", generating),
            ("highest speed", turning / unit.max_speed_rad_per_s),
        ):
            found.append(_limit(axle, name, use, moved, duration))
    battery = vehicle.battery
    starved = missed & ~weak
    if np.isfinite(battery.discharge_limit_w):
        drawn_w = np.where(starved, np.maximum(asked_n * v + vehicle.electrical_load_w, battery.discharge_limit_w),
                           np.maximum(energy.battery_power_w, 0.0))  # fmt: skip
        moved = drawn_w * duration / _J_PER_WH
        found.append(_limit("vehicle", "battery discharge", drawn_w / battery.discharge_limit_w, moved, duration))
    if battery.max_charge_w:
        taken_w = np.maximum(-given_n * v, 0.0)
        moved = taken_w * duration / _J_PER_WH
        found.append(_limit("vehicle", "battery charge", taken_w / battery.max_charge_w, moved, duration))
    return tuple(found)


def _limit(axle: str, name: str, use: FloatArray, moved_wh: FloatArray, duration: FloatArray) -> Limit:
    touched = use >= TOUCHED
    return Limit(axle, name, float(duration[touched].sum()), float(moved_wh[touched].sum()), float(use.max()))


def _use(unit: UnitMap, trace: UnitTrace, signed: bool = False) -> FloatArray:
    """Torque over the limit in its direction at that speed; negative while generating, or left out then unless `signed`."""
    torque = trace.torque_nm
    peak, generating = (
        _interp(unit, trace.speed_rad_per_s, limit) for limit in (unit.peak_torque_nm, unit.peak_generating_torque_nm)
    )
    limit = np.where(torque < 0.0, generating, peak)
    use = np.divide(torque, limit, out=np.zeros_like(torque), where=limit > 0.0)
    return use if signed else np.maximum(use, 0.0)


def _interp(unit: UnitMap, speed: FloatArray, values: FloatArray) -> FloatArray:
    return np.interp(speed, unit.speed_rad_per_s, values)


def _sums(which: NDArray[np.intp], values: FloatArray, cells: int) -> FloatArray:
    return np.asarray(np.bincount(which, values, cells), dtype=np.float64)
