"""The search as a whole, on a small machine: it repeats itself, goes on where it stopped, and its front holds what a front must."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshaft.drive_unit.design_search.build import template_of
from halfshaft.programme.machine_file import load_machine
from halfshaft.programme.search_file import Search, load_search
from halfshaft.study.design_search import Found, check_front, front_of, run_search, write_answer
from halfshaft.study.design_search.evaluate import Outcome, Question, explore
from halfshaft.study.design_search.picture import front_svg
from halfshaft.study.store import Store

pytest.importorskip("pymoo")

GEN5 = Path(__file__).resolve().parents[2] / "examples" / "gen5"
SEARCH = f"""
name: small
assumption: "a test"
kit: {GEN5}
machine: ipm_165x18
gear: gear_88
inverters: [igbt_360]
vehicle: jaguar_ipace
variables:
  stack_length: {{from: 140 mm, to: 180 mm, step: 5 mm}}
  rotor.layers.1.v.rib: {{from: 20 mm, to: 28 mm, step: 2 mm}}
windings:
  - {{series_turns: 18, parallel_paths: 4}}
  - {{series_turns: 16, parallel_paths: 4}}
demands:
  dc_voltage: 350 V
  motor_torque: 300 Nm
  rare_earth: 2.5 kg
objectives: [mass, cycle_loss]
prices:
  materials:
    electrical steel: {{price: 1 EUR/kg}}
    copper: {{price: 10 EUR/kg}}
    aluminium: {{price: 3 EUR/kg}}
    steel: {{price: 1 EUR/kg}}
    electronics: {{price: 20 EUR/kg}}
    rare-earth magnet: {{price: 80 EUR/kg}}
  chip: 8 EUR/piece
search: {{population: 6, generations: 2, refinements: 6, seed: 3, field_nodes: [5, 5, 4], loss_nodes: [4, 4, 4]}}
"""


class Interrupts:
    """A watcher that interrupts at a step."""

    def __init__(self, at: int) -> None:
        self.left = at

    def stage(self, name: str, steps: int) -> None:
        """Nothing."""

    def step(self, label: str, stored: bool) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """One dimension of the cross-section, length, and two windings."""
    path = tmp_path_factory.mktemp("search") / "small.yaml"
    path.write_text(SEARCH, encoding="utf-8")
    return load_search(path)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Where the first run keeps its results."""
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def found(search: Search, store: Store) -> Found:
    """The first run, interrupted in the middle and then gone on with."""
    first = run_search(search, store=store, progress=Interrupts(9))
    assert first.interrupted
    assert 0 < len(first.outcomes) < 18
    return run_search(search, store=store)


def _shape(found: Found) -> list[tuple[object, ...]]:
    return [(o.choice, tuple(o.figures.items())) for o in found.front]


def test_an_interrupted_search_goes_on_and_answers_as_an_uninterrupted_one(
    search: Search, found: Found, tmp_path: Path
) -> None:
    """The same seed gives the same front to the bit, whether there was an interrupt or not; what was there is not computed again."""
    assert found.stored >= 9
    whole = run_search(search, store=Store(tmp_path))
    assert whole.stored == 0
    assert _shape(whole) == _shape(found)
    assert [o.choice for o in whole.outcomes] == [o.choice for o in found.outcomes]


def test_a_finished_search_computes_nothing_again(search: Search, found: Found, store: Store) -> None:
    """All evaluations come from the store."""
    again = run_search(search, store=store)
    assert again.stored == len(again.outcomes)
    assert again.fields == 0
    assert _shape(again) == _shape(found)


def test_fields_are_shared(found: Found) -> None:
    """No more fields than cross-sections, of which the space has five."""
    assert found.shared > 0
    assert len({found.search.space.cross_section(o.choice) for o in found.outcomes}) <= 5


