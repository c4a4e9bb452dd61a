"""What a page is made of: sections of prose, cards, tables, charts and pictures, as plain frozen values.

Each section of the report is built as a list of these blocks, and one template turns every block into HTML. So a section can be tested
without reading HTML, and all tables and charts look alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Cell:
    """One cell: its text, the full value where the text is rounded, CSS classes, and the partner whose colour it carries."""

    text: str
    full: str = ""
    style: str = ""
    partner: str = ""


@dataclass(frozen=True)
class Column:
    """A column's heading; `unit` stands beside it in grey, `number` aligns right, `tall` turns the heading upright."""

    head: str
    unit: str = ""
    number: bool = False
    tall: bool = False
    partner: str = ""


@dataclass(frozen=True)
class Group:
    """Rows under one heading (empty: none); `total` is a last row in bold."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with a caption. `filter` puts a search box above it; `compact` makes cells small and square."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    note: str = ""
    filter: str = ""
    compact: bool = False


@dataclass(frozen=True)
class Chart:
    """A Plotly figure: `title` says what is seen, `reading` in one sentence how to read it, `figure` holds data and layout.

    Below `least_width_px` its labels would run into each other: on a narrower screen the chart scrolls instead of shrinking.
    """

    kind: ClassVar[str] = "chart"
    id: str
    title: str
    reading: str
    figure: Mapping[str, Any]
    height_px: int = 380
    least_width_px: int = 0


@dataclass(frozen=True)
class Picture:
    """Our own SVG, drawn at render time; `svg` is trusted markup whose texts are escaped where it is made."""

    kind: ClassVar[str] = "picture"
    title: str
    reading: str
    svg: str


@dataclass(frozen=True)
class Card:
    """One key figure: a label, the figure, and one line below it."""

    label: str
    figure: str
    unit: str
    below: str
    full: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Cards:
    """A row of key figures."""

    kind: ClassVar[str] = "cards"
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Prose:
    """A paragraph; `style` "lead" opens a section, "warning" marks what limits the answer."""

    kind: ClassVar[str] = "prose"
    text: str
    style: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Side:
    """Blocks beside each other where the page is wide enough."""

    kind: ClassVar[str] = "side"
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Fold:
    """Blocks that open on demand; `hint` stands in grey beside the title, `partner` marks whose they are."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]
    hint: str = ""
    open: bool = False
    partner: str = ""


@dataclass(frozen=True)
class Legend:
    """What colours and marks mean: (mark, colour or CSS class, text) for each entry."""

    kind: ClassVar[str] = "legend"
    entries: tuple[tuple[str, str, str], ...]


Block = Table | Chart | Picture | Cards | Prose | Bullets | Heading | Side | Fold | Legend


@dataclass(frozen=True)
class Section:
    """A numbered part of the page, reachable from the navigation."""

    id: str
    title: str
    short: str
    blocks: tuple[Block, ...]


def charts_in(blocks: tuple[Block, ...]) -> tuple[Chart, ...]:
    """All charts among `blocks`, however deep they are nested, in reading order."""
    found: list[Chart] = []
    for block in blocks:
        if isinstance(block, Chart):
            found.append(block)
        elif isinstance(block, Side | Fold):
            found.extend(charts_in(block.blocks))
    return tuple(found)


def plain_table(
    caption: str, columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]], *, note: str = "", filter: str = ""
) -> Table:
    """A table without grouped rows."""
    return Table(caption, columns, (Group("", tuple(rows)),), note=note, filter=filter)
