"""The inverter's loss, its junctions, and what voltage and current follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit import DriveUnit, Inverter, Kit
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.loss_search import inverter_loss_w
from halfshaft.drive_unit.magnetic_table import MagneticTable

SHARES = st.floats(0.01, 1.0)
FACTORS = st.floats(-1.1, 1.1)  # of the modulation index and the power factor together
WHICH = st.integers(0, 4)


def power_w(inverter: Inverter, current_a: float, factor: float, dc_voltage_v: float) -> float:
    """3/2 v i cos(phi) at the phase voltage m V_dc / 2."""
    return 0.75 * factor * dc_voltage_v * current_a


def classes(inverter: Inverter) -> float:
    """A voltage that the inverter is made for."""
    return 0.875 * inverter.voltage_class_v


@given(share=SHARES, factor=FACTORS, which=WHICH)
def test_closed_form_is_the_fixed_point_of_loss_and_temperature(
    kit: Kit, share: float, factor: float, which: int
) -> None:
    """Loss at a temperature, temperature from the loss, and so on until nothing changes: the same as the terms say at once."""
    inverter = kit.inverters[which]
    volts, current = classes(inverter), share * inverter.current_limit_a
    terms, one = inverter.terms(volts), current / inverter.sets
    phi = np.array([one, factor * one, one**2, factor * one**2])
    resistance = np.array([foster.total_k_per_w for foster in inverter.fosters])
    # What each device loses at the coolant's temperature, and per kelvin above it.
    cold, per_k = terms.value @ phi, terms.slope @ phi / resistance
    rise = np.zeros(2)
    for _ in range(300):
        rise = resistance * (cold + per_k * rise)
    expected = inverter.standby_w + 6 * inverter.sets * float(np.sum(rise / resistance))
    power = power_w(inverter, current, factor, volts)
    assert float(inverter.loss_w(current, power, volts)) == pytest.approx(expected, rel=1e-9)
    hottest = inverter.junction_temperature_k(current, power, volts).max()
    assert hottest - inverter.coolant_temperature_k == pytest.approx(rise.max(), rel=1e-9)


@given(share=SHARES, factor=FACTORS, which=WHICH)
def test_parts_add_up_and_none_is_negative(kit: Kit, share: float, factor: float, which: int) -> None:
    """Standby, conduction and switching are the loss, whatever the direction of the power."""
    inverter = kit.inverters[which]
    current, volts = share * inverter.current_limit_a, classes(inverter)
    power = power_w(inverter, current, factor, volts)
    parts = inverter.loss_parts_w(current, power, volts)
    assert min(float(part) for part in parts.values()) > 0.0
    assert float(sum(parts.values())) == pytest.approx(float(inverter.loss_w(current, power, volts)), rel=1e-9)


@given(factor=FACTORS, which=WHICH)
def test_loss_grows_with_current_and_begins_at_standby(kit: Kit, factor: float, which: int) -> None:
    """At one modulation and power factor every ampere costs something; without current only standby is left."""
    inverter = kit.inverters[which]
    volts, current = classes(inverter), np.linspace(0.0, inverter.current_limit_a, 50)
    loss = inverter.loss_w(current, 0.75 * factor * volts * current, volts)
    assert loss[0] == pytest.approx(inverter.standby_w)
    assert np.all(np.diff(loss) > 0.0)
    assert inverter.loss_w(current[:, None], np.zeros((1, 3)), volts).shape == (50, 3)


def test_switching_goes_with_frequency_and_grows_with_voltage(kit: Kit) -> None:
    """Without temperature dependence twice the frequency is twice the switching loss; the voltage works by its exponents."""
    for inverter in kit.inverters:
        events = {
            name: replace(getattr(inverter.switch, name), rise_per_k=0.0, voltage_exponent=1.3)
            for name in ("turn_on", "turn_off", "recovery")
        }
        one = replace(inverter, switch=replace(inverter.switch, **events))
        two = replace(one, switching_frequency_hz=2.0 * one.switching_frequency_hz)
        amperes, volts = 0.5 * inverter.current_limit_a, classes(inverter)
        base = float(one.loss_parts_w(amperes, 0.0, volts)["switching"])
        assert float(two.loss_parts_w(amperes, 0.0, volts)["switching"]) == pytest.approx(2.0 * base)
        assert float(one.loss_parts_w(amperes, 0.0, 1.1 * volts)["switching"]) == pytest.approx(1.1**1.3 * base)


@given(current=st.floats(1.0, 1500.0), factor=FACTORS)
def test_two_sets_are_two_inverters_at_half_current(kit: Kit, current: float, factor: float) -> None:
    """A pair of sets loses what two single inverters lose that share current, power and chips, standby included."""
    pair = next(inverter for inverter in kit.inverters if inverter.sets == 2)
    single = replace(pair, sets=1, standby_w=pair.standby_w / 2, chip_pieces=pair.chip_pieces // 2)
    power = power_w(pair, current, factor, 350.0)
    alone = float(single.loss_w(current / 2, power / 2, 350.0))
    assert float(pair.loss_w(current, power, 350.0)) == pytest.approx(2 * alone)
    assert pair.current_rating_a(350.0) == pytest.approx(2 * single.current_rating_a(350.0))


@given(share=SHARES, factor=FACTORS)
def test_twice_the_chips_are_two_inverters_in_parallel(kit: Kit, share: float, factor: float) -> None:
    """Twice the chips at twice the current lose twice as much at the same temperatures, and are rated for twice the current."""
    for one in kit.inverters:
        two = replace(one, chip_pieces=2 * one.chip_pieces)
        volts, current = classes(one), share * one.current_limit_a
        power = power_w(one, current, factor, volts)
        more = 2.0 * (float(one.loss_w(current, power, volts)) - one.standby_w)
        assert float(two.loss_w(2 * current, 2 * power, volts)) - two.standby_w == pytest.approx(more)
        assert two.junction_temperature_k(2 * current, 2 * power, volts) == pytest.approx(
            one.junction_temperature_k(current, power, volts)
        )
        assert two.current_rating_a(volts) == pytest.approx(2 * one.current_rating_a(volts))


def test_silicon_carbide_loses_less_at_light_load(kit: Kit) -> None:
    """Twice the voltage and half the current: a channel has no threshold, so at a tenth of the load it loses a fraction of an IGBT's."""
    igbt, sic = (next(i for i in kit.inverters if i.name == name) for name in ("igbt_600", "sic_400"))
    ratios = []
    for share in (0.1, 0.3, 0.6):
        current = share * 800.0
        silicon = float(igbt.loss_w(current, 0.6 * current * 350.0, 350.0)) - igbt.standby_w
        carbide = float(sic.loss_w(current / 2, 0.6 * current / 2 * 700.0, 700.0)) - sic.standby_w
        ratios.append(carbide / silicon)
    assert ratios[0] < 0.6
    assert ratios == sorted(ratios)


