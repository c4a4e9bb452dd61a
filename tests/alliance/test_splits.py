"""The rules side by side: sums, published figures, identities, gaps and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worked_games import HASAN, LEMAIRE, MAJORITY, TVA, cost_game, games, gapped_games, rule_game, subadditive_games

from halfshaft.alliance import AllianceResult, Game, Interval, Split, allocate, nucleolus, shapley, split_rules

_A, _B, _AB = frozenset("a"), frozenset("b"), frozenset("ab")
_TWO = Game("ab", {_A: Interval(9.0, 10.0), _B: Interval(18.0, 20.0), _AB: Interval(24.0, 25.0)})


def _split(result: AllianceResult, rule: str) -> Split:
    (found,) = (split for split in result.splits if split.rule == rule)
    return found


def _even(game: Game) -> dict[str, float]:
    return dict.fromkeys(game.players, 1.0)


@given(gapped_games(), st.lists(st.integers(1, 100), min_size=4, max_size=4), st.integers(0, 50))
def test_every_split_adds_up(game: Game, volumes: list[int], joint_cost: int) -> None:
    """Payments sum to the joint cost, gains to the saving of the plans in hand, transfers to zero, and payment + gain is the cost alone."""
    volume = {player: float(pieces) for player, pieces in zip(game.players, volumes, strict=False)}
    joint = game.value(game.grand)
    own = {player: (joint - joint_cost) / len(volume) for player in game.players}
    result = allocate(game, own_cost=own, volume=volume, joint_cost=joint_cost)
    alone = {player: game.value({player}) for player in game.players}
    for split in result.splits:
        assert split.transfer is not None
        assert sum(split.payment.values()) == pytest.approx(joint, abs=1e-7)
        assert sum(split.gain.values()) == pytest.approx(sum(alone.values()) - joint, abs=1e-7)
        assert sum(split.transfer.values()) == pytest.approx(0.0, abs=1e-7)
        for player in game.players:
            assert split.payment[player] + split.gain[player] == pytest.approx(alone[player], abs=1e-9)
            assert split.gain_interval[player].high == pytest.approx(split.gain[player], abs=1e-9)
            assert split.gain_interval[player].width == pytest.approx(game.bounds({player}).width, abs=1e-9)


@given(subadditive_games(2, 2), st.lists(st.integers(1, 100), min_size=2, max_size=2))
def test_two_partners_have_one_fair_point(game: Game, volumes: list[int]) -> None:
    """With two partners Shapley value, nucleolus and remaining benefits are the equal gain, which is in the core; a note says so."""
    result = allocate(game, own_cost=None, volume=dict(zip(game.players, map(float, volumes), strict=True)))
    equal = _split(result, "equal_gain")
    for rule in ("shapley", "nucleolus", "scrb"):
        assert _split(result, rule).payment == pytest.approx(equal.payment, abs=1e-8)
    assert equal.in_core == "proven"
    assert any("two partners" in note for note in result.notes)


def test_separable_costs_of_the_tva() -> None:
    """Straffin and Heaney's figures for separable costs and remaining benefits, printed to the thousand dollars: 117476, 99157, 195951."""
    split = _split(allocate(TVA, own_cost=None, volume=_even(TVA)), "scrb")
    assert tuple(split.payment.values()) == pytest.approx((117476, 99157, 195951), abs=0.5)


@given(games(3, 4))
def test_separable_costs_follow_the_textbook_formula(game: Game) -> None:
    """The rule in gains equals the textbook's form in costs: separable cost plus a share of the rest by remaining benefit."""
    joint = game.value(game.grand)
    separable = {player: joint - game.value(game.grand - {player}) for player in game.players}
    remaining = {player: game.value({player}) - separable[player] for player in game.players}
    result = allocate(game, own_cost=None, volume=_even(game))
    shown = [split for split in result.splits if split.rule == "scrb"]
    if min(remaining.values()) < 0.0 < max(remaining.values()):
        assert not shown
        assert any("remaining benefits" in note for note in result.notes)
    elif sum(remaining.values()) != 0.0:
        rest = joint - sum(separable.values())
        expected = {p: separable[p] + rest * remaining[p] / sum(remaining.values()) for p in game.players}
        assert shown[0].payment == pytest.approx(expected, abs=1e-8)


