"""From drawings to machines: what published outlines become, what careless drawings still become, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, pi, radians, sin
from typing import Any

import pytest
from drawings import (
    annular_block,
    arc,
    area_m2,
    distance,
    machine,
    one_pole,
    polar,
    polygon,
    published,
    published_machine,
    rectangle,
    turned_drawing,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.geometry.assemble import GeometryError
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.planar import loop_area
from halfshaft.drive_unit.geometry.sector import rotated
from halfshaft.drive_unit.geometry.shapes import Edge

PUBLISHED = ["Toyota_Prius", "Toyota_Prius_loss", "Renault_Zoe", "BMW_i3", "Jaguar_I_Pace", "Jaguar_I_Pace_no_skew"]
OWN_MISTAKES = {
    "Rotor-0_Lamination",
    "Rotor-0_Ventilation_R0-T0-S1",
}  # areas with the holes, and of an unclosed outline


def check_laws(design: MachineDesign) -> None:
    """What every design owes its reader."""
    angle = design.sector_rad
    rings = ((design.rotor_inner_radius_m, design.rotor_outer_radius_m, "rotor"),
             (design.stator_bore_radius_m, design.stator_outer_radius_m, "stator"))  # fmt: skip
    for inner, outer, part in rings:
        covered = sum(region.area_m2 for region in design.regions if region.part == part)
        assert covered == pytest.approx(0.5 * angle * (outer**2 - inner**2), rel=1e-6)
    ends = {point for edge in design.edges for point in (edge.start, edge.end)}
    for edge in design.edges:
        radius = hypot(*edge.point_at(0.5))
        assert not design.rotor_outer_radius_m + 1e-6 < radius < design.stator_bore_radius_m - 1e-6
    walked: list[Edge] = []
    for region in design.regions:
        total = loop_area(region.outline) + sum(loop_area(hole) for hole in region.holes)
        assert region.area_m2 == pytest.approx(total, rel=1e-9)
        assert loop_area(region.outline) > 0.0
        assert all(loop_area(hole) < 0.0 for hole in region.holes)
        for loop in (region.outline, *region.holes):
            for edge, after in zip(loop, (*loop[1:], loop[0]), strict=True):
                assert edge.end == after.start
                assert edge.start in ends
            walked += loop
    assert len(set(walked)) == len(walked), "an edge has one face on each side"
    if not design.whole_circle:
        near = sorted(x for x, y in ends if y == 0.0 and x >= 0.0)
        far = [(radius * cos(angle), radius * sin(angle)) if radius > 0.0 else (0.0, 0.0) for radius in near]
        assert set(far) <= ends
        on_far_side = [p for p in ends if abs(p[1] * cos(angle) - p[0] * sin(angle)) < 1e-12 and p[1] > 0.0]
        assert len(on_far_side) + ((0.0, 0.0) in ends) == len(near)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_outlines_become_machines(name: str) -> None:
    """Every region keeps its published area to 1e-4, and the radii are the published ones to a tenth of a micrometre."""
    facts, design = published_machine(name)
    check_laws(design)
    assert design.sector_poles == 1
    assert design.gap_m == pytest.approx(1e-3 * facts["airgap_mm"], abs=1e-7)
    assert design.stator_outer_radius_m == pytest.approx(1e-3 * facts["stator"]["outer_radius_mm"], abs=1e-7)
    assert design.rotor_inner_radius_m == pytest.approx(1e-3 * facts["rotor"]["inner_radius_mm"], abs=1e-7)
    area = {region.label.name: region.area_m2 for region in design.regions if region.label.name != "air"}
    for region in facts["geometry_sector"]["regions"]:
        label = region["label"]
        if label not in OWN_MISTAKES and "Shaft" not in label:
            assert area[label] == pytest.approx(1e-6 * region["area_mm2"], rel=1e-4), label
    unnamed = [region for region in design.regions if region.label.name == "air" and region.part == "stator"]
    assert len(unnamed) == facts["stator_slots"] // (2 * facts["pole_pairs"]), "one opening a slot"


@pytest.mark.parametrize("name", ["Toyota_Prius", "Renault_Zoe"])
def test_whole_circle_is_its_poles(name: str) -> None:
    """All poles drawn give the poles' areas, without sides."""
    facts, edges, labels = published(name)
    poles = 2 * facts["pole_pairs"]
    copies = [turned_drawing(edges, labels, k * 2 * pi / poles, reverse=k % 2 == 1) for k in range(poles)]
    every = [edge for part, _ in copies for edge in part]
    names = [replace(label, name=f"{label.name} {k}") for k, (_, part) in enumerate(copies) for label in part]
    stated = {"pole_pairs": facts["pole_pairs"], "slots": facts["stator_slots"]}
    whole, one = machine(every, names, **stated), machine(edges, labels, **stated)
    check_laws(whole)
    assert whole.whole_circle
    assert whole.boundary_sign == 1
    assert area_m2(whole) == pytest.approx(poles * area_m2(one), rel=1e-6)
    kinds = [sorted(region.label.kind for region in design.regions) for design in (whole, one)]
    for kind in ("magnet", "stator_winding"):
        assert kinds[0].count(kind) == poles * kinds[1].count(kind)


