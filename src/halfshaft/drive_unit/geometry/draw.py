"""A machine's cross-section as an SVG picture: what a board, a supplier and an engineer all read at once.

Iron is blue-grey, magnets shade from south to north along their arrow, the three phases and the field winding have a colour each, with
the sign of their current. Arcs stay arcs. The sector is turned upright; ``whole`` repeats it around the circle, each copy with the sign
that its poles have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, hypot, pi, sin, sqrt

from halfshaft.drive_unit.geometry.design import Label, MachineDesign, Region
from halfshaft.drive_unit.geometry.shapes import Edge, Point

MARGIN_PX = 28.0
HEADER_PX = 84.0
FOOTER_PX = 92.0
TALLEST = 1.15  # of the width
SMALLEST_MARK_PX = 5.5
SAMPLES = 12  # points on an arc, for boxes and centroids only
IRON = {"stator": "#b4c2d1", "rotor": "#9fb1c4"}
PHASE = ("#f0bd49", "#68b98a", "#9b84d0")
FIELD = "#cf8350"
NORTH, SOUTH = "#e06a61", "#5f93dc"
INK, LINE, PALE = "#1d2733", "#3c4a5a", "#5d6b7a"
FONT = "font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\""
WORDS = {
    "iron": "iron",
    "magnet": "magnet",
    "stator_winding": "stator winding",
    "field_winding": "field winding",
    "cage": "cage bar",
    "air": "air",
}


@dataclass(frozen=True)
class _View:
    """From metres in the lamination's plane to pixels, y downwards."""

    scale: float
    left_m: float
    top_m: float
    origin_px: Point
    turn_rad: float

    def at(self, point: Point) -> Point:
        """A point in pixels."""
        x, y = _turned(point, self.turn_rad)
        return (
            self.origin_px[0] + (x - self.left_m) * self.scale,
            self.origin_px[1] + (self.top_m - y) * self.scale,
        )

    def path(self, loops: Iterable[Sequence[Edge]]) -> str:
        """Closed loops as path data."""
        return "".join(self._start(loop[0]) + "".join(self.step(edge) for edge in loop) + "Z" for loop in loops)

    def open_path(self, edges: Iterable[Edge]) -> str:
        """Single edges as path data."""
        return "".join(self._start(edge) + self.step(edge) for edge in edges)

    def _start(self, edge: Edge) -> str:
        x, y = self.at(edge.start)
        return f"M{x:.2f} {y:.2f}"

    def step(self, edge: Edge) -> str:
        """Path data of an edge from where the pen is."""
        x, y = self.at(edge.end)
        if edge.centre is None:
            return f"L{x:.2f} {y:.2f}"
        radius, large = edge.radius_m * self.scale, int(abs(edge.sweep_rad) > pi)
        return f"A{radius:.2f} {radius:.2f} 0 {large} {int(edge.sweep_rad < 0.0)} {x:.2f} {y:.2f}"


def draw_svg(design: MachineDesign, *, width_px: int = 900, annotate: bool = True, whole: bool = False) -> str:
    """The drawn sector as an SVG document of the given width; ``whole`` draws every pole, ``annotate`` adds title, legend and scale."""
    copies = design.sectors if whole else 1
    turn = 0.0 if copies > 1 or design.whole_circle else 0.5 * (pi - design.sector_rad)
    view, height = _view(design, copies, turn, width_px, annotate)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{height:.0f}" viewBox="0 0 {width_px} {height:.0f}" '
        f'role="img" aria-label="Cross-section of {escape(design.name, quote=True)}" {FONT}>',
        f'<rect width="{width_px}" height="{height:.0f}" fill="#ffffff"/>',
    ]
    for copy in range(copies):
        turned = _View(view.scale, view.left_m, view.top_m, view.origin_px, turn + copy * design.sector_rad)
        sign = design.boundary_sign**copy
        solids = [(number, region) for number, region in enumerate(design.regions) if region.label.kind != "air"]
        parts += [_filled(region, turned, sign, f"m{copy}-{number}") for number, region in solids]
        outlines = turned.open_path(_outlines(design, [region for _, region in solids]))
        parts.append(f'<path d="{outlines}" fill="none" stroke="{LINE}" stroke-width="0.8" stroke-linecap="round"/>')
        parts += [_mark(region, turned, sign) for _, region in solids]
    if copies == 1 and not design.whole_circle:
        parts.append(_sides(design, view))
    if annotate:
        parts += _annotations(design, view, width_px, height, copies)
    return "\n".join([*parts, "</svg>", ""])


