"""The gear's loss torque: its inverse, its sign, and published loss maps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit import GearSet, Kit

MAPS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "machines" / "gearbox_loss_maps_TUM.json"

speeds = st.floats(0.0, 1800.0)
torques = st.floats(-500.0, 500.0)


@given(speed=speeds, torque=torques, which=st.integers(0, 3))
def test_input_is_output_plus_loss_and_back(kit: Kit, speed: float, torque: float, which: int) -> None:
    """Output torque plus loss torque, sent through the inverse, is the output torque again: motoring, generating, dragging."""
    gear = kit.gears[which]
    loss = float(gear.loss_torque_nm(np.array(speed), np.array(torque)))
    assert loss >= 0.0
    again = gear.output_torque_nm(np.array(speed), np.array(torque + loss))
    assert float(again) == pytest.approx(torque, rel=1e-12, abs=1e-9)


@given(speed=st.floats(1.0, 1800.0), torque=torques)
def test_power_never_appears(kit: Kit, speed: float, torque: float) -> None:
    """What leaves the gear is less than what enters, in either direction of flow (convention 4)."""
    gear = kit.gears[0]
    entering = (torque + float(gear.loss_torque_nm(np.array(speed), np.array(torque)))) * speed
    assert entering >= torque * speed


@pytest.mark.parametrize(
    ("output_nm", "output_rpm", "loss_w"),
    [(570.0, 535.0, 1255.4), (1120.0, 535.0, 2026.2), (1670.0, 535.0, 2878.1), (1670.0, 1285.0, 7373.2)],
)
def test_loss_lies_by_the_map_it_was_averaged_from(
    kit: Kit, output_nm: float, output_rpm: float, loss_w: float
) -> None:
    """Four points of the FVA WTplus map TP3 (ratio 11.53, 50 degC, TUM Holistic): the kit's gear is within 30 %.

    Its coefficients are the mean of the frugal map TP1 and of TP3, so it lies below TP3, and a gear differs from gear to gear.
    """
    gear, ratio = kit.gears[2], 11.53
    speed = output_rpm * ratio * np.pi / 30.0
    modelled = float(gear.loss_torque_nm(np.array(speed), np.array(output_nm / ratio))) * speed
    assert 0.7 * loss_w < modelled < 1.05 * loss_w


def tum_maps() -> dict[str, dict[str, list]]:
    if not MAPS.exists():
        pytest.skip(f"the gear loss maps are not beside this checkout: {MAPS}")
    maps: dict[str, dict[str, list]] = json.loads(MAPS.read_text(encoding="utf-8"))["maps"]
    return maps


@pytest.mark.parametrize(
    ("name", "bound"), [("TP1_11_53", 0.13), ("TP1_9_03", 0.10), ("TP3_11_53", 0.07), ("TP4_11_53", 0.05)]
)
def test_three_coefficients_describe_published_maps(kit: Kit, name: str, bound: float) -> None:
    """Share, constant and speed-proportional torque fit each FVA map at 50 degC to the stated relative root mean square.

    Least squares over all motoring points above 100 rad/s; the loss model's form is what is judged here, not the kit's figures.
    """
    data = tum_maps()[name]
    torque = np.array(data["output_torque_Nm"]) / data["ratio"]
    speed = np.array(data["output_rpm"]) * data["ratio"] * np.pi / 30.0
    loss = np.array(data["loss_W"])[:, :, -1]
    keep = (torque[:, None] > 0.0) & (speed[None, :] > 100.0)
    grid_torque, grid_speed = np.broadcast_arrays(torque[:, None], speed[None, :])
    t, w, y = grid_torque[keep], grid_speed[keep], loss[keep]
    share, constant, slope = np.linalg.lstsq(np.stack([t, np.ones_like(t), w], 1) * w[:, None], y, rcond=None)[0]
    gear: GearSet = replace(
        kit.gears[0], mesh_loss_share=float(share), drag_torque_nm=float(constant), drag_nm_s_per_rad=float(slope)
    )
    modelled = gear.loss_torque_nm(w, t) * w
    assert np.sqrt(np.mean((modelled / y - 1.0) ** 2)) < bound
    if name == "TP3_11_53":
        assert share == pytest.approx(0.024, abs=5e-4)
