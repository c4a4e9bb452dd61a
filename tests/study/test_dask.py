"""A Dask cluster by address: the same results to the bit as local processes, also when a worker dies; clear words when it cannot be used.

The cluster is a scheduler and workers in processes of their own, as a user would start them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from halfshaft.quantities import InputError
from halfshaft.study.codec import encode
from halfshaft.study.executor import Executor, Task
from halfshaft.study.store import Store
from halfshaft.study.workers import Otherwise, environment, run_there

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed: pip install halfshaft[dask]"
)


class Cluster:
    """A scheduler with two workers of one thread each, without nannies: what is killed stays dead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)
        )
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        self.address = str(json.loads(told.read_text())["address"])
        self.workers = [self.worker() for _ in range(2)]

    def worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        return self._start(
            "dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", str(self.folder),
        )  # fmt: skip

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.{program}", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End what was started."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster for the tests of this module."""
    started = Cluster(tmp_path_factory.mktemp("dask"))
    yield started
    started.stop()


def work(count: int) -> list[Task]:
    """Pieces of work whose last digits would show another way of summing; of functions that a worker can import."""
    values = np.random.default_rng(5).normal(size=(count, 64, 64))
    return [Task(f"{n:04x}", str(n), np.linalg.pinv, (values[n],)) for n in range(count)]


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_bits_that_local_processes_give(cluster: Cluster, tmp_path: Path) -> None:
    """Results and stored bytes are equal; a second run on the cluster only reads."""
    tasks = work(12)
    there = Executor(Store(tmp_path / "there"), scheduler=cluster.address)
    here = Executor(Store(tmp_path / "here"), 2)
    results = there.run(tasks, lambda *_: None)
    assert encode(results) == encode(here.run(tasks, lambda *_: None))
    stored = [sorted((tmp_path / name).rglob("0*")) for name in ("there", "here")]
    files = [[path.read_bytes() for path in paths if path.is_file()] for paths in stored]
    assert files[0] == files[1]
    seen: list[bool] = []
    there.run(tasks, lambda _, was_stored: seen.append(was_stored))
    assert all(seen)


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_the_middle_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """SIGKILL to one of two workers while tasks run: every result arrives, once."""
    told: list[str] = []

    def kill_one(task: Task, stored: bool) -> None:
        told.append(task.label)
        if len(told) == 3:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)

    tasks = [Task(f"{n:04x}", str(n), subprocess.getoutput, (f"sleep 0.2; echo {n}",)) for n in range(12)]
    results = Executor(Store(tmp_path), scheduler=cluster.address).run(tasks, kill_one)
    assert results == [str(n) for n in range(12)]
    assert sorted(told, key=int) == results
    assert cluster.workers[0].wait(timeout=30) == -signal.SIGKILL
    cluster.workers[0] = cluster.worker()


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_an_error_of_a_task_comes_through(cluster: Cluster, tmp_path: Path) -> None:
    """What a task raises on a worker reaches the caller."""
    tasks = [Task(f"{n:04x}", str(n), int, (text,)) for n, text in enumerate(("1", "two", "3"))]
    with pytest.raises(ValueError, match="two"):
        Executor(Store(tmp_path), scheduler=cluster.address).run(tasks, lambda *_: None)


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_a_worker_with_other_code_is_refused(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose environment is not the asking process's computes nothing, and the user is told both."""
    monkeypatch.setattr("halfshaft.study.workers.environment", lambda: "code of another day")
    with pytest.raises(InputError, match="would compute otherwise") as caught:
        Executor(Store(tmp_path), scheduler=cluster.address).run(work(2), lambda *_: None)
    assert "code of another day" in str(caught.value)


@needs_dask
@pytest.mark.filterwarnings("ignore")
def test_nobody_at_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens, and one that is none, are input errors that name it."""
    monkeypatch.setattr("halfshaft.study.workers._PATIENCE_S", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere://here"):
        with pytest.raises(InputError, match=address):
            Executor(Store(tmp_path), scheduler=address).run(work(2), lambda *_: None)


def test_without_dask_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask is not installed, asking for a cluster says what to install; local work needs no Dask."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"halfshaft\[dask\]"):
        Executor(Store(tmp_path), scheduler="tcp://127.0.0.1:9").run(work(2), lambda *_: None)
    assert len(Executor(Store(tmp_path), 1).run(work(2), lambda *_: None)) == 2


def test_the_environment_says_what_the_last_digit_depends_on() -> None:
    """Equal environments run the function; another one is answered with a refusal that shows both."""
    assert run_there(environment(), divmod, (7, 2)) == (3, 1)
    assert run_there("other", divmod, (7, 2)) == Otherwise("other", environment())
    assert f"numpy {np.__version__}" in environment()
