"""What the wall gives to fill a battery: the charger's efficiency over its power, and whatever runs beside it for as long as it takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def recharge_ac_wh(
    stored_wh: float,
    charge: ArrayLike,
    dc_power_w: ArrayLike,
    charger_power_w: ArrayLike,
    charger_efficiency: ArrayLike,
    standby_power_w: float = 0.0,
) -> float:
    """Energy from the wall [Wh] that fills a battery with `stored_wh` [Wh], the battery's own loss in charging included in it.

    `charge` (n,) rises from 0 to 1 and `dc_power_w` (n,) is the charging power at each: the power tapers as the battery fills.
    `charger_efficiency` (m,) in (0, 1] stands over `charger_power_w` (m,), the power that the charger delivers; between its points it
    is straight, beyond them the nearest. `standby_power_w` is drawn from the wall for the whole time. Each step of charge is taken at
    its mean power. Raises `ValueError` on anything else.
    """
    share, power = np.asarray(charge, dtype=np.float64), np.asarray(dc_power_w, dtype=np.float64)
    nodes, efficiency = (
        np.asarray(charger_power_w, dtype=np.float64),
        np.asarray(charger_efficiency, dtype=np.float64),
    )
    if share.ndim != 1 or share.shape != power.shape or share.size < 2 or share[0] != 0.0 or share[-1] != 1.0:
        raise ValueError("charge must rise from 0 to 1, with one dc_power_w at each")
    if (np.diff(share) <= 0.0).any() or (power < 0.0).any() or not (power[1:] + power[:-1] > 0.0).all():
        raise ValueError("charge must rise throughout, and its power must be positive between any two points")
    if nodes.ndim != 1 or nodes.shape != efficiency.shape or nodes.size < 1 or (np.diff(nodes) <= 0.0).any():
        raise ValueError("charger_power_w must rise, with one charger_efficiency at each")
    if (efficiency <= 0.0).any() or (efficiency > 1.0).any():
        raise ValueError("charger_efficiency lies in (0, 1]")
    mean_power = 0.5 * (power[1:] + power[:-1])
    energy = stored_wh * np.diff(share)
    hours = energy / mean_power
    return float((energy / np.interp(mean_power, nodes, efficiency)).sum() + standby_power_w * hours.sum())
