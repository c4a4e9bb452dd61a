"""The total quantity discount problem on bare arrays, with its own search and its own proof.

Every seller chooses one tier r. It then delivers x_k of its lines (k: one product each) between 0 and what it has, at the tier's prices, at
least the tier's least quantity over all lines, and the tier's fixed part is paid. Every product must be delivered in the quantity needed:

    minimise  sum over sellers of [fixed_r + sum over k of price_rk x_k],   sum over k of x_k >= least_r,   sum of x_k / weight_k = need_p.

x is in the units that count towards the tiers (pieces or money); x / weight is in pieces. (Goossens, Maas, Spieksma, van de Klundert,
EJOR 178 (2007) 714-726.)

**Bound.** With a price λ_p for every product, paid to the buyer for each piece delivered, the needs may be dropped, and

    L(λ) = sum over p of λ_p need_p  +  sum over sellers of min over tiers of V_sr(λ)

is at most the cost of every purchase (Lagrangian relaxation: Geoffrion, Mathematical Programming Study 2 (1974) 82-114). V_sr is a
continuous knapsack: all lines that earn something, then the cheapest until the least quantity is reached. The best L equals the linear
programme of the hull form, at a small part of its time, and L + V_sr - min V_s bounds every purchase in which seller s gives tier r: tiers
for which that is above the best purchase known, less the demanded gap, are dropped. Rounding is paid for by lowering L by 1e-10 of
sum |λ| need, which is some orders above what a few thousand sums of doubles can lose.

**Search.** Prices rise by the volume algorithm (Barahona, Anbil, Mathematical Programming 87 (2000) 385-399), whose mean of the sellers'
choices also tells which tiers to branch on. A local search changes the tier of one seller or of two; for given tiers the purchase is a
small linear programme, and its duals bound what a change can save, so that few of the changes need to be tried.
"""

from __future__ import annotations

import heapq
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import highspy
import numpy as np
from numba import njit

from halfshaft.plan.blocks import FloatArray, IntArray, solver

# Nodes looked at side by side, and while the local search runs beside them: fixed numbers, so that the search is the same on any number of
# processors.
_TOGETHER, _MEANWHILE = 2, 12
# Share of sum |λ| need by which L is lowered for rounding.
_ROUNDING = 1e-10
_NONE = 1e30


class DiscountCase(NamedTuple):
    """Sellers s with tiers r, and the lines start[s]:start[s + 1] of each.

    `product` and `most` (counted units) by line, `per_unit` by line: pieces in one counted unit; `price` (tier × line): money for a counted
    unit; `least` (counted units) and `fixed` (money) by seller × tier; `offered` (seller × tier): whether the seller has such a tier;
    `need` (pieces) by product. Tier 0 has no least quantity and no fixed part and is always offered.
    """

    start: IntArray
    product: IntArray
    most: FloatArray
    per_unit: FloatArray
    price: FloatArray
    least: FloatArray
    fixed: FloatArray
    offered: Any
    need: FloatArray


@dataclass(frozen=True, eq=False)
class DiscountAnswer:
    """`quantity` by line in counted units, its cost, the proven bound, and the nodes looked at."""

    quantity: FloatArray
    cost: float
    bound: float
    status: Literal["within gap", "time limit"]
    nodes: int


