"""The finished unit's map: energy balance, interpolation, limits and exact scaling."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lossless_inverter import lossless
from simple_gear import drag_only

from halfshaft.drive_unit import LOSS_PARTS, DriveUnit, UnitMap, evaluate_unit
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.unit_map import compose_unit

MapOf = Callable[..., UnitMap]
MagneticsOf = Callable[[DriveUnit], MagneticTable]
WHICH = ["eesm_unit", "ipm_unit"]


@pytest.fixture(params=WHICH)
def result(request: pytest.FixtureRequest, map_of: MapOf) -> UnitMap:
    unit: DriveUnit = request.getfixturevalue(request.param)
    return map_of(unit, 350.0)


def test_no_loss_is_negative(result: UnitMap) -> None:
    """Every part at every node is at least zero and finite (convention 4)."""
    assert set(result.loss_w) == set(LOSS_PARTS)
    for part in LOSS_PARTS:
        assert result.loss_w[part].shape == (41, 41)
        assert np.all(result.loss_w[part] >= 0.0)
        assert np.all(np.isfinite(result.loss_w[part]))


def test_a_unit_is_its_motor_behind_its_gear(result: UnitMap, magnetics_of: MagneticsOf) -> None:
    """What the air gap gives is output, gear and drag; electromagnetic losses there are the motor's own.

    Against a motor map of three times as many torques, each optimised for itself: 0.5 % of the loss at the worst, 0.03 % in the mean;
    1.5 % where nothing but the small drag of gear and bearings is driven, close to the cusp of the excitation at no torque.
    """
    unit = result.unit
    motor = evaluate_motor(unit.motor, magnetics_of(unit), 350.0, fractions=181)
    fine = compose_unit(unit, motor)
    error = result.total_loss_w()[1:] / fine.total_loss_w()[1:] - 1.0
    idle = len(result.torque_fraction) // 2
    assert np.abs(error[:, idle]).max() < 1.5e-2
    assert np.abs(np.delete(error, idle, axis=1)).max() < 5e-3
    assert np.abs(error).mean() < 3e-4
    # At full torque there is nothing to interpolate: the unit's nodes are the motor's, parts and all.
    for part in ("stator_copper", "excitation", "stator_iron", "rotor_iron", "inverter"):
        assert result.loss_w[part][5, -1] == pytest.approx(motor.loss_w[part][5, -1], rel=1e-4)


def test_a_coasting_unit_drags_less_than_a_driven_one_that_gives_no_torque(result: UnitMap) -> None:
    """Without switching there are no harmonics, no field weakening and no standby; an excited rotor drags by bearings and gear alone."""
    idle = len(result.torque_fraction) // 2
    assert np.all(result.coasting_loss_w[1:] > 0.0)
    assert np.all(result.coasting_loss_w <= result.total_loss_w()[:, idle] * (1.0 + 1e-6))
    own_nm = result.unit.machine.lamination.mechanical_torque_nm(
        result.speed_rad_per_s, result.unit.machine.stack_length_m
    )
    bearings_w = own_nm * result.speed_rad_per_s
    if result.unit.machine.lamination.excitation == "field_winding":
        gear_w = result.coasting_loss_w - bearings_w
        np.testing.assert_allclose(gear_w, result.loss_w["gear"][:, idle], rtol=0.2, atol=1.0)
    else:
        assert np.all(result.coasting_loss_w[1:] > bearings_w[1:])


def test_harmonics_of_the_inverter_cost_iron_only_while_it_switches(
    ipm_unit: DriveUnit, magnetics_of: MagneticsOf
) -> None:
    """Twice the factor doubles the driven iron loss of given currents and leaves the coasting loss as it was."""
    lamination = replace(ipm_unit.machine.lamination, inverter_iron_factor=2.0)
    harmonic = replace(ipm_unit, machine=replace(ipm_unit.machine, lamination=lamination))
    speed, nothing = np.array([100.0, 900.0]), np.zeros(2)
    plain, doubled = (LossModel(u.motor, magnetics_of(ipm_unit), 350.0) for u in (ipm_unit, harmonic))
    np.testing.assert_allclose(doubled.coasting_loss_w(speed), plain.coasting_loss_w(speed), rtol=1e-12)
    for part in ("stator_iron", "rotor_iron"):
        at = [m.losses_w(speed, m.point(nothing, nothing, nothing))[part] for m in (plain, doubled)]
        np.testing.assert_allclose(at[1], 2.0 * at[0], rtol=1e-12)


def test_the_motor_of_another_unit_is_refused(
    eesm_unit: DriveUnit, ipm_unit: DriveUnit, magnetics_of: MagneticsOf
) -> None:
    """A map is composed of its own motor only."""
    motor = evaluate_motor(ipm_unit.motor, magnetics_of(ipm_unit), 350.0, speeds=3, fractions=3)
    with pytest.raises(ValueError, match="is not driven by motor 'ipm_165x16/igbt_460'"):
        compose_unit(eesm_unit, motor)


def test_a_slower_gear_ends_the_map(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Up to the gear's limit the map is the faster gear's; the limit itself is a node between two of the motor's."""
    whole = map_of(eesm_unit, 350.0)
    slow = map_of(replace(eesm_unit, gear=replace(eesm_unit.gear, speed_limit_rad_per_s=1000.0)), 350.0)
    assert slow.max_speed_rad_per_s == 1000.0
    n = len(slow.speed_rad_per_s) - 1
    assert np.array_equal(slow.speed_rad_per_s[:n], whole.speed_rad_per_s[:n])
    assert slow.total_loss_w()[:n] == pytest.approx(whole.total_loss_w()[:n])
    assert whole.peak_torque_nm[n] < slow.peak_torque_nm[n] < whole.peak_torque_nm[n - 1]


