"""Pictures over the years: every module and vehicle is drawn when the plan has it, and nothing leaves the picture."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_document import sample_document

from halfshaft.report.blocks import Table
from halfshaft.report.family_years import family_over_the_years, has_years
from halfshaft.report.launch_calendar import changed, launch_calendar, stages
from halfshaft.report.names import Names
from halfshaft.report.page import sections
from halfshaft.report.timeline import YearScale, cut

Json = dict[str, Any]


def _family(document: Json) -> ET.Element:
    plan, years = document["plans"]["reference"], document["programme"]["years"]
    return ET.fromstring(family_over_the_years(plan, years, Names.of(document)))


def _calendar(document: Json) -> ET.Element:
    plans, vehicles = document["plans"], document["programme"]["vehicles"]
    return ET.fromstring(launch_calendar(plans["reference"], plans["alone"], vehicles, Names.of(document)))


def _titles(tree: ET.Element, tag: str) -> list[str]:
    return [shape.findtext("title") or "" for shape in tree.iter(tag)]


@pytest.mark.parametrize("large", [False, True])
def test_nothing_leaves_the_pictures(large: bool) -> None:
    """Bars, marks and texts lie inside the view, whether three vehicles are planned or sixteen."""
    document = sample_document(large=large)
    for tree in (_family(document), _calendar(document)):
        _, _, width, height = map(float, tree.attrib["viewBox"].split())
        for rect in tree.iter("rect"):
            x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
            assert 0 <= x <= x + w <= width
            assert 0 <= y <= y + h <= height
        for text in tree.iter("text"):
            assert 0 <= float(text.attrib["x"]) <= width
            assert 0 <= float(text.attrib["y"]) <= height


def test_every_module_is_launched_once_and_bars_cover_its_years(document: Json) -> None:
    """One diamond for each module with its year; a year without pieces breaks the bar."""
    plan, tree = document["plans"]["reference"], _family(document)
    marks = _titles(tree, "polygon")
    for module in plan["modules"]:
        assert sum(mark.startswith(f"{module['name']}: launched {module['launched']}") for mark in marks) == 1
        for partner, pieces in module["pieces_by_partner"].items():
            bars = [
                t for t in _titles(tree, "rect")
                if t.startswith(f"{module['name']} in cars of {document['programme']['partners'][partner == 'birch']['name']}")
            ]  # fmt: skip
            assert len(bars) == 2  # 2030-2031 and 2033
            shown = {year for bar in bars for year in re.findall(r"(20\d\d):", bar)}
            assert shown == set(pieces)


def test_carry_over_leads_from_parent_to_child_and_not_back_in_time(document: Json) -> None:
    """A child below its parent gets an arrow, one whose parent comes later gets none."""
    modules = document["plans"]["reference"]["modules"]
    assert not list(_family(document).iter("path"))
    parent = next(m for m in modules if m["kind"] == "machine")
    child = copy.deepcopy(parent) | {"name": "child", "parent": parent["name"], "launched": 2032}
    modules.append(child)
    tree = _family(document)
    paths = [path.attrib["d"] for path in tree.iter("path")]
    assert len(paths) == 1
    x0, y0, y1, x1 = map(float, re.findall(r"M([\d.]+),([\d.]+)H[\d.]+V([\d.]+)H([\d.]+)", paths[0])[0])
    assert y1 > y0
    assert x1 > x0
    child["launched"] = 2029
    assert not list(_family(document).iter("path"))


def test_calendar_shows_each_stage_together_and_alone(document: Json) -> None:
    """A bar for each stage of each vehicle in both plans, late starts as lines, and a mark where units change."""
    plans, tree = document["plans"], _calendar(document)
    bars = _titles(tree, "rect")
    vehicles = {v["id"]: v["partner"] for v in document["programme"]["vehicles"]}
    for vehicle, partner in vehicles.items():
        for plan, who in ((plans["reference"], "together"), (plans["alone"][partner], "alone")):
            name = Names.of(document).vehicle(vehicle)
            own = [bar for bar in bars if bar.startswith(f"{name}, {who}, ")]
            assert len(own) == len(stages(plan, vehicle))
            for stage in stages(plan, vehicle):
                assert any(f"{stage[0]['from_year']}–{stage[0]['to_year']}" in bar for bar in own)
    late = [line for line in tree.iter("line") if "late" in (line.findtext("title") or "")]
    planned = {v["id"]: v["sop"] for v in document["programme"]["vehicles"]}
    expected = sum(
        stages(plans["alone"][p], v)[0][0]["from_year"] > planned[v]
        for v, p in vehicles.items() if stages(plans["alone"][p], v)
    )  # fmt: skip
    assert len(late) == expected >= 1
    changes = sum(
        changed(stage)
        for v, p in vehicles.items()
        for plan in (plans["reference"], plans["alone"][p])
        for stage in stages(plan, v)
    )
    assert len(_titles(tree, "polygon")) == changes >= 1


def test_launch_table_counts_what_the_plans_launch(document: Json) -> None:
    """The sums of a plan's rows are its modules by kind and its vehicles."""
    section = next(s for s in sections(document, Names.of(document)) if s.id == "launches")
    table = next(b for b in section.blocks if isinstance(b, Table) and b.caption.startswith("What is launched"))
    plan = document["plans"]["reference"]
    sums = {row[0].text: int(row[-1].text) for row in table.groups[0].rows}
    assert sums["Machines"] == sum(m["kind"] == "machine" for m in plan["modules"])
    assert sums["Vehicles that start"] == len({a["vehicle"] for a in plan["assignments"]})
    assert sums["Vehicles that change units"] == 1
    for group in table.groups:
        for row in group.rows:
            assert int(row[-1].text) == sum(int(cell.text or 0) for cell in row[1:-1])


