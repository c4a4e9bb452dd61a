"""One field serves all lengths and windings of a cross-section, and the base is what the kit has."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.design_search.alter import Winding, wound
from halfshaft.drive_unit.design_search.build import (
    Base,
    cross_section_of,
    dimensioned,
    lamination_of,
    starting_choice,
    unit_of,
)
from halfshaft.drive_unit.design_search.coarse_field import FieldEffort, coarse_table
from halfshaft.drive_unit.design_search.space import DesignSpace, Dimension, Follower
from halfshaft.programme import load_programme
from halfshaft.programme.machine_file import load_machine
from halfshaft.programme.programme import Programme

EFFORT = FieldEffort((5, 5, 4), (4, 4, 4))
RIB = Dimension("rib", "machine", ("rotor", "layers", 0, "rib_m"), 0.022, 0.026, 0.001)
LENGTH = Dimension("length", "machine", ("stack_length_m",), 0.145, 0.185, 0.01)
RATIO = Dimension("ratio", "gear", ("ratio",), 8.0, 10.0, 0.5)


@pytest.fixture(scope="module")
def programme() -> Programme:
    """The reference programme, for its kit."""
    return load_programme(Path(__file__).resolve().parents[3] / "examples" / "gen5")


def _base(programme: Programme, machine: str, gear: str) -> tuple[Base, DesignSpace]:
    kit = programme.kit.kit
    of = next(m for m in kit.machines if m.name == machine)
    drawn = programme.kit.drawn[of.lamination.name]
    base = Base(
        "found", load_machine(drawn.name).template, of.lamination, next(g for g in kit.gears if g.name == gear), kit.cooling,
        of.winding_sets, of.hollow_shaft, drawn.magnet_temperature_c,
    )  # fmt: skip
    inverter = next(i for i in kit.inverters if i.sets == of.winding_sets)
    windings = tuple(Winding(n, of.parallel_paths) for n in sorted({of.series_turns - 6, of.series_turns}))
    dimensions = (RIB, LENGTH, RATIO) if drawn.name.endswith("ipm") else (LENGTH, RATIO)
    return base, DesignSpace(dimensions, windings, (inverter,))


@pytest.mark.parametrize(("machine", "gear"), [("eesm_150x16", "gear_88"), ("ipm_165x18", "gear_88")])
def test_the_base_draws_the_kits_own_lamination(programme: Programme, machine: str, gear: str) -> None:
    """Without a change the rules change nothing."""
    base, _ = _base(programme, machine, gear)
    found, kits = asdict(lamination_of(base, base.template)), asdict(base.lamination)
    found["name"] = kits["name"]

    def flat(value: object) -> list[object]:
        return [leaf for item in value.values() for leaf in flat(item)] if isinstance(value, dict) else [value]

    for ours, theirs in zip(flat(found), flat(kits), strict=True):
        assert ours == (pytest.approx(theirs, rel=1e-9) if isinstance(theirs, float) else theirs)


def test_one_field_gives_what_another_length_and_winding_give_of_their_own(programme: Programme) -> None:
    """The shared table, computed at the base's length and turns, against one of the design itself: same currents, same map."""
    base, space = _base(programme, "ipm_165x18", "gear_88")
    choice = (2, 4, 1, 0, 0)
    section = cross_section_of(base, space, choice)
    other = (2, 0, 3, 1, 0)
    assert cross_section_of(base, space, other) == section
    shared = coarse_table(section, EFFORT)
    own = replace(wound(section.template, space.winding(choice), 1), stack_length_m=0.185)
    rewound = coarse_table(replace(section, template=own), EFFORT)
    ranges = [(*t.current_range.a_d, t.current_range.a_q) for t in (shared, rewound)]
    assert np.allclose(*ranges)
    unit = unit_of(base, space, choice)
    assert unit.machine.stack_length_m == pytest.approx(0.185)
    maps = [evaluate_motor(unit.motor, table, 350.0, speeds=7, fractions=9) for table in (shared, rewound)]
    assert maps[1].peak_torque_nm == pytest.approx(maps[0].peak_torque_nm, rel=2e-3)
    assert maps[1].total_loss_w() == pytest.approx(maps[0].total_loss_w(), rel=1e-2)


