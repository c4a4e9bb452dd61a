"""Losses of the Toyota Prius 2004 at 230 A rms, 140 degrees, 1,200 rpm against FEMM driven by pyleecan, and what moves them.

Run: ``.venv/bin/python benchmarks/prius_losses.py``. Reference: pyleecan, Tests/Validation/Loss/test_FEMM_Loss_PMSM_Prius.py,
``test_LossFEMM_Prius`` (tolerance 1 %): winding at 100 degC, magnets at 20 degC, no stacking factor in the magnetisation curve, 40 rotor
positions over half an electrical period, iron mass counted as density over stacking factor, least squares of absolute errors for the
loss table, endless magnets. Three tables: our figures under the same assumptions; the same field under others; the same
assumptions on other meshes, the reference's own among them.

Nearly half of the rotor's loss arises in its outermost millimetre. The reference has elements of 0.25 mm along the rim but lets them grow
inwards as fast as a smallest angle of 15 to 18 degrees allows, up to 1.94 mm; such elements of first order read some 8 % too much.
``--reference-mesh`` solves on that mesh, which FEMM's own mesher made with the reference's sizes (``prius_femm.py --write-mesh``; the
ring in the middle of the gap is ours): there our solver comes to the reference's figures. Finer meshes converge below them, FEMM's as ours.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from halfshaft.drive_unit.field.harmonics import FieldHarmonics, HarmonicAccumulator
from halfshaft.drive_unit.field.iron_loss import Stacking, iron_loss_terms, iron_parts
from halfshaft.drive_unit.field.magnet_loss import MagnetSegments, magnet_eddy_term
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.field.steel_loss import fit_bertotti, fit_steinmetz
from halfshaft.drive_unit.field.winding_loss import stator_resistance_ohm, winding_proximity_term
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.mesh.mesh import GAP_REGION, Mesh
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design
from halfshaft.drive_unit.mesh.quality import mesh_quality

FACTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "machines" / "Toyota_Prius.json"
REFERENCE_MESH = Path(__file__).with_name("prius_reference_mesh.npz")
CURRENT_RMS_A, ANGLE_DEG, SPEED_RPM = 230.0, 140.0, 1200.0
WINDING_C = 100.0
REFERENCE_W = {"stator core": 292.64, "rotor core": 14.81, "proximity": 16.83, "magnets": 12.18}
MESHES = ((120, 1.0, 1), (240, 0.6, 1), (480, 0.5, 1), (120, 1.0, 2), (240, 0.6, 2), (480, 0.5, 2))
REFERENCE_TORQUE_NM = 54596.16 / (SPEED_RPM * np.pi / 30.0)


def at_frequency(terms: tuple[LossTerm, ...], frequency_hz: float, region: str) -> float:
    """Loss of all terms whose region begins with ``region``."""
    return sum(float(t.value) * frequency_hz**t.frequency_exponent for t in terms if t.region.startswith(region))


def solved(model: FieldModel, positions: int) -> tuple[FieldHarmonics, FieldHarmonics, float]:
    """Harmonics of stator and rotor, and the mean torque from flux linkages."""
    peak, angle = np.sqrt(2.0) * CURRENT_RMS_A, np.deg2rad(ANGLE_DEG)
    current = np.array([[peak * np.cos(angle), peak * np.sin(angle), 0.0]])
    every = np.arange(len(model.mesh.triangles))
    stator = HarmonicAccumulator(every, positions, negated=True)
    rotor = HarmonicAccumulator(every, positions, negated=False)

    def take(k: int, field_t: np.ndarray) -> None:
        stator.add(k, field_t[0])
        rotor.add(k, field_t[0])

    steps = model.steps_over(np.pi, positions)
    solution = solve_currents(model, current, steps, on_position=take, tolerance=1e-6, workers=1)
    if not solution.converged.all():
        raise SystemExit(f"not converged: {solution.failures}")
    psi = solution.psi_dqf_wb.mean(axis=0)[0]
    torque = 1.5 * model.design.pole_pairs * (psi[0] * current[0, 1] - psi[1] * current[0, 0])
    return stator.harmonics(), rotor.harmonics(), float(torque)


def as_reference(model: FieldModel, stator: FieldHarmonics, rotor: FieldHarmonics) -> dict[str, float]:
    """The four losses under the reference's assumptions."""
    design, mesh, frequency = model.design, model.mesh, frequency_hz(model)
    parts = iron_parts(design, mesh)
    fits = {part.steel.name: fit_steinmetz(part.steel, "absolute") for part in parts}
    terms = iron_loss_terms(parts, fits, stator, rotor, Stacking(1.0 / design.stacking_factor, 1.0))
    return {
        "stator core": at_frequency(terms, frequency, "stator"),
        "rotor core": at_frequency(terms, frequency, "rotor"),
        "proximity": float(winding_proximity_term(design, mesh, stator, WINDING_C).value) * frequency**2,
        "magnets": float(magnet_eddy_term(design, mesh, rotor, MagnetSegments(along=None)).value) * frequency**2,
    }


