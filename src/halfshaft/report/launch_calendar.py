"""The launch calendar as our own SVG: when each vehicle starts and changes its units, together and as its partner would alone.

Every vehicle has two lanes over the years: the full one is the joint plan, the outlined one the partner's own plan. A new bar begins where
the plan chooses the units anew; a hollow diamond marks a choice that puts other units in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import LOSS
from halfshaft.report.format import join, plural
from halfshaft.report.names import Names
from halfshaft.report.timeline import HEAD, YearScale, bar, cut, diamond, label, picture

Json = Mapping[str, Any]

_WIDTH, _LEFT = 1060.0, 226.0
_ROW, _LANE, _GROUP = 40.0, 15.0, 26.0


def has_stages(plan: Json) -> bool:
    """Whether the plan says from when to when its units are built in; documents of older studies do not."""
    return bool(plan["assignments"]) and all("to_year" in a and "from_year" in a for a in plan["assignments"])


def stages(plan: Json, vehicle: str) -> list[list[Json]]:
    """A vehicle's assignments by stage, in the order of the years."""
    found: dict[int, list[Json]] = {}
    for a in plan["assignments"]:
        if a["vehicle"] == vehicle:
            found.setdefault(a["from_year"], []).append(a)
    return [found[year] for year in sorted(found)]


def changed(stage: Sequence[Json]) -> bool:
    """Whether a stage puts another unit at any axle than stood there before."""
    return any(a.get("replaces") is not None and a["replaces"] != a["unit"] for a in stage)


def launch_calendar(reference: Json, alone: Mapping[str, Json], vehicles: Sequence[Json], names: Names) -> str:
    """The SVG of all vehicles that the joint plan launches; `vehicles` are the programme's rows with their planned start (sop)."""
    planned = {v["id"]: v for v in vehicles}
    plans = [reference, *alone.values()]
    used = [a for plan in plans for a in plan["assignments"]]
    first = min(min(a["from_year"] for a in used), *(planned[a["vehicle"]]["sop"] for a in used))
    scale = YearScale(first, max(a["to_year"] for a in used), _LEFT, _WIDTH - 6.0)
    rows, y = [], HEAD
    for partner in names.everyone:
        own = [v["id"] for v in vehicles if v["partner"] == partner and stages(reference, v["id"])]
        if not own:
            continue
        rows.append(label(names.partner(partner), 2, y + 17, style="head"))
        y += _GROUP
        for vehicle in sorted(own, key=lambda v: (planned[v]["sop"], names.vehicle(v))):
            rows.append(label(names.vehicle(vehicle), 10, y + _LANE + 5, room=_LEFT - 20))
            for lane, (plan, faint) in enumerate(((reference, False), (alone[partner], True))):
                top = y + 2.0 + lane * (_LANE + 2.0)
                rows.append(_lane(plan, vehicle, planned[vehicle]["sop"], top, scale, names, faint=faint))
            y += _ROW
    return picture([scale.grid(y + 4), *rows], _WIDTH, y + 8.0, "Launch calendar of the vehicles and their units")


def _lane(plan: Json, vehicle: str, sop: int, y: float, scale: YearScale, names: Names, *, faint: bool) -> str:
    colour, parts, marks = names.colour(names.partner_of_vehicle[vehicle]), [], []
    who = "alone" if faint else "together"
    found = stages(plan, vehicle)
    if found and found[0][0]["from_year"] > sop:
        late = found[0][0]["from_year"] - sop
        parts.append(
            f'<line x1="{scale.x(sop):.1f}" y1="{y + _LANE / 2:.1f}" x2="{scale.x(sop + late):.1f}" y2="{y + _LANE / 2:.1f}" '
            f'stroke="{LOSS}" stroke-width="3" stroke-dasharray="4 3"><title>{who}: {plural(late, "year")} late</title></line>'
        )
    for stage in found:
        start, end = stage[0]["from_year"], stage[0]["to_year"]
        x0, x1 = scale.x(start) + 0.8, scale.x(end + 1) - 0.8
        text = join(dict.fromkeys(a["unit"] for a in stage))
        axles = "; ".join(f"{a['axle']} {a['unit']}" for a in stage)
        parts.append(
            bar(x0, x1, y, _LANE, colour, f"{names.vehicle(vehicle)}, {who}, {start}–{end}: {axles}", faint=faint)
        )
        if shown := cut(text, x1 - x0 - 22.0):
            look = "small" if faint else "small on"
            parts.append(f"<g pointer-events='none'>{label(shown, x0 + 12, y + _LANE - 4, style=look)}</g>")
        if changed(stage):
            marks.append(
                diamond(x0, y + _LANE / 2.0, 5.5, colour, f"{who}, {start}: other units than before", hollow=True)
            )
    return "".join(parts + marks)
