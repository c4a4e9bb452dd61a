"""Copper: resistances by hand, Dowell's factor by its limits and by solving the diffusion itself, strands by their formula."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polar_machine import polar_machine

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.field.iron_loss import element_areas_m2
from halfshaft.drive_unit.field.winding_loss import (
    conductor_area_m2,
    dowell_layer_factors,
    field_resistance_ohm,
    hairpin_resistance_factor,
    relative_bar_height,
    series_turns,
    stator_resistance_ohm,
    winding_proximity_term,
)
from halfshaft.drive_unit.geometry.design import FieldCoil, MachineDesign, RectangularWire, RoundWire, Wire
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.mesh.mesh import Mesh

COPPER = Conductor("copper", resistivity_ohm_m=1.7e-8, temperature_coefficient_per_k=4e-3)
HAIRPIN = RectangularWire(0.0045, 0.0030, 4)
STRANDS = RoundWire(0.0009, 13)


def wound(wire: Wire | None, copper_fill: float | None = None, paths: int = 2) -> tuple[MachineDesign, Mesh]:
    """The polar machine with its faces' areas, and a winding that is known."""
    design, mesh = polar_machine(conductors=4.0, parallel_paths=paths)
    areas = element_areas_m2(mesh)
    regions = tuple(replace(r, area_m2=float(areas[mesh.region == i].sum())) for i, r in enumerate(design.regions))
    assert design.winding is not None
    winding = replace(
        design.winding,
        conductor=COPPER,
        end_turn_length_m=0.1,
        wire=wire,
        copper_fill=copper_fill,
        parallel_paths=paths,
    )
    coil = FieldCoil(120.0, COPPER, 0.06, 0.5)
    return replace(design, regions=regions, winding=winding, field_coil=coil), mesh


def test_resistance_is_length_over_area() -> None:
    """48 slots of 4 bars in 2 paths: 16 turns in series, each twice stack and end turn, two paths side by side; 20 and 120 degC."""
    design, _ = wound(HAIRPIN)
    assert series_turns(design) == pytest.approx(16.0)
    by_hand = 1.7e-8 * 32 * (0.15 + 0.1) / (0.0045 * 0.0030) / 2
    assert stator_resistance_ohm(design) == pytest.approx(by_hand)
    assert stator_resistance_ohm(design, 120.0) == pytest.approx(1.4 * by_hand)


def test_turns_in_parallel_instead_of_series() -> None:
    """The same copper in four times the paths: a sixteenth of the resistance."""
    one, _ = wound(STRANDS, paths=1)
    four, _ = wound(STRANDS, paths=4)
    assert stator_resistance_ohm(one) == pytest.approx(16.0 * stator_resistance_ohm(four))


def test_fill_and_wire_agree() -> None:
    """A fill that stands for the same copper gives the same resistance as the wire."""
    design, _ = wound(HAIRPIN)
    face = next(r for r in design.regions if r.label.kind == "stator_winding")
    filled, _ = wound(None, copper_fill=4.0 * conductor_area_m2(design) / face.area_m2)
    assert stator_resistance_ohm(filled) == pytest.approx(stator_resistance_ohm(design))


def test_a_winding_of_unknown_copper_is_refused() -> None:
    """Neither wire nor fill: no resistance is made up."""
    design, mesh = wound(None)
    with pytest.raises(ValueError, match="neither wire nor copper fill"):
        stator_resistance_ohm(design)
    with pytest.raises(ValueError, match="names no wire"):
        winding_proximity_term(design, mesh, uniform(mesh, np.array([0.1, 0.0])))


def test_the_field_winding_counts_every_pole_in_series() -> None:
    """Eight poles of 120 turns: loss at a current equals resistivity times current density squared times copper volume."""
    design, _ = wound(HAIRPIN)
    faces = [r for r in design.regions if r.label.kind == "field_winding"]
    copper = 0.5 * sum(r.area_m2 for r in faces) * 8 * (0.15 + 0.06)
    density = 10.0 * 120.0 / (0.5 * faces[0].area_m2)
    assert field_resistance_ohm(design) * 10.0**2 == pytest.approx(1.7e-8 * density**2 * copper)
    assert field_resistance_ohm(replace(design, field_coil=None)) == 0.0


@given(layers=st.integers(1, 8), xi=st.floats(1e-3, 0.25))
def test_thin_bars_follow_the_series(layers: int, xi: float) -> None:
    """For small xi the mean factor is 1 + (m^2 - 0.2) xi^4 / 9."""
    factor = dowell_layer_factors(xi, np.ones(layers)).mean()
    assert factor - 1.0 == pytest.approx((layers**2 - 0.2) * xi**4 / 9.0, rel=0.02, abs=1e-10)


