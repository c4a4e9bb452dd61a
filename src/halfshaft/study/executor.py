"""Work spread over local processes, with results that survive the death of a worker.

A task is a top-level function with plain arguments. Its result is stored under its key as soon as it is there, by the process that asked
for it; a task whose result is stored already is not run again. When a worker dies, the pool is made anew and what was unfinished is
given out again; a task that has killed two pools is an error. Interrupting stops the workers at once and keeps what is stored.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from halfshaft.study.store import Store

_MOST_DEATHS = 2


@dataclass(frozen=True)
class Task:
    """One piece of work: `function(*arguments)`, whose result belongs under `key`. `label` is for people.

    Arguments that are costly to make may be given as a function of nothing; it is called, in the asking process, only when the task runs.
    """

    key: str
    label: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] | Callable[[], tuple[Any, ...]]

    def made_arguments(self) -> tuple[Any, ...]:
        """The arguments themselves."""
        return self.arguments if isinstance(self.arguments, tuple) else self.arguments()


@dataclass(frozen=True)
class Executor:
    """Runs tasks on `workers` processes (1: in this process) and keeps their results in `store`."""

    store: Store
    workers: int = 1

    def run(self, tasks: Sequence[Task], done: Callable[[Task, bool], None]) -> list[Any]:
        """Results in the order of `tasks`. `done(task, was_stored)` is called after each.

        Raises what a task raises, and RuntimeError when a task keeps killing its worker.
        """
        results: dict[str, Any] = {}
        waiting: list[Task] = []
        for task in tasks:
            stored = self.store.get(task.key) if task.key not in results else results[task.key]
            if stored is not None:
                results[task.key] = stored
                done(task, True)
            else:
                waiting.append(task)
        if self.workers == 1 or len(waiting) <= 1:
            for task in waiting:
                self._keep(results, task, task.function(*task.made_arguments()), done)
        else:
            self._run_in_pool(waiting, results, done)
        return [results[task.key] for task in tasks]

    def _keep(self, results: dict[str, Any], task: Task, result: Any, done: Callable[[Task, bool], None]) -> None:
        self.store.put(task.key, result)
        results[task.key] = result
        done(task, False)

    def _run_in_pool(self, waiting: list[Task], results: dict[str, Any], done: Callable[[Task, bool], None]) -> None:
        deaths = 0
        # Workers inherit this: two processes with a thread pool each would fight for the same cores.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        while waiting:
            pool = ProcessPoolExecutor(
                min(self.workers, len(waiting)),
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_quiet_worker,
            )
            futures: dict[Future[Any], Task] = {
                pool.submit(task.function, *task.made_arguments()): task for task in waiting
            }
            try:
                pending = set(futures)
                while pending:
                    finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in finished:
                        self._keep(results, futures[future], future.result(), done)
                pool.shutdown()
            except BrokenProcessPool:
                deaths += 1
                if deaths > _MOST_DEATHS:
                    unfinished = ", ".join(task.label for task in waiting if task.key not in results)
                    raise RuntimeError(f"workers keep dying on: {unfinished}") from None
                pool.shutdown(wait=False, cancel_futures=True)
            except BaseException:
                for process in list((pool._processes or {}).values()):
                    process.terminate()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            waiting = [task for task in waiting if task.key not in results]


def _quiet_worker() -> None:
    """The parent decides when to stop: a worker prints no trace of its own on interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
