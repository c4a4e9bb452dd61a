"""From a design to its flux map: solve the field over currents and rotor positions, average, and say how good the result is.

Rotor positions lie evenly over 60 degrees electrical, one period of every dq quantity of a balanced three-phase winding; n of them cancel
all harmonics 6 k up to k = n - 1. The mean torque is that of the flux linkages; the gap's stress gives the same mean by another way and
how far the two differ is kept.

A squirrel cage's current is none of the map's axes: it follows from i_d and i_q (`field.cage`), and the map keeps what it costs.

Losses need half an electrical period at many more positions: they are solved on a coarser grid of currents and brought onto the map's,
iron losses along with flux linkages and currents (`carry`), the others, ripple and peak flux densities by cubic splines.

Points off the nodes are solved as well, as *probes*: they measure the interpolation's error, and solved with elements of the other order
they tell that of the mesh.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from math import lcm

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.field.cage import bar_loss_w_per_a2, with_cage_current
from halfshaft.drive_unit.field.end_winding import end_winding_inductance_h
from halfshaft.drive_unit.field.lanes import LANES
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import NotConverged, period_positions
from halfshaft.drive_unit.field.solve import FieldSolutions, solve_currents
from halfshaft.drive_unit.field.winding_loss import field_resistance_ohm, series_turns, stator_resistance_ohm
from halfshaft.drive_unit.flux_map import design_record
from halfshaft.drive_unit.flux_map.agreement import (
    flux_torque_nm,
    gap_stress_difference_percent,
    order_difference_percent,
    reciprocity_percent,
)
from halfshaft.drive_unit.flux_map.carry import carried_by_trend
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm
from halfshaft.drive_unit.flux_map.grid import NODES, CurrentGrid, default_grid
from halfshaft.drive_unit.flux_map.hermite import resampled
from halfshaft.drive_unit.flux_map.interpolate import Probes, interpolation_error
from halfshaft.drive_unit.flux_map.period import PeriodQuantities, half_period_quantities
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.mesh import Mesh
from halfshaft.drive_unit.mesh.mesher import MeshOptions, default_divisions_per_pole, mesh_design

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

LOSS_NODES = (8, 8, 5)
_IRON_CAUSES = ("steinmetz", "hysteresis", "eddy", "excess")
_PROBES = LANES
# Of the cage's loss, what the harmonics of stator slots and winding add in its bars: a share at a frequency. The cage answers a harmonic
# with a current that hardly depends on frequency, in bars whose resistance grows with its root. The share is an assumption.
HARMONIC_SHARE, HARMONIC_HZ, HARMONIC_EXPONENT = 0.3, 200.0, 0.5


class GridError(NotConverged):
    """Currents of the map at which the field did not converge; ``points`` names them with the rotor's step."""


@dataclass
class _Steps:
    """Counts solved rotor positions for the progress call."""

    call: Progress | None
    total: int
    done: int = 0

    def one(self, _: int = 0) -> None:
        self.done += 1
        if self.call is not None:
            self.call(min(self.done, self.total), self.total)


