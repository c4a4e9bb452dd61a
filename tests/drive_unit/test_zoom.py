"""The batched constrained search, on problems with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from halfshaft.drive_unit.zoom import TOLERANCE, Schedule, is_feasible, zoom

Array = NDArray[np.float64]
SCHEDULE = Schedule(rounds=6, restarts=3, lattice=15)
FREE = np.array([-10.0, -10.0]), np.array([10.0, 10.0])


@given(x=st.floats(-8, 8), y=st.floats(-8, 8), skew=st.floats(-0.9, 0.9))
@settings(max_examples=40, deadline=None)
def test_an_unconstrained_quadratic_is_found(x: float, y: float, skew: float) -> None:
    """The bottom of a skewed bowl, wherever it lies, to a hundredth of the opening step."""

    def evaluate(p: Array) -> tuple[Array, Array]:
        u, v = p[..., 0] - x, p[..., 1] - y
        return u * u + v * v + 2 * skew * u * v, np.full((1, *p.shape[:-1]), -1.0)

    best, value = zoom(evaluate, np.zeros((1, 2)), np.array([2.0, 2.0]), *FREE, SCHEDULE)
    assert best[0] == pytest.approx([x, y], abs=0.02)
    assert value[0] < 1e-3


@given(angle=st.floats(0.0, 2 * np.pi), radius=st.floats(0.5, 5.0))
@settings(max_examples=40, deadline=None)
def test_a_linear_aim_in_a_disc_ends_on_its_rim(angle: float, radius: float) -> None:
    """Along a curved limit askew to the axes, the search ends at the touching point, within 1.1 % of the value.

    A lattice of 15 points knows directions to 1/7 only; where the aim falls off by less than (1/7)^2 / 2 it cannot tell.
    """
    aim = np.array([np.cos(angle), np.sin(angle)])

    def evaluate(p: Array) -> tuple[Array, Array]:
        return -(p @ aim), (np.hypot(p[..., 0], p[..., 1]) / radius - 1.0)[None]

    best, value = zoom(evaluate, np.zeros((1, 2)), np.array([1.0, 1.0]), *FREE, SCHEDULE)
    assert -value[0] == pytest.approx(radius, rel=0.011)
    assert np.hypot(*best[0]) <= radius * (1 + 1.01 * TOLERANCE)


def test_a_closed_dimension_is_left_alone() -> None:
    """Where both bounds are equal, the coordinate stays and the other is still searched: a rotor with magnets."""

    def evaluate(p: Array) -> tuple[Array, Array]:
        return (p[..., 0] - 3.0) ** 2 + p[..., 1], np.full((1, *p.shape[:-1]), -1.0)

    start = np.array([[0.0, 5.0]])
    best, _ = zoom(evaluate, start, np.array([1.0, 1.0]), np.array([-10.0, 5.0]), np.array([10.0, 5.0]), SCHEDULE)
    assert best[0] == pytest.approx([3.0, 5.0], abs=1e-2)


def test_an_empty_feasible_set_is_reported_with_the_least_violation() -> None:
    """Nothing satisfies the limit: the merit says so, and the point is where it is violated least."""

    def evaluate(p: Array) -> tuple[Array, Array]:
        return np.zeros(p.shape[:-1]), (1.0 + (p[..., 0] - 2.0) ** 2 + (p[..., 1] + 1.0) ** 2)[None]

    best, value = zoom(evaluate, np.zeros((1, 2)), np.array([1.0, 1.0]), *FREE, SCHEDULE)
    assert not is_feasible(value)[0]
    assert best[0] == pytest.approx([2.0, -1.0], abs=0.05)


def test_searches_do_not_see_each_other() -> None:
    """A batch gives what its members give alone."""
    targets = np.array([[1.0, 2.0], [-4.0, 0.5], [7.0, -7.0]])

    def evaluator(goals: Array):  # type: ignore[no-untyped-def]
        return lambda p: (((p - goals[:, None, :]) ** 2).sum(-1), np.full((1, *p.shape[:-1]), -1.0))

    step = np.array([1.0, 1.0])
    together, _ = zoom(evaluator(targets), np.zeros((3, 2)), step, *FREE, SCHEDULE)
    for k in range(3):
        alone, _ = zoom(evaluator(targets[k : k + 1]), np.zeros((1, 2)), step, *FREE, SCHEDULE)
        assert together[k] == pytest.approx(alone[0], abs=1e-9)


def test_a_start_on_a_bound_does_not_keep_the_window_open() -> None:
    """Where all but a narrow valley at a bound is a plateau, the window must shrink to see the valley, bound or no bound."""

    def evaluate(p: Array) -> tuple[Array, Array]:
        valley = (p[..., 0] - 0.4) ** 2 + (10.0 - p[..., 1])
        return np.where(np.abs(p[..., 0] - 0.4) < 0.5, valley, 1e3), np.full((1, *p.shape[:-1]), -1.0)

    best, value = zoom(evaluate, np.array([[0.0, 10.0]]), np.array([8.0, 4.0]), *FREE, SCHEDULE)
    assert best[0] == pytest.approx([0.4, 10.0], abs=0.02)
    assert value[0] < 1e-3
