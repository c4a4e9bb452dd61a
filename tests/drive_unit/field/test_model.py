"""A model finds its axes by itself, whichever way the machine is drawn, and knows its materials at their temperature and stacking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polar_machine import MAGNET, STEEL, polar_machine

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.field.steel_curve import reluctivity_table
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.materials import Steel


def with_labels(design: MachineDesign, **changes: object) -> MachineDesign:
    """All regions that carry conductors or magnets changed alike: factors on ``conductors``, turns of ``magnetisation_rad``."""
    regions = tuple(
        replace(
            r,
            label=replace(
                r.label,
                conductors=r.label.conductors * float(changes.get(r.label.kind, 1.0)),  # type: ignore[arg-type]
                magnetisation_rad=None
                if r.label.magnetisation_rad is None
                else r.label.magnetisation_rad + float(changes.get("turn", 0.0)),  # type: ignore[arg-type]
            ),
        )
        for r in design.regions
    )
    return replace(design, regions=regions)


@pytest.mark.parametrize("sector_poles", [1, 2, 8])
def test_phase_axes_lie_in_the_coils_middle(sector_poles: int) -> None:
    """The belts stand at a a c' c' b b: axes at -60, 60 and 180 degrees electrical, however many poles are drawn."""
    model = FieldModel(*polar_machine(sector_poles=sector_poles, divisions=12))
    axes = np.exp(1j * model.phase_axes_rad)
    assert axes == pytest.approx(np.exp(1j * np.pi * np.array([-1.0, 1.0, 3.0]) / 3.0), abs=1e-9)


@pytest.mark.parametrize("divisions", [12, 20, 60])
@pytest.mark.parametrize("rotor", ["field", "surface"])
def test_the_d_axis_is_the_rotors_flux(rotor: str, divisions: int) -> None:
    """In the pole's middle; on its other side with the excitation reversed; for any division of the circle."""
    design, mesh = polar_machine(rotor=rotor, divisions=divisions)
    assert FieldModel(design, mesh).d_axis_rad == pytest.approx(np.pi / 2)
    reversed_design = with_labels(design, field_winding=-1.0, turn=np.pi)
    assert FieldModel(reversed_design, mesh).d_axis_rad == pytest.approx(-np.pi / 2)


def test_without_excitation_the_d_axis_is_the_largest_inductance() -> None:
    """A salient rotor without its winding keeps the axis of its pole."""
    design, mesh = polar_machine()
    bare = with_labels(design, field_winding=0.0)
    assert abs(FieldModel(bare, mesh).d_axis_rad) == pytest.approx(np.pi / 2)


@given(step=st.integers(0, 59))
@settings(max_examples=8)
def test_d_current_magnetises_along_the_rotor(step: int) -> None:
    """At any position d current links with d alone in a linear smooth machine, up to what slots and belts disturb."""
    design, mesh = polar_machine(
        rotor="surface", steel=Steel("test sheet", (), (), mu_r=1e5), magnet=replace(MAGNET, remanence_t=1e-9)
    )
    model = FieldModel(design, mesh)
    psi = solve_currents(model, np.array([[100.0, 0.0, 0.0], [0.0, 100.0, 0.0]]), [step]).psi_dqf_wb[0]
    assert psi[0, 0] == pytest.approx(psi[1, 1], rel=0.06)
    assert abs(psi[0, 1]) < 0.05 * psi[0, 0]


def test_positions_fall_on_the_circles_nodes() -> None:
    """Equidistant positions are whole steps, or the circle's division is named."""
    model = FieldModel(*polar_machine(divisions=60))
    assert model.steps_over(np.pi / 3, 5) == [0, 4, 8, 12, 16]
    assert model.circle_divisions == 60
    with pytest.raises(
        ValueError, match=r"7 rotor positions over 60 degrees electrical do not fall on .* 60 divisions per pole"
    ):
        model.steps_over(np.pi / 3, 7)


@given(temperature=st.floats(-40.0, 180.0))
@settings(max_examples=6)
def test_magnets_weaken_with_temperature(temperature: float) -> None:
    """In linear iron no-load flux is proportional to the remanence at the magnets' temperature."""
    design, mesh = polar_machine(rotor="surface", steel=Steel("test sheet", (), (), mu_r=2000.0), divisions=30)
    none = np.zeros((1, 3))
    cold, warm = (
        solve_currents(FieldModel(design, mesh, magnet_temperature_c=t), none, [2], tolerance=1e-9).psi_dqf_wb[0, 0]
        for t in (20.0, temperature)
    )
    factor = MAGNET.remanence_at_t(temperature) / MAGNET.remanence_t
    assert factor == pytest.approx(1.0 - 1e-3 * (temperature - 20.0))
    assert warm == pytest.approx(factor * cold, rel=1e-9)


def test_stacking_is_the_effective_medium() -> None:
    """A machine at a stacking factor is the machine of a steel with the diluted curve; the model's own choice beats the design's."""
    factor = 0.93
    design, mesh = polar_machine(stacking_factor=factor, divisions=30)
    table = reluctivity_table(STEEL, factor)
    b = np.linspace(0.0, table.largest_b_t, 4001)
    diluted = replace(design, steels={STEEL.name: Steel("diluted", tuple(table.h_a_per_m(b)), tuple(b))})
    currents = np.array([[-100.0, 200.0, 8.0], [0.0, 0.0, 10.0]])
    one = solve_currents(FieldModel(design, mesh), currents, [3], tolerance=1e-9)
    other = solve_currents(FieldModel(diluted, mesh, stacking_factor=1.0), currents, [3], tolerance=1e-9)
    massive = solve_currents(FieldModel(design, mesh, stacking_factor=1.0), currents, [3], tolerance=1e-9)
    assert other.psi_dqf_wb == pytest.approx(one.psi_dqf_wb, rel=1e-4, abs=1e-7)
    assert one.torque_nm[0, 0] < 0.99 * massive.torque_nm[0, 0]
