"""Machine facts as JSON: the regions of one sector with their exact outlines, materials, winding map (schema halfshaft-machine-facts/0).

The outlines carry the names of pyleecan's surfaces: `Stator-0_Lamination`, `Stator-0_Winding_R0-T1-S2` (layer, place across the slot,
slot), `Rotor-0_HoleMag_R0-T1-S0` (hole set, magnet, pole). Whatever is no iron, copper or magnet is air; the shaft is left out. The file
states the direction of magnets for a north pole; every second pole is a south pole. Such files have no line structure: an error names
the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from math import atan2, cos, degrees, pi, radians
from typing import Any

from halfshaft.drive_unit.geometry import region_materials
from halfshaft.drive_unit.geometry.design import (
    PHASES,
    Label,
    MachineDesign,
)
from halfshaft.drive_unit.geometry.importing import NOTHING_STATED, Overrides, assembled
from halfshaft.drive_unit.geometry.magnet_faces import RADIAL_SLICES, sliced
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.noding import node
from halfshaft.drive_unit.geometry.planar import build
from halfshaft.drive_unit.geometry.region_reading import COPPER, Reading, Surface
from halfshaft.drive_unit.geometry.region_winding import (
    field_coil,
    skew_notes,
    stack_length_m,
    stacking_factor,
    winding,
)
from halfshaft.drive_unit.geometry.shapes import Edge, Point

SCHEMA = "halfshaft-machine-facts/0"
AREA_TOLERANCE = 1e-3

_NAME = re.compile(
    r"^(?P<part>[A-Za-z]+)(?:-(?P<number>\d+))?_(?P<kind>[A-Za-z]+)(?:_R(?P<r>\d+)-T(?P<t>\d+)-S(?P<s>\d+))?"
)
_IRON = ("lamination", "yoke", "teeth", "tooth", "core")
_MAGNET = ("holemag", "magnet", "mag")
_AIR = (
    "holevoid", "ventilation", "opening", "slotopening", "wedge", "slotwedge", "airgap", "notch", "keynotch", "slidingband", "void", "air",
    "slot", "holewedge", "frame",
)  # fmt: skip
_DROPPED = ("shaft", "airbox")


def design_from_facts(facts: Mapping[str, Any], file: str, stated: Overrides = NOTHING_STATED) -> MachineDesign:
    """A machine from the content of a machine-facts file. Raises InputError with the field and what would be right."""
    reading = Reading(facts, file, stated)
    if facts.get("schema") != SCHEMA:
        raise reading.refuse("schema", f"is {facts.get('schema')!r}", f"this reader understands {SCHEMA!r}")
    if facts.get("rotor_is_inner") is False:
        raise reading.refuse(
            "rotor_is_inner", "the rotor lies outside", "only machines with the rotor inside can be read"
        )
    if re.search(r"scim|induction|squirrel|asynchron", str(facts.get("kind", "")), re.IGNORECASE):
        raise reading.refuse("kind", f"{facts['kind']!r} has no synchronous rotor", "give an EESM, a PMSM or a SynRM")
    pole_pairs = stated.pole_pairs or int(reading.need("pole_pairs"))
    sector_rad = radians(float(reading.need("geometry_sector", "sector_deg")))
    poles = sector_rad * pole_pairs / pi
    if abs(poles - round(poles)) > 1e-6 or round(poles) < 1:
        raise reading.refuse(
            "geometry_sector.sector_deg",
            f"{degrees(sector_rad):g} deg is no whole number of pole pitches of {180.0 / pole_pairs:g} deg",
            "draw a whole number of poles",
        )
    surfaces = _surfaces(reading)
    steels, magnets, labels, edges = _labelled(reading, surfaces, pole_pairs)
    slots = stated.slots or int(reading.need("stator_slots"))
    skew_notes(reading)
    design = assembled(
        file,
        stated.name or str(facts.get("name") or "machine"),
        edges,
        labels,
        pole_pairs=pole_pairs,
        slots=slots,
        stack_length_m=stack_length_m(reading),
        stacking_factor=stacking_factor(reading),
        steels=steels,
        magnets=magnets,
        winding=winding(reading, surfaces, slots),
        field_coil=field_coil(reading, surfaces, labels, pole_pairs, round(poles)),
        source=str(facts.get("source") or file),
        notes=[*dict.fromkeys(reading.notes), *(f"the file says: {text}" for text in facts.get("cautions") or ())],
        sector_poles=round(poles),
    )
    return _with_area_notes(design, surfaces)


# ---------------------------------------------------------------- outlines


def _surfaces(reading: Reading) -> list[Surface]:
    found, unknown = [], []
    for number, row in enumerate(reading.need("geometry_sector", "regions")):
        name = str(row.get("label") or "")
        parts = _NAME.match(name)
        kind = parts["kind"].lower() if parts else ""
        if parts is None or kind not in (*_IRON, *_MAGNET, *COPPER, *_AIR, *_DROPPED):
            unknown.append(name or f"region {number}")
            continue
        if kind in _DROPPED or (parts["part"].lower() not in ("stator", "rotor") and kind not in _AIR):
            continue
        edges = tuple(_edge(reading, name, edge) for edge in row.get("edges") or ())
        if not edges:
            raise reading.refuse(f"geometry_sector.regions.{name}", "has no edges", "give its outline")
        place = row.get("interior_point_mm")
        point = (1e-3 * place[0], 1e-3 * place[1]) if place else _inner_point(reading, name, edges)
        indices = tuple(int(parts[key] or 0) for key in ("r", "t", "s"))
        rotor = parts["part"].lower() == "rotor"
        found.append(Surface(name, kind, rotor, (indices[0], indices[1], indices[2]), point, edges, row))
    if unknown:
        raise reading.refuse(
            "geometry_sector.regions",
            f"cannot tell what {', '.join(unknown)} are",
            f"a name reads Stator-0_KIND or Rotor-0_KIND with KIND any of {', '.join((*_IRON, *_MAGNET, *COPPER, *_AIR))}",
        )
    return found


def _edge(reading: Reading, name: str, row: Mapping[str, Any]) -> Edge:
    try:
        start, end = ((1e-3 * float(x), 1e-3 * float(y)) for x, y in (row["from_mm"], row["to_mm"]))
        centre = row.get("arc_center_mm")
        if centre is None:
            return Edge(start, end, feature=name)
        sweep = radians(float(row["arc_angle_deg"]))
        return Edge(start, end, (1e-3 * float(centre[0]), 1e-3 * float(centre[1])), sweep, name)
    except (KeyError, TypeError, ValueError) as fault:
        raise reading.refuse(
            f"geometry_sector.regions.{name}",
            f"an edge cannot be read: {dict(row)}",
            "an edge has from_mm and to_mm, an arc also arc_center_mm and arc_angle_deg",
        ) from fault


def _inner_point(reading: Reading, name: str, edges: tuple[Edge, ...]) -> Point:
    graph = build(node(edges).edges)
    if not graph.faces:
        raise reading.refuse(f"geometry_sector.regions.{name}", "its outline is open", "close it")
    return graph.inner_point(max(graph.faces, key=lambda face: face.area_m2))


# ---------------------------------------------------------------- what each surface is


def _labelled(
    reading: Reading, surfaces: list[Surface], pole_pairs: int
) -> tuple[dict[str, Steel], dict[str, Magnet], list[Label], list[Edge]]:
    steels: dict[str, Steel] = {}
    magnets: dict[str, Magnet] = {}
    labels: list[Label] = []
    edges = [edge for surface in surfaces for edge in surface.edges]
    turns = {part: _conductors(reading, part) for part in ("stator", "rotor")}
    for surface in surfaces:
        part = "rotor" if surface.rotor else "stator"
        if surface.kind in _IRON:
            material = str(reading.need(part, "material"))
            if material not in steels:
                steels[material] = _material(reading, material, "steel")
            labels.append(Label(surface.point, surface.name, "iron", material))
        elif surface.kind in _MAGNET:
            material = _magnet_material(reading, surface)
            if material not in magnets:
                magnets[material] = _material(reading, material, "magnet")
            pieces, cuts = _magnet_labels(reading, surface, surfaces, material, pole_pairs)
            labels += pieces
            edges += cuts
        elif surface.kind in COPPER:
            labels.append(_copper_label(reading, surface, turns[part]))
        else:
            labels.append(Label(surface.point, surface.name, "air"))
    return steels, magnets, labels, edges


def _material(reading: Reading, name: str, kind: str) -> Any:
    rows = reading.need("materials")
    row = rows.get(name)
    if row is None:
        raise reading.refuse(f"materials.{name}", "is used and not given", f"give it; the file has {', '.join(rows)}")
    source = f"{reading.facts.get('source') or reading.file}, material {name}"
    row = {**row, "name": name}
    try:
        found = (
            region_materials.steel(row, reading.notes)
            if kind == "steel"
            else region_materials.magnet(row, reading.notes)
        )
    except KeyError as fault:
        raise reading.refuse(f"materials.{name}.{fault.args[0]}", "is missing", f"a {kind} needs it") from fault
    except ValueError as fault:
        raise reading.refuse(f"materials.{name}", str(fault), "give H and B from the origin on, both rising") from fault
    if isinstance(found, Magnet) and reading.stated.remanence_t:
        found = replace(found, remanence_t=reading.stated.remanence_t)
    return replace(found, source=source)


def _magnet_rows(reading: Reading, surface: Surface) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the rotor's description says about this magnet, and about the hole it lies in."""
    rotor = reading.facts.get("rotor") or {}
    holes = rotor.get("holes") or []
    ring, place, _ = surface.indices
    hole = holes[ring] if surface.kind == "holemag" and ring < len(holes) else {}
    for owner in (
        hole.get("magnets"),
        rotor.get("magnets"),
        rotor.get("magnet"),
        (rotor.get("slot") or {}).get("magnet"),
    ):
        if isinstance(owner, list) and owner:
            return owner[min(place, len(owner) - 1)], hole
        if isinstance(owner, Mapping) and owner:
            row = owner.get(f"magnet_{place}", owner.get("magnet_0", owner))
            if isinstance(row, Mapping):
                return row, hole
    return {}, hole


