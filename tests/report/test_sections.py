"""What each section says: the figures of the document, in words that are true of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from sample_document import sample_document

from halfshaft.report.blocks import Block, Bullets, Cards, Chart, Fold, Prose, Section, Side, Table
from halfshaft.report.contract import check
from halfshaft.report.names import Names
from halfshaft.report.other_books import under_other_books
from halfshaft.report.page import sections

Json = dict[str, Any]


def _section(document: Json, id: str) -> Section:
    return next(s for s in sections(document, Names.of(document)) if s.id == id)


def _flat(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold | Side):
            yield from _flat(block.blocks)


def _tables(section: Section) -> list[Table]:
    return [block for block in _flat(section.blocks) if isinstance(block, Table)]


def _text(section: Section) -> str:
    """All prose, lists, cards and cells of a section."""
    words: list[str] = []
    for block in _flat(section.blocks):
        if isinstance(block, Prose):
            words.append(block.text)
        elif isinstance(block, Bullets):
            words += block.items
        elif isinstance(block, Cards):
            words += [f"{c.label} {c.figure} {c.unit} {c.below}" for c in block.cards]
        elif isinstance(block, Table):
            words += [cell.text for g in block.groups for row in (*g.rows, g.total) for cell in row]
    return "\n".join(words)


@pytest.mark.parametrize("large", [False, True])
def test_every_row_has_a_cell_for_every_column(large: bool) -> None:
    """No table is ragged, and every table has a caption."""
    document = sample_document(large=large)
    for section in sections(document, Names.of(document)):
        for table in _tables(section):
            assert table.caption
            for group in table.groups:
                for row in (*group.rows, *([group.total] if group.total else [])):
                    assert len(row) == len(table.columns), (section.id, table.caption)


def test_a_saving_is_never_shown_under_one_book_only(document: Json) -> None:
    """The headline is the range over all books, from the lowest low to the highest high; the reference stands behind it."""
    cards = next(b for b in _section(document, "answer").blocks if isinstance(b, Cards)).cards
    by_label = {card.label: card for card in cards}
    assert cards[0].label == "Saving together"
    assert cards[0].figure == "100.0 – 137.2"
    assert "over 2 cost books" in cards[0].below
    assert by_label["Under the reference book"].figure == "100.0 – 106.0"
    assert by_label["Range over 3 scenarios"].figure == "58.4 – 147.6"
    assert document["saving"]["against"][1:] in by_label["Measured against"].below


def test_answer_says_when_a_saving_is_not_proven(document: Json) -> None:
    """An interval that reaches zero is no saving, and a search that was cut short is no proof within the gap."""
    document["saving"]["outlooks"][0]["interval_m"]["low"] = -3.0
    document["plans"]["reference"]["status"] = "time limit"
    text = _text(_section(document, "answer"))
    assert "A saving is not proven" in text
    assert "ended by “time limit”" in text


def test_answer_sentences_hold(document: Json) -> None:
    """Family sizes, the largest line and the stable rules are counted from the document."""
    text = _text(_section(document, "answer"))
    reference, alone = document["plans"]["reference"], document["plans"]["alone"]
    assert f"develop {len(reference['family'])} units from {len(reference['modules'])} modules" in text
    assert f"Alder Cars would develop {len(alone['alder']['family'])} unit" in text
    assert (
        "Under “Plain book”, most of it against going alone comes from development (43.0 M€) and volume discounts (29.0 M€)"
        in text
    )
    assert "logistics costs 4.00 M€ more than alone" in text
    assert "2 of 4 rules are proven" in text


def test_every_refusal_has_its_reason_in_text(document: Json) -> None:
    """For each vehicle and each unit that does not serve it, the excluding demands stand in the vehicle's list with the unit's name."""
    folds = {f.title: f for f in _section(document, "vehicles").blocks if isinstance(f, Fold)}
    matrix, names = document["verification"]["matrix"], Names.of(document)
    checked = 0
    for row in matrix["rows"]:
        table = next(
            t for t in folds[names.vehicle(row["vehicle"])].blocks if isinstance(t, Table) and "Why not" in t.caption
        )
        lines = [(r[0].text, r[2].text) for g in table.groups for r in g.rows]
        for unit, cell in zip(matrix["units"], row["cells"], strict=True):
            if cell["serves"]:
                assert all(unit not in units.split(", ") for _, units in lines)
                continue
            demands = next(text for text, units in lines if unit in units.split(", "))
            for demand in [*cell["excluded_by"], *cell["nearest_fails"]]:
                assert demand in demands
                checked += 1
    assert checked >= 6


def test_matrix_marks_are_the_documents(document: Json) -> None:
    """● for chosen, ○ for serving, a word otherwise; a refused cell's title names the demands in full."""
    table = next(t for t in _tables(_section(document, "vehicles")) if t.compact)
    cells = {(row[0].full, i): cell for g in table.groups for row in g.rows for i, cell in enumerate(row[2:])}
    order = Names.of(document).vehicles_by_partner()
    for row in document["verification"]["matrix"]["rows"]:
        for unit, cell in zip(document["verification"]["matrix"]["units"], row["cells"], strict=True):
            shown = cells[unit, order.index(row["vehicle"])]
            if cell["serves"]:
                assert shown.text == ("●" if cell["chosen"] else "○")
            else:
                assert all(d in shown.full for d in [*cell["excluded_by"], *cell["nearest_fails"]])


