"""Road load: what holds a car back on a level road or on a grade.

The three coefficients of the coast-down regulations are the whole model: F = A + B v + C v². They may be measured (coast-down,
dynamometer) or put together from rolling resistance and drag; whoever uses them need not know which.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

GRAVITY_MPS2 = 9.80665
"""Standard acceleration of free fall (ISO 80000-3:2019)."""

REFERENCE_AIR_DENSITY_KG_PER_M3 = 1.189
"""Dry air at 20 °C and 100 kPa, the reference condition of UN GTR No. 15, Annex 4."""


@dataclass(frozen=True, slots=True)
class RoadLoad:
    """Resistance A + B v + C v² of one car, v in m/s, the result in N.

    `b_n_per_mps` may be negative: the certified coefficients are a least-squares fit, and some cars have it so.
    Raises `ValueError` when a coefficient is not finite, or when `a_n` or `c_n_per_mps2` is negative.
    """

    a_n: float
    b_n_per_mps: float
    c_n_per_mps2: float

    def __post_init__(self) -> None:
        for name in ("a_n", "b_n_per_mps", "c_n_per_mps2"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"road load: {name} is {getattr(self, name)}; give a finite number")
        for name in ("a_n", "c_n_per_mps2"):
            if getattr(self, name) < 0.0:
                raise ValueError(f"road load: {name} is {getattr(self, name)}; a resistance that pushes is none")

    @classmethod
    def from_drag(
        cls,
        mass_kg: float,
        rolling_resistance: float,
        drag_area_m2: float,
        air_density_kg_per_m3: float = REFERENCE_AIR_DENSITY_KG_PER_M3,
    ) -> Self:
        """Road load of a car of which only the rolling-resistance coefficient and c_d·A are known.

        A = m g c_rr and C = ρ c_d A / 2 (textbook: Gillespie, Fundamentals of Vehicle Dynamics, 1992, ch. 4). B is zero: bearings,
        brakes and gear are left out, which makes such a car look thriftier than its coast-down would.
        """
        for name, value in (("mass_kg", mass_kg), ("air_density_kg_per_m3", air_density_kg_per_m3)):
            if not value > 0.0:
                raise ValueError(f"road load from drag: {name} is {value}; it must be positive")
        return cls(mass_kg * GRAVITY_MPS2 * rolling_resistance, 0.0, 0.5 * air_density_kg_per_m3 * drag_area_m2)

    def force_n(self, speed_mps: ArrayLike, grade: float = 0.0, mass_kg: float | None = None) -> NDArray[np.float64]:
        """Resistance [N] at each forward speed; `grade` is rise over run, and needs the mass that is lifted.

        The rolling resistance is not reduced by cos(slope): at 30 % that is 4 % of a term that is itself 3 % of the grade's.
        Raises `ValueError` when a grade is given without a mass.
        """
        v = np.asarray(speed_mps, dtype=np.float64)
        climb = 0.0
        if grade != 0.0:
            if mass_kg is None:
                raise ValueError("road load: a grade needs mass_kg")
            climb = mass_kg * GRAVITY_MPS2 * math.sin(math.atan(grade))
        force: NDArray[np.float64] = self.a_n + self.b_n_per_mps * v + self.c_n_per_mps2 * v * v + climb
        return force
