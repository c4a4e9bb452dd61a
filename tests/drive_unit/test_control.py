"""Loss-minimal control against independent searches, and its limits against physics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from analytic_machine import EESM, IPM
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit import DriveUnit, FieldWinding, UnitMap, evaluate_unit
from halfshaft.drive_unit.control import LossModel, Point, loss_minimal_points
from halfshaft.drive_unit.magnetic_table import MagneticModel, MagneticTable

MapOf = Callable[..., UnitMap]
MagneticsOf = Callable[[DriveUnit], MagneticTable]


def points_of(result: UnitMap, magnetics: MagneticModel) -> tuple[LossModel, Point]:
    """The control's choice at every node, as ampere-turns."""
    turns, rotor = result.unit.machine.series_turns, result.unit.machine.lamination.rotor
    field_turns = rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0
    model = LossModel(result.unit, magnetics, result.dc_voltage_v)
    return model, model.point(result.i_d_a * turns, result.i_q_a * turns, result.field_current_a * field_turns)


def brute_force_loss_w(model: LossModel, speed: float, torque_nm: float, d: int, field: int) -> float:
    """Least loss on a dense lattice of d and field current, every feasible point tried."""
    limit, high_f = model.current_limit_a, model.unit.machine.lamination.greatest_field_a
    low_d, high_d = model.magnetics.current_range.a_d
    a_d, a_f = np.meshgrid(
        np.linspace(max(low_d, -limit), min(high_d, limit), d), np.linspace(0.0, high_f, field), indexing="ij"
    )
    point = model.point_for_torque(np.array(torque_nm), a_d, a_f)
    loss = sum(model.losses_w(np.array(speed), point).values(), np.zeros(()))
    feasible = model.violations(np.array(speed), point).max(axis=0) <= 1e-6
    return float(np.min(loss[feasible], initial=np.inf))


@pytest.mark.parametrize("name", ["eesm_150x16/igbt_600/gear_88", "eesm_170x12_dual/igbt_2x600/gear_88"])
@pytest.mark.parametrize("dc_voltage_v", [250.0, 350.0])
def test_field_winding_loses_no_more_than_a_dense_search(
    units: dict[str, DriveUnit], map_of: MapOf, magnetics_of: MagneticsOf, name: str, dc_voltage_v: float
) -> None:
    """At 24 nodes spread over the map, no point of a 801 x 301 lattice loses 0.5 % less in total."""
    result = map_of(units[name], dc_voltage_v)
    model, point = points_of(result, magnetics_of(result.unit))
    air_gap = model.air_gap_torque_nm(point)
    total = result.total_loss_w()
    fixed = result.loss_w["gear"] + result.loss_w["mechanical"]
    compared = 0
    for i in range(3, 41, 6):
        for j in (1, 13, 27, 38):
            best = brute_force_loss_w(model, float(result.speed_rad_per_s[i]), float(air_gap[i, j]), 801, 301)
            if np.isfinite(best):
                assert total[i, j] <= 1.005 * (best + fixed[i, j]), (i, j)
                compared += 1
    assert compared >= 24


def test_magnets_lose_no_more_than_a_dense_search(
    ipm_unit: DriveUnit, map_of: MapOf, magnetics_of: MagneticsOf
) -> None:
    """With one current free the lattice is fine enough to be the optimum: within 0.05 % of it at 28 nodes."""
    result = map_of(ipm_unit, 350.0)
    model, point = points_of(result, magnetics_of(result.unit))
    air_gap = model.air_gap_torque_nm(point)
    for i in range(3, 41, 6):
        for j in (1, 13, 27, 38):
            best = brute_force_loss_w(model, float(result.speed_rad_per_s[i]), float(air_gap[i, j]), 40001, 1)
            parts = sum(result.loss_w[part][i, j] for part in ("stator_copper", "excitation", "iron", "inverter"))
            assert parts <= 1.0005 * best, (i, j)


