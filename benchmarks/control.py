"""The loss-minimal control against femagtools on one flux map, against a dense global search, and against its own limits.

Run: ``.venv/bin/python benchmarks/control.py [--femagtools PYTHON] [--eesm MAP.nc] [--ipm MAP.nc]``. PYTHON is an interpreter that has
femagtools (a virtual environment of its own: it is no part of this project); without it that part is left out with a message. Maps are
computed when none are given, which takes some minutes; `halfshaft machine map` writes them.

Same for both: the flux map, the winding resistances, the phase voltage and the greatest field current; no friction. Once with an ideal
inverter, once with a motor of the reference kit, whose loss has parts that femagtools' objective does not know.
femagtools is asked for the air gap's torque (``with_tmech=False``) on its own mesh of 60 speeds and 40 torques. It has no iron loss in its
objective, so none is given to it. What its currents lose is counted by our loss model, against our currents for the very torque that its
currents give there; points at which they exceed a limit by more than 0.1 % are told apart. The leakage of the end windings is its ``ls``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

import halfshaft
from halfshaft.drive_unit.control import evaluate_motor, operating_points
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.netcdf import load
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import magnetic_table
from halfshaft.drive_unit.mapped_motor import MappedMotor, Statements, mapped_motor
from halfshaft.programme import load_programme

Array = NDArray[np.float64]

RPM = np.pi / 30.0
GEN5 = Path(__file__).resolve().parents[1] / "examples" / "gen5"
KIT_MOTOR = "eesm_170x16/igbt_600/"  # any motor of the map's lamination
VOLTAGES_V = (220.0, 350.0, 450.0)
POINTS = 300  # random operating points at each voltage
LATTICE = {True: (301, 151), False: (20001, 1)}  # i_d x field current, with and without a field winding
ZOOMS, ZOOMED = 2, (81, 81)
MONOTONE_V = np.arange(200.0, 501.0, 25.0)
TIMED = 5  # runs, of which the median counts
SHARE_OFF = 1e-3  # of a limit, beyond which a point counts as one that breaks it

WORKER = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import numpy as np, femagtools
from femagtools.machine.sm import SynchronousMachinePsidq
from femagtools.machine.effloss import efficiency_losses_map
given = json.load(open(sys.argv[1]))
machine = SynchronousMachinePsidq(given["eec"], tcu1=20, tcu2=20, zeta1=0, zeta2=0)
answer = {"version": femagtools.__version__}
try:
    machine.uqd(100.0, 1.0, -1.0, 1.0)
    answer["out of the box"] = "runs"
except AttributeError as error:
    answer["out of the box"] = f"{error}; set by hand"
machine.ls = given["ls"]
machine._losses = {k: (lambda x: 0.0) for k in machine.plexp}
asked, field = machine.iqd_torque_umax, []
def remembered(*args, **kwargs):
    currents = asked(*args, **kwargs)
    field.append(float(currents[2]))
    return currents
machine.iqd_torque_umax = remembered  # the map that is given back leaves the field current out
began = time.perf_counter()
found = efficiency_losses_map(machine, given["u_rms"], given["torque"], 20, given["n_max"], npoints=(60, 40), with_tmech=False,
                              driving_only=True, with_torque_corr=True)
answer["seconds"] = time.perf_counter() - began
answer["iex"] = field[-len(found["n"]):]
for key in ("n", "T", "iq", "id"):
    answer[key] = np.asarray(found[key], float).ravel().tolist()
json.dump(answer, open(sys.argv[2], "w"))
"""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--femagtools", help="Python interpreter that has femagtools")
    parser.add_argument("--eesm", type=Path, help="flux map of an externally excited machine")
    parser.add_argument("--ipm", type=Path, help="flux map of a permanent-magnet machine")
    parser.add_argument("--points", type=int, default=POINTS, help="random points at each voltage")
    options = parser.parse_args()
    eesm_map = flux_map("gen5_class_eesm", options.eesm)
    eesm = motor_of(eesm_map, 16000.0)
    ipm = motor_of(flux_map("ipace_class_ipm", options.ipm), 13000.0)
    rows: list[tuple[str, str, str]] = []
    kit = of_the_kit(eesm_map)
    rows += timing(eesm, kit, ipm)
    rows += beside_femagtools("femagtools 60 x 40, ideal inverter", eesm, options.femagtools)
    rows += beside_femagtools("femagtools 60 x 40, motor of the kit", kit, options.femagtools)
    rows += dense(kit, ipm, options.points)
    rows += limits(kit, ipm)
    print(
        f"halfshaft {halfshaft.__version__}, numpy {np.__version__}, numba {numba.__version__}, Python {platform.python_version()}"
    )
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.machine()}")
    width = max(len(what) for what, _, _ in rows)
    for what, figure, note in rows:
        print(f"{what:{width}}  {figure:>24}  {note}")


