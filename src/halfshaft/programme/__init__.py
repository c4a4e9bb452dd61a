"""What both partners bring: vehicles, requirements, volumes, kit, suppliers, plants, cost books and scenarios, read from a folder."""

from halfshaft.programme.kit import Derivation, DrawnMachine, ModuleKey, ModuleKit, modules_of
from halfshaft.programme.loader import load_programme
from halfshaft.programme.machines import built_in_machines, read_machine
from halfshaft.programme.model import (
    MODULE_KINDS,
    QUANTITY_UNITS,
    BottomUpBook,
    Development,
    Driving,
    FieldSettings,
    Header,
    LawBook,
    ModuleKind,
    Offer,
    Part,
    Partner,
    Plant,
    Requirement,
    RoadLoadCoefficients,
    Scenario,
    Supplier,
    VehicleProgramme,
)
from halfshaft.programme.programme import Programme

__all__ = [
    "MODULE_KINDS",
    "QUANTITY_UNITS",
    "BottomUpBook",
    "Derivation",
    "Development",
    "DrawnMachine",
    "Driving",
    "FieldSettings",
    "Header",
    "LawBook",
    "ModuleKey",
    "ModuleKind",
    "ModuleKit",
    "Offer",
    "Part",
    "Partner",
    "Plant",
    "Programme",
    "Requirement",
    "RoadLoadCoefficients",
    "Scenario",
    "Supplier",
    "VehicleProgramme",
    "built_in_machines",
    "load_programme",
    "modules_of",
    "read_machine",
]
