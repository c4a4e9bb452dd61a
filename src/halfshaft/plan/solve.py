"""Solving a plan: from an instance to decisions with a proof.

The floors under lines and the linear relaxation over all options come first: they give a bound, and reduced costs that say which options
can matter. What the relaxed plan takes, on the lines of the floors, gives a first plan, and where that is far from the bound, a search
among the promising options does. Every option whose reduced cost exceeds the distance between that plan and the bound can be in no better
plan and is dropped, which loses nothing; the rest is solved to the demanded gap. Where volume laws are bent, their chords lie below them:
the bound is valid for the law, and the plan's true volumes become new meeting points of chords until both agree. The plan's cost is then
recomputed from its decisions by the independent evaluator, and a plan that the evaluator refuses is an error, never a result.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from halfshaft.plan.blocks import FloatArray, IntArray, Solution, solve
from halfshaft.plan.evaluate import evaluate, used_modules
from halfshaft.plan.explain import explain
from halfshaft.plan.family import family_problem, solve_family, why_not_family
from halfshaft.plan.floors import line_floors
from halfshaft.plan.formulation import build_model
from halfshaft.plan.instance import Decisions, ModuleKey, Plan, PlanInstance, Recourse
from halfshaft.plan.model import (
    MILLION,
    THOUSAND,
    Floor,
    Offered,
    PlanModel,
    all_options,
    present_volumes,
    start_values,
)
from halfshaft.plan.quick import least_bound, quick_choice
from halfshaft.plan.relaxation import relax
from halfshaft.plan.supply import NoSupplyError, solve_supply

# Options of a slot that the first search looks at, by reduced cost; and mean options of a slot up to which all are searched at once.
_PROMISING = 12
_FEW = 20
# Share of the time that the first search may take, and the multiple of the demanded gap that is enough for it.
_FIRST_SEARCH = 0.35
_FIRST_GAP = 3.0
# Relative precision of a cost: what a solver's tolerances leave of it.
_PRECISION = 1e-9
# Share of the time that production and purchases of a given family may take before the whole model is tried.
_SUPPLY_SEARCH = 0.9
# Share of an option in the relaxed plan from which on it counts as taken, and the multiple of the demanded gap to which those are searched.
_TAKEN, _NEAR = 1e-6, 0.3
# Share of the time that the floors under lines may take, and the relaxation after them.
_FLOORS = 0.1
_RELAXATION = 0.6
# A plan of a family that is quickly found, where there is no other: least seconds, and gap.
_PASSABLE_SECONDS = 10.0
_PASSABLE_GAP = 0.02
# Seconds that are fair for a bound alone.
_PATIENCE = 60.0
# Rounds of new chords, at most.
_ROUNDS = 12

# Best cost and bound so far, in the instance's money; True stops the search.
Progress = Callable[[float, float], bool]


class NoPlanError(Exception):
    """No plan exists, or none was found in time: the message says, in the user's words, what excludes it."""


class NotFoundError(NoPlanError):
    """No plan was found before the search was ended: whether there is one is not known."""


@dataclass(frozen=True)
class Held:
    """Decisions of another plan that are not to be made again: option and delay of every slot, and with `lines` the lines too."""

    decisions: Decisions
    lines: bool = False


