"""Junctions in time: their ripple at low electrical frequency, the worst case of standstill, and their course over a drive.

Powers of steps are held constant within each step, which the Foster networks then follow exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.power_device import ROTATING, STANDSTILL, moments_at

Array = NDArray[np.float64]

_STEPS = 360  # of a period
_SETTLED_K = 1e-6
_PASSES = 1000
_MOLTEN_K = 5000.0


def standstill_temperature_k(inverter: Inverter, current_a: float, dc_voltage_v: float) -> Array:
    """(2,) steady temperature of the commanded transistor and of what takes over from it, in a leg that carries a direct current.

    The current is the peak phase current of all sets together. Infinite where loss grows faster with temperature than heat can leave.
    """
    one = abs(current_a) / inverter.sets
    phi = np.array([one, 0.0, one * one, 0.0])
    at_reference, per_k = inverter.laws(STANDSTILL, dc_voltage_v).sum(axis=0) @ phi
    resistance = np.array([foster.total_k_per_w for foster in inverter.fosters])
    cold = at_reference + per_k * (inverter.coolant_temperature_k - inverter.switch.reference_temperature_k)
    room = 1.0 - resistance * per_k
    return inverter.coolant_temperature_k + np.where(room > 0.0, resistance * cold / np.maximum(room, 1e-12), np.inf)


def ripple_temperature_k(
    inverter: Inverter, current_a: float, ac_power_w: float, dc_voltage_v: float, electrical_frequency_hz: float
) -> Array:
    """(2, 360) temperature of transistor and diode over one electrical period of the current, when it has repeated without end.

    Current and power are those of all sets together. Raises ValueError for a frequency that is not positive, and where the junctions run
    away.
    """
    if not electrical_frequency_hz > 0.0:
        raise ValueError(f"an electrical frequency must be positive, not {electrical_frequency_hz:g} Hz")
    one = abs(current_a) / inverter.sets
    x = 4.0 / 3.0 * ac_power_w / (inverter.sets * dc_voltage_v)
    phi = np.array([one, x, one * one, one * x])
    angle = (np.arange(_STEPS) + 0.5) * (2.0 * np.pi / _STEPS)
    # Both halves of the sine fall on one position: commanded in the first, opposite in the second.
    commanded, opposite = moments_at(angle), moments_at(angle + np.pi)
    loss = np.stack(
        [
            inverter.laws(commanded, dc_voltage_v).sum(axis=0)[:, 0] @ phi,
            inverter.laws(opposite, dc_voltage_v).sum(axis=0)[:, 1] @ phi,
        ],
        axis=1,
    )
    if inverter.device == "sic":
        loss = np.repeat(loss.sum(axis=1, keepdims=True), 2, axis=1)
    temperature = np.full((2, _STEPS), inverter.coolant_temperature_k)
    for _ in range(_PASSES):
        power = loss[0] + loss[1] * (temperature - inverter.switch.reference_temperature_k)
        rise = [f.periodic_rise_k(power[k], 1.0 / electrical_frequency_hz) for k, f in enumerate(inverter.fosters)]
        before, temperature = temperature, inverter.coolant_temperature_k + np.stack(rise)
        if np.abs(temperature - before).max() < _SETTLED_K:
            return temperature
        if temperature.max() > _MOLTEN_K:
            break
    raise ValueError(f"inverter {inverter.name!r}: junctions run away at {current_a:g} A and {dc_voltage_v:g} V")


def junction_course_k(
    inverter: Inverter, current_a: ArrayLike, ac_power_w: ArrayLike, dc_voltage_v: ArrayLike, step_s: float
) -> Array:
    """(2, n) mean temperature of transistor and diode at the end of ``n`` equal steps of a drive that begins at coolant temperature.

    Current and power (n,) are those of all sets together in a turning machine, the voltage (n,) or a number. The loss of a step is that at
    the temperature at which it begins, so steps should be short beside the rise of the whole network.
    """
    current, power, volts = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(values, float)) for values in (np.abs(current_a), ac_power_w, dc_voltage_v))
    )
    one, x = current / inverter.sets, 4.0 / 3.0 * power / (inverter.sets * volts)
    phi = np.stack([one, x, one * one, one * x])
    loss = np.empty((2, 2, len(one)))
    for volt in np.unique(volts):
        at = volts == volt
        laws = inverter.position_laws(ROTATING, float(volt))
        loss[..., at] = laws @ phi[:, at]
    if inverter.device == "sic":
        loss[:, 1] = loss[:, 0]
    kept = [foster.kept(step_s) for foster in inverter.fosters]
    gain = [np.array(f.resistance_k_per_w) * (1.0 - share) for f, share in zip(inverter.fosters, kept, strict=True)]
    course = np.empty((2, len(one)))
    above = inverter.coolant_temperature_k - inverter.switch.reference_temperature_k
    for k in range(2):
        rises, total = np.zeros(len(gain[k])), 0.0
        for i in range(len(one)):
            watts = loss[0, k, i] + loss[1, k, i] * (above + total)
            rises = kept[k] * rises + gain[k] * watts
            total = float(rises.sum())
            course[k, i] = total
    return inverter.coolant_temperature_k + course
