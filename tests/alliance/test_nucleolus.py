"""The nucleolus against published figures, its own definition, and Kohlberg's criterion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worked_games import AIRPORT, GLOVE, HASAN, LEMAIRE, OH_SHIN, SAKAWA, TVA, games, subadditive_games, talmud

from halfshaft.alliance import (
    Game,
    core_existence,
    core_status,
    least_core_epsilon,
    nucleolus,
    satisfies_kohlberg,
    shapley,
)

_PUBLISHED = [
    pytest.param(TVA, (116234, 93540, 202810), id="tva"),
    pytest.param(LEMAIRE, (-52687.5, -24468.75, -12843.75), id="lemaire"),
    pytest.param(OH_SHIN, (331695.25, 233051.25, 207753.5), id="oh-shin"),
    pytest.param(HASAN, (7.5, 0.5, 1.5, 10.5), id="hasan"),
    pytest.param(SAKAWA, (-0.165, -0.3205, -0.0845, -0.3745, -0.0555), id="sakawa"),
    pytest.param(talmud(100), (-100 / 3, -100 / 3, -100 / 3), id="talmud-100"),
    pytest.param(talmud(200), (-50, -75, -75), id="talmud-200"),
    pytest.param(talmud(300), (-50, -100, -150), id="talmud-300"),
    pytest.param(GLOVE, (-1, 0, 0), id="glove"),
    pytest.param(AIRPORT, (0.5, 0.75, 1.375, 4.375), id="airport"),
]


@pytest.mark.parametrize(("game", "payments"), _PUBLISHED)
def test_published_values(game: Game, payments: tuple[float, ...]) -> None:
    """Worked examples of the literature, among them four that were once published wrongly (sources beside the games)."""
    assert tuple(nucleolus(game).values()) == pytest.approx(payments, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("game", "payments"), _PUBLISHED)
def test_kohlberg_knows_the_published_values(game: Game, payments: tuple[float, ...]) -> None:
    """The criterion, which shares no step with the method, accepts the published values and refuses them once moved by a little."""
    exact = dict(zip(game.players, map(float, payments), strict=True))
    size = max(abs(game.value(coalition)) for coalition in game.coalitions)
    assert satisfies_kohlberg(game, exact)
    for giver, taker in zip(game.players, game.players[1:], strict=False):
        moved = {**exact, giver: exact[giver] + 1e-3 * size, taker: exact[taker] - 1e-3 * size}
        assert not satisfies_kohlberg(game, moved)


def test_kohlberg_refuses_what_is_no_split() -> None:
    """Payments that do not sum to the cost, or that charge somebody more than alone, are no nucleolus."""
    assert not satisfies_kohlberg(TVA, {"1": 116234.0, "2": 93540.0, "3": 202000.0})
    assert not satisfies_kohlberg(TVA, {"1": 170000.0, "2": 93540.0, "3": 412584.0 - 263540.0})


@given(games())
def test_passes_kohlberg(game: Game) -> None:
    """For any game, with ties, empty cores and without imputations, the result passes the criterion."""
    assert satisfies_kohlberg(game, nucleolus(game))


@given(games(3, 4), st.data())
def test_kohlberg_separates(game: Game, data: st.DataObject) -> None:
    """No other split of the game passes the criterion: the nucleolus is one point."""
    exact = nucleolus(game)
    moves = data.draw(st.lists(st.integers(-3, 3), min_size=len(exact), max_size=len(exact)))
    moves[-1] -= sum(moves)
    assume(any(moves))
    moved = {player: exact[player] + move for (player, move) in zip(exact, moves, strict=True)}
    assert not satisfies_kohlberg(game, moved)


def _complaints(game: Game, payments: np.ndarray) -> list[float]:
    """Excesses of all proper coalitions, largest first."""
    by_player = dict(zip(game.players, payments, strict=True))
    return sorted((sum(by_player[p] for p in s) - game.value(s) for s in game.coalitions[:-1]), reverse=True)


@given(games(3, 4), st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4))
def test_is_lexicographically_least(game: Game, weights: list[float]) -> None:
    """By definition: no other imputation has a smaller largest excess, or the same and a smaller second one, and so on."""
    alone = np.array([game.value({player}) for player in game.players])
    saving = alone.sum() - game.value(game.grand)
    share = np.array(weights[: len(game.players)])
    assume(saving > 0.0 and share.sum() > 1e-3)
    found = np.array(_complaints(game, np.array(list(nucleolus(game).values()))))
    other = np.array(_complaints(game, alone - saving * share / share.sum()))
    differing = np.flatnonzero(np.abs(found - other) > 1e-6)
    assert differing.size == 0 or found[differing[0]] < other[differing[0]]


@given(games())
def test_is_efficient_and_individually_rational(game: Game) -> None:
    """Payments sum to the joint cost, and nobody pays more than alone whenever that is possible."""
    payments = nucleolus(game)
    alone = {player: game.value({player}) for player in game.players}
    assert sum(payments.values()) == pytest.approx(game.value(game.grand), abs=1e-8)
    if sum(alone.values()) >= game.value(game.grand):
        assert all(payments[player] <= alone[player] + 1e-8 for player in game.players)


@given(games(), st.integers(1, 50), st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=5))
def test_is_covariant(game: Game, factor: int, fees: list[int]) -> None:
    """Changing the currency and adding a private cost to each player changes the payments alike, for Shapley value and nucleolus."""
    fee = dict(zip(game.players, fees, strict=False))
    moved = Game.exact(
        game.players, {s: factor * game.value(s) + sum(fee[player] for player in s) for s in game.coalitions}
    )
    for rule in (shapley, nucleolus):
        expected = {player: factor * payment + fee[player] for player, payment in rule(game).items()}
        assert rule(moved) == pytest.approx(expected, abs=1e-6)


@given(games(2, 4), st.integers(-20, 20))
def test_a_dummy_pays_its_own_cost(game: Game, fee: int) -> None:
    """A player that adds the same cost to every coalition pays just that, and the others pay as if it were not there."""
    costs = dict(game.cost)
    for coalition in game.coalitions:
        costs[coalition | {"z"}] = costs[coalition] + float(fee)
    costs[frozenset("z")] = costs[frozenset("a")] - costs[frozenset("a")].low + float(fee)
    larger = Game((*game.players, "z"), costs)
    for rule in (shapley, nucleolus):
        assert rule(larger)["z"] == pytest.approx(fee, abs=1e-7)
    assert shapley(larger) == pytest.approx({**shapley(game), "z": fee}, abs=1e-7)


@given(games(2, 5))
def test_equals_pay_equally(game: Game) -> None:
    """In a game made symmetric in its first two players both pay the same, by Shapley value and nucleolus."""
    swap = {"a": "b", "b": "a"}
    mirrored = {s: frozenset(swap.get(player, player) for player in s) for s in game.coalitions}
    even = Game.exact(game.players, {s: game.value(s) + game.value(mirrored[s]) for s in game.coalitions})
    for rule in (shapley, nucleolus):
        payments = rule(even)
        assert payments["a"] == pytest.approx(payments["b"], abs=1e-7)


@given(subadditive_games(2, 5))
def test_lies_in_the_core_when_there_is_one(game: Game) -> None:
    """Whenever the core is not empty the nucleolus lies in it, and it never does when it is empty."""
    exists = core_existence(game, least_core_epsilon(game)) == "not empty"
    assert core_status(game, nucleolus(game)) == ("proven" if exists else "no")


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(6, 8))
def test_larger_games_pass_kohlberg(seed: int, size: int) -> None:
    """Six to eight players with costs of a few milliard and savings of a few percent: the scale of a programme."""
    random = np.random.default_rng(seed)
    players = tuple(f"p{place}" for place in range(size))
    share = random.dirichlet(np.ones(size)) * 2e9
    together = {s: sum(share[players.index(player)] for player in s) for s in _all(players)}
    game = Game.exact(players, {s: cost * (1 - 0.01 * len(s) * random.random()) for s, cost in together.items()})
    payments = nucleolus(game)
    assert satisfies_kohlberg(game, payments)
    assert sum(payments.values()) == pytest.approx(game.value(game.grand), rel=1e-12)


def _all(players: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(p for bit, p in enumerate(players) if mask >> bit & 1) for mask in range(1, 1 << len(players))]
