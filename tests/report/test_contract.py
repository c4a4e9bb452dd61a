"""A document that is no finished study is refused, by the full path of what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_document import sample_document

from halfshaft.report import ReportError, render_report
from halfshaft.report.contract import check

Json = dict[str, Any]
SAMPLE = sample_document()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all keys of all mappings, by the first entry of each list."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(*path, key), *_paths(inner, (*path, key))]
    elif isinstance(value, list) and value:
        found += _paths(value[0], (*path, 0))
    return found


def _without(document: Json, path: tuple[Any, ...]) -> Json:
    changed = copy.deepcopy(document)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


@pytest.mark.parametrize("schema", ["halfshaft study 0", None, 1])
def test_another_schema_is_refused(document: Json, schema: Any) -> None:
    """Only the schema that the page draws is drawn, and the message names both."""
    with pytest.raises(ReportError, match="'halfshaft study 1'"):
        render_report(document | {"schema": schema})


def test_no_mapping_at_all_is_refused() -> None:
    """A list or a text is no document."""
    with pytest.raises(ReportError, match="schema is None"):
        render_report([])  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_paths(SAMPLE)))
def test_whatever_key_is_missing_the_report_stands_or_says_which(path: tuple[Any, ...]) -> None:
    """No missing key ends in a bare KeyError: either the page does without it, or ReportError names its path."""
    try:
        page, message = render_report(_without(SAMPLE, path)), ""
    except ReportError as error:
        page, message = "", str(error)
    assert "</html>" in page or str(path[-1]) in message


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("saving",), "saving is missing"),
        (("programme", "currency"), "programme.currency is missing"),
        (("plans", "reference", "gap_percent"), "plans.reference.gap_percent is missing"),
        (("alliance", 0, "splits", 0, "in_core"), r"alliance\[0\].splits\[0\].in_core is missing"),
        (("catalogue", "maps", SAMPLE["catalogue"]["family"][0]), "catalogue.maps"),
        (("plans", "alone", "birch"), "plans.alone.birch is missing"),
    ],
)
def test_a_missing_key_is_named_by_its_path(path: tuple[Any, ...], named: str) -> None:
    """The message says where to look."""
    with pytest.raises(ReportError, match=named):
        check(_without(SAMPLE, path))


def test_wrong_kinds_and_dangling_references_are_named(document: Json) -> None:
    """A list that is none, a family unit outside the catalogue, a reference outlook that was never computed."""
    with pytest.raises(ReportError, match="assumptions is no list"):
        check(document | {"assumptions": {}})
    broken = copy.deepcopy(document)
    broken["plans"]["reference"]["family"].append("no/such/unit")
    broken["programme"]["reference_scenario"] = "never"
    with pytest.raises(ReportError, match=r"never.*no/such/unit"):
        check(broken)
    broken = copy.deepcopy(document)
    broken["verification"]["matrix"]["rows"][0]["cells"].pop()
    with pytest.raises(ReportError, match="not one for each unit"):
        check(broken)


def test_many_problems_are_cut_short(document: Json) -> None:
    """A message stays readable when everything is wrong."""
    for key in list(document):
        if key != "schema":
            del document[key]
    with pytest.raises(ReportError, match=r"and \d+ more") as caught:
        check(document)
    assert len(str(caught.value)) < 500
