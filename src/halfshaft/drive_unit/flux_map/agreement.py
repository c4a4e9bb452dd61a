"""How far a sweep's results agree with themselves: figures that are kept with every map.

None of them changes the map. Two ways to the torque, two orders of elements and the symmetry of the inductances would each show a fault of
mesh, labels or solver.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.solve import FieldSolutions
from halfshaft.drive_unit.flux_map.flux_map import FluxMap

Array = NDArray[np.float64]


def flux_torque_nm(pole_pairs: int, currents_a: Array, psi_dqf_wb: Array) -> Array:
    """Torque (n,) of flux linkages (n, 3) at currents (n, 3), peak dq values."""
    torque: Array = 1.5 * pole_pairs * (psi_dqf_wb[:, 0] * currents_a[:, 1] - psi_dqf_wb[:, 1] * currents_a[:, 0])
    return torque


def gap_stress_difference_percent(pole_pairs: int, solved: FieldSolutions) -> dict[str, float]:
    """Mean torque of the gap's stress less that of the flux linkages, in % of the largest torque."""
    torque = flux_torque_nm(pole_pairs, solved.currents_a, solved.psi_dqf_wb.mean(axis=0))
    difference = solved.torque_nm.mean(axis=0) - torque
    span = max(float(np.abs(torque).max()), 1e-12)
    return {
        "largest": float(100.0 * np.abs(difference).max() / span),
        "rms": float(100.0 * np.sqrt(np.mean(difference**2)) / span),
    }


def reciprocity_percent(solved: FieldSolutions) -> float:
    """Largest difference of mutual inductances, freed of the amplitude transform, over the geometric mean of the self inductances."""
    if solved.inductance_h is None:
        return float("nan")
    table = solved.inductance_h * np.array([1.5, 1.5, 1.0])[:, None]
    own = np.sqrt(np.abs(np.einsum("...ii->...i", table)))
    scale = own[..., :, None] * own[..., None, :]
    worst = np.abs(table - np.swapaxes(table, -1, -2))[scale > 0.0] / scale[scale > 0.0]
    return float(100.0 * worst.max()) if worst.size else 0.0


def order_difference_percent(flux_map: FluxMap, one: FieldSolutions, other: FieldSolutions) -> dict[str, float]:
    """Largest difference at the probes between elements of first and second order on the same mesh, in % of each range of the map.

    Only ``probes`` count at which both converged: they start cold, and what they tell is no part of the map.
    """
    found = one.converged.all(axis=0) & other.converged.all(axis=0)
    out: dict[str, float] = {"probes": int(np.count_nonzero(found))}
    if not found.any():
        return out
    probes = one.currents_a[found]
    a, b = (s.psi_dqf_wb.mean(axis=0)[found] for s in (one, other))
    compared = {
        "psi_d": (a[:, 0] - b[:, 0], flux_map.psi_d_wb),
        "psi_q": (a[:, 1] - b[:, 1], flux_map.psi_q_wb),
        "psi_f": (a[:, 2] - b[:, 2], flux_map.psi_f_wb),
        "torque": (
            flux_torque_nm(flux_map.pole_pairs, probes, a) - flux_torque_nm(flux_map.pole_pairs, probes, b),
            flux_map.torque_nm,
        ),
    }
    for name, (difference, values) in compared.items():
        span = float(np.ptp(values))
        if span > 0.0:
            out[name] = float(100.0 * np.abs(difference).max() / span)
    return out
