"""The solver against two that share nothing with it: the closed-form field of a slotless machine, and scikit-fem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from layered_annulus import MU_0, Annulus, Layer, arc_harmonics, parallel_harmonics
from numpy.typing import NDArray
from polar_machine import MAGNET, polar_machine
from scikit_fem_machine import SECTOR_TURNS, solve_with_scikit_fem

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import FieldSolutions, solve_currents
from halfshaft.drive_unit.geometry.materials import Steel

Array = NDArray[np.float64]

POLE_PAIRS, POLE, LENGTH = 4, np.pi / 4, 0.15
ORDERS = POLE_PAIRS * np.arange(1, 100, 2)
PHASE_AXES = np.array([-np.pi / 3, np.pi / 3, np.pi])
CURRENTS = np.array([[-100.0, 200.0, 0.0], [50.0, 150.0, 0.0], [0.0, 0.0, 0.0]])
PERMEABILITY = 1000.0


def slotless(divisions: int, layers: int, order: int) -> tuple[FieldModel, FieldSolutions, float]:
    """Surface magnets under an air-gap winding between linear irons, turned by a tenth of a pole pitch; the turn in rad."""
    design, mesh = polar_machine(
        slotless=True,
        rotor="surface",
        divisions=divisions,
        layers=layers,
        steel=Steel("test sheet", (), (), mu_r=PERMEABILITY),
        magnet=replace(MAGNET, mu_r=1.0),
    )
    model = FieldModel(design, mesh, order)
    step = divisions // 10
    return model, solve_currents(model, CURRENTS, [step], tolerance=1e-9, potential=True), step * POLE / divisions


def closed_form(i_d: float, i_q: float, turn: float) -> tuple[Annulus, Array, float]:
    """The same machine's exact field, psi_d and psi_q, and torque; gap layer 2, winding layer 3."""
    surface, bottom, top = 0.080 - 0.8e-3, 0.082, 0.100
    angle = POLE_PAIRS * turn + np.pi / 2 - PHASE_AXES
    phase_currents = i_d * np.cos(angle) - i_q * np.sin(angle)
    belt_area = 0.5 * POLE / 6 * (top**2 - bottom**2)
    turns = []
    for m in range(3):
        belts = [k for k in range(6) if SECTOR_TURNS[k][0] == m]
        sides = [
            SECTOR_TURNS[k][1] * arc_harmonics(k * POLE / 6, (k + 1) * POLE / 6, ORDERS, POLE_PAIRS) for k in belts
        ]
        turns.append(sum(sides) * 4.0 / 2.0 / belt_area)
    radial, tangential = parallel_harmonics(0.1 * POLE, 0.9 * POLE, POLE / 2, ORDERS, POLE_PAIRS)
    magnet = MAGNET.remanence_t / MU_0 * np.exp(-1j * ORDERS * turn)
    field = Annulus(
        [
            Layer(0.030, surface - 0.004, PERMEABILITY),
            Layer(surface - 0.004, surface, radial=magnet * radial, tangential=magnet * tangential),
            Layer(surface, bottom),
            Layer(bottom, top, current_density=sum(i * n for i, n in zip(phase_currents, turns, strict=True))),
            Layer(top, 0.110, PERMEABILITY),
        ],
        ORDERS,
    )
    psi = LENGTH * np.array([field.linkage(3, n) for n in turns])
    dq = 2.0 / 3.0 * np.array([np.cos(angle) @ psi, -np.sin(angle) @ psi])
    return field, dq, LENGTH * field.torque(2, surface + 0.4e-3)


