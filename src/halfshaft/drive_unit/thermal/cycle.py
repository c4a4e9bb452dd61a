"""Temperatures over a drive, second by second, with the torque taken back where something would become too hot.

Within a step the heat is constant, that of the copper by its temperature at the step's beginning, and the network is followed exactly: so
what goes in, what is stored and what leaves balance to rounding. Derating is how controllers do it: from ``start_k`` before a node's limit
the allowed share of the torque falls in a straight line to zero at the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.thermal.network import ThermalNetwork

Array = NDArray[np.float64]

_SPEED_BINS = 64  # speeds at which the network is prepared; its films change slowly with speed


@dataclass(frozen=True)
class Derating:
    """From how many kelvin below a limit the allowed torque falls, in a straight line to none at the limit."""

    start_k: float = 15.0

    def share(self, below_limit_k: float) -> float:
        """Allowed share of the torque for the smallest distance of any node from its limit."""
        return float(np.clip(below_limit_k / self.start_k, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class CycleTemperatures:
    """``temperature_k`` (t + 1, 8) at the steps' ends, the first being the start; delivered torque (t,) and the energies in J.

    ``heat_j`` went into the nodes, ``stored_j`` stayed in them, ``carried_off_j`` left to the coolant.
    """

    temperature_k: Array
    torque_nm: Array
    heat_j: float
    stored_j: float
    carried_off_j: float

    @property
    def balance_error(self) -> float:
        """What storage and coolant fail to explain of the heat, relative to all of it; rounding only."""
        moved = abs(self.heat_j) + abs(self.stored_j) + abs(self.carried_off_j)
        return abs(self.heat_j - self.stored_j - self.carried_off_j) / moved if moved > 0.0 else 0.0


def temperatures_over_cycle(
    network: ThermalNetwork,
    speed_rad_per_s: Array,
    torque_nm: Array,
    loss_w: Callable[[float, float], Mapping[str, float]],
    step_s: float = 1.0,
    *,
    start_k: float | None = None,
    derating: Derating | None = None,
) -> CycleTemperatures:
    """Follow speeds and torques (t,), each held for ``step_s``. ``loss_w(speed, torque)`` gives the motor's losses by part.

    All nodes begin at ``start_k``, by default the network's. With a ``derating`` the torque is lessened as the hottest node's distance from
    its limit says; without one it is delivered whatever happens.
    """
    top = float(np.max(np.abs(speed_rad_per_s), initial=1.0))
    bins = np.linspace(0.0, top, _SPEED_BINS)
    conductance = network.conductance(bins)
    root = np.sqrt(network.capacity_j_per_k)
    values, vectors = np.linalg.eigh(conductance / (root[:, None] * root))
    decay = np.exp(-values * step_s)
    held = -np.expm1(-values * step_s) / values
    # The mean of the state over a step, for what leaves during it.
    lag = (step_s - held) / values
    state = np.full(8, (network.start_k if start_k is None else start_k) - network.coolant_k)
    first = state.copy()
    temperatures, delivered = np.empty((len(torque_nm) + 1, 8)), np.empty(len(torque_nm))
    temperatures[0] = state
    heat_j = carried_j = 0.0
    for k, (speed, torque) in enumerate(zip(speed_rad_per_s, torque_nm, strict=True)):
        below = float(np.min(network.limit_k - network.coolant_k - state))
        delivered[k] = torque if derating is None else torque * derating.share(below)
        losses = {part: np.array(value) for part, value in loss_w(float(speed), float(delivered[k])).items()}
        fixed, copper = network.heat(losses)
        rise = network.copper_rise_per_k * (state + network.coolant_k - network.reference_k)
        heat = fixed + copper * np.maximum(1.0 + rise, 0.0)
        b = int(np.argmin(np.abs(bins - abs(speed))))
        modes, forced = vectors[b].T @ (state * root), vectors[b].T @ (heat / root)
        over_time = (vectors[b] @ (modes * held[b] + forced * lag[b])) / root
        state = (vectors[b] @ (modes * decay[b] + forced * held[b])) / root
        heat_j += step_s * float(heat.sum())
        carried_j += float(network.to_coolant @ over_time)
        temperatures[k + 1] = state
    stored_j = float(network.capacity_j_per_k @ (state - first))
    return CycleTemperatures(temperatures + network.coolant_k, delivered, heat_j, stored_j, carried_j)
