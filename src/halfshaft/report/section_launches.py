"""The launches: when modules, vehicles and changes of units come, together and as each partner would alone.

Drawn only where all plans say from when to when their units are built in, which documents of older studies do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Cell, Column, Group, Legend, Picture, Prose, Section, Table
from halfshaft.report.charts import LOSS
from halfshaft.report.family_years import KINDS, has_years
from halfshaft.report.format import count, count_cell, join, plural
from halfshaft.report.launch_calendar import changed, has_stages, launch_calendar, stages
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def has_launches(document: Json) -> bool:
    """Whether the joint plan and each partner's own plan can be laid over the years."""
    plans = [document["plans"]["reference"], *document["plans"]["alone"].values()]
    return all(has_stages(plan) and has_years(plan) for plan in plans)


def launches(document: Json, names: Names) -> Section:
    """The calendar, what is launched in which year, and each vehicle's start against its planned one."""
    reference, alone = document["plans"]["reference"], document["plans"]["alone"]
    vehicles = document["programme"]["vehicles"]
    blocks: list[Block] = [
        Prose(_lead(document, names), "lead"),
        Picture(
            "Launch calendar: each vehicle's years with its units, together and alone",
            "Full bars are the joint plan, outlined bars the partner's own plan; a new bar is a new choice of units, a hollow diamond one "
            "that changes them, and a red dashed line years lost against the planned start.",
            launch_calendar(reference, {p: alone[p] for p in names.everyone}, vehicles, names),
        ),
        _legend(names),
        _by_year(reference, alone, names),
        _starts(reference, alone, vehicles, names),
    ]
    return Section("launches", "Launches", "Launches", tuple(blocks))


def _legend(names: Names) -> Legend:
    entries = [("box", names.colour(partner), f"{names.partner(partner)}, together") for partner in names.everyone]
    return Legend((*entries, ("box", LOSS, "start later than planned")))


def _lead(document: Json, names: Names) -> str:
    reference, alone = document["plans"]["reference"], document["plans"]["alone"]
    own = {p: _late(alone[p], document["programme"]["vehicles"]) for p in names.everyone}
    joint = _late(reference, document["programme"]["vehicles"])
    apart = join(f"{names.partner(p)} alone {_so_many(own[p])}" for p in names.everyone)
    earliest = min(m["launched"] for m in reference["modules"])
    return (
        f"The joint plan launches its first module in {earliest}. Against the starts of production that were planned, the joint plan is "
        f"late with {_so_many(joint)}; {apart}."
    )


def _so_many(late: Sequence[str]) -> str:
    return plural(len(late), "vehicle") if late else "no vehicle"


def _late(plan: Json, vehicles: Sequence[Json]) -> list[str]:
    return [v["id"] for v in vehicles if (found := stages(plan, v["id"])) and found[0][0]["from_year"] > v["sop"]]


def _by_year(reference: Json, alone: Mapping[str, Json], names: Names) -> Table:
    """Launches counted by year: modules by kind, vehicles, and changes of units; a cell's title names them."""
    plans = [("together", reference), *((f"{names.partner(p)} alone", alone[p]) for p in names.everyone)]
    years = sorted(
        {m["launched"] for _, plan in plans for m in plan["modules"]}
        | {a["from_year"] for _, plan in plans for a in plan["assignments"]}
    )
    groups = []
    for title, plan in plans:
        rows = []
        for kind, noun in KINDS.items():
            launched = [(m["launched"], m["name"]) for m in plan["modules"] if m["kind"] == kind]
            if launched:
                rows.append(_row(noun.capitalize(), launched, years))
        starts, changes = [], []
        for vehicle in dict.fromkeys(a["vehicle"] for a in plan["assignments"]):
            for index, stage in enumerate(stages(plan, vehicle)):
                if index == 0:
                    starts.append((stage[0]["from_year"], names.vehicle(vehicle)))
                elif changed(stage):
                    changes.append((stage[0]["from_year"], names.vehicle(vehicle)))
        rows += [_row("Vehicles that start", starts, years), _row("Vehicles that change units", changes, years)]
        groups.append(Group(title[:1].upper() + title[1:], tuple(rows)))
    return Table(
        "What is launched in which year",
        (Column(""), *(Column(str(year), "", True) for year in years), Column("Sum", "", True)),
        tuple(groups),
        note="A module that both partners would develop alone counts once for each of them.",
    )


def _row(head: str, found: Sequence[tuple[int, str]], years: Sequence[int]) -> tuple[Cell, ...]:
    cells = []
    for year in years:
        inside = [name for at, name in found if at == year]
        cells.append(Cell(count(len(inside)) if inside else "", ", ".join(inside)))
    return (Cell(head), *cells, count_cell(len(found)))


def _starts(reference: Json, alone: Mapping[str, Json], vehicles: Sequence[Json], names: Names) -> Table:
    groups = []
    for partner in names.everyone:
        rows = []
        for v in vehicles:
            together, apart = stages(reference, v["id"]), stages(alone[partner], v["id"])
            if v["partner"] != partner or not together:
                continue
            rows.append(
                (
                    Cell(names.vehicle(v["id"]), partner=partner),
                    Cell(str(v["sop"])),
                    _start(together, v["sop"]),
                    _start(apart, v["sop"]),
                    Cell(_changes(together)),
                    Cell(_changes(apart)),
                )
            )
        if rows:
            groups.append(Group(names.partner(partner), tuple(rows)))
    return Table(
        "Start of production of each vehicle: planned, together and alone",
        (
            Column("Vehicle"),
            Column("Planned", "year", True),
            Column("Together", "year", True),
            Column("Alone", "year", True),
            Column("Units change, together"),
            Column("Units change, alone"),
        ),
        tuple(groups),
        note="A start later than planned costs the margin of the cars that are not built; it stands in the cost tree under lost sales.",
    )


def _start(found: Sequence[Sequence[Json]], sop: int) -> Cell:
    if not found:
        return Cell("–")
    year = found[0][0]["from_year"]
    late = year - sop
    return Cell(f"{year} (+{late})" if late > 0 else str(year), style="loss" if late > 0 else "")


def _changes(found: Sequence[Sequence[Json]]) -> str:
    return ", ".join(str(stage[0]["from_year"]) for stage in found[1:] if changed(stage)) or "no change"
