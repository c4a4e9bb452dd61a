"""Specific loss of a steel as a sum of powers of frequency and peak flux density, fitted to its published table.

Each part is k f^a B^b, in W/kg. Two models:

- Steinmetz (1892) with a term for classical eddy currents: k_h f^a B^b + k_e f^2 B^2;
- Bertotti (1988): k_h f B^b + k_e f^2 B^2 + k_x f^1.5 B^1.5.

A fit is only as good as its errors say, and they are kept with it: least squares of *absolute* errors follow the largest losses of the
table and can be wrong by half where a traction machine works; least squares of *relative* errors, the default, weigh every point alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize, minimize_scalar, nnls

from halfshaft.drive_unit.geometry.materials import Steel

Array = NDArray[np.float64]
Cause = Literal["steinmetz", "hysteresis", "eddy", "excess"]
Weighting = Literal["relative", "absolute"]


@dataclass(frozen=True)
class LossPower:
    """One part of the specific loss: ``coefficient`` f ** ``frequency_exponent`` B ** ``flux_exponent``, W/kg with f in Hz, B in T."""

    cause: Cause
    coefficient: float
    frequency_exponent: float
    flux_exponent: float


@dataclass(frozen=True)
class SteelLoss:
    """A steel's fitted loss, with the relative errors over its table (dimensionless) and the table's reach."""

    steel: str
    parts: tuple[LossPower, ...]
    rms_relative_error: float
    largest_relative_error: float
    frequency_range_hz: tuple[float, float]
    flux_density_range_t: tuple[float, float]

    def specific_loss_w_per_kg(self, frequency_hz: ArrayLike, flux_density_t: ArrayLike) -> Array:
        """Loss of an alternating field of peak ``flux_density_t``; arguments broadcast."""
        f, b = np.asarray(frequency_hz, dtype=float), np.asarray(flux_density_t, dtype=float)
        loss: Array = sum(
            (p.coefficient * f**p.frequency_exponent * b**p.flux_exponent for p in self.parts),
            np.zeros(np.broadcast(f, b).shape),
        )
        return loss


def fit_steinmetz(steel: Steel, weighting: Weighting = "relative") -> SteelLoss:
    """Steinmetz exponents and coefficients from the steel's loss table. Raises ValueError when the table cannot carry the fit."""
    f, b, loss = _table(steel)

    def shapes(exponents: Array) -> tuple[Array, Array]:
        return f ** exponents[0] * b ** exponents[1], (f * b) ** 2

    def residual(exponents: Array) -> float:
        return _coefficients(shapes(exponents), loss, weighting)[1] if np.all(exponents > 0.0) else np.inf

    # From one start the search may settle where the eddy term takes all; the best of a few starts does not.
    starts = [np.array(start) for start in ((1.0, 2.0), (1.3, 1.8), (1.7, 2.5))]
    found = min(
        (minimize(residual, start, method="Nelder-Mead", options=_SEARCH) for start in starts), key=lambda r: r.fun
    )
    k, _ = _coefficients(shapes(found.x), loss, weighting)
    parts = (
        LossPower("steinmetz", float(k[0]), float(found.x[0]), float(found.x[1])),
        LossPower("eddy", float(k[1]), 2.0, 2.0),
    )
    return _with_errors(steel, parts, f, b, loss)


def fit_bertotti(steel: Steel, weighting: Weighting = "relative") -> SteelLoss:
    """Bertotti's three coefficients and the exponent of hysteresis. Raises ValueError when the table cannot carry the fit."""
    f, b, loss = _table(steel)

    def shapes(exponent: float) -> tuple[Array, Array, Array]:
        return f * b**exponent, (f * b) ** 2, (f * b) ** 1.5

    found = minimize_scalar(
        lambda exponent: _coefficients(shapes(exponent), loss, weighting)[1], bounds=(1.0, 4.0), method="bounded"
    )
    k, _ = _coefficients(shapes(float(found.x)), loss, weighting)
    parts = (
        LossPower("hysteresis", float(k[0]), 1.0, float(found.x)),
        LossPower("eddy", float(k[1]), 2.0, 2.0),
        LossPower("excess", float(k[2]), 1.5, 1.5),
    )
    return _with_errors(steel, parts, f, b, loss)


_SEARCH = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000}


def _table(steel: Steel) -> tuple[Array, Array, Array]:
    rows = np.array(steel.loss_table, dtype=float).reshape(-1, 3)
    if len(rows) < 6 or len(np.unique(rows[:, 0])) < 2:
        raise ValueError(
            f"the loss table of {steel.name} has {len(rows)} points at {len(np.unique(rows[:, 0]))} frequencies; "
            "a fit needs six points and two frequencies"
        )
    if np.any(rows <= 0.0):
        row = rows[np.any(rows <= 0.0, axis=1)][0]
        raise ValueError(
            f"the loss table of {steel.name} must be positive; it holds {row[2]:g} W/kg at {row[0]:g} Hz and {row[1]:g} T"
        )
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _coefficients(shapes: tuple[Array, ...], loss: Array, weighting: Weighting) -> tuple[Array, float]:
    """Non-negative coefficients that fit best for given exponents, and the norm of what is left."""
    weight = 1.0 / loss if weighting == "relative" else np.full_like(loss, 1.0 / loss.max())
    columns = np.stack(shapes, axis=1) * weight[:, None]
    scale = np.linalg.norm(columns, axis=0)
    k, norm = nnls(columns / scale, loss * weight)
    return k / scale, float(norm)


def _with_errors(steel: Steel, parts: tuple[LossPower, ...], f: Array, b: Array, loss: Array) -> SteelLoss:
    fit = SteelLoss(steel.name, parts, 0.0, 0.0, (float(f.min()), float(f.max())), (float(b.min()), float(b.max())))
    error = fit.specific_loss_w_per_kg(f, b) / loss - 1.0
    return SteelLoss(
        steel.name,
        parts,
        float(np.sqrt(np.mean(error**2))),
        float(np.abs(error).max()),
        fit.frequency_range_hz,
        fit.flux_density_range_t,
    )
