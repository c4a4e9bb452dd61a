"""The gear: one ratio with a differential, and the torque it takes for itself.

A gear is stated by what it must do (ratio, torque, speed) and how it is built (arrangement, stages, oil); its teeth, shafts and bearings
are sized from that (``gear_sizing``), and its loss follows from them part by part (``gear_loss``). Where a unit's mass or dimensions
are published they may be stated instead; the loss stays that of the sized gear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from halfshaft.drive_unit.gear_loss import GEAR_LOSS_PARTS, GearTrain, input_less_loss_nm
from halfshaft.drive_unit.gear_parts import Array, DippingWheel, Oil, Seal, SprayedWheel
from halfshaft.drive_unit.gear_sizing import Sized, size_layshaft, size_planetary

Arrangement = Literal["parallel_axis", "coaxial"]
Lubrication = Literal["dip", "dry_sump"]

_ROUGHNESS_UM = 0.5  # Ra of ground flanks (assumption: usual of traction gears, also TUM's)
_IMMERSION = 0.15  # of a wheel's diameter at rest (assumption: a level kept low for little churning)
_STARVATION = 3e-8  # SKF's K_rs for low oil levels and for oil jets
_JET_M3_PER_S, _JET_M_PER_S = 2.5e-3 / 60.0, 0.4  # oil for each mesh of a dry sump (the figures of TUM's gears)


@dataclass(frozen=True)
class GearSet:
    """A single-speed gear with its differential.

    ``parallel_axis`` gears have two helical stages. ``coaxial`` ones are planetary sets with fixed ring, driven at a hollow sun:
    ``stages`` 1 has simple planets, 2 stepped ones, which mesh with sun and ring at different diameters. Torque and speed limits
    hold at the motor shaft. ``oil_grade`` is the ISO VG. ``stated_*`` replace what is computed. Raises ValueError for a gear that
    cannot be built.
    """

    name: str
    ratio: float
    arrangement: Arrangement
    torque_limit_nm: float
    speed_limit_rad_per_s: float
    stages: int = 2
    first_stage_ratio: float | None = None
    lubrication: Lubrication = "dip"
    oil_grade: float = 32.0
    oil_temperature_k: float = 333.15
    stated_mass_kg: float | None = None
    stated_centre_distance_m: float | None = None
    stated_length_m: float | None = None

    def __post_init__(self) -> None:
        limits = {"ratio": (self.ratio, 1.0), "torque limit": (self.torque_limit_nm, 0.0)}
        limits |= {"speed limit": (self.speed_limit_rad_per_s, 0.0), "oil grade": (self.oil_grade, 1.0)}
        for what, (value, least) in limits.items():
            if not value > least:
                raise ValueError(f"gear {self.name!r}: the {what} must be greater than {least:g}, not {value:g}")
        if self.arrangement == "parallel_axis" and self.stages != 2:
            raise ValueError(f"gear {self.name!r}: a parallel-axis gear has 2 stages, not {self.stages}")
        if self.stages not in (1, 2):
            raise ValueError(
                f"gear {self.name!r}: a coaxial gear has 1 stage or 2 (stepped planets), not {self.stages}"
            )
        if self.first_stage_ratio is not None:
            if self.arrangement != "parallel_axis":
                raise ValueError(f"gear {self.name!r}: only a parallel-axis gear has a first-stage ratio")
            if not 1.0 < self.first_stage_ratio < self.ratio:
                raise ValueError(f"gear {self.name!r}: the first stage's ratio must lie between 1 and {self.ratio:g}")
        if self.arrangement == "coaxial":
            try:
                self.sized  # noqa: B018  sizing refuses ratios that leave no room for planets
            except ValueError as error:
                raise ValueError(f"gear {self.name!r}: {error}") from None

    @cached_property
    def sized(self) -> Sized:
        """Teeth, bearings, envelope and masses for the torque limit."""
        if self.arrangement == "parallel_axis":
            return size_layshaft(self.ratio, self.torque_limit_nm, self.first_stage_ratio)
        return size_planetary(self.ratio, self.torque_limit_nm, stepped=self.stages == 2)

    @cached_property
    def train(self) -> GearTrain:
        """All that rubs."""
        sized = self.sized
        return GearTrain(
            meshes=sized.meshes,
            bearings=sized.bearings,
            wheels=self._wheels(),
            seals=(Seal(sized.input_seal_m, 1.0), Seal(sized.output_seal_m, 1.0 / self.ratio, 2)),
            oil=Oil(self.oil_grade),
            torque_limit_nm=self.torque_limit_nm,
            roughness_um=_ROUGHNESS_UM,
            starvation=_STARVATION,
        )

    @property
    def mass_kg(self) -> float:
        """Of the whole gear with housing, differential and oil."""
        return self.sized.mass_kg if self.stated_mass_kg is None else self.stated_mass_kg

    @property
    def housing_share(self) -> float:
        """Housing over mass."""
        return self.sized.housing_kg / self.sized.mass_kg

    @property
    def housing_kg(self) -> float:
        """The part of the mass that is housing."""
        return self.mass_kg * self.housing_share

    @property
    def centre_distance_m(self) -> float:
        """From motor to axle; zero where they are one line."""
        stated = self.stated_centre_distance_m
        return self.sized.centre_distance_m if stated is None else stated

    @property
    def length_m(self) -> float:
        """Along the axle."""
        return self.sized.length_m if self.stated_length_m is None else self.stated_length_m

    def loss_torque_nm(
        self, speed_rad_per_s: ArrayLike, output_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> Array:
        """Torque lost at the motor shaft, never negative, at a motor speed and an output torque (broadcast shapes).

        The output torque is at the motor shaft (convention 7); the loss does not depend on its sign. Oil has ``oil_temperature_k`` where
        none is given.
        """
        factors = self.train.speed_factors(np.asarray(speed_rad_per_s, float), self._temperature_k(oil_temperature_k))
        return _shaped(factors.loss_nm(np.abs(np.asarray(output_torque_nm, float))), speed_rad_per_s, output_torque_nm)

    def loss_parts_torque_nm(
        self, speed_rad_per_s: ArrayLike, output_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> dict[str, Array]:
        """The loss torque by part: mesh, bearings, churning, seals."""
        factors = self.train.speed_factors(np.asarray(speed_rad_per_s, float), self._temperature_k(oil_temperature_k))
        parts = factors.parts_nm(np.abs(np.asarray(output_torque_nm, float)))
        shaped = (_shaped(part, speed_rad_per_s, output_torque_nm) for part in parts)
        return dict(zip(GEAR_LOSS_PARTS, shaped, strict=True))

    def output_torque_nm(
        self, speed_rad_per_s: ArrayLike, input_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> Array:
        """The inverse: output torque that an input torque leaves, in motoring, generating and dragging."""
        factors = self.train.speed_factors(np.asarray(speed_rad_per_s, float), self._temperature_k(oil_temperature_k))
        torque, _ = np.broadcast_arrays(np.asarray(input_torque_nm, float), np.asarray(speed_rad_per_s, float))
        return input_less_loss_nm(factors, torque)

    def efficiency(
        self, speed_rad_per_s: ArrayLike, output_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> Array:
        """Power out over power in, in the direction of flow; zero where the gear is dragged from both sides."""
        loss = self.loss_torque_nm(speed_rad_per_s, output_torque_nm, oil_temperature_k)
        torque = np.broadcast_to(np.asarray(output_torque_nm, float), loss.shape)
        into = np.where(torque >= 0.0, torque + loss, -torque)
        out = np.where(torque >= 0.0, torque, np.maximum(-torque - loss, 0.0))
        result: Array = np.divide(out, into, out=np.zeros_like(loss), where=into > 0.0)
        return result

    def _temperature_k(self, stated: float | None) -> float:
        return self.oil_temperature_k if stated is None else stated

    def _wheels(self) -> tuple[DippingWheel | SprayedWheel, ...]:
        first, second = self.sized.meshes
        if self.arrangement == "coaxial":
            # The carrier with its planets sweeps the oil as a wheel of their outline would.
            across = first.pinion_diameter_m + 2.0 * first.wheel_diameter_m
            width = first.face_width_m + (second.face_width_m if self.stages == 2 else 0.0)
            spread: tuple[tuple[float, float], ...] = ((across, 1.0 / self.ratio),)
        else:
            across, width = second.wheel_diameter_m, second.face_width_m
            spread = ((first.wheel_diameter_m, first.speed_share / first.ratio), (across, 1.0 / self.ratio))
        if self.lubrication == "dry_sump":
            return tuple(SprayedWheel(d, k, _JET_M3_PER_S, _JET_M_PER_S) for d, k in spread)
        teeth = across * np.cos(second.helix_rad) / second.module_m
        immersion, oil = _IMMERSION * across, self.sized.oil_volume_m3
        wheel = DippingWheel(across, width, second.module_m, second.helix_rad, teeth, 1.0 / self.ratio, immersion, oil)
        return (wheel,)


def _shaped(loss: Array, speed_rad_per_s: ArrayLike, torque_nm: ArrayLike) -> Array:
    """A loss over distinct speeds in the shape that speeds and torques have together."""
    shape = np.broadcast_shapes(np.shape(speed_rad_per_s), np.shape(torque_nm))
    return loss if loss.shape == shape else np.broadcast_to(loss, shape).copy()
