"""The money: where the saving comes from, what each plan costs, and how the answer bears other scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Cell, Chart, Column, Fold, Group, Prose, Section, Side, Table, plain_table
from halfshaft.report.charts_money import (
    Total,
    costs_by_scenario,
    outlook_intervals,
    scenario_volumes,
    waterfall,
    waterfall_height_px,
)
from halfshaft.report.charts_saving import savings_by_step
from halfshaft.report.format import (
    count,
    count_cell,
    duration,
    fixed,
    full_value,
    interval_cell,
    join,
    money_cell,
    money_decimals,
    number_cell,
    percent_interval_cell,
    plural,
    quantity,
)
from halfshaft.report.format import money as amount
from halfshaft.report.names import Names
from halfshaft.report.other_books import under_other_books
from halfshaft.report.section_answer import reference_outlook

Json = Mapping[str, Any]


def money(document: Json, names: Names) -> Section:
    """Waterfall, cost tree, outlooks, scenarios, regret, and every case that was planned."""
    programme, outlook = document["programme"], reference_outlook(document)
    reference = (programme["reference_book"], programme["reference_scenario"])
    book = names.book(reference[0])
    outlooks = document["saving"]["outlooks"]
    in_book = [o for o in outlooks if o["book"] == reference[0]]
    blocks: list[Block] = [
        Prose(
            f"All money is in {names.million}, present value at the beginning of {programme['base_year']}, prices of "
            f"{programme['price_year']}, discounted at {quantity(programme['discount_rate_percent'])} % a year. Costs and savings are "
            "positive.",
            "lead",
        ),
        _waterfall(document, outlook, names),
        *_steps(document, names),
        _cost_tree(document, outlook, names),
        *_reported(document, names),
        Chart(
            "outlooks",
            "Saving under each cost book and scenario",
            "The mark is the saving of the plans found, the bar the interval that their bounds prove; far-apart marks mean that the answer "
            "hangs on the book or the scenario.",
            outlook_intervals(outlooks, reference, names),
            height_px=140 + 44 * len(outlooks),
            least_width_px=600,
        ),
        Side(
            (
                Chart(
                    "scenario-volumes",
                    "Volumes of each scenario against the plan",
                    "1 is the planned volume of the year; a scenario may hold more for single vehicles.",
                    scenario_volumes(programme["scenarios"], reference[1]),
                    height_px=340,
                ),
                Chart(
                    "scenario-costs",
                    f"Net present cost of each scenario, alone and together (“{book}”)",
                    "Left bar: the partners alone, stacked; right bar: together; the difference in height is the saving. "
                    + under_other_books(document, names, reference[0]),
                    costs_by_scenario(in_book, programme["scenarios"], names),
                    height_px=340,
                ),
            )
        ),
        _regret(document, names),
        _cases(document, names),
    ]
    return Section("money", "Money", "Money", tuple(blocks))


def saving_steps(document: Json) -> list[Json]:
    """The entries of the way from tailored vehicles to the joint plan; empty where the study has none."""
    return list(document["saving"].get("steps") or ())


def _waterfall(document: Json, outlook: Json, names: Names) -> Chart:
    """From tailored vehicles, where they were planned, over going alone to together."""
    steps = saving_steps(document)
    own = next(
        (s for s in steps if (s["book"], s["scenario"], s["exponent"]) == (outlook["book"], outlook["scenario"], None)),
        None,
    )
    outset = f"“{names.book(outlook['book'])}”, “{names.scenario(outlook['scenario'])}”"
    reading = (
        "Green steps save, red steps cost more, largest saving first; the axis does not begin at zero, so compare steps and read "
        "totals from their labels."
    )
    if own is not None and own["tailored_m"] is not None and own["by_line_m"]["tailored"] is not None:
        lines = own["by_line_m"]
        totals = [
            Total("tailored", own["tailored_m"], lines["tailored"], _by_partner(own["tailored_by_partner_m"], names)),
            Total("alone, summed", own["alone_m"], lines["alone"], _by_partner(own["alone_by_partner_m"], names)),
            Total("together", own["joint_m"], lines["joint"]),
        ]
        title = f"From tailored vehicles to going alone to together, by cost line ({outset})"
        reading = f"Tailored: every vehicle has modules of its own. {reading}"
    else:
        alone = [document["plans"]["alone"][p]["cost_tree_m"] for p in names.everyone]
        joint = document["plans"]["reference"]["cost_tree_m"]
        lines = dict.fromkeys(line for tree in (*alone, joint) for line in tree)
        apart = {line: sum(tree.get(line) or 0.0 for tree in alone) for line in lines}
        totals = [
            Total("alone, summed", outlook["alone_m"], apart, _by_partner(outlook["alone_by_partner_m"], names)),
            Total("together", outlook["joint_m"], joint),
        ]
        title = f"From going alone to together, by cost line ({outset})"
    elsewhere = under_other_books(
        document, names, outlook["book"], outlook["scenario"], tailored=totals[0].name == "tailored"
    )
    reading = f"{reading} {elsewhere}"
    return Chart(
        "waterfall", title, reading, waterfall(totals, names), height_px=waterfall_height_px(totals), least_width_px=560
    )


def _by_partner(costs: Mapping[str, float] | None, names: Names) -> str:
    return join(f"{names.partner(p)} {amount(cost)} {names.million}" for p, cost in (costs or {}).items())


def _steps(document: Json, names: Names) -> tuple[Block, ...]:
    """The saving under every book and exponent, always saying against what."""
    steps = saving_steps(document)
    if not steps:
        return ()
    laws = any(s["exponent"] is not None for s in steps)
    return (
        Chart(
            "saving-steps",
            "Saving under each cost book" + (" and each exponent of a power law of volume" if laws else ""),
            "Each bar reaches from the low to the high end of the interval that the plans' bounds prove: green against tailored vehicles, "
            "grey against each partner's own best family.",
            savings_by_step(steps, names),
            height_px=110 + 40 * len(steps),
            least_width_px=600,
        ),
        _step_table(document, steps, names),
    )


def _tailored(document: Json) -> str:
    """What tailored means, in the study's own words where it has them."""
    words = document["saving"].get("against_tailored") or (
        "every vehicle has modules of its own, which share nothing but the plants' lines and the terms of purchase"
    )
    return f"Tailored: {words}."


