"""Tasks on workers: stored results are used, dead workers cost nothing finished, errors come through."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from halfshaft.study.executor import Executor, Task
from halfshaft.study.store import Store


def square(value: int) -> int:
    """A piece of work."""
    return value * value


def die_once(value: int, marker: str) -> int:
    """Kills its worker the first time it is run."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def die_always(value: int) -> int:
    """Kills every worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    return value


def fail(value: int) -> int:
    """Raises."""
    raise ValueError(f"cannot do {value}")


def watch(seen: list[tuple[str, bool]]):  # type: ignore[no-untyped-def]
    """A `done` that remembers."""
    return lambda task, stored: seen.append((task.label, stored))


@pytest.mark.parametrize("workers", [1, 2])
def test_results_keep_their_order_and_are_stored(tmp_path: Path, workers: int) -> None:
    """A second run takes every result from the store; a third with one more task computes that one only."""
    executor = Executor(Store(tmp_path), workers)
    tasks = [Task(f"{n:04x}", str(n), square, (n,)) for n in range(1, 7)]
    seen: list[tuple[str, bool]] = []
    assert executor.run(tasks, watch(seen)) == [1, 4, 9, 16, 25, 36]
    assert not any(stored for _, stored in seen)
    seen.clear()
    more = [*tasks, Task("00ff", "new", square, (10,))]
    assert executor.run(more, watch(seen))[-1] == 100
    assert [label for label, stored in seen if not stored] == ["new"]


def test_a_dead_worker_loses_nothing(tmp_path: Path) -> None:
    """A worker killed in the middle is replaced, and all results arrive."""
    tasks = [Task(f"{n:04x}", str(n), square, (n,)) for n in range(1, 5)]
    tasks.insert(2, Task("dead", "dying", die_once, (7, str(tmp_path / "marker"))))
    assert Executor(Store(tmp_path / "store"), 2).run(tasks, watch([])) == [1, 4, 7, 9, 16]


def test_a_task_that_always_kills_is_named(tmp_path: Path) -> None:
    """After a few deaths the task is an error, and what was finished stays stored."""
    executor = Executor(Store(tmp_path), 2)
    with pytest.raises(RuntimeError, match="killer"):
        executor.run([Task("0001", "good", square, (3,)), Task("dead", "killer", die_always, (1,))], watch([]))


def test_an_error_comes_through(tmp_path: Path) -> None:
    """What a task raises reaches the caller, from this process and from a worker alike."""
    for workers in (1, 2):
        tasks = [Task("0001", "good", square, (3,)), Task("0002", "bad", fail, (2,))]
        with pytest.raises(ValueError, match="cannot do 2"):
            Executor(Store(tmp_path / str(workers)), workers).run(tasks, watch([]))


@pytest.mark.parametrize("workers", [1, 2])
def test_arguments_are_made_only_when_needed(tmp_path: Path, workers: int) -> None:
    """Arguments given as a function are made once for a task that runs, and never for one whose result is stored."""
    made: list[int] = []

    def later(value: int) -> tuple[int]:
        made.append(value)
        return (value,)

    executor = Executor(Store(tmp_path), workers)
    tasks = [Task(f"{n:04x}", str(n), square, lambda n=n: later(n)) for n in range(1, 4)]  # type: ignore[misc]
    assert executor.run(tasks, watch([])) == [1, 4, 9]
    assert executor.run(tasks, watch([])) == [1, 4, 9]
    assert sorted(made) == [1, 2, 3]


def slow(value: int) -> int:
    """A piece of work that takes a while."""
    time.sleep(0.2)
    return value


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL to one worker in the middle of many tasks: all results arrive, none that was there is computed again."""
    killed: list[int] = []
    told: list[str] = []

    def kill_one(task: Task, stored: bool) -> None:
        told.append(task.label)
        children = multiprocessing.active_children()
        if len(told) == 4 and children:
            killed.append(children[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    tasks = [Task(f"{n:04x}", str(n), slow, (n,)) for n in range(1, 15)]
    assert Executor(Store(tmp_path), 2).run(tasks, kill_one) == list(range(1, 15))
    assert killed
    assert sorted(told, key=int) == [str(n) for n in range(1, 15)]


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """What was finished when the run was interrupted is stored; the next run does only the rest."""

    def interrupt(task: Task, stored: bool) -> None:
        if task.label == "3":
            raise KeyboardInterrupt

    tasks = [Task(f"{n:04x}", str(n), square, (n,)) for n in range(1, 7)]
    for workers in (1, 2):
        executor, seen = Executor(Store(tmp_path / str(workers)), workers), []
        with pytest.raises(KeyboardInterrupt):
            executor.run(tasks, interrupt)
        assert executor.run(tasks, watch(seen)) == [1, 4, 9, 16, 25, 36]
        assert ("3", True) in seen
        assert sum(not stored for _, stored in seen) <= 5


def test_arguments_stand_in_bounded_waves(tmp_path: Path) -> None:
    """No more tasks are given out than a few for each worker, however many wait."""
    made, back, most = [0], [0], [0]

    def make(value: int) -> tuple[int]:
        made[0] += 1
        most[0] = max(most[0], made[0] - back[0])
        return (value,)

    def done(task: Task, stored: bool) -> None:
        back[0] += 1

    tasks = [Task(f"{n:04x}", str(n), square, lambda n=n: make(n)) for n in range(60)]  # type: ignore[misc]
    assert Executor(Store(tmp_path), 2).run(tasks, done) == [n * n for n in range(60)]
    assert most[0] <= 7


def test_one_key_is_worked_on_once(tmp_path: Path) -> None:
    """Two tasks of one key are one piece of work, and both have its result."""
    made: list[int] = []
    tasks = [Task("0001", label, square, lambda: made.append(1) or (4,)) for label in "ab"]  # type: ignore[func-returns-value]
    seen: list[tuple[str, bool]] = []
    assert Executor(Store(tmp_path), 1).run(tasks, watch(seen)) == [16, 16]
    assert (made, seen) == ([1], [("a", False), ("b", True)])
