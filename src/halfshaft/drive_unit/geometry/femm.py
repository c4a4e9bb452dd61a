"""FEMM documents as machines.

Such a document says what lies where and nothing about machines: poles, slots, phases and what turns are read from the drawing, from
names of circuits and from the boundary conditions; parallel paths and end windings it cannot hold. Every conclusion becomes a note, every
one can be overruled, and where nothing can be concluded the reader refuses and says what to state.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import atan2, degrees, hypot, pi, radians
from pathlib import PurePath

from halfshaft.drive_unit.geometry import femm_coils, femm_materials
from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.drawn_faces import DrawnFaces, centre_of_face
from halfshaft.drive_unit.geometry.femm_document import FemmBlock, FemmDocument, FemmLabel, read_document
from halfshaft.drive_unit.geometry.femm_reading import Reading
from halfshaft.drive_unit.geometry.importing import NOTHING_STATED, Overrides, assembled
from halfshaft.drive_unit.geometry.magnet_faces import sliced, thickness_direction
from halfshaft.drive_unit.geometry.materials import Magnet
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError

PLACEHOLDER_DEPTH_M = 1.0  # what FEMM and other tools put there when nobody says how long a machine is
TURNING_DEG = 2.0  # a magnet whose direction turns by more across its face is cut into pieces


def design_from_fem(text: str, file: str, stated: Overrides = NOTHING_STATED) -> MachineDesign:
    """A machine from the text of a .fem file. Raises InputError with the line or the feature, and what would be right."""
    return design_from_document(read_document(text, file), file, stated)


def design_from_document(document: FemmDocument, file: str, stated: Overrides = NOTHING_STATED) -> MachineDesign:
    """A machine from a FEMM document. Raises InputError with what would be right."""
    edges = document.edges()
    if not edges:
        raise InputError.of(file, "nothing is drawn", "give points, segments and arcs", field="NumSegments")
    reading = Reading(document, DrawnFaces.of(edges), file, stated)
    if document.frequency_hz:
        reading.notes.append(f"the file's frequency of {document.frequency_hz:g} Hz was ignored: the field is static")
    if document.depth_m >= PLACEHOLDER_DEPTH_M and not stated.stack_length_m:
        reading.notes.append(f"the depth is {document.depth_m:g} m: if that is a placeholder, state `stack_length_m`")
    reading.find_faces()
    middle_m = _gap_middle_m(reading)
    outer = [coil for coil in reading.coils if hypot(*coil.label.point) > middle_m]
    inner = [coil for coil in reading.coils if hypot(*coil.label.point) < middle_m]
    field_labels = femm_coils.field_labels(reading, inner)
    phases = femm_coils.phases(reading, outer)
    silent = {face for face, label in reading.magnets.items() if label.direction is None}
    directions = {} if silent else {face: _direction(reading, label, face) for face, label in reading.magnets.items()}
    pole_pairs = femm_coils.pole_pairs(reading, directions, field_labels, phases, outer)
    if silent:
        directions = _thickness_directions(reading, pole_pairs)
    groups = reading.drawn.slots(set(reading.iron), [coil.label.point for coil in outer]) if outer else []
    slots = stated.slots or len(groups) * reading.drawn.sectors
    pitch = femm_coils.coil_pitch(reading, max(slots, 1), pole_pairs)
    magnet_labels, cuts = _magnet_labels(reading, directions)
    return assembled(
        file,
        stated.name or PurePath(file).stem,
        [*edges, *cuts],
        [
            *(Label(n.point, reading.block(n).name, "iron", reading.block(n).name) for n in reading.iron.values()),
            *(Label(n.point, reading.block(n).name, "air") for n in reading.air.values()),
            *magnet_labels,
            *field_labels,
            *femm_coils.stator_labels(reading, outer, phases, groups, (slots, pole_pairs, pitch)),
        ],
        pole_pairs=pole_pairs,
        slots=slots,
        stack_length_m=stated.stack_length_m or document.depth_m,
        stacking_factor=_stacking_factor(reading),
        steels={
            block.name: femm_materials.steel_of(block, file, reading.notes) for block in _blocks(reading, reading.iron)
        },
        magnets={block.name: _magnet(reading, block) for block in _blocks(reading, reading.magnets)},
        winding=femm_coils.winding(reading, outer, max(slots, 1), pitch),
        field_coil=femm_coils.field_coil(reading, inner, field_labels, pole_pairs),
        source=file,
        notes=list(dict.fromkeys(reading.notes)),
        sector_poles=None if reading.drawn.whole else 2 * pole_pairs // reading.drawn.sectors,
    )


def _gap_middle_m(reading: Reading) -> float:
    if not reading.iron:
        raise reading.refuse(
            "labels",
            "none names iron",
            "draw a machine: iron has a magnetisation curve or a permeability above that of air",
        )
    copper = [coil.face for coil in reading.coils]
    gap = reading.drawn.gap_m([*reading.iron, *reading.magnets, *copper], copper, reading.magnets)
    if gap is None:
        raise reading.refuse(
            "air gap", "no empty ring separates a rotor from the stator's winding", "draw the rotor inside the stator"
        )
    middle = 0.5 * (gap[0] + gap[1])
    outside = [label for label in reading.magnets.values() if hypot(*label.point) > middle]
    if outside:
        raise reading.refuse(
            reading.block(outside[0]).name,
            "the magnets lie outside the gap",
            "only machines with the rotor inside can be read",
            outside[0].line,
        )
    return middle


def _blocks(reading: Reading, labels: Mapping[int, FemmLabel]) -> list[FemmBlock]:
    return list({reading.block(label).name: reading.block(label) for label in labels.values()}.values())


def _magnet(reading: Reading, block: FemmBlock) -> Magnet:
    magnet = femm_materials.magnet_of(block, reading.file, reading.notes)
    return replace(magnet, remanence_t=reading.stated.remanence_t) if reading.stated.remanence_t else magnet


def _stacking_factor(reading: Reading) -> float:
    if reading.stated.stacking_factor:
        return reading.stated.stacking_factor
    fills = {
        block.lam_fill for block in _blocks(reading, reading.iron) if block.lam_type == 0 and 0.0 < block.lam_fill <= 1
    }
    if len(fills) > 1:
        reading.notes.append(
            f"lamination fills differ ({', '.join(f'{f:g}' for f in sorted(fills))}); the smallest taken"
        )
    return min(fills, default=1.0)


# ---------------------------------------------------------------- directions of magnetisation


def _direction(reading: Reading, label: FemmLabel, face: int, at: Point | None = None) -> float:
    """Direction in radians of a magnet's label, its expression evaluated at the face's centre or at a point."""
    text = label.direction or "0"
    point = at or centre_of_face(reading.drawn, face)
    block = reading.block(label)
    try:
        angle = evaluate_direction(text, point)
    except ValueError as fault:
        raise reading.refuse(
            block.name,
            f"cannot tell the direction {text!r}: {fault}",
            "give degrees, or theta with + - * /",
            label.line,
        ) from fault
    return radians(angle) + (pi if block.h_c < 0.0 else 0.0)


def evaluate_direction(text: str, point: Point) -> float:
    """Degrees of a direction: a number, or sums and products of numbers with theta (degrees), x, y and r at a point.

    Raises ValueError for anything else.
    """
    names = {
        "theta": degrees(atan2(point[1], point[0])),
        "x": point[0],
        "y": point[1],
        "r": hypot(*point),
        "R": hypot(*point),
        "pi": pi,
    }
    operations: dict[type, Callable[[float, float], float]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
        ast.Pow: lambda a, b: float(a**b),
        ast.Mod: lambda a, b: a % b,
    }

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id in names:
            return names[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            return -value(node.operand) if isinstance(node.op, ast.USub) else value(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in operations:
            return operations[type(node.op)](value(node.left), value(node.right))
        raise ValueError(f"{ast.unparse(node)!r} is not understood")

    try:
        return value(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, OverflowError) as fault:
        raise ValueError(str(fault)) from fault


def _thickness_directions(reading: Reading, pole_pairs: int) -> dict[int, float]:
    """Directions where the file has none: through each magnet's thickness, north outwards on every second pole."""
    reading.notes.append(
        "no directions of magnetisation in the file: through each magnet's thickness, north and south in turn"
    )
    pitch = pi / pole_pairs
    found = {}
    for face in reading.magnets:
        x, y = centre_of_face(reading.drawn, face)
        pole = int(((atan2(y, x) - reading.drawn.start_rad) % (2.0 * pi)) / pitch)
        found[face] = thickness_direction(reading.drawn.outline(face), (x, y)) + (pi if pole % 2 else 0.0)
    return found


def _magnet_labels(reading: Reading, directions: Mapping[int, float]) -> tuple[list[Label], list[Edge]]:
    """Labels of the magnets, and cuts through those whose direction turns within them."""
    labels: list[Label] = []
    cuts: list[Edge] = []
    for face, label in reading.magnets.items():
        name = reading.block(label).name
        outline = reading.drawn.outline(face)
        if label.direction is not None:
            seen = [degrees(_direction(reading, label, face, edge.point_at(0.5))) for edge in outline]
            turning = max(seen) - min(seen)
            if min(turning, abs(360.0 - turning)) > TURNING_DEG:
                points, extra = sliced(outline, centre_of_face(reading.drawn, face))
                reading.notes.append(
                    f"{name}: its direction turns ({label.direction}); drawn as pieces, each magnetised in parallel"
                )
                cuts += extra
                labels += [Label(p, name, "magnet", name, _direction(reading, label, face, p)) for p in points]
                continue
        labels.append(Label(label.point, name, "magnet", name, directions[face]))
    return labels, cuts
