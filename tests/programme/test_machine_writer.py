"""A written machine file reads back as the machine that was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from halfshaft.programme.machine_file import load_machine, machine_names
from halfshaft.programme.machine_writer import machine_yaml

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "machines").glob("*.yaml"))


@pytest.mark.parametrize("machine", [*machine_names(), *EXAMPLES], ids=str)
def test_what_is_written_reads_back(machine: str | Path, tmp_path: Path) -> None:
    """Every built-in and example machine survives the way to disk and back, to the bit but for the notes on what is assumed."""
    template = load_machine(machine).template
    path = tmp_path / "machine.yaml"
    path.write_text(machine_yaml(template, "a test", "first line\nsecond"), encoding="utf-8")
    read = load_machine(path).template
    assert replace(read, notes=()) == replace(template, notes=())
    assert path.read_text(encoding="utf-8").startswith("# first line\n# second\n")


def test_its_figures_rest_on_the_assumption_that_was_given(tmp_path: Path) -> None:
    """What made the machine stands with every figure that has no source."""
    path = tmp_path / "machine.yaml"
    path.write_text(machine_yaml(load_machine("zoe").template, "found by a search"), encoding="utf-8")
    notes = {figure.note for figure in load_machine(path).ledger.assumptions}
    assert notes == {"found by a search"}
