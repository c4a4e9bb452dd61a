"""Harmonics of the flux density that each element sees while the rotor turns.

The operating point stands still in dq, the rotor turns in equal steps. A stator element's field is the negative of itself half an
electrical period later; a rotor element's, in the rotor's own frame, is the same again. Either way equidistant samples over half a period
hold all there is to know up to half the number of samples. Orders count multiples of the electrical frequency; the constant part, which
causes no loss, is left out.

Where the stator mesh repeats with the phase belts (60 degrees electrical), a sixth of the period is enough: a balanced winding of three
phases turns the whole field pattern rigidly by one belt, so the samples of the other two thirds are found one and two belts away.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class FieldHarmonics:
    """Peak values B_n of b(theta) = mean + Re sum_n B_n exp(j n theta), theta the electrical angle the rotor has turned.

    ``elements`` (e,) index the mesh's triangles, ascending; ``orders`` (o,); ``flux_density_t`` (o, ..., e, 2), complex, x and y in the
    part's own frame, with the operating points' axes between.
    """

    elements: IntArray
    orders: FloatArray
    flux_density_t: ComplexArray

    @property
    def amplitude_t(self) -> FloatArray:
        """Root of the sum of squares of both components' peak values, (o, ..., e): the peak for an alternating field, root 2 times
        the length of the vector for a field that rotates with constant length."""
        b = self.flux_density_t
        amplitude: FloatArray = np.sqrt(np.sum(b.real**2 + b.imag**2, axis=-1))
        return amplitude

    def of(self, elements: IntArray) -> FieldHarmonics:
        """The harmonics of some of the elements. Raises ValueError when one of them was not sampled."""
        wanted = np.sort(elements)
        at = np.searchsorted(self.elements, wanted)
        if np.any(at >= len(self.elements)) or np.any(self.elements[np.minimum(at, len(self.elements) - 1)] != wanted):
            raise ValueError("harmonics were asked of elements whose field was not sampled")
        return FieldHarmonics(wanted, self.orders, self.flux_density_t[..., at, :])


class HarmonicAccumulator:
    """Takes the field position by position and gives its harmonics.

    The samples of the chosen elements are kept: as many harmonics as samples come out, so summing harmonics on the way would need the
    same memory (16 bytes per element, position and operating point) and more work.
    """

    def __init__(
        self, elements: IntArray, positions: int, *, negated: bool, span_rad: float = pi, points: tuple[int, ...] = ()
    ) -> None:
        """``positions`` equidistant steps cover ``span_rad`` electrical, after which the field repeats, negated or not.

        ``points`` is the shape of the operating points solved together. Raises ValueError for fewer than two positions.
        """
        if positions < 2:
            raise ValueError(f"harmonics need at least two rotor positions, not {positions}")
        self.elements = np.sort(np.asarray(elements, dtype=np.int64))
        self.negated = negated
        self.span_rad = span_rad
        self._samples = np.full((positions, *points, len(self.elements), 2), np.nan)

    def add(self, step: int, flux_density_t: FloatArray) -> None:
        """Take the field (..., all elements of the mesh, 2) at position ``step`` of the span."""
        self._samples[step] = flux_density_t[..., self.elements, :]

    def harmonics(self) -> FieldHarmonics:
        """The harmonics of everything added. Raises ValueError when a position is missing."""
        missing = np.flatnonzero(np.isnan(self._samples.reshape(len(self._samples), -1)).any(axis=1))
        if len(missing):
            raise ValueError(f"no field was given for position {missing[0]} of {len(self._samples)}")
        orders, spectrum = sampled_harmonics(self._samples, span_rad=self.span_rad, negated=self.negated)
        return FieldHarmonics(self.elements, orders, spectrum)

    def harmonics_over_belts(self, belts: BeltImages) -> FieldHarmonics:
        """Harmonics of a stator whose samples cover one phase belt (``span_rad`` = pi / 3) of a mesh that repeats with the belts."""
        if abs(self.span_rad - pi / 3.0) > 1e-12:
            raise ValueError("samples over one phase belt must span 60 degrees electrical")
        orders, spectrum = sampled_harmonics(belts.over_half_period(self._samples), span_rad=pi, negated=True)
        return FieldHarmonics(self.elements, orders, spectrum)


def sampled_harmonics(samples: FloatArray, *, span_rad: float, negated: bool) -> tuple[FloatArray, ComplexArray]:
    """Orders (o,) and peak values (o, ...) of equidistant real samples (k, ...) over a span that then repeats, negated or not.

    Orders above half the sampling rate fold back onto lower ones, as with any sampling.
    """
    count = len(samples)
    half_turns = np.arange(1, count + 1, 2) if negated else np.arange(2, count + 1, 2)
    orders = np.asarray(half_turns * (pi / span_rad), dtype=np.float64)
    angles = np.arange(count) * (span_rad / count)
    weights = (2.0 / count) * np.exp(-1j * np.outer(orders, angles))
    weights[half_turns == count] *= 0.5  # the order that only alternates between samples appears once, not as a pair
    flat = samples.reshape(count, -1)
    spectrum: ComplexArray = (weights.real @ flat + 1j * (weights.imag @ flat)).reshape(len(orders), *samples.shape[1:])
    return orders, spectrum


@dataclass(frozen=True)
class BeltImages:
    """Where the field of each element was one phase belt earlier: element ``image`` (e,), turned by ``turn_rad`` (e,), times ``sign``.

    Indices count within the sampled elements.
    """

    image: IntArray
    turn_rad: FloatArray
    sign: FloatArray

    def over_half_period(self, samples: FloatArray) -> FloatArray:
        """Samples (k, ..., e, 2) over 60 degrees electrical continued to (3 k, ..., e, 2) over 180."""
        cos, sin = np.cos(self.turn_rad) * self.sign, np.sin(self.turn_rad) * self.sign
        parts = [samples]
        for _ in range(2):
            b = parts[-1][..., self.image, :]
            parts.append(np.stack([cos * b[..., 0] - sin * b[..., 1], sin * b[..., 0] + cos * b[..., 1]], axis=-1))
        return np.concatenate(parts)


def belt_images(
    centroids_m: FloatArray, *, pole_pairs: int, sector_rad: float, boundary_sign: int, tolerance: float = 1e-6
) -> BeltImages:
    """Match each stator element with the one a phase belt behind it, by centroids (e, 2).

    Raises ValueError when the mesh does not repeat with the belts: ``tolerance`` is the largest distance allowed, as a share of the
    largest radius.
    """
    belt = pi / (3.0 * pole_pairs)
    radius, angle = np.hypot(*centroids_m.T), np.arctan2(centroids_m[:, 1], centroids_m[:, 0])
    behind = angle - belt
    # half a tolerance keeps a centroid on the side itself from landing in the wrong sector
    wraps = np.floor(behind / sector_rad + 0.5 * tolerance)
    behind -= wraps * sector_rad
    target = np.stack([radius * np.cos(behind), radius * np.sin(behind)], axis=1)
    distance, image = cKDTree(centroids_m).query(target)
    worst = float(distance.max())
    if worst > tolerance * float(radius.max()):
        raise ValueError(
            f"the stator mesh does not repeat with the phase belts: an element's image is {worst * 1e3:.3g} mm off; "
            "sample half an electrical period instead of a sixth"
        )
    return BeltImages(
        image.astype(np.int64), belt + wraps * sector_rad, np.where(wraps % 2 == 0, 1.0, float(boundary_sign))
    )
