"""From a design to its flux map: solve the field over currents and rotor positions, average, and say how good the result is.

Rotor positions lie evenly over 60 degrees electrical, one period of every dq quantity of a balanced three-phase winding; n of them cancel
all harmonics 6 k up to k = n - 1. The mean torque is that of the flux linkages; the gap's stress gives the same mean by another way and
how far the two differ is kept.

Losses need half an electrical period at many more positions, but vary more smoothly with the currents than torque does: they are solved on
a coarser grid of currents and brought onto the map's by cubic splines. So are ripple and peak flux densities.

Points off the nodes are solved as well, as *probes*: they measure the interpolation's error, and solved with elements of the other order
they tell that of the mesh.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import lcm

import numpy as np
from numpy.typing import ArrayLike, NDArray

import halfshaft
from halfshaft.drive_unit.field.end_winding import end_winding_inductance_h
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import NotConverged, PeriodSweep, sweep_half_period
from halfshaft.drive_unit.field.solve import FieldSolutions, solve_currents
from halfshaft.drive_unit.field.winding_loss import field_resistance_ohm, series_turns, stator_resistance_ohm
from halfshaft.drive_unit.flux_map import design_record
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.grid import NODES, CurrentGrid, default_grid
from halfshaft.drive_unit.flux_map.hermite import resampled
from halfshaft.drive_unit.flux_map.interpolate import Probes, interpolation_error
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.mesh.mesh import Mesh
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

LOSS_NODES = (6, 6, 5)
_LOSS_POSITIONS = 40  # the rotor's slot harmonics want them
_NODES_PER_SLOT_PITCH = {1: 20, 2: 15}  # of the sliding circle: from the convergence of flux linkages
_PROBES = 16  # one batch of the solver
_SAMPLE_BYTES = 250e6  # of the fields held at a time for their harmonics, which need as much again


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
    progress: Progress | None = None,
    mesh: Mesh | None = None,
) -> FluxMap:
    """Mesh, solve and average. Currents left out are the machine's own (`grid.default_grid`); ``mesh`` replaces the mesher.

    ``progress(done, total)`` counts solved rotor positions, from several threads. Raises GridError naming points that do not
    converge, ValueError for currents that do not ascend, rotor positions that miss the mesh's nodes or a design without stator winding.
    """
    grid = _grid(design, i_d_a, i_q_a, i_f_a)
    if mesh is None:
        divisions = divisions_per_pole or default_divisions(design, order, positions)
        mesh = mesh_design(design, MeshOptions(divisions_per_pole=divisions, size_factor=size_factor))
    model = FieldModel(design, mesh, order, magnet_temperature_c, stacking_factor)
    steps = model.steps_over(np.pi / 3.0, positions)
    currents, probes = grid.points(), probe_currents(grid)
    coarse = grid.coarser(LOSS_NODES)
    chunks = _chunks(model, coarse.points(), probes) if losses or ripple else []
    counter = _Steps(progress, len(steps) * 3 + len(chunks))

    solved = _solve(model, currents, steps, workers, counter, inductance=True)
    probed = _solve(model, probes, steps, workers, counter)
    other = FieldModel(design, mesh, 3 - order, magnet_temperature_c, stacking_factor)
    compared = _solve(other, probes, steps, workers, counter)

    psi = solved.psi_dqf_wb.mean(axis=0)
    notes: list[str] = list(design.notes)
    flux_map = FluxMap(
        machine=design.name,
        pole_pairs=design.pole_pairs,
        i_d_a=grid.i_d_a,
        i_q_a=grid.i_q_a,
        i_f_a=grid.i_f_a,
        psi_d_wb=_on_grid(psi[:, 0], grid),
        psi_q_wb=_on_grid(psi[:, 1], grid),
        psi_f_wb=_on_grid(psi[:, 2], grid),
        torque_nm=_on_grid(_torque_nm(design, currents, psi), grid),
        inductance_h=_inductance_h(solved, grid),
        loss_terms=(),
        end_winding_inductance_h=_or_nan(end_winding_inductance_h, design, notes),
        stator_resistance_ohm_20c=_or_nan(stator_resistance_ohm, design, notes),
        field_resistance_ohm_20c=_or_nan(field_resistance_ohm, design, notes),
        stack_length_m=design.stack_length_m,
        series_turns=series_turns(design),
        parallel_paths=design.winding.parallel_paths if design.winding else 1,
        field_turns_per_pole=design.field_coil.turns_per_pole if design.field_coil else 0.0,
        magnet_temperature_c=magnet_temperature_c,
        provenance={},
        end_turn_length_m=design.winding.end_turn_length_m if design.winding else 0.0,
        field_end_turn_length_m=design.field_coil.end_turn_length_m if design.field_coil else 0.0,
    )
    truth = Probes(probes, probed.psi_dqf_wb.mean(axis=0))
    quality = {
        "torque_gap_stress_against_flux_percent": _gap_stress_difference(design, solved, currents, psi),
        "reciprocity_percent": _reciprocity_percent(solved),
        f"p{order}_against_p{3 - order}_percent": _order_difference(design, flux_map, probes, probed, compared),
    }
    if chunks:
        sweeps = _period(model, chunks, workers, counter)
        flux_map, truth = _with_period(flux_map, sweeps, coarse, truth, losses=losses, ripple=ripple)
        notes.extend(n for n in sweeps[0].notes if losses and n not in notes)
    flux_map = replace(
        flux_map,
        provenance=_provenance(model, positions, coarse if chunks else None, quality, notes),
    )
    return replace(flux_map, interpolation_errors=interpolation_error(flux_map, truth))


def default_divisions(design: MachineDesign, order: int = 1, positions: int = 5) -> int:
    """Divisions of the sliding circle per pole: enough for the slots, and falling on all rotor positions of a map."""
    wanted = _NODES_PER_SLOT_PITCH[order] * design.slots / (2 * design.pole_pairs)
    multiple = lcm(3 * positions, 12)
    return max(int(np.ceil(wanted / multiple)), 1) * multiple


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


def _solve(
    model: FieldModel, currents: Array, steps: list[int], workers: int, counter: _Steps, *, inductance: bool = False
) -> FieldSolutions:
    solved = solve_currents(model, currents, steps, inductance=inductance, on_done=counter.one, workers=workers)
    if not solved.converged.all():
        raise GridError(solved.failures)
    return solved


def _chunks(model: FieldModel, currents: Array, probes: Array) -> list[Array]:
    """Currents of the loss sweep in pieces whose fields fit into memory, the probes last."""
    per_point = _LOSS_POSITIONS * len(model.mesh.triangles) * 2 * 8
    size = max(int(_SAMPLE_BYTES / per_point) // _PROBES, 1) * _PROBES
    together = np.concatenate([currents, probes])
    return [together[k : k + size] for k in range(0, len(together), size)]


def _period(model: FieldModel, chunks: list[Array], workers: int, counter: _Steps) -> list[PeriodSweep]:
    sweeps = []
    for chunk in chunks:
        try:
            sweep = sweep_half_period(model, chunk, workers=workers)
        except NotConverged as error:
            raise GridError(error.points) from error
        # of the fields only their sums are wanted on
        sweeps.append(replace(sweep, gap_t=np.zeros((0, 0, 0, 2))))
        counter.one()
    return sweeps


def _with_period(
    flux_map: FluxMap, sweeps: list[PeriodSweep], coarse: CurrentGrid, truth: Probes, *, losses: bool, ripple: bool
) -> tuple[FluxMap, Probes]:
    """The map with what the half periods tell, and the probes with their losses."""
    n = int(np.prod(coarse.shape))
    nodes, onto = coarse.axes, (flux_map.i_d_a, flux_map.i_q_a, flux_map.i_f_a)

    def on_map(parts: list[Array]) -> Array:
        values = np.concatenate([np.atleast_1d(part) for part in parts])
        # no loss and no peak is negative, whatever a spline does between a small value and a large one
        carried: Array = np.maximum(resampled(nodes, _on_grid(values[:n], coarse), onto), 0.0)
        return carried

    terms = range(len(sweeps[0].loss_terms)) if losses else range(0)
    by_term = [[s.loss_terms[k].value for s in sweeps] for k in terms]
    flux_map = replace(
        flux_map,
        loss_terms=tuple(replace(sweeps[0].loss_terms[k], value=on_map(by_term[k])) for k in terms),
        torque_ripple_nm=on_map([s.torque_ripple_nm for s in sweeps]) if ripple else None,
        peak_tooth_t=on_map([s.peak_tooth_t for s in sweeps]),
        peak_yoke_t=on_map([s.peak_yoke_t for s in sweeps]),
    )
    return flux_map, replace(truth, loss_values=np.stack([np.concatenate(v)[n:] for v in by_term]) if by_term else None)


def _on_grid(values: Array, grid: CurrentGrid) -> Array:
    return np.ascontiguousarray(values.reshape(*grid.shape, *values.shape[1:]))


def _torque_nm(design: MachineDesign, currents: Array, psi: Array) -> Array:
    torque: Array = 1.5 * design.pole_pairs * (psi[:, 0] * currents[:, 1] - psi[:, 1] * currents[:, 0])
    return torque


def _inductance_h(solved: FieldSolutions, grid: CurrentGrid) -> Array | None:
    return None if solved.inductance_h is None else _on_grid(solved.inductance_h.mean(axis=0), grid)


def _gap_stress_difference(
    design: MachineDesign, solved: FieldSolutions, currents: Array, psi: Array
) -> dict[str, float]:
    """Mean torque of the gap's stress less that of the flux linkages, in % of the largest torque."""
    torque = _torque_nm(design, currents, psi)
    difference = solved.torque_nm.mean(axis=0) - torque
    span = max(float(np.abs(torque).max()), 1e-12)
    return {
        "largest": float(100.0 * np.abs(difference).max() / span),
        "rms": float(100.0 * np.sqrt(np.mean(difference**2)) / span),
    }


