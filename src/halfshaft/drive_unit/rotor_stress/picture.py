"""A picture of a rotor's stress: von Mises stress as colour on the sheet, the drawing's outlines, and the weakest necks marked.

The sheet is shown as it moves, exaggerated. One SVG text, no other file, the same for the same stress.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.picture import shade_colour
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.rotor_stress.sections import turned
from halfshaft.drive_unit.rotor_stress.stress import RotorStress

Array = NDArray[np.float64]

_SHADES = 48
_ARC_STEP_RAD = np.deg2rad(3.0)
_SHOWN_GROWTH = 0.02  # of the rotor's radius: how large the greatest displacement is drawn
_MARKED = 3


def stress_svg(found: RotorStress, speed_rad_per_s: float, *, width_px: int = 980) -> str:
    """Stress at a speed as SVG; colours run from nothing to the yield strength of the weakest neck's steel."""
    return _Canvas(found, speed_rad_per_s, width_px).draw()


class _Canvas:
    """Millimetres to pixels, the sector's middle pointing up."""

    def __init__(self, found: RotorStress, speed: float, width_px: int) -> None:
        self.found, self.speed, self.width = found, speed, width_px
        design = found.design
        self.upright = 0.0 if design.whole_circle else np.pi / 2 - design.sector_rad / 2
        moved = found.displacement_m_s2.reshape(-1, 2)
        self.magnified = _SHOWN_GROWTH * design.rotor_outer_radius_m / max(float(np.hypot(*moved.T).max()), 1e-30)
        self.points = turned(found.sheet.nodes_m + self.magnified * moved, self.upright) * 1e3
        drawn = np.concatenate([self.points, *(self._line(line) for line in found.sheet.lines)])
        low, high = drawn.min(axis=0), drawn.max(axis=0)
        self.scale = (width_px - 210) / (high[0] - low[0])
        self.left, self.top = low[0], high[1]
        self.height = int((high[1] - low[1]) * self.scale + 100 + 18 * _MARKED)

    def draw(self) -> str:
        """The whole picture."""
        found, rpm = self.found, self.speed * 30.0 / np.pi
        yields = found.weakest.yield_strength_pa
        times = self.magnified / self.speed**2 if self.speed else 0.0
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="DejaVu Sans, Arial, sans-serif">',
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
            f'<text x="20" y="30" font-size="18" font-weight="600" fill="#1b2a3a">{escape(found.design.name)}</text>',
            f'<text x="20" y="52" font-size="13" fill="#51606e">von Mises stress of the rotor\'s iron at {rpm:,.0f} rpm; '
            f"displacement {times:,.0f} times as large as it is</text>",
        ]
        parts += self._elements(yields)
        parts.append(f'<path d="{self._outlines()}" fill="none" stroke="#101820" stroke-width="0.7" opacity="0.6"/>')
        parts += self._marks()
        parts += self._scale_bar(yields)
        parts.append("</svg>")
        return "\n".join(parts)

    def _pixels(self, points_mm: Array) -> Array:
        x = 20 + (points_mm[..., 0] - self.left) * self.scale
        return np.stack([x, 70 + (self.top - points_mm[..., 1]) * self.scale], -1)

    def _elements(self, yields: float) -> list[str]:
        values = self.found.von_mises_pa_s2 * self.speed**2
        shade = np.clip((values / yields * _SHADES).astype(int), 0, _SHADES - 1)
        around = self._pixels(self.points)[self.found.sheet.elements[:, :3]]
        out = []
        for k in range(_SHADES):
            here = np.flatnonzero(shade == k)
            if len(here):
                path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in element) + "Z" for element in around[here])
                colour = shade_colour((k + 0.5) / _SHADES)
                # a hair of the own colour closes the gaps that anti-aliasing leaves between neighbours
                out.append(f'<path d="{path}" fill="{colour}" stroke="{colour}" stroke-width="0.5"/>')
        return out

    def _line(self, line: Edge) -> Array:
        shares = np.linspace(0.0, 1.0, 2 + int(abs(line.sweep_rad) / _ARC_STEP_RAD))
        points = np.array([line.point_at(float(s)) for s in shares])
        return turned(points, self.upright) * 1e3

    def _outlines(self) -> str:
        lines = (self._pixels(self._line(line)) for line in self.found.sheet.lines)
        return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pixel) for pixel in lines)

    def _marks(self) -> list[str]:
        out = []
        for k, feature in enumerate(self.found.features[:_MARKED]):
            place = feature.radius_m * np.array([np.cos(feature.angle_rad), np.sin(feature.angle_rad)])
            nearest = int(np.argmin(np.sum((self.found.sheet.nodes_m - place) ** 2, axis=1)))
            x, y = self._pixels(self.points[nearest])
            stress = 1e-6 * feature.nominal_pa_s2 * self.speed**2
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="#d1342f" stroke-width="1.6"/>')
            out.append(
                f'<text x="{x + 11:.1f}" y="{y + 4:.1f}" font-size="13" font-weight="600" fill="#d1342f">{k + 1}</text>'
            )
            out.append(
                f'<text x="20" y="{self.height - 14 - 18 * (_MARKED - 1 - k)}" font-size="12" fill="#51606e">{k + 1}: '
                f"{escape(feature.name)}, {stress:.0f} MPa</text>"
            )
        return out

    def _scale_bar(self, yields: float) -> list[str]:
        x, top = self.width - 150, 80
        height = min(self.height - 170, 360)
        peak = self.found.peak_pa_s2 * self.speed**2
        out = [f'<text x="{x}" y="{top - 12}" font-size="13" fill="#1b2a3a">MPa, up to yielding</text>']
        for k in range(_SHADES):
            y = top + height * (1 - (k + 1) / _SHADES)
            out.append(
                f'<rect x="{x}" y="{y:.1f}" width="22" height="{height / _SHADES + 0.6:.1f}" fill="{shade_colour((k + 0.5) / _SHADES)}"/>'
            )
        for k in range(5):
            y = top + height * (1 - k / 4)
            out.append(
                f'<text x="{x + 30}" y="{y + 4:.1f}" font-size="12" fill="#1b2a3a">{1e-6 * yields * k / 4:.0f}</text>'
            )
        out.append(
            f'<text x="{x}" y="{top + height + 24}" font-size="12" fill="#51606e">at corners {1e-6 * peak:.0f}</text>'
        )
        return out
