"""The lumped machine: one co-energy, exact scaling, and the copper it is wound with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit import FieldWinding, Kit, Lamination, Machine
from halfshaft.drive_unit.machine import COPPER_DENSITY_KG_PER_M3, copper_resistivity_ohm_m
from halfshaft.drive_unit.published import ZOE_TORQUE, published

shapes = st.fixed_dictionaries(
    {
        "saturation_flux_linkage_wb_per_m": st.floats(0.02, 0.15),
        "unsaturated_inductance_h_per_m": st.floats(2e-6, 1e-4),
        "saliency_ratio": st.floats(0.3, 4.0),
        "leakage_inductance_h_per_m": st.floats(1e-7, 4e-6),
        "saturation_exponent": st.floats(0.9, 4.0),
    }
)
ampere_turns = st.floats(-2e4, 2e4)


def eesm_lamination(kit: Kit, shape: dict[str, float] | None = None) -> Lamination:
    return replace(kit.machines[0].lamination, **(shape or {}))


@given(shape=shapes, a_d=ampere_turns, a_q=ampere_turns, a_e=st.floats(500.0, 2e4))
@settings(max_examples=150, deadline=None)
def test_flux_linkages_are_the_gradient_of_one_co_energy(
    kit: Kit, shape: dict[str, float], a_d: float, a_q: float, a_e: float
) -> None:
    """Every mixed derivative is symmetric: d to q, d to excitation and q to excitation, at any saturation and saliency."""
    lamination = eesm_lamination(kit, shape)
    at = np.array([a_d, a_q, a_e])

    def linkages(a: np.ndarray) -> np.ndarray:
        d, q, main = lamination.flux_linkage_wb_per_m(*a)
        return np.array([d, q, main])

    step = 2.0
    shifts = step * np.eye(3)
    jacobian = np.array([(linkages(at + s) - linkages(at - s)) / (2.0 * step) for s in shifts])
    scale = np.abs(jacobian).max()
    # Close to the origin of the magnetising current the second derivative jumps; the finite difference sees it.
    magnetising = np.hypot(a_d + a_e, np.sqrt(shape["saliency_ratio"]) * a_q)
    if magnetising > 200.0:
        assert jacobian == pytest.approx(jacobian.T, abs=1e-3 * scale)


@given(shape=shapes, a_d=ampere_turns, a_q=ampere_turns, a_e=st.floats(0.0, 2e4))
@settings(max_examples=150, deadline=None)
def test_torque_is_flux_cross_current(kit: Kit, shape: dict[str, float], a_d: float, a_q: float, a_e: float) -> None:
    """The closed torque formula equals 3/2 p (lambda_d a_q - lambda_q a_d): leakage makes no torque."""
    lamination = eesm_lamination(kit, shape)
    d, q, _ = lamination.flux_linkage_wb_per_m(np.array(a_d), np.array(a_q), np.array(a_e))
    expected = 1.5 * lamination.pole_pairs * (d * a_q - q * a_d)
    torque = lamination.torque_nm_per_m(np.array(a_d), np.array(a_q), np.array(a_e))
    assert float(torque) == pytest.approx(float(expected), rel=1e-9, abs=1e-6)


@given(shape=shapes, a_d=ampere_turns, a_q=st.floats(0.0, 1.99e4), a_e=st.floats(0.0, 2e4))
@settings(max_examples=300, deadline=None)
def test_q_current_inverts_torque(kit: Kit, shape: dict[str, float], a_d: float, a_q: float, a_e: float) -> None:
    """Where the lever is positive, the q current found for a torque gives that torque; where it is not, the cap is returned."""
    lamination = eesm_lamination(kit, shape)
    torque = lamination.torque_nm_per_m(np.array(a_d), np.array(a_q), np.array(a_e))
    lever = a_e + (1.0 - shape["saliency_ratio"]) * a_d
    found = lamination.q_current_for_torque(np.array(abs(float(torque)) + 1e-3), np.array(a_d), np.array(a_e), 3e4)
    if lever <= 0.0:
        assert float(found) == 3e4
    elif float(found) < 3e4:
        again = lamination.torque_nm_per_m(np.array(a_d), found, np.array(a_e))
        assert float(again) == pytest.approx(float(torque) + 1e-3, rel=1e-8)


def test_a_demand_beyond_reach_returns_the_cap(kit: Kit) -> None:
    """No q current below the cap gives a torque larger than the cap's own; the cap says so instead of a wrong root."""
    lamination = eesm_lamination(kit)
    a_d, a_e = np.array([-2e3, -2e3]), np.array([9e3, 9e3])
    greatest = lamination.torque_nm_per_m(a_d, np.full(2, 2e4), a_e)
    found = lamination.q_current_for_torque(greatest * [0.999, 1.001], a_d, a_e, 2e4)
    assert found[0] < 2e4
    assert found[1] == 2e4


