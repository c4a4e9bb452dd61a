"""Cooling: where a unit's heat may go, and how hot what may become.

Stated once for a kit. What no drawing tells of heat paths (contact of stack and housing, slot insulation, films of coolant and air) is
stated here as the few figures that are known to be hard to predict [Staton, Boglietti and Cavagnino 2005, IEEE Trans. Energy Convers.
20(3)]; the network (``thermal``) takes all else from the machine's dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf


@dataclass(frozen=True)
class Cooling:
    """Coolant, films, contacts and limits.

    The jacket lies around the stator; its film coefficient counts on the stack's cylinder, fins and channels included.
    ``oil_spray_w_per_m2k`` wets the end windings of the stator and the ends of the rotor, ``rotor_channel_w_per_m2k`` the bore of the
    shaft, both at the coolant's temperature; zero where there is none. ``contact_gap_m`` is air between stack and housing,
    ``slot_insulation_m`` and ``coil_insulation_m`` are insulation of ``insulation_w_per_mk`` between copper and iron of stator and rotor,
    impregnation included. ``still_air_w_per_m2k`` is still air's film in the end spaces, to which ``stirred_air_w_s_per_m3k`` is added for
    each m/s of the rotor's surface. Losses are computed with windings at ``winding_temperature_k``; ``start_temperature_k`` is what a
    time-limited rating begins with, and the other temperatures are limits. Raises ValueError for figures that are not positive where they
    must be, or limits below the coolant. ``coolant_temperature_k`` is where it comes in; ``coolant_flow_m3_per_s`` decides how much it
    warms up on its way, by default not at all.
    """

    coolant_temperature_k: float
    jacket_w_per_m2k: float
    oil_spray_w_per_m2k: float
    rotor_channel_w_per_m2k: float
    contact_gap_m: float
    slot_insulation_m: float
    coil_insulation_m: float
    insulation_w_per_mk: float
    still_air_w_per_m2k: float
    stirred_air_w_s_per_m3k: float
    winding_temperature_k: float
    start_temperature_k: float
    winding_limit_k: float
    rotor_winding_limit_k: float
    magnet_limit_k: float
    coolant_flow_m3_per_s: float = inf

    def __post_init__(self) -> None:
        may_be_zero = ("oil_spray_w_per_m2k", "rotor_channel_w_per_m2k", "stirred_air_w_s_per_m3k")
        for field in fields(self):
            value = getattr(self, field.name)
            if not (value > 0.0 or (value == 0.0 and field.name in may_be_zero)):
                raise ValueError(f"cooling: {field.name} must be positive, not {value:g}")
        for name in ("winding_limit_k", "rotor_winding_limit_k", "magnet_limit_k", "start_temperature_k"):
            if getattr(self, name) < self.coolant_temperature_k:
                raise ValueError(
                    f"cooling: {name} is {getattr(self, name):g} K, below the coolant's {self.coolant_temperature_k:g} K"
                )
