"""The energy of one cycle as a Sankey diagram in our own SVG: from the wall to tyres, air, brakes and losses.

Only leaves are read from the document: what ends as heat or motion. Every node's flow is the sum of what leaves it, so inflow equals
outflow at each drawn node by construction, and the wall's figure of the document is what the sum can be checked against. What the units
take back of braking leaves the wheels at the top and flows back to the battery; its loss on the way back is part of the units' losses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from halfshaft.report.format import fixed

Json = Mapping[str, Any]

# Leaves below this share of the wall's energy are drawn as one.
_SMALL = 0.005
_WIDTH, _BAR, _TRUNK = 1180, 12, 176.0
_WALL, _BATTERY, _UNITS, _WHEELS = 14, 250, 556, 806
_LEAVES_CAR, _LEAVES_UNIT, _LEAVES_ROAD = 372, 784, 952
_LOSS_NODE = 690
_SLOT, _HEADER, _TOP = 19.0, 22.0, 22.0

_PARTS = {
    "machine": "machine",
    "inverter": "inverter",
    "gear": "gear",
    "slip": "tyre slip",
    "switching_and_cold_oil": "switching and cold oil",
}
_ROAD = {
    "air": "Air drag",
    "rolling": "Rolling resistance",
    "friction_brake": "Friction brakes",
    "climb": "Climb",
    "inertia": "Left as speed",
}


@dataclass(frozen=True)
class Leaf:
    """An end of the flow: what it is called, how much ends there in Wh/km, and its class of colour."""

    name: str
    value: float
    style: str


@dataclass(frozen=True)
class Tree:
    """The flow of one cycle in Wh/km: leaves by the node that they leave, and what flows back from wheels to battery."""

    charging: tuple[Leaf, ...]
    battery: tuple[Leaf, ...]
    units: Mapping[str, tuple[Leaf, ...]]
    road: tuple[Leaf, ...]
    recuperated: float

    @property
    def wheels(self) -> float:
        """Through the wheels: what the road takes and what flows back."""
        return _sum(self.road) + self.recuperated

    @property
    def drive(self) -> float:
        """Into the drive units: to the wheels, and their losses."""
        return self.wheels + sum(_sum(leaves) for leaves in self.units.values())

    @property
    def terminals(self) -> float:
        """Through the battery: to units and auxiliaries, and its own loss. Comes from the charger and from the wheels."""
        return self.drive + _sum(self.battery)

    @property
    def wall(self) -> float:
        """From the wall."""
        return self.terminals - self.recuperated + _sum(self.charging)


def flow_tree(flows: Json) -> Tree:
    """The tree of a cycle's `flows_wh_per_km`; leaves that are too small to see are gathered under one name at each node."""
    least = _SMALL * flows["wall"]
    axles = [axle for axle in ("front", "rear") if flows.get(axle)]
    return Tree(
        charging=_leaves([("Charging", flows["charging_loss"], "loss")], least),
        battery=_leaves(
            [("Auxiliaries", flows["auxiliary"], "aux"), ("Battery", flows["battery_loss"], "loss")],
            least,
            "Auxiliaries and battery",
        ),
        units={
            axle: _leaves([(name, flows[axle].get(part, 0.0), "loss") for part, name in _PARTS.items()], least)
            for axle in axles
        },
        road=_leaves(
            [(name, flows[key], "brake" if key == "friction_brake" else "road") for key, name in _ROAD.items()], least
        ),
        recuperated=max(flows["recuperated"], 0.0),
    )


def energy_sankey(cycle: Json, vehicle: str) -> str:
    """The SVG of one cycle that the vehicle follows."""
    tree = flow_tree(cycle["flows_wh_per_km"])
    return _Drawing(tree).svg(f"{vehicle}, {cycle['name']}: energy from the wall to the road")


def _leaves(found: Sequence[tuple[str, float, str]], least: float, together: str = "other") -> tuple[Leaf, ...]:
    large = [Leaf(*row) for row in found if row[1] >= least]
    small = [row for row in found if row[1] < least and row[1] != 0.0]
    rest = sum(row[1] for row in small)
    # A remainder below a ten-thousandth of the wall's energy is rounding.
    if small and rest > 0.02 * least:
        name = small[0][0] if len(small) == 1 else (together if not large else "other")
        large.append(Leaf(name, rest, small[0][2]))
    elif large and rest < -0.02 * least:
        # What gives energy back, as oil warmer than the map's, is taken off the largest of its group: no band runs against the flow.
        most = max(range(len(large)), key=lambda k: large[k].value)
        less = ", ".join(row[0] for row in small if row[1] < 0.0)
        large[most] = replace(large[most], name=f"{large[most].name}, less {less}", value=large[most].value + rest)
    return tuple(large)


