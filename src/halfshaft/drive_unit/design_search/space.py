"""What may vary: one integer for each variable, so that a choice is exact, comparable and fit for manufacture.

A dimension runs from one value to another in equal steps, as a drawing would round it; windings and inverters are picked from lists, in
an order in which neighbours are alike. So two choices are equal or differ in something that one can build.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from halfshaft.drive_unit.design_search.alter import Winding
from halfshaft.drive_unit.geometry.parameter import ParameterPath
from halfshaft.drive_unit.inverter import Inverter

Owner = Literal["machine", "gear"]
Choice = tuple[int, ...]

_WHOLE = 1e-6  # of a step, that the range may miss a whole number of steps by


@dataclass(frozen=True)
class Follower:
    """A dimension that changes by ``per_unit`` times as much as the variable does."""

    path: ParameterPath
    per_unit: float


@dataclass(frozen=True)
class Dimension:
    """A number of the machine's template or of the gear, from ``low`` to ``high`` in steps, all in SI.

    ``label`` is how its author calls it. Raises ValueError where the range holds no two values, or no whole number of steps.
    """

    label: str
    owner: Owner
    path: ParameterPath
    low: float
    high: float
    step: float
    followers: tuple[Follower, ...] = ()

    def __post_init__(self) -> None:
        if not (self.step > 0.0 and self.high > self.low):
            raise ValueError(f"{self.label}: from {self.low:g} to {self.high:g} in steps of {self.step:g} is no range")
        steps = (self.high - self.low) / self.step
        if abs(steps - round(steps)) > _WHOLE * max(steps, 1.0):
            raise ValueError(f"{self.label}: the range is {steps:.6g} steps long, which is no whole number of them")

    @property
    def count(self) -> int:
        """Number of values."""
        return round((self.high - self.low) / self.step) + 1

    def value(self, k: int) -> float:
        """The k-th value, counted from ``low``."""
        share = k / (self.count - 1)
        return (1.0 - share) * self.low + share * self.high

    def nearest(self, value: float) -> int:
        """The index whose value is nearest."""
        return min(max(round((value - self.low) / self.step), 0), self.count - 1)

    @property
    def of_cross_section(self) -> bool:
        """Whether another value asks for another field: neither length nor gear does."""
        return self.owner == "machine" and self.path != ("stack_length_m",)


@dataclass(frozen=True)
class DesignSpace:
    """The variables: ``dimensions`` first, then the windings' list, then the inverters', each ascending in turns and in amperes."""

    dimensions: tuple[Dimension, ...]
    windings: tuple[Winding, ...]
    inverters: tuple[Inverter, ...]

    def __post_init__(self) -> None:
        labels = [d.label for d in self.dimensions]
        twice = {label for label in labels if labels.count(label) > 1}
        if twice:
            raise ValueError(f"{min(twice)} is listed twice; give each variable once")
        if not self.windings or not self.inverters:
            raise ValueError("a search needs at least one winding and one inverter")
        if all(count == 1 for count in self.counts):
            raise ValueError("nothing may vary; list at least one variable")

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of values of each variable."""
        return (*(d.count for d in self.dimensions), len(self.windings), len(self.inverters))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the variables."""
        return (*(d.label for d in self.dimensions), "winding", "inverter")

    @property
    def of_cross_section(self) -> tuple[bool, ...]:
        """For each variable, whether another value asks for another field."""
        return (*(d.of_cross_section for d in self.dimensions), False, False)

    @property
    def size(self) -> float:
        """Number of choices; a float, since it may be astronomic."""
        product = 1.0
        for count in self.counts:
            product *= count
        return product

    def values(self, choice: Choice) -> tuple[float, ...]:
        """The dimensions' values."""
        return tuple(d.value(k) for d, k in zip(self.dimensions, choice, strict=False))

    def winding(self, choice: Choice) -> Winding:
        """The winding that was chosen."""
        return self.windings[choice[-2]]

    def inverter(self, choice: Choice) -> Inverter:
        """The inverter that was chosen."""
        return self.inverters[choice[-1]]

    def cross_section(self, choice: Choice) -> Choice:
        """The part of a choice that its field depends on; the rest is zero."""
        return tuple(k if own else 0 for k, own in zip(choice, self.of_cross_section, strict=True))

    def nearest(self, values: Sequence[float], winding: Winding, inverter: Inverter) -> Choice:
        """The choice nearest to stated values; the first winding or inverter where the stated one is not on the list."""
        indices = [d.nearest(v) for d, v in zip(self.dimensions, values, strict=True)]
        w = self.windings.index(winding) if winding in self.windings else 0
        i = self.inverters.index(inverter) if inverter in self.inverters else 0
        return (*indices, w, i)
