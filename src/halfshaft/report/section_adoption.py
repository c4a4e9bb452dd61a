"""The uncertain market: how far scenarios of adoption spread, the plan that holds under all of them, and what each family regrets.

Drawn only where the study planned for several scenarios at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Card, Cards, Cell, Chart, Column, Group, Prose, Section, Table
from halfshaft.report.charts_adoption import fan, regrets
from halfshaft.report.format import (
    fixed,
    full_value,
    interval,
    interval_cell,
    join,
    money,
    money_decimals,
    percent,
    plural,
)
from halfshaft.report.names import Names
from halfshaft.report.other_books import under_other_books

Json = Mapping[str, Any]


def adoption(document: Json, names: Names) -> Section:
    """The fan of scenarios, the plan under all of them with its proof, and the table of regrets."""
    found = document["adoption"]
    scenarios, families = (
        found["scenarios"],
        [(_label(row["family"], scenarios_by_id(found)), row) for row in found["families"]],
    )
    blocks: list[Block] = [
        Prose(
            "Nobody knows how fast the market turns electric. Family, launches and lines are decided once, before it is known which "
            "scenario comes true; purchases, output and shifts follow what then happens.",
            "lead",
        ),
        Chart(
            "adoption-fan",
            "Cars a year in each scenario of adoption",
            "Each line is one scenario, thicker where it is likelier; the band reaches from the fewest to the most cars of each year.",
            fan(scenarios, found["cars"]),
            height_px=380,
        ),
        Cards(_cards(found, names)),
        Prose(
            "The plan for all scenarios at once was made under the reference book. "
            + under_other_books(document, names, document["programme"]["reference_book"])
        ),
    ]
    if families:
        blocks += [
            Chart(
                "adoption-regrets",
                "Regret of each family in each scenario",
                "A bar reaches from the low to the high end of what a family costs more than the best one if a scenario comes true; a "
                "family that all scenarios forgive has no bar far to the right.",
                regrets(families, scenarios, names, 0.005 * abs(found["expected_m"] or 0.0)),
                height_px=110 + 17 * max(3, len(scenarios)) * len(families),
                least_width_px=600,
            ),
            _table(families, scenarios, names),
        ]
    return Section("adoption", "The uncertain market", "Market", tuple(blocks))


def scenarios_by_id(found: Json) -> dict[str, str]:
    """Names of the scenarios of adoption by their ids."""
    return {s["id"]: s["name"] for s in found["scenarios"]}


def _label(family: str, known: Mapping[str, str]) -> str:
    if family == "all scenarios":
        return "best over all scenarios"
    if family == "mean scenario":
        return "best for the mean scenario"
    return f"best for “{known.get(family, family)}”"


def _cards(found: Json, names: Names) -> tuple[Card, ...]:
    million, known = names.million, found["value_of_stochastic_solution_m"]
    proof = (
        "proven within the gap asked for" if found["status"] == "within gap" else f"search ended by “{found['status']}”"
    )
    tail = "" if found["cvar_m"] is None else f"; in the mean of the worst scenarios {money(found['cvar_m'])} {million}"
    perfect = found["value_of_perfect_information_m"]
    return (
        Card(
            "Expected cost of the plan for all scenarios",
            money(found["expected_m"]),
            million,
            f"no plan can cost less than {money(found['bound_m'])} {million} (gap {percent(found['gap_percent'])} %, {proof}){tail}",
            full_value(found["expected_m"]),
            strong=True,
        ),
        Card(
            "Worth of planning for all scenarios",
            "–" if known is None else interval(known),
            "" if known is None else million,
            "not known: the plan for mean demand cannot be carried through every scenario"
            if known is None
            else "expected saving against carrying the plan for mean demand, with its family, launches and lines, through every "
            "scenario (value of the stochastic solution)",
            "" if known is None else f"{full_value(known['low'])} – {full_value(known['high'])}",
        ),
        Card(
            "Worth of knowing the market",
            interval(perfect),
            million,
            "what would be saved, in expectation, if the scenario were known before anything is decided (value of perfect information)",
            f"{full_value(perfect['low'])} – {full_value(perfect['high'])}",
        ),
        Card("Family", plural(len(found["units"]), "unit"), "", f"for all scenarios: {join(found['units'])}"),
    )


def _table(families: Sequence[tuple[str, Json]], scenarios: Sequence[Json], names: Names) -> Table:
    highs = [b["high"] for _, row in families for b in row["regret_m"].values() if b is not None]
    decimals = money_decimals(highs)
    rows = []
    for label, row in families:
        style = "strong" if row["family"] == "all scenarios" else ""
        cells = [row["regret_m"].get(s["id"]) for s in scenarios]
        rows.append(
            (
                Cell(label[:1].upper() + label[1:], style=style),
                Cell(str(len(row["units"])), ", ".join(row["units"])),
                *(
                    Cell("–", "no plan known with this family") if b is None else interval_cell(b, decimals)
                    for b in cells
                ),
            )
        )
    return Table(
        "Regret of each family, if a scenario comes true",
        (
            Column("Family"),
            Column("Units", "", True),
            *(Column(s["name"], f"{_share(s['probability'])}, {names.million}", True) for s in scenarios),
        ),
        (Group("", tuple(rows)),),
        note="Regret: what a family costs more in a scenario than the family that is best for it. Intervals come from the bounds of both "
        "plans; a dash means that no plan with this family is known in that scenario.",
    )


def _share(probability: float | None) -> str:
    return "–" if probability is None else f"{fixed(100.0 * probability, 0)} %"
