"""What a drawing tells of heat paths: masses, slots and contacts measured on its faces."""

from __future__ import annotations

from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.winding_loss import winding_slot_width_m
from halfshaft.drive_unit.geometry.design import Kind, MachineDesign, Part, RectangularWire, Region
from halfshaft.drive_unit.heat_paths import HeatPaths

_TOUCH_M = 1e-3  # farther from iron than an insulation is thick, a conductor stands in air
_SAMPLE_M = 5e-4


def drawn_heat_paths(design: MachineDesign) -> HeatPaths:
    """Read them off a drawing with a stator winding and a rotor that has conductors or magnets."""
    winding = _faces(design, "stator", ("stator_winding",))
    conductors = _faces(design, "rotor", ("field_winding", "magnet", "cage"))
    radii = np.hypot(*np.concatenate([_points(r, 9)[0] for r in winding]).T)
    bottom_m = float(radii.max())
    yoke_m2 = pi * (design.stator_outer_radius_m**2 - bottom_m**2)
    stator = _faces(design, "stator", ("iron",))
    stator_kg = _iron_kg_per_m(design, stator)
    stator_m2 = design.sectors * sum(r.area_m2 for r in stator)
    yoke_kg = stator_kg * min(yoke_m2 / stator_m2, 1.0)
    iron = _faces(design, "rotor", ("iron",))
    return HeatPaths(
        gap_m=design.gap_m,
        teeth_kg_per_m=stator_kg - yoke_kg,
        yoke_kg_per_m=yoke_kg,
        rotor_iron_kg_per_m=_iron_kg_per_m(design, iron),
        rotor_bore_radius_m=design.rotor_inner_radius_m,
        slot_bottom_radius_m=bottom_m,
        slot_height_m=bottom_m - float(radii.min()),
        slot_width_m=winding_slot_width_m(design),
        rotor_conductor_m2=design.sectors * sum(r.area_m2 for r in conductors),
        rotor_contact_m=design.sectors * _contact_m(conductors, iron),
        strands=not isinstance(design.winding.wire if design.winding else None, RectangularWire),
    )


def _contact_m(faces: list[Region], iron: list[Region]) -> float:
    """Length of the faces' outlines along which iron is no farther than an insulation's thickness."""
    if not faces or not iron:
        return 0.0
    near = np.concatenate([_points(r)[0] for r in iron])
    contact = 0.0
    for face in faces:
        points, lengths = _points(face)
        square = ((points[:, None, :] - near[None, :, :]) ** 2).sum(axis=2).min(axis=1)
        contact += float(lengths[square <= _TOUCH_M**2].sum())
    return contact


def _points(region: Region, least: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points in the middle of pieces of the outline and holes, (k, 2), and the pieces' lengths (k,); with ``least`` > 1 also the ends."""
    points: list[tuple[float, float]] = []
    lengths: list[float] = []
    for edge in [edge for loop in (region.outline, *region.holes) for edge in loop]:
        pieces = max(least, ceil(edge.length_m / _SAMPLE_M))
        shares = np.linspace(0.0, 1.0, pieces) if least > 1 else (np.arange(pieces) + 0.5) / pieces
        points += [edge.point_at(float(share)) for share in shares]
        lengths += [edge.length_m / pieces] * pieces
    return np.array(points), np.array(lengths)


def _iron_kg_per_m(design: MachineDesign, faces: list[Region]) -> float:
    areas = sum(r.area_m2 * design.steels[str(r.label.material)].density_kg_per_m3 for r in faces)
    return design.stacking_factor * design.sectors * areas


def _faces(design: MachineDesign, part: Part, kinds: tuple[Kind, ...]) -> list[Region]:
    return [r for r in design.regions if r.part == part and r.label.kind in kinds]
