"""Choosing a family from 10,000 units: how near the proof comes, how long it takes, and how far other methods stay behind.

Run: ``python benchmarks/plan_family.py [--slots 30] [--candidates 10000] [--seeds 10] [--baselines] [--json OUT]``. Everything is synthetic
and made here with fixed seeds, so figures tell about solvers, not about cars. What is compared runs in the same process on one thread.

Machines are wound-field ones of one lamination: stack × winding; with five inverters and ten ratios they make up all units. A slot
(vehicle × stage of its life) demands axle torque, power and speed of each of its units; some cars have the same unit at both axles.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.plan.blocks import Model, solve
from halfshaft.plan.family import FamilyProblem, family_problem, solve_family
from halfshaft.plan.instance import (
    Calendar,
    Kind,
    Module,
    PlanInstance,
    PlanPartner,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
    VolumeLaw,
)

Array = NDArray[np.float64]

EXPONENTS = (-0.30, -0.15, -0.06)
YEARS = 10
SHARES = (0.35, 0.65)  # of all cars, by partner

# ---- the synthetic kit -------------------------------------------------------------------------------------------------------------

# Cost laws: USEPA/EPA_OMEGA_Model@050975ea powertrain_cost_frm.csv (2022 $, read as EUR; the gear's cost per ratio is an assumption), and
# TUMFTM/Holistic-Electric-Powertrain-Component-Design@cf5dd297 cost_estimation_drivetrain.xlsx: fixed part and cost for each kW.
BOOKS = {
    "tum": {"machine": (414.0, 5.3), "inverter": (96.0, 5.1), "gear": (510.0, 3.5)},
    "epa": {"machine": (323.22, 1.1097), "inverter": (559.0, 1.26), "gear": (281.0, 0.5)},
}
REFERENCE_VOLUME = 200_000.0  # pieces a year, TUM workbook: p0 of C = C0 (p/p0)^-0.3
# Assumptions from here on: orders of magnitude from industry talk, in EUR.
DEVELOPMENT = {"machine": 20e6, "inverter": 35e6, "gear": 15e6}
TOOLING = {"machine": 10e6, "inverter": 12e6, "gear": 12e6}
ENERGY_PRICE = 0.30 / 1e3  # EUR/Wh at the plug
DRIVEN_KM = 200_000.0
RANGE_KM = 450.0
BATTERY_PRICE = 105.0 / 1e3  # EUR/Wh, about NMC 80 kWh in 2030 in the EPA's curve
VOLTAGE = 350.0
TOP_SPEED = 17_000.0 * np.pi / 30.0  # rad/s of the machine


def kit(candidates: int) -> tuple[Array, Array, Array, Array]:
    """Stacks (mm), turns, inverter currents (A rms) and ratios whose product is about `candidates` units."""
    scale = np.sqrt(candidates / 10_000.0)
    stacks, windings = max(2, round(25 * scale)), max(2, round(8 * scale))
    return (
        np.linspace(66.0, 210.0, stacks),
        np.linspace(6.0, 20.0, windings),
        np.array([350.0, 450.0, 550.0, 650.0, 800.0]),
        np.linspace(7.4, 13.7, 10),
    )


def make_instance(
    seed: int,
    *,
    slots: int = 30,
    candidates: int = 10_000,
    exponent: float = -0.15,
    book: str = "tum",
    ease: float = 1.0,
) -> PlanInstance:
    """One instance: two thirds as many vehicles as slots; every second vehicle has a second stage. `ease` multiplies all demands."""
    rng = np.random.default_rng(20_260_000 + seed)
    stack, turns, current, ratio = kit(candidates)
    # One row for each unit: machine = stack × winding, then inverter, then gear.
    i_stack, i_turns, i_inverter, i_gear = (
        axis.ravel()
        for axis in np.meshgrid(*(np.arange(a.size) for a in (stack, turns, current, ratio)), indexing="ij")
    )
    length, winding, amps, speeds = stack[i_stack], turns[i_turns], current[i_inverter], ratio[i_gear]
    # Ampere-turns against saturation; line power of the inverter; heat that the stack gives off; flux that must be weakened at speed.
    loading = winding * amps / 6000.0
    torque = 3.9 * length * loading / np.sqrt(1.0 + loading**2) * speeds * 0.97
    line_power = np.sqrt(1.5) * VOLTAGE * amps * 0.85
    power = np.minimum(line_power / (1.0 + np.maximum(0.0, winding * length / 1500.0 - 1.0) ** 2), 2000.0 * length)
    speed = TOP_SPEED / speeds

    def law(kind: str, kw: float) -> VolumeLaw:
        fixed, per_kw = BOOKS[book][kind]
        return VolumeLaw(fixed + per_kw * kw, exponent, REFERENCE_VOLUME)

    def module(kind: str, name: str, kw: float) -> Module:
        return Module((kind, name), development=DEVELOPMENT[kind], tooling=TOOLING[kind], law=law(kind, kw))

    machines = [
        # More turns of thinner wire fill the slot worse and take longer to wind: 1 kW worth for each turn.
        module("machine", f"{a:.0f}x{b:.0f}", 1.6 * a + b)
        for a in stack
        for b in turns
    ]
    inverters = [module("inverter", f"{a:.0f}A", np.sqrt(1.5) * VOLTAGE * 0.85 * a / 1e3) for a in current]
    gears = [module("gear", f"i{a:.1f}", 100.0 + 10.0 * a) for a in ratio]
    units = tuple(
        PlanUnit(f"u{n}", ((machines[m].key, 1), (inverters[i].key, 1), (gears[g].key, 1)))
        for n, (m, i, g) in enumerate(
            zip((i_stack * turns.size + i_turns).tolist(), i_inverter.tolist(), i_gear.tolist(), strict=True)
        )
    )
    made: list[Slot] = []
    cars: dict[str, tuple[float, ...]] = {}
    vehicle = 0
    while len(made) < slots:
        partner = int(rng.random() < 0.5)
        size = rng.uniform(0.0, 1.0)
        mass = 1500.0 + 1000.0 * size
        sportive = rng.uniform(0.0, 1.0)
        axles = 2 if rng.random() < 0.2 else 1
        need_torque = mass * (1.15 + 0.85 * sportive) / axles**0.5
        need_power = 1e3 * (70.0 + 60.0 * size + 105.0 * sportive) / axles**0.5
        need_speed = (165.0 + 55.0 * sportive + rng.uniform(0.0, 20.0)) / 3.6 / (0.32 + 0.04 * size)
        level = SHARES[partner] * rng.lognormal(np.log(70_000.0), 0.6)
        stages = 2 if vehicle % 2 == 1 else 1
        for stage in range(min(stages, slots - len(made))):
            grown = 1.0 + 0.12 * stage  # the facelift has more power
            feasible = np.flatnonzero(
                (torque >= ease * need_torque) & (power >= ease * need_power * grown) & (speed >= ease * need_speed)
            )
            if feasible.size == 0:
                break
            # Losses in mean driving, Wh/km: drag and iron with stack and speed, copper with load, inverter with its size; oversize costs.
            load = mass / 2000.0 / axles
            fine = (
                1.9 * (length / 120.0) * (speeds / 9.5) ** 1.3
                + 2.6 * load**2 * (9.5 / speeds) ** 2 * (120.0 / length) * (1.0 + 0.004 * (winding - 12.0) ** 2)
                + 1.1 * (amps / 550.0) * load**0.5
            )[feasible] * axles
            name = f"v{vehicle}.{stage}"
            start, end = (0, YEARS) if stages == 1 else ((0, 5), (5, YEARS))[stage]
            yearly = level * rng.uniform(0.8, 1.2) * (1.0 + 0.2 * stage)
            cars[name] = tuple(float(round(yearly)) if start <= year < end else 0.0 for year in range(YEARS))
            made.append(
                Slot(
                    name,
                    f"v{vehicle}",
                    f"site{partner}",
                    start,
                    ("front", "rear")[:axles],
                    np.repeat(feasible[:, None], axles, axis=1).astype(np.int64),
                    {
                        "customer energy": fine * DRIVEN_KM * ENERGY_PRICE,
                        "extra battery": fine * RANGE_KM * BATTERY_PRICE,
                    },
                )
            )
        vehicle += 1
    return PlanInstance(
        title=f"synthetic family, seed {seed}, b = {exponent}",
        currency="EUR",
        calendar=Calendar(2030, YEARS, 0.08),
        contracts=(tuple(range(YEARS)),),
        partners=(PlanPartner("p0", "EU"), PlanPartner("p1", "EU")),
        sites=(Site("site0", "p0", "EU"), Site("site1", "p1", "EU")),
        kinds=(Kind("machine"), Kind("inverter"), Kind("gear")),
        modules=(*machines, *inverters, *gears),
        units=units,
        slots=tuple(made),
        scenarios=(PlanScenario("base", 1.0, cars),),
    )


# ---- what other methods do ---------------------------------------------------------------------------------------------------------


class Evaluator:
    """Families by rows of the problem, many at once; each option has one machine, one inverter and one gear (in some number)."""

    def __init__(self, problem: FamilyProblem) -> None:
        self.problem = problem
        self.start, self.slots, self.modules = problem.option_start, problem.cars.size, problem.fixed.size
        self.sizes = np.diff(self.start)
        self.content = problem.content_module.reshape(-1, 3)
        self.count = problem.content_count.reshape(-1, 3)
        self.slot_of = np.repeat(np.arange(self.slots), self.sizes)
        self.weight = problem.cars[self.slot_of][:, None] * self.count
        levels = np.unique(problem.launch)
        self.levels, self.level = levels, np.searchsorted(levels, problem.launch)
        self.evaluations = 0

    def law(self, volume: Array) -> Array:
        """Cost of volumes (... × modules) under the laws."""
        p = self.problem
        return np.where(volume > 0.0, p.law_coefficient * np.maximum(volume, 1e-9) ** (1.0 + p.law_exponent), 0.0)

    def cost(self, rows: NDArray[np.int64]) -> tuple[Array, Array]:
        """Cost and number of modules of each family (families × slots)."""
        many = rows.shape[0]
        self.evaluations += many
        where = (np.arange(many)[:, None, None] * self.modules + self.content[rows]).ravel()
        volume = np.bincount(where, self.weight[rows].ravel(), many * self.modules).reshape(many, self.modules)
        launch = np.zeros((many, self.modules))
        for level, factor in enumerate(self.levels):
            mine = np.flatnonzero(self.level == level)
            hit = (np.arange(many)[:, None, None] * self.modules + self.content[rows[:, mine]]).ravel()
            launch.reshape(-1)[hit] = factor
        used = volume > 0.0
        p = self.problem
        once = np.where(used, p.fixed + p.development * launch, 0.0)
        return p.service[rows].sum(axis=1) + (once + self.law(volume)).sum(axis=1), used.sum(axis=1)

    def alone(self) -> Array:
        """Cost of each row if its slot were the only one."""
        p = self.problem
        law = p.law_coefficient[self.content] * self.weight ** (1.0 + p.law_exponent[self.content])
        once = p.fixed[self.content] + p.development[self.content] * p.launch[self.slot_of][:, None]
        return p.service + (law + once).sum(axis=1)

    def descend(self, rows: NDArray[np.int64], banned: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Let each slot in turn take what adds least to the others' family, until none moves."""
        p, rows = self.problem, rows.copy()
        for _ in range(20):
            moved = False
            for s in range(self.slots):
                others = np.delete(rows, s)
                volume = np.bincount(self.content[others].ravel(), self.weight[others].ravel(), self.modules)
                launch = np.zeros(self.modules)
                np.maximum.at(launch, self.content[others].ravel(), np.repeat(np.delete(p.launch, s), 3))
                part = slice(self.start[s], self.start[s + 1])
                pieces = self.count[self.start[s], 0] * p.cars[s]
                added = self.law(volume + pieces) - self.law(volume) + np.where(volume > 0.0, 0.0, p.fixed)
                added += p.development * np.maximum(0.0, p.launch[s] - launch)
                if banned is not None:
                    added = np.where(banned, 1e15, added)
                best = self.start[s] + int(np.argmin(p.service[part] + added[self.content[part]].sum(axis=1)))
                moved |= best != rows[s]
                rows[s] = best
            if not moved:
                break
        return rows


