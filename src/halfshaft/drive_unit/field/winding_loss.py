"""Copper loss: resistance at standstill, and what alternating current and alternating fields add to it.

Bars in a slot: the current's own slot field crowds it towards the opening (Dowell 1966). Strands, and the radial field that bars see:
eddy currents held back by resistance alone, P = sigma omega^2 B^2 d^2 / 32 per volume of round wire of diameter d (Sullivan 2001) and
sigma omega^2 B^2 w^2 / 24 of a bar of width w across the field, B the peak. They grow with the square of frequency and are
therefore a `LossTerm`; they hold while wire is thin against the skin depth.

For bars the term holds the radial field only: the field across the slot is what Dowell's factor already counts.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.field.iron_loss import element_areas_m2
from halfshaft.drive_unit.field.steel_curve import VACUUM_PERMEABILITY_H_PER_M
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.geometry.design import PHASES, MachineDesign, RectangularWire, Region, RoundWire, Winding
from halfshaft.drive_unit.mesh.mesh import Mesh

Array = NDArray[np.float64]


def series_turns(design: MachineDesign) -> float:
    """Turns in series of one phase: what one parallel path holds."""
    winding = _winding(design)
    sides = sum(abs(r.label.conductors) for r in _faces(design, "stator_winding")) * design.sectors
    return sides / (2.0 * PHASES * winding.parallel_paths)


def conductor_area_m2(design: MachineDesign) -> float:
    """Copper cross-section of one conductor of one parallel path, from the wire or else from the copper fill of the faces.

    Raises ValueError when the design gives neither.
    """
    winding = _winding(design)
    if isinstance(winding.wire, RoundWire):
        return winding.wire.strands * pi / 4.0 * winding.wire.diameter_m**2
    if isinstance(winding.wire, RectangularWire):
        return winding.wire.width_m * winding.wire.height_m
    if winding.copper_fill is None:
        raise ValueError(f"the winding of {design.name} gives neither wire nor copper fill: its resistance is unknown")
    faces = _faces(design, "stator_winding")
    return winding.copper_fill * sum(r.area_m2 for r in faces) / sum(abs(r.label.conductors) for r in faces)


def stator_resistance_ohm(design: MachineDesign, temperature_c: float = 20.0) -> float:
    """Direct-current resistance of one phase."""
    winding = _winding(design)
    length = 2.0 * series_turns(design) * (design.stack_length_m + winding.end_turn_length_m)
    resistivity = winding.conductor.resistivity_at_ohm_m(temperature_c)
    return resistivity * length / (conductor_area_m2(design) * winding.parallel_paths)


def field_resistance_ohm(design: MachineDesign, temperature_c: float = 20.0) -> float:
    """Resistance of the field winding, all poles in series; zero for a machine without one."""
    coil = design.field_coil
    if coil is None:
        return 0.0
    faces = _faces(design, "field_winding")
    sides = sum(abs(r.label.conductors) for r in faces)
    area = coil.copper_fill * sum(r.area_m2 for r in faces) / sides
    length = sides * design.sectors * (design.stack_length_m + coil.end_turn_length_m)
    return coil.conductor.resistivity_at_ohm_m(temperature_c) * length / area


def dowell_layer_factors(relative_height: ArrayLike, layer_currents: ArrayLike) -> Array:
    """AC over DC resistance of each bar of a slot, (..., layers); Dowell (1966), with layers of any current and phase.

    ``relative_height`` (...) is the bar's height over the skin depth, reduced by the root of the share of the slot's width that copper
    takes (`relative_bar_height`). ``layer_currents`` (layers,) are complex phasors of any common scale, from the slot's bottom to its
    opening. Equal currents of one phase give Dowell's m-layer winding. The factor of a layer without current is infinite.
    """
    xi = np.maximum(np.asarray(relative_height, dtype=float), 1e-4)[..., None]
    current = np.asarray(layer_currents, dtype=complex)
    below = np.cumsum(current) - current
    skin = xi * (np.sinh(2.0 * xi) + np.sin(2.0 * xi)) / (np.cosh(2.0 * xi) - np.cos(2.0 * xi))
    proximity = 2.0 * xi * (np.sinh(xi) - np.sin(xi)) / (np.cosh(xi) + np.cos(xi))
    with np.errstate(divide="ignore"):
        crowding = (np.abs(below) ** 2 + (below * current.conj()).real) / np.abs(current) ** 2
    factors: Array = skin + proximity * crowding
    return factors


def winding_slot_width_m(design: MachineDesign) -> float:
    """Mean width of a slot where the stator winding lies: the winding faces' area over their radial height."""
    faces = _faces(design, "stator_winding")
    radii = [np.hypot(*e.point_at(s)) for r in faces for e in r.outline for s in np.linspace(0.0, 1.0, 9)]
    slots_drawn = design.slots / design.sectors
    return sum(r.area_m2 for r in faces) / slots_drawn / float(max(radii) - min(radii))


