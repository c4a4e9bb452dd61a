"""Who does the work: this process, processes of this machine, or a Dask cluster that is there already.

All of them run the same functions on the same arguments, so results are the same to the bit wherever they come from; a Dask worker with
other code or other numerical packages is refused. Work is handed out in bounded waves, so that neither arguments nor results of thousands
of tasks stand in memory at once. A worker that dies costs what it was doing, which is given out again; a task in whose presence
workers keep dying is an error.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import platform
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Protocol

from halfshaft.quantities import InputError
from halfshaft.study.store import code_version

_MOST_DEATHS = 2
_WAVE = 3  # tasks given out for each worker: one at work, others ready
_PATIENCE_S = 20  # for a scheduler to answer and for its first worker to be there
_NUMERICS = ("numpy", "scipy", "numba")  # packages whose version may change the last digit of a result


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


Finished = Callable[[Task, Any], None]


class Workforce(Protocol):
    """Whoever can work through tasks."""

    def run(self, tasks: Sequence[Task], finished: Finished) -> None:
        """Run all tasks, telling each result in the asking process as soon as it is there; raise what a task raises."""


@dataclass(frozen=True)
class ThisProcess:
    """One task after the other, here."""

    def run(self, tasks: Sequence[Task], finished: Finished) -> None:
        """See `Workforce`."""
        for task in tasks:
            finished(task, task.function(*task.made_arguments()))


@dataclass(frozen=True)
class LocalProcesses:
    """`count` processes of this machine. Interrupting stops them at once."""

    count: int

    def run(self, tasks: Sequence[Task], finished: Finished) -> None:
        """See `Workforce`. Raises RuntimeError when a task keeps killing its worker."""
        waiting, deaths = deque(tasks), Counter[str]()
        while waiting:
            unfinished = self._run_in_pool(waiting, finished)
            deaths.update(task.key for task in unfinished)
            _give_up([task for task in unfinished if deaths[task.key] > _MOST_DEATHS])
            waiting.extendleft(reversed(unfinished))

    def _run_in_pool(self, waiting: deque[Task], finished: Finished) -> list[Task]:
        """Take from `waiting` until nothing is left or a worker dies; then what was given out and never came back."""
        # Workers inherit this: two processes with a thread pool each would fight for the same cores.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.count, mp_context=context, initializer=_quiet_worker)
        given: dict[Future[Any], Task] = {}
        try:
            while waiting or given:
                while waiting and len(given) < _WAVE * self.count:
                    task = waiting.popleft()
                    try:
                        given[pool.submit(task.function, *task.made_arguments())] = task
                    except BrokenProcessPool:
                        waiting.appendleft(task)
                        raise
                for future in wait(given, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    finished(given.pop(future), result)
            pool.shutdown()
        except BrokenProcessPool:
            pool.shutdown(wait=False, cancel_futures=True)
            return [task for future, task in given.items() if not _told(future, task, finished)]
        except BaseException:
            for process in list((pool._processes or {}).values()):
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return []


def _told(future: Future[Any], task: Task, finished: Finished) -> bool:
    """Whether a result came back before the pool broke; it is told then."""
    if not future.done() or future.cancelled() or future.exception() is not None:
        return False
    finished(task, future.result())
    return True


def _quiet_worker() -> None:
    """The parent decides when to stop: a worker prints no trace of its own on interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _give_up(killers: Sequence[Task]) -> None:
    if killers:
        raise RuntimeError(f"workers keep dying on: {', '.join(task.label for task in killers)}") from None


@dataclass(frozen=True)
class DaskCluster:
    """The workers of a Dask scheduler at `address` (`tcp://host:port`), which must have this very code installed."""

    address: str

    def run(self, tasks: Sequence[Task], finished: Finished) -> None:
        """See `Workforce`. Raises InputError for a cluster that is not there or computes otherwise than this process would."""
        distributed = _distributed()
        here, waiting = environment(), deque(tasks)
        given: dict[str, Task] = {}
        with self._client(distributed) as client:
            completed = distributed.as_completed(loop=client.loop)

            def hand_out() -> None:
                room = _WAVE * max(1, sum(client.nthreads().values()))
                while waiting and len(given) < room:
                    task = waiting.popleft()
                    key = f"halfshaft-{task.key}"
                    given[key] = task
                    completed.add(client.submit(run_there, here, task.function, task.made_arguments(), key=key))

            hand_out()
            for future in completed:
                task = given[future.key]
                finished(task, self._result(distributed, future, task))
                del given[future.key]
                future.release()
                hand_out()

    @contextlib.contextmanager
    def _client(self, distributed: Any) -> Iterator[Any]:
        remedy = "start a scheduler and workers, or correct the address"
        try:
            client = distributed.Client(self.address, timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, ValueError) as error:  # a time-out is an OSError
            raise self._refuse(f"no Dask scheduler answers at {self.address}: {error}", remedy) from None
        with client:
            try:
                client.wait_for_workers(1, timeout=_PATIENCE_S)
            except TimeoutError:
                raise self._refuse(f"the Dask scheduler at {self.address} has no workers", "start some") from None
            yield client

    def _result(self, distributed: Any, future: Any, task: Task) -> Any:
        try:
            answer = future.result()
        except distributed.KilledWorker:
            _give_up([task])
        except CancelledError:
            raise RuntimeError(f"the Dask scheduler at {self.address} went away; what was finished is kept") from None
        if isinstance(answer, Otherwise):
            raise self._refuse(
                f"a Dask worker would compute otherwise: it has {answer.there}, here is {answer.here}",
                "install the same halfshaft and the same packages on all workers",
            )
        return answer

    def _refuse(self, message: str, remedy: str) -> InputError:
        return InputError.of("command line", message, remedy, field="--scheduler")


@dataclass(frozen=True)
class Otherwise:
    """A worker's refusal: its environment is not the asking process's."""

    here: str
    there: str


def environment() -> str:
    """What a result's last digit may depend on: this package's code, Python, and the numerical packages."""
    packages = ", ".join(f"{name} {version(name)}" for name in _NUMERICS)
    return f"code {code_version()[:12]}, Python {platform.python_version()}, {packages}"


def run_there(expected: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Run a function on a worker, unless the worker's environment is another than expected."""
    there = environment()
    return function(*arguments) if there == expected else Otherwise(expected, there)


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise InputError.of(
            "command line", "Dask is not installed here", "install `halfshaft[dask]`, or leave `--scheduler` out",
            field="--scheduler",
        ) from None  # fmt: skip