def frequency_hz(model: FieldModel) -> float:
    """Electrical frequency of the reference point."""
    return model.design.pole_pairs * SPEED_RPM / 60.0


def print_assumptions(model: FieldModel, stator: FieldHarmonics, rotor: FieldHarmonics) -> None:
    """The same field under other assumptions on the sheet and the magnets."""
    design, mesh, frequency = model.design, model.mesh, frequency_hz(model)
    parts = iron_parts(design, mesh)
    steel = parts[0].steel
    print("\nsame field, other assumptions, W             stator    rotor   fit error rms, largest")
    for name, fit in (
        ("Steinmetz, absolute errors", fit_steinmetz(steel, "absolute")),
        ("Steinmetz, relative errors", fit_steinmetz(steel)),
        ("Bertotti, relative errors", fit_bertotti(steel)),
    ):
        for label, stacking in (
            ("as reference", Stacking(1.0 / design.stacking_factor, 1.0)),
            ("sheets", Stacking.of(design.stacking_factor)),
        ):
            found = iron_loss_terms(parts, {steel.name: fit}, stator, rotor, stacking)
            values = [at_frequency(found, frequency, part) for part in ("stator", "rotor")]
            errors = f"{100 * fit.rms_relative_error:5.1f} % {100 * fit.largest_relative_error:5.1f} %"
            print(f"{name:27s} {label:13s} {values[0]:9.1f} {values[1]:8.2f}   {errors}")
    finite = float(magnet_eddy_term(design, mesh, rotor).value) * frequency**2
    print(f"magnets of finite length, one piece: {finite:.2f} W")
    joule = 3.0 * stator_resistance_ohm(design, WINDING_C) * CURRENT_RMS_A**2
    print(f"stator copper at direct current, with the file's end turn: {joule:.0f} W")


def print_meshes(positions: int) -> None:
    """How far each figure moves with the mesh and the order of its elements."""
    print("\nsame assumptions, other meshes               rotor, W   torque    stator     rotor  proximity  magnets")
    meshes = [(f"{d:4d} divisions", prius(d, size, order)) for d, size, order in MESHES]
    for order in (1, 2):
        meshes.insert(order - 1, ("reference's mesh", on_reference_mesh(order)))
    for label, model in meshes:
        stator, rotor, torque = solved(model, positions)
        found = as_reference(model, stator, rotor)
        deviations = [torque / REFERENCE_TORQUE_NM - 1.0] + [found[k] / REFERENCE_W[k] - 1.0 for k in REFERENCE_W]
        nodes = len(model.mesh.points_m)
        print(
            f"{label + ',':17s} {nodes:6d} nodes, order {model.order}: {found['rotor core']:9.2f}"
            + "".join(f"{100 * d:+8.1f} %" for d in deviations)
        )


def prius(divisions: int, size: float, order: int) -> FieldModel:
    """The machine on one mesh, magnets at 20 degC, sheets without gaps in the magnetisation curve."""
    design = read_design(FACTS)
    mesh = mesh_design(design, MeshOptions(divisions_per_pole=divisions, size_factor=size))
    return FieldModel(design, mesh, order=order, magnet_temperature_c=20.0, stacking_factor=1.0)


