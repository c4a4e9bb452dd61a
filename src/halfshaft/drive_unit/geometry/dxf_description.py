"""The description beside a DXF drawing: everything that lines and arcs cannot say.

    pole_pairs, stack_length_mm      needed
    slots, stacking_factor, unit, name, source
    layers: {layer name: meaning, "outline" or "ignore"}
    labels: [{at_mm: [x, y] or at_polar: [mm, deg], is: meaning}]
    materials: {name: {kind: steel, h_a_per_m_b_t: [[H, B], ...]} or {kind: magnet, remanence_t: ...} or {kind: conductor}}
    winding: {turns_per_coil_side, coil_pitch_slots, parallel_paths, end_turn_length_mm, copper_fill, conductor, and either
              wire_diameter_mm with strands, or bar_width_mm, bar_height_mm and bars_in_slot}
    field: {turns_per_pole, end_turn_length_mm, copper_fill, conductor}

Meanings are those of `dxf_meaning`. Lengths are millimetres, as the keys say; inside they are metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

from halfshaft.drive_unit.geometry.design import RectangularWire, RoundWire, Wire
from halfshaft.drive_unit.geometry.dxf_meaning import GRAMMAR, Meaning, parse_meaning
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.region_materials import magnetisation_curve
from halfshaft.drive_unit.geometry.shapes import Point
from halfshaft.quantities.errors import InputError, Problem


@dataclass(frozen=True)
class Description:
    """Everything beside the drawing, in SI. ``layers`` maps layer names to a meaning, None for outlines without one.

    ``ignored`` layers are not read at all. ``winding`` holds turns and coil pitch for coil faces without a phase.
    """

    name: str | None
    pole_pairs: int
    slots: int | None
    stack_length_m: float
    stacking_factor: float
    unit: str | None
    layers: dict[str, Meaning | None] | None
    ignored: frozenset[str]
    labels: tuple[tuple[Point, Meaning], ...]
    steels: dict[str, Steel]
    magnets: dict[str, Magnet]
    conductor: Conductor
    turns: float | None
    coil_pitch_slots: int | None
    parallel_paths: int
    end_turn_length_m: float | None
    copper_fill: float | None
    field_turns_per_pole: float | None
    field_end_turn_length_m: float | None
    field_copper_fill: float | None
    field_conductor: Conductor
    wire: Wire | None
    source: str | None
    notes: list[str] = field(default_factory=list)


_KEYS = (
    "name",
    "pole_pairs",
    "slots",
    "stack_length_mm",
    "stacking_factor",
    "unit",
    "layers",
    "labels",
    "materials",
    "winding",
    "field",
    "source",
    "schema",
)
SCHEMA = "halfshaft-dxf-description/0"
_WINDING_KEYS = (
    "turns_per_coil_side",
    "coil_pitch_slots",
    "parallel_paths",
    "end_turn_length_mm",
    "copper_fill",
    "conductor",
    "wire_diameter_mm",
    "strands",
    "bar_width_mm",
    "bar_height_mm",
    "bars_in_slot",
)
_FIELD_KEYS = ("turns_per_pole", "copper_fill", "end_turn_length_mm", "conductor")


def read_description(rows: Mapping[str, Any], file: str) -> Description:
    """The description, checked. Raises InputError with all problems found."""
    reader = _Reader(file)
    for key in rows:
        if key not in _KEYS:
            reader.fault(key, "no such entry", f"the entries are {', '.join(_KEYS)}")
    steels, magnets, conductors = reader.materials(rows.get("materials") or {})
    winding, coil = reader.part(rows, "winding", _WINDING_KEYS), reader.part(rows, "field", _FIELD_KEYS)
    metal = reader.conductor(winding, "winding", conductors)
    field_metal = reader.conductor(coil, "field", conductors)
    wire = reader.wire(winding)
    layers, ignored = reader.layers(rows.get("layers"))
    pole_pairs = reader.number(rows, "pole_pairs", whole=True)
    slots = reader.number(rows, "slots", whole=True, needed=False)
    length = reader.number(rows, "stack_length_mm")
    factor = reader.number(rows, "stacking_factor", needed=False)
    turns = reader.number(winding, "turns_per_coil_side", "winding.", needed=False)
    pitch = reader.number(winding, "coil_pitch_slots", "winding.", whole=True, needed=False)
    paths = reader.number(winding, "parallel_paths", "winding.", whole=True, needed=False)
    end_turn = reader.number(winding, "end_turn_length_mm", "winding.", needed=False)
    fill = reader.number(winding, "copper_fill", "winding.", needed=False)
    field_turns = reader.number(coil, "turns_per_pole", "field.", needed=False)
    field_end_turn = reader.number(coil, "end_turn_length_mm", "field.", needed=False)
    field_fill = reader.number(coil, "copper_fill", "field.", needed=False)
    labels = reader.labels(rows.get("labels") or ())
    if reader.problems:
        raise InputError(reader.problems)
    notes = reader.notes
    if factor is None:
        notes.append("no stacking factor is stated; 1 taken (assumption)")
    return Description(
        name=rows.get("name"),
        pole_pairs=int(pole_pairs or 0),
        slots=None if slots is None else int(slots),
        stack_length_m=1e-3 * (length or 0.0),
        stacking_factor=1.0 if factor is None else factor,
        unit=rows.get("unit"),
        layers=layers,
        ignored=ignored,
        labels=labels,
        steels=steels,
        magnets=magnets,
        conductor=metal,
        turns=turns,
        coil_pitch_slots=None if pitch is None else int(pitch),
        parallel_paths=int(paths or 1),
        end_turn_length_m=None if end_turn is None else 1e-3 * end_turn,
        copper_fill=fill,
        field_turns_per_pole=field_turns,
        field_end_turn_length_m=None if field_end_turn is None else 1e-3 * field_end_turn,
        field_copper_fill=field_fill,
        field_conductor=field_metal,
        wire=wire,
        source=rows.get("source"),
        notes=notes,
    )


class _Reader:
    """Collects the problems of one description."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notes: list[str] = []

    def fault(self, name: str, message: str, remedy: str, value: object = None) -> None:
        shown = None if value is None else str(value)
        self.problems.append(Problem(self.file, None, name, message, remedy, shown))

    def part(self, rows: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
        part = rows.get(name) or {}
        if not isinstance(part, Mapping):
            self.fault(name, "is no group of entries", f"its entries are {', '.join(keys)}", part)
            return {}
        for key in part:
            if key not in keys:
                self.fault(f"{name}.{key}", "no such entry", f"the entries are {', '.join(keys)}")
        return part

    def number(
        self, rows: Mapping[str, Any], key: str, prefix: str = "", *, whole: bool = False, needed: bool = True
    ) -> float | None:
        value = rows.get(key)
        if value is None:
            if needed:
                self.fault(prefix + key, "is missing", "state it; the drawing cannot say it")
            return None
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
        if not right or (whole and int(value) != value):
            kind = "a whole number of at least 1" if whole else "a positive number"
            self.fault(prefix + key, f"is not {kind}", f"give {kind}", value)
            return None
        return float(value)

    def conductor(self, rows: Mapping[str, Any], part: str, known: Mapping[str, Conductor]) -> Conductor:
        """The named conductor, else the only one there is, else copper."""
        name = rows.get("conductor")
        if name is not None and name not in known:
            self.fault(
                f"{part}.conductor", "is no conductor", f"have {', '.join(known) or 'one'} among the materials", name
            )
        if name in known:
            return known[str(name)]
        return next(iter(known.values())) if len(known) == 1 else Conductor("copper")

    def wire(self, rows: Mapping[str, Any]) -> Wire | None:
        """Round wire or bars, where they are stated."""
        if rows.get("wire_diameter_mm") is not None:
            diameter = self.number(rows, "wire_diameter_mm", "winding.")
            strands = self.number(rows, "strands", "winding.", whole=True)
            return RoundWire(1e-3 * (diameter or 0.0), int(strands or 1))
        if rows.get("bar_width_mm") is not None or rows.get("bar_height_mm") is not None:
            width, height = (self.number(rows, key, "winding.") for key in ("bar_width_mm", "bar_height_mm"))
            bars = self.number(rows, "bars_in_slot", "winding.", whole=True)
            return RectangularWire(1e-3 * (width or 0.0), 1e-3 * (height or 0.0), int(bars or 1))
        return None

    def meaning(self, name: str, text: Any) -> Meaning | None:
        try:
            return parse_meaning(str(text))
        except ValueError as fault:
            self.fault(name, str(fault), f"write {GRAMMAR}")
            return None

    def layers(self, rows: Any) -> tuple[dict[str, Meaning | None] | None, frozenset[str]]:
        if rows is None:
            return None, frozenset()
        if not isinstance(rows, Mapping):
            self.fault("layers", "is no list of layer: meaning", f"write {GRAMMAR}, outline or ignore")
            return None, frozenset()
        found: dict[str, Meaning | None] = {}
        ignored = set()
        for name, text in rows.items():
            word = str(text).strip().lower()
            if word == "ignore":
                ignored.add(str(name).lower())
            else:
                found[str(name).lower()] = None if word == "outline" else self.meaning(f"layers.{name}", text)
        return found, frozenset(ignored)

    def labels(self, rows: Any) -> tuple[tuple[Point, Meaning], ...]:
        found = []
        for number, row in enumerate(rows):
            name = f"labels.{number}"
            try:
                if "at_polar" in row:
                    radius, angle = 1e-3 * float(row["at_polar"][0]), radians(float(row["at_polar"][1]))
                    point = (radius * cos(angle), radius * sin(angle))
                else:
                    point = (1e-3 * float(row["at_mm"][0]), 1e-3 * float(row["at_mm"][1]))
                meaning = self.meaning(name, row["is"])
            except (KeyError, TypeError, ValueError, IndexError):
                self.fault(name, "cannot be read", "give at_mm: [x, y] or at_polar: [mm, deg], and is: a meaning", row)
                continue
            if meaning is not None:
                found.append((point, meaning))
        return tuple(found)

    def materials(self, rows: Any) -> tuple[dict[str, Steel], dict[str, Magnet], dict[str, Conductor]]:
        steels: dict[str, Steel] = {}
        magnets: dict[str, Magnet] = {}
        conductors: dict[str, Conductor] = {}
        makers: dict[str, tuple[Any, Any]] = {
            "steel": (_steel, steels),
            "magnet": (_magnet, magnets),
            "conductor": (_conductor, conductors),
        }
        for name, row in rows.items() if isinstance(rows, Mapping) else ():
            kind = row.get("kind") if isinstance(row, Mapping) else None
            if kind not in makers:
                self.fault(f"materials.{name}.kind", f"is {kind!r}", f"say {', '.join(makers)}")
                continue
            make, store = makers[kind]
            try:
                store[str(name)] = make(str(name), row, self.notes)
            except KeyError as fault:
                self.fault(f"materials.{name}.{fault.args[0]}", "is missing", f"a {kind} needs it")
            except (TypeError, ValueError) as fault:
                self.fault(f"materials.{name}", f"cannot be read: {fault}", "correct it")
        return steels, magnets, conductors


def _steel(name: str, row: Mapping[str, Any], notes: list[str]) -> Steel:
    mu_r = row.get("mu_r")
    points = [] if mu_r else magnetisation_curve(name, row["h_a_per_m_b_t"], notes)
    table = [(float(f), float(b), float(p)) for f, b, p in row.get("loss_hz_t_w_per_kg") or ()]
    if not table:
        notes.append(f"{name}: no loss data; its iron loss is unknown")
    return Steel(
        name,
        tuple(h for h, _ in points),
        tuple(b for _, b in points),
        density_kg_per_m3=float(row.get("density_kg_per_m3") or 7650.0),
        resistivity_ohm_m=float(row.get("resistivity_ohm_m") or 0.0),
        lamination_thickness_m=1e-3 * float(row.get("lamination_thickness_mm") or 0.0),
        loss_table=tuple(table),
        mu_r=None if mu_r is None else float(mu_r),
        source=row.get("source"),
    )


def _magnet(name: str, row: Mapping[str, Any], notes: list[str]) -> Magnet:
    return Magnet(
        name,
        float(row["remanence_t"]),
        float(row.get("mu_r") or 1.05),
        float(row.get("remanence_coefficient_per_k") or 0.0),
        float(row.get("density_kg_per_m3") or 7500.0),
        float(row.get("resistivity_ohm_m") or 0.0),
        row.get("source"),
    )


def _conductor(name: str, row: Mapping[str, Any], notes: list[str]) -> Conductor:
    standard = Conductor(name)
    return Conductor(
        name,
        float(row.get("resistivity_ohm_m") or standard.resistivity_ohm_m),
        float(row.get("temperature_coefficient_per_k") or standard.temperature_coefficient_per_k),
        float(row.get("density_kg_per_m3") or standard.density_kg_per_m3),
        row.get("source"),
    )
