"""The family tree: every module, unit and axle is drawn once, inside the picture, and every link is there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from sample_document import sample_document

from halfshaft.report.family_tree import family_tree
from halfshaft.report.names import Names


def _tree(document: dict[str, Any]) -> ET.Element:
    units = {u["name"]: u for u in document["catalogue"]["units"]}
    return ET.fromstring(family_tree(units, document["plans"]["reference"]["assignments"], Names.of(document)))


@pytest.mark.parametrize("large", [False, True])
def test_every_box_and_every_link_is_drawn(large: bool) -> None:
    """One box for each module, unit and axle; one path for each unit; one curve for each axle it drives."""
    document = sample_document(large=large)
    plan = document["plans"]["reference"]
    tree = _tree(document)
    assert len(tree.findall(".//rect")) == len(plan["modules"]) + len(plan["family"]) + len(plan["assignments"])
    paths = tree.findall("g[@class='links']/g")
    assert {path.findtext("title") for path in paths} == set(plan["family"])
    assert sum(len(path.findall("path")) - 1 for path in paths) == len(plan["assignments"])


@pytest.mark.parametrize("large", [False, True])
def test_nothing_overlaps_and_nothing_leaves_the_picture(large: bool) -> None:
    """Boxes of a column stand apart, and all of them lie inside the view."""
    tree = _tree(sample_document(large=large))
    _, _, width, height = map(float, tree.attrib["viewBox"].split())
    columns: dict[float, list[tuple[float, float]]] = {}
    for rect in tree.findall(".//rect"):
        x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0.0
        assert x + w <= width
        assert y >= 0.0
        assert y + h <= height
        columns.setdefault(x, []).append((y, y + h))
    assert len(columns) == 6
    for boxes in columns.values():
        boxes.sort()
        assert all(above[1] < below[0] for above, below in pairwise(boxes))


def test_colours_say_whose_it_is() -> None:
    """An axle carries its partner's colour; a unit used by one partner only carries it too, a shared one the joint colour."""
    document = sample_document()
    names = Names.of(document)
    assignments = document["plans"]["reference"]["assignments"]
    text = family_tree({u["name"]: u for u in document["catalogue"]["units"]}, assignments, names)
    for assignment in assignments:
        users = {a["partner"] for a in assignments if a["unit"] == assignment["unit"]}
        expected = names.colour(assignment["partner"]) if len(users) == 1 else names.colour("joint")
        group = re.search(rf"<title>{re.escape(assignment['unit'])}: peak.*?</g>", text)
        assert group is not None
        assert expected in group.group()


def test_names_are_shown_not_obeyed(document: dict[str, Any]) -> None:
    """A vehicle whose name is markup does not become markup."""
    document["programme"]["vehicles"][0]["name"] = "<script>alert(1)</script>"
    tree = _tree(document)
    assert not tree.findall(".//script")
    assert any("<script>" in (text.text or "") for text in tree.iter("text"))
