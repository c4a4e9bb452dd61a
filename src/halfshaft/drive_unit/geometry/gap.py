"""The air gap: the empty ring between the outermost solid point of the rotor and the innermost of the stator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from halfshaft.drive_unit.geometry.design import Label
from halfshaft.drive_unit.geometry.fault import GeometryError, mm, where
from halfshaft.drive_unit.geometry.noding import SNAP_M
from halfshaft.drive_unit.geometry.planar import PlanarGraph
from halfshaft.drive_unit.geometry.sector import radial_extent

SMALLEST_GAP_M = 10.0 * SNAP_M


@dataclass(frozen=True)
class GapRing:
    """The two radii of the gap."""

    rotor_m: float
    bore_m: float


def find_gap(graph: PlanarGraph, solids: Mapping[int, Label]) -> tuple[GapRing, float]:
    """The gap, and the stator's outer radius. ``solids`` gives the label of each solid face.

    Of several empty rings it is the outermost one within the stator winding, or without such a winding the innermost one around magnets
    and field winding. Raises GeometryError where there is none.
    """
    extent = {number: _face_extent(graph, number) for number in solids}
    rings: list[GapRing] = []
    reach = -1.0
    for low, high in sorted(extent.values()):
        if reach > 0.0 and low - reach >= SMALLEST_GAP_M:
            rings.append(GapRing(reach, low))
        reach = max(reach, high)
    winding = [extent[number][0] for number, label in solids.items() if label.kind == "stator_winding"]
    excitation = [
        extent[number][1] for number, label in solids.items() if label.kind in ("magnet", "field_winding", "cage")
    ]
    if winding:
        fitting = [ring for ring in rings if ring.bore_m <= min(winding) + SNAP_M][-1:]
    else:
        fitting = [ring for ring in rings if not excitation or ring.rotor_m >= max(excitation) - SNAP_M][:1]
    for number, label in solids.items():
        if not fitting and label.kind == "stator_winding" and any(extent[number][1] <= ring.rotor_m for ring in rings):
            at = where(label.point)
            raise GeometryError(label.name, f"the stator winding at {at} lies inside the gap, in the rotor")
    if not fitting:
        raise _no_gap(graph, solids, extent)
    return fitting[0], reach


def _face_extent(graph: PlanarGraph, number: int) -> tuple[float, float]:
    loops = (graph.faces[number].outline, *graph.faces[number].holes)
    extents = [radial_extent(graph.edges[directed // 2]) for loop in loops for directed in loop]
    return min(low for low, _ in extents), max(high for _, high in extents)


def _no_gap(
    graph: PlanarGraph, solids: Mapping[int, Label], extent: Mapping[int, tuple[float, float]]
) -> GeometryError:
    """Why there is no gap: what on the rotor reaches farther out than what on the stator."""
    stator = _connected(graph, solids, {n for n, label in solids.items() if label.kind == "stator_winding"})
    rotor = set(solids) - stator
    if not stator or not rotor:
        reach = (min(low for low, _ in extent.values()), max(high for _, high in extent.values()))
        return GeometryError(
            "air gap",
            f"iron, magnets and windings touch each other everywhere between r = {mm(reach[0])} and {mm(reach[1])}; "
            f"an empty ring of at least {mm(SMALLEST_GAP_M)} must separate the rotor from the stator",
        )
    outermost = max(rotor, key=lambda number: extent[number][1])
    innermost = min(stator, key=lambda number: extent[number][0])
    gap = extent[innermost][0] - extent[outermost][1]
    edge = max((graph.edge(k) for k in graph.faces[outermost].outline), key=lambda edge: radial_extent(edge)[1])
    return GeometryError(
        edge.feature or solids[outermost].name,
        f"reaches r = {1e3 * extent[outermost][1]:.4f} mm (near {where(edge.point_at(0.5))}) where the stator begins at "
        f"{1e3 * extent[innermost][0]:.4f} mm ({solids[innermost].name}): a gap of {1e3 * gap:.4f} mm; it must be at least "
        f"{mm(SMALLEST_GAP_M)}",
    )


def _connected(graph: PlanarGraph, solids: Mapping[int, Label], seeds: set[int]) -> set[int]:
    """The solid faces that can be reached from some of them across edges."""
    reached, front = set(seeds), list(seeds)
    while front:
        face = graph.faces[front.pop()]
        for loop in (face.outline, *face.holes):
            for directed in loop:
                beyond = int(graph.face_at_left[directed ^ 1])
                if beyond in solids and beyond not in reached:
                    reached.add(beyond)
                    front.append(beyond)
    return reached
