"""The iron of a rotor as a mesh of second-order triangles, and what else the drawing holds in the rotor.

The mesh is the field room's own mesher's, finer, with the middles of the sides added; where a side is the chord of a drawn arc its middle
is put onto the arc. Only iron is kept: magnets and windings carry no tension, they load the iron.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.mesh.mesher import default_divisions_per_pole
from halfshaft.drive_unit.mesh.outline import outline_of
from halfshaft.drive_unit.mesh.part import PartMesh, mesh_part

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ON_M = 2e-6  # how near a point lies to a line it belongs to
_FLATTEST = 0.3  # sagitta of an arc over its chord, beyond which a side is not taken for the arc's chord


class StressError(ValueError):
    """A rotor whose stress cannot be found; the message names the part at fault."""


@dataclass(frozen=True)
class Sheet:
    """Iron of the drawn sector. ``elements`` (m, 6) index ``nodes_m`` (n, 2); ``region`` (m,) indexes the design's regions.

    ``boundary`` (b, 3) are the free sides, iron on the left: first node, last node, middle; ``boundary_line`` (b,) indexes ``lines``, the
    drawing's edges, or is -1. ``pairs`` (k, 2) ties nodes on the side at angle 0 to their images; ``axis`` is a node at the origin or -1.
    ``rim`` are the nodes of the bore. ``others`` (q, 3) are the triangles of all that is not iron, of ``points_m``, with ``other_region``.
    """

    nodes_m: Array
    elements: IntArray
    region: IntArray
    boundary: IntArray
    boundary_line: IntArray
    lines: tuple[Edge, ...]
    pairs: IntArray
    axis: int
    rim: IntArray
    points_m: Array
    others: IntArray
    other_region: IntArray


def iron_sheet(design: MachineDesign, refinement: float = 4.0) -> Sheet:
    """Mesh a rotor's iron, elements ``refinement`` times finer than the field's.

    Raises MeshError where the drawing cannot be meshed, StressError where iron hangs on nothing.
    """
    divisions = round(refinement * default_divisions_per_pole(design))
    circle_m = design.rotor_outer_radius_m + design.gap_m / 3.0
    part = mesh_part(design, outline_of(design, "rotor", circle_m, divisions), divisions, 1.0 / refinement)
    kinds = [region.label.kind for region in design.regions]
    is_iron = np.array([region >= 0 and kinds[region] == "iron" for region in part.region])
    if not is_iron.any():
        raise StressError("the rotor has no iron")
    iron, region = part.triangles[is_iron], part.region[is_iron]
    _check_held(design, part, iron)
    sides, mid, all_sides = _sides(iron)
    elements = np.concatenate([iron, len(part.points_m) + mid], axis=1)
    nodes = np.concatenate([part.points_m, part.points_m[sides].mean(axis=1)])
    first, last = all_sides[..., 0].ravel(), all_sides[..., 1].ravel()
    once = np.bincount(mid.ravel(), minlength=len(sides)) == 1
    tied, tied_middles = _ties(part, sides)
    alone = once.copy()
    alone[tied_middles.ravel()] = False
    free = alone[mid.ravel()]
    boundary = np.column_stack([first[free], last[free], len(part.points_m) + mid.ravel()[free]])
    lines = tuple(edge for r in design.regions if r.part == "rotor" for loop in (r.outline, *r.holes) for edge in loop)
    owner = _owners(nodes, boundary, lines)
    _round(nodes, boundary, owner, lines)
    used = np.zeros(len(nodes), dtype=bool)
    used[elements] = True
    pairs = np.concatenate([tied, len(part.points_m) + tied_middles])
    axis = pairs[(pairs[:, 0] == pairs[:, 1]) & used[pairs[:, 0]], 0]
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & used[pairs].all(axis=1)]
    number = np.cumsum(used) - 1
    boundary = number[boundary]
    on_rim = np.abs(np.hypot(*nodes[used].T) - design.rotor_inner_radius_m) < _ON_M
    rim = np.unique(boundary[on_rim[boundary].all(axis=1)])
    return Sheet(
        nodes_m=nodes[used],
        elements=number[elements],
        region=region,
        boundary=boundary,
        boundary_line=owner,
        lines=lines,
        pairs=number[pairs],
        axis=int(number[axis[0]]) if len(axis) else -1,
        rim=rim,
        points_m=part.points_m,
        others=part.triangles[~is_iron],
        other_region=part.region[~is_iron],
    )


def _sides(triangles: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Distinct sides (s, 2), the side opposite to none: (m, 3) sides 1-2, 2-3, 3-1 of each triangle, and those with their sense."""
    oriented = np.stack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]], axis=1)
    sides, number = np.unique(np.sort(oriented.reshape(-1, 2), axis=1), axis=0, return_inverse=True)
    return sides, number.reshape(-1, 3), oriented


