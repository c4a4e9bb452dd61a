"""Purchases when needs are known: which supplier delivers how much of which part, and what its discounts give back.

With the needs fixed, purchases separate by groups of parts that common terms tie together, and by contract where no supplier's tooling
outlasts one. Each of these blocks is a *total quantity discount problem* (Goossens, Maas, Spieksma, van de Klundert, EJOR 178, 2007) and
is stated in one of three forms:

* "hull": pieces z by cell and tier, each cell linked to its tier, z ≤ available · y. The tightest, and the one that is solved: large blocks
  of tiers alone by the search in `discounts`, which works on the same form, all others by the mixed-integer solver;
* "no link": the textbook's form, the tier's total alone is linked to its binary (a baseline);
* "rebate": list price on everything, each tier gives back its step under a nested binary (a baseline, and right where tiers sit inside
  a larger model: no rebate at all is always feasible).

A *cell* is a part at a place in a year for the modules in which it has one price. Inside a model money is in millions of present value and
pieces are in thousands.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray, Model, solve
from halfshaft.plan.discounts import DiscountCase, buy_with_discounts
from halfshaft.plan.instance import ModuleKey, PlanInstance, PlanOffer, Terms
from halfshaft.plan.tooling import MOST_TOOLS, ContractPurchase, plan_tools

MILLION = 1e6
THOUSAND = 1e3
Form = Literal["hull", "no link", "rebate"]
# Place, module, year.
NeedKey = tuple[str, ModuleKey, int]
# Offer, place, module, year.
PurchaseKey = tuple[int, str, ModuleKey, int]
# Pieces: flows below this are the solver's tolerance and are dropped.
NOISE = 5e-3
# The search of `discounts` takes blocks with at least so many tiers to decide on (ten sellers with four, the smallest for which it was
# measured, and faster), to gaps from this one on: its ascent is too slow to prove finer ones.
_SEARCHED_TIERS, _SEARCHED_GAP = 40, 1e-4
# A tier's start is reached when the mean is short of it by no more than this share: the solver's tolerance.
_REACHED = 1e-6


class NoSupplyError(Exception):
    """Capacities or award rules exclude every way to supply what is needed; the message names where."""


class Cell(NamedTuple):
    """One part at one place in one year, for the modules (`keys`) in which it has one price."""

    part: str
    place: str
    keys: tuple[ModuleKey, ...]
    year: int


@dataclass(frozen=True, eq=False)
class Needs:
    """What is known of the needs, in pieces by (place, module, year): between `least` and `most`.

    `pools` partition the places; what the places of one pool need together is known: `total` by (pool, module, year).
    """

    least: Mapping[NeedKey, float]
    most: Mapping[NeedKey, float]
    pools: tuple[tuple[str, ...], ...]
    total: Mapping[tuple[int, ModuleKey, int], float]

    @staticmethod
    def fixed(needs: Mapping[NeedKey, float]) -> Needs:
        """Needs that are known place by place: each place is a pool of its own."""
        places = sorted({place for place, _, _ in needs})
        number = {place: index for index, place in enumerate(places)}
        total = {(number[place], key, year): pieces for (place, key, year), pieces in needs.items()}
        return Needs(needs, needs, tuple((place,) for place in places), total)


@dataclass(frozen=True)
class Block:
    """Parts and contracts whose purchases must be decided together."""

    parts: tuple[str, ...]
    contracts: tuple[int, ...]


@dataclass(eq=False)
class BlockColumns:
    """Where a block's purchases are in a model.

    `flows`: columns, offer, cell of each. `delivered`: columns that add up to the deliveries of a cell. `structure`: all binaries.
    By (offer, contract), `tooled`: binaries of which one is set where an offer delivers that needs a tool; `tool_rows`: the row that asks
    for the tool then.
    """

    flows: list[tuple[IntArray, int, Cell]] = field(default_factory=list)
    delivered: dict[Cell, list[int]] = field(default_factory=lambda: defaultdict(list))
    structure: list[int] = field(default_factory=list)
    tooled: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    tool_rows: dict[tuple[int, int], int] = field(default_factory=dict)

    def bought(self, values: FloatArray) -> dict[tuple[int, Cell], float]:
        """Pieces by (offer, cell) in a solution."""
        found: dict[tuple[int, Cell], float] = {}
        for columns, offer, cell in self.flows:
            pieces = float(values[columns].sum()) * THOUSAND
            if pieces > NOISE:
                found[offer, cell] = pieces
        return found


@dataclass(frozen=True, eq=False)
class SourcingAnswer:
    """Purchases, what they cost, and the proven bound below which no purchases of the same needs can be (present values).

    `purchases`: pieces by (offer, place, module, year). `status` is "within gap" or "time limit"; without any purchases found in time,
    `cost` is infinite.
    """

    purchases: Mapping[PurchaseKey, float]
    cost: float
    bound: float
    status: Literal["within gap", "time limit"]
    seconds: float
    build_seconds: float

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return (self.cost - self.bound) / abs(self.cost) if self.cost else 0.0


@dataclass(frozen=True, eq=False)
class SourcingProblem:
    """The purchases of one coalition for given needs."""

    instance: PlanInstance
    needs: Needs

    @staticmethod
    def of(instance: PlanInstance, needs: Mapping[NeedKey, float]) -> SourcingProblem:
        """The problem for needs (pieces) fixed by (place, module, year)."""
        return SourcingProblem(instance, Needs.fixed(needs))

    @cached_property
    def zone(self) -> dict[str, str]:
        """Zone of each place."""
        return {place.id: place.zone for place in self.instance.places}

    @cached_property
    def partner(self) -> dict[str, str]:
        """Partner of each place."""
        return {place.id: place.partner for place in self.instance.places}

    @cached_property
    def first_period(self) -> tuple[int, ...]:
        """First period of each contract."""
        return tuple(min(years) * self.instance.calendar.periods_per_year for years in self.instance.contracts)

    @cached_property
    def cells(self) -> dict[str, dict[int, tuple[Cell, ...]]]:
        """Cells that may need anything, by part and year."""
        found: dict[str, dict[int, tuple[Cell, ...]]] = {}
        by_key: dict[ModuleKey, list[tuple[str, int]]] = defaultdict(list)
        for (place, key, year), pieces in self.needs.most.items():
            if pieces > 0.0:
                by_key[key].append((place, year))
        for part in self.instance.parts:
            alike: dict[tuple[int, str, float], list[ModuleKey]] = defaultdict(list)
            for key, price in part.price.items():
                for place, year in by_key.get(key, ()):
                    alike[year, place, price].append(key)
            of_year: dict[int, list[Cell]] = defaultdict(list)
            # One class of modules for a price, the same at every place of a pool: those with a need anywhere.
            everywhere: dict[float, set[ModuleKey]] = defaultdict(set)
            for (_, _, price), keys in alike.items():
                everywhere[price].update(keys)
            for year, place, price in sorted(alike):
                of_year[year].append(Cell(part.id, place, tuple(sorted(everywhere[price])), year))
            found[part.id] = {year: tuple(cells) for year, cells in of_year.items()}
        return found

    def most(self, cell: Cell) -> float:
        """The most pieces that a cell can need."""
        return sum(self.needs.most.get((cell.place, key, cell.year), 0.0) for key in cell.keys)

    def least(self, cell: Cell) -> float:
        """The fewest pieces that a cell can need."""
        return sum(self.needs.least.get((cell.place, key, cell.year), 0.0) for key in cell.keys)

    @cached_property
    def part_total(self) -> dict[tuple[str, int], float]:
        """Pieces of each part that are needed in each year, all places together."""
        found: dict[tuple[str, int], float] = defaultdict(float)
        of_key: dict[tuple[ModuleKey, int], float] = defaultdict(float)
        for (_, key, year), pieces in self.needs.total.items():
            of_key[key, year] += pieces
        for part in self.instance.parts:
            for (key, year), pieces in of_key.items():
                if key in part.price:
                    found[part.id, year] += pieces
        return found

    def limit(self, offer: PlanOffer, year: int) -> float:
        """The most pieces that an offer can deliver in a year: its capacity, its largest share, the whole need."""
        total = self.part_total.get((offer.part, year), 0.0)
        share = self.instance.part[offer.part].largest_share
        return min(offer.capacity * len(self.instance.partners), share * total, total)

    @cached_property
    def offers(self) -> dict[str, tuple[int, ...]]:
        """Offers of each part that can matter: those that deliver somewhere and are not dominated."""
        return {
            part: self._undominated([i for i in self.instance.offers_of(part) if self._delivers(i)])
            for part in self.cells
            if self.cells[part]
        }

    def _delivers(self, index: int) -> bool:
        offer = self.instance.offers[index]
        return any(self.zone[c.place] in offer.landed for cells in self.cells[offer.part].values() for c in cells)

    @cached_property
    def _sharing(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for offer in self.instance.offers:
            if offer.terms is not None:
                counts[offer.terms] += 1
        return counts

    def _undominated(self, offers: list[int]) -> tuple[int, ...]:
        """Drop an offer where another could deliver all of it instead, everywhere and always at no more, whatever the tiers.

        The other must carry the whole need alone, ask for no least quantity and no tooling; the one dropped must not help other offers to
        a tier. Replacing a supplier by another never raises the number of suppliers, and more volume never raises a price.
        """
        data = self.instance.offers

        def prices(index: int) -> FloatArray:
            offer = data[index]
            return np.array(
                [
                    offer.price_factor * offer.landed.get(self.zone[c.place], np.inf) * (1.0 - offer.step_down) ** year
                    for year, cells in sorted(self.cells[offer.part].items())
                    for c in cells
                ]
            )

        carries = [
            index
            for index in offers
            if data[index].least == 0.0
            and data[index].tooling == 0.0
            and all(
                self.limit(data[index], year) >= self.part_total[data[index].part, year] * (1.0 - 1e-12)
                for year in self.cells[data[index].part]
            )
        ]
        kept = list(offers)
        for worse in offers:
            terms = data[worse].terms
            if terms is not None and self._sharing[terms] > 1:
                continue
            best = 1.0 - (self.instance.term[terms].tiers[-1][1] if terms is not None else 0.0)
            if terms is not None and self.instance.term[terms].kind == "incremental":
                continue  # what it pays back evenly over years may exceed the discount share of a single year's list price
            for better in carries:
                if better == worse or better not in kept:
                    continue
                if bool(np.all(prices(better) <= prices(worse) * best)):
                    kept.remove(worse)
                    break
        return tuple(kept)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Groups of parts tied by common terms, each contract apart unless a supplier's tooling lasts longer than one."""
        group = {part: part for part in self.offers}

        def root(part: str) -> str:
            while group[part] != part:
                part = group[part]
            return part

        first: dict[str, str] = {}
        for offers in self.offers.values():
            for index in offers:
                terms, part = self.instance.offers[index].terms, self.instance.offers[index].part
                if terms is not None and len(self.instance.term[terms].tiers) > 1:
                    group[root(part)] = root(first.setdefault(terms, part))
        members: dict[str, list[str]] = defaultdict(list)
        for part in self.offers:
            members[root(part)].append(part)
        found = []
        for parts in members.values():
            lasting = any(self.instance.offers[index].tooling > 0.0 for part in parts for index in self.offers[part])
            numbers = range(len(self.instance.contracts))
            for contracts in [tuple(numbers)] if lasting else [(number,) for number in numbers]:
                years = {year for number in contracts for year in self.instance.contracts[number]}
                if any(years & self.cells[part].keys() for part in parts):
                    found.append(Block(tuple(parts), contracts))
        return tuple(found)

    def cells_of(self, block: Block) -> list[Cell]:
        """The block's cells."""
        years = [year for number in block.contracts for year in self.instance.contracts[number]]
        return [cell for part in block.parts for year in years for cell in self.cells[part].get(year, ())]

    def split(
        self, bought: Mapping[tuple[int, Cell], float], needs: Mapping[NeedKey, float]
    ) -> dict[PurchaseKey, float]:
        """Pieces by (offer, place, module, year): what is bought for modules of one price goes to them as they need it."""
        found: dict[PurchaseKey, float] = {}
        delivered: dict[Cell, float] = defaultdict(float)
        for (_, cell), pieces in bought.items():
            delivered[cell] += pieces
        for (offer, cell), pieces in bought.items():
            for key in cell.keys:
                need = needs.get((cell.place, key, cell.year), 0.0)
                if need > 0.0:
                    found[offer, cell.place, key, cell.year] = pieces / delivered[cell] * need
        return found


