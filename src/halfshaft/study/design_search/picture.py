"""The Pareto front as an SVG picture: a panel for each pair of objectives, all designs that meet the demands, the front and the start."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import combinations
from math import ceil, floor, log10
from typing import Any

Json = dict[str, Any]

PANEL_PX, GAP_PX, TOP_PX, BOTTOM_PX, LEFT_PX = 340.0, 74.0, 96.0, 62.0, 74.0
INK, PALE, GRID = "#1d2733", "#5d6b7a", "#e3e8ee"
FRONT, OTHER, START, BEST = "#1f6f8b", "#c3ccd6", "#c8553d", "#e0a526"
FONT = "font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\""
_TICKS = 5
_LOOSE = 1.25  # others beyond the front and the start by more than this share of their span are left out of the view


def front_svg(shown: Json) -> str:
    """Draw what ``answer_picture`` gathered."""
    labels = shown["labels"]
    pairs = list(combinations(range(len(labels)), 2)) or [(0, 0)]
    width = LEFT_PX + len(pairs) * PANEL_PX + (len(pairs) - 1) * GAP_PX + 28.0
    height = TOP_PX + PANEL_PX + BOTTOM_PX + 34.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" {FONT}>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="28" y="38" font-size="22" font-weight="700" fill="{INK}">{escape(shown["title"])}: Pareto front</text>',
        f'<text x="28" y="62" font-size="13" fill="{PALE}">{escape(_caption(shown))}</text>',
    ]
    for k, (i, j) in enumerate(pairs):
        parts += _panel(shown, i, j, LEFT_PX + k * (PANEL_PX + GAP_PX))
    parts += _legend(shown, height - 18.0)
    parts.append("</svg>")
    return "\n".join(parts)


def _caption(shown: Json) -> str:
    front, others = len(shown["front"]), len(shown["others"])
    more = f"{len(shown['checked'])} of them computed again finely (rings)" if shown["checked"] else "coarse fields"
    return f"{front} designs that nothing beats, out of {front + others} that meet every demand; {more}. Down and left is better."


def _panel(shown: Json, i: int, j: int, left: float) -> list[str]:
    near = [*shown["front"], *shown["checked"].values(), shown["start"], shown["start_checked"]]
    points = [p for p in near if p is not None]
    spans = [_span([p[axis] for p in points]) for axis in (i, j)]
    bottom = TOP_PX + PANEL_PX

    def at(point: Sequence[float]) -> tuple[float, float]:
        (x0, x1), (y0, y1) = spans
        return left + PANEL_PX * (point[i] - x0) / (x1 - x0), bottom - PANEL_PX * (point[j] - y0) / (y1 - y0)

    def inside(point: Sequence[float]) -> bool:
        return all(low <= point[axis] <= high for axis, (low, high) in zip((i, j), spans, strict=True))

    parts = [f'<g stroke="{GRID}" stroke-width="1">']
    words = []
    for value in _ticks(*spans[0]):
        x = left + PANEL_PX * (value - spans[0][0]) / (spans[0][1] - spans[0][0])
        parts.append(f'<path d="M{x:.1f} {TOP_PX:.1f}V{bottom:.1f}"/>')
        words.append(f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{value:g}</text>')
    for value in _ticks(*spans[1]):
        y = bottom - PANEL_PX * (value - spans[1][0]) / (spans[1][1] - spans[1][0])
        parts.append(f'<path d="M{left:.1f} {y:.1f}H{left + PANEL_PX:.1f}"/>')
        words.append(f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    parts += ["</g>", f'<g font-size="11.5" fill="{PALE}">', *words, "</g>"]
    parts.append(
        f'<text x="{left + 0.5 * PANEL_PX:.1f}" y="{bottom + 40:.1f}" font-size="13" text-anchor="middle" fill="{INK}">'
        f"{escape(shown['labels'][i])}</text>"
    )
    parts.append(
        f'<text transform="translate({left - 54:.1f} {TOP_PX + 0.5 * PANEL_PX:.1f}) rotate(-90)" font-size="13" text-anchor="middle" '
        f'fill="{INK}">{escape(shown["labels"][j])}</text>'
    )
    parts += [_dot(at(p), 2.6, OTHER) for p in shown["others"] if inside(p)]
    for k, fine in shown["checked"].items():
        if fine is not None:
            (x, y), (u, v) = at(shown["front"][k]), at(fine)
            parts.append(f'<path d="M{x:.1f} {y:.1f}L{u:.1f} {v:.1f}" stroke="{FRONT}" stroke-width="1"/>')
            parts.append(_ring((u, v), 5.0, FRONT))
    parts += [_dot(at(p), 4.0, BEST if k == shown["best"] else FRONT) for k, p in enumerate(shown["front"])]
    if shown["start"] is not None:
        parts.append(_diamond(at(shown["start"]), START))
    if shown["start_checked"] is not None:
        parts.append(_ring(at(shown["start_checked"]), 7.0, START))
    return parts


def _legend(shown: Json, y: float) -> list[str]:
    start = "the design to beat" if shown["start_feasible"] else "the design to beat (misses a demand)"
    entries = [
        (FRONT, "front"),
        (BEST, "gains most on the design to beat where it gains least"),
        (OTHER, "dominated"),
        (START, start),
    ]
    parts, x = [], 34.0
    for colour, text in entries:
        mark = (x, y - 4.0)
        parts.append(_diamond(mark, colour) if colour == START else _dot(mark, 4.5, colour))
        parts.append(f'<text x="{x + 11:.1f}" y="{y:.1f}" font-size="12" fill="{INK}">{escape(text)}</text>')
        x += 34.0 + 6.7 * len(text)
    return parts


def _span(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room * _LOOSE


def _ticks(low: float, high: float) -> list[float]:
    """Round values between two ends."""
    rough = (high - low) / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough)
    return [round(k * step, 10) for k in range(ceil(low / step), floor(high / step) + 1)]


def _dot(at: tuple[float, float], radius: float, colour: str) -> str:
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}" fill="{colour}"/>'


def _ring(at: tuple[float, float], radius: float, colour: str) -> str:
    return (
        f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}" fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>'
    )


def _diamond(at: tuple[float, float], colour: str) -> str:
    x, y = at
    return f'<path d="M{x:.1f} {y - 6.5:.1f}l6.5 6.5l-6.5 6.5l-6.5 -6.5z" fill="{colour}"/>'
