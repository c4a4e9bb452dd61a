"""The magnetic table: a flux map made free of length and turns, and smooth between its nodes, as the control asks for it.

Everything is kept per metre of stack and per series turn. ``a = N i`` is a stator current times the series turns, ``a_f`` the field
current times the field turns of one pole, ``lambda = psi / (N L)`` a flux linkage per metre and turn, and loss is per metre. In these
quantities one computed field serves every length and every winding of a cross-section, exactly. dq quantities are peak values
(convention 1), the d axis lies on the rotor's main flux (convention 2).

Between nodes flux linkages and loss sums are tensor cubic splines, continuous to the second derivative. A machine without skew is symmetric
about its d axis: lambda_d and the losses are even in a_q, lambda_q is odd, and the spline is so by construction. Torque is made of the same
flux linkages, T = 3/2 p (lambda_d a_q - lambda_q a_d) per metre, so that terminal power and mechanical power agree at every point.
Nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit import magnetic_spline
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm
from halfshaft.drive_unit.magnetic_spline import Axis, Splines, fitted_axis, upper_half

Array = NDArray[np.float64]

LOSS_PLACES = ("stator_copper", "stator_iron", "rotor_iron", "magnets", "cage")
_MAP_COPPER_K = 293.15  # flux maps state all that depends on copper at 20 degC
_ROUND_OFF = 1e-9  # of the range: a current computed from its end must not fail by its last digit
_LEAST_SYMMETRY = 0.02  # of the greatest q flux: what a mesh may leave of it at zero q current


@dataclass(frozen=True)
class CurrentRange:
    """The ampere-turns for which a machine's field is known, ends included; a_q to either side of zero."""

    a_d: tuple[float, float]
    a_q: float
    a_f: tuple[float, float]


class MagneticModel(Protocol):
    """What the control needs to know of a cross-section. Arrays of ampere-turns are of broadcastable shapes.

    The first two methods clamp currents to ``current_range``: the control keeps it as a limit like that of voltage and current. ``sums``
    hold, for each of ``loss_terms``, what the frequency to that power multiplies to a loss in W per metre.
    """

    @property
    def pole_pairs(self) -> int:
        """Number of pole pairs."""

    @property
    def current_range(self) -> CurrentRange:
        """Where the model holds."""

    @property
    def loss_terms(self) -> tuple[tuple[str, float], ...]:
        """Where each sum of the loss arises (one of ``LOSS_PLACES``), and the exponent of the electrical frequency in Hz."""

    @property
    def end_winding_inductance_h(self) -> float:
        """Leakage inductance of the end windings for one series turn; it scales with turns squared, not with length."""

    @property
    def winding_temperature_k(self) -> float:
        """Temperature of the copper at which its eddies' sums hold."""

    def clamped(self, a_d: Array, a_q: Array, a_f: Array) -> tuple[Array, Array, Array]:
        """Flux linkages d and q in Wb per metre and turn, and the loss sums (terms, ...)."""

    def clamped_for_torque(
        self, torque_nm_per_m: Array, a_d: Array, a_f: Array, largest_a: float
    ) -> tuple[Array, Array, Array, Array]:
        """The least a_q >= 0 that gives a torque, ``largest_a`` where none up to it does; then as ``clamped``."""


