"""Every vehicle with every unit: the table of figures, which demands hold, and where the partners' demands overlap."""

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
    coasting_model,
    trade_value,
    verify_vehicle,
)

__all__ = [
    "ABLE",
    "FIGURES",
    "NO_UNIT",
    "VOLTAGE",
    "BoolArray",
    "Conflict",
    "Demand",
    "Overlap",
    "PairOverlap",
    "PartnerOverlap",
    "Refusal",
    "VehicleTable",
    "coasting_model",
    "overlap",
    "refusals",
    "trade_value",
    "verify_vehicle",
]
