"""The Shapley value: what a player adds on average, when every order of joining is equally likely.

Source: L. S. Shapley, "A value for n-person games", 1953. Evaluated exactly by its sum over coalitions, which costs n 2^n additions: at
once for the dozen players whose 2^n plans anybody would compute.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from halfshaft.alliance.game import Array, Game, alone, as_mapping, incumbent_savings, mask_array, members


def shapley(game: Game) -> dict[str, float]:
    """Payments by the Shapley value of the incumbent costs; they sum to the grand coalition's incumbent cost.

    x_i = c({i}) - φ_i with φ_i the Shapley value of the savings game, which is the Shapley value of the cost game itself, because the value
    is additive; taking it on the savings keeps the digits that the large common costs would eat.
    """
    return as_mapping(game, alone(mask_array(game, "high")) - shapley_gains(incumbent_savings(game)))


def shapley_gains(savings: Array) -> Array:
    """Shapley value φ of a savings game by mask, shape (n,): Σ over S without i of |S|! (n-|S|-1)! / n! · (s(S+i) - s(S))."""
    n = savings.size.bit_length() - 1
    weight_by_size = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)])
    mask = np.arange(savings.size)
    size = members(savings.size).sum(axis=1).astype(int)
    gains = np.empty(n)
    for player in range(n):
        without = mask[(mask >> player) & 1 == 0]
        gains[player] = weight_by_size[size[without]] @ (savings[without | 1 << player] - savings[without])
    return gains
