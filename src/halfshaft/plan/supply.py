"""Production and purchases together, for a family that is already chosen: a plan, and a bound that proves how good it is.

Production (lines, output, stock, shipping, tools) and purchases (offers, tiers, awards) meet in one place only: what the plants of a
place make of a module in a year is what its parts are needed for there. Write n for that need by (place, module, year), x for what is
bought for it. The link x = n is priced by multipliers λ (money for a piece of part, by cell) and dropped:

    L(λ) = min over production of [cost + λ·n]  +  sum over blocks of min over purchases of [cost - λ·x]

Both minima keep every constraint of their own. The purchases also keep what the link implied and what demand alone fixes: all demand is
met, nothing is held over the end of a year, so the places that can make for the same sites need a known total in each year. For every
feasible plan x = n, the credits cancel, and its production and its purchases are feasible in the two problems: so L(λ) <= cost for every
λ, and solver bounds in place of the minima keep that. With λ the same at every place this is the pooled bound, each piece at its cheapest
landed place; since landed prices differ by zone, the place keeps its own columns in the pool. λ starts at the duals of the link in the
joint linear relaxation and is improved by a bundle of cuts in a box. Where each pool is one place, x is known and the two parts separate.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray, Model, solve
from halfshaft.plan.evaluate import ex_works_price
from halfshaft.plan.instance import ModuleKey, PlanInstance, PlanPlant, Recourse
from halfshaft.plan.sourcing import (
    MILLION,
    NOISE,
    THOUSAND,
    Block,
    BlockColumns,
    Cell,
    Form,
    NeedKey,
    Needs,
    NoSupplyError,
    PurchaseKey,
    SourcingProblem,
    add_block,
    purchase_cost,
    solve_block,
)

__all__ = ["NoSupplyError", "SupplyAnswer", "joint_model", "solve_supply"]

# Share of the demanded gap that the production problem's own gap may take, and that the purchases' gaps may take together.
_PRODUCTION_SHARE, _SOURCING_SHARE = 0.25, 0.2
# Seconds for one neighbourhood of the plan; how often the box around the prices may be widened where nothing is left to gain in it.
_NEIGHBOURHOOD, _WIDENINGS = 6.0, 4
# Threads that buy at most: two cores are what a laptop has to spare.
_THREADS = 2
# Seconds that production and all blocks together may take in the first look at them; later looks take more.
_FIRST_PRODUCTION, _FIRST_SOURCING = 8.0, 8.0


@dataclass(frozen=True, eq=False)
class SupplyAnswer:
    """How the family is made and bought, what that costs, and the proven lower bound (present values).

    `added` and `recourse` are as in `Decisions`. `cost` holds tooling (of bought-whole modules too), lines, shifts, labour, overflow,
    stock, logistics, parts, discounts and supplier tooling; nothing that the choice alone fixes (development, modules by law, cost per
    car). It is infinite, and `recourse` empty, when nothing was found in time. `history` lists (seconds, cost, bound) of each improvement.
    """

    added: Mapping[tuple[int, int], int]
    recourse: Recourse
    cost: float
    bound: float
    status: Literal["within gap", "time limit", "interrupted"]
    seconds: float
    build_seconds: float
    history: tuple[tuple[float, float, float], ...]

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return (self.cost - self.bound) / abs(self.cost) if self.cost else 0.0


# ---- what demand fixes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Demand:
    """Pieces by (site, module, year) that plants ship, and by (place, module, year) of what is bought whole (contents included).

    `duty` is what a piece pays by year for sure, by (plant, module, zone): zero where some purchases might earn origin.
    """

    shipped: Mapping[tuple[str, ModuleKey, int], float]
    whole: Mapping[NeedKey, float]
    whole_modules: frozenset[ModuleKey]
    duty: Mapping[tuple[str, ModuleKey, str], FloatArray]


def _demand(instance: PlanInstance, choice: Mapping[str, int], scenario: int) -> _Demand:
    shipped: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
    whole: dict[NeedKey, float] = defaultdict(float)
    bought: set[ModuleKey] = set()
    for slot in instance.slots:
        volumes = instance.scenarios[scenario].volumes.get(slot.id, ())
        counts: dict[ModuleKey, int] = defaultdict(int)
        for unit in slot.units[choice[slot.id]]:
            if unit >= 0:
                for key, count in instance.units[unit].modules:
                    counts[key] += count
        for key, count in counts.items():
            for year, volume in enumerate(volumes):
                if volume <= 0.0:
                    continue
                if key in instance.made:
                    shipped[slot.site, key, year] += volume * count
                else:
                    place = instance.whole_place(instance.partner_of(slot))
                    for inner, inside in instance.included[key]:
                        whole[place, inner, year] += volume * count * inside
                        bought.add(inner)
    zones = {site.zone for site in instance.sites}
    duty = {
        (plant.id, key, zone): _sure_duty(instance, plant, key, zone)
        for key in {key for _, key, _ in shipped}
        for plant in instance.plants
        for zone in zones
        if instance.duty_of(key[0], plant.zone, zone) is not None
    }
    return _Demand(dict(shipped), dict(whole), frozenset(bought), duty)


def _pools(instance: PlanInstance) -> tuple[tuple[str, ...], ...]:
    """Places that can make for the same sites, directly or through others."""
    group = {place.id: place.id for place in instance.places}

    def root(place: str) -> str:
        while group[place] != place:
            place = group[place]
        return place

    for site in instance.sites:
        able = [instance.place_of_plant[plant.id] for plant in instance.plants if instance.may_supply(plant, site)]
        for place in able[1:]:
            group[root(place)] = root(able[0])
    members: dict[str, list[str]] = defaultdict(list)
    for place in group:
        members[root(place)].append(place)
    return tuple(tuple(pool) for pool in members.values())


def _open_needs(instance: PlanInstance, demand: _Demand) -> Needs:
    """What the places need, as far as demand fixes it."""
    pools = _pools(instance)
    pool_of = {place: index for index, pool in enumerate(pools) for place in pool}
    total: dict[tuple[int, ModuleKey, int], float] = defaultdict(float)
    free: dict[tuple[int, ModuleKey, int], float] = defaultdict(float)
    able: dict[tuple[int, ModuleKey], set[str]] = defaultdict(set)
    for (site, key, year), pieces in demand.shipped.items():
        process = instance.process_of[key[0]]
        makers = {line.plant for line in instance.lines if line.process == process and line.existing + line.most > 0}
        plants = [p for p in instance.plants if p.id in makers and instance.may_supply(p, instance.site[site])]
        if not plants:
            raise NoSupplyError(f"no plant with a line for {process} may ship {key[1]} to {site}")
        pool = pool_of[instance.place_of_plant[plants[0].id]]
        for inner, count in instance.included[key]:
            free[pool, inner, year] += pieces * count
            able[pool, inner].update(instance.place_of_plant[plant.id] for plant in plants)
    least: dict[NeedKey, float] = defaultdict(float)
    most: dict[NeedKey, float] = defaultdict(float)
    for (place, key, year), pieces in demand.whole.items():
        least[place, key, year] += pieces
        most[place, key, year] += pieces
        total[pool_of[place], key, year] += pieces
    for (pool, key, year), pieces in free.items():
        total[pool, key, year] += pieces
        for place in able[pool, key]:
            most[place, key, year] += pieces
            if len(able[pool, key]) == 1:
                least[place, key, year] += pieces
    return Needs(dict(least), dict(most), pools, dict(total))


# ---- production -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Production:
    """Columns of the production problem and the way back."""

    output: Mapping[tuple[int, ModuleKey], IntArray]
    shipments: Mapping[tuple[str, ModuleKey, str], IntArray]
    added: Mapping[int, IntArray]
    shifts: Mapping[tuple[int, int], IntArray]
    integers: tuple[int, ...]
    # Columns and pieces of need for each thousand pieces, by (place, module, year).
    needs: Mapping[NeedKey, tuple[list[int], list[float]]]

    def recourse(self, values: FloatArray, purchases: Mapping[PurchaseKey, float]) -> Recourse:
        """Decisions of a solution."""
        output = {
            (line, key, period): float(values[column]) * THOUSAND
            for (line, key), columns in self.output.items()
            for period, column in enumerate(columns.tolist())
            if column >= 0 and values[column] * THOUSAND > NOISE
        }
        shipments = {
            (plant, key, site, period): float(values[column]) * THOUSAND
            for (plant, key, site), columns in self.shipments.items()
            for period, column in enumerate(columns.tolist())
            if column >= 0 and values[column] * THOUSAND > NOISE
        }
        shifts = {
            (line, shift, year): round(float(values[column]))
            for (line, shift), columns in self.shifts.items()
            for year, column in enumerate(columns.tolist())
            if round(float(values[column])) > 0
        }
        return Recourse(purchases, output, shipments, shifts)

    def lines(self, values: FloatArray) -> dict[tuple[int, int], int]:
        """Lines added by (line, period from which they are available)."""
        return {
            (line, period): round(float(values[column]))
            for line, columns in self.added.items()
            for period, column in enumerate(columns.tolist())
            if column >= 0 and round(float(values[column])) > 0
        }

    def need(self, values: FloatArray, whole: Mapping[NeedKey, float]) -> dict[NeedKey, float]:
        """Pieces by (place, module, year) that a solution needs parts for."""
        found: dict[NeedKey, float] = defaultdict(float, whole)
        for key, (columns, counts) in self.needs.items():
            pieces = float(np.dot(values[columns], counts)) * THOUSAND
            if pieces > NOISE:
                found[key] += pieces
        return dict(found)


def _add_production(model: Model, instance: PlanInstance, demand: _Demand) -> _Production:
    """Lines, output, stock, shipping and tools, with no price on parts.

    Raises NoSupplyError when a site's need has no plant.
    """
    calendar = instance.calendar
    per_year, periods, years = calendar.periods_per_year, calendar.periods, calendar.years
    year_of = np.arange(periods) // per_year
    discount = np.array(calendar.discount)
    season = np.tile(np.array(calendar.season), years)
    keys = sorted({key for _, key, _ in demand.shipped})
    money = THOUSAND / MILLION
    integers: list[int] = []
    need: dict[ModuleKey, dict[str, FloatArray]] = {key: {} for key in keys}
    for (site, key, year), pieces in demand.shipped.items():
        rows = need[key].setdefault(site, np.zeros(periods))
        rows[year_of == year] = pieces * season[year_of == year] / THOUSAND
    output: dict[tuple[int, ModuleKey], IntArray] = {}
    shipments: dict[tuple[str, ModuleKey, str], IntArray] = {}
    of_line: dict[int, list[IntArray]] = defaultdict(list)
    needs: dict[NeedKey, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    tools: dict[tuple[str, ModuleKey], int] = {}

    def tool(plant: str, key: ModuleKey) -> int:
        if (plant, key) not in tools:
            module = instance.module[key]
            cost = module.tooling * calendar.before_launch(module.earliest) / MILLION
            tools[plant, key] = model.column(cost=cost, upper=1.0, integer=True)
            integers.append(tools[plant, key])
        return tools[plant, key]

    for key in keys:
        process = instance.process_of[key[0]]
        flows_to: dict[str, list[IntArray]] = defaultdict(list)
        any_tool: dict[str, list[int]] = defaultdict(list)
        for plant in instance.plants:
            lines = [i for i, line in enumerate(instance.lines) if line.plant == plant.id and line.process == process]
            sites = [site for site in need[key] if instance.may_supply(plant, instance.site[site])]
            if not lines or not sites:
                continue
            wanted = sum((need[key][site] for site in sites), np.zeros(periods))
            of_year = wanted.reshape(years, per_year).sum(axis=1)
            made = []
            for line in lines:
                unlearned = 0.0 if len(instance.lines[line].learning) > 1 else instance.lines[line].learning[0][1]
                cost = instance.lines[line].labour_cost * unlearned * discount[year_of] * money
                columns = model.columns(periods, cost=cost, upper=of_year[year_of])
                output[line, key] = columns
                of_line[line].append(columns)
                made.append(columns)
                for inner, count in instance.included[key]:
                    for period, column in enumerate(columns.tolist()):
                        where = needs[instance.place_of_plant[plant.id], inner, int(year_of[period])]
                        where[0].append(column)
                        where[1].append(float(count))
            sent = []
            for site in sites:
                due = demand.duty.get((plant.id, key, instance.site[site].zone), np.zeros(years))
                cost = (plant.lanes[site] + due[year_of]) * discount[year_of] * money
                columns = model.columns(periods, cost=cost, upper=need[key][site])
                shipments[plant.id, key, site] = columns
                flows_to[site].append(columns)
                sent.append(columns)
            last = np.arange(periods) % per_year == per_year - 1
            most = np.where(last, 0.0, of_year[year_of])
            stock = model.columns(periods, cost=plant.holding_cost * discount[year_of] * money, upper=most)
            before = np.concatenate([stock[:1], stock[:-1]])
            width = len(made) + len(sent) + 2
            values = np.tile(np.array([1.0] * len(made) + [-1.0] * (len(sent) + 1) + [1.0]), (periods, 1))
            values[0, width - 1] = 0.0
            model.equal_rows(np.stack([*made, *sent, stock, before], axis=1), values, 0.0, 0.0)
            own = tool(plant.id, key)
            for site, columns in zip(sites, sent, strict=True):
                any_tool[site].append(own)
                # Without tools nothing is shipped: year by year and site by site, which is tight where one plant serves a site.
                for year in range(years):
                    inside = columns[year * per_year : (year + 1) * per_year]
                    pieces = float(need[key][site][year_of == year].sum())
                    if pieces > 0.0:
                        model.row([*inside, own], [*np.ones(per_year), -pieces], upper=0.0)
            for inner, _ in instance.included[key]:
                if inner != key:
                    model.row([own, tool(plant.id, inner)], [1.0, -1.0], upper=0.0)
        for site, wanted in need[key].items():
            if not flows_to[site]:
                raise NoSupplyError(f"no plant with a line for {process} may ship {key[1]} to {site}")
            model.equal_rows(np.stack(flows_to[site], axis=1), 1.0, wanted, wanted)
            model.row(any_tool[site], 1.0, lower=1.0)
    added: dict[int, IntArray] = {}
    shifts: dict[tuple[int, int], IntArray] = {}
    for index, columns_of in of_line.items():
        added[index] = _add_lines(model, instance, index, columns_of, shifts, integers)
    return _Production(output, shipments, added, shifts, tuple(integers), dict(needs))


def _sure_duty(instance: PlanInstance, plant: PlanPlant, key: ModuleKey, zone: str) -> FloatArray:
    """Duty on a piece that crosses into a zone, by year, where no purchases could let it claim origin; zero where some might."""
    years = range(instance.calendar.years)
    duty = instance.duty_of(key[0], plant.zone, zone)
    assert duty is not None
    value = instance.module[key].value
    foreign = np.zeros(len(years))
    for part in instance.parts:
        asked = [
            [
                0.0 if instance.originating(offer, plant.zone) else ex_works_price(instance, number, key, t)
                for t in years
            ]
            for number, offer in enumerate(instance.offers)
            if offer.part == part.id and key in part.price and plant.zone in offer.landed
        ]
        if asked:
            foreign += np.min(asked, axis=0)
    barred = [
        limit is None or much > limit * value * (1.0 + 1e-9)
        for limit, much in zip(duty.most_foreign, foreign.tolist(), strict=True)
    ]
    return np.where(barred, np.array(duty.rate) * value, 0.0)


def _claims(
    instance: PlanInstance, demand: _Demand, recourse: Recourse
) -> tuple[frozenset[tuple[str, ModuleKey, str, int]], float]:
    """Every claim of origin that purchases allow, and the duty (present value) on what crosses without, where a claim was not ruled out."""
    year_of = instance.calendar.year_of
    foreign: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
    zone = {place.id: place.zone for place in instance.places}
    for (index, place, key, year), pieces in recourse.purchases.items():
        if not instance.originating(instance.offers[index], zone[place]):
            foreign[place, key, year] += pieces * ex_works_price(instance, index, key, year)
    made: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
    for (line, key, period), pieces in recourse.output.items():
        made[instance.lines[line].plant, key, year_of(period)] += pieces
    crossing: dict[tuple[str, ModuleKey, str, int], float] = defaultdict(float)
    for (plant, key, site, period), pieces in recourse.shipments.items():
        crossing[plant, key, instance.site[site].zone, year_of(period)] += pieces
    claims, due = set(), 0.0
    for (plant, key, into, year), pieces in crossing.items():
        owner, value = instance.plant[plant], instance.module[key].value
        duty = instance.duty_of(key[0], owner.zone, into)
        limit = None if duty is None else duty.most_foreign[year]
        if duty is None or limit is None or not duty.rate[year]:
            continue
        bought = foreign[instance.place_of_plant[plant], key, year]
        if bought <= limit * value * made[plant, key, year]:
            claims.add((plant, key, into, year))
        elif not demand.duty[plant, key, into][year]:
            due += duty.rate[year] * value * pieces * instance.calendar.discount[year]
    return frozenset(claims), due


def _add_lines(
    model: Model,
    instance: PlanInstance,
    index: int,
    outputs: list[IntArray],
    shifts: dict[tuple[int, int], IntArray],
    integers: list[int],
) -> IntArray:
    """One kind of line at one plant: what is added when, longer shifts, overflow, and the learning of its labour."""
    line, calendar = instance.lines[index], instance.calendar
    per_year, periods, years = calendar.periods_per_year, calendar.periods, calendar.years
    discount = np.array(calendar.discount)
    capacity = line.capacity / per_year / THOUSAND
    room = line.most - line.existing
    first = line.lead
    added = np.full(periods, -1, dtype=np.int64)
    if room > 0 and first < periods:
        when = np.arange(first, periods)
        # A line is paid when ordered, and kept up in each year at whose last period it stands.
        upkeep = np.array([line.yearly_cost * discount[p // per_year :].sum() for p in when])
        capital = np.array([line.capital * calendar.at_start(float(max(0, int(p) - line.lead))) for p in when])
        added[first:] = model.columns(when.size, cost=(capital + upkeep) / MILLION, upper=float(room), integer=True)
        integers.extend(added[first:].tolist())
        model.row(added[first:], 1.0, upper=float(room))
    if line.existing:
        # What stands from the start is kept up in any case: a column that is always one.
        always = line.existing * line.yearly_cost * float(discount.sum()) / MILLION
        model.column(cost=always, lower=1.0, upper=1.0)
    longer = {}
    for number, shift in enumerate(line.shifts):
        columns = model.columns(
            years, cost=shift.yearly_cost * discount / MILLION, upper=float(line.most), integer=True
        )
        integers.extend(columns.tolist())
        shifts[index, number] = longer[number] = columns
    over = None
    if line.overflow_cost is not None:
        over = model.columns(periods, cost=line.overflow_cost * np.repeat(discount, per_year) * THOUSAND / MILLION)
    for period in range(periods):
        year = period // per_year
        where = [int(columns[period]) for columns in outputs]
        values = [1.0] * len(where)
        for opened in range(first, period + 1) if room > 0 else ():
            age = period - opened
            where.append(int(added[opened]))
            values.append(-capacity * (line.ramp[age] if age < len(line.ramp) else 1.0))
        for number, columns in longer.items():
            where.append(int(columns[year]))
            values.append(-(line.shifts[number].output - 1.0) * capacity)
        if over is not None:
            where.append(int(over[period]))
            values.append(-1.0)
        model.row(where, values, upper=capacity * line.existing)
    for year in range(years) if longer else ():
        standing = [int(added[p]) for p in range(first, year * per_year + 1)] if room > 0 else []
        model.row(
            [*(int(columns[year]) for columns in longer.values()), *standing],
            [1.0] * len(longer) + [-1.0] * len(standing),
            upper=float(line.existing),
        )
    if len(line.learning) > 1:
        _add_learning(model, instance, index, outputs, integers)
    return added


def _add_learning(
    model: Model, instance: PlanInstance, index: int, outputs: list[IntArray], integers: list[int]
) -> None:
    """Labour by blocks of cumulative pieces: a block takes pieces of a year only when the one before it is full by then."""
    line, calendar = instance.lines[index], instance.calendar
    per_year, years = calendar.periods_per_year, calendar.years
    discount = np.array(calendar.discount)
    starts = [start / THOUSAND for start, _ in line.learning]
    blocks = len(starts)
    most = sum(float(np.asarray(model.uppers_of(columns)).reshape(years, per_year)[:, 0].sum()) for columns in outputs)
    factors = np.array([factor for _, factor in line.learning])
    pieces = model.columns((blocks, years), cost=line.labour_cost * factors[:, None] * discount * THOUSAND / MILLION)
    full = model.columns((blocks - 1, years), upper=1.0, integer=True)
    integers.extend(full.ravel().tolist())
    for year in range(years):
        made = np.concatenate([columns[year * per_year : (year + 1) * per_year] for columns in outputs])
        model.row([*pieces[:, year], *made], [*np.ones(blocks), *(-np.ones(made.size))], 0.0, 0.0)
        for block in range(blocks):
            filled = pieces[block, : year + 1]
            if block + 1 < blocks:
                size = starts[block + 1] - starts[block]
                model.row(filled, 1.0, upper=size)
                model.row([*filled, full[block, year]], [*np.ones(filled.size), -size], lower=0.0)
                after = pieces[block + 1, : year + 1]
                model.row([*after, full[block, year]], [*np.ones(after.size), -max(0.0, most)], upper=0.0)


# ---- both together ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Joint:
    """Production and purchases as one model."""

    arrays: Arrays
    production: _Production
    blocks: tuple[BlockColumns, ...]
    links: Mapping[Cell, int]


def joint_model(instance: PlanInstance, choice: Mapping[str, int], *, form: Form = "hull") -> _Joint:
    """One model of everything, as a baseline ("no link" is the textbook's form) and for the first prices of parts."""
    demand = _demand(instance, choice, 0)
    return _joint(SourcingProblem(instance, _open_needs(instance, demand)), demand, form)


def _joint(problem: SourcingProblem, demand: _Demand, form: Form) -> _Joint:
    model = Model()
    production = _add_production(model, problem.instance, demand)
    blocks = tuple(add_block(model, problem, block, form=form) for block in problem.blocks)
    links: dict[Cell, int] = {}
    for block in blocks:
        for cell, bought in block.delivered.items():
            where, values, fixed = [], [], 0.0
            for key in cell.keys:
                columns, counts = production.needs.get((cell.place, key, cell.year), ([], []))
                where.extend(columns)
                values.extend(counts)
                fixed += demand.whole.get((cell.place, key, cell.year), 0.0) / THOUSAND
            links[cell] = model.row([*bought, *where], [*np.ones(len(bought)), *(-v for v in values)], fixed, fixed)
    tools = _whole_tooling(problem.instance, demand) / MILLION
    model.column(cost=tools, lower=1.0, upper=1.0)
    return _Joint(model.arrays(), production, blocks, links)


def _whole_tooling(instance: PlanInstance, demand: _Demand) -> float:
    return sum(
        instance.module[key].tooling * instance.calendar.before_launch(instance.module[key].earliest)
        for key in demand.whole_modules
    )


def solve_supply(
    instance: PlanInstance,
    choice: Mapping[str, int],
    *,
    gap: float = 0.005,
    time_limit: float = 60.0,
    start: SupplyAnswer | None = None,
    stop: Callable[[], bool] | None = None,
) -> SupplyAnswer:
    """Make and buy what the options in `choice` (by slot) need, and prove how well.

    `gap` is relative, `time_limit` in seconds; `stop` is asked between steps and ends the search with what stands. `start` is an answer
    for the same instance and choice: its plan and bound are kept until better ones are found. Raises NoSupplyError when there is no way
    to supply the family, ValueError when the instance has more than one scenario.

    Duty is paid in both problems where no purchases could earn origin. Where some might, the bound takes the claim for granted, and the
    plan claims what its purchases allow.
    """
    if len(instance.scenarios) != 1:
        raise ValueError(f"one scenario is solved at a time, and there are {len(instance.scenarios)}")
    return _Search(instance, choice, gap, time_limit, start, stop).run()


class _Search:
    """The state of one solution: the best plan, the best bound, the prices."""

    def __init__(
        self,
        instance: PlanInstance,
        choice: Mapping[str, int],
        gap: float,
        time_limit: float,
        start: SupplyAnswer | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.began = time.perf_counter()
        self.instance, self.gap, self.time_limit, self.stop = instance, gap, time_limit, stop
        self.demand = _demand(instance, choice, 0)
        self.problem = SourcingProblem(instance, _open_needs(instance, self.demand))
        missing = [part for part, years in self.problem.cells.items() if years and not self.problem.offers[part]]
        if missing:
            raise NoSupplyError(f"nobody delivers {missing[0]} where it is needed")
        model = Model()
        self.production = _add_production(model, instance, self.demand)
        self.arrays = model.arrays()
        self.constant = _whole_tooling(instance, self.demand)
        self.cost, self.bound = np.inf, 0.0
        self.added: Mapping[tuple[int, int], int] = {}
        self.recourse = Recourse()
        self.values: FloatArray | None = None
        self.produced: FloatArray | None = None
        self.history: list[tuple[float, float, float]] = []
        if start is not None:
            self.cost, self.bound, self.added, self.recourse = start.cost, start.bound, start.added, start.recourse
        self.effort = 1.0
        self.separable = all(
            self._known(cell) for block in self.problem.blocks for cell in self.problem.cells_of(block)
        )
        self.built = time.perf_counter() - self.began

    def _known(self, cell: Cell) -> bool:
        return self.problem.least(cell) >= self.problem.most(cell) * (1.0 - 1e-12)

    def left(self) -> float:
        """Seconds left."""
        return self.time_limit - (time.perf_counter() - self.began)

    def done(self) -> bool:
        """Whether the gap is proven, time is over or someone asked to stop."""
        return self._within() or self.left() <= 0.0 or (self.stop is not None and self.stop())

    def _within(self) -> bool:
        return bool(np.isfinite(self.cost)) and self.cost - self.bound <= self.gap * abs(self.cost) + 1e-6

    def note(self) -> None:
        """Write down where cost and bound stand."""
        self.bound = min(self.bound, self.cost)
        self.history.append((time.perf_counter() - self.began, self.cost, self.bound))

    def run(self) -> SupplyAnswer:
        prices: dict[Cell, float] = {}
        began = time.perf_counter()
        joint = _joint(self.problem, self.demand, "hull")
        self.built += time.perf_counter() - began
        relaxed = solve(joint.arrays, relaxed=True, time_limit=max(0.05, self.left()))
        if relaxed.values is None and relaxed.status == "infeasible":
            raise NoSupplyError("lines, capacities and award rules exclude every way to supply the family")
        if relaxed.values is not None and relaxed.duals is not None:
            self.bound = max(self.bound, relaxed.objective * MILLION)
            prices = {cell: float(relaxed.duals[row]) * MILLION / THOUSAND for cell, row in joint.links.items()}
        self.scale = max(self.bound, 1.0)
        self.note()
        if not self.done():
            self.step(prices)
        if not self.separable:
            self.improve(joint, prices)
        status: Literal["within gap", "time limit", "interrupted"] = "time limit"
        if self._within():
            status = "within gap"
        elif self.left() > 0.0:
            status = "interrupted"
        return SupplyAnswer(
            self.added, self.recourse, self.cost, self.bound, status, time.perf_counter() - self.began, self.built,
            tuple(self.history),
        )  # fmt: skip

    def patience(self) -> float:
        """Seconds for one block: its part of what all may take, and enough to find something."""
        if self.separable:
            return np.inf
        return max(0.5, 4.0 * _FIRST_SOURCING * self.effort / max(1, len(self.problem.blocks)))

    # ---- one look at the two problems ---------------------------------------------------------------------------------------------

    def priced(self, prices: Mapping[Cell, float]) -> Arrays:
        """The production problem that pays for its parts."""
        cost = self.arrays.cost.copy()
        of_need: dict[NeedKey, float] = defaultdict(float)
        for cell, price in prices.items():
            for key in cell.keys:
                of_need[cell.place, key, cell.year] += price
        for need, price in of_need.items():
            columns, counts = self.production.needs.get(need, ([], []))
            np.add.at(cost, columns, price * np.array(counts) * THOUSAND / MILLION)
        return replace(self.arrays, cost=cost)

    def whole_credit(self, prices: Mapping[Cell, float]) -> float:
        """What needs that production does not decide (bought whole) are worth at these prices: part of λ·n."""
        return sum(
            price * self.demand.whole.get((cell.place, key, cell.year), 0.0)
            for cell, price in prices.items()
            for key in cell.keys
        )

    def step(self, prices: Mapping[Cell, float]) -> None:
        """Production and pooled purchases at given prices, for the bound; purchases for that production, for the plan."""
        below, gap = self.look_at_production(prices, _FIRST_PRODUCTION * self.effort)
        bounds, _ = self.pooled(prices)
        rest = sum(bounds) + self.constant
        self.bound = max(self.bound, below + rest)
        self.note()
        # The same prices with more time for production, where its own gap is what is left.
        wanted = _PRODUCTION_SHARE * self.gap * self.scale
        while gap > 1.5 * wanted and not self.done():
            self.effort *= 3.0
            below, gap = self.look_at_production(prices, _FIRST_PRODUCTION * self.effort)
            self.bound = max(self.bound, below + rest)
            self.note()
            if _FIRST_PRODUCTION * self.effort > 0.3 * self.time_limit:
                break

    def look_at_production(self, prices: Mapping[Cell, float], seconds: float) -> tuple[float, float]:
        """Production at given prices: its bound and its own gap (money); its plan is bought for."""
        share = _PRODUCTION_SHARE * self.gap * self.scale / MILLION
        answer = solve(
            self.priced(prices),
            absolute_gap=share,
            time_limit=max(0.05, min(self.left() * 0.6, seconds)),
            start=None if self.produced is None else (np.arange(self.produced.size), self.produced),
        )
        if answer.values is None and answer.status == "infeasible":
            raise NoSupplyError("the plants' lines cannot make what is needed")
        if answer.values is not None:
            self.produced = answer.values
            self.try_production(answer.values)
        return answer.bound * MILLION + self.whole_credit(prices), (answer.objective - answer.bound) * MILLION

    def pooled(self, prices: Mapping[Cell, float]) -> tuple[list[float], list[dict[tuple[int, Cell], float] | None]]:
        """Bounds and purchases of every block with the split over places free."""
        bounds, found = [], []
        share = _SOURCING_SHARE * self.gap * self.scale / max(1, len(self.problem.blocks))
        for bought, _, bound, built in self.buy(self.problem, share, prices, least_seconds=0.0):
            self.built += built
            bounds.append(bound)
            found.append(bought)
        return bounds, found

    def buy(
        self, problem: SourcingProblem, share: float, prices: Mapping[Cell, float] | None, *, least_seconds: float
    ) -> Iterator[tuple[dict[tuple[int, Cell], float] | None, float, float, float]]:
        """Every block in turn, as `solve_block` answers, to an absolute gap; the machine's cores share the work.

        Blocks know nothing of each other, and the solver lets other threads run: the answers are those of one thread.
        """

        def one(block: Block) -> tuple[dict[tuple[int, Cell], float] | None, float, float, float]:
            seconds = min(max(self.left(), least_seconds), self.patience())
            return solve_block(problem, block, gap=share, absolute=True, time_limit=seconds, prices=prices)

        with ThreadPoolExecutor(max(1, min(_THREADS, os.cpu_count() or 1))) as pool:
            yield from pool.map(one, problem.blocks)

    def try_production(self, values: FloatArray) -> bool:
        """Buy for a production, and keep the plan if it is better."""
        need = self.production.need(values, self.demand.whole)
        problem = SourcingProblem.of(self.instance, need)
        share = _SOURCING_SHARE * self.gap * self.scale / max(1, len(problem.blocks))
        bought: dict[tuple[int, Cell], float] = {}
        if self.left() <= 0.0 and np.isfinite(self.cost):
            return False
        try:
            for found, _, _, built in self.buy(problem, share, None, least_seconds=0.5):
                self.built += built
                if found is None:
                    return False
                bought.update(found)
        except NoSupplyError:
            return False
        purchases = problem.split(bought, need)
        made = float(np.dot(self.arrays.cost, values)) * MILLION
        recourse = self.production.recourse(values, purchases)
        claims, due = _claims(self.instance, self.demand, recourse)
        total = made + purchase_cost(self.instance, purchases) + due + self.constant
        if total < self.cost * (1.0 - 1e-9):
            self.cost, self.values = total, values
            self.added = self.production.lines(values)
            self.recourse = replace(recourse, claims=claims)
            self.note()
            return True
        return False

    # ---- improving both ends ------------------------------------------------------------------------------------------------------

    def improve(self, joint: _Joint, prices: dict[Cell, float]) -> None:
        """Neighbourhoods of the plan for the cost, a bundle of cuts on the prices for the bound, in turn."""
        bundle: _Bundle | None = None
        looked_at = np.inf
        while not self.done():
            better = False
            # The plan's surroundings are looked at anew only when the plan is new.
            known = self.cost == looked_at
            looked_at = self.cost
            for window, lines_free in () if known else ((1, False), (0, True)):
                better |= not self.done() and self.neighbourhood(joint, window=window, lines_free=lines_free)
            if self.done():
                break
            if bundle is None:
                bundle = _Bundle(self, joint, prices)
            moved = bundle.advance()
            if not better and not moved:
                break

    def reached(self) -> dict[tuple[str, int], int]:
        """Tier that the plan reaches, by (terms, contract)."""
        instance = self.instance
        contract_of = {year: number for number, years in enumerate(instance.contracts) for year in years}
        zone = self.problem.zone
        counted: dict[tuple[str, int], float] = defaultdict(float)
        for (index, place, key, year), pieces in self.recourse.purchases.items():
            name = instance.offers[index].terms
            if name is not None:
                price = instance.list_price(instance.offers[index], key, zone[place], year)
                counted[name, contract_of[year]] += pieces * (price if instance.term[name].basis == "money" else 1.0)
        return {
            (name, number): max(
                tier
                for tier, (start, _) in enumerate(instance.term[name].tiers)
                if value >= start * len(instance.contracts[number]) * (1.0 - 1e-6)
            )
            for (name, number), value in counted.items()
        }

    def neighbourhood(self, joint: _Joint, *, window: int, lines_free: bool) -> bool:
        """Plan anew with each partner's present suppliers, and tiers at most `window` away: output, split and pieces are free, together.

        With `lines_free` lines, shifts and tools are planned anew too.
        """
        if self.values is None:
            return False
        size = self.arrays.cost.size
        lower, upper = joint.arrays.lower.copy(), joint.arrays.upper.copy()
        contract_of = {year: number for number, years in enumerate(self.instance.contracts) for year in years}
        present = {
            (offer, self.problem.partner[place], contract_of[year]) for offer, place, _, year in self.recourse.purchases
        }
        tiers = self.reached()
        for block in joint.blocks:
            for columns, offer, cell in block.flows:
                number = contract_of[cell.year]
                if (offer, self.problem.partner[cell.place], number) not in present:
                    upper[columns] = 0.0
                elif columns.size > 1:
                    now = tiers.get((self.instance.offers[offer].terms or "", number), 0)
                    upper[columns[: max(0, now - window)]] = 0.0
                    upper[columns[now + window + 1 :]] = 0.0
        if not lines_free:
            fixed = np.array(self.production.integers, dtype=np.int64)
            lower[fixed] = upper[fixed] = np.round(self.values[fixed])
        answer = solve(
            replace(joint.arrays, lower=lower, upper=upper),
            absolute_gap=0.03 * self.gap * self.scale / MILLION,
            time_limit=max(0.05, min(self.left() * 0.05, _NEIGHBOURHOOD)),
        )
        if answer.values is None or answer.objective * MILLION >= self.cost:
            return False
        return self.try_production(answer.values[:size])


class _Bundle:
    """Prices of parts, improved by cuts (Kelley's in a box around the best prices, one cut for each problem).

    Every solution seen bounds L from above for all prices by its cost plus its need times the price: the cuts' maximum in the box is the
    next try. Production's cuts are of its relaxation, which is cheap; the final bound of a try that pays is the integer problem's.
    """

    def __init__(self, search: _Search, joint: _Joint, prices: dict[Cell, float]) -> None:
        self.search, self.cells = search, sorted(joint.links)
        self.index = {cell: i for i, cell in enumerate(self.cells)}
        self.centre = np.array([prices.get(cell, 0.0) for cell in self.cells])
        # The duals may hold a constant for each pool, so the box is sized by what a piece of part costs in the mean, not by them.
        pieces = sum(search.problem.part_total.values()) or 1.0
        self.radius = 0.001 * search.scale / pieces
        count = len(search.problem.blocks) + 1
        # For each problem its cuts: constant and slope over the cells.
        self.cuts: list[list[tuple[float, IntArray, FloatArray]]] = [[] for _ in range(count)]
        self.best = self.look(self.centre)
        self.proved = self.best

    def prices(self, point: FloatArray) -> dict[Cell, float]:
        return dict(zip(self.cells, point.tolist(), strict=True))

    def look(self, point: FloatArray) -> float:
        """The dual with production relaxed, at one point; the cuts of its solutions are kept."""
        search, prices = self.search, self.prices(point)
        arrays = search.priced(prices)
        answer = solve(arrays, relaxed=True, time_limit=max(0.05, search.left()))
        if answer.values is None:
            return -np.inf
        need = search.production.need(answer.values, search.demand.whole)
        slope = np.array([sum(need.get((c.place, key, c.year), 0.0) for key in c.keys) for c in self.cells])
        value = answer.objective * MILLION + search.whole_credit(prices)
        self.cuts[0].append((value - float(slope @ point), np.arange(slope.size), slope))
        bounds, found = search.pooled(prices)
        for number, (block, bought) in enumerate(zip(search.problem.blocks, found, strict=True), 1):
            if bought is None:
                return -np.inf
            where = np.array([self.index[cell] for cell in search.problem.cells_of(block) if cell in self.index])
            got = np.zeros(len(self.cells))
            for (_, cell), pieces in bought.items():
                got[self.index[cell]] -= pieces
            # The cut holds the solution's own cost: its objective is at most a solver's gap above the bound used here.
            constant = bounds[number - 1] - float(got[where] @ point[where])
            self.cuts[number].append((constant, where, got[where]))
        return value + sum(bounds) + search.constant

    def advance(self) -> bool:
        """Some tries, then the exact bound of the best prices; False when nothing more is to be gained."""
        search = self.search
        before = self.best
        widened = 0
        for _ in range(6):
            if search.done():
                return True
            point, promised = self._next()
            # Little is to be gained in this box: in a wider one there may be more.
            while promised - self.best <= 0.02 * search.gap * search.scale and widened < _WIDENINGS:
                self.radius *= 3.0
                widened += 1
                point, promised = self._next()
            if promised - self.best <= 0.02 * search.gap * search.scale:
                break
            value = self.look(point)
            if value > self.best + 0.1 * (promised - self.best):
                self.centre, self.best = point, value
                self.radius *= 1.5
            elif value > self.best:
                self.centre, self.best = point, value
            else:
                self.radius *= 0.5
        if search.done() or self.best <= max(before, self.proved):
            return self.best > before
        search.step(self.prices(self.centre))
        self.proved = self.best
        return True

    def _next(self) -> tuple[FloatArray, float]:
        model = Model()
        move = model.columns(self.centre.size, lower=-self.radius, upper=self.radius)
        worth = model.columns(len(self.cuts), cost=-1.0, lower=-np.inf)
        for number, cuts in enumerate(self.cuts):
            for constant, where, slope in cuts:
                used = np.flatnonzero(slope)
                there = float(slope @ self.centre[where]) + constant
                model.row([worth[number], *move[where[used]]], [1.0, *(-slope[used] / MILLION)], upper=there / MILLION)
        answer = solve(model.arrays(), relaxed=True)
        if answer.values is None:
            return self.centre, self.best
        return self.centre + answer.values[move], -answer.objective * MILLION + self.search.constant
