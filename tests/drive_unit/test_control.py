"""Loss-minimal control against independent searches, and its limits against physics."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from analytic_machine import IPM
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit import DriveUnit, FieldWinding
from halfshaft.drive_unit.control import evaluate_motor, operating_points
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.loss_model import LossModel, Point
from halfshaft.drive_unit.machine import copper_resistivity_ohm_m
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.drive_unit.motor_map import Motor, MotorMap

MagneticsOf = Callable[[DriveUnit], MagneticTable]
MotorMapOf = Callable[..., MotorMap]
IDEAL_IPM = replace(IPM, hysteresis_coefficient=0.0, eddy_coefficient=0.0)


@pytest.fixture(scope="module")
def motor_of(magnetics_of: MagneticsOf) -> MotorMapOf:
    """Motor maps of units, each computed once."""

    @functools.cache
    def compute(unit: DriveUnit, dc_voltage_v: float, speeds: int = 41, fractions: int = 61) -> MotorMap:
        return evaluate_motor(unit.motor, magnetics_of(unit), dc_voltage_v, speeds=speeds, fractions=fractions)

    return compute


def points_of(result: MotorMap, magnetics: MagneticTable) -> tuple[LossModel, Point]:
    """The control's choice at every node, as ampere-turns."""
    turns, rotor = result.motor.machine.series_turns, result.motor.machine.lamination.rotor
    field_turns = rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0
    model = LossModel(result.motor, magnetics, result.dc_voltage_v)
    return model, model.point(result.i_d_a * turns, result.i_q_a * turns, result.field_current_a * field_turns)


def dense_least_loss_w(model: LossModel, speed: float, torque_nm: float, d: int, field: int) -> float:
    """Least loss on a dense lattice of d and field current, every feasible point tried."""
    limit, high_f = model.current_limit_a, model.motor.machine.lamination.greatest_field_a
    low_d, high_d = model.magnetics.current_range.a_d
    a_d, a_f = np.meshgrid(
        np.linspace(max(low_d, -limit), min(high_d, limit), d), np.linspace(0.0, high_f, field), indexing="ij"
    )
    point = model.point_for_torque(np.array(torque_nm), a_d, a_f)
    loss = sum(model.losses_w(np.array(speed), point).values(), np.zeros(()))
    feasible = model.violations(np.array(speed), point).max(axis=0) <= 1e-6
    return float(np.min(loss[feasible], initial=np.inf))


@pytest.mark.parametrize("name", ["eesm_150x16/igbt_600/gear_88", "eesm_170x12_dual/igbt_2x600/gear_88"])
@pytest.mark.parametrize("dc_voltage_v", [220.0, 350.0])
def test_field_winding_loses_no_more_than_a_dense_search(
    units: dict[str, DriveUnit], motor_of: MotorMapOf, magnetics_of: MagneticsOf, name: str, dc_voltage_v: float
) -> None:
    """At 28 nodes spread over the map, no point of a 801 x 301 lattice loses 0.1 % less in total."""
    result = motor_of(units[name], dc_voltage_v)
    model, _ = points_of(result, magnetics_of(units[name]))
    torque, total = result.torque_nm(), result.total_loss_w() - result.loss_w["mechanical"]
    compared = 0
    for i in range(3, 41, 6):
        for j in (1, 21, 36, 58):
            best = dense_least_loss_w(model, float(result.speed_rad_per_s[i]), float(torque[i, j]), 801, 301)
            if np.isfinite(best):
                assert total[i, j] <= 1.001 * best, (i, j)
                compared += 1
    assert compared >= 26


def test_magnets_lose_no_more_than_a_dense_search(
    ipm_unit: DriveUnit, motor_of: MotorMapOf, magnetics_of: MagneticsOf
) -> None:
    """With one current free the lattice is fine enough to be the optimum: within 0.01 % of it at 28 nodes."""
    result = motor_of(ipm_unit, 350.0)
    model, _ = points_of(result, magnetics_of(ipm_unit))
    torque, total = result.torque_nm(), result.total_loss_w() - result.loss_w["mechanical"]
    for i in range(3, 41, 6):
        for j in (1, 21, 36, 58):
            best = dense_least_loss_w(model, float(result.speed_rad_per_s[i]), float(torque[i, j]), 40001, 1)
            assert total[i, j] <= 1.0001 * best, (i, j)