def test_nodes_are_reproduced_and_power_is_output_plus_loss(result: UnitMap) -> None:
    """``loss_at`` returns the nodes themselves, limits included, and electrical power is T omega plus it."""
    torque = result.torque_nm()
    speed = np.broadcast_to(result.speed_rad_per_s[:, None], torque.shape)
    assert result.loss_at(speed, torque) == pytest.approx(result.total_loss_w(), rel=1e-9)
    expected = speed * torque + result.total_loss_w()
    assert result.electrical_power_w(speed, torque) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(speed=st.floats(0.0, 1.0), fraction=st.floats(-1.0, 1.0))
@settings(max_examples=200, deadline=None)
def test_interpolation_stays_between_its_neighbours(
    eesm_unit: DriveUnit, map_of: MapOf, speed: float, fraction: float
) -> None:
    """Between nodes the loss lies within the four around it, anywhere inside the limits, to the limits themselves."""
    result = map_of(eesm_unit, 350.0)
    omega = speed * result.max_speed_rad_per_s
    limit = result.peak_torque_nm if fraction >= 0 else result.peak_generating_torque_nm
    torque = fraction * np.interp(omega, result.speed_rad_per_s, limit)
    loss = float(result.loss_at(omega, torque))
    i = min(int(np.searchsorted(result.speed_rad_per_s, omega, side="right")) - 1, 39)
    j = min(int(np.searchsorted(result.torque_fraction, fraction, side="right")) - 1, 39)
    # A fraction recomputed from its torque may fall on the other side of a node: take one more column on each side.
    around = result.total_loss_w()[max(i, 0) : i + 2, max(j - 1, 0) : j + 3]
    assert around.min() * (1 - 1e-9) <= loss <= around.max() * (1 + 1e-9)


def test_what_lies_outside_raises_and_says_where(result: UnitMap) -> None:
    """Extrapolating is an error that names the unit, the point and the limit; broadcasting shapes come back as asked."""
    with pytest.raises(ValueError, match=r"has no loss at 5000 rad/s, 10 Nm \(350 V\): the speed lies outside"):
        result.loss_at(5000.0, 10.0)
    with pytest.raises(ValueError, match=r"100 rad/s, 2000 Nm .* the torque lies outside -.* at that speed"):
        result.loss_at([50.0, 100.0], [10.0, 2000.0])
    with pytest.raises(ValueError, match="has no loss"):
        result.loss_at(np.nan, 10.0)
    assert result.loss_at(np.array([[10.0], [20.0]]), np.array([1.0, 2.0, 3.0])).shape == (2, 3)


