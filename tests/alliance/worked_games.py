"""Games whose solutions are published, and strategies for random ones. Games given by values enter as costs with the sign turned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from hypothesis import strategies as st

from halfshaft.alliance import Game, Interval

THREE = ("1", "2", "3", "12", "13", "23", "123")
# Depth first, the order in which Hasan's and Sakawa's tables are printed.
FOUR = ("1", "12", "123", "1234", "124", "13", "134", "14", "2", "23", "234", "24", "3", "34", "4")
FIVE = (
    *("1", "12", "123", "1234", "12345", "1235", "124", "1245", "125", "13", "134", "1345", "135", "14", "145", "15"),
    *("2", "23", "234", "2345", "235", "24", "245", "25", "3", "34", "345", "35", "4", "45", "5"),
)


def cost_game(order: Sequence[str], costs: Sequence[float]) -> Game:
    """The game whose coalitions, written as strings of one-letter players, have these costs."""
    return Game.exact(sorted(set("".join(order))), dict(zip(map(frozenset, order), costs, strict=True)))


def value_game(order: Sequence[str], values: Sequence[float]) -> Game:
    """The game whose coalitions have these values: costs with the sign turned."""
    return cost_game(order, [-value for value in values])


def rule_game(players: str, cost: object) -> Game:
    """The game over one-letter players whose costs a function of the coalition gives."""
    assert callable(cost)
    order = coalitions_of(players)
    return cost_game(order, [float(cost(frozenset(coalition))) for coalition in order])


def coalitions_of(players: str) -> list[str]:
    """Every non-empty coalition, small ones first."""
    return ["".join(group) for size in range(1, len(players) + 1) for group in combinations(players, size)]


# Straffin and Heaney 1981: the Tennessee Valley Authority's dams, cost in thousand dollars.
TVA = cost_game(THREE, [163520, 140826, 250096, 301607, 378821, 367370, 412584])
# Lemaire 1991, Oh and Shin 2012, Hasan et al. 2011, Sakawa et al. 2001: collected by Guajardo and Jörnsten 2015.
LEMAIRE = value_game(THREE, [46125, 17437.5, 5812.5, 69187.5, 53812.5, 30750, 90000])
OH_SHIN = cost_game(THREE, [375144, 245280, 211239, 568232, 551055, 452411, 772500])
HASAN = cost_game(FOUR, [8, 8, 10, 20, 19, 10, 20, 19, 1, 10, 13, 12, 10, 12, 11])
SAKAWA = value_game(
    FIVE,
    [
        *(0.060, 0.378, 0.536, 0.906, 1, 0.573, 0.747, 0.874, 0.485, 0.144, 0.546, 0.634, 0.255, 0.408, 0.561, 0.182),
        *(0.168, 0.337, 0.706, 0.801, 0.379, 0.538, 0.668, 0.279, 0.03, 0.383, 0.473, 0.083, 0.249, 0.386, 0),
    ],
)
# One left glove, two right ones; a pair is worth 1.
GLOVE = rule_game("abc", lambda coalition: -1.0 if "a" in coalition and len(coalition) > 1 else 0.0)
# Any two of three can decide.
MAJORITY = rule_game("abc", lambda coalition: -1.0 if len(coalition) > 1 else 0.0)
# A runway for the largest aircraft of the coalition (Littlechild and Owen 1973, with costs 1, 2, 4, 7).
AIRPORT = rule_game("abcd", lambda coalition: max({"a": 1, "b": 2, "c": 4, "d": 7}[player] for player in coalition))


def talmud(estate: float) -> Game:
    """The Talmud's bankruptcy, claims 100, 200, 300 (Aumann and Maschler 1985): a coalition has what is left once the others are paid."""
    claims = {"a": 100.0, "b": 200.0, "c": 300.0}
    return rule_game(
        "abc",
        lambda coalition: -max(0.0, estate - sum(claim for name, claim in claims.items() if name not in coalition)),
    )


@st.composite
def games(draw: st.DrawFn, smallest: int = 2, largest: int = 5, costs: int = 30) -> Game:
    """Any game with small whole costs: ties and degenerate optima are common, and arithmetic is exact."""
    players = "abcdefgh"[: draw(st.integers(smallest, largest))]
    order = coalitions_of(players)
    return cost_game(order, draw(st.lists(st.integers(-costs, costs), min_size=len(order), max_size=len(order))))


@st.composite
def subadditive_games(draw: st.DrawFn, smallest: int = 2, largest: int = 5) -> Game:
    """A game in which joining never costs more: each coalition takes the cheapest way to run itself whole or in two parts."""
    game = draw(games(smallest, largest))
    best: dict[frozenset[str], float] = {}
    for coalition in sorted(game.coalitions, key=len):
        halves = [frozenset(half) for half in coalitions_of("".join(sorted(coalition))) if len(half) < len(coalition)]
        best[coalition] = min([game.value(coalition) + 30.0, *(best[half] + best[coalition - half] for half in halves)])
    return Game.exact(game.players, best)


@st.composite
def gapped_games(draw: st.DrawFn, smallest: int = 2, largest: int = 4) -> Game:
    """A game whose costs have gaps of random width, some of them none."""
    game = draw(subadditive_games(smallest, largest))
    gaps = draw(st.lists(st.integers(0, 8), min_size=len(game.coalitions), max_size=len(game.coalitions)))
    return Game(
        game.players,
        {
            coalition: Interval(game.value(coalition) - gap, game.value(coalition))
            for coalition, gap in zip(game.coalitions, gaps, strict=True)
        },
    )


def inside(game: Game, shares: Sequence[float]) -> Game:
    """A game without gaps inside the gaps of `game`: each cost at a share of its interval, the grand coalition at its incumbent."""
    costs = {
        coalition: game.bounds(coalition).low + share * game.bounds(coalition).width
        for coalition, share in zip(game.coalitions, shares, strict=False)
    }
    return Game.exact(game.players, {**costs, game.grand: game.value(game.grand)})
