"""The cage's current against the equivalent circuit of the same field solution, torque by two ways, and rings against their formula."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit.field.cage import bar_area_m2, bar_loss_w_per_a2, ring_length_m, with_cage_current
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import operating_point
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.materials import Steel
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design
from halfshaft.programme.machines import read_machine

DIVISIONS, POSITIONS = 180, 5


@functools.cache
def model(linear: bool) -> FieldModel:
    """The built-in machine, with its steel or with one of constant permeability."""
    design = read_machine("model_s_class_im")
    if linear:
        steel = Steel("linear", (), (), mu_r=3000.0)
        design = replace(design, steels={name: replace(steel, name=name) for name in design.steels})
    return FieldModel(design, mesh_design(design, MeshOptions(divisions_per_pole=DIVISIONS)))


def steps(of: FieldModel) -> list[int]:
    return of.steps_over(np.pi / 3.0, POSITIONS)


def test_the_d_axis_lies_a_quarter_turn_behind_the_cages_flux() -> None:
    """In the drawn pole's middle, where the cage's current is strongest."""
    assert model(linear=True).d_axis_rad == pytest.approx(np.pi / 2)


def test_constant_parameters_give_the_equivalent_circuit() -> None:
    """With linear iron psi_q = sigma L i_q, torque, cage current and slip are those of the T circuit with the field's own inductances."""
    field = model(linear=True)
    design, p = field.design, field.design.pole_pairs
    i_d, i_q = 120.0, 300.0
    currents = with_cage_current(field, np.array([[i_d, i_q]]), steps(field))
    solved = solve_currents(field, currents, steps(field), inductance=True)
    assert solved.inductance_h is not None
    table = solved.inductance_h.mean(axis=0)[0]
    psi = solved.psi_dqf_wb.mean(axis=0)[0]
    stator, coupled, rotor = table[1, 1], table[2, 1], table[2, 2]
    sigma = 1.0 - table[1, 2] * coupled / (stator * rotor)
    assert table[0, 0] == pytest.approx(stator, rel=0.01)  # bars at their places make d and q nearly equal
    assert psi[0] == pytest.approx(stator * i_d, rel=0.01)
    assert psi[1] == pytest.approx(sigma * stator * i_q, rel=0.01)
    assert abs(psi[2]) < 1e-3 * coupled * i_q
    cage_a = currents[0, 2]
    assert cage_a == pytest.approx(-coupled / rotor * i_q, rel=1e-3)
    torque = 1.5 * p * (psi[0] * i_q - psi[1] * i_d)
    assert torque == pytest.approx(1.5 * p * (1.0 - sigma) * stator * i_d * i_q, rel=0.01)
    resistance = bar_loss_w_per_a2(design) * (1.0 + ring_length_m(design) / design.stack_length_m)
    slip_rad_per_s = p * resistance * cage_a**2 / torque  # what crosses the gap less what arrives at the shaft
    assert slip_rad_per_s == pytest.approx(resistance / rotor * i_q / i_d, rel=0.01)


def test_torque_by_stress_is_torque_by_flux_linkage() -> None:
    """In saturated iron: the gap's stress knows nothing of the cage, the stator's linkages nothing of the rotor's torque."""
    field = model(linear=False)
    currents = with_cage_current(field, np.array([[150.0, 300.0], [290.0, 800.0], [30.0, 800.0]]), steps(field))
    solved = solve_currents(field, currents, steps(field))
    psi = solved.psi_dqf_wb.mean(axis=0)
    linkage = 1.5 * field.design.pole_pairs * (psi[:, 0] * currents[:, 1] - psi[:, 1] * currents[:, 0])
    assert solved.torque_nm.mean(axis=0) == pytest.approx(linkage, abs=0.012 * linkage.max())


def test_the_cage_mirrors_the_q_current() -> None:
    """Turned over with it, none without it, whatever the iron does."""
    field = model(linear=False)
    found = with_cage_current(field, np.array([[200.0, 400.0], [200.0, -400.0], [200.0, 0.0]]), steps(field))[:, 2]
    assert found[0] < 0.0
    assert found[1] == pytest.approx(-found[0], rel=5e-3)
    assert found[2] == 0.0


def test_an_operating_point_finds_the_current_itself() -> None:
    point = operating_point(model(linear=False), 200.0, 400.0, speed_rpm=3000.0, positions=12)
    assert point.i_f_a < 0.0
    assert point.losses_w["cage"] > 0.0
    assert point.torque_gap_stress_nm == pytest.approx(point.mean_torque_nm, rel=0.02)


@pytest.mark.parametrize("width_m", [2e-3, 20e-3])
def test_a_thin_ring_is_a_chain_of_segments(width_m: float) -> None:
    """With many bars, I / (2 sin(pi p / N)) in segments of a thin ring; a wide ring loses more than its mean circle tells."""
    design: MachineDesign = read_machine("model_s_class_im")
    assert design.cage is not None
    bars, outer_m = 720, 0.154
    cage = replace(
        design.cage,
        bars=bars,
        overhang_m=0.0,
        ring_outer_diameter_m=outer_m,
        ring_inner_diameter_m=outer_m - 2 * width_m,
    )
    found = ring_length_m(replace(design, cage=cage))
    segment_m = np.pi * (outer_m - width_m) / bars
    section = width_m * cage.ring_thickness_m
    chain = bar_area_m2(design) * segment_m / section / (2.0 * np.sin(np.pi * design.pole_pairs / bars) ** 2)
    if width_m < 5e-3:
        assert found == pytest.approx(chain, rel=0.03)
    else:
        assert chain < found < 1.6 * chain