@given(name=st.integers(0, 32), dc_voltage_v=st.floats(200.0, 850.0))
@settings(max_examples=12, deadline=None)
def test_no_limit_is_violated_and_every_torque_is_met(
    units: dict[str, DriveUnit], magnetics_of: MagneticsOf, name: int, dc_voltage_v: float
) -> None:
    """For any motor of the kit at any voltage: voltage and current within 1e-6, field current within its limit, torque exact."""
    unit = list(units.values())[name]
    result = evaluate_motor(unit.motor, magnetics_of(unit), dc_voltage_v, speeds=13, fractions=11)
    model, point = points_of(result, magnetics_of(unit))
    assert model.violations(result.speed_rad_per_s[:, None], point).max() <= 1.1e-6
    assert result.phase_voltage_v.max() <= unit.inverter.phase_voltage_limit_v(dc_voltage_v) * (1 + 1.1e-6)
    rotor = unit.machine.lamination.rotor
    if isinstance(rotor, FieldWinding):
        assert np.all(result.field_current_a >= 0.0)
        assert np.all(result.field_current_a <= rotor.current_limit_a * (1 + 1e-12))
    assert model.air_gap_torque_nm(point) == pytest.approx(result.torque_nm(), rel=1e-7, abs=1e-7)
    assert min(part.min() for part in result.loss_w.values()) >= 0.0


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_terminal_power_is_air_gap_power_and_copper(
    which: str, motor_of: MotorMapOf, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """3/2 (v_d i_d + v_q i_q) is torque times speed plus direct-current copper loss: voltage equation and map agree."""
    unit = request.getfixturevalue(which)
    result = motor_of(unit, 350.0)
    model, point = points_of(result, magnetics_of(unit))
    machine = unit.machine
    omega = machine.lamination.pole_pairs * result.speed_rad_per_s[:, None]
    r = machine.stator_resistance_ohm(unit.cooling.winding_temperature_k)
    per_turn = machine.series_turns * machine.stack_length_m
    v_d = r * result.i_d_a - omega * per_turn * point.flux_q
    v_q = r * result.i_q_a + omega * per_turn * point.flux_d
    copper = 1.5 * r * (result.i_d_a**2 + result.i_q_a**2)
    mechanical = result.speed_rad_per_s[:, None] * result.torque_nm()
    assert 1.5 * (v_d * result.i_d_a + v_q * result.i_q_a) - copper == pytest.approx(mechanical, abs=1e-3, rel=1e-6)
    assert np.hypot(v_d, v_q) == pytest.approx(result.phase_voltage_v, rel=1e-9)
    assert model.magnetics.end_winding_inductance_h == 0.0


def test_copper_alone_gives_maximum_torque_per_ampere(ipm_unit: DriveUnit) -> None:
    """Without iron loss, at standstill, the currents are those of least amplitude for the torque, found by a separate search."""
    magnetics = magnetic_table(
        IDEAL_IPM.flux_map((12, 16, 1), series_turns=1, stack_length_m=1.0, field_turns_per_pole=0.0)
    )
    model = LossModel(ipm_unit.motor, magnetics, 350.0)
    peak, x = operating_points(model, magnetics, 0.0, np.array([0.25, 0.5, 1.0]))
    a_d = np.linspace(-model.current_limit_a, 0.0, 20001)
    for fraction, found in zip((0.25, 0.5, 1.0), x, strict=True):
        trial = model.point_for_torque(np.array(fraction * peak * (1.0 - 1e-9)), a_d, np.zeros(1))
        assert np.hypot(found[0], found[1]) == pytest.approx(np.hypot(a_d, trial.a_q).min(), rel=1e-4)


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_generating_is_motoring_without_resistance(
    which: str, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """At next to no winding resistance and ideal devices, the map is the same for both directions of torque."""
    unit = request.getfixturevalue(which)
    cold = replace(unit.cooling, winding_temperature_k=39.5)  # where the linear resistivity of copper nearly vanishes
    result = evaluate_motor(Motor(unit.machine, unit.inverter, cold), magnetics_of(unit), 350.0, speeds=9, fractions=9)
    assert result.peak_torque_nm == pytest.approx(result.peak_generating_torque_nm, rel=2e-3)
    parts = ("stator_iron", "rotor_iron")
    for part in parts:
        assert result.loss_w[part] == pytest.approx(result.loss_w[part][:, ::-1], rel=0.02, abs=5.0)


def test_eddies_in_bars_are_copper_loss_and_fall_with_temperature(ipm_unit: DriveUnit) -> None:
    """What the machine's field drives in the bars adds to the copper's loss at speed, less where warmer copper conducts less."""
    plain = IPM.flux_map((12, 16, 1), series_turns=16, stack_length_m=0.165, field_turns_per_pole=0.0)
    sums = 1e-3 * (1.0 + plain.psi_d_wb**2 / np.abs(plain.psi_d_wb).max() ** 2)
    with_eddies = replace(
        plain, loss_terms=(*plain.loss_terms, LossTerm("stator_winding", "winding_proximity", 2.0, sums))
    )
    table = magnetic_table(with_eddies)
    model = LossModel(ipm_unit.motor, table, 350.0)
    result = evaluate_motor(ipm_unit.motor, table, 350.0, speeds=5, fractions=5)
    point = points_of(result, table)[1]
    frequency = ipm_unit.machine.lamination.pole_pairs * result.speed_rad_per_s[:, None] / (2.0 * np.pi)
    along = 1.5 * model.stator_resistance(result.speed_rad_per_s)[:, None] * (point.a_d**2 + point.a_q**2)
    warm = copper_resistivity_ohm_m(293.15) / copper_resistivity_ohm_m(393.15)
    expected = warm * frequency**2 * point.loss_sums[table.loss_terms.index(("stator_copper", 2.0))] * 0.165
    assert expected[-1].min() > 100.0
    assert result.loss_w["stator_copper"] - along == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_end_windings_take_voltage_and_no_torque(ipm_unit: DriveUnit) -> None:
    """Leakage of the end windings costs torque only where voltage limits, and none at standstill."""
    with_ends = replace(IPM, end_winding_inductance_h=0.2 * 0.165 * IPM.leakage_inductance_h_per_m)
    one, two = (
        evaluate_motor(
            ipm_unit.motor,
            magnetic_table(m.flux_map((12, 16, 1), series_turns=16, stack_length_m=0.165, field_turns_per_pole=0.0)),
            350.0,
            speeds=7,
            fractions=3,
        )
        for m in (IPM, with_ends)
    )
    assert two.peak_torque_nm[0] == pytest.approx(one.peak_torque_nm[0], rel=1e-6)
    assert np.all(two.peak_torque_nm[3:] < one.peak_torque_nm[3:])


def test_currents_stay_where_the_field_is_known(eesm_unit: DriveUnit, magnetics_of: MagneticsOf) -> None:
    """A field known for strong negative d currents only is asked for nothing else: light load then costs more, and the map is whole."""
    table, end_a = magnetics_of(eesm_unit), -1600.0
    at = table.current_range
    narrow = replace(table, current_range=replace(at, a_d=(at.a_d[0], end_a)))
    result, wide = (evaluate_motor(eesm_unit.motor, m, 350.0, speeds=11, fractions=7) for m in (narrow, table))
    assert np.all(result.i_d_a * eesm_unit.machine.series_turns <= end_a + 1e-6 * at.a_q)
    assert np.any(wide.i_d_a * eesm_unit.machine.series_turns > end_a)
    assert np.all(result.peak_torque_nm <= wide.peak_torque_nm * (1 + 1e-6))
    assert np.all(result.total_loss_w()[1:, 3] > wide.total_loss_w()[1:, 3])


def test_a_field_of_another_machine_or_of_too_small_currents_is_refused(
    eesm_unit: DriveUnit, ipm_unit: DriveUnit, magnetics_of: MagneticsOf
) -> None:
    """The model says which axis falls short, by what is needed and what is known."""
    table = magnetics_of(eesm_unit)
    at = table.current_range
    with pytest.raises(ValueError, match="the field has 4 pole pairs, lamination 'gen5_class_eesm' has 3"):
        LossModel(eesm_unit.motor, magnetics_of(ipm_unit), 350.0)
    with pytest.raises(ValueError, match="DC voltage must be positive, not -1"):
        LossModel(eesm_unit.motor, table, -1.0)
    for change, said in (
        ({"a_q": 9e3}, r"A of q ampere-turns, but its field is known up to 9000 A"),
        ({"a_d": (-9e3, 9e3)}, "of negative d ampere-turns"),
        ({"a_f": (0.0, 5e3)}, "5622 A of field ampere-turns, but its field is known up to 5000 A"),
    ):
        with pytest.raises(ValueError, match=said):
            LossModel(eesm_unit.motor, replace(table, current_range=replace(at, **change)), 350.0)


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_grows_with_voltage(which: str, motor_of: MotorMapOf, request: pytest.FixtureRequest) -> None:
    """More DC voltage never takes torque away, motoring or generating, at any speed."""
    unit = request.getfixturevalue(which)
    maps = [motor_of(unit, v, 21, 3) for v in (250.0, 300.0, 350.0, 400.0, 450.0)]
    for low, high in pairwise(maps):
        for limit in ("peak_torque_nm", "peak_generating_torque_nm"):
            assert np.array_equal(low.speed_rad_per_s, high.speed_rad_per_s)
            assert np.all(getattr(high, limit) >= (1 - 1e-6) * getattr(low, limit))


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_falls_with_speed(which: str, motor_of: MotorMapOf, request: pytest.FixtureRequest) -> None:
    """Both limits are monotone over speed: the rim of the voltage limit only narrows; generating gains what resistance drops."""
    result = motor_of(request.getfixturevalue(which), 350.0)
    assert np.all(np.diff(result.peak_torque_nm) <= 1e-6 * result.peak_torque_nm[:-1])
    assert np.all(np.diff(result.peak_generating_torque_nm) <= 1e-3 * result.peak_generating_torque_nm[:-1])


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_neighbours_agree(which: str, motor_of: MotorMapOf, request: pytest.FixtureRequest) -> None:
    """Total loss is convex enough over torque that no node stands out: none exceeds the larger of its two neighbours."""
    result = motor_of(request.getfixturevalue(which), 350.0)
    total = result.total_loss_w()
    assert np.all(total[:, 1:-1] <= np.maximum(total[:, :-2], total[:, 2:]) * (1 + 1e-6) + 1e-6)


def test_too_small_a_map_and_a_stuck_motor_are_refused(ipm_unit: DriveUnit, magnetics_of: MagneticsOf) -> None:
    """A map needs a node without torque, and a motor must be able to turn against its own drag."""
    with pytest.raises(ValueError, match="odd number of at least 3 fractions, not 41 and 40"):
        evaluate_motor(ipm_unit.motor, magnetics_of(ipm_unit), 350.0, fractions=40)
    lamination = replace(ipm_unit.machine.lamination, bearing_torque_nm=1e4)
    stuck = replace(ipm_unit.motor, machine=replace(ipm_unit.machine, lamination=lamination))
    with pytest.raises(ValueError, match="cannot overcome its own drag at 350 V"):
        evaluate_motor(stuck, magnetics_of(ipm_unit), 350.0, speeds=5, fractions=3)
