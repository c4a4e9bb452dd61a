"""The choice of a family is optimal, and its bound is below the optimum however early it stops."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from halfshaft.plan import family
from halfshaft.plan.family import FamilyProblem, family_problem, solve_family, why_not_family
from halfshaft.plan.instance import (
    Calendar,
    Kind,
    Module,
    ModuleKey,
    PlanInstance,
    PlanPartner,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
    Team,
    VolumeLaw,
)

YEARS = 4
SEEDS = range(60)


def random_instance(seed: int, slots: int = 4, modules: tuple[int, int, int] = (4, 2, 2)) -> PlanInstance:
    """Small and wild: laws of all exponents or none, free developments, twin units, dual positions, carry-over, two launch years."""
    rng = np.random.default_rng(seed)
    kinds = ("machine", "inverter", "gear")
    carry, launches = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    made: list[Module] = []
    names: list[list[ModuleKey]] = []
    for kind, count in zip(kinds, modules, strict=True):
        names.append([(kind, f"{kind}{n}") for n in range(count)])
        for n in range(count):
            law = None
            if rng.random() < 0.8:
                law = VolumeLaw(
                    float(rng.uniform(200.0, 900.0)), float(rng.choice([0.0, -0.06, -0.15, -0.3, -0.6])), 1e5
                )
            development = float(rng.choice([0.0, 1.0, 5.0, 20.0])) * 1e6 * float(rng.uniform(0.5, 1.0))
            parent = names[-1][n - 1] if carry and not launches and n > 0 and rng.random() < 0.7 else None
            tooling = float(rng.choice([0.0, 2e6]))
            share = float(rng.uniform(0.2, 1.0)) if parent is not None else 0.0
            made.append(Module((kind, f"{kind}{n}"), development, tooling, parent=parent, carry_over=share, law=law))
    triples = list(product(*names))
    units = tuple(PlanUnit(f"u{n}", tuple((key, 1) for key in triple)) for n, triple in enumerate(triples))
    found, cars = [], {}
    for number in range(slots):
        style = rng.integers(3)
        picked = np.sort(rng.choice(len(units), size=int(rng.integers(2, 9)), replace=False)).astype(np.int64)
        table = picked[:, None]
        if style == 1:
            table = np.repeat(table, 2, axis=1)
        elif style == 2:
            table = np.column_stack((picked, rng.choice(len(units), size=picked.size).astype(np.int64)))
            table[0, 1] = -1
        start = int(rng.choice([0, 2])) if launches else 0
        name = f"s{number}"
        cars[name] = tuple(float(rng.integers(1_000, 60_000)) if year >= start else 0.0 for year in range(YEARS))
        per_car = {"energy": rng.uniform(0.0, 300.0, picked.size), "battery": rng.uniform(-20.0, 100.0, picked.size)}
        found.append(Slot(name, name, "site", start, ("front", "rear")[: table.shape[1]], table, per_car))
    return PlanInstance(
        title=f"random {seed}",
        currency="EUR",
        calendar=Calendar(2030, YEARS, 0.08),
        contracts=(tuple(range(YEARS)),),
        partners=(PlanPartner("p", "EU"),),
        sites=(Site("site", "p", "EU"),),
        kinds=tuple(Kind(kind) for kind in kinds),
        modules=tuple(made),
        units=units,
        slots=tuple(found),
        scenarios=(PlanScenario("base", 1.0, cars),),
    )


def cost_of(instance: PlanInstance, choice: tuple[int, ...]) -> float:
    """Cost of a family straight from the instance's own words, sharing no code with the solver."""
    calendar = instance.calendar
    volume: dict[ModuleKey, float] = {}
    launch: dict[ModuleKey, int] = {}
    total = 0.0
    for slot, option in zip(instance.slots, choice, strict=True):
        cars = sum(n * d for n, d in zip(instance.scenarios[0].volumes[slot.id], calendar.discount, strict=True))
        total += cars * sum(float(values[option]) for values in slot.per_car.values())
        for key, pieces in instance.content_of(slot, option).items():
            volume[key] = volume.get(key, 0.0) + cars * pieces
            launch[key] = min(launch.get(key, 99), slot.start)
    for key, year in launch.items():
        module = instance.module[key]
        saved = module.carry_over if module.parent in launch and launch[module.parent] <= year else 0.0
        total += module.development * (1.0 - saved) * calendar.before_launch(year)
        total += module.tooling * calendar.before_launch(module.earliest)
        total += instance.law_cost(key, volume[key])
    return total


def cheapest(instance: PlanInstance) -> float:
    """The optimum by trying every family."""
    return min(cost_of(instance, choice) for choice in product(*(range(slot.options) for slot in instance.slots)))


def problem_of(instance: PlanInstance) -> FamilyProblem:
    """The problem, which must be one."""
    problem = family_problem(instance)
    assert problem is not None, why_not_family(instance)
    return problem