def compute_flux_map(
    design: MachineDesign,
    *,
    i_d_a: ArrayLike | None = None,
    i_q_a: ArrayLike | None = None,
    i_f_a: ArrayLike | None = None,
    positions: int = 5,
    order: int = 1,
    divisions_per_pole: int | None = None,
    size_factor: float = 1.0,
    magnet_temperature_c: float = 20.0,
    stacking_factor: float | None = None,
    workers: int = 2,
    ripple: bool = False,
    losses: bool = True,
    loss_grid: CurrentGrid | None = None,
    checked: bool = True,
    progress: Progress | None = None,
    mesh: Mesh | None = None,
) -> FluxMap:
    """Mesh, solve and average. Currents left out are the machine's own (`grid.default_grid`); ``mesh`` replaces the mesher.

    Losses come from elements of first order on the same mesh, whatever the ``order`` of the flux linkages: they ask for eight times
    as many rotor positions, and their model's error is far above the mesh's. A map of the ripple takes them from the map's own order.
    ``loss_grid`` are the currents that they are solved at, with the map's ends [equidistant, ``LOSS_NODES``]. A map that is not
    ``checked`` has no inductances and does not say how good it is: a search asks for hundreds of maps and checks the few that it keeps.

    ``progress(done, total)`` counts solved rotor positions, from several threads. Raises GridError naming points that do not
    converge, ValueError for currents that do not ascend, rotor positions that miss the mesh's nodes or a design without stator winding.
    """
    grid = _grid(design, i_d_a, i_q_a, i_f_a)
    if mesh is None:
        divisions = divisions_per_pole or default_divisions(design, order, positions)
        mesh = mesh_design(design, MeshOptions(divisions_per_pole=divisions, size_factor=size_factor))
    model, other = (FieldModel(design, mesh, o, magnet_temperature_c, stacking_factor) for o in (order, 3 - order))
    steps = model.steps_over(np.pi / 3.0, positions)
    probes, coarse = probe_currents(grid), (loss_grid or grid.coarser(LOSS_NODES)) if losses or ripple else None
    periods = 0 if coarse is None else 1 + (losses and checked)
    counter = _Steps(progress, (3 if checked else 1) * len(steps) + periods * period_positions(model))

    caged = design.cage is not None

    def completed(currents: Array) -> Array:
        return with_cage_current(model, currents, steps, workers) if caged else currents

    points, probes = completed(grid.points()), completed(probes) if checked else probes
    solved = solve_currents(
        model, points, steps, inductance=checked and not caged, on_done=counter.one, workers=workers
    )
    if not solved.converged.all():
        raise GridError(solved.failures)

    notes: list[str] = list(design.notes)
    flux_map = _flux_map(model, grid, solved, notes)
    if caged:
        flux_map = replace(flux_map, loss_terms=_cage_loss(design, points[:, 2], grid), psi_f_wb=np.zeros(grid.shape))
    quality: dict[str, object] = {}
    truth: Probes | None = None
    if checked:
        probed = solve_currents(model, probes, steps, on_done=counter.one, workers=workers)
        compared = solve_currents(other, probes, steps, on_done=counter.one, workers=workers)
        quality = {
            "torque_gap_stress_against_flux_percent": gap_stress_difference_percent(design.pole_pairs, solved),
            "reciprocity_percent": reciprocity_percent(solved),
            f"p{order}_against_p{3 - order}_percent": order_difference_percent(flux_map, probed, compared),
        }
        truth = _converged(probed, notes, caged)
    sampled = model if order == 1 or ripple else other
    if coarse is not None:
        period = _period(sampled, completed(coarse.points()), workers, counter, caged)
        flux_map = _with_period(flux_map, period, coarse, losses=losses, ripple=ripple)
        if losses:
            notes.extend(n for n in period.notes if n not in notes)
        if losses and truth is not None:
            cage = _cage_loss(design, truth.currents_a[:, 2]) if caged else ()
            terms = (*cage, *_period(sampled, truth.currents_a, workers, counter, caged).loss_terms)
            truth = replace(truth, loss_values=np.stack([t.value for t in terms]) if terms else None)
    flux_map = replace(flux_map, provenance=_provenance(model, positions, coarse, sampled.order, quality, notes))
    if truth is not None and caged:
        truth = replace(
            truth, currents_a=truth.currents_a * np.array([1.0, 1.0, 0.0])
        )  # the cage's is no axis of the map
    return flux_map if truth is None else replace(flux_map, interpolation_errors=interpolation_error(flux_map, truth))


def default_divisions(design: MachineDesign, order: int = 1, positions: int = 5) -> int:
    """Divisions of the sliding circle per pole: the mesher's, or three quarters of them for elements of second order, rounded up so
    that all rotor positions of a map fall on them."""
    wanted = default_divisions_per_pole(design) * (0.75 if order == 2 else 1.0)
    multiple = lcm(3 * positions, 12)
    return max(int(np.ceil(wanted / multiple - 1e-9)), 1) * multiple


