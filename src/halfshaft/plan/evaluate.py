"""The independent check of a plan: cost and feasibility from its decisions alone.

Nothing here is shared with the optimisation model: no matrix, no variable, no bound. The invoice is written as a supplier would write it
(which tier did the mean volume reach, hence which price), so a solver that leaves a discount unclaimed or bends a capacity is found out.
First what every scenario shares is priced, then each scenario by itself, and then they are weighed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from halfshaft.plan.instance import (
    Award,
    CostEntry,
    Decisions,
    Evaluation,
    ModuleKey,
    PlanInstance,
    PlanScenario,
    Recourse,
    Slot,
)

# Pieces: a solver's feasibility tolerance on flows of up to 1e6 pieces a year.
TOLERANCE = 0.5
# Relative, on hours and on values.
_RELATIVE = 1e-6


def evaluate(instance: PlanInstance, decisions: Decisions) -> Evaluation:
    """Recompute what a plan costs and whether it can be carried out.

    Raises KeyError where `decisions` name no option for a slot or something that the instance does not have.
    """
    shared = [
        *_development(instance, decisions),
        *_tooling(instance, decisions),
        *_supplier_tooling(instance, decisions),
        *_lines(instance, decisions),
        *_changes(instance, decisions),
    ]
    violations = [*_option_violations(instance, decisions), *_launch_violations(instance, decisions)]
    violations += _line_violations(instance, decisions)
    costs: list[float] = []
    awards: list[Award] = []
    reported = dict.fromkeys(sorted({name for slot in instance.slots for name in slot.reported}), 0.0)
    entries: dict[tuple[str, str | None], float] = defaultdict(float)
    for entry in shared:
        entries[entry.line, entry.partner] += entry.amount
    fixed = sum(entry.amount for entry in shared)
    for number, scenario in enumerate(instance.scenarios):
        check = _Scenario(instance, decisions, scenario, decisions.recourse[number], number)
        found = list(check.cost())
        costs.append(fixed + sum(entry.amount for entry in found))
        for entry in found:
            entries[entry.line, entry.partner] += scenario.probability * entry.amount
        awards += check.awards
        for name, amount in check.reported():
            reported[name] += scenario.probability * amount
        told = f" in scenario {scenario.id}" if len(instance.scenarios) > 1 else ""
        violations += [text + told for text in check.violations()]
    expected = sum(s.probability * cost for s, cost in zip(instance.scenarios, costs, strict=True))
    cvar = conditional_value_at_risk(costs, [s.probability for s in instance.scenarios], instance.risk.level)
    if instance.risk.weight:
        entries["risk premium", None] += instance.risk.weight * (cvar - expected)
    tree = tuple(CostEntry(line, partner, float(amount)) for (line, partner), amount in entries.items() if amount)
    return Evaluation(tree, tuple(awards), tuple(violations), tuple(float(cost) for cost in costs), cvar, reported)


def conditional_value_at_risk(costs: Sequence[float], probabilities: Sequence[float], level: float) -> float:
    """Mean of the dearest (1 - level) of the cases, by probability (Rockafellar and Uryasev 2000). The dearest case for `level` 1."""
    order = np.argsort(costs)[::-1]
    tail = max(1.0 - level, 0.0)
    if tail <= 0.0:
        return float(costs[order[0]])
    left, total = tail, 0.0
    for index in order:
        taken = min(left, probabilities[index])
        total += taken * costs[index]
        left -= taken
        if left <= 1e-15:
            break
    return float(total / (tail - max(left, 0.0)))


def cars(slot: Slot, scenario: PlanScenario, delay: int) -> tuple[float, ...]:
    """Cars built by year: none before the slot's launch."""
    launch = slot.start + delay
    return tuple(volume if year >= launch else 0.0 for year, volume in enumerate(scenario.volumes[slot.id]))


def module_needs(
    instance: PlanInstance, decisions: Decisions, scenario: int = 0
) -> dict[tuple[str, ModuleKey, int], float]:
    """Pieces of each module that each site needs in each year of a scenario."""
    needs: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
    for slot in instance.slots:
        built = cars(slot, instance.scenarios[scenario], decisions.delay.get(slot.id, 0))
        for key, count in instance.content_of(slot, decisions.choice[slot.id]).items():
            for year, volume in enumerate(built):
                if volume:
                    needs[slot.site, key, year] += count * volume
    return dict(needs)


