"""The gear set: its loss torque and the inverse, and how its parts answer speed, load and oil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit import GearSet, Kit
from halfshaft.drive_unit.gear_loss import GEAR_LOSS_PARTS

speeds = st.floats(0.0, 1800.0)
torques = st.floats(-500.0, 500.0)
oils_k = st.floats(253.15, 393.15)


@given(speed=speeds, torque=torques, oil_k=oils_k, which=st.integers(0, 3))
def test_input_is_output_plus_loss_and_back(kit: Kit, speed: float, torque: float, oil_k: float, which: int) -> None:
    """Output torque plus loss torque, sent through the inverse, is the output torque again: motoring, generating, dragging."""
    gear = kit.gears[which]
    loss = float(gear.loss_torque_nm(speed, torque, oil_k))
    assert loss >= 0.0
    assert float(gear.output_torque_nm(speed, torque + loss, oil_k)) == pytest.approx(torque, rel=1e-12, abs=1e-9)


@given(speed=speeds, torque=torques, which=st.integers(0, 3))
def test_what_the_inverse_leaves_needs_that_input(kit: Kit, speed: float, torque: float, which: int) -> None:
    """The other way round, from any input torque, also less than the drag."""
    gear = kit.gears[which]
    left = gear.output_torque_nm(speed, torque)
    assert float(left + gear.loss_torque_nm(speed, left)) == pytest.approx(torque, rel=1e-12, abs=1e-9)


@given(speed=speeds, torque=st.floats(0.0, 500.0), more=st.floats(0.0, 100.0), which=st.integers(0, 3))
def test_loss_grows_with_torque_in_either_direction(
    kit: Kit, speed: float, torque: float, more: float, which: int
) -> None:
    """Monotone in the magnitude of torque, equal for its signs; without torque the loss is the drag that the inverse shows."""
    gear = kit.gears[which]
    loss = float(gear.loss_torque_nm(speed, torque))
    assert float(gear.loss_torque_nm(speed, torque + more)) >= loss
    assert float(gear.loss_torque_nm(speed, -torque)) == loss
    drag = float(gear.loss_torque_nm(speed, 0.0))
    assert float(gear.output_torque_nm(speed, drag)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("lubrication", ["dip", "dry_sump"])
@pytest.mark.parametrize("which", range(4))
def test_the_parts_add_up_in_any_shape(kit: Kit, which: int, lubrication: str) -> None:
    """Mesh, bearings, churning and seals sum to the loss, each at least zero; a column of speeds and a full grid give the same."""
    gear = replace(kit.gears[which], lubrication=lubrication)
    speed, torque = np.linspace(0.0, gear.speed_limit_rad_per_s, 7)[:, None], np.linspace(-400.0, 400.0, 9)
    loss = gear.loss_torque_nm(speed, torque)
    parts = gear.loss_parts_torque_nm(speed, torque)
    assert tuple(parts) == GEAR_LOSS_PARTS
    assert all(part.shape == (7, 9) and np.all(part >= 0.0) for part in parts.values())
    assert sum(parts.values()) == pytest.approx(loss, rel=1e-14)
    views = np.broadcast_to(speed, (7, 9)), np.broadcast_to(torque, (7, 9))
    assert np.array_equal(gear.loss_torque_nm(*views), loss)
    assert np.array_equal(gear.loss_torque_nm(views[0].copy(), views[1].copy()), loss)
    assert np.array_equal(gear.output_torque_nm(speed, torque), gear.output_torque_nm(*views))


@given(
    speed=st.floats(1.0, 1800.0), cold_k=st.floats(253.15, 393.0), more_k=st.floats(0.0, 60.0), which=st.integers(0, 3)
)
def test_hotter_oil_churns_less_and_rubs_more(kit: Kit, speed: float, cold_k: float, more_k: float, which: int) -> None:
    """Thin oil costs less to move and carries teeth worse; seals do not feel it."""
    gear = kit.gears[which]
    cold = gear.loss_parts_torque_nm(speed, 200.0, cold_k)
    hot = gear.loss_parts_torque_nm(speed, 200.0, cold_k + more_k)
    assert hot["churning"] <= cold["churning"] * (1.0 + 1e-12)
    assert hot["mesh"] >= cold["mesh"] * (1.0 - 1e-12)
    assert hot["seals"] == cold["seals"]


def test_efficiency_has_its_direction(kit: Kit) -> None:
    """Out over in for both signs; generating, the same loss comes off the power from the wheels; zero where it eats all of it."""
    gear = kit.gears[0]
    loss = float(gear.loss_torque_nm(500.0, 200.0))
    forth, back, held = gear.efficiency(500.0, np.array([200.0, -200.0, -1e-3]))
    assert forth == pytest.approx(200.0 / (200.0 + loss))
    assert back == pytest.approx((200.0 - loss) / 200.0)
    assert held == 0.0
    assert 0.97 < forth < 0.99


def test_stated_figures_replace_computed_ones(kit: Kit) -> None:
    """Mass, centre distance and length may be published; the housing keeps its share and the loss stays."""
    gear = kit.gears[0]
    stated = replace(gear, stated_mass_kg=30.0, stated_centre_distance_m=0.21, stated_length_m=0.15)
    assert (stated.mass_kg, stated.centre_distance_m, stated.length_m) == (30.0, 0.21, 0.15)
    assert stated.housing_kg == pytest.approx(30.0 * gear.housing_kg / gear.mass_kg)
    assert stated.loss_torque_nm(800.0, 300.0) == gear.loss_torque_nm(800.0, 300.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ratio": 1.0}, "the ratio must be greater than 1, not 1"),
        ({"torque_limit_nm": 0.0}, "the torque limit must be greater than 0"),
        ({"stages": 1}, "a parallel-axis gear has 2 stages, not 1"),
        ({"first_stage_ratio": 12.0}, "the first stage's ratio must lie between 1 and 8.774"),
        ({"arrangement": "coaxial", "stages": 3}, "1 stage or 2"),
        (
            {"arrangement": "coaxial", "stages": 1, "ratio": 14.0},
            "simple planets and a fixed ring has no room for a ratio",
        ),
        ({"arrangement": "coaxial", "stages": 1, "ratio": 2.1}, "no room for a ratio of 2.1"),
        ({"arrangement": "coaxial", "first_stage_ratio": 3.0}, "only a parallel-axis gear has a first-stage ratio"),
    ],
)
def test_gears_that_cannot_be_built_are_refused(kit: Kit, changes: dict[str, object], message: str) -> None:
    """Each refusal names the gear and says what is wrong."""
    with pytest.raises(ValueError, match=f"gear 'gear_88': .*{message}"):
        replace(kit.gears[0], **changes)  # type: ignore[arg-type]


def test_a_gear_is_a_value(kit: Kit) -> None:
    """What has been computed of a gear does not enter its comparison."""
    gear: GearSet = kit.gears[0]
    other = replace(gear)
    gear.loss_torque_nm(100.0, 100.0)
    assert other == gear
    assert hash(other) == hash(gear)
