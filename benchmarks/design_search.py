"""The design search on its example: an EESM of the iX3's class (210 kW, 400 Nm at 350 V, to 17,000 rpm) over nine variables.

Run: ``.venv/bin/python benchmarks/design_search.py [--workers 2] [--check 4] [--generations N] [--store FOLDER] [--without-refinements]``.
It prints the hypervolume over generations, what the time went to, and the front against the machine that it started from, all by the
search's coarse fields, and for ``--check`` members by fine ones. ``--without-refinements`` gives the fields' time to generations alone:
what trying more lengths, windings and gears on computed fields is worth. Last comes what the start's own cross-section gives with other
lengths, windings and gears: the search must beat that, not only the start. Times are of the processor, since the machine may be shared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from halfshaft.programme.search_file import Search, load_search
from halfshaft.study.design_search import Answer, Outcome, check_front, run_search
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
        template = run_search(_lengths_only(search), store=store, workers=options.workers)
    _print(answer)
    print(
        f"\nthe start's own cross-section, {template.fields} field, {len(template.outcomes)} lengths, windings and gears:"
    )
    print(f"hypervolume {template.generations[-1].hypervolume:.4f} against {found.generations[-1].hypervolume:.4f}")
    for name in search.objectives:
        own, all_ = (min((o.figures[name] for o in f.front), default=float("nan")) for f in (template, found))
        print(
            f"  least {name}: {own:.2f} with it, {all_:.2f} by the search ({100.0 * (1.0 - all_ / own):+.1f} % better)"
        )
    dominated = sum(any(_beats(m, t, search.objectives) for m in found.front) for t in template.front)
    print(f"  {dominated} of its {len(template.front)} best designs are beaten in every objective by one of the search")


def _lengths_only(search: Search) -> Search:
    """The same search with the start's cross-section: what can be had without a new lamination."""
    kept = [k for k, d in enumerate(search.space.dimensions) if not d.of_cross_section]
    space = replace(search.space, dimensions=tuple(search.space.dimensions[k] for k in kept))
    start = (*(search.start[k] for k in kept), *search.start[-2:])
    return replace(search, space=space, start=start, effort=search.effort.model_copy(update={"generations": 8}))


def _beats(a: Outcome, b: Outcome, names: tuple[str, ...]) -> bool:
    return all(a.figures[n] < b.figures[n] for n in names)


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
