"""The field of a cross-section, as coarsely as a search can bear: first order, large elements, few currents, few rotor positions.

One computed field serves every length, winding, inverter and gear of a cross-section, exactly: the table is kept per metre and turn. What
coarseness costs is measured on the designs that the search ends with, by ``fine_table`` of their own drawings.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.design_search.build import CrossSection
from halfshaft.drive_unit.field.winding_loss import series_turns
from halfshaft.drive_unit.flux_map.grid import CurrentGrid, with_zero
from halfshaft.drive_unit.flux_map.sweep import compute_flux_map
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design

Array = NDArray[np.float64]

_POSITIONS = 3  # over 60 degrees electrical: cancel harmonics below the 18th
_PERIOD = 36  # of these fall on half a period, for losses
_DIVISIONS_PER_SLOT = 9.0  # half of the mesher's own
_LONGEST_CHORD = 2.0  # of the gap
_SIZE_FACTOR = 2.0
_FINE_SIZE_FACTOR = 1.5  # of second-order elements
# Powers of the spacing of d and q, and of field currents, towards zero. Cycles run at small currents, where iron loss has its valley
# between field and d current: equidistant currents over the range of the greatest inverter see it with a single node, and err by half.
_GRADING = (1.4, 1.0)
_LOSS_GRADING = (2.0, 1.4)
# Greatest positive d current in shares of the stator's limit: saliency may use it with a field winding, magnets hardly want it.
_POSITIVE_D = {True: 0.5, False: 0.2}


@dataclass(frozen=True)
class FieldEffort:
    """Currents over d, q and field of the map, and of the coarser grid on which losses are solved."""

    nodes: tuple[int, int, int] = (8, 6, 6)
    loss_nodes: tuple[int, int, int] = (5, 3, 5)


FINE = FieldEffort((11, 10, 8), (8, 6, 6))


def coarse_table(section: CrossSection, effort: FieldEffort = FieldEffort()) -> MagneticTable:
    """The field of a cross-section as the control asks for it.

    Raises GeometryError for a drawing that is no machine, ValueError and NotConverged for a field that cannot be computed.
    """
    design = section.template.design()
    grid = _grid(design, section, effort.nodes, _GRADING)
    mesh = mesh_design(design, MeshOptions(_divisions(design), _SIZE_FACTOR))
    flux_map = compute_flux_map(
        design,
        i_d_a=grid.i_d_a,
        i_q_a=grid.i_q_a,
        i_f_a=grid.i_f_a,
        positions=_POSITIONS,
        order=1,
        magnet_temperature_c=section.magnet_temperature_c,
        workers=1,
        loss_grid=_grid(design, section, effort.loss_nodes, _LOSS_GRADING),
        checked=False,
        mesh=mesh,
    )
    return magnetic_table(flux_map)


def fine_table(section: CrossSection, effort: FieldEffort = FINE) -> MagneticTable:
    """The same by elements of second order on the mesher's own sizes; raises as ``coarse_table`` does."""
    design = section.template.design()
    grid = _grid(design, section, effort.nodes, _GRADING)
    flux_map = compute_flux_map(
        design,
        i_d_a=grid.i_d_a,
        i_q_a=grid.i_q_a,
        i_f_a=grid.i_f_a,
        positions=5,
        order=2,
        size_factor=_FINE_SIZE_FACTOR,
        magnet_temperature_c=section.magnet_temperature_c,
        workers=1,
        loss_grid=_grid(design, section, effort.loss_nodes, _LOSS_GRADING),
        checked=False,
    )
    return magnetic_table(flux_map)


def _grid(
    design: MachineDesign, section: CrossSection, nodes: tuple[int, int, int], grading: tuple[float, float]
) -> CurrentGrid:
    stator = section.stator_a / series_turns(design)
    excited = section.field_a > 0.0
    return CurrentGrid(
        _graded(with_zero(-stator, _POSITIVE_D[excited] * stator, nodes[0]), grading[0]),
        _graded(np.linspace(0.0, stator, nodes[1]), grading[0]),
        _graded(np.linspace(0.0, section.field_a, nodes[2]), grading[1]) if excited else np.zeros(1),
    )


def _graded(axis: Array, grading: float) -> Array:
    """The same ends and zero, with nodes drawn towards zero on either side."""
    ends: Array = np.where(axis < 0.0, -axis[0], axis[-1])
    share = np.divide(axis, ends, out=np.zeros_like(axis), where=ends > 0.0)
    graded: Array = np.sign(axis) * np.abs(share) ** grading * ends
    return graded


def _divisions(design: MachineDesign) -> int:
    """Chords of the gap's circle on a pole: a multiple of the positions over half a period, none longer than the gap bears."""
    slots_per_pole = design.slots / (2 * design.pole_pairs)
    arc_m = pi * design.stator_bore_radius_m / design.pole_pairs
    wanted = max(_DIVISIONS_PER_SLOT * slots_per_pole, arc_m / (_LONGEST_CHORD * design.gap_m))
    return _PERIOD * max(2, ceil(wanted / _PERIOD - 1e-9))
