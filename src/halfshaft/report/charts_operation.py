"""Where cycles use a unit, and what binds at full throttle: our own SVG.

The map of a unit (bands of loss, limit curves, axes) is drawn once as a symbol and used again under every vehicle's and cycle's points; the
points of one size are one path of round dots. So seventeen vehicles with three cycles each stay small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from halfshaft.report.contours import Point, cells, clipped, lines
from halfshaft.report.format import fixed, quantity

Json = Mapping[str, Any]

_WIDTH, _HEIGHT = 386, 300
_LEFT, _RIGHT, _TOP, _FOOT = 46, 8, 26, 36
# Radius of a dot for all of a unit's energy in a cycle, px: its area is the share of the energy.
_FULL, _LARGEST, _SIZES = 32.0, 8.0, 12
# Levels of loss between the bands, kW, the same for all units: close where cycles run, wide towards full load.
LEVELS = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
# Points that together hold less than this share of the energy are left out.
_TAIL = 0.004


def map_symbol(unit_map: Json, id: str) -> str:
    """A unit's loss map as a symbol with this id: bands and lines of loss in kW, limit curves, axes."""
    frame = _Frame(unit_map)
    levels = loss_levels(unit_map)
    speeds = unit_map["speed_rpm"]
    grid = cells(
        [[frame.x(w)] * len(unit_map["torque_fraction"]) for w in speeds],
        [[frame.y(t) for t in row] for row in torques(unit_map)],
        [[float(z) for z in row] for row in unit_map["loss_kw"]],
    )
    drawn = [f'<path class="op-u" d="{_polygon(frame.outline())}"/>']
    for index, (low, high) in enumerate(pairwise([-math.inf, *levels, math.inf])):
        parts = "".join(_polygon(p) for p in (clipped(cell, low, high) for cell in grid) if len(p) > 2)
        if parts:
            drawn.append(f'<path class="op-l{index}" d="{parts}"/>')
    drawn.append(_level_lines(grid, levels, _finely(frame.curve("continuous_torque_nm"))))
    drawn.append(frame.axes())
    drawn += [
        f'<path class="op-peak" d="{_line(frame.curve("peak_torque_nm"))}"/>',
        f'<path class="op-peak" d="{_line(frame.curve("peak_generating_torque_nm"))}"/>',
        f'<path class="op-cont" d="{_line(frame.curve("continuous_torque_nm"))}"/>',
    ]
    return f'<symbol id="{id}" viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(drawn)}</symbol>'


def operation_maps(cycles: Sequence[Json], axle: str, unit: str, unit_map: Json, symbol: str) -> str:
    """The unit's map once for each cycle, side by side, with what the cycle asks of it."""
    panels = []
    for index, cycle in enumerate(cycles):
        found = [c for p in cycle["points"] if p["axle"] == axle for c in p["cells"]]
        panels.append(
            f'<g transform="translate({index * (_WIDTH + 8)},0)"><use href="#{symbol}" width="{_WIDTH}" height="{_HEIGHT}"/>'
            f'<text class="op-t op-b" x="{_LEFT}" y="16">{escape(cycle["name"])}</text>{_dots(found, _Frame(unit_map))}</g>'
        )
    title = f"{unit}, {axle} axle: operating points over the loss map in {', '.join(c['name'] for c in cycles)}"
    width = len(cycles) * (_WIDTH + 8) - 8
    return f'<svg class="op opmap" viewBox="0 0 {width} {_HEIGHT}" role="img"><title>{escape(title)}</title>{"".join(panels)}</svg>'


