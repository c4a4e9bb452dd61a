"""Four cars of one maker: the restricted problem by enumeration and by the planner, then its restrictions taken away one by one.

Run: ``.venv/bin/python benchmarks/plan_four_cars.py [--gap 1e-6] [--limit 120] [--write examples/four_cars] [--json OUT]``. The problem
class is that of Clemente, Salazar and Hofman, arXiv 2311.03167: one maker's four electric cars, one size of motor and one size of
battery module shared by all, each car with so many of them as it needs, least total cost of ownership. Their vehicle and cost tables were
not to be had, so the cars here are public ones (EPA certification), the cost basis is that of a public course of the same group, and
no figure of the paper is reproduced. ``--write`` writes the instances as files for ``halfshaft plan solve``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Container
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.plan import (
    Calendar,
    Kind,
    Module,
    ModuleKey,
    Plan,
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
    Terms,
    VolumeLaw,
    solve_plan,
    tailored,
)
from halfshaft.plan.instance_file import instance_document
from halfshaft.vehicle import Battery, RoadLoad, Vehicle, cycle_energy, load_cycle, performance

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Car:
    """One car: certified road load and test mass, what it was certified with, and what its buyer asks for."""

    name: str
    a_n: float
    b_n_per_mps: float
    c_n_per_mps2: float
    test_mass_kg: float
    motor_kw: float
    battery_kwh: float
    tyre_radius_m: float
    most_0_100_s: float
    least_range_km: float
    cars_a_year: float


# Road load and test mass: EPA test car list, test vehicles 3R022-043763, YR121-033006, DS216-L1S and XD019-133320. Battery and power
# of Model 3 and Model Y: NREL/fastsim@bd9111bb FASTSim_py_veh_db.csv. Tyre radius of Model Y: gear ratio over EPA's motor speed by car
# speed. Assumptions: battery and power of the others as rated, tyre radius of S and X from the tyres' size, demands near the brochures',
# and volumes.
CARS = (
    Car("model_3", 165.3404, 0.46767, 0.320521, 1927.8, 239.0, 54.0, 0.334, 6.5, 400.0, 200_000.0),
    Car("model_y", 111.2945, 4.82295, 0.269326, 1927.8, 255.0, 62.0, 0.356, 7.0, 400.0, 200_000.0),
    Car("model_s", 179.4857, 1.31743, 0.346563, 2268.0, 285.0, 75.0, 0.345, 6.0, 450.0, 30_000.0),
    Car("model_x", 179.3523, 0.98509, 0.475439, 2494.8, 285.0, 75.0, 0.362, 6.5, 420.0, 30_000.0),
)

# TU/e course 4AUB10, Q3 2024-25: cost, masses, gear efficiency, electricity, distance, life, and TCO = half of the components + energy.
BATTERY_EUR_PER_KWH, MACHINE_EUR_PER_KW, INVERTER_EUR_PER_KW = 200.0, 16.0, 15.0
MOTOR_KW_PER_KG, TRANSMISSION_KG, GEAR_EFFICIENCY = 1.4, 17.0, 0.97
ELECTRICITY_EUR_PER_KWH, KM_A_YEAR, LIFE_YEARS, COMPONENT_SHARE = 0.50, 20_000.0, 5, 0.5
CELL_WH_PER_KG = 3.7 * 3.4 / 0.045
# Assumptions: pack over cell mass; usable over nominal energy; volume law and its reference (a year), within the span of published ones.
PACK_MASS_FACTOR, USABLE_SHARE = 1.5, 0.95
EXPONENTS, REFERENCE_PIECES = (-0.15, -0.06, -0.245), 200_000.0

MOTORS_KW = (90, 110, 130, 150, 170, 190, 210, 230, 250, 280)
MODULES_KWH = (6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0)
MOST_MODULES = 14


@dataclass(frozen=True, eq=False)
class PowerScaledMap:
    """A motor whose loss map is stretched with its peak power: the paper's restriction, which its authors name as its weakness.

    Loss of the base motor (200 kW; an assumption of the usual form): standing, iron and drag with speed, copper with torque², inverter
    included, behind a gear of fixed efficiency.
    """

    power_kw: float
    gear_ratio: float = 9.0
    base_rad_per_s: float = 540.0
    max_speed_rad_per_s: float = 1780.0

    @property
    def speed_rad_per_s(self) -> Array:
        """(n,) from standstill to the top."""
        return np.concatenate([[1.0], np.linspace(20.0, self.max_speed_rad_per_s, 60)])

    @property
    def torque_fraction(self) -> Array:
        """(m,) from generating to motoring limit."""
        return np.linspace(-1.0, 1.0, 41)

    @property
    def peak_torque_nm(self) -> Array:
        """Constant torque, then constant power, behind the gear's efficiency."""
        torque: Array = self.power_kw * 1e3 / np.maximum(self.speed_rad_per_s, self.base_rad_per_s) * GEAR_EFFICIENCY
        return torque

    @property
    def peak_generating_torque_nm(self) -> Array:
        """As motoring."""
        return self.peak_torque_nm

    @property
    def continuous_torque_nm(self) -> Array:
        """Half of the peak (assumption; no demand here asks for it)."""
        return 0.5 * self.peak_torque_nm

    @property
    def coasting_loss_w(self) -> Array:
        """Iron and drag."""
        return self._speed_loss()

    def total_loss_w(self) -> Array:
        """(n, m)."""
        torque = self.torque_fraction * self.peak_torque_nm[:, None]
        base = torque / (self.power_kw / 200.0)
        copper = (self.power_kw / 200.0) * 0.052 * base**2
        gear = (1.0 - GEAR_EFFICIENCY) * np.abs(torque) * self.speed_rad_per_s[:, None]
        return self._speed_loss()[:, None] + copper + gear

    def _speed_loss(self) -> Array:
        w = self.speed_rad_per_s
        loss: Array = self.power_kw / 200.0 * (120.0 + 0.35 * w + 6.0e-4 * w**2)
        return loss


