"""Peak and continuous power of two machines of which both are published, from one set of thermal assumptions for all machines.

The machines: Renault Zoe and BMW i3, whose outlines are public and whose windings are not. Turns, paths and current are chosen so that peak
torque and power are the published ones (stated as assumed); then the continuous power and the time-limited ones follow from the network and
`examples/gen5/kit/cooling.yaml`, and are what is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from check import Chapter, Check

from halfshaft.drive_unit import FieldWinding, Inverter, Lamination, Machine, Magnets
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.drawn import drawn_lamination
from halfshaft.drive_unit.field.winding_loss import series_turns
from halfshaft.drive_unit.flux_map.sweep import compute_flux_map
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.drive_unit.motor_map import Motor, MotorMap
from halfshaft.programme import load_programme
from halfshaft.programme.machines import read_machine

ROOT = Path(__file__).resolve().parents[2]
RPM = np.pi / 30.0
DRAG = {"bearing_torque_nm": 0.2, "windage_w_per_m_rad3_s3": 1e-7}
BODY = {"shaft_kg_per_m": 25.0, "housing_kg_per_m": 28.0, "housing_ends_kg": 6.0, "end_space_length_m": 0.12}


def lamination(
    design: MachineDesign, name: str, max_rpm: float, rotor: FieldWinding | Magnets, height_m: float
) -> Lamination:
    """What the drawing tells, and assumptions for the rest."""
    told = drawn_lamination(design)
    return Lamination(
        name=name, pole_pairs=told.pole_pairs, slots=told.slots, outer_diameter_m=told.outer_diameter_m,
        bore_diameter_m=told.bore_diameter_m, rotor=rotor, slot_copper_area_m2=told.slot_copper_area_m2,
        slot_copper_height_m=height_m, conductor_width_share=0.8, end_turn_length_m=told.end_turn_length_m,
        steel_kg_per_m=told.steel_kg_per_m, housing_diameter_m=told.outer_diameter_m + 0.03, max_speed_rad_per_s=max_rpm * RPM,
        iron_building_factor=1.5, heat_paths=told.heat_paths, **DRAG, **BODY,
    )  # fmt: skip


def ideal(current_a: float) -> Inverter:
    """The kit's inverter with no limit of its own below the machine's published current."""
    kit = load_programme(ROOT / "examples" / "gen5").kit
    unit = next(u for u in kit.units if u.inverter.name == "igbt_600")
    names = set(unit.inverter.__dataclass_fields__)
    limit = "stated_current_limit_a" if "stated_current_limit_a" in names else "current_limit_a"
    return replace(unit.inverter, **{limit: current_a})


def rated(
    machine: Machine, table: MagneticTable, most_a: float, torque_nm: float, peak_kw: float
) -> tuple[MotorMap, float, float]:
    """The motor's map under the kit's cooling, at the current and the DC voltage that give its published peaks."""
    cooling = load_programme(ROOT / "examples" / "gen5").kit.kit.cooling

    def found(current_a: float, dc_voltage_v: float, speeds: int = 25, fractions: int = 3) -> MotorMap:
        return evaluate_motor(
            Motor(machine, ideal(current_a), cooling), table, dc_voltage_v, speeds=speeds, fractions=fractions
        )

    current_a = _bisect(lambda a: float(found(a, 500.0, 3).peak_torque_nm[0]), torque_nm, 0.1 * most_a, most_a)
    voltage_v = _bisect(lambda v: power_kw(*_peak(found(current_a, v))), peak_kw, 100.0, 900.0)
    return found(current_a, voltage_v, 41, 61), current_a, voltage_v


def _peak(found: MotorMap) -> tuple[np.ndarray, np.ndarray]:
    return found.speed_rad_per_s, found.peak_torque_nm


def _bisect(rising: Callable[[float], float], goal: float, low: float, high: float) -> float:
    for _ in range(14):
        middle = 0.5 * (low + high)
        try:
            short = rising(middle) < goal
        except ValueError:  # too little voltage to turn
            short = True
        low, high = (middle, high) if short else (low, middle)
    return 0.5 * (low + high)


def power_kw(speed: np.ndarray, torque: np.ndarray) -> float:
    """Greatest power along a limit."""
    return float(np.max(speed * torque)) / 1e3


def checks(
    subject: str,
    rating: tuple[MotorMap, float, float],
    peak: tuple[float, str],
    continuous: float,
    source: str,
    caution: str,
) -> list[Check]:
    """Peak or 30 s power, and continuous power."""
    found, current_a, voltage_v = rating
    speed = found.speed_rad_per_s
    caution += f"; {current_a / np.sqrt(2.0):.0f} A rms and {voltage_v:.0f} V DC give the published peaks"
    rows = [
        (f"power {peak[1]}".strip(), power_kw(speed, found.duration_torque_nm[1]), peak[0]),
        ("continuous power", power_kw(speed, found.duration_torque_nm[-1]), continuous),
    ]
    return [
        Check(subject, quantity, ours, theirs, "kW", "published", source, caution) for quantity, ours, theirs in rows
    ]


def zoe() -> list[Check]:
    """Renault Zoe: the built-in drawing."""
    design = read_machine("zoe")
    told = drawn_lamination(design)
    assert told.field is not None
    rotor = FieldWinding(
        told.field.turns_per_pole,
        32.0,
        told.field.coil_side_copper_area_m2,
        told.field.end_turn_length_m,
        2.0,
        0.93,
        2.5,
        0.05,
    )
    current = 230.0 * np.sqrt(2.0)
    turns = design_turns(design)
    flux = compute_flux_map(
        design, i_d_a=np.linspace(-1.01, 0.5, 9) * current, i_q_a=np.linspace(0.0, 1.01, 9) * current,
        i_f_a=np.linspace(0.0, 32.1, 6), positions=4, order=1,
    )  # fmt: skip
    machine = Machine(
        "zoe",
        lamination(design, "zoe", 12000.0, rotor, 0.0195),
        design.stack_length_m,
        turns,
        parallel_paths=24 // np.gcd(24, turns),
    )
    found = rated(machine, magnetic_table(flux), current, 220.0, 65.0)
    return checks(
        "Renault Zoe, 65 kW", found, (65.0, "for 30 s"), 43.0, "automotive-eetimes 2013; Renault",
        "how long the 65 kW may be held is not published; outlines of the pyleecan drawing with its turns, field limit 32 A",
    )  # fmt: skip


def design_turns(design: MachineDesign) -> int:
    """Series turns of a drawing."""
    return round(series_turns(design))


def i3(data: Path) -> list[Check]:
    """BMW i3: outlines from a drawing; magnets and steel losses as the Prius has them."""
    design = read_design(data / "machines" / "BMW_i3.json")
    prius = read_machine("prius_2004")
    losses = next(iter(prius.steels.values()))
    steels = {
        name: replace(losses, name=name, b_t=steel.b_t, h_a_per_m=steel.h_a_per_m)
        for name, steel in design.steels.items()
    }
    design = replace(design, steels=steels)
    if design.winding is not None:
        design = replace(design, winding=replace(design.winding, end_turn_length_m=0.12))
    current = 400.0 * np.sqrt(2.0)
    flux = compute_flux_map(
        design, i_d_a=np.linspace(-1.01, 0.2, 9) * current, i_q_a=np.linspace(0.0, 1.01, 9) * current, i_f_a=np.zeros(1),
        positions=4, order=1, magnet_temperature_c=80.0,
    )  # fmt: skip
    table = magnetic_table(flux)
    told = drawn_lamination(design)
    turns = 18
    machine = Machine(
        "i3",
        lamination(design, "i3", 11400.0, Magnets(told.magnet_kg_per_m), 0.02),
        design.stack_length_m,
        turns,
        parallel_paths=4,
    )
    found = rated(machine, table, current, 250.0, 125.0)
    return checks(
        "BMW i3, 125 kW", found, (125.0, "for 30 s"), 75.0, "BMW I01 manual",
        "outlines of the pyleecan drawing; 18 turns (4 parallel paths) instead of the file's, whose torque is twice the real one; magnets and "
        "iron losses of the Prius",
    )  # fmt: skip


def chapter(data: Path) -> Chapter:
    """Both machines."""
    return Chapter(
        "Heat: peak against continuous power",
        "One set of films, contacts and limits for both (`examples/gen5/kit/cooling.yaml`), no constant per machine. Peak figures are set by "
        "the assumed winding and voltage; the check is the continuous power.",
        (*zoe(), *i3(data)),
    )
