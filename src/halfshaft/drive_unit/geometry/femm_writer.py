"""A machine as a FEMM document: the drawn sector with its materials, circuits A, B, C and field, and periodic sides.

The potential is zero on the outermost and innermost circle; each piece of one side is tied to its image on the other. The gap is one face
of air between its two circles. Currents are zero: whoever opens the document sets them, per parallel path.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, degrees, hypot, pi, sin

from halfshaft.drive_unit.geometry.design import Label, MachineDesign, RoundWire
from halfshaft.drive_unit.geometry.femm_document import (
    DEFAULT_LABEL,
    FemmBlock,
    FemmCircuit,
    FemmDocument,
    FemmLabel,
)
from halfshaft.drive_unit.geometry.femm_materials import MU_0
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.shapes import Edge, Point

FIXED, PERIODIC, ANTIPERIODIC = 0, 4, 5
CIRCUITS = ("A", "B", "C", "field")
ON_CIRCLE_M = 1e-9
MAX_SEGMENT_DEG = 1.0
MM = 1e3


def write_femm(design: MachineDesign) -> str:
    """The text of a .fem document (format 4.0, millimetres)."""
    return text_of(document_of(design))


def document_of(design: MachineDesign) -> FemmDocument:
    """The design as a FEMM document. Conductors that are no whole number are rounded there, and its comment says so."""
    edges = [half for edge in (*design.edges, *_gap_sides(design)) for half in _counter_clockwise(edge)]
    numbers: dict[Point, int] = {}
    ends = [
        (numbers.setdefault(edge.start, len(numbers)), numbers.setdefault(edge.end, len(numbers))) for edge in edges
    ]
    boundaries: list[tuple[str, int]] = [("A = 0", FIXED)]
    tied: dict[tuple[float, float], int] = {}
    segments: list[tuple[int, int, int]] = []
    arcs: list[tuple[int, int, float, int]] = []
    for edge, (i, j) in zip(edges, ends, strict=True):
        if edge.centre is not None:
            outermost = (design.stator_outer_radius_m, design.rotor_inner_radius_m)
            on_rim = hypot(*edge.centre) < ON_CIRCLE_M and any(abs(edge.radius_m - r) < 1e-7 for r in outermost)
            arcs.append((i, j, degrees(edge.sweep_rad), 1 if on_rim else 0))
            continue
        side = _on_side(design, edge)
        if side is not None and side not in tied:
            boundaries.append((f"side {len(tied) + 1}", ANTIPERIODIC if design.boundary_sign < 0 else PERIODIC))
            tied[side] = len(boundaries)
        segments.append((i, j, tied[side] if side is not None else 0))
    blocks, named = _blocks(design)
    middle = 0.5 * (design.rotor_outer_radius_m + design.stator_bore_radius_m)
    half = 0.5 * design.sector_rad
    labels = [_label(region.label, region.part == "rotor", named) for region in design.regions]
    labels.append(FemmLabel((middle * cos(half), middle * sin(half)), named["air"]))
    paths = design.winding.parallel_paths if design.winding else 1
    rounded = [r.label.name for r in design.regions if r.label.conductors != round(r.label.conductors)]
    comment = f"{design.name}: {design.pole_pairs} pole pairs, {design.slots} slots, {paths} parallel path(s)"
    if rounded:
        comment += f"; conductors rounded in {', '.join(sorted(set(rounded)))}"
    return FemmDocument(
        depth_m=design.stack_length_m,
        points=list(numbers),
        segments=segments,
        arcs=arcs,
        labels=labels,
        blocks=blocks,
        circuits=[FemmCircuit(name) for name in CIRCUITS],
        boundaries=boundaries,
        comment=comment,
    )


def _gap_sides(design: MachineDesign) -> list[Edge]:
    """The two lines that close the gap ring of a sector."""
    if design.whole_circle:
        return []
    radii = (design.rotor_outer_radius_m, design.stator_bore_radius_m)
    lines = []
    for angle in (0.0, design.sector_rad):
        places = [_vertex_on_side(design, radius, angle) for radius in radii]
        lines.append(Edge(places[0], places[1]))
    return lines


def _vertex_on_side(design: MachineDesign, radius_m: float, angle_rad: float) -> Point:
    """The design's own vertex there, so that the document's points are shared to the last bit."""
    wanted = (radius_m * cos(angle_rad), radius_m * sin(angle_rad))
    vertices = {point for edge in design.edges for point in (edge.start, edge.end)}
    nearest = min(vertices, key=lambda p: hypot(p[0] - wanted[0], p[1] - wanted[1]))
    return nearest if hypot(nearest[0] - wanted[0], nearest[1] - wanted[1]) < 1e-7 else wanted


def _counter_clockwise(edge: Edge) -> list[Edge]:
    """An arc as FEMM wants it: counter-clockwise and at most half a turn."""
    if edge.centre is None:
        return [edge]
    if edge.sweep_rad < 0.0:
        edge = edge.reversed()
    if edge.sweep_rad <= pi:
        return [edge]
    middle = edge.point_at(0.5)
    return [
        Edge(edge.start, middle, edge.centre, 0.5 * edge.sweep_rad),
        Edge(middle, edge.end, edge.centre, 0.5 * edge.sweep_rad),
    ]


def _on_side(design: MachineDesign, edge: Edge) -> tuple[float, float] | None:
    """The radii of a piece of one of the sector's sides, rounded so that both sides give the same; None elsewhere."""
    if design.whole_circle:
        return None
    for angle in (0.0, design.sector_rad):
        across = [abs(y * cos(angle) - x * sin(angle)) for x, y in (edge.start, edge.end)]
        along = [x * cos(angle) + y * sin(angle) for x, y in (edge.start, edge.end)]
        if max(across) < ON_CIRCLE_M and min(along) > -ON_CIRCLE_M:
            inner, outer = sorted(along)
            return round(inner, 8), round(outer, 8)
    return None