def _view(design: MachineDesign, copies: int, turn: float, width_px: int, annotate: bool) -> tuple[_View, float]:
    """The view that fits the drawing into the width, and the height of the page."""
    header, footer = (HEADER_PX, FOOTER_PX) if annotate else (MARGIN_PX, MARGIN_PX)
    reach = design.stator_outer_radius_m
    if copies > 1 or design.whole_circle:
        corners = [(-reach, -reach), (reach, reach)]
    else:
        corners = [_turned(point, turn) for edge in design.edges for point in _samples(edge)]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    room = width_px - 2.0 * MARGIN_PX
    scale = min(room / (right - left), TALLEST * room / (top - bottom))
    origin = (MARGIN_PX + 0.5 * (room - scale * (right - left)), header)
    return _View(scale, left, top, origin, turn), header + scale * (top - bottom) + footer


def _filled(region: Region, view: _View, sign: int, identity: str) -> str:
    """A region's area with its name to hover over; magnets bring the gradient from south to north with them."""
    label = region.label
    gradient, fill = "", _colour(region)
    if label.kind == "magnet":
        (x, y), (u, v) = _span(region, _direction(label, sign), view)
        gradient = (
            f'<linearGradient id="{identity}" gradientUnits="userSpaceOnUse" x1="{x:.2f}" y1="{y:.2f}" x2="{u:.2f}" y2="{v:.2f}">'
            f'<stop offset="0.5" stop-color="{SOUTH}"/><stop offset="0.5" stop-color="{NORTH}"/></linearGradient>'
        )
        fill = f"url(#{identity})"
    # The thin stroke in the fill's own colour closes the hairline between equal neighbours.
    edge = fill if label.kind == "iron" else "none"
    path = view.path((region.outline, *region.holes))
    return (
        f'{gradient}<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{edge}" stroke-width="0.6">'
        f"<title>{escape(_description(region))}</title></path>"
    )


def _colour(region: Region) -> str:
    label = region.label
    if label.kind == "iron":
        return IRON[region.part]
    return FIELD if label.kind in ("field_winding", "cage") or label.phase is None else PHASE[label.phase]


def _description(region: Region) -> str:
    label = region.label
    words = [label.name, WORDS[label.kind]]
    if label.material:
        words.append(label.material)
    if label.phase is not None:
        words.append(f"phase {'ABC'[label.phase]}")
    if label.kind == "cage":
        words.append(f"{label.conductors:+.3f} of the cage's current")
    elif label.conductors:
        words.append(f"{label.conductors:+g} conductors")
    return ", ".join([*words, f"{1e6 * region.area_m2:.2f} mm²"])


def _outlines(design: MachineDesign, solids: Iterable[Region]) -> list[Edge]:
    """The edges of solid regions, once each, without the sector's sides and without seams between iron and iron."""
    seen: dict[tuple[Point, ...], Edge] = {}
    seams: set[tuple[Point, ...]] = set()
    iron: set[tuple[Point, ...]] = set()
    for region in solids:
        for edge in (edge for loop in (region.outline, *region.holes) for edge in loop):
            key = (*sorted((edge.start, edge.end)), _rounded(edge.point_at(0.5)))
            seen.setdefault(key, edge)
            on_side = _on_side(edge, 0.0) or _on_side(edge, design.sector_rad)
            if (on_side and not design.whole_circle) or (region.label.kind == "iron" and key in iron):
                seams.add(key)
            if region.label.kind == "iron":
                iron.add(key)
    return [edge for key, edge in seen.items() if key not in seams]


def _rounded(point: Point) -> Point:
    return round(point[0], 7), round(point[1], 7)


