"""The same losses of the Toyota Prius on FEMM's own mesher and solver, with the element sizes that pyleecan sets: whence 14.81 W.

Run: ``.venv/bin/python benchmarks/prius_femm.py --bin DIR``, DIR holding ``fmesher`` and ``fsolver`` of xfemm, FEMM for other systems
(github:Reoptimize-Systems/xfemm). ``--write-mesh FILE`` writes the reference's mesh for ``prius_losses.py --reference-mesh`` and ends.

Sizes: pyleecan a2307c14, Functions/FEMM/comp_FEMM_dict.py and get_mesh_param.py, Methods/Geometry/{Surface,Arc}/draw_FEMM.py. Both rims
of the gap carry elements of a third of the gap, 0.25 mm; lamination, slots and magnets a quarter or an eighth of their height, up to
1.94 mm in the rotor. Smart meshing is off and the smallest angle 15 degrees, to which FEMM adds 3 since it meshes with Triangle 1.6:
behind the rim the rotor's elements grow as fast as the angle allows. The middle third of the gap is FEMM's air-gap element, which turns the
rotor. The column *rim* is the mean height of the rotor's elements that have a side on its rim.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, pi, sin
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prius_losses import ANGLE_DEG, CURRENT_RMS_A, FACTS, REFERENCE_W, SPEED_RPM, prius

from halfshaft.drive_unit.field.harmonics import sampled_harmonics
from halfshaft.drive_unit.field.iron_loss import iron_parts
from halfshaft.drive_unit.field.steel_loss import fit_steinmetz
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.femm_document import FemmDocument
from halfshaft.drive_unit.geometry.femm_writer import document_of, text_of
from halfshaft.drive_unit.geometry.read import read_design

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MM = 1e3
NEAR_M = 1e-5  # the drawing's points lie on their circles to less
ANTIPERIODIC, AIR_GAP_ELEMENT = 5, 7
LARGEST_ARC_DEG = 5.0
BRIDGE_M = 1.5e-3  # between rotor rim and magnet pocket
POSITIONS = 40
GAP_ARCS = 5
WHOLE_STEPS = (
    240  # chords per pole of the mesh for our own solver: 40 positions fall on them, and 0.1875 degrees are 0.25 mm
)


@dataclass(frozen=True)
class Sizes:
    """Element lengths, metres: ``fineness`` divides all (pyleecan's Kmesh_fineness), ``rotor_m`` overrules that of the rotor's iron."""

    label: str
    fineness: float = 1.0
    smallest_angle_deg: float = 15.0
    smart: bool = False
    rotor_m: float | None = None


REFERENCE = Sizes("reference: angle 15 + 3")
VARIANTS = (
    Sizes("reference, angle 12 + 3", smallest_angle_deg=12.0),
    REFERENCE,
    Sizes("reference, smart", smart=True),
    Sizes("angle 30 + 3", smallest_angle_deg=30.0),
    Sizes("half the sizes", fineness=2.0),
    Sizes("a quarter", fineness=4.0),
    Sizes("half, 30 + 3, rotor 0.3 mm", fineness=2.0, smallest_angle_deg=30.0, rotor_m=0.3e-3),
    Sizes("a quarter, 30 + 3", fineness=4.0, smallest_angle_deg=30.0),
)


class Drawing:
    """The sector as pyleecan draws it; with ``gap_chords`` both circles of the gap have that many chords and stay open."""

    def __init__(self, design: MachineDesign, sizes: Sizes, gap_chords: int | None = None) -> None:
        document = document_of(design)
        rotor_m, gap_m = design.rotor_outer_radius_m, design.gap_m
        self.circles_m = (rotor_m + gap_m / 3.0, rotor_m + 2.0 * gap_m / 3.0)
        self.rotor_labels = {k for k, r in enumerate(design.regions) if r.part == "rotor" and r.label.kind == "iron"}
        self.stator_labels = {k for k, r in enumerate(design.regions) if r.part == "stator" and r.label.kind == "iron"}
        self._lengths(design, document, sizes)
        self._lines(design, document, gap_chords)
        self._labels(design, document)
        text = text_of(replace(document, boundaries=self.boundaries))
        head = text[: text.index("[NumPoints]")]
        head = re.sub(r"\[MinAngle\].*", f"[MinAngle] = {sizes.smallest_angle_deg:g}", head)
        head = re.sub(r"\[DoSmartMesh\].*", f"[DoSmartMesh] = {int(sizes.smart)}", head)
        self.head = re.sub(r"<LamFill> = \S+", "<LamFill> = 1", head)

    def _lengths(self, design: MachineDesign, document: FemmDocument, sizes: Sizes) -> None:
        rotor_m, bore_m = design.rotor_outer_radius_m, design.stator_bore_radius_m
        inside = [hypot(*p) for p in document.points]
        pocket = min(r for r in inside if design.rotor_inner_radius_m + NEAR_M < r < rotor_m)
        slots = [e for r in design.regions if r.label.kind == "stator_winding" for e in r.outline]
        bottom = max(hypot(*e.point_at(share)) for e in slots for share in np.linspace(0.0, 1.0, 33))
        stator, yoke = design.stator_outer_radius_m - bore_m, design.stator_outer_radius_m - bottom
        k = sizes.fineness
        self.rotor = sizes.rotor_m or (pocket - design.rotor_inner_radius_m) / 4.0 / k
        self.air = (pocket - design.rotor_inner_radius_m) / 4.0 / k
        self.magnet = (rotor_m - BRIDGE_M - pocket) / 4.0 / k
        self.slot = max(stator - yoke, stator / 2.0) / 8.0 / k
        self.yoke = min(yoke, stator / 2.0) / 4.0 / k
        self.gap = design.gap_m / 3.0 / k

    def _lines(self, design: MachineDesign, document: FemmDocument, gap_chords: int | None) -> None:
        rotor_m, bore_m = design.rotor_outer_radius_m, design.stator_bore_radius_m
        points = list(document.points)
        magnets = _edges_of(design, "magnet")
        slots = _edges_of(design, "stator_winding")
        self.segments: list[tuple[int, int, float, int]] = []
        side = 0
        for i, j, boundary in document.segments:
            low, high = sorted((hypot(*points[i]), hypot(*points[j])))
            if boundary and low > rotor_m - NEAR_M and high < bore_m + NEAR_M:
                side = boundary  # the gap's own side, drawn anew below
                continue
            edge = frozenset((_rounded(points[i]), _rounded(points[j])))
            if high < rotor_m + NEAR_M:
                length = self.rotor if boundary else self.magnet if edge in magnets else 1.0
            else:
                length = self.slot if edge in slots else self.yoke
            self.segments.append((i, j, length, boundary))
        self.boundaries = [*document.boundaries, ("side of the stator's gap", ANTIPERIODIC)]
        other = len(self.boundaries)
        if gap_chords is None:
            self.boundaries.append(("gap", AIR_GAP_ELEMENT))
        ring = 0 if gap_chords else len(self.boundaries)
        self.arcs: list[tuple[int, int, float, float, int]] = []
        for i, j, sweep_deg, boundary in document.arcs:
            radius = hypot(*points[i])
            concentric = abs(radius - hypot(*points[j])) < NEAR_M
            length = 1.0
            for circle, wish in (
                (rotor_m, self.gap),
                (bore_m, self.gap if sweep_deg > 2.0 else self.slot),  # teeth, and mouths of slots between them
                (design.stator_outer_radius_m, self.yoke),
                (design.rotor_inner_radius_m, self.rotor),
            ):
                if concentric and abs(radius - circle) < NEAR_M:
                    length = wish
            self.arcs.append((i, j, sweep_deg, min(LARGEST_ARC_DEG, degrees(length / radius)), boundary))
        corner = {}
        for radius in self.circles_m:
            for angle in (0.0, design.sector_rad):
                corner[radius, angle] = len(points)
                points.append((radius * cos(angle), radius * sin(angle)))
            ends = corner[radius, 0.0], corner[radius, design.sector_rad]
            if gap_chords is None:
                self.arcs.append((*ends, degrees(design.sector_rad), degrees(self.gap / radius), ring))
                continue
            # FEMM rounds the step of open arcs to two digits: short arcs still come to whole numbers of chords
            cuts = [k * design.sector_rad / GAP_ARCS for k in range(1, GAP_ARCS)]
            chain = [ends[0], *range(len(points), len(points) + len(cuts)), ends[1]]
            points += [(radius * cos(angle), radius * sin(angle)) for angle in cuts]
            sweep = degrees(design.sector_rad) / GAP_ARCS
            step = degrees(design.sector_rad) / gap_chords
            self.arcs += [(i, j, sweep, step, ring) for i, j in itertools.pairwise(chain)]
        for angle in (0.0, design.sector_rad):
            for rim_m, radius, boundary in ((rotor_m, self.circles_m[0], side), (bore_m, self.circles_m[1], other)):
                place = (rim_m * cos(angle), rim_m * sin(angle))
                nearest = min(range(len(document.points)), key=lambda q: _apart(points[q], place))
                self.segments.append((nearest, corner[radius, angle], self.gap, boundary))
        self.points = points

    def _labels(self, design: MachineDesign, document: FemmDocument) -> None:
        rows = []
        for number, label in enumerate(document.labels[:-1]):  # the last is the gap's
            region = design.regions[number]
            in_rotor = region.part == "rotor"
            length = {
                "stator_winding": self.slot,
                "magnet": self.magnet,
                "iron": self.rotor if in_rotor else self.yoke,
                "air": self.air if in_rotor else self.slot,
            }[region.label.kind]
            direction = label.direction or 0
            rows.append((label.point, label.block, length, label.circuit, direction, round(label.turns)))
        half, third = 0.5 * design.sector_rad, design.gap_m / 6.0
        for radius in (design.rotor_outer_radius_m + third, design.stator_bore_radius_m - third):
            place = (radius * cos(half), radius * sin(half))
            rows.append((place, document.labels[-1].block, self.gap, 0, 0, 1))
        self.labels = rows

    def text(self, currents_a: FloatArray, rotor_deg: float) -> str:
        """The document with currents in the three phases and the rotor turned."""
        head = self.head
        for name, amps in zip("ABC", currents_a, strict=True):
            head = re.sub(
                rf'(<CircuitName> = "{name}"\s*<TotalAmps_re> = )\S+', rf"\g<1>{float(amps):.15g}", head, count=1
            )
        head = re.sub(r'("gap".*?<innerangle> = )0', rf"\g<1>{rotor_deg:.15g}", head, count=1, flags=re.DOTALL)
        rows = [f"[NumPoints] = {len(self.points)}"]
        rows += [f"{MM * x:.17g}\t{MM * y:.17g}\t0\t0" for x, y in self.points]
        rows.append(f"[NumSegments] = {len(self.segments)}")
        rows += [f"{i}\t{j}\t{MM * length:.12g}\t{b}\t0\t0" for i, j, length, b in self.segments]
        rows.append(f"[NumArcSegments] = {len(self.arcs)}")
        rows += [f"{i}\t{j}\t{sweep:.17g}\t{step:.15g}\t{b}\t0\t0" for i, j, sweep, step, b in self.arcs]
        rows += ["[NumHoles] = 0", f"[NumBlockLabels] = {len(self.labels)}"]
        rows += [
            f"{MM * p[0]:.17g}\t{MM * p[1]:.17g}\t{block}\t{MM * size:.12g}\t{circuit}\t{direction}\t0\t{turns}\t0"
            for p, block, size, circuit, direction, turns in self.labels
        ]
        return head + "\n".join(rows) + "\n"


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 8), round(point[1], 8)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _edges_of(design: MachineDesign, kind: str) -> set[frozenset[tuple[float, float]]]:
    edges = [e for r in design.regions if r.label.kind == kind for e in r.outline]
    return {frozenset((_rounded(e.start), _rounded(e.end))) for e in edges}


@dataclass(frozen=True)
class Solved:
    """FEMM's field over all positions: (k, e, 2) tesla, with area (e,), label (e,) and the nodes of each triangle."""

    flux_density_t: FloatArray
    area_m2: FloatArray
    label: IntArray
    nodes: int
    corners_m: FloatArray


def solve(binaries: Path, design: MachineDesign, sizes: Sizes, positions: int) -> Solved:
    """FEMM's mesh and field at equidistant rotor positions over half an electrical period, currents constant in dq."""
    drawing = Drawing(design, sizes)
    model = prius(120, 1.0, 1)  # for the axes of phases and rotor only
    current = np.sqrt(2.0) * CURRENT_RMS_A * np.exp(1j * np.deg2rad(ANGLE_DEG))

    def position(k: int) -> tuple[FloatArray, IntArray, IntArray, FloatArray]:
        turned = pi * k / positions
        axis = model.d_axis_rad + turned - model.phase_axes_rad
        text = drawing.text(np.real(current * np.exp(1j * axis)), degrees(turned) / design.pole_pairs)
        file = Path(folder) / f"{k}.fem"
        file.write_text(text)
        for command in ([binaries / "fmesher", file], [binaries / "fsolver", file.with_suffix("")]):
            subprocess.run(command, check=True, capture_output=True, timeout=300)
        return _answer(file.with_suffix(".ans"))

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(position, range(positions)))
    points, triangles, label, _ = answers[0]
    fields = []
    for other_points, other_triangles, _, potential in answers:
        if not np.allclose(other_points[other_triangles], points[triangles], atol=1e-12):
            raise SystemExit("the mesh differs between rotor positions")
        gradients, area = _gradients(other_points[other_triangles])
        slope = np.einsum("ek,ekc->ec", potential[other_triangles], gradients)
        fields.append(np.stack([slope[:, 1], -slope[:, 0]], axis=1))
    return Solved(np.stack(fields), area, label, len(points), points[triangles])


