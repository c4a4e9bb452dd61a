"""Instances and plans as files: what is written is read back, and what is wrong is told with its line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich_plans import rich_instance
from small_plans import random_instance

from halfshaft.plan import evaluate, solve_plan
from halfshaft.plan.instance_file import (
    answer_document,
    instance_document,
    line_of,
    parse_instance,
    read_decisions,
    read_instance,
    schema,
)
from halfshaft.quantities import InputError

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("seed", range(4))
def test_an_instance_survives_its_file(seed: int) -> None:
    """Every feature comes back, and the plan of what came back is the plan of what went out, checked from its own file."""
    instance = rich_instance(seed, scenarios=1 + seed % 2, quarters=seed % 3 == 0)
    text = json.dumps(instance_document(instance))
    again = parse_instance(text)
    assert instance_document(again) == instance_document(instance)
    plan = solve_plan(instance, gap=0.02)
    answer = json.loads(json.dumps(answer_document(plan)))
    evaluation = evaluate(again, read_decisions(again, answer["decisions"]))
    assert not evaluation.violations
    assert evaluation.total == pytest.approx(plan.objective, rel=1e-12)
    assert answer["objective"] == pytest.approx(sum(answer["cost_tree"].values()))
    assert answer["gap"] == pytest.approx((answer["objective"] - answer["bound"]) / answer["objective"])


def test_the_documented_instance_is_one() -> None:
    """The smallest instance of the documentation can be read and solved, to the cost that its two options leave by hand."""
    text = (DOCS / "plan-instances.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    instance = parse_instance(block.group(1))
    factors = [1.08**-year for year in (1, 2, 3)]
    present = sum(n * f for n, f in zip((20000, 45000, 50000), factors, strict=True))
    reference = 50000 * sum(factors)

    def cost(development: float, unit_cost: float, battery: float) -> float:
        return development + unit_cost * present * (present / reference) ** -0.06 + battery * present

    plan = solve_plan(instance, gap=0.0)
    assert plan.objective == pytest.approx(min(cost(20e6, 700, 260), cost(24e6, 820, 0)))


def test_every_field_is_described() -> None:
    """The schema forbids unknown fields, names the format, and knows every section of the documentation's table."""
    found = schema()
    assert found["additionalProperties"] is False
    assert found["properties"]["format"]["const"] == "halfshaft plan 1"
    table = (DOCS / "plan-instances.md").read_text(encoding="utf-8").split("## The sections")[1]
    named = set(re.findall(r"`(\w+)`", table.split("Rules that")[0])) - {"season"}
    assert named == set(found["properties"]) - {"format", "title", "currency"}


