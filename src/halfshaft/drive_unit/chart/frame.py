"""A frame to draw a chart in: two linear axes with round ticks, from data to pixels, written as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

INK, PALE, GRID, PAPER = "#1d2733", "#5d6b7a", "#e3e7ec", "#ffffff"
FONT = "font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\""
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_LETTER = 0.56  # mean width of a letter in shares of its height


@dataclass(frozen=True)
class Frame:
    """A rectangle of the page in pixels (x, y downwards, width, height) that shows a rectangle of data (ends in order)."""

    box: tuple[float, float, float, float]
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def px(self, x: Array) -> Array:
        """Pixels across."""
        low, high = self.x_range
        return self.box[0] + (np.asarray(x) - low) / (high - low) * self.box[2]

    def py(self, y: Array) -> Array:
        """Pixels down."""
        low, high = self.y_range
        return self.box[1] + (high - np.asarray(y)) / (high - low) * self.box[3]

    def points(self, x: Array, y: Array) -> Array:
        """(k, 2) pixels."""
        return np.stack([self.px(x), self.py(y)], axis=-1)

    def line(self, x: Array, y: Array, colour: str = INK, width: float = 1.5, dash: str = "", more: str = "") -> str:
        """A line through data points, clipped to the frame."""
        return polyline(self.points(x, y), colour, width, dash, f'clip-path="url(#{self.clip})" {more}')

    @property
    def clip(self) -> str:
        """Name of the clip path of this frame, unlike that of any other frame of the page."""
        return "clip-" + "-".join(f"{v:.0f}" for v in self.box)

    def background(
        self, x_title: str, y_title: str, x_step: float | None = None, y_step: float | None = None
    ) -> list[str]:
        """Paper, grid, tick labels and titles; to be drawn first."""
        left, top, width, height = self.box
        parts = [
            f'<clipPath id="{self.clip}"><rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/></clipPath>',
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="#fbfbfa"/>',
        ]
        for x in ticks(*self.x_range, max(int(width / 90), 3), x_step):
            at = float(self.px(np.array(x)))
            parts.append(f'<path d="M{at:.1f} {top:.1f}V{top + height:.1f}" stroke="{GRID}" stroke-width="1"/>')
            parts.append(text(at, top + height + 18, number(x), 12, PALE, "middle"))
        for y in ticks(*self.y_range, max(int(height / 55), 3), y_step):
            at = float(self.py(np.array(y)))
            parts.append(f'<path d="M{left:.1f} {at:.1f}H{left + width:.1f}" stroke="{GRID}" stroke-width="1"/>')
            parts.append(text(left - 8, at + 4, number(y), 12, PALE, "end"))
        parts.append(text(left + 0.5 * width, top + height + 42, x_title, 13, INK, "middle"))
        middle = top + 0.5 * height
        parts.append(
            f'<text x="{left - 56:.1f}" y="{middle:.1f}" font-size="13" fill="{INK}" text-anchor="middle" '
            f'transform="rotate(-90 {left - 56:.1f} {middle:.1f})">{escape(y_title)}</text>'
        )
        return parts

    def border(self) -> str:
        """The frame itself, and the axis of zero where it lies inside."""
        left, top, width, height = self.box
        parts = []
        if self.y_range[0] < 0.0 < self.y_range[1]:
            zero = float(self.py(np.array(0.0)))
            parts.append(f'<path d="M{left:.1f} {zero:.1f}H{left + width:.1f}" stroke="{INK}" stroke-width="1"/>')
        if self.x_range[0] < 0.0 < self.x_range[1]:
            zero = float(self.px(np.array(0.0)))
            parts.append(f'<path d="M{zero:.1f} {top:.1f}V{top + height:.1f}" stroke="{INK}" stroke-width="1"/>')
        rim = f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="none" stroke="{INK}" stroke-width="1"/>'
        return "\n".join([*parts, rim])


def page(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """A whole SVG document."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label, quote=True)}" {FONT}>',
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="{PAPER}"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def text(
    x: float, y: float, words: str, size: float, colour: str = INK, anchor: str = "start", *, bold: bool = False,
    halo: bool = False, turn_deg: float = 0.0,
) -> str:  # fmt: skip
    """Words at a place; a halo keeps them legible over lines."""
    more = ' font-weight="600"' if bold else ""
    if halo:
        more += f' stroke="{PAPER}" stroke-width="3" stroke-opacity="0.85" paint-order="stroke" stroke-linejoin="round"'
    if turn_deg:
        more += f' transform="rotate({turn_deg:.1f} {x:.1f} {y:.1f})"'
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def text_width(words: str, size: float) -> float:
    """About how wide words are, in pixels."""
    return _LETTER * size * len(words)


def polyline(points: Array, colour: str, width: float, dash: str = "", more: str = "") -> str:
    """A line through pixels (k, 2)."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{path(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round" '
        f'stroke-linecap="round"{dashes} {more}/>'
    )


def path(points: Array, *, closed: bool = False) -> str:
    """Path data through pixels (k, 2)."""
    body = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{body}{'Z' if closed else ''}"


def ticks(low: float, high: float, about: int, step: float | None = None) -> list[float]:
    """Round numbers between two ends, about so many."""
    if step is None:
        rough = (high - low) / max(about, 1)
        power = 10.0 ** np.floor(np.log10(rough))
        step = power * next(r for r in _ROUND if r * power >= rough * (1.0 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [k * step for k in range(first, last + 1)]


def number(value: float) -> str:
    """A tick's label: no trailing zeros, a minus that is one, thousands apart."""
    words = f"{abs(value):,.6g}" if abs(value) < 1e6 else f"{abs(value):.3g}"
    return ("\u2212" if value < 0.0 else "") + words