def test_conflicts_are_told_in_words(document: Json) -> None:
    """The two demands that keep vehicles apart are named with their values."""
    text = _text(_section(document, "overlap"))
    assert "“voltage class = 400 V”" in text
    assert "“voltage class = 800 V” of Heather Estate" in text
    for pair in document["overlap"]["pairs"]:
        pair.update(shared=["x"], conflicts=[])
    assert "no two demands exclude each other" in _text(_section(document, "overlap"))


def test_unlocks_are_told_in_words(document: Json) -> None:
    """The smallest change that opens a unit, with the value that suffices."""
    family = document["negotiation"]["unlocks"][0]["unit"]
    text = _text(_section(document, "negotiation"))
    assert (
        f"Fern Grand Tourer could use {family} at the rear if 0–100 km/h were 5.84 s instead of 5.7 s (FERN-ACC)."
        in text
    )


def test_every_price_says_how_it_is_known(document: Json) -> None:
    """Planned again, bounded by the relaxation, or exactly 0: no price stands without its method."""
    tables = [t for t in _tables(_section(document, "negotiation")) if "rice" in t.caption]
    known = {row[0].text: row[5].text for t in tables for g in t.groups for row in g.rows}
    assert set(known) == {p["demand"] for p in document["negotiation"]["prices"]}
    assert set(known.values()) == {"planned", "relaxation", "exact"}
    assert all(method in table.note for table in tables for method in known.values())


def test_subtotals_are_the_sums_of_shown_rows(document: Json) -> None:
    """A part's sum is the sum of its awards' values."""
    table = next(
        t for t in _tables(_section(document, "purchase")) if t.caption == "What is bought from whom, together"
    )
    rows = [r for r in document["plans"]["reference"]["purchases"] if r["part"] == "modules"]
    group = next(g for g in table.groups if g.title == "Power modules")
    assert float(group.total[-1].full) == pytest.approx(math.fsum(r["paid_value_m"] for r in rows))


def test_every_assumption_is_listed_with_its_place(document: Json) -> None:
    """Convention 12: every assumption appears, with file, line, field, value and reason."""
    fold = next(b for b in _section(document, "sources").blocks if isinstance(b, Fold))
    table = fold.blocks[0]
    assert isinstance(table, Table)
    shown = {tuple(cell.text for cell in row[:4]) for g in table.groups for row in g.rows}
    assert shown == {(f"{a['file']}:{a['line']}", a["field"], a["value"], a["note"]) for a in document["assumptions"]}


