"""The plan as one mixed-integer linear programme.

Module-level facility location: an option may be chosen when every module in it is launched. What is chosen drives pieces of modules, pieces
drive bought parts and output, and these drive tiers and lines. The formulations that matter for the bound:

* a slot uses a module only if it is launched, stated for each pair of slot and module (strong form), not summed;
* all-units tiers in rebate form: the list price is paid on everything, and each tier gives back its step of the discount, limited by what
  is bought and by a nested binary; "no rebate" is always feasible, and the form is exact since discounts never fall with volume;
* combinations of tiers ("patterns") as the convex hull of what is bought under each, for whom and for how much money;
* a concave volume law as the lower envelope of its chords, with the volume of each slot apart on each chord;
* line openings as cumulative integers per line and period, with the ramp in the capacity row, and a floor under what all of them cost.

What waits for demand exists once per scenario. Money is in millions inside the model, pieces and hours in thousands, which keeps the matrix
within few orders of magnitude.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_matrix, csr_matrix

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray, Model
from halfshaft.plan.evaluate import cars, ex_works_price, hours_before, used_modules
from halfshaft.plan.instance import Decisions, ModuleKey, PlanInstance, PlanLine, PlanPart, PlanPlant, Recourse, Slot

MILLION = 1e6
# Combinations of tiers of the offers for one part that are written out.
_MOST_PATTERNS = 100
THOUSAND = 1e3

Offered = Mapping[str, IntArray]
# Present volumes (thousand pieces) between which a module's law is replaced by its chord.
Breakpoints = Mapping[ModuleKey, tuple[float, ...]]


@dataclass(frozen=True)
class Limit:
    """Something that a user could loosen, and where the model holds it: rows, and columns with an upper bound."""

    text: str
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()


@dataclass(frozen=True)
class Floor:
    """What lines of a process at some plants cost at the least, with their labour, stock and lanes (expected present value, millions).

    What stands from the start counts as `PlanModel` counts it: with its capital. `standing` says how many of which line (an index) stand in
    each period where that is reached, or nearly; empty where that is not known.
    """

    process: str
    plants: frozenset[str]
    cost: float
    standing: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


class _Bought(NamedTuple):
    """Columns of purchases by year: for whom, and what a thousand pieces cost at list price, when paid and today (millions)."""

    columns: IntArray
    partner: str
    listed: FloatArray
    present: FloatArray

    @staticmethod
    def joined(blocks: Sequence[_Bought]) -> tuple[IntArray, FloatArray, FloatArray]:
        """All columns of some blocks, their price when paid and today."""
        if not blocks:
            return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
        return (
            np.concatenate([block.columns for block in blocks]),
            np.concatenate([block.listed for block in blocks]),
            np.concatenate([block.present for block in blocks]),
        )


class Flow(NamedTuple):
    """Columns of a flow: thousand pieces of modules (rows, by index) in years or periods (columns), and the most they can be.

    `where` is a line (index) for output, plant and site for shipments, offer (index) and place for purchases.
    """

    where: tuple[Any, ...]
    modules: IntArray
    columns: IntArray
    most: FloatArray

    def items(self, instance: PlanInstance) -> Iterator[tuple[ModuleKey, int, int]]:
        """Module, time and column of all that may be more than zero."""
        for row, time in zip(*np.nonzero(self.most > 0.0), strict=True):
            yield instance.modules[self.modules[row]].key, int(time), int(self.columns[row, time])

    def pieces(self, instance: PlanInstance, values: FloatArray) -> Iterator[tuple[ModuleKey, int, float]]:
        """Module, time and pieces of a solution; below a hundredth of a piece they are noise and left out."""
        pieces = values[self.columns] * THOUSAND
        for row, time in zip(*np.nonzero(pieces > 1e-2), strict=True):
            yield instance.modules[self.modules[row]].key, int(time), float(pieces[row, time])


class _Uses(NamedTuple):
    """Columns that say how many pieces of modules (rows, by index) a slot's cars take in each delay (columns); and the most it can be."""

    slot: Slot
    modules: IntArray
    columns: IntArray
    most: FloatArray

    def of(self, index: int) -> IntArray:
        """The columns of one module by delay; none where the slot cannot take it."""
        columns: IntArray = self.columns[self.modules == index].ravel()
        return columns


class _Source(NamedTuple):
    """Modules (indices) that make parts necessary: the most of each by year, and entries (rows, years, columns and values of both)."""

    modules: IntArray
    most: FloatArray
    entries: Sequence[tuple[IntArray, IntArray, IntArray, FloatArray]]

    def restricted(self, wanted: NDArray[np.bool_]) -> Iterator[tuple[IntArray, IntArray, IntArray, FloatArray]]:
        """The entries of some of the modules alone, rows as a column."""
        for rows, years, columns, values in self.entries:
            kept = wanted[rows]
            yield rows[kept, None], years, columns[kept], values[kept]


class _Need(NamedTuple):
    """Thousand pieces of modules (indices) that are needed somewhere by year: the most it can be, and what each of some columns adds.

    `rows` says to which of the modules a column adds, `pieces` (columns × years) how much.
    """

    modules: IntArray
    most: FloatArray
    rows: IntArray
    columns: IntArray
    pieces: FloatArray


@dataclass
class _Columns:
    """Where each decision stands among the columns."""

    # By slot: columns (options offered × delays).
    choice: dict[str, IntArray] = field(default_factory=dict)
    launch: dict[tuple[ModuleKey, int], int] = field(default_factory=dict)
    carried: dict[tuple[ModuleKey, int], int] = field(default_factory=dict)
    uses: list[_Uses] = field(default_factory=list)
    tooled: dict[tuple[str, ModuleKey], int] = field(default_factory=dict)
    whole: dict[ModuleKey, int] = field(default_factory=dict)
    standing: IntArray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    supplier_tool: dict[tuple[int, int], int] = field(default_factory=dict)
    # By scenario.
    purchases: list[list[Flow]] = field(default_factory=list)
    output: list[list[Flow]] = field(default_factory=list)
    shipments: list[list[Flow]] = field(default_factory=list)
    shifts: list[dict[tuple[int, int, int], int]] = field(default_factory=list)
    claims: list[dict[tuple[str, ModuleKey, str, int], int]] = field(default_factory=list)
    rebates: list[dict[tuple[str, int, int], tuple[int, int]]] = field(default_factory=list)
    accepted: list[dict[tuple[int, int], int]] = field(default_factory=list)
    awarded: list[dict[tuple[str, str, str, int], int]] = field(default_factory=list)
    full: list[dict[tuple[int, int, int], int]] = field(default_factory=list)
    chord: list[dict[tuple[ModuleKey, int], int]] = field(default_factory=list)
    # Blocks of columns that a family alone decides; of flows, with each column's module (index); and the rows that hold between a module's
    # flows alone, or with its uses.
    family: list[IntArray] = field(default_factory=list)
    flows: list[tuple[IntArray, IntArray]] = field(default_factory=list)
    flow_rows: list[IntArray] = field(default_factory=list)


@dataclass(frozen=True)
class PlanModel:
    """The arrays of an instance and the way back from columns to decisions.

    `offered` lists, for each slot, the indices of the options that have columns. `limits` are what a user could loosen.
    """

    instance: PlanInstance
    arrays: Arrays
    offered: Offered
    at: _Columns
    limits: tuple[Limit, ...]
    # Present volumes (thousand pieces) where the chords of each law meet, by scenario.
    points: tuple[Mapping[ModuleKey, FloatArray], ...]
    # The model's objective leaves out what no decision changes.
    offset: float

    @cached_property
    def owner(self) -> IntArray:
        """Index of the module that each column is for alone, -1 where there is none such."""
        index = self.instance.module_index
        owner = np.full(self.arrays.cost.size, -1, dtype=np.int64)
        for modules, columns in self.at.flows:
            owner[columns] = modules
        for uses in self.at.uses:
            owner[uses.columns] = uses.modules[:, None]
        for table in (
            {column: key for (key, _), column in self.at.launch.items()},
            {column: key for (_, key), column in self.at.tooled.items()},
            {column: key for key, column in self.at.whole.items()},
        ):
            owner[list(table)] = [index[key] for key in table.values()]
        return owner

    def only(self, options: Mapping[str, IntArray]) -> Arrays:
        """The arrays with some options of each slot alone (rows among those offered), and nothing of modules that none of them holds."""
        instance, upper = self.instance, self.arrays.upper.copy()
        present = np.zeros(len(instance.modules) + 1, dtype=bool)
        present[-1] = True
        for slot, columns in self.at.choice.items():
            chosen = np.asarray(self.offered[slot])[options[slot]]
            present[instance.content(instance.slot[slot])[chosen].indices] = True
            closed = np.ones(columns.shape[0], dtype=bool)
            closed[options[slot]] = False
            upper[columns[closed]] = 0.0
        # A parent may be launched for the sake of its child; a chain of them is as long as there are modules, at most.
        parents = [
            (instance.module_index[m.key], instance.module_index[m.parent]) for m in instance.modules if m.parent
        ]
        for _ in parents:
            for child, parent in parents:
                present[parent] |= present[child]
        upper[~present[self.owner]] = 0.0
        return replace(self.arrays, upper=upper)

    def decisions(self, values: FloatArray) -> Decisions:
        """Read decisions out of a solution."""
        at, instance = self.at, self.instance
        choice, delay = {}, {}
        for slot, columns in at.choice.items():
            option, late = np.unravel_index(int(np.argmax(values[columns])), columns.shape)
            choice[slot] = int(self.offered[slot][option])
            if late:
                delay[slot] = int(late)
        launch = {key: year for (key, year), column in at.launch.items() if values[column] > 0.5}
        added = {}
        for index, line in enumerate(instance.lines):
            before = line.existing
            for period in range(instance.calendar.periods):
                standing = round(float(values[at.standing[index, period]]))
                if standing != before:
                    added[index, period] = standing - before
                before = standing
        recourse = tuple(
            Recourse(
                {
                    (*f.where, key, year): much
                    for f in at.purchases[w]
                    for key, year, much in f.pieces(instance, values)
                },
                {(*f.where, key, t): much for f in at.output[w] for key, t, much in f.pieces(instance, values)},
                {
                    (f.where[0], key, f.where[1], t): much
                    for f in at.shipments[w]
                    for key, t, much in f.pieces(instance, values)
                },
                {key: round(float(values[c])) for key, c in at.shifts[w].items() if values[c] > 0.5},
                frozenset(key for key, c in at.claims[w].items() if values[c] > 0.5),
            )
            for w in range(len(instance.scenarios))
        )
        return _tidy(instance, Decisions(choice, launch, added, recourse, delay))