# ---- the formulation --------------------------------------------------------------------------------------------------------------


class _Spend(NamedTuple):
    """One offer's columns in one contract: cells; pieces at most; present and nominal value of a thousand pieces (millions)."""

    offer: int
    cells: tuple[Cell, ...]
    upper: FloatArray
    present: FloatArray
    nominal: FloatArray


def add_block(
    model: Model,
    problem: SourcingProblem,
    block: Block,
    *,
    form: Form = "hull",
    prices: Mapping[Cell, float] | None = None,
) -> BlockColumns:
    """Add the purchases of a block to a model.

    `prices` (money of present value for a piece) are paid to the buyer for what a cell gets: the Lagrangian's prices of needs.
    Raises NoSupplyError where no offer delivers to a place.
    """
    return _Builder(model, problem, block, form, prices or {}).build()


class _Builder:
    """Adds a block paragraph by paragraph."""

    def __init__(
        self, model: Model, problem: SourcingProblem, block: Block, form: Form, prices: Mapping[Cell, float]
    ) -> None:
        self.model, self.problem, self.block, self.form, self.prices = model, problem, block, form, prices
        self.instance = problem.instance
        self.found = BlockColumns()
        # Links "sum of columns <= limit * sum of binaries", gathered by length so that they are added at once.
        self._links: dict[int, tuple[list[list[int]], list[list[float]]]] = {}

    def build(self, *, tools: bool = True) -> BlockColumns:
        """The block's columns and rows; without `tools`, nobody pays for those of suppliers."""
        for number in self.block.contracts:
            self._contract(number)
        if tools:
            self._tooling()
        self._needs()
        for columns, values in self._links.values():
            self.model.equal_rows(columns, values, upper=0.0)
        return self.found

    def _link(self, columns: Iterable[int], limit: float, binaries: list[int]) -> None:
        flows = [int(column) for column in columns]
        store = self._links.setdefault(len(flows) + len(binaries), ([], []))
        store[0].append([*flows, *binaries])
        store[1].append([1.0] * len(flows) + [-limit] * len(binaries))

    def _binary(self, count: int, cost: float | FloatArray = 0.0) -> IntArray:
        columns = self.model.columns(count, cost=cost, upper=1.0, integer=True)
        self.found.structure.extend(columns.tolist())
        return columns

    def spends(self, number: int) -> list[_Spend]:
        """The offers that deliver in a contract, with prices and limits."""
        instance, problem = self.instance, self.problem
        found = []
        for part in self.block.parts:
            cells = [c for year in instance.contracts[number] for c in problem.cells[part].get(year, ())]
            most = {cell: problem.most(cell) for cell in cells}
            for index in problem.offers[part]:
                offer = instance.offers[index]
                limits = {year: problem.limit(offer, year) for year in instance.contracts[number]}
                served = tuple(c for c in cells if problem.zone[c.place] in offer.landed and limits[c.year] > 0.0)
                if not served:
                    continue
                nominal = np.array(
                    [instance.list_price(offer, c.keys[0], problem.zone[c.place], c.year) for c in served]
                ) * (THOUSAND / MILLION)
                discount = np.array([instance.calendar.discount[c.year] for c in served])
                upper = np.array([min(most[c], limits[c.year]) for c in served]) / THOUSAND
                found.append(_Spend(index, served, upper, nominal * discount, nominal))
        return found

    def _contract(self, number: int) -> None:
        instance = self.instance
        spends = self.spends(number)
        by_terms: dict[str | None, list[_Spend]] = defaultdict(list)
        for spend in spends:
            by_terms[instance.offers[spend.offer].terms].append(spend)
        flows: dict[int, IntArray] = {}
        on: dict[int, list[int]] = {}
        for name, members in by_terms.items():
            tiers = self.tiers(instance.term[name], members, number) if name is not None else []
            if len(tiers) > 1:
                assert name is not None
                write = self._rebate if self.form == "rebate" else self._hull
                write(instance.term[name], tiers, members, number, flows, on)
            else:
                for spend in members:
                    flows[spend.offer] = self._flow(spend, spend.present[:, None])
        for spend in spends:
            self._rules(spend, number, flows[spend.offer], on)
        for part in self.block.parts:
            self._awards(part, number, spends, flows, on)

    def _flow(self, spend: _Spend, cost: FloatArray) -> IntArray:
        """Columns (cells × tiers) of one offer's pieces, the price of the need credited."""
        credit = np.array([self.prices.get(cell, 0.0) for cell in spend.cells]) * (THOUSAND / MILLION)
        columns = self.model.columns(cost.shape, cost=cost - credit[:, None], upper=spend.upper[:, None])
        for cell, row in zip(spend.cells, columns, strict=True):
            self.found.flows.append((row, spend.offer, cell))
            self.found.delivered[cell].extend(row.tolist())
        return columns

    def counted(self, terms: Terms, spend: _Spend) -> FloatArray:
        """What a thousand pieces count towards the tier: thousands of pieces, or millions of list money."""
        return spend.nominal if terms.basis == "money" else np.ones_like(spend.nominal)

    def _most(self, terms: Terms, members: list[_Spend]) -> float:
        """The most that the terms can count in a contract: year by year, an offer's limit filled with its dearest cells."""
        total = 0.0
        for spend in members:
            counted = self.counted(terms, spend)
            years: dict[int, list[int]] = defaultdict(list)
            for position, cell in enumerate(spend.cells):
                years[cell.year].append(position)
            for year, positions in years.items():
                left = self.problem.limit(self.instance.offers[spend.offer], year) / THOUSAND
                for position in sorted(positions, key=lambda p, counted=counted: -counted[p]):  # type: ignore[misc]
                    take = min(left, float(spend.upper[position]))
                    total += take * float(counted[position])
                    left -= take
        return total

    def tiers(self, terms: Terms, members: list[_Spend], number: int) -> list[tuple[float, float]]:
        """Tiers that can be reached: (what the contract must count, discount)."""
        scale = MILLION if terms.basis == "money" else THOUSAND
        years = len(self.instance.contracts[number])
        most = self._most(terms, members) * (1.0 + 1e-9)
        return [(start * years / scale, share) for start, share in terms.tiers if start * years / scale <= most]

    def mean_discount(self, number: int) -> float:
        """Mean over a contract's years of the factor to present value."""
        years = self.instance.contracts[number]
        return sum(self.instance.calendar.discount[year] for year in years) / len(years)

    def _hull(
        self,
        terms: Terms,
        tiers: list[tuple[float, float]],
        members: list[_Spend],
        number: int,
        flows: dict[int, IntArray],
        on: dict[int, list[int]],
    ) -> None:
        """One binary for each tier; with "no link" the tier's total alone is linked to it, else each cell and year of each offer.

        Incremental terms give back max over r of (share_r · S - fixed_r): the binary of tier r pays the fixed part; no start is needed.
        """
        starts, shares = np.array([start for start, _ in tiers]), np.array([share for _, share in tiers])
        incremental = terms.kind == "incremental"
        mean = self.mean_discount(number)
        fixed = np.cumsum(np.diff(shares, prepend=0.0) * starts) * mean if incremental else np.zeros(shares.size)
        chosen = self._binary(shares.size, cost=fixed)
        self.model.row(chosen, 1.0, upper=1.0)
        counted: list[FloatArray] = []
        for spend in members:
            saved = (spend.nominal * mean if incremental else spend.present)[:, None] * shares
            columns = self._flow(spend, spend.present[:, None] - saved)
            flows[spend.offer] = columns
            counted.append(self.counted(terms, spend))
            if self.form == "hull":
                self._link_tiers(spend, columns, chosen)
        for tier in range(shares.size):
            where = np.concatenate([flows[spend.offer][:, tier] for spend in members])
            weights = np.concatenate(counted)
            if tier > 0 and not incremental:
                self.model.row([*where, chosen[tier]], [*weights, -starts[tier]], lower=0.0)
            if self.form == "no link":
                most = self._most(terms, members)
                if not incremental and tier + 1 < shares.size:
                    most = min(most, float(starts[tier + 1]))
                self.model.row([*where, chosen[tier]], [*weights, -most], upper=0.0)
        if len(members) == 1 and self.form == "hull":
            on[members[0].offer] = chosen.tolist()

    def _link_tiers(self, spend: _Spend, columns: IntArray, chosen: IntArray) -> None:
        offer = self.instance.offers[spend.offer]
        for tier, binary in enumerate(chosen.tolist()):
            self._link_years(spend, columns[:, tier : tier + 1], offer, [binary])

    def _link_years(
        self,
        spend: _Spend,
        columns: IntArray,
        offer: PlanOffer,
        binaries: list[int],
        only: frozenset[str] | None = None,
    ) -> None:
        """Nothing flows without the binaries: the year's total within the offer's limit, and each cell within what it needs."""
        years: dict[int, list[int]] = defaultdict(list)
        for position, cell in enumerate(spend.cells):
            if only is None or cell.place in only:
                years[cell.year].append(position)
        for year, positions in years.items():
            limit = min(self.problem.limit(offer, year) / THOUSAND, float(spend.upper[positions].sum()))
            self._link(columns[positions].ravel(), limit, binaries)
            for position in positions if len(positions) > 1 else ():
                if spend.upper[position] < limit * (1.0 - 1e-9):
                    self._link(columns[position], float(spend.upper[position]), binaries)

    def _rebate(
        self,
        terms: Terms,
        tiers: list[tuple[float, float]],
        members: list[_Spend],
        number: int,
        flows: dict[int, IntArray],
        on: dict[int, list[int]],
    ) -> None:
        """List price on everything; step r gives back its part of the discount, under nested binaries."""
        del on
        model = self.model
        mean = self.mean_discount(number)
        for spend in members:
            flows[spend.offer] = self._flow(spend, spend.present[:, None])
        where = np.concatenate([flows[spend.offer][:, 0] for spend in members])
        counted = np.concatenate([self.counted(terms, spend) for spend in members])
        present = np.concatenate([spend.present for spend in members])
        most = self._most(terms, members)
        most_present = sum(
            float(np.dot(spend.upper, spend.present)) for spend in members
        )  # a year's limit is not used: this form is a baseline
        binaries = self._binary(len(tiers) - 1)
        for step in range(1, len(tiers)):
            start, gain = tiers[step][0], tiers[step][1] - tiers[step - 1][1]
            reached = int(binaries[step - 1])
            if terms.kind == "incremental":
                given = model.column(cost=-gain * mean)
                model.row([given, reached], [1.0, -(most - start)], upper=0.0)
                model.row([given, reached, *where], [1.0, start, *(-counted)], upper=0.0)
            else:
                given = model.column(cost=-gain)
                model.row([given, reached], [1.0, -most_present], upper=0.0)
                model.row([given, *where], [1.0, *(-present)], upper=0.0)
                model.row([reached, *where], [-start, *counted], lower=0.0)
            if step > 1:
                model.row([reached, int(binaries[step - 2])], [1.0, -1.0], upper=0.0)

    def _rules(self, spend: _Spend, number: int, columns: IntArray, on: dict[int, list[int]]) -> None:
        """Capacity and share of each year; the least quantity and the tooling of an offer that delivers at all."""
        offer = self.instance.offers[spend.offer]
        if offer.least > 0.0 or offer.tooling > 0.0:
            if spend.offer not in on:
                on[spend.offer] = self._binary(1).tolist()
                self._link_years(spend, columns, offer, on[spend.offer])
            if offer.least > 0.0:
                least = offer.least * len(self.instance.contracts[number]) / THOUSAND
                binaries = on[spend.offer]
                self.model.row(
                    [*columns.ravel(), *binaries], [*np.ones(columns.size), *([-least] * len(binaries))], 0.0
                )
            if offer.tooling > 0.0:
                self.found.tooled[spend.offer, number] = on[spend.offer]
        if spend.offer in on:
            return  # the links hold the year's limit too
        years: dict[int, list[int]] = defaultdict(list)
        for position, cell in enumerate(spend.cells):
            years[cell.year].append(position)
        for year, positions in years.items():
            limit = self.problem.limit(offer, year) / THOUSAND
            whole = self.problem.part_total[offer.part, year] / THOUSAND
            if limit < whole * (1.0 - 1e-12) and (len(positions) > 1 or columns.shape[1] > 1):
                self.model.row(columns[positions].ravel(), 1.0, upper=limit)

    def _awards(
        self, part: str, number: int, spends: list[_Spend], flows: dict[int, IntArray], on: dict[int, list[int]]
    ) -> None:
        """Each partner buys the part from no more suppliers than allowed."""
        most = self.instance.part[part].most_suppliers
        own = [spend for spend in spends if self.instance.offers[spend.offer].part == part]
        suppliers = sorted({self.instance.offers[spend.offer].supplier for spend in own})
        if most is None or len(suppliers) <= most:
            return
        places = {cell.place for spend in own for cell in spend.cells}
        partners = sorted({self.problem.partner[place] for place in places})
        for partner in partners:
            here = frozenset(place for place in places if self.problem.partner[place] == partner)
            awarded: list[int] = []
            for supplier in suppliers:
                offers = [spend for spend in own if self.instance.offers[spend.offer].supplier == supplier]
                if len(partners) == 1 and len(offers) == 1 and offers[0].offer in on:
                    awarded.extend(on[offers[0].offer])
                    continue
                award = self._binary(1).tolist()
                for spend in offers:
                    self._link_years(spend, flows[spend.offer], self.instance.offers[spend.offer], award, here)
                awarded.extend(award)
            self.model.row(awarded, 1.0, upper=float(most))

    def _tooling(self) -> None:
        """A supplier's tooling is paid at the beginning of the first contract in which the offer delivers."""
        calendar = self.instance.calendar
        tooled = self.found.tooled
        for offer in sorted({index for index, _ in tooled}):
            numbers = sorted(
                (number for index, number in tooled if index == offer), key=lambda n: self.problem.first_period[n]
            )
            paid: list[int] = []
            for number in numbers:
                present = calendar.at_start(self.problem.first_period[number]) / MILLION
                cost = self.instance.offers[offer].tooling * present
                paid.append(self.model.column(cost=cost, upper=1.0))
                binaries = tooled[offer, number]
                row = self.model.row([*binaries, *paid], [1.0] * len(binaries) + [-1.0] * len(paid), upper=0.0)
                self.found.tool_rows[offer, number] = row

    def _needs(self) -> None:
        """What a pool needs together is bought; each of its places within its own bounds."""
        problem, needs = self.problem, self.problem.needs
        pool_of = {place: index for index, pool in enumerate(needs.pools) for place in pool}
        pools: dict[tuple[str, int, tuple[ModuleKey, ...], int], list[Cell]] = defaultdict(list)
        for cell in problem.cells_of(self.block):
            pools[cell.part, pool_of[cell.place], cell.keys, cell.year].append(cell)
        for (part, pool, keys, year), cells in pools.items():
            total = sum(needs.total.get((pool, key, year), 0.0) for key in keys) / THOUSAND
            where = [column for cell in cells for column in self.found.delivered[cell]]
            if not where:
                if total > 0.0:
                    raise NoSupplyError(f"nobody delivers {part} to {', '.join(needs.pools[pool])} in year {year}")
                continue
            self.model.row(where, 1.0, total, total)
            if len(cells) > 1:
                for cell in cells:
                    least, most = problem.least(cell) / THOUSAND, problem.most(cell) / THOUSAND
                    if self.found.delivered[cell] and (least > 0.0 or most < total * (1.0 - 1e-12)):
                        self.model.row(self.found.delivered[cell], 1.0, least, most)


