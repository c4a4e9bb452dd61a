"""Dominance held against its definition, by brute force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from halfshaft.drive_unit import DriveUnit, UnitMap
from halfshaft.drive_unit.dominance import criteria, dominated_by, dominators
from halfshaft.drive_unit.unit_rows import rows_of

MapOf = Callable[..., UnitMap]
Array = NDArray[np.float64]

SMALL = arrays(
    np.float64,
    st.tuples(st.integers(0, 25), st.integers(1, 4)),
    elements=st.sampled_from([-3.0, -1.0, 0.0, 1.0, 1.005, 2.0, 2.01, 5.0, np.inf]),
)


def beats(one: Array, other: Array, tolerance: Array) -> bool:
    """The definition, written out."""
    both = np.isfinite(one) & np.isfinite(other)
    margin = tolerance * np.abs(np.where(both, other, 0.0))
    return bool(np.all(one[both] <= (other + margin)[both]) and np.any(one[both] < (other - margin)[both]))


@given(SMALL)
def test_without_tolerance_exactly_the_dominated_are_marked(matrix: Array) -> None:
    """Among finite rows a row is marked if and only if some row dominates it."""
    finite = matrix[np.isfinite(matrix).all(axis=1)]
    exact = np.zeros(matrix.shape[1])
    found = dominators(finite, exact)
    truth = [any(beats(other, row, exact) for other in finite) for row in finite]
    assert (found >= 0).tolist() == truth


@given(SMALL, st.floats(0.0, 0.05))
def test_every_mark_names_an_unmarked_row_that_dominates(matrix: Array, share: float) -> None:
    """With a tolerance and with points that are not reached, each mark can be checked by itself."""
    tolerance = np.full(matrix.shape[1], share)
    found = dominators(matrix, tolerance)
    for row, dominator in enumerate(found):
        if dominator >= 0:
            assert found[dominator] < 0
            assert beats(matrix[dominator], matrix[row], tolerance)


@given(SMALL)
def test_equals_do_not_dominate_each_other(matrix: Array) -> None:
    """A table twice over marks the same rows twice: no row is marked for the sake of its twin."""
    finite = matrix[np.isfinite(matrix).all(axis=1)]
    exact = np.zeros(matrix.shape[1])
    once, twice = dominators(finite, exact) >= 0, dominators(np.concatenate([finite, finite]), exact) >= 0
    assert twice.tolist() == [*once.tolist(), *once.tolist()]


def test_what_is_no_number_is_refused() -> None:
    """Not-a-number would compare as neither better nor worse."""
    with pytest.raises(ValueError, match="no number"):
        dominators(np.array([[1.0], [np.nan]]), np.zeros(1))


def test_a_heavier_twin_is_dominated(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """The same unit with a heavier inverter is marked by the lighter one; in another voltage class, or with less chips, it is not."""
    light = map_of(eesm_unit, 350.0)

    def twin(**changes: float) -> UnitMap:
        unit = replace(eesm_unit, name="twin", inverter=replace(eesm_unit.inverter, **changes))
        return replace(light, unit=unit)

    heavier = eesm_unit.inverter.mass_kg + 1.0
    assert dominated_by(rows_of([twin(mass_kg=heavier), light])).tolist() == [1, -1]
    assert dominated_by(rows_of([twin(mass_kg=heavier, voltage_class_v=800.0), light])).tolist() == [-1, -1]
    fewer = eesm_unit.inverter.chip_pieces - 1
    assert dominated_by(rows_of([twin(mass_kg=heavier, chip_pieces=fewer), light])).tolist() == [-1, -1]
    assert dominated_by(rows_of([])).tolist() == []


def test_a_permille_of_torque_does_not_save_a_unit(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """What is computed is compared to a tolerance, what is weighed exactly."""
    light = map_of(eesm_unit, 350.0)
    inverter = replace(eesm_unit.inverter, mass_kg=eesm_unit.inverter.mass_kg + 1.0)
    heavy = replace(eesm_unit, name="heavy", inverter=inverter)
    stronger = replace(light, unit=heavy, peak_torque_nm=light.peak_torque_nm * 1.001)
    rows = rows_of([stronger, light])
    assert dominated_by(rows).tolist() == [1, -1]
    assert dominated_by(rows, tolerance=0.0).tolist() == [-1, -1]


def test_every_criterion_is_less_is_better(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """More torque lowers criteria and raises none but losses at points that only it reaches; the first ones are exact."""
    light = map_of(eesm_unit, 350.0)
    matrix, computed = criteria(rows_of([light, replace(light, peak_torque_nm=light.peak_torque_nm * 1.2)]))
    assert not computed[:4].any()
    assert computed[-1]
    limits = slice(int(np.argmax(computed)), int(np.argmax(computed)) + 25)
    assert (matrix[1, limits] <= matrix[0, limits]).all()
    assert (matrix[1, limits] < matrix[0, limits]).any()