def probe_currents(grid: CurrentGrid, count: int = _PROBES) -> Array:
    """Currents (count, 3) off the nodes, spread over the map by a low-discrepancy sequence (Roberts 2018), the same every time."""
    golden = 1.2207440846057596  # the real root of x^4 = x + 1
    shares = (0.5 + np.outer(np.arange(1, count + 1), golden ** -np.arange(1.0, 4.0))) % 1.0
    axes = (grid.i_d_a, grid.i_q_a, grid.i_f_a)
    return np.stack([axis[0] + shares[:, k] * (axis[-1] - axis[0]) for k, axis in enumerate(axes)], axis=1)


def _grid(
    design: MachineDesign, i_d_a: ArrayLike | None, i_q_a: ArrayLike | None, i_f_a: ArrayLike | None
) -> CurrentGrid:
    if i_f_a is None and design.field_coil is None:
        i_f_a = [0.0]
    given = [None if i is None else np.atleast_1d(np.asarray(i, dtype=float)) for i in (i_d_a, i_q_a, i_f_a)]
    if any(g is None for g in given):
        own = default_grid(design, NODES)
        given = [o if g is None else g for g, o in zip(given, (own.i_d_a, own.i_q_a, own.i_f_a), strict=True)]
    d, q, f = (g for g in given if g is not None)
    for name, axis in (("i_d", d), ("i_q", q), ("i_f", f)):
        if axis.ndim != 1 or not np.all(np.isfinite(axis)) or np.any(np.diff(axis) <= 0.0):
            raise ValueError(f"the {name} currents of the map of {design.name} must be finite and ascend")
    return CurrentGrid(d, q, f)


def _flux_map(model: FieldModel, grid: CurrentGrid, solved: FieldSolutions, notes: list[str]) -> FluxMap:
    """The map of what was solved, without losses; ``notes`` receives what the design does not tell."""
    design = model.design
    winding, coil = design.winding, design.field_coil
    psi = solved.psi_dqf_wb.mean(axis=0)
    inductance = solved.inductance_h
    return FluxMap(
        machine=design.name,
        pole_pairs=design.pole_pairs,
        i_d_a=grid.i_d_a,
        i_q_a=grid.i_q_a,
        i_f_a=grid.i_f_a,
        psi_d_wb=_on_grid(psi[:, 0], grid),
        psi_q_wb=_on_grid(psi[:, 1], grid),
        psi_f_wb=_on_grid(psi[:, 2], grid),
        torque_nm=_on_grid(flux_torque_nm(design.pole_pairs, solved.currents_a, psi), grid),
        inductance_h=None if inductance is None else _on_grid(inductance.mean(axis=0), grid),
        loss_terms=(),
        end_winding_inductance_h=_or_nan(end_winding_inductance_h, design, notes),
        stator_resistance_ohm_20c=_or_nan(stator_resistance_ohm, design, notes),
        field_resistance_ohm_20c=_or_nan(field_resistance_ohm, design, notes),
        stack_length_m=design.stack_length_m,
        series_turns=series_turns(design),
        parallel_paths=winding.parallel_paths if winding else 1,
        field_turns_per_pole=coil.turns_per_pole if coil else 0.0,
        magnet_temperature_c=model.magnet_temperature_c,
        provenance={},
        end_turn_length_m=winding.end_turn_length_m if winding else 0.0,
        field_end_turn_length_m=coil.end_turn_length_m if coil else 0.0,
    )


def _cage_loss(design: MachineDesign, cage_a: Array, grid: CurrentGrid | None = None) -> tuple[LossTerm, ...]:
    """What the cage's bars lose within the stack at 20 degC, on the grid where one is given."""
    value = bar_loss_w_per_a2(design) * cage_a**2
    of_bars = value if grid is None else _on_grid(value, grid)
    return (
        LossTerm("cage", "cage_current", 0.0, of_bars),
        LossTerm(
            "cage", "cage_harmonics", HARMONIC_EXPONENT, HARMONIC_SHARE / HARMONIC_HZ**HARMONIC_EXPONENT * of_bars
        ),
    )


