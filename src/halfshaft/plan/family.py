"""Which modules a family is made of, with a proof: facility location on modules, each with a concave volume law.

Every slot takes one of its options; an option is a set of modules. A module that any slot uses is developed once, and its pieces cost a
concave power of their total volume. With U_j the slots' uses of module j, the whole cost is

    sum over slots of service(option)  +  sum over modules of G_j(U_j),
    G_j(U) = fixed_j + development_j * max(launch factor over U) + coefficient_j * W(U)^(1 + exponent_j)   for U not empty, else 0.

A use is a slot together with how many pieces of the module one car has; W(U) is the sum of its present-value pieces. Only developments that
save each other money (carry-over) couple modules.

**Bound.** Give each use e of a module a price p_e, to be paid by the options that contain it and received by the module. For any prices,

    L(p) = sum over slots of min over options (service + sum of p_e in it)  +  sum over modules of min over U (G_j(U) - p(U))

is at most the cost of every family, because each family is one of the combinations over which the minima run (Lagrangian relaxation; for
facility location: Erlenkotter, Operations Research 26 (1978) 992-1009). G_j is submodular, so the best prices give the same bound as the
linear programme over the convex closure of every G_j: no approximation of the law by chords is better, and none is needed. The minimum
over U is exact too: a concave law is the lower envelope of lines, and against a line a use belongs to U if its price per piece exceeds the
slope, so U is a beginning of the uses in falling order of p_e / w_e, or a single use where U may not be empty (for each launch year apart).
A saving s that needs child and parent is shared between their fixed costs in any proportion: s * min(y_child, y_parent) is at most
t * y_child + (s - t) * y_parent for t in [0, s]. No solver and no tolerance takes part in the bound: sums of doubles only, rounded outward.

**Search.** Prices rise by deflected subgradients; what cannot be in a family cheaper than the best one is dropped on the way (reduced
costs); a local search finds families; what is left is branched upon: a module in or out, then a use in or out.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numba import njit

from halfshaft.plan.blocks import FloatArray, IntArray
from halfshaft.plan.instance import PlanInstance

# What the gap is taken to be at least: a demand of exactly zero would ask more of doubles than they hold.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class FamilyProblem:
    """A pure family: arrays only, money as present value.

    Options of slot s are rows option_start[s]:option_start[s + 1]; `option` is each row's index in the slot of the instance, `service`
    (money) what it costs beside modules. One car of row r has content_module[content_start[r]:content_start[r + 1]], with
    `content_count` pieces of each. By slot: `cars` (present-value volume) and `launch` (present value of development money that is
    paid for this slot's launch). By module: `fixed` (money, paid once if used), `development` (money before discounting by `launch`),
    the law `law_coefficient` * W^(1 + `law_exponent`) (coefficient 0: no law), `parent` (-1: none) and `saving` (money, if both are used).
    """

    slots: tuple[str, ...]
    option_start: IntArray
    option: IntArray
    service: FloatArray
    content_start: IntArray
    content_module: IntArray
    content_count: FloatArray
    cars: FloatArray
    launch: FloatArray
    fixed: FloatArray
    development: FloatArray
    law_coefficient: FloatArray
    law_exponent: FloatArray
    parent: IntArray
    saving: FloatArray

    def cost(self, rows: Sequence[int] | IntArray) -> float:
        """True cost of a family given by one row for each slot (counted over all rows)."""
        modules = self.fixed.size
        volume, launch = np.zeros(modules), np.zeros(modules)
        used = np.zeros(modules, dtype=bool)
        total = 0.0
        for slot, row in enumerate(rows):
            total += self.service[row]
            part = slice(self.content_start[row], self.content_start[row + 1])
            inside = self.content_module[part]
            volume[inside] += self.cars[slot] * self.content_count[part]
            launch[inside] = np.maximum(launch[inside], self.launch[slot])
            used[inside] = True
        law = np.where(
            volume > 0.0, self.law_coefficient * np.maximum(volume, 1e-300) ** (1.0 + self.law_exponent), 0.0
        )
        saved = np.where(used & (self.parent >= 0) & used[self.parent], self.saving, 0.0)
        return float(total + np.where(used, self.fixed + self.development * launch - saved, 0.0).sum() + law.sum())


class _Arrays(NamedTuple):
    """The problem as the compiled loops take it. A use is a (slot, module, pieces per car); uses are sorted by module."""

    option_start: IntArray
    service: FloatArray
    content_start: IntArray
    content: IntArray  # use
    use_start: IntArray  # by module
    use_slot: IntArray
    use_module: IntArray
    weight: FloatArray  # by use: present-value pieces
    scale: FloatArray  # by use: how far its price may be off, for the steps
    slot_use_start: IntArray
    slot_use: IntArray  # uses by slot
    level: IntArray  # by slot: index of its launch factor
    factor: FloatArray  # launch factors, rising
    fixed: FloatArray
    development: FloatArray
    coefficient: FloatArray
    exponent: FloatArray
    parent: IntArray
    saving: FloatArray


# ---- compiled: the bound -----------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _power(volume: float, coefficient: float, exponent: float) -> float:
    if volume <= 0.0 or coefficient == 0.0:
        return 0.0
    return float(coefficient * volume ** (1.0 + exponent))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _lagrangian(
    a: Any,
    price: Any,
    share: Any,
    alive: Any,
    using: Any,
    state: Any,
    order: Any,
    value: Any,
    picked: Any,
    taken: Any,
    least: Any,
) -> float:
    """L at prices `price` and shares `share` of savings; fills option values, picked option by slot, uses taken, least by module.

    `state`: 1 a module must be used, -1 it may not, 0 free. `using` counts living options by use; dead uses belong to no U. The value is
    lowered by more than all its roundings together can make: some thousand additions of doubles, each good to 1.1e-16 of what is added.
    """
    total, size = 0.0, 0.0
    for s in range(a.option_start.size - 1):
        best, which = np.inf, -1
        for r in range(a.option_start[s], a.option_start[s + 1]):
            if not alive[r]:
                continue
            v = a.service[r]
            for k in range(a.content_start[r], a.content_start[r + 1]):
                v += price[a.content[k]]
            value[r] = v
            if v < best:
                best, which = v, r
        picked[s] = which
        total += best
        if which >= 0:
            size += abs(best) + abs(a.service[which])
    levels = a.factor.size
    paid = np.empty(a.fixed.size)
    for j in range(a.fixed.size):
        paid[j] = a.fixed[j] - share[j]
    for j in range(a.fixed.size):
        if a.parent[j] >= 0:
            paid[a.parent[j]] -= a.saving[j] - share[j]
    for j in range(a.fixed.size):
        least[j] = np.inf
        first, last = a.use_start[j], a.use_start[j + 1]
        for e in range(first, last):
            taken[e] = False
        if state[j] < 0 or first == last:
            if state[j] > 0:
                total = np.inf
            continue
        # Insertion sort by price per piece, falling: the order hardly changes from one call to the next.
        for i in range(first + 1, last):
            e = order[i]
            h = i - 1
            while h >= first and price[order[h]] * a.weight[e] < price[e] * a.weight[order[h]]:
                order[h + 1] = order[h]
                h -= 1
            order[h + 1] = e
        best, best_level, best_end, best_single = np.inf, -1, -1, -1
        for t in range(levels):
            if t + 1 < levels and a.development[j] == 0.0:
                continue
            base = paid[j] + a.development[j] * a.factor[t]
            w, p = 0.0, 0.0
            for i in range(first, last):
                e = order[i]
                if using[e] == 0 or a.level[a.use_slot[e]] > t:
                    continue
                w += a.weight[e]
                p += price[e]
                v = base + _power(w, a.coefficient[j], a.exponent[j]) - p
                if v < best:
                    best, best_level, best_end, best_single = v, t, i, -1
                v = base + _power(a.weight[e], a.coefficient[j], a.exponent[j]) - price[e]
                if v < best:
                    best, best_level, best_end, best_single = v, t, i, e
        least[j] = best
        size += abs(paid[j])
        for e in range(first, last):
            if using[e] > 0:
                size += 2.0 * abs(price[e])
        if best < 0.0 or state[j] > 0:
            total += best
            if best_single >= 0:
                taken[best_single] = True
            else:
                for i in range(first, best_end + 1):
                    e = order[i]
                    if using[e] > 0 and a.level[a.use_slot[e]] <= best_level:
                        taken[e] = True
    return total - 1e-12 * size


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _drop(a: Any, alive: Any, using: Any, state: Any, value: Any, picked: Any, least: Any, slack: float) -> int:
    """Drop options and decide modules that no family cheaper than bound + slack can have; how many were dropped, -1 if nothing is left.

    An option costs its distance from the slot's best, and for each of its modules what taking the module at all costs.
    """
    dropped = 0
    for j in range(state.size):
        if state[j] == 0 and least[j] > slack:
            state[j] = -1
        elif state[j] == 0 and -least[j] > slack:
            state[j] = 1
    for s in range(a.option_start.size - 1):
        best, left = value[picked[s]], 0
        for r in range(a.option_start[s], a.option_start[s + 1]):
            if not alive[r]:
                continue
            over = value[r] - best
            for k in range(a.content_start[r], a.content_start[r + 1]):
                j = a.use_module[a.content[k]]
                if state[j] < 0:
                    over = np.inf
                elif state[j] == 0 and least[j] > 0.0:
                    over += least[j]
            if over > slack:
                alive[r] = False
                dropped += 1
                for k in range(a.content_start[r], a.content_start[r + 1]):
                    using[a.content[k]] -= 1
            else:
                left += 1
        if left == 0:
            return -1
    return dropped


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(a: Any, alive: Any, using: Any) -> None:
    using[:] = 0
    for r in range(alive.size):
        if alive[r]:
            for k in range(a.content_start[r], a.content_start[r + 1]):
                using[a.content[k]] += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ascend(
    a: Any,
    price: Any,
    share: Any,
    alive: Any,
    using: Any,
    state: Any,
    order: Any,
    mean: Any,
    target: float,
    steps: int,
    pace: float,
    patience: int,
    floor: float,
) -> tuple[float, float, int]:
    """Raise L by deflected subgradients from `price` (changed in place to the best found); drops what cannot beat `target`.

    `mean` becomes the weighted mean of uses by the slots' picks, an estimate of the linear programme's solution. Returns the best L, the
    pace reached and the steps taken; L is infinite when nothing cheaper than `target` is left.
    """  # fmt: skip
    uses, slots, modules = price.size, a.option_start.size - 1, a.fixed.size
    value = np.empty(alive.size)
    picked = np.empty(slots, dtype=np.int64)
    taken = np.zeros(uses, dtype=np.bool_)
    least = np.empty(modules)
    slope = np.zeros(uses)
    deflected = np.zeros(uses)
    share_slope = np.zeros(modules)
    best_price, best_share = price.copy(), share.copy()
    best, stale, n = -np.inf, 0, 0
    while n < steps:
        n += 1
        total = _lagrangian(a, price, share, alive, using, state, order, value, picked, taken, least)
        if total >= target:
            return np.inf, pace, n
        if total > best:
            if total > best + 1e-6 * (target - best):
                stale = 0
            best = total
            best_price[:] = price
            best_share[:] = share
            if _drop(a, alive, using, state, value, picked, least, target - total) < 0:
                return np.inf, pace, n
        stale += 1
        if stale > patience:
            stale = 0
            pace *= 0.6
            price[:] = best_price
            share[:] = best_share
            deflected[:] = 0.0
            if pace < floor:
                break
            continue
        for e in range(uses):
            slope[e] = -1.0 if taken[e] else 0.0
            mean[e] *= 0.97
        for s in range(slots):
            r = picked[s]
            for k in range(a.content_start[r], a.content_start[r + 1]):
                slope[a.content[k]] += 1.0
                mean[a.content[k]] += 0.03
        norm = 0.0
        for e in range(uses):
            deflected[e] = 0.75 * deflected[e] + slope[e] if using[e] > 0 else 0.0
            norm += a.scale[e] * deflected[e] * deflected[e]
        for j in range(modules):
            share_slope[j] = 0.0
            if a.parent[j] >= 0:
                child = 1.0 if (least[j] < 0.0 or state[j] > 0) and state[j] >= 0 else 0.0
                other = a.parent[j]
                above = 1.0 if (least[other] < 0.0 or state[other] > 0) and state[other] >= 0 else 0.0
                share_slope[j] = above - child
                norm += a.saving[j] * share_slope[j] ** 2
        if norm <= 0.0:
            break
        step = pace * (target - total) / norm
        for e in range(uses):
            if using[e] > 0:
                price[e] += step * a.scale[e] * deflected[e]
        for j in range(modules):
            if a.parent[j] >= 0:
                share[j] = min(a.saving[j], max(0.0, share[j] + step * a.saving[j] * share_slope[j]))
    price[:] = best_price
    share[:] = best_share
    return best, pace, n


# ---- compiled: families ------------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _shift(a: Any, row: int, sign: float, volume: Any, users: Any) -> None:
    """Add a row's uses to the standing family, or take them out."""
    for k in range(a.content_start[row], a.content_start[row + 1]):
        e = a.content[k]
        j = a.use_module[e]
        volume[j] += sign * a.weight[e]
        users[j, a.level[a.use_slot[e]]] += int(sign)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _family_cost(a: Any, rows: Any) -> float:
    """Cost of a whole family."""
    modules = a.fixed.size
    volume = np.zeros(modules)
    users = np.zeros((modules, a.factor.size), dtype=np.int64)
    total = 0.0
    for s in range(rows.size):
        total += a.service[rows[s]]
        _shift(a, rows[s], 1.0, volume, users)
    for j in range(modules):
        top = -1
        for t in range(a.factor.size):
            if users[j, t] > 0:
                top = t
        if top >= 0:
            total += a.fixed[j] + a.development[j] * a.factor[top] + _power(volume[j], a.coefficient[j], a.exponent[j])
            if a.parent[j] >= 0 and users[a.parent[j]].sum() > 0:
                total -= a.saving[j]
    return total


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _respond(
    a: Any, s: int, alive: Any, banned: Any, volume: Any, users: Any, lure: int, lure_volume: float, added: Any
) -> int:
    """The row that adds least to what the other slots have; -1 if every living row has a banned module.

    Module `lure` (-1: none) counts as developed already, with `lure_volume` on top. `added` (by use) is scratch.
    """
    level = a.level[s]
    for i in range(a.slot_use_start[s], a.slot_use_start[s + 1]):
        e = a.slot_use[i]
        j = a.use_module[e]
        if banned[j]:
            added[e] = np.inf
            continue
        top = -1
        for t in range(a.factor.size):
            if users[j, t] > 0:
                top = t
        before = volume[j]
        v = 0.0
        if j == lure:
            before += lure_volume
        elif top < 0:
            v = a.fixed[j] + a.development[j] * a.factor[level]
            if a.parent[j] >= 0 and users[a.parent[j]].sum() > 0:
                v -= a.saving[j]
        elif level > top:
            v = a.development[j] * (a.factor[level] - a.factor[top])
        after = _power(before + a.weight[e], a.coefficient[j], a.exponent[j])
        added[e] = v + after - _power(before, a.coefficient[j], a.exponent[j])
    best, which = np.inf, -1
    for r in range(a.option_start[s], a.option_start[s + 1]):
        if alive[r]:
            v = a.service[r]
            for k in range(a.content_start[r], a.content_start[r + 1]):
                v += added[a.content[k]]
            if v < best:
                best, which = v, r
    return which


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _descend(a: Any, alive: Any, rows: Any) -> float:
    """Let each slot in turn answer the others until none moves; changes `rows`, returns their cost, never a higher one."""
    modules = a.fixed.size
    volume = np.zeros(modules)
    users = np.zeros((modules, a.factor.size), dtype=np.int64)
    banned = np.zeros(modules, dtype=np.bool_)
    added = np.empty(a.weight.size)
    for s in range(rows.size):
        _shift(a, rows[s], 1.0, volume, users)
    cost = _family_cost(a, rows)
    for _ in range(50):
        moved = False
        for s in range(rows.size):
            old = rows[s]
            _shift(a, old, -1.0, volume, users)
            new = _respond(a, s, alive, banned, volume, users, -1, 0.0, added)
            rows[s] = new if new >= 0 else old
            if rows[s] != old:
                # Carry-over may make the answer worse than it looked: count anew.
                changed = _family_cost(a, rows)
                if changed < cost - 1e-9 * abs(cost):
                    cost, moved = changed, True
                else:
                    rows[s] = old
            _shift(a, rows[s], 1.0, volume, users)
        if not moved:
            break
    return float(cost)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _replaced(a: Any, alive: Any, rows: Any, out: int, lure: int, trial: Any) -> bool:
    """`trial` becomes `rows` with module `out` replaced wherever it is used, by `lure` where that fits; whether that can be done."""
    modules = a.fixed.size
    volume = np.zeros(modules)
    users = np.zeros((modules, a.factor.size), dtype=np.int64)
    banned = np.zeros(modules, dtype=np.bool_)
    added = np.empty(a.weight.size)
    banned[out] = True
    again = np.zeros(rows.size, dtype=np.bool_)
    freed = 0.0
    for s in range(rows.size):
        trial[s] = rows[s]
        for k in range(a.content_start[rows[s]], a.content_start[rows[s] + 1]):
            if a.use_module[a.content[k]] == out:
                again[s] = True
                freed += a.weight[a.content[k]]
        if not again[s]:
            _shift(a, rows[s], 1.0, volume, users)
    for s in range(rows.size):
        if again[s]:
            row = _respond(a, s, alive, banned, volume, users, lure, freed, added)
            if row < 0:
                return False
            trial[s] = row
            _shift(a, row, 1.0, volume, users)
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _improve(a: Any, alive: Any, rows: Any, swap: bool, trials: int) -> float:
    """Local search: slots answer each other, modules are given up, and (with `swap`) replaced by any other; at most `trials` tries."""
    cost = _descend(a, alive, rows)
    trial = rows.copy()
    tried = 0
    moved = True
    while moved and tried < trials:
        moved = False
        used = np.zeros(a.fixed.size, dtype=np.bool_)
        for s in range(rows.size):
            for k in range(a.content_start[rows[s]], a.content_start[rows[s] + 1]):
                used[a.use_module[a.content[k]]] = True
        for j in range(a.fixed.size):
            if not used[j] or tried >= trials:
                continue
            for lure in range(-1, a.fixed.size if swap else 0):
                if lure == j or (lure >= 0 and a.use_start[lure] == a.use_start[lure + 1]):
                    continue
                tried += 1
                if _replaced(a, alive, rows, j, lure, trial):
                    if lure >= 0 and _family_cost(a, trial) > 1.02 * cost:
                        continue
                    now = _descend(a, alive, trial)
                    if now < cost - 1e-9 * abs(cost):
                        cost = now
                        rows[:] = trial
                        moved = True
                        break
    return float(cost)


# ---- from the instance -------------------------------------------------------------------------------------------------------------


def why_not_family(instance: PlanInstance) -> str | None:
    """Why an instance is more than a pure family, in the user's words; None if it is one."""
    kinds = {kind for kind, _ in instance.named}
    process = {kind for kind in sorted(kinds) if instance.process_of[kind] is not None}
    reasons = (
        (len(instance.scenarios) != 1, "there is more than one course of demand"),
        (bool(instance.teams), "engineers' hours are limited"),
        (any(kind.most is not None for kind in instance.kinds), "the modules of a kind are limited in number"),
        (bool(instance.parts or instance.offers), "parts are bought from suppliers"),
        (bool(instance.plants or instance.lines or process), "modules are made on lines"),
        (any(slot.latest_delay > 0 for slot in instance.slots), "launches may be late"),
        (
            any(slot.follows is not None and slot.change_cost > 0.0 for slot in instance.slots),
            "a change of unit is paid for",
        ),
    )
    for holds, reason in reasons:
        if holds:
            return reason
    return _why_not_carried(instance)


def _why_not_carried(instance: PlanInstance) -> str | None:
    """Carry-over needs the parent no later than the child: with several launch years of the pair that is beyond this method."""
    carried = [
        module
        for module in instance.modules
        if module.parent is not None and module.carry_over * module.development > 0.0
    ]
    if not carried:
        return None
    starts: dict[int, set[int]] = {}
    for slot in instance.slots:
        for column in np.unique(instance.content(slot).indices).tolist():
            starts.setdefault(column, set()).add(slot.start)
    for module in carried:
        assert module.parent is not None
        pair = starts.get(instance.module_index[module.key], set()) | starts.get(
            instance.module_index[module.parent], set()
        )
        if len(pair) > 1:
            return f"{module.key[1]} carries development over from {module.parent[1]}, and slots of different years may use them"
    return None


def family_problem(instance: PlanInstance) -> FamilyProblem | None:
    """The instance as a pure family; None where it is more than that (`why_not_family` says why).

    Options with a module that is not there when the slot starts are left out. Raises ValueError where a slot has no option.
    """
    if why_not_family(instance) is not None:
        return None
    discount = np.array(instance.calendar.discount)
    earliest = np.array([module.earliest for module in instance.modules], dtype=np.int64)
    volumes = instance.scenarios[0].volumes
    starts, rows, services, contents = [0], [], [], []
    cars = np.zeros(len(instance.slots))
    launch = np.array([instance.calendar.before_launch(slot.start) for slot in instance.slots])
    for number, slot in enumerate(instance.slots):
        cars[number] = float(np.dot(volumes[slot.id], discount))
        content = instance.content(slot)
        entry_rows = np.repeat(np.arange(slot.options), np.diff(content.indptr))
        late = np.zeros(slot.options, dtype=bool)
        late[entry_rows[earliest[content.indices] > slot.start]] = True
        kept = np.flatnonzero(~late)
        if kept.size == 0:
            raise ValueError(f"slot {slot.id} has no option whose modules are there when it starts")
        per_car = sum(
            (np.asarray(values, dtype=np.float64) for values in slot.per_car.values()), np.zeros(slot.options)
        )
        starts.append(starts[-1] + kept.size)
        rows.append(kept.astype(np.int64))
        services.append(cars[number] * per_car[kept])
        contents.append(content if kept.size == slot.options else content[kept])
    from scipy.sparse import vstack

    content = vstack(contents, format="csr")
    reference = float(discount.sum())
    modules = instance.modules
    laws = [module.law for module in modules]
    once = np.array([module.tooling * instance.calendar.before_launch(module.earliest) for module in modules])
    parent = np.array([-1 if m.parent is None else instance.module_index[m.parent] for m in modules], dtype=np.int64)
    carry = np.array([m.carry_over * m.development if m.parent is not None else 0.0 for m in modules])
    parent[carry <= 0.0] = -1
    # A pair that carries over has one launch factor only: that of any slot which may use the child.
    factor = np.zeros(len(modules))
    for number in range(len(instance.slots)):
        part = slice(content.indptr[starts[number]], content.indptr[starts[number + 1]])
        factor[content.indices[part]] = launch[number]
    return FamilyProblem(
        slots=tuple(slot.id for slot in instance.slots),
        option_start=np.array(starts, dtype=np.int64),
        option=np.concatenate(rows),
        service=np.concatenate(services),
        content_start=content.indptr.astype(np.int64),
        content_module=content.indices.astype(np.int64),
        content_count=content.data.astype(np.float64),
        cars=cars,
        launch=launch,
        fixed=once,
        development=np.array([module.development for module in modules]),
        law_coefficient=np.array(
            [
                0.0 if law is None else law.unit_cost * (law.reference_volume * reference) ** -law.exponent
                for law in laws
            ]
        ),
        law_exponent=np.array([0.0 if law is None else law.exponent for law in laws]),
        parent=parent,
        saving=carry * factor,
    )


# ---- the search --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FamilyAnswer:
    """A family and its proof.

    `choice` is the option of each slot as the instance counts them; `cost` and `bound` are money. `seconds` is the whole time,
    `build_seconds` what of it went into making and reducing arrays, `nodes` how many branches were looked at.
    """

    choice: tuple[int, ...]
    cost: float
    bound: float
    status: Literal["within gap", "time limit", "interrupted"]
    seconds: float
    build_seconds: float
    nodes: int

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return (self.cost - self.bound) / abs(self.cost) if self.cost else 0.0


class _Keys(NamedTuple):
    """What all reductions of one problem have in common: each content entry's use as one number, and what the number means."""

    entry: IntArray
    slot: IntArray  # by row
    pieces: FloatArray
    level: IntArray
    factor: FloatArray


def _keys(problem: FamilyProblem) -> _Keys:
    slots = problem.cars.size
    counts = problem.content_count.astype(np.int64)
    pieces, rank = _distinct(counts)
    slot = np.repeat(np.arange(slots), np.diff(problem.option_start))
    entry = (problem.content_module * slots + np.repeat(slot, np.diff(problem.content_start))) * pieces.size + rank
    factor, level = np.unique(problem.launch, return_inverse=True)
    return _Keys(entry, slot, pieces.astype(np.float64), level.astype(np.int64), factor)


def _distinct(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct ones of many small whole numbers, rising, and which of them each is: `np.unique` without its sort."""
    there = np.zeros(int(numbers.max(initial=0)) + 1, dtype=bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _arrays(problem: FamilyProblem, keys: _Keys, kept: IntArray) -> tuple[_Arrays, IntArray]:
    """The problem with the rows `kept` only (rising), and the number of each use."""
    slots, modules = problem.cars.size, problem.fixed.size
    length = problem.content_start[kept + 1] - problem.content_start[kept]
    content_start = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
    entry = np.repeat(problem.content_start[kept] - content_start[:-1], length) + np.arange(content_start[-1])
    uses, content = _distinct(keys.entry[entry])
    use_slot = uses // keys.pieces.size % slots
    use_module = uses // keys.pieces.size // slots
    weight = problem.cars[use_slot] * keys.pieces[uses % keys.pieces.size]
    by_slot = np.argsort(use_slot, kind="stable")
    whole = np.bincount(use_module, weight, modules)
    part = weight / np.maximum(whole[use_module], 1e-300)
    law = problem.law_coefficient[use_module] * np.maximum(weight, 1e-300) ** (1.0 + problem.law_exponent[use_module])
    once = problem.fixed + problem.development * keys.factor[-1]
    # The law's share that falls with volume and the share of what is paid once: between these a fair price may lie.
    scale = np.maximum(law * -problem.law_exponent[use_module] + once[use_module] * part, 1e-9 * np.maximum(law, 1.0))
    return (
        _Arrays(
            np.searchsorted(kept, problem.option_start).astype(np.int64), problem.service[kept], content_start, content.astype(np.int64),
            np.searchsorted(use_module, np.arange(modules + 1)).astype(np.int64), use_slot, use_module, weight, scale,
            np.searchsorted(use_slot[by_slot], np.arange(slots + 1)).astype(np.int64), by_slot.astype(np.int64),
            keys.level, keys.factor, problem.fixed, problem.development, problem.law_coefficient, problem.law_exponent,
            problem.parent, problem.saving,
        ),
        uses,
    )  # fmt: skip


# Steps, pace (share of the distance to the target) and patience of the ascents: at the root, at a branch, and when branches are tried.
_ROOT_STEPS, _ROOT_CHUNKS, _ROOT_PACE, _ROOT_PATIENCE = 1500, 4, 1.0, 60
_STEPS, _PACE, _PATIENCE = 250, 0.3, 20
_TRIAL_STEPS = 30
_SLOWEST = 0.02  # of the first pace: then an ascent has settled
_TRIED = 8
_SWAPS = 3000
_NEAR = 80


@dataclass(eq=False)
class _Node:
    """A part of the search: the living options in arrays of their own, what was decided, prices, and the bound they give.

    By row of its arrays: `kept` (row of the problem), `alive`. By use: `keys` (its number in the problem), `using` (living rows with it),
    `price` (money), `mean` (share of recent picks), `order` (uses of each module by price per piece). By module: `state` (1 must be used,
    -1 may not, 0 free), `share` (money of its saving that the child gets).
    """

    arrays: _Arrays
    keys: IntArray
    kept: IntArray
    alive: Any
    using: IntArray
    state: IntArray
    price: FloatArray
    share: FloatArray
    mean: FloatArray
    order: IntArray
    bound: float

    def child(self) -> _Node:
        """A copy whose decisions may be changed."""
        return _Node(
            self.arrays, self.keys, self.kept, self.alive.copy(), self.using.copy(), self.state.copy(), self.price.copy(),
            self.share.copy(), self.mean.copy(), self.order.copy(), self.bound,
        )  # fmt: skip


class _Search:
    """One run of the search; holds the best family and the clock."""

    def __init__(self, problem: FamilyProblem, gap: float, time_limit: float, stop: Callable[[], bool] | None) -> None:
        self.problem, self.gap, self.stop = problem, gap, stop
        self.began = time.monotonic()
        self.deadline = self.began + time_limit
        self.keys = _keys(problem)
        self.build_seconds = time.monotonic() - self.began
        self.nodes = 0
        self.rows = np.zeros(problem.cars.size, dtype=np.int64)
        self.cost = np.inf
        self.interrupted = False

    @property
    def target(self) -> float:
        """What a bound must reach for the demanded gap."""
        return self.cost - max(self.gap, _ROUNDING) * abs(self.cost)

    def over(self) -> bool:
        """Whether time is up or someone asked to stop."""
        if self.stop is not None and self.stop():
            self.interrupted = True
        return self.interrupted or time.monotonic() >= self.deadline

    def node(self, kept: IntArray, like: _Node | None) -> _Node:
        """A node of the rows `kept`, with decisions and prices of another one that has them too."""
        began = time.monotonic()
        arrays, keys = _arrays(self.problem, self.keys, kept)
        modules = self.problem.fixed.size
        alive = np.ones(kept.size, dtype=bool)
        using = np.zeros(keys.size, dtype=np.int64)
        _count(arrays, alive, using)
        if like is None:
            j = arrays.use_module
            whole = np.bincount(j, arrays.weight, modules)
            volume = np.maximum(whole[j], 1e-300)
            price = arrays.weight * self.problem.law_coefficient[j] * volume ** self.problem.law_exponent[j]
            state, share, mean, bound = (
                np.zeros(modules, dtype=np.int64),
                np.zeros(modules),
                np.zeros(keys.size),
                -np.inf,
            )
        else:
            where = np.searchsorted(like.keys, keys)
            price, mean, share, state, bound = like.price[where], like.mean[where], like.share, like.state, like.bound
        self.build_seconds += time.monotonic() - began
        order = np.arange(keys.size, dtype=np.int64)
        return _Node(arrays, keys, kept, alive, using, state, price, share, mean, order, bound)

    def ascend(self, node: _Node, steps: int, pace: float, patience: int) -> float:
        """Raise the node's bound, to infinity when nothing below the target is left in it; returns the pace reached."""
        found, reached, _ = _ascend(
            node.arrays, node.price, node.share, node.alive, node.using, node.state, node.order, node.mean, self.target, steps, pace,
            patience, _SLOWEST * pace,
        )  # fmt: skip
        node.bound = max(node.bound, found)
        return float(reached)

    def compact(self, node: _Node) -> _Node:
        """The node in smaller arrays, if most of its options are gone."""
        if node.alive.sum() > 0.7 * node.alive.size:
            return node
        return self.node(node.kept[node.alive], node)

    def picks(self, node: _Node) -> IntArray:
        """Each slot's cheapest row at the node's prices."""
        a = node.arrays
        picked = np.zeros(a.level.size, dtype=np.int64)
        _lagrangian(
            a, node.price, node.share, node.alive, node.using, node.state, node.order, np.empty(node.alive.size), picked,
            np.zeros(node.keys.size, dtype=bool), np.empty(a.fixed.size),
        )  # fmt: skip
        return picked

    def offer(self, node: _Node, rows: IntArray, swap: bool) -> None:
        """Improve a family within a node and keep it if it is the best; `swap`: thoroughly, among each slot's rows that price best."""
        if swap:
            near = np.flatnonzero(self.near(node, rows))
            part = self.node(node.kept[near], node)
            found = np.searchsorted(near, rows)
            _improve(part.arrays, part.alive, found, True, _SWAPS)
            rows = near[found]
        cost = _improve(node.arrays, node.alive, rows, False, _SWAPS)
        if cost < self.cost:
            self.rows = node.kept[rows]
            self.cost = self.problem.cost(self.rows)

    def near(self, node: _Node, rows: IntArray) -> Any:
        """Mask of each slot's cheapest living rows at the node's prices, and of `rows`."""
        a = node.arrays
        length = np.diff(a.content_start)
        filled = length > 0
        value = a.service.copy()
        value[filled] += np.add.reduceat(node.price[a.content], a.content_start[:-1][filled]) if filled.any() else 0.0
        value[~node.alive] = np.inf
        mask = np.zeros(node.alive.size, dtype=bool)
        for lo, hi in zip(a.option_start[:-1], a.option_start[1:], strict=True):
            mask[lo + np.argsort(value[lo:hi], kind="stable")[:_NEAR]] = True
        mask &= node.alive
        mask[rows] = True
        return mask

    def best_within(self, node: _Node) -> IntArray | None:
        """The best family in the node's rows, if it is there."""
        where = np.searchsorted(node.kept, self.rows)
        where[where == node.kept.size] = 0
        return where if bool((node.kept[where] == self.rows).all() and node.alive[where].all()) else None

    def root(self) -> _Node:
        """The whole problem: a first family, then prices and a better family in turn."""
        node = self.node(np.arange(self.problem.service.size, dtype=np.int64), None)
        self.offer(node, self.picks(node), False)
        for turn in range(4):
            if turn and self.over():
                break
            before, first = node.bound, _ROOT_PACE * 0.5**turn
            pace = first
            for _ in range(_ROOT_CHUNKS):
                reached = node.bound
                pace = self.ascend(node, _ROOT_STEPS, pace, _ROOT_PATIENCE)
                if pace < _SLOWEST * first or node.bound <= reached or np.isposinf(node.bound) or self.over():
                    break
            if np.isposinf(node.bound):
                break
            node = self.compact(node)
            cost = self.cost
            self.offer(node, self.picks(node), True)
            inside = self.best_within(node)
            if inside is not None:
                self.offer(node, inside, True)
            if cost == self.cost and node.bound - before < 0.02 * (self.target - node.bound):
                break
        return node

    def use(self, node: _Node, use: int, inside: bool) -> _Node:
        """The part of a node in which a use is taken, or not."""
        child = node.child()
        a = node.arrays
        slot = int(a.use_slot[use])
        rows = np.arange(a.option_start[slot], a.option_start[slot + 1])
        lengths = a.content_start[rows + 1] - a.content_start[rows]
        entries = a.content[a.content_start[rows[0]] : a.content_start[rows[-1] + 1]]
        has = np.zeros(rows.size, dtype=bool)
        has[np.repeat(np.arange(rows.size), lengths)[entries == use]] = True
        child.alive[rows] &= has if inside else ~has
        _count(a, child.alive, child.using)
        if inside:
            child.state[a.use_module[use]] = 1
        return child

    def module(self, node: _Node, module: int, inside: bool) -> _Node:
        """The part of a node in which a module is developed, or not."""
        child = node.child()
        child.state[module] = 1 if inside else -1
        if not inside:
            a = node.arrays
            row = np.repeat(np.arange(a.service.size), np.diff(a.content_start))
            child.alive[row[a.use_module[a.content] == module]] = False
            _count(a, child.alive, child.using)
        return child

    def parts(self, node: _Node) -> list[_Node]:
        """Split a node in two by the best of some splits that are tried for a few steps; one part where a trial excludes the other."""
        best: tuple[float, list[_Node]] = (-1.0, [])
        for split, index in self.splits(node):
            pair = []
            for inside in (True, False):
                child = split(node, index, inside)
                self.ascend(child, _TRIAL_STEPS, _PACE, _PATIENCE)
                self.nodes += 1
                pair.append(child)
            left = [child for child in pair if child.bound < self.target]
            if len(left) < 2:
                return left
            gains = [max(child.bound - node.bound, 1e-6 * (self.target - node.bound)) for child in pair]
            if gains[0] * gains[1] > best[0]:
                best = (gains[0] * gains[1], pair)
            if self.over():
                break
        return best[1]

    def splits(self, node: _Node) -> list[tuple[Callable[[_Node, int, bool], _Node], int]]:
        """Uses and modules worth branching on, most undecided first; empty when every slot's living rows have the same uses."""
        a = node.arrays
        options = np.add.reduceat(node.alive.astype(np.int64), a.option_start[:-1])
        open_use = (node.using > 0) & (node.using < options[a.use_slot])
        if not open_use.any():
            return []
        undecided = np.where(open_use, np.minimum(node.mean, 1.0 - node.mean), -1.0)
        uses = [int(e) for e in np.argsort(-undecided * a.scale, kind="stable")[:_TRIED] if undecided[e] > 0.01]
        if not uses:
            uses = [int(np.argmax(np.where(open_use, node.mean, -1.0)))]
        top = np.zeros(a.fixed.size)
        np.maximum.at(top, a.use_module, np.where(node.using > 0, node.mean, 0.0))
        free = np.where(node.state == 0, np.minimum(top, 1.0 - top), -1.0)
        modules = [int(j) for j in np.argsort(-free, kind="stable")[: _TRIED // 2] if free[j] > 0.05]
        return [(self.use, e) for e in uses] + [(self.module, j) for j in modules]

    def run(self, start: Sequence[int] | None) -> float:
        """Search until the gap is proven or time is up; returns the proven bound."""
        if start is not None:
            rows = [
                int(lo + self.problem.option[lo:hi].tolist().index(chosen))
                for chosen, lo, hi in zip(
                    start, self.problem.option_start[:-1], self.problem.option_start[1:], strict=True
                )
            ]
            self.rows = np.array(rows, dtype=np.int64)
            self.cost = self.problem.cost(self.rows)
        node = self.root()
        heap: list[tuple[float, int, _Node]] = [(node.bound, 0, node)]
        count = 0
        while heap and heap[0][0] < self.target and not self.over():
            _, _, node = heapq.heappop(heap)
            if not self.splits(node):
                # Rows with the same uses differ in service only: the picks are the node's best family.
                self.offer(node, self.picks(node), False)
                continue
            for child in self.parts(node):
                self.ascend(child, _STEPS, _PACE, _PATIENCE)
                if child.bound < self.target:
                    child = self.compact(child)
                    self.offer(child, self.picks(child), False)
                    count += 1
                    heapq.heappush(heap, (child.bound, count, child))
        return min([self.target] + [bound for bound, _, _ in heap[:1]])


# ---- the entry ---------------------------------------------------------------------------------------------------------------------


def solve_family(
    problem: FamilyProblem,
    *,
    gap: float = 1e-4,
    time_limit: float = 60.0,
    start: Sequence[int] | None = None,
    stop: Callable[[], bool] | None = None,
) -> FamilyAnswer:
    """The cheapest family within the relative `gap`, with the bound that proves it.

    A time limit (seconds) or `stop` ends the search with the best family and the bound reached. `start` is an option for each slot, as
    the instance counts them; the answer is never dearer. The same question has the same answer unless time cuts it short. Raises
    ValueError where `start` names what is none of the problem's options.
    """
    search = _Search(problem, gap, time_limit, stop)
    bound = search.run(start)
    choice = tuple(int(row) for row in problem.option[search.rows])
    within = bound >= search.target
    status: Literal["within gap", "time limit", "interrupted"] = "interrupted" if search.interrupted else "time limit"
    return FamilyAnswer(
        choice, search.cost, min(bound, search.cost), "within gap" if within else status, time.monotonic() - search.began,
        search.build_seconds, search.nodes,
    )  # fmt: skip
