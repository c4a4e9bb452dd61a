"""Materials of the active parts: electrical steel, magnets and conductors, with their sources.

A steel is its magnetisation curve and its specific loss table as published; how loss is modelled from the table is the field room's
business. Temperatures are given where they matter: remanence and resistivity are at 20 degC with a linear coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REFERENCE_TEMPERATURE_C = 20.0


@dataclass(frozen=True)
class Steel:
    """An electrical steel. ``h_a_per_m`` and ``b_t`` are the magnetisation curve of the massive sheet, from (0, 0) on.

    ``loss_table`` holds rows (frequency in Hz, peak flux density in T, loss in W/kg), empty where none is published.
    A steel with ``mu_r`` set and an empty curve is linear.
    """

    name: str
    h_a_per_m: tuple[float, ...]
    b_t: tuple[float, ...]
    density_kg_per_m3: float = 7650.0
    resistivity_ohm_m: float = 0.0
    lamination_thickness_m: float = 0.0
    loss_table: tuple[tuple[float, float, float], ...] = field(default=())
    mu_r: float | None = None
    source: str | None = None


@dataclass(frozen=True)
class Magnet:
    """A permanent magnet with straight demagnetisation line: B = Br(T) + mu_0 mu_r H."""

    name: str
    remanence_t: float
    mu_r: float = 1.05
    remanence_coefficient_per_k: float = 0.0
    density_kg_per_m3: float = 7500.0
    resistivity_ohm_m: float = 0.0
    source: str | None = None

    def remanence_at_t(self, temperature_c: float) -> float:
        """Remanence at a temperature, linear about 20 degC."""
        return self.remanence_t * (1.0 + self.remanence_coefficient_per_k * (temperature_c - REFERENCE_TEMPERATURE_C))


@dataclass(frozen=True)
class Conductor:
    """A winding's metal."""

    name: str
    resistivity_ohm_m: float = 1.7241e-8  # annealed copper at 20 degC, IEC 60028:1925
    temperature_coefficient_per_k: float = 3.93e-3  # IEC 60028:1925
    density_kg_per_m3: float = 8890.0  # IEC 60028:1925
    source: str | None = None

    def resistivity_at_ohm_m(self, temperature_c: float) -> float:
        """Resistivity at a temperature, linear about 20 degC."""
        return self.resistivity_ohm_m * (
            1.0 + self.temperature_coefficient_per_k * (temperature_c - REFERENCE_TEMPERATURE_C)
        )


Material = Steel | Magnet | Conductor
