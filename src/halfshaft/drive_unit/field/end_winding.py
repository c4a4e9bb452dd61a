"""End windings: how long an end turn is, and the inductance of its leakage.

Neither is seen by the plane field. The leakage inductance follows Pyrhönen, Jokinen and Hrabovcová (Design of Rotating Electrical
Machines, 2008, section 4.3.5): L_w = 4 m / Q * q N^2 mu_0 (2 l_ew lambda_lew + W_ew lambda_W), with N turns in series per phase, l_ew the
axial overhang, W_ew the span, and permeance factors from a table of winding types. The factors are uncertain by some tens of per cent, and
so is the inductance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, pi, tan

from halfshaft.drive_unit.field.iron_loss import slot_bottom_radius_m
from halfshaft.drive_unit.field.steel_curve import VACUUM_PERMEABILITY_H_PER_M
from halfshaft.drive_unit.field.winding_loss import series_turns
from halfshaft.drive_unit.geometry.design import MachineDesign


@dataclass(frozen=True)
class PermeanceFactors:
    """Permeance factors of the axial and of the peripheral part of the end winding, dimensionless.

    The default pair is one of the book's table for non-salient rotors, as used for magnet machines with distributed winding;
    for salient poles the table has 0.518 and 0.138 among others.
    """

    axial: float = 0.371
    span: float = 0.166


@dataclass(frozen=True)
class EndTurn:
    """One coil end: its developed length from slot to slot and how far it stands out of the stack."""

    length_m: float
    overhang_m: float


def end_winding_inductance_h(design: MachineDesign, factors: PermeanceFactors = PermeanceFactors()) -> float:
    """Leakage inductance of one phase's end windings on both sides.

    Twice the overhang is what the declared end turn is longer than its span. A declared length below the span, a placeholder in
    truth, counts as span of that length: never more than is declared.
    """
    if design.winding is None:
        raise ValueError(f"{design.name} has no stator winding")
    length = design.winding.end_turn_length_m
    span = min(coil_span_m(design), length)
    permeance = VACUUM_PERMEABILITY_H_PER_M * ((length - span) * factors.axial + span * factors.span)
    return 2.0 / design.pole_pairs * series_turns(design) ** 2 * permeance


def coil_span_m(design: MachineDesign) -> float:
    """Arc from slot to slot of one coil at half the slot's depth."""
    if design.winding is None:
        raise ValueError(f"{design.name} has no stator winding")
    radius = 0.5 * (design.stator_bore_radius_m + slot_bottom_radius_m(design))
    return 2.0 * pi * design.winding.coil_pitch_slots / design.slots * radius


def round_wire_end_turn(span_m: float) -> EndTurn:
    """End turn of a random-wound coil of round wire: 1.2 W + 0.05 m (Pyrhönen et al. 2008, for low-voltage machines)."""
    length = 1.2 * span_m + 0.05
    return EndTurn(length, 0.5 * (length - span_m))


def hairpin_end_turn(
    span_m: float, slots_spanned: int, bar_width_m: float, clearance_m: float, straight_m: float
) -> EndTurn:
    """End turn of bars bent in a diamond: straight out of the slot, then sloped so that neighbours clear each other.

    Bars leave one slot pitch apart and run at the angle alpha to the stack's face, with sin alpha = (width + clearance) / slot pitch
    (plane geometry of the diamond coil; ``straight_m`` on each side before the bend). Raises ValueError when the bars cannot pass.
    """
    pitch = span_m / slots_spanned
    sine = (bar_width_m + clearance_m) / pitch
    if sine >= 0.95:
        raise ValueError(
            f"bars of {bar_width_m * 1e3:.2f} mm with {clearance_m * 1e3:.2f} mm clearance cannot pass each other at a slot pitch "
            f"of {pitch * 1e3:.2f} mm"
        )
    slope = asin(sine)
    return EndTurn(2.0 * straight_m + span_m / cos(slope), straight_m + 0.5 * span_m * tan(slope))
