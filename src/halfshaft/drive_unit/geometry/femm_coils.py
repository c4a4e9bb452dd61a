"""The windings of a FEMM document: phases, turns, poles, and what such a document cannot hold."""

from __future__ import annotations

import re
from cmath import exp
from collections.abc import Sequence
from math import atan2

from halfshaft.drive_unit.geometry.design import FieldCoil, Label, Winding
from halfshaft.drive_unit.geometry.drawn_faces import centre_of_face
from halfshaft.drive_unit.geometry.femm_materials import conductor_of, wire_of
from halfshaft.drive_unit.geometry.femm_reading import Coil, Reading
from halfshaft.drive_unit.geometry.femm_windings import (
    PhaseSide,
    base_and_sign,
    dominant_pole_pairs,
    phases_of,
    three_phase_weights,
)
from halfshaft.drive_unit.geometry.importing import (
    ASSUMED_COPPER_FILL,
    end_turn_m,
    field_end_turn_m,
    mean_radius_m,
    standard_winding,
)

MOST_FIELD_CIRCUITS = 2
WEAKEST_WINDING = 1e-3  # a winding factor below this does not belong to the rotor's number of poles


_PATHS_IN_COMMENT = re.compile(r"\b([1-9]\d?) parallel path")  # as femm_writer writes it


def field_labels(reading: Reading, coils: Sequence[Coil]) -> list[Label]:
    """Labels of the field winding: copper in circuits on the rotor."""
    coils = [coil for coil in coils if coil.circuit]
    circuits = sorted({base_and_sign(coil.circuit)[0] for coil in coils})
    if len(circuits) > MOST_FIELD_CIRCUITS and not reading.stated.circuits:
        raise reading.refuse(
            "CircuitProps",
            f"{len(circuits)} circuits lie on the rotor ({', '.join(circuits)})",
            "a field winding is one circuit; state `circuits` if these are in series",
        )
    return [
        Label(
            coil.label.point,
            f"field winding {coil.circuit}",
            "field_winding",
            conductors=coil.label.turns * reading.sign(coil.circuit),
        )
        for coil in coils
    ]


def phases(reading: Reading, coils: Sequence[Coil]) -> dict[str, PhaseSide]:
    """Phase and sign of each circuit of the stator; empty where the copper is in no circuit at all."""
    names = sorted({coil.circuit for coil in coils if coil.circuit})
    if not names:
        return {}
    if reading.stated.circuits:
        missing = [name for name in names if name not in reading.stated.circuits]
        if missing:
            raise reading.refuse("circuits", f"nothing is stated of {', '.join(missing)}", "state every circuit")
        split = {name: base_and_sign(reading.stated.circuits[name]) for name in names}
        return {name: PhaseSide("abc".index(base), sign) for name, (base, sign) in split.items() if base in "abc"}
    turns = {name: [coil.label.turns for coil in coils if coil.circuit == name] for name in names}
    amps = {circuit.name: circuit.amps for circuit in reading.document.circuits}
    found = phases_of(names, turns, amps)
    if not found:
        raise reading.refuse(
            "CircuitProps",
            f"the stator's circuits {', '.join(names)} do not fall into three phases",
            'name them A, B, C (with + or - where they are split), or state `circuits`, for example {"coil1": "A", "coil2": "-B"}',
        )
    parallel = [circuit.name for circuit in reading.document.circuits if circuit.name in found and not circuit.series]
    if parallel:
        reading.notes.append(
            f"circuits {', '.join(parallel)} are parallel in the file; their turns were taken in series"
        )
    return found


