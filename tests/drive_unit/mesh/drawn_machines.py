"""Invented machines for meshing, from a few numbers each."""

from __future__ import annotations

from math import cos, pi, sin

from machine_files import MAGNET, STEEL

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.shapes import Edge, Point


def polar(radius: float, angle: float) -> Point:
    """A point from radius and angle."""
    return radius * cos(angle), radius * sin(angle)


def arc(radius: float, begin: float, end: float) -> Edge:
    """An arc about the axis."""
    return Edge(polar(radius, begin), polar(radius, end), (0.0, 0.0), end - begin)


def slotted(
    *,
    pole_pairs: int = 4,
    poles: int = 1,
    slots_per_pole: int = 3,
    outer_m: float = 0.1,
    bore_m: float = 0.065,
    gap_m: float = 0.0008,
    shaft_m: float = 0.02,
    opening_share: float = 0.5,
    bridge_m: float = 0.001,
    magnet: str = "bar",
    clearance_m: float = 0.0,
    scale: float = 1.0,
) -> MachineDesign:
    """Rectangular slots with openings; a rotor with a bar magnet (and air of ``clearance_m`` below it), a sharp wedge of one, or "none"."""
    outer_m, bore_m, gap_m, shaft_m, bridge_m = (scale * x for x in (outer_m, bore_m, gap_m, shaft_m, bridge_m))
    pole = pi / pole_pairs
    whole = poles == 2 * pole_pairs
    rotor_m = bore_m - gap_m
    radii = [r for r in (outer_m, bore_m, rotor_m, shaft_m) if r > 0.0]
    edges = [arc(r, k * pole, (k + 1) * pole) for r in radii for k in range(poles)]
    if not whole:
        for angle in (0.0, poles * pole):
            edges += [
                Edge(polar(bore_m, angle), polar(outer_m, angle)),
                Edge(polar(shaft_m, angle), polar(rotor_m, angle)),
            ]
    labels = [
        Label(polar(0.98 * outer_m, 0.4 * pole), "stator", "iron", "steel"),
        Label(polar(shaft_m + 0.05 * (rotor_m - shaft_m), 0.4 * pole), "rotor", "iron", "steel"),
    ]
    pitch = pole / slots_per_pole
    width, opening = 0.5 * pitch, 0.5 * pitch * opening_share
    tip, bottom = bore_m + 0.05 * (outer_m - bore_m), bore_m + 0.6 * (outer_m - bore_m)
    for k in range(slots_per_pole * poles):
        middle = (k + 0.5) * pitch
        for side in (-0.5, 0.5):
            a, b = polar(bore_m, middle + side * opening), polar(tip, middle + side * opening)
            c, d = polar(tip, middle + side * width), polar(bottom, middle + side * width)
            edges += [Edge(a, b), arc(tip, middle + side * opening, middle + side * width), Edge(c, d)]
        edges += [
            arc(bottom, middle - 0.5 * width, middle + 0.5 * width),
            arc(tip, middle - 0.5 * opening, middle + 0.5 * opening),
        ]
        labels.append(Label(polar(0.5 * (tip + bottom), middle), f"slot {k + 1}", "stator_winding", phase=k % 3))
    for k in range(poles if magnet != "none" else 0):
        middle, half = (k + 0.5) * pole, 0.35 * pole
        top, height = (rotor_m - bridge_m) * cos(half), (rotor_m - bridge_m) * sin(half)
        deep = top - 0.08 * rotor_m
        corners = {
            "bar": [(deep, -height), (top, -height), (top, height), (deep, height)],
            "wedge": [(deep, 0.0), (top, -height), (top, height)],
        }[magnet]
        if clearance_m > 0.0:
            corners += [(deep - clearance_m, height), (deep - clearance_m, -height), (deep, -height), (deep, height)]
        turned = [(x * cos(middle) - y * sin(middle), x * sin(middle) + y * cos(middle)) for x, y in corners]
        edges += [Edge(p, q, feature=f"magnet {k + 1}") for p, q in zip(turned, turned[1:] + turned[:1], strict=True)]
        labels.append(Label(polar(0.6 * top + 0.4 * deep, middle), f"magnet {k + 1}", "magnet", "magnet", middle))
    return assemble(
        "invented",
        edges,
        labels,
        pole_pairs=pole_pairs,
        slots=slots_per_pole * 2 * pole_pairs,
        stack_length_m=0.1,
        stacking_factor=1.0,
        steels={"steel": STEEL},
        magnets={"magnet": MAGNET},
        winding=None,
        field_coil=None,
        source="invented for the test",
        sector_poles=poles,
    )
