"""The strict reader of quantities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.quantities import UnitError, parse_quantity, unit


@pytest.mark.parametrize(
    ("text", "wanted", "value"),
    [
        ("12000 rpm", "rad/s", 12000 * 2 * math.pi / 60),
        ("7.2 kW", "W", 7200.0),
        ("2.3 t", "kg", 2300.0),
        ("33.9 lbf", "N", 150.7947),
        ("0.01668 lbf*h^2/mi^2", "N*s^2/m^2", 0.371270),
        ("0.034 lbf/(mi/h)", "N*s/m", 0.33831),
        ("190 km/h", "m/s", 52.7778),
        ("18.4 kWh/km", "J/m", 18.4 * 3600),
        ("430 Nm", "Nm", 430.0),
        ("40 %", "1", 0.4),
        ("0.4", "1", 0.4),
        ("1e3 W", "kW", 1.0),
        ("80034 pieces/year", "pieces/year", 80034.0),
    ],
)
def test_reads_what_people_write(text: str, wanted: str, value: float) -> None:
    """Each quantity arrives in the wanted unit; the road-load rows agree with the agency list's own SI columns."""
    assert parse_quantity(text, wanted) == pytest.approx(value, rel=2e-5)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12 000 rpm", "rad/s"),
        ("7,2 kW", "W"),
        ("100 Hz", "rad/s"),
        ("1000 rpm", "Hz"),
        ("300 Nm", "J"),
        ("300", "Nm"),
        ("six hundred A", "A"),
        ("5 parsec", "m"),
        ("5 EUR", "USD"),
        ("", "kg"),
        ("nan kg", "kg"),
        ("3 kg kg", "kg"),
        ("3 kg/", "kg"),
        ("3 (kg", "kg"),
    ],
)
def test_refuses_what_it_would_have_to_guess(text: str, wanted: str) -> None:
    """Inputs that a lenient reader gets silently wrong are errors here."""
    with pytest.raises(UnitError):
        parse_quantity(text, wanted)


def test_money_needs_a_rate() -> None:
    """A foreign currency is converted with the stated rate, and refused without one."""
    assert parse_quantity("2 USD/kW", "money/kW", {"USD": 0.95}) == pytest.approx(1.9)
    assert parse_quantity("3 MEUR", "money", {"EUR": 1.0}) == pytest.approx(3e6)
    with pytest.raises(UnitError, match="exchange"):
        parse_quantity("2 GBP", "money", {"EUR": 1.0})


@given(
    st.floats(-1e9, 1e9, allow_nan=False),
    st.sampled_from(["kW", "Nm", "km/h", "kWh", "N*s^2/m^2", "EUR/kWh", "mohm", "g"]),
)
def test_reading_undoes_writing(value: float, symbol: str) -> None:
    """Any number written with a unit is read back as itself in that unit."""
    assert parse_quantity(f"{value!r} {symbol}", symbol) == pytest.approx(value, rel=1e-12, abs=1e-300)


def test_power_is_torque_times_speed() -> None:
    """The dimension algebra knows that Nm times rad/s is W, and that J times rad/s is not."""
    assert unit("Nm*rad/s").dimension == unit("W").dimension
    assert unit("J*rad/s").dimension != unit("W").dimension
