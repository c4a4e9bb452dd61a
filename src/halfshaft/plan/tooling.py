"""Suppliers' tools: which offers have theirs from which contract on, so that tools and purchases together cost least.

A tool is paid once, before the first contract in which its offer delivers, and stays. Contracts meet in nothing else. So the set of tools
that are there, growing from contract to contract, is the state of a dynamic programme, and what a contract's purchases cost with a set of
tools is the price of passing through it. That price is asked for only where it decides something: until it is known, it is bounded from
below by what the same purchases cost where tools are rented, less the rents of the set (a Lagrangian bound, good for every set at once),
and by the price with more tools. The way that looks cheapest is priced, and the programme runs anew, until what looks cheapest is known.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from halfshaft.plan.blocks import FloatArray, IntArray

# Tools among which a block of contracts can decide: there are two to this power sets of them.
MOST_TOOLS = 12


@dataclass(frozen=True, eq=False)
class ContractPurchase:
    """Purchases of one contract: what they cost without tools or rents, the proven bound (with rents), the tools they use as a bit mask.

    `purchases` is the contract's own way to say what is bought. Without any purchases found in time, `cost` is infinite; where there are
    none, so is `bound`.
    """

    cost: float
    bound: float
    used: int
    purchases: Any = None


class Contract(Protocol):
    """The purchases of one contract, as far as tools concern them."""

    def rented(self, rents: FloatArray, *, gap: float, time_limit: float) -> ContractPurchase:
        """The cheapest purchases where each tool used costs its rent."""

    def with_tools(self, there: int, *, gap: float, time_limit: float) -> ContractPurchase:
        """The cheapest purchases with the tools of a bit mask."""


@dataclass(frozen=True, eq=False)
class ToolPlan:
    """Purchases of every contract, what they cost with their tools, and the proven bound."""

    contracts: tuple[ContractPurchase, ...]
    cost: float
    bound: float


def plan_tools(
    contracts: Sequence[Contract], tools: FloatArray, rents: FloatArray, *, gap: float, time_limit: float = np.inf
) -> ToolPlan:
    """Buy in every contract and pay for the tools, and prove how well.

    `tools` (contracts × tools) is what a tool costs whose first contract that is, in the contracts' order; `rents`, of the same shape, are
    any that are not negative: good ones save time. `gap` is in money. Without any plan found in time, `cost` is infinite and `contracts`
    empty; where there is none, so is `bound`. Raises ValueError for more tools than MOST_TOOLS.
    """
    if tools.shape[1] > MOST_TOOLS:
        raise ValueError(f"{tools.shape[1]} tools in one block, and at most {MOST_TOOLS} can be decided together")
    return _Search(contracts, tools, gap, time_limit).run(np.maximum(rents, 0.0))


class _Search:
    """What is known of every contract's price with every set of tools."""

    def __init__(self, contracts: Sequence[Contract], tools: FloatArray, gap: float, time_limit: float) -> None:
        self.contracts, self.tools, self.gap = contracts, tools, gap
        self.ends = time.perf_counter() + time_limit
        count, self.number = tools.shape
        self.sets = np.arange(1 << self.number)
        self.holds = (self.sets[:, None] >> np.arange(self.number)) & 1 == 1
        shape = (count, self.sets.size)
        self.low, self.high = np.full(shape, -np.inf), np.full(shape, np.inf)
        self.known = np.zeros(shape, dtype=bool)
        self.found: list[dict[int, ContractPurchase]] = [{} for _ in range(count)]

    def run(self, rents: FloatArray) -> ToolPlan:
        share = 0.9 * self.gap / len(self.contracts)
        for number, contract in enumerate(self.contracts):
            bought = contract.rented(rents[number], gap=share, time_limit=self.left())
            self.low[number] = np.maximum(self.low[number], bought.bound - self.holds @ rents[number])
            self.keep(number, bought)
        while True:
            bound, way = self.cheapest(self.low)
            cost, _ = self.cheapest(self.high)
            asked = [(number, there) for number, there in enumerate(way) if not self.known[number, there]]
            if not np.isfinite(bound) or cost - bound <= self.gap or not asked or self.left() <= 0.0:
                return self.answer(bound)
            for number, there in asked:
                if self.left() <= 0.0 and np.isfinite(cost):
                    break
                bought = self.contracts[number].with_tools(there, gap=share, time_limit=max(self.left(), 0.05))
                self.known[number, there] = True
                fewer = (self.sets | there) == there
                self.low[number, fewer] = np.maximum(self.low[number, fewer], bought.bound)
                self.keep(number, bought)

    def left(self) -> float:
        return self.ends - time.perf_counter()

    def keep(self, number: int, bought: ContractPurchase) -> None:
        """Purchases can be made with the tools that they use, and with more."""
        if not np.isfinite(bought.cost):
            return
        known = self.found[number].get(bought.used)
        if known is None or bought.cost < known.cost:
            self.found[number][bought.used] = bought
        more = (self.sets & bought.used) == bought.used
        self.high[number, more] = np.minimum(self.high[number, more], bought.cost)

    def cheapest(self, price: FloatArray) -> tuple[float, list[int]]:
        """The cheapest way through growing sets of tools, at given prices of contracts and sets."""
        so_far = np.full(self.sets.size, np.inf)
        so_far[0] = 0.0
        before: list[IntArray] = []
        for number in range(len(self.contracts)):
            came = self.sets.copy()
            for tool, cost in enumerate(self.tools[number]):
                with_it = self.sets[self.holds[:, tool]]
                without = with_it ^ (1 << tool)
                new = so_far[without] + cost
                better = new < so_far[with_it]
                so_far[with_it] = np.where(better, new, so_far[with_it])
                came[with_it] = np.where(better, came[without], came[with_it])
            so_far = so_far + price[number]
            before.append(came)
        here = int(np.argmin(so_far))
        total, way = float(so_far[here]), []
        for came in reversed(before):
            way.append(here)
            here = int(came[here])
        return total, way[::-1]

    def answer(self, bound: float) -> ToolPlan:
        cost, way = self.cheapest(self.high)
        if not np.isfinite(cost):
            return ToolPlan((), np.inf, bound)
        chosen = tuple(
            min((b for used, b in found.items() if used & there == used), key=lambda b: b.cost)
            for found, there in zip(self.found, way, strict=True)
        )
        return ToolPlan(chosen, cost, min(bound, cost))
