"""The thermal network against its own laws, against a general solver, and its ratings against common sense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halfshaft.drive_unit import Cooling, DriveUnit
from halfshaft.drive_unit.thermal import (
    DURATIONS_S,
    NODES,
    Derating,
    ThermalNetwork,
    duration_limits,
    temperatures_over_cycle,
    thermal_network,
)
from halfshaft.drive_unit.thermal.ratings import temperatures_after

PARTS = ("stator_copper", "excitation", "stator_iron", "rotor_iron", "magnets", "mechanical")
watts = st.floats(0.0, 5e3)


def losses(shape: tuple[int, ...], **given_w: float) -> dict[str, np.ndarray]:
    return {part: np.full(shape, given_w.get(part, 0.0)) for part in PARTS}


@pytest.fixture(params=["eesm_unit", "ipm_unit"])
def unit(request: pytest.FixtureRequest) -> DriveUnit:
    found: DriveUnit = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def network(unit: DriveUnit) -> ThermalNetwork:
    return thermal_network(unit.machine, unit.cooling)


@given(speed=st.floats(0.0, 2000.0))
@settings(max_examples=20, deadline=None)
def test_conductances_are_symmetric_and_lead_out_only_to_the_coolant(eesm_unit: DriveUnit, speed: float) -> None:
    """No heat is made between nodes: with all at one temperature only the coolant's paths carry any."""
    network = thermal_network(eesm_unit.machine, eesm_unit.cooling)
    matrix = network.conductance(np.array([speed]))[0]
    assert matrix == pytest.approx(matrix.T)
    assert matrix @ np.ones(8) == pytest.approx(network.to_coolant, abs=1e-9 * matrix.max())
    assert np.all(network.capacity_j_per_k > 0.0)
    assert np.linalg.eigvalsh(matrix).min() > 0.0


def test_heat_is_the_loss(network: ThermalNetwork) -> None:
    """Every watt of copper, iron, magnets and friction warms a node; of excitation what the exciter keeps does not."""
    one = {part: np.array(100.0 * (k + 1)) for k, part in enumerate(PARTS)}
    fixed, copper = network.heat(one)
    outside = (1.0 - network.excitation_inside) * float(one["excitation"])
    assert float(fixed.sum() + copper.sum()) == pytest.approx(sum(map(float, one.values())) - outside)


@given(copper=watts, excitation=watts, iron=watts, speed=st.floats(0.0, 1700.0), seconds=st.floats(0.5, 3000.0))
@settings(max_examples=15, deadline=None)
def test_temperatures_are_those_of_a_general_solver(
    eesm_unit: DriveUnit, copper: float, excitation: float, iron: float, speed: float, seconds: float
) -> None:
    """The sum of exponentials against stepwise integration of the same equations, copper's rise included."""
    network = thermal_network(eesm_unit.machine, eesm_unit.cooling)
    loss = losses((1, 1), stator_copper=copper, excitation=0.3 * excitation, stator_iron=iron, rotor_iron=0.1 * iron)
    found = temperatures_after(network, np.array([speed]), loss, (seconds,))[0, 0, 0]
    fixed, cold = (heat[0, 0] for heat in network.heat(loss))
    matrix, rise = network.conductance(np.array([speed]))[0], network.copper_rise_per_k

    def slope(_: float, over: np.ndarray) -> np.ndarray:
        heat = fixed + cold * (1.0 + rise * (over + network.coolant_k - network.reference_k))
        return (heat - matrix @ over) / network.capacity_j_per_k

    start = np.full(8, network.start_k - network.coolant_k)
    expected = solve_ivp(slope, (0.0, seconds), start, method="LSODA", rtol=1e-9, atol=1e-8).y[:, -1]
    assert found - network.coolant_k == pytest.approx(expected, rel=1e-5, abs=1e-3)


def test_what_is_settled_solves_the_balance(network: ThermalNetwork) -> None:
    """Without end: conduction equals heat, at the temperatures that the heat itself depends on."""
    loss = losses((1, 1), stator_copper=1500.0, excitation=300.0, stator_iron=400.0, magnets=20.0, mechanical=50.0)
    over = temperatures_after(network, np.array([500.0]), loss, (np.inf,))[0, 0, 0] - network.coolant_k
    fixed, cold = (heat[0, 0] for heat in network.heat(loss))
    heat = fixed + cold * (1.0 + network.copper_rise_per_k * (over + network.coolant_k - network.reference_k))
    assert network.conductance(np.array([500.0]))[0] @ over == pytest.approx(heat, abs=1e-6)
    later = temperatures_after(network, np.array([500.0]), loss, (3e5,))[0, 0, 0] - network.coolant_k
    assert later == pytest.approx(over, abs=1e-3)


def test_copper_that_warms_faster_than_it_cools_has_no_rating(network: ThermalNetwork) -> None:
    """Beyond a loss the rise of resistance outruns every conductance: hot without end, and no torque is held for ever."""
    torque = np.linspace(0.0, 100.0, 11)[None, :]
    loss = {part: np.zeros((1, 11)) for part in PARTS}
    loss["stator_copper"] = 2e5 * (torque / 100.0) ** 2
    assert temperatures_after(network, np.zeros(1), loss, (np.inf,))[0, 0, -1].max() >= 1e6
    limits = duration_limits(network, np.zeros(1), torque, loss)
    assert 0.0 < limits[-1, 0] < limits[0, 0] < 100.0