def errors(divisions: int, layers: int, order: int) -> tuple[float, float]:
    """Largest error of psi relative to the loaded machine's, and of torque relative to its."""
    _, solved, turn = slotless(divisions, layers, order)
    exact = [closed_form(d, q, turn)[1:] for d, q, _ in CURRENTS]
    psi = np.array([e[0] for e in exact])
    torque = np.array([e[1] for e in exact])
    assert abs(torque[2]) < 1e-9 * abs(torque[0])
    # the closed form is a solution of its own energy: torque is 3/2 p (psi_d i_q - psi_q i_d) up to the belts' harmonics
    assert torque[0] == pytest.approx(6.0 * (psi[0, 0] * 200.0 + psi[0, 1] * 100.0), rel=0.02)
    return (
        float(np.abs(solved.psi_dqf_wb[0, :, :2] - psi).max() / np.abs(psi).max()),
        float(np.abs(solved.torque_nm[0] - torque).max() / np.abs(torque).max()),
    )


def test_a_slotless_machine_meets_its_closed_form() -> None:
    """First order comes within 0.1 % in psi and converges with h^2; second order is within 0.01 % in psi and 0.1 % in torque at once.

    Second-order elements are straight, so that against circles they converge with h^2 too, from a far smaller error.
    """
    coarse, fine, second = errors(60, 1, 1), errors(120, 2, 1), errors(60, 1, 2)
    assert coarse[0] < 1e-3
    assert coarse[0] / fine[0] == pytest.approx(4.0, abs=0.4)
    assert coarse[1] / fine[1] > 3.3
    assert second[0] < 1e-4
    assert second[1] < 1e-3


def test_harmonics_of_the_gap_field() -> None:
    """The radial flux density's first five harmonics on the sliding circle, phase and amplitude, within 0.5 % of the fundamental, or 0.2 %
    of second order."""
    for order, tolerance in ((1, 5e-3), (2, 2e-3)):
        model, solved, turn = slotless(60, 1, order)
        assert solved.potential_wb_per_m is not None
        circle = model.elements.stator_circle[:-1]
        points = model.elements.node_points_m[circle]
        angle, radius = np.arctan2(points[:, 1], points[:, 0]), np.hypot(points[:, 0], points[:, 1])
        corner = radius > radius.max() * (1 - 1e-9)
        for k, (d, q, _) in enumerate(CURRENTS):
            exact = 1j * ORDERS[:5] * closed_form(d, q, turn)[0].potential(2, float(radius.max()))[0][:5] / radius.max()
            a = solved.potential_wb_per_m[0, k, circle][corner]
            found = np.array([2.0 * np.mean(a * np.exp(-1j * n * angle[corner])) * 1j * n for n in ORDERS[:5]])
            assert np.abs(found / radius.max() - exact).max() < tolerance * np.abs(exact[0])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("rotor", ["field", "surface"])
def test_scikit_fem_finds_the_same(order: int, rotor: str) -> None:
    """A saturated slotted machine at a turned rotor: potential, flux linkages and torque agree with an independent assembly and Newton.

    There the rotor's points are turned in space and tied by where they lie; here only ties change.
    """
    design, mesh = polar_machine(divisions=30, rotor=rotor, stacking_factor=0.96)
    model = FieldModel(design, mesh, order)
    currents, step = np.array([[-150.0, 300.0, 10.0]]), 7
    solved = solve_currents(model, currents, [step], tolerance=1e-10, potential=True)
    potential, psi, torque = solve_with_scikit_fem(
        design, mesh, order, currents[0], step, next(iter(model.tables.values()))
    )
    assert solved.potential_wb_per_m is not None
    mine = solved.potential_wb_per_m[0, 0]
    nodes = np.arange(len(mine))
    rotor_nodes = np.isin(nodes, model.elements.nodes[np.any(mesh.triangles >= mesh.stator_nodes, axis=1)])
    theirs = potential(model.elements.node_points_m, rotor_nodes)
    assert np.abs(theirs - mine).max() < 1e-9 * np.abs(mine).max()
    assert psi[: 2 + (rotor == "field")] == pytest.approx(solved.psi_dqf_wb[0, 0, : 2 + (rotor == "field")], rel=1e-9)
    assert torque == pytest.approx(solved.torque_nm[0, 0], rel=1e-9)
