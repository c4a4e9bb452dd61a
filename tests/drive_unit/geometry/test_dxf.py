"""DXF drawings: what is written is read back, whatever a drawing is made of; what it does not say is asked for by name."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from math import atan2, degrees, pi, tan
from pathlib import Path
from typing import Any

import ezdxf
import pytest
from drawings import MACHINES, annular_block, machine, one_pole, polar
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit.geometry.design import FieldCoil, Label, MachineDesign, RectangularWire, Winding
from halfshaft.drive_unit.geometry.dxf import design_from_dxf
from halfshaft.drive_unit.geometry.dxf_meaning import parse_meaning
from halfshaft.drive_unit.geometry.dxf_writer import describe, words, write_dxf
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.drive_unit.geometry.materials import Conductor, Steel
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.quantities.errors import InputError

SHEET = Steel("steel", (0.0, 100.0, 1000.0, 10000.0), (0.0, 0.8, 1.4, 1.8), loss_table=((50.0, 1.0, 1.5),))
WINDING = Winding(2, Conductor("copper"), 3, 0.1, RectangularWire(3e-3, 2e-3, 4), 0.6)
MATERIALS = {
    "steel": {"kind": "steel", "h_a_per_m_b_t": [[0, 0], [100, 0.8], [1000, 1.4], [10000, 1.8]]},
    "N42": {"kind": "magnet", "remanence_t": 1.3},
}
STATED: dict[str, Any] = {
    "pole_pairs": 2,
    "stack_length_mm": 100.0,
    "stacking_factor": 0.97,
    "materials": MATERIALS,
    "winding": {"turns_per_coil_side": 9, "coil_pitch_slots": 3, "copper_fill": 0.4, "end_turn_length_mm": 120.0},
}
LAYERS = {"STATOR": "iron steel", "ROTOR": "iron steel", "MAGNET": "magnet N42", "COPPER": "coil"}


def essence(design: MachineDesign) -> list[tuple[object, ...]]:
    """Regions without names, order and label points."""
    rows = []
    for r in design.regions:
        turned = None if r.label.magnetisation_rad is None else round(degrees(r.label.magnetisation_rad) % 360.0, 6)
        rows.append((r.part, r.label.kind, r.label.phase, r.label.conductors, turned, round(1e6 * r.area_m2, 5)))
    return sorted(rows, key=str)


def balanced_pole() -> MachineDesign:
    edges, labels = one_pole()
    sides = iter([(0, 9.0), (2, -9.0), (1, 9.0)])
    wound = []
    for label in labels:
        if label.kind == "stator_winding":
            phase, turns = next(sides)
            label = replace(label, phase=phase, conductors=turns)
        wound.append(label)
    return machine(edges, wound, winding=WINDING, steels={"steel": SHEET})


def text_of(document: Any) -> str:
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue()


def half_bulge(sweep: float) -> float:
    return tan(sweep / 4)


def layered(unit: int = 4, scale: float = 1.0, whole: bool = True) -> Any:
    """A whole machine of four surface magnets and twelve slots, as people draw: polylines, circles, blocks, layers, no texts."""
    document = ezdxf.new("R2010", units=unit)  # type: ignore[attr-defined]
    space = document.modelspace()

    def point(radius: float, angle: float) -> tuple[float, float]:
        x, y = polar(radius * scale, angle)
        return x, y

    for layer, radius in (("STATOR", 70.0), ("STATOR", 41.0), ("ROTOR", 36.0), ("ROTOR", 15.0)):
        space.add_circle((0, 0), radius * scale, dxfattribs={"layer": layer})
    magnet = document.blocks.new("MAGNET")
    half = 0.6
    corners = [point(36, -half), point(40, -half), point(40, half), point(36, half)]
    bulges = [0.0, half_bulge(2 * half), 0.0, -half_bulge(2 * half)]
    magnet.add_lwpolyline(
        [(x, y, b) for (x, y), b in zip(corners, bulges, strict=True)],
        format="xyb",
        close=True,
        dxfattribs={"layer": "0"},
    )
    for k in range(4):
        space.add_blockref("MAGNET", (0, 0), dxfattribs={"layer": "MAGNET", "rotation": 45.0 + 90.0 * k})
    for k in range(12):
        middle, width = (k + 0.5) * pi / 6, 0.1
        corners = [
            point(43, middle - width),
            point(60, middle - width),
            point(60, middle + width),
            point(43, middle + width),
        ]
        bulges = [0.0, half_bulge(2 * width), 0.0, -half_bulge(2 * width)]
        space.add_lwpolyline(
            [(x, y, b) for (x, y), b in zip(corners, bulges, strict=True)], format="xyb", close=True,
            dxfattribs={"layer": "COPPER"},
        )  # fmt: skip
    space.add_point((1, 1))
    space.add_text("Drawing 4711", dxfattribs={"layer": "TITLE"})
    return document


@pytest.mark.parametrize("kind", ["invented", "Toyota_Prius", "Renault_Zoe", "Jaguar_I_Pace"])
def test_a_written_drawing_is_read_back_as_the_same_machine(kind: str) -> None:
    """Regions, materials and windings survive the way through drawing and description; the description is plain JSON."""
    if kind == "invented":
        design = balanced_pole()
    else:
        path = MACHINES / f"{kind}.json"
        if not path.exists():
            pytest.skip(f"needs {path}, the collected machine data beside the checkout")
        design = read_design(path)
    again = design_from_dxf(write_dxf(design), "again.dxf", json.loads(json.dumps(describe(design))))
    assert essence(again) == essence(design)
    assert again.magnets == design.magnets
    assert again.winding is not None
    assert design.winding is not None
    assert again.winding.wire == pytest.approx(design.winding.wire)
    assert again.winding.end_turn_length_m == pytest.approx(design.winding.end_turn_length_m)
    assert again.winding.conductor == design.winding.conductor
    for name, steel in design.steels.items():
        assert again.steels[name].h_a_per_m == steel.h_a_per_m
        assert again.steels[name].loss_table == steel.loss_table
    if design.field_coil is not None:
        assert again.field_coil is not None
        assert again.field_coil.turns_per_pole == design.field_coil.turns_per_pole
        assert again.field_coil.conductor == design.field_coil.conductor


def test_layers_alone_name_circles_polylines_and_blocks() -> None:
    """A ring between two circles is a ring; magnets alternate outwards and inwards; the winding is counted out by slots."""
    design = design_from_dxf(text_of(layered()), "layered.dxf", {**STATED, "layers": LAYERS})
    assert (design.slots, design.sector_poles, design.pole_pairs) == (12, 4, 2)
    assert design.gap_m == pytest.approx(1e-3, abs=2e-6)
    by_kind = {k: [r for r in design.regions if r.label.kind == k] for k in ("iron", "magnet", "stator_winding", "air")}
    assert len(by_kind["iron"]) == 2
    assert sum(r.area_m2 for r in by_kind["magnet"]) == pytest.approx(4 * 0.6 * (40e-3**2 - 36e-3**2), rel=1e-6)
    assert sum(r.area_m2 for r in by_kind["stator_winding"]) == pytest.approx(
        12 * 0.1 * (60e-3**2 - 43e-3**2), rel=1e-6
    )
    for region in by_kind["magnet"]:
        x, y = region.label.point
        pole = int(degrees(atan2(y, x)) % 360.0 // 90.0)
        assert region.label.magnetisation_rad is not None
        away = region.label.magnetisation_rad - ((pole + 0.5) * pi / 2 + pi * (pole % 2))
        assert abs((away + pi) % (2 * pi) - pi) < 1e-6
    order = sorted(by_kind["stator_winding"], key=lambda r: atan2(r.label.point[1], r.label.point[0]) % (2 * pi))
    assert [(r.label.phase, r.label.conductors) for r in order[:6]] == [
        (0, 9.0), (2, -9.0), (1, 9.0), (0, -9.0), (2, 9.0), (1, -9.0),
    ]  # fmt: skip
    assert any("POINT" in note for note in design.notes)


@pytest.mark.parametrize(("unit", "scale"), [(1, 1 / 25.4), (5, 0.1), (6, 1e-3)])
def test_the_unit_of_the_drawing_is_honoured(unit: int, scale: float) -> None:
    """Inches, centimetres and metres give the machine that millimetres give."""
    design = design_from_dxf(text_of(layered(unit, scale)), "unit.dxf", {**STATED, "layers": LAYERS})
    assert design.stator_outer_radius_m == pytest.approx(70e-3, rel=1e-9)


def test_a_drawing_without_unit_needs_one_stated() -> None:
    """No guess between millimetres and inches."""
    text = text_of(layered(0))
    with pytest.raises(InputError) as caught:
        design_from_dxf(text, "unit.dxf", {**STATED, "layers": LAYERS})
    assert caught.value.problems[0].field == "unit"
    assert design_from_dxf(text, "unit.dxf", {**STATED, "layers": LAYERS, "unit": "mm"}).slots == 12


def test_splines_and_ellipses_are_followed() -> None:
    """A shaft hole drawn as a spline and magnets' outer faces as ellipses: areas as of the true curves."""
    document = layered()
    space = document.modelspace()
    for entity in [e for e in space.query("CIRCLE") if e.dxf.radius in (15.0, 70.0)]:
        space.delete_entity(entity)
    space.add_ellipse((0, 0), (15, 0), ratio=1.0, dxfattribs={"layer": "ROTOR"})
    space.add_spline(dxfattribs={"layer": "VENT"}).apply_construction_tool(_round_spline(25.0, 3.0))
    space.add_ellipse((0, 0), (70, 0), ratio=0.98, dxfattribs={"layer": "STATOR"})
    design = design_from_dxf(text_of(document), "curves.dxf", {**STATED, "layers": {**LAYERS, "VENT": "air"}})
    air = [r for r in design.regions if r.label.name == "layer vent"]
    assert len(air) == 1
    assert air[0].area_m2 == pytest.approx(pi * 3e-3**2, rel=5e-3)
    iron = sum(r.area_m2 for r in design.regions if r.part == "stator" and r.label.kind == "iron")
    slots = 12 * 0.1 * (60e-3**2 - 43e-3**2)
    assert iron == pytest.approx(pi * (70e-3 * 68.6e-3 - 41e-3**2) - slots, rel=1e-4)


