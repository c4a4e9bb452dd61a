"""One car with any drive units: energy over a cycle and range, acceleration, speed and grades. Knows units only by their loss map."""

from halfshaft.vehicle.battery import Battery
from halfshaft.vehicle.car import Axle, Vehicle
from halfshaft.vehicle.charger import Charger
from halfshaft.vehicle.coast_down import without_unit_drag
from halfshaft.vehicle.cycle import CYCLE_NAMES, Cycle, load_cycle
from halfshaft.vehicle.dynamics import Performance, performance, sweep_performance
from halfshaft.vehicle.energy import CycleEnergy, PackTrace, UnitTrace, cycle_energy
from halfshaft.vehicle.loss_map import LossMap
from halfshaft.vehicle.pack_states import PackStates
from halfshaft.vehicle.road_load import RoadLoad
from halfshaft.vehicle.sweep import (
    CycleEnergySweep,
    Drive,
    SweepJob,
    stream_cycle_energy,
    sweep_cycle_energy,
    sweep_drives,
)
from halfshaft.vehicle.warm_up import WarmUp

__all__ = [
    "CYCLE_NAMES",
    "Axle",
    "Battery",
    "Charger",
    "Cycle",
    "CycleEnergy",
    "CycleEnergySweep",
    "Drive",
    "LossMap",
    "PackStates",
    "PackTrace",
    "Performance",
    "RoadLoad",
    "SweepJob",
    "UnitTrace",
    "Vehicle",
    "WarmUp",
    "cycle_energy",
    "load_cycle",
    "performance",
    "stream_cycle_energy",
    "sweep_cycle_energy",
    "sweep_drives",
    "sweep_performance",
    "without_unit_drag",
]
