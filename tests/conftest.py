"""Fixtures that several rooms share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings
from small_programme import write_programme

from halfshaft.study import Study, run_study

# How long an example takes says more about the machine than about the code: timings live in benchmarks.
settings.register_profile("halfshaft", deadline=None)
settings.load_profile("halfshaft")
# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small programme on disk."""
    return write_programme(tmp_path_factory.mktemp("programme"))


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the small study keeps its results."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def small_study(small_folder: Path, small_store: Path) -> Study:
    """The small programme's study, run once in this process."""
    return run_study(small_folder, store=small_store, workers=1)
