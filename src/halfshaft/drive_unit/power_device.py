"""Power semiconductors as data sheets state them: what one switch position of a leg loses, per ampere and per kelvin.

A position is a transistor and its diode, each perhaps several chips in parallel. Its loss is linear in four products of the peak phase
current I and x = m cos(phi) I (modulation index times power factor times current), and linear in junction temperature. What the current's
course adds is in ``Moments``: those of a sinusoid under sinusoidal pulse-width modulation give the averages of Casanellas (IEE
Proceedings B 141, 1994) and Graovac and Puerschel (Infineon application note, 2009), those of a direct current the worst case of
standstill; the laws know no case for either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.foster import Foster

Array = NDArray[np.float64]
DeviceKind = Literal["igbt", "sic"]

PHI = 4  # I, x, I^2, I x


class Moments(NamedTuple):
    """Means of the current and its square over a position's period, each (..., 4) as factors of phi = (I, x, I^2, I x).

    ``on`` while the commanded switch conducts, ``off`` while the opposite one takes the current over, ``all`` both together. They belong to
    one direction of the current, for which one position of the leg is commanded and the other one takes over.
    """

    on: Array
    on_square: Array
    off: Array
    off_square: Array
    all: Array
    all_square: Array


def _moments(current: ArrayLike, square: ArrayLike, swing: ArrayLike, square_swing: ArrayLike) -> Moments:
    """From means of i / I, (i / I)^2, and of both times the duty's swing (2 d - 1) / m."""

    def phi(values: dict[int, Array]) -> Array:
        result = np.zeros((*np.shape(current), PHI))
        for index, value in values.items():
            result[..., index] = value
        return result

    one, two, three, four = (0.5 * np.asarray(values, float) for values in (current, square, swing, square_swing))
    return Moments(
        on=phi({0: one, 1: three}),
        on_square=phi({2: two, 3: four}),
        off=phi({0: one, 1: -three}),
        off_square=phi({2: two, 3: -four}),
        all=phi({0: 2.0 * one}),
        all_square=phi({2: 2.0 * two}),
    )


def moments_at(angle_rad: ArrayLike) -> Moments:
    """Of the carrier period at angles of a sine current, for its positive half; the negative half belongs to the opposite position.

    The voltage is taken in phase with the current, as far as it does work: the part across the current changes no mean over a period.
    """
    sine = np.maximum(np.sin(np.asarray(angle_rad, float)), 0.0)
    return _moments(sine, sine**2, sine**2, sine**3)


ROTATING = _moments(1.0 / np.pi, 0.25, 0.25, 2.0 / (3.0 * np.pi))
"""Of a sine current over its period."""

STANDSTILL = _moments(1.0, 1.0, 0.0, 0.0)
"""Of a direct current that keeps its peak, with the leg's output amid the direct-current link (no speed, hardly a voltage)."""


@dataclass(frozen=True)
class OnState:
    """A voltage drop at the device's reference temperature, threshold and slope, and what each kelvin adds to them."""

    threshold_v: float
    resistance_ohm: float
    threshold_rise_v_per_k: float = 0.0
    resistance_rise_ohm_per_k: float = 0.0


@dataclass(frozen=True)
class SwitchingEnergy:
    """Energy of one event at the device's reference voltage, current and temperature.

    ``square_share`` of it grows with the square of the current, the rest in proportion; it goes with a power of the voltage, and
    changes by ``rise_per_k`` of itself with each kelvin.
    """

    energy_j: float
    square_share: float
    voltage_exponent: float
    rise_per_k: float


