"""Colour and labelled lines of a quantity over a mesh of points, in a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.chart.contours import areas_above, level_lines
from halfshaft.drive_unit.chart.frame import INK, Frame, path, polyline, text, text_width

Array = NDArray[np.float64]

_SMALLEST_LABEL_ROOM = 60.0  # px of a line for which it gets a label


def shaded(
    frame: Frame, x: Array, y: Array, z: Array, levels: Sequence[float], colour_of: Callable[[float], str]
) -> list[str]:
    """Areas above one level upon another, from the lowest to the highest."""
    px, py = frame.px(x), frame.py(y)
    parts = []
    for level in levels:
        polygons = areas_above(px, py, z, level)
        if polygons:
            colour = colour_of(level)
            data = "".join(path(polygon, closed=True) for polygon in polygons)
            parts.append(f'<path d="{data}" fill="{colour}" fill-rule="evenodd"/>')
    return parts


def labelled_lines(
    frame: Frame,
    x: Array,
    y: Array,
    z: Array,
    levels: Sequence[float],
    bold: Sequence[float] = (),
    *,
    colour: str = "#33413f",
    keep_clear: tuple[float, float] | None = None,
) -> list[str]:
    """Lines of equal values; each but the shortest carries its number where it is straight and nothing else is written.

    Levels that come first are labelled first. No label stands between the heights ``keep_clear`` in pixels.
    """
    px, py = frame.px(x), frame.py(y)
    parts, labels = [], []
    taken: list[tuple[float, float, float]] = []
    for level in levels:
        for line in level_lines(px, py, z, level):
            parts.append(polyline(line, colour, 1.1 if level in bold else 0.6))
            place = label_place(line, f"{level:g}", 11.0, taken, keep_clear)
            if place is not None:
                labels.append(text(place[0], place[1], f"{level:g}", 11, INK, "middle", halo=True, turn_deg=place[2]))
    return [*parts, *labels]


def label_place(
    line: Array,
    words: str,
    size: float,
    taken: list[tuple[float, float, float]],
    keep_clear: tuple[float, float] | None = None,
) -> tuple[float, float, float] | None:
    """Where on a line (k, 2) in pixels its label stands, and by how many degrees it is turned; None where there is no room.

    ``taken`` holds the places (x, y, reach) of earlier labels and gets this one's.
    """
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    half = 0.5 * text_width(words, size) + 3.0
    if along[-1] < max(_SMALLEST_LABEL_ROOM, 4.0 * half):
        return None
    best: tuple[float, tuple[float, float, float]] | None = None
    for at in np.linspace(0.12, 0.88, 39) * along[-1]:
        ends = [np.array([np.interp(at + s, along, line[:, k]) for k in range(2)]) for s in (-half, 0.0, half)]
        chord = ends[2] - ends[0]
        bend = float(np.hypot(*(ends[1] - 0.5 * (ends[0] + ends[2])))) / half
        angle = np.rad2deg(np.arctan2(chord[1], chord[0]))
        angle = angle - 180.0 if angle > 90.0 else angle + 180.0 if angle < -90.0 else angle
        x, y = ends[1]
        near = min((np.hypot(x - a, y - b) - r for a, b, r in taken), default=np.inf)
        if near < 2.0 * half or (keep_clear is not None and keep_clear[0] < y < keep_clear[1]):
            continue
        cost = abs(angle) / 90.0 + 6.0 * bend + abs(at / along[-1] - 0.5)
        if best is None or cost < best[0]:
            turn = np.deg2rad(angle)
            best = cost, (x - 0.36 * size * np.sin(turn), y + 0.36 * size * np.cos(turn), float(angle))
    if best is None:
        return None
    x, y, _ = best[1]
    taken.append((x, y, half))
    return best[1]
