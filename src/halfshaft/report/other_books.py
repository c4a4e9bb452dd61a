"""What the saving is under the other cost books and exponents: the sentence without which no saving of one book stands on the page.

Every book and every exponent of a power law of volume has plans of its own, alone and together, and the document holds what they save. The
sentence names them with their lowest and highest value and says plainly where no other book was planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halfshaft.report.format import interval, join, quantity
from halfshaft.report.names import Names

Json = Mapping[str, Any]


@dataclass(frozen=True)
class _Saving:
    """One saving of the document: under which book, scenario and exponent (None: the book as it is), and its bounds in millions."""

    book: str
    scenario: str
    exponent: float | None
    bounds: Json


def under_other_books(
    document: Json, names: Names, book: str, scenario: str | None = None, *, tailored: bool = False
) -> str:
    """A sentence for figures of one book: the saving together under each other book and exponent that the study planned.

    `scenario` is the one that the figures are of; None: they go over several. `tailored` adds the saving against tailored vehicles as well.
    """
    planned = document["programme"]["reference_scenario"]
    rows = [r for r in _against_alone(document) if not _is(r, book, scenario or planned)]
    unplanned = _unplanned(document, names, book, scenario)
    # Where nothing else was planned in the figures' own scenario, the reference scenario is the nearest that can be told.
    told = next((r.scenario for r in rows if r.scenario == scenario), planned)
    rows = [r for r in rows if r.scenario == told]
    if not rows:
        return f"This is under “{names.book(book)}” only: the study holds no plans of another cost book or exponent."
    where = f"in scenario “{names.scenario(told)}”"
    text = f"This is under “{names.book(book)}” only. "
    text += f"{unplanned}; {where}" if unplanned else f"With plans of their own {where}"
    text += f" the saving together against going alone is {_listing(rows, names)}."
    against = [r for r in _against_tailored(document) if r.scenario == told and not _is(r, book, scenario or planned)]
    if tailored and against:
        text += f" Against tailored vehicles it is {_listing(against, names)}."
    return text


def _is(saving: _Saving, book: str, scenario: str) -> bool:
    return (saving.book, saving.scenario, saving.exponent) == (book, scenario, None)


def _against_alone(document: Json) -> list[_Saving]:
    outlooks = [_Saving(o["book"], o["scenario"], None, o["interval_m"]) for o in document["saving"]["outlooks"]]
    # Steps without an exponent repeat outlooks.
    laws = [s for s in _steps(document) if s["exponent"] is not None]
    return outlooks + [_Saving(s["book"], s["scenario"], s["exponent"], s["saving_m"]) for s in laws]


def _against_tailored(document: Json) -> list[_Saving]:
    return [
        _Saving(s["book"], s["scenario"], s["exponent"], s["against_tailored_m"])
        for s in _steps(document)
        if s["against_tailored_m"] is not None
    ]


def _steps(document: Json) -> Sequence[Json]:
    """Studies of older versions have none."""
    steps: Sequence[Json] = document["saving"].get("steps") or ()
    return steps


def _unplanned(document: Json, names: Names, book: str, scenario: str | None) -> str:
    """That the other books were not planned in the figures' scenarios; empty where they were, or where there is no other book."""
    reference = document["programme"]["reference_scenario"]
    others = {b["id"] for b in document["programme"]["books"]} - {book}
    if not others:
        return ""
    outlooks = document["saving"]["outlooks"]
    wanted = {scenario} if scenario is not None else {o["scenario"] for o in outlooks if o["book"] == book}
    missing = wanted - {o["scenario"] for o in outlooks if o["book"] in others} - {reference}
    if not missing:
        return ""
    known = [s["id"] for s in document["programme"]["scenarios"] if s["id"] in missing]
    which = join((f"“{names.scenario(s)}”" for s in known), "or")
    return f"No other cost book was planned in scenario {which}"


def _listing(rows: Sequence[_Saving], names: Names) -> str:
    """Each book's lowest to highest saving, then the span of all of them."""
    spans: dict[tuple[str, bool], list[_Saving]] = {}
    for row in rows:
        spans.setdefault((row.book, row.exponent is not None), []).append(row)
    words = []
    for (book, law), own in spans.items():
        text = f"{interval(_span(own))} {names.million} under “{names.book(book)}”"
        if law:
            exponents = [quantity(r.exponent) for r in own]
            text += f" with a power law of volume (exponent{'s' * (len(own) > 1)} {join(exponents)})"
        words.append(text)
    whole = f", from low to high {interval(_span(rows))} {names.million}" if len(words) > 1 else ""
    return join(words) + whole


def _span(rows: Sequence[_Saving]) -> dict[str, float]:
    return {"low": min(r.bounds["low"] for r in rows), "high": max(r.bounds["high"] for r in rows)}
