"""A machine as a thermal network: eight nodes between its losses and the coolant, made from its dimensions.

Copper in the slots and in the end turns, teeth, yoke, the rotor's conductors (winding or magnets), its iron, the shaft, and the housing;
the coolant is the ground. Conductances follow from lengths, areas and conductivities as for one-dimensional conduction [Mellor, Roberts
and Turner 1991, IEE Proc. B 138(5), for the kind of network], films and contacts from the kit's ``Cooling``. In the air gap heat passes by
conduction until Taylor's vortices set in [Becker and Kaye 1962, J. Heat Transfer 84]. The slots' shape is taken back from copper height
and width, as rectangles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.machine import (
    COPPER_TEMPERATURE_COEFFICIENT_PER_K,
    FieldWinding,
    Machine,
)

Array = NDArray[np.float64]

NODES = ("slot_winding", "end_winding", "teeth", "yoke", "rotor_conductor", "rotor_iron", "shaft", "housing")
SLOT, END, TEETH, YOKE, CONDUCTOR, ROTOR, SHAFT, HOUSING = range(8)

COPPER_W_PER_MK, IRON_W_PER_MK = 390.0, 25.0  # iron: electrical steel of about 3 % silicon, along the sheet
COPPER_J_PER_KGK, IRON_J_PER_KGK, ALUMINIUM_J_PER_KGK, MAGNET_J_PER_KGK = 385.0, 460.0, 900.0, 460.0
STEEL_KG_PER_M3, MAGNET_KG_PER_M3 = 7650.0, 7500.0
# Air at about 100 degC.
_AIR_W_PER_MK, _AIR_M2_PER_S, _AIR_PRANDTL = 0.031, 2.3e-5, 0.70
_TOOTH_TIP_SHARE = 0.12  # of the copper's height: what opening and wedge add to a slot's depth (assumption)
_SHAFT_RADIUS_SHARE = 0.35  # of the rotor's radius (assumption)
_LEAST_GAP_M = 0.5e-3
_LEAST_J_PER_K = 1.0  # of a machine without end turns, which only an idealisation has
_REFERENCE_K = 293.15


@dataclass(frozen=True, eq=False)
class ThermalNetwork:
    """Heat capacities (8,) in J/K and conductances in W/K of the nodes ``NODES``.

    ``between`` (8, 8) is symmetric with an empty diagonal; ``to_coolant`` (8,) leads to ``coolant_k``. What the rotor's speed changes
    stands in ``gap`` and ``end_space`` and is added by ``conductance``. ``limit_k`` (8,) is infinite where nothing is at risk.
    ``reference_k`` is the windings' temperature in the losses that the network is given, ``end_share`` the end turns' share of the stator's
    copper.
    """

    capacity_j_per_k: Array
    between: Array
    to_coolant: Array
    coolant_k: float
    limit_k: Array
    reference_k: float
    start_k: float
    end_share: float
    rotor_radius_m: float
    gap_m: float
    gap_area_m2: float
    end_area_m2: tuple[float, float]
    still_air_w_per_m2k: float
    stirred_air_w_s_per_m3k: float
    excitation_inside: float

    def gap_w_per_k(self, speed_rad_per_s: ArrayLike) -> Array:
        """Conductance of the air gap, stator to rotor, at speeds of any shape.

        Nusselt number over the gap 2 below a modified Taylor number of 1,740, then 0.128 Ta^0.367 [Becker and Kaye 1962], where
        Ta = omega^2 r gap^3 / nu^2.
        """
        omega = np.abs(np.asarray(speed_rad_per_s, dtype=float))
        taylor = omega**2 * self.rotor_radius_m * self.gap_m**3 / _AIR_M2_PER_S**2
        nusselt = np.where(taylor > 1740.0, np.maximum(0.128 * np.maximum(taylor, 1.0) ** 0.367, 2.0), 2.0)
        conductance: Array = nusselt * _AIR_W_PER_MK / (2.0 * self.gap_m) * self.gap_area_m2
        return conductance

    def conductance(self, speed_rad_per_s: Array) -> Array:
        """(n, 8, 8) matrices G at speeds (n,): heat that leaves node i is (G T)_i with temperatures over the coolant."""
        n = len(speed_rad_per_s)
        links = np.broadcast_to(self.between, (n, 8, 8)).copy()
        surface_mps = np.abs(speed_rad_per_s) * self.rotor_radius_m
        film = self.still_air_w_per_m2k + self.stirred_air_w_s_per_m3k * surface_mps

        def link(a: int, b: int, value: Array) -> None:
            links[:, a, b] += value
            links[:, b, a] += value

        link(TEETH, ROTOR, self.gap_w_per_k(speed_rad_per_s))
        link(END, HOUSING, film * self.end_area_m2[0])
        link(CONDUCTOR, HOUSING, film * self.end_area_m2[1])
        matrix = -links
        index = np.arange(8)
        matrix[:, index, index] = links.sum(axis=2) + self.to_coolant
        return matrix

    def heat(self, loss_w: dict[str, Array]) -> tuple[Array, Array]:
        """(..., 8) heat of each node that does not depend on its temperature, and copper's heat at ``reference_k``, from losses by part.

        What the brushes and the exciter's electronics lose stays outside. Bearings and windage warm shaft and rotor iron.
        """
        shape = next(iter(loss_w.values())).shape
        fixed, copper = np.zeros((*shape, 8)), np.zeros((*shape, 8))
        copper[..., SLOT] = (1.0 - self.end_share) * loss_w["stator_copper"]
        copper[..., END] = self.end_share * loss_w["stator_copper"]
        copper[..., CONDUCTOR] = self.excitation_inside * loss_w["excitation"]
        # Of the stator's iron loss teeth and yoke have shares like their masses.
        share = self.capacity_j_per_k[TEETH] / (self.capacity_j_per_k[TEETH] + self.capacity_j_per_k[YOKE])
        fixed[..., TEETH] = share * loss_w["stator_iron"]
        fixed[..., YOKE] = (1.0 - share) * loss_w["stator_iron"]
        fixed[..., CONDUCTOR] = loss_w["magnets"]
        fixed[..., ROTOR] = loss_w["rotor_iron"] + 0.5 * loss_w["mechanical"]
        fixed[..., SHAFT] = 0.5 * loss_w["mechanical"]
        return fixed, copper

    @property
    def copper_rise_per_k(self) -> float:
        """Rise of the copper's resistance over that at the reference temperature, per kelvin."""
        alpha = COPPER_TEMPERATURE_COEFFICIENT_PER_K
        return alpha / (1.0 + alpha * (self.reference_k - _REFERENCE_K))