@given(name=st.integers(0, 32), dc_voltage_v=st.floats(200.0, 850.0))
@settings(max_examples=12, deadline=None)
def test_no_limit_is_violated_and_every_torque_is_met(
    units: dict[str, DriveUnit], magnetics_of: MagneticsOf, name: int, dc_voltage_v: float
) -> None:
    """For any unit of the kit at any voltage: voltage and current within 1e-6, field current within its limit, torque exact."""
    unit = list(units.values())[name]
    result = evaluate_unit(unit, magnetics_of(unit), dc_voltage_v, speeds=13, fractions=9)
    model, point = points_of(result, magnetics_of(result.unit))
    speed = result.speed_rad_per_s[:, None]
    assert model.violations(speed, point).max() <= 1.1e-6
    rotor = unit.machine.lamination.rotor
    if isinstance(rotor, FieldWinding):
        assert np.all(result.field_current_a >= 0.0)
        assert np.all(result.field_current_a <= rotor.current_limit_a * (1 + 1e-12))
    demanded = (
        result.torque_nm() + unit.gear.loss_torque_nm(speed, result.torque_nm()) + model.mechanical_torque_nm(speed)
    )
    assert model.air_gap_torque_nm(point) == pytest.approx(demanded, rel=1e-6, abs=1e-6)


def test_copper_alone_gives_maximum_torque_per_ampere(ipm_unit: DriveUnit) -> None:
    """Without iron loss, at standstill, the currents are those of least amplitude for the torque, found by a separate search."""
    magnetics = replace(IPM, hysteresis_coefficient=0.0, eddy_coefficient=0.0)
    result = evaluate_unit(ipm_unit, magnetics, 350.0, speeds=3, fractions=5)
    model, point = points_of(result, magnetics)
    torque = model.air_gap_torque_nm(point)
    a_d = np.linspace(-model.current_limit_a, 0.0, 20001)
    for j in (1, 3, 4):
        trial = model.point_for_torque(torque[0, j], a_d, np.zeros(1))
        best = np.hypot(a_d, trial.a_q).min()
        assert np.hypot(point.a_d[0, j], point.a_q[0, j]) == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_a_table_stands_for_its_machine(which: str, map_of: MapOf, request: pytest.FixtureRequest) -> None:
    """Through the table of a map of 12 x 16 x 8 nodes the unit is that of the closed form.

    Limits within 0.1 %, greatest efficiency within 0.01 points, losses within 0.3 % in the mean square and 1.5 % anywhere (where next to
    nothing flows).
    """
    unit = request.getfixturevalue(which)
    exact = evaluate_unit(unit, {"eesm_unit": EESM, "ipm_unit": IPM}[which], 350.0, speeds=11, fractions=11)
    found = map_of(unit, 350.0, 11, 11)
    assert found.peak_torque_nm == pytest.approx(exact.peak_torque_nm, rel=1e-3)
    assert found.peak_generating_torque_nm == pytest.approx(exact.peak_generating_torque_nm, rel=1e-3)
    assert found.peak_power_w == pytest.approx(exact.peak_power_w, rel=1e-3)
    assert found.peak_efficiency[0] == pytest.approx(exact.peak_efficiency[0], abs=1e-4)
    error = found.total_loss_w() / exact.total_loss_w() - 1.0
    assert np.abs(error).max() < 0.015
    assert np.sqrt(np.mean(error**2)) < 0.003


def test_end_windings_take_voltage_and_no_torque(ipm_unit: DriveUnit) -> None:
    """Leakage of the end windings costs torque only where voltage limits, and none at standstill; length does not scale it."""
    with_ends = replace(IPM, end_winding_inductance_h=0.2 * 0.165 * IPM.leakage_inductance_h_per_m)
    one, two = (evaluate_unit(ipm_unit, magnetics, 350.0, speeds=7, fractions=3) for magnetics in (IPM, with_ends))
    assert two.peak_torque_nm[0] == pytest.approx(one.peak_torque_nm[0], rel=1e-6)
    assert np.all(two.peak_torque_nm[3:] < one.peak_torque_nm[3:])
    # The same inductance spread over the stack is the same machine to the voltage, whatever its losses.
    lossless = {"hysteresis_coefficient": 0.0, "eddy_coefficient": 0.0}
    spread = replace(IPM, leakage_inductance_h_per_m=1.2 * IPM.leakage_inductance_h_per_m, **lossless)
    maps = [evaluate_unit(ipm_unit, m, 350.0, speeds=7, fractions=3) for m in (replace(with_ends, **lossless), spread)]
    assert maps[0].peak_torque_nm == pytest.approx(maps[1].peak_torque_nm, rel=2e-3)