@given(xi=st.floats(4.0, 12.0))
def test_thick_bars_carry_current_in_a_skin(xi: float) -> None:
    """For large xi a single bar uses one skin depth of its height."""
    assert dowell_layer_factors(xi, np.ones(1))[0] == pytest.approx(xi, rel=2e-3)


@given(xi=st.floats(0.2, 3.0), phase=st.floats(-np.pi, np.pi))
def test_the_factors_solve_the_diffusion(xi: float, phase: float) -> None:
    """Two layers of different phases against the closed solution of H'' = 2j H in each bar (height xi in skin depths)."""
    current = np.array([1.0, np.exp(1j * phase)])
    boundary = np.concatenate([[0.0], np.cumsum(current)])
    k = 1.0 + 1.0j
    y = np.linspace(0.0, xi, 4001)
    expected = []
    for below, above in pairwise(boundary):
        density = k * (above * np.cosh(k * y) - below * np.cosh(k * (xi - y))) / np.sinh(k * xi)
        loss = np.trapezoid(np.abs(density) ** 2, y)
        expected.append(loss * xi / np.abs(above - below) ** 2)
    assert dowell_layer_factors(xi, current) == pytest.approx(expected, rel=1e-4)


def test_the_whole_phase_is_crowded_in_the_slot_only() -> None:
    """The factor rises from one with frequency, and end turns dilute it by their share of the length."""
    design, _ = wound(HAIRPIN)
    f = np.array([0.0, 100.0, 500.0, 1000.0])
    factor = hairpin_resistance_factor(design, 0.0055, f, 100.0)
    assert factor[0] == pytest.approx(1.0)
    assert np.all(np.diff(factor) > 0.0)
    xi = relative_bar_height(0.003, 0.0045, 0.0055, COPPER.resistivity_at_ohm_m(100.0), f)
    in_slot = dowell_layer_factors(xi, np.ones(4)).mean(axis=-1)
    assert factor - 1.0 == pytest.approx(0.6 * (in_slot - 1.0))
    with pytest.raises(ValueError, match="not made of bars"):
        hairpin_resistance_factor(wound(STRANDS)[0], 0.0055, f, 100.0)


def uniform(mesh: Mesh, peak: np.ndarray, order: float = 1.0) -> FieldHarmonics:
    """One harmonic, the same in every element, at one operating point."""
    elements = np.arange(len(mesh.triangles))
    return FieldHarmonics(elements, np.array([order]), np.broadcast_to(peak, (1, 1, len(elements), 2)).astype(complex))


def test_strands_in_a_uniform_field() -> None:
    """sigma omega^2 B^2 d^2 / 32 per volume of copper, at any direction of the field."""
    design, mesh = wound(STRANDS)
    term = winding_proximity_term(design, mesh, uniform(mesh, np.array([0.06, 0.08]), order=3.0), 70.0)
    copper = 48 * 4.0 * conductor_area_m2(design) * 0.15
    omega = 2.0 * np.pi * 3.0 * 80.0
    assert term.value * 80.0**term.frequency_exponent == pytest.approx(
        copper / COPPER.resistivity_at_ohm_m(70.0) * omega**2 * 0.1**2 * 0.0009**2 / 32.0
    )


def test_bars_are_charged_for_the_radial_field_alone() -> None:
    """The field across the slot belongs to Dowell's factor; a purely tangential field adds nothing here."""
    design, mesh = wound(HAIRPIN)
    elements = np.arange(len(mesh.triangles))
    centroids = mesh.points_m[mesh.triangles].mean(axis=1)
    outward = centroids / np.linalg.norm(centroids, axis=1)[:, None]
    across = np.stack([-outward[:, 1], outward[:, 0]], axis=1)
    radial = FieldHarmonics(elements, np.ones(1), (0.1 * outward)[None].astype(complex))
    tangential = FieldHarmonics(elements, np.ones(1), (0.1 * across)[None].astype(complex))
    copper = 48 * 4.0 * conductor_area_m2(design) * 0.15
    assert winding_proximity_term(design, mesh, tangential).value == pytest.approx(0.0, abs=1e-12)
    assert winding_proximity_term(design, mesh, radial).value == pytest.approx(
        copper / 1.7e-8 * (2.0 * np.pi) ** 2 * 0.1**2 * 0.0045**2 / 24.0
    )
