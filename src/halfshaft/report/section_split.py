"""The split: what each rule makes every partner pay, what one must believe to call it fair, and whether it is stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.report.blocks import Block, Bullets, Cell, Chart, Column, Fold, Group, Prose, Section, Table, plain_table
from halfshaft.report.charts_split import gains_by_rule
from halfshaft.report.format import interval, money, money_cell, money_decimals, number_cell
from halfshaft.report.names import Names
from halfshaft.report.other_books import under_other_books

Json = Mapping[str, Any]

_CORE = {"proven": ("proven", "gain"), "not proven": ("not proven", ""), "no": ("no", "loss")}


def split(document: Json, names: Names) -> Section:
    """The reference outlook in full, the others in folds."""
    programme = document["programme"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    blocks: list[Block] = [
        Prose(
            "The joint cost has to be borne by someone. Each rule below divides it differently; none is the right one, and each rests on "
            "something that one must believe. A split is in the core when no partner would be better off alone.",
            "lead",
        )
    ]
    ordered = sorted(document["alliance"], key=lambda a: (a["book"], a["scenario"]) != reference)
    if not ordered:
        blocks.append(Prose("The study split nothing.", "warning"))
    for index, alliance in enumerate(ordered):
        outlook = f"Book “{names.book(alliance['book'])}”, scenario “{names.scenario(alliance['scenario'])}”"
        elsewhere = under_other_books(document, names, alliance["book"], alliance["scenario"])
        inner = _outlook(alliance, f"split-{index}", outlook, elsewhere, names)
        if (alliance["book"], alliance["scenario"]) == reference:
            blocks += inner
        else:
            blocks.append(Fold(outlook, inner, hint=f"saving {interval(alliance['saving_m'])} {names.million}"))
    return Section("split", "The split", "Split", tuple(blocks))


def _outlook(alliance: Json, id: str, outlook: str, elsewhere: str, names: Names) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Chart(
            id,
            f"Gain of each partner by rule: {_lower(outlook)}",
            "Each bar is what a partner saves against going alone; the thin line is what the proven gap of its own plan leaves open. "
            + elsewhere,
            gains_by_rule(alliance["splits"], names),
            height_px=360,
        ),
        _rule_table(alliance, outlook, names),
        _belief_table(alliance),
        _coalitions(alliance, names),
    ]
    blocks.append(Bullets((alliance["core_statement"], *alliance["notes"])))
    return tuple(blocks)


def _rule_table(alliance: Json, outlook: str, names: Names) -> Table:
    splits = alliance["splits"]
    paid = money_decimals(v for s in splits for v in s["payment_m"].values())
    gained = money_decimals(v for s in splits for v in (*s["gain_m"].values(), *(s["transfer_m"] or {}).values()))
    rows = []
    for s in splits:
        cells = [Cell(s["label"])]
        cells += [money_cell(s["payment_m"][p], paid) for p in names.everyone]
        for p in names.everyone:
            bounds = s["gain_interval_m"][p]
            cells.append(number_cell(s["gain_m"][p], f"{money(s['gain_m'][p], gained)}  [{interval(bounds, gained)}]"))
        cells += [money_cell(s["transfer_m"][p] if s["transfer_m"] else None, gained) for p in names.everyone]
        text, style = _CORE.get(s["in_core"], (s["in_core"], ""))
        rows.append((*cells, Cell(text, style=style)))
    million = names.million
    columns = [Column("Rule")]
    columns += [Column(f"{names.partner(p)} pays", million, True, partner=p) for p in names.everyone]
    columns += [Column(f"{names.partner(p)} gains", f"{million} [interval]", True, partner=p) for p in names.everyone]
    columns += [Column(f"{names.partner(p)} transfers", million, True, partner=p) for p in names.everyone]
    return Table(
        f"Splits of the joint cost: {_lower(outlook)}",
        (*columns, Column("In the core")),
        (Group("", tuple(rows)),),
        note="Transfer: what a partner pays beyond its own spending in the joint plan; negative: it receives. Proven: in the core for "
        "every cost inside the gaps; not proven: for some; no: for none.",
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _belief_table(alliance: Json) -> Table:
    return plain_table(
        "What one must believe to call a rule fair, and what its figures show of the others",
        (Column("Rule"), Column("Belief"), Column("What its figures reveal")),
        [(Cell(s["label"]), Cell(s["belief"]), Cell(s["reveals"])) for s in alliance["splits"]],
    )


def _coalitions(alliance: Json, names: Names) -> Table:
    decimals = money_decimals(c["cost_m"] for c in alliance["coalitions"])
    return plain_table(
        "Coalitions: proven lower bound and cost of the plan found",
        (Column("Coalition"), Column("Lower bound", names.million, True), Column("Cost", names.million, True)),
        [
            (Cell(names.coalition(c["members"])), money_cell(c["bound_m"], decimals), money_cell(c["cost_m"], decimals))
            for c in alliance["coalitions"]
        ],
        note=f"Saving together: {interval(alliance['saving_m'])} {names.million}. Level of the least core: "
        f"{interval(alliance['least_core_epsilon_m'])} {names.million}, the most that some coalition pays above its own cost in the split "
        "that keeps this smallest; negative: every coalition can be left better off.",
    )
