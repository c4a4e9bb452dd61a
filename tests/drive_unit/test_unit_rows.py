"""Units as rows: the row is what the map says, and nothing that cannot be evaluated goes missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit import DriveUnit, UnitMap, evaluate_unit
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.unit_map import compose_unit
from halfshaft.drive_unit.unit_rows import AXLE_GRID, UnitRows, joined, motor_rows, rows_of

MapOf = Callable[..., UnitMap]
MagneticsOf = Callable[[DriveUnit], MagneticTable]


def three_gears(units: dict[str, DriveUnit]) -> list[DriveUnit]:
    """Units that differ in the gear alone."""
    return [units[f"eesm_150x16/igbt_600/{gear}"] for gear in ("gear_88", "gear_96", "gear_111")]


@pytest.fixture(scope="module")
def rows(units: dict[str, DriveUnit], magnetics_of: MagneticsOf) -> UnitRows:
    """Rows of three units of one motor."""
    chosen = three_gears(units)
    return motor_rows(chosen, magnetics_of(chosen[0]), 350.0)


def test_a_row_says_what_the_map_says(units: dict[str, DriveUnit], magnetics_of: MagneticsOf, rows: UnitRows) -> None:
    """Ratings, limits at the axle and losses of each row are those of the unit's own map, to the bit."""
    for i, unit in enumerate(three_gears(units)):
        motor_map = evaluate_motor(unit.motor, magnetics_of(unit), 350.0)
        unit_map, ratio = compose_unit(unit, motor_map), unit.gear.ratio
        assert rows.names[i] == unit.name
        assert rows.figures["peak_power_w"][i] == unit_map.peak_power_w
        assert rows.figures["mass_kg"][i] == unit.mass_kg
        speed, torque = AXLE_GRID.points
        reached = np.isfinite(rows.loss_w[i])
        loss = unit_map.loss_at(speed[reached] * ratio, torque[reached] / ratio)
        np.testing.assert_array_equal(rows.loss_w[i][reached], loss)
        for k in np.flatnonzero(~reached):
            with pytest.raises(ValueError, match="has no loss"):
                unit_map.loss_at(speed[k] * ratio, torque[k] / ratio)
    again = motor_rows(three_gears(units), magnetics_of(three_gears(units)[0]), 350.0)
    np.testing.assert_array_equal(rows.loss_w, again.loss_w)


def test_limits_and_points_agree(rows: UnitRows) -> None:
    """A point of the loss grid is reached exactly where the limit at its speed allows it: a unit that limits more reaches no more."""
    grid = rows.grid
    where = [grid.limit_speeds_rad_per_s.index(speed) for speed in grid.loss_speeds_rad_per_s]
    torque = np.array(grid.loss_torques_nm)
    shape = (len(rows), len(where), len(torque))
    finite = np.isfinite(rows.loss_w.reshape(shape))
    peak, generating = rows.limit_nm["peak"][:, where, None], rows.limit_nm["generating"][:, where, None]
    np.testing.assert_array_equal(finite, (torque <= peak) & (-torque <= generating))
    assert (rows.limit_nm["continuous"] <= rows.limit_nm["peak"] + 1e-9).all()


def test_the_bill_is_all_of_the_mass(rows: UnitRows) -> None:
    """Materials add up to the unit's mass."""
    np.testing.assert_allclose(sum(rows.material_kg.values()), rows.figures["mass_kg"])


def test_joining_is_a_table_of_all(rows: UnitRows, units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """Rows keep their order and figures; magnets weigh nothing in the units that have none; an empty part changes nothing."""
    magnets = rows_of([map_of(units["ipm_165x16/igbt_460/coaxial_904"], 350.0)])
    empty = rows_of([], refused=[("x/y/z", "no reason")])
    table = joined([rows, empty, magnets])
    assert table.names == (*rows.names, *magnets.names)
    np.testing.assert_array_equal(table.figures["mass_kg"][:3], rows.figures["mass_kg"])
    np.testing.assert_array_equal(table.loss_w[3:], magnets.loss_w)
    assert (table.material_kg["rare-earth magnet"] > 0.0).tolist() == [False, False, False, True]
    assert table.refused == (("x/y/z", "no reason"),)
    other = rows_of([], replace(AXLE_GRID, loss_torques_nm=(1.0,)))
    with pytest.raises(ValueError, match="different grids"):
        joined([rows, other])


def test_what_cannot_turn_is_refused_with_its_reason(units: dict[str, DriveUnit], magnetics_of: MagneticsOf) -> None:
    """At next to no voltage nothing turns: every unit is named, none is in the table; different motors are an error."""
    chosen = three_gears(units)
    weak = [replace(unit, inverter=replace(unit.inverter, stated_current_limit_a=0.05)) for unit in chosen]
    rows = motor_rows(weak, magnetics_of(chosen[0]), 350.0)
    assert len(rows) == 0
    assert [name for name, _ in rows.refused] == [unit.name for unit in weak]
    assert all("drag" in reason for _, reason in rows.refused)
    with pytest.raises(ValueError, match="driven by"):
        motor_rows([chosen[0], units["eesm_150x16/igbt_460/gear_88"]], magnetics_of(chosen[0]), 350.0)


def test_a_map_that_ends_with_torque_in_hand_is_refused(
    units: dict[str, DriveUnit], magnetics_of: MagneticsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that was not found at some speed must not pass for a machine that can turn no faster."""
    unit = three_gears(units)[0]
    whole = evaluate_motor(unit.motor, magnetics_of(unit), 350.0)
    cut = {
        name: getattr(whole, name)[:15]
        for name in ("speed_rad_per_s", "peak_torque_nm", "peak_generating_torque_nm", "i_d_a", "i_q_a",
                     "field_current_a", "phase_voltage_v")
    }  # fmt: skip
    torn = replace(whole, loss_w={part: loss[:15] for part, loss in whole.loss_w.items()}, **cut)
    monkeypatch.setattr("halfshaft.drive_unit.unit_rows.evaluate_motor", lambda *_: torn)
    rows = motor_rows([unit], magnetics_of(unit), 350.0)
    assert len(rows) == 0
    ((name, reason),) = rows.refused
    assert name == unit.name
    assert "was not found beyond" in reason


def test_a_slow_lamination_is_no_torn_map(units: dict[str, DriveUnit], magnetics_of: MagneticsOf) -> None:
    """A machine that may turn no faster ends there with torque in hand, and is in the table."""
    unit = three_gears(units)[0]
    lamination = replace(unit.machine.lamination, max_speed_rad_per_s=300.0)
    slow = replace(unit, machine=replace(unit.machine, lamination=lamination))
    rows = motor_rows([slow], magnetics_of(unit), 350.0)
    assert len(rows) == 1
    assert rows.figures["top_axle_speed_rad_per_s"][0] == pytest.approx(300.0 / unit.gear.ratio)
    assert rows.figures["peak_power_w"][0] == evaluate_unit(slow, magnetics_of(unit), 350.0).peak_power_w
