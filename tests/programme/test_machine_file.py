"""Machine files: what is right becomes a machine with all its bases, what is wrong is told with line, field, value and remedy."""

from __future__ import annotations

from math import degrees
from pathlib import Path

import pytest

from halfshaft.programme.machine_file import load_machine, machine_names
from halfshaft.programme.yaml_tree import UNSTATED
from halfshaft.quantities import InputError, Problem

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/machines"
GOOD = (EXAMPLES / "u_ipm.yaml").read_text()


def problem(tmp_path: Path, old: str, new: str) -> Problem:
    """The only problem of the good file with one thing replaced; its line must be the one that was changed, or the field's owner."""
    assert GOOD.count(old) >= 1
    broken = GOOD.replace(old, new, 1)
    path = tmp_path / "broken.yaml"
    path.write_text(broken)
    with pytest.raises(InputError) as refused:
        load_machine(path).design()
    (found,) = refused.value.problems
    assert found.file == str(path)
    return found


def line_of(text: str, word: str) -> int:
    """The line, counted from 1, on which a word first stands."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if word in line)


@pytest.mark.parametrize(
    ("old", "new", "field", "word", "remedy"),
    [
        ("stack_length: 140 mm", "stack_length: 140", "stack_length", "stack_length", "give the unit"),
        ("stack_length: 140 mm", "stack_length: 140 kg", "stack_length", "stack_length", "dimension differs"),
        ("stack_length: 140 mm", "stack_length: [1, 2]", "stack_length", "stack_length", "a number with its unit (m)"),
        ("stack_length: 140 mm\n", "", "stack_length", "", "add it, in mm"),
        ("pole_pairs: 4", "pole_pairs: 4.5", "pole_pairs", "pole_pairs", "whole number"),
        ("stack_length:", "stack_lenght:", "stack_lenght", "stack_lenght", "did you mean 'stack_length'"),
        ("template: ipm", "template: srm", "template", "template", "choose one of eesm, ipm"),
        ("rectangular: {", "oval: {", "stator.slot", "slot:", "`rectangular:`, `tapered:`, `parallel_tooth:`"),
        ("    - flat: {", "    - arc: {", "rotor.layers.0", "arc:", "`flat:`, `v:`, `u:`"),
        ("  layers:\n    - flat", "  layers: 3\nx:\n    - flat", "rotor.layers", "layers: 3", "`- ` line for each"),
        ("remanence: 1.3 T", "remanence: 1.3 Wb", "magnet.remanence", "remanence: 1.3 Wb", "dimension differs"),
        ("-0.12 %/K", "-0.12", "magnet.remanence_coefficient", "remanence_coefficient", "%/K"),
        ("wire:\n      hairpin: {width: 4.1 mm, height: 2.4 mm}", "wire: 3 mm", "stator.coils.wire", "wire: 3", "hairpin"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, field: str, word: str, remedy: str
) -> None:
    assert GOOD.count(old) >= 1
    path = tmp_path / "broken.yaml"
    broken = GOOD.replace(old, new, 1)
    path.write_text(broken)
    with pytest.raises(InputError) as refused:
        load_machine(path)
    found = next(p for p in refused.value.problems if p.field == field)
    assert found.line == (line_of(broken, word) if word else 1)
    assert remedy in f"{found.message}; {found.remedy}"


@pytest.mark.parametrize(
    ("old", "new", "field", "word"),
    [
        ("air_gap: 0.7 mm", "air_gap: -0.7 mm", "rotor.air_gap", "air_gap"),
        ("magnet_width: 18 mm", "magnet_width: 80 mm", "rotor.layers.0.flat.magnet_width", "- flat"),
        ("arm_magnet_width: 10 mm", "arm_magnet_width: 30 mm", "rotor.layers.1.u.arm_magnet_width", "arm_magnet_width"),
        ("coil_pitch_slots: 5", "coil_pitch_slots: 12", "stator.coils.coil_pitch_slots", "coil_pitch_slots"),
        ("slots: 48", "slots: 50", "stator.slots", "slots: 50"),
        ("width: 4.8 mm", "width: 9.8 mm", "stator.slot.rectangular.width", "rectangular"),
        ("height: 2.4 mm", "height: 3 mm", "stator.coils.wire.hairpin.height", "hairpin:"),
        ("  steel: NO18-1160\n  slot", "  steel: NO18\n  slot", "stator.steel", "steel: NO18"),
        ("stacking_factor: 0.97", "stacking_factor: 97", "stacking_factor", "stacking_factor"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_its_line_value_and_limit(
    tmp_path: Path, old: str, new: str, field: str, word: str
) -> None:
    found = problem(tmp_path, old, new)
    assert found.field == field
    assert found.line == line_of(GOOD.replace(old, new, 1), word)
    assert found.value
    assert found.remedy


def test_parts_that_cut_each_other_are_told_by_name(tmp_path: Path) -> None:
    """No single number is at fault: both features are named."""
    found = problem(tmp_path, "arm_angle: 90 deg", "arm_angle: 45 deg")
    assert "layer" in f"{found.field} {found.message}"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(GOOD.replace("140 mm", "140").replace("pole_pairs: 4", "pole_pairs: four"))
    with pytest.raises(InputError) as refused:
        load_machine(path)
    assert [p.field for p in refused.value.problems] == ["pole_pairs", "stack_length"]


def test_an_unknown_machine_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean 'prius_2004'"):
        load_machine("prius_204")
    with pytest.raises(InputError, match="file not found"):
        load_machine("nowhere.yaml")


def test_units_of_the_trade_become_si() -> None:
    """Millimetres, degrees and per cent per kelvin."""
    template = load_machine("prius_2004").template
    assert template.stack_length_m == pytest.approx(0.08382)
    layer = template.rotor.layers[0]  # type: ignore[union-attr]
    assert degrees(layer.v_angle_rad) == pytest.approx(145.0734)  # type: ignore[union-attr]
    assert template.magnet.remanence_coefficient_per_k == pytest.approx(-0.001)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", machine_names())
def test_every_figure_of_a_named_machine_rests_on_something(name: str) -> None:
    """A figure without a source is an assumption with a reason (convention 12), and the design carries the assumptions."""
    file = load_machine(name)
    assert len(file.ledger) > 30
    assert all(figure.note != UNSTATED for figure in file.ledger)
    notes = " ".join(file.design().notes)
    for figure in file.ledger.assumptions:
        assert figure.note in notes
        assert f"{figure.path} {figure.text}" in notes


def test_materials_carry_their_source() -> None:
    template = load_machine("prius_2004").template
    assert "Toyota_Prius.json" in str(template.magnet.source)  # type: ignore[union-attr]
    assert "Toyota_Prius.json" in str(template.stator.coils.conductor.source)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_machines(path: Path) -> None:
    file = load_machine(path)
    design = file.design()
    assert design.name == path.stem
    assert {region.label.kind for region in design.regions} >= {"iron", "stator_winding", "magnet", "air"}
    assert all(figure.note != UNSTATED for figure in file.ledger)
