"""Missions: what a profile says, what it makes of a car, and that its assumptions are called so."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle import Cycle, Vehicle, cycle_energy, load_cycle
from halfshaft.vehicle.mission import (
    AUTONOMOUS,
    PRIVATE,
    PROFILES,
    SHARED,
    AmbientBin,
    ChargingMode,
    MissionProfile,
    drive_with,
    gear_damage,
    lifetime_damage,
    mission_energy,
    over_climates,
)
from halfshaft.vehicle.mission.damage import ToothLife

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "demand" / "shared_use_facts.csv"
MILE_KM = 1.609344

PLAIN = MissionProfile(
    name="plain",
    years=10.0,
    days_per_year=300.0,
    annual_distance_km=12_000.0,
    cycle_mix=(("udds", 0.25), ("hwfet", 0.75)),
    idle_hours_per_day=1.0,
    compute_power_w=100.0,
    empty_share=0.5,
    occupied_load_kg=200.0,
    empty_load_kg=0.0,
    cold_starts_per_day=2.0,
)


@dataclass(frozen=True)
class PaperDrive:
    """A drive whose figures are written down."""

    distance_m: float
    dc_wh_per_km: float
    battery_loss_wh: float


def _paper(cycle: Cycle, more_kg: float, more_w: float) -> PaperDrive:
    """100 Wh/km and 0.1 Wh/km per kg beyond the tested load; 1 Wh/km lost within."""
    assert more_w >= 0.0
    return PaperDrive(cycle.distance_m, 100.0 + 0.1 * (more_kg + 136.078), cycle.distance_m / 1000.0)


def test_a_life_by_hand() -> None:
    """120,000 km at 100 and 120 Wh/km in equal parts, and 3,000 h waiting at 400 W: 13,200 + 1,200 + 120 kWh, and 0.8 of the wall's."""
    energy = mission_energy(PLAIN, _paper, 300.0, 0.8)
    assert energy.distance_km == pytest.approx(120_000.0)
    assert energy.driving_dc_kwh == pytest.approx(13_200.0)
    assert energy.idle_dc_kwh == pytest.approx(1_200.0)
    assert energy.battery_loss_kwh == pytest.approx(120.0)
    assert energy.ac_kwh == pytest.approx(14_520.0 / 0.8)
    assert energy.ac_wh_per_km == pytest.approx(14_520.0 / 0.8 / 120.0)
    # 3,000 km of UDDS at 11.990 km in 1369 s and 9,000 km of HWFET at 16.507 km in 765 s, every year
    hours = 10.0 * (3_000.0 / 11.9904 * 1369.0 + 9_000.0 / 16.5068 * 765.0) / 3600.0
    assert energy.driving_hours == pytest.approx(hours, rel=1e-4)
    assert energy.compute_kwh == pytest.approx((hours + 3_000.0) * 0.1, rel=1e-4)
    assert energy.mean_speed_kph == pytest.approx(120_000.0 / hours, rel=1e-4)
    assert energy.cold_starts == pytest.approx(6_000.0)


def test_charging_is_split_over_what_enters_the_battery() -> None:
    """Half at 0.8 and half at 1.0 take 0.5 / 0.8 + 0.5 = 1.125 of the stored energy."""
    mixed = replace(PLAIN, charging=(ChargingMode("slow", 0.5, 0.8), ChargingMode("ideal", 0.5, 1.0)))
    assert mission_energy(mixed, _paper, 300.0, 0.5).ac_kwh == pytest.approx(14_520.0 * 1.125)


def test_climate_is_drawn_whenever_the_car_is_ready() -> None:
    """1 kW for a quarter of the time is 250 W over waiting, and is asked of every drive."""
    seen: list[float] = []

    def drive(cycle: Cycle, more_kg: float, more_w: float) -> PaperDrive:
        seen.append(more_w)
        return _paper(cycle, more_kg, more_w)

    cold = replace(PLAIN, ambient=(AmbientBin(263.15, 0.25, 1000.0), AmbientBin(293.15, 0.75, 0.0)))
    energy = mission_energy(cold, drive, 300.0, 0.8)
    assert seen == [350.0] * 4
    assert energy.idle_dc_kwh == pytest.approx(3_000.0 * 0.65)