@pytest.mark.parametrize("seed", SEEDS)
def test_equals_trying_every_family(seed: int) -> None:
    """With no gap allowed the answer costs what the cheapest of all families costs, counted independently."""
    instance = random_instance(seed)
    answer = solve_family(problem_of(instance), gap=0.0)
    optimum = cheapest(instance)
    assert answer.status == "within gap"
    assert answer.cost == pytest.approx(cost_of(instance, answer.choice), rel=1e-12)
    assert answer.cost == pytest.approx(optimum, rel=1e-9)
    assert answer.bound <= optimum


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_cost_enclose_the_optimum_wherever_the_search_stops(seed: int) -> None:
    """For any gap, any time limit and any moment of a stop: bound <= optimum <= cost, and a start is never made worse."""
    instance = random_instance(seed)
    problem, optimum = problem_of(instance), cheapest(instance)
    first = (0,) * len(instance.slots)
    calls = 0

    def stop_after(count: int) -> bool:
        nonlocal calls
        calls += 1
        return calls > count

    for gap in (0.0, 1e-4, 0.01, 0.2):
        for limit in (0.0, 60.0):
            answer = solve_family(problem, gap=gap, time_limit=limit, start=first)
            assert answer.bound <= optimum * (1.0 + 1e-12)
            assert optimum <= answer.cost * (1.0 + 1e-12)
            assert answer.cost <= cost_of(instance, first) * (1.0 + 1e-12)
            assert answer.status == "time limit" or answer.gap <= gap + 1e-9
    for moment in (0, 1, 2, 4, 8):
        calls = 0
        answer = solve_family(problem, gap=0.0, stop=lambda moment=moment: stop_after(moment))
        assert answer.bound <= optimum * (1.0 + 1e-12)
        assert optimum <= answer.cost * (1.0 + 1e-12)
        assert np.isfinite(answer.bound)


@pytest.mark.parametrize("seed", range(6))
def test_more_slots_than_can_be_tried(seed: int) -> None:
    """On instances too large for trying every family: a tight search lies within what a loose one proved, and repeats itself."""
    problem = problem_of(random_instance(1000 + seed, slots=14, modules=(8, 4, 4)))
    loose, tight = solve_family(problem, gap=0.02), solve_family(problem, gap=1e-7)
    assert loose.status == tight.status == "within gap"
    assert loose.bound <= tight.cost * (1.0 + 1e-12)
    assert tight.bound <= tight.cost <= loose.cost * (1.0 + 1e-12)
    assert tight == replace(solve_family(problem, gap=1e-7), seconds=tight.seconds, build_seconds=tight.build_seconds)


@pytest.mark.parametrize("seed", range(6))
def test_no_prices_give_a_bound_above_the_optimum(seed: int) -> None:
    """The bound holds for any prices and any shares of savings, good or bad: also for those that chance draws."""
    instance = random_instance(seed)
    problem, optimum = problem_of(instance), cheapest(instance)
    search = family._Search(problem, 0.0, 60.0, None)
    node = search.node(np.arange(problem.service.size), None)
    rng = np.random.default_rng(seed)
    fair = node.price.copy()
    for spread in np.repeat([0.0, 0.3, 3.0], 20):
        price = fair * (1.0 + spread * rng.standard_normal(fair.size)) + spread * 1e6 * rng.standard_normal(fair.size)
        share = problem.saving * rng.random(problem.saving.size)
        a = node.arrays
        bound = family._lagrangian(
            a, price, share, node.alive, node.using, node.state, node.order, np.empty(node.alive.size),
            np.zeros(a.level.size, dtype=np.int64), np.zeros(node.keys.size, dtype=bool), np.empty(a.fixed.size),
        )  # fmt: skip
        assert bound <= optimum


def two_slots(development: float, penalty: float) -> PlanInstance:
    """Each slot has a machine of its own; the second may also take the first's, at `penalty` for each car. No law, 1000 cars each."""
    machines = tuple(Module(("machine", name), development) for name in "ab")
    return PlanInstance(
        title="two slots",
        currency="EUR",
        calendar=Calendar(2030, 1, 0.0),
        contracts=((0,),),
        partners=(PlanPartner("p", "EU"),),
        sites=(Site("site", "p", "EU"),),
        kinds=(Kind("machine"),),
        modules=machines,
        units=tuple(PlanUnit(module.key[1], ((module.key, 1),)) for module in machines),
        slots=(
            Slot("one", "one", "site", 0, ("front",), np.array([[0]])),
            Slot("two", "two", "site", 0, ("front",), np.array([[1], [0]]), {"energy": np.array([0.0, penalty])}),
        ),
        scenarios=(PlanScenario("base", 1.0, {"one": (1000.0,), "two": (1000.0,)}),),
    )


