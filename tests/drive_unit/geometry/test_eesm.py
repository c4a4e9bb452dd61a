"""Salient poles: the gap that was stated is the gap that is drawn, and poles that meet each other are refused."""

from __future__ import annotations

from dataclasses import replace
from math import acos, atan2, cos, hypot, pi, radians, tan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_machines import COIL, SALIENT, STATOR, design_or_refusal, eesm

from halfshaft.drive_unit.geometry.fault import GeometryError
from halfshaft.drive_unit.geometry.parameter import ParameterError

BORE_M = STATOR.bore_radius_m


@pytest.mark.parametrize("profile", ["arc", "cosine"])
def test_the_gap_at_centre_and_edges_is_the_stated_one(profile: str) -> None:
    edges, _ = replace(SALIENT, gap_profile=profile).draw(BORE_M, 2)
    face = [edge for edge in edges if edge.feature == "pole shoe face"]
    gaps = {round(atan2(y, x), 9): BORE_M - hypot(x, y) for edge in face for x, y in (edge.start, edge.end)}
    half = 0.5 * SALIENT.pole_arc_rad
    assert gaps[0.0] == pytest.approx(SALIENT.air_gap_m, rel=1e-9)
    assert gaps[round(half, 9)] == pytest.approx(SALIENT.edge_gap_m, rel=1e-9)
    assert gaps[round(-half, 9)] == pytest.approx(SALIENT.edge_gap_m, rel=1e-9)


def test_the_cosine_profile_follows_its_law_everywhere() -> None:
    """Circular arcs stand in for the curve; a micrometre is a hundredth of what a lamination is punched to."""
    edges, _ = SALIENT.draw(BORE_M, 2)
    steepness = acos(SALIENT.air_gap_m / SALIENT.edge_gap_m) / (0.5 * SALIENT.pole_arc_rad)
    for edge in (edge for edge in edges if edge.feature == "pole shoe face"):
        for k in range(11):
            x, y = edge.point_at(k / 10)
            law = SALIENT.air_gap_m / cos(steepness * atan2(y, x))
            assert BORE_M - hypot(x, y) == pytest.approx(law, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(40.0, 75.0),
    st.floats(24e-3, 44e-3),
    st.floats(12e-3, 26e-3),
    st.floats(0.0, 5e-3),
    st.floats(2e-3, 14e-3),
    st.floats(2e-3, 12e-3),
)
def test_a_pole_is_drawn_whole_or_its_field_is_named(
    arc_deg: float, body: float, height: float, taper: float, top: float, bottom: float
) -> None:
    """What passes the checks has a coil of the area of its four corners on each side, equal and opposite, and one piece of iron."""
    coil = replace(COIL, top_width_m=top, bottom_width_m=bottom)
    template = eesm(
        pole_arc_rad=radians(arc_deg), body_width_m=body, body_height_m=height, shoe_taper_m=taper, coil=coil
    )
    design, refused = design_or_refusal(template)
    if design is None:
        assert refused[0] == "rotor"
        return
    sides = [region for region in design.regions if region.label.kind == "field_winding"]
    assert sorted(side.label.conductors for side in sides) == [-60.0, 60.0]
    assert sides[0].area_m2 == pytest.approx(sides[1].area_m2, rel=1e-9)
    slope = taper / (edge_width(template.rotor.pole_arc_rad) - 0.5 * body)
    inside = height - 1e-3 + slope * 0.5e-3  # at the body, a clearance beside it and one at top and bottom
    outside = inside + slope * top
    expected = 0.5 * (top * inside + bottom * outside)  # the shoelace of the four corners
    assert sides[0].area_m2 == pytest.approx(expected, rel=1e-6)
    assert sum(r.label.kind == "iron" and r.part == "rotor" for r in design.regions) == 1


def edge_width(pole_arc_rad: float) -> float:
    """Half the shoe's width: its edge's distance from the pole's axis."""
    return float((BORE_M - SALIENT.edge_gap_m) * tan(0.5 * pole_arc_rad) * cos(0.5 * pole_arc_rad))


def test_positive_field_current_makes_the_drawn_pole_a_north_pole() -> None:
    """Ampère: current out of the plane on the counter-clockwise side drives flux outwards through the pole between."""
    design = eesm().design()
    angle = {
        region.label.conductors > 0.0: atan2(region.label.point[1], region.label.point[0])
        for region in design.regions
        if region.label.kind == "field_winding"
    }
    assert angle[True] > pi / 4.0 > angle[False]


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"air_gap_m": -0.5e-3}, ("air_gap_m",), "above zero"),
        ({"edge_gap_m": 0.3e-3}, ("edge_gap_m",), "gap at the centre, 0.7 mm"),
        ({"pole_arc_rad": radians(89.0)}, ("pole_arc_rad",), "at most 85.5 deg"),
        ({"body_width_m": 70e-3}, ("body_width_m",), "narrower than the pole shoe's"),
        ({"body_height_m": 40e-3}, ("body_height_m",), "inside the shaft's radius"),
        ({"shoe_edge_thickness_m": 28e-3, "body_height_m": 5e-3}, ("shoe_edge_thickness_m",), "line between two poles"),
        ({"coil": replace(COIL, top_width_m=20e-3)}, ("coil", "top_width_m"), "pole shoe covers only"),
        ({"coil": replace(COIL, bottom_width_m=15e-3)}, ("coil", "bottom_width_m"), "line between two poles leaves"),
        ({"coil": replace(COIL, shoe_clearance_m=22e-3)}, ("coil", "shoe_clearance_m"), "no height is left"),
        ({"coil": replace(COIL, copper_fill=1.2)}, ("coil", "copper_fill"), "below 1"),
        ({"coil": replace(COIL, turns=0.0)}, ("coil", "turns"), "above zero"),
    ],
)
def test_a_pole_that_cannot_be_is_refused_by_its_field(
    changes: dict[str, object], path: tuple[str, ...], words: str
) -> None:
    with pytest.raises(GeometryError, match=words) as refused:
        eesm(**changes).design()
    assert isinstance(refused.value, ParameterError)
    assert refused.value.path == ("rotor", *path)
