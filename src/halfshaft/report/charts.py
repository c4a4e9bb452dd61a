"""What all charts share: a calm layout, one way to name axes, and the safe passage into the page.

A chart is a plain dictionary of data and layout as Plotly reads it. Figures that do not exist (None, or a bound that was never found)
become gaps, never zeros.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, GREY, GRID = "#1d2733", "#5b6572", "#e4e8ed"
GAIN, LOSS = "#3f8f63", "#b8433f"


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title and the common grid."""
    return {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zerolinecolor": "#9aa4b0",
        "linecolor": "#9aa4b0",
        "automargin": True,
        "separatethousands": True,
        "exponentformat": "none",
        **more,
    }


def figure(
    data: Sequence[Mapping[str, Any]], xaxis: Mapping[str, Any], yaxis: Mapping[str, Any], **layout: Any
) -> dict[str, Any]:
    """A figure with the common layout; titles stand in the page, not in the chart."""
    return {
        "data": list(data),
        "layout": {
            "font": {"family": FONT, "size": 12, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "#ffffff",
            "margin": {"l": 56, "r": 16, "t": 12, "b": 44},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
            "hoverlabel": {"font": {"family": FONT, "size": 12}},
            "xaxis": dict(xaxis),
            "yaxis": dict(yaxis),
            **layout,
        },
    }


def note(text: str, **more: Any) -> dict[str, Any]:
    """A text in a chart, without an arrow."""
    return {"text": plain(text), "showarrow": False, "font": {"size": 11, "color": INK}, **more}


def plain(text: str) -> str:
    """A name for use inside a chart, where Plotly reads markup of its own (`<b>`, `<a href>`): markup is shown, not obeyed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrapped(text: str, width: int) -> str:
    """A long name on several lines, broken at spaces and slashes, for use as a chart's label."""
    lines: list[str] = [""]
    for word in text.replace("/", "/ ").split():
        glue = "" if not lines[-1] or lines[-1].endswith("/") else " "
        if lines[-1] and len(lines[-1]) + len(glue) + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += glue + word
    return "<br>".join(plain(line) for line in lines)


def to_json(chart: Mapping[str, Any]) -> str:
    """The figure as JSON that may stand inside a script element: no NaN, no `<` that could end the element."""
    text = json.dumps(finite(chart), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def finite(value: Any) -> Any:
    """The same value with None for every number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    return value