@dataclass
class _Search:
    """What is known so far: the best plan, the bound, and the time."""

    instance: PlanInstance
    gap: float
    time_limit: float
    progress: Progress | None
    held: Held | None = None
    began: float = field(default_factory=time.monotonic)
    best: Decisions | None = None
    # What the solver found last: with chords below the laws, it may look better than it is.
    latest: Decisions | None = None
    cost: float = np.inf
    bound: float = -np.inf
    build_seconds: float = 0.0
    stopped: bool = False
    # What lines cost at the least in any plan.
    floors: tuple[Floor, ...] = ()

    def left(self) -> float:
        return self.time_limit - (time.monotonic() - self.began)

    def offer(self, candidate: Decisions) -> None:
        """Keep a plan if it is better; one that fails its check is an error."""
        evaluation = evaluate(self.instance, candidate)
        if evaluation.violations:
            raise RuntimeError("a plan fails its independent check: " + "; ".join(evaluation.violations[:5]))
        if evaluation.total < self.cost:
            self.best, self.cost = candidate, evaluation.total

    def ask(self) -> bool:
        """Tell the progress of a search that has no numbers of its own to tell, and whether to stop."""
        if self.progress is not None:
            self.stopped |= self.progress(self.cost, self.bound)
        return self.stopped

    def prove(self, bound: float) -> None:
        """A new bound, in the instance's money; it only rises, and never above the best plan."""
        self.bound = min(max(self.bound, bound), self.cost)

    def enough(self) -> bool:
        proven = self.best is not None and self.cost - self.bound <= (self.gap + _PRECISION) * abs(self.cost)
        return proven or self.stopped or self.left() <= 0.0

    def build(self, offered: Offered, breakpoints: Mapping[ModuleKey, tuple[float, ...]]) -> PlanModel:
        began = time.monotonic()
        model = build_model(self.instance, offered, breakpoints, floors=self.floors)
        if self.held is not None:
            model = holding(model, self.held)
        self.build_seconds += time.monotonic() - began
        return model

    def watch(self, offset: float, exact: bool, whole: bool) -> Callable[[float, float], bool]:
        """Tell the solver's progress in the instance's money, and stop it when told to.

        Unless the model is `exact`, what the solver takes for the cost of a plan lies below its true cost and is not told; nor is its bound
        unless the model is `whole`, with every option that may be in a better plan.
        """

        def look(upper: float, lower: float) -> bool:
            if self.progress is not None:
                cost = min(self.cost, (upper + offset) * MILLION) if exact else self.cost
                bound = min((lower + offset) * MILLION, cost) if whole else -np.inf
                self.stopped |= self.progress(cost, max(self.bound, bound))
            return self.stopped

        return look

    def run(self, model: PlanModel, *, seconds: float, ease: float = 1.0, whole: bool = False) -> Solution:
        """Search one model from the best plan known, to `ease` times the demanded gap, and take what it finds.

        `whole` says that the model has every option which may be in a better plan: its bound is then worth telling.
        """
        began = time.monotonic()
        start = None if self.best is None else start_values(model, self.best)
        self.build_seconds += time.monotonic() - began
        exact = not any(model.points)
        watch = self.watch(model.offset, exact, whole)
        options = {"objective_target": self._good_enough(model)} if exact else {}
        answer = solve(
            model.arrays,
            gap=ease * self._solver_gap(model),
            time_limit=seconds,
            start=start,
            watch=watch,
            options=options,
        )
        if answer.values is not None:
            self.latest = model.decisions(answer.values)
            self.offer(self.latest)
        return answer

    def _good_enough(self, model: PlanModel) -> float:
        """The solver's objective from which on a plan is within the demanded gap of the bound known so far."""
        if self.bound <= 0.0 or not np.isfinite(self.bound):
            return -np.inf
        return self.bound / (1.0 - min(self.gap, 0.5)) / MILLION - model.offset - 1e-7

    def _solver_gap(self, model: PlanModel) -> float:
        """The solver measures its gap against an objective without the model's offset."""
        cost = (self.bound if np.isfinite(self.bound) else 0.0) / MILLION
        inside = cost - model.offset
        return self.gap * 0.9 * min(1.0, cost / inside) if inside > 0.0 and cost > 0.0 else self.gap * 0.9


