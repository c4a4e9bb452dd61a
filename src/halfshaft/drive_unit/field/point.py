"""One operating point in full: torque and its ripple, flux linkages, peak flux densities and losses.

The rotor turns in equal steps through half an electrical period, which is all there is to see (the other half is the negative), with the dq
currents held still. Mean values are means over these positions; losses come from the harmonics of each element's field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.cage import bar_loss_w_per_a2, ring_length_m, with_cage_current
from halfshaft.drive_unit.field.end_winding import end_winding_inductance_h
from halfshaft.drive_unit.field.harmonics import FieldHarmonics, HarmonicAccumulator
from halfshaft.drive_unit.field.iron_loss import Stacking, iron_loss_terms, iron_parts, slot_bottom_radius_m
from halfshaft.drive_unit.field.magnet_loss import magnet_eddy_term
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import FieldSolutions, solve_currents
from halfshaft.drive_unit.field.steel_loss import SteelLoss, fit_steinmetz
from halfshaft.drive_unit.field.winding_loss import (
    field_resistance_ohm,
    hairpin_resistance_factor,
    stator_resistance_ohm,
    winding_proximity_term,
    winding_slot_width_m,
)
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.geometry.design import PHASES, RectangularWire

Array = NDArray[np.float64]

_PERIOD_POSITIONS = (40, 45, 36, 48, 30, 60)  # in order of preference; the first that falls on the circle's nodes
_MIDDLE = (0.25, 0.75)  # of a tooth's or yoke's radial extent, away from corners where peak values are the mesh's


class NotConverged(ArithmeticError):
    """Newton's method did not find the field at some points; ``points`` names them."""

    def __init__(self, points: list[str]) -> None:
        self.points = points
        shown = "; ".join(points[:5]) + (f"; and {len(points) - 5} more" if len(points) > 5 else "")
        super().__init__(f"the field did not converge at {shown}. Smaller currents or another mesh may help")


@dataclass(frozen=True)
class PeriodSweep:
    """Fields of n operating points over half an electrical period, and what their harmonics cost.

    ``loss_terms`` values are (n,), W s^exponent of the whole machine; ``notes`` say which loss is missing, and why. Peak flux densities
    (n,) are the largest over positions in the middle half of tooth height and yoke thickness. ``gap_t`` (k, n, divisions, 2): radial and
    tangential flux density around the middle of the gap, ``gap_angle_rad`` (divisions,).
    """

    solutions: FieldSolutions
    loss_terms: tuple[LossTerm, ...]
    peak_tooth_t: Array
    peak_yoke_t: Array
    gap_t: Array
    gap_angle_rad: Array
    notes: tuple[str, ...]

    @property
    def psi_dqf_wb(self) -> Array:
        """Mean flux linkages (n, 3)."""
        mean: Array = self.solutions.psi_dqf_wb.mean(axis=0)
        return mean

    @property
    def torque_ripple_nm(self) -> Array:
        """Peak-to-peak torque over the sampled positions, (n,)."""
        ripple: Array = np.ptp(self.solutions.torque_nm, axis=0)
        return ripple


def sweep_half_period(
    model: FieldModel,
    currents_a: Array,
    *,
    positions: int | None = None,
    winding_temperature_c: float = 20.0,
    loss_models: dict[str, SteelLoss] | None = None,
    workers: int = 2,
    on_done: Callable[[int], None] | None = None,
) -> PeriodSweep:
    """Solve currents (n, 3) over half an electrical period. Raises NotConverged.

    ``on_done(k)`` is called after each rotor position, from several threads.
    """
    mesh = model.mesh
    count = positions or period_positions(model)
    steps = model.steps_over(np.pi, count)
    currents = np.atleast_2d(np.asarray(currents_a, dtype=float))
    n = len(currents)
    stator_elements, rotor_elements = lossy_elements(model)
    stator = HarmonicAccumulator(stator_elements, count, negated=True, points=(n,))
    rotor = HarmonicAccumulator(rotor_elements, count, negated=False, points=(n,))
    tooth, yoke = middle_elements(model)
    peaks = np.zeros((count, 2, n))
    angle, tangents = _ring_directions(model)
    gap = np.zeros((count, n, len(angle), 2))

    def take(k: int, flux_density_t: NDArray[np.float32]) -> None:
        field_t = flux_density_t.astype(float)
        stator.add(k, field_t)
        rotor.add(k, field_t)
        for m, elements in enumerate((tooth, yoke)):
            if len(elements):
                peaks[k, m] = np.hypot(*flux_density_t[:, elements].transpose(2, 0, 1)).max(axis=1)
        ring = flux_density_t[:, mesh.ring].astype(float)
        # two triangles make one division of the ring
        pairs = 0.5 * (ring[:, 0::2] + ring[:, 1::2])
        gap[k, ..., 0] = np.sum(pairs * tangents[:, 0], axis=-1)
        gap[k, ..., 1] = np.sum(pairs * tangents[:, 1], axis=-1)

    solutions = solve_currents(model, currents, steps, on_position=take, on_done=on_done, workers=workers)
    if not solutions.converged.all():
        raise NotConverged(solutions.failures)
    terms, notes = loss_terms(model, stator.harmonics(), rotor.harmonics(), winding_temperature_c, loss_models)
    peak = peaks.max(axis=0)
    return PeriodSweep(solutions, terms, peak[0], peak[1], gap, angle, notes)


