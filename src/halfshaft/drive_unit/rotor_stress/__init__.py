"""What turning does to a rotor: stress at overspeed, growth into the gap, and the speed that follows from them.

`rotor_stress` takes a machine as drawn and gives stresses, displacements and the necks of the iron that limit its speed.
"""

from halfshaft.drive_unit.rotor_stress.sheet import StressError
from halfshaft.drive_unit.rotor_stress.sleeve import CARBON_FIBRE, STEEL_SLEEVE, Sleeve, SleeveMaterial, SleeveStress
from halfshaft.drive_unit.rotor_stress.solve import Bore
from halfshaft.drive_unit.rotor_stress.strength import SheetStrength, strength_of
from halfshaft.drive_unit.rotor_stress.stress import OVERSPEED, Feature, RotorStress, StressOptions, rotor_stress

__all__ = [
    "CARBON_FIBRE",
    "OVERSPEED",
    "STEEL_SLEEVE",
    "Bore",
    "Feature",
    "RotorStress",
    "SheetStrength",
    "Sleeve",
    "SleeveMaterial",
    "SleeveStress",
    "StressError",
    "StressOptions",
    "rotor_stress",
    "strength_of",
]
