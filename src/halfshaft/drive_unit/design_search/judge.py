"""Hold a unit against demands and prices: its figures, how far each demand is missed, and what it costs, weighs and loses.

A demand's shortfall is relative: 0.05 misses it by 5 %, negative is room to spare. Torque is at the axle, so that machine and gear may
share the work as they like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.unit_map import UnitMap

Array = NDArray[np.float64]

OBJECTIVES = ("mass", "cost", "cycle_loss")
FIGURE_UNITS: Mapping[str, str] = {
    "mass": "kg",
    "cost": "money",
    "cycle_loss": "Wh/km",
    "axle_torque": "Nm",
    "motor_torque": "Nm",
    "power": "kW",
    "power_at_top_speed": "kW",
    "continuous_power": "kW",
    "top_speed": "rpm",
    "rare_earth": "kg",
    "diameter": "mm",
    "length": "mm",
    "missed_time": "s",
}


@dataclass(frozen=True, eq=False)
class Duty:
    """What is asked of the axle over a cycle: arrays (t,) of axle speed, axle torque and duration; the distance makes losses specific.

    Braking torque is what the unit is asked for, friction brakes already apart.
    """

    axle_speed_rad_per_s: Array
    axle_torque_nm: Array
    duration_s: Array
    distance_m: float


@dataclass(frozen=True)
class Demands:
    """What the unit must do at one DC voltage; None demands nothing.

    Torques from standstill and powers are peak values on the limit curve, ``top_speed_rad_per_s`` is the axle's. Masses and dimensions are
    the greatest that are allowed.
    """

    dc_voltage_v: float
    axle_torque_nm: float | None = None
    motor_torque_nm: float | None = None
    power_w: float | None = None
    top_speed_rad_per_s: float | None = None
    power_at_top_speed_w: float | None = None
    continuous_power_w: float | None = None
    mass_kg: float | None = None
    diameter_m: float | None = None
    length_m: float | None = None
    rare_earth_kg: float | None = None


@dataclass(frozen=True)
class Prices:
    """Money per kg of each material in the bill of material, and per chip of the inverter; ``scrap`` is bought beyond what is built in."""

    per_kg: Mapping[str, float]
    per_chip: float
    scrap: Mapping[str, float]

    def cost(self, unit: DriveUnit) -> float:
        """Material and chips of a unit. Raises KeyError naming a material without a price."""
        total = self.per_chip * unit.semiconductor_pieces
        for _, material, mass_kg in unit.bill_of_material:
            total += mass_kg * self.per_kg[material] * (1.0 + self.scrap.get(material, 0.0))
        return total


@dataclass(frozen=True)
class Judgement:
    """Figures of one unit in the units of ``FIGURE_UNITS``, and the relative shortfall of each demand."""

    figures: Mapping[str, float]
    shortfalls: Mapping[str, float]


def shortfall_names(demands: Demands) -> tuple[str, ...]:
    """The demands of which a judgement tells the shortfall."""
    asked = (*_least(demands).items(), *_most(demands).items())
    return (*(name for name, value in asked if value is not None), "missed_time")


def judge(unit_map: UnitMap, demands: Demands, prices: Prices, duty: Duty) -> Judgement:
    """Figures and shortfalls of a unit whose map is at the demands' voltage."""
    unit, ratio = unit_map.unit, unit_map.gear_ratio
    loss_wh_per_km, missed_s = cycle_loss(unit_map, duty)
    top = unit_map.max_speed_rad_per_s / ratio
    figures = {
        "mass": unit.mass_kg,
        "cost": prices.cost(unit),
        "cycle_loss": loss_wh_per_km,
        "axle_torque": float(unit_map.peak_torque_nm[0]) * ratio,
        "motor_torque": float(unit_map.peak_torque_nm[0]),
        "power": unit_map.peak_power_w / 1e3,
        "continuous_power": unit_map.continuous_power_w / 1e3,
        "top_speed": top * 30.0 / np.pi,
        "rare_earth": unit.rare_earth_kg,
        "diameter": 1e3 * unit.diameter_m,
        "length": 1e3 * unit.length_m,
        "missed_time": missed_s,
    }
    if demands.top_speed_rad_per_s is not None:
        asked = demands.top_speed_rad_per_s * ratio
        torque = np.interp(asked, unit_map.speed_rad_per_s, unit_map.peak_torque_nm, right=0.0)
        figures["power_at_top_speed"] = float(asked * torque) / 1e3
    return Judgement(figures, _shortfalls(figures, demands, duty))


def cycle_loss(unit_map: UnitMap, duty: Duty) -> tuple[float, float]:
    """Energy lost in the unit over a duty in Wh/km, and the time in s for which it cannot follow.

    Braking power beyond the generating limit is lost as well: it heats the friction brakes. Where the unit cannot follow, its loss is that
    of its limit.
    """
    speed = duty.axle_speed_rad_per_s * unit_map.gear_ratio
    torque = duty.axle_torque_nm / unit_map.gear_ratio
    within = np.minimum(speed, unit_map.max_speed_rad_per_s)
    most = np.interp(within, unit_map.speed_rad_per_s, unit_map.peak_torque_nm)
    least = -np.interp(within, unit_map.speed_rad_per_s, unit_map.peak_generating_torque_nm)
    given = np.clip(torque, least, most)
    loss = unit_map.loss_at(within, given) + np.maximum(given - torque, 0.0) * speed
    missed = (speed > within) | (torque > most * (1.0 + 1e-9))
    wh = float(loss @ duty.duration_s) / 3600.0
    return wh / (duty.distance_m / 1000.0), float(duty.duration_s[missed].sum())


def _shortfalls(figures: Mapping[str, float], demands: Demands, duty: Duty) -> dict[str, float]:
    shortfalls = {name: 1.0 - figures[name] / asked for name, asked in _least(demands).items() if asked is not None}
    for name, allowed in _most(demands).items():
        if allowed is not None:
            shortfalls[name] = figures[name] / allowed - 1.0 if allowed > 0.0 else figures[name]
    shortfalls["missed_time"] = figures["missed_time"] / float(duty.duration_s.sum())
    return shortfalls


def _least(demands: Demands) -> dict[str, float | None]:
    """What figures must reach, in their units."""
    return {
        "axle_torque": demands.axle_torque_nm,
        "motor_torque": demands.motor_torque_nm,
        "power": _scaled(demands.power_w, 1e-3),
        "top_speed": _scaled(demands.top_speed_rad_per_s, 30.0 / np.pi),
        "power_at_top_speed": _scaled(demands.power_at_top_speed_w, 1e-3),
        "continuous_power": _scaled(demands.continuous_power_w, 1e-3),
    }


def _most(demands: Demands) -> dict[str, float | None]:
    """What figures must not exceed, in their units."""
    return {
        "mass": demands.mass_kg,
        "diameter": _scaled(demands.diameter_m, 1e3),
        "length": _scaled(demands.length_m, 1e3),
        "rare_earth": demands.rare_earth_kg,
    }


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