def test_channel_conducts_both_ways_alike(kit: Kit) -> None:
    """A silicon-carbide inverter loses the same in motoring and generating; an IGBT's transistor and diode change places."""
    sic = next(i for i in kit.inverters if i.device == "sic")
    igbt = next(i for i in kit.inverters if i.device == "igbt")
    amperes, power = 300.0, 1e5
    assert sic.loss_w(amperes, power, 700.0) == pytest.approx(sic.loss_w(amperes, -power, 700.0))
    transistor, diode = igbt.junction_temperature_k(amperes, np.array([power, -power]), 350.0)
    assert transistor[0] > transistor[1]
    assert diode[0] < diode[1]


def test_dead_time_costs_a_body_diode_its_drop(kit: Kit) -> None:
    """With dead time the body diode carries what the channel does otherwise, which drops more: conduction grows by that difference."""
    sic = next(i for i in kit.inverters if i.device == "sic")
    none = replace(sic, dead_time_s=0.0)
    amperes = 200.0
    extra = float(
        sic.loss_parts_w(amperes, 0.0, 700.0)["conduction"] - none.loss_parts_w(amperes, 0.0, 700.0)["conduction"]
    )
    share = 2.0 * sic.dead_time_s * sic.switching_frequency_hz
    angle = (np.arange(2000) + 0.5) * np.pi / 2000
    i = amperes * np.sin(angle)
    kelvin = float(sic.junction_temperature_k(amperes, 0.0, 700.0)[0]) - sic.switch.reference_temperature_k
    body, channel = sic.switch.diode, sic.switch.transistor
    drop = body.threshold_v + body.threshold_rise_v_per_k * kelvin + body.resistance_ohm * i
    drop -= (channel.resistance_ohm + channel.resistance_rise_ohm_per_k * kelvin) * i
    assert extra == pytest.approx(3.0 * share * float(np.mean(drop * i)), rel=0.03)  # the chip is a little warmer, too


