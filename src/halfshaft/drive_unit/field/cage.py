"""The squirrel cage in steady state: the current that it answers the stator's with, and what that costs.

With d on the rotor's flux, the rotor has no q flux by definition. In steady state its flux stands still to the frame, so nothing is induced
along d and there is no d rotor current. What is left is one unknown, the amplitude of a sinusoidal pattern of bar currents whose flux lies
along q, and one equation: the flux linked with that pattern is zero [Blaschke 1972; Novotny and Lipo 1996]. Fundamental quantities
only: bars and teeth of the rotor are taken at their place about the d axis in which they are drawn, and the stator passes by.

Bars and rings lose by direct-current resistance: slip frequency is a few hertz. A ring of rectangular section is a plate into which the
bars feed a sinusoidal current at its outer edge. Its potential is harmonic, (r^p + r_i^2p r^-p) cos(p theta), so a ring loses as much as
    I^2 N^2 rho F / (4 pi p t),  F = (1 + x^2p) / (1 - x^2p),  x = r_i / r_o
with N bars, I the greatest bar current and t the thickness; thin rings give the usual segment formula, wide ones what Trickey (1936) found.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.geometry.design import Cage, MachineDesign

Array = NDArray[np.float64]

_TOLERANCE = 1e-4  # of the flux linkage that the greatest stator current sends through the cage
_ROUNDS = 20
_MAGNETISING = 0.4  # of the greatest current


def with_cage_current(model: FieldModel, currents_a: Array, steps: Sequence[int], workers: int = 2) -> Array:
    """Currents (n, 3) whose third is the cage's, A peak in the bars on the d axis, for i_d and i_q of currents (n, 2 or 3).

    Newton's method within brackets, on the mean over the rotor's positions; the field solution gives its slope. Raises
    ArithmeticError where it does not arrive.
    """
    currents = np.zeros((len(currents_a), 3))
    currents[:, :2] = np.asarray(currents_a, dtype=float)[:, :2]
    greatest = max(float(np.abs(currents[:, :2]).max()), 1e-12)
    small = solve_currents(model, np.array([[1e-3 * greatest, 0.0, 0.0]]), steps, inductance=True, workers=workers)
    assert small.inductance_h is not None
    coupled, own = small.inductance_h.mean(axis=0)[0, 2, 1:]
    scale = abs(float(coupled)) * greatest
    # Closed bridges carry much at small currents and little beyond: the ratio at a large one is the better start for all.
    large = np.array([[_MAGNETISING * greatest, greatest, -coupled / own * greatest]])
    _solve(model, large, steps, scale, workers)
    currents[:, 2] = large[0, 2] / greatest * currents[:, 1]
    _solve(model, currents, steps, scale, workers)
    return currents


def _solve(model: FieldModel, currents: Array, steps: Sequence[int], scale: float, workers: int) -> None:
    """Finds the third of currents (n, 3) in place, from what stands there, to a share of the flux linkage ``scale``."""
    open_ = np.flatnonzero(currents[:, 1] != 0.0)  # without q current none flows, whatever slots make of the mean
    below, above = np.full(len(currents), -np.inf), np.full(len(currents), np.inf)
    for _ in range(_ROUNDS):
        if not len(open_):
            return
        solved = solve_currents(model, currents[open_], steps, inductance=True, workers=workers)
        assert solved.inductance_h is not None
        linked, slope = solved.psi_dqf_wb.mean(axis=0)[:, 2], solved.inductance_h.mean(axis=0)[:, 2, 2]
        here = currents[open_, 2]
        below[open_] = np.where(linked < 0.0, here, below[open_])
        above[open_] = np.where(linked > 0.0, here, above[open_])
        wanted, low, high = here - linked / slope, below[open_], above[open_]
        # bridges that saturate bend the curve so much that a slope may lead past what is known to be too far
        outside = (wanted <= low) | (wanted >= high)
        currents[open_, 2] = np.where(outside & np.isfinite(low) & np.isfinite(high), 0.5 * (low + high), wanted)
        open_ = open_[np.abs(linked) > _TOLERANCE * scale]
    if len(open_):
        d, q, _ = currents[open_[0]]
        raise ArithmeticError(
            f"no cage current was found at {len(open_)} points, the first at i_d {d:g} A, i_q {q:g} A; use a finer mesh"
        )


def bar_loss_w_per_a2(design: MachineDesign, temperature_c: float = 20.0) -> float:
    """Loss of all bars within the stack for one ampere of cage current: half a bar's resistance for each bar."""
    cage = _cage(design)
    resistivity = cage.conductor.resistivity_at_ohm_m(temperature_c)
    return 0.5 * cage.bars * resistivity * design.stack_length_m / bar_area_m2(design)


def bar_area_m2(design: MachineDesign) -> float:
    """Mean cross-section of one bar."""
    _cage(design)
    bars = [region for region in design.regions if region.label.kind == "cage"]
    return sum(region.area_m2 for region in bars) / len(bars)


def ring_length_m(design: MachineDesign) -> float:
    """The length of bars that would lose what both rings and the bars' ends outside the stack do."""
    cage, p = _cage(design), design.pole_pairs
    inner_to_outer = (cage.ring_inner_diameter_m / cage.ring_outer_diameter_m) ** (2 * p)
    plate = (1.0 + inner_to_outer) / (1.0 - inner_to_outer)
    one = cage.bars * bar_area_m2(design) * plate / (2.0 * pi * p * cage.ring_thickness_m)
    return 2.0 * (one + cage.overhang_m)


def _cage(design: MachineDesign) -> Cage:
    if design.cage is None:
        raise ValueError(f"{design.name} has no cage")
    return design.cage