def start_values(model: PlanModel, decisions: Decisions) -> tuple[IntArray, FloatArray] | None:
    """Values of all integer columns for given decisions; None where a chosen option has no column.

    The solver completes them: flows are continuous, and for given integers the best flows are no dearer than those of the decisions.
    """
    instance, at = model.instance, model.at
    calendar = instance.calendar
    values: dict[int, float] = {}
    for slot, columns in at.choice.items():
        place = np.flatnonzero(np.asarray(model.offered[slot]) == decisions.choice[slot])
        if not place.size:
            return None
        values.update(dict.fromkeys(columns.ravel().tolist(), 0.0))
        values[int(columns[place[0], decisions.delay.get(slot, 0)])] = 1.0
    for (key, year), column in at.launch.items():
        values[column] = float(decisions.launch.get(key) == year)
    for index in range(len(instance.lines)):
        standing = instance.lines[index].existing
        for period in range(calendar.periods):
            standing += decisions.added.get((index, period), 0)
            values[int(at.standing[index, period])] = standing
    tooled: set[tuple[str, ModuleKey]] = set()
    for recourse in decisions.recourse:
        for (line, key, _), pieces in recourse.output.items():
            if pieces > 0.0:
                tooled.update((instance.lines[line].plant, inner) for inner, _ in instance.included[key])
    values.update({column: float(place in tooled) for place, column in at.tooled.items()})
    values.update({column: float(key in decisions.launch) for key, column in at.whole.items()})
    contract_of = {year: n for n, contract in enumerate(instance.contracts) for year in contract}
    first_tool: dict[int, int] = {}
    zone = {place.id: place.zone for place in instance.places}
    owner = {place.id: place.partner for place in instance.places}
    for w, recourse in enumerate(decisions.recourse):
        counted: dict[tuple[str, int], float] = defaultdict(float)
        used: set[tuple[int, int]] = set()
        awarded: set[tuple[str, str, str, int]] = set()
        for (index, where, key, year), pieces in recourse.purchases.items():
            if pieces <= 0.0:
                continue
            offer, contract = instance.offers[index], contract_of[year]
            used.add((index, contract))
            awarded.add((offer.part, offer.supplier, owner[where], contract))
            first_tool[index] = min(first_tool.get(index, contract), contract)
            if offer.terms is not None:
                money = instance.term[offer.terms].basis == "money"
                price = instance.list_price(offer, key, zone[where], year) if money else 1.0
                counted[offer.terms, contract] += pieces * price
        for (terms, contract, step), (_, reached) in at.rebates[w].items():
            begins = instance.term[terms].tiers[step][0] * len(instance.contracts[contract])
            values[reached] = float(counted.get((terms, contract), 0.0) >= begins * (1.0 - 1e-9))
        values.update({column: float(key in used) for key, column in at.accepted[w].items()})
        values.update({column: float(key in awarded) for key, column in at.awarded[w].items()})
        values.update({column: float(recourse.shifts.get(key, 0)) for key, column in at.shifts[w].items()})
        values.update({column: float(key in recourse.claims) for key, column in at.claims[w].items()})
        _start_learning(model, recourse, w, values)
        _start_chords(model, decisions, w, values)
    for (number, contract), column in at.supplier_tool.items():
        values[column] = float(first_tool.get(number, 10**6) <= contract)
    order = sorted(values)
    return np.array(order, dtype=np.int64), np.array([values[column] for column in order])


def _start_learning(model: PlanModel, recourse: Recourse, w: int, values: dict[int, float]) -> None:
    made: dict[tuple[int, int], float] = defaultdict(float)
    for (line, _, period), pieces in recourse.output.items():
        made[line, period] += pieces
    for (line, number, period), column in model.at.full[w].items():
        total = sum(made.get((line, t), 0.0) for t in range(period + 1))
        values[column] = float(total >= model.instance.lines[line].learning[number + 1][0] - 1e-6)


def _start_chords(model: PlanModel, decisions: Decisions, w: int, values: dict[int, float]) -> None:
    for key, volume in present_volumes(model.instance, decisions, w).items():
        of_key = {number: column for (k, number), column in model.at.chord[w].items() if k == key}
        points = model.points[w][key] if of_key else ()
        for number, column in of_key.items():
            last = number == max(of_key)
            inside = points[number] <= volume / THOUSAND and (last or volume / THOUSAND < points[number + 1])
            values[column] = float(inside)
    for column in model.at.chord[w].values():
        values.setdefault(column, 0.0)


def present_volumes(instance: PlanInstance, decisions: Decisions, w: int) -> dict[ModuleKey, float]:
    """Present-value pieces of each module that has a law, in one scenario."""
    volumes: dict[ModuleKey, float] = defaultdict(float)
    for slot in instance.slots:
        built = cars(slot, instance.scenarios[w], decisions.delay.get(slot.id, 0))
        present = sum(volume * factor for volume, factor in zip(built, instance.calendar.discount, strict=True))
        for key, count in instance.content_of(slot, decisions.choice[slot.id]).items():
            if instance.module[key].law is not None:
                volumes[key] += count * present
    return dict(volumes)


def _tidy(instance: PlanInstance, decisions: Decisions) -> Decisions:
    """Drop launches that nothing uses: an optimal plan has none, one found under a time limit may."""
    used = used_modules(instance, decisions)
    return replace(decisions, launch={key: year for key, year in decisions.launch.items() if key in used})


def all_options(instance: PlanInstance) -> Offered:
    """Every option of every slot."""
    return {slot.id: np.arange(slot.options) for slot in instance.slots}


def build_model(
    instance: PlanInstance,
    offered: Offered | None = None,
    breakpoints: Breakpoints | None = None,
    *,
    strong: bool = True,
    floors: Sequence[Floor] = (),
) -> PlanModel:
    """The model of `instance`, with columns for the options in `offered` only (all of them when None).

    `breakpoints` says where the chords of volume laws meet, beside those that are always there. Rows that change nothing but the bound are
    left out unless `strong`: they take every demand for granted. So do `floors`, which are known to hold.
    """
    wanted = all_options(instance) if offered is None else offered
    return _Builder(instance, wanted, breakpoints or {}, strong, floors).build()


