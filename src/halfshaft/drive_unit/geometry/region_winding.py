"""Windings, lengths and skew as machine-fact files state them; what they leave out is assumed, and a note says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import degrees, pi
from typing import Any

from halfshaft.drive_unit.geometry import region_materials
from halfshaft.drive_unit.geometry.design import FieldCoil, Label, RectangularWire, RoundWire, Winding, Wire
from halfshaft.drive_unit.geometry.importing import (
    ASSUMED_COPPER_FILL,
    end_turn_m,
    field_end_turn_m,
    mean_radius_m,
)
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.geometry.region_reading import COPPER, Reading, Surface


def winding(reading: Reading, surfaces: list[Surface], slots: int) -> Winding | None:
    """The stator winding beyond its place; None where no face is one."""
    coils = [surface.point for surface in surfaces if surface.kind in COPPER and not surface.rotor]
    if not coils:
        reading.notes.append("the stator has no winding")
        return None
    row = reading.need("stator", "winding")
    paths, pitch = reading.stated.parallel_paths or row.get("parallel_paths"), reading.stated.coil_pitch_slots
    pitch = pitch or row.get("coil_pitch_slots")
    if not paths:
        reading.notes.append("the number of parallel paths is not given; one taken (assumption)")
    if not pitch:
        pitch = max(round(slots / (2 * int(reading.need("pole_pairs")))), 1)
        reading.notes.append(f"the coil pitch is not given; {pitch} slots taken, a full pitch (assumption)")
    span = 2.0 * pi * int(pitch) / slots * mean_radius_m(coils)
    length = reading.stated.end_turn_length_m or 1e-3 * float(row.get("end_winding_length_mm_per_half_turn") or 0.0)
    if length <= 0.0:
        length = end_turn_m(int(pitch), slots, mean_radius_m(coils))
        reading.notes.append(f"no end winding in the file: an end turn of {1e3 * length:.0f} mm is assumed")
    elif length < span:
        reading.notes.append(
            f"an end turn of {1e3 * length:.1f} mm is shorter than the {1e3 * span:.1f} mm it spans: the resistance will be too low"
        )
    fill = reading.stated.copper_fill or row.get("copper_fill_factor")
    cable = row.get("conductor") or {}
    return Winding(
        parallel_paths=int(paths or 1),
        conductor=_metal(reading, cable),
        coil_pitch_slots=int(pitch),
        end_turn_length_m=length,
        wire=_wire(reading, row, cable) if reading.stated.copper_fill is None else None,
        copper_fill=None if fill is None else float(fill),
    )


def _metal(reading: Reading, cable: Mapping[str, Any]) -> Conductor:
    name = str(cable.get("material") or "copper")
    metal = region_materials.conductor((reading.facts.get("materials") or {}).get(name), name, reading.notes)
    return replace(metal, source=f"{reading.facts.get('source') or reading.file}, material {name}")


def _wire(reading: Reading, row: Mapping[str, Any], cable: Mapping[str, Any]) -> Wire | None:
    """The wire of one conductor: strands of round wire, or one bar; bars of several sub-conductors have no such wire."""
    width, height = cable.get("Wwire_mm"), cable.get("Hwire_mm")
    if not width:
        return None
    if not height:
        return RoundWire(1e-3 * float(width), int(cable.get("Nwppc") or 1))
    stacked, across = int(cable.get("Nwppc_rad") or 1), int(cable.get("Nwppc_tan") or 1)
    bars = int(row.get("turns_per_coil") or 1) * int(row.get("layers") or 1)
    if stacked * across > 1:
        reading.notes.append(
            f"each conductor is {stacked} x {across} bars of {width:g} x {height:g} mm: given to the losses by its copper fill only"
        )
        return None
    return RectangularWire(1e-3 * float(width), 1e-3 * float(height), bars)


def field_coil(
    reading: Reading, surfaces: list[Surface], labels: list[Label], pole_pairs: int, drawn_poles: int
) -> FieldCoil | None:
    """The field winding beyond its place; None where no face is one."""
    sides = [abs(label.conductors) for label in labels if label.kind == "field_winding"]
    if not sides:
        return None
    row = reading.need("rotor", "winding")
    length = 1e-3 * float(row.get("end_winding_length_mm_per_half_turn") or 0.0)
    if length <= 0.0:
        points = [surface.point for surface in surfaces if surface.kind in COPPER and surface.rotor]
        length = field_end_turn_m(2 * pole_pairs, mean_radius_m(points))
        reading.notes.append(f"no end winding of the field coils in the file: {1e3 * length:.0f} mm is assumed")
    if int(row.get("parallel_paths") or 1) != 1:
        reading.notes.append(
            "the field winding's parallel paths were put in series: the field current is that of one path"
        )
    fill = row.get("copper_fill_factor")
    if not fill:
        reading.notes.append(
            f"no copper fill of the field winding in the file; {ASSUMED_COPPER_FILL:g} taken (assumption)"
        )
    return FieldCoil(
        turns_per_pole=sum(sides) / (2 * drawn_poles),
        conductor=_metal(reading, row.get("conductor") or {}),
        end_turn_length_m=length,
        copper_fill=float(fill or ASSUMED_COPPER_FILL),
    )


def stack_length_m(reading: Reading) -> float:
    """The stack length, the stator's where the parts differ."""
    if reading.stated.stack_length_m:
        return reading.stated.stack_length_m
    facts = reading.facts
    own = {part: (facts.get(part) or {}).get("stack_length_mm") for part in ("stator", "rotor")}
    length = facts.get("active_length_mm") or own["stator"] or own["rotor"]
    if not length:
        raise reading.refuse("active_length_mm", "is missing", "give the stack length")
    for part, value in own.items():
        if value and abs(value - length) > 1e-3 * length:
            reading.notes.append(f"the {part} stack is {value:g} mm long; {length:g} mm taken for both")
    return 1e-3 * float(length)


def stacking_factor(reading: Reading) -> float:
    """The stacking factor, the stator's where the parts differ."""
    if reading.stated.stacking_factor:
        return reading.stated.stacking_factor
    own = {part: (reading.facts.get(part) or {}).get("stacking_factor") for part in ("stator", "rotor")}
    factor = own["stator"] or own["rotor"]
    if not factor:
        reading.notes.append("no stacking factor in the file; 1 taken (assumption)")
        return 1.0
    if own["rotor"] and own["rotor"] != factor:
        reading.notes.append(f"the rotor's stacking factor is {own['rotor']:g}; the stator's {factor:g} taken for both")
    return float(factor)


def skew_notes(reading: Reading) -> None:
    """Say which skew was ignored."""
    for part in ("stator", "rotor"):
        skew = (reading.facts.get(part) or {}).get("skew")
        if skew:
            kind = skew.get("type_skew") if isinstance(skew, Mapping) else skew
            overall = skew.get("angle_overall") if isinstance(skew, Mapping) else None
            size = f" of {degrees(overall):.3g} deg" if overall else ""
            reading.notes.append(
                f"the {part}'s skew ({kind}{size}) was ignored: the field is that of a straight machine"
            )
