"""From a choice to a unit: the template with its dimensions, the lamination that its drawing makes, machine, inverter and gear.

What no drawing tells comes from a base lamination. Along with the drawing change (assumptions): the housing keeps its wall around the
stator, so that its mass per metre grows with its mean diameter and its ends with the square of it; the shaft's mass grows with the square
of its diameter; the field winding keeps the current density of its limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isclose

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.design_search.alter import WIRE, followed, value_at, with_value, wound
from halfshaft.drive_unit.design_search.space import Choice, DesignSpace
from halfshaft.drive_unit.drawn import drawn_lamination
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.geometry.parameter import ParameterPath
from halfshaft.drive_unit.geometry.templates import EesmTemplate, IpmTemplate, MachineTemplate
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.machine import FieldWinding, Lamination, Machine, Magnets
from halfshaft.drive_unit.unit import DriveUnit

_MARGIN = 1e-6  # of the field's range, so that a limit computed in other units does not end beyond it


@dataclass(frozen=True)
class Base:
    """What the search starts from: the template as it is, and the modules that lend what no drawing tells.

    ``magnet_temperature_c`` is that of the field. Torque, speed and losses of the gear follow from its own fields.
    """

    name: str
    template: MachineTemplate
    lamination: Lamination
    gear: GearSet
    cooling: Cooling
    winding_sets: int = 1
    hollow_shaft: bool = False
    magnet_temperature_c: float = 20.0


@dataclass(frozen=True)
class CrossSection:
    """What a field is computed of: a template with the base's winding and length, and the ampere-turns to be known.

    ``stator_a`` is the greatest of any inverter with any winding, ``field_a`` the limit of the field current in this drawing.
    """

    template: MachineTemplate
    stator_a: float
    field_a: float
    magnet_temperature_c: float


def dimensioned(base: Base, space: DesignSpace, choice: Choice) -> MachineTemplate:
    """The template with the chosen dimensions, still with the base's winding. Raises GeometryError."""
    template: MachineTemplate = base.template
    changed: list[ParameterPath] = []
    values = [(d, v) for d, v in zip(space.dimensions, space.values(choice), strict=True) if d.owner == "machine"]
    for dimension, value in values:
        template = with_value(template, dimension.path, value)
        changed.append(dimension.path)
    for dimension, value in values:  # after all of them: a follower may be a variable of its own
        change = value - value_at(base.template, dimension.path)
        for follower in dimension.followers:
            now = value_at(template, follower.path)
            template = with_value(template, follower.path, now + follower.per_unit * change)
            changed.append(follower.path)
    return followed(base.template, template, wire_follows=_wire_follows(changed))


def template_of(base: Base, space: DesignSpace, choice: Choice) -> MachineTemplate:
    """The template as chosen, with its own winding: what a file of the machine states. Raises ValueError where it cannot be."""
    free = _wire_follows([d.path for d in space.dimensions if d.owner == "machine"])
    template = wound(dimensioned(base, space, choice), space.winding(choice), base.winding_sets, wire_follows=free)
    return replace(template, name=base.name)


def cross_section_of(base: Base, space: DesignSpace, choice: Choice) -> CrossSection:
    """What the field of a choice is computed of: the same for any length, winding, inverter and gear. Raises GeometryError."""
    template = replace(dimensioned(base, space, choice), stack_length_m=base.template.stack_length_m)
    stator = max(inverter.current_limit_a for inverter in space.inverters)
    turns = max(winding.series_turns for winding in space.windings)
    rotor = base.lamination.rotor
    field = 0.0
    if isinstance(rotor, FieldWinding) and isinstance(template, EesmTemplate):
        field = _field_limit_a(base, drawn_field_copper_m2(template)) * (1.0 + _MARGIN)
    return CrossSection(template, stator * turns * (1.0 + _MARGIN), field, base.magnet_temperature_c)


def unit_of(base: Base, space: DesignSpace, choice: Choice, rotor_limit_rad_per_s: float = inf) -> DriveUnit:
    """The unit of a choice, which turns no faster than its rotor stands.

    Raises GeometryError for a drawing, ValueError for modules, that cannot be built.
    """
    template = template_of(base, space, choice)
    winding, inverter = space.winding(choice), space.inverter(choice)
    lamination = lamination_of(base, template)
    slower = min(lamination.max_speed_rad_per_s, rotor_limit_rad_per_s)
    machine = Machine(
        name=base.name,
        lamination=replace(lamination, max_speed_rad_per_s=slower),
        stack_length_m=template.stack_length_m,
        series_turns=winding.series_turns,
        parallel_paths=winding.parallel_paths,
        winding_sets=base.winding_sets,
        hollow_shaft=base.hollow_shaft,
    )
    gear = base.gear
    for dimension, value in zip(space.dimensions, space.values(choice), strict=True):
        if dimension.owner == "gear":
            gear = with_value(gear, dimension.path, value)
    return DriveUnit(f"{machine.name}/{inverter.name}/{gear.name}", machine, inverter, gear, base.cooling)


