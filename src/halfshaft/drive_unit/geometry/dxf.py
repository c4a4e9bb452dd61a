"""DXF drawings as machines: lines and arcs from the drawing, meanings from texts in its faces or from the description beside it.

A face is named by the text in it, else by a label of the description, else by the layer whose closed outline lies most closely around
it; whatever nothing names is air. A layer fills what lies between its own outlines, not what they leave free: a ring drawn by two circles
is a ring. One function takes the drawing and its description; every refusal names the layer, the text or the entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import atan2, pi, radians
from pathlib import PurePath
from typing import Any

from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.drawn_faces import DrawnFaces, centre_of_face
from halfshaft.drive_unit.geometry.dxf_coils import field_coil, field_labels, stator_labels, winding
from halfshaft.drive_unit.geometry.dxf_description import Description, read_description
from halfshaft.drive_unit.geometry.dxf_entities import Drawing, read_drawing
from halfshaft.drive_unit.geometry.dxf_meaning import GRAMMAR, Meaning, is_meaning, parse_meaning
from halfshaft.drive_unit.geometry.dxf_reading import NamedFace, Reading
from halfshaft.drive_unit.geometry.fault import GeometryError, where
from halfshaft.drive_unit.geometry.importing import NOTHING_STATED, Overrides, assembled
from halfshaft.drive_unit.geometry.magnet_faces import sliced, thickness_direction
from halfshaft.drive_unit.geometry.noding import node
from halfshaft.drive_unit.geometry.planar import PlanarGraph, build, loop_area, prune
from halfshaft.drive_unit.geometry.sector import Sector, find_sector, radial_extent, rotated
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError, Problem


def design_from_dxf(text: str, file: str, rows: Mapping[str, Any], stated: Overrides = NOTHING_STATED) -> MachineDesign:
    """A machine from the text of an ASCII DXF file and its description (see `dxf_description`).

    Raises InputError with all that is missing or unknown, or the place where the drawing is no machine.
    """
    if stated.pole_pairs:
        rows = {**rows, "pole_pairs": stated.pole_pairs}
    if stated.stack_length_m:
        rows = {**rows, "stack_length_mm": 1e3 * stated.stack_length_m}
    description = read_description(rows, file)
    drawing = read_drawing(text, file, description.unit)
    edges = _outlines(drawing, description, file)
    sector = _sector(edges, description, file)
    if description.layers is not None:
        _check_crossings(edges, file)
    drawn = DrawnFaces.of([*edges, *_sides(edges, sector)])
    reading = Reading(file, description, stated, drawn, list(description.notes))
    faces = _named_faces(reading, drawing, edges, sector)
    magnets, cuts = _magnet_labels(reading, faces)
    iron = {face.face for face in faces if face.meaning.kind == "iron"}
    stator, slots, pitch = stator_labels(reading, faces, iron)
    rotor = field_labels(reading, faces, iron)
    plain = [
        Label(face.point, face.name, face.meaning.kind, face.meaning.material)
        for face in faces
        if face.meaning.kind in ("iron", "air")
    ]
    _check_materials(reading, faces)
    if drawing.left_out:
        reading.notes.append(f"left out of the drawing: {', '.join(drawing.left_out)}")
    used = {face.meaning.material for face in faces}
    return assembled(
        file,
        stated.name or description.name or PurePath(file).stem,
        [*edges, *cuts],
        [*plain, *magnets, *stator, *rotor],
        pole_pairs=description.pole_pairs,
        slots=slots,
        stack_length_m=description.stack_length_m,
        stacking_factor=stated.stacking_factor or description.stacking_factor,
        steels={name: steel for name, steel in description.steels.items() if name in used},
        magnets={
            name: replace(magnet, remanence_t=stated.remanence_t or magnet.remanence_t)
            for name, magnet in description.magnets.items()
            if name in used
        },
        winding=winding(reading, faces, slots, pitch),
        field_coil=field_coil(reading, rotor, sector.poles),
        source=description.source or file,
        notes=list(dict.fromkeys(reading.notes)),
        sector_poles=sector.poles,
        allow_crossings=description.layers is None,
    )


def _outlines(drawing: Drawing, description: Description, file: str) -> list[Edge]:
    """The edges of all layers that are read. A layer of which the description says nothing is refused by name."""
    edges = [edge for edge in drawing.edges if edge.feature.lower() not in description.ignored]
    if not edges:
        raise InputError.of(file, "no line or arc is drawn", "draw closed outlines in model space")
    known = description.layers
    if known is not None:
        drawn = sorted({edge.feature for edge in edges})
        problems = [
            Problem(file, None, "layers", f"nothing is said of layer {name!r}", f"say {GRAMMAR}, outline or ignore")
            for name in drawn
            if name.lower() not in known
        ]
        absent = set(known) - {name.lower() for name in drawn}
        problems += [
            Problem(file, None, f"layers.{name}", "the drawing has no line on it", f"its layers are {', '.join(drawn)}")
            for name in sorted(absent)
        ]
        if problems:
            raise InputError(problems)
    return [replace(edge, feature=f"layer {edge.feature}") for edge in edges]


def _check_crossings(edges: Sequence[Edge], file: str) -> None:
    """Where layers have meanings, an outline that cuts another's is a mistake: which of the two ends there, nobody says."""
    crossings = node(edges).crossings
    if crossings:
        first, second = crossings[0].features
        place = where(crossings[0].point)
        raise InputError.of(
            file, f"crosses {second} at {place}", "end one outline at the other, or call one layer ignore", field=first
        )