# ---- the bound --------------------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _earning(price: Any, credit: Any, most: Any, reduced: Any, hint: float) -> tuple[float, float, float, float]:
    """Quantity and value of the lines whose reduced cost is negative, the largest reduced cost, and the value at `hint` less each unit."""
    quantity, value, top, lifted = 0.0, 0.0, 0.0, 0.0
    for k in range(most.size):
        cost = price[k] - credit[k]
        reduced[k] = cost
        top = max(top, cost)
        take = most[k] if cost < 0.0 else 0.0
        quantity += take
        value += take * cost
        lifted += most[k] * min(0.0, cost - hint)
    return quantity, value, top, lifted


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _filled(most: Any, least: float, reduced: Any, taken: Any, top: float, hint: float) -> tuple[float, float]:
    """The cheapest lines until the least quantity is reached: value, and the reduced cost at which it is reached.

    Halving finds nearly all lines, beginning around `hint`, where it ended last time; the last few are picked one by one.
    """
    low, high = 0.0, top
    fewer, more = 0, most.size
    for i in range(12):
        middle = 0.97 * hint if i == 0 else 1.03 * hint if i == 1 else 0.5 * (low + high)
        if middle <= low or middle >= high:
            continue
        quantity, count = 0.0, 0
        for k in range(most.size):
            quantity += most[k] if reduced[k] < middle else 0.0
            count += 1 if reduced[k] < middle else 0
        if quantity < least:
            low, fewer = middle, count
        else:
            high, more = middle, count
        if more - fewer <= 2:
            break
    quantity, value = 0.0, 0.0
    for k in range(most.size):
        take = most[k] if reduced[k] < low else 0.0
        taken[k] = take
        quantity += take
        value += take * reduced[k]
    need = least - quantity
    while need > 1e-12:
        cheapest = _NONE
        for k in range(most.size):
            cost = reduced[k] if reduced[k] >= low else _NONE
            cheapest = min(cheapest, cost)
        if cheapest >= _NONE:
            break
        for k in range(most.size):
            if reduced[k] == cheapest:
                take = min(most[k], need)
                need -= take
                value += take * cheapest
                taken[k] = take
                reduced[k] = -_NONE
                low = cheapest
                break
    return value, low


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _lagrangian(
    a: Any, credit: Any, alive: Any, every: bool, value: Any, tier: Any, short: Any, work: Any, hint: Any
) -> float:
    """L(credit) over the tiers alive; `tier` (any on entry) becomes each seller's best, `short` the need less what the best deliver.

    `value` (seller × tier) becomes V; with `every` false a tier that clearly is not the best keeps a huge value instead. `work` is scratch
    space (4 × lines), `hint` (seller × tier) remembers where filling ended; it changes the time alone.
    """
    total, size = 0.0, 0.0
    for p in range(a.need.size):
        total += credit[p] * a.need[p]
        size += abs(credit[p]) * a.need[p]
        short[p] = a.need[p]
    for s in range(tier.size):
        first, last = a.start[s], a.start[s + 1]
        count = last - first
        reduced, earned, taken, best_taken = work[0, :count], work[1, :count], work[2, :count], work[3, :count]
        most, per_unit, product = a.most[first:last], a.per_unit[first:last], a.product[first:last]
        for k in range(count):
            earned[k] = credit[product[k]] * per_unit[k]
        best, chosen = _NONE, 0
        # The tier that was best last time comes first: it then spares most of the others their filling.
        before = tier[s]
        for i in range(value.shape[1] + 1):
            r = before if i == 0 else value.shape[1] - i
            if i > 0 and r == before:
                continue
            value[s, r] = _NONE
            if not alive[s, r]:
                continue
            quantity, found, top, lifted = _earning(a.price[r, first:last], earned, most, reduced, hint[s, r])
            found += a.fixed[s, r]
            # Relaxing the least quantity at any price of its own bounds the value from below; where filling ended last time is a good one.
            if not every and max(found, lifted + hint[s, r] * a.least[s, r] + a.fixed[s, r]) >= best:
                continue
            filling = quantity < a.least[s, r]
            if filling:
                found, hint[s, r] = _filled(most, a.least[s, r], reduced, taken, top, hint[s, r])
                found += a.fixed[s, r]
            value[s, r] = found
            if found < best:
                best, chosen = found, r
                if filling:
                    for k in range(count):
                        best_taken[k] = taken[k]
                else:
                    for k in range(count):
                        best_taken[k] = most[k] if reduced[k] < 0.0 else 0.0
        tier[s] = chosen
        total += best
        for k in range(count):
            short[product[k]] -= best_taken[k] * per_unit[k]
    lowered: float = total - _ROUNDING * size
    return lowered


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ascend(
    a: Any,
    credit: Any,
    scale: Any,
    alive: Any,
    mean_short: Any,
    mean_tier: Any,
    goal: float,
    target: float,
    steps: int,
    pace: float,
    weight: float,
) -> float:  # fmt: skip
    """Raise L by the volume algorithm until `goal`; `credit` becomes the best found. Returns the best L.

    `mean_short` and `mean_tier` are the weighted means of what the sellers' choices leave short and of their tiers; they carry over from an
    earlier ascent (a first entry that is not a number: begin anew). `scale` (money) makes steps alike for dear and cheap products. Steps
    aim at `target` (Polyak), `pace` is their first length, `weight` the most that a new choice enters the means.
    """
    sellers, tiers = alive.shape
    value, tier = np.empty((sellers, tiers)), np.zeros(sellers, dtype=np.int64)
    short, work, hint = np.empty(a.need.size), np.empty((4, a.most.size)), np.zeros((sellers, tiers))
    trial = credit.copy()
    best, mean, stale = -np.inf, 0.0, 0
    # The first turn looks at the prices as they are. A single call of `_lagrangian` spares the compiler much of its time.
    for turn in range(steps + 1):
        if best >= goal:
            break
        if turn > 0:
            mean = 0.0
            for p in range(trial.size):
                mean += (scale[p] * mean_short[p]) ** 2
            if mean <= 1e-18:
                break
            step = pace * (target - best) / mean
            for p in range(trial.size):
                trial[p] = credit[p] + step * scale[p] ** 2 * mean_short[p]
        total: float = _lagrangian(a, trial, alive, False, value, tier, short, work, hint)
        if turn == 0:
            best = total
            if np.isnan(mean_short[0]):
                mean_short[:] = short
                mean_tier[:] = 0.0
                for s in range(sellers):
                    mean_tier[s, tier[s]] = 1.0
            continue
        mixed, new = 0.0, 0.0
        for p in range(trial.size):
            mixed += mean_short[p] * short[p] * scale[p] ** 2
            new += (scale[p] * short[p]) ** 2
        # The share of the new choice that leaves least short, within limits.
        apart = mean + new - 2.0 * mixed
        share = (mean - mixed) / apart if apart > 1e-18 else 0.0
        share = min(weight, max(0.1 * weight, share))
        for p in range(trial.size):
            mean_short[p] = (1.0 - share) * mean_short[p] + share * short[p]
        for s in range(sellers):
            for r in range(tiers):
                mean_tier[s, r] *= 1.0 - share
            mean_tier[s, tier[s]] += share
        if total > best:
            if mixed >= 0.0:
                pace = min(1.1 * pace, 2.0)
            best = total
            credit[:] = trial
            stale = 0
        else:
            stale += 1
            if stale >= 10:
                pace *= 0.66
                stale = 0
                if pace < 1e-4:
                    break
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _drop(a: Any, credit: Any, alive: Any, goal: float) -> int:
    """Drop the tiers that no purchase cheaper than `goal` can have; the number of tiers left, 0 where a seller has none left."""
    sellers, tiers = alive.shape
    value, tier = np.empty((sellers, tiers)), np.zeros(sellers, dtype=np.int64)
    short, work, hint = np.empty(a.need.size), np.empty((4, a.most.size)), np.zeros((sellers, tiers))
    total = _lagrangian(a, credit, alive, True, value, tier, short, work, hint)
    left = 0
    for s in range(sellers):
        own = 0
        for r in range(tiers):
            if alive[s, r] and total + (value[s, r] - value[s, tier[s]]) >= goal:
                alive[s, r] = False
            own += alive[s, r]
        if own == 0:
            return 0
        left += own
    return left


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _look(
    a: Any,
    scale: Any,
    spend: Any,
    bound: float,
    goal: float,
    target: float,
    credit: Any,
    alive: Any,
    mean_short: Any,
    mean_tier: Any,
    settings: Any,
    child_bound: Any,
    child_credit: Any,
    child_alive: Any,
    child_short: Any,
    child_tier: Any,
) -> tuple[float, int]:  # fmt: skip
    """Raise a node's bound, drop tiers, and split it in two where that raises both bounds most, each child with its own prices.

    Returns the node's bound and its state: 0 closed (at least `goal`), 1 a single tier for every seller, 2 split. `settings`: steps of the
    node, candidates, steps of a child, pace. The node's arrays are changed, the children's (2 × ...) filled.
    """
    sellers, tiers = alive.shape
    steps, candidates, child_steps, pace = int(settings[0]), int(settings[1]), int(settings[2]), settings[3]
    bound = max(bound, _ascend(a, credit, scale, alive, mean_short, mean_tier, goal, target, steps, pace, 0.2))
    if bound >= goal:
        return bound, 0
    left = _drop(a, credit, alive, goal)
    if left == 0:
        return goal, 0
    if left == sellers:
        return bound, 1
    undecided = np.zeros(sellers)
    for s in range(sellers):
        own, mixed = 0, 0.0
        for r in range(tiers):
            if alive[s, r]:
                own += 1
                mixed += mean_tier[s, r] * (1.0 - mean_tier[s, r])
        undecided[s] = spend[s] * (mixed + 1e-6) if own > 1 else 0.0
    order = np.argsort(-undecided)
    best = -1.0
    for i in range(min(candidates, sellers)):
        s = order[i]
        if undecided[s] <= 0.0:
            break
        # Split where the tiers' weight is halved, as evenly as can be.
        whole, own = 0.0, 0
        for r in range(tiers):
            if alive[s, r]:
                whole += mean_tier[s, r]
                own += 1
        running, cut, off, seen = 0.0, 0, 2.0, 0
        for r in range(tiers):
            if alive[s, r]:
                running += mean_tier[s, r]
                seen += 1
                if seen < own and abs(running - 0.5 * whole) < off:
                    off, cut = abs(running - 0.5 * whole), r
        gain, bounds = 1.0, np.empty(2)
        own_credit, own_alive = np.empty((2, credit.size)), np.empty((2, sellers, tiers), dtype=np.bool_)
        own_short, own_tier = np.empty((2, credit.size)), np.empty((2, sellers, tiers))
        for side in range(2):
            own_credit[side], own_alive[side] = credit, alive
            own_short[side], own_tier[side] = mean_short, mean_tier
            for r in range(tiers):
                if (r <= cut) != (side == 0):
                    own_alive[side, s, r] = False
            found = _ascend(
                a, own_credit[side], scale, own_alive[side], own_short[side], own_tier[side], goal, target, child_steps, pace, 0.2
            )  # fmt: skip
            bounds[side] = max(bound, found)
            gain *= max(min(bounds[side], goal) - bound, 1e-6 * abs(bound))
        if gain > best:
            best = gain
            child_bound[:], child_credit[:], child_alive[:] = bounds, own_credit, own_alive
            child_short[:], child_tier[:] = own_short, own_tier
        if bounds[0] >= goal and bounds[1] >= goal:
            break
    return bound, 2


