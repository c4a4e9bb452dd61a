"""Ageing, cracking and wearing out: sums done by hand, and Miner's rule in every form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle.mission import (
    Insulation,
    ThermalCycling,
    ToothLife,
    equivalent_torque_nm,
    gear_damage,
    insulation_ageing,
    thermal_cycling_damage,
)
from halfshaft.vehicle.mission.damage import CLASS_LIFE_S, CLASS_TEMPERATURE_K

HOUR = 3600.0
FLANK, ROOT = ToothLife.flank(200.0), ToothLife.root(400.0)


def test_the_class_lives_its_twenty_thousand_hours() -> None:
    """At 180 °C an insulation of class 180 consumes a twentieth of its life in 1,000 h, by either law."""
    assert insulation_ageing([453.15], [1000.0 * HOUR]) == pytest.approx(0.05)
    assert Insulation().montsinger_life_s(453.15) == pytest.approx(CLASS_LIFE_S)
    assert CLASS_TEMPERATURE_K["155"] == pytest.approx(273.15 + 155.0)


def test_ten_kelvin_halve() -> None:
    """Montsinger: 190 °C halves, 160 °C quadruples; Arrhenius has the same slope there, and B = ln 2 · 453.15² / 10 = 14,233 K."""
    insulation = Insulation()
    np.testing.assert_allclose(insulation.montsinger_life_s([463.15, 433.15]) / CLASS_LIFE_S, [0.5, 4.0])
    assert insulation.activation_k == pytest.approx(14_233.4, abs=0.1)
    step = 1e-3
    slopes = [
        math.log(float(law(453.15 + step) / law(453.15 - step)))
        for law in (insulation.montsinger_life_s, insulation.arrhenius_life_s)
    ]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-6)


@given(st.floats(250.0, 550.0))
def test_arrhenius_never_lives_shorter_than_montsinger(temperature_k: float) -> None:
    """1/T is convex in T, so with one slope at the class temperature Arrhenius is the longer life on either side."""
    insulation = Insulation()
    ratio = float(insulation.arrhenius_life_s(temperature_k) / insulation.montsinger_life_s(temperature_k))
    assert ratio >= 1.0 - 1e-12


series = st.lists(st.tuples(st.floats(260.0, 500.0), st.floats(0.0, 1e6)), min_size=1, max_size=30)


@given(series, st.integers(0, 30), st.floats(0.1, 10.0))
def test_ageing_adds_up_over_time(history: list[tuple[float, float]], cut: int, scale: float) -> None:
    """Two parts of a history consume what the whole does, in any order; k times as long is k times as much."""
    temperature, duration = np.array(history).T
    whole = insulation_ageing(temperature, duration)
    parts = insulation_ageing(temperature[:cut], duration[:cut]) + insulation_ageing(temperature[cut:], duration[cut:])
    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-300)
    assert insulation_ageing(temperature[::-1], duration[::-1]) == pytest.approx(whole, rel=1e-9, abs=1e-300)
    assert insulation_ageing(temperature, scale * duration) == pytest.approx(scale * whole, rel=1e-9, abs=1e-300)


@given(series, st.floats(0.1, 50.0))
def test_hotter_never_lives_longer(history: list[tuple[float, float]], more_k: float) -> None:
    """Every degree more consumes more, unless no time passes."""
    temperature, duration = np.array(history).T
    cool, hot = insulation_ageing(temperature, duration), insulation_ageing(temperature + more_k, duration)
    assert hot > cool if duration.sum() > 1e-6 else hot >= cool


def test_thermal_cycling_by_hand() -> None:
    """20 → 120 → 20 °C is two halves of 100 K: 1e-4. A dip of 50 K on the way is 2⁴ times less harmful: 1e-4 (1 + 1/16)."""
    assert thermal_cycling_damage([20.0, 120.0, 20.0]) == pytest.approx(1e-4)
    assert thermal_cycling_damage([20.0, 100.0, 50.0, 120.0, 20.0]) == pytest.approx(1e-4 * (1.0 + 1.0 / 16.0))
    above = ThermalCycling(threshold_k=50.0)
    assert thermal_cycling_damage([20.0, 100.0, 50.0, 120.0, 20.0], above) == pytest.approx(1e-4)
    assert thermal_cycling_damage([80.0, 80.0]) == 0.0


@given(st.lists(st.floats(20.0, 180.0), min_size=2, max_size=60), st.floats(1.1, 3.0), st.sampled_from([2.0, 4.0, 8.0]))
def test_wider_swings_by_the_power_of_the_exponent(history: list[float], scale: float, exponent: float) -> None:
    """Coffin and Manson: k times the ranges, k^m times the damage."""
    cycling = ThermalCycling(exponent=exponent)
    once = thermal_cycling_damage(history, cycling)
    wide = thermal_cycling_damage(scale * np.array(history), cycling)
    assert wide == pytest.approx(scale**exponent * once, rel=1e-6, abs=1e-25)


def test_exponents_follow_from_the_life_factors() -> None:
    """ln 500 / ln 1.6 / 2 = 6.611 and ln 3000 / ln 2.5 = 8.738, as ISO 6336-6 rounds them for case-hardened steel."""
    assert ToothLife.flank(1.0).exponent == pytest.approx(6.610, abs=2e-3)
    assert ToothLife.root(1.0).exponent == pytest.approx(8.738, abs=1e-3)


def test_gear_damage_by_hand() -> None:
    """At 100 π rad/s, so 50 turns a second, 10⁶ s at the endured 200 Nm are 5·10⁷ meshes: the driving flank's whole life.

    The braking flank at half that torque for as long has 2^-6.611 of it; two contacts a turn count twice.
    """
    flank = ToothLife(200.0, 5e7, 6.0)
    root = ToothLife(400.0, 3e6, 8.0)
    speed = np.full(2, 100.0 * np.pi)
    result = gear_damage([200.0, -100.0], speed, [1e6, 1e6], flank, root)
    assert result.driving_flank == pytest.approx(1.0)
    assert result.braking_flank == pytest.approx(2.0**-6)
    assert result.root == pytest.approx(5e7 / 3e6 * (2.0**-8 + 4.0**-8))
    twice = gear_damage([200.0], [100.0 * np.pi], [1e6], ToothLife(200.0, 5e7, 6.0, 2.0), root)
    assert twice.driving_flank == pytest.approx(2.0)


drives = st.lists(
    st.tuples(st.floats(-300.0, 300.0), st.floats(0.0, 1500.0), st.floats(0.0, 1e4)), min_size=1, max_size=30
)


@given(drives, st.integers(0, 30))
def test_miner_adds_up(history: list[tuple[float, float, float]], cut: int) -> None:
    """Two parts of a drive wear the teeth as the whole does, and so does the drive backwards."""
    columns = np.array(history).T
    whole, first, second, mirrored = (
        gear_damage(*part, FLANK, ROOT)
        for part in (columns, columns[:, :cut], columns[:, cut:], columns * np.array([[-1.0], [-1.0], [1.0]]))
    )
    for name in ("driving_flank", "braking_flank", "root"):
        parts = getattr(first, name) + getattr(second, name)
        assert parts == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-300)
        assert getattr(mirrored, name) == getattr(whole, name)


@given(drives)
def test_braking_swaps_the_flanks_and_spares_no_root(history: list[tuple[float, float, float]]) -> None:
    """Torque with the other sign wears the other flank by as much, and the root as before."""
    torque, speed, duration = np.array(history).T
    here, there = (gear_damage(sign * torque, speed, duration, FLANK, ROOT) for sign in (1.0, -1.0))
    assert (here.driving_flank, here.braking_flank, here.root) == (
        there.braking_flank,
        there.driving_flank,
        there.root,
    )


@given(drives, st.floats(1.0, 12.0))
def test_the_equivalent_torque_does_the_same_damage(history: list[tuple[float, float, float]], exponent: float) -> None:
    """Constant, over the same revolutions: same damage, never above the highest torque."""
    torque, speed, duration = np.array(history).T
    even = equivalent_torque_nm(torque, speed, duration, exponent)
    assert 0.0 <= even <= np.abs(torque).max() * (1.0 + 1e-9)
    root = ToothLife(400.0, 3e6, exponent)
    one, other = (gear_damage(t, speed, duration, FLANK, root).root for t in (torque, np.full_like(torque, even)))
    assert one == pytest.approx(other, rel=1e-6, abs=1e-30)


def test_equivalent_torque_by_hand() -> None:
    """Half the turns at 100 Nm, half at none: 100 · 0.5^(1/p); without a turn there is none."""
    assert equivalent_torque_nm([100.0, 0.0], [10.0, 10.0], [5.0, 5.0], 2.0) == pytest.approx(100.0 / math.sqrt(2.0))
    assert equivalent_torque_nm([100.0], [0.0], [5.0], 2.0) == 0.0


def test_refuses_what_is_no_history_of_a_unit() -> None:
    """Ragged rows, negative times, temperatures in °C below zero and lives that are none raise and say so."""
    with pytest.raises(ValueError, match="equally long"):
        insulation_ageing([300.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="duration_s must not"):
        insulation_ageing([300.0], [-1.0])
    with pytest.raises(ValueError, match="absolute"):
        insulation_ageing([-20.0], [1.0])
    with pytest.raises(ValueError, match="equally long"):
        gear_damage([1.0], [1.0, 2.0], [1.0], FLANK, ROOT)
    with pytest.raises(ValueError, match="exponent"):
        ToothLife(100.0, 1e6, 0.0)
    with pytest.raises(ValueError, match="halving step"):
        Insulation(halving_k=0.0)