@given(st.floats(-pi, pi), st.integers(0, 5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_drawing_may_start_anywhere(angle: float, order: int, two_poles: bool) -> None:
    """Angle, order and direction of the edges change nothing, and magnets turn with the drawing."""
    edges, labels = one_pole()
    if two_poles:
        more = turned_drawing(edges, labels, pi / 2, reverse=True)
        edges, labels = edges + more[0], labels + [replace(label, name=label.name + "'") for label in more[1]]
    plain = machine(edges, labels)
    drawn, named = turned_drawing(edges, labels, angle)
    shuffled = [edge.reversed() if k % 3 == order % 3 else edge for k, edge in enumerate(drawn)]
    shuffled = shuffled[order:] + shuffled[:order]
    other = machine(shuffled, named)
    check_laws(other)
    assert other.sector_poles == plain.sector_poles == 1 + two_poles
    assert [region.label.kind for region in other.regions] == [region.label.kind for region in plain.regions]
    for mine, theirs in zip(plain.regions, other.regions, strict=True):
        assert theirs.area_m2 == pytest.approx(mine.area_m2, rel=1e-6)
        if mine.label.magnetisation_rad is not None and theirs.label.magnetisation_rad is not None:
            assert cos(mine.label.magnetisation_rad - theirs.label.magnetisation_rad) == pytest.approx(1.0, abs=1e-9)
            assert distance(mine.label.point, theirs.label.point) < 5e-8  # an angle below the snap is taken for none


def test_missing_sides_and_bore_are_closed() -> None:
    """The invented machine draws neither sides nor slot mouths: both parts come out closed, mouths as air of the stator."""
    design = machine(*one_pole())
    check_laws(design)
    assert design.gap_m == pytest.approx(1e-3)
    mouths = [r for r in design.regions if r.label.kind == "air"]
    mouth = 0.5 * (pi / 12) * ((43e-3) ** 2 - (41e-3) ** 2)
    assert [r.area_m2 for r in mouths] == pytest.approx([mouth] * 3)
    assert design.notes == ()


def test_the_gap_is_cleared() -> None:
    """Arcs of a sliding band, lines across the gap and air labels in it vanish; so does an air box, down to A = 0 on the frame."""
    edges, labels = one_pole()
    band = [arc(40.4e-3, 0.0, pi / 2), arc(40.7e-3, 0.0, pi / 2), Edge((40e-3, 0.0), (41e-3, 0.0))]
    box = [arc(80e-3, 0.0, pi / 2), Edge((70e-3, 0.0), (80e-3, 0.0)), Edge((0.0, 70e-3), (0.0, 80e-3))]
    air = [Label(polar(r, 0.3), "air", "air") for r in (40.2e-3, 40.5e-3, 75e-3)]
    plain, design = machine(edges, labels), machine(edges + band + box, labels + air)
    check_laws(design)
    assert len(design.regions) == len(plain.regions)
    assert design.stator_outer_radius_m == pytest.approx(70e-3)
    assert "outside the stator" in design.notes[0]


@pytest.mark.parametrize("whole", [False, True])
def test_a_shaft_reaches_the_axis(whole: bool) -> None:
    """A shaft that is drawn and named belongs to the machine: the rotor's inner radius is zero."""
    edges, labels = one_pole()
    labels.append(Label(polar(5e-3, 0.5), "shaft", "air"))
    edges += [Edge((0.0, 0.0), (15e-3, 0.0)), Edge((0.0, 0.0), (0.0, 15e-3))]
    if whole:
        copies = [turned_drawing(edges, labels, k * pi / 2, reverse=k % 2 == 1) for k in range(4)]
        edges, labels = [e for part, _ in copies for e in part], [x for _, part in copies for x in part]
    design = machine(edges, labels)
    check_laws(design)
    assert design.rotor_inner_radius_m == 0.0
    shafts = [region for region in design.regions if region.label.name == "shaft"]
    assert sum(region.area_m2 for region in shafts) == pytest.approx((4 if whole else 1) * pi * (15e-3) ** 2 / 4)


def test_an_unnamed_shaft_hole_is_no_part_of_a_whole_circle() -> None:
    """The disc about the axis that no label names is left out."""
    edges, labels = one_pole()
    copies = [turned_drawing(edges, labels, k * pi / 2, reverse=k % 2 == 1) for k in range(4)]
    design = machine([e for part, _ in copies for e in part], [x for _, part in copies for x in part])
    check_laws(design)
    assert design.rotor_inner_radius_m == pytest.approx(15e-3)


def test_a_rotor_of_iron_down_to_the_axis() -> None:
    """Nothing drawn at the axis of a whole circle, and the iron's face covers it: no hole is invented."""
    edges, labels = one_pole()
    edges = [edge for edge in edges if edge.feature != "shaft"]
    copies = [turned_drawing(edges, labels, k * pi / 2, reverse=k % 2 == 1) for k in range(4)]
    design = machine([e for part, _ in copies for e in part], [x for _, part in copies for x in part])
    check_laws(design)
    assert design.rotor_inner_radius_m == 0.0


def test_sides_get_each_others_vertices() -> None:
    """A vertex on one side only gets its image on the other."""
    edges, labels = one_pole()
    edges += polygon([polar(25e-3, 0.0), polar(27e-3, 0.1), polar(29e-3, 0.0)], "barrier")
    twin = [polar(25e-3, pi / 2), polar(27e-3, pi / 2 - 0.1), polar(29e-3, pi / 2), polar(28e-3, pi / 2)]
    edges += polygon(twin, "other half")
    design = machine(edges, [*labels, Label(polar(27e-3, 0.01), "barrier", "air")])
    check_laws(design)
    assert any(distance(edge.start, (28e-3, 0.0)) < 1e-9 for edge in design.edges)


def test_a_shoe_that_touches_the_rotor_circle() -> None:
    """A pole of smaller radius reaches the rotor's circle at one point: cusps of air, and no edge in the gap."""
    edges, labels = one_pole(magnet=False)
    edges = [edge for edge in edges if edge.feature != "rotor surface"]
    centre = polar(10e-3, pi / 4)
    shoe = [(centre[0] + 30e-3 * cos(a), centre[1] + 30e-3 * sin(a)) for a in (pi / 4 - 0.6, pi / 4 + 0.6)]
    edges += [Edge(shoe[0], shoe[1], centre, 1.2, "shoe"), Edge(polar(15e-3, 0.2), shoe[0], feature="pole")]
    edges += [Edge(polar(15e-3, pi / 2 - 0.2), shoe[1], feature="pole")]
    labels = [replace(x, point=polar(25e-3, pi / 4)) if x.name == "rotor iron" else x for x in labels]
    design = machine(edges, labels)
    check_laws(design)
    assert design.rotor_outer_radius_m == pytest.approx(40e-3, abs=1e-9)
    assert sorted(r.label.kind for r in design.regions if r.part == "rotor") == ["air", "air", "iron"]


REFUSED: dict[str, tuple[str, str, dict[str, Any], Any]] = {
    # what: (feature, words, changed statements, change of the drawing)
    "touching": ("air gap", "must separate", {}, lambda e, n: (one_pole(gap=0.0)[0], n)),
    "overlapping": (
        "bump", "where the stator begins at 41.0000 mm", {},
        lambda e, n: (
            e + annular_block(40e-3, 41.5e-3, 0.22, 0.26, "bump"),
            [*n, Label(polar(41.2e-3, 0.24), "bump", "iron", "steel")],
        ),
    ),
    "crossing": (
        "second magnet", "crosses rotor surface at r = 40.000 mm", {},
        lambda e, n: (e + polygon([polar(37e-3, 0.1), polar(40.5e-3, 0.15), polar(37e-3, 0.2)], "second magnet"), n),
    ),
    "no face": ("lost", "no face", {}, lambda e, n: (e, [*n, Label((0.2, 0.2), "lost", "iron", "steel")])),
    "two meanings": (
        "copper", "shares one face with stator iron", {},
        lambda e, n: (e, [*n, Label(polar(69e-3, 0.5), "copper", "stator_winding", phase=0, conductors=1.0)]),
    ),
    "open outline": (
        "slot 2", "ends open at", {},
        lambda e, n: ([x for x in e if x.feature != "slot 2" or x.centre] , n),
    ),
    "stator winding in the rotor": (
        "magnet", "lies inside the gap, in the rotor", {},
        lambda e, n: (e, [replace(x, kind="stator_winding", phase=0) if x.name == "magnet" else x for x in n]),
    ),
    "magnet in the stator": (
        "slot 1", "lies outside the gap, in the stator", {},
        lambda e, n: (
            e,
            [replace(x, kind="magnet", material="magnet", magnetisation_rad=0.0) if x.name == "slot 1" else x for x in n],
        ),
    ),
    "sides": (
        "sector sides", "must repeat", {},
        lambda e, n: (
            e + polygon([polar(25e-3, 0.0), polar(27e-3, 0.1), polar(29e-3, 0.0)], "barrier"),
            [*n, Label(polar(27e-3, 0.01), "barrier", "air")],
        ),
    ),
    "nearly equal sides": (
        "sector sides", "same radius", {},
        lambda e, n: ([*e, Edge(polar(25e-3, 0.0), polar(25e-3, 0.2)), Edge(polar(25e-3, 0.2), polar(25.01e-3, pi / 2))], n),
    ),
    "beyond the sector": (
        "wide magnet", "spans 91", {},
        lambda e, n: (e + polygon([polar(30e-3, 1.5), polar(30e-3, radians(91)), polar(33e-3, 1.5)], "wide magnet"), n),
    ),
    "stated poles": ("sector", "1 pole(s) are drawn where 2 are stated", {"sector_poles": 2}, None),
    "slots": ("slots", "do not divide", {"slots": 13}, None),
    "length": ("stack length", "must be positive", {"stack_length_m": 0.0}, None),
    "stacking": ("stacking factor", "not above 1", {"stacking_factor": 1.2}, None),
    "steel": ("stator iron", "not among: none", {"steels": {}}, None),
    "magnet grade": ("magnet", "not among: none", {"magnets": {}}, None),
    "pole pairs": ("pole pairs", "at least one", {"pole_pairs": 0}, None),
    "direction": (
        "magnet", "no direction", {}, lambda e, n: (e, [replace(x, magnetisation_rad=None) for x in n]),
    ),
    "phase": ("slot 1", "phases are 0, 1 and 2", {}, lambda e, n: (e, [replace(x, phase=None) for x in n])),
    "millimetres": (
        "drawing", "must be in metres", {},
        lambda e, n: ([Edge((1e3 * x.start[0], 1e3 * x.start[1]), (1e3 * x.end[0], 1e3 * x.end[1])) for x in e], n),
    ),
    "nothing": ("drawing", "no edge", {}, lambda e, n: ([], n)),
    "no stator iron": (
        "stator", "no label names its iron", {}, lambda e, n: (e, [x for x in n if x.name != "stator iron"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_machine_is_refused_by_name(what: str) -> None:
    """Each refusal names the feature and says what would be right."""
    feature, words, changes, change = REFUSED[what]
    edges, labels = one_pole()
    if change:
        edges, labels = change(edges, labels)
    with pytest.raises(GeometryError) as refusal:
        machine(edges, labels, **changes)
    assert feature in refusal.value.feature
    assert words in str(refusal.value)


def test_crossings_may_be_allowed() -> None:
    """A drawing in which features may cut each other is taken as drawn."""
    edges, labels = one_pole()
    edges += polygon([rotated(p, 0.3) for p in rectangle(20e-3, 32e-3, 4e-3)], "duct")
    edges += polygon([rotated(p, 0.3) for p in rectangle(25e-3, 28e-3, 8e-3)], "cross duct")
    with pytest.raises(GeometryError, match="crosses"):
        machine(edges, labels)
    check_laws(machine(edges, labels, allow_crossings=True))


def test_an_unbalanced_winding_is_remarked() -> None:
    """Phases with unequal conductors are taken, and said."""
    edges, labels = one_pole()
    labels = [replace(label, conductors=7.0) if label.name == "slot 2" else label for label in labels]
    assert "A 9, B 7, C 9" in machine(edges, labels).notes[0]
