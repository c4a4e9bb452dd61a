"""A built-in induction machine as a unit: published figures, energy, symmetry, its circuit's limit, and what it is when it is off."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from halfshaft.certification.implied_unit import PublishedUnit, Reference, implied_unit
from halfshaft.drive_unit import DriveUnit, SquirrelCage
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import MOTOR_LOSS_PARTS, MotorMap
from halfshaft.drive_unit.thermal import thermal_network
from halfshaft.drive_unit.unit_map import compose_unit
from halfshaft.programme import load_programme, read_machine
from halfshaft.study import induction
from halfshaft.study.executor import Executor
from halfshaft.study.induction import induction_lamination, induction_reference, induction_table, induction_unit
from halfshaft.study.machines import built_in_machines
from halfshaft.study.pipeline import Silent, StageRunner
from halfshaft.study.store import Store

GEN5 = Path(__file__).parents[2] / "examples" / "gen5"
MACHINE, VOLTAGE_V = "model_s_class_im", 350.0


@functools.cache
def lent() -> DriveUnit:
    units = load_programme(GEN5).kit.units
    return next(u for u in units if u.inverter.sets == 1 and u.inverter.voltage_class_v == 400.0)


@functools.cache
def unit() -> DriveUnit:
    return induction_unit(lent(), machine=MACHINE)


@functools.cache
def table() -> MagneticTable:
    """Coarse in its currents, for speed."""
    return induction_table(machine=MACHINE, nodes=(8, 9))


@functools.cache
def motor_map() -> MotorMap:
    return evaluate_motor(unit().motor, table(), VOLTAGE_V, speeds=19, fractions=31)


def efficiency(m: MotorMap) -> np.ndarray:
    output = m.speed_rad_per_s[:, None] * m.torque_nm()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(output > 0.0, output / (output + m.total_loss_w()), 0.0)


def test_published_torque_and_power() -> None:
    """430 Nm and 225 kW of the Model S 60, for whose torque the current is chosen; motor and inverter at best near 96 %."""
    m = motor_map()
    assert m.peak_torque_nm[0] == pytest.approx(430.0, rel=0.03)
    assert (m.peak_torque_nm * m.speed_rad_per_s).max() == pytest.approx(225e3, rel=0.05)
    assert 0.93 < efficiency(m).max() < 0.97


def test_limits_fall_out() -> None:
    """Torque falls with speed at the voltage limit, d current with it, and at the end faster than 1/speed: pull-out."""
    m = motor_map()
    assert np.all(np.diff(m.peak_torque_nm) < 1e-6 * m.peak_torque_nm[0])
    weak = m.speed_rad_per_s > 700.0
    assert np.all(np.diff(m.i_d_a[weak, -1]) < 0.0)
    assert m.phase_voltage_v.max() <= unit().inverter.phase_voltage_limit_v(VOLTAGE_V) * (1.0 + 1e-6)
    power = m.peak_torque_nm * m.speed_rad_per_s
    assert power[-1] < 0.8 * power.max()


def test_torque_takes_flux_and_no_torque_none() -> None:
    """The search chooses the flux: none at no torque, more with torque while the voltage allows."""
    m = motor_map()
    middle = len(m.torque_fraction) // 2
    assert np.abs(m.i_d_a[:, middle]).max() < 5e-3 * unit().inverter.current_limit_a
    low = m.i_d_a[2, middle:]
    assert np.all(np.diff(low[:-1]) > 0.0)
    assert m.coasting_loss_w.max() < 1e-9


def test_energy_closes_at_every_node() -> None:
    """Power at the terminals, from voltages and currents, is shaft power, copper and the cage's fundamental loss, to 4 % of that
    loss at its greatest: slip in the voltage and the cage's loss are the same statement."""
    m, model = motor_map(), LossModel(unit().motor, table(), VOLTAGE_V)
    machine = unit().machine
    turns, length = machine.series_turns, machine.stack_length_m
    point = model.point(turns * m.i_d_a, turns * m.i_q_a, np.zeros(1))
    speed = m.speed_rad_per_s[:, None]
    omega = machine.lamination.pole_pairs * speed
    end = table().end_winding_inductance_h / length
    v_d = model.drop_ohm_per_m * point.a_d - omega * (point.flux_q + end * point.a_q)
    v_q = (model.drop_ohm_per_m + model.slip_drop_ohm_per_m) * point.a_q + omega * (point.flux_d + end * point.a_d)
    terminals = 1.5 * length * (v_d * point.a_d + v_q * point.a_q)
    copper = 1.5 * model.drop_ohm_per_m * length * (point.a_d**2 + point.a_q**2)
    steady = [k for k, (place, power) in enumerate(table().loss_terms) if place == "cage" and power == 0.0]
    cage = length * sum(point.loss_sums[k] for k in steady) * model.place_factors["cage"]
    left = terminals - model.air_gap_torque_nm(point) * speed - copper - cage
    assert np.abs(left).max() < 0.04 * cage.max()
    losses = model.losses_w(speed, point)
    assert set(losses) | {"mechanical"} == set(MOTOR_LOSS_PARTS)
    assert np.all(losses["excitation"] >= cage - 1e-6 * cage.max())
    assert losses["magnets"].max() == 0.0


