"""Harmonics from samples: what goes in comes out, and a sixth of a period is enough where the mesh repeats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit.field.harmonics import HarmonicAccumulator, belt_images, sampled_harmonics


@given(
    positions=st.integers(5, 24),
    negated=st.booleans(),
    span=st.sampled_from([np.pi, np.pi / 3]),
    seed=st.integers(0, 2**31),
)
def test_a_sum_of_known_harmonics_is_found_again(positions: int, negated: bool, span: float, seed: int) -> None:
    """Every order below half the sampling rate comes back with its peak and phase, whatever the constant part."""
    rng = np.random.default_rng(seed)
    steps = np.arange(1, positions, 2) if negated else np.arange(2, positions, 2)
    orders = steps * np.pi / span
    peaks = rng.normal(size=(len(orders), 3)) + 1j * rng.normal(size=(len(orders), 3))
    theta = np.arange(positions) * span / positions
    mean = 0.0 if negated else rng.normal(size=3)
    samples = mean + np.einsum("ok,oe->ke", np.exp(1j * np.outer(orders, theta)), peaks).real
    found, spectrum = sampled_harmonics(samples, span_rad=span, negated=negated)
    assert found[: len(orders)] == pytest.approx(orders)
    assert spectrum[: len(orders)] == pytest.approx(peaks, abs=1e-12)
    assert spectrum[len(orders) :] == pytest.approx(0.0, abs=1e-12)


@given(positions=st.integers(2, 25), negated=st.booleans(), seed=st.integers(0, 2**31))
def test_no_variance_is_lost(positions: int, negated: bool, seed: int) -> None:
    """Parseval: mean square of any samples is the constant part squared, plus half of every peak squared, plus all of the last
    order's where it only alternates from sample to sample."""
    samples = np.random.default_rng(seed).normal(size=(positions, 4))
    orders, spectrum = sampled_harmonics(samples, span_rad=np.pi, negated=negated)
    half = np.where(np.isclose(orders, positions), 1.0, 0.5)
    constant = 0.0 if negated else samples.mean(axis=0) ** 2
    assert np.mean(samples**2, axis=0) == pytest.approx(constant + half @ np.abs(spectrum) ** 2)


def test_the_accumulator_gives_what_the_transform_of_all_samples_gives() -> None:
    """Positions may come in any order, and only the chosen elements are kept."""
    field = np.random.default_rng(3).normal(size=(6, 2, 9, 2))
    accumulator = HarmonicAccumulator(np.array([7, 1, 4]), 6, negated=True, points=(2,))
    for step in (3, 0, 5, 1, 4, 2):
        accumulator.add(step, field[step])
    harmonics = accumulator.harmonics()
    _, spectrum = sampled_harmonics(field[:, :, [1, 4, 7]], span_rad=np.pi, negated=True)
    assert harmonics.flux_density_t == pytest.approx(spectrum)
    assert harmonics.of(np.array([4])).flux_density_t == pytest.approx(spectrum[:, :, 1:2])
    with pytest.raises(ValueError, match="not sampled"):
        harmonics.of(np.array([2]))


def test_a_missing_position_is_named() -> None:
    """A gap in the samples would otherwise pass for a harmonic."""
    accumulator = HarmonicAccumulator(np.arange(2), 3, negated=False)
    accumulator.add(0, np.zeros((2, 2)))
    accumulator.add(2, np.zeros((2, 2)))
    with pytest.raises(ValueError, match="position 1 of 3"):
        accumulator.harmonics()


def belt_field(radius: np.ndarray, angle: np.ndarray, theta: float, pole_pairs: int) -> np.ndarray:
    """A field as a balanced winding and a salient rotor make it: turning on by 60 degrees electrical turns the whole pattern."""
    phi = pole_pairs * angle
    radial = radius * np.cos(phi - theta) * (1.0 + 0.3 * np.cos(6.0 * phi)) + 0.1 * np.cos(phi + 5.0 * theta)
    tangential = np.sin(3.0 * (phi - theta)) + 0.2 * np.sin(phi - 7.0 * theta)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * radial - sin * tangential, sin * radial + cos * tangential], axis=-1)


@pytest.mark.parametrize(("sector_poles", "sign"), [(1, -1), (2, 1)])
def test_one_belt_of_samples_is_as_good_as_three(sector_poles: int, sign: int) -> None:
    """On a mesh that repeats with the belts, harmonics from 60 degrees equal those from 180, on one pole and on two."""
    pole_pairs, positions = 3, 7
    sector = sector_poles * np.pi / pole_pairs
    cells = 12 * sector_poles
    angle, radius = np.meshgrid((np.arange(cells) + 0.37) * sector / cells, [1.0, 1.3], indexing="ij")
    angle, radius = angle.ravel(), radius.ravel()
    centroids = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    belts = belt_images(centroids, pole_pairs=pole_pairs, sector_rad=sector, boundary_sign=sign)

    elements = np.arange(len(angle))
    third = HarmonicAccumulator(elements, positions, negated=True, span_rad=np.pi / 3)
    whole = HarmonicAccumulator(elements, 3 * positions, negated=True)
    for step in range(3 * positions):
        field = belt_field(radius, angle, step * np.pi / (3 * positions), pole_pairs)
        whole.add(step, field)
        if step < positions:
            third.add(step, field)
    expected = whole.harmonics()
    found = third.harmonics_over_belts(belts)
    assert found.orders == pytest.approx(expected.orders)
    assert found.flux_density_t == pytest.approx(expected.flux_density_t, abs=1e-12)


def test_a_mesh_that_does_not_repeat_is_refused() -> None:
    """The shortcut is for meshes that allow it; elsewhere it would be silently wrong."""
    angle = np.array([0.1, 0.35, 0.62, 0.9])
    centroids = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    with pytest.raises(ValueError, match="does not repeat with the phase belts"):
        belt_images(centroids, pole_pairs=3, sector_rad=np.pi / 3, boundary_sign=-1)
