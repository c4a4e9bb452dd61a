"""Linear models in named blocks, handed to the solver as plain arrays.

A block is an array of columns with a name; rows are added as triplets. Nothing is wrapped per variable, so building a model costs
milliseconds, and every column can be found again by block and index.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_Piece = FloatArray | IntArray | Sequence[float] | float


# A piece of zeros.
_NOTHING = 0.0


class _Pieces:
    """Numbers that come in pieces, each an array or one number for many places, and are put together once at the end."""

    def __init__(self) -> None:
        # Side by side, not in pairs: tens of thousands of pairs would send the garbage collector round.
        self._pieces: list[_Piece] = []
        self.sizes: list[int] = []
        self.size = 0

    def add(self, piece: _Piece, size: int) -> None:
        self._pieces.append(piece)
        self.sizes.append(size)
        self.size += size

    def joined(self, dtype: Any) -> NDArray[Any]:
        whole, end = np.zeros(self.size, dtype=dtype), 0
        for piece, size in zip(self._pieces, self.sizes, strict=True):
            begin, end = end, end + size
            if piece is not _NOTHING:
                whole[begin:end] = piece
        return whole

    def __getitem__(self, number: int) -> _Piece:
        return self._pieces[number]


class Model:
    """A mixed-integer linear model under construction: minimise cost subject to row bounds.

    Arrays that are handed over are kept as they are until the model is finished, not copied: they must not change until then.
    """

    def __init__(self) -> None:
        self._cost, self._lower, self._upper, self._integer = _Pieces(), _Pieces(), _Pieces(), _Pieces()
        self._firsts: list[int] = []
        self._row_lower, self._row_upper = _Pieces(), _Pieces()
        # Entries: rows within their block, columns and values; and of each piece of them, the first row of its block.
        self._rows, self._columns, self._values = _Pieces(), _Pieces(), _Pieces()
        self._first_rows: list[int] = []
        self._charged, self._charges = _Pieces(), _Pieces()
        self.column_count = 0

    def columns(
        self,
        shape: int | tuple[int, ...],
        *,
        cost: ArrayLike = _NOTHING,
        lower: ArrayLike = _NOTHING,
        upper: ArrayLike = np.inf,
        integer: bool = False,
    ) -> IntArray:
        """Add a block of columns; returns their indices in `shape`. Bounds and costs broadcast to it."""
        block = (shape,) if isinstance(shape, int) else shape
        size = math.prod(block)
        self._firsts.append(self.column_count)
        for store, value in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            store.add(_spread(value, block), size)
        self._integer.add(integer, size)
        first = self.column_count
        self.column_count += size
        indices = np.arange(first, self.column_count, dtype=np.int64)
        return indices if isinstance(shape, int) else indices.reshape(shape)

    def column(
        self, *, cost: float = _NOTHING, lower: float = _NOTHING, upper: float = np.inf, integer: bool = False
    ) -> int:
        """Add one column; returns its index."""
        self._firsts.append(self.column_count)
        self._cost.add(cost, 1)
        self._lower.add(lower, 1)
        self._upper.add(upper, 1)
        self._integer.add(integer, 1)
        self.column_count += 1
        return self.column_count - 1

    def row(self, columns: ArrayLike, values: ArrayLike, lower: float = -np.inf, upper: float = np.inf) -> int:
        """Add one row: lower <= sum(values * columns) <= upper. `values` are as many, or one for all. Returns its index."""
        where = columns if isinstance(columns, list) else np.asarray(columns, dtype=np.int64).ravel()
        size, index = len(where), self._row_lower.size
        self._row_lower.add(lower, 1)
        self._row_upper.add(upper, 1)
        self._rows.add(_NOTHING, size)
        self._first_rows.append(index)
        self._columns.add(where, size)
        self._values.add(_flat(values), size)
        return index

    def rows(self, lower: ArrayLike, upper: ArrayLike, *entries: tuple[ArrayLike, ArrayLike, ArrayLike]) -> IntArray:
        """Add a block of rows: `entries` are (row within the block, column, value), each broadcast together. Returns the rows' indices."""
        first = self._row_lower.size
        (low, high), count = _alike((lower, upper))
        self._row_lower.add(low, count)
        self._row_upper.add(high, count)
        for entry in entries:
            (row, column, value), size = _alike(entry)
            self._rows.add(row, size)
            self._first_rows.append(first)
            self._columns.add(column, size)
            self._values.add(value, size)
        return np.arange(first, first + count, dtype=np.int64)

    def equal_rows(
        self, columns: ArrayLike, values: ArrayLike, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf
    ) -> None:
        """Add rows of equal length at once: `columns` (rows × entries); values and bounds broadcast to it."""
        where = np.asarray(columns, dtype=np.int64)
        count = where.shape[0]
        order = np.repeat(np.arange(count), where.shape[1])
        much = np.broadcast_to(np.asarray(values, dtype=np.float64), where.shape)
        self.rows(np.broadcast_to(lower, count), np.broadcast_to(upper, count), (order, where.ravel(), much.ravel()))

    def uppers_of(self, columns: ArrayLike) -> FloatArray:
        """Upper bounds of columns added before."""
        upper: FloatArray = self._upper.joined(float)[np.asarray(columns, dtype=np.int64)]
        return upper

    def upper_of(self, column: int) -> float:
        """Upper bound of one column."""
        block = bisect_right(self._firsts, column) - 1
        upper = self._upper[block]
        return float(upper[column - self._firsts[block]] if isinstance(upper, np.ndarray) else upper)  # type: ignore[arg-type]

    def charge(self, columns: ArrayLike, cost: ArrayLike) -> None:
        """Add to the objective what columns cost beyond the cost they were added with."""
        where = np.asarray(columns, dtype=np.int64)
        self._charged.add(_flat(where), where.size)
        self._charges.add(_spread(cost, where.shape), where.size)

    @property
    def row_count(self) -> int:
        """Rows added so far."""
        return self._row_lower.size

    def costs(self) -> FloatArray:
        """What each column costs, charges added."""
        cost: FloatArray = self._cost.joined(float)
        if self._charges.size:
            cost += np.bincount(self._charged.joined(np.int64), self._charges.joined(float), self.column_count)
        return cost

    def arrays(self) -> Arrays:
        """The finished model as arrays, with entries of one row and column added up."""
        rows = self._rows.joined(np.int64)
        rows += np.repeat(np.array(self._first_rows, dtype=np.int64), self._rows.sizes)
        entries = (self._values.joined(float), (rows, self._columns.joined(np.int64)))
        matrix = csr_matrix(entries, shape=(self.row_count, self.column_count))
        matrix.sum_duplicates()
        return Arrays(
            cost=self.costs(),
            lower=self._lower.joined(float),
            upper=self._upper.joined(float),
            integer=self._integer.joined(bool),
            row_lower=self._row_lower.joined(float),
            row_upper=self._row_upper.joined(float),
            starts=matrix.indptr.astype(np.int32),
            index=matrix.indices.astype(np.int32),
            value=matrix.data.astype(np.float64),
        )


