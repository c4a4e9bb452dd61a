"""Cost games: validation, savings and subadditivity between two bounds."""

from __future__ import annotations

import pickle
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worked_games import MAJORITY, TVA, games, gapped_games, subadditive_games

from halfshaft.alliance import Game, Interval

_A, _B, _AB = frozenset("a"), frozenset("b"), frozenset("ab")


def test_a_missing_coalition_is_named() -> None:
    """A game without one of its costs is refused, and the message names the coalition."""
    with pytest.raises(ValueError, match=r"no cost for \{a, b\}"):
        Game.exact("ab", {_A: 1.0, _B: 1.0})


def test_a_foreign_coalition_is_named() -> None:
    """A cost for somebody who is no player, or for nobody, is refused."""
    with pytest.raises(ValueError, match=r"cost for \{x\}"):
        Game.exact("ab", {_A: 1.0, _B: 1.0, _AB: 1.5, frozenset("x"): 1.0})
    with pytest.raises(ValueError, match="is no coalition"):
        Game.exact("ab", {_A: 1.0, _B: 1.0, _AB: 1.5, frozenset(): 0.0})


@pytest.mark.parametrize("players", [("a",), (), ("a", "a")])
def test_refuses_too_few_or_repeated_players(players: tuple[str, ...]) -> None:
    """One player is no alliance, and no player counts twice."""
    with pytest.raises(ValueError, match="player"):
        Game.exact(players, {_A: 1.0})


def test_asking_for_a_stranger_raises() -> None:
    """The value of a coalition that is none raises instead of being zero."""
    with pytest.raises(ValueError, match="is no coalition"):
        TVA.value({"1", "x"})


def test_saving_takes_the_pessimistic_ends() -> None:
    """The saving lies in [Σ bounds alone - joint incumbent, Σ incumbents alone - joint bound], written out for two partners."""
    game = Game("ab", {_A: Interval(9.0, 10.0), _B: Interval(18.0, 20.0), _AB: Interval(24.0, 25.0)})
    assert game.saving(_AB) == Interval(9.0 + 18.0 - 25.0, 10.0 + 20.0 - 24.0)
    assert game.saving(_A) == Interval(0.0, 0.0)
    assert game.value(_AB) == 25.0


@given(gapped_games(), st.lists(st.floats(0.0, 1.0), min_size=15, max_size=15))
def test_the_saving_of_every_cost_inside_the_gaps_is_inside(game: Game, shares: list[float]) -> None:
    """Whatever the true costs, the true saving of every coalition lies in the interval given for it."""
    true = {
        coalition: game.bounds(coalition).low + share * game.bounds(coalition).width
        for coalition, share in zip(game.coalitions, shares, strict=False)
    }
    for coalition in game.coalitions:
        saving = sum(true[frozenset(player)] for player in coalition) - true[coalition]
        assert game.saving(coalition).contains(saving, 1e-9)


@given(games(largest=4))
def test_subadditivity_agrees_with_all_pairs(game: Game) -> None:
    """Without gaps the answer is that of checking every pair of coalitions without a common member, and never "not proven"."""
    holds = all(
        game.value(one | other) <= game.value(one) + game.value(other)
        for one, other in product(game.coalitions, repeat=2)
        if not one & other
    )
    assert game.subadditive == ("proven" if holds else "no")


@given(subadditive_games(largest=4), st.data())
def test_subadditivity_inside_gaps(game: Game, data: st.DataObject) -> None:
    """Lowering one bound of a subadditive game leaves it "proven" or "not proven", since its incumbents still are subadditive."""
    coalition = data.draw(st.sampled_from(game.coalitions))
    wider = {**game.cost, coalition: Interval(game.value(coalition) - 1000.0, game.value(coalition))}
    if len(coalition) < len(game.players):
        # The part may now be so cheap that a union with it costs more than both: true for some costs inside the gap only.
        assert Game(game.players, wider).subadditive == "not proven"
    else:
        assert Game(game.players, wider).subadditive == "proven"


def test_games_travel_between_processes() -> None:
    """A game survives pickling, as workers and caches need it to."""
    assert pickle.loads(pickle.dumps(MAJORITY)) == MAJORITY