def test_a_late_start_is_said(document: Json) -> None:
    """A partner alone that starts a year late has it in the lead and in the vehicle's row."""
    section = next(s for s in sections(document, Names.of(document)) if s.id == "launches")
    table = next(b for b in section.blocks if isinstance(b, Table) and b.caption.startswith("Start of production"))
    cells = [row[3] for group in table.groups for row in group.rows]
    assert [cell.text for cell in cells if cell.style == "loss"] == ["2031 (+1)"] * sum(
        c.style == "loss" for c in cells
    )
    assert any(cell.style == "loss" for cell in cells)


def test_older_documents_are_drawn_without_years(document: Json) -> None:
    """Without stages, pieces by partner, indices, steps or adoption, the page stands without the parts that need them."""
    for plan in (document["plans"]["reference"], *document["plans"]["alone"].values()):
        del plan["commonality"]
        for module in plan["modules"]:
            del module["pieces_by_partner"]
        assert not has_years(plan)
    del document["adoption"]
    del document["saving"]["steps"]
    found = {s.id for s in sections(document, Names.of(document))}
    assert {"answer", "family", "money", "production"} <= found
    assert not {"launches", "adoption"} & found


def test_names_are_shown_not_obeyed(document: Json) -> None:
    """Modules and vehicles whose names are markup do not become markup."""
    document["programme"]["vehicles"][0]["name"] = "<script>alert(1)</script>"
    document["plans"]["reference"]["modules"][0]["name"] = "<b>&"
    for tree in (_family(document), _calendar(document)):
        assert not list(tree.iter("script"))
        assert not list(tree.iter("b"))


@given(st.integers(1990, 2050), st.integers(0, 40), st.floats(0.0, 300.0), st.floats(310.0, 2000.0))
def test_a_scale_divides_its_width_among_the_years(first: int, more: int, left: float, right: float) -> None:
    """The first year begins at the left, the last ends at the right, and all are equally wide."""
    scale = YearScale(first, first + more, left, right)
    assert scale.x(first) == left
    assert scale.x(first + more + 1) == pytest.approx(right)
    assert scale.x(first + 1) - scale.x(first) == pytest.approx(scale.width)


@given(st.text(max_size=40), st.floats(0.0, 400.0))
def test_a_cut_text_fits_and_is_a_beginning(text: str, room: float) -> None:
    """What is shown is the text, or its beginning with an ellipsis, or nothing; never longer than the room allows."""
    shown = cut(text, room)
    assert shown == text or text.startswith(shown.removesuffix("…"))
    assert len(shown) <= max(room / 6.3, 0.0)
