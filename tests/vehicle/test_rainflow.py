"""Rainflow counting: the standard's own example, and what no history may break."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.vehicle.mission import rainflow, turning_points

histories = st.lists(st.integers(-50, 50), min_size=1, max_size=80)


def _by_range(history: list[float]) -> dict[float, float]:
    total: Counter[float] = Counter()
    cycles = rainflow(history)
    for size, count in zip(cycles.range, cycles.count, strict=True):
        total[float(size)] += float(count)
    return dict(total)


def test_the_standards_example() -> None:
    """ASTM E1049-85, figure 6: A to I are -2, 1, -3, 5, -1, 3, -4, 4, -2, and E-F with range 4 is the only whole cycle."""
    assert _by_range([-2, 1, -3, 5, -1, 3, -4, 4, -2]) == {3.0: 0.5, 4.0: 1.5, 6.0: 0.5, 8.0: 1.0, 9.0: 0.5}
    cycles = rainflow([-2, 1, -3, 5, -1, 3, -4, 4, -2])
    assert cycles.range[cycles.count == 1.0].tolist() == [4.0]
    assert cycles.mean[cycles.count == 1.0].tolist() == [1.0]


def test_a_small_loop_within_a_large_one() -> None:
    """0 → 10 → 4 → 6 → 0 is one whole cycle of 2 about 5, and two halves of 10: the loop does not cut the large range."""
    assert _by_range([0, 10, 4, 6, 0]) == {2.0: 1.0, 10.0: 1.0}
    cycles = rainflow([0, 10, 4, 6, 0])
    assert cycles.mean[cycles.range == 2.0].tolist() == [5.0]


def test_turning_points_are_what_is_left_of_a_history() -> None:
    """Ramps and plateaux carry no cycle; ends do."""
    assert turning_points([1, 1, 2, 3, 3, 3, 2, 2, 5, 5]).tolist() == [1, 3, 2, 5]
    assert turning_points([4.0, 4.0]).tolist() == [4.0]
    # differences whose product would underflow are reversals still
    assert turning_points([0.0, 1e-200, 0.0]).tolist() == [0.0, 1e-200, 0.0]


def test_no_reversal_is_half_a_cycle_and_no_change_is_none() -> None:
    """A single ramp is one half cycle; a constant history has nothing to count."""
    assert _by_range([0, 1, 7]) == {7.0: 0.5}
    assert _by_range([3, 3, 3]) == {}
    assert rainflow([3.0]).damage(np.empty(0)) == 0.0


@given(histories)
def test_the_largest_range_is_the_histories_own(history: list[int]) -> None:
    """Whatever comes between: lowest and highest form the largest range, and nothing larger is ever counted."""
    cycles = rainflow(history)
    assert cycles.range.max(initial=0.0) == max(history) - min(history)
    assert (cycles.range > 0.0).all()


@given(histories)
def test_no_way_is_lost(history: list[int]) -> None:
    """Every cycle goes its range twice, every half once: together they are the whole way up and down."""
    cycles = rainflow(history)
    assert 2.0 * (cycles.range * cycles.count).sum() == np.abs(np.diff(history)).sum()


@given(histories, st.integers(1, 20), st.integers(-100, 100))
def test_scaling_and_shifting(history: list[int], scale: int, shift: int) -> None:
    """Ranges scale, means scale and shift, counts stay, also when the history is turned upside down."""
    cycles, moved, turned = (
        rainflow(scale_by * np.array(history) + by) for scale_by, by in ((1, 0), (scale, shift), (-1, 0))
    )
    np.testing.assert_array_equal(moved.range, scale * cycles.range)
    np.testing.assert_array_equal(moved.mean, scale * cycles.mean + shift)
    np.testing.assert_array_equal(moved.count, cycles.count)
    np.testing.assert_array_equal(turned.range, cycles.range)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=40), st.integers(2, 4))
def test_a_history_repeated_from_its_highest_point_adds_up(history: list[int], times: int) -> None:
    """Begun and ended at its highest value, a history closes: n of it count n times the ranges of one."""
    block = [60, *history, 60]
    once, often = _by_range(block), _by_range(block + (times - 1) * block[1:])
    assert often == {size: times * count for size, count in once.items()}


def test_refuses_what_is_no_history() -> None:
    """Tables, holes and nothing at all raise."""
    for bad in ([[1.0, 2.0]], [1.0, np.nan], []):
        with pytest.raises(ValueError, match="row of finite"):
            rainflow(bad)
