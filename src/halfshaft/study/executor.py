"""Work given out, with results that survive the death of a worker and of the run.

A task is a top-level function with plain arguments. Its result is stored under its key as soon as it is there, by the process that asked
for it; a task whose result is stored already is not run again. Who does the work (this process, local processes, a Dask cluster) makes no
difference to keys or results: see `workers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from halfshaft.study.store import Store
from halfshaft.study.workers import DaskCluster, LocalProcesses, Task, ThisProcess, Workforce

__all__ = ["Executor", "Task"]


@dataclass(frozen=True)
class Executor:
    """Runs tasks and keeps their results in `store`: on `workers` processes (1: in this one), or on the Dask cluster at `scheduler`."""

    store: Store
    workers: int = 1
    scheduler: str | None = None

    def run(self, tasks: Sequence[Task], done: Callable[[Task, bool], None]) -> list[Any]:
        """Results in the order of `tasks`. `done(task, was_stored)` is called after each.

        Raises what a task raises, and RuntimeError when a task keeps killing its worker.
        """
        results: dict[str, Any] = {}
        waiting: dict[str, Task] = {}
        again: list[Task] = []
        for task in tasks:
            if task.key in waiting:
                again.append(task)
                continue
            stored = self.store.get(task.key) if task.key not in results else results[task.key]
            if stored is not None:
                results[task.key] = stored
                done(task, True)
            else:
                waiting[task.key] = task

        def keep(task: Task, result: Any) -> None:
            self.store.put(task.key, result)
            results[task.key] = result
            done(task, False)

        if waiting:
            self._workforce(len(waiting)).run(tuple(waiting.values()), keep)
        for task in again:
            done(task, True)
        return [results[task.key] for task in tasks]

    def finish(self, tasks: Sequence[Task], done: Callable[[Task, bool], None]) -> None:
        """See that every result is stored, holding none: `result` reads them one by one. Raises as `run` does."""
        waiting: dict[str, Task] = {}
        for task in tasks:
            if task.key not in waiting and self.store.get(task.key) is None:
                waiting[task.key] = task
            else:
                done(task, True)

        def keep(task: Task, result: Any) -> None:
            self.store.put(task.key, result)
            done(task, False)

        if waiting:
            self._workforce(len(waiting)).run(tuple(waiting.values()), keep)

    def result(self, task: Task) -> Any:
        """One task's result, from the store or, where that has lost it, computed here."""
        stored = self.store.get(task.key)
        return task.function(*task.made_arguments()) if stored is None else stored

    def _workforce(self, tasks: int) -> Workforce:
        if self.scheduler is not None:
            return DaskCluster(self.scheduler)
        return ThisProcess() if self.workers == 1 or tasks == 1 else LocalProcesses(min(self.workers, tasks))
