"""Junctions in time: between standstill and fast turning, and over a drive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit import Inverter, Kit
from halfshaft.drive_unit.junction import junction_course_k, ripple_temperature_k, standstill_temperature_k

AMPERES = 300.0  # of a set; standstill is within the rating of every inverter with enough chips


def sized(kit: Kit) -> list[Inverter]:
    """One inverter of each kind, with chips in plenty."""
    return [replace(next(i for i in kit.inverters if i.device == kind), chip_pieces=48) for kind in ("igbt", "sic")]


def test_ripple_fades_with_frequency(kit: Kit) -> None:
    """Its swing falls as the machine turns faster, and the mean of the period is the steady mean within the ripple's own feedback."""
    for inverter in sized(kit):
        volts, power = 0.875 * inverter.voltage_class_v, 5e4
        swings = []
        for frequency in (0.1, 1.0, 10.0, 100.0, 1e5):
            course = ripple_temperature_k(inverter, AMPERES, power, volts, frequency)
            assert course.shape == (2, 360)
            swings.append(np.ptp(course, axis=1).max())
        assert swings == sorted(swings, reverse=True)
        assert swings[-1] < 0.1
        assert course.mean(axis=1) == pytest.approx(inverter.junction_temperature_k(AMPERES, power, volts), abs=0.05)


def test_slowest_turning_is_standstill(kit: Kit) -> None:
    """At next to no speed and no voltage the crest of the transistor's course is the temperature of a leg that stands still."""
    for inverter in sized(kit):
        volts = 0.875 * inverter.voltage_class_v
        course = ripple_temperature_k(inverter, AMPERES, 0.0, volts, 1e-4)
        held = standstill_temperature_k(inverter, AMPERES, volts)
        assert course[0].max() == pytest.approx(held[0], abs=0.05)
        if inverter.device == "igbt":
            assert course[1].max() == pytest.approx(held[1], abs=0.05)


def test_standstill_is_worse_than_turning(kit: Kit) -> None:
    """One leg that carries the peak for ever gets hotter than legs that share it; so the rating at standstill is lower."""
    for inverter in kit.inverters:
        volts = 0.875 * inverter.voltage_class_v
        amperes = 0.5 * inverter.standstill_rating_a(volts)
        turning = inverter.junction_temperature_k(amperes, 0.0, volts).max()
        assert standstill_temperature_k(inverter, amperes, volts).max() > turning
        assert inverter.standstill_rating_a(volts) < inverter.current_rating_a(volts)


def test_standstill_rating_is_where_the_junction_reaches_its_limit(kit: Kit) -> None:
    """For ever: the hottest junction is at its limit. For a time: more current, and less the longer it lasts."""
    for inverter in kit.inverters:
        volts = 0.875 * inverter.voltage_class_v
        rating = inverter.standstill_rating_a(volts)
        hottest = standstill_temperature_k(inverter, rating, volts).max()
        assert hottest == pytest.approx(inverter.switch.highest_junction_temperature_k, abs=1e-6)
        timed = [inverter.standstill_rating_a(volts, t) for t in (0.03, 0.3, 3.0, 30.0)]
        assert timed == sorted(timed, reverse=True)
        assert timed[-1] == pytest.approx(rating, rel=1e-4)


def test_timed_standstill_rating_keeps_the_junction_below_its_limit(kit: Kit) -> None:
    """A leg at the rating for a time, followed in small steps with its temperature, ends below the limit but not far."""
    inverter = next(i for i in kit.inverters if i.device == "igbt")
    volts, duration = 350.0, 0.2
    rating = inverter.standstill_rating_a(volts, duration)
    device = inverter.switch
    amperes, chips = rating / inverter.sets, inverter.chip_pieces / (6 * inverter.sets)
    factor = device.chips / chips
    rises, step = np.zeros(4), duration / 2000
    resistance, tau = (
        factor * np.array(device.transistor_foster.resistance_k_per_w),
        np.array(device.transistor_foster.time_constant_s),
    )
    for _ in range(2000):
        kelvin = inverter.coolant_temperature_k + rises.sum() - device.reference_temperature_k
        state = device.transistor
        drop = state.threshold_v + state.threshold_rise_v_per_k * kelvin
        drop += factor * (state.resistance_ohm + state.resistance_rise_ohm_per_k * kelvin) * amperes
        watts = 0.5 * drop * amperes
        for event in (device.turn_on, device.turn_off):
            one = amperes * factor / device.reference_current_a
            shape = (1.0 - event.square_share) * one + event.square_share * one**2
            volt = (volts / device.reference_voltage_v) ** event.voltage_exponent
            joule = event.energy_j / factor * shape * volt * (1.0 + event.rise_per_k * kelvin)
            watts += inverter.switching_frequency_hz * joule
        rises += (resistance * watts - rises) * (1.0 - np.exp(-step / tau))
    end = inverter.coolant_temperature_k + rises.sum()
    assert device.highest_junction_temperature_k - 20.0 < end <= device.highest_junction_temperature_k


def test_course_of_a_constant_load_ends_at_the_steady_mean(kit: Kit) -> None:
    """A load held for long warms the junctions, without a swing back, to what the closed form says."""
    for inverter in kit.inverters:
        volts, n = 0.875 * inverter.voltage_class_v, 400
        current, power = 0.6 * inverter.current_limit_a, 0.3 * inverter.current_limit_a * volts
        course = junction_course_k(inverter, np.full(n, current), np.full(n, power), volts, 0.05)
        assert course[:, -1] == pytest.approx(inverter.junction_temperature_k(current, power, volts), abs=0.01)
        assert np.all(np.diff(course, axis=1) >= -1e-9)


def test_course_does_not_depend_on_its_steps(kit: Kit) -> None:
    """A drive with load changes and a sagging voltage, in steps and in tenths of them: the same temperatures but for the feedback."""
    inverter = kit.inverters[0]
    rng = np.random.default_rng(3)
    current = np.repeat(rng.uniform(0.0, 1.0, 30), 10) * inverter.current_limit_a
    volts = np.repeat(np.linspace(400.0, 320.0, 30), 10)
    power = np.repeat(rng.uniform(-0.6, 0.6, 30), 10) * current * volts
    coarse = junction_course_k(inverter, current, power, volts, 0.02)
    fine = junction_course_k(inverter, *(np.repeat(values, 10) for values in (current, power, volts)), 0.002)[:, 9::10]
    assert np.abs(coarse - fine).max() < 0.02 * np.ptp(fine)


def test_no_frequency_and_run_away_are_refused(kit: Kit) -> None:
    """Standing is not turning slowly; and a current beyond all reason has no steady temperature."""
    inverter = kit.inverters[0]
    with pytest.raises(ValueError, match="frequency must be positive"):
        ripple_temperature_k(inverter, 100.0, 0.0, 350.0, 0.0)
    with pytest.raises(ValueError, match="junctions run away"):
        ripple_temperature_k(inverter, 1e5, 0.0, 350.0, 10.0)
    assert np.isinf(standstill_temperature_k(inverter, 1e5, 350.0)).any()
