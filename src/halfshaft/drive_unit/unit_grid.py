"""A unit's maps over DC voltage, speed and torque in newton metres, as people and other programmes ask for them.

A `UnitMap` writes torque as a fraction of the limit, so that no node is lost beyond it; a test bench, a vehicle model and a spreadsheet
want fixed torques. Between the nodes everything is bilinear in speed and fraction, as `UnitMap.loss_at` has it; beyond a limit there is no
value (NaN), and nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import MagneticModel
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import LOSS_PARTS, UnitMap

Array = NDArray[np.float64]

_ROUND_OFF = 1e-9  # of the limits, as in `unit_map`


@dataclass(frozen=True, eq=False)
class UnitGrid:
    """One unit at v DC voltages, n motor speeds from standstill and m output torques (at the motor shaft, convention 7).

    All but the axes are NaN beyond the unit's limits. ``loss_w`` holds (v, n, m) arrays by part; currents are peak values, those of all
    winding sets together. Limits (v, n) are magnitudes; ``duration_torque_nm`` (k, v, n) belong to ``durations_s``, the last of which
    may be infinite.
    """

    unit: DriveUnit
    dc_voltage_v: Array
    speed_rad_per_s: Array
    torque_nm: Array
    loss_w: Mapping[str, Array]
    i_d_a: Array
    i_q_a: Array
    field_current_a: Array
    phase_voltage_v: Array
    peak_torque_nm: Array
    peak_generating_torque_nm: Array
    durations_s: Array
    duration_torque_nm: Array

    def total_loss_w(self) -> Array:
        """(v, n, m) sum of all parts."""
        total: Array = np.sum([self.loss_w[part] for part in LOSS_PARTS], axis=0)
        return total

    def efficiency(self) -> Array:
        """(v, n, m) output over input in the direction of flow; NaN where no power passes through."""
        return efficiency_of(self.speed_rad_per_s[:, None] * self.torque_nm, self.total_loss_w())


def efficiency_of(output_w: Array, loss_w: Array) -> Array:
    """Output over input in the direction of flow, NaN where nothing passes: at standstill, without torque, and where losses eat it all."""
    input_w = output_w + loss_w
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(output_w > 0.0, output_w / input_w, np.where(input_w < 0.0, input_w / output_w, np.nan))
    return share


def unit_grid(maps: Sequence[UnitMap], magnetics: MagneticModel, *, speeds: int = 61, torques: int = 121) -> UnitGrid:
    """Maps of one unit at several voltages on one grid of speeds and torques, which reach to the greatest of all maps.

    ``magnetics`` is the field that the maps were made with: it tells the phase voltage. Raises ValueError for no maps, for maps of several
    units, or too small a grid.
    """
    if not maps or any(m.unit != maps[0].unit for m in maps):
        raise ValueError("a grid needs the maps of one unit")
    if speeds < 2 or torques < 3:
        raise ValueError(f"a grid needs at least 2 speeds and 3 torques, not {speeds} and {torques}")
    maps = sorted(maps, key=lambda m: m.dc_voltage_v)
    speed = np.linspace(0.0, max(m.max_speed_rad_per_s for m in maps), speeds)
    torque = _torque_axis(
        max(float(m.peak_generating_torque_nm.max()) for m in maps), max(m.greatest_torque_nm for m in maps), torques
    )
    samples = [_Sampler(m, speed, torque) for m in maps]
    voltage = [phase_voltage_v(m, magnetics) for m in maps]

    def over_maps(values: Callable[[UnitMap], Array]) -> Array:
        return np.stack([sample(values(m)) for sample, m in zip(samples, maps, strict=True)])

    def limit(values: Callable[[UnitMap], Array]) -> Array:
        return np.stack([_limit(m, values(m), speed) for m in maps])

    durations = duration_limits(maps[0])
    return UnitGrid(
        unit=maps[0].unit,
        dc_voltage_v=np.array([m.dc_voltage_v for m in maps]),
        speed_rad_per_s=speed,
        torque_nm=torque,
        loss_w={part: over_maps(lambda m, part=part: m.loss_w[part]) for part in LOSS_PARTS},  # type: ignore[misc]
        i_d_a=over_maps(lambda m: m.i_d_a),
        i_q_a=over_maps(lambda m: m.i_q_a),
        field_current_a=over_maps(lambda m: m.field_current_a),
        phase_voltage_v=np.stack([sample(volts) for sample, volts in zip(samples, voltage, strict=True)]),
        peak_torque_nm=limit(lambda m: m.peak_torque_nm),
        peak_generating_torque_nm=limit(lambda m: m.peak_generating_torque_nm),
        durations_s=np.array(list(durations)),
        duration_torque_nm=np.stack([limit(lambda m, s=s: duration_limits(m)[s]) for s in durations]),  # type: ignore[misc]
    )


def duration_limits(unit_map: UnitMap) -> dict[float, Array]:
    """Seconds for which a torque may be held, and the torques (n,); the last entry is for ever."""
    return dict(zip(unit_map.limit_durations_s, unit_map.duration_torque_nm, strict=True))


def phase_voltage_v(unit_map: UnitMap, magnetics: MagneticModel) -> Array:
    """(n, m) peak phase voltage that the map's currents ask for."""
    unit = unit_map.unit
    model = LossModel(unit.motor, magnetics, unit_map.dc_voltage_v)
    turns, rotor = unit.machine.series_turns, unit.machine.lamination.rotor
    field_turns = rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0
    point = model.point(turns * unit_map.i_d_a, turns * unit_map.i_q_a, field_turns * unit_map.field_current_a)
    return model.phase_voltage_v(unit_map.speed_rad_per_s[:, None], point)


