"""Closed-form field of a slotless machine: concentric layers of constant permeability, currents and magnets in any of them.

Poisson's equation for the vector potential, harmonic by harmonic: in each layer A_n = a r^n + b r^-n + particular parts of the current
density (~ r^2) and of the magnetisation (~ r); A and the tangential field are continuous, A is zero at the innermost and outermost
radius (Zhu, Howe, Bolte and Ackermann 1993; magnets with relative permeability one if they do not fill their ring).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MU_0 = 4e-7 * np.pi
Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Layer:
    """One ring; harmonics (h,) of current density in A/m2, radial and tangential magnetisation in A/m: sum of Re(X_n e^{jn angle})."""

    inner_m: float
    outer_m: float
    mu_r: float = 1.0
    current_density: Complex | None = None
    radial: Complex | None = None
    tangential: Complex | None = None


class Annulus:
    """The solved layers: potential, flux densities, linkages."""

    def __init__(self, layers: list[Layer], orders: NDArray[np.int64]) -> None:
        zero = np.zeros(len(orders), dtype=complex)
        self.layers, self.n = layers, orders.astype(float)
        n, count = self.n, len(layers)
        self._square, self._linear = [], []
        for layer in layers:
            j = zero if layer.current_density is None else layer.current_density
            mr, mt = (zero if m is None else m for m in (layer.radial, layer.tangential))
            mu = MU_0 * layer.mu_r
            self._square.append(mu * j / (n**2 - 4.0))
            self._linear.append(mu * (mt - 1j * n * mr) / (n**2 - 1.0))
        self._ab = np.zeros((count, 2, len(orders)), dtype=complex)
        for h in range(len(orders)):
            matrix, right = np.zeros((2 * count, 2 * count)), np.zeros(2 * count, dtype=complex)
            matrix[0, :2] = self._basis(0, layers[0].inner_m, h)[0]
            right[0] = -self._particular(0, layers[0].inner_m, h)[0]
            matrix[-1, -2:] = self._basis(count - 1, layers[-1].outer_m, h)[0]
            right[-1] = -self._particular(count - 1, layers[-1].outer_m, h)[0]
            for k in range(count - 1):
                r = layers[k].outer_m
                for side, layer in ((1.0, k), (-1.0, k + 1)):
                    value, slope = self._basis(layer, r, h)
                    known, known_slope = self._particular(layer, r, h)
                    mu = MU_0 * layers[layer].mu_r
                    m = zero if layers[layer].tangential is None else layers[layer].tangential
                    columns = slice(2 * layer, 2 * layer + 2)
                    matrix[2 * k + 1, columns] = side * value
                    right[2 * k + 1] -= side * known
                    matrix[2 * k + 2, columns] = side * slope / mu * MU_0 * r
                    right[2 * k + 2] -= side * (known_slope / mu + m[h]) * MU_0 * r
            self._ab[:, :, h] = np.linalg.solve(matrix, right).reshape(count, 2)

    def _basis(self, layer: int, r: float, h: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        n, ring = self.n[h], self.layers[layer]
        value = np.array([(r / ring.outer_m) ** n, (ring.inner_m / r) ** n])
        return value, value * np.array([n, -n]) / r

    def _particular(self, layer: int, r: float, h: int) -> tuple[complex, complex]:
        square, linear = self._square[layer][h], self._linear[layer][h]
        return square * r**2 + linear * r, 2.0 * square * r + linear

    def potential(self, layer: int, r: float) -> tuple[Complex, Complex]:
        """Harmonics of A and of dA/dr at a radius of a layer."""
        both = np.empty((2, len(self.n)), dtype=complex)
        for h in range(len(self.n)):
            value, slope = self._basis(layer, r, h)
            known, known_slope = self._particular(layer, r, h)
            both[:, h] = value @ self._ab[layer, :, h] + known, slope @ self._ab[layer, :, h] + known_slope
        return both[0], both[1]

    def linkage(self, layer: int, turns: Complex) -> float:
        """Integral of A times a density of turns with the harmonics ``turns`` over a layer, per metre of length."""
        ring = self.layers[layer]
        x, w = np.polynomial.legendre.leggauss(128)
        half = 0.5 * (ring.outer_m - ring.inner_m)
        total = 0.0
        for node, weight in zip(x, w, strict=True):
            r = ring.inner_m + half * (1.0 + node)
            total += weight * half * r * np.pi * float(np.sum(self.potential(layer, r)[0] * turns.conj()).real)
        return total

    def torque(self, layer: int, r: float) -> float:
        """Torque on everything inside a radius in air, per metre of length: r^2 / mu_0 times the integral of B_r B_theta."""
        a, slope = self.potential(layer, r)
        radial, tangential = 1j * self.n * a / r, -slope
        return r**2 / MU_0 * np.pi * float(np.sum(radial * tangential.conj()).real)


def arc_harmonics(begin: float, end: float, orders: NDArray[np.int64], pole_pairs: int) -> Complex:
    """Harmonics of one on an arc of the first pole, minus one on the next, and so on; odd multiples of the pole pairs."""
    n = orders.astype(float)
    harmonics: Complex = 2.0 * pole_pairs / np.pi * (np.exp(-1j * n * end) - np.exp(-1j * n * begin)) / (-1j * n)
    return harmonics


def parallel_harmonics(
    begin: float, end: float, axis: float, orders: NDArray[np.int64], pole_pairs: int
) -> tuple[Complex, Complex]:
    """Radial and tangential harmonics of a unit magnetisation along ``axis`` on an arc of the first pole, alternating."""
    # cos and sin of (angle - axis) shift the order by one either way
    lower, upper = (arc_harmonics(begin, end, orders + s, pole_pairs) * np.exp(1j * s * axis) for s in (-1, 1))
    return 0.5 * (lower + upper), 0.5j * (lower - upper)
