"""A plan that holds under all adoption scenarios at once, and what it is worth against plans that hold under one.

Family, launches and lines are decided before demand is known, purchases and output after. Everyone's plan for all scenarios stands beside
each partner's own; beside them the plan for the mean of all scenarios, carried through them as it is, and every family held in every
scenario. The scenarios' own best plans are those of the plan stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from halfshaft.plan import (
    ALL,
    MEAN,
    Held,
    NoPlanError,
    Plan,
    PlanInstance,
    ScenarioValue,
    of_mean,
    of_one,
    regrets,
    solve_plan,
    union,
)
from halfshaft.programme import Programme
from halfshaft.quantities import Interval
from halfshaft.study.executor import Task
from halfshaft.study.plans import Case, Coalition, Runner
from halfshaft.study.store import key_of


@dataclass(frozen=True)
class Adoption:
    """What uncertainty is worth to everyone together (`value`), and each partner's own plan for all scenarios (`alone`)."""

    value: ScenarioValue
    alone: Mapping[str, Plan]

    @property
    def saving(self) -> Interval:
        """What being together saves in expectation, from the bounds of all plans."""
        joint = self.value.plan
        return Interval(
            sum(p.bound for p in self.alone.values()) - joint.objective,
            sum(p.objective for p in self.alone.values()) - joint.bound,
        )


def adoption_steps(programme: Programme, scenarios: Sequence[str]) -> int:
    """How many plans the stage makes."""
    families = len(scenarios) + 2
    return len(programme.header.partners) + 3 + families * len(scenarios) - len(scenarios)


def weigh_adoption(
    programme: Programme,
    scenarios: Sequence[str],
    instance: Callable[[Coalition], PlanInstance],
    plans: Mapping[Case, Plan],
    run: Runner,
) -> Adoption:
    """Plan for all of `scenarios` under the reference book: alone, together and for their mean, and hold each family in each scenario.

    `instance` poses the problem of a coalition under all scenarios; `plans` are those of the plan stage. Raises NoPlanError where a
    coalition has no plan that serves all scenarios.
    """
    header, settings = programme.header, programme.header.solver
    partners = [partner.id for partner in header.partners]
    everyone = frozenset(partners)
    long = settings.time_limit * len(scenarios)
    joint = instance(everyone)
    mean = of_mean(joint)
    own = {name: plans[Case(header.reference_book, name, everyone)] for name in scenarios}

    def task(label: str, posed: PlanInstance, seconds: float, held: Held | None, starts: Sequence[Plan]) -> Task:
        key = key_of("scenarios", posed, settings.gap, seconds, held, [plan.decisions for plan in starts])
        return Task(key, label, attempt, (posed, held, tuple(starts), settings.gap, seconds))

    def solved(answers: Sequence[tuple[Plan | None, str]]) -> list[Plan]:
        for plan, why in answers:
            if plan is None:
                raise NoPlanError(why)
        return [plan for plan, _ in answers if plan is not None]

    first = [task(f"{p}, all scenarios", instance(frozenset({p})), long, None, ()) for p in partners]
    *alone, mean_plan = solved(run([*first, task("the mean of all scenarios", mean, settings.time_limit, None, ())]))
    carrying = Held(mean_plan.decisions, lines=True)
    ((carried, _),) = run([task("the mean plan in all scenarios", joint, long, carrying, ())])
    (plan,) = solved(run([task("everyone, all scenarios", joint, long, None, [*alone])]))
    if carried is not None and carried.objective < plan.objective:
        # Within the gap the plan for the mean may be the better one: it is a plan for all scenarios too.
        plan = replace(carried, bound=min(plan.bound, carried.objective), status=plan.status)
    families = {ALL: plan, MEAN: mean_plan, **own}
    holding = [(family, w) for family in families for w in joint.scenarios if family != w.id]
    kept = run(
        [
            task(
                f"family of {family}, {w.id}",
                of_one(joint, w),
                settings.time_limit,
                Held(families[family].decisions),
                (),
            )
            for family, w in holding
        ]
    )
    regret = regrets(own, {(f, w.id): found for (f, w), (found, _) in zip(holding, kept, strict=True)})
    return Adoption(ScenarioValue(plan, mean_plan, own, carried, regret), dict(zip(partners, alone, strict=True)))


def attempt(
    instance: PlanInstance, held: Held | None, starts: Sequence[Plan], gap: float, time_limit: float
) -> tuple[Plan | None, str]:
    """A plan, or why there is none: that a family cannot serve a scenario is an answer, too."""
    side_by_side = [union(instance, starts)] if starts else []
    try:
        return solve_plan(instance, gap=gap, time_limit=time_limit, held=held, starts=side_by_side), ""
    except NoPlanError as error:
        return None, str(error)
