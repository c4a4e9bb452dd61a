"""Second-order triangles in plane stress: stiffness, body force, strain, stress.

A sheet is thin and its faces are free, so the stress across it vanishes. Elements have six nodes, corners first, then the middles of the
sides 1-2, 2-3 and 3-1; a middle may lie on an arc (isoparametric). Linear triangles would not do: in bending, which is what a bridge
mostly does, they are far too stiff. Integration at six points is exact for polynomials of fourth degree [Strang and Fix 1973].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_A, _B = 0.445948490915965, 0.091576213509771
_POINTS = np.array([[_A, _A], [1 - 2 * _A, _A], [_A, 1 - 2 * _A], [_B, _B], [1 - 2 * _B, _B], [_B, 1 - 2 * _B]])
_WEIGHTS = 0.5 * np.repeat([0.223381589678011, 0.109951743655322], 3)
NODES_AT = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]])


@dataclass(frozen=True)
class Elasticity:
    """Isotropic elasticity of each element: Young's modulus (Pa) and Poisson's ratio, both (m,)."""

    youngs_modulus_pa: Array
    poisson_ratio: Array

    def matrices(self) -> Array:
        """Stress (xx, yy, xy) per strain (xx, yy, 2 xy) in plane stress, (m, 3, 3)."""
        nu = self.poisson_ratio
        c = np.zeros((len(nu), 3, 3))
        c[:, 0, 0] = c[:, 1, 1] = 1.0
        c[:, 0, 1] = c[:, 1, 0] = nu
        c[:, 2, 2] = 0.5 * (1.0 - nu)
        matrices: Array = c * (self.youngs_modulus_pa / (1.0 - nu**2))[:, None, None]
        return matrices


def shape_functions(at: Array) -> Array:
    """Values (..., 6) of the six shape functions at reference points (..., 2)."""
    u, v = at[..., 0], at[..., 1]
    w = 1.0 - u - v
    values: Array = np.stack(
        [w * (2 * w - 1), u * (2 * u - 1), v * (2 * v - 1), 4 * w * u, 4 * u * v, 4 * v * w], axis=-1
    )
    return values


def _reference_slopes(at: Array) -> Array:
    """Slopes (..., 6, 2) of the shape functions in reference coordinates."""
    u, v = at[..., 0], at[..., 1]
    w, zero = 1.0 - u - v, np.zeros_like(u)
    along_u = np.stack([1 - 4 * w, 4 * u - 1, zero, 4 * (w - u), 4 * v, -4 * v], axis=-1)
    along_v = np.stack([1 - 4 * w, zero, 4 * v - 1, -4 * u, 4 * u, 4 * (w - v)], axis=-1)
    slopes: Array = np.stack([along_u, along_v], axis=-1)
    return slopes


def _slopes(corners: Array, at: Array) -> tuple[Array, Array]:
    """Slopes (m, 6, 2) in the plane and the Jacobian's determinant (m,); ``corners`` (m, 6, 2), ``at`` (2,) or (m, 2)."""
    reference = _reference_slopes(at)
    jacobian = np.einsum("...ad,...ae->...de", reference, corners)  # d x_e / d u_d
    determinant = np.linalg.det(jacobian)
    return np.einsum(
        "...de,...ae->...ad", np.linalg.inv(jacobian), np.broadcast_to(reference, corners.shape)
    ), determinant


def strain_matrices(corners: Array, at: Array) -> Array:
    """Strain (xx, yy, 2 xy) per nodal displacement, (m, 3, 12), at one reference point for all elements or one for each."""
    slopes, _ = _slopes(corners, at)
    b = np.zeros((len(corners), 3, 12))
    b[:, 0, 0::2] = b[:, 2, 1::2] = slopes[..., 0]
    b[:, 1, 1::2] = b[:, 2, 0::2] = slopes[..., 1]
    return b


def degrees_of_freedom(elements: IntArray) -> IntArray:
    """Unknowns of each element, (m, 12): x and y of node k are 2 k and 2 k + 1."""
    return np.stack([2 * elements, 2 * elements + 1], axis=-1).reshape(len(elements), 12)


def stiffness(nodes_m: Array, elements: IntArray, elasticity: Elasticity) -> csr_array:
    """Stiffness of a sheet one metre thick, (2 n, 2 n), in Pa."""
    corners, matrices = nodes_m[elements], elasticity.matrices()
    local = np.zeros((len(elements), 12, 12))
    for at, weight in zip(_POINTS, _WEIGHTS, strict=True):
        _, determinant = _slopes(corners, at)
        b = strain_matrices(corners, at)
        local += (weight * determinant)[:, None, None] * (b.transpose(0, 2, 1) @ matrices @ b)
    dofs = degrees_of_freedom(elements)
    rows, columns = np.repeat(dofs, 12, axis=1), np.tile(dofs, (1, 12))
    size = 2 * len(nodes_m)
    return csr_array((local.ravel(), (rows.ravel(), columns.ravel())), shape=(size, size))


def centrifugal_force(nodes_m: Array, elements: IntArray, density_kg_per_m3: Array) -> Array:
    """Nodal forces (2 n,) at 1 rad/s of a sheet one metre thick: the integral of density times place, outwards."""
    corners = nodes_m[elements]
    local = np.zeros((len(elements), 6, 2))
    for at, weight in zip(_POINTS, _WEIGHTS, strict=True):
        _, determinant = _slopes(corners, at)
        values = shape_functions(at)
        place = np.einsum("a,mad->md", values, corners)
        local += (weight * determinant * density_kg_per_m3)[:, None, None] * values[None, :, None] * place[:, None, :]
    dofs = degrees_of_freedom(elements).ravel()
    return np.bincount(dofs, local.ravel(), minlength=2 * len(nodes_m)).astype(float)


def areas_m2(nodes_m: Array, elements: IntArray) -> Array:
    """Area of each element, curved sides counted."""
    corners = nodes_m[elements]
    return np.asarray(sum(w * _slopes(corners, at)[1] for at, w in zip(_POINTS, _WEIGHTS, strict=True)))


def stress(nodes_m: Array, elements: IntArray, elasticity: Elasticity, displacement: Array, at: Array) -> Array:
    """Stress (m, 3) as xx, yy, xy in each element at one reference point for all, (2,), or one for each, (m, 2)."""
    strain = strain_matrices(nodes_m[elements], at) @ displacement[degrees_of_freedom(elements)][..., None]
    found: Array = (elasticity.matrices() @ strain)[..., 0]
    return found


def nodal_stress(nodes_m: Array, elements: IntArray, elasticity: Elasticity, displacement: Array) -> Array:
    """Stress (n, 3) at the nodes: the mean of what the elements around each say."""
    total, count = np.zeros((len(nodes_m), 3)), np.zeros(len(nodes_m))
    for place, at in enumerate(NODES_AT):
        np.add.at(total, elements[:, place], stress(nodes_m, elements, elasticity, displacement, at))
        np.add.at(count, elements[:, place], 1.0)
    return np.asarray(total / np.maximum(count, 1.0)[:, None])


def von_mises(stress_pa: Array) -> Array:
    """Equivalent stress (...) of plane stresses (..., 3) [von Mises 1913]."""
    x, y, xy = stress_pa[..., 0], stress_pa[..., 1], stress_pa[..., 2]
    equivalent: Array = np.sqrt(x**2 - x * y + y**2 + 3.0 * xy**2)
    return equivalent
