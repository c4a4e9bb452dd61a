"""A unit as one row of a table: its ratings, what it weighs and holds, its limits and losses where all units can be compared, at the axle.

Ten thousand maps would fill gigabytes and nobody would look at them; ten thousand rows are a table to sort, to filter and to search for
dominance. A row is made from the unit's map, which is composed from its motor's and forgotten; it can be composed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.lineage import DURATION_NAMES, body, material_kg, ratings
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import Motor, MotorMap
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import UnitMap, compose_unit

Array = NDArray[np.float64]

_LEFT_AT_THE_END = (
    0.25  # of the greatest torque; a machine that runs out of voltage has far less left where it stops turning
)


@dataclass(frozen=True)
class AxleGrid:
    """Where units are compared: axle speeds for limits, and pairs of axle speed and torque for losses."""

    limit_speeds_rad_per_s: tuple[float, ...]
    loss_speeds_rad_per_s: tuple[float, ...]
    loss_torques_nm: tuple[float, ...]

    @property
    def points(self) -> tuple[Array, Array]:
        """Axle speeds and torques (k,) of all pairs, speed by speed."""
        speed, torque = np.meshgrid(self.loss_speeds_rad_per_s, self.loss_torques_nm, indexing="ij")
        return speed.ravel(), torque.ravel()


# A tyre of 0.35 m turns at 240 rad/s at 300 km/h; torques are denser where cars drive all day.
_TORQUES = (25.0, 75.0, 150.0, 300.0, 500.0, 800.0, 1200.0, 1800.0, 2500.0, 3500.0, 5000.0)
AXLE_GRID = AxleGrid(
    limit_speeds_rad_per_s=tuple(float(v) for v in np.arange(0.0, 241.0, 10.0)),
    loss_speeds_rad_per_s=(10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 130.0, 160.0, 200.0),
    loss_torques_nm=(*(-t for t in reversed(_TORQUES)), *_TORQUES),
)


@dataclass(frozen=True, eq=False)
class UnitRows:
    """n units as a table.

    ``modules`` (n,) name machine, inverter and gear of each. ``figures`` and ``material_kg`` hold (n,) columns in SI units as their
    names say. ``limit_nm`` has an (n, speeds) array of axle torque for each kind of limit (peak, generating, and each
    of ``DURATION_NAMES``), zero beyond a unit's top speed; generating
    torque is a magnitude. ``loss_w`` (n, points) is infinite where a unit does not reach the point. ``refused`` names units
    that cannot be evaluated, and why.
    """

    grid: AxleGrid
    names: tuple[str, ...]
    modules: tuple[tuple[str, str, str], ...]
    device: tuple[str, ...]
    figures: Mapping[str, Array]
    material_kg: Mapping[str, Array]
    limit_nm: Mapping[str, Array]
    loss_w: Array
    refused: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.names)


def motor_rows(
    units: Sequence[DriveUnit], magnetics: MagneticTable, dc_voltage_v: float, grid: AxleGrid = AXLE_GRID
) -> UnitRows:
    """Rows of units that share one motor, whose field is ``magnetics``.

    A motor or unit that cannot turn at this voltage is refused with the reason, not left out; so is a motor whose map ends below its
    greatest speed with torque in hand, since then a limit was not found. Raises ValueError when motors differ.
    """
    motor: Motor = units[0].motor
    if any(unit.motor != motor for unit in units):
        raise ValueError(f"not all of these units are driven by {motor.name!r}")
    try:
        motor_map = whole_motor_map(motor, magnetics, dc_voltage_v)
    except ValueError as error:
        return rows_of([], grid, [(unit.name, str(error)) for unit in units])
    maps, refused = composed(units, motor_map)
    return rows_of(maps, grid, refused)


def whole_motor_map(motor: Motor, magnetics: MagneticTable, dc_voltage_v: float) -> MotorMap:
    """A motor's map up to where it can turn. Raises ValueError as ``evaluate_motor`` does, and where a limit was not found."""
    found = evaluate_motor(motor, magnetics, dc_voltage_v)
    reason = _torn(found)
    if reason is not None:
        raise ValueError(reason)
    return found


def composed(units: Sequence[DriveUnit], motor_map: MotorMap) -> tuple[list[UnitMap], list[tuple[str, str]]]:
    """Maps of the units that share this motor, and the names of those that cannot be evaluated, with the reason."""
    maps, refused = [], []
    for unit in units:
        try:
            maps.append(compose_unit(unit, motor_map))
        except ValueError as error:
            refused.append((unit.name, str(error)))
    return maps, refused


