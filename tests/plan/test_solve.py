"""The plan against enumeration, against its own check, and alone against together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_plans import brute_force, random_instance

from halfshaft.plan import Decisions, NoPlanError, PlanInstance, evaluate, solve_plan, union


@pytest.mark.parametrize("seed", range(10))
def test_equals_enumeration(seed: int) -> None:
    """On small problems the plan costs exactly what the best of all enumerated plans costs, and the bound closes on it."""
    instance = random_instance(seed, second_plant=seed in (1, 7))
    plan = solve_plan(instance, gap=0.0)
    optimum = brute_force(instance)
    assert plan.objective == pytest.approx(optimum, rel=1e-9)
    assert plan.bound == pytest.approx(optimum, rel=1e-7)
    assert plan.bound <= plan.objective
    assert plan.status == "within gap"


@pytest.mark.parametrize("seed", range(40, 44))
def test_no_module_is_developed_for_its_carry_over_alone(seed: int) -> None:
    """With a cheap parent and a carry-over that pays for it, the plan equals enumeration, where only what is used is developed."""
    instance = random_instance(seed)
    cheap = tuple(
        replace(m, development=1e6)
        if m.key == ("machine", "m1")
        else replace(m, development=80e6, carry_over=0.95)
        if m.key == ("machine", "m2")
        else m
        for m in instance.modules
    )
    tempting = replace(instance, modules=cheap)
    assert solve_plan(tempting, gap=0.0).objective == pytest.approx(brute_force(tempting), rel=1e-9)


def coalition(instance: PlanInstance, partner: str) -> PlanInstance:
    """The same problem with one partner's vehicles and plants only."""
    return replace(
        instance,
        partners=(partner,),
        vehicles=tuple(v for v in instance.vehicles if v.partner == partner),
        lines=tuple(line for line in instance.lines if line.partner == partner),
    )


@pytest.mark.parametrize("seed", range(20, 28))
def test_together_never_costs_more_than_the_sum_of_alone(seed: int) -> None:
    """The partners' own plans side by side are a joint plan of at most the same cost, whatever gap the joint search leaves."""
    instance = random_instance(seed, vehicles=4, most=8)
    alone = [solve_plan(coalition(instance, partner), gap=0.05) for partner in instance.partners]
    together = union(instance, alone)
    side_by_side = evaluate(instance, together)
    assert not side_by_side.violations
    assert side_by_side.total <= sum(plan.objective for plan in alone) + 1.0
    joint = solve_plan(instance, gap=0.5, starts=[together])
    assert joint.objective <= side_by_side.total + 1e-6


@pytest.mark.parametrize("seed", range(30, 36))
def test_bound_holds_for_any_gap(seed: int) -> None:
    """Whatever gap is asked for, the bound lies below the true optimum and the plan above it."""
    instance = random_instance(seed, vehicles=4, most=8)
    optimum = solve_plan(instance, gap=0.0).objective
    for gap in (0.01, 0.1):
        plan = solve_plan(instance, gap=gap)
        assert plan.bound <= optimum + 1.0
        assert plan.objective >= optimum - 1.0
        assert plan.gap <= gap + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_more_of_everything_costs_more(seed: int) -> None:
    """Raising all volumes by half never lowers the least cost where no discount pays for itself: the optimum is monotone without tiers."""
    instance = random_instance(seed, most=8)
    flat = replace(instance, offers=tuple(replace(offer, tiers=offer.tiers[:1]) for offer in instance.offers))
    more = replace(flat, vehicles=tuple(replace(v, volumes=tuple(1.5 * n for n in v.volumes)) for v in flat.vehicles))
    assert solve_plan(more, gap=0.0).objective >= solve_plan(flat, gap=0.0).objective


def test_evaluator_finds_what_is_bent() -> None:
    """Each kind of broken decision is named by the independent check."""
    instance = random_instance(1, second_plant=True)
    plan = solve_plan(instance, gap=0.0)
    good = plan.decisions
    assert not evaluate(instance, good).violations

    def violations(**changes: object) -> str:
        return " ".join(evaluate(instance, replace(good, **changes)).violations)  # type: ignore[arg-type]

    slot = max(good.purchases, key=lambda key: good.purchases[key])
    assert "buys" in violations(purchases={**good.purchases, slot: good.purchases[slot] - 1000.0})
    place = max(good.output, key=lambda key: good.output[key])
    assert "builds" in violations(output={**good.output, place: good.output[place] + 1000.0})
    assert "than they can" in violations(standing=dict.fromkeys(good.standing, 0))
    assert "lines in" in violations(standing=dict.fromkeys(good.standing, 9))


def test_discounts_reach_all_units() -> None:
    """One award recomputed by hand: the tier of the mean volume prices every piece of the contract."""
    instance = random_instance(3)
    evaluation = solve_plan(instance, gap=0.0).evaluation
    for award in evaluation.awards:
        offer = instance.offers[award.offer]
        reached = [discount for start, discount in offer.tiers if sum(award.pieces) / len(award.pieces) >= start - 0.5]
        assert award.discount == reached[-1]
        assert award.paid_value == pytest.approx(award.list_value * (1 - reached[-1]))
    saved = -evaluation.by_line()["volume discounts"]
    assert saved == pytest.approx(sum(a.list_value - a.paid_value for a in evaluation.awards))


def test_says_what_excludes_a_plan() -> None:
    """Too few lines, too little supply and a vehicle without units are told apart, in words."""
    instance = random_instance(0)
    no_lines = replace(instance, lines=tuple(replace(line, existing=0, most=0) for line in instance.lines))
    with pytest.raises(NoPlanError, match="can build 0"):
        solve_plan(no_lines)
    starved = coalition(
        replace(instance, offers=tuple(replace(o, capacity_per_partner=10.0) for o in instance.offers)), "a"
    )
    with pytest.raises(NoPlanError, match="suppliers can deliver"):
        solve_plan(starved)
    unserved = replace(instance, vehicles=(replace(instance.vehicles[0], configurations=()), *instance.vehicles[1:]))
    with pytest.raises(NoPlanError, match="v0"):
        solve_plan(unserved)


def test_a_start_is_never_lost() -> None:
    """With no time to search, the plan is at least as good as the start it was given, and its bound is still valid."""
    instance = random_instance(5, vehicles=4, most=8)
    best = solve_plan(instance, gap=0.0)
    start: Decisions = best.decisions
    again = solve_plan(instance, gap=0.0, time_limit=1e-3, starts=[start])
    assert again.objective <= best.objective + 1e-6
    assert again.bound <= best.objective
