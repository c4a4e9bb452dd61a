"""The stator of a template: punched ring, slots and the winding in them, drawn over one pole from angle 0.

Slots lie half a slot pitch off the sector's sides, so the sides cut teeth. Slot 1 is the first one counter-clockwise from angle 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

from halfshaft.drive_unit.geometry.design import Label, RectangularWire, RoundWire, Winding
from halfshaft.drive_unit.geometry.fault import mm
from halfshaft.drive_unit.geometry.layout import WindingLayout
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.geometry.parameter import (
    ParameterError,
    require,
    require_not_negative,
    require_positive,
    within,
)
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.geometry.sketch import AXIS, polar, turned, turned_point
from halfshaft.drive_unit.geometry.slots import RectangularSlot, Slot, SlotSketch


@dataclass(frozen=True)
class Hairpin:
    """Solid bar of rectangular section: one conductor of a layer. Width across the slot, height along it."""

    width_m: float
    height_m: float

    @property
    def area_m2(self) -> float:
        """Copper area of one bar."""
        return self.width_m * self.height_m


@dataclass(frozen=True)
class RoundStrands:
    """Conductor of round strands in parallel."""

    diameter_m: float
    strands: int

    @property
    def area_m2(self) -> float:
        """Copper area of one conductor."""
        return self.strands * 0.25 * pi * self.diameter_m**2


@dataclass(frozen=True)
class Coils:
    """The winding: ``conductors_per_layer`` conductors in each layer of each slot, ``layers`` of them on top of each other.

    ``end_turn_length_m`` is one coil end, from slot to slot.
    """

    layers: int
    coil_pitch_slots: int
    conductors_per_layer: int
    parallel_paths: int
    end_turn_length_m: float
    wire: Hairpin | RoundStrands
    conductor: Conductor


@dataclass(frozen=True)
class Stator:
    """Ring, slots and winding."""

    outer_diameter_m: float
    bore_diameter_m: float
    slots: int
    steel: str
    slot: Slot
    coils: Coils

    @property
    def bore_radius_m(self) -> float:
        """Radius of the bore."""
        return 0.5 * self.bore_diameter_m

    def layout(self, pole_pairs: int) -> WindingLayout:
        """The winding's layout. Raises ParameterError where the counts make none."""
        return WindingLayout(self.slots, pole_pairs, self.coils.layers, self.coils.coil_pitch_slots)

    def series_turns(self, pole_pairs: int) -> float:
        """Turns in series per phase."""
        coils = self.coils
        return self.slots * coils.layers * coils.conductors_per_layer / (6 * coils.parallel_paths)

    def slot_sketch(self) -> SlotSketch:
        """One slot. Raises ParameterError where it does not fit."""
        with within("slot"):
            return self.slot.sketch(self.bore_radius_m, self.slots, self.coils.layers)

    def copper_fill(self) -> float:
        """Share of copper in the smallest layer of the slot's winding. Raises ParameterError where the wire does not fit."""
        sketch, coils, wire = self.slot_sketch(), self.coils, self.coils.wire
        with within("coils", "wire"):
            if isinstance(wire, Hairpin):
                require_positive(wire, "width_m", "height_m")
            else:
                require_positive(wire, "diameter_m", "strands")
            if isinstance(wire, Hairpin) and isinstance(self.slot, RectangularSlot):
                liner = 2.0 * self.slot.liner_m
                across = self.slot.width_m - liner
                require(wire.width_m <= across, "width_m", wire.width_m, f"{mm(across)} are left between the liners")
                bars = coils.layers * coils.conductors_per_layer
                along = (self.slot.depth_m - self.slot.wedge_m - liner) / bars
                require(
                    wire.height_m <= along, "height_m", wire.height_m, f"{bars} bars fit with at most {mm(along)} each"
                )
        fill = coils.conductors_per_layer * wire.area_m2 / min(sketch.layer_areas_m2)
        if not fill < 1.0:
            area = 1e6 * min(sketch.layer_areas_m2) / coils.conductors_per_layer
            raise ParameterError(
                ("coils", "wire"),
                f"{1e6 * wire.area_m2:.4g} mm2",
                f"a conductor has at most {area:.4g} mm2 of the slot",
            )
        return coils.conductors_per_layer * coils.layers * wire.area_m2 / sketch.winding_area_m2

    def winding(self) -> Winding:
        """The winding beyond its place in the slots."""
        coils, wire = self.coils, self.coils.wire
        drawn: RectangularWire | RoundWire
        if isinstance(wire, Hairpin):
            drawn = RectangularWire(wire.width_m, wire.height_m, coils.layers * coils.conductors_per_layer)
        else:
            drawn = RoundWire(wire.diameter_m, wire.strands)
        return Winding(
            parallel_paths=coils.parallel_paths,
            conductor=coils.conductor,
            coil_pitch_slots=coils.coil_pitch_slots,
            end_turn_length_m=coils.end_turn_length_m,
            wire=drawn,
            copper_fill=self.copper_fill(),
        )

    def draw(self, pole_pairs: int) -> tuple[list[Edge], list[Label]]:
        """Edges and labels of one pole. Raises ParameterError."""
        self._check(pole_pairs)
        layout, sketch = self.layout(pole_pairs), self.slot_sketch()
        outer = 0.5 * self.outer_diameter_m
        yoke = outer - sketch.bottom_radius_m
        if not yoke > 0.0:
            raise ParameterError(
                ("outer_diameter_m",),
                mm(self.outer_diameter_m),
                f"the slots' bottom lies at a diameter of {mm(2.0 * sketch.bottom_radius_m)}; the outer diameter must be larger",
            )
        sector, pitch = pi / pole_pairs, 2.0 * pi / self.slots
        edges = [
            Edge(polar(radius, 0.0), polar(radius, sector), AXIS, sector, feature)
            for radius, feature in ((outer, "stator's outer circle"), (self.bore_radius_m, "stator's bore"))
        ]
        labels = [Label(polar(outer - 0.5 * yoke, 0.5 * sector), "stator iron", "iron", self.steel)]
        for slot in range(layout.slots_per_pole):
            angle = (slot + 0.5) * pitch
            edges += _renamed(turned(sketch.opening, angle), f"slot {slot + 1} opening")
            edges += _renamed(turned(sketch.body, angle), f"slot {slot + 1}")
            for layer, point in enumerate(sketch.layer_points):
                side = layout.coil_side(slot, layer)
                labels.append(
                    Label(
                        turned_point(point, angle),
                        f"slot {slot + 1} layer {layer + 1}",
                        "stator_winding",
                        phase=side.phase,
                        conductors=float(side.sign * self.coils.conductors_per_layer),
                    )
                )
        return edges, labels

    def _check(self, pole_pairs: int) -> None:
        require_positive(self, "outer_diameter_m", "bore_diameter_m")
        require(
            self.bore_diameter_m < self.outer_diameter_m,
            "bore_diameter_m",
            self.bore_diameter_m,
            f"it must be smaller than the outer diameter of {mm(self.outer_diameter_m)}",
        )
        with within("coils"):
            require_positive(self.coils, "conductors_per_layer", "parallel_paths")
            require_not_negative(self.coils, "end_turn_length_m")
        try:
            self.layout(pole_pairs)
        except ParameterError as error:
            if error.path[0] in ("layers", "coil_pitch_slots"):
                raise ParameterError(("coils", *error.path), error.shown, error.remark) from None
            raise
        turns, coils = self.series_turns(pole_pairs), self.coils
        with within("coils"):
            require(
                turns == int(turns) and (2 * pole_pairs * coils.layers) % coils.parallel_paths == 0,
                "parallel_paths",
                coils.parallel_paths,
                f"{self.slots * coils.layers * coils.conductors_per_layer} conductors in {2 * pole_pairs} poles do not divide "
                "into that many equal paths; choose a divisor of poles times layers",
            )
        self.copper_fill()


def _renamed(edges: list[Edge], feature: str) -> list[Edge]:
    return [replace(edge, feature=feature) for edge in edges]
