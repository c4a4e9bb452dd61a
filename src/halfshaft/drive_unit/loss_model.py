"""What a motor loses and what limits it at one DC voltage, for any currents: the physics that the search for operating points obeys.

Currents are ampere-turns: series turns times peak current, and field turns of a pole times field current, per unit of which the field is
known; see ``magnetic_table``. The range for which it is known is a limit like those of voltage and current. ``search_model`` says the same
to the compiled search, one speed at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.loss_search import SearchModel
from halfshaft.drive_unit.machine import FieldWinding, SquirrelCage, copper_resistivity_ohm_m
from halfshaft.drive_unit.magnetic_table import MagneticModel, MagneticTable, loss_by_place
from halfshaft.drive_unit.motor_map import Motor

if TYPE_CHECKING:
    from halfshaft.drive_unit.inverter import InverterTerms

Array = NDArray[np.float64]

_ROUND_OFF = 1e-9  # of the limits, by which a map made for them may fall short
_Q_OVERSHOOT = 1.5  # of the current limit, up to which a q current is followed: beyond, the limit is plainly broken


@dataclass(frozen=True)
class Point:
    """Electromagnetic operating points, arrays of one shape.

    Ampere-turns in d, q and of the field winding, the flux linkages in Wb per metre and turn that they drive, and the sums (terms, ...) of
    the loss per metre.
    """

    a_d: Array
    a_q: Array
    a_f: Array
    flux_d: Array
    flux_q: Array
    loss_sums: Array


@dataclass(frozen=True)
class LossModel:
    """What a motor whose machine has the field ``magnetics`` loses at one DC voltage.

    Every method takes speeds and points of broadcastable shapes. Raises ValueError where the voltage is not positive, the field is not that
    of the machine, or not known for all currents that inverter and field winding allow.
    """

    motor: Motor
    magnetics: MagneticModel
    dc_voltage_v: float

    def __post_init__(self) -> None:
        machine, known, name = self.motor.machine, self.magnetics.current_range, self.motor.name
        if not self.dc_voltage_v > 0.0:
            raise ValueError(f"motor {name!r}: DC voltage must be positive, not {self.dc_voltage_v} V")
        if self.magnetics.pole_pairs != machine.lamination.pole_pairs:
            raise ValueError(
                f"motor {name!r}: the field has {self.magnetics.pole_pairs} pole pairs, "
                f"lamination {machine.lamination.name!r} has {machine.lamination.pole_pairs}"
            )
        limit, field = self.current_limit_a, machine.lamination.greatest_field_a
        # an induction machine at negative d current is the same machine turned by a pole
        against = 0.0 if isinstance(machine.lamination.rotor, SquirrelCage) else limit
        for axis, needed, reached in (
            ("q", limit, known.a_q),
            ("negative d", against, -known.a_d[0]),
            ("field", field, known.a_f[1]),
        ):
            if reached < needed * (1.0 - _ROUND_OFF):
                raise ValueError(
                    f"motor {name!r} may drive {needed:.6g} A of {axis} ampere-turns, but its field is known up to "
                    f"{reached:.6g} A; compute the flux map over a wider range"
                )

    def point(self, a_d: Array, a_q: Array, a_f: Array) -> Point:
        """Points from ampere-turns of broadcastable shapes."""
        a_d, a_q, a_f = np.broadcast_arrays(a_d, a_q, a_f)
        return Point(a_d, a_q, a_f, *self.magnetics.clamped(a_d, a_q, a_f))

    def point_for_torque(self, air_gap_torque_nm: Array, a_d: Array, a_f: Array) -> Point:
        """Points that give torques of either sign; beyond the current limit where no a_q gives it."""
        torque, a_d, a_f = np.broadcast_arrays(air_gap_torque_nm, a_d, a_f)
        per_m = np.abs(torque) / self.motor.machine.stack_length_m
        a_q, flux_d, flux_q, sums = self.magnetics.clamped_for_torque(
            per_m, a_d, a_f, _Q_OVERSHOOT * self.current_limit_a
        )
        sign = np.where(torque < 0.0, -1.0, 1.0)
        return Point(a_d, sign * a_q, a_f, flux_d, sign * flux_q, sums)

    def air_gap_torque_nm(self, point: Point) -> Array:
        """Air-gap torque of points: 3/2 p (psi_d i_q - psi_q i_d)."""
        machine = self.motor.machine
        lever = 1.5 * machine.lamination.pole_pairs * machine.stack_length_m
        torque: Array = lever * (point.flux_d * point.a_q - point.flux_q * point.a_d)
        return torque

    @property
    def current_limit_a(self) -> float:
        """Greatest stator ampere-turns."""
        return self.motor.inverter.current_limit_a * self.motor.machine.series_turns

    @cached_property
    def terms(self) -> InverterTerms:
        """The inverter's loss at this voltage."""
        return self.motor.inverter.terms(self.dc_voltage_v)

    @property
    def _winding_k(self) -> float:
        return self.motor.cooling.winding_temperature_k

    @property
    def drop_ohm_per_m(self) -> float:
        """Direct-current phase resistance per metre of stack and turn^2."""
        machine = self.motor.machine
        return machine.stator_resistance_ohm(self._winding_k) / (machine.series_turns**2 * machine.stack_length_m)

    def stator_resistance(self, speed_rad_per_s: Array) -> Array:
        """Alternating-current phase resistance per turn^2, in ohm."""
        machine = self.motor.machine
        frequency_hz = machine.lamination.pole_pairs * np.abs(speed_rad_per_s) / (2.0 * np.pi)
        factor = machine.alternating_current_factor(frequency_hz, self._winding_k)
        resistance: Array = factor * machine.stator_resistance_ohm(self._winding_k) / machine.series_turns**2
        return resistance

    def excitation_coefficients(self) -> tuple[float, float]:
        """(W/A, W/A^2) of a pole's field ampere-turns: brushes and field copper, both through the exciter."""
        lamination, rotor = self.motor.machine.lamination, self.motor.machine.lamination.rotor
        if not isinstance(rotor, FieldWinding):
            return 0.0, 0.0
        resistance_ohm = rotor.resistance_ohm(
            2 * lamination.pole_pairs, self.motor.machine.stack_length_m, self._winding_k
        )
        return (
            rotor.brush_drop_v / (rotor.exciter_efficiency * rotor.turns_per_pole),
            resistance_ohm / (rotor.exciter_efficiency * rotor.turns_per_pole**2),
        )

    @property
    def place_factors(self) -> dict[str, float]:
        """What the field's losses are multiplied by: the factors of iron, and for eddies in bars their cooler copper's conductance."""
        lamination = self.motor.machine.lamination
        factor = lamination.iron_building_factor * lamination.inverter_iron_factor
        warm = copper_resistivity_ohm_m(self.magnetics.winding_temperature_k) / copper_resistivity_ohm_m(
            self._winding_k
        )
        rotor, length_m = lamination.rotor, self.motor.machine.stack_length_m
        cage = rotor.loss_factor(length_m, self._winding_k) if isinstance(rotor, SquirrelCage) else 1.0
        return {"stator_copper": warm, "stator_iron": factor, "rotor_iron": factor, "magnets": 1.0, "cage": cage}

    @cached_property
    def slip_drop_ohm_per_m(self) -> float:
        """What slip adds to the voltage along q per metre, turn^2 and q ampere, as a resistance; zero without a cage.

        The stator's frequency exceeds the rotor's turning by the slip. Of the voltage that this induces, the part along the q current
        feeds the cage's loss, 3/2 v_q i_q = R i_c^2; the part across it is the slip's share of the leakage's voltage and left out.
        The cage's current is nearly in a fixed ratio to i_q, so one point tells the resistance.
        """
        if not isinstance(self.motor.machine.lamination.rotor, SquirrelCage):
            return 0.0
        known = self.magnetics.current_range
        a_q = 0.5 * min(known.a_q, self.current_limit_a)
        _, _, sums = self.magnetics.clamped(np.array(0.5 * a_q), np.array(a_q), np.zeros(()))
        steady = [k for k, (place, power) in enumerate(self.magnetics.loss_terms) if place == "cage" and power == 0.0]
        loss = float(sum(sums[k] for k in steady)) * self.place_factors["cage"]
        return loss / (1.5 * a_q**2)

    def inverter_loss_w(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Loss of the inverter, with the power at its terminals: what the air gap gives and the phases' direct-current resistance takes."""
        machine = self.motor.machine
        square_a2 = point.a_d**2 + point.a_q**2
        resistance_ohm = machine.stator_resistance_ohm(self._winding_k) / machine.series_turns**2
        power_w = self.air_gap_torque_nm(point) * speed_rad_per_s + 1.5 * resistance_ohm * square_a2
        return self.motor.inverter.loss_w(np.sqrt(square_a2) / machine.series_turns, power_w, self.dc_voltage_v)

    def mechanical_torque_nm(self, speed_rad_per_s: Array) -> Array:
        """Bearing and windage torque of the rotor."""
        machine = self.motor.machine
        return machine.lamination.mechanical_torque_nm(speed_rad_per_s, machine.stack_length_m)

    def coasting_loss_w(self, speed_rad_per_s: Array) -> Array:
        """(n,) loss that the rotor's own field drives while the inverter does not switch and no current flows.

        An excited machine has none. That diodes charge the battery where magnets induce more than its voltage is left out.
        """
        speed, nothing = np.abs(np.asarray(speed_rad_per_s, dtype=float)), np.zeros(1)
        switching = self.motor.machine.lamination.inverter_iron_factor
        sums = self.point(nothing, nothing, nothing).loss_sums
        frequency_hz = self.motor.machine.lamination.pole_pairs * speed / (2.0 * np.pi)
        quiet = {place: f / switching if place.endswith("_iron") else f for place, f in self.place_factors.items()}
        places = loss_by_place(self.magnetics.loss_terms, sums, frequency_hz, quiet)
        loss: Array = self.motor.machine.stack_length_m * sum(places.values(), np.zeros(len(speed)))
        return loss

    def field_loss_w(self, speed_rad_per_s: float, sums: Array) -> Array:
        """Loss that the field drives in iron, magnets and bars together, from sums (terms, ...) per metre at one speed."""
        machine = self.motor.machine
        frequency_hz = np.array(machine.lamination.pole_pairs * abs(speed_rad_per_s) / (2.0 * np.pi))
        places = loss_by_place(self.magnetics.loss_terms, sums, frequency_hz, self.place_factors)
        return machine.stack_length_m * sum(places.values(), np.zeros(()))

    def losses_w(self, speed_rad_per_s: Array, point: Point) -> dict[str, Array]:
        """All losses that depend on the currents: stator copper, excitation, iron of both sides, magnets, inverter.

        The excitation's is what makes the rotor conduct: field copper and its exciter, or the cage.

        Of copper: direct current, skin and proximity effect of the slot's own field, and the eddies of the machine's field.
        """
        machine = self.motor.machine
        brush, copper = self.excitation_coefficients()
        frequency_hz = machine.lamination.pole_pairs * np.abs(speed_rad_per_s) / (2.0 * np.pi)
        places = loss_by_place(self.magnetics.loss_terms, point.loss_sums, frequency_hz, self.place_factors)
        losses = {place: machine.stack_length_m * loss for place, loss in places.items()}
        along = 1.5 * self.stator_resistance(speed_rad_per_s) * (point.a_d**2 + point.a_q**2)
        cage = losses.pop("cage")
        return {
            **losses,
            "stator_copper": along + losses["stator_copper"],
            "excitation": brush * point.a_f + copper * point.a_f**2 + cage,
            "inverter": self.inverter_loss_w(speed_rad_per_s, point),
        }

    def phase_voltage_v(self, speed_rad_per_s: Array, point: Point) -> Array:
        """Peak phase voltage of points: |R i + j omega psi|, with the direct-current resistance and the end windings' leakage.

        What alternating current adds to the resistance is heat of eddies inside the conductors, not a drop along them.
        """
        machine = self.motor.machine
        omega = machine.lamination.pole_pairs * speed_rad_per_s
        end = self.magnetics.end_winding_inductance_h / machine.stack_length_m
        v_d = self.drop_ohm_per_m * point.a_d - omega * (point.flux_q + end * point.a_q)
        v_q = (self.drop_ohm_per_m + self.slip_drop_ohm_per_m) * point.a_q + omega * (point.flux_d + end * point.a_d)
        voltage: Array = np.sqrt(v_d * v_d + v_q * v_q) * (machine.series_turns * machine.stack_length_m)
        return voltage

    def violations(self, speed_rad_per_s: Array, point: Point) -> Array:
        """(3, ...) share by which voltage, current and the field's range of d currents are exceeded; negative where they are kept."""
        voltage = self.phase_voltage_v(speed_rad_per_s, point)
        current_a = np.sqrt(point.a_d**2 + point.a_q**2)
        voltage_limit_v = self.motor.inverter.phase_voltage_limit_v(self.dc_voltage_v)
        low, high = self.magnetics.current_range.a_d
        beyond = np.maximum(point.a_d - high, low - point.a_d) / self.current_limit_a
        return np.stack(
            np.broadcast_arrays(voltage / voltage_limit_v - 1.0, current_a / self.current_limit_a - 1.0, beyond)
        )

    def search_model(self, magnetics: MagneticTable, speed_rad_per_s: float) -> SearchModel:
        """This model at one speed, as the compiled search takes it."""
        machine, inverter, terms = self.motor.machine, self.motor.inverter, self.terms
        turns, length_m, pairs = machine.series_turns, machine.stack_length_m, machine.lamination.pole_pairs
        factors = {place: length_m * factor for place, factor in self.place_factors.items()}
        limit, known = self.current_limit_a, magnetics.current_range
        brush, field_copper = self.excitation_coefficients()
        return SearchModel(
            splines=magnetics.splines_at(pairs * speed_rad_per_s / (2.0 * np.pi), factors),
            low=np.array([max(known.a_d[0], -limit), 0.0, 0.0]),
            high=np.array([min(known.a_d[1], limit), min(known.a_q, limit), machine.lamination.greatest_field_a]),
            current_limit_a=limit,
            voltage_limit=inverter.phase_voltage_limit_v(self.dc_voltage_v) / (turns * length_m),
            omega=pairs * speed_rad_per_s,
            drop=self.drop_ohm_per_m,
            drop_q=self.drop_ohm_per_m + self.slip_drop_ohm_per_m,
            end_inductance=magnetics.end_winding_inductance_h / length_m,
            torque_lever=1.5 * pairs * length_m,
            copper=1.5 * float(self.stator_resistance(np.array(speed_rad_per_s))),
            brush=brush,
            field_copper=field_copper,
            mechanical_rad_per_s=speed_rad_per_s,
            ac_power_w_per_a2=1.5 * self.drop_ohm_per_m * length_m,
            inverter_standby_w=terms.standby_w,
            inverter_positions=float(terms.positions),
            inverter_value=terms.value,
            inverter_slope=terms.slope,
            ampere_per_ampere_turn=1.0 / (turns * inverter.sets),
            modulation_per_w=4.0 / (3.0 * inverter.sets * self.dc_voltage_v),
        )
