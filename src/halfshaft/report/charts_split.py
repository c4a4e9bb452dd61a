"""Chart of the split: what each partner gains by each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain, wrapped
from halfshaft.report.names import Names


def gains_by_rule(splits: Sequence[Mapping[str, Any]], names: Names) -> dict[str, Any]:
    """Gain of each partner by rule, with the interval that the stand-alone plan's gap leaves."""
    x = [wrapped(split["label"], 16) for split in splits]
    data = []
    for partner in names.everyone:
        gains = [split["gain_m"][partner] for split in splits]
        intervals = [split["gain_interval_m"][partner] for split in splits]
        data.append(
            {
                "type": "bar",
                "name": plain(names.partner(partner)),
                "x": x,
                "y": gains,
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [i["high"] - g for i, g in zip(intervals, gains, strict=True)],
                    "arrayminus": [g - i["low"] for i, g in zip(intervals, gains, strict=True)],
                    "color": "#1d2733",
                    "thickness": 1.5,
                    "width": 5,
                },
                "marker": {"color": names.colour(partner)},
                "hovertemplate": f"%{{x}}: %{{y:,.4~r}} {names.million}<extra>{plain(names.partner(partner))}</extra>",
            }
        )
    return figure(
        data,
        axis("", tickangle=0),
        axis(f"Gain against going alone ({names.million})", zeroline=True, zerolinewidth=2),
        barmode="group",
        bargap=0.3,
    )