def _on_side(edge: Edge, angle: float) -> bool:
    across = (abs(y * cos(angle) - x * sin(angle)) for x, y in (edge.start, edge.end))
    return edge.centre is None and max(across) < 1e-9


def _mark(region: Region, view: _View, sign: int) -> str:
    """A magnet's arrow, or a winding's phase and direction of current, where there is room for it."""
    label = region.label
    if label.kind == "magnet":
        return _arrow(*_span(region, _direction(label, sign), view))
    if label.kind not in ("stator_winding", "field_winding") or not label.conductors:
        return ""
    centre, size = view.at(_centroid(region)), _room_px(region, view)
    text = ("+" if sign * label.conductors > 0 else "−") if label.kind == "field_winding" else _phase_mark(label, sign)
    height = min(0.75 * size / max(1.0, 0.65 * len(text)), 20.0)
    if height < SMALLEST_MARK_PX:
        return ""
    return (
        f'<text x="{centre[0]:.2f}" y="{centre[1] + 0.35 * height:.2f}" font-size="{height:.1f}" font-weight="600" '
        f'text-anchor="middle" fill="{INK}">{text}</text>'
    )


def _phase_mark(label: Label, sign: int) -> str:
    assert label.phase is not None
    return "ABC"[label.phase] + ("+" if sign * label.conductors > 0 else "−")


def _direction(label: Label, sign: int) -> Point:
    angle = (label.magnetisation_rad or 0.0) + (0.0 if sign > 0 else pi)
    return cos(angle), sin(angle)


def _span(region: Region, direction: Point, view: _View) -> tuple[Point, Point]:
    """The line through a region's centroid along a direction, from its lowest to its highest point, in pixels."""
    x, y = _centroid(region)
    along = [(p[0] - x) * direction[0] + (p[1] - y) * direction[1] for edge in region.outline for p in _samples(edge)]
    ends = ((x + reach * direction[0], y + reach * direction[1]) for reach in (min(along), max(along)))
    tail, head = (view.at(end) for end in ends)
    return tail, head


def _arrow(tail: Point, head: Point) -> str:
    length = hypot(head[0] - tail[0], head[1] - tail[1])
    u, v = (head[0] - tail[0]) / length, (head[1] - tail[1]) / length
    middle = 0.5 * (head[0] + tail[0]), 0.5 * (head[1] + tail[1])
    half = 0.38 * length
    barb = min(0.45 * half, 8.0)
    tip, foot = ((middle[0] + s * half * u, middle[1] + s * half * v) for s in (1.0, -1.0))
    neck = tip[0] - 1.6 * barb * u, tip[1] - 1.6 * barb * v
    wings = [(neck[0] + s * 0.7 * barb * v, neck[1] - s * 0.7 * barb * u) for s in (1.0, -1.0)]
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in (tip, *wings))
    return (
        f'<path d="M{foot[0]:.2f} {foot[1]:.2f}L{neck[0]:.2f} {neck[1]:.2f}" stroke="#ffffff" '
        f'stroke-width="{max(1.0, 0.28 * barb):.2f}"/><polygon points="{points}" fill="#ffffff"/>'
    )


def _room_px(region: Region, view: _View) -> float:
    """The shorter side of the rectangle that has the region's area and perimeter."""
    half_round = 0.5 * sum(edge.length_m for edge in region.outline)
    return 0.5 * (half_round - sqrt(max(half_round**2 - 4.0 * region.area_m2, 0.0))) * view.scale


def _centroid(region: Region) -> Point:
    points = [point for edge in region.outline for point in _samples(edge)[:-1]]
    twice, x, y = 0.0, 0.0, 0.0
    for (a, b), (c, d) in zip(points, [*points[1:], points[0]], strict=True):
        cross = a * d - c * b
        twice, x, y = twice + cross, x + (a + c) * cross, y + (b + d) * cross
    return x / (3.0 * twice), y / (3.0 * twice)


def _samples(edge: Edge) -> list[Point]:
    number = 1 if edge.centre is None else SAMPLES
    return [edge.point_at(part / number) for part in range(number + 1)]


