"""Rows of purchases: every part of every module is bought from someone, within what offers and rules of award allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halfshaft.plan.blocks import FloatArray, IntArray
from halfshaft.plan.draft import Draft, Entry
from halfshaft.plan.instance import ModuleKey, Place, PlanPart
from halfshaft.plan.model import MILLION, THOUSAND, Flow


class Bought(NamedTuple):
    """Columns of purchases by year: for whom, and what a thousand pieces cost at list price, when paid and today (millions)."""

    columns: IntArray
    partner: str
    listed: FloatArray
    present: FloatArray

    @staticmethod
    def joined(blocks: Sequence[Bought]) -> tuple[IntArray, FloatArray, FloatArray]:
        """All columns of some blocks, their price when paid and today."""
        if not blocks:
            return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
        return (
            np.concatenate([block.columns for block in blocks]),
            np.concatenate([block.listed for block in blocks]),
            np.concatenate([block.present for block in blocks]),
        )


class _Source(NamedTuple):
    """Modules (indices) that make parts necessary: the most of each by year, and entries (rows, years, columns and values of both)."""

    modules: IntArray
    most: FloatArray
    entries: Sequence[tuple[IntArray, IntArray, IntArray, FloatArray]]

    def only(self, wanted: NDArray[np.bool_]) -> _Source:
        """Some of the modules alone."""
        place = np.cumsum(wanted) - 1
        entries = [
            (place[rows[wanted[rows]]], years, columns[wanted[rows]], values[wanted[rows]])
            for rows, years, columns, values in self.entries
        ]
        return _Source(self.modules[wanted], self.most[wanted], entries)


class PurchaseRows:
    """Purchases of one scenario after the other; suppliers' tools are there before demand is known."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def add(self, w: int) -> dict[tuple[int, int], list[Bought]]:
        """Every part of every module is bought from someone; no offer beyond its capacity or its largest share."""
        instance = self.draft.instance
        bought: dict[tuple[int, int], list[Bought]] = defaultdict(list)
        sources = self._made_at(w)
        for where, found in self._whole(w).items():
            sources[where] = [*sources.get(where, ()), *found]
        for part in instance.parts:
            total = np.zeros(len(self.draft.years))
            by_offer: dict[int, list[tuple[IntArray, str]]] = {index: [] for index in instance.offers_of(part.id)}
            for place in instance.places:
                for source in sources.get(place.id, ()):
                    priced = np.isin(source.modules, [instance.module_index[key] for key in part.price])
                    if priced.any():
                        total += source.most[priced].sum(axis=0)
                        self._covered(w, part, place, source.only(priced), by_offer, bought)
            self._shares(part.id, by_offer, total)
            self._award_rules(w, part.id, by_offer, total)
        return bought

    def _covered(
        self,
        w: int,
        part: PlanPart,
        place: Place,
        source: _Source,
        by_offer: Mapping[int, list[tuple[IntArray, str]]],
        bought: Mapping[tuple[int, int], list[Bought]],
    ) -> None:
        """What modules make necessary of a part at a place is bought there, from any offer that delivers to its zone."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        modules, most = source.modules, source.most
        order = np.arange(most.size).reshape(most.shape)
        owed: list[Entry] = [
            (order[rows[:, None], years].ravel(), columns.ravel(), values.ravel())
            for rows, years, columns, values in source.entries
        ]
        paid: list[Entry] = []
        prices = np.array([part.price[instance.modules[index].key] for index in modules])
        for index, blocks in by_offer.items():
            offer = instance.offers[index]
            if place.zone not in offer.landed:
                continue
            limit = np.minimum(most, offer.capacity * len(instance.partners) / THOUSAND)
            columns = model.columns(order.shape, upper=limit)
            listed = np.outer(prices, instance.asked(offer, place.zone) * (THOUSAND / MILLION))
            present = listed * self.draft.discount
            self.draft.charge(w, columns, present)
            self.draft.flow(at.purchases[w], (index, place.id), modules, columns, limit)
            paid.append((order.ravel(), columns.ravel(), 1.0))
            blocks.append((columns, place.partner))
            for number, contract in enumerate(instance.contracts):
                years = np.array(contract)
                taken = most[:, years] > 0.0
                if taken.any():
                    block = (columns[:, years][taken], place.partner, listed[:, years][taken], present[:, years][taken])
                    bought[index, number].append(Bought(*block))
        balance = model.rows(np.zeros(order.size), 0.0, *owed, *paid)
        at.flow_rows.append(balance)
        if not paid:
            self.draft.limit(f"the offers that deliver {part.id} to {place.zone}", balance.tolist())

    def _made_at(self, w: int) -> dict[str, list[_Source]]:
        """Need of parts where modules are made: as much as is put out there."""
        instance, years = self.draft.instance, np.array(self.draft.periods) // self.draft.per_year
        outputs: dict[tuple[str, str], list[Flow]] = defaultdict(list)
        for flow in self.draft.at.output[w]:
            line = instance.lines[flow.where[0]]
            outputs[instance.place_of_plant[line.plant], line.process].append(flow)
        found: dict[str, list[_Source]] = defaultdict(list)
        for (place, _), flows in outputs.items():
            modules = np.unique(np.concatenate([flow.modules for flow in flows]))
            most, entries, counted = np.zeros((modules.size, len(self.draft.years))), [], set()
            for flow in flows:
                rows = np.searchsorted(modules, flow.modules)
                entries.append((rows, years, flow.columns, np.full(flow.columns.shape, -1.0)))
                plant = instance.lines[flow.where[0]].plant
                if plant not in counted:
                    # What a plant can put out is the same for all its lines of the process.
                    counted.add(plant)
                    most[rows] += flow.most[:, :: self.draft.per_year]
            found[place].append(_Source(modules, most, entries))
        return found

    def _whole(self, w: int) -> dict[str, list[_Source]]:
        """Need of what is bought whole, where its partner receives it; and its one tool at the supplier."""
        instance, at = self.draft.instance, self.draft.at
        whole = [key for key in sorted(instance.bought_whole) if key in self.draft.launches_of]
        for key in whole:
            if key not in at.whole and self.draft.has_tools(key):
                self._whole_tool(key)
        modules = np.array([instance.module_index[key] for key in whole if key in self.draft.driving], dtype=np.int64)
        found: dict[str, list[_Source]] = defaultdict(list)
        years = np.arange(len(self.draft.years))
        for partner in instance.partners if modules.size else ():
            sites = frozenset(site.id for site in instance.sites if site.partner == partner.id)
            need = self.draft.need(w, modules, sites)
            if need.modules.size:
                columns = np.repeat(need.columns[:, None], years.size, axis=1)
                entries = [(need.rows, years, columns, -need.pieces)]
                found[instance.whole_place(partner.id)].append(_Source(need.modules, need.most, entries))
        return found

    def _whole_tool(self, key: ModuleKey) -> None:
        """A tool at the supplier for what is bought whole, as soon as any slot takes it."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        tools = []
        for inner, _ in instance.included[key]:
            if inner not in at.whole:
                at.whole[inner] = self.draft.tool(inner)
            tools.append(at.whole[inner])
        for slot in instance.slots:
            if self.draft.most[slot.id][instance.module_index[key]]:
                users = self.draft.users(slot, key)
                for tool in tools:
                    model.row([*users, tool], [*np.ones(users.size), -1.0], upper=0.0)

    def _shares(self, part_id: str, by_offer: Mapping[int, list[tuple[IntArray, str]]], total: FloatArray) -> None:
        instance, model = self.draft.instance, self.draft.model
        part = instance.part[part_id]
        order = np.arange(len(self.draft.years))

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
                self.draft.limit(
                    f"{offer.supplier}'s capacity for {part_id} ({much})", rows.tolist(), held.ravel().tolist()
                )
            if part.largest_share < 1.0:
                rows = model.rows(
                    np.full(order.size, -np.inf),
                    0.0,
                    (*by_year(columns), 1.0),
                    (*by_year(everything), -part.largest_share),
                )
                self.draft.limit(
                    f"the largest share of one supplier in {part_id} ({part.largest_share:.0%})", rows.tolist()
                )

    def _award_rules(
        self, w: int, part_id: str, by_offer: Mapping[int, list[tuple[IntArray, str]]], total: FloatArray
    ) -> None:
        """Tools at suppliers, least quantities, and from how many suppliers a partner buys."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        part = instance.part[part_id]
        for index, columns in by_offer.items():
            offer = instance.offers[index]
            if not columns:
                continue
            capacity = offer.capacity * len(instance.partners) / THOUSAND
            for number, contract in enumerate(instance.contracts):
                years = np.array(contract)
                mine = np.concatenate([column[:, years].ravel() for column, _ in columns])
                most = self._granted(total[years], capacity)
                if offer.tooling:
                    tool = self._supplier_tool(index, number)
                    self._forces(mine, columns, years, most, tool)
                if offer.least > 0.0:
                    accepted = model.column(upper=1.0, integer=True)
                    at.accepted[w][index, number] = accepted
                    self._forces(mine, columns, years, most, accepted)
                    least = offer.least * years.size / THOUSAND
                    row = model.row([*mine, accepted], [*np.ones(mine.size), -least], lower=0.0)
                    self.draft.limit(
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
                    self._forces(mine, own, years, self._granted(total[years], capacity), awards[supplier])
                if len(awards) > part.most_suppliers:
                    row = model.row(list(awards.values()), 1.0, upper=float(part.most_suppliers))
                    self.draft.limit(f"the number of suppliers of {part_id} (at most {part.most_suppliers})", [row])

    def _granted(self, total: FloatArray, capacity: float) -> FloatArray:
        """The most that an offer may deliver by year: where limits are to be loosened one by one, its capacity is not taken for granted."""
        return np.minimum(total, capacity) if self.draft.strong else total

    def _forces(
        self, mine: IntArray, columns: Sequence[tuple[IntArray, str]], years: IntArray, most: FloatArray, flag: int
    ) -> None:
        """Nothing is delivered in a year without the flag; and nothing in the whole contract."""
        order = np.arange(years.size)
        entries: list[Entry] = [(np.tile(order, block.shape[0]), block[:, years].ravel(), 1.0) for block, _ in columns]
        entries.append((order, flag, -most))
        self.draft.model.rows(np.full(years.size, -np.inf), 0.0, *entries)

    def _supplier_tool(self, index: int, contract: int) -> int:
        """A supplier's tool, there from a contract on: paid at the beginning of the first in which it delivers."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        if (index, contract) not in at.supplier_tool:
            starts = [instance.calendar.at_start(years[0] * self.draft.per_year) for years in instance.contracts] + [
                0.0
            ]
            cost = instance.offers[index].tooling * (starts[contract] - starts[contract + 1]) / MILLION
            column = model.column(cost=cost, upper=1.0, integer=True)
            at.supplier_tool[index, contract] = column
            if (index, contract - 1) in at.supplier_tool:
                model.row([column, at.supplier_tool[index, contract - 1]], [1.0, -1.0], lower=0.0)
        return at.supplier_tool[index, contract]
