"""What binds a car at full throttle on the level, from standstill to its top speed: tyres, units or battery.

The forces are those of `dynamics`; here they are only compared. All limits that bind at one speed are named together, since with two
driven axles one may slip while the other gives its peak torque.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.dynamics import full_throttle, performance
from halfshaft.vehicle.loss_map import LossMap

_CLOSE = 1e-9  # relative: limits that differ by rounding bind together


@dataclass(frozen=True)
class LaunchBand:
    """A range of speed in which the same limits bind, joined by ", "."""

    from_mps: float
    to_mps: float
    limit: str


def launch_bands(vehicle: Vehicle, front: LossMap | None, rear: LossMap | None) -> tuple[LaunchBand, ...]:
    """The bands in order of speed; empty for a car that does not move. Raises `ValueError` as `performance` does.

    Torque is the peak torque, for however long the acceleration lasts.
    """
    top = performance(vehicle, front, rear).top_speed_mps
    if top <= 0.0:
        return ()
    forces = full_throttle(vehicle, front, rear)
    within = forces.speed_mps < top
    names = [
        _binding(lines, float(fed), front is not None, rear is not None)
        for lines, fed in zip(forces.gripping_n[:, within].T, forces.fed_n[within], strict=True)
    ]
    starts = [0, *(k for k in range(1, len(names)) if names[k] != names[k - 1])]
    edges = [*(float(forces.speed_mps[k]) for k in starts), top]
    return tuple(LaunchBand(edges[n], edges[n + 1], names[k]) for n, k in enumerate(starts))


def _binding(lines: np.ndarray[tuple[int, ...], np.dtype[np.float64]], fed_n: float, front: bool, rear: bool) -> str:
    least = float(lines.min())
    if fed_n < least * (1.0 - _CLOSE):
        return "battery discharge"
    at = int(np.argmin(lines))
    named = (
        ("traction front" if at in (2, 3) else "peak torque front") if front else "",
        ("traction rear" if at in (1, 3) else "peak torque rear") if rear else "",
    )
    return ", ".join(name for name in named if name)
