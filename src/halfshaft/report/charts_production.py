"""Charts of the production: each plant's output by process under its capacity, and the utilisation of its lines, over the years."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from halfshaft.report.charts import INK, axis, figure, plain
from halfshaft.report.charts_panels import PANEL_LAYOUT, panel_title, small_frame, year_ticks
from halfshaft.report.names import JOINT_COLOUR, Names, series_colour

Json = Mapping[str, Any]

_PACKS = "#b3bac4"


def output_by_plant(
    production: Sequence[Json],
    years: Sequence[int],
    names: Names,
    columns: int = 3,
    colours_of: Collection[str] | None = None,
) -> dict[str, Any]:
    """One small chart for each plant and process: output stacked by module, with the capacity as a stepped line.

    `colours_of` are all modules that colours are given to, so that a module has one colour in several charts.
    """
    panels = list(dict.fromkeys((row["plant"], row["process"]) for row in production))
    modules = sorted({module for row in production for module in row["output"]} if colours_of is None else colours_of)
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


def utilisation_by_plant(
    together: Sequence[Json], alone: Sequence[Json], years: Sequence[int], names: Names, columns: int = 3
) -> dict[str, Any]:
    """One small chart for each plant and process: utilisation of its lines by year, together and as its partner alone would have it."""
    panels = list(dict.fromkeys((row["plant"], row["process"]) for row in (*together, *alone)))
    data: list[dict[str, Any]] = []
    titles = []
    layout: dict[str, Any] = {}
    highest = max((row["utilisation_percent"] or 0.0 for row in (*together, *alone)), default=0.0)
    for index, (plant, process) in enumerate(panels):
        suffix = "" if index == 0 else str(index + 1)
        left, right, bottom, top = small_frame(index, len(panels), columns)
        layout[f"xaxis{suffix}"] = axis("", domain=[left, right], anchor=f"y{suffix}", **year_ticks(years))
        layout[f"yaxis{suffix}"] = axis(
            "utilisation (%)" if index % columns == 0 else "",
            domain=[bottom, top],
            anchor=f"x{suffix}",
            range=[0, max(105.0, 1.05 * highest)],
        )
        titles.append(panel_title(f"{names.plant(plant)}: {process.replace('_', ' ')}", left, top))
        for rows, alone_too in ((alone, True), (together, False)):
            own = {r["year"]: r for r in rows if (r["plant"], r["process"]) == (plant, process)}
            if not own:
                continue
            partner = next(iter(own.values()))["partner"]
            label = f"{names.partner(partner)} alone" if alone_too else "together"
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": plain(label),
                    "legendgroup": label,
                    "showlegend": all(d["legendgroup"] != label for d in data),
                    "x": list(years),
                    "y": [own[year]["utilisation_percent"] if year in own else None for year in years],
                    # Broad and pale below, narrow above: where both are equal, both are seen.
                    "line": {
                        "color": names.colour(partner) if alone_too else JOINT_COLOUR,
                        "width": 7 if alone_too else 2,
                    },
                    "opacity": 0.45 if alone_too else 1.0,
                    "marker": {"size": 9 if alone_too else 5},
                    "xaxis": f"x{suffix}",
                    "yaxis": f"y{suffix}",
                    "hovertemplate": "%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
                }
            )
    first = {key: layout.pop(key) for key in ("xaxis", "yaxis")} if panels else {"xaxis": axis(""), "yaxis": axis("")}
    return figure(data, first["xaxis"], first["yaxis"], **layout, annotations=titles, **PANEL_LAYOUT)


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
