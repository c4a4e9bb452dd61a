"""Stator slots: rectangular for hairpins, tapered by its widths, or tapered so that the teeth are parallel.

A slot is drawn with its axis on the x axis and the machine's axis at the origin. Its opening towards the bore, and the wedge below it,
are air. The winding fills the rest of the slot, split into layers of equal height from the bore outwards; how much of it is copper is the
winding's fill, so liner and wire insulation take no lines of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, hypot, pi, sin, sqrt

from halfshaft.drive_unit.geometry.fault import mm
from halfshaft.drive_unit.geometry.parameter import require, require_not_negative, require_positive
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.drive_unit.geometry.sketch import arc, chain, mirrored

THINNEST_TOOTH_M = 0.5e-3  # below, a lamination can hardly be punched


@dataclass(frozen=True)
class SlotSketch:
    """A drawn slot. ``layer_points`` lie inside the winding's layers, the one nearest to the bore first; areas in the same order."""

    opening: tuple[Edge, ...]
    body: tuple[Edge, ...]
    layer_points: tuple[Point, ...]
    layer_areas_m2: tuple[float, ...]
    bottom_radius_m: float

    @property
    def winding_area_m2(self) -> float:
        """Area of all layers."""
        return sum(self.layer_areas_m2)


@dataclass(frozen=True)
class RectangularSlot:
    """Parallel-sided slot for hairpins: ``depth_m`` from the end of the opening to the bottom, ``wedge_m`` of it free below the opening."""

    opening_width_m: float
    opening_depth_m: float
    width_m: float
    depth_m: float
    wedge_m: float = 0.0
    liner_m: float = 0.0

    def sketch(self, bore_radius_m: float, slots: int, layers: int) -> SlotSketch:
        """Draw the slot. Raises ParameterError where it does not fit."""
        require_positive(self, "opening_width_m", "width_m", "depth_m")
        require_not_negative(self, "opening_depth_m", "wedge_m", "liner_m")
        _check_opening(self.opening_width_m, self.width_m, "slot", bore_radius_m, slots)
        require(self.wedge_m < self.depth_m, "wedge_m", self.wedge_m, f"the slot is {mm(self.depth_m)} deep")
        require(2.0 * self.liner_m < self.width_m, "liner_m", self.liner_m, f"the slot is {mm(self.width_m)} wide")
        start = _opening_end(bore_radius_m, self.opening_width_m, self.opening_depth_m)
        half = 0.5 * self.width_m
        _check_tooth("width_m", self.width_m, half, start[0], slots)
        bottom = start[0] + self.depth_m
        profile = chain([start, (start[0], half), (bottom, half), (bottom, 0.0)], "")
        return _sketched(bore_radius_m, start, profile, start[0] + self.wedge_m, layers)


@dataclass(frozen=True)
class TaperedSlot:
    """Slot by its widths: ``top_width_m`` where the shoulders end, ``bottom_width_m`` where the bottom's corners begin.

    ``depth_m`` runs from the end of the shoulders to the bottom. Corners of half the bottom width make the bottom round, of zero flat.
    """

    opening_width_m: float
    opening_depth_m: float
    shoulder_height_m: float
    top_width_m: float
    bottom_width_m: float
    depth_m: float
    bottom_corner_radius_m: float = 0.0
    wedge_m: float = 0.0

    def sketch(self, bore_radius_m: float, slots: int, layers: int) -> SlotSketch:
        """Draw the slot. Raises ParameterError where it does not fit."""
        require_positive(self, "opening_width_m", "top_width_m", "bottom_width_m", "depth_m")
        require_not_negative(self, "opening_depth_m", "shoulder_height_m", "bottom_corner_radius_m", "wedge_m")
        _check_opening(self.opening_width_m, self.top_width_m, "top of the slot", bore_radius_m, slots)
        corner, half_bottom = self.bottom_corner_radius_m, 0.5 * self.bottom_width_m
        limit = min(half_bottom, self.depth_m)
        require(
            corner <= limit * (1.0 + 1e-9),
            "bottom_corner_radius_m",
            corner,
            f"it must be at most {mm(limit)}: half the bottom's width and not more than the depth",
        )
        corner = min(corner, half_bottom)
        require(self.wedge_m < self.depth_m - corner, "wedge_m", self.wedge_m, "it must end above the bottom's corners")
        start = _opening_end(bore_radius_m, self.opening_width_m, self.opening_depth_m)
        top = start[0] + self.shoulder_height_m
        straight, bottom = top + self.depth_m - corner, top + self.depth_m
        _check_tooth("top_width_m", self.top_width_m, 0.5 * self.top_width_m, top, slots)
        _check_tooth("bottom_width_m", self.bottom_width_m, half_bottom, straight, slots)
        profile = chain([start, (top, 0.5 * self.top_width_m), (straight, half_bottom)], "")
        if corner > 0.0:
            profile.append(
                arc((straight, half_bottom), (bottom, half_bottom - corner), (straight, half_bottom - corner), "")
            )
        profile += chain([(bottom, half_bottom - corner), (bottom, 0.0)], "")
        return _sketched(bore_radius_m, start, profile, top + self.wedge_m, layers)


