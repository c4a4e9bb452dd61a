"""A machine whose flux linkages are derivatives of one co-energy: what a flux map holds, known everywhere and exactly.

W(i) = a g with g = sqrt(1 + u^2 + 2 v^2), u = (i_d + m i_f + i_0) / s, v = i_q / s. With amplitude-invariant dq quantities the co-energy's
derivatives are 3/2 psi_d, 3/2 psi_q and psi_f, so that the machine is reciprocal.
"""

from __future__ import annotations

import numpy as np

from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm

POLE_PAIRS, COENERGY_J, SCALE_A, FIELD_RATIO, MAGNET_A = 4, 120.0, 250.0, 15.0, 60.0


def flux_linkage_wb(i_d: np.ndarray, i_q: np.ndarray, i_f: np.ndarray) -> np.ndarray:
    """(..., 3) of d, q and field."""
    u, v = (i_d + FIELD_RATIO * i_f + MAGNET_A) / SCALE_A, i_q / SCALE_A
    g = np.sqrt(1.0 + u**2 + 2.0 * v**2)
    a = COENERGY_J / SCALE_A
    return np.stack([a * u / g / 1.5, 2.0 * a * v / g / 1.5, FIELD_RATIO * a * u / g], axis=-1)


def inductance_h(i_d: np.ndarray, i_q: np.ndarray, i_f: np.ndarray) -> np.ndarray:
    """(..., 3, 3) derivatives of the flux linkages (rows) by the currents (columns)."""
    u, v = (i_d + FIELD_RATIO * i_f + MAGNET_A) / SCALE_A, i_q / SCALE_A
    g = np.sqrt(1.0 + u**2 + 2.0 * v**2)
    a = COENERGY_J / SCALE_A**2
    uu, uv, vv = a * (1 / g - u**2 / g**3), -2.0 * a * u * v / g**3, 2.0 * a * (1 / g - 2.0 * v**2 / g**3)
    m = FIELD_RATIO
    rows = [[uu / 1.5, uv / 1.5, m * uu / 1.5], [uv / 1.5, vv / 1.5, m * uv / 1.5], [m * uu, m * uv, m * m * uu]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def losses(i_d: np.ndarray, i_q: np.ndarray, i_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two frequency-free sums that grow with the flux linkages."""
    psi = flux_linkage_wb(i_d, i_q, i_f)
    square = psi[..., 0] ** 2 + psi[..., 1] ** 2
    return 3.0 * square, 0.01 * square**2


def saturating_map(
    nodes: tuple[int, int, int] = (9, 7, 5), *, exact_slopes: bool = True, whole: bool = False
) -> FluxMap:
    """The machine's map, from i_q = 0 up or on both sides of it."""
    i_d, i_f = (
        np.linspace(-400.0, 200.0, nodes[0]),
        np.linspace(0.0, 20.0, nodes[2]) if nodes[2] > 1 else np.array([8.0]),
    )
    i_q = np.linspace(-400.0 if whole else 0.0, 400.0, nodes[1])
    at = np.meshgrid(i_d, i_q, i_f, indexing="ij")
    psi, (first, second) = flux_linkage_wb(*at), losses(*at)
    return FluxMap(
        machine="saturating",
        pole_pairs=POLE_PAIRS,
        i_d_a=i_d,
        i_q_a=i_q,
        i_f_a=i_f,
        psi_d_wb=psi[..., 0],
        psi_q_wb=psi[..., 1],
        psi_f_wb=psi[..., 2],
        torque_nm=1.5 * POLE_PAIRS * (psi[..., 0] * at[1] - psi[..., 1] * at[0]),
        inductance_h=inductance_h(*at) if exact_slopes else None,
        loss_terms=(
            LossTerm("stator_teeth", "steinmetz", 1.4, first),
            LossTerm("rotor", "eddy", 2.0, second),
            LossTerm("magnets", "magnet_eddy", 2.0, 0.3 * second),
            LossTerm("stator_winding", "winding_proximity", 2.0, 0.2 * first),
        ),
        end_winding_inductance_h=1.2e-5,
        stator_resistance_ohm_20c=0.021,
        field_resistance_ohm_20c=7.5,
        stack_length_m=0.15,
        series_turns=24.0,
        parallel_paths=4,
        field_turns_per_pole=120.0,
        magnet_temperature_c=20.0,
        provenance={"notes": '["invented"]'},
        torque_ripple_nm=0.1 * first,
        peak_tooth_t=first,
        peak_yoke_t=second,
        end_turn_length_m=0.2,
        field_end_turn_length_m=0.06,
    )
