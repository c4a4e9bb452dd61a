"""Loss-minimal control: the currents that give a torque at a speed and lose least in total, within every limit.

One formulation for both kinds of rotor: the q current is eliminated by the torque, and what is left, the d current and the
excitation, is searched; with magnets the excitation has no room and the search is a line. Maximum torque per ampere, field
weakening and maximum torque per volt are names for parts of the result, none is a case in the code.

Currents are ampere-turns (series turns times peak current), per unit of which the cross-section is known; see ``machine``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.unit import DriveUnit
from halfshaft.drive_unit.zoom import Evaluate, Schedule, is_feasible, merit, zoom

Array = NDArray[np.float64]

# Shares of the ranges, crowded near zero: field weakening and light load want a flux far below its greatest.
_COARSE_FLUX = np.linspace(-0.6, 1.0, 17) * np.abs(np.linspace(-0.6, 1.0, 17))
_COARSE_EXCITATION = np.linspace(0.0, 1.0, 11) ** 2
_FINE_FLUX = np.linspace(-0.4, 1.0, 71)
_FINE_EXCITATION = np.linspace(0.0, 1.0, 21)
_COARSE_BISECTIONS = 12
_PUSHES, _PUSH_SHRINK, _BISECTIONS = 14, 0.7, 40
_PEAK = Schedule(rounds=8, restarts=0, lattice=15)
_LOSS = Schedule(rounds=6, restarts=2, lattice=15)
_Q_OVERSHOOT = 1.5  # of the current limit, up to which a q current is followed: beyond, the limit is plainly broken


@dataclass(frozen=True)
class Point:
    """Electromagnetic operating points, arrays of one shape.

    Ampere-turns in d, q and excitation, and the flux linkages in Wb per metre and turn that they drive.
    """

    a_d: Array
    a_q: Array
    a_e: Array
    flux_d: Array
    flux_q: Array

    def reshape(self, *shape: int) -> Point:
        """The same points in another shape."""
        return Point(*(getattr(self, field.name).reshape(shape) for field in fields(self)))


@dataclass(frozen=True)
class LossModel:
    """What a unit loses at one DC voltage, as coefficients of ampere-turns and flux linkage per metre and turn.

    Built once per unit; every method takes speeds and points of broadcastable shapes.
    """

    unit: DriveUnit
    dc_voltage_v: float

    def point(self, a_d: Array, a_q: Array, a_e: Array) -> Point:
        """Points from ampere-turns of broadcastable shapes."""
        a_d, a_q, a_e = np.broadcast_arrays(a_d, a_q, a_e)
        flux_d, flux_q, _ = self.unit.machine.lamination.flux_linkage_wb_per_m(a_d, a_q, a_e)
        return Point(a_d, a_q, a_e, flux_d, flux_q)

    def air_gap_torque_nm(self, point: Point) -> Array:
        """Air-gap torque of points: 3/2 p (psi_d i_q - psi_q i_d)."""
        machine = self.unit.machine
        lever = 1.5 * machine.lamination.pole_pairs * machine.stack_length_m
        torque: Array = lever * (point.flux_d * point.a_q - point.flux_q * point.a_d)
        return torque

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

    @property
    def drop_ohm_per_m(self) -> float:
        """Direct-current phase resistance per metre of stack and turn^2."""
        machine = self.unit.machine
        resistance_ohm = machine.stator_resistance_ohm(self.unit.cooling.winding_temperature_k)
        return resistance_ohm / (machine.series_turns**2 * machine.stack_length_m)

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
        square_a2 = point.a_d**2 + point.a_q**2
        constant, linear, square = self.inverter_coefficients()
        brush, copper = self.excitation_coefficients()
        return {
            "stator_copper": 1.5 * self.stator_resistance(speed_rad_per_s) * square_a2,
            "excitation": brush * point.a_e + copper * point.a_e**2,
            "iron": self.iron_coefficient(speed_rad_per_s) * (point.flux_d**2 + point.flux_q**2),
            "inverter": constant + linear * np.sqrt(square_a2) + square * square_a2,
        }

    def phase_voltage_v(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Peak phase voltage of points: |R i + j omega psi|, with the direct-current resistance.

        What alternating current adds to the resistance is heat of eddies inside the conductors, not a drop along them.
        """
        machine = self.unit.machine
        omega = machine.lamination.pole_pairs * speed_rad_per_s
        v_d = self.drop_ohm_per_m * point.a_d - omega * point.flux_q
        v_q = self.drop_ohm_per_m * point.a_q + omega * point.flux_d
        voltage: Array = np.sqrt(v_d * v_d + v_q * v_q) * (machine.series_turns * machine.stack_length_m)
        return voltage

    def violations(self, speed_rad_per_s: Array, point: Point) -> Array:
        """(2, ...) share by which the voltage and the current limit are exceeded; negative where they are kept."""
        voltage = self.phase_voltage_v(speed_rad_per_s, point)
        current_a = np.sqrt(point.a_d**2 + point.a_q**2)
        voltage_limit_v = self.unit.inverter.phase_voltage_limit_v(self.dc_voltage_v)
        shares = np.broadcast_arrays(voltage / voltage_limit_v, current_a / self.current_limit_a)
        return np.stack(shares) - 1.0


