"""How a car is used over its life: how far, on which roads, with whom on board, and how long it waits with its computers on.

A profile is free of any car. Three are built in (private, shared with a driver, autonomous); every one of their figures names the source
that it rests on, or says that it is an assumption, and each is meant to be replaced by a fleet's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from halfshaft.vehicle.cycle import load_cycle

_KM_PER_MILE = 1.609344

TESTED_LOAD_KG = 136.078
"""What the test mass of US certification carries: 300 lb over the kerb mass."""


@dataclass(frozen=True)
class AmbientBin:
    """A climate: outside temperature [K], share of the time ready to drive, and what cabin and battery conditioning draw [W]."""

    temperature_k: float
    share: float
    climate_power_w: float


@dataclass(frozen=True)
class ChargingMode:
    """A way to charge: share of the energy that enters the battery, and energy stored over energy from the wall."""

    name: str
    share: float
    efficiency: float


@dataclass(frozen=True, kw_only=True)
class MissionProfile:
    """One kind of use.

    - `years`, `days_per_year`, `annual_distance_km`: how long and how far.
    - `cycle_mix`: cycle (or `cycle/part`) and its share of the distance; shares sum to one.
    - `idle_hours_per_day`: ready to drive but standing, beyond the stops within the cycles.
    - `compute_power_w`: drawn by sensors and computers whenever the car is ready, driving or not.
    - `empty_share`: share of the distance without passengers; `occupied_load_kg` and `empty_load_kg` are people and luggage on board
      with and without them, a driver included.
    - `cold_starts_per_day`: how often the unit warms up from the outside temperature.
    - `ambient`: climates, or none: then nothing is drawn for climate.
    - `charging`: ways to charge, or none: then the battery's own charging efficiency holds.
    - `basis`: for each field, the source it rests on or the word *assumption* and why.

    Raises `ValueError`, naming profile and field, on shares that do not sum to one and figures that no use has.
    """

    name: str
    years: float
    days_per_year: float
    annual_distance_km: float
    cycle_mix: tuple[tuple[str, float], ...]
    idle_hours_per_day: float
    compute_power_w: float
    empty_share: float
    occupied_load_kg: float
    empty_load_kg: float
    cold_starts_per_day: float
    ambient: tuple[AmbientBin, ...] = ()
    charging: tuple[ChargingMode, ...] = ()
    basis: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("years", "days_per_year", "annual_distance_km"):
            if not (0.0 < getattr(self, name) < math.inf):
                raise self._wrong(name, "must be positive and finite")
        for name in (
            "idle_hours_per_day",
            "compute_power_w",
            "occupied_load_kg",
            "empty_load_kg",
            "cold_starts_per_day",
        ):
            if not (0.0 <= getattr(self, name) < math.inf):
                raise self._wrong(name, "must not be negative")
        if not 0.0 <= self.empty_share <= 1.0:
            raise self._wrong("empty_share", "lies in [0, 1]")
        self._check_shares("cycle_mix", [share for _, share in self.cycle_mix], needed=True)
        self._check_shares("ambient", [climate.share for climate in self.ambient])
        self._check_shares("charging", [mode.share for mode in self.charging])
        if any(not 0.0 < mode.efficiency <= 1.0 for mode in self.charging):
            raise self._wrong("charging", "has efficiencies in (0, 1]")
        if self.days_per_year > 366.0:
            raise self._wrong("days_per_year", "is at most 366")

    @property
    def driving_hours_per_year(self) -> float:
        """Hours on the road, from the mean speed of each cycle, its own stops included."""
        hours = 0.0
        for name, share in self.cycle_mix:
            cycle = load_cycle(name)
            duration_h = (cycle.time_s[-1] - cycle.time_s[0]) / 3600.0
            hours += share * self.annual_distance_km / (cycle.distance_m / 1000.0) * float(duration_h)
        return hours

    @property
    def driving_hours_per_day(self) -> float:
        """Hours on the road on a day of use."""
        return self.driving_hours_per_year / self.days_per_year

    @property
    def idle_hours_per_year(self) -> float:
        """Hours ready but standing beyond the cycles' own stops."""
        return self.idle_hours_per_day * self.days_per_year

    @property
    def mean_load_kg(self) -> float:
        """Load on board [kg], averaged over the distance."""
        return (1.0 - self.empty_share) * self.occupied_load_kg + self.empty_share * self.empty_load_kg

    @property
    def mean_climate_power_w(self) -> float:
        """Power for climate [W], averaged over the time ready to drive."""
        return sum(climate.share * climate.climate_power_w for climate in self.ambient)

    def assumptions(self) -> dict[str, str]:
        """The fields that rest on no source, and why they are what they are; a field without a basis is one of them."""
        known = {entry.name for entry in fields(self)} - {"name", "basis"}
        told = {name: self.basis.get(name, "assumption: no basis given") for name in sorted(known)}
        return {name: why for name, why in told.items() if why.startswith("assumption")}

    def _check_shares(self, name: str, shares: list[float], *, needed: bool = False) -> None:
        if not shares and not needed:
            return
        if any(share < 0.0 for share in shares) or abs(sum(shares) - 1.0) > 1e-9:
            raise ValueError(f"mission {self.name!r}: shares of {name} are {shares}; they must sum to one")

    def _wrong(self, name: str, rule: str) -> ValueError:
        return ValueError(f"mission {self.name!r}: {name} is {getattr(self, name)}; it {rule}")


