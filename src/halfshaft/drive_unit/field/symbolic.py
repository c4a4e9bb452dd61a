"""The shape of a sparse Cholesky factor, before any number is known.

All operating points of one rotor position share it, so it is found once. Columns with the same structure are gathered into *supernodes*:
dense panels, stored row by row, that factorise with few memory accesses. The fill-reducing order is SciPy's minimum degree (SuperLU);
elimination tree and column structure follow Liu (1990, "The role of elimination trees in sparse factorization").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

IntArray = NDArray[np.int64]

_RELAXED_WIDTH = 4  # narrow supernodes merge into their parent ...
_RELAXED_ZEROS = 0.05  # ... while that adds no larger a share of explicit zeros


@dataclass(frozen=True)
class Symbolic:
    """Structure of one factor; dof order is the elimination order.

    ``rank`` (n,) gives each unknown's place in the elimination order. Supernode s holds columns ``first[s]`` to ``first[s+1]``, its
    sorted rows (its own columns first) are ``rows[row_start[s]:row_start[s+1]]``, its panel starts at entry ``panel_start[s]``.
    Its updates are ``update_start[s]:update_start[s+1]``: descendant ``update_source``, from its row ``update_row`` on, of which
    ``update_columns`` lie within s; ``relative[update_relative[u]:]`` are the places of those rows in the panel of s.
    """

    rank: IntArray
    first: IntArray
    row_start: IntArray
    rows: IntArray
    panel_start: IntArray
    update_start: IntArray
    update_source: IntArray
    update_row: IntArray
    update_columns: IntArray
    update_relative: IntArray
    relative: IntArray

    @property
    def unknowns(self) -> int:
        """Size of the matrix."""
        return len(self.rank)

    @property
    def entries(self) -> int:
        """Stored entries of the factor."""
        return int(self.panel_start[-1])


def fill_reducing_rank(start: IntArray, column: IntArray) -> IntArray:
    """Place of each unknown in a minimum-degree elimination order; symmetric pattern (start, column) with its diagonal."""
    n = len(start) - 1
    values = np.full(len(column), -1.0)
    row = np.repeat(np.arange(n), np.diff(start))
    degree = np.diff(start).astype(float)
    values[row == column] = 2.0 * degree
    matrix = csc_matrix((values, column.astype(np.int32), start.astype(np.int32)), shape=(n, n))
    factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    rank: IntArray = np.asarray(factor.perm_c, dtype=np.int64)
    return rank


def analyse(start: IntArray, column: IntArray, rank: IntArray | None = None) -> Symbolic:
    """Structure of the factor of a symmetric matrix with pattern (start, column), diagonal included."""
    rank = fill_reducing_rank(start, column) if rank is None else rank
    permuted_start, permuted = _permute(start, column, rank)
    parent = _elimination_tree(permuted_start, permuted)
    order = _postorder(parent)
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    rank = position[rank]
    permuted_start, permuted = _permute(start, column, rank)
    parent = _elimination_tree(permuted_start, permuted)
    counts = _column_counts(permuted_start, permuted, parent)
    first = _supernodes(parent, counts)
    first = _relax(first, parent, counts, _RELAXED_WIDTH, _RELAXED_ZEROS)
    row_start, rows = _structure(permuted_start, permuted, first)
    # sorted here, since NumPy's sort is there already and numba's would have to be compiled
    rows = rows[np.lexsort((rows, np.repeat(np.arange(len(first) - 1), np.diff(row_start))))]
    widths, heights = np.diff(first), np.diff(row_start)
    panel_start = np.concatenate([[0], np.cumsum(widths * heights)])
    updates = _updates(first, row_start, rows)
    return Symbolic(rank, first, row_start, rows, panel_start, *updates)


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _permute(start, column, rank):
    n = len(rank)
    count = np.zeros(n + 1, np.int64)
    for i in range(n):
        count[rank[i] + 1] = start[i + 1] - start[i]
    new_start = np.cumsum(count)
    new = np.empty(len(column), np.int64)
    for i in range(n):
        p = new_start[rank[i]]
        for q in range(start[i], start[i + 1]):
            new[p] = rank[column[q]]
            p += 1
    return new_start, new


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _elimination_tree(start, column):
    n = len(start) - 1
    parent = np.full(n, -1, np.int64)
    ancestor = np.full(n, -1, np.int64)
    for i in range(n):
        for q in range(start[i], start[i + 1]):
            j = column[q]
            while j != -1 and j < i:
                above = ancestor[j]
                ancestor[j] = i
                if above == -1:
                    parent[j] = i
                j = above
    return parent


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _postorder(parent):
    n = len(parent)
    child = np.full(n, -1, np.int64)
    sibling = np.full(n, -1, np.int64)
    for j in range(n - 1, -1, -1):
        if parent[j] != -1:
            sibling[j] = child[parent[j]]
            child[parent[j]] = j
    order = np.empty(n, np.int64)
    stack = np.empty(n, np.int64)
    k = 0
    for root in range(n):
        if parent[root] != -1:
            continue
        top = 0
        stack[0] = root
        while top >= 0:
            j = stack[top]
            c = child[j]
            if c == -1:
                order[k] = j
                k += 1
                top -= 1
            else:
                child[j] = sibling[c]
                top += 1
                stack[top] = c
    return order


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _column_counts(start, column, parent):
    n = len(parent)
    counts = np.ones(n, np.int64)
    seen = np.full(n, -1, np.int64)
    for i in range(n):
        seen[i] = i
        for q in range(start[i], start[i + 1]):
            j = column[q]
            while j < i and seen[j] != i:
                counts[j] += 1
                seen[j] = i
                j = parent[j]
    return counts


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _supernodes(parent, counts):
    n = len(parent)
    children = np.zeros(n, np.int64)
    for j in range(n):
        if parent[j] != -1:
            children[parent[j]] += 1
    first = np.empty(n + 1, np.int64)
    k = 0
    for j in range(n):
        joined = j > 0 and parent[j - 1] == j and counts[j - 1] == counts[j] + 1 and children[j] == 1
        if not joined:
            first[k] = j
            k += 1
    first[k] = n
    return first[: k + 1].copy()


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _relax(first, parent, counts, width, share):
    """Merge each supernode into the next where that is its parent and costs few explicit zeros."""
    merged = np.empty(len(first), np.int64)
    zeros = np.zeros(len(first), np.float64)
    k = 0
    for s in range(len(first) - 1):
        begin, end = first[s], first[s + 1]
        merged[k] = begin
        zeros[k] = 0.0
        k += 1
        while k > 1:
            before = merged[k - 2]
            here = merged[k - 1]
            if parent[here - 1] != here:
                break
            left, right = here - before, end - here
            height_left = counts[here - 1] + left - 1
            height_all = left + counts[end - 1] + right - 1
            added = left * (height_all - height_left) + zeros[k - 2] + zeros[k - 1]
            if added > share * (left + right) * height_all and not (left + right <= width and added <= 3.0 * width):
                break
            zeros[k - 2] = added
            k -= 1
        # columns of a merged supernode share the structure of its last original part
    merged[k] = first[-1]
    return merged[: k + 1].copy()


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _structure(start, column, first):
    n = len(start) - 1
    count = len(first) - 1
    owner = np.empty(n, np.int64)
    for s in range(count):
        owner[first[s] : first[s + 1]] = s
    child = np.full(count, -1, np.int64)
    sibling = np.full(count, -1, np.int64)
    row_start = np.zeros(count + 1, np.int64)
    capacity = 64 * n
    rows = np.empty(capacity, np.int64)
    mark = np.full(n, -1, np.int64)
    below = np.empty(n, np.int64)
    for s in range(count):
        begin, end = first[s], first[s + 1]
        m = 0
        for j in range(begin, end):
            mark[j] = s
        for j in range(begin, end):
            for q in range(start[j], start[j + 1]):
                i = column[q]
                if i >= end and mark[i] != s:
                    mark[i] = s
                    below[m] = i
                    m += 1
        c = child[s]
        while c != -1:
            for q in range(row_start[c], row_start[c + 1]):
                i = rows[q]
                if i >= end and mark[i] != s:
                    mark[i] = s
                    below[m] = i
                    m += 1
            c = sibling[c]
        p = row_start[s]
        size = end - begin + m
        if p + size > capacity:
            capacity = 2 * (p + size)
            grown = np.empty(capacity, np.int64)
            grown[:p] = rows[:p]
            rows = grown
        for j in range(begin, end):
            rows[p] = j
            p += 1
        lowest = n
        for k in range(m):
            rows[p + k] = below[k]
            lowest = min(lowest, below[k])
        row_start[s + 1] = p + m
        if m > 0:
            parent = owner[lowest]
            sibling[s] = child[parent]
            child[parent] = s
    return row_start, rows[: row_start[count]].copy()


@njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
def _updates(first, row_start, rows):
    count = len(first) - 1
    n = first[count]
    owner = np.empty(n, np.int64)
    for s in range(count):
        owner[first[s] : first[s + 1]] = s
    number = np.zeros(count + 1, np.int64)
    total_relative = 0
    for s in range(count):
        q = row_start[s] + first[s + 1] - first[s]
        while q < row_start[s + 1]:
            target = owner[rows[q]]
            number[target + 1] += 1
            total_relative += row_start[s + 1] - q
            while q < row_start[s + 1] and owner[rows[q]] == target:
                q += 1
    update_start = np.cumsum(number)
    total = update_start[count]
    source = np.empty(total, np.int64)
    row = np.empty(total, np.int64)
    columns = np.empty(total, np.int64)
    offset = np.empty(total, np.int64)
    relative = np.empty(total_relative, np.int64)
    fill = update_start[:-1].copy()
    for s in range(count):
        q = row_start[s] + first[s + 1] - first[s]
        while q < row_start[s + 1]:
            target = owner[rows[q]]
            u = fill[target]
            fill[target] += 1
            source[u] = s
            row[u] = q - row_start[s]
            begin = q
            while q < row_start[s + 1] and owner[rows[q]] == target:
                q += 1
            columns[u] = q - begin
    place = np.empty(n, np.int64)
    p = 0
    for s in range(count):
        for q in range(row_start[s], row_start[s + 1]):
            place[rows[q]] = q - row_start[s]
        for u in range(update_start[s], update_start[s + 1]):
            offset[u] = p
            d = source[u]
            for q in range(row_start[d] + row[u], row_start[d + 1]):
                relative[p] = place[rows[q]]
                p += 1
    return update_start, source, row, columns, offset, relative
