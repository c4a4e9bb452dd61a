"""Where every figure comes from: a source, or the word *assumption*.

A programme's figures are plain numbers once they are read; what is known about each of them is kept beside them in a ledger. The ledger
is what the report lists, so that no assumption hides inside a result (convention 12).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Visibility = Literal["public", "shared", "clean team", "own only"]
VISIBILITIES: tuple[Visibility, ...] = ("public", "shared", "clean team", "own only")


@dataclass(frozen=True)
class Figure:
    """One figure as it was written: its place, its text, and what it rests on.

    `basis` is "source" or "assumption"; `note` is the citation or the reason; `visibility` says who may see it.
    """

    file: str
    line: int
    path: str
    text: str
    basis: Literal["source", "assumption"]
    note: str
    visibility: Visibility = "clean team"


@dataclass(frozen=True)
class Ledger:
    """All figures of a programme, in the order in which they were read."""

    figures: tuple[Figure, ...]

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    @property
    def assumptions(self) -> tuple[Figure, ...]:
        """The figures that rest on no source."""
        return tuple(figure for figure in self.figures if figure.basis == "assumption")

    @property
    def sourced(self) -> tuple[Figure, ...]:
        """The figures that name a source."""
        return tuple(figure for figure in self.figures if figure.basis == "source")