@given(st.floats(0.1, 3.0))
def test_twice_the_way_is_twice_the_energy(scale: float) -> None:
    """Without waiting, everything scales with the distance, and the consumption per kilometre stays."""
    idle = replace(PLAIN, idle_hours_per_day=0.0)
    one = mission_energy(idle, _paper, 300.0, 0.8)
    far = mission_energy(replace(idle, annual_distance_km=12_000.0 * scale), _paper, 300.0, 0.8)
    assert far.ac_kwh == pytest.approx(scale * one.ac_kwh)
    assert far.ac_wh_per_km == pytest.approx(one.ac_wh_per_km)
    assert far.driving_hours == pytest.approx(scale * one.driving_hours)


def test_a_car_that_cannot_drive_a_cycle_has_no_life() -> None:
    """A missed second is NaN for the cycle, and NaN for the mission: never a flattering figure."""

    def weak(cycle: Cycle, more_kg: float, more_w: float) -> PaperDrive:
        return PaperDrive(cycle.distance_m, math.nan if cycle.name == "hwfet" else 100.0, 1.0)

    assert math.isnan(mission_energy(PLAIN, weak, 300.0, 0.8).ac_kwh)


def test_a_real_car_in_three_lives(car: Vehicle, make_unit: Callable[..., object]) -> None:
    """The same car: the computers are a third of a driverless life's energy, and it drives a decade's way in two years."""
    drive = drive_with(car, None, make_unit())
    lives = {
        name: mission_energy(profile, drive, car.auxiliary_power_w, car.battery.charging_efficiency)
        for name, profile in PROFILES.items()
    }
    for life in lives.values():
        assert 130.0 < life.ac_wh_per_km < 350.0
    driverless, private = lives["autonomous"], lives["private"]
    assert 0.25 < driverless.compute_kwh / driverless.ac_kwh < 0.5
    assert driverless.ac_wh_per_km > 1.3 * private.ac_wh_per_km
    assert AUTONOMOUS.annual_distance_km > 5.0 * PRIVATE.annual_distance_km


def test_the_tested_load_changes_nothing(car: Vehicle, make_unit: Callable[..., object]) -> None:
    """With the load of the certification, no computers and no climate, a life is the cycles' own consumption."""
    unit = make_unit()
    bare = replace(PLAIN, occupied_load_kg=136.078, empty_load_kg=136.078, compute_power_w=0.0, idle_hours_per_day=0.0)
    energy = mission_energy(bare, drive_with(car, None, unit), car.auxiliary_power_w, car.battery.charging_efficiency)
    shares = (("udds", 0.25), ("hwfet", 0.75))
    expected = sum(share * cycle_energy(car, load_cycle(name), None, unit).ac_wh_per_km for name, share in shares)
    assert energy.ac_wh_per_km == pytest.approx(expected, rel=1e-9)


def test_damage_of_a_life_by_hand(car: Vehicle, make_unit: Callable[..., object]) -> None:
    """120,000 km are 2,502 times UDDS and 5,452 times HWFET; cold starts come on top; the sum is linear in each."""
    drives = 30_000.0 / 11.99043, 90_000.0 / 16.50682
    total = lifetime_damage(PLAIN, {"udds": 1e-4, "hwfet": 2e-5}, 1e-5)
    assert total == pytest.approx(drives[0] * 1e-4 + drives[1] * 2e-5 + 6_000.0 * 1e-5, rel=1e-4)
    with pytest.raises(KeyError, match="hwfet"):
        lifetime_damage(PLAIN, {"udds": 1e-4})
    # and what a cycle's own trace does to a gear can be fed in: town wears the driving flank more per kilometre than the highway
    wear = {}
    for name in ("udds", "hwfet"):
        cycle = load_cycle(name)
        trace = cycle_energy(car, cycle, None, make_unit()).rear
        assert trace is not None
        steps = cycle.time_s[1:] - cycle.time_s[:-1]
        damage = gear_damage(
            trace.torque_nm, trace.speed_rad_per_s, steps, ToothLife.flank(100.0), ToothLife.root(200.0)
        )
        wear[name] = damage.driving_flank
        assert damage.braking_flank > 0.0
    per_km = {name: value / load_cycle(name).distance_m for name, value in wear.items()}
    assert per_km["udds"] > per_km["hwfet"]
    assert lifetime_damage(PLAIN, wear) > 0.0


