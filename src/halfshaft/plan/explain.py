"""Why there is no plan: the smallest set of demands, capacities and dates that excludes one, in the user's words.

Every limit of the model that a user could loosen has a name. Limits are dropped one after the other for as long as what remains still has
no plan; what cannot be dropped is the explanation: loosening any one of them is enough to be rid of this conflict. (A deletion filter:
Chinneck, *Feasibility and Infeasibility in Optimization*, 2008.)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from halfshaft.plan.blocks import Arrays, solve
from halfshaft.plan.formulation import build_model
from halfshaft.plan.instance import PlanInstance
from halfshaft.plan.model import Limit, PlanModel

# Seconds for one question to the solver; a limit about which nothing is proven in that time stays in the set.
_PATIENCE = 10.0


def explain(instance: PlanInstance) -> str:
    """What excludes every plan of an instance that has none."""
    limits = smallest_conflict(build_model(instance, strong=False))
    if not limits:
        return "the instance has no plan, whatever limit is loosened: its rules contradict each other"
    names = [limit.text for limit in limits]
    told = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    return (
        f"no plan exists; loosen one of these, which together exclude it: {told}"
        if names[1:]
        else f"no plan exists: loosen {told}"
    )


def smallest_conflict(model: PlanModel) -> tuple[Limit, ...]:
    """Limits that together exclude every plan, and of which none can be left out; empty where no limit plays a part.

    `model` must be built without the rows that take demands for granted. Raises ValueError where the model has a plan.
    """
    everything = range(len(model.limits))
    if not _excluded(model, everything, relaxed=False):
        raise ValueError("the instance has a plan")
    relaxed = _excluded(model, everything, relaxed=True)
    if _excluded(model, (), relaxed=relaxed):
        return ()
    kept = list(everything)
    # Half of what is left at a time, then quarters: most limits play no part and go together.
    size = len(kept) // 2
    while size >= 1:
        start = 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if len(rest) < len(kept) and _excluded(model, rest, relaxed=relaxed):
                kept = rest
            else:
                start += size
        size //= 2
    return tuple(model.limits[index] for index in kept)


def _excluded(model: PlanModel, kept: Collection[int], *, relaxed: bool) -> bool:
    """Whether no plan keeps to these limits."""
    answer = solve(_loosened(model, kept), relaxed=relaxed, time_limit=_PATIENCE, options={"mip_max_improving_sols": 1})
    return answer.status == "infeasible"


def _loosened(model: PlanModel, kept: Collection[int]) -> Arrays:
    arrays, held = model.arrays, set(kept)
    lower, upper, columns = arrays.row_lower.copy(), arrays.row_upper.copy(), arrays.upper.copy()
    for index, limit in enumerate(model.limits):
        if index not in held:
            rows, places = np.array(limit.rows, dtype=int), np.array(limit.columns, dtype=int)
            lower[rows], upper[rows] = -np.inf, np.inf
            columns[places] = np.inf
    return replace(arrays, row_lower=lower, row_upper=upper, upper=columns, cost=np.zeros(arrays.cost.size))