def used_modules(instance: PlanInstance, decisions: Decisions) -> dict[ModuleKey, int]:
    """Modules in the chosen options, with the first year in which a slot takes them."""
    first: dict[ModuleKey, int] = {}
    for slot in instance.slots:
        year = slot.start + decisions.delay.get(slot.id, 0)
        for key in instance.content_of(slot, decisions.choice[slot.id]):
            first[key] = min(first.get(key, year), year)
    return first


def saved_by_parent(instance: PlanInstance, decisions: Decisions, key: ModuleKey) -> float:
    """Share of a module's development that its parent saves: the parent must be launched no later."""
    module = instance.module[key]
    parent = module.parent
    if parent is None or parent not in decisions.launch or decisions.launch[parent] > decisions.launch[key]:
        return 0.0
    return module.carry_over


# ---- what every scenario shares ------------------------------------------------------------------------------------------------------


def _development(instance: PlanInstance, decisions: Decisions) -> Iterator[CostEntry]:
    for key in sorted(decisions.launch):
        factor = instance.calendar.before_launch(decisions.launch[key])
        share = 1.0 - saved_by_parent(instance, decisions, key)
        yield CostEntry("development", None, instance.module[key].development * share * factor)


def _tooling(instance: PlanInstance, decisions: Decisions) -> Iterator[CostEntry]:
    tooled: dict[str, set[ModuleKey]] = defaultdict(set)
    for recourse in decisions.recourse:
        for (line, key, _), pieces in recourse.output.items():
            if pieces > TOLERANCE:
                tooled[instance.lines[line].plant].update(inner for inner, _ in instance.included[key])
    whole: set[ModuleKey] = set()
    for slot in instance.slots:
        delay = decisions.delay.get(slot.id, 0)
        if not any(any(cars(slot, scenario, delay)) for scenario in instance.scenarios):
            continue
        for unit in slot.units[decisions.choice[slot.id]]:
            if unit >= 0:
                for key, _ in instance.units[unit].modules:
                    if key in instance.bought_whole:
                        whole.update(inner for inner, _ in instance.included[key])

    def tool(key: ModuleKey) -> float:
        module = instance.module[key]
        return module.tooling * instance.calendar.before_launch(module.earliest)

    for plant in sorted(tooled):
        for key in sorted(tooled[plant]):
            yield CostEntry("tooling", instance.plant[plant].partner, tool(key))
    for key in sorted(whole):
        yield CostEntry("tooling", None, tool(key))


def _supplier_tooling(instance: PlanInstance, decisions: Decisions) -> Iterator[CostEntry]:
    first: dict[int, int] = {}
    for recourse in decisions.recourse:
        for (offer, _, _, year), pieces in recourse.purchases.items():
            if pieces > TOLERANCE and instance.offers[offer].tooling:
                start = next(contract[0] for contract in instance.contracts if year in contract)
                first[offer] = min(first.get(offer, start), start)
    for offer, year in sorted(first.items()):
        factor = instance.calendar.at_start(year * instance.calendar.periods_per_year)
        yield CostEntry("supplier tooling", None, instance.offers[offer].tooling * factor)


def _lines(instance: PlanInstance, decisions: Decisions) -> Iterator[CostEntry]:
    calendar = instance.calendar
    for (index, period), count in decisions.added.items():
        line = instance.lines[index]
        paid = calendar.at_start(max(0, period - line.lead))
        yield CostEntry("line capital", instance.plant[line.plant].partner, count * line.capital * paid)
    for index, line in enumerate(instance.lines):
        for year, factor in enumerate(calendar.discount):
            standing = standing_lines(instance, decisions, index, (year + 1) * calendar.periods_per_year - 1)
            yield CostEntry("line upkeep", instance.plant[line.plant].partner, standing * line.yearly_cost * factor)


def standing_lines(instance: PlanInstance, decisions: Decisions, line: int, period: int) -> int:
    """Lines that stand in a period, ramping up or not."""
    grown = sum(count for (index, when), count in decisions.added.items() if index == line and when <= period)
    return instance.lines[line].existing + grown


