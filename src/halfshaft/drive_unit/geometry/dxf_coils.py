"""The windings of a DXF drawing: conductors as the texts state them, or counted out from the description's figures."""

from __future__ import annotations

from collections.abc import Sequence

from halfshaft.drive_unit.geometry.design import FieldCoil, Label, Winding
from halfshaft.drive_unit.geometry.dxf_reading import NamedFace, Reading
from halfshaft.drive_unit.geometry.importing import (
    ASSUMED_COPPER_FILL,
    end_turn_m,
    field_end_turn_m,
    mean_radius_m,
    standard_winding,
)


def stator_labels(reading: Reading, faces: Sequence[NamedFace], iron: set[int]) -> tuple[list[Label], int, int]:
    """Labels of the stator winding, the number of slots and the coil pitch."""
    coils = [named for named in faces if named.meaning.kind == "stator_winding"]
    description, stated = reading.description, reading.stated
    if not coils:
        return [], stated.slots or description.slots or 0, 1
    groups = reading.drawn.slots(iron, [named.point for named in coils])
    drawn = len(groups) * reading.drawn.sectors
    slots = stated.slots or description.slots or drawn
    if slots != drawn:
        raise reading.refuse(
            "slots", f"{slots} are stated where the drawing shows {drawn}", "correct the number, or label every slot"
        )
    pitch = stated.coil_pitch_slots or description.coil_pitch_slots
    if not pitch:
        pitch = max(1, slots // (2 * description.pole_pairs))
        reading.notes.append(f"the coil pitch is not stated; {pitch} slots taken, a full pitch (assumption)")
    factor = stated.conductor_factor or 1.0
    silent = [named for named in coils if named.meaning.phase is None]
    if not silent:
        labels = [
            Label(
                named.point,
                named.name,
                "stator_winding",
                phase=named.meaning.phase,
                conductors=factor * (named.meaning.conductors or 0.0),
            )
            for named in coils
        ]
        return labels, slots, pitch
    if len(silent) != len(coils):
        raise reading.refuse(
            silent[0].name, "has no phase where other coils have one", "give every coil a phase, or none"
        )
    turns = description.turns
    if turns is None:
        raise reading.refuse(
            "winding.turns_per_coil_side",
            "is missing, and no coil has a phase",
            "state it, or write coil A +9 into each face",
        )
    try:
        layout = standard_winding(slots, description.pole_pairs, pitch, groups)
    except ValueError as fault:
        raise reading.refuse("winding", str(fault), "state other figures, or write coil A +9 into each face") from fault
    labels = [
        Label(
            coils[number].point,
            coils[number].name,
            "stator_winding",
            phase=side.phase,
            conductors=side.sign * turns * factor,
        )
        for number, side in layout.items()
    ]
    return labels, slots, pitch


def field_labels(reading: Reading, faces: Sequence[NamedFace], iron: set[int]) -> list[Label]:
    """Labels of the field winding. Without numbers, the sides between two poles have one sign, and poles alternate."""
    sides = [named for named in faces if named.meaning.kind == "field_winding"]
    silent = [named for named in sides if named.meaning.conductors is None]
    if not silent:
        return [
            Label(named.point, named.name, "field_winding", conductors=named.meaning.conductors or 0.0)
            for named in sides
        ]
    if len(silent) != len(sides):
        raise reading.refuse(silent[0].name, "has no number where other sides have one", "give every side one, or none")
    turns = reading.description.field_turns_per_pole
    if turns is None:
        raise reading.refuse(
            "field.turns_per_pole",
            "is missing, and no field side has a number",
            "state it, or write field +45 into each face",
        )
    runs, joined = reading.drawn.runs(iron, [named.point for named in sides])
    spaces, poles = len(runs) - joined, 2 * reading.description.pole_pairs // reading.drawn.sectors
    if spaces != poles:
        raise reading.refuse(
            "field",
            f"its sides lie in {spaces} space(s) without iron where {poles} pole(s) are drawn: which of them are opposite is not seen",
            "write field +80 or field -80 into each face",
        )
    size = [len(run) for run in runs]
    if joined:
        size[0] = size[-1] = size[0] + size[-1]
    return [
        Label(
            sides[number].point,
            sides[number].name,
            "field_winding",
            conductors=(-1.0) ** order * 2.0 * turns / size[order],
        )
        for order, run in enumerate(runs)
        for number in run
    ]


def winding(reading: Reading, faces: Sequence[NamedFace], slots: int, pitch: int) -> Winding | None:
    """The stator winding beyond its place."""
    coils = [named.point for named in faces if named.meaning.kind == "stator_winding"]
    if not coils:
        reading.notes.append("the stator has no winding")
        return None
    description, stated = reading.description, reading.stated
    length = stated.end_turn_length_m or description.end_turn_length_m
    if not length:
        length = end_turn_m(pitch, slots, mean_radius_m(coils))
        reading.notes.append(f"no end winding is stated: an end turn of {1e3 * length:.0f} mm is assumed")
    fill = stated.copper_fill or description.copper_fill
    wire = description.wire if stated.copper_fill is None else None
    if not fill and wire is None:
        fill = ASSUMED_COPPER_FILL
        reading.notes.append(f"no wire and no copper fill is stated; {fill:g} of the winding's faces is assumed")
    paths = stated.parallel_paths or description.parallel_paths
    return Winding(paths, description.conductor, pitch, length, wire, fill)


def field_coil(reading: Reading, labels: Sequence[Label], drawn_poles: int) -> FieldCoil | None:
    """The field winding beyond its place."""
    if not labels:
        return None
    description = reading.description
    length = description.field_end_turn_length_m
    if not length:
        length = field_end_turn_m(2 * description.pole_pairs, mean_radius_m([label.point for label in labels]))
        reading.notes.append(f"no end winding of the field coils is stated: {1e3 * length:.0f} mm is assumed")
    fill = description.field_copper_fill
    if not fill:
        fill = ASSUMED_COPPER_FILL
        reading.notes.append(f"no copper fill of the field winding is stated; {fill:g} is assumed")
    turns = sum(abs(label.conductors) for label in labels) / (2 * drawn_poles)
    return FieldCoil(turns, description.field_conductor, length, fill)
