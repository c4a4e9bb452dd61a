"""How warm a car is on each cycle of its certification, and what that makes its units and tyres lose.

The procedure is the certification room's: the car coasts down warm, so the drag of its units at that warmth leaves its certified road load;
then it is driven from cold, phase after phase (UDDS, HWFET, UDDS, a long run at 65 mph, and the same again; WLTC once), while oil and
tyres warm. A thousand units cannot each be driven through ten phases. Cold oil and cold tyres cost what they cost whatever the split of
the force, so each cycle is driven once, with their mean over its phases. How warm, is worked out with the units that the car was built
with, or with the kit's unit of middle power, and taken for all units that are tried on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.unit_map import OIL_K
from halfshaft.programme import RoadLoadCoefficients, VehicleProgramme
from halfshaft.vehicle import (
    Axle,
    Cycle,
    CycleEnergy,
    Drive,
    LossMap,
    Vehicle,
    cycle_energy,
    load_cycle,
    without_unit_drag,
)
from halfshaft.vehicle.warmth import Warmth

FloatArray = NDArray[np.float64]

CYCLES: Mapping[str, str] = {"wltp": "wltc_3b", "udds": "udds", "hwfet": "hwfet"}

_MULTI_CYCLE = ("udds", "hwfet", "udds", "steady", "udds", "hwfet", "udds", "steady")  # SAE J1634
_STEADY = Cycle("steady", "65 mph", np.array([0.0, 3600.0]), np.full(2, 65.0 * 0.44704))
_ROUNDS = 2  # of temperature and loss, which depend on each other weakly
_MOST_OF_FIRST = 0.25  # of the usable energy: the greatest weight of the first UDDS


@dataclass(frozen=True, eq=False)
class AddedLoss:
    """What a unit loses above its map on one cycle: while its inverter switches, and for its oil's temperatures over the phases.

    ``oil_weights`` (p,) of each axle weigh the oil temperatures of `UnitMap.cold_loss_w`.
    """

    switching_w: float
    oil_weights: Mapping[Axle, FloatArray]

    def __call__(self, axle: Axle, unit: LossMap) -> FloatArray:
        """(n,) watts over the unit's speeds."""
        more = np.full(len(unit.speed_rad_per_s), self.switching_w)
        if isinstance(unit, UnitMap):
            more += unit.cold_loss_w @ self.oil_weights[axle]
        return more


@dataclass(frozen=True, eq=False)
class Conditions:
    """A car as it is driven: `vehicle` without its units' drag and warm, for performance, and each of `CYCLES` as a drive."""

    vehicle: Vehicle
    drives: Mapping[str, Drive]
    added: AddedLoss

    def energy(self, cycle: Cycle, front: UnitMap | None, rear: UnitMap | None) -> CycleEnergy:
        """One pair with its account: on a cycle of `CYCLES` as certified, on any other warm throughout.

        Raises ValueError when a unit is given for an axle that is not driven.
        """
        drive = next((d for d in self.drives.values() if d.cycle.name == cycle.name), None)
        car, added = (self.vehicle, self.added) if drive is None else (drive.vehicle, drive.added_loss_w or self.added)
        given: tuple[tuple[Axle, UnitMap | None], ...] = (("front", front), ("rear", rear))
        more = [None if m is None else m.with_added_loss(added(axle, m), np.zeros(1)) for axle, m in given]
        return cycle_energy(car, cycle, *more)