def thermal_network(machine: Machine, cooling: Cooling) -> ThermalNetwork:
    """The network of a machine. The exciter's efficiency decides how much of the excitation's loss is the rotor's copper."""
    lamination, length = machine.lamination, machine.stack_length_m
    outer, bore = 0.5 * lamination.outer_diameter_m, 0.5 * lamination.bore_diameter_m
    slots, height = lamination.slots, lamination.slot_copper_height_m
    copper_width = lamination.slot_copper_area_m2 / (slots * height)
    slot_width = copper_width / lamination.conductor_width_share
    depth = height * (1.0 + _TOOTH_TIP_SHARE)
    root = bore + depth
    tooth_width = 2.0 * np.pi * (bore + 0.5 * depth) / slots - slot_width
    tooth_area, yoke_area = slots * tooth_width * depth, np.pi * (outer**2 - root**2)
    stator_kg = STEEL_KG_PER_M3 * (tooth_area + yoke_area) * length
    rotor_kg = max(lamination.steel_kg_per_m * length - stator_kg, 0.2 * lamination.steel_kg_per_m * length)
    end_share = lamination.end_turn_length_m / (lamination.end_turn_length_m + length)
    rotor = lamination.rotor
    gap = _gap(lamination.bore_diameter_m)
    radius, shaft_radius = bore - gap, _SHAFT_RADIUS_SHARE * bore

    capacity = np.empty(8)
    capacity[SLOT] = (1.0 - end_share) * machine.stator_copper_kg * COPPER_J_PER_KGK
    capacity[END] = max(end_share * machine.stator_copper_kg * COPPER_J_PER_KGK, _LEAST_J_PER_K)
    capacity[TEETH] = STEEL_KG_PER_M3 * tooth_area * length * IRON_J_PER_KGK
    capacity[YOKE] = STEEL_KG_PER_M3 * yoke_area * length * IRON_J_PER_KGK
    capacity[ROTOR] = rotor_kg * IRON_J_PER_KGK
    capacity[SHAFT] = max(lamination.shaft_kg_per_m * length, 0.5) * IRON_J_PER_KGK
    capacity[HOUSING] = (lamination.housing_kg_per_m * length + lamination.housing_ends_kg) * ALUMINIUM_J_PER_KGK

    links = np.zeros((8, 8))
    coolant = np.zeros(8)

    def link(a: int, b: int, *resistances: float) -> None:
        links[a, b] = links[b, a] = 1.0 / sum(resistances)

    # Stator: copper through its insulation into tooth sides and slot bottom, along the tooth into the yoke, across the contact.
    insulation = cooling.slot_insulation_m / cooling.insulation_w_per_mk
    sides = 2.0 * slots * height * length
    link(SLOT, TEETH, insulation / sides, tooth_width / (4.0 * IRON_W_PER_MK * sides))
    link(SLOT, YOKE, insulation / (slots * slot_width * length))
    along_tooth = 0.5 * depth / (IRON_W_PER_MK * slots * tooth_width * length)
    link(TEETH, YOKE, along_tooth, 0.5 * (outer - root) / (IRON_W_PER_MK * 2.0 * np.pi * root * length))
    cylinder = 2.0 * np.pi * outer * length
    link(
        YOKE,
        HOUSING,
        0.5 * (outer - root) / (IRON_W_PER_MK * cylinder),
        cooling.contact_gap_m / (_AIR_W_PER_MK * cylinder),
    )
    coolant[HOUSING] = cooling.jacket_w_per_m2k * cylinder
    # End turns: along the copper to the middle of the stack's half, on both sides.
    path = 0.25 * length + 0.25 * lamination.end_turn_length_m
    link(SLOT, END, path / (COPPER_W_PER_MK * 2.0 * lamination.slot_copper_area_m2))
    end_surface = 2.0 * slots * 2.0 * (height + copper_width) * 0.5 * lamination.end_turn_length_m
    coolant[END] = cooling.oil_spray_w_per_m2k * end_surface

    # Rotor.
    if isinstance(rotor, FieldWinding):
        poles = 2 * lamination.pole_pairs
        side = np.sqrt(rotor.coil_side_copper_area_m2)
        capacity[CONDUCTOR] = rotor.copper_mass_kg(poles, length) * COPPER_J_PER_KGK
        contact = 2 * poles * 2.0 * side * length  # a coil side touches the pole body and the shoe above it
        link(CONDUCTOR, ROTOR, cooling.coil_insulation_m / cooling.insulation_w_per_mk / contact)
        end_surfaces = (end_surface, poles * 2.0 * rotor.end_turn_length_m * 3.0 * side)
        conductor_limit, inside = cooling.rotor_winding_limit_k, rotor.exciter_efficiency
    else:
        capacity[CONDUCTOR] = rotor.mass_kg_per_m * length * MAGNET_J_PER_KGK
        # Magnets in their pockets lie against iron on both faces; thickness a tenth of the pole's width.
        faces = 2.0 * rotor.mass_kg_per_m / MAGNET_KG_PER_M3 / (0.1 * np.pi * radius / lamination.pole_pairs) * length
        link(CONDUCTOR, ROTOR, cooling.coil_insulation_m / cooling.insulation_w_per_mk / faces)
        end_surfaces = (end_surface, 2.0 * np.pi * (radius**2 - shaft_radius**2))
        conductor_limit, inside = cooling.magnet_limit_k, 1.0
    coolant[CONDUCTOR] = cooling.oil_spray_w_per_m2k * end_surfaces[1]
    link(ROTOR, SHAFT, np.log(0.7 * radius / shaft_radius) / (2.0 * np.pi * IRON_W_PER_MK * length))
    bearings = 2.0 * np.pi * shaft_radius**2 * IRON_W_PER_MK / 0.05  # along the shaft into the end shields
    links[SHAFT, HOUSING] = links[HOUSING, SHAFT] = bearings
    coolant[SHAFT] = cooling.rotor_channel_w_per_m2k * 2.0 * np.pi * 0.6 * shaft_radius * length

    limit = np.full(8, np.inf)
    limit[[SLOT, END]] = cooling.winding_limit_k
    limit[CONDUCTOR] = conductor_limit
    return ThermalNetwork(
        capacity_j_per_k=capacity,
        between=links,
        to_coolant=coolant,
        coolant_k=cooling.coolant_temperature_k,
        limit_k=limit,
        reference_k=cooling.winding_temperature_k,
        start_k=cooling.start_temperature_k,
        end_share=end_share,
        rotor_radius_m=radius,
        gap_m=gap,
        gap_area_m2=2.0 * np.pi * radius * length,
        end_area_m2=end_surfaces,
        still_air_w_per_m2k=cooling.still_air_w_per_m2k,
        stirred_air_w_s_per_m3k=cooling.stirred_air_w_s_per_m3k,
        excitation_inside=inside,
    )


def _gap(bore_diameter_m: float) -> float:
    """Air gap that machines of a bore have: about half a percent of it (assumption; a lamination does not state its gap)."""
    return max(0.005 * bore_diameter_m, _LEAST_GAP_M)