def _magnet_material(reading: Reading, surface: Surface) -> str:
    rows = _magnet_rows(reading, surface)[0]
    named = (
        surface.row.get("material") or rows.get("material") or (reading.facts.get("rotor") or {}).get("magnet_material")
    )
    if named is None:
        remanent = [name for name, row in reading.need("materials").items() if row.get("remanence_T_20C")]
        if len(remanent) != 1:
            raise reading.refuse(
                f"geometry_sector.regions.{surface.name}.material", "is missing", "name the magnet's material"
            )
        named = remanent[0]
    return str(named)


def _magnet_labels(
    reading: Reading, surface: Surface, surfaces: list[Surface], material: str, pole_pairs: int
) -> tuple[list[Label], list[Edge]]:
    row, hole = _magnet_rows(reading, surface)
    kind = str(surface.row.get("magnetization") or row.get("magnetization") or "parallel").lower()
    ring, place, pole = surface.indices
    stated = surface.row.get("magnetization_angle_deg_north_pole")
    own = atan2(surface.point[1], surface.point[0])
    pitch = pi / pole_pairs
    if kind in ("radial", "0") and "hole" not in surface.kind:
        turned = pi if pole % 2 else 0.0
        reading.notes.append(
            f"radial magnetisation is drawn as up to {RADIAL_SLICES} pieces side by side, each magnetised in parallel"
        )
        pieces, cuts = sliced(surface.edges, surface.point)
        return [Label(p, surface.name, "magnet", material, atan2(p[1], p[0]) + turned) for p in pieces], cuts
    if kind not in ("parallel", "1", "none"):
        raise reading.refuse(
            f"geometry_sector.regions.{surface.name}.magnetization",
            f"is {kind!r}",
            "parallel and radial magnets can be read",
        )
    if stated is not None:
        angle = radians(float(stated))
        first = next(
            (s for s in surfaces if s.kind == surface.kind and s.indices == (ring, place, 0) and s is not surface), None
        )
        if first is not None and first.row.get("magnetization_angle_deg_north_pole") is not None:
            back = angle - pole * pitch - radians(float(first.row["magnetization_angle_deg_north_pole"]))
            if cos(back) < 0.0:  # the file alternates by itself
                pole = 0
    else:
        frame = (hole.get("magnetization_direction_rad_in_hole_frame") or {}).get(f"magnet_{place}")
        centre = (pole + 0.5) * pitch if frame is not None else own
        angle = centre + float(frame or 0.0)
        reading.notes.append(
            f"{surface.name}: no direction of magnetisation in the file; taken from its place on the pole"
        )
    return [Label(surface.point, surface.name, "magnet", material, angle + (pi if pole % 2 else 0.0))], []


