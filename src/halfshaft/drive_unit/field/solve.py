"""Solve a field model at many currents and rotor positions.

Currents go through in batches of sixteen. A batch starts from what neighbouring batches found, extrapolated along the grid where the
currents form one, so that Newton's method needs few steps; the first batch, where there are many rotor positions, from the positions
before. Chains of positions are independent of each other and run in parallel threads; the kernels hold no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.kernels import flux_densities, ring_torque, solve_batches
from halfshaft.drive_unit.field.lanes import LANES
from halfshaft.drive_unit.field.model import FieldModel, Position
from halfshaft.drive_unit.field.steel_curve import VACUUM_PERMEABILITY_H_PER_M

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

DEFAULT_TOLERANCE = 1e-4
_STEP_LIMIT = 60
_CHAIN = 8  # rotor positions that follow each other, each starting from where the last ones lead


@dataclass(frozen=True)
class FieldSolutions:
    """Results at k rotor positions and n currents; dq quantities are peak values of the active length.

    ``psi_dqf_wb`` (k, n, 3), ``torque_nm`` (k, n) from the gap's stress (Arkkio 1987), ``inductance_h`` (k, n, 3, 3) where asked for: the
    incremental d psi / d i, ``flux_density_t`` (k, n, elements, 2) where asked for, mean of each element, in the frame of its part.
    ``converged`` (k, n); ``newton_steps`` (k, n), -1 where not converged. ``potential_wb_per_m`` (k, n, nodes) where asked for: the
    vector potential at the model's nodes.
    """

    steps: tuple[int, ...]
    currents_a: Array
    psi_dqf_wb: Array
    torque_nm: Array
    converged: NDArray[np.bool_]
    newton_steps: IntArray
    inductance_h: Array | None = None
    flux_density_t: NDArray[np.float32] | None = None
    potential_wb_per_m: Array | None = None

    @property
    def failures(self) -> list[str]:
        """The points that did not converge, in words."""
        return [
            f"rotor step {self.steps[k]}, i_d {d:g} A, i_q {q:g} A, i_f {f:g} A"
            for k, n in np.argwhere(~self.converged)
            for d, q, f in [self.currents_a[n]]
        ]


OnPosition = Callable[[int, NDArray[np.float32]], None]


def solve_currents(
    model: FieldModel,
    currents_a: Array,
    steps: Sequence[int],
    *,
    inductance: bool = False,
    flux_density: bool = False,
    potential: bool = False,
    on_position: OnPosition | None = None,
    on_done: Callable[[int], None] | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    workers: int = 2,
) -> FieldSolutions:
    """Solve at currents (n, 3) of i_d, i_q (peak) and i_f in amperes, and rotor steps of the sliding circle.

    ``on_position(k, flux density (n, elements, 2))`` receives the field of each position as it is ready, from several threads, and nothing
    is then held; ``flux_density`` keeps all of it instead. ``on_done(k)`` reports progress. Points that do not converge are marked, never
    dropped. Raises ValueError for currents of another shape.
    """
    currents = np.atleast_2d(np.asarray(currents_a, dtype=float))
    if currents.ndim != 2 or currents.shape[1] != 3:
        raise ValueError(f"currents must be rows of i_d, i_q and i_f, not of shape {currents.shape}")
    plan = _Batches.of(currents)
    model.d_axis_rad  # noqa: B018  found once, before threads ask for it

    wanted = (inductance, flux_density or on_position is not None, potential)

    def chain(members: range) -> list[tuple[NDArray[Any], ...]]:
        found: list[tuple[NDArray[Any], ...]] = []
        recent: list[Array] = []
        for k in members:
            position = model.position(steps[k])
            start = None if not recent else recent[-1] if len(recent) == 1 else 2.0 * recent[-1] - recent[-2]
            result, leading = _solve_position(model, position, plan, tolerance, start, *wanted)
            if start is not None and np.any(result[2] < 0):
                result, leading = _solve_position(model, position, plan, tolerance, None, *wanted)
            recent = [*recent[-1:], leading]
            if on_position is not None:
                on_position(k, result[-1])
            if on_done is not None:
                on_done(k)
            found.append(result if flux_density else (*result[:-1], np.zeros(0, dtype=np.float32)))
        return found

    # Of many positions a few neighbours follow each other; how many depends on nothing but their number, so that results do not
    # depend on the workers.
    length = _CHAIN if len(steps) >= 2 * _CHAIN else 1
    chains = [range(k, min(k + length, len(steps))) for k in range(0, len(steps), length)]
    if workers > 1 and len(chains) > 1:
        with ThreadPoolExecutor(min(workers, len(chains))) as pool:
            results = [result for part in pool.map(chain, chains) for result in part]
    else:
        results = [result for members in chains for result in chain(members)]
    psi, torque, counts, inductances, potentials, density = (np.stack(part) for part in zip(*results, strict=True))
    return FieldSolutions(
        tuple(steps),
        currents,
        psi,
        torque,
        counts > 0,
        counts,
        inductances if inductance else None,
        density if flux_density else None,
        potentials if potential else None,
    )


@dataclass(frozen=True)
class _Batches:
    """Currents in batches of lanes, and which earlier batches each starts from with what weight.

    ``currents`` (b, 4, 16) with ones first, ``point`` (b, 16) the point of each lane, ``parent`` (b, 3) and ``weight`` (b, 3), -1 for none.
    """

    currents: Array
    point: IntArray
    parent: IntArray
    weight: Array

    @staticmethod
    def of(currents: Array) -> _Batches:
        n = len(currents)
        order = np.lexsort((currents[:, 1], currents[:, 0], currents[:, 2]))
        count = -(-n // LANES)
        point = order[np.minimum(np.arange(count * LANES), n - 1)].reshape(count, LANES)
        lanes = currents[point]  # (b, 16, 3)
        parent = np.full((count, 3), -1, dtype=np.int64)
        weight = np.zeros((count, 3))
        scale = np.maximum(np.ptp(currents, axis=0), 1e-12)
        for b in range(1, count):
            difference = (lanes[b] - lanes[:b]) / scale  # (b, 16, 3)
            shift = difference.mean(axis=1)
            same = np.all(np.abs(difference - shift[:, None]) < 1e-9, axis=(1, 2))
            candidates = np.flatnonzero(same)
            if len(candidates) == 0:
                nearest = int(np.argmin(np.abs(difference).sum(axis=(1, 2))))
                parent[b, 0], weight[b, 0] = nearest, 1.0
                continue
            by_size = candidates[np.argsort(np.linalg.norm(shift[candidates], axis=1), kind="stable")]
            p = by_size[0]
            parent[b, 0], weight[b, 0] = p, 1.0
            for q in by_size[1:]:
                if abs(np.dot(shift[p], shift[q])) > (1 - 1e-9) * np.linalg.norm(shift[p]) * np.linalg.norm(shift[q]):
                    continue
                corner = [r for r in by_size if np.allclose(shift[r], shift[p] + shift[q], atol=1e-9)]
                if corner:
                    parent[b], weight[b] = (p, q, corner[0]), (1.0, 1.0, -1.0)
                break
            if parent[b, 1] < 0:
                for q in by_size[1:]:
                    along = float(np.dot(shift[p], shift[q]))
                    ratio = float(np.dot(shift[p], shift[p])) / along if along > 0.0 else 0.0
                    if np.allclose(shift[q] * ratio, shift[p], atol=1e-9) and 0.0 < ratio < 1.0:
                        # A at b is extrapolated from p and the point beyond it: A_p + r (A_p - A_q)
                        r = ratio / (1.0 - ratio)
                        parent[b, :2], weight[b, :2] = (p, q), (1.0 + r, -r)
                        break
        full = np.concatenate([np.ones((count, 1, LANES)), lanes.transpose(0, 2, 1)], axis=1)
        return _Batches(np.ascontiguousarray(full), point, parent, weight)


def _solve_position(
    model: FieldModel,
    position: Position,
    plan: _Batches,
    tolerance: float,
    start: Array | None,
    inductance: bool,
    density: bool,
    with_potential: bool,
) -> tuple[tuple[NDArray[Any], ...], Array]:
    """Results at one position, the first batch starting from potentials (nodes, 16), and that batch's own.

    psi (n, 3), torque (n,), steps (n,), inductance (n, 3, 3), potential (n, nodes), flux density (n, elements, 2).
    """
    symbolic = position.symbolic
    structure = (
        symbolic.first, symbolic.row_start, symbolic.rows, symbolic.panel_start, symbolic.update_start, symbolic.update_source,
        symbolic.update_row, symbolic.update_columns, symbolic.update_relative, symbolic.relative,
    )  # fmt: skip
    elements = (position.element_dof, position.gradients, model.iron_weights, position.element_entry, model.iron_steel)
    ring = model.mesh.ring
    ring_dof = np.ascontiguousarray(position.node_dof[model.elements.nodes[ring]])
    ring_gradients = np.ascontiguousarray(
        model.elements.gradients[ring] * position.node_sign[model.elements.nodes[ring]][:, None, :, None]
    )
    n = int(plan.point.max()) + 1
    count = len(plan.point)
    potential = np.zeros((count, symbolic.unknowns + 1, LANES), dtype=np.float64)
    if start is not None:
        potential[0, position.node_dof] = start * position.node_sign[:, None]
        potential[0, -1] = 0.0
    counts = np.zeros((count, LANES), dtype=np.int64)
    psi = np.zeros((count, 3, LANES))
    inductances = np.zeros((count if inductance else 0, 3, 3, LANES))
    solve_batches(
        structure, position.entries, position.linear, position.sources, plan.currents, elements, model.curves,
        plan.parent, plan.weight, potential.reshape(count, -1), counts, psi, inductances,
        symbolic.entries, position.iron_entries, tolerance, _STEP_LIMIT,
    )  # fmt: skip
    stress = np.zeros((count, LANES))
    ring_torque(ring_dof, ring_gradients, *_ring_moments(model), potential, stress)
    inner, outer = model.mesh.ring_radii_m
    factor = model.terminal_factor_m
    clarke = np.array([2.0 / 3.0, 2.0 / 3.0, 1.0]) * factor

    def per_point(values: NDArray[Any]) -> NDArray[Any]:
        """(b, ..., 16) lanes to (n, ...) points."""
        out = np.empty((n, *values.shape[1:-1]), dtype=values.dtype)
        out[plan.point.ravel()] = np.moveaxis(values, -1, 1).reshape(-1, *values.shape[1:-1])
        return out

    fields = np.zeros((n, len(model.mesh.triangles), 2) if density else (0, 0, 2), dtype=np.float32)
    if density:
        nodes = model.elements.nodes
        mean = (
            np.einsum("eg,egkc->ekc", model.elements.weights, model.elements.gradients)
            / model.element_area_m2[:, None, None]
        )
        mean *= position.node_sign[nodes][:, :, None]
        flux_densities(np.ascontiguousarray(position.node_dof[nodes]), mean, potential, plan.point, fields)
    result = (
        per_point(psi) * clarke,
        per_point(stress) * factor / (VACUUM_PERMEABILITY_H_PER_M * (outer - inner)),
        per_point(counts),
        per_point(inductances) * clarke[:, None] if inductance else np.zeros(0),
        per_point(potential[:, position.node_dof] * position.node_sign[:, None]) if with_potential else np.zeros(0),
        fields,
    )
    return result, potential[0, position.node_dof] * position.node_sign[:, None]


def _ring_moments(model: FieldModel) -> tuple[Array, Array]:
    """Weights (r, g) and unit vectors with radius (r, g, 2) at the integration points of the middle ring."""
    corners = model.mesh.points_m[model.mesh.triangles[model.mesh.ring]]
    area = model.element_area_m2[model.mesh.ring]
    thirds = np.array([[2 / 3, 1 / 6, 1 / 6], [1 / 6, 2 / 3, 1 / 6], [1 / 6, 1 / 6, 2 / 3]])
    points = np.einsum("gk,rkc->rgc", thirds, corners)
    return np.repeat(area[:, None] / 3.0, 3, axis=1), np.ascontiguousarray(points)
