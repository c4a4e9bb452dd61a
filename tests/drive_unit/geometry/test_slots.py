"""Slots: what is drawn has the dimensions that were stated, and what cannot be drawn is refused with the limit."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_machines import SLOT, STATOR, design_or_refusal, ipm, with_slot

from halfshaft.drive_unit.geometry.parameter import ParameterError
from halfshaft.drive_unit.geometry.slots import ParallelToothSlot, RectangularSlot, Slot, TaperedSlot
from halfshaft.drive_unit.geometry.stator import Hairpin, RoundStrands

TAPERED = TaperedSlot(2e-3, 0.8e-3, 0.5e-3, 4e-3, 5.5e-3, 16e-3, 1e-3)
PARALLEL = ParallelToothSlot(2e-3, 0.8e-3, 4.2e-3, 15e-3, shoulder_radius_m=2e-3)
BORE_M = STATOR.bore_radius_m

rectangular = st.builds(
    RectangularSlot,
    opening_width_m=st.floats(1e-3, 3e-3),
    opening_depth_m=st.floats(0.3e-3, 2e-3),
    width_m=st.floats(3e-3, 7.5e-3),
    depth_m=st.floats(8e-3, 25e-3),
    wedge_m=st.sampled_from([0.0, 0.5e-3, 2e-3]),
)
tapered = st.builds(
    TaperedSlot,
    opening_width_m=st.floats(1e-3, 3e-3),
    opening_depth_m=st.floats(0.3e-3, 2e-3),
    shoulder_height_m=st.sampled_from([0.0, 0.5e-3, 1.5e-3]),
    top_width_m=st.floats(3e-3, 7e-3),
    bottom_width_m=st.floats(3e-3, 9e-3),
    depth_m=st.floats(8e-3, 25e-3),
    bottom_corner_radius_m=st.sampled_from([0.0, 0.5e-3, 1.5e-3]),
)
parallel = st.builds(
    ParallelToothSlot,
    opening_width_m=st.floats(1e-3, 3e-3),
    opening_depth_m=st.floats(0.3e-3, 2e-3),
    tooth_width_m=st.floats(2e-3, 6e-3),
    side_length_m=st.floats(8e-3, 20e-3),
    shoulder_height_m=st.sampled_from([0.0, 0.4e-3, 1e-3]),
    round_bottom=st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(st.one_of(rectangular, tapered, parallel), st.sampled_from([1, 2, 4]))
def test_drawn_layers_have_the_areas_that_the_slot_states(slot: Slot, layers: int) -> None:
    """The slot integrates its outline; the drawing finds its faces from the lines. Nothing is drawn twice or lost."""
    template = with_slot(slot, layers)
    design, refused = design_or_refusal(template)
    if design is None:
        assert refused[:2] == ("stator", "slot")
        assert hasattr(slot, str(refused[2]))
        return
    sketch = slot.sketch(BORE_M, 48, layers)
    regions = [region for region in design.regions if region.label.kind == "stator_winding"]
    assert len(regions) == 6 * layers
    for region in regions:
        layer = int(region.label.name.rsplit(" ", 1)[1]) - 1
        assert region.area_m2 == pytest.approx(sketch.layer_areas_m2[layer], rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(parallel)
def test_parallel_teeth_are_parallel(slot: ParallelToothSlot) -> None:
    """Every point of a flank lies half a tooth's width from the tooth's own axis."""
    try:
        body = slot.sketch(BORE_M, 48, 1).body
    except ParameterError:
        return
    half = pi / 48
    flank = max(
        (edge for edge in body if edge.centre is None and edge.start[1] > 0.0 and edge.end[1] > 0.0),
        key=lambda edge: edge.length_m,
    )
    for x, y in (flank.start, flank.end):
        assert x * sin(half) - y * cos(half) == pytest.approx(0.5 * slot.tooth_width_m, rel=1e-9)
    assert flank.length_m == pytest.approx(slot.side_length_m, rel=1e-9)


def test_a_round_shoulder_is_tangent_to_the_flank() -> None:
    body = PARALLEL.sketch(BORE_M, 48, 1).body
    shoulder = next(edge for edge in body if edge.centre is not None)
    flank = next(edge for edge in body if edge.centre is None and edge.start == shoulder.end)
    assert shoulder.centre is not None
    along = (flank.end[0] - flank.start[0], flank.end[1] - flank.start[1])
    radial = (shoulder.end[0] - shoulder.centre[0], shoulder.end[1] - shoulder.centre[1])
    scale = hypot(*along) * hypot(*radial)
    assert (along[0] * radial[0] + along[1] * radial[1]) / scale == pytest.approx(0.0, abs=1e-9)
    assert shoulder.radius_m == pytest.approx(2e-3)


def test_the_opening_and_the_wedge_are_air() -> None:
    regions = [r for r in ipm().design().regions if r.part == "stator" and r.label.kind == "air"]
    opening = SLOT.opening_width_m * SLOT.opening_depth_m + SLOT.width_m * SLOT.wedge_m
    assert len(regions) == 6
    for region in regions:  # the opening's mouth follows the bore's arc, a sliver below its chord
        assert region.area_m2 == pytest.approx(opening, rel=0.01)


@pytest.mark.parametrize(
    ("slot", "field", "words"),
    [
        (replace(SLOT, width_m=9e-3), "width_m", "leaves a tooth of"),
        (replace(SLOT, opening_width_m=5e-3), "opening_width_m", "slot is 4.5 mm wide"),
        (replace(SLOT, wedge_m=20e-3), "wedge_m", "18 mm deep"),
        (replace(SLOT, depth_m=-1e-3), "depth_m", "above zero"),
        (replace(SLOT, depth_m=float("nan")), "depth_m", "above zero"),
        (replace(SLOT, liner_m=3e-3), "liner_m", "4.5 mm wide"),
        (replace(TAPERED, bottom_width_m=12e-3), "bottom_width_m", "fits between 48 slots"),
        (replace(TAPERED, bottom_corner_radius_m=4e-3), "bottom_corner_radius_m", "at most 2.75 mm"),
        (replace(PARALLEL, tooth_width_m=9e-3), "tooth_width_m", "slot pitch"),
        (replace(PARALLEL, shoulder_height_m=1e-3), "shoulder_radius_m", "one of the two"),
        (replace(PARALLEL, shoulder_radius_m=0.1e-3), "shoulder_radius_m", "be at least"),
        (replace(PARALLEL, shoulder_radius_m=0.0, tooth_width_m=7e-3), "tooth_width_m", "narrower"),
    ],
)
def test_a_slot_that_does_not_fit_is_refused_by_its_field(slot: Slot, field: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as refused:
        with_slot(slot, 2).design()
    assert refused.value.path == ("stator", "slot", field)
    assert refused.value.feature.startswith("stator slot")


def test_a_slot_deeper_than_the_stator_is_refused() -> None:
    with pytest.raises(ParameterError, match="outer diameter must be larger") as refused:
        with_slot(replace(SLOT, depth_m=40e-3), 2).design()
    assert refused.value.path == ("stator", "outer_diameter_m")


@pytest.mark.parametrize(
    ("wire", "field", "words"),
    [
        (Hairpin(4.3e-3, 3e-3), "width_m", "4.1 mm are left"),
        (Hairpin(3.8e-3, 5e-3), "height_m", "4 bars fit with at most 4.275 mm"),
        (RoundStrands(1.2e-3, 20), None, "at most 19.69 mm2"),
    ],
)
def test_wire_that_does_not_fit_its_slot_is_refused(
    wire: Hairpin | RoundStrands, field: str | None, words: str
) -> None:
    stator = replace(STATOR, coils=replace(STATOR.coils, wire=wire))
    with pytest.raises(ParameterError, match=words) as refused:
        ipm(stator=stator).design()
    assert refused.value.path == ("stator", "coils", "wire", *([field] if field else []))


def test_the_copper_fill_is_the_wires_share_of_the_drawn_winding() -> None:
    design = ipm().design()
    area = sum(r.area_m2 for r in design.regions if r.label.kind == "stator_winding")
    copper = 6 * 4 * 3.8e-3 * 3.5e-3
    assert design.winding is not None
    assert design.winding.copper_fill == pytest.approx(copper / area, rel=1e-6)


def test_paths_that_do_not_divide_the_winding_are_refused() -> None:
    stator = replace(STATOR, coils=replace(STATOR.coils, parallel_paths=3))
    with pytest.raises(ParameterError, match="divisor of poles times layers") as refused:
        ipm(stator=stator).design()
    assert refused.value.path == ("stator", "coils", "parallel_paths")
