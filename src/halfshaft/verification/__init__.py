"""Every vehicle with every unit: the table of figures, which demands hold, and where the partners' demands overlap."""

from halfshaft.verification.catalogue_rows import AxleRows, Subject, axle_rows, subject_of
from halfshaft.verification.conditions import Conditions, conditions
from halfshaft.verification.operation import (
    CycleOperation,
    Flows,
    Limit,
    Operation,
    Points,
    UnitFlows,
    operate,
    operate_vehicle,
)
from halfshaft.verification.overlap import (
    Conflict,
    Overlap,
    PairOverlap,
    PartnerOverlap,
    Refusal,
    overlap,
    refusals,
)
from halfshaft.verification.table import (
    ABLE,
    FIGURES,
    NO_UNIT,
    VOLTAGE,
    BoolArray,
    Demand,
    VehicleTable,
    trade_value,
    verify_vehicle,
)

__all__ = [
    "ABLE",
    "FIGURES",
    "NO_UNIT",
    "VOLTAGE",
    "AxleRows",
    "BoolArray",
    "Conditions",
    "Conflict",
    "CycleOperation",
    "Demand",
    "Flows",
    "Limit",
    "Operation",
    "Overlap",
    "PairOverlap",
    "PartnerOverlap",
    "Points",
    "Refusal",
    "Subject",
    "UnitFlows",
    "VehicleTable",
    "axle_rows",
    "conditions",
    "operate",
    "operate_vehicle",
    "overlap",
    "refusals",
    "subject_of",
    "trade_value",
    "verify_vehicle",
]
