"""What a switch position loses, against pulse-width modulation followed switch by switch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit import Inverter, Kit
from halfshaft.drive_unit.foster import Foster
from halfshaft.drive_unit.power_device import ROTATING, STANDSTILL, PowerDevice, moments_at

CARRIERS = 3000  # in a fundamental period: enough for its sums to be integrals


def leg_loss_w(
    inverter: Inverter, current_a: float, index: float, phase_rad: float, dc_voltage_v: float, temperature_k: float
) -> float:
    """Loss of the upper position of one leg, carrier period by carrier period: who conducts for how long, and what switches.

    Written from the data sheet's figures alone. The control compensates dead time, so the commanded switch has its duty.
    """
    device = inverter.switch
    chips = inverter.chip_pieces / (6 * inverter.sets)
    kelvin = temperature_k - device.reference_temperature_k
    theta = (np.arange(CARRIERS) + 0.5) * 2.0 * np.pi / CARRIERS
    current = current_a * np.sin(theta)
    upper_duty = 0.5 * (1.0 + index * np.sin(theta + phase_rad))

    def drop(state: Any, amperes: float) -> float:
        threshold = state.threshold_v + state.threshold_rise_v_per_k * kelvin
        ohm = (state.resistance_ohm + state.resistance_rise_ohm_per_k * kelvin) * device.chips / chips
        return threshold + ohm * amperes

    def joule(event: Any, amperes: float) -> float:
        per_reference = amperes / (device.reference_current_a * chips / device.chips)
        shape = (1.0 - event.square_share) * per_reference + event.square_share * per_reference**2
        volts = (dc_voltage_v / device.reference_voltage_v) ** event.voltage_exponent
        return event.energy_j * chips / device.chips * shape * volts * (1.0 + event.rise_per_k * kelvin)

    period = 1.0 / inverter.switching_frequency_hz
    dead = 2.0 * inverter.dead_time_s / period
    total = 0.0
    for i, duty in zip(current, upper_duty, strict=True):
        if i >= 0.0:
            # The upper switch is commanded: its transistor conducts for its duty, and switches on and off.
            total += (
                duty * period * drop(device.transistor, i) * i + joule(device.turn_on, i) + joule(device.turn_off, i)
            )
            continue
        # The lower switch is commanded; the upper position takes over for the duty that is its own.
        back = -i
        if device.kind == "igbt":
            total += duty * period * drop(device.diode, back) * back
        else:
            total += (duty - dead) * period * drop(device.transistor, back) * back
            total += dead * period * drop(device.diode, back) * back
        total += joule(device.recovery, back)
    return total / (CARRIERS * period)


@given(
    which=st.integers(0, 4), share=st.floats(0.02, 1.0), index=st.floats(0.0, 1.0), phase=st.floats(-np.pi, np.pi),
    volts=st.floats(0.6, 1.1), temperature=st.floats(300.0, 448.0),
)  # fmt: skip
def test_averages_are_those_of_modulation_followed_in_time(
    kit: Kit, which: int, share: float, index: float, phase: float, volts: float, temperature: float
) -> None:
    """Conduction and switching of a position at any current, modulation index, power factor, voltage and temperature."""
    inverter = kit.inverters[which]
    current = share * inverter.current_limit_a / inverter.sets
    dc_voltage = volts * inverter.voltage_class_v
    x = index * np.cos(phase) * current
    phi = np.array([current, x, current**2, current * x])
    at_reference, per_k = inverter.position_laws(ROTATING, dc_voltage) @ phi
    averages = np.sum(at_reference + per_k * (temperature - inverter.switch.reference_temperature_k))
    followed = leg_loss_w(inverter, current, index, phase, dc_voltage, temperature)
    assert averages == pytest.approx(followed, rel=1e-4)


def test_moments_of_instants_average_to_those_of_a_period() -> None:
    """The mean of the instants' moments over a period is the rotating machine's, and at the crest without voltage it is standstill's."""
    angle = (np.arange(720) + 0.5) * 2.0 * np.pi / 720
    for mean, instants, crest, held in zip(ROTATING, moments_at(angle), moments_at(np.pi / 2), STANDSTILL, strict=True):
        assert instants.mean(axis=0) == pytest.approx(mean, abs=1e-5)
        assert crest[[0, 2]] == pytest.approx(held[[0, 2]])
        assert not held[[1, 3]].any()


def test_third_harmonic_changes_little(kit: Kit) -> None:
    """Space-vector modulation adds a zero-sequence voltage, which the averages leave out: less than 1 % of the loss at full modulation."""
    inverter = kit.inverters[2]
    device, amperes, index = inverter.switch, inverter.current_limit_a, 2.0 / np.sqrt(3.0)
    theta = (np.arange(3600) + 0.5) * np.pi / 3600
    i = amperes * np.sin(theta)
    sines = [index * np.sin(theta - k * 2.0 * np.pi / 3.0) for k in range(3)]
    zero = -0.5 * (np.maximum.reduce(sines) + np.minimum.reduce(sines))
    conduction = []
    for added in (0.0, zero):
        duty = 0.5 * (1.0 + sines[0] + added)
        transistor = duty * (device.transistor.threshold_v * i + device.transistor.resistance_ohm * i**2)
        diode = (1.0 - duty) * (device.diode.threshold_v * i + device.diode.resistance_ohm * i**2)
        conduction.append(float(np.mean(transistor + diode)))
    assert conduction[1] == pytest.approx(conduction[0], rel=0.01)
    # Without the zero sequence this index would ask for more than the link has.
    assert np.max(0.5 * (1.0 + sines[0] + zero)) <= 1.0 + 1e-9 < np.max(0.5 * (1.0 + sines[0]))


def test_body_diode_shares_its_chip(kit: Kit) -> None:
    """Silicon carbide has one network for both, an IGBT position two; chips scale them and nothing else."""
    for inverter in kit.inverters:
        transistor, diode = inverter.fosters
        assert (transistor is diode) == (inverter.device == "sic")
        factor = inverter.switch.chips * 6 * inverter.sets / inverter.chip_pieces
        assert transistor.total_k_per_w == pytest.approx(factor * inverter.switch.transistor_foster.total_k_per_w)


def broken(device: PowerDevice, change: dict[str, Any]) -> PowerDevice:
    """The device with something changed."""
    return replace(device, **change)


def test_impossible_devices_are_refused(kit: Kit) -> None:
    """Networks that do not belong to the kind, no chips, and energies below nothing."""
    igbt = next(i.switch for i in kit.inverters if i.device == "igbt")
    sic = next(i.switch for i in kit.inverters if i.device == "sic")
    with pytest.raises(ValueError, match="needs the Foster network of its diode"):
        broken(igbt, {"diode_foster": None})
    with pytest.raises(ValueError, match="no Foster network of its own"):
        broken(sic, {"diode_foster": Foster((0.1,), (0.1,))})
    with pytest.raises(ValueError, match="must be positive"):
        broken(igbt, {"chips": 0})
    with pytest.raises(ValueError, match="not negative"):
        broken(igbt, {"turn_on": replace(igbt.turn_on, energy_j=-1.0)})