@dataclass(frozen=True)
class PowerDevice:
    """A switch position's data-sheet figures, with ``chips`` chips (transistors and diodes) in parallel.

    The diode of a silicon-carbide position is the body diode of its transistor: it conducts in the dead time alone, and has no
    ``diode_foster`` of its own, because both heat one chip. Raises ValueError for figures that no device has.
    """

    kind: DeviceKind
    chips: int
    reference_voltage_v: float
    reference_current_a: float
    reference_temperature_k: float
    highest_junction_temperature_k: float
    transistor: OnState
    diode: OnState
    turn_on: SwitchingEnergy
    turn_off: SwitchingEnergy
    recovery: SwitchingEnergy
    transistor_foster: Foster
    diode_foster: Foster | None = None

    def __post_init__(self) -> None:
        references = (self.chips, self.reference_voltage_v, self.reference_current_a, self.reference_temperature_k)
        if min(references) <= 0:
            raise ValueError(
                "a power device's chips and its reference voltage, current and temperature must be positive"
            )
        if (self.kind == "igbt") != (self.diode_foster is not None):
            raise ValueError(
                "an IGBT position needs the Foster network of its diode"
                if self.kind == "igbt"
                else "the body diode of a silicon-carbide position has no Foster network of its own"
            )
        for energy in (self.turn_on, self.turn_off, self.recovery):
            if energy.energy_j < 0.0 or not 0.0 <= energy.square_share <= 1.0:
                raise ValueError(
                    "a switching energy is not negative, and the share with the current's square is 0 to 1"
                )

    def foster(self, chips: float) -> tuple[Foster, Foster]:
        """Networks of transistor and diode of a position with so many chips; one chip's network twice where both are one."""
        factor = self.chips / chips
        transistor = self.transistor_foster.scaled(factor)
        return transistor, transistor if self.diode_foster is None else self.diode_foster.scaled(factor)

    def negative_at(self, temperature_k: float) -> str | None:
        """What of the figures would be negative at a junction temperature, if anything."""
        kelvin = temperature_k - self.reference_temperature_k
        figures = {
            "transistor's threshold": self.transistor.threshold_v + kelvin * self.transistor.threshold_rise_v_per_k,
            "diode's threshold": self.diode.threshold_v + kelvin * self.diode.threshold_rise_v_per_k,
            "transistor's resistance": self.transistor.resistance_ohm
            + kelvin * self.transistor.resistance_rise_ohm_per_k,
            "diode's resistance": self.diode.resistance_ohm + kelvin * self.diode.resistance_rise_ohm_per_k,
            "turn-on energy": 1.0 + kelvin * self.turn_on.rise_per_k,
            "turn-off energy": 1.0 + kelvin * self.turn_off.rise_per_k,
            "recovery energy": 1.0 + kelvin * self.recovery.rise_per_k,
        }
        return next((name for name, value in figures.items() if value < 0.0), None)

    def conduction_laws(self, moments: Moments, chips: float, dead_share: float) -> Array:
        """(2, 2, ..., 4) conduction loss on phi: at the reference temperature and per kelvin; of the commanded position's transistor and
        of what takes the current over in the opposite position.

        ``dead_share`` of a carrier period is dead time, during which the body diode of a silicon-carbide position carries what its
        channel carries otherwise.
        """
        factor = self.chips / chips
        commanded = _on_state(self.transistor, moments.on, moments.on_square, factor)
        if self.kind == "igbt":
            return np.stack([commanded, _on_state(self.diode, moments.off, moments.off_square, factor)], axis=1)
        dead, dead_square = dead_share * moments.all, dead_share * moments.all_square
        channel = _on_state(self.transistor, moments.off - dead, moments.off_square - dead_square, factor)
        return np.stack([commanded, channel + _on_state(self.diode, dead, dead_square, factor)], axis=1)

    def switching_laws(self, moments: Moments, chips: float, frequency_hz: float, dc_voltage_v: float) -> Array:
        """(2, 2, ..., 4) switching loss, as ``conduction_laws``; turn-on and turn-off heat the commanded position, recovery the other."""

        def law(energy: SwitchingEnergy) -> Array:
            per_a = energy.energy_j / self.reference_current_a
            per_a2 = energy.square_share * per_a / self.reference_current_a * self.chips / chips
            volts = (dc_voltage_v / self.reference_voltage_v) ** energy.voltage_exponent
            value = (
                frequency_hz * volts * ((1.0 - energy.square_share) * per_a * moments.all + per_a2 * moments.all_square)
            )
            return np.stack([value, energy.rise_per_k * value])

        return np.stack([law(self.turn_on) + law(self.turn_off), law(self.recovery)], axis=1)


def _on_state(state: OnState, current: Array, square: Array, factor: float) -> Array:
    """(2, ..., 4) loss at the reference temperature and per kelvin; ``factor`` times the resistance."""
    return np.stack(
        [
            state.threshold_v * current + factor * state.resistance_ohm * square,
            state.threshold_rise_v_per_k * current + factor * state.resistance_rise_ohm_per_k * square,
        ]
    )