def vehicle_with(car: Car, motor_kw: float, motors: int, battery_kwh: float) -> Vehicle:
    """The car with other motors and another battery: their mass changes inertia and rolling resistance, nothing else."""

    def parts_kg(power_kw: float, count: int, kwh: float) -> float:
        return count * (power_kw / MOTOR_KW_PER_KG + TRANSMISSION_KG) + PACK_MASS_FACTOR * kwh * 1e3 / CELL_WH_PER_KG

    mass = car.test_mass_kg - parts_kg(car.motor_kw, 1, car.battery_kwh) + parts_kg(motor_kw, motors, battery_kwh)
    return Vehicle(
        name=car.name,
        test_mass_kg=mass,
        performance_mass_kg=mass,
        road_load=RoadLoad(car.a_n * mass / car.test_mass_kg, car.b_n_per_mps, car.c_n_per_mps2),
        tyre_radius_m=car.tyre_radius_m,
        driven_axles=("rear",) if motors == 1 else ("front", "rear"),
        front_mass_share=0.48,
        wheelbase_m=2.9,
        centre_of_gravity_height_m=0.5,
        tyre_adhesion=1.0,
        rotating_mass_factor=1.05,
        auxiliary_power_w=250.0,
        battery=Battery(
            usable_energy_wh=USABLE_SHARE * battery_kwh * 1e3,
            open_circuit_voltage_v=360.0,
            resistance_ohm=0.08,
            charging_efficiency=0.88,
        ),
        regen_fade_low_mps=1.1,
        regen_fade_high_mps=3.6,
        max_regen_deceleration=2.5,
    )


@dataclass(frozen=True)
class Choice:
    """One way to equip a car: motors of a size, battery modules of a size, and what it uses (DC drives range, AC is paid)."""

    motor_kw: int
    motors: int
    module_kwh: float
    modules: int
    ac_wh_per_km: float


@cache
def choices(car: Car, motors_kw: tuple[int, ...], modules_kwh: tuple[float, ...]) -> tuple[Choice, ...]:
    """All ways that meet the car's demands: 0-100 km/h, range over WLTC, and the cycle itself."""
    cycle = load_cycle("wltc_3b")
    sizes = sorted(
        {round(n * kwh, 3) for kwh in modules_kwh for n in range(1, MOST_MODULES + 1) if 40 <= n * kwh <= 120}
    )
    served: dict[tuple[int, int, float], float] = {}
    for power, count, kwh in itertools.product(motors_kw, (1, 2), sizes):
        vehicle, motor = vehicle_with(car, power, count, kwh), PowerScaledMap(power)
        front = motor if count == 2 else None
        if performance(vehicle, front, motor).time_0_100_kmh_s > car.most_0_100_s:
            continue
        energy = cycle_energy(vehicle, cycle, front, motor)
        if energy.able and energy.range_km >= car.least_range_km:
            served[power, count, kwh] = energy.ac_wh_per_km
    return tuple(
        Choice(power, count, kwh, n, served[power, count, round(n * kwh, 3)])
        for power, count in itertools.product(motors_kw, (1, 2))
        for kwh in modules_kwh
        for n in range(1, MOST_MODULES + 1)
        if (power, count, round(n * kwh, 3)) in served
    )


