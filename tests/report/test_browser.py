"""The page in Chromium: it draws without a word of complaint and without a single request."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
UNDRAWN = """() => [...document.querySelectorAll('.plot')]
    .filter(p => p.checkVisibility() && !p.querySelector('svg.main-svg')).map(p => p.dataset.figure)"""
EMPTY = """() => [...document.querySelectorAll('.plot svg.main-svg')].filter(s => s.getBoundingClientRect().width < 200).length"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium, or a skip that says what is missing."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium on the path")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, page: str, tmp_path: Path) -> Iterator[tuple[Any, list[str], list[str]]]:
    """The page in a fresh tab, with everything it complains of and everything it asks for."""
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 1400, "height": 900})
    complaints: list[str] = []
    requests: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(file.as_uri())
    yield tab, complaints, requests
    tab.close()


def _wait(condition: Callable[[], bool], seconds: float = 40.0) -> bool:
    """Poll from here: the page's own policy forbids the polling that a driver would put into it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_every_visible_chart_draws_without_complaint_or_request(opened: tuple[Any, list[str], list[str]]) -> None:
    """All charts outside closed folds hold a drawing of some width; the only request is the file itself."""
    tab, complaints, requests = opened
    assert _wait(lambda: not tab.evaluate(UNDRAWN)), tab.evaluate(UNDRAWN)
    assert tab.evaluate("document.querySelectorAll('.plot svg.main-svg').length") > 10
    assert tab.evaluate(EMPTY) == 0
    assert not complaints
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1


def test_maps_of_a_unit_are_drawn_when_it_opens(opened: tuple[Any, list[str], list[str]]) -> None:
    """The second unit's charts are not drawn before its fold opens, and are there after."""
    tab, complaints, _ = opened
    assert _wait(lambda: not tab.evaluate(UNDRAWN))
    fold = "#units details:nth-of-type(2)"
    assert tab.locator(f"{fold} svg.main-svg").count() == 0
    tab.locator(f"{fold} > summary").click()
    assert _wait(lambda: tab.locator(f"{fold} .plot:has(svg.main-svg)").count() == 4)
    assert tab.locator(f"{fold} .contourlayer .contour").count() >= 2
    assert not complaints


def test_assumptions_can_be_searched(opened: tuple[Any, list[str], list[str]]) -> None:
    """The search leaves the rows that hold all words, counts them, and gives all back when it is emptied."""
    tab, complaints, _ = opened
    box = tab.locator("#sources input[data-filter]").first
    rows = tab.locator("#sources details >> nth=0").locator("tbody tr:not(.group):visible")
    assert rows.count() == 5
    box.fill("FIGURE_3 invented")
    assert rows.count() == 1
    assert tab.locator("#sources .found").first.inner_text() == "1 found"
    box.fill("")
    assert rows.count() == 5
    assert not complaints


def test_page_is_no_wider_than_the_screen(opened: tuple[Any, list[str], list[str]]) -> None:
    """Wide tables scroll inside themselves; the page does not scroll sideways, on a desk or on a phone."""
    tab, _, _ = opened
    for width in (1400, 1024, 420):
        tab.set_viewport_size({"width": width, "height": 900})
        assert _wait(lambda width=width: tab.evaluate("document.documentElement.scrollWidth") <= width, 10.0), width
