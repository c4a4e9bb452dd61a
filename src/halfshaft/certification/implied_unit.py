"""The drive unit that a car's published figures imply: a reference machine restacked and rewound until it gives their torque and power.

Makers publish a unit's power and torque, and the certification its motor's revolutions per distance; neither says what it loses. A machine
of the same kind whose field is computed does. Its stack length follows from the torque, its turns from the power at the voltage under
load, its inverter gets as many chips as the currents ask for, and its gear is sized for torque and ratio. Turns need not be whole: a
machine with k times the turns at k times the voltage is the same machine, so turns are chosen by seeking a voltage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from halfshaft.drive_unit import DriveUnit, GearSet
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.motor_map import MotorMap
from halfshaft.drive_unit.power_device import OnState
from halfshaft.drive_unit.unit_map import UnitMap, compose_unit

_VOLTAGE_FACTORS = (0.2, 6.0)  # of the reference's, between which a voltage is sought
_ROUNDS = 4  # of stack length and voltage, which depend on each other weakly
_LENGTHS = 30  # tried at most
_STALLED = 0.01  # of the peak power, counted of a unit that does not reach its highest speed
_COARSE, _FINE = (17, 3), (41, 61)  # speeds and torque fractions of maps, while seeking and at last
_FRACTIONS = 161  # of the unit's map: certification cycles ask for a few per cent of the peak torque
_CLOSE = 1e-3
_AT_TOP = 0.6  # of the peak power, that every unit gives at its highest speed at least
_GEAR_MARGIN = 1.1  # of the gear's torque limit over the published torque


@dataclass(frozen=True)
class PublishedUnit:
    """What is published of one axle's drive unit, at the motor shaft; ``motor_rad_per_m`` is motor angle over distance driven."""

    power_w: float
    torque_nm: float
    motor_rad_per_m: float
    tyre_radius_m: float
    max_speed_rad_per_s: float


@dataclass(frozen=True, eq=False)
class Reference:
    """A unit of a kit whose field is known, from which others of its kind are made; ``dc_voltage_v`` is that of its class under load."""

    unit: DriveUnit
    magnetics: MagneticTable
    dc_voltage_v: float


@dataclass(frozen=True, eq=False)
class ImpliedUnit:
    """A restacked and rewound unit. ``turns_factor`` is its turns over the reference's."""

    unit: DriveUnit
    motor_map: MotorMap
    turns_factor: float

    @property
    def gear(self) -> GearSet:
        """The unit's gear."""
        return self.unit.gear

    def at_oil_temperature(self, temperature_k: float) -> UnitMap:
        """The unit's map with its gear's oil so warm."""
        gear = replace(self.unit.gear, oil_temperature_k=temperature_k)
        return compose_unit(replace(self.unit, gear=gear), self.motor_map, fractions=_FRACTIONS)


