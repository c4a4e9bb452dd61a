"""The Shapley value against published figures and against its own axioms."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worked_games import AIRPORT, GLOVE, HASAN, LEMAIRE, OH_SHIN, TVA, games

from halfshaft.alliance import Game, shapley


@pytest.mark.parametrize(
    ("game", "payments"),
    [
        pytest.param(TVA, (117829, 100756.5, 193998.5), id="tva"),
        pytest.param(LEMAIRE, (-51750, -25875, -12375), id="lemaire"),
        pytest.param(OH_SHIN, (1026617 / 3, 683855 / 3, 607028 / 3), id="oh-shin"),
        pytest.param(HASAN, (6.25, 5 / 12, 49 / 12, 9.25), id="hasan"),
        pytest.param(GLOVE, (-2 / 3, -1 / 6, -1 / 6), id="glove"),
        pytest.param(AIRPORT, (1 / 4, 7 / 12, 19 / 12, 55 / 12), id="airport"),
    ],
)
def test_published_values(game: Game, payments: tuple[float, ...]) -> None:
    """Worked examples of the literature come out (sources beside the games)."""
    assert tuple(shapley(game).values()) == pytest.approx(payments, rel=1e-9)


@given(games(largest=4))
def test_is_the_mean_over_orders_of_joining(game: Game) -> None:
    """The sum over coalitions equals Shapley's own definition: the mean marginal cost over all orders."""
    orders = list(permutations(game.players))
    mean = dict.fromkeys(game.players, 0.0)
    for order in orders:
        for place, player in enumerate(order):
            before = game.value(order[:place]) if place else 0.0
            mean[player] += (game.value(order[: place + 1]) - before) / len(orders)
    assert shapley(game) == pytest.approx(mean, abs=1e-9)


@given(games(4, 4), games(4, 4))
def test_is_additive(one: Game, other: Game) -> None:
    """The value of the sum of two games is the sum of the values, the axiom that sets it apart from the nucleolus."""
    total = Game.exact(
        one.players, {coalition: one.value(coalition) + other.value(coalition) for coalition in one.coalitions}
    )
    parts = {player: shapley(one)[player] + shapley(other)[player] for player in one.players}
    assert shapley(total) == pytest.approx(parts, abs=1e-9)


@given(st.lists(st.integers(1, 1000), min_size=3, max_size=12))
def test_airport_closed_form(costs: list[int]) -> None:
    """For airport games of up to twelve players it is the closed form: every step of the runway is shared by those who need it."""
    players = tuple(f"p{place:02d}" for place in range(len(costs)))
    by_player = dict(zip(players, sorted(costs), strict=True))
    order = tuple(
        frozenset(player for bit, player in enumerate(players) if mask >> bit & 1)
        for mask in range(1, 1 << len(players))
    )
    game = Game.exact(players, {coalition: max(by_player[player] for player in coalition) for coalition in order})
    owed, expected, step = 0.0, {}, 0
    for place, player in enumerate(players):
        owed += (by_player[player] - step) / (len(players) - place)
        expected[player], step = owed, by_player[player]
    assert shapley(game) == pytest.approx(expected, rel=1e-9)
