"""Small random planning problems, and their optimum by enumeration.

The enumeration shares nothing with the model under test: it lists every choice of configurations, every set of tools, every growth of
every line and every tier of every offer, in the textbook form (a tier is bought in, at its price, if its volume is met), and leaves only
continuous flows to a linear programme.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from scipy.optimize import linprog

from halfshaft.plan.instance import (
    BATTERY_PACK,
    Configuration,
    Module,
    ModuleKey,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanVehicle,
)


def random_instance(
    seed: int, *, vehicles: int = 3, partners: tuple[str, ...] = ("a", "b"), second_plant: bool = False, most: int = 3
) -> PlanInstance:
    """A problem of a few vehicles, two lengths of one machine and another machine, two inverters, two gears, three years."""
    rng = np.random.default_rng(seed)
    lamination: ModuleKey = ("lamination", "l")
    machines: list[ModuleKey] = [("machine", "m1"), ("machine", "m2"), ("machine", "m3")]
    inverters: list[ModuleKey] = [("inverter", "i1"), ("inverter", "i2")]
    gears: list[ModuleKey] = [("gear", "g1"), ("gear", "g2")]
    modules = [Module(lamination, 20e6, 2e6)]
    for key in [*machines, *inverters, *gears]:
        parent = machines[0] if key == machines[1] else None
        modules.append(
            Module(key, float(rng.uniform(3e6, 25e6)), float(rng.uniform(0.5e6, 4e6)), parent, 0.6 if parent else 0.0)
        )
    years = (2020, 2021, 2022)
    fleet = []
    for number in range(vehicles):
        owner = partners[number % len(partners)]
        start = int(rng.integers(0, 2))
        volumes = tuple(float(rng.integers(5, 60)) * 1000.0 if t >= start else 0.0 for t in range(3))
        combos = list(itertools.product(machines, inverters, gears))
        picked = rng.choice(len(combos), size=3, replace=False)
        dual = rng.random() < 0.4
        configurations = []
        for index in sorted(picked.tolist()):
            machine, inverter, gear = combos[index]
            counts: dict[ModuleKey, int] = {lamination: 2 if dual else 1}
            front = combos[int(rng.integers(len(combos)))] if dual else None
            for key in (machine, inverter, gear, *(front or ())):
                counts[key] = counts.get(key, 0) + 1
            units = (("rear", f"{machine}{inverter}{gear}"), *((("front", f"{front}"),) if front else ()))
            configurations.append(Configuration(units, tuple(sorted(counts.items())), float(rng.uniform(0, 150))))
        fleet.append(PlanVehicle(f"v{number}", owner, volumes, tuple(configurations)))
    parts = (
        PlanPart("core", {key: float(rng.uniform(150, 400)) for key in machines}, 0.7 if rng.random() < 0.5 else 1.0),
        PlanPart("bridge", {key: float(rng.uniform(200, 600)) for key in inverters}),
        PlanPart("gears", {key: float(rng.uniform(150, 350)) for key in gears}),
    )
    offers = []
    for part in parts:
        for supplier in range(2):
            steps = sorted(rng.integers(10, 120, size=2).tolist())
            offers.append(
                PlanOffer(
                    f"s{supplier}", part.id, float(rng.uniform(0.95, 1.1)),
                    ((0.0, 0.0), (steps[0] * 1000.0, 0.04), (steps[1] * 1000.0 + 1.0, 0.09)),
                    400e3, {p: float(rng.uniform(1.0, 1.05)) for p in partners},
                )
            )  # fmt: skip
    lines = []
    for partner in partners:
        plants = ["p1", "p2"] if second_plant and partner == partners[0] else ["p1"]
        for plant in plants:
            for process, capital in (("machine", 25e6), ("gear", 18e6)):
                lines.append(
                    PlanLine(partner + plant, partner, process, 80e3, int(rng.integers(0, 2)), most, capital, 0.6, 1e6,
                             float(rng.uniform(20, 60)), float(rng.uniform(2, 10)))
                )  # fmt: skip
        lines.append(PlanLine(partner + "p1", partner, BATTERY_PACK, 200e3, 1, 2, 10e6, 0.5, 1e6, 40.0, 5.0))
    rate = 0.08
    return PlanInstance(
        title=f"random {seed}", partners=partners, years=years,
        discount=tuple((1 + rate) ** -(t + 1) for t in range(3)), discount_start=tuple((1 + rate) ** -t for t in range(3)),
        contracts=((0, 1), (2,)), modules=tuple(modules), lamination_of=dict.fromkeys(machines, lamination),
        vehicles=tuple(fleet), parts=parts, offers=tuple(offers), lines=tuple(lines),
    )  # fmt: skip


def brute_force(instance: PlanInstance) -> float:
    """The least cost, by enumeration."""
    best = np.inf
    solver = _Enumeration(instance)
    for choice in itertools.product(*(range(len(v.configurations)) for v in instance.vehicles)):
        best = min(best, solver.cost(choice))
    return best


class _Enumeration:
    def __init__(self, instance: PlanInstance) -> None:
        self.instance = instance
        self.purchase_cost = cache(self._purchase_cost)
        self.production_cost = cache(self._production_cost)

    def cost(self, choice: tuple[int, ...]) -> float:
        instance = self.instance
        used: set[ModuleKey] = set()
        needs: dict[tuple[str, ModuleKey, int], float] = {}
        total = 0.0
        for vehicle, index in zip(instance.vehicles, choice, strict=True):
            configuration = vehicle.configurations[index]
            for t, volume in enumerate(vehicle.volumes):
                total += configuration.extra_cost * volume * instance.discount[t]
                for key, count in configuration.modules:
                    used.add(key)
                    slot = (vehicle.partner, key, t)
                    needs[slot] = needs.get(slot, 0.0) + count * volume
        for key in used:
            module = instance.module[key]
            total += module.development * (1 - module.carry_over if module.parent in used else 1.0)
            total += module.tooling if key[0] == "inverter" else 0.0
        frozen = tuple(sorted(needs.items()))
        for number in range(len(instance.parts)):
            relevant = tuple((s, n) for s, n in frozen if s[1] in instance.parts[number].price)
            for contract in instance.contracts:
                total += self.purchase_cost(number, contract, tuple((s, n) for s, n in relevant if s[2] in contract))
        for partner in instance.partners:
            for process in ("machine", "gear", BATTERY_PACK):
                total += self.production_cost(
                    partner, process, tuple((s, n) for s, n in frozen if s[0] == partner and s[1][0] == process)
                )
        return total

    def _purchase_cost(
        self, number: int, contract: tuple[int, ...], needs: tuple[tuple[tuple[str, ModuleKey, int], float], ...]
    ) -> float:
        instance, part = self.instance, self.instance.parts[number]
        offers = [instance.offers[i] for i in instance.offers_of(part.id)]
        if not needs:
            return 0.0
        best = np.inf
        for tiers in itertools.product(*(range(len(o.tiers)) for o in offers)):
            cost, a_eq, b_eq, a_ub, b_ub = [], [], [], [], []
            for offer, tier in zip(offers, tiers, strict=True):
                for (partner, key, t), _ in needs:
                    cost.append(
                        part.price[key]
                        * offer.price_factor
                        * offer.landed[partner]
                        * (1 - offer.tiers[tier][1])
                        * instance.discount[t]
                    )
            width = len(needs)
            for column, (_, need) in enumerate(needs):
                a_eq.append([1.0 if c % width == column else 0.0 for c in range(len(cost))])
                b_eq.append(need)
            for row, (offer, tier) in enumerate(zip(offers, tiers, strict=True)):
                own = [1.0 if c // width == row else 0.0 for c in range(len(cost))]
                a_ub.append([-x for x in own])
                b_ub.append(-offer.tiers[tier][0] * len(contract))
                for t in contract:
                    in_year = [needs[c % width][0][2] == t for c in range(len(cost))]
                    a_ub.append([x if y else 0.0 for x, y in zip(own, in_year, strict=True)])
                    b_ub.append(offer.capacity_per_partner * len(instance.partners))
                    total = sum(n for (_, _, year), n in needs if year == t)
                    a_ub.append([x if y else 0.0 for x, y in zip(own, in_year, strict=True)])
                    b_ub.append(part.largest_share * total)
            answer = linprog(cost, a_ub, b_ub, a_eq, b_eq, method="highs")
            if answer.status == 0:
                best = min(best, answer.fun)
        return best

    def _production_cost(
        self, partner: str, process: str, needs: tuple[tuple[tuple[str, ModuleKey, int], float], ...]
    ) -> float:
        instance = self.instance
        lines = [instance.lines[i] for i in instance.lines_of(partner, process)]
        demand: dict[object, list[float]] = {}
        if process == BATTERY_PACK:
            demand[BATTERY_PACK] = [
                sum(v.volumes[t] for v in instance.vehicles if v.partner == partner) for t in range(3)
            ]
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
                    fixed += (count - before) * line.capital * instance.discount_start[
                        t
                    ] + count * line.yearly_cost * instance.discount[t]
                    caps.append(line.capacity * (before + (count - before) * line.first_year_output))
                    before = count
                capacities.append(caps)
            if fixed >= best:
                continue
            for tools in itertools.product(*(itertools.product((False, True), repeat=len(lines)) for _ in demand)):
                flow = self._flow(lines, capacities, demand, tools)
                if flow is not None:
                    best = min(best, fixed + flow + self._tools(lines, list(demand), tools))
        return best

    def _tools(self, lines: list[PlanLine], items: list[object], tools: tuple[tuple[bool, ...], ...]) -> float:
        cost, laminations = 0.0, set()
        for item, where in zip(items, tools, strict=True):
            if item == BATTERY_PACK:
                continue
            for line, tooled in zip(lines, where, strict=True):
                if tooled:
                    cost += self.instance.module[item].tooling  # type: ignore[index]
                    if item in self.instance.lamination_of:
                        laminations.add((line.plant, self.instance.lamination_of[item]))  # type: ignore[index]
        return cost + sum(self.instance.module[key].tooling for _, key in laminations)

    def _flow(
        self,
        lines: list[PlanLine],
        capacities: list[list[float]],
        demand: dict[object, list[float]],
        tools: tuple[tuple[bool, ...], ...],
    ) -> float | None:
        total = 0.0
        for t in range(3):
            cost, upper = [], []
            for where in tools:
                for line, tooled in zip(lines, where, strict=True):
                    cost.append((line.labour_cost + line.logistics) * self.instance.discount[t])
                    upper.append(None if tooled else 0.0)
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
