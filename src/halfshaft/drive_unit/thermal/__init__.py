"""Heat: a unit's machine as a network of few nodes, what it may do for how long, and how warm a drive makes it."""

from halfshaft.drive_unit.thermal.build import thermal_network
from halfshaft.drive_unit.thermal.cycle import CycleTemperatures, Derating, temperatures_over_cycle
from halfshaft.drive_unit.thermal.network import NODES, ThermalNetwork
from halfshaft.drive_unit.thermal.ratings import DURATIONS_S, duration_limits, temperatures_after

__all__ = [
    "DURATIONS_S",
    "NODES",
    "CycleTemperatures",
    "Derating",
    "ThermalNetwork",
    "duration_limits",
    "temperatures_after",
    "temperatures_over_cycle",
    "thermal_network",
]