def map_key(symbols: Sequence[str]) -> str:
    """How to read the maps; holds their symbols, so it stands on the page before all of them."""
    x, parts = 2.0, []
    for style, text in (("op-peak", "peak torque"), ("op-cont", "continuous")):
        parts.append(
            f'<path class="{style}" d="M{x:.0f},16h30"/><text class="op-t" x="{x + 37:.0f}" y="20">{text}</text>'
        )
        x += 126.0
    for style, text in (("op-m", "motoring"), ("op-g", "generating")):
        dot = f"M{x + 8:.0f},16h0"
        parts.append(
            f'<path class="op-h" stroke-width="13" d="{dot}"/><path class="{style}" stroke-width="11" d="{dot}"/>'
        )
        parts.append(f'<text class="op-t" x="{x + 20:.0f}" y="20">{text}</text>')
        x += 100.0
    for share in (0.001, 0.01, 0.05):
        r = _radius(share)
        parts.append(f'<path class="op-m" stroke-width="{2 * r:.1f}" d="M{x + 8:.0f},16h0"/>')
        parts.append(f'<text class="op-t" x="{x + 19:.0f}" y="20">{quantity(100 * share)} %</text>')
        x += 58.0
    parts.append(f'<text class="op-t" x="{x:.0f}" y="20">of the unit’s energy</text>')
    x += 140.0
    wide = 27
    parts += [
        f'<rect class="op-l{k}" x="{x + wide * k:.0f}" y="3" width="{wide}" height="14"/>'
        for k in range(len(LEVELS) + 1)
    ]
    parts += [
        f'<text class="op-a op-mid" x="{x + wide * (k + 1):.0f}" y="29">{quantity(level)}</text>'
        for k, level in enumerate(LEVELS)
    ]
    parts.append(f'<text class="op-t" x="{x + wide * (len(LEVELS) + 1) + 8:.0f}" y="15">kW of loss</text>')
    return (
        '<svg class="op opkey" viewBox="0 0 1180 34" role="img"><title>How to read the maps of operating points</title>'
        f"<defs>{''.join(symbols)}</defs>{''.join(parts)}</svg>"
    )


def launch_strip(launch: Sequence[Json], vehicle: str) -> str:
    """What binds at full throttle over speed: a row for each limit, a bar where it binds."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for stretch in launch:
        for limit in str(stretch["limit"]).split(", "):
            spans = rows.setdefault(limit, [])
            if spans and abs(spans[-1][1] - stretch["from_kph"]) < 1e-6:
                spans[-1] = (spans[-1][0], stretch["to_kph"])
            else:
                spans.append((stretch["from_kph"], stretch["to_kph"]))
    top = max((s["to_kph"] for s in launch), default=1.0) or 1.0
    left, width, pitch = 170.0, 960.0, 24.0
    end = 8.0 + pitch * len(rows)

    def at(kph: float) -> float:
        return left + width * kph / top

    drawn = []
    for kph in _ticks(0.0, top, 10):
        drawn.append(f'<path class="op-grid" d="M{at(kph):.1f},4V{end:.0f}"/>')
        drawn.append(f'<text class="op-a op-mid" x="{at(kph):.1f}" y="{end + 15:.0f}">{fixed(kph, 0)}</text>')
    for index, (limit, spans) in enumerate(rows.items()):
        y = 8.0 + pitch * index
        drawn.append(
            f'<text class="op-t" x="{left - 10:.0f}" y="{y + 13:.0f}" text-anchor="end">{escape(_word(limit))}</text>'
        )
        for low, high in spans:
            text = f"{fixed(low, 0)}–{fixed(high, 0)}"
            drawn.append(
                f'<rect class="op-s{_kind(limit)}" x="{at(low):.1f}" y="{y:.0f}" width="{max(at(high) - at(low), 2.0):.1f}" '
                f'height="17" rx="2"><title>{escape(_word(limit))}: {text} km/h</title></rect>'
            )
            if at(high) - at(low) > 60.0:
                drawn.append(
                    f'<text class="op-on op-mid" x="{(at(low) + at(high)) / 2:.1f}" y="{y + 12.5:.1f}">{text}</text>'
                )
    drawn.append(f'<text class="op-a" x="{left + width + 42:.0f}" y="{end + 15:.0f}" text-anchor="end">km/h</text>')
    return (
        f'<svg class="op opstrip" viewBox="0 0 1180 {end + 22:.0f}" role="img"><title>{escape(vehicle)}: what binds at full '
        f"throttle</title>{''.join(drawn)}</svg>"
    )


def torques(unit_map: Json) -> list[list[float]]:
    """The torque in Nm at each speed and fraction of the document's map."""
    generating = [-abs(t) for t in unit_map["peak_generating_torque_nm"]]
    return [
        [f * peak if f >= 0.0 else -f * back for f in unit_map["torque_fraction"]]
        for peak, back in zip(unit_map["peak_torque_nm"], generating, strict=True)
    ]


