"""A motor of which nothing is known but its flux map: any synchronous machine, computed or measured, as the control asks for it.

The map itself counts as one metre of one stator turn, so that amperes and webers are those of its terminals and no geometry is made up.
What a map does not tell (winding resistance, current limits, greatest speed) is stated; what is stated neither here nor there is not lost:
the inverter is ideal, drag and the heat's way out are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm
from halfshaft.drive_unit.foster import Foster
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.machine import FieldWinding, Lamination, Machine, Magnets, copper_resistivity_ohm_m
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.drive_unit.motor_map import Motor
from halfshaft.drive_unit.power_device import OnState, PowerDevice, SwitchingEnergy

Array = NDArray[np.float64]

SIX_STEP = 2.0 * float(np.sqrt(3.0)) / np.pi  # fundamental of six-step operation over V_dc / sqrt(3)
_ZERO_CELSIUS_K = 273.15
_NO_FLUX = 0.02  # of the greatest d flux: a rotor that drives no more than this is one without magnets


@dataclass(frozen=True)
class Statements:
    """What is stated about a motor beside its map. Resistances are those at work; None takes the map's, warmed to the temperature.

    ``voltage_utilisation`` is the greatest peak phase voltage over V_dc / sqrt(3): 1 ends linear modulation, 1.103 is six-step operation.
    """

    current_limit_a: float
    max_speed_rad_per_s: float
    field_limit_a: float | None = None
    resistance_ohm: float | None = None
    field_resistance_ohm: float | None = None
    winding_temperature_c: float = 100.0
    voltage_utilisation: float = 1.0


@dataclass(frozen=True, eq=False)
class MappedMotor:
    """A motor made of a map, its field, and what was assumed because nobody stated it."""

    motor: Motor
    magnetics: MagneticTable
    notes: tuple[str, ...]


def mapped_motor(flux_map: FluxMap, stated: Statements) -> MappedMotor:
    """The motor of a map under what is stated. Raises ValueError for what is missing, impossible, or not a whole map."""
    _check(stated)
    notes: list[str] = []
    whole = _both_d(flux_map, notes)
    if not np.isfinite(whole.end_winding_inductance_h):
        notes.append("the end windings' inductance is unknown and taken as zero")
        whole = replace(whole, end_winding_inductance_h=0.0)
    if not whole.loss_terms:
        notes.append("the map holds no losses of iron and magnets: none are counted")
    if any(term.region == "cage" for term in whole.loss_terms):
        notes.append(
            "the cage loses what its bars do within the stack at 20 degC; rings, warmth and slip are not counted"
        )
    lamination = _lamination(flux_map, stated)
    field_turns = lamination.rotor.turns_per_pole if isinstance(lamination.rotor, FieldWinding) else 1.0
    one = replace(whole, series_turns=1.0, stack_length_m=1.0, field_turns_per_pole=field_turns)
    machine = Machine(flux_map.machine, lamination, stack_length_m=1.0, series_turns=1)
    return MappedMotor(
        Motor(machine, _ideal_inverter(stated), _unasked_cooling(stated)), magnetic_table(one), tuple(notes)
    )


def _check(stated: Statements) -> None:
    positive = {
        "current limit": stated.current_limit_a,
        "greatest speed": stated.max_speed_rad_per_s,
        "field current limit": stated.field_limit_a,
        "resistance": stated.resistance_ohm,
        "field resistance": stated.field_resistance_ohm,
        "voltage utilisation": stated.voltage_utilisation,
    }
    for what, value in positive.items():
        if value is not None and not (np.isfinite(value) and value > 0.0):
            raise ValueError(f"the {what} must be positive, not {value:g}")
    if stated.voltage_utilisation > SIX_STEP * (1.0 + 1e-9):
        raise ValueError(
            f"the voltage utilisation ends at {SIX_STEP:.4f} (six-step), not {stated.voltage_utilisation:g}"
        )


def _both_d(flux_map: FluxMap, notes: list[str]) -> FluxMap:
    """A map of a rotor without magnets that begins at i_d = 0, continued to negative i_d: there it is the same machine turned by a pole."""
    m = flux_map
    alone = m.i_d_a[0] == 0.0 and len(m.i_f_a) == 1
    if not alone or np.abs(m.psi_d_wb[0]).max() > _NO_FLUX * np.abs(m.psi_d_wb).max():
        return m
    notes.append("the map begins at i_d = 0 and its rotor drives no flux: continued to negative i_d by symmetry")

    def both(values: Array, sign: float) -> Array:
        upper = values.copy()
        if sign < 0.0:
            upper[0] = 0.0
        return np.concatenate([sign * upper[:0:-1], upper])

    def term(t: LossTerm) -> LossTerm:
        return replace(t, value=both(t.value, 1.0))

    return replace(
        m,
        i_d_a=np.concatenate([-m.i_d_a[:0:-1], m.i_d_a]),
        psi_d_wb=both(m.psi_d_wb, -1.0),
        psi_q_wb=both(m.psi_q_wb, 1.0),
        psi_f_wb=both(m.psi_f_wb, -1.0),
        torque_nm=both(m.torque_nm, -1.0),
        inductance_h=None,
        loss_terms=tuple(term(t) for t in m.loss_terms),
        torque_ripple_nm=None,
        peak_tooth_t=None,
        peak_yoke_t=None,
    )


def _lamination(m: FluxMap, stated: Statements) -> Lamination:
    """Copper areas that give the resistances of one metre of one turn; every other dimension is one that no loss asks for."""
    temperature_k = stated.winding_temperature_c + _ZERO_CELSIUS_K
    warm = copper_resistivity_ohm_m(temperature_k) / copper_resistivity_ohm_m(20.0 + _ZERO_CELSIUS_K)
    resistance = _resistance(stated.resistance_ohm, m.stator_resistance_ohm_20c * warm, "--resistance-ohm", "winding")
    rotor: FieldWinding | Magnets = Magnets(0.0)
    if len(m.i_f_a) > 1:
        known = float(m.i_f_a[-1])
        limit = known if stated.field_limit_a is None else stated.field_limit_a
        if limit > known * (1.0 + 1e-9):
            raise ValueError(f"the field current may reach {limit:g} A, but the map ends at {known:g} A")
        field = _resistance(
            stated.field_resistance_ohm, m.field_resistance_ohm_20c * warm, "--field-resistance-ohm", "field winding"
        )
        # Turns for which both limits are as many ampere-turns: the search steps equally far in both.
        turns = stated.current_limit_a / limit
        area_m2 = 4.0 * m.pole_pairs * turns**2 * copper_resistivity_ohm_m(temperature_k) / field
        rotor = FieldWinding(turns, min(limit, known), area_m2, 0.0, 0.0, 1.0, 0.0, 0.0)
    elif stated.field_limit_a is not None:
        raise ValueError("the map has no field current to limit")
    return Lamination(
        name=m.machine,
        pole_pairs=m.pole_pairs,
        slots=6,
        outer_diameter_m=1.0,
        bore_diameter_m=1.0,
        rotor=rotor,
        slot_copper_area_m2=12.0 * copper_resistivity_ohm_m(temperature_k) / resistance,
        slot_copper_height_m=1e-9,  # no skin effect: of the bars' eddies only those stand in the map that it holds itself
        conductor_width_share=1.0,
        end_turn_length_m=0.0,
        bearing_torque_nm=0.0,
        windage_w_per_m_rad3_s3=0.0,
        steel_kg_per_m=0.0,
        shaft_kg_per_m=0.0,
        housing_diameter_m=1.0,
        housing_kg_per_m=0.0,
        housing_ends_kg=0.0,
        end_space_length_m=0.0,
        max_speed_rad_per_s=stated.max_speed_rad_per_s,
    )


def _resistance(stated: float | None, of_map: float, option: str, what: str) -> float:
    found = of_map if stated is None else stated
    if not np.isfinite(found):
        raise ValueError(f"the map does not tell the resistance of the {what}; state it ({option})")
    return found


def _ideal_inverter(stated: Statements) -> Inverter:
    """An inverter that loses nothing; its carrier period and shortest pulse are those that leave the stated share of the voltage."""
    nothing, no_energy = OnState(0.0, 0.0), SwitchingEnergy(0.0, 0.0, 1.0, 0.0)
    foster = Foster((1.0,), (1.0,))
    device = PowerDevice(
        kind="igbt", chips=1, reference_voltage_v=1.0, reference_current_a=1.0, reference_temperature_k=298.15,
        highest_junction_temperature_k=448.15, transistor=nothing, diode=nothing, turn_on=no_energy, turn_off=no_energy,
        recovery=no_energy, transistor_foster=foster, diode_foster=foster,
    )  # fmt: skip
    linear = min(stated.voltage_utilisation, 1.0)
    beyond = max(stated.voltage_utilisation - 1.0, 0.0) / (SIX_STEP - 1.0)
    return Inverter(
        name="ideal", switch=device, voltage_class_v=1.0, sets=1, chip_pieces=6, switching_frequency_hz=1.0, dead_time_s=0.0,
        shortest_pulse_s=0.5 * (1.0 - linear), standby_w=0.0, mass_kg=0.0, length_m=0.0,
        overmodulation_share=min(beyond, 1.0), stated_current_limit_a=stated.current_limit_a,
    )  # fmt: skip


def _unasked_cooling(stated: Statements) -> Cooling:
    """The windings' temperature; everything else is there because a motor has it, and asked by nobody."""
    return Cooling(
        coolant_temperature_k=1.0, jacket_w_per_m2k=1.0, oil_spray_w_per_m2k=0.0, rotor_channel_w_per_m2k=0.0, contact_gap_m=1.0,
        slot_insulation_m=1.0, coil_insulation_m=1.0, insulation_w_per_mk=1.0, still_air_w_per_m2k=1.0, stirred_air_w_s_per_m3k=0.0,
        winding_temperature_k=stated.winding_temperature_c + _ZERO_CELSIUS_K, start_temperature_k=1.0, winding_limit_k=1e4,
        rotor_winding_limit_k=1e4, magnet_limit_k=1e4,
    )  # fmt: skip
