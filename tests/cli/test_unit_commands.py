"""The unit commands that look at a whole kit: the catalogue and two generations side by side."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HALFSHAFT = str(Path(sys.executable).parent / "halfshaft")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([HALFSHAFT, "unit", *arguments], capture_output=True, text=True, check=False)


def test_the_catalogue_for_people_and_machines(small_folder: Path, small_store: Path, tmp_path: Path) -> None:
    """Tables name the views and the counts; --json is one document; the file is there; the second run only reads."""
    store, out = str(small_store), tmp_path / "units.csv"
    first = run("catalogue", str(small_folder), "--store", store, "--workers", "1", "--out", str(out))
    assert first.returncode == 0, first.stderr
    for words in ("highest efficiency", "lightest", "dominated by another", "8 units written"):
        assert words in first.stdout
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1 + 8
    again = run("catalogue", str(small_folder), "--store", store, "--workers", "1", "--json")
    answer = json.loads(again.stdout)
    assert (answer["units"], answer["motors"], answer["refused"]) == (8, 4, [])
    assert "from the store" in again.stderr


def test_two_generations_for_people_and_machines(small_folder: Path, small_store: Path) -> None:
    """What carries over, what changed and by how much, as tables and as JSON."""
    units = ("short/small/slow", "long/small/slow")
    told = run("compare", str(small_folder), *units, "--store", str(small_store))
    assert told.returncode == 0, told.stderr
    for words in ("carried over", "stack_length_m", "peak_power_w", "stator_copper"):
        assert words in told.stdout
    answer = json.loads(run("compare", str(small_folder), *units, "--store", str(small_store), "--json").stdout)
    assert answer["carried_over"] == ["lamination", "inverter", "gear"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("catalogue", "{p}", "--out", "units.xlsx"), "use .nc, .csv or .json"),
        (("catalogue", "{p}", "--out", "nowhere/units.csv"), "no folder"),
        (("compare", "{p}", "short/small/slow", "none"), "none"),
        (("compare", "{p}", "short/small/slow"), "Missing argument"),
    ],
)
def test_wrong_words_end_with_2(small_folder: Path, small_store: Path, arguments: tuple[str, ...], said: str) -> None:
    """Whatever is wrong is told before any work, with what would be right."""
    done = run(*(word.replace("{p}", str(small_folder)) for word in arguments), "--store", str(small_store))
    assert done.returncode == 2
    assert said in done.stderr


def test_an_interrupted_catalogue_goes_on(small_folder: Path, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and one sentence; the same command goes on from what was stored."""
    command = [HALFSHAFT, "unit", "catalogue", str(small_folder), "--store", str(tmp_path), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("store/*/[0-9a-f]*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from there" in errors
    done = run("catalogue", str(small_folder), "--store", str(tmp_path), "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "from the store" in done.stderr
