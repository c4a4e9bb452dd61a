"""The plan as one mixed-integer linear programme.

Module-level facility location: an option may be chosen when every module in it is launched. What is chosen drives pieces of modules, pieces
drive bought parts and output, and these drive tiers and lines. Each of these is a paragraph in a module of its own (`rows_family`,
`rows_production`, `rows_purchase`, `rows_tiers`, `rows_duty`); this one puts them together, with a floor under what all lines cost and the
conditional value at risk. What waits for demand exists once per scenario.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halfshaft.plan.draft import Breakpoints, Draft
from halfshaft.plan.instance import PlanInstance
from halfshaft.plan.model import Floor, Limit, Offered, PlanModel, all_options
from halfshaft.plan.rows_duty import DutyRows
from halfshaft.plan.rows_family import FamilyRows
from halfshaft.plan.rows_production import ProductionRows
from halfshaft.plan.rows_purchase import PurchaseRows
from halfshaft.plan.rows_tiers import TierRows


def build_model(
    instance: PlanInstance,
    offered: Offered | None = None,
    breakpoints: Breakpoints | None = None,
    *,
    strong: bool = True,
    floors: Sequence[Floor] = (),
) -> PlanModel:
    """The model of `instance`, with columns for the options in `offered` only (all of them when None).

    `breakpoints` says where the chords of volume laws meet, beside those that are always there. Rows that change nothing but the bound are
    left out unless `strong`: they take every demand for granted. So do `floors`, which are known to hold.
    """
    wanted = all_options(instance) if offered is None else offered
    draft = Draft(instance, wanted, breakpoints or {}, strong)
    family, production = FamilyRows(draft), ProductionRows(draft)
    purchases, tiers, duty = PurchaseRows(draft), TierRows(draft), DutyRows(draft)
    family.add()
    production.standing_lines()
    for w in range(len(instance.scenarios)):
        _begin_scenario(draft)
        family.laws(w)
        production.add(w)
        tiers.add(w, purchases.add(w))
        duty.add(w)
    if draft.weighed:
        _add_risk(draft)
    if floors:
        _add_floors(draft, floors)
    tools = [*draft.at.tooled.values(), *draft.at.whole.values()]
    draft.at.family.append(np.array(tools, dtype=np.int64))
    limits = tuple(Limit(text, tuple(rows), tuple(columns)) for text, (rows, columns) in draft.limits.items())
    return PlanModel(instance, draft.model.arrays(), wanted, draft.at, limits, tuple(draft.points), draft.offset)


def _begin_scenario(draft: Draft) -> None:
    at = draft.at
    for flows in (at.purchases, at.output, at.shipments):
        flows.append([])
    for table in (at.shifts, at.claims, at.rebates, at.accepted, at.awarded, at.full, at.chord):
        table.append({})
    draft.points.append({})


def _add_floors(draft: Draft, floors: Sequence[Floor]) -> None:
    """What lines cost at the least, whatever family is chosen: nothing but the bound is changed."""
    costs = draft.model.costs()
    for floor in floors:
        blocks = [block for plant in floor.plants for block in draft.making[floor.process, plant]]
        columns = np.concatenate([block.ravel() for block in blocks])
        draft.model.row(columns, costs[columns], lower=floor.cost)


def _add_risk(draft: Draft) -> None:
    """Conditional value at risk of what depends on the scenario (Rockafellar and Uryasev 2000); the rest is the same in all."""
    model, risk = draft.model, draft.instance.risk
    level = model.column(cost=risk.weight, lower=-np.inf)
    tail = max(1.0 - risk.level, 1e-9)
    for w, costs in enumerate(draft.scenario_costs):
        above = model.column(cost=risk.weight * draft.probability[w] / tail)
        columns = [columns for columns, _ in costs]
        values = [values for _, values in costs]
        model.row(
            np.concatenate([[level, above], *columns]),
            np.concatenate([[1.0, 1.0], *(-v for v in values)]),
            lower=0.0,
        )
