"""A car with published figures, and the sample kit's units as references."""

from __future__ import annotations

import pytest
from sample_kit import DC_VOLTAGE_V, KIT, MAGNETICS

from halfshaft.certification import AxleFigures, CarRow, Kind, Measured, Reference
from halfshaft.drive_unit import catalogue
from halfshaft.vehicle import RoadLoad


@pytest.fixture(scope="session")
def references() -> dict[Kind, Reference]:
    """One unit of each excitation."""
    units = {unit.name: unit for unit in catalogue(KIT)}
    names: dict[Kind, str] = {
        "externally excited": "eesm_150x16/igbt_600/gear_88",
        "permanent magnet": "ipm_165x16/igbt_460/gear_88",
        "induction": "eesm_150x16/igbt_600/gear_88",
    }
    return {
        kind: Reference(units[name], MAGNETICS[units[name].machine.lamination.name], DC_VOLTAGE_V)
        for kind, name in names.items()
    }


@pytest.fixture(scope="session")
def car() -> CarRow:
    """Mass, road load and figures of a BMW i4 eDrive40 on 18-inch wheels (EPA Test Car List 2022, brochure)."""
    return CarRow(
        row_id="i4", make="BMW", front=None, rear=AxleFigures("externally excited", 250e3, 430.0), motor_rad_per_m=33.33,
        tyre_radius_m=0.335, test_mass_kg=2268.0, performance_mass_kg=2125.0, road_load=RoadLoad(150.8, 0.338, 0.3713),
        certified_load=True, battery_kwh=80.7, measured=Measured(134.0, 135.3, 5.7, 190.0, 176.0), notes=(),
    )  # fmt: skip