def _changes(instance: PlanInstance, decisions: Decisions) -> Iterator[CostEntry]:
    for slot in instance.slots:
        if slot.follows is None or not slot.change_cost:
            continue
        before = instance.slot[slot.follows]
        units = [
            sorted(
                (position, int(unit))
                for position, unit in zip(s.positions, s.units[decisions.choice[s.id]], strict=True)
                if unit >= 0
            )
            for s in (before, slot)
        ]
        if units[0] != units[1]:
            factor = instance.calendar.before_launch(slot.start)
            yield CostEntry("change of unit", instance.partner_of(slot), slot.change_cost * factor)


# ---- feasibility that every scenario shares --------------------------------------------------------------------------------------------


def _option_violations(instance: PlanInstance, decisions: Decisions) -> Iterator[str]:
    for slot in instance.slots:
        if not 0 <= decisions.choice[slot.id] < slot.options:
            yield f"{slot.id} has no option {decisions.choice[slot.id]}"
        delay = decisions.delay.get(slot.id, 0)
        if not 0 <= delay <= slot.latest_delay:
            yield f"{slot.id} is {delay} years late; it may be {slot.latest_delay}"


def _launch_violations(instance: PlanInstance, decisions: Decisions) -> Iterator[str]:
    used = used_modules(instance, decisions)
    for key, needed in used.items():
        if decisions.launch.get(key, instance.calendar.years) > needed:
            yield f"{key[0]} {key[1]} is not launched by {instance.calendar.first_year + needed}, when a vehicle needs it"
    for key, year in decisions.launch.items():
        if year < instance.module[key].earliest:
            yield f"{key[0]} {key[1]} is launched before it can be"
        if key not in used:
            yield f"{key[0]} {key[1]} is developed, and no vehicle uses it"
    for kind in instance.kinds:
        developed = sum(key[0] == kind.id for key in decisions.launch)
        if kind.most is not None and developed > kind.most:
            yield f"{developed} modules of kind {kind.id} are developed; at most {kind.most} may be"
    if not instance.teams:
        return
    skills = sorted({skill for key in decisions.launch for skill in instance.module[key].effort})
    for skill in skills:
        for by in sorted(set(decisions.launch.values())):
            needed_hours = sum(
                instance.module[key].effort.get(skill, 0.0) * (1.0 - saved_by_parent(instance, decisions, key))
                for key, year in decisions.launch.items()
                if year <= by
            )
            there = hours_before(instance, skill, by)
            if needed_hours > there * (1.0 + _RELATIVE) + _RELATIVE:
                yield (
                    f"what is launched by {instance.calendar.first_year + by} takes {needed_hours:,.0f} hours of {skill}; "
                    f"the teams have {there:,.0f}"
                )


def hours_before(instance: PlanInstance, skill: str, year: int) -> float:
    """Hours of a skill that all teams of the coalition have before the beginning of a year."""
    calendar_year = instance.calendar.first_year + year
    return sum(
        hours
        for team in instance.teams
        if team.skill == skill
        for when, hours in team.hours.items()
        if when < calendar_year
    )


def _line_violations(instance: PlanInstance, decisions: Decisions) -> Iterator[str]:
    for (index, period), count in decisions.added.items():
        line = instance.lines[index]
        if count < 0 or count != int(count):
            yield f"{line.plant} adds {count} {line.process} lines"
        if count and period < line.lead:
            yield f"{line.plant} has a new {line.process} line before one ordered at the start can be there"
    for index, line in enumerate(instance.lines):
        last = standing_lines(instance, decisions, index, instance.calendar.periods - 1)
        if last > line.most:
            yield f"{line.plant} has {last} {line.process} lines, room is for {line.most}"


# ---- one scenario ------------------------------------------------------------------------------------------------------------------


