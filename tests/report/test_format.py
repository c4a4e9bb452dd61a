"""Numbers in the page: few digits, never a wrong value, always the full value within reach."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.report import format as fmt

finite = st.floats(-1e9, 1e9, allow_nan=False)


def _value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


@given(finite)
def test_money_shows_at_most_four_significant_digits_and_stays_close(value: float) -> None:
    """No money figure pretends to more than four digits, and rounding moves it by less than its last digit."""
    text = fmt.money(value)
    digits = text.lstrip("−").replace(",", "").replace(".", "").lstrip("0")
    if abs(value) >= 1000.0:
        digits = digits[:4] + digits[4:].rstrip("0")
    assert len(digits) <= 4
    assert math.isclose(_value(text), value, rel_tol=6e-4, abs_tol=0.51 if abs(value) >= 200 else 0.051)


@given(finite)
def test_no_number_shows_a_hyphen_or_a_negative_zero(value: float) -> None:
    """Minus signs are true minus signs, and what rounds to zero has no sign."""
    for text in (fmt.money(value), fmt.fixed(value, 2), fmt.percent(value)):
        assert "-" not in text
        assert not (text.startswith("−") and _value(text) == 0.0)


@given(finite, st.floats(0.0, 1e6))
def test_interval_is_ordered_and_shares_its_decimals(low: float, width: float) -> None:
    """Both ends of an interval are rounded alike, so it never looks reversed (convention 13)."""
    left, right = fmt.interval({"low": low, "high": low + width}).replace(" to ", " – ").split(" – ")
    assert _value(left) <= _value(right)
    assert ("." in left) == ("." in right)


@given(st.floats(1e-4, 1e6))
def test_quantity_keeps_four_digits_without_idle_zeros(value: float) -> None:
    """A technical figure is within half of its fourth digit and ends on no zero after the point."""
    text = fmt.quantity(value)
    assert math.isclose(_value(text), value, rel_tol=5.1e-4, abs_tol=5.1e-7)
    assert "." not in text or not text.endswith(("0", "."))


@given(st.integers(1, 3000), st.floats(-0.4, 0.4).filter(lambda r: abs(r) > 1e-4))
def test_unlocking_value_still_suffices_after_rounding(tenths: int, change: float) -> None:
    """ "5.9 s instead of 5.7 s": the shown offer lies beyond the true one as seen from the demand, and differs from the demand."""
    demanded = tenths / 10.0
    offered = demanded * (1.0 + change)
    shown, demand = (_value(text) for text in fmt.apart(offered, demanded))
    assert demand == pytest.approx(demanded, rel=6e-4)
    assert shown != demand
    assert (shown - offered) * (offered - demanded) >= -1e-5 * abs(offered)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_shows_as_a_dash(value: float | None) -> None:
    """A missing figure or a bound that was never found is a dash, not a zero and not "nan"."""
    for show in (fmt.money, fmt.count, fmt.percent, fmt.quantity, fmt.duration):
        assert show(value) == fmt.NO_NUMBER
    assert fmt.full_value(value) == ""


def test_figures_as_the_task_of_a_reader_writes_them() -> None:
    """Examples that a reader can check by eye."""
    assert fmt.interval({"low": 1234.4, "high": 1301.2}) == "1,234 – 1,301"
    assert fmt.interval({"low": -3.0, "high": 2.0}) == "−3.00 to 2.00"
    assert fmt.money(12345.6) == "12,350"
    assert fmt.money(-0.001) == "0.00"
    assert fmt.money(-42.04) == "−42.0"
    assert fmt.percent(0.123) == "0.12"
    assert fmt.duration(135.0) == "2 min 15 s"
    assert fmt.apart(5.8321, 5.7) == ("5.84", "5.7")
    assert fmt.join(["a", "b", "c"]) == "a, b and c"
    assert fmt.plural(1, "unit") == "1 unit"
    assert fmt.plural(4, "process", "processes") == "4 processes"
    assert fmt.currency_symbol("EUR") == "€"
    assert fmt.currency_symbol("CHF") == "CHF"


def test_rounded_cells_carry_the_full_value() -> None:
    """What is rounded in a cell can be read in full in its title; what is not rounded needs none."""
    assert fmt.money_cell(1234.5678).full == "1234.5678"
    assert fmt.count_cell(7).full == ""


def test_demands_read_as_engineers_say_them() -> None:
    """Quantity, relation, value and unit, with the axle where there is one; a demand without a number is its name."""
    demand = {"quantity": "top_speed", "relation": "at_least", "value": 190.0, "unit": "km/h", "axle": None}
    assert fmt.demand_text(demand) == "top speed ≥ 190 km/h"
    assert fmt.demand_text(demand | {"axle": "front"}) == "top speed ≥ 190 km/h (front)"
    assert fmt.demand_text(demand | {"quantity": "cycle", "value": None}) == "drives the WLTC 3b cycle"
