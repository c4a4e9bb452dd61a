"""Eddy-current loss in magnets, held back by resistance alone.

The current density is sigma omega (A - mean of A over the segment): the field drives it along the machine, the mean brings it back
through the same segment. A follows, up to the constant that the mean removes, from the flux density of the magnet's elements by least
squares; for first-order elements the fit is exact. A long segment of width w in a uniform field has the loss sigma omega^2 B^2 w^2 / 24
per volume, B the peak.

Segments of finite length turn the current at their ends. For a rectangle in a uniform field the plane problem is that of Saint-Venant's
torsion, whose series (Timoshenko and Goodier) gives the factor by which the loss falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, tanh

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.mesh import Mesh

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class MagnetSegments:
    """Insulated pieces of each magnet: ``across`` its width in the cross-section, ``along`` the machine; None: endless in length."""

    across: int = 1
    along: int | None = 1


def magnet_eddy_term(
    design: MachineDesign, mesh: Mesh, rotor: FieldHarmonics, segments: MagnetSegments = MagnetSegments()
) -> LossTerm:
    """Loss of all magnets of the machine, W s^2, in the operating points' shape.

    Raises ValueError for a magnet without resistivity, or one that the sector's side cuts in two, whose currents cannot be told.
    """
    value = np.zeros(rotor.flux_density_t.shape[1:-2])
    for index, region in enumerate(design.regions):
        if region.label.kind != "magnet":
            continue
        magnet = design.magnets.get(region.label.material or "")
        if magnet is None or magnet.resistivity_ohm_m <= 0.0:
            raise ValueError(
                f"magnet {region.label.name!r} of {design.name} has no resistivity: its eddy loss is unknown"
            )
        elements = np.flatnonzero(mesh.region == index)
        points, triangles = _own_nodes(mesh, elements)
        if not design.whole_circle and _cut_by_side(points, design.sector_rad):
            raise ValueError(
                f"magnet {region.label.name!r} of {design.name} is cut by the sector's side; draw the sector with whole magnets"
            )
        direction = region.label.magnetisation_rad or 0.0
        width_axis = np.array([-np.sin(direction), np.cos(direction)])
        current, width = current_operator(points, triangles, width_axis, segments.across)
        field = rotor.of(elements).flux_density_t
        driven = field.reshape(*field.shape[:-2], -1) @ current.T
        omega_per_hz = 2.0 * pi * rotor.orders
        per_length = np.tensordot(omega_per_hz**2, np.sum(driven.real**2 + driven.imag**2, axis=-1), axes=1)
        length = design.stack_length_m
        factor = 1.0 if segments.along is None else length_factor(length / segments.along, width / segments.across)
        value = value + 0.5 / magnet.resistivity_ohm_m * factor * length * design.sectors * per_length
    return LossTerm("magnets", "magnet_eddy", 2.0, np.asarray(value))


def current_operator(
    points_m: FloatArray, triangles: IntArray, width_axis: FloatArray, across: int = 1
) -> tuple[FloatArray, float]:
    """Matrix R (r, 2 e) and the magnet's width: |R b|^2 is the integral of (A - mean of its segment)^2 for element fields b (e, 2).

    ``width_axis`` (2,) is the direction along which ``across`` segments lie. A is continuous over the whole magnet: insulation between
    segments is thin.
    """
    gradient, area = _gradients(points_m, triangles)
    count, nodes = len(triangles), len(points_m)
    # rows are the components of B = (dA/dy, -dA/dx) of each element, weighted by its area
    curl = np.zeros((2 * count, nodes))
    rows = np.arange(count)
    for corner in range(3):
        curl[2 * rows, triangles[:, corner]] = gradient[:, corner, 1]
        curl[2 * rows + 1, triangles[:, corner]] = -gradient[:, corner, 0]
    weight = np.repeat(np.sqrt(area), 2)
    potential = np.linalg.pinv(curl * weight[:, None]) * weight[None, :]

    along_width = points_m @ (width_axis / np.linalg.norm(width_axis))
    width = float(np.ptp(along_width))
    centre = along_width[triangles].mean(axis=1)
    segment = np.clip(((centre - along_width.min()) / width * across).astype(int), 0, across - 1)
    mass = np.zeros((nodes, nodes))
    for s in range(across):
        part = np.zeros((nodes, nodes))
        chosen = triangles[segment == s]
        share = area[segment == s] / 12.0
        for i in range(3):
            for j in range(3):
                np.add.at(part, (chosen[:, i], chosen[:, j]), share * (2.0 if i == j else 1.0))
        row = part.sum(axis=1)
        if row.sum() > 0.0:
            mass += part - np.outer(row, row) / row.sum()
    values, vectors = np.linalg.eigh(mass)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root @ potential, width


def length_factor(length_m: float, width_m: float) -> float:
    """Loss of a rectangular segment in a uniform field over that of an endless one of the same width, 0 to 1."""
    ratio = length_m / width_m
    if ratio < 1.0:
        # the rectangle's torsion constant does not care which side is called length; the series converges for the long side
        return ratio**2 * length_factor(width_m, length_m)
    series = sum(tanh(n * pi * ratio / 2.0) / n**5 for n in range(1, 41, 2))
    return 1.0 - 192.0 / (pi**5 * ratio) * series


def _gradients(points_m: FloatArray, triangles: IntArray) -> tuple[FloatArray, FloatArray]:
    """Gradients (e, 3, 2) of the corner functions and areas (e,) of first-order triangles."""
    x, y = points_m[triangles, 0], points_m[triangles, 1]
    along_y = np.stack([y[:, 1] - y[:, 2], y[:, 2] - y[:, 0], y[:, 0] - y[:, 1]], axis=1)
    along_x = np.stack([x[:, 2] - x[:, 1], x[:, 0] - x[:, 2], x[:, 1] - x[:, 0]], axis=1)
    twice = np.sum(x * along_y, axis=1)
    return np.stack([along_y, along_x], axis=-1) / twice[:, None, None], 0.5 * twice


def _own_nodes(mesh: Mesh, elements: IntArray) -> tuple[FloatArray, IntArray]:
    nodes, triangles = np.unique(mesh.triangles[elements], return_inverse=True)
    return mesh.points_m[nodes], triangles.reshape(-1, 3)


def _cut_by_side(points_m: FloatArray, sector_rad: float) -> bool:
    angle = np.arctan2(points_m[:, 1], points_m[:, 0])
    on_side = (np.abs(angle) < 1e-9) | (np.abs(angle - sector_rad) < 1e-9)
    # a magnet whose corner touches the side is whole; one with an edge on it is not
    return int(on_side.sum()) >= 2