def test_the_search_loses_the_same(
    units: dict[str, DriveUnit], magnetics_of: Callable[[DriveUnit], MagneticTable]
) -> None:
    """What the compiled search minimises is this loss, for one set and for two, in motoring and generating."""
    for name in ("eesm_150x16/igbt_600/gear_88", "eesm_170x12_dual/igbt_2x600/gear_88", "eesm_130x32/sic_400/gear_88"):
        unit, volts = units[name], classes(units[name].inverter)
        model = LossModel(unit.motor, magnetics_of(unit), volts)
        search = model.search_model(magnetics_of(unit), 300.0)
        for share in (0.1, 0.5, 1.0):
            amperes = share * unit.inverter.current_limit_a
            turns = amperes * unit.machine.series_turns
            for torque_power in (-0.3 * volts * amperes, 0.5 * volts * amperes):
                ac_power = torque_power + search.ac_power_w_per_a2 * turns**2
                expected = float(unit.inverter.loss_w(amperes, ac_power, volts))
                assert inverter_loss_w(turns, torque_power, search) == pytest.approx(expected, rel=1e-9)


# ---- limits -----------------------------------------------------------------------------------------------------------------


def test_voltage_limit_runs_from_linear_modulation_to_six_step(kit: Kit) -> None:
    """Without dead time and shortest pulse V_dc / sqrt(3); with full overmodulation the six-step fundamental 2 V_dc / pi."""
    ideal = replace(kit.inverters[0], dead_time_s=0.0, shortest_pulse_s=0.0, overmodulation_share=0.0)
    assert ideal.phase_voltage_limit_v(350.0) == pytest.approx(350.0 / np.sqrt(3.0))
    assert ideal.voltage_utilisation == pytest.approx(1.0)
    six_step = replace(kit.inverters[0], overmodulation_share=1.0)
    assert six_step.phase_voltage_limit_v(350.0) == pytest.approx(2.0 * 350.0 / np.pi)


@given(dead_us=st.floats(0.0, 3.0), longer_us=st.floats(0.01, 1.0), pulse_us=st.floats(0.0, 3.0))
def test_dead_time_and_shortest_pulse_lower_the_voltage_limit(
    kit: Kit, dead_us: float, longer_us: float, pulse_us: float
) -> None:
    """Every bit of either costs voltage, a dead time twice as much as a pulse, since each pulse has two of them."""
    base = replace(kit.inverters[0], dead_time_s=dead_us * 1e-6, shortest_pulse_s=pulse_us * 1e-6)
    slower = replace(base, dead_time_s=(dead_us + longer_us) * 1e-6)
    longer = replace(base, shortest_pulse_s=(pulse_us + longer_us) * 1e-6)
    lost = base.phase_voltage_limit_v(400.0) - np.array(
        [other.phase_voltage_limit_v(400.0) for other in (slower, longer)]
    )
    assert lost[1] > 0.0
    assert lost[0] == pytest.approx(2.0 * lost[1], rel=1e-6)


def test_rating_is_where_the_hottest_junction_reaches_its_limit(kit: Kit) -> None:
    """At the rating and the worst of both directions at the voltage limit the hottest device is as hot as it may be, and none hotter."""
    for inverter in kit.inverters:
        volts = classes(inverter)
        rating = inverter.current_rating_a(volts)
        powers = np.linspace(-1.5, 1.5, 31) * inverter.phase_voltage_limit_v(volts) * rating
        hottest = inverter.junction_temperature_k(rating, powers, volts).max()
        assert hottest == pytest.approx(inverter.switch.highest_junction_temperature_k, abs=1e-6)


def test_rating_falls_with_voltage_and_coolant_and_limits_the_current(kit: Kit) -> None:
    """Hotter coolant and more voltage leave less current; the limit is the stated one, or the rating where that is less."""
    for inverter in kit.inverters:
        volts = inverter.voltage_class_v
        hot = replace(inverter, coolant_temperature_k=inverter.coolant_temperature_k + 80.0)
        assert hot.current_rating_a(volts) < inverter.current_rating_a(volts)
        assert inverter.current_rating_a(1.1 * volts) < inverter.current_rating_a(volts)
        assert inverter.current_limit_a == inverter.stated_current_limit_a
        assert hot.current_limit_a == pytest.approx(hot.current_rating_a(volts))
        assert replace(inverter, stated_current_limit_a=None).current_limit_a == inverter.current_rating_a(volts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": 0}, "sets must be positive"),
        ({"stated_current_limit_a": -1.0}, "current limit must be positive"),
        ({"standby_w": -1.0}, "not negative"),
        ({"overmodulation_share": 1.2}, "overmodulation share is 0 to 1"),
        ({"dead_time_s": 3e-5}, "fill the carrier period"),
        ({"coolant_temperature_k": 450.0}, "leaves no room below junctions"),
        ({"coolant_temperature_k": 200.0}, "recovery energy would be negative at 200 K"),
    ],
)
def test_impossible_inverters_are_refused(kit: Kit, change: dict[str, float], message: str) -> None:
    """Each with its name and what is wrong."""
    with pytest.raises(ValueError, match=message) as caught:
        replace(kit.inverters[0], **change)
    assert kit.inverters[0].name in str(caught.value)
