"""Lineage: what sets one generation of modules apart from another, and what the difference does to the unit.

A module that is derived from a parent is the parent but for some fields; the fields that differ are its lineage. Two units are compared at
the axle, where vehicles meet them: at operating points that both reach, so that neither is blamed for what the other cannot do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.motor_map import LIMIT_DURATIONS_S
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import LOSS_PARTS, UnitMap

Array = NDArray[np.float64]
Value = float | int | str | bool | None

DURATION_NAMES = tuple("continuous" if np.isinf(s) else f"{s:g}s" for s in LIMIT_DURATIONS_S)
MODULE_ROLES = ("lamination", "machine", "inverter", "gear")
_SPEEDS, _TORQUES = 9, 8  # of the shared operating points: every eighth of the smaller unit's range


@dataclass(frozen=True)
class Change:
    """One field of a module in two generations; a part that only one of them has is None in the other."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True)
class ModuleChange:
    """What became of one module of a unit; ``changes`` is empty where both units carry the same module."""

    role: str
    before: str
    after: str
    changes: tuple[Change, ...]

    @property
    def carried_over(self) -> bool:
        """The same module in both units."""
        return self.before == self.after and not self.changes


@dataclass(frozen=True)
class Quantity:
    """A figure of both units, in SI units as the name says."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two units side by side.

    ``speed_rad_per_s`` and ``torque_nm`` (k,) are operating points at the axle that both units reach; ``loss_before_w`` and
    ``loss_after_w`` give each loss part there. ``material_kg`` has the bill of material summed by material.
    """

    before: str
    after: str
    modules: tuple[ModuleChange, ...]
    ratings: tuple[Quantity, ...]
    body: tuple[Quantity, ...]
    material_kg: tuple[Quantity, ...]
    speed_rad_per_s: Array
    torque_nm: Array
    loss_before_w: Mapping[str, Array]
    loss_after_w: Mapping[str, Array]

    @property
    def mean_loss_w(self) -> tuple[Quantity, ...]:
        """Each part's loss, meant over the shared operating points, and their sum."""
        rows = [
            Quantity(part, float(np.mean(self.loss_before_w[part])), float(np.mean(self.loss_after_w[part])))
            for part in LOSS_PARTS
        ]
        return (*rows, Quantity("total", sum(row.before for row in rows), sum(row.after for row in rows)))


def changes(before: object, after: object) -> tuple[Change, ...]:
    """Fields in which two dataclass instances differ, in the order of the fields; names of nested ones are dotted.

    Names tell modules apart and are no change of theirs.
    """
    found: list[Change] = []
    _compare(before, after, "", found)
    return tuple(found)


def _compare(before: Any, after: Any, path: str, found: list[Change]) -> None:
    if _is_record(before) or _is_record(after):
        names = dict.fromkeys(f.name for one in (before, after) if _is_record(one) for f in dataclasses.fields(one))
        for name in names:
            if name != "name":
                inner = f"{path}.{name}" if path else name
                _compare(getattr(before, name, None), getattr(after, name, None), inner, found)
    elif isinstance(before, np.ndarray) or isinstance(after, np.ndarray):
        if not np.array_equal(before, after):
            found.append(Change(path, _shown(before), _shown(after)))
    elif before != after:
        found.append(Change(path, _shown(before), _shown(after)))


def _is_record(value: object) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _shown(value: Any) -> Value:
    return value if value is None or isinstance(value, float | int | str | bool) else str(value)


def modules_by_role(unit: DriveUnit) -> dict[str, Any]:
    """The modules of a unit by ``MODULE_ROLES``."""
    return dict(zip(MODULE_ROLES, (unit.machine.lamination, unit.machine, unit.inverter, unit.gear), strict=True))


def compare_units(before: UnitMap, after: UnitMap) -> Comparison:
    """Modules, ratings, bodies and losses of two units.

    Losses stand at axle speeds and torques, motoring and braking, up to what both units reach at each speed. Raises ValueError when they
    share no operating point.
    """
    speed_rad_per_s, torque_nm = _shared_points(before, after)
    return Comparison(
        before=before.unit.name,
        after=after.unit.name,
        modules=_module_changes(before.unit, after.unit),
        ratings=_side_by_side(ratings(before), ratings(after)),
        body=_side_by_side(body(before.unit), body(after.unit)),
        material_kg=_side_by_side(material_kg(before.unit), material_kg(after.unit)),
        speed_rad_per_s=speed_rad_per_s,
        torque_nm=torque_nm,
        loss_before_w=axle_loss_parts_w(before, speed_rad_per_s, torque_nm),
        loss_after_w=axle_loss_parts_w(after, speed_rad_per_s, torque_nm),
    )


