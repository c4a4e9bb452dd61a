"""A flux map made smooth: flux linkages, torque and losses at any currents within it, and how wrong that is.

Flux linkages are tricubic Hermite polynomials, continuous with their first derivatives, which at the nodes are the map's incremental
inductances where it has them. Losses, and flux linkages without inductances, are tensor cubic splines.

What is conserved: torque is 3/2 p (psi_d i_q - psi_q i_d) of the interpolated flux linkages, so that terminal and mechanical power agree
at every point, and symmetry about the d axis holds exactly where the map relies on it. Reciprocity, d psi_d / d i_q = d psi_q / d i_d,
holds at the nodes as well as the map's own inductances have it, and in between to the error of the interpolation: no co-energy is
interpolated, since torque by its derivative would differ from that of the flux linkages.

Nothing is extrapolated: points outside the map raise, and ``covers`` tells beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.flux_map import hermite
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, InterpolationError
from halfshaft.drive_unit.flux_map.symmetry import is_half, mirrored

Array = NDArray[np.float64]

_ROUND_OFF = 1e-9  # of the range: a current computed from its end must not fail by its last digit
_COARSEST = 5  # nodes on an axis of which every other may be left out


class OutsideMapError(ValueError):
    """Currents were asked for that the map does not cover."""


@dataclass(frozen=True)
class Probes:
    """Solved points off the nodes: currents (n, 3) of i_d, i_q, i_f, mean flux linkages (n, 3) of d, q and field; losses where solved.

    ``loss_values`` (terms, n) follow the map's ``loss_terms``.
    """

    currents_a: Array
    psi_dqf_wb: Array
    loss_values: Array | None = None


class FluxInterpolation:
    """A map's quantities at currents of broadcastable shapes, peak values. All methods raise OutsideMapError outside the map.

    A machine with a single field current may leave ``i_f_a`` out.
    """

    def __init__(self, flux_map: FluxMap) -> None:
        """Raises ValueError for a map whose currents do not ascend, whose values are not finite, or that denies its own symmetry."""
        self.flux_map = flux_map
        whole = mirrored(flux_map)
        self._half = is_half(flux_map)
        self._axes = (whole.i_d_a, whole.i_q_a, whole.i_f_a)
        for name, nodes in zip(("i_d", "i_q", "i_f"), self._axes, strict=True):
            if np.any(np.diff(nodes) <= 0.0):
                raise ValueError(f"the {name} currents of the flux map of {flux_map.machine!r} do not ascend")
        fluxes = (whole.psi_d_wb, whole.psi_q_wb, whole.psi_f_wb)
        values = [*fluxes, *(t.value for t in whole.loss_terms)]
        if whole.inductance_h is not None:
            values.append(whole.inductance_h)
        if not all(np.all(np.isfinite(v)) for v in values):
            raise ValueError(f"the flux map of {flux_map.machine!r} holds values that are not finite; compute it again")
        table = whole.inductance_h
        gradients = [None if table is None else [table[..., k, j] for j in range(3)] for k in range(3)]
        self._flux = self._data(fluxes, gradients)
        self._loss = self._data([t.value for t in whole.loss_terms]) if whole.loss_terms else None
        # a single field current leaves no slope to take by it: the map's own inductances are interpolated instead
        by_field = len(whole.i_f_a) == 1 and table is not None
        self._by_field = self._data([table[..., k, 2] for k in range(3)]) if by_field and table is not None else None

    @property
    def exponents(self) -> tuple[float, ...]:
        """Exponents of the electrical frequency of the map's loss terms."""
        return tuple(t.frequency_exponent for t in self.flux_map.loss_terms)

    def covers(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> NDArray[np.bool_]:
        """Which of the points the map covers, in their broadcast shape."""
        inside = np.array(True)
        for values, nodes in zip(self._given(i_d_a, i_q_a, i_f_a), self._axes, strict=True):
            slack = _ROUND_OFF * max(abs(nodes[0]), abs(nodes[-1]))
            inside = inside & (values >= nodes[0] - slack) & (values <= nodes[-1] + slack)
        return np.asarray(inside)

    def flux_linkage_wb(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> Array:
        """Flux linkages (..., 3) of d, q and field, without the end windings' leakage."""
        return self._evaluate(self._flux, self._within(i_d_a, i_q_a, i_f_a))

    def torque_nm(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> Array:
        """Mean air-gap torque (...)."""
        i_d, i_q, i_f = self._within(i_d_a, i_q_a, i_f_a)
        psi = self._evaluate(self._flux, (i_d, i_q, i_f))
        torque: Array = 1.5 * self.flux_map.pole_pairs * (psi[..., 0] * i_q - psi[..., 1] * i_d)
        return torque

    def inductance_h(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> Array:
        """Derivatives (..., 3, 3) of the interpolated flux linkages (rows) by the currents (columns).

        The column of a single field current is interpolated from the map's inductances, NaN where it has none.
        """
        points = self._within(i_d_a, i_q_a, i_f_a)
        columns = [self._evaluate(self._flux, points, k) for k in range(3)]
        if len(self._axes[2]) == 1:
            by_field = self._by_field
            columns[2] = np.full_like(columns[0], np.nan) if by_field is None else self._evaluate(by_field, points)
        return np.stack(columns, axis=-1)

    def loss_values(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> Array:
        """Frequency-free values of the loss terms (..., terms); where a spline dips below zero, zero."""
        points = self._within(i_d_a, i_q_a, i_f_a)
        if self._loss is None:
            return np.zeros((*points[0].shape, 0))
        values: Array = np.maximum(self._evaluate(self._loss, points), 0.0)
        return values

    def losses_w(
        self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None, *, frequency_hz: ArrayLike
    ) -> Array:
        """Loss of each term (..., terms) at electrical frequencies that broadcast with the currents; sum over the last axis for all."""
        values = self.loss_values(i_d_a, i_q_a, i_f_a)
        frequency = np.asarray(frequency_hz, dtype=float)[..., None]
        losses: Array = values * frequency ** np.array(self.exponents)
        return losses

    def torque_slope_nm_per_a(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None = None) -> Array:
        """Derivatives (..., 3) of the torque by the currents."""
        i_d, i_q, i_f = self._within(i_d_a, i_q_a, i_f_a)
        psi, slope = self._evaluate(self._flux, (i_d, i_q, i_f)), self.inductance_h(i_d, i_q, i_f)
        torque = slope[..., 0, :] * i_q[..., None] - slope[..., 1, :] * i_d[..., None]
        torque[..., 0] -= psi[..., 1]
        torque[..., 1] += psi[..., 0]
        return 1.5 * self.flux_map.pole_pairs * torque

    def _data(
        self, values: list[Array] | tuple[Array, ...], gradients: list[list[Array] | None] | None = None
    ) -> Array:
        known = gradients or [None] * len(values)
        nodes = [hermite.node_data(self._axes, v, g) for v, g in zip(values, known, strict=True)]
        return np.ascontiguousarray(np.stack(nodes, axis=-1))

    def _given(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None) -> list[Array]:
        if i_f_a is None:
            if len(self._axes[2]) > 1:
                raise ValueError(f"the flux map of {self.flux_map.machine!r} wants a field current")
            i_f_a = float(self._axes[2][0])
        return list(np.broadcast_arrays(*(np.asarray(i, dtype=float) for i in (i_d_a, i_q_a, i_f_a))))

    def _within(self, i_d_a: ArrayLike, i_q_a: ArrayLike, i_f_a: ArrayLike | None) -> tuple[Array, Array, Array]:
        points = self._given(i_d_a, i_q_a, i_f_a)
        outside = ~self.covers(*points)
        if np.any(outside):
            at = ", ".join(f"{v[outside].flat[0]:.6g}" for v in points)
            spans = ", ".join(f"{n[0]:.6g} to {n[-1]:.6g}" for n in self._axes)
            raise OutsideMapError(
                f"the flux map of {self.flux_map.machine!r} covers i_d, i_q, i_f of {spans} A; {int(outside.sum())} of {outside.size} "
                f"points lie outside, the first at {at} A. Compute the map over a wider range"
            )
        d, q, f = (np.clip(v, n[0], n[-1]) for v, n in zip(points, self._axes, strict=True))
        return d, q, f

    def _evaluate(self, data: Array, points: tuple[Array, Array, Array], derivative: int = -1) -> Array:
        flat = [np.ascontiguousarray(v).ravel() for v in points]
        out = np.empty((len(flat[0]), data.shape[4]))
        hermite.evaluate(*flat, *self._axes, data, derivative, out)
        return out.reshape(*points[0].shape, data.shape[4])


def interpolation_error(flux_map: FluxMap, probes: Probes | None = None) -> tuple[InterpolationError, ...]:
    """Errors of the map's interpolation: with every other node left out, and against solved ``probes`` where given.

    An axis of fewer than five nodes keeps them all; with no longer axis there is no estimate by leaving out.
    """
    errors = []
    keep = [_every_other(nodes) for nodes in (flux_map.i_d_a, flux_map.i_q_a, flux_map.i_f_a)]
    shape = flux_map.psi_d_wb.shape
    kept = np.zeros(shape, dtype=bool)
    kept[np.ix_(*keep)] = True
    if not kept.all():
        left = np.argwhere(~kept)
        currents = np.stack(
            [flux_map.i_d_a[left[:, 0]], flux_map.i_q_a[left[:, 1]], flux_map.i_f_a[left[:, 2]]], axis=1
        )
        at = tuple(left.T)
        truth = Probes(
            currents,
            np.stack([flux_map.psi_d_wb[at], flux_map.psi_q_wb[at], flux_map.psi_f_wb[at]], axis=1),
            np.stack([t.value[at] for t in flux_map.loss_terms]) if flux_map.loss_terms else None,
        )
        errors.append(_error("left out", flux_map, _at_nodes(flux_map, keep), truth))
    if probes is not None and len(probes.currents_a):
        errors.append(_error("probes", flux_map, flux_map, probes))
    return tuple(errors)


def _every_other(nodes: Array) -> NDArray[np.int64]:
    count = len(nodes)
    if count < _COARSEST:
        return np.arange(count)
    return np.unique(np.append(np.arange(0, count, 2), count - 1))


def _at_nodes(flux_map: FluxMap, keep: list[NDArray[np.int64]]) -> FluxMap:
    """The map at some of its nodes, with what interpolation wants."""
    at = np.ix_(*keep)
    return replace(
        flux_map,
        i_d_a=flux_map.i_d_a[keep[0]],
        i_q_a=flux_map.i_q_a[keep[1]],
        i_f_a=flux_map.i_f_a[keep[2]],
        psi_d_wb=flux_map.psi_d_wb[at],
        psi_q_wb=flux_map.psi_q_wb[at],
        psi_f_wb=flux_map.psi_f_wb[at],
        torque_nm=flux_map.torque_nm[at],
        inductance_h=None if flux_map.inductance_h is None else flux_map.inductance_h[at],
        loss_terms=tuple(replace(t, value=t.value[at]) for t in flux_map.loss_terms),
        torque_ripple_nm=None,
        peak_tooth_t=None,
        peak_yoke_t=None,
    )


def _error(
    method: Literal["left out", "probes"], flux_map: FluxMap, interpolated: FluxMap, truth: Probes
) -> InterpolationError:
    """Compare an interpolation with solved points, relative to the whole map's ranges."""
    smooth = FluxInterpolation(interpolated)
    d, q, f = truth.currents_a.T
    psi = smooth.flux_linkage_wb(d, q, f)
    torque = 1.5 * flux_map.pole_pairs * (truth.psi_dqf_wb[:, 0] * q - truth.psi_dqf_wb[:, 1] * d)
    compared = [
        ("psi_d", psi[:, 0] - truth.psi_dqf_wb[:, 0], np.ptp(flux_map.psi_d_wb)),
        ("psi_q", psi[:, 1] - truth.psi_dqf_wb[:, 1], np.ptp(flux_map.psi_q_wb)),
        ("psi_f", psi[:, 2] - truth.psi_dqf_wb[:, 2], np.ptp(flux_map.psi_f_wb)),
        ("torque", smooth.torque_nm(d, q, f) - torque, np.ptp(flux_map.torque_nm)),
    ]
    if truth.loss_values is not None:
        values = smooth.loss_values(d, q, f)
        for k, term in enumerate(flux_map.loss_terms):
            compared.append((f"{term.region} {term.cause}", values[:, k] - truth.loss_values[k], np.ptp(term.value)))
    names, largest, rms = [], [], []
    for name, error, span in compared:
        if span > 0.0:
            names.append(name)
            largest.append(float(100.0 * np.abs(error).max() / span))
            rms.append(float(100.0 * np.sqrt(np.mean(error**2)) / span))
    return InterpolationError(method, len(d), tuple(names), tuple(largest), tuple(rms))
