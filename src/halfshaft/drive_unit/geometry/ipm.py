"""The rotor of a machine with buried magnets: any number of layers, each flat, a V or a U; magnets lie in bars of pockets.

Drawn over one pole whose axis lies on the x axis; the template turns it into its sector. Every magnet is magnetised parallel to its
thickness, and the drawn pole is a north pole. A *bar* is a straight pocket with its magnet; it leans from its inner end outwards until it
meets the bridge below the rotor's surface or the rib between two poles, and what the magnet leaves of it is air.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, pi, sin, sqrt

from halfshaft.drive_unit.geometry.design import Label
from halfshaft.drive_unit.geometry.fault import mm
from halfshaft.drive_unit.geometry.parameter import require, require_not_negative, require_positive, within
from halfshaft.drive_unit.geometry.shapes import Edge, Point
from halfshaft.drive_unit.geometry.sketch import AXIS, arc, chain, mirrored, mirrored_point, polar

LEAST_IRON_M = 0.2e-3  # a thinner bridge, rib or post is no drawing error but cannot be punched


@dataclass(frozen=True)
class FlatLayer:
    """One magnet across the pole's axis. ``depth_m`` from the rotor's surface to the magnet's outer face, on the axis."""

    depth_m: float
    magnet_width_m: float
    magnet_thickness_m: float
    bridge_m: float
    rib_m: float


@dataclass(frozen=True)
class VLayer:
    """Two magnets in a V that opens outwards. ``v_angle_rad`` is the angle between them, pi when flat.

    ``apex_depth_m`` is from the rotor's surface to where the magnets' outer faces meet on the pole's axis. ``post_m`` of iron keeps the
    two pockets apart, zero joins them. A magnet begins ``magnet_offset_m`` after its pocket, and is let ``seat_m`` into the iron at its
    inner face. ``bridge_m`` is the iron below the rotor's surface, ``rib_m`` the iron between the pockets of two neighbouring poles.
    """

    v_angle_rad: float
    apex_depth_m: float
    magnet_width_m: float
    magnet_thickness_m: float
    bridge_m: float
    rib_m: float
    post_m: float = 0.0
    seat_m: float = 0.0
    magnet_offset_m: float = 0.0


@dataclass(frozen=True)
class ULayer:
    """A base magnet across the pole's axis and an arm on each side; ``arm_angle_rad`` is the angle between the arms, as of a V.

    ``base_pocket_m`` of air follows the base magnet on each side, then ``post_m`` of iron, then the arm. Arms without a magnet
    (``arm_magnet_width_m`` zero) are air: flux barriers.
    """

    depth_m: float
    base_magnet_width_m: float
    magnet_thickness_m: float
    arm_angle_rad: float
    arm_magnet_width_m: float
    bridge_m: float
    rib_m: float
    post_m: float
    base_pocket_m: float = 0.0
    magnet_offset_m: float = 0.0


Layer = FlatLayer | VLayer | ULayer


@dataclass(frozen=True)
class IpmRotor:
    """Rotor iron with its layers, the outermost first."""

    air_gap_m: float
    shaft_diameter_m: float
    steel: str
    layers: tuple[Layer, ...]

    def draw(self, bore_radius_m: float, pole_pairs: int, magnet: str) -> tuple[list[Edge], list[Label]]:
        """Edges and labels of one pole about the x axis; ``magnet`` names the magnets' material. Raises ParameterError."""
        require_positive(self, "air_gap_m", "shaft_diameter_m")
        require(
            self.air_gap_m < bore_radius_m, "air_gap_m", self.air_gap_m, f"the bore's radius is {mm(bore_radius_m)}"
        )
        require(len(self.layers) > 0, "layers", 0, "a rotor has at least one layer of magnets")
        rotor, shaft, half = bore_radius_m - self.air_gap_m, 0.5 * self.shaft_diameter_m, 0.5 * pi / pole_pairs
        require(shaft < rotor, "shaft_diameter_m", self.shaft_diameter_m, f"the rotor's diameter is {mm(2.0 * rotor)}")
        edges = [
            Edge(polar(radius, -half), polar(radius, half), AXIS, 2.0 * half, feature)
            for radius, feature in ((rotor, "rotor surface"), (shaft, "shaft"))
        ]
        labels: list[Label] = []
        floor = rotor
        for number, layer in enumerate(self.layers):
            with within("layers", number):
                drawn = _Drawing(rotor, half, shaft, magnet, f"layer {number + 1}")
                drawn.add(layer)
                _check_below(layer, drawn, floor)
                floor = drawn.innermost_m
            edges += drawn.edges
            labels += drawn.labels
        labels.append(Label((0.5 * (floor + shaft), 0.0), "rotor iron", "iron", self.steel))
        return edges, labels


