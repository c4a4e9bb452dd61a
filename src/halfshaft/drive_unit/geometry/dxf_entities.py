"""What a DXF drawing holds: lines and arcs by layer, texts, and the drawing's unit.

Blocks are taken apart, polylines become lines and arcs, circles two half turns; splines and true ellipses are followed by short lines.
Whatever is no outline (dimensions, hatches, points, images) is left alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, radians, sin
from typing import Any

from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.quantities.errors import InputError

# $INSUNITS of the DXF reference
UNITS_M = {"in": 0.0254, "ft": 0.3048, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "um": 1e-6, "mil": 2.54e-5}
_INSUNITS = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 9: "mil", 13: "um"}
FLATTENING_M = 2e-6
IGNORED_LAYERS = ("defpoints",)
SMALLEST_EDGE_M = 1e-7


@dataclass(frozen=True)
class Text:
    """A text and where it stands, in metres."""

    point: Point
    text: str
    layer: str


@dataclass(frozen=True)
class Drawing:
    """Edges carry their layer as feature."""

    edges: tuple[Edge, ...]
    texts: tuple[Text, ...]
    left_out: tuple[str, ...]


def read_drawing(text: str, file: str, unit: str | None = None) -> Drawing:
    """The model space of a DXF document. ``unit`` overrides the one in the file. Raises InputError."""
    # imported here because it takes half a second that only drawings need
    import ezdxf
    from ezdxf.lldxf.const import DXFError

    try:
        document = ezdxf.read(io.StringIO(text))  # type: ignore[attr-defined]
    except (DXFError, OSError, ValueError, IndexError) as fault:
        raise InputError.of(file, f"is no DXF drawing: {fault}", "save it as ASCII DXF") from fault
    if unit is None:
        unit = _INSUNITS.get(int(document.header.get("$INSUNITS", 0)))
    if unit not in UNITS_M:
        message = "the drawing does not say its unit" if unit is None else f"{unit!r} is no unit"
        raise InputError.of(file, message, f"state `unit` as any of {', '.join(UNITS_M)}", field="unit")
    scale = UNITS_M[unit]
    edges: list[Edge] = []
    texts: list[Text] = []
    left_out: set[str] = set()
    for entity in _exploded(document.modelspace()):
        layer = str(entity.dxf.get("layer", "0"))
        if layer.lower() in IGNORED_LAYERS:
            continue
        kind = entity.dxftype()
        if kind in ("TEXT", "MTEXT"):
            texts.append(_text(entity, layer, scale))
        elif kind in _READERS:
            edges += [edge for edge in _READERS[kind](entity, layer, scale) if edge.length_m > SMALLEST_EDGE_M]
        else:
            left_out.add(kind)
    return Drawing(tuple(edges), tuple(texts), tuple(sorted(left_out)))


def _exploded(entities: Iterable[Any]) -> Iterator[Any]:
    """Entities with blocks and polylines taken apart; what a block draws on layer 0 is on the layer it is inserted on."""
    for entity in entities:
        if entity.dxftype() in ("INSERT", "LWPOLYLINE", "POLYLINE"):
            for part in _exploded(entity.virtual_entities()):
                if part.dxf.get("layer", "0") == "0":
                    part.dxf.layer = entity.dxf.get("layer", "0")
                yield part
        else:
            yield entity


def _text(entity: Any, layer: str, scale: float) -> Text:
    if entity.dxftype() == "MTEXT":
        place, text = entity.dxf.insert, entity.plain_text()
    else:
        aligned = entity.dxf.get("halign", 0) or entity.dxf.get("valign", 0)
        place = entity.dxf.get("align_point") if aligned and entity.dxf.hasattr("align_point") else entity.dxf.insert
        text = entity.plain_text()
    place = entity.ocs().to_wcs(place) if entity.dxftype() == "TEXT" else place
    return Text((scale * place.x, scale * place.y), " ".join(text.split()), layer)


def _line(entity: Any, layer: str, scale: float) -> list[Edge]:
    start, end = entity.dxf.start, entity.dxf.end
    return [Edge((scale * start.x, scale * start.y), (scale * end.x, scale * end.y), feature=layer)]


def _arc(entity: Any, layer: str, scale: float) -> list[Edge]:
    """An arc runs counter-clockwise in its own plane, which may be turned over."""
    sweep = radians((entity.dxf.end_angle - entity.dxf.start_angle) % 360.0) or 2.0 * pi
    return _turn(entity, layer, scale, radians(entity.dxf.start_angle), sweep)


def _circle(entity: Any, layer: str, scale: float) -> list[Edge]:
    return _turn(entity, layer, scale, 0.0, 2.0 * pi)


def _turn(entity: Any, layer: str, scale: float, begin_rad: float, sweep_rad: float) -> list[Edge]:
    frame, centre, radius = entity.ocs(), entity.dxf.center, entity.dxf.radius
    flipped = -1.0 if entity.dxf.extrusion.z < 0.0 else 1.0
    pieces = 2 if sweep_rad > 1.5 * pi else 1
    middle = frame.to_wcs(centre)

    def at(angle: float) -> Point:
        point = frame.to_wcs((centre.x + radius * cos(angle), centre.y + radius * sin(angle), centre.z))
        return scale * point.x, scale * point.y

    step = sweep_rad / pieces
    return [
        Edge(
            at(begin_rad + k * step),
            at(begin_rad + (k + 1) * step),
            (scale * middle.x, scale * middle.y),
            flipped * step,
            layer,
        )
        for k in range(pieces)
    ]


def _curve(entity: Any, layer: str, scale: float) -> list[Edge]:
    points = [(scale * p.x, scale * p.y) for p in entity.flattening(FLATTENING_M / scale)]
    return [Edge(a, b, feature=layer) for a, b in pairwise(points)]


def _ellipse(entity: Any, layer: str, scale: float) -> list[Edge]:
    """A round ellipse is an arc."""
    if abs(entity.dxf.ratio - 1.0) > 1e-9:
        return _curve(entity, layer, scale)
    begin, end = entity.dxf.start_param, entity.dxf.end_param
    sweep = (end - begin) % (2.0 * pi) or 2.0 * pi
    centre = (scale * entity.dxf.center.x, scale * entity.dxf.center.y)
    if entity.dxf.extrusion.z < 0.0:
        sweep = -sweep
    points = [(scale * p.x, scale * p.y) for p in entity.vertices([begin, begin + abs(sweep) / 2, begin + abs(sweep)])]
    return [Edge(points[0], points[1], centre, sweep / 2, layer), Edge(points[1], points[2], centre, sweep / 2, layer)]


_READERS = {
    "LINE": _line,
    "ARC": _arc,
    "CIRCLE": _circle,
    "ELLIPSE": _ellipse,
    "SPLINE": _curve,
    "HELIX": _curve,
}
