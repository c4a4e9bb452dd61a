"""A study: every stage from the programme to the split, in order, each fed by the ones before it and by nothing else.

    programme → fields → catalogue → verification → overlap → plan → adoption → operation → negotiation → alliance

The body of `run_study` is that list. Each stage is cut into tasks (a unit, a vehicle, a plan, a demand), and every task's result is stored
under the hash of its input as soon as it is there; so an interrupted study goes on where it stopped, and a second one with the same input
only reads.
"""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from halfshaft.alliance import AllianceResult, Game, allocate
from halfshaft.drive_unit import DriveUnit, UnitMap, evaluate_unit
from halfshaft.negotiation import DemandPrice, Unlock, demand_price, relaxation_price, screen_demands, unlocks
from halfshaft.plan import (
    ModuleKey,
    ModuleRating,
    Plan,
    PlanInstance,
    build_instance,
    module_ratings,
    relaxed_bound,
)
from halfshaft.programme import Programme, load_programme
from halfshaft.quantities import InputError, Interval, Problem
from halfshaft.study.adoption import Adoption, adoption_steps, weigh_adoption
from halfshaft.study.executor import Executor, Task
from halfshaft.study.fields import LaminationField, check_speed, compute_field, laminations_in_use, stator_limit_a
from halfshaft.study.plans import Case, Coalition, case_instance, cases_of, outlooks, solve_cases
from halfshaft.study.store import Store, key_of
from halfshaft.verification import (
    Operation,
    Overlap,
    Refusal,
    VehicleTable,
    operate_vehicle,
    overlap,
    refusals,
    verify_vehicle,
)

# How many demands are planned again in full; the others are bounded by the relaxation and say so.
_PLANNED_DEMANDS = 12


class Progress(Protocol):
    """What a study tells whoever watches: a stage begins with a number of steps, and steps are done."""

    def stage(self, name: str, steps: int) -> None:
        """A stage begins."""

    def step(self, label: str, stored: bool) -> None:
        """A step of the present stage is done; `stored` when its result was there already."""


class Silent:
    """A watcher that says nothing."""

    def stage(self, name: str, steps: int) -> None:
        """Nothing."""

    def step(self, label: str, stored: bool) -> None:
        """Nothing."""


@dataclass(frozen=True)
class StageRecord:
    """What a stage took: seconds of wall time, steps, and how many of them were stored already."""

    name: str
    seconds: float
    steps: int
    stored: int


@dataclass(frozen=True)
class RunRecord:
    """What the run took. `peak_memory_bytes` is the largest process of the run, `peak_memory_all_bytes` the sum over parent and largest
    workers, which bounds what stood in memory at once from above."""

    seconds: float
    workers: int
    peak_memory_bytes: int
    peak_memory_all_bytes: int
    stages: tuple[StageRecord, ...]


@dataclass(frozen=True)
class Study:
    """A finished study: the programme and every stage's result."""

    programme: Programme
    fields: tuple[LaminationField, ...]
    maps: tuple[UnitMap, ...]
    tables: tuple[VehicleTable, ...]
    refusals: tuple[Refusal, ...]
    overlap: Overlap
    ratings: Mapping[ModuleKey, ModuleRating]
    plans: Mapping[Case, Plan]
    adoption: Adoption | None
    operations: tuple[Operation, ...]
    prices: tuple[DemandPrice, ...]
    unlocks: tuple[Unlock, ...]
    alliances: Mapping[tuple[str, str], AllianceResult]
    run: RunRecord

    @property
    def everyone(self) -> Coalition:
        """The coalition of all partners."""
        return frozenset(partner.id for partner in self.programme.header.partners)

    def plan(self, book: str | None = None, scenario: str | None = None, coalition: Coalition | None = None) -> Plan:
        """A plan; by default of everyone, under the reference book and scenario."""
        header = self.programme.header
        return self.plans[
            Case(book or header.reference_book, scenario or header.reference_scenario, coalition or self.everyone)
        ]

    def saving(self, book: str, scenario: str) -> Interval:
        """What being together saves against each partner's own best plan, from the bounds of all of them."""
        alone = [self.plan(book, scenario, frozenset({p})) for p in sorted(self.everyone)]
        joint = self.plan(book, scenario)
        return Interval(sum(p.bound for p in alone) - joint.objective, sum(p.objective for p in alone) - joint.bound)


