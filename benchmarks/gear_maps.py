"""The gear's loss model against four loss maps of FVA WTplus, with one set of assumptions for all and nothing fitted.

Run: ``.venv/bin/python benchmarks/gear_maps.py``. Maps: TUMFTM Holistic-Electric-Powertrain-Component-Design, gearbox_lookups. The teeth
and modules of each map stand in the repository's Details_Gearboxes.txt, helices and shaft diameters in its conf_gearbox.json; bearings,
seals, jets and face widths of topology TP1 (two stages on a layshaft) in its WTplus input file. The maps are WTplus 2.4.2 with Schlenk's
friction, SKF's bearings, seals by the German method of ISO/TR 14179-2 and injected oil: our formulas are those or their kin, so this shows
that they are applied rightly, not that any of them is right about a real gear.

Assumptions: oil as the ID.3's (30.8 mm2/s at 40 degC; WTplus's "PG5" is not described), X_L 0.8, Ra 0.5 um, no profile shift, bearings 8 mm
beside the teeth as in TUM's own loss code. No input file is published of TP3 (planetary set, then a pair of wheels) and TP4 (two planetary
sets): their face widths are taken from TP1 too, planet pins are the configuration's 40 mm in two 16008 bearings each, and each shaft has
two seals, as TP1's file had before a revision took some out; all this is the same for both.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from halfshaft.drive_unit.gear_loss import GearTrain
from halfshaft.drive_unit.gear_parts import Bearing, Mesh, Oil, Seal, SprayedWheel
from halfshaft.drive_unit.gear_sizing import Shaft, ball_bearings, layshaft_bearings, layshaft_shafts, mesh_force

FACTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "machines" / "gearbox_loss_maps_TUM.json"
OIL = Oil(grade=30.8)
ROUGHNESS_UM = 0.5
TORQUE_LIMIT_NM = 239.0  # 200 kW at 8,000 rpm, to which all these gears were laid out (Details_Gearboxes.txt)
JET = (2.5e-3 / 60.0, 0.4)
LAYSHAFT = (math.radians(23.4), math.radians(18.4))
PLANETARY = {"TP3": (math.radians(23.0), math.radians(18.4)), "TP4": (math.radians(21.0), math.radians(16.0))}
TEETH = {11.53: ((23, 68, 1.67e-3), (20, 78, 2.111e-3)), 9.03: ((31, 81, 1.528e-3), (24, 83, 2.363e-3))}
WIDTHS_M = (0.069, 0.167)  # of TP1 at 11.53
INNER_M, OUTER_M, RATING_N = (
    (0.045, 0.065, 0.065),
    (0.075, 0.100, 0.100),
    (10.8e3, 19.6e3, 19.6e3),
)  # 16009, 16013, 16013
OIL_AIR, OIL_JET = 6e-8, 3e-8  # SKF's K_rs; TP1's file says oil-air, TP2's oil jets


def catalogued(bearings: tuple[Bearing, ...]) -> tuple[Bearing, ...]:
    """The bearings of TP1's file in place of those that our shafts would have."""
    rows = []
    for k, bearing in enumerate(bearings):
        load = bearing.radial_n_per_nm, bearing.axial_n_per_nm
        rows.append(Bearing("ball", INNER_M[k // 2], OUTER_M[k // 2], *load, RATING_N[k // 2], bearing.speed_share))
    return tuple(rows)


def layshaft(ratio: float) -> GearTrain:
    """TP1."""
    (z1, w1, m1), (z2, w2, m2) = TEETH[ratio]
    i1 = w1 / z1
    first = Mesh(z1, w1, m1, LAYSHAFT[0], WIDTHS_M[0], 1.0, 1.0)
    second = Mesh(z2, w2, m2, LAYSHAFT[1], WIDTHS_M[1], i1, 1.0 / i1)
    shafts = layshaft_shafts(first, second, INNER_M)
    bearings = catalogued(layshaft_bearings(first, second, shafts, math.pi))
    wheels = (
        SprayedWheel(first.wheel_diameter_m, 1.0 / i1, *JET),
        SprayedWheel(second.wheel_diameter_m, 1.0 / ratio, *JET),
    )
    seals = Seal(0.047, 1.0), Seal(0.062, 1.0 / ratio, 2)
    return GearTrain((first, second), bearings, wheels, seals, OIL, TORQUE_LIMIT_NM, ROUGHNESS_UM, OIL_AIR)


def planetary(
    teeth: tuple[float, float], module_m: float, helix: float, width_m: float, torque: float, speed: float
) -> tuple[tuple[Mesh, Mesh], Bearing]:
    """Meshes and planet bearings of a simple set with fixed ring and three planets; teeth of sun and, on a layshaft, of its wheel."""
    ratio = teeth[1] / teeth[0]
    planet = teeth[0] * (ratio / 2.0 - 1.0)
    turn = speed * (1.0 - 1.0 / ratio)
    share = torque / 3.0
    sun = Mesh(teeth[0], planet, module_m, helix, width_m, share, turn, 3)
    over = planet / teeth[0]
    ring = Mesh(planet, -(teeth[0] + 2.0 * planet), module_m, helix, width_m, share * over, turn / over, 3)
    # Half of what three planets on 40 mm shafts weigh in steel rests on each of their six bearings.
    kilogram = 7850.0 * math.pi / 4.0 * max(sun.wheel_diameter_m, 0.040) ** 2 * width_m
    thrown = 0.5 * kilogram * 0.5 * (sun.pinion_diameter_m + sun.wheel_diameter_m) * (speed / ratio) ** 2
    pins = Bearing("ball", 0.040, 0.068, sun.tangential_n_per_nm, 0.0, 10.2e3, turn / over, 6, thrown)
    return (sun, ring), pins


def train(name: str) -> GearTrain:
    """The gear of a map."""
    topology, ratio = name[:3], float(name[4:].replace("_", "."))
    if topology == "TP1":
        return layshaft(ratio)
    (z1, w1, m1), (z2, w2, m2) = TEETH[ratio]
    i1, helix = w1 / z1, PLANETARY[topology]
    sets, pins = planetary((z1, w1), m1, helix[0], WIDTHS_M[0], 1.0, 1.0)
    carrier = (Bearing("ball", INNER_M[1], OUTER_M[1], 0.0, 0.0, RATING_N[1], 1.0 / i1, 2),)
    seals = Seal(0.047, 1.0, 2), Seal(0.062, 1.0 / i1, 2), Seal(0.062, 1.0 / ratio, 2)
    wheels = (SprayedWheel((z1 + 2 * sets[0].wheel_teeth) * m1, 1.0 / i1, *JET),)
    if topology == "TP3":
        second = Mesh(z2, w2, m2, helix[1], WIDTHS_M[1], i1, 1.0 / i1)
        shafts = Shaft(0.0, WIDTHS_M[1] + 0.016, 1.0 / i1), Shaft(0.0, WIDTHS_M[1] + 0.016, 1.0 / ratio)
        place = 0.5 * shafts[0].span_m
        on = ball_bearings(shafts[0], [mesh_force(second, place, 1.0, driven=False, wheel=False)], [1.0])
        off = ball_bearings(shafts[1], [mesh_force(second, place, -1.0, driven=True, wheel=True)], [1.0])
        bearings = catalogued((*on, *on, *off))[2:]
        wheels = (*wheels, SprayedWheel(second.wheel_diameter_m, 1.0 / ratio, *JET))
        return GearTrain((*sets, second), (*bearings, pins), wheels, seals, OIL, TORQUE_LIMIT_NM, ROUGHNESS_UM, OIL_JET)
    more, more_pins = planetary((z2, w2), m2, helix[1], WIDTHS_M[1], i1, 1.0 / i1)
    wheels = (*wheels, SprayedWheel((z2 + 2 * more[0].wheel_teeth) * m2, 1.0 / ratio, *JET))
    return GearTrain(
        (*sets, *more), (*carrier, pins, more_pins), wheels, seals, OIL, TORQUE_LIMIT_NM, ROUGHNESS_UM, OIL_JET
    )


class Deviation(NamedTuple):
    """Model against map at one oil temperature; loss relative, efficiency in points, at motoring torques of a fifth and more.

    ``loaded_rms`` and ``loaded_worst`` judge the loss less that at the smallest torque, i.e. what load adds.
    """

    temperature_c: float
    loss_rms: float
    loss_worst: float
    loaded_rms: float
    loaded_worst: float
    efficiency_rms: float
    efficiency_worst: float
    efficiency_mean: float


def compare(name: str, data: dict) -> list[Deviation]:
    """Deviations at each temperature; the loss as a whole is judged over all points, motoring and generating."""
    torque = np.array(data["output_torque_Nm"])[:, None] / data["ratio"]
    speed = np.array(data["output_rpm"])[None, :] * data["ratio"] * np.pi / 30.0
    gear, rows = train(name), []
    for k, temperature_c in enumerate(data["temperature_C"]):
        reference = np.array(data["loss_W"])[:, :, k] / speed
        found = gear.speed_factors(speed, temperature_c + 273.15).loss_nm(np.abs(torque))
        relative = found / reference - 1.0
        loaded, idle = torque[:, 0] >= 0.2 * torque.max(), int(np.argmin(np.abs(torque[:, 0] - 1e-6)))
        t = torque[loaded]
        added = (found[loaded] - found[idle]) / (reference[loaded] - reference[idle]) - 1.0
        points = 100.0 * (t / (t + found[loaded]) - t / (t + reference[loaded]))
        rows.append(
            Deviation(
                temperature_c, *_rms_worst(relative), *_rms_worst(added), *_rms_worst(points), float(points.mean())
            )
        )
    return rows


def _rms_worst(values: np.ndarray) -> tuple[float, float]:
    return float(np.sqrt(np.mean(values**2))), float(np.abs(values).max())


def main() -> None:
    """Print the table."""
    maps = json.loads(FACTS.read_text(encoding="utf-8"))["maps"]
    print("                 |      loss     | added by load | efficiency in points")
    print("map         degC |   rms   worst |   rms   worst |   rms  worst   mean")
    for name, data in maps.items():
        for d in compare(name, data):
            print(
                f"{name:11} {d.temperature_c:4.0f} | {d.loss_rms:5.1%} {d.loss_worst:7.1%} | {d.loaded_rms:5.1%} {d.loaded_worst:7.1%} |"
                f" {d.efficiency_rms:5.2f} {d.efficiency_worst:6.2f} {d.efficiency_mean:+6.2f}"
            )


if __name__ == "__main__":
    main()
