"""Commonality indices: their ends, how they move when products grow alike, and what a plan's family gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_plans import random_instance

from halfshaft.plan import solve_plan
from halfshaft.plan.commonality import commonality_indices, plan_commonality

sizes = st.integers(1, 8)
families = st.lists(st.sets(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=10)


@given(st.integers(2, 12), sizes)
def test_products_that_are_all_the_same_reach_the_upper_ends(products: int, parts: int) -> None:
    """The same parts in every product: DCI is the number of products, CI is 1, all parts are common; with one part TCCI is 1."""
    found = commonality_indices([range(parts)] * products)
    assert found.dci == products
    assert found.ci == 1.0
    assert found.common_percent == 100.0
    assert found.tcci == pytest.approx(1.0 - (parts - 1) / (products * parts - 1))
    single = commonality_indices([["only"]] * products)
    assert single.tcci == 1.0
    assert single.dci == single.dci_most == products


@given(st.lists(sizes, min_size=2, max_size=9))
def test_products_that_share_nothing_reach_the_lower_ends(contents: list[int]) -> None:
    """No part in two products: DCI is 1, TCCI, CI and the share of common parts are 0."""
    found = commonality_indices([[(i, k) for k in range(n)] for i, n in enumerate(contents)])
    assert (found.dci, found.tcci, found.ci, found.common_percent) == (1.0, 0.0, 0.0, 0.0)


@given(families)
def test_indices_stay_between_their_ends(products: list[set[int]]) -> None:
    """Whatever is shared, every index lies within the bounds that its definition states."""
    found = commonality_indices(products)
    assert found.dci is not None
    assert 1.0 <= found.dci <= found.dci_most
    for index in (found.tcci, found.ci):
        assert index is None or -1e-12 <= index <= 1.0 + 1e-12
    assert found.common_percent is not None
    assert 0.0 <= found.common_percent <= 100.0
    assert (found.ci is None) == (len(products) == 1)


@given(families, st.integers(0, 12), st.integers(0, 12))
def test_making_two_parts_one_never_lowers_an_index(products: list[set[int]], kept: int, gone: int) -> None:
    """If one part takes another's place in products that held only one of them, no index falls."""
    if kept == gone or any({kept, gone} <= product for product in products):
        return
    alike = [{kept if part == gone else part for part in product} for product in products]
    before, after = commonality_indices(products), commonality_indices(alike)
    for name in ("dci", "tcci", "ci"):
        first, second = getattr(before, name), getattr(after, name)
        assert first is None or second >= first - 1e-12


def test_a_family_counted_by_hand() -> None:
    """Three products of two parts with one part in common: Σ Φ = 6, d = 4."""
    found = commonality_indices([("a", "x"), ("a", "y"), ("a", "z")])
    assert (found.products, found.uses, found.parts) == (3, 6, 4)
    assert found.dci == 1.5
    assert found.tcci == pytest.approx(0.4)
    assert found.ci == pytest.approx(0.5)
    assert found.common_percent == 25.0


def test_nothing_to_share_has_no_index() -> None:
    """One product of one part leaves nothing to divide by."""
    found = commonality_indices([("a",)])
    assert (found.tcci, found.ci) == (None, None)
    assert commonality_indices([]).dci is None


@pytest.mark.parametrize("seed", range(6))
def test_kinds_of_a_plan_add_up_to_the_whole(seed: int) -> None:
    """Each developed module is counted once, each product holds every kind, and one lamination for all is wholly common."""
    plan = solve_plan(random_instance(seed), gap=0.0)
    found = plan_commonality(plan)
    drive = [key for key in plan.developed if key[0] != "battery_pack"]
    assert found.whole.parts == len(drive)
    assert sum(indices.parts for indices in found.by_kind.values()) == len(drive)
    assert sum(indices.uses for indices in found.by_kind.values()) == found.whole.uses
    assert {indices.products for indices in found.by_kind.values()} == {found.whole.products}
    assert found.by_kind["lamination"].tcci == 1.0
    assert sum(b.shared for b in found.between_by_kind.values()) == found.between.shared
    assert found.between_by_kind["lamination"].pieces_percent == pytest.approx(100.0)


def test_one_partner_shares_with_nobody() -> None:
    """A plan of one partner has no module between partners, however alike its vehicles are."""
    instance = random_instance(3)
    own = tuple(s for s in instance.slots if instance.partner_of(s) == "a")
    alone = replace(instance, slots=own)
    found = plan_commonality(solve_plan(alone, gap=0.0))
    assert found.between.shared == 0
    assert found.between.pieces_percent == 0.0
