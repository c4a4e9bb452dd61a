"""Energy of a car over a cycle, backward-facing: the cycle says how the car moves, the units must follow, the wall pays.

With two driven axles the force is split, second by second, so that the battery gives least; the split is exact (see `split`). When
braking, doing less is one more choice: a controller does not recuperate at a loss. This module says what is asked and what came of
it; the loop itself is compiled (see `engine`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from halfshaft.vehicle import engine
from halfshaft.vehicle.battery import Battery
from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.demand import cycle_demand
from halfshaft.vehicle.loss_map import Array, LossMap, WheelUnit, wheel_units
from halfshaft.vehicle.packed import oil_nodes_k, pack

_J_PER_WH = 3600.0


@dataclass(frozen=True, eq=False)
class UnitTrace:
    """Where one unit worked: motor speed, output torque at the motor shaft (convention 7) and loss per step, each (t,).

    `oil_k` is the temperature of its oil at the start of each step, None for a unit that is warm throughout.
    """

    speed_rad_per_s: Array
    torque_nm: Array
    loss_w: Array
    oil_k: Array | None = None


@dataclass(frozen=True, eq=False)
class PackTrace:
    """The battery per step: current [A, discharging positive], and at the start of each step state of charge and temperature [K]."""

    current_a: Array
    state_of_charge: Array
    temperature_k: Array


@dataclass(frozen=True, eq=False)
class CycleEnergy:
    """Where the energy of one cycle went. Energies in Wh over the whole cycle, traces per step between two samples.

    DC = auxiliaries + unit losses + tyre slip + road load + inertia + climb + friction brakes - shortfall, and AC = DC + battery loss
    + charging loss (convention 8). `inertia_wh` is the change of kinetic energy, `climb_wh` that of potential energy.
    `charging_loss_wh` holds charger, 12 V side and cells while charging. `wheel_drive_wh` and `wheel_brake_wh` are the positive and
    the negative work that the cycle asks of the tyres, both as magnitudes; `recuperated_wh` is what the units took of the latter.
    `component_errors` is what the flows of each component leave unexplained, relative to the energy moved; rounding only.

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
    climb_wh: float = 0.0
    front_slip_loss_wh: float = 0.0
    rear_slip_loss_wh: float = 0.0
    pack: PackTrace | None = None
    component_errors: Mapping[str, float] = field(default_factory=dict)

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
        parts += self.climb_wh + self.front_slip_loss_wh + self.rear_slip_loss_wh
        moved = (
            self.wheel_drive_wh
            + self.wheel_brake_wh
            + self.auxiliary_wh
            + self.front_unit_loss_wh
            + self.rear_unit_loss_wh
        )
        return abs(self.dc_wh - parts) / moved if moved > 0.0 else abs(self.dc_wh - parts)


def cycle_energy(vehicle: Vehicle, cycle: Cycle, front: LossMap | None, rear: LossMap | None) -> CycleEnergy:
    """Drive `cycle` with these units and account for every watt-hour.

    Raises `ValueError` when a unit is given for an axle that is not driven.
    """
    demand = cycle_demand(vehicle, cycle)
    pair = [candidates(vehicle, axle, [unit])[0] for axle, unit in (("front", front), ("rear", rear))]
    oil = oil_arguments(vehicle, pair)
    fronts, rears = (
        tuple(pack([unit], uncoupled, slip, oil[0]))
        for unit, uncoupled, slip in zip(pair, vehicle.uncoupled_loss_w, vehicle.slip_per_n, strict=True)
    )
    one, state = np.zeros((1, 1, engine.SUMS)), np.empty((1, 1, engine.STATES))
    trace = np.zeros((demand.speed_mps.size, engine.TRACES))
    car = (vehicle.electrical_load_w, *vehicle.largest_brake_share)
    steps = (demand.duration_s, demand.speed_mps, demand.wheel_n, demand.unit_n)
    engine.drive(steps, fronts, rears, car, oil, tuple(vehicle.battery.arrays()), one, state, trace)
    sums = one[0, 0]
    wh = (sums / _J_PER_WH).tolist()
    v, battery = demand.speed_mps, vehicle.battery

    def work_wh(force_n: Array) -> float:
        return float((force_n * v) @ demand.duration_s) / _J_PER_WH

    recharged = wh[engine.DC] + wh[engine.CELL_LOSS] + wh[engine.COULOMB_LOSS]
    result = CycleEnergy(
        distance_m=cycle.distance_m,
        wheel_drive_wh=wh[engine.DRIVE],
        wheel_brake_wh=wh[engine.BRAKE],
        road_load_wh=work_wh(demand.road_load_n),
        inertia_wh=work_wh(demand.inertia_n),
        friction_brake_wh=wh[engine.FRICTION],
        recuperated_wh=wh[engine.RECUPERATED],
        front_unit_loss_wh=wh[engine.FRONT_LOSS],
        rear_unit_loss_wh=wh[engine.REAR_LOSS],
        auxiliary_wh=wh[engine.AUXILIARY],
        battery_loss_wh=wh[engine.CELL_LOSS] + wh[engine.COULOMB_LOSS],
        charging_loss_wh=recharged * (1.0 / battery.wall_shares.stored - 1.0),
        shortfall_wh=wh[engine.SHORTFALL],
        dc_wh=wh[engine.DC],
        missed_seconds=float(sums[engine.MISSED_S]),
        usable_energy_wh=battery.usable_energy_wh,
        time_s=0.5 * (cycle.time_s[1:] + cycle.time_s[:-1]),
        speed_mps=v,
        battery_power_w=trace[:, engine.T_POWER],
        front=None if front is None else _unit_trace(pair[0], v, trace, 0, vehicle),
        rear=None if rear is None else _unit_trace(pair[1], v, trace, 1, vehicle),
        climb_wh=work_wh(demand.climb_n),
        front_slip_loss_wh=wh[engine.FRONT_SLIP],
        rear_slip_loss_wh=wh[engine.REAR_SLIP],
        pack=PackTrace(trace[:, engine.T_CURRENT], trace[:, engine.T_SOC], trace[:, engine.T_CELL_K]),
    )
    stored = _stored_heat_wh(vehicle, state[0, 0])
    return replace(result, component_errors=_component_errors(result, wh, battery, stored))


