"""The drive unit: machine, inverter, gear and cooling, the finished unit's loss map, and the kit that makes a catalogue.

First level: a lumped-parameter machine fitted to published figures, not a computed field. ``evaluate_unit`` is the entry.
"""

from halfshaft.drive_unit.cooling import CoolingLimit
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.kit import Kit, catalogue
from halfshaft.drive_unit.machine import FieldWinding, Lamination, Machine, Magnets
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import LOSS_PARTS, UnitMap, evaluate_unit

__all__ = [
    "LOSS_PARTS",
    "CoolingLimit",
    "DriveUnit",
    "FieldWinding",
    "GearSet",
    "Inverter",
    "Kit",
    "Lamination",
    "Machine",
    "Magnets",
    "UnitMap",
    "catalogue",
    "evaluate_unit",
]
