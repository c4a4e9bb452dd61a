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


@pytest.mark.parametrize("name", ["eesm_150x16/igbt_600/gear_88", "eesm_170x16/igbt_600/gear_88"])
def test_a_lone_torque_loses_what_the_map_does(
    name: str, units: dict[str, DriveUnit], magnetics_of: MagneticsOf
) -> None:
    """Deep in field weakening, where a start from the coarse cloud may not arrive: within 0.5 % of the map's loss at its own nodes."""
    unit = units[name]
    table = magnetics_of(unit)
    model = LossModel(unit.motor, table, 100.0)
    found = evaluate_motor(unit.motor, table, 100.0)
    loss = found.total_loss_w() - found.loss_w["mechanical"]
    for i in (22, 24, 26, 28, 30):
        speed = float(found.speed_rad_per_s[i])
        for j in (7, 10, 16, 49, 52):
            share, sign = abs(float(found.torque_fraction[j])), float(np.sign(found.torque_fraction[j]))
            _, x = operating_points(model, table, speed, np.array([share, 1.0]), sign)
            alone = sum(model.losses_w(np.array(speed), model.point(*x[0])).values())
            assert float(alone) <= 1.005 * loss[i, j], (i, j)
