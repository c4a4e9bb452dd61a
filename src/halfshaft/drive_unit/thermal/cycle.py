"""Temperatures over a drive, step by step, with the torque taken back where something would become too hot.

Within a step losses at the reference temperature are constant and the network, copper's growing loss included, is followed exactly: so
what goes in, what is stored and what leaves balance to rounding. Derating is how controllers do it: from ``start_k`` before a node's limit
the torque limit falls in a straight line to none at the limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.thermal.network import ThermalNetwork
from halfshaft.drive_unit.thermal.ratings import decay_and_held, modes

if TYPE_CHECKING:
    from halfshaft.drive_unit.motor_map import MotorMap

Array = NDArray[np.float64]

_BLOCK = 256  # steps whose modes are found at once


@dataclass(frozen=True)
class Derating:
    """From how many kelvin below a limit the torque limit falls, in a straight line to none at the limit. Raises ValueError for none."""

    start_k: float = 15.0

    def __post_init__(self) -> None:
        if not self.start_k > 0.0:
            raise ValueError(f"derating must begin below the limit, not {self.start_k:g} K before it")

    def share(self, below_limit_k: float) -> float:
        """Allowed share of the greatest torque for the smallest distance of any node from its limit."""
        return min(max(below_limit_k / self.start_k, 0.0), 1.0)


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
    motor_map: MotorMap,
    speed_rad_per_s: Array,
    torque_nm: Array,
    step_s: float = 1.0,
    *,
    start_k: ArrayLike | None = None,
    derating: Derating | None = None,
) -> CycleTemperatures:
    """Follow speeds and air-gap torques (t,), of either sign, each held for ``step_s`` by the motor that the map and the network describe.

    Nodes begin at ``start_k``, one for all or (8,), by default the network's. With a ``derating`` no more torque is delivered than the
    share of the greatest that the node next to its limit leaves at the beginning of a step; without one the demand is met whatever happens.
    Losses are bilinear in the map's nodes. Raises ValueError naming the first demand beyond the map, or a step that is not positive.
    """
    speed, demand = np.abs(np.asarray(speed_rad_per_s, float)), np.asarray(torque_nm, float)
    if not step_s > 0.0:
        raise ValueError(f"a step must take time, not {step_s:g} s")
    state = np.broadcast_to(np.asarray(network.start_k if start_k is None else start_k, float), 8) - network.coolant_k
    begin = state
    temperatures, delivered = np.empty((len(demand) + 1, 8)), demand.copy()
    temperatures[0] = state
    heat_j = carried_j = 0.0
    rows = _MapRows.at(motor_map, speed, demand)
    # Without derating losses are known beforehand; with it, whenever the torque limit is not reached.
    for first in range(0, len(demand), _BLOCK):
        block = slice(first, min(first + _BLOCK, len(demand)))
        known = _Steps.of(network, speed[block], rows.losses(block, demand[block]), step_s)
        for k in range(block.start, block.stop):
            step, j = known, k - first
            if derating is not None:
                share = derating.share(float(np.min(network.limit_k - network.coolant_k - state)))
                limit = share * (rows.peak_nm[k] if demand[k] >= 0.0 else rows.generating_nm[k])
                if abs(demand[k]) > limit:
                    delivered[k] = np.copysign(limit, demand[k])
                    one = slice(k, k + 1)
                    step, j = _Steps.of(network, speed[one], rows.losses(one, delivered[one]), step_s), 0
            over_time = step.mean[j] @ state + step.mean_forced[j]
            state = step.decay[j] @ state + step.forced[j]
            heat_j += float(step.heat_j[j] + step.growth_w_per_k[j] @ over_time)
            carried_j += float(step.inflow[j] @ over_time)
            temperatures[k + 1] = state
    stored_j = float(network.capacity_j_per_k @ (state - begin))
    return CycleTemperatures(temperatures + network.coolant_k, delivered, heat_j, stored_j, carried_j)


@dataclass(frozen=True, eq=False)
class _Steps:
    """t steps: T(end) = decay T + forced, and the integral of T over the step = mean T + mean_forced, T over the coolant.

    The heat of a step is ``heat_j`` (t,) plus ``growth_w_per_k`` (t, 8) times that integral; ``inflow`` (t, 8) times it is what leaves.
    """

    decay: Array
    forced: Array
    mean: Array
    mean_forced: Array
    heat_j: Array
    growth_w_per_k: Array
    inflow: Array

    @staticmethod
    def of(network: ThermalNetwork, speed: Array, loss_w: Mapping[str, Array], step_s: float) -> _Steps:
        heat, values, vectors = (a[:, 0] for a in modes(network, speed, {p: w[:, None] for p, w in loss_w.items()}))
        _, copper = network.heat(loss_w, speed)
        root = np.sqrt(network.capacity_j_per_k)
        decay, held = decay_and_held(values, step_s)
        # Integral of held: small rates lose digits in (t - held) / v, and their series' next term is none.
        slow = np.abs(values) * step_s < 1e-5
        lag = np.where(slow, 0.5 * step_s**2, (step_s - held) / np.where(slow, 1.0, values))

        def back(modal: Array) -> Array:
            return (vectors * modal[:, None, :]) @ vectors.swapaxes(1, 2) * (root / root[:, None])

        by_capacity = (heat / network.capacity_j_per_k)[..., None]
        mean, lagged = back(held), back(lag)
        _, inflow = network.links(speed[:1])
        return _Steps(
            decay=back(decay),
            forced=(mean @ by_capacity)[..., 0],
            mean=mean,
            mean_forced=(lagged @ by_capacity)[..., 0],
            heat_j=heat.sum(axis=1) * step_s,
            growth_w_per_k=network.copper_rise_per_k * copper,
            inflow=np.broadcast_to(inflow, heat.shape),
        )


@dataclass(frozen=True, eq=False)
class _MapRows:
    """A motor map's limits (t,) and losses by part (t, m) over its fractions, at the speeds of a drive."""

    fraction: Array
    peak_nm: Array
    generating_nm: Array
    loss_w: Mapping[str, Array]

    @staticmethod
    def at(motor_map: MotorMap, speed: Array, demand_nm: Array) -> _MapRows:
        nodes = motor_map.speed_rad_per_s
        if np.any(speed > nodes[-1]):
            k = int(np.argmax(speed > nodes[-1]))
            raise ValueError(f"step {k}: {speed[k]:.6g} rad/s lies beyond the map's {nodes[-1]:.6g} rad/s")
        i = np.clip(np.searchsorted(nodes, speed, side="right") - 1, 0, len(nodes) - 2)
        s = (speed - nodes[i]) / (nodes[i + 1] - nodes[i])
        peak = np.interp(speed, nodes, motor_map.peak_torque_nm)
        generating = np.interp(speed, nodes, motor_map.peak_generating_torque_nm)
        beyond = (demand_nm > peak * (1.0 + 1e-9)) | (-demand_nm > generating * (1.0 + 1e-9))
        if np.any(beyond):
            k = int(np.argmax(beyond))
            raise ValueError(
                f"step {k}: {demand_nm[k]:.6g} Nm at {speed[k]:.6g} rad/s lies beyond the motor's "
                f"{-generating[k]:.6g} to {peak[k]:.6g} Nm"
            )
        loss = {part: (1.0 - s)[:, None] * w[i] + s[:, None] * w[i + 1] for part, w in motor_map.loss_w.items()}
        return _MapRows(motor_map.torque_fraction, peak, generating, loss)

    def losses(self, steps: slice, torque_nm: Array) -> dict[str, Array]:
        """Losses by part (t,) at torques (t,), linear between fractions."""
        limit = np.where(torque_nm < 0.0, self.generating_nm[steps], self.peak_nm[steps])
        fraction = np.clip(torque_nm / limit, -1.0, 1.0)
        j = np.clip(np.searchsorted(self.fraction, fraction, side="right") - 1, 0, len(self.fraction) - 2)
        t = (fraction - self.fraction[j]) / (self.fraction[j + 1] - self.fraction[j])
        rows = np.arange(len(torque_nm))
        return {part: (1.0 - t) * w[steps][rows, j] + t * w[steps][rows, j + 1] for part, w in self.loss_w.items()}
