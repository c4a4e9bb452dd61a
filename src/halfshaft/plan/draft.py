"""A model under construction, and what all paragraphs of its formulation share.

A paragraph (family, production, purchases, tiers, duty) adds columns and rows here and asks here what those before it left: where a module
may be used, what sites need of it, what a car can take of a part at the least and at the most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csc_matrix, csr_matrix

from halfshaft.plan.blocks import FloatArray, IntArray, Model
from halfshaft.plan.evaluate import cars
from halfshaft.plan.instance import ModuleKey, PlanInstance, Slot
from halfshaft.plan.model import MILLION, THOUSAND, Columns, Flow, Offered

# Present volumes (thousand pieces) between which a module's law is replaced by its chord.
Breakpoints = Mapping[ModuleKey, tuple[float, ...]]
# Rows of a block, columns and values, as `Model.rows` takes them.
Entry = tuple[ArrayLike, ArrayLike, ArrayLike]


class Need(NamedTuple):
    """Thousand pieces of modules (indices) that are needed somewhere by year: the most it can be, and what each of some columns adds.

    `rows` says to which of the modules a column adds, `pieces` (columns × years) how much.
    """

    modules: IntArray
    most: FloatArray
    rows: IntArray
    columns: IntArray
    pieces: FloatArray


class Draft:
    """The instance, the model so far, where its columns are, and what follows from both for all that is added after."""

    def __init__(self, instance: PlanInstance, offered: Offered, breakpoints: Breakpoints, strong: bool) -> None:
        self.instance, self.offered, self.breakpoints = instance, offered, breakpoints
        # Whether rows that change nothing but the bound are wanted: they take every demand for granted.
        self.strong = strong
        self.model, self.at = Model(), Columns()
        # Rows and columns of what a user could loosen, by what it is called.
        self.limits: dict[str, tuple[list[int], list[int]]] = {}
        # Where the chords of laws meet, by scenario.
        self.points: list[dict[ModuleKey, FloatArray]] = []
        # What no decision changes, in millions.
        self.offset = 0.0
        # Columns of lines, labour, stock and lanes, by (process, plant).
        self.making: dict[tuple[str, str], list[IntArray]] = defaultdict(list)
        # By slot: pieces of modules (columns) in the options offered (rows); the most of each; the range of what a car takes.
        self.content: dict[str, csc_matrix] = {}
        self.most: dict[str, FloatArray] = {}
        self._car: dict[str, tuple[FloatArray, FloatArray]] = {}
        # Years in which a module may be launched, with their columns.
        self.launches_of: Mapping[ModuleKey, Sequence[tuple[int, int]]] = {}
        self.years = range(instance.calendar.years)
        self.periods = range(instance.calendar.periods)
        self.per_year = instance.calendar.periods_per_year
        self.discount = np.array(instance.calendar.discount)
        self.probability = [scenario.probability for scenario in instance.scenarios]
        self.weighed = instance.risk.weight > 0.0
        # Costs of one scenario, kept apart only where risk is weighed: (columns, cost).
        self.scenario_costs: list[list[tuple[IntArray, FloatArray]]] = [[] for _ in instance.scenarios]
        # Cars by (scenario, slot, delay).
        self.cars = {
            (w, slot.id, late): np.array(cars(slot, scenario, late))
            for w, scenario in enumerate(instance.scenarios)
            for slot in instance.slots
            for late in range(slot.latest_delay + 1)
        }

    def limit(self, text: str, rows: Sequence[int] = (), columns: Sequence[int] = ()) -> None:
        """Note rows, and columns with an upper bound, that stand for something a user could loosen, in the user's words."""
        held = self.limits.setdefault(text, ([], []))
        held[0].extend(int(row) for row in rows)
        held[1].extend(int(column) for column in columns)

    def charge(self, w: int, columns: ArrayLike, cost: ArrayLike) -> None:
        """Cost of columns in one scenario, in millions."""
        much = np.asarray(cost, dtype=np.float64)
        weight = self.probability[w] * (1.0 - self.instance.risk.weight)
        self.model.charge(columns, weight * much)
        if self.weighed:
            where = np.asarray(columns, dtype=np.int64)
            self.scenario_costs[w].append((where.ravel(), np.broadcast_to(much, where.shape).ravel()))

    def year(self, year: int) -> int:
        """The calendar year of an index."""
        return self.instance.calendar.first_year + year

    def look_into(self, slot: Slot, content: csr_matrix) -> None:
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

    def range_of(self, slot: Slot, what: str, of: str) -> tuple[float, float]:
        """The least and the most in one car of a slot, whatever option it takes."""
        least, most = self._car[slot.id]
        column = self._what_counts[1][what, of]
        return float(least[column]), float(most[column])

    @cached_property
    def driving(self) -> set[ModuleKey]:
        """Modules whose pieces matter beside their launch: those made, bought or priced by a law."""
        instance = self.instance
        priced = {key for part in instance.parts for key in part.price}
        return set(instance.made) | priced | {module.key for module in instance.modules if module.law is not None}

    def need(self, w: int, modules: IntArray, sites: frozenset[str]) -> Need:
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
            return Need(modules[:0], most[:0], rows=modules[:0], columns=modules[:0], pieces=most[:0])
        order = np.cumsum(needed) - 1
        joined = order[np.concatenate(rows)], np.concatenate(columns), np.concatenate(pieces)
        return Need(modules[needed], most[needed], *joined)

    def users(self, slot: Slot, key: ModuleKey) -> IntArray:
        """Columns with which a slot builds cars that hold a module, in some scenario."""
        users: IntArray = self.building[slot.id][self.holding(slot, key)].ravel()
        return users

    def holding(self, slot: Slot, key: ModuleKey) -> IntArray:
        """Options (rows) of a slot that hold a module."""
        content, index = self.content[slot.id], self.instance.module_index[key]
        options: IntArray = content.indices[content.indptr[index] : content.indptr[index + 1]]
        return options

    @cached_property
    def building(self) -> dict[str, IntArray]:
        """Columns of options (rows) in the delays (columns) with which a slot builds cars in some scenario."""
        scenarios = range(len(self.instance.scenarios))
        found = {}
        for slot in self.instance.slots:
            delays = range(slot.latest_delay + 1)
            built = [late for late in delays if any(self.cars[w, slot.id, late].any() for w in scenarios)]
            found[slot.id] = self.at.choice[slot.id][:, built]
        return found

    def flow(
        self, table: list[Flow], where: tuple[Any, ...], modules: IntArray, columns: IntArray, most: FloatArray
    ) -> Flow:
        """Note a block of flows in its table, and whose flows they are."""
        flow = Flow(where, modules, columns, most)
        table.append(flow)
        self.at.flows.append((np.repeat(modules, columns.shape[1]), columns.ravel()))
        return flow

    def has_tools(self, key: ModuleKey) -> bool:
        """Whether a module, or one that it includes, needs tools of its own."""
        return any(self.instance.module[inner].tooling for inner, _ in self.instance.included[key])

    def tool(self, key: ModuleKey) -> int:
        """A column for one more set of a module's tools, bought before it can first be launched."""
        module = self.instance.module[key]
        cost = module.tooling * self.instance.calendar.before_launch(module.earliest) / MILLION
        return self.model.column(cost=cost, upper=1.0, integer=True)
