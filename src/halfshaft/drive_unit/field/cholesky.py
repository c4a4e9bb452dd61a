"""Sparse Cholesky factorisation and solution of sixteen matrices at once, in single precision.

Left-looking over supernodes (Ng and Peyton 1993, "Block sparse Cholesky algorithms on advanced uniprocessor computers"): a panel gathers
what its descendants subtract from it, then factorises as a dense block. Each entry is a vector of sixteen lanes, one operating point each,
so all arithmetic is vector arithmetic whatever the sparsity. A single-precision factor is a Newton direction, never a result: residuals are
formed in double precision, and the solution is as exact as they are.

Entries of the symmetric matrix come as (lane-independent part, optional lane-dependent part): linear materials are the same in all lanes.
The reciprocal of each pivot is stored in its place.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from halfshaft.drive_unit.field.lanes import (
    LANES,
    add,
    divide,
    load,
    multiply,
    spread,
    square_root,
    store,
    subtract_product,
)


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def factorise(
    first,
    row_start,
    panel_start,
    update_start,
    update_source,
    update_row,
    update_columns,
    update_relative,
    relative,
    entry_start,
    entry_place,
    entry_linear,
    entry_iron,
    iron,
    factor,
):
    """Factorise into ``factor`` (flat float32, entries * LANES).

    Entries of supernode s are ``entry_start[s]:entry_start[s+1]``: their place in the factor, their linear value (float32) and the index of
    their lane-dependent value in ``iron`` (flat float32), or -1.
    """
    zero = spread(np.float32(0.0))
    one = spread(np.float32(1.0))
    tallest = 0
    for s in range(len(first) - 1):
        tallest = max(tallest, row_start[s + 1] - row_start[s])
    itself = np.arange(tallest)
    for s in range(len(first) - 1):
        width = first[s + 1] - first[s]
        height = row_start[s + 1] - row_start[s]
        base = panel_start[s]
        for p in range(base, panel_start[s + 1]):
            store(factor, p * LANES, zero)
        for e in range(entry_start[s], entry_start[s + 1]):
            value = spread(entry_linear[e])
            if entry_iron[e] >= 0:
                value = add(value, load(iron, entry_iron[e] * LANES))
            store(factor, entry_place[e] * LANES, value)
        for u in range(update_start[s], update_start[s + 1]):
            d = update_source[u]
            inner = first[d + 1] - first[d]
            _subtract(
                factor,
                base,
                width,
                panel_start[d],
                inner,
                inner,
                update_row[u],
                update_columns[u],
                row_start[d + 1] - row_start[d],
                relative,
                update_relative[u],
            )
        c = 0
        while c < width:
            block = min(4, width - c)
            if c > 0:
                _subtract(factor, base, width, base, width, c, c, block, height, itself, c)
            _eliminate(factor, base, width, c, block, height, one)
            c += block


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def _eliminate(factor, base, width, c, block, height, one):
    """Finish the panel's columns c to c + block, from which all earlier columns have been subtracted."""
    for m in range(c, c + block):
        pivot = (base + m * width + m) * LANES
        total = load(factor, pivot)
        for k in range(c, m):
            left = load(factor, (base + m * width + k) * LANES)
            total = subtract_product(total, left, left)
        inverse = divide(one, square_root(total))
        store(factor, pivot, inverse)
        for i in range(m + 1, height):
            row = (base + i * width) * LANES
            total = load(factor, row + m * LANES)
            for k in range(c, m):
                total = subtract_product(
                    total, load(factor, row + k * LANES), load(factor, (base + m * width + k) * LANES)
                )
            store(factor, row + m * LANES, multiply(total, inverse))


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def _subtract(factor, base, width, source, stride, inner, row, columns, height, relative, offset):
    """Subtract from a panel the product of a source's rows from ``row`` on with its first ``columns`` of them.

    The source's rows are ``stride`` entries apart, of which ``inner`` count. Its row b lies at place ``relative[offset + b - row]`` of the
    panel. Four columns by four rows are held in registers at a time.
    """
    a = row
    last = row + columns
    while a < last:
        if a + 3 < last:
            c0 = relative[offset + a - row]
            c1 = relative[offset + a + 1 - row]
            c2 = relative[offset + a + 2 - row]
            c3 = relative[offset + a + 3 - row]
            p0 = (source + a * stride) * LANES
            p1 = p0 + stride * LANES
            p2 = p1 + stride * LANES
            p3 = p2 + stride * LANES
            b = a
            while b + 3 < height:
                q0 = (source + b * stride) * LANES
                q1 = q0 + stride * LANES
                q2 = q1 + stride * LANES
                q3 = q2 + stride * LANES
                t0 = (base + relative[offset + b + 0 - row] * width) * LANES
                t1 = (base + relative[offset + b + 1 - row] * width) * LANES
                t2 = (base + relative[offset + b + 2 - row] * width) * LANES
                t3 = (base + relative[offset + b + 3 - row] * width) * LANES
                s00 = load(factor, t0 + c0 * LANES)
                s01 = load(factor, t0 + c1 * LANES)
                s02 = load(factor, t0 + c2 * LANES)
                s03 = load(factor, t0 + c3 * LANES)
                s10 = load(factor, t1 + c0 * LANES)
                s11 = load(factor, t1 + c1 * LANES)
                s12 = load(factor, t1 + c2 * LANES)
                s13 = load(factor, t1 + c3 * LANES)
                s20 = load(factor, t2 + c0 * LANES)
                s21 = load(factor, t2 + c1 * LANES)
                s22 = load(factor, t2 + c2 * LANES)
                s23 = load(factor, t2 + c3 * LANES)
                s30 = load(factor, t3 + c0 * LANES)
                s31 = load(factor, t3 + c1 * LANES)
                s32 = load(factor, t3 + c2 * LANES)
                s33 = load(factor, t3 + c3 * LANES)
                for k in range(0, inner * LANES, LANES):
                    x0 = load(factor, p0 + k)
                    x1 = load(factor, p1 + k)
                    x2 = load(factor, p2 + k)
                    x3 = load(factor, p3 + k)
                    y = load(factor, q0 + k)
                    s00 = subtract_product(s00, y, x0)
                    s01 = subtract_product(s01, y, x1)
                    s02 = subtract_product(s02, y, x2)
                    s03 = subtract_product(s03, y, x3)
                    y = load(factor, q1 + k)
                    s10 = subtract_product(s10, y, x0)
                    s11 = subtract_product(s11, y, x1)
                    s12 = subtract_product(s12, y, x2)
                    s13 = subtract_product(s13, y, x3)
                    y = load(factor, q2 + k)
                    s20 = subtract_product(s20, y, x0)
                    s21 = subtract_product(s21, y, x1)
                    s22 = subtract_product(s22, y, x2)
                    s23 = subtract_product(s23, y, x3)
                    y = load(factor, q3 + k)
                    s30 = subtract_product(s30, y, x0)
                    s31 = subtract_product(s31, y, x1)
                    s32 = subtract_product(s32, y, x2)
                    s33 = subtract_product(s33, y, x3)
                if b == a:  # above the diagonal nothing is kept
                    store(factor, t0 + c0 * LANES, s00)
                    store(factor, t1 + c0 * LANES, s10)
                    store(factor, t1 + c1 * LANES, s11)
                    store(factor, t2 + c0 * LANES, s20)
                    store(factor, t2 + c1 * LANES, s21)
                    store(factor, t2 + c2 * LANES, s22)
                    store(factor, t3 + c0 * LANES, s30)
                    store(factor, t3 + c1 * LANES, s31)
                    store(factor, t3 + c2 * LANES, s32)
                    store(factor, t3 + c3 * LANES, s33)
                else:
                    store(factor, t0 + c0 * LANES, s00)
                    store(factor, t0 + c1 * LANES, s01)
                    store(factor, t0 + c2 * LANES, s02)
                    store(factor, t0 + c3 * LANES, s03)
                    store(factor, t1 + c0 * LANES, s10)
                    store(factor, t1 + c1 * LANES, s11)
                    store(factor, t1 + c2 * LANES, s12)
                    store(factor, t1 + c3 * LANES, s13)
                    store(factor, t2 + c0 * LANES, s20)
                    store(factor, t2 + c1 * LANES, s21)
                    store(factor, t2 + c2 * LANES, s22)
                    store(factor, t2 + c3 * LANES, s23)
                    store(factor, t3 + c0 * LANES, s30)
                    store(factor, t3 + c1 * LANES, s31)
                    store(factor, t3 + c2 * LANES, s32)
                    store(factor, t3 + c3 * LANES, s33)
                b += 4
            while b < height:
                q0 = (source + b * stride) * LANES
                t0 = (base + relative[offset + b - row] * width) * LANES
                s00 = load(factor, t0 + c0 * LANES)
                s01 = load(factor, t0 + c1 * LANES)
                s02 = load(factor, t0 + c2 * LANES)
                s03 = load(factor, t0 + c3 * LANES)
                for k in range(0, inner * LANES, LANES):
                    y = load(factor, q0 + k)
                    s00 = subtract_product(s00, y, load(factor, p0 + k))
                    s01 = subtract_product(s01, y, load(factor, p1 + k))
                    s02 = subtract_product(s02, y, load(factor, p2 + k))
                    s03 = subtract_product(s03, y, load(factor, p3 + k))
                store(factor, t0 + c0 * LANES, s00)
                if b >= a + 1:
                    store(factor, t0 + c1 * LANES, s01)
                if b >= a + 2:
                    store(factor, t0 + c2 * LANES, s02)
                if b >= a + 3:
                    store(factor, t0 + c3 * LANES, s03)
                b += 1
            a += 4
        else:
            c0 = relative[offset + a - row]
            p0 = (source + a * stride) * LANES
            b = a
            while b + 3 < height:
                q0 = (source + b * stride) * LANES
                q1 = q0 + stride * LANES
                q2 = q1 + stride * LANES
                q3 = q2 + stride * LANES
                t0 = (base + relative[offset + b + 0 - row] * width) * LANES
                t1 = (base + relative[offset + b + 1 - row] * width) * LANES
                t2 = (base + relative[offset + b + 2 - row] * width) * LANES
                t3 = (base + relative[offset + b + 3 - row] * width) * LANES
                s00 = load(factor, t0 + c0 * LANES)
                s10 = load(factor, t1 + c0 * LANES)
                s20 = load(factor, t2 + c0 * LANES)
                s30 = load(factor, t3 + c0 * LANES)
                for k in range(0, inner * LANES, LANES):
                    x0 = load(factor, p0 + k)
                    s00 = subtract_product(s00, load(factor, q0 + k), x0)
                    s10 = subtract_product(s10, load(factor, q1 + k), x0)
                    s20 = subtract_product(s20, load(factor, q2 + k), x0)
                    s30 = subtract_product(s30, load(factor, q3 + k), x0)
                store(factor, t0 + c0 * LANES, s00)
                store(factor, t1 + c0 * LANES, s10)
                store(factor, t2 + c0 * LANES, s20)
                store(factor, t3 + c0 * LANES, s30)
                b += 4
            while b < height:
                q0 = (source + b * stride) * LANES
                t0 = (base + relative[offset + b - row] * width) * LANES
                s00 = load(factor, t0 + c0 * LANES)
                for k in range(0, inner * LANES, LANES):
                    s00 = subtract_product(s00, load(factor, q0 + k), load(factor, p0 + k))
                store(factor, t0 + c0 * LANES, s00)
                b += 1
            a += 1


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def solve_in_place(first, row_start, rows, panel_start, factor, x):
    """Solve for sixteen right-hand sides ``x`` (flat float32, unknowns * LANES, in elimination order), one per matrix."""
    zero = spread(np.float32(0.0))
    count = len(first) - 1
    for s in range(count):
        begin = first[s]
        width = first[s + 1] - begin
        base = panel_start[s]
        for c in range(width):
            total = load(x, (begin + c) * LANES)
            for k in range(c):
                total = subtract_product(
                    total, load(factor, (base + c * width + k) * LANES), load(x, (begin + k) * LANES)
                )
            store(x, (begin + c) * LANES, multiply(total, load(factor, (base + c * width + c) * LANES)))
        place = base + width * width
        for q in range(row_start[s] + width, row_start[s + 1]):
            total = load(x, rows[q] * LANES)
            for k in range(width):
                total = subtract_product(total, load(factor, (place + k) * LANES), load(x, (begin + k) * LANES))
            store(x, rows[q] * LANES, total)
            place += width
    for s in range(count - 1, -1, -1):
        begin = first[s]
        width = first[s + 1] - begin
        base = panel_start[s]
        top = row_start[s]
        height = row_start[s + 1] - top
        k = 0
        while k < width:
            quad = k + 3 < width
            t0, t1, t2, t3 = load(x, (begin + k) * LANES), zero, zero, zero
            if quad:
                t1 = load(x, (begin + k + 1) * LANES)
                t2 = load(x, (begin + k + 2) * LANES)
                t3 = load(x, (begin + k + 3) * LANES)
                for i in range(width, height):
                    value = load(x, rows[top + i] * LANES)
                    p = (base + i * width + k) * LANES
                    t0 = subtract_product(t0, load(factor, p), value)
                    t1 = subtract_product(t1, load(factor, p + LANES), value)
                    t2 = subtract_product(t2, load(factor, p + 2 * LANES), value)
                    t3 = subtract_product(t3, load(factor, p + 3 * LANES), value)
                store(x, (begin + k + 1) * LANES, t1)
                store(x, (begin + k + 2) * LANES, t2)
                store(x, (begin + k + 3) * LANES, t3)
            else:
                for i in range(width, height):
                    t0 = subtract_product(
                        t0, load(factor, (base + i * width + k) * LANES), load(x, rows[top + i] * LANES)
                    )
            store(x, (begin + k) * LANES, t0)
            k += 4 if quad else 1
        for c in range(width - 1, -1, -1):
            total = load(x, (begin + c) * LANES)
            for i in range(c + 1, width):
                total = subtract_product(
                    total, load(factor, (base + i * width + c) * LANES), load(x, (begin + i) * LANES)
                )
            store(x, (begin + c) * LANES, multiply(total, load(factor, (base + c * width + c) * LANES)))
