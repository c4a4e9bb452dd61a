"""Rotor stress against closed forms, of drawn machines over the mesh, and the kit's masses against published ones.

Run: ``.venv/bin/python benchmarks/rotor_stress.py``. Four tables: a turning disc and a thin ring against Timoshenko (Strength of Materials
II); the built-in machines with their weakest neck and speed limit on three meshes; what a stated strength, a fixed bore and a share of
the coils held otherwise change; and mass and envelope of the reference kit's units, module by module, beside what is published.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "drive_unit" / "rotor_stress"))
from drawn_rings import DENSITY, ring_machine

from halfshaft.drive_unit import DriveUnit
from halfshaft.drive_unit.published import FIGURES
from halfshaft.drive_unit.rotor_stress import SheetStrength, Sleeve, StressOptions, rotor_stress
from halfshaft.programme import load_programme, read_machine

RPM = np.pi / 30.0
E, NU = 200e9, 0.3
MACHINES = {"gen5_class_eesm": 17000.0, "ipace_class_ipm": 13000.0, "prius_2004": 6000.0, "zoe": 11300.0}
GEN5 = Path(__file__).resolve().parents[1] / "examples" / "gen5"
UNITS = {  # published unit and the kit's unit that stands for it
    "i4 eDrive40 rear": "eesm_170x16/igbt_600/gear_111",
    "i4 M50 front": "eesm_130x16/igbt_460/gear_88",
    "iX M60 rear": "eesm_170x12_dual/igbt_2x600/gear_88",
    "Jaguar I-PACE unit": "ipm_165x18/igbt_360/coaxial_904",
}


def closed_forms() -> None:
    print("closed form                              ours MPa s2   exact MPa s2   difference")
    options = StressOptions(strengths={"steel": SheetStrength(400e6, E, NU)})
    a, b = 0.03, 0.08
    disc = rotor_stress(ring_machine(a, b), options)
    exact = DENSITY * (3 + NU) / 4 * (b**2 + (1 - NU) / (3 + NU) * a**2)
    print(_line("disc with bore, hoop stress at the bore", disc.peak_pa_s2, exact))
    edge = b / E * DENSITY * ((3 + NU) / 4 * a**2 + (1 - NU) / 4 * b**2)
    print(_line("the same, growth of its edge", disc.growth_m_s2, edge))
    ring = rotor_stress(ring_machine(0.0792, 0.08), options)
    print(_line("thin ring, mean hoop stress", ring.weakest.membrane_pa_s2, DENSITY * 0.0796**2))


def _line(what: str, ours: float, exact: float) -> str:
    return f"{what:40s} {ours:12.5g}   {exact:12.5g}   {100 * (ours / exact - 1):+.3f} %"


def machines() -> None:
    print(
        "\nmachine          refined  elements  time s limit rpm  weakest neck: mean, nominal, corner stress, MPa, at 1.2 times a speed"
    )
    for name, rpm in MACHINES.items():
        design, load = read_machine(name), 1e-6 * (1.2 * rpm * RPM) ** 2
        for refinement in (2.0, 4.0, 8.0):
            began = time.perf_counter()
            found = rotor_stress(design, StressOptions(refinement=refinement))
            took = time.perf_counter() - began
            neck = found.weakest
            print(
                f"{name:16s} {refinement:8g} {len(found.sheet.elements):9d} {took:8.2f} {found.speed_limit_rad_per_s() / RPM:10.0f}  "
                f"{neck.name}, {neck.place}: {load * neck.membrane_pa_s2:.0f} / {load * neck.nominal_pa_s2:.0f} / "
                f"{load * neck.peak_pa_s2:.0f} at {rpm:.0f} rpm; growth {1e6 * found.radial_growth_m(1.2 * rpm * RPM):.0f} um"
            )


def variants() -> None:
    print("\nmachine           as usual  yield 500 MPa  bore fixed  half the coil on a sleeve   (limit, rpm)")
    for name in MACHINES:
        design = read_machine(name)
        strong = dict.fromkeys(design.steels, SheetStrength(500e6))
        options = [StressOptions(), StressOptions(strengths=strong), StressOptions(bore="fixed")]
        if design.field_coil is not None:
            options.append(StressOptions(coil_share=0.5, sleeve=Sleeve(0.5e-3, 0.25e-3)))
        limits = [rotor_stress(design, o).speed_limit_rad_per_s() / RPM for o in options]
        print(f"{name:16s} " + "  ".join(f"{limit:10.0f}" for limit in limits))


def masses() -> None:
    print(
        "\nkg: published unit, the kit's unit for it              lamination  machine  inverter  gear   sum   published"
    )
    units = {unit.name: unit for unit in load_programme(GEN5).kit.units}
    for subject, name in UNITS.items():
        unit = units.get(name)
        if unit is None:
            print(f"{subject}: {name} is not in the kit")
            continue
        by_kind = dict.fromkeys(("lamination", "machine", "inverter", "gear"), 0.0)
        for row in unit.bill_by_module:
            by_kind[row.kind] += row.mass_kg
        print(
            f"{subject:20s} {name:34s} {by_kind['lamination']:10.1f} {by_kind['machine']:8.1f} {by_kind['inverter']:9.1f} "
            f"{by_kind['gear']:5.1f} {unit.mass_kg:8.1f}   {_published(subject, unit)}; "
            f"{1e3 * unit.length_m:.0f} mm long, {1e3 * unit.diameter_m:.0f} mm across"
        )


def _published(subject: str, unit: DriveUnit) -> str:
    figures = {f.quantity: f.value for f in FIGURES if f.subject == subject}
    if "power per unit mass" in figures:
        mass = figures["power"] / figures["power per unit mass"]
        return f"{mass:.0f} kg ({100 * (unit.mass_kg / mass - 1):+.0f} %)"
    mass = figures["machine mass"]
    return f"machine {mass:.0f} kg ({100 * (unit.machine.mass_kg / mass - 1):+.0f} %)"


if __name__ == "__main__":
    closed_forms()
    machines()
    variants()
    masses()