def loss_levels(unit_map: Json) -> list[float]:
    """The levels between the bands that this unit reaches."""
    top = max(z for row in unit_map["loss_kw"] for z in row)
    return [level for level in LEVELS if level < top]


class _Frame:
    """Where speed and torque lie in a panel."""

    def __init__(self, unit_map: Json) -> None:
        self.map = unit_map
        self.fastest: float = max(unit_map["speed_rpm"])
        span = torques(unit_map)
        low, high = min(min(r) for r in span), max(max(r) for r in span)
        self.low: float = low - 0.03 * (high - low)
        self.high: float = high + 0.03 * (high - low)

    def x(self, rpm: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * rpm / self.fastest

    def y(self, torque: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _FOOT) * (self.high - torque) / (self.high - self.low)

    def curve(self, key: str) -> list[Point]:
        sign = -1.0 if "generating" in key else 1.0
        pairs = zip(self.map["speed_rpm"], self.map[key], strict=True)
        return [(self.x(w), self.y(sign * abs(t))) for w, t in pairs if t is not None]

    def outline(self) -> list[Point]:
        return [*self.curve("peak_torque_nm"), *reversed(self.curve("peak_generating_torque_nm"))]

    def axes(self) -> str:
        bottom = _HEIGHT - _FOOT
        drawn = [f'<path class="op-zero" d="M{_LEFT},{self.y(0.0):.1f}H{_WIDTH - _RIGHT}"/>']
        drawn.append(f'<path class="op-axis" d="M{_LEFT},{_TOP}V{bottom}H{_WIDTH - _RIGHT}"/>')
        drawn += [
            f'<text class="op-a op-mid" x="{self.x(rpm):.1f}" y="{bottom + 14}">{quantity(rpm / 1e3)}</text>'
            for rpm in _ticks(0.0, self.fastest, 5)
        ]
        drawn += [
            f'<text class="op-a" x="{_LEFT - 5}" y="{self.y(torque) + 4:.1f}" text-anchor="end">{fixed(torque, 0)}</text>'
            for torque in _ticks(self.low, self.high, 7)
        ]
        drawn.append(
            f'<text class="op-a op-mid" x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 6}">motor speed, 1,000 rpm</text>'
        )
        drawn.append(f'<text class="op-a" x="{_WIDTH - _RIGHT}" y="16" text-anchor="end">torque, Nm · loss, kW</text>')
        return "".join(drawn)


def _dots(found: Sequence[Json], frame: _Frame) -> str:
    """Dots with areas by energy in a dozen sizes, the largest first; a halo keeps neighbours apart."""
    total = sum(c["energy_wh"] for c in found)
    if total <= 0.0:
        return f'<text class="op-a op-mid" x="{_WIDTH / 2:.0f}" y="{frame.y(0) - 8:.0f}">not used in this cycle</text>'
    sizes: dict[int, list[Json]] = {}
    held = 0.0
    for cell in sorted(found, key=lambda c: -c["energy_wh"]):
        if held > (1.0 - _TAIL) * total:
            break
        held += cell["energy_wh"]
        size = max(1, round(_SIZES * _radius(cell["energy_wh"] / total) / _LARGEST))
        sizes.setdefault(size, []).append(cell)
    drawn = []
    for size in sorted(sizes, reverse=True):
        wide = 2.0 * _LARGEST * size / _SIZES
        for style, sign in (("op-m", 1.0), ("op-g", -1.0)):
            chosen = [c for c in sizes[size] if sign * c["torque_nm"] > 0.0 or (sign > 0.0 and c["torque_nm"] == 0.0)]
            d = "".join(f"M{frame.x(c['speed_rpm']):.0f},{frame.y(c['torque_nm']):.0f}h0" for c in chosen)
            if d:
                drawn.append(f'<path class="op-h" stroke-width="{wide + 1.4:.1f}" d="{d}"/>')
                drawn.append(f'<path class="{style}" stroke-width="{wide:.1f}" d="{d}"/>')
    return "".join(drawn)


def _radius(share: float) -> float:
    return min(_LARGEST, _FULL * math.sqrt(share))


def _level_lines(
    grid: Sequence[Sequence[tuple[float, float, float]]], levels: Sequence[float], avoid: Sequence[Point]
) -> str:
    drawn, labels = [], []
    taken: list[Point] = []
    for level in levels:
        chains = lines(grid, level)
        drawn += [_line(chain) for chain in chains]
        for chain in sorted(chains, key=_length, reverse=True)[:2]:
            spot = _label_spot(chain, taken, avoid) if _length(chain) > 40.0 else None
            if spot:
                taken.append(spot)
                labels.append(
                    f'<text class="op-k op-mid" x="{spot[0]:.0f}" y="{spot[1] + 3:.0f}">{quantity(level)}</text>'
                )
    return f'<path class="op-lines" d="{"".join(drawn)}"/>{"".join(labels)}'


def _label_spot(chain: Sequence[Point], taken: Sequence[Point], avoid: Sequence[Point]) -> Point | None:
    """The point of a line for its label: clear of other labels, of the curve to avoid and of the frame, and right of where cycles run."""
    inner = [p for p in _finely(chain) if _LEFT + 14 < p[0] < _WIDTH - _RIGHT - 14]
    free = [p for p in inner if all(math.dist(p, other) >= 11.0 for other in avoid)] or inner

    def distance(point: Point) -> float:
        return min((math.dist(point, other) for other in taken), default=1e3)

    best = max(free[2:-2], key=lambda p: (min(distance(p), 30.0), -abs(p[0] - 0.7 * _WIDTH)), default=None)
    return best if best is not None and distance(best) >= 20.0 else None


def _finely(points: Sequence[Point]) -> list[Point]:
    """A line with points in between, so that distances to it mean something."""
    found = []
    for a, b in pairwise(points):
        count = max(1, round(math.dist(a, b) / 5.0))
        found += [(a[0] + (b[0] - a[0]) * k / count, a[1] + (b[1] - a[1]) * k / count) for k in range(count)]
    return [*found, *points[-1:]]


def _length(chain: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(chain))


def _line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _polygon(points: Sequence[Sequence[float]]) -> str:
    return "M" + "L".join(f"{p[0]:.1f},{p[1]:.1f}" for p in points) + "z"


def _ticks(low: float, high: float, about: int) -> Iterator[float]:
    raw = (high - low) / about
    base = 10.0 ** math.floor(math.log10(raw))
    step = next(base * m for m in (1.0, 2.0, 5.0, 10.0) if base * m >= raw * 0.999)
    for k in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield k * step


def _word(limit: str) -> str:
    """The document's name of a limit as a heading: "peak torque front" → "Peak torque, front"."""
    for axle in ("front", "rear"):
        if limit.endswith(f" {axle}"):
            return f"{limit[: -len(axle) - 1].capitalize()}, {axle}"
    return limit.capitalize()


def _kind(limit: str) -> int:
    return next((i for i, word in enumerate(("traction", "torque", "battery", "speed")) if word in limit), 3)
