"""Newton's method on the vector potential, sixteen operating points at a time.

The unknowns A solve K(A) A = b: K from the reluctivity of each element, b from currents and magnets. Elements without iron are linear and
form one constant matrix; iron adds its share anew in every step. Residuals and potentials are double precision, the tangent's factor is
single precision. With a monotone curve the field is the least point of a convex energy, whose slope along a step is minus residual times
step: where a step has passed the least point of its line by far, which happens from a cold start only, it is cut back to where the slope
would vanish by the rule of false position. A batch has converged when its last step is below the tolerance everywhere; Newton's quadratic
convergence makes what remains far smaller.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from halfshaft.drive_unit.field.cholesky import factorise, solve_in_place
from halfshaft.drive_unit.field.lanes import (
    LANES,
    add,
    add_product,
    double,
    load,
    multiply,
    single,
    spread,
    store,
    subtract_product,
)

_CUTS = 8
_OVERSHOOT = 0.5  # how much steeper than this share of the first slope the energy may rise where a step ends
_LEAST_CUT = 0.1
_NOTHING = 1e-30  # Wb/m: no field, and where single precision ends


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def reluctivity(b2, nu, slope, coefficients, cells_per_b2, largest_b, last_h):
    """Reluctivity and its derivative by B^2 in each lane: ``b2`` (16,) into ``nu`` and ``slope`` (16,)."""
    cells = coefficients.shape[0]
    vacuum = 1.0 / (4e-7 * np.pi)
    for lane in range(LANES):
        s = b2[lane] * cells_per_b2
        if s < cells:
            cell = int(s)
            t = s - cell
            c0, c1, c2, c3 = coefficients[cell, 0], coefficients[cell, 1], coefficients[cell, 2], coefficients[cell, 3]
            nu[lane] = c0 + t * (c1 + t * (c2 + t * c3))
            slope[lane] = (c1 + t * (2.0 * c2 + 3.0 * t * c3)) * cells_per_b2
        elif s < 1e30:
            b = np.sqrt(b2[lane])
            value = (last_h + (b - largest_b) * vacuum) / b
            nu[lane] = value
            slope[lane] = (vacuum - value) / (2.0 * b2[lane])
        else:
            nu[lane] = vacuum
            slope[lane] = 0.0


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def residual_and_iron(
    linear,
    sources,
    currents,
    element_dof,
    gradients,
    weights,
    element_entry,
    element_steel,
    curves,
    potential,
    residual,
    iron,
    work,
):
    """Residual b - K(A) A (flat, unknowns * 16) and, where ``iron`` is not empty, the tangent entries of iron.

    ``linear`` = (row_start, column, value); ``sources`` (4, unknowns): magnets, d, q and field current of 1 A; ``currents`` (4, 16) with
    ones first. ``element_dof`` (e, k) with the extra index ``unknowns`` for fixed nodes; ``gradients`` (e, g, k, 2) carry the ties' signs.
    """
    row_start, column, value = linear
    unknowns = len(row_start) - 1
    flat_currents = currents.reshape(-1)
    flat_residual = residual
    one = load(flat_currents, 0)
    i_d = load(flat_currents, LANES)
    i_q = load(flat_currents, 2 * LANES)
    i_f = load(flat_currents, 3 * LANES)
    for row in range(unknowns):
        total = multiply(spread(sources[0, row]), one)
        total = add_product(total, spread(sources[1, row]), i_d)
        total = add_product(total, spread(sources[2, row]), i_q)
        total = add_product(total, spread(sources[3, row]), i_f)
        for q in range(row_start[row], row_start[row + 1]):
            total = subtract_product(total, spread(value[q]), load(potential, column[q] * LANES))
        store(flat_residual, row * LANES, total)
    store(flat_residual, unknowns * LANES, spread(0.0))
    tangent = len(iron) > 0
    if tangent:
        iron[:] = np.float32(0.0)
    coefficients, cells_per_b2, largest_b, last_h = curves
    b2, nu, slope, products = work[0], work[1], work[2], work[3:].reshape(-1)
    count, points, corners = gradients.shape[0], gradients.shape[1], gradients.shape[2]
    for e in range(count):
        steel = element_steel[e]
        for g in range(points):
            bx = spread(0.0)
            by = spread(0.0)
            for k in range(corners):
                a = load(potential, element_dof[e, k] * LANES)
                bx = add_product(bx, spread(gradients[e, g, k, 0]), a)
                by = add_product(by, spread(gradients[e, g, k, 1]), a)
            store(b2, 0, add_product(multiply(bx, bx), by, by))
            reluctivity(b2, nu, slope, coefficients[steel], cells_per_b2[steel], largest_b[steel], last_h[steel])
            weight = spread(weights[e, g])
            scaled = multiply(load(nu, 0), weight)
            for k in range(corners):
                t = multiply(spread(gradients[e, g, k, 0]), bx)
                t = add_product(t, spread(gradients[e, g, k, 1]), by)
                place = element_dof[e, k] * LANES
                store(flat_residual, place, subtract_product(load(flat_residual, place), scaled, t))
                store(products, k * LANES, t)
            if tangent:
                curved = multiply(multiply(load(slope, 0), weight), spread(2.0))
                m = 0
                for k in range(corners):
                    t = multiply(curved, load(products, k * LANES))
                    for other in range(k + 1):
                        entry = element_entry[e, m]
                        m += 1
                        if entry >= 0:
                            dot = (
                                gradients[e, g, k, 0] * gradients[e, g, other, 0]
                                + gradients[e, g, k, 1] * gradients[e, g, other, 1]
                            )
                            v = add_product(multiply(scaled, spread(dot)), t, load(products, other * LANES))
                            store(iron, entry * LANES, add(load(iron, entry * LANES), single(v)))


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def tangent_product(
    linear, element_dof, gradients, weights, element_steel, curves, potential, direction, product, work
):
    """Tangent matrix at ``potential`` times ``direction`` in double precision (flat, (unknowns + 1) * 16 each)."""
    row_start, column, value = linear
    unknowns = len(row_start) - 1
    for row in range(unknowns):
        total = spread(0.0)
        for q in range(row_start[row], row_start[row + 1]):
            total = add_product(total, spread(value[q]), load(direction, column[q] * LANES))
        store(product, row * LANES, total)
    store(product, unknowns * LANES, spread(0.0))
    coefficients, cells_per_b2, largest_b, last_h = curves
    b2, nu, slope = work[0], work[1], work[2]
    count, points, corners = gradients.shape[0], gradients.shape[1], gradients.shape[2]
    for e in range(count):
        steel = element_steel[e]
        for g in range(points):
            bx, by, dx, dy = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
            for k in range(corners):
                place = element_dof[e, k] * LANES
                gx, gy = spread(gradients[e, g, k, 0]), spread(gradients[e, g, k, 1])
                bx = add_product(bx, gx, load(potential, place))
                by = add_product(by, gy, load(potential, place))
                dx = add_product(dx, gx, load(direction, place))
                dy = add_product(dy, gy, load(direction, place))
            store(b2, 0, add_product(multiply(bx, bx), by, by))
            reluctivity(b2, nu, slope, coefficients[steel], cells_per_b2[steel], largest_b[steel], last_h[steel])
            weight = spread(weights[e, g])
            scaled = multiply(load(nu, 0), weight)
            along = add_product(multiply(bx, dx), by, dy)
            curved = multiply(multiply(load(slope, 0), weight), multiply(spread(2.0), along))
            hx = add_product(multiply(scaled, dx), curved, bx)
            hy = add_product(multiply(scaled, dy), curved, by)
            for k in range(corners):
                place = element_dof[e, k] * LANES
                t = add_product(load(product, place), spread(gradients[e, g, k, 0]), hx)
                store(product, place, add_product(t, spread(gradients[e, g, k, 1]), hy))
    store(product, unknowns * LANES, spread(0.0))


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def _descent(residual, step, unknowns, out):
    """Minus the energy's slope along the step, (16,)."""
    total = spread(0.0)
    for row in range(unknowns):
        total = add_product(total, load(residual, row * LANES), double(load(step, row * LANES)))
    store(out, 0, total)


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def newton(
    structure, entries, linear, sources, currents, elements, curves, potential, scratch, tolerance, limit, counts
):
    """Solve one batch from the start in ``potential`` (flat float64, (unknowns + 1) * 16), in place.

    Returns the steps of the batch; ``counts`` (16,) receives the steps after which each lane had converged, -1 where it did not.
    """
    residual, iron, factor, step, work, descent, trial = scratch
    element_dof, gradients, weights, element_entry, element_steel = elements
    first, row_start, rows, panel_start = structure[0], structure[1], structure[2], structure[3]
    unknowns = len(linear[0]) - 1
    counts[:] = -1
    residual_and_iron(
        linear,
        sources,
        currents,
        element_dof,
        gradients,
        weights,
        element_entry,
        element_steel,
        curves,
        potential,
        residual,
        iron,
        work,
    )
    taken = np.empty(LANES)
    back = np.empty(LANES, np.float32)
    for iteration in range(1, limit + 1):
        factorise(
            first, row_start, panel_start, structure[4], structure[5], structure[6], structure[7], structure[8], structure[9],
            entries[0], entries[1], entries[2], entries[3], iron, factor,
        )  # fmt: skip
        for row in range(unknowns):
            store(step, row * LANES, single(load(residual, row * LANES)))
        solve_in_place(first, row_start, rows, panel_start, factor, step)
        _descent(residual, step, unknowns, descent)
        largest_step = np.zeros(LANES)
        largest = np.zeros(LANES)
        total = spread(0.0)  # max() passes over what is no number, a sum does not
        for row in range(unknowns):
            p = row * LANES
            total = add(total, double(load(step, p)))
            store(potential, p, add(load(potential, p), double(load(step, p))))
            for lane in range(LANES):
                largest_step[lane] = max(largest_step[lane], abs(step[p + lane]))
                largest[lane] = max(largest[lane], abs(potential[p + lane]))
        finished = True
        store(work[0], 0, total)
        for lane in range(LANES):
            if largest_step[lane] <= max(tolerance * largest[lane], _NOTHING) and np.isfinite(work[0, lane]):
                if counts[lane] < 0:
                    counts[lane] = iteration
            else:
                counts[lane] = -1
                finished = False
        if finished:
            return iteration
        taken[:] = 1.0
        for cut in range(_CUTS + 1):
            residual_and_iron(
                linear,
                sources,
                currents,
                element_dof,
                gradients,
                weights,
                element_entry,
                element_steel,
                curves,
                potential,
                residual,
                iron,
                work,
            )
            if cut == _CUTS:
                break
            _descent(residual, step, unknowns, trial)
            passed = False
            for lane in range(LANES):
                back[lane] = np.float32(0.0)
                if counts[lane] > 0 or largest_step[lane] <= 10.0 * tolerance * largest[lane]:
                    continue
                if not trial[lane] >= -_OVERSHOOT * descent[lane]:
                    share = descent[lane] / (descent[lane] - trial[lane])
                    if not share >= _LEAST_CUT:  # also where the numbers are no numbers
                        share = _LEAST_CUT
                    back[lane] = np.float32(taken[lane] * (1.0 - share))
                    taken[lane] -= back[lane]
                    passed = True
            if not passed:
                break
            for row in range(unknowns):
                for lane in range(LANES):
                    potential[row * LANES + lane] -= back[lane] * step[row * LANES + lane]
    return limit