def test_what_is_absent_is_said(document: Json) -> None:
    """A programme without certified cars, without conflicts, prices or unlocks still reads as sentences."""
    document["verification"]["certified"] = []
    document["negotiation"] = {"prices": [], "unlocks": []}
    document["saving"]["regret"] = []
    document["alliance"] = []
    for plant in document["programme"]["plants"]:
        plant["published"] = []
    assert "stands without this check" in _text(_section(document, "vehicles"))
    assert "No demand costs anything" in _text(_section(document, "negotiation"))
    assert "no regret can be shown" in _text(_section(document, "money"))
    assert "split nothing" in _text(_section(document, "split"))
    assert "no published fact" in _text(_section(document, "production"))


def test_bounds_that_were_never_found_are_dashes(document: Json) -> None:
    """An infinite gap is a dash in the table, not a number."""
    document["plans"]["cases"][0].update(bound_m=-math.inf, gap_percent=math.inf)
    table = next(t for t in _tables(_section(document, "money")) if t.caption == "All plans")
    row = table.groups[0].rows[0]
    assert (row[4].text, row[5].text) == ("–", "–")


def test_changes_without_a_demand_are_listed(document: Json) -> None:
    """A demand that was planned again names the units that would change, or says that none would."""
    table = next(
        t for t in _tables(_section(document, "negotiation")) if t.caption == "What would change without a demand"
    )
    family = document["catalogue"]["family"]
    first = table.groups[0]
    assert first.title.startswith("Without FERN-ACC (Fern Grand Tourer: 0–100 km/h ≤ 5.7 s)")
    assert {cell.text for cell in first.rows[0][2:]} == set(family)
    assert all(group.title.endswith("the same units") for group in table.groups[1:])


def test_every_saving_says_against_what(document: Json) -> None:
    """Each book and exponent has a row with both savings; what was never tailored is a dash, not a zero."""
    table = next(t for t in _tables(_section(document, "money")) if t.caption.startswith("Saving against tailored"))
    steps = document["saving"]["steps"]
    rows = [row for group in table.groups for row in group.rows]
    assert len(rows) == len(steps)
    assert [len(group.rows) for group in table.groups] == [2, 2]
    for row, step in zip(rows, steps, strict=True):
        assert (row[6].text == "–") == (step["against_tailored_m"] is None)
        assert row[8].full == f"{step['saving_m']['low']!r} – {step['saving_m']['high']!r}"
    card = next(
        c
        for c in next(b for b in _section(document, "answer").blocks if isinstance(b, Cards)).cards
        if "tailored" in c.label
    )
    low = min(s["against_tailored_m"]["low"] for s in steps if s["against_tailored_m"])
    high = max(s["against_tailored_m"]["high"] for s in steps if s["against_tailored_m"])
    assert card.full == f"{low!r} – {high!r}"
    assert "modules of its own" in card.below


def test_uncertain_market_says_what_is_not_known(document: Json) -> None:
    """A value that could not be bounded is said in words, and a search cut short is no proof."""
    text = _text(_section(document, "adoption"))
    assert "value of the stochastic solution" in text
    assert "in the mean of the worst scenarios 1,500 M€" in text
    document["adoption"].update(value_of_stochastic_solution_m=None, cvar_m=None, status="time limit")
    text = _text(_section(document, "adoption"))
    assert "not known: the plan for mean demand cannot be carried" in text
    assert "search ended by “time limit”" in text
    assert "worst scenarios" not in text


def test_regret_table_holds_every_family_and_scenario(document: Json) -> None:
    """One row for each family, one cell for each scenario, a dash where no plan is known."""
    table = next(t for t in _tables(_section(document, "adoption")) if t.caption.startswith("Regret of each family"))
    rows = table.groups[0].rows
    assert [row[0].text for row in rows] == [
        "Best over all scenarios", "Best for the mean scenario", "Best for “Slow”", "Best for “As planned”", "Best for “Fast”",
    ]  # fmt: skip
    assert sum(cell.text == "–" for row in rows for cell in row) == 1


def test_tiers_are_shown_in_what_their_terms_count(document: Json) -> None:
    """Terms that count money show money, those that count pieces show pieces, and the nearest next tier stands first."""
    document["plans"]["reference"]["purchases"][2].update(
        terms_count="money", tier_from_pieces_per_year=40e6, next_tier_from_pieces_per_year=80e6
    )
    tables = {t.caption: t for t in _tables(_section(document, "purchase"))}
    awards = [row for group in tables["What is bought from whom, together"].groups for row in group.rows]
    assert any(row[4].text == "40.00 M€" and row[5].text == "80.00 M€" for row in awards)
    missing = [float(row[-1].full or row[-1].text) for row in tables["How far to the next tier"].groups[0].rows]
    assert missing == sorted(missing)