# ---- purchases --------------------------------------------------------------------------------------------------------------------


class _Purchase:
    """The cheapest purchase for given tiers: one linear programme that is changed and solved again from its last basis."""

    def __init__(self, case: DiscountCase) -> None:
        self.case = case
        lines, sellers, products = case.most.size, case.start.size - 1, case.need.size
        seller = np.repeat(np.arange(sellers), np.diff(case.start))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = lines, products + sellers
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = case.price[0], np.zeros(lines), case.most
        lp.row_lower_ = np.concatenate([case.need, np.zeros(sellers)])
        lp.row_upper_ = np.concatenate([case.need, np.full(sellers, np.inf)])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.arange(0, 2 * lines + 1, 2, dtype=np.int32)
        lp.a_matrix_.index_ = np.stack([case.product, products + seller], axis=1).ravel().astype(np.int32)
        lp.a_matrix_.value_ = np.stack([case.per_unit, np.ones(lines)], axis=1).ravel()
        self.highs = solver()
        self.highs.setOptionValue("presolve", "off")
        if self.highs.passModel(lp) == highspy.HighsStatus.kError:
            raise RuntimeError("the solver refused the model")
        self.tier = np.zeros(sellers, dtype=np.int64)
        unit = np.full(case.need.size, np.inf)
        np.minimum.at(unit, case.product, np.abs(case.price[0]) / case.per_unit)
        self.scale = np.maximum(unit, 1e-9 * unit.max())
        self.known: dict[bytes, float] = {}
        self.best, self.best_tier, self.quantity = np.inf, self.tier.copy(), np.zeros(0)

    def cost(self, tier: IntArray) -> float:
        """Cost with these tiers, infinite where there is no such purchase; the best ever seen is kept."""
        case, products = self.case, self.case.need.size
        for s in np.flatnonzero(tier != self.tier):
            lines = np.arange(case.start[s], case.start[s + 1], dtype=np.int32)
            self.highs.changeColsCost(lines.size, lines, case.price[tier[s], lines])
            self.highs.changeRowBounds(int(products + s), float(case.least[s, tier[s]]), np.inf)
        self.tier = tier.copy()
        self.highs.run()
        cost = np.inf
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            fixed = case.fixed[np.arange(tier.size), tier].sum()
            cost = float(self.highs.getInfo().objective_function_value + fixed)
        self.known[tier.tobytes()] = cost
        if cost < self.best:
            self.best, self.best_tier = cost, tier.copy()
            self.quantity = np.clip(np.array(self.highs.getSolution().col_value), 0.0, case.most)
        return cost

    def credit(self) -> FloatArray:
        """Duals of the needs at the tiers looked at last."""
        return np.array(self.highs.getSolution().row_dual)[: self.case.need.size]

    def _hopeless(self, tier: IntArray, credit: FloatArray, best: float) -> bool:
        """Whether a few steps of ascent from these prices prove that no purchase with these tiers is below `best`."""
        alive = np.zeros(self.case.least.shape, dtype=bool)
        alive[np.arange(tier.size), tier] = True
        short, mean = np.full(credit.size, np.nan), np.empty(alive.shape)
        # Aiming a little above `best` lets the steps get there; thirty of them cost about as much as the programme they may spare.
        aim = best + 1e-4 * abs(best)
        bound: float = _ascend(self.case, credit.copy(), self.scale, alive, short, mean, best, aim, 30, 0.3, 0.2)
        return bound >= best

    def improve(self, tier: IntArray, *, tries: int, stop: float) -> float:
        """Change the tier of one seller, or of two, while that saves anything; at most `tries` programmes, until the clock says `stop`.

        With the duals of the present tiers, L over all changed tiers bounds the cost after the change: what cannot save is not tried.
        """
        case, sellers = self.case, np.arange(tier.size)
        value, ignored = np.empty(case.least.shape), np.zeros(tier.size, dtype=np.int64)
        short, work, hint = np.empty(case.need.size), np.empty((4, case.most.size)), np.zeros(case.least.shape)
        best = self.cost(tier)
        while np.isfinite(best):
            credit = self.credit()
            _lagrangian(case, credit, case.offered, True, value, ignored, short, work, hint)
            change = np.where(case.offered, value - value[sellers, tier][:, None], np.inf)
            change[sellers, tier] = np.inf
            for sold in _moves(change, -1e-9 * abs(best)):
                other = tier.copy()
                for s, r in sold:
                    other[s] = r
                if other.tobytes() in self.known or self._hopeless(other, credit, best):
                    continue
                tries -= 1
                if tries < 0 or time.perf_counter() > stop:
                    return best
                cost = self.cost(other)
                if cost < best - 1e-9 * abs(best):
                    # The tiers kept are those looked at last, so the duals are theirs.
                    best, tier = cost, other
                    break
            else:
                return best
        return best


