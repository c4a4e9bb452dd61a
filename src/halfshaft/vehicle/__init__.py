"""One car with any drive units: energy over a cycle and range, acceleration, speed and grades. Knows units only by their loss map."""

from halfshaft.vehicle.battery import Battery
from halfshaft.vehicle.car import Axle, Vehicle
from halfshaft.vehicle.coast_down import without_unit_drag
from halfshaft.vehicle.cycle import CYCLE_NAMES, Cycle, load_cycle
from halfshaft.vehicle.dynamics import Performance, performance, sweep_performance
from halfshaft.vehicle.energy import CycleEnergy, CycleEnergySweep, UnitTrace, cycle_energy, sweep_cycle_energy
from halfshaft.vehicle.loss_map import LossMap
from halfshaft.vehicle.road_load import RoadLoad

__all__ = [
    "CYCLE_NAMES",
    "Axle",
    "Battery",
    "Cycle",
    "CycleEnergy",
    "CycleEnergySweep",
    "LossMap",
    "Performance",
    "RoadLoad",
    "UnitTrace",
    "Vehicle",
    "cycle_energy",
    "load_cycle",
    "performance",
    "sweep_cycle_energy",
    "sweep_performance",
    "without_unit_drag",
]