def test_commonality_stands_together_and_alone_by_kind(document: Json) -> None:
    """All modules and each kind, with a row for the joint plan and one for each partner alone."""
    table = next(t for t in _tables(_section(document, "family")) if t.caption.startswith("Commonality indices"))
    assert [g.title for g in table.groups] == ["All modules", "Laminations", "Machines", "Inverters", "Gears"]
    for group in table.groups:
        assert [row[0].text for row in group.rows] == ["together", "Alder Cars alone", "Birch Motor Works alone"]
    assert table.groups[0].rows[0][4].text == f"{document['plans']['reference']['commonality']['dci']:.2f}"


def test_what_is_reported_stands_beside_the_cost_tree(document: Json) -> None:
    """Energy and carbon that nobody pays: each partner alone, their sum, together and the difference, with the document's full values."""
    section = _section(document, "money")
    captions = [b.caption for b in section.blocks if isinstance(b, Table)]
    tree = next(i for i, caption in enumerate(captions) if caption.startswith("Cost tree"))
    assert captions[tree + 1] == "Reported, paid by nobody"
    table = next(t for t in _tables(section) if t.caption == "Reported, paid by nobody")
    plans = document["plans"]
    rows = table.groups[0].rows
    assert [row[0].text for row in rows] == ["Customer energy kWh", "Carbon kg"]
    for row, joint, alder, birch in zip(
        rows,
        *(p["reported"] for p in (plans["reference"], plans["alone"]["alder"], plans["alone"]["birch"])),
        strict=True,
    ):
        apart = alder["total"] + birch["total"]
        shown = [float(cell.full or cell.text.replace(",", "")) for cell in row[1:]]
        wanted = [alder["total"], birch["total"], apart, joint["total"], apart - joint["total"]]
        assert shown == pytest.approx(wanted)


def test_what_the_programme_prices_is_not_said_to_be_paid_by_nobody(document: Json) -> None:
    """A quantity that the plan pays leaves the table; where all are paid, a sentence says so."""
    plans = [document["plans"]["reference"], *document["plans"]["alone"].values()]
    for plan in plans:
        plan["reported"][1]["paid"] = True
    table = next(t for t in _tables(_section(document, "money")) if t.caption == "Reported, paid by nobody")
    assert [row[0].text for row in table.groups[0].rows] == ["Customer energy kWh"]
    assert "in the cost tree: carbon kg." in table.note
    for plan in plans:
        plan["reported"][0]["paid"] = True
    section = _section(document, "money")
    assert all(t.caption != "Reported, paid by nobody" for t in _tables(section))
    assert "in the cost tree: customer energy kWh and carbon kg." in _text(section)


def test_duty_and_origin_are_told_by_way(document: Json) -> None:
    """Who claims origin for what into which zone and when, and who pays duty; a plan in which nothing crosses is named."""
    section = _section(document, "production")
    table = next(t for t in _tables(section) if t.caption.startswith("What crosses a border"))
    assert [(g.title, len(g.rows)) for g in table.groups] == [("Together", 2), ("Alder Cars alone", 1)]
    cells = [cell.text for cell in table.groups[0].rows[0]]
    assert cells[0] == "Mill Lane"
    assert cells[2:] == ["UK", "EU", "43,210", "2030–2031, 2033", "2032", "–", "1.25"]
    text = _text(section)
    assert "Duty paid: together 2.50 M€, Alder Cars alone 1.25 M€ and Birch Motor Works alone 0.00 M€." in text
    assert "Nothing crosses such a border in the plan of Birch Motor Works alone." in text
    for plan in (document["plans"]["reference"], *document["plans"]["alone"].values()):
        plan["duty"] = {"paid_m": 0.0, "crossings": []}
    assert "No module crosses a border on which duty is due" in _text(_section(document, "production"))