def energy_eur(ac_wh_per_km: float) -> float:
    """What a car's electricity costs over its life."""
    return ac_wh_per_km / 1e3 * KM_A_YEAR * LIFE_YEARS * ELECTRICITY_EUR_PER_KWH


def owned(
    motors_kw: tuple[int, ...] = MOTORS_KW,
    modules_kwh: tuple[float, ...] = MODULES_KWH,
    *,
    most: int | None = None,
    split: bool = False,
    exponent: float = EXPONENTS[0],
) -> PlanInstance:
    """Total cost of ownership under the course's costs and a volume law; one year of sales, as the paper has no calendar.

    `most` sizes of motor and of battery module; `split`: machine and inverter are modules of their own, and an inverter may be larger than
    its machine needs.
    """

    def law(cost: float) -> VolumeLaw:
        return VolumeLaw(COMPONENT_SHARE * cost, exponent, REFERENCE_PIECES)

    kinds = ("machine", "inverter") if split else ("motor",)
    per_kw = {
        "machine": MACHINE_EUR_PER_KW,
        "inverter": INVERTER_EUR_PER_KW,
        "motor": MACHINE_EUR_PER_KW + INVERTER_EUR_PER_KW,
    }
    modules = [Module((kind, str(p)), law=law(per_kw[kind] * p)) for kind in kinds for p in motors_kw]
    modules += [Module(("battery_module", f"{k:g}"), law=law(BATTERY_EUR_PER_KWH * k)) for k in modules_kwh]
    return _instance(
        f"four cars, {'any number of sizes' if most is None else f'{most} motor and {most} battery module'}"
        + (", machine and inverter apart" if split else ""),
        tuple(Kind(kind, most=most) for kind in (*kinds, "battery_module")),
        tuple(modules),
        motors_kw,
        modules_kwh,
        split,
        years=1,
    )


def _instance(
    title: str,
    kinds: tuple[Kind, ...],
    modules: tuple[Module, ...],
    motors_kw: tuple[int, ...],
    modules_kwh: tuple[float, ...],
    split: bool,
    years: int,
    owners: dict[str, str] | None = None,
) -> PlanInstance:
    """Slots and units of the four cars over any kinds of module; each is the same in every year. `owners` by car; one by default."""
    pairs = [(m, i) for m in motors_kw for i in motors_kw if i == m or (split and i > m)]
    units: list[PlanUnit] = []
    place: dict[tuple[int, int], int] = {}
    for m, i in pairs:
        place[m, i] = len(units)
        content: tuple[tuple[ModuleKey, int], ...] = (
            ((("machine", str(m)), 1), (("inverter", str(i)), 1)) if split else ((("motor", str(m)), 1),)
        )
        units.append(PlanUnit(f"{m}_kw" if m == i else f"{m}_kw_inverter_{i}", content))
    packs = {}
    for k, n in itertools.product(modules_kwh, range(1, MOST_MODULES + 1)):
        packs[k, n] = len(units)
        units.append(PlanUnit(f"{n}_x_{k:g}_kwh", ((("battery_module", f"{k:g}"), n),)))
    owner = owners or {car.name: "maker" for car in CARS}
    partners = tuple(dict.fromkeys(owner.values()))
    slots = []
    for car in CARS:
        if car.name not in owner:
            continue
        rows, energy = [], []
        for choice in choices(car, motors_kw, modules_kwh):
            pack = packs[choice.module_kwh, choice.modules]
            for m, i in pairs:
                if m == choice.motor_kw:
                    front = place[m, i] if choice.motors == 2 else -1
                    rows.append((front, place[m, i], pack))
                    energy.append(energy_eur(choice.ac_wh_per_km))
        slots.append(
            Slot(
                car.name, car.name, owner[car.name], 0, ("front", "rear", "pack"),
                np.array(rows, dtype=np.int64).reshape(-1, 3), {"customer energy": np.array(energy)},
            )
        )  # fmt: skip
    volume = {car.name: car.cars_a_year for car in CARS}
    return PlanInstance(
        title=title,
        currency="EUR",
        calendar=Calendar(2026, years, 0.0 if years == 1 else 0.08),
        contracts=(tuple(range(years)),),
        partners=tuple(PlanPartner(partner, "home") for partner in partners),
        sites=tuple(Site(partner, partner, "home") for partner in partners),
        kinds=kinds,
        modules=modules,
        units=tuple(units),
        slots=tuple(slots),
        scenarios=(PlanScenario("plan", 1.0, {slot.id: (volume[slot.id],) * years for slot in slots}),),
    )