def tailored(e: Evaluator) -> NDArray[np.int64]:
    """Each slot its own best, as if alone; what happens to be common is shared all the same."""
    alone = e.alone()
    return np.array([lo + int(np.argmin(alone[lo:hi])) for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)])


def one_for_all(e: Evaluator) -> NDArray[np.int64] | None:
    """The best single unit that fits every slot; None where none does."""
    code = (e.content[:, 0] * e.modules + e.content[:, 1]) * e.modules + e.content[:, 2]
    parts = [code[lo:hi] for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)]
    common = parts[0]
    for part in parts[1:]:
        common = np.intersect1d(common, part)
    if common.size == 0:
        return None
    columns = []
    for lo, part in zip(e.start[:-1], parts, strict=True):
        order = np.argsort(part)
        columns.append(lo + order[np.searchsorted(part[order], common)])
    rows = np.stack(columns, axis=1)
    return np.asarray(rows[int(np.argmin(e.cost(rows)[0]))])


def one_machine(e: Evaluator) -> NDArray[np.int64] | None:
    """Paper style (arXiv 2311.03167: one machine for the family, in given numbers): every machine tried, the rest by descent."""
    best, found = np.inf, None
    machines = np.unique(e.content.min(axis=1))
    for machine in machines:
        has = (e.content == machine).any(axis=1)
        if not np.logical_or.reduceat(has, e.start[:-1]).all():
            continue
        banned = np.zeros(e.modules, dtype=bool)
        banned[machines] = True
        banned[machine] = False
        masked = np.where(has, e.alone(), np.inf)
        rows = np.array([lo + int(np.argmin(masked[lo:hi])) for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)])
        rows = e.descend(rows, banned)
        cost = float(e.cost(rows[None])[0][0])
        if cost < best:
            best, found = cost, rows
    return found


