"""The machine beyond its field: the copper it is wound with, and what it weighs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit import FieldWinding, Kit, Lamination, Machine
from halfshaft.drive_unit.machine import COPPER_DENSITY_KG_PER_M3, copper_resistivity_ohm_m


def eesm_lamination(kit: Kit) -> Lamination:
    return kit.machines[0].lamination


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
