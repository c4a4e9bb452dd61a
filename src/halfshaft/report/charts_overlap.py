"""Chart of the overlap: for each pair of vehicles the share of units that serve both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import INK, axis, figure, plain
from halfshaft.report.names import Names

_SCALE = [[0.0, "#ffffff"], [0.001, "#eef3f2"], [0.5, "#a9d0c8"], [1.0, "#57a396"]]


def overlap_matrix(pairs: Sequence[Mapping[str, Any]], names: Names) -> dict[str, Any]:
    """A square of shares in percent, vehicles grouped by partner; a vehicle beside itself is left blank."""
    order = names.vehicles_by_partner()
    share = {frozenset(pair["vehicles"]): pair["share_percent"] for pair in pairs}
    common = {frozenset(pair["vehicles"]): len(pair["shared"]) for pair in pairs}
    keys = [[frozenset((row, column)) for column in order] for row in order]
    labels = [plain(names.vehicle(v)) for v in order]
    lines = []
    edge = 0
    for partner in names.everyone[:-1]:
        edge += sum(names.partner_of_vehicle[v] == partner for v in order)
        for horizontal in (True, False):
            across = {"x0": -0.5, "x1": len(order) - 0.5, "y0": edge - 0.5, "y1": edge - 0.5}
            down = {"y0": -0.5, "y1": len(order) - 0.5, "x0": edge - 0.5, "x1": edge - 0.5}
            lines.append(
                {"type": "line", "line": {"color": "#1d2733", "width": 1.5}, **(across if horizontal else down)}
            )
    heat = {
        "type": "heatmap",
        "x": list(range(len(order))),
        "y": list(range(len(order))),
        "z": [[share.get(key) for key in row] for row in keys],
        "text": [["" if key not in share else f"{share[key]:.0f}" for key in row] for row in keys],
        "customdata": [
            [
                plain(f"{names.vehicle(a)} and {names.vehicle(b)}: {common.get(frozenset((a, b)), 0)} units serve both")
                for b in order
            ]
            for a in order
        ],
        "texttemplate": "%{text}",
        "textfont": {"size": 11, "color": INK},
        "colorscale": _SCALE,
        "zmin": 0,
        "zmax": 100,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": "%", "side": "top"}, "thickness": 10, "outlinewidth": 0},
        "hovertemplate": "%{customdata} (%{z:.1f} %)<extra></extra>",
        "hoverongaps": False,
    }
    ticks: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": list(range(len(order))),
        "ticktext": labels,
        "showgrid": False,
        "zeroline": False,
    }
    return figure(
        [heat],
        axis("", **ticks, tickangle=-45, side="bottom"),
        axis("", **ticks, autorange="reversed"),
        shapes=lines,
        margin={"l": 140, "r": 16, "t": 8, "b": 120},
    )
