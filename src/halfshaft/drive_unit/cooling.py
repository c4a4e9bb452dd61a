"""The thermal limit: how much heat a machine may shed without end.

The simplest honest rule: a water jacket takes a heat flux through the stator's cylinder, and the torque whose heat equals it
may be held for ever. The flux is fitted to published pairs of peak and continuous power; a thermal network with its time
constants is not part of this level.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CoolingLimit:
    """Heat flux through the stator's outer surface, and the temperature at which the windings are judged.

    ``rotor_heat_share`` of the excitation loss leaves through the stator; the rest goes through the shaft.
    """

    heat_flux_w_per_m2: float
    winding_temperature_k: float
    rotor_heat_share: float
