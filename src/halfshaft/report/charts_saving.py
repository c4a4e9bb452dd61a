"""Chart of the saving under every cost book and every exponent: against vehicles with modules of their own, and against going alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import GAIN, axis, figure, plain, wrapped
from halfshaft.report.format import interval, percent_interval
from halfshaft.report.names import JOINT_COLOUR, Names

Json = Mapping[str, Any]

AGAINST = {"against_tailored": "against tailored vehicles", "saving": "against going alone"}
_COLOURS = {"against_tailored": GAIN, "saving": JOINT_COLOUR}


def step_name(step: Json, names: Names) -> str:
    """The book of an entry, with its exponent where it is a sensitivity and its scenario where it is not the reference."""
    exponent = step["exponent"]
    return names.book(step["book"]) + ("" if exponent is None else f", exponent {exponent:g}".replace("-", "−"))


def savings_by_step(steps: Sequence[Json], names: Names) -> dict[str, Any]:
    """Intervals of the saving for each entry, one bar against tailored vehicles and one against going alone."""
    labels = [wrapped(step_name(step, names), 34) for step in steps]
    data = []
    for shift, (key, title) in zip((-0.17, 0.17), AGAINST.items(), strict=True):
        shown = [(i, step) for i, step in enumerate(steps) if step[f"{key}_m"] is not None]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": title,
                "y": [i + shift for i, _ in shown],
                "base": [step[f"{key}_m"]["low"] for _, step in shown],
                "x": [step[f"{key}_m"]["high"] - step[f"{key}_m"]["low"] for _, step in shown],
                "width": 0.28,
                # An interval may be narrower than a pixel: its outline still shows where it lies.
                "marker": {"color": _COLOURS[key], "line": {"color": _COLOURS[key], "width": 3}},
                "customdata": [
                    plain(f"{interval(step[f'{key}_m'])} {names.million}, {percent_interval(step[f'{key}_percent'])} %")
                    for _, step in shown
                ],
                "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
            }
        )
    return figure(
        data,
        axis(f"Saving ({names.million}, present value)", rangemode="tozero", nticks=6),
        axis(
            "", zeroline=False, tickmode="array", tickvals=list(range(len(steps))), ticktext=labels,
            range=[len(steps) - 0.5, -0.5],
        ),
        barmode="overlay",
    )  # fmt: skip
