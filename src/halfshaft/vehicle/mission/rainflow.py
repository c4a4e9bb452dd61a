"""Cycles of load in a history, counted as hysteresis loops close: rainflow counting.

The idea is that of M. Matsuishi and T. Endo (1968); the rules are those of ASTM E1049-85, 5.4.4: a reversal stack on which every inner
range that the next one encloses is taken out as a whole cycle, and whatever never closes counts as halves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LoadCycles:
    """Counted cycles: range (highest minus lowest) and mean in the unit of the history, and count (1, or 0.5 for a half), each (n,)."""

    range: Array
    mean: Array
    count: Array

    def damage(self, endured: Array) -> float:
        """Miner's sum Σ count / N for the numbers of cycles N (n,) that each would be endured (M. A. Miner, J. Appl. Mech. 12, 1945)."""
        return float((self.count / endured).sum())


def turning_points(history: ArrayLike) -> Array:
    """First and last value and every reversal between them (m,) of a history (n,); equal neighbours are one.

    Raises `ValueError` on a history that is not a row of finite numbers.
    """
    values = np.asarray(history, dtype=np.float64)
    if values.ndim != 1 or values.size < 1 or not np.isfinite(values).all():
        raise ValueError("a history is a row of finite numbers")
    values = values[np.concatenate(([True], np.diff(values) != 0.0))]
    # Signs, not the product of two differences: that of two tiny ones is zero.
    rising = np.diff(values) > 0.0
    keep = np.ones(values.size, dtype=np.bool_)
    keep[1:-1] = rising[1:] != rising[:-1]
    return values[keep]


def rainflow(history: ArrayLike) -> LoadCycles:
    """Count the cycles of a history (n,); a history without a reversal has one half cycle, a constant one none."""
    stack: list[float] = []
    counted: list[tuple[float, float, float]] = []
    for point in turning_points(history).tolist():
        stack.append(point)
        while len(stack) >= 3:
            low, high = stack[-3], stack[-2]
            if abs(point - high) < abs(high - low):
                break
            if len(stack) == 3:  # the range holds the start of the history, so it can never close
                counted.append((abs(high - low), 0.5 * (high + low), 0.5))
                del stack[0]
            else:
                counted.append((abs(high - low), 0.5 * (high + low), 1.0))
                del stack[-3:-1]
    counted += [(abs(b - a), 0.5 * (a + b), 0.5) for a, b in itertools.pairwise(stack)]
    columns = np.array(counted, dtype=np.float64).reshape(-1, 3).T
    return LoadCycles(*columns)