@dataclass(frozen=True)
class ParallelToothSlot:
    """Slot that leaves parallel teeth of ``tooth_width_m``, ``side_length_m`` long along the tooth's flank.

    The shoulder is straight, ``shoulder_height_m`` high, or round with ``shoulder_radius_m``, tangent to the flank; one of the two is zero.
    """

    opening_width_m: float
    opening_depth_m: float
    tooth_width_m: float
    side_length_m: float
    shoulder_height_m: float = 0.0
    shoulder_radius_m: float = 0.0
    round_bottom: bool = True
    wedge_m: float = 0.0

    def sketch(self, bore_radius_m: float, slots: int, layers: int) -> SlotSketch:
        """Draw the slot. Raises ParameterError where it does not fit."""
        require_positive(self, "opening_width_m", "tooth_width_m", "side_length_m")
        require_not_negative(self, "opening_depth_m", "shoulder_height_m", "shoulder_radius_m", "wedge_m")
        require(
            self.shoulder_height_m == 0.0 or self.shoulder_radius_m == 0.0,
            "shoulder_radius_m",
            self.shoulder_radius_m,
            f"the shoulder has a height of {mm(self.shoulder_height_m)}; give one of the two",
        )
        pitch_m = 2.0 * bore_radius_m * sin(pi / slots)
        require(
            THINNEST_TOOTH_M <= self.tooth_width_m < pitch_m,
            "tooth_width_m",
            self.tooth_width_m,
            f"it must lie between {mm(THINNEST_TOOTH_M)} and the slot pitch of {mm(pitch_m)}",
        )
        _check_opening(self.opening_width_m, pitch_m, "slot pitch", bore_radius_m, slots)
        start = _opening_end(bore_radius_m, self.opening_width_m, self.opening_depth_m)
        half_pitch = pi / slots
        along, across = (cos(half_pitch), sin(half_pitch)), (-sin(half_pitch), cos(half_pitch))
        flank = 0.5 * self.tooth_width_m

        def on_flank(way_m: float) -> Point:
            return way_m * along[0] - flank * across[0], way_m * along[1] - flank * across[1]

        profile: list[Edge] = []
        beyond = start[0] * across[0] + start[1] * across[1] + flank  # above zero: the corner lies inside the tooth
        if self.shoulder_radius_m > 0.0:
            radius = self.shoulder_radius_m
            require(
                -2.0 * radius < beyond <= 0.0,
                "shoulder_radius_m",
                radius,
                f"it must bridge the {mm(-beyond)} between opening and tooth flank, so be at least {mm(max(-beyond, 0.0) / 2.0)}",
            )
            way = start[0] * along[0] + start[1] * along[1] + sqrt(radius**2 - (beyond + radius) ** 2)
            top = on_flank(way)
            centre = top[0] - radius * across[0], top[1] - radius * across[1]
            profile.append(arc(start, top, centre, ""))
        else:
            way = (start[0] + self.shoulder_height_m + flank * across[0]) / along[0]
            top = on_flank(way)
            require(
                top[1] >= start[1] - 1e-9,
                "tooth_width_m",
                self.tooth_width_m,
                f"it leaves {mm(2.0 * top[1])} below an opening of {mm(self.opening_width_m)}; make the tooth or the opening narrower",
            )
            profile += chain([start, top], "")
        end = on_flank(way + self.side_length_m)
        profile += chain([top, end], "")
        if self.round_bottom:
            profile.append(arc(end, (end[0] + end[1], 0.0), (end[0], 0.0), ""))
        else:
            profile += chain([end, (end[0], 0.0)], "")
        require(self.wedge_m < end[0] - start[0], "wedge_m", self.wedge_m, "it must end above the slot's bottom")
        return _sketched(bore_radius_m, start, profile, start[0] + self.wedge_m, layers)