def test_currents_stay_where_the_field_is_known(eesm_unit: DriveUnit) -> None:
    """A field known for strong negative d currents only is asked for nothing else: light load then costs more, and the map is whole."""
    at, end_a = EESM.current_range, -1600.0
    narrow = replace(EESM, current_range=replace(at, a_d=(at.a_d[0], end_a)))
    result, wide = (evaluate_unit(eesm_unit, m, 350.0, speeds=11, fractions=7) for m in (narrow, EESM))
    assert np.all(result.i_d_a * eesm_unit.machine.series_turns <= end_a + 1e-6 * at.a_q)
    assert np.any(wide.i_d_a * eesm_unit.machine.series_turns > end_a)
    assert np.all(result.peak_torque_nm <= wide.peak_torque_nm * 1.003)
    assert np.all(result.total_loss_w()[1:, 3] > wide.total_loss_w()[1:, 3])


def test_a_field_of_another_machine_or_of_too_small_currents_is_refused(eesm_unit: DriveUnit) -> None:
    """The model says which axis falls short, by what is needed and what is known."""
    at = EESM.current_range
    with pytest.raises(ValueError, match="the field has 4 pole pairs, lamination 'gen5_class_eesm' has 3"):
        LossModel(eesm_unit, IPM, 350.0)
    for change, said in (
        ({"a_q": 9e3}, r"13576\.\d A of q ampere-turns, but its field is known up to 9000 A"),
        ({"a_d": (-9e3, 9e3)}, "of negative d ampere-turns"),
        ({"a_f": (0.0, 5e3)}, "5622 A of field ampere-turns, but its field is known up to 5000 A"),
    ):
        with pytest.raises(ValueError, match=said):
            LossModel(eesm_unit, replace(EESM, current_range=replace(at, **change)), 350.0)


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_grows_with_voltage(which: str, map_of: MapOf, request: pytest.FixtureRequest) -> None:
    """More DC voltage never takes torque away, motoring or generating, at any speed (0.3 % of numerical slack)."""
    unit = request.getfixturevalue(which)
    maps = [map_of(unit, v, 21, 3) for v in (250.0, 300.0, 350.0, 400.0)]
    for low, high in pairwise(maps):
        speed = low.speed_rad_per_s
        for limit in ("peak_torque_nm", "peak_generating_torque_nm"):
            assert np.array_equal(speed, high.speed_rad_per_s)
            assert np.all(getattr(high, limit) >= 0.997 * getattr(low, limit))


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_falls_with_speed(
    which: str, map_of: MapOf, magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """Both limits are monotone over speed: the rim of the voltage limit only narrows (0.3 % of numerical slack)."""
    result = map_of(request.getfixturevalue(which), 350.0)
    assert np.all(np.diff(result.peak_torque_nm) <= 0.003 * result.peak_torque_nm[:-1])
    # While current alone limits, drag helps the brake: the generating limit may rise by what gear and rotor lose more.
    drag = np.diff(result.unit.gear.drag_nm_s_per_rad * result.speed_rad_per_s).max()
    windage = np.diff(
        LossModel(result.unit, magnetics_of(result.unit), 350.0).mechanical_torque_nm(result.speed_rad_per_s)
    ).max()
    slack = 0.003 * result.peak_generating_torque_nm[:-1] + 1.1 * (drag + windage)
    assert np.all(np.diff(result.peak_generating_torque_nm) <= slack)


def test_an_impossible_torque_is_refused(eesm_unit: DriveUnit, magnetics_of: MagneticsOf) -> None:
    """A torque that no currents within the limits give raises and names unit, voltage, torque and speed."""
    model = LossModel(eesm_unit, magnetics_of(eesm_unit), 350.0)
    nothing = model.point(np.zeros(1), np.zeros(1), np.zeros(1))
    with pytest.raises(
        ValueError, match=r"no currents within the limits give an air-gap torque of 900.000 Nm at 500.0 rad/s"
    ):
        loss_minimal_points(model, np.array([500.0]), np.array([900.0]), nothing)
