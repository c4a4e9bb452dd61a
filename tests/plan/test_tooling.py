"""Suppliers' tools over contracts: the search against enumeration of all ways, and its bound with any rents."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.plan.tooling import MOST_TOOLS, ContractPurchase, plan_tools


@dataclass
class Table:
    """A contract whose purchases cost what a table says for each set of tools; the more tools, the cheaper."""

    price: np.ndarray
    asked: int = 0

    def rented(self, rents: np.ndarray, *, gap: float, time_limit: float) -> ContractPurchase:
        """The cheapest set with its rents."""
        holds = (np.arange(self.price.size)[:, None] >> np.arange(rents.size)) & 1
        total = self.price + holds @ rents
        best = int(np.argmin(total))
        return ContractPurchase(float(self.price[best]), float(total[best]), best, best)

    def with_tools(self, there: int, *, gap: float, time_limit: float) -> ContractPurchase:
        """The price of a set; no purchases where the table has none."""
        self.asked += 1
        price = float(self.price[there])
        return ContractPurchase(price, price, there, there)


def tables(seed: int, contracts: int, tools: int, missing: float) -> list[Table]:
    """Random prices that fall with every tool added; some sets buy nothing at all."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(contracts):
        raw = rng.uniform(50.0, 100.0, size=1 << tools)
        raw[rng.random(raw.size) < missing] = np.inf
        for tool in range(tools):
            for there in range(raw.size):
                if there >> tool & 1:
                    raw[there] = min(raw[there], raw[there ^ (1 << tool)])
        found.append(Table(raw))
    return found


def enumerated(contracts: list[Table], tools: np.ndarray) -> float:
    """The least cost over every sequence of sets that only grow."""
    best = np.inf
    for way in itertools.product(range(1 << tools.shape[1]), repeat=len(contracts)):
        if any(before & ~after for before, after in itertools.pairwise(way)):
            continue
        cost = sum(table.price[there] for table, there in zip(contracts, way, strict=True))
        for tool in range(tools.shape[1]):
            first = next((number for number, there in enumerate(way) if there >> tool & 1), None)
            cost += 0.0 if first is None else tools[first, tool]
        best = min(best, float(cost))
    return best


@given(
    seed=st.integers(0, 10_000),
    contracts=st.integers(1, 3),
    number=st.integers(1, 3),
    missing=st.sampled_from([0.0, 0.4, 0.9]),
    good=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_tools_cost_what_enumeration_says(seed: int, contracts: int, number: int, missing: float, good: bool) -> None:
    """Whatever the rents, the least cost is found, proven, and its purchases are those that it is the cost of."""
    rng = np.random.default_rng(seed + 1)
    cases = tables(seed, contracts, number, missing)
    tools = rng.uniform(5.0, 40.0, size=number) * 0.9 ** np.arange(contracts)[:, None]
    rents = rng.uniform(0.0, 15.0, size=tools.shape) if good else np.zeros(tools.shape)
    plan = plan_tools(cases, tools, rents, gap=1e-9)
    best = enumerated(cases, tools)
    if np.isinf(best):
        assert np.isinf(plan.bound)
        assert not plan.contracts
        return
    assert plan.cost == pytest.approx(best, rel=1e-12)
    assert plan.bound == pytest.approx(best, rel=1e-9)
    there = np.bitwise_or.accumulate([bought.used for bought in plan.contracts])
    again = sum(bought.cost for bought in plan.contracts)
    for tool in range(number):
        first = next((n for n, held in enumerate(there) if held >> tool & 1), None)
        again += 0.0 if first is None else tools[first, tool]
    assert again == pytest.approx(best, rel=1e-12)


def test_good_rents_ask_for_few_prices() -> None:
    """With rents under which renting costs what buying does, hardly any set must be priced; without, many more."""
    rng = np.random.default_rng(5)
    tools = np.tile(np.array([30.0, 25.0, 40.0, 35.0, 20.0]), (4, 1))
    value = rng.uniform(4.0, 14.0, size=5)
    holds = (np.arange(32)[:, None] >> np.arange(5)) & 1
    cases = [Table(200.0 - holds @ value) for _ in range(4)]
    plan_tools(cases, tools, np.tile(np.minimum(value, tools[0] / 4.0), (4, 1)), gap=1e-9)
    with_rents = sum(case.asked for case in cases)
    cases = [Table(case.price) for case in cases]
    plan_tools(cases, tools, np.zeros(tools.shape), gap=1e-9)
    assert with_rents < sum(case.asked for case in cases) / 4


def test_time_that_is_up_still_proves_something() -> None:
    """Out of time, the plan that is known and the bound stand, and the bound is not above the optimum."""
    cases = tables(3, 3, 3, 0.0)
    tools = np.full((3, 3), 20.0)
    plan = plan_tools(cases, tools, np.full((3, 3), 6.0), gap=0.0, time_limit=0.0)
    assert plan.bound <= enumerated(cases, tools) + 1e-9
    assert plan.cost >= enumerated(cases, tools) - 1e-9


def test_more_tools_than_sets_can_be_kept_for_are_refused() -> None:
    """The number of sets doubles with each tool."""
    with pytest.raises(ValueError, match="tools in one block"):
        plan_tools([], np.zeros((0, MOST_TOOLS + 1)), np.zeros((0, MOST_TOOLS + 1)), gap=0.0)
