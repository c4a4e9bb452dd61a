"""Prices of demands and the smallest change that unlocks a unit."""

from __future__ import annotations

import numpy as np
import pytest

from halfshaft.negotiation import demand_price, relaxation_price, screen_demands, unlocks
from halfshaft.plan import build_instance, relaxed_bound, solve_plan
from halfshaft.study import Study


def test_screening_splits_all_demands(small_study: Study) -> None:
    """A demand is free exactly when dropping it opens no configuration."""
    ids = [r.id for r in small_study.programme.requirements]
    free, open_ = screen_demands(small_study.tables, ids)
    assert {p.demand for p in free} | {d for d, _ in open_} == set(ids)
    for price in free:
        assert not any((t.holding(frozenset({price.demand})) & ~t.feasible).any() for t in small_study.tables)


@pytest.mark.parametrize("demand", ["ADA-1", "BOB-1", "BOB-3"])
def test_price_is_the_difference_of_two_optima(small_study: Study, demand: str) -> None:
    """The interval holds the difference of two plans that are solved to the end, and lies inside the relaxation's bound."""
    plan = small_study.plan()
    without = build_instance(
        small_study.programme, small_study.tables, small_study.ratings,
        book="law", scenario="middle", partners=["ada", "bob"], dropped=frozenset({demand}),
    )  # fmt: skip
    price = demand_price(demand, 1, plan, without, gap=0.001, time_limit=20.0)
    exact = solve_plan(plan.instance, gap=0.0).objective - solve_plan(without, gap=0.0).objective
    assert price.price.contains(exact, tolerance=1.0)
    assert price.price.low >= 0.0
    relaxed = relaxation_price(demand, 1, plan, relaxed_bound(plan.instance), without)
    assert relaxed.price.contains(exact, tolerance=1.0)
    assert relaxed.promise >= 0.0


def test_unlocks_would_unlock(small_study: Study) -> None:
    """Relaxing what an unlock lists makes the configuration feasible, and nothing less does."""
    units = sorted({m.unit.name for m in small_study.maps})
    found = unlocks(small_study.tables, units)
    assert found
    for unlock in found:
        table = next(t for t in small_study.tables if t.vehicle == unlock.vehicle)
        named = dict(unlock.units)
        i, j = table.fronts.index(named.get("front", "none")), table.rears.index(named.get("rear", "none"))
        assert unlock.unit in named.values()
        failed = {shortfall.demand for shortfall in unlock.shortfalls}
        assert failed
        assert table.holding(frozenset(failed))[i, j]
        assert all(not table.holding(frozenset(failed - {demand}))[i, j] for demand in failed)
        for shortfall in unlock.shortfalls:
            demand = next(d for d in table.demands if d.id == shortfall.demand)
            better = (
                shortfall.offered < shortfall.demanded
                if demand.relation == "at_least"
                else shortfall.offered > shortfall.demanded
            )
            assert better or np.isnan(shortfall.offered)