def run_study(
    folder: Path | str,
    *,
    store: Path | str,
    workers: int = 2,
    progress: Progress | None = None,
) -> Study:
    """Run every stage on the programme in `folder`, keeping finished results in `store`.

    Raises InputError when the programme cannot be used: among others, when no unit serves a vehicle.
    """
    run = StageRunner(Executor(Store(Path(store)), workers), progress or Silent())
    with run.stage("programme", 1):
        programme = load_programme(folder)
        run.step("read", False)
    fields = run.fields(programme)
    maps = run.catalogue(programme, programme.kit.units, fields)
    tables = run.verification(programme, maps)
    _every_vehicle_served(programme, tables)
    with run.stage("overlap", 1):
        shared = overlap(tables)
        refused = tuple(refusal for table in tables for refusal in refusals(table))
        run.step("compared", False)
    ratings = module_ratings(maps)
    plans = run.plans(programme, tables, ratings)
    adoption = run.adoption(programme, tables, ratings, plans)
    operations = run.operation(programme, maps, plans)
    prices, changes = run.negotiation(programme, tables, ratings, plans)
    with run.stage("alliance", 1):
        alliances = split_all(programme, plans)
        run.step("split", False)
    return Study(
        programme, fields, maps, tables, refused, shared, ratings, plans, adoption, operations, prices, changes, alliances,
        run.record(),
    )  # fmt: skip


