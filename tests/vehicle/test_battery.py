"""The pack behind its terminals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle import Battery

GOOD: dict[str, Any] = {
    "usable_energy_wh": 80_000.0,
    "open_circuit_voltage_v": 390.0,
    "resistance_ohm": 0.06,
    "charging_efficiency": 0.88,
}


@given(st.floats(200.0, 900.0), st.floats(0.0, 0.3), st.floats(-1.0, 1.0))
def test_terminal_power_and_loss_are_what_the_cells_give(voltage: float, resistance: float, share: float) -> None:
    """Kirchhoff: with the current that the loss implies, V I equals terminal power plus loss, discharging and charging."""
    battery = Battery(**{**GOOD, "open_circuit_voltage_v": voltage, "resistance_ohm": resistance})
    power = share * min(battery.discharge_limit_w, 400_000.0)
    loss = float(battery.resistive_loss_w(power))
    assert loss >= 0.0
    if resistance > 1e-6:
        current = np.sign(power) * np.sqrt(loss / resistance)
        assert voltage * current == pytest.approx(power + loss, rel=1e-6, abs=1e-3)
    else:
        assert loss < 2.0


def test_no_pack_gives_more_than_its_matched_load() -> None:
    """The limit is the stated one or V²/(4R), whichever is less; at V²/(4R) half is lost, and beyond there is no answer."""
    matched = 390.0**2 / (4.0 * 0.06)
    battery = Battery(**GOOD)
    assert battery.discharge_limit_w == pytest.approx(matched)
    assert Battery(**GOOD, max_discharge_w=200_000.0).discharge_limit_w == 200_000.0
    assert battery.resistive_loss_w(matched * (1.0 - 1e-12)) == pytest.approx(matched, rel=1e-5)
    assert np.isnan(battery.resistive_loss_w(matched * 1.01))
    assert Battery(**{**GOOD, "resistance_ohm": 0.0}).discharge_limit_w == np.inf


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("usable_energy_wh", 0.0),
        ("open_circuit_voltage_v", -1.0),
        ("resistance_ohm", -0.1),
        ("charging_efficiency", 1.1),
        ("charging_efficiency", 0.0),
        ("max_discharge_w", 0.0),
        ("max_charge_w", -1.0),
    ],
)
def test_refuses_impossible_packs(field: str, value: float) -> None:
    """Each impossible figure raises and names its field."""
    with pytest.raises(ValueError, match=field):
        Battery(**{**GOOD, field: value})