# What makers pay, all assumptions but for the lines: TUMFTM/Electric_Machine_Design@25c1ecc7, its cost model evaluated, 25.1 MEUR a
# machine line of 80,000 a year. An inverter line and its labour are drawn near it; battery modules come from a supplier.
YEARS = 6
DEVELOPMENT_EUR = {"machine": 60e6, "inverter": 40e6, "battery_module": 30e6}
LINE_EUR, LINE_PIECES, LABOUR_EUR = (
    {"machine": 25.1e6, "inverter": 20.0e6},
    80_000.0,
    {"machine": 22.0, "inverter": 9.0},
)
BOUGHT_SHARE = {"machine": 0.70, "inverter": 0.80, "battery_module": 1.0}
# (pieces a year, discount): the starts are pieces of one supplier's part over all sizes.
TIERS = {
    "machine": ((0.0, 0.0), (100e3, 0.03), (250e3, 0.05), (500e3, 0.07)),
    "inverter": ((0.0, 0.0), (100e3, 0.03), (250e3, 0.05), (500e3, 0.07)),
    "battery_module": ((0.0, 0.0), (500e3, 0.02), (1.5e6, 0.04), (3e6, 0.06)),
}
OWNERS = {"model_3": "first", "model_y": "first", "model_s": "second", "model_x": "second"}


def made(
    motors_kw: tuple[int, ...],
    modules_kwh: tuple[float, ...],
    *,
    tiers: bool,
    owners: dict[str, str] | None = None,
    most: int | None = None,
) -> PlanInstance:
    """Makers' cost in place of the law: development, whole lines, labour and bought parts, with price tiers or at list price."""
    kinds = tuple(Kind(k, k if k in LINE_EUR else None, most) for k in DEVELOPMENT_EUR)
    sizes = {"machine": motors_kw, "inverter": motors_kw, "battery_module": modules_kwh}
    per_size = {"machine": MACHINE_EUR_PER_KW, "inverter": INVERTER_EUR_PER_KW, "battery_module": BATTERY_EUR_PER_KWH}
    modules = tuple(Module((k, f"{s:g}"), development=DEVELOPMENT_EUR[k]) for k in DEVELOPMENT_EUR for s in sizes[k])
    base = _instance(
        f"four cars, development, lines and {'price tiers' if tiers else 'list prices'}"
        + ("" if owners is None else f", {' + '.join(dict.fromkeys(owners.values()))}"),
        kinds, modules, motors_kw, modules_kwh, True, YEARS, owners,
    )  # fmt: skip
    parts = tuple(
        PlanPart(f"{k} parts", {(k, f"{s:g}"): BOUGHT_SHARE[k] * per_size[k] * s for s in sizes[k]})
        for k in DEVELOPMENT_EUR
    )
    offers, terms = [], []
    for k, supplier, factor in itertools.product(DEVELOPMENT_EUR, ("north", "south"), (1.0,)):
        name = f"{supplier}/{k}"
        terms.append(Terms(name, "all units", "pieces", TIERS[k] if tiers else TIERS[k][:1]))
        dearer = factor if supplier == "north" else 1.01
        offers.append(PlanOffer(supplier, f"{k} parts", dearer, 1e8, {"home": 1.0}, name))
    plants = tuple(PlanPlant(f"{p.id} plant", p.id, "home", {p.id: 5.0}, holding_cost=1.0) for p in base.partners)
    lines = tuple(
        PlanLine(plant.id, k, LINE_PIECES, 0, 30, LINE_EUR[k], 0.06 * LINE_EUR[k], LABOUR_EUR[k])
        for plant in plants
        for k in LINE_EUR
    )
    return replace(base, parts=parts, terms=tuple(terms), offers=tuple(offers), plants=plants, lines=lines)


