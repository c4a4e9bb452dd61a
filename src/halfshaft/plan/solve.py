"""Solving a plan: from an instance to decisions with a proof.

The linear relaxation over all configurations comes first: it gives a bound, and reduced costs that say which configurations can matter.
A search among the promising ones gives a first plan; every configuration whose reduced cost exceeds the distance between that plan and
the bound can be in no better plan and is dropped, which loses nothing; the rest is solved to the demanded gap. The plan's cost is then
recomputed from its decisions by the independent evaluator, and a plan that the evaluator refuses is an error, never a result.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from halfshaft.plan.blocks import FloatArray, Solution, solve
from halfshaft.plan.evaluate import evaluate
from halfshaft.plan.instance import Decisions, ModuleKey, Plan, PlanInstance
from halfshaft.plan.model import MILLION, PlanModel, build_model

# Configurations of a vehicle that the first search looks at, by reduced cost.
_PROMISING = 12
# Share of the time that the first search may take.
_FIRST_SEARCH = 0.35


class NoPlanError(Exception):
    """No plan exists: the message says, in the user's words, what excludes it."""


def solve_plan(
    instance: PlanInstance, *, gap: float = 0.002, time_limit: float = 60.0, starts: Sequence[Decisions] = ()
) -> Plan:
    """Find a plan and prove how good it is.

    `gap` is relative; `time_limit` is in seconds and stops the search with the best plan and its bound. `starts` are decisions known to
    be feasible; the plan is never dearer than the cheapest of them. Raises NoPlanError when a vehicle has no configuration or the
    capacities cannot carry the volumes.
    """
    began = time.monotonic()
    _check_vehicles(instance)
    slim, kept = _without_twins(instance)
    starts = [moved for start in starts if (moved := _moved(start, kept)) is not None]
    full = build_model(slim)
    relaxed = solve(full.arrays, relaxed=True)
    if relaxed.values is None or relaxed.reduced_costs is None:
        raise NoPlanError(_why_no_plan(slim))
    reduced = _reduced_costs(full, relaxed.reduced_costs)
    best: Decisions | None = None
    cost = np.inf
    for start in starts:
        best, cost = _better(slim, best, cost, start)
    bound = relaxed.objective + full.offset
    # The solver measures its gap against an objective that still holds what stands already; the plan's cost is smaller.
    solver_gap = gap * 0.95 * min(1.0, bound / relaxed.objective) if relaxed.objective > 0.0 else gap

    def left() -> float:
        return max(1.0, time_limit - (time.monotonic() - began))

    if sum(len(columns) for columns in full.choice.values()) > 3 * _PROMISING * len(slim.vehicles) / 2:
        promising = _cheapest(reduced, best)
        first = build_model(slim, promising)
        answer = solve(first.arrays, gap=solver_gap, time_limit=left() * _FIRST_SEARCH, start=_start(first, best))
        if answer.values is not None:
            best, cost = _better(slim, best, cost, first.decisions(answer.values))
    slack = cost / MILLION - bound
    rest = {
        vehicle: tuple(
            i for i, r in enumerate(costs) if r <= slack + 1e-6 or (best is not None and best.choice[vehicle] == i)
        )
        for vehicle, costs in reduced.items()
    }
    last = build_model(slim, rest)
    answer = solve(last.arrays, gap=solver_gap, time_limit=left(), start=_start(last, best))
    if answer.values is not None:
        best, cost = _better(slim, best, cost, last.decisions(answer.values))
        bound = max(bound, min(answer.bound + last.offset, cost / MILLION))
    if best is None:
        raise NoPlanError(_why_no_plan(slim) if _infeasible(answer) else "no plan was found within the time limit")
    evaluation = evaluate(slim, best)
    if evaluation.violations:
        raise RuntimeError("the plan fails its independent check: " + "; ".join(evaluation.violations[:5]))
    lower = min(float(bound) * MILLION, evaluation.total)
    decided = replace(best, choice={vehicle: kept[vehicle][index] for vehicle, index in best.choice.items()})
    within = evaluation.total - lower <= gap * abs(evaluation.total) + 1e-6
    return Plan(
        instance=instance,
        decisions=decided,
        evaluation=evaluate(instance, decided),
        bound=lower,
        status="within gap" if within else "time limit",
        seconds=time.monotonic() - began,
    )


def relaxed_bound(instance: PlanInstance) -> float:
    """A bound below which no plan of `instance` can be, from the linear relaxation alone; infinite when even that has no solution."""
    if any(not vehicle.configurations for vehicle in instance.vehicles):
        return np.inf
    model = build_model(_without_twins(instance)[0])
    relaxed = solve(model.arrays, relaxed=True)
    return np.inf if relaxed.values is None else (relaxed.objective + model.offset) * MILLION


