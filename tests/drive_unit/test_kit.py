"""The kit's rules and the catalogue they leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from halfshaft.drive_unit import DriveUnit, Kit, catalogue


def test_without_rules_all_combinations_within_limits(kit: Kit) -> None:
    """Every triple appears once, in the order listed, except those that sets or shaft forbid; the count is a hand count."""
    units = catalogue(replace(kit, machine_inverter_pairs=None, machine_gear_pairs=None))
    # 6 single-set machines without hollow shaft x 4 inverters x 3 gears, the dual one x 1 x 3, the hollow one x 4 x 4.
    assert len(units) == 6 * 4 * 3 + 3 + 4 * 4
    assert len({unit.name for unit in units}) == len(units)
    order = [machine.name for machine in kit.machines]
    assert [order.index(unit.machine.name) for unit in units] == sorted(
        order.index(unit.machine.name) for unit in units
    )
    assert units[0].name == "eesm_130x20/igbt_340/gear_88"
    assert units == catalogue(replace(kit, machine_inverter_pairs=None, machine_gear_pairs=None))


def test_rules_only_take_away(kit: Kit) -> None:
    """The ruled catalogue is the free one filtered by the pairs."""
    free = catalogue(replace(kit, machine_inverter_pairs=None, machine_gear_pairs=None))
    ruled = catalogue(kit)
    pairs = (set(kit.machine_inverter_pairs or ()), set(kit.machine_gear_pairs or ()))
    expected = [
        unit
        for unit in free
        if (unit.machine.name, unit.inverter.name) in pairs[0] and (unit.machine.name, unit.gear.name) in pairs[1]
    ]
    assert list(ruled) == expected
    assert len(ruled) == 33


def test_no_pairs_mean_no_units(kit: Kit) -> None:
    """An empty rule allows nothing; it is not read as no rule."""
    assert catalogue(replace(kit, machine_inverter_pairs=())) == ()


def test_a_wrong_name_in_a_rule_is_named(kit: Kit) -> None:
    """A rule that names a module the kit lacks raises, naming it and what there is; so does a name used twice."""
    with pytest.raises(ValueError, match=r"inverter 'igbt_9', which the kit does not have \(it has igbt_340"):
        replace(kit, machine_inverter_pairs=(("eesm_150x16", "igbt_9"),))
    with pytest.raises(ValueError, match="gear name 'gear_88' is used twice"):
        replace(kit, gears=(kit.gears[0], kit.gears[0]))


def test_units_refuse_what_cannot_be_bolted_together(kit: Kit, eesm_unit: DriveUnit) -> None:
    """A second inverter set without a second winding, and a coaxial gear without a hollow shaft, raise with both names."""
    dual = next(inverter for inverter in kit.inverters if inverter.sets == 2)
    coaxial = next(gear for gear in kit.gears if gear.arrangement == "coaxial")
    with pytest.raises(ValueError, match="feeds 2 three-phase sets"):
        replace(eesm_unit, inverter=dual)
    with pytest.raises(ValueError, match="has no hollow shaft"):
        replace(eesm_unit, gear=coaxial)


def test_every_row_of_a_bill_comes_with_a_module_of_the_unit(kit: Kit) -> None:
    """Units that share a lamination share its rows per length, and no module is without mass."""
    for unit in catalogue(kit):
        own = {
            "lamination": unit.machine.lamination.name,
            "machine": unit.machine.name,
            "inverter": unit.inverter.name,
            "gear": unit.gear.name,
        }
        rows = unit.bill_by_module
        assert {(row.kind, row.module) for row in rows} == set(own.items())
        assert [(row.component, row.material, row.mass_kg) for row in rows] == list(unit.bill_of_material)
        for kind in own:
            assert sum(row.mass_kg for row in rows if row.kind == kind) > 0.0
        assert sum(row.mass_kg for row in rows if row.kind == "gear") == pytest.approx(unit.gear.mass_kg)


def test_mass_is_what_the_bill_of_material_says(kit: Kit) -> None:
    """A unit weighs the sum of its rows, no row is negative, magnets appear only with magnets."""
    for unit in catalogue(kit):
        assert unit.mass_kg == pytest.approx(sum(mass for _, _, mass in unit.bill_of_material))
        assert unit.mass_kg == pytest.approx(unit.machine.mass_kg + unit.inverter.mass_kg + unit.gear.mass_kg)
        assert all(mass >= 0.0 for _, _, mass in unit.bill_of_material)
        magnets = sum(mass for _, material, mass in unit.bill_of_material if material == "rare-earth magnet")
        assert magnets == pytest.approx(unit.rare_earth_kg)
        assert (magnets > 0.0) == (unit.machine.lamination.excitation == "permanent_magnet")
        assert unit.module_names == tuple(unit.name.split("/"))