def _round_spline(x: float, radius: float) -> Any:
    from ezdxf.math import BSpline, ConstructionArc

    arc = ConstructionArc((x, 0), radius, 0, 360)
    return BSpline.from_fit_points([(p.x, p.y) for p in arc.vertices([10.0 * k for k in range(37)])], degree=3)


@pytest.mark.parametrize("salient", [True, False])
def test_field_sides_without_numbers_alternate_from_pole_to_pole(salient: bool) -> None:
    """Turns per pole alone: the two sides of one pole are opposite. In slots of a round rotor that cannot be seen."""
    edges, labels = one_pole(magnet=False)
    for number, begin in enumerate((0.0, pi / 2 - 0.25) if salient else (0.2, 1.1)):
        edges += annular_block(28e-3, 36e-3, begin, begin + 0.25, f"side {number}")
        labels.append(
            Label(polar(32e-3, begin + 0.1), f"side {number}", "field_winding", conductors=1.0 - 2.0 * number)
        )
    coil = FieldCoil(1.0, Conductor("copper"), 0.06, 0.45)
    design = machine(edges, labels, winding=WINDING, field_coil=coil, steels={"steel": SHEET})
    text = write_dxf(design).replace("field +1", "field").replace("field -1", "field")
    rows = {**describe(design), "field": {"turns_per_pole": 80}}
    if not salient:
        with pytest.raises(InputError, match="opposite"):
            design_from_dxf(text, "field.dxf", rows)
        return
    again = design_from_dxf(text, "field.dxf", rows)
    sides = [r.label for r in again.regions if r.label.kind == "field_winding"]
    assert sorted(side.conductors for side in sides) == [-80.0, 80.0]
    assert again.field_coil is not None
    assert again.field_coil.turns_per_pole == 80.0


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (lambda d: d.pop("pole_pairs"), "pole_pairs", "missing"),
        (lambda d: d.pop("stack_length_mm"), "stack_length_mm", "missing"),
        (lambda d: d.update(pole_pairs=2.5), "pole_pairs", "whole number"),
        (lambda d: d.update(poles=4), "poles", "no such entry"),
        (lambda d: d["winding"].update(turns=4), "winding.turns", "no such entry"),
        (lambda d: d["winding"].pop("turns_per_coil_side"), "winding.turns_per_coil_side", "missing"),
        (lambda d: d["layers"].pop("COPPER"), "layers", "'COPPER'"),
        (lambda d: d["layers"].update(COOLING="air"), "layers.cooling", "no line"),
        (lambda d: d["layers"].update(MAGNET="magnet"), "layers.MAGNET", "one material"),
        (lambda d: d["layers"].update(MAGNET="cheese"), "layers.MAGNET", "starts with none"),
        (lambda d: d["materials"].pop("N42"), "materials.N42", "not given"),
        (lambda d: d["materials"]["N42"].pop("remanence_t"), "materials.N42.remanence_t", "missing"),
        (lambda d: d["materials"].update(x={"kind": "wood"}), "materials.x.kind", "wood"),
        (lambda d: d.update(slots=24), "slots", "12"),
        (lambda d: d.update(pole_pairs=5), "winding", "multiple"),
        (lambda d: d.update(labels=[{"at_mm": [500, 0], "is": "iron steel"}]), "label 0", "no closed outline"),
        (lambda d: d.update(labels=[{"is": "iron steel"}]), "labels.0", "at_mm"),
        (lambda d: d.update(unit="furlong"), "unit", "furlong"),
        (lambda d: d["winding"].update(conductor="silver"), "winding.conductor", "silver"),
    ],
)
def test_what_a_description_lacks_is_asked_for_by_name(
    change: Callable[[dict[str, Any]], object], field: str, said: str
) -> None:
    """The entry, what is wrong with it, and what would be right."""
    rows = json.loads(json.dumps({**STATED, "layers": LAYERS}))
    change(rows)
    with pytest.raises(InputError) as caught:
        design_from_dxf(text_of(layered()), "lacking.dxf", rows)
    problem = caught.value.problems[0]
    assert problem.field == field
    assert said in f"{problem.message} {problem.value} {problem.remedy}"
    assert problem.remedy


