"""Warm-up: the oil of a unit's gear as one heat capacity that the unit's own loss warms and its surroundings cool.

A loss map holds for one oil temperature. A unit may offer what it loses on top while its oil is colder (see `LossMap`); this says how
cold the oil is at the start and how soon it is warm. C dT/dt = share x loss - G (T - surroundings), solved exactly in each step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """The same for the unit of each axle: the oil's temperature at the start, what surrounds it, and its heat balance.

    `loss_share` is the share of a unit's whole loss that ends in the oil. Raises `ValueError` on numbers that no oil has.
    """

    start_k: float
    surroundings_k: float
    heat_capacity_j_per_k: float
    conductance_w_per_k: float
    loss_share: float

    def __post_init__(self) -> None:
        for name in ("start_k", "surroundings_k", "heat_capacity_j_per_k", "conductance_w_per_k"):
            if not (0.0 < getattr(self, name) < math.inf):
                raise ValueError(f"warm-up: {name} is {getattr(self, name)}; it must be positive and finite")
        if not (0.0 <= self.loss_share <= 1.0):
            raise ValueError(f"warm-up: loss_share is {self.loss_share}; it lies in [0, 1]")
