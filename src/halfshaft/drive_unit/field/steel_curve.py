"""Magnetisation of laminated steel as reluctivity over the square of flux density.

Newton's method and the Cholesky factor rest on a monotone curve: H grows with B everywhere. The published points are joined by the
monotone cubic of Fritsch and Carlson (1980). A curve that ends before saturation goes on with a polarisation that approaches its limit
exponentially, from the curve's last slope (an assumption), within what alloys reach; what follows has the slope of vacuum. The sheet
stack is steel and gaps side by side in the flux's way, so that at one field strength B = k B_steel(H) + (1 - k) mu_0 H with the stacking
factor k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from halfshaft.drive_unit.geometry.materials import Steel

Array = NDArray[np.float64]

VACUUM_PERMEABILITY_H_PER_M = 4e-7 * np.pi
VACUUM_RELUCTIVITY_M_PER_H = 1.0 / VACUUM_PERMEABILITY_H_PER_M
CELLS = 2000
_SATURATED_SLOPE = 1.5  # times mu_0: a curve whose last slope is above has not ended in saturation
_CHECKS, _EASINGS = 17, 40
_SLOWEST_RISE = 1e-3  # of the chords' slopes: the least slope of H that is left within a cell
_LARGEST_POLARISATION_T = 2.45  # iron with 35 % cobalt (Bozorth 1951)
_EXTENSION = np.array([0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0])  # times the last H, past it


@dataclass(frozen=True)
class ReluctivityTable:
    """nu(B^2) as a cubic in each of CELLS equal cells of B^2 from 0 to ``largest_b_t``^2; the straight line in B beyond.

    ``coefficients`` (CELLS, 4) for the powers 0 to 3 of the share of the cell. Beyond the table H = ``last_h_a_per_m`` +
    (B - largest_b_t) / mu_0.
    """

    coefficients: Array
    largest_b_t: float
    last_h_a_per_m: float

    def h_a_per_m(self, b_t: Array) -> Array:
        """Field strength at flux densities of any shape, as the solver sees it."""
        b = np.abs(np.asarray(b_t, dtype=float))
        s = b * b * (CELLS / self.largest_b_t**2)
        cell = np.minimum(s.astype(np.int64), CELLS - 1)
        t = s - cell
        c = self.coefficients[cell]
        nu = c[..., 0] + t * (c[..., 1] + t * (c[..., 2] + t * c[..., 3]))
        beyond = self.last_h_a_per_m + (b - self.largest_b_t) * VACUUM_RELUCTIVITY_M_PER_H
        h: Array = np.where(b > self.largest_b_t, beyond, nu * b)
        return h


def reluctivity_table(steel: Steel, stacking_factor: float) -> ReluctivityTable:
    """The table of one steel at a stacking factor in (0, 1]. Raises ValueError for a curve that is no function or not monotone."""
    if not 0.0 < stacking_factor <= 1.0:
        raise ValueError(f"stacking factor of {steel.name} must be above 0 and at most 1, not {stacking_factor}")
    if steel.mu_r is not None and len(steel.b_t) < 2:
        permeability = VACUUM_PERMEABILITY_H_PER_M * (1.0 + (steel.mu_r - 1.0) * stacking_factor)
        coefficients = np.zeros((CELLS, 4))
        coefficients[:, 0] = 1.0 / permeability
        return ReluctivityTable(coefficients, 1e3, 1e3 / permeability)
    h, b = np.asarray(steel.h_a_per_m, dtype=float), np.asarray(steel.b_t, dtype=float)
    if len(h) != len(b) or len(h) < 3:
        raise ValueError(
            f"magnetisation curve of {steel.name} needs at least three points of H and B, has {len(h)}, {len(b)}"
        )
    if h[0] != 0.0 or b[0] != 0.0:
        h, b = np.concatenate([[0.0], h]), np.concatenate([[0.0], b])
    if np.any(np.diff(h) <= 0.0) or np.any(np.diff(b) <= 0.0):
        k = int(np.argmax((np.diff(h) <= 0.0) | (np.diff(b) <= 0.0)))
        raise ValueError(
            f"magnetisation curve of {steel.name} must rise from point to point; from ({h[k]:g} A/m, {b[k]:g} T) to "
            f"({h[k + 1]:g} A/m, {b[k + 1]:g} T) it does not"
        )
    # Past the point where steel adds less than vacuum, published points carry rounding only: the vacuum line takes over there.
    slope = np.diff(b) / np.diff(h)
    flat = np.flatnonzero(slope < VACUUM_PERMEABILITY_H_PER_M)
    if len(flat):
        if flat[0] < 2:
            raise ValueError(
                f"magnetisation curve of {steel.name} rises less than vacuum from its beginning: no steel does"
            )
        h, b = h[: flat[0] + 1], b[: flat[0] + 1]
    h, b = _extended(h, b)
    effective_b = stacking_factor * b + (1.0 - stacking_factor) * VACUUM_PERMEABILITY_H_PER_M * h
    curve = PchipInterpolator(effective_b, h)
    largest = float(effective_b[-1])
    grid_b = np.sqrt(np.linspace(0.0, largest**2, CELLS + 1))
    coefficients = _rising_cubics(grid_b, curve(grid_b), curve.derivative()(grid_b), steel.name)
    return ReluctivityTable(coefficients, largest, float(h[-1]))


def _rising_cubics(b: Array, h: Array, slope: Array, name: str) -> Array:
    """(CELLS, 4) cubics of nu over B^2 through H with the slopes dH/dB, eased where a cell's H would not rise all the way.

    That happens where the published curve bends within one cell: there the slopes go towards the chords'.
    """
    chord = np.diff(h) / np.diff(b)
    gentle = np.minimum(np.concatenate([chord[:1], chord]), np.concatenate([chord, chord[-1:]]))
    least = _SLOWEST_RISE * np.minimum(gentle[:-1], gentle[1:])
    slope = slope.copy()
    step = b[1] ** 2
    nu = np.concatenate([[slope[0]], h[1:] / b[1:]])
    t = np.linspace(0.0, 1.0, _CHECKS)
    for _ in range(_EASINGS):
        # d nu / d(B^2) = (H'(B) - nu) / (2 B^2); its limit at zero is taken from the first cell
        derivative = np.concatenate([[nu[1] - nu[0]], step * (slope[1:] - nu[1:]) / (2.0 * b[1:] ** 2)])
        rise, d0, d1 = np.diff(nu), derivative[:-1], derivative[1:]
        c = np.stack([nu[:-1], d0, 3.0 * rise - 2.0 * d0 - d1, d0 + d1 - 2.0 * rise], axis=1)[:, :, None]
        value = c[:, 0] + t * (c[:, 1] + t * (c[:, 2] + t * c[:, 3]))
        square = np.arange(len(c))[:, None] + t
        rising = value + 2.0 * square * (c[:, 1] + t * (2.0 * c[:, 2] + 3.0 * t * c[:, 3]))
        bad = np.flatnonzero(np.minimum(rising, value).min(axis=1) <= least)
        if len(bad) == 0:
            break
        nodes = np.union1d(bad, bad + 1)
        slope[nodes] = 0.5 * (slope[nodes] + gentle[nodes])
        if bad[0] == 0:
            nu[0] = 0.5 * (nu[0] + nu[1])
    else:
        worst = b[bad[0]]
        raise ValueError(f"magnetisation curve of {name} bends too sharply near {worst:.3g} T for its table to rise")
    return np.ascontiguousarray(c[:, :, 0])


def _extended(h: Array, b: Array) -> tuple[Array, Array]:
    """The curve with points past its end where it has not saturated: J = J_end + gain * (1 - exp(-slope * (H - H_end) / gain)).

    The gain is slope * H_end, unless that would pass what any alloy reaches.
    """
    slope = (b[-1] - b[-2]) / (h[-1] - h[-2])
    polarisation = b[-1] - VACUUM_PERMEABILITY_H_PER_M * h[-1]
    if slope <= _SATURATED_SLOPE * VACUUM_PERMEABILITY_H_PER_M:
        return h, b
    past = _EXTENSION * h[-1]
    excess = slope - VACUUM_PERMEABILITY_H_PER_M
    gain = min(excess * h[-1], max(_LARGEST_POLARISATION_T - polarisation, 0.01))
    added = gain * (1.0 - np.exp(-excess * past / gain))
    return np.concatenate([h, h[-1] + past]), np.concatenate([b, b[-1] + VACUUM_PERMEABILITY_H_PER_M * past + added])
