"""Fixtures of the sample kit and its maps."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from sample_kit import KIT, MAGNETICS

from halfshaft.drive_unit import DriveUnit, Kit, UnitMap, catalogue, evaluate_unit
from halfshaft.drive_unit.magnetic_table import MagneticTable


@pytest.fixture(scope="session")
def magnetics_of() -> Callable[[DriveUnit], MagneticTable]:
    """The field that stands beside a unit's lamination."""
    return lambda unit: MAGNETICS[unit.machine.lamination.name]


@pytest.fixture(scope="session")
def kit() -> Kit:
    """One EESM lamination in three lengths and three windings, and one magnet machine, with inverters and gears."""
    return KIT


@pytest.fixture(scope="session")
def units(kit: Kit) -> dict[str, DriveUnit]:
    """The catalogue by name."""
    return {unit.name: unit for unit in catalogue(kit)}


@pytest.fixture(scope="session")
def eesm_unit(units: dict[str, DriveUnit]) -> DriveUnit:
    """The 230 kW class."""
    return units["eesm_150x16/igbt_600/gear_88"]


@pytest.fixture(scope="session")
def ipm_unit(units: dict[str, DriveUnit]) -> DriveUnit:
    """The I-PACE class."""
    return units["ipm_165x16/igbt_460/coaxial_904"]


@pytest.fixture(scope="session")
def map_of(magnetics_of: Callable[[DriveUnit], MagneticTable]) -> Callable[..., UnitMap]:
    """Maps of units at a voltage, each computed once."""

    @functools.cache
    def compute(unit: DriveUnit, dc_voltage_v: float, speeds: int = 41, fractions: int = 41) -> UnitMap:
        return evaluate_unit(unit, magnetics_of(unit), dc_voltage_v, speeds=speeds, fractions=fractions)

    return compute
