"""FEMM documents (.fem, format 4): read from text and written back, nothing interpreted but the units.

The file is a header of `[Key] = value` lines, property sections whose records are `<BeginX> ... <EndX>` with `<Key> = value` lines, and
tables of points, segments, arcs, holes and block labels. Arcs run counter-clockwise from their first to their second point by an angle
in degrees. Block labels count materials and circuits from 1, and 0 is none. See Meeker, Finite Element Method Magnetics 4.2 User's
Manual (2015).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import atan2, hypot, pi, radians

from halfshaft.drive_unit.geometry.noding import SNAP_M, centre_of
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError

UNITS_M = {
    "meters": 1.0,
    "centimeters": 1e-2,
    "millimeters": 1e-3,
    "inches": 0.0254,
    "mils": 2.54e-5,
    "micrometers": 1e-6,
    "micron": 1e-6,
}
PERIODIC, ANTIPERIODIC = (4, 6), (5, 7)  # the second of each is an air-gap element
SAME_ANGLE_RAD = 1e-3
DEFAULT_LABEL = 2  # in a block label's flags

_KEY = re.compile(r"^\s*[\[<]\s*([A-Za-z_0-9]+)\s*[\]>]\s*(?:=\s*(.*?)\s*)?$")


@dataclass(frozen=True)
class FemmBlock:
    """A material: field strengths in A/m, conductivity in MS/m, lengths in mm, as the file has them. ``bh`` are (B, H) pairs."""

    name: str
    mu_x: float = 1.0
    h_c: float = 0.0
    j_re: float = 0.0
    sigma: float = 0.0
    d_lam: float = 0.0
    lam_type: int = 0
    lam_fill: float = 1.0
    n_strands: int = 0
    wire_d: float = 0.0
    bh: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class FemmCircuit:
    """A circuit; ``series`` is false for conductors that share the current in parallel."""

    name: str
    amps: float = 0.0
    series: bool = True


@dataclass(frozen=True)
class FemmLabel:
    """A block label in metres; ``direction`` is a number of degrees or an expression; None where the file has no such column."""

    point: Point
    block: int
    circuit: int = 0
    direction: str | None = None
    group: int = 0
    turns: float = 1.0
    flags: int = 0
    line: int | None = None


@dataclass(frozen=True)
class FemmDocument:
    """A planar magnetics problem. Coordinates and depth in metres; segments are (point, point, boundary), arcs have degrees too."""

    depth_m: float
    points: Sequence[Point]
    segments: Sequence[tuple[int, int, int]]
    arcs: Sequence[tuple[int, int, float, int]]
    labels: Sequence[FemmLabel]
    blocks: Sequence[FemmBlock]
    circuits: Sequence[FemmCircuit] = ()
    boundaries: Sequence[tuple[str, int]] = ()
    frequency_hz: float = 0.0
    comment: str = ""

    def edges(self) -> list[Edge]:
        """Segments and arcs."""
        points = self.points
        found = [Edge(points[i], points[j]) for i, j, _ in self.segments if points[i] != points[j]]
        for i, j, angle, _ in self.arcs:
            if points[i] != points[j]:
                found.append(_arc(points[i], points[j], radians(angle)))
        return found

    def _boundary_numbers(self) -> list[int]:
        return [row[2] for row in self.segments] + [row[3] for row in self.arcs]

    def boundary_sign(self) -> int | None:
        """1 or -1 as the sides repeat with the same or the opposite sign; None where no side is tied to another."""
        used = {number for number in self._boundary_numbers() if 0 < number <= len(self.boundaries)}
        kinds = {self.boundaries[number - 1][1] for number in used}
        if kinds & set(ANTIPERIODIC):
            return -1
        return 1 if kinds & set(PERIODIC) else None


def _arc(start: Point, end: Point, sweep_rad: float) -> Edge:
    """An arc, put about the axis where it was meant to be.

    Documents hold angles to a few digits. An arc between two points of one radius whose angle is off by the last digit misses that circle
    by less than a micrometre, and would leave slivers along the gap.
    """
    centre = centre_of(start, end, sweep_rad)
    if centre is None:
        return Edge(start, end)
    edge = Edge(start, end, centre, sweep_rad)
    radii = [hypot(*start), hypot(*end)]
    turned = (atan2(end[1], end[0]) - atan2(start[1], start[0])) % (2.0 * pi)
    radius, middle = 0.5 * sum(radii), hypot(*edge.point_at(0.5))
    about_axis = max(abs(radius - r) for r in (*radii, middle)) < SNAP_M and abs(turned - sweep_rad) < SAME_ANGLE_RAD
    return Edge(start, end, (0.0, 0.0), turned) if about_axis else edge


@dataclass
class _Lines:
    """The file's lines, walked once."""

    file: str
    lines: list[str]
    at: int = 0
    keys: dict[str, tuple[str, int]] = field(default_factory=dict)

    def fault(self, message: str, remedy: str, name: str = "", line: int | None = None) -> InputError:
        return InputError.of(self.file, message, remedy, line=self.at if line is None else line, field=name)

    def rows(self, name: str, count: str, columns: int) -> Iterable[tuple[int, list[str]]]:
        """The next ``count`` lines as columns, with their line numbers. Text in quotes stays one column."""
        for _ in range(int(self.number(name, count))):
            if self.at >= len(self.lines):
                raise self.fault(f"the file ends within {name}", "it is cut off; save it again")
            self.at += 1
            row = re.findall(r'"[^"]*"|\S+', self.lines[self.at - 1])
            if len(row) < columns:
                raise self.fault(
                    f"{len(row)} columns where {name} has at least {columns}", "save it again from FEMM 4", name
                )
            yield self.at, row

    def number(self, name: str, text: str) -> float:
        """A number. FEMM writes decimal points only; a decimal comma comes from other tools."""
        try:
            return float(text.strip('"'))
        except ValueError as fault:
            raise self.fault(f"{text!r} is no number", "give a number with a decimal point", name) from fault


