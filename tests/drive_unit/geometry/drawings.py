"""Drawings for the geometry tests: an invented one-pole machine, and a reader of published outlines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import cos, hypot, pi, radians, sin
from pathlib import Path
from typing import Any

import pytest

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.sector import rotated
from halfshaft.drive_unit.geometry.shapes import Edge, Point

MACHINES = Path(__file__).resolve().parents[3] / "../shared/data/machines"
STEEL = Steel("steel", (), (), mu_r=1000.0)
MAGNET = Magnet("magnet", 1.2)


def polar(radius_m: float, angle_rad: float) -> Point:
    return radius_m * cos(angle_rad), radius_m * sin(angle_rad)


def polygon(points: Sequence[Point], feature: str = "") -> list[Edge]:
    return [Edge(a, b, feature=feature) for a, b in zip(points, [*points[1:], points[0]], strict=True)]


def arc(radius_m: float, begin: float, end: float, feature: str = "") -> Edge:
    return Edge(polar(radius_m, begin), polar(radius_m, end), (0.0, 0.0), end - begin, feature)


def annular_block(inner: float, outer: float, begin: float, end: float, feature: str = "") -> list[Edge]:
    """Outline of a piece of a ring."""
    return [
        arc(inner, begin, end, feature),
        Edge(polar(inner, end), polar(outer, end), feature=feature),
        arc(outer, end, begin, feature),
        Edge(polar(outer, begin), polar(inner, begin), feature=feature),
    ]


def one_pole(
    *, pole_pairs: int = 2, slots: int = 12, gap: float = 1e-3, magnet: bool = True
) -> tuple[list[Edge], list[Label]]:
    """A stator with slots that open to the gap, a rotor with one magnet; sides and bore are left for `assemble` to close."""
    pitch, teeth = pi / pole_pairs, slots // (2 * pole_pairs)
    rotor, bore, outer = 40e-3, 40e-3 + gap, 70e-3
    edges = [arc(outer, 0.0, pitch, "frame"), arc(rotor, 0.0, pitch, "rotor surface"), arc(15e-3, 0.0, pitch, "shaft")]
    labels = [
        Label(polar(68e-3, 0.01), "stator iron", "iron", "steel"),
        Label(polar(16e-3, 0.01), "rotor iron", "iron", "steel"),
    ]
    step = pitch / teeth
    for k in range(teeth):
        middle, half = (k + 0.5) * step, 0.25 * step
        name = f"slot {k + 1}"
        edges += [
            arc(bore, k * step, middle - half, name + " tooth"),
            arc(bore, middle + half, (k + 1) * step, name + " tooth"),
        ]
        edges += [
            Edge(polar(bore, middle + side * half), polar(bore + 2e-3, middle + side * half), feature=name + " opening")
            for side in (-1, 1)
        ]
        edges += annular_block(bore + 2e-3, 60e-3, middle - half, middle + half, name)
        labels.append(Label(polar(50e-3, middle), name, "stator_winding", phase=k % 3, conductors=9.0))
    if magnet:
        edges += polygon([rotated(p, pitch / 2) for p in rectangle(30e-3, 35e-3, 20e-3)], "magnet")
        labels.append(Label(polar(32e-3, pitch / 2), "magnet", "magnet", "magnet", magnetisation_rad=pitch / 2))
    return edges, labels


def rectangle(left: float, right: float, height: float) -> list[Point]:
    return [(left, -height / 2), (right, -height / 2), (right, height / 2), (left, height / 2)]


def machine(edges: list[Edge], labels: list[Label], **changes: Any) -> MachineDesign:
    """`assemble` with statements that fit `one_pole` unless changed."""
    stated: dict[str, Any] = {
        "pole_pairs": 2, "slots": 12, "stack_length_m": 0.1, "stacking_factor": 0.97, "steels": {"steel": STEEL},
        "magnets": {"magnet": MAGNET}, "winding": None, "field_coil": None, "source": "invented",
    }  # fmt: skip
    return assemble("test machine", edges, labels, **(stated | changes))


def turned_drawing(
    edges: list[Edge], labels: list[Label], angle: float, reverse: bool = False
) -> tuple[list[Edge], list[Label]]:
    """The drawing turned about the axis; with magnets reversed where the pole is the other one."""
    turned = [
        replace(
            edge,
            start=rotated(edge.start, angle),
            end=rotated(edge.end, angle),
            centre=None if edge.centre is None else rotated(edge.centre, angle),
        )
        for edge in edges
    ]
    extra = angle + (pi if reverse else 0.0)
    return turned, [
        replace(
            label,
            point=rotated(label.point, angle),
            magnetisation_rad=None if label.magnetisation_rad is None else label.magnetisation_rad + extra,
        )
        for label in labels
    ]


def area_m2(design: MachineDesign) -> float:
    return sum(region.area_m2 for region in design.regions)


def published(name: str) -> tuple[dict[str, Any], list[Edge], list[Label]]:
    """A published machine's facts, outlines and labels; phases and turns are invented."""
    path = MACHINES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"needs {path}, the collected machine data beside the checkout")
    facts = json.loads(path.read_text())
    edges: list[Edge] = []
    labels: list[Label] = []
    for region in facts["geometry_sector"]["regions"]:
        label = region["label"]
        if "Shaft" in label:
            continue
        for drawn in region["edges"]:
            start, end = _metres(drawn["from_mm"]), _metres(drawn["to_mm"])
            centre = _metres(drawn["arc_center_mm"]) if "arc_center_mm" in drawn else None
            edges.append(Edge(start, end, centre, radians(drawn.get("arc_angle_deg", 0.0)), label))
        point = _metres(region["interior_point_mm"])
        if "Lamination" in label:
            labels.append(Label(point, label, "iron", "steel"))
        elif "HoleMag" in label:
            direction = radians(region["magnetization_angle_deg_north_pole"])
            labels.append(Label(point, label, "magnet", "magnet", direction))
        elif label.startswith("Stator-0_Winding"):
            slot = int(label.rsplit("-S", 1)[1])
            per_pole_and_phase = facts["stator_slots"] // (6 * facts["pole_pairs"])
            phase = slot // per_pole_and_phase % 3
            labels.append(Label(point, label, "stator_winding", phase=phase, conductors=(9, -9, 9)[phase]))
        elif label.startswith("Rotor-0_Winding"):
            sign = 1 if "T0" in label else -1
            labels.append(Label(point, label, "field_winding", conductors=100.0 * sign))
        else:
            labels.append(Label(point, label, "air"))
    return facts, edges, labels


def published_machine(name: str) -> tuple[dict[str, Any], MachineDesign]:
    facts, edges, labels = published(name)
    return facts, machine(edges, labels, pole_pairs=facts["pole_pairs"], slots=facts["stator_slots"])


def _metres(point: Sequence[float]) -> Point:
    return 1e-3 * point[0], 1e-3 * point[1]


def distance(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])
