"""The small programme of `examples/two_partners`, copied to disk for tests, with or without damage.

Every figure in it is invented; only that it is complete, quick to solve and easy to break matters here.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "two_partners"
FILES: dict[str, str] = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.yaml"))
}


def write_programme(
    folder: Path, changes: dict[str, tuple[str, str]] | None = None, without: tuple[str, ...] = ()
) -> Path:
    """Write the programme below `folder`. `changes` maps a file to (text, replacement); the text must stand in it exactly once."""
    for name, text in FILES.items():
        if name in without:
            continue
        if changes and name in changes:
            old, new = changes[name]
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