def flux_map(machine: str, file: Path | None) -> FluxMap:
    """The map of a file, or computed."""
    if file is not None:
        return load(file)
    print(f"computing the flux map of {machine} ...", file=sys.stderr)
    found = halfshaft.machine(machine, order=1).flux_map(grid="12x12x8" if "eesm" in machine else "12x12")
    return found


def motor_of(m: FluxMap, max_speed_rpm: float) -> MappedMotor:
    """The motor of a map, driven as far as the map reaches."""
    reach = float(min(-m.i_d_a[0], m.i_q_a[-1])) * (1.0 - 1e-9)
    return mapped_motor(m, Statements(current_limit_a=reach, max_speed_rad_per_s=max_speed_rpm * RPM))


def timing(*motors: MappedMotor) -> list[tuple[str, str, str]]:
    """Median seconds of whole maps."""
    rows = []
    for mapped in motors:
        for fractions in (41, 81):
            seconds = []
            for _ in range(TIMED + 1):
                began = time.perf_counter()
                evaluate_motor(mapped.motor, mapped.magnetics, 350.0, speeds=60, fractions=fractions, rated=False)
                seconds.append(time.perf_counter() - began)
            both = f"{fractions // 2} motoring, {fractions // 2} generating torques"
            rows.append(
                (
                    f"{name_of(mapped)}: map of 60 speeds",
                    f"{np.median(seconds[1:]):.2f} s",
                    f"{both}; best {min(seconds[1:]):.2f} s",
                )
            )
    return rows


def of_the_kit(m: FluxMap) -> MappedMotor:
    """The motor of a unit of the reference kit with a map: eddies in bars, building factor, brushes, exciter and inverter lose too."""
    unit = next(u for u in load_programme(GEN5).kit.units if u.name.startswith(KIT_MOTOR))
    return MappedMotor(unit.motor, magnetic_table(m), ())


