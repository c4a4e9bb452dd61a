"""The space of choices: whole steps, unique labels, and which variables share a field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit.design_search.alter import Winding
from halfshaft.drive_unit.design_search.space import DesignSpace, Dimension
from halfshaft.drive_unit.inverter import Inverter

DEPTH = Dimension("depth", "machine", ("stator", "slot", "depth_m"), 0.015, 0.021, 0.0005)
LENGTH = Dimension("length", "machine", ("stack_length_m",), 0.1, 0.16, 0.001)
RATIO = Dimension("ratio", "gear", ("ratio",), 9.0, 12.0, 0.1)
WINDINGS = (Winding(12, 6), Winding(16, 6))


@pytest.fixture
def space(ipm_unit: object) -> DesignSpace:
    """Three dimensions, two windings, one inverter."""
    inverter: Inverter = ipm_unit.inverter  # type: ignore[attr-defined]
    return DesignSpace((DEPTH, LENGTH, RATIO), WINDINGS, (inverter,))


@given(st.integers(1, 400), st.floats(1e-4, 10.0), st.floats(-5.0, 5.0))
def test_every_index_is_the_nearest_to_its_own_value(steps: int, step: float, low: float) -> None:
    """Index to value and back is the identity, ends included, for any range."""
    dimension = Dimension("x", "machine", ("x",), low, low + steps * step, step)
    assert dimension.count == steps + 1
    assert all(dimension.nearest(dimension.value(k)) == k for k in range(dimension.count))
    assert dimension.value(0) == low
    assert dimension.value(steps) == pytest.approx(low + steps * step)


@pytest.mark.parametrize(("low", "high", "step"), [(1.0, 1.0, 0.1), (2.0, 1.0, 0.1), (1.0, 2.0, 0.0), (1.0, 2.0, 0.3)])
def test_a_range_without_whole_steps_is_refused(low: float, high: float, step: float) -> None:
    """A drawing's dimension lies on a raster that meets both ends."""
    with pytest.raises(ValueError, match="width"):
        Dimension("width", "machine", ("width_m",), low, high, step)


def test_choices_that_differ_in_length_winding_and_gear_share_a_cross_section(space: DesignSpace) -> None:
    """Only dimensions of the drawing ask for another field."""
    assert space.of_cross_section == (True, False, False, False, False)
    assert space.cross_section((3, 5, 7, 1, 0)) == space.cross_section((3, 50, 2, 0, 0))
    assert space.cross_section((3, 5, 7, 1, 0)) != space.cross_section((4, 5, 7, 1, 0))


def test_the_size_counts_all_choices(space: DesignSpace) -> None:
    """The product of all counts."""
    assert space.size == 13 * 61 * 31 * 2 * 1


def test_a_label_that_stands_twice_is_refused(space: DesignSpace) -> None:
    """Two variables on one dimension would undo each other."""
    with pytest.raises(ValueError, match="depth is listed twice"):
        DesignSpace((DEPTH, DEPTH), WINDINGS, space.inverters)


def test_a_space_in_which_nothing_varies_is_refused(space: DesignSpace) -> None:
    """There is nothing to search."""
    with pytest.raises(ValueError, match="nothing may vary"):
        DesignSpace((), WINDINGS[:1], space.inverters)
