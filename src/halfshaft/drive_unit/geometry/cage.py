"""The rotor of an induction machine: a ring of sheet with a squirrel cage of bars in its slots.

Drawn over one pole whose d axis lies on the x axis; the template turns it into its sector. Bars lie half a bar pitch off the sector's
sides, so the sides cut rotor teeth, and a pole holds a whole number of them. Real cages avoid such numbers, because their teeth would lock
with the stator's and every pole would sound alike; for what a fundamental field carries the number matters little.

In steady state the cage carries a sinusoidal current that stands still to the rotor's flux. With d on that flux it is a q current: like a
positive q current of the stator, it is strongest on the d axis and flows there into the plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

from halfshaft.drive_unit.geometry.design import Cage, Label
from halfshaft.drive_unit.geometry.fault import mm
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.geometry.parameter import require, require_not_negative, require_positive, within
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.geometry.sketch import AXIS, chain, mirrored, polar, turned
from halfshaft.drive_unit.geometry.slots import THINNEST_TOOTH_M


@dataclass(frozen=True)
class Bar:
    """A bar of the shape of a trapezium, ``height_m`` along the radius, below a slot opening that is air.

    The bar begins where the shoulders of the opening end. Without an opening (both its dimensions zero) the slot is closed by a bridge
    ``bridge_m`` thick.
    """

    top_width_m: float
    bottom_width_m: float
    height_m: float
    opening_width_m: float
    opening_depth_m: float
    shoulder_height_m: float = 0.0
    bridge_m: float = 0.0


@dataclass(frozen=True)
class Rings:
    """The rings that join the bars: radial extent and thickness along the shaft; bars reach over the stack by ``overhang_m``."""

    outer_diameter_m: float
    inner_diameter_m: float
    thickness_m: float
    overhang_m: float


@dataclass(frozen=True)
class CageRotor:
    """Sheet, shaft and cage; ``bars`` counts the whole rotor."""

    air_gap_m: float
    shaft_diameter_m: float
    steel: str
    bars: int
    bar: Bar
    rings: Rings
    conductor: Conductor

    def draw(self, bore_radius_m: float, pole_pairs: int) -> tuple[list[Edge], list[Label]]:
        """Edges and labels of one pole about the x axis. Raises ParameterError."""
        outer, bottom = self._check(bore_radius_m, pole_pairs)
        per_pole, pitch, half = self.bars // (2 * pole_pairs), 2.0 * pi / self.bars, 0.5 * pi / pole_pairs
        shaft = 0.5 * self.shaft_diameter_m
        edges = [
            Edge(polar(radius, -half), polar(radius, half), AXIS, 2.0 * half, feature)
            for radius, feature in ((outer, "rotor's outer circle"), (shaft, "shaft"))
        ]
        labels = [Label((0.5 * (shaft + bottom), 0.0), "rotor iron", "iron", self.steel)]
        middle = bottom + 0.5 * self.bar.height_m
        for k in range(per_pole):
            angle = (k + 0.5) * pitch - half
            edges += turned(self._slot(outer), angle)
            share = -cos(pole_pairs * angle)
            labels.append(Label(polar(middle, angle), f"bar {k + 1}", "cage", conductors=share))
        return edges, labels

    def cage(self) -> Cage:
        """The cage beyond its bars' places."""
        rings = self.rings
        return Cage(
            bars=self.bars,
            conductor=self.conductor,
            overhang_m=rings.overhang_m,
            ring_outer_diameter_m=rings.outer_diameter_m,
            ring_inner_diameter_m=rings.inner_diameter_m,
            ring_thickness_m=rings.thickness_m,
        )

    def _slot(self, outer_m: float) -> list[Edge]:
        """One slot about the x axis: opening, and the bar's outline."""
        bar = self.bar
        half_open, half_top, half_bottom = 0.5 * bar.opening_width_m, 0.5 * bar.top_width_m, 0.5 * bar.bottom_width_m
        top = outer_m - self._cover_m
        corners = [(top, half_top), (top - bar.height_m, half_bottom)]
        upper = chain([*corners, (corners[1][0], 0.0)], "bar") + chain([(top, 0.0), (top, half_top)], "bar")
        if half_open > 0.0:
            start = (outer_m**2 - half_open**2) ** 0.5
            neck = outer_m - bar.opening_depth_m
            upper += chain([(start, half_open), (neck, half_open), (top, half_top)], "bar opening")
        return [*upper, *mirrored(upper)]

    @property
    def _cover_m(self) -> float:
        """From the rotor's surface to the bar's top."""
        bar = self.bar
        return bar.opening_depth_m + bar.shoulder_height_m if bar.opening_width_m > 0.0 else bar.bridge_m

    def _check(self, bore_radius_m: float, pole_pairs: int) -> tuple[float, float]:
        """Radii of the rotor's surface and of the bars' bottom."""
        require_positive(self, "air_gap_m", "shaft_diameter_m", "bars")
        require(
            self.air_gap_m < bore_radius_m, "air_gap_m", self.air_gap_m, f"the bore's radius is {mm(bore_radius_m)}"
        )
        require(
            self.bars % (2 * pole_pairs) == 0,
            "bars",
            self.bars,
            f"one pole is drawn, so the bars must be a multiple of the {2 * pole_pairs} poles",
        )
        require(self.bars >= 8 * pole_pairs, "bars", self.bars, "a pole needs at least four for a sinusoidal current")
        bar, outer = self.bar, bore_radius_m - self.air_gap_m
        with within("bar"):
            require_positive(bar, "top_width_m", "bottom_width_m", "height_m")
            require_not_negative(bar, "opening_width_m", "opening_depth_m", "shoulder_height_m", "bridge_m")
            require(
                (bar.opening_width_m > 0.0) == (bar.opening_depth_m > 0.0),
                "opening_depth_m",
                bar.opening_depth_m,
                "an opening has both a width and a depth, a closed slot has neither",
            )
            require(
                bar.opening_width_m > 0.0 or bar.bridge_m > 0.0,
                "bridge_m",
                bar.bridge_m,
                "a slot without opening is closed by a bridge; give its thickness",
            )
            require(
                bar.opening_width_m <= bar.top_width_m,
                "opening_width_m",
                bar.opening_width_m,
                f"it must not be wider than the bar's top of {mm(bar.top_width_m)}",
            )
            top = outer - self._cover_m
            for field, radius in (("top_width_m", top), ("bottom_width_m", top - bar.height_m)):
                room = 2.0 * radius * pi / self.bars - THINNEST_TOOTH_M
                require(
                    getattr(bar, field) < room, field, getattr(bar, field), f"between teeth there is {mm(room)} for it"
                )
            shaft = 0.5 * self.shaft_diameter_m
            require(
                top - bar.height_m > shaft,
                "height_m",
                bar.height_m,
                f"the shaft leaves {mm(top - shaft)} below the rotor's surface",
            )
        rings = self.rings
        with within("rings"):
            require_positive(rings, "outer_diameter_m", "inner_diameter_m", "thickness_m")
            require_not_negative(rings, "overhang_m")
            require(
                rings.inner_diameter_m < rings.outer_diameter_m,
                "inner_diameter_m",
                rings.inner_diameter_m,
                f"it must be below the outer diameter of {mm(rings.outer_diameter_m)}",
            )
        return outer, top - bar.height_m