def test_hot_days_outweigh_cold_ones() -> None:
    """A convex damage averaged over climates is above the damage at the mean climate; a linear one is equal."""
    profile = replace(PLAIN, ambient=(AmbientBin(273.15, 0.5, 0.0), AmbientBin(313.15, 0.5, 0.0)))
    assert over_climates(profile, lambda t: t) == pytest.approx(293.15)
    assert over_climates(profile, lambda t: 2.0 ** ((t - 293.15) / 10.0)) == pytest.approx(0.5 * (0.25 + 4.0))
    with pytest.raises(ValueError, match="no climate"):
        over_climates(PLAIN, lambda t: t)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_figure_of_a_built_in_profile_has_a_basis(profile: MissionProfile) -> None:
    """Source or the word assumption, for each field; a field without a basis would be listed as one."""
    named = {field.name for field in fields(profile)} - {"name", "basis"}
    assert set(profile.basis) == named
    assert all(text.startswith(("source", "assumption")) for text in profile.basis.values())
    assert "cycle_mix" in profile.assumptions()
    assert len(PLAIN.assumptions()) == len(named)
    assert profile.driving_hours_per_day + profile.idle_hours_per_day < 24.0


def test_built_in_figures_are_the_sources() -> None:
    """Distances and shares equal the collected facts."""
    if not FACTS.exists():
        pytest.skip(f"collected facts are not beside this checkout: {FACTS}")
    with FACTS.open(encoding="utf-8", newline="") as file:
        facts = {row["fact"]: row["value"] for row in csv.DictReader(file)}
    assert PRIVATE.annual_distance_km == pytest.approx(float(facts["Average US driver annual distance"]) * MILE_KM)
    assert SHARED.annual_distance_km == pytest.approx(float(facts["Typical taxi annual distance"]) * MILE_KM)
    assert pytest.approx(float(facts["Share of vehicle miles empty"]) / 100.0) == AUTONOMOUS.empty_share
    people = float(facts["Average occupancy incl. empty"])
    assert AUTONOMOUS.mean_load_kg == pytest.approx(people * 75.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"years": 0.0}, "years"),
        ({"annual_distance_km": math.inf}, "annual_distance_km"),
        ({"compute_power_w": -1.0}, "compute_power_w"),
        ({"empty_share": 1.2}, "empty_share"),
        ({"days_per_year": 400.0}, "366"),
        ({"cycle_mix": (("udds", 0.5),)}, "cycle_mix"),
        ({"cycle_mix": ()}, "cycle_mix"),
        ({"ambient": (AmbientBin(293.15, 0.9, 0.0),)}, "ambient"),
        ({"charging": (ChargingMode("a", 1.5, 0.9), ChargingMode("b", -0.5, 0.9))}, "charging"),
        ({"charging": (ChargingMode("a", 1.0, 1.1),)}, "efficiencies"),
    ],
)
def test_refuses_what_is_no_use(changes: dict[str, object], message: str) -> None:
    """Shares that do not sum to one and figures that no use has raise and name the field."""
    with pytest.raises(ValueError, match=message):
        replace(PLAIN, **changes)


def test_a_day_has_twenty_four_hours() -> None:
    """A car that would drive and wait for longer than a day is refused when its life is worked out."""
    with pytest.raises(ValueError, match="24 h"):
        mission_energy(replace(PLAIN, idle_hours_per_day=23.8), _paper, 300.0, 0.8)