def enumerated(
    motors_kw: tuple[int, ...], modules_kwh: tuple[float, ...], exponent: float = EXPONENTS[0]
) -> tuple[float, dict[str, Choice], int]:
    """Least cost with one motor and one battery module for all, over every size and every set of multiplicities.

    Returns cost (EUR), choice by car, and how many configurations were compared. Shares nothing with the planner.
    """

    def cost_of(unit_cost: float, pieces: Array) -> Array:
        total: Array = COMPONENT_SHARE * unit_cost * pieces * (pieces / REFERENCE_PIECES) ** exponent
        return total

    best, chosen, compared = np.inf, {}, 0
    for power, kwh in itertools.product(motors_kw, modules_kwh):
        ways = [
            [c for c in choices(car, motors_kw, modules_kwh) if (c.motor_kw, c.module_kwh) == (power, kwh)]
            for car in CARS
        ]
        if not all(ways):
            continue
        shape = [len(way) for way in ways]
        motors, batteries, energy = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for axis, (car, way) in enumerate(zip(CARS, ways, strict=True)):
            along = [1] * len(CARS)
            along[axis] = -1
            motors = motors + car.cars_a_year * np.array([c.motors for c in way], dtype=float).reshape(along)
            batteries = batteries + car.cars_a_year * np.array([c.modules for c in way], dtype=float).reshape(along)
            energy = energy + car.cars_a_year * np.array([energy_eur(c.ac_wh_per_km) for c in way]).reshape(along)
        motor_eur = (MACHINE_EUR_PER_KW + INVERTER_EUR_PER_KW) * power
        total = cost_of(motor_eur, motors) + cost_of(BATTERY_EUR_PER_KWH * kwh, batteries) + energy
        compared += total.size
        at = np.unravel_index(int(np.argmin(total)), total.shape)
        if total[at] < best:
            best = float(total[at])
            chosen = {car.name: way[i] for car, way, i in zip(CARS, ways, at, strict=True)}
    return best, chosen, compared


def told(plan: Plan) -> str:
    """Sizes in use, by kind."""
    kinds: dict[str, list[str]] = {}
    for kind, name in plan.developed:
        kinds.setdefault(kind, []).append(name)
    return "; ".join(
        f"{kind} {', '.join(sorted(names, key=lambda n: float(n.split()[0])))}" for kind, names in kinds.items()
    )


def ownership(
    exponent: float, motors_kw: tuple[int, ...] = MOTORS_KW, modules_kwh: tuple[float, ...] = MODULES_KWH
) -> dict[str, PlanInstance]:
    """From tailored cars to the restricted problem, and its restrictions taken away: one question, total cost of ownership."""

    def posed(most: int | None = None, split: bool = False) -> PlanInstance:
        return owned(motors_kw, modules_kwh, most=most, split=split, exponent=exponent)

    return {
        "tailored": tailored(posed()),
        "one_motor_one_battery": posed(1),
        "two_motors_two_batteries": posed(2),
        "any_sizes": posed(),
        "modules_apart": posed(split=True),
    }


def production(
    motors_kw: tuple[int, ...] = MOTORS_KW, modules_kwh: tuple[float, ...] = MODULES_KWH
) -> dict[str, PlanInstance]:
    """Another question: what makers pay over six years, with one owner and with two."""

    def of(*partners: str) -> PlanInstance:
        own = {car: partner for car, partner in OWNERS.items() if partner in partners}
        return made(motors_kw, modules_kwh, tiers=True, owners=own)

    return {
        "lines_tailored": tailored(made(motors_kw, modules_kwh, tiers=False)),
        "lines_one_of_each": made(motors_kw, modules_kwh, tiers=False, most=1),
        "lines": made(motors_kw, modules_kwh, tiers=False),
        "tiers": made(motors_kw, modules_kwh, tiers=True),
        "first_alone": of("first"),
        "second_alone": of("second"),
        "both_together": of("first", "second"),
    }


