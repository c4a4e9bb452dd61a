"""Noding and faces: whatever lines and arcs are thrown at them, the plane's own laws must hold."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, pi, sin

import numpy as np
import pytest
from drawings import annular_block, arc, polar, polygon, rectangle
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.geometry.noding import SNAP_M, node
from halfshaft.drive_unit.geometry.planar import build, loop_area, prune
from halfshaft.drive_unit.geometry.sector import radial_extent, rotated
from halfshaft.drive_unit.geometry.shapes import Edge, Point

RIM_M = 0.1
grid = st.integers(-60, 60)
inner_points = st.tuples(grid, grid).map(lambda p: (p[0] * 1e-3, p[1] * 1e-3))
lines = st.tuples(inner_points, inner_points).map(lambda p: Edge(*p))
sweeps = st.sampled_from([-2.0 * pi, -pi, -1.7, 0.4, pi / 2, pi, 3.0, 2.0 * pi])


@st.composite
def arcs(draw: st.DrawFn) -> Edge:
    """Arcs that stay within the rim, on coarse numbers so that they touch, overlap and coincide often."""
    centre = draw(st.tuples(st.integers(-4, 4), st.integers(-4, 4)).map(lambda p: (p[0] * 1e-2, p[1] * 1e-2)))
    radius, begin, sweep = draw(st.integers(1, 4)) * 1e-2, draw(st.integers(0, 7)) * pi / 4, draw(sweeps)
    ends = [(centre[0] + radius * cos(a), centre[1] + radius * sin(a)) for a in (begin, begin + sweep)]
    return Edge(ends[0], ends[1], centre, sweep)


def rim() -> Edge:
    return arc(RIM_M, 0.0, 2.0 * pi)


def degenerate(edges: tuple[Edge, ...]) -> bool:
    """Whether pieces are so short that vertices chained within the tolerance may have moved visibly."""
    return any(edge.length_m < 20.0 * SNAP_M for edge in edges)


@given(st.lists(st.one_of(lines, arcs()), max_size=12))
@settings(max_examples=150, deadline=None)
def test_faces_tile_the_disc_and_obey_euler(drawn: list[Edge]) -> None:
    """V - E + F = C and the faces' areas sum to the disc's: no face is lost, doubled or mistaken for a hole."""
    noded = node([rim(), *drawn]).edges
    graph = build(noded)
    assert len(graph.vertices_m) - len(graph.edges) + len(graph.faces) == graph.components
    slack = 1e-9 if not degenerate(noded) else 1e-4
    assert sum(face.area_m2 for face in graph.faces) == pytest.approx(pi * RIM_M**2, rel=slack)


@given(st.lists(st.one_of(lines, arcs()), max_size=10), st.floats(-pi, pi))
@settings(max_examples=80, deadline=None)
def test_faces_do_not_depend_on_the_angle_of_the_drawing(drawn: list[Edge], angle: float) -> None:
    """A turned drawing has the same faces."""
    turned = [
        replace(
            edge,
            start=rotated(edge.start, angle),
            end=rotated(edge.end, angle),
            centre=None if edge.centre is None else rotated(edge.centre, angle),
        )
        for edge in drawn
    ]
    plain, other = (build(node([rim(), *edges]).edges) for edges in (drawn, turned))
    if degenerate(plain.edges) or degenerate(other.edges):
        return
    # Whether a sliver is kept or merged may depend on rounding; what is wider than the tolerance may not.
    areas, turned_areas = (
        sorted(face.area_m2 for face in graph.faces if face.area_m2 > 4.0 * SNAP_M * RIM_M) for graph in (plain, other)
    )
    assert turned_areas == pytest.approx(areas, abs=SNAP_M * RIM_M)


@given(st.lists(st.one_of(lines, arcs()), max_size=10))
@settings(max_examples=60, deadline=None)
def test_noding_twice_changes_nothing(drawn: list[Edge]) -> None:
    """What is noded meets at common ends only: there is nothing left to cut."""
    once = node([rim(), *drawn]).edges
    if not degenerate(once):
        twice = node(once).edges
        assert len(twice) == len(once)
        assert sum(edge.length_m for edge in twice) == pytest.approx(sum(edge.length_m for edge in once), rel=1e-9)


@given(st.lists(st.one_of(lines, arcs()), min_size=1, max_size=10), inner_points)
@settings(max_examples=80, deadline=None)
def test_a_point_lies_in_the_face_around_it(drawn: list[Edge], point: Point) -> None:
    """Location agrees with walking: a face's own inner point is found in it, and any point in exactly one face or on an edge."""
    graph = build(node([rim(), *drawn]).edges)
    thick = [k for k, face in enumerate(graph.faces) if face.area_m2 > 1e-8]
    assert graph.face_of([graph.inner_point(graph.faces[k]) for k in thick]).tolist() == thick
    assert graph.face_of([(2.0 * RIM_M, 0.0)]).tolist() == [-1]


