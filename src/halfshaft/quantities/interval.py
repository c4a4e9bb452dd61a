"""A number that is only known to lie between two bounds.

Savings and coalition values come from a solver that proves a lower bound and finds an upper one. The interval keeps both, so that no
figure downstream pretends to know more than the proof does (convention 13).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A closed interval [low, high]. Raises ValueError when the ends are not ordered or not finite."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"interval ends must be finite, got [{self.low}, {self.high}]")
        if self.low > self.high:
            raise ValueError(f"interval ends must be ordered, got [{self.low}, {self.high}]")

    @classmethod
    def exactly(cls, value: float) -> Interval:
        """The interval that holds one number."""
        return cls(value, value)

    @property
    def width(self) -> float:
        """Distance between the ends."""
        return self.high - self.low

    def contains(self, value: float, tolerance: float = 0.0) -> bool:
        """Whether `value` lies inside, give or take `tolerance`."""
        return self.low - tolerance <= value <= self.high + tolerance

    def __add__(self, other: Interval | float) -> Interval:
        if isinstance(other, Interval):
            return Interval(self.low + other.low, self.high + other.high)
        return Interval(self.low + other, self.high + other)

    def __sub__(self, other: Interval | float) -> Interval:
        if isinstance(other, Interval):
            return Interval(self.low - other.high, self.high - other.low)
        return Interval(self.low - other, self.high - other)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def scale(self, factor: float) -> Interval:
        """Every member times `factor`; a negative factor turns the ends round."""
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(ends[0], ends[1])
