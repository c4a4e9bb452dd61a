"""The nucleolus: the split whose least satisfied coalition is as satisfied as can be, then the next, and so on.

Source: D. Schmeidler, "The nucleolus of a characteristic function game", 1969. Found by a sequence of linear programmes (M. Maschler,
B. Peleg, L. S. Shapley, 1979): each lowers the largest excess, fixes the coalitions that have it in every optimal split, and leaves out
those whose gain has thereby become fixed as well. The usual mistake, of which M. Guajardo and K. Jörnsten collect published cases
(European Journal of Operational Research 241(3), 2015), is to fix every coalition that happens to be tight in the one optimum found; here
only a positive multiplier fixes. Every result can be judged without this method by the criterion of E. Kohlberg (1971).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog

from halfshaft.alliance.excess import least_excess, scaled
from halfshaft.alliance.game import Array, Game, alone, as_array, as_mapping, incumbent_savings, mask_array, members

# An optimal basis has at most n + 1 positive multipliers and they sum to 1, so the largest is at least 1 / (n + 1): a threshold far below
# that and far above the solver's noise always fixes one coalition, and what it misses the next programme finds.
_MULTIPLIER = 1e-6
# Rows are 0 or 1: what is left of one after projection on the fixed rows is either rounding or of the order of 1 / n.
_INDEPENDENT = 1e-8
# Excesses, in savings of size 1, that count as one level in Kohlberg's criterion. Taking two levels as one only makes the test milder.
_LEVEL = 1e-7


def nucleolus(game: Game) -> dict[str, float]:
    """Payments by the nucleolus of the incumbent costs; they sum to the grand coalition's incumbent cost.

    Sought among the imputations (nobody pays more than alone). Where there is none, because joining costs more than staying apart, it is
    the prenucleolus: the same without that demand. Raises ArithmeticError when a linear programme fails.
    """
    return as_mapping(game, alone(mask_array(game, "high")) - nucleolus_gains(incumbent_savings(game)))


def nucleolus_gains(savings: Array) -> Array:
    """Gains of the nucleolus of a zero-normalised savings game by mask, shape (n,)."""
    unit, scale = scaled(savings)
    rows = members(savings.size)
    individual = bool(unit[-1] >= 0.0)
    fixed, fixed_gains = rows[-1:], unit[-1:]
    free = _independent(rows, fixed)
    while len(free):
        level = least_excess(rows[free], unit[free], fixed, fixed_gains, individual=individual)
        for mask in free[level.multipliers > _MULTIPLIER * level.multipliers.max()]:
            # Fixing a row that the others imply would say the same twice, with the solver's rounding in between.
            if len(_independent(rows[[mask]], fixed)):
                fixed = np.vstack([fixed, rows[mask]])
                fixed_gains = np.append(fixed_gains, unit[mask] - level.excess)
        free = free[_independent(rows[free], fixed)]
    return np.asarray(np.linalg.solve(fixed, fixed_gains)) * scale


def satisfies_kohlberg(game: Game, payment: Mapping[str, float]) -> bool:
    """Whether `payment` is the nucleolus of the incumbent costs, by Kohlberg's criterion (1971), whoever computed it.

    For every level of excess, let D be the coalitions that complain at least as much, and Z the players who gain nothing: moving the gains
    by any y with y(N) = 0 that harms no coalition of D and no player of Z must leave each coalition of D as it was. A linear programme per
    level looks for a y that does better. Without an imputation Z is empty and the criterion is that of the prenucleolus.
    """
    unit, scale = scaled(incumbent_savings(game))
    gains = (alone(mask_array(game, "high")) - as_array(game, payment, "payment")) / scale
    rows = members(unit.size)
    if abs(gains.sum() - unit[-1]) > _LEVEL:
        return False
    individual = bool(unit[-1] >= 0.0)
    if individual and gains.min() < -_LEVEL:
        return False
    idle = np.eye(len(gains))[gains <= _LEVEL] if individual else np.empty((0, len(gains)))
    excess = (unit - rows @ gains)[1:-1]
    order = np.argsort(-excess) + 1
    ends = np.append(np.flatnonzero(-np.diff(excess[order - 1]) > _LEVEL) + 1, order.size)
    settled = rows[-1:]
    for end in ends:
        # A coalition whose gain is implied by those already settled cannot move either, so only a new direction needs a programme.
        if len(_independent(rows[order[:end]], settled)):
            if _improvement(rows[order[:end]], idle) > _LEVEL:
                return False
            settled = np.vstack([settled, rows[order[:end]]])
    return True


def _improvement(complaining: Array, idle: Array) -> float:
    """Largest Σ y(S) over the complaining rows with y(S) ≥ 0 on them, y ≥ 0 on the idle players, y(N) = 0 and |y_i| ≤ 1."""
    unharmed = np.vstack([complaining, idle])
    n = complaining.shape[1]
    result = linprog(
        -complaining.sum(axis=0),
        A_ub=-unharmed,
        b_ub=np.zeros(len(unharmed)),
        A_eq=np.ones((1, n)),
        b_eq=np.zeros(1),
        bounds=[(-1.0, 1.0)] * n,
        method="highs-ds",
    )
    if result.status != 0:
        raise ArithmeticError(f"the programme of Kohlberg's criterion has no optimum: {result.message}")
    return -float(result.fun)


def _independent(rows: Array, fixed: Array) -> np.ndarray:
    """Places of the rows that are no linear combination of the fixed ones."""
    _, singular, directions = np.linalg.svd(fixed, full_matrices=False)
    basis = directions[singular > _INDEPENDENT * singular[0]]
    rest = rows - (rows @ basis.T) @ basis
    return np.flatnonzero(np.linalg.norm(rest, axis=1) > _INDEPENDENT)
