"""Chart of what demands cost: an interval for each demand that is not free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import axis, figure, plain
from halfshaft.report.format import demand_text, interval
from halfshaft.report.names import Names

METHODS = {
    "planned": "planned again without it",
    "relaxation": "bounded by the relaxation",
    "exact": "exactly 0: dropping it opens nothing",
}
_PATTERNS = {"planned": "", "relaxation": "/", "exact": "."}


def price_bars(prices: Sequence[Mapping[str, Any]], names: Names) -> dict[str, Any]:
    """Floating bars from the lowest to the highest price, coloured by owner, hatched where only the relaxation bounds them."""
    data = []
    labels = [plain(f"{names.vehicle(p['vehicle'])}: {demand_text(p)} [{p['demand']}]") for p in prices]
    for owner in dict.fromkeys(p["owner"] for p in prices):
        for method, pattern in _PATTERNS.items():
            chosen = [
                (p, label)
                for p, label in zip(prices, labels, strict=True)
                if (p["owner"], p["method"]) == (owner, method)
            ]
            if not chosen:
                continue
            colour = names.colour(owner)
            data.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "name": plain(f"{names.partner(owner)}, {METHODS[method]}"),
                    "y": [label for _, label in chosen],
                    "base": [p["price_m"]["low"] for p, _ in chosen],
                    "x": [p["price_m"]["high"] - p["price_m"]["low"] for p, _ in chosen],
                    "marker": {
                        "color": colour if not pattern else "#ffffff",
                        "line": {"color": colour, "width": 1.5},
                        "pattern": {"shape": pattern, "fgcolor": colour, "size": 6},
                    },
                    "customdata": [interval(p["price_m"]) for p, _ in chosen],
                    "hovertemplate": f"%{{y}}<br>%{{customdata}} {names.million}<extra></extra>",
                }
            )
    return figure(
        data,
        axis(f"Price of the demand ({names.million}, present value)", rangemode="tozero"),
        axis("", categoryorder="array", categoryarray=list(reversed(labels))),
        barmode="overlay",
        bargap=0.35,
    )
