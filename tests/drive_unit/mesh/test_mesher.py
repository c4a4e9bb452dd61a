"""A mesh fills its sector once, keeps every drawn line, and lets the rotor turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_machines import slotted
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_files import MACHINES, NAMES, machine_file

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.mesh import GAP_REGION, Mesh
from halfshaft.drive_unit.mesh.mesher import MeshOptions, default_divisions_per_pole, mesh_design
from halfshaft.drive_unit.mesh.outline import MeshError
from halfshaft.drive_unit.mesh.quality import smallest_angles_deg, triangle_areas_m2


def check_laws(design: MachineDesign, mesh: Mesh) -> None:
    """What must hold of every mesh, whatever the machine."""
    points, triangles = mesh.points_m, mesh.triangles
    areas = triangle_areas_m2(points, triangles)
    assert areas.min() > 0.0
    for low, high in ((0, mesh.stator_nodes), (mesh.stator_nodes, len(points))):
        own = triangles[(triangles[:, 0] >= low) & (triangles[:, 0] < high)]
        assert own.min() >= low
        assert own.max() < high
        assert np.array_equal(np.unique(own), np.arange(low, high))  # no node without element
        sides = np.sort(own[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges, uses = np.unique(sides, axis=0, return_counts=True)
        assert uses.max() <= 2  # conforming
        holes = 1 if design.whole_circle and (low == 0 or design.rotor_inner_radius_m > 0.0) else 0
        assert high - low - len(edges) + len(own) == 1 - holes  # Euler

    sector = 0.5 * design.sector_rad * (design.stator_outer_radius_m**2 - design.rotor_inner_radius_m**2)
    assert areas.sum() == pytest.approx(sector, rel=2e-2)
    for number, region in enumerate(design.regions):
        middle = points[triangles[mesh.region == number]].mean(axis=1)
        radius = np.hypot(middle[:, 0], middle[:, 1])
        if region.part == "stator":
            assert np.all(radius > mesh.ring_radii_m[1])
        else:
            assert np.all(radius < mesh.ring_radii_m[0])
        if region.label.kind != "air":
            assert areas[mesh.region == number].sum() == pytest.approx(region.area_m2, rel=3e-2)
    assert np.all(mesh.region[mesh.ring] == GAP_REGION)

    stator, rotor = points[mesh.stator_circle], points[mesh.rotor_circle]
    assert stator == pytest.approx(rotor, abs=1e-12)
    steps = np.diff(np.unwrap(np.arctan2(stator[:, 1], stator[:, 0])))
    assert steps == pytest.approx(np.full(len(steps), np.pi / design.pole_pairs / mesh.divisions_per_pole), rel=1e-9)
    assert len(stator) == mesh.divisions_per_pole * design.sector_poles + (not design.whole_circle)
    assert np.hypot(*stator.T) == pytest.approx(np.full(len(stator), mesh.ring_radii_m[0]), rel=1e-12)

    pairs = mesh.boundary_pairs
    if design.whole_circle:
        assert pairs.shape == (0, 2)
    else:
        near, far = points[pairs[:, 0]], points[pairs[:, 1]]
        c, s = np.cos(design.sector_rad), np.sin(design.sector_rad)
        assert far == pytest.approx(
            np.column_stack([c * near[:, 0] - s * near[:, 1], s * near[:, 0] + c * near[:, 1]]), abs=1e-12
        )
        assert np.all(near[:, 1] == 0.0)
        on_side = np.nonzero((np.abs(points[:, 1]) < 1e-9) & (points[:, 0] > 1e-9))[0]
        assert set(on_side) == set(pairs[:, 0])
        circle_ends = {(c[0], c[-1]) for c in (mesh.stator_circle, mesh.rotor_circle)}
        assert circle_ends <= set(map(tuple, pairs))
    rim = np.hypot(*points[mesh.fixed].T)
    outer = np.isclose(rim, design.stator_outer_radius_m, rtol=1e-6)
    assert np.all(outer | (rim < design.rotor_inner_radius_m + 1e-6))
    assert np.count_nonzero(np.isclose(np.hypot(*points.T), design.stator_outer_radius_m, rtol=1e-6)) == outer.sum()


@pytest.mark.parametrize("name", NAMES)
def test_published_machines_fill_their_regions_with_well_shaped_elements(name: str) -> None:
    """Six machines of pyleecan: no line is lost (each region has its area), and no poor angle lies in iron, copper or magnet."""
    if not MACHINES.is_dir():
        pytest.skip("the machine files are not beside this checkout")
    design = machine_file(name)
    mesh = mesh_design(design)
    check_laws(design, mesh)
    angles = smallest_angles_deg(mesh.points_m, mesh.triangles)
    solid = [k for k, region in enumerate(design.regions) if region.label.kind != "air"]
    assert angles[np.isin(mesh.region, solid)].min() > 20.0
    assert angles.min() > 12.0
    assert mesh.quality.share_below_20_deg < 0.12
    per_step = mesh.quality.nodes / (mesh.divisions_per_pole * design.sector_poles)
    assert 10.0 < per_step < 25.0  # so that a pole with 120 steps has some 2,000 nodes


@pytest.mark.parametrize(("name", "copies"), [("Toyota_Prius", 2), ("Toyota_Prius", 8), ("Renault_Zoe", 4)])
def test_several_poles_and_whole_circles(name: str, copies: int) -> None:
    """More poles make a larger mesh of the same kind; a whole circle has no sides."""
    if not MACHINES.is_dir():
        pytest.skip("the machine files are not beside this checkout")
    design = machine_file(name, copies)
    assert design.sector_poles == copies
    check_laws(design, mesh_design(design))


@settings(max_examples=40, deadline=None)
@given(
    pole_pairs=st.sampled_from([1, 2, 3, 5, 8]),
    slots_per_pole=st.integers(1, 6),
    gap_m=st.floats(3e-4, 2e-3),
    shaft_m=st.sampled_from([0.0, 0.012, 0.03]),
    opening_share=st.floats(0.1, 0.95),
    bridge_m=st.floats(3e-4, 4e-3),
    magnet=st.sampled_from(["bar", "wedge", "none"]),
    divisions=st.sampled_from([None, 30, 48, 90]),
    size_factor=st.floats(0.5, 2.5),
)
def test_laws_hold_for_any_machine(
    pole_pairs: int,
    slots_per_pole: int,
    gap_m: float,
    shaft_m: float,
    opening_share: float,
    bridge_m: float,
    magnet: str,
    divisions: int | None,
    size_factor: float,
) -> None:
    """Thin gaps, thin bridges, needle-sharp magnets, an axis in the domain, coarse circles: the laws stay."""
    design = slotted(
        pole_pairs=pole_pairs,
        slots_per_pole=slots_per_pole,
        gap_m=gap_m,
        shaft_m=shaft_m,
        opening_share=opening_share,
        bridge_m=bridge_m,
        magnet=magnet if pole_pairs > 1 else "none",  # a magnet across half the rotor would cut the shaft
    )
    check_laws(design, mesh_design(design, MeshOptions(divisions, size_factor)))


@pytest.mark.parametrize("poles", [1, 2, 4])
def test_the_axis_is_fixed_where_signs_alternate_and_free_where_not(poles: int) -> None:
    """On the axis the potential equals its own image: with sign -1 that is zero, with +1 anything; it is never paired with itself."""
    design = slotted(pole_pairs=2, poles=poles, shaft_m=0.0, magnet="none")
    mesh = mesh_design(design)
    check_laws(design, mesh)
    at_axis = np.nonzero(np.hypot(*mesh.points_m.T) < 1e-9)[0]
    assert (set(at_axis) <= set(mesh.fixed)) == (poles == 1 or len(at_axis) == 0)
    assert np.all(mesh.boundary_pairs[:, 0] != mesh.boundary_pairs[:, 1])


def test_the_same_design_gives_the_same_mesh() -> None:
    """Nothing in the mesher depends on chance or memory."""
    one, other = (mesh_design(slotted()) for _ in range(2))
    assert np.array_equal(one.points_m, other.points_m)
    assert np.array_equal(one.triangles, other.triangles)
    assert np.array_equal(one.boundary_pairs, other.boundary_pairs)


def test_a_machine_twice_as_large_has_the_same_mesh_twice_as_large() -> None:
    """All sizes are relative, and doubling is exact in binary: not one triangle may differ."""
    one, other = mesh_design(slotted()), mesh_design(slotted(scale=2.0))
    assert np.array_equal(one.triangles, other.triangles)
    assert other.points_m == pytest.approx(2.0 * one.points_m, rel=1e-12, abs=1e-15)


def test_the_ring_prefers_no_sense_of_rotation() -> None:
    """Its diagonals are mirror images about the pole's middle, so it adds no torque of its own."""
    mesh = mesh_design(slotted())
    ring = mesh.points_m[mesh.triangles[mesh.ring]].mean(axis=1)
    angle, radius = np.arctan2(ring[:, 1], ring[:, 0]), np.hypot(*ring.T)
    forward = np.round(np.column_stack([angle, radius]) * 1e9)
    backward = np.round(np.column_stack([np.pi / 4.0 - angle, radius]) * 1e9)
    assert np.max(np.abs(np.unique(forward, axis=0) - np.unique(backward, axis=0))) <= 1.0