def test_area_of_arcs_is_exact() -> None:
    """A half disc minus a circular hole, to rounding."""
    half = [arc(0.05, 0.0, pi), Edge((-0.05, 0.0), (0.05, 0.0))]
    hole = Edge((0.01, 0.02), (0.01, 0.02), (0.0, 0.02), 2.0 * pi)
    graph = build(node([*half, hole]).edges)
    areas = sorted(face.area_m2 for face in graph.faces)
    assert areas == pytest.approx([pi * 1e-4, pi * 0.05**2 / 2 - pi * 1e-4], rel=1e-13)
    assert [len(face.holes) for face in sorted(graph.faces, key=lambda face: face.area_m2)] == [0, 1]


def test_islands_nest() -> None:
    """A ring within a ring within a ring: each face knows the one that floats in it, and only that."""
    graph = build(node([arc(r, 0.0, 2.0 * pi) for r in (0.01, 0.02, 0.03)]).edges)
    by_area = sorted(graph.faces, key=lambda face: face.area_m2)
    assert [len(face.holes) for face in by_area] == [0, 1, 1]
    assert graph.face_of([(0.0, 0.0), (0.015, 0.0), (0.025, 0.0), (0.035, 0.0)]).tolist()[3] == -1
    assert len(set(graph.face_of([(0.001, 0.0), (0.015, 0.001), (0.025, 0.001)]).tolist())) == 3


def test_overlapping_lines_and_arcs_leave_one() -> None:
    """Two blocks that share part of a side, drawn twice over, and the trap that crashes others: a slot of no height."""
    first, second = annular_block(0.05, 0.06, 0.0, 0.4, "a"), annular_block(0.06, 0.07, 0.1, 0.6, "b")
    graph = build(node(first + second + annular_block(0.06, 0.06, 0.1, 0.3)).edges)
    assert len(graph.faces) == 2
    exact = [0.5 * 0.4 * (0.06**2 - 0.05**2), 0.5 * 0.5 * (0.07**2 - 0.06**2)]
    assert sorted(face.area_m2 for face in graph.faces) == pytest.approx(exact, rel=1e-12)
    assert len({frozenset((edge.start, edge.end)) for edge in graph.edges}) == len(graph.edges)


def test_names_survive_merging() -> None:
    """An unnamed line on a named one leaves the name."""
    edges = node([Edge((0.0, 0.0), (0.01, 0.0)), Edge((0.0, 0.0), (0.02, 0.0), feature="side")]).edges
    assert [edge.feature for edge in edges] == ["side", "side"]


@pytest.mark.parametrize("miss", [-1.5e-6, 1.5e-6])
def test_near_misses_are_joined(miss: float) -> None:
    """A line that ends a rounding error short of another, or beyond it, ends on it, and leaves no stub."""
    square = polygon(rectangle(0.0, 0.02, 0.02))
    graph = build(node([*square, Edge((0.01, -0.01), (0.01, 0.01 + miss))]).edges)
    assert len(graph.faces) == 2
    assert min(edge.length_m for edge in graph.edges) > 5e-3


def test_a_tangent_fillet_meets_its_line_at_the_common_end_only() -> None:
    """Computed contact of a rounded fillet lies micrometres off; it must not cut a sliver from the line."""
    fillet = Edge((0.02, 3e-9), (0.024, 0.004 - 2e-9), (0.02, 0.004), pi / 2)
    edges = node([Edge((0.0, 0.0), (0.02, 0.0)), fillet, Edge((0.024, 0.004), (0.024, 0.02))]).edges
    assert len(edges) == 3


