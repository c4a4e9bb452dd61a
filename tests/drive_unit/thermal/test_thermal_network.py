"""The thermal network against its own laws, against a general solver, and its ratings against common sense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from halfshaft.drive_unit import Cooling, DriveUnit, FieldWinding
from halfshaft.drive_unit.thermal import (
    DURATIONS_S,
    ThermalNetwork,
    duration_limits,
    temperatures_after,
    thermal_network,
)
from halfshaft.drive_unit.thermal.network import CONDUCTOR, END, SLOT

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


@given(speed=st.floats(0.0, 2000.0), oil=st.floats(0.0, 2000.0), flow=st.floats(1e-5, 1e-3))
@settings(max_examples=20, deadline=None)
def test_conductances_are_symmetric_and_lead_out_only_to_the_coolant(
    eesm_unit: DriveUnit, speed: float, oil: float, flow: float
) -> None:
    """No heat is made between nodes: with all at one temperature only the coolant's paths carry any, and they add up to its way out."""
    cooling = replace(eesm_unit.cooling, oil_spray_w_per_m2k=oil, coolant_flow_m3_per_s=flow)
    network = thermal_network(eesm_unit.machine, cooling)
    links, inflow = network.links(np.array([speed]))
    matrix = network.conductance(np.array([speed]))[0]
    assert np.array_equal(links, links.swapaxes(1, 2))
    assert np.all(links >= 0.0)
    assert matrix @ np.ones(8) == pytest.approx(inflow, abs=1e-9 * matrix.max())
    assert 1.0 / inflow.sum() == pytest.approx(1.0 / network.to_coolant.sum() + 1.0 / network.coolant_w_per_k)
    assert np.all(network.capacity_j_per_k > 0.0)
    assert np.linalg.eigvalsh(matrix).min() > 0.0


def test_heat_is_the_loss(network: ThermalNetwork) -> None:
    """Every watt of copper, iron, magnets and friction warms a node; of excitation brushes and exciter keep theirs."""
    one = {part: np.array(100.0 * (k + 1)) for k, part in enumerate(PARTS)}
    fixed, copper = network.heat(one, np.array(300.0))
    rotor = network.machine.lamination.rotor
    inside = 0.0
    if isinstance(rotor, FieldWinding):
        reference_k = network.reference_k
        resistance = rotor.resistance_ohm(
            2 * network.machine.lamination.pole_pairs, network.machine.stack_length_m, reference_k
        )
        current = np.sqrt(copper[CONDUCTOR] / resistance)
        fed = current * (rotor.brush_drop_v + resistance * current)
        assert fed == pytest.approx(rotor.exciter_efficiency * float(one["excitation"]))
        inside = float(copper[CONDUCTOR])
        assert 0.5 * float(one["excitation"]) < inside < rotor.exciter_efficiency * float(one["excitation"])
    expected = sum(map(float, one.values())) - float(one["excitation"]) + inside
    assert float(fixed.sum() + copper.sum()) == pytest.approx(expected)


def test_alternating_current_warms_the_slots(network: ThermalNetwork) -> None:
    """At standstill copper's loss is shared by length; at speed the end turns keep that of direct current.

    Eddies' loss in the slots falls as resistance grows.
    """
    copper = losses((), stator_copper=1000.0)
    _, slow = network.heat(copper, np.array(0.0))
    fixed, fast = network.heat(copper, np.array(1200.0))
    lamination = network.machine.lamination
    share = lamination.end_turn_length_m / (lamination.end_turn_length_m + network.machine.stack_length_m)
    assert slow[END] / (slow[END] + slow[SLOT]) == pytest.approx(share, rel=1e-4)
    factor = network.machine.alternating_current_factor(
        np.array(lamination.pole_pairs * 1200.0 / (2.0 * np.pi)), network.reference_k
    )
    assert factor > 1.05
    assert fast[END] == pytest.approx(slow[END] / factor, rel=1e-4)
    warmer = 1.05
    direct, eddies = 1000.0 / factor, 1000.0 * (1.0 - 1.0 / factor)
    assert fixed.sum() + warmer * fast.sum() == pytest.approx(direct * warmer + eddies / warmer, rel=0.003)


