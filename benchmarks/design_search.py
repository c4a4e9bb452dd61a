"""The design search on its example: an EESM of the iX3's class (210 kW, 400 Nm at 350 V, to 17,000 rpm) over eight variables.

Run: ``.venv/bin/python benchmarks/design_search.py [--workers 2] [--check 4] [--generations N] [--store FOLDER] [--without-refinements]``.
It prints the hypervolume over generations, what the time went to, and the front against the machine that it started from, all by the
search's coarse fields, and for ``--check`` members by fine ones. ``--without-refinements`` gives the fields' time to generations alone:
what trying more lengths, windings and gears on computed fields is worth. Times are of the processor, since the machine may be shared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from halfshaft.programme.search_file import load_search
from halfshaft.study.design_search import Answer, check_front, run_search
from halfshaft.study.store import Store

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "design" / "eesm_210kw.yaml"


class _Lines:
    """One line for each generation, as soon as it is over."""

    def __init__(self) -> None:
        self._began, self._name = time.monotonic(), ""

    def stage(self, name: str, steps: int) -> None:
        """Tell how long the last one took."""
        if self._name:
            print(f"  {self._name}: {time.monotonic() - self._began:.0f} s of the wall clock", flush=True)
        self._began, self._name = time.monotonic(), name

    def step(self, label: str, stored: bool) -> None:
        """Nothing."""


def main() -> None:
    """Run, and print."""
    options = _options()
    search = load_search(EXAMPLE)
    changes: dict[str, Any] = {}
    if options.generations:
        changes["generations"] = options.generations
    if options.without_refinements:
        changes["refinements"] = 0
    search = replace(search, effort=search.effort.model_copy(update=changes))
    with tempfile.TemporaryDirectory() as folder:
        store, lines = Store(Path(options.store or folder)), _Lines()
        found = run_search(search, store=store, workers=options.workers, progress=lines)
        answer = check_front(found, options.check, store=store, workers=options.workers, progress=lines)
    _print(answer)


def _print(answer: Answer) -> None:
    found = answer.found
    print(f"\n{found.search.space.size:.3g} designs, population {found.search.effort.population}")
    print("generation  evaluated  feasible  front  hypervolume")
    for g in found.generations:
        print(f"{g.number:10d} {g.evaluated:10d} {g.feasible:9d} {g.front:6d} {g.hypervolume:12.4f}")
    computed = max(len(found.outcomes) - found.stored, 1)
    seconds = found.field_seconds + found.other_seconds
    print(
        f"{len(found.outcomes)} evaluations ({found.stored} from the store), {found.fields} fields, {found.shared} on a shared field; "
        f"{seconds:.0f} s of processor time, {seconds / computed:.2f} s each"
    )
    if found.fields:
        rest = found.other_seconds / computed
        print(f"{found.field_seconds / found.fields:.2f} s a field, {1e3 * rest:.0f} ms all the rest of an evaluation")
    names = found.search.objectives
    print("\nmember  " + "  ".join(f"{n:>12}" for n in names) + "  better than the start by %, demands")
    _line("start", found.start.figures, names, "" if found.start.feasible else f"misses {found.start.violation:.1%}")
    for k, member in enumerate(found.front):
        gains = answer.improvements_percent(k)
        mark = "*" if answer.best == k else " "
        _line(f"{k + 1}{mark}", member.figures, names, ", ".join(f"{gains[n]:+.1f}" for n in names if n in gains))
        if k in answer.checked:
            fine = answer.checked[k]
            worst = max(fine.shortfalls, key=lambda name: fine.shortfalls[name])
            told = "meets all" if fine.feasible else f"misses {worst} by {fine.shortfalls[worst]:.1%}"
            _line("  fine", fine.figures, names, fine.fault or told)
    if answer.start is not None:
        start = answer.start
        _line("start, fine", start.figures, names, "meets all" if start.feasible else f"misses {start.violation:.1%}")


def _line(label: str, figures: Any, names: tuple[str, ...], words: str) -> None:
    print(f"{label:>7} " + "  ".join(f"{figures.get(n, float('nan')):12.2f}" for n in names) + f"  {words}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--check", type=int, default=4)
    parser.add_argument("--generations", type=int)
    parser.add_argument("--store")
    parser.add_argument("--without-refinements", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
