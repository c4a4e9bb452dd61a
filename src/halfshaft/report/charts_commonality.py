"""Chart of commonality: one index for all modules and by kind, together and for each partner alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain
from halfshaft.report.names import JOINT_COLOUR, Names

Json = Mapping[str, Any]


def index_by_kind(
    plans: Sequence[tuple[str, Json]], kinds: Mapping[str, str], names: Names, index: str = "tcci"
) -> dict[str, Any]:
    """One index from 0 to 1: groups are all modules and each kind, bars the plans. `plans` are (partner or "", commonality)."""
    x = ["all modules", *kinds.values()]
    data = []
    for partner, found in plans:
        rows = [found, *(found["by_kind"].get(kind, {}) for kind in kinds)]
        values = [row.get(index) for row in rows]
        data.append(
            {
                "type": "bar",
                "name": plain(f"{names.partner(partner)} alone" if partner else "together"),
                "x": x,
                "y": values,
                "text": ["" if value is None else f"{value:.2f}" for value in values],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": names.colour(partner) if partner else JOINT_COLOUR},
                "customdata": [
                    plain(f"{row.get('modules', 0)} modules in {row.get('products', 0)} products") for row in rows
                ],
                "hovertemplate": "%{x}: %{y:.3f}, %{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis("", tickangle=0, showgrid=False),
        axis(f"{index.upper()} (0 to 1)", range=[0, 1.12], tickvals=[0, 0.25, 0.5, 0.75, 1.0]),
        barmode="group",
        bargap=0.25,
    )
