"""Any synchronous machine from its map: limits are kept, least current is found, and what a map cannot tell must be stated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from analytic_machine import EESM, IPM

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.measured import read_table
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.machine import FieldWinding, copper_resistivity_ohm_m
from halfshaft.drive_unit.mapped_motor import SIX_STEP, MappedMotor, Statements, mapped_motor
from halfshaft.drive_unit.motor_map import MotorMap

MEASURED = Path(__file__).resolve().parents[3] / "shared" / "data" / "machines" / "measured_fluxmap_baldor_5p6kW.json"
RPM = np.pi / 30.0


def control(mapped: MappedMotor, dc_voltage_v: float, speeds: int = 15, fractions: int = 21) -> MotorMap:
    """The motor's map, of which nothing is asked about heat."""
    return evaluate_motor(mapped.motor, mapped.magnetics, dc_voltage_v, speeds=speeds, fractions=fractions, rated=False)


def keeps_its_limits(mapped: MappedMotor, found: MotorMap) -> bool:
    """Voltage, current and field current within a millionth, and every torque met."""
    model = LossModel(mapped.motor, mapped.magnetics, found.dc_voltage_v)
    rotor = mapped.motor.machine.lamination.rotor
    field_turns = rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0
    point = model.point(found.i_d_a, found.i_q_a, field_turns * found.field_current_a)
    met = np.abs(model.air_gap_torque_nm(point) - found.torque_nm()) <= 1e-6 * found.peak_torque_nm[0]
    broken = model.violations(found.speed_rad_per_s[:, None], point).max()
    return bool(np.all(met) and broken <= 1.1e-6)


def least_current_a(mapped: MappedMotor, torque_nm: float, dc_voltage_v: float) -> float:
    """Least stator current for a torque, by a fine search along i_d."""
    model = LossModel(mapped.motor, mapped.magnetics, dc_voltage_v)
    a_d = np.linspace(-model.current_limit_a, model.current_limit_a, 40001)
    point = model.point_for_torque(np.array(torque_nm * (1.0 - 1e-9)), a_d, np.zeros(1))
    return float(np.hypot(point.a_d, point.a_q).min())


def reluctance_map() -> FluxMap:
    """A machine without magnets, with five times the inductance along d, of which i_d from zero up is known."""
    i_d, i_q = np.linspace(0.0, 40.0, 12), np.linspace(0.0, 40.0, 12)
    d, q = np.meshgrid(i_d, i_q, indexing="ij")
    psi_d, psi_q = 0.9 * np.tanh(d / 22.0), 0.006 * q * (1.0 - 0.1 * np.tanh(d / 22.0))
    plain = IPM.flux_map((4, 4, 1), series_turns=1, stack_length_m=1.0, field_turns_per_pole=0.0)
    grids = {"psi_d_wb": psi_d[..., None], "psi_q_wb": psi_q[..., None], "psi_f_wb": np.zeros((12, 12, 1))}
    torque = 3.0 * (psi_d * q - psi_q * d)[..., None]
    return replace(
        plain, machine="reluctance", pole_pairs=2, i_d_a=i_d, i_q_a=i_q, i_f_a=np.zeros(1), torque_nm=torque, loss_terms=(), **grids
    )  # fmt: skip


@pytest.mark.parametrize("dc_voltage_v", [300.0, 540.0])
def test_a_measured_machine_is_driven_within_its_limits(tmp_path: Path, dc_voltage_v: float) -> None:
    """Measured permanent-magnet synchronous reluctance machine: limits kept at 315 points, least current at standstill to 1e-6."""
    if not MEASURED.exists():
        pytest.skip(f"the measured map is not at {MEASURED}")
    rows = json.loads(MEASURED.read_text(encoding="utf-8"))["rows"]
    lines = ["i_d_a,i_q_a,psi_d_wb,psi_q_wb", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "baldor.csv").write_text("\n".join(lines), encoding="utf-8")
    stated = Statements(current_limit_a=18.0, max_speed_rad_per_s=6000.0 * RPM, resistance_ohm=0.63)
    mapped = mapped_motor(read_table(tmp_path / "baldor.csv", 2), stated)
    found = control(mapped, dc_voltage_v)
    assert keeps_its_limits(mapped, found)
    for k in range(11, 21):
        least = least_current_a(mapped, float(found.torque_nm()[0, k]), dc_voltage_v)
        assert np.hypot(found.i_d_a[0, k], found.i_q_a[0, k]) == pytest.approx(least, rel=1e-6)
    assert np.all(np.isnan(found.duration_torque_nm))