def test_the_front_meets_every_demand_and_nothing_beats_it(found: Found) -> None:
    """Some evaluated designs miss a demand, none of them is on the front; no feasible design dominates a member."""
    assert any(not o.feasible for o in found.outcomes)
    assert found.front
    for member in found.front:
        assert member.figures["motor_torque"] >= 300.0
        assert member.figures["rare_earth"] <= 2.5
        assert not any(_dominates(o, member, found.search.objectives) for o in found.outcomes if o.feasible)


def test_a_shared_evaluation_is_the_same_as_one_alone(search: Search, found: Found) -> None:
    """Evaluated in company on a shared field or alone on its own: the same to the bit."""
    member = found.front[0]
    alone = explore(Question.of(search), (member.choice,), None).outcomes[0]
    assert alone == member


def test_hypervolume_never_falls(found: Found) -> None:
    """The front is that of all evaluations."""
    volumes = [g.hypervolume for g in found.generations]
    assert volumes == sorted(volumes)


def test_the_answer_is_written_whole(found: Found, store: Store, tmp_path: Path) -> None:
    """Tables, picture and machine files; every machine reads back as the template that was evaluated."""
    document = write_answer(check_front(found, 0, store=store), tmp_path)
    assert json.loads((tmp_path / "front.json").read_text()) == document
    lines = (tmp_path / "front.csv").read_text().splitlines()
    assert len(lines) == 1 + len(found.front)
    assert "cost EUR" in lines[0]
    ElementTree.fromstring((tmp_path / "front.svg").read_text())
    space = found.search.space
    for member, outcome in zip(document["front"], found.front, strict=True):
        read = load_machine(tmp_path / member["machine_file"]).template
        wanted = template_of(found.search.base, space, outcome.choice)
        assert read.stack_length_m == pytest.approx(wanted.stack_length_m)
        assert read.stator.slot == wanted.stator.slot
        assert read.rotor == wanted.rotor
        assert read.design().pole_pairs == wanted.pole_pairs


def test_a_front_of_one_objective_has_a_picture() -> None:
    """A single objective is no reason to fail."""
    shown = {
        "title": "one", "labels": ["mass, kg"], "others": [[2.0]], "front": [[1.0]], "checked": {}, "start": [2.0],
        "start_checked": None, "start_feasible": True, "best": 0,
    }  # fmt: skip
    ElementTree.fromstring(front_svg(shown))


def _dominates(a: Outcome, b: Outcome, names: tuple[str, ...]) -> bool:
    pairs = [(a.figures[n], b.figures[n]) for n in names]
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=25))
def test_the_front_is_what_a_brute_force_finds(rows: list[tuple[int, int, bool]]) -> None:
    """Against the definition, with ties and designs that miss a demand."""
    outcomes = [
        Outcome((k,), {"a": float(a), "b": float(b)}, {"c": -1.0 if good else 1.0})
        for k, (a, b, good) in enumerate(rows)
    ]
    front = front_of(outcomes, ("a", "b"))
    good = [o for o in outcomes if o.feasible]
    undominated = {
        (o.figures["a"], o.figures["b"]) for o in good if not any(_dominates(p, o, ("a", "b")) for p in good)
    }
    assert {(o.figures["a"], o.figures["b"]) for o in front} == undominated
    assert len(front) == len(undominated)


def test_what_cannot_be_drawn_is_an_answer(search: Search, make_undrawable: Callable[[Search], Search]) -> None:
    """Geometry that is no machine gives its reason, and is never feasible."""
    question = Question.of(make_undrawable(search))
    outcome = explore(question, ((8, 4, 0, 0),), None).outcomes[0]
    assert outcome.fault
    assert not outcome.feasible
    assert outcome.violation == float("inf")


@pytest.fixture
def make_undrawable() -> Callable[[Search], Search]:
    """A search whose rib may be as wide as the pole."""

    def changed(search: Search) -> Search:
        rib = search.space.dimensions[1]
        wide = replace(rib, high=rib.low + 0.2, step=0.05)
        return replace(search, space=replace(search.space, dimensions=(search.space.dimensions[0], wide)))

    return changed
