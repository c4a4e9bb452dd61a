"""The rotor of an electrically excited machine: salient poles with shoes, a coil on each side of the body, a polygonal yoke.

Drawn over one pole whose axis lies on the x axis; the template turns it into its sector. Positive field current makes the drawn pole a
north pole: its coil side on the counter-clockwise side carries current out of the plane.

The gap is smallest at the pole's centre and grows towards the shoe's edges: as an *arc* of smaller radius does, or as 1/cos, which makes
the no-load field nearly sinusoidal (Pyrhönen, Jokinen and Hrabovcová 2014, section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, cos, hypot, pi, sin, tan
from typing import Literal

from halfshaft.drive_unit.geometry.design import FieldCoil, Label
from halfshaft.drive_unit.geometry.fault import mm
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.geometry.parameter import require, require_not_negative, require_positive, within
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.drive_unit.geometry.sketch import AXIS, arc_through, chain, mirrored, mirrored_point, polar

GapProfile = Literal["arc", "cosine"]
_ROUNDING_M = 1e-6  # dimensions that follow from others are stated rounded
_COSINE_ARCS = 8  # circular arcs that follow half a 1/cos profile, within a micrometre on machines of this size


@dataclass(frozen=True)
class PoleCoil:
    """One side of a pole's coil, a trapezium beside the body; clearances hold insulation and are air."""

    turns: float
    top_width_m: float
    bottom_width_m: float
    body_clearance_m: float
    shoe_clearance_m: float
    yoke_clearance_m: float
    copper_fill: float
    end_turn_length_m: float
    conductor: Conductor


