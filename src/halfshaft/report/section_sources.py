"""Assumptions and sources: every figure of the programme with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Cell, Column, Fold, Group, Prose, Section, Table
from halfshaft.report.format import plural
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def sources(document: Json, names: Names) -> Section:
    """Assumptions in full, sourced figures in a fold; both can be searched."""
    del names
    assumptions, sourced = document["assumptions"], document["sourced"]
    total = len(assumptions) + len(sourced)
    return Section(
        "sources",
        "Assumptions and sources",
        "Assumptions",
        (
            Prose(
                f"{plural(total, 'figure')} went into this study: {plural(len(sourced), 'figure')} with a source, and "
                f"{plural(len(assumptions), 'assumption')}, with no public source behind {'it' if len(assumptions) == 1 else 'them'}.",
                "lead",
            ),
            Fold(
                "All assumptions",
                (_table("Assumptions by file", assumptions, "Reason", "Search assumptions"),),
                hint=plural(len(assumptions), "figure"),
                open=True,
            ),
            Fold(
                "All sourced figures",
                (_table("Sourced figures by file", sourced, "Source", "Search sourced figures"),),
                hint=plural(len(sourced), "figure"),
            ),
        ),
    )


def _table(caption: str, figures: Sequence[Json], basis: str, placeholder: str) -> Table:
    groups = []
    for file in dict.fromkeys(f["file"] for f in figures):
        rows = [f for f in figures if f["file"] == file]
        groups.append(
            Group(
                f"{file} ({len(rows)})",
                tuple(
                    (
                        Cell(f"{f['file']}:{f['line']}", style="place"),
                        Cell(f["field"], style="code"),
                        Cell(f["value"]),
                        Cell(f["note"]),
                        Cell(f["visibility"], style="quiet whole"),
                    )
                    for f in rows
                ),
            )
        )
    return Table(
        caption,
        (Column("Place"), Column("Field"), Column("Value"), Column(basis), Column("Seen by")),
        tuple(groups) or (Group("None", ()),),
        filter=placeholder,
    )