def test_generating_mirrors_motoring() -> None:
    """At standstill both directions are one; below the voltage limit their currents differ by the inverter's loss alone."""
    m = motor_map()
    assert m.peak_generating_torque_nm[0] == pytest.approx(m.peak_torque_nm[0], rel=1e-6)
    for k in (0, 3):
        assert m.i_q_a[k, ::-1] == pytest.approx(-m.i_q_a[k], abs=0.02 * m.i_q_a[k].max())
        assert m.loss_w["excitation"][k, ::-1] == pytest.approx(m.loss_w["excitation"][k], abs=60.0)


def test_rings_and_warmth_stand_beside_the_field() -> None:
    """A longer stack has the same rings: the cage's factor falls towards that of its bars alone."""
    cage = unit().machine.lamination.rotor
    assert isinstance(cage, SquirrelCage)
    assert cage.loss_factor(1e6, 293.15) == pytest.approx(1.0, abs=1e-6)
    assert cage.loss_factor(0.152, 293.15) == pytest.approx(1.43, abs=0.05)
    assert cage.loss_factor(0.152, 393.15) == pytest.approx(1.393 * cage.loss_factor(0.152, 293.15))


def test_the_cage_warms_the_rotor() -> None:
    """All of its loss arises in the network's rotor conductor."""
    network = thermal_network(unit().machine, unit().cooling)
    m = motor_map()
    _, copper = network.heat({part: m.loss_w[part][:, -1] for part in MOTOR_LOSS_PARTS}, m.speed_rad_per_s)
    assert copper[:, 4] == pytest.approx(m.loss_w["excitation"][:, -1])
    assert np.all(m.duration_torque_nm[-1] < m.peak_torque_nm)
    assert np.all(m.duration_torque_nm[-1] > 0.0)


def test_a_car_may_be_driven_with_it() -> None:
    """As the reference of its kind it is restacked and rewound to published torque and power of an Audi e-tron's front unit."""
    reference = Reference(unit(), table(), VOLTAGE_V)
    found = implied_unit(reference, PublishedUnit(135e3, 309.0, 25.6, 0.36, 1571.0))
    whole = compose_unit(found.unit, found.motor_map, fractions=31)
    assert whole.peak_torque_nm[0] == pytest.approx(309.0, rel=0.01)
    assert found.unit.machine.lamination.excitation == "induction"


def test_a_runner_computes_the_field_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its store keeps is the table, to the bit."""
    asked = []

    def cheap(**given: object) -> MagneticTable:
        asked.append(given)
        return table()

    monkeypatch.setattr(induction, "induction_table", cheap)
    found = [
        induction_reference(StageRunner(Executor(Store(tmp_path), 1), Silent()), lent(), machine=MACHINE)
        for _ in range(2)
    ]
    assert len(asked) == 1
    assert found[0][0] == found[1][0] == unit()
    for _, again in found:
        assert np.array_equal(again.coefficients, table().coefficients)
        assert again.loss_terms == table().loss_terms


def test_only_cages_make_an_induction_machine() -> None:
    with pytest.raises(ValueError, match="has no cage"):
        induction_lamination(read_machine("zoe"))
    with pytest.raises(ValueError, match="three-phase sets"):
        induction_unit(
            replace(lent(), machine=replace(lent().machine, winding_sets=2), inverter=replace(lent().inverter, sets=2))
        )


def test_the_list_tells_the_kind() -> None:
    kinds = {row["name"]: row["kind"] for row in built_in_machines()}
    assert kinds["model_s_class_im"] == kinds["etron_class_im"] == "induction"
    assert kinds["zoe"] == "externally excited"
    assert kinds["prius_2004"] == "interior magnets"
