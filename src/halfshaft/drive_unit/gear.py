"""The gear: one ratio, and the torque it takes for itself.

Loss torque at the motor shaft has a share of the transmitted torque (tooth and bearing load), a constant part (seals, bearing
preload) and a part growing with speed (churning, windage). This is the usual separation into load-dependent and no-load loss
[ISO/TR 14179-2:2001], with the figures fitted rather than built up from tooth geometry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Arrangement = Literal["parallel_axis", "coaxial"]


@dataclass(frozen=True)
class GearSet:
    """A single-speed gear with its differential.

    Torque and speed limits hold at the motor shaft. Of the loss coefficients ``mesh_loss_share`` refers to the output torque
    (convention 7), ``drag_torque_nm`` is constant and ``drag_nm_s_per_rad`` multiplies the motor speed.
    """

    name: str
    ratio: float
    stages: int
    arrangement: Arrangement
    torque_limit_nm: float
    speed_limit_rad_per_s: float
    mesh_loss_share: float
    drag_torque_nm: float
    drag_nm_s_per_rad: float
    mass_kg: float
    housing_share: float
    centre_distance_m: float
    length_m: float

    def loss_torque_nm(self, speed_rad_per_s: Array, output_torque_nm: Array) -> Array:
        """Torque lost at the motor shaft, never negative, at a motor speed and an output torque (broadcast shapes)."""
        loss: Array = self.mesh_loss_share * np.abs(output_torque_nm) + self._drag_nm(speed_rad_per_s)
        return loss

    def output_torque_nm(self, speed_rad_per_s: Array, input_torque_nm: Array) -> Array:
        """The inverse: output torque that an input torque leaves, in motoring, generating and dragging."""
        useful = input_torque_nm - self._drag_nm(speed_rad_per_s)
        output: Array = useful / (1.0 + np.sign(useful) * self.mesh_loss_share)
        return output

    def _drag_nm(self, speed_rad_per_s: Array) -> Array:
        drag: Array = self.drag_torque_nm + self.drag_nm_s_per_rad * np.asarray(speed_rad_per_s, dtype=float)
        return drag
