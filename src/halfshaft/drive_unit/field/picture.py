"""A picture of one field: flux density as colour on the mesh, flux lines on top, outlines above all.

Flux lines are level lines of the vector potential, equally spaced, so that between any two flows the same flux. The rotor is shown where it
stands. One SVG text, no other file, the same for the same field.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.cage import with_cage_current
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import NotConverged
from halfshaft.drive_unit.field.solve import solve_currents

Array = NDArray[np.float64]

# Anchors of a perceptually even dark-to-light scale (viridis, van der Walt and Smith 2015), by share of the range.
_ANCHORS = np.array(
    [
        [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50],
        [253, 231, 37],
    ]
)  # fmt: skip
_SHADES = 48
_LINES = 24
_ARC_STEP_RAD = np.deg2rad(3.0)


def field_svg(
    model: FieldModel,
    i_d_a: float,
    i_q_a: float,
    i_f_a: float = 0.0,
    *,
    step: int = 0,
    largest_t: float = 2.0,
    width_px: int = 980,
) -> str:
    """|B| and flux lines of one operating point at one rotor step, as SVG. Raises NotConverged."""
    currents = np.array([[i_d_a, i_q_a, i_f_a]])
    if model.design.cage is not None:
        currents = with_cage_current(model, currents, [step], workers=1)
    solutions = solve_currents(model, currents, [step], flux_density=True, potential=True, workers=1)
    if not solutions.converged.all():
        raise NotConverged(solutions.failures)
    if solutions.flux_density_t is None or solutions.potential_wb_per_m is None:
        raise AssertionError("the fields just asked for are missing")
    magnitude = np.hypot(*solutions.flux_density_t[0, 0].T).astype(float)
    mesh = model.mesh
    potential = solutions.potential_wb_per_m[0, 0][: len(mesh.points_m)]
    turn = step * model.step_electrical_rad / model.design.pole_pairs
    points = mesh.points_m.copy()
    points[mesh.stator_nodes :] = _turned(points[mesh.stator_nodes :], turn)
    return _Canvas(model, points, turn, width_px).draw(magnitude, potential, largest_t, (i_d_a, i_q_a, i_f_a))


def _turned(points: Array, angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    turned: Array = points @ np.array([[c, s], [-s, c]])
    return turned


class _Canvas:
    """Millimetres to pixels, the sector's middle pointing up."""

    def __init__(self, model: FieldModel, points_m: Array, turn: float, width_px: int) -> None:
        self.model, self.turn = model, turn
        self.upright = 0.0 if model.design.whole_circle else np.pi / 2 - model.design.sector_rad / 2
        self.points = _turned(points_m, self.upright) * 1e3
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        self.width = width_px
        self.scale = (width_px - 190) / (high[0] - low[0])
        self.left, self.top = low[0], high[1]
        self.height = int((high[1] - low[1]) * self.scale + 110)

    def pixels(self, points_mm: Array) -> Array:
        """Points (..., 2) in pixels."""
        return np.stack(
            [20 + (points_mm[..., 0] - self.left) * self.scale, 70 + (self.top - points_mm[..., 1]) * self.scale], -1
        )

    def draw(self, magnitude: Array, potential: Array, largest_t: float, currents: tuple[float, float, float]) -> str:
        design = self.model.design
        names = [f"i_d {currents[0]:.4g} A", f"i_q {currents[1]:.4g} A"]
        if np.any([r.label.kind == "field_winding" for r in design.regions]):
            names.append(f"i_f {currents[2]:.4g} A")
        order = "first" if self.model.order == 1 else "second"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="DejaVu Sans, Arial, sans-serif">',
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
            f'<text x="20" y="30" font-size="18" font-weight="600" fill="#1b2a3a">{escape(design.name)}</text>',
            f'<text x="20" y="52" font-size="13" fill="#51606e">{", ".join(names)} (peak); {order}-order elements, '
            f"{len(self.model.elements.node_points_m):,} nodes; {_LINES} flux lines</text>",
        ]
        parts += self._triangles(magnitude, largest_t)
        parts.append(
            f'<path d="{self._flux_lines(potential)}" fill="none" stroke="#ffffff" stroke-width="0.9" opacity="0.85"/>'
        )
        parts.append(f'<path d="{self._outlines()}" fill="none" stroke="#101820" stroke-width="0.9"/>')
        parts += self._scale_bar(largest_t, float(magnitude.max()))
        parts.append("</svg>")
        return "\n".join(parts)

    def _triangles(self, magnitude: Array, largest_t: float) -> list[str]:
        shade = np.clip((magnitude / largest_t * _SHADES).astype(int), 0, _SHADES - 1)
        corners = self.pixels(self.points)[self.model.mesh.triangles]
        out = []
        for k in range(_SHADES):
            here = np.flatnonzero(shade == k)
            if len(here):
                path = "".join(
                    f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}L{c[0]:.1f} {c[1]:.1f}Z" for a, b, c in corners[here]
                )
                colour = shade_colour((k + 0.5) / _SHADES)
                # a hair of the own colour closes the gaps that anti-aliasing leaves between neighbours
                out.append(f'<path d="{path}" fill="{colour}" stroke="{colour}" stroke-width="0.5"/>')
        return out

    def _flux_lines(self, potential: Array) -> str:
        low, high = float(potential.min()), float(potential.max())
        levels = low + (np.arange(_LINES) + 0.5) / _LINES * (high - low)
        triangles = self.model.mesh.triangles
        pixels = self.pixels(self.points)
        out = []
        for level in levels:
            above = potential[triangles] > level
            crossed = np.flatnonzero(above.any(axis=1) & ~above.all(axis=1))
            for t in crossed:
                nodes, side = triangles[t], above[t]
                ends = []
                for i, j in ((0, 1), (1, 2), (2, 0)):
                    if side[i] != side[j]:
                        a, b = potential[nodes[i]], potential[nodes[j]]
                        share = (level - a) / (b - a)
                        ends.append(pixels[nodes[i]] + share * (pixels[nodes[j]] - pixels[nodes[i]]))
                out.append(f"M{ends[0][0]:.1f} {ends[0][1]:.1f}L{ends[1][0]:.1f} {ends[1][1]:.1f}")
        return "".join(out)

    def _outlines(self) -> str:
        out = []
        for region in self.model.design.regions:
            if region.label.kind == "air":
                continue
            for loop in (region.outline, *region.holes):
                for edge in loop:
                    shares = np.linspace(0.0, 1.0, 2 + int(abs(edge.sweep_rad) / _ARC_STEP_RAD))
                    points = np.array([edge.point_at(float(s)) for s in shares])
                    if region.part == "rotor":
                        points = _turned(points, self.turn)
                    pixel = self.pixels(_turned(points, self.upright) * 1e3)
                    out.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pixel))
        return "".join(out)

    def _scale_bar(self, largest_t: float, peak_t: float) -> list[str]:
        x, top = self.width - 140, 80
        height = min(self.height - 150, 360)
        out = [f'<text x="{x}" y="{top - 12}" font-size="13" fill="#1b2a3a">|B| in T</text>']
        for k in range(_SHADES):
            y = top + height * (1 - (k + 1) / _SHADES)
            out.append(
                f'<rect x="{x}" y="{y:.1f}" width="22" height="{height / _SHADES + 0.6:.1f}" fill="{shade_colour((k + 0.5) / _SHADES)}"/>'
            )
        for k in range(5):
            y = top + height * (1 - k / 4)
            more = "≥ " if k == 4 and peak_t > largest_t else ""
            out.append(
                f'<text x="{x + 30}" y="{y + 4:.1f}" font-size="12" fill="#1b2a3a">{more}{largest_t * k / 4:.1f}</text>'
            )
        out.append(f'<text x="{x}" y="{top + height + 24}" font-size="12" fill="#51606e">largest {peak_t:.2f} T</text>')
        return out


def shade_colour(share: float) -> str:
    """A colour between dark (0) and light (1)."""
    place = share * (len(_ANCHORS) - 1)
    k = min(int(place), len(_ANCHORS) - 2)
    rgb = np.rint(_ANCHORS[k] + (place - k) * (_ANCHORS[k + 1] - _ANCHORS[k])).astype(int)
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"