def solve_plan(
    instance: PlanInstance,
    *,
    gap: float = 0.002,
    time_limit: float = 60.0,
    starts: Sequence[Decisions] = (),
    held: Held | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Find a plan and prove how good it is.

    `gap` is relative; `time_limit` is in seconds and stops the search with the best plan and its bound, as does `progress` (called now
    and then with cost and bound) by returning True. `starts` are decisions known to be feasible; the plan is never dearer than the
    cheapest of them. `held` fixes what another plan decided; bound and gap then hold for the problem with that fixed. Raises NoPlanError
    when no plan exists, with the smallest set of demands, capacities or dates that excludes one, or when none was found in time.
    """
    _check_slots(instance)
    slim, kept = without_twins(instance if held is None else _with_choice(instance, held))
    search = _Search(slim, gap, time_limit, progress, held)
    for start in starts:
        moved = _moved(start, kept)
        if moved is not None:
            search.offer(moved)
    if _is_pure_family(search):
        method = _solve_family(search)
    else:
        given = held is None and _is_given_family(slim)
        method = _solve_given_family(search) if given else ""
        if search.best is None or not search.enough():
            method = "; ".join(filter(None, [method, _solve_all(search)]))
    if search.best is None:
        raise NotFoundError(f"{slim.title}: no plan was found within the time limit; give it more time")
    decided = replace(search.best, choice={slot: int(kept[slot][i]) for slot, i in search.best.choice.items()})
    if held is not None:
        decided = replace(decided, choice=dict(held.decisions.choice))
    evaluation = evaluate(instance, decided)
    return Plan(
        instance=instance,
        decisions=decided,
        evaluation=evaluation,
        bound=float(min(search.bound, evaluation.total)),
        status=_status(search, evaluation.total),
        seconds=time.monotonic() - search.began,
        method=method,
        build_seconds=search.build_seconds,
    )


def _solve_all(search: _Search) -> str:
    """The whole problem as one model."""
    slim = search.instance
    search.prove(least_bound(slim))
    search.floors, built = line_floors(slim, time_limit=_FLOORS * max(search.left(), 0.0), stop=search.ask)
    search.build_seconds += built
    full = search.build(all_options(slim), {})
    seconds = max(_RELAXATION * search.left(), 1.0)
    relaxed = relax(full, _first_options(search), time_limit=seconds, watch=search.watch(full.offset, False, False))
    if relaxed.status == "infeasible":
        raise NoPlanError(f"{slim.title}: {_why(search)}")
    search.prove((relaxed.bound + full.offset) * MILLION)
    if relaxed.status == "optimal" and relaxed.reduced_costs is not None:
        if not search.enough():
            _as_relaxed(search, full, relaxed)
        _refine(search, full, relaxed.reduced_costs)
    if search.best is None and search.held is None:
        _passable(search)
    return "relaxation over all options, reduced-cost fixing, branch and cut"


def _first_options(search: _Search) -> dict[str, IntArray]:
    """An option or two of each slot: of the best plan so far, and of a family that is quickly found."""
    best = search.best
    quick = _quick_options(search.instance)
    return quick if best is None else {slot: np.append(rows, best.choice[slot]) for slot, rows in quick.items()}


def _quick_options(instance: PlanInstance) -> dict[str, IntArray]:
    """The option of each slot in a family that is quickly found."""
    return {slot: np.array([option]) for slot, option in quick_choice(instance).items()}


def _as_relaxed(search: _Search, full: PlanModel, relaxed: Solution) -> None:
    """A plan near the relaxed one: of the options that it takes, on the lines that are cheapest where family is left aside."""
    assert relaxed.values is not None
    taken = {slot: relaxed.values[columns].max(axis=1) for slot, columns in full.at.choice.items()}
    arrays = full.only({slot: np.flatnonzero(t >= min(_TAKEN, float(t.max()))) for slot, t in taken.items()})
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for floor in search.floors:
        for line, counts in floor.standing.items():
            columns = full.at.standing[line]
            lower[columns] = np.clip(counts, lower[columns], upper[columns])
            upper[columns] = lower[columns]
    near = replace(full, arrays=replace(arrays, lower=lower, upper=upper))
    search.run(near, seconds=search.left() * _FIRST_SEARCH, ease=_NEAR)


def _passable(search: _Search) -> None:
    """A plan of a family that is quickly found, or of any: worth a few seconds even where the time is up."""
    for options in (_quick_options(search.instance), all_options(search.instance)):
        model = search.build(options, {})
        seconds = max(_PASSABLE_SECONDS, search.left())
        answer = solve(model.arrays, gap=max(_PASSABLE_GAP, search.gap), time_limit=seconds)
        if answer.values is not None:
            search.offer(model.decisions(answer.values))
        if search.best is not None or search.ask():
            return


def _is_pure_family(search: _Search) -> bool:
    """Whether nothing but the choice of modules is to be decided, for cars that are built."""
    instance = search.instance
    built = all(any(w.volumes[slot.id]) for w in instance.scenarios for slot in instance.slots)
    return search.held is None and built and why_not_family(instance) is None


def _solve_family(search: _Search) -> str:
    """A pure family by prices and branching."""
    instance = search.instance
    try:
        problem = family_problem(instance)
    except ValueError:
        raise NoPlanError(f"{instance.title}: {_why(search)}") from None
    assert problem is not None
    start = None if search.best is None else [search.best.choice[slot.id] for slot in instance.slots]
    answer = solve_family(
        problem, gap=max(search.gap, 1e-10), time_limit=max(search.left(), 0.1), start=start, stop=search.ask
    )
    choice = {slot.id: option for slot, option in zip(instance.slots, answer.choice, strict=True)}
    search.offer(_launched(instance, Decisions(choice, {}, {}, (Recourse(),))))
    search.prove(answer.bound)
    search.build_seconds += answer.build_seconds
    return "prices on the modules' uses, and branching"


def _launched(instance: PlanInstance, decisions: Decisions) -> Decisions:
    """The decisions with every module launched when a slot first takes it."""
    return replace(decisions, launch=used_modules(instance, decisions))


def _is_given_family(instance: PlanInstance) -> bool:
    """Whether options and launches leave no choice, so that production and purchases alone are to be decided."""
    if len(instance.scenarios) != 1 or instance.teams or not instance.offers:
        return False
    if any(slot.options != 1 or slot.latest_delay for slot in instance.slots):
        return False
    if any(kind.most is not None for kind in instance.kinds):
        return False
    first = used_modules(instance, Decisions({slot.id: 0 for slot in instance.slots}, {}, {}, ()))
    ordered = all(
        instance.module[key].parent not in first
        or not instance.module[key].carry_over
        or first[instance.module[key].parent] <= year  # type: ignore[index]
        for key, year in first.items()
    )
    return ordered and all(year >= instance.module[key].earliest for key, year in first.items())


def _solve_given_family(search: _Search) -> str:
    """Production and purchases by decomposition; what that leaves open is for the whole model."""
    instance = search.instance
    choice = {slot.id: 0 for slot in instance.slots}
    try:
        answer = solve_supply(
            instance, choice, gap=search.gap, time_limit=_SUPPLY_SEARCH * search.left(), stop=search.ask
        )
    except NoSupplyError:
        return ""
    search.build_seconds += answer.build_seconds
    if np.isfinite(answer.cost):
        search.offer(_launched(instance, Decisions(choice, {}, answer.added, (answer.recourse,))))
        # What the choice alone fixes stands beside what was searched.
        search.prove(search.cost - answer.cost + answer.bound)
    return "prices between production and purchases"


def _why(search: _Search) -> str:
    return explain(search.instance) if search.held is None else "no plan with what is held"


def _status(search: _Search, cost: float) -> Literal["within gap", "time limit", "interrupted"]:
    if cost - search.bound <= (search.gap + _PRECISION) * abs(cost):
        return "within gap"
    return "interrupted" if search.stopped else "time limit"


def _refine(search: _Search, full: PlanModel, duals: FloatArray) -> None:
    """Promising options first, then all that may be in a better plan; new chords until law and plan agree."""
    reduced = {slot: duals[columns].min(axis=1) for slot, columns in full.at.choice.items()}
    relaxed = search.bound
    breakpoints: dict[ModuleKey, tuple[float, ...]] = {}
    near = search.cost - relaxed <= _FIRST_GAP * search.gap * abs(search.cost)
    if sum(costs.size for costs in reduced.values()) > _FEW * len(reduced) and not near and not search.enough():
        first = search.build(_cheapest(reduced, search.best), breakpoints)
        search.run(first, seconds=search.left() * _FIRST_SEARCH, ease=_FIRST_GAP)
    for _ in range(_ROUNDS):
        if search.enough():
            return
        _bend(search, breakpoints)
        slack = (search.cost - relaxed) / MILLION
        rest = {
            slot: np.array([i for i, r in enumerate(costs) if r <= slack + 1e-6 or _chosen(search.best, slot) == i])
            for slot, costs in reduced.items()
        }
        model = search.build(rest, breakpoints)
        answer = search.run(model, seconds=search.left(), whole=True)
        if answer.status == "infeasible":
            if search.best is None:
                raise NoPlanError(f"{search.instance.title}: {_why(search)}")
            search.prove(search.cost)
            return
        # Options outside `rest` cannot be in a plan that is better than the best one known.
        search.prove(min((answer.bound + model.offset) * MILLION, search.cost))
        if answer.status == "stopped" or not model.points or not any(model.points):
            return


def _bend(search: _Search, breakpoints: dict[ModuleKey, tuple[float, ...]]) -> None:
    """Let chords meet the laws where the volumes of the best plan and of the last one found lie."""
    for decisions in (search.best, search.latest):
        for w in range(len(search.instance.scenarios)):
            for key, volume in ({} if decisions is None else present_volumes(search.instance, decisions, w)).items():
                breakpoints[key] = tuple(sorted({*breakpoints.get(key, ()), volume / THOUSAND}))


def _chosen(best: Decisions | None, slot: str) -> int | None:
    return None if best is None else best.choice[slot]


def relaxed_bound(instance: PlanInstance) -> float:
    """A bound below which no plan of `instance` can be, from the linear relaxation alone; infinite when even that has no solution."""
    if any(slot.options == 0 for slot in instance.slots):
        return np.inf
    slim, _ = without_twins(instance)
    floors, _ = line_floors(slim, time_limit=_FLOORS * _PATIENCE)
    model = build_model(slim, floors=floors)
    relaxed = relax(model, _quick_options(slim))
    return np.inf if relaxed.values is None else (relaxed.bound + model.offset) * MILLION


def union(instance: PlanInstance, plans: Sequence[Plan]) -> Decisions:
    """The decisions of several partners' own plans, put side by side as one plan of `instance`, which holds all their vehicles.

    It is feasible there, since every partner keeps its plants and its teams, its offers' capacities are its own, rules of award hold for
    each partner, and shares of shares add up: this is why together never costs more than the sum of alone. Raises ValueError where the
    plans have different scenarios.
    """
    choice: dict[str, int] = {}
    delay: dict[str, int] = {}
    launch: dict[ModuleKey, int] = {}
    added: dict[tuple[int, int], int] = {}
    line_index = {(line.plant, line.process): i for i, line in enumerate(instance.lines)}
    unit_index = {unit.id: i for i, unit in enumerate(instance.units)}
    for plan in plans:
        own = plan.instance
        if len(own.scenarios) != len(instance.scenarios):
            raise ValueError("plans that are put side by side must have the same scenarios")
        for slot in own.slots:
            wanted = [unit_index[own.units[u].id] if u >= 0 else -1 for u in slot.units[plan.decisions.choice[slot.id]]]
            choice[slot.id] = int(np.flatnonzero((instance.slot[slot.id].units == wanted).all(axis=1))[0])
        delay.update(plan.decisions.delay)
        for key, year in plan.decisions.launch.items():
            launch[key] = min(launch.get(key, year), year)
        for (line, period), count in plan.decisions.added.items():
            added[line_index[own.lines[line].plant, own.lines[line].process], period] = count
    recourse = tuple(_side_by_side(instance, plans, line_index, w) for w in range(len(instance.scenarios)))
    return Decisions(choice, launch, added, recourse, delay)


def _side_by_side(
    instance: PlanInstance, plans: Sequence[Plan], line_index: Mapping[tuple[str, str], int], w: int
) -> Recourse:
    purchases: dict[tuple[int, str, ModuleKey, int], float] = defaultdict(float)
    output: dict[tuple[int, ModuleKey, int], float] = {}
    shipments: dict[tuple[str, ModuleKey, str, int], float] = defaultdict(float)
    shifts: dict[tuple[int, int, int], int] = {}
    claims: set[tuple[str, ModuleKey, str, int]] = set()
    for plan in plans:
        own, recourse = plan.instance, plan.decisions.recourse[w]

        def line_of(line: int, lines: Sequence[object] = own.lines) -> int:
            return line_index[lines[line].plant, lines[line].process]  # type: ignore[attr-defined]

        split = _Delivered(own, instance, recourse)
        for (offer, place, key, year), pieces in recourse.purchases.items():
            for there, share in split(place, key, year):
                purchases[offer, there, key, year] += pieces * share
        for lane, pieces in recourse.shipments.items():
            shipments[lane] += pieces
        output.update({(line_of(line), key, t): pieces for (line, key, t), pieces in recourse.output.items()})
        shifts.update({(line_of(line), shift, year): count for (line, shift, year), count in recourse.shifts.items()})
        claims.update(recourse.claims)
    return Recourse(dict(purchases), output, dict(shipments), shifts, frozenset(claims))


class _Delivered:
    """Where an instance of more partners takes delivery of what went to a place of one partner's own.

    Places are the same in both, except that plants which claim origin are places by themselves: whether any do may depend on the coalition.
    """

    def __init__(self, own: PlanInstance, instance: PlanInstance, recourse: Recourse) -> None:
        self.instance = instance
        self.known = {place.id: place.plants for place in instance.places}
        self.plants = {place.id: place.plants for place in own.places}
        self.partner = {place.id: place.partner for place in own.places}
        self.made: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
        for (line, key, period), pieces in recourse.output.items():
            self.made[own.lines[line].plant, key, own.calendar.year_of(period)] += pieces

    def __call__(self, place: str, key: ModuleKey, year: int) -> list[tuple[str, float]]:
        """Places of delivery, and the share of the pieces that goes to each: by what its plants make of the module."""
        if self.known.get(place) == self.plants[place]:
            return [(place, 1.0)]
        if key in self.instance.bought_whole:
            return [(self.instance.whole_place(self.partner[place]), 1.0)]
        made = {plant: self.made.get((plant, key, year), 0.0) for plant in self.plants[place]}
        total = sum(made.values())
        return [(self.instance.place_of_plant[plant], pieces / total) for plant, pieces in made.items() if pieces > 0.0]


def _with_choice(instance: PlanInstance, held: Held) -> PlanInstance:
    """The instance with the options alone that are held."""
    return replace(instance, slots=tuple(slot.only([held.decisions.choice[slot.id]]) for slot in instance.slots))


def holding(model: PlanModel, held: Held) -> PlanModel:
    """The model with delays, and lines where they are held, fixed at what was decided."""
    lower, upper = model.arrays.lower.copy(), model.arrays.upper.copy()
    for slot, columns in model.at.choice.items():
        late = held.decisions.delay.get(slot, 0)
        upper[np.delete(columns, late, axis=1)] = 0.0
    if held.lines:
        for index, line in enumerate(model.instance.lines):
            added = [held.decisions.added.get((index, period), 0) for period in range(model.instance.calendar.periods)]
            standing = line.existing + np.cumsum(added)
            lower[model.at.standing[index]] = standing
            upper[model.at.standing[index]] = standing
    return replace(model, arrays=replace(model.arrays, lower=lower, upper=upper))


def _check_slots(instance: PlanInstance) -> None:
    empty = [slot.id for slot in instance.slots if slot.options == 0]
    if empty:
        raise NoPlanError(f"{instance.title}: no option meets the demands on {', '.join(empty)}")


def without_twins(instance: PlanInstance) -> tuple[PlanInstance, dict[str, IntArray]]:
    """The instance with one option for each set of modules, the cheapest: the plan sees nothing else of it.

    Slots whose units matter beyond their modules, since changing them costs money, keep all.
    """
    changing = {
        name for slot in instance.slots if slot.follows and slot.change_cost for name in (slot.id, slot.follows)
    }
    slots, kept = [], {}
    for slot in instance.slots:
        kept[slot.id] = np.arange(slot.options)
        if slot.id not in changing and slot.options > 1:
            money = sum(slot.per_car.values(), np.zeros(slot.options))
            content = instance.content(slot).toarray()
            order = np.argsort(money, kind="stable")
            _, first = np.unique(content[order], axis=0, return_index=True)
            kept[slot.id] = np.sort(order[first])
        slots.append(slot.only(kept[slot.id]))
    return replace(instance, slots=tuple(slots)), kept


def _moved(decisions: Decisions, kept: Mapping[str, IntArray]) -> Decisions | None:
    choice = {}
    for slot, index in decisions.choice.items():
        place = np.flatnonzero(kept[slot] == index)
        if not place.size:
            return None
        choice[slot] = int(place[0])
    return replace(decisions, choice=choice)


def _cheapest(reduced: Mapping[str, FloatArray], best: Decisions | None) -> dict[str, IntArray]:
    chosen = {}
    for slot, costs in reduced.items():
        picked = set(np.argsort(costs, kind="stable")[:_PROMISING].tolist())
        if best is not None:
            picked.add(best.choice[slot])
        chosen[slot] = np.array(sorted(picked))
    return chosen
