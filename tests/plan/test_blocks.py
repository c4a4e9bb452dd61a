"""Models in blocks: the same matrix however it is said, the same answer however much of it is fixed, and a solver that keeps quiet."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.plan import blocks
from halfshaft.plan.blocks import Arrays, Model, Solution, solve


def knapsacks(seed: int, columns: int, rows: int) -> Arrays:
    """Random costs and rows of less than; every column between 0 and 3, half of them whole."""
    rng = np.random.default_rng(seed)
    model = Model()
    whole = model.columns(columns // 2, cost=rng.normal(size=columns // 2), upper=3.0, integer=True)
    rest = model.columns(columns - columns // 2, cost=rng.normal(size=columns - columns // 2), upper=3.0)
    every = np.concatenate([whole, rest])
    for _ in range(rows):
        some = rng.random(columns) < 0.4
        model.row(every[some], rng.uniform(0.5, 2.0, int(some.sum())), upper=float(rng.uniform(1.0, 9.0)))
    return model.arrays()


def test_a_row_and_a_block_of_rows_say_the_same() -> None:
    """Numbers beside arrays stand for all of their places, entries of one row and column add up, charges add to costs."""
    first, second = Model(), Model()
    for model in (first, second):
        assert model.column(cost=2.0, upper=5.0) == 0
        assert model.columns((2, 3), cost=np.arange(3.0), lower=-1.0, integer=True).tolist() == [[1, 2, 3], [4, 5, 6]]
        model.charge([0, 0, 2], [1.0, 1.0, 0.5])
    first.row([0, 1, 1], [1.0, 2.0, 3.0], lower=1.0)
    first.row([0, 2], -1.0, upper=4.0)
    entries = (
        (np.array([0, 1]), 0, np.array([1.0, -1.0])),
        (0, np.array([1, 1]), [2.0, 3.0]),
        (1, 2, -1.0),
    )
    second.rows([1.0, -np.inf], [np.inf, 4.0], *entries)
    one, other = first.arrays(), second.arrays()
    for name in ("cost", "lower", "upper", "integer", "row_lower", "row_upper", "starts", "index", "value"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.cost.tolist() == [4.0, 0.0, 1.5, 2.0, 0.0, 1.0, 2.0]
    assert one.matrix.toarray()[0, 1] == 5.0
    assert first.upper_of(0) == 5.0
    assert first.uppers_of([0, 4]).tolist() == [5.0, np.inf]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), columns=st.integers(4, 14), rows=st.integers(1, 5), relaxed=st.booleans())
def test_columns_fixed_at_zero_may_as_well_be_gone(seed: int, columns: int, rows: int, relaxed: bool) -> None:
    """Most columns fixed at zero: the answer is that of the model without them, its duals prove it, and values come back in place."""
    arrays = knapsacks(seed, columns, rows)
    kept = np.sort(np.random.default_rng(seed).permutation(columns)[: max(1, columns // 3)])
    upper = np.zeros(columns)
    upper[kept] = arrays.upper[kept]
    fixed = solve(replace(arrays, upper=upper), relaxed=relaxed)
    alone = solve(arrays.part(kept, np.arange(rows)), relaxed=relaxed)
    assert fixed.objective == pytest.approx(alone.objective, abs=1e-7)
    assert fixed.values is not None
    assert alone.values is not None
    assert fixed.values.size == columns
    assert not np.delete(fixed.values, kept).any()
    assert float(arrays.cost @ fixed.values) == pytest.approx(fixed.objective, abs=1e-7)
    if relaxed:
        assert fixed.duals is not None
        assert fixed.reduced_costs is not None
        assert fixed.reduced_costs == pytest.approx(arrays.cost - arrays.matrix.T @ fixed.duals, abs=1e-7)
        low = np.where(fixed.reduced_costs < 0.0, upper, arrays.lower)
        dual = fixed.reduced_costs @ low + fixed.duals @ np.where(fixed.duals == 0.0, 0.0, arrays.row_upper)
        assert dual == pytest.approx(fixed.objective, abs=1e-6)


def test_a_row_that_fixed_columns_cannot_meet_is_infeasible() -> None:
    """A row whose columns are all fixed at zero and that asks for more is not lost with them."""
    model = Model()
    columns = model.columns(6, cost=1.0, upper=np.array([0.0, 0.0, 0.0, 0.0, 2.0, 2.0]))
    model.row(columns[:2], 1.0, lower=1.0)
    assert solve(model.arrays()).status == "infeasible"
    assert solve(model.arrays(), relaxed=True).status == "infeasible"


@pytest.mark.parametrize("lies", [1, 2, 3])
def test_an_answer_that_costs_other_than_claimed_is_not_believed(monkeypatch: pytest.MonkeyPatch, lies: int) -> None:
    """Asked again without the start, then without presolve; where all lie, the values stand and no bound does."""
    arrays = knapsacks(5, 8, 3)
    true = solve(arrays)
    asked: list[tuple[bool, object]] = []
    run = blocks._run

    def lying(
        arrays: Arrays, settings: dict[str, object], relaxed: bool, seconds: float, start: object, watch: None
    ) -> Solution:
        answer = run(arrays, settings, relaxed, seconds, None, watch)
        asked.append((start is not None, settings.get("presolve")))
        return (
            replace(answer, objective=answer.objective - 1.0, bound=answer.bound + 1.0)
            if len(asked) <= lies
            else answer
        )

    monkeypatch.setattr(blocks, "_run", lying)
    answer = solve(arrays, start=(np.array([0]), np.array([0.0])))
    assert asked == [(True, None), (False, None), (False, "off")][: lies + 1]
    assert answer.values is not None
    assert float(arrays.cost @ answer.values) == pytest.approx(true.objective)
    assert answer.status == ("stopped" if lies == 3 else "optimal")
    assert answer.bound == (-np.inf if lies == 3 else pytest.approx(true.bound))


def test_the_solver_says_nothing() -> None:
    """Standard output belongs to the answer."""
    code = "from halfshaft.plan.blocks import Model, solve; m = Model(); m.column(cost=1.0, integer=True); print(solve(m.arrays()).status)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("optimal\n", "")
