"""The grid in newton metres tells what the map tells, and nothing beyond its limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from halfshaft.drive_unit import LOSS_PARTS, DriveUnit, UnitMap
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.unit_grid import phase_voltage_v, unit_grid

MapOf = Callable[..., UnitMap]
MagneticsOf = Callable[[DriveUnit], MagneticTable]


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_the_grid_is_the_map(
    which: str, map_of: MapOf, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """Parts add up to what `loss_at` says at every point within the limits; points beyond them have no value."""
    unit = request.getfixturevalue(which)
    maps = [map_of(unit, volts) for volts in (300.0, 350.0)]
    grid = unit_grid(maps, magnetics_of(unit), speeds=23, torques=31)
    total = grid.total_loss_w()
    assert np.any(grid.torque_nm == 0.0)
    for k, one in enumerate(maps):
        inside = np.isfinite(total[k])
        i, j = np.nonzero(inside)
        assert total[k][inside] == pytest.approx(one.loss_at(grid.speed_rad_per_s[i], grid.torque_nm[j]), rel=1e-12)
        torque = np.broadcast_to(grid.torque_nm, inside.shape)
        upper, lower = grid.peak_torque_nm[k][:, None], -grid.peak_generating_torque_nm[k][:, None]
        assert np.array_equal(inside, (torque <= upper * (1 + 1e-9)) & (torque >= lower * (1 + 1e-9)))
        assert 0.3 < inside.mean() < 0.95
    for values in (*(grid.loss_w[p] for p in LOSS_PARTS), grid.i_d_a, grid.i_q_a, grid.phase_voltage_v):
        assert np.array_equal(np.isfinite(values), np.isfinite(total))
    assert np.nanmax(grid.efficiency()) < 1.0


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_the_phase_voltage_stays_within_its_limit(
    which: str, map_of: MapOf, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """Currents between a motor map's nodes ask for no more voltage than the inverter has, but for a thousandth of bent iron."""
    unit = request.getfixturevalue(which)
    one = map_of(unit, 350.0)
    limit = unit.inverter.phase_voltage_limit_v(350.0)
    volts = phase_voltage_v(one, magnetics_of(unit))
    assert volts.max() <= limit * 1.001
    assert volts[-1].max() >= 0.95 * limit


def test_more_voltage_reaches_further(map_of: MapOf, magnetics_of: MagneticsOf, ipm_unit: DriveUnit) -> None:
    """Voltages come out in ascending order whatever order they are given in, and no point is lost at a higher one."""
    grid = unit_grid([map_of(ipm_unit, v) for v in (350.0, 300.0)], magnetics_of(ipm_unit), speeds=15, torques=21)
    assert list(grid.dc_voltage_v) == [300.0, 350.0]
    low, high = np.isfinite(grid.total_loss_w())
    assert np.all(high[low])
    assert high.sum() > low.sum()


def test_a_grid_of_nothing_or_of_two_units_is_refused(
    map_of: MapOf, magnetics_of: MagneticsOf, ipm_unit: DriveUnit, eesm_unit: DriveUnit
) -> None:
    """The grid says what it needs."""
    with pytest.raises(ValueError, match="the maps of one unit"):
        unit_grid([], magnetics_of(ipm_unit))
    with pytest.raises(ValueError, match="the maps of one unit"):
        unit_grid([map_of(ipm_unit, 350.0), map_of(eesm_unit, 350.0)], magnetics_of(ipm_unit))
    with pytest.raises(ValueError, match="at least 2 speeds and 3 torques, not 1 and 5"):
        unit_grid([map_of(ipm_unit, 350.0)], magnetics_of(ipm_unit), speeds=1, torques=5)