def test_finer_options_refine() -> None:
    """Half the size factor gives more nodes, twice the divisions exactly twice the steps."""
    design = slotted()
    usual, finer = mesh_design(design), mesh_design(design, MeshOptions(240, 0.5))
    assert finer.quality.nodes > 2 * usual.quality.nodes
    assert finer.divisions_per_pole == 240
    assert len(finer.stator_circle) == 241
    assert finer.quality.largest_area_error < usual.quality.largest_area_error


@pytest.mark.parametrize(
    ("slots_per_pole", "gap_m", "divisions"), [(3, 0.002, 60), (4, 0.001, 120), (6, 0.001, 120), (9, 0.001, 180)]
)
def test_default_divisions(slots_per_pole: int, gap_m: float, divisions: int) -> None:
    """At least 20 per slot, a multiple of 60."""
    assert default_divisions_per_pole(slotted(slots_per_pole=slots_per_pole, gap_m=gap_m)) == divisions


def test_thin_gaps_get_more_divisions() -> None:
    """No step of the circle is longer than twice the gap."""
    design = slotted(pole_pairs=1, gap_m=0.0005, magnet="none")
    assert np.pi * design.rotor_outer_radius_m / default_divisions_per_pole(design) <= 2.0 * design.gap_m


def test_a_slit_of_air_costs_few_nodes() -> None:
    """A magnet's clearance of 0.1 mm is crossed in one step, not meshed with elements of 0.1 mm."""
    usual, slit = (mesh_design(slotted(clearance_m=c)).quality.nodes for c in (0.0, 0.0001))
    length_m = 2.0 * 0.065 * np.sin(0.35 * np.pi / 4.0)
    assert slit - usual < length_m / 0.0001  # elements as long as the slit is wide would take several times as many


def test_refusals_name_what_is_at_fault() -> None:
    """A line that bounds nothing, a region twice, a gap of nothing, options that make no mesh."""
    design = slotted()
    without = replace(design, regions=tuple(r for r in design.regions if r.label.name != "magnet 1"))
    with pytest.raises(MeshError, match=r"nothing lies beyond the line of magnet 1 at radius"):
        mesh_design(without)
    with pytest.raises(MeshError, match="overlaps its neighbour"):
        mesh_design(replace(design, regions=(*design.regions, design.regions[0])))
    with pytest.raises(MeshError, match="the gap of 'invented'"):
        mesh_design(replace(design, stator_bore_radius_m=design.rotor_outer_radius_m))
    with pytest.raises(MeshError, match="divisions"):
        mesh_design(design, MeshOptions(3))
    with pytest.raises(MeshError, match="size factor"):
        mesh_design(design, MeshOptions(size_factor=0.0))
    shrunk = tuple(replace(r, area_m2=2.0 * r.area_m2) if r.label.name == "magnet 1" else r for r in design.regions)
    with pytest.raises(MeshError, match="region 'magnet 1' is filled to"):
        mesh_design(replace(design, regions=shrunk))
