"""The finished unit's map: limits and every part of the loss over speed and torque, at one DC voltage.

Torque is the unit's output torque referred to the motor shaft (convention 7), written as a fraction of the greatest torque at
each speed, so that the map is a full rectangle; between its nodes everything is bilinear in speed and fraction. Between output
and air gap lie the gear's and the rotor's own loss torques, which the air gap must give when motoring and may keep when
generating (conventions 3 and 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.control import LossModel, Point, loss_minimal_points, peak_points
from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import MagneticModel
from halfshaft.drive_unit.unit import DriveUnit

Array = NDArray[np.float64]

LOSS_PARTS = ("stator_copper", "excitation", "iron", "inverter", "gear", "mechanical")
_ROUND_OFF = 1e-9  # of the limits: a demand computed from a limit must not fail by its last digit


@dataclass(frozen=True, eq=False)
class UnitMap:
    """Limits, losses and currents of one unit at one DC voltage; n speeds from standstill, m torque fractions.

    ``torque_fraction`` runs from -1 to 1 through 0: negative ones scale ``peak_generating_torque_nm`` (a magnitude), positive
    ones ``peak_torque_nm``. ``loss_w`` holds (n, m) arrays by part, each never negative. ``i_d_a``, ``i_q_a`` (peak phase
    currents, all winding sets together) and ``field_current_a`` (zero for magnets) are the loss-minimal currents.
    """

    unit: DriveUnit
    dc_voltage_v: float
    speed_rad_per_s: Array
    torque_fraction: Array
    peak_torque_nm: Array
    peak_generating_torque_nm: Array
    continuous_torque_nm: Array
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
        """(n, m) sum of all parts."""
        total: Array = np.sum([self.loss_w[part] for part in LOSS_PARTS], axis=0)
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
        i, s = _bracket(self.speed_rad_per_s, speed)
        j, t = _bracket(self.torque_fraction, fraction)
        loss = self.total_loss_w()
        low = (1.0 - t) * loss[i, j] + t * loss[i, j + 1]
        high = (1.0 - t) * loss[i + 1, j] + t * loss[i + 1, j + 1]
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
    unit: DriveUnit, magnetics: MagneticModel, dc_voltage_v: float, *, speeds: int = 41, fractions: int = 41
) -> UnitMap:
    """Limit curves and loss map of a unit, whose machine has the field ``magnetics``, under loss-minimal control at one DC voltage.

    ``fractions`` must be odd, so that zero torque is a node. Speeds beyond which the unit cannot overcome its own drag at this
    voltage are left out. Raises ValueError for a voltage that is not positive, too small a map, or a unit that cannot turn.
    """
    if not dc_voltage_v > 0.0:
        raise ValueError(f"unit {unit.name!r}: DC voltage must be positive, not {dc_voltage_v} V")
    if speeds < 2 or fractions < 3 or fractions % 2 == 0:
        raise ValueError(
            f"a map needs at least 2 speeds and an odd number of at least 3 fractions, not {speeds} and {fractions}"
        )
    model = LossModel(unit, magnetics, dc_voltage_v)
    speed, peaks = _limits(model, speeds)
    peak_nm, peak_generating_nm = _output_limits(model, speed, peaks)
    fraction = np.linspace(-1.0, 1.0, fractions)
    fraction[fractions // 2] = 0.0
    torque_nm = np.where(fraction < 0.0, peak_generating_nm[:, None], peak_nm[:, None]) * fraction
    shape = torque_nm.shape
    grid_speed = np.broadcast_to(speed[:, None], shape)

    gear_nm = unit.gear.loss_torque_nm(grid_speed, torque_nm)
    mechanical_nm = np.broadcast_to(model.mechanical_torque_nm(speed)[:, None], shape)
    air_gap_nm = torque_nm + gear_nm + mechanical_nm
    nearest = np.where(air_gap_nm < 0.0, np.arange(speeds)[:, None] + speeds, np.arange(speeds)[:, None]).ravel()
    known = model.point(peaks.a_d[nearest], peaks.a_q[nearest], peaks.a_f[nearest])
    point = loss_minimal_points(model, grid_speed.ravel(), air_gap_nm.ravel(), known).reshape(*shape)
    loss_w = {
        **model.losses_w(grid_speed, point),
        "gear": gear_nm * grid_speed,
        "mechanical": mechanical_nm * grid_speed,
    }
    rotor = unit.machine.lamination.rotor
    field_a = point.a_f / rotor.turns_per_pole if isinstance(rotor, FieldWinding) else np.zeros(shape)
    return UnitMap(
        unit=unit,
        dc_voltage_v=dc_voltage_v,
        speed_rad_per_s=speed,
        torque_fraction=fraction,
        peak_torque_nm=peak_nm,
        peak_generating_torque_nm=peak_generating_nm,
        continuous_torque_nm=_continuous_torque_nm(unit, fraction, peak_nm, loss_w),
        loss_w={part: np.ascontiguousarray(np.broadcast_to(loss_w[part], shape)) for part in LOSS_PARTS},
        i_d_a=point.a_d / unit.machine.series_turns,
        i_q_a=point.a_q / unit.machine.series_turns,
        field_current_a=field_a,
    )


def _limits(model: LossModel, speeds: int) -> tuple[Array, Point]:
    """Speeds (n,) up to the last one the unit can hold, and (2 n,) points of greatest motoring, then generating torque."""
    greatest = model.unit.max_speed_rad_per_s
    for _ in range(3):  # a second grid below the first one's last good speed may still end just short of it
        speed = np.linspace(0.0, greatest, speeds)
        peaks = peak_points(model, np.tile(speed, 2), np.repeat([1.0, -1.0], speeds))
        holds = _output_limits(model, speed, peaks)[0] > 0.0
        if np.all(holds):
            return speed, peaks
        good = int(np.argmin(holds)) - 1
        if good < 1:
            break
        greatest = float(speed[good])
    raise ValueError(
        f"unit {model.unit.name!r} cannot overcome its own drag at {model.dc_voltage_v:g} V; "
        "give it more voltage, more current or less gear loss"
    )


def _output_limits(model: LossModel, speed: Array, peaks: Point) -> tuple[Array, Array]:
    """Greatest motoring and generating output torque (both positive), within the gear's torque limit."""
    gear = model.unit.gear
    air_gap_nm = model.air_gap_torque_nm(peaks).reshape(2, -1)
    shaft_nm = np.clip(air_gap_nm - model.mechanical_torque_nm(speed), -gear.torque_limit_nm, gear.torque_limit_nm)
    motoring, generating = gear.output_torque_nm(speed, shaft_nm)
    return motoring, -generating


def _continuous_torque_nm(unit: DriveUnit, fraction: Array, peak_nm: Array, loss_w: Mapping[str, Array]) -> Array:
    """Torque at each speed whose heat equals what the cooling takes, on the map's own interpolation."""
    heat_w = loss_w["stator_copper"] + loss_w["iron"] + unit.cooling.rotor_heat_share * loss_w["excitation"]
    allowed_w = unit.cooling.heat_flux_w_per_m2 * unit.machine.cooled_surface_m2
    motoring = fraction >= 0.0
    share = np.array(
        [np.interp(allowed_w, np.maximum.accumulate(row), fraction[motoring]) for row in heat_w[:, motoring]]
    )
    share = np.where(heat_w[:, motoring][:, 0] > allowed_w, 0.0, share)
    torque: Array = share * peak_nm
    return torque


def _bracket(nodes: Array, value: Array) -> tuple[NDArray[np.intp], Array]:
    """Lower node's index and the share of the way to the next; the ends are held, for demands at a limit's last digit."""
    index = np.clip(np.searchsorted(nodes, value, side="right") - 1, 0, len(nodes) - 2)
    share: Array = np.clip((value - nodes[index]) / (nodes[index + 1] - nodes[index]), 0.0, 1.0)
    return index, share
