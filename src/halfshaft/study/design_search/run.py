"""The search itself: NSGA-II over whole numbers [Deb et al. 2002, by pymoo: Blank and Deb 2020], with what fields make cheap put to use.

A field takes a hundred times as long as all the rest of an evaluation, and serves every length, winding, inverter and gear. So after each
generation designs of the present front are tried again with other values of those, on the fields that are there already, and join the
population. Every evaluation is kept as it comes; the front is that of all evaluations, not of the last population.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.design_search.build import template_of
from halfshaft.drive_unit.design_search.judge import shortfall_names
from halfshaft.drive_unit.design_search.space import Choice, DesignSpace
from halfshaft.programme.search_file import Search
from halfshaft.quantities import InputError
from halfshaft.study.design_search.crew import Crew
from halfshaft.study.design_search.evaluate import Explored, Outcome, Question, SectionField, explore
from halfshaft.study.pipeline import Progress, Silent
from halfshaft.study.store import Store, key_of

Array = NDArray[np.float64]

_UNBUILDABLE = 10.0  # shortfall of what cannot be built: beyond every real one
_DRAWING_TRIES = 20  # for a first design that can be drawn
_REFINING_TRIES = 4  # for each refinement: most of a small space is known soon
_REACH = 0.15  # of a variable's range, that a refinement may move it
_REFERENCE = 1.25  # of the start's objectives: the corner up to which hypervolume counts


@dataclass(frozen=True)
class Generation:
    """How far the search was: evaluations so far, those that meet the demands, the front's size and its hypervolume.

    The hypervolume is the share of the box from nothing to 1.25 times the start's objectives that the front dominates.
    """

    number: int
    evaluated: int
    feasible: int
    front: int
    hypervolume: float


@dataclass(frozen=True)
class Found:
    """The front, best in the first objective first, of all ``outcomes``; ``start`` is the design to beat.

    ``fields`` were computed, ``shared`` evaluations used one that was there, ``stored`` evaluations came from the store. Times are
    processor seconds.
    """

    search: Search
    start: Outcome
    front: tuple[Outcome, ...]
    outcomes: tuple[Outcome, ...]
    generations: tuple[Generation, ...]
    fields: int
    shared: int
    stored: int
    field_seconds: float
    other_seconds: float
    interrupted: bool


def run_search(search: Search, *, store: Store, workers: int = 1, progress: Progress | None = None) -> Found:
    """Search for the Pareto front. The same search and seed give the same front; what ``store`` holds is not computed again.

    Interrupting (KeyboardInterrupt) ends the search with what is there. Raises InputError where pymoo is missing.
    """
    pymoo = _Pymoo.found()
    run = _Run(search, store, progress or Silent())
    interrupted = False
    try:
        with Crew(workers) as crew:
            run.crew = crew
            run.optimise(pymoo)
    except KeyboardInterrupt:
        interrupted = True
    if search.start not in run.outcomes:
        raise KeyboardInterrupt
    return run.found(interrupted)


def front_of(outcomes: Sequence[Outcome], objectives: Sequence[str]) -> tuple[Outcome, ...]:
    """Those that meet the demands and that no other such dominates; of equals the first. In order of the first objective."""
    good = [o for o in outcomes if o.feasible]
    values = np.array([[o.figures[name] for name in objectives] for o in good]).reshape(len(good), len(objectives))
    keep = []
    for k, row in enumerate(values):
        no_worse = np.all(values <= row, axis=1)
        better = no_worse & np.any(values < row, axis=1)
        equal_before = no_worse[:k] & ~better[:k]
        if not better.any() and not equal_before.any():
            keep.append(k)
    return tuple(sorted((good[k] for k in keep), key=lambda o: (tuple(o.figures[n] for n in objectives), o.choice)))


class _Run:
    """One search under way."""

    def __init__(self, search: Search, store: Store, progress: Progress) -> None:
        self.search = search
        self.space: DesignSpace = search.space
        self.question = Question.of(search)
        self.store = store
        self.progress = progress
        self.crew = Crew(1)
        self.outcomes: dict[Choice, Outcome] = {}
        self.sections: dict[Choice, SectionField] = {}
        self.generations: list[Generation] = []
        self.names = shortfall_names(search.demands)
        self.fields = self.shared = self.stored = 0
        self.field_seconds = self.other_seconds = 0.0
        self.question_key = key_of("design question", self.question)

    def optimise(self, pymoo: _Pymoo) -> None:
        """Generation by generation."""
        effort = self.search.effort
        algorithm = pymoo.algorithm(self.space, self._first(), effort.population, effort.generations, effort.seed, self)
        cheap = [k for k, own in enumerate(self.space.of_cross_section) if not own and self.space.counts[k] > 1]
        for number in range(1, effort.generations + 1):
            asked = algorithm.ask() if algorithm.has_next() else None
            if asked is None or len(asked) == 0:  # the space holds no design that was not tried
                break
            choices = [tuple(round(v) for v in row) for row in asked.get("X")]
            self.progress.stage(f"generation {number}", len(choices) + (effort.refinements if cheap else 0))
            self._evaluate(choices)
            again = self._refined(cheap, number, choices) if cheap else []
            self._evaluate(again)
            for _ in range(effort.refinements - len(again) if cheap else 0):
                self.progress.step("", False)
            algorithm.tell(infills=pymoo.told(asked, choices, self._representatives(again), self))
            self.generations.append(self._counted(number, pymoo))

    def found(self, interrupted: bool) -> Found:
        """What there is."""
        outcomes = tuple(self.outcomes.values())
        return Found(
            self.search, self.outcomes[self.search.start], front_of(outcomes, self.search.objectives), outcomes,
            tuple(self.generations), self.fields, self.shared, self.stored, self.field_seconds, self.other_seconds,
            interrupted,
        )  # fmt: skip

    def objectives(self, choice: Choice) -> list[float]:
        """Objectives of an evaluated choice; those of what cannot be built are never compared, since its shortfall is the greatest."""
        figures = self.outcomes[choice].figures
        return [figures.get(name, 0.0) for name in self.search.objectives]

    def shortfalls(self, choice: Choice) -> list[float]:
        """Shortfalls of an evaluated choice, in the order of the demands."""
        found = self.outcomes[choice]
        return [_UNBUILDABLE if found.fault else found.shortfalls[name] for name in self.names]

    def _first(self) -> NDArray[np.int64]:
        """The start, and random designs that can be drawn as far as chance finds them."""
        rng = np.random.default_rng(self.search.effort.seed)
        chosen = [self.search.start]
        while len(chosen) < self.search.effort.population:
            for _ in range(_DRAWING_TRIES):
                choice = tuple(int(rng.integers(count)) for count in self.space.counts)
                if self._draws(choice):
                    break
            chosen.append(choice)
        return np.array(chosen)

    def _draws(self, choice: Choice) -> bool:
        try:
            template_of(self.question.base, self.space, choice).design()
        except ValueError:
            return False
        return True

    def _refined(self, cheap: Sequence[int], number: int, newest: Sequence[Choice]) -> list[Choice]:
        """Choices with other lengths, windings, inverters and gears on fields that are there.

        Parents are in turn the newest cross-sections, which rarely come with the length that suits them, and the front.
        """
        front = [o.choice for o in front_of(list(self.outcomes.values()), self.search.objectives)]
        drawn = [choice for choice in dict.fromkeys(newest) if self.outcomes[choice].figures]
        groups = [group for group in (drawn, front) if group]
        rng = np.random.default_rng((self.search.effort.seed, number))
        found: dict[Choice, None] = {}
        for k in range(_REFINING_TRIES * self.search.effort.refinements if groups else 0):
            if len(found) >= self.search.effort.refinements:
                break
            group = groups[k % len(groups)]
            choice = list(group[int(rng.integers(len(group)))])
            for variable in rng.permutation(cheap)[: 1 + int(rng.integers(min(2, len(cheap))))]:
                reach = max(1, round(self.space.counts[variable] * _REACH))
                step = int(rng.integers(1, reach + 1)) * (1 if rng.random() < 0.5 else -1)
                choice[variable] = min(max(choice[variable] + step, 0), self.space.counts[variable] - 1)
            if tuple(choice) not in self.outcomes:
                found[tuple(choice)] = None
        return list(found)

    def _representatives(self, refinements: Sequence[Choice]) -> list[Choice]:
        """The refinements that join the population: the best of each cross-section, lest a few of these crowd out all others."""
        front = {o.choice for o in front_of(list(self.outcomes.values()), self.search.objectives)}
        best: dict[Choice, Choice] = {}
        for choice in refinements:
            if choice in front or self.outcomes[choice].figures:
                section = self.space.cross_section(choice)
                rival = best.get(section)
                if rival is None or self._rank(choice, front) < self._rank(rival, front):
                    best[section] = choice
        return list(best.values())

    def _rank(self, choice: Choice, front: set[Choice]) -> tuple[bool, float, float]:
        """Front first, then what misses least, then the least product of objectives: the same for any scale of theirs."""
        return choice not in front, self.outcomes[choice].violation, float(np.prod(self.objectives(choice)))

    def _evaluate(self, choices: Sequence[Choice]) -> None:
        """Evaluate what is not yet, grouped by cross-section, and keep it."""
        groups: dict[Choice, list[Choice]] = {}
        new = [choice for choice in dict.fromkeys(choices) if choice not in self.outcomes]
        for choice in dict.fromkeys(choices):
            if choice in self.outcomes:
                self.progress.step("known", True)
                continue
            kept = self.store.get(self._key("outcome", choice))
            if kept is not None:
                self.outcomes[choice] = kept
                self.stored += 1
                self.progress.step("kept", True)
            else:
                groups.setdefault(self.space.cross_section(choice), []).append(choice)
        for _ in range(len(choices) - len(set(choices))):
            self.progress.step("known", True)
        jobs = [(self.question, tuple(members), self._section(section)) for section, members in groups.items()]
        sections = list(groups)

        def done(k: int, explored: Explored) -> None:
            self._keep(sections[k], explored, computed=jobs[k][2] is None)

        self.crew.run(explore, jobs, done)
        # in the order in which they were asked for, whatever was kept and whoever was first: chance is drawn by it
        for choice in new:
            self.outcomes[choice] = self.outcomes.pop(choice)

    def _section(self, section: Choice) -> SectionField | None:
        if section not in self.sections:
            kept = self.store.get(self._key("section", section))
            if kept is None:
                return None
            self.sections[section] = kept
        return self.sections[section]

    def _keep(self, section: Choice, explored: Explored, *, computed: bool) -> None:
        if computed:
            self.sections[section] = explored.field
            self.store.put(self._key("section", section), explored.field)
            self.fields += 1
        self.shared += len(explored.outcomes) - computed
        self.field_seconds += explored.field_seconds
        self.other_seconds += explored.other_seconds
        for outcome in explored.outcomes:
            self.outcomes[outcome.choice] = outcome
            self.store.put(self._key("outcome", outcome.choice), outcome)
            self.progress.step(outcome.fault[:60] or "evaluated", False)

    def _key(self, kind: Literal["outcome", "section"], choice: Choice) -> str:
        return key_of(f"design {kind}", self.question_key, choice)

    def _counted(self, number: int, pymoo: _Pymoo) -> Generation:
        outcomes = list(self.outcomes.values())
        front = front_of(outcomes, self.search.objectives)
        start = self.outcomes[self.search.start].figures
        share = 0.0
        if start and front:
            values = np.array([[o.figures[n] / start[n] for n in self.search.objectives] for o in front])
            share = pymoo.hypervolume(values / _REFERENCE)
        return Generation(number, len(outcomes), sum(o.feasible for o in outcomes), len(front), share)


class _Pymoo:
    """The optimiser, as far as the search needs it."""

    @classmethod
    def found(cls) -> _Pymoo:
        """Raises InputError where pymoo is not installed."""
        try:
            return cls()
        except ImportError:
            raise InputError.of(
                "command line", "the optimiser pymoo is not installed here", "install `halfshaft[optimise]`"
            ) from None

    def __init__(self) -> None:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.core.evaluator import Evaluator
        from pymoo.core.population import Population
        from pymoo.core.problem import Problem
        from pymoo.indicators.hv import HV
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.operators.repair.rounding import RoundingRepair
        from pymoo.problems.static import StaticProblem

        self._nsga2, self._problem, self._population, self._hv = NSGA2, Problem, Population, HV
        self._evaluator, self._static, self._sbx, self._pm, self._round = (
            Evaluator,
            StaticProblem,
            SBX,
            PM,
            RoundingRepair,
        )

    def algorithm(
        self, space: DesignSpace, first: NDArray[np.int64], population: int, generations: int, seed: int, run: _Run
    ) -> Any:
        """NSGA-II with simulated binary crossover and polynomial mutation, rounded."""
        counts = np.array(space.counts)
        self.problem = self._problem(
            n_var=len(counts),
            n_obj=len(run.search.objectives),
            n_ieq_constr=len(run.names),
            xl=0,
            xu=counts - 1,
            vtype=int,
        )
        algorithm = self._nsga2(
            pop_size=population,
            sampling=first,
            crossover=self._sbx(prob=0.9, eta=10, vtype=float, repair=self._round()),
            mutation=self._pm(eta=15, vtype=float, repair=self._round()),
            eliminate_duplicates=True,
        )
        algorithm.setup(self.problem, termination=("n_gen", generations), seed=seed, verbose=False)
        return algorithm

    def told(self, asked: Any, choices: Sequence[Choice], again: Sequence[Choice], run: _Run) -> Any:
        """The population that was asked for and the refinements, with their objectives and shortfalls."""
        everyone = asked
        if again:
            everyone = self._population.merge(asked, self._population.new("X", np.array(again)))
        values = [*choices, *again]
        static = self._static(
            self.problem,
            F=np.array([run.objectives(c) for c in values]),
            G=np.array([run.shortfalls(c) for c in values]),
        )
        self._evaluator().eval(static, everyone)
        return everyone

    def hypervolume(self, values: Array) -> float:
        """Share of the unit box that points dominate."""
        return float(self._hv(ref_point=np.ones(values.shape[1]))(values))
