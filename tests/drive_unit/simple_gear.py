"""A gear whose loss is nothing but drag, for laws that a real gear's loss would blur."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from halfshaft.drive_unit import GearSet
from halfshaft.drive_unit.gear_parts import Array


@dataclass(frozen=True)
class DragGear(GearSet):
    """A gear that loses a constant torque and one proportional to speed, whatever it carries."""

    drag_nm: float = 0.0
    drag_nm_s_per_rad: float = 0.0

    def loss_torque_nm(
        self, speed_rad_per_s: ArrayLike, output_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> Array:
        """Drag alone."""
        return self.drag_nm + self.drag_nm_s_per_rad * np.asarray(speed_rad_per_s) + 0.0 * np.asarray(output_torque_nm)

    def output_torque_nm(
        self, speed_rad_per_s: ArrayLike, input_torque_nm: ArrayLike, oil_temperature_k: float | None = None
    ) -> Array:
        """What drag leaves."""
        return np.asarray(input_torque_nm) - self.loss_torque_nm(speed_rad_per_s, 0.0)


def drag_only(gear: GearSet, drag_nm: float = 0.0, drag_nm_s_per_rad: float = 0.0, **changes: float) -> DragGear:
    """The gear with drag in place of its losses, and other changes."""
    stated = {field.name: getattr(gear, field.name) for field in fields(gear)} | changes
    return DragGear(**stated, drag_nm=drag_nm, drag_nm_s_per_rad=drag_nm_s_per_rad)
