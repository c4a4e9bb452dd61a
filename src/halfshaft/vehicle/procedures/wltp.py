"""Consumption and range of pure electric cars by WLTP: the shortened test and the consecutive cycles.

UN GTR No. 15, Annex 8 (in the Union: Regulation (EU) 2017/1151, Annex XXI, Sub-Annex 8). One discharge of the battery gives the range
of the whole cycle, of the city cycle (low and medium) and of each phase: the usable energy over the weighted consumption of each. What
the wall then gives, over that range, is the consumption that is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halfshaft.vehicle.procedures.driven import Driven, energy_wh, joined, weighted_consumption

PHASES = ("low", "medium", "high", "extra-high")
"""The phases of a WLTC of class 3, in the order driven."""

CITY = ("low", "medium")
"""The phases of the city cycle of class 3."""

END_SHARE = 0.1
"""Share of the usable energy that the constant-speed segment at the end of the shortened test may take at most."""


@dataclass(frozen=True)
class WltpFigures:
    """One cycle's or phase's figures: consumption at the battery and at the wall [Wh/km], pure electric range [km], weights."""

    dc_wh_per_km: float
    ac_wh_per_km: float
    range_km: float
    weights: tuple[float, ...]


@dataclass(frozen=True)
class WltpResult:
    """What a test yields: usable battery energy [Wh], and the figures of the whole cycle, the city cycle and each phase."""

    usable_energy_wh: float
    whole: WltpFigures
    city: WltpFigures
    phases: dict[str, WltpFigures]


def wltp_shortened(
    segment_1: Sequence[Driven], segment_2: Sequence[Driven], steady: Sequence[Driven], recharge_wh: float
) -> WltpResult:
    """The shortened test: two dynamic segments and two at constant speed, the last until the battery is empty.

    Each dynamic segment is six phases: a WLTC (low, medium, high, extra-high) and a city cycle (low, medium); between the two comes a
    constant-speed segment, after them the other (`steady`, in that order; a model may leave one out). `recharge_wh` [Wh] comes from the
    wall. With UBE = Σ ΔE over all segments, a cycle that comes n times (the whole one twice, the city cycle, low and medium four times,
    high and extra-high twice) has

        K₁ = ΔE₁ / UBE      K₂…Kₙ = (1 - K₁) / (n - 1)      EC_DC = Σ Kⱼ EC_DC,j
        PER = UBE / EC_DC      EC_AC = E_AC / PER

    Raises `ValueError` when a segment has not six phases.
    """
    for name, segment in (("first", segment_1), ("second", segment_2)):
        if len(segment) != 6:
            raise ValueError(
                f"the {name} dynamic segment is low, medium, high, extra-high, low, medium, not {len(segment)}"
            )
    both = (*segment_1, *segment_2)
    usable = sum(energy_wh(drive) for drive in (*both, *steady))
    whole = [joined(*segment[:4]) for segment in (segment_1, segment_2)]
    city = [joined(*part) for segment in (segment_1, segment_2) for part in (segment[:2], segment[4:])]
    order = (*PHASES, *CITY) * 2
    phases = {name: [drive for at, drive in zip(order, both, strict=True) if at == name] for name in PHASES}
    return _result(usable, recharge_wh, whole, city, phases)


def wltp_consecutive(
    cycles: Sequence[Sequence[Driven]], broken_off: Sequence[Driven], recharge_wh: float
) -> WltpResult:
    """The consecutive-cycle test of cars with a short range: WLTCs end to end until the car can no longer follow.

    `cycles` are the complete ones, four phases each; `broken_off` are the drives of the incomplete one, which count towards the usable
    energy and towards nothing else (an assumption for complete phases in it). `recharge_wh` [Wh] comes from the wall. The weights are
    those of the shortened test. Raises `ValueError` without a complete cycle, or with one that has not four phases.
    """
    if not cycles or any(len(cycle) != 4 for cycle in cycles) or len(broken_off) > 4:
        raise ValueError("the test has at least one complete cycle, and every complete cycle has four phases")
    usable = sum(energy_wh(drive) for cycle in (*cycles, broken_off) for drive in cycle)
    phases = {name: [cycle[at] for cycle in cycles] for at, name in enumerate(PHASES)}
    return _result(
        usable, recharge_wh, [joined(*cycle) for cycle in cycles], [joined(*cycle[:2]) for cycle in cycles], phases
    )


def _result(
    usable_wh: float,
    recharge_wh: float,
    whole: Sequence[Driven],
    city: Sequence[Driven],
    phases: dict[str, list[Driven]],
) -> WltpResult:
    def figures(drives: Sequence[Driven]) -> WltpFigures:
        consumption, weights = weighted_consumption(drives, usable_wh)
        range_km = usable_wh / consumption
        return WltpFigures(consumption, recharge_wh / range_km, range_km, weights)

    return WltpResult(usable_wh, figures(whole), figures(city), {name: figures(of) for name, of in phases.items()})