def _conductors(reading: Reading, part: str) -> dict[tuple[int, int, int], tuple[int, float]]:
    """(layer, place across, slot) -> (phase, conductors)."""
    winding = (reading.facts.get(part) or {}).get("winding") or {}
    found: dict[tuple[int, int, int], tuple[int, float]] = {}
    for row in winding.get("conductor_map_per_slot") or ():
        for layer in row.get("layers") or ():
            key = (int(layer["rad"]), int(layer["tan"]), int(row["slot"]))
            phase, count = int(layer["phase"]), float(layer["conductors"])
            if key in found and found[key][0] != phase and count != 0.0 and found[key][1] != 0.0:
                raise reading.refuse(
                    f"{part}.winding.conductor_map_per_slot",
                    f"slot {key[2]}, layer {key[:2]} holds two phases",
                    "give each phase a layer of its own",
                )
            if key not in found or count != 0.0:
                found[key] = (phase, count + (found[key][1] if key in found else 0.0))
    return found


def _copper_label(reading: Reading, surface: Surface, turns: Mapping[tuple[int, int, int], tuple[int, float]]) -> Label:
    part = "rotor" if surface.rotor else "stator"
    if surface.indices not in turns:
        raise reading.refuse(
            f"{part}.winding.conductor_map_per_slot",
            f"says nothing of {surface.name}",
            "give phase and conductors of every layer of every slot that is drawn",
        )
    phase, count = turns[surface.indices]
    if surface.rotor:
        if int(reading.need("rotor", "winding").get("phases") or 1) != 1:
            raise reading.refuse(
                "rotor.winding.phases", "the rotor carries a polyphase winding", "give a field winding or magnets"
            )
        return Label(surface.point, surface.name, "field_winding", conductors=count)
    if int(reading.need("stator", "winding").get("phases") or PHASES) != PHASES:
        raise reading.refuse("stator.winding.phases", "is not 3", "only three-phase windings can be read")
    factor = reading.stated.conductor_factor or 1.0
    return Label(surface.point, surface.name, "stator_winding", phase=phase, conductors=count * factor)


# ---------------------------------------------------------------- areas


def _with_area_notes(design: MachineDesign, surfaces: list[Surface]) -> MachineDesign:
    """The design, with a note for every region whose area is not the one that the file states."""
    areas: dict[str, float] = {}
    for region in design.regions:
        areas[region.label.name] = areas.get(region.label.name, 0.0) + region.area_m2
    notes = list(design.notes)
    for surface in surfaces:
        stated = surface.row.get("area_mm2")
        got = areas.get(surface.name)
        if (
            stated
            and got is not None
            and surface.kind not in _IRON
            and abs(1e6 * got - stated) > AREA_TOLERANCE * stated
        ):
            notes.append(
                f"{surface.name}: the outline encloses {1e6 * got:.4g} mm2 where the file says {stated:.4g} mm2"
            )
    return replace(design, notes=tuple(notes))
