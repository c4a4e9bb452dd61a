"""Chart of the production: output of each plant's process over the years, under its capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import INK, axis, figure, plain
from halfshaft.report.charts_panels import PANEL_LAYOUT, panel_title, small_frame, year_ticks
from halfshaft.report.names import Names, series_colour

Json = Mapping[str, Any]

_PACKS = "#b3bac4"


def output_by_plant(production: Sequence[Json], years: Sequence[int], names: Names, columns: int = 3) -> dict[str, Any]:
    """One small chart for each plant and process: output stacked by module, with the capacity as a stepped line."""
    panels = list(dict.fromkeys((row["plant"], row["process"]) for row in production))
    modules = sorted({module for row in production for module in row["output"]})
    data: list[dict[str, Any]] = []
    titles = []
    layout: dict[str, Any] = {}
    for index, (plant, process) in enumerate(panels):
        suffix = "" if index == 0 else str(index + 1)
        left, right, bottom, top = small_frame(index, len(panels), columns)
        layout[f"xaxis{suffix}"] = axis("", domain=[left, right], anchor=f"y{suffix}", **year_ticks(years))
        layout[f"yaxis{suffix}"] = axis(
            "pieces a year" if index % columns == 0 else "",
            domain=[bottom, top],
            anchor=f"x{suffix}",
            rangemode="tozero",
        )
        titles.append(panel_title(f"{names.plant(plant)}: {process.replace('_', ' ')}", left, top))
        rows = {row["year"]: row for row in production if (row["plant"], row["process"]) == (plant, process)}
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "x": list(years)}
        for label, values, colour in _stacks(rows, years, modules):
            data.append(
                {
                    "type": "bar",
                    "name": plain(label),
                    "legendgroup": label,
                    "showlegend": all(d["legendgroup"] != label for d in data),
                    "y": values,
                    "marker": {"color": colour},
                    "hovertemplate": "%{x}: %{y:,.0f} pieces<extra>%{fullData.name}</extra>",
                    **axes,
                }
            )
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "capacity of the lines",
                "legendgroup": "capacity",
                "showlegend": index == 0,
                "y": [rows[year]["capacity_pieces"] if year in rows else None for year in years],
                "line": {"color": INK, "width": 2, "shape": "hvh"},
                "hovertemplate": "%{x}: capacity %{y:,.0f}<extra></extra>",
                **axes,
            }
        )
    first = {key: layout.pop(key) for key in ("xaxis", "yaxis")} if panels else {"xaxis": axis(""), "yaxis": axis("")}
    return figure(
        data, first["xaxis"], first["yaxis"], **layout, annotations=titles, barmode="stack", bargap=0.15,
        **PANEL_LAYOUT,
    )  # fmt: skip


def _stacks(rows: Mapping[int, Json], years: Sequence[int], modules: Sequence[str]) -> list[tuple[str, list[Any], str]]:
    """Label, pieces by year and colour of each layer; a process without named modules (packs) is one layer."""
    made = [m for m in modules if any(m in row["output"] for row in rows.values())]
    if made:
        return [
            (m, [rows[y]["output"].get(m) if y in rows else None for y in years], series_colour(modules.index(m)))
            for m in made
        ]
    if any(row["output_pieces"] for row in rows.values()):
        values = [rows[y]["output_pieces"] if y in rows else None for y in years]
        return [("packs", values, _PACKS)]
    return []
