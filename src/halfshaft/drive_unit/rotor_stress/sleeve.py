"""A thin sleeve around a rotor: what its stretch and its own mass make of hoop stress and grip.

A sleeve of thickness t and modulus E, wound or pressed on with an interference, is stretched by it and by the rotor's growth u; what that
stretch pulls inwards, less what the sleeve needs for its own circle, is left as pressure on the rotor:

    sigma = E (interference + u) / r        p = (sigma - rho r^2 omega^2) t / r

(thin ring, e.g. Timoshenko, Strength of Materials II). It holds loose mass as long as p exceeds that mass's own pressure, and it lasts
as long as sigma stays below its strength. What the sleeve takes off the iron is not counted for the iron.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, pi, sqrt

from halfshaft.drive_unit.geometry.fault import mm


@dataclass(frozen=True)
class SleeveMaterial:
    """A sleeve's material along the hoop."""

    name: str
    youngs_modulus_pa: float
    density_kg_per_m3: float
    strength_pa: float
    source: str


CARBON_FIBRE = SleeveMaterial(
    "carbon fibre in epoxy",
    140e9,
    1600.0,
    1000e6,
    "assumption: standard-modulus fibre, 60 % by volume, with margin for wet winding",
)
STEEL_SLEEVE = SleeveMaterial("non-magnetic steel", 195e9, 7900.0, 900e6, "assumption: cold-worked austenitic steel")


@dataclass(frozen=True)
class Sleeve:
    """``interference_m`` is radial: by how much the sleeve's free inner radius falls short of the rotor's."""

    thickness_m: float
    interference_m: float
    material: SleeveMaterial = CARBON_FIBRE

    def __post_init__(self) -> None:
        if self.thickness_m <= 0.0 or self.interference_m < 0.0:
            raise ValueError(
                f"a sleeve {mm(self.thickness_m)} thick with {mm(self.interference_m)} of interference; give a thickness above 0 and an "
                "interference not below 0"
            )


@dataclass(frozen=True)
class SleeveStress:
    """A sleeve on a rotor of outer radius ``radius_m`` that grows by ``growth_m_s2`` (times speed squared).

    ``loose_pressure_pa_s2`` is what the mass that the sleeve alone holds presses outwards at 1 rad/s, per area of the rotor's surface.
    """

    sleeve: Sleeve
    radius_m: float
    growth_m_s2: float
    loose_pressure_pa_s2: float

    @property
    def middle_radius_m(self) -> float:
        """Radius of the sleeve's middle surface."""
        return self.radius_m + 0.5 * self.sleeve.thickness_m

    def hoop_stress_pa(self, speed_rad_per_s: float) -> float:
        """Hoop stress while the sleeve grips."""
        stretch = self.sleeve.interference_m + self.growth_m_s2 * speed_rad_per_s**2
        return self.sleeve.material.youngs_modulus_pa * stretch / self.radius_m

    def grip_pa(self, speed_rad_per_s: float) -> float:
        """Pressure on the rotor beyond what loose mass takes; at zero it lifts off."""
        return self._grip_at_rest_pa - self._grip_lost_pa_s2 * speed_rad_per_s**2

    @property
    def _grip_at_rest_pa(self) -> float:
        return self.hoop_stress_pa(0.0) * self.sleeve.thickness_m / self.middle_radius_m

    @property
    def _grip_lost_pa_s2(self) -> float:
        material = self.sleeve.material
        won = material.youngs_modulus_pa * self.growth_m_s2 / self.radius_m
        own = material.density_kg_per_m3 * self.middle_radius_m**2
        return (own - won) * self.sleeve.thickness_m / self.middle_radius_m + self.loose_pressure_pa_s2

    def speed_limit_rad_per_s(self, safety: float = 1.0, overspeed: float = 1.2) -> float:
        """Greatest speed at which, at overspeed, the sleeve neither tears (with ``safety``) nor lets go."""
        return min(self._bursting_rad_per_s(safety), self._letting_go_rad_per_s()) / overspeed

    def _bursting_rad_per_s(self, safety: float) -> float:
        material = self.sleeve.material
        room_m = material.strength_pa / safety * self.radius_m / material.youngs_modulus_pa - self.sleeve.interference_m
        if room_m <= 0.0:
            return 0.0
        return sqrt(room_m / self.growth_m_s2) if self.growth_m_s2 > 0.0 else inf

    def _letting_go_rad_per_s(self) -> float:
        lost = self._grip_lost_pa_s2
        return sqrt(self._grip_at_rest_pa / lost) if lost > 0.0 else inf

    @property
    def mass_kg_per_m(self) -> float:
        """Mass per metre of rotor."""
        return 2.0 * pi * self.middle_radius_m * self.sleeve.thickness_m * self.sleeve.material.density_kg_per_m3
