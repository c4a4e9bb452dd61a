"""This run: which version answered, how long it took, and how to have the same answer again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.report.blocks import Cell, Column, Prose, Section, plain_table
from halfshaft.report.format import count_cell, duration, fixed, full_value, quantity
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def run(document: Json, names: Names) -> Section:
    """Version, time, memory, and each stage."""
    del names
    record, programme = document["run"], document["programme"]
    facts = [
        ("halfshaft", document["halfshaft"], ""),
        ("Schema of the document", document["schema"], ""),
        ("Wall time", duration(record["seconds"]), full_value(record["seconds"])),
        ("Workers", str(record["workers"]), ""),
        (
            "Peak memory, largest process",
            f"{fixed(record['peak_memory_mb'], 0)} MB",
            full_value(record["peak_memory_mb"]),
        ),
        (
            "Peak memory, all processes, at most",
            f"{fixed(record['peak_memory_all_processes_mb'], 0)} MB",
            full_value(record["peak_memory_all_processes_mb"]),
        ),
        ("Gap asked for", f"{quantity(programme['gap_percent'])} %", full_value(programme["gap_percent"])),
        ("Years", f"{programme['years'][0]}–{programme['years'][-1]}", ""),
    ]
    stages = [
        (
            Cell(s["name"]),
            Cell(duration(s["seconds"]), full_value(s["seconds"])),
            count_cell(s["steps"]),
            count_cell(s["stored"]),
        )
        for s in record["stages"]
    ]
    return Section(
        "run",
        "This run",
        "This run",
        (
            plain_table(
                "The run", (Column("What"), Column("Value", "", True)), [(Cell(a), Cell(b, c)) for a, b, c in facts]
            ),
            plain_table(
                "Stages",
                (
                    Column("Stage"),
                    Column("Time", "", True),
                    Column("Steps", "", True),
                    Column("read from the store", "", True),
                ),
                stages,
                note="A step read from the store was answered by an earlier run on the same input.",
            ),
            Prose(
                f"To reproduce: halfshaft study FOLDER, where FOLDER holds the programme “{programme['name']}”. With the same input and "
                "version every stored step is read again. All figures of this page stand in study.json beside it."
            ),
        ),
    )