def on_reference_mesh(order: int) -> FieldModel:
    """The machine on the reference's mesh: FEMM's triangles, and a ring of regular ones where FEMM has its air-gap element."""
    design = read_design(FACTS)
    with np.load(REFERENCE_MESH) as stored:
        points, triangles, region = stored["points_m"], stored["triangles"].astype(int), stored["region"].astype(int)
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    radii = (design.rotor_outer_radius_m + design.gap_m / 3.0, design.rotor_outer_radius_m + 2.0 * design.gap_m / 3.0)
    circles = [np.flatnonzero(np.abs(radius - r) < 1e-7) for r in radii]
    inner, outer = (circle[np.argsort(angle[circle])] for circle in circles)
    is_stator = radius > np.mean(radii)
    old = np.concatenate([np.flatnonzero(is_stator), np.flatnonzero(~is_stator)])
    count = len(inner)
    new = np.empty(len(points), dtype=int)
    new[old] = np.arange(len(points)) + count  # the stator's copy of the sliding circle comes first
    sliding, far = np.arange(count), new[outer]
    a, b, c, d = sliding[:-1], sliding[1:], far[1:], far[:-1]
    even = (np.arange(count - 1) % 2 == 0)[:, None]
    ring = np.where(
        even, np.column_stack([a, c, b, a, d, c]), np.column_stack([a, d, b, b, d, c])
    ).reshape(-1, 3)  # fmt: skip
    place = np.concatenate([points[inner], points[old]])
    corners = np.concatenate([ring, new[triangles]])
    x, y = place[corners].transpose(2, 0, 1)
    turned = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) < (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    corners[turned] = corners[turned][:, [0, 2, 1]]
    sides = [np.flatnonzero(np.abs(angle - side) < 1e-7) for side in (0.0, design.sector_rad)]
    near, image = (new[side[np.argsort(radius[side])]] for side in sides)
    outermost = (design.stator_outer_radius_m, design.rotor_inner_radius_m)
    fixed = np.flatnonzero(np.min([np.abs(radius - r) for r in outermost], axis=0) < 1e-6)
    mesh = Mesh(
        points_m=place,
        triangles=corners,
        region=np.concatenate([np.full(len(ring), GAP_REGION), region]),
        stator_nodes=count + int(is_stator.sum()),
        stator_circle=sliding,
        rotor_circle=new[inner],
        boundary_pairs=np.concatenate([[[0, count - 1]], np.column_stack([near, image])]),
        fixed=np.sort(new[fixed]),
        ring=np.arange(len(ring)),
        ring_radii_m=radii,
        divisions_per_pole=count - 1,
        quality=mesh_quality(place, corners, 0.0),
    )
    return FieldModel(design, mesh, order=order, magnet_temperature_c=20.0, stacking_factor=1.0)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--divisions", type=int, default=120)
    options.add_argument("--size", type=float, default=1.0)
    options.add_argument("--order", type=int, default=1)
    options.add_argument("--positions", type=int, default=40)
    options.add_argument("--reference-mesh", action="store_true", help="solve on the reference's mesh instead of ours")
    chosen = options.parse_args()
    if not FACTS.exists():
        sys.exit(f"machine facts are not beside the checkout: {FACTS}")
    own = not chosen.reference_mesh
    model = prius(chosen.divisions, chosen.size, chosen.order) if own else on_reference_mesh(chosen.order)
    stator, rotor, torque = solved(model, chosen.positions)
    found = as_reference(model, stator, rotor)
    nodes = len(model.mesh.points_m)
    label = "our mesh" if own else "the reference's mesh"
    print(
        f"{label}: {nodes} nodes, order {chosen.order}, {model.mesh.divisions_per_pole} divisions, "
        f"{chosen.positions} positions"
    )
    print(f"{'':14s} {'ours':>9s} {'reference':>9s}")
    print(
        f"{'torque, Nm':14s} {torque:9.2f} {REFERENCE_TORQUE_NM:9.2f} {100 * (torque / REFERENCE_TORQUE_NM - 1):+7.2f} %"
    )
    for name, reference in REFERENCE_W.items():
        print(f"{name + ', W':14s} {found[name]:9.2f} {reference:9.2f} {100 * (found[name] / reference - 1):+7.2f} %")
    print_assumptions(model, stator, rotor)
    print_meshes(chosen.positions)


if __name__ == "__main__":
    main()