# ---------------------------------------------------------------- materials and labels


def _blocks(design: MachineDesign) -> tuple[list[FemmBlock], dict[str, int]]:
    """Materials, and the number of each by name: steels and magnets by their own, windings as stator and field copper."""
    blocks = [FemmBlock("Air")]
    named = {"air": 1}
    winding, coil = design.winding, design.field_coil
    materials: list[tuple[str, FemmBlock]] = [
        *((name, _steel(name, steel, design.stacking_factor)) for name, steel in design.steels.items()),
        *((name, _magnet(name, magnet)) for name, magnet in design.magnets.items()),
    ]
    if winding is not None:
        wire = winding.wire if isinstance(winding.wire, RoundWire) else None
        materials.append(("stator_winding", _copper("stator " + winding.conductor.name, winding.conductor, wire)))
    if coil is not None:
        materials.append(("field_winding", _copper("field " + coil.conductor.name, coil.conductor, None)))
    for name, block in materials:
        blocks.append(block)
        named[name] = len(blocks)
    return blocks, named


def _steel(name: str, steel: Steel, stacking_factor: float) -> FemmBlock:
    return FemmBlock(
        name,
        mu_x=steel.mu_r or 1.0,
        sigma=_conductivity(steel.resistivity_ohm_m),
        d_lam=MM * steel.lamination_thickness_m,
        lam_fill=stacking_factor,
        bh=() if steel.mu_r else tuple(zip(steel.b_t, steel.h_a_per_m, strict=True)),
    )


def _magnet(name: str, magnet: Magnet) -> FemmBlock:
    return FemmBlock(
        name,
        mu_x=magnet.mu_r,
        h_c=magnet.remanence_t / (MU_0 * magnet.mu_r),
        sigma=_conductivity(magnet.resistivity_ohm_m),
    )


def _copper(name: str, conductor: Conductor, wire: RoundWire | None) -> FemmBlock:
    sigma = _conductivity(conductor.resistivity_ohm_m)
    if wire is None:
        return FemmBlock(name, sigma=sigma)
    kind = 3 if wire.strands == 1 else 4
    return FemmBlock(name, sigma=sigma, lam_type=kind, n_strands=wire.strands, wire_d=MM * wire.diameter_m)


def _conductivity(resistivity_ohm_m: float) -> float:
    return 1e-6 / resistivity_ohm_m if resistivity_ohm_m > 0.0 else 0.0


def _label(label: Label, rotor: bool, named: dict[str, int]) -> FemmLabel:
    circuit = {"stator_winding": (label.phase or 0) + 1, "field_winding": len(CIRCUITS)}.get(label.kind, 0)
    key = label.kind if circuit or label.kind == "air" else str(label.material)
    direction = repr(degrees(label.magnetisation_rad)) if label.magnetisation_rad is not None else "0"
    return FemmLabel(label.point, named[key], circuit, direction, 2 if rotor else 1, label.conductors or 1.0)


