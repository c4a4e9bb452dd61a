"""Buried magnets: stated widths, bridges, ribs and posts are what is drawn, and magnets outside the iron are refused."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, cos, degrees, hypot, pi, radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_machines import FLAT, STATOR, design_or_refusal, ipm

from halfshaft.drive_unit.geometry.fault import GeometryError
from halfshaft.drive_unit.geometry.ipm import FlatLayer, IpmRotor, Layer, ULayer, VLayer
from halfshaft.drive_unit.geometry.parameter import ParameterError
from halfshaft.drive_unit.geometry.shapes import Edge

V = VLayer(radians(130.0), 8e-3, 11e-3, 4e-3, 1.2e-3, 8e-3, 1.5e-3, 0.3e-3, 0.5e-3)
U = ULayer(12e-3, 12e-3, 4e-3, radians(90.0), 6e-3, 1.2e-3, 7e-3, 1.5e-3, 0.8e-3, 0.3e-3)
ROTOR_M = STATOR.bore_radius_m - 0.7e-3
HALF = pi / 8.0  # half a pole pitch

bridges, ribs = st.floats(0.5e-3, 2.5e-3), st.floats(1e-3, 20e-3)
flats = st.builds(FlatLayer, st.floats(2e-3, 15e-3), st.floats(5e-3, 40e-3), st.floats(2e-3, 7e-3), bridges, ribs)
vs = st.builds(
    VLayer,
    v_angle_rad=st.floats(radians(70.0), pi),
    apex_depth_m=st.floats(3e-3, 22e-3),
    magnet_width_m=st.floats(5e-3, 24e-3),
    magnet_thickness_m=st.floats(2e-3, 7e-3),
    bridge_m=bridges,
    rib_m=ribs,
    post_m=st.sampled_from([0.0, 1e-3, 3e-3]),
    seat_m=st.sampled_from([0.0, 0.5e-3]),
    magnet_offset_m=st.sampled_from([0.0, 1e-3]),
)
us = st.builds(
    ULayer,
    depth_m=st.floats(6e-3, 20e-3),
    base_magnet_width_m=st.floats(5e-3, 20e-3),
    magnet_thickness_m=st.floats(2e-3, 6e-3),
    arm_angle_rad=st.floats(radians(50.0), radians(150.0)),
    arm_magnet_width_m=st.sampled_from([0.0, 5e-3, 10e-3]),
    bridge_m=bridges,
    rib_m=ribs,
    post_m=st.floats(0.5e-3, 3e-3),
    base_pocket_m=st.sampled_from([0.0, 1e-3]),
    magnet_offset_m=st.sampled_from([0.0, 1e-3]),
)


def magnet_areas(layer: Layer) -> list[float]:
    """What the magnets of one layer must cover."""
    if isinstance(layer, FlatLayer):
        return [layer.magnet_width_m * layer.magnet_thickness_m]
    if isinstance(layer, VLayer):
        return [layer.magnet_width_m * layer.magnet_thickness_m] * 2
    arms = [layer.arm_magnet_width_m * layer.magnet_thickness_m] * 2 if layer.arm_magnet_width_m > 0.0 else []
    return sorted([layer.base_magnet_width_m * layer.magnet_thickness_m, *arms])


@settings(max_examples=80, deadline=None)
@given(st.one_of(flats, vs, us))
def test_magnets_have_their_areas_and_pockets_leave_bridge_and_rib(layer: Layer) -> None:
    design, refused = design_or_refusal(ipm(layer))
    if design is None:
        assert refused[:3] == ("rotor", "layers", 0)
        assert hasattr(layer, str(refused[3]))
        return
    magnets = [region for region in design.regions if region.label.kind == "magnet"]
    assert sorted(region.area_m2 for region in magnets) == pytest.approx(magnet_areas(layer), rel=1e-6)
    iron = [region for region in design.regions if region.part == "rotor" and region.label.kind == "iron"]
    assert len(iron) == 1, "bridges hold the rotor together"
    for region in design.regions:
        if region.part == "rotor" and region.label.kind != "iron":
            for edge in region.outline:
                for share in (0.0, 0.3, 0.7, 1.0):
                    x, y = edge.point_at(share)
                    radius, angle = hypot(x, y), atan2(y, x)
                    assert radius <= ROTOR_M - layer.bridge_m + 1e-8
                    assert radius * sin(min(angle, 2.0 * HALF - angle)) >= 0.5 * layer.rib_m - 1e-8


@settings(max_examples=30, deadline=None)
@given(vs)
def test_magnets_point_through_their_thickness_towards_the_gap(layer: VLayer) -> None:
    design, _ = design_or_refusal(ipm(layer))
    if design is None:
        return
    for region in design.regions:
        label = region.label
        if label.kind == "magnet":
            assert label.magnetisation_rad is not None
            aside = label.magnetisation_rad - HALF
            assert abs(aside) == pytest.approx(0.5 * pi - 0.5 * layer.v_angle_rad, abs=1e-9)
            above = atan2(label.point[1], label.point[0]) > HALF
            assert aside <= 1e-9 if above else aside >= -1e-9, "both lean towards the pole's axis: the V collects flux"


def post_width(edges: list[Edge], feature: str) -> float:
    """Twice the distance of a post's sides from the pole's axis."""
    ways = [y for edge in edges if edge.feature == feature for _, y in (edge.start, edge.end)]
    assert ways
    assert max(ways) == pytest.approx(-min(ways))
    return 2.0 * max(ways)


def test_a_post_is_as_wide_as_stated() -> None:
    edges, _ = IpmRotor(0.7e-3, 50e-3, "M400-50A", (V,)).draw(STATOR.bore_radius_m, 4, "N42")
    assert post_width(edges, "layer 1 post") == pytest.approx(V.post_m)


def test_air_arms_need_no_magnet() -> None:
    design = ipm(replace(U, arm_magnet_width_m=0.0)).design()
    assert sum(region.label.kind == "magnet" for region in design.regions) == 1
    assert sum(region.label.kind == "air" and region.part == "rotor" for region in design.regions) == 4


def test_two_layers_lie_below_each_other() -> None:
    outer = replace(V, v_angle_rad=radians(150.0), apex_depth_m=5e-3, magnet_width_m=8e-3, rib_m=22e-3)
    design = ipm(outer, replace(V, apex_depth_m=13e-3)).design()
    assert sum(region.label.kind == "magnet" for region in design.regions) == 4


@pytest.mark.parametrize(
    ("layers", "path", "words"),
    [
        ((replace(FLAT, magnet_width_m=60e-3),), (0, "magnet_width_m"), "at most .* fits here"),
        ((replace(FLAT, depth_m=38e-3),), (0, "depth_m"), "shaft begins at 25 mm"),
        ((replace(FLAT, bridge_m=0.0),), (0, "bridge_m"), "at least 0.2 mm"),
        ((replace(FLAT, rib_m=60e-3),), (0, "rib_m"), "the pole is only"),
        ((replace(FLAT, depth_m=0.0),), (0, "depth_m"), "above zero"),
        ((replace(V, apex_depth_m=38e-3),), (0, "apex_depth_m"), "shaft begins at 25 mm"),
        ((replace(V, v_angle_rad=radians(200.0)),), (0, "v_angle_rad"), "between 20 deg and 180 deg"),
        ((replace(V, magnet_width_m=40e-3),), (0, "magnet_width_m"), "would leave the rotor"),
        ((replace(V, seat_m=5e-3),), (0, "seat_m"), "4 mm thick"),
        ((replace(U, arm_magnet_width_m=30e-3),), (0, "arm_magnet_width_m"), "would leave the rotor"),
        ((replace(U, post_m=0.0),), (0, "post_m"), "at least 0.2 mm"),
        ((FLAT, replace(FLAT, depth_m=6e-3)), (1, "depth_m"), "below the layer outside of it"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_by_its_field(
    layers: tuple[Layer, ...], path: tuple[int, str], words: str
) -> None:
    with pytest.raises(ParameterError, match=words) as refused:
        ipm(*layers).design()
    assert refused.value.path == ("rotor", "layers", *path)


def test_layers_that_cut_each_other_beside_the_axis_are_refused_by_name() -> None:
    """On the axis the second V lies deep enough; its arms rise through the first layer."""
    steep = replace(V, v_angle_rad=radians(60.0), apex_depth_m=20e-3, post_m=16e-3, rib_m=4e-3, magnet_width_m=3e-3)
    with pytest.raises(GeometryError, match=r"layer 1.*layer 2|layer 2.*layer 1"):
        ipm(replace(FLAT, depth_m=6e-3, rib_m=6e-3), steep).design()


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"air_gap_m": -1e-4}, "air_gap_m"), ({"shaft_diameter_m": 0.2}, "shaft_diameter_m"), ({"layers": ()}, "layers")],
)
def test_a_rotor_without_gap_iron_or_magnets_is_refused(changes: dict[str, object], path: str) -> None:
    template = ipm()
    with pytest.raises(ParameterError) as refused:
        replace(template, rotor=replace(template.rotor, **changes)).design()
    assert refused.value.path == ("rotor", path)


def test_the_pole_is_symmetric_about_its_axis() -> None:
    """Each face has its mirror image, at the same radius and with the same area."""
    design = ipm(V).design()
    faces = sorted(
        (
            round(abs(degrees(atan2(y, x)) - 22.5), 6),
            round(hypot(x, y) * cos(atan2(y, x) - HALF), 9),
            round(r.area_m2, 12),
        )
        for r in design.regions
        if r.part == "rotor" and r.label.kind == "magnet"
        for x, y in [r.label.point]
    )
    assert faces[0] == faces[1]
