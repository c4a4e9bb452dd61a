"""The family tree as our own SVG: which modules make which unit, and which axle turns with it.

Six columns stand beside each other: lamination, machine, inverter, gear, unit, vehicle axle. Every unit is one path through the
modules that it is made of, and from each unit a path leads to every axle that it drives; a module that several units share is a box
that several paths pass. Colours say whose: a partner's colour where only its vehicles use it, the joint colour where several partners' do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from halfshaft.report.format import fixed
from halfshaft.report.names import JOINT_COLOUR, Names

Json = Mapping[str, Any]

_KINDS = ("lamination", "machine", "inverter", "gear")
_HEADS = ("lamination", "machine", "inverter", "gear", "unit", "vehicle axle")
_WIDTHS = (112, 124, 124, 108, 168, 238)
_GAP_X, _GAP_Y, _HEAD = 46, 10, 26
_BOX, _UNIT_BOX, _AXLE_BOX, _PORT = 34, 48, 23, 9
# Mean advance of a character at the labels' size, px.
_LETTER, _BOLD_LETTER = 6.3, 6.8


@dataclass(frozen=True)
class _Box:
    """A box of the tree: its place, its texts, whose it is, and the units whose paths pass it, from top to bottom."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    title: str
    colour: str
    units: tuple[str, ...]

    def port(self, unit: str) -> float:
        """Height at which a unit's path passes."""
        return self.y + self.height * (self.units.index(unit) + 1) / (len(self.units) + 1)


def family_tree(units: Mapping[str, Json], assignments: Sequence[Json], names: Names) -> str:
    """The SVG of one plan's family. `units` are catalogue rows by name, `assignments` rows of partner, vehicle, axle and unit."""
    # A vehicle that keeps a unit in a later stage is one axle of the tree, not two.
    assignments = list({(a["vehicle"], a["axle"], a["unit"]): a for a in assignments}.values())
    order = _unit_order(units, assignments)
    users = {unit: {a["partner"] for a in assignments if a["unit"] == unit} for unit in order}
    columns: list[list[tuple[str, tuple[str, ...]]]] = [
        *(_module_column(kind, units, order) for kind in _KINDS),
        [(unit, (unit,)) for unit in order],
    ]
    axles = sorted(assignments, key=lambda a: (order.index(a["unit"]), names.everyone.index(a["partner"])))
    sizes = [[_height(members) for _, members in column] for column in columns[:4]] + [[float(_UNIT_BOX)] * len(order)]
    sizes_and_axles: list[list[float]] = [*sizes, [_AXLE_BOX] * len(axles)]
    height = max(sum(s) + _GAP_Y * (len(s) - 1) for s in sizes_and_axles)
    boxes: list[dict[str, _Box]] = []
    x = 1.0
    for index, (column, size) in enumerate(zip(columns, sizes, strict=True)):
        placed: dict[str, _Box] = {}
        for (name, members), y, h in zip(column, _spread(size, height), size, strict=True):
            lines = _lines(name, _WIDTHS[index], index == 4, units.get(name))
            title = _unit_title(units[name]) if index == 4 else f"{_HEADS[index]} {name}: {', '.join(members)}"
            placed[name] = _Box(x, y, _WIDTHS[index], h, lines, title, _colour(members, users, names), members)
        boxes.append(placed)
        x += _WIDTHS[index] + _GAP_X
    axle_boxes = []
    for assignment, y in zip(axles, _spread([_AXLE_BOX] * len(axles), height), strict=True):
        text = f"{names.vehicle(assignment['vehicle'])}, {assignment['axle']}"
        # The axle must stay readable however long the vehicle's name is.
        room = _WIDTHS[5] - _BOLD_LETTER * (len(assignment["axle"]) + 2)
        lines = (f"{_cut(names.vehicle(assignment['vehicle']), room, _BOLD_LETTER)}, {assignment['axle']}",)
        colour = names.colour(assignment["partner"])
        axle_boxes.append(_Box(x, y, _WIDTHS[5], _AXLE_BOX, lines, text, colour, (assignment["unit"],)))
    return _svg(_links(order, units, boxes, axle_boxes, users, names), boxes, axle_boxes, x + _WIDTHS[5] + 1, height)


def _unit_order(units: Mapping[str, Json], assignments: Sequence[Json]) -> list[str]:
    """Units side by side that share a lamination and a machine, by power, so that few paths cross."""
    chosen = list(dict.fromkeys(a["unit"] for a in assignments))
    strongest: dict[str, float] = {}
    for name in chosen:
        for kind in ("lamination", "machine"):
            key = f"{kind} {units[name][kind]}"
            strongest[key] = max(strongest.get(key, 0.0), units[name]["peak_power_kw"])

    def rank(name: str) -> tuple[float, str, float, str, float]:
        unit = units[name]
        lamination, machine = unit["lamination"], unit["machine"]
        return (
            -strongest[f"lamination {lamination}"], lamination, -strongest[f"machine {machine}"], machine, -unit["peak_power_kw"],
        )  # fmt: skip

    return sorted(chosen, key=rank)