def implied_unit(reference: Reference, published: PublishedUnit) -> ImpliedUnit:
    """The unit of the reference's kind with this torque from standstill and this peak power, to 0.3 %, at the reference's voltage.

    It gives three fifths of that power still at its highest speed, as traction machines do; where that asks for fewer turns, its peak is
    higher.
    Raises ValueError where no such unit is found: figures that contradict each other.
    """
    base = reference.unit
    if min(published.power_w, published.torque_nm, published.motor_rad_per_m, published.tyre_radius_m) <= 0.0:
        raise ValueError(f"power, torque and motor revolutions must be positive, not {published}")
    lamination = replace(base.machine.lamination, max_speed_rad_per_s=published.max_speed_rad_per_s)
    gear = GearSet(
        "implied", published.motor_rad_per_m * published.tyre_radius_m, "parallel_axis",
        _GEAR_MARGIN * published.torque_nm, 1.01 * published.max_speed_rad_per_s,
    )  # fmt: skip

    def made(
        length_m: float, voltage_v: float, size: tuple[int, int], *, rated: bool = False
    ) -> tuple[DriveUnit, MotorMap]:
        factor = reference.dc_voltage_v / voltage_v
        machine = replace(base.machine, name="implied", lamination=lamination, stack_length_m=length_m)
        unit = DriveUnit("implied", machine, _rewound(base.inverter, factor), gear, base.cooling)
        motor_map = evaluate_motor(
            unit.motor, reference.magnetics, voltage_v, speeds=size[0], fractions=size[1], rated=rated
        )
        return unit, motor_map

    length_m, voltage_v = base.machine.stack_length_m, reference.dc_voltage_v
    least, most = (factor * reference.dc_voltage_v for factor in _VOLTAGE_FACTORS)

    def excess(log_voltage: float) -> float:
        try:
            unit = compose_unit(*made(length_m, float(np.exp(log_voltage)), _COARSE), fractions=3)
        except ValueError:  # it cannot turn at so low a voltage
            return -5.0
        return float(np.log(_power_w(unit, published) / published.power_w))

    for _ in range(_ROUNDS):
        for _ in range(_LENGTHS):  # more than one, because the gear holds no more than its limit
            coarse = compose_unit(*made(length_m, voltage_v, _COARSE), fractions=3)
            missing = published.torque_nm / float(coarse.peak_torque_nm[0])
            length_m *= missing
            if abs(missing - 1.0) < _CLOSE:
                break
        if excess(np.log(most)) < 0.0:
            raise ValueError(
                f"no unit of the kind of {base.name!r} gives {published.power_w / 1e3:.4g} kW and {published.torque_nm:.4g} Nm up to "
                f"{published.max_speed_rad_per_s * 30.0 / np.pi:.0f} rpm"
            )
        # where the power jumps, because below it the highest speed is out of reach, the upper side of the jump counts
        voltage_v = float(np.exp(brentq(excess, np.log(least), np.log(most), xtol=_CLOSE) + _CLOSE))
    unit, motor_map = made(length_m, voltage_v, _FINE, rated=True)
    return ImpliedUnit(unit, motor_map, reference.dc_voltage_v / voltage_v)


def _power_w(unit: UnitMap, published: PublishedUnit) -> float:
    """The peak power, or less where the unit does not give its share of it at the highest speed; next to nothing if that is not reached."""
    reached = unit.max_speed_rad_per_s / published.max_speed_rad_per_s
    if reached < 1.0 - _CLOSE:
        return _STALLED * reached * unit.peak_power_w
    at_top_w = float(unit.peak_torque_nm[-1] * unit.speed_rad_per_s[-1])
    return max(min(unit.peak_power_w, at_top_w / _AT_TOP), _STALLED * unit.peak_power_w)


def _rewound(inverter: Inverter, factor: float) -> Inverter:
    """The inverter of a machine with ``factor`` times the turns in the currents and voltages of the reference's turns.

    With k times the turns, currents are 1/k, and so is the number of chips, each of which works as before. Seen in the reference's
    currents, voltages are 1/k and every loss is 1/k of the reference's at the same current.
    """
    device = inverter.switch

    def on_state(state: OnState) -> OnState:
        return OnState(
            state.threshold_v / factor,
            state.resistance_ohm / factor,
            state.threshold_rise_v_per_k / factor,
            state.resistance_rise_ohm_per_k / factor,
        )

    switch = replace(
        device,
        reference_voltage_v=device.reference_voltage_v / factor,
        transistor=on_state(device.transistor),
        diode=on_state(device.diode),
        turn_on=replace(device.turn_on, energy_j=device.turn_on.energy_j / factor),
        turn_off=replace(device.turn_off, energy_j=device.turn_off.energy_j / factor),
        recovery=replace(device.recovery, energy_j=device.recovery.energy_j / factor),
        transistor_foster=device.transistor_foster.scaled(factor),
        diode_foster=None if device.diode_foster is None else device.diode_foster.scaled(factor),
    )
    return replace(inverter, name="implied", switch=switch)
