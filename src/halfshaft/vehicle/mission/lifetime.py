"""A car's life in one kind of use: the energy it takes from the wall, the hours it runs, and what that uses up of its units.

A profile says how much of each cycle is driven; whoever knows a car says what one drive of each takes, or wears. Life is the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle, load_cycle
from halfshaft.vehicle.energy import cycle_energy
from halfshaft.vehicle.loss_map import LossMap
from halfshaft.vehicle.mission.profile import TESTED_LOAD_KG, MissionProfile


class DrivenFromBattery(Protocol):
    """A drive of a cycle: length [m], energy at the terminals [Wh/km], NaN if it cannot be driven, and lost within the battery [Wh]."""

    @property
    def distance_m(self) -> float: ...

    @property
    def dc_wh_per_km(self) -> float: ...

    @property
    def battery_loss_wh(self) -> float: ...


Drive = Callable[[Cycle, float, float], DrivenFromBattery]
"""Drives a cycle with more mass [kg] than tested and more auxiliary power [W] than usual."""


@dataclass(frozen=True)
class MissionEnergy:
    """What a profile makes of a car. Energies in kWh over the whole life unless the name says otherwise; NaN if a cycle cannot be driven.

    AC = (driving + idle + battery loss) + charging loss. `driving_dc_kwh` holds what computers and climate take while driving;
    `compute_kwh` and `climate_kwh` are their own sums over driving and waiting, and a part of the others.
    """

    distance_km: float
    driving_hours: float
    idle_hours: float
    cold_starts: float
    driving_dc_kwh: float
    idle_dc_kwh: float
    battery_loss_kwh: float
    charging_loss_kwh: float
    compute_kwh: float
    climate_kwh: float

    @property
    def ac_kwh(self) -> float:
        """Energy from the wall [kWh]."""
        return self.driving_dc_kwh + self.idle_dc_kwh + self.battery_loss_kwh + self.charging_loss_kwh

    @property
    def ac_wh_per_km(self) -> float:
        """Energy from the wall per distance [Wh/km], waiting included."""
        return 1000.0 * self.ac_kwh / self.distance_km

    @property
    def mean_speed_kph(self) -> float:
        """Mean speed while driving, stops included [km/h]."""
        return self.distance_km / self.driving_hours


def drive_with(vehicle: Vehicle, front: LossMap | None, rear: LossMap | None) -> Drive:
    """Drives of this car with these units. Mass adds to the test mass alone: that rolling resistance grows with it is left out."""

    def drive(cycle: Cycle, more_mass_kg: float, more_power_w: float) -> DrivenFromBattery:
        loaded = replace(
            vehicle,
            test_mass_kg=vehicle.test_mass_kg + more_mass_kg,
            auxiliary_power_w=vehicle.auxiliary_power_w + more_power_w,
        )
        return cycle_energy(loaded, cycle, front, rear)

    return drive


def mission_energy(
    profile: MissionProfile, drive: Drive, standing_power_w: float, charging_efficiency: float
) -> MissionEnergy:
    """Energy and hours of a life.

    `drive` is asked once per cycle for the mean load with passengers and once without, both against the load that the car was tested
    with, and with the profile's compute and mean climate power on top of the car's own auxiliaries. `standing_power_w` is what the car
    itself draws when ready (its auxiliaries); losses within the battery at that power are left out. `charging_efficiency` holds where the
    profile names no charging. The energy that enters the battery is split over the ways to charge: AC = Σ share / efficiency.
    Raises `ValueError` when driving and waiting take more than a day has.
    """
    hours = profile.driving_hours_per_day + profile.idle_hours_per_day
    if hours > 24.0:
        raise ValueError(f"mission {profile.name!r}: a day of use has {hours:.1f} h of driving and waiting, not 24 h")
    extra_w = profile.compute_power_w + profile.mean_climate_power_w
    lifetime_km = profile.annual_distance_km * profile.years
    loads = ((1.0 - profile.empty_share, profile.occupied_load_kg), (profile.empty_share, profile.empty_load_kg))
    driving_wh = loss_wh = 0.0
    for name, share in profile.cycle_mix:
        cycle = load_cycle(name)
        for part, load_kg in loads:
            km = lifetime_km * share * part
            if km == 0.0:
                continue
            driven = drive(cycle, load_kg - TESTED_LOAD_KG, extra_w)
            driving_wh += km * driven.dc_wh_per_km
            loss_wh += km * driven.battery_loss_wh / (driven.distance_m / 1000.0)
    driving_h, idle_h = (
        profile.years * hours for hours in (profile.driving_hours_per_year, profile.idle_hours_per_year)
    )
    idle_wh = idle_h * (standing_power_w + extra_w)
    from_wall = sum(mode.share / mode.efficiency for mode in profile.charging) or 1.0 / charging_efficiency
    return MissionEnergy(
        distance_km=lifetime_km,
        driving_hours=driving_h,
        idle_hours=idle_h,
        cold_starts=profile.years * profile.days_per_year * profile.cold_starts_per_day,
        driving_dc_kwh=driving_wh / 1000.0,
        idle_dc_kwh=idle_wh / 1000.0,
        battery_loss_kwh=loss_wh / 1000.0,
        charging_loss_kwh=(driving_wh + idle_wh + loss_wh) / 1000.0 * (from_wall - 1.0),
        compute_kwh=(driving_h + idle_h) * profile.compute_power_w / 1000.0,
        climate_kwh=(driving_h + idle_h) * profile.mean_climate_power_w / 1000.0,
    )


def lifetime_damage(profile: MissionProfile, per_cycle: Mapping[str, float], per_cold_start: float = 0.0) -> float:
    """Fraction of a life that a profile's years consume: 1 is worn out.

    `per_cycle` is what one drive of each of the profile's cycles consumes, from the warm state (ageing, cycling or teeth, see
    `damage`), `per_cold_start` what one warming from the outside temperature and cooling back does. Raises `KeyError` naming a cycle
    of the profile that is not given.
    """
    lifetime_km = profile.annual_distance_km * profile.years
    total = profile.years * profile.days_per_year * profile.cold_starts_per_day * per_cold_start
    for name, share in profile.cycle_mix:
        if name not in per_cycle:
            raise KeyError(f"mission {profile.name!r} drives {name!r}, and its damage is not given")
        total += per_cycle[name] * lifetime_km * share / (load_cycle(name).distance_m / 1000.0)
    return total


def over_climates(profile: MissionProfile, damage_at: Callable[[float], float]) -> float:
    """Mean over the profile's climates of a damage that depends on the outside temperature [K], by their shares of time.

    Hot days age a winding by more than cold ones spare it, so the mean of the damage is asked, not the damage at the mean. Raises
    `ValueError` when the profile names no climate.
    """
    if not profile.ambient:
        raise ValueError(f"mission {profile.name!r} names no climate")
    return sum(climate.share * damage_at(climate.temperature_k) for climate in profile.ambient)