def test_a_small_partner_by_three_rules() -> None:
    """A partner with 12.9 % of the volume in a saving of 35.2 receives 17.6 by equal gain and 4.5 by volume, as known for this case."""
    game = cost_game(("a", "b", "ab"), (300.0, 1900.0, 2200.0 - 35.2))
    result = allocate(game, own_cost=None, volume={"a": 12.9, "b": 87.1})
    assert _split(result, "equal_gain").gain["a"] == pytest.approx(17.6)
    assert _split(result, "proportional_to_volume").gain["a"] == pytest.approx(4.54, abs=0.005)
    by_cost = _split(result, "proportional_to_cost")
    assert by_cost.gain["a"] / 300.0 == pytest.approx(by_cost.gain["b"] / 1900.0)


def test_rules_and_functions_agree() -> None:
    """The Shapley value and the nucleolus in the table are those of the functions, and every rule of the list is in the table."""
    result = allocate(HASAN, own_cost={"1": 5.0, "2": 5.0, "3": 5.0, "4": 5.0}, volume=_even(HASAN))
    assert _split(result, "shapley").payment == pytest.approx(shapley(HASAN))
    assert _split(result, "nucleolus").payment == pytest.approx(nucleolus(HASAN))
    assert [split.rule for split in result.splits] == [rule.rule for rule in split_rules()]
    assert ("3", "4") in _split(result, "shapley").objecting


def test_own_cost_shares_the_joint_cost_by_volume() -> None:
    """Own costs 6 and 15 with joint development 4, volumes 1 to 3: payments 7 and 18, and this rule moves no money between partners."""
    result = allocate(_TWO, own_cost={"a": 6.0, "b": 15.0}, volume={"a": 1.0, "b": 3.0}, joint_cost=4.0)
    own = _split(result, "own_cost")
    assert own.payment == pytest.approx({"a": 7.0, "b": 18.0})
    assert own.transfer == pytest.approx({"a": 0.0, "b": 0.0})
    equal = _split(result, "equal_gain")
    assert equal.payment == pytest.approx({"a": 7.5, "b": 17.5})
    assert equal.transfer == pytest.approx({"a": 0.5, "b": -0.5})
    assert equal.gain_interval["a"] == Interval(1.5, 2.5)
    assert result.saving == Interval(2.0, 6.0)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=4), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_one_price_is_stable_when_the_price_falls(quantities: list[int], steps: list[int]) -> None:
    """For one pooled contract whose average price falls with the quantity, the same price for all lies in the core."""
    players = "abcd"[: len(quantities)]
    quantity = dict(zip(players, quantities, strict=True))
    breaks = (0, 50, 200, 800)
    prices = [40 - sum(steps[: place + 1]) for place in range(4)]

    def price(pieces: int) -> float:
        return float(next(p for start, p in reversed(list(zip(breaks, prices, strict=True))) if pieces >= start))

    def cost(coalition: frozenset[str]) -> float:
        pieces = sum(quantity[player] for player in coalition)
        return pieces * price(pieces)

    game = rule_game(players, cost)
    common = price(sum(quantities))
    own = {player: quantity[player] * common for player in players}
    result = allocate(game, own_cost=own, volume={player: float(pieces) for player, pieces in quantity.items()})
    assert _split(result, "own_cost").in_core == "proven"
    assert result.core == "not empty"


def _equal_price_gain(share: float, total: float) -> float:
    """Gain of the member with this share of the pooled quantity when all pay the price 1 + q^-1/2 of the whole (the own-cost rule)."""
    quantity = {"a": share * total, "b": (1.0 - share) * total}

    def cost(coalition: frozenset[str]) -> float:
        pieces = sum(quantity[player] for player in coalition)
        return pieces + math.sqrt(pieces)

    game = rule_game("ab", cost)
    price = 1.0 + total**-0.5
    own = {player: pieces * price for player, pieces in quantity.items()}
    return _split(allocate(game, own_cost=own, volume=quantity), "own_cost").gain["a"]


def test_equal_price_favours_the_middle() -> None:
    """Schotanus, Telgen and de Boer 2008: under an equal price the gain falls again beyond 38.2 % of the volume (others unchanged).

    With the total unchanged the best share is 25 %.
    """
    grid = [place / 1000 for place in range(340, 421)]
    others_fixed = max(grid, key=lambda share: _equal_price_gain(share, 1.0 / (1.0 - share)))
    assert others_fixed == pytest.approx(0.382, abs=1e-3)
    grid = [place / 1000 for place in range(210, 291)]
    assert max(grid, key=lambda share: _equal_price_gain(share, 1.0)) == pytest.approx(0.25, abs=1e-3)


