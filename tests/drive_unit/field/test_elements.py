"""Elements converge at their rates on an exact solution; ties follow the sector's periodicity at every rotor step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from polar_machine import polar_machine
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import spsolve

from halfshaft.drive_unit.field.elements import Elements, build_elements, tie_nodes
from halfshaft.drive_unit.mesh.mesh import Mesh, MeshQuality

Array = NDArray[np.float64]


def square(n: int) -> Mesh:
    """The unit square in 2 n^2 triangles with zero potential all around; no sector, no gap."""
    x = np.linspace(0.0, 1.0, n + 1)
    points = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = np.arange((n + 1) ** 2).reshape(n + 1, n + 1)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel(), grid[:-1, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    around = np.any((points == 0.0) | (points == 1.0), axis=1)
    none = np.zeros(0, dtype=np.int64)
    return Mesh(
        points, triangles, np.zeros(len(triangles), dtype=np.int64), len(points), none, none, np.zeros((0, 2), dtype=np.int64),
        np.flatnonzero(around), none, (0.0, 0.0), 1, MeshQuality(len(points), len(triangles), 45.0, 0.0, 0.0),
    )  # fmt: skip


def stiffness(elements: Elements) -> csr_matrix:
    """Of unit reluctivity over all nodes."""
    local = np.einsum("eg,egkc,eglc->ekl", elements.weights, elements.gradients, elements.gradients)
    corners = elements.nodes.shape[1]
    row, column = np.repeat(elements.nodes, corners, axis=1).ravel(), np.tile(elements.nodes, (1, corners)).ravel()
    return csr_matrix((local.ravel(), (row, column)))


@pytest.mark.parametrize(("order", "rate"), [(1, 2.0), (2, 4.0)])
def test_energy_converges_at_the_elements_rate(order: int, rate: float) -> None:
    """u = e^x sin y is harmonic; given on the square's sides, its energy (e^2 - 1) / 4 is met with an error of h^2 and h^4."""
    errors = []
    for n in (4, 8, 16):
        elements = build_elements(square(n), order)
        x, y = elements.node_points_m.T
        u = np.exp(x) * np.sin(y)
        free = np.setdiff1d(np.arange(len(u)), elements.fixed)
        matrix = stiffness(elements)
        u[free] = spsolve(matrix[free][:, free].tocsc(), -matrix[free][:, elements.fixed] @ u[elements.fixed])
        errors.append(abs(0.5 * float(u @ (matrix @ u)) - (np.e**2 - 1.0) / 4.0))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(rate, abs=0.15)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(rate, abs=0.1)


@given(order=st.sampled_from([1, 2]), c=st.lists(st.floats(-1.0, 1.0), min_size=6, max_size=6))
def test_polynomials_are_met_exactly(order: int, c: list[float]) -> None:
    """Gradients of linear (quadratic) functions are exact, and so are the integrals of the shape functions."""
    if order == 1:
        c = [*c[:3], 0.0, 0.0, 0.0]
    mesh = square(2)
    elements = build_elements(mesh, order)

    def value(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return np.asarray(c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y)

    nodal = value(elements.node_points_m)
    found = np.einsum("egkc,ek->egc", elements.gradients, nodal[elements.nodes])
    corners = mesh.points_m[mesh.triangles]
    thirds = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4]]) / 6.0 if order == 2 else np.full((1, 3), 1.0 / 3.0)
    p = np.einsum("gk,ekc->egc", thirds, corners)
    x, y = p[..., 0], p[..., 1]
    exact = np.stack([c[1] + 2 * c[3] * x + c[4] * y, c[2] + c[4] * x + 2 * c[5] * y], axis=-1)
    assert found == pytest.approx(exact, abs=1e-12)
    whole = c[0] + (c[1] + c[2]) / 2 + (c[3] + c[5]) / 3 + c[4] / 4
    assert np.sum(elements.shape_integrals * nodal[elements.nodes]) == pytest.approx(whole, abs=1e-12)


@given(
    order=st.sampled_from([1, 2]),
    sector_poles=st.sampled_from([1, 2, 4]),
    step=st.integers(-70, 70),
)
def test_ties_follow_the_turned_rotor(order: int, sector_poles: int, step: int) -> None:
    """At any step every node on circle and sides has the potential of the point where it then lies, for any periodic potential.

    The test potential is sin(p angle) times a function of the radius, p counting pole pairs: it changes sign from pole to pole.
    """
    design, mesh = polar_machine(pole_pairs=2, divisions=12, sector_poles=sector_poles)
    elements = build_elements(mesh, order)
    ties = tie_nodes(elements, design.boundary_sign, step)
    points = elements.node_points_m
    turn = np.where(np.isin(np.arange(len(points)), rotor_nodes(mesh, elements)), step * np.pi / 2 / 12, 0.0)
    angle = np.arctan2(points[:, 1], points[:, 0]) + turn
    radius = np.hypot(points[:, 0], points[:, 1])
    potential = np.stack([f(2 * angle) * g for f in (np.sin, np.cos) for g in (radius, np.ones_like(radius))])
    free = ties.dof >= 0
    signed = potential * ties.sign
    of_dof = np.full((4, ties.count), np.nan)
    of_dof[:, ties.dof[free]] = signed[:, free]
    assert np.all(np.isfinite(of_dof))
    assert of_dof[:, ties.dof[free]] == pytest.approx(signed[:, free], abs=1e-9)
    assert set(np.flatnonzero(~free)) == set(elements.fixed)
    everywhere = mesh.divisions_per_pole * sector_poles * elements.steps_per_division
    assert ties.count == unknowns_of_the_grid(elements, everywhere)


def rotor_nodes(mesh: Mesh, elements: Elements) -> NDArray[np.int64]:
    """All nodes of elements that have a corner in the rotor."""
    return np.unique(elements.nodes[np.any(mesh.triangles >= mesh.stator_nodes, axis=1)])


def unknowns_of_the_grid(elements: Elements, around: int) -> int:
    """Rows of nodes, the circle once, the two fixed rows not, times the nodes around."""
    rows = round(len(elements.node_points_m) / (around + (1 if len(elements.boundary_pairs) else 0)))
    return (rows - 3) * around


def test_a_line_that_no_element_follows_is_refused() -> None:
    """A circle whose neighbours are not neighbours in the mesh has no mid-side nodes."""
    _, mesh = polar_machine(divisions=12)
    circle = mesh.rotor_circle.copy()
    circle[[2, 5]] = circle[[5, 2]]
    with pytest.raises(ValueError, match="a line of the mesh that must be made of element sides is not"):
        build_elements(replace(mesh, rotor_circle=circle), 2)
    with pytest.raises(ValueError, match="element order must be 1 or 2, not 3"):
        build_elements(mesh, 3)
