"""Derived modules: the parent but for what is stated, in good order or refused with file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_programme import FILES, write_programme

from halfshaft.drive_unit.lineage import Change
from halfshaft.programme import load_programme
from halfshaft.programme.derive import derived_rows, merged
from halfshaft.quantities import InputError

TALLER = """
  - name: taller
    derived_from: long
    stack_length: 160 mm
    development: {cost: 5 MEUR, tooling: 1 MEUR, available_from: 2026}
"""


def with_machine(folder: Path, text: str) -> Path:
    """The small programme with more machines."""
    write_programme(folder)
    (folder / "kit" / "machines.yaml").write_text(FILES["kit/machines.yaml"] + text, encoding="utf-8")
    return folder


def line_of(folder: Path, text: str) -> int:
    """The line in machines.yaml on which a text stands."""
    lines = (folder / "kit" / "machines.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_derived_machine_is_its_parent_but_for_what_it_states(tmp_path: Path) -> None:
    """Length differs, all else is the parent's; the change is kept, the development is the machine's own with the parent filled in."""
    kit = load_programme(with_machine(tmp_path, TALLER)).kit
    machines = {machine.name: machine for machine in kit.kit.machines}
    assert machines["taller"].lamination is machines["long"].lamination
    assert machines["taller"].series_turns == machines["long"].series_turns
    (derivation,) = kit.lineage
    assert (derivation.kind, derivation.name, derivation.parent) == ("machine", "taller", "long")
    assert derivation.changes == (Change("stack_length_m", 0.14, 0.16),)
    development = kit.developments["machine", "taller"]
    assert (development.parent, development.carry_over, development.cost) == ("long", 0.0, 5e6)
    assert kit.developments["machine", "long"].parent == "short"
    assert sum(unit.machine.name == "taller" for unit in kit.units) == 4


def test_a_line_of_descent_goes_through_every_generation(tmp_path: Path) -> None:
    """A grandchild has its parent's changes and its own, in whatever order the rows stand."""
    grandchild = TALLER.replace("taller", "tallest").replace("from: long", "from: taller").replace(
        "stack_length: 160 mm", "series_turns: 20"
    )  # fmt: skip
    machines = {m.name: m for m in load_programme(with_machine(tmp_path, grandchild + TALLER)).kit.kit.machines}
    assert (machines["tallest"].stack_length_m, machines["tallest"].series_turns) == (0.16, 20)


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        (TALLER.replace("from: long", "from: nobody"), "derived_from", "unknown parent 'nobody'"),
        (TALLER.replace("from: long", "from: taller"), "derived_from", "derived from itself: taller from taller"),
        (TALLER.replace("    stack_length", "    stack_lenght"), "stack_lenght", "unknown key"),
        (TALLER.replace("160 mm", "160 V"), "160 V", "V"),
        (TALLER.replace("160 mm", "-1 mm"), "name: taller", "must be positive"),
        (TALLER.replace("tooling: 1 MEUR, ", ""), "development", "required field is missing"),
        ("\n  - name: bare\n    derived_from: long\n", "name: bare", "required field is missing"),
    ],
)
def test_what_is_wrong_is_told_at_the_derived_row(tmp_path: Path, text: str, at: str, said: str) -> None:
    """Unknown parents, cycles, fields the kind does not have, wrong units and values: file, line and words."""
    folder = with_machine(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_programme(folder)
    (problem,) = caught.value.problems
    assert problem.file == "kit/machines.yaml"
    begin = line_of(folder, "derived_from")
    lines = (folder / "kit" / "machines.yaml").read_text(encoding="utf-8").splitlines()
    expected = next(n for n, line in enumerate(lines, 1) if at in line and n >= begin - 1)
    assert problem.line == expected
    assert said in f"{problem.message} {problem.remedy}"


def test_a_long_cycle_is_shown_whole(tmp_path: Path) -> None:
    """Two machines derived from each other are both told, with the way round."""
    one = TALLER.replace("taller", "hen").replace("from: long", "from: egg")
    other = TALLER.replace("taller", "egg").replace("from: long", "from: hen")
    with pytest.raises(InputError, match="derived from itself: hen from egg from hen"):
        load_programme(with_machine(tmp_path, one + other))


def test_tables_merge_and_an_empty_value_takes_a_field_away() -> None:
    """A lamination's evolution may change one figure of its field winding, or drop a field to its default."""
    parent = {"name": "a", "rotor": {"limit": 1, "drop": 2}, "loss": 3, "development": {"cost": 9}}
    child = {"name": "b", "derived_from": "a", "rotor": {"limit": 5}, "loss": None, "development": {"cost": 1}}
    rows, parents = derived_rows("f", [(0, parent), (1, child)], lambda *_: pytest.fail("nothing is wrong"))
    assert parents == {"b": "a"}
    assert rows[1][1] == {"name": "b", "rotor": {"limit": 5, "drop": 2}, "development": {"parent": "a", "cost": 1}}
    assert parent["rotor"] == {"limit": 1, "drop": 2}
    assert merged({"x": 1}, {}) == {"x": 1}


def test_an_inverter_without_a_voltage_class_is_refused(tmp_path: Path) -> None:
    """A class that programme.yaml does not list would leave the inverter's units out of the catalogue; it is an error at its line."""
    folder = write_programme(tmp_path)
    path = folder / "kit" / "inverters.yaml"
    text = path.read_text(encoding="utf-8").replace("name: large,", "name: large, voltage_class: 650 V,")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_programme(folder)
    (problem,) = caught.value.problems
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "650 V" in words)
    assert (problem.file, problem.line, problem.field) == ("kit/inverters.yaml", line, "inverters.1.voltage_class")
    assert "unknown voltage class" in problem.message
    assert "400 V" in problem.remedy