def _sector(edges: Sequence[Edge], description: Description, file: str) -> Sector:
    try:
        return find_sector(edges, description.pole_pairs, None)
    except GeometryError as fault:
        raise InputError.of(
            file, fault.message, "draw whole poles, or correct `pole_pairs` or `unit`", field=fault.feature
        ) from fault


def _sides(edges: Sequence[Edge], sector: Sector) -> list[Edge]:
    """The side lines between the innermost and outermost radius of some edges, where the drawing has them."""
    extents = [radial_extent(edge) for edge in edges]
    lines = sector.sides(min(low for low, _ in extents), max(high for _, high in extents))
    return [Edge(rotated(line.start, sector.start_rad), rotated(line.end, sector.start_rad)) for line in lines]


# ---------------------------------------------------------------- which face is what


def _named_faces(reading: Reading, drawing: Drawing, edges: Sequence[Edge], sector: Sector) -> list[NamedFace]:
    spoken: list[tuple[Point, Meaning, str]] = []
    problems: list[Problem] = []
    for text in drawing.texts:
        if text.layer.lower() in reading.description.ignored or not is_meaning(text.text):
            continue
        try:
            spoken.append((text.point, parse_meaning(text.text), f"text {text.text!r}"))
        except ValueError as fault:
            problems.append(Problem(reading.file, None, f"text on layer {text.layer}", str(fault), f"write {GRAMMAR}"))
    spoken += [(point, meaning, f"label {k}") for k, (point, meaning) in enumerate(reading.description.labels)]
    found: list[NamedFace] = []
    for (point, meaning, name), face in zip(
        spoken, reading.drawn.face_of(point for point, _, _ in spoken), strict=True
    ):
        if face >= 0:
            found.append(NamedFace(point, face, meaning, name))
        elif meaning.kind != "air":
            remedy = "close the outline around it, or move it into its face"
            place = f"({1e3 * point[0]:.3f}, {1e3 * point[1]:.3f}) mm"
            problems.append(Problem(reading.file, None, name, f"at {place} lies in no closed outline", remedy))
    if problems:
        raise InputError(problems)
    painted = _painted(reading, edges, sector, {named.face for named in found})
    found += painted
    if not found:
        raise reading.refuse(
            "layers",
            "nothing says what the faces are",
            f"put texts into the faces, or state `layers` or `labels`: {GRAMMAR}",
        )
    return found


