"""Sixteen factorisations at once give what sixteen dense ones give, and no lane knows of another."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sparse_patterns import compressed, panel_places, patterns

from halfshaft.drive_unit.field.cholesky import factorise, solve_in_place
from halfshaft.drive_unit.field.lanes import LANES
from halfshaft.drive_unit.field.symbolic import Symbolic, analyse

Array = NDArray[np.float64]
EPSILON = float(np.finfo(np.float32).eps)


def factor_of(symbolic: Symbolic, linear: Array, lanes: Array) -> NDArray[np.float32]:
    """Factor (entries, 16) of linear + lanes[..., lane]; (n, n) and (n, n, 16) in elimination order."""
    places = panel_places(symbolic)
    row, column = np.nonzero(np.tril((linear != 0.0) | np.any(lanes != 0.0, axis=2)))
    owner = np.searchsorted(symbolic.first, column, side="right") - 1
    order = np.argsort(owner, kind="stable")
    row, column, owner = row[order], column[order], owner[order]
    varying = np.any(lanes[row, column] != 0.0, axis=1)
    index = np.where(varying, np.cumsum(varying) - 1, -1)
    factor = np.full(symbolic.entries * LANES, np.nan, dtype=np.float32)
    factorise(
        symbolic.first, symbolic.row_start, symbolic.panel_start, symbolic.update_start, symbolic.update_source,
        symbolic.update_row, symbolic.update_columns, symbolic.update_relative, symbolic.relative,
        np.searchsorted(owner, np.arange(len(symbolic.first))), places[row, column],
        linear[row, column].astype(np.float32), index,
        np.ascontiguousarray(lanes[row, column][varying], dtype=np.float32).ravel(), factor,
    )  # fmt: skip
    return factor.reshape(-1, LANES)


def positive_definite(pattern: NDArray[np.bool_], rng: np.random.Generator) -> tuple[Array, Array]:
    """A linear part and sixteen iron parts on the pattern, diagonally dominant in each lane; not all entries vary."""
    n = len(pattern)
    symmetric = rng.uniform(-1.0, 1.0, (n, n))
    linear = np.tril(symmetric, -1) * pattern
    linear = linear + linear.T
    varying = np.tril(rng.random((n, n)) < 0.5, -1) & pattern
    lanes = np.where(varying[:, :, None], rng.uniform(-1.0, 1.0, (n, n, LANES)), 0.0)
    lanes = lanes + lanes.transpose(1, 0, 2)
    diagonal = np.arange(n)
    linear[diagonal, diagonal] = 0.1 + np.abs(linear).sum(axis=1)
    lanes[diagonal, diagonal] = np.abs(lanes).sum(axis=1)
    return linear, lanes


@given(pattern=patterns(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=80)
def test_factor_and_solution_match_the_dense_ones(pattern: NDArray[np.bool_], seed: int) -> None:
    """Each lane's factor is numpy's to single precision, its pivots' reciprocals in place, and solves its own right-hand side."""
    rng = np.random.default_rng(seed)
    symbolic = analyse(*compressed(pattern))
    order = np.argsort(symbolic.rank)
    linear, lanes = positive_definite(pattern[np.ix_(order, order)], rng)
    n = len(linear)
    factor = factor_of(symbolic, linear, lanes)
    right = rng.uniform(-1.0, 1.0, (n, LANES))
    x = right.astype(np.float32).ravel()
    solve_in_place(symbolic.first, symbolic.row_start, symbolic.rows, symbolic.panel_start, factor.ravel(), x)
    places = panel_places(symbolic)
    for lane in (0, 7, LANES - 1):
        matrix = linear + lanes[:, :, lane]
        mine = np.where(places >= 0, factor[places, lane], 0.0)
        diagonal = np.arange(n)
        mine[diagonal, diagonal] = 1.0 / mine[diagonal, diagonal]
        scale = np.sqrt(np.diag(matrix))[:, None]
        assert np.abs((mine - np.linalg.cholesky(matrix)) / scale).max() < 30 * EPSILON * np.sqrt(n)
        exact = np.linalg.solve(matrix, right[:, lane])
        error = np.linalg.norm(x.reshape(n, LANES)[:, lane] - exact) / np.linalg.norm(exact)
        assert error < 20 * EPSILON * np.linalg.cond(matrix)


@given(pattern=patterns(largest=40), seed=st.integers(0, 2**32 - 1), broken=st.integers(0, LANES - 1))
@settings(max_examples=40)
def test_lanes_are_strangers(pattern: NDArray[np.bool_], seed: int, broken: int) -> None:
    """A lane that is not positive definite yields no numbers itself and changes no bit of its neighbours."""
    rng = np.random.default_rng(seed)
    symbolic = analyse(*compressed(pattern))
    order = np.argsort(symbolic.rank)
    linear, lanes = positive_definite(pattern[np.ix_(order, order)], rng)
    lanes[0, 0] += 1.0  # varies in every case
    whole = factor_of(symbolic, linear, lanes)
    lanes[0, 0, broken] = -10.0 * np.abs(linear).sum()
    spoiled = factor_of(symbolic, linear, lanes)
    others = np.arange(LANES) != broken
    assert np.array_equal(whole[:, others], spoiled[:, others])
    assert np.isnan(spoiled[panel_places(symbolic)[0, 0], broken])