def _by_merit(e: Evaluator) -> NDArray[np.int64]:
    """Rows of each slot in order of their cost alone, so that near genes are near in merit."""
    alone = e.alone()
    return np.concatenate([lo + np.argsort(alone[lo:hi]) for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)])


def genetic(
    e: Evaluator, seconds: float, known: NDArray[np.int64] | None = None, population: int = 200
) -> NDArray[np.int64]:
    """Genetic algorithm on one gene for each slot: tournaments, uniform crossover, mutation, and some slots taking over one slot's unit.

    `known` is a family to begin with, beside chance.
    """
    rng, until = np.random.default_rng(1), time.monotonic() + seconds
    merit = _by_merit(e)
    code = (e.content[:, 0] * e.modules + e.content[:, 1]) * e.modules + e.content[:, 2]
    of_code = [
        {int(c): lo + i for i, c in enumerate(code[lo:hi])} for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)
    ]
    here = merit[e.start[:-1] + (rng.random((population, e.slots)) ** 3 * e.sizes).astype(np.int64)]
    if known is not None:
        here[0] = known
    fit = e.cost(here)[0]
    while time.monotonic() < until:
        pick = rng.integers(population, size=(2, 2, population))
        parents = [np.where(fit[a] < fit[b], a, b) for a, b in pick]
        child = np.where(rng.random((population, e.slots)) < 0.5, here[parents[0]], here[parents[1]])
        change = rng.random((population, e.slots)) < 1.0 / e.slots
        fresh = merit[e.start[:-1] + (rng.random((population, e.slots)) ** 3 * e.sizes).astype(np.int64)]
        child = np.where(change, fresh, child)
        for n in range(population):
            donor = int(code[child[n, rng.integers(e.slots)]])
            for s in np.flatnonzero(rng.random(e.slots) < rng.random() ** 2):
                child[n, s] = of_code[s].get(donor, child[n, s])
        both, fits = np.concatenate((here, child)), np.concatenate((fit, e.cost(child)[0]))
        # Each family once: copies of the best would crowd out the rest.
        _, first = np.unique(both, axis=0, return_index=True)
        keep = first[np.argsort(fits[first], kind="stable")[:population]]
        here, fit = both[keep], fits[keep]
    return np.asarray(here[0])