def _painted(reading: Reading, edges: Sequence[Edge], sector: Sector, taken: set[int]) -> list[NamedFace]:
    """Faces named by the layer whose filled outline is the smallest around them."""
    rest = [face for face in range(len(reading.drawn.graph.faces)) if face not in taken]
    inner = [reading.drawn.graph.inner_point(reading.drawn.graph.faces[face]) for face in rest]
    smallest: dict[int, tuple[float, NamedFace]] = {}
    for layer, meaning in (reading.description.layers or {}).items():
        if meaning is None:
            continue
        own = [edge for edge in edges if edge.feature.lower() == f"layer {layer}"]
        kept, loose = prune(node([*own, *_sides(own, sector)]).edges)
        graph = build(kept) if kept else None
        filled = _filled(graph) if graph else set()
        if graph is None or not filled:
            end = loose[0] if loose else own[0].start
            raise reading.refuse(
                f"layer {layer}",
                f"encloses nothing: an outline is open at ({1e3 * end[0]:.3f}, {1e3 * end[1]:.3f}) mm",
                "close its outlines, or call the layer an outline",
            )
        for face, point, around in zip(rest, inner, graph.face_of(inner).tolist(), strict=True):
            if around in filled:
                area = graph.faces[around].area_m2
                if face not in smallest or area < smallest[face][0]:
                    smallest[face] = (area, NamedFace(point, face, meaning, f"layer {layer}"))
    return [named for _, named in smallest.values()]


def _filled(graph: PlanarGraph) -> set[int]:
    """Faces of a layer that its outlines fill: those within an even number of other outlines."""
    areas = [loop_area(graph.outline(face.outline)) for face in graph.faces]
    filled = set()
    for number, face in enumerate(graph.faces):
        point = graph.inner_point(face)
        depth = 0
        for other, outline in enumerate(graph.faces):
            if other != number and areas[other] > areas[number] and outline.holes:
                ring = build(graph.outline(outline.outline))
                depth += int(ring.face_of([point])[0] >= 0)
        if depth % 2 == 0:
            filled.add(number)
    return filled


def _check_materials(reading: Reading, faces: Sequence[NamedFace]) -> None:
    known: dict[str, Mapping[str, Any]] = {
        "iron": reading.description.steels,
        "magnet": reading.description.magnets,
    }
    problems = {}
    for named in faces:
        library = known.get(named.meaning.kind)
        if library is not None and named.meaning.material not in library:
            kind = "steel" if named.meaning.kind == "iron" else "magnet"
            problems[named.meaning.material] = Problem(
                reading.file,
                None,
                f"materials.{named.meaning.material}",
                f"is not given; {named.name} is of it",
                f"give it as a {kind}",
            )
    if problems:
        raise InputError(problems.values())


def _magnet_labels(reading: Reading, faces: Sequence[NamedFace]) -> tuple[list[Label], list[Edge]]:
    labels: list[Label] = []
    cuts: list[Edge] = []
    pitch = pi / reading.description.pole_pairs
    for named in faces:
        meaning = named.meaning
        if meaning.kind != "magnet":
            continue
        outline = reading.drawn.outline(named.face)
        x, y = centre_of_face(reading.drawn, named.face)
        pole = int(((atan2(y, x) - reading.drawn.start_rad) % (2.0 * pi)) / pitch)
        if meaning.direction == "auto":
            direction = thickness_direction(outline, (x, y)) + (pi if pole % 2 else 0.0)
            labels.append(Label(named.point, named.name, "magnet", meaning.material, direction))
            reading.notes.append("magnets without dir= are magnetised through their thickness, north and south in turn")
        elif meaning.direction.endswith("radial"):
            inward = pi if meaning.direction.startswith("-") else 0.0
            points, extra = sliced(outline, (x, y))
            cuts += extra
            labels += [
                Label(point, named.name, "magnet", meaning.material, atan2(point[1], point[0]) + inward)
                for point in points
            ]
        else:
            labels.append(Label(named.point, named.name, "magnet", meaning.material, radians(float(meaning.direction))))
    return labels, cuts
