"""Who is who in a document: names for ids, and one colour for each partner that holds on the whole page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halfshaft.report.format import currency_symbol

# Partners' colours: told apart by eyes with red-green weakness, and dark enough for white text (contrast above 4.5 : 1).
_PARTNER_COLOURS = ("#1f5f9e", "#b4530a", "#2f7d4f", "#7a3f98")
JOINT_COLOUR = "#4a5261"
# Qualitative colours for vehicles, suppliers and modules: none is a partner's own.
_SERIES_COLOURS = (
    "#3b7ea1", "#d98c3f", "#5a9e6f", "#a35d8f", "#8a6f4d", "#c25b56", "#6b7fb8", "#b8a13a",
    "#4fa3a5", "#8d8d8d", "#d07fa5", "#587b3c", "#9a4f2d", "#45598c", "#7fb3d3", "#c9b18a",
)  # fmt: skip


def series_colour(index: int) -> str:
    """The colour of the n-th vehicle, supplier or module."""
    return _SERIES_COLOURS[index % len(_SERIES_COLOURS)]


@dataclass(frozen=True)
class Names:
    """Names for ids; an id without a name stands for itself."""

    partners: Mapping[str, str]
    vehicles: Mapping[str, str]
    partner_of_vehicle: Mapping[str, str]
    books: Mapping[str, str]
    scenarios: Mapping[str, str]
    plants: Mapping[str, str]
    parts: Mapping[str, str]
    currency: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Names:
        """Read the names from a document that has been checked."""
        programme = document["programme"]

        def by_id(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
            return {row["id"]: row["name"] for row in rows}

        return cls(
            partners=by_id(programme["partners"]),
            vehicles=by_id(programme["vehicles"]),
            partner_of_vehicle={v["id"]: v["partner"] for v in programme["vehicles"]},
            books=by_id(programme["books"]),
            scenarios=by_id(programme["scenarios"]),
            plants=by_id(programme["plants"]),
            parts=by_id(programme["parts"]),
            currency=currency_symbol(programme["currency"]),
        )

    @property
    def million(self) -> str:
        """The unit of money: "M€"."""
        return f"M{self.currency}" if len(self.currency) == 1 else f"M {self.currency}"

    @property
    def everyone(self) -> tuple[str, ...]:
        """All partners' ids in the programme's order."""
        return tuple(self.partners)

    def partner(self, id: str) -> str:
        """A partner's name; "joint" and "shared" are words of their own."""
        return self.partners.get(id, id)

    def vehicle(self, id: str) -> str:
        """A vehicle's name; "all" is a demand's word for every vehicle."""
        return "all vehicles" if id == "all" else self.vehicles.get(id, id)

    def book(self, id: str) -> str:
        """A cost book's name."""
        return self.books.get(id, id)

    def scenario(self, id: str) -> str:
        """A scenario's name."""
        return self.scenarios.get(id, id)

    def plant(self, id: str) -> str:
        """A plant's name."""
        return self.plants.get(id, id)

    def part(self, id: str) -> str:
        """A part's name."""
        return self.parts.get(id, id)

    def parts_of(self, purchases: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """The parts that are bought, in the programme's order."""
        order = list(self.parts)
        found = dict.fromkeys(row["part"] for row in purchases)
        return tuple(sorted(found, key=lambda part: order.index(part) if part in order else len(order)))

    def coalition(self, members: Sequence[str]) -> str:
        """Who plans together, in words."""
        if set(members) == set(self.partners):
            return "together"
        names = [self.partner(m) for m in self.everyone if m in members]
        return f"{names[0]} alone" if len(names) == 1 else " + ".join(names)

    def colour(self, partner: str) -> str:
        """The partner's colour; whoever is no partner (joint, shared) gets the joint colour."""
        if partner not in self.partners:
            return JOINT_COLOUR
        return _PARTNER_COLOURS[self.everyone.index(partner) % len(_PARTNER_COLOURS)]

    def vehicle_colour(self, vehicle: str) -> str:
        """A vehicle's colour in charts of operating points."""
        order = list(self.vehicles)
        return series_colour(order.index(vehicle) if vehicle in order else len(order))

    def vehicles_by_partner(self) -> tuple[str, ...]:
        """Vehicle ids grouped by partner, in the programme's order within each."""
        order = {partner: index for index, partner in enumerate(self.everyone)}
        return tuple(sorted(self.vehicles, key=lambda v: order.get(self.partner_of_vehicle[v], len(order))))
