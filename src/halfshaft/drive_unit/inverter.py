"""The inverter: what it can drive and what it loses, in the manner of a data sheet.

Conduction follows a threshold voltage and a slope resistance, switching energy is proportional to voltage and current. With
equal characteristics of switch and diode, or of a channel conducting both ways, the conduction loss of a leg under a sinusoidal
current does not depend on modulation or power factor [Graovac and Purschel 2009, Infineon application note, summed over both
devices]. Junction temperature is that of the given figures; a thermal network is not part of this level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Device = Literal["igbt", "sic"]


class InverterTerms(NamedTuple):
    """Loss of an inverter: standby + positions x sum over transistor and diode of (value . phi) / (1 - slope . phi).

    phi = (I, x, I^2, I x), with the peak phase current I of one three-phase set and x = 4/3 P_ac / V_dc of that set, both in A; ``value``
    and ``slope`` are (2, 4).
    """

    standby_w: float
    positions: int
    value: Array
    slope: Array


@dataclass(frozen=True)
class Inverter:
    """A two-level inverter of one or two three-phase sets.

    ``current_limit_a`` is the peak phase current of all sets together (convention 1); the device figures belong to one switch
    of one set. ``voltage_utilisation`` is the share of V_dc / sqrt(3) (the linear limit of space-vector modulation) that the
    machine may see as peak phase voltage. ``switching_energy_j_per_va`` is turn-on, turn-off and recovery together per volt
    and ampere.
    """

    name: str
    device: Device
    voltage_class_v: float
    current_limit_a: float
    sets: int
    threshold_voltage_v: float
    slope_resistance_ohm: float
    switching_energy_j_per_va: float
    switching_frequency_hz: float
    standby_w: float
    voltage_utilisation: float
    mass_kg: float
    chip_pieces: int
    length_m: float

    def phase_voltage_limit_v(self, dc_voltage_v: float) -> float:
        """Greatest peak phase voltage at a DC voltage."""
        return self.voltage_utilisation * dc_voltage_v / float(np.sqrt(3.0))

    def loss_coefficients(self, dc_voltage_v: float) -> tuple[float, float, float]:
        """(W, W/A, W/A^2): loss as a polynomial of the peak phase current of all sets together.

        Mean of a rectified sine is 2/pi of its peak, of its square 1/2.
        """
        rectified_mean = 2.0 / np.pi
        per_ampere = (
            self.threshold_voltage_v + self.switching_frequency_hz * self.switching_energy_j_per_va * dc_voltage_v
        )
        return (
            self.standby_w,
            float(3.0 * rectified_mean * per_ampere),
            1.5 * self.slope_resistance_ohm / self.sets,
        )

    def terms(self, dc_voltage_v: float) -> InverterTerms:
        """The same polynomial, divided among the switch positions."""
        constant, linear, square = self.loss_coefficients(dc_voltage_v)
        positions = 6 * self.sets
        value = np.zeros((2, 4))
        value[0, 0], value[0, 2] = linear * self.sets / positions, square * self.sets**2 / positions
        return InverterTerms(constant, positions, value, np.zeros((2, 4)))

    def loss_w(self, current_a: Array, ac_power_w: Array, dc_voltage_v: float) -> Array:
        """Loss over the peak phase current and the power at the terminals of all sets together, any broadcastable shapes."""
        constant, linear, square = self.loss_coefficients(dc_voltage_v)
        loss: Array = constant + linear * np.abs(current_a) + square * np.square(current_a) + 0.0 * ac_power_w
        return loss
