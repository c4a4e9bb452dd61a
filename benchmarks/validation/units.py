"""The reference kit's units against what makers and press say of the real ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from check import Chapter, Check, Kind

from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.published import FIGURES, PublishedFigure
from halfshaft.study.rooms import Rooms

ROOT = Path(__file__).resolve().parents[2]
RPM = 30.0 / np.pi
# The unit of the kit that stands for each published one.
STANDS_FOR = {
    "iX3 rear": "eesm_130x20/igbt_600/gear_111",
    "i4 eDrive40 rear": "eesm_170x16/igbt_600/gear_111",
    "i4 M50 front": "eesm_130x16/igbt_460/gear_111",
    "iX xDrive50 front": "eesm_170x16/igbt_460/gear_88",
    "iX xDrive50 rear": "eesm_150x16/igbt_600/gear_88",
    "iX M60 rear": "eesm_170x12_dual/igbt_2x600/gear_88",
    "i7 eDrive50 rear": "eesm_170x12_dual/igbt_2x600/gear_88",
    "MINI Countryman SE ALL4": "eesm_150x16/igbt_360/gear_96",
    "Jaguar I-PACE unit": "ipm_165x18/igbt_360/coaxial_904",
}
CAUTION = (
    "no geometry of this machine is public: the lamination is ours, its gap, pole body and field limit chosen so that one drawing reaches "
    "the published powers at 350 V; torques, masses and efficiencies then follow"
)
IPACE = "drawing from published geometry; winding chosen to reach the published torque, since none is public"


def value(figure: PublishedFigure, unit_map: UnitMap) -> float | None:
    """Our figure of the same quantity; None where the kit does not compute it."""
    unit = unit_map.unit
    known = {
        "power": lambda: unit_map.peak_power_w / 1e3,
        "torque": lambda: unit_map.greatest_torque_nm,
        "greatest unit efficiency": lambda: 100.0 * unit_map.peak_efficiency[0],
        "power per unit mass": lambda: unit_map.peak_power_w / 1e3 / unit.mass_kg,
        "greatest speed": lambda: unit_map.max_speed_rad_per_s * RPM,
        "gear ratio": lambda: unit.gear.ratio,
        "machine mass": lambda: unit.machine.mass_kg,
        "machine outer diameter": lambda: unit.machine.diameter_m * 1e3,
    }
    return float(known[figure.quantity]()) if figure.quantity in known else None


def chapter(data: Path) -> Chapter:
    """All units for which something is published."""
    checks = []
    kind: Kind = "published"
    with tempfile.TemporaryDirectory() as store:
        rooms = Rooms(ROOT / "examples" / "gen5", store, 2)
        maps = {name: rooms.unit_map(name) for name in dict.fromkeys(STANDS_FOR.values())}
    for figure in FIGURES:
        if figure.subject not in STANDS_FOR:
            continue
        unit_map = maps[STANDS_FOR[figure.subject]]
        found = value(figure, unit_map)
        if found is None:
            continue
        subject = f"{figure.subject}: {unit_map.unit.name}"
        caution = IPACE if figure.subject.startswith("Jaguar") else CAUTION
        share = figure.unit == "1" and figure.value <= 1.0
        checks.append(
            Check(
                subject, figure.quantity, found, 100.0 * figure.value if share else figure.value, "%" if share else figure.unit,
                kind, figure.source, caution, "points" if share else "reference",
            )
        )  # fmt: skip
    return Chapter(
        "Drive units of the reference kit",
        "Units of `examples/gen5` at the class voltage under load (350 V for the 400 V class), peak figures within current, voltage, field "
        "and gear limits.",
        tuple(checks),
    )
