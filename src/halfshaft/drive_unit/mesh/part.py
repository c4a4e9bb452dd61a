"""The mesh of one part, stator or rotor, up to its circle in the gap: from outline to triangles.

Nodes are laid along the lines, triangulated within a box, the lines forced in, and what lies inside them refined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.constraints import insert_segments
from halfshaft.drive_unit.mesh.delaunay import (
    COORDINATE_LIMIT,
    DRAWN,
    EDGE,
    HOME,
    LOCK,
    LOCKED,
    NEIGHBOUR,
    OUTSIDE,
    POINTS,
    REGION,
    SEGMENT,
    SEGMENTS,
    TRIANGLES,
    TWIN,
    Triangulation,
    empty_triangulation,
    insert_points,
    restore_all,
    with_room,
)
from halfshaft.drive_unit.mesh.outline import Line, MeshError, Outline
from halfshaft.drive_unit.mesh.refinement import FULL, Rules, refine
from halfshaft.drive_unit.mesh.sizing import (
    GROWTH,
    Samples,
    divide,
    divide_opposite,
    points_along,
    region_caps,
    sample_sizes,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SMALLEST_ANGLE_RAD = np.radians(
    26.0
)  # what refinement strives for; Chew's bound is 30 degrees, practice somewhat below
_LARGEST_MESH = 400_000  # points; beyond it something in the drawing drives refinement without end
_TRIES = 8  # halvings of arcs whose chords cut each other


@dataclass(frozen=True)
class PartMesh:
    """Triangles of one part. ``circle`` are its nodes on the gap's circle by angle, ``pairs`` (k, 2) side nodes with their images,
    ``fixed`` its nodes on the rim, ``region`` holds GAP_REGION also in air that opens to the gap."""

    points_m: FloatArray
    triangles: IntArray
    region: IntArray
    circle: IntArray
    pairs: IntArray
    fixed: IntArray


def mesh_part(design: MachineDesign, outline: Outline, divisions_per_pole: int, size_factor: float) -> PartMesh:
    """Mesh the inside of an outline. Raises MeshError where lines cross or meet without a common corner."""
    circle = next(number for number, line in enumerate(outline.lines) if line.chords)
    step_rad = np.pi / design.pole_pairs / divisions_per_pole
    step_m = 2.0 * outline.lines[circle].edge.radius_m * float(np.sin(0.5 * step_rad))
    samples = sample_sizes(design, outline, step_m, size_factor)
    scale = COORDINATE_LIMIT / (1.001 * design.stator_outer_radius_m)
    tightening = np.ones(len(outline.lines))
    for _ in range(_TRIES):
        nodes = _lay_nodes(outline, samples, tightening, step_m, step_rad)
        t = _triangulation(outline, nodes, scale)
        crossing = insert_points(t, 4, len(nodes.xy) + 4)
        if crossing[0] >= 0:
            first, second = (int(nodes.home_line[k - 4]) for k in crossing)
        else:
            crossing = insert_segments(t, 0, len(nodes.ends))
            if crossing[0] < 0:
                break
            first, second = int(t.link[crossing[0], EDGE]), int(t.link[crossing[1], EDGE])
        curved = [
            k for k in (first, second) if outline.lines[k].edge.centre is not None and not outline.lines[k].chords
        ]
        if not curved:
            raise MeshError(f"{_name(outline.lines[first])} and {_name(outline.lines[second])} cross")
        tightening[curved] *= 0.5
    else:
        raise MeshError(f"{_name(outline.lines[first])} and {_name(outline.lines[second])} run into each other")
    restore_all(t)
    _name_regions(t, outline)
    rules = Rules(
        centre=scale * np.array([line.edge.centre or (0.0, 0.0) for line in outline.lines]),
        radius=scale * np.array([line.edge.radius_m for line in outline.lines]),
        ends=4 + nodes.line_ends,
        cap=scale * region_caps(design, size_factor),
        circle=circle,
        worst_ratio=float(0.5 / np.sin(SMALLEST_ANGLE_RAD)),
        growth=GROWTH,
    )
    while refine(t, rules) == FULL:
        if len(t.xy) > _LARGEST_MESH:
            raise MeshError("refinement does not end: the drawing holds details far below the size of the elements")
        t = with_room(t, 2 * len(t.xy))
    return _part_mesh(design, outline, nodes, t, scale)


def _name(line: Line) -> str:
    x, y = line.edge.point_at(0.5)
    what = f"the line of {line.edge.feature}" if line.edge.feature else "the line"
    return f"{what} at radius {np.hypot(x, y) * 1e3:.3f} mm, angle {np.degrees(np.arctan2(y, x)):.2f} deg"


@dataclass(frozen=True)
class _Nodes:
    """Nodes along the lines: the outline's corners first. Segments (s, 2) with their line and twin; ``line_ends`` corners per line."""

    xy: FloatArray
    size: FloatArray
    home: IntArray
    home_line: IntArray
    ends: IntArray
    line: IntArray
    twin: IntArray
    line_ends: IntArray
    circle: IntArray