@given(length=st.floats(0.05, 0.3), factor=st.sampled_from([2, 3, 4]))
@settings(max_examples=30, deadline=None)
def test_resistance_scales_with_turns_squared_and_with_conductor_length(kit: Kit, length: float, factor: int) -> None:
    """R goes with N^2; with length it goes as stack plus end turn, which is the one thing that does not scale."""
    lamination = eesm_lamination(kit)
    one = Machine("one", lamination, length, 12, 6)
    many = Machine("many", lamination, length, 12 * factor, 6)
    assert many.stator_resistance_ohm(400.0) == pytest.approx(factor**2 * one.stator_resistance_ohm(400.0))
    longer = Machine("longer", lamination, 2.0 * length, 12, 6)
    end = lamination.end_turn_length_m
    expected = (2.0 * length + end) / (length + end)
    assert longer.stator_resistance_ohm(400.0) / one.stator_resistance_ohm(400.0) == pytest.approx(expected)


def test_resistance_and_copper_mass_tell_of_the_same_copper(kit: Kit) -> None:
    """Loss over mass at one current density J is rho J^2 / density, whatever the winding: resistance and mass agree."""
    machine = kit.machines[0]
    lamination, temperature_k, current_a = machine.lamination, 393.15, 500.0
    loss_w = 1.5 * machine.stator_resistance_ohm(temperature_k) * current_a**2
    # Peak ampere-turns over the copper area; three phases, both coil sides, mean square 1/2.
    density = 6.0 * machine.series_turns * current_a / np.sqrt(2.0) / lamination.slot_copper_area_m2
    expected = copper_resistivity_ohm_m(temperature_k) * density**2 / COPPER_DENSITY_KG_PER_M3
    assert loss_w / machine.stator_copper_kg == pytest.approx(expected)


def test_alternating_current_factor_follows_its_limits(kit: Kit) -> None:
    """One at standstill, growing with frequency; quadratic at first; and doubling turns by halving paths changes nothing."""
    machine = next(machine for machine in kit.machines if machine.name == "eesm_150x16")
    frequency = np.linspace(0.0, 900.0, 91)
    factor = machine.alternating_current_factor(frequency, 393.15)
    assert factor[0] == pytest.approx(1.0, abs=1e-6)
    assert np.all(np.diff(factor) >= 0.0)
    low = machine.alternating_current_factor(np.array([20.0, 40.0]), 393.15) - 1.0
    assert low[1] / low[0] == pytest.approx(4.0, rel=0.01)
    twin = replace(machine, series_turns=32, parallel_paths=3)
    assert twin.alternating_current_factor(frequency, 393.15) == pytest.approx(factor)


def test_dowells_series_at_low_frequency(kit: Kit) -> None:
    """Below one skin depth the slot's factor is 1 + (5 m^2 - 1) xi^4 / 45: the expansion Dowell (1966) gives for m layers."""
    machine = next(machine for machine in kit.machines if machine.name == "eesm_150x16")
    lamination = machine.lamination
    skin_m = np.sqrt(copper_resistivity_ohm_m(393.15) / (np.pi * 60.0 * 4e-7 * np.pi))
    xi = (
        lamination.slot_copper_height_m
        / machine.conductors_per_slot
        / skin_m
        * np.sqrt(lamination.conductor_width_share)
    )
    share = machine.stack_length_m / (machine.stack_length_m + lamination.end_turn_length_m)
    expected = 1.0 + share * (5 * machine.conductors_per_slot**2 - 1) * xi**4 / 45.0
    assert float(machine.alternating_current_factor(np.array(60.0), 393.15)) == pytest.approx(expected, rel=1e-3)