def _turned(point: Point, angle: float) -> Point:
    c, s = cos(angle), sin(angle)
    return c * point[0] - s * point[1], s * point[0] + c * point[1]


def _sides(design: MachineDesign, view: _View) -> str:
    """The sides of the sector, dash-dotted: here the machine repeats."""
    reach, angle = design.stator_outer_radius_m, design.sector_rad
    inner = design.rotor_inner_radius_m
    lines = [Edge((inner * cos(a), inner * sin(a)), (reach * cos(a), reach * sin(a))) for a in (0.0, angle)]
    return (
        f'<path d="{view.open_path(lines)}" fill="none" stroke="{PALE}" stroke-width="0.9" stroke-dasharray="9 3 2 3"/>'
    )


def _annotations(design: MachineDesign, view: _View, width: int, height: float, copies: int) -> list[str]:
    """Title, dimensions, legend and scale."""
    poles = 2 * design.pole_pairs
    drawn = "" if copies > 1 or design.whole_circle else f" · {design.sector_poles} of {poles} poles drawn"
    dimensions = (
        f"outer diameter {_mm(2 * design.stator_outer_radius_m)} · bore {_mm(2 * design.stator_bore_radius_m)} · "
        f"gap {_mm(design.gap_m)} · stack length {_mm(design.stack_length_m)} · {design.slots} slots · {poles} poles{drawn}"
    )
    return [
        f'<text x="{MARGIN_PX}" y="38" font-size="22" font-weight="700" fill="{INK}">{escape(design.name)}</text>',
        f'<text x="{MARGIN_PX}" y="61" font-size="13" fill="{PALE}">{escape(dimensions)}</text>',
        *_legend(design, height - 50.0),
        *_scale_bar(view, width, height - 22.0),
        f'<text x="{MARGIN_PX}" y="{height - 17:.1f}" font-size="10.5" fill="{PALE}">{escape(_short(design.source))}</text>',
    ]


def _short(text: str, longest: int = 96) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _mm(length_m: float) -> str:
    return f"{1e3 * length_m:.2f}".rstrip("0").rstrip(".") + " mm"


def _legend(design: MachineDesign, y: float) -> list[str]:
    """A swatch for each meaning that occurs, in one row."""
    kinds = {region.label.kind for region in design.regions}
    phases = sorted({region.label.phase for region in design.regions if region.label.phase is not None})
    entries = [("iron", IRON["stator"])]
    entries += [(f"phase {'ABC'[phase]}", PHASE[phase]) for phase in phases]
    if "field_winding" in kinds:
        entries.append(("field winding", FIELD))
    if "cage" in kinds:
        entries.append(("cage bar", FIELD))
    if "magnet" in kinds:
        entries += [("magnet, north", NORTH), ("south", SOUTH)]
    parts, x = [], MARGIN_PX
    for words, colour in entries:
        parts.append(
            f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="13" height="13" rx="2" fill="{colour}" stroke="{LINE}" stroke-width="0.6"/>'
            f'<text x="{x + 19:.1f}" y="{y + 1:.1f}" font-size="12" fill="{INK}">{words}</text>'
        )
        x += 19.0 + 6.6 * len(words) + 22.0
    return parts


def _scale_bar(view: _View, width: int, y: float) -> list[str]:
    """A bar of a round length, at most about a sixth of the page."""
    lengths = [step * 10.0**power for power in range(-1, 4) for step in (1.0, 2.0, 5.0)]
    length = max((mm for mm in lengths if 1e-3 * mm * view.scale <= width / 6.0), default=lengths[0])
    long = 1e-3 * length * view.scale
    right = width - MARGIN_PX
    bar = f"M{right - long:.2f} {y - 5:.1f}v5h{long:.2f}v-5"
    return [
        f'<path d="{bar}" fill="none" stroke="{INK}" stroke-width="1.2"/>',
        f'<text x="{right - 0.5 * long:.2f}" y="{y - 8:.1f}" font-size="11" text-anchor="middle" fill="{INK}">{length:g} mm</text>',
    ]
