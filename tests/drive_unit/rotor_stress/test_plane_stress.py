"""Second-order triangles do what elasticity says, to rounding: patch test, pure bending, rigid motion, balance of forces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse.linalg import spsolve

from halfshaft.drive_unit.rotor_stress.elements import (
    NODES_AT,
    Elasticity,
    areas_m2,
    centrifugal_force,
    nodal_stress,
    shape_functions,
    stiffness,
    stress,
    von_mises,
)

Array = NDArray[np.float64]
E, NU = 200e9, 0.3
LENGTH, HEIGHT = 0.1, 0.02


def strip(columns: int = 6, rows: int = 2, skewed: float = 0.25) -> tuple[Array, NDArray[np.int64]]:
    """A rectangle from (0, -h/2) to (l, h/2) in six-node triangles whose inner corners are displaced; corners of elements come first."""
    x, y = np.meshgrid(
        np.linspace(0, LENGTH, columns + 1), np.linspace(-HEIGHT / 2, HEIGHT / 2, rows + 1), indexing="ij"
    )
    rng = np.random.default_rng(5)
    x[1:-1, 1:-1] += skewed * LENGTH / columns * rng.uniform(-1, 1, x[1:-1, 1:-1].shape)
    y[1:-1, 1:-1] += skewed * HEIGHT / rows * rng.uniform(-1, 1, y[1:-1, 1:-1].shape)
    corners = np.column_stack([x.ravel(), y.ravel()])
    index = np.arange(len(corners)).reshape(x.shape)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    sides = np.sort(np.stack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]], axis=1), axis=2)
    unique, number = np.unique(sides.reshape(-1, 2), axis=0, return_inverse=True)
    nodes = np.concatenate([corners, corners[unique].mean(axis=1)])
    return nodes, np.concatenate([triangles, len(corners) + number.reshape(-1, 3)], axis=1)


def elasticity(count: int) -> Elasticity:
    return Elasticity(np.full(count, E), np.full(count, NU))


def solved_inside(nodes: Array, elements: NDArray[np.int64], wanted: Array) -> Array:
    """Displacements with those on the outline as wanted and no force inside."""
    matrix = stiffness(nodes, elements, elasticity(len(elements))).tocsr()
    x, y = nodes.T
    rim = (x < 1e-12) | (x > LENGTH - 1e-12) | (np.abs(y) > HEIGHT / 2 - 1e-12)
    fixed = np.repeat(rim, 2)
    found = wanted.ravel().copy()
    found[~fixed] = spsolve(matrix[~fixed][:, ~fixed].tocsc(), -matrix[~fixed][:, fixed] @ found[fixed])
    return found


def test_any_linear_displacement_is_found_exactly() -> None:
    """The patch test (Irons): the stress is the same everywhere, on a distorted mesh."""
    nodes, elements = strip()
    gradient = 1e-3 * np.array([[0.7, -0.4], [0.9, 0.3]])
    found = solved_inside(nodes, elements, nodes @ gradient.T)
    np.testing.assert_allclose(found, (nodes @ gradient.T).ravel(), atol=1e-15)
    exx, eyy, gxy = gradient[0, 0], gradient[1, 1], gradient[0, 1] + gradient[1, 0]
    expected = E / (1 - NU**2) * np.array([exx + NU * eyy, eyy + NU * exx, 0.5 * (1 - NU) * gxy])
    np.testing.assert_allclose(
        nodal_stress(nodes, elements, elasticity(len(elements)), found),
        np.tile(expected, (len(nodes), 1)),
        rtol=1e-9,
    )


def test_pure_bending_is_found_exactly_with_one_element_over_the_height() -> None:
    """Its displacement is quadratic: u = k x y, v = -k (x^2 + nu y^2) / 2. Linear triangles lock here."""
    nodes, elements = strip(rows=1)
    (x, y), k = nodes.T, 0.05
    exact = np.column_stack([k * x * y, -0.5 * k * (x**2 + NU * y**2)])
    found = solved_inside(nodes, elements, exact)
    at = nodal_stress(nodes, elements, elasticity(len(elements)), found)
    np.testing.assert_allclose(at[:, 0], E * k * y, atol=1e-6 * E * k * HEIGHT)
    np.testing.assert_allclose(at[:, 1:], 0.0, atol=1e-6 * E * k * HEIGHT)


def test_a_cantilever_bends_as_its_elasticity_solution() -> None:
    """Timoshenko and Goodier's cantilever under end shear is cubic: on the outline's displacements the stress converges with h^2."""
    shear, inertia = 1e4, HEIGHT**3 / 12

    def worst(columns: int, rows: int) -> float:
        nodes, elements = strip(columns, rows, skewed=0.0)
        x, y = nodes.T
        u = -shear / (6 * E * inertia) * (-y * (3 * x**2) + (2 + NU) * y**3 - 1.5 * (1 + NU) * HEIGHT**2 * y)
        v = -shear / (6 * E * inertia) * (x**3 + 3 * NU * x * y**2)
        found = solved_inside(nodes, elements, np.column_stack([u, v]))
        at = stress(nodes, elements, elasticity(len(elements)), found, np.array([1 / 3, 1 / 3]))
        x, y = nodes[elements[:, :3]].mean(axis=1).T
        return float(np.abs(at[:, 0] - shear * x * y / inertia).max() / (shear * LENGTH * HEIGHT / 2 / inertia))

    coarse, fine = worst(6, 2), worst(12, 4)
    assert fine < 0.01
    assert coarse / fine > 3.0


@given(turn=st.floats(-3.0, 3.0), x=st.floats(-1.0, 1.0), y=st.floats(-1.0, 1.0))
def test_moving_a_sheet_as_a_whole_takes_no_force(turn: float, x: float, y: float) -> None:
    """Shift and small turn are the sheet's only free motions."""
    nodes, elements = strip(3, 2)
    moved = 1e-3 * np.column_stack([x - turn * nodes[:, 1], y + turn * nodes[:, 0]])
    force = stiffness(nodes, elements, elasticity(len(elements))) @ moved.ravel()
    assert np.abs(force).max() <= 1e-9 * E


