"""The catalogue at full width: rows are the maps' own, whoever computes them, and what was finished is kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray
from small_programme import write_programme

from halfshaft.programme import load_programme
from halfshaft.quantities import InputError
from halfshaft.study import Rooms, Study
from halfshaft.study.catalogue import Catalogue, all_units, evaluate_catalogue, unit_documents
from halfshaft.study.codec import encode
from halfshaft.study.executor import Executor
from halfshaft.study.pipeline import Silent, StageRunner
from halfshaft.study.store import Store

SPACE = """
machines:
  - family: lengths
    name: "m{stack_length}"
    derived_from: short
    vary: {stack_length: [80 mm, 90 mm, 110 mm, 120 mm, 130 mm, 150 mm, 160 mm, 170 mm]}
gears:
  - {family: sizes, name: "g{ratio}_{torque_limit}", derived_from: slow, vary: {ratio: [8, 10], torque_limit: [600 Nm, 1200 Nm]}}
combine:
  - {machines: [lengths], inverters: [small, large], gears: [sizes]}
"""


class Watch(Silent):
    """Counts steps by stage, and interrupts after some of the catalogue's."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.at, self.steps, self.stored = "", 0, 0
        self.left = interrupt_after

    def stage(self, name: str, steps: int) -> None:
        """See `Progress`."""
        self.at = name

    def step(self, label: str, stored: bool) -> None:
        """See `Progress`."""
        if self.at == "catalogue":
            self.steps, self.stored = self.steps + 1, self.stored + stored
            if self.steps == self.left:
                raise KeyboardInterrupt


