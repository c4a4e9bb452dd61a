"""Rotors and housings: who shares them, which housing a unit gets, and what each impossible sharing is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_programme import FILES, write_programme

from halfshaft.programme import load_programme, modules_of
from halfshaft.quantities import InputError

GEN5 = Path(__file__).resolve().parents[2] / "examples" / "gen5"
TAKES = "development: {cost: 4 MEUR, tooling: 0.5 MEUR, available_from: 2025}"
# The lengthwise twin of the small programme's `short` with other turns, and one of its length with a hollow shaft.
TWIN = f"""
  - {{name: twin, derived_from: short, series_turns: 32, parallel_paths: 3, {TAKES}}}
  - {{name: hollow, derived_from: short, hollow_shaft: true, {TAKES}}}
"""


def with_shared(folder: Path, rotors: str = "", housings: str = "") -> Path:
    """The small programme with a machine of other turns and rows of rotors and housings."""
    write_programme(folder)
    kit = folder / "kit"
    (kit / "machines.yaml").write_text(FILES["kit/machines.yaml"] + TWIN, encoding="utf-8")
    for name, rows in (("rotors", rotors), ("housings", housings)):
        if rows:
            (kit / f"{name}.yaml").write_text(f"{name}:\n{rows}\n", encoding="utf-8")
    return folder


def housing(name: str, diameter_mm: float, length_mm: float) -> str:
    """A row of a housing by size."""
    return f"  - {{name: {name}, largest_diameter: {diameter_mm} mm, largest_length: {length_mm} mm, gears: [slow, fast], {TAKES}}}\n"


def test_a_kit_without_them_has_none(tmp_path: Path) -> None:
    """No rotor, no housing: a unit's modules are those that it is evaluated by, and it is there when they are."""
    kit = load_programme(write_programme(tmp_path)).kit
    assert not kit.rotor_of
    assert not kit.housing_of
    for unit in kit.units:
        assert kit.modules_of(unit) == modules_of(unit)
        assert kit.available_from(unit) == max(kit.developments[key].available_from for key in modules_of(unit))


def test_lists_and_the_rule_mean_the_same(tmp_path: Path) -> None:
    """Machines by name, or as all of a lamination and length: the same sharing, and units with the same physics as without."""
    listed = f"  - {{name: r, machines: [short, twin], {TAKES}}}"
    without = load_programme(with_shared(tmp_path / "none")).kit
    by_name = load_programme(with_shared(tmp_path / "list", listed)).kit
    assert dict(by_name.rotor_of) == {"short": "r", "twin": "r"}
    assert by_name.units == without.units
    machines = (tmp_path / "list" / "kit" / "machines.yaml").read_text(encoding="utf-8")
    rule = with_shared(tmp_path / "rule", f"  - {{name: r, lamination: round, stack_length: 100 mm, {TAKES}}}")
    solid = machines[: machines.index("  - {name: hollow")]
    (rule / "kit" / "machines.yaml").write_text(solid, encoding="utf-8")
    assert load_programme(rule).kit.rotor_of == by_name.rotor_of


def test_a_unit_is_in_the_smallest_housing_that_fits(tmp_path: Path) -> None:
    """Of housings in any order each machine gets the smallest; a machine is 240 or 280 mm long with its exciter; ties go to the first."""
    rows = (
        housing("huge", 400, 400)
        + housing("tight", 260, 240)
        + housing("middle", 260, 280)
        + housing("again", 260, 280)
    )
    kit = load_programme(with_shared(tmp_path, housings=rows)).kit
    assert {kit.housing_of["short", gear] for gear in ("slow", "fast")} == {"tight"}
    assert {kit.housing_of["long", gear] for gear in ("slow", "fast")} == {"middle"}
    envelope = {"huge": 400 * 400 * 400, "tight": 260 * 260 * 240, "middle": 260 * 260 * 280}
    limits = {"huge": (0.4, 0.4), "tight": (0.26, 0.24), "middle": (0.26, 0.28)}
    for unit in kit.units:
        fits = [
            n
            for n, (d, length) in limits.items()
            if unit.machine.diameter_m <= d and unit.machine.length_m <= length + 1e-9
        ]
        assert kit.housing_of[unit.machine.name, unit.gear.name] == min(fits, key=lambda name: envelope[name])


def test_a_unit_waits_for_its_housing(tmp_path: Path) -> None:
    """A housing of 2027 makes a unit of 2025 one of 2027; a rotor of 2026 does so for its machines alone."""
    rotor = f"  - {{name: r, machines: [short, twin], {TAKES}}}".replace("2025", "2026")
    kit = load_programme(with_shared(tmp_path / "a", rotor)).kit
    assert {unit.machine.name for unit in kit.units if kit.available_from(unit) == 2026} == {"short", "twin"}
    late = load_programme(with_shared(tmp_path / "b", rotor, housing("all", 400, 400).replace("2025", "2027"))).kit
    assert {late.available_from(unit) for unit in late.units} == {2027}


