"""What a procedure knows of a drive: its length and its consumption at the battery terminals.

A cycle's energy account is such a drive, and so is a line of a test report. A drive that could not be driven has a consumption of NaN,
and every figure made from it is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Driven(Protocol):
    """A drive: distance [m] and consumption at the battery terminals [Wh/km]."""

    @property
    def distance_m(self) -> float: ...

    @property
    def dc_wh_per_km(self) -> float: ...


@dataclass(frozen=True)
class Stretch:
    """A drive of a given length [m] that took a given energy [Wh] from the battery. Raises `ValueError` without a length."""

    distance_m: float
    dc_wh: float

    def __post_init__(self) -> None:
        if not self.distance_m > 0.0:
            raise ValueError(f"distance_m is {self.distance_m}; a stretch has a length")

    @property
    def dc_wh_per_km(self) -> float:
        """Consumption at the battery terminals [Wh/km]."""
        return self.dc_wh / (self.distance_m / 1000.0)


def energy_wh(drive: Driven) -> float:
    """Energy that a drive took from the battery [Wh]."""
    return drive.dc_wh_per_km * drive.distance_m / 1000.0


def joined(*drives: Driven) -> Stretch:
    """Drives, one after the other, as one: the two city parts of US06, or the low and medium phase of a WLTC."""
    return Stretch(sum(drive.distance_m for drive in drives), sum(energy_wh(drive) for drive in drives))


def weighted_consumption(drives: Sequence[Driven], usable_energy_wh: float) -> tuple[float, tuple[float, ...]]:
    """Consumption [Wh/km] of a cycle that a test drives n times in the order given, and the n weights.

    The first drive, from a full and cold battery, stands only for its own share of the usable energy, the others share the rest:
    K₁ = E₁ / UBE, K₂…Kₙ = (1 - K₁) / (n - 1), EC = Σ Kⱼ ECⱼ. So does UN GTR No. 15, Annex 8, and SAE J1634 for the urban schedule.
    Raises `ValueError` without drives or when the first takes more than all energy.
    """
    if not drives:
        raise ValueError("a consumption needs at least one drive")
    if len(drives) == 1:
        return drives[0].dc_wh_per_km, (1.0,)
    first = energy_wh(drives[0]) / usable_energy_wh
    if first > 1.0:
        raise ValueError(f"the first drive takes {first:.2f} of the usable energy, so it cannot be driven twice")
    rest = (1.0 - first) / (len(drives) - 1)
    weights = (first, *[rest] * (len(drives) - 1))
    return sum(k * drive.dc_wh_per_km for k, drive in zip(weights, drives, strict=True)), weights


def steady_lengths_km(
    usable_energy_wh: float, cycles_wh: float, steady_wh_per_km: float, end_share: float
) -> tuple[float, float]:
    """Lengths [km] of the constant-speed parts of a depleting test, amid its cycles and at its end.

    Together they take what the cycles leave; the one at the end takes `end_share` of the usable energy, or all that is left if that
    is less. Raises `ValueError` when the cycles alone take more than there is: such a car drives another procedure.
    """
    left = usable_energy_wh - cycles_wh
    if left < 0.0:
        raise ValueError(f"the cycles take {cycles_wh:.0f} Wh of {usable_energy_wh:.0f} Wh: the test cannot be driven")
    end = min(left, end_share * usable_energy_wh)
    return (left - end) / steady_wh_per_km, end / steady_wh_per_km
