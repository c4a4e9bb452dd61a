"""Find geometry, winding and gear for given demands: `optimise` reads a search, finds the Pareto front and puts it on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from halfshaft.programme.search_file import SearchEffort, load_search
from halfshaft.quantities import InputError
from halfshaft.study.design_search.answer import Answer, check_front, write_answer
from halfshaft.study.design_search.evaluate import Outcome
from halfshaft.study.design_search.run import Found, front_of, run_search
from halfshaft.study.pipeline import Progress
from halfshaft.study.store import Store

__all__ = ["Answer", "Found", "Outcome", "check_front", "front_of", "optimise", "run_search", "write_answer"]


def optimise(
    path: Path | str,
    out: Path | None = None,
    *,
    check: int = 5,
    workers: int = 1,
    progress: Progress | None = None,
    **effort: int,
) -> dict[str, Any]:
    """Run the search in a file and write its answer to ``out`` (study/NAME); the document that `front.json` holds, with its folder.

    ``check`` members of the front are computed again finely; ``effort`` are other figures than the file's (population, generations,
    refinements, seed). Raises InputError for anything wrong with the file.
    """
    search = load_search(path)
    try:
        search = replace(search, effort=SearchEffort(**{**search.effort.model_dump(), **effort}))
    except ValidationError as error:
        raise InputError.of("command line", error.errors()[0]["msg"], "give other figures") from None
    folder = out or Path("study") / search.name
    store = Store(folder / "store")
    found = run_search(search, store=store, workers=workers, progress=progress)
    members = 0 if found.interrupted else check
    answer = check_front(found, members, store=store, workers=workers, progress=progress)
    return {**write_answer(answer, folder), "folder": str(folder)}
