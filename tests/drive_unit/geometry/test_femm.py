"""FEMM documents: what is written is read back as the same machine, whatever its unit, its names and how much of it is drawn."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, degrees, pi, radians
from pathlib import Path

import pytest
from drawings import MACHINES, annular_block, arc, machine, one_pole, polar, turned_drawing
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.geometry.design import FieldCoil, Label, MachineDesign, RoundWire, Winding
from halfshaft.drive_unit.geometry.femm import design_from_document, design_from_fem, evaluate_direction
from halfshaft.drive_unit.geometry.femm_document import FemmBlock, FemmCircuit, FemmDocument, FemmLabel, read_document
from halfshaft.drive_unit.geometry.femm_materials import MU_0, magnet_of
from halfshaft.drive_unit.geometry.femm_windings import base_and_sign, dominant_pole_pairs, phases_of
from halfshaft.drive_unit.geometry.femm_writer import document_of, text_of, write_femm
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.quantities.errors import InputError

SHEET = Steel(
    "steel", (0.0, 100.0, 1000.0, 10000.0), (0.0, 0.8, 1.4, 1.8), resistivity_ohm_m=5e-7, lamination_thickness_m=3.5e-4
)
WINDING = Winding(1, Conductor("copper"), 3, 0.1, RoundWire(1e-3, 7))
COIL = FieldCoil(45.0, Conductor("copper"), 0.06, 0.45)


def sides_of(labels: list[Label], poles: int = 1) -> list[Label]:
    """The invented pole's coils as a balanced winding: A, -C, B, each pole opposite to the one before."""
    phases = {0: (0, 9.0), 1: (2, -9.0), 2: (1, 9.0)}
    found, slot = [], 0
    for label in labels:
        if label.kind == "stator_winding":
            phase, turns = phases[slot % 3]
            label = replace(label, phase=phase, conductors=turns * (-1) ** (slot // 3 % 2))
            slot += 1
        found.append(label)
    return found


def magnet_machine(poles: int = 1) -> MachineDesign:
    edges: list[Edge] = []
    labels: list[Label] = []
    one_edges, one_labels = one_pole()
    for pole in range(poles):
        e, n = turned_drawing(one_edges, one_labels, pole * pi / 2, reverse=bool(pole % 2))
        edges, labels = edges + e, labels + n
    labels = [n for k, n in enumerate(labels) if n.kind != "iron" or k < len(one_labels)]
    return machine(edges, sides_of(labels), winding=WINDING, steels={"steel": SHEET})


def wound_machine() -> MachineDesign:
    edges, labels = one_pole(magnet=False)
    for number, begin in enumerate((0.2, 1.1)):
        edges += annular_block(28e-3, 36e-3, begin, begin + 0.25, f"side {number}")
        turns = 45.0 * (-1) ** number
        labels.append(Label(polar(32e-3, begin + 0.1), f"side {number}", "field_winding", conductors=turns))
    return machine(edges, sides_of(labels), winding=WINDING, field_coil=COIL, steels={"steel": SHEET})


def essence(design: MachineDesign) -> list[tuple[object, ...]]:
    """Regions without their names and order."""
    rows = []
    for r in design.regions:
        turned = None if r.label.magnetisation_rad is None else round(degrees(r.label.magnetisation_rad) % 360.0, 6)
        place = tuple(round(1e6 * c) for c in r.label.point)
        rows.append((r.part, r.label.kind, r.label.phase, r.label.conductors, turned, round(1e6 * r.area_m2, 6), place))
    return sorted(rows, key=str)


DESIGNS = {"magnets": magnet_machine, "wound": wound_machine}


@pytest.mark.parametrize("kind", [*DESIGNS, "two poles", "whole circle"])
def test_a_written_machine_is_read_back_as_itself(kind: str) -> None:
    """Regions, areas, turns, directions, curves, poles and slots survive; circuits and sides carry all that is needed."""
    design = DESIGNS[kind]() if kind in DESIGNS else magnet_machine(2 if kind == "two poles" else 4)
    again = design_from_fem(write_femm(design), "again.fem")
    assert essence(again) == essence(design)
    assert (again.pole_pairs, again.slots, again.sector_poles) == (2, 12, design.sector_poles)
    assert again.stack_length_m == pytest.approx(design.stack_length_m)
    assert again.stacking_factor == pytest.approx(design.stacking_factor)
    assert again.steels["steel"].h_a_per_m == SHEET.h_a_per_m
    assert again.steels["steel"].lamination_thickness_m == pytest.approx(3.5e-4)
    assert again.winding is not None
    assert again.winding.wire == WINDING.wire
    for name, magnet in design.magnets.items():
        if name in again.magnets:
            assert again.magnets[name].remanence_t == pytest.approx(magnet.remanence_t)
    if kind == "wound":
        assert again.field_coil is not None
        assert again.field_coil.turns_per_pole == 45.0


@pytest.mark.parametrize("name", ["Toyota_Prius", "Renault_Zoe", "Jaguar_I_Pace", "Tesla_Model3_SyRe_femm"])
def test_published_machines_survive_the_way_through_a_document(name: str) -> None:
    """From facts to design to .fem to design: the same regions and areas."""
    path = MACHINES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"needs {path}, the collected machine data beside the checkout")
    design = read_design(path)
    again = design_from_fem(write_femm(design), "again.fem")
    assert essence(again) == essence(design)
    assert (again.pole_pairs, again.slots) == (design.pole_pairs, design.slots)


def test_the_published_drawing_without_circuits_becomes_a_machine() -> None:
    """54 slots, 6 poles, magnets through their thickness: all concluded, all told."""
    path = MACHINES / "Tesla_Model3_SyRe_femm.json"
    if not path.exists():
        pytest.skip(f"needs {path}, the collected machine data beside the checkout")
    design = read_design(path, overrides={"conductor_factor": 3.0})
    assert (design.pole_pairs, design.slots, design.sector_poles) == (3, 54, 1)
    assert 1e3 * design.gap_m == pytest.approx(0.7, abs=1e-3)
    coils = [r.label for r in design.regions if r.label.kind == "stator_winding"]
    assert len(coils) == 18
    assert {abs(label.conductors) for label in coils} == {3.0}
    # SyR-e itself magnetises these two at 51.66 and 8.34 degrees (motorExamples/TeslaModel3.fem)
    found = sorted(degrees(r.label.magnetisation_rad or 0.0) for r in design.regions if r.label.kind == "magnet")
    assert found == pytest.approx([8.34, 51.66], abs=1.0)
    assert any("assumed" in note for note in design.notes)


@settings(max_examples=8, deadline=None)
@given(
    unit=st.sampled_from([("inches", 0.0254), ("centimeters", 0.01), ("meters", 1.0), ("micrometers", 1e-6)]),
    turn=st.floats(-3.0, 3.0),
)
def test_unit_and_start_angle_of_a_document_do_not_matter(unit: tuple[str, float], turn: float) -> None:
    """The same machine in another unit, and turned by any angle."""
    document = document_of(magnet_machine())
    c = complex(polar(1.0, turn)[0], polar(1.0, turn)[1])

    def rotated(point: tuple[float, float]) -> tuple[float, float]:
        value = complex(*point) * c
        return value.real, value.imag

    turned = replace(
        document,
        points=[rotated(p) for p in document.points],
        labels=[
            replace(n, point=rotated(n.point), direction=str(float(n.direction or 0) + degrees(turn)))
            for n in document.labels
        ],
    )
    lines = []
    table = ""
    for line in text_of(turned).splitlines():
        if line.startswith("["):
            table = line
        elif table.startswith(("[NumPoints", "[NumBlockLabels")):
            x, y, *rest = line.split("\t")
            line = "\t".join([repr(float(x) * 1e-3 / unit[1]), repr(float(y) * 1e-3 / unit[1]), *rest])
        lines.append(line)
    text = "\n".join(lines).replace("millimeters", unit[0])
    text = text.replace("[Depth]       =  100", f"[Depth] = {0.1 / unit[1]!r}")
    again = design_from_fem(text, "turned.fem")
    reference = magnet_machine()
    assert again.stack_length_m == pytest.approx(0.1)
    assert [r.label.conductors for r in again.regions] == [r.label.conductors for r in reference.regions]
    for got, wanted in zip(again.regions, reference.regions, strict=True):
        assert got.area_m2 == pytest.approx(wanted.area_m2, rel=1e-4)
        if wanted.label.magnetisation_rad is not None:
            assert got.label.magnetisation_rad is not None
            away = got.label.magnetisation_rad - wanted.label.magnetisation_rad
            assert abs((away + pi) % (2 * pi) - pi) < 1e-5


@pytest.mark.parametrize(
    "names",
    [("A", "B", "C"), ("U", "V", "W"), ("fase1", "fase2", "fase3"), ("Phase A", "Phase B", "Phase C"), ("Circs0", "Circs1", "Circs2")],
)  # fmt: skip
@pytest.mark.parametrize("marks", [None, ("+", "-"), ("", "n"), ("_pos", "_neg")])
def test_circuits_are_phases_whatever_their_names(names: tuple[str, str, str], marks: tuple[str, str] | None) -> None:
    """One signed circuit a phase, or two circuits with marks of sign: the same conductors."""
    if marks == ("", "n") and not names[0][-1].isdigit():
        marks = ("+", "-")
    document = document_of(magnet_machine())
    circuits, labels = [], []
    if marks is None:
        circuits = [FemmCircuit(name) for name in names]
        labels = list(document.labels)
    else:
        circuits = [FemmCircuit(name + mark) for name in names for mark in marks]
        for label in document.labels:
            if label.circuit:
                label = replace(label, circuit=2 * label.circuit - (label.turns > 0), turns=abs(label.turns))
            labels.append(label)
    again = design_from_document(replace(document, circuits=circuits, labels=labels), "named.fem")
    assert essence(again) == essence(magnet_machine())


@pytest.mark.parametrize("names", [("U+", "U-", "V+", "V-", "W+", "W-"), ("A", "a", "B", "b", "C", "c")])
def test_materials_named_as_phases_are_the_winding(names: tuple[str, ...]) -> None:
    """Drawings without circuits, whose copper is called U+ and U-, or A and a: each face is one conductor of that phase."""
    document = document_of(magnet_machine())
    blocks = [*document.blocks, *(FemmBlock(name) for name in names)]
    first = len(document.blocks) + 1
    labels = [
        replace(n, block=first + 2 * (n.circuit - 1) + (n.turns < 0), circuit=0, turns=1.0) if n.circuit else n
        for n in document.labels
    ]
    again = design_from_document(replace(document, blocks=blocks, labels=labels, circuits=[]), "named.fem")
    wanted = [(r.label.phase, r.label.conductors / 9.0) for r in magnet_machine().regions]
    assert [(r.label.phase, r.label.conductors) for r in again.regions] == wanted
    assert any("conductor_factor" in note for note in again.notes)


@settings(max_examples=10, deadline=None)
@given(digits=st.integers(2, 3), poles=st.sampled_from([1, 4]))
def test_angles_rounded_to_a_few_digits_leave_no_slivers(digits: int, poles: int) -> None:
    """Tools write arcs' angles with two digits: circles about the axis stay circles about the axis."""
    design = magnet_machine(poles)
    document = document_of(design)
    rounded = replace(document, arcs=[(i, j, round(angle, digits), b) for i, j, angle, b in document.arcs])
    again = design_from_document(rounded, "rounded.fem")
    assert again.gap_m == pytest.approx(design.gap_m, abs=1e-9)
    assert [(r.part, r.label.kind) for r in again.regions] == [(r.part, r.label.kind) for r in design.regions]


def test_a_negative_circuit_with_negative_turns_says_it_once() -> None:
    """A- with turns -9 is the return side, unless its current is the opposite of A+'s."""
    names, turns = ["A+", "A-", "B", "C"], {"A+": [9.0], "A-": [-9.0], "B": [9.0], "C": [9.0]}
    assert phases_of(names, turns, {})["A-"].sign == 1
    assert phases_of(names, turns, {"A+": 5.0, "A-": -5.0})["A-"].sign == -1
    assert phases_of(names, {**turns, "A-": [9.0]}, {"A+": 5.0, "A-": 5.0})["A-"].sign == 1
    assert phases_of(["A", "B"], {}, {}) == {}
    assert base_and_sign("-U") == ("u", -1)


@settings(max_examples=40, deadline=None)
@given(pairs=st.integers(1, 12), start=st.floats(0.0, 1.0), opening=st.floats(0.05, 0.4), whole=st.booleans())
def test_the_order_of_magnets_tells_the_poles(pairs: int, start: float, opening: float, whole: bool) -> None:
    """Pairs of magnets, V-shaped about each pole's axis, alternating: the pole pairs follow, from one pole or from all."""
    pitch = pi / pairs
    poles = range(2 * pairs if whole else 1)
    angles = [start + (k + 0.5 + side * opening) * pitch for k in poles for side in (-1, 1)]
    strengths = [complex((-1) ** k) for k in poles for _ in (-1, 1)]
    found = dominant_pole_pairs(angles, [strengths], 1 if whole else 2 * pairs, None if whole else -1)
    assert found == pairs


def test_a_direction_that_follows_the_radius_is_drawn_in_pieces() -> None:
    """theta on a surface magnet: pieces along their radii, whose areas sum to the magnet."""
    edges, labels = one_pole(magnet=False)
    edges += annular_block(36e-3, 40e-3, 0.3, pi / 2 - 0.3, "magnet")
    edges = [e for e in edges if e.feature != "rotor surface"] + [arc(40e-3, 0.0, pi / 2, "rotor surface")]
    labels.append(Label(polar(38e-3, 0.7), "magnet", "magnet", "magnet", magnetisation_rad=0.7))
    design = machine(edges, sides_of(labels), winding=WINDING, steels={"steel": SHEET})
    document = document_of(design)
    radial = [replace(n, direction="theta+180") if document.blocks[n.block - 1].h_c else n for n in document.labels]
    again = design_from_document(replace(document, labels=radial), "radial.fem")
    pieces = [r for r in again.regions if r.label.kind == "magnet"]
    assert len(pieces) > 5
    assert sum(r.area_m2 for r in pieces) == pytest.approx(0.5 * (pi / 2 - 0.6) * (40e-3**2 - 36e-3**2), rel=1e-6)
    for piece in pieces:
        x, y = piece.label.point
        away = (piece.label.magnetisation_rad or 0.0) - atan2(y, x) - pi
        assert abs((away + pi) % (2 * pi) - pi) < 1e-9


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("90", 90.0), ("theta", 30.0), ("theta + 90", 120.0), ("2*theta-180", -120.0), ("-theta^2", -900.0)],
)
def test_directions_are_numbers_or_arithmetic(text: str, wanted: float) -> None:
    """At 30 degrees; anything that is no arithmetic is refused, nothing is run."""
    assert evaluate_direction(text, polar(0.04, radians(30.0))) == pytest.approx(wanted)
    for bad in ("__import__('os')", "sin(theta)", "theta if x else y", "", "1/0"):
        with pytest.raises(ValueError, match=r".*"):
            evaluate_direction(bad, (1.0, 0.0))


