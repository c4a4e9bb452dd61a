"""The compiled search's own physics: its derivatives, its small quadratic programs, and that it loses what the loss model says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit import loss_search as search
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.magnetic_table import MagneticTable

MagneticsOf = Callable[[DriveUnit], MagneticTable]
PAIRS = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
share = st.floats(0.02, 0.98)


def model_at(unit: DriveUnit, table: MagneticTable, speed: float) -> tuple[LossModel, search.SearchModel]:
    model = LossModel(unit.motor, table, 350.0)
    return model, model.search_model(table, speed)


def jets_at(x: np.ndarray, torque: float, sign: float, m: search.SearchModel) -> np.ndarray:
    out = np.empty((4, 10))
    search._objective(np.ascontiguousarray(x), torque, sign, m, np.empty((1, 48)), np.empty((3, 10)), out)
    return out


@pytest.mark.parametrize("sign", [1.0, -1.0])
@given(d=share, q=share, f=share, speed=st.floats(10.0, 1700.0))
@settings(max_examples=40, deadline=None)
def test_derivatives_are_those_of_the_values(
    eesm_unit: DriveUnit, magnetics_of: MagneticsOf, sign: float, d: float, q: float, f: float, speed: float
) -> None:
    """Gradients and second derivatives of loss, torque and both limits against central differences."""
    _, m = model_at(eesm_unit, magnetics_of(eesm_unit), speed)
    x = m.low + np.array([d, q, f]) * (m.high - m.low)
    at = jets_at(x, 50.0, sign, m)
    step = 1e-3 * m.current_limit_a
    scale = np.abs(at[:, 0]) + m.current_limit_a * np.abs(at[:, 1:4]).max(axis=1)
    for i in range(3):
        ahead, behind = (jets_at(x + s * step * np.eye(3)[i], 50.0, sign, m) for s in (1.0, -1.0))
        slope = (ahead[:, 0] - behind[:, 0]) / (2.0 * step)
        assert np.abs(slope - at[:, 1 + i]) * m.current_limit_a == pytest.approx(np.zeros(4), abs=2e-3 * scale.max())
        for k, (a, b) in enumerate(PAIRS):
            if i == a:
                bend = (ahead[:, 1 + b] - behind[:, 1 + b]) / (2.0 * step)
                error = np.abs(bend - at[:, 4 + k]) * m.current_limit_a**2
                curve = m.current_limit_a**2 * np.abs(at[:, 4:]).max(axis=1) + scale
                assert np.all(error <= 0.05 * curve)


@given(d=share, q=share, f=share, speed=st.floats(10.0, 1700.0), sign=st.sampled_from([1.0, -1.0]))
@settings(max_examples=40, deadline=None)
def test_loses_and_limits_what_the_loss_model_says(
    eesm_unit: DriveUnit, magnetics_of: MagneticsOf, d: float, q: float, f: float, speed: float, sign: float
) -> None:
    """Loss, torque, voltage and current of any point, computed twice in different words."""
    model, m = model_at(eesm_unit, magnetics_of(eesm_unit), speed)
    x = m.low + np.array([d, q, f]) * (m.high - m.low)
    point = model.point(x[0], sign * x[1], x[2])
    torque = float(sign * model.air_gap_torque_nm(point))
    at = jets_at(x, max(torque, 0.0), sign, m)
    assert at[1, 0] == pytest.approx(torque, rel=1e-9, abs=1e-6)
    voltage, current, _ = model.violations(np.array(speed), point)
    assert at[2, 0] == pytest.approx((1.0 + voltage) ** 2 - 1.0, rel=1e-9, abs=1e-9)
    assert at[3, 0] == pytest.approx((1.0 + current) ** 2 - 1.0, rel=1e-9, abs=1e-9)
    if torque > 0.0:
        expected = sum(float(part) for part in model.losses_w(np.array(speed), point).values())
        assert at[0, 0] == pytest.approx(expected, rel=5e-4, abs=2e-3)  # the modulus of a small current is rounded off


@given(seed=st.integers(0, 10_000), equal=st.booleans())
@settings(max_examples=60, deadline=None)
def test_small_quadratic_programs_are_solved(seed: int, equal: bool) -> None:
    """The step is feasible and no better one is found by a general solver."""
    random = np.random.default_rng(seed)
    root = random.normal(size=(3, 3))
    hessian, gradient = root @ root.T + 0.1 * np.eye(3), 3.0 * random.normal(size=3)
    n_equal = int(equal)
    rows = np.zeros((9, 3))
    rows[: n_equal + 2] = random.normal(size=(n_equal + 2, 3))
    rows[n_equal + 2 : n_equal + 8] = np.concatenate([np.eye(3), -np.eye(3)])[[0, 3, 1, 4, 2, 5]]
    offsets = np.zeros(9)
    offsets[n_equal : n_equal + 2] = -random.uniform(0.0, 1.0, 2)
    offsets[n_equal + 2 : n_equal + 8] = -random.uniform(0.2, 2.0, 6)
    step, multipliers = np.empty(3), np.empty(9)
    violation = search._quadratic_step(gradient, hessian, rows, offsets, n_equal, n_equal + 8, step, multipliers)
    assert violation == 0.0
    left = offsets[: n_equal + 8] + rows[: n_equal + 8] @ step
    assert np.all(left[n_equal:] <= 1e-9)
    assert np.all(np.abs(left[:n_equal]) <= 1e-9)
    limits = [{"type": "ineq", "fun": lambda p: -(offsets + rows @ p)[n_equal : n_equal + 8]}]
    if equal:
        limits.append({"type": "eq", "fun": lambda p: (offsets + rows @ p)[:1]})
    found = minimize(
        lambda p: gradient @ p + 0.5 * p @ hessian @ p,
        np.zeros(3),
        constraints=limits,
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    if found.success:
        assert gradient @ step + 0.5 * step @ hessian @ step <= found.fun + 1e-6
