"""Loss-minimal control against independent searches, and its limits against physics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from halfshaft.drive_unit import DriveUnit, FieldWinding, UnitMap, evaluate_unit
from halfshaft.drive_unit.control import LossModel, Point, loss_minimal_points

MapOf = Callable[[DriveUnit, float], UnitMap]


def points_of(result: UnitMap) -> tuple[LossModel, Point]:
    """The control's choice at every node, as ampere-turns."""
    unit = result.unit
    turns, rotor = unit.machine.series_turns, unit.machine.lamination.rotor
    a_e = (
        result.field_current_a * rotor.turns_ratio
        if isinstance(rotor, FieldWinding)
        else np.full(result.i_d_a.shape, rotor.mmf_a)
    )
    model = LossModel(unit, result.dc_voltage_v)
    return model, model.point(result.i_d_a * turns, result.i_q_a * turns, a_e)


def brute_force_loss_w(model: LossModel, speed: float, torque_nm: float, flux: int, excitation: int) -> float:
    """Least loss on a dense lattice of magnetising current and excitation, every feasible point tried."""
    unit, lamination = model.unit, model.unit.machine.lamination
    low, high = lamination.excitation_mmf_range_a
    limit = model.current_limit_a
    e = np.linspace(low, high, excitation if high > low else 1)[None, :]
    x = np.linspace(low - limit, high + limit, flux)[:, None]
    a_d, a_e = np.broadcast_arrays(x - e, e)
    per_m = np.array(abs(torque_nm) / unit.machine.stack_length_m)
    a_q = (-1.0 if torque_nm < 0.0 else 1.0) * lamination.q_current_for_torque(per_m, a_d, a_e, 1.5 * limit)
    point = model.point(a_d, a_q, a_e)
    loss = sum(model.losses_w(np.array(speed), point).values(), np.zeros(()))
    feasible = model.violations(np.array(speed), point).max(axis=0) <= 1e-6
    return float(np.min(loss[feasible], initial=np.inf))


@pytest.mark.parametrize("name", ["eesm_150x16/igbt_600/gear_88", "eesm_170x12_dual/igbt_2x600/gear_88"])
@pytest.mark.parametrize("dc_voltage_v", [250.0, 350.0])
def test_field_winding_loses_no_more_than_a_dense_search(
    units: dict[str, DriveUnit], map_of: MapOf, name: str, dc_voltage_v: float
) -> None:
    """At 24 nodes spread over the map, no point of a 1,201 x 201 lattice loses 0.5 % less in total."""
    result = map_of(units[name], dc_voltage_v)
    model, point = points_of(result)
    air_gap = model.air_gap_torque_nm(point)
    total = result.total_loss_w()
    fixed = result.loss_w["gear"] + result.loss_w["mechanical"]
    compared = 0
    for i in range(3, 41, 6):
        for j in (1, 13, 27, 38):
            best = brute_force_loss_w(model, float(result.speed_rad_per_s[i]), float(air_gap[i, j]), 1201, 201)
            if np.isfinite(best):
                assert total[i, j] <= 1.005 * (best + fixed[i, j]), (i, j)
                compared += 1
    assert compared >= 24


def test_magnets_lose_no_more_than_a_dense_search(ipm_unit: DriveUnit, map_of: MapOf) -> None:
    """With one current free the lattice is fine enough to be the optimum: within 0.05 % of it at 28 nodes."""
    result = map_of(ipm_unit, 350.0)
    model, point = points_of(result)
    air_gap = model.air_gap_torque_nm(point)
    for i in range(3, 41, 6):
        for j in (1, 13, 27, 38):
            best = brute_force_loss_w(model, float(result.speed_rad_per_s[i]), float(air_gap[i, j]), 40001, 1)
            parts = sum(result.loss_w[part][i, j] for part in ("stator_copper", "excitation", "iron", "inverter"))
            assert parts <= 1.0005 * best, (i, j)


@given(name=st.integers(0, 32), dc_voltage_v=st.floats(200.0, 850.0))
@settings(max_examples=12, deadline=None)
def test_no_limit_is_violated_and_every_torque_is_met(
    units: dict[str, DriveUnit], name: int, dc_voltage_v: float
) -> None:
    """For any unit of the kit at any voltage: voltage and current within 1e-6, field current within its limit, torque exact."""
    unit = list(units.values())[name]
    result = evaluate_unit(unit, dc_voltage_v, speeds=13, fractions=9)
    model, point = points_of(result)
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
    lamination = replace(ipm_unit.machine.lamination, hysteresis_coefficient=0.0, eddy_coefficient=0.0)
    unit = replace(ipm_unit, machine=replace(ipm_unit.machine, lamination=lamination))
    result = evaluate_unit(unit, 350.0, speeds=3, fractions=5)
    model, point = points_of(result)
    torque = model.air_gap_torque_nm(point)
    mmf = np.array(lamination.excitation_mmf_range_a[0])
    for j in (1, 3, 4):
        per_m = np.array(abs(torque[0, j]) / unit.machine.stack_length_m)

        def amplitude(a_d: float, per_m: np.ndarray = per_m) -> float:
            return float(np.hypot(a_d, lamination.q_current_for_torque(per_m, np.array(a_d), mmf, 1e5)))

        best = minimize_scalar(amplitude, bounds=(-model.current_limit_a, 0.0), method="bounded").fun
        assert np.hypot(point.a_d[0, j], point.a_q[0, j]) == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_grows_with_voltage(which: str, request: pytest.FixtureRequest) -> None:
    """More DC voltage never takes torque away, motoring or generating, at any speed (0.3 % of numerical slack)."""
    unit = request.getfixturevalue(which)
    maps = [evaluate_unit(unit, v, speeds=21, fractions=3) for v in (250.0, 300.0, 350.0, 400.0)]
    for low, high in pairwise(maps):
        speed = low.speed_rad_per_s
        for limit in ("peak_torque_nm", "peak_generating_torque_nm"):
            assert np.array_equal(speed, high.speed_rad_per_s)
            assert np.all(getattr(high, limit) >= 0.997 * getattr(low, limit))


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_torque_limit_falls_with_speed(which: str, map_of: MapOf, request: pytest.FixtureRequest) -> None:
    """Both limits are monotone over speed: the rim of the voltage limit only narrows (0.3 % of numerical slack)."""
    result = map_of(request.getfixturevalue(which), 350.0)
    assert np.all(np.diff(result.peak_torque_nm) <= 0.003 * result.peak_torque_nm[:-1])
    # While current alone limits, drag helps the brake: the generating limit may rise by what gear and rotor lose more.
    drag = np.diff(result.unit.gear.drag_nm_s_per_rad * result.speed_rad_per_s).max()
    windage = np.diff(LossModel(result.unit, 350.0).mechanical_torque_nm(result.speed_rad_per_s)).max()
    slack = 0.003 * result.peak_generating_torque_nm[:-1] + 1.1 * (drag + windage)
    assert np.all(np.diff(result.peak_generating_torque_nm) <= slack)


def test_an_impossible_torque_is_refused(eesm_unit: DriveUnit) -> None:
    """A torque that no currents within the limits give raises and names unit, voltage, torque and speed."""
    model = LossModel(eesm_unit, 350.0)
    nothing = model.point(np.zeros(1), np.zeros(1), np.zeros(1))
    with pytest.raises(
        ValueError, match=r"no currents within the limits give an air-gap torque of 900.000 Nm at 500.0 rad/s"
    ):
        loss_minimal_points(model, np.array([500.0]), np.array([900.0]), nothing)