@given(remanence=st.floats(0.2, 1.5), mu_r=st.floats(1.0, 1.3))
def test_remanence_is_where_the_line_crosses_zero_field(remanence: float, mu_r: float) -> None:
    """From H_c and mu_r, and from a curve that is straight: the same magnet."""
    h_c = remanence / (MU_0 * mu_r)
    plain = magnet_of(FemmBlock("m", mu_x=mu_r, h_c=h_c), "f", [])
    curve = tuple((MU_0 * mu_r * h, h) for h in (0.0, 0.25 * h_c, 0.5 * h_c, h_c, 2.0 * h_c))
    notes: list[str] = []
    curved = magnet_of(FemmBlock("m", mu_x=mu_r, h_c=h_c, bh=curve), "f", notes)
    assert plain.remanence_t == pytest.approx(remanence)
    assert curved.remanence_t == pytest.approx(remanence)
    assert curved.mu_r == pytest.approx(mu_r)
    assert notes


def changed(old: str, new: str) -> str:
    text = write_femm(magnet_machine())
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("planar", "axisymmetric", "planar"),
        ("millimeters", "furlongs", "unit"),
        ("=  4.0", "=  3.0", "format"),
        ("[NumPoints] = ", "[NumPoints] = 9", "cut off"),
        ("[NumBlockLabels]", "[NumNothing]", "FEMM"),
        ("<Mu_x> = 1", "<Mu_x> = 1,05x", "no number"),
    ],
)
def test_a_broken_document_is_refused_with_its_line(old: str, new: str, words: str) -> None:
    """The line is the one that is wrong, and the remedy says what would be right."""
    with pytest.raises(InputError) as caught:
        read_document(changed(old, new), "broken.fem")
    problem = caught.value.problems[0]
    assert words in f"{problem.field} {problem.message} {problem.remedy}"
    if new in ("axisymmetric", "furlongs", "<Mu_x> = 1,05x"):
        lines = changed(old, new).splitlines()
        assert problem.line is not None
        assert new.split("=")[0].strip() in lines[problem.line - 1] or "EndBlock" in lines[problem.line - 1]


