"""Bands and lines of equal value on a grid of four-cornered cells whose corners may lie anywhere.

A map of a drive unit is fitted to its limits: at each speed the torques are shares of the peak torque there. So cells are no rectangles,
and what is drawn ends exactly at the limit curve. Values run linearly along the edges of a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
Corner = tuple[float, float, float]


def cells(
    x: Sequence[Sequence[float]], y: Sequence[Sequence[float]], z: Sequence[Sequence[float]]
) -> list[list[Corner]]:
    """The cells of a grid, each as its four corners (x, y, value) in turn."""
    found = []
    for i in range(len(z) - 1):
        for k in range(len(z[i]) - 1):
            corners = ((i, k), (i + 1, k), (i + 1, k + 1), (i, k + 1))
            found.append([(x[a][b], y[a][b], z[a][b]) for a, b in corners])
    return found


def clipped(cell: Sequence[Corner], low: float, high: float) -> list[Corner]:
    """The part of a cell with values between two levels."""
    return _cut(_cut(cell, low, 1.0), high, -1.0)


def _cut(polygon: Sequence[Corner], level: float, sign: float) -> list[Corner]:
    kept: list[Corner] = []
    for a, b in pairwise([*polygon, *polygon[:1]]):
        inside, next_inside = sign * (a[2] - level) >= 0.0, sign * (b[2] - level) >= 0.0
        if inside:
            kept.append(a)
        if inside != next_inside:
            kept.append(_between(a, b, level))
    return kept


def _between(a: Corner, b: Corner, level: float) -> Corner:
    share = (level - a[2]) / (b[2] - a[2])
    return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), level)


def lines(grid: Sequence[Sequence[Corner]], level: float) -> list[list[Point]]:
    """The lines on which the value is `level`, each as its points in turn."""
    ends: dict[Point, list[int]] = {}
    segments: list[tuple[Point, Point]] = []
    for cell in grid:
        crossings = [
            _rounded(_between(a, b, level)) for a, b in pairwise([*cell, cell[0]]) if (a[2] >= level) != (b[2] >= level)
        ]
        # A saddle has four crossings; either pairing is right, the first is as good.
        for start, end in zip(crossings[::2], crossings[1::2], strict=True):
            if start != end:
                ends.setdefault(start, []).append(len(segments))
                ends.setdefault(end, []).append(len(segments))
                segments.append((start, end))
    return _chained(segments, ends)


def _rounded(corner: Corner) -> Point:
    return (round(corner[0], 2), round(corner[1], 2))


def _chained(segments: Sequence[tuple[Point, Point]], ends: dict[Point, list[int]]) -> list[list[Point]]:
    free = set(range(len(segments)))
    # Open lines first, from one of their ends; what is left then are rings.
    starts = [point for point, members in ends.items() if len(members) == 1] + list(ends)
    found = []
    for start in starts:
        chain = [start]
        while True:
            ahead = [i for i in ends[chain[-1]] if i in free]
            if not ahead:
                break
            free.remove(ahead[0])
            a, b = segments[ahead[0]]
            chain.append(b if a == chain[-1] else a)
        if len(chain) > 1:
            found.append(chain)
    return found
