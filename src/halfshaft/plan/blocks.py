"""Linear models in named blocks, handed to the solver as plain arrays.

A block is an array of columns with a name; rows are added as triplets. Nothing is wrapped per variable, so building a model costs
milliseconds, and every column can be found again by block and index.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass
class Model:
    """A mixed-integer linear model under construction: minimise cost subject to row bounds."""

    _lower: list[FloatArray] = field(default_factory=list)
    _upper: list[FloatArray] = field(default_factory=list)
    _cost: list[FloatArray] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    _row_lower: list[float] = field(default_factory=list)
    _row_upper: list[float] = field(default_factory=list)
    # Entries: blocks of rows with an index each, and single rows with the index and the number of their entries.
    _rows: list[IntArray] = field(default_factory=list)
    _columns: list[IntArray] = field(default_factory=list)
    _values: list[FloatArray] = field(default_factory=list)
    _single: list[tuple[int, int]] = field(default_factory=list)
    _single_columns: list[IntArray] = field(default_factory=list)
    _single_values: list[FloatArray] = field(default_factory=list)
    _charges: list[tuple[IntArray, FloatArray]] = field(default_factory=list)
    column_count: int = 0

    def columns(
        self,
        shape: int | tuple[int, ...],
        *,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        integer: bool = False,
    ) -> IntArray:
        """Add a block of columns; returns their indices in `shape`. Bounds and costs broadcast to it."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        self._firsts.append(self.column_count)
        for store, value in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            whole = np.empty(shape)
            whole[...] = value
            store.append(whole.ravel())
        self._integer.append(np.full(size, integer))
        indices = np.arange(self.column_count, self.column_count + size, dtype=np.int64).reshape(shape)
        self.column_count += size
        return indices

    def row(self, columns: ArrayLike, values: ArrayLike, lower: float = -np.inf, upper: float = np.inf) -> int:
        """Add one row: lower <= sum(values * columns) <= upper. Returns its index."""
        index = len(self._row_lower)
        where = np.asarray(columns, dtype=np.int64).ravel()
        self._row_lower.append(lower)
        self._row_upper.append(upper)
        much = np.empty(where.size)
        much[:] = values
        self._single.append((index, where.size))
        self._single_columns.append(where)
        self._single_values.append(much)
        return index

    def rows(self, lower: ArrayLike, upper: ArrayLike, *entries: tuple[ArrayLike, ArrayLike, ArrayLike]) -> IntArray:
        """Add a block of rows: `entries` are (row within the block, column, value), each broadcast together. Returns the rows' indices."""
        low, high = np.broadcast_arrays(np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64))
        first = len(self._row_lower)
        self._row_lower.extend(np.atleast_1d(low).tolist())
        self._row_upper.extend(np.atleast_1d(high).tolist())
        for row, column, value in entries:
            where, what = np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64)
            where, what, much = _alike(where, what, np.asarray(value, dtype=np.float64))
            self._rows.append(where + first)
            self._columns.append(what)
            self._values.append(much)
        return np.arange(first, len(self._row_lower), dtype=np.int64)

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
        upper: FloatArray = np.concatenate(self._upper)[np.asarray(columns, dtype=np.int64)]
        return upper

    def upper_of(self, column: int) -> float:
        """Upper bound of one column."""
        block = bisect_right(self._firsts, column) - 1
        return float(self._upper[block][column - self._firsts[block]])

    def charge(self, columns: ArrayLike, cost: ArrayLike) -> None:
        """Add to the objective what columns cost beyond the cost they were added with."""
        where, much = np.broadcast_arrays(np.asarray(columns, dtype=np.int64), np.asarray(cost, dtype=np.float64))
        self._charges.append((where.ravel(), much.ravel()))

    @property
    def row_count(self) -> int:
        """Rows added so far."""
        return len(self._row_lower)

    def costs(self) -> FloatArray:
        """What each column costs, charges added."""
        cost = np.concatenate(self._cost) if self._cost else np.zeros(0)
        if self._charges:
            charged, more = (np.concatenate([pair[side] for pair in self._charges]) for side in (0, 1))
            np.add.at(cost, charged.astype(np.int64), more)
        return cost

    def arrays(self) -> Arrays:
        """The finished model as arrays, with entries of one row and column added up."""
        from scipy.sparse import csr_matrix

        def join(parts: list[Any], dtype: Any) -> Any:
            return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)

        single = np.array(self._single, dtype=np.int64).reshape(-1, 2)
        rows = np.concatenate([join(self._rows, int), np.repeat(single[:, 0], single[:, 1])])
        columns = join([*self._columns, *self._single_columns], int)
        values = join([*self._values, *self._single_values], float)
        matrix = csr_matrix((values, (rows, columns)), shape=(self.row_count, self.column_count))
        matrix.sum_duplicates()
        return Arrays(
            cost=self.costs(),
            lower=join(self._lower, float),
            upper=join(self._upper, float),
            integer=join(self._integer, bool),
            row_lower=np.array(self._row_lower),
            row_upper=np.array(self._row_upper),
            starts=matrix.indptr.astype(np.int32),
            index=matrix.indices.astype(np.int32),
            value=matrix.data.astype(np.float64),
        )


def _alike(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
    """Arrays broadcast together, flat; the common case, numbers beside arrays of one shape, without numpy's overhead."""
    shape = max((array.shape for array in arrays), key=len)
    if all(array.ndim == 0 or array.shape == shape for array in arrays):
        return [array.ravel() if array.ndim else np.full(math.prod(shape), array) for array in arrays]
    return [array.ravel() for array in np.broadcast_arrays(*arrays)]


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
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    # Threads must be set before anything runs: a later change makes HiGHS refuse silently.
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", absolute_gap)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    for name, value in options.items():
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
