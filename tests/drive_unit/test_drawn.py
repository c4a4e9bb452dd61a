"""What a drawing tells of a lamination agrees with what the field room makes of the same drawing, and gaps are named."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import pytest

from halfshaft.drive_unit import FieldWinding, Lamination, Machine
from halfshaft.drive_unit.drawn import Untold, drawn_lamination
from halfshaft.drive_unit.field.winding_loss import field_resistance_ohm, series_turns, stator_resistance_ohm
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.programme import read_machine


@pytest.fixture(scope="module")
def eesm() -> MachineDesign:
    """The externally excited machine that ships with the package."""
    return read_machine("gen5_class_eesm")


def _machine(design: MachineDesign) -> Machine:
    told = drawn_lamination(design)
    assert told.field is not None
    assert told.slot_copper_height_m is not None
    assert told.conductor_width_share is not None
    field = told.field
    rotor = FieldWinding(
        field.turns_per_pole, 41.0, field.coil_side_copper_area_m2, field.end_turn_length_m, 2.0, 0.93, 2.5, 0.05
    )
    lamination = Lamination(
        "drawn", told.pole_pairs, told.slots, told.outer_diameter_m, told.bore_diameter_m, rotor, told.slot_copper_area_m2,
        told.slot_copper_height_m, told.conductor_width_share, told.end_turn_length_m, 0.2, 1e-7, told.steel_kg_per_m, 25.0, 0.27, 28.0,
        6.0, 0.12, 1780.0,
    )  # fmt: skip
    return Machine("drawn", lamination, design.stack_length_m, int(series_turns(design)), 6)


def test_resistances_are_those_of_the_drawing(eesm: MachineDesign) -> None:
    """A machine of the drawn length and turns has the drawn stator's and rotor's resistance, each by its own way."""
    machine = _machine(eesm)
    assert machine.stator_resistance_ohm(293.15) == pytest.approx(stator_resistance_ohm(eesm), rel=1e-9)
    rotor = machine.lamination.rotor
    assert isinstance(rotor, FieldWinding)
    assert rotor.resistance_ohm(6, eesm.stack_length_m, 293.15) == pytest.approx(field_resistance_ohm(eesm), rel=1e-9)


def test_steel_copper_and_magnets_stay_within_the_ring() -> None:
    """Masses per metre are less than a full ring of steel between shaft and back, and more than half of it; magnets as published."""
    for name in ("gen5_class_eesm", "ipace_class_ipm"):
        design = read_machine(name)
        ring = pi * (design.stator_outer_radius_m**2 - design.rotor_inner_radius_m**2)
        assert 0.5 < drawn_lamination(design).steel_kg_per_m / (7650.0 * ring) < 1.0
    assert drawn_lamination(read_machine("ipace_class_ipm")).magnet_kg_per_m == pytest.approx(13.4, rel=0.01)


def test_a_part_of_the_slot_is_copper(eesm: MachineDesign) -> None:
    """Bars of 3.24 mm in a slot of 3.9 mm."""
    assert drawn_lamination(eesm).conductor_width_share == pytest.approx(3.24 / 3.9, rel=0.01)


def test_what_a_drawing_leaves_open_is_named(eesm: MachineDesign) -> None:
    """No stator winding, no end turn, no rotor excitation: each is said; round wire leaves height and width of bars open."""
    assert eesm.winding is not None
    with pytest.raises(Untold, match="no stator winding"):
        drawn_lamination(replace(eesm, winding=None))
    with pytest.raises(Untold, match="end turn of the stator"):
        drawn_lamination(replace(eesm, winding=replace(eesm.winding, end_turn_length_m=0.0)))
    with pytest.raises(Untold, match="neither a field winding nor magnets"):
        drawn_lamination(replace(eesm, field_coil=None))
    round_wire = drawn_lamination(read_machine("zoe"))
    assert round_wire.slot_copper_height_m is None
    assert round_wire.conductor_width_share is None
