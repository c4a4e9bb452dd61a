"""Linear models in named blocks, handed to the solver as plain arrays.

A block is an array of columns with a name; rows are added as triplets. Nothing is wrapped per variable, so building a model costs
milliseconds, and every column can be found again by block and index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    _row_lower: list[float] = field(default_factory=list)
    _row_upper: list[float] = field(default_factory=list)
    _rows: list[IntArray] = field(default_factory=list)
    _columns: list[IntArray] = field(default_factory=list)
    _values: list[FloatArray] = field(default_factory=list)
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
        size = int(np.prod(shape))
        for store, value in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            store.append(np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel().copy())
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
        self._rows.append(np.full(where.size, index, dtype=np.int64))
        self._columns.append(where)
        self._values.append(np.broadcast_to(np.asarray(values, dtype=np.float64), where.shape).copy())
        return index

    @property
    def row_count(self) -> int:
        """Rows added so far."""
        return len(self._row_lower)

    def arrays(self) -> Arrays:
        """The finished model as arrays, with entries of one row and column added up."""
        from scipy.sparse import csr_matrix

        def join(parts: list[Any], dtype: Any) -> Any:
            return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)

        matrix = csr_matrix(
            (join(self._values, float), (join(self._rows, int), join(self._columns, int))),
            shape=(self.row_count, self.column_count),
        )
        matrix.sum_duplicates()
        return Arrays(
            cost=join(self._cost, float),
            lower=join(self._lower, float),
            upper=join(self._upper, float),
            integer=join(self._integer, bool),
            row_lower=np.array(self._row_lower),
            row_upper=np.array(self._row_upper),
            starts=matrix.indptr.astype(np.int32),
            index=matrix.indices.astype(np.int32),
            value=matrix.data.astype(np.float64),
        )


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


@dataclass(frozen=True)
class Solution:
    """What the solver gives back. `values` is None when it found nothing feasible; `bound` is its proven lower bound."""

    status: str
    values: FloatArray | None
    objective: float
    bound: float
    reduced_costs: FloatArray | None


def solve(
    arrays: Arrays,
    *,
    relaxed: bool = False,
    gap: float = 0.0,
    time_limit: float = np.inf,
    start: FloatArray | None = None,
) -> Solution:
    """Solve with HiGHS on one thread, which makes the answer the same on every run unless the time limit cuts it short.

    With `relaxed` the integrality is dropped and reduced costs come back. Raises RuntimeError when the solver fails outright.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    # Threads must be set before anything runs: a later change makes HiGHS refuse silently.
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    if np.isfinite(time_limit):
        highs.setOptionValue("time_limit", float(time_limit))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arrays.cost.size, arrays.row_lower.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays.cost, arrays.lower, arrays.upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = arrays.starts, arrays.index, arrays.value
    if not relaxed and arrays.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in arrays.integer]
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("the solver refused the model")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        highs.setSolution(solution)
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError("the solver failed")
    status = highs.getModelStatus()
    info = highs.getInfo()
    feasible = info.primal_solution_status == 2  # kSolutionStatusFeasible
    if status == highspy.HighsModelStatus.kInfeasible or not feasible:
        return Solution(highs.modelStatusToString(status), None, np.inf, -np.inf, None)
    answer = highs.getSolution()
    integral = not relaxed and bool(arrays.integer.any())
    return Solution(
        highs.modelStatusToString(status),
        np.array(answer.col_value),
        float(info.objective_function_value),
        float(info.mip_dual_bound if integral else info.objective_function_value),
        np.array(answer.col_dual) if relaxed else None,
    )