@given(copper=watts, excitation=watts, iron=watts, speed=st.floats(0.0, 1700.0), seconds=st.floats(0.5, 3000.0))
@settings(max_examples=15, deadline=None)
def test_temperatures_are_those_of_a_general_solver(
    eesm_unit: DriveUnit, copper: float, excitation: float, iron: float, speed: float, seconds: float
) -> None:
    """The sum of exponentials against stepwise integration of the same equations, copper's rise included."""
    network = thermal_network(eesm_unit.machine, eesm_unit.cooling)
    loss = losses((1, 1), stator_copper=copper, excitation=0.3 * excitation, stator_iron=iron, rotor_iron=0.1 * iron)
    found = temperatures_after(network, np.array([speed]), loss, (seconds,))[0, 0, 0]
    fixed, cold = (heat[0, 0] for heat in network.heat(loss, np.array([[speed]])))
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
    fixed, cold = (heat[0, 0] for heat in network.heat(loss, np.array([[500.0]])))
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
        ({"coolant_flow_m3_per_s": 3e-4}, True),
        ({"coolant_temperature_k": 348.15}, False),
        ({"winding_limit_k": 423.15, "rotor_winding_limit_k": 423.15, "magnet_limit_k": 403.15}, False),
    ],
)
def test_better_cooling_never_lowers_a_rating(unit: DriveUnit, change: dict[str, float], better: bool) -> None:
    """At every speed and duration, a better path to the coolant or a higher limit holds as much or more, and continuously more.

    Paths between nodes have no such law: insulating the stator's copper keeps its heat from the rotor for a while. For the same reason
    this is without the coolant's own warming, through which a cooled rotor's first heat reaches the stator; that is another test's.
    """
    if "coolant_flow_m3_per_s" not in change:
        unit = replace(unit, cooling=replace(unit.cooling, coolant_flow_m3_per_s=np.inf))
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


def test_coolant_takes_up_the_heat(network: ThermalNetwork) -> None:
    """Settled, the coolant's mean stands above its entry by half the heat over its flow, which all nodes feel alike."""
    loss = losses((1, 1), stator_iron=3000.0, rotor_iron=500.0)
    speed = np.array([500.0])
    warm = temperatures_after(network, speed, loss, (np.inf,))[0, 0, 0]
    unwarmed = temperatures_after(replace(network, coolant_w_per_k=np.inf), speed, loss, (np.inf,))[0, 0, 0]
    assert warm - unwarmed == pytest.approx(np.full(8, 3500.0 / network.coolant_w_per_k), rel=1e-6)


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


def test_nothing_is_hotter_on_the_way_than_at_the_end(network: ThermalNetwork) -> None:
    """A rating looks at its end and those of shorter ones only; at 400 moments before them the hottest node is no hotter by 0.5 K."""
    speed = np.array([100.0, 600.0, 1200.0])
    torque = np.broadcast_to(np.linspace(0.0, 300.0, 31), (3, 31))
    loss = {part: np.zeros((3, 31)) for part in PARTS}
    loss["stator_copper"] = 18e3 * (torque / 300.0) ** 2
    loss["excitation"] = 2.5e3 * (torque / 300.0)
    moments = tuple(np.geomspace(1.0, 1e5, 400))
    limits = duration_limits(network, speed, torque, loss)
    for duration, held in zip(DURATIONS_S, limits, strict=True):
        at = {
            part: np.array([[np.interp(nm, torque[0], row)] for nm, row in zip(held, values, strict=True)])
            for part, values in loss.items()
        }
        before = tuple(moment for moment in moments if moment <= duration)
        over = temperatures_after(network, speed, at, before)[:, :, 0] - network.limit_k
        assert over.max() < 0.5


def test_a_warmer_start_holds_less(network: ThermalNetwork) -> None:
    """From the coolant's temperature more than from the usual start; how one begins is forgotten without end."""
    speed = np.array([400.0])
    torque = np.linspace(0.0, 600.0, 61)[None, :]
    loss = {part: np.zeros((1, 61)) for part in PARTS}
    loss["stator_copper"] = 72e3 * (torque / 600.0) ** 2
    usual = duration_limits(network, speed, torque, loss)[:, 0]
    cold = duration_limits(network, speed, torque, loss, start_k=network.coolant_k)[:, 0]
    settled = temperatures_after(network, speed, losses((1, 1), stator_copper=1500.0), (np.inf,))[0, :, 0]
    warm = duration_limits(network, speed, torque, loss, start_k=settled)[:, 0]
    assert np.all(cold[:2] > usual[:2])
    assert np.all(warm[:2] < usual[:2])
    assert cold[-1] == usual[-1] == warm[-1]


def test_the_gap_conducts_more_at_speed(network: ThermalNetwork) -> None:
    """Still air at rest, Taylor's vortices at speed, never less with more speed, and without a step where the correlations meet."""
    area_m2 = 2.0 * np.pi * network.rotor_radius_m * network.machine.stack_length_m
    values = network.gap_w_per_k(np.linspace(0.0, 3000.0, 3001))
    assert np.all(np.diff(values) >= 0.0)
    assert np.diff(values).max() < 0.01 * values[-1]
    assert values[-1] > 1.5 * values[0]
    assert values[0] == pytest.approx(0.031 / network.gap_m * area_m2)


def test_impossible_cooling_is_refused(eesm_unit: DriveUnit) -> None:
    """Nothing negative, and no limit below the coolant."""
    with pytest.raises(ValueError, match="jacket_w_per_m2k must be positive, not 0"):
        replace(eesm_unit.cooling, jacket_w_per_m2k=0.0)
    with pytest.raises(ValueError, match=r"magnet_limit_k is 300 K, below the coolant's 338\.15 K"):
        replace(eesm_unit.cooling, magnet_limit_k=300.0)
