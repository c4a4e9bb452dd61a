"""Iron loss of an operating point from the harmonics of its field, kept free of frequency.

Every harmonic of every element counts as an alternating field of its own frequency, its peak the root of the sum of squares of both
components (for B^2 terms that is exact for rotating fields as well). The loss of a part k f^a B^b summed over the machine is then
f^a times a number that no longer holds the frequency: that number is the value of a `LossTerm`. Minor loops and the bias of the
constant field are not modelled.

The stator splits into teeth and yoke at the radius of the slot bottom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.field.steel_loss import SteelLoss
from halfshaft.drive_unit.flux_map.flux_map import LossRegion, LossTerm
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.materials import Steel
from halfshaft.drive_unit.mesh.mesh import Mesh

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class IronPart:
    """Elements of one loss region and steel: ``elements`` (e,), ascending, and their ``volume_m3`` (e,) in the whole machine."""

    region: LossRegion
    steel: Steel
    elements: IntArray
    volume_m3: FloatArray


@dataclass(frozen=True)
class Stacking:
    """From the field's mean flux density over the stack to the sheets': mass per volume over the steel's, and flux density in the
    sheet over the field's."""

    mass_factor: float
    flux_factor: float

    @classmethod
    def of(cls, stacking_factor: float) -> Stacking:
        """Sheets fill the share ``stacking_factor`` of the length and carry all of the flux."""
        return cls(stacking_factor, 1.0 / stacking_factor)


def iron_loss_terms(
    parts: tuple[IronPart, ...],
    models: Mapping[str, SteelLoss],
    stator: FieldHarmonics,
    rotor: FieldHarmonics,
    stacking: Stacking,
) -> tuple[LossTerm, ...]:
    """Loss terms of the whole machine; values have the shape of the operating points, W s^exponent.

    ``models`` holds each steel's fit by its name. Raises ValueError for a steel without one, or for elements not sampled.
    """
    terms = []
    for part in parts:
        if part.steel.name not in models:
            raise ValueError(f"no loss model is given for {part.steel.name}, of which the {part.region} is made")
        field = (rotor if part.region == "rotor" else stator).of(part.elements)
        amplitude = stacking.flux_factor * field.amplitude_t
        mass_kg = stacking.mass_factor * part.steel.density_kg_per_m3 * part.volume_m3
        for power in models[part.steel.name].parts:
            by_order = amplitude**power.flux_exponent @ mass_kg
            value = power.coefficient * np.tensordot(field.orders**power.frequency_exponent, by_order, axes=1)
            terms.append(LossTerm(part.region, power.cause, power.frequency_exponent, np.asarray(value)))
    return tuple(terms)


def iron_parts(design: MachineDesign, mesh: Mesh) -> tuple[IronPart, ...]:
    """The machine's iron, sorted by loss region and steel. Of a rotor with a cage only what lies above the bars counts: harmonics reach no
    deeper, since currents in the bars that a static field lacks keep them out, and the fundamental stands still to the rotor but for slip.

    Raises ValueError for iron without a known steel."""
    areas, centroids = element_areas_m2(mesh), mesh.points_m[mesh.triangles].mean(axis=1)
    yoke_from, shielded_to = _meshed_slot_bottom_m(design, mesh), _bar_top_m(design, mesh)
    chosen: dict[tuple[LossRegion, str], list[IntArray]] = {}
    for index, region in enumerate(design.regions):
        if region.label.kind != "iron":
            continue
        steel = region.label.material
        if steel is None or steel not in design.steels:
            raise ValueError(f"iron region {region.label.name!r} names no steel of the design ({steel})")
        elements = np.flatnonzero(mesh.region == index)
        if region.part == "rotor":
            elements = elements[np.hypot(*centroids[elements].T) > shielded_to]
            chosen.setdefault(("rotor", steel), []).append(elements)
            continue
        in_yoke = np.hypot(*centroids[elements].T) > yoke_from
        chosen.setdefault(("stator_teeth", steel), []).append(elements[~in_yoke])
        chosen.setdefault(("stator_yoke", steel), []).append(elements[in_yoke])
    parts = []
    for (name, steel), pieces in chosen.items():
        elements = np.sort(np.concatenate(pieces))
        volume = areas[elements] * design.stack_length_m * design.sectors
        parts.append(IronPart(name, design.steels[steel], elements, volume))
    return tuple(parts)


def _meshed_slot_bottom_m(design: MachineDesign, mesh: Mesh) -> float:
    winding = [i for i, r in enumerate(design.regions) if r.label.kind == "stator_winding"]
    nodes = mesh.points_m[mesh.triangles[np.isin(mesh.region, winding)]].reshape(-1, 2)
    if not len(nodes):
        raise ValueError(f"{design.name} has no stator winding: teeth and yoke cannot be told apart")
    return float(np.hypot(*nodes.T).max())


def _bar_top_m(design: MachineDesign, mesh: Mesh) -> float:
    bars = [i for i, r in enumerate(design.regions) if r.label.kind == "cage"]
    nodes = mesh.points_m[mesh.triangles[np.isin(mesh.region, bars)]].reshape(-1, 2)
    return float(np.hypot(*nodes.T).max()) if len(nodes) else 0.0


def slot_bottom_radius_m(design: MachineDesign) -> float:
    """Largest radius that the stator winding reaches. Raises ValueError for a design without stator winding."""
    edges = [e for r in design.regions if r.label.kind == "stator_winding" for e in r.outline]
    if not edges:
        raise ValueError(f"{design.name} has no stator winding: teeth and yoke cannot be told apart")
    return max(float(np.hypot(*edge.point_at(share))) for edge in edges for share in np.linspace(0.0, 1.0, 33))


def element_areas_m2(mesh: Mesh) -> FloatArray:
    """Area of each triangle, (m,)."""
    a, b, c = mesh.points_m[mesh.triangles].transpose(1, 0, 2)
    areas: FloatArray = 0.5 * ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1]))
    return areas
