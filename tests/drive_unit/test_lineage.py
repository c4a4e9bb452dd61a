"""What sets two generations apart, and what that does to the unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit import LOSS_PARTS, DriveUnit, UnitMap
from halfshaft.drive_unit.lineage import Change, axle_loss_parts_w, changes, compare_units

MapOf = Callable[..., UnitMap]


def test_changes_are_the_fields_that_differ(eesm_unit: DriveUnit) -> None:
    """A longer stack and a rotor with another limit are two changes, nested names dotted; another name alone is none."""
    machine = eesm_unit.machine
    assert changes(machine, replace(machine, name="other")) == ()
    rotor = replace(machine.lamination.rotor, current_limit_a=33.0)
    other = replace(machine, stack_length_m=0.2, lamination=replace(machine.lamination, rotor=rotor))
    assert changes(machine, other) == (
        Change("lamination.rotor.current_limit_a", machine.lamination.rotor.current_limit_a, 33.0),
        Change("stack_length_m", machine.stack_length_m, 0.2),
    )
    assert [c.after for c in changes(other, machine)] == [c.before for c in changes(machine, other)]


def test_what_only_one_generation_has_is_none_in_the_other(units: dict[str, DriveUnit], eesm_unit: DriveUnit) -> None:
    """A field winding's current limit stands against nothing when magnets take its place, and their mass the other way round."""
    magnets = next(u for u in units.values() if u.machine.lamination.excitation == "permanent_magnet")
    found = {c.field: c for c in changes(eesm_unit.machine.lamination, magnets.machine.lamination)}
    assert found["rotor.current_limit_a"].after is None
    assert found["rotor.mass_kg_per_m"].before is None


def test_a_unit_compared_with_itself_differs_in_nothing(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Every module is carried over and every figure is equal."""
    found = compare_units(map_of(eesm_unit, 350.0), map_of(eesm_unit, 350.0))
    assert all(module.carried_over for module in found.modules)
    for quantity in (*found.ratings, *found.body, *found.material_kg, *found.mean_loss_w):
        assert quantity.before == quantity.after, quantity.name


def test_a_longer_stack_with_the_same_gear(units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """Lamination, inverter and gear carry over, the machine's change is its length, and mass and torque grow with it."""
    before, after = (map_of(units[f"eesm_{n}x16/igbt_460/gear_88"], 350.0) for n in (130, 170))
    found = compare_units(before, after)
    carried = {module.role for module in found.modules if module.carried_over}
    assert carried == {"lamination", "inverter", "gear"}
    (machine,) = (module for module in found.modules if module.role == "machine")
    assert machine.changes == (Change("stack_length_m", 0.13, 0.17),)
    ratings = {quantity.name: quantity for quantity in found.ratings}
    assert ratings["peak_axle_torque_nm"].after > 1.2 * ratings["peak_axle_torque_nm"].before
    (mass,) = (quantity for quantity in found.body if quantity.name == "mass_kg")
    assert mass.after - mass.before == pytest.approx(sum(q.after - q.before for q in found.material_kg))
    assert mass.after > mass.before


def test_losses_stand_where_both_units_are(units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """Shared points lie within both units' limits, in both directions of torque, and the parts add up to each map's own loss."""
    maps = [
        map_of(units["eesm_130x16/igbt_340/gear_88"], 350.0),
        map_of(units["ipm_165x16/igbt_460/coaxial_904"], 350.0),
    ]
    found = compare_units(*maps)
    assert (found.torque_nm < 0.0).any()
    assert (found.torque_nm > 0.0).any()
    for unit_map, parts in zip(maps, (found.loss_before_w, found.loss_after_w), strict=True):
        ratio = unit_map.gear_ratio
        whole = unit_map.loss_at(found.speed_rad_per_s * ratio, found.torque_nm / ratio)
        np.testing.assert_allclose(sum(parts[part] for part in LOSS_PARTS), whole, rtol=1e-9)
        assert all((values >= 0.0).all() for values in parts.values())


def test_a_part_is_interpolated_as_the_whole_is(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """At the map's own nodes each part is the node's value."""
    unit_map = map_of(eesm_unit, 350.0)
    torque = unit_map.torque_nm()
    i, j = 7, 30
    speed = unit_map.speed_rad_per_s[i] / unit_map.gear_ratio
    parts = axle_loss_parts_w(unit_map, np.array([speed]), np.array([torque[i, j] * unit_map.gear_ratio]))
    for part in LOSS_PARTS:
        assert parts[part][0] == pytest.approx(unit_map.loss_w[part][i, j], rel=1e-9, abs=1e-9)