def union(instance: PlanInstance, plans: Sequence[Plan]) -> Decisions:
    """The decisions of several partners' own plans, put side by side as one plan of `instance`, which holds all their vehicles.

    It is feasible there, since every partner keeps its plants, its offers' capacities are its own, and shares of shares add up: this is
    why together never costs more than the sum of alone.
    """
    choice: dict[str, int] = {}
    purchases: dict[tuple[int, str, ModuleKey, int], float] = defaultdict(float)
    output: dict[tuple[int, ModuleKey | str, int], float] = {}
    standing: dict[tuple[int, int], int] = {}
    line_index = {(line.plant, line.process): i for i, line in enumerate(instance.lines)}
    configurations = {v.id: {c.units: i for i, c in enumerate(v.configurations)} for v in instance.vehicles}
    for plan in plans:
        for vehicle, chosen in plan.chosen.items():
            choice[vehicle] = configurations[vehicle][chosen.units]
        for slot, quantity in plan.decisions.purchases.items():
            purchases[slot] += quantity
        for (line, item, year), quantity in plan.decisions.output.items():
            own = plan.instance.lines[line]
            output[line_index[own.plant, own.process], item, year] = quantity
        for (line, year), count in plan.decisions.standing.items():
            own = plan.instance.lines[line]
            standing[line_index[own.plant, own.process], year] = count
    return Decisions(choice, dict(purchases), output, standing)


def _check_vehicles(instance: PlanInstance) -> None:
    empty = [vehicle.id for vehicle in instance.vehicles if not vehicle.configurations]
    if empty:
        raise NoPlanError(f"no configuration meets the demands on {', '.join(empty)}")


def _without_twins(instance: PlanInstance) -> tuple[PlanInstance, dict[str, tuple[int, ...]]]:
    """The instance with one configuration for each set of modules, the cheapest: the plan sees nothing else of it."""
    vehicles, kept = [], {}
    for vehicle in instance.vehicles:
        cheapest: dict[frozenset[tuple[ModuleKey, int]], int] = {}
        for index, configuration in enumerate(vehicle.configurations):
            key = frozenset(configuration.modules)
            if key not in cheapest or configuration.extra_cost < vehicle.configurations[cheapest[key]].extra_cost:
                cheapest[key] = index
        kept[vehicle.id] = tuple(sorted(cheapest.values()))
        vehicles.append(replace(vehicle, configurations=tuple(vehicle.configurations[i] for i in kept[vehicle.id])))
    return replace(instance, vehicles=tuple(vehicles)), kept


def _moved(decisions: Decisions, kept: Mapping[str, tuple[int, ...]]) -> Decisions | None:
    try:
        choice = {vehicle: kept[vehicle].index(index) for vehicle, index in decisions.choice.items()}
    except ValueError:
        return None
    return replace(decisions, choice=choice)


def _reduced_costs(model: PlanModel, duals: FloatArray) -> dict[str, FloatArray]:
    return {vehicle: duals[columns] for vehicle, columns in model.choice.items()}


def _cheapest(reduced: Mapping[str, FloatArray], best: Decisions | None) -> dict[str, tuple[int, ...]]:
    chosen = {}
    for vehicle, costs in reduced.items():
        picked = set(np.argsort(costs, kind="stable")[:_PROMISING].tolist())
        if best is not None:
            picked.add(best.choice[vehicle])
        chosen[vehicle] = tuple(sorted(picked))
    return chosen


def _better(
    instance: PlanInstance, best: Decisions | None, cost: float, candidate: Decisions
) -> tuple[Decisions | None, float]:
    evaluation = evaluate(instance, candidate)
    if evaluation.violations:
        raise RuntimeError("a plan fails its independent check: " + "; ".join(evaluation.violations[:5]))
    return (candidate, evaluation.total) if evaluation.total < cost else (best, cost)


def _start(model: PlanModel, best: Decisions | None) -> FloatArray | None:
    return None if best is None else model.values(best)


def _infeasible(answer: Solution) -> bool:
    return "nfeasible" in answer.status


def _why_no_plan(instance: PlanInstance) -> str:
    """Name the first capacity that cannot carry the volumes; else say that capacities and dates together exclude a plan."""
    for partner in instance.partners:
        for year, name in enumerate(instance.years):
            cars = sum(v.volumes[year] for v in instance.vehicles if v.partner == partner)
            units = sum(
                v.volumes[year] * min(sum(n for k, n in c.modules if k[0] == "machine") for c in v.configurations)
                for v in instance.vehicles
                if v.partner == partner
            )
            for process, need in (("machine", units), ("gear", units), ("battery_pack", cars)):
                most = sum(
                    line.capacity * line.most
                    for line in instance.lines
                    if line.partner == partner and line.process == process
                )
                if need > most:
                    return (
                        f"{partner} needs {need:,.0f} pieces of {process} in {name}, and its plants can build {most:,.0f} "
                        f"with all lines that they may have; raise `most` of its {process} lines, or lower the volumes"
                    )
            for part in instance.parts:
                if not all(
                    any(k in part.price for k, _ in c.modules) for v in instance.vehicles for c in v.configurations
                ):
                    continue
                offered = sum(instance.offers[i].capacity_per_partner for i in instance.offers_of(part.id))
                if units > offered and len(instance.partners) == 1:
                    return (
                        f"{partner} needs {units:,.0f} pieces of {part.id} in {name}, and its suppliers can deliver {offered:,.0f}; "
                        "raise `capacity_per_partner`, add an offer, or lower the volumes"
                    )
    return "line capacities, supplier capacities and dates together exclude every plan; raise `most` of the lines or the offers' capacity"
