"""Many small constrained searches at once, each narrowing on its optimum.

Every round evaluates a 3^d stencil around each search's best point, lays a quadratic through objective and constraints,
and looks for the model's best feasible point on a dense lattice; the true best of all evaluated points is kept, and the window
shrinks where that point is inside. Opening the window again and repeating frees a search that narrowed beside its valley.
A plain narrowing lattice would stall on a curved limit that runs askew to its axes, which is exactly where field weakening
lives; the models follow the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# (searches, points, dimensions) -> objective (searches, points), constraints (kinds, searches, points), met when <= 0
Evaluate = Callable[[Array], tuple[Array, Array]]

TOLERANCE = (
    1e-6  # by this share of its limit a constraint may be exceeded: what double precision leaves of the inversion
)
_MARGINS = (
    0.0,
    1e-4,
    1e-3,
    1e-2,
)  # kept from a modelled limit: a guess beyond the true one is lost, one just short of it is not
_INFEASIBLE = (
    1e15  # above any loss in W or torque in Nm, so that the least violation wins only where nothing is feasible
)


@dataclass(frozen=True)
class Schedule:
    """How long a search narrows, how often the window is opened again, and the lattice on which its models are read."""

    rounds: int
    restarts: int
    lattice: int


def zoom(
    evaluate: Evaluate, start: Array, step: Array, lower: Array, upper: Array, schedule: Schedule
) -> tuple[Array, Array]:
    """Least objective within the constraints for each of n searches in d dimensions.

    ``start`` is (n, d), ``step``, ``lower`` and ``upper`` broadcast to it. A dimension whose bounds coincide is left alone.
    Returns the best points (n, d) and their merit (n,): the objective, or a figure above 1e15 where nothing feasible was seen.
    """
    n, d = start.shape
    lower, upper = np.broadcast_to(lower, (n, d)), np.broadcast_to(upper, (n, d))
    step = np.minimum(np.broadcast_to(step, (n, d)), 0.5 * (upper - lower))
    stencil = np.array(list(product((-1.0, 0.0, 1.0), repeat=d)))
    samples = np.array(list(product(np.linspace(-1.0, 1.0, schedule.lattice), repeat=d)))
    to_model = np.linalg.pinv(_monomials(stencil)).T
    from_model = _monomials(samples).T
    best = np.array(start)
    best_merit = np.full(n, np.inf)
    rows = np.arange(n)
    opened = step
    for k in range(schedule.rounds * (1 + schedule.restarts)):
        if k % schedule.rounds == 0:
            step = opened * 0.5 ** (k // schedule.rounds)
        centre = np.clip(best, lower + step, upper - step)
        points = np.concatenate([centre[:, None, :] + step[:, None, :] * stencil, best[:, None, :]], axis=1)
        objective, constraints = evaluate(points)
        model = (objective[:, :-1] @ to_model) @ from_model
        violation = np.full_like(model, -np.inf)
        for constraint in constraints:
            np.maximum(violation, (constraint[:, :-1] @ to_model) @ from_model, out=violation)
        chosen = np.stack([np.argmin(merit(model, violation + margin), axis=1) for margin in _MARGINS], axis=1)
        guesses = centre[:, None, :] + step[:, None, :] * samples[chosen]
        guess_objective, guess_constraints = evaluate(guesses)
        points = np.concatenate([points, guesses], axis=1)
        all_merit = np.concatenate(
            [merit(objective, constraints.max(axis=0)), merit(guess_objective, guess_constraints.max(axis=0))], axis=1
        )
        pick = np.argmin(all_merit, axis=1)
        best, best_merit = points[rows, pick], all_merit[rows, pick]
        # A best point on a bound lies on the window's rim, yet there is nothing beyond it to be followed.
        inside = np.all((np.abs(best - centre) < 0.9 * step + 1e-12) | (best <= lower) | (best >= upper), axis=1)
        step = step * np.where(inside, 0.5, 1.0)[:, None]
    return best, best_merit


def merit(objective: Array, violation: Array) -> Array:
    """Objective where the limits hold; otherwise worse than any objective, and the worse the larger the violation."""
    value: Array = np.where(violation <= TOLERANCE, objective, _INFEASIBLE * (1.0 + violation))
    return value


def is_feasible(merit_value: Array) -> NDArray[np.bool_]:
    """Whether a merit belongs to a point within all limits."""
    return merit_value < _INFEASIBLE


def _monomials(t: Array) -> Array:
    """(points, d) -> (points, 1 + d + d (d + 1) / 2): constant, linear and quadratic terms."""
    columns = [np.ones(len(t)), *t.T]
    columns += [t[:, i] * t[:, j] for i, j in combinations_with_replacement(range(t.shape[1]), 2)]
    return np.stack(columns, axis=1)