def test_an_open_outline_is_refused_with_its_place() -> None:
    """A rotor layer whose circles are arcs that do not close."""
    document = layered()
    space = document.modelspace()
    for entity in [e for e in space.query("CIRCLE") if e.dxf.layer == "ROTOR"]:
        space.delete_entity(entity)
    space.add_arc((0, 0), 36.0, 10.0, 300.0, dxfattribs={"layer": "ROTOR"})
    with pytest.raises(InputError, match="open at") as caught:
        design_from_dxf(text_of(document), "open.dxf", {**STATED, "layers": LAYERS})
    assert caught.value.problems[0].field == "layer rotor"


def test_crossing_layers_are_refused() -> None:
    """A magnet that cuts into the gap's other side, or a pocket that cuts a magnet, is told by both layers' names."""
    document = layered()
    document.modelspace().add_circle((38, 0.0), 9.0, dxfattribs={"layer": "POCKET"})
    with pytest.raises(InputError, match="cross") as caught:
        design_from_dxf(text_of(document), "cross.dxf", {**STATED, "layers": {**LAYERS, "POCKET": "air"}})
    assert "POCKET" in str(caught.value)


def test_texts_that_say_a_face_badly_are_refused_and_others_ignored() -> None:
    """`magnet` without a material is an error; a title is none."""
    good = write_dxf(balanced_pole())
    rows = describe(balanced_pole())
    with pytest.raises(InputError, match="one material"):
        design_from_dxf(good.replace("iron steel", "iron", 1), "bad.dxf", rows)
    titled = ezdxf.read(io.StringIO(good))  # type: ignore[attr-defined]
    titled.modelspace().add_mtext("Ironwood Inc.\\PDrawing 4711")
    assert design_from_dxf(text_of(titled), "titled.dxf", rows).slots == 12
    with pytest.raises(InputError, match="nothing says"):
        design_from_dxf(text_of(layered()), "silent.dxf", STATED)
    with pytest.raises(InputError, match="no DXF"):
        design_from_dxf("hello", "text.dxf", rows)


