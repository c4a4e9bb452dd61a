"""The plan against enumeration, against its own check, and alone against together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rich_plans import rich_instance
from small_plans import brute_force, random_instance

from halfshaft.plan import Decisions, NoPlanError, PlanInstance, PlanScenario, VolumeLaw, evaluate, solve_plan, union


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


@pytest.mark.parametrize("seed", range(200, 212))
def test_equals_enumeration_with_launches_and_laws(seed: int) -> None:
    """Delays forced by the teams' hours, parents launched for their children, and bent laws: still the enumerated optimum."""
    rng = np.random.default_rng(seed)
    instance = random_instance(
        seed,
        vehicles=int(rng.integers(1, 4)),
        most=int(rng.integers(2, 4)),
        late=int(rng.integers(0, 2)),
        laws=bool(seed % 2),
    )
    optimum = brute_force(instance)
    if np.isinf(optimum):
        with pytest.raises(NoPlanError, match="no plan exists"):
            solve_plan(instance, gap=0.0)
        return
    plan = solve_plan(instance, gap=0.0)
    assert plan.objective == pytest.approx(optimum, rel=1e-9)
    assert plan.bound == pytest.approx(optimum, rel=1e-7)


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
    """The same problem with one partner's vehicles, plants and teams only."""
    own = tuple(slot for slot in instance.slots if instance.partner_of(slot) == partner)
    plants = tuple(plant for plant in instance.plants if plant.partner == partner)
    names = {plant.id for plant in plants}
    return replace(
        instance,
        partners=tuple(p for p in instance.partners if p.id == partner),
        sites=tuple(site for site in instance.sites if site.partner == partner),
        slots=own,
        scenarios=tuple(replace(w, volumes={slot.id: w.volumes[slot.id] for slot in own}) for w in instance.scenarios),
        plants=plants,
        lines=tuple(line for line in instance.lines if line.plant in names),
        teams=tuple(team for team in instance.teams if team.partner == partner),
    )


@pytest.mark.parametrize("seed", range(20, 30))
def test_together_never_costs_more_than_the_sum_of_alone(seed: int) -> None:
    """The partners' own plans side by side are a joint plan of at most the same cost, whatever gap the joint search leaves."""
    instance = random_instance(seed, vehicles=4, most=8, late=seed % 2, laws=seed % 3 == 0, scenarios=1 + seed % 2)
    try:
        alone = [solve_plan(coalition(instance, partner.id), gap=0.05) for partner in instance.partners]
    except NoPlanError:
        pytest.skip("a partner has no plan of its own here")
    together = union(instance, alone)
    side_by_side = evaluate(instance, together)
    assert not side_by_side.violations
    assert side_by_side.total <= sum(plan.objective for plan in alone) + 1.0
    joint = solve_plan(instance, gap=0.5, starts=[together])
    assert joint.objective <= side_by_side.total + 1e-6


@pytest.mark.parametrize("seed", range(30, 36))
def test_bound_holds_for_any_gap(seed: int) -> None:
    """Whatever gap is asked for, the bound lies below the true optimum and the plan above it."""
    instance = random_instance(seed, vehicles=4, most=8, laws=seed % 2 == 0)
    optimum = solve_plan(instance, gap=0.0).objective
    for gap in (0.01, 0.1):
        plan = solve_plan(instance, gap=gap)
        assert plan.bound <= optimum + 1.0
        assert plan.objective >= optimum - 1.0
        assert plan.gap <= gap + 1e-8


@pytest.mark.parametrize("seed", range(4))
def test_more_of_everything_costs_more(seed: int) -> None:
    """Raising all volumes by half never lowers the least cost where no discount pays for itself: the optimum is monotone without tiers."""
    instance = random_instance(seed, most=8)
    flat = replace(instance, offers=tuple(replace(offer, terms=None) for offer in instance.offers), terms=())
    case = instance.scenarios[0]
    larger = PlanScenario(case.id, 1.0, {slot: tuple(1.5 * n for n in cars) for slot, cars in case.volumes.items()})
    more = replace(flat, scenarios=(larger,))
    assert solve_plan(more, gap=0.0).objective >= solve_plan(flat, gap=0.0).objective


