"""Temperatures over a drive: balance, exactness against a general solver, and derating that keeps every limit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import MotorMap
from halfshaft.drive_unit.thermal import (
    NODES,
    Derating,
    ThermalNetwork,
    temperatures_over_cycle,
    thermal_network,
)

MagneticsOf = Callable[[DriveUnit], MagneticTable]


@pytest.fixture(scope="module", params=["eesm_unit", "ipm_unit"])
def motor_map(request: pytest.FixtureRequest, magnetics_of: MagneticsOf) -> MotorMap:
    unit: DriveUnit = request.getfixturevalue(request.param)
    return evaluate_motor(unit.motor, magnetics_of(unit), 350.0, speeds=15, fractions=21)


@pytest.fixture(scope="module")
def network(motor_map: MotorMap) -> ThermalNetwork:
    return thermal_network(motor_map.motor.machine, motor_map.motor.cooling)


def _drive(motor_map: MotorMap, seed: int, steps: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Speeds and torques of either sign, anywhere up to a share of the limits."""
    random = np.random.default_rng(seed)
    speed = random.uniform(0.0, 0.8 * motor_map.speed_rad_per_s[-1], steps)
    wanted = random.uniform(-share, share, steps)
    peak = np.interp(speed, motor_map.speed_rad_per_s, motor_map.peak_torque_nm)
    generating = np.interp(speed, motor_map.speed_rad_per_s, motor_map.peak_generating_torque_nm)
    return speed, wanted * np.where(wanted < 0.0, generating, peak)


@given(seed=st.integers(0, 1000), step_s=st.sampled_from([0.1, 1.0, 20.0]), derate=st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_drive_balances(motor_map: MotorMap, network: ThermalNetwork, seed: int, step_s: float, derate: bool) -> None:
    """Heat in is heat stored and carried off to 1e-9, whatever the step; what is delivered is the demand or less of the same sign."""
    speed, torque = _drive(motor_map, seed, 400, 0.9)
    derating = Derating() if derate else None
    found = temperatures_over_cycle(network, motor_map, speed, torque, step_s, derating=derating)
    assert found.balance_error < 1e-9
    assert found.heat_j > 0.0
    assert found.temperature_k.shape == (401, len(NODES))
    assert np.all(np.abs(found.torque_nm) <= np.abs(torque))
    assert np.all(found.torque_nm * torque >= 0.0)
    if not derate:
        assert np.array_equal(found.torque_nm, torque)


def test_derating_keeps_limits_and_settles_at_the_continuous_torque(
    motor_map: MotorMap, network: ThermalNetwork
) -> None:
    """Asked for all it can do for an hour, a motor is taken back between no more than its continuous torque and half of it.

    Short of the limit by what is left of the 15 K at that share of its torque, so somewhat below the continuous torque.
    """
    k = 4
    speed = np.full(3600, motor_map.speed_rad_per_s[k])
    torque = np.full(3600, motor_map.peak_torque_nm[k])
    found = temperatures_over_cycle(network, motor_map, speed, torque, derating=Derating())
    free = temperatures_over_cycle(network, motor_map, speed, torque)
    assert np.any(free.temperature_k > network.limit_k + 20.0)
    assert np.all(found.temperature_k <= network.limit_k)
    assert found.torque_nm[0] == torque[0]
    continuous = motor_map.duration_torque_nm[-1, k]
    assert 0.5 * continuous < found.torque_nm[-1] <= continuous
    assert found.torque_nm[-1] == pytest.approx(found.torque_nm[-2], rel=1e-3)


def test_a_step_is_followed_exactly(motor_map: MotorMap, network: ThermalNetwork) -> None:
    """Three unlike steps of 40 s against stepwise integration of the same equations; and cut into tenths, the same."""
    nodes = motor_map.speed_rad_per_s
    speed = np.array([nodes[3], nodes[7], nodes[1]])
    torque = np.array([0.6, -0.4, 0.2]) * motor_map.peak_torque_nm[[3, 7, 1]].min()
    found = temperatures_over_cycle(network, motor_map, speed, torque, 40.0)
    finer = temperatures_over_cycle(network, motor_map, np.repeat(speed, 10), np.repeat(torque, 10), 4.0)
    assert finer.temperature_k[::10] == pytest.approx(found.temperature_k, abs=1e-8)
    state = np.full(8, network.start_k)
    for k, i in enumerate((3, 7, 1)):
        loss = {
            part: np.interp(torque[k], motor_map.torque_nm()[i], rows[i]) for part, rows in motor_map.loss_w.items()
        }
        fixed, cold = network.heat({part: np.array(w) for part, w in loss.items()}, np.array(speed[k]))
        matrix = network.conductance(speed[k : k + 1])[0]

        def slope(_: float, kelvin: np.ndarray) -> np.ndarray:
            heat = fixed + cold * (1.0 + network.copper_rise_per_k * (kelvin - network.reference_k))  # noqa: B023
            return (heat - matrix @ (kelvin - network.coolant_k)) / network.capacity_j_per_k  # noqa: B023

        state = solve_ivp(slope, (0.0, 40.0), state, method="LSODA", rtol=1e-10, atol=1e-9).y[:, -1]
        assert found.temperature_k[k + 1] == pytest.approx(state, abs=1e-4)


def test_standing_still_cools_to_the_coolant(motor_map: MotorMap, network: ThermalNetwork) -> None:
    """Next to no loss: everything tends to the coolant's temperature, from above."""
    still = np.zeros(6 * 60)
    found = temperatures_over_cycle(network, motor_map, still, still, 60.0, start_k=400.0)
    assert np.all(found.temperature_k[-1] >= network.coolant_k)
    assert found.temperature_k[-1] == pytest.approx(np.full(8, network.coolant_k), abs=2.0)


def test_demands_beyond_the_map_are_refused(motor_map: MotorMap, network: ThermalNetwork) -> None:
    """The first one is named, with the limit that it passes."""
    torque = np.array([0.0, 1.1 * motor_map.peak_torque_nm[0]])
    with pytest.raises(ValueError, match=r"step 1: .* Nm at 0 rad/s lies beyond"):
        temperatures_over_cycle(network, motor_map, np.zeros(2), torque)
    with pytest.raises(ValueError, match=r"step 0: .* rad/s lies beyond"):
        temperatures_over_cycle(network, motor_map, np.full(1, 2.0 * motor_map.speed_rad_per_s[-1]), np.zeros(1))
    with pytest.raises(ValueError, match="a step must take time"):
        temperatures_over_cycle(network, motor_map, np.zeros(1), np.zeros(1), 0.0)
    with pytest.raises(ValueError, match="must begin below the limit"):
        Derating(0.0)