def _torque_axis(generating_nm: float, motoring_nm: float, count: int) -> Array:
    """Evenly spaced torques through zero, whose ends reach the limits."""
    below = max(1, round((count - 1) * generating_nm / (generating_nm + motoring_nm)))
    below = min(below, count - 2)
    step = max(generating_nm / below, motoring_nm / (count - 1 - below))
    axis: Array = step * np.arange(-below, count - below, dtype=np.float64)
    return axis


class _Sampler:
    """Where the points of a grid lie between a map's nodes."""

    def __init__(self, unit_map: UnitMap, speed: Array, torque: Array) -> None:
        nodes, fractions = unit_map.speed_rad_per_s, unit_map.torque_fraction
        peak = np.interp(speed, nodes, unit_map.peak_torque_nm)[:, None]
        generating = np.interp(speed, nodes, unit_map.peak_generating_torque_nm)[:, None]
        fraction = torque / np.where(torque < 0.0, generating, peak)
        self._i, self._s = _bracket(nodes, speed[:, None])
        self._j, self._t = _bracket(fractions, fraction)
        slow = (speed <= nodes[-1] * (1.0 + _ROUND_OFF))[:, None]
        self._outside = ~(slow & (np.abs(fraction) <= 1.0 + _ROUND_OFF))

    def __call__(self, values: Array) -> Array:
        i, j, s, t = self._i, self._j, self._s, self._t
        low = (1.0 - t) * values[i, j] + t * values[i, j + 1]
        high = (1.0 - t) * values[i + 1, j] + t * values[i + 1, j + 1]
        found: Array = np.where(self._outside, np.nan, (1.0 - s) * low + s * high)
        return found


def _limit(unit_map: UnitMap, curve: Array, speed: Array) -> Array:
    """A limit curve at other speeds, NaN beyond the last."""
    nodes = unit_map.speed_rad_per_s
    found: Array = np.where(
        speed <= nodes[-1] * (1.0 + _ROUND_OFF), np.interp(np.minimum(speed, nodes[-1]), nodes, curve), np.nan
    )
    return found


def _bracket(nodes: Array, value: Array) -> tuple[NDArray[np.intp], Array]:
    index = np.clip(np.searchsorted(nodes, value, side="right") - 1, 0, len(nodes) - 2)
    share: Array = np.clip((value - nodes[index]) / (nodes[index + 1] - nodes[index]), 0.0, 1.0)
    return index, share
