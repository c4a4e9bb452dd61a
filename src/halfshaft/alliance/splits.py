"""Fair splits side by side: what each rule asks every partner to pay, what one must believe to call it fair, and whether it is stable.

No rule is the right one. With two partners the theory leaves a single question open, equal gain or in proportion to what, so the room
computes every rule from the same game, with the core status and the solver's gap of each. The rules work on the savings of the plans in
hand; a rule that has no meaning for a game is left out and a note says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from halfshaft.alliance.core import (
    CoreExistence,
    CoreStatus,
    core_existence,
    core_status,
    least_core_epsilon,
    objecting,
)
from halfshaft.alliance.game import (
    RELATIVE_TOLERANCE,
    Array,
    Game,
    Subadditivity,
    alone,
    as_array,
    as_mapping,
    incumbent_savings,
    mask_array,
)
from halfshaft.alliance.nucleolus import nucleolus_gains, satisfies_kohlberg
from halfshaft.alliance.shapley import shapley_gains
from halfshaft.quantities import Interval

# Own costs come summed from thousands of plan rows, so their total may miss the plan's by more than rounding;
# a forgotten cost item is larger than this.
_OWN_COST_TOLERANCE = 1e-6


@dataclass(frozen=True)
class SplitRule:
    """A rule in words: its id, its name, what a partner must believe to find it fair, what its figures show of others, and its source."""

    rule: str
    label: str
    belief: str
    reveals: str
    source: str


@dataclass(frozen=True)
class Split:
    """What one rule asks for.

    `payment`: money by player, summing to the grand coalition's incumbent cost. `gain`: stand-alone incumbent minus payment.
    `gain_interval`: stand-alone interval minus payment, so that the gap of the stand-alone plan shows. `transfer`: payment minus what the
    player would bear in the joint plan without side payments; positive pays, negative receives, the sum is zero; None when no own
    costs were given. `in_core`: see `core_status`. `objecting`: the coalitions that keep it out of the core, worst first.
    """

    rule: str
    label: str
    payment: Mapping[str, float]
    gain: Mapping[str, float]
    gain_interval: Mapping[str, Interval]
    transfer: Mapping[str, float] | None
    in_core: CoreStatus
    objecting: tuple[tuple[str, ...], ...]
    belief: str
    reveals: str


@dataclass(frozen=True)
class AllianceResult:
    """What the alliance saves and how it could be shared.

    `saving`: [Σ bounds alone - joint incumbent, Σ incumbents alone - joint bound]. `splits`: one per rule that applies, in the order
    of `split_rules`. `least_core_epsilon` and `core`: see the functions of these names; `core_statement` says it in a sentence.
    `subadditive`: see `Game.subadditive`. `notes`: what the reader must know about this game, among it the rules left out.
    """

    players: tuple[str, ...]
    saving: Interval
    splits: tuple[Split, ...]
    least_core_epsilon: Interval
    core: CoreExistence
    core_statement: str
    subadditive: Subadditivity
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    """A game laid out for the rules: arrays in the order of the players; `own_cost` with the joint cost already shared."""

    savings: Array
    alone: Array
    volume: Array
    own_cost: Array | None

    @property
    def saving(self) -> float:
        return float(self.savings[-1])


class _NotApplicable(Exception):
    """A rule that has no meaning for this game; the message says why."""


def split_rules() -> tuple[SplitRule, ...]:
    """The rules that `allocate` knows, in the order in which it lists them."""
    return tuple(rule for rule, _ in _RULES)


def allocate(
    game: Game, *, own_cost: Mapping[str, float] | None, volume: Mapping[str, float], joint_cost: float = 0.0
) -> AllianceResult:
    """Split the grand coalition's incumbent cost by every rule that applies.

    `own_cost`: by player, what it spends itself in the joint plan; None when the plan does not attribute its costs, which drops the
    own-cost rule and the transfers. `joint_cost`: the part of the joint plan that is nobody's own, such as shared development, borne in
    proportion to volume. `volume`: pieces by player, not negative and not all zero.

    Raises ValueError when a player is missing or foreign, when volumes are no volumes, or when own costs and joint cost miss the
    grand coalition's incumbent cost by more than a millionth; ArithmeticError when a linear programme fails.
    """
    case = _case(game, own_cost, volume, joint_cost)
    splits: list[Split] = []
    left_out: list[str] = []
    for rule, gains in _RULES:
        try:
            splits.append(_split(game, case, rule, gains(case)))
        except _NotApplicable as reason:
            left_out.append(f"{rule.label} is left out: {reason}.")
    epsilon = least_core_epsilon(game)
    existence = core_existence(game, epsilon)
    return AllianceResult(
        players=game.players,
        saving=game.saving(game.grand),
        splits=tuple(splits),
        least_core_epsilon=epsilon,
        core=existence,
        core_statement=_CORE_STATEMENTS[existence],
        subadditive=game.subadditive,
        notes=(*_notes(game, splits), *left_out),
    )


def _case(game: Game, own_cost: Mapping[str, float] | None, volume: Mapping[str, float], joint_cost: float) -> _Case:
    volumes = as_array(game, volume, "volume")
    if volumes.min() < 0.0 or volumes.sum() == 0.0:
        raise ValueError(f"volumes must not be negative nor all zero, got {dict(volume)}")
    borne = None if own_cost is None else _borne(game, as_array(game, own_cost, "own cost"), volumes, joint_cost)
    return _Case(incumbent_savings(game), alone(mask_array(game, "high")), volumes, borne)


def _borne(game: Game, own_cost: Array, volumes: Array, joint_cost: float) -> Array:
    """What each player bears in the joint plan without side payments: its own cost and its share of the joint one, shape (n,)."""
    borne = own_cost + joint_cost * volumes / volumes.sum()
    joint = game.value(game.grand)
    missing = joint - borne.sum()
    size = np.abs(own_cost).sum() + abs(joint_cost)
    if abs(missing) > _OWN_COST_TOLERANCE * size:
        raise ValueError(
            f"own costs and joint cost sum to {float(borne.sum())!r}, the joint plan costs {joint!r}; give every cost item an owner "
            "or count it in joint_cost"
        )
    # The split is of exactly the plan's cost; what summing its rows has lost goes back in proportion.
    return np.asarray(borne + missing * np.abs(borne) / max(np.abs(borne).sum(), np.finfo(float).tiny))


def _split(game: Game, case: _Case, rule: SplitRule, gains: Array) -> Split:
    payments = case.alone - gains
    payment = as_mapping(game, payments)
    return Split(
        rule=rule.rule,
        label=rule.label,
        payment=payment,
        gain=as_mapping(game, gains),
        gain_interval={player: game.bounds({player}) - payment[player] for player in game.players},
        transfer=None if case.own_cost is None else as_mapping(game, payments - case.own_cost),
        in_core=core_status(game, payment),
        objecting=tuple(
            tuple(player for player in game.players if player in coalition) for coalition in objecting(game, payment)
        ),
        belief=rule.belief,
        reveals=rule.reveals,
    )


def _equal(case: _Case) -> Array:
    return np.full(case.alone.size, case.saving / case.alone.size)


def _by_cost(case: _Case) -> Array:
    total = case.alone.sum()
    if total == 0.0 or (case.alone * np.sign(total)).min() < 0.0:
        raise _NotApplicable("stand-alone costs of both signs, or all zero, give no proportions")
    return np.asarray(case.saving * case.alone / total)


def _by_volume(case: _Case) -> Array:
    return np.asarray(case.saving * case.volume / case.volume.sum())


def _shapley(case: _Case) -> Array:
    return shapley_gains(case.savings)


def _nucleolus(case: _Case) -> Array:
    return nucleolus_gains(case.savings)


def _separable(case: _Case) -> Array:
    """Remaining benefit r_i = s(N) - s(N without i) is what the alliance saves thanks to i; the saving is shared in proportion to it.

    In costs: x_i = m_i + (c(N) - Σ m) · r_i / Σ r with the separable cost m_i = c(N) - c(N without i) and r_i = c(i) - m_i. As gains
    c(i) - x_i = r_i - (Σ r - s(N)) · r_i / Σ r = s(N) · r_i / Σ r.
    """
    players = np.arange(case.alone.size)
    remaining = case.saving - case.savings[(case.savings.size - 1) ^ (1 << players)]
    # Differences of large costs: what is within rounding of zero is zero.
    remaining[np.abs(remaining) <= RELATIVE_TOLERANCE * np.abs(case.savings).max()] = 0.0
    total = remaining.sum()
    if total == 0.0 and case.saving == 0.0:
        return np.zeros(players.size)
    if total == 0.0 or (remaining * np.sign(total)).min() < 0.0:
        raise _NotApplicable("the remaining benefits have both signs, or are all zero, and give no proportions")
    return np.asarray(case.saving * remaining / total)


def _own_cost(case: _Case) -> Array:
    if case.own_cost is None:
        raise _NotApplicable("the joint plan does not say which cost is whose")
    return case.alone - case.own_cost


_RULES: tuple[tuple[SplitRule, Callable[[_Case], Array]], ...] = (
    (
        SplitRule(
            "equal_gain",
            "Equal gain",
            "Without any one of us there is no alliance, so each gains the same amount, whatever its size.",
            "A partner's own gain shows everybody's gain and the total saving.",
            "Nash bargaining with transferable money (J. F. Nash 1950)",
        ),
        _equal,
    ),
    (
        SplitRule(
            "proportional_to_cost",
            "In proportion to stand-alone cost",
            "Who would have spent more brings more, so each saves the same percentage of what it would have spent alone.",
            "The common percentage shows the total saving relative to the total cost, not the size of either.",
            "customary",
        ),
        _by_cost,
    ),
    (
        SplitRule(
            "proportional_to_volume",
            "In proportion to volume",
            "Every unit built earns the same share of the saving, whichever car it goes into.",
            "Who knows the saving per unit and its own volume learns the other's gain from the other's volume, and the reverse.",
            "customary",
        ),
        _by_volume,
    ),
    (
        SplitRule(
            "shapley",
            "Shapley value",
            "Each deserves what it adds on average, when every order of joining the alliance is equally likely.",
            "With two partners as equal gain; with more, a mixture of what every coalition would save.",
            "L. S. Shapley 1953",
        ),
        _shapley,
    ),
    (
        SplitRule(
            "nucleolus",
            "Nucleolus",
            "An alliance is as strong as its least satisfied group, so the smallest gain of any group is made as large as possible.",
            "With two partners as equal gain; with more, what the most tempted groups would save.",
            "D. Schmeidler 1969",
        ),
        _nucleolus,
    ),
    (
        SplitRule(
            "scrb",
            "Separable costs, remaining benefits",
            "Each bears the cost that it adds to the alliance, and what is left goes by what each still gains over going alone.",
            "With two partners as equal gain; with more, what the alliance would cost without each partner.",
            "P. D. Straffin and J. P. Heaney 1981, on the Tennessee Valley Authority's practice of the 1930s",
        ),
        _separable,
    ),
    (
        SplitRule(
            "own_cost",
            "Each pays its own cost",
            "The same part has the same price for all of us, joint development follows the volume, and nobody owes the other anything.",
            "Only the common prices; no money passes between the partners.",
            "customary; F. Schotanus, J. Telgen, L. de Boer 2008 on why equal prices may be felt as unfair",
        ),
        _own_cost,
    ),
)

_CORE_STATEMENTS: Mapping[CoreExistence, str] = {
    "not empty": "Whatever the true costs inside the solver's gaps, there is a split that no coalition can better on its own.",
    "not proven": "With the plans in hand some split satisfies every coalition; inside the solver's gaps there may be none.",
    "empty": "Whatever the true costs inside the solver's gaps, every split leaves some coalition that does better on its own.",
}


def _notes(game: Game, splits: list[Split]) -> list[str]:
    notes: list[str] = []
    saving = game.saving(game.grand)
    if saving.high < 0.0:
        notes.append(
            "The joint plan costs more than the plans alone, for every cost inside the gaps: there is a loss to share, no saving."
        )
    elif saving.low <= 0.0:
        notes.append(
            "The interval of the saving does not lie above zero: it is not proven that joining saves anything."
        )
    if len(game.players) == 2:
        notes.append(
            "With two partners the Shapley value, the nucleolus and separable costs with remaining benefits are the equal gain: "
            "the choice is between equal gain and a proportion."
        )
    if game.subadditive == "no":
        notes.append(
            "Some coalition costs more than its parts apart, although it could run their plans: check the model."
        )
    if any(split.rule == "nucleolus" and not satisfies_kohlberg(game, split.payment) for split in splits):
        notes.append("The nucleolus shown does not pass Kohlberg's criterion: treat it as approximate.")
    if game.value(game.grand) > sum(game.value({player}) for player in game.players):
        notes.append(
            "With the plans in hand somebody must pay more than alone: the nucleolus shown is the prenucleolus."
        )
    return notes
