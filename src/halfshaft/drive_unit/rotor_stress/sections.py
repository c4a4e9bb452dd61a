"""Necks of a rotor's iron and what stress they carry: bridges, ribs, posts, pole bodies, yokes.

At a sharp corner the stress of a perfectly elastic sheet has no bound, so a peak tells more of the mesh than of the rotor. What a
neck must bear is another matter: across it the stresses add up to a force and a moment, which do not depend on the corner. A
*section* runs from a free side straight through the iron to the next; its *membrane* stress is the mean of the stress tensor along it, its
*nominal* stress is that with the linear share of the normal stress added, as beam theory and pressure-vessel codes have it (linearised
stress, ASME BPVC VIII-2, Annex 5-A). Sections between the same two drawn features are one neck, known by its worst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from halfshaft.drive_unit.rotor_stress.elements import Elasticity, stress, von_mises
from halfshaft.drive_unit.rotor_stress.sheet import Sheet

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SAMPLES = 16
_OPPOSED = -0.5  # the sides of a section face each other within 60 degrees
_CANDIDATES = 24  # elements near a point among which the one that holds it is sought


@dataclass(frozen=True)
class Sections:
    """Straight lines through the iron: ``start`` and ``end`` (s, 2), the free sides they join as rows of the sheet's boundary."""

    start: Array
    end: Array
    first: IntArray
    second: IntArray

    @property
    def width_m(self) -> Array:
        """Length of each section."""
        return np.asarray(np.linalg.norm(self.end - self.start, axis=1))


def find_sections(sheet: Sheet, sector_rad: float, *, whole: bool) -> Sections:
    """From the middle of each free side along its normal to the nearest free side, also of the neighbouring sectors."""
    begin, finish, middle = (sheet.nodes_m[sheet.boundary[:, k]] for k in range(3))
    inwards = _unit(np.column_stack([-(finish - begin)[:, 1], (finish - begin)[:, 0]]))
    nearest = np.full(len(middle), np.inf)
    hit, facing = np.full(len(middle), -1), np.zeros(len(middle))
    for angle in (0.0,) if whole else (-sector_rad, 0.0, sector_rad):
        a, b, normal = (turned(v, angle) for v in (begin, finish, inwards))
        along = b - a
        # middle + t inwards = a + s along, for every pair of a middle and a side
        det = along[None, :, 0] * inwards[:, None, 1] - along[None, :, 1] * inwards[:, None, 0]
        dx, dy = a[None, :, 0] - middle[:, None, 0], a[None, :, 1] - middle[:, None, 1]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            t = (along[None, :, 0] * dy - along[None, :, 1] * dx) / det
            s = (inwards[:, None, 0] * dy - inwards[:, None, 1] * dx) / det
        t[~((s >= 0.0) & (s <= 1.0) & (t > 1e-9))] = np.inf
        best = t.argmin(axis=1)
        rows = np.arange(len(t))
        nearer = t[rows, best] < nearest
        nearest[nearer] = t[rows, best][nearer]
        hit[nearer] = best[nearer]
        facing[nearer] = np.sum(inwards * normal[best], axis=1)[nearer]
    kept = np.isfinite(nearest) & (facing < _OPPOSED)
    start = middle[kept]
    return Sections(start, start + nearest[kept, None] * inwards[kept], np.flatnonzero(kept), hit[kept])