def test_a_denser_map_agrees(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Halving the spacing changes interpolated losses by at most 5 %, in the mean 0.5 %, over 200 random points.

    Measured: 3.0 % at the worst (the corner of the torque limit lies between two speeds), 0.12 % in the mean.
    """
    coarse, fine = map_of(eesm_unit, 350.0), map_of(eesm_unit, 350.0, 81, 81)
    random = np.random.default_rng(5)
    speed = random.uniform(0.0, coarse.max_speed_rad_per_s, 200)
    share = random.uniform(-0.95, 0.95, 200)
    lower = np.minimum(*(np.interp(speed, m.speed_rad_per_s, m.peak_torque_nm) for m in (coarse, fine)))
    torque = share * lower
    a, b = coarse.loss_at(speed, torque), fine.loss_at(speed, torque)
    assert np.abs(a / b - 1.0).max() < 0.05
    assert np.abs(a / b - 1.0).mean() < 0.005


def test_turns_scale_exactly(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Twice the turns on half the paths, at twice the voltage and half the current: the same torques, the same machine losses.

    Only the inverter's devices see the difference, so they are made ideal.
    """
    ideal = lossless(eesm_unit.inverter)
    machine = eesm_unit.machine
    one = map_of(replace(eesm_unit, inverter=ideal), 350.0, 15, 11)
    twin = replace(machine, series_turns=2 * machine.series_turns, parallel_paths=machine.parallel_paths // 2)
    half = replace(ideal, stated_current_limit_a=ideal.current_limit_a / 2)
    two = map_of(replace(eesm_unit, machine=twin, inverter=half), 700.0, 15, 11)
    assert two.peak_torque_nm == pytest.approx(one.peak_torque_nm, rel=1e-6)
    assert two.total_loss_w() == pytest.approx(one.total_loss_w(), rel=1e-5, abs=1e-3)
    assert two.i_q_a == pytest.approx(one.i_q_a / 2, abs=1e-2)


def test_length_scales_exactly_without_end_windings(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Without end turns, twice the stack at twice the voltage gives twice the torque and losses at the same currents."""
    rotor = replace(eesm_unit.machine.lamination.rotor, end_turn_length_m=0.0, brush_drop_v=0.0)
    lamination = replace(eesm_unit.machine.lamination, end_turn_length_m=0.0, bearing_torque_nm=0.0, rotor=rotor)
    ideal = lossless(eesm_unit.inverter)
    gear = drag_only(eesm_unit.gear, torque_limit_nm=1e4)
    one, two = (
        map_of(
            replace(
                eesm_unit,
                machine=replace(eesm_unit.machine, lamination=lamination, stack_length_m=k * 0.15),
                inverter=ideal,
                gear=gear,
            ),
            k * 350.0,
            15,
            11,
        )
        for k in (1, 2)
    )
    assert two.peak_torque_nm == pytest.approx(2 * one.peak_torque_nm, rel=1e-6)
    assert two.total_loss_w() == pytest.approx(2 * one.total_loss_w(), rel=1e-5, abs=1e-3)


def test_longer_holds_less(result: UnitMap) -> None:
    """Each duration allows at most what shorter ones do, and never more than the peak; the last is the continuous torque."""
    held = result.duration_torque_nm
    assert held.shape == (4, len(result.speed_rad_per_s))
    assert result.limit_durations_s[-1] == np.inf
    assert np.all(held[0] <= result.peak_torque_nm)
    assert np.all(np.diff(held, axis=0) <= 0.0)
    assert np.array_equal(result.continuous_torque_nm, held[-1])
    assert 0.0 < result.continuous_power_w < result.duration_power_w[0] <= result.peak_power_w


def test_more_cooling_holds_more_torque(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Continuous power grows with the jacket's film and never passes the peak."""
    powers = []
    for film in (200.0, 800.0, 4000.0, 1e5):
        result = map_of(replace(eesm_unit, cooling=replace(eesm_unit.cooling, jacket_w_per_m2k=film)), 350.0, 15, 11)
        powers.append(result.continuous_power_w)
        assert powers[-1] <= result.peak_power_w * (1 + 1e-12)
    assert powers == sorted(powers)
    assert powers[0] < 0.8 * powers[-1]


def test_a_map_survives_pickling_and_units_compare(eesm_unit: DriveUnit, map_of: MapOf) -> None:
    """Maps go through worker processes unchanged; units hash and compare by value."""
    result = map_of(eesm_unit, 350.0)
    again = pickle.loads(pickle.dumps(result))
    assert again.unit == result.unit
    assert hash(again.unit) == hash(result.unit)
    assert np.array_equal(again.total_loss_w(), result.total_loss_w())
    assert again.gear_ratio == eesm_unit.gear.ratio


def test_bad_questions_are_refused(eesm_unit: DriveUnit, magnetics_of: MagneticsOf) -> None:
    """A voltage that is not positive, a map without zero torque, a unit that its drag holds fast: each says what is wrong."""
    with pytest.raises(ValueError, match="DC voltage must be positive, not -1"):
        evaluate_unit(eesm_unit, magnetics_of(eesm_unit), -1.0)
    with pytest.raises(ValueError, match="odd number of at least 3 fractions, not 40"):
        evaluate_unit(eesm_unit, magnetics_of(eesm_unit), 350.0, fractions=40)
    stuck = replace(eesm_unit, gear=drag_only(eesm_unit.gear, drag_nm=1e4))
    with pytest.raises(ValueError, match="cannot overcome its own drag at 350 V"):
        evaluate_unit(stuck, magnetics_of(stuck), 350.0, speeds=5, fractions=3)


def test_speeds_beyond_the_units_strength_are_left_out(ipm_unit: DriveUnit, map_of: MapOf) -> None:
    """Where drag exceeds what a low voltage can drive, the map ends: it claims no speed it cannot hold."""
    heavy = replace(ipm_unit, gear=drag_only(ipm_unit.gear, drag_nm_s_per_rad=0.08))
    result = map_of(heavy, 120.0, 21, 5)
    assert result.max_speed_rad_per_s < heavy.max_speed_rad_per_s
    assert np.all(result.peak_torque_nm > 0.0)


def test_peak_efficiency_is_the_best_node(result: UnitMap) -> None:
    """No motoring node is better, and power over power plus loss at its speed and torque is the figure itself."""
    best, speed, torque = result.peak_efficiency
    power = speed * torque
    assert best == pytest.approx(power / (power + float(result.loss_at(speed, torque))))
    motoring = result.torque_fraction > 0.0
    assert result.efficiency()[:, motoring].max() == pytest.approx(best)
    assert 0.0 <= result.efficiency().min() <= result.efficiency().max() < 1.0