def peak_points(model: LossModel, speed_rad_per_s: Array, sign: Array) -> Point:
    """Points of greatest motoring (sign 1) or generating (sign -1) torque at each speed; all arrays (n,).

    Alternates two steps from a coarse start: raise the torque until it meets a limit; then, keeping the torque, move to where
    the fuller of voltage and current limit is used least. Every point on the way is within the limits.
    """
    problem = _TorqueProblem(model, speed_rad_per_s, sign)
    x, step = problem.start()
    a_q = np.zeros(len(x))
    for k in range(_PUSHES):
        a_q = problem.greatest_q_current(x, a_q, _BISECTIONS)
        least_use = problem.limits_in_use(problem.torque_nm_per_m(x, a_q))
        moved, _ = zoom(least_use, x, step * _PUSH_SHRINK**k, *problem.bounds, _PEAK)
        found = problem.point(moved, problem.torque_nm_per_m(x, a_q))
        better = model.violations(speed_rad_per_s, found).max(axis=0) <= 0.0
        x = np.where(better[:, None], moved, x)
        a_q = np.where(better, np.abs(found.a_q), a_q)
    a_q = problem.greatest_q_current(x, a_q, _BISECTIONS)
    return model.point(problem.a_d(x), sign * a_q, x[:, 1])


def loss_minimal_points(model: LossModel, speed_rad_per_s: Array, torque_nm: Array, peak: Point) -> Point:
    """Points of least total loss for air-gap torques (k,) at speeds (k,).

    ``peak`` holds (k,) points known to be feasible for the greatest torque of the same sign at the same speed: close to that
    torque the feasible set shrinks to it, and no lattice would find it. Raises ValueError where no point within the limits
    gives the torque.
    """
    sign = np.where(torque_nm < 0.0, -1.0, 1.0)
    magnitude = np.abs(torque_nm) / model.unit.machine.stack_length_m
    problem = _TorqueProblem(model, speed_rad_per_s, sign)
    known = np.stack([peak.a_d + problem.flux_share * peak.a_e, peak.a_e], axis=-1)
    best, best_merit = problem.least_loss(magnitude, known, *problem.lattice(_COARSE_FLUX, _COARSE_EXCITATION))
    lost = np.flatnonzero(~is_feasible(best_merit))
    if len(lost):
        # Where no coarse point was feasible, the least violation may have led to the wrong end of the plane.
        rest = _TorqueProblem(model, speed_rad_per_s[lost], sign[lost])
        fine = rest.lattice(_FINE_FLUX, _FINE_EXCITATION)
        best[lost], best_merit[lost] = rest.least_loss(magnitude[lost], known[lost], *fine)
    if not np.all(is_feasible(best_merit)):
        k = int(np.argmax(best_merit))
        raise ValueError(
            f"unit {model.unit.name!r} at {model.dc_voltage_v:g} V: no currents within the limits give an air-gap torque of "
            f"{torque_nm[k]:.3f} Nm at {speed_rad_per_s[k]:.1f} rad/s"
        )
    return problem.point(best, magnitude)


