"""A whole catalogue on one vehicle: what each unit does on each driven axle, beside one known partner on the other.

All pairs of ten thousand units are a hundred million; nobody waits for them, and nobody asks. A plan asks what a unit does on an axle, so
the table has a row for each unit and axle: over the cycles and in acceleration, with the unit that the car was built with on its other
axle, so that rows differ by the unit alone. A car that was not built yet has the kit's fitting unit of middle power there.
Figures of any other pair are those of `verify_vehicle`, not sums of rows: who shares a force decides together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import UnitMap
from halfshaft.programme import VehicleProgramme
from halfshaft.vehicle import Axle, Vehicle
from halfshaft.verification.conditions import Conditions, conditions, fits_voltage, reference_units
from halfshaft.verification.table import NO_UNIT, driven_figures

FloatArray = NDArray[np.float64]

_OTHER: Mapping[Axle, Axle] = {"front": "rear", "rear": "front"}


@dataclass(frozen=True, eq=False)
class Subject:
    """A vehicle that takes any unit of its voltage class: how it is driven, and the unit that stays on each axle while others are tried."""

    vehicle: str
    voltage_class_v: float
    driven: Conditions
    partners: Mapping[Axle, UnitMap]


@dataclass(frozen=True, eq=False)
class AxleRows:
    """Units on one axle of one vehicle, beside `partner` on the other (`NO_UNIT` where that is not driven); figures (n,) in SI."""

    vehicle: str
    axle: str
    partner: str
    units: tuple[str, ...]
    figures: Mapping[str, FloatArray]


def subject_of(vehicle: VehicleProgramme, model: Vehicle, kit: Sequence[UnitMap], switching_w: float) -> Subject:
    """The vehicle with its partners chosen from the kit's units. Raises KeyError when `as_built` names a unit that the kit has not.

    Raises ValueError when no unit of the kit is of the vehicle's voltage class, although a partner is needed.
    """
    units = reference_units(vehicle, kit)
    if not units and len(vehicle.driven_axles) > 1:
        raise ValueError(f"vehicle {vehicle.id!r}: no unit of the kit is of its {vehicle.voltage_class:g} V class")
    partners = units if len(vehicle.driven_axles) > 1 else {}
    return Subject(vehicle.id, vehicle.voltage_class, conditions(vehicle, model, kit, switching_w), partners)


def axle_rows(subject: Subject, units: Sequence[UnitMap], *, with_performance: bool = True) -> tuple[AxleRows, ...]:
    """Rows of those of the units that fit the vehicle's voltage class, for each driven axle."""
    fitting = [m for m in units if fits_voltage(m, subject.voltage_class_v)]
    if not fitting:
        return ()
    found = []
    for axle in subject.driven.vehicle.driven_axles:
        partner = subject.partners.get(_OTHER[axle])
        pair: dict[str, list[UnitMap | None]] = {axle: list(fitting), _OTHER[axle]: [partner]}
        figures, _ = driven_figures(subject.driven, pair["front"], pair["rear"], with_performance=with_performance)
        name = NO_UNIT if partner is None else partner.unit.name
        rows = {key: values.ravel() for key, values in figures.items()}
        found.append(AxleRows(subject.vehicle, axle, name, tuple(m.unit.name for m in fitting), rows))
    return tuple(found)