@dataclass(frozen=True)
class _Bar:
    """A straight pocket: ``start`` on its outer face, leaning by ``lean_rad`` from the pole's axis. Way runs along, depth inwards."""

    start: Point
    lean_rad: float

    def at(self, way_m: float, depth_m: float) -> Point:
        c, s = cos(self.lean_rad), sin(self.lean_rad)
        return self.start[0] + way_m * c - depth_m * s, self.start[1] + way_m * s + depth_m * c

    def level_with_start(self, depth_m: float) -> float:
        """Way at which a depth lies as far from the pole's axis as the start does."""
        return -depth_m * cos(self.lean_rad) / sin(self.lean_rad)


@dataclass
class _Drawing:
    """One layer on its way to edges: the region that pockets may fill, and what was drawn so far."""

    rotor_m: float
    half_rad: float
    shaft_m: float
    magnet: str
    name: str
    edges: list[Edge] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    innermost_m: float = 0.0
    outermost_m: float = 0.0

    def add(self, layer: Layer) -> None:
        _check_iron(layer, self.rotor_m, self.half_rad)
        if isinstance(layer, FlatLayer):
            self._flat(layer)
        elif isinstance(layer, VLayer):
            self._v(layer)
        else:
            self._u(layer)

    def _flat(self, layer: FlatLayer) -> None:
        require_positive(layer, "depth_m", "magnet_width_m", "magnet_thickness_m")
        bar = _Bar((self.rotor_m - layer.depth_m, 0.0), 0.5 * pi)
        thick, half = layer.magnet_thickness_m, 0.5 * layer.magnet_width_m
        self._check_depth("depth_m", layer.depth_m, bar.start[0], bar.start[0] - thick)
        end = self._end(bar, thick, layer.bridge_m, layer.rib_m)
        self._check_width("magnet_width_m", layer.magnet_width_m, half, min(end.outer_way, end.inner_way), 2.0)
        upper = chain([bar.at(0.0, 0.0), bar.at(half, 0.0), bar.at(end.outer_way, 0.0)], self.name)
        upper += end.closing(self.name)
        upper += chain([bar.at(end.inner_way, thick), bar.at(half, thick), bar.at(0.0, thick)], self.name)
        upper += chain([bar.at(half, 0.0), bar.at(half, thick)], f"{self.name} magnet")
        self._mirror(upper)
        self._magnet(bar.at(0.0, 0.5 * thick), 0.0, "magnet", alone=True)

    def _v(self, layer: VLayer) -> None:
        require_positive(layer, "apex_depth_m", "magnet_width_m", "magnet_thickness_m")
        require_not_negative(layer, "post_m", "seat_m", "magnet_offset_m")
        lean = _checked_lean("v_angle_rad", layer.v_angle_rad)
        require(
            layer.seat_m < layer.magnet_thickness_m,
            "seat_m",
            layer.seat_m,
            f"the magnet is {mm(layer.magnet_thickness_m)} thick",
        )
        pocket = layer.magnet_thickness_m - layer.seat_m
        apex = self.rotor_m - layer.apex_depth_m
        inner = 0.5 * layer.post_m
        bar = _Bar((apex + inner * cos(lean) / sin(lean), inner), lean)
        self._check_depth("apex_depth_m", layer.apex_depth_m, apex, bar.at(bar.level_with_start(pocket), pocket)[0])
        at = layer.magnet_offset_m, layer.magnet_width_m
        upper = self._arm(bar, at, layer.magnet_thickness_m, pocket, layer.bridge_m, layer.rib_m, "magnet_width_m")
        if inner > 0.0:
            upper += chain([bar.at(bar.level_with_start(pocket), pocket), bar.start], f"{self.name} post")
        self._mirror(upper)

    def _u(self, layer: ULayer) -> None:
        require_positive(layer, "depth_m", "base_magnet_width_m", "magnet_thickness_m")
        require_not_negative(layer, "arm_magnet_width_m", "base_pocket_m", "magnet_offset_m")
        require(
            layer.post_m >= LEAST_IRON_M, "post_m", layer.post_m, f"the post must be at least {mm(LEAST_IRON_M)} wide"
        )
        lean = _checked_lean("arm_angle_rad", layer.arm_angle_rad)
        thick, half = layer.magnet_thickness_m, 0.5 * layer.base_magnet_width_m
        top = self.rotor_m - layer.depth_m
        base, edge = _Bar((top, 0.0), 0.5 * pi), half + layer.base_pocket_m
        upper = chain([base.at(0.0, 0.0), base.at(half, 0.0), base.at(edge, 0.0)], f"{self.name} base")
        upper += chain([base.at(edge, 0.0), base.at(edge, thick)], f"{self.name} base")
        upper += chain([base.at(edge, thick), base.at(half, thick), base.at(0.0, thick)], f"{self.name} base")
        if layer.base_pocket_m > 0.0:
            upper += chain([base.at(half, 0.0), base.at(half, thick)], f"{self.name} magnet")
        arm = _Bar((top, edge + layer.post_m), lean)
        self._check_depth("depth_m", layer.depth_m, top, top - thick)
        at = layer.magnet_offset_m, layer.arm_magnet_width_m
        upper += self._arm(arm, at, thick, thick, layer.bridge_m, layer.rib_m, "arm_magnet_width_m")
        upper += chain([arm.at(arm.level_with_start(thick), thick), arm.start], f"{self.name} post")
        self._mirror(upper)
        self._magnet(base.at(0.0, 0.5 * thick), 0.0, "base magnet", alone=True)

    def _arm(
        self, bar: _Bar, at: tuple[float, float], thick: float, pocket: float, bridge_m: float, rib_m: float, field: str
    ) -> list[Edge]:
        """A leaning bar's edges without its inner closing, from its start around and back to the level of its start."""
        begin, width = at
        end = self._end(bar, pocket, bridge_m, rib_m)
        require(
            end.outer_way > 0.0 and end.inner_way > bar.level_with_start(pocket),
            "rib_m",
            rib_m,
            "no room is left for the pocket between the pole's axis and bridge or rib; make the rib or what lies inside narrower",
        )
        outer, inner = [bar.at(0.0, 0.0)], [bar.at(bar.level_with_start(pocket), pocket)]
        edges: list[Edge] = []
        if width > 0.0:
            seated = self._end(bar, thick, bridge_m, rib_m)
            self._check_width(
                field, width, begin + width, min(end.outer_way, end.inner_way, seated.inner_way), 1.0, begin
            )
            last = begin + width
            outer += [bar.at(begin, 0.0), bar.at(last, 0.0)]
            inner += [bar.at(begin, pocket), bar.at(begin, thick), bar.at(last, thick), bar.at(last, pocket)]
            for way in (begin, last):
                edges += chain([bar.at(way, 0.0), bar.at(way, pocket)], f"{self.name} magnet")
            self._magnet(bar.at(begin + 0.5 * width, 0.5 * thick), bar.lean_rad - 0.5 * pi, "magnet")
            lowest = bar.at(begin, thick)
            require(
                hypot(*lowest) > self.shaft_m,
                "magnet_thickness_m",
                thick,
                f"the magnet's inner corner lies at r = {mm(hypot(*lowest))}, in the shaft of radius {mm(self.shaft_m)}",
            )
        edges += chain([*outer, bar.at(end.outer_way, 0.0)], self.name)
        edges += end.closing(self.name)
        edges += chain([bar.at(end.inner_way, pocket), *reversed(inner)], self.name)
        return edges

    def _end(self, bar: _Bar, depth_m: float, bridge_m: float, rib_m: float) -> _BarEnd:
        """Where a bar's two faces leave the region that bridge and rib allow."""
        circle = self.rotor_m - bridge_m
        outer_way, outer_on_rib = self._exit(bar, 0.0, circle, rib_m)
        inner_way, inner_on_rib = self._exit(bar, depth_m, circle, rib_m)
        corner = None
        if inner_on_rib and not outer_on_rib:
            across = 0.5 * rib_m
            along = sqrt(circle**2 - across**2)
            c, s = cos(self.half_rad), sin(self.half_rad)
            corner = (along * c + across * s, along * s - across * c)
        return _BarEnd(
            outer_way, inner_way, bar.at(outer_way, 0.0), bar.at(inner_way, depth_m), corner, not outer_on_rib
        )

    def _exit(self, bar: _Bar, depth_m: float, circle_m: float, rib_m: float) -> tuple[float, bool]:
        """Way at which a face meets the bridge's circle or the rib's line, and whether it is the rib."""
        (x, y), c, s = bar.at(0.0, depth_m), cos(bar.lean_rad), sin(bar.lean_rad)
        along = x * c + y * s
        to_circle = -along + sqrt(max(along**2 + circle_m**2 - x**2 - y**2, 0.0))
        towards = c * -sin(self.half_rad) + s * cos(self.half_rad)
        room = -0.5 * rib_m - (x * -sin(self.half_rad) + y * cos(self.half_rad))
        to_rib = room / towards if towards > 1e-12 else float("inf")
        return min(to_circle, to_rib), to_rib < to_circle

    def _check_depth(self, field: str, depth_m: float, outer_m: float, inner_m: float) -> None:
        require(
            inner_m > self.shaft_m + LEAST_IRON_M,
            field,
            depth_m,
            f"the layer reaches r = {mm(inner_m)} on the pole's axis where the shaft begins at {mm(self.shaft_m)}; "
            f"at most {mm(depth_m + inner_m - self.shaft_m - LEAST_IRON_M)}",
        )
        self.outermost_m, self.innermost_m = outer_m, inner_m

    def _check_width(
        self, field: str, width_m: float, way_m: float, limit_m: float, sides: float, begin_m: float = 0.0
    ) -> None:
        limit = sides * (limit_m - begin_m)
        require(
            way_m <= limit_m + 1e-12,
            field,
            width_m,
            f"the magnet would leave the rotor or the iron that bridge and rib keep; at most {mm(max(limit, 0.0))} fits here",
        )

    def _magnet(self, point: Point, direction_rad: float, what: str, alone: bool = False) -> None:
        name = f"{self.name} {what}"
        if alone:
            self.labels.append(Label(point, name, "magnet", self.magnet, magnetisation_rad=direction_rad))
            return
        self.labels.append(Label(point, f"{name}, upper", "magnet", self.magnet, magnetisation_rad=direction_rad))
        low = mirrored_point(point)
        self.labels.append(Label(low, f"{name}, lower", "magnet", self.magnet, magnetisation_rad=-direction_rad))

    def _mirror(self, upper: list[Edge]) -> None:
        self.edges += [*upper, *mirrored(upper)]