def lamination_of(base: Base, template: MachineTemplate) -> Lamination:
    """The lamination that a template draws. Raises GeometryError, or Untold for what the drawing leaves open."""
    told, before = drawn_lamination(template.design()), base.lamination
    rotor: FieldWinding | Magnets
    if told.field is not None and isinstance(before.rotor, FieldWinding):
        rotor = replace(
            before.rotor,
            turns_per_pole=told.field.turns_per_pole,
            coil_side_copper_area_m2=told.field.coil_side_copper_area_m2,
            end_turn_length_m=told.field.end_turn_length_m,
            current_limit_a=_field_limit_a(base, (told.field.coil_side_copper_area_m2, told.field.turns_per_pole)),
        )
    elif told.field is None and isinstance(before.rotor, Magnets):
        rotor = Magnets(told.magnet_kg_per_m)
    else:
        raise ValueError(f"lamination {before.name!r} and template {template.name!r} have rotors of different kinds")
    wall = 0.5 * (before.housing_diameter_m - before.outer_diameter_m)
    growth = (told.outer_diameter_m + wall) / (before.outer_diameter_m + wall)
    shaft = (template.rotor.shaft_diameter_m / base.template.rotor.shaft_diameter_m) ** 2
    bars = {
        name: value
        for name in ("slot_copper_height_m", "conductor_width_share")
        if (value := getattr(told, name)) is not None
    }
    return replace(
        before,
        name=template.name,
        pole_pairs=told.pole_pairs,
        slots=told.slots,
        outer_diameter_m=told.outer_diameter_m,
        bore_diameter_m=told.bore_diameter_m,
        rotor=rotor,
        slot_copper_area_m2=told.slot_copper_area_m2,
        end_turn_length_m=told.end_turn_length_m,
        steel_kg_per_m=told.steel_kg_per_m,
        heat_paths=told.heat_paths,
        housing_diameter_m=told.outer_diameter_m + 2.0 * wall,
        housing_kg_per_m=before.housing_kg_per_m * growth,
        housing_ends_kg=before.housing_ends_kg * growth**2,
        shaft_kg_per_m=before.shaft_kg_per_m * shaft,
        **bars,
    )


def fine_section_of(base: Base, space: DesignSpace, choice: Choice) -> CrossSection:
    """The choice itself as a cross-section, with its own winding and length and no more currents than it can drive. Raises ValueError."""
    template = template_of(base, space, choice)
    limit = space.inverter(choice).current_limit_a * space.winding(choice).series_turns
    own = cross_section_of(base, space, choice)
    return CrossSection(template, limit * (1.0 + _MARGIN), own.field_a, base.magnet_temperature_c)


def starting_choice(base: Base, space: DesignSpace, machine: Machine, inverter: Inverter) -> Choice:
    """The choice nearest to the base's own template, with a stated machine's length and winding, and a stated inverter."""
    values = []
    for dimension in space.dimensions:
        if dimension.path == ("stack_length_m",):
            values.append(machine.stack_length_m)
        else:
            values.append(value_at(base.gear if dimension.owner == "gear" else base.template, dimension.path))
    windings = [w for w in space.windings if w.series_turns == machine.series_turns]
    winding = next((w for w in windings if w.parallel_paths == machine.parallel_paths), (windings or space.windings)[0])
    return space.nearest(values, winding, inverter)


def drawn_field_copper_m2(template: EesmTemplate) -> tuple[float, float]:
    """Copper of one coil side in m2, and the turns of a pole. Raises GeometryError."""
    field = drawn_lamination(template.design()).field
    assert field is not None, "an EESM's template draws a field winding"
    return field.coil_side_copper_area_m2, field.turns_per_pole


def _field_limit_a(base: Base, copper: tuple[float, float]) -> float:
    """The field current at which the copper carries the base's greatest density."""
    rotor = base.lamination.rotor
    assert isinstance(rotor, FieldWinding)
    before = rotor.coil_side_copper_area_m2 / rotor.turns_per_pole
    return rotor.current_limit_a * copper[0] / copper[1] / before


def _wire_follows(changed: list[ParameterPath]) -> bool:
    return not any(path[: len(WIRE)] == WIRE for path in changed)


def check_base(base: Base, space: DesignSpace, say: Callable[[str], None]) -> None:
    """Tell what of a search can never work: windings that do not fit the base's slots, inverters of other sets, another's lamination."""
    for winding in space.windings:
        try:
            wound(base.template, winding, base.winding_sets).design()
        except ValueError as error:
            say(f"{winding.series_turns} turns on {winding.parallel_paths} paths: {error}")
    for inverter in space.inverters:
        if inverter.sets != base.winding_sets:
            say(f"inverter {inverter.name} feeds {inverter.sets} three-phase sets, the machine has {base.winding_sets}")
    design = base.template.design()
    if not isclose(2.0 * design.stator_outer_radius_m, base.lamination.outer_diameter_m, rel_tol=1e-6):
        say(
            f"lamination {base.lamination.name} is not that of template {base.template.name}: their outer diameters differ"
        )
    if isinstance(base.template, IpmTemplate) != isinstance(base.lamination.rotor, Magnets):
        say(f"lamination {base.lamination.name} and template {base.template.name} have rotors of different kinds")