def _answer(file: Path) -> tuple[FloatArray, IntArray, IntArray, FloatArray]:
    rows = file.read_text(encoding="latin-1").split("[Solution]\n")[1].split("\n")
    count = int(rows[0])
    nodes = np.array([row.split()[:3] for row in rows[1 : count + 1]], dtype=float)
    elements = np.array([row.split()[:4] for row in rows[count + 2 : count + 2 + int(rows[count + 1])]], dtype=int)
    return nodes[:, :2] / MM, elements[:, :3], elements[:, 3], nodes[:, 2]


def _gradients(corners_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, y = corners_m[..., 0], corners_m[..., 1]
    b = np.roll(y, -1, axis=1) - np.roll(y, -2, axis=1)
    c = np.roll(x, -2, axis=1) - np.roll(x, -1, axis=1)
    twice = (x * b).sum(axis=1)
    return np.stack([b, c], axis=-1) / twice[:, None, None], 0.5 * np.abs(twice)


def losses(design: MachineDesign, found: Solved, drawing: Drawing) -> tuple[float, float, float]:
    """Stator and rotor core loss as the reference sums them, W, and the mean height of the rotor's outermost elements, m."""
    steel = iron_parts(design, prius(120, 1.0, 1).mesh)[0].steel
    fit = fit_steinmetz(steel, "absolute")
    frequency = design.pole_pairs * SPEED_RPM / 60.0
    total = []
    for labels, negated in ((drawing.stator_labels, True), (drawing.rotor_labels, False)):
        here = np.isin(found.label, list(labels))
        orders, spectrum = sampled_harmonics(found.flux_density_t[:, here], span_rad=pi, negated=negated)
        amplitude = np.sqrt((np.abs(spectrum) ** 2).sum(axis=-1))
        density = steel.density_kg_per_m3 / design.stacking_factor
        mass = found.area_m2[here] * design.stack_length_m * design.sectors * density
        total.append(
            sum(
                float(
                    p.coefficient * ((orders * frequency) ** p.frequency_exponent @ (amplitude**p.flux_exponent @ mass))
                )
                for p in fit.parts
            )
        )
    radius = np.hypot(found.corners_m[..., 0], found.corners_m[..., 1])
    rim = ((radius > design.rotor_outer_radius_m - NEAR_M).sum(axis=1) == 2) & np.isin(
        found.label, list(drawing.rotor_labels)
    )
    height = 2.0 * found.area_m2[rim].sum() / (design.sector_rad * design.rotor_outer_radius_m)
    return total[0], total[1], height


def write_mesh(binaries: Path, design: MachineDesign, file: Path) -> None:
    """FEMM's mesh at the reference's sizes, the gap's middle third open, its circles in equal chords that our rotor can turn by."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "mesh.fem"
        drawn.write_text(Drawing(design, REFERENCE, WHOLE_STEPS).text(np.zeros(3), 0.0))
        subprocess.run([binaries / "fmesher", drawn], check=True, capture_output=True, timeout=300)
        nodes = np.array([r.split()[1:3] for r in drawn.with_suffix(".node").read_text().split("\n")[1:] if r], float)
        rows = [r.split() for r in drawn.with_suffix(".ele").read_text().split("\n")[1:] if r and r[0] != "#"]
    elements = np.array([r[1:5] for r in rows], dtype=float).astype(int)
    labels = len(design.regions)
    region = np.where(elements[:, 3] - 1 < labels, elements[:, 3] - 1, -1)
    np.savez_compressed(
        file, points_m=nodes / MM, triangles=elements[:, :3].astype(np.int16), region=region.astype(np.int8)
    )
    angle = np.array([atan2(y, x) for x, y in nodes])
    print(f"{len(nodes)} nodes, {len(elements)} elements, angles {angle.min():.3g} to {angle.max():.3g} rad: {file}")


def main() -> None:
    """Print the table, or write the mesh."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bin", type=Path, required=True)
    options.add_argument("--write-mesh", type=Path)
    options.add_argument("--positions", type=int, default=POSITIONS)
    chosen = options.parse_args()
    design = read_design(FACTS)
    if chosen.write_mesh:
        write_mesh(chosen.bin, design, chosen.write_mesh)
        return
    print(f"{'FEMM, first order':32s} {'nodes':>7s} {'rim, mm':>8s} {'stator, W':>10s} {'rotor, W':>9s}")
    for sizes in VARIANTS:
        found = solve(chosen.bin, design, sizes, chosen.positions)
        stator, rotor, height = losses(design, found, Drawing(design, sizes))
        errors = [stator / REFERENCE_W["stator core"] - 1.0, rotor / REFERENCE_W["rotor core"] - 1.0]
        print(
            f"{sizes.label:32s} {found.nodes:7d} {height * MM:8.2f} {stator:10.1f} {rotor:9.2f}"
            + "".join(f"{100 * e:+7.1f} %" for e in errors),
            flush=True,
        )


if __name__ == "__main__":
    main()
