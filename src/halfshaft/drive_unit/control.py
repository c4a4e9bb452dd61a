"""Loss-minimal control: the currents that give a torque at a speed and lose least in total, within every limit.

One formulation for both kinds of rotor: the q current is eliminated by the torque, and what is left is searched: the excitation
and the magnetising d current (excitation plus d current), along which the valleys of field weakening lie straight. With magnets
the excitation has no room and the search is a line. Maximum torque per ampere, field
weakening and maximum torque per volt are names for parts of the result, none is a case in the code.

Currents are ampere-turns (series turns times peak current), per unit of which the cross-section is known; see ``machine``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.zoom import Evaluate, is_feasible, merit, zoom

Array = NDArray[np.float64]

# Shares of the ranges, crowded near zero: field weakening and light load want a flux far below its greatest.
_COARSE_X = np.linspace(-0.6, 1.0, 17) * np.abs(np.linspace(-0.6, 1.0, 17))
_COARSE_EXCITATION = np.linspace(0.0, 1.0, 11) ** 2
_SPACING_X, _SPACING_EXCITATION = np.gradient(_COARSE_X), np.gradient(_COARSE_EXCITATION)
_COARSE_PEAK = 9  # points per axis when looking for the greatest torque
_PEAK_ROUNDS, _PEAK_LATTICE = 14, 13
_LOSS_ROUNDS, _LOSS_LATTICE = 7, 21
_Q_OVERSHOOT = 1.5  # of the current limit, up to which a q current is followed: beyond, the limit is plainly broken


@dataclass(frozen=True)
class Point:
    """Electromagnetic operating points: ampere-turns in d, q and excitation, all of one shape."""

    a_d: Array
    a_q: Array
    a_e: Array


@dataclass(frozen=True)
class LossModel:
    """What a unit loses at one DC voltage, as coefficients of ampere-turns and flux linkage per metre and turn.

    Built once per unit; every method takes speeds and points of broadcastable shapes.
    """

    unit: DriveUnit
    dc_voltage_v: float

    @property
    def current_limit_a(self) -> float:
        """Greatest stator ampere-turns."""
        return self.unit.inverter.current_limit_a * self.unit.machine.series_turns

    @property
    def voltage_limit_v_per_m(self) -> float:
        """Greatest phase voltage per metre of stack and turn."""
        machine = self.unit.machine
        return self.unit.inverter.phase_voltage_limit_v(self.dc_voltage_v) / (
            machine.series_turns * machine.stack_length_m
        )

    def stator_resistance(self, speed_rad_per_s: Array) -> Array:
        """Alternating-current phase resistance per turn^2, in ohm."""
        machine, temperature_k = self.unit.machine, self.unit.cooling.winding_temperature_k
        frequency_hz = machine.lamination.pole_pairs * speed_rad_per_s / (2.0 * np.pi)
        factor = machine.alternating_current_factor(frequency_hz, temperature_k)
        resistance: Array = factor * machine.stator_resistance_ohm(temperature_k) / machine.series_turns**2
        return resistance

    def excitation_coefficients(self) -> tuple[float, float]:
        """(W/A, W/A^2) of the excitation's ampere-turns: brushes and field copper, both through the exciter."""
        lamination, rotor = self.unit.machine.lamination, self.unit.machine.lamination.rotor
        if not isinstance(rotor, FieldWinding):
            return 0.0, 0.0
        resistance_ohm = rotor.resistance_ohm(
            2 * lamination.pole_pairs, self.unit.machine.stack_length_m, self.unit.cooling.winding_temperature_k
        )
        return (
            rotor.brush_drop_v / (rotor.exciter_efficiency * rotor.turns_ratio),
            resistance_ohm / (rotor.exciter_efficiency * rotor.turns_ratio**2),
        )

    def iron_coefficient(self, speed_rad_per_s: Array) -> Array:
        """Iron loss in W per (Wb per metre and turn)^2."""
        machine = self.unit.machine
        f = machine.lamination.pole_pairs * np.abs(speed_rad_per_s) / (2.0 * np.pi)
        per_m = machine.lamination.hysteresis_coefficient * f + machine.lamination.eddy_coefficient * f * f
        coefficient: Array = machine.stack_length_m * per_m
        return coefficient

    def inverter_coefficients(self) -> tuple[float, float, float]:
        """(W, W/A, W/A^2) of the stator ampere-turns."""
        constant, linear, square = self.unit.inverter.loss_coefficients(self.dc_voltage_v)
        turns = self.unit.machine.series_turns
        return constant, linear / turns, square / turns**2

    def mechanical_torque_nm(self, speed_rad_per_s: Array) -> Array:
        """Bearing and windage torque of the rotor."""
        lamination = self.unit.machine.lamination
        torque: Array = (
            lamination.bearing_torque_nm
            + lamination.windage_w_per_m_rad3_s3 * self.unit.machine.stack_length_m * speed_rad_per_s**2
        )
        return torque

    def losses_w(self, speed_rad_per_s: Array, point: Point) -> dict[str, Array]:
        """Electromagnetic and inverter losses of points: stator copper, excitation, iron, inverter."""
        flux_d, flux_q, _ = self.unit.machine.lamination.flux_linkage_wb_per_m(point.a_d, point.a_q, point.a_e)
        square_a2 = point.a_d**2 + point.a_q**2
        constant, linear, square = self.inverter_coefficients()
        brush, copper = self.excitation_coefficients()
        return {
            "stator_copper": 1.5 * self.stator_resistance(speed_rad_per_s) * square_a2,
            "excitation": brush * point.a_e + copper * point.a_e**2,
            "iron": self.iron_coefficient(speed_rad_per_s) * (flux_d**2 + flux_q**2),
            "inverter": constant + linear * np.sqrt(square_a2) + square * square_a2,
        }

    def phase_voltage_v(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Peak phase voltage of points: |R i + j omega psi|, with the direct-current resistance.

        What alternating current adds to the resistance is heat of eddies inside the conductors, not a drop along them.
        """
        machine = self.unit.machine
        flux_d, flux_q, _ = machine.lamination.flux_linkage_wb_per_m(point.a_d, point.a_q, point.a_e)
        omega = machine.lamination.pole_pairs * speed_rad_per_s
        turns, length_m = machine.series_turns, machine.stack_length_m
        resistance = machine.stator_resistance_ohm(self.unit.cooling.winding_temperature_k) / turns
        v_d = resistance * point.a_d - omega * turns * length_m * flux_q
        v_q = resistance * point.a_q + omega * turns * length_m * flux_d
        voltage: Array = np.hypot(v_d, v_q)
        return voltage

    def violations(self, speed_rad_per_s: Array, point: Point) -> Array:
        """(2, ...) share by which the voltage and the current limit are exceeded; negative where they are kept."""
        voltage = self.phase_voltage_v(speed_rad_per_s, point)
        current_a = np.hypot(point.a_d, point.a_q)
        return np.stack(
            [
                voltage / self.unit.inverter.phase_voltage_limit_v(self.dc_voltage_v) - 1.0,
                current_a / self.current_limit_a - 1.0,
            ]
        )


def peak_points(model: LossModel, speed_rad_per_s: Array, sign: float) -> Point:
    """Points of greatest motoring (sign 1) or generating (sign -1) torque at each speed, (n,)."""
    lamination, length_m = model.unit.machine.lamination, model.unit.machine.stack_length_m
    low_e, high_e = lamination.excitation_mmf_range_a
    limit = model.current_limit_a
    speed = speed_rad_per_s[:, None]

    def evaluate(x: Array) -> tuple[Array, Array]:
        point = Point(x[..., 0], sign * x[..., 1], x[..., 2])
        torque = sign * length_m * lamination.torque_nm_per_m(point.a_d, point.a_q, point.a_e)
        return -torque, model.violations(speed, point)

    lower, upper = np.array([-limit, 0.0, low_e]), np.array([limit, limit, high_e])
    axes = [
        np.linspace(lower[0], 0.5 * limit, 13),
        *(np.linspace(a, b, _COARSE_PEAK) for a, b in zip(lower[1:], upper[1:], strict=True)),
    ]
    coarse = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=-1)
    start = coarse[_best_index(evaluate, np.broadcast_to(coarse, (len(speed_rad_per_s), *coarse.shape)))]
    step = np.array([axis[1] - axis[0] for axis in axes])
    best, _ = zoom(evaluate, start, step, lower, upper, rounds=_PEAK_ROUNDS, lattice=_PEAK_LATTICE)
    return Point(best[:, 0], sign * best[:, 1], best[:, 2])


def loss_minimal_points(model: LossModel, speed_rad_per_s: Array, torque_nm: Array, peak: Point) -> Point:
    """Points of least total loss for air-gap torques (k,) at speeds (k,).

    ``peak`` holds (k,) points known to be feasible for the greatest torque of the same sign at the same speed: close to that
    torque the feasible set shrinks to it, and no lattice would find it. Raises ValueError where no point within the limits
    gives the torque.
    """
    lamination = model.unit.machine.lamination
    low_e, high_e = lamination.excitation_mmf_range_a
    limit = model.current_limit_a
    sign = np.where(torque_nm < 0.0, -1.0, 1.0)[:, None]
    per_m = np.abs(torque_nm)[:, None] / model.unit.machine.stack_length_m
    speed = speed_rad_per_s[:, None]
    # The coefficients depend on speed alone: taken out of the loop that is run thousands of times.
    copper = 1.5 * model.stator_resistance(speed)
    iron = model.iron_coefficient(speed)
    _, inverter_linear, inverter_square = model.inverter_coefficients()
    brush, field_copper = model.excitation_coefficients()
    omega = lamination.pole_pairs * speed
    machine = model.unit.machine
    drop = machine.stator_resistance_ohm(model.unit.cooling.winding_temperature_k) / (
        machine.series_turns**2 * machine.stack_length_m
    )
    voltage_limit = model.voltage_limit_v_per_m

    def point_of(x: Array) -> Point:
        a_e = x[..., 1]
        a_d = x[..., 0] - a_e
        return Point(a_d, sign * lamination.q_current_for_torque(per_m, a_d, a_e, _Q_OVERSHOOT * limit), a_e)

    def evaluate(x: Array) -> tuple[Array, Array]:
        point = point_of(x)
        a_d, a_q, a_e = point.a_d, point.a_q, point.a_e
        flux_d, flux_q, _ = lamination.flux_linkage_wb_per_m(a_d, a_q, a_e)
        square = a_d * a_d + a_q * a_q
        current = np.sqrt(square)
        loss = (
            (copper + inverter_square) * square
            + inverter_linear * current
            + iron * (flux_d * flux_d + flux_q * flux_q)
            + (brush + field_copper * a_e) * a_e
        )
        v_d, v_q = drop * a_d - omega * flux_q, drop * a_q + omega * flux_d
        voltage = np.sqrt(v_d * v_d + v_q * v_q)
        return loss, np.stack([voltage / voltage_limit - 1.0, current / limit - 1.0])

    low_x, high_x = low_e - limit, high_e + limit
    reach = max(limit, high_e)
    mesh = np.meshgrid(reach * _COARSE_X, low_e + (high_e - low_e) * _COARSE_EXCITATION, indexing="ij")
    coarse = np.stack([axis.ravel() for axis in mesh], axis=-1)
    spacing = np.meshgrid(reach * _SPACING_X, (high_e - low_e) * _SPACING_EXCITATION, indexing="ij")
    steps = np.stack([axis.ravel() for axis in spacing], axis=-1)
    known = np.stack([peak.a_d + peak.a_e, peak.a_e], axis=-1)[:, None, :]
    candidates = np.concatenate([np.broadcast_to(coarse, (len(torque_nm), *coarse.shape)), known], axis=1)
    pick = _best_index(evaluate, candidates)
    start = candidates[np.arange(len(candidates)), pick]
    step = np.concatenate([steps, steps.max(axis=0)[None, :]])[pick]
    lower, upper = np.array([low_x, low_e]), np.array([high_x, high_e])
    best, best_merit = zoom(evaluate, start, step, lower, upper, rounds=_LOSS_ROUNDS, lattice=_LOSS_LATTICE)
    if not np.all(is_feasible(best_merit)):
        k = int(np.argmax(best_merit))
        raise ValueError(
            f"unit {model.unit.name!r} at {model.dc_voltage_v:g} V: no currents within the limits give an air-gap torque of "
            f"{torque_nm[k]:.3f} Nm at {speed_rad_per_s[k]:.1f} rad/s"
        )
    found = point_of(best[:, None, :])
    return Point(found.a_d[:, 0], found.a_q[:, 0], found.a_e[:, 0])


def _best_index(evaluate: Evaluate, candidates: Array) -> NDArray[np.intp]:
    """(n,) index of the best of (n, k, d) candidates."""
    objective, constraints = evaluate(candidates)
    return np.argmin(merit(objective, constraints.max(axis=0)), axis=1)