def _sum(leaves: Sequence[Leaf]) -> float:
    return sum(leaf.value for leaf in leaves)


class _Drawing:
    """Places bands and labels. The trunk runs level from left to right, braking flows back above it, losses leave below it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.scale = _TRUNK / tree.terminals
        self.bands: list[str] = []
        self.bars: list[str] = []
        self.labels: list[str] = []
        self.back = tree.recuperated * self.scale
        self.y0 = _TOP + self.back + 34.0
        self.bottom = self.y0

    def svg(self, title: str) -> str:
        tree, y0 = self.tree, self.y0
        self._trunk()
        road_end = self._fan(_WHEELS, y0 + self.back, tree.road, _LEAVES_ROAD, y0 + self.back - 2.0)
        self._unit_losses(max(road_end, y0 + tree.drive * self.scale) + 16.0)
        # Below the trunk, from the top: what leaves furthest to the right, so that no bands cross.
        below = y0 + tree.terminals * self.scale + 20.0
        end = self._fan(_BATTERY, y0 + tree.drive * self.scale, tree.battery, _LEAVES_CAR, below)
        self._fan(_WALL, y0 + tree.terminals * self.scale, tree.charging, _LEAVES_CAR, max(end, below))
        self._recuperation()
        what = f"{title}. " + "; ".join(
            f"{leaf.name} {fixed(leaf.value, 1)}" for leaf in (*tree.road, *tree.battery, *tree.charging)
        )
        losses = "; ".join(f"{axle} unit {fixed(_sum(leaves), 1)}" for axle, leaves in tree.units.items())
        return (
            f'<svg class="op sankey" viewBox="0 0 {_WIDTH} {self.bottom + 6:.0f}" role="img">'
            f"<title>{escape(title)}</title><desc>{escape(what)}; losses of {escape(losses)}; recuperated "
            f"{fixed(tree.recuperated, 1)} Wh/km</desc>"
            f"{''.join(self.bands)}{''.join(self.bars)}{''.join(self.labels)}</svg>"
        )

    def _trunk(self) -> None:
        tree, y0, scale = self.tree, self.y0, self.scale
        wall_top = y0 + self.back
        inner = tree.wall - _sum(tree.charging)
        for x0, x1, top, value, text in (
            (_WALL, _BATTERY, wall_top, inner, "into the battery"),
            (_BATTERY, _UNITS, y0, tree.drive, "to the drive units"),
            (_UNITS, _WHEELS, y0, tree.wheels, "to the wheels"),
        ):
            self._band(x0 + _BAR, x1, top, top, value, "trunk", text)
            middle, height = (x0 + _BAR + x1) / 2.0, top + value * scale / 2.0
            # The band that flows back turns down just before the battery, so the first label stands further left.
            spot, anchor = (middle, "op-t op-mid") if x0 != _WALL else (_WALL + _BAR + 12.0, "op-t")
            self._text(spot, height - 3.0, text, anchor)
            self._text(spot, height + 13.0, _amount(value), f"{anchor} op-b")
        for x, top, value, name in (
            (_WALL, wall_top, tree.wall, "Wall"),
            (_BATTERY, y0, tree.terminals, "Battery"),
            (_UNITS, y0, tree.drive, "Drive units"),
            (_WHEELS, y0, tree.wheels, "Wheels"),
        ):
            self._bar(x, top, value, name)
            anchor = "op-t op-b" if x == _WALL else "op-t op-b op-mid"
            self._text(
                x if x == _WALL else x + _BAR / 2.0,
                top - 7.0,
                f"{name} {_amount(value)}" if x == _WALL else name,
                anchor,
            )

    def _unit_losses(self, y: float) -> None:
        """One node for the losses of each axle's unit, its parts beside it."""
        start = self.y0 + self.tree.wheels * self.scale
        for axle, leaves in self.tree.units.items():
            total = _sum(leaves)
            if not leaves:
                continue
            node = y + _HEADER
            self._band(_UNITS + _BAR, _LOSS_NODE, start, node, total, "loss", f"{axle} unit, all losses")
            self._bar(_LOSS_NODE, node, total, f"{axle} unit, all losses")
            self._text(_LOSS_NODE, y + 14.0, f"Losses of the {axle} unit, {_amount(total)}", "op-t op-b")
            y = self._fan(_LOSS_NODE, node, leaves, _LEAVES_UNIT, node) + 8.0
            start += total * self.scale

    def _fan(self, x: float, top: float, leaves: Sequence[Leaf], end: float, y: float) -> float:
        """Bands from a node's right edge to a list of ends with labels; returns where the list ends."""
        for leaf in leaves:
            width = leaf.value * self.scale
            slot = max(width, _SLOT - 3.0)
            at = y + (slot - width) / 2.0
            self._band(x + _BAR, end, top, at, leaf.value, leaf.style, leaf.name)
            self._bar(end, at, leaf.value, leaf.name, narrow=True)
            self.labels.append(
                f'<text class="op-t" x="{end + 11:.0f}" y="{at + width / 2.0 + 4.2:.1f}">{escape(leaf.name)} '
                f'<tspan class="op-b">{_amount(leaf.value)}</tspan></text>'
            )
            top += width
            y += slot + 4.0
        self.bottom = max(self.bottom, y)
        return y

    def _recuperation(self) -> None:
        """The way back: out of the wheels at the top, up, left above the trunk, and down into the battery."""
        if self.tree.recuperated <= 0.0:
            return
        wide = self.back
        lane, port = _TOP + wide / 2.0, self.y0 + wide / 2.0
        r = (port - lane) / 2.0
        right, left = _WHEELS + _BAR + 10.0, _BATTERY - 10.0
        title = f"Recuperated at the tyres: {_amount(self.tree.recuperated)}"
        self.bands.append(
            f'<path class="op-back" stroke-width="{wide:.1f}" d="M{_WHEELS + _BAR},{port:.1f}H{right:.0f}'
            f"a{r:.1f},{r:.1f} 0 0 0 0,{-2 * r:.1f}H{left:.0f}a{r:.1f},{r:.1f} 0 0 0 0,{2 * r:.1f}H{_BATTERY}"
            f'"><title>{title}</title></path>'
        )
        y = lane + 4.2 if wide >= 16.0 else _TOP - 6.0
        self.labels.append(
            f'<text class="op-t op-mid" x="{(_BATTERY + _WHEELS) / 2:.0f}" y="{y:.1f}">← recuperated, at the tyres '
            f'<tspan class="op-b">{_amount(self.tree.recuperated)}</tspan></text>'
        )

    def _band(self, x0: float, x1: float, y0: float, y1: float, value: float, style: str, name: str) -> None:
        width = value * self.scale
        m = (x0 + x1) / 2.0
        share = f"{fixed(100.0 * value / self.tree.wall, 1)} % of the wall's"
        self.bands.append(
            f'<path class="op-{style}" d="M{x0:.0f},{y0:.1f}C{m:.0f},{y0:.1f} {m:.0f},{y1:.1f} {x1:.0f},{y1:.1f}v{width:.1f}'
            f'C{m:.0f},{y1 + width:.1f} {m:.0f},{y0 + width:.1f} {x0:.0f},{y0 + width:.1f}z">'
            f"<title>{escape(name)}: {_amount(value)}, {share}</title></path>"
        )

    def _bar(self, x: float, y: float, value: float, name: str, *, narrow: bool = False) -> None:
        height = max(value * self.scale, 1.0)
        self.bars.append(
            f'<rect class="op-bar" x="{x:.0f}" y="{y:.1f}" width="{4 if narrow else _BAR}" height="{height:.1f}">'
            f"<title>{escape(name)}: {_amount(value)}</title></rect>"
        )
        self.bottom = max(self.bottom, y + height)

    def _text(self, x: float, y: float, text: str, style: str) -> None:
        self.labels.append(f'<text class="{style}" x="{x:.0f}" y="{y:.1f}">{escape(text)}</text>')


def _amount(value: float) -> str:
    return f"{fixed(value, 1 if value >= 9.995 else 2)} Wh/km"
