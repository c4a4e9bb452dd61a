"""Which plans a study asks for, and in what order: every coalition under every outlook, and what the answer is held against.

A *case* is one question to the plan. Cases build on each other: a coalition starts from its members' own plans side by side, so that being
together never costs more than being alone; a family that is held needs the plan that chose it. Beside the outlooks (cost books, scenarios)
stand the sensitivities: every book under laws of volume, and units tailored to each vehicle.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from halfshaft.plan import ModuleKey, ModuleRating, Plan, PlanInstance, build_instance, solve_plan, tailored, union
from halfshaft.programme import Programme
from halfshaft.study.executor import Task
from halfshaft.study.store import key_of
from halfshaft.verification import VehicleTable

Coalition = frozenset[str]
# Runs tasks and gives their results in order.
Runner = Callable[[Sequence[Task]], list[Any]]


@dataclass(frozen=True)
class Case:
    """One question to the plan: a cost book, a scenario, a coalition.

    `held` keeps the family of the reference plan; `exponent` prices modules by a law of volume instead of the sum of their parts;
    `tailored` gives every vehicle modules of its own.
    """

    book: str
    scenario: str
    coalition: Coalition
    held: bool = False
    exponent: float | None = None
    tailored: bool = False

    @property
    def plain(self) -> bool:
        """Whether this is one of the outlooks themselves."""
        return not self.held and not self.tailored and self.exponent is None

    @property
    def label(self) -> str:
        """What a watcher is told."""
        told = [" + ".join(sorted(self.coalition)), self.book, self.scenario]
        told += [] if self.exponent is None else [f"exponent {self.exponent:g}"]
        told += ["tailored"] if self.tailored else []
        told += ["family held"] if self.held else []
        return ", ".join(told)


def outlooks(programme: Programme) -> tuple[tuple[str, str], ...]:
    """The pairs of cost book and scenario to plan: every book in the reference scenario, every scenario in the reference book."""
    header = programme.header
    pairs = [(book.id, header.reference_scenario) for book in programme.books]
    pairs += [(header.reference_book, scenario.id) for scenario in programme.scenarios]
    pairs.sort(key=lambda pair: pair != (header.reference_book, header.reference_scenario))
    return tuple(dict.fromkeys(pairs))


def cases_of(programme: Programme) -> tuple[Case, ...]:
    """All cases of a study: the outlooks of every coalition, the reference family held, and the sensitivities of every book."""
    header, sensitivity = programme.header, programme.header.sensitivity
    partners = tuple(partner.id for partner in header.partners)
    everyone = frozenset(partners)
    coalitions = [
        frozenset(members) for size in range(1, len(partners) + 1) for members in itertools.combinations(partners, size)
    ]
    # Laws of volume are held against the extremes alone: every partner by itself, and everyone.
    ends = [members for members in coalitions if len(members) in (1, len(partners))]
    books = [book for book, scenario in outlooks(programme) if scenario == header.reference_scenario]
    cases = [Case(b, s, members) for b, s in outlooks(programme) for members in coalitions]
    cases += [
        Case(b, header.reference_scenario, members, exponent=exponent)
        for b in books
        for exponent in sensitivity.exponents
        for members in ends
    ]
    if sensitivity.tailored:
        cases += [
            Case(b, header.reference_scenario, frozenset({partner}), exponent=exponent, tailored=True)
            for b in books
            for exponent in (None, *sensitivity.exponents)
            for partner in partners
        ]
    cases += [
        Case(header.reference_book, s.id, everyone, held=True)
        for s in programme.scenarios
        if s.id != header.reference_scenario
    ]
    return tuple(dict.fromkeys(cases))


def case_instance(
    programme: Programme,
    tables: Sequence[VehicleTable],
    ratings: Mapping[ModuleKey, ModuleRating],
    case: Case,
    dropped: frozenset[str] = frozenset(),
) -> PlanInstance:
    """The planning problem of a case, without the demands in `dropped`; a family that is held is not held yet."""
    instance = build_instance(
        programme,
        tables,
        ratings,
        book=case.book,
        scenario=case.scenario,
        partners=sorted(case.coalition),
        dropped=dropped,
        exponent=case.exponent,
    )
    return tailored(instance) if case.tailored else instance


def solve_cases(programme: Programme, instances: Mapping[Case, PlanInstance], run: Runner) -> dict[Case, Plan]:
    """A plan for every case, smaller coalitions first, families that are held last. Raises NoPlanError."""
    header, settings = programme.header, programme.header.solver
    found: dict[Case, Plan] = {}

    def solve(cases: Sequence[Case], posed: Mapping[Case, PlanInstance]) -> None:
        tasks = []
        for case in cases:
            starts = () if case.held else tuple(found[own] for own in _alone(case) if own != case)
            tasks.append(
                Task(
                    key_of("plan", posed[case], settings, [plan.decisions for plan in starts]),
                    case.label,
                    plan_task,
                    (posed[case], starts, settings.gap, settings.time_limit),
                )
            )
        found.update(zip(cases, run(tasks), strict=True))

    free = [case for case in instances if not case.held]
    for size in range(1, len(header.partners) + 1):
        solve([case for case in free if len(case.coalition) == size], instances)
    held = [case for case in instances if case.held]
    if held:
        everyone = frozenset(partner.id for partner in header.partners)
        reference = found[Case(header.reference_book, header.reference_scenario, everyone)]
        solve(held, {case: holding_family(instances[case], reference) for case in held})
    return found


def _alone(case: Case) -> list[Case]:
    return [replace(case, coalition=frozenset({partner})) for partner in sorted(case.coalition)]


def plan_task(instance: PlanInstance, starts: Sequence[Plan], gap: float, time_limit: float) -> Plan:
    """Solve one instance, from the partners' own plans side by side where there are any."""
    return solve_plan(instance, gap=gap, time_limit=time_limit, starts=[union(instance, starts)] if starts else [])


def holding_family(instance: PlanInstance, reference: Plan) -> PlanInstance:
    """The same problem with every vehicle bound to the configuration of the reference plan."""
    own = reference.instance
    number = {unit.id: index for index, unit in enumerate(instance.units)}
    slots = []
    for slot in instance.slots:
        held = own.slot[slot.id].units[reference.decisions.choice[slot.id]]
        wanted = [number[own.units[unit].id] if unit >= 0 else -1 for unit in held]
        slots.append(slot.only(np.flatnonzero((slot.units == wanted).all(axis=1))))
    return replace(instance, title=instance.title + ", family held", slots=tuple(slots))
