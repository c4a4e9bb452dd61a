"""The family over the years as our own SVG: when each module is launched, from which one it is derived, and in whose cars it runs.

Modules stand by kind, a derived one below its parent. A diamond is the launch, an arrow from the parent's diamond says that development is
carried over; bars cover the years in which a partner's cars hold the module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import INK
from halfshaft.report.format import count
from halfshaft.report.names import JOINT_COLOUR, Names
from halfshaft.report.timeline import HEAD, YearScale, bar, diamond, label, picture

Json = Mapping[str, Any]

KINDS = {
    "lamination": "laminations", "rotor": "rotors", "machine": "machines", "inverter": "inverters", "gear": "gears",
    "housing": "housings",
}  # fmt: skip
_WIDTH, _LEFT, _RIGHT = 1060.0, 226.0, 950.0
_ROW, _BAR, _KIND = 28.0, 18.0, 26.0


def has_years(plan: Json) -> bool:
    """Whether the plan says when its modules are launched and built; documents of older studies do not."""
    modules = plan["modules"]
    return bool(modules) and all("pieces_by_partner" in m and "launched" in m for m in modules)


def parent_name(parent: Any) -> str:
    """A parent module's name; a document may give it as (kind, name)."""
    if parent is None:
        return ""
    return str(parent[-1]) if isinstance(parent, list | tuple) else str(parent)


def family_over_the_years(plan: Json, years: Sequence[int], names: Names) -> str:
    """The SVG of one plan's modules over the programme's years, from the first launch on."""
    modules = plan["modules"]
    first = min(years[0], *(m["launched"] for m in modules))
    scale = YearScale(first, years[-1], _LEFT, _RIGHT)
    rows: list[str] = []
    marks: dict[tuple[str, str], tuple[float, float]] = {}
    y = HEAD
    for kind in dict.fromkeys([*KINDS, *(m["kind"] for m in modules)]):
        own = _ordered([m for m in modules if m["kind"] == kind])
        if not own:
            continue
        rows.append(label(KINDS.get(kind, kind).capitalize(), 2, y + 17, style="head"))
        y += _KIND
        for module, depth in own:
            middle = y + _ROW / 2.0
            rows.append(
                label(module["name"], 10 + 14 * depth, middle + 4, room=_LEFT - 40 - 14 * depth)
                + _bars(module, y + (_ROW - _BAR) / 2.0, scale, names)
                + label(count(module["pieces"]), _WIDTH - 4, middle + 4, anchor="end")
            )
            marks[kind, module["name"]] = (scale.x(module["launched"]), middle)
            y += _ROW
    height = y + 6.0
    head = label("pieces, all years", _WIDTH - 4, HEAD - 12, style="head", anchor="end")
    return picture(
        [scale.grid(height), head, *rows, *_carried(modules, marks), *_launches(modules, marks, names)],
        _WIDTH,
        height,
        "Modules of the family over the years",
    )


def _ordered(modules: Sequence[Json]) -> list[tuple[Json, int]]:
    """Modules by launch and name with their depth, each derived one right below its parent."""
    known = {m["name"] for m in modules}
    children: dict[str, list[Json]] = {}
    for m in sorted(modules, key=lambda m: (m["launched"], m["name"])):
        parent = parent_name(m["parent"])
        children.setdefault(parent if parent in known and parent != m["name"] else "", []).append(m)

    def below(parent: str, depth: int) -> list[tuple[Json, int]]:
        return [row for m in children.pop(parent, []) for row in [(m, min(depth, 3)), *below(m["name"], depth + 1)]]

    return below("", 0)


def _bars(module: Json, y: float, scale: YearScale, names: Names) -> str:
    """One lane for each partner whose cars hold the module, broken where a year has no pieces."""
    users = [p for p in names.everyone if module["pieces_by_partner"].get(p)]
    parts = []
    for lane, partner in enumerate(users):
        pieces = {int(year): n for year, n in module["pieces_by_partner"][partner].items()}
        lane_height = _BAR / len(users)
        for start, end in _runs(sorted(pieces)):
            yearly = "; ".join(f"{year}: {count(pieces[year])}" for year in range(start, end + 1))
            parts.append(
                bar(
                    scale.x(start), scale.x(end + 1), y + lane * lane_height, lane_height - (0.8 if len(users) > 1 else 0.0),
                    names.colour(partner), f"{module['name']} in cars of {names.partner(partner)}, pieces: {yearly}",
                )
            )  # fmt: skip
    return "".join(parts)


def _runs(years: Sequence[int]) -> list[tuple[int, int]]:
    """First and last year of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1] = (runs[-1][0], year)
        else:
            runs.append((year, year))
    return runs


def _carried(modules: Sequence[Json], marks: Mapping[tuple[str, str], tuple[float, float]]) -> list[str]:
    """An arrow from each parent's launch to its child's, where the parent is launched no later."""
    parts = []
    for m in modules:
        parent = (m["kind"], parent_name(m["parent"]))
        if parent not in marks or parent[1] == m["name"]:
            continue
        (x0, y0), (x1, y1) = marks[parent], marks[m["kind"], m["name"]]
        if x0 > x1:
            continue
        trunk, tip = x0 - 13.0, x1 - 8.0
        parts.append(
            f'<path d="M{x0 - 6:.1f},{y0:.1f}H{trunk:.1f}V{y1:.1f}H{tip - 5:.1f}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
            f'<polygon points="{tip:.1f},{y1:.1f} {tip - 7:.1f},{y1 - 4:.1f} {tip - 7:.1f},{y1 + 4:.1f}" fill="{INK}"/>'
        )
    return parts


def _launches(modules: Sequence[Json], marks: Mapping[tuple[str, str], tuple[float, float]], names: Names) -> list[str]:
    parts = []
    for m in modules:
        users = [p for p in names.everyone if m["pieces_by_partner"].get(p)]
        colour = names.colour(users[0]) if len(users) == 1 else JOINT_COLOUR
        carried = f", derived from {parent_name(m['parent'])}" if m["parent"] is not None else ""
        x, y = marks[m["kind"], m["name"]]
        parts.append(diamond(x, y, 7.0, colour, f"{m['name']}: launched {m['launched']}{carried}"))
    return parts
