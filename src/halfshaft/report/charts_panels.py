"""Small charts side by side in one figure: their frames, titles, year axes and common layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from halfshaft.report.charts import INK, note, wrapped

PANEL_LAYOUT = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
}


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
        1.0 - row * height - 0.17 / rows,
    )


def panel_title(text: str, left: float, top: float) -> dict[str, Any]:
    """The title above a small chart, on two lines where it is long."""
    place = {
        "x": left,
        "y": top,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "align": "left",
    }
    return note("", **place, font={"size": 12, "color": INK}) | {"text": wrapped(text, 42)}


def year_ticks(years: Sequence[int]) -> dict[str, Any]:
    """Ticks at whole years, thinned so that they do not touch."""
    step = 1 if len(years) <= 5 else 2 if len(years) <= 10 else 3
    return {"tickmode": "array", "tickvals": list(years)[::step], "ticktext": [str(y) for y in list(years)[::step]]}