class _Run:
    """Solves, prints and keeps."""

    def __init__(self, gap: float, limit: float, folder: Path | None) -> None:
        self.gap, self.limit, self.folder = gap, limit, folder
        self.answers: dict[str, Any] = {}

    def solve(
        self, instances: dict[str, PlanInstance], suffix: str = "", write: Container[str] = ()
    ) -> dict[str, Plan]:
        """Plans by name; those in `write` become files."""
        plans = {}
        for name, instance in instances.items():
            plan = plans[name] = solve_plan(instance, gap=self.gap, time_limit=self.limit)
            self.answers[name + suffix] = {"cost_eur": plan.objective, "bound_eur": plan.bound, "seconds": plan.seconds}
            sizes = told(plan) if len(plan.developed) < 12 else "every car its own"
            print(
                f"  {name:25s} {plan.objective / 1e6:12.4f} MEUR  gap {plan.gap:.1e}  {plan.seconds:5.1f} s  {sizes}",
                flush=True,
            )
            if self.folder is not None and name in write:
                self.folder.mkdir(parents=True, exist_ok=True)
                text = json.dumps(instance_document(instance), separators=(",", ":"))
                (self.folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        return plans


def _gain(told_as: str, before: float, after: float) -> None:
    print(f"    {told_as:62s} {(before - after) / 1e6:9.2f} MEUR, {100.0 * (before - after) / before:6.3f} %")


def main() -> None:
    """Print the enumeration and the ladder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gap", type=float, default=1e-6, help="relative")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for each step")
    parser.add_argument("--write", type=Path, help="folder for the instance files")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    run = _Run(asked.gap, asked.limit, asked.write)
    began = time.perf_counter()
    ways = {car.name: len(choices(car, MOTORS_KW, MODULES_KWH)) for car in CARS}
    print(
        f"every car with every choice, driven: {time.perf_counter() - began:.1f} s; ways that meet the demands: {ways}"
    )
    for exponent in EXPONENTS:
        began = time.perf_counter()
        best, chosen, compared = enumerated(MOTORS_KW, MODULES_KWH, exponent)
        print(f"total cost of ownership of a year's cars, volume exponent {exponent:g}")
        print(
            f"  enumeration: {compared:,} configurations in {time.perf_counter() - began:.2f} s, least {best / 1e6:.4f} MEUR"
        )
        for name, choice in chosen.items():
            equipped = f"{choice.motors} x {choice.motor_kw} kW, {choice.modules} x {choice.module_kwh:g} kWh"
            print(f"    {name}: {equipped}, {choice.ac_wh_per_km:.0f} Wh/km")
        posed = ownership(exponent)
        plans = run.solve(posed, f" {exponent:g}", write=posed if exponent == EXPONENTS[0] else ())
        run.answers[f"enumerated {exponent:g}"] = best
        cost = {name: plan.objective for name, plan in plans.items()}
        print(
            f"  planner less enumeration on the restricted problem: {(cost['one_motor_one_battery'] - best) / best:.1e}"
        )
        _gain(
            "one motor, one battery module for all, against tailored cars",
            cost["tailored"],
            cost["one_motor_one_battery"],
        )
        _gain("two sizes of each", cost["one_motor_one_battery"], cost["two_motors_two_batteries"])
        _gain("any number of sizes", cost["two_motors_two_batteries"], cost["any_sizes"])
        _gain("machine and inverter shared apart", cost["any_sizes"], cost["modules_apart"])
    print(
        "another question, whose costs compare with each other alone: what makers pay over six years, and the customers' energy"
    )
    cost = {
        name: plan.objective
        for name, plan in run.solve(production(), write=("first_alone", "second_alone", "both_together")).items()
    }
    _gain("one of each for all, against tailored cars", cost["lines_tailored"], cost["lines_one_of_each"])
    _gain("any number of sizes, against one of each", cost["lines_one_of_each"], cost["lines"])
    _gain("any number of sizes, against tailored cars", cost["lines_tailored"], cost["lines"])
    _gain("suppliers' price tiers in place of list prices (a change of terms)", cost["lines"], cost["tiers"])
    apart = cost["first_alone"] + cost["second_alone"]
    _gain("two owners together, against each one's own best family", apart, cost["both_together"])
    if asked.json:
        asked.json.write_text(json.dumps(run.answers, indent=1))


if __name__ == "__main__":
    main()
