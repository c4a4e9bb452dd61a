"""Iron losses from a coarse grid: exact at its nodes, and right in the valley where field and d current cancel."""

from __future__ import annotations

import numpy as np
from saturating_machine import flux_linkage_wb, saturating_map

from halfshaft.drive_unit.flux_map.carry import Axes, carried_by_trend
from halfshaft.drive_unit.flux_map.hermite import resampled


def grid(nodes: tuple[int, int, int]) -> tuple[Axes, np.ndarray, np.ndarray]:
    """Axes deep into saturation, flux linkages and a loss that goes with the flux density to the power 1.7, as iron's does."""
    m = saturating_map(nodes)
    axes = (4.0 * m.i_d_a, 4.0 * m.i_q_a, 4.0 * m.i_f_a)
    psi = flux_linkage_wb(*np.meshgrid(*axes, indexing="ij"))
    return axes, psi, 100.0 * (psi[..., 0] ** 2 + psi[..., 1] ** 2) ** 0.85


def test_the_trend_finds_the_valley() -> None:
    """Five times closer than splines through the same nodes, and what was solved stays as it was."""
    coarse, psi, loss = grid((8, 8, 5))
    fine, fine_psi, expected = grid((29, 16, 9))
    with_trend = np.abs(carried_by_trend(coarse, loss, psi, fine, fine_psi) - expected).max()
    assert with_trend < 0.2 * np.abs(resampled(coarse, loss, fine) - expected).max()
    assert with_trend < 0.03 * np.ptp(expected)
    np.testing.assert_allclose(carried_by_trend(coarse, loss, psi, coarse, psi), loss, atol=1e-9)


def test_a_single_field_current_and_no_loss_at_all() -> None:
    """With magnets there is nothing along the field axis; zeros stay zeros."""
    coarse, psi, loss = grid((6, 6, 1))
    fine, fine_psi, expected = grid((11, 11, 1))
    assert np.abs(carried_by_trend(coarse, loss, psi, fine, fine_psi) - expected).max() < 0.02 * np.ptp(expected)
    assert np.abs(carried_by_trend(coarse, 0.0 * loss, psi, fine, fine_psi)).max() == 0.0
