"""Currents for a map that nobody gave currents for: as far as the copper can be driven for seconds.

The limits are current densities in the copper, root mean square: 30 A/mm2 in a stator of round wire, 20 A/mm2 in one of bars, whose slots
hold more copper, somewhat more than inverters ask of liquid-cooled traction machines at their peak; 12 A/mm2 in the field winding. All
three are assumptions. A machine whose drawing does not tell its copper needs its currents given.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.winding_loss import conductor_area_m2
from halfshaft.drive_unit.geometry.design import MachineDesign, RectangularWire

Array = NDArray[np.float64]

WIRE_PEAK_A_PER_M2 = 30e6  # assumption: rms, for seconds
BAR_PEAK_A_PER_M2 = 20e6  # assumption: rms, for seconds
FIELD_PEAK_A_PER_M2 = 12e6  # assumption: for seconds, rotor cooled through its shaft
_MAGNETISING, _CROWDED = 0.71, 1.6
NODES = (12, 16, 8)  # of i_d, i_q from zero up and i_f; sixteen, since the solver takes that many at a time


@dataclass(frozen=True)
class CurrentGrid:
    """Ascending currents of each axis, amperes peak; i_q from zero up stands for both signs."""

    i_d_a: Array
    i_q_a: Array
    i_f_a: Array

    def points(self) -> Array:
        """All currents (nd nq nf, 3), the field current fastest."""
        mesh = np.meshgrid(self.i_d_a, self.i_q_a, self.i_f_a, indexing="ij")
        return np.stack([m.ravel() for m in mesh], axis=1)

    @property
    def axes(self) -> tuple[Array, Array, Array]:
        """The three axes."""
        return self.i_d_a, self.i_q_a, self.i_f_a

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of currents on each axis."""
        return len(self.i_d_a), len(self.i_q_a), len(self.i_f_a)

    def coarser(self, nodes: tuple[int, int, int]) -> CurrentGrid:
        """Equidistant currents over the same ranges; an axis that has no more is kept."""

        def few(axis: Array, count: int) -> Array:
            return axis if len(axis) <= count else np.linspace(axis[0], axis[-1], count)

        return CurrentGrid(few(self.i_d_a, nodes[0]), few(self.i_q_a, nodes[1]), few(self.i_f_a, nodes[2]))


def peak_stator_current_a(design: MachineDesign) -> float:
    """Peak value of the phase current at the assumed current density. Raises ValueError when the copper is not known."""
    if design.winding is None:
        raise ValueError(f"{design.name} has no stator winding")
    density = BAR_PEAK_A_PER_M2 if isinstance(design.winding.wire, RectangularWire) else WIRE_PEAK_A_PER_M2
    return sqrt(2.0) * density * conductor_area_m2(design) * design.winding.parallel_paths


def peak_field_current_a(design: MachineDesign) -> float:
    """Field current at the assumed current density, zero without a field winding."""
    coil = design.field_coil
    if coil is None:
        return 0.0
    faces = [r for r in design.regions if r.label.kind == "field_winding" and r.label.conductors]
    sides = sum(abs(r.label.conductors) for r in faces)
    if not sides:
        raise ValueError(f"{design.name} declares a field winding, but no face of its drawing holds its conductors")
    return FIELD_PEAK_A_PER_M2 * coil.copper_fill * sum(r.area_m2 for r in faces) / sides


def default_grid(
    design: MachineDesign,
    nodes: tuple[int, int, int] = NODES,
    *,
    stator_a: float | None = None,
    field_a: float | None = None,
) -> CurrentGrid:
    """Currents of all rotor kinds: i_d mostly against the rotor's flux, which weakens it.

    With a field winding i_d reaches half as far the other way, where saliency may help; with magnets a tenth; a cage
    needs d current to magnetise it (`caged_grid`); a rotor with none of these has its torque at positive i_d and is symmetric.
    ``stator_a`` and ``field_a`` are other limits than the copper's. Raises ValueError when a limit is neither given nor told by the copper.
    """
    try:
        stator = peak_stator_current_a(design) if stator_a is None else stator_a
        field = peak_field_current_a(design) if field_a is None else field_a
    except ValueError as error:
        raise ValueError(f"{error}; give the currents of the map") from error
    if design.cage is not None:
        return caged_grid(stator, nodes[:2])
    has_magnets = any(r.label.kind == "magnet" for r in design.regions)
    excited = design.field_coil is not None
    low, high = (-1.0, 0.5) if excited else (-1.0, 0.1) if has_magnets else (0.0, 1.0)
    return CurrentGrid(
        with_zero(low * stator, high * stator, nodes[0]),
        np.linspace(0.0, stator, nodes[1]),
        np.linspace(0.0, field, nodes[2]) if excited and field else np.zeros(1),
    )


def caged_grid(stator_a: float, nodes: tuple[int, int]) -> CurrentGrid:
    """Currents of an induction machine: i_d from zero up, since negative ones make the same machine turned by a pole.

    It ends at ``_MAGNETISING`` of the limit: a machine without iron would give most torque for its current at 1/sqrt(2) of it, and
    saturation asks for less. Nodes crowd towards zero, where iron begins to saturate.
    """
    return CurrentGrid(
        _MAGNETISING * stator_a * np.linspace(0.0, 1.0, nodes[0]) ** _CROWDED,
        np.linspace(0.0, stator_a, nodes[1]),
        np.zeros(1),
    )


def with_zero(low: float, high: float, count: int) -> Array:
    """Ascending values from ``low`` to ``high``, evenly spaced on either side of a zero that is one of them."""
    if low >= 0.0 or high <= 0.0:
        return np.linspace(low, high, count)
    above = min(max(round((count - 1) * high / (high - low)), 1), count - 2)
    return np.concatenate([np.linspace(low, 0.0, count - above), np.linspace(0.0, high, above + 1)[1:]])