def swarm(e: Evaluator, seconds: float, particles: int = 200) -> NDArray[np.int64]:
    """Particle swarm of the kind of CP3 (Chowdhury, Messac, Khire, SMO 48 (2013) 1089): positions rounded to rows in order of merit."""
    rng, until = np.random.default_rng(2), time.monotonic() + seconds
    merit = _by_merit(e)

    def rows(x: Array) -> NDArray[np.int64]:
        return np.asarray(merit[e.start[:-1] + np.minimum((x**3 * e.sizes).astype(np.int64), e.sizes - 1)])

    x = rng.random((particles, e.slots))
    v = np.zeros_like(x)
    own, own_fit = x.copy(), e.cost(rows(x))[0]
    while time.monotonic() < until:
        leader = own[int(np.argmin(own_fit))]
        # Inertia and pulls of Clerc and Kennedy's constriction.
        v = 0.73 * v + 1.5 * rng.random(x.shape) * (own - x) + 1.5 * rng.random(x.shape) * (leader - x)
        x = np.clip(x + v, 0.0, 1.0)
        lost = rng.random(x.shape) < 0.01  # keeps the swarm from collapsing, as CP3's diversity preservation does
        x = np.where(lost, rng.random(x.shape), x)
        fit = e.cost(rows(x))[0]
        better = fit < own_fit
        own[better], own_fit[better] = x[better], fit[better]
    return np.asarray(rows(own)[int(np.argmin(own_fit))])


