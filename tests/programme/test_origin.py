"""Rules of origin: as the published texts say, and switching when the transitional regime ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from halfshaft.programme.origin import CELLS, HEADINGS, RULES, changes_heading, max_nonoriginating

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "origin_rules" / "eu.json"


def _texts(heading: str, subdivision: str = "") -> list[str]:
    if not PUBLISHED.exists():
        pytest.skip("the published rules are not at hand")
    code = f"{heading}000000"
    found = [
        rules
        for rules in json.loads(PUBLISHED.read_text(encoding="utf-8"))["rule_sets"]
        if rules["min"] <= code <= rules["max"] and subdivision in rules["subdivision"]
    ]
    assert len(found) == 1
    return [text for rule in found[0]["rules"] for text in rule["rule"].split("\n\n")]


def _shares(texts: list[str]) -> set[float]:
    return {int(share) / 100 for text in texts for share in re.findall(r"maximum of \*\*(\d+)%\*\*", text)}


@pytest.mark.parametrize("heading", ["8483", "8501", "8503", "8504", "8708"])
def test_parts_of_a_drive_follow_the_text(heading: str) -> None:
    """Change of heading or half of the price, the motor alone excepting its own parts' heading."""
    texts = _texts(heading)
    assert _shares(texts) == {0.5} == {max_nonoriginating(heading, 2025)}
    change = next(text for text in texts if "4-digit" in text)
    excepted = re.findall(r"/headings/(\d{4})", change)
    route = next(route for route in RULES[heading].routes if route.change)
    assert list(route.except_from) == excepted


@pytest.mark.parametrize(
    ("rule", "subdivision"), [(RULES["8507"], "battery packs"), (CELLS, "Battery cells, battery modules and parts")]
)
def test_batteries_follow_the_text(rule: object, subdivision: str) -> None:
    """Both regimes of packs and of cells; the dates are those of the extension, which the published file has not taken up."""
    texts = _texts("8507", subdivision)
    routes = rule.routes  # type: ignore[attr-defined]
    old = [text for text in texts if "until 31 December" in text]
    assert _shares(old) == {r.most_foreign for r in routes if r.last == 2026 and r.most_foreign}
    assert _shares([t for t in texts if t not in old]) == {
        r.most_foreign for r in routes if r.first == 2027 and r.most_foreign
    }
    assert any("Assembly" in text for text in old) == any(route.assembly for route in routes)


def test_the_car_follows_the_text() -> None:
    """Three fifths foreign at first; 45 % with a pack that originates after."""
    texts = _texts("8703", "only electric motor for propulsion")
    until = [text for text in texts if "until 31 December" in text]
    after = [text for text in texts if text not in until]
    assert _shares(until) == {max_nonoriginating("8703", 2026)} == {0.6}
    assert _shares(after) == {max_nonoriginating("8703", 2027)} == {0.45}
    assert any("must be originating" in text for text in after)


def test_the_regime_switches_in_2027() -> None:
    """What a pack of foreign cells and a car with a foreign pack may do to 2026, they may not from 2027 on."""
    assert max_nonoriginating("8507", 2026) == 0.7
    assert max_nonoriginating("8507", 2027) == 0.3
    assert changes_heading("8507", ["8507"], 2026)
    assert not changes_heading("8507", ["8507"], 2027)
    assert max_nonoriginating("8507", 2026, ["8507"]) == 1.0
    assert max_nonoriginating("8507", 2027, ["8507"]) == 0.3
    assert max_nonoriginating("8703", 2026, ["8507"]) == 0.6
    assert max_nonoriginating("8703", 2027, ["8507"]) is None


def test_change_of_heading_opens_any_share() -> None:
    """A motor of foreign steel and copper originates; one with a foreign stator does not, though an inverter or a gear with it would."""
    assert changes_heading("8501", ["7226", "7408"], 2025)
    assert not changes_heading("8501", ["8503"], 2025)
    assert not changes_heading("8501", ["8501"], 2025)
    assert changes_heading("8504", ["8541"], 2025)
    assert not changes_heading("8504", ["8504"], 2025)
    assert max_nonoriginating("8501", 2025, ["7226"]) == 1.0
    assert max_nonoriginating("8501", 2025, ["8503"]) == 0.5


def test_there_is_no_preference_before_the_agreement() -> None:
    """To the end of 2020 there was neither duty nor preference; an unknown heading is told."""
    assert all(max_nonoriginating(heading, 2020) is None for heading in HEADINGS)
    with pytest.raises(KeyError):
        max_nonoriginating("8714", 2025)
