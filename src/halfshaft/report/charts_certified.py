"""Chart of the certified comparison: how far computed figures lie from published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain
from halfshaft.report.names import Names, series_colour


def deviations(rows: Sequence[Mapping[str, Any]], names: Names) -> dict[str, Any]:
    """Deviation of computed from published by vehicle, one colour for each figure."""
    vehicles = list(dict.fromkeys(row["vehicle"] for row in rows))
    data = []
    for index, label in enumerate(dict.fromkeys(row["figure"] for row in rows)):
        chosen = [row for row in rows if row["figure"] == label]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": plain(label),
                "y": [plain(names.vehicle(row["vehicle"])) for row in chosen],
                "x": [row["deviation_percent"] for row in chosen],
                "marker": {"color": series_colour(index)},
                "customdata": [[row["computed"], row["published"], row["unit"]] for row in chosen],
                "hovertemplate": "%{y}: %{x:+.1f} %<br>computed %{customdata[0]:.4g}, published %{customdata[1]:.4g} "
                "%{customdata[2]}<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis("Computed against published (%)", zeroline=True, zerolinewidth=2, ticksuffix=""),
        axis(
            "",
            categoryorder="array",
            categoryarray=[plain(names.vehicle(v)) for v in reversed(vehicles)],
        ),
        barmode="group",
        bargap=0.25,
    )