# ---- tiers alone --------------------------------------------------------------------------------------------------------------------


def as_discount_case(problem: SourcingProblem, block: Block) -> tuple[DiscountCase, list[tuple[int, Cell]]] | None:
    """The hull form of a block as bare arrays, with the offer and the cell of each line; None where more than tiers must be decided.

    That is: one contract; no tooling, least quantity or award rule; no limit that several cells share; each need known place by place.
    Counted units are thousands of pieces or millions of list money, money is in millions.
    """
    if len(block.contracts) != 1:
        return None
    instance, number = problem.instance, block.contracts[0]
    builder = _Builder(Model(), problem, block, "hull", {})
    spends = builder.spends(number)
    if not all(_of_tiers_alone(problem, spend) for spend in spends) or _awards_bind(problem, block, spends):
        return None
    cells = problem.cells_of(block)
    pool_size = {place: len(pool) for pool in problem.needs.pools for place in pool}
    if any(pool_size[cell.place] > 1 for cell in cells):
        return None
    groups: dict[str | None, list[_Spend]] = defaultdict(list)
    for spend in spends:
        groups[instance.offers[spend.offer].terms].append(spend)
    sellers: list[tuple[list[_Spend], list[tuple[float, float]], Terms | None]] = []
    for name, members in groups.items():
        terms = instance.term[name] if name is not None else None
        tiers = builder.tiers(terms, members, number) if terms is not None else []
        sellers.append((members, tiers, terms) if len(tiers) > 1 else (members, [(0.0, 0.0)], None))
    width = max((len(tiers) for _, tiers, _ in sellers), default=0)
    index = {cell: position for position, cell in enumerate(cells)}
    least, fixed = np.zeros((len(sellers), width)), np.zeros((len(sellers), width))
    offered = np.zeros((len(sellers), width), dtype=bool)
    lines: list[tuple[int, Cell]] = []
    start, most, weights, prices = [0], [], [], []
    for s, (members, tiers, terms) in enumerate(sellers):
        starts, shares = np.array([from_ for from_, _ in tiers]), np.array([share for _, share in tiers])
        offered[s, : len(tiers)] = True
        incremental = terms is not None and terms.kind == "incremental"
        mean = builder.mean_discount(number)
        if incremental:
            fixed[s, : len(tiers)] = np.cumsum(np.diff(shares, prepend=0.0) * starts) * mean
        else:
            least[s, : len(tiers)] = starts
        padded = np.zeros(width)
        padded[: len(tiers)] = shares
        for spend in members:
            counted = builder.counted(terms, spend) if terms is not None else np.ones(len(spend.cells))
            saved = spend.nominal * mean if incremental else spend.present
            lines.extend((spend.offer, cell) for cell in spend.cells)
            most.append(spend.upper * counted)
            weights.append(counted)
            prices.append((spend.present - padded[:, None] * saved) / counted)
        start.append(len(lines))
    if not lines or min(float(counted.min()) for counted in weights) <= 0.0:
        return None
    case = DiscountCase(
        start=np.array(start, dtype=np.int64),
        product=np.array([index[cell] for _, cell in lines], dtype=np.int64),
        most=np.concatenate(most),
        per_unit=1.0 / np.concatenate(weights),
        price=np.ascontiguousarray(np.concatenate(prices, axis=1)),
        least=least,
        fixed=fixed,
        offered=offered,
        need=np.array([problem.most(cell) / THOUSAND for cell in cells]),
    )
    return case, lines


