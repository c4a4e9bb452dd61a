"""Charts of the purchase: pieces a year by part and supplier, and the discounts that volume reaches together and alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, note, plain
from halfshaft.report.names import JOINT_COLOUR, Names, series_colour

Json = Mapping[str, Any]


def pieces_by_part(purchases: Sequence[Json], years: Sequence[int], names: Names, columns: int = 3) -> dict[str, Any]:
    """One small chart for each part: pieces a year, stacked by supplier."""
    parts = list(dict.fromkeys(row["part"] for row in purchases))
    suppliers = sorted({row["supplier_name"] for row in purchases})
    data: list[dict[str, Any]] = []
    titles = []
    layout: dict[str, Any] = {}
    for index, part in enumerate(parts):
        suffix = "" if index == 0 else str(index + 1)
        left, right, bottom, top = small_frame(index, len(parts), columns)
        layout[f"xaxis{suffix}"] = axis("", domain=[left, right], anchor=f"y{suffix}", **year_ticks(years))
        layout[f"yaxis{suffix}"] = axis(
            "pieces a year" if index % columns == 0 else "",
            domain=[bottom, top],
            anchor=f"x{suffix}",
            rangemode="tozero",
        )
        titles.append(panel_title(names.part(part), left, top))
        for supplier in suppliers:
            rows = [row for row in purchases if row["part"] == part and row["supplier_name"] == supplier]
            bought = {int(year): pieces for row in rows for year, pieces in row["pieces"].items()}
            if bought:
                data.append(
                    {
                        "type": "bar",
                        "name": plain(supplier),
                        "legendgroup": supplier,
                        "showlegend": all(d["legendgroup"] != supplier for d in data),
                        "x": list(years),
                        "y": [bought.get(year) for year in years],
                        "xaxis": f"x{suffix}",
                        "yaxis": f"y{suffix}",
                        "marker": {"color": series_colour(suppliers.index(supplier))},
                        "hovertemplate": "%{x}: %{y:,.0f} pieces<extra>%{fullData.name}</extra>",
                    }
                )
    first = {key: layout.pop(key) for key in ("xaxis", "yaxis")} if parts else {"xaxis": axis(""), "yaxis": axis("")}
    return figure(
        data, first["xaxis"], first["yaxis"], **layout, **_panels(len(parts), columns), annotations=titles, barmode="stack",
        bargap=0.2,
    )  # fmt: skip


def discounts(plans: Sequence[tuple[str, Json]], names: Names) -> dict[str, Any]:
    """Discount reached by each award, by part: together and for each partner alone. `plans` are (partner or "", plan)."""
    parts = list(dict.fromkeys(row["part"] for _, plan in plans for row in plan["purchases"]))
    data = []
    for index, (partner, plan) in enumerate(plans):
        # Marks of one part stand above each other, so that equal discounts do not hide one another.
        shift = (index - (len(plans) - 1) / 2.0) * 0.22
        rows = plan["purchases"]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": plain(names.partner(partner) + " alone" if partner else "together"),
                "x": [row["discount_percent"] for row in rows],
                "y": [parts.index(row["part"]) - shift for row in rows],
                "marker": {
                    "size": 12 if not partner else 9,
                    "symbol": "diamond" if not partner else "circle",
                    "color": names.colour(partner) if partner else JOINT_COLOUR,
                    "opacity": 0.8,
                },
                "customdata": [
                    plain(
                        f"{names.part(r['part'])}, {r['supplier_name']}, {r['from_year']}–{r['to_year']}, tier {r['tier']} of {r['tiers']}"
                    )
                    for r in rows
                ],
                "hovertemplate": "%{customdata}: %{x:.1f} %<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis("Discount on the list price (%)", rangemode="tozero"),
        axis(
            "", tickmode="array", tickvals=list(range(len(parts))), ticktext=[plain(names.part(p)) for p in parts],
            range=[-0.6, len(parts) - 0.4],
        ),
        hovermode="closest",
    )  # fmt: skip


def small_frame(index: int, count: int, columns: int) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the n-th of `count` small charts, in shares of the figure."""
    columns = min(columns, count)
    rows = -(-count // columns)
    column, row = index % columns, index // columns
    width, height = 1.0 / columns, 1.0 / rows
    return (
        column * width + 0.055,
        (column + 1) * width - 0.005,
        1.0 - (row + 1) * height + 0.11 / rows,
        1.0 - row * height - 0.13 / rows,
    )


def panel_title(text: str, left: float, top: float) -> dict[str, Any]:
    """The title above a small chart."""
    return note(
        text,
        x=left,
        y=top,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        font={"size": 12, "color": "#1d2733"},
    )


def _panels(count: int, columns: int) -> dict[str, Any]:
    del count, columns
    return {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    }


def year_ticks(years: Sequence[int]) -> dict[str, Any]:
    """Ticks at whole years, thinned so that they do not touch."""
    step = 1 if len(years) <= 5 else 2 if len(years) <= 10 else 3
    return {"tickmode": "array", "tickvals": list(years)[::step], "ticktext": [str(y) for y in list(years)[::step]]}
