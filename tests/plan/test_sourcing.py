"""Purchases for fixed needs: agreement with enumeration, of the forms, closed forms, and what must be monotone."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from small_sourcing import enumerated, purchase_instance, random_purchases

from halfshaft.plan.instance import ModuleKey, PlanOffer, PlanPart, Terms
from halfshaft.plan.sourcing import NoSupplyError, SourcingProblem, purchase_cost, solve_sourcing

M: ModuleKey = ("machine", "m")


@pytest.mark.parametrize("seed", range(16))
def test_the_cost_is_the_optimum_of_full_enumeration(seed: int) -> None:
    """All three forms reach the optimum of listing every set of offers and tiers, and none proves more."""
    instance, needs = random_purchases(seed)
    best = enumerated(instance, needs)
    for form in ("hull", "no link", "rebate"):
        answer = solve_sourcing(instance, needs, gap=0.0, form=form)  # type: ignore[arg-type]
        assert answer.cost == pytest.approx(best, rel=1e-6)
        assert answer.bound <= best * (1.0 + 1e-7)


@pytest.mark.parametrize("seed", range(100, 105))
@pytest.mark.parametrize("limit", [0.0, 0.01, 0.1])
def test_the_bound_holds_whenever_the_search_stops(seed: int, limit: float) -> None:
    """Bound <= optimum <= cost for any time limit."""
    instance, needs = random_purchases(seed)
    best = solve_sourcing(instance, needs, gap=0.0).cost
    answer = solve_sourcing(instance, needs, gap=0.0, time_limit=limit)
    assert answer.bound <= best * (1.0 + 1e-7)
    assert answer.cost >= best * (1.0 - 1e-7)


def _one_offer(kind: str, basis: str, tiers: tuple[tuple[float, float], ...], volume: float) -> float:
    terms = (Terms("t", kind, basis, tiers),)  # type: ignore[arg-type]
    offers = (PlanOffer("s", "p", 1.0, 1e9, {"z0": 1.0}, "t"),)
    instance = purchase_instance((PlanPart("p", {M: 10.0}),), terms, offers, (M,), volume=volume, discount_rate=0.0)
    return solve_sourcing(instance, {("p0@z0", M, 0): volume}, gap=0.0).cost


@pytest.mark.parametrize("volume", [50e3, 100e3, 150e3, 400e3])
def test_one_offer_costs_what_its_price_list_says(volume: float) -> None:
    """All-units terms give the reached share on everything; incremental ones on what exceeds each start."""
    tiers = ((0.0, 0.0), (100e3, 0.05), (300e3, 0.12))
    share = max(d for start, d in tiers if volume >= start)
    assert _one_offer("all units", "pieces", tiers, volume) == pytest.approx(10.0 * volume * (1.0 - share), rel=1e-9)
    money = tuple((10.0 * start, d) for start, d in tiers)
    assert _one_offer("all units", "money", money, volume) == pytest.approx(10.0 * volume * (1.0 - share), rel=1e-9)
    spend = 10.0 * volume
    back = 0.05 * max(0.0, spend - 1e6) + 0.07 * max(0.0, spend - 3e6)
    assert _one_offer("incremental", "money", money, volume) == pytest.approx(spend - back, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_more_offers_or_capacity_never_cost_more(seed: int) -> None:
    """Taking an offer's capacity away can only raise the cost."""
    instance, needs = random_purchases(seed)
    whole = solve_sourcing(instance, needs, gap=0.0).cost
    less = replace(instance, offers=(replace(instance.offers[0], capacity=0.0), *instance.offers[1:]))
    with contextlib.suppress(NoSupplyError):
        assert solve_sourcing(less, needs, gap=0.0).cost >= whole * (1.0 - 1e-7)


def test_parts_without_common_terms_are_separate_blocks() -> None:
    """A part's purchases cost the same alone as beside another that shares no terms with it; shared terms join them."""

    def case(common: bool, parts: tuple[str, ...]) -> tuple[float, int]:
        names = {"p": "t", "q": "t" if common else "u"}
        terms = tuple(
            Terms(name, "all units", "pieces", ((0.0, 0.0), (120e3, 0.1))) for name in sorted(set(names.values()))
        )
        offers = tuple(PlanOffer("s", part, 1.0, 1e9, {"z0": 1.0}, names[part]) for part in parts)
        instance = purchase_instance(tuple(PlanPart(part, {M: 10.0}) for part in parts), terms, offers, (M,))
        needs = {("p0@z0", M, 0): 100e3}
        return solve_sourcing(instance, needs, gap=0.0).cost, len(SourcingProblem.of(instance, needs).blocks)

    apart, blocks = case(False, ("p", "q"))
    assert blocks == 2
    assert apart == pytest.approx(case(False, ("p",))[0] + case(False, ("q",))[0])
    together, blocks = case(True, ("p", "q"))
    assert blocks == 1
    assert together == pytest.approx(0.9 * apart)


def test_what_is_bought_is_what_is_needed() -> None:
    """Every module at every place gets its parts, and the invoice of the purchases is the cost."""
    instance, needs = random_purchases(7)
    answer = solve_sourcing(instance, needs, gap=0.0)
    for part in instance.parts:
        for (place, key, year), need in needs.items():
            got = sum(
                pieces
                for (offer, p, k, y), pieces in answer.purchases.items()
                if (p, k, y) == (place, key, year) and instance.offers[offer].part == part.id
            )
            assert got == pytest.approx(need, rel=1e-6)
    assert purchase_cost(instance, answer.purchases) == pytest.approx(answer.cost)


def test_a_need_beyond_all_capacity_is_named() -> None:
    """The error says which part cannot be had."""
    offers = (PlanOffer("s", "magnet", 1.0, 10e3, {"z0": 1.0}),)
    instance = purchase_instance((PlanPart("magnet", {M: 10.0}),), (), offers, (M,))
    with pytest.raises(NoSupplyError, match="magnet"):
        solve_sourcing(instance, {("p0@z0", M, 0): 100e3})


def test_a_dominated_offer_is_dropped_without_loss() -> None:
    """An offer whose best price is above another's list price is not looked at; the optimum is enumeration's."""
    terms = (Terms("t", "all units", "pieces", ((0.0, 0.0), (10e3, 0.05))),)
    offers = (PlanOffer("dear", "p", 1.2, 1e9, {"z0": 1.0}, "t"), PlanOffer("cheap", "p", 1.0, 1e9, {"z0": 1.0}))
    instance = purchase_instance((PlanPart("p", {M: 10.0}),), terms, offers, (M,))
    needs = {("p0@z0", M, 0): 100e3}
    assert SourcingProblem.of(instance, needs).offers["p"] == (1,)
    assert solve_sourcing(instance, needs, gap=0.0).cost == pytest.approx(enumerated(instance, needs))
    assert np.isfinite(enumerated(instance, needs))