Slot = RectangularSlot | TaperedSlot | ParallelToothSlot


def _opening_end(bore_radius_m: float, width_m: float, depth_m: float) -> Point:
    """Upper corner where the opening ends: the depth counts from where its sides leave the bore."""
    return sqrt(bore_radius_m**2 - 0.25 * width_m**2) + depth_m, 0.5 * width_m


def _check_opening(opening_m: float, widest_m: float, of_what: str, bore_radius_m: float, slots: int) -> None:
    pitch_m = 2.0 * bore_radius_m * sin(pi / slots)
    limit = min(widest_m, pitch_m - THINNEST_TOOTH_M)
    what = f"the {of_what} is {mm(widest_m)} wide" if limit == widest_m else f"the slot pitch is {mm(pitch_m)}"
    require(opening_m <= limit * (1.0 + 1e-9), "opening_width_m", opening_m, f"it must be at most {mm(limit)}: {what}")


def _check_tooth(field: str, width_m: float, half_m: float, at_m: float, slots: int) -> None:
    """The tooth beside a slot's point must keep its thinnest width."""
    half_pitch = pi / slots
    tooth_m = 2.0 * (at_m * sin(half_pitch) - half_m * cos(half_pitch))
    limit = 2.0 * (at_m * sin(half_pitch) - 0.5 * THINNEST_TOOTH_M) / cos(half_pitch)
    require(
        tooth_m >= THINNEST_TOOTH_M,
        field,
        width_m,
        f"it leaves a tooth of {mm(tooth_m)} at r = {mm(hypot(at_m, half_m))}; at most {mm(limit)} fits between {slots} slots",
    )


def _sketched(
    bore_radius_m: float, start: Point, profile: Sequence[Edge], wound_from_m: float, layers: int
) -> SlotSketch:
    """Mirror the upper half of a slot and divide its winding into layers of equal height."""
    begin = (sqrt(bore_radius_m**2 - start[1] ** 2), start[1])
    opening = chain([begin, start], "")
    bottom = max(edge.end[0] for edge in profile)
    cuts = [wound_from_m + (bottom - wound_from_m) * k / layers for k in range(layers + 1)]
    body = [*profile, *mirrored(profile)]
    for cut in cuts[:-1]:
        half = _half_width(profile, start, cut)
        body += chain([(cut, -half), (cut, half)], "")
    points = tuple((0.5 * (low + high), 0.0) for low, high in itertools.pairwise(cuts))
    areas = tuple(2.0 * _area_below(profile, low, high) for low, high in itertools.pairwise(cuts))
    return SlotSketch((*opening, *mirrored(opening)), tuple(body), points, areas, bottom)


def _half_width(profile: Sequence[Edge], start: Point, at_m: float) -> float:
    """Half the slot's width at a height; where a shoulder is flat, its wider end counts unless the cut is the opening's end."""
    if at_m <= start[0] + 1e-9:
        return start[1]
    for edge in profile:
        low, high = edge.start, edge.end
        if low[0] - 1e-12 <= at_m <= high[0] + 1e-12 and high[0] - low[0] > 1e-12:
            if edge.centre is None:
                return low[1] + (high[1] - low[1]) * (at_m - low[0]) / (high[0] - low[0])
            return edge.centre[1] + sqrt(max(edge.radius_m**2 - (at_m - edge.centre[0]) ** 2, 0.0))
    return 0.0


def _area_below(profile: Sequence[Edge], low_m: float, high_m: float) -> float:
    """Area between the slot's axis and its upper side, from height to height."""
    area = 0.0
    for edge in profile:
        begin, end = max(edge.start[0], low_m), min(edge.end[0], high_m)
        if end <= begin:
            continue
        if edge.centre is None:
            slope = (edge.end[1] - edge.start[1]) / (edge.end[0] - edge.start[0])
            area += (end - begin) * (edge.start[1] + slope * (0.5 * (begin + end) - edge.start[0]))
        else:
            (x, y), radius = edge.centre, edge.radius_m
            area += y * (end - begin) + _below_arc(end - x, radius) - _below_arc(begin - x, radius)
    return area


def _below_arc(at_m: float, radius_m: float) -> float:
    """Area under a circle about the origin, from its middle."""
    share = min(max(at_m / radius_m, -1.0), 1.0)
    return 0.5 * radius_m**2 * (share * sqrt(1.0 - share**2) + asin(share))
