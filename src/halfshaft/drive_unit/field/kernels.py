"""Compiled loops over batches: starts, solutions, flux linkages, incremental inductances, torque and flux densities.

Everything here works on lanes (see ``lanes``) and holds no lock, so that rotor positions run side by side.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from halfshaft.drive_unit.field.cholesky import factorise, solve_in_place
from halfshaft.drive_unit.field.lanes import LANES, add, add_product, double, load, multiply, single, spread, store
from halfshaft.drive_unit.field.newton import newton, residual_and_iron, tangent_product

_REFINEMENTS = 2


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def solve_batches(
    structure, entries, linear, sources, currents, elements, curves, parent, weight, potential, counts, psi, inductances,
    factor_entries, iron_entries, tolerance, limit,
):  # fmt: skip
    """Solve all batches of one position in order.

    ``potential`` (b, (unknowns + 1) * 16) keeps every solution; ``psi`` (b, 3, 16) and, where it is not empty, ``inductances``
    (b, 3, 3, 16) are the sums source . A and source . K^-1 source, without factors.
    """
    unknowns = len(linear[0]) - 1
    size = (unknowns + 1) * LANES
    factor = np.empty(factor_entries * LANES, np.float32)
    iron = np.empty(iron_entries * LANES, np.float32)
    residual = np.empty(size)
    step = np.zeros(size, np.float32)
    work = np.empty((16, LANES))
    norms, trial = np.empty(LANES), np.empty(LANES)
    scratch = (residual, iron, factor, step, work, norms, trial)
    direction, product = np.zeros(size), np.zeros(size)
    for b in range(len(parent)):
        start = potential[b]
        for p in range(3):
            if parent[b, p] >= 0:
                w = spread(weight[b, p])
                other = potential[parent[b, p]]
                for row in range(unknowns):
                    store(start, row * LANES, add_product(load(start, row * LANES), w, load(other, row * LANES)))
        # A failed neighbour must not spoil this start.
        for lane in range(LANES):
            bad = False
            for p in range(3):
                if parent[b, p] >= 0 and counts[parent[b, p], lane] < 0:
                    bad = True
            if bad:
                for row in range(unknowns):
                    start[row * LANES + lane] = 0.0
        newton(
            structure,
            entries,
            linear,
            sources,
            currents[b],
            elements,
            curves,
            start,
            scratch,
            tolerance,
            limit,
            counts[b],
        )
        flat = psi[b].reshape(-1)
        for m in range(3):
            total = spread(0.0)
            for row in range(unknowns):
                total = add_product(total, spread(sources[m + 1, row]), load(start, row * LANES))
            store(flat, m * LANES, total)
        if len(inductances) > 0:
            element_dof, gradients, weights, element_entry, element_steel = elements
            residual_and_iron(
                linear, sources, currents[b], element_dof, gradients, weights, element_entry, element_steel, curves, start, residual, iron,
                work,
            )  # fmt: skip
            factorise(
                structure[0], structure[1], structure[3], structure[4], structure[5], structure[6], structure[7], structure[8],
                structure[9], entries[0], entries[1], entries[2], entries[3], iron, factor,
            )  # fmt: skip
            for m in range(3):
                direction[:] = 0.0
                for _ in range(_REFINEMENTS + 1):
                    tangent_product(
                        linear, element_dof, gradients, weights, element_steel, curves, start, direction, product, work
                    )
                    for row in range(unknowns):
                        wanted = add(spread(sources[m + 1, row]), multiply(spread(-1.0), load(product, row * LANES)))
                        store(step, row * LANES, single(wanted))
                    solve_in_place(structure[0], structure[1], structure[2], structure[3], factor, step)
                    for row in range(unknowns):
                        p = row * LANES
                        store(direction, p, add(load(direction, p), double(load(step, p))))
                for other_source in range(3):
                    total = spread(0.0)
                    for row in range(unknowns):
                        total = add_product(total, spread(sources[other_source + 1, row]), load(direction, row * LANES))
                    store(inductances[b, other_source, m], 0, total)


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def ring_torque(ring_dof, gradients, weights, points, potential, stress):
    """Integral of r B_r B_theta over the middle ring, (b, 16), to be divided by mu_0 and the ring's thickness (Arkkio 1987)."""
    integration = gradients.shape[1]
    for b in range(len(stress)):
        flat = potential[b].reshape(-1)
        total = spread(0.0)
        for e in range(len(ring_dof)):
            for g in range(points.shape[1]):
                s = min(g, integration - 1)
                bx, by = spread(0.0), spread(0.0)
                for k in range(ring_dof.shape[1]):
                    a = load(flat, ring_dof[e, k] * LANES)
                    bx = add_product(bx, spread(gradients[e, s, k, 1]), a)
                    by = add_product(by, spread(-gradients[e, s, k, 0]), a)
                x, y = points[e, g, 0], points[e, g, 1]
                radial = add_product(multiply(spread(x), bx), spread(y), by)
                tangential = add_product(multiply(spread(-y), bx), spread(x), by)
                r = np.sqrt(x * x + y * y)
                total = add_product(total, spread(weights[e, g] / r), multiply(radial, tangential))
        store(stress[b], 0, total)


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def flux_densities(element_dof, mean_gradients, potential, point, out):
    """Mean flux density of each element at each point, ``out`` (n, elements, 2) in the frame of the element's part."""
    bx, by = np.empty(LANES), np.empty(LANES)
    for b in range(len(point)):
        flat = potential[b].reshape(-1)
        for e in range(len(element_dof)):
            x, y = spread(0.0), spread(0.0)
            for k in range(element_dof.shape[1]):
                a = load(flat, element_dof[e, k] * LANES)
                x = add_product(x, spread(mean_gradients[e, k, 1]), a)
                y = add_product(y, spread(-mean_gradients[e, k, 0]), a)
            store(bx, 0, x)
            store(by, 0, y)
            for lane in range(LANES):
                out[point[b, lane], e, 0] = bx[lane]
                out[point[b, lane], e, 1] = by[lane]