def test_touching_arcs_share_the_point_of_contact() -> None:
    """A pole shoe of smaller radius touches the rotor's circle from inside: a cusp on each side, with the exact areas."""
    pitch, rotor, shoe = pi / 3, 0.08, 0.06
    centre = rotated((rotor - shoe, 0.0), pitch / 2)
    ends = [(centre[0] + shoe * cos(a), centre[1] + shoe * sin(a)) for a in (pitch / 2 - 0.4, pitch / 2 + 0.4)]
    drawn = [
        arc(rotor, 0.0, pitch),
        Edge((0.0, 0.0), (rotor, 0.0)),
        Edge((0.0, 0.0), polar(rotor, pitch)),
        Edge(ends[0], ends[1], centre, 0.8),
        Edge((0.0, 0.0), ends[0]),
        Edge((0.0, 0.0), ends[1]),
    ]
    graph = build(node(drawn).edges)
    assert len(graph.faces) == 3
    left, right = (k for k in graph.face_of([polar(0.07, 0.01), polar(0.07, pitch - 0.01)]))
    assert graph.faces[left].area_m2 == pytest.approx(graph.faces[right].area_m2, rel=1e-9)
    assert sum(face.area_m2 for face in graph.faces) == pytest.approx(0.5 * pitch * rotor**2, rel=1e-9)


def test_rounded_circles_about_the_axis_become_one_circle() -> None:
    """Arcs of a bore, written with five decimals of a millimetre, share one radius afterwards, to the last bits."""
    angles = np.linspace(0.0, pi / 4, 9)
    rounded = [tuple(np.round(1e3 * np.array(polar(0.0845, a)), 5) * 1e-3) for a in angles]
    drawn = [Edge(a, b, (1e-9, -2e-9), pi / 32) for a, b in zip(rounded[::2], rounded[1::2], strict=False)]
    edges = node([*drawn, arc(0.0845 + 2e-8, 0.0, pi / 4)]).edges
    radii = [hypot(*point) for edge in edges for point in (edge.start, edge.end)]
    assert max(radii) - min(radii) < 1e-16
    assert all(edge.centre == (0.0, 0.0) for edge in edges)
    assert len(edges) == 8


def test_crossings_are_told_by_name() -> None:
    """Two named shapes that cut each other are told; touching, sharing corners or lying on a side is no crossing."""
    square = polygon(rectangle(0.0, 0.02, 0.02), "square")
    assert not node([*square, *polygon(rectangle(0.02, 0.03, 0.02), "neighbour")]).crossings
    assert not node([*square, *polygon(rectangle(0.02 - 1.5e-6, 0.03, 0.01), "near neighbour")]).crossings
    crossing = node([*square, *polygon(rectangle(0.015, 0.03, 0.01), "intruder")]).crossings[0]
    assert set(crossing.features) == {"square", "intruder"}
    assert crossing.point[0] == pytest.approx(0.02)


def test_loose_ends_are_pruned_and_told() -> None:
    """A line that ends nowhere bounds nothing: it goes, with whatever hangs on it, and its end is reported."""
    square = polygon(rectangle(0.0, 0.02, 0.02))
    stub = [Edge((0.02, 0.0), (0.025, 0.0)), Edge((0.025, 0.0), (0.03, 0.001))]
    kept, loose = prune(node([*square, *stub]).edges)
    assert len(build(kept).faces) == 1
    assert loose[0] == (0.03, 0.001)


@given(arcs())
@settings(max_examples=100, deadline=None)
def test_radial_extent_bounds_every_point(edge: Edge) -> None:
    """No sampled point lies outside the extent, and samples come close to both ends of it."""
    radii = [hypot(*edge.point_at(float(share))) for share in np.linspace(0.0, 1.0, 2001)]
    low, high = radial_extent(edge)
    assert low - 1e-12 <= min(radii)
    assert max(radii) <= high + 1e-12
    assert min(radii) - low < 1e-4
    assert high - max(radii) < 1e-4


def test_loop_area_is_signed() -> None:
    """Counter-clockwise is positive."""
    square = polygon(rectangle(0.0, 0.02, 0.02))
    assert loop_area(square) == pytest.approx(4e-4)
    assert loop_area([edge.reversed() for edge in reversed(square)]) == pytest.approx(-4e-4)
