"""A thin sleeve: at its limit it either tears or lets go, and a free ring grips nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from halfshaft.drive_unit.rotor_stress import CARBON_FIBRE, STEEL_SLEEVE, Sleeve, SleeveStress

RADIUS = 0.08


@given(
    thickness=st.floats(0.5e-3, 3e-3),
    interference=st.floats(0.0, 0.4e-3),
    growth_share=st.floats(0.0, 3.0),
    loose=st.floats(0.0, 10.0),
    material=st.sampled_from([CARBON_FIBRE, STEEL_SLEEVE]),
    safety=st.floats(1.0, 1.5),
)
def test_at_its_limit_a_sleeve_tears_or_lets_go(
    thickness: float, interference: float, growth_share: float, loose: float, material: object, safety: float
) -> None:
    sleeve = Sleeve(thickness, interference, material)  # type: ignore[arg-type]
    growth = growth_share * 7650.0 * RADIUS**3 / 200e9
    found = SleeveStress(sleeve, RADIUS, growth, loose)
    limit = found.speed_limit_rad_per_s(safety, overspeed=1.0)
    allowed = sleeve.material.strength_pa / safety
    assume(math.isfinite(limit))
    if limit == 0.0:
        assert found.hoop_stress_pa(0.0) >= allowed or found.grip_pa(1.0) <= 0.0
        return
    assert found.hoop_stress_pa(limit) <= allowed * (1 + 1e-9)
    scale = allowed * thickness / RADIUS
    assert found.grip_pa(limit) >= -1e-9 * scale
    torn = found.hoop_stress_pa(limit) == pytest.approx(allowed)
    loosened = found.grip_pa(limit) == pytest.approx(0.0, abs=1e-6 * scale)
    assert torn or loosened


def test_a_ring_that_only_follows_its_own_growth_is_stressed_by_its_mass_alone_and_grips_nothing() -> None:
    sleeve = Sleeve(1e-5, 0.0, STEEL_SLEEVE)
    middle = RADIUS + 0.5e-5
    own_growth = STEEL_SLEEVE.density_kg_per_m3 * middle**2 * RADIUS / STEEL_SLEEVE.youngs_modulus_pa
    found = SleeveStress(sleeve, RADIUS, own_growth, 0.0)
    speed = 2000.0
    assert found.hoop_stress_pa(speed) == pytest.approx(STEEL_SLEEVE.density_kg_per_m3 * (middle * speed) ** 2)
    assert found.grip_pa(speed) == pytest.approx(0.0, abs=1e-6)


def test_interference_is_pressure_at_rest() -> None:
    """p = E delta t / r^2 of a thin ring on a rigid rotor."""
    found = SleeveStress(Sleeve(1e-3, 0.1e-3), RADIUS, 0.0, 0.0)
    expected = CARBON_FIBRE.youngs_modulus_pa * 0.1e-3 / RADIUS * 1e-3 / found.middle_radius_m
    assert found.grip_pa(0.0) == pytest.approx(expected)
    assert found.mass_kg_per_m == pytest.approx(1600.0 * math.pi * ((RADIUS + 1e-3) ** 2 - RADIUS**2))


@pytest.mark.parametrize(("thickness", "interference"), [(0.0, 1e-4), (-1e-3, 0.0), (1e-3, -1e-5)])
def test_a_sleeve_without_thickness_or_with_play_is_refused(thickness: float, interference: float) -> None:
    with pytest.raises(ValueError, match="sleeve"):
        Sleeve(thickness, interference)
