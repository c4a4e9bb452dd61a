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
from halfshaft.report.charts_adoption import fan, regrets
from halfshaft.report.charts_commonality import index_by_kind
from halfshaft.report.charts_money import Total, outlook_intervals, waterfall
from halfshaft.report.charts_overlap import overlap_matrix
from halfshaft.report.charts_prices import price_bars
from halfshaft.report.charts_production import utilisation_by_plant
from halfshaft.report.charts_purchase import value_by_tier
from halfshaft.report.charts_saving import savings_by_step
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


@given(
    st.lists(st.dictionaries(st.sampled_from("abcdefg"), st.floats(-500.0, 900.0), min_size=1), min_size=2, max_size=4)
)
def test_waterfall_leads_from_each_total_to_the_next(trees: list[dict[str, float]]) -> None:
    """Each step begins where the last one ended; totals stand where the steps lead, whatever is left out as too small to see."""
    totals = [Total(f"t{k}", sum(tree.values()), tree) for k, tree in enumerate(trees)]
    level, number = totals[0].amount, 0
    for bar in waterfall(totals, NAMES)["data"]:
        start, end = bar["base"][0], bar["base"][0] + bar["x"][0]
        largest = max(*(abs(t.amount) for t in totals), *(abs(v) for tree in trees for v in tree.values()), 1.0)
        near = 0.02 * largest
        if bar["y"][0].startswith("total"):
            assert end == pytest.approx(totals[number].amount)
            assert level == pytest.approx(totals[number].amount, abs=near)
            level, number = totals[number].amount, number + 1
        else:
            assert level == pytest.approx(start, abs=near) or level == pytest.approx(end, abs=near)
            level = start if abs(level - end) < abs(level - start) else end
    assert number == len(totals)


def test_a_step_that_rounds_to_nothing_has_no_sign() -> None:
    """Neither −0 nor +0 stands beside a bar."""
    totals = [Total("t0", 1000.4, {"a": 1000.0, "b": 0.4}), Total("t1", 600.0, {"a": 600.0})]
    steps = {bar["y"][0]: bar["text"] for bar in waterfall(totals, NAMES)["data"]}
    assert steps["0 a"] == ["−400"]
    assert steps["0 all other lines"] == ["0"]


def test_the_report_draws_the_tailored_cost_where_the_study_has_it(document: Json) -> None:
    """With steps the waterfall begins at the tailored cost, without at going alone; it always ends at the joint cost."""
    for steps, first in ((document["saving"]["steps"], "tailored_m"), (None, "alone_m"), ([], "alone_m")):
        changed = document | {"saving": document["saving"] | {"steps": steps}}
        charts = {c.id: c for s in sections(changed, NAMES) for c in charts_in(s.blocks)}
        bars = charts["waterfall"].figure["data"]
        assert bars[0]["base"][0] + bars[0]["x"][0] == pytest.approx(document["saving"]["steps"][0][first])
        joint = document["saving"]["outlooks"][0]["joint_m"]
        assert bars[-1]["base"][0] + bars[-1]["x"][0] == pytest.approx(joint)
        assert ("saving-steps" in charts) == bool(steps)


def test_savings_by_step_end_where_their_intervals_end() -> None:
    """Against tailored and against alone, one bar for each entry that has the interval, from low to high."""
    steps = SAMPLE["saving"]["steps"]
    for trace, key in zip(savings_by_step(steps, NAMES)["data"], ("against_tailored_m", "saving_m"), strict=True):
        expected = [(s[key]["low"], s[key]["high"]) for s in steps if s[key] is not None]
        found = [(low, low + width) for low, width in zip(trace["base"], trace["x"], strict=True)]
        assert found == [pytest.approx(bounds) for bounds in expected]
        assert len(found) >= 3


def test_fan_holds_every_scenario_inside_its_band() -> None:
    """The band reaches in each year from the fewest to the most cars, and each scenario's line is the document's."""
    adoption = SAMPLE["adoption"]
    low, high, *lines = fan(adoption["scenarios"], adoption["cars"])["data"]
    assert len(lines) == len(adoption["scenarios"])
    for line, scenario in zip(lines, adoption["scenarios"], strict=True):
        assert line["y"] == [adoption["cars"][scenario["id"]][str(year)] for year in line["x"]]
        assert all(a <= y <= b for a, y, b in zip(low["y"], line["y"], high["y"], strict=True))
    assert low["y"] == lines[0]["y"]
    assert high["y"] == lines[2]["y"]


def test_regrets_are_drawn_where_they_are_known() -> None:
    """One bar for each family and scenario whose regret is known; the unknown one leaves a gap."""
    adoption = SAMPLE["adoption"]
    bars = regrets([(f["family"], f) for f in adoption["families"]], adoption["scenarios"], NAMES)["data"]
    drawn = {
        (round(y), bar["name"]): (low, low + width)
        for bar in bars
        for y, low, width in zip(bar["y"], bar["base"], bar["x"], strict=True)
    }
    for index, family in enumerate(adoption["families"]):
        for scenario in adoption["scenarios"]:
            bounds = family["regret_m"][scenario["id"]]
            if bounds is None:
                assert (index, scenario["name"]) not in drawn
            else:
                assert drawn[index, scenario["name"]] == pytest.approx((bounds["low"], bounds["high"]))


def test_tiers_split_all_that_is_bought() -> None:
    """The stacks of a plan add up to the list value of its awards, top tier first."""
    plans = [("", SAMPLE["plans"]["reference"]), ("alder", SAMPLE["plans"]["alone"]["alder"])]
    bars = value_by_tier(plans, NAMES)["data"]
    for index, (_, plan) in enumerate(plans):
        total = sum(row["list_value_m"] for row in plan["purchases"])
        assert sum(bar["x"][index] for bar in bars) == pytest.approx(total)
    assert [bar["name"] for bar in bars] == ["one tier below the top", "2 tiers below the top"]


def test_utilisation_is_drawn_together_and_alone() -> None:
    """Each plant and process has a line for the joint plan and one in its partner's colour."""
    alone = [row for plan in SAMPLE["plans"]["alone"].values() for row in plan["production"]]
    together = SAMPLE["plans"]["reference"]["production"]
    lines = utilisation_by_plant(together, alone, SAMPLE["programme"]["years"], NAMES)["data"]
    panels = {(row["plant"], row["process"]) for row in together}
    assert len(lines) == 2 * len(panels)
    known = sorted(row["utilisation_percent"] for row in (*together, *alone))
    assert sorted(y for line in lines for y in line["y"]) == pytest.approx(known)


def test_commonality_bars_are_the_documents_indices() -> None:
    """All modules first, then each kind, as the plan states them."""
    found = SAMPLE["plans"]["reference"]["commonality"]
    bars = index_by_kind([("", found)], {"machine": "machines", "gear": "gears"}, NAMES)["data"]
    assert bars[0]["y"] == [found["tcci"], found["by_kind"]["machine"]["tcci"], found["by_kind"]["gear"]["tcci"]]


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