def _reciprocity_percent(solved: FieldSolutions) -> float:
    """Largest difference of mutual inductances, freed of the amplitude transform, over the geometric mean of the self inductances."""
    if solved.inductance_h is None:
        return float("nan")
    table = solved.inductance_h * np.array([1.5, 1.5, 1.0])[:, None]
    own = np.sqrt(np.abs(np.einsum("...ii->...i", table)))
    scale = own[..., :, None] * own[..., None, :]
    worst = np.abs(table - np.swapaxes(table, -1, -2))[scale > 0.0] / scale[scale > 0.0]
    return float(100.0 * worst.max()) if worst.size else 0.0


def _order_difference(
    design: MachineDesign, flux_map: FluxMap, probes: Array, one: FieldSolutions, other: FieldSolutions
) -> dict[str, float]:
    """Largest difference at the probes between elements of first and second order on the same mesh, in % of each range of the map."""
    a, b = one.psi_dqf_wb.mean(axis=0), other.psi_dqf_wb.mean(axis=0)
    compared = {
        "psi_d": (a[:, 0] - b[:, 0], flux_map.psi_d_wb),
        "psi_q": (a[:, 1] - b[:, 1], flux_map.psi_q_wb),
        "psi_f": (a[:, 2] - b[:, 2], flux_map.psi_f_wb),
        "torque": (_torque_nm(design, probes, a) - _torque_nm(design, probes, b), flux_map.torque_nm),
    }
    spans = {name: float(np.ptp(values)) for name, (_, values) in compared.items()}
    return {n: float(100.0 * np.abs(d).max() / spans[n]) for n, (d, _) in compared.items() if spans[n] > 0.0}


def _or_nan(function: Callable[[MachineDesign], float], design: MachineDesign, notes: list[str]) -> float:
    try:
        return float(function(design))
    except ValueError as error:
        if str(error) not in notes:
            notes.append(str(error))
        return float("nan")


def _provenance(
    model: FieldModel, positions: int, coarse: CurrentGrid | None, quality: dict[str, object], notes: list[str]
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
        settings["losses"] = "solved on a coarser grid over half a period, then interpolated by cubic splines"
        settings["loss_grid"] = [list(axis) for axis in (coarse.i_d_a, coarse.i_q_a, coarse.i_f_a)]
    return {
        "halfshaft": halfshaft.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "design": json.dumps(design_record.to_dict(model.design)),
        "mesh": json.dumps(asdict(mesh.quality)),
        "settings": json.dumps(settings),
        "quality": json.dumps(quality),
        "notes": json.dumps(notes),
    }
