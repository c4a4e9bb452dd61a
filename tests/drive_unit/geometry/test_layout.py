"""Windings by their counts: the map and the closed formulas are two independent statements of the same winding."""

from __future__ import annotations

from cmath import exp, phase
from math import degrees, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit.geometry.layout import WindingLayout
from halfshaft.drive_unit.geometry.parameter import ParameterError


@st.composite
def layouts(draw: st.DrawFn) -> WindingLayout:
    """Balanced integer-slot windings, full and short pitched."""
    pole_pairs, belt = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    layers = draw(st.sampled_from([1, 2, 4, 6, 8]))
    full = 3 * belt
    pitch = full if layers == 1 else draw(st.integers(full - belt, full + belt))
    return WindingLayout(6 * pole_pairs * belt, pole_pairs, layers, pitch)


@given(layouts(), st.sampled_from([1, 5, 7, 11, 13]))
def test_the_map_has_the_winding_factor_of_the_formula(layout: WindingLayout, harmonic: int) -> None:
    assert layout.winding_factor_of_map(harmonic) == pytest.approx(abs(layout.winding_factor(harmonic)), abs=1e-12)


@given(layouts())
def test_every_pole_repeats_the_one_before_it_with_the_other_sign(layout: WindingLayout) -> None:
    """So that one pole may be drawn for all."""
    for slot in range(layout.slots):
        for layer in range(layout.layers):
            here, there = layout.coil_side(slot, layer), layout.coil_side(slot + layout.slots_per_pole, layer)
            assert (there.phase, there.sign) == (here.phase, -here.sign)


@given(layouts())
def test_the_phases_are_equal_and_each_120_degrees_after_the_other(layout: WindingLayout) -> None:
    """Counter-clockwise: positive-sequence currents turn the field the way the rotor turns."""
    axes = []
    for wanted in range(3):
        sides = [
            (slot, side.sign) for slot, row in enumerate(layout.slot_map()) for side in row if side.phase == wanted
        ]
        assert len(sides) * 3 == layout.slots * layout.layers
        assert sum(sign for _, sign in sides) == 0
        axes.append(phase(sum(sign * exp(2j * pi * layout.pole_pairs * slot / layout.slots) for slot, sign in sides)))
    for before, after in ((0, 1), (1, 2)):
        assert degrees(axes[after] - axes[before]) % 360.0 == pytest.approx(120.0, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "field", "words"),
    [
        ((36, 4, 2, 4), "slots", "multiple of 24"),
        ((12, 4, 2, 1), "slots", "for example 24"),
        ((48, 4, 1, 5), "coil_pitch_slots", "even number of layers"),
        ((48, 4, 2, 9), "coil_pitch_slots", "pole pitch is 6"),
        ((48, 4, 0, 6), "layers", "at least one layer"),
        ((48, 0, 2, 6), "pole_pairs", "at least one pole pair"),
    ],
)
def test_counts_that_make_no_balanced_winding_are_refused(
    counts: tuple[int, int, int, int], field: str, words: str
) -> None:
    with pytest.raises(ParameterError, match=words) as refused:
        WindingLayout(*counts)
    assert refused.value.path == (field,)
