"""The motor: a machine with its inverter, and its map of limits, losses and currents over speed and air-gap torque at one DC voltage.

All that depends on currents stands here, and nothing of the gear: units that differ in the gear alone share one motor map, so a kit's
thousands of units cost no more than its motors. Torque is that of the air gap, written as a fraction of the greatest at each speed, so
that the map is a full rectangle whose edges are the limit curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.machine import Machine
from halfshaft.drive_unit.thermal.ratings import DURATIONS_S

Array = NDArray[np.float64]

LIMIT_DURATIONS_S = DURATIONS_S
MOTOR_LOSS_PARTS = ("stator_copper", "excitation", "stator_iron", "rotor_iron", "magnets", "inverter", "mechanical")


def torque_fractions(count: int) -> Array:
    """(count,) fractions from 0 to 1, sin^2 of evenly spaced angles: dense at both ends.

    An excited machine's currents grow with the root of the torque at its beginning, and losses turn up with the root of what is left at its
    end. Over the angle both are smooth.
    """
    fractions: Array = np.sin(np.linspace(0.0, 0.5 * np.pi, count)) ** 2
    fractions[-1] = 1.0
    return fractions


def place_of_fraction(fraction: Array, count: int) -> Array:
    """Where fractions 0 to 1 of any shape lie among ``torque_fractions(count)``, in nodes."""
    place: Array = np.arcsin(np.sqrt(np.clip(fraction, 0.0, 1.0))) * ((count - 1) / (0.5 * np.pi))
    return place


@dataclass(frozen=True)
class Motor:
    """A machine, its inverter and how both are cooled. Raises ValueError where machine and inverter differ in three-phase sets."""

    machine: Machine
    inverter: Inverter
    cooling: Cooling

    def __post_init__(self) -> None:
        if self.inverter.sets != self.machine.winding_sets:
            raise ValueError(
                f"inverter {self.inverter.name!r} feeds {self.inverter.sets} three-phase sets, "
                f"machine {self.machine.name!r} has {self.machine.winding_sets}; choose a pair with equal sets"
            )

    @property
    def name(self) -> str:
        """Machine and inverter."""
        return f"{self.machine.name}/{self.inverter.name}"


@dataclass(frozen=True, eq=False)
class MotorMap:
    """Limits, losses and currents of a motor at one DC voltage; n speeds from standstill, m torque fractions.

    ``torque_fraction`` rises from -1 to 1 through 0, by ``torque_fractions`` to either side. Negative ones scale
    ``peak_generating_torque_nm`` (a magnitude), positive ones ``peak_torque_nm``, both of the air gap. ``loss_w`` holds (n, m) arrays for
    each of ``MOTOR_LOSS_PARTS``, never negative. ``i_d_a``, ``i_q_a`` (peak phase currents, all winding sets together) and
    ``field_current_a`` (zero for magnets) are the loss-minimal currents,
    ``phase_voltage_v`` (peak) what they ask for. ``duration_torque_nm`` (durations, n) is the motoring torque that may be held for each of
    ``LIMIT_DURATIONS_S``, the last of which has no end. ``coasting_loss_w`` (n,) is what the rotor's own field costs while the inverter
    does not switch.
    """

    motor: Motor
    dc_voltage_v: float
    speed_rad_per_s: Array
    torque_fraction: Array
    peak_torque_nm: Array
    peak_generating_torque_nm: Array
    loss_w: Mapping[str, Array]
    i_d_a: Array
    i_q_a: Array
    field_current_a: Array
    phase_voltage_v: Array
    duration_torque_nm: Array
    coasting_loss_w: Array

    def torque_nm(self) -> Array:
        """(n, m) air-gap torque of the nodes."""
        f = self.torque_fraction
        return np.where(f < 0.0, self.peak_generating_torque_nm[:, None], self.peak_torque_nm[:, None]) * f

    def total_loss_w(self) -> Array:
        """(n, m) sum of all parts."""
        total: Array = np.sum([self.loss_w[part] for part in MOTOR_LOSS_PARTS], axis=0)
        return total
