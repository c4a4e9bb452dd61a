"""From a machine's dimensions and its cooling to its thermal network: one-dimensional conduction between lumps.

A lump that makes or takes up its heat evenly over a depth d stands d / (3 k A) of thermal resistance above the surface A through which the
heat leaves. Wound wire and its resin lead heat across as the fibres of a composite do [Hashin and Shtrikman 1962, J. Appl. Phys. 33, for
the bound; it is used for windings, fill by fill], bars and their insulation as layers in series.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.heat_paths import HeatPaths
from halfshaft.drive_unit.machine import FieldWinding, Machine, SquirrelCage
from halfshaft.drive_unit.thermal.estimate import STEEL_KG_PER_M3, estimated_heat_paths
from halfshaft.drive_unit.thermal.network import (
    AIR_W_PER_MK,
    CONDUCTOR,
    END,
    HOUSING,
    ROTOR,
    SHAFT,
    SLOT,
    TEETH,
    YOKE,
    Exciter,
    ThermalNetwork,
)

Array = NDArray[np.float64]

COPPER_W_PER_MK, IRON_W_PER_MK = 390.0, 25.0  # iron: electrical steel of about 3 % silicon, along the sheet
_COPPER_J_PER_KGK, _IRON_J_PER_KGK, _ALUMINIUM_J_PER_KGK, _MAGNET_J_PER_KGK = 385.0, 460.0, 900.0, 460.0
_COOLANT_J_PER_M3K = 1045.0 * 3500.0  # half water, half glycol at 60 to 70 degC, of the order
_SHRINKAGE_M = 2e-5  # air between a cast bar and its slot (assumption)
_POCKET_M = 1e-4  # glue or clearance around a magnet (assumption)
_BEARING_PATH_M = 0.05  # along the shaft from stack to end shield (assumption)
_CHANNEL_SHARE = 0.6  # bore of a cooled shaft over its diameter (assumption)
_LEAST_SHAFT_M = 5e-3  # radius, where a drawing has iron down to the axis
_LEAST_J_PER_K, _LEAST_M = 1.0, 1e-3  # of machines without end turns, which only an idealisation has


def thermal_network(machine: Machine, cooling: Cooling) -> ThermalNetwork:
    """The network of a machine under a cooling; see the theory of heat for every path."""
    lamination, length = machine.lamination, machine.stack_length_m
    paths = lamination.heat_paths or estimated_heat_paths(lamination)
    radius = 0.5 * lamination.bore_diameter_m - paths.gap_m
    shaft_radius = max(paths.rotor_bore_radius_m, _LEAST_SHAFT_M)
    between, coolant, air = np.zeros((8, 8)), np.zeros(8), np.zeros(8)

    def link(a: int, b: int, *resistances: float) -> None:
        between[a, b] = between[b, a] = 1.0 / sum(resistances)

    # Stator: copper through its insulation into tooth sides and slot bottom, along the tooth into the yoke, across the contact.
    side_w_per_mk, radial_w_per_mk = _winding_w_per_mk(machine, paths, cooling.insulation_w_per_mk)
    liner = cooling.slot_insulation_m / cooling.insulation_w_per_mk
    outer, bottom = 0.5 * lamination.outer_diameter_m, paths.slot_bottom_radius_m
    depth = bottom - 0.5 * lamination.bore_diameter_m
    tooth_width = max(paths.teeth_kg_per_m / (STEEL_KG_PER_M3 * lamination.slots * depth), _LEAST_M)
    sides = 2.0 * lamination.slots * paths.slot_height_m * length
    bottoms = lamination.slots * paths.slot_width_m * length
    cylinder = 2.0 * np.pi * outer * length
    link(
        SLOT, TEETH, _lump(0.5 * paths.slot_width_m, side_w_per_mk, sides), liner / sides,
        _lump(0.5 * tooth_width, IRON_W_PER_MK, sides),
    )  # fmt: skip
    link(SLOT, YOKE, _lump(paths.slot_height_m, radial_w_per_mk, bottoms), liner / bottoms)
    link(
        TEETH, YOKE, _lump(depth, IRON_W_PER_MK, lamination.slots * tooth_width * length),
        0.5 * (outer - bottom) / (IRON_W_PER_MK * 2.0 * np.pi * bottom * length),
    )  # fmt: skip
    link(
        YOKE, HOUSING, 0.5 * (outer - bottom) / (IRON_W_PER_MK * cylinder),
        cooling.contact_gap_m / (AIR_W_PER_MK * cylinder),
    )  # fmt: skip
    coolant[HOUSING] = cooling.jacket_w_per_m2k * cylinder
    # End turns: along the copper, half a length to either side.
    end_m = max(lamination.end_turn_length_m, _LEAST_M)
    link(SLOT, END, _lump(0.5 * (length + end_m), COPPER_W_PER_MK, 2.0 * lamination.slot_copper_area_m2))
    outline = 2.0 * (paths.slot_height_m + paths.slot_width_m)
    air[END] = 2.0 * lamination.slots * outline * 0.5 * end_m
    shields = 2.0 * np.pi * outer**2 + 2.0 * np.pi * outer * lamination.end_space_length_m
    air[HOUSING] = shields

    # Rotor: conductors into iron, iron into the shaft, along the shaft into the end shields.
    rotor, exciter = lamination.rotor, None
    contact = max(paths.rotor_contact_m, _LEAST_M) * length
    if isinstance(rotor, FieldWinding):
        poles = 2 * lamination.pole_pairs
        copper = 2 * poles * rotor.coil_side_copper_area_m2
        across = _composite_w_per_mk(copper / paths.rotor_conductor_m2, cooling.insulation_w_per_mk)
        thickness = paths.rotor_conductor_m2 / max(paths.rotor_contact_m, _LEAST_M)
        insulation = cooling.coil_insulation_m / cooling.insulation_w_per_mk
        link(CONDUCTOR, ROTOR, _lump(thickness, across, contact), insulation / contact)
        side = np.sqrt(paths.rotor_conductor_m2 / (2 * poles))
        ends, rotor_ends = CONDUCTOR, 2 * poles * rotor.end_turn_length_m * 3.0 * side
        conductor_j_per_k = rotor.copper_mass_kg(poles, length) * _COPPER_J_PER_KGK
        conductor_limit = cooling.rotor_winding_limit_k
        resistance = rotor.resistance_ohm(poles, length, cooling.winding_temperature_k)
        exciter = Exciter(rotor.brush_drop_v, resistance, rotor.exciter_efficiency)
    elif isinstance(rotor, SquirrelCage):
        # cast into its slots: no insulation, but a slit where it shrank
        link(CONDUCTOR, ROTOR, _SHRINKAGE_M / AIR_W_PER_MK / contact)
        ends, rotor_ends = CONDUCTOR, 2.0 * np.pi * (radius**2 - shaft_radius**2)
        conductor_j_per_k = rotor.mass_kg(length) * rotor.joule_per_kg_k
        conductor_limit = cooling.rotor_winding_limit_k
        exciter = Exciter(0.0, 1.0, 1.0)  # no brushes, nothing lost on the way: all of it is the cage's own
    else:
        link(CONDUCTOR, ROTOR, _POCKET_M / cooling.insulation_w_per_mk / contact)
        ends, rotor_ends = ROTOR, 2.0 * np.pi * (radius**2 - shaft_radius**2)
        conductor_j_per_k = rotor.mass_kg_per_m * length * _MAGNET_J_PER_KGK
        conductor_limit = cooling.magnet_limit_k
    air[ends] = rotor_ends
    link(ROTOR, SHAFT, np.log(0.5 * (radius + shaft_radius) / shaft_radius) / (2.0 * np.pi * IRON_W_PER_MK * length))
    link(SHAFT, HOUSING, _BEARING_PATH_M / (2.0 * np.pi * shaft_radius**2 * IRON_W_PER_MK))
    coolant[SHAFT] = cooling.rotor_channel_w_per_m2k * 2.0 * np.pi * _CHANNEL_SHARE * shaft_radius * length
    coolant[[END, ends]] += cooling.oil_spray_w_per_m2k * air[[END, ends]]

    end_share = lamination.end_turn_length_m / (lamination.end_turn_length_m + length)
    stator_copper_j_per_k = machine.stator_copper_kg * _COPPER_J_PER_KGK
    capacity = np.empty(8)
    capacity[SLOT] = (1.0 - end_share) * stator_copper_j_per_k
    capacity[END] = max(end_share * stator_copper_j_per_k, _LEAST_J_PER_K)
    capacity[TEETH] = paths.teeth_kg_per_m * length * _IRON_J_PER_KGK
    capacity[YOKE] = paths.yoke_kg_per_m * length * _IRON_J_PER_KGK
    capacity[CONDUCTOR] = conductor_j_per_k
    capacity[ROTOR] = paths.rotor_iron_kg_per_m * length * _IRON_J_PER_KGK
    capacity[SHAFT] = max(lamination.shaft_kg_per_m * length * _IRON_J_PER_KGK, _LEAST_J_PER_K)
    capacity[HOUSING] = (lamination.housing_kg_per_m * length + lamination.housing_ends_kg) * _ALUMINIUM_J_PER_KGK
    limit = np.full(8, np.inf)
    limit[[SLOT, END]] = cooling.winding_limit_k
    limit[CONDUCTOR] = conductor_limit
    return ThermalNetwork(
        machine=machine,
        capacity_j_per_k=capacity,
        between=between,
        to_coolant=coolant,
        coolant_w_per_k=2.0 * _COOLANT_J_PER_M3K * cooling.coolant_flow_m3_per_s,
        coolant_k=cooling.coolant_temperature_k,
        limit_k=limit,
        reference_k=cooling.winding_temperature_k,
        start_k=cooling.start_temperature_k,
        end_share=end_share,
        rotor_radius_m=radius,
        gap_m=paths.gap_m,
        air_area_m2=air,
        still_air_w_per_m2k=cooling.still_air_w_per_m2k,
        stirred_air_w_s_per_m3k=cooling.stirred_air_w_s_per_m3k,
        exciter=exciter,
    )


def _lump(depth_m: float, conductivity_w_per_mk: float, area_m2: float) -> float:
    """Resistance from the mean of an evenly heated depth to its surface, K/W."""
    return depth_m / (3.0 * conductivity_w_per_mk * area_m2)


def _winding_w_per_mk(machine: Machine, paths: HeatPaths, insulation_w_per_mk: float) -> tuple[float, float]:
    """Conductivity of the winding in a slot, towards its sides and along the radius."""
    lamination = machine.lamination
    fill = lamination.slot_copper_area_m2 / (lamination.slots * paths.slot_height_m * paths.slot_width_m)
    if paths.strands:
        wound = _composite_w_per_mk(fill, insulation_w_per_mk)
        return wound, wound
    layers = min(lamination.slot_copper_height_m / paths.slot_height_m, 1.0)
    return COPPER_W_PER_MK, 1.0 / (layers / COPPER_W_PER_MK + (1.0 - layers) / insulation_w_per_mk)


def _composite_w_per_mk(fill: float, matrix_w_per_mk: float) -> float:
    """Conductivity across copper wires that take the share ``fill`` of an insulation."""
    fill = min(fill, 1.0)
    into, out = (1.0 + fill) * COPPER_W_PER_MK, (1.0 - fill) * COPPER_W_PER_MK
    return matrix_w_per_mk * (into + (1.0 - fill) * matrix_w_per_mk) / (out + (1.0 + fill) * matrix_w_per_mk)