def linearised(
    sheet: Sheet, elasticity: Elasticity, displacement: Array, sections: Sections, sector_rad: float, *, whole: bool
) -> tuple[Array, Array]:
    """Membrane and nominal equivalent stress (s,) of each section."""
    share = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    points = sections.start[:, None] + share[None, :, None] * (sections.end - sections.start)[:, None]
    found = stress_at(sheet, elasticity, displacement, points.reshape(-1, 2), sector_rad, whole=whole)
    tensor = found.reshape(len(points), _SAMPLES, 3)
    mean = tensor.mean(axis=1)
    through = _unit(sections.end - sections.start)
    normal = np.column_stack([-through[:, 1], through[:, 0]])
    pull = np.einsum("spk,sk->sp", tensor, _projector(normal))
    bending = 6.0 * (pull * (share - 0.5)).mean(axis=1)
    bending /= 1.0 - 1.0 / _SAMPLES**2  # what the midpoint rule lacks of the second moment
    added = bending[:, None] * np.column_stack([normal[:, 0] ** 2, normal[:, 1] ** 2, normal[:, 0] * normal[:, 1]])
    return von_mises(mean), np.maximum(von_mises(mean + added), von_mises(mean - added))


def stress_at(
    sheet: Sheet, elasticity: Elasticity, displacement: Array, points: Array, sector_rad: float, *, whole: bool
) -> Array:
    """Stress (p, 3) at points within the iron of any sector."""
    sectors = np.zeros(len(points))
    if not whole:
        # the angle from the sector's middle, so that a point on a side does not fall into the neighbour by rounding
        sectors = np.round((np.arctan2(points[:, 1], points[:, 0]) - 0.5 * sector_rad) / sector_rad)
    own = turned(points, -sectors * sector_rad)
    corners = sheet.nodes_m[sheet.elements[:, :3]]
    count = min(_CANDIDATES, len(corners))
    _, near = cKDTree(corners.mean(axis=1)).query(own, k=count)
    near = near.reshape(len(points), count)
    a = corners[near, 0]
    matrix = np.stack([corners[near, 1] - a, corners[near, 2] - a], axis=-1)
    at = np.linalg.solve(matrix, (own[:, None] - a)[..., None])[..., 0]
    inside = np.minimum(at.min(axis=-1), 1.0 - at.sum(axis=-1))
    best = inside.argmax(axis=1)
    rows = np.arange(len(points))
    element = near[rows, best]
    there = Elasticity(elasticity.youngs_modulus_pa[element], elasticity.poisson_ratio[element])
    found = stress(sheet.nodes_m, sheet.elements[element], there, displacement, at[rows, best])
    return _turned_stress(found, sectors * sector_rad)


def sharp_corners(sheet: Sheet, least_rad: float = np.radians(25.0)) -> Array:
    """Points (c, 2) where the iron's outline turns into the iron by more than ``least_rad`` at once: notches without a fillet."""
    begin, finish, middle = (sheet.nodes_m[sheet.boundary[:, k]] for k in range(3))
    # the slopes of the parabola through the three nodes, so that a rounded outline turns by nothing
    leaving, arriving = 4.0 * middle - 3.0 * begin - finish, begin + 3.0 * finish - 4.0 * middle
    next_side = {int(node): k for k, node in enumerate(sheet.boundary[:, 0])}
    found = []
    for k, node in enumerate(sheet.boundary[:, 1]):
        after = next_side.get(int(node))
        if after is None:
            continue
        (ax, ay), (bx, by) = arriving[k], leaving[after]
        if np.arctan2(ax * by - ay * bx, ax * bx + ay * by) < -least_rad:
            found.append(sheet.nodes_m[node])
    return np.array(found).reshape(-1, 2)


def turned(vectors: Array, angle: float | Array) -> Array:
    """Vectors (n, 2) turned counter-clockwise."""
    c, s = np.cos(angle), np.sin(angle)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([c * x - s * y, s * x + c * y], axis=-1)


def _turned_stress(tensor: Array, angle: Array) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    x, y, xy = tensor.T
    return np.column_stack(
        [
            c * c * x + s * s * y - 2 * c * s * xy,
            s * s * x + c * c * y + 2 * c * s * xy,
            c * s * (x - y) + (c * c - s * s) * xy,
        ]
    )


def _projector(direction: Array) -> Array:
    """Factors of (xx, yy, xy) in the normal stress along a direction."""
    x, y = direction[:, 0], direction[:, 1]
    return np.column_stack([x * x, y * y, 2.0 * x * y])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])