@pytest.mark.parametrize("ratio", [0.5, 0.99, 1.01, 2.0])
def test_two_slots_share_exactly_when_that_is_worth_it(ratio: float) -> None:
    """Closed form: the second slot shares if and only if the development saved exceeds the penalty over its volume."""
    development = 5e6
    answer = solve_family(problem_of(two_slots(development, ratio * development / 1000.0)), gap=0.0)
    assert answer.choice == (0, 1 if ratio < 1.0 else 0)
    assert answer.cost == pytest.approx(development * (1.0 + min(1.0, ratio)), rel=1e-12)


@pytest.mark.parametrize("b", [-0.3, -0.06])
def test_two_slots_share_exactly_when_the_law_pays_for_it(b: float) -> None:
    """Closed form: with no development, sharing saves 2 F(W) - F(2 W); the threshold lies just there."""
    law = VolumeLaw(1000.0, b, 1000.0)
    saved = 2.0 - 2.0 ** (1.0 + b)  # in units of 1000 EUR for each of the second slot's cars
    for penalty, shares in ((saved * 1000.0 * 0.999, True), (saved * 1000.0 * 1.001, False)):
        instance = two_slots(0.0, penalty)
        instance = replace(instance, modules=tuple(replace(module, law=law) for module in instance.modules))
        answer = solve_family(problem_of(instance), gap=0.0)
        assert answer.choice == (0, int(shares))


@pytest.mark.parametrize("seed", range(5))
def test_order_of_slots_options_and_modules_does_not_matter(seed: int) -> None:
    """The optimum stays when slots, options, units and modules are listed in another order."""
    instance = random_instance(seed)
    rng = np.random.default_rng(seed)
    modules = tuple(instance.modules[i] for i in rng.permutation(len(instance.modules)))
    moved = rng.permutation(len(instance.units))
    place = np.append(np.argsort(moved), -1)
    slots = []
    for i in rng.permutation(len(instance.slots)):
        slot = instance.slots[i].only(rng.permutation(instance.slots[i].options))
        slots.append(replace(slot, units=place[slot.units]))
    other = replace(instance, modules=modules, units=tuple(instance.units[i] for i in moved), slots=tuple(slots))
    first, second = (solve_family(problem_of(which), gap=0.0) for which in (instance, other))
    assert first.cost == pytest.approx(second.cost, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_dearer_development_never_makes_a_family_cheaper(seed: int) -> None:
    """The optimum rises with what is paid once, and by no more than all of the rise (a carry-over may save its share)."""
    instance = random_instance(seed)
    last, rise = solve_family(problem_of(instance), gap=0.0).cost, 4e6
    for _ in range(3):
        instance = replace(instance, modules=tuple(replace(m, tooling=m.tooling + rise) for m in instance.modules))
        cost = solve_family(problem_of(instance), gap=0.0).cost
        assert last * (1.0 - 1e-9) <= cost <= last + rise * len(instance.modules) * 1.001
        last = cost


def test_options_come_in_time_or_not_at_all() -> None:
    """An option with a module that is not there when the slot starts is left out; a slot without any other is refused."""
    instance = two_slots(5e6, 1.0)
    late = replace(instance, modules=(instance.modules[0], replace(instance.modules[1], earliest=1)))
    assert problem_of(late).option.tolist() == [0, 1]
    with pytest.raises(ValueError, match="slot one has no option"):
        family_problem(replace(instance, modules=tuple(replace(m, earliest=1) for m in instance.modules)))


def test_more_than_a_family_is_told_and_not_solved() -> None:
    """Whatever a pure family does not know is named."""
    instance = two_slots(5e6, 1.0)
    assert why_not_family(instance) is None
    twice = (instance.scenarios[0], replace(instance.scenarios[0], id="other"))
    carried = tuple(
        replace(m, parent=("machine", "a"), carry_over=0.5) if m.key[1] == "b" else m for m in instance.modules
    )
    later = replace(instance.slots[1], start=2)
    for changed, word in (
        (replace(instance, scenarios=twice), "course of demand"),
        (replace(instance, teams=(Team("p", "machine", {0: 1.0}),)), "hours"),
        (replace(instance, kinds=(Kind("machine", "winding"),)), "lines"),
        (replace(instance, slots=(instance.slots[0], replace(instance.slots[1], latest_delay=1))), "late"),
        (
            replace(instance, slots=(instance.slots[0], replace(instance.slots[1], follows="one", change_cost=1.0))),
            "change",
        ),
        (
            replace(
                instance,
                calendar=Calendar(2030, 3, 0.1),
                modules=carried,
                slots=(instance.slots[0], later),
                scenarios=(PlanScenario("base", 1.0, {"one": (1.0,) * 3, "two": (0.0, 0.0, 1.0)}),),
            ),
            "carries development over",
        ),
    ):
        assert family_problem(changed) is None
        assert word in (why_not_family(changed) or "")