def _converged(probed: FieldSolutions, notes: list[str], caged: bool) -> Probes:
    """Probes start cold; those that fail are left out and told, since they are no part of the map."""
    found: NDArray[np.bool_] = np.all(probed.converged, axis=0)
    if not found.all():
        notes.append(f"{np.count_nonzero(~found)} of {found.size} probes did not converge from a cold start")
    return Probes(probed.currents_a[found], _psi_wb(probed.psi_dqf_wb.mean(axis=0), caged)[found])


def _psi_wb(psi_dqf_wb: Array, caged: bool) -> Array:
    """Flux linkages (n, 3); a cage's is zero but for the tolerance of its current."""
    return psi_dqf_wb * np.array([1.0, 1.0, 0.0]) if caged else psi_dqf_wb


def _period(model: FieldModel, currents: Array, workers: int, counter: _Steps, caged: bool) -> PeriodQuantities:
    try:
        found = half_period_quantities(model, currents, workers=workers, on_done=counter.one)
        return replace(found, psi_dqf_wb=_psi_wb(found.psi_dqf_wb, caged))
    except NotConverged as error:
        raise GridError(error.points) from error


def _with_period(
    flux_map: FluxMap, period: PeriodQuantities, coarse: CurrentGrid, *, losses: bool, ripple: bool
) -> FluxMap:
    """The map with what half periods at the coarse currents tell."""
    onto = (flux_map.i_d_a, flux_map.i_q_a, flux_map.i_f_a)
    psi = np.stack([flux_map.psi_d_wb, flux_map.psi_q_wb, flux_map.psi_f_wb], axis=-1)

    def on_map(values: Array, in_iron: bool = False) -> Array:
        known = _on_grid(values, coarse)
        if in_iron:
            carried = carried_by_trend(coarse.axes, known, _on_grid(period.psi_dqf_wb, coarse), onto, psi)
        else:
            carried = resampled(coarse.axes, known, onto)
        # no loss and no peak is negative, whatever a spline does between a small value and a large one
        return np.ascontiguousarray(np.maximum(carried, 0.0))

    terms = period.loss_terms if losses else ()
    return replace(
        flux_map,
        loss_terms=(
            *flux_map.loss_terms,
            *(replace(t, value=on_map(t.value, t.cause in _IRON_CAUSES)) for t in terms),
        ),
        torque_ripple_nm=on_map(period.torque_ripple_nm) if ripple else None,
        peak_tooth_t=on_map(period.peak_tooth_t),
        peak_yoke_t=on_map(period.peak_yoke_t),
    )


def _on_grid(values: Array, grid: CurrentGrid) -> Array:
    return np.ascontiguousarray(values.reshape(*grid.shape, *values.shape[1:]))


def _or_nan(function: Callable[[MachineDesign], float], design: MachineDesign, notes: list[str]) -> float:
    try:
        return float(function(design))
    except ValueError as error:
        if str(error) not in notes:
            notes.append(str(error))
        return float("nan")


def _provenance(
    model: FieldModel,
    positions: int,
    coarse: CurrentGrid | None,
    loss_order: int,
    quality: dict[str, object],
    notes: list[str],
) -> dict[str, str]:
    mesh = model.mesh
    settings: dict[str, object] = {
        "order": model.order,
        "rotor_positions_over_60_deg": positions,
        "divisions_per_pole": mesh.divisions_per_pole,
        "magnet_temperature_c": model.magnet_temperature_c,
        "stacking_factor": model.stacking_factor,
        "winding_temperature_of_proximity_loss_c": 20.0,
        "torque": "from flux linkages",
    }
    if coarse is not None:
        settings["losses"] = "solved on a coarser grid over half a period, then carried to the map's"
        settings["loss_order"] = loss_order
        settings["loss_grid"] = [list(axis) for axis in (coarse.i_d_a, coarse.i_q_a, coarse.i_f_a)]
    return {
        "halfshaft": version("halfshaft"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "design": json.dumps(design_record.to_dict(model.design)),
        "mesh": json.dumps(asdict(mesh.quality)),
        "settings": json.dumps(settings),
        "quality": json.dumps(quality),
        "notes": json.dumps(notes),
    }