class StageRunner:
    """One run's executor, watcher and clock."""

    def __init__(self, executor: Executor, progress: Progress) -> None:
        self.executor = executor
        self.progress = progress
        self.began = time.monotonic()
        self.records: list[StageRecord] = []
        self._steps = self._stored = 0

    @contextmanager
    def stage(self, name: str, steps: int) -> Iterator[None]:
        began, self._steps, self._stored = time.monotonic(), 0, 0
        self.progress.stage(name, steps)
        yield
        self.records.append(StageRecord(name, time.monotonic() - began, self._steps, self._stored))

    def step(self, label: str, stored: bool) -> None:
        self._steps += 1
        self._stored += stored
        self.progress.step(label, stored)

    def done(self, task: Task, stored: bool) -> None:
        self.step(task.label, stored)

    def record(self) -> RunRecord:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        return RunRecord(
            time.monotonic() - self.began, self.executor.workers, max(own, child),
            own + self.executor.workers * child if self.executor.workers > 1 else own, tuple(self.records),
        )  # fmt: skip

    def fields(self, programme: Programme) -> tuple[LaminationField, ...]:
        """The field of each lamination. One after the other, each with all workers as threads: a sweep shares its mesh and matrices."""
        settings, workers = programme.header.fields, self.executor.workers
        tasks = []
        for lamination in laminations_in_use(programme):
            drawn, limit = programme.kit.drawn[lamination.name], stator_limit_a(lamination, programme.kit.units)
            key = key_of("field", lamination.name, lamination.rotor, drawn, limit, settings)
            tasks.append(Task(key, drawn.name, compute_field, (lamination, drawn, limit, settings, workers)))
        with self.stage("fields", len(tasks)):
            found = tuple(self.executor.run([task], self.done)[0] for task in tasks)
        for lamination, field in zip(laminations_in_use(programme), found, strict=True):
            check_speed(lamination, field)
        return found

    def catalogue(
        self, programme: Programme, units: Sequence[DriveUnit], fields: Sequence[LaminationField]
    ) -> tuple[UnitMap, ...]:
        """The loss map of each unit at its class voltage under load."""
        voltages = programme.header.under_load_v
        tables = {field.lamination: field.table() for field in fields}
        keys = {name: key_of("table", table) for name, table in tables.items()}
        tasks = []
        for unit in units:
            if unit.inverter.voltage_class_v in voltages:
                lamination, voltage_v = unit.machine.lamination.name, voltages[unit.inverter.voltage_class_v]
                key = key_of("unit map", unit, keys[lamination], voltage_v)
                tasks.append(Task(key, unit.name, evaluate_unit, (unit, tables[lamination], voltage_v)))
        with self.stage("catalogue", len(tasks)):
            return tuple(self.executor.run(tasks, self.done))

    def verification(self, programme: Programme, maps: Sequence[UnitMap]) -> tuple[VehicleTable, ...]:
        catalogue_key = key_of("maps", maps)
        tasks = [
            Task(
                key_of("vehicle table", vehicle, programme.header.driving, programme.requirements_of(vehicle), catalogue_key),
                vehicle.name, verify_vehicle,
                (vehicle, programme.model_of(vehicle), programme.requirements_of(vehicle), maps, programme.header.driving.switching_power),
            )
            for vehicle in programme.vehicles
        ]  # fmt: skip
        with self.stage("verification", len(tasks)):
            return tuple(self.executor.run(tasks, self.done))

    def plans(
        self, programme: Programme, tables: Sequence[VehicleTable], ratings: Mapping[ModuleKey, ModuleRating]
    ) -> dict[Case, Plan]:
        """Every case of the study: see `plans`."""
        instances = {case: case_instance(programme, tables, ratings, case) for case in cases_of(programme)}
        with self.stage("plan", len(instances)):
            return solve_cases(programme, instances, self._run)

    def adoption(
        self,
        programme: Programme,
        tables: Sequence[VehicleTable],
        ratings: Mapping[ModuleKey, ModuleRating],
        plans: Mapping[Case, Plan],
    ) -> Adoption | None:
        """One plan for all scenarios: see `adoption`. None where the programme has one scenario or does not ask."""
        scenarios = [scenario.id for scenario in programme.scenarios if scenario.probability > 0.0]
        if len(scenarios) < 2 or not programme.header.sensitivity.adoption:
            return None

        def instance(coalition: Coalition) -> PlanInstance:
            return build_instance(
                programme,
                tables,
                ratings,
                book=programme.header.reference_book,
                scenario=scenarios,
                partners=sorted(coalition),
            )

        with self.stage("adoption", adoption_steps(programme, scenarios)):
            return weigh_adoption(programme, scenarios, instance, plans, self._run)

    def _run(self, tasks: Sequence[Task]) -> list[Any]:
        return self.executor.run(tasks, self.done)

    def operation(
        self, programme: Programme, maps: Sequence[UnitMap], plans: Mapping[Case, Plan]
    ) -> tuple[Operation, ...]:
        """Each vehicle with the units that the reference plan of all partners gives it."""
        header, catalogue_key = programme.header, key_of("maps", maps)
        everyone = frozenset(partner.id for partner in header.partners)
        chosen = plans[Case(header.reference_book, header.reference_scenario, everyone)].at_launch
        tasks = []
        for vehicle in programme.vehicles:
            units = chosen[vehicle.id].axles
            tasks.append(
                Task(
                    key_of("operation", vehicle, header.driving, catalogue_key, units),
                    vehicle.name, operate_vehicle,
                    (vehicle, programme.model_of(vehicle), maps, header.driving.switching_power, units),
                )
            )  # fmt: skip
        with self.stage("operation", len(tasks)):
            return tuple(self.executor.run(tasks, self.done))

    def negotiation(
        self,
        programme: Programme,
        tables: Sequence[VehicleTable],
        ratings: Mapping[ModuleKey, ModuleRating],
        plans: Mapping[Case, Plan],
    ) -> tuple[tuple[DemandPrice, ...], tuple[Unlock, ...]]:
        header, settings = programme.header, programme.header.solver
        case = Case(header.reference_book, header.reference_scenario, frozenset(p.id for p in header.partners))
        plan = plans[case]
        free, open_ = screen_demands(tables, [requirement.id for requirement in programme.requirements])
        relaxed = relaxed_bound(plan.instance)
        # All that an instance without a demand is made of, hashed once: the plan holds the rest of the programme in its own instance.
        base = key_of("without", plan, tables, programme.kit.developments, programme.vehicles, header)

        def without(demand: str) -> PlanInstance:
            return case_instance(programme, tables, ratings, case, frozenset({demand}))

        def relaxation(demand: str, opened: int) -> Task:
            return Task(
                key_of("relaxation", base, demand),
                demand,
                relaxation_price,
                lambda: (demand, opened, plan, relaxed, without(demand)),
            )

        def planning(price: DemandPrice) -> Task:
            return Task(
                key_of("demand", base, price, settings),
                price.demand,
                price_task,
                lambda: (price, plan, without(price.demand), settings.gap, settings.time_limit),
            )

        with self.stage("negotiation", len(open_) + min(_PLANNED_DEMANDS, len(open_))):
            bounded: list[DemandPrice] = self.executor.run([relaxation(*demand) for demand in open_], self.done)
            # A demand on a whole range of cars is what partners negotiate first, whatever it promises.
            of_all = {requirement.id for requirement in programme.requirements if requirement.vehicle == "all"}
            ranked = sorted(bounded, key=lambda price: (price.demand not in of_all, -price.promise, price.demand))
            planned: list[DemandPrice] = self.executor.run(
                [planning(price) for price in ranked[:_PLANNED_DEMANDS]], self.done
            )
        family = plan.family
        return (*planned, *ranked[_PLANNED_DEMANDS:], *free), unlocks(tables, family)


