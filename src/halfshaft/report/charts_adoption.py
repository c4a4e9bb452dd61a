"""Charts of an uncertain market: the fan of cars a year over all scenarios, and what each family would regret in each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain, wrapped
from halfshaft.report.format import fixed, interval
from halfshaft.report.names import Names, series_colour

Json = Mapping[str, Any]


def fan(scenarios: Sequence[Json], cars: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Cars a year by scenario, the likelier the thicker, in front of the band from the fewest to the most cars of each year."""
    years = sorted({int(year) for found in cars.values() for year in found})
    by_year = {y: [found[str(y)] for found in cars.values() if found.get(str(y)) is not None] for y in years}
    band = [(y, min(values), max(values)) for y, values in by_year.items() if values]
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    data: list[dict[str, Any]] = [
        {**edge, "x": [y for y, _, _ in band], "y": [low for _, low, _ in band]},
        {**edge, "x": [y for y, _, _ in band], "y": [high for _, _, high in band], "fill": "tonexty", "fillcolor": "rgba(91,101,114,0.13)"},
    ]  # fmt: skip
    likeliest = max((s["probability"] or 0.0 for s in scenarios), default=0.0) or 1.0
    for index, scenario in enumerate(scenarios):
        found = cars[scenario["id"]]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{plain(scenario['name'])} ({_share(scenario['probability'])})",
                "x": years,
                "y": [found.get(str(year)) for year in years],
                "line": {
                    "color": series_colour(index),
                    "width": 1.5 + 2.5 * (scenario["probability"] or 0.0) / likeliest,
                },
                "marker": {"size": 5},
                "hovertemplate": "%{x}: %{y:,.0f} cars<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis("Production year", tickmode="array", tickvals=years[:: 1 if len(years) <= 12 else 2], tickformat="d"),
        axis("Cars a year, all vehicles", rangemode="tozero"),
        # Plotly turns a legend round where one trace fills up to another.
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 11},
            "traceorder": "normal",
        },
    )


def _share(probability: float | None) -> str:
    return "no probability" if probability is None else f"{fixed(100.0 * probability, 0)} %"


def regrets(
    families: Sequence[tuple[str, Json]], scenarios: Sequence[Json], names: Names, least_span_m: float = 0.0
) -> dict[str, Any]:
    """The regret of each family in each scenario, as intervals; `families` are (label, row).

    The axis spans at least `least_span_m`, so that regrets no larger than what a proof leaves open do not look like losses.
    """
    highs = [bounds["high"] for _, row in families for bounds in row["regret_m"].values() if bounds is not None]
    widest = max([least_span_m, *(1.05 * high for high in highs)]) or 1.0
    labels = [wrapped(label, 30) for label, _ in families]
    data = []
    for index, scenario in enumerate(scenarios):
        shift = (index - (len(scenarios) - 1) / 2.0) * 0.7 / max(1, len(scenarios))
        shown = [(i, row["regret_m"].get(scenario["id"])) for i, (_, row) in enumerate(families)]
        found = [(i, bounds) for i, bounds in shown if bounds is not None]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": plain(scenario["name"]),
                "y": [i + shift for i, _ in found],
                "base": [bounds["low"] for _, bounds in found],
                "x": [bounds["high"] - bounds["low"] for _, bounds in found],
                "width": 0.5 / max(1, len(scenarios)),
                "marker": {"color": series_colour(index), "line": {"color": series_colour(index), "width": 3}},
                "customdata": [plain(f"{interval(bounds)} {names.million}") for _, bounds in found],
                "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis(
            f"Regret if the scenario comes true ({names.million})", range=[0.0, widest], nticks=6
        ),
        axis(
            "", zeroline=False, tickmode="array", tickvals=list(range(len(labels))), ticktext=labels,
            range=[len(labels) - 0.5, -0.5],
        ),
        barmode="overlay",
    )  # fmt: skip
