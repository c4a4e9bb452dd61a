"""The purchase: what is bought from whom, at which tier, and what volume together reaches that alone does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Cell, Chart, Column, Fold, Group, Prose, Section, Table
from halfshaft.report.charts_purchase import discounts, pieces_by_part, value_by_tier
from halfshaft.report.format import count_cell, fixed, full_value, money_cell, money_decimals, percent_cell
from halfshaft.report.names import Names

Json = Mapping[str, Any]
_COLUMNS = 3


def purchase(document: Json, names: Names) -> Section:
    """Joint awards by part, pieces over the years, and discounts beside those of going alone."""
    plan, alone, years = document["plans"]["reference"], document["plans"]["alone"], document["programme"]["years"]
    plans = [("", plan), *((partner, alone[partner]) for partner in names.everyone)]
    parts = {row["part"] for row in plan["purchases"]}
    panel_rows = -(-len(parts) // _COLUMNS)
    blocks: list[Block] = [
        Prose(
            "Each part is bought under contracts of some years. A contract's mean yearly volume, in pieces or in money as the terms "
            "say, decides the tier, and the tier the discount on the list price.",
            "lead",
        ),
        Chart(
            "tiers",
            "Awards by tier: list value that reaches each supplier's top tier, together and alone",
            "The more of a bar is dark green, the more of what is bought has reached the best terms that its supplier offers.",
            value_by_tier(plans, names),
            height_px=130 + 42 * len(plans),
            least_width_px=560,
        ),
        Chart(
            "discounts",
            "Discount reached on each part: together and alone",
            "Each mark is one award; where the diamond stands right of the dots, volume together buys a better tier.",
            discounts(plans, names),
            height_px=max(260, 130 + 36 * len(parts)),
        ),
        _comparison(plans, names),
        _nearest(plans, names),
        Chart(
            "pieces",
            "Pieces bought a year by part and supplier, together",
            "One small chart for each part; colours are suppliers, stacked where a part has two sources.",
            pieces_by_part(plan["purchases"], years, names, _COLUMNS),
            height_px=60 + 210 * panel_rows,
            least_width_px=820,
        ),
        _award_table("What is bought from whom, together", plan["purchases"], names),
    ]
    for partner in names.everyone:
        rows = alone[partner]["purchases"]
        title = f"What {names.partner(partner)} would buy alone"
        blocks.append(Fold(title, (_award_table(title, rows, names),), hint=f"{len(rows)} awards", partner=partner))
    return Section("purchase", "Purchase", "Purchase", tuple(blocks))


def _nearest(plans: Sequence[tuple[str, Json]], names: Names) -> Block:
    """Every award that a further tier stands above, the nearest to it first; nothing where a document does not say how far it is."""
    found = [
        (row["missing_for_next_tier_per_year"] / row["next_tier_from_pieces_per_year"], partner, row)
        for partner, plan in plans
        for row in plan["purchases"]
        if row.get("missing_for_next_tier_per_year") is not None
        and row.get("terms_count") is not None
        and row["next_tier_from_pieces_per_year"]
    ]
    if not found:
        return Prose("No award has a further tier above it of which the study says how far it is.")
    rows = [
        (
            Cell("together" if not partner else f"{names.partner(partner)} alone", partner=partner or "joint"),
            Cell(names.part(row["part"])),
            Cell(row["supplier_name"]),
            Cell(f"{row['from_year']}–{row['to_year']}"),
            Cell(f"{row['tier']} of {row['tiers']}"),
            _volume(row.get("counted_per_year"), row, names),
            _volume(row["next_tier_from_pieces_per_year"], row, names),
            _volume(row["missing_for_next_tier_per_year"], row, names),
            percent_cell(100.0 * share, 0),
        )
        for share, partner, row in sorted(found, key=lambda item: (item[0], item[1]))
    ]
    table = Table(
        "How far to the next tier",
        (
            Column("Plan"),
            Column("Part"),
            Column("Supplier"),
            Column("Contract"),
            Column("Tier"),
            Column("Counted a year", "", True),
            Column("Next tier from", "", True),
            Column("Missing", "", True),
            Column("Missing", "% of next", True),
        ),
        (Group("", tuple(rows)),),
        note="What a tier counts is the supplier's terms' choice: pieces or money at list price, over all parts under the same terms.",
    )
    short = sum(not partner for _, partner, _ in found)
    return Fold(
        "How far each award is from its next tier",
        (table,),
        hint=f"{short} of {len(plans[0][1]['purchases'])} awards together",
    )


def _volume(value: float | None, row: Json, names: Names) -> Cell:
    """A tier's volume in what its terms count."""
    if row.get("terms_count") != "money" or value is None:
        return count_cell(value)
    return Cell(f"{fixed(value / 1e6, 2)} {names.million}", full_value(value))


