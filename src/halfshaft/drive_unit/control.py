"""Loss-minimal control: the currents that give a torque at a speed and lose least in total, within every limit.

One formulation for both kinds of rotor: the q current is eliminated by the torque, and what is left, the d current and the
excitation, is searched; with magnets the excitation has no room and the search is a line. Maximum torque per ampere, field
weakening and maximum torque per volt are names for parts of the result, none is a case in the code.

Currents are ampere-turns: series turns times peak current, and field turns of a pole times field current, per unit of which the field is
known; see ``magnetic_table``. The range for which it is known is a limit like those of voltage and current.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import MagneticModel, loss_of_sums
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
_LOSS = Schedule(rounds=6, restarts=1, lattice=15)
_RANGE_STEEPNESS = 50.0  # the range's end is no scarce good to be used sparingly: it must not be felt from afar
_FLUX_SAMPLES = 201
_ROUND_OFF = 1e-9  # of the limits, by which a map made for them may fall short
_Q_OVERSHOOT = 1.5  # of the current limit, up to which a q current is followed: beyond, the limit is plainly broken


@dataclass(frozen=True)
class Point:
    """Electromagnetic operating points, arrays of one shape.

    Ampere-turns in d, q and of the field winding, the flux linkages in Wb per metre and turn that they drive, and the sums (exponents, ...)
    of the loss per metre.
    """

    a_d: Array
    a_q: Array
    a_f: Array
    flux_d: Array
    flux_q: Array
    loss_sums: Array

    def reshape(self, *shape: int) -> Point:
        """The same points in another shape."""
        a_d, a_q, a_f, flux_d, flux_q = (
            array.reshape(shape) for array in (self.a_d, self.a_q, self.a_f, self.flux_d, self.flux_q)
        )
        return Point(a_d, a_q, a_f, flux_d, flux_q, self.loss_sums.reshape(-1, *shape))


@dataclass(frozen=True)
class LossModel:
    """What a unit whose machine has the field ``magnetics`` loses at one DC voltage.

    Built once per unit; every method takes speeds and points of broadcastable shapes. Raises ValueError where the field is not that of
    the machine, or not known for all currents that inverter and field winding allow.
    """

    unit: DriveUnit
    magnetics: MagneticModel
    dc_voltage_v: float

    def __post_init__(self) -> None:
        machine, known = self.unit.machine, self.magnetics.current_range
        if self.magnetics.pole_pairs != machine.lamination.pole_pairs:
            raise ValueError(
                f"unit {self.unit.name!r}: the field has {self.magnetics.pole_pairs} pole pairs, "
                f"lamination {machine.lamination.name!r} has {machine.lamination.pole_pairs}"
            )
        limit, field = self.current_limit_a, machine.lamination.greatest_field_a
        for axis, needed, reached in (
            ("q", limit, known.a_q),
            ("negative d", limit, -known.a_d[0]),
            ("field", field, known.a_f[1]),
        ):
            if reached < needed * (1.0 - _ROUND_OFF):
                raise ValueError(
                    f"unit {self.unit.name!r} may drive {needed:.6g} A of {axis} ampere-turns, but its field is known up to "
                    f"{reached:.6g} A; compute the flux map over a wider range"
                )

    def point(self, a_d: Array, a_q: Array, a_f: Array) -> Point:
        """Points from ampere-turns of broadcastable shapes."""
        a_d, a_q, a_f = np.broadcast_arrays(a_d, a_q, a_f)
        return Point(a_d, a_q, a_f, *self.magnetics.clamped(a_d, a_q, a_f))

    def point_for_torque(self, air_gap_torque_nm: Array, a_d: Array, a_f: Array) -> Point:
        """Points that give torques of either sign; beyond the current limit where no a_q gives it."""
        torque, a_d, a_f = np.broadcast_arrays(air_gap_torque_nm, a_d, a_f)
        per_m = np.abs(torque) / self.unit.machine.stack_length_m
        a_q, flux_d, flux_q, sums = self.magnetics.clamped_for_torque(
            per_m, a_d, a_f, _Q_OVERSHOOT * self.current_limit_a
        )
        sign = np.where(torque < 0.0, -1.0, 1.0)
        return Point(a_d, sign * a_q, a_f, flux_d, sign * flux_q, sums)

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
        """(W/A, W/A^2) of a pole's field ampere-turns: brushes and field copper, both through the exciter."""
        lamination, rotor = self.unit.machine.lamination, self.unit.machine.lamination.rotor
        if not isinstance(rotor, FieldWinding):
            return 0.0, 0.0
        resistance_ohm = rotor.resistance_ohm(
            2 * lamination.pole_pairs, self.unit.machine.stack_length_m, self.unit.cooling.winding_temperature_k
        )
        return (
            rotor.brush_drop_v / (rotor.exciter_efficiency * rotor.turns_per_pole),
            resistance_ohm / (rotor.exciter_efficiency * rotor.turns_per_pole**2),
        )

    def iron_loss_w(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Loss in iron and magnets."""
        machine = self.unit.machine
        frequency_hz = machine.lamination.pole_pairs * np.abs(speed_rad_per_s) / (2.0 * np.pi)
        return machine.stack_length_m * loss_of_sums(self.magnetics.loss_exponents, point.loss_sums, frequency_hz)

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
            "excitation": brush * point.a_f + copper * point.a_f**2,
            "iron": self.iron_loss_w(speed_rad_per_s, point),
            "inverter": constant + linear * np.sqrt(square_a2) + square * square_a2,
        }

    def phase_voltage_v(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Peak phase voltage of points: |R i + j omega psi|, with the direct-current resistance and the end windings' leakage.

        What alternating current adds to the resistance is heat of eddies inside the conductors, not a drop along them.
        """
        machine = self.unit.machine
        omega = machine.lamination.pole_pairs * speed_rad_per_s
        end = self.magnetics.end_winding_inductance_h / machine.stack_length_m
        v_d = self.drop_ohm_per_m * point.a_d - omega * (point.flux_q + end * point.a_q)
        v_q = self.drop_ohm_per_m * point.a_q + omega * (point.flux_d + end * point.a_d)
        voltage: Array = np.sqrt(v_d * v_d + v_q * v_q) * (machine.series_turns * machine.stack_length_m)
        return voltage

    def violations(self, speed_rad_per_s: Array, point: Point) -> Array:
        """(3, ...) share by which voltage, current and the field's range of d currents are exceeded; negative where they are kept."""
        voltage = self.phase_voltage_v(speed_rad_per_s, point)
        current_a = np.sqrt(point.a_d**2 + point.a_q**2)
        voltage_limit_v = self.unit.inverter.phase_voltage_limit_v(self.dc_voltage_v)
        low, high = self.magnetics.current_range.a_d
        beyond = _RANGE_STEEPNESS * np.maximum(point.a_d - high, low - point.a_d) / self.current_limit_a
        return np.stack(
            np.broadcast_arrays(voltage / voltage_limit_v - 1.0, current_a / self.current_limit_a - 1.0, beyond)
        )


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
        torque_nm = problem.torque_nm(x, a_q)
        moved, _ = zoom(problem.limits_in_use(torque_nm), x, step * _PUSH_SHRINK**k, *problem.bounds, _PEAK)
        found = problem.point(moved, torque_nm)
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
    problem = _TorqueProblem(model, speed_rad_per_s, sign)
    known = problem.coordinates(peak)
    best, best_merit = problem.least_loss(torque_nm, known, *problem.lattice(_COARSE_FLUX, _COARSE_EXCITATION))
    lost = np.flatnonzero(~is_feasible(best_merit))
    if len(lost):
        # Where no coarse point was feasible, the least violation may have led to the wrong end of the plane.
        rest = _TorqueProblem(model, speed_rad_per_s[lost], sign[lost])
        fine = rest.lattice(_FINE_FLUX, _FINE_EXCITATION)
        best[lost], best_merit[lost] = rest.least_loss(torque_nm[lost], known[lost], *fine)
    if not np.all(is_feasible(best_merit)):
        k = int(np.argmax(best_merit))
        raise ValueError(
            f"unit {model.unit.name!r} at {model.dc_voltage_v:g} V: no currents within the limits give an air-gap torque of "
            f"{torque_nm[k]:.3f} Nm at {speed_rad_per_s[k]:.1f} rad/s"
        )
    return problem.point(best, torque_nm)


class _TorqueProblem:
    """Operating points that give a torque, over two coordinates, for many speeds at once.

    The coordinates are the field ampere-turns and the distance of the d current from that which leaves no d flux: in deep field weakening
    the voltage leaves a thin tube of possible currents around no flux, and that tube then lies along the field's axis. ``speed`` and
    ``sign`` (1 for motoring, -1 for generating torque) are (n,), as are torques, which have that sign; coordinates are (n, 2) or
    (n, k, 2), and what is found there (n,) or (n, k).
    """

    def __init__(self, model: LossModel, speed: Array, sign: Array) -> None:
        self.model, self.speed, self.sign = model, speed, sign
        self.limit = model.current_limit_a
        self.high_f = model.unit.machine.lamination.greatest_field_a
        self.offset_a, self.slope = _currents_without_d_flux(model.magnetics, self.high_f)
        low_d, high_d = model.magnetics.current_range.a_d
        self.bounds = (
            np.array([max(low_d, -self.limit) - self.offset_a, 0.0]),
            np.array([min(high_d, self.limit) - self.offset_a - self.slope * self.high_f, self.high_f]),
        )

    def a_d(self, x: Array) -> Array:
        """The d current at coordinates (..., 2)."""
        a_d: Array = x[..., 0] + self.offset_a + self.slope * x[..., 1]
        return a_d

    def coordinates(self, point: Point) -> Array:
        """Coordinates (..., 2) of points."""
        return np.stack([point.a_d - self.offset_a - self.slope * point.a_f, point.a_f], axis=-1)

    def point(self, x: Array, torque_nm: Array) -> Point:
        """Points at coordinates that give torques (n,)."""
        a_d = self.a_d(x)
        return self.model.point_for_torque(_along(torque_nm, a_d), a_d, x[..., 1])

    def torque_nm(self, x: Array, a_q: Array) -> Array:
        """Torques at coordinates (..., 2) and q current magnitudes (...)."""
        a_d = self.a_d(x)
        return self.model.air_gap_torque_nm(self.model.point(a_d, _along(self.sign, a_d) * a_q, x[..., 1]))

    def lattice(self, flux: Array, excitation: Array) -> tuple[Array, Array]:
        """Coordinates (k, 2) from shares of their ranges, and how far apart the lattice's lines are at each."""
        reach = max(self.limit, -self.offset_a, -self.slope * self.high_f)
        axes = (reach * flux, self.high_f * excitation)
        return _lattice(*axes), _lattice(*(np.gradient(axis) for axis in axes))

    def start(self) -> tuple[Array, Array]:
        """Coarsely the coordinates of greatest torque, (n, 2), and how far apart the lattice is there."""
        coarse, steps = self.lattice(_COARSE_FLUX, _COARSE_EXCITATION)
        x = np.broadcast_to(coarse, (len(self.speed), *coarse.shape))
        a_q = self.greatest_q_current(x, np.zeros(x.shape[:-1]), _COARSE_BISECTIONS)
        point = self.model.point(self.a_d(x), _along(self.sign, a_q) * a_q, x[..., 1])
        violation = self.model.violations(self.speed[:, None], point).max(axis=0)
        torque_nm = np.abs(self.model.air_gap_torque_nm(point))
        pick = np.argmin(merit(-torque_nm, violation), axis=1)
        return coarse[pick], steps[pick]

    def greatest_q_current(self, x: Array, a_q: Array, bisections: int) -> Array:
        """Magnitudes of the q current up to the limits or the greatest torque, at coordinates (n, ..., 2), from ``a_q`` within them."""
        a_d, a_f = self.a_d(x), x[..., 1]
        speed, sign = _along(self.speed, a_d), _along(self.sign, a_d)
        top = np.sqrt(np.maximum(self.limit**2 - a_d**2, 0.0))
        low, high = a_q, np.maximum(a_q, self.model.magnetics.q_current_of_greatest_torque(a_d, a_f, top))
        trial = high
        for _ in range(bisections):
            kept = self.model.violations(speed, self.model.point(a_d, sign * trial, a_f)).max(axis=0) <= 0.0
            low, high = np.where(kept, trial, low), np.where(kept, high, trial)
            trial = 0.5 * (low + high)
        return low

    def limits_in_use(self, torque_nm: Array) -> Evaluate:
        """The limits as ones that nobody keeps: a search then makes the largest use of a true limit as small as it can."""

        def evaluate(x: Array) -> tuple[Array, Array]:
            point = self.point(x, torque_nm)
            return np.zeros(point.a_d.shape), self.model.violations(_along(self.speed, point.a_d), point) + 2.0

        return evaluate

    def total_loss(self, torque_nm: Array) -> Evaluate:
        """All loss that depends on the currents, and the limits."""

        def evaluate(x: Array) -> tuple[Array, Array]:
            point = self.point(x, torque_nm)
            speed = _along(self.speed, point.a_d)
            parts = self.model.losses_w(speed, point)
            return sum(parts.values(), np.zeros(())), self.model.violations(speed, point)

        return evaluate

    def least_loss(self, torque_nm: Array, known: Array, lattice: Array, steps: Array) -> tuple[Array, Array]:
        """Coordinates (n, 2) of least loss and their merit, from the best of a lattice (k, 2) and of known points (n, 2)."""
        evaluate = self.total_loss(torque_nm)
        rows = np.arange(len(known))
        candidates = np.concatenate([np.broadcast_to(lattice, (len(rows), *lattice.shape)), known[:, None, :]], axis=1)
        objective, constraints = evaluate(candidates)
        pick = np.argmin(merit(objective, constraints.max(axis=0)), axis=1)
        step = np.concatenate([steps, steps.max(axis=0)[None, :]])[pick]
        return zoom(evaluate, candidates[rows, pick], step, *self.bounds, _LOSS)


def _currents_without_d_flux(magnetics: MagneticModel, high_f: float) -> tuple[float, float]:
    """(a_d at no field current, change with the field ampere-turns) of the line along which there is no d flux and no q current.

    Where the range ends before the flux does, the line is drawn on from the range's end.
    """
    a_d = np.linspace(*magnetics.current_range.a_d, _FLUX_SAMPLES)
    low, high = (magnetics.clamped(a_d, np.zeros(1), np.full(1, a_f))[0] for a_f in (0.0, high_f))

    def root(flux: Array) -> float:
        if flux[0] < 0.0:
            return float(np.interp(0.0, flux, a_d))
        step = len(a_d) // 20
        return float(a_d[0] - flux[0] * (a_d[step] - a_d[0]) / (flux[step] - flux[0]))

    offset_a = root(low)
    return offset_a, (root(high) - offset_a) / high_f if high_f > 0.0 else 0.0


def _along(values: Array, like: Array) -> Array:
    """(n,) values with as many trailing axes as ``like`` has, to broadcast along its first."""
    return values.reshape(-1, *(1,) * (like.ndim - 1))


def _lattice(*axes: Array) -> Array:
    """(k, d) all combinations of the axes' values."""
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=-1)