def _module_changes(before: DriveUnit, after: DriveUnit) -> tuple[ModuleChange, ...]:
    old, new = modules_by_role(before), modules_by_role(after)
    rows = []
    for role in MODULE_ROLES:
        found = changes(old[role], new[role])
        # The lamination has a row of its own: a machine's changes are its own.
        found = tuple(c for c in found if role != "machine" or not c.field.startswith("lamination."))
        rows.append(ModuleChange(role, old[role].name, new[role].name, found))
    return tuple(rows)


def ratings(unit_map: UnitMap) -> dict[str, float]:
    """Ratings at the axle."""
    ratio = unit_map.gear_ratio
    efficiency, speed, torque = unit_map.peak_efficiency
    powers = zip(DURATION_NAMES, unit_map.duration_power_w, strict=True)
    torques = zip(DURATION_NAMES, np.max(unit_map.duration_torque_nm, axis=1) * ratio, strict=True)
    return {
        "peak_power_w": unit_map.peak_power_w,
        **{f"{name}_power_w": float(power) for name, power in powers},
        "peak_axle_torque_nm": unit_map.greatest_torque_nm * ratio,
        **{f"{name}_axle_torque_nm": float(torque) for name, torque in torques},
        "top_axle_speed_rad_per_s": unit_map.max_speed_rad_per_s / ratio,
        "peak_efficiency": efficiency,
        "peak_efficiency_axle_speed_rad_per_s": speed / ratio,
        "peak_efficiency_axle_torque_nm": torque * ratio,
    }


def body(unit: DriveUnit) -> dict[str, float]:
    """What a unit is, whatever it does."""
    return {
        "mass_kg": unit.mass_kg,
        "length_m": unit.length_m,
        "diameter_m": unit.diameter_m,
        "rare_earth_kg": unit.rare_earth_kg,
        "semiconductor_pieces": float(unit.semiconductor_pieces),
        "voltage_class_v": unit.inverter.voltage_class_v,
        "ratio": unit.gear.ratio,
    }


def material_kg(unit: DriveUnit) -> dict[str, float]:
    """The bill of material, summed by material."""
    total: dict[str, float] = {}
    for _, material, mass in unit.bill_of_material:
        total[material] = total.get(material, 0.0) + mass
    return total


def _side_by_side(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Quantity, ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(Quantity(name, before.get(name, 0.0), after.get(name, 0.0)) for name in names)


def _shared_points(before: UnitMap, after: UnitMap) -> tuple[Array, Array]:
    """Axle speeds and torques (k,) that both reach: from standstill to the smaller top speed, to both limits' smaller one."""
    both = (before, after)
    top = min(m.max_speed_rad_per_s / m.gear_ratio for m in both)
    speed = np.linspace(0.0, top, _SPEEDS)
    share = np.linspace(-1.0, 1.0, 2 * _TORQUES + 1)
    motoring = np.min([_limit_nm(m, m.peak_torque_nm, speed) for m in both], axis=0)
    generating = np.min([_limit_nm(m, m.peak_generating_torque_nm, speed) for m in both], axis=0)
    if not np.all(motoring > 0.0):
        raise ValueError(f"units {before.unit.name!r} and {after.unit.name!r} share no operating point")
    torque = np.where(share < 0.0, np.maximum(generating, 0.0)[:, None], motoring[:, None]) * share
    return np.repeat(speed, len(share)), torque.ravel()


def _limit_nm(unit_map: UnitMap, limit_nm: Array, axle_speed: Array) -> Array:
    ratio = unit_map.gear_ratio
    limit: Array = np.interp(axle_speed * ratio, unit_map.speed_rad_per_s, limit_nm) * ratio
    return limit


def axle_loss_parts_w(unit_map: UnitMap, axle_speed_rad_per_s: Array, axle_torque_nm: Array) -> dict[str, Array]:
    """Each part of the loss at axle speeds and torques (k,) within the limits, between the map's nodes as its total loss is."""
    ratio = unit_map.gear_ratio
    parts = {}
    for part in LOSS_PARTS:
        alone = {other: unit_map.loss_w[part] if other == part else _nothing(unit_map) for other in LOSS_PARTS}
        parts[part] = dataclasses.replace(unit_map, loss_w=alone).loss_at(
            axle_speed_rad_per_s * ratio, axle_torque_nm / ratio
        )
    return parts


def _nothing(unit_map: UnitMap) -> Array:
    return np.zeros((len(unit_map.speed_rad_per_s), len(unit_map.torque_fraction)))
