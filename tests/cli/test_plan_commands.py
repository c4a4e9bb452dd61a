"""The commands of the planning room on instance files."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plan"))
from rich_plans import rich_instance
from small_plans import random_instance

from halfshaft.plan.instance_file import instance_document

HALFSHAFT = str(Path(sys.executable).parent / "halfshaft")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([HALFSHAFT, "plan", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def instance_file(tmp_path: Path) -> Path:
    """A small instance with two scenarios."""
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(instance_document(random_instance(2, vehicles=3, most=6, scenarios=2)), indent=1))
    return path


def test_solve_and_check(instance_file: Path, tmp_path: Path) -> None:
    """The plan for people names cost, bound and launches; as JSON it can be checked, and a bent one is found out."""
    told = run("solve", str(instance_file), "--gap", "0.001")
    assert told.returncode == 0, told.stderr
    for words in ("within gap", "development", "Launches", "total"):
        assert words in told.stdout
    answer = run("solve", str(instance_file), "--gap", "0", "--json")
    found = json.loads(answer.stdout)
    assert found["status"] == "within gap"
    assert found["violations"] == []
    plan = tmp_path / "plan.json"
    plan.write_text(answer.stdout)
    checked = run("check", str(instance_file), str(plan))
    assert checked.returncode == 0
    assert "feasible" in checked.stdout
    plan.write_text(json.dumps(found | {"objective": 1e6, "bound": 2.0 * found["objective"]}))
    boasting = run("check", str(instance_file), str(plan))
    assert boasting.returncode == 1
    for words in ("not 1,000,000.00 as stated", "above the plan's cost"):
        assert words in boasting.stdout
    found["decisions"]["scenarios"][0]["purchases"][0]["pieces"] += 500.0
    plan.write_text(json.dumps(found))
    bent = run("check", str(instance_file), str(plan), "--json")
    assert bent.returncode == 1
    assert json.loads(bent.stdout)["violations"]


def test_solve_prints_what_is_reported(instance_file: Path, tmp_path: Path) -> None:
    """Quantities that are counted and not paid stand in the tables under the instance's own name; without any there is no such table."""
    document = json.loads(instance_file.read_text())
    path = tmp_path / "reported.json"
    for slot in document["slots"]:
        slot["reported"] = {}
    path.write_text(json.dumps(document))
    assert "Reported" not in run("solve", str(path), "--gap", "0.01").stdout
    for slot in document["slots"]:
        slot["reported"] = {"carbon kg": [1.0 for _ in slot["options"]]}
    path.write_text(json.dumps(document))
    told = run("solve", str(path), "--gap", "0.01")
    assert told.returncode == 0, told.stderr
    assert "Reported" in told.stdout
    row = next(line for line in told.stdout.splitlines() if "carbon kg" in line)
    answer = json.loads(run("solve", str(path), "--gap", "0.01", "--json").stdout)
    assert float(row.split("│")[2].replace(",", "")) == pytest.approx(answer["reported"]["carbon kg"], rel=1e-3)


def test_scenarios(instance_file: Path) -> None:
    """Values of uncertainty as intervals, and a regret for each family and scenario."""
    answer = run("scenarios", str(instance_file), "--gap", "0.001", "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert set(found["regret"]) == {"all scenarios", "mean scenario", "w0", "w1"}
    assert found["regret"]["w0"]["w0"] == {"low": 0.0, "high": 0.0}
    assert found["value_of_perfect_information"]["high"] >= 0.0
    told = run("scenarios", str(instance_file))
    assert "value of perfect information" in told.stdout


def test_bad_input_ends_with_two(tmp_path: Path, instance_file: Path) -> None:
    """A mistake, an impossible problem and options that make no sense end with exit code 2 and say why."""
    data = json.loads(instance_file.read_text())
    data["slots"][0]["site"] = "nowhere"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(data, indent=1))
    answer = run("solve", str(wrong), "--json")
    assert answer.returncode == 2
    problem = json.loads(answer.stdout)["problems"][0]
    assert (problem["field"], problem["value"]) == ("slots.0.site", "nowhere")
    data["slots"][0]["site"] = data["sites"][0]["id"]
    for line in data["lines"]:
        line.update(existing=0, most=0, overflow_cost=None)
    wrong.write_text(json.dumps(data))
    answer = run("solve", str(wrong))
    assert answer.returncode == 2
    assert "loosen one of these" in answer.stderr
    assert run("solve", str(instance_file), "--partner", "a").returncode == 2


def test_an_export_needs_its_folder(tmp_path: Path) -> None:
    """Told before anything is computed, and nothing is written."""
    answer = run("export", "examples/two_partners", str(tmp_path / "nowhere" / "instance.json"))
    assert answer.returncode == 2
    assert "make it, or name another" in " ".join(answer.stderr.replace("│", " ").split())
    assert not (tmp_path / "nowhere").exists()


def test_paths_are_drawn_and_not_named(tmp_path: Path) -> None:
    """An exported problem under sampled paths: equally likely, the same for the same seed; named scenarios beside them are refused."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    for path in (first, second):
        answer = run(
            "export",
            "examples/two_partners",
            str(path),
            "--paths",
            "3",
            "--seed",
            "7",
            "--out",
            str(tmp_path / "store"),
        )
        assert answer.returncode == 0, answer.stderr
    assert first.read_text() == second.read_text()
    scenarios = json.loads(first.read_text())["scenarios"]
    assert [s["id"] for s in scenarios] == ["path_1", "path_2", "path_3"]
    assert sum(s["probability"] for s in scenarios) == pytest.approx(1.0)
    assert len({json.dumps(s["cars"]) for s in scenarios}) == 3
    both = run(
        "export",
        "examples/two_partners",
        str(first),
        "--paths",
        "3",
        "--scenario",
        "plan",
        "--out",
        str(tmp_path / "store"),
    )
    assert both.returncode == 2
    assert "leave out one of them" in " ".join(both.stderr.replace("│", " ").split())


def test_schema() -> None:
    """The schema is JSON and names the format."""
    assert json.loads(run("schema").stdout)["properties"]["format"]["const"] == "halfshaft plan 1"


def test_an_interrupt_gives_the_best_plan(tmp_path: Path) -> None:
    """Ctrl-C after a first plan is told: the answer has a plan, a bound and says that it was interrupted."""
    path = tmp_path / "hard.json"
    path.write_text(json.dumps(instance_document(rich_instance(3, scenarios=4, quarters=True))))
    command = [HALFSHAFT, "plan", "solve", str(path), "--gap", "0", "--json", "--time-limit", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "cost" in line:
                process.send_signal(signal.SIGINT)
                break
        out, _ = process.communicate(timeout=120)
    answer = json.loads(out)
    assert process.returncode == 0
    assert answer["status"] in ("interrupted", "within gap")
    assert answer["bound"] <= answer["objective"]
    assert answer["violations"] == []