def _of_tiers_alone(problem: SourcingProblem, spend: _Spend) -> bool:
    offer = problem.instance.offers[spend.offer]
    if offer.least > 0.0 or offer.tooling > 0.0:
        return False
    years: dict[int, list[float]] = defaultdict(list)
    for cell, upper in zip(spend.cells, spend.upper.tolist(), strict=True):
        years[cell.year].append(upper)
    return all(
        len(uppers) == 1 or sum(uppers) <= problem.limit(offer, year) / THOUSAND * (1.0 + 1e-12)
        for year, uppers in years.items()
    )


def _awards_bind(problem: SourcingProblem, block: Block, spends: list[_Spend]) -> bool:
    offers = problem.instance.offers
    for part in block.parts:
        most = problem.instance.part[part].most_suppliers
        suppliers = {offers[spend.offer].supplier for spend in spends if offers[spend.offer].part == part}
        if most is not None and len(suppliers) > most:
            return True
    return False


def _searched(
    problem: SourcingProblem, block: Block, gap: float, time_limit: float
) -> tuple[dict[tuple[int, Cell], float], float, float, float] | None:
    """A large block of tiers alone by its own search, as `solve_block` answers; None where the block is another, or cannot be bought."""
    began = time.perf_counter()
    stated = as_discount_case(problem, block)
    if stated is None:
        return None
    case, lines = stated
    has = np.bincount(case.product, weights=case.most * case.per_unit, minlength=case.need.size)
    if int(case.offered[case.offered.sum(axis=1) > 1].sum()) < _SEARCHED_TIERS or bool((has < case.need).any()):
        return None
    built = time.perf_counter() - began
    answer = buy_with_discounts(case, gap=gap, time_limit=time_limit - built)
    pieces = (answer.quantity * case.per_unit * THOUSAND).tolist()
    bought = {line: count for line, count in zip(lines, pieces, strict=True) if count > NOISE}
    return bought, answer.cost * MILLION, answer.bound * MILLION, built