def _lay_nodes(outline: Outline, samples: Samples, tightening: FloatArray, step_m: float, step_rad: float) -> _Nodes:
    lines = outline.lines
    corners = sorted({corner for line in lines for corner in (line.start, line.end)})
    number_of = {corner: number for number, corner in enumerate(corners)}
    xy = [np.array([outline.points[corner] for corner in corners])]
    size = [np.full(len(corners), np.inf)]
    corner_line = np.zeros(len(corners), dtype=np.int64)
    home = [np.full(len(corners), DRAWN, dtype=np.int64)]
    home_line = [corner_line]
    ends, owner, first_segment = [], [], []
    count, segments = len(corners), 0
    circle = np.zeros(0, dtype=np.int64)
    for number, line in enumerate(lines):
        rows = slice(samples.first[number], samples.first[number + 1])
        # thin gap layers get good triangles when nodes on the rim lie opposite the circle's chords
        opposite = line.on_gap and tightening[number] == 1.0 and samples.size[rows].min() > 0.7 * step_m
        shares = divide_opposite(line, step_rad) if opposite else divide(line, samples, number, tightening[number])
        points = points_along(line, shares, outline)
        sizes = np.interp(shares, np.linspace(0.0, 1.0, rows.stop - rows.start), samples.size[rows])
        start, end = number_of[line.start], number_of[line.end]
        chain = np.concatenate([[start], count + np.arange(len(shares) - 2), [end]])
        corner_line[[start, end]] = number
        size[0][start], size[0][end] = min(size[0][start], sizes[0]), min(size[0][end], sizes[-1])
        xy.append(points[1:-1])
        size.append(sizes[1:-1])
        home.append(np.full(len(shares) - 2, number))
        home_line.append(home[-1])
        ends.append(np.column_stack([chain[:-1], chain[1:]]))
        owner.append(np.full(len(shares) - 1, number))
        first_segment.append(segments)
        count, segments = count + len(shares) - 2, segments + len(shares) - 1
        if line.chords:
            circle = chain[:-1] if line.start == line.end else chain
    twin = np.full(segments, -1, dtype=np.int64)
    for number, line in enumerate(lines):
        if line.twin >= 0:
            span = np.arange(len(ends[number]))
            twin[first_segment[number] + span] = first_segment[line.twin] + span
    line_ends = np.array([(number_of[line.start], number_of[line.end]) for line in lines])
    return _Nodes(
        np.concatenate(xy),
        np.concatenate(size),
        np.concatenate(home),
        np.concatenate(home_line),
        np.concatenate(ends),
        np.concatenate(owner),
        twin,
        line_ends,
        circle,
    )


def _triangulation(outline: Outline, nodes: _Nodes, scale: float) -> Triangulation:
    t = empty_triangulation(4 * len(nodes.xy) + 1000)
    points, segments = len(nodes.xy), len(nodes.ends)
    t.xy[4 : 4 + points] = np.rint(nodes.xy * scale)
    t.size[4 : 4 + points] = nodes.size * scale
    t.node[4 : 4 + points, HOME] = nodes.home
    t.link[:segments, :2] = nodes.ends + 4
    t.link[:segments, TWIN] = nodes.twin
    t.link[:segments, EDGE] = nodes.line
    t.link[:segments, LOCK] = np.where(np.array([line.chords > 0 for line in outline.lines])[nodes.line], LOCKED, 0)
    t.counts[SEGMENTS] = segments
    return t


def _name_regions(t: Triangulation, outline: Outline) -> None:
    """Give each triangle its region, from the lines that bound its face; the box around stays OUTSIDE."""
    count = int(t.counts[TRIANGLES])
    corner, neighbour, segment = (t.face[:count, k : k + 3] for k in (0, NEIGHBOUR, SEGMENT))
    inner = (neighbour >= 0) & (segment < 0)
    rows = np.nonzero(inner)[0]
    links = coo_matrix((np.ones(len(rows)), (rows, neighbour[inner])), shape=(count, count))
    _, face = connected_components(links, directed=False)
    at, place = np.nonzero(segment >= 0)
    s = segment[at, place]
    along = corner[at, (place + 1) % 3] == t.link[s, 0]
    left = np.array([line.left for line in outline.lines])
    right = np.array([line.right for line in outline.lines])
    says = np.where(along, left[t.link[s, EDGE]], right[t.link[s, EDGE]])
    label = np.full(face.max() + 1, OUTSIDE, dtype=np.int64)
    label[face[at]] = says
    conflict = np.nonzero(label[face[at]] != says)[0]
    if len(conflict):
        raise MeshError(f"{_name(outline.lines[int(t.link[s[conflict[0]], EDGE])])} has different regions on one side")
    t.face[:count, REGION] = label[face]


def _part_mesh(design: MachineDesign, outline: Outline, nodes: _Nodes, t: Triangulation, scale: float) -> PartMesh:
    points, triangles, segments = (int(t.counts[k]) for k in (POINTS, TRIANGLES, SEGMENTS))
    xy = t.xy[4:points] / scale
    xy[: len(nodes.xy)] = nodes.xy
    ends, twin, line = t.link[:segments, :2] - 4, t.link[:segments, TWIN], t.link[:segments, EDGE]
    paired = twin >= 0
    on_first = paired & (np.array([line.right == OUTSIDE for line in outline.lines])[line])
    both = [np.column_stack([ends[on_first, k], ends[twin[on_first], k]]) for k in range(2)]
    pairs = np.unique(np.concatenate(both), axis=0)
    radius = np.hypot(xy[pairs[:, 0], 0], xy[pairs[:, 0], 1])
    xy[pairs[:, 0]] = np.column_stack([radius, np.zeros(len(radius))])
    xy[pairs[:, 1]] = radius[:, None] * [np.cos(design.sector_rad), np.sin(design.sector_rad)]
    fixed = np.unique(ends[np.array([drawn.fixed for drawn in outline.lines])[line]])
    inside = t.face[:triangles][t.face[:triangles, REGION] != OUTSIDE]
    return PartMesh(xy, inside[:, :3] - 4, inside[:, REGION], nodes.circle, pairs, fixed)
