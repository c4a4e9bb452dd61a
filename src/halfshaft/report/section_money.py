"""The money: where the saving comes from, what each plan costs, and how the answer bears other scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.report.blocks import Block, Cell, Chart, Column, Fold, Group, Prose, Section, Side, Table, plain_table
from halfshaft.report.charts_money import costs_by_scenario, outlook_intervals, scenario_volumes, waterfall
from halfshaft.report.format import (
    count_cell,
    duration,
    fixed,
    full_value,
    interval_cell,
    money_cell,
    money_decimals,
    number_cell,
    plural,
    quantity,
)
from halfshaft.report.names import Names
from halfshaft.report.section_answer import reference_outlook

Json = Mapping[str, Any]


def money(document: Json, names: Names) -> Section:
    """Waterfall, cost tree, outlooks, scenarios, regret, and every case that was planned."""
    programme, outlook = document["programme"], reference_outlook(document)
    reference = (programme["reference_book"], programme["reference_scenario"])
    book, scenario = names.book(reference[0]), names.scenario(reference[1])
    outlooks = document["saving"]["outlooks"]
    in_book = [o for o in outlooks if o["book"] == reference[0]]
    blocks: list[Block] = [
        Prose(
            f"All money is in {names.million}, present value at the beginning of {programme['base_year']}, prices of "
            f"{programme['price_year']}, discounted at {quantity(programme['discount_rate_percent'])} % a year. Costs and savings are "
            "positive.",
            "lead",
        ),
        Chart(
            "waterfall",
            f"From going alone to together, by cost line (“{book}”, “{scenario}”)",
            "Green steps save, red steps cost more; the vertical axis does not begin at zero, so compare steps with steps and read totals "
            "from their labels.",
            waterfall(outlook, names),
            height_px=420,
        ),
        _cost_tree(document, outlook, names),
        Chart(
            "outlooks",
            "Saving under each cost book and scenario",
            "The mark is the saving of the plans found, the bar the interval that their bounds prove; far-apart marks mean that the answer "
            "hangs on the book or the scenario.",
            outlook_intervals(outlooks, reference, names),
            height_px=140 + 44 * len(outlooks),
        ),
        Side(
            (
                Chart(
                    "scenario-volumes",
                    "Volumes of each scenario against the plan",
                    "1 is the planned volume of the year; each line multiplies the cars of all vehicles.",
                    scenario_volumes(programme["scenarios"], reference[1]),
                    height_px=340,
                ),
                Chart(
                    "scenario-costs",
                    f"Net present cost of each scenario, alone and together (“{book}”)",
                    "Left bar: the partners alone, stacked; right bar: together; the difference in height is the saving.",
                    costs_by_scenario(in_book, programme["scenarios"], names),
                    height_px=340,
                ),
            )
        ),
        _regret(document, names),
        _cases(document, names),
    ]
    return Section("money", "Money", "Money", tuple(blocks))


def _cost_tree(document: Json, outlook: Json, names: Names) -> Table:
    plan, alone = document["plans"]["reference"], document["plans"]["alone"]
    decimals = money_decimals(plan["cost_tree_m"].values())
    fine = money_decimals(outlook["by_line_m"].values())
    rows = []
    for line, cost in plan["cost_tree_m"].items():
        saving = outlook["by_line_m"].get(line)
        if not any((cost, saving, *(alone[p]["cost_tree_m"].get(line) for p in names.everyone))):
            continue  # a line that plays no part in this programme
        rows.append(
            (
                Cell(line),
                *(money_cell(alone[p]["cost_tree_m"].get(line), decimals) for p in names.everyone),
                money_cell(cost, decimals),
                money_cell(saving, fine, style=_sign(saving)),
            )
        )
    total = (
        Cell("Net present cost"),
        *(money_cell(alone[p]["cost_m"], decimals) for p in names.everyone),
        money_cell(plan["cost_m"], decimals),
        money_cell(outlook["saving_m"], fine),
    )
    heads = (
        *(Column(f"{names.partner(p)} alone", names.million, True, partner=p) for p in names.everyone),
        Column("Together", names.million, True),
        Column("Saved together", names.million, True),
    )
    return Table(
        "Cost tree: each partner alone, together, and the difference",
        (Column("Cost line"), *heads),
        (Group("", tuple(rows), total),),
        note="Volume discounts stand as negative costs. A negative saving is a line on which the joint plan spends more.",
    )


def _sign(value: Any) -> str:
    if value is None or abs(value) < 0.005:
        return ""
    return "gain" if value > 0 else "loss"


def _regret(document: Json, names: Names) -> Block:
    rows = document["saving"]["regret"]
    if not rows:
        return Prose("The programme has one scenario only, so no regret can be shown.")
    costs = money_decimals(r["held_m"] for r in rows)
    fine = money_decimals(r["regret_m"]["high"] for r in rows)
    return plain_table(
        "Regret: the reference family kept, although another scenario comes true",
        (
            Column("Scenario that comes true"),
            Column("Cost with the reference family", names.million, True),
            Column("Cost with that scenario's best family", names.million, True),
            Column("Regret", names.million, True),
        ),
        [
            (
                Cell(names.scenario(r["scenario"])),
                money_cell(r["held_m"], costs),
                money_cell(r["best_m"], costs),
                interval_cell(r["regret_m"], fine),
            )
            for r in rows
        ],
        note="The family is chosen before the market is known; purchases and lines still follow the scenario. Regret is an "
        "interval because both plans are known to within their bounds.",
    )


def _cases(document: Json, names: Names) -> Fold:
    cases = document["plans"]["cases"]
    decimals = money_decimals(c["cost_m"] for c in cases)
    groups: dict[tuple[str, str], list[tuple[Cell, ...]]] = {}
    for c in cases:
        groups.setdefault((c["book"], c["scenario"]), []).append(
            (
                Cell(names.coalition(c["coalition"])),
                Cell("held" if c["family_held"] else "free"),
                count_cell(c["units"]),
                money_cell(c["cost_m"], decimals),
                money_cell(c["bound_m"], decimals),
                number_cell(c["gap_percent"], fixed(c["gap_percent"], 2)),
                Cell(c["status"], style="" if c["status"] == "within gap" else "loss"),
                Cell(duration(c["seconds"]), full_value(c["seconds"])),
            )
        )
    short = sum(c["status"] != "within gap" for c in cases)
    table = Table(
        "All plans",
        (
            Column("Coalition"),
            Column("Family"),
            Column("Units", "", True),
            Column("Cost", names.million, True),
            Column("Lower bound", names.million, True),
            Column("Gap", "%", True),
            Column("Status"),
            Column("Time", "", True),
        ),
        tuple(
            Group(f"Book “{names.book(book)}”, scenario “{names.scenario(scenario)}”", tuple(rows))
            for (book, scenario), rows in groups.items()
        ),
        note="Within gap: the gap that was asked for is proven. Time limit: the search stopped before, and the gap shown is what is "
        "proven. Held: the reference family was prescribed.",
    )
    hint = plural(len(cases), "plan") + (
        f", {short} stopped by the time limit" if short else ", all within the gap asked for"
    )
    return Fold("Every plan with its bound and gap", (table,), hint=hint)
