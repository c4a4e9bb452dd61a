"""What a drawing must satisfy to be a machine, beyond having a gap: each check names the feature, the place and what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot, isfinite

from halfshaft.drive_unit.geometry.design import PHASES, Label, Region
from halfshaft.drive_unit.geometry.fault import GeometryError, mm, where
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.planar import PlanarGraph
from halfshaft.drive_unit.geometry.sector import Sector
from halfshaft.drive_unit.geometry.shapes import Edge, Point

BALANCE_TOLERANCE = 1e-6


def check_statements(
    edges: Sequence[Edge],
    labels: Sequence[Label],
    pole_pairs: int,
    slots: int,
    stack_length_m: float,
    stacking_factor: float,
    steels: Mapping[str, Steel],
    magnets: Mapping[str, Magnet],
) -> None:
    """Refuse figures and labels that mean nothing, before anything is drawn from them."""
    if not edges:
        raise GeometryError("drawing", "it has no edge")
    for edge in edges:
        centre = edge.centre or (0.0, 0.0)
        if not all(isfinite(value) for value in (*edge.start, *edge.end, *centre, edge.sweep_rad)):
            raise GeometryError(edge.feature or "drawing", f"an edge has a coordinate that is no number: {edge}")
    if pole_pairs < 1:
        raise GeometryError("pole pairs", f"{pole_pairs} pole pairs; a machine has at least one")
    if slots < 0:
        raise GeometryError("slots", f"{slots} slots; a number of slots is not negative")
    if not stack_length_m > 0.0:
        raise GeometryError("stack length", f"{mm(stack_length_m)}; it must be positive")
    if not 0.0 < stacking_factor <= 1.0:
        raise GeometryError("stacking factor", f"{stacking_factor}; it lies above 0 and not above 1")
    for label in labels:
        _check_label(label, steels, magnets)


def _check_label(label: Label, steels: Mapping[str, Steel], magnets: Mapping[str, Magnet]) -> None:
    at = f"at {where(label.point)}"
    library: Mapping[str, object] | None = {"iron": steels, "magnet": magnets}.get(label.kind)
    if library is not None and label.material not in library:
        known = ", ".join(sorted(library)) or "none"
        raise GeometryError(label.name, f"{label.kind} {at} is of {label.material!r}, which is not among: {known}")
    if label.kind == "magnet" and (label.magnetisation_rad is None or not isfinite(label.magnetisation_rad)):
        raise GeometryError(label.name, f"the magnet {at} has no direction of magnetisation")
    if label.kind == "stator_winding" and label.phase not in range(PHASES):
        raise GeometryError(label.name, f"the winding {at} is of phase {label.phase}; phases are 0, 1 and 2")
    if not isfinite(label.conductors):
        raise GeometryError(label.name, f"the winding {at} has {label.conductors} conductors; it must be a number")


def check_labels(labels: Sequence[Label], face: Sequence[int], loose: Sequence[Point]) -> None:
    """Every label needs a face, and no face two meanings. ``loose`` are ends that meet nothing: outlines may be open there."""
    owner: dict[int, Label] = {}
    for label, number in zip(labels, face, strict=True):
        if number < 0:
            if label.kind == "air":
                continue
            raise GeometryError(
                label.name,
                f"its point at {where(label.point)} lies in no face of the drawing: outside of it, or on an outline",
            )
        other = owner.setdefault(number, label)
        if _meaning(other) != _meaning(label):
            raise GeometryError(
                label.name,
                f"at {where(label.point)} shares one face with {other.name} at {where(other.point)}; "
                f"a closed outline must separate them{_open_near(label.point, loose)}",
            )


def _meaning(label: Label) -> tuple[object, ...]:
    return label.kind, label.material, label.magnetisation_rad, label.phase, label.conductors


def _open_near(point: Point, loose: Sequence[Point]) -> str:
    if not loose:
        return ""
    nearest = min(loose, key=lambda end: hypot(end[0] - point[0], end[1] - point[1]))
    return f" (an outline ends open at {where(nearest)})"


def check_parts(regions: Sequence[Region]) -> None:
    """Magnets and field winding belong to the rotor, the stator winding to the stator, and the stator needs iron."""
    for region in regions:
        label = region.label
        at = where(label.point)
        if label.kind == "stator_winding" and region.part == "rotor":
            raise GeometryError(label.name, f"the stator winding at {at} lies inside the gap, in the rotor")
        if label.kind in ("magnet", "field_winding", "cage") and region.part == "stator":
            kind = label.kind.replace("_", " ")
            raise GeometryError(
                label.name, f"the {kind} at {at} lies outside the gap, in the stator; it belongs to the rotor"
            )
    if not any(region.label.kind == "iron" and region.part == "stator" for region in regions):
        raise GeometryError("stator", "no label names its iron")


def check_sides(graph: PlanarGraph, regions: Sequence[Region], sector: Sector) -> None:
    """What lies at a radius of one side must be what lies there on the other, or the sector does not repeat."""
    label_at = {}
    for region in regions:
        for loop in (region.outline, *region.holes):
            for edge in loop:
                label_at[(edge.start, edge.end)] = region.label
    for edge in graph.edges:
        (x, y), (u, v) = edge.start, edge.end
        if edge.centre is not None or y != 0.0 or v != 0.0 or min(x, u) < 0.0:
            continue
        inner, outer = sorted((x, u))
        near = label_at.get(((inner, 0.0), (outer, 0.0)))
        begin = sector.on_far_side(inner) if inner > 0.0 else (0.0, 0.0)
        far = label_at.get((sector.on_far_side(outer), begin))
        if near is None or far is None or (near.kind, near.material) != (far.kind, far.material):
            names = [label.name if label else "nothing" for label in (near, far)]
            raise GeometryError(
                "sector sides",
                f"between r = {1e3 * inner:.3f} and {1e3 * outer:.3f} mm there is {names[0]} on the side at angle 0 and "
                f"{names[1]} on the far side; the two sides must repeat each other",
            )


def winding_notes(regions: Sequence[Region]) -> list[str]:
    """A remark where the phases have unequal numbers of conductors: the winding is not balanced."""
    totals = [0.0] * PHASES
    for region in regions:
        if region.label.kind == "stator_winding" and region.label.phase is not None:
            totals[region.label.phase] += abs(region.label.conductors)
    if max(totals) - min(totals) > BALANCE_TOLERANCE * max(totals):
        listed = ", ".join(f"{'ABC'[phase]} {total:g}" for phase, total in enumerate(totals))
        return [f"the winding is not balanced: conductors per phase in the drawn sector are {listed}"]
    return []