def _step_table(document: Json, steps: Sequence[Json], names: Names) -> Table:
    costs = money_decimals(s["alone_m"] for s in steps)
    fine = money_decimals(s["saving_m"]["high"] for s in steps)
    groups = []
    for title, own in (
        ("Cost books as they are", [s for s in steps if s["exponent"] is None]),
        ("Sensitivity: unit cost under a power law of volume", [s for s in steps if s["exponent"] is not None]),
    ):
        rows = tuple(
            (
                Cell(names.book(s["book"])),
                Cell(names.scenario(s["scenario"])),
                Cell("–") if s["exponent"] is None else number_cell(s["exponent"], quantity(s["exponent"])),
                money_cell(s["tailored_m"], costs),
                money_cell(s["alone_m"], costs),
                money_cell(s["joint_m"], costs),
                *_against(s["against_tailored_m"], s["against_tailored_percent"], fine),
                *_against(s["saving_m"], s["saving_percent"], fine),
            )
            for s in own
        )
        if rows:
            groups.append(Group(title, rows))
    million = names.million
    return Table(
        "Saving against tailored vehicles and against going alone, under each cost book and exponent",
        (
            Column("Cost book"),
            Column("Scenario"),
            Column("Exponent", "", True),
            Column("Tailored", million, True),
            Column("Alone, summed", million, True),
            Column("Together", million, True),
            Column("Saving against tailored", million, True),
            Column("against tailored", "%", True),
            Column("Saving against alone", million, True),
            Column("against alone", "%", True),
        ),
        tuple(groups),
        note=f"{_tailored(document)} "
        "Percentages are of the cost that the saving is measured against. Intervals come from the bounds of the plans.",
    )


