"""What needs half an electrical period of many operating points: losses, ripple and peak flux densities, in bounded memory.

All points of a current grid are solved together, since neighbours start each other; only the fields of elements that lose power are kept,
in single precision, and turned into harmonics a few points at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.harmonics import FieldHarmonics, sampled_harmonics
from halfshaft.drive_unit.field.lanes import LANES
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import (
    NotConverged,
    loss_terms,
    lossy_elements,
    middle_elements,
    period_positions,
)
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.flux_map.flux_map import LossTerm

Array = NDArray[np.float64]

_HELD_BYTES = 150e6  # of sampled fields


@dataclass(frozen=True)
class PeriodQuantities:
    """Of n operating points: mean flux linkages (n, 3), loss terms with values (n,), peak-to-peak torque and peak flux densities (n,), and
    notes on missing losses."""

    psi_dqf_wb: Array
    loss_terms: tuple[LossTerm, ...]
    torque_ripple_nm: Array
    peak_tooth_t: Array
    peak_yoke_t: Array
    notes: tuple[str, ...]


def half_period_quantities(
    model: FieldModel, currents_a: Array, *, workers: int = 2, on_done: Callable[[int], None] | None = None
) -> PeriodQuantities:
    """Solve currents (n, 3) at copper of 20 degC. Raises NotConverged."""
    positions = period_positions(model)
    lossy = np.sort(np.concatenate(lossy_elements(model)))
    size = max(int(_HELD_BYTES / (positions * max(len(lossy), 1) * 2 * 4)) // LANES, 1) * LANES
    # neighbours solved together start each other
    order = np.lexsort((currents_a[:, 1], currents_a[:, 0], currents_a[:, 2]))
    parts = [
        _together(model, currents_a[order[k : k + size]], positions, lossy, workers, on_done)
        for k in range(0, len(order), size)
    ]
    back = np.argsort(order)
    return PeriodQuantities(
        np.concatenate([p.psi_dqf_wb for p in parts])[back],
        tuple(replace(term, value=term.value[back]) for term in _joined([p.loss_terms for p in parts])),
        np.concatenate([p.torque_ripple_nm for p in parts])[back],
        np.concatenate([p.peak_tooth_t for p in parts])[back],
        np.concatenate([p.peak_yoke_t for p in parts])[back],
        parts[0].notes,
    )


def _together(
    model: FieldModel,
    currents: Array,
    positions: int,
    lossy: NDArray[np.int64],
    workers: int,
    on_done: Callable[[int], None] | None,
) -> PeriodQuantities:
    """Points whose fields are held at the same time."""
    n = len(currents)
    samples = np.empty((positions, n, len(lossy), 2), dtype=np.float32)
    middle = [np.searchsorted(lossy, elements) for elements in middle_elements(model)]

    def take(k: int, flux_density_t: NDArray[np.float32]) -> None:
        samples[k] = flux_density_t[:, lossy]

    steps = model.steps_over(np.pi, positions)
    solved = solve_currents(model, currents, steps, on_position=take, on_done=on_done, workers=workers)
    if not solved.converged.all():
        raise NotConverged(solved.failures)
    terms: list[tuple[LossTerm, ...]] = []
    notes: tuple[str, ...] = ()
    peaks = np.zeros((2, n))
    for k in range(0, n, LANES):
        piece = samples[:, k : k + LANES].astype(np.float64)
        stator, rotor = (
            _harmonics(piece, lossy, elements, negated=negated)
            for elements, negated in zip(lossy_elements(model), (True, False), strict=True)
        )
        found, notes = loss_terms(model, stator, rotor, winding_temperature_c=20.0)
        terms.append(tuple(replace(t, value=np.broadcast_to(t.value, (piece.shape[1],))) for t in found))
        for part, at in enumerate(middle):
            if len(at):
                peaks[part, k : k + LANES] = np.hypot(*np.moveaxis(piece[:, :, at], -1, 0)).max(axis=(0, 2))
    return PeriodQuantities(
        solved.psi_dqf_wb.mean(axis=0), _joined(terms), np.ptp(solved.torque_nm, axis=0), peaks[0], peaks[1], notes
    )


def _harmonics(
    samples: Array, sampled: NDArray[np.int64], elements: NDArray[np.int64], *, negated: bool
) -> FieldHarmonics:
    orders, spectrum = sampled_harmonics(
        samples[:, :, np.searchsorted(sampled, elements)], span_rad=np.pi, negated=negated
    )
    return FieldHarmonics(elements, orders, spectrum)


def _joined(pieces: list[tuple[LossTerm, ...]]) -> tuple[LossTerm, ...]:
    return tuple(
        replace(terms[0], value=np.concatenate([t.value for t in terms])) for terms in zip(*pieces, strict=True)
    )
