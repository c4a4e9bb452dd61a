"""Charts of the purchase: pieces a year by part and supplier, and the discounts that volume reaches together and alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain
from halfshaft.report.charts_panels import PANEL_LAYOUT, panel_title, small_frame, year_ticks
from halfshaft.report.names import JOINT_COLOUR, Names, series_colour

Json = Mapping[str, Any]

_NO_TIERS = 99
_TIERS = {0: "top tier", 1: "one tier below the top", _NO_TIERS: "one price, no tiers"}
# From the top tier down, and last what has no tiers.
_TIER_COLOURS = ("#2c7350", "#7fb58f", "#d9b25f", "#c67a4b", "#b3bac4")


def pieces_by_part(purchases: Sequence[Json], years: Sequence[int], names: Names, columns: int = 3) -> dict[str, Any]:
    """One small chart for each part: pieces a year, stacked by supplier."""
    parts = names.parts_of(purchases)
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
        data, first["xaxis"], first["yaxis"], **layout, **PANEL_LAYOUT, annotations=titles, barmode="stack",
        bargap=0.2,
    )  # fmt: skip


def value_by_tier(plans: Sequence[tuple[str, Json]], names: Names) -> dict[str, Any]:
    """List value of all awards by how far their tier is from the supplier's top one: together and for each partner alone.

    Suppliers have different numbers of tiers, so tiers are counted from the top. Awards without tiers stand apart.
    """
    labels = [plain(f"{names.partner(p)} alone") if p else "together" for p, _ in plans]
    rows = [row for _, plan in plans for row in plan["purchases"]]
    below = sorted({_below_top(row) for row in rows})
    data = []
    for distance in below:
        values = [
            sum(row["list_value_m"] for row in plan["purchases"] if _below_top(row) == distance) for _, plan in plans
        ]
        counts = [sum(_below_top(row) == distance for row in plan["purchases"]) for _, plan in plans]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": _TIERS.get(distance, f"{distance} tiers below the top"),
                "y": labels,
                "x": values,
                "marker": {
                    "color": _TIER_COLOURS[min(distance, len(_TIER_COLOURS) - 2) if distance < _NO_TIERS else -1]
                },
                "customdata": [plain(f"{n} awards") for n in counts],
                "hovertemplate": f"%{{y}}: %{{x:,.4~r}} {names.million}, %{{customdata}}<extra>%{{fullData.name}}</extra>",
            }
        )
    return figure(
        data,
        axis(f"List value of the awards ({names.million}, present value)", nticks=6),
        axis("", categoryorder="array", categoryarray=labels[::-1]),
        barmode="stack",
        bargap=0.35,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
    )


def _below_top(row: Json) -> int:
    return _NO_TIERS if row["tiers"] < 2 else row["tiers"] - row["tier"]


def discounts(plans: Sequence[tuple[str, Json]], names: Names) -> dict[str, Any]:
    """Discount reached by each award, by part: together and for each partner alone. `plans` are (partner or "", plan)."""
    parts = names.parts_of([row for _, plan in plans for row in plan["purchases"]])
    most = max((row["discount_percent"] for _, plan in plans for row in plan["purchases"]), default=0.0) or 1.0
    data = []
    for index, (partner, plan) in enumerate(plans):
        # Marks of one part stand above each other, so that equal discounts do not hide one another.
        shift = (index - (len(plans) - 1) / 2.0) * 0.22
        rows = plan["purchases"]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "cliponaxis": False,
                "name": plain(names.partner(partner) + " alone" if partner else "together"),
                "x": [row["discount_percent"] for row in rows],
                "y": [parts.index(row["part"]) + shift for row in rows],
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
        axis("Discount on the list price (%)", range=[-0.02 * most, 1.05 * most]),
        axis(
            "", zeroline=False, tickmode="array", tickvals=list(range(len(parts))), ticktext=[plain(names.part(p)) for p in parts],
            range=[len(parts) - 0.4, -0.6],
        ),
        hovermode="closest",
    )  # fmt: skip
