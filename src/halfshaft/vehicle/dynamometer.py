"""A car on the dynamometer as certification drives it: phase after phase, oil and tyres warming as they would.

The dynamometer is set so that car and rollers together resist as the car did when it coasted down warm. So first the drag that its own
units had in the coast-down leaves the coefficients; what the units lose when driven comes back with their maps, at the oil's temperature of
each phase. Phases follow SAE J1634's multi-cycle test: UDDS, HWFET, UDDS, a long run at 65 mph, and the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from halfshaft.vehicle.car import Axle, Vehicle
from halfshaft.vehicle.coast_down import without_unit_drag
from halfshaft.vehicle.cycle import Cycle, load_cycle
from halfshaft.vehicle.energy import CycleEnergy, cycle_energy
from halfshaft.vehicle.loss_map import Array, LossMap
from halfshaft.vehicle.warmth import Warmth

MULTI_CYCLE = ("udds", "hwfet", "udds", "steady", "udds", "hwfet", "udds", "steady")
"""Phases of SAE J1634's multi-cycle test."""

_ROUNDS = 2  # of temperature and loss, which depend on each other weakly
_STEADY = Cycle(
    "steady", "65 mph", np.array([0.0, 3600.0]), np.full(2, 65.0 * 0.44704)
)  # long enough that oil and tyres settle
_MOST_OF_FIRST = 0.25  # of the usable energy: the greatest weight of the first UDDS


class OiledGear(Protocol):
    """A gear whose oil warms: its mass [kg], and its loss torque [Nm] at the motor shaft with the oil so warm [K]."""

    @property
    def mass_kg(self) -> float: ...
    def loss_torque_nm(
        self, speed_rad_per_s: Array, torque_nm: Array, oil_temperature_k: float | None = None, /
    ) -> Array: ...


class WarmingUnit(Protocol):
    """A drive unit whose loss depends on its oil: driven and coasting, at any temperature of it."""

    @property
    def gear(self) -> OiledGear: ...
    def at_oil_temperature(self, temperature_k: float, /) -> LossMap: ...


@dataclass(frozen=True, eq=False)
class Bench:
    """A car with its units on the dynamometer. ``vehicle``'s road load is that of the tyres and the air alone, warm.

    ``warm_oil_k`` (by axle) and ``warm_tyre_k`` are the temperatures at which that road load holds.
    """

    vehicle: Vehicle
    units: Mapping[Axle, WarmingUnit]
    warmth: Warmth
    warm_oil_k: Mapping[Axle, float]
    warm_tyre_k: float

    def at_tyre_temperature(self, tyre_k: float) -> Vehicle:
        """The car with its tyres so warm."""
        load = self.vehicle.road_load
        factor = 1.0 + self.warmth.rolling_per_k * (self.warm_tyre_k - tyre_k)
        return replace(self.vehicle, road_load=replace(load, a_n=load.a_n * factor))

    def drive(self, cycle: Cycle, oil_k: Mapping[Axle, float], tyre_k: float) -> CycleEnergy:
        """One cycle with oil and tyres at given temperatures."""
        maps = _at(self.units, oil_k)
        return cycle_energy(self.at_tyre_temperature(tyre_k), cycle, maps.get("front"), maps.get("rear"))


@dataclass(frozen=True, eq=False)
class Phase:
    """One phase of a test: what it took, and how warm oils and tyres were in the mean."""

    cycle: str
    energy: CycleEnergy
    oil_k: Mapping[Axle, float]
    tyre_k: float


def on_dynamometer(
    vehicle: Vehicle, units: Mapping[Axle, WarmingUnit], warmth: Warmth, *, certified_load: bool
) -> Bench:
    """A car whose units' drag has been taken out of its road load, where that is certified.

    Raises ValueError where the units drag more than the car.
    """
    speed = warmth.coast_down_mps
    oil_k: dict[Axle, float] = dict.fromkeys(units, 333.15)
    cruise = Cycle("coast-down", "steady driving", np.array([0.0, 1.0]), np.full(2, speed))
    tyre_k = warmth.tyres(speed).settled_k(vehicle.road_load.a_n * speed)
    bench = Bench(vehicle, units, warmth, oil_k, tyre_k)
    for _ in range(_ROUNDS + 1):
        heat = _oil_heat_w(bench, bench.drive(cruise, oil_k, tyre_k), cruise, oil_k)
        oil_k = {axle: warmth.gear(units[axle].gear.mass_kg).settled_k(heat[axle]) for axle in units}
        bare = vehicle
        if certified_load:
            maps = _at(units, oil_k)
            bare = without_unit_drag(vehicle, maps.get("front"), maps.get("rear"))
        tyre_k = warmth.tyres(speed).settled_k(bare.road_load.a_n * speed)
        bench = Bench(bare, units, warmth, oil_k, tyre_k)
    return bench