def read_document(text: str, file: str) -> FemmDocument:
    """The document in a text. Raises InputError with the line."""
    lines = _Lines(file, text.splitlines())
    boundaries: list[tuple[str, int]] = []
    blocks: list[FemmBlock] = []
    circuits: list[FemmCircuit] = []
    tables: dict[str, list[tuple[int, list[str]]]] = {}
    record: dict[str, str] = {}
    curve: list[tuple[float, float]] = []
    while lines.at < len(lines.lines):
        lines.at += 1
        match = _KEY.match(lines.lines[lines.at - 1])
        if not match:
            continue
        key, value = match[1].lower(), match[2] or ""
        if key in _TABLES:
            tables[key] = list(lines.rows(match[1], value, _TABLES[key]))
        elif key == "bhpoints":
            curve = [(lines.number(key, r[0]), lines.number(key, r[1])) for _, r in lines.rows(match[1], value, 2)]
        elif key.startswith("begin"):
            record, curve = {}, []
        elif key == "endbdry":
            boundaries.append((record.get("bdryname", "").strip('"'), int(_value(lines, record, "bdrytype", 0.0))))
        elif key == "endblock":
            blocks.append(_block(lines, record, curve))
        elif key == "endcircuit":
            name = record.get("circuitname", "").strip('"')
            series = int(_value(lines, record, "circuittype", 1.0)) == 1
            circuits.append(FemmCircuit(name, _value(lines, record, "totalamps_re", 0.0), series))
        else:
            record[key] = value
            lines.keys.setdefault(key, (value, lines.at))
    return _document(lines, tables, boundaries, blocks, circuits)


_TABLES = {"numpoints": 2, "numsegments": 2, "numarcsegments": 3, "numholes": 2, "numblocklabels": 3}


def _value(lines: _Lines, record: dict[str, str], key: str, default: float) -> float:
    return lines.number(key, record[key]) if record.get(key) else default