def _award_table(caption: str, purchases: Sequence[Json], names: Names) -> Table:
    decimals = money_decimals(row["list_value_m"] for row in purchases)
    groups = []
    for part in names.parts_of(purchases):
        rows = [row for row in purchases if row["part"] == part]
        total = (
            Cell("Sum"),
            *(Cell("") for _ in range(6)),
            money_cell(sum(r["list_value_m"] for r in rows), decimals),
            money_cell(sum(r["paid_value_m"] for r in rows), decimals),
        )
        groups.append(
            Group(names.part(part), tuple(_award(r, decimals, names) for r in rows), total if len(rows) > 1 else ())
        )
    return Table(
        caption,
        (
            Column("Supplier"),
            Column("Contract"),
            Column("Mean volume", "pieces/year", True),
            Column("Tier", "", True),
            Column("Tier from", "a year", True),
            Column("Next tier from", "a year", True),
            Column("Discount", "%", True),
            Column("List value", names.million, True),
            Column("Paid", names.million, True),
        ),
        tuple(groups),
        note="Values are present values. Tiers count pieces, or money at list price where the supplier's terms say so; terms over "
        "several parts count all of them.",
    )


def _award(row: Json, decimals: int, names: Names) -> tuple[Cell, ...]:
    following = row["next_tier_from_pieces_per_year"]
    return (
        Cell(row["supplier_name"]),
        Cell(f"{row['from_year']}–{row['to_year']}", "; ".join(f"{y}: {n:,} pieces" for y, n in row["pieces"].items())),
        count_cell(row["mean_pieces_per_year"]),
        Cell(f"{row['tier']} of {row['tiers']}"),
        _volume(row["tier_from_pieces_per_year"], row, names),
        Cell("top tier", style="quiet number") if following is None else _volume(following, row, names),
        percent_cell(row["discount_percent"], 1),
        money_cell(row["list_value_m"], decimals),
        money_cell(row["paid_value_m"], decimals),
    )


def _comparison(plans: Sequence[tuple[str, Json]], names: Names) -> Table:
    """Part and contract down, plans across; a cell names the discount of each award."""
    found = {(r["part"], r["from_year"], r["to_year"]) for _, plan in plans for r in plan["purchases"]}
    order = names.parts_of([r for _, plan in plans for r in plan["purchases"]])
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1:]))
    rows = []
    for part, start, end in keys:
        cells = []
        for _, plan in plans:
            awards = [r for r in plan["purchases"] if (r["part"], r["from_year"], r["to_year"]) == (part, start, end)]
            text = " + ".join(fixed(r["discount_percent"], 1) for r in awards) or "–"
            full = "; ".join(
                f"{r['supplier_name']}: tier {r['tier']} of {r['tiers']}, {full_value(r['discount_percent'])} %"
                for r in awards
            )
            cells.append(Cell(text, full))
        rows.append((Cell(names.part(part)), Cell(f"{start}–{end}"), *cells))
    heads = [Column("together" if not p else f"{names.partner(p)} alone", "%", True, partner=p) for p, _ in plans]
    return Table(
        "Discount reached on each part and contract, together and alone",
        (Column("Part"), Column("Contract"), *heads),
        (Group("", tuple(rows)),),
        note="Two figures joined by + are two suppliers of one part.",
    )
