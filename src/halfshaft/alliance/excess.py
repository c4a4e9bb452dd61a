"""The linear programme behind the least core and the nucleolus: make the largest excess as small as possible.

The excess of a coalition is what it complains about: what it could save alone minus what its members gain, s(S) - g(S). One programme
minimises the largest excess over the coalitions still free, with the excess of some others already fixed. Its multipliers say more than its
optimum: a free coalition with a positive multiplier has this excess in *every* optimal split (complementary slackness), and that is what
lets the nucleolus go on to the next level without guessing among degenerate optima.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from halfshaft.alliance.game import Array

# HiGHS accepts no tolerance below 1e-10; the programmes are scaled to savings of size 1 before they get here.
_SOLVER_TOLERANCE = 1e-10


@dataclass(frozen=True)
class ExcessLevel:
    """Optimum of one programme: the largest excess, gains that reach it (shape (n,)) and the multiplier of each free coalition (≥ 0)."""

    excess: float
    gains: Array
    multipliers: Array


def least_excess(
    free: Array, free_savings: Array, fixed: Array, fixed_gains: Array, *, individual: bool
) -> ExcessLevel:
    """Minimise ε over g and ε, with g(S) + ε ≥ s(S) for the free coalitions and g(S) = given for the fixed ones.

    `free` and `fixed` are membership rows, shapes (m, n) and (k, n); the grand coalition belongs to the fixed ones. `individual` asks
    for g ≥ 0: nobody pays more than alone. Raises ArithmeticError when the solver reports no optimum.
    """
    count, n = free.shape
    result = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=-np.hstack([free, np.ones((count, 1))]),
        b_ub=-free_savings,
        A_eq=np.hstack([fixed, np.zeros((len(fixed), 1))]),
        b_eq=fixed_gains,
        bounds=[(0.0 if individual else None, None)] * n + [(None, None)],
        method="highs-ds",
        options={"primal_feasibility_tolerance": _SOLVER_TOLERANCE, "dual_feasibility_tolerance": _SOLVER_TOLERANCE},
    )
    if result.status != 0:
        raise ArithmeticError(f"the programme of the largest excess has no optimum: {result.message}")
    return ExcessLevel(float(result.x[n]), np.asarray(result.x[:n]), -np.asarray(result.ineqlin.marginals))


def scaled(savings: Array) -> tuple[Array, float]:
    """Savings divided by their largest size, and that size (1 when all are zero), so that the solver's tolerances mean something."""
    scale = float(np.abs(savings).max())
    return (savings / scale, scale) if scale > 0.0 else (savings, 1.0)
