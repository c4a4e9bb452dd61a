"""What uncertainty is worth: one plan for all scenarios, against plans that know too much or think of the mean only.

The plan of an instance with several scenarios decides family, launches and lines once, and lets purchases, output and shifts follow
demand. Beside it stand the plan for the mean course of demand, carried through every scenario as it is (its extra cost is the value of the
stochastic solution); the plans that know their scenario beforehand (what they save is the value of perfect information); and what each of
these families would cost more than the best one in each scenario (regret). Every figure is an interval between proven bounds. (Birge and
Louveaux, *Introduction to Stochastic Programming*, 2011, chapter 4.)
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from halfshaft.plan.instance import Decisions, Plan, PlanInstance, PlanScenario
from halfshaft.plan.solve import Held, NoPlanError, NotFoundError, Progress, solve_plan
from halfshaft.quantities import Interval

# What the plans are called for whose family regret is shown, beside the scenarios' own ids.
ALL = "all scenarios"
MEAN = "mean scenario"


@dataclass(frozen=True)
class ScenarioValue:
    """What uncertainty is worth, money in the instance's currency, present value.

    `plan` is the plan for all scenarios, `mean_plan` the one for mean demand, `own` the best plan of each scenario by itself. `carried`
    is the expected cost of carrying the mean plan's family, launches and lines through every scenario (None: they cannot be carried
    through one of them). `regret[family][scenario]` is what holding a family costs more than the best plan of that scenario. `undecided`
    are the pairs of family and scenario for which no plan was found before the search was ended, and with `ALL` for a scenario where that
    is so of `carried`: whether there is one is not known.
    """

    plan: Plan
    mean_plan: Plan
    own: Mapping[str, Plan]
    carried: Plan | None
    regret: Mapping[str, Mapping[str, Interval | None]]
    undecided: frozenset[tuple[str, str]] = frozenset()

    @property
    def plans(self) -> tuple[Plan, ...]:
        """All plans behind the figures but those that hold another one's family."""
        return (self.plan, self.mean_plan, *self.own.values(), *(() if self.carried is None else (self.carried,)))

    @property
    def stochastic_solution(self) -> Interval | None:
        """Value of the stochastic solution: what the mean plan costs more, in expectation; None where it cannot be carried through."""
        if self.carried is None:
            return None
        return _difference(self.carried, self.plan)

    @property
    def perfect_information(self) -> Interval:
        """What knowing the scenario beforehand would save, in expectation."""
        cost = sum(w.probability * self.own[w.id].objective for w in self.plan.instance.scenarios)
        bound = sum(w.probability * self.own[w.id].bound for w in self.plan.instance.scenarios)
        return Interval(max(0.0, float(self.plan.bound - cost)), max(0.0, float(self.plan.objective - bound)))


def scenario_value(
    instance: PlanInstance, *, gap: float = 0.005, time_limit: float = 600.0, progress: Progress | None = None
) -> ScenarioValue:
    """Plan for all scenarios, for their mean, and for each alone, and hold every family against every scenario.

    `gap` is relative and holds for each plan; `time_limit` is in seconds for the plan of all scenarios, and each other plan may take its
    share by the number of scenarios. Raises ValueError where the objective weighs risk (what an expectation is worth
    is then no difference of objectives) or where there is one scenario only, NoPlanError where a scenario has no plan.
    """
    if instance.risk.weight:
        raise ValueError("values of scenarios are differences of expected costs: leave `risk` at weight 0")
    if len(instance.scenarios) < 2:
        raise ValueError("one scenario alone has no uncertainty: give at least two")
    ends = time.monotonic() + 2.0 * time_limit
    share = time_limit / len(instance.scenarios)

    def solve(case: PlanInstance, seconds: float, held: Held | None = None, starts: tuple[Decisions, ...] = ()) -> Plan:
        left = max(1.0, min(seconds, ends - time.monotonic()))
        return solve_plan(case, gap=gap, time_limit=left, held=held, starts=starts, progress=progress)

    undecided = set()

    def keep(case: PlanInstance, seconds: float, held: Held, pair: tuple[str, str]) -> Plan | None:
        try:
            return solve(case, seconds, held)
        except NotFoundError:
            undecided.add(pair)
        except NoPlanError:
            pass
        return None

    mean_plan = solve(of_mean(instance), share)
    own = {w.id: solve(of_one(instance, w), share) for w in instance.scenarios}
    carried = keep(instance, time_limit, Held(mean_plan.decisions, lines=True), (MEAN, ALL))
    plan = solve(instance, time_limit, starts=() if carried is None else (carried.decisions,))
    families = {ALL: plan, MEAN: mean_plan, **own}
    kept: dict[tuple[str, str], Plan | None] = {}
    for name, family in families.items():
        for w in instance.scenarios:
            if name != w.id:
                kept[name, w.id] = keep(of_one(instance, w), share, Held(family.decisions), (name, w.id))
    return ScenarioValue(plan, mean_plan, own, carried, regrets(own, kept), frozenset(undecided))


def regrets(
    own: Mapping[str, Plan], kept: Mapping[tuple[str, str], Plan | None]
) -> dict[str, dict[str, Interval | None]]:
    """What each family costs more than the best plan of each scenario, from the plans that keep it, by (family, scenario).

    None where a family cannot serve a scenario. A family that goes by a scenario's own id regrets nothing there.
    """
    found: dict[str, dict[str, Interval | None]] = {}
    for family in dict.fromkeys(name for name, _ in kept):
        found[family] = {}
        for scenario, best in own.items():
            plan = kept.get((family, scenario))
            if family == scenario:
                found[family][scenario] = Interval(0.0, 0.0)
            else:
                found[family][scenario] = None if plan is None else _difference(plan, best)
    return found


def _difference(dearer: Plan, cheaper: Plan) -> Interval:
    high = max(0.0, float(dearer.objective - cheaper.bound))
    return Interval(min(max(0.0, float(dearer.bound - cheaper.objective)), high), high)


def of_one(instance: PlanInstance, scenario: PlanScenario) -> PlanInstance:
    """The instance as if one scenario were certain."""
    return replace(
        instance, title=f"{instance.title}, {scenario.id} alone", scenarios=(replace(scenario, probability=1.0),)
    )


def of_mean(instance: PlanInstance) -> PlanInstance:
    """The instance with the mean of all scenarios' cars."""
    weights = np.array([w.probability for w in instance.scenarios])
    volumes = {
        slot.id: tuple(float(n) for n in weights @ np.array([w.volumes[slot.id] for w in instance.scenarios]))
        for slot in instance.slots
    }
    return replace(instance, title=f"{instance.title}, {MEAN}", scenarios=(PlanScenario("mean", 1.0, volumes),))