def period_positions(model: FieldModel) -> int:
    """How many rotor positions a sweep over half a period takes of itself: about forty that fall on the circle's nodes."""
    divisions = model.mesh.divisions_per_pole
    return next((k for k in _PERIOD_POSITIONS if divisions % k == 0), divisions)


def loss_terms(
    model: FieldModel,
    stator: FieldHarmonics,
    rotor: FieldHarmonics,
    winding_temperature_c: float,
    models: dict[str, SteelLoss] | None = None,
) -> tuple[tuple[LossTerm, ...], tuple[str, ...]]:
    """All frequency-dependent losses that the design's data allow, and notes on those they do not."""
    design, mesh = model.design, model.mesh
    notes: list[str] = []
    terms: list[LossTerm] = []
    fits = dict(models or {})
    parts = []
    for part in iron_parts(design, mesh):
        steel = part.steel
        if steel.name not in fits:
            try:
                fits[steel.name] = fit_steinmetz(steel)
            except ValueError as error:
                notes.append(f"no iron loss for {steel.name}: {error}")
                continue
        parts.append(part)
    terms.extend(iron_loss_terms(tuple(parts), fits, stator, rotor, Stacking.of(model.stacking_factor)))
    try:
        terms.append(winding_proximity_term(design, mesh, stator, winding_temperature_c))
    except ValueError as error:
        notes.append(str(error))
    if design.magnets:
        try:
            terms.append(magnet_eddy_term(design, mesh, rotor))
        except ValueError as error:
            notes.append(str(error))
    return tuple(terms), tuple(notes)


