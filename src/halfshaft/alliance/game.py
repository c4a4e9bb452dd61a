"""A cost game: what every coalition of partners would pay, known between two bounds.

The solver gives two figures for a coalition's plan: the *incumbent*, the cost of the plan in hand, which is what would really be paid, and
the *bound*, below which no plan can cost. The game keeps both as one interval per coalition (convention 13), so that whatever is derived
from it can say whether it holds for every cost inside the gaps or only for the plans in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halfshaft.quantities import Interval

# Costs closer than this, relative to the largest cost of the game, count as equal: it is far above rounding (1e-16) and what the linear
# programmes leave (1e-10), and far below any gap that a solver proves.
RELATIVE_TOLERANCE = 1e-9

Array = NDArray[np.float64]
Coalition = frozenset[str]
Subadditivity = Literal["proven", "not proven", "no"]


@dataclass(frozen=True)
class Game:
    """A cost game with `players` in the order in which results list them.

    `cost` maps every non-empty coalition to its interval of cost, [bound, incumbent], in the programme's money (convention 9).
    Raises ValueError when there are fewer than two players, when a player is named twice, or when a coalition is missing or foreign.
    """

    players: tuple[str, ...]
    cost: Mapping[Coalition, Interval]

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "cost", dict(self.cost))
        if len(self.players) < 2:
            raise ValueError(f"an alliance needs at least two players, got {list(self.players)}")
        if len(set(self.players)) < len(self.players):
            raise ValueError(f"each player is named once, got {list(self.players)}")
        wanted = set(self.coalitions)
        if missing := [coalition for coalition in self.coalitions if coalition not in self.cost]:
            raise ValueError(f"no cost for {_names(missing)}; give one for every non-empty coalition")
        if foreign := [coalition for coalition in self.cost if coalition not in wanted]:
            raise ValueError(f"cost for {_names(foreign)}, which is no coalition of {list(self.players)}; leave it out")

    @classmethod
    def exact(cls, players: Iterable[str], cost: Mapping[Coalition, float]) -> Game:
        """The game whose costs are known without a gap."""
        return cls(tuple(players), {coalition: Interval(value, value) for coalition, value in cost.items()})

    @cached_property
    def coalitions(self) -> tuple[Coalition, ...]:
        """Every non-empty coalition; the one at place k has the players whose bits are set in k + 1, so the last one is the grand one."""
        return tuple(
            frozenset(player for bit, player in enumerate(self.players) if mask >> bit & 1)
            for mask in range(1, 1 << len(self.players))
        )

    @property
    def grand(self) -> Coalition:
        """The coalition of all players."""
        return frozenset(self.players)

    def bounds(self, coalition: Iterable[str]) -> Interval:
        """[bound, incumbent] of the coalition's cost. Raises ValueError when it is empty or foreign to the game."""
        members = frozenset(coalition)
        if members not in self.cost:
            raise ValueError(f"{sorted(members)} is no coalition of {list(self.players)}; name one or more of them")
        return self.cost[members]

    def value(self, coalition: Iterable[str]) -> float:
        """The coalition's incumbent cost: what it would really pay with the plan in hand."""
        return self.bounds(coalition).high

    def saving(self, coalition: Iterable[str]) -> Interval:
        """What the coalition saves against its members alone: [Σ bounds alone - incumbent, Σ incumbents alone - bound].

        A single player saves exactly nothing: it is compared with its own plan, whatever that costs.
        """
        members = frozenset(coalition)
        together = self.bounds(members)
        if len(members) == 1:
            return Interval(0.0, 0.0)
        alone = [self.cost[frozenset({player})] for player in self.players if player in members]
        return Interval(
            sum(interval.low for interval in alone) - together.high,
            sum(interval.high for interval in alone) - together.low,
        )

    @property
    def tolerance(self) -> float:
        """Difference in money below which two costs of this game count as equal."""
        return RELATIVE_TOLERANCE * max(max(abs(interval.low), abs(interval.high)) for interval in self.cost.values())

    @property
    def subadditive(self) -> Subadditivity:
        """Whether joining never costs more than staying apart, for every two coalitions without a common member.

        "proven" when each union's incumbent is no more than the two bounds together, so that it holds for every cost inside the gaps; "no"
        when some union's bound exceeds the two incumbents together, which no cost inside the gaps can mend. Where a coalition may always
        run its parts' plans side by side, "no" is the mark of a mistake in the model.
        """
        low, high, tolerance = mask_array(self, "low"), mask_array(self, "high"), self.tolerance
        proven = True
        for union in range(1, low.size):
            # Of each pair (part, rest) one half suffices: the part that is larger as a number.
            part = union & (union - 1)
            while part > (union ^ part):
                rest = union ^ part
                if low[union] > high[part] + high[rest] + tolerance:
                    return "no"
                proven = proven and bool(high[union] <= low[part] + low[rest] + tolerance)
                part = (part - 1) & union
        return "proven" if proven else "not proven"


def mask_array(game: Game, end: Literal["low", "high"]) -> Array:
    """One end of every cost as an array of length 2^n: place k holds the coalition whose players' bits are set in k; place 0 is 0."""
    return np.array([0.0, *(getattr(game.cost[coalition], end) for coalition in game.coalitions)])


def incumbent_savings(game: Game) -> Array:
    """Savings of the plans in hand, Σ alone - together, by mask (shape 2^n): the zero-normalised savings game of the incumbents."""
    return savings_of(mask_array(game, "high"))


def savings_of(costs: Array) -> Array:
    """Zero-normalised savings game of a cost array by mask: the members' costs alone minus the coalition's cost."""
    return np.asarray(members(costs.size) @ alone(costs) - costs)


def members(size: int) -> Array:
    """Membership matrix of 2^n masks, shape (2^n, n): 1 where the player's bit is set."""
    player = np.arange(size.bit_length() - 1)
    return ((np.arange(size)[:, None] >> player) & 1).astype(np.float64)


def alone(costs: Array) -> Array:
    """Cost of every single player, shape (n,), out of a cost array by mask."""
    return np.asarray(costs[1 << np.arange(costs.size.bit_length() - 1)])


def as_mapping(game: Game, values: Array) -> dict[str, float]:
    """Values by player place as a mapping by player id."""
    return {player: float(value) for player, value in zip(game.players, values, strict=True)}


def as_array(game: Game, values: Mapping[str, float], subject: str) -> Array:
    """Values by player id as an array in the game's order. Raises ValueError when a player is missing, foreign, or its value not finite."""
    if set(values) != set(game.players):
        raise ValueError(
            f"{subject} is given for {sorted(values)}, the players are {sorted(game.players)}; give one value for each"
        )
    array = np.array([float(values[player]) for player in game.players])
    if not np.isfinite(array).all():
        raise ValueError(f"{subject} must be finite for every player, got {dict(values)}")
    return array


def _names(coalitions: Iterable[Coalition]) -> str:
    return ", ".join("{" + ", ".join(sorted(coalition)) + "}" for coalition in coalitions)
