"""Heat paths read off a drawing: against closed forms of its dimensions, and against what is estimated without it."""

from __future__ import annotations

from dataclasses import fields, replace
from math import pi

import pytest

from halfshaft.drive_unit import Lamination
from halfshaft.drive_unit.drawn import drawn_lamination
from halfshaft.drive_unit.heat_paths import HeatPaths
from halfshaft.drive_unit.thermal.estimate import estimated_heat_paths
from halfshaft.programme import read_machine

BUILT_IN = ["gen5_class_eesm", "zoe", "ipace_class_ipm", "prius_2004"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_masses_are_those_of_the_drawing(name: str) -> None:
    """Teeth, yoke and rotor make up the lamination's steel; the yoke is the ring behind the slots."""
    design = read_machine(name)
    told = drawn_lamination(replace(design, winding=replace(design.winding, end_turn_length_m=0.1)))  # type: ignore[type-var]
    paths = told.heat_paths
    assert paths.teeth_kg_per_m + paths.yoke_kg_per_m + paths.rotor_iron_kg_per_m == pytest.approx(told.steel_kg_per_m)
    ring = pi * (design.stator_outer_radius_m**2 - paths.slot_bottom_radius_m**2)
    density = next(iter(design.steels.values())).density_kg_per_m3
    assert paths.yoke_kg_per_m == pytest.approx(design.stacking_factor * density * ring, rel=0.01)
    assert paths.gap_m == pytest.approx(design.gap_m)


@pytest.mark.parametrize("name", BUILT_IN)
def test_slots_and_contacts_fit_into_the_machine(name: str) -> None:
    """Slots hold their copper; conductors touch iron over part of their outlines, which are at least those of circles."""
    design = read_machine(name)
    told = drawn_lamination(replace(design, winding=replace(design.winding, end_turn_length_m=0.1)))  # type: ignore[type-var]
    paths = told.heat_paths
    assert told.slot_copper_area_m2 < design.slots * paths.slot_height_m * paths.slot_width_m
    assert 0.5 * design.stator_bore_radius_m + paths.slot_height_m < paths.slot_bottom_radius_m
    faces = [r for r in design.regions if r.label.kind in ("field_winding", "magnet")]
    outline = design.sectors * sum(edge.length_m for r in faces for edge in r.outline)
    assert 0.3 * outline < paths.rotor_contact_m <= outline * (1.0 + 1e-9)
    assert paths.rotor_conductor_m2 == pytest.approx(design.sectors * sum(r.area_m2 for r in faces))
    assert paths.strands == (name in ("zoe", "prius_2004"))


@pytest.mark.parametrize(("name", "fixture"), [("gen5_class_eesm", "eesm_unit"), ("ipace_class_ipm", "ipm_unit")])
def test_estimates_are_of_the_drawing_s_order(name: str, fixture: str, request: pytest.FixtureRequest) -> None:
    """A lamination of like dimensions without a drawing: each figure within a factor of 2.1 of the drawn one."""
    lamination: Lamination = request.getfixturevalue(fixture).machine.lamination
    drawn, estimated = drawn_lamination(read_machine(name)).heat_paths, estimated_heat_paths(lamination)
    for field in fields(HeatPaths):
        if field.name != "strands":
            ratio = getattr(estimated, field.name) / getattr(drawn, field.name)
            assert 1 / 2.1 < ratio < 2.1, field.name
