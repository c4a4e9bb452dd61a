"""Sections through iron: what is bent and pulled is told from what is bent alone, whatever the mesh, whatever the sector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_plane_stress import HEIGHT, LENGTH, NU, E, elasticity, strip

from halfshaft.drive_unit.rotor_stress import Feature
from halfshaft.drive_unit.rotor_stress.sections import find_sections, linearised, sharp_corners, stress_at, turned
from halfshaft.drive_unit.rotor_stress.sheet import Sheet

NONE = np.zeros(0, dtype=np.int64)


def sheet_of_strip(angle: float = 0.0, rows: int = 2) -> Sheet:
    nodes, elements = strip(rows=rows)
    boundary = _outline(elements)
    return Sheet(
        nodes_m=turned(nodes, angle),
        elements=elements,
        region=np.zeros(len(elements), dtype=np.int64),
        boundary=boundary,
        boundary_line=np.full(len(boundary), -1),
        lines=(),
        pairs=NONE.reshape(0, 2),
        axis=-1,
        rim=NONE,
        points_m=np.zeros((0, 2)),
        others=NONE.reshape(0, 3),
        other_region=NONE,
    )


def _outline(elements: np.ndarray) -> np.ndarray:
    sides = np.concatenate([elements[:, [0, 1, 3]], elements[:, [1, 2, 4]], elements[:, [2, 0, 5]]])
    _, first, count = np.unique(sides[:, 2], return_index=True, return_counts=True)
    return sides[first[count == 1]]


@settings(max_examples=30)
@given(pull=st.floats(-3e8, 3e8), bend=st.floats(-3e8, 3e8), angle=st.floats(-3.0, 3.0))
def test_a_pulled_and_bent_strip_shows_both(pull: float, bend: float, angle: float) -> None:
    """Its displacement is known and quadratic; the strip may lie at any angle."""
    sheet = sheet_of_strip(angle)
    x, y = turned(sheet.nodes_m, -angle).T
    k = 2.0 * bend / (E * HEIGHT)
    along = pull / E * x + k * x * y
    across = -NU * pull / E * y - 0.5 * k * (x**2 + NU * y**2)
    moved = turned(np.column_stack([along, across]), angle).ravel()
    sections = find_sections(sheet, 1.0, whole=True)
    long_way = sections.width_m > 2.0 * HEIGHT
    np.testing.assert_allclose(sections.width_m[~long_way], HEIGHT, rtol=1e-9)
    np.testing.assert_allclose(sections.width_m[long_way], LENGTH, rtol=1e-9)
    membrane, nominal = linearised(sheet, elasticity(len(sheet.elements)), moved, sections, 1.0, whole=True)
    np.testing.assert_allclose(membrane[~long_way], abs(pull), atol=1.0)
    np.testing.assert_allclose(nominal[~long_way], abs(pull) + abs(bend), atol=1.0)


def test_stress_is_found_at_points_of_neighbouring_sectors() -> None:
    """A point one sector on has the stress of its image, turned."""
    sheet = sheet_of_strip()
    shifted = Sheet(**{**sheet.__dict__, "nodes_m": sheet.nodes_m + np.array([0.1, 0.02])})
    rng = np.random.default_rng(1)
    moved = 1e-6 * rng.normal(size=2 * len(sheet.nodes_m))
    points = np.array([[0.13, 0.021], [0.17, 0.027]])
    angle = np.pi / 3
    stiff = elasticity(len(sheet.elements))
    here = stress_at(shifted, stiff, moved, points, angle, whole=False)
    there = stress_at(shifted, stiff, moved, turned(points, angle), angle, whole=False)
    trace = here[:, 0] + here[:, 1]
    np.testing.assert_allclose(there[:, 0] + there[:, 1], trace, rtol=1e-9)
    c, s = np.cos(angle), np.sin(angle)
    xx = c * c * here[:, 0] + s * s * here[:, 1] - 2 * c * s * here[:, 2]
    np.testing.assert_allclose(there[:, 0], xx, rtol=1e-9, atol=1e-6 * np.abs(here).max())


def test_outward_corners_are_no_notches() -> None:
    assert len(sharp_corners(sheet_of_strip())) == 0


def feature(membrane: float, nominal: float, yields: float = 400e6) -> Feature:
    return Feature("neck", 0.05, 0.0, 1e-3, membrane, nominal, nominal, yields)


@given(membrane=st.floats(1.0, 1e4), bend=st.floats(0.0, 1e4), safety=st.floats(1.0, 2.0))
def test_a_section_yields_through_after_its_surface_and_before_five_thirds_of_its_stress(
    membrane: float, bend: float, safety: float
) -> None:
    """Five thirds is the most that a rectangle bears beyond first yield, where the mean is two fifths of the surface's stress."""
    neck = feature(membrane, membrane + bend)
    surface, through = neck.yielding_speed_rad_per_s(safety), neck.collapse_speed_rad_per_s(safety)
    assert surface * (1 - 1e-12) <= through <= np.sqrt(5.0 / 3.0) * surface * (1 + 1e-12)
    load = through**2 * safety / neck.yield_strength_pa
    assert (membrane * load) ** 2 + 2.0 / 3.0 * bend * load == pytest.approx(1.0)
    assert neck.speed_limit_rad_per_s(safety) <= min(surface, through / 1.2)


def test_a_section_that_is_only_pulled_or_only_bent_yields_through_where_textbooks_say() -> None:
    pulled, bent = feature(100.0, 100.0), feature(1e-9, 100.0)
    assert pulled.collapse_speed_rad_per_s() == pytest.approx(pulled.yielding_speed_rad_per_s())
    assert bent.collapse_speed_rad_per_s() == pytest.approx(np.sqrt(1.5) * bent.yielding_speed_rad_per_s())