class _Builder:
    """Adds one block of the model after the other; each method is one paragraph of the formulation."""

    def __init__(
        self,
        instance: PlanInstance,
        offered: Offered,
        breakpoints: Breakpoints,
        strong: bool,
        floors: Sequence[Floor],
    ) -> None:
        self.strong, self.floors = strong, floors
        self.instance = instance
        self.offered = offered
        self.breakpoints = breakpoints
        self.model = Model()
        self.at = _Columns()
        self.limits: dict[str, tuple[list[int], list[int]]] = {}
        self.points: list[dict[ModuleKey, FloatArray]] = []
        self.offset = 0.0
        # Slots and modules whose tools are tied to their use.
        self._linked: set[tuple[str, int]] = set()
        # Columns of lines, labour, stock and lanes, by (process, plant).
        self.making: dict[tuple[str, str], list[IntArray]] = defaultdict(list)
        # What is worked out once: the range of what a car takes, by slot; what a circle needs of a part, by (scenario, part, circle); what
        # all cars of a partner take of a part, by (scenario, part); what an offer can see, by (scenario, offer).
        self._car: dict[str, tuple[FloatArray, FloatArray]] = {}
        self._need_of: dict[tuple[int, str, frozenset[str]], FloatArray] = {}
        self._taken: dict[tuple[int, str], dict[str, FloatArray]] = {}
        self._reach: dict[tuple[int, int], FloatArray] = {}
        self.years = range(instance.calendar.years)
        self.periods = range(instance.calendar.periods)
        self.per_year = instance.calendar.periods_per_year
        self.discount = np.array(instance.calendar.discount)
        self.probability = [scenario.probability for scenario in instance.scenarios]
        self.weighed = instance.risk.weight > 0.0
        # Costs of one scenario, kept apart only where risk is weighed: (columns, cost).
        self.scenario_costs: list[list[tuple[IntArray, FloatArray]]] = [[] for _ in instance.scenarios]
        self.contract_of = {year: n for n, contract in enumerate(instance.contracts) for year in contract}
        # Cars by (scenario, slot, delay).
        self.cars = {
            (w, slot.id, late): np.array(cars(slot, scenario, late))
            for w, scenario in enumerate(instance.scenarios)
            for slot in instance.slots
            for late in range(slot.latest_delay + 1)
        }

    def build(self) -> PlanModel:
        self._choices()
        self._launches()
        self._changes()
        self.at.family.append(np.arange(self.model.column_count))
        self._standing_lines()
        for w in range(len(self.instance.scenarios)):
            self._scenario(w)
        if self.weighed:
            self._risk()
        self._floors()
        tools = [*self.at.tooled.values(), *self.at.whole.values()]
        self.at.family.append(np.array(tools, dtype=np.int64))
        limits = tuple(Limit(text, tuple(rows), tuple(columns)) for text, (rows, columns) in self.limits.items())
        return PlanModel(
            self.instance, self.model.arrays(), self.offered, self.at, limits, tuple(self.points), self.offset
        )

    def _floors(self) -> None:
        """What lines cost at the least, whatever family is chosen: nothing but the bound is changed."""
        if not self.floors:
            return
        costs = self.model.costs()
        for floor in self.floors:
            blocks = [block for plant in floor.plants for block in self.making[floor.process, plant]]
            columns = np.concatenate([block.ravel() for block in blocks])
            self.model.row(columns, costs[columns], lower=floor.cost)

    def _scenario(self, w: int) -> None:
        at = self.at
        for flows in (at.purchases, at.output, at.shipments):
            flows.append([])
        for table in (at.shifts, at.claims, at.rebates, at.accepted, at.awarded, at.full, at.chord):
            table.append({})
        self.points.append({})
        self._laws(w)
        self._production(w)
        self._capacities(w)
        self._purchases(w)
        self._terms(w)
        if self.strong:
            self._patterns(w)
        self._duties(w)

    def _limit(self, text: str, rows: Sequence[int] = (), columns: Sequence[int] = ()) -> None:
        held = self.limits.setdefault(text, ([], []))
        held[0].extend(int(row) for row in rows)
        held[1].extend(int(column) for column in columns)

    def _charge(self, w: int, columns: ArrayLike, cost: ArrayLike) -> None:
        """Cost of columns in one scenario, in millions."""
        much = np.asarray(cost, dtype=np.float64)
        weight = self.probability[w] * (1.0 - self.instance.risk.weight)
        self.model.charge(columns, weight * much)
        if self.weighed:
            where = np.asarray(columns, dtype=np.int64)
            self.scenario_costs[w].append((where.ravel(), np.broadcast_to(much, where.shape).ravel()))

    # ---- before demand is known -----------------------------------------------------------------------------------------------------

    def _choices(self) -> None:
        """One option of each slot, on time or late; with it the money and the lost sales of every car."""
        instance, model = self.instance, self.model
        self.content: dict[str, csc_matrix] = {}
        self.most: dict[str, FloatArray] = {}
        for slot in instance.slots:
            picked = np.asarray(self.offered[slot.id], dtype=np.int64)
            delays = slot.latest_delay + 1
            columns = model.columns((picked.size, delays), upper=1.0, integer=True)
            self.at.choice[slot.id] = columns
            row = model.row(columns, 1.0, 1.0, 1.0)
            most = max(max(scenario.volumes[slot.id]) for scenario in instance.scenarios)
            stage = "" if slot.follows is None else f" from {self._year(slot.start)}"
            self._limit(f"the demand for {slot.vehicle}{stage} (up to {most:,.0f} cars a year)", [row])
            money = np.zeros(picked.size)
            for values in slot.per_car.values():
                money += values[picked]
            for w in range(len(instance.scenarios)):
                for late in range(delays):
                    lost = self.cars[w, slot.id, 0] - self.cars[w, slot.id, late]
                    present = float(self.cars[w, slot.id, late] @ self.discount)
                    missing = float(lost @ self.discount) * slot.lost_per_car
                    self._charge(w, columns[:, late], (money * present + missing) / MILLION)
            content = instance.content(slot)
            if picked.size != slot.options or np.any(picked[1:] < picked[:-1]):
                content = content[picked]
            self._look_into(slot, content)

    def _look_into(self, slot: Slot, content: csr_matrix) -> None:
        """What its options' modules say about a slot: where each module is, the most of it, and the range of what a car takes."""
        by_module = content.tocsc()
        self.content[slot.id] = by_module
        self.most[slot.id] = most = np.zeros(len(self.instance.modules))
        filled = np.flatnonzero(np.diff(by_module.indptr))
        if filled.size:
            most[filled] = np.maximum.reduceat(by_module.data, by_module.indptr[filled])
        taken = content @ self._what_counts[0] if content.shape[0] else np.zeros((1, self._what_counts[0].shape[1]))
        self._car[slot.id] = (taken.min(axis=0), taken.max(axis=0))

    @cached_property
    def _what_counts(self) -> tuple[FloatArray, dict[tuple[str, str], int]]:
        """What a piece of each module (rows) adds to what is counted of a car (columns): parts, their price, pieces by process."""
        instance = self.instance
        columns = {("pieces", part.id): n for n, part in enumerate(instance.parts)}
        columns |= {("price", part.id): len(columns) + n for n, part in enumerate(instance.parts)}
        columns |= {
            ("process", process): len(columns) + n
            for n, process in enumerate(sorted({kind.process for kind in instance.kinds if kind.process}))
        }
        counts = np.zeros((len(instance.modules), len(columns)))
        for part in instance.parts:
            rows = [instance.module_index[key] for key in part.price]
            counts[rows, columns["pieces", part.id]] = 1.0
            counts[rows, columns["price", part.id]] = list(part.price.values())
        for key in instance.made:
            counts[instance.module_index[key], columns["process", instance.process_of[key[0]] or ""]] = 1.0
        return counts, columns

    def _range(self, slot: Slot, what: str, of: str) -> tuple[float, float]:
        """The least and the most in one car of a slot, whatever option it takes."""
        least, most = self._car[slot.id]
        column = self._what_counts[1][what, of]
        return float(least[column]), float(most[column])

    def _launches(self) -> None:
        """Modules launched in a year in which some slot may first take them; what carries over; hours of the teams."""
        instance, model, at = self.instance, self.model, self.at
        candidates: dict[ModuleKey, set[int]] = defaultdict(set)
        for slot in instance.slots:
            for index in np.flatnonzero(self.most[slot.id]):
                candidates[instance.modules[index].key].update(
                    slot.start + late for late in range(slot.latest_delay + 1)
                )
        # A parent may be launched for the sake of its child; a chain of them is as long as there are modules, at most.
        for _ in instance.modules:
            grown = False
            for module in instance.modules:
                if module.key in candidates and module.parent in candidates:
                    grown |= not candidates[module.key] <= candidates[module.parent]
                    candidates[module.parent] |= candidates[module.key]
            if not grown:
                break
        for key, years in sorted(candidates.items()):
            module = instance.module[key]
            for year in sorted(year for year in years if year >= module.earliest):
                cost = module.development * instance.calendar.before_launch(year) / MILLION
                at.launch[key, year] = model.column(cost=cost, upper=1.0, integer=True)
        by_key: dict[ModuleKey, list[tuple[int, int]]] = defaultdict(list)
        for (key, year), column in at.launch.items():
            by_key[key].append((year, column))
        self.launches_of = by_key
        for slot in instance.slots:
            self._use(slot)
        for found in by_key.values():
            if len(found) > 1:
                model.row([column for _, column in found], 1.0, upper=1.0)
        for module in instance.modules:
            if module.key in by_key and module.parent is not None and module.carry_over > 0.0:
                self._carry_over(module.key, module.parent)
        # A parent that no vehicle uses is not developed for its carry-over alone: nobody would launch it.
        for parent in sorted({m.parent for m in instance.modules if m.parent is not None and m.parent in by_key}):
            launches = np.array([column for _, column in by_key[parent]])
            users = np.concatenate([at.choice[slot.id][self._holding(slot, parent)].ravel() for slot in instance.slots])
            model.rows(-np.inf, 0.0, (0, launches, 1.0), (0, users, -1.0))
        for kind in instance.kinds:
            columns = [column for (key, _), column in at.launch.items() if key[0] == kind.id]
            if kind.most is not None and columns:
                row = model.row(columns, 1.0, upper=float(kind.most))
                self._limit(f"at most {kind.most} of kind {kind.id}", [row])
        self._hours()

    def _use(self, slot: Slot) -> None:
        """A slot takes a module only once it is launched; how many pieces it takes."""
        instance, model, content = self.instance, self.model, self.content[slot.id]
        columns, delays = self.at.choice[slot.id], range(slot.latest_delay + 1)
        taken = np.flatnonzero(self.most[slot.id])
        keys = [instance.modules[index].key for index in taken]
        # Entries by module, one for each option that holds it: all of the matrix, since other modules have none.
        order = np.repeat(np.arange(taken.size), np.diff(content.indptr)[taken])
        for late in delays:
            ready = [
                (row, column)
                for row, key in enumerate(keys)
                for year, column in self.launches_of[key]
                if year <= slot.start + late
            ]
            launched, launches = np.array(ready, dtype=np.int64).reshape(-1, 2).T
            rows = model.rows(
                np.full(taken.size, -np.inf),
                0.0,
                *((order, columns[content.indices, earlier], 1.0) for earlier in range(late + 1)),
                (launched, launches, -1.0),
            )
            for row in np.setdiff1d(np.arange(taken.size), launched).tolist():
                kind, name = keys[row]
                year = self._year(instance.module[kind, name].earliest)
                self._limit(f"the date of {kind} {name} (not before {year})", [int(rows[row])])
        driving = np.array([key in self._driving for key in keys], dtype=bool)
        if not driving.any():
            return
        pieces = model.columns((int(driving.sum()), len(delays)), upper=self.most[slot.id][taken[driving], None])
        place, counted = np.cumsum(driving) - 1, driving[order]
        for late in delays:
            model.rows(
                np.zeros(pieces.shape[0]),
                0.0,
                (place[order[counted]], columns[content.indices[counted], late], content.data[counted]),
                (np.arange(pieces.shape[0]), pieces[:, late], -1.0),
            )
        self.at.uses.append(_Uses(slot, taken[driving], pieces, self.most[slot.id][taken[driving]]))

    @cached_property
    def _driving(self) -> set[ModuleKey]:
        """Modules whose pieces matter beside their launch: those made, bought or priced by a law."""
        instance = self.instance
        priced = {key for part in instance.parts for key in part.price}
        return set(instance.made) | priced | {module.key for module in instance.modules if module.law is not None}

    def _carry_over(self, key: ModuleKey, parent: ModuleKey) -> None:
        instance, model, at = self.instance, self.model, self.at
        module = instance.module[key]
        parents = self.launches_of[parent]
        for year, column in self.launches_of[key]:
            saved = module.carry_over * module.development * instance.calendar.before_launch(year) / MILLION
            carried = model.column(cost=-saved, upper=1.0)
            at.carried[key, year] = carried
            model.row([carried, column], [1.0, -1.0], upper=0.0)
        for year, _ in self.launches_of[key]:
            mine = [at.carried[key, t] for t, _ in self.launches_of[key] if t <= year]
            theirs = [c for t, c in parents if t <= year]
            model.row([*mine, *theirs], [*np.ones(len(mine)), *(-np.ones(len(theirs)))], upper=0.0)

    def _hours(self) -> None:
        """What is launched by a year takes no more hours than the teams have before it: work can be spread over all years before."""
        instance, model, at = self.instance, self.model, self.at
        if not instance.teams:
            return
        for skill in sorted({skill for module in instance.modules for skill in module.effort}):
            for by in sorted({year for _, year in at.launch}):
                columns, hours = [], []
                for (key, year), column in at.launch.items():
                    effort = instance.module[key].effort.get(skill, 0.0) / THOUSAND
                    if year <= by and effort:
                        columns.append(column)
                        hours.append(effort)
                        if (key, year) in at.carried:
                            columns.append(at.carried[key, year])
                            hours.append(-effort * instance.module[key].carry_over)
                if columns:
                    there = hours_before(instance, skill, by)
                    row = model.row(columns, hours, upper=there / THOUSAND)
                    self._limit(f"the teams' hours of {skill} before {self._year(by)} ({there:,.0f})", [row])

    def _changes(self) -> None:
        """A later stage that keeps its units pays nothing for changing them."""
        instance, model, at = self.instance, self.model, self.at
        for slot in instance.slots:
            if slot.follows is None or not slot.change_cost:
                continue
            cost = slot.change_cost * instance.calendar.before_launch(slot.start) / MILLION
            self.offset += cost
            before = instance.slot[slot.follows]
            known: dict[tuple[tuple[str, int], ...], list[int]] = defaultdict(list)
            for row, option in enumerate(self.offered[before.id]):
                known[_outfit(before, int(option))].append(row)
            for row, option in enumerate(self.offered[slot.id]):
                old = known.get(_outfit(slot, int(option)))
                if old is not None:
                    same = model.column(cost=-cost, upper=1.0)
                    for columns in (at.choice[before.id][old].ravel(), at.choice[slot.id][row]):
                        model.row([same, *columns], [1.0, *(-np.ones(columns.size))], upper=0.0)

    def _standing_lines(self) -> None:
        """Lines standing in each period, never fewer than before: capital when ordered, upkeep while they stand."""
        instance, model, calendar = self.instance, self.model, self.instance.calendar
        count, periods = len(instance.lines), calendar.periods
        cost, lower, upper = np.zeros((count, periods)), np.zeros((count, periods)), np.zeros((count, periods))
        for index, line in enumerate(instance.lines):
            paid = np.array([calendar.at_start(max(0, t - line.lead)) for t in self.periods] + [0.0])
            cost[index] = line.capital * (paid[:-1] - paid[1:])
            for year in self.years:
                cost[index, (year + 1) * self.per_year - 1] += line.yearly_cost * calendar.discount[year]
            self.offset -= line.existing * line.capital * paid[0] / MILLION
            lower[index] = line.existing
            upper[index] = [line.most if t >= line.lead else line.existing for t in self.periods]
        self.at.standing = model.columns((count, periods), cost=cost / MILLION, lower=lower, upper=upper, integer=True)
        for index, line in enumerate(instance.lines):
            after, now = self.at.standing[index, 1:], self.at.standing[index, :-1]
            order = np.arange(periods - 1)
            model.rows(np.zeros(periods - 1), np.inf, (order, after, 1.0), (order, now, -1.0))
            self.making[line.process, line.plant].append(self.at.standing[index])
            self._limit(_line_limit(line), columns=self.at.standing[index].tolist())

    # ---- one scenario -----------------------------------------------------------------------------------------------------------------

    def _need(self, w: int, modules: IntArray, sites: frozenset[str]) -> _Need:
        """What drives the need of some modules (indices) at some sites."""
        place = np.full(len(self.instance.modules), -1, dtype=np.int64)
        place[modules] = np.arange(modules.size)
        most, needed = np.zeros((modules.size, len(self.years))), np.zeros(modules.size, dtype=bool)
        rows, columns, pieces = [], [], []
        for uses in self.at.uses:
            slot, where = uses.slot, place[uses.modules]
            wanted = where >= 0
            if slot.site not in sites or not wanted.any():
                continue
            most[where[wanted]] += np.outer(uses.most[wanted], self.cars[w, slot.id, 0] / THOUSAND)
            for late in range(slot.latest_delay + 1):
                volume = self.cars[w, slot.id, late] / THOUSAND
                if volume.any():
                    needed[where[wanted]] = True
                    rows.append(where[wanted])
                    columns.append(uses.columns[wanted, late])
                    pieces.append(np.broadcast_to(volume, (rows[-1].size, volume.size)))
        if not rows:
            return _Need(modules[:0], most[:0], rows=modules[:0], columns=modules[:0], pieces=most[:0])
        order = np.cumsum(needed) - 1
        joined = order[np.concatenate(rows)], np.concatenate(columns), np.concatenate(pieces)
        return _Need(modules[needed], most[needed], *joined)

    def _laws(self, w: int) -> None:
        """A concave law as the lower envelope of its chords: one chord is taken, and all volume of the module lies on it."""
        instance, model = self.instance, self.model
        for module in instance.modules:
            if module.law is None or module.key not in self.launches_of:
                continue
            key, index = module.key, instance.module_index[module.key]
            flows: list[tuple[IntArray, FloatArray, float]] = []
            for uses in self.at.uses:
                slot, columns = uses.slot, uses.of(index)
                if columns.size:
                    present = (
                        np.array([self.cars[w, slot.id, late] @ self.discount for late in range(slot.latest_delay + 1)])
                        / THOUSAND
                    )
                    flows.append((columns, present, float(present[0] * self.most[slot.id][index])))
            flows = [flow for flow in flows if flow[2] > 0.0]
            if not flows:
                continue
            most = sum(flow[2] for flow in flows)
            points = chord_points(min(flow[2] for flow in flows), most, self.breakpoints.get(key, ()))
            if module.law.exponent == 0.0:
                points = points[[0, -1]]
            self.points[w][key] = points
            costs = np.array([instance.law_cost(key, p * THOUSAND) for p in points]) / MILLION
            slopes = np.diff(costs) / np.diff(points)
            starts = costs[:-1] - slopes * points[:-1]
            taken = model.columns(slopes.size, upper=1.0, integer=True)
            self.at.family.append(taken)
            self._charge(w, taken, starts)
            self.at.chord[w].update({(key, number): int(column) for number, column in enumerate(taken)})
            launched = [column for _, column in self.launches_of[key]]
            model.row([*taken, *launched], [*np.ones(taken.size), *(-np.ones(len(launched)))], upper=0.0)
            order = np.arange(slopes.size)
            for columns, present, limit in flows:
                on = model.columns(slopes.size, upper=limit)
                self.at.family.append(on)
                self._charge(w, on, slopes)
                model.row([*on, *columns], [*np.ones(on.size), *(-present)], 0.0, 0.0)
                model.rows(np.full(slopes.size, -np.inf), 0.0, (order, on, 1.0), (order, taken, -limit))

    def _production(self, w: int) -> None:
        """Plants make what sites need and ship it over their lanes; a plant is tooled for what it makes."""
        instance = self.instance
        by_process: dict[str, list[int]] = defaultdict(list)
        for key in sorted(instance.made):
            if key in self.launches_of:
                by_process[instance.process_of[key[0]] or ""].append(instance.module_index[key])
        for process, made in by_process.items():
            modules = np.array(made)
            makers = {line.plant for line in instance.lines if line.process == process}
            plants = [plant for plant in instance.plants if plant.id in makers]
            shipped: dict[str, list[Flow]] = {plant.id: [] for plant in plants}
            for site in instance.sites:
                need = self._need(w, modules, frozenset({site.id}))
                if need.modules.size:
                    able = [plant for plant in plants if instance.may_supply(plant, site)]
                    for flow in self._supplied(w, process, site.id, need, able):
                        shipped[flow.where[0]].append(flow)
                    self._tools_with_use(need.modules, site.id, able)
            for plant in plants:
                if shipped[plant.id]:
                    self._plant_balance(w, process, plant, shipped[plant.id])

    def _supplied(self, w: int, process: str, site: str, need: _Need, able: Sequence[PlanPlant]) -> list[Flow]:
        """What a site needs in each period comes over the lanes of the plants that may supply it."""
        model, season = self.model, np.array(self.instance.calendar.season)
        count, periods = need.modules.size, len(self.periods)
        pieces = (need.pieces[:, :, None] * season).reshape(-1, periods)
        most = (need.most[:, :, None] * season).reshape(-1, periods)
        order = np.arange(count * periods).reshape(count, periods)
        entries = [(order[need.rows].ravel(), np.repeat(need.columns, periods), -pieces.ravel())]
        found = []
        for plant in able:
            cost = plant.lanes[site] * np.repeat(self.discount, self.per_year) * THOUSAND / MILLION
            columns = model.columns(order.shape, upper=most)
            self._charge(w, columns, cost)
            self.making[process, plant.id].append(columns)
            found.append(self._flow(self.at.shipments[w], (plant.id, site), need.modules, columns, most))
            entries.append((order.ravel(), columns.ravel(), 1.0))
        rows = model.rows(np.zeros(order.size), 0.0, *entries).reshape(order.shape)
        self.at.flow_rows.append(rows.ravel())
        if not able:
            kinds = np.array([self.instance.modules[index].key[0] for index in need.modules])
            for kind in np.unique(kinds).tolist():
                self._limit(f"the lanes over which {site} gets {kind}", rows[kinds == kind].ravel().tolist())
        return found

    def _flow(
        self, table: list[Flow], where: tuple[Any, ...], modules: IntArray, columns: IntArray, most: FloatArray
    ) -> Flow:
        flow = Flow(where, modules, columns, most)
        table.append(flow)
        self.at.flows.append((np.repeat(modules, columns.shape[1]), columns.ravel()))
        return flow

    def _tools_with_use(self, modules: IntArray, site: str, able: Sequence[PlanPlant]) -> None:
        """Somewhere a tool must stand for every slot that uses a module: stated per slot, far tighter than limits on flows."""
        instance, model = self.instance, self.model
        tools = {
            int(index): [self._tooling(plant.id, instance.modules[index].key) for plant in able]
            for index in modules
            if self._has_tools(instance.modules[index].key)
        }
        for uses in self.at.uses:
            slot, content = uses.slot, self.content[uses.slot.id]
            tied = [int(i) for i in uses.modules if int(i) in tools and (slot.id, int(i)) not in self._linked]
            if slot.site != site or not tied:
                continue
            self._linked.update((slot.id, index) for index in tied)
            options = [content.indices[content.indptr[index] : content.indptr[index + 1]] for index in tied]
            building, order = self._building[slot.id][np.concatenate(options)], np.arange(len(tied))
            of_tools = np.array([tool for index in tied for tool in tools[index]], dtype=np.int64)
            model.rows(
                np.full(order.size, -np.inf),
                0.0,
                (np.repeat(np.repeat(order, [o.size for o in options]), building.shape[1]), building.ravel(), 1.0),
                (np.repeat(order, [len(tools[index]) for index in tied]), of_tools, -1.0),
            )

    def _users(self, slot: Slot, key: ModuleKey) -> IntArray:
        """Columns with which a slot builds cars that hold a module, in some scenario."""
        users: IntArray = self._building[slot.id][self._holding(slot, key)].ravel()
        return users

    def _holding(self, slot: Slot, key: ModuleKey) -> IntArray:
        """Options (rows) of a slot that hold a module."""
        content, index = self.content[slot.id], self.instance.module_index[key]
        options: IntArray = content.indices[content.indptr[index] : content.indptr[index + 1]]
        return options

    @cached_property
    def _building(self) -> dict[str, IntArray]:
        """Columns of options (rows) in the delays (columns) with which a slot builds cars in some scenario."""
        scenarios = range(len(self.instance.scenarios))
        found = {}
        for slot in self.instance.slots:
            delays = range(slot.latest_delay + 1)
            built = [late for late in delays if any(self.cars[w, slot.id, late].any() for w in scenarios)]
            found[slot.id] = self.at.choice[slot.id][:, built]
        return found

    def _plant_balance(self, w: int, process: str, plant: PlanPlant, shipped: Sequence[Flow]) -> None:
        """Output on all lines of a plant, less what is shipped, is what is held; nothing is held over the end of a year."""
        instance, model, periods = self.instance, self.model, len(self.periods)
        modules = np.unique(np.concatenate([flow.modules for flow in shipped]))
        order = np.arange(modules.size * periods).reshape(-1, periods)
        entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = []
        most = np.zeros(order.shape)
        for flow in shipped:
            rows = np.searchsorted(modules, flow.modules)
            most[rows] += flow.most
            entries.append((order[rows].ravel(), flow.columns.ravel(), -1.0))
        # A piece may be made in any period of the year in which it is needed.
        yearly = np.repeat(most.reshape(modules.size, -1, self.per_year).sum(axis=2), self.per_year, axis=1)
        tooled = np.array([self._has_tools(instance.modules[index].key) for index in modules], dtype=bool)
        tools = [self._tooling(plant.id, instance.modules[index].key) for index in modules[tooled]]
        for index, line in enumerate(instance.lines):
            if (line.plant, line.process) != (plant.id, process):
                continue
            made = model.columns(order.shape, upper=yearly)
            factor = line.labour_cost * (line.learning[0][1] if len(line.learning) == 1 else 0.0)
            labour = factor * np.repeat(self.discount, self.per_year) * THOUSAND / MILLION
            self._charge(w, made, labour)
            self.making[process, plant.id].append(made)
            self._flow(self.at.output[w], (index,), modules, made, yearly)
            entries.append((order.ravel(), made.ravel(), 1.0))
            if tools:
                every = np.arange(len(tools) * periods)
                tool, limit = np.repeat(tools, periods), yearly[tooled].ravel()
                model.rows(np.full(every.size, -np.inf), 0.0, (every, made[tooled].ravel(), 1.0), (every, tool, -limit))
        if self.per_year > 1:
            # Not over the end of a year.
            inner = np.flatnonzero(np.arange(1, periods + 1) % self.per_year)
            held = model.columns((modules.size, inner.size), upper=yearly[:, inner])
            cost = plant.holding_cost * self.discount[inner // self.per_year] * THOUSAND / MILLION
            self._charge(w, held, cost)
            self.making[process, plant.id].append(held)
            self.at.flows.append((np.repeat(modules, inner.size), held.ravel()))
            entries.append((order[:, inner].ravel(), held.ravel(), -1.0))
            entries.append((order[:, inner + 1].ravel(), held.ravel(), 1.0))
        self.at.flow_rows.append(model.rows(np.zeros(order.size), 0.0, *entries))

    def _tooling(self, plant: str, key: ModuleKey) -> int:
        """The tool of a module at a plant, and with it the tools of what the module includes."""
        at = self.at
        if (plant, key) not in at.tooled:
            at.tooled[plant, key] = column = self._tool(key)
            for inner in self.instance.module[key].includes:
                self.model.row([column, self._tooling(plant, inner)], [1.0, -1.0], upper=0.0)
        return at.tooled[plant, key]

    def _has_tools(self, key: ModuleKey) -> bool:
        return any(self.instance.module[inner].tooling for inner, _ in self.instance.included[key])

    def _tool(self, key: ModuleKey) -> int:
        module = self.instance.module[key]
        cost = module.tooling * self.instance.calendar.before_launch(module.earliest) / MILLION
        return self.model.column(cost=cost, upper=1.0, integer=True)

    def _capacities(self, w: int) -> None:
        """Lines carry the load, in longer shifts or over their limit where there is a way; labour falls with what was made."""
        instance, model = self.instance, self.model
        by_line = {flow.where[0]: flow for flow in self.at.output[w]}
        together: dict[str, list[tuple[int, list[tuple[ArrayLike, ArrayLike, ArrayLike]], FloatArray]]] = defaultdict(
            list
        )
        for index, line in enumerate(instance.lines):
            load = by_line.get(index)
            if load is None:
                continue
            periods, columns = np.tile(self.periods, load.modules.size), load.columns.ravel()
            capacity = line.capacity / self.per_year / THOUSAND
            entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [(periods, columns, 1.0)]
            upper = np.zeros(len(self.periods))
            entries += self._ramped(index, line, capacity, upper)
            for shift, model_of in enumerate(line.shifts):
                run = model.columns(len(self.years), upper=float(line.most), integer=True)
                self._charge(w, run, model_of.yearly_cost * self.discount / MILLION)
                self.making[line.process, line.plant].append(run)
                self.at.shifts[w].update({(index, shift, year): int(column) for year, column in enumerate(run)})
                order = np.arange(len(self.periods))
                entries.append((order, np.repeat(run, self.per_year), -capacity * (model_of.output - 1.0)))
            if line.shifts:
                for year in self.years:
                    run_now = [self.at.shifts[w][index, shift, year] for shift in range(len(line.shifts))]
                    model.row(
                        [*run_now, self.at.standing[index, year * self.per_year]],
                        [*np.ones(len(run_now)), -1.0],
                        upper=0.0,
                    )
            if line.overflow_cost is not None:
                over = model.columns(len(self.periods))
                self._charge(w, over, line.overflow_cost * np.repeat(self.discount, self.per_year) * THOUSAND / MILLION)
                self.making[line.process, line.plant].append(over)
                entries.append((np.arange(len(self.periods)), over, -1.0))
            rows = model.rows(np.full(len(self.periods), -np.inf), upper, *entries)
            self._limit(_line_limit(line), rows.tolist())
            together[line.process].append((index, entries[1:], upper))
            if len(line.learning) > 1:
                self._learning(w, index, line, load)
        for process, lines in together.items() if self.strong else ():
            self._lines_together(w, process, lines)

    def _lines_together(
        self,
        w: int,
        process: str,
        lines: Sequence[tuple[int, list[tuple[ArrayLike, ArrayLike, ArrayLike]], FloatArray]],
    ) -> None:
        """All lines that may serve a partner make in a year at least what its cars take, whatever is chosen.

        It follows from the rows of single lines and modules; said in one row, it lets the solver round the number of lines up.
        """
        instance = self.instance
        served: dict[frozenset[int], FloatArray] = {}
        for slot in instance.slots:
            able = frozenset(
                line
                for line, _, _ in lines
                if instance.may_supply(instance.plant[instance.lines[line].plant], instance.site[slot.site])
            )
            least = self._range(slot, "process", process)[0]
            cars_least = self.cars[w, slot.id, slot.latest_delay] / THOUSAND
            need = served.setdefault(able, np.zeros(len(self.years)))
            need += least * cars_least
        for able, need in served.items():
            years = np.flatnonzero(need > 0.0)
            entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = []
            right = need.copy()
            for line, terms, upper in lines:
                if line in able:
                    right -= upper.reshape(-1, self.per_year).sum(axis=1)
                    for row, column, value in terms:
                        where, what, much = np.broadcast_arrays(np.asarray(row), np.asarray(column), np.asarray(value))
                        entries.append((where // self.per_year, what, -much))
            if years.size and entries:
                self.model.rows(right, np.inf, *entries)

    def _ramped(
        self, index: int, line: PlanLine, capacity: float, upper: FloatArray
    ) -> list[tuple[ArrayLike, ArrayLike, ArrayLike]]:
        """Capacity by period in terms of lines standing in each period; what stands already goes to the right-hand side."""
        ramp = np.array([*line.ramp, 1.0])
        steps = np.diff(ramp, prepend=0.0)
        standing, entries = self.at.standing[index], []
        for age, step in enumerate(steps):
            if step:
                rows = np.arange(age, len(self.periods))
                entries.append((rows, standing[: standing.size - age], -capacity * step))
                # Before the first period, the existing lines stood as they do now.
                upper[: min(age, upper.size)] += capacity * step * line.existing
        return entries  # type: ignore[return-value]

    def _learning(self, w: int, index: int, line: PlanLine, load: Flow) -> None:
        """Pieces in blocks of falling labour; a block may be begun only when the one before it is full."""
        model, count = self.model, len(self.periods)
        order = np.arange(count)
        present = np.repeat(self.discount, self.per_year) * THOUSAND / MILLION
        limit = np.minimum(load.most.sum(axis=0), self._most_of_line(line))
        periods, columns = np.tile(order, load.modules.size), load.columns.ravel()
        ends = [start / THOUSAND for start, _ in line.learning[1:]]
        reach = limit.sum()
        entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [(periods, columns, -1.0)]
        before, full_before = 0.0, None
        for number, (_, factor) in enumerate(line.learning):
            if before >= reach:
                break
            block = model.columns(count, upper=limit)
            self._charge(w, block, line.labour_cost * factor * present)
            self.making[line.process, line.plant].append(block)
            entries.append((order, block, 1.0))
            if full_before is not None:
                model.rows(np.full(count, -np.inf), 0.0, (order, block, 1.0), (order, full_before, -limit))
            if number < len(ends) and ends[number] < reach:
                size = ends[number] - before
                model.row(block, 1.0, upper=size)
                full = model.columns(count, upper=1.0, integer=True)
                self.at.full[w].update({(index, number, t): int(column) for t, column in enumerate(full)})
                for t in range(count):
                    model.row([*block[: t + 1], full[t]], [*np.ones(t + 1), -size], lower=0.0)
                model.rows(np.zeros(count - 1), np.inf, (order[:-1], full[1:], 1.0), (order[:-1], full[:-1], -1.0))
                full_before, before = full, ends[number]
            else:
                break
        model.rows(np.zeros(count), 0.0, *entries)

    def _most_of_line(self, line: PlanLine) -> float:
        """Thousand pieces that all lines at a plant can make in a period, shifts and all; no limit where there is overflow."""
        if line.overflow_cost is not None:
            return np.inf
        longest = max((shift.output for shift in line.shifts), default=1.0)
        return line.most * line.capacity * max(1.0, longest) / self.per_year / THOUSAND

    def _upper_of(self, column: int) -> float:
        return self.model.upper_of(column)

    # ---- purchases

    def _purchases(self, w: int) -> None:
        """Every part of every module is bought from someone; no offer beyond its capacity or its largest share."""
        instance, model, at = self.instance, self.model, self.at
        self.bought: dict[tuple[int, int], list[_Bought]] = defaultdict(list)
        contracts = [np.array(contract) for contract in instance.contracts]
        sources = self._made_at(w)
        for where, found in self._whole(w).items():
            sources[where] = [*sources.get(where, ()), *found]
        for part in instance.parts:
            offers = instance.offers_of(part.id)
            total = np.zeros(len(self.years))
            by_offer: dict[int, list[tuple[IntArray, str]]] = {index: [] for index in offers}
            for place in instance.places:
                for source in sources.get(place.id, ()):
                    priced = np.isin(source.modules, [instance.module_index[key] for key in part.price])
                    if not priced.any():
                        continue
                    modules, most = source.modules[priced], source.most[priced]
                    total += most.sum(axis=0)
                    order = np.arange(most.size).reshape(most.shape)
                    row = np.cumsum(priced) - 1
                    rows: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [
                        (order[row[of], years].ravel(), columns.ravel(), much.ravel())
                        for of, years, columns, much in source.restricted(priced)
                    ]
                    owed = len(rows)
                    prices = np.array([part.price[instance.modules[index].key] for index in modules])
                    for index in offers:
                        offer = instance.offers[index]
                        if place.zone not in offer.landed:
                            continue
                        limit = np.minimum(most, offer.capacity * len(instance.partners) / THOUSAND)
                        column = model.columns(order.shape, upper=limit)
                        asked = instance.asked(offer, place.zone) * (THOUSAND / MILLION)
                        listed = np.outer(prices, asked)
                        present = listed * self.discount
                        self._charge(w, column, present)
                        self._flow(at.purchases[w], (index, place.id), modules, column, limit)
                        rows.append((order.ravel(), column.ravel(), 1.0))
                        by_offer[index].append((column, place.partner))
                        for number, years in enumerate(contracts):
                            taken = most[:, years] > 0.0
                            if taken.any():
                                self.bought[index, number].append(
                                    _Bought(
                                        column[:, years][taken],
                                        place.partner,
                                        listed[:, years][taken],
                                        present[:, years][taken],
                                    )
                                )
                    balance = model.rows(np.zeros(order.size), 0.0, *rows)
                    at.flow_rows.append(balance)
                    if len(rows) == owed:
                        self._limit(f"the offers that deliver {part.id} to {place.zone}", balance.tolist())
            self._shares(part.id, by_offer, total)
            self._award_rules(w, part.id, by_offer, total)

    def _made_at(self, w: int) -> dict[str, list[_Source]]:
        """Need of parts where modules are made: as much as is put out there."""
        instance, years = self.instance, np.array(self.periods) // self.per_year
        outputs: dict[tuple[str, str], list[Flow]] = defaultdict(list)
        for flow in self.at.output[w]:
            line = instance.lines[flow.where[0]]
            outputs[instance.place_of_plant[line.plant], line.process].append(flow)
        found: dict[str, list[_Source]] = defaultdict(list)
        for (place, _), flows in outputs.items():
            modules = np.unique(np.concatenate([flow.modules for flow in flows]))
            most, entries, counted = np.zeros((modules.size, len(self.years))), [], set()
            for flow in flows:
                rows = np.searchsorted(modules, flow.modules)
                entries.append((rows, years, flow.columns, np.full(flow.columns.shape, -1.0)))
                plant = instance.lines[flow.where[0]].plant
                if plant not in counted:
                    # What a plant can put out is the same for all its lines of the process.
                    counted.add(plant)
                    most[rows] += flow.most[:, :: self.per_year]
            found[place].append(_Source(modules, most, entries))
        return found

    def _whole(self, w: int) -> dict[str, list[_Source]]:
        """Need of what is bought whole, where its partner receives it; and its one tool at the supplier."""
        instance, at = self.instance, self.at
        whole = [key for key in sorted(instance.bought_whole) if key in self.launches_of]
        for key in whole:
            if key not in at.whole and self._has_tools(key):
                self._whole_tool(key)
        modules = np.array([instance.module_index[key] for key in whole if key in self._driving], dtype=np.int64)
        found: dict[str, list[_Source]] = defaultdict(list)
        years = np.arange(len(self.years))
        for partner in instance.partners if modules.size else ():
            sites = frozenset(site.id for site in instance.sites if site.partner == partner.id)
            need = self._need(w, modules, sites)
            if need.modules.size:
                columns = np.repeat(need.columns[:, None], years.size, axis=1)
                entries = [(need.rows, years, columns, -need.pieces)]
                found[instance.whole_place(partner.id)].append(_Source(need.modules, need.most, entries))
        return found

    def _whole_tool(self, key: ModuleKey) -> None:
        """A tool at the supplier for what is bought whole, as soon as any slot takes it."""
        instance, model, at = self.instance, self.model, self.at
        tools = []
        for inner, _ in instance.included[key]:
            if inner not in at.whole:
                at.whole[inner] = self._tool(inner)
            tools.append(at.whole[inner])
        for slot in instance.slots:
            if self.most[slot.id][instance.module_index[key]]:
                users = self._users(slot, key)
                for tool in tools:
                    model.row([*users, tool], [*np.ones(users.size), -1.0], upper=0.0)

    def _shares(self, part_id: str, by_offer: Mapping[int, list[tuple[IntArray, str]]], total: FloatArray) -> None:
        instance, model = self.instance, self.model
        part = instance.part[part_id]
        order = np.arange(len(self.years))

        def by_year(blocks: Sequence[tuple[IntArray, str]]) -> tuple[IntArray, IntArray]:
            columns = np.concatenate([block for block, _ in blocks])
            return np.tile(order, columns.shape[0]), columns.ravel()

        everything = [block for blocks in by_offer.values() for block in blocks]
        for index, columns in by_offer.items():
            if not columns:
                continue
            offer = instance.offers[index]
            capacity = offer.capacity * len(instance.partners) / THOUSAND
            tight = order[capacity < total]
            if tight.size:
                held = np.concatenate([block for block, _ in columns])
                within = (np.tile(np.arange(tight.size), held.shape[0]), held[:, tight].ravel(), 1.0)
                rows = model.rows(np.full(tight.size, -np.inf), capacity, within)
                much = f"{offer.capacity:,.0f} a year for each partner"
                self._limit(f"{offer.supplier}'s capacity for {part_id} ({much})", rows.tolist(), held.ravel().tolist())
            if part.largest_share < 1.0:
                rows = model.rows(
                    np.full(order.size, -np.inf),
                    0.0,
                    (*by_year(columns), 1.0),
                    (*by_year(everything), -part.largest_share),
                )
                self._limit(f"the largest share of one supplier in {part_id} ({part.largest_share:.0%})", rows.tolist())

    def _award_rules(
        self, w: int, part_id: str, by_offer: Mapping[int, list[tuple[IntArray, str]]], total: FloatArray
    ) -> None:
        """Tools at suppliers, least quantities, and from how many suppliers a partner buys."""
        instance, model, at = self.instance, self.model, self.at
        part = instance.part[part_id]
        for index, columns in by_offer.items():
            offer = instance.offers[index]
            if not columns:
                continue
            capacity = offer.capacity * len(instance.partners) / THOUSAND
            for number, contract in enumerate(instance.contracts):
                years = np.array(contract)
                mine = np.concatenate([column[:, years].ravel() for column, _ in columns])
                most = np.minimum(total[years], capacity)
                if offer.tooling:
                    tool = self._supplier_tool(index, number)
                    self._forces(mine, columns, years, most, tool)
                if offer.least > 0.0:
                    accepted = model.column(upper=1.0, integer=True)
                    at.accepted[w][index, number] = accepted
                    self._forces(mine, columns, years, most, accepted)
                    least = offer.least * years.size / THOUSAND
                    row = model.row([*mine, accepted], [*np.ones(mine.size), -least], lower=0.0)
                    self._limit(
                        f"the least that {offer.supplier} accepts for {part_id} ({offer.least:,.0f} a year)", [row]
                    )
        if part.most_suppliers is None:
            return
        for partner in instance.partners:
            for number, contract in enumerate(instance.contracts):
                years = np.array(contract)
                awards: dict[str, int] = {}
                for index, columns in by_offer.items():
                    own = [(column, owner) for column, owner in columns if owner == partner.id]
                    if not own:
                        continue
                    supplier = instance.offers[index].supplier
                    if supplier not in awards:
                        awards[supplier] = model.column(upper=1.0, integer=True)
                        at.awarded[w][part_id, supplier, partner.id, number] = awards[supplier]
                    capacity = instance.offers[index].capacity * len(instance.partners) / THOUSAND
                    mine = np.concatenate([column[:, years].ravel() for column, _ in own])
                    self._forces(mine, own, years, np.minimum(total[years], capacity), awards[supplier])
                if len(awards) > part.most_suppliers:
                    row = model.row(list(awards.values()), 1.0, upper=float(part.most_suppliers))
                    self._limit(f"the number of suppliers of {part_id} (at most {part.most_suppliers})", [row])

    def _forces(
        self, mine: IntArray, columns: Sequence[tuple[IntArray, str]], years: IntArray, most: FloatArray, flag: int
    ) -> None:
        """Nothing is delivered in a year without the flag; and nothing in the whole contract."""
        order = np.arange(years.size)
        entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]] = [
            (np.tile(order, block.shape[0]), block[:, years].ravel(), 1.0) for block, _ in columns
        ]
        entries.append((order, flag, -most))
        self.model.rows(np.full(years.size, -np.inf), 0.0, *entries)

    def _supplier_tool(self, index: int, contract: int) -> int:
        """A supplier's tool, there from a contract on: paid at the beginning of the first in which it delivers."""
        instance, model, at = self.instance, self.model, self.at
        if (index, contract) not in at.supplier_tool:
            starts = [instance.calendar.at_start(years[0] * self.per_year) for years in instance.contracts] + [0.0]
            cost = instance.offers[index].tooling * (starts[contract] - starts[contract + 1]) / MILLION
            column = model.column(cost=cost, upper=1.0, integer=True)
            at.supplier_tool[index, contract] = column
            if (index, contract - 1) in at.supplier_tool:
                model.row([column, at.supplier_tool[index, contract - 1]], [1.0, -1.0], lower=0.0)
        return at.supplier_tool[index, contract]

    def _terms(self, w: int) -> None:
        """Each tier gives back its step, once what is bought under the terms in a contract reaches it."""
        instance, model, at = self.instance, self.model, self.at
        for terms in instance.terms:
            offers = [index for index, offer in enumerate(instance.offers) if offer.terms == terms.id]
            for number, contract in enumerate(instance.contracts):
                bought = [entry for index in offers for entry in self.bought.get((index, number), ())]
                if not bought:
                    continue
                columns, prices, present = _Bought.joined(bought)
                pieces, money, spend = self._most_bought(w, offers, number)
                counted = prices if terms.basis == "money" else np.ones(columns.size)
                scale = MILLION if terms.basis == "money" else THOUSAND
                reach = money if terms.basis == "money" else pieces
                previous = None
                for step in range(1, len(terms.tiers)):
                    start = terms.tiers[step][0] / scale * len(contract)
                    gain = terms.tiers[step][1] - terms.tiers[step - 1][1]
                    if start > reach:
                        break
                    reached = model.column(upper=1.0, integer=True)
                    claimed = model.column(upper=spend if terms.kind == "all units" else reach)
                    at.rebates[w][terms.id, number, step] = (claimed, reached)
                    if terms.kind == "all units":
                        self._charge(w, claimed, -gain)
                        model.rows(-np.inf, 0.0, (0, columns, -present), (0, claimed, 1.0))
                        model.row([claimed, reached], [1.0, -spend], upper=0.0)
                        model.rows(0.0, np.inf, (0, columns, counted), (0, reached, -start))
                    else:
                        self._charge(w, claimed, -gain * float(np.mean(self.discount[np.array(contract)])))
                        model.row(np.append(columns, (claimed, reached)), np.append(-counted, (1.0, start)), upper=0.0)
                        model.row([claimed, reached], [1.0, -max(reach - start, 0.0)], upper=0.0)
                    if previous is not None:
                        model.row([reached, previous], [1.0, -1.0], upper=0.0)
                    previous = reached

    def _patterns(self, w: int) -> None:
        """Which tiers the offers for a part can reach side by side: not all of them at once, since the need is limited.

        Each combination of tiers (a pattern) holds for a share of the need. Under it, the offers' volumes for each circle of partners add
        up to that share of what the circle needs, and their money to no more than that share of what its cars are worth: the convex hull of
        the combinations, which cuts off the fractional plan that claims every rebate. A rebate is had on the money of the patterns that
        reach it. Left out where the offers' tiers reach over several parts or there are too many combinations; nothing is lost there but
        strength.
        """
        instance = self.instance
        for part in instance.parts:
            offers = instance.offers_of(part.id)
            terms = [instance.offers[index].terms for index in offers]
            shared = {t for t in terms if t and sum(o.terms == t for o in instance.offers) > 1}
            tiered = [
                t for t in terms if t and instance.term[t].kind == "all units" and instance.term[t].basis == "pieces"
            ]
            if shared or len(tiered) != len([t for t in terms if t]):
                continue
            for number, contract in enumerate(instance.contracts):
                if any(self.bought.get((index, number)) for index in offers):
                    self._patterns_of(
                        w, part, [i for i in offers if self.bought.get((i, number))], number, np.array(contract)
                    )

    def _patterns_of(self, w: int, part: PlanPart, offers: Sequence[int], number: int, years: IntArray) -> None:
        instance, model = self.instance, self.model
        circles = self._circles
        needed = np.array([self._needed(w, part.id, circle)[:, years].sum(axis=1) for circle in circles])
        least, most = needed[:, :2].sum(axis=0)
        if least <= 0.0:
            return
        partners = len(instance.partners)
        spans: list[list[tuple[float, float]]] = []
        for index in offers:
            offer = instance.offers[index]
            top = min(offer.capacity * partners * years.size / THOUSAND, part.largest_share * most)
            tiers = instance.term[offer.terms].tiers if offer.terms else ((0.0, 0.0),)
            starts = [start / THOUSAND * years.size for start, _ in tiers]
            known = [
                s for s, start in enumerate(starts) if s == 0 or (offer.terms or "", number, s) in self.at.rebates[w]
            ]
            starts = [starts[s] for s in known]
            spans.append([(a, min(b, top)) for a, b in zip(starts, [*starts[1:], np.inf], strict=True) if a <= top])
        if math.prod(len(span) for span in spans) > _MOST_PATTERNS:
            return
        pattern = np.indices([len(span) for span in spans]).reshape(len(spans), -1)
        lows, highs = (
            np.array([np.array(span)[own, side] for span, own in zip(spans, pattern, strict=True)]) for side in (0, 1)
        )
        fitting = (lows.sum(axis=0) <= most * (1 + 1e-9)) & (highs.sum(axis=0) >= least * (1 - 1e-9))
        pattern, lows, highs = pattern[:, fitting], lows[:, fitting], highs[:, fitting]
        shares = model.columns(pattern.shape[1], upper=1.0)
        volumes = model.columns((len(circles), shares.size, len(offers)), upper=most)
        spends = model.columns(volumes.shape)
        model.row(shares, 1.0, 1.0, 1.0)
        order = np.arange(shares.size)
        each = np.repeat(order, len(offers))
        for c, (fewest, highest, worth) in enumerate(needed):
            # Money is compared at the part's own price: an offer that asks more has spent the same worth of parts on more money.
            weights = np.array([1.0 / self._highest_factor(index, number, circles[c]) for index in offers])
            own, spend = volumes[c].ravel(), spends[c].ravel()
            model.rows(np.full(order.size, -np.inf), 0.0, (each, own, 1.0), (order, shares, -highest))
            model.rows(np.zeros(order.size), np.inf, (each, own, 1.0), (order, shares, -fewest))
            model.rows(
                np.full(order.size, -np.inf), 0.0, (each, spend, np.tile(weights, order.size)), (order, shares, -worth)
            )
        cheapest = np.zeros((len(circles), len(offers)))
        for place, index in enumerate(offers):
            for c, circle in enumerate(circles):
                columns, _, present = _Bought.joined(
                    [entry for entry in self.bought[index, number] if entry.partner in circle]
                )
                own, spend = volumes[c, :, place], spends[c, :, place]
                model.rows(0.0, 0.0, (0, own, 1.0), (0, columns, -1.0))
                model.rows(0.0, 0.0, (0, spend, 1.0), (0, columns, -present))
                cheapest[c, place] = present.min() if columns.size else 0.0
        # Rows by offer and pattern.
        every, held = np.arange(len(offers) * order.size), np.tile(shares, len(offers))
        own_of = [volumes[c].T.ravel() for c in range(len(circles))]
        for c in range(len(circles)):
            least_paid = -np.repeat(cheapest[c], order.size)
            model.rows(np.zeros(every.size), np.inf, (every, spends[c].T.ravel(), 1.0), (every, own_of[c], least_paid))
        together = [(every, own, 1.0) for own in own_of]
        model.rows(np.zeros(every.size), np.inf, *together, (every, held, -lows.ravel()))
        model.rows(np.full(every.size, -np.inf), 0.0, *together, (every, held, -highs.ravel()))
        for place, index in enumerate(offers):
            name = instance.offers[index].terms
            for step in range(1, len(spans[place])):
                reaching = order[pattern[place] >= step]
                claimed, reached = self.at.rebates[w][name or "", number, step]
                given = spends[:, reaching, place].ravel()
                model.rows(0.0, 0.0, (0, reached, 1.0), (0, shares[reaching], -1.0))
                model.rows(-np.inf, 0.0, (0, claimed, 1.0), (0, given, -1.0))

    @cached_property
    def _circles(self) -> list[frozenset[str]]:
        """Partners whose plants may supply each other, directly or through others: what each circle's cars need is bought in it."""
        circles = [frozenset({partner.id}) for partner in self.instance.partners]
        for pair in self.instance.cross_supply:
            joined = frozenset().union(*(circle for circle in circles if circle & set(pair)))
            circles = [circle for circle in circles if not circle & joined] + [joined]
        return [circle for circle in circles if circle]

    def _highest_factor(self, index: int, contract: int, circle: frozenset[str]) -> float:
        """The greatest ratio of what an offer asks of a circle at list price to the part's own price, over places and years."""
        offer = self.instance.offers[index]
        zones = {place.zone for place in self.instance.places if place.partner in circle}
        landed = max((offer.landed[zone] for zone in zones if zone in offer.landed), default=1.0)
        return landed * offer.price_factor * float((1.0 - offer.step_down) ** min(self.instance.contracts[contract]))

    def _needed(self, w: int, part: str, circle: frozenset[str]) -> FloatArray:
        """The least and the most thousand pieces of a part that a circle's cars take, whatever is chosen, by year (rows, columns).

        And the most that they are worth at the part's own price (present value, millions).
        """
        known = self._need_of.get((w, part, circle))
        if known is not None:
            return known
        needed = np.zeros((3, len(self.years)))
        for slot in self.instance.slots:
            fewest, highest = self._range(slot, "pieces", part)
            if highest > 0.0 and self.instance.partner_of(slot) in circle:
                early = self.cars[w, slot.id, 0]
                needed[0] += fewest / THOUSAND * self.cars[w, slot.id, slot.latest_delay]
                needed[1] += highest / THOUSAND * early
                needed[2] += self._range(slot, "price", part)[1] / MILLION * early * self.discount
        self._need_of[w, part, circle] = needed
        return needed

    def _most_bought(self, w: int, offers: Sequence[int], contract: int) -> tuple[float, float, float]:
        """The most pieces (thousands), money at list price and discounted money (millions) that offers can see in a contract."""
        years = np.array(self.instance.contracts[contract])
        reach = sum((self._most_of_offer(w, index) for index in offers), np.zeros((3, len(self.years))))
        pieces, money, spend = reach[:, years].sum(axis=1).tolist()
        return pieces, money, spend

    def _most_of_offer(self, w: int, index: int) -> FloatArray:
        """The same of one offer, by year (three rows).

        Each car is equipped once, so the bound takes, slot by slot, the dearest option, not the sum over modules.
        """
        known = self._reach.get((w, index))
        if known is not None:
            return known
        instance = self.instance
        offer = instance.offers[index]
        part = instance.part[offer.part]
        if (w, offer.part) not in self._taken:
            self._taken[w, offer.part] = taken = {p.id: np.zeros((2, len(self.years))) for p in instance.partners}
            for slot in instance.slots:
                count, price = self._range(slot, "pieces", offer.part)[1], self._range(slot, "price", offer.part)[1]
                taken[instance.partner_of(slot)] += np.outer([count, price], self.cars[w, slot.id, 0]) / THOUSAND
        factor = offer.price_factor * (1.0 - offer.step_down) ** np.array(self.years) * THOUSAND / MILLION
        pieces, listed = np.zeros(len(self.years)), np.zeros(len(self.years))
        for partner, (count_of, price_of) in self._taken[w, offer.part].items():
            pieces += count_of
            listed += price_of * self._landed(index, partner) * factor
        limit = np.minimum(offer.capacity * len(instance.partners) / THOUSAND, pieces * part.largest_share)
        dearest = max(part.price.values(), default=0.0) * max(offer.landed.values(), default=0.0)
        money = np.minimum(listed, limit * dearest * factor)
        self._reach[w, index] = reach = np.array([limit, money, money * self.discount])
        return reach

    def _landed(self, offer: int, partner: str) -> float:
        """The highest landed factor at which parts for a partner's cars may arrive."""
        landed = self.instance.offers[offer].landed
        return max((landed[zone] for zone in self._zones[partner] if zone in landed), default=0.0)

    @cached_property
    def _zones(self) -> dict[str, set[str]]:
        """Zones in which parts for a partner's cars may arrive."""
        instance = self.instance
        suppliers = {
            partner.id: {partner.id, *(giver for giver, taker in instance.cross_supply if taker == partner.id)}
            for partner in instance.partners
        }
        return {
            partner: {place.zone for place in instance.places if place.partner in able}
            for partner, able in suppliers.items()
        }

    # ---- duty and origin

    def _duties(self, w: int) -> None:
        """Duty on what crosses between zones, unless origin is claimed, which a share of foreign parts forbids."""
        instance, model, at = self.instance, self.model, self.at
        if not instance.duties:
            return
        crossing: dict[tuple[str, ModuleKey, str, int], list[int]] = defaultdict(list)
        for flow in at.shipments[w]:
            plant, site = flow.where
            zone = instance.site[site].zone
            for key, t, column in flow.items(instance):
                if instance.duty_of(key[0], instance.plant[plant].zone, zone) is not None:
                    crossing[plant, key, zone, t // self.per_year].append(column)
        by_place: dict[tuple[str, ModuleKey, int], list[tuple[int, int]]] = defaultdict(list)
        for flow in at.purchases[w]:
            index, place = flow.where
            for key, year, column in flow.items(instance):
                by_place[place, key, year].append((index, column))
        made: dict[tuple[str, ModuleKey, int], list[int]] = defaultdict(list)
        for flow in at.output[w]:
            plant = instance.lines[flow.where[0]].plant
            for key, t, column in flow.items(instance):
                made[plant, key, t // self.per_year].append(column)
        for (plant, key, zone, year), columns in crossing.items():
            owner = instance.plant[plant]
            duty = instance.duty_of(key[0], owner.zone, zone)
            assert duty is not None
            value = instance.module[key].value
            paid = duty.rate[year] * value * self.discount[year] * THOUSAND / MILLION
            if not paid:
                continue
            due = model.column()
            self._charge(w, due, paid)
            limit = duty.most_foreign[year]
            if limit is None:
                row = model.row([due, *columns], [1.0, *(-np.ones(len(columns)))], lower=0.0)
                at.flows.append((np.array([instance.module_index[key]]), np.array([due])))
                at.flow_rows.append(np.array([row]))
                continue
            most = sum(self._upper_of(column) for column in columns)
            claim = model.column(upper=1.0, integer=True)
            at.claims[w][plant, key, zone, year] = claim
            model.row([due, claim, *columns], [1.0, most, *(-np.ones(len(columns)))], lower=0.0)
            foreign = [
                (column, ex_works_price(instance, index, key, year))
                for index, column in by_place[instance.place_of_plant[plant], key, year]
                if not instance.originating(instance.offers[index], owner.zone)
            ]
            if foreign:
                output = made[plant, key, year]
                highest = sum(price * self._upper_of(column) for column, price in foreign)
                model.row(
                    [*(column for column, _ in foreign), *output, claim],
                    [*(price / THOUSAND for _, price in foreign), *(-limit * value / THOUSAND * np.ones(len(output))), highest / THOUSAND],
                    upper=highest / THOUSAND,
                )  # fmt: skip

    # ---- risk

    def _risk(self) -> None:
        """Conditional value at risk of what depends on the scenario (Rockafellar and Uryasev 2000); the rest is the same in all."""
        model, risk = self.model, self.instance.risk
        level = model.column(cost=risk.weight, lower=-np.inf)
        tail = max(1.0 - risk.level, 1e-9)
        for w, costs in enumerate(self.scenario_costs):
            above = model.column(cost=risk.weight * self.probability[w] / tail)
            columns = [columns for columns, _ in costs]
            values = [values for _, values in costs]
            model.row(
                np.concatenate([[level, above], *columns]),
                np.concatenate([[1.0, 1.0], *(-v for v in values)]),
                lower=0.0,
            )

    def _year(self, year: int) -> int:
        return self.instance.calendar.first_year + year


def _line_limit(line: PlanLine) -> str:
    longest = max((shift.output for shift in line.shifts), default=1.0)
    pieces = line.most * line.capacity * max(1.0, longest)
    dates = f", a new one after {line.lead} periods" if line.lead else ""
    return f"the {line.process} lines at {line.plant} (at most {line.most}, {pieces:,.0f} pieces a year{dates})"


def _outfit(slot: Slot, option: int) -> tuple[tuple[str, int], ...]:
    """Units by position; an empty position is like none."""
    return tuple(sorted((p, u) for p, u in zip(slot.positions, slot.units[option].tolist(), strict=True) if u >= 0))


def chord_points(least: float, most: float, more: Sequence[float] = ()) -> NDArray[np.float64]:
    """Present volumes between which a law is replaced by chords: 0, a geometric ladder from the smallest user to all, and `more`."""
    ladder = (
        np.geomspace(least, most, max(2, int(np.ceil(np.log2(most / least))) + 1)) if most > least * 1.001 else [most]
    )
    inner = [point for point in more if 0.0 < point < most]
    return np.unique(np.round(np.array([0.0, *ladder, *inner]), 9))