@dataclass(frozen=True, eq=False)
class MagneticTable:
    """A machine's field as splines over ampere-turns; see ``magnetic_table`` for how one is made.

    ``coefficients`` (field splines, d splines, q splines, 2 + terms) hold lambda_d, lambda_q and one sum for each loss term.
    """

    machine: str
    pole_pairs: int
    current_range: CurrentRange
    loss_terms: tuple[tuple[str, float], ...]
    end_winding_inductance_h: float
    winding_temperature_k: float
    axis_d: Axis
    axis_q: Axis
    axis_f: Axis
    coefficients: Array

    def flux_linkage_wb_per_m(self, a_d: ArrayLike, a_q: ArrayLike, a_f: ArrayLike) -> tuple[Array, Array]:
        """Flux linkages d and q per metre and turn. Raises ValueError naming the first point outside the range."""
        flux_d, flux_q, _ = self.clamped(*self._within(a_d, a_q, a_f))
        return flux_d, flux_q

    def torque_nm_per_m(self, a_d: ArrayLike, a_q: ArrayLike, a_f: ArrayLike) -> Array:
        """Air-gap torque per metre of stack; raises as ``flux_linkage_wb_per_m`` does."""
        a_d, a_q, a_f = self._within(a_d, a_q, a_f)
        flux_d, flux_q, _ = self.clamped(a_d, a_q, a_f)
        torque: Array = 1.5 * self.pole_pairs * (flux_d * a_q - flux_q * a_d)
        return torque

    def iron_loss_w_per_m(self, a_d: ArrayLike, a_q: ArrayLike, a_f: ArrayLike, frequency_hz: ArrayLike) -> Array:
        """Loss in iron and magnets per metre at electrical frequencies; raises as ``flux_linkage_wb_per_m`` does."""
        _, _, sums = self.clamped(*self._within(a_d, a_q, a_f))
        places = loss_by_place(self.loss_terms, sums, np.asarray(frequency_hz, dtype=float))
        return sum(places.values(), np.zeros(()))

    def splines_at(self, frequency_hz: float, factors: Mapping[str, float]) -> Splines:
        """Splines of lambda_d, lambda_q and the loss per metre at a frequency, each place's loss times its factor."""
        c = self.coefficients
        loss = np.zeros(c.shape[:3])
        for k, (place, exponent) in enumerate(self.loss_terms):
            loss += factors.get(place, 1.0) * frequency_hz**exponent * c[..., 2 + k]
        three = np.stack([c[..., 0], c[..., 1], loss], axis=-1)
        return self._splines._replace(coefficients=three)

    def q_current_for_torque(self, torque_nm_per_m: Array, a_d: Array, a_f: Array, largest_a: float) -> Array:
        """The least a_q >= 0 that gives a torque >= 0, to 1e-12 of it; ``largest_a`` where none up to it does."""
        a_d, _, a_f = self._within(a_d, 0.0, a_f)
        return self.clamped_for_torque(torque_nm_per_m, a_d, a_f, largest_a)[0]

    def clamped(self, a_d: Array, a_q: Array, a_f: Array) -> tuple[Array, Array, Array]:
        """See ``MagneticModel``."""
        shape, (d, q, f) = _flat(a_d, a_q, a_f)
        out = np.empty((len(d), self.coefficients.shape[3]))
        magnetic_spline.evaluate(d, q, f, self._splines, out)
        return _quantities(out, shape)

    def clamped_for_torque(
        self, torque_nm_per_m: Array, a_d: Array, a_f: Array, largest_a: float
    ) -> tuple[Array, Array, Array, Array]:
        """See ``MagneticModel``."""
        shape, (torque, d, f) = _flat(torque_nm_per_m, a_d, a_f)
        demand = torque / (1.5 * self.pole_pairs)
        a_q, out = np.empty(len(d)), np.empty((len(d), self.coefficients.shape[3]))
        magnetic_spline.q_current_for_torque(demand, d, f, float(largest_a), self._splines, a_q, out)
        return a_q.reshape(shape), *_quantities(out, shape)

    @property
    def _splines(self) -> Splines:
        d, q, f = self.axis_d, self.axis_q, self.axis_f
        return Splines(
            d.breaks_a, d.basis, q.breaks_a, q.basis, f.breaks_a, f.basis, f.alive, q.basis[:, 1:].sum(axis=2), self.coefficients
        )  # fmt: skip

    def _within(self, a_d: ArrayLike, a_q: ArrayLike, a_f: ArrayLike) -> tuple[Array, Array, Array]:
        points = [np.asarray(a, dtype=float) for a in (a_d, a_q, a_f)]
        spans = (self.current_range.a_d, (-self.current_range.a_q, self.current_range.a_q), self.current_range.a_f)
        for name, values, (low, high) in zip(("d", "q", "field"), points, spans, strict=True):
            slack = _ROUND_OFF * max(abs(low), abs(high))
            outside = ~((values >= low - slack) & (values <= high + slack))
            if np.any(outside):
                raise ValueError(
                    f"the field of {self.machine!r} is known for {low:.6g} to {high:.6g} A of {name} ampere-turns, "
                    f"not for {values[outside].flat[0]:.6g} A; compute its flux map over a wider range"
                )
        return points[0], points[1], points[2]


def loss_by_place(
    terms: tuple[tuple[str, float], ...], sums: Array, frequency_hz: Array, factors: Mapping[str, float] | None = None
) -> dict[str, Array]:
    """Loss of each of ``LOSS_PLACES`` from frequency-free sums (terms, ...) at electrical frequencies, times the place's factor.

    A spline's dip below zero counts as zero.
    """
    shape = np.broadcast_shapes(sums.shape[1:], frequency_hz.shape)
    losses = {place: np.zeros(shape) for place in LOSS_PLACES}
    for (place, exponent), part in zip(terms, sums, strict=True):
        losses[place] += (factors or {}).get(place, 1.0) * frequency_hz**exponent * np.maximum(part, 0.0)
    return losses