@pytest.mark.parametrize(
    ("change", "better"),
    [
        ({"jacket_w_per_m2k": 8000.0}, True),
        ({"oil_spray_w_per_m2k": 500.0}, True),
        ({"rotor_channel_w_per_m2k": 1500.0}, True),
        ({"coolant_temperature_k": 348.15}, False),
        ({"winding_limit_k": 423.15, "rotor_winding_limit_k": 423.15, "magnet_limit_k": 403.15}, False),
    ],
)
def test_better_cooling_never_lowers_a_rating(unit: DriveUnit, change: dict[str, float], better: bool) -> None:
    """At every speed and duration, a better path to the coolant or a higher limit holds as much or more, and continuously more.

    Paths between nodes have no such law: insulating the stator's copper keeps its heat from the rotor for a while.
    """
    speed = np.linspace(0.0, 1200.0, 7)
    torque = np.broadcast_to(np.linspace(0.0, 300.0, 31), (7, 31))
    loss = {part: np.zeros((7, 31)) for part in PARTS}
    loss["stator_copper"] = 18e3 * (torque / 300.0) ** 2
    loss["excitation"] = 2.5e3 * (torque / 300.0)
    loss["stator_iron"] = np.broadcast_to(1.2e3 * (speed[:, None] / 1200.0) ** 1.5, (7, 31))
    loss["magnets"] = 0.05 * loss["stator_iron"]

    def ratings(cooling: Cooling) -> np.ndarray:
        return duration_limits(thermal_network(unit.machine, cooling), speed, torque, loss)

    plain, other = ratings(unit.cooling), ratings(replace(unit.cooling, **change))
    low, high = (plain, other) if better else (other, plain)
    assert np.all(low <= high * (1 + 1e-9))
    assert np.all(np.diff(plain, axis=0) <= 0.0)
    assert low[-1].sum() < high[-1].sum()
    assert len(plain) == len(DURATIONS_S)


def test_a_rating_is_where_a_limit_is_met(network: ThermalNetwork) -> None:
    """Losses interpolated at the 600 s torque make the hottest node meet its limit, to the map's own interpolation."""
    torque = np.linspace(0.0, 300.0, 601)[None, :]
    loss = {part: np.zeros((1, 601)) for part in PARTS}
    loss["stator_copper"] = 18e3 * (torque / 300.0) ** 2
    held = duration_limits(network, np.array([300.0]), torque, loss)[2, 0]
    assert 0.0 < held < 300.0
    at = {part: np.array([[np.interp(held, torque[0], values[0])]]) for part, values in loss.items()}
    hottest = temperatures_after(network, np.array([300.0]), at, (600.0,))[0, 0, 0] - network.limit_k
    assert hottest.max() == pytest.approx(0.0, abs=0.02)


def test_the_gap_conducts_more_at_speed(network: ThermalNetwork) -> None:
    """Still air at rest, Taylor's vortices at speed, and never less with more speed."""
    values = network.gap_w_per_k(np.linspace(0.0, 1800.0, 200))
    assert np.all(np.diff(values) >= 0.0)
    assert values[-1] > 1.5 * values[0]
    assert values[0] == pytest.approx(0.031 / network.gap_m * network.gap_area_m2)


@given(seed=st.integers(0, 1000), derate=st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_drive_balances_and_derating_keeps_limits(ipm_unit: DriveUnit, seed: int, derate: bool) -> None:
    """Heat in is heat stored and carried off to 1e-9; with derating no node passes its limit by more than a second's step."""
    network = thermal_network(ipm_unit.machine, ipm_unit.cooling)
    random = np.random.default_rng(seed)
    speed, torque = random.uniform(0.0, 1300.0, 900), random.uniform(-350.0, 350.0, 900)

    def loss_w(rad_per_s: float, nm: float) -> dict[str, float]:
        return {
            "stator_copper": 0.25 * nm * nm,
            "excitation": 0.0,
            "stator_iron": 1e-3 * rad_per_s**2,
            "rotor_iron": 1e-4 * rad_per_s**2,
            "magnets": 1e-5 * rad_per_s**2,
            "mechanical": 0.2 * rad_per_s,
        }

    found = temperatures_over_cycle(network, speed, torque, loss_w, derating=Derating(15.0) if derate else None)
    assert found.balance_error < 1e-9
    assert found.temperature_k.shape == (901, len(NODES))
    assert np.all(np.abs(found.torque_nm) <= np.abs(torque) + 1e-12)
    if derate:
        assert np.all(found.temperature_k <= network.limit_k + 5.0)
        assert np.any(np.abs(found.torque_nm) < np.abs(torque) - 1e-9)
    else:
        assert np.array_equal(found.torque_nm, torque)


def test_standing_still_cools_to_the_coolant(network: ThermalNetwork) -> None:
    """Without loss everything tends to the coolant's temperature, from above and without overshoot."""
    nothing = dict.fromkeys(PARTS, 0.0)
    hours = 6
    found = temperatures_over_cycle(
        network, np.zeros(hours * 60), np.zeros(hours * 60), lambda *_: nothing, 60.0, start_k=400.0
    )
    assert found.temperature_k[-1] == pytest.approx(np.full(8, network.coolant_k), abs=1.0)
    assert np.all(np.diff(found.temperature_k, axis=0) <= 1e-9)


def test_impossible_cooling_is_refused(eesm_unit: DriveUnit) -> None:
    """Nothing negative, and no limit below the coolant."""
    with pytest.raises(ValueError, match="jacket_w_per_m2k must be positive, not 0"):
        replace(eesm_unit.cooling, jacket_w_per_m2k=0.0)
    with pytest.raises(ValueError, match=r"magnet_limit_k is 300 K, below the coolant's 338\.15 K"):
        replace(eesm_unit.cooling, magnet_limit_k=300.0)