def _against(bounds: Json | None, percent: Json | None, decimals: int) -> tuple[Cell, Cell]:
    if bounds is None or percent is None:
        return Cell("–"), Cell("–")
    return interval_cell(bounds, decimals), percent_interval_cell(percent)


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
        note="Volume discounts stand as negative costs. A negative saving is a line on which the joint plan spends more. "
        + under_other_books(document, names, outlook["book"], outlook["scenario"]),
    )


def _reported(document: Json, names: Names) -> tuple[Block, ...]:
    """What the plans count and nobody pays, each partner alone and together; nothing where the study did not write it."""
    joint = document["plans"]["reference"].get("reported")
    alone = [document["plans"]["alone"][p].get("reported") for p in names.everyone]
    if not joint or any(rows is None for rows in alone):
        return ()
    apart: list[dict[str, float]] = [{row["name"]: row["total"] for row in rows} for rows in alone]
    rows, paid = [], [row["name"] for row in joint if row["paid"]]
    for row in joint:
        if row["paid"]:
            continue
        totals = [own.get(row["name"]) for own in apart]
        summed = sum(total for total in totals if total is not None)
        difference = summed - row["total"]
        rows.append(
            (
                Cell(_sentence_case(row["name"])),
                *(_amount_cell(total) for total in totals),
                _amount_cell(summed),
                _amount_cell(row["total"]),
                _amount_cell(difference),
            )
        )
    priced = f"Priced by this programme, and so in the cost tree: {join(paid)}."
    if not rows:
        return (Prose(priced),)
    return (
        plain_table(
            "Reported, paid by nobody",
            (
                Column("Quantity, unit"),
                *(Column(f"{names.partner(p)} alone", "", True, partner=p) for p in names.everyone),
                Column("Alone, summed", "", True),
                Column("Together", "", True),
                Column("Difference", "", True),
            ),
            rows,
            note="Totals over all cars of the programme, neither discounted nor part of any cost; the plans do not choose by them. A "
            "negative difference is a quantity of which the joint plan has more." + (f" {priced}" if paid else ""),
        ),
    )


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _amount_cell(value: Any) -> Cell:
    """A large total keeps all its digits, so that the difference of two of them can be read off."""
    large = value is not None and abs(value) >= 1000.0
    return number_cell(value, count(value) if large else quantity(value))


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
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for c in cases:
        groups.setdefault(_question(c, names), []).append(
            (
                Cell(names.coalition(c["coalition"])),
                Cell(_family_word(c)),
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
        tuple(Group(title, tuple(rows)) for title, rows in groups.items()),
        note="Within gap: the gap that was asked for is proven. Time limit: the search stopped before, and the gap shown is what is "
        "proven. Free: the plan chooses the family. Held: the reference family was prescribed. Tailored: every vehicle has modules of its "
        "own.",
    )
    hint = plural(len(cases), "plan") + (
        f", {short} stopped by the time limit" if short else ", all within the gap asked for"
    )
    return Fold("Every plan with its bound and gap", (table,), hint=hint)


def _question(case: Json, names: Names) -> str:
    """What a plan was asked under: its book, its scenario and, where there is one, its law of volume."""
    # Studies of older versions name neither exponent nor tailored units.
    exponent = case.get("exponent")
    law = "" if exponent is None else f", power law of volume with exponent {quantity(exponent)}"
    return f"Book “{names.book(case['book'])}”, scenario “{names.scenario(case['scenario'])}”{law}"


def _family_word(case: Json) -> str:
    return "held" if case["family_held"] else "tailored" if case.get("tailored") else "free"
