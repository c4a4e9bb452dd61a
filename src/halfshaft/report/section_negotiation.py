"""The negotiation: what each demand costs the alliance, and which small changes would unlock sharing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Fold,
    Group,
    Heading,
    Prose,
    Section,
    Table,
    plain_table,
)
from halfshaft.report.charts_prices import METHODS, price_bars
from halfshaft.report.format import (
    apart,
    count_cell,
    demand_text,
    interval_cell,
    is_number,
    join,
    money_decimals,
    plural,
    quantity_name,
)
from halfshaft.report.names import Names

Json = Mapping[str, Any]

_SENTENCES = 12


def negotiation(document: Json, names: Names) -> Section:
    """Prices as bars and table, free demands in a fold, and the unlocks in words."""
    found = document["negotiation"]
    prices = sorted(
        found["prices"],
        key=lambda p: (p["method"] != "planned", -p["price_m"]["high"], -p["price_m"]["low"], p["demand"]),
    )
    priced = [p for p in prices if p["method"] != "exact"]
    free = [p for p in prices if p["method"] == "exact"]
    blocks: list[Block] = [
        Prose(
            "The price of a demand is what the joint plan costs with it, less what it would cost without it. Both plans are known to "
            "within their bounds, so the price is an interval; where it begins at zero, the demand may cost nothing.",
            "lead",
        )
    ]
    if priced:
        blocks += [
            Chart(
                "prices",
                "What each demand costs the alliance",
                "Each bar spans from the lowest to the highest possible price; hatched bars are bounded by the linear relaxation only, so "
                "their true price may lie far below the right end.",
                price_bars(priced, names),
                height_px=max(220, 120 + 26 * len(priced)),
            ),
            _price_table("Prices of demands that may cost something", priced, names),
        ]
        planned = [p for p in priced if p["method"] == "planned"]
        if planned:
            blocks.append(
                Fold(
                    "What would change without a demand",
                    (_change_table(planned, names),),
                    hint=f"{plural(len(planned), 'demand')} planned again",
                )
            )
    else:
        blocks.append(Prose("No demand costs anything: dropping any single one opens no further choice."))
    if free:
        blocks.append(
            Fold(
                "Demands that cost exactly nothing",
                (
                    Prose("Dropping one of these alone opens no configuration, so its price is exactly 0."),
                    _price_table("Demands with a price of exactly 0", free, names),
                ),
                hint=plural(len(free), "demand"),
            )
        )
    blocks.append(Heading("What would unlock sharing"))
    blocks += _unlocks(found["unlocks"], names)
    return Section("negotiation", "Negotiation: the price of each demand", "Negotiation", tuple(blocks))


def _price_table(caption: str, prices: Sequence[Json], names: Names) -> Table:
    decimals = money_decimals(p["price_m"]["high"] for p in prices)
    return plain_table(
        caption,
        (
            Column("Demand"),
            Column("Owner"),
            Column("Vehicle"),
            Column("Asks"),
            Column("Price", names.million, True),
            Column("Known by"),
            Column("Configurations opened", "", True),
        ),
        [
            (
                Cell(p["demand"], style="whole"),
                Cell(names.partner(p["owner"]), partner=p["owner"], style="whole"),
                Cell(names.vehicle(p["vehicle"])),
                Cell(demand_text(p), style="whole"),
                Cell("0") if p["method"] == "exact" else interval_cell(p["price_m"], decimals),
                Cell(str(p["method"])),
                count_cell(p["opened_configurations"]),
            )
            for p in prices
        ],
        note="Known by: " + "; ".join(f"{method}: {words}" for method, words in METHODS.items()) + ".",
    )


def _change_table(prices: Sequence[Json], names: Names) -> Table:
    """What the plan would do without each demand that was planned again."""
    groups = []
    for p in prices:
        rows = tuple(
            (Cell(names.vehicle(c["vehicle"])), Cell(c["axle"]), Cell(c["with"]), Cell(c["without"]))
            for c in p["changes"]
        )
        unchanged = "" if rows else " – the same units"
        groups.append(
            Group(f"Without {p['demand']} ({names.vehicle(p['vehicle'])}: {demand_text(p)}){unchanged}", rows)
        )
    return Table(
        "What would change without a demand",
        (Column("Vehicle"), Column("Axle"), Column("Unit with the demand"), Column("Unit without it")),
        tuple(groups),
    )


def _unlocks(unlocks: Sequence[Json], names: Names) -> list[Block]:
    if not unlocks:
        return [Prose("No change of demands would open a unit of the family to a further vehicle.")]
    order = sorted(unlocks, key=lambda u: (len(u["shortfalls"]), _distance(u)))
    sentences = tuple(_sentence(unlock, names) for unlock in order)
    blocks: list[Block] = [
        Prose(
            f"There are {plural(len(unlocks), 'pair')} of a vehicle and a unit of the joint family that it cannot use today but that "
            "negotiation could open. The smallest changes first:"
        ),
        Bullets(sentences[:_SENTENCES]),
    ]
    if len(sentences) > _SENTENCES:
        blocks.append(
            Fold(
                "Further changes", (Bullets(sentences[_SENTENCES:]),), hint=plural(len(sentences) - _SENTENCES, "pair")
            )
        )
    return blocks


def _distance(unlock: Json) -> float:
    """How far the demands would have to give, relative to their values; for sorting only."""
    return sum(
        float(abs(s["offered"] - s["demanded"]) / max(abs(s["demanded"]), 1e-9))
        for s in unlock["shortfalls"]
        if is_number(s["offered"]) and is_number(s["demanded"])
    )


def _sentence(unlock: Json, names: Names) -> str:
    needs = join(_need(s) for s in unlock["shortfalls"])
    axles = [axle for axle, unit in unlock["configuration"].items() if unit == unlock["unit"]]
    others = [f"{unit} at the {axle}" for axle, unit in unlock["configuration"].items() if unit != unlock["unit"]]
    where = f" at the {join(axles)}" + (f", with {join(others)}," if others else "")
    return f"{names.vehicle(unlock['vehicle'])} could use {unlock['unit']}{where} if {needs}."


def _need(shortfall: Json) -> str:
    name = quantity_name(shortfall["quantity"])
    if not (is_number(shortfall["offered"]) and is_number(shortfall["demanded"])):
        return f"{shortfall['demand']} ({name}) were dropped"
    offered, demanded = apart(shortfall["offered"], shortfall["demanded"])
    unit = shortfall["unit"]
    return f"{name} were {offered} {unit} instead of {demanded} {unit} ({shortfall['demand']})"
