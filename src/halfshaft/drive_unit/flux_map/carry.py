"""Carry iron losses from a coarse grid of currents to the map's.

Where field and d current cancel each other, iron loss has a valley that runs across the grid and is narrower than its cells: splines
between coarse nodes miss it by a multiple. But loss follows flux linkages and currents, and these are known at all nodes of the map. So a
trend, a quadratic form in both by least squares, is taken off, the rest is interpolated by splines and the trend is put on again. At
the coarse nodes the result is what was solved. For an EESM this divided the error by five; a machine with magnets has no such valley, and
neither gains nor loses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.hermite import resampled

Array = NDArray[np.float64]
Axes = tuple[Array, Array, Array]


def carried_by_trend(coarse: Axes, values: Array, psi_wb: Array, onto: Axes, onto_psi_wb: Array) -> Array:
    """Values (nd, nq, nf) at other currents; ``psi_wb`` (nd, nq, nf, 3) and ``onto_psi_wb`` are the flux linkages of both grids."""
    units = [max(float(np.abs(axis).max()), 1e-12) for axis in coarse]
    flux_units = np.maximum(np.abs(psi_wb).reshape(-1, 3).max(axis=0), 1e-12)
    known = _features(coarse, psi_wb, units, flux_units)
    weights = np.linalg.lstsq(known.reshape(-1, known.shape[-1]), values.ravel(), rcond=None)[0]
    rest = resampled(coarse, values - known @ weights, onto)
    carried: Array = _features(onto, onto_psi_wb, units, flux_units) @ weights + rest
    return carried


def _features(axes: Axes, psi_wb: Array, units: list[float], flux_units: Array) -> Array:
    """(nd, nq, nf, features): squares of and products between flux linkages and currents, all even in i_q."""
    i_d, i_q, i_f = np.meshgrid(*(axis / unit for axis, unit in zip(axes, units, strict=True)), indexing="ij")
    d, q = psi_wb[..., 0] / flux_units[0], psi_wb[..., 1] / flux_units[1]
    square = d**2 + q**2
    parts = [np.ones_like(d), d**2, q**2, square**2, i_d**2, i_q**2, i_f**2, i_d * i_f, d * i_d, q * i_q, d * i_f]
    return np.stack(parts, axis=-1)
