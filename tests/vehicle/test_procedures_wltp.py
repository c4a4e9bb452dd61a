"""WLTP's range procedures against sums done by hand, and what must hold whatever the car."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle.procedures import Stretch, recharge_ac_wh, wltp_consecutive, wltp_shortened

KM = 1000.0
LENGTHS = (3.0, 5.0, 7.0, 8.0)  # made up, near the phases' own
FLAT = (150.0, 140.0, 160.0, 220.0)


def _segment(consumption: tuple[float, ...]) -> list[Stretch]:
    return [Stretch(km * KM, km * value) for km, value in zip((*LENGTHS, *LENGTHS[:2]), consumption, strict=True)]


def test_shortened_test_by_hand() -> None:
    """A first low phase at 250 instead of 150 Wh/km, everything worked out on paper.

    WLTC: 4030 (4330 the first time) Wh over 23 km, city 1150 (1450) over 8 km; both segments 2 × 5180 + 300 = 10,660 Wh, and 32,640 Wh
    at constant speed make 43,300 Wh. So K₁ is exactly 0.1 for the whole cycle.
    """
    first = _segment((250.0, *FLAT[1:], *FLAT[:2]))
    second = _segment((*FLAT, *FLAT[:2]))
    result = wltp_shortened(first, second, [Stretch(150 * KM, 28_310.0), Stretch(23 * KM, 4_330.0)], 43_300.0 * 1.15)
    assert result.usable_energy_wh == pytest.approx(43_300.0)
    assert result.whole.weights == pytest.approx((0.1, 0.9))
    whole = (0.1 * 4330.0 + 0.9 * 4030.0) / 23.0
    assert result.whole.dc_wh_per_km == pytest.approx(whole)
    assert result.whole.range_km == pytest.approx(43_300.0 / whole)
    assert result.whole.ac_wh_per_km == pytest.approx(1.15 * whole)
    k_city = 1450.0 / 43_300.0
    assert result.city.weights == pytest.approx((k_city, *[(1.0 - k_city) / 3.0] * 3))
    assert result.city.dc_wh_per_km == pytest.approx((k_city * 1450.0 + (1.0 - k_city) * 1150.0) / 8.0)
    assert [len(result.phases[name].weights) for name in ("low", "medium", "high", "extra-high")] == [4, 4, 2, 2]
    k_low = 750.0 / 43_300.0
    assert result.phases["low"].dc_wh_per_km == pytest.approx(k_low * 250.0 + (1.0 - k_low) * 150.0)
    assert result.phases["extra-high"].dc_wh_per_km == pytest.approx(220.0)


@given(st.lists(st.floats(60.0, 400.0), min_size=4, max_size=4), st.floats(100.0, 1000.0), st.floats(1.0, 1.4))
def test_equal_repeats_make_weights_irrelevant(phases: list[float], steady_km: float, ratio: float) -> None:
    """Where every repeat of a phase takes the same, range is usable energy over consumption, and wall energy is range times consumption."""
    segment = _segment((*phases, *phases[:2]))
    usable = 2.0 * sum(stretch.dc_wh for stretch in segment) + steady_km * 200.0
    result = wltp_shortened(segment, segment, [Stretch(steady_km * KM, steady_km * 200.0)], usable * ratio)
    whole = sum(km * value for km, value in zip(LENGTHS, phases, strict=True)) / sum(LENGTHS)
    assert result.whole.dc_wh_per_km == pytest.approx(whole)
    for figures in (result.whole, result.city, *result.phases.values()):
        assert sum(figures.weights) == pytest.approx(1.0)
        assert figures.range_km * figures.dc_wh_per_km == pytest.approx(usable)
        assert figures.range_km * figures.ac_wh_per_km == pytest.approx(usable * ratio)


def test_consecutive_cycles_by_hand() -> None:
    """Three WLTCs, the first 4330 Wh, the others 4030, and 1150 Wh of a fourth: 13,540 Wh; K₁ = 4330 / 13,540, the others half the rest."""
    cold = _segment((250.0, *FLAT[1:], *FLAT[:2]))[:4]
    warm = _segment((*FLAT, *FLAT[:2]))[:4]
    result = wltp_consecutive([cold, warm, warm], warm[:2], 15_000.0)
    first = 4330.0 / 13_540.0
    assert result.usable_energy_wh == pytest.approx(13_540.0)
    assert result.whole.weights == pytest.approx((first, 0.5 * (1.0 - first), 0.5 * (1.0 - first)))
    expected = (first * 4330.0 + (1.0 - first) * 4030.0) / 23.0
    assert result.whole.range_km == pytest.approx(13_540.0 / expected)
    assert result.whole.ac_wh_per_km == pytest.approx(15_000.0 / 13_540.0 * expected)


def test_refuses_what_is_no_test() -> None:
    """A segment of five phases, and a test without a complete cycle, are told apart from the procedure."""
    segment = _segment((*FLAT, *FLAT[:2]))
    with pytest.raises(ValueError, match="second dynamic segment"):
        wltp_shortened(segment, segment[:5], [], 1.0)
    with pytest.raises(ValueError, match="complete cycle"):
        wltp_consecutive([], segment[:2], 1.0)


def test_recharge_by_hand() -> None:
    """50 kWh at 10 kW for the first 80 %, then down to 2 kW; charger 0.92 at 10 kW and 0.88 at 2 kW; 100 W beside it.

    40 kWh at 0.92 in 4 h; 10 kWh at the mean of 6 kW, so at 0.90, in 10/6 h: 43,478.3 + 11,111.1 + 566.7 = 55,156.0 Wh.
    """
    wall = recharge_ac_wh(
        50_000.0, [0.0, 0.8, 1.0], [10_000.0, 10_000.0, 2_000.0], [2_000.0, 10_000.0], [0.88, 0.92], 100.0
    )
    assert wall == pytest.approx(40_000.0 / 0.92 + 10_000.0 / 0.90 + 100.0 * (4.0 + 10.0 / 6.0))


@given(st.floats(1e3, 1e5), st.floats(0.5, 1.0), st.floats(500.0, 2e5))
def test_a_constant_efficiency_is_a_division(stored_wh: float, efficiency: float, power_w: float) -> None:
    """Without anything beside it, neither power nor time matters."""
    wall = recharge_ac_wh(stored_wh, [0.0, 0.3, 1.0], [power_w, power_w, 0.0], [1e3], [efficiency])
    assert wall == pytest.approx(stored_wh / efficiency)


@pytest.mark.parametrize(
    ("charge", "power", "nodes", "efficiency", "message"),
    [
        ([0.0, 0.9], [1.0, 1.0], [1.0], [0.9], "from 0 to 1"),
        ([0.0, 0.5, 0.5, 1.0], [1.0] * 4, [1.0], [0.9], "rise throughout"),
        ([0.0, 1.0], [0.0, 0.0], [1.0], [0.9], "positive"),
        ([0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [0.9, 0.9], "charger_power_w must rise"),
        ([0.0, 1.0], [1.0, 1.0], [1.0], [1.1], "lies in"),
    ],
)
def test_refuses_what_is_no_charge(
    charge: list[float], power: list[float], nodes: list[float], efficiency: list[float], message: str
) -> None:
    """Charges that do not fill, powers that do not flow and chargers that gain raise and say so."""
    with pytest.raises(ValueError, match=message):
        recharge_ac_wh(1000.0, charge, power, nodes, efficiency)