def test_studies_without_reported_and_duty_still_read(document: Json) -> None:
    """Documents of older versions hold neither: the page leaves both out and says nothing untrue."""
    for plan in (document["plans"]["reference"], *document["plans"]["alone"].values()):
        del plan["reported"], plan["duty"]
    check(document)
    assert all(t.caption != "Reported, paid by nobody" for t in _tables(_section(document, "money")))
    assert "border" not in _text(_section(document, "production"))


def test_no_two_plans_look_alike(document: Json) -> None:
    """Book, scenario, exponent, coalition and tailored, held or free tell every plan from every other, as the document does."""
    table = next(t for t in _tables(_section(document, "money")) if t.caption == "All plans")
    shown = [(group.title, row[0].text, row[1].text) for group in table.groups for row in group.rows]
    assert len(shown) == len(document["plans"]["cases"])
    assert len(set(shown)) == len(shown)
    assert {family for _, _, family in shown} == {"free", "held", "tailored"}
    laws = {group.title.partition(", power law of volume with exponent ")[2] for group in table.groups}
    assert laws == {"", "−0.1", "−0.2"}
    for case in document["plans"]["cases"]:
        del case["exponent"], case["tailored"]
    check(document)
    assert _section(document, "money")


def test_every_saving_of_one_book_names_the_others(document: Json) -> None:
    """Waterfall, cost tree, costs by scenario, market, split and outlooks: each says what the other books and exponents save."""
    money = _section(document, "money")
    charts = {c.id: c for c in _flat(money.blocks) if isinstance(c, Chart)}
    splits = [c for c in _flat(_section(document, "split").blocks) if isinstance(c, Chart)]
    market = "\n".join(b.text for b in _section(document, "adoption").blocks if isinstance(b, Prose))
    outlooks = next(t for t in _tables(_section(document, "answer")) if t.caption.startswith("Saving under each cost"))
    tree = next(t for t in _tables(money) if t.caption.startswith("Cost tree"))
    beside = [charts["waterfall"].reading, charts["scenario-costs"].reading, tree.note, market, outlooks.note]
    for text in (*beside, splits[0].reading):
        assert "This is under “Plain book” only." in text
        assert "131.2 – 137.2 M€ under “Fancy book”" in text
        assert "152 – 210 M€ under “Plain book” with a power law of volume (exponents −0.1 and −0.2)" in text
        assert "from low to high 131 – 210 M€" in text
    assert "Against tailored vehicles it is 601 – 607 M€ under “Fancy book”" in charts["waterfall"].reading
    for text in (charts["scenario-costs"].reading, market, outlooks.note):
        assert "No other cost book was planned in scenario “Slow” or “Fast”" in text
    readings = {c.title: c.reading for c in splits}
    assert len(readings) == len(document["alliance"])
    fancy = next(reading for title, reading in readings.items() if "Fancy" in title)
    assert "100.0 – 106.0 M€ under “Plain book” and" in fancy
    slow = next(reading for title, reading in readings.items() if "Slow" in title)
    assert "No other cost book was planned in scenario “Slow”; in scenario “As planned”" in slow


def test_what_other_books_save_is_read_from_the_document(document: Json) -> None:
    """Other bounds are told as they are; another book planned in the same scenario is told there; no other book is said plainly."""
    names, saving = Names.of(document), document["saving"]
    saving["steps"] = []
    saving["outlooks"][1]["interval_m"] = {"low": -3.0, "high": 17.0}
    text = under_other_books(document, names, "plain", "middle")
    assert "−3.0 to 17.0 M€ under “Fancy book”" in text
    assert "power law" not in text
    saving["outlooks"].append(saving["outlooks"][2] | {"book": "fancy", "interval_m": {"low": 20.0, "high": 21.0}})
    assert "in scenario “Slow” the saving together against going alone is 20.0 – 21.0 M€ under “Fancy book”." in (
        under_other_books(document, names, "plain", "low")
    )
    document["programme"]["books"].pop()
    saving["outlooks"] = [o for o in saving["outlooks"] if o["book"] == "plain"]
    assert "holds no plans of another cost book or exponent" in under_other_books(document, names, "plain", "middle")
