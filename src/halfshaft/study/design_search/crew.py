"""Workers that stay: a search gives out small batches many times over, and starting a process costs more than a batch.

Otherwise as `executor`: functions and arguments are plain, results come back in the order of the work, and a worker that dies costs what
it was doing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self

Job = tuple[Any, ...]
_MOST_DEATHS = 3


class Crew:
    """``workers`` processes (1: this one) for as long as the context lasts. Leaving it on an error stops them at once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if kind is not None:
            for process in list((pool._processes or {}).values()):
                process.terminate()
        pool.shutdown(wait=kind is None, cancel_futures=True)

    def run(self, function: Callable[..., Any], jobs: Sequence[Job], done: Callable[[int, Any], None]) -> None:
        """Call a top-level function with each job's arguments; ``done(k, result)`` as results are there, in order.

        Raises what the function raises, and RuntimeError when workers keep dying.
        """
        if self._workers == 1 or (len(jobs) == 1 and self._pool is None):
            for k, job in enumerate(jobs):
                done(k, function(*job))
            return
        finished, deaths = 0, 0
        while finished < len(jobs):
            pool = self._opened()
            try:
                futures = [pool.submit(function, *job) for job in jobs[finished:]]
                for future in futures:
                    result = future.result()
                    done(finished, result)
                    finished += 1
            except BrokenProcessPool:
                deaths += 1
                self._pool = None
                pool.shutdown(wait=False, cancel_futures=True)
                if deaths > _MOST_DEATHS:
                    raise RuntimeError("workers keep dying on the same designs") from None

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Workers inherit this: two processes with a thread pool each would fight for the same cores.
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
                os.environ.setdefault(name, "1")
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_quiet)
        return self._pool


def _quiet() -> None:
    """The parent decides when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
