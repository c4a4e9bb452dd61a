"""Where a machine's heat may go: iron by its place, slots, and what the rotor's conductors touch.

All of the whole cross-section, per metre of stack where it scales. A drawing tells them (``drawn``); for a lamination without them
they are estimated from its diameters and copper (``thermal.estimate``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeatPaths:
    """Radii, masses and contacts.

    A slot's winding is ``slot_height_m`` high radially and ``slot_width_m`` wide on average. The rotor's conductors, coils or magnets, fill
    ``rotor_conductor_m2`` with their insulation and touch iron over ``rotor_contact_m`` of their outlines, over which their heat leaves
    them. ``strands`` tells wound wire, which leads heat badly across, from bars.
    """

    gap_m: float
    teeth_kg_per_m: float
    yoke_kg_per_m: float
    rotor_iron_kg_per_m: float
    rotor_bore_radius_m: float
    slot_bottom_radius_m: float
    slot_height_m: float
    slot_width_m: float
    rotor_conductor_m2: float
    rotor_contact_m: float
    strands: bool
