"""Small random planning problems, and their optimum by enumeration.

The enumeration shares nothing with the model under test: it lists every choice of options and delays, every launch of a parent, every
set of tools, every growth of every line and every tier of every offer, in the textbook form (a tier is bought in, at its price, if its
volume is met), and leaves only continuous flows to a linear programme.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from scipy.optimize import linprog

from halfshaft.plan.instance import (
    BATTERY_PACK,
    Calendar,
    Kind,
    Module,
    ModuleKey,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
    Team,
    Terms,
    VolumeLaw,
)

LAMINATION: ModuleKey = ("lamination", "l")
MACHINES: list[ModuleKey] = [("machine", "m1"), ("machine", "m2"), ("machine", "m3")]
INVERTERS: list[ModuleKey] = [("inverter", "i1"), ("inverter", "i2")]
GEARS: list[ModuleKey] = [("gear", "g1"), ("gear", "g2")]
PACK: ModuleKey = (BATTERY_PACK, "pack")


def random_instance(
    seed: int,
    *,
    vehicles: int = 3,
    partners: tuple[str, ...] = ("a", "b"),
    second_plant: bool = False,
    most: int = 3,
    late: int = 0,
    laws: bool = False,
    scenarios: int = 1,
) -> PlanInstance:
    """A problem of a few vehicles, two lengths of one machine and another machine, two inverters, two gears, three years.

    `late` lets launches slip by that many years and gives the partners teams that may force it; `laws` prices inverters by a volume law.
    """
    rng = np.random.default_rng(seed)
    zones = {partner: ("UK", "EU")[number % 2] for number, partner in enumerate(partners)}
    modules = [Module(LAMINATION, 20e6, 2e6), Module(PACK)]
    for key in [*MACHINES, *INVERTERS, *GEARS]:
        parent = MACHINES[0] if key == MACHINES[1] else None
        law = VolumeLaw(float(rng.uniform(300, 700)), float(rng.uniform(-0.3, 0.0)), 50e3)
        modules.append(
            Module(
                key, float(rng.uniform(3e6, 25e6)), float(rng.uniform(0.5e6, 4e6)), 0,
                {"drive": float(rng.uniform(20e3, 60e3))} if late else {}, parent, 0.6 if parent else 0.0,
                (LAMINATION,) if key in MACHINES else (), law if laws and key in INVERTERS else None, 900.0,
            )
        )  # fmt: skip
    combos = list(itertools.product(MACHINES, INVERTERS, GEARS))
    units = [PlanUnit("".join(name for _, name in combo), tuple((key, 1) for key in combo)) for combo in combos]
    units.append(PlanUnit("pack", ((PACK, 1),)))
    slots, volumes = [], {}
    for number in range(vehicles):
        owner, start = partners[number % len(partners)], int(rng.integers(0, 2))
        volumes[f"v{number}"] = tuple(float(rng.integers(5, 60)) * 1000.0 if t >= start else 0.0 for t in range(3))
        picked = np.sort(rng.choice(len(combos), size=3, replace=False))
        dual = rng.random() < 0.4
        fronts = rng.integers(len(combos), size=3) if dual else np.full(3, -1)
        slots.append(
            Slot(
                f"v{number}", f"v{number}", f"{owner}-site", start, ("rear", "front", "battery"),
                np.column_stack([picked, fronts, np.full(3, len(combos))]),
                {"extra battery": rng.uniform(0, 150, size=3)}, {"carbon kg": rng.uniform(0, 9, size=3)},
                late, float(rng.uniform(50, 400)) if late else 0.0,
            )
        )  # fmt: skip
    parts = [
        PlanPart("core", {key: float(rng.uniform(150, 400)) for key in MACHINES}, 0.7 if rng.random() < 0.5 else 1.0)
    ]
    if not laws:
        parts.append(PlanPart("bridge", {key: float(rng.uniform(200, 600)) for key in INVERTERS}))
    parts.append(PlanPart("gears", {key: float(rng.uniform(150, 350)) for key in GEARS}))
    offers, terms = [], []
    for part in parts:
        for supplier in range(2):
            steps = sorted(rng.integers(10, 120, size=2).tolist())
            tiers = ((0.0, 0.0), (steps[0] * 1000.0, 0.04), (steps[1] * 1000.0 + 1.0, 0.09))
            terms.append(Terms(f"{part.id}-{supplier}", "all units", "pieces", tiers))
            offers.append(
                PlanOffer(
                    f"s{supplier}", part.id, float(rng.uniform(0.95, 1.1)), 400e3,
                    {zone: float(rng.uniform(1.0, 1.05)) for zone in zones.values()}, f"{part.id}-{supplier}",
                )
            )  # fmt: skip
    lines, plants = [], []
    for partner in partners:
        names = ["p1", "p2"] if second_plant and partner == partners[0] else ["p1"]
        for name in names:
            plants.append(
                PlanPlant(partner + name, partner, zones[partner], {f"{partner}-site": float(rng.uniform(2, 10))})
            )
            for process, capital in (("machine", 25e6), ("gear", 18e6)):
                labour, existing = float(rng.uniform(20, 60)), int(rng.integers(0, 2))
                lines.append(PlanLine(partner + name, process, 80e3, existing, most, capital, 1e6, labour, ramp=(0.6,)))
        lines.append(PlanLine(partner + "p1", BATTERY_PACK, 200e3, 1, 2, 10e6, 1e6, 40.0, ramp=(0.5,)))
    teams = [
        Team(partner, "drive", {y: float(rng.uniform(30e3, 120e3)) for y in (2018, 2019, 2020, 2021)})
        for partner in partners
    ]
    cases = [
        PlanScenario(
            f"w{w}", 1.0 / scenarios,
            volumes if w == 0 else {s: tuple(float(round(n * rng.uniform(0.25, 1.2))) for n in of) for s, of in volumes.items()},
        )
        for w in range(scenarios)
    ]  # fmt: skip
    return PlanInstance(
        title=f"random {seed}", currency="EUR", calendar=Calendar(2020, 3, 0.08), contracts=((0, 1), (2,)),
        partners=tuple(PlanPartner(partner, zones[partner]) for partner in partners),
        sites=tuple(Site(f"{partner}-site", partner, zones[partner]) for partner in partners),
        kinds=(Kind("lamination"), Kind("machine", "machine"), Kind("inverter"), Kind("gear", "gear"), Kind(BATTERY_PACK, BATTERY_PACK)),
        modules=tuple(modules), units=tuple(units), slots=tuple(slots), scenarios=tuple(cases),
        teams=tuple(teams) if late else (), parts=tuple(parts), terms=tuple(terms), offers=tuple(offers),
        plants=tuple(plants), lines=tuple(lines),
    )  # fmt: skip


def brute_force(instance: PlanInstance) -> float:
    """The least cost, by enumeration; infinite where there is no plan. One scenario only."""
    best = np.inf
    solver = _Enumeration(instance)
    options = [list(itertools.product(range(s.options), range(s.latest_delay + 1))) for s in instance.slots]
    for choice in itertools.product(*options):
        best = min(best, solver.cost(choice))
    return best


Needs = tuple[tuple[tuple[str, ModuleKey, int], float], ...]


class _Enumeration:
    def __init__(self, instance: PlanInstance) -> None:
        self.instance = instance
        self.discount = instance.calendar.discount
        self.purchase_cost = cache(self._purchase_cost)
        self.production_cost = cache(self._production_cost)

    def cost(self, choice: tuple[tuple[int, int], ...]) -> float:
        instance = self.instance
        first: dict[ModuleKey, int] = {}
        needs: dict[tuple[str, ModuleKey, int], float] = {}
        total = 0.0
        for slot, (option, late) in zip(instance.slots, choice, strict=True):
            partner = instance.partner_of(slot)
            content: dict[ModuleKey, int] = {}
            for unit in slot.units[option]:
                if unit >= 0:
                    for key, count in instance.units[unit].modules:
                        content[key] = content.get(key, 0) + count
                        for inner in instance.module[key].includes:
                            content[inner] = content.get(inner, 0) + count
            for key in content:
                first[key] = min(first.get(key, 99), slot.start + late)
            for t, planned in enumerate(instance.scenarios[0].volumes[slot.id]):
                volume = planned if t >= slot.start + late else 0.0
                total += (planned - volume) * slot.lost_per_car * self.discount[t]
                total += sum(values[option] for values in slot.per_car.values()) * volume * self.discount[t]
                for key, count in content.items():
                    needs[partner, key, t] = needs.get((partner, key, t), 0.0) + count * volume
        total += self._development(first, {key for (_, key, _), pieces in needs.items() if pieces > 0})
        frozen: Needs = tuple(sorted(needs.items()))
        for number in range(len(instance.parts)):
            relevant = tuple((s, n) for s, n in frozen if s[1] in instance.parts[number].price and n > 0)
            for contract in instance.contracts:
                total += self.purchase_cost(number, contract, tuple((s, n) for s, n in relevant if s[2] in contract))
        for module in instance.modules:
            if module.law is not None:
                present = sum(n * self.discount[t] for (_, key, t), n in frozen if key == module.key)
                reference = module.law.reference_volume * sum(self.discount)
                total += (
                    module.law.unit_cost * present * (present / reference) ** module.law.exponent if present else 0.0
                )
        for partner in (p.id for p in instance.partners):
            for process in ("machine", "gear", BATTERY_PACK):
                mine = tuple((s, n) for s, n in frozen if s[0] == partner and s[1][0] == process and n > 0)
                total += self.production_cost(partner, process, mine)
        return float(total)

    def _development(self, first: dict[ModuleKey, int], built: set[ModuleKey]) -> float:
        """Each module at its first use, a parent perhaps earlier, for its child; hours within what the teams have."""
        instance = self.instance
        rate = instance.calendar.discount_rate
        whole = sum(instance.module[key].tooling for key in built if key[0] == "inverter")
        best = np.inf
        free = [key for key in first if any(m.parent == key and m.key in first for m in instance.modules)]
        for years in itertools.product(*(range(first[key] + 1) for key in free)):
            launch = {**first, **dict(zip(free, years, strict=True))}
            cost, hours = whole, []
            for key, year in launch.items():
                module = instance.module[key]
                share = 1.0
                if module.parent in launch and launch[module.parent] <= year:
                    share -= module.carry_over
                cost += module.development * share * (1 + rate) ** -max(0, year - 1)
                hours.append((year, module.effort.get("drive", 0.0) * share))
            if instance.teams and any(
                sum(h for t, h in hours if t <= by)
                > sum(h for team in instance.teams for y, h in team.hours.items() if y < 2020 + by)
                for by in range(4)
            ):
                continue
            best = min(best, cost)
        return float(best)

    def _purchase_cost(self, number: int, contract: tuple[int, ...], needs: Needs) -> float:
        instance, part = self.instance, self.instance.parts[number]
        offers = [instance.offers[i] for i in instance.offers_of(part.id)]
        zone = {partner.id: partner.zone for partner in instance.partners}
        if not needs:
            return 0.0
        best = np.inf
        tiers_of = [instance.term[offer.terms].tiers if offer.terms else ((0.0, 0.0),) for offer in offers]
        for tiers in itertools.product(*(range(len(t)) for t in tiers_of)):
            cost, a_eq, b_eq, a_ub, b_ub = [], [], [], [], []
            for offer, table, tier in zip(offers, tiers_of, tiers, strict=True):
                for (partner, key, t), _ in needs:
                    listed = (
                        part.price[key] * offer.price_factor * offer.landed[zone[partner]] * (1 - offer.step_down) ** t
                    )
                    cost.append(listed * (1 - table[tier][1]) * self.discount[t])
            width = len(needs)
            for column, (_, need) in enumerate(needs):
                a_eq.append([1.0 if c % width == column else 0.0 for c in range(len(cost))])
                b_eq.append(need)
            for row, (offer, table, tier) in enumerate(zip(offers, tiers_of, tiers, strict=True)):
                own = [1.0 if c // width == row else 0.0 for c in range(len(cost))]
                a_ub.append([-x for x in own])
                b_ub.append(-table[tier][0] * len(contract))
                for t in contract:
                    in_year = [needs[c % width][0][2] == t for c in range(len(cost))]
                    a_ub.append([x if y else 0.0 for x, y in zip(own, in_year, strict=True)])
                    b_ub.append(offer.capacity * len(instance.partners))
                    total = sum(n for (_, _, year), n in needs if year == t)
                    a_ub.append([x if y else 0.0 for x, y in zip(own, in_year, strict=True)])
                    b_ub.append(part.largest_share * total)
            answer = linprog(cost, a_ub, b_ub, a_eq, b_eq, method="highs")
            if answer.status == 0:
                best = min(best, answer.fun)
        return best

    def _production_cost(self, partner: str, process: str, needs: Needs) -> float:
        instance, rate = self.instance, self.instance.calendar.discount_rate
        own = {plant.id: plant for plant in instance.plants if plant.partner == partner}
        lines = [line for line in instance.lines if line.plant in own and line.process == process]
        demand: dict[ModuleKey, list[float]] = {}
        for (_, key, t), need in needs:
            demand.setdefault(key, [0.0] * 3)[t] = need
        best = np.inf
        growths = [
            [g for g in itertools.product(range(line.existing, line.most + 1), repeat=3) if list(g) == sorted(g)]
            for line in lines
        ]
        for standing in itertools.product(*growths):
            fixed, capacities = 0.0, []
            for line, counts in zip(lines, standing, strict=True):
                before, caps = line.existing, []
                for t, count in enumerate(counts):
                    fixed += (count - before) * line.capital * (
                        1 + rate
                    ) ** -t + count * line.yearly_cost * self.discount[t]
                    caps.append(line.capacity * (before + (count - before) * line.ramp[0]))
                    before = count
                capacities.append(caps)
            if fixed >= best:
                continue
            for tools in itertools.product(*(itertools.product((False, True), repeat=len(lines)) for _ in demand)):
                flow = self._flow(lines, capacities, demand, tools)
                if flow is not None:
                    best = min(best, fixed + flow + self._tools(lines, list(demand), tools))
        return best

    def _tools(self, lines: list[PlanLine], items: list[ModuleKey], tools: tuple[tuple[bool, ...], ...]) -> float:
        cost, included = 0.0, set()
        for item, where in zip(items, tools, strict=True):
            for line, tooled in zip(lines, where, strict=True):
                if tooled:
                    cost += self.instance.module[item].tooling
                    included |= {(line.plant, inner) for inner in self.instance.module[item].includes}
        return cost + sum(self.instance.module[key].tooling for _, key in included)

    def _flow(
        self,
        lines: list[PlanLine],
        capacities: list[list[float]],
        demand: dict[ModuleKey, list[float]],
        tools: tuple[tuple[bool, ...], ...],
    ) -> float | None:
        total = 0.0
        for t in range(3):
            cost, upper = [], []
            for where in tools:
                for line, tooled in zip(lines, where, strict=True):
                    lane = next(iter(self.instance.plant[line.plant].lanes.values()))
                    cost.append((line.labour_cost + lane) * self.discount[t])
                    upper.append(None if tooled else 0.0)
            if not cost:
                continue
            count = len(lines)
            a_eq = [[1.0 if c // count == i else 0.0 for c in range(len(cost))] for i in range(len(demand))]
            a_ub = [[1.0 if c % count == i else 0.0 for c in range(len(cost))] for i in range(count)]
            answer = linprog(
                cost, a_ub, [caps[t] for caps in capacities], a_eq, [needs[t] for needs in demand.values()],
                bounds=[(0.0, u) for u in upper], method="highs",
            )  # fmt: skip
            if answer.status != 0:
                return None
            total += answer.fun
        return total
