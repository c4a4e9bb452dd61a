"""Production and purchases together: agreement with enumeration, a bound that always holds, separability and monotonicity.

The enumeration shares nothing with the model under test: it lists lines, shifts, tools and tiers, and leaves only pieces to a linear
programme of its own.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from halfshaft.plan import evaluate, solve_plan
from halfshaft.plan.blocks import solve
from halfshaft.plan.formulation import build_model
from halfshaft.plan.instance import (
    Calendar,
    Duty,
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
    Shift,
    Site,
    Slot,
    Terms,
)
from halfshaft.plan.sourcing import purchase_cost, solve_sourcing
from halfshaft.plan.supply import NoSupplyError, SupplyAnswer, joint_model, solve_supply

M: ModuleKey = ("drive", "m")
LAMINATION: ModuleKey = ("lamination", "l")
CHOICE = {"a": 0, "b": 0}


def small_case(seed: int, *, cross: bool = True) -> PlanInstance:
    """Two partners with a plant and a site each, one module with a lamination in it, two suppliers, two years of two periods."""
    rng = np.random.default_rng(seed)
    shifted = seed % 3 == 0
    overflow = float(rng.uniform(20, 60)) if seed % 2 else None
    starts = rng.uniform(20e3, 90e3, 2)
    return PlanInstance(
        title="small", currency="EUR", calendar=Calendar(2030, 2, 0.08, (0.6, 0.4)),
        contracts=((0, 1),) if shifted else ((0,), (1,)),
        partners=(PlanPartner("a", "za"), PlanPartner("b", "zb")),
        sites=(Site("sa", "a", "za"), Site("sb", "b", "zb")),
        kinds=(Kind("drive", "assembly"), Kind("lamination")),
        modules=(Module(M, tooling=float(rng.uniform(1e5, 1e6)), includes=(LAMINATION,)), Module(LAMINATION, tooling=2e5)),
        units=(PlanUnit("u", ((M, 1),)),),
        slots=tuple(Slot(x, x, f"s{x}", 0, ("axle",), np.zeros((1, 1), dtype=np.int64)) for x in "ab"),
        scenarios=(PlanScenario("one", 1.0, {x: tuple(map(float, rng.uniform(20e3, 60e3, 2))) for x in "ab"}),),
        parts=(PlanPart("p", {(M if seed % 4 else LAMINATION): 60.0}),),
        terms=tuple(Terms(f"t{i}", "all units", "pieces", ((0.0, 0.0), (float(starts[i]), 0.08))) for i in range(2)),
        offers=tuple(
            PlanOffer(
                f"s{i}", "p", float(rng.uniform(0.97, 1.05)), float(rng.uniform(25e3, 80e3)),
                {"za": float(rng.uniform(1, 1.1)), "zb": float(rng.uniform(1, 1.1))}, f"t{i}",
            )
            for i in range(2)
        ),
        plants=tuple(
            PlanPlant(f"plant{x}", x, f"z{x}", {"sa": float(rng.uniform(1, 9)), "sb": float(rng.uniform(1, 9))}, 0.5)
            for x in "ab"
        ),
        lines=tuple(
            PlanLine(
                f"plant{x}", "assembly", float(rng.uniform(75e3, 110e3)), 1, 2, float(rng.uniform(2e5, 2e6)), 1e5,
                float(rng.uniform(5, 15)), lead=2, ramp=(0.6,), overflow_cost=overflow,
                shifts=(Shift("three", 1.4, 1.5e5),) if shifted else (),
            )
            for x in "ab"
        ),
        cross_supply=(("a", "b"), ("b", "a")) if cross else (),
    )  # fmt: skip


def enumerated(instance: PlanInstance) -> float:
    """The least cost over all lines, shifts, tools and tiers of a small case; infinite when there is none."""
    contracts, lines = range(len(instance.contracts)), instance.lines
    shifts = [0, 1] if lines[0].shifts else [0]
    best = np.inf
    for added in itertools.product((None, 2, 3), repeat=2):
        for run in itertools.product(shifts, repeat=4):
            for tools in ((0,), (1,), (0, 1)):
                for tier in itertools.product((0, 1), repeat=2 * len(contracts)):
                    best = min(best, _flow(instance, added, run, tools, tier))
    return best


def _flow(
    instance: PlanInstance,
    added: tuple[int | None, ...],
    run: tuple[int, ...],
    tools: tuple[int, ...],
    tier: tuple[int, ...],
) -> float:
    discount, season = instance.calendar.discount, instance.calendar.season
    partners = ("a", "b")
    part = instance.parts[0]
    key = next(iter(part.price))
    tooling = sum(module.tooling for module in instance.modules) * len(tools)
    fixed = tooling
    for line, when in zip(instance.lines, added, strict=True):
        fixed += line.yearly_cost * sum(discount)
        if when is not None:
            fixed += line.capital * instance.calendar.at_start(when - 2) + line.yearly_cost * discount[1]
    fixed += sum(instance.lines[i // 2].shifts[0].yearly_cost * discount[i % 2] for i in range(4) if run[i])
    names: dict[tuple[object, ...], int] = {}
    cost: list[float] = []

    def column(name: tuple[object, ...], unit: float) -> int:
        names[name] = len(cost)
        cost.append(unit)
        return names[name]

    contract_of = {year: n for n, years in enumerate(instance.contracts) for year in years}
    for i, plant in enumerate(instance.plants):
        for p in range(4):
            y = p // 2
            column(("out", i, p), instance.lines[i].labour_cost * discount[y])
            column(("over", i, p), (instance.lines[i].overflow_cost or 0.0) * discount[y])
            for site in ("sa", "sb"):
                column(("ship", i, site, p), plant.lanes[site] * discount[y])
        for y in range(2):
            column(("hold", i, y), plant.holding_cost * discount[y])
            for o, offer in enumerate(instance.offers):
                share = instance.terms[o].tiers[tier[2 * contract_of[y] + o]][1]
                price = instance.list_price(offer, key, plant.zone, y) * discount[y] * (1.0 - share)
                column(("buy", i, o, y), price)
    upper = [np.inf] * len(cost)
    rows_eq, right_eq, rows_ub, right_ub = [], [], [], []

    def row(entries: dict[int, float], right: float, equal: bool) -> None:
        line = np.zeros(len(cost))
        for index, value in entries.items():
            line[index] += value
        (rows_eq if equal else rows_ub).append(line)
        (right_eq if equal else right_ub).append(right)

    for i in range(2):
        line = instance.lines[i]
        for p in range(4):
            y = p // 2
            if i not in tools:
                upper[names["out", i, p]] = 0.0
            if line.overflow_cost is None:
                upper[names["over", i, p]] = 0.0
            when = added[i]
            capacity = instance.line_capacity(line, {} if when is None else {when: 1}, p)
            if run[2 * i + y]:
                capacity += 0.4 * line.capacity / 2
            row({names["out", i, p]: 1.0, names["over", i, p]: -1.0}, capacity, False)
            own = partners[i]
            entries = {names["out", i, p]: 1.0}
            for site in ("sa", "sb"):
                entries[names["ship", i, site, p]] = -1.0
                if not instance.cross_supply and site != f"s{own}":
                    upper[names["ship", i, site, p]] = 0.0
            entries[names["hold", i, y]] = -1.0 if p % 2 == 0 else 1.0
            row(entries, 0.0, True)
        for y in range(2):
            entries = {names["buy", i, o, y]: 1.0 for o in range(2)}
            entries |= {names["out", i, 2 * y]: -1.0, names["out", i, 2 * y + 1]: -1.0}
            row(entries, 0.0, True)
    for x in partners:
        for p in range(4):
            need = instance.scenarios[0].volumes[x][p // 2] * season[p % 2]
            row({names["ship", i, f"s{x}", p]: 1.0 for i in range(2)}, need, True)
    for o, offer in enumerate(instance.offers):
        for y in range(2):
            row({names["buy", i, o, y]: 1.0 for i in range(2)}, 2 * offer.capacity, False)
        for n, years in enumerate(instance.contracts):
            start = instance.terms[o].tiers[tier[2 * n + o]][0]
            row({names["buy", i, o, y]: -1.0 for i in range(2) for y in years}, -start * len(years), False)
    answer = linprog(
        np.array(cost), np.array(rows_ub), right_ub, np.array(rows_eq), right_eq,
        bounds=[(0.0, None if np.isinf(u) else u) for u in upper], method="highs",
    )  # fmt: skip
    return float(answer.fun) + fixed if answer.status == 0 else np.inf


def recomputed(instance: PlanInstance, answer: SupplyAnswer) -> float:
    """Cost of an answer from its decisions alone (no shifts, overflow or learning)."""
    discount, made = instance.calendar.discount, defaultdict(float)
    total = purchase_cost(instance, answer.recourse.purchases)
    tools: set[tuple[str, ModuleKey]] = set()
    for (line, key, period), pieces in answer.recourse.output.items():
        plant = instance.lines[line].plant
        total += pieces * instance.lines[line].labour_cost * discount[instance.calendar.year_of(period)]
        tools |= {(plant, inner) for inner, _ in instance.included[key]}
        made[plant, period] += pieces
    total += sum(instance.module[key].tooling for _, key in tools)
    for (plant, _, site, period), pieces in answer.recourse.shipments.items():
        total += pieces * instance.plant[plant].lanes[site] * discount[instance.calendar.year_of(period)]
        made[plant, period] -= pieces
    for plant in instance.plants:
        for period in (0, 2):
            total += made[plant.id, period] * plant.holding_cost * discount[period // 2]
    for index, line in enumerate(instance.lines):
        total += line.existing * line.yearly_cost * sum(discount)
        for (i, period), count in answer.added.items():
            if i == index:
                capital = line.capital * instance.calendar.at_start(max(0, period - line.lead))
                total += count * (capital + line.yearly_cost * sum(discount[instance.calendar.year_of(period) :]))
    return total


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 7, 8, 10])
def test_the_optimum_of_enumeration_lies_between_bound_and_cost(seed: int) -> None:
    """One large model has enumeration's optimum in every form; the decomposition's bound and cost enclose it."""
    from halfshaft.plan.blocks import solve

    instance = small_case(seed)
    best = enumerated(instance)
    for form in ("hull", "no link", "rebate"):
        whole = solve(joint_model(instance, CHOICE, form=form).arrays)  # type: ignore[arg-type]
        assert whole.objective * 1e6 == pytest.approx(best, rel=1e-6)
    answer = solve_supply(instance, CHOICE, gap=1e-4, time_limit=2.0)
    assert answer.bound <= best * (1.0 + 1e-6)
    assert answer.cost >= best * (1.0 - 1e-6)
    assert answer.gap < 0.03


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("limit", [0.0, 0.05, 0.5])
def test_the_bound_holds_whenever_the_search_stops(seed: int, limit: float) -> None:
    """Bound <= cost of every plan, for any time limit and each entry of the history."""
    from halfshaft.plan.blocks import solve

    instance = small_case(seed)
    best = solve(joint_model(instance, CHOICE).arrays).objective * 1e6
    answer = solve_supply(instance, CHOICE, gap=0.0, time_limit=limit)
    assert answer.bound <= best * (1.0 + 1e-6)
    assert answer.cost >= best * (1.0 - 1e-6)
    assert all(bound <= best * (1.0 + 1e-6) and cost >= best * (1.0 - 1e-6) for _, cost, bound in answer.history)


@pytest.mark.parametrize("seed", [2, 4, 5, 7])
def test_own_plants_only_separate_exactly(seed: int) -> None:
    """With one plant for each partner and no cross-supply the needs are known, so production and purchases are solved apart, exactly."""
    instance = small_case(seed, cross=False)
    try:
        answer = solve_supply(instance, CHOICE, gap=1e-6, time_limit=20.0)
    except NoSupplyError:
        assert np.isinf(enumerated(instance))
        return
    assert answer.status == "within gap"
    assert answer.cost == pytest.approx(enumerated(instance), rel=2e-6)
    key = next(iter(instance.parts[0].price))
    needs = {(f"{x}@z{x}", key, year): instance.scenarios[0].volumes[x][year] for x in "ab" for year in range(2)}
    assert purchase_cost(instance, answer.recourse.purchases) == pytest.approx(
        solve_sourcing(instance, needs, gap=0.0).cost, rel=1e-5
    )


@pytest.mark.parametrize("seed", [2, 4, 8])
def test_the_cost_follows_from_the_decisions(seed: int) -> None:
    """Recomputed from added lines, output, shipments and purchases, the cost is the one stated."""
    instance = small_case(seed)
    answer = solve_supply(instance, CHOICE, gap=1e-3, time_limit=1.0)
    assert recomputed(instance, answer) == pytest.approx(answer.cost, rel=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_leave_to_supply_each_other_never_costs(seed: int) -> None:
    """What each partner can do alone it can still do together: the bound of both is not above the cost of apart."""
    try:
        apart = solve_supply(small_case(seed, cross=False), CHOICE, gap=1e-4, time_limit=5.0)
    except NoSupplyError:
        return
    both = solve_supply(small_case(seed), CHOICE, gap=1e-4, time_limit=1.0)
    assert both.bound <= apart.cost * (1.0 + 1e-6)


def test_learning_is_paid_block_by_block() -> None:
    """With one plant, labour is the sum over years of each block's pieces at its factor, filled in order."""
    instance = small_case(2, cross=False)
    lines = tuple(
        replace(line, learning=((0.0, 1.0), (30e3, 0.8), (70e3, 0.7)), capacity=300e3, most=1)
        for line in instance.lines
    )
    instance = replace(instance, lines=lines)
    plain = replace(instance, lines=tuple(replace(line, learning=((0.0, 1.0),)) for line in lines))
    learned, flat = (solve_supply(case, CHOICE, gap=1e-7, time_limit=20.0) for case in (instance, plain))
    saved = 0.0
    for line, x in zip(lines, "ab", strict=True):
        before = 0.0
        for year, volume in enumerate(instance.scenarios[0].volumes[x]):
            after = before + volume
            less = 0.2 * max(0.0, min(after, 70e3) - max(before, 30e3)) + 0.3 * max(0.0, after - max(before, 70e3))
            saved += line.labour_cost * less * instance.calendar.discount[year]
            before = after
    assert flat.cost - learned.cost == pytest.approx(saved, rel=1e-5)


