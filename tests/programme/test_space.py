"""The design space: every allowed combination and no other, and what is wrong with a file told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_programme import write_programme

from halfshaft.programme import Programme, load_programme
from halfshaft.programme.condition import condition
from halfshaft.programme.space import AMPERE_TURNS
from halfshaft.quantities import InputError

SPACE = """
assumption: invented
machines:
  - family: round
    name: "m{stack_length}x{series_turns}"
    derived_from: short
    vary: {stack_length: [90 mm, 110 mm, 130 mm]}
    each:
      - {series_turns: 12, parallel_paths: 6}
      - {series_turns: 18, parallel_paths: 4}
inverters:
  - {family: light, name: "light_{mass}", derived_from: small, vary: {mass: [5 kg, 6.5 kg]}}
gears:
  - {family: ratios, name: "g{ratio}", derived_from: slow, vary: {ratio: [8, 9.5, 11]}}
combine:
  - {machines: [round], inverters: [light, large], gears: [ratios, fast]}
rules:
  - where: machine.stack_length < 100 mm
    demand: gear.ratio >= 9
    because: short machines need a high ratio
"""


def load(folder: Path, text: str = SPACE) -> Programme:
    """The small programme with a design space."""
    write_programme(folder)
    (folder / "kit" / "space.yaml").write_text(text, encoding="utf-8")
    return load_programme(folder)


def test_the_space_is_every_combination_that_the_rules_allow(tmp_path: Path) -> None:
    """Hand count: 6 machines x 3 inverters x 4 gears, less those of too many ampere-turns, less short machines with low ratios."""
    programme = load(tmp_path)
    space = programme.space
    assert space is not None
    # The kit drives 16 turns with its large inverter; 18 turns are more: 3 lengths x 4 gears.
    assert space.excluded[AMPERE_TURNS] == 3 * 4
    # Of the shortest (2 windings with 3 inverters, but for the large one with 18 turns) ratio 8 goes.
    assert space.excluded["short machines need a high ratio"] == 5
    assert len(space.units) == 6 * 3 * 4 - 12 - 5
    assert len({unit.name for unit in space.units}) == len(space.units)
    assert "m90x12/light_6p5/g9p5" in {unit.name for unit in space.units}
    assert {unit.gear.name for unit in space.units} == {"g8", "g9p5", "g11", "fast"}
    largest = max(programme.kit.kit.inverters, key=lambda inverter: inverter.current_limit_a)
    for unit in space.units:
        assert unit.inverter.current_limit_a * unit.machine.series_turns <= largest.current_limit_a * 16
        assert unit.gear.ratio >= 9.0 or unit.machine.stack_length_m >= 0.1
    varied = next(unit for unit in space.units if unit.name == "m110x18/light_5/g8")
    assert (varied.machine.stack_length_m, varied.machine.series_turns, varied.machine.parallel_paths) == (0.11, 18, 4)
    assert varied.machine.lamination is programme.kit.kit.machines[0].lamination
    assert (varied.gear.ratio, varied.gear.torque_limit_nm) == (8.0, 600.0)


def test_a_space_changes_nothing_of_the_kit(tmp_path: Path) -> None:
    """Units, developments and ledger are those of the programme without it: no study rests on a space."""
    with_space, without = load(tmp_path / "a"), load_programme(write_programme(tmp_path / "b"))
    assert without.space is None
    assert with_space.kit.units == without.kit.units
    assert with_space.kit.developments == without.kit.developments
    assert len(with_space.ledger) == len(without.ledger)


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("machines:\n", "machine:\n", "machine:", "unknown key"),
        ("derived_from: short", "derived_from: tiny", "derived_from: tiny", "unknown module 'tiny'"),
        ("    derived_from: short\n", "", "family: round", "derived from a module"),
        ("  - family: round", "  - famly: round", "famly: round", "a family has a name"),
        ("family: light,", "family: small,", "family: small", "taken already"),
        ("stack_length: [90 mm, 110", "stack_lenght: [90 mm, 110", "m{stack_length}", "not a name of varied fields"),
        ("[90 mm, 110 mm, 130 mm]", "90 mm", "vary:", "a list each"),
        ('"m{stack_length}x{series_turns}"', '"m{series_turns}"', 'm{series_turns}"', "made twice"),
        ("90 mm, 110", "90 V, 110", "family: round", "V"),
        ("series_turns: 12", "series_turns: 13", "family: round", "do not fill"),
        ("inverters: [light, large]", "inverters: [crisps]", "crisps", "unknown name 'crisps'"),
        ("gears: [ratios, fast]", "gear: [ratios]", "combine", ""),
        ("machine.stack_length <", "machine.length <", "where: machine.length", "no field 'length'"),
        ("< 100 mm", "< 100 V", "100 V", "V"),
        ("gear.ratio >= 9", "gear ratio of 9", "gear ratio", "not a comparison"),
        ("gear.ratio >= 9", "wheel.ratio >= 9", "wheel.ratio", "unknown kind of module 'wheel'"),
        ("gear.ratio >= 9", "gear.arrangement > coaxial", "gear.arrangement", "has no order"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, old: str, new: str, at: str, said: str) -> None:
    """Each way of breaking the file ends in an error that names file and line and says what would be right."""
    assert SPACE.count(old) == 1
    text = SPACE.replace(old, new)
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    problem = caught.value.problems[0]
    assert problem.file == "kit/space.yaml"
    lines = [number for number, line in enumerate(text.splitlines(), 1) if at in line]
    assert problem.line in (lines[0], lines[0] + 1)
    assert said in f"{problem.message} {problem.remedy}"
    assert problem.remedy


def test_comparisons_hold_in_si(tmp_path: Path) -> None:
    """Values are read in the field's unit; texts and truths compare by equality."""
    unit = load_programme(write_programme(tmp_path)).kit.units[0]
    modules = {
        "lamination": unit.machine.lamination, "machine": unit.machine, "inverter": unit.inverter, "gear": unit.gear
    }  # fmt: skip
    for text, holds in (
        ("machine.stack_length == 10 cm", True),
        ("machine.stack_length != 100 mm", False),
        ("machine.series_turns >= 17", False),
        ("lamination.max_speed > 16999 rpm", True),
        ("gear.arrangement == parallel_axis", True),
        ("machine.hollow_shaft == true", False),
        ("inverter.mass <= 1 t", True),
        ("gear.ratio < 11", False),
    ):
        assert condition(text).holds(modules) is holds, text