def _block(lines: _Lines, record: dict[str, str], curve: list[tuple[float, float]]) -> FemmBlock:
    def value(key: str, default: float = 0.0) -> float:
        return _value(lines, record, key, default)

    return FemmBlock(
        name=record.get("blockname", "").strip('"'),
        mu_x=value("mu_x", 1.0),
        h_c=value("h_c"),
        j_re=value("j_re"),
        sigma=value("sigma"),
        d_lam=value("d_lam"),
        lam_type=int(value("lamtype")),
        lam_fill=value("lamfill", 1.0),
        n_strands=int(value("nstrands")),
        wire_d=value("wired"),
        bh=tuple(curve),
    )


def _document(
    lines: _Lines,
    tables: dict[str, list[tuple[int, list[str]]]],
    boundaries: list[tuple[str, int]],
    blocks: list[FemmBlock],
    circuits: list[FemmCircuit],
) -> FemmDocument:
    def header(key: str, default: str) -> tuple[str, int]:
        value, line = lines.keys.get(key, (default, 0))
        return value.strip('"').strip(), line

    form, line = header("format", "")
    if not form or "numblocklabels" not in tables:
        raise lines.fault("is no FEMM magnetics document", "give a .fem file saved by FEMM 4", "Format", line or 1)
    if not 4.0 <= lines.number("Format", form) < 5.0:
        raise lines.fault(f"format {form} is not read", "open it in FEMM 4.2 and save it again", "Format", line)
    kind, line = header("problemtype", "planar")
    if kind.lower() != "planar":
        raise lines.fault(f"the problem is {kind}", "draw the cross-section as a planar problem", "ProblemType", line)
    unit, line = header("lengthunits", "inches")
    if unit.lower() not in UNITS_M:
        raise lines.fault(f"{unit!r} is no unit", f"use any of {', '.join(UNITS_M)}", "LengthUnits", line)
    scale = UNITS_M[unit.lower()]
    number = lines.number
    points = [(scale * number("point", r[0]), scale * number("point", r[1])) for _, r in tables.get("numpoints", ())]

    def ends(name: str, line: int, row: list[str]) -> tuple[int, int]:
        i, j = int(number(name, row[0])), int(number(name, row[1]))
        if not (0 <= i < len(points) and 0 <= j < len(points)):
            raise lines.fault(
                f"points {i} and {j} where the file has {len(points)}, counted from 0",
                "save it again from FEMM",
                name,
                line,
            )
        return i, j

    def column(row: list[str], k: int) -> float:
        return number("boundary", row[k]) if len(row) > k else 0.0

    segments = [(*ends("segment", n, r), int(column(r, 3))) for n, r in tables.get("numsegments", ())]
    arcs = [(*ends("arc", n, r), number("angle", r[2]), int(column(r, 4))) for n, r in tables.get("numarcsegments", ())]
    labels = []
    for line, row in tables["numblocklabels"]:
        block, circuit = int(column(row, 2)), int(column(row, 4))
        if not 0 <= block <= len(blocks) or not 0 <= circuit <= len(circuits):
            raise lines.fault(
                f"material {block} of {len(blocks)}, circuit {circuit} of {len(circuits)}",
                "save it again",
                "label",
                line,
            )
        spoken = [text.strip('"') for text in row[9:] if text.startswith('"') and text.strip('"')]
        direction = spoken[0] if spoken else (row[5] if len(row) > 5 else None)
        place = (scale * number("label", row[0]), scale * number("label", row[1]))
        turns = column(row, 7) if len(row) > 7 else 1.0
        labels.append(
            FemmLabel(place, block, circuit, direction, int(column(row, 6)), turns, int(column(row, 8)), line)
        )
    depth, line = header("depth", "1")
    return FemmDocument(
        depth_m=scale * number("Depth", depth),
        points=points,
        segments=segments,
        arcs=arcs,
        labels=labels,
        blocks=blocks,
        circuits=circuits,
        boundaries=boundaries,
        frequency_hz=number("Frequency", header("frequency", "0")[0]),
        comment=header("comment", "")[0],
    )
