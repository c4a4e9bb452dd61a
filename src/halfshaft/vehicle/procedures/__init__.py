"""From the energies of cycles to the figures that certification states: consumption at the wall and range, as each regulation defines them.

Nothing here drives a car. Each function takes what was driven (measured or computed) and weighs it as the regulation says.
"""

from halfshaft.vehicle.procedures.driven import Driven, Stretch, joined, steady_lengths_km, weighted_consumption
from halfshaft.vehicle.procedures.epa import (
    FiveCycle,
    FiveCycleTests,
    MultiCycle,
    RangeAndConsumption,
    five_cycle,
    multi_cycle,
    two_cycle,
)
from halfshaft.vehicle.procedures.recharge import recharge_ac_wh
from halfshaft.vehicle.procedures.wltp import WltpFigures, WltpResult, wltp_consecutive, wltp_shortened

__all__ = [
    "Driven",
    "FiveCycle",
    "FiveCycleTests",
    "MultiCycle",
    "RangeAndConsumption",
    "Stretch",
    "WltpFigures",
    "WltpResult",
    "five_cycle",
    "joined",
    "multi_cycle",
    "recharge_ac_wh",
    "steady_lengths_km",
    "two_cycle",
    "weighted_consumption",
    "wltp_consecutive",
    "wltp_shortened",
]
