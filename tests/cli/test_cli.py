"""The command as people and machines use it: exit codes, errors, JSON, help with examples."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_programme import write_programme
from typer.testing import CliRunner

from halfshaft.cli.app import app

HALFSHAFT = str(Path(sys.executable).parent / "halfshaft")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([HALFSHAFT, *arguments], capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def finished(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, made by the command."""
    out = tmp_path_factory.mktemp("study")
    done = run("study", str(small_folder), "--out", str(out), "--workers", "1", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert Path(answer["report"]).stat().st_size > 100_000
    assert answer["saving"]["outlooks"]
    return out


def test_bad_input_ends_with_2_and_says_all(tmp_path: Path) -> None:
    """Exit code 2, every problem on a line of stderr, nothing half-written; with --json the problems as data."""
    folder = write_programme(
        tmp_path / "p", {"vehicles/ada_suv.yaml": ("test_mass: {value: 2.2 t", "test_mass: {value: 2.2 V")}
    )
    done = run("study", str(folder), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "vehicles/ada_suv.yaml:5: test_mass" in done.stderr
    assert not (tmp_path / "out" / "report.html").exists()
    told = run("programme", "check", str(folder), "--json")
    assert told.returncode == 2
    (problem,) = json.loads(told.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["field"]) == ("vehicles/ada_suv.yaml", 5, "test_mass")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("unit", "map", "{p}", "no/such/unit"), "known: "),
        (("vehicle", "drive", "{p}", "nobody"), "known: "),
        (("vehicle", "certify", "{p}/none.csv", "--programme", "{p}"), "no such file"),
        (("vehicle", "certify", "{p}/programme.yaml", "--programme", "{p}"), "columns are missing"),
        (("vehicle", "certify", "{p}/none.csv", "--programme", "{p}", "--out", "there.json"), "name a .csv file"),
        (("vehicle", "drive", "{p}", "ada_suv"), "--rear"),
        (("vehicle", "drive", "{p}", "ada_suv", "--rear", "long/large/slow", "--cycle", "jc08"), "wltc_3b"),
        (("plan", "solve", "{p}", "--partner", "eve"), "known: ada, bob"),
        (("plan", "solve", "{p}", "--book", "lore"), "known: "),
        (("alliance", "split", "{p}"), "no finished study here"),
        (("serve", "{p}"), "no finished study here"),
        (("study", "{p}/nowhere"), "no such programme folder"),
        (("study",), "Missing argument"),
        (("study", "{p}", "--workers", "0"), "workers"),
        (("fly",), "No such command"),
    ],
)
def test_wrong_words_end_with_2(small_folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Whatever is wrong on the command line is told with what would be right."""
    done = run(*(word.replace("{p}", str(small_folder)) for word in arguments), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "something else"}'])
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, content: str) -> None:
    """A torn file, another shape and another schema are told apart from a study, before anything is drawn from them."""
    (tmp_path / "study.json").write_text(content)
    for command in (("report",), ("alliance", "split"), ("negotiation", "prices")):
        done = run(*command, str(tmp_path))
        assert done.returncode == 2
        assert "halfshaft study" in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_every_command_has_an_example() -> None:
    """Each command's help ends with an example that names the command."""
    from typer.main import get_group

    runner = CliRunner()
    seen = 0
    for name, command in get_group(app).commands.items():
        names = [[name]] if not hasattr(command, "commands") else [[name, inner] for inner in command.commands]
        for words in names:
            text = runner.invoke(app, [*words, "--help"]).stdout
            assert "Example: " in text, words
            assert f"halfshaft {' '.join(words)}" in " ".join(text.split())
            seen += 1
    assert seen >= 13


def test_single_rooms_answer_in_json(small_folder: Path, finished: Path) -> None:
    """Every room's --json is one JSON document, and rooms agree with the study."""
    study = json.loads((finished / "study.json").read_text())
    units = json.loads(run("unit", "list", str(small_folder), "--out", str(finished), "--json").stdout)
    assert units == study["catalogue"]["units"]
    plan = json.loads(run("plan", "solve", str(small_folder), "--out", str(finished), "--json").stdout)
    assert plan["bound_m"] <= study["plans"]["reference"]["cost_m"] + 1e-6
    overlap = json.loads(run("requirements", "overlap", str(small_folder), "--out", str(finished), "--json").stdout)
    assert overlap == study["overlap"]
    (check,) = json.loads(
        run("requirements", "check", str(small_folder), "--vehicle", "bob_awd", "--out", str(finished), "--json").stdout
    )
    assert check["vehicle"] == "bob_awd"
    assert json.loads(run("alliance", "split", str(finished), "--json").stdout) == study["alliance"]
    assert json.loads(run("negotiation", "prices", str(finished), "--json").stdout) == study["negotiation"]


def test_the_report_is_drawn_again(finished: Path, tmp_path: Path) -> None:
    """`report` makes the same page from study.json alone."""
    assert run("report", str(finished), "--out", str(tmp_path / "again.html")).returncode == 0
    assert (tmp_path / "again.html").read_bytes() == (finished / "report.html").read_bytes()


def test_a_partner_sees_its_own(finished: Path) -> None:
    """Ada's view names Ada's car and says what is withheld; Bob's cars, volumes and demands are nowhere in it."""
    done = run("alliance", "view", str(finished), "--partner", "ada")
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert view["withheld"]
    assert "ada_suv" in done.stdout
    for secret in ("bob_sedan", "bob_awd", "BOB-1", "65000"):
        assert secret not in done.stdout


def test_tables_for_people(small_folder: Path, finished: Path) -> None:
    """Without --json a study prints its saving, its family and where the report is."""
    done = run("study", str(small_folder), "--out", str(finished), "--workers", "1")
    assert done.returncode == 0
    for words in (
        "Saving together",
        "Family",
        "Purchase",
        "Production",
        "Split of the joint cost",
        "report.html",
        "assumptions",
    ):
        assert words in done.stdout
    assert "from the store" in done.stderr
    # Another process with another hash seed: whatever order its sets have, nothing is computed again.
    stages = {stage["name"]: stage for stage in json.loads((finished / "study.json").read_text())["run"]["stages"]}
    for name in ("catalogue", "verification", "plan", "negotiation"):
        assert stages[name]["stored"] == stages[name]["steps"], name


def test_an_interrupt_ends_with_130(small_folder: Path, tmp_path: Path) -> None:
    """Ctrl-C ends the run at once with 130 and one sentence; no worker stays behind, and the next run goes on."""
    process = subprocess.Popen(
        [HALFSHAFT, "study", str(small_folder), "--out", str(tmp_path), "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 600  # the first result is a field: on a busy machine it may take minutes
    while not list(tmp_path.glob("store/*/[0-9a-f]*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "goes on from there" in errors
    assert "Traceback" not in errors
    done = run("study", str(small_folder), "--out", str(tmp_path), "--workers", "1")
    assert done.returncode == 0
    assert "from the store" in done.stderr


def test_the_machine_commands_answer_as_json_and_write_their_files(tmp_path: Path) -> None:
    """draw, export and point on a built-in machine and on its FEMM document."""
    drawn = run("machine", "draw", "prius_2004", "--out", "m.svg", "--json", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    assert json.loads(drawn.stdout)["poles"] == 8
    assert (tmp_path / "m.svg").read_text(encoding="utf-8").startswith("<svg")
    assert run("machine", "export", "prius_2004", "m.fem", cwd=tmp_path).returncode == 0
    coarse = ("--order", "1", "--divisions", "60", "--positions", "6", "--json")
    for machine in ("prius_2004", "m.fem"):
        done = run("machine", "point", machine, "--id-a", "-100", "--iq-a", "150", *coarse, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert {"mean_torque_nm", "psi_d_wb", "psi_q_wb", "psi_f_wb", "losses_w"} <= set(json.loads(done.stdout))


def test_a_machine_that_is_none_ends_with_2(tmp_path: Path) -> None:
    """Exit code 2 and the file's line, as for every other input."""
    text = (Path(__file__).parents[2] / "examples/machines/flat_ipm.yaml").read_text(encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(text.replace("air_gap: 0.6 mm", "air_gap: -0.6 mm"), encoding="utf-8")
    done = run("machine", "draw", "bad.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "bad.yaml:" in done.stderr
    assert "gap" in done.stderr
    assert not (tmp_path / "bad.svg").exists()