def price_task(price: DemandPrice, plan: Plan, without: PlanInstance, gap: float, time_limit: float) -> DemandPrice:
    """Plan again without one demand; the relaxation's bound stays valid and may be the tighter one."""
    planned = demand_price(price.demand, price.opened, plan, without, gap=gap, time_limit=time_limit)
    high = min(planned.price.high, price.price.high)
    return replace(planned, price=Interval(min(planned.price.low, high), high), promise=price.promise)


def split_all(programme: Programme, plans: Mapping[Case, Plan]) -> dict[tuple[str, str], AllianceResult]:
    """Split the joint cost of every outlook between the partners."""
    partners = tuple(partner.id for partner in programme.header.partners)
    everyone = frozenset(partners)
    result = {}
    for book, scenario in outlooks(programme):
        game = Game(
            partners,
            {
                case.coalition: Interval(plan.bound, plan.objective)
                for case, plan in plans.items()
                if case.plain and (case.book, case.scenario) == (book, scenario)
            },
        )
        joint = plans[Case(book, scenario, everyone)]
        volume = {p: _units(joint, p) for p in partners}
        shared_cost = joint.evaluation.by_partner()
        common = shared_cost.get(None, 0.0)
        total = sum(volume.values())
        own = {p: shared_cost.get(p, 0.0) + common * volume[p] / total for p in partners}
        result[book, scenario] = allocate(game, own_cost=own, volume=volume)
    return result


def _units(plan: Plan, partner: str) -> float:
    """Drive units that a partner builds over the programme."""
    return sum(
        sum(plan.instance.scenarios[0].volumes[slot.id])
        * sum(n for key, n in plan.chosen[slot.id].modules.items() if key[0] == "gear")
        for slot in plan.instance.slots
        if plan.instance.partner_of(slot) == partner
    )


def _every_vehicle_served(programme: Programme, tables: Sequence[VehicleTable]) -> None:
    problems = []
    for vehicle, table in zip(programme.vehicles, tables, strict=True):
        if not table.feasible.any():
            problems.append(_unserved(programme, table))
        elif not _available_at_sop(programme, table):
            file, _ = programme.places["vehicle", vehicle.id]
            problems.append(
                Problem(
                    file,
                    None,
                    "volumes",
                    f"every unit that serves {vehicle.name} is available only after its SOP {vehicle.sop}",
                    "move the SOP, or make the modules available earlier (`available_from` in the kit)",
                )
            )
    if problems:
        raise InputError(problems)


def _available_at_sop(programme: Programme, table: VehicleTable) -> bool:
    vehicle = programme.vehicle(table.vehicle)
    late = {unit.name for unit in programme.kit.units if programme.kit.available_from(unit) > vehicle.sop}
    front = np.array([name not in late for name in table.fronts])
    rear = np.array([name not in late for name in table.rears])
    return bool((table.feasible & front[:, None] & rear[None, :]).any())


def _unserved(programme: Programme, table: VehicleTable) -> Problem:
    """Name what excludes every unit: the demands that nothing meets, else the smallest set whose relaxation opens a choice."""
    name = programme.vehicle(table.vehicle).name

    def listed(demands: Sequence[str]) -> str:
        places = (programme.places.get(("requirement", demand)) for demand in demands)
        return ", ".join(
            demand if place is None else f"{demand} ({place[0]}:{place[1]})"
            for demand, place in zip(demands, places, strict=True)
        )

    impossible = [demand.id for demand in table.demands if not demand.mask.any()]
    if impossible:
        message = f"no unit of the kit serves {name}: none meets {listed(impossible)}"
        remedy = "relax the demand, or add a module to the kit that meets it"
    else:
        ids = [demand.id for demand in table.demands]
        smallest = next(
            dropped
            for size in range(1, len(ids) + 1)
            for dropped in itertools.combinations(ids, size)
            if table.holding(frozenset(dropped)).any()
        )
        message = f"no unit of the kit serves {name}: its demands exclude each other"
        remedy = f"relaxing {listed(smallest)} would open a choice"
    file, line = programme.places["vehicle", table.vehicle]
    return Problem(file, line, "", message, remedy)
