"""What a drawing tells of a lamination: counts, diameters, copper and masses per metre, so that no kit has to state them again.

A drawing knows nothing of bearings, housing, shaft and exciter; those are the kit's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

from halfshaft.drive_unit.drawn_heat import drawn_heat_paths
from halfshaft.drive_unit.field.cage import bar_area_m2, ring_length_m
from halfshaft.drive_unit.field.winding_loss import conductor_area_m2, winding_slot_width_m
from halfshaft.drive_unit.geometry.design import MachineDesign, RectangularWire, Region
from halfshaft.drive_unit.heat_paths import HeatPaths
from halfshaft.drive_unit.machine import COPPER_DENSITY_KG_PER_M3, SquirrelCage

_COPPER_DENSITY_TOLERANCE = 0.05
_HEAVIER_THAN_ALUMINIUM_KG_PER_M3 = 5000.0
_COPPER_J_PER_KGK, _ALUMINIUM_J_PER_KGK = 385.0, 900.0


class Untold(ValueError):
    """A figure of the lamination that the drawing does not tell."""


@dataclass(frozen=True)
class DrawnField:
    """The rotor's copper as drawn; the copper area is that of one coil side."""

    turns_per_pole: float
    coil_side_copper_area_m2: float
    end_turn_length_m: float


@dataclass(frozen=True)
class DrawnLamination:
    """Fields of a `Lamination` that its drawing tells; ``field`` is None without a field winding, ``cage`` without one; magnets weigh
    ``magnet_kg_per_m``.

    Height and width share of the copper are None where the winding is not made of bars.
    """

    pole_pairs: int
    slots: int
    outer_diameter_m: float
    bore_diameter_m: float
    slot_copper_area_m2: float
    slot_copper_height_m: float | None
    conductor_width_share: float | None
    end_turn_length_m: float
    steel_kg_per_m: float
    magnet_kg_per_m: float
    heat_paths: HeatPaths
    field: DrawnField | None
    cage: SquirrelCage | None = None


def drawn_lamination(design: MachineDesign) -> DrawnLamination:
    """Read a lamination off its drawing. Raises Untold for what the design leaves open.

    The slot's width, for the share of it that copper takes, is the winding faces' area over their radial height.
    """
    winding = design.winding
    faces = _faces(design, "stator_winding")
    if winding is None or not faces:
        raise Untold("it has no stator winding")
    bars = winding.wire if isinstance(winding.wire, RectangularWire) else None
    if not winding.end_turn_length_m > 0.0:
        raise Untold("it does not tell how long an end turn of the stator is")
    if abs(winding.conductor.density_kg_per_m3 / COPPER_DENSITY_KG_PER_M3 - 1.0) > _COPPER_DENSITY_TOLERANCE:
        raise Untold(f"its stator winding is of {winding.conductor.name}, not of copper")
    slot_width_m = winding_slot_width_m(design)
    try:
        conductor_m2 = conductor_area_m2(design)
    except ValueError as error:
        raise Untold(str(error)) from None
    conductors = sum(abs(r.label.conductors) for r in faces) * design.sectors
    field = _field(design)
    return DrawnLamination(
        pole_pairs=design.pole_pairs,
        slots=design.slots,
        outer_diameter_m=2.0 * design.stator_outer_radius_m,
        bore_diameter_m=2.0 * design.stator_bore_radius_m,
        slot_copper_area_m2=conductors * conductor_m2,
        slot_copper_height_m=bars.layers * bars.height_m if bars else None,
        conductor_width_share=min(bars.width_m / slot_width_m, 1.0) if bars else None,
        end_turn_length_m=winding.end_turn_length_m,
        steel_kg_per_m=_iron_kg_per_m(design),
        magnet_kg_per_m=_magnets_kg_per_m(design),
        heat_paths=drawn_heat_paths(design),
        field=field,
        cage=_cage(design),
    )


def _field(design: MachineDesign) -> DrawnField | None:
    coil, faces = design.field_coil, _faces(design, "field_winding")
    magnets = _faces(design, "magnet")
    if coil is None or not faces:
        if not magnets and design.cage is None:
            raise Untold("its rotor has neither a field winding nor magnets nor a cage")
        return None
    if magnets:
        raise Untold("its rotor has both a field winding and magnets")
    if not coil.end_turn_length_m > 0.0:
        raise Untold("it does not tell how long an end turn of the field winding is")
    sides = 2 * design.sector_poles
    area_m2 = coil.copper_fill * sum(r.area_m2 for r in faces) / sides
    return DrawnField(coil.turns_per_pole, area_m2, coil.end_turn_length_m)


def _cage(design: MachineDesign) -> SquirrelCage | None:
    cage = design.cage
    if cage is None:
        return None
    density, area_m2 = cage.conductor.density_kg_per_m3, cage.bars * bar_area_m2(design)
    ring_m2 = 0.25 * pi * (cage.ring_outer_diameter_m**2 - cage.ring_inner_diameter_m**2)
    copper = density > _HEAVIER_THAN_ALUMINIUM_KG_PER_M3
    return SquirrelCage(
        ring_length_m=ring_length_m(design),
        temperature_coefficient_per_k=cage.conductor.temperature_coefficient_per_k,
        bars_kg_per_m=density * area_m2,
        rings_kg=2.0 * density * (ring_m2 * cage.ring_thickness_m + area_m2 * cage.overhang_m),
        material="copper" if copper else "aluminium",
        joule_per_kg_k=_COPPER_J_PER_KGK if copper else _ALUMINIUM_J_PER_KGK,
    )


def _iron_kg_per_m(design: MachineDesign) -> float:
    iron = _faces(design, "iron")
    areas = sum(r.area_m2 * design.steels[str(r.label.material)].density_kg_per_m3 for r in iron)
    return design.stacking_factor * design.sectors * areas


def _magnets_kg_per_m(design: MachineDesign) -> float:
    magnets = _faces(design, "magnet")
    return design.sectors * sum(r.area_m2 * design.magnets[str(r.label.material)].density_kg_per_m3 for r in magnets)


def _faces(design: MachineDesign, kind: str) -> list[Region]:
    return [r for r in design.regions if r.label.kind == kind]
