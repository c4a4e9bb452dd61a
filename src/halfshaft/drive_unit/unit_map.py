"""The finished unit's map: limits and every part of the loss over speed and torque, at one DC voltage.

Torque is the unit's output torque referred to the motor shaft (convention 7), written as a fraction of the greatest torque at
each speed, so that the map is a full rectangle; between its nodes everything is bilinear in speed and fraction. Between output
and air gap lie the gear's and the rotor's own loss torques, which the air gap must give when motoring and may keep when
generating (conventions 3 and 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import LIMIT_DURATIONS_S, MOTOR_LOSS_PARTS, MotorMap, place_of_fraction
from halfshaft.drive_unit.unit import DriveUnit

Array = NDArray[np.float64]

LOSS_PARTS = ("stator_copper", "excitation", "stator_iron", "rotor_iron", "magnets", "inverter", "gear", "mechanical")
_ROUND_OFF = 1e-9  # of the limits: a demand computed from a limit must not fail by its last digit


OIL_K = (273.15, 288.15, 298.15, 308.15, 318.15, 333.15, 353.15)
"""Oil temperatures at which a map states its cold loss: freezing, a test cell's, and as warm as it gets on the road."""


def oil_weights(oil_k: float) -> Array:
    """(p,) what multiplies ``UnitMap.cold_loss_w`` to that of one oil temperature: straight between those stated, held beyond them."""
    return np.array([np.interp(oil_k, OIL_K, node) for node in np.eye(len(OIL_K))])


@lru_cache(maxsize=512)  # a catalogue has thousands of units of few gears, over the same speeds
def _cold_loss_w(gear: GearSet, speeds: bytes) -> Array:
    """(n, p) as ``UnitMap.cold_loss_w``, not to be written to; ``speeds`` are the bytes of (n,) rad/s."""
    speed = np.frombuffer(speeds)
    idle = np.zeros_like(speed)
    warm_nm = gear.loss_torque_nm(speed, idle)
    cold = [(gear.loss_torque_nm(speed, idle, k) - warm_nm) * speed for k in OIL_K]
    loss: Array = np.stack(cold, axis=1)
    loss.setflags(write=False)
    return loss


