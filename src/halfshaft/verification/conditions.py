"""How warm a car is on each cycle of its certification, and what that makes its units and tyres lose.

The procedure is the certification room's: the car coasts down warm, so the drag of its units at that warmth leaves its certified road load;
then it is driven from cold, phase after phase (UDDS, HWFET, UDDS, a long run at 65 mph, and the same again; WLTC once), while oil and
tyres warm. A thousand units cannot each be driven through ten phases. Cold oil and cold tyres cost what they cost whatever the split of
the force, so each cycle is driven once, with their mean over its phases. How warm, is worked out with the units that the car was built
with, or with the kit's unit of middle power, and taken for all units that are tried on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import GearSet, UnitMap
from halfshaft.drive_unit.unit_map import OIL_K, oil_weights
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
)
from halfshaft.vehicle.dynamometer import Bench, Phase, WarmingUnit, multi_cycle_phases, on_dynamometer, run
from halfshaft.vehicle.warmth import Warmth

FloatArray = NDArray[np.float64]

CYCLES: Mapping[str, str] = {"wltp": "wltc_3b", "udds": "udds", "hwfet": "hwfet"}


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


def fits_voltage(unit: UnitMap, voltage_class_v: float) -> bool:
    """Whether a unit's inverter is of a vehicle's voltage class."""
    return abs(unit.unit.inverter.voltage_class_v - voltage_class_v) <= 1e-5 * voltage_class_v


def reference_units(vehicle: VehicleProgramme, maps: Sequence[UnitMap]) -> dict[Axle, UnitMap]:
    """The units that a car was built with, or the fitting unit of middle power on each driven axle; none where no unit fits.

    Raises KeyError when `as_built` names a unit that `maps` does not hold.
    """
    by_name = {m.unit.name: m for m in maps}
    if vehicle.as_built:
        return {axle: by_name[name] for axle, name in vehicle.as_built.items()}
    fitting = sorted(
        (m for m in maps if fits_voltage(m, vehicle.voltage_class)),
        key=lambda m: (m.peak_power_w, m.unit.name),
    )
    return {axle: fitting[len(fitting) // 2] for axle in vehicle.driven_axles} if fitting else {}


def conditions(
    vehicle: VehicleProgramme, model: Vehicle, maps: Sequence[UnitMap], switching_w: float, warmth: Warmth | None = None
) -> Conditions:
    """The car's conditions on each cycle. Raises KeyError as `reference_units` does, ValueError where units drag more than the car."""
    bench = bench_of(vehicle, model, maps, switching_w, warmth or Warmth())
    weighted = {"wltp": [(1.0, phase) for phase in run(bench, (CYCLES["wltp"],))], **multi_cycle_phases(bench)}
    warm = AddedLoss(switching_w, dict.fromkeys(vehicle.driven_axles, np.zeros(len(OIL_K))))
    return Conditions(
        bench.vehicle,
        {name: _drive(bench, CYCLES[name], phases, switching_w) for name, phases in weighted.items()},
        warm,
    )


def bench_of(
    vehicle: VehicleProgramme, model: Vehicle, maps: Sequence[UnitMap], switching_w: float, warmth: Warmth
) -> Bench:
    """The car on the dynamometer with the units that tell how warm it becomes. Raises as `conditions` does."""
    units: dict[Axle, WarmingUnit] = {
        axle: _Warming(unit, switching_w) for axle, unit in reference_units(vehicle, maps).items()
    }
    certified = isinstance(vehicle.road_load, RoadLoadCoefficients) and bool(vehicle.as_built)
    return on_dynamometer(model, units, warmth, certified_load=certified)


@dataclass(frozen=True, eq=False)
class _Warming:
    """A unit as the dynamometer sees it: its map with what cold oil adds, and what is drawn while its inverter switches."""

    unit_map: UnitMap
    switching_w: float

    @property
    def gear(self) -> GearSet:
        return self.unit_map.unit.gear

    def at_oil_temperature(self, temperature_k: float) -> UnitMap:
        cold = self.unit_map.cold_loss_w @ oil_weights(temperature_k)
        return self.unit_map.with_added_loss(cold + self.switching_w, cold)


def _drive(bench: Bench, cycle: str, phases: Sequence[tuple[float, Phase]], switching_w: float) -> Drive:
    """One drive for all phases of a cycle; what depends on temperatures in a straight line is that of their means."""
    cold = bench.warmth.surroundings_k  # of a car for which no unit is known
    weights = {
        axle: np.sum([w * oil_weights(phase.oil_k.get(axle, cold)) for w, phase in phases], axis=0)
        for axle in bench.vehicle.driven_axles
    }
    tyre_k = sum(weight * phase.tyre_k for weight, phase in phases)
    return Drive(bench.at_tyre_temperature(tyre_k), load_cycle(cycle), AddedLoss(switching_w, weights))
