"""The independent check of a plan: cost and feasibility from its decisions alone.

Nothing here is shared with the optimisation model: no matrix, no variable, no bound. The invoice is written as a supplier would write it
(which tier did the mean volume reach, hence which price), so a solver that leaves a discount unclaimed or bends a capacity is found out.
"""

from __future__ import annotations

from collections import defaultdict

from halfshaft.plan.instance import (
    BATTERY_PACK,
    BUILT_BY,
    Award,
    CostEntry,
    CostLine,
    Decisions,
    Evaluation,
    ModuleKey,
    PlanInstance,
)

# Pieces: a solver's feasibility tolerance on flows of up to 1e6 pieces a year.
_TOLERANCE = 0.5


def evaluate(instance: PlanInstance, decisions: Decisions) -> Evaluation:
    """Recompute what a plan costs and whether it can be carried out."""
    needs = module_needs(instance, decisions)
    awards = _awards(instance, decisions)
    cost = [
        *_development(instance, decisions),
        *_tooling(instance, decisions),
        *_purchases(instance, decisions, awards),
        *_lines(instance, decisions),
        *_extra(instance, decisions),
    ]
    violations = [
        *_supply_violations(instance, decisions, needs),
        *_production_violations(instance, decisions, needs),
    ]
    return Evaluation(tuple(cost), tuple(awards), tuple(violations))


def module_needs(instance: PlanInstance, decisions: Decisions) -> dict[tuple[str, ModuleKey, int], float]:
    """Pieces of each module that each partner needs in each year."""
    needs: dict[tuple[str, ModuleKey, int], float] = defaultdict(float)
    for vehicle in instance.vehicles:
        configuration = vehicle.configurations[decisions.choice[vehicle.id]]
        for key, count in configuration.modules:
            for year, volume in enumerate(vehicle.volumes):
                needs[vehicle.partner, key, year] += count * volume
    return dict(needs)


def _development(instance: PlanInstance, decisions: Decisions) -> list[CostEntry]:
    used = {key for v in instance.vehicles for key, _ in v.configurations[decisions.choice[v.id]].modules}
    entries = []
    for key in sorted(used):
        module = instance.module[key]
        amount = module.development
        if module.parent in used:
            amount *= 1.0 - module.carry_over
        entries.append(CostEntry("development", None, amount))
        if key[0] == "inverter":
            entries.append(CostEntry("tooling", None, module.tooling))
    return entries


def _tooling(instance: PlanInstance, decisions: Decisions) -> list[CostEntry]:
    tooled: dict[str, set[ModuleKey]] = defaultdict(set)
    owner = {line.plant: line.partner for line in instance.lines}
    for (line, item, _), pieces in decisions.output.items():
        if pieces > _TOLERANCE and item != BATTERY_PACK and not isinstance(item, str):
            plant = instance.lines[line].plant
            tooled[plant].add(item)
            if item in instance.lamination_of:
                tooled[plant].add(instance.lamination_of[item])
    return [
        CostEntry("tooling", owner[plant], instance.module[key].tooling)
        for plant in sorted(tooled)
        for key in sorted(tooled[plant])
    ]


def _awards(instance: PlanInstance, decisions: Decisions) -> list[Award]:
    prices = {part.id: part.price for part in instance.parts}
    awards = []
    for index, offer in enumerate(instance.offers):
        for number, contract in enumerate(instance.contracts):
            pieces = dict.fromkeys(contract, 0.0)
            listed = 0.0
            for (bought_from, partner, key, year), quantity in decisions.purchases.items():
                if bought_from == index and year in pieces:
                    pieces[year] += quantity
                    unit_price = prices[offer.part][key] * offer.price_factor * offer.landed[partner]
                    listed += quantity * unit_price * instance.discount[year]
            total = sum(pieces.values())
            if total <= _TOLERANCE:
                continue
            mean = total / len(contract)
            tier = max(r for r, (start, _) in enumerate(offer.tiers) if mean >= start - _TOLERANCE)
            discount = offer.tiers[tier][1]
            awards.append(
                Award(index, number, tuple(pieces.values()), mean, tier, discount, listed, listed * (1.0 - discount))
            )
    return awards


def _purchases(instance: PlanInstance, decisions: Decisions, awards: list[Award]) -> list[CostEntry]:
    prices = {part.id: part.price for part in instance.parts}
    discount_of = {(award.offer, award.contract): award.discount for award in awards}
    contract_of = {year: number for number, contract in enumerate(instance.contracts) for year in contract}
    listed: dict[str, float] = dict.fromkeys(instance.partners, 0.0)
    saved: dict[str, float] = dict.fromkeys(instance.partners, 0.0)
    for (index, partner, key, year), quantity in decisions.purchases.items():
        offer = instance.offers[index]
        value = (
            quantity * prices[offer.part][key] * offer.price_factor * offer.landed[partner] * instance.discount[year]
        )
        listed[partner] += value
        saved[partner] += value * discount_of.get((index, contract_of[year]), 0.0)
    return [
        entry
        for partner in instance.partners
        for entry in (
            CostEntry("parts at list price", partner, listed[partner]),
            CostEntry("volume discounts", partner, -saved[partner]),
        )
    ]