def relative_bar_height(
    height_m: float, width_m: float, slot_width_m: float, resistivity_ohm_m: float, frequency_hz: ArrayLike
) -> Array:
    """Bar height over skin depth, reduced for the slot being wider than the bar: h sqrt(pi f mu_0 / rho * b_bar / b_slot)."""
    f = np.abs(np.asarray(frequency_hz, dtype=float))
    xi: Array = height_m * np.sqrt(pi * f * VACUUM_PERMEABILITY_H_PER_M / resistivity_ohm_m * (width_m / slot_width_m))
    return xi


def hairpin_resistance_factor(
    design: MachineDesign, slot_width_m: float, frequency_hz: ArrayLike, temperature_c: float
) -> Array:
    """AC over DC resistance of a phase with bars, all layers of a slot carrying one phase; the end turns count as uncrowded.

    Shape of ``frequency_hz``. Raises ValueError for a winding that is not made of bars.
    """
    winding = _winding(design)
    if not isinstance(winding.wire, RectangularWire):
        raise ValueError(f"the winding of {design.name} is not made of bars: Dowell's layers need a rectangular wire")
    wire = winding.wire
    resistivity = winding.conductor.resistivity_at_ohm_m(temperature_c)
    xi = relative_bar_height(wire.height_m, wire.width_m, slot_width_m, resistivity, frequency_hz)
    in_slot = dowell_layer_factors(xi, np.ones(wire.layers)).mean(axis=-1)
    share = design.stack_length_m / (design.stack_length_m + winding.end_turn_length_m)
    factor: Array = 1.0 + share * (in_slot - 1.0)
    return factor


def winding_proximity_term(
    design: MachineDesign, mesh: Mesh, stator: FieldHarmonics, temperature_c: float = 20.0
) -> LossTerm:
    """Eddy loss that the field drives in the stator's copper, whole machine, W s^2, in the operating points' shape.

    Round strands (both components) or bars (radial component). Raises ValueError when the wire is not known.
    """
    winding = _winding(design)
    wire = winding.wire
    if wire is None:
        raise ValueError(f"the winding of {design.name} names no wire: strand size decides its proximity loss")
    conductivity = 1.0 / winding.conductor.resistivity_at_ohm_m(temperature_c)
    copper = conductor_area_m2(design)
    areas = element_areas_m2(mesh)
    value = np.zeros(stator.flux_density_t.shape[1:-2])
    for index, region in enumerate(design.regions):
        if region.label.kind != "stator_winding":
            continue
        elements = np.flatnonzero(mesh.region == index)
        field = stator.of(elements)
        fill = abs(region.label.conductors) * copper / region.area_m2
        volume = fill * areas[elements] * design.stack_length_m * design.sectors
        if isinstance(wire, RoundWire):
            square = field.amplitude_t**2 * wire.diameter_m**2 / 32.0
        else:
            centroids = mesh.points_m[mesh.triangles[elements]].mean(axis=1)
            outward = centroids / np.linalg.norm(centroids, axis=1)[:, None]
            radial = np.sum(field.flux_density_t * outward, axis=-1)
            square = np.abs(radial) ** 2 * wire.width_m**2 / 24.0
        omega_per_hz = 2.0 * pi * field.orders
        value = value + conductivity * np.tensordot(omega_per_hz**2, square @ volume, axes=1)
    return LossTerm("stator_winding", "winding_proximity", 2.0, np.asarray(value))


def _winding(design: MachineDesign) -> Winding:
    if design.winding is None:
        raise ValueError(f"{design.name} has no stator winding")
    return design.winding


def _faces(design: MachineDesign, kind: str) -> list[Region]:
    faces = [r for r in design.regions if r.label.kind == kind and r.label.conductors]
    if not faces:
        raise ValueError(
            f"{design.name} declares a {kind.replace('_', ' ')}, but no face of its drawing holds its conductors"
        )
    return faces