def test_gen5_takes_for_a_unit_alone_what_it_took() -> None:
    """Machine, rotor and housing together are round figures again, as a machine was stated before it was divided."""
    kit = load_programme(GEN5).kit
    assert {machine.name for machine in kit.kit.machines} == set(kit.rotor_of)
    for unit in kit.units:
        parts = [kit.developments[key] for key in kit.modules_of(unit) if key[0] in ("machine", "rotor", "housing")]
        assert len(parts) == 3
        cost, tooling = (sum(getattr(part, name) for part in parts) for name in ("cost", "tooling"))
        hours = sum(part.effort["machines"] for part in parts)
        assert cost / 1e6 == pytest.approx(round(cost / 1e6), abs=1e-9)
        assert tooling / 5e5 == pytest.approx(round(tooling / 5e5), abs=1e-9)
        assert hours * 100.0 == pytest.approx(cost / 2.0), f"{unit.name}: half of the money is hours at 100 EUR"


BROKEN = [
    ("other length", f"  - {{name: r, machines: [short, long], {TAKES}}}", "",
        ["rotors.yaml:2", "'short'", "'long'", "stack lengths 100 mm and 140 mm"]),
    ("other shaft", f"  - {{name: r, machines: [short, hollow], {TAKES}}}", "", ["rotors.yaml:2", "'hollow'", "shafts solid and hollow"]),
    ("two rotors", f"  - {{name: r, machines: [short], {TAKES}}}\n  - {{name: s, machines: [short, twin], {TAKES}}}", "",
        ["rotors.yaml:3", "'short'", "'r' already", "one row only"]),
    ("unknown machine", f"  - {{name: r, machines: [shirt], {TAKES}}}", "", ["rotors.yaml:2", "rotors.0.machines", "'shirt'", "short"]),
    ("nobody's rotor", f"  - {{name: r, lamination: round, stack_length: 90 mm, {TAKES}}}", "",
        ["rotors.yaml:2", "no machine has", "round 100 mm"]),
    ("list and rule", f"  - {{name: r, machines: [short], lamination: round, stack_length: 100 mm, {TAKES}}}", "",
        ["rotors.yaml:2", "either `machines:`"]),
    ("half a rule", f"  - {{name: r, lamination: round, {TAKES}}}", "", ["rotors.yaml:2", "stack_length"]),
    ("same name twice", f"  - {{name: r, machines: [short], {TAKES}}}\n  - {{name: r, machines: [long], {TAKES}}}", "",
        ["rotors.yaml:3", "'r' exists already"]),
    ("unknown parent", f"  - {{name: r, machines: [short], {TAKES.replace('}', ', parent: q}')}}}", "",
        ["rotors.yaml:2", "unknown parent 'q'", "another rotor"]),
    ("unknown gear", "", f"  - {{name: h, machines: [short], gears: [slaw], {TAKES}}}", ["housings.yaml:2", "'slaw'", "fast, slow"]),
    ("nothing fits", "", housing("small", 260, 240), ["housings.yaml", "no housing takes machine 'long'", "280 mm long", "add a housing"]),
    ("no size", "", f"  - {{name: h, {TAKES}}}", ["housings.yaml:2", "either `machines:`", "largest_diameter"]),
    ("misspelt", "", housing("h", 400, 400).replace("largest_length", "longest"), ["housings.yaml:2", "longest", "unknown key"]),
]  # fmt: skip


@pytest.mark.parametrize(("rotors", "housings", "said"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_says_what_cannot_be_shared(tmp_path: Path, rotors: str, housings: str, said: list[str]) -> None:
    """Each impossible rotor or housing is refused with file, line, what differs and what would be right."""
    with pytest.raises(InputError) as caught:
        load_programme(with_shared(tmp_path, rotors, housings))
    for words in said:
        assert words in str(caught.value)


def test_different_laminations_share_no_rotor(tmp_path: Path) -> None:
    """Magnets and a field winding of one length are told apart by lamination and excitation."""
    rows = (GEN5 / "kit" / "rotors.yaml").read_text(encoding="utf-8")
    for path in GEN5.rglob("*.yaml"):
        copy = tmp_path / path.relative_to(GEN5)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    both = f"  - {{name: both, machines: [eesm_150x16, ipm_165x18], {TAKES}}}\n"
    (tmp_path / "kit" / "rotors.yaml").write_text(rows + both, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_programme(tmp_path)
    for words in ("laminations gen5_class_eesm and ipace_class_ipm", "excitations field_winding and permanent_magnet"):
        assert words in str(caught.value)