def run(bench: Bench, names: Sequence[str]) -> list[Phase]:
    """Phases one after the other, from cold."""
    warmth, oil_k = bench.warmth, dict.fromkeys(bench.units, bench.warmth.surroundings_k)
    tyre_k, phases = warmth.surroundings_k, []
    for name in names:
        cycle = _STEADY if name == "steady" else load_cycle(name)
        duration = float(cycle.time_s[-1] - cycle.time_s[0])
        speed = cycle.distance_m / duration
        tyre_mean, tyre_k = warmth.tyres(speed).over(tyre_k, bench.vehicle.road_load.a_n * speed, duration)
        mean, ends = dict(oil_k), dict(oil_k)
        for _ in range(_ROUNDS):
            heat = _oil_heat_w(bench, bench.drive(cycle, mean, tyre_mean), cycle, mean)
            for axle, unit in bench.units.items():
                mean[axle], ends[axle] = warmth.gear(unit.gear.mass_kg).over(oil_k[axle], heat[axle], duration)
        phases.append(Phase(name, bench.drive(cycle, mean, tyre_mean), mean, tyre_mean))
        oil_k = ends
    return phases


def multi_cycle_phases(bench: Bench) -> dict[str, list[tuple[float, Phase]]]:
    """The phases of "udds" and "hwfet" in the multi-cycle test, each with its weight in the cycle's consumption.

    The first UDDS counts with the share of the usable energy that it takes, the others share the rest evenly; both HWFET count alike
    [SAE J1634, as 40 CFR 600.116-12 refers to it].
    """
    phases = run(bench, MULTI_CYCLE)
    udds, hwfet = ([phase for phase in phases if phase.cycle == name] for name in ("udds", "hwfet"))
    energy = udds[0].energy
    first = min(max(energy.dc_wh / energy.usable_energy_wh, 0.0), _MOST_OF_FIRST)
    rest = (1.0 - first) / (len(udds) - 1)
    return {
        "udds": [(rest if k else first, phase) for k, phase in enumerate(udds)],
        "hwfet": [(1.0 / len(hwfet), phase) for phase in hwfet],
    }


def multi_cycle_ac_wh_per_km(bench: Bench) -> dict[str, float]:
    """Consumption at the wall of "udds" and "hwfet" by the multi-cycle test; NaN where the car cannot follow."""
    return {
        cycle: sum(weight * phase.energy.ac_wh_per_km for weight, phase in phases)
        for cycle, phases in multi_cycle_phases(bench).items()
    }


def _at(units: Mapping[Axle, WarmingUnit], oil_k: Mapping[Axle, float]) -> dict[Axle, LossMap]:
    return {axle: unit.at_oil_temperature(oil_k[axle]) for axle, unit in units.items()}


def _oil_heat_w(bench: Bench, energy: CycleEnergy, cycle: Cycle, oil_k: Mapping[Axle, float]) -> dict[Axle, float]:
    """Mean heat into the oil of each axle's gear: all of the gear's loss and a share of the machine's."""
    duration = np.diff(cycle.time_s)
    heat: dict[Axle, float] = {}
    for axle, unit in bench.units.items():
        trace = energy.front if axle == "front" else energy.rear
        assert trace is not None
        speed = trace.speed_rad_per_s
        gear_w = unit.gear.loss_torque_nm(speed, trace.torque_nm, oil_k[axle]) * speed
        own = gear_w + bench.warmth.machine_share * np.maximum(trace.loss_w - gear_w, 0.0)
        heat[axle] = float(own @ duration / duration.sum())
    return heat