def documents(change: str) -> FemmDocument:
    document = document_of(magnet_machine())
    labels = list(document.labels)
    if change == "names":
        return replace(document, circuits=[FemmCircuit(name) for name in ("left", "right", "up", "down")])
    if change == "signs":
        return replace(document, boundaries=[(n, 4 if k == 5 else k) for n, k in document.boundaries])
    if change == "air":
        return replace(document, labels=[n for n in labels if not document.blocks[n.block - 1].bh])
    if change == "empty":
        return replace(document, segments=[], arcs=[])
    if change == "lost":
        return replace(document, labels=[replace(labels[0], point=(1.0, 1.0)), *labels[1:]])
    if change == "gap":
        return replace(document, labels=[*labels[:-1], replace(labels[-1], block=2)])
    directions = [replace(n, direction="sideways") if document.blocks[n.block - 1].h_c else n for n in labels]
    return replace(document, labels=directions)


@pytest.mark.parametrize(
    ("change", "words"),
    [("empty", "nothing is drawn"), ("air", "none names iron"), ("gap", "rotor"), ("lost", "closed outline"),
     ("sideways", "direction")],
)  # fmt: skip
def test_a_drawing_that_cannot_be_understood_is_refused(change: str, words: str) -> None:
    """Never a guess: the message says what is contradictory and what to state."""
    with pytest.raises(InputError) as caught:
        design_from_document(documents(change), "odd.fem")
    assert words in str(caught.value)


