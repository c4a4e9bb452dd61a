"""The library of electrical steels: magnetisation curves and loss tables as their sources give them, in ``steels.toml``.

Curves are of the massive sheet; the stacking factor belongs to the machine. A loss table is empty where the source has none.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from halfshaft.drive_unit.geometry.materials import Steel


def steel_names() -> tuple[str, ...]:
    """The steels of the library, in alphabetical order."""
    return tuple(sorted(_library()))


def steel(name: str) -> Steel:
    """A steel by its name. Raises KeyError."""
    row = _library()[name]
    curve, table = row["magnetisation"], row.get("loss", [])
    return Steel(
        name=name,
        h_a_per_m=tuple(float(h) for h, _ in curve),
        b_t=tuple(float(b) for _, b in curve),
        density_kg_per_m3=float(row["density_kg_per_m3"]),
        resistivity_ohm_m=float(row["resistivity_ohm_m"]),
        lamination_thickness_m=float(row["lamination_thickness_m"]),
        loss_table=tuple((float(f), float(b), float(p)) for f, b, p in table),
        source=row["source"],
    )


@cache
def _library() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("steels.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