def _torn(motor_map: MotorMap) -> str | None:
    """What is wrong with a map that ends early although the machine could still turn; None where nothing is."""
    machine, speed = motor_map.motor.machine, motor_map.speed_rad_per_s[-1:]
    ends_early = float(speed[0]) < machine.lamination.max_speed_rad_per_s * (1.0 - 1e-9)
    drag_nm = float(machine.lamination.mechanical_torque_nm(speed, machine.stack_length_m)[0])
    in_hand = float(motor_map.peak_torque_nm[-1]) / float(np.max(motor_map.peak_torque_nm))
    if not ends_early or in_hand < _LEFT_AT_THE_END or motor_map.peak_torque_nm[-1] < drag_nm / _LEFT_AT_THE_END:
        return None
    return (
        f"the limit of {motor_map.motor.name} was not found beyond {float(speed[0]):.6g} rad/s, "
        f"where it still gives {float(motor_map.peak_torque_nm[-1]):.6g} Nm"
    )


def rows_of(maps: Sequence[UnitMap], grid: AxleGrid = AXLE_GRID, refused: Sequence[tuple[str, str]] = ()) -> UnitRows:
    """Rows of units whose maps are there."""
    speed, torque = grid.points
    units = [unit_map.unit for unit_map in maps]
    materials = [material_kg(unit) for unit in units]
    limits = [_limits_nm(unit_map, np.array(grid.limit_speeds_rad_per_s)) for unit_map in maps]
    loss_w = [_loss_w(unit_map, speed, torque) for unit_map in maps]
    return UnitRows(
        grid=grid,
        names=tuple(unit.name for unit in units),
        modules=tuple(unit.module_names for unit in units),
        device=tuple(unit.inverter.device for unit in units),
        figures=_columns([{**ratings(unit_map), **body(unit_map.unit)} for unit_map in maps]),
        material_kg=_columns(materials),
        limit_nm={kind: np.array([row[kind] for row in limits]) for kind in (limits[0] if limits else ())},
        loss_w=np.array(loss_w).reshape(len(maps), len(speed)),
        refused=tuple(refused),
    )


def joined(parts: Sequence[UnitRows]) -> UnitRows:
    """One table of several over the same grid; a material that a part does not know weighs nothing there."""
    grids = {part.grid for part in parts}
    if len(grids) != 1:
        raise ValueError("tables over different grids cannot be joined")
    full = [part for part in parts if len(part)]

    def column(kind: str, name: str) -> Array:
        return np.concatenate([getattr(part, kind).get(name, np.zeros(len(part))) for part in full])

    def names(kind: str) -> list[str]:
        return list(dict.fromkeys(name for part in full for name in getattr(part, kind)))

    loss_w = np.concatenate([part.loss_w for part in parts])
    return UnitRows(
        grid=parts[0].grid,
        names=tuple(name for part in parts for name in part.names),
        modules=tuple(modules for part in parts for modules in part.modules),
        device=tuple(device for part in parts for device in part.device),
        figures={name: column("figures", name) for name in names("figures")},
        material_kg={name: column("material_kg", name) for name in names("material_kg")},
        limit_nm={name: np.concatenate([part.limit_nm[name] for part in full]) for name in names("limit_nm")},
        loss_w=loss_w,
        refused=tuple(pair for part in parts for pair in part.refused),
    )


def _limits_nm(unit_map: UnitMap, axle_speed: Array) -> dict[str, Array]:
    curves = {
        "peak": unit_map.peak_torque_nm,
        "generating": unit_map.peak_generating_torque_nm,
        **dict(zip(DURATION_NAMES, unit_map.duration_torque_nm, strict=True)),
    }
    ratio = unit_map.gear_ratio
    return {
        kind: np.interp(axle_speed * ratio, unit_map.speed_rad_per_s, curve, right=0.0) * ratio
        for kind, curve in curves.items()
    }


def _loss_w(unit_map: UnitMap, axle_speed: Array, axle_torque: Array) -> Array:
    ratio = unit_map.gear_ratio
    speed, torque = axle_speed * ratio, axle_torque / ratio
    peak = np.interp(speed, unit_map.speed_rad_per_s, unit_map.peak_torque_nm, right=-1.0)
    generating = np.interp(speed, unit_map.speed_rad_per_s, unit_map.peak_generating_torque_nm, right=-1.0)
    reached = (torque <= peak) & (-torque <= generating) & (speed <= unit_map.max_speed_rad_per_s)
    loss = np.full(speed.shape, np.inf)
    loss[reached] = unit_map.loss_at(speed[reached], torque[reached])
    return loss


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, Array]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, 0.0) for row in rows]) for name in names}
