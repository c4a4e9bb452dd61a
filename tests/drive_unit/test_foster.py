"""The Foster network against its differential equations and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halfshaft.drive_unit.foster import Foster

NETWORK = Foster((0.005, 0.05, 0.065, 0.02), (0.001, 0.03, 0.25, 1.5))


def test_step_response_begins_at_nothing_and_ends_at_the_sum() -> None:
    """Zero at once, all resistances after a long time and at infinity, and rising in between; early on the slope is the sum of R / tau."""
    times = np.geomspace(1e-6, 100.0, 200)
    step = NETWORK.step_k_per_w(times)
    assert NETWORK.step_k_per_w(0.0) == 0.0
    assert NETWORK.step_k_per_w(np.inf) == pytest.approx(NETWORK.total_k_per_w)
    assert step[-1] == pytest.approx(0.14)
    assert np.all(np.diff(step) >= 0.0)
    assert step[0] / times[0] == pytest.approx(0.005 / 0.001 + 0.05 / 0.03 + 0.065 / 0.25 + 0.02 / 1.5, rel=1e-3)


def test_steps_of_power_follow_the_differential_equations() -> None:
    """tau dT/dt = R P - T for each pair, integrated numerically within every step of a random power."""
    rng = np.random.default_rng(1)
    power, step_s = rng.uniform(0.0, 2000.0, 40), 0.02
    resistance, tau = np.array(NETWORK.resistance_k_per_w), np.array(NETWORK.time_constant_s)
    state, expected = np.zeros(4), []
    for watts in power:
        solution = solve_ivp(
            lambda _, t, p=watts: (resistance * p - t) / tau, (0.0, step_s), state, rtol=1e-9, atol=1e-9
        )
        state = solution.y[:, -1]
        expected.append(state.sum())
    assert NETWORK.rise_k(power, step_s) == pytest.approx(np.array(expected), rel=1e-6)


@given(period=st.floats(1e-5, 30.0))
def test_repeated_power_ends_in_the_periodic_answer(period: float) -> None:
    """Enough repetitions from a cold start end where the periodic answer says, whose mean is that of the mean power."""
    power = 500.0 * (1.0 + np.sin(np.arange(50) * 2.0 * np.pi / 50.0))
    periodic = NETWORK.periodic_rise_k(power, period)
    repeats = min(int(np.ceil(30.0 * 1.5 / period)), 3000)
    if repeats < 3000:
        repeated = NETWORK.rise_k(np.tile(power, repeats), period / 50.0)
        assert periodic == pytest.approx(repeated[-50:], rel=1e-6)
    # Each pair's mean over time is R times the mean power; the ends of steps lie evenly around it.
    assert periodic.mean() == pytest.approx(NETWORK.total_k_per_w * power.mean(), rel=1e-6)


def test_short_and_long_periods() -> None:
    """A period far below the fastest pair leaves no ripple; one far beyond the slowest follows the power step by step."""
    power = np.where(np.arange(60) < 30, 1000.0, 0.0)
    assert np.ptp(NETWORK.periodic_rise_k(power, 1e-6)) < 0.01
    slow = NETWORK.periodic_rise_k(power, 1e5)
    assert slow == pytest.approx(0.14 * power, abs=1e-6)


def test_scaling_keeps_time_constants() -> None:
    """Half the chip has twice the resistance at every instant."""
    times = np.geomspace(1e-4, 10.0, 20)
    assert NETWORK.scaled(2.0).step_k_per_w(times) == pytest.approx(2.0 * NETWORK.step_k_per_w(times))


@pytest.mark.parametrize(
    ("resistance", "tau"), [((), ()), ((0.1,), (0.1, 0.2)), ((0.1, 0.0), (0.1, 0.2)), ((0.1,), (-1.0,))]
)
def test_what_is_no_network_is_refused(resistance: tuple[float, ...], tau: tuple[float, ...]) -> None:
    """Pairs that are none, and pairs that are not positive."""
    with pytest.raises(ValueError, match="Foster network"):
        Foster(resistance, tau)
