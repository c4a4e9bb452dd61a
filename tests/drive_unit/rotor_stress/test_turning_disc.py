"""A turning ring of iron: stress and growth are Timoshenko's, whatever sector is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_rings import DENSITY, ring_machine

from halfshaft.drive_unit.rotor_stress import (
    CARBON_FIBRE,
    RotorStress,
    SheetStrength,
    Sleeve,
    StressError,
    StressOptions,
    rotor_stress,
)

E, NU = 200e9, 0.3
STRENGTHS = {"steel": SheetStrength(400e6, E, NU)}
BORE, OUTER = 0.03, 0.08


def solved(bore: float = BORE, outer: float = OUTER, *, poles: int = 1, **options: object) -> RotorStress:
    return rotor_stress(ring_machine(bore, outer, poles=poles), StressOptions(strengths=STRENGTHS, **options))  # type: ignore[arg-type]


def polar(found: RotorStress) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Radius, radial stress, hoop stress and radial displacement at the nodes."""
    nodes = found.sheet.nodes_m
    radius = np.hypot(*nodes.T)
    c, s = (nodes / radius[:, None]).T
    xx, yy, xy = found.stress_pa_s2.T
    radial = c * c * xx + s * s * yy + 2 * c * s * xy
    moved = found.displacement_m_s2.reshape(-1, 2)
    return radius, radial, xx + yy - radial, moved[:, 0] * c + moved[:, 1] * s


@pytest.mark.parametrize("poles", [1, 2, 3, 6])
def test_a_disc_with_a_bore_is_stressed_as_timoshenko_says(poles: int) -> None:
    """Strength of Materials II, art. 42 of the 3rd edition: all stresses within 0.5 % of the greatest, all displacements of theirs."""
    found = solved(poles=poles)
    radius, radial, hoop, moved = polar(found)
    a, b, load = BORE, OUTER, DENSITY * (3 + NU) / 8
    ratio = (1 + 3 * NU) / (3 + NU)
    exact_hoop = load * (a**2 + b**2 + (a * b / radius) ** 2 - ratio * radius**2)
    exact_radial = load * (a**2 + b**2 - (a * b / radius) ** 2 - radius**2)
    greatest = exact_hoop.max()
    assert greatest == pytest.approx(DENSITY * (3 + NU) / 4 * (b**2 + (1 - NU) / (3 + NU) * a**2), rel=1e-9)
    np.testing.assert_allclose(hoop, exact_hoop, atol=0.005 * greatest)
    np.testing.assert_allclose(radial, exact_radial, atol=0.005 * greatest)
    exact_moved = radius / E * (exact_hoop - NU * exact_radial)
    np.testing.assert_allclose(moved, exact_moved, rtol=0.002)
    assert found.growth_m_s2 == pytest.approx(b / E * DENSITY / 4 * ((3 + NU) * a**2 + (1 - NU) * b**2), rel=0.002)


def test_finer_elements_come_nearer_to_the_disc() -> None:
    exact = DENSITY * (3 + NU) / 4 * (OUTER**2 + (1 - NU) / (3 + NU) * BORE**2)
    errors = [abs(polar(solved(refinement=f))[2].max() / exact - 1.0) for f in (0.5, 2.0)]
    assert errors[1] < 0.5 * errors[0]


def test_a_thin_ring_bears_density_times_circumferential_speed_squared() -> None:
    found = solved(0.0792, 0.08)
    middle = 0.0796
    assert np.median(found.von_mises_pa_s2) == pytest.approx(DENSITY * middle**2, rel=0.005)
    assert found.growth_m_s2 == pytest.approx(DENSITY * 0.08**3 / E, rel=0.01)
    assert found.weakest.membrane_pa_s2 == pytest.approx(DENSITY * middle**2, rel=0.005)


def test_a_bore_fixed_to_the_shaft_neither_moves_nor_is_stressed_as_much() -> None:
    free = solved()
    fixed = rotor_stress(ring_machine(BORE, OUTER), StressOptions(bore="fixed", strengths=STRENGTHS))
    radius, _, hoop, moved = polar(fixed)
    assert np.abs(moved[radius < BORE * 1.0001]).max() == 0.0
    assert hoop.max() < polar(free)[2].max()
    assert fixed.growth_m_s2 < free.growth_m_s2


def test_stress_grows_with_the_square_of_size() -> None:
    small, large = solved(0.02, 0.05), solved(0.04, 0.1)
    assert large.weakest.nominal_pa_s2 / small.weakest.nominal_pa_s2 == pytest.approx(4.0, rel=0.01)
    assert large.growth_m_s2 / small.growth_m_s2 == pytest.approx(8.0, rel=0.01)


def test_a_magnet_on_the_surface_needs_a_sleeve() -> None:
    """Without it the refusal names the magnet; with it the sleeve has the magnet's whole mass to hold."""
    design = ring_machine(BORE, OUTER, magnet_m=4e-3)
    with pytest.raises(StressError, match=r"magnet ring.*sleeve"):
        rotor_stress(design)
    sleeve = Sleeve(1e-3, 0.2e-3, CARBON_FIBRE)
    found = rotor_stress(design, StressOptions(sleeve=sleeve, strengths=STRENGTHS))
    assert found.sleeve is not None
    expected = 7500.0 * (OUTER**3 - (OUTER - 4e-3) ** 3) / (3.0 * OUTER)
    assert found.sleeve.loose_pressure_pa_s2 == pytest.approx(expected, rel=1e-3)
    assert found.speed_limit_rad_per_s() <= found.sleeve.speed_limit_rad_per_s()