@pytest.fixture(scope="module")
def spacious(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small programme with a design space."""
    folder = write_programme(tmp_path_factory.mktemp("spacious"))
    (folder / "kit" / "space.yaml").write_text(SPACE, encoding="utf-8")
    return folder


def evaluate(folder: Path, study: Study, store: Path, workers: int, watch: Watch | None = None) -> Catalogue:
    """The whole catalogue, on the small study's fields."""
    runner = StageRunner(Executor(Store(store), workers), watch or Silent())
    return evaluate_catalogue(load_programme(folder), study.fields, runner)


@pytest.fixture(scope="module")
def found(spacious: Path, small_study: Study, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue, made in this process."""
    return evaluate(spacious, small_study, tmp_path_factory.mktemp("rows"), 1)


def test_the_union_of_kit_and_space_is_evaluated(spacious: Path, small_study: Study, found: Catalogue) -> None:
    """Each unit has one row, kit first; of the kit's units the ratings are those of the study's maps."""
    programme = load_programme(spacious)
    units = all_units(programme, with_space=True)
    assert len(units) == 8 + 8 * 2 * 4
    assert set(found.rows.names) | {name for name, _ in found.rows.refused} == {unit.name for unit in units}
    assert not found.rows.refused
    assert found.motors == 4 + 16
    documents = {row["name"]: row for row in unit_documents(found, range(len(found.rows)))}
    for unit_map in small_study.maps:
        row = documents[unit_map.unit.name]
        assert row["peak_power_kw"] == unit_map.peak_power_w / 1e3
        assert row["peak_efficiency_percent"] == unit_map.peak_efficiency[0] * 100.0
        assert row["mass_kg"] == unit_map.unit.mass_kg


def test_a_gear_larger_than_needed_is_recognised(found: Catalogue) -> None:
    """Units are marked, not dropped; every mark names a lighter unit that is in the table and is not marked itself."""
    rows, marks = found.rows, found.dominated_by
    assert 0 < np.sum(marks >= 0) < len(rows)
    for i in np.flatnonzero(marks >= 0):
        assert marks[marks[i]] < 0
        assert rows.figures["mass_kg"][marks[i]] <= rows.figures["mass_kg"][i]
    marked = {rows.names[i] for i in np.flatnonzero(marks >= 0)}
    assert any("_1200" in name for name in marked)


def test_workers_change_no_bit_and_an_interrupted_run_goes_on(
    spacious: Path, small_study: Study, found: Catalogue, tmp_path: Path
) -> None:
    """Interrupted after its first task, the second run on two processes takes that from the store and ends with the same bytes."""
    with pytest.raises(KeyboardInterrupt):
        evaluate(spacious, small_study, tmp_path, 1, Watch(interrupt_after=1))
    watch = Watch()
    again = evaluate(spacious, small_study, tmp_path, 2, watch)
    assert watch.stored == 1
    assert watch.steps > 2
    assert encode(again.rows) == encode(found.rows)
    assert again.dominated_by.tolist() == found.dominated_by.tolist()


def test_files_hold_what_was_found(spacious: Path, small_store: Path, found: Catalogue, tmp_path: Path) -> None:
    """netCDF, CSV and JSON tell the same; --undominated leaves the marked ones out; the counts say so."""
    rooms = Rooms(spacious, small_store, 1)
    answers = {
        suffix: rooms.catalogue(with_space=True, undominated=suffix == ".csv", out=tmp_path / f"c{suffix}")
        for suffix in (".nc", ".csv", ".json")
    }
    assert answers[".nc"]["units"] == len(found.rows) == answers[".nc"]["written"]
    assert answers[".csv"]["written"] == answers[".csv"]["undominated"] < answers[".csv"]["units"]
    with xarray.open_dataset(tmp_path / "c.nc") as dataset:
        assert list(dataset["unit"].values) == list(found.rows.names)
        np.testing.assert_array_equal(dataset["peak_power_w"], found.rows.figures["peak_power_w"])
        assert dataset["peak_power_w"].attrs["units"] == "W"
        reached = np.isfinite(found.rows.loss_w)
        loss = dataset["loss_w"].values.reshape(found.rows.loss_w.shape)
        np.testing.assert_array_equal(loss[reached], found.rows.loss_w[reached])
        assert np.isnan(loss[~reached]).all()
        dominated = {str(u) for u, by in zip(dataset["unit"].values, dataset["dominated_by"].values, strict=True) if by}
    with open(tmp_path / "c.csv", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert {row["name"] for row in written} == set(found.rows.names) - dominated
    document = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert {row["name"] for row in document["rows"] if row["dominated_by"]} == dominated
    by_name = {row["name"]: row for row in document["rows"]}
    assert all(float(row["mass_kg"]) == by_name[row["name"]]["mass_kg"] for row in written)
    best = answers[".nc"]["best"]
    assert not {row["name"] for row in best} & dominated
    lightest = next(row for row in best if row["view"] == "lightest")
    assert lightest["mass_kg"] == min(found.rows.figures["mass_kg"][found.undominated])
    kit_only = rooms.catalogue(with_space=False, undominated=False, out=None)
    assert (kit_only["units"], kit_only["motors"]) == (8, 4)


def test_a_file_that_cannot_be_written_is_told_before_the_work(
    spacious: Path, small_store: Path, tmp_path: Path
) -> None:
    """Another suffix and a missing folder are refused at once."""
    rooms = Rooms(spacious, small_store, 1)
    for name, said in (("c.xlsx", "unknown kind of file"), ("no/c.nc", "no folder")):
        with pytest.raises(InputError, match=said):
            rooms.catalogue(with_space=True, undominated=False, out=tmp_path / name)


def test_two_generations_as_a_document(spacious: Path, small_store: Path) -> None:
    """A unit of the space against one of the kit: what changed, what is carried over, and the effect on mass and loss."""
    rooms = Rooms(spacious, small_store, 1)
    answer = rooms.compare("short/small/slow", "m150/small/slow".replace("slow", "g10_600"))
    by_kind = {module["module"]: module for module in answer["modules"]}
    assert by_kind["machine"]["changes"] == [{"field": "stack_length_m", "before": 0.1, "after": 0.15}]
    assert [c["field"] for c in by_kind["gear"]["changes"]] == ["ratio"]
    assert answer["carried_over"] == ["lamination", "inverter"]
    mass = next(row for row in answer["body"] if row["name"] == "mass_kg")
    assert mass["difference_percent"] == pytest.approx((mass["after"] / mass["before"] - 1.0) * 100.0)
    total = next(row for row in answer["mean_loss_w"] if row["name"] == "total")
    points = answer["operating_points"]
    assert total["after"] == pytest.approx(np.mean([point["loss_after_w"] for point in points]))
    assert len(points) == answer["shared_operating_points"]
    json.dumps(answer, allow_nan=False)
    with pytest.raises(InputError, match="no/such/unit"):
        rooms.compare("short/small/slow", "no/such/unit")