@dataclass(frozen=True, eq=False)
class UnitMap:
    """Limits, losses and currents of one unit at one DC voltage; n speeds from standstill, m torque fractions.

    ``torque_fraction`` runs from -1 to 1 through 0: negative ones scale ``peak_generating_torque_nm`` (a magnitude), positive
    ones ``peak_torque_nm``. ``loss_w`` holds (n, m) arrays by part, each never negative. ``i_d_a``, ``i_q_a`` (peak phase
    currents, all winding sets together) and ``field_current_a`` (zero for magnets) are the loss-minimal currents.
    ``duration_torque_nm`` (durations, n) is the motoring torque that may be held for each of ``limit_durations_s``.
    ``coasting_loss_w`` (n,) is the drag of the unit turned along by the car while the inverter does not switch, times its speed.
    """

    unit: DriveUnit
    dc_voltage_v: float
    speed_rad_per_s: Array
    torque_fraction: Array
    peak_torque_nm: Array
    peak_generating_torque_nm: Array
    duration_torque_nm: Array
    coasting_loss_w: Array
    loss_w: Mapping[str, Array]
    i_d_a: Array
    i_q_a: Array
    field_current_a: Array

    @property
    def gear_ratio(self) -> float:
        """Motor speed over axle speed."""
        return self.unit.gear.ratio

    @property
    def max_speed_rad_per_s(self) -> float:
        """Last speed of the map."""
        return float(self.speed_rad_per_s[-1])

    @property
    def continuous_torque_nm(self) -> Array:
        """(n,) motoring torque that may be held for ever."""
        torque: Array = self.duration_torque_nm[-1]
        return torque

    @property
    def duration_power_w(self) -> Array:
        """(durations,) greatest output power that may be held for each of ``limit_durations_s``."""
        power: Array = np.max(self.speed_rad_per_s * self.duration_torque_nm, axis=1)
        return power

    @property
    def limit_durations_s(self) -> tuple[float, ...]:
        """How long each row of ``duration_torque_nm`` may be held."""
        return LIMIT_DURATIONS_S

    @property
    def peak_power_w(self) -> float:
        """Greatest motoring output power on the limit curve."""
        return float(np.max(self.speed_rad_per_s * self.peak_torque_nm))

    @property
    def continuous_power_w(self) -> float:
        """Greatest output power that may be held for ever."""
        return float(np.max(self.speed_rad_per_s * self.continuous_torque_nm))

    @property
    def greatest_torque_nm(self) -> float:
        """Greatest motoring output torque over all speeds."""
        return float(np.max(self.peak_torque_nm))

    @property
    def oil_temperature_k(self) -> Array:
        """(p,) oil temperatures at which ``cold_loss_w`` is stated."""
        return np.array(OIL_K)

    @cached_property
    def cold_loss_w(self) -> Array:
        """(n, p) what the gear loses turning without torque at each oil temperature, above what it loses at the map's own.

        Negative where the oil is warmer than the map's. What cold oil adds to the loss of teeth under load is left out: it is small beside.
        """
        return _cold_loss_w(self.unit.gear, self.speed_rad_per_s.tobytes())

    def with_added_loss(self, added_w: Array, added_coasting_w: Array) -> UnitMap:
        """The same map with so much more lost at each speed (n,), whatever the torque: driven, and coasting."""
        loss = {**self.loss_w, "gear": self.loss_w["gear"] + added_w[:, None]}
        return replace(self, loss_w=loss, coasting_loss_w=self.coasting_loss_w + added_coasting_w)

    @property
    def peak_efficiency(self) -> tuple[float, float, float]:
        """Greatest motoring efficiency from DC to output, with its speed in rad/s and its torque in Nm."""
        power = self.speed_rad_per_s[:, None] * self.torque_nm()
        demand = power + self.total_loss_w()
        motoring = power > 0.0
        efficiency = np.where(motoring, power / np.where(motoring, demand, 1.0), 0.0)
        i, j = np.unravel_index(int(np.argmax(efficiency)), efficiency.shape)
        return float(efficiency[i, j]), float(self.speed_rad_per_s[i]), float(self.torque_nm()[i, j])

    def torque_nm(self) -> Array:
        """(n, m) output torque of the nodes."""
        f = self.torque_fraction
        return np.where(f < 0.0, self.peak_generating_torque_nm[:, None], self.peak_torque_nm[:, None]) * f

    def total_loss_w(self) -> Array:
        """(n, m) sum of all parts; not to be written to."""
        return self._total_loss_w

    @cached_property
    def _total_loss_w(self) -> Array:
        total: Array = np.sum([self.loss_w[part] for part in LOSS_PARTS], axis=0)
        total.setflags(write=False)
        return total

    def efficiency(self) -> Array:
        """(n, m) output over input in the direction of flow; zero where no power passes through."""
        power = self.speed_rad_per_s[:, None] * self.torque_nm()
        electrical = power + self.total_loss_w()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(power > 0.0, power / electrical, np.where(electrical < 0.0, electrical / power, 0.0))
        return ratio

    def loss_at(self, speed_rad_per_s: ArrayLike, torque_nm: ArrayLike) -> Array:
        """Total loss in W at motor speeds and output torques of broadcastable shapes, bilinear in speed and fraction.

        Raises ValueError naming the first point beyond the speed or torque limits: nothing is extrapolated.
        """
        speed, torque = np.broadcast_arrays(np.asarray(speed_rad_per_s, float), np.asarray(torque_nm, float))
        outside = ~((speed >= 0.0) & (speed <= self.max_speed_rad_per_s * (1.0 + _ROUND_OFF)))
        if np.any(outside):
            self._refuse(speed, torque, outside, f"the speed lies outside 0 to {self.max_speed_rad_per_s:.6g} rad/s")
        peak = np.interp(speed, self.speed_rad_per_s, self.peak_torque_nm)
        generating = np.interp(speed, self.speed_rad_per_s, self.peak_generating_torque_nm)
        fraction = torque / np.where(torque < 0.0, generating, peak)
        outside = ~(np.abs(fraction) <= 1.0 + _ROUND_OFF)
        if np.any(outside):
            k = int(np.argmax(outside))
            limits = f"{-generating.flat[k]:.6g} to {peak.flat[k]:.6g} Nm"
            self._refuse(speed, torque, outside, f"the torque lies outside {limits} at that speed")
        return self.between_nodes(self.total_loss_w(), speed, fraction)

    def between_nodes(self, values: Array, speed_rad_per_s: Array, torque_fraction: Array) -> Array:
        """Values (n, m) of the nodes at speeds and fractions of one shape: bilinear between the nodes, held beyond them."""
        i, s = _bracket(self.speed_rad_per_s, speed_rad_per_s)
        j, t = _bracket(self.torque_fraction, torque_fraction)
        low = (1.0 - t) * values[i, j] + t * values[i, j + 1]
        high = (1.0 - t) * values[i + 1, j] + t * values[i + 1, j + 1]
        result: Array = (1.0 - s) * low + s * high
        return result

    def electrical_power_w(self, speed_rad_per_s: ArrayLike, torque_nm: ArrayLike) -> Array:
        """Power drawn at the DC terminals, negative when feeding back; raises as ``loss_at`` does."""
        power: Array = np.asarray(speed_rad_per_s, float) * np.asarray(torque_nm, float)
        return power + self.loss_at(speed_rad_per_s, torque_nm)

    def _refuse(self, speed: Array, torque: Array, outside: NDArray[np.bool_], why: str) -> None:
        k = int(np.argmax(outside))
        raise ValueError(
            f"unit {self.unit.name!r} has no loss at {speed.flat[k]:.6g} rad/s, {torque.flat[k]:.6g} Nm "
            f"({self.dc_voltage_v:g} V): {why}"
        )


