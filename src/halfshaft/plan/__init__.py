"""One optimisation: family, purchase tiers, lines and years, with the bound that proves how good the answer is."""

from halfshaft.plan.evaluate import evaluate
from halfshaft.plan.instance import (
    BATTERY_PACK,
    COST_LINES,
    Award,
    Configuration,
    CostEntry,
    CostLine,
    Decisions,
    Evaluation,
    Module,
    ModuleKey,
    Plan,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanVehicle,
)
from halfshaft.plan.solve import NoPlanError, solve_plan, union

__all__ = [
    "BATTERY_PACK",
    "COST_LINES",
    "Award",
    "Configuration",
    "CostEntry",
    "CostLine",
    "Decisions",
    "Evaluation",
    "Module",
    "ModuleKey",
    "NoPlanError",
    "Plan",
    "PlanInstance",
    "PlanLine",
    "PlanOffer",
    "PlanPart",
    "PlanVehicle",
    "evaluate",
    "solve_plan",
    "union",
]
