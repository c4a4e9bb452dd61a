"""A plan's model as data: its arrays, which column is which decision, and the way from decisions to columns and back.

How the rows come about is said in `formulation` and in the modules that it puts together. Money is in millions inside the model, pieces and
hours in thousands, which keeps the matrix within few orders of magnitude.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray
from halfshaft.plan.evaluate import cars, used_modules
from halfshaft.plan.instance import Decisions, ModuleKey, PlanInstance, Recourse, Slot

MILLION = 1e6
THOUSAND = 1e3

Offered = Mapping[str, IntArray]


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


class Uses(NamedTuple):
    """Columns that say how many pieces of modules (rows, by index) a slot's cars take in each delay (columns); and the most it can be."""

    slot: Slot
    modules: IntArray
    columns: IntArray
    most: FloatArray

    def of(self, index: int) -> IntArray:
        """The columns of one module by delay; none where the slot cannot take it."""
        columns: IntArray = self.columns[self.modules == index].ravel()
        return columns


@dataclass
class Columns:
    """Where each decision stands among the columns."""

    # By slot: columns (options offered × delays).
    choice: dict[str, IntArray] = field(default_factory=dict)
    launch: dict[tuple[ModuleKey, int], int] = field(default_factory=dict)
    carried: dict[tuple[ModuleKey, int], int] = field(default_factory=dict)
    uses: list[Uses] = field(default_factory=list)
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
    at: Columns
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