def lossy_elements(model: FieldModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Elements of the stator's regions that lose power, and of the rotor's."""
    kinds = [r.label.kind for r in model.design.regions]
    parts = [r.part for r in model.design.regions]
    lossy = {"stator": ("iron", "stator_winding"), "rotor": ("iron", "magnet")}
    out = []
    for part in ("stator", "rotor"):
        chosen = [k for k in range(len(kinds)) if parts[k] == part and kinds[k] in lossy[part]]
        out.append(np.flatnonzero(np.isin(model.mesh.region, chosen)))
    return out[0], out[1]


def middle_elements(model: FieldModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stator iron in the middle half of the teeth's height and of the yoke's thickness."""
    design, mesh = model.design, model.mesh
    iron = [k for k, r in enumerate(design.regions) if r.part == "stator" and r.label.kind == "iron"]
    radius = np.hypot(*mesh.points_m[mesh.triangles].mean(axis=1).T)
    inside = np.isin(mesh.region, iron)
    try:
        bottom = slot_bottom_radius_m(design)
    except ValueError:
        bottom = design.stator_bore_radius_m
    out = []
    for low, high in ((design.stator_bore_radius_m, bottom), (bottom, design.stator_outer_radius_m)):
        share = (radius - low) / max(high - low, 1e-12)
        out.append(np.flatnonzero(inside & (share > _MIDDLE[0]) & (share < _MIDDLE[1])))
    return out[0], out[1]


def _ring_directions(model: FieldModel) -> tuple[Array, Array]:
    """Angle (d,) of each division of the middle ring and its radial and tangential unit vectors (d, 2, 2)."""
    corners = model.mesh.points_m[model.mesh.triangles[model.mesh.ring]].mean(axis=1)
    middle = 0.5 * (corners[0::2] + corners[1::2])
    angle = np.arctan2(middle[:, 1], middle[:, 0])
    radial = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    tangential = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
    return angle, np.stack([radial, tangential], axis=1)


@dataclass(frozen=True)
class OperatingPoint:
    """What one pair (or triple) of currents does; quantities of the active length, peak dq values (convention 1).

    ``losses_w`` hold at ``speed_rpm``; a part that cannot be computed is absent and named in ``notes``. ``stator_copper_ac`` is what
    alternation adds in bars by the slot's own cross field (Dowell 1966), ``winding_proximity`` what the machine's field adds.
    """

    machine: str
    i_d_a: float
    i_q_a: float
    i_f_a: float
    speed_rpm: float
    mean_torque_nm: float
    torque_gap_stress_nm: float
    torque_ripple_nm: float
    psi_d_wb: float
    psi_q_wb: float
    psi_f_wb: float
    end_winding_inductance_h: float | None
    peak_tooth_t: float
    peak_yoke_t: float
    peak_gap_radial_t: float
    peak_gap_tangential_t: float
    losses_w: dict[str, float]
    shaft_power_w: float
    settings: dict[str, float | int | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def operating_point(
    model: FieldModel,
    i_d_a: float,
    i_q_a: float,
    i_f_a: float = 0.0,
    *,
    speed_rpm: float = 0.0,
    positions: int | None = None,
    winding_temperature_c: float = 20.0,
    workers: int = 2,
    on_done: Callable[[int], None] | None = None,
) -> OperatingPoint:
    """Solve one operating point over half an electrical period; a cage's current is found. Raises NotConverged."""
    design = model.design
    if design.cage is not None:
        steps = model.steps_over(np.pi, positions or period_positions(model))
        i_f_a = float(with_cage_current(model, np.array([[i_d_a, i_q_a]]), steps, workers)[0, 2])
    sweep = sweep_half_period(
        model,
        np.array([[i_d_a, i_q_a, i_f_a]]),
        positions=positions,
        winding_temperature_c=winding_temperature_c,
        workers=workers,
        on_done=on_done,
    )
    psi = sweep.psi_dqf_wb[0]
    frequency = design.pole_pairs * speed_rpm / 60.0
    losses: dict[str, float] = {}
    notes = list(sweep.notes)
    for term in sweep.loss_terms:
        name = term.cause if term.cause in ("winding_proximity", "magnet_eddy") else f"{term.region}_iron"
        losses[name] = losses.get(name, 0.0) + float(np.squeeze(term.value)) * frequency**term.frequency_exponent
    inductance: float | None = None
    try:
        direct = 1.5 * stator_resistance_ohm(design, winding_temperature_c) * (i_d_a**2 + i_q_a**2)
        losses["stator_copper_dc"] = float(direct)
        if design.winding is not None and isinstance(design.winding.wire, RectangularWire):
            width_m = winding_slot_width_m(design)
            factor = float(hairpin_resistance_factor(design, width_m, frequency, winding_temperature_c))
            losses["stator_copper_ac"] = float(direct) * (factor - 1.0)
    except ValueError as error:
        notes.append(str(error))
    try:
        if design.field_coil is not None:
            losses["field_copper"] = field_resistance_ohm(design, winding_temperature_c) * i_f_a**2
        if design.cage is not None:
            whole = 1.0 + ring_length_m(design) / design.stack_length_m
            losses["cage"] = whole * bar_loss_w_per_a2(design, winding_temperature_c) * i_f_a**2
    except ValueError as error:
        notes.append(str(error))
    try:
        inductance = end_winding_inductance_h(design)
    except ValueError as error:
        notes.append(str(error))
    torque = 1.5 * design.pole_pairs * (psi[0] * i_q_a - psi[1] * i_d_a)
    gap = np.abs(sweep.gap_t[:, 0])
    return OperatingPoint(
        machine=design.name,
        i_d_a=i_d_a,
        i_q_a=i_q_a,
        i_f_a=i_f_a,
        speed_rpm=speed_rpm,
        mean_torque_nm=float(torque),
        torque_gap_stress_nm=float(sweep.solutions.torque_nm.mean()),
        torque_ripple_nm=float(sweep.torque_ripple_nm[0]),
        psi_d_wb=float(psi[0]),
        psi_q_wb=float(psi[1]),
        psi_f_wb=float(psi[2]),
        end_winding_inductance_h=inductance,
        peak_tooth_t=float(sweep.peak_tooth_t[0]),
        peak_yoke_t=float(sweep.peak_yoke_t[0]),
        peak_gap_radial_t=float(gap[..., 0].max()),
        peak_gap_tangential_t=float(gap[..., 1].max()),
        losses_w=losses,
        shaft_power_w=float(torque) * 2.0 * np.pi * speed_rpm / 60.0,
        settings={
            "order": model.order,
            "nodes": len(model.elements.node_points_m),
            "divisions_per_pole": model.mesh.divisions_per_pole,
            "rotor_positions": len(sweep.solutions.steps),
            "magnet_temperature_c": model.magnet_temperature_c,
            "winding_temperature_c": winding_temperature_c,
            "stacking_factor": model.stacking_factor,
            "phases": PHASES,
        },
        notes=(*design.notes, *notes),
    )
