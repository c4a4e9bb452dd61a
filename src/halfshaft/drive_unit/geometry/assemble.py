"""From a drawing to a machine: edges and labels in, a `MachineDesign` out, or the reason why not.

The drawing may be careless in what does not matter: lines may cross and overlap, sides and closing arcs may be missing, it may start at
any angle, and the gap may hold the arcs of a sliding band. It is refused, with the place, where it says something that no machine is:
no gap, parts that cut each other, magnets outside the rotor, a winding inside it, sides that do not repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, sin

from halfshaft.drive_unit.geometry.checks import check_labels, check_parts, check_sides, check_statements, winding_notes
from halfshaft.drive_unit.geometry.design import Cage, FieldCoil, Label, MachineDesign, Part, Region, Winding
from halfshaft.drive_unit.geometry.fault import GeometryError, mm, where
from halfshaft.drive_unit.geometry.gap import GapRing, find_gap
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.noding import SNAP_M, node
from halfshaft.drive_unit.geometry.planar import PlanarGraph, build, prune
from halfshaft.drive_unit.geometry.sector import (
    Sector,
    find_sector,
    matched_sides,
    radial_extent,
    turned,
    turned_labels,
)
from halfshaft.drive_unit.geometry.shapes import Edge, Point

__all__ = ["GeometryError", "assemble"]

SMALLEST_MACHINE_M = 0.005
LARGEST_MACHINE_M = 5.0
TILING_TOLERANCE = 1e-6


@dataclass(frozen=True)
class _Rings:
    """Radii between which the design's faces lie."""

    inner_m: float
    gap: GapRing
    outer_m: float


def assemble(
    name: str,
    edges: Iterable[Edge],
    labels: Iterable[Label],
    *,
    pole_pairs: int,
    slots: int,
    stack_length_m: float,
    stacking_factor: float,
    steels: Mapping[str, Steel],
    magnets: Mapping[str, Magnet],
    winding: Winding | None,
    field_coil: FieldCoil | None,
    source: str,
    notes: Sequence[str] = (),
    sector_poles: int | None = None,
    cage: Cage | None = None,
    allow_crossings: bool = False,
) -> MachineDesign:
    """Make a machine of a drawing.

    ``edges`` in metres about the axis, in any order and not necessarily noded; ``labels`` name the faces, air elsewhere. ``slots`` counts
    the whole stator. ``sector_poles`` is found from the angle that is drawn when it is not given. ``allow_crossings`` lets named features
    cut each other. Raises GeometryError with the feature, the place and what would be right.
    """
    edges, labels = list(edges), list(labels)
    check_statements(edges, labels, pole_pairs, slots, stack_length_m, stacking_factor, steels, magnets)
    _check_size(edges)
    sector = find_sector(edges, pole_pairs, sector_poles)
    if slots * sector.poles % (2 * pole_pairs):
        raise GeometryError(
            "slots", f"{slots} slots do not divide evenly over {2 * pole_pairs // sector.poles} sectors"
        )
    labels = turned_labels(labels, sector)
    remarks = list(notes)
    if sector.start_rad != 0.0:
        remarks.append(f"the drawing was turned by {-degrees(sector.start_rad):.6g} deg to start at angle 0")
    drawn, inner, loose = _closed(turned(edges, sector), sector, allow_crossings)
    face = drawn.face_of(label.point for label in labels).tolist()
    check_labels(labels, face, loose)
    rings = _rings(drawn, labels, face, inner, sector)
    graph = _within(drawn, rings, sector)
    regions = _regions(graph, labels, rings, sector)
    if max(radial_extent(edge)[1] for edge in drawn.edges) > rings.outer_m + SNAP_M:
        remarks.append("what is drawn outside the stator was left out: no flux leaves its outer radius")
    check_parts(regions)
    if not sector.whole:
        check_sides(graph, regions, sector)
    remarks += winding_notes(regions)
    return MachineDesign(
        name=name,
        pole_pairs=pole_pairs,
        sector_poles=sector.poles,
        slots=slots,
        stator_outer_radius_m=rings.outer_m,
        stator_bore_radius_m=rings.gap.bore_m,
        rotor_outer_radius_m=rings.gap.rotor_m,
        rotor_inner_radius_m=rings.inner_m,
        stack_length_m=stack_length_m,
        stacking_factor=stacking_factor,
        edges=graph.edges,
        regions=regions,
        steels=dict(steels),
        magnets=dict(magnets),
        winding=winding,
        field_coil=field_coil,
        source=source,
        notes=tuple(remarks),
        cage=cage,
    )


def _check_size(edges: Sequence[Edge]) -> None:
    outermost = max(radial_extent(edge)[1] for edge in edges)
    if not SMALLEST_MACHINE_M <= outermost <= LARGEST_MACHINE_M:
        raise GeometryError(
            "drawing",
            f"its outermost point lies {outermost:.4g} m from the axis; coordinates must be in metres about the shaft's axis, "
            f"between {mm(SMALLEST_MACHINE_M)} and {mm(LARGEST_MACHINE_M)}",
        )