def reference_units(vehicle: VehicleProgramme, maps: Sequence[UnitMap]) -> dict[Axle, UnitMap]:
    """The units that a car was built with, or the fitting unit of middle power on each driven axle; none where no unit fits.

    Raises KeyError when `as_built` names a unit that `maps` does not hold.
    """
    by_name = {m.unit.name: m for m in maps}
    if vehicle.as_built:
        return {axle: by_name[name] for axle, name in vehicle.as_built.items()}
    fitting = sorted(
        (m for m in maps if np.isclose(m.unit.inverter.voltage_class_v, vehicle.voltage_class)),
        key=lambda m: (m.peak_power_w, m.unit.name),
    )
    return {axle: fitting[len(fitting) // 2] for axle in vehicle.driven_axles} if fitting else {}


def conditions(
    vehicle: VehicleProgramme, model: Vehicle, maps: Sequence[UnitMap], switching_w: float, warmth: Warmth | None = None
) -> Conditions:
    """The car's conditions on each cycle. Raises KeyError as `reference_units` does, ValueError where units drag more than the car."""
    units = reference_units(vehicle, maps)
    bench = _coasted_down(vehicle, model, units, warmth or Warmth(), switching_w)
    long, (wltp,) = _phases(bench, _MULTI_CYCLE), _phases(bench, ("wltc_3b",))
    udds, hwfet = ([phase for phase in long if phase.name == name] for name in ("udds", "hwfet"))
    energy = udds[0].energy
    first = min(max(energy.dc_wh / energy.usable_energy_wh, 0.0), _MOST_OF_FIRST)
    rest = (1.0 - first) / (len(udds) - 1)
    weighted = {
        "wltp": [(1.0, wltp)],
        "udds": [(first if k == 0 else rest, phase) for k, phase in enumerate(udds)],
        "hwfet": [(1.0 / len(hwfet), phase) for phase in hwfet],
    }
    warm = AddedLoss(switching_w, dict.fromkeys(vehicle.driven_axles, np.zeros(len(OIL_K))))
    return Conditions(
        bench.vehicle, {name: _drive(bench, CYCLES[name], phases) for name, phases in weighted.items()}, warm
    )


@dataclass(frozen=True, eq=False)
class _Phase:
    name: str
    energy: CycleEnergy
    oil_k: Mapping[Axle, float]
    rolling: float


@dataclass(frozen=True, eq=False)
class _Bench:
    """A car on the dynamometer: its road load is that of air and tyres at `warm_tyre_k`."""

    vehicle: Vehicle
    units: Mapping[Axle, UnitMap]
    warmth: Warmth
    warm_tyre_k: float
    switching_w: float

    def rolling(self, tyre_k: float) -> float:
        """Rolling resistance at this temperature over that of the road load."""
        return 1.0 + self.warmth.rolling_per_k * (self.warm_tyre_k - tyre_k)

    def drive(self, cycle: Cycle, oil_k: Mapping[Axle, float], rolling: float) -> CycleEnergy:
        """One cycle with oil and tyres at given temperatures."""
        cold = {
            axle: unit.with_added_loss(unit.cold_loss_at_w(oil_k[axle]) + self.switching_w, np.zeros(1))
            for axle, unit in self.units.items()
        }
        return cycle_energy(_rolling(self.vehicle, rolling), cycle, cold.get("front"), cold.get("rear"))

    def oil_heat_w(self, energy: CycleEnergy, cycle: Cycle, oil_k: Mapping[Axle, float]) -> dict[Axle, float]:
        """Mean heat into the oil of each axle: all of the gear's loss and a share of the machine's."""
        duration = np.diff(cycle.time_s)
        heat: dict[Axle, float] = {}
        for axle, unit in self.units.items():
            trace = energy.front if axle == "front" else energy.rear
            assert trace is not None
            speed = trace.speed_rad_per_s
            gear_w = unit.unit.gear.loss_torque_nm(speed, trace.torque_nm, oil_k[axle]) * speed
            own = gear_w + self.warmth.machine_share * np.maximum(trace.loss_w - gear_w, 0.0)
            heat[axle] = float(own @ duration / duration.sum())
        return heat


def _coasted_down(
    vehicle: VehicleProgramme, model: Vehicle, units: Mapping[Axle, UnitMap], warmth: Warmth, switching_w: float
) -> _Bench:
    """The bench, its road load without the drag of units as warm as in the coast-down, where one is certified."""
    speed = warmth.coast_down_mps
    certified = isinstance(vehicle.road_load, RoadLoadCoefficients) and bool(vehicle.as_built)
    cruise = Cycle("coast-down", "steady driving", np.array([0.0, 1.0]), np.full(2, speed))
    oil_k: dict[Axle, float] = dict.fromkeys(units, 333.15)
    bench = _Bench(model, units, warmth, warmth.tyres(speed).settled_k(model.road_load.a_n * speed), switching_w)
    for _ in range(_ROUNDS + 1):
        heat = bench.oil_heat_w(bench.drive(cruise, oil_k, 1.0), cruise, oil_k)
        oil_k = {axle: warmth.gear(units[axle].unit.gear.mass_kg).settled_k(heat[axle]) for axle in units}
        bare = model
        if certified:
            warm = {
                axle: unit.with_added_loss(np.zeros(1), unit.cold_loss_at_w(oil_k[axle]))
                for axle, unit in units.items()
            }
            bare = without_unit_drag(model, warm.get("front"), warm.get("rear"))
        bench = replace(bench, vehicle=bare, warm_tyre_k=warmth.tyres(speed).settled_k(bare.road_load.a_n * speed))
    return bench


def _phases(bench: _Bench, names: Sequence[str]) -> list[_Phase]:
    """Phases one after the other, from cold."""
    warmth, oil_k = bench.warmth, dict.fromkeys(bench.units, bench.warmth.surroundings_k)
    tyre_k, found = warmth.surroundings_k, []
    for name in names:
        cycle = _STEADY if name == "steady" else load_cycle(name)
        duration = float(cycle.time_s[-1] - cycle.time_s[0])
        speed = cycle.distance_m / duration
        mean_k, tyre_k = warmth.tyres(speed).over(tyre_k, bench.vehicle.road_load.a_n * speed, duration)
        rolling, mean, ends = bench.rolling(mean_k), dict(oil_k), dict(oil_k)
        for _ in range(_ROUNDS):
            heat = bench.oil_heat_w(bench.drive(cycle, mean, rolling), cycle, mean)
            for axle, unit in bench.units.items():
                mean[axle], ends[axle] = warmth.gear(unit.unit.gear.mass_kg).over(oil_k[axle], heat[axle], duration)
        found.append(_Phase(name, bench.drive(cycle, mean, rolling), mean, rolling))
        oil_k = ends
    return found


def _drive(bench: _Bench, cycle: str, phases: Sequence[tuple[float, _Phase]]) -> Drive:
    """One drive for all phases of a cycle."""
    rolling = sum(weight * phase.rolling for weight, phase in phases)
    axles = bench.vehicle.driven_axles
    cold = bench.warmth.surroundings_k  # of a car for which no unit is known
    oil_weights = {
        axle: np.sum([w * _place(phase.oil_k.get(axle, cold)) for w, phase in phases], axis=0) for axle in axles
    }
    return Drive(_rolling(bench.vehicle, rolling), load_cycle(cycle), AddedLoss(bench.switching_w, oil_weights))


def _rolling(vehicle: Vehicle, factor: float) -> Vehicle:
    return replace(vehicle, road_load=replace(vehicle.road_load, a_n=vehicle.road_load.a_n * factor))


def _place(oil_k: float) -> FloatArray:
    """(p,) weights of `OIL_K` that give what is straight between them."""
    return np.array([np.interp(oil_k, OIL_K, node) for node in np.eye(len(OIL_K))])