def nsga(e: Evaluator, seconds: float) -> NDArray[np.int64]:
    """NSGA-II (pymoo, population 200) on cost and number of modules; its cheapest family."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    merit = _by_merit(e)

    class Family(Problem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=e.slots, n_obj=2, xl=0, xu=e.sizes - 1, vtype=int)

        def _evaluate(self, x: Any, out: Any, *_: Any, **__: Any) -> None:
            out["F"] = np.column_stack(e.cost(merit[e.start[:-1] + x.astype(np.int64)]))

    algorithm = NSGA2(
        pop_size=200,
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=0.9, eta=15, vtype=float, repair=RoundingRepair()),
        mutation=PM(prob=1.0, prob_var=1.0 / e.slots, eta=10, vtype=float, repair=RoundingRepair()),
    )
    found = minimize(Family(), algorithm, ("time", seconds), seed=3, verbose=False)
    best = found.X[int(np.argmin(found.F[:, 0]))]
    return np.asarray(merit[e.start[:-1] + best.astype(np.int64)])


def textbook(e: Evaluator, seconds: float, segments: int = 6) -> tuple[NDArray[np.int64] | None, float]:
    """Textbook model by the same solver: volumes summed, big-M for development, chords of the law by binaries; family and its bound."""
    p, model = e.problem, Model()
    thousand, million = 1e3, 1e6
    x = model.columns(p.service.size, cost=p.service / million, upper=1.0, integer=True)
    for lo, hi in zip(e.start[:-1], e.start[1:], strict=True):
        model.row(x[lo:hi], 1.0, 1.0, 1.0)
    for j in range(e.modules):
        rows, where = np.nonzero(e.content == j)
        if rows.size == 0:
            continue
        weight = e.weight[rows, where]
        slot = e.slot_of[rows]
        most = float(sum(weight[slot == s].max() for s in np.unique(slot)))
        least = float(weight.min())
        points = (
            np.concatenate(([0.0], np.geomspace(least, most, segments + 1))) if most > least else np.array([0.0, most])
        )
        value = np.where(
            points > 0.0, p.law_coefficient[j] * np.maximum(points, 1e-9) ** (1.0 + p.law_exponent[j]), 0.0
        )
        low, high = points[:-1], points[1:]
        slope = np.diff(value) / (high - low)
        y = model.columns(1, cost=p.fixed[j] / million, upper=1.0, integer=True)
        for level, factor in enumerate(e.levels):
            users = np.flatnonzero(e.level[slot] >= level)
            if users.size == 0:
                continue
            rise = factor - (e.levels[level - 1] if level else 0.0)
            launched = model.columns(1, cost=p.development[j] * rise / million, upper=1.0, integer=True)
            model.row(np.r_[x[rows[users]], launched], np.r_[weight[users] / thousand, -most / thousand], upper=0.0)
        piece = model.columns(high.size, cost=(value[:-1] - slope * low) / million, upper=1.0, integer=True)
        part = model.columns(high.size, cost=slope * thousand / million)
        for k in range(high.size):
            model.row([part[k], piece[k]], [1.0, -high[k] / thousand], upper=0.0)
            model.row([part[k], piece[k]], [1.0, -low[k] / thousand], lower=0.0)
        model.row(np.r_[piece, y], np.r_[np.ones(high.size), -1.0], upper=0.0)
        model.row(np.r_[x[rows], part], np.r_[weight / thousand, -np.ones(high.size)], 0.0, 0.0)
    answer = solve(model.arrays(), gap=1e-4, time_limit=seconds)
    if answer.values is None:
        return None, answer.bound * million
    chosen = answer.values[x]
    return np.array(
        [lo + int(np.argmax(chosen[lo:hi])) for lo, hi in zip(e.start[:-1], e.start[1:], strict=True)]
    ), answer.bound * million


# ---- the run -----------------------------------------------------------------------------------------------------------------------


def baselines(problem: FamilyProblem, optimum: float, seconds: float) -> list[dict[str, Any]]:
    """Every other method's distance to the certified cost, and its time."""
    e = Evaluator(problem)
    greedy_start = tailored(e)
    methods: list[tuple[str, Callable[[], Any]]] = [
        ("individually tailored", lambda: greedy_start),
        ("one size fits all", lambda: one_for_all(e)),
        ("one machine for all, enumerated", lambda: one_machine(e)),
        ("greedy descent", lambda: e.descend(greedy_start)),
        ("genetic algorithm", lambda: genetic(e, seconds)),
        ("genetic algorithm after greedy", lambda: genetic(e, seconds, e.descend(greedy_start))),
        ("particle swarm (CP3-like)", lambda: swarm(e, seconds)),
        ("NSGA-II (pymoo)", lambda: nsga(e, seconds)),
        ("textbook MILP (HiGHS)", lambda: textbook(e, 2.0 * seconds)),
    ]
    found = []
    for name, method in methods:
        e.evaluations = 0
        began = time.monotonic()
        rows = method()
        took = time.monotonic() - began
        evaluations, bound = e.evaluations, None
        if isinstance(rows, tuple):
            rows, bound = rows
        entry: dict[str, Any] = {"method": name, "seconds": took, "evaluations": evaluations}
        told = "none exists" if bound is None else f"no family, bound {bound / optimum - 1.0:+.2%}"
        if rows is not None:
            cost = problem.cost(rows)
            entry |= {"cost": cost, "above": cost / optimum - 1.0}
            told = f"{cost / optimum - 1.0:+9.3%}"
            if bound is not None:
                entry["bound"] = bound
                told += f", own bound {bound / optimum - 1.0:+.2%}"
        found.append(entry)
        print(f"    {name:33s} {told}  in {took:.1f} s", flush=True)
    return found


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=30)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--exponents", choices=("cycle", "all"), default="cycle")
    parser.add_argument("--book", choices=tuple(BOOKS), default="tum")
    parser.add_argument("--ease", type=float, default=1.0, help="multiplies all demands: below 1 more units fit")
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--baselines", action="store_true", help="for the first seed of each exponent")
    parser.add_argument(
        "--baseline-seconds",
        type=float,
        default=30.0,
        help="for each search by chance; twice that for the textbook model",
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    # Once for nothing: compiled loops are loaded, or made where this machine has none yet.
    began = time.monotonic()
    warm = family_problem(make_instance(0, slots=4, candidates=500))
    assert warm is not None
    solve_family(warm, time_limit=10.0)
    print(f"compiled loops ready after {time.monotonic() - began:.1f} s (once for each installation)")
    results, compared = [], set()
    for seed in range(options.seeds):
        for exponent in EXPONENTS if options.exponents == "all" else (EXPONENTS[seed % len(EXPONENTS)],):
            instance = make_instance(
                seed,
                slots=options.slots,
                candidates=options.candidates,
                exponent=exponent,
                book=options.book,
                ease=options.ease,
            )
            began = time.monotonic()
            problem = family_problem(instance)
            assert problem is not None
            building = time.monotonic() - began
            answer = solve_family(problem, gap=options.gap, time_limit=options.time_limit)
            whole = building + answer.seconds
            share = (building + answer.build_seconds) / whole
            used = {
                key
                for slot, n in zip(instance.slots, answer.choice, strict=True)
                for key in instance.content_of(slot, n)
            }
            counts = "/".join(str(sum(key[0] == kind for key in used)) for kind in ("machine", "inverter", "gear"))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
            entry: dict[str, Any] = {
                "seed": seed, "exponent": exponent, "slots": len(instance.slots), "pairs": int(problem.service.size),
                "cost": answer.cost, "bound": answer.bound, "gap": answer.gap, "status": answer.status, "seconds": whole,
                "build_share": share, "nodes": answer.nodes, "modules": counts, "memory_mb": memory,
            }  # fmt: skip
            print(
                f"seed {seed}  b {exponent:5.2f}  {problem.service.size:7d} pairs  {answer.cost / 1e9:9.5f} bn  gap {answer.gap:.4%}  "
                f"{answer.status}  {whole:6.2f} s, building {share:.1%}  {answer.nodes} nodes  {counts}  {memory:.0f} MB",
                flush=True,
            )
            if options.baselines and exponent not in compared:
                compared.add(exponent)
                entry["baselines"] = baselines(problem, answer.cost, options.baseline_seconds)
            results.append(entry)
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