def evaluate_unit(
    unit: DriveUnit, magnetics: MagneticTable, dc_voltage_v: float, *, speeds: int = 41, fractions: int = 41
) -> UnitMap:
    """Limit curves and loss map of a unit, whose machine has the field ``magnetics``, under loss-minimal control at one DC voltage.

    Its motor's map with its gear: see ``evaluate_motor`` and ``compose_unit``, which also say what is raised.
    """
    return compose_unit(unit, evaluate_motor(unit.motor, magnetics, dc_voltage_v, speeds=speeds), fractions=fractions)


def compose_unit(unit: DriveUnit, motor_map: MotorMap, *, fractions: int = 41) -> UnitMap:
    """A unit's map from the map of its motor, which all units that differ in the gear alone share.

    ``fractions`` must be odd, so that no torque is a node. Speeds end with the gear's limit, and where the unit cannot overcome its own
    drag. Losses are cubic between the motor map's torques, over the angle in which these are evenly spaced; currents are linear in it, so
    that they stay within limits that bound convex sets. Raises ValueError for a map of another motor,
    too few fractions, or a unit that cannot turn.
    """
    if motor_map.motor != unit.motor:
        raise ValueError(f"unit {unit.name!r} is not driven by motor {motor_map.motor.name!r}")
    if fractions < 3 or fractions % 2 == 0:
        raise ValueError(f"a map needs an odd number of at least 3 fractions, not {fractions}")
    at = _rows(motor_map, unit.gear.speed_limit_rad_per_s)
    lamination = unit.machine.lamination
    mechanical_nm = lamination.mechanical_torque_nm(at.speed_rad_per_s, unit.machine.stack_length_m)
    peak_nm, peak_generating_nm = _output_limits(unit, at, mechanical_nm)
    good = len(peak_nm) if np.all(peak_nm > 0.0) else int(np.argmin(peak_nm > 0.0))
    if good < 2:
        raise ValueError(
            f"unit {unit.name!r} cannot overcome its own drag at {motor_map.dc_voltage_v:g} V; "
            "give it more voltage, more current or less gear loss"
        )
    at = at.first(good)
    speed, mechanical_nm = at.speed_rad_per_s, mechanical_nm[:good, None]
    peak_nm, peak_generating_nm = peak_nm[:good], peak_generating_nm[:good]
    fraction = np.linspace(-1.0, 1.0, fractions)
    fraction[fractions // 2] = 0.0
    torque_nm = np.where(fraction < 0.0, peak_generating_nm[:, None], peak_nm[:, None]) * fraction
    grid_speed = np.broadcast_to(speed[:, None], torque_nm.shape)
    gear_nm = unit.gear.loss_torque_nm(grid_speed, torque_nm)
    air_gap_nm = torque_nm + gear_nm + mechanical_nm
    losses, (i_d_a, i_q_a, field_a) = at.along(air_gap_nm)
    losses["gear"] = gear_nm * grid_speed
    losses["mechanical"] = mechanical_nm * grid_speed
    loss_w = {part: np.ascontiguousarray(losses[part]) for part in LOSS_PARTS}
    return UnitMap(
        unit=unit,
        dc_voltage_v=motor_map.dc_voltage_v,
        speed_rad_per_s=speed,
        torque_fraction=fraction,
        peak_torque_nm=peak_nm,
        peak_generating_torque_nm=peak_generating_nm,
        duration_torque_nm=_held_torque_nm(unit, at, mechanical_nm[:, 0], peak_nm),
        coasting_loss_w=_coasting_loss_w(unit, at, mechanical_nm[:, 0]),
        loss_w=loss_w,
        i_d_a=i_d_a,
        i_q_a=i_q_a,
        field_current_a=field_a,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """A motor map's rows at some speeds: limits (n,), and losses and currents (kinds, n, m) over its torque fractions."""

    speed_rad_per_s: Array
    peak_nm: Array
    generating_nm: Array
    duration_nm: Array
    coasting_w: Array
    fraction: Array
    losses: Array
    currents: Array

    def first(self, n: int) -> _Rows:
        """The first n speeds."""
        return _Rows(
            self.speed_rad_per_s[:n], self.peak_nm[:n], self.generating_nm[:n], self.duration_nm[:, :n],
            self.coasting_w[:n], self.fraction, self.losses[:, :n], self.currents[:, :n],
        )  # fmt: skip

    def along(self, air_gap_nm: Array) -> tuple[dict[str, Array], Array]:
        """Losses by part and currents (3, n, k) at air-gap torques (n, k), held at the limits."""
        limit = np.where(air_gap_nm < 0.0, self.generating_nm[:, None], self.peak_nm[:, None])
        side = len(self.fraction) // 2
        place = place_of_fraction(np.abs(air_gap_nm) / limit, side + 1)
        rows = np.arange(len(limit))[:, None]
        turn = np.where(air_gap_nm < 0.0, -1, 1)
        lower = np.minimum(place.astype(np.intp), side - 1)
        share = place - lower
        nodes = self.currents[:, rows, side + turn * lower], self.currents[:, rows, side + turn * (lower + 1)]
        currents = (1.0 - share) * nodes[0] + share * nodes[1]
        if side < 3:
            first, weights = lower, np.stack([1.0 - share, share])
        else:
            first = np.clip(lower - 1, 0, side - 3)
            t = place - first
            weights = np.stack([
                -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0, t * (t - 2.0) * (t - 3.0) / 2.0,
                -t * (t - 1.0) * (t - 3.0) / 2.0, t * (t - 1.0) * (t - 2.0) / 6.0,
            ])  # fmt: skip
        losses = np.zeros((len(self.losses), *air_gap_nm.shape))
        for k, weight in enumerate(weights):
            losses += weight * self.losses[:, rows, side + turn * (first + k)]
        losses = np.maximum(losses, 0.0)
        return dict(zip(MOTOR_LOSS_PARTS, losses, strict=True)), currents


def _rows(motor_map: MotorMap, speed_limit_rad_per_s: float) -> _Rows:
    """The rows up to a speed limit, which is one of them: between rows everything is linear in speed at equal fraction."""
    speed = motor_map.speed_rad_per_s
    losses = np.stack([motor_map.loss_w[part] for part in MOTOR_LOSS_PARTS])
    currents = np.stack([motor_map.i_d_a, motor_map.i_q_a, motor_map.field_current_a])
    rows = _Rows(
        speed,
        motor_map.peak_torque_nm,
        motor_map.peak_generating_torque_nm,
        motor_map.duration_torque_nm,
        motor_map.coasting_loss_w,
        motor_map.torque_fraction,
        losses,
        currents,
    )
    if speed_limit_rad_per_s >= speed[-1]:
        return rows
    k = int(np.searchsorted(speed, speed_limit_rad_per_s))
    s = (speed_limit_rad_per_s - speed[k - 1]) / (speed[k] - speed[k - 1])

    def end(values: Array, axis: int) -> Array:
        before, after = np.take(values, [k - 1], axis), np.take(values, [k], axis)
        return np.concatenate([np.take(values, range(k), axis), (1.0 - s) * before + s * after], axis)

    return _Rows(
        end(speed, 0), end(rows.peak_nm, 0), end(rows.generating_nm, 0), end(rows.duration_nm, 1),
        end(rows.coasting_w, 0), rows.fraction, end(losses, 1), end(currents, 1),
    )  # fmt: skip


def _output_limits(unit: DriveUnit, at: _Rows, mechanical_nm: Array) -> tuple[Array, Array]:
    """Greatest motoring and generating output torque (both positive), within the gear's torque limit."""
    gear = unit.gear
    air_gap_nm = np.stack([at.peak_nm, -at.generating_nm])
    shaft_nm = np.clip(air_gap_nm - mechanical_nm, -gear.torque_limit_nm, gear.torque_limit_nm)
    motoring, generating = gear.output_torque_nm(at.speed_rad_per_s, shaft_nm)
    return motoring, -generating


def _held_torque_nm(unit: DriveUnit, at: _Rows, mechanical_nm: Array, peak_nm: Array) -> Array:
    """(durations, n) output torque for each duration, never negative: what the motor may give less drag, through the gear.

    NaN where the motor is not rated.
    """
    if np.isnan(at.duration_nm).any():
        return np.full(at.duration_nm.shape, np.nan)
    limit_nm = unit.gear.torque_limit_nm
    shaft_nm = np.clip(at.duration_nm - mechanical_nm, -limit_nm, limit_nm)
    held = unit.gear.output_torque_nm(np.broadcast_to(at.speed_rad_per_s, shaft_nm.shape), shaft_nm)
    torque: Array = np.clip(held, 0.0, peak_nm)
    return torque


def _coasting_loss_w(unit: DriveUnit, at: _Rows, mechanical_nm: Array) -> Array:
    """(n,) drag power at the output: the rotor's field and its bearings, and the gear that turns them from the wheels."""
    speed = at.speed_rad_per_s
    rotor_nm = np.divide(at.coasting_w, speed, out=np.zeros_like(speed), where=speed > 0.0) + mechanical_nm
    gear_nm = unit.gear.loss_torque_nm(speed, unit.gear.output_torque_nm(speed, -rotor_nm))
    loss: Array = (rotor_nm + gear_nm) * speed
    return loss


def _bracket(nodes: Array, value: Array) -> tuple[NDArray[np.intp], Array]:
    """Lower node's index and the share of the way to the next; the ends are held, for demands at a limit's last digit."""
    index = np.clip(np.searchsorted(nodes, value, side="right") - 1, 0, len(nodes) - 2)
    share: Array = np.clip((value - nodes[index]) / (nodes[index + 1] - nodes[index]), 0.0, 1.0)
    return index, share
