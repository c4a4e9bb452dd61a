"""The documentation's snippets run, its words are the code's words, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the examples, in which the snippets may write."""
    shutil.copytree(ROOT / "examples" / "two_partners", tmp_path / "examples" / "two_partners")
    return tmp_path


def test_the_tutorial_runs(workplace: Path) -> None:
    """Every console line and every Python block of the tutorial runs in order, the latter in one session."""
    _run_page("tutorial.md", workplace, least_blocks=9)
    assert (workplace / "study/tutorial/report.html").stat().st_size > 100_000
    assert (workplace / "study/tutorial/map.nc").exists()


def test_the_page_on_machines_runs(workplace: Path) -> None:
    """As the tutorial."""
    _run_page("machines.md", workplace, least_blocks=6)
    assert "<svg" in (workplace / "field.svg").read_text(encoding="utf-8")
    assert (workplace / "prius.nc").exists()
    assert "<svg" in (workplace / "loci.svg").read_text(encoding="utf-8")


def test_the_page_on_kits_runs(workplace: Path) -> None:
    """As the tutorial."""
    _run_page("kit.md", workplace, least_blocks=2)
    assert (workplace / "units.csv").read_text(encoding="utf-8").count("\n") == 1 + 8


def test_the_page_on_unit_maps_runs(workplace: Path) -> None:
    """As the tutorial."""
    _run_page("unit-maps.md", workplace, least_blocks=3)
    assert "<svg" in (workplace / "map_control.svg").read_text(encoding="utf-8")
    assert (workplace / "map.csv").read_text(encoding="utf-8").startswith("dc_voltage_v,speed_rpm,torque_nm,loss_w,")


def _run_page(page: str, workplace: Path, least_blocks: int) -> None:
    blocks = _BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(blocks) >= least_blocks
    python = ""
    for kind, text in blocks:
        if kind == "python":
            python += text
            subprocess.run(
                [sys.executable, "-W", "error", "-c", python], cwd=workplace, check=True, capture_output=True
            )
            continue
        for line in text.splitlines():
            program, *arguments = shlex.split(line.removeprefix("$ "))
            command = [str(Path(sys.executable).parent / program), *arguments]
            done = subprocess.run(command, cwd=workplace, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            assert done.stdout.strip()


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link of every page names a file or folder of the project."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_the_glossary_uses_the_codes_words() -> None:
    """Every name that the glossary sets in code type stands in the source."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    for name in re.findall(r"`([A-Za-z_]+)`", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")):
        assert name in source, f"the glossary names {name}, the source does not"


def test_no_file_names_a_registry() -> None:
    """No file of the project names the address of a package registry."""
    addresses = re.compile(
        "|".join(("pypi" + r"\.org", "registry" + r"\.npmjs", "files" + r"\.pythonhosted", r"deb\.debian" + r"\.org"))
    )
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            assert not addresses.search(path.read_text(encoding="utf-8", errors="ignore")), name
