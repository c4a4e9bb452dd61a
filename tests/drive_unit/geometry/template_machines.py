"""Machines for the tests of templates: one of each kind, whose parts the tests replace."""

from __future__ import annotations

from dataclasses import replace
from math import radians
from typing import Any

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.eesm import PoleCoil, SalientRotor
from halfshaft.drive_unit.geometry.ipm import FlatLayer, IpmRotor, Layer
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet
from halfshaft.drive_unit.geometry.parameter import ParameterError, ParameterPath
from halfshaft.drive_unit.geometry.slots import RectangularSlot, Slot
from halfshaft.drive_unit.geometry.stator import Coils, Hairpin, RoundStrands, Stator
from halfshaft.drive_unit.geometry.templates import EesmTemplate, IpmTemplate

COPPER = Conductor("copper")
SLOT = RectangularSlot(1.5e-3, 0.8e-3, 4.5e-3, 18e-3, 0.5e-3, 0.2e-3)
STATOR = Stator(200e-3, 130e-3, 48, "M400-50A", SLOT, Coils(4, 6, 1, 4, 0.1, Hairpin(3.8e-3, 3.5e-3), COPPER))
FLAT = FlatLayer(5e-3, 24e-3, 4e-3, 1.2e-3, 8e-3)
COIL = PoleCoil(60.0, 9e-3, 5e-3, 0.5e-3, 0.5e-3, 0.5e-3, 0.5, 0.08, COPPER)
SALIENT = SalientRotor(0.7e-3, 1.4e-3, "cosine", radians(64.0), 4e-3, 2e-3, 36e-3, 20e-3, 30e-3, "M400-50A", COIL)


def ipm(*layers: Layer, **changes: Any) -> IpmTemplate:
    """An eight-pole machine with buried magnets, flat ones unless layers are given."""
    rotor = IpmRotor(0.7e-3, 50e-3, "M400-50A", layers or (FLAT,))
    return replace(IpmTemplate("test", 4, 0.1, 0.97, STATOR, rotor, Magnet("N42", 1.3)), **changes)


def eesm(**rotor_changes: Any) -> EesmTemplate:
    """A four-pole machine with salient poles."""
    stator = replace(STATOR, coils=replace(STATOR.coils, coil_pitch_slots=12, parallel_paths=4))
    return EesmTemplate("test", 2, 0.1, 0.97, stator, replace(SALIENT, **rotor_changes))


def with_slot(slot: Slot, layers: int) -> IpmTemplate:
    """A machine with another slot, thinly wound so that the wire is never what does not fit."""
    coils = Coils(layers, 6, 1, 1, 0.1, RoundStrands(0.5e-3, 1), COPPER)
    return ipm(stator=replace(STATOR, slot=slot, coils=coils))


def design_or_refusal(template: EesmTemplate | IpmTemplate) -> tuple[MachineDesign | None, ParameterPath]:
    """The design, or the path of the parameter that was refused; every other error is a fault of the template."""
    try:
        return template.design(), ()
    except ParameterError as error:
        return None, error.path