DUTY = {"kind": "gear", "origin": "UK", "destination": "EU", "rate": {"2020": 0.1, "2021": 0.1, "2022": 0.1}}
WRONG: list[tuple[str, list[Any], Any, str]] = [
    ("unknown field", ["calendar", "anfang"], 3, r"calendar\.anfang: no such field .*schema"),
    (
        "misspelt field",
        ["calendar", "frist_year"],
        3,
        r'calendar\.frist_year: no such field .*did you mean "first_year"\?',
    ),
    ("no number", ["calendar", "years"], "three", r"calendar\.years: .*give a valid integer"),
    ("endless", ["offers", 0, "price_factor"], float("inf"), r"offers\.0\.price_factor: .*give a finite number"),
    ("other format", ["format"], "plan 9", r'format: .*"halfshaft plan 1"'),
    ("unknown unit", ["slots", 0, "options", 1, 0], "nobody", r"slots\.0\.options\.1: unknown unit .*'nobody'"),
    ("wrong length", ["slots", 0, "per_car", "extra battery"], [1.0], r"needs one figure for each of 3 options"),
    ("years", ["contracts", 0, "to_year"], 2020, r"contracts: must cover 2020 to 2022"),
    ("chances", ["scenarios", 0, "probability"], 0.5, r"probabilities must add up to 1"),
    ("season", ["calendar", "season"], [0.5, 0.4], r"calendar\.season: shares of a year"),
    ("tiers", ["terms", 0, "tiers", 2, "discount"], 0.01, r"terms\.0\.tiers\.2: tiers must rise"),
    ("list price", ["terms", 0, "tiers", 0, "discount"], 0.01, r"terms\.0\.tiers\.0: the first tier"),
    ("basis", ["terms", 0, "kind"], "incremental", r"terms\.0\.basis: incremental tiers count money"),
    ("room", ["lines", 0, "most"], 0, r"lines\.0\.most: is below `existing`"),
    ("part", ["parts", 0, "price"], {"lamination/l": 3.0}, r"unknown module named by a unit"),
    ("negative", ["modules", 3, "development"], -1.0, r"modules\.3\.development: .*greater than or equal to 0"),
    ("share", ["modules", 3, "carry_over"], 6, r"carry_over: .*less than or equal to 1"),
    ("site", ["slots", 1, "site"], "nowhere", r"slots\.1\.site: unknown site"),
    ("partner", ["plants", 0, "partner"], "c", r"plants\.0\.partner: unknown partner .*name one of a, b"),
    ("delay", ["slots", 0, "latest_delay_years"], 9, r"latest_delay_years: delays beyond the last year"),
    ("both", ["modules", 2, "includes"], ["gear/g1"], r"modules\.2\.includes\.0: is named by a unit too"),
    ("ancestor", ["modules", 2, "parent"], "machine/m2", r"modules\.2\.parent: a module descends from itself"),
    ("stage", ["slots", 1, "follows"], "v1", r"slots\.1\.follows: does not start before this slot"),
    ("way", ["duties"], [DUTY, DUTY], r"duties\.1\.kind: has a duty on this way already"),
    ("exponent", ["modules", 2, "law"], {"unit_cost": 1, "exponent": 0.3, "reference_pieces_per_year": 1}, r"exponent"),
]


@pytest.mark.parametrize(("_name", "path", "value", "said"), WRONG, ids=[w[0] for w in WRONG])
def test_mistakes_are_told_with_their_line(_name: str, path: list[Any], value: Any, said: str) -> None:
    """Each mistake names file, line, field and what would be right; the line is where the field stands."""
    instance = random_instance(1)
    data: Any = instance_document(instance)
    data["lines"][0]["existing"] = 1
    place = data
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    text = json.dumps(data, indent=1)
    with pytest.raises(InputError) as caught:
        parse_instance(text, "x.json")
    assert re.search(said, str(caught.value))
    lines = text.splitlines()
    for problem in caught.value.problems:
        assert problem.line is not None
        last = problem.field.split(".")[-1]
        assert last.isdigit() or f'"{last}"' in lines[problem.line - 1] or last not in text


def test_lines_of_paths() -> None:
    """Paths are found in nested arrays and objects; what is not there gives the nearest thing above it."""
    text = '{\n "a": [\n  1,\n  {"b": "x,]y",\n   "c": 2}\n ],\n "d": {}\n}'
    assert line_of(text, ()) == 1
    assert line_of(text, ("a",)) == 2
    assert line_of(text, ("a", 1, "c")) == 5
    assert line_of(text, ("a", 1, "z")) == 4
    assert line_of(text, ("d",)) == 7
    assert line_of(text, ("q",)) == 1


def test_a_key_that_stands_twice_is_told() -> None:
    """One of the two would be lost; its line is that of the second, and the same key in another object is none of it."""
    text = json.dumps(instance_document(random_instance(1)), indent=1)
    place = text.index('"years"')
    twice = text[:place] + '"years": 3,\n  ' + text[place:]
    with pytest.raises(InputError, match=r'"years" stands twice in one object.*leave out one') as caught:
        parse_instance(twice, "x.json")
    assert caught.value.problems[0].line == twice.count("\n", 0, twice.rindex('"years"')) + 1
    with pytest.raises(InputError, match="nested far deeper"):
        parse_instance("[" * 100_000, "x.json")


def test_unreadable_files(tmp_path: Path) -> None:
    """A missing file and broken syntax are told as such, with the line of the latter."""
    with pytest.raises(InputError, match="file not found"):
        read_instance(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text('{\n "format": \n}')
    with pytest.raises(InputError) as caught:
        read_instance(broken)
    assert caught.value.problems[0].line == 3
