"""What a drive unit must show so that a car can be driven with it, and how that looks from the wheels.

`LossMap` is the whole of what this room knows of a unit. `WheelUnit` is the same unit behind its gear on one car's tyres: forces at
the road and speeds of the car instead of torques and speeds of the shaft. Convention 7: a unit's torque is its output torque
referred to the motor shaft, so the force at the tyre is torque x gear ratio / radius, with the gear's loss already in the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle.tables import losses

Array = NDArray[np.float64]


class LossMap(Protocol):
    """A unit's loss over motor speed and torque as a fraction of the limit at that speed, with the limits themselves.

    `speed_rad_per_s` (n,) rises from standstill, or nearly so, to the top; `torque_fraction` (m,) rises from -1 (generating limit)
    through 0 to 1 (motoring limit); the torques (n,) are magnitudes; `total_loss_w()` (n, m) is never negative (convention 4).
    `coasting_loss_w` (n,) is the drag power of the unit turned along while its inverter does not switch.

    A unit whose oil may be cold offers two more: `oil_temperature_k` (p,) rising and `cold_loss_w` (n, p), the loss at each speed that
    comes on top of the map's while the oil is that cold. They count only on a vehicle with a `warm_up`.
    """

    @property
    def speed_rad_per_s(self) -> Array: ...
    @property
    def torque_fraction(self) -> Array: ...
    @property
    def peak_torque_nm(self) -> Array: ...
    @property
    def peak_generating_torque_nm(self) -> Array: ...
    @property
    def continuous_torque_nm(self) -> Array: ...
    @property
    def max_speed_rad_per_s(self) -> float: ...
    @property
    def gear_ratio(self) -> float: ...
    @property
    def coasting_loss_w(self) -> Array: ...
    def total_loss_w(self) -> Array: ...


@dataclass(frozen=True, eq=False)
class WheelUnit:
    """One unit, or none, on one axle, seen in car speed v [m/s] and tyre force [N].

    An axle without a unit is a unit without force, loss or speed limit, so that nothing downstream needs a case for it.
    """

    motor_rad_per_m: float
    speed_mps: Array
    fraction: Array
    drive_limit_n: Array
    brake_limit_n: Array
    continuous_limit_n: Array
    loss_w: Array
    max_speed_mps: float
    oil_temperature_k: Array
    cold_loss_w: Array

    @classmethod
    def behind_gear(cls, unit: LossMap | None, tyre_radius_m: float, *, cold: bool = False) -> Self:
        """The unit on tyres of this radius, with its cold loss where that is wanted; None gives an axle that only rolls."""
        if unit is None:
            none = np.zeros(2)
            return cls(
                0.0,
                np.array([0.0, 1.0]),
                np.array([-1.0, 0.0, 1.0]),
                none,
                none,
                none,
                np.zeros((2, 3)),
                np.inf,
                none[:0],
                np.zeros((2, 0)),
            )
        per_m = unit.gear_ratio / tyre_radius_m
        oil_k = np.asarray(getattr(unit, "oil_temperature_k", ()) if cold else (), dtype=np.float64)
        return cls(
            motor_rad_per_m=per_m,
            speed_mps=unit.speed_rad_per_s / per_m,
            fraction=unit.torque_fraction,
            drive_limit_n=unit.peak_torque_nm * per_m,
            brake_limit_n=unit.peak_generating_torque_nm * per_m,
            continuous_limit_n=unit.continuous_torque_nm * per_m,
            loss_w=unit.total_loss_w(),
            max_speed_mps=min(unit.max_speed_rad_per_s, float(unit.speed_rad_per_s[-1])) / per_m,
            oil_temperature_k=np.asarray(oil_k, dtype=np.float64),
            cold_loss_w=np.asarray(
                unit.cold_loss_w if oil_k.size else np.zeros((len(unit.speed_rad_per_s), 0)),  # type: ignore[attr-defined]
                dtype=np.float64,
            ),
        )

    @property
    def is_none(self) -> bool:
        """Whether the axle only rolls."""
        return self.motor_rad_per_m == 0.0

    def at(self, speed_mps: Array) -> UnitAtSpeeds:
        """The unit at given car speeds (t,); beyond its top speed it has no force, and `allowed` says so."""
        low, weight = _cells(self.speed_mps, speed_mps)
        # a rounding error beyond the top is no overspeed
        allowed = speed_mps <= self.max_speed_mps * (1.0 + 1e-9)

        def limit(force_n: Array) -> Array:
            return np.where(allowed, (1.0 - weight) * force_n[low] + weight * force_n[low + 1], 0.0)

        return UnitAtSpeeds(
            self,
            low,
            weight,
            allowed,
            limit(self.drive_limit_n),
            limit(self.brake_limit_n),
            limit(self.continuous_limit_n),
        )


@dataclass(frozen=True, eq=False)
class UnitAtSpeeds:
    """One unit at a row of car speeds: its limits there, and its loss at any force between them. All arrays are (t,)."""

    unit: WheelUnit
    low: NDArray[np.intp]
    weight: Array
    allowed: NDArray[np.bool_]
    drive_limit_n: Array
    brake_limit_n: Array
    continuous_limit_n: Array

    def loss_w(self, force_n: Array) -> Array:
        """Loss [W] at forces (..., t) within the limits, bilinear in speed and torque fraction.

        Forces beyond a limit are not extrapolated but read at the limit: callers mark them as out of reach themselves.
        """
        force = np.ascontiguousarray(force_n, dtype=np.float64)
        loss = np.empty((force.size // max(force.shape[-1], 1), force.shape[-1]))
        losses(
            force.reshape(loss.shape), self.drive_limit_n, self.brake_limit_n, self.low, self.weight, self.unit.fraction,
            self.unit.loss_w, loss,
        )  # fmt: skip
        shaped: Array = loss.reshape(force.shape)
        return shaped

    def pick(self, seconds: NDArray[np.intp]) -> UnitAtSpeeds:
        """The same unit at some of the speeds."""
        return UnitAtSpeeds(
            self.unit,
            self.low[seconds],
            self.weight[seconds],
            self.allowed[seconds],
            self.drive_limit_n[seconds],
            self.brake_limit_n[seconds],
            self.continuous_limit_n[seconds],
        )


def wheel_units(
    axle: str, driven: bool, units: Sequence[LossMap | None], tyre_radius_m: float, *, cold: bool = False
) -> list[WheelUnit]:
    """All candidates of one axle behind their gears; raises `ValueError` when an axle that is not driven gets a unit."""
    if not driven and any(unit is not None for unit in units):
        raise ValueError(f"the {axle} axle is not driven, yet it is given a unit; give None, or add it to driven_axles")
    return [WheelUnit.behind_gear(unit, tyre_radius_m, cold=cold) for unit in units]


def _cells(nodes: Array, at: Array) -> tuple[NDArray[np.intp], Array]:
    """Cell and place in it (0..1) of each point on rising nodes; points outside count as on the border."""
    low = np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, nodes.size - 2)
    place = (at - nodes[low]) / (nodes[low + 1] - nodes[low])
    return low, np.clip(place, 0.0, 1.0)
