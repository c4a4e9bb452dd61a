"""Measures of a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.mesh.mesh import MeshQuality

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def triangle_areas_m2(points_m: FloatArray, triangles: IntArray) -> FloatArray:
    """Signed areas (m,) of triangles (m, 3), positive when counter-clockwise."""
    a, b, c = (points_m[triangles[:, k]] for k in range(3))
    u, v = b - a, c - a
    return np.asarray(0.5 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]))


def smallest_angles_deg(points_m: FloatArray, triangles: IntArray) -> FloatArray:
    """Smallest angle (m,) of each triangle, in degrees."""
    corners = points_m[triangles]
    lengths = np.sort(np.linalg.norm(corners[:, [1, 2, 0]] - corners[:, [2, 0, 1]], axis=2), axis=1)
    sine = 2.0 * np.abs(triangle_areas_m2(points_m, triangles)) / (lengths[:, 1] * lengths[:, 2])
    # the smallest angle lies opposite the shortest edge, so it is never obtuse
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, 0.0, 1.0))))


def mesh_quality(points_m: FloatArray, triangles: IntArray, largest_area_error: float = 0.0) -> MeshQuality:
    """Quality of triangles (m, 3) over points (n, 2); the area error is taken over as given."""
    angles = smallest_angles_deg(points_m, triangles)
    return MeshQuality(
        nodes=len(points_m),
        elements=len(triangles),
        smallest_angle_deg=float(angles.min()),
        share_below_20_deg=float(np.mean(angles < 20.0)),
        largest_area_error=largest_area_error,
    )
