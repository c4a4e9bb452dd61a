"""The plan as one mixed-integer linear programme.

Module-level facility location: a configuration may be chosen when every module in it is developed. What is chosen drives pieces of
modules, pieces drive bought parts and output, and these drive tiers and lines. The formulations that matter for the bound:

* a vehicle uses a module only if it is developed, stated for each pair of vehicle and module (strong form), not summed;
* all-units tiers in rebate form: the list price is paid on everything, and each tier gives back its step of the discount, limited by what
  is bought and by a nested binary; "no rebate" is always feasible, and the form is exact since discounts never fall with volume;
* line openings as integers per line and year, with the first year's lower output in the capacity row.

Money is in millions inside the model, pieces in thousands, which keeps the matrix within four orders of magnitude.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray, Model
from halfshaft.plan.instance import BATTERY_PACK, BUILT_BY, Decisions, ModuleKey, PlanInstance, PlanVehicle

MILLION = 1e6
THOUSAND = 1e3


@dataclass(frozen=True)
class PlanModel:
    """The arrays of an instance and the way back from columns to decisions.

    `offered` lists, for each vehicle, the indices of the configurations that have a column.
    """

    instance: PlanInstance
    arrays: Arrays
    offered: Mapping[str, tuple[int, ...]]
    choice: Mapping[str, IntArray]
    developed: Mapping[ModuleKey, int]
    carried: Mapping[ModuleKey, int]
    purchases: Mapping[tuple[int, str, ModuleKey, int], int]
    rebates: Mapping[tuple[int, int, int], tuple[int, int]]
    output: Mapping[tuple[int, ModuleKey | str, int], int]
    tooled: Mapping[tuple[str, ModuleKey], int]
    standing: IntArray
    used: Mapping[tuple[str, ModuleKey], int]

    @property
    def offset(self) -> float:
        """What the plan's cost is above the model's objective: the lines that stand already are not paid for."""
        instance = self.instance
        return -sum(line.existing * line.capital * instance.discount_start[0] for line in instance.lines) / MILLION

    def decisions(self, values: FloatArray) -> Decisions:
        """Read decisions out of a solution; flows below a hundredth of a piece are noise and are dropped."""
        choice = {
            vehicle: self.offered[vehicle][int(np.argmax(values[columns]))] for vehicle, columns in self.choice.items()
        }

        def flows(table: Mapping[object, int]) -> dict[object, float]:
            return {
                key: float(values[column]) * THOUSAND
                for key, column in table.items()
                if values[column] * THOUSAND > 1e-2
            }

        standing = {
            (line, year): round(float(values[self.standing[line, year]]))
            for line in range(self.standing.shape[0])
            for year in range(self.standing.shape[1])
        }
        return Decisions(choice, flows(self.purchases), flows(self.output), standing)  # type: ignore[arg-type]

    def values(self, decisions: Decisions) -> FloatArray | None:
        """The column vector of given decisions, as a start for the solver; None when a chosen configuration has no column."""
        values = np.zeros(self.arrays.cost.size)
        instance = self.instance
        for vehicle in instance.vehicles:
            index = decisions.choice[vehicle.id]
            if index not in self.offered[vehicle.id]:
                return None
            values[self.choice[vehicle.id][self.offered[vehicle.id].index(index)]] = 1.0
            for key, count in vehicle.configurations[index].modules:
                values[self.developed[key]] = 1.0
                values[self.used[vehicle.id, key]] = count
        for key, column in self.carried.items():
            parent = instance.module[key].parent
            assert parent is not None
            values[column] = min(values[self.developed[key]], values[self.developed[parent]])
        for slot, quantity in decisions.purchases.items():
            values[self.purchases[slot]] = quantity / THOUSAND
        for place, quantity in decisions.output.items():
            values[self.output[place]] = quantity / THOUSAND
            line, item, _ = place
            if not isinstance(item, str):
                plant = instance.lines[line].plant
                values[self.tooled[plant, item]] = 1.0
                lamination = instance.lamination_of.get(item)
                if lamination is not None:
                    values[self.tooled[plant, lamination]] = 1.0
        for (line, year), standing in decisions.standing.items():
            values[self.standing[line, year]] = standing
        self._claim_rebates(values)
        return values

    def _claim_rebates(self, values: FloatArray) -> None:
        prices = {part.id: part.price for part in self.instance.parts}
        volume: dict[tuple[int, int], float] = defaultdict(float)
        spend: dict[tuple[int, int], float] = defaultdict(float)
        contract_of = {year: n for n, contract in enumerate(self.instance.contracts) for year in contract}
        for (index, partner, key, year), column in self.purchases.items():
            offer = self.instance.offers[index]
            slot = (index, contract_of[year])
            volume[slot] += values[column]
            spend[slot] += (
                values[column] * prices[offer.part][key] * offer.price_factor * offer.landed[partner]
                * self.instance.discount[year] * THOUSAND / MILLION
            )  # fmt: skip
        for (index, number, step), (claimed, reached) in self.rebates.items():
            start = self.instance.offers[index].tiers[step][0] / THOUSAND * len(self.instance.contracts[number])
            if volume[index, number] >= start:
                values[reached] = 1.0
                values[claimed] = spend[index, number]


def build_model(instance: PlanInstance, offered: Mapping[str, tuple[int, ...]] | None = None) -> PlanModel:
    """The model of `instance`, with columns for the configurations in `offered` only (all of them when None)."""
    if offered is None:
        offered = {v.id: tuple(range(len(v.configurations))) for v in instance.vehicles}
    return _Builder(instance, offered).build()


class _Builder:
    """Adds one block of the model after the other; each method is one paragraph of the formulation."""

    def __init__(self, instance: PlanInstance, offered: Mapping[str, tuple[int, ...]]) -> None:
        self.instance = instance
        self.offered = offered
        self.model = Model()
        self._linked: set[tuple[str, ModuleKey]] = set()
        self.keys = sorted(
            {key for v in instance.vehicles for c in offered[v.id] for key, _ in v.configurations[c].modules}
        )

    def build(self) -> PlanModel:
        self._family()
        self._purchases()
        self._rebates()
        self._production()
        return PlanModel(
            self.instance, self.model.arrays(), self.offered, self.choice, self.developed, self.carried, self.purchases,
            self.rebates, self.output, self.tooled, self.standing, self.used,
        )  # fmt: skip

    def _family(self) -> None:
        """One configuration for each vehicle, its modules developed, and the pieces of each module that one car contains."""
        instance, model = self.instance, self.model
        self.developed: dict[ModuleKey, int] = {}
        for key in self.keys:
            module = instance.module[key]
            once = module.development + (module.tooling if key[0] == "inverter" else 0.0)
            self.developed[key] = int(model.columns(1, cost=once / MILLION, upper=1.0, integer=True)[0])
        self.carried: dict[ModuleKey, int] = {}
        for key in self.keys:
            module = instance.module[key]
            if module.parent in self.developed and module.carry_over > 0.0:
                saved = -module.development * module.carry_over / MILLION
                column = int(model.columns(1, cost=saved, upper=1.0)[0])
                self.carried[key] = column
                assert module.parent is not None
                for other in (key, module.parent):
                    model.row([column, self.developed[other]], [1.0, -1.0], upper=0.0)
        using: dict[ModuleKey, list[int]] = {key: [] for key in self.keys}
        self.choice: dict[str, IntArray] = {}
        self.used: dict[tuple[str, ModuleKey], int] = {}
        for vehicle in instance.vehicles:
            configurations = [vehicle.configurations[index] for index in self.offered[vehicle.id]]
            cars = float(np.dot(vehicle.volumes, instance.discount))
            extra = np.array([configuration.extra_cost for configuration in configurations]) * cars / MILLION
            columns = model.columns(len(configurations), cost=extra, upper=1.0, integer=True)
            self.choice[vehicle.id] = columns
            model.row(columns, 1.0, 1.0, 1.0)
            for key in sorted({key for configuration in configurations for key in configuration.count}):
                counts = np.array([configuration.count.get(key, 0) for configuration in configurations], dtype=float)
                with_key = counts > 0
                using[key].extend(columns[with_key].tolist())
                model.row([*columns[with_key], self.developed[key]], [*np.ones(int(with_key.sum())), -1.0], upper=0.0)
                pieces = int(model.columns(1, upper=float(counts.max()))[0])
                model.row([*columns[with_key], pieces], [*counts[with_key], -1.0], 0.0, 0.0)
                self.used[vehicle.id, key] = pieces
        # A parent that no vehicle uses is not developed for its carry-over alone: nobody would launch it.
        for parent in sorted({module.parent for module in instance.modules if module.parent in using}):
            users = using[parent]
            model.row([self.developed[parent], *users], [1.0, *(-np.ones(len(users)))], upper=0.0)

    def _need(self, partner: str, key: ModuleKey, year: int) -> tuple[list[int], list[float], float]:
        """Columns and coefficients (thousand pieces) of a partner's need of a module in a year, and the most it can be."""
        columns, values, most = [], [], 0.0
        for vehicle in self.instance.vehicles:
            if vehicle.partner == partner and vehicle.volumes[year] > 0 and (vehicle.id, key) in self.used:
                columns.append(self.used[vehicle.id, key])
                values.append(vehicle.volumes[year] / THOUSAND)
                count = max(vehicle.configurations[c].count.get(key, 0) for c in self.offered[vehicle.id])
                most += count * vehicle.volumes[year] / THOUSAND
        return columns, values, most

    def _purchases(self) -> None:
        """Every part of every module is bought from someone; no supplier beyond its capacity or its largest share."""
        instance, model = self.instance, self.model
        self.purchases: dict[tuple[int, str, ModuleKey, int], int] = {}
        for part in instance.parts:
            offers = instance.offers_of(part.id)
            keys = [key for key in self.keys if key in part.price]
            for year in range(len(instance.years)):
                of_offer: dict[int, list[int]] = {index: [] for index in offers}
                total = 0.0
                for partner in instance.partners:
                    for key in keys:
                        need_columns, need_values, most = self._need(partner, key, year)
                        if not need_columns:
                            continue
                        total += most
                        bought = []
                        for index in offers:
                            offer = instance.offers[index]
                            price = part.price[key] * offer.price_factor * offer.landed[partner]
                            cost = price * instance.discount[year] * THOUSAND / MILLION
                            column = int(model.columns(1, cost=cost, upper=most)[0])
                            self.purchases[index, partner, key, year] = column
                            bought.append(column)
                            of_offer[index].append(column)
                        model.row(
                            [*bought, *need_columns], [*np.ones(len(bought)), *(-v for v in need_values)], 0.0, 0.0
                        )
                for index in offers:
                    capacity = instance.offers[index].capacity_per_partner * len(instance.partners) / THOUSAND
                    if of_offer[index] and capacity < total:
                        model.row(of_offer[index], 1.0, upper=capacity)
                    if part.largest_share < 1.0 and of_offer[index]:
                        everything = [column for columns in of_offer.values() for column in columns]
                        own = set(of_offer[index])
                        weights = [(1.0 if c in own else 0.0) - part.largest_share for c in everything]
                        model.row(everything, weights, upper=0.0)

    def _rebates(self) -> None:
        """Each step of each tier gives back its share of what is bought under a contract, once the mean volume reaches it."""
        instance, model = self.instance, self.model
        prices = {part.id: part.price for part in instance.parts}
        self.rebates: dict[tuple[int, int, int], tuple[int, int]] = {}
        for index, offer in enumerate(instance.offers):
            for number, contract in enumerate(instance.contracts):
                slots = [
                    (slot, column)
                    for slot, column in self.purchases.items()
                    if slot[0] == index and slot[3] in contract
                ]
                if not slots:
                    continue
                columns = [column for _, column in slots]
                values = [
                    prices[offer.part][key]
                    * offer.price_factor
                    * offer.landed[partner]
                    * instance.discount[year]
                    * THOUSAND
                    / MILLION
                    for (_, partner, key, year), _ in slots
                ]
                most_pieces, most_spend = self._most(index, contract, prices[offer.part])
                previous = None
                for step in range(1, len(offer.tiers)):
                    start = offer.tiers[step][0] / THOUSAND * len(contract)
                    gain = offer.tiers[step][1] - offer.tiers[step - 1][1]
                    if start > most_pieces:
                        break
                    claimed = int(model.columns(1, cost=-gain, upper=most_spend)[0])
                    reached = int(model.columns(1, upper=1.0, integer=True)[0])
                    self.rebates[index, number, step] = (claimed, reached)
                    model.row([claimed, *columns], [1.0, *(-v for v in values)], upper=0.0)
                    model.row([claimed, reached], [1.0, -most_spend], upper=0.0)
                    model.row([*columns, reached], [*np.ones(len(columns)), -start], lower=0.0)
                    if previous is not None:
                        model.row([reached, previous], [1.0, -1.0], upper=0.0)
                    previous = reached

    def _most(self, index: int, contract: tuple[int, ...], prices: Mapping[ModuleKey, float]) -> tuple[float, float]:
        """The most pieces (thousands) and the highest discounted spend (millions) that an offer can see in a contract.

        Each vehicle's axles are equipped once, so the bound takes, vehicle by vehicle, its dearest choice, not the sum over modules.
        """
        instance = self.instance
        offer = instance.offers[index]
        part = next(p for p in instance.parts if p.id == offer.part)
        pieces = spend = 0.0
        for year in contract:
            year_pieces = year_spend = 0.0
            for vehicle in instance.vehicles:
                volume = vehicle.volumes[year] / THOUSAND
                if volume <= 0.0:
                    continue
                factor = (
                    offer.price_factor * offer.landed[vehicle.partner] * instance.discount[year] * THOUSAND / MILLION
                )
                counts, values = [0.0], [0.0]
                for c in self.offered[vehicle.id]:
                    contents = [(n, prices[key]) for key, n in vehicle.configurations[c].modules if key in prices]
                    counts.append(sum(n for n, _ in contents))
                    values.append(sum(n * price for n, price in contents))
                year_pieces += volume * max(counts)
                year_spend += volume * max(values) * factor
            limit = min(
                offer.capacity_per_partner * len(instance.partners) / THOUSAND, year_pieces * part.largest_share
            )
            if year_pieces > 0.0 and limit < year_pieces:
                dearest = max(prices[key] for key in self.keys if key in prices) * offer.price_factor
                landed = max(offer.landed[partner] for partner in instance.partners)
                year_spend = min(year_spend, limit * dearest * landed * instance.discount[year] * THOUSAND / MILLION)
                year_pieces = limit
            pieces += year_pieces
            spend += year_spend
        return pieces, spend

    def _production(self) -> None:
        """Each partner builds what it needs in its own plants; a plant is tooled for what it builds; lines carry the load."""
        instance, model = self.instance, self.model
        years = range(len(instance.years))
        self.output: dict[tuple[int, ModuleKey | str, int], int] = {}
        self.tooled: dict[tuple[str, ModuleKey], int] = {}
        existing = np.array([[line.existing] for line in instance.lines], dtype=float).reshape(-1, 1)
        most = np.array([[line.most] for line in instance.lines], dtype=float).reshape(-1, 1)
        self.standing = model.columns(
            (len(instance.lines), len(instance.years)), cost=self._standing_cost(),
            lower=np.broadcast_to(existing, (len(instance.lines), len(instance.years))),
            upper=np.broadcast_to(most, (len(instance.lines), len(instance.years))), integer=True,
        )  # fmt: skip
        for index in range(len(instance.lines)):
            for year in years[1:]:
                model.row(self.standing[index, [year, year - 1]], [1.0, -1.0], lower=0.0)
        for process in sorted({line.process for line in instance.lines} | {*BUILT_BY, BATTERY_PACK}):
            for partner in instance.partners:
                for year in years:
                    self._build(process, partner, year)
        for index, line in enumerate(instance.lines):
            for year in years:
                columns = [c for (i, _, t), c in self.output.items() if i == index and t == year]
                if not columns:
                    continue
                capacity = line.capacity / THOUSAND
                weights = [*np.ones(len(columns)), -capacity * line.first_year_output]
                lines = [self.standing[index, year]]
                upper = 0.0
                # A line in its first year gives `first_year_output` of its capacity, one that stood a year ago all of it.
                rest = capacity * (1.0 - line.first_year_output)
                if year == 0:
                    upper = rest * line.existing
                else:
                    lines.append(self.standing[index, year - 1])
                    weights.append(-rest)
                model.row([*columns, *lines], weights, upper=upper)

    def _standing_cost(self) -> FloatArray:
        """Cost of one more line standing in each year: its capital when it appears less that of the year after, and upkeep."""
        instance = self.instance
        costs = np.zeros((len(instance.lines), len(instance.years)))
        start = np.append(instance.discount_start, 0.0)
        for index, line in enumerate(instance.lines):
            for year in range(len(instance.years)):
                capital = line.capital * (start[year] - start[year + 1])
                costs[index, year] = (capital + line.yearly_cost * instance.discount[year]) / MILLION
        return costs

    def _build(self, process: str, partner: str, year: int) -> None:
        instance, model = self.instance, self.model
        lines = instance.lines_of(partner, process)
        if process == BATTERY_PACK:
            need = sum(v.volumes[year] for v in instance.vehicles if v.partner == partner) / THOUSAND
            if need > 0.0:
                columns = [self._output_column(index, BATTERY_PACK, year, need) for index in lines]
                model.row(columns, 1.0, need, need)
            return
        kind = BUILT_BY.get(process)
        for key in (key for key in self.keys if key[0] == kind):
            need_columns, need_values, most = self._need(partner, key, year)
            if not need_columns:
                continue
            columns = [self._output_column(index, key, year, most) for index in lines]
            model.row([*columns, *need_columns], [*np.ones(len(columns)), *(-v for v in need_values)], 0.0, 0.0)
            for index, column in zip(lines, columns, strict=True):
                model.row([column, self._tooling(instance.lines[index].plant, key)], [1.0, -most], upper=0.0)
            # Somewhere a tool must stand for every vehicle that uses the module: stated per vehicle, it is far tighter
            # than the flow limits above.
            tools = [self._tooling(instance.lines[index].plant, key) for index in lines]
            for vehicle in instance.vehicles:
                if vehicle.partner == partner and vehicle.volumes[year] > 0 and (vehicle.id, key) in self.used:
                    self._tool_with_use(tools, key, vehicle)

    def _tool_with_use(self, tools: list[int], key: ModuleKey, vehicle: PlanVehicle) -> None:
        if (vehicle.id, key) in self._linked:
            return
        self._linked.add((vehicle.id, key))
        with_key = [
            int(column)
            for index, column in zip(self.offered[vehicle.id], self.choice[vehicle.id], strict=True)
            if key in vehicle.configurations[index].count
        ]
        self.model.row([*with_key, *tools], [*np.ones(len(with_key)), *(-np.ones(len(tools)))], upper=0.0)

    def _output_column(self, index: int, item: ModuleKey | str, year: int, most: float) -> int:
        line = self.instance.lines[index]
        cost = (line.labour_cost + line.logistics) * self.instance.discount[year] * THOUSAND / MILLION
        column = int(self.model.columns(1, cost=cost, upper=most)[0])
        self.output[index, item, year] = column
        return column

    def _tooling(self, plant: str, key: ModuleKey) -> int:
        if (plant, key) not in self.tooled:
            cost = self.instance.module[key].tooling / MILLION
            column = int(self.model.columns(1, cost=cost, upper=1.0, integer=True)[0])
            self.tooled[plant, key] = column
            lamination = self.instance.lamination_of.get(key)
            if lamination is not None:
                self.model.row([column, self._tooling(plant, lamination)], [1.0, -1.0], upper=0.0)
        return self.tooled[plant, key]