# ---- money and the entry ----------------------------------------------------------------------------------------------------------


def purchase_cost(instance: PlanInstance, purchases: Mapping[PurchaseKey, float]) -> float:
    """Present value of purchases, as suppliers would invoice them: list price, discounts by the mean reached, tooling."""
    zone = {place.id: place.zone for place in instance.places}
    contract_of = {year: number for number, years in enumerate(instance.contracts) for year in years}
    discount = instance.calendar.discount
    total = 0.0
    pieces: dict[tuple[str, int], float] = defaultdict(float)
    nominal: dict[tuple[str, int], float] = defaultdict(float)
    present: dict[tuple[str, int], float] = defaultdict(float)
    first: dict[int, int] = {}  # period in which tooling is paid
    for (index, place, key, year), quantity in purchases.items():
        offer, number = instance.offers[index], contract_of[year]
        value = instance.list_price(offer, key, zone[place], year) * quantity
        total += value * discount[year]
        if offer.terms is not None:
            pieces[offer.terms, number] += quantity
            nominal[offer.terms, number] += value
            present[offer.terms, number] += value * discount[year]
        if offer.tooling > 0.0 and quantity > 0.0:
            period = min(instance.contracts[number]) * instance.calendar.periods_per_year
            first[index] = min(first.get(index, period), period)
    total += sum(instance.offers[i].tooling * instance.calendar.at_start(period) for i, period in first.items())
    for (name, number), value in nominal.items():
        terms, years = instance.term[name], instance.contracts[number]
        if terms.kind == "incremental":
            mean = sum(discount[year] for year in years) / len(years)
            step_from = 0.0
            for start, share in terms.tiers:
                total -= (share - step_from) * max(0.0, value - start * len(years)) * mean
                step_from = share
        else:
            counted = (value if terms.basis == "money" else pieces[name, number]) / len(years)
            reached = max(share for start, share in terms.tiers if counted >= start * (1.0 - _REACHED))
            total -= reached * present[name, number]
    return total


