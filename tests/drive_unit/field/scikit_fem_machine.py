"""A machine solved with scikit-fem: another assembly, another Newton's method, and a rotor that is really turned.

Nodes of the sliding circle and of the sides are tied by where they lie in space, folded into the first sector; nothing of the solver under
test is used but the values of its magnetisation table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import skfem
from numpy.typing import NDArray
from scipy.interpolate import PPoly
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from halfshaft.drive_unit.field.steel_curve import CELLS, ReluctivityTable
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.mesh import Mesh

Array = NDArray[np.float64]
NU_0 = 1.0 / (4e-7 * np.pi)
SECTOR_TURNS = (
    (0, 1),
    (0, 1),
    (2, -1),
    (2, -1),
    (1, 1),
    (1, 1),
)  # phase and sense of the belts of the polar machine's pole


def _curve(table: ReluctivityTable) -> tuple[PPoly, PPoly]:
    """nu(B^2) and its derivative, as SciPy's piecewise polynomial."""
    cell = table.largest_b_t**2 / CELLS
    scaled = table.coefficients / cell ** np.arange(4)
    nu = PPoly(scaled.T[::-1], cell * np.arange(CELLS + 1))
    return nu, nu.derivative()


def _ties(points: Array, around: Array, sector_rad: float, sign: float) -> csr_matrix:
    """(nodes, unknowns) of all nodes, those in ``around`` folded into the first sector and joined where they meet."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    number = np.where(around, np.floor(angle / sector_rad + 1e-7), 0.0)
    folded = np.where(around, angle - number * sector_rad, angle)
    radius = np.hypot(points[:, 0], points[:, 1])
    own = np.where(around, 0, 1 + np.arange(len(points)))
    keys = np.stack([np.round(radius * 1e8), np.round(folded * 1e7), own], axis=1).astype(np.int64)
    _, column = np.unique(keys, axis=0, return_inverse=True)
    return csr_matrix((sign**number, (np.arange(len(points)), column.ravel())))


def solve_with_scikit_fem(
    design: MachineDesign, mesh: Mesh, order: int, currents: Array, step: int, table: ReluctivityTable
) -> tuple[Callable[[Array, NDArray[np.bool_]], Array], Array, float]:
    """One operating point: (potential at the nodes of an unturned mesh, (psi_d, psi_q, psi_f), torque by Arkkio's ring)."""
    pole = np.pi / design.pole_pairs
    turn = step * pole / mesh.divisions_per_pole
    c, s = np.cos(turn), np.sin(turn)
    points = mesh.points_m.copy()
    points[mesh.stator_nodes :] = points[mesh.stator_nodes :] @ np.array([[c, s], [-s, c]])
    grid = skfem.MeshTri(np.ascontiguousarray(points.T), np.ascontiguousarray(mesh.triangles.T), sort_t=False)
    element = skfem.ElementTriP1() if order == 1 else skfem.ElementTriP2()
    sixth = np.array([[2 / 3, 1 / 6, 1 / 6], [1 / 6, 2 / 3, 1 / 6]])
    rule = (np.full((2, 1), 1 / 3), np.array([0.5])) if order == 1 else (sixth, np.full(3, 1 / 6))
    basis = skfem.Basis(grid, element, quadrature=rule)
    ring = skfem.Basis(grid, element, quadrature=(sixth, np.full(3, 1 / 6)), elements=mesh.ring)

    kinds = [r.label for r in design.regions]
    iron = np.array([k.kind == "iron" for k in kinds] + [False])[mesh.region]
    mu_r = np.array([design.magnets[k.material].mu_r if k.kind == "magnet" else 1.0 for k in kinds] + [1.0])[
        mesh.region
    ]
    remanence = np.zeros((2, len(mesh.triangles)))
    area = skfem.Functional(lambda w: 1.0).elemental(basis)
    density = np.zeros((4, len(mesh.triangles)))
    for k, label in enumerate(kinds):
        here = mesh.region == k
        if label.kind == "magnet":
            magnet = design.magnets[label.material]
            along = label.magnetisation_rad + turn
            remanence[:, here] = magnet.remanence_at_t(20.0) * np.array([[np.cos(along)], [np.sin(along)]])
        elif label.conductors:
            row = 3 if label.phase is None else label.phase
            density[row, here] = (
                label.conductors / area[here].sum() / (1 if row == 3 else design.winding.parallel_paths)
            )
    axes = np.array([-np.pi / 3, np.pi / 3, np.pi])
    angle = turn * design.pole_pairs + np.pi / 2 - axes
    park = np.stack([np.cos(angle), -np.sin(angle)])
    ampere_turns = np.concatenate([currents[:2] @ park, currents[2:]])

    @skfem.LinearForm
    def current(v, w):  # type: ignore[no-untyped-def]
        return w.j * v

    @skfem.LinearForm
    def magnets(v, w):  # type: ignore[no-untyped-def]
        return w.nu * (w.bx * v.grad[1] - w.by * v.grad[0])

    @skfem.BilinearForm
    def tangent(u, v, w):  # type: ignore[no-untyped-def]
        along, across = (w.a[0] * z.grad[0] + w.a[1] * z.grad[1] for z in (u, v))
        return w.nu * (u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1]) + 2.0 * w.slope * along * across

    @skfem.LinearForm
    def internal(v, w):  # type: ignore[no-untyped-def]
        return w.nu * (w.a[0] * v.grad[0] + w.a[1] * v.grad[1])

    shape = (len(mesh.triangles), rule[0].shape[1])
    constant = np.broadcast_to((NU_0 / mu_r)[:, None], shape)
    spread = {"bx": remanence[0], "by": remanence[1]}
    right = magnets.assemble(basis, nu=constant, **{k: np.broadcast_to(v[:, None], shape) for k, v in spread.items()})
    unit = [current.assemble(basis, j=np.broadcast_to(d[:, None], shape)) for d in density]
    right = right + sum(i * u for i, u in zip(ampere_turns, unit, strict=True))

    nodes = basis.doflocs.T
    around = np.zeros(len(nodes), dtype=bool)
    around[basis.get_dofs().flatten()] = True
    ties = _ties(nodes, around, pole * design.sector_poles, float(design.boundary_sign))
    ends = np.array([design.rotor_inner_radius_m, design.stator_outer_radius_m])
    chord = np.cos(0.5 * pole / mesh.divisions_per_pole)
    radius = np.hypot(*nodes.T)
    fixed = np.min([np.abs(radius[:, None] - ends * f).min(axis=1) for f in (1.0, chord)], axis=0) < 1e-9
    free = np.setdiff1d(np.arange(ties.shape[1]), ties[np.flatnonzero(fixed & around)].indices)
    nu_of, slope_of = _curve(table)

    def at(unknown: Array) -> tuple[Array, Array, Array, Array]:
        """Gradient, reluctivity, its slope by B^2, and residual."""
        a = basis.interpolate(ties @ unknown).grad
        b2 = a[0] ** 2 + a[1] ** 2
        inside = np.minimum(b2, table.largest_b_t**2)
        b = np.sqrt(np.maximum(b2, table.largest_b_t**2))
        straight = (table.last_h_a_per_m + (b - table.largest_b_t) * NU_0) / b
        saturated = b2 > table.largest_b_t**2
        nu = np.where(iron[:, None], np.where(saturated, straight, nu_of(inside)), constant)
        slope = np.where(saturated, (NU_0 - straight) / (2.0 * b**2), slope_of(inside)) * iron[:, None]
        return a, nu, slope, (ties.T @ (right - internal.assemble(basis, nu=nu, a=a)))[free]

    unknown = np.zeros(ties.shape[1])
    for _ in range(60):
        a, nu, slope, residual = at(unknown)
        matrix = ties.T @ tangent.assemble(basis, nu=nu, slope=slope, a=a) @ ties
        change = np.zeros_like(unknown)
        change[free] = splu(matrix[free][:, free].tocsc()).solve(residual)
        small = np.abs(change).max() < 1e-11 * np.abs(unknown).max()
        while not small and np.linalg.norm(at(unknown + change)[3]) > np.linalg.norm(residual):
            change *= 0.5
        unknown += change
        if small:
            break
    else:
        raise RuntimeError("scikit-fem's Newton has not converged")
    solution = ties @ unknown
    factor = design.stack_length_m * design.sectors
    linked = factor * np.array([u @ solution for u in unit])
    psi = np.array([*(2.0 / 3.0 * park @ linked[:3]), linked[3]])

    @skfem.Functional
    def stress(w):  # type: ignore[no-untyped-def]
        x, y = w.x
        bx, by = w.a[1], -w.a[0]
        return (x * bx + y * by) * (x * by - y * bx) / np.hypot(x, y)

    inner, outer = mesh.ring_radii_m
    torque = float(stress.assemble(ring, a=ring.interpolate(solution).grad)) * factor * NU_0 / (outer - inner)

    turned = np.zeros(len(nodes), dtype=bool)
    turned[np.unique(basis.element_dofs[:, np.any(mesh.triangles >= mesh.stator_nodes, axis=1)])] = True
    back = np.where(turned[:, None], nodes @ np.array([[c, -s], [s, c]]), nodes)
    found = {(bool(r), *np.round(1e8 * p)): v for r, p, v in zip(turned, back, solution, strict=True)}

    def potential(at: Array, of_rotor: NDArray[np.bool_]) -> Array:
        """At nodes (n, 2) of the unturned mesh."""
        return np.array([found[(bool(r), *np.round(1e8 * p))] for r, p in zip(of_rotor, at, strict=True)])

    return potential, psi, torque
