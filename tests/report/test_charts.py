"""Charts as Plotly reads them: whole, finite, and drawn from the document's own figures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_document import sample_document

from halfshaft.report.blocks import Chart, charts_in
from halfshaft.report.charts import finite, to_json, wrapped
from halfshaft.report.charts_money import outlook_intervals, waterfall
from halfshaft.report.charts_overlap import overlap_matrix
from halfshaft.report.charts_prices import price_bars
from halfshaft.report.charts_split import gains_by_rule
from halfshaft.report.charts_units import efficiency_map
from halfshaft.report.names import Names
from halfshaft.report.page import sections

Json = dict[str, Any]
SAMPLE = sample_document()
NAMES = Names.of(SAMPLE)
CHARTS = [chart for section in sections(SAMPLE, NAMES) for chart in charts_in(section.blocks)]

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.id)
def test_every_chart_can_be_drawn_and_read(chart: Chart) -> None:
    """Each figure is valid JSON without NaN, has data, and says what is seen, in which unit, and how to read it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{chart.id} holds {constant}")

    figure = json.loads(to_json(chart.figure), parse_constant=refuse)
    assert figure["data"]
    assert chart.title
    assert chart.reading.endswith(".")
    axes = [value for key, value in figure["layout"].items() if key.startswith(("xaxis", "yaxis"))]
    assert any(axis["title"]["text"] for axis in axes) or chart.id == "overlap"


def test_chart_ids_are_unique() -> None:
    """Each plot finds its own figure."""
    ids = [chart.id for chart in CHARTS]
    assert len(ids) == len(set(ids)) >= 15


@given(json_values)
def test_figures_cannot_break_out_of_their_script(value: Any) -> None:
    """Whatever text a figure holds, no tag, comment or entity can open inside the script element, and reading gives it back."""
    text = to_json({"value": value})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"value": finite(value)}


def test_waterfall_leads_from_alone_to_together() -> None:
    """Each step begins where the last one ended, the first at the cost alone, the last at the joint cost."""
    outlook = SAMPLE["saving"]["outlooks"][0]
    first, *steps, last = waterfall(outlook, NAMES)["data"]
    level = first["base"][0] + first["y"][0]
    assert level == pytest.approx(outlook["alone_m"])
    for step in steps:
        low, high = step["base"][0], step["base"][0] + step["y"][0]
        assert level == pytest.approx(low) or level == pytest.approx(high)
        level = low if level == pytest.approx(high) else high
    assert level == pytest.approx(outlook["joint_m"])
    assert last["base"][0] + last["y"][0] == pytest.approx(outlook["joint_m"])


def test_intervals_are_drawn_from_low_to_high() -> None:
    """Price bars, saving bars and gain bars end where the document's intervals end."""
    prices = [p for p in SAMPLE["negotiation"]["prices"] if p["method"] != "exact"]
    bars = price_bars(prices, NAMES)["data"]
    for bar in bars:
        for label, low, width in zip(bar["y"], bar["base"], bar["x"], strict=True):
            price = next(p for p in prices if f"[{p['demand']}]" in label)
            assert (low, low + width) == pytest.approx((price["price_m"]["low"], price["price_m"]["high"]))
    assert sum(len(bar["y"]) for bar in bars) == len(prices)
    outlooks = SAMPLE["saving"]["outlooks"]
    marks = outlook_intervals(outlooks, ("plain", "middle"), NAMES)["data"]
    highs = sorted(x + up for m in marks for x, up in zip(m["x"], m["error_x"]["array"], strict=True))
    assert highs == pytest.approx(sorted(o["interval_m"]["high"] for o in outlooks))
    splits = SAMPLE["alliance"][0]["splits"]
    for trace, partner in zip(gains_by_rule(splits, NAMES)["data"], NAMES.everyone, strict=True):
        lows = [y - down for y, down in zip(trace["y"], trace["error_y"]["arrayminus"], strict=True)]
        assert lows == pytest.approx([s["gain_interval_m"][partner]["low"] for s in splits])


def test_maps_are_turned_for_plotly() -> None:
    """The document holds a row for each speed, a contour a row for each torque: point by point they agree."""
    unit_map = next(iter(SAMPLE["catalogue"]["maps"].values()))
    z = efficiency_map(unit_map)["data"][0]["z"]
    assert len(z) == len(unit_map["torque_nm"])
    known = [(i, j) for i in range(24) for j in range(31) if unit_map["efficiency_percent"][i][j] is not None]
    assert len(known) > 300
    assert all(z[j][i] == unit_map["efficiency_percent"][i][j] for i, j in known)


def test_maps_are_drawn_to_their_limits() -> None:
    """Colour reaches beyond the limit curves and paper covers it from there on, so that no step is left between grid and curve."""
    unit_map = next(iter(SAMPLE["catalogue"]["maps"].values()))
    chart = efficiency_map(unit_map)
    z = chart["data"][0]["z"]
    assert all(z[0][i] is not None and z[-1][i] is not None for i in range(24))
    low, high = chart["layout"]["yaxis"]["range"]
    covers = [trace for trace in chart["data"] if trace.get("fill") == "toself"]
    for cover, key, end in zip(covers, ("peak_torque_nm", "peak_generating_torque_nm"), (high, low), strict=True):
        assert cover["y"][: len(unit_map["limits"][key])] == unit_map["limits"][key]
        assert cover["y"][-2:] == [end, end]


def test_overlap_matrix_is_symmetric() -> None:
    """A pair's share stands on both sides of the diagonal, and the diagonal is blank."""
    z = overlap_matrix(SAMPLE["overlap"]["pairs"], NAMES)["data"][0]["z"]
    assert all(z[i][j] == z[j][i] for i in range(3) for j in range(3))
    assert [z[i][i] for i in range(3)] == [None] * 3


def test_partner_colours_hold_everywhere() -> None:
    """A partner has one colour, no two share it, and charts of gains use it."""
    colours = {NAMES.colour(p) for p in NAMES.everyone}
    assert len(colours) == 2
    assert {t["marker"]["color"] for t in gains_by_rule(SAMPLE["alliance"][0]["splits"], NAMES)["data"]} == colours


@given(st.text(max_size=60), st.integers(4, 40))
def test_wrapped_labels_lose_no_letter_and_carry_no_markup(text: str, width: int) -> None:
    """A label broken over lines reads as the name does, and markup in a name is shown, not obeyed."""
    label = wrapped(text, width)
    assert "<" not in label.replace("<br>", "")
    plain = label.replace("<br>", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert "".join(plain.split()) == "".join(text.split())