def solve_block(
    problem: SourcingProblem,
    block: Block,
    *,
    gap: float,
    time_limit: float = np.inf,
    form: Form = "hull",
    prices: Mapping[Cell, float] | None = None,
    absolute: bool = False,
) -> tuple[dict[tuple[int, Cell], float] | None, float, float, float]:
    """Purchases of one block by (offer, cell), the model's objective and its proven bound (money), and the seconds of building.

    With `prices` the objective has the credits of `add_block` in it. `gap` is relative to the objective, or money with `absolute`.
    The purchases are None when nothing was found in time. Raises NoSupplyError when there are none.
    """
    if form == "hull" and not prices and not absolute and gap >= _SEARCHED_GAP:
        searched = _searched(problem, block, gap, time_limit)
        if searched is not None:
            return searched
    began = time.perf_counter()
    tools = _tools_of(problem, block)
    if form == "hull" and len(block.contracts) > 1 and 0 < len(tools) <= MOST_TOOLS:
        return _contract_by_contract(problem, block, tools, gap, time_limit, prices or {}, absolute)
    model = Model()
    columns = add_block(model, problem, block, form=form, prices=prices)
    arrays = model.arrays()
    built = time.perf_counter() - began
    answer = solve(
        arrays,
        gap=0.0 if absolute else gap,
        absolute_gap=gap / MILLION if absolute else 0.0,
        time_limit=max(0.05, time_limit),
    )
    if answer.values is None:
        if answer.status == "infeasible":
            raise _no_purchase(problem, block)
        return None, np.inf, answer.bound * MILLION, built
    return columns.bought(answer.values), answer.objective * MILLION, answer.bound * MILLION, built