@given(
    phase=st.integers(0, 2),
    turns=st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 3)),
    name=st.text("ABCDEFG0123456789-_. ", min_size=1, max_size=12).filter(
        lambda n: n == " ".join(n.split()) and n != ""
    ),
    angle=st.floats(-6.0, 6.0),
)
def test_words_and_meanings_are_inverse(phase: int, turns: float, name: str, angle: float) -> None:
    """What the writer writes, the grammar reads."""
    coil = parse_meaning(words(Label((0.0, 0.0), "x", "stator_winding", phase=phase, conductors=turns)))
    assert (coil.phase, coil.conductors) == (phase, pytest.approx(turns))
    field = parse_meaning(words(Label((0.0, 0.0), "x", "field_winding", conductors=turns)))
    assert field.conductors == pytest.approx(turns)
    iron = parse_meaning(words(Label((0.0, 0.0), "x", "iron", name)))
    assert (iron.kind, iron.material) == ("iron", name)
    magnet = parse_meaning(words(Label((0.0, 0.0), "x", "magnet", name, angle)))
    assert magnet.material == name
    assert float(magnet.direction) == pytest.approx(degrees(angle), abs=1e-6)


def test_a_drawing_is_read_with_the_description_beside_it(tmp_path: Path) -> None:
    """Through the one door; without a description the error names the file that is wanted."""
    path = tmp_path / "motor.dxf"
    path.write_text(text_of(layered()))
    with pytest.raises(InputError, match=r"motor\.json"):
        read_design(path)
    path.with_suffix(".json").write_text(json.dumps({**STATED, "layers": LAYERS}))
    design = read_design(path, overrides={"parallel_paths": 2})
    assert design.winding is not None
    assert design.winding.parallel_paths == 2
    assert read_design(path, description={**STATED, "layers": LAYERS, "name": "mine"}).name == "mine"
    stated = Overrides(conductor_factor=2.0)
    doubled = design_from_dxf(path.read_text(), "motor.dxf", {**STATED, "layers": LAYERS}, stated)
    assert {abs(r.label.conductors) for r in doubled.regions if r.label.kind == "stator_winding"} == {18.0}