def test_a_start_is_never_lost_and_a_stop_ends_the_search() -> None:
    """A plan handed in is kept when nothing better is found; asking to stop ends the search with what stands."""
    instance = small_case(1)
    first = solve_supply(instance, CHOICE, gap=1e-3, time_limit=2.0)
    again = solve_supply(instance, CHOICE, gap=0.0, time_limit=5.0, start=first, stop=lambda: True)
    assert again.cost <= first.cost
    assert again.bound >= first.bound
    assert again.status in ("interrupted", "within gap")


def dutied(seed: int, limit: float | None) -> PlanInstance:
    """A small case whose drives pay duty between the two zones, with origin to be claimed up to a share of foreign parts, or never."""
    rng = np.random.default_rng(seed + 500)
    base = small_case(seed)
    return replace(
        base,
        modules=tuple(replace(module, value=90.0) for module in base.modules),
        parts=(PlanPart("p", {M: 60.0}),),
        offers=tuple(replace(offer, origin=str(rng.choice(["za", "zb", "elsewhere"]))) for offer in base.offers),
        duties=(
            Duty("drive", "za", "zb", (0.08, 0.1), (limit, limit)),
            Duty("drive", "zb", "za", (0.02, 0.0), (limit, limit)),
        ),
        cumulation={"za": ("zb",), "zb": ("za",)} if seed % 2 else {},
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("limit", [None, 0.4, 0.7])
def test_duty_and_origin_are_what_the_whole_model_says(seed: int, limit: float | None) -> None:
    """The bound is below the optimum of the one model and the plan above it; where nothing can be claimed, they meet."""
    instance = dutied(seed, limit)
    whole = build_model(instance)
    solved = solve(whole.arrays)
    if solved.status == "infeasible":
        with pytest.raises(NoSupplyError):
            solve_supply(instance, CHOICE, gap=1e-6)
        return
    optimum = (solved.objective + whole.offset) * 1e6
    answer = solve_supply(instance, CHOICE, gap=1e-6, time_limit=20.0)
    assert answer.bound <= optimum * (1.0 + 1e-7)
    assert answer.cost >= optimum * (1.0 - 1e-7)
    if limit is None:
        assert answer.cost == pytest.approx(optimum, rel=2e-4)
    plan = solve_plan(instance, gap=1e-6, time_limit=60.0)
    assert plan.objective == pytest.approx(optimum, rel=2e-6)
    by_hand = evaluate(instance, replace(plan.decisions, added=answer.added, recourse=(answer.recourse,)))
    assert not by_hand.violations
    assert by_hand.total == pytest.approx(answer.cost, rel=1e-9)