def magnetic_table(flux_map: FluxMap) -> MagneticTable:
    """The table of a flux map, free of its length and turns.

    The map's q currents start at zero, or lie symmetrically about it and are then averaged. Losses of one place and exponent are
    added. Among them are the eddies that the radial field drives in the stator's bars: they depend on a bar's width, which is the slot's,
    and not on how many bars share it. Raises ValueError for a map that has fewer than four currents on an axis (one field current is
    enough without a field winding), values that are not finite, or no symmetry.
    """
    per_turn = flux_map.series_turns * flux_map.stack_length_m
    groups: dict[tuple[str, float], Array] = {}
    for term in flux_map.loss_terms:
        group = (_place(term), round(term.frequency_exponent, 9))
        groups[group] = groups.get(group, 0.0) + term.value / flux_map.stack_length_m
    terms = tuple(sorted(groups, key=lambda group: (LOSS_PLACES.index(group[0]), group[1])))
    values = np.stack([flux_map.psi_d_wb / per_turn, flux_map.psi_q_wb / per_turn, *(groups[term] for term in terms)])
    if not np.all(np.isfinite(values)):
        raise ValueError(f"the flux map of {flux_map.machine!r} holds values that are not finite; compute it again")
    if not np.isfinite(flux_map.end_winding_inductance_h):
        raise ValueError(
            f"the flux map of {flux_map.machine!r} does not know its end windings' inductance; "
            "state the end turns in the design, or set the inductance in the map"
        )
    a_q, values = _mirrored(flux_map.machine, flux_map.i_q_a * flux_map.series_turns, values)
    a_d = flux_map.i_d_a * flux_map.series_turns
    a_f = flux_map.i_f_a * flux_map.field_turns_per_pole if len(flux_map.i_f_a) > 1 else np.zeros(1)
    for name, nodes in (("d", a_d), ("q", a_q), ("field", a_f)):
        if np.any(np.diff(nodes) <= 0.0):
            raise ValueError(f"the flux map of {flux_map.machine!r} has {name} currents that do not ascend")
    axis_d, values = fitted_axis(a_d, values, 1)
    whole_q, values = fitted_axis(a_q, values, 2)
    axis_q, values = upper_half(whole_q, values, 2)
    axis_f, values = fitted_axis(a_f, values, 3)
    return MagneticTable(
        machine=flux_map.machine,
        pole_pairs=flux_map.pole_pairs,
        current_range=CurrentRange((float(a_d[0]), float(a_d[-1])), float(a_q[-1]), (float(a_f[0]), float(a_f[-1]))),
        loss_terms=terms,
        end_winding_inductance_h=flux_map.end_winding_inductance_h / flux_map.series_turns**2,
        winding_temperature_k=_MAP_COPPER_K,
        axis_d=axis_d,
        axis_q=axis_q,
        axis_f=axis_f,
        coefficients=np.ascontiguousarray(np.transpose(values, (3, 1, 2, 0))),
    )


def _place(term: LossTerm) -> str:
    """Where a term's loss turns to heat."""
    if term.cause == "magnet_eddy":
        return "magnets"
    if term.region == "cage":
        return "cage"
    if term.cause == "winding_proximity":
        return "stator_copper"
    return "rotor_iron" if term.region.startswith("rotor") else "stator_iron"


def _mirrored(machine: str, a_q: Array, values: Array) -> tuple[Array, Array]:
    """q ampere-turns and values (kinds, d, q, f) on both sides of zero, the second kind odd and all others even."""
    odd = np.ones((len(values), 1, 1, 1))
    odd[1] = -1.0
    if a_q[0] == 0.0:
        known = np.abs(values[1]).max()
        if np.abs(values[1, :, 0]).max() > _LEAST_SYMMETRY * known:
            raise ValueError(
                f"the flux map of {machine!r} has q flux at zero q current: it is not symmetric about its d axis"
            )
        values = values.copy()
        values[1, :, 0] = 0.0
        return np.concatenate([-a_q[:0:-1], a_q]), np.concatenate([odd * values[:, :, :0:-1], values], axis=2)
    if not np.allclose(a_q, -a_q[::-1], atol=_ROUND_OFF * np.abs(a_q).max()):
        raise ValueError(f"the flux map of {machine!r} needs q currents from zero up, or as many below zero as above")
    other = odd * values[:, :, ::-1]
    if np.abs(other[1] - values[1]).max() > 2.0 * _LEAST_SYMMETRY * np.abs(values[1]).max():
        raise ValueError(f"the flux map of {machine!r} is not symmetric about its d axis")
    return 0.5 * (a_q - a_q[::-1]), 0.5 * (values + other)


def _flat(*arrays: ArrayLike) -> tuple[tuple[int, ...], list[Array]]:
    """Broadcast shape of arrays, and each of them flattened to it."""
    wide = np.broadcast_arrays(*(np.asarray(array, dtype=float) for array in arrays))
    return wide[0].shape, [np.ascontiguousarray(array).ravel() for array in wide]


def _quantities(out: Array, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """(n, kinds) as flux linkages d and q and loss sums (terms, ...)."""
    kinds = np.ascontiguousarray(out.T)
    return kinds[0].reshape(shape), kinds[1].reshape(shape), kinds[2:].reshape(-1, *shape)
