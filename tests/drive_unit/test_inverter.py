"""The inverter's loss polynomial against a leg followed through its period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit import Inverter, Kit


@given(current=st.floats(0.0, 900.0), voltage=st.floats(200.0, 900.0), which=st.integers(0, 4))
def test_loss_equals_a_period_followed_in_steps(kit: Kit, current: float, voltage: float, which: int) -> None:
    """Conduction v0 |i| + r i^2 and switching f e V |i|, averaged over a sine by quadrature, for each set and phase."""
    inverter = kit.inverters[which]
    angle = (np.arange(4000) + 0.5) * np.pi / 2000
    one = np.abs(current / inverter.sets * np.sin(angle))
    conduction = inverter.threshold_voltage_v * one + inverter.slope_resistance_ohm * one**2
    switching = inverter.switching_frequency_hz * inverter.switching_energy_j_per_va * voltage * one
    expected = inverter.standby_w + 3 * inverter.sets * float(np.mean(conduction + switching))
    assert float(inverter.loss_w(np.array(current), np.zeros(()), voltage)) == pytest.approx(expected, rel=1e-6)


@given(current=st.floats(0.0, 900.0), voltage=st.floats(200.0, 900.0))
def test_two_sets_are_two_inverters_at_half_current(kit: Kit, current: float, voltage: float) -> None:
    """A pair of sets loses what two single inverters lose that share its current, standby included."""
    pair = next(inverter for inverter in kit.inverters if inverter.sets == 2)
    single = replace(pair, sets=1, standby_w=pair.standby_w / 2)
    alone = float(single.loss_w(np.array(current / 2), np.zeros(()), voltage))
    assert float(pair.loss_w(np.array(current), np.zeros(()), voltage)) == pytest.approx(2 * alone)


def test_voltage_limit_is_linear_modulation(kit: Kit) -> None:
    """At full utilisation the peak phase voltage is V_dc / sqrt(3), the end of linear space-vector modulation."""
    inverter: Inverter = replace(kit.inverters[0], voltage_utilisation=1.0)
    assert inverter.phase_voltage_limit_v(350.0) == pytest.approx(202.07, abs=0.01)
