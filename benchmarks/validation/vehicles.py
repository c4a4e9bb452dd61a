"""The reference programme's cars, with the units that they were built with, against certified figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from check import Chapter, Check

from halfshaft.study.rooms import Rooms

ROOT = Path(__file__).resolve().parents[2]


def chapter(data: Path) -> Chapter:
    """All cars that have certified figures."""
    with tempfile.TemporaryDirectory() as store:
        rows = Rooms(ROOT / "examples" / "gen5", store, 2).certified()
    checks = [
        Check(
            f"{row['vehicle']}: {', '.join(f'{axle} {unit}' for axle, unit in row['units'].items())}", row["figure"],
            row["computed"], row["published"], row["unit"], "certified" if row["unit"] == "Wh/km" else "published",
            "certification lists and makers, as the vehicle's file in examples/gen5 names them",
        )
        for row in rows
        if row["computed"] is not None
    ]  # fmt: skip
    return Chapter(
        "Cars",
        "Cars of `examples/gen5` with the units that stand for those they were built with. No constant is fitted per car.",
        tuple(checks),
    )