def _closed(edges: list[Edge], sector: Sector, allow_crossings: bool) -> tuple[PlanarGraph, float, tuple[Point, ...]]:
    """The drawing, noded and closed by sides, outer and inner arc; its inner radius; the loose ends that were cut off."""
    extents = [radial_extent(edge) for edge in edges]
    outer, inner = max(high for _, high in extents), min(low for low, _ in extents)
    inner = 0.0 if inner <= SNAP_M else inner
    closing = [*sector.sides(inner, outer), sector.circle(outer)]
    if inner > 0.0 and not sector.whole:  # a whole circle may be iron down to the axis, with nothing drawn there
        closing.append(sector.circle(inner))
    noded = node([*edges, *closing])
    if noded.crossings and not allow_crossings:
        crossing = noded.crossings[0]
        first, second = crossing.features
        raise GeometryError(first, f"crosses {second} at {where(crossing.point)}; the two must not cut each other")
    kept, loose = prune(noded.edges)
    return build(kept), inner, loose


def _rings(drawn: PlanarGraph, labels: Sequence[Label], face: Sequence[int], inner_m: float, sector: Sector) -> _Rings:
    """Find the gap, and how far the machine reaches inwards and outwards."""
    solids = {number: label for number, label in zip(face, labels, strict=True) if label.kind != "air"}
    if not solids:
        raise GeometryError("labels", "no label names iron, a magnet or a winding")
    gap, outer = find_gap(drawn, solids)
    if sector.whole and inner_m > 0.0 and int(drawn.face_of([(0.0, 0.0)])[0]) in face:
        inner_m = 0.0  # the disc about the axis is drawn and named: it belongs to the machine
    return _Rings(inner_m, gap, outer)


def _within(drawn: PlanarGraph, rings: _Rings, sector: Sector) -> PlanarGraph:
    """The drawing between its rings: closed at the gap's radii and the outer radius, nothing in the gap, nothing outside."""
    radii = (rings.inner_m, rings.gap.rotor_m, rings.gap.bore_m, rings.outer_m)
    closing = [sector.circle(radius) for radius in radii if radius > 0.0]
    kept = []
    for edge in node([*drawn.edges, *closing]).edges:
        middle = hypot(*edge.point_at(0.5))
        in_gap = rings.gap.rotor_m + SNAP_M < middle < rings.gap.bore_m - SNAP_M
        if not in_gap and middle <= rings.outer_m + SNAP_M:
            kept.append(edge)
    return build(matched_sides(prune(kept)[0], sector))


def _regions(graph: PlanarGraph, labels: Sequence[Label], rings: _Rings, sector: Sector) -> tuple[Region, ...]:
    """The labelled faces of stator and rotor; a face without a label is air."""
    middle, angle = 0.5 * (rings.gap.rotor_m + rings.gap.bore_m), 0.5 * sector.angle_rad
    nobody = [(middle * cos(angle), middle * sin(angle))]
    if sector.whole and rings.inner_m > 0.0:
        nobody.append((0.0, 0.0))
    outside = {*graph.face_of(nobody).tolist(), -1}
    named: dict[int, Label] = {}
    for label, number in zip(labels, graph.face_of(label.point for label in labels).tolist(), strict=True):
        if number not in outside:
            named.setdefault(number, label)
        elif label.kind != "air":
            raise GeometryError(label.name, f"its face at {where(label.point)} was lost while closing the drawing")
    regions = []
    for number, face in enumerate(graph.faces):
        if number in outside:
            continue
        outline = graph.outline(face.outline)
        part: Part = "rotor" if hypot(*outline[0].start) < middle else "stator"
        label = named.get(number) or Label(graph.inner_point(face), "air", "air")
        holes = tuple(graph.outline(hole) for hole in face.holes)
        regions.append(Region(label, part, outline, holes, face.area_m2))
    _check_tiling(regions, rings, sector)
    return tuple(sorted(regions, key=_drawing_order))


def _drawing_order(region: Region) -> tuple[str, str, float, float]:
    x, y = region.label.point
    return region.part, region.label.kind, round(atan2(y, x) % (2.0 * pi), 9), hypot(x, y)


def _check_tiling(regions: Sequence[Region], rings: _Rings, sector: Sector) -> None:
    bounds: dict[Part, tuple[float, float]] = {
        "rotor": (rings.inner_m, rings.gap.rotor_m),
        "stator": (rings.gap.bore_m, rings.outer_m),
    }
    for part, (inner, outer) in bounds.items():
        area = 0.5 * sector.angle_rad * (outer**2 - inner**2)
        covered = sum(region.area_m2 for region in regions if region.part == part)
        if abs(covered - area) > TILING_TOLERANCE * area:
            raise GeometryError(
                part,
                f"its faces cover {1e6 * covered:.4f} mm2 of {1e6 * area:.4f} mm2 between its radii: edges nearly overlap",
            )