def _flat(value: Any) -> Any:
    """A number or a list as it is, an array in one dimension."""
    if isinstance(value, np.ndarray):
        return value if value.ndim == 1 else value.ravel() if value.ndim else value.item()
    return value


def _spread(value: Any, shape: tuple[int, ...]) -> Any:
    """A number as it is, anything else broadcast to a shape, in one dimension."""
    if isinstance(value, float | int):
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        return array.item()
    return _flat(array if array.shape == shape else np.broadcast_to(array, shape))


def _alike(items: tuple[Any, ...]) -> tuple[Any, int]:
    """Arrays broadcast together, flat, and numbers beside them as they are; and how many values each stands for."""
    size = 1
    for item in items:
        if isinstance(item, np.ndarray):
            if item.ndim != 1 or size not in (1, item.size):
                break
            size = item.size
        elif not isinstance(item, int | float):
            break
    else:
        return items, size
    together = np.broadcast_arrays(*items)
    return [item.ravel() for item in together], together[0].size


@dataclass(frozen=True)
class Arrays:
    """A model as the solver takes it: columns, row bounds and the matrix by rows."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: NDArray[np.bool_]
    row_lower: FloatArray
    row_upper: FloatArray
    starts: NDArray[np.int32]
    index: NDArray[np.int32]
    value: FloatArray

    @cached_property
    def matrix(self) -> csr_matrix:
        """The matrix, rows × columns."""
        return csr_matrix((self.value, self.index, self.starts), shape=(self.row_lower.size, self.cost.size))

    def entries_of(self, columns: IntArray) -> FloatArray:
        """How many of some columns stand in each row."""
        wanted = np.zeros(self.cost.size)
        wanted[columns] = 1.0
        pattern = csr_matrix((np.ones(self.value.size), self.index, self.starts), shape=self.matrix.shape)
        entries: FloatArray = pattern @ wanted
        return entries

    def part(self, columns: IntArray, rows: IntArray) -> Arrays:
        """The model of some columns and rows alone."""
        matrix = self.matrix[rows][:, columns]
        return Arrays(
            self.cost[columns],
            self.lower[columns],
            self.upper[columns],
            self.integer[columns],
            self.row_lower[rows],
            self.row_upper[rows],
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )


class _Quiet(highspy.Highs):
    """HiGHS that says nothing: its first call comes from its own constructor, and it greets on standard output unless told not to."""

    def enableCallbacks(self) -> Any:
        """Told not to speak before the first call."""
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()  # type: ignore[no-untyped-call]


def solver() -> Any:
    """HiGHS on one thread, without output."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    # Threads must be set before anything runs: a later change makes HiGHS refuse silently.
    highs.setOptionValue("threads", 1)
    return highs


