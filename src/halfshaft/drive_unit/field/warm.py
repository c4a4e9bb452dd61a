"""Compile every kernel once, on a machine too small to matter.

numba keeps compiled kernels on disk. The first use ever pays seconds; doing it on purpose (at installation, or before a cluster starts)
keeps it out of the first answer.
"""

from __future__ import annotations

import numpy as np

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.geometry.assemble import assemble
from halfshaft.drive_unit.geometry.design import Label, MachineDesign, Winding
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design


def warm_up() -> None:
    """Mesh and solve a ring machine in both orders, with incremental inductances and flux densities."""
    design = _ring_machine()
    mesh = mesh_design(design, MeshOptions(divisions_per_pole=60))
    for order in (1, 2):
        model = FieldModel(design, mesh, order)
        solve_currents(
            model, np.array([[0.0, 10.0, 0.0]]), [0], inductance=True, flux_density=True, potential=True, workers=1
        )


def _ring_machine() -> MachineDesign:
    sector = np.pi / 2
    radii = (0.02, 0.045, 0.05, 0.051, 0.06, 0.08)

    def at(r: float, share: float) -> tuple[float, float]:
        return r * float(np.cos(share * sector)), r * float(np.sin(share * sector))

    edges = [Edge(at(r, 0.0), at(r, 1.0), (0.0, 0.0), sector) for r in radii]
    edges += [Edge(at(a, s), at(b, s)) for s in (0.0, 1.0) for a, b in ((radii[0], radii[2]), (radii[3], radii[5]))]
    edges += [Edge(at(radii[3], k / 3), at(radii[4], k / 3)) for k in (1, 2)]
    steel = Steel("sheet", (0.0, 100.0, 1000.0, 10000.0), (0.0, 1.0, 1.5, 1.8))
    labels = [
        Label(at(0.03, 0.5), "rotor", "iron", "sheet"),
        Label(at(0.0475, 0.5), "magnet", "magnet", "magnet", sector / 2),
        Label(at(0.07, 0.5), "stator", "iron", "sheet"),
    ]
    labels += [
        Label(at(0.055, (k + 0.5) / 3), f"belt {k}", "stator_winding", None, None, (0, 2, 1)[k], (1.0, -1.0, 1.0)[k])
        for k in range(3)
    ]
    return assemble(
        "ring", edges, labels, pole_pairs=2, slots=12, stack_length_m=0.1, stacking_factor=1.0, steels={"sheet": steel},
        magnets={"magnet": Magnet("magnet", 1.0)}, winding=Winding(1, Conductor("copper"), 3, 0.1), field_coil=None, source="none",
    )  # fmt: skip
