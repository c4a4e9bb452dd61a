"""How the command speaks: progress and errors to stderr, answers to stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.quantities import InputError


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    print()


def complain(error: InputError, *, as_json: bool) -> None:
    """Every problem on a line of its own; as JSON, a list of problems on stdout."""
    if as_json:
        print_json(
            {
                "problems": [
                    {
                        "file": p.file,
                        "line": p.line,
                        "field": p.field,
                        "value": p.value,
                        "message": p.message,
                        "remedy": p.remedy,
                    }
                    for p in error.problems
                ]
            }
        )
    for problem in error.problems:
        print(problem, file=sys.stderr)


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> None:
    """A table on stdout: columns are (key, heading); numbers stand to the right."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 150)
    drawn = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for key, heading in columns:
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        drawn.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(_text(row.get(key)) for key, _ in columns))
    console.print(drawn)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


class TerminalProgress:
    """Progress on stderr: a bar for each stage on a terminal, a line for each stage elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.fields[stage]:>13}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.description}", style="dim"), console=self._console, transient=False,
        )  # fmt: skip
        self._task: Any = None
        self._stage = ""
        self._total = self._count = self._stored = 0
        self._began = 0.0

    def __enter__(self) -> TerminalProgress:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._console.is_terminal:
            self._bars.stop()
        if kind is KeyboardInterrupt:
            print("interrupted: what was finished is kept; the same command goes on from there", file=sys.stderr)

    def stage(self, name: str, steps: int) -> None:
        """A stage begins."""
        self._stage, self._total, self._count, self._stored = name, steps, 0, 0
        self._began = time.monotonic()
        if self._console.is_terminal:
            self._task = self._bars.add_task("", total=steps, stage=name)

    def step(self, label: str, stored: bool) -> None:
        """A step is done."""
        self._count += 1
        self._stored += stored
        if self._console.is_terminal:
            note = f"{self._stored} from the store" if self._stored == self._count else label
            self._bars.update(self._task, advance=1, description=note if self._count < self._total else "")
        elif self._count == self._total:
            stored_note = f", {self._stored} from the store" if self._stored else ""
            seconds = time.monotonic() - self._began
            print(f"{self._stage}: {self._total} steps in {seconds:.1f} s{stored_note}", file=sys.stderr, flush=True)
