"""The production: what is built where in which year, on how many lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Cell, Chart, Column, Fold, Group, Heading, Prose, Section, Table, plain_table
from halfshaft.report.charts_production import output_by_plant, utilisation_by_plant
from halfshaft.report.format import (
    count_cell,
    join,
    money,
    money_cell,
    money_decimals,
    percent_cell,
    plural,
    year_ranges,
)
from halfshaft.report.names import Names

Json = Mapping[str, Any]
_COLUMNS = 3


def production(document: Json, names: Names) -> Section:
    """Output under capacity by plant, lines together and alone, the table by year, and what is published about the plants."""
    rows, years = document["plans"]["reference"]["production"], document["programme"]["years"]
    alone = document["plans"]["alone"]
    apart = [row for partner in names.everyone for row in alone[partner]["production"]]
    panels = list(dict.fromkeys((row["plant"], row["process"]) for row in rows))
    modules = {module for row in (*rows, *apart) for module in row["output"]}
    blocks: list[Block] = [
        Prose(
            "Lines are bought whole, and a new line gives part of its output in its first year. What a plant makes beyond its lines, "
            "where it "
            "may, is overflow: dear pieces from weekend shifts or a contract maker.",
            "lead",
        ),
        Chart(
            "production",
            "Output by plant and process under the capacity of its lines, together",
            "Bars are pieces a year by module, the line above them is what the standing lines could make; white below it is idle "
            "capacity, and what stands above it is overflow.",
            output_by_plant(rows, years, names, _COLUMNS, modules),
            height_px=60 + 220 * -(-len(panels) // _COLUMNS),
            least_width_px=820,
        ),
        Chart(
            "utilisation",
            "Utilisation of the lines by year, together and alone",
            "What the lines make in percent of what they could, with the shifts that they run; overflow is not counted, and a gap "
            "means that "
            "no line stands in that year.",
            utilisation_by_plant(rows, apart, years, names, _COLUMNS),
            height_px=60 + 200 * -(-len({(r["plant"], r["process"]) for r in (*rows, *apart)}) // _COLUMNS),
            least_width_px=820,
        ),
        _new_lines(document, names),
        *(_alone(partner, alone[partner]["production"], years, modules, names) for partner in names.everyone),
        Heading("Year by year, together"),
    ]
    for plant, process in panels:
        own = [row for row in rows if (row["plant"], row["process"]) == (plant, process)]
        title = f"{names.plant(plant)}: {process.replace('_', ' ')}"
        most = max(row["lines"] for row in own)
        blocks.append(
            Fold(
                title,
                (_year_table(title, own),),
                hint=f"at most {plural(most, 'line')}, {sum(r['new_lines'] for r in own)} new",
                partner=own[0]["partner"],
            )
        )
    blocks += _borders(document, names)
    blocks += [Heading("What is published about the plants"), _published(document, names)]
    return Section("production", "Production", "Production", tuple(blocks))


def _alone(partner: str, rows: Sequence[Json], years: Sequence[int], modules: Collection[str], names: Names) -> Fold:
    """Output of a partner's plants if there were no alliance."""
    panels = list(dict.fromkeys((row["plant"], row["process"]) for row in rows))
    chart = Chart(
        f"production-{partner}",
        f"Output by plant and process, {names.partner(partner)} alone",
        "As above, without the alliance; a module has the same colour in both charts.",
        output_by_plant(rows, years, names, _COLUMNS, modules),
        height_px=60 + 220 * max(1, -(-len(panels) // _COLUMNS)),
        least_width_px=820,
    )
    hint = plural(sum(r["new_lines"] for r in rows), "new line")
    return Fold(
        f"What {names.partner(partner)} would make alone", (chart,) if panels else (), hint=hint, partner=partner
    )


def _new_lines(document: Json, names: Names) -> Table:
    plan, alone = document["plans"]["reference"], document["plans"]["alone"]
    keys = list(dict.fromkeys((r["partner"], r["plant"], r["process"]) for r in plan["production"]))

    def built(production: Sequence[Json], plant: str, process: str) -> int:
        return sum(r["new_lines"] for r in production if (r["plant"], r["process"]) == (plant, process))

    rows = []
    for partner, plant, process in keys:
        together = built(plan["production"], plant, process)
        apart = built(alone[partner]["production"], plant, process) if partner in alone else None
        rows.append(
            (
                Cell(names.plant(plant), partner=partner),
                Cell(names.partner(partner)),
                Cell(process.replace("_", " ")),
                count_cell(together),
                count_cell(apart),
            )
        )
    return plain_table(
        "New lines over the whole programme, together and alone",
        (
            Column("Plant"),
            Column("Partner"),
            Column("Process"),
            Column("together", "lines", True),
            Column("alone", "lines", True),
        ),
        rows,
    )


def _year_table(title: str, rows: Sequence[Json]) -> Table:
    return plain_table(
        f"{title}, by year",
        (
            Column("Year"),
            Column("Lines", "", True),
            Column("of them new", "", True),
            Column("Capacity", "pieces", True),
            Column("Output", "pieces", True),
            Column("Utilisation", "%", True),
            Column("Overflow", "pieces", True),
            Column("Modules"),
        ),
        [
            (
                Cell(str(r["year"])),
                count_cell(r["lines"]),
                count_cell(r["new_lines"]),
                count_cell(r["capacity_pieces"]),
                count_cell(r["output_pieces"]),
                percent_cell(r["utilisation_percent"], 1),
                count_cell(r.get("overflow_pieces")),
                Cell(", ".join(f"{module} {pieces:,}" for module, pieces in r["output"].items())),
            )
            for r in rows
        ],
    )


def _borders(document: Json, names: Names) -> list[Block]:
    """Duty and claims of origin, together and each partner alone; nothing where the study did not write them."""
    plans = {"Together": document["plans"]["reference"]} | {
        f"{names.partner(p)} alone": document["plans"]["alone"][p] for p in names.everyone
    }
    found: dict[str, Json] = {title: plan["duty"] for title, plan in plans.items() if plan.get("duty") is not None}
    if not found:
        return []
    heading = Heading("Duty and origin")
    paid = money_decimals(duty["paid_m"] for duty in found.values())
    due = "Duty paid: " + join(f"{title.lower() if title == 'Together' else title} {money(duty['paid_m'], paid)} {names.million}"
                               for title, duty in found.items()) + "."  # fmt: skip
    without = [title for title, duty in found.items() if not duty["crossings"]]
    if len(without) == len(found):
        return [heading, Prose("No module crosses a border on which duty is due, together or alone. " + due)]
    decimals = money_decimals(row["duty_m"] for duty in found.values() for row in duty["crossings"])
    table = Table(
        "What crosses a border on which duty may be due: claimed as originating, or duty paid",
        (
            Column("Plant"),
            Column("Module"),
            Column("From"),
            Column("To"),
            Column("Pieces", "", True),
            Column("Origin claimed"),
            Column("Duty paid in"),
            Column("Free of duty in"),
            Column("Duty paid", names.million, True),
        ),
        tuple(
            Group(
                title,
                tuple(
                    (
                        Cell(names.plant(row["plant"]), partner=row["partner"]),
                        Cell(row["module"], row["kind"].replace("_", " ")),
                        Cell(row["from_zone"]),
                        Cell(row["to_zone"]),
                        count_cell(row["pieces"]),
                        Cell(year_ranges(row["claimed_years"])),
                        Cell(year_ranges(row["dutiable_years"])),
                        Cell(year_ranges(row["free_years"])),
                        money_cell(row["duty_m"], decimals),
                    )
                    for row in duty["crossings"]
                ),
            )
            for title, duty in found.items()
            if duty["crossings"]
        ),
        note="No duty is due where origin is claimed; a claim needs that the plant's parts of foreign origin stay below the rule's share "
        "of the module's value in that year. Present values.",
    )
    absent = (
        [f"Nothing crosses such a border in the {'plan' if len(without) == 1 else 'plans'} of {join(without)}."]
        if without
        else []
    )
    return [heading, Prose(" ".join([due, *absent])), table]


def _published(document: Json, names: Names) -> Block:
    groups = tuple(
        Group(
            f"{plant['name']} ({names.partner(plant['partner'])}, {plant['country']})",
            tuple((Cell(fact["what"]), Cell(fact["text"])) for fact in plant["published"]),
        )
        for plant in document["programme"]["plants"]
        if plant["published"]
    )
    if not groups:
        return Prose("The programme quotes no published fact about its plants.")
    return Table("Published facts of the plants", (Column("What"), Column("Fact")), groups)
