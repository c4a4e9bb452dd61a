"""The core between two bounds: what is proven holds for every cost inside the gaps, what is refused for none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worked_games import GLOVE, HASAN, MAJORITY, TVA, games, gapped_games, inside

from halfshaft.alliance import (
    Game,
    Interval,
    core_existence,
    core_status,
    least_core_epsilon,
    nucleolus,
    objecting,
    shapley,
)

_shares = st.lists(st.floats(0.0, 1.0), min_size=15, max_size=15)
_A, _B, _AB = frozenset("a"), frozenset("b"), frozenset("ab")
_TWO = Game("ab", {_A: Interval(9.0, 10.0), _B: Interval(18.0, 20.0), _AB: Interval(24.0, 25.0)})


def test_majority_has_an_empty_core() -> None:
    """Any two of three can do everything: the least core's level is 1/3 and the core is empty."""
    epsilon = least_core_epsilon(MAJORITY)
    assert (epsilon.low, epsilon.high) == pytest.approx((1 / 3, 1 / 3), rel=1e-9)
    assert core_existence(MAJORITY, epsilon) == "empty"


def test_shapley_value_may_leave_a_core_that_exists() -> None:
    """In the game of Hasan et al. members 1, 2, 3 would pay 10.75 by the Shapley value and 10 on their own; the nucleolus is stable."""
    payments = shapley(HASAN)
    assert sum(payments[player] for player in "123") == pytest.approx(10.75)
    assert core_status(HASAN, payments) == "no"
    assert frozenset("123") in objecting(HASAN, payments)
    assert core_status(HASAN, nucleolus(HASAN)) == "proven"


def test_the_core_of_the_glove_game_is_one_point() -> None:
    """The owner of the scarce glove takes all: that point is in the core, a little less is not."""
    assert core_status(GLOVE, {"a": -1.0, "b": 0.0, "c": 0.0}) == "proven"
    assert core_status(GLOVE, {"a": -0.99, "b": -0.01, "c": 0.0}) == "no"


@pytest.mark.parametrize(
    ("payment_a", "status", "against"),
    [
        pytest.param(4.9, "no", (_B,), id="b-pays-more-than-its-plan-in-hand"),
        pytest.param(5.1, "not proven", (_B,), id="b-pays-more-than-its-bound"),
        pytest.param(7.0, "proven", (), id="both-below-their-bounds-at-the-edge"),
        pytest.param(9.0, "proven", (), id="a-pays-its-bound"),
        pytest.param(9.5, "not proven", (_A,), id="a-pays-more-than-its-bound"),
        pytest.param(10.1, "no", (_A,), id="a-pays-more-than-its-plan-in-hand"),
    ],
)
def test_two_partners_by_hand(payment_a: float, status: str, against: tuple[frozenset[str], ...]) -> None:
    """With bounds [9, 10] and [18, 20] alone and 25 together, the proven core is a in [7, 9], and beyond [5, 10] there is none."""
    payment = {"a": payment_a, "b": 25.0 - payment_a}
    assert core_status(_TWO, payment) == status
    assert objecting(_TWO, payment) == against


def test_refuses_what_is_no_split_of_the_cost() -> None:
    """Payments that do not sum to the joint cost, or leave out a player, are refused with the two figures."""
    with pytest.raises(ValueError, match="split exactly that"):
        core_status(_TWO, {"a": 5.0, "b": 5.0})
    with pytest.raises(ValueError, match="one value for each"):
        core_status(_TWO, {"a": 25.0})
    with pytest.raises(ValueError, match="finite"):
        core_status(_TWO, {"a": float("nan"), "b": 25.0})


@given(gapped_games(), st.lists(st.integers(-5, 5), min_size=4, max_size=4), _shares)
def test_the_status_holds_for_games_inside_the_gaps(game: Game, moves: list[int], shares: list[float]) -> None:
    """Near the nucleolus: "proven" is in the core of every game drawn from the gaps, "no" of none, "not proven" of one end only."""
    shift = dict(zip(game.players, moves, strict=False))
    shift[game.players[-1]] -= sum(shift.values())
    payment = {player: paid + shift[player] for player, paid in nucleolus(game).items()}
    status = core_status(game, payment)
    drawn = core_status(inside(game, shares), payment)
    at_bounds, at_incumbents = (core_status(inside(game, [end] * 15), payment) for end in (0.0, 1.0))
    expected = {"proven": ("proven", "proven"), "not proven": ("no", "proven"), "no": ("no", "no")}
    assert (at_bounds, at_incumbents) == expected[status]
    assert status == "not proven" or drawn == status


@given(gapped_games(), _shares)
def test_epsilon_of_games_inside_the_gaps_is_inside(game: Game, shares: list[float]) -> None:
    """The least-core level of a game drawn from the gaps lies in the interval, and the verdict on existence holds for it."""
    epsilon = least_core_epsilon(game)
    drawn_game = inside(game, shares)
    drawn = least_core_epsilon(drawn_game)
    assert epsilon.contains(drawn.low, 1e-8)
    existence = core_existence(game, epsilon)
    if existence != "not proven":
        assert core_existence(drawn_game, drawn) == existence


@given(games(3, 3))
def test_epsilon_of_three_players_in_closed_form(game: Game) -> None:
    """For three players the level is the largest over the minimal balanced collections (Bondareva 1963, Shapley 1967), written out."""
    cost, joint = game.value, game.value(game.grand)
    pairs = [("a", "bc"), ("b", "ac"), ("c", "ab")]
    expected = max(
        (joint - sum(cost(player) for player in "abc")) / 3,
        (2 * joint - sum(cost(pair) for _, pair in pairs)) / 3,
        *((joint - cost(single) - cost(pair)) / 2 for single, pair in pairs),
    )
    assert least_core_epsilon(game).low == pytest.approx(expected, abs=1e-8)


def test_two_partners_share_the_saving_in_the_least_core() -> None:
    """With two partners ε is minus half the saving: against the incumbents (30 - 25)/2, against the bounds (27 - 25)/2."""
    assert least_core_epsilon(_TWO) == Interval(-2.5, -1.0)
    assert core_existence(_TWO, least_core_epsilon(_TWO)) == "not empty"


def test_existence_may_stay_open() -> None:
    """When the bounds alone sum to less than the joint plan costs but the incumbents to more, nothing is proven."""
    game = Game("ab", {_A: Interval(5.0, 10.0), _B: Interval(18.0, 20.0), _AB: Interval(24.0, 25.0)})
    assert core_existence(game, least_core_epsilon(game)) == "not proven"


def test_the_textbook_game_has_room() -> None:
    """The dams of the TVA: the core is not empty, and the nucleolus leaves every coalition the same least gain."""
    epsilon = least_core_epsilon(TVA)
    assert epsilon.high == pytest.approx(-(163520 + 140826 + 250096 - 412584) / 3, rel=1e-9)
