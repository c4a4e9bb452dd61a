"""A machine ready to be solved: elements, materials, windings and the d axis, for any rotor position.

Stator and rotor keep their own frames; a rotor position only ties their circles together differently. Windings are *source vectors*:
what one ampere puts on the unknowns, which read backwards gives the flux linkage, so that reciprocity holds by construction. dq
quantities are peak values (convention 1); the d axis is the axis of the rotor's own flux, found from the field with the stator's currents
zero, averaged over rotor positions so that slots do not pull it (convention 2). Without rotor excitation it is the axis of largest
inductance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from halfshaft.drive_unit.field.elements import Elements, Ties, build_elements, tie_nodes
from halfshaft.drive_unit.field.steel_curve import CELLS, VACUUM_RELUCTIVITY_M_PER_H, reluctivity_table
from halfshaft.drive_unit.field.symbolic import Symbolic, analyse
from halfshaft.drive_unit.geometry.design import PHASES, MachineDesign
from halfshaft.drive_unit.mesh.mesh import Mesh

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_UNSATURATED_RELUCTIVITY_SHARE = 1e-3  # relative permeability 1,000, enough to find axes with
_AXIS_POSITIONS = 6
_SNAP_RAD = np.deg2rad(0.5)


@dataclass(frozen=True)
class Position:
    """Everything of one rotor position: ties, factor structure and matrices, unknowns in elimination order.

    ``linear`` (row_start, column, value) is the constant matrix. ``sources`` (4, unknowns): magnets, then one ampere of d, q and field
    current. ``element_dof`` (e, k), ``gradients`` (e, g, k, 2) and ``element_entry`` are those of iron elements. ``node_dof`` and
    ``node_sign`` (n,) read any node's potential; dof ``unknowns`` is the zero of fixed nodes.
    """

    step: int
    symbolic: Symbolic
    linear: tuple[IntArray, IntArray, Array]
    sources: Array
    element_dof: IntArray
    gradients: Array
    element_entry: IntArray
    entries: tuple[IntArray, IntArray, NDArray[np.float32], IntArray]
    iron_entries: int
    node_dof: IntArray
    node_sign: Array


class FieldModel:
    """One design on one mesh, at one magnet temperature and stacking factor (the design's own where None is given)."""

    def __init__(
        self,
        design: MachineDesign,
        mesh: Mesh,
        order: int = 1,
        magnet_temperature_c: float = 20.0,
        stacking_factor: float | None = None,
    ) -> None:
        self.design, self.mesh = design, mesh
        self.order = order
        self.magnet_temperature_c = magnet_temperature_c
        self.stacking_factor = design.stacking_factor if stacking_factor is None else stacking_factor
        self.elements: Elements = build_elements(mesh, order)
        steel_names = sorted({r.label.material for r in design.regions if r.label.kind == "iron" and r.label.material})
        tables = [reluctivity_table(design.steels[name], self.stacking_factor) for name in steel_names]
        self.curves = (
            np.ascontiguousarray(np.stack([t.coefficients for t in tables])) if tables else np.zeros((1, CELLS, 4)),
            np.array([CELLS / t.largest_b_t**2 for t in tables] or [1.0]),
            np.array([t.largest_b_t for t in tables] or [1.0]),
            np.array([t.last_h_a_per_m for t in tables] or [1.0]),
        )
        self.tables = dict(zip(steel_names, tables, strict=True))
        steel_of_region = np.full(len(design.regions) + 1, -1, dtype=np.int64)
        reluctivity = np.full(len(design.regions) + 1, VACUUM_RELUCTIVITY_M_PER_H)
        for k, region in enumerate(design.regions):
            label = region.label
            if label.kind == "iron" and label.material:
                steel_of_region[k] = steel_names.index(label.material)
            elif label.kind == "magnet" and label.material:
                reluctivity[k] /= design.magnets[label.material].mu_r
        self.element_steel = steel_of_region[mesh.region]  # the gap's -1 reads the last entry: no steel
        self.iron = np.flatnonzero(self.element_steel >= 0)
        self.iron_steel = np.ascontiguousarray(self.element_steel[self.iron])
        self.iron_weights = np.ascontiguousarray(self.elements.weights[self.iron])
        self.linear_reluctivity = reluctivity[mesh.region]
        self.element_area_m2 = self.elements.weights.sum(axis=1)

    @property
    def circle_divisions(self) -> int:
        """Steps of the sliding circle in the drawn sector."""
        return self.mesh.divisions_per_pole * self.design.sector_poles

    @property
    def step_electrical_rad(self) -> float:
        """Electrical angle of one step of the sliding circle."""
        return float(np.pi / self.mesh.divisions_per_pole)

    def steps_over(self, electrical_rad: float, positions: int) -> list[int]:
        """Steps of ``positions`` equidistant rotor positions over an electrical angle.

        Raises ValueError where they miss the circle's nodes.
        """
        exact = electrical_rad / (positions * self.step_electrical_rad)
        if abs(exact - round(exact)) > 1e-9:
            raise ValueError(
                f"{positions} rotor positions over {np.rad2deg(electrical_rad):g} degrees electrical do not fall on the sliding circle's "
                f"{self.mesh.divisions_per_pole} divisions per pole; choose divisions that are a multiple"
            )
        return [k * round(exact) for k in range(positions)]

    @cached_property
    def _magnet_source(self) -> Array:
        """(e, k) integral of nu (Br x grad N) over each element: what the magnets put on its nodes."""
        source = np.zeros(self.elements.nodes.shape)
        for k, region in enumerate(self.design.regions):
            label = region.label
            if label.kind != "magnet" or not label.material or label.magnetisation_rad is None:
                continue
            magnet = self.design.magnets[label.material]
            remanence = magnet.remanence_at_t(self.magnet_temperature_c)
            here = np.flatnonzero(self.mesh.region == k)
            weighted = np.einsum("eg,egkc->ekc", self.elements.weights[here], self.elements.gradients[here])
            direction = (np.cos(label.magnetisation_rad), np.sin(label.magnetisation_rad))
            source[here] = (remanence * VACUUM_RELUCTIVITY_M_PER_H / magnet.mu_r) * (
                direction[0] * weighted[..., 1] - direction[1] * weighted[..., 0]
            )
        return source

    def _conductor_source(self, kind: str, phase: int | None) -> Array:
        """(e, k) turns density times shape functions: what one ampere in the conductors puts on each element's nodes."""
        source = np.zeros(self.elements.nodes.shape)
        for k, region in enumerate(self.design.regions):
            label = region.label
            if label.kind != kind or label.phase != phase or label.conductors == 0.0:
                continue
            here = np.flatnonzero(self.mesh.region == k)
            source[here] = self.elements.shape_integrals[here] * (label.conductors / self.element_area_m2[here].sum())
        return source

    @cached_property
    def _winding_sources(self) -> Array:
        """(4, e, k): three phases, one ampere at their terminals, and the rotor's: field winding, or the cage's pattern of currents."""
        paths = self.design.winding.parallel_paths if self.design.winding else 1
        phases = [self._conductor_source("stator_winding", m) / paths for m in range(PHASES)]
        rotor = "cage" if self.design.cage is not None else "field_winding"
        return np.stack([*phases, self._conductor_source(rotor, None)])

    @cached_property
    def phase_axes_rad(self) -> Array:
        """(3,) electrical angle of each phase's magnetic axis from the drawing's x axis: where its radial flux peaks."""
        current = np.zeros(PHASES, dtype=complex)  # in each face's centre of area, which no mesh moves
        for region in self.design.regions:
            label = region.label
            if label.kind == "stator_winding" and label.phase is not None:
                here = self.mesh.region == self.design.regions.index(region)
                centre = self.element_area_m2[here] @ self._centroids[here]
                angle = float(np.arctan2(centre[1], centre[0]))
                current[label.phase] += label.conductors * np.exp(1j * self.design.pole_pairs * angle)
        # A peaks where the current does; radial flux is its derivative by angle and peaks a quarter period earlier.
        axes: Array = np.angle(current) - np.pi / 2
        return axes

    @cached_property
    def _centroids(self) -> Array:
        corners = self.mesh.points_m[self.mesh.triangles]
        centroids: Array = corners.mean(axis=1)
        return centroids

    @property
    def terminal_factor_m(self) -> float:
        """Stack length times the sectors in series: from the drawn sector's sums to the machine's."""
        return self.design.stack_length_m * self.design.sectors

    # ---------------------------------------------------------------- one rotor position

    def assemble_vector(self, ties: Ties, element_values: Array) -> Array:
        """(count,) sum of element values (e, k) on the unknowns."""
        dof = ties.dof[self.elements.nodes]
        keep = dof >= 0
        signed = element_values * ties.sign[self.elements.nodes]
        total: Array = np.asarray(np.bincount(dof[keep], signed[keep], minlength=ties.count), dtype=np.float64)
        return total

    def _matrix(self, ties: Ties, elements: IntArray, reluctivity: Array) -> csr_matrix:
        """Stiffness of some elements with constant reluctivity, (count, count)."""
        gradients = self.elements.gradients[elements]
        weights = self.elements.weights[elements] * reluctivity[:, None]
        local = np.einsum("eg,egkc,eglc->ekl", weights, gradients, gradients, optimize=True)
        nodes = self.elements.nodes[elements]
        dof, sign = ties.dof[nodes], ties.sign[nodes]
        local *= sign[:, :, None] * sign[:, None, :]
        corners = nodes.shape[1]
        row = np.repeat(dof, corners, axis=1).ravel()
        column = np.tile(dof, (1, corners)).ravel()
        keep = (row >= 0) & (column >= 0)
        return csr_matrix((local.ravel()[keep], (row[keep], column[keep])), shape=(ties.count, ties.count))

    def _phase_vectors(self, ties: Ties) -> Array:
        return np.stack([self.assemble_vector(ties, s) for s in self._winding_sources])

    def rotor_electrical_rad(self, step: int) -> float:
        """Electrical angle of the d axis from the drawing's x axis with the rotor turned by ``step``."""
        return self.d_axis_rad + step * self.step_electrical_rad

    def dq_vectors(self, phase_vectors: Array, d_axis_rad: float) -> Array:
        """(2, unknowns): one ampere of d and of q current, from the phases' vectors (3, unknowns)."""
        angle = d_axis_rad - self.phase_axes_rad
        return np.stack([np.cos(angle) @ phase_vectors[:PHASES], -np.sin(angle) @ phase_vectors[:PHASES]])

    @cached_property
    def d_axis_rad(self) -> float:
        """Electrical angle of the rotor's d axis in the drawn position, from the drawing's x axis."""
        divisions = self.mesh.divisions_per_pole
        positions = next((k for k in range(_AXIS_POSITIONS, 0, -1) if divisions % (3 * k) == 0), 0)
        steps = self.steps_over(np.pi / 3, positions) if positions else [0]
        has_magnets = bool(np.any(self._magnet_source))
        has_field = bool(np.any(self._winding_sources[PHASES]))
        reluctivity = np.where(
            self.element_steel >= 0,
            _UNSATURATED_RELUCTIVITY_SHARE * VACUUM_RELUCTIVITY_M_PER_H,
            self.linear_reluctivity,
        )
        flux, twice = 0.0 + 0.0j, 0.0 + 0.0j
        for step in steps:
            ties = tie_nodes(self.elements, self.design.boundary_sign, step)
            solve = splu(self._matrix(ties, np.arange(len(self.mesh.triangles)), reluctivity).tocsc()).solve
            vectors = self._phase_vectors(ties)
            back = np.exp(-1j * step * self.step_electrical_rad)
            axis = np.exp(1j * self.phase_axes_rad)
            if has_magnets or has_field:
                source = self.assemble_vector(ties, self._magnet_source) if has_magnets else vectors[PHASES]
                flux += (vectors[:PHASES] @ solve(source)) @ axis * back
            else:
                inductance = vectors[:PHASES] @ solve(vectors[:PHASES].T)
                # the part of the phase inductances that turns with the rotor: (L1 + L2 e^{2j theta}) in space-vector terms
                twice += axis @ inductance @ axis * back**2
        if self.design.cage is not None:
            flux *= -1j  # a cage's current drives flux along q, a quarter turn ahead of d
        angle = float(np.angle(flux)) if has_magnets or has_field else float(np.angle(twice)) / 2.0
        snapped = round(angle / (np.pi / 2)) * (np.pi / 2)
        return snapped if abs(angle - snapped) < _SNAP_RAD else angle

    def position(self, step: int, rank: IntArray | None = None) -> Position:
        """Prepare one rotor position, the rotor turned by ``step`` divisions counter-clockwise."""
        ties = tie_nodes(self.elements, self.design.boundary_sign, step)
        every = np.arange(len(self.mesh.triangles))
        pattern = self._matrix(ties, every, np.ones(len(every)))
        pattern.sort_indices()
        start, column = pattern.indptr.astype(np.int64), pattern.indices.astype(np.int64)
        symbolic = analyse(start, column, rank)
        order = symbolic.rank
        air = np.flatnonzero(self.element_steel < 0)
        constant = self._matrix(ties, air, self.linear_reluctivity[air]).tocoo()
        linear = csr_matrix((constant.data, (order[constant.row], order[constant.col])), shape=constant.shape)
        linear.sort_indices()
        vectors = self._phase_vectors(ties)
        dq = self.dq_vectors(vectors, self.rotor_electrical_rad(step))
        sources = np.empty((4, ties.count))
        sources[:, order] = np.stack([self.assemble_vector(ties, self._magnet_source), *dq, vectors[PHASES]])

        node_dof = np.where(ties.dof >= 0, order[np.maximum(ties.dof, 0)], ties.count)
        nodes = self.elements.nodes[self.iron]
        element_dof = np.ascontiguousarray(node_dof[nodes])
        gradients = np.ascontiguousarray(
            self.elements.gradients[self.iron]
            * ties.sign[nodes][:, None, :, None]
            * (ties.dof[nodes] >= 0)[:, None, :, None]
        )
        entries, element_entry, iron_entries = _entries(symbolic, linear, element_dof, ties.count)
        return Position(
            step,
            symbolic,
            (linear.indptr.astype(np.int64), linear.indices.astype(np.int64), linear.data),
            sources,
            element_dof,
            gradients,
            element_entry,
            entries,
            iron_entries,
            node_dof,
            ties.sign,
        )


def _entries(
    symbolic: Symbolic, linear: csr_matrix, element_dof: IntArray, unknowns: int
) -> tuple[tuple[IntArray, IntArray, NDArray[np.float32], IntArray], IntArray, int]:
    """Entries of the lower triangle by supernode, and where each iron element's local entries go among the iron ones."""
    corners = element_dof.shape[1]
    k, other = np.tril_indices(corners)
    rows = np.maximum(element_dof[:, k], element_dof[:, other])
    columns = np.minimum(element_dof[:, k], element_dof[:, other])
    valid = rows < unknowns
    iron_keys = columns * unknowns + rows
    iron_unique, inverse = np.unique(iron_keys[valid], return_inverse=True)
    element_entry = np.full(rows.shape, -1, dtype=np.int64)
    element_entry[valid] = inverse
    coo = linear.tocoo()
    lower = coo.row >= coo.col
    linear_keys = coo.col[lower].astype(np.int64) * unknowns + coo.row[lower]
    keys = np.union1d(iron_unique, linear_keys)
    value = np.zeros(len(keys), dtype=np.float32)
    value[np.searchsorted(keys, linear_keys)] = coo.data[lower]
    iron_index = np.full(len(keys), -1, dtype=np.int64)
    iron_index[np.searchsorted(keys, iron_unique)] = np.arange(len(iron_unique))
    column, row = keys // unknowns, keys % unknowns
    widths = np.diff(symbolic.first)
    owner = np.repeat(np.arange(len(widths)), widths)[column]
    # rows of a supernode are sorted, so one search over (supernode, row) keys places all entries
    row_owner = np.repeat(np.arange(len(widths)), np.diff(symbolic.row_start))
    place = np.searchsorted(row_owner * unknowns + symbolic.rows, owner * unknowns + row) - symbolic.row_start[owner]
    panel = symbolic.panel_start[owner] + place * widths[owner] + column - symbolic.first[owner]
    entry_start = np.searchsorted(owner, np.arange(len(widths) + 1)).astype(np.int64)
    return (entry_start, panel, value, iron_index), element_entry, len(iron_unique)