class _TorqueProblem:
    """Operating points that give a torque, over two coordinates, for many speeds at once.

    The coordinates are the excitation and the d flux that the machine would have unsaturated, in ampere-turns: in deep field
    weakening, where the voltage leaves a thin tube of possible currents, the machine is unsaturated, and that tube lies along
    the excitation's axis. ``speed`` and ``sign`` (1 for motoring, -1 for generating torque) are (n,), as are torques; coordinates
    are (n, 2) or (n, k, 2), and what is found there (n,) or (n, k).
    """

    def __init__(self, model: LossModel, speed: Array, sign: Array) -> None:
        self.model, self.speed, self.sign = model, speed, sign
        self.lamination = model.unit.machine.lamination
        self.limit = model.current_limit_a
        self.low_e, self.high_e = self.lamination.excitation_mmf_range_a
        main = self.lamination.unsaturated_inductance_h_per_m
        self.flux_share = main / (main + self.lamination.leakage_inductance_h_per_m)
        self.bounds = (
            np.array([self.flux_share * self.low_e - self.limit, self.low_e]),
            np.array([self.flux_share * self.high_e + self.limit, self.high_e]),
        )

    def a_d(self, x: Array) -> Array:
        """The d current at coordinates (..., 2)."""
        a_d: Array = x[..., 0] - self.flux_share * x[..., 1]
        return a_d

    def point(self, x: Array, torque_nm_per_m: Array) -> Point:
        """Points at coordinates that give torque magnitudes (n,) per metre of stack."""
        a_d, a_e = self.a_d(x), x[..., 1]
        torque = _along(torque_nm_per_m, a_d)
        a_q = self.lamination.q_current_for_torque(torque, a_d, a_e, _Q_OVERSHOOT * self.limit)
        return self.model.point(a_d, _along(self.sign, a_d) * a_q, a_e)

    def torque_nm_per_m(self, x: Array, a_q: Array) -> Array:
        """Torque magnitudes per metre at coordinates (..., 2) and q current magnitudes (...)."""
        return self.lamination.torque_nm_per_m(self.a_d(x), a_q, x[..., 1])

    def lattice(self, flux: Array, excitation: Array) -> tuple[Array, Array]:
        """Coordinates (k, 2) from shares of their ranges, and how far apart the lattice's lines are at each."""
        reach = max(self.limit, self.high_e)
        axes = (reach * flux, self.low_e + (self.high_e - self.low_e) * excitation)
        return _lattice(*axes), _lattice(*(np.gradient(axis) for axis in axes))

    def start(self) -> tuple[Array, Array]:
        """Coarsely the coordinates of greatest torque, (n, 2), and how far apart the lattice is there."""
        coarse, steps = self.lattice(_COARSE_FLUX, _COARSE_EXCITATION)
        x = np.broadcast_to(coarse, (len(self.speed), *coarse.shape))
        a_q = self.greatest_q_current(x, np.zeros(x.shape[:-1]), _COARSE_BISECTIONS)
        point = self.model.point(self.a_d(x), _along(self.sign, a_q) * a_q, x[..., 1])
        violation = self.model.violations(self.speed[:, None], point).max(axis=0)
        pick = np.argmin(merit(-self.torque_nm_per_m(x, a_q), violation), axis=1)
        return coarse[pick], steps[pick]

    def greatest_q_current(self, x: Array, a_q: Array, bisections: int) -> Array:
        """Magnitudes of the q current up to the limits, at coordinates (n, ..., 2), from magnitudes ``a_q`` within them."""
        a_d, a_e = self.a_d(x), x[..., 1]
        speed, sign = _along(self.speed, a_d), _along(self.sign, a_d)
        low, high = a_q, np.sqrt(np.maximum(self.limit**2 - a_d**2, 0.0))
        trial = high
        for _ in range(bisections):
            kept = self.model.violations(speed, self.model.point(a_d, sign * trial, a_e)).max(axis=0) <= 0.0
            low, high = np.where(kept, trial, low), np.where(kept, high, trial)
            trial = 0.5 * (low + high)
        return low

    def limits_in_use(self, torque_nm_per_m: Array) -> Evaluate:
        """The limits as ones that nobody keeps: a search then makes the largest use of a true limit as small as it can."""

        def evaluate(x: Array) -> tuple[Array, Array]:
            point = self.point(x, torque_nm_per_m)
            return np.zeros(point.a_d.shape), self.model.violations(_along(self.speed, point.a_d), point) + 2.0

        return evaluate

    def total_loss(self, torque_nm_per_m: Array) -> Evaluate:
        """All loss that depends on the currents, and the limits."""

        def evaluate(x: Array) -> tuple[Array, Array]:
            point = self.point(x, torque_nm_per_m)
            speed = _along(self.speed, point.a_d)
            parts = self.model.losses_w(speed, point)
            return sum(parts.values(), np.zeros(())), self.model.violations(speed, point)

        return evaluate

    def least_loss(self, torque_nm_per_m: Array, known: Array, lattice: Array, steps: Array) -> tuple[Array, Array]:
        """Coordinates (n, 2) of least loss and their merit, from the best of a lattice (k, 2) and of known points (n, 2)."""
        evaluate = self.total_loss(torque_nm_per_m)
        rows = np.arange(len(known))
        candidates = np.concatenate([np.broadcast_to(lattice, (len(rows), *lattice.shape)), known[:, None, :]], axis=1)
        objective, constraints = evaluate(candidates)
        pick = np.argmin(merit(objective, constraints.max(axis=0)), axis=1)
        step = np.concatenate([steps, steps.max(axis=0)[None, :]])[pick]
        return zoom(evaluate, candidates[rows, pick], step, *self.bounds, _LOSS)


def _along(values: Array, like: Array) -> Array:
    """(n,) values with as many trailing axes as ``like`` has, to broadcast along its first."""
    return values.reshape(-1, *(1,) * (like.ndim - 1))


def _lattice(*axes: Array) -> Array:
    """(k, d) all combinations of the axes' values."""
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=-1)
