"""The triangulated sector, as the field room wants it.

Stator and rotor are meshed apart and meet on the *sliding circle*, which carries equal nodes: the rotor turns by whole steps of that
circle, so no mesh changes with rotor position. The gap has three layers of elements: rotor layer, middle ring, stator layer; the middle
ring, between two circles of equal nodes, is where torque is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GAP_REGION = -1  # elements of the gap ring belong to no region of the design


@dataclass(frozen=True)
class MeshQuality:
    """Smallest angle over all elements, share of elements with an angle below 20 degrees, counts, and error of region areas."""

    nodes: int
    elements: int
    smallest_angle_deg: float
    share_below_20_deg: float
    largest_area_error: float


@dataclass(frozen=True)
class Mesh:
    """First-order triangles of one sector.

    ``points_m`` (n, 2); ``triangles`` (m, 3) counter-clockwise; ``region`` (m,) indexes the design's regions, GAP_REGION in the gap.
    Stator nodes come first: nodes below ``stator_nodes`` belong to the stator part (with the middle ring and the stator layer), the
    rest to the rotor part (with the rotor layer). ``stator_circle`` and ``rotor_circle`` (c,) are the two copies of the sliding circle's
    nodes in order of angle from 0, c = divisions + 1, or c = divisions on a whole circle; in the drawn position they coincide pairwise.
    ``boundary_pairs`` (k, 2) ties each node on the side at angle 0 to its image on the far side, (0, 2) on a whole circle.
    ``fixed`` (f,) are the nodes of zero vector potential. ``ring`` (r,) are the triangles of the middle ring between ``ring_radii_m``.
    """

    points_m: FloatArray
    triangles: IntArray
    region: IntArray
    stator_nodes: int
    stator_circle: IntArray
    rotor_circle: IntArray
    boundary_pairs: IntArray
    fixed: IntArray
    ring: IntArray
    ring_radii_m: tuple[float, float]
    divisions_per_pole: int
    quality: MeshQuality
