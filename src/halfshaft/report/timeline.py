"""What our own pictures over the years share: a scale of years, its grid, marks and texts, as SVG.

Texts are escaped here. A year is a column as wide as the others; a bar from 2030 to 2032 covers three columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from halfshaft.report.charts import GRID

# Mean advance of a character at the pictures' label size, px.
_LETTER = 6.3
HEAD = 30.0


@dataclass(frozen=True)
class YearScale:
    """Years `first` to `last` from `left` to `right`, px."""

    first: int
    last: int
    left: float
    right: float

    @property
    def width(self) -> float:
        """Width of one year, px."""
        return (self.right - self.left) / (self.last - self.first + 1)

    def x(self, year: float) -> float:
        """Where a year begins, px."""
        return self.left + (year - self.first) * self.width

    def grid(self, height: float) -> str:
        """A line at the beginning of each year and the years' names above, thinned where they would touch."""
        step = max(1, -(-34 // max(1, int(self.width))))
        parts = []
        for year in range(self.first, self.last + 2):
            x = self.x(year)
            parts.append(
                f'<line x1="{x:.1f}" y1="{HEAD - 8:.0f}" x2="{x:.1f}" y2="{height:.1f}" stroke="{GRID}" stroke-width="1"/>'
            )
            if year <= self.last and (year - self.first) % step == 0:
                parts.append(label(str(year), x + self.width / 2.0, HEAD - 12, style="head", anchor="middle"))
        return "".join(parts)


def label(text: str, x: float, y: float, *, style: str = "", anchor: str = "start", room: float = 0.0) -> str:
    """A text with its base line at `y`; where `room` px are too few, it is cut and stands in full in its title."""
    shown = cut(text, room) if room else text
    title = f"<title>{escape(text)}</title>" if shown != text else ""
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{title}{escape(shown)}</text>'


def cut(text: str, room: float) -> str:
    """The text, or its beginning and an ellipsis where `room` px are too few; nothing where not even three letters fit."""
    fits = int(room / _LETTER)
    if len(text) <= fits:
        return text
    return text[: fits - 1] + "…" if fits >= 4 else ""


def bar(x0: float, x1: float, y: float, height: float, colour: str, title: str, *, faint: bool = False) -> str:
    """A bar between two places with a title; `faint` marks what would be without the alliance."""
    look = f'fill="#ffffff" stroke="{colour}" stroke-width="1.3"' if faint else f'fill="{colour}"'
    inset = 0.65 if faint else 0.0
    return (
        f'<rect x="{x0 + inset:.1f}" y="{y + inset:.1f}" width="{max(0.5, x1 - x0 - 2 * inset):.1f}" '
        f'height="{height - 2 * inset:.1f}" rx="2" {look}><title>{escape(title)}</title></rect>'
    )


def diamond(x: float, y: float, size: float, colour: str, title: str, *, hollow: bool = False) -> str:
    """A mark at a point in time."""
    points = f"{x:.1f},{y - size:.1f} {x + size:.1f},{y:.1f} {x:.1f},{y + size:.1f} {x - size:.1f},{y:.1f}"
    look = f'fill="#ffffff" stroke="{colour}" stroke-width="1.6"' if hollow else f'fill="{colour}" stroke="#ffffff"'
    return f'<polygon points="{points}" {look}><title>{escape(title)}</title></polygon>'


def picture(parts: Sequence[str], width: float, height: float, name: str) -> str:
    """The whole SVG, with the name that a screen reader says."""
    return f'<svg class="tree" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(name)}">{"".join(parts)}</svg>'
