"""A machine as a DXF drawing with its description: outlines on layers by kind, a text in every face, all else beside it."""

from __future__ import annotations

import io
from math import atan2, degrees
from typing import Any

import ezdxf
from ezdxf.enums import TextEntityAlignment

from halfshaft.drive_unit.geometry.design import Label, MachineDesign, RectangularWire, RoundWire, Wire
from halfshaft.drive_unit.geometry.dxf_description import SCHEMA
from halfshaft.drive_unit.geometry.shapes import Edge

MM = 1e3
MILLIMETRES = 4  # in $INSUNITS
TEXT_HEIGHT_MM = 0.5
COLOURS = {"iron": 8, "magnet": 1, "stator_winding": 30, "field_winding": 40, "air": 7, "labels": 3}


def write_dxf(design: MachineDesign) -> str:
    """The text of a DXF drawing in millimetres. An edge lies on the layer of the more special of the two faces beside it."""
    document = ezdxf.new("R2010", units=MILLIMETRES)  # type: ignore[attr-defined]
    space = document.modelspace()
    for name, colour in COLOURS.items():
        document.layers.add(name.upper(), color=colour)
    owner: dict[tuple[Any, ...], str] = {}
    order = list(COLOURS)
    for region in sorted(design.regions, key=lambda r: order.index(r.label.kind)):
        for edge in (*region.outline, *(edge for hole in region.holes for edge in hole)):
            if region.label.kind != "air" or _key(edge) not in owner:
                owner[_key(edge)] = region.label.kind
        text = space.add_text(words(region.label), height=TEXT_HEIGHT_MM, dxfattribs={"layer": "LABELS"})
        x, y = region.label.point
        text.set_placement((MM * x, MM * y), align=TextEntityAlignment.MIDDLE_CENTER)
    for edge in design.edges:
        layer = {"layer": owner.get(_key(edge), "air").upper()}
        if edge.centre is None:
            space.add_line(_mm(edge.start), _mm(edge.end), dxfattribs=layer)
            continue
        forward = edge if edge.sweep_rad > 0.0 else edge.reversed()
        begin, end = (
            degrees(atan2(p[1] - edge.centre[1], p[0] - edge.centre[0])) for p in (forward.start, forward.end)
        )
        space.add_arc(_mm(edge.centre), MM * edge.radius_m, begin, end, dxfattribs=layer)
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue()


def describe(design: MachineDesign) -> dict[str, Any]:
    """The description to `write_dxf`: what the drawing cannot say."""
    rows: dict[str, Any] = {
        "schema": SCHEMA,
        "name": design.name,
        "source": design.source,
        "pole_pairs": design.pole_pairs,
        "stack_length_mm": MM * design.stack_length_m,
        "stacking_factor": design.stacking_factor,
        "materials": _materials(design),
    }
    if design.slots:
        rows["slots"] = design.slots
    if design.winding is not None:
        rows["winding"] = {
            "coil_pitch_slots": design.winding.coil_pitch_slots,
            "parallel_paths": design.winding.parallel_paths,
            "end_turn_length_mm": MM * design.winding.end_turn_length_m,
            "conductor": design.winding.conductor.name,
        }
        if design.winding.copper_fill is not None:
            rows["winding"]["copper_fill"] = design.winding.copper_fill
        rows["winding"].update(_wire(design.winding.wire))
    if design.field_coil is not None:
        rows["field"] = {
            "turns_per_pole": design.field_coil.turns_per_pole,
            "end_turn_length_mm": MM * design.field_coil.end_turn_length_m,
            "copper_fill": design.field_coil.copper_fill,
            "conductor": design.field_coil.conductor.name,
        }
    return rows


def words(label: Label) -> str:
    """A label in the words that the reader understands."""
    name = f'"{label.material}"' if " " in str(label.material) else label.material
    if label.kind == "magnet":
        return f"magnet {name} dir={degrees(label.magnetisation_rad or 0.0):.12g}"
    if label.kind == "iron":
        return f"iron {name}"
    if label.kind == "stator_winding":
        return f"coil {'ABC'[label.phase or 0]} {label.conductors:+.12g}"
    if label.kind == "field_winding":
        return f"field {label.conductors:+.12g}"
    return "air"


def _key(edge: Edge) -> tuple[Any, ...]:
    """The same for an edge and its reverse."""
    middle = edge.point_at(0.5)
    return tuple(sorted((edge.start, edge.end))), (round(middle[0], 9), round(middle[1], 9))


def _mm(point: tuple[float, float]) -> tuple[float, float]:
    return MM * point[0], MM * point[1]


def _wire(wire: Wire | None) -> dict[str, float]:
    if isinstance(wire, RoundWire):
        return {"wire_diameter_mm": MM * wire.diameter_m, "strands": wire.strands}
    if isinstance(wire, RectangularWire):
        return {
            "bar_width_mm": MM * wire.width_m,
            "bar_height_mm": MM * wire.height_m,
            "bars_in_slot": wire.layers,
        }
    return {}


def _materials(design: MachineDesign) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for name, steel in design.steels.items():
        rows[name] = {
            "kind": "steel",
            "density_kg_per_m3": steel.density_kg_per_m3,
            "resistivity_ohm_m": steel.resistivity_ohm_m,
            "lamination_thickness_mm": MM * steel.lamination_thickness_m,
            "loss_hz_t_w_per_kg": [list(row) for row in steel.loss_table],
            "source": steel.source,
        }
        if steel.mu_r:
            rows[name]["mu_r"] = steel.mu_r
        else:
            rows[name]["h_a_per_m_b_t"] = [[h, b] for h, b in zip(steel.h_a_per_m, steel.b_t, strict=True)]
    for name, magnet in design.magnets.items():
        rows[name] = {
            "kind": "magnet",
            "remanence_t": magnet.remanence_t,
            "mu_r": magnet.mu_r,
            "remanence_coefficient_per_k": magnet.remanence_coefficient_per_k,
            "density_kg_per_m3": magnet.density_kg_per_m3,
            "resistivity_ohm_m": magnet.resistivity_ohm_m,
            "source": magnet.source,
        }
    metals = [part.conductor for part in (design.winding, design.field_coil) if part is not None]
    for metal in metals:
        rows.setdefault(
            metal.name,
            {
                "kind": "conductor",
                "resistivity_ohm_m": metal.resistivity_ohm_m,
                "temperature_coefficient_per_k": metal.temperature_coefficient_per_k,
                "density_kg_per_m3": metal.density_kg_per_m3,
                "source": metal.source,
            },
        )
    return rows
