"""The core: the splits that no coalition can better on its own, asked of costs that are only known between two bounds.

A payment x lies in the core when every coalition S pays together no more than it would cost S alone, x(S) ≤ c(S). The cost c(S) lies
somewhere in [bound, incumbent], and the two ends answer two questions:

- Against the **bound**: it is the cheapest that S could ever do, so it is the pessimistic end for the alliance. If S pays no more than its
  bound, no better plan of S can ever make it leave: *proven*.
- Against the **incumbent**: S has that plan in its hands. If it pays more than that, it can do better alone today, whatever the true
  optimum is: *no*.
- In between the solver has not searched long enough to say: *not proven*.

The grand coalition stands apart. Its payments sum to its incumbent, because that plan is what will be run and paid; its gap enters the
interval of the saving, not the core. A better joint plan found later lowers the sum to be paid, and however the reduction is handed out, a
payment that was in the core stays there, because no coalition pays more than before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from halfshaft.alliance.excess import least_excess, scaled
from halfshaft.alliance.game import Array, Coalition, Game, as_array, mask_array, members, savings_of
from halfshaft.quantities import Interval

CoreStatus = Literal["proven", "not proven", "no"]
CoreExistence = Literal["not empty", "not proven", "empty"]


def core_status(game: Game, payment: Mapping[str, float]) -> CoreStatus:
    """Whether `payment` lies in the core: "proven" for every cost inside the gaps, "no" for none of them, else "not proven".

    Equal within the game's tolerance counts as in the core. Raises ValueError when a player is missing or foreign, or when the payments do
    not sum to the grand coalition's incumbent cost: then they are no split of it.
    """
    paid = _paid(game, payment)[1:-1]
    if (paid > mask_array(game, "high")[1:-1] + game.tolerance).any():
        return "no"
    return "proven" if (paid <= mask_array(game, "low")[1:-1] + game.tolerance).all() else "not proven"


def objecting(game: Game, payment: Mapping[str, float]) -> tuple[Coalition, ...]:
    """The coalitions that keep `payment` out of the core, worst first.

    Where the status is "no" those that pay more than their plan in hand would cost; where it is "not proven" those that pay more than their
    bound, so that a better plan than the one in hand might tempt them. Raises as `core_status` does.
    """
    status = core_status(game, payment)
    against = mask_array(game, "high" if status == "no" else "low")
    excess = (_paid(game, payment) - against)[1:-1]
    worst_first = np.argsort(-excess, kind="stable")
    return tuple(game.coalitions[place] for place in worst_first if excess[place] > game.tolerance)


def least_core_epsilon(game: Game) -> Interval:
    """The least ε for which some split leaves no coalition paying more than ε above its own cost (the least core's level).

    In money; negative when the core has room to spare, positive when it is empty. The low end takes every coalition at its incumbent, the
    high end at its bound: ε for every cost inside the gaps lies between, because dearer coalitions complain less. The grand coalition is at
    its incumbent in both. Raises ArithmeticError when a linear programme fails.
    """
    joint = game.value(game.grand)
    ends = sorted(_least_excess(np.append(mask_array(game, end)[:-1], joint)) for end in ("high", "low"))
    return Interval(ends[0], ends[1])


def core_existence(game: Game, epsilon: Interval) -> CoreExistence:
    """Whether any split lies in the core, for every cost inside the gaps, from the least-core ε of the game."""
    if epsilon.high <= game.tolerance:
        return "not empty"
    return "empty" if epsilon.low > game.tolerance else "not proven"


def _least_excess(costs: Array) -> float:
    savings, scale = scaled(savings_of(costs))
    rows = members(costs.size)
    proper = slice(1, -1)
    level = least_excess(rows[proper], savings[proper], rows[-1:], savings[-1:], individual=False)
    return level.excess * scale + 0.0  # + 0.0: no minus sign on a zero


def _paid(game: Game, payment: Mapping[str, float]) -> Array:
    """What each coalition pays together, by mask."""
    payments = as_array(game, payment, "payment")
    joint = game.value(game.grand)
    if abs(payments.sum() - joint) > len(game.players) * game.tolerance:
        raise ValueError(
            f"payments sum to {payments.sum()!r}, the grand coalition's incumbent cost is {joint!r}; split exactly that"
        )
    return np.asarray(members(1 << len(game.players)) @ payments)
