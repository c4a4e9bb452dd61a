"""Charts of the money: the saving as a waterfall and under every outlook, and how far scenarios reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import GAIN, LOSS, axis, figure, note, plain, wrapped
from halfshaft.report.format import join, money, money_decimals
from halfshaft.report.names import JOINT_COLOUR, Names, series_colour

Json = Mapping[str, Any]

# Savings below a hundred-thousandth of the cost are rounding, and would only crowd the chart.
_SHOWN_SHARE = 1e-5
_ALONE_COLOUR = "#8d97a5"


def waterfall(outlook: Json, names: Names) -> dict[str, Any]:
    """From the partners' own plans to the joint one, a step for each cost line; the axis starts near the steps, not at zero."""
    alone, joint = outlook["alone_m"], outlook["joint_m"]
    steps = sorted(
        ((line, saving) for line, saving in outlook["by_line_m"].items() if abs(saving) > _SHOWN_SHARE * abs(alone)),
        key=lambda step: -step[1],
    )
    labels = ["alone, summed", *(line for line, _ in steps), "together"]
    bases, heights, colours, level = [], [], [], alone
    for _, saving in steps:
        bases.append(min(level, level - saving))
        heights.append(abs(saving))
        colours.append(GAIN if saving > 0 else LOSS)
        level -= saving
    tops = [base + height for base, height in zip(bases, heights, strict=True)]
    ends = [alone, joint, *bases, *tops]
    span = max(ends) - min(ends) or abs(alone) or 1.0
    floor = max(0.0, min(ends) - 0.35 * span)
    decimals = money_decimals([saving for _, saving in steps])
    x = [wrapped(label, 14) for label in labels]
    data: list[dict[str, Any]] = []
    parts = join(f"{names.partner(p)} {money(cost)}" for p, cost in outlook["alone_by_partner_m"].items())
    data.append(_bar([x[0]], [floor], [alone - floor], _ALONE_COLOUR, f"alone, summed: {parts} {names.million}"))
    hover = [f"{line}: {money(saving, decimals)} {names.million} saved" for line, saving in steps]
    for label, base, height, colour, text in zip(x[1:-1], bases, heights, colours, hover, strict=True):
        data.append(_bar([label], [base], [height], colour, text))
    data.append(_bar([x[-1]], [floor], [joint - floor], JOINT_COLOUR, f"together: {money(joint)} {names.million}"))
    texts = [money(alone), *(f"{'−' if s > 0 else '+'}{money(abs(s), decimals)}" for _, s in steps), money(joint)]
    heads = [alone, *tops, joint]
    notes = [
        note(text, x=label, y=head, yanchor="bottom", yshift=2)
        for label, head, text in zip(x, heads, texts, strict=True)
    ]
    return figure(
        data,
        axis("", categoryorder="array", categoryarray=x, showgrid=False, tickangle=0),
        axis(f"Net present cost ({names.million}); axis is cut", range=[floor, max(ends) + 0.12 * span]),
        barmode="overlay",
        bargap=0.3,
        showlegend=False,
        annotations=notes,
    )


def _bar(x: list[str], base: list[float], height: list[float], colour: str, hover: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": x,
        "base": base,
        "y": height,
        "marker": {"color": colour},
        "hovertemplate": plain(hover) + "<extra></extra>",
    }


def outlook_intervals(outlooks: Sequence[Json], reference: tuple[str, str], names: Names) -> dict[str, Any]:
    """The saving of every outlook: the plan's figure as a mark, its interval as a bar."""
    labels = [wrapped(f"{names.book(o['book'])} – {names.scenario(o['scenario'])}", 46) for o in outlooks]
    data = []
    for is_reference in (True, False):
        chosen = [
            (o, label)
            for o, label in zip(outlooks, labels, strict=True)
            if ((o["book"], o["scenario"]) == reference) == is_reference
        ]
        if not chosen:
            continue
        colour = GAIN if is_reference else JOINT_COLOUR
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "reference" if is_reference else "other outlooks",
                "x": [o["saving_m"] for o, _ in chosen],
                "y": [label for _, label in chosen],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [o["interval_m"]["high"] - o["saving_m"] for o, _ in chosen],
                    "arrayminus": [o["saving_m"] - o["interval_m"]["low"] for o, _ in chosen],
                    "thickness": 3,
                    "width": 8,
                    "color": colour,
                },
                "marker": {"size": 10, "color": colour, "symbol": "diamond" if is_reference else "circle"},
                "hovertemplate": f"%{{y}}: %{{x:,.4~r}} {names.million}<extra></extra>",
            }
        )
    return figure(
        data,
        axis(f"Saving ({names.million}, present value)", rangemode="tozero"),
        axis("", categoryorder="array", categoryarray=list(reversed(labels))),
    )


def scenario_volumes(scenarios: Sequence[Json], reference: str) -> dict[str, Any]:
    """Each scenario's factor on the planned volumes, over the years."""
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain(scenario["name"]),
            "x": [int(year) for year in scenario["factors"]],
            "y": list(scenario["factors"].values()),
            "line": {
                "color": JOINT_COLOUR if scenario["id"] == reference else series_colour(index),
                "width": 3 if scenario["id"] == reference else 2,
            },
            "hovertemplate": "%{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        }
        for index, scenario in enumerate(scenarios)
    ]
    return figure(
        data,
        axis("Production year", dtick=1, tickformat="d"),
        axis("Factor on planned volumes", rangemode="tozero"),
    )


def costs_by_scenario(outlooks: Sequence[Json], scenarios: Sequence[Json], names: Names) -> dict[str, Any]:
    """Net present cost of each scenario in the reference book: partners alone, stacked, beside together."""
    by_scenario = {o["scenario"]: o for o in outlooks}
    rows = [by_scenario[s["id"]] for s in scenarios if s["id"] in by_scenario]
    x = [wrapped(names.scenario(o["scenario"]), 18) for o in rows]
    data = [
        {
            "type": "bar",
            "name": plain(f"{names.partner(partner)} alone"),
            "offsetgroup": "alone",
            "x": x,
            "y": [o["alone_by_partner_m"][partner] for o in rows],
            "marker": {"color": names.colour(partner)},
            "hovertemplate": f"%{{x}}: %{{y:,.4~r}} {names.million}<extra>%{{fullData.name}}</extra>",
        }
        for partner in names.everyone
    ]
    data.append(
        {
            "type": "bar",
            "name": "together",
            "offsetgroup": "joint",
            "x": x,
            "y": [o["joint_m"] for o in rows],
            "marker": {"color": JOINT_COLOUR},
            "hovertemplate": f"%{{x}}: %{{y:,.4~r}} {names.million}<extra>together</extra>",
        }
    )
    return figure(
        data,
        axis("", tickangle=0),
        axis(f"Net present cost ({names.million})", rangemode="tozero"),
        barmode="stack",
        bargap=0.35,
    )
