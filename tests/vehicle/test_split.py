"""The split of two units: no choice of forces costs less, for losses of any shape, with and without slip."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from halfshaft.vehicle import split, tables

Array = NDArray[np.float64]

NODES = 9
ZERO = 4
SPEED = 15.0


@st.composite
def rows(draw: st.DrawFn) -> tuple[Array, Array, Array]:
    """Forces, losses and the row that `fill` makes of them: limits, losses and dents at random, convex or not."""
    drive, brake = draw(st.floats(500.0, 5000.0)), draw(st.sampled_from([0.0, 1.0]) | st.floats(10.0, 5000.0))
    fraction = np.linspace(-1.0, 1.0, NODES)
    force = np.where(fraction < 0.0, fraction * brake, fraction * drive)
    copper = draw(st.floats(0.0, 1e-3))
    dents = np.array(draw(st.lists(st.floats(0.0, 3000.0), min_size=NODES, max_size=NODES)))
    loss = 100.0 + copper * force**2 + dents
    if brake == 0.0:
        loss[:ZERO] = loss[ZERO]
    row = np.zeros((5, NODES))
    inverse = np.append(1.0 / np.diff(fraction), 0.0)
    for asked in (np.inf, -np.inf):
        tables.fill(
            row, SPEED, asked, np.array([0.0, 50.0]), fraction, inverse, ZERO, np.full(2, drive), np.full(2, brake),
            np.stack([loss, loss]), 60.0, 0.0, 0, np.zeros(NODES, np.int64),
        )  # fmt: skip
    return force, loss, row


def cost_w(unit: tuple[Array, Array, Array], force: Any, slip: float) -> Any:
    """Power that a unit draws and its tyre loses."""
    return force * SPEED + np.interp(force, unit[0], unit[1]) + SPEED * slip * force**2


@settings(max_examples=300, deadline=None)
@given(
    one=rows(), two=rows(), part=st.floats(0.01, 1.0), slip=st.sampled_from([0.0, 1e-5, 1e-4]), share=st.floats(0, 1)
)
def test_no_share_of_a_driving_force_costs_less(one: Any, two: Any, part: float, slip: float, share: float) -> None:
    """Against 2,001 shares and all nodes of both units; wherever the search begins."""
    total = part * (one[0][-1] + two[0][-1])
    front, rear, _, _, reach, _, _ = split.pull(
        total, SPEED, one[2], two[2], ZERO, ZERO, slip, 0.5 * slip, np.inf, np.inf, share, 0, NODES - 2
    )
    assert reach
    assert front + rear == pytest.approx(total, rel=1e-12)
    found = cost_w(one, front, slip) + cost_w(two, rear, 0.5 * slip)
    low, high = max(0.0, total - two[0][-1]), min(total, one[0][-1])
    tried = np.clip(np.concatenate([np.linspace(low, high, 2001), one[0], total - two[0]]), low, high)
    best = (cost_w(one, tried, slip) + cost_w(two, total - tried, 0.5 * slip)).min()
    assert best - 0.5 - 1e-4 * abs(best) * (slip > 0.0) <= found <= best + 1e-6


@settings(max_examples=300, deadline=None)
@given(
    one=rows(), two=rows(), part=st.floats(0.01, 2.0), slip=st.sampled_from([0.0, 1e-5]), share=st.floats(0, 1),
    limit=st.floats(0.1, 1.0),
)  # fmt: skip
def test_no_way_of_braking_brings_more(
    one: Any, two: Any, part: float, slip: float, share: float, limit: float
) -> None:
    """Against all shares of the request, each held to its axle's limit, and against doing nothing."""
    asked = -part * max(-one[0][0] - two[0][0], 10.0)
    least1, least2 = max(one[0][0], limit * asked), max(two[0][0], limit * asked)
    # as `fill` says it, of both sides of the pair
    pays = all(
        SPEED + row[tables.SLOPE, k] + 2.0 * SPEED * slip * row[tables.FORCE, k] > 0.0
        for row in (one[2], two[2])
        for k in range(ZERO)
        if row[tables.FORCE, k] < 0.0
    )
    front, rear, _, _, _, _, _ = split.brake(
        asked, SPEED, one[2], two[2], ZERO, ZERO, slip, slip, np.inf, np.inf, least1, least2, pays, share, 0, 0
    )
    assert least1 <= front <= 0.0
    assert least2 <= rear <= 0.0
    assert front + rear >= asked * (1.0 + 1e-12)
    found = cost_w(one, front, slip) + cost_w(two, rear, slip)
    shares = np.linspace(0.0, 1.0, 1201)
    tried1, tried2 = np.maximum(shares * asked, least1), np.maximum((1.0 - shares) * asked, least2)
    best = (cost_w(one, tried1, slip) + cost_w(two, tried2, slip)).min()
    idle = cost_w(one, 0.0, slip) + cost_w(two, 0.0, slip)
    assert found <= min(best, idle) + 1e-6


@given(unit=rows())
def test_the_envelope_lies_below_and_is_convex(unit: Any) -> None:
    """Of either side by itself; it touches the loss at both of its ends."""
    _, loss, row = unit
    for first, last in ((0, ZERO), (ZERO, NODES - 1)):
        hull, force = row[tables.HULL, first : last + 1], row[tables.FORCE, first : last + 1]
        if first == 0 and row[tables.FORCE, 0] == 0.0:
            continue
        side = loss[first : last + 1]
        assert (hull <= side + 1e-9 * side).all()
        if last != ZERO:  # the column of no force belongs to the side that was filled last
            assert hull[-1] == side[-1]
        slopes = np.diff(hull) / np.diff(force)
        rounding = 1e-12 * side.max() / np.diff(force).min()
        assert (np.diff(slopes) >= -1e-9 * np.abs(slopes).max() - rounding).all()


def test_an_uncoupled_unit_is_chosen_where_its_drag_costs_more(make_unit: Any) -> None:
    """A small driving force is left to one unit, the other uncoupled; a large one couples it; rest uncouples both."""
    force = np.linspace(-1.0, 1.0, NODES) * 1000.0
    loss = 300.0 + 1e-3 * force**2
    row = np.zeros((5, NODES))
    row[tables.FORCE], row[tables.LOSS] = force, loss
    row[tables.SLOPE, :-1] = np.diff(loss) / np.diff(force)
    row[tables.HULL], row[tables.HULL_SLOPE] = row[tables.LOSS], row[tables.SLOPE]
    args = (SPEED, row, row, ZERO, ZERO, 0.0, 0.0, 5.0, np.inf)
    assert split.pull(100.0, *args, 0.5, 4, 4)[:5] == (0.0, 100.0, True, False, True)
    assert split.pull(1800.0, *args, 0.5, 4, 4)[2:5] == (False, False, True)
    assert split.brake(0.0, *args, -1000.0, -1000.0, False, 0.5, 4, 4)[:5] == (0.0, 0.0, True, False, True)