def test_evaluator_finds_what_is_bent() -> None:
    """Each kind of broken decision is named by the independent check."""
    instance = random_instance(1, second_plant=True)
    plan = solve_plan(instance, gap=0.0)
    good = plan.decisions
    first = good.recourse[0]
    assert not evaluate(instance, good).violations

    def violations(**changes: object) -> str:
        return " ".join(evaluate(instance, replace(good, **changes)).violations)  # type: ignore[arg-type]

    def waiting(**changes: object) -> str:
        return violations(recourse=(replace(first, **changes),))  # type: ignore[arg-type]

    slot = max(first.purchases, key=lambda key: first.purchases[key])
    assert "does not buy that" in waiting(purchases={**first.purchases, slot: first.purchases[slot] - 1000.0})
    place = max(first.output, key=lambda key: first.output[key])
    assert "over the end of" in waiting(output={**first.output, place: first.output[place] + 1000.0})
    lane = max(first.shipments, key=lambda key: first.shipments[key])
    assert "arrive" in waiting(shipments={**first.shipments, lane: first.shipments[lane] - 1000.0})
    assert "than they can" in violations(added={})
    assert "room is for" in violations(added={**good.added, (0, 2): 9})
    assert "is not launched by" in violations(launch={})
    assert "and no vehicle uses it" in violations(launch=dict.fromkeys(instance.module, 0))
    assert "years late" in violations(delay={"v0": 1})


def test_discounts_reach_all_units() -> None:
    """One award recomputed by hand: the tier of the mean volume prices every piece of the contract."""
    instance = random_instance(3)
    evaluation = solve_plan(instance, gap=0.0).evaluation
    for award in evaluation.awards:
        terms = instance.term[str(instance.offers[award.offer].terms)]
        reached = [discount for start, discount in terms.tiers if sum(award.pieces) / len(award.pieces) >= start - 0.5]
        assert award.discount == reached[-1]
        assert award.paid_value == pytest.approx(award.list_value * (1 - reached[-1]))
    saved = -evaluation.by_line()["volume discounts"]
    assert saved == pytest.approx(sum(a.list_value - a.paid_value for a in evaluation.awards))


def test_cost_tree_adds_up() -> None:
    """Lines and partners are two ways to add up the same entries; a law's cost is that of the formula."""
    instance = random_instance(5, laws=True, late=1)
    plan = solve_plan(instance, gap=0.0)
    evaluation = plan.evaluation
    assert sum(evaluation.by_line().values()) == pytest.approx(plan.objective)
    assert sum(evaluation.by_partner().values()) == pytest.approx(plan.objective)
    assert evaluation.scenario_costs[0] == pytest.approx(plan.objective)
    law = VolumeLaw(500.0, -0.2, 1000.0)
    module = replace(instance.modules[2], law=law)
    alone = replace(instance, modules=(module,), units=(), slots=())
    reference = 1000.0 * sum(instance.calendar.discount)
    assert alone.law_cost(module.key, reference) == pytest.approx(500.0 * reference)
    assert alone.law_cost(module.key, 2 * reference) == pytest.approx(500.0 * 2 * reference * 2**-0.2)


def test_a_start_is_never_lost() -> None:
    """With no time to search, the plan is at least as good as the start it was given, and its bound is still valid."""
    instance = random_instance(5, vehicles=4, most=8)
    best = solve_plan(instance, gap=0.0)
    start: Decisions = best.decisions
    again = solve_plan(instance, gap=0.0, time_limit=1e-3, starts=[start])
    assert again.objective <= best.objective + 1e-6
    assert again.bound <= best.objective


def test_an_interrupt_keeps_plan_and_bound() -> None:
    """Stopping at the first sign of progress after a plan is known returns it with a valid bound."""
    instance = random_instance(7, vehicles=4, most=8, second_plant=True)
    best = solve_plan(instance, gap=0.0)
    plan = solve_plan(instance, gap=0.0, starts=[best.decisions], progress=lambda cost, bound: True)
    assert plan.objective <= best.objective + 1e-6
    assert plan.bound <= best.objective
    assert plan.status in ("interrupted", "within gap")


@pytest.mark.parametrize("seed", range(4))
def test_progress_tells_no_bound_above_the_optimum(seed: int) -> None:
    """Searches among some options prove nothing about the others: what is shown meanwhile holds for the whole problem."""
    instance = rich_instance(seed, scenarios=1 + seed % 2)
    told: list[tuple[float, float]] = []
    plan = solve_plan(
        instance, gap=0.0, time_limit=60.0, progress=lambda cost, bound: told.append((cost, bound)) is not None
    )
    assert told
    best = plan.objective * (1.0 + 1e-9) + 1.0
    assert all(bound <= best <= cost + 2.0 for cost, bound in told)
