"""The page as a file: whole, self-contained, and deaf to markup in names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from sample_document import sample_document

from halfshaft.report import render_report

SECTIONS = (
    "answer", "family", "launches", "units", "vehicles", "operation", "overlap", "negotiation", "purchase", "production", "money",
    "adoption", "split",
    "sources", "run",
)  # fmt: skip
VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Collects tags with their attributes, headings, ids, and the text outside scripts; notes tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.texts: list[str] = []
        self.unbalanced: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] not in ("script", "style"):
            self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_page_holds_every_section_in_order_and_the_navigation_leads_there(page: str) -> None:
    """All sections, each reachable."""
    reader = read(page)
    assert tuple(a["id"] for tag, a in reader.tags if tag == "section") == SECTIONS
    links = [a["href"] for tag, a in reader.tags if tag == "a"]
    assert [f"#{id}" for id in SECTIONS] == [link for link in links if link][1:]


def test_page_is_well_formed(page: str) -> None:
    """Every element closes in its turn, and no id is used twice."""
    reader = read(page)
    assert not reader.unbalanced
    assert not reader.stack
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_page_loads_nothing_from_anywhere(page: str) -> None:
    """No element refers to another file, and the content policy forbids requests."""
    reader = read(page)
    for tag, attributes in reader.tags:
        assert "src" not in attributes, tag
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert "url(" not in (attributes.get("style") or "")
    policy = next(a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_page_can_be_read_aloud(page: str) -> None:
    """Language, one first heading, headings in order, captions on all tables, names on all inputs."""
    reader = read(page)
    assert ("html", {"lang": "en"}) in reader.tags
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = [tag for tag, _ in reader.tags]
    assert names.count("table") == names.count("caption") > 20
    assert "noscript" in names


def test_every_plot_has_its_figure(page: str) -> None:
    """Each place for a chart finds a figure, and each figure a place."""
    reader = read(page)
    wanted = [a["data-figure"] for _, a in reader.tags if "data-figure" in a]
    held = [a["id"] for tag, a in reader.tags if tag == "script" and a.get("type") == "application/json"]
    assert wanted == held
    assert len(held) >= 15


def test_markup_in_names_is_shown_and_not_obeyed(document: dict[str, Any]) -> None:
    """A vehicle, partner, unit or reason that looks like markup adds no element to the page."""
    evil = "<script>alert(1)</script>"
    document["programme"]["vehicles"][0]["name"] = evil
    document["programme"]["partners"][0]["name"] = f"{evil} & <img src=x onerror=alert(2)>"
    document["programme"]["books"][0]["name"] = "</script><b>"
    document["programme"]["summary"] = evil
    document["assumptions"][0]["note"] = "\"><iframe src='https://example.org'>"
    before, after = read(render_report(sample_document())), read(render_report(document))
    assert [tag for tag, _ in after.tags] == [tag for tag, _ in before.tags]
    assert not after.unbalanced
    assert any(evil in text for text in after.texts)


def test_library_stands_whole_inside_the_page(page: str) -> None:
    """The chart library is there with its licence notice, and no script ends before its time."""
    assert "Licensed under the MIT license" in page
    assert page.count("</script>") == len(re.findall(r"<script(?: type=\"application/json\" id=\"[\w-]+\")?>\n?", page))


def test_document_is_left_as_it_was(document: dict[str, Any]) -> None:
    """Drawing changes nothing, and the same document gives the same page."""
    first = render_report(document)
    assert document == sample_document()
    assert render_report(document) == first