@dataclass(frozen=True)
class SalientRotor:
    """Pole, shoe, yoke and shaft.

    ``pole_arc_rad`` is the mechanical angle between the shoe's edges. The shoe is ``shoe_edge_thickness_m`` thick at its edge, measured
    along the pole's axis; its underside drops by ``shoe_taper_m`` from edge to body. ``body_height_m`` is from there to the yoke's flat.
    """

    air_gap_m: float
    edge_gap_m: float
    gap_profile: GapProfile
    pole_arc_rad: float
    shoe_edge_thickness_m: float
    shoe_taper_m: float
    body_width_m: float
    body_height_m: float
    shaft_diameter_m: float
    steel: str
    coil: PoleCoil

    def draw(self, bore_radius_m: float, pole_pairs: int) -> tuple[list[Edge], list[Label]]:
        """Edges and labels of one pole about the x axis. Raises ParameterError."""
        shape = self._shape(bore_radius_m, pole_pairs)
        upper = self._shoe_face(bore_radius_m)
        upper += chain([shape.edge, shape.underside], "pole shoe")
        upper += chain([shape.underside, shape.neck], "pole shoe")
        upper += chain([shape.neck, shape.root], "pole body")
        upper += chain([shape.root, shape.yoke_end], "rotor yoke")
        corners = shape.coil
        coil_edges = chain([*corners, corners[0]], "field coil")
        shaft = 0.5 * self.shaft_diameter_m
        edges = [*upper, *mirrored(upper), *coil_edges, *mirrored(coil_edges)]
        half = 0.5 * pi / pole_pairs
        edges.append(Edge(polar(shaft, -half), polar(shaft, half), AXIS, 2.0 * half, "shaft"))
        middle = (sum(x for x, _ in corners) / 4.0, sum(y for _, y in corners) / 4.0)
        labels = [
            Label((0.5 * (shape.neck[0] + shape.root[0]), 0.0), "rotor iron", "iron", self.steel),
            Label(middle, "field coil, out", "field_winding", conductors=self.coil.turns),
            Label(mirrored_point(middle), "field coil, in", "field_winding", conductors=-self.coil.turns),
        ]
        return edges, labels

    def field_coil(self) -> FieldCoil:
        """The field winding beyond its place."""
        coil = self.coil
        return FieldCoil(coil.turns, coil.conductor, coil.end_turn_length_m, coil.copper_fill)

    def _gap_m(self, angle_rad: float) -> float:
        """Gap of the 1/cos profile."""
        half_arc = 0.5 * self.pole_arc_rad
        steepness = acos(min(self.air_gap_m / self.edge_gap_m, 1.0)) / half_arc
        return self.air_gap_m / cos(steepness * angle_rad)

    def _shoe_face(self, bore_radius_m: float) -> list[Edge]:
        """Upper half of the shoe's face, from the pole's axis to the edge."""
        half_arc = 0.5 * self.pole_arc_rad
        centre = (bore_radius_m - self.air_gap_m, 0.0)
        if self.gap_profile == "arc":
            edge = polar(bore_radius_m - self.edge_gap_m, half_arc)
            whole = arc_through(mirrored_point(edge), centre, edge, "pole shoe face")
            if whole.centre is None:
                return [Edge(centre, edge, feature="pole shoe face")]
            return [Edge(centre, edge, (whole.centre[0], 0.0), 0.5 * whole.sweep_rad, "pole shoe face")]
        points: list[Point] = []
        for k in range(2 * _COSINE_ARCS + 1):
            angle = half_arc * k / (2 * _COSINE_ARCS)
            points.append(polar(bore_radius_m - self._gap_m(angle), angle))
        return [
            arc_through(points[k], points[k + 1], points[k + 2], "pole shoe face")
            for k in range(0, 2 * _COSINE_ARCS, 2)
        ]

    def _shape(self, bore_radius_m: float, pole_pairs: int) -> _Shape:
        """Corner points of the upper half, checked."""
        require_positive(self, "air_gap_m", "edge_gap_m", "pole_arc_rad", "shoe_edge_thickness_m", "body_width_m")
        require_positive(self, "body_height_m", "shaft_diameter_m")
        require_not_negative(self, "shoe_taper_m")
        pitch, half = pi / pole_pairs, 0.5 * pi / pole_pairs
        require(
            self.air_gap_m < bore_radius_m, "air_gap_m", self.air_gap_m, f"the bore's radius is {mm(bore_radius_m)}"
        )
        require(
            self.edge_gap_m >= self.air_gap_m,
            "edge_gap_m",
            self.edge_gap_m,
            f"it must not be smaller than the gap at the centre, {mm(self.air_gap_m)}",
        )
        require(
            self.pole_arc_rad < 0.95 * pitch,
            "pole_arc_rad",
            self.pole_arc_rad,
            f"neighbouring shoes must stay apart: at most {171.0 / pole_pairs:.4g} deg of a pole pitch of {180.0 / pole_pairs:.4g} deg",
        )
        edge = polar(bore_radius_m - self.edge_gap_m, 0.5 * self.pole_arc_rad)
        half_body = 0.5 * self.body_width_m
        require(
            half_body < edge[1],
            "body_width_m",
            self.body_width_m,
            f"it must be narrower than the pole shoe's {mm(2.0 * edge[1])}",
        )
        underside = (edge[0] - self.shoe_edge_thickness_m, edge[1])
        neck = (underside[0] - self.shoe_taper_m, half_body)
        root = (neck[0] - self.body_height_m, half_body)
        require(
            hypot(*underside) * sin(half) > 0.0 and underside[1] < underside[0] * tan(half),
            "shoe_edge_thickness_m",
            self.shoe_edge_thickness_m,
            "the shoe reaches across the line between two poles; make it thinner or the pole arc smaller",
        )
        shaft = 0.5 * self.shaft_diameter_m
        require(
            root[0] > shaft,
            "body_height_m",
            self.body_height_m,
            f"the yoke would begin at {mm(root[0])}, inside the shaft's radius of {mm(shaft)}; at most {mm(neck[0] - shaft)}",
        )
        yoke_end = (root[0], root[0] * tan(half))
        require(
            half_body < yoke_end[1],
            "body_width_m",
            self.body_width_m,
            f"between two poles the yoke's flat is only {mm(2.0 * yoke_end[1])} wide; narrow or shorten the body",
        )
        with within("coil"):
            corners = self._coil(underside, neck, root, tan(half))
        return _Shape(edge, underside, neck, root, yoke_end, corners)

    def _coil(self, underside: Point, neck: Point, root: Point, slope: float) -> tuple[Point, Point, Point, Point]:
        """Corners of the coil side: top inside, top outside, bottom outside, bottom inside."""
        coil = self.coil
        require_positive(coil, "turns", "top_width_m", "bottom_width_m", "copper_fill")
        require_not_negative(coil, "body_clearance_m", "shoe_clearance_m", "yoke_clearance_m", "end_turn_length_m")
        require(coil.copper_fill < 1.0, "copper_fill", coil.copper_fill, "it must be below 1")
        side = root[1] + coil.body_clearance_m
        bottom = root[0] + coil.yoke_clearance_m
        reach = side + coil.top_width_m
        limit = underside[1] - side
        require(
            coil.top_width_m <= limit + _ROUNDING_M,
            "top_width_m",
            coil.top_width_m,
            f"the pole shoe covers only {mm(limit)} beside the body, and must hold the coil against centrifugal force",
        )
        reach = min(reach, underside[1])

        def under_shoe(across: float) -> float:
            share = (across - neck[1]) / (underside[1] - neck[1])
            return neck[0] + share * (underside[0] - neck[0]) - coil.shoe_clearance_m

        top_inside, top_outside = (under_shoe(side), side), (under_shoe(reach), reach)
        require(
            top_inside[0] > bottom,
            "shoe_clearance_m",
            coil.shoe_clearance_m,
            f"no height is left for the coil between shoe and yoke, {mm(neck[0] - root[0])} apart",
        )
        limit = bottom * slope - side
        require(
            coil.bottom_width_m < limit,
            "bottom_width_m",
            coil.bottom_width_m,
            f"the line between two poles leaves {mm(limit)} at the coil's bottom",
        )
        limit = top_outside[0] * slope - side
        require(
            reach < top_outside[0] * slope,
            "top_width_m",
            coil.top_width_m,
            f"the line between two poles leaves {mm(limit)} at the coil's top",
        )
        return top_inside, top_outside, (bottom, side + coil.bottom_width_m), (bottom, side)


@dataclass(frozen=True)
class _Shape:
    """Corners of half a pole, from the shoe's edge down to the yoke, and of its coil side."""

    edge: Point
    underside: Point
    neck: Point
    root: Point
    yoke_end: Point
    coil: tuple[Point, Point, Point, Point]
