"""Machines whose drawings are public: field, torque, inductance and loss against what others computed of the same drawing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from check import Chapter, Check

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import sweep_half_period
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.field.winding_loss import stator_resistance_ohm
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import prius_losses

RMS = float(np.sqrt(2.0))
PYLEECAN = "pyleecan with FEMM"
FEASIBILITY = "independent first-order finite elements on the same outlines"


def torque_nm(model: FieldModel, currents_a: np.ndarray, positions: int = 10) -> np.ndarray:
    """Mean torque (n,) over 60 electrical degrees from flux linkages at currents (n, 3)."""
    solved = solve_currents(model, currents_a, model.steps_over(np.pi / 3, positions), tolerance=1e-6)
    psi = solved.psi_dqf_wb.mean(axis=0)
    torque: np.ndarray = 1.5 * model.design.pole_pairs * (psi[:, 0] * currents_a[:, 1] - psi[:, 1] * currents_a[:, 0])
    return torque


def at_angle(amplitude_a: float, angle_deg: np.ndarray) -> np.ndarray:
    """Currents (n, 3) of one amplitude, angle from the d axis."""
    angle = np.deg2rad(angle_deg)
    return np.stack([amplitude_a * np.cos(angle), amplitude_a * np.sin(angle), 0.0 * angle], axis=-1)


def facts(data: Path, name: str) -> dict[str, Any]:
    """A machine's file."""
    found: dict[str, Any] = json.loads((data / "machines" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def expected(file: dict[str, Any], begins: str) -> dict[str, Any]:
    """The file's expected result whose description begins so."""
    return next(result for result in file["expected_results"] if result["what"].startswith(begins))


def prius(data: Path) -> list[Check]:
    """Toyota Prius 2004."""
    file, subject = facts(data, "Toyota_Prius"), "Toyota Prius 2004, interior magnets"
    design = read_design(data / "machines" / "Toyota_Prius.json")
    mesh = mesh_design(design, MeshOptions(divisions_per_pole=120))
    curve = expected(file, "torque vs current angle")
    angle = np.array(curve["angle_deg"], dtype=float)
    cold, warm = FieldModel(design, mesh, 2, 20.0, 1.0), FieldModel(design, mesh, 2, 60.0, 1.0)
    found = torque_nm(cold, at_angle(250.0, angle))
    peak = max(curve["torque_pyleecan_FEMM_Nm"])
    checks = [
        Check(
            subject, f"torque at 250 A, {deg:.0f} deg, magnets at 20 degC", float(value), reference, "Nm",
            "computed by others", f"{PYLEECAN}, Tutorials/08_tuto_MultiSim", of=peak,
        )
        for deg, value, reference in zip(angle, found, curve["torque_pyleecan_FEMM_Nm"], strict=True)
    ]  # fmt: skip
    best = int(np.argmax(curve["torque_Yang2013_Nm"]))
    checks.append(
        Check(
            subject, "torque at 250 A, 140 deg, magnets at 60 degC", float(torque_nm(warm, at_angle(250.0, angle[best : best + 1]))[0]),
            float(curve["torque_Yang2013_Nm"][best]), "Nm", "computed by others", "Yang, Krishnamurthy, Brown 2013",
            "the paper's curve is not symmetric (22 Nm where the mean must vanish): only its peak is used; magnets at 60 degC assumed",
        )
    )  # fmt: skip
    inductance = expected(file, "dq inductances")
    current = at_angle(250.0, np.array([140.0]))
    psi = solve_currents(cold, current, cold.steps_over(np.pi / 3, 10), tolerance=1e-6).psi_dqf_wb.mean(axis=0)[0]
    none = solve_currents(cold, 0.0 * current, cold.steps_over(np.pi / 3, 10), tolerance=1e-6).psi_dqf_wb.mean(axis=0)[
        0
    ]
    tutorial = f"{PYLEECAN}, Tutorials/05_tuto_Elec"
    checks += [
        Check(subject, "L_d at 176.8 A rms, 140 deg", float((psi[0] - none[0]) / current[0, 0]) * 1e3, inductance["Ld_H"] * 1e3, "mH", "computed by others", tutorial, "the tutorial's magnet flux may be another than ours at no load"),
        Check(subject, "L_q at 176.8 A rms, 140 deg", float(psi[1] / current[0, 1]) * 1e3, inductance["Lq_H"] * 1e3, "mH", "computed by others", tutorial),
        Check(subject, "phase resistance at 20 degC", float(stator_resistance_ohm(design, 20.0)) * 1e3, inductance["R1_ohm"] * 1e3, "mohm", "computed by others", tutorial, "the drawing does not hold the length of the end turns: ours is assumed"),
    ]  # fmt: skip
    model = prius_losses.prius(120, 1.0, 1)
    stator, rotor, torque = prius_losses.solved(model, 40)
    losses = prius_losses.as_reference(model, stator, rotor)
    test = f"{PYLEECAN}, Tests/Validation/Loss/test_FEMM_Loss_PMSM_Prius"
    notes = {
        "rotor core": "the reference's mesh is coarse behind the rotor's rim: on that mesh we find 14.80 W, on fine ones both solvers 13.5 to 13.8 W (benchmarks/prius_losses.py, prius_femm.py)",
        "stator core": "the reference's own fit of the loss table, 43 % off its table: with our fit the same field loses more",
    }
    for part, reference in prius_losses.REFERENCE_W.items():
        checks.append(
            Check(subject, f"{part} loss at 230 A rms, 140 deg, 1,200 rpm", losses[part], reference, "W", "computed by others", test, notes.get(part, ""))
        )  # fmt: skip
    checks.append(
        Check(subject, "torque at 230 A rms, 140 deg", torque, prius_losses.REFERENCE_TORQUE_NM, "Nm", "computed by others", test)
    )  # fmt: skip
    return checks


def zoe(data: Path) -> list[Check]:
    """Renault Zoe, externally excited."""
    file, subject = facts(data, "Renault_Zoe"), "Renault Zoe, externally excited"
    design = read_design(data / "machines" / "Renault_Zoe.json")
    model = FieldModel(design, mesh_design(design, MeshOptions(divisions_per_pole=180)), 2)
    femm, own = (
        expected(file, "FEMM magnetostatic"),
        expected(
            file,
            "independent 2D magnetostatic P1-FE check by an independent feasibility solver on exactly this file, Iq=70",
        ),
    )
    at = np.array([[0.0, 70.0 * RMS, 10.0]])
    solved = solve_currents(model, at, model.steps_over(np.pi / 3, 10), tolerance=1e-6)
    psi = solved.psi_dqf_wb.mean(axis=0)[0]
    mean = float(1.5 * design.pole_pairs * psi[0] * at[0, 1])
    cautions = file["cautions"][0]
    checks = [
        Check(subject, "mean torque at 70 A rms in q, 10 A field", mean, float(np.mean(own["torque_mean_flux_Nm"])), "Nm", "computed by others", FEASIBILITY, "a second independent solver found 53.0 Nm"),
        Check(subject, "d flux linkage there", float(psi[0]), own["psi_d_Vs_peak"], "Wb", "computed by others", FEASIBILITY),
        Check(subject, "q flux linkage there", float(psi[1]), own["psi_q_Vs_peak"], "Wb", "computed by others", FEASIBILITY),
        Check(subject, "field flux linkage there", float(psi[2]), own["psi_f_Vs"], "Wb", "computed by others", FEASIBILITY),
    ]  # fmt: skip
    model = FieldModel(design, model.mesh, 2, stacking_factor=1.0)
    sweep = sweep_half_period(model, at, positions=12)
    angle = model.d_axis_rad + np.array(sweep.solutions.steps) * model.step_electrical_rad - model.phase_axes_rad[0]
    k = int(np.argmin(np.abs(np.sin(angle))))
    test = f"{PYLEECAN}, Tests/Validation/Magnetics/test_EM_WRSM"
    for name, axis, key in (("radial", 0, "airgap_Br_max_T"), ("tangential", 1, "airgap_Bt_max_T")):
        largest = float(np.abs(sweep.gap_t[k, 0, :, axis]).max())
        checks.append(
            Check(
                subject,
                f"largest {name} gap field, d axis on phase A",
                largest,
                femm[key],
                "T",
                "computed by others",
                test,
            )
        )
    checks.append(
        Check(subject, "torque in that position", float(sweep.solutions.torque_nm[k, 0]), femm["torque_Nm"], "Nm", "computed by others", test, cautions)
    )  # fmt: skip
    table = next(r for r in file["expected_results"] if "best of current angles" in r["what"])
    angles = np.array([90.0, 105.0, 120.0])
    for i, field_a in enumerate(table["If_A"]):
        for j, rms_a in enumerate(table["I_Arms"]):
            currents = at_angle(rms_a * RMS, angles)
            currents[:, 2] = field_a
            best = float(torque_nm(model, currents, 4).max())
            checks.append(
                Check(subject, f"torque at {rms_a:.0f} A rms, {field_a:.0f} A field, best of 90, 105, 120 deg", best, table["torque_Nm"][i][j], "Nm", "computed by others", FEASIBILITY)
            )  # fmt: skip
    return checks


def outlines(data: Path) -> list[Check]:
    """Machines of which the outlines are known and the windings are not."""
    checks = []
    for name, subject, begins in (
        ("BMW_i3", "BMW i3, drawing with the file's winding", "independent"),
        ("Jaguar_I_Pace", "Jaguar I-PACE, drawing with the file's winding", "independent"),
        ("Jaguar_I_Pace_no_skew", "Jaguar I-PACE, second drawing", "independent"),
    ):
        file = facts(data, name)
        design = read_design(data / "machines" / f"{name}.json")
        model = FieldModel(design, mesh_design(design, MeshOptions(divisions_per_pole=120)), 2, 60.0)
        result = expected(file, begins)
        angles = np.broadcast_to(result.get("angle_deg", 130.0), len(result["I_Arms"]))
        currents = np.concatenate(
            [at_angle(rms * RMS, np.array([deg])) for rms, deg in zip(result["I_Arms"], angles, strict=True)]
        )
        for rms, value, reference in zip(
            result["I_Arms"], torque_nm(model, currents), result["torque_Nm"], strict=True
        ):
            checks.append(
                Check(subject, f"torque at {rms:.0f} A rms, magnets at 60 degC", float(value), reference, "Nm", "computed by others", FEASIBILITY, file["cautions"][0])
            )  # fmt: skip
    return checks


def chapter(data: Path) -> Chapter:
    """All machines."""
    return Chapter(
        "Machines and their fields",
        "Second-order elements, mean over ten rotor positions of 60 electrical degrees, torque from flux linkages, stacking factor as the "
        "reference has it. Zoe: five figures and a table of torques; Prius: 13 angles, inductances, losses under the reference's own loss fit.",
        (*prius(data), *zoe(data), *outlines(data)),
    )
