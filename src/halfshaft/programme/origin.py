"""Rules of origin between the United Kingdom and the European Union, for the headings that a drive unit and its car touch.

A good made in one zone enters the other without duty when it originates there. The Trade and Cooperation Agreement says for each tariff
heading what that takes, as routes of which one is enough: a change of heading (CTH: no foreign material stands in the good's own heading,
nor in those excepted), a largest share of foreign material in the ex-works price (MaxNOM), or both. Batteries and electric cars have softer
rules up to the end of 2026. Materials of either party count as originating (bilateral cumulation); what is *foreign* here is from neither.

Sources. Product rules: Annex ORIG-2 (later Annex 3) of the agreement, OJ L 149 of 30 April 2021; for batteries and electric cars Annex
ORIG-2B (Annex 5), as extended to 31 December 2026 by the Partnership Council's decision of 21 December 2023 (UK tariff stop press notice of
22 December 2023). Transcribed here, heading by heading. Left out are the tolerance of a tenth of the price on the change of heading, the
change of subheading and the rule on cathode materials, which need data below a part's heading: a claim made here is the harder one.
This is a help for planning, not customs advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Duties fall due between the zones from this year on: until 31 December 2020 they were one customs union.
FIRST_YEAR = 2021
LAST_TRANSITIONAL_YEAR = 2026


@dataclass(frozen=True)
class Route:
    """One way in which a good originates.

    `change` demands a change of tariff heading for every foreign material, `except_from` names headings that foreign material may not come
    from beside the good's own. `most_foreign` is the largest foreign share of the ex-works price, dimensionless; None: not limited.
    `assembly` takes any foreign material as long as the good is put together here. `originating` names headings that must not be foreign.
    The route holds in calendar years `first` to `last`.
    """

    change: bool = False
    except_from: tuple[str, ...] = ()
    most_foreign: float | None = None
    assembly: bool = False
    originating: tuple[str, ...] = ()
    first: int = FIRST_YEAR
    last: int | None = None

    def holds_in(self, year: int) -> bool:
        """Whether the route exists in a calendar year."""
        return self.first <= year and (self.last is None or year <= self.last)


@dataclass(frozen=True)
class ProductRule:
    """The rule of one heading: what it covers, and its routes, of which one is enough."""

    heading: str
    covers: str
    routes: tuple[Route, ...]

    def routes_in(self, year: int) -> tuple[Route, ...]:
        """Routes that exist in a calendar year."""
        return tuple(route for route in self.routes if route.holds_in(year))


_CHANGE_OR_HALF = (Route(change=True), Route(most_foreign=0.5))
_UNTIL, _FROM = LAST_TRANSITIONAL_YEAR, LAST_TRANSITIONAL_YEAR + 1

RULES: Mapping[str, ProductRule] = {
    rule.heading: rule
    for rule in (
        ProductRule("8483", "shafts, gears and gear boxes, bearing housings", _CHANGE_OR_HALF),
        ProductRule("8501", "electric motors and generators", (Route(change=True, except_from=("8503",)), Route(most_foreign=0.5))),
        ProductRule("8503", "parts of electric motors: stators, rotors, laminations", _CHANGE_OR_HALF),
        ProductRule("8504", "static converters: inverters", _CHANGE_OR_HALF),
        ProductRule(
            "8507",
            "battery packs that drive a car",
            (
                Route(assembly=True, last=_UNTIL),
                Route(most_foreign=0.7, last=_UNTIL),
                Route(change=True, first=_FROM),
                Route(most_foreign=0.3, first=_FROM),
            ),
        ),
        ProductRule(
            "8703",
            "electric cars",
            (
                Route(most_foreign=0.6, last=_UNTIL),
                Route(most_foreign=0.45, originating=("8507",), first=_FROM),
            ),
        ),
        ProductRule("8708", "parts of cars: axles with differential, gear boxes", _CHANGE_OR_HALF),
    )
}  # fmt: skip

# Rule of cells and modules that go into a pack, which stand in the pack's own heading.
CELLS = ProductRule(
    "8507",
    "cells and modules of a battery that drives a car",
    (
        Route(change=True, last=_UNTIL),
        Route(most_foreign=0.7, last=_UNTIL),
        Route(change=True, first=_FROM),
        Route(most_foreign=0.35, first=_FROM),
    ),
)

HEADINGS: tuple[str, ...] = tuple(RULES)


def changes_heading(heading: str, foreign: Iterable[str], year: int) -> bool:
    """Whether a good of `heading` originates in a calendar year by what its foreign parts are, whatever they cost.

    `foreign` holds the four-digit headings of all parts that come from outside both zones. Raises KeyError for a heading without a rule
    here.
    """
    foreign = set(foreign)
    for route in RULES[heading].routes_in(year):
        if route.most_foreign is not None or foreign & set(route.originating):
            continue
        if route.assembly or (route.change and not foreign & {heading, *route.except_from}):
            return True
    return False


def max_nonoriginating(heading: str, year: int, foreign: Iterable[str] = ()) -> float | None:
    """Largest share of the ex-works price that foreign parts may have in a calendar year, over all routes, dimensionless.

    With the headings of the `foreign` parts given, a route that a change of heading or assembly opens allows any share: 1. Without them
    only the routes by value count. None where there is no preference by value in that year. Raises KeyError for a heading without a rule
    here.
    """
    foreign = tuple(foreign)
    if foreign and changes_heading(heading, foreign, year):
        return 1.0
    shares = [
        route.most_foreign
        for route in RULES[heading].routes_in(year)
        if route.most_foreign is not None and not set(foreign) & set(route.originating)
    ]
    return max(shares, default=None)