def _moves(change: FloatArray, below: float) -> list[tuple[tuple[int, int], ...]]:
    """Changes of one tier, then of two sellers' tiers, that may save; each kind by what it may save, pairs from the 40 best."""
    tiers = change.shape[1]
    flat = change.ravel()
    order = np.argsort(flat, kind="stable")
    single = [((int(i) // tiers, int(i) % tiers),) for i in order if flat[i] < below]
    few = order[: min(40, int(np.isfinite(flat).sum()))]
    first, second = np.triu_indices(few.size, 1)
    both = flat[few[first]] + flat[few[second]]
    good = np.flatnonzero((both < below) & (few[first] // tiers != few[second] // tiers))
    pairs = good[np.argsort(both[good], kind="stable")][:40]
    return single + [
        tuple((int(i) // tiers, int(i) % tiers) for i in (few[first[pair]], few[second[pair]])) for pair in pairs
    ]


# ---- the entry --------------------------------------------------------------------------------------------------------------------


class _Node(NamedTuple):
    bound: float
    number: int
    credit: FloatArray
    alive: Any
    mean_short: FloatArray
    mean_tier: FloatArray


def buy_with_discounts(
    case: DiscountCase, *, gap: float, time_limit: float = np.inf, settings: tuple[float, ...] = (40, 6, 15, 0.02)
) -> DiscountAnswer:
    """Search tiers until cost and bound are within the relative `gap` or `time_limit` (seconds) is over.

    `settings`: steps of ascent in a node, candidates to split on, steps of a candidate's children, first pace of the steps. Raises
    ValueError when the sellers together have too little of a product.
    """
    began = time.perf_counter()
    stop = began + time_limit
    if gap < 1e-6:
        raise ValueError(
            f"gap {gap:g}: the ascent does not converge far enough below 1e-6; solve the mixed-integer model instead"
        )
    has = np.zeros(case.need.size)
    np.add.at(has, case.product, case.most * case.per_unit)
    for p in np.flatnonzero(has < case.need * (1.0 - 1e-9)):
        raise ValueError(f"product {p}: {case.need[p]:g} needed, the sellers have {has[p]:g} together")
    sellers = case.start.size - 1
    purchase = _Purchase(case)
    # At list prices there always is a purchase; its duals are the first prices.
    root_cost = purchase.cost(np.zeros(sellers, dtype=np.int64))
    if not np.isfinite(root_cost):
        raise RuntimeError("the solver found no purchase at list prices")
    spend = np.add.reduceat(np.append(case.most * case.price[0], 0.0), case.start[:-1])
    credit = purchase.credit()
    scale = purchase.scale
    mean_short, mean_tier = np.full(case.need.size, np.nan), np.zeros(case.least.shape)
    alive = np.array(case.offered)
    root = (case, credit, scale, alive, mean_short, mean_tier)
    bound = _ascend(*root, np.inf, root_cost, 300, 1.0, 0.2)
    purchase.improve(np.argmax(mean_tier, axis=1), tries=300, stop=stop)
    bound = max(bound, _ascend(*root, purchase.best, purchase.best, 200, 0.1, 0.1))
    heap = [_Node(bound, 0, credit, alive, mean_short, mean_tier)]
    number = looked = 0
    # Of the two nodes looked at side by side one is that with the lowest bound, the other goes down to where purchases are found.
    dive: _Node | None = None
    ended: _Node | None = None
    with ThreadPoolExecutor(_TOGETHER) as pool:
        while (heap or dive) and time.perf_counter() < stop:
            best = purchase.best
            goal = best - gap * abs(best)
            if min(heap[0].bound if heap else np.inf, dive.bound if dive else np.inf) >= goal:
                break
            local: Future[float] | None = None
            if ended is not None and len(purchase.known) < 150 + looked // 4:
                tier = np.argmax(np.where(ended.alive, ended.mean_tier, -1.0), axis=1)
                if tier.tobytes() not in purchase.known:
                    local = pool.submit(purchase.improve, tier, tries=40, stop=stop)
            count = _MEANWHILE if local else _TOGETHER
            nodes = [dive] if dive else []
            nodes += [heapq.heappop(heap) for _ in range(min(count - len(nodes), len(heap)))]
            found = list(pool.map(partial(_split, case, scale, spend, best, gap, settings), nodes))
            if local:
                local.result()
            looked += len(nodes)
            ended = dive = None
            for place, (node, (below, state, children)) in enumerate(zip(nodes, found, strict=True)):
                if state == 1:
                    # Nothing is left to choose: the linear programme is exact, and the goal is at or below its optimum from now on.
                    purchase.cost(np.argmax(node.alive, axis=1))
                open_children = []
                for child in children if state == 2 else ():
                    if child.bound < goal:
                        number += 1
                        open_children.append(child._replace(bound=max(child.bound, below), number=number))
                if place == 0:
                    open_children.sort(key=lambda child: child.bound, reverse=True)
                    dive = open_children.pop() if open_children else None
                    ended = None if dive else node
                for child in open_children:
                    heapq.heappush(heap, child)
        if dive:
            heapq.heappush(heap, dive)
    goal = purchase.best - gap * abs(purchase.best)
    bound = min([node.bound for node in heap], default=goal)
    bound = min(bound, goal) if looked else min(bound, purchase.best)
    within = bound >= goal
    return DiscountAnswer(purchase.quantity, purchase.best, bound, "within gap" if within else "time limit", looked)


def _split(
    case: DiscountCase,
    scale: FloatArray,
    spend: FloatArray,
    best: float,
    gap: float,
    settings: tuple[float, ...],
    node: _Node,
) -> tuple[float, int, list[_Node]]:
    """`_look` at a node: its bound, its state, its children."""
    goal = best - gap * abs(best)
    sellers, tiers = case.least.shape
    products = case.need.size
    bounds, credits = np.empty(2), np.empty((2, products))
    alive, short, mean = (
        np.empty((2, sellers, tiers), dtype=bool),
        np.empty((2, products)),
        np.empty((2, sellers, tiers)),
    )
    bound, state = _look(
        case, scale, spend, node.bound, goal, goal + 0.25 * (best - goal), node.credit, node.alive, node.mean_short, node.mean_tier,
        np.array(settings, dtype=np.float64), bounds, credits, alive, short, mean,
    )  # fmt: skip
    children = [_Node(float(bounds[i]), 0, credits[i], alive[i], short[i], mean[i]) for i in range(2)]
    return bound, state, children