def _module_column(kind: str, units: Mapping[str, Json], order: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Modules of a kind with the units that use them, ordered by the middle of their units."""
    users: dict[str, list[str]] = {}
    for unit in order:
        users.setdefault(units[unit][kind], []).append(unit)
    middle = {name: sum(order.index(u) for u in members) / len(members) for name, members in users.items()}
    return [(name, tuple(users[name])) for name in sorted(users, key=lambda n: (middle[n], n))]


def _height(members: Sequence[str]) -> float:
    return max(_BOX, _PORT * (len(members) + 1))


def _spread(sizes: Sequence[float], height: float) -> list[float]:
    """Tops of boxes spread evenly over the height."""
    free = (height - sum(sizes)) / len(sizes)
    tops, y = [], _HEAD + free / 2.0
    for size in sizes:
        tops.append(y)
        y += size + free
    return tops


def _colour(members: Sequence[str], users: Mapping[str, set[str]], names: Names) -> str:
    partners = {partner for unit in members for partner in users[unit]}
    return names.colour(next(iter(partners))) if len(partners) == 1 else JOINT_COLOUR


def _cut(text: str, width: float, letter: float = _LETTER) -> str:
    fits = int((width - 12) / letter)
    return text if len(text) <= fits else text[: fits - 1] + "…"


def _lines(name: str, width: float, is_unit: bool, unit: Json | None) -> tuple[str, ...]:
    if is_unit and unit is not None:
        machine, slash, rest = name.partition("/")
        power = f"{fixed(unit['peak_power_kw'], 0)} kW · {fixed(unit['peak_torque_nm'], 0)} Nm"
        return (power, _cut(machine + slash, width), *([_cut(rest, width)] if rest else []))
    return (_cut(name, width),)


def _unit_title(unit: Json) -> str:
    return (
        f"{unit['name']}: peak {fixed(unit['peak_power_kw'], 1)} kW, continuous {fixed(unit['continuous_power_kw'], 1)} kW, "
        f"{fixed(unit['peak_torque_nm'], 0)} Nm, ratio {unit['ratio']}"
    )


def _links(
    order: Sequence[str],
    units: Mapping[str, Json],
    boxes: Sequence[Mapping[str, _Box]],
    axles: Sequence[_Box],
    users: Mapping[str, set[str]],
    names: Names,
) -> list[str]:
    found = []
    for unit in order:
        row = units[unit]
        stops = [boxes[i][row[kind]] for i, kind in enumerate(_KINDS)] + [boxes[4][unit]]
        parts = [_curve(a, b, a.port(unit), b.port(unit)) for a, b in pairwise(stops)]
        # A path also shows inside the boxes that it passes, else it could not be followed through a shared one.
        parts += [f"M{b.x:.0f},{b.port(unit):.1f}h{b.width:.0f}" for b in stops[1:4]]
        own = _colour((unit,), users, names)
        served = [axle for axle in axles if axle.units == (unit,)]
        first = boxes[4][unit]
        step = first.height / (len(served) + 1)
        ends = "".join(
            f'<path d="{_curve(first, axle, first.y + step * (i + 1), axle.port(unit))}" stroke="{axle.colour}"/>'
            for i, axle in enumerate(served)
        )
        found.append(
            f'<g class="path"><title>{escape(unit)}</title><path d="{" ".join(parts)}" stroke="{own}"/>{ends}</g>'
        )
    return found


def _curve(start: _Box, end: _Box, y0: float, y1: float) -> str:
    x0, x1 = start.x + start.width, end.x
    middle = (x0 + x1) / 2.0
    return f"M{x0:.0f},{y0:.1f}C{middle:.0f},{y0:.1f} {middle:.0f},{y1:.1f} {x1:.0f},{y1:.1f}"


def _svg(
    links: Sequence[str], boxes: Sequence[Mapping[str, _Box]], axles: Sequence[_Box], width: float, height: float
) -> str:
    heads, x = [], 1.0
    for text, w in zip(_HEADS, _WIDTHS, strict=True):
        heads.append(f'<text class="head" x="{x + w / 2:.0f}" y="14" text-anchor="middle">{text}</text>')
        x += w + _GAP_X
    drawn = [_box(box, solid=False) for column in boxes[:4] for box in column.values()]
    drawn += [_box(box, solid=True) for box in [*boxes[4].values(), *axles]]
    return (
        f'<svg class="tree" viewBox="0 0 {width:.0f} {height + _HEAD + 4:.0f}" role="img" '
        f'aria-label="Family tree from laminations to vehicle axles">'
        f"{''.join(heads)}<g class='boxes'>{''.join(drawn)}</g><g class='links'>{''.join(links)}</g>"
        f"<g class='labels'>{''.join(_labels(b, solid=False) for c in boxes[:4] for b in c.values())}</g></svg>"
    )


def _box(box: _Box, *, solid: bool) -> str:
    fill = f'fill="{box.colour}" stroke="{box.colour}"' if solid else f'fill="#ffffff" stroke="{box.colour}"'
    rect = f'<rect x="{box.x:.0f}" y="{box.y:.1f}" width="{box.width}" height="{box.height:.1f}" rx="5" {fill}/>'
    return f"<g><title>{escape(box.title)}</title>{rect}{_labels(box, solid=True) if solid else ''}</g>"


def _labels(box: _Box, *, solid: bool) -> str:
    """Texts in the middle of a box; on a module they carry a white halo, because paths pass behind them."""
    middle = box.y + box.height / 2.0
    texts = []
    for i, line in enumerate(box.lines):
        y = middle + 4.0 + 13.0 * (i - (len(box.lines) - 1) / 2.0)
        kind = ("on" if solid else "off") + (" small" if solid and len(box.lines) > 1 and i else "")
        texts.append(
            f'<text class="{kind}" x="{box.x + box.width / 2:.0f}" y="{y:.1f}" text-anchor="middle">'
            f"{'' if solid else f'<title>{escape(box.title)}</title>'}{escape(line)}</text>"
        )
    return "".join(texts)
