"""The answer: what being together saves, under which books and scenarios, and with how much proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Bullets, Card, Cards, Cell, Column, Group, Prose, Section, Table
from halfshaft.report.format import (
    fixed,
    full_value,
    interval,
    interval_cell,
    join,
    money,
    money_cell,
    money_decimals,
    percent,
    percent_interval,
    percent_interval_cell,
    plural,
    quantity,
)
from halfshaft.report.names import Names
from halfshaft.report.other_books import under_other_books

Json = Mapping[str, Any]


def answer(document: Json, names: Names) -> Section:
    """Key figures, plain sentences, and the saving under every outlook."""
    blocks: list[Block] = [Prose(document["programme"]["summary"], "lead"), Cards(_cards(document, names))]
    blocks += [Bullets(_sentences(document, names)), _outlook_table(document, names)]
    return Section("answer", "The answer", "Answer", tuple(blocks))


def reference_outlook(document: Json) -> Json:
    """The row of the reference book and scenario; the contract guarantees that there is one."""
    programme = document["programme"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    return next(o for o in document["saving"]["outlooks"] if (o["book"], o["scenario"]) == reference)


def _over(outlooks: Sequence[Json], key: str = "interval_m") -> dict[str, Any]:
    """The widest span of several intervals."""
    return {"low": min(o[key]["low"] for o in outlooks), "high": max(o[key]["high"] for o in outlooks)}


def _over_books(document: Json) -> list[Json]:
    scenario = document["programme"]["reference_scenario"]
    return [o for o in document["saving"]["outlooks"] if o["scenario"] == scenario]


def _over_scenarios(document: Json) -> list[Json]:
    book = document["programme"]["reference_book"]
    return [o for o in document["saving"]["outlooks"] if o["book"] == book]


def _cards(document: Json, names: Names) -> tuple[Card, ...]:
    outlook, plan = reference_outlook(document), document["plans"]["reference"]
    books, scenarios = _over_books(document), _over_scenarios(document)
    alone = document["plans"]["alone"]
    running = {(row["plant"], row["process"]) for row in plan["production"] if row["lines"] > 0}
    new = sum(row["new_lines"] for row in plan["production"])
    million = names.million
    return (
        Card(
            "Saving together",
            interval(_over(books)),
            million,
            f"{percent_interval(_over(books, 'interval_percent'))} % of the cost of going alone, over "
            f"{plural(len(books), 'cost book')} in scenario “{names.scenario(outlook['scenario'])}”: no book alone tells the saving",
            _full(_over(books)),
            strong=True,
        ),
        *_tailored_card(document, names),
        Card(
            "Under the reference book",
            interval(outlook["interval_m"]),
            million,
            f"{percent_interval(outlook['interval_percent'])} % of {money(outlook['alone_m'])} {million} alone. "
            f"Book “{names.book(outlook['book'])}”, scenario “{names.scenario(outlook['scenario'])}”",
            _full(outlook["interval_m"]),
        ),
        Card(
            f"Range over {plural(len(scenarios), 'scenario')}",
            interval(_over(scenarios)),
            million,
            f"{percent_interval(_over(scenarios, 'interval_percent'))} %, all in book “{names.book(outlook['book'])}”",
            _full(_over(scenarios)),
        ),
        Card("Measured against", "Going alone", "", _sentence_case(document["saving"]["against"])),
        Card(
            "Joint family",
            plural(len(plan["family"]), "unit"),
            "",
            f"from {plural(len(plan['modules']), 'module')}; alone: "
            + "; ".join(f"{names.partner(p)} {plural(len(alone[p]['family']), 'unit')}" for p in names.everyone),
        ),
        Card(
            "Proven gap",
            percent(plan["gap_percent"]),
            "%",
            f"no plan can cost less than {money(plan['bound_m'])} {million}; this one costs {money(plan['cost_m'])} {million}",
            full_value(plan["gap_percent"]),
        ),
        Card(
            "Plants and lines",
            plural(len({plant for plant, _ in running}), "plant"),
            "",
            f"{plural(len(running), 'plant process', 'plant processes')} with {plural(new, 'new line')} over the programme",
        ),
    )


def _full(bounds: Json) -> str:
    return f"{full_value(bounds['low'])} – {full_value(bounds['high'])}"


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentences(document: Json, names: Names) -> tuple[str, ...]:
    outlook, plan = reference_outlook(document), document["plans"]["reference"]
    return tuple(
        sentence
        for sentence in (
            _family_sentence(document, names),
            _saving_sentence(outlook, _over_books(document), names),
            _tailored_sentence(document, names),
            _line_sentence(outlook, names),
            _proof_sentence(plan, document["programme"]["gap_percent"]),
            _split_sentence(document, names),
        )
        if sentence
    )


def _family_sentence(document: Json, names: Names) -> str:
    plan, alone = document["plans"]["reference"], document["plans"]["alone"]
    apart = join(
        f"{names.partner(p)} would develop {plural(len(alone[p]['family']), 'unit')} from "
        f"{plural(len(alone[p]['modules']), 'module')}"
        for p in names.everyone
    )
    axles = {(a["vehicle"], a["axle"]) for a in plan["assignments"]}
    vehicles = {vehicle for vehicle, _ in axles}
    return (
        f"Together the partners develop {plural(len(plan['family']), 'unit')} from {plural(len(plan['modules']), 'module')} "
        f"for {plural(len(axles), 'driven axle')} of {plural(len(vehicles), 'vehicle')}; alone, {apart}."
    )


def _against_tailored(document: Json) -> list[Json]:
    """The entries that measure the saving against tailored vehicles."""
    steps: Sequence[Json] = document["saving"].get("steps") or ()
    return [s for s in steps if s["against_tailored_m"] is not None and s["against_tailored_percent"] is not None]


def _tailored_card(document: Json, names: Names) -> tuple[Card, ...]:
    """The saving against tailored vehicles, over all books and exponents that were planned."""
    steps = _against_tailored(document)
    if not steps:
        return ()
    span, books = _over(steps, "against_tailored_m"), len({s["book"] for s in steps})
    laws = "" if all(s["exponent"] is None for s in steps) else " and the exponents of a power law of volume"
    return (
        Card(
            "Saving against tailored vehicles",
            interval(span),
            names.million,
            f"{percent_interval(_over(steps, 'against_tailored_percent'))} % of the cost if every vehicle had modules of its own, over "
            f"{plural(books, 'cost book')}{laws}",
            _full(span),
            strong=True,
        ),
    )


def _saving_sentence(outlook: Json, books: Sequence[Json], names: Names) -> str:
    million, span = names.million, _over(books)
    worst = min(books, key=lambda o: o["interval_m"]["low"])
    best = max(books, key=lambda o: o["interval_m"]["high"])
    if len(books) < 2:
        where = f"under the only cost book, “{names.book(outlook['book'])}”"
    else:
        where = (
            f"over all {len(books)} cost books (lowest “{names.book(worst['book'])}”, highest “{names.book(best['book'])}”; the "
            f"reference “{names.book(outlook['book'])}” says {interval(outlook['interval_m'])} {million})"
        )
    if span["low"] > 0:
        share = percent_interval(_over(books, "interval_percent"))
        return f"This saves {interval(span)} {million} ({share} %) of the present cost of going alone, {where}."
    return f"A saving is not proven: its interval, {interval(span)} {million}, reaches down to zero or below, {where}."


def _tailored_sentence(document: Json, names: Names) -> str:
    steps = _against_tailored(document)
    if not steps:
        return ""
    span, share = _over(steps, "against_tailored_m"), _over(steps, "against_tailored_percent")
    return (
        f"Against vehicles that each had modules of their own, it saves {interval(span)} {names.million} "
        f"({percent_interval(share)} %), over all cost books and exponents that were planned."
    )


def _line_sentence(outlook: Json, names: Names) -> str:
    lines = sorted(outlook["by_line_m"].items(), key=lambda item: -item[1])
    gains = [(line, saving) for line, saving in lines if saving > 0][:2]
    if not gains:
        return ""
    losses = [(line, saving) for line, saving in lines if money(saving).startswith("−")]
    text = f"Under “{names.book(outlook['book'])}”, most of it against going alone comes from " + join(
        f"{line} ({money(saving)} {names.million})" for line, saving in gains
    )
    if losses:
        line, saving = losses[-1]
        text += f"; {line} costs {money(-saving)} {names.million} more than alone"
    return text + "."


def _proof_sentence(plan: Json, target: float) -> str:
    # Three decimals, because a gap that just misses its target must not look like it.
    gap = f"{fixed(plan['gap_percent'], 3)} % more than the cheapest possible one (asked for: {quantity(target)} %)."
    if plan["status"] == "within gap":
        return f"The joint plan is proven to cost at most {gap}"
    return f"The search for the joint plan ended by “{plan['status']}”: it may cost up to {gap}"


def _split_sentence(document: Json, names: Names) -> str:
    programme = document["programme"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    splits: list[Json] = next(
        (a["splits"] for a in document["alliance"] if (a["book"], a["scenario"]) == reference), []
    )
    if not splits:
        return ""
    stable = [s for s in splits if s["in_core"] == "proven"]
    gains = join(
        f"{names.partner(p)} {money(min(s['gain_m'][p] for s in splits))} to {money(max(s['gain_m'][p] for s in splits))} {names.million}"
        for p in names.everyone
    )
    return (
        f"Under “{names.book(reference[0])}” and depending on the rule, the split gives {gains}; {len(stable)} of "
        f"{plural(len(splits), 'rule')} "
        f"{'is' if len(stable) == 1 else 'are'} proven to leave nobody better off alone."
    )


def _outlook_table(document: Json, names: Names) -> Table:
    outlooks = document["saving"]["outlooks"]
    programme = document["programme"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    totals = money_decimals(o["alone_m"] for o in outlooks)
    saved = money_decimals(o["interval_m"]["high"] for o in outlooks)
    million = names.million
    rows = []
    for o in outlooks:
        is_reference = (o["book"], o["scenario"]) == reference
        style = "strong" if is_reference else ""
        rows.append(
            (
                Cell(names.book(o["book"]) + (" (reference)" if is_reference else ""), style=style),
                Cell(names.scenario(o["scenario"]), style=style),
                money_cell(o["alone_m"], totals),
                money_cell(o["joint_m"], totals),
                money_cell(o["saving_m"], saved, style=style),
                interval_cell(o["interval_m"], saved),
                percent_interval_cell(o["interval_percent"]),
            )
        )
    return Table(
        "Saving under each cost book and each scenario",
        (
            Column("Cost book"),
            Column("Scenario"),
            Column("Alone, summed", million, True),
            Column("Together", million, True),
            Column("Saving of the plans", million, True),
            Column("Saving, interval", million, True),
            Column("Interval", "%", True),
        ),
        (Group("", tuple(rows)),),
        note=f"Present values at the beginning of {programme['base_year']}, prices of {programme['price_year']}, discounted at "
        f"{quantity(programme['discount_rate_percent'])} % a year. Intervals come from the bounds of all plans: the true best saving "
        "under the stated inputs lies inside. By scenario: " + under_other_books(document, names, reference[0]),
    )
