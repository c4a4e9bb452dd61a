"""The fitted kit held against published figures, with the residuals it really has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from halfshaft.drive_unit import DriveUnit, UnitMap
from halfshaft.drive_unit.published import FIGURES, published

MapOf = Callable[..., UnitMap]
DC_VOLTAGE_V = 350.0  # assumption: a 400 V class battery under load

IX_REAR = "eesm_150x16/igbt_600/gear_88"
I4_REAR = "eesm_170x16/igbt_600/gear_111"
DUAL = "eesm_170x12_dual/igbt_2x600/gear_88"


@pytest.mark.parametrize(
    ("subject", "unit"),
    [
        ("MINI Countryman SE ALL4", "eesm_150x16/igbt_340/gear_96"),
        ("iX xDrive50 front", "eesm_170x16/igbt_460/gear_88"),
        ("i4 M50 front", "eesm_130x16/igbt_460/gear_88"),
        ("iX3 rear", "eesm_130x20/igbt_600/gear_111"),
        ("iX xDrive50 rear", IX_REAR),
        ("i4 eDrive40 rear", I4_REAR),
        ("i7 eDrive50 rear", DUAL),
        ("iX M60 rear", DUAL),
        ("Jaguar I-PACE unit", "ipm_165x16/igbt_460/coaxial_904"),
    ],
)
def test_each_published_power_class_is_reached(
    units: dict[str, DriveUnit], map_of: MapOf, subject: str, unit: str
) -> None:
    """140, 190, 210, 230, 250, 335, 360 kW from one lamination, and the I-PACE's 147 kW: each within 5 % by one unit."""
    power_kw = map_of(units[unit], DC_VOLTAGE_V).peak_power_w / 1e3
    assert power_kw == pytest.approx(published(subject, "power").value, rel=0.05)


@pytest.mark.parametrize(
    ("subject", "unit", "tolerance"),
    [
        ("iX xDrive50 front", "eesm_170x16/igbt_460/gear_88", 0.02),
        ("iX3 rear", "eesm_130x20/igbt_600/gear_111", 0.04),
        ("iX xDrive50 rear", IX_REAR, 0.02),
        ("i4 eDrive40 rear", I4_REAR, 0.05),
        ("Jaguar I-PACE unit", "ipm_165x16/igbt_460/coaxial_904", 0.03),
    ],
)
def test_published_torques(
    units: dict[str, DriveUnit], map_of: MapOf, subject: str, unit: str, tolerance: float
) -> None:
    """Greatest output torque within the tolerance stated for each unit."""
    torque = map_of(units[unit], DC_VOLTAGE_V).greatest_torque_nm
    assert torque == pytest.approx(published(subject, "torque").value, rel=tolerance)


def test_greatest_efficiency_of_the_ix3_unit(units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """Up to 93 % from DC to output, within 0.3 points: the figure the iron loss was fitted to."""
    efficiency, speed, _ = map_of(units["eesm_130x20/igbt_600/gear_111"], DC_VOLTAGE_V).peak_efficiency
    assert efficiency == pytest.approx(published("iX3 rear", "greatest unit efficiency").value, abs=0.003)
    assert 4000 < speed * 30 / np.pi < 12000


@pytest.mark.parametrize(
    ("subject", "unit"),
    [
        ("i4 eDrive40 rear", I4_REAR),
        ("i4 M50 front", "eesm_130x16/igbt_460/gear_88"),
        ("iX M60 rear", DUAL),
    ],
)
def test_power_per_unit_mass(units: dict[str, DriveUnit], map_of: MapOf, subject: str, unit: str) -> None:
    """Within 10 % of the published kW/kg; masses of housing, inverter and gear are assumptions, not fitted."""
    result = map_of(units[unit], DC_VOLTAGE_V)
    density = result.peak_power_w / 1e3 / result.unit.mass_kg
    assert density == pytest.approx(published(subject, "power per unit mass").value, rel=0.10)


def test_the_dual_unit_is_the_longer_sister(units: dict[str, DriveUnit]) -> None:
    """The 360 kW unit is the 230 kW machine made 20 mm longer, fed by two sets of 600 A rms each."""
    longer = units[DUAL].machine.stack_length_m - units[IX_REAR].machine.stack_length_m
    expected_mm = published("iX M60 rear", "stack longer than iX xDrive50 rear by").value
    assert 1e3 * longer == pytest.approx(expected_mm)
    rms = units[DUAL].inverter.current_limit_a / np.sqrt(2.0)
    assert rms == pytest.approx(published("iX M60 rear", "machine current").value)


def test_published_speed_is_within_reach(units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """The i4's certified 16,800 rpm lies inside the map, with power to spare there."""
    result = map_of(units[I4_REAR], DC_VOLTAGE_V)
    speed = published("i4 eDrive40 rear", "greatest speed").value * np.pi / 30
    assert result.max_speed_rad_per_s > speed
    assert np.isfinite(result.loss_at(speed, 100.0))


def test_machine_mass_of_the_magnet_machine(units: dict[str, DriveUnit]) -> None:
    """The I-PACE's machine within 5 % of its published 38 kg, its housing within its published diameter."""
    machine = units["ipm_165x16/igbt_460/coaxial_904"].machine
    assert machine.mass_kg == pytest.approx(published("Jaguar I-PACE unit", "machine mass").value, rel=0.05)
    assert 1e3 * machine.diameter_m == published("Jaguar I-PACE unit", "machine outer diameter").value


def test_the_800_v_class_loses_less(units: dict[str, DriveUnit], map_of: MapOf) -> None:
    """Doubled turns and SiC at 700 V lose 12 to 25 % less at part load than the same stack with IGBTs at 350 V.

    The published goal of the next generation is 40 % less; the device alone does not bring it, and the test says how far it goes.
    """
    now = map_of(units["eesm_150x16/igbt_600/gear_88"], DC_VOLTAGE_V)
    then = map_of(units["eesm_150x32/sic_400/gear_88"], 2 * DC_VOLTAGE_V)
    speed, torque = np.meshgrid(np.linspace(200.0, 1200.0, 6), np.linspace(20.0, 120.0, 6))
    change = then.loss_at(speed, torque).sum() / now.loss_at(speed, torque).sum() - 1.0
    assert -0.25 < change < -0.12


def test_every_figure_names_its_source() -> None:
    """No published figure stands without a source, and none stands twice."""
    assert all(figure.source.strip() for figure in FIGURES)
    keys = [(figure.subject, figure.quantity) for figure in FIGURES]
    assert len(keys) == len(set(keys))
    with pytest.raises(KeyError, match="known: power"):
        published("i7 eDrive50 rear", "torque")
