"""A car on the dynamometer as certification drives it: phase after phase, oil and tyres warming as they would.

The dynamometer is set so that car and rollers together resist as the car did when it coasted down warm. So first the drag that its own
units had in the coast-down leaves the coefficients; what the units lose when driven comes back with their maps, at the oil's temperature of
each phase. Phases follow SAE J1634's multi-cycle test: UDDS, HWFET, UDDS, a long run at 65 mph, and the same again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from halfshaft.certification.implied_unit import ImpliedUnit
from halfshaft.drive_unit.unit_map import UnitMap
from halfshaft.vehicle import Cycle, CycleEnergy, UnitTrace, Vehicle, cycle_energy, load_cycle, without_unit_drag
from halfshaft.vehicle.warmth import Warmth

AXLES = ("front", "rear")
_ROUNDS = 2  # of temperature and loss, which depend on each other weakly
_STEADY_S = 3600.0  # of a run at constant speed: long enough that oil and tyres settle
_MULTI_CYCLE = ("udds", "hwfet", "udds", "steady", "udds", "hwfet", "udds", "steady")
_STEADY_MPS = 65.0 * 0.44704


@dataclass(frozen=True, eq=False)
class Bench:
    """A car with its units on the dynamometer. ``vehicle``'s road load is that of the tyres and the air alone, warm.

    ``warm_k`` are the temperatures of oils (by axle) and of the tyres at which that road load holds.
    """

    vehicle: Vehicle
    units: dict[str, ImpliedUnit]
    warmth: Warmth
    warm_oil_k: dict[str, float]
    warm_tyre_k: float

    def drive(self, cycle: Cycle, oil_k: dict[str, float], tyre_k: float) -> tuple[CycleEnergy, dict[str, UnitMap]]:
        """One cycle with oil and tyres at given temperatures."""
        maps = {axle: unit.at_oil_temperature(oil_k[axle]) for axle, unit in self.units.items()}
        load = self.vehicle.road_load
        factor = 1.0 + self.warmth.rolling_per_k * (self.warm_tyre_k - tyre_k)
        car = replace(self.vehicle, road_load=replace(load, a_n=load.a_n * factor))
        return cycle_energy(car, cycle, maps.get("front"), maps.get("rear")), maps


@dataclass(frozen=True, eq=False)
class Phase:
    """One phase of a test: what it took, and how warm oils and tyres were in the mean."""

    cycle: str
    energy: CycleEnergy
    oil_k: dict[str, float]
    tyre_k: float


def on_dynamometer(vehicle: Vehicle, units: dict[str, ImpliedUnit], warmth: Warmth, *, certified_load: bool) -> Bench:
    """A car whose units' drag has been taken out of its road load, where that is certified.

    Raises ValueError where the units drag more than the car.
    """
    speed = warmth.coast_down_mps
    oil_k = dict.fromkeys(units, 333.15)
    cruise = Cycle("coast-down", "steady driving", np.array([0.0, 1.0]), np.full(2, speed))
    tyre_k = warmth.tyres(speed).settled_k(vehicle.road_load.a_n * speed)
    bench = Bench(vehicle, units, warmth, oil_k, tyre_k)
    for _ in range(_ROUNDS + 1):
        energy, _ = bench.drive(cruise, oil_k, tyre_k)
        oil_k = {
            axle: warmth.gear(units[axle].unit.gear.mass_kg).settled_k(heat)
            for axle, heat in _oil_heat_w(bench, energy, cruise, oil_k).items()
        }
        bare = vehicle
        if certified_load:
            maps = {axle: unit.at_oil_temperature(oil_k[axle]) for axle, unit in units.items()}
            bare = without_unit_drag(vehicle, maps.get("front"), maps.get("rear"))
        tyre_k = warmth.tyres(speed).settled_k(bare.road_load.a_n * speed)
        bench = Bench(bare, units, warmth, oil_k, tyre_k)
    return bench


def run(bench: Bench, names: tuple[str, ...]) -> list[Phase]:
    """Phases one after the other, from cold."""
    warmth, vehicle = bench.warmth, bench.vehicle
    oil_k, tyre_k = dict.fromkeys(bench.units, warmth.surroundings_k), warmth.surroundings_k
    phases = []
    for name in names:
        cycle = _cycle(name)
        duration = float(cycle.time_s[-1] - cycle.time_s[0])
        speed = cycle.distance_m / duration
        tyre_heat = vehicle.road_load.a_n * speed
        tyre_mean, tyre_end = warmth.tyres(speed).over(tyre_k, tyre_heat, duration)
        mean = dict(oil_k)
        ends = dict(oil_k)
        energy = None
        for _ in range(_ROUNDS):
            energy, _ = bench.drive(cycle, mean, tyre_mean)
            for axle, heat in _oil_heat_w(bench, energy, cycle, mean).items():
                store = warmth.gear(bench.units[axle].unit.gear.mass_kg)
                mean[axle], ends[axle] = store.over(oil_k[axle], heat, duration)
        energy, _ = bench.drive(cycle, mean, tyre_mean)
        phases.append(Phase(name, energy, mean, tyre_mean))
        oil_k, tyre_k = ends, tyre_end
    return phases


def multi_cycle_ac_wh_per_km(bench: Bench) -> dict[str, float]:
    """Consumption at the wall of "udds" and "hwfet" by the multi-cycle test; NaN where the car cannot follow.

    The first UDDS counts with the share of the usable energy that it takes, the others share the rest evenly; both HWFET count alike
    [SAE J1634, as 40 CFR 600.116-12 refers to it].
    """
    phases = run(bench, _MULTI_CYCLE)
    udds = [p.energy for p in phases if p.cycle == "udds"]
    first = min(udds[0].dc_wh / udds[0].usable_energy_wh, 0.25)
    weights = [first, *[(1.0 - first) / (len(udds) - 1)] * (len(udds) - 1)]
    hwfet = [p.energy.ac_wh_per_km for p in phases if p.cycle == "hwfet"]
    return {
        "udds": sum(weight * energy.ac_wh_per_km for weight, energy in zip(weights, udds, strict=True)),
        "hwfet": sum(hwfet) / len(hwfet),
    }


def _cycle(name: str) -> Cycle:
    if name == "steady":
        return Cycle("steady", "65 mph", np.array([0.0, _STEADY_S]), np.full(2, _STEADY_MPS))
    return load_cycle(name)


def _oil_heat_w(bench: Bench, energy: CycleEnergy, cycle: Cycle, oil_k: dict[str, float]) -> dict[str, float]:
    """Mean heat into the oil of each axle's gear: all of the gear's loss and a share of the machine's."""
    duration = np.diff(cycle.time_s)
    heat = {}
    for axle, unit in bench.units.items():
        trace: UnitTrace | None = getattr(energy, axle)
        assert trace is not None
        gear = (
            unit.unit.gear.loss_torque_nm(trace.speed_rad_per_s, trace.torque_nm, oil_k[axle]) * trace.speed_rad_per_s
        )
        own = gear + bench.warmth.machine_share * np.maximum(trace.loss_w - gear, 0.0)
        heat[axle] = float(own @ duration / duration.sum())
    return heat