def pole_pairs(
    reading: Reading,
    directions: dict[int, float],
    field: Sequence[Label],
    phase_of: dict[str, PhaseSide],
    coils: Sequence[Coil],
) -> int:
    """Pole pairs as stated, else of the magnets, the field winding or the stator winding, in this order."""
    drawn, document = reading.drawn, reading.document
    sectors, sign = drawn.sectors, document.boundary_sign()
    if abs(sectors * drawn.extent_rad - 6.283185307179586) > 1e-3:
        raise reading.refuse(
            "drawing", f"spans {drawn.extent_rad * 57.29577951:.4f} deg", "draw a sector that divides the circle"
        )
    wound = [coil for coil in coils if coil.circuit in phase_of]
    stator = three_phase_weights(
        [phase_of[coil.circuit].phase for coil in wound],
        [coil.label.turns * phase_of[coil.circuit].sign for coil in wound],
    )
    places = [_angle(reading, coil.face) for coil in wound]
    found, source = reading.stated.pole_pairs, "as stated"
    if found is None and directions:
        angles = [_angle(reading, face) for face in directions]
        areas = [drawn.graph.faces[face].area_m2 for face in directions]
        turned = [
            area * exp(1j * (direction - angle))
            for area, direction, angle in zip(areas, directions.values(), angles, strict=True)
        ]
        weights = [[value.real + 0j for value in turned], [value.imag + 0j for value in turned]]
        found, source = dominant_pole_pairs(angles, weights, sectors, sign), "from the order of the magnets"
    if found is None and field:
        angles = [atan2(label.point[1], label.point[0]) for label in field]
        strengths = [[complex(label.conductors) for label in field]]
        found, source = dominant_pole_pairs(angles, strengths, sectors, sign), "from the order of the field winding"
    if found is None and wound:
        found, source = dominant_pole_pairs(places, stator, sectors, sign), "from the stator winding's largest harmonic"
    if found is None and sectors > 1 and (sign == 1 or sectors % 2 == 0):
        found = sectors if sign == 1 else sectors // 2
        source = "taking what is drawn for the smallest sector that repeats (assumption)"
    if found is None:
        raise reading.refuse("pole_pairs", "cannot be read from the drawing", "state `pole_pairs`")
    if 2 * found % sectors:
        raise reading.refuse("pole_pairs", f"{found} pole pairs do not fit {sectors} sectors", "state `pole_pairs`")
    odd = (2 * found // sectors) % 2 == 1
    if sign is not None and odd != (sign == -1):
        raise reading.refuse(
            "BdryProps",
            f"the sides are {'anti' if sign == -1 else ''}periodic where {2 * found // sectors} pole(s) are drawn",
            "an odd number of poles is antiperiodic, an even number periodic; state `pole_pairs` if they were misread",
        )
    if wound and not _couples(places, stator, found):
        message = f"the stator winding has no harmonic of {found} pole pairs ({source}): it cannot drive this rotor"
        if not reading.stated.pole_pairs:
            raise reading.refuse(
                "CircuitProps", message, "correct turns and circuits, or state `circuits` or `pole_pairs`"
            )
        reading.notes.append(message)
    reading.notes.append(f"{found} pole pairs, {source}")
    return found


def _couples(angles: Sequence[float], weights: Sequence[Sequence[complex]], pairs: int) -> bool:
    turned = [exp(-1j * pairs * angle) for angle in angles]
    strongest = max(abs(sum(w * t for w, t in zip(row, turned, strict=True))) for row in weights)
    return strongest > WEAKEST_WINDING * sum(abs(w) for w in weights[0])


def _angle(reading: Reading, face: int) -> float:
    x, y = centre_of_face(reading.drawn, face)
    return atan2(y, x)


def coil_pitch(reading: Reading, slots: int, pairs: int) -> int:
    """The coil pitch as stated, else a full pitch."""
    if reading.stated.coil_pitch_slots:
        return reading.stated.coil_pitch_slots
    pitch = max(1, slots // (2 * pairs))
    reading.notes.append(
        f"the coil pitch is not in the file; {pitch} slots taken, for the end winding only (assumption)"
    )
    return pitch


def stator_labels(
    reading: Reading,
    coils: Sequence[Coil],
    phase_of: dict[str, PhaseSide],
    groups: Sequence[Sequence[int]],
    numbers: tuple[int, int, int],
) -> list[Label]:
    """Labels of the stator winding; without circuits a balanced winding is laid into the copper. ``numbers``: slots, pole pairs, pitch."""
    factor = reading.stated.conductor_factor or 1.0
    if phase_of:
        wound = [coil for coil in coils if coil.circuit in phase_of]
        if all(abs(coil.label.turns) == 1.0 for coil in wound) and factor == 1.0:
            reading.notes.append("every coil side has one turn: if these are placeholders, state `conductor_factor`")
        return [
            Label(
                coil.label.point,
                f"winding {coil.circuit}",
                "stator_winding",
                phase=phase_of[coil.circuit].phase,
                conductors=coil.label.turns * phase_of[coil.circuit].sign * factor,
            )
            for coil in wound
        ]
    if not coils:
        return []
    slots, pairs, pitch = numbers
    try:
        layout = standard_winding(slots, pairs, pitch, groups)
    except ValueError as fault:
        raise reading.refuse(
            "CircuitProps",
            f"the copper is in no circuit, and no standard winding fits: {fault}",
            "put the coils into circuits",
        ) from fault
    reading.notes.append(
        f"the copper is in no circuit: a balanced winding of {slots} slots, {2 * pairs} poles, coil pitch {pitch} with {factor:g} "
        "conductor(s) a side is assumed; state `conductor_factor` and `coil_pitch_slots`"
    )
    return [
        Label(
            coils[number].label.point,
            f"winding {'ABC'[side.phase]}{'+' if side.sign > 0 else '-'}",
            "stator_winding",
            phase=side.phase,
            conductors=side.sign * factor,
        )
        for number, side in layout.items()
    ]


def winding(reading: Reading, coils: Sequence[Coil], slots: int, pitch: int) -> Winding | None:
    """The stator winding beyond its place."""
    if not coils:
        reading.notes.append("the stator has no winding")
        return None
    stated, block = reading.stated, reading.block(coils[0].label)
    wire = wire_of(block) if stated.copper_fill is None else None
    fill = stated.copper_fill
    if wire is None and fill is None:
        fill = ASSUMED_COPPER_FILL
        reading.notes.append(f"no wire in the file: a copper fill of {fill:g} of the winding's faces is assumed")
    commented = _PATHS_IN_COMMENT.search(reading.document.comment)
    paths = stated.parallel_paths or (int(commented[1]) if commented else 0)
    if not paths:
        reading.notes.append("the number of parallel paths is not in the file; one taken (assumption)")
    elif not stated.parallel_paths:
        reading.notes.append(f"{paths} parallel path(s) taken from the file's comment")
    length = stated.end_turn_length_m or end_turn_m(pitch, slots, mean_radius_m([coil.label.point for coil in coils]))
    if not stated.end_turn_length_m:
        reading.notes.append(f"no end winding in the file: an end turn of {1e3 * length:.0f} mm is assumed")
    return Winding(
        paths or 1,
        conductor_of(block, reading.file, reading.notes),
        pitch,
        length,
        wire,
        fill,
    )


def field_coil(reading: Reading, coils: Sequence[Coil], labels: Sequence[Label], pairs: int) -> FieldCoil | None:
    """The field winding beyond its place."""
    if not labels:
        return None
    poles = 2 * pairs // reading.drawn.sectors
    length = field_end_turn_m(2 * pairs, mean_radius_m([label.point for label in labels]))
    reading.notes.append(
        f"field winding: an end turn of {1e3 * length:.0f} mm and a copper fill of {ASSUMED_COPPER_FILL:g} are assumed"
    )
    return FieldCoil(
        sum(abs(label.conductors) for label in labels) / (2 * poles),
        conductor_of(reading.block(coils[0].label), reading.file, reading.notes),
        length,
        ASSUMED_COPPER_FILL,
    )
