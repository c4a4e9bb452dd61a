"""The discount search: its bound is below enumeration's optimum whatever the prices, and nothing it drops is needed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog
from small_sourcing import enumerated, random_purchases

from halfshaft.plan import sourcing
from halfshaft.plan.blocks import FloatArray
from halfshaft.plan.discounts import DiscountCase, _drop, _lagrangian, buy_with_discounts
from halfshaft.plan.sourcing import SourcingProblem, as_discount_case, solve_sourcing


def small_case(seed: int, sellers: int = 4, products: int = 3, tiers: int = 3) -> DiscountCase:
    """Sellers that each have every product, with counted units of their own, fixed parts and tiers not all of which are offered."""
    rng = np.random.default_rng(seed)
    lines = sellers * products
    need = rng.uniform(50.0, 150.0, products)
    product = np.tile(np.arange(products), sellers)
    per_unit = rng.choice([1.0, 0.5, 0.2], lines)
    most = rng.uniform(0.3, 1.0, lines) * need[product] / per_unit
    most[:products] = need / per_unit[:products]
    list_price = rng.uniform(8.0, 12.0, lines) * per_unit
    share = np.concatenate([np.zeros((1, sellers)), np.cumsum(rng.uniform(0.02, 0.1, (tiers - 1, sellers)), axis=0)])
    seller = np.repeat(np.arange(sellers), products)
    whole = np.bincount(seller, weights=most)
    least = np.zeros((sellers, tiers))
    least[:, 1:] = np.sort(rng.uniform(0.2, 1.1, (sellers, tiers - 1)), axis=1) * whole[:, None]
    fixed = np.zeros((sellers, tiers))
    fixed[:, 1:] = rng.choice([0.0, 10.0], (sellers, tiers - 1))
    return DiscountCase(
        start=np.arange(0, lines + 1, products, dtype=np.int64),
        product=product.astype(np.int64),
        most=most,
        per_unit=per_unit,
        price=np.ascontiguousarray(list_price * (1.0 - share[:, seller])),
        least=least,
        fixed=fixed,
        offered=least <= whole[:, None],
        need=need,
    )


def cost_of(case: DiscountCase, tier: tuple[int, ...]) -> float:
    """Least cost with these tiers by a linear programme written apart from the search."""
    sellers, lines = len(tier), case.most.size
    seller = np.repeat(np.arange(sellers), np.diff(case.start))
    price = case.price[np.array(tier)[seller], np.arange(lines)]
    wanted = np.where(case.product == np.arange(case.need.size)[:, None], case.per_unit, 0.0)
    least = np.array([case.least[s, r] for s, r in enumerate(tier)])
    counted = -(seller == np.arange(sellers)[:, None]).astype(float)
    answer = linprog(price, counted, -least, wanted, case.need, np.stack([np.zeros(lines), case.most], axis=1))
    return float(answer.fun) + sum(case.fixed[s, r] for s, r in enumerate(tier)) if answer.status == 0 else np.inf


def best_of(case: DiscountCase) -> tuple[float, tuple[int, ...]]:
    """Optimum and its tiers by listing all tiers."""
    own = [np.flatnonzero(row).tolist() for row in case.offered]
    return min((cost_of(case, tier), tier) for tier in itertools.product(*own))


def lagrangian(case: DiscountCase, credit: FloatArray) -> tuple[float, FloatArray]:
    """L and V at prices, over all tiers."""
    value, tier = np.empty(case.least.shape), np.zeros(case.least.shape[0], dtype=np.int64)
    short, work, hint = np.empty(case.need.size), np.empty((4, case.most.size)), np.zeros(case.least.shape)
    return _lagrangian(case, credit, case.offered, True, value, tier, short, work, hint), value


@pytest.mark.parametrize("seed", range(12))
def test_cost_and_bound_enclose_the_optimum_of_enumeration(seed: int) -> None:
    """Bound <= optimum <= cost, within the gap asked for, and what is bought is what is needed."""
    case = small_case(seed)
    best, _ = best_of(case)
    answer = buy_with_discounts(case, gap=1e-4)
    assert answer.status == "within gap"
    assert answer.bound <= best * (1.0 + 1e-9)
    assert best * (1.0 - 1e-7) <= answer.cost <= answer.bound * (1.0 + 1.1e-4)
    bought = np.bincount(case.product, weights=answer.quantity * case.per_unit)
    assert bought == pytest.approx(case.need, rel=1e-6)
    assert np.all(answer.quantity <= case.most)


@pytest.mark.parametrize("seed", range(12, 18))
def test_the_bound_holds_for_any_prices(seed: int) -> None:
    """L is below the optimum at random prices, low, right, high and negative."""
    case = small_case(seed)
    best, _ = best_of(case)
    rng = np.random.default_rng(seed)
    for scale in (-5.0, 2.0, 9.0, 30.0):
        for _ in range(20):
            total, _ = lagrangian(case, scale * rng.uniform(0.7, 1.3, case.need.size))
            assert total <= best


@pytest.mark.parametrize("seed", range(18, 22))
def test_a_sellers_value_is_that_of_its_linear_programme(seed: int) -> None:
    """Filling up to the least quantity is exact: V of every seller and tier equals a linear programme's optimum."""
    case = small_case(seed, products=9)
    credit = np.random.default_rng(seed).uniform(7.0, 11.0, case.need.size)
    _, value = lagrangian(case, credit)
    for s, r in np.argwhere(case.offered):
        own = slice(case.start[s], case.start[s + 1])
        price = case.price[r, own] - credit[case.product[own]] * case.per_unit[own]
        bounds = np.stack([np.zeros(price.size), case.most[own]], axis=1)
        answer = linprog(price, -np.ones((1, price.size)), [-case.least[s, r]], bounds=bounds)
        assert value[s, r] == pytest.approx(answer.fun + case.fixed[s, r], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(22, 30))
