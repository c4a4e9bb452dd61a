"""Planning problems as files: solve one, check a plan of one, write one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halfshaft.plan import Plan, evaluate, scenario_value, solve_plan
from halfshaft.plan.instance_file import answer_document, instance_document, read_decisions, read_instance, schema
from halfshaft.quantities import InputError, Interval
from halfshaft.study.store import write_whole

Json = dict[str, Any]

instance_schema = schema


def is_instance(path: Path) -> bool:
    """Whether a path is an instance file rather than a programme's folder."""
    return path.suffix == ".json"


def solve_instance(
    path: Path, *, gap: float, time_limit: float, progress: Callable[[float, float], bool] | None = None
) -> Json:
    """Solve an instance file: certificate, cost tree and decisions.

    `gap` is relative, `time_limit` in seconds; `progress` gets best cost and bound now and then, and stops the search by returning True.
    Raises InputError for a file that cannot be used, NoPlanError where no plan exists.
    """
    plan: Plan = solve_plan(read_instance(path), gap=gap, time_limit=time_limit, progress=progress)
    return answer_document(plan)


def value_scenarios(
    path: Path, *, gap: float, time_limit: float, progress: Callable[[float, float], bool] | None = None
) -> Json:
    """What uncertainty is worth in an instance file with several scenarios. Raises InputError and NoPlanError."""
    instance = read_instance(path)
    try:
        value = scenario_value(instance, gap=gap, time_limit=time_limit, progress=progress)
    except ValueError as error:
        raise InputError.of(path, str(error), "see `halfshaft plan schema`", field="scenarios") from None
    return {
        "title": instance.title,
        "currency": instance.currency,
        "expected_cost": _interval(Interval(value.plan.bound, value.plan.objective)),
        "conditional_value_at_risk": value.plan.evaluation.cvar,
        "risk_level": instance.risk.level,
        "mean_plan_cost_in_mean": _interval(Interval(value.mean_plan.bound, value.mean_plan.objective)),
        "mean_plan_expected_cost": None
        if value.carried is None
        else _interval(Interval(value.carried.bound, value.carried.objective)),
        "value_of_stochastic_solution": _interval(value.stochastic_solution),
        "value_of_perfect_information": _interval(value.perfect_information),
        "scenarios": [
            {
                "id": w.id,
                "probability": w.probability,
                "cost_of_the_plan": cost,
                "best_cost": _interval(Interval(value.own[w.id].bound, value.own[w.id].objective)),
            }
            for w, cost in zip(instance.scenarios, value.plan.evaluation.scenario_costs, strict=True)
        ],
        "undecided": [{"family": family, "scenario": scenario} for family, scenario in sorted(value.undecided)],
        "interrupted": any(plan.status == "interrupted" for plan in value.plans),
        "regret": {family: {w: _interval(r) for w, r in row.items()} for family, row in value.regret.items()},
        "plan": answer_document(value.plan),
    }


def _interval(interval: Interval | None) -> Json | None:
    return None if interval is None else {"low": float(interval.low), "high": float(interval.high)}


def check_answer(path: Path, answer: Path) -> Json:
    """Recompute cost and feasibility of an answer to an instance from its decisions alone. Raises InputError."""
    instance = read_instance(path)
    try:
        document = json.loads(answer.read_text(encoding="utf-8"))
        decisions = read_decisions(instance, document["decisions"])
        evaluation = evaluate(instance, decisions)
    except OSError as error:
        raise InputError.of(answer, f"cannot be read: {error}", "correct the name") from None
    except json.JSONDecodeError as error:
        raise InputError.of(
            answer, f"not readable as JSON: {error.msg}", "correct the syntax", line=error.lineno
        ) from None
    except (KeyError, IndexError, TypeError, ValueError) as error:
        message = f"not an answer to {path}: {type(error).__name__} {error}"
        raise InputError.of(answer, message, "give what `halfshaft plan solve INSTANCE.json --json` printed") from None
    stated, bound = document.get("objective"), document.get("bound")
    near = 1e-6 * abs(evaluation.total)
    contradicted = []
    if isinstance(stated, int | float) and abs(stated - evaluation.total) > near:
        contradicted.append(f"the objective is {evaluation.total:,.2f}, not {stated:,.2f} as stated")
    if isinstance(bound, int | float) and bound > evaluation.total + near:
        contradicted.append(f"the stated bound of {bound:,.2f} is above the plan's cost")
    return {
        "title": instance.title,
        "objective": evaluation.total,
        "stated_objective": stated,
        "contradicted": contradicted,
        "feasible": not evaluation.violations,
        "violations": list(evaluation.violations),
        "cost_tree": evaluation.by_line(),
    }


def write_instance(instance: Any, path: Path) -> None:
    """Write an instance whole or not at all."""
    write_whole(path, (json.dumps(instance_document(instance), indent=1, ensure_ascii=False) + "\n").encode())