def test_conductors_must_fill_the_slots(kit: Kit) -> None:
    """A winding whose conductors do not divide evenly over the slots is refused, with the numbers in the message."""
    with pytest.raises(ValueError, match="102 conductors do not fill 72 slots"):
        Machine("odd", eesm_lamination(kit), 0.1, 17, 1)
    with pytest.raises(ValueError, match="must be positive"):
        Machine("none", eesm_lamination(kit), 0.0, 12, 6)


def test_mass_grows_linearly_with_length(kit: Kit) -> None:
    """Three lengths of one cross-section lie on a line, and the bill of material sums to the mass."""
    lamination = eesm_lamination(kit)
    masses = [Machine("m", lamination, length, 12, 6).mass_kg for length in (0.1, 0.15, 0.2)]
    assert masses[2] - masses[1] == pytest.approx(masses[1] - masses[0])
    for machine in kit.machines:
        assert machine.mass_kg == pytest.approx(sum(mass for _, _, mass in machine.bill_of_material))
        assert 0.0 < machine.active_mass_kg < machine.mass_kg
        assert (machine.magnet_kg > 0.0) == (machine.lamination.excitation == "permanent_magnet")


def test_the_shape_reproduces_the_zoe_within_its_stated_residual(kit: Kit) -> None:
    """The fitted saturation shape holds all 20 finite-element torques of the Zoe within 12 %, 6.1 % root mean square.

    The flux linkages at one point: d within 5 %, q within 16 %; the parameters are what the fitting benchmark prints.
    """
    zoe = replace(
        eesm_lamination(kit),
        pole_pairs=2,
        saturation_flux_linkage_wb_per_m=0.06819,
        unsaturated_inductance_h_per_m=1.702e-5,
        saliency_ratio=0.6,
        leakage_inductance_h_per_m=6.3e-7,
        saturation_exponent=4.0,
    )
    turns, length_m, ratio = 40, 0.170, 171.4
    a = turns * np.sqrt(2.0) * np.array(ZOE_TORQUE.columns)[None, :]
    a_e = ratio * np.array(ZOE_TORQUE.rows)[:, None]
    angles = np.radians([90.0, 105.0, 120.0])
    torque = length_m * np.max([zoe.torque_nm_per_m(a * np.cos(b), a * np.sin(b), a_e) for b in angles], axis=0)
    deviation = torque / np.array(ZOE_TORQUE.values) - 1.0
    assert np.abs(deviation).max() < 0.12
    assert np.sqrt(np.mean(deviation**2)) < 0.061
    d, q, _ = zoe.flux_linkage_wb_per_m(np.array(0.0), np.array(turns * 70.0 * np.sqrt(2.0)), np.array(10.0 * ratio))
    psi_d = published("Renault Zoe", "d flux linkage at 70 A rms q, 10 A field").value
    psi_q = published("Renault Zoe", "q flux linkage at 70 A rms q, 10 A field").value
    assert float(d) * turns * length_m == pytest.approx(psi_d, rel=0.05)
    assert float(q) * turns * length_m == pytest.approx(psi_q, rel=0.16)


def test_field_winding_resistance_and_mass_tell_of_the_same_copper(kit: Kit) -> None:
    """Field loss over field mass at one density is rho J^2 / density, for any number of field turns."""
    rotor = eesm_lamination(kit).rotor
    assert isinstance(rotor, FieldWinding)
    for turns in (50.0, 100.0):
        winding = replace(rotor, turns_per_pole=turns)
        loss_w = winding.resistance_ohm(6, 0.15, 393.15) * 20.0**2
        density = 20.0 * turns / winding.coil_side_copper_area_m2
        expected = copper_resistivity_ohm_m(393.15) * density**2 / COPPER_DENSITY_KG_PER_M3
        assert loss_w / winding.copper_mass_kg(6, 0.15) == pytest.approx(expected)