def test_own_costs_must_be_the_whole_plan() -> None:
    """Own costs that miss a part of the plan's cost are refused with both figures, never scaled to fit."""
    with pytest.raises(ValueError, match=r"21\.0.*25\.0.*joint_cost"):
        allocate(_TWO, own_cost={"a": 6.0, "b": 15.0}, volume={"a": 1.0, "b": 3.0})


def test_what_summing_loses_goes_back_in_proportion() -> None:
    """Own costs that miss the plan by less than a millionth are taken as the plan's rows summed: the split is of the plan's exact cost."""
    result = allocate(_TWO, own_cost={"a": 7.0, "b": 18.00001}, volume={"a": 1.0, "b": 3.0})
    payment = _split(result, "own_cost").payment
    assert sum(payment.values()) == pytest.approx(25.0, rel=1e-14)
    assert payment["a"] / payment["b"] == pytest.approx(7.0 / 18.00001, rel=1e-12)


@pytest.mark.parametrize("volume", [{"a": -1.0, "b": 2.0}, {"a": 0.0, "b": 0.0}, {"a": 1.0}, {"a": 1.0, "b": math.inf}])
def test_refuses_volumes_that_are_none(volume: dict[str, float]) -> None:
    """Negative, all-zero, missing and infinite volumes raise."""
    with pytest.raises(ValueError, match="volume"):
        allocate(_TWO, own_cost=None, volume=volume)


def test_rules_without_meaning_are_left_out_with_a_reason() -> None:
    """Stand-alone costs of both signs give no proportions, and without own costs there is no own-cost rule and no transfer."""
    game = cost_game(("a", "b", "ab"), (-5.0, 10.0, 2.0))
    result = allocate(game, own_cost=None, volume={"a": 1.0, "b": 1.0})
    assert {split.rule for split in result.splits}.isdisjoint({"proportional_to_cost", "own_cost"})
    assert sum("left out" in note for note in result.notes) == 2
    assert all(split.transfer is None for split in result.splits)


def test_proportions_work_for_values_too() -> None:
    """A game of values (all costs negative) is shared in proportion to the values alone: Lemaire's three investors, 90,000 in all."""
    split = _split(allocate(LEMAIRE, own_cost=None, volume=_even(LEMAIRE)), "proportional_to_cost")
    assert -split.payment["1"] == pytest.approx(90000 * 46125 / (46125 + 17437.5 + 5812.5))


def test_notes_say_what_is_not_proven() -> None:
    """A saving whose interval holds zero, and a joint plan that costs more than the plans alone, are both named."""
    open_game = Game("ab", {_A: Interval(9.0, 10.0), _B: Interval(14.0, 20.0), _AB: Interval(24.0, 25.0)})
    result = allocate(open_game, own_cost=None, volume=_even(open_game))
    assert result.saving == Interval(-2.0, 6.0)
    assert any("not proven that joining saves" in note for note in result.notes)
    loss = allocate(cost_game(("a", "b", "ab"), (1.0, 1.0, 3.0)), own_cost=None, volume=_even(open_game))
    assert any("loss to share" in note for note in loss.notes)
    assert any("prenucleolus" in note for note in loss.notes)
    assert any("check the model" in note for note in loss.notes)
    assert loss.subadditive == "no"
    assert loss.core == "empty"


def test_an_empty_core_is_said_in_words() -> None:
    """Three-member majority: no rule is in the core, and the statement says that every split leaves somebody tempted."""
    result = allocate(MAJORITY, own_cost=None, volume=_even(MAJORITY))
    assert {split.in_core for split in result.splits} == {"no"}
    assert "every split leaves some coalition" in result.core_statement


def test_every_rule_says_what_to_believe_and_what_it_reveals() -> None:
    """Each rule has one sentence of belief and one of disclosure of its own."""
    rules = split_rules()
    assert len({rule.belief for rule in rules}) == len(rules) >= 7
    assert all(rule.belief.endswith(".") and rule.reveals.endswith(".") and rule.source for rule in rules)
    assert len({rule.rule for rule in rules}) == len(rules)