# ---------------------------------------------------------------- text


def text_of(document: FemmDocument) -> str:
    """The document's text, in millimetres."""
    lines = [
        "[Format]      =  4.0",
        f"[Frequency]   =  {document.frequency_hz:.17g}",
        "[Precision]   =  1e-08",
        "[MinAngle]    =  30",
        "[DoSmartMesh] =  1",
        f"[Depth]       =  {MM * document.depth_m:.17g}",
        "[LengthUnits] =  millimeters",
        "[ProblemType] =  planar",
        "[Coordinates] =  cartesian",
        "[ACSolver]    =  0",
        "[PrevType]    =  0",
        '[PrevSoln]    =  ""',
        f'[Comment]     =  "{document.comment}"',
        "[PointProps]  = 0",
        f"[BdryProps]   = {len(document.boundaries)}",
    ]
    for name, kind in document.boundaries:
        zeros = [
            "A_0",
            "A_1",
            "A_2",
            "Phi",
            "c0",
            "c0i",
            "c1",
            "c1i",
            "Mu_ssd",
            "Sigma_ssd",
            "innerangle",
            "outerangle",
        ]
        lines += _record("Bdry", [("BdryName", f'"{name}"'), ("BdryType", kind), *((key, 0) for key in zeros)])
    lines.append(f"[BlockProps]  = {len(document.blocks)}")
    for block in document.blocks:
        lines += _block_lines(block)
    lines.append(f"[CircuitProps]  = {len(document.circuits)}")
    for circuit in document.circuits:
        fields = [("CircuitName", f'"{circuit.name}"'), ("TotalAmps_re", circuit.amps), ("TotalAmps_im", 0)]
        lines += _record("Circuit", [*fields, ("CircuitType", 1 if circuit.series else 0)])
    lines.append(f"[NumPoints] = {len(document.points)}")
    lines += [f"{MM * x:.17g}\t{MM * y:.17g}\t0\t0" for x, y in document.points]
    lines.append(f"[NumSegments] = {len(document.segments)}")
    lines += [f"{i}\t{j}\t-1\t{boundary}\t0\t0" for i, j, boundary in document.segments]
    lines.append(f"[NumArcSegments] = {len(document.arcs)}")
    lines += [
        f"{i}\t{j}\t{angle:.17g}\t{MAX_SEGMENT_DEG:g}\t{boundary}\t0\t0" for i, j, angle, boundary in document.arcs
    ]
    lines.append("[NumHoles] = 0")
    lines.append(f"[NumBlockLabels] = {len(document.labels)}")
    for label in document.labels:
        x, y = label.point
        lines.append(
            f"{MM * x:.17g}\t{MM * y:.17g}\t{label.block}\t-1\t{label.circuit}\t{label.direction or 0}\t{label.group}"
            f"\t{round(label.turns)}\t{label.flags & DEFAULT_LABEL}"
        )
    return "\n".join(lines) + "\n"


def _record(kind: str, fields: Sequence[tuple[str, object]]) -> list[str]:
    return [f"  <Begin{kind}>", *(f"    <{key}> = {value}" for key, value in fields), f"  <End{kind}>"]


def _block_lines(block: FemmBlock) -> list[str]:
    fields: list[tuple[str, object]] = [
        ("BlockName", f'"{block.name}"'),
        ("Mu_x", f"{block.mu_x:.17g}"),
        ("Mu_y", f"{block.mu_x:.17g}"),
        ("H_c", f"{block.h_c:.17g}"),
        ("H_cAngle", 0),
        ("J_re", f"{block.j_re:.17g}"),
        ("J_im", 0),
        ("Sigma", f"{block.sigma:.17g}"),
        ("d_lam", f"{block.d_lam:.17g}"),
        ("Phi_h", 0),
        ("Phi_hx", 0),
        ("Phi_hy", 0),
        ("LamType", block.lam_type),
        ("LamFill", f"{block.lam_fill:.17g}"),
        ("NStrands", block.n_strands),
        ("WireD", f"{block.wire_d:.17g}"),
        ("BHPoints", len(block.bh)),
    ]
    record = _record("Block", fields)
    return [*record[:-1], *(f"      {b:.17g}\t{h:.17g}" for b, h in block.bh), record[-1]]