def test_length_alone_scales_exactly(programme: Programme) -> None:
    """A field computed at another length is the same table to round-off, but for eddies in magnets.

    Shared fields take magnets in segments of the base's stack length; one that is as long as a longer stack loses more.
    """
    base, space = _base(programme, "ipm_165x18", "gear_88")
    section = cross_section_of(base, space, (2, 4, 1, 0, 0))
    longer = replace(section, template=replace(section.template, stack_length_m=0.25))
    tables = [coarse_table(s, EFFORT) for s in (section, longer)]
    magnets = [k for k, (place, _) in enumerate(tables[0].loss_terms) if place == "magnets"]
    assert magnets
    same = [k for k in range(tables[0].coefficients.shape[3]) if k - 2 not in magnets]
    assert tables[1].coefficients[..., same] == pytest.approx(tables[0].coefficients[..., same], rel=1e-9, abs=1e-15)


def test_the_start_is_the_kits_machine_on_the_raster(programme: Programme) -> None:
    """Length, winding and ratio of the start are the nearest that the space has."""
    base, space = _base(programme, "ipm_165x18", "gear_88")
    machine = next(m for m in programme.kit.kit.machines if m.name == "ipm_165x18")
    choice = starting_choice(base, space, machine, space.inverters[0])
    unit = unit_of(base, space, choice)
    assert unit.machine.stack_length_m == pytest.approx(0.165)
    assert unit.machine.series_turns == 18
    assert unit.gear.ratio == pytest.approx(9.0)


def test_the_rotors_limit_binds_the_speed(programme: Programme) -> None:
    """A unit turns no faster than its rotor stands."""
    base, space = _base(programme, "ipm_165x18", "gear_88")
    assert unit_of(base, space, (2, 4, 1, 0, 0), 900.0).machine.lamination.max_speed_rad_per_s == 900.0


def test_followers_move_along(programme: Programme) -> None:
    """The field winding narrows as its pole's body widens, and its current limit keeps the copper's density."""
    base, _ = _base(programme, "eesm_150x16", "gear_88")
    body = Dimension(
        "body", "machine", ("rotor", "body_width_m"), 0.022, 0.030, 0.001,
        (Follower(("rotor", "coil", "top_width_m"), -0.5), Follower(("rotor", "coil", "bottom_width_m"), -0.5)),
    )  # fmt: skip
    space = DesignSpace((body,), (Winding(16, 6),), (programme.kit.kit.inverters[0],))
    narrow, wide = (unit_of(base, space, (k, 0, 0)).machine.lamination.rotor for k in (0, 8))
    assert wide.coil_side_copper_area_m2 < narrow.coil_side_copper_area_m2
    densities = [r.current_limit_a * r.turns_per_pole / r.coil_side_copper_area_m2 for r in (narrow, wide)]
    assert densities[0] == pytest.approx(densities[1], rel=1e-12)


def test_a_follower_may_be_a_variable_of_its_own(programme: Programme) -> None:
    """Bore and body height both vary, the height with the bore as well: neither undoes the other, in whatever order they are listed."""
    base, _ = _base(programme, "eesm_150x16", "gear_88")
    follower = (Follower(("rotor", "body_height_m"), 0.5),)
    bore = Dimension("bore", "machine", ("stator", "bore_diameter_m"), 0.162, 0.164, 0.001, follower)
    height = Dimension("height", "machine", ("rotor", "body_height_m"), 0.025, 0.026, 0.001)
    for dimensions, choice in (((bore, height), (2, 0, 0, 0)), ((height, bore), (0, 2, 0, 0))):
        space = DesignSpace(dimensions, (Winding(16, 6),), (programme.kit.kit.inverters[0],))
        template = dimensioned(base, space, choice)
        assert template.stator.bore_diameter_m == pytest.approx(0.164)
        assert template.rotor.body_height_m == pytest.approx(0.026)
