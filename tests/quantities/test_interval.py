"""Interval arithmetic of bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.quantities import Interval

_ends = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(lambda pair: Interval(min(pair), max(pair)))
_share = st.floats(0.0, 1.0)


@given(_ends, _ends, _share, _share)
def test_arithmetic_holds_for_every_member(a: Interval, b: Interval, s: float, t: float) -> None:
    """Whatever members are drawn, their sum and difference lie in the sum and difference of the intervals."""
    x, y = a.low + s * a.width, b.low + t * b.width
    assert (a + b).contains(x + y, 1e-6)
    assert (a - b).contains(x - y, 1e-6)
    assert (-a).contains(-x, 1e-6)
    assert a.scale(-2.0).contains(-2.0 * x, 1e-6)


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_refuses_what_is_no_interval(low: float, high: float) -> None:
    """Ends that are not ordered or not finite raise."""
    with pytest.raises(ValueError, match="interval"):
        Interval(low, high)
