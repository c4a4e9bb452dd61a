"""Arguments that many commands share, and the rooms that they open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from halfshaft.cli.output import TerminalProgress

Programme = Annotated[Path, typer.Argument(help="Folder of the programme.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes to work with.")]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder for results and for what is kept between runs [default: study/NAME].", show_default=False
    ),
]
DEFAULT_WORKERS = min(os.cpu_count() or 1, 8)


def results_folder(programme: Path, out: Path | None) -> Path:
    """Where results are kept."""
    return out if out is not None else Path("study") / programme.resolve().name


def found_programme(given: Path | None) -> Path:
    """The programme that was given, else the one of this folder, else examples/gen5. Raises InputError where there is none."""
    from halfshaft.quantities import InputError

    if given is not None:
        return given
    for place in (Path(), Path("examples") / "gen5"):
        if (place / "programme.yaml").is_file():
            return place
    raise InputError.of("command line", "no programme here", "give its folder with --programme", field="--programme")


def open_rooms(
    programme: Path, out: Path | None, workers: int, progress: TerminalProgress, scheduler: str | None = None
) -> Any:
    """The rooms of a programme over its store."""
    from halfshaft.study import Rooms

    return Rooms(programme, results_folder(programme, out) / "store", workers, progress, scheduler)
