"""The overlap: what vehicles and partners could share, and which two demands stand against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.report.blocks import Block, Bullets, Cell, Chart, Column, Heading, Prose, Section, Table, plain_table
from halfshaft.report.charts_overlap import overlap_matrix
from halfshaft.report.format import count_cell, demand_text, fixed, join, percent_cell, plural
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def overlap(document: Json, names: Names) -> Section:
    """The matrix of pairs, the partners' overlap, and the conflicts in words."""
    found = document["overlap"]
    blocks: list[Block] = [
        Prose(
            "Two vehicles overlap where a unit serves both. The share is that of units that serve both among units that serve either.",
            "lead",
        ),
        _partner_table(found["partners"], names),
        Chart(
            "overlap",
            "Share of units that serve both vehicles of a pair (%)",
            "Dark: many units serve both; blank on the diagonal; 0 marks pairs that can share nothing.",
            overlap_matrix(found["pairs"], names),
            height_px=max(360, 170 + 34 * len(names.vehicles)),
        ),
        Heading("Where sharing is impossible"),
        *_conflicts(document, names),
    ]
    return Section("overlap", "Overlap and conflicts", "Overlap", tuple(blocks))


def _partner_table(rows: list[Json], names: Names) -> Table:
    return plain_table(
        "What the partners could share",
        (
            Column("Partners"),
            Column("Units that serve a vehicle of each", "", True),
            Column("Share", "%", True),
            Column("Which"),
        ),
        [
            (
                Cell(join(names.partner(p) for p in row["partners"])),
                count_cell(len(row["shared"])),
                percent_cell(row["share_percent"]),
                Cell(", ".join(row["shared"]), style="units"),
            )
            for row in rows
        ],
    )


def _conflicts(document: Json, names: Names) -> list[Block]:
    demands = {(v["vehicle"], d["id"]): d for v in document["verification"]["vehicles"] for d in v["demands"]}
    empty = [pair for pair in document["overlap"]["pairs"] if not pair["shared"]]
    if not empty:
        return [Prose("Every pair of vehicles shares at least one unit: no two demands exclude each other.")]
    # Gathered by what clashes, so that one odd vehicle does not fill the page.
    clashes: dict[tuple[str, str], list[tuple[str, str]]] = {}
    unexplained = []
    for pair in empty:
        if not pair["conflicts"]:
            unexplained.append(pair["vehicles"])
        for conflict in pair["conflicts"]:
            sides = sorted((_text(demands, side), side[0]) for side in (conflict["first"], conflict["second"]))
            clashes.setdefault((sides[0][0], sides[1][0]), []).append((sides[0][1], sides[1][1]))
    sentences = tuple(_clash(first, second, pairs, names) for (first, second), pairs in clashes.items())
    blocks: list[Block] = [
        Prose(
            f"{plural(len(empty), 'pair')} of {fixed(len(document['overlap']['pairs']), 0)} "
            f"{'shares' if len(empty) == 1 else 'share'} no unit. The pairs of demands that alone exclude any common unit:"
        ),
        Bullets(sentences),
    ]
    if unexplained:
        blocks.append(
            Prose(
                "No two single demands stand against it, but all demands together leave nothing in common for: "
                + "; ".join(f"{names.vehicle(a)} with {names.vehicle(b)}" for a, b in unexplained)
                + "."
            )
        )
    return blocks


def _clash(first: str, second: str, pairs: list[tuple[str, str]], names: Names) -> str:
    """One sentence for two demands and all the pairs of vehicles that they keep apart."""
    ours = list(dict.fromkeys(a for a, _ in pairs))
    theirs = list(dict.fromkeys(b for _, b in pairs))
    if len(set(pairs)) == len(ours) * len(theirs):
        return (
            f"“{first}” of {join(names.vehicle(v) for v in ours)} and “{second}” of {join(names.vehicle(v) for v in theirs)} "
            "exclude each other: no unit satisfies both."
        )
    apart = join(f"{names.vehicle(a)} with {names.vehicle(b)}" for a, b in pairs)
    return f"“{first}” and “{second}” exclude each other: no unit satisfies both, for {apart}."


def _text(demands: Mapping[tuple[str, str], Json], side: list[str]) -> str:
    demand = demands.get((side[0], side[1]))
    return demand_text(demand) if demand else side[1]
