"""Machines to mesh: the region files beside the checkout, read for their geometry alone."""

from __future__ import annotations

import json
from math import cos, radians, sin
from pathlib import Path
from typing import Any

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Kind, Label, MachineDesign
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.shapes import Edge

MACHINES = Path(__file__).resolve().parents[3] / "../shared/data/machines"
NAMES = ("Toyota_Prius", "Toyota_Prius_loss", "Renault_Zoe", "BMW_i3", "Jaguar_I_Pace", "Jaguar_I_Pace_no_skew")
STEEL = Steel("steel", (), (), mu_r=1000.0)
MAGNET = Magnet("magnet", 1.2)


def machine_file(name: str, copies: int = 1) -> MachineDesign:
    """The sector of a region file, or several sectors side by side; windings, materials and signs are of no account here."""
    data = json.loads((MACHINES / f"{name}.json").read_text(encoding="utf-8"))
    edges: list[Edge] = []
    labels: list[Label] = []
    for k in range(copies):
        turn = k * radians(data["geometry_sector"]["sector_deg"])
        for region in data["geometry_sector"]["regions"]:
            if "Shaft" not in region["label"]:
                edges += [_edge(edge, region["label"], turn) for edge in region["edges"]]
                labels.append(_label(region, turn))
    sectors = round(360.0 / data["geometry_sector"]["sector_deg"])
    return assemble(
        name,
        edges,
        labels,
        pole_pairs=data["pole_pairs"],
        slots=data["stator_slots"],
        stack_length_m=0.1,
        stacking_factor=1.0,
        steels={"steel": STEEL},
        magnets={"magnet": MAGNET},
        winding=None,
        field_coil=None,
        source="test",
        sector_poles=copies * 2 * data["pole_pairs"] // sectors,
        allow_crossings=True,
    )


def _point(xy_mm: list[float], turn: float) -> tuple[float, float]:
    x, y = 1e-3 * xy_mm[0], 1e-3 * xy_mm[1]
    return x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)


def _edge(edge: dict[str, Any], feature: str, turn: float) -> Edge:
    start, end = _point(edge["from_mm"], turn), _point(edge["to_mm"], turn)
    if "arc_center_mm" not in edge:
        return Edge(start, end, feature=feature)
    return Edge(start, end, _point(edge["arc_center_mm"], turn), radians(edge["arc_angle_deg"]), feature)


def _label(region: dict[str, Any], turn: float) -> Label:
    name = region["label"]
    kinds: tuple[tuple[str, Kind], ...] = (
        ("Lamination", "iron"),
        ("HoleMag", "magnet"),
        ("Stator-0_Winding", "stator_winding"),
        ("Rotor-0_Winding", "field_winding"),
    )
    kind = next((kind for word, kind in kinds if word in name), "air")
    material = {"iron": "steel", "magnet": "magnet"}.get(kind)
    return Label(
        _point(region["interior_point_mm"], turn),
        name,
        kind,
        material,
        magnetisation_rad=turn if kind == "magnet" else None,
        phase=0 if kind == "stator_winding" else None,
    )
