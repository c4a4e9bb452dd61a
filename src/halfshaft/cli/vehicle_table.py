"""The command that drives a whole catalogue on every vehicle: `halfshaft vehicle table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Programme, Workers, open_rooms
from halfshaft.cli.output import TerminalProgress, print_json, table


def vehicle_table(
    programme: Programme,
    out: Annotated[
        Path, typer.Option(help="Folder to write to: a CSV file for each vehicle.", show_default=False)
    ] = Path("table"),
    space: Annotated[bool, typer.Option(help="With the units of `kit/space.yaml`, where there is one.")] = True,
    performance: Annotated[bool, typer.Option(help="With acceleration, top speed, gradeability and power.")] = True,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for what is kept between runs [default: study/NAME].", show_default=False),
    ] = None,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """Drive every vehicle with every unit of the catalogue over WLTC 3b, UDDS and HWFET, and accelerate it.

    A row is a unit on an axle; on cars with two driven axles the other axle keeps the unit that the car was built with, or the kit's
    unit of middle power. What was finished before an interrupt is kept.
    """
    with TerminalProgress() as progress:
        answer = open_rooms(programme, store, workers, progress).vehicle_rows(
            out, with_space=space, with_performance=performance
        )
    if as_json:
        print_json(answer)
        return
    columns = [("vehicle", "vehicle"), ("rows", "rows"), ("partners", "kept on the other axle"), ("file", "file")]
    table("Units on vehicles", columns, answer["vehicles"])
    if answer["refused"]:
        table("Not evaluated", [("name", "unit"), ("reason", "why")], answer["refused"][:20])
    print(f"{answer['rows']} rows; {len(answer['refused'])} units could not be evaluated")
