"""The linear relaxation of a plan over very many options, proven from few of them.

Nearly all of a model is flows: pieces of every module over every lane, line and offer, in every year of every scenario. Few modules are
used in the end, so the relaxation is solved for the modules of some options only. Its duals price what all modules share: lines, offers,
tiers. At these prices the cheapest way to make and to buy one piece of any module, used or not, is a small problem of its own (a path from
the offers over a line to the site), so every option has a price, and the family that is cheapest at these prices gives a bound below every
plan: whatever the prices are, no more has been done than to move rows into the objective (Lagrange). Options of that family which were
left out join the next round. Prices of *one piece more* are what makes this quick: the duals of a module that nothing uses say nothing of
it, and searches by plain duals take a round for each module to find that out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from halfshaft.plan.blocks import Arrays, FloatArray, IntArray, Solution, Watch, solve
from halfshaft.plan.model import PlanModel

# Columns up to which a model is relaxed as a whole.
_SMALL = 6_000
# Rounds, at most; relative distance between the bound and the relaxation of the options so far at which the bound counts as proven.
_ROUNDS, _CLOSE = 40, 1e-7
# Options, in all, up to which those are added that a bound which lies low does not exclude.
_MANY = 2_000
# Share from which on the cheapest family takes an option, and what a price may lie below zero (the solver's tolerance).
_TAKEN, _ZERO = 1e-6, 1e-7
# Ways to price, tried in turn while they lead on: with one piece more of every module, first as if it took no share of a tool; and the
# duals as they are, which are the best ones when no option is left out.
_Way = Literal["tools free", "tools shared", "as they are"]
_WAYS: tuple[_Way, ...] = ("tools free", "tools shared", "as they are")
# What a piece costs that nobody can make, against the dearest flow.
_NEVER = 100.0


def relax(
    model: PlanModel, starts: Mapping[str, IntArray], *, time_limit: float = np.inf, watch: Watch | None = None
) -> Solution:
    """The relaxation of `model`: its bound, and values and reduced costs of all its columns as far as its options go.

    `starts` are the options of each slot (rows among those offered) that are looked at first. Where time ends early, the bound found so far
    is given with status "stopped", and no values. Reduced costs of options belong to the bound: a plan with an option costs no less than
    bound and reduced cost together.
    """
    if model.arrays.cost.size <= _SMALL:
        return solve(model.arrays, relaxed=True, time_limit=time_limit, watch=watch)
    ends = time.monotonic() + time_limit

    def relaxed(arrays: Arrays) -> Solution:
        left = ends - time.monotonic()
        if left <= 0.0:
            return Solution("stopped", None, np.inf, -np.inf)
        return solve(arrays, relaxed=True, time_limit=left, watch=watch)

    parts, found = _Parts(model, relaxed), _Found(-np.inf, np.zeros(0))
    options = {slot: np.unique(rows) for slot, rows in starts.items()}
    for _ in range(_ROUNDS):
        # The relaxation with some options, and what only the modules of others need left out.
        few = relaxed(model.only(options))
        if few.status == "stopped":
            return Solution("stopped", None, np.inf, found.bound)
        if few.values is None or few.duals is None:
            # These options make no plan together; whether others do is for the whole model to say.
            break
        found, options, more = _all_priced(parts, few, found, options)
        if not more and np.isfinite(found.bound):
            return Solution("optimal", few.values, few.objective, found.bound, found.reduced)
    whole = relaxed(model.arrays)
    return replace(whole, bound=max(whole.bound, found.bound))


@dataclass(frozen=True)
class _Found:
    """The best bound so far, and the reduced costs of all columns that belong to it."""

    bound: float
    reduced: FloatArray


_Options = dict[str, IntArray]


def _all_priced(parts: _Parts, few: Solution, found: _Found, options: _Options) -> tuple[_Found, _Options, bool]:
    """Price all options at the duals of `few`: what is found then, with which options to go on, and whether that is worth while."""
    assert few.duals is not None
    looked_at = options
    for way in _WAYS:
        priced = parts.priced(few.duals, way)
        if priced is not None:
            if priced.bound > found.bound:
                found = _Found(priced.bound, priced.reduced)
            options = {slot: np.union1d(rows, priced.taken[slot]) for slot, rows in options.items()}
        if few.objective - found.bound <= _CLOSE * abs(few.objective):
            return found, options, False
        if _count(options) > _count(looked_at):
            return found, options, True
    # No option is missed at these prices, and yet the bound is below: all that might be in a better plan than the relaxed one.
    if np.isfinite(found.bound):
        columns = parts.model.at.choice
        slack = few.objective - found.bound
        near = {slot: np.flatnonzero(found.reduced[columns[slot]].min(axis=1) <= slack) for slot in options}
        options = {slot: np.union1d(rows, near[slot]) for slot, rows in options.items()}
    return found, options, _count(looked_at) < _count(options) <= _MANY


def _count(options: Mapping[str, IntArray]) -> int:
    return sum(rows.size for rows in options.values())


@dataclass(frozen=True)
class _Priced:
    """All options at some prices: the bound, reduced costs of all columns, and the options (rows) of each slot that are cheapest."""

    bound: float
    reduced: FloatArray
    taken: Mapping[str, IntArray]


class _Parts:
    """Which columns and rows belong to the family, to the flows of single modules, and to what modules share."""

    def __init__(self, model: PlanModel, solve: Callable[[Arrays], Solution]) -> None:
        at, arrays = model.at, model.arrays
        self.model, self.arrays, self._solve = model, arrays, solve
        size, rows = arrays.cost.size, arrays.row_lower.size
        self.by_column = arrays.matrix.T.tocsr()
        self.family = np.unique(np.concatenate(at.family))
        blocks = [columns for _, columns in at.flows]
        self.flows = np.sort(np.concatenate(blocks)) if blocks else np.zeros(0, dtype=np.int64)
        alone = np.ones(size, dtype=bool)
        alone[self.family] = False
        alone[self.flows] = False
        entries = np.diff(arrays.starts)
        of_family, of_flows = arrays.entries_of(self.family), arrays.entries_of(self.flows)
        self.family_rows = np.flatnonzero(of_family == entries)
        self.flow_rows = np.sort(np.concatenate(at.flow_rows)) if at.flow_rows else np.zeros(0, dtype=np.int64)
        # A piece is needed where a use drives a flow.
        self.needed = (of_family[self.flow_rows] > 0.0).astype(float)
        own = np.zeros(rows, dtype=bool)
        own[self.flow_rows] = True
        own[self.family_rows] = True
        # Rows that tie a module's flows to its tools.
        self.tool_rows = ~own & (of_family > 0.0) & (of_family + of_flows == entries)
        self.others = np.flatnonzero(alone)
        self.family_model = arrays.part(self.family, self.family_rows)
        self.flow_model = arrays.part(self.flows, self.flow_rows)

    def priced(self, duals: FloatArray, way: _Way) -> _Priced | None:
        """Every option at the prices that `duals` put on what modules share; None where they give no bound."""
        arrays = self.arrays
        prices = duals.copy()
        prices[self.family_rows] = 0.0
        if way != "as they are":
            prices[self.flow_rows] = 0.0
        if way == "tools free":
            prices[self.tool_rows] = 0.0
        costs = self._costs(prices)
        if way != "as they are":
            prices[self.flow_rows] = self._one_more(costs[self.flows])
            costs = self._costs(prices)
        paid = _against_bounds(costs[self.others], arrays.lower[self.others], arrays.upper[self.others])
        paid += _against_bounds(costs[self.flows], arrays.lower[self.flows], arrays.upper[self.flows])
        right = np.where(prices > 0.0, arrays.row_lower, arrays.row_upper)
        paid += float(prices[prices != 0.0] @ right[prices != 0.0])
        family = self._solve(replace(self.family_model, cost=costs[self.family]))
        # Cut short, a relaxation has a cost that is no bound.
        proven = np.isfinite(paid) and family.status == "optimal"
        if not proven or family.values is None or family.reduced_costs is None:
            return None
        values, reduced = np.zeros(costs.size), np.zeros(costs.size)
        values[self.family], reduced[self.family] = family.values, family.reduced_costs
        taken = {
            slot: np.flatnonzero(values[columns].max(axis=1) > _TAKEN) for slot, columns in self.model.at.choice.items()
        }
        return _Priced(paid + family.objective, reduced, taken)

    def _costs(self, prices: FloatArray) -> FloatArray:
        """What columns cost at some prices; prices of the wrong sign for their rows, a solver's tolerance, are set to nothing first."""
        prices[(prices > 0.0) & ~np.isfinite(self.arrays.row_lower)] = 0.0
        prices[(prices < 0.0) & ~np.isfinite(self.arrays.row_upper)] = 0.0
        costs: FloatArray = self.arrays.cost - self.by_column @ prices
        return costs

    def _one_more(self, costs: FloatArray) -> FloatArray:
        """Duals of the rows of flows where one piece of every module is needed everywhere: what the cheapest way to it costs."""
        flows, rows = self.flow_model, self.flow_rows.size
        short = np.flatnonzero(self.needed)
        never = _NEVER * (1.0 + float(np.abs(costs).max(initial=0.0)))
        count, places = costs.size, flows.starts[short + 1]
        # A piece that cannot be made has a price all the same, far above all others.
        wide = Arrays(
            cost=np.concatenate([costs, np.full(short.size, never)]),
            lower=np.zeros(count + short.size),
            upper=np.full(count + short.size, np.inf),
            integer=np.zeros(count + short.size, dtype=bool),
            row_lower=self.needed,
            row_upper=np.where(np.isfinite(flows.row_upper), self.needed, np.inf),
            starts=(flows.starts + np.searchsorted(short, np.arange(rows + 1))).astype(np.int32),
            index=np.insert(flows.index, places, count + np.arange(short.size)).astype(np.int32),
            value=np.insert(flows.value, places, 1.0),
        )
        answer = self._solve(wide)
        if answer.duals is None:
            return np.zeros(rows)
        return answer.duals


def _against_bounds(costs: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """The least that columns can cost between their bounds; costs that are zero but for the solver's tolerance are taken for zero."""
    free = np.where(costs < 0.0, upper, lower)
    real = np.isfinite(free) | (np.abs(costs) > _ZERO)
    return float(costs[real] @ np.where(costs[real] == 0.0, 0.0, free[real]))
