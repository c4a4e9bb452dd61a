"""Eddy loss in magnets against closed solutions of rectangular blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polar_machine import MAGNET, polar_machine

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.field.magnet_loss import MagnetSegments, current_operator, length_factor, magnet_eddy_term

WIDTH, HEIGHT = 0.018, 0.006


def block(columns: int = 12, rows: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A rectangular magnet, ``WIDTH`` along x, of first-order triangles."""
    x, y = np.meshgrid(np.linspace(0.0, WIDTH, columns + 1), np.linspace(0.0, HEIGHT, rows + 1))
    grid = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (g.ravel() for g in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]))
    return np.stack([x.ravel(), y.ravel()], axis=1), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


@pytest.mark.parametrize("across", [1, 2, 3, 4])
def test_a_uniform_field_drives_the_loss_of_a_long_strip(across: int) -> None:
    """The integral of (A - mean)^2 in n strips is B^2 w^2 / 12 / n^2 of the area: halves of a magnet have a quarter of the loss."""
    points, triangles = block()
    operator, width = current_operator(points, triangles, np.array([1.0, 0.0]), across)
    field = np.tile([0.0, 0.7], len(triangles))
    assert width == pytest.approx(WIDTH)
    assert np.sum((operator @ field) ** 2) == pytest.approx(WIDTH * HEIGHT * 0.7**2 * WIDTH**2 / 12.0 / across**2)


def test_a_field_that_bends_has_its_own_potential() -> None:
    """A = x y: element fields of the interpolated potential give its variance over the block, to the mesh's accuracy."""
    points, triangles = block(48, 16)
    potential = points[:, 0] * points[:, 1]
    corners, values = points[triangles], potential[triangles]
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=1)
    slope = np.linalg.solve(
        edges, np.stack([values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]], axis=1)[..., None]
    )
    field = np.stack([slope[:, 1, 0], -slope[:, 0, 0]], axis=1).ravel()
    operator, _ = current_operator(points, triangles, np.array([1.0, 0.0]))
    mean, square = WIDTH * HEIGHT / 4.0, WIDTH**2 * HEIGHT**2 / 9.0
    assert np.sum((operator @ field) ** 2) == pytest.approx((square - mean**2) * WIDTH * HEIGHT, rel=3e-3)


@given(ratio=st.floats(0.02, 50.0))
def test_the_length_factor_lies_between_none_and_all(ratio: float) -> None:
    """It falls with shorter segments, and a thin slice the other way round obeys the same law: (L / w)^2 for L << w."""
    factor = length_factor(ratio, 1.0)
    assert 0.0 < factor < 1.0
    assert length_factor(1.1 * ratio, 1.0) > factor
    assert factor == pytest.approx(ratio**2 * length_factor(1.0, ratio), rel=1e-9)


def test_the_length_factor_of_a_square() -> None:
    """Torsion constant of a square, 0.1406 a^4 (Timoshenko and Goodier), over that of a long strip, a^4 / 3."""
    assert length_factor(1.0, 1.0) == pytest.approx(3 * 0.1406, rel=1e-3)


def machine_loss(segments: MagnetSegments, **machine: float) -> np.ndarray:
    """Loss of the polar machine's magnets in a uniform field across the d axis, at two operating points, the second of twice the field."""
    design, mesh = polar_machine(rotor="surface", **machine)  # type: ignore[arg-type]
    design = replace(design, magnets={MAGNET.name: replace(MAGNET, resistivity_ohm_m=1.6e-6)})
    elements = np.arange(len(mesh.triangles))
    axis = np.array([np.cos(np.pi / 8), np.sin(np.pi / 8)])
    field = np.stack([np.tile(0.05 * axis, (len(elements), 1)), np.tile(0.10 * axis, (len(elements), 1))])[None]
    return magnet_eddy_term(
        design, mesh, FieldHarmonics(elements, np.array([6.0]), field.astype(complex)), segments
    ).value


def test_loss_grows_with_the_field_squared_and_falls_with_segments() -> None:
    """Square law; segments either way lower it, and across the long way by nearly the number squared."""
    whole = machine_loss(MagnetSegments(1, None))
    assert whole[1] == pytest.approx(4.0 * whole[0])
    assert machine_loss(MagnetSegments(1, 1))[0] < whole[0]
    assert machine_loss(MagnetSegments(1, 10))[0] < 0.4 * machine_loss(MagnetSegments(1, 1))[0]
    assert machine_loss(MagnetSegments(4, None))[0] == pytest.approx(whole[0] / 16.0, rel=0.1)
    assert machine_loss(MagnetSegments(1, None), stack_length_m=0.30)[0] == pytest.approx(2.0 * whole[0])


def test_a_magnet_of_unknown_resistivity_is_named() -> None:
    """The library's filler of zero is not taken for a perfect insulator."""
    design, mesh = polar_machine(rotor="surface")
    field = FieldHarmonics(
        np.arange(len(mesh.triangles)), np.array([6.0]), np.zeros((1, len(mesh.triangles), 2), complex)
    )
    with pytest.raises(ValueError, match="'magnet' of polar has no resistivity"):
        magnet_eddy_term(design, mesh, field)


def test_a_magnet_cut_by_the_side_is_refused() -> None:
    """Its current returns through the other half, which lies in the next sector."""
    design, mesh = polar_machine(rotor="surface")
    known = replace(design, magnets={MAGNET.name: replace(MAGNET, resistivity_ohm_m=1.6e-6)})
    region = mesh.region.copy()
    magnet = next(i for i, r in enumerate(design.regions) if r.label.kind == "magnet")
    between = next(i for i, r in enumerate(design.regions) if r.label.name == "between")
    region[region == between] = magnet
    field = FieldHarmonics(np.arange(len(region)), np.array([6.0]), np.zeros((1, len(region), 2), complex))
    with pytest.raises(ValueError, match="cut by the sector's side"):
        magnet_eddy_term(known, replace(mesh, region=region), field)
