"""Heat stores against their differential equation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.certification import HeatStore, Warmth

STORE = HeatStore(15e3, 10.0, 296.15)


@given(
    start=st.floats(250.0, 400.0), heat=st.floats(0.0, 2000.0), first=st.floats(0.0, 3e3), second=st.floats(1e-3, 3e3)
)
def test_heat_balances_and_phases_join(start: float, heat: float, first: float, second: float) -> None:
    """What comes in less what the mean temperature gives off is stored; two phases of one heat are one long phase."""
    mean, end = STORE.over(start, heat, first + second)
    given_off = STORE.conductance_w_per_k * (mean - STORE.surroundings_k)
    assert (heat - given_off) * (first + second) == pytest.approx(
        STORE.capacity_j_per_k * (end - start), rel=1e-9, abs=1e-3
    )
    _, between = STORE.over(start, heat, first)
    assert STORE.over(between, heat, second)[1] == pytest.approx(end, rel=1e-12)


def test_it_settles_where_heat_and_cooling_meet() -> None:
    """After a long time, and the sooner the less capacity."""
    assert STORE.over(280.0, 300.0, 1e6)[1] == pytest.approx(STORE.settled_k(300.0)) == pytest.approx(296.15 + 30.0)
    time_constant_s = STORE.capacity_j_per_k / STORE.conductance_w_per_k
    _, end = STORE.over(STORE.surroundings_k, 300.0, time_constant_s)
    assert end - STORE.surroundings_k == pytest.approx(30.0 * (1.0 - math.exp(-1.0)))


def test_tyres_run_warmer_the_faster_they_roll() -> None:
    """At equal force the heat grows with the speed, the cooling less."""
    warmth = Warmth()
    excess = [warmth.tyres(v).settled_k(150.0 * v) - warmth.surroundings_k for v in (5.0, 10.0, 20.0, 30.0)]
    assert excess == sorted(excess)
    assert 15.0 < excess[2] < 35.0