def test_a_reluctance_machine_uses_both_axes() -> None:
    """Without magnets torque needs i_d: least current lies between the axes, limits hold, and the map is continued to negative i_d."""
    mapped = mapped_motor(reluctance_map(), Statements(40.0, 8000.0 * RPM, resistance_ohm=0.2))
    assert any("continued to negative i_d" in note for note in mapped.notes)
    found = control(mapped, 400.0)
    assert keeps_its_limits(mapped, found)
    assert np.all(found.i_d_a[0, 12:] * found.i_q_a[0, 12:] > 0.0)
    for k in (13, 16, 20):
        least = least_current_a(mapped, float(found.torque_nm()[0, k]), 400.0)
        assert np.hypot(found.i_d_a[0, k], found.i_q_a[0, k]) == pytest.approx(least, rel=1e-6)


def test_a_map_needs_no_length_and_no_turns() -> None:
    """Length, turns and field turns of a map are bookkeeping: two windings of one machine at equal ampere-turns lose the same."""
    answers = []
    for turns, field_turns in ((8.0, 100.0), (16.0, 50.0)):
        flux_map = EESM.flux_map((8, 8, 6), series_turns=turns, stack_length_m=0.15, field_turns_per_pole=field_turns)
        stated = Statements(
            current_limit_a=9600.0 / turns, max_speed_rad_per_s=1500.0, field_limit_a=4000.0 / field_turns,
            resistance_ohm=2e-5 * turns**2, field_resistance_ohm=4e-4 * field_turns**2,
        )  # fmt: skip
        mapped = mapped_motor(flux_map, stated)
        found = control(mapped, 20.0 * turns, 5, 7)
        assert keeps_its_limits(mapped, found)
        answers.append((found.peak_torque_nm, found.total_loss_w(), found.field_current_a * field_turns))
    (torque, loss, field), (torque_2, loss_2, field_2) = answers
    assert torque == pytest.approx(torque_2, rel=1e-6)
    assert loss == pytest.approx(loss_2, rel=1e-5)
    assert field == pytest.approx(field_2, rel=0.01, abs=20.0)  # the optimum is flat


def test_resistances_are_the_stated_ones_or_the_maps_own_warmed() -> None:
    """Loss at standstill is 3/2 R I^2 and R_f I_f^2, with what is stated; without, with the map's resistances at the temperature."""
    flux_map = EESM.flux_map((8, 8, 6), series_turns=8, stack_length_m=0.15, field_turns_per_pole=100.0)
    flux_map = replace(flux_map, stator_resistance_ohm_20c=0.01, field_resistance_ohm_20c=5.0)
    warm = copper_resistivity_ohm_m(423.15) / copper_resistivity_ohm_m(293.15)
    for stated, r, r_f in (
        (Statements(900.0, 1000.0, 40.0, 0.02, 8.0), 0.02, 8.0),
        (Statements(900.0, 1000.0, 40.0, winding_temperature_c=150.0), 0.01 * warm, 5.0 * warm),
    ):
        found = control(mapped_motor(flux_map, stated), 300.0, 3, 5)
        square = found.i_d_a[0] ** 2 + found.i_q_a[0] ** 2
        assert found.loss_w["stator_copper"][0] == pytest.approx(1.5 * r * square, rel=1e-9)
        assert found.loss_w["excitation"][0] == pytest.approx(r_f * found.field_current_a[0] ** 2, rel=1e-9)
        assert np.all(found.loss_w["inverter"] == 0.0)


@pytest.mark.parametrize("utilisation", [0.9, 1.0, 1.05, SIX_STEP])
def test_the_voltage_limit_is_the_stated_share(utilisation: float) -> None:
    """The greatest phase voltage over V_dc / sqrt(3) is what was stated, below and above the end of linear modulation."""
    mapped = mapped_motor(
        reluctance_map(), Statements(40.0, 800.0, resistance_ohm=0.2, voltage_utilisation=utilisation)
    )
    assert mapped.motor.inverter.phase_voltage_limit_v(300.0) == pytest.approx(utilisation * 300.0 / np.sqrt(3.0))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"resistance_ohm": None}, "resistance of the winding; state it"),
        ({"resistance_ohm": -1.0}, "resistance must be positive, not -1"),
        ({"current_limit_a": 0.0}, "current limit must be positive"),
        ({"field_limit_a": 5.0}, "no field current to limit"),
        ({"voltage_utilisation": 1.2}, "ends at 1.1027"),
        ({"max_speed_rad_per_s": float("inf")}, "greatest speed must be positive, not inf"),
    ],
)
def test_what_is_missing_or_impossible_is_refused(change: dict[str, float], said: str) -> None:
    """Each refusal names what is wrong."""
    flux_map = replace(reluctance_map(), stator_resistance_ohm_20c=float("nan"))
    stated = replace(Statements(40.0, 800.0, resistance_ohm=0.2), **change)
    with pytest.raises(ValueError, match=said):
        mapped_motor(flux_map, stated)
