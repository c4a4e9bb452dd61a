"""The drive unit: machine, inverter, gear and cooling, the finished unit's loss map, and the kit that makes a catalogue.

The machine's field is computed from its drawing (`geometry`, `mesh`, `field`, `flux_map`); ``evaluate_unit`` makes a unit's map of it.
"""

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.kit import Kit, catalogue
from halfshaft.drive_unit.machine import FieldWinding, Lamination, Machine, Magnets, SquirrelCage
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import LOSS_PARTS, UnitMap, evaluate_unit

__all__ = [
    "LOSS_PARTS",
    "Cooling",
    "DriveUnit",
    "FieldWinding",
    "GearSet",
    "Inverter",
    "Kit",
    "Lamination",
    "Machine",
    "Magnets",
    "SquirrelCage",
    "UnitMap",
    "catalogue",
    "evaluate_unit",
]
