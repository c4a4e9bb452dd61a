"""The predicted shape of a factor holds every entry that elimination fills in, and is laid out as it says."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sparse_patterns import compressed, panel_places, patterns

from halfshaft.drive_unit.field.symbolic import analyse, fill_reducing_rank

Pattern = NDArray[np.bool_]


def filled(pattern: Pattern) -> Pattern:
    """Lower triangle after elimination by the textbook: each column joins its rows pairwise."""
    lower = np.tril(pattern).copy()
    for j in range(len(lower)):
        rows = np.flatnonzero(lower[:, j])
        rows = rows[rows > j]
        lower[np.ix_(rows, rows)] |= np.tri(len(rows), dtype=bool)
    return lower


@given(pattern=patterns())
@settings(max_examples=80)
def test_the_structure_holds_the_whole_fill(pattern: Pattern) -> None:
    """The order is a permutation, and no entry of the true factor lacks a place; relaxed supernodes may hold more, within bounds."""
    symbolic = analyse(*compressed(pattern))
    n = len(pattern)
    assert sorted(symbolic.rank) == list(range(n))
    order = np.argsort(symbolic.rank)
    places = panel_places(symbolic)
    needed = filled(pattern[np.ix_(order, order)])
    assert np.all(places[needed] >= 0)
    stored = places[places >= 0]
    assert len(np.unique(stored)) == len(stored)
    assert stored.max() < symbolic.entries


@given(pattern=patterns(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_any_order_may_be_given(pattern: Pattern, seed: int) -> None:
    """A given rank is kept up to a postorder, which leaves the fill unchanged."""
    n = len(pattern)
    rank = np.random.default_rng(seed).permutation(n).astype(np.int64)
    symbolic = analyse(*compressed(pattern), rank)
    given_order, order = np.argsort(rank), np.argsort(symbolic.rank)
    assert filled(pattern[np.ix_(order, order)]).sum() == filled(pattern[np.ix_(given_order, given_order)]).sum()
    assert np.all(panel_places(symbolic)[filled(pattern[np.ix_(order, order)])] >= 0)


@given(pattern=patterns())
@settings(max_examples=60)
def test_supernodes_update_their_ancestors(pattern: Pattern) -> None:
    """Rows are sorted, own columns first; an update's rows lie in its target's panel at the places it names."""
    symbolic = analyse(*compressed(pattern))
    rows_of = [symbolic.rows[a:b] for a, b in zip(symbolic.row_start[:-1], symbolic.row_start[1:], strict=True)]
    for s, rows in enumerate(rows_of):
        begin, end = symbolic.first[s], symbolic.first[s + 1]
        assert list(rows[: end - begin]) == list(range(begin, end))
        assert np.all(np.diff(rows) > 0)
        for u in range(symbolic.update_start[s], symbolic.update_start[s + 1]):
            tail = rows_of[symbolic.update_source[u]][symbolic.update_row[u] :]
            within = (tail >= begin) & (tail < end)
            assert within.sum() == symbolic.update_columns[u] > 0
            offset = symbolic.update_relative[u]
            assert list(rows[symbolic.relative[offset : offset + len(tail)]]) == list(tail)


def test_minimum_degree_fills_less_than_the_natural_order() -> None:
    """A grid of 30 by 30: the factor has less than half the entries of the banded one."""
    side = 30
    chain = np.eye(side, dtype=bool) | np.eye(side, k=1, dtype=bool) | np.eye(side, k=-1, dtype=bool)
    pattern = np.kron(np.eye(side, dtype=bool), chain) | np.kron(chain, np.eye(side, dtype=bool))
    start, column = compressed(pattern)
    natural = analyse(start, column, np.arange(side * side))
    reduced = analyse(start, column, fill_reducing_rank(start, column))
    assert reduced.entries < 0.5 * natural.entries