def _ties(part: PartMesh, sides: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of corner nodes, and pairs of sides on the sector's two sides, first the one at angle 0."""
    image = np.full(len(part.points_m), -1)
    image[part.pairs[:, 0]] = part.pairs[:, 1]
    lookup = {(int(a), int(b)): k for k, (a, b) in enumerate(sides)}
    found = []
    for k, (a, b) in enumerate(sides):
        c, d = int(image[a]), int(image[b])
        if c >= 0 and d >= 0:
            other = lookup.get((min(c, d), max(c, d)))
            if other is not None and other != k:
                found.append((k, other))
    return part.pairs, np.array(found, dtype=np.int64).reshape(-1, 2)


def _check_held(design: MachineDesign, part: PartMesh, iron: IntArray) -> None:
    """All iron must hang together over sides of elements, the sector's two sides being one."""
    sides, mid, _ = _sides(iron)
    _, tied = _ties(part, sides)
    same = np.arange(len(sides))
    same[tied[:, 1]] = tied[:, 0]
    edge = same[mid].ravel()
    owner = np.repeat(np.arange(len(iron)), 3)
    links = coo_array((np.ones(len(edge)), (owner, len(iron) + edge)), shape=(len(iron) + len(sides),) * 2)
    _, piece = connected_components(links, directed=False)
    piece = piece[: len(iron)]
    middle = part.points_m[iron].mean(axis=1)
    main = piece[np.argmin(np.hypot(*middle.T))]
    loose = np.flatnonzero(piece != main)
    if len(loose):
        x, y = middle[loose[0]]
        raise StressError(
            f"the iron of '{design.name}' at radius {1e3 * np.hypot(x, y):.2f} mm, angle {np.degrees(np.arctan2(y, x)):.1f} deg hangs on "
            "nothing: no bridge joins it to the rest of the rotor"
        )


def _owners(nodes: Array, boundary: IntArray, lines: tuple[Edge, ...]) -> IntArray:
    """The drawn line on which both ends of each free side lie, -1 where there is none."""
    ends, middle = nodes[boundary[:, :2]], nodes[boundary[:, 2]]
    best, owner = np.full(len(boundary), np.inf), np.full(len(boundary), -1)
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    for k, line in enumerate(lines):
        off = np.max(np.stack([_distance(line, ends[:, 0]), _distance(line, ends[:, 1])]), axis=0)
        # the middle tells a line from another that passes through the same two corners
        off = np.where(off < 2.0 * _ON_M, off + _distance(line, middle), np.inf)
        nearer = (off < best) & (off < _FLATTEST * length)
        best[nearer], owner[nearer] = off[nearer], k
    for side in np.flatnonzero(owner < 0):  # a chord over a corner that the mesher joined away
        near = [float(_distance(line, middle[side : side + 1])[0]) for line in lines]
        if min(near) < _FLATTEST * length[side]:
            owner[side] = int(np.argmin(near))
    return owner


def _distance(line: Edge, points: Array) -> Array:
    if line.centre is None:
        a, b = np.array(line.start), np.array(line.end)
        share = np.clip((points - a) @ (b - a) / np.sum((b - a) ** 2), 0.0, 1.0)
        return np.asarray(np.linalg.norm(points - a - share[:, None] * (b - a), axis=1))
    centre = np.array(line.centre)
    from_start = np.angle(_complex(points - centre) / _complex(np.array(line.start) - centre)) * np.sign(line.sweep_rad)
    slack = _ON_M / line.radius_m
    turned = np.where(from_start < -slack, from_start + 2.0 * np.pi, from_start)
    within = turned <= abs(line.sweep_rad) + 2.0 * slack
    on_arc = np.abs(np.linalg.norm(points - centre, axis=1) - line.radius_m)
    return np.asarray(np.where(within, on_arc, np.inf))


def _complex(points: Array) -> NDArray[np.complex128]:
    return np.asarray(points[..., 0] + 1j * points[..., 1])


def _round(nodes: Array, boundary: IntArray, owner: IntArray, lines: tuple[Edge, ...]) -> None:
    """Move the middles of chords onto their arcs."""
    for k, line in enumerate(lines):
        if line.centre is None:
            continue
        middle = boundary[owner == k, 2]
        away = nodes[middle] - np.array(line.centre)
        nodes[middle] = np.array(line.centre) + away * (line.radius_m / np.linalg.norm(away, axis=1))[:, None]