def beside_femagtools(label: str, mapped: MappedMotor, python: str | None) -> list[tuple[str, str, str]]:
    """Time and excess of loss of femagtools' 60 x 40 map, motoring at 350 V."""
    if python is None:
        return [(label, "left out", "give --femagtools PYTHON with femagtools==1.9.5")]
    model = LossModel(mapped.motor, mapped.magnetics, 350.0)
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder) / "given.json", Path(folder) / "told.json"
        given.write_text(json.dumps(for_femagtools(mapped, model)), encoding="utf-8")
        done = subprocess.run(
            [python, "-c", WORKER, str(given), str(told)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return [(label, "failed", done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no message")]
        theirs = json.loads(told.read_text(encoding="utf-8"))
    turns, field_turns = mapped.motor.machine.series_turns, _field_turns(mapped)
    speed = 2.0 * np.pi * np.array(theirs["n"])
    point = model.point(
        turns * np.array(theirs["id"]), turns * np.array(theirs["iq"]), field_turns * np.array(theirs["iex"])
    )
    torque = model.air_gap_torque_nm(point)
    loss = total_loss_w(model, speed, point)
    voltage, current, _ = model.violations(speed, point)
    ours = least_losses_w(mapped, model, speed, torque)
    known = np.isfinite(ours) & (torque > 0.0)
    good = known & (np.maximum(voltage, current) <= SHARE_OFF)
    excess = loss[good] / ours[good] - 1.0
    missed = np.abs(torque / np.array(theirs["T"]) - 1.0)
    broken = f"voltage {np.sum(voltage > SHARE_OFF)}, by more than 1 % {np.sum(voltage > 0.01)}; current {np.sum(current > SHARE_OFF)}"
    tail = f"90th percentile {100 * np.percentile(excess, 90):.1f} %, worst {100 * excess.max():.1f} %"
    return [
        (label, f"{theirs['seconds']:.1f} s", f"femagtools {theirs['version']}, {len(speed)} points"),
        ("  out of the box", "" if theirs["out of the box"] == "runs" else "crashes", theirs["out of the box"]),
        ("  torque off by our spline", f"{100 * np.median(missed):.2f} %", f"worst {100 * missed.max():.1f} %"),
        ("  points that break a limit", f"{np.sum(known & ~good)}", f"by more than 0.1 %: {broken}"),
        ("  points beyond our torque limit", f"{np.sum(~known)}", "left out below, as are those that break a limit"),
        ("  excess of total loss over ours", f"median {100 * np.median(excess):.2f} %", tail),
        (
            "  share of points above 5 %",
            f"{100 * np.mean(excess > 0.05):.1f} %",
            f"of {len(excess)}; least {100 * excess.min():.3f} %",
        ),
    ]


def for_femagtools(mapped: MappedMotor, model: LossModel) -> dict[str, Any]:
    """The machine in femagtools' terms: flux linkages over i_q and i_d (peak) for each field current."""
    machine, limit = mapped.motor.machine, mapped.motor.inverter.current_limit_a
    turns, length_m = machine.series_turns, machine.stack_length_m
    rotor = machine.lamination.rotor
    assert isinstance(rotor, FieldWinding)
    i_q, i_d = np.linspace(-limit, limit, 25), np.linspace(-limit, 0.0, 13)
    sheets = []
    for i_f in np.linspace(0.0, rotor.current_limit_a, 8):
        point = model.point(turns * i_d, turns * i_q[:, None], np.array(rotor.turns_per_pole * i_f))
        torque = model.air_gap_torque_nm(point)
        sheets.append(
            {"ex_current": float(i_f), "iq": i_q.tolist(), "id": i_d.tolist(), "psid": (turns * length_m * point.flux_d).tolist(),
             "psiq": (turns * length_m * point.flux_q).tolist(), "torque": torque.tolist(), "losses": {}}
        )  # fmt: skip
    kelvin = mapped.motor.cooling.winding_temperature_k
    return {
        "eec": {
            "m": 3, "p": machine.lamination.pole_pairs, "r1": machine.stator_resistance_ohm(kelvin),
            "r2": rotor.resistance_ohm(2 * machine.lamination.pole_pairs, length_m, kelvin), "rotor_mass": 0, "kfric_b": 0, "psidq": sheets,
        },
        "ls": mapped.magnetics.end_winding_inductance_h * turns**2,
        "u_rms": mapped.motor.inverter.phase_voltage_limit_v(model.dc_voltage_v) / np.sqrt(2.0),
        "torque": 0.9 * operating_points(model, mapped.magnetics, 0.0, np.array([1.0]))[0],
        "n_max": machine.lamination.max_speed_rad_per_s / (2.0 * np.pi),
    }  # fmt: skip


def dense(excited: MappedMotor, ipm: MappedMotor, points: int) -> list[tuple[str, str, str]]:
    """Excess of our loss over a lattice search: at random nodes of the map, and at random points that are asked for one at a time."""
    rows = []
    random = np.random.default_rng(1)
    for mapped in (excited, ipm):
        for volts in VOLTAGES_V:
            model = LossModel(mapped.motor, mapped.magnetics, volts)
            found = evaluate_motor(mapped.motor, mapped.magnetics, volts, rated=False)
            torque, loss = found.torque_nm(), found.total_loss_w() - found.loss_w["mechanical"]
            nodes = np.argwhere((torque != 0.0) & (found.speed_rad_per_s[:, None] > 0.0))
            of_map = [
                (float(found.speed_rad_per_s[i]), float(torque[i, j]), float(loss[i, j]))
                for i, j in nodes[random.choice(len(nodes), points, replace=False)]
            ]
            alone = []
            for _ in range(points):
                speed, share = (
                    float(random.uniform(0.01, 1.0) * found.speed_rad_per_s[-1]),
                    float(random.uniform(0.02, 1.0)),
                )
                sign = 1.0 if random.uniform() < 0.5 else -1.0
                peak, x = operating_points(model, mapped.magnetics, speed, np.array([share, 1.0]), sign)
                lost = float(total_loss_w(model, np.array(speed), model.point(*x[0])))
                alone.append((speed, sign * share * peak, lost))
            name = f"{name_of(mapped)}, {volts:g} V"
            rows.append(_excess(f"{name}: nodes of the map above a dense search", mapped, model, of_map))
            rows.append(_excess(f"{name}: points asked alone, above it", mapped, model, alone))
    return rows


def _excess(
    what: str, mapped: MappedMotor, model: LossModel, points: list[tuple[float, float, float]]
) -> tuple[str, str, str]:
    """Our losses at (speed, torque) against the lattice's, where it finds any: at the greatest torque our own point is the only one."""
    bests = [lattice_loss_w(mapped, model, speed, torque) for speed, torque, _ in points]
    off = np.array(
        [100.0 * (p[2] / best - 1.0) if np.isfinite(best) else np.nan for p, best in zip(points, bests, strict=True)]
    )
    speed, torque, _ = points[int(np.nanargmax(off))]
    compared = int(np.sum(np.isfinite(off)))
    note = f"at {speed / RPM:.0f} rpm, {torque:.1f} Nm; median {np.nanmedian(off):.4f} %, least {np.nanmin(off):.3f} %, {compared} points"
    return what, f"worst {np.nanmax(off):.3f} %", note


def lattice_loss_w(mapped: MappedMotor, model: LossModel, speed: float, torque: float) -> float:
    """Least loss on a lattice of i_d and field current, and on finer ones about its best point; infinite where none is allowed."""
    rotor = mapped.motor.machine.lamination.rotor
    excited = isinstance(rotor, FieldWinding)
    known = mapped.magnetics.current_range
    low = np.array([max(known.a_d[0], -model.current_limit_a), 0.0])
    high = np.array([min(known.a_d[1], model.current_limit_a), mapped.motor.machine.lamination.greatest_field_a])
    least, box = np.inf, (low, high)
    for zoom in range(ZOOMS + 1):
        counts = LATTICE[excited] if zoom == 0 else (ZOOMED if excited else (2001, 1))
        a_d = np.linspace(box[0][0], box[1][0], counts[0])
        a_f = np.linspace(box[0][1], box[1][1], counts[1])
        d, f = np.meshgrid(a_d, a_f, indexing="ij")
        point = model.point_for_torque(np.array(torque), d, f)
        allowed = model.violations(np.array(speed), point).max(axis=0) <= 1e-7
        loss = np.where(allowed, total_loss_w(model, np.array(speed), point), np.inf)
        k = np.unravel_index(int(np.argmin(loss)), loss.shape)
        if not np.isfinite(loss[k]):
            break
        least = min(least, float(loss[k]))
        reach = 2.0 * (box[1] - box[0]) / np.maximum(np.array(counts) - 1, 1)
        at = np.array([d[k], f[k]])
        box = (np.maximum(at - reach, low), np.minimum(at + reach, high))
    return least


def limits(*motors: MappedMotor) -> list[tuple[str, str, str]]:
    """Largest violation of a limit, and the torque limit over voltage."""
    rows = []
    for mapped in motors:
        worst, falls, last = -np.inf, 0.0, None
        points = 0
        for volts in MONOTONE_V:
            found = evaluate_motor(mapped.motor, mapped.magnetics, float(volts), speeds=31, fractions=41, rated=False)
            model = LossModel(mapped.motor, mapped.magnetics, float(volts))
            turns = mapped.motor.machine.series_turns
            point = model.point(turns * found.i_d_a, turns * found.i_q_a, _field_turns(mapped) * found.field_current_a)
            worst = max(worst, float(model.violations(found.speed_rad_per_s[:, None], point).max()))
            points += found.i_d_a.size
            if last is not None and len(last) == len(found.speed_rad_per_s):
                both = np.stack([found.peak_torque_nm, found.peak_generating_torque_nm], axis=1)
                falls = max(falls, float(np.max(1.0 - both / last)))
            last = np.stack([found.peak_torque_nm, found.peak_generating_torque_nm], axis=1)
        span = f"{MONOTONE_V[0]:g} to {MONOTONE_V[-1]:g} V"
        rows.append(
            (
                f"{name_of(mapped)}: largest excess of a limit",
                f"{max(worst, 0.0):.1e}",
                f"share of it, {points} points, {span}",
            )
        )
        rows.append(
            (
                f"{name_of(mapped)}: torque limit falls with voltage",
                f"{max(falls, 0.0):.1e}",
                f"share of it at most, {span}",
            )
        )
    return rows


def least_losses_w(mapped: MappedMotor, model: LossModel, speed: Array, torque: Array) -> Array:
    """Our least loss at points (n,), motoring; NaN beyond the torque limit."""
    found = np.full(len(speed), np.nan)
    for one in np.unique(speed):
        here = np.flatnonzero(speed == one)
        peak, _ = operating_points(model, mapped.magnetics, float(one), np.array([1.0]))
        share = torque[here] / peak if peak > 0.0 else np.full(len(here), np.inf)
        order = np.argsort(share)
        inside = order[(share[order] <= 1.0) & (share[order] > 0.0)]
        _, x = operating_points(model, mapped.magnetics, float(one), np.append(share[inside], 1.0))
        point = model.point(*x[:-1].T)
        found[here[inside]] = total_loss_w(model, np.full(len(inside), one), point)
    return found


def total_loss_w(model: LossModel, speed: Array, point: Any) -> Array:
    """All losses that depend on the currents."""
    return sum(model.losses_w(speed, point).values(), np.zeros(()))


def name_of(mapped: MappedMotor) -> str:
    """The machine."""
    return mapped.motor.machine.name


def _field_turns(mapped: MappedMotor) -> float:
    rotor = mapped.motor.machine.lamination.rotor
    return rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0


if __name__ == "__main__":
    main()