def test_sides_that_contradict_the_poles_are_refused() -> None:
    """One pole with periodic sides; and a winding that has no harmonic of the rotor's order."""
    with pytest.raises(InputError, match="antiperiodic"):
        design_from_document(documents("signs"), "odd.fem", Overrides(pole_pairs=2))
    document = document_of(magnet_machine(2))
    labels = [replace(n, turns=abs(n.turns), circuit=1) if 1 <= n.circuit <= 3 else n for n in document.labels]
    circuits = [FemmCircuit("A"), FemmCircuit("B"), FemmCircuit("C"), FemmCircuit("field")]
    dead = [replace(n, circuit=k % 3 + 1) for k, n in enumerate(n for n in labels if n.circuit)]
    others = [n for n in labels if not n.circuit]
    with pytest.raises(InputError, match="cannot drive"):
        design_from_document(replace(document, labels=[*others, *dead], circuits=circuits), "dead.fem")


def test_unknown_circuits_are_asked_for_and_can_be_stated() -> None:
    """Names that say nothing are refused; stated, they give the machine."""
    document = documents("names")
    circuits = {"left": "A", "right": "-B", "up": "C"}
    labels = [replace(n, turns=-n.turns) if n.circuit == 2 else n for n in document.labels]
    document = replace(document, labels=labels)
    with pytest.raises(InputError, match="three phases"):
        design_from_document(
            replace(document, labels=[replace(n, circuit=min(n.circuit, 2)) for n in labels]), "odd.fem"
        )
    again = design_from_document(document, "stated.fem", Overrides.of({"circuits": circuits}, "-"))
    assert essence(again) == essence(magnet_machine())


