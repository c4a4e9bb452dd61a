"""The inverter: what voltage and current it can drive, and what it loses, from the data-sheet figures of its power devices.

All losses of a device are linear in its junction temperature, and the junction stands above the coolant by thermal resistance times loss;
so the two have one common solution in closed form, and no iteration is needed. Sizes scale with chips: a smaller inverter has the same
device with fewer of them. ``junction`` follows junctions in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.foster import Foster
from halfshaft.drive_unit.power_device import PHI, ROTATING, STANDSTILL, DeviceKind, Moments, PowerDevice

Array = NDArray[np.float64]

_RUNAWAY = (
    0.1  # least 1 - slope . phi, as in ``loss_search``: far beyond every rating, where the closed form would turn over
)


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

    ``chip_pieces`` are all chips, of which each of the six positions of a set has its share; a fraction there stands for chips of another
    size. The highest junction temperature gives a current rating; ``stated_current_limit_a`` is what else limits the peak phase current of
    all sets together (convention 1). ``overmodulation_share`` is how far the control goes from the end of linear modulation (0) towards
    six-step operation (1). Raises ValueError for figures that no inverter has, and for a coolant as hot as its devices may be.
    """

    name: str
    switch: PowerDevice
    voltage_class_v: float
    sets: int
    chip_pieces: int
    switching_frequency_hz: float
    dead_time_s: float
    shortest_pulse_s: float
    standby_w: float
    mass_kg: float
    length_m: float
    overmodulation_share: float = 0.0
    stated_current_limit_a: float | None = None
    coolant_temperature_k: float = (
        338.15  # assumption: 65 degC, usual of the coolant that enters an inverter on the road
    )

    def __post_init__(self) -> None:
        positive = {"chips": self.chip_pieces, "sets": self.sets, "voltage class": self.voltage_class_v}
        positive["current limit"] = 1.0 if self.stated_current_limit_a is None else self.stated_current_limit_a
        for what, value in positive.items():
            if not value > 0:
                raise ValueError(f"inverter {self.name!r}: {what} must be positive, not {value:g}")
        if min(self.switching_frequency_hz, self.dead_time_s, self.shortest_pulse_s, self.standby_w) < 0.0:
            raise ValueError(f"inverter {self.name!r}: switching frequency, times and standby loss are not negative")
        if not 0.0 <= self.overmodulation_share <= 1.0:
            raise ValueError(f"inverter {self.name!r}: overmodulation share is 0 to 1, not {self.overmodulation_share}")
        if self.linear_share <= 0.0:
            raise ValueError(
                f"inverter {self.name!r}: dead times and shortest pulses fill the carrier period; lower the frequency"
            )
        hottest = self.switch.highest_junction_temperature_k
        if not self.coolant_temperature_k < hottest:
            raise ValueError(
                f"inverter {self.name!r}: coolant of {self.coolant_temperature_k:g} K leaves no room below junctions "
                f"of {hottest:g} K"
            )
        for temperature_k in (self.coolant_temperature_k, hottest):
            negative = self.switch.negative_at(temperature_k)
            if negative is not None:
                raise ValueError(
                    f"inverter {self.name!r}: the {negative} would be negative at {temperature_k:g} K; "
                    f"state figures that hold from coolant to the highest junction temperature"
                )

    # ---- voltage ------------------------------------------------------------------------------------------------------------

    @property
    def device(self) -> DeviceKind:
        """What switches."""
        return self.switch.kind

    @property
    def linear_share(self) -> float:
        """Share of V_dc / sqrt(3) that linear space-vector modulation reaches.

        At the end of the range the upper switch of one leg is on but for a shortest pulse of the lower one with its two dead times, and
        the lower one of another leg likewise: the line voltage lacks twice that share of the carrier period.
        """
        return 1.0 - 2.0 * self.switching_frequency_hz * (self.shortest_pulse_s + 2.0 * self.dead_time_s)

    @property
    def voltage_utilisation(self) -> float:
        """Greatest peak phase voltage over V_dc / sqrt(3), overmodulation included; six-step operation has 2 sqrt(3) / pi = 1.103."""
        six_step = 2.0 * float(np.sqrt(3.0)) / np.pi
        return self.linear_share + self.overmodulation_share * (six_step - self.linear_share)

    def phase_voltage_limit_v(self, dc_voltage_v: float) -> float:
        """Greatest peak phase voltage (fundamental) at a DC voltage."""
        return self.voltage_utilisation * dc_voltage_v / float(np.sqrt(3.0))

    # ---- current ------------------------------------------------------------------------------------------------------------

    @cached_property
    def current_limit_a(self) -> float:
        """Greatest peak phase current of all sets together: what is stated, or the rating at the voltage class where that is less."""
        rating = self.current_rating_a(self.voltage_class_v)
        return rating if self.stated_current_limit_a is None else min(self.stated_current_limit_a, rating)

    def current_rating_a(self, dc_voltage_v: float) -> float:
        """Peak phase current of all sets that turning machines may draw without end, in motoring and generating at any power factor."""
        greatest = 2.0 * self.voltage_utilisation / np.sqrt(3.0)  # modulation index at the voltage limit
        per_k_per_w = np.array([foster.total_k_per_w for foster in self.fosters])
        return self._rating_a(self.position_laws(ROTATING, dc_voltage_v), per_k_per_w, (-greatest, 0.0, greatest))

    def standstill_rating_a(self, dc_voltage_v: float, duration_s: float = np.inf) -> float:
        """Peak phase current of all sets that one leg may carry as a direct current for a time, from junctions at coolant temperature.

        Without a duration it is carried for ever. The loss is that of the hottest junction from the beginning, on the safe side.
        """
        laws = self.laws(STANDSTILL, dc_voltage_v).sum(axis=0)
        return self._rating_a(laws, np.array([foster.step_k_per_w(duration_s) for foster in self.fosters]), (0.0,))

    def _rating_a(self, laws: Array, resistance_k_per_w: Array, modulation: tuple[float, ...]) -> float:
        """Current at which the hottest device has the highest junction temperature: a quadratic equation for each."""
        hottest = self.switch.highest_junction_temperature_k
        power_w = (hottest - self.coolant_temperature_k) / resistance_k_per_w
        law = laws[0] + laws[1] * (hottest - self.switch.reference_temperature_k)
        least = np.inf
        for m in modulation:
            for linear, square, power in zip(
                law[:, 0] + m * law[:, 1], law[:, 2] + m * law[:, 3], power_w, strict=True
            ):
                within = linear**2 + 4.0 * square * power
                if within >= 0.0 and linear + np.sqrt(within) > 0.0:
                    least = min(least, 2.0 * float(power) / float(linear + np.sqrt(within)))
        return self.sets * least

    # ---- loss ---------------------------------------------------------------------------------------------------------------

    def terms(self, dc_voltage_v: float) -> InverterTerms:
        """The loss at a DC voltage as a closed form of current and power, junction temperatures included."""
        laws = self.position_laws(ROTATING, dc_voltage_v)
        resistance = np.array([[foster.total_k_per_w] for foster in self.fosters])
        return InverterTerms(self.standby_w, 6 * self.sets, self._at_coolant(laws), resistance * laws[1])

    def loss_w(self, current_a: ArrayLike, ac_power_w: ArrayLike, dc_voltage_v: float) -> Array:
        """Loss over the peak phase current and the power at the terminals of all sets together, any broadcastable shapes."""
        terms = self.terms(dc_voltage_v)
        total: Array = terms.standby_w + terms.positions * np.sum(
            _device_loss_w(terms, self._phi(current_a, ac_power_w, dc_voltage_v)), axis=0
        )
        return total

    def loss_parts_w(self, current_a: ArrayLike, ac_power_w: ArrayLike, dc_voltage_v: float) -> dict[str, Array]:
        """The same loss by part: standby, conduction, switching."""
        phi = self._phi(current_a, ac_power_w, dc_voltage_v)
        kelvin = self.junction_temperature_k(current_a, ac_power_w, dc_voltage_v) - self.switch.reference_temperature_k
        parts = {"standby": np.full(phi.shape[1:], self.standby_w)}
        for name, laws in zip(("conduction", "switching"), self.laws(ROTATING, dc_voltage_v), strict=True):
            own = self._merged(laws)
            loss = np.einsum("kj,j...->k...", own[0], phi) + np.einsum("kj,j...->k...", own[1], phi) * kelvin
            parts[name] = 6 * self.sets * np.sum(loss, axis=0)
        return parts

    def junction_temperature_k(self, current_a: ArrayLike, ac_power_w: ArrayLike, dc_voltage_v: float) -> Array:
        """(2, ...) steady mean temperature of transistor and diode in a turning machine; a body diode is as hot as its chip."""
        loss = _device_loss_w(self.terms(dc_voltage_v), self._phi(current_a, ac_power_w, dc_voltage_v))
        if self.device == "sic":
            loss[1] = loss[0]
        rise = [foster.total_k_per_w * loss[k] for k, foster in enumerate(self.fosters)]
        temperature: Array = self.coolant_temperature_k + np.stack(rise)
        return temperature

    # ---- laws of a position -------------------------------------------------------------------------------------------------

    @cached_property
    def fosters(self) -> tuple[Foster, Foster]:
        """Networks of the transistor and of the diode of one position; twice the same chip's in silicon carbide."""
        return self.switch.foster(self._chips)

    @property
    def _chips(self) -> float:
        return self.chip_pieces / (6 * self.sets)

    def laws(self, moments: Moments, dc_voltage_v: float) -> Array:
        """(2, 2, 2, ..., 4) on phi: conduction and switching, at reference temperature and per kelvin, commanded and opposite position."""
        dead_share = 2.0 * self.dead_time_s * self.switching_frequency_hz
        conduction = self.switch.conduction_laws(moments, self._chips, dead_share)
        switching = self.switch.switching_laws(moments, self._chips, self.switching_frequency_hz, dc_voltage_v)
        return np.stack([conduction, switching])

    def position_laws(self, moments: Moments, dc_voltage_v: float) -> Array:
        """(2, 2, ..., 4) all loss of a position on phi: at reference temperature and per kelvin, of transistor and diode."""
        return self._merged(self.laws(moments, dc_voltage_v).sum(axis=0))

    def _merged(self, laws: Array) -> Array:
        """Laws (2, 2, ..., 4) by device: a chip with a body diode is commanded in one half of the period and opposite in the other."""
        if self.device == "igbt":
            return laws
        return np.stack([laws[:, 0] + laws[:, 1], np.zeros_like(laws[:, 0])], axis=1)

    def _at_coolant(self, laws: Array) -> Array:
        at: Array = laws[0] + laws[1] * (self.coolant_temperature_k - self.switch.reference_temperature_k)
        return at

    def _phi(self, current_a: ArrayLike, ac_power_w: ArrayLike, dc_voltage_v: float) -> Array:
        """(4, ...) of one set."""
        current, power = np.broadcast_arrays(np.abs(np.asarray(current_a, float)), np.asarray(ac_power_w, float))
        one, x = current / self.sets, 4.0 / 3.0 * power / (self.sets * dc_voltage_v)
        phi = np.empty((PHI, *current.shape))
        phi[0], phi[1], phi[2], phi[3] = one, x, one * one, one * x
        return phi


def _device_loss_w(terms: InverterTerms, phi: Array) -> Array:
    """(2, ...) loss of transistor and diode of one position."""
    part = np.einsum("kj,j...->k...", terms.value, phi)
    rise = np.einsum("kj,j...->k...", terms.slope, phi)
    loss: Array = part / np.maximum(1.0 - rise, _RUNAWAY)
    return loss