def candidates(vehicle: Vehicle, axle: str, units: Sequence[LossMap | None]) -> list[WheelUnit]:
    """The units of one axle behind their gears on this vehicle's tyres."""
    cold = vehicle.warm_up is not None
    return wheel_units(axle, axle in vehicle.driven_axles, units, vehicle.tyre_radius_m, cold=cold)


def oil_arguments(vehicle: Vehicle, units: Sequence[WheelUnit]) -> tuple[Array, float, float, float, float, float]:
    """Oil temperatures of the cold loss and the heat balance, as `engine.drive` reads them; no temperatures without a `warm_up`."""
    warm_up = vehicle.warm_up
    if warm_up is None:
        return np.zeros(0), 0.0, 0.0, 1.0, 1.0, 0.0
    return (
        oil_nodes_k(units),
        float(warm_up.start_k),
        float(warm_up.surroundings_k),
        float(warm_up.heat_capacity_j_per_k),
        float(warm_up.conductance_w_per_k),
        float(warm_up.loss_share),
    )


def _unit_trace(unit: WheelUnit, speed_mps: Array, trace: Array, axle: int, vehicle: Vehicle) -> UnitTrace:
    """A unit's own speed and torque; it stands still while it is uncoupled."""
    force, coupled = trace[:, engine.T_FRONT_N + axle], trace[:, engine.T_FRONT_OFF + axle] == 0.0
    turning = speed_mps * (1.0 + vehicle.slip_per_n[axle] * force) * coupled
    return UnitTrace(
        turning * unit.motor_rad_per_m,
        force / unit.motor_rad_per_m,
        trace[:, engine.T_FRONT_LOSS + axle],
        None if vehicle.warm_up is None else trace[:, engine.T_FRONT_OIL + axle],
    )


def _stored_heat_wh(vehicle: Vehicle, state: Array) -> tuple[float, float, float]:
    """Heat that battery, front and rear oil hold at the end more than at the start [Wh]."""
    states, warm_up = vehicle.battery.states, vehicle.warm_up
    cells, oil = 0.0, [0.0, 0.0]
    if states is not None and states.heat_capacity_j_per_k is not None:
        cells = states.heat_capacity_j_per_k * (state[engine.CELL_K] - states.start_k)
    if warm_up is not None:
        ends = (state[engine.FRONT_OIL_K], state[engine.REAR_OIL_K])
        oil = [warm_up.heat_capacity_j_per_k * (end - warm_up.start_k) for end in ends]
    return cells / _J_PER_WH, oil[0] / _J_PER_WH, oil[1] / _J_PER_WH


def _component_errors(
    result: CycleEnergy, wh: list[float], battery: Battery, stored_heat_wh: tuple[float, float, float]
) -> dict[str, float]:
    """What flows into each component, less what flows out, is stored or lost, relative to the energy moved."""
    shares = battery.wall_shares
    ac = result.ac_wh
    road = wh[engine.FRONT_ROAD] + wh[engine.REAR_ROAD]
    open_ends = {
        "front tyre": wh[engine.FRONT_HUB] - wh[engine.FRONT_ROAD] - wh[engine.FRONT_SLIP],
        "rear tyre": wh[engine.REAR_HUB] - wh[engine.REAR_ROAD] - wh[engine.REAR_SLIP],
        "front unit": wh[engine.FRONT_ELECTRIC] - wh[engine.FRONT_HUB] - wh[engine.FRONT_LOSS],
        "rear unit": wh[engine.REAR_ELECTRIC] - wh[engine.REAR_HUB] - wh[engine.REAR_LOSS],
        "wires": wh[engine.DC] - wh[engine.FRONT_ELECTRIC] - wh[engine.REAR_ELECTRIC] - wh[engine.AUXILIARY],
        "battery": wh[engine.CHEMICAL] - wh[engine.DC] - result.battery_loss_wh,
        "brakes": result.wheel_brake_wh - result.recuperated_wh - result.friction_brake_wh,
        "body": road + result.shortfall_wh
        - (result.road_load_wh + result.inertia_wh + result.climb_wh + result.friction_brake_wh),
        "battery heat": wh[engine.CELL_HEAT_IN] - wh[engine.CELL_HEAT_OUT] - stored_heat_wh[0],
        "front oil": wh[engine.FRONT_OIL_IN] - wh[engine.FRONT_OIL_OUT] - stored_heat_wh[1],
        "rear oil": wh[engine.REAR_OIL_IN] - wh[engine.REAR_OIL_OUT] - stored_heat_wh[2],
        "charger": ac * sum(shares) - wh[engine.CHEMICAL] - ac * (shares.charger_loss + shares.awake + shares.cell_loss),
    }  # fmt: skip
    moved = result.wheel_drive_wh + result.wheel_brake_wh + result.auxiliary_wh
    moved += result.front_unit_loss_wh + result.rear_unit_loss_wh
    return {name: abs(error) / moved if moved > 0.0 else abs(error) for name, error in open_ends.items()}
