"""Machines whose rotor is a plain ring of iron, for which Lamé and Timoshenko know the answer."""

from __future__ import annotations

from math import cos, pi, sin

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.shapes import Edge

DENSITY = 7650.0
GAP_M = 1e-3


def ring_machine(
    bore_m: float,
    outer_m: float,
    *,
    pole_pairs: int = 3,
    poles: int = 1,
    magnet_m: float = 0.0,
    stacking_factor: float = 0.95,
) -> MachineDesign:
    """A ring from ``bore_m`` to ``outer_m``; with ``magnet_m`` its outer part of that thickness is one ring of magnet."""
    angle = pi * poles / pole_pairs
    iron_m = outer_m - magnet_m
    radii = [bore_m, outer_m, outer_m + GAP_M, outer_m + GAP_M + 0.02]
    edges = [_arc(radius, angle) for radius in radii]
    middle = 0.5 * angle
    labels = [_label("rotor iron", 0.5 * (bore_m + iron_m), middle), _label("stator iron", radii[3] - 0.01, middle)]
    magnets = {}
    if magnet_m:
        edges.append(_arc(iron_m, angle))
        point = ((outer_m - 0.5 * magnet_m) * cos(middle), (outer_m - 0.5 * magnet_m) * sin(middle))
        labels.append(Label(point, "magnet ring", "magnet", "magnet", magnetisation_rad=middle))
        magnets = {"magnet": Magnet("magnet", 1.2, density_kg_per_m3=7500.0)}
    return assemble(
        "ring",
        edges,
        labels,
        pole_pairs=pole_pairs,
        slots=12 * pole_pairs,
        stack_length_m=0.1,
        stacking_factor=stacking_factor,
        steels={"steel": Steel("steel", (), (), mu_r=1000.0, density_kg_per_m3=DENSITY)},
        magnets=magnets,
        winding=None,
        field_coil=None,
        source="test",
        sector_poles=poles,
    )


def _arc(radius: float, angle: float) -> Edge:
    if angle >= 2.0 * pi - 1e-9:
        return Edge((radius, 0.0), (radius, 0.0), (0.0, 0.0), 2.0 * pi)
    return Edge((radius, 0.0), (radius * cos(angle), radius * sin(angle)), (0.0, 0.0), angle)


def _label(name: str, radius: float, angle: float) -> Label:
    return Label((radius * cos(angle), radius * sin(angle)), name, "iron", "steel")
