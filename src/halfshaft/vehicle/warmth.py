"""How warm gear oil and tyres are on the dynamometer: what makes a gentle cycle dearer than the coast-down says.

Road-load coefficients hold for a car driven warm. In city driving oil and tyres are colder: oil is thicker and rubber loses more. Each
is one heat capacity that its own loss warms and the air cools; over a phase of constant mean loss its temperature follows an exponential,
of which the mean counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class HeatStore:
    """A lump of heat capacity in J/K that gives ``conductance_w_per_k`` times its excess over the surroundings to them."""

    capacity_j_per_k: float
    conductance_w_per_k: float
    surroundings_k: float

    def settled_k(self, heat_w: float) -> float:
        """Temperature after any time with this heat."""
        return self.surroundings_k + heat_w / self.conductance_w_per_k

    def over(self, start_k: float, heat_w: float, duration_s: float) -> tuple[float, float]:
        """(mean, end) temperature of a phase with constant heat."""
        settled = self.settled_k(heat_w)
        rate = self.conductance_w_per_k * duration_s / self.capacity_j_per_k
        decay = -math.expm1(-rate)
        mean = settled + (start_k - settled) * (decay / rate if rate > 0.0 else 1.0)
        return mean, settled + (start_k - settled) * (1.0 - decay)


@dataclass(frozen=True)
class Warmth:
    """Assumptions on oil and tyres, the same for every car.

    - The gear's oil and metal store ``gear_j_per_kg_k`` for each kilogram of the gear and give ``gear_w_per_k`` to air and machine, of a
      surface of about a quarter of a square metre in a fan's air; ``machine_share`` of the machine's loss comes to them as well.
    - Tyres: four of 10 kg at 1.7 kJ/(kg K), cooled by ``tyre_w_per_k`` and ``tyre_w_per_k_mps`` times the speed: at 80 km/h a tyre of usual
      rolling resistance is then some 25 K above the air. Rolling resistance falls by ``rolling_per_k`` with each kelvin of the tyre.
    - ``surroundings_k``: 23 degC, in the middle of the 20 to 30 degC of the test cell (40 CFR 1066.420).
    - ``coast_down_mps``: the speed at which the car is warmed for its coast-down, 80 km/h (SAE J2263 asks for half an hour of it).
    """

    surroundings_k: float = 296.15
    coast_down_mps: float = 80.0 / 3.6
    gear_j_per_kg_k: float = 600.0
    gear_w_per_k: float = 10.0
    machine_share: float = 0.1
    tyre_j_per_k: float = 68e3
    tyre_w_per_k: float = 30.0
    tyre_w_per_k_mps: float = 4.6
    rolling_per_k: float = 0.006

    def gear(self, mass_kg: float) -> HeatStore:
        """The oil and metal of a gear."""
        return HeatStore(self.gear_j_per_kg_k * mass_kg, self.gear_w_per_k, self.surroundings_k)

    def tyres(self, speed_mps: float) -> HeatStore:
        """All four tyres at a mean speed."""
        return HeatStore(self.tyre_j_per_k, self.tyre_w_per_k + self.tyre_w_per_k_mps * speed_mps, self.surroundings_k)
