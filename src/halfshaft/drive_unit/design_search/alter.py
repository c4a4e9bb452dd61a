"""Change dimensions of a template, and let follow what an engineer would draw along with them.

Whatever a variable changes, this follows by itself (assumptions, each the simplest that keeps the winding's technology):

- bars keep their insulation: the slot's liner, and what the bar leaves of its share of the slot, stay as they are in millimetres; in
  slots that state no liner, bars grow with the slot's width and depth, and round strands with the root of its area;
- the stator's end turns grow with the winding's mean diameter, those of the field winding with the width of the pole's body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, TypeVar

from halfshaft.drive_unit.geometry.parameter import ParameterPath
from halfshaft.drive_unit.geometry.slots import RectangularSlot
from halfshaft.drive_unit.geometry.stator import Coils, Hairpin, Stator
from halfshaft.drive_unit.geometry.templates import EesmTemplate, MachineTemplate

T = TypeVar("T")

WIRE: ParameterPath = ("stator", "coils", "wire")


@dataclass(frozen=True)
class Winding:
    """How one three-phase set is wound: turns in series per phase, and parallel paths of each phase."""

    series_turns: int
    parallel_paths: int

    def conductors_per_slot(self, slots: int, winding_sets: int) -> int:
        """Conductors in each slot. Raises ValueError where they do not fill the slots evenly."""
        conductors = 6 * self.series_turns * self.parallel_paths * winding_sets
        if conductors % slots:
            raise ValueError(
                f"{self.series_turns} series turns on {self.parallel_paths} parallel paths are {conductors} conductors, "
                f"which do not fill {slots} slots evenly"
            )
        return conductors // slots


def value_at(node: Any, path: ParameterPath) -> Any:
    """The value at a path of field names and list positions. Raises AttributeError or IndexError where there is none."""
    for step in path:
        node = node[step] if isinstance(step, int) else getattr(node, step)
    return node


def with_value(node: T, path: ParameterPath, value: Any) -> T:
    """The same nested dataclass with another value at a path."""
    if not path:
        return value  # type: ignore[no-any-return]
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(node)  # type: ignore[call-overload]
        items[step] = with_value(items[step], rest, value)
        return tuple(items)  # type: ignore[return-value]
    return replace(node, **{step: with_value(getattr(node, step), rest, value)})  # type: ignore[type-var]


def followed(base: MachineTemplate, changed: MachineTemplate, *, wire_follows: bool = True) -> MachineTemplate:
    """The changed template with what follows from the change. Raises GeometryError where a slot cannot be drawn."""
    stator = _followed_stator(base.stator, changed.stator, wire_follows)
    if isinstance(changed, EesmTemplate) and isinstance(base, EesmTemplate):
        wider_m = changed.rotor.body_width_m - base.rotor.body_width_m
        coil = replace(changed.rotor.coil, end_turn_length_m=changed.rotor.coil.end_turn_length_m + wider_m)
        return replace(changed, stator=stator, rotor=replace(changed.rotor, coil=coil))
    return replace(changed, stator=stator)


def wound(
    template: MachineTemplate, winding: Winding, winding_sets: int, *, wire_follows: bool = True
) -> MachineTemplate:
    """The template with another winding in the same slots. Raises ValueError where it does not fill them."""
    stator, coils = template.stator, template.stator.coils
    conductors = winding.conductors_per_slot(stator.slots, winding_sets)
    layers, per_layer = conductors, 1
    if not isinstance(coils.wire, Hairpin):
        layers, per_layer = coils.layers, conductors // coils.layers
        if layers * per_layer != conductors:
            raise ValueError(f"{conductors} conductors in a slot do not make {layers} equal layers")
    rewound = replace(
        coils, layers=layers, conductors_per_layer=per_layer, parallel_paths=winding.parallel_paths * winding_sets
    )
    after = replace(stator, coils=rewound)
    if wire_follows:
        after = replace(after, coils=replace(rewound, wire=_fitted_wire(stator, after)))
    return replace(template, stator=after)


def _followed_stator(base: Stator, changed: Stator, wire_follows: bool) -> Stator:
    growth = _mean_winding_diameter_m(changed) / _mean_winding_diameter_m(base)
    coils = replace(changed.coils, end_turn_length_m=changed.coils.end_turn_length_m * growth)
    if wire_follows:
        coils = replace(coils, wire=_fitted_wire(base, changed))
    return replace(changed, coils=coils)


def _mean_winding_diameter_m(stator: Stator) -> float:
    return stator.bore_radius_m + stator.slot_sketch().bottom_radius_m


def _fitted_wire(before: Stator, after: Stator) -> Any:
    """The wire that fills the slot after a change as well as it did before."""
    wire = before.coils.wire
    bars = _per_slot(before.coils), _per_slot(after.coils)
    if (
        isinstance(wire, Hairpin)
        and isinstance(before.slot, RectangularSlot)
        and isinstance(after.slot, RectangularSlot)
    ):
        across = [slot.width_m - 2.0 * slot.liner_m for slot in (before.slot, after.slot)]
        along = [
            (slot.depth_m - slot.wedge_m - 2.0 * slot.liner_m) / count
            for slot, count in zip((before.slot, after.slot), bars, strict=True)
        ]
        return Hairpin(wire.width_m + across[1] - across[0], wire.height_m + along[1] - along[0])
    sketches = before.slot_sketch(), after.slot_sketch()
    area = sketches[1].winding_area_m2 / sketches[0].winding_area_m2
    each = area * bars[0] / bars[1]
    if isinstance(wire, Hairpin):
        depths = [s.bottom_radius_m - stator.bore_radius_m for s, stator in zip(sketches, (before, after), strict=True)]
        deeper = depths[1] / depths[0]
        return Hairpin(wire.width_m * area / deeper, wire.height_m * deeper * bars[0] / bars[1])
    return replace(wire, diameter_m=wire.diameter_m * sqrt(each))


def _per_slot(coils: Coils) -> int:
    return coils.layers * coils.conductors_per_layer
