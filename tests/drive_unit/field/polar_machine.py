"""A machine whose every boundary lies on circles and radial lines, meshed on a polar grid: geometry and mesh without either room.

The rotor has one salient pole a sector with a field winding beside it, or a ring of magnets; the stator has rectangular (polar) slots, or
none. Used where a test needs a field, not a drawing.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from halfshaft.drive_unit.geometry.design import Label, MachineDesign, Region, Winding
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.mesh.mesh import GAP_REGION, Mesh, MeshQuality

# A smooth invented sheet: H = a B + b B^9, saturating at about 1.7 T.
_B = tuple(float(b) for b in np.linspace(0.0, 3.0, 61))
STEEL = Steel("test sheet", tuple(120.0 * b + 25.0 * b**9 / (1.0 + (b / 2.2) ** 8) for b in _B), _B)
MAGNET = Magnet("test magnet", 1.2, 1.05, -1e-3)


def polar_machine(
    *,
    pole_pairs: int = 4,
    slots_per_pole: int = 6,
    divisions: int = 60,
    layers: int = 1,
    gap_m: float = 0.8e-3,
    slotless: bool = False,
    rotor: str = "field",
    steel: Steel = STEEL,
    stack_length_m: float = 0.15,
    conductors: float = 4.0,
    parallel_paths: int = 2,
    field_turns: float = 120.0,
    scale: float = 1.0,
    sector_poles: int = 1,
    magnet: Magnet = MAGNET,
    stacking_factor: float = 1.0,
    mirrored: bool = True,
) -> tuple[MachineDesign, Mesh]:
    """Bore radius 80 mm times ``scale``; ``layers`` refines radially. ``rotor`` is "field", "surface" (magnets) or "smooth" iron.

    ``sector_poles`` poles are drawn, up to the whole circle. The diagonals of the grid are mirrored about each pole's middle, or else all
    alike, so that the mesh repeats with every slot.
    """
    pole = np.pi / pole_pairs
    outer, bore, shaft = 0.110 * scale, 0.080 * scale, 0.030 * scale
    gap_m *= scale
    surface = bore - gap_m
    ring = (surface + gap_m / 3, surface + 2 * gap_m / 3)
    slot_top, slot_bottom = bore + 0.002 * scale, bore + 0.020 * scale
    body = surface - 0.008 * scale, surface - 0.035 * scale
    magnet_bottom = surface - 0.004 * scale

    def radii(*marks: tuple[float, int]) -> np.ndarray:
        out = [marks[0][0]]
        for (a, _), (b, n) in pairwise(marks):
            out.extend(a + (b - a) * (k + 1) / (n * layers) for k in range(n * layers))
        return np.array(out)

    stator_r = radii((ring[0], 0), (ring[1], 1), (bore, 1), (slot_top, 2), (slot_bottom, 8), (outer, 5))
    rotor_r = radii((shaft, 0), (body[1], 3), (body[0], 8), (magnet_bottom, 3), (surface, 3), (ring[0], 1))
    columns = divisions * sector_poles
    angle = np.linspace(0.0, pole * sector_poles, columns + 1)
    whole = sector_poles == 2 * pole_pairs
    labels: list[Label] = []
    index: dict[str, int] = {}

    def region(label: Label) -> int:
        if label.name not in index:
            index[label.name] = len(labels)
            labels.append(label)
        return index[label.name]

    pitch = pole / slots_per_pole
    phase_of = (0, 0, 2, 2, 1, 1)
    sign_of = (1, 1, -1, -1, 1, 1)

    def stator_region(r: float, phi: float) -> int:
        if r < bore:
            return GAP_REGION
        k = int(phi / pitch)
        turn = -1 if k // slots_per_pole % 2 else 1
        inside = abs(phi - (k + 0.5) * pitch) < 0.26 * pitch
        if not slotless and r < slot_top and abs(phi - (k + 0.5) * pitch) < 0.12 * pitch:
            return region(Label((0, 0), "openings", "air"))
        if slot_top < r < slot_bottom and (inside or slotless):
            belt = k % slots_per_pole * 6 // slots_per_pole
            share = 6 / slots_per_pole
            return region(
                Label(
                    (0, 0),
                    f"slot {k}",
                    "stator_winding",
                    phase=phase_of[belt],
                    conductors=turn * sign_of[belt] * conductors * share,
                )
            )
        if slotless and r < slot_bottom:
            return region(Label((0, 0), "openings", "air"))
        return region(Label((0, 0), "stator", "iron", STEEL.name))

    def rotor_region(r: float, phi: float) -> int:
        number = int(phi / pole)
        turn = -1 if number % 2 else 1
        share = phi / pole - number
        if r > surface:
            return GAP_REGION
        if rotor == "smooth":
            return region(Label((0, 0), "rotor", "iron", STEEL.name))
        if rotor == "surface":
            if r > magnet_bottom and 0.1 < share < 0.9:
                along = pole * (number + 0.5) + (np.pi if number % 2 else 0.0)
                name = f"magnet {number}" if number else "magnet"
                return region(Label((0, 0), name, "magnet", magnet.name, magnetisation_rad=along))
            return region(
                Label(
                    (0, 0),
                    "rotor" if r < magnet_bottom else "between",
                    "iron" if r < magnet_bottom else "air",
                    STEEL.name,
                )
            )
        if r > body[0]:
            iron = 0.15 < share < 0.85
        elif r > body[1]:
            iron = 0.3 < share < 0.7
            if not iron and 0.05 < share < 0.95:
                side = -1 if share < 0.5 else 1
                name = f"field {side} {number}" if number else f"field {side}"
                return region(Label((0, 0), name, "field_winding", conductors=turn * side * field_turns))
        else:
            iron = True
        return region(Label((0, 0), "rotor", "iron", STEEL.name) if iron else Label((0, 0), "pole gaps", "air"))

    points, triangles, owner = [], [], []
    ids: list[np.ndarray] = []
    for radii_m, pick in ((stator_r, stator_region), (rotor_r, rotor_region)):
        base = sum(i.size for i in ids)
        drawn = angle[:-1] if whole else angle
        grid = base + np.arange(len(radii_m) * len(drawn)).reshape(len(radii_m), len(drawn))
        ids.append(grid)
        points.append(
            np.stack([np.outer(radii_m, np.cos(drawn)), np.outer(radii_m, np.sin(drawn))], axis=-1).reshape(-1, 2)
        )
        for i in range(len(radii_m) - 1):
            for j in range(columns):
                after = (j + 1) % len(drawn)
                a, b, c, d = grid[i, j], grid[i + 1, j], grid[i + 1, after], grid[i, after]
                rising = not mirrored or j % divisions < divisions // 2
                two = ((a, b, c), (a, c, d)) if rising else ((a, b, d), (b, c, d))
                triangles.extend(two)
                mid = 0.5 * (radii_m[i] + radii_m[i + 1]), 0.5 * (angle[j] + angle[j + 1])
                owner.extend([pick(*mid)] * 2)
    stator, turned = ids
    mesh = Mesh(
        points_m=np.concatenate(points),
        triangles=np.array(triangles),
        region=np.array(owner),
        stator_nodes=stator.size,
        stator_circle=stator[0],
        rotor_circle=turned[-1],
        boundary_pairs=(
            np.zeros((0, 2), dtype=np.int64)
            if whole
            else np.concatenate([np.stack([g[:, 0], g[:, -1]], axis=1) for g in ids])
        ),
        fixed=np.concatenate([stator[-1], turned[0]]),
        ring=np.arange(2 * columns * layers),
        ring_radii_m=ring,
        divisions_per_pole=divisions,
        quality=MeshQuality(stator.size + turned.size, len(triangles), 0.0, 0.0, 0.0),
    )
    regions = tuple(
        Region(
            label, "stator" if "slot" in label.name or label.name in ("stator", "openings") else "rotor", (), (), 0.0
        )
        for label in labels
    )
    design = MachineDesign(
        "polar", pole_pairs, sector_poles, 2 * pole_pairs * slots_per_pole, outer, bore, surface, shaft, stack_length_m,
        stacking_factor, (), regions, {STEEL.name: steel}, {magnet.name: magnet},
        Winding(parallel_paths, Conductor("copper"), slots_per_pole, 0.1), None, "invented",
    )  # fmt: skip
    return design, mesh