def test_stiffness_is_symmetric_and_has_three_free_motions() -> None:
    nodes, elements = strip(3, 2)
    matrix = stiffness(nodes, elements, elasticity(len(elements))).toarray()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12 * E)
    values = np.linalg.eigvalsh(matrix)
    assert np.abs(values[:3]).max() < 1e-10 * values[-1]
    assert values[3] > 1e-7 * values[-1]


def test_centrifugal_forces_add_up_to_mass_times_centre_and_turn_nothing() -> None:
    nodes, elements = strip()
    nodes = nodes + np.array([0.05, 0.03])
    density = 7000.0
    force = centrifugal_force(nodes, elements, np.full(len(elements), density)).reshape(-1, 2)
    mass = density * areas_m2(nodes, elements).sum()
    assert mass == pytest.approx(density * LENGTH * HEIGHT)
    np.testing.assert_allclose(force.sum(axis=0), mass * np.array([0.05 + LENGTH / 2, 0.03]), rtol=1e-12)
    torque = float(np.sum(nodes[:, 0] * force[:, 1] - nodes[:, 1] * force[:, 0]))
    assert abs(torque) < 1e-12 * mass * LENGTH


def test_shape_functions_are_one_at_their_node_and_nil_at_others() -> None:
    np.testing.assert_allclose(shape_functions(NODES_AT), np.eye(6), atol=1e-15)


@given(x=st.floats(-1e3, 1e3), y=st.floats(-1e3, 1e3), xy=st.floats(-1e3, 1e3), angle=st.floats(0.0, 6.3))
def test_equivalent_stress_does_not_depend_on_the_frame(x: float, y: float, xy: float, angle: float) -> None:
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    tensor = turn @ np.array([[x, xy], [xy, y]]) @ turn.T
    frame = np.array([tensor[0, 0], tensor[1, 1], tensor[0, 1]])
    assert von_mises(frame) == pytest.approx(von_mises(np.array([x, y, xy])), abs=1e-6)