class _Scenario:
    """Cost and feasibility of one scenario."""

    def __init__(
        self, instance: PlanInstance, decisions: Decisions, scenario: PlanScenario, recourse: Recourse, number: int
    ) -> None:
        self.instance, self.decisions, self.scenario, self.recourse = instance, decisions, scenario, recourse
        self.needs = module_needs(instance, decisions, number)
        self.discount = instance.calendar.discount
        self.partner_of_place = {place.id: place.partner for place in instance.places}
        self.zone_of_place = {place.id: place.zone for place in instance.places}
        self.added: dict[int, dict[int, int]] = defaultdict(dict)
        for (line, period), count in decisions.added.items():
            self.added[line][period] = count
        self.load: dict[tuple[int, int], float] = defaultdict(float)
        self.made: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
        for (line, key, period), pieces in recourse.output.items():
            self.load[line, period] += pieces
            self.made[instance.lines[line].plant, key, period] += pieces
        self.shipped: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
        for (plant, key, _, period), pieces in recourse.shipments.items():
            self.shipped[plant, key, period] += pieces
        self.awards = tuple(self._awards(number))

    def cost(self) -> Iterator[CostEntry]:
        yield from self._options()
        yield from self._laws()
        yield from self._purchases()
        yield from self._running()
        yield from self._logistics()

    def violations(self) -> Iterator[str]:
        yield from self._supply_violations()
        yield from self._production_violations()
        yield from self._claim_violations()

    def reported(self) -> Iterator[tuple[str, float]]:
        for slot in self.instance.slots:
            built = sum(cars(slot, self.scenario, self.decisions.delay.get(slot.id, 0)))
            for name, values in slot.reported.items():
                yield name, float(values[self.decisions.choice[slot.id]]) * built

    # ---- cost

    def _options(self) -> Iterator[CostEntry]:
        for slot in self.instance.slots:
            delay, partner = self.decisions.delay.get(slot.id, 0), self.instance.partner_of(slot)
            built = cars(slot, self.scenario, delay)
            present = sum(volume * factor for volume, factor in zip(built, self.discount, strict=True))
            for line, values in slot.per_car.items():
                yield CostEntry(line, partner, float(values[self.decisions.choice[slot.id]]) * present)
            planned = self.scenario.volumes[slot.id]
            lost = sum((a - b) * f for a, b, f in zip(planned, built, self.discount, strict=True))
            yield CostEntry("lost sales", partner, lost * slot.lost_per_car)

    def _laws(self) -> Iterator[CostEntry]:
        volume: dict[tuple[ModuleKey, str], float] = defaultdict(float)
        for (site, key, year), pieces in self.needs.items():
            if self.instance.module[key].law is not None:
                volume[key, self.instance.site[site].partner] += pieces * self.discount[year]
        whole: dict[ModuleKey, float] = defaultdict(float)
        for (key, _), present in volume.items():
            whole[key] += present
        for (key, partner), present in volume.items():
            share = present / whole[key] if whole[key] else 0.0
            yield CostEntry("modules by law", partner, self.instance.law_cost(key, whole[key]) * share)

    def _list_value(self, slot: tuple[int, str, ModuleKey, int], pieces: float) -> float:
        offer, place, key, year = slot
        return pieces * self.instance.list_price(self.instance.offers[offer], key, self.zone_of_place[place], year)

    def _awards(self, number: int) -> Iterator[Award]:
        instance = self.instance
        contract_of = {year: n for n, contract in enumerate(instance.contracts) for year in contract}
        pieces: dict[tuple[int, int], dict[int, float]] = {}
        nominal: dict[tuple[int, int], float] = defaultdict(float)
        present: dict[tuple[int, int], float] = defaultdict(float)
        for slot, quantity in self.recourse.purchases.items():
            offer, _, _, year = slot
            contract = contract_of[year]
            by_year = pieces.setdefault((offer, contract), dict.fromkeys(instance.contracts[contract], 0.0))
            by_year[year] += quantity
            value = self._list_value(slot, quantity)
            nominal[offer, contract] += value
            present[offer, contract] += value * self.discount[year]
        groups: dict[tuple[str, int], list[int]] = defaultdict(list)
        for offer, contract in pieces:
            groups[instance.offers[offer].terms or f"offer {offer}", contract].append(offer)
        for (name, contract), offers in sorted(groups.items()):
            years = instance.contracts[contract]
            terms = instance.term.get(name)
            mean, tier, share = 0.0, 0, 0.0
            if terms is not None:
                counted = sum(
                    nominal[o, contract] if terms.basis == "money" else sum(pieces[o, contract].values())
                    for o in offers
                )
                mean = counted / len(years)
                slack = TOLERANCE if terms.basis == "pieces" else _RELATIVE * max(mean, 1.0)
                tier = max(r for r, (start, _) in enumerate(terms.tiers) if mean >= start - slack)
                if terms.kind == "all units":
                    share = terms.tiers[tier][1]
                else:
                    back = sum(
                        (upper[1] - lower[1]) * max(0.0, counted - upper[0] * len(years))
                        for lower, upper in zip(terms.tiers, terms.tiers[1:], strict=False)
                    )
                    back *= sum(self.discount[year] for year in years) / len(years)
                    listed = sum(present[o, contract] for o in offers)
                    share = back / listed if listed else 0.0
            for offer in sorted(offers):
                if sum(pieces[offer, contract].values()) > TOLERANCE:
                    listed = present[offer, contract]
                    yield Award(
                        offer, contract, number, tuple(pieces[offer, contract].values()), mean, tier, share,
                        listed, listed * (1.0 - share),
                    )  # fmt: skip

    def _purchases(self) -> Iterator[CostEntry]:
        contract_of = {year: n for n, contract in enumerate(self.instance.contracts) for year in contract}
        share = {(award.offer, award.contract): award.discount for award in self.awards}
        for slot, quantity in self.recourse.purchases.items():
            offer, place, _, year = slot
            value = self._list_value(slot, quantity) * self.discount[year]
            partner = self.partner_of_place[place]
            yield CostEntry("parts at list price", partner, value)
            yield CostEntry("volume discounts", partner, -value * share.get((offer, contract_of[year]), 0.0))

    def _running(self) -> Iterator[CostEntry]:
        instance, calendar = self.instance, self.instance.calendar
        for (index, shift, year), count in self.recourse.shifts.items():
            line = instance.lines[index]
            amount = count * line.shifts[shift].yearly_cost * self.discount[year]
            yield CostEntry("shifts", instance.plant[line.plant].partner, amount)
        for index, line in enumerate(instance.lines):
            partner, before = instance.plant[line.plant].partner, 0.0
            for period in range(calendar.periods):
                pieces = self.load.get((index, period), 0.0)
                factor = self.discount[calendar.year_of(period)]
                labour = learned(line.learning, before, pieces) * line.labour_cost
                before += pieces
                yield CostEntry("labour", partner, labour * factor)
                over = pieces - self._capacity(index, period)
                if line.overflow_cost is not None and over > 0.0:
                    yield CostEntry("overflow", partner, over * line.overflow_cost * factor)

    def _capacity(self, index: int, period: int) -> float:
        line, calendar = self.instance.lines[index], self.instance.calendar
        longer = sum(
            count * (line.shifts[shift].output - 1.0)
            for (i, shift, year), count in self.recourse.shifts.items()
            if i == index and year == calendar.year_of(period)
        )
        plain = self.instance.line_capacity(line, self.added[index], period)
        return plain + longer * line.capacity / calendar.periods_per_year

    def _stock(self) -> Iterator[tuple[str, ModuleKey, int, float]]:
        """Pieces left at each plant at the end of each period."""
        calendar = self.instance.calendar
        for plant, key in sorted({(p, k) for p, k, _ in (*self.made, *self.shipped)}):
            stock = 0.0
            for period in range(calendar.periods):
                stock += self.made.get((plant, key, period), 0.0) - self.shipped.get((plant, key, period), 0.0)
                yield plant, key, period, stock

    def _logistics(self) -> Iterator[CostEntry]:
        instance, calendar = self.instance, self.instance.calendar
        for plant, _, period, stock in self._stock():
            owner = instance.plant[plant]
            factor = self.discount[calendar.year_of(period)]
            yield CostEntry("stock", owner.partner, max(stock, 0.0) * owner.holding_cost * factor)
        for (plant, key, site, period), pieces in self.recourse.shipments.items():
            owner, target = instance.plant[plant], instance.site[site]
            year = calendar.year_of(period)
            yield CostEntry("logistics", target.partner, pieces * owner.lanes[site] * self.discount[year])
            duty = instance.duty_of(key[0], owner.zone, target.zone)
            if duty is not None and (plant, key, target.zone, year) not in self.recourse.claims:
                value = pieces * instance.module[key].value * duty.rate[year]
                yield CostEntry("duty", target.partner, value * self.discount[year])

    # ---- feasibility

    def _supply_violations(self) -> Iterator[str]:
        instance, calendar = self.instance, self.instance.calendar
        first = calendar.first_year
        wanted: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
        for (plant, key, period), pieces in self.made.items():
            wanted[instance.place_of_plant[plant], key, calendar.year_of(period)] += pieces
        for (site, key, year), pieces in self.needs.items():
            if key in instance.bought_whole:
                wanted[instance.whole_place(instance.site[site].partner), key, year] += pieces
        got: dict[tuple[str, str, ModuleKey, int], float] = defaultdict(float)
        by_offer: dict[tuple[int, int], float] = defaultdict(float)
        of_part: dict[tuple[str, int], float] = defaultdict(float)
        buyers: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        contract_of = {year: n for n, contract in enumerate(instance.contracts) for year in contract}
        delivered: dict[tuple[int, int], float] = defaultdict(float)
        for (index, place, key, year), quantity in self.recourse.purchases.items():
            offer = instance.offers[index]
            if quantity < -TOLERANCE:
                yield f"negative purchase of {offer.part} from {offer.supplier}"
            got[offer.part, place, key, year] += quantity
            by_offer[index, year] += quantity
            of_part[offer.part, year] += quantity
            delivered[index, contract_of[year]] += quantity
            if quantity > TOLERANCE:
                buyers[offer.part, self.partner_of_place[place], contract_of[year]].add(offer.supplier)
        for part in instance.parts:
            for (place, key, year), pieces in wanted.items():
                if key in part.price and abs(got.pop((part.id, place, key, year), 0.0) - pieces) > TOLERANCE:
                    yield f"{part.id} for {key[1]}: {place} needs {pieces:,.0f} in {first + year} and does not buy that"
            if part.most_suppliers is not None:
                for (name, partner, contract), suppliers in buyers.items():
                    if name == part.id and len(suppliers) > part.most_suppliers:
                        from_year = first + instance.contracts[contract][0]
                        yield f"{partner} buys {part.id} from {len(suppliers)} suppliers in the contract from {from_year}"
        for (name, place, key, year), quantity in got.items():
            if abs(quantity) > TOLERANCE:
                yield f"{name} for {key[1]}: {place} buys {quantity:,.0f} in {first + year} and needs none"
        for (index, year), quantity in by_offer.items():
            offer = instance.offers[index]
            if quantity > offer.capacity * len(instance.partners) + TOLERANCE:
                yield f"{offer.supplier} delivers more {offer.part} in {first + year} than it can"
            if quantity > instance.part[offer.part].largest_share * of_part[offer.part, year] + TOLERANCE:
                yield f"{offer.supplier} has more than its largest share of {offer.part} in {first + year}"
        for (index, contract), quantity in delivered.items():
            offer, years = instance.offers[index], len(instance.contracts[contract])
            if TOLERANCE < quantity < offer.least * years - TOLERANCE * years:
                begins = first + instance.contracts[contract][0]
                yield f"{offer.supplier} delivers less {offer.part} than it accepts in the contract from {begins}"

    def _production_violations(self) -> Iterator[str]:
        instance, calendar = self.instance, self.instance.calendar

        def when(period: int) -> str:
            name = str(calendar.first_year + calendar.year_of(period))
            return (
                name if calendar.periods_per_year == 1 else f"{name}, period {period % calendar.periods_per_year + 1}"
            )

        arrived: dict[tuple[ModuleKey, str, int], float] = defaultdict(float)
        for (plant, key, site, period), pieces in self.recourse.shipments.items():
            if not instance.may_supply(instance.plant[plant], instance.site[site]):
                yield f"{plant} may not supply {site}"
            if pieces < -TOLERANCE:
                yield f"negative shipment from {plant} to {site}"
            arrived[key, site, period] += pieces
        for (site, key, year), pieces in self.needs.items():
            if key not in instance.made:
                continue
            for place, share in enumerate(calendar.season):
                period = year * calendar.periods_per_year + place
                came = arrived.pop((key, site, period), 0.0)
                if abs(came - pieces * share) > TOLERANCE:
                    yield f"{site} needs {pieces * share:,.0f} of {key[1]} in {when(period)}, and {came:,.0f} arrive"
        for (key, site, period), pieces in arrived.items():
            if pieces > TOLERANCE:
                yield f"{pieces:,.0f} of {key[1]} arrive at {site} in {when(period)}, and none are needed"
        for plant, key, period, stock in self._stock():
            if stock < -TOLERANCE * calendar.periods_per_year:
                yield f"{plant} ships more {key[1]} by {when(period)} than it has made"
            last = (period + 1) % calendar.periods_per_year == 0
            if last and stock > TOLERANCE * calendar.periods_per_year:
                yield f"{plant} holds {stock:,.0f} of {key[1]} over the end of {calendar.first_year + calendar.year_of(period)}"
        for (index, key, _), pieces in self.recourse.output.items():
            line = instance.lines[index]
            if instance.process_of[key[0]] != line.process:
                yield f"{line.plant} makes {key[1]} on {line.process} lines"
            if pieces < -TOLERANCE:
                yield f"negative output at {line.plant}"
        for (index, period), pieces in self.load.items():
            line = instance.lines[index]
            if line.overflow_cost is None and pieces > self._capacity(index, period) + TOLERANCE:
                yield f"{line.plant} builds more on its {line.process} lines in {when(period)} than they can"
        longer: dict[tuple[int, int], int] = defaultdict(int)
        for (index, _, year), count in self.recourse.shifts.items():
            longer[index, year] += count
        for (index, year), count in longer.items():
            if count > standing_lines(instance, self.decisions, index, year * calendar.periods_per_year):
                yield f"{instance.lines[index].plant} runs longer shifts on more lines than it has in {calendar.first_year + year}"

    def _claim_violations(self) -> Iterator[str]:
        instance, calendar = self.instance, self.instance.calendar
        for plant, key, zone, year in sorted(self.recourse.claims):
            owner = instance.plant[plant]
            duty = instance.duty_of(key[0], owner.zone, zone)
            limit = None if duty is None else duty.most_foreign[year]
            if limit is None:
                yield f"{plant} claims origin for {key[1]} in {zone}, where no rule gives any"
                continue
            first, last = year * calendar.periods_per_year, (year + 1) * calendar.periods_per_year
            output = sum(self.made.get((plant, key, period), 0.0) for period in range(first, last))
            foreign = foreign_value(
                instance, self.recourse.purchases, instance.place_of_plant[plant], owner.zone, key, year
            )
            allowed = limit * instance.module[key].value * output
            if foreign > allowed * (1.0 + _RELATIVE) + instance.module[key].value * TOLERANCE:
                yield (
                    f"{plant} claims origin for {key[1]} in {calendar.first_year + year} with "
                    f"{foreign / max(allowed / limit, 1e-9) if limit else 1.0:.0%} foreign parts, {limit:.0%} allowed"
                )


def foreign_value(
    instance: PlanInstance,
    purchases: Mapping[tuple[int, str, ModuleKey, int], float],
    place: str,
    zone: str,
    key: ModuleKey,
    year: int,
) -> float:
    """Value of parts of foreign origin that a place buys for a module in a year: list price before freight, duty and discount."""
    total = 0.0
    for (index, where, module, when), pieces in purchases.items():
        if (where, module, when) == (place, key, year) and not instance.originating(instance.offers[index], zone):
            total += pieces * ex_works_price(instance, index, key, year)
    return total


def ex_works_price(instance: PlanInstance, offer: int, key: ModuleKey, year: int) -> float:
    """List price of a part at its supplier's gate."""
    quoted = instance.offers[offer]
    return instance.part[quoted.part].price[key] * quoted.price_factor * (1.0 - quoted.step_down) ** year


def learned(learning: Sequence[tuple[float, float]], before: float, pieces: float) -> float:
    """Pieces weighted by their labour factor, for `pieces` made after `before` others."""
    total = 0.0
    for number, (start, factor) in enumerate(learning):
        end = learning[number + 1][0] if number + 1 < len(learning) else float("inf")
        total += factor * max(0.0, min(before + pieces, end) - max(before, start))
    return total
