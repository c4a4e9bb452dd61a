"""One optimisation: family, purchase tiers, lines and years, with the bound that proves how good the answer is."""

from halfshaft.plan.build import ModuleRating, build_instance, module_ratings
from halfshaft.plan.evaluate import evaluate, module_needs
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
from halfshaft.plan.solve import NoPlanError, relaxed_bound, solve_plan, union

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
    "ModuleRating",
    "NoPlanError",
    "Plan",
    "PlanInstance",
    "PlanLine",
    "PlanOffer",
    "PlanPart",
    "PlanVehicle",
    "build_instance",
    "evaluate",
    "module_needs",
    "module_ratings",
    "relaxed_bound",
    "solve_plan",
    "union",
]