def _lines(instance: PlanInstance, decisions: Decisions) -> list[CostEntry]:
    entries = []

    def enter(kind: CostLine, partner: str, amount: float) -> None:
        if amount:
            entries.append(CostEntry(kind, partner, amount))

    for index, line in enumerate(instance.lines):
        before = line.existing
        for year in range(len(instance.years)):
            standing = decisions.standing[index, year]
            enter("line capital", line.partner, (standing - before) * line.capital * instance.discount_start[year])
            enter("line upkeep", line.partner, standing * line.yearly_cost * instance.discount[year])
            before = standing
    for (index, _, year), pieces in decisions.output.items():
        line = instance.lines[index]
        enter("labour", line.partner, pieces * line.labour_cost * instance.discount[year])
        enter("logistics", line.partner, pieces * line.logistics * instance.discount[year])
    return entries


def _extra(instance: PlanInstance, decisions: Decisions) -> list[CostEntry]:
    return [
        CostEntry(
            "extra battery",
            vehicle.partner,
            vehicle.configurations[decisions.choice[vehicle.id]].extra_cost
            * sum(volume * factor for volume, factor in zip(vehicle.volumes, instance.discount, strict=True)),
        )
        for vehicle in instance.vehicles
    ]


def _supply_violations(
    instance: PlanInstance, decisions: Decisions, needs: dict[tuple[str, ModuleKey, int], float]
) -> list[str]:
    found = []
    bought: dict[tuple[str, str, ModuleKey, int], float] = defaultdict(float)
    from_offer: dict[tuple[int, int], float] = defaultdict(float)
    of_part: dict[tuple[str, int], float] = defaultdict(float)
    for (index, partner, key, year), quantity in decisions.purchases.items():
        part = instance.offers[index].part
        bought[part, partner, key, year] += quantity
        from_offer[index, year] += quantity
        of_part[part, year] += quantity
        if quantity < -_TOLERANCE:
            found.append(f"negative purchase of {part} from {instance.offers[index].supplier}")
    for part_data in instance.parts:
        for (partner, key, year), need in needs.items():
            if key in part_data.price:
                got = bought[part_data.id, partner, key, year]
                if abs(got - need) > _TOLERANCE:
                    found.append(
                        f"{part_data.id} for {key[1]}: {partner} needs {need:.0f} in {instance.years[year]}, buys {got:.0f}"
                    )
        for index in instance.offers_of(part_data.id):
            offer = instance.offers[index]
            for year in range(len(instance.years)):
                quantity = from_offer[index, year]
                if quantity > offer.capacity_per_partner * len(instance.partners) + _TOLERANCE:
                    found.append(f"{offer.supplier} delivers more {offer.part} in {instance.years[year]} than it can")
                if quantity > part_data.largest_share * of_part[part_data.id, year] + _TOLERANCE:
                    found.append(
                        f"{offer.supplier} has more than its largest share of {offer.part} in {instance.years[year]}"
                    )
    return found


def _production_violations(
    instance: PlanInstance, decisions: Decisions, needs: dict[tuple[str, ModuleKey, int], float]
) -> list[str]:
    found = []
    made: dict[tuple[str, ModuleKey | str, int], float] = defaultdict(float)
    load: dict[tuple[int, int], float] = defaultdict(float)
    for (index, item, year), pieces in decisions.output.items():
        made[instance.lines[index].partner, item, year] += pieces
        load[index, year] += pieces
        if pieces < -_TOLERANCE:
            found.append(f"negative output at {instance.lines[index].plant}")
    wanted: dict[tuple[str, ModuleKey | str, int], float] = {
        (partner, key, year): need for (partner, key, year), need in needs.items() if key[0] in BUILT_BY.values()
    }
    for vehicle in instance.vehicles:
        for year, volume in enumerate(vehicle.volumes):
            slot = (vehicle.partner, BATTERY_PACK, year)
            wanted[slot] = wanted.get(slot, 0.0) + volume
    for (partner, item, year), need in wanted.items():
        if abs(made[partner, item, year] - need) > _TOLERANCE:
            found.append(
                f"{partner} needs {need:.0f} of {item} in {instance.years[year]}, builds {made[partner, item, year]:.0f}"
            )
    for index, line in enumerate(instance.lines):
        before = line.existing
        for year in range(len(instance.years)):
            standing = decisions.standing[index, year]
            capacity = line.capacity * (standing - (1.0 - line.first_year_output) * (standing - before))
            if load[index, year] > capacity + _TOLERANCE:
                found.append(
                    f"{line.plant} builds more on its {line.process} lines in {instance.years[year]} than they can"
                )
            if standing < before or standing > line.most:
                found.append(f"{line.plant} has {standing} {line.process} lines in {instance.years[year]}")
            before = standing
    return found
