"""Energy of a car over a cycle, backward-facing: the cycle says how the car moves, the units must follow, the wall pays.

Between two samples of the cycle the speed runs straight; the forces are those at the mean speed, so that the kinetic energy closes
exactly and the distance is the trapezoid's. With two driven axles the force is split, second by second, so that the battery gives
least: over a fixed grid of shares, because then every unit's table is computed once and any pair of units is only a sum and a
minimum. When braking, doing nothing is one more choice: a controller does not recuperate at a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.loss_map import Array, LossMap, UnitAtSpeeds, WheelUnit, wheel_units

_SHARES = np.linspace(0.0, 1.0, 13)
"""Shares of the force that an axle may take; steps of 1/12 cost below 0.1 % against a fine grid (measured in the tests)."""

_CHUNK = 64
"""Units per axle held at once: 13 shares x 64 units x 1,800 s are 12 MB, which bounds the memory of any sweep."""

_J_PER_WH = 3600.0
_ROUNDING = 1.0 + 1e-9


@dataclass(frozen=True, eq=False)
class UnitTrace:
    """Where one unit worked: motor speed, output torque at the motor shaft (convention 7) and loss per step, each (t,)."""

    speed_rad_per_s: Array
    torque_nm: Array
    loss_w: Array


@dataclass(frozen=True, eq=False)
class CycleEnergy:
    """Where the energy of one cycle went. Energies in Wh over the whole cycle, traces per step between two samples.

    DC = auxiliaries + unit losses + road load + inertia + friction brakes - shortfall, and AC = DC + battery loss + charging loss
    (convention 8). `inertia_wh` is the change of kinetic energy. `wheel_drive_wh` and `wheel_brake_wh` are the positive and
    the negative work that the cycle asks of the tyres, both as magnitudes; `recuperated_wh` is what the units took of the latter.

    A second is *missed* when the units or the battery cannot follow: the units are then taken as idle, and the work that was asked is
    `shortfall_wh`. A car that misses a second does not drive the cycle: its consumption and its range are NaN, never a flattering figure.
    """

    distance_m: float
    wheel_drive_wh: float
    wheel_brake_wh: float
    road_load_wh: float
    inertia_wh: float
    friction_brake_wh: float
    recuperated_wh: float
    front_unit_loss_wh: float
    rear_unit_loss_wh: float
    auxiliary_wh: float
    battery_loss_wh: float
    charging_loss_wh: float
    shortfall_wh: float
    dc_wh: float
    missed_seconds: float
    usable_energy_wh: float
    time_s: Array
    speed_mps: Array
    battery_power_w: Array
    front: UnitTrace | None
    rear: UnitTrace | None

    @property
    def able(self) -> bool:
        """Whether the car drives the whole cycle."""
        return self.missed_seconds == 0.0

    @property
    def ac_wh(self) -> float:
        """Energy from the wall [Wh]."""
        return self.dc_wh + self.battery_loss_wh + self.charging_loss_wh

    @property
    def dc_wh_per_km(self) -> float:
        """Consumption at the battery terminals [Wh/km]; NaN when the car does not drive the cycle."""
        return self.dc_wh / (self.distance_m / 1000.0) if self.able else float("nan")

    @property
    def ac_wh_per_km(self) -> float:
        """Consumption at the wall [Wh/km]; NaN when the car does not drive the cycle."""
        return self.ac_wh / (self.distance_m / 1000.0) if self.able else float("nan")

    @property
    def range_km(self) -> float:
        """Cycles driven end to end until the usable energy is spent [km]; infinite if the cycle yields energy, NaN if not driven."""
        consumption = self.dc_wh_per_km
        return float("inf") if consumption <= 0.0 else self.usable_energy_wh / consumption

    @property
    def balance_error(self) -> float:
        """What the parts fail to explain of the DC energy, relative to the energy moved; rounding only."""
        parts = (
            self.auxiliary_wh + self.front_unit_loss_wh + self.rear_unit_loss_wh + self.road_load_wh + self.inertia_wh
        )
        parts += self.friction_brake_wh - self.shortfall_wh
        moved = (
            self.wheel_drive_wh
            + self.wheel_brake_wh
            + self.auxiliary_wh
            + self.front_unit_loss_wh
            + self.rear_unit_loss_wh
        )
        return abs(self.dc_wh - parts) / moved if moved > 0.0 else abs(self.dc_wh - parts)


@dataclass(frozen=True, eq=False)
class CycleEnergySweep:
    """The figures of every pair of units, each (n_front, n_rear); NaN where the pair does not drive the cycle (`able` false)."""

    dc_wh_per_km: Array
    ac_wh_per_km: Array
    range_km: Array
    able: NDArray[np.bool_]
    missed_seconds: Array


@dataclass(frozen=True, eq=False)
class _Demand:
    """What the cycle asks of a car, step by step; all arrays (t,). `unit_n` is what the units are asked for, brakes already apart."""

    duration_s: Array
    speed_mps: Array
    road_load_n: Array
    inertia_n: Array
    wheel_n: Array
    unit_n: Array


def cycle_energy(vehicle: Vehicle, cycle: Cycle, front: LossMap | None, rear: LossMap | None) -> CycleEnergy:
    """Drive `cycle` with these units and account for every watt-hour.

    Raises `ValueError` when a unit is given for an axle that is not driven.
    """
    demand = cycle_demand(vehicle, cycle)
    front_unit, rear_unit = (_candidates(vehicle, axle, [unit])[0] for axle, unit in (("front", front), ("rear", rear)))
    at_front, at_rear = front_unit.at(demand.speed_mps), rear_unit.at(demand.speed_mps)
    front_n, rear_n, missed = _split(vehicle, demand, at_front, at_rear)
    unit_n = front_n + rear_n
    front_loss, rear_loss = at_front.loss_w(front_n), at_rear.loss_w(rear_n)
    v, battery = demand.speed_mps, vehicle.battery
    power = unit_n * v + front_loss + rear_loss + vehicle.auxiliary_power_w
    asked, given = demand.wheel_n * v, unit_n * v

    def wh(power_w: Array) -> float:
        return float(power_w @ demand.duration_s) / _J_PER_WH

    dc, cell_loss = wh(power), wh(battery.resistive_loss_w(power))
    return CycleEnergy(
        distance_m=cycle.distance_m,
        wheel_drive_wh=wh(np.maximum(asked, 0.0)),
        wheel_brake_wh=wh(np.maximum(-asked, 0.0)),
        road_load_wh=wh(demand.road_load_n * v),
        inertia_wh=wh(demand.inertia_n * v),
        friction_brake_wh=wh(np.where(asked < 0.0, given - asked, 0.0)),
        recuperated_wh=wh(np.maximum(-given, 0.0)),
        front_unit_loss_wh=wh(front_loss),
        rear_unit_loss_wh=wh(rear_loss),
        auxiliary_wh=wh(np.full_like(v, vehicle.auxiliary_power_w)),
        battery_loss_wh=cell_loss,
        charging_loss_wh=(dc + cell_loss) * (1.0 / battery.charging_efficiency - 1.0),
        shortfall_wh=wh(np.where(missed, np.maximum(asked, 0.0), 0.0)),
        dc_wh=dc,
        missed_seconds=float(demand.duration_s[missed].sum()),
        usable_energy_wh=battery.usable_energy_wh,
        time_s=0.5 * (cycle.time_s[1:] + cycle.time_s[:-1]),
        speed_mps=v,
        battery_power_w=power,
        front=None if front is None else _trace(at_front, v, front_n, front_loss),
        rear=None if rear is None else _trace(at_rear, v, rear_n, rear_loss),
    )


def sweep_cycle_energy(
    vehicle: Vehicle, cycle: Cycle, fronts: Sequence[LossMap | None], rears: Sequence[LossMap | None]
) -> CycleEnergySweep:
    """`cycle_energy` of every pair at once: the same numbers, a thousand times faster.

    Raises `ValueError` when a unit is given for an axle that is not driven.
    """
    demand = cycle_demand(vehicle, cycle)
    front_units, rear_units = _candidates(vehicle, "front", fronts), _candidates(vehicle, "rear", rears)
    dc, ac, missed = (np.full((len(fronts), len(rears)), np.nan) for _ in range(3))
    for rear_start in range(0, len(rears), _CHUNK):
        rear_at = [unit.at(demand.speed_mps) for unit in rear_units[rear_start : rear_start + _CHUNK]]
        # shares first: the pair sums below then run over contiguous (rear, second) blocks
        rear_power = np.stack([_power_by_share(at, demand) for at in rear_at], axis=1)
        columns = slice(rear_start, rear_start + len(rear_at))
        for row, front_unit in enumerate(front_units):
            at_front = front_unit.at(demand.speed_mps)
            power = _least_power(_power_by_share(at_front, demand), rear_power, demand)
            _fill_gaps(power, demand, at_front, rear_at)
            power += vehicle.auxiliary_power_w
            dc[row, columns], ac[row, columns], missed[row, columns] = _energy_of(vehicle, demand, power)
    able = missed == 0.0
    km = cycle.distance_m / 1000.0
    dc_per_km, ac_per_km = (np.where(able, wh / km, np.nan) for wh in (dc, ac))
    range_km = np.where(
        dc_per_km <= 0.0, np.inf, vehicle.battery.usable_energy_wh / np.where(dc_per_km == 0.0, 1.0, dc_per_km)
    )
    return CycleEnergySweep(dc_per_km, ac_per_km, range_km, able, missed)


def _candidates(vehicle: Vehicle, axle: str, units: Sequence[LossMap | None]) -> list[WheelUnit]:
    return wheel_units(axle, axle in vehicle.driven_axles, units, vehicle.tyre_radius_m)


def cycle_demand(vehicle: Vehicle, cycle: Cycle) -> _Demand:
    """What a cycle asks of a car whatever its units: forces at the tyres, brakes apart."""
    duration = np.diff(cycle.time_s)
    speed = 0.5 * (cycle.speed_mps[1:] + cycle.speed_mps[:-1])
    inertia = vehicle.test_mass_kg * np.diff(cycle.speed_mps) / duration
    road_load = np.where(speed > 0.0, vehicle.road_load.force_n(speed), 0.0)
    wheel = inertia + road_load
    return _Demand(
        duration, speed, road_load, inertia, wheel, np.maximum(wheel, -_recuperation_limit_n(vehicle, speed, wheel))
    )


def _recuperation_limit_n(vehicle: Vehicle, speed: Array, wheel: Array) -> Array:
    """Braking force that may be left to the units: the request, the deceleration cap and the charge limit, faded out towards standstill.

    The charge limit is set against the power at the tyre. The losses on the way make the power at the battery smaller, so the limit is
    kept with a few per cent to spare, and the demand stays the same for every pair of units.
    """
    limit = np.minimum(np.maximum(-wheel, 0.0), vehicle.test_mass_kg * vehicle.max_regen_deceleration)
    if vehicle.battery.max_charge_w is not None:
        most = vehicle.battery.max_charge_w
        limit = np.divide(most, speed, out=limit, where=limit * speed > most)
    fade = np.interp(speed, [vehicle.regen_fade_low_mps, vehicle.regen_fade_high_mps], [0.0, 1.0])
    faded: Array = fade * limit
    return faded


def _power_of(at: UnitAtSpeeds, force_n: Array, speed_mps: Array) -> tuple[Array, Array]:
    """Force [N] that a unit gives when asked for `force_n` (..., t), and the electrical power [W] it takes for it.

    Braking beyond the limit is left to the friction brakes; driving beyond it is out of reach: infinite power.
    """
    given = np.maximum(force_n, -at.brake_limit_n)
    within = at.allowed & (force_n <= at.drive_limit_n * _ROUNDING)
    return given, np.where(within, given * speed_mps + at.loss_w(given), np.inf)


def _power_by_share(at: UnitAtSpeeds, demand: _Demand) -> Array:
    """Electrical power (share, t) of one unit at each share of the demand."""
    return _power_of(at, _SHARES[:, None] * demand.unit_n, demand.speed_mps)[1]


def _least_power(front_power: Array, rear_power: Array, demand: _Demand) -> Array:
    """Least electrical power (rear, t) of one front unit (share, t) with many rear units (share, rear, t)."""
    best: Array = np.where(demand.unit_n <= 0.0, front_power[0] + rear_power[0], np.inf)
    candidate = np.empty_like(best)
    for share in range(_SHARES.size):
        np.add(front_power[share], rear_power[_SHARES.size - 1 - share], out=candidate)
        np.minimum(best, candidate, out=best)
    return best


def _fill_gaps(power: Array, demand: _Demand, at_front: UnitAtSpeeds, rear_at: Sequence[UnitAtSpeeds]) -> None:
    """Where no share of the grid is in reach, but both units together are, split in proportion to their limits."""
    for row in np.flatnonzero(np.isinf(power).any(axis=1)).tolist():
        seconds = np.flatnonzero(np.isinf(power[row]))
        front_n, rear_n = _proportional_split(
            demand.unit_n[seconds], at_front.pick(seconds), rear_at[row].pick(seconds)
        )
        speed = demand.speed_mps[seconds]
        _, front_power = _power_of(at_front.pick(seconds), front_n, speed)
        _, rear_power = _power_of(rear_at[row].pick(seconds), rear_n, speed)
        power[row, seconds] = front_power + rear_power


def _proportional_split(unit_n: Array, at_front: UnitAtSpeeds, at_rear: UnitAtSpeeds) -> tuple[Array, Array]:
    both = at_front.drive_limit_n + at_rear.drive_limit_n
    share = np.divide(at_front.drive_limit_n, both, out=np.zeros_like(both), where=both > 0.0)
    return share * unit_n, (1.0 - share) * unit_n


def _split(
    vehicle: Vehicle, demand: _Demand, at_front: UnitAtSpeeds, at_rear: UnitAtSpeeds
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Force of each unit at each second, and the seconds that are missed (there both units idle)."""
    shares = _SHARES[:, None]
    fallback = _proportional_split(demand.unit_n, at_front, at_rear)
    idle = np.zeros_like(demand.unit_n)
    front_n, front_power = _power_of(at_front, np.vstack([shares * demand.unit_n, idle, fallback[0]]), demand.speed_mps)
    rear_n, rear_power = _power_of(
        at_rear, np.vstack([shares[::-1] * demand.unit_n, idle, fallback[1]]), demand.speed_mps
    )
    power = front_power + rear_power
    power[-2, demand.unit_n > 0.0] = np.inf
    power[-1, np.isfinite(power[:-1]).any(axis=0)] = np.inf
    best = np.argmin(power, axis=0)
    second = np.arange(best.size)
    missed = power[best, second] + vehicle.auxiliary_power_w > vehicle.battery.discharge_limit_w * _ROUNDING
    missed |= np.isinf(power[best, second])
    return np.where(missed, 0.0, front_n[best, second]), np.where(missed, 0.0, rear_n[best, second]), missed


def _energy_of(vehicle: Vehicle, demand: _Demand, power: Array) -> tuple[Array, Array, Array]:
    """DC [Wh], AC [Wh] and missed time [s] of each row of terminal power (rear, t)."""
    battery = vehicle.battery
    missed = (power > battery.discharge_limit_w * _ROUNDING) | np.isinf(power)
    followed = np.where(missed, 0.0, power)
    dc = followed @ demand.duration_s / _J_PER_WH
    cell_loss = battery.resistive_loss_w(followed) @ demand.duration_s / _J_PER_WH
    return dc, (dc + cell_loss) / battery.charging_efficiency, missed @ demand.duration_s


def _trace(at: UnitAtSpeeds, speed_mps: Array, force_n: Array, loss_w: Array) -> UnitTrace:
    return UnitTrace(speed_mps * at.unit.motor_rad_per_m, force_n / at.unit.motor_rad_per_m, loss_w)
