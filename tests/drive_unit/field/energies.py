"""Magnetic energy and coenergy of a solution, integrated here from the field alone: what torque and flux linkage must be gradients of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PPoly

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import FieldSolutions
from halfshaft.drive_unit.field.steel_curve import CELLS

Array = NDArray[np.float64]
NU_0 = 1.0 / (4e-7 * np.pi)


def energies_j(model: FieldModel, solved: FieldSolutions) -> Array:
    """(k, n) energy of the whole machine: integral of H dB over steel, nu (B - B_r)^2 / 2 elsewhere."""
    assert solved.potential_wb_per_m is not None
    elements = model.elements
    element_gradient = np.einsum(
        "egmc,knem->knegc", elements.gradients, solved.potential_wb_per_m[:, :, elements.nodes]
    )
    b = np.stack([element_gradient[..., 1], -element_gradient[..., 0]], axis=-1)
    remanence = np.zeros((len(model.mesh.triangles), 1, 2))
    for k, region in enumerate(model.design.regions):
        if region.label.kind == "magnet" and region.label.material and region.label.magnetisation_rad is not None:
            angle = region.label.magnetisation_rad
            strength = model.design.magnets[region.label.material].remanence_at_t(model.magnet_temperature_c)
            remanence[model.mesh.region == k] = strength * np.array([np.cos(angle), np.sin(angle)])
    density = 0.5 * model.linear_reluctivity[:, None] * np.sum((b - remanence) ** 2, axis=-1)
    square = np.sum(b**2, axis=-1)
    for s, table in enumerate(model.tables.values()):
        cell = table.largest_b_t**2 / CELLS
        nu = PPoly((table.coefficients / cell ** np.arange(4)).T[::-1], cell * np.arange(CELLS + 1))
        here = model.element_steel == s
        inside = np.minimum(square[:, :, here], table.largest_b_t**2)
        beyond = np.sqrt(np.maximum(square[:, :, here], table.largest_b_t**2)) - table.largest_b_t
        density[:, :, here] = 0.5 * nu.antiderivative()(inside) + beyond * (table.last_h_a_per_m + 0.5 * NU_0 * beyond)
    result: Array = np.sum(density * elements.weights, axis=(-1, -2)) * model.terminal_factor_m
    return result


def coenergies_j(model: FieldModel, solved: FieldSolutions) -> Array:
    """(k, n) coenergy: currents times flux linkages less the energy."""
    d, q, f = solved.currents_a.T
    psi = solved.psi_dqf_wb
    linked = 1.5 * (d * psi[..., 0] + q * psi[..., 1]) + f * psi[..., 2]
    result: Array = linked - energies_j(model, solved)
    return result
