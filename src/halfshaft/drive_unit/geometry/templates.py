"""Machines by their dimensions: a template holds what an engineer states, and draws a `MachineDesign` of it.

One template for each kind of rotor; all share the stator. All fields are SI; the reader of machine files takes millimetres and degrees.
The drawn sector is one pole, from angle 0 to a pole pitch, the pole's axis in its middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import pi

from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.cage import CageRotor
from halfshaft.drive_unit.geometry.design import Cage, FieldCoil, Label, MachineDesign
from halfshaft.drive_unit.geometry.eesm import SalientRotor
from halfshaft.drive_unit.geometry.ipm import IpmRotor
from halfshaft.drive_unit.geometry.materials import Magnet, Steel
from halfshaft.drive_unit.geometry.parameter import ParameterError, require, require_positive, within
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.geometry.sketch import turned, turned_point
from halfshaft.drive_unit.geometry.stator import Stator
from halfshaft.drive_unit.geometry.steels import steel, steel_names


@dataclass(frozen=True)
class EesmTemplate:
    """Externally excited synchronous machine with salient poles. ``stacking_factor`` is the iron's share of the stack length.

    ``reference`` says in one sentence which machine this is and where it comes from; it becomes the design's source.
    """

    name: str
    pole_pairs: int
    stack_length_m: float
    stacking_factor: float
    stator: Stator
    rotor: SalientRotor
    reference: str = "own dimensions"
    notes: tuple[str, ...] = ()

    def design(self) -> MachineDesign:
        """Draw the machine. Raises ParameterError for a parameter, GeometryError for parts that meet where they must not."""
        _check_counts(self.pole_pairs, self.stack_length_m, self.stacking_factor)
        with within("rotor"):
            drawn = self.rotor.draw(self.stator.bore_radius_m, self.pole_pairs)
        return _assembled(self, drawn, {}, self.rotor.field_coil())


@dataclass(frozen=True)
class IpmTemplate:
    """Synchronous machine with buried magnets, all of one material."""

    name: str
    pole_pairs: int
    stack_length_m: float
    stacking_factor: float
    stator: Stator
    rotor: IpmRotor
    magnet: Magnet
    reference: str = "own dimensions"
    notes: tuple[str, ...] = ()

    def design(self) -> MachineDesign:
        """Draw the machine. Raises ParameterError for a parameter, GeometryError for parts that meet where they must not."""
        _check_counts(self.pole_pairs, self.stack_length_m, self.stacking_factor)
        with within("magnet"):
            require_positive(self.magnet, "remanence_t", "mu_r")
        with within("rotor"):
            drawn = self.rotor.draw(self.stator.bore_radius_m, self.pole_pairs, self.magnet.name)
        return _assembled(self, drawn, {self.magnet.name: self.magnet}, None)


@dataclass(frozen=True)
class InductionTemplate:
    """Induction machine with a squirrel cage."""

    name: str
    pole_pairs: int
    stack_length_m: float
    stacking_factor: float
    stator: Stator
    rotor: CageRotor
    reference: str = "own dimensions"
    notes: tuple[str, ...] = ()

    def design(self) -> MachineDesign:
        """Draw the machine. Raises ParameterError for a parameter, GeometryError for parts that meet where they must not."""
        _check_counts(self.pole_pairs, self.stack_length_m, self.stacking_factor)
        with within("rotor"):
            drawn = self.rotor.draw(self.stator.bore_radius_m, self.pole_pairs)
        return _assembled(self, drawn, {}, None, self.rotor.cage())


MachineTemplate = EesmTemplate | IpmTemplate | InductionTemplate

TEMPLATES: Mapping[str, type[EesmTemplate] | type[IpmTemplate] | type[InductionTemplate]] = {
    "eesm": EesmTemplate,
    "ipm": IpmTemplate,
    "induction": InductionTemplate,
}


def _check_counts(pole_pairs: int, stack_length_m: float, stacking_factor: float) -> None:
    require(pole_pairs >= 1, "pole_pairs", pole_pairs, "a machine has at least one pole pair")
    require(stack_length_m > 0.0, "stack_length_m", stack_length_m, "it must be above zero")
    require(0.0 < stacking_factor <= 1.0, "stacking_factor", stacking_factor, "it lies above 0 and not above 1")


def _assembled(
    template: MachineTemplate,
    rotor: tuple[list[Edge], list[Label]],
    magnets: Mapping[str, Magnet],
    field_coil: FieldCoil | None,
    cage: Cage | None = None,
) -> MachineDesign:
    stator, pole_pairs = template.stator, template.pole_pairs
    with within("stator"):
        edges, labels = stator.draw(pole_pairs)
        steels = {stator.steel: _steel(stator.steel)}
    with within("rotor"):
        steels[template.rotor.steel] = _steel(template.rotor.steel)
    half_sector = 0.5 * pi / pole_pairs
    rotor_edges, rotor_labels = rotor
    edges += turned(rotor_edges, half_sector)
    labels += [_turned_label(label, half_sector) for label in rotor_labels]
    return assemble(
        template.name,
        edges,
        labels,
        pole_pairs=pole_pairs,
        slots=stator.slots,
        stack_length_m=template.stack_length_m,
        stacking_factor=template.stacking_factor,
        steels=steels,
        magnets=magnets,
        winding=stator.winding(),
        field_coil=field_coil,
        source=template.reference,
        notes=template.notes,
        sector_poles=1,
        cage=cage,
    )


def _steel(name: str) -> Steel:
    try:
        return steel(name)
    except KeyError:
        raise ParameterError(("steel",), repr(name), f"known steels: {', '.join(steel_names())}") from None


def _turned_label(label: Label, angle_rad: float) -> Label:
    direction = label.magnetisation_rad
    return replace(
        label,
        point=turned_point(label.point, angle_rad),
        magnetisation_rad=None if direction is None else direction + angle_rad,
    )
