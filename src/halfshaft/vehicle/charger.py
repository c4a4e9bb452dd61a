"""Charger: from the wall to the battery's terminals.

Loss = constant + linear x power + quadratic x power², the usual form of a power converter's loss (control and magnetising; forward
voltages; resistances), with power at the wall. While it charges, the car's 12 V side is awake and draws from the same direct current.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """One charger at the power at which it charges.

    `wall_power_w`: AC power drawn; `constant_loss_w`, `linear_loss` (1) and `quadratic_loss_per_w` (1/W) are its loss, and
    `awake_power_w` is what the 12 V side draws meanwhile, at the battery's terminals. Raises `ValueError` on negative numbers, and when
    nothing is left for the battery.
    """

    wall_power_w: float
    constant_loss_w: float = 0.0
    linear_loss: float = 0.0
    quadratic_loss_per_w: float = 0.0
    awake_power_w: float = 0.0

    def __post_init__(self) -> None:
        for name in ("constant_loss_w", "linear_loss", "quadratic_loss_per_w", "awake_power_w"):
            if not (0.0 <= getattr(self, name) < math.inf):
                raise ValueError(f"charger: {name} is {getattr(self, name)}; it must be finite and not negative")
        if not (0.0 < self.wall_power_w < math.inf):
            raise ValueError(f"charger: wall_power_w is {self.wall_power_w}; it must be positive and finite")
        if self.battery_power_w <= 0.0:
            raise ValueError(
                f"charger: of {self.wall_power_w} W from the wall {self.loss_w()} W are lost and {self.awake_power_w} W drawn on the "
                "12 V side, so nothing is left for the battery"
            )

    def loss_w(self, wall_power_w: float | None = None) -> float:
        """Loss [W] at some power from the wall, by default at `wall_power_w`."""
        power = self.wall_power_w if wall_power_w is None else wall_power_w
        return self.constant_loss_w + self.linear_loss * power + self.quadratic_loss_per_w * power * power

    @property
    def battery_power_w(self) -> float:
        """What arrives at the battery's terminals [W]."""
        return self.wall_power_w - self.loss_w() - self.awake_power_w