# Called now and then with the best cost and the bound so far; True asks the solver to stop.
Watch = Callable[[float, float], bool]


@dataclass(frozen=True)
class Solution:
    """What the solver gives back. `values` is None when it found nothing feasible; `bound` is its proven lower bound.

    `duals` (by row) and `reduced_costs` (by column) come with a relaxation only.
    """

    status: Literal["optimal", "infeasible", "unbounded", "stopped"]
    values: FloatArray | None
    objective: float
    bound: float
    reduced_costs: FloatArray | None = None
    duals: FloatArray | None = None


def solve(
    arrays: Arrays,
    *,
    relaxed: bool = False,
    gap: float = 0.0,
    absolute_gap: float = 0.0,
    time_limit: float = np.inf,
    start: tuple[IntArray, FloatArray] | None = None,
    watch: Watch | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Solution:
    """Solve with HiGHS on one thread, which makes the answer the same on every run unless the time limit cuts it short.

    With `relaxed` the integrality is dropped and duals come back. `start` gives values for some columns (all integer ones, as a rule): the
    solver completes them to a first plan. `watch` may stop the search. Raises RuntimeError when the solver fails outright.
    """
    open_ = (arrays.lower != 0.0) | (arrays.upper != 0.0)
    if 2 * int(open_.sum()) < open_.size:
        return _solve_open(
            arrays, np.flatnonzero(open_), start,
            relaxed=relaxed, gap=gap, absolute_gap=absolute_gap, time_limit=time_limit, watch=watch, options=options,
        )  # fmt: skip
    settings = {"mip_rel_gap": gap, "mip_abs_gap": absolute_gap, "mip_feasibility_tolerance": 1e-7, **options}
    ends = time.monotonic() + time_limit
    answer = _run(arrays, settings, relaxed, time_limit, start, watch)
    # Version 1.16.0 may take a start for cheaper than it is, and then ends its search as if it had found that (1 of some 100 models).
    for careful in ({}, {"presolve": "off"}):
        left = ends - time.monotonic()
        if left <= 0.0 or _is_honest(arrays, answer):
            break
        answer = _cheaper(arrays, _run(arrays, settings | careful, relaxed, left, None, watch), answer)
    return answer if _is_honest(arrays, answer) else replace(answer, status="stopped", bound=-np.inf)


def _is_honest(arrays: Arrays, answer: Solution) -> bool:
    """Whether an answer costs what the solver says."""
    if answer.values is None:
        return True
    cost = float(arrays.cost @ answer.values)
    return abs(cost - answer.objective) <= 1e-6 * max(1.0, abs(cost))


def _cheaper(arrays: Arrays, answer: Solution, before: Solution) -> Solution:
    """The answer, with the values of the one before where they are cheaper."""
    assert before.values is not None
    cost = float(arrays.cost @ before.values)
    if answer.values is None or cost < float(arrays.cost @ answer.values):
        return replace(answer, values=before.values, objective=cost, bound=min(answer.bound, cost))
    return answer


def _run(
    arrays: Arrays,
    settings: Mapping[str, Any],
    relaxed: bool,
    time_limit: float,
    start: tuple[IntArray, FloatArray] | None,
    watch: Watch | None,
) -> Solution:
    """One run of the solver."""
    highs = solver()
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    if np.isfinite(time_limit):
        highs.setOptionValue("time_limit", max(float(time_limit), 0.01))
    integral = not relaxed and bool(arrays.integer.any())
    if highs.passModel(_highs_model(arrays, integral)) == highspy.HighsStatus.kError:
        raise RuntimeError("the solver refused the model")
    if start is not None:
        columns, given = start
        highs.setSolution(columns.size, columns.astype(np.int32), given)
    if watch is not None:
        _subscribe(highs, watch)
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError("the solver failed")
    status = highs.getModelStatus()
    info = highs.getInfo()
    kinds = highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Solution("infeasible", None, np.inf, np.inf)
    if status == kinds.kUnbounded:
        return Solution("unbounded", None, -np.inf, -np.inf)
    told: Literal["optimal", "stopped"] = "optimal" if status == kinds.kOptimal else "stopped"
    bound = float(info.mip_dual_bound) if integral else -np.inf
    if info.primal_solution_status != 2:  # kSolutionStatusFeasible
        return Solution(told, None, np.inf, bound)
    answer = highs.getSolution()
    objective = float(info.objective_function_value)
    if not integral and told == "optimal":
        bound = objective
    return Solution(
        told,
        np.array(answer.col_value),
        objective,
        bound,
        None if integral else np.array(answer.col_dual),
        None if integral else np.array(answer.row_dual),
    )


def _solve_open(
    arrays: Arrays, columns: IntArray, start: tuple[IntArray, FloatArray] | None, *, relaxed: bool, **given: Any
) -> Solution:
    """Solve what is left of a model most of whose columns are fixed at zero: passing those on would take longer than solving."""
    rows = np.flatnonzero((arrays.entries_of(columns) > 0.0) | (arrays.row_lower > 0.0) | (arrays.row_upper < 0.0))
    if start is not None:
        place = np.full(arrays.cost.size, -1, dtype=np.int64)
        place[columns] = np.arange(columns.size)
        kept = place[start[0]] >= 0
        start = (place[start[0]][kept], start[1][kept])
    small = solve(arrays.part(columns, rows), relaxed=relaxed, start=start, **given)
    values, reduced, duals = small.values, small.reduced_costs, small.duals
    if values is not None:
        filled = np.zeros(arrays.cost.size)
        filled[columns] = values
        values = filled
    if duals is not None:
        whole = np.zeros(arrays.row_lower.size)
        whole[rows] = duals
        duals, reduced = whole, arrays.cost - arrays.matrix.T @ whole
    return replace(small, values=values, reduced_costs=reduced, duals=duals)


def _highs_model(arrays: Arrays, integral: bool) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arrays.cost.size, arrays.row_lower.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays.cost, arrays.lower, arrays.upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = arrays.starts, arrays.index, arrays.value
    if integral:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in arrays.integer]
    return lp


def _subscribe(highs: Any, watch: Watch) -> None:
    known = [np.inf, -np.inf]

    def look(event: Any) -> None:
        known[0], known[1] = float(event.data_out.mip_primal_bound), float(event.data_out.mip_dual_bound)
        if watch(known[0], known[1]):
            event.interrupt()

    def ask(event: Any) -> None:
        if watch(known[0], known[1]):
            event.interrupt()

    highs.cbMipInterrupt += look
    highs.cbSimplexInterrupt += ask
