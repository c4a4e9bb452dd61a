"""Finite elements of a meshed sector: nodes, shape-function gradients, and what is tied to what.

First and second order share one form: an element has k nodes and g integration points; at each point the gradients of its k shape
functions and a weight. Second-order triangles are straight-sided, their extra nodes at mid-side, integrated at the three points that make
quadratics exact (Strang and Fix 1973). A rotor position ties each rotor node of the sliding circle to a stator node; sides are tied to
each other with the sign of the sector's periodicity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.mesh.mesh import Mesh

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NO_DOF = -1


@dataclass(frozen=True)
class Elements:
    """``nodes`` (e, k), ``gradients`` (e, g, k, 2) in 1/m, ``weights`` (e, g) in m2, ``shape_integrals`` (e, k) in m2.

    ``node_points_m`` (n, 2). The sliding circle, sides and fixed nodes are those of the mesh, mid-side nodes added.
    """

    order: int
    nodes: IntArray
    gradients: Array
    weights: Array
    shape_integrals: Array
    node_points_m: Array
    stator_circle: IntArray
    rotor_circle: IntArray
    boundary_pairs: IntArray
    fixed: IntArray
    steps_per_division: int


def build_elements(mesh: Mesh, order: int) -> Elements:
    """Elements of order 1 or 2 on a mesh."""
    if order not in (1, 2):
        raise ValueError(f"element order must be 1 or 2, not {order}")
    corners = mesh.points_m[mesh.triangles]
    x, y = corners[..., 0], corners[..., 1]
    b = np.stack([y[:, 1] - y[:, 2], y[:, 2] - y[:, 0], y[:, 0] - y[:, 1]], axis=1)
    c = np.stack([x[:, 2] - x[:, 1], x[:, 0] - x[:, 2], x[:, 1] - x[:, 0]], axis=1)
    double_area = x[:, 0] * b[:, 0] + x[:, 1] * b[:, 1] + x[:, 2] * b[:, 2]
    area = 0.5 * double_area
    barycentric = np.stack([b, c], axis=-1) / double_area[:, None, None]  # (e, 3, 2)
    if order == 1:
        return Elements(
            1,
            mesh.triangles,
            np.ascontiguousarray(barycentric[:, None]),
            area[:, None].copy(),
            np.repeat(area[:, None] / 3.0, 3, axis=1),
            mesh.points_m,
            mesh.stator_circle,
            mesh.rotor_circle,
            mesh.boundary_pairs,
            mesh.fixed,
            1,
        )
    return _second_order(mesh, area, barycentric)


def _second_order(mesh: Mesh, area: Array, barycentric: Array) -> Elements:
    corners = ((0, 1), (1, 2), (2, 0))
    triangles = mesh.triangles
    n = len(mesh.points_m)
    ends = np.sort(np.stack([triangles[:, pair] for pair in corners], axis=1).reshape(-1, 2), axis=1)
    keys = ends[:, 0] * n + ends[:, 1]
    unique, index, inverse, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    edges = ends[index]
    nodes = np.concatenate([triangles, n + inverse.reshape(-1, 3)], axis=1)
    points = np.concatenate([mesh.points_m, 0.5 * (mesh.points_m[edges[:, 0]] + mesh.points_m[edges[:, 1]])])

    def middle(a: IntArray, b: IntArray) -> IntArray:
        """Mid-side nodes of edges that must exist."""
        wanted = np.minimum(a, b) * n + np.maximum(a, b)
        place = np.searchsorted(unique, wanted)
        if np.any(place >= len(unique)) or np.any(unique[np.minimum(place, len(unique) - 1)] != wanted):
            raise ValueError("a line of the mesh that must be made of element sides is not")
        found: IntArray = n + place
        return found

    def circle(ring: IntArray) -> IntArray:
        closed = len(ring) == mesh.divisions_per_pole * round(len(ring) / mesh.divisions_per_pole)
        following = np.roll(ring, -1) if closed else ring[1:]
        begin = ring if closed else ring[:-1]
        out = np.empty(2 * len(begin) + (0 if closed else 1), dtype=np.int64)
        out[0 : 2 * len(begin) : 2] = begin
        out[1 : 2 * len(begin) : 2] = middle(begin, following)
        if not closed:
            out[-1] = ring[-1]
        return out

    image = np.full(n, -1, dtype=np.int64)
    if len(mesh.boundary_pairs):
        image[mesh.boundary_pairs[:, 0]] = mesh.boundary_pairs[:, 1]
    outer = count == 1
    side = outer & (image[edges[:, 0]] >= 0) & (image[edges[:, 1]] >= 0)
    side_edges = np.flatnonzero(side)
    images = middle(image[edges[side_edges, 0]], image[edges[side_edges, 1]])
    pairs = np.concatenate([mesh.boundary_pairs, np.stack([n + side_edges, images], axis=1)])
    is_fixed = np.zeros(n, dtype=bool)
    is_fixed[mesh.fixed] = True
    fixed_edges = np.flatnonzero(outer & is_fixed[edges[:, 0]] & is_fixed[edges[:, 1]])
    fixed = np.concatenate([mesh.fixed, n + fixed_edges])

    thirds = np.array([[2 / 3, 1 / 6, 1 / 6], [1 / 6, 2 / 3, 1 / 6], [1 / 6, 1 / 6, 2 / 3]])
    gradients = np.empty((len(triangles), 3, 6, 2))
    for g, lam in enumerate(thirds):
        for k in range(3):
            gradients[:, g, k] = (4.0 * lam[k] - 1.0) * barycentric[:, k]
        for m, (i, j) in enumerate(corners):
            gradients[:, g, 3 + m] = 4.0 * (lam[i] * barycentric[:, j] + lam[j] * barycentric[:, i])
    weights = np.repeat(area[:, None] / 3.0, 3, axis=1)
    integrals = np.concatenate([np.zeros((len(triangles), 3)), np.repeat(area[:, None] / 3.0, 3, axis=1)], axis=1)
    return Elements(
        2,
        nodes,
        gradients,
        weights,
        integrals,
        points,
        circle(mesh.stator_circle),
        circle(mesh.rotor_circle),
        pairs,
        fixed,
        2,
    )


@dataclass(frozen=True)
class Ties:
    """Degree of freedom (n,) of each node, -1 where the potential is zero, and the sign (n,) with which it follows."""

    dof: IntArray
    sign: Array
    count: int


def tie_nodes(elements: Elements, boundary_sign: int, step: int) -> Ties:
    """Ties of all nodes with the rotor turned by ``step`` divisions of the sliding circle, counter-clockwise."""
    n = len(elements.node_points_m)
    master = np.arange(n)
    sign = np.ones(n)
    pairs = elements.boundary_pairs
    master[pairs[:, 1]] = pairs[:, 0]
    sign[pairs[:, 1]] = boundary_sign
    whole = len(pairs) == 0
    ring = len(elements.stator_circle) if whole else len(elements.stator_circle) - 1
    shifted = np.arange(len(elements.rotor_circle)) + step * elements.steps_per_division
    master[elements.rotor_circle] = elements.stator_circle[shifted % ring]
    sign[elements.rotor_circle] = float(boundary_sign) ** (shifted // ring)
    # A side's node may itself be tied (the circle's ends): follow until nothing changes.
    for _ in range(3):
        sign = sign * np.where(master[master] == master, 1.0, sign[master])
        master = master[master]
    is_fixed = np.zeros(n, dtype=bool)
    is_fixed[elements.fixed] = True
    free = np.unique(master[~is_fixed[master] & ~is_fixed])
    dof = np.full(n, _NO_DOF, dtype=np.int64)
    dof[free] = np.arange(len(free))
    dof = np.where(is_fixed | is_fixed[master], _NO_DOF, dof[master])
    return Ties(dof, sign, len(free))