def _no_purchase(problem: SourcingProblem, block: Block) -> NoSupplyError:
    years = sorted({year for number in block.contracts for year in problem.instance.contracts[number]})
    return NoSupplyError(
        f"capacities, shares and award rules exclude every purchase of {', '.join(block.parts)} in years {years}"
    )


def _tools_of(problem: SourcingProblem, block: Block) -> tuple[int, ...]:
    """Offers of a block that need a supplier's tool."""
    offers = problem.instance.offers
    return tuple(index for part in block.parts for index in problem.offers[part] if offers[index].tooling > 0.0)


def _contract_by_contract(
    problem: SourcingProblem,
    block: Block,
    tools: tuple[int, ...],
    gap: float,
    time_limit: float,
    prices: Mapping[Cell, float],
    absolute: bool,
) -> tuple[dict[tuple[int, Cell], float] | None, float, float, float]:
    """A block whose contracts meet in suppliers' tools alone, as `solve_block` answers; its relaxation tells the rents."""
    began = time.perf_counter()
    model = Model()
    columns = add_block(model, problem, block, prices=prices)
    arrays = model.arrays()
    order = sorted(block.contracts, key=lambda number: problem.first_period[number])
    contracts = [_Contract(problem, Block(block.parts, (number,)), tools, prices) for number in order]
    built = time.perf_counter() - began
    relaxed = solve(arrays, relaxed=True, time_limit=max(0.05, time_limit))
    if relaxed.status == "infeasible":
        raise _no_purchase(problem, block)
    rents = np.zeros((len(order), len(tools)))
    if relaxed.duals is None:
        return None, np.inf, -np.inf, built
    for position, number in enumerate(order):
        for place, index in enumerate(tools):
            if (index, number) in columns.tool_rows:
                rents[position, place] = -relaxed.duals[columns.tool_rows[index, number]]
    calendar = problem.instance.calendar
    factors = [calendar.at_start(problem.first_period[number]) for number in order]
    costs = np.outer(factors, [problem.instance.offers[index].tooling for index in tools]) / MILLION
    wanted = gap / MILLION if absolute else gap * max(relaxed.objective, 0.0)
    left = time_limit - (time.perf_counter() - began)
    plan = plan_tools(contracts, costs, rents, gap=wanted, time_limit=left)
    if not np.isfinite(plan.bound):
        raise _no_purchase(problem, block)
    bound = max(plan.bound, relaxed.objective) * MILLION
    if not plan.contracts:
        return None, np.inf, bound, built
    bought = {flow: pieces for contract in plan.contracts for flow, pieces in contract.purchases.items()}
    return bought, plan.cost * MILLION, min(bound, plan.cost * MILLION), built