def test_a_default_label_speaks_for_all_silent_faces() -> None:
    """Iron named by the default label only."""
    document = document_of(magnet_machine())
    iron = [n for n in document.labels if document.blocks[n.block - 1].bh]
    silent = [n for n in document.labels if n not in iron]
    default = FemmLabel((1.0, 1.0), iron[0].block, flags=2)
    openings = [n for n in silent if document.blocks[n.block - 1].name == "Air"]
    assert openings
    again = design_from_document(replace(document, labels=[*silent, default]), "default.fem")
    areas = [sum(r.area_m2 for r in d.regions if r.label.kind == "iron") for d in (again, magnet_machine())]
    assert areas[0] == pytest.approx(areas[1])


def test_a_file_is_read_by_its_suffix(tmp_path: Path) -> None:
    """Through the one door, with what the user states."""
    path = tmp_path / "my motor.fem"
    path.write_text(write_femm(magnet_machine()), encoding="latin-1")
    design = read_design(path, overrides={"parallel_paths": 2, "remanence_t": 1.0})
    assert design.name == "my motor"
    assert design.winding is not None
    assert design.winding.parallel_paths == 2
    assert design.magnets["magnet"] == replace(
        Magnet("magnet", 1.0, 1.05), source=design.magnets["magnet"].source, density_kg_per_m3=7500.0
    )
    for name in ("gone.fem", "motor.stl"):
        with pytest.raises(InputError):
            read_design(tmp_path / name)
