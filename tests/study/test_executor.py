"""Tasks on workers: stored results are used, dead workers cost nothing finished, errors come through."""

from __future__ import annotations

import os
import signal
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
