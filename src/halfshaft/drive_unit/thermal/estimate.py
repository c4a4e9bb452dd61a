"""Heat paths of a lamination that no drawing tells of: rectangular slots from copper height and width, a rotor of usual proportions."""

from __future__ import annotations

from math import pi, sqrt

from halfshaft.drive_unit.gear_sizing import ALUMINIUM_KG_PER_M3
from halfshaft.drive_unit.heat_paths import HeatPaths
from halfshaft.drive_unit.machine import COPPER_DENSITY_KG_PER_M3, FieldWinding, Lamination, SquirrelCage

STEEL_KG_PER_M3, MAGNET_KG_PER_M3 = 7650.0, 7500.0
_TOOTH_TIP_SHARE = 0.12  # of the copper's height: what opening and wedge add to a slot's depth (assumption)
_SHAFT_RADIUS_SHARE = 0.35  # of the bore's radius (assumption)
_GAP_SHARE, _LEAST_GAP_M = 0.005, 0.5e-3  # of the bore's diameter (assumption)
_FIELD_FILL = 0.6  # copper of a field coil's area (assumption)
_COIL_CONTACT_SHARE = 0.5  # of a field coil's outline, square: against the pole's body and under its shoe (assumption)
_MAGNET_WIDTH_SHARE = 0.1  # thickness of a pole's magnets over the pole's width (assumption)


def estimated_heat_paths(lamination: Lamination) -> HeatPaths:
    """Heat paths from diameters, copper and masses; every share in it is an assumption."""
    outer, bore = 0.5 * lamination.outer_diameter_m, 0.5 * lamination.bore_diameter_m
    height = lamination.slot_copper_height_m
    width = lamination.slot_copper_area_m2 / (lamination.slots * height) / lamination.conductor_width_share
    depth = height * (1.0 + _TOOTH_TIP_SHARE)
    bottom = bore + depth
    yoke = STEEL_KG_PER_M3 * pi * (outer**2 - bottom**2)
    teeth = STEEL_KG_PER_M3 * (pi * (bottom**2 - bore**2) - lamination.slots * width * depth)
    gap = max(_GAP_SHARE * lamination.bore_diameter_m, _LEAST_GAP_M)
    rotor, poles = lamination.rotor, 2 * lamination.pole_pairs
    if isinstance(rotor, FieldWinding):
        conductor = 2 * poles * rotor.coil_side_copper_area_m2 / _FIELD_FILL
        contact = 2 * poles * _COIL_CONTACT_SHARE * 4.0 * sqrt(conductor / (2 * poles))
    elif isinstance(rotor, SquirrelCage):
        conductor = rotor.bars_kg_per_m / (
            COPPER_DENSITY_KG_PER_M3 if rotor.material == "copper" else ALUMINIUM_KG_PER_M3
        )
        contact = 2.0 * conductor / (_MAGNET_WIDTH_SHARE * 2.0 * pi * (bore - gap) / poles)
    else:
        conductor = rotor.mass_kg_per_m / MAGNET_KG_PER_M3
        contact = 2.0 * conductor / (_MAGNET_WIDTH_SHARE * 2.0 * pi * (bore - gap) / poles)
    return HeatPaths(
        gap_m=gap,
        teeth_kg_per_m=teeth,
        yoke_kg_per_m=yoke,
        rotor_iron_kg_per_m=max(lamination.steel_kg_per_m - teeth - yoke, 0.2 * lamination.steel_kg_per_m),
        rotor_bore_radius_m=_SHAFT_RADIUS_SHARE * bore,
        slot_bottom_radius_m=bottom,
        slot_height_m=height,
        slot_width_m=width,
        rotor_conductor_m2=conductor,
        rotor_contact_m=contact,
        strands=False,
    )
