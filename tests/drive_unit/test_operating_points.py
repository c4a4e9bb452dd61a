"""A single torque asked for alone is answered as the whole map answers it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit.control import evaluate_motor, operating_points
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.magnetic_table import MagneticTable

MagneticsOf = Callable[[DriveUnit], MagneticTable]


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
@pytest.mark.parametrize("dc_voltage_v", [160.0, 220.0])
def test_a_lone_torque_loses_what_the_map_does(
    which: str, dc_voltage_v: float, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """Deep in field weakening, where single starts fail: within 0.5 % of the map's loss at its own nodes, in both directions."""
    unit = request.getfixturevalue(which)
    table = magnetics_of(unit)
    model = LossModel(unit.motor, table, dc_voltage_v)
    found = evaluate_motor(unit.motor, table, dc_voltage_v)
    loss = found.total_loss_w() - found.loss_w["mechanical"]
    for i in (20, 30, 36, 40):
        speed = float(found.speed_rad_per_s[i])
        for j in (3, 12, 20, 40, 48, 57):
            share, sign = abs(float(found.torque_fraction[j])), float(np.sign(found.torque_fraction[j]))
            _, x = operating_points(model, table, speed, np.array([share, 1.0]), sign)
            alone = sum(model.losses_w(np.array(speed), model.point(*x[0])).values())
            assert float(alone) == pytest.approx(loss[i, j], rel=5e-3), (i, j)
