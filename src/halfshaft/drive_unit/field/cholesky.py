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


@njit(cache=True, nogil=True)
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
            _update(
                factor,
                base,
                width,
                panel_start[d],
                first[d + 1] - first[d],
                update_row[u],
                update_columns[u],
                row_start[d + 1] - row_start[d],
                relative,
                update_relative[u],
            )
        for c in range(width):
            pivot = (base + c * width + c) * LANES
            total = load(factor, pivot)
            for k in range(c):
                left = load(factor, (base + c * width + k) * LANES)
                total = subtract_product(total, left, left)
            inverse = divide(one, square_root(total))
            store(factor, pivot, inverse)
            i = c + 1
            while i + 3 < height:
                r0 = (base + i * width) * LANES
                r1 = r0 + width * LANES
                r2 = r1 + width * LANES
                r3 = r2 + width * LANES
                a0 = load(factor, r0 + c * LANES)
                a1 = load(factor, r1 + c * LANES)
                a2 = load(factor, r2 + c * LANES)
                a3 = load(factor, r3 + c * LANES)
                for k in range(c):
                    right = load(factor, (base + c * width + k) * LANES)
                    a0 = subtract_product(a0, load(factor, r0 + k * LANES), right)
                    a1 = subtract_product(a1, load(factor, r1 + k * LANES), right)
                    a2 = subtract_product(a2, load(factor, r2 + k * LANES), right)
                    a3 = subtract_product(a3, load(factor, r3 + k * LANES), right)
                store(factor, r0 + c * LANES, multiply(a0, inverse))
                store(factor, r1 + c * LANES, multiply(a1, inverse))
                store(factor, r2 + c * LANES, multiply(a2, inverse))
                store(factor, r3 + c * LANES, multiply(a3, inverse))
                i += 4
            while i < height:
                r0 = (base + i * width) * LANES
                a0 = load(factor, r0 + c * LANES)
                for k in range(c):
                    a0 = subtract_product(
                        a0, load(factor, r0 + k * LANES), load(factor, (base + c * width + k) * LANES)
                    )
                store(factor, r0 + c * LANES, multiply(a0, inverse))
                i += 1


@njit(cache=True, nogil=True, inline="never")
def _update(factor, base, width, source, inner, row, columns, height, relative, offset):
    """Subtract a descendant's rows times its rows within the panel: two columns by four rows at a time."""
    a = row
    last = row + columns
    while a < last:
        two = a + 1 < last
        ca = relative[offset + a - row]
        cb = relative[offset + a + 1 - row] if two else ca
        pa = (source + a * inner) * LANES
        pb = pa + inner * LANES if two else pa
        if two:
            place = (base + ca * width + ca) * LANES
            t = load(factor, place)
            for k in range(inner):
                x = load(factor, pa + k * LANES)
                t = subtract_product(t, x, x)
            store(factor, place, t)
            b = a + 1
        else:
            b = a
        while b + 3 < height:
            q0 = (source + b * inner) * LANES
            q1 = q0 + inner * LANES
            q2 = q1 + inner * LANES
            q3 = q2 + inner * LANES
            t0 = (base + relative[offset + b - row] * width) * LANES
            t1 = (base + relative[offset + b + 1 - row] * width) * LANES
            t2 = (base + relative[offset + b + 2 - row] * width) * LANES
            t3 = (base + relative[offset + b + 3 - row] * width) * LANES
            a0 = load(factor, t0 + ca * LANES)
            a1 = load(factor, t1 + ca * LANES)
            a2 = load(factor, t2 + ca * LANES)
            a3 = load(factor, t3 + ca * LANES)
            if two:
                b0 = load(factor, t0 + cb * LANES)
                b1 = load(factor, t1 + cb * LANES)
                b2 = load(factor, t2 + cb * LANES)
                b3 = load(factor, t3 + cb * LANES)
                for k in range(inner):
                    x = load(factor, pa + k * LANES)
                    y = load(factor, pb + k * LANES)
                    l0 = load(factor, q0 + k * LANES)
                    a0 = subtract_product(a0, l0, x)
                    b0 = subtract_product(b0, l0, y)
                    l1 = load(factor, q1 + k * LANES)
                    a1 = subtract_product(a1, l1, x)
                    b1 = subtract_product(b1, l1, y)
                    l2 = load(factor, q2 + k * LANES)
                    a2 = subtract_product(a2, l2, x)
                    b2 = subtract_product(b2, l2, y)
                    l3 = load(factor, q3 + k * LANES)
                    a3 = subtract_product(a3, l3, x)
                    b3 = subtract_product(b3, l3, y)
                store(factor, t0 + cb * LANES, b0)
                store(factor, t1 + cb * LANES, b1)
                store(factor, t2 + cb * LANES, b2)
                store(factor, t3 + cb * LANES, b3)
            else:
                for k in range(inner):
                    x = load(factor, pa + k * LANES)
                    a0 = subtract_product(a0, load(factor, q0 + k * LANES), x)
                    a1 = subtract_product(a1, load(factor, q1 + k * LANES), x)
                    a2 = subtract_product(a2, load(factor, q2 + k * LANES), x)
                    a3 = subtract_product(a3, load(factor, q3 + k * LANES), x)
            store(factor, t0 + ca * LANES, a0)
            store(factor, t1 + ca * LANES, a1)
            store(factor, t2 + ca * LANES, a2)
            store(factor, t3 + ca * LANES, a3)
            b += 4
        while b < height:
            q0 = (source + b * inner) * LANES
            t0 = (base + relative[offset + b - row] * width) * LANES
            a0 = load(factor, t0 + ca * LANES)
            for k in range(inner):
                a0 = subtract_product(a0, load(factor, q0 + k * LANES), load(factor, pa + k * LANES))
            store(factor, t0 + ca * LANES, a0)
            if two:
                b0 = load(factor, t0 + cb * LANES)
                for k in range(inner):
                    b0 = subtract_product(b0, load(factor, q0 + k * LANES), load(factor, pb + k * LANES))
                store(factor, t0 + cb * LANES, b0)
            b += 1
        a += 2


@njit(cache=True, nogil=True)
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
