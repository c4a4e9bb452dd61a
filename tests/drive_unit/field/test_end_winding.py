"""End windings: scaling of the leakage, and the geometry of an end turn."""

from __future__ import annotations

from dataclasses import replace
from math import hypot, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polar_machine import polar_machine

from halfshaft.drive_unit.field.end_winding import (
    PermeanceFactors,
    coil_span_m,
    end_winding_inductance_h,
    hairpin_end_turn,
    round_wire_end_turn,
)
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.shapes import Edge


def outlined(conductors: float = 4.0, paths: int = 2, end_turn_m: float = 0.12) -> MachineDesign:
    """The polar machine with slots that have an outline, to 100 mm radius."""
    design, _ = polar_machine(conductors=conductors, parallel_paths=paths)
    bottom = (Edge((0.1, 0.0), (0.0, 0.1), centre=(0.0, 0.0), sweep_rad=pi / 2),)
    regions = tuple(replace(r, outline=bottom) if r.label.kind == "stator_winding" else r for r in design.regions)
    assert design.winding is not None
    return replace(design, regions=regions, winding=replace(design.winding, end_turn_length_m=end_turn_m))


def test_the_formula_by_hand() -> None:
    """4 m / Q q N^2 mu_0 (2 l_ew lambda_lew + W_ew lambda_W) with 48 slots, 8 poles, 16 turns."""
    design = outlined()
    span = 6 / 48 * 2 * pi * 0.090
    assert coil_span_m(design) == pytest.approx(span)
    by_hand = 4 * 3 / 48 * 2 * 16**2 * 4e-7 * pi * ((0.12 - span) * 0.371 + span * 0.166)
    assert end_winding_inductance_h(design) == pytest.approx(by_hand)


@given(turns=st.floats(0.5, 4.0))
def test_leakage_grows_with_turns_squared(turns: float) -> None:
    """N turns in series make N times the flux and link it N times; paths divide the turns."""
    one = end_winding_inductance_h(outlined())
    assert end_winding_inductance_h(outlined(conductors=4.0 * turns)) == pytest.approx(turns**2 * one)
    assert end_winding_inductance_h(outlined(paths=4)) == pytest.approx(one / 4.0)


def test_no_more_than_what_is_declared() -> None:
    """An end turn below its span counts as span; none at all has no leakage."""
    placeholder = end_winding_inductance_h(outlined(end_turn_m=0.04), PermeanceFactors(0.4, 0.2))
    assert placeholder == pytest.approx(2 / 4 * 16**2 * 4e-7 * pi * 0.04 * 0.2)
    assert end_winding_inductance_h(outlined(end_turn_m=0.0)) == 0.0


@given(span=st.floats(0.03, 0.2), slots=st.integers(3, 12), slope=st.floats(0.05, 0.9), straight=st.floats(0.0, 0.02))
def test_a_diamond_closes(span: float, slots: int, slope: float, straight: float) -> None:
    """Two sloped legs over half the span each, as far out as the overhang says."""
    bar = slope * span / slots
    end = hairpin_end_turn(span, slots, 0.8 * bar, 0.2 * bar, straight)
    leg = hypot(0.5 * span, end.overhang_m - straight)
    assert end.length_m == pytest.approx(2.0 * (straight + leg))
    # bars of neighbouring slots, a slot pitch apart along the face, are as far apart across as the bar and its clearance are wide
    assert (end.overhang_m - straight) / leg * span / slots == pytest.approx(bar)


def test_bars_too_wide_to_pass_are_refused() -> None:
    """A slope of ninety degrees is no end turn."""
    with pytest.raises(ValueError, match=r"cannot pass each other at a slot pitch of 10\.00 mm"):
        hairpin_end_turn(0.06, 6, 0.0095, 0.0005, 0.01)


def test_a_random_wound_end_turn() -> None:
    """1.2 W + 50 mm, and what is longer than the span stands out on either leg."""
    end = round_wire_end_turn(0.07)
    assert end.length_m == pytest.approx(0.134)
    assert end.overhang_m == pytest.approx(0.032)