class _Contract:
    """One contract of a block, its model built once for all sets of tools and all rents."""

    def __init__(
        self, problem: SourcingProblem, block: Block, tools: tuple[int, ...], prices: Mapping[Cell, float]
    ) -> None:
        model = Model()
        self.columns = _Builder(model, problem, block, "hull", prices).build(tools=False)
        self.arrays = model.arrays()
        self.used = [self.columns.tooled.get((index, block.contracts[0]), []) for index in tools]
        flows: dict[int, list[IntArray]] = {index: [np.zeros(0, dtype=np.int64)] for index in tools}
        for where, index, _ in self.columns.flows:
            if index in flows:
                flows[index].append(where)
        self.flows = [np.concatenate(flows[index]) for index in tools]

    def rented(self, rents: FloatArray, *, gap: float, time_limit: float) -> ContractPurchase:
        """The cheapest purchases where each tool used costs its rent."""
        cost = self.arrays.cost.copy()
        for binaries, rent in zip(self.used, rents, strict=True):
            cost[binaries] += rent
        return self._solve(replace(self.arrays, cost=cost), gap, time_limit)

    def with_tools(self, there: int, *, gap: float, time_limit: float) -> ContractPurchase:
        """The cheapest purchases with the tools of a bit mask."""
        upper = self.arrays.upper.copy()
        for tool, flows in enumerate(self.flows):
            if not there >> tool & 1:
                upper[flows] = 0.0
        return self._solve(replace(self.arrays, upper=upper), gap, time_limit)

    def _solve(self, arrays: Arrays, gap: float, time_limit: float) -> ContractPurchase:
        answer = solve(arrays, absolute_gap=gap, time_limit=max(0.05, time_limit))
        if answer.values is None:
            return ContractPurchase(np.inf, answer.bound, 0)
        used = sum(1 << tool for tool, binaries in enumerate(self.used) if answer.values[binaries].sum() > 0.5)
        cost = float(self.arrays.cost @ answer.values)
        return ContractPurchase(cost, answer.bound, used, self.columns.bought(answer.values))


def solve_sourcing(
    instance: PlanInstance,
    needs: Mapping[NeedKey, float],
    *,
    gap: float = 0.001,
    time_limit: float = np.inf,
    form: Form = "hull",
) -> SourcingAnswer:
    """Buy what is needed, and prove how well.

    `needs` are pieces by (place, module, year); `gap` is relative; `time_limit` in seconds. Raises NoSupplyError when capacities and award
    rules leave no way to buy it.
    """
    began = time.perf_counter()
    problem = SourcingProblem.of(instance, needs)
    blocks = problem.blocks
    missing = [part for part, years in problem.cells.items() if years and not problem.offers[part]]
    if missing:
        raise NoSupplyError(f"nobody delivers {missing[0]} where it is needed")
    built = time.perf_counter() - began
    bought: dict[tuple[int, Cell], float] = {}
    bound, complete = 0.0, True
    for block in blocks:
        left = time_limit - (time.perf_counter() - began)
        found, _, below, seconds = solve_block(problem, block, gap=gap * 0.98, time_limit=left, form=form)
        built += seconds
        bound += max(below, 0.0)
        if found is None:
            complete = False
        else:
            bought.update(found)
    purchases = problem.split(bought, needs) if complete else {}
    cost = purchase_cost(instance, purchases) if complete else np.inf
    bound = min(bound, cost)
    within = complete and cost - bound <= gap * abs(cost) + 1e-6
    return SourcingAnswer(
        purchases, cost, bound, "within gap" if within else "time limit", time.perf_counter() - began, built
    )