_PASSENGER_KG = 75.0

_CLIMATE = (AmbientBin(263.15, 0.1, 3000.0), AmbientBin(283.15, 0.6, 500.0), AmbientBin(303.15, 0.3, 1000.0))

_COMMON = {
    "years": "assumption: a car's usual life, or what a fleet writes off",
    "days_per_year": "assumption: service days taken off",
    "ambient": "assumption: a temperate climate; heating 3 kW at -10 °C, cooling 1 kW at 30 °C",
    "cold_starts_per_day": "assumption: long stops in a day",
    "idle_hours_per_day": "assumption: waiting, boarding and charging with the systems on",
    "charging": "source for alternating current: usable over wall energy of 16 certified cars (EPA label data), 0.86; "
    "direct current 0.92 and the split are assumptions",
}

PRIVATE = MissionProfile(
    name="private",
    years=15.0,
    days_per_year=330.0,
    annual_distance_km=13_500.0 * _KM_PER_MILE,
    cycle_mix=(("artemis_urban", 0.2), ("artemis_rural", 0.4), ("artemis_motorway", 0.4)),
    idle_hours_per_day=0.1,
    compute_power_w=0.0,
    empty_share=0.0,
    occupied_load_kg=1.5 * _PASSENGER_KG,
    empty_load_kg=_PASSENGER_KG,
    cold_starts_per_day=2.0,
    ambient=_CLIMATE,
    charging=(ChargingMode("alternating current", 0.85, 0.86), ChargingMode("direct current", 0.15, 0.92)),
    basis=MappingProxyType(
        {
            **_COMMON,
            "annual_distance_km": "source: 13,500 miles a year of the average US driver (CleanTechnica, 2024-09-19)",
            "cycle_mix": "assumption: a fifth in town, the rest on country roads and motorways",
            "compute_power_w": "assumption: driver assistance is in the car's own auxiliaries",
            "empty_share": "assumption: somebody always drives",
            "occupied_load_kg": "assumption: 1.5 people of 75 kg",
            "empty_load_kg": "assumption: never empty",
        }
    ),
)
"""A household's car."""

SHARED = MissionProfile(
    name="shared",
    years=6.0,
    days_per_year=340.0,
    annual_distance_km=45_000.0 * _KM_PER_MILE,
    cycle_mix=(("artemis_urban", 0.3), ("udds", 0.5), ("hwfet", 0.2)),
    idle_hours_per_day=3.0,
    compute_power_w=50.0,
    empty_share=0.4,
    occupied_load_kg=2.5 * _PASSENGER_KG,
    empty_load_kg=_PASSENGER_KG,
    cold_starts_per_day=2.0,
    ambient=_CLIMATE,
    charging=(ChargingMode("alternating current", 0.3, 0.86), ChargingMode("direct current", 0.7, 0.92)),
    basis=MappingProxyType(
        {
            **_COMMON,
            "annual_distance_km": "source: 45,000 miles a year of a typical taxi (CleanTechnica, 2024-09-19)",
            "cycle_mix": "assumption: a taxi's town traffic with some fast roads",
            "compute_power_w": "assumption: dispatch and payment",
            "empty_share": "assumption: near the 44 % of driverless cars in California",
            "occupied_load_kg": "assumption: a driver and 1.5 passengers of 75 kg",
            "empty_load_kg": "assumption: the driver, 75 kg",
        }
    ),
)
"""A taxi, with a driver."""

AUTONOMOUS = MissionProfile(
    name="autonomous",
    years=5.0,
    days_per_year=350.0,
    annual_distance_km=70_000.0 * _KM_PER_MILE,
    cycle_mix=(("artemis_urban", 0.4), ("udds", 0.6)),
    idle_hours_per_day=3.0,
    compute_power_w=2000.0,
    empty_share=0.44,
    occupied_load_kg=0.75 / 0.56 * _PASSENGER_KG,
    empty_load_kg=0.0,
    cold_starts_per_day=1.0,
    ambient=_CLIMATE,
    charging=(ChargingMode("alternating current", 0.2, 0.86), ChargingMode("direct current", 0.8, 0.92)),
    basis=MappingProxyType(
        {
            **_COMMON,
            "annual_distance_km": "assumption: 70,000 miles, within the 60,000 to 79,000 that 6.57 million miles a month in California "
            "(CPUC, 2025) make if 1,000 to 1,300 cars drove them; the distance per car is not published",
            "cycle_mix": "assumption: slow town traffic",
            "compute_power_w": "assumption: sensors and computers draw 1 to 3 kW; no public figure was found",
            "empty_share": "source: 44 % of vehicle miles without a passenger (CPUC quarterly data, California 2025)",
            "occupied_load_kg": "source: 0.75 persons per vehicle mile over 56 % with passengers (CPUC, 2025); assumption: 75 kg each",
            "empty_load_kg": "assumption: nobody on board",
        }
    ),
)
"""A driverless taxi."""

PROFILES: Mapping[str, MissionProfile] = MappingProxyType({p.name: p for p in (PRIVATE, SHARED, AUTONOMOUS)})
"""The built-in profiles by name."""
