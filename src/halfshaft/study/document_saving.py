"""The part of a study's document that says what is saved: against what, under which book, law of volume and scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from halfshaft.plan import Plan
from halfshaft.programme import Programme
from halfshaft.quantities import Interval
from halfshaft.study.adoption import Adoption
from halfshaft.study.pipeline import Study
from halfshaft.study.plans import Case, outlooks

Json = dict[str, Any]


def saving_document(study: Study) -> Json:
    """Together against each partner's own best plan and against tailored units, for every outlook, and what an outlook's change costs."""
    return {
        "against": "each partner's own best family, planned with the same kit, suppliers and plants of its own",
        "against_tailored": "units tailored to each vehicle: no drive module shared between vehicles, each partner by itself with the same "
        "plants, lines and suppliers' terms, and engineers without limit",
        "outlooks": [_outlook(study, book, scenario) for book, scenario in outlooks(study.programme)],
        "steps": _steps(study),
        "regret": _regret(study),
    }


def _outlook(study: Study, book: str, scenario: str) -> Json:
    saving = study.saving(book, scenario)
    alone = {p: study.plan(book, scenario, frozenset({p})) for p in sorted(study.everyone)}
    joint = study.plan(book, scenario)
    apart, together = by_line(list(alone.values())), by_line([joint])
    total = sum(plan.objective for plan in alone.values())
    return {
        "book": book,
        "scenario": scenario,
        "alone_m": total / 1e6,
        "alone_by_partner_m": {p: plan.objective / 1e6 for p, plan in alone.items()},
        "joint_m": joint.objective / 1e6,
        "saving_m": (total - joint.objective) / 1e6,
        "interval_m": _million(saving),
        "saving_percent": 100.0 * (total - joint.objective) / total,
        "interval_percent": _percent(saving, total),
        "by_line_m": {line: apart.get(line, 0.0) - together.get(line, 0.0) for line in {**apart, **together}},
    }


def _steps(study: Study) -> list[Json]:
    """From tailored units to each partner's own family to the joint one: every book, then laws of volume."""
    scenario = study.programme.header.reference_scenario
    books = [book for book, of in outlooks(study.programme) if of == scenario]
    found = []
    for exponent in (None, *study.programme.header.sensitivity.exponents):
        for book in books:
            joint = study.plans[Case(book, scenario, study.everyone, exponent=exponent)]
            alone = _of_partners(study, Case(book, scenario, study.everyone, exponent=exponent))
            tailored = _of_partners(study, Case(book, scenario, study.everyone, exponent=exponent, tailored=True))
            found.append(_step(book, scenario, exponent, tailored, alone, joint))
    return found


def _of_partners(study: Study, case: Case) -> dict[str, Plan]:
    cases = {
        p: Case(case.book, case.scenario, frozenset({p}), exponent=case.exponent, tailored=case.tailored)
        for p in sorted(study.everyone)
    }
    return {p: study.plans[own] for p, own in cases.items() if own in study.plans}


def _step(
    book: str, scenario: str, exponent: float | None, tailored: dict[str, Plan], alone: dict[str, Plan], joint: Plan
) -> Json:
    apart = {"tailored": list(tailored.values()), "alone": list(alone.values()), "joint": [joint]}
    cost = {name: sum(plan.objective for plan in plans) for name, plans in apart.items() if plans}
    bound = {name: sum(plan.bound for plan in plans) for name, plans in apart.items() if plans}

    def saved(name: str) -> Interval | None:
        return Interval(bound[name] - cost["joint"], cost[name] - bound["joint"]) if name in cost else None

    against, saving = saved("tailored"), saved("alone")
    assert saving is not None
    return {
        "book": book,
        "scenario": scenario,
        "exponent": exponent,
        **{f"{name}_m": cost[name] / 1e6 if name in cost else None for name in apart},
        "tailored_by_partner_m": {p: plan.objective / 1e6 for p, plan in tailored.items()} or None,
        "alone_by_partner_m": {p: plan.objective / 1e6 for p, plan in alone.items()},
        "bounds_m": {name: bound[name] / 1e6 if name in bound else None for name in apart},
        "by_line_m": {name: by_line(plans) if plans else None for name, plans in apart.items()},
        "against_tailored_m": None if against is None else _million(against),
        "against_tailored_percent": None if against is None else _percent(against, cost["tailored"]),
        "saving_m": _million(saving),
        "saving_percent": _percent(saving, cost["alone"]),
    }


def _regret(study: Study) -> list[Json]:
    """What the reference family costs more than the best family, when another scenario comes true."""
    rows = []
    for case, plan in study.plans.items():
        if case.held:
            best = study.plan(case.book, case.scenario)
            regret = Interval(max(0.0, plan.bound - best.objective), max(0.0, plan.objective - best.bound))
            rows.append(
                {
                    "scenario": case.scenario,
                    "held_m": plan.objective / 1e6,
                    "best_m": best.objective / 1e6,
                    "regret_m": _million(regret),
                }
            )
    return rows


def adoption_document(programme: Programme, adoption: Adoption) -> Json:
    """One plan for all scenarios: what it costs in expectation, what it saves, and what every family would cost more in each scenario."""
    value, plan = adoption.value, adoption.value.plan
    instance = plan.instance
    years = [instance.calendar.first_year + year for year in range(instance.calendar.years)]
    alone = sum(p.objective for p in adoption.alone.values())
    families = {"all scenarios": plan, "mean scenario": value.mean_plan, **value.own}
    return {
        "scenarios": [
            {
                "id": w.id,
                "name": programme.scenario(w.id).name,
                "probability": w.probability,
                "cost_m": cost / 1e6,
            }
            for w, cost in zip(instance.scenarios, plan.evaluation.scenario_costs, strict=True)
        ],
        "cars": {
            w.id: {
                str(year): round(sum(cars[number] for cars in w.volumes.values())) for number, year in enumerate(years)
            }
            for w in instance.scenarios
        },
        "expected_m": plan.objective / 1e6,
        "bound_m": plan.bound / 1e6,
        "gap_percent": plan.gap * 100.0,
        "status": plan.status,
        "alone_m": alone / 1e6,
        "alone_by_partner_m": {p: own.objective / 1e6 for p, own in adoption.alone.items()},
        "saving_m": _million(adoption.saving),
        "saving_percent": _percent(adoption.saving, alone),
        "cvar_m": plan.evaluation.cvar / 1e6,
        "cvar_level_percent": instance.risk.level * 100.0,
        "value_of_stochastic_solution_m": None
        if value.stochastic_solution is None
        else _million(value.stochastic_solution),
        "value_of_perfect_information_m": _million(value.perfect_information),
        "units": plan.family,
        "families": [
            {
                "family": name,
                "units": families[name].family,
                "regret_m": {w: None if r is None else _million(r) for w, r in row.items()},
            }
            for name, row in value.regret.items()
        ],
    }


def by_line(plans: Sequence[Plan]) -> dict[str, float]:
    """Cost tree of several plans together, in millions."""
    total: dict[str, float] = {}
    for plan in plans:
        for line, amount in plan.evaluation.by_line().items():
            total[line] = total.get(line, 0.0) + amount / 1e6
    return total


def _million(interval: Interval) -> Json:
    return {"low": interval.low / 1e6, "high": interval.high / 1e6}


def _percent(interval: Interval, total: float) -> Json:
    return {"low": 100.0 * interval.low / total, "high": 100.0 * interval.high / total}
