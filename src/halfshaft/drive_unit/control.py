"""Loss-minimal control: the currents that give a torque at a speed and lose least in total, within every limit.

One formulation for every synchronous machine: of the three ampere-turns (d, q, field) the torque binds one, limits bind others, and the
search chooses the rest; with magnets the field has no room. Maximum torque per ampere, field weakening and maximum torque per volt are
names for parts of the result, none is a case in the code. ``loss_model`` says what is lost, ``loss_search`` finds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import loss_search
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import LIMIT_DURATIONS_S, MOTOR_LOSS_PARTS, Motor, MotorMap, torque_fractions
from halfshaft.drive_unit.thermal import duration_limits, thermal_network

Array = NDArray[np.float64]

# Shares of the ranges in which the cloud of starts lies, crowded near zero: field weakening and light load want little of everything.
_CLOUD_D = np.linspace(-1.0, 1.0, 13) * np.abs(np.linspace(-1.0, 1.0, 13))
_CLOUD_Q = np.linspace(0.0, 1.0, 8) ** 2
_CLOUD_F = np.linspace(0.0, 1.0, 6) ** 2
_FLUX_SAMPLES = 201
_REGRIDS = 3
_PATH_SPEEDS, _PATH_TORQUES = 13, 31


def evaluate_motor(
    motor: Motor,
    magnetics: MagneticTable,
    dc_voltage_v: float,
    *,
    speeds: int = 41,
    fractions: int = 61,
    rated: bool = True,
) -> MotorMap:
    """Limit curves, losses and currents of a motor whose machine has the field ``magnetics``, under loss-minimal control.

    ``fractions`` must be odd, so that no torque is a node. Speeds, evenly spaced up to the lamination's greatest, end
    where the machine cannot overcome its own drag at this voltage. Raises ValueError for a voltage that is not positive, too small a map, a
    field that does not fit, or a machine that cannot turn. A motor whose ways for heat are unknown is not ``rated``: what it may hold for a
    time is then NaN.
    """
    if speeds < 2 or fractions < 3 or fractions % 2 == 0:
        raise ValueError(
            f"a map needs at least 2 speeds and an odd number of at least 3 fractions, not {speeds} and {fractions}"
        )
    model = LossModel(motor, magnetics, dc_voltage_v)
    greatest = motor.machine.lamination.max_speed_rad_per_s
    for _ in range(_REGRIDS):  # a second grid below the first one's last good speed may still end just short of it
        speed = np.linspace(0.0, greatest, speeds)
        peak, x = _search_all(model, magnetics, speed, torque_fractions(fractions // 2 + 1))
        holds = (peak[0] > model.mechanical_torque_nm(speed)) & (peak[1] > 0.0)
        if np.all(holds):
            return _as_map(model, speed, peak, x, rated)
        good = int(np.argmin(holds)) - 1
        if good < 1:
            break
        greatest = float(speed[good])
    raise ValueError(
        f"motor {motor.name!r} cannot overcome its own drag at {dc_voltage_v:g} V; give it more voltage or more current"
    )


def operating_points(
    model: LossModel, magnetics: MagneticTable, speed_rad_per_s: float, fractions: Array, sign: float = 1.0
) -> tuple[float, Array]:
    """Greatest torque (a magnitude, 0 where none is possible) at one speed, and the ampere-turns (k, 3) of least loss for fractions of it.

    ``fractions`` (k,) ascend to 1; ``sign`` -1 asks for generating torque. Found as a map's nodes are, on a path over torque and from
    standstill up: deep in field weakening the coarse cloud alone may offer no start from which the search arrives.
    """
    path = np.union1d(fractions, torque_fractions(_PATH_TORQUES)[1:])
    cloud = _cloud(model, magnetics)
    peak, x = 0.0, np.zeros((len(path), 3))
    near: list[Array] | None = None
    starts: Array | None = None
    for speed in np.linspace(0.0, speed_rad_per_s, _PATH_SPEEDS):
        peak, x = _search_speed(model, magnetics, float(speed), path, sign, cloud, near, starts)
        if peak <= 0.0:
            break
        near, starts = [x[-1]], x
    x = x[np.searchsorted(path, fractions)]
    x[:, 1] *= sign
    return peak, x


def _search_all(model: LossModel, magnetics: MagneticTable, speed: Array, fractions: Array) -> tuple[Array, Array]:
    """Greatest torques (2, n), motoring and generating, and ampere-turns (2, n, k, 3); each speed begins where the last one ended."""
    cloud = _cloud(model, magnetics)
    peaks, x = np.zeros((2, len(speed))), np.zeros((2, len(speed), len(fractions), 3))
    before: list[Array | None] = [None, None]
    for i, rad_per_s in enumerate(speed):
        for k, sign in enumerate((1.0, -1.0)):
            known = [points[-1] for points in (before[k], x[0, i] if k else None) if points is not None]
            peaks[k, i], x[k, i] = _search_speed(
                model, magnetics, float(rad_per_s), fractions, sign, cloud, known, before[k]
            )
            if peaks[k, i] <= 0.0:
                return peaks, x
            before[k] = x[k, i]
    return peaks, x


def _search_speed(
    model: LossModel,
    magnetics: MagneticTable,
    speed_rad_per_s: float,
    fractions: Array,
    sign: float,
    cloud: tuple[Array, Array],
    near: list[Array] | None,
    starts: Array | None,
) -> tuple[float, Array]:
    """Greatest torque, zero where none is possible, and ampere-turns (k, 3) with positive q."""
    search = model.search_model(magnetics, speed_rad_per_s)
    points, sums = cloud
    values = np.stack([sums[0], sums[1], model.field_loss_w(speed_rad_per_s, sums[2:])], axis=1)
    k = len(fractions)
    x, loss, violation = np.zeros((k, 3)), np.empty(k), np.empty(k)
    peak = loss_search.search_speed(
        fractions, sign, search, points, values,
        np.array(near).reshape(-1, 3) if near else np.empty((0, 3)),
        np.full((k, 3), np.nan) if starts is None else starts,
        x, loss, violation,
    )  # fmt: skip
    if peak > 0.0 and not np.all(np.isfinite(loss)):
        raise RuntimeError(
            f"motor {model.motor.name!r}: no currents found for {sign * peak * fractions[np.argmax(loss)]:.6g} Nm at "
            f"{speed_rad_per_s:.6g} rad/s and {model.dc_voltage_v:g} V, though {sign * peak:.6g} Nm is possible there"
        )
    return float(peak), x


def _cloud(model: LossModel, magnetics: MagneticTable) -> tuple[Array, Array]:
    """Points (k, 3) all over the range of ampere-turns, and along the line of no d flux, with fluxes and loss sums there (kinds, k)."""
    limit, high_f = model.current_limit_a, model.motor.machine.lamination.greatest_field_a
    low, high = max(magnetics.current_range.a_d[0], -limit), min(magnetics.current_range.a_d[1], limit)
    field = np.unique(high_f * _CLOUD_F)
    columns = []
    for a_f in field:
        spread = np.where(_CLOUD_D < 0.0, -low, high) * _CLOUD_D
        a_d = np.unique(np.clip(np.append(spread, _current_without_d_flux(magnetics, a_f)), low, high))
        grid = np.meshgrid(a_d, limit * _CLOUD_Q, indexing="ij")
        columns.append(np.stack([grid[0].ravel(), grid[1].ravel(), np.full(grid[0].size, a_f)], axis=1))
    points = np.ascontiguousarray(np.concatenate(columns))
    points = points[np.hypot(points[:, 0], points[:, 1]) <= limit * (1.0 + 1e-9)]
    flux_d, flux_q, sums = magnetics.clamped(points[:, 0], points[:, 1], points[:, 2])
    return points, np.stack([flux_d, flux_q, *sums])


def _current_without_d_flux(magnetics: MagneticTable, a_f: float) -> float:
    """The d ampere-turns at which there is no d flux without q current, or the end of the range nearest to it."""
    a_d = np.linspace(*magnetics.current_range.a_d, _FLUX_SAMPLES)
    flux, _, _ = magnetics.clamped(a_d, np.zeros(1), np.full(1, a_f))
    return float(np.interp(0.0, flux, a_d))


def _as_map(model: LossModel, speed: Array, peak: Array, x: Array, rated: bool) -> MotorMap:
    """Answers for positive fractions in both directions as one map from -1 to 1; no torque is the motoring answer."""
    both = np.concatenate([x[1, :, :0:-1] * np.array([1.0, -1.0, 1.0]), x[0]], axis=1)
    k = x.shape[2]
    half = torque_fractions(k)
    fraction = np.concatenate([-half[:0:-1], half])
    point = model.point(both[..., 0], both[..., 1], both[..., 2])
    grid_speed = np.broadcast_to(speed[:, None], both.shape[:2])
    losses = model.losses_w(grid_speed, point)
    losses["mechanical"] = model.mechanical_torque_nm(grid_speed) * grid_speed
    machine, rotor = model.motor.machine, model.motor.machine.lamination.rotor
    may_last = np.full((len(LIMIT_DURATIONS_S), len(speed)), np.nan)
    if rated:
        motoring = slice(k - 1, None)
        may_last = duration_limits(
            thermal_network(machine, model.motor.cooling),
            speed,
            fraction[motoring] * peak[0][:, None],
            {part: loss[:, motoring] for part, loss in losses.items()},
        )
    field_a = point.a_f / rotor.turns_per_pole if isinstance(rotor, FieldWinding) else np.zeros(point.a_f.shape)
    return MotorMap(
        motor=model.motor,
        dc_voltage_v=model.dc_voltage_v,
        speed_rad_per_s=speed,
        torque_fraction=fraction,
        peak_torque_nm=peak[0],
        peak_generating_torque_nm=peak[1],
        loss_w={part: np.ascontiguousarray(losses[part]) for part in MOTOR_LOSS_PARTS},
        i_d_a=point.a_d / machine.series_turns,
        i_q_a=point.a_q / machine.series_turns,
        field_current_a=field_a,
        phase_voltage_v=model.phase_voltage_v(grid_speed, point),
        duration_torque_nm=may_last,
        coasting_loss_w=model.coasting_loss_w(speed),
    )