@dataclass(frozen=True)
class _BarEnd:
    """The outer end of a bar: where its outer and inner face end, and the corner between bridge and rib if it lies between."""

    outer_way: float
    inner_way: float
    outer: Point
    inner: Point
    corner: Point | None
    on_bridge: bool

    def closing(self, feature: str) -> list[Edge]:
        if not self.on_bridge:
            return chain([self.outer, self.inner], feature)
        if self.corner is None:
            return [arc(self.outer, self.inner, AXIS, feature)]
        return [arc(self.outer, self.corner, AXIS, feature), *chain([self.corner, self.inner], feature)]


def _checked_lean(field: str, angle_rad: float) -> float:
    require(pi / 9.0 <= angle_rad <= pi, field, angle_rad, "it must lie between 20 deg and 180 deg")
    return 0.5 * angle_rad


def _check_iron(layer: Layer, rotor_m: float, half_rad: float) -> None:
    """Bridge and rib must be there, and leave something between them."""
    for name, value in (("bridge_m", layer.bridge_m), ("rib_m", layer.rib_m)):
        require(value >= LEAST_IRON_M, name, value, f"it must be at least {mm(LEAST_IRON_M)}")
    require(layer.bridge_m < rotor_m, "bridge_m", layer.bridge_m, f"the rotor's radius is {mm(rotor_m)}")
    chord = 2.0 * (rotor_m - layer.bridge_m) * sin(half_rad)
    require(layer.rib_m < chord, "rib_m", layer.rib_m, f"the pole is only {mm(chord)} wide")


def _check_below(layer: Layer, drawn: _Drawing, floor_m: float) -> None:
    """A layer begins below the one outside of it, on the pole's axis; elsewhere the drawing itself shows where two cut each other."""
    name = "apex_depth_m" if isinstance(layer, VLayer) else "depth_m"
    depth = drawn.rotor_m - drawn.outermost_m
    least = drawn.rotor_m - floor_m + LEAST_IRON_M
    require(
        depth >= least,
        name,
        depth,
        f"it must be at least {mm(least)}, below the {'rotor surface' if floor_m == drawn.rotor_m else 'layer outside of it'}",
    )
