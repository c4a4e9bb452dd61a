"""From a machine as drawn to the mesh of its sector.

Stator and rotor are meshed apart, each up to its circle in the gap, at a third and two thirds of it; between the circles lies a ring of
regular triangles that belongs to the stator. The circles' nodes are equal and never moved, so the rotor can turn by whole steps. The same
design and options always give the same mesh.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.geometry.design import MachineDesign, Part
from halfshaft.drive_unit.mesh.mesh import GAP_REGION, Mesh, MeshQuality
from halfshaft.drive_unit.mesh.outline import MeshError, Outline, outline_of
from halfshaft.drive_unit.mesh.part import PartMesh, mesh_part
from halfshaft.drive_unit.mesh.quality import mesh_quality, triangle_areas_m2

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_STEPS_PER_SLOT = 20  # fewer spoil flux linkage by percents
_STEPS_MULTIPLE = 60  # so that 5, 6, 10 and 12 positions over 60 electrical degrees fall on nodes
_LONGEST_STEP = 2.0  # of the gap: beyond it the gap's elements become needles
_WORST_AREA_ERROR = 0.05  # of a region's area; chords of the arcs stay far below


@dataclass(frozen=True)
class MeshOptions:
    """``divisions_per_pole`` equal chords of the sliding circle per pole (None: see default_divisions_per_pole), ``size_factor`` times the
    usual element size everywhere else."""

    divisions_per_pole: int | None = None
    size_factor: float = 1.0


def mesh_design(design: MachineDesign, options: MeshOptions = MeshOptions()) -> Mesh:
    """Mesh one sector of a machine.

    Raises MeshError, naming what is at fault, where the design has no gap, lines cross or are missing, or a region stays without elements.
    """
    if design.gap_m <= 0.0:
        raise MeshError(f"the gap of '{design.name}' is {design.gap_m * 1e3:.3f} mm")
    divisions = options.divisions_per_pole or default_divisions_per_pole(design)
    if divisions < 6 or options.size_factor <= 0.0:
        raise MeshError("at least 6 divisions per pole and a size factor above 0 are needed")
    inner_m = design.rotor_outer_radius_m + design.gap_m / 3.0
    outer_m = design.rotor_outer_radius_m + 2.0 * design.gap_m / 3.0
    parts: dict[Part, PartMesh] = {}
    outlines: dict[Part, Outline] = {}
    radii: tuple[tuple[Part, float], ...] = (("stator", outer_m), ("rotor", inner_m))
    for part, radius_m in radii:
        outlines[part] = outline_of(design, part, radius_m, divisions)
        parts[part] = mesh_part(design, outlines[part], divisions, options.size_factor)
    stator, rotor = parts["stator"], parts["rotor"]

    # stator nodes: the sliding circle's copy first, then the stator part's own
    sliding = np.arange(len(rotor.circle))
    shift = len(sliding)
    outer = stator.circle + shift
    ring = _ring(sliding, outer, design.whole_circle)
    stator_nodes = shift + len(stator.points_m)
    points = np.concatenate([rotor.points_m[rotor.circle], stator.points_m, rotor.points_m])
    triangles = np.concatenate([ring, stator.triangles + shift, rotor.triangles + stator_nodes])
    region = np.concatenate([np.full(len(ring), GAP_REGION), stator.region, rotor.region])
    region = _name_opened_air(design, outlines, points, triangles, region)
    pairs = np.concatenate([stator.pairs + shift, rotor.pairs + stator_nodes])
    fixed = np.concatenate([stator.fixed + shift, rotor.fixed + stator_nodes])
    if not design.whole_circle:
        pairs = np.concatenate([[[sliding[0], sliding[-1]]], pairs])
        axis = pairs[pairs[:, 0] == pairs[:, 1], 0]
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        if design.boundary_sign < 0:
            fixed = np.unique(np.concatenate([fixed, axis]))
    return Mesh(
        points_m=points,
        triangles=triangles,
        region=region,
        stator_nodes=stator_nodes,
        stator_circle=sliding,
        rotor_circle=rotor.circle + stator_nodes,
        boundary_pairs=pairs.reshape(-1, 2),
        fixed=fixed,
        ring=np.arange(len(ring)),
        ring_radii_m=(inner_m, outer_m),
        divisions_per_pole=divisions,
        quality=_checked(design, outlines, points, triangles, region),
    )


def default_divisions_per_pole(design: MachineDesign) -> int:
    """At least 20 steps of the sliding circle per slot, none longer than twice the gap; rounded up to a multiple of 60."""
    per_slot = _STEPS_PER_SLOT * design.slots / (2 * design.pole_pairs)
    per_gap = pi * design.rotor_outer_radius_m / design.pole_pairs / (_LONGEST_STEP * design.gap_m)
    return _STEPS_MULTIPLE * max(1, ceil(max(per_slot, per_gap) / _STEPS_MULTIPLE - 1e-9))


def _ring(inner: IntArray, outer: IntArray, closed: bool) -> IntArray:
    """Triangles between two circles of nodes, their diagonals alternating so that neither sense of rotation is preferred."""
    if closed:
        inner, outer = np.append(inner, inner[0]), np.append(outer, outer[0])
    a, b, c, d = inner[:-1], inner[1:], outer[1:], outer[:-1]
    even = (np.arange(len(a)) % 2 == 0)[:, None]
    first = np.where(even, np.column_stack([a, c, b]), np.column_stack([a, d, b]))
    second = np.where(even, np.column_stack([a, d, c]), np.column_stack([b, d, c]))
    return np.stack([first, second], axis=1).reshape(-1, 3)


def _name_opened_air(
    design: MachineDesign, outlines: dict[Part, Outline], points: FloatArray, triangles: IntArray, region: IntArray
) -> IntArray:
    """Give elements of air that opens to the gap, meshed as gap, the region their middle lies in."""
    region = region.copy()
    middle = points[triangles].mean(axis=1)
    radius = np.hypot(middle[:, 0], middle[:, 1])
    for part, outline in outlines.items():
        beyond = radius < design.rotor_outer_radius_m if part == "rotor" else radius > design.stator_bore_radius_m
        loose = np.nonzero((region == GAP_REGION) & beyond)[0]
        for number in sorted(outline.opened):
            inside = _within(design, number, middle[loose])
            region[loose[inside]] = number
    return region


def _within(design: MachineDesign, number: int, points: FloatArray) -> NDArray[np.bool_]:
    """Which points lie in a region, by counting the crossings of its boundary, arcs as chords of about two degrees."""
    inside = np.zeros(len(points), dtype=bool)
    region = design.regions[number]
    for edge in (*region.outline, *(edge for hole in region.holes for edge in hole)):
        count = 1 if edge.centre is None else 1 + int(abs(edge.sweep_rad) / 0.035)
        chain = [edge.point_at(k / count) for k in range(count + 1)]
        for (ax, ay), (bx, by) in itertools.pairwise(chain):
            spans = (ay > points[:, 1]) != (by > points[:, 1])
            if spans.any():
                inside ^= spans & (points[:, 0] < ax + (points[:, 1] - ay) * (bx - ax) / (by - ay))
    return inside


def _checked(
    design: MachineDesign, outlines: dict[Part, Outline], points: FloatArray, triangles: IntArray, region: IntArray
) -> MeshQuality:
    """Quality of the whole mesh; every region that is meshed for itself must be filled to its area."""
    areas = triangle_areas_m2(points, triangles)
    if areas.min() <= 0.0:
        raise MeshError(f"an element of '{design.name}' is turned over")
    filled = np.bincount(region[region >= 0], weights=areas[region >= 0], minlength=len(design.regions))
    opened = frozenset().union(*(outline.opened for outline in outlines.values()))
    worst = 0.0
    for number, drawn in enumerate(design.regions):
        if number in opened:
            continue  # its rim towards the gap is not kept
        if filled[number] == 0.0:
            raise MeshError(f"region '{drawn.label.name}' has no elements")
        error = abs(filled[number] / drawn.area_m2 - 1.0)
        if error > _WORST_AREA_ERROR:
            raise MeshError(
                f"region '{drawn.label.name}' is filled to {filled[number] / drawn.area_m2:.1%} of its area"
            )
        worst = max(worst, float(error))
    return mesh_quality(points, triangles, worst)