def test_what_is_dropped_is_not_in_the_optimum(seed: int) -> None:
    """With a goal just above the optimum its tiers stay; with the same prices, something else does go."""
    case = small_case(seed)
    best, tier = best_of(case)
    rng = np.random.default_rng(seed)
    dropped = 0
    for _ in range(30):
        alive = case.offered.copy()
        left = _drop(case, 9.5 * rng.uniform(0.8, 1.1, case.need.size), alive, best * (1.0 + 1e-9))
        assert left == alive.sum()
        assert all(alive[s, r] for s, r in enumerate(tier))
        dropped += int(case.offered.sum()) - left
    assert dropped > 0


def test_the_bound_holds_when_there_is_no_time() -> None:
    """Stopped at once, cost and bound still enclose the optimum."""
    for seed in range(30, 34):
        case = small_case(seed)
        best, _ = best_of(case)
        answer = buy_with_discounts(case, gap=1e-4, time_limit=0.0)
        assert answer.bound <= best * (1.0 + 1e-9)
        assert answer.cost >= best * (1.0 - 1e-7)


def test_the_search_is_the_same_on_every_run() -> None:
    """Two nodes are looked at side by side, whoever is ready first."""
    case = small_case(40, sellers=12, products=8, tiers=4)
    first, second = (buy_with_discounts(case, gap=1e-3) for _ in range(2))
    assert first.nodes == second.nodes > 2
    assert first.bound == second.bound
    assert np.array_equal(first.quantity, second.quantity)


def test_what_cannot_be_done_is_said() -> None:
    """A gap beyond doubles, and a product of which there is too little."""
    case = small_case(0)
    with pytest.raises(ValueError, match="gap 0"):
        buy_with_discounts(case, gap=0.0)
    with pytest.raises(ValueError, match=r"product 1: [0-9.]+ needed"):
        buy_with_discounts(case._replace(need=case.need * np.array([1.0, 9.0, 1.0])), gap=1e-3)


def test_purchases_stated_as_arrays_have_the_optimum_of_full_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of tiers alone among random purchases, of pieces, money and incremental terms, is bought as enumeration would."""
    monkeypatch.setattr(sourcing, "_SEARCHED_TIERS", 0)
    kinds: set[tuple[str, str]] = set()
    compared = 0
    for seed in range(200):
        instance, needs = random_purchases(seed)
        problem = SourcingProblem.of(instance, needs)
        if any(as_discount_case(problem, block) is None for block in problem.blocks):
            continue
        best = enumerated(instance, needs)
        answer = solve_sourcing(instance, needs, gap=1.1e-4)
        assert answer.bound <= best * (1.0 + 1e-7)
        assert best * (1.0 - 1e-6) <= answer.cost <= best * (1.0 + 1.2e-4)
        kinds |= {(terms.kind, terms.basis) for terms in instance.terms}
        compared += 1
        if compared == 10:
            break
    assert kinds == {("all units", "pieces"), ("all units", "money"), ("incremental", "money")}


def test_what_is_more_than_tiers_is_left_to_the_solver() -> None:
    """Tooling and least quantities are not in the arrays, so such blocks are not stated as arrays."""
    seen = 0
    for seed in range(40):
        instance, needs = random_purchases(seed)
        problem = SourcingProblem.of(instance, needs)
        for block in problem.blocks:
            offers = [instance.offers[i] for part in block.parts for i in problem.offers[part]]
            if any(offer.least > 0.0 or offer.tooling > 0.0 for offer in offers):
                seen += 1
                assert as_discount_case(problem, block) is None
    assert seen > 5
