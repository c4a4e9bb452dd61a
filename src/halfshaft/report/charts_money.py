"""Charts of the money: the saving as a waterfall and under every outlook, and how far scenarios reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from halfshaft.report.charts import GAIN, LOSS, axis, figure, note, plain, wrapped
from halfshaft.report.format import money, money_decimals
from halfshaft.report.names import JOINT_COLOUR, Names, series_colour

Json = Mapping[str, Any]

# Steps below a hundred-thousandth of the cost are rounding, and those below a two-hundredth of the largest one only crowd the chart.
_SHOWN_SHARE, _SHOWN_OF_LARGEST = 1e-5, 5e-3
_START_COLOUR = "#8d97a5"


@dataclass(frozen=True)
class Total:
    """A cost that a waterfall leads from or to: its name, its amount, and what stands in its title; `by_line` splits it."""

    name: str
    amount: float
    by_line: Mapping[str, float]
    hover: str = ""


def waterfall(totals: Sequence[Total], names: Names) -> dict[str, Any]:
    """From each cost down to the next, a step for each cost line; the axis starts near the steps, not at zero.

    Steps that are too small to be seen are one step, "all other lines", so that the steps still lead from total to total.
    """
    rows: list[tuple[str, str, float, float, str, str, str]] = []  # key, label, start, length, colour, text, hover
    for number, total in enumerate(totals):
        last = number == len(totals) - 1
        text = money(total.amount)
        colour = JOINT_COLOUR if last else _START_COLOUR
        rows.append((f"total {number}", f"<b>{plain(total.name)}</b>", 0.0, total.amount, colour, text, total.hover))
        if last:
            break
        steps, level = _steps(total, totals[number + 1]), total.amount
        decimals = money_decimals([saving for _, saving in steps])
        for line, saving in steps:
            shown = round(saving, decimals)
            text = f"{'−' if shown > 0 else '+' if shown < 0 else ''}{money(abs(saving), decimals)}"
            verb = "saved" if saving > 0 else "more"
            hover = f"{line}: {money(abs(saving), decimals)} {names.million} {verb}"
            start = min(level, level - saving)
            rows.append(
                (f"{number} {line}", plain(line), start, abs(saving), GAIN if saving > 0 else LOSS, text, hover)
            )
            level -= saving
    ends = [row[2] + row[3] for row in rows] + [row[2] for row in rows if not row[0].startswith("total")]
    span = max(ends) - min(ends) or abs(max(ends)) or 1.0
    floor = max(0.0, min(ends) - 0.35 * span)
    data = []
    for key, _, start, length, colour, text, hover in rows:
        base = floor if key.startswith("total") else start
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": [key],
                "base": [base],
                "x": [start + length - base],
                "marker": {"color": colour},
                "text": [text],
                "textposition": "none",
                "hovertemplate": plain(hover or text) + "<extra></extra>",
            }
        )
    notes = [
        note(text, y=key, x=start + length, xanchor="left", xshift=3) for key, _, start, length, _, text, _ in rows
    ]
    keys = [row[0] for row in rows]
    return figure(
        data,
        axis(f"Net present cost ({names.million}); axis is cut", range=[floor, max(ends) + 0.14 * span], nticks=6),
        axis(
            "", type="category", categoryorder="array", categoryarray=keys[::-1], tickmode="array", tickvals=keys,
            ticktext=[row[1] for row in rows], showgrid=False,
        ),
        barmode="overlay",
        bargap=0.25,
        showlegend=False,
        annotations=notes,
    )  # fmt: skip


def waterfall_height_px(totals: Sequence[Total]) -> int:
    """The height that a waterfall needs for all its steps."""
    steps = sum(len(_steps(first, second)) for first, second in pairwise(totals))
    return 70 + 25 * (steps + len(totals))


def _steps(first: Total, second: Total) -> list[tuple[str, float]]:
    """What each line saves from the first cost to the second, the largest saving first, the rest together."""
    lines = dict.fromkeys([*first.by_line, *second.by_line])
    saved = {line: first.by_line.get(line, 0.0) - second.by_line.get(line, 0.0) for line in lines}
    largest = max((abs(saving) for saving in saved.values()), default=0.0)
    least = max(_SHOWN_SHARE * abs(first.amount), _SHOWN_OF_LARGEST * largest)
    steps = sorted(((line, s) for line, s in saved.items() if abs(s) >= least), key=lambda step: -step[1])
    rest = first.amount - second.amount - sum(s for _, s in steps)
    return [*steps, ("all other lines", rest)] if abs(rest) >= _SHOWN_SHARE * abs(first.amount) else steps


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
