"""Published figures that the kit is held against: value, unit, source.

Facts of press texts, manuals and certification lists, carried over with where they stand. Torque and power are peak figures
unless the quantity says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of one machine or unit; ``unit`` is the unit of measure, ``source`` where the figure stands."""

    subject: str
    quantity: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True)
class PublishedTable:
    """A table of values over two axes, ``values[i][j]`` at ``rows[i]`` and ``columns[j]``."""

    subject: str
    quantity: str
    unit: str
    row_axis: str
    rows: tuple[float, ...]
    column_axis: str
    columns: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    source: str


_AGENCY = "fueleconomy.gov vehicles.csv, motor description"
_GREEN_CAR = "Green Car Congress 2021-06-02"
_MOTOR_TREND = "MotorTrend, iX M60"
_I01 = "BMW I01 manual (manualslib, manualshive)"
_ZOE = "automotive-eetimes 2013; Renault"
_FINITE_ELEMENTS = (
    "2D magnetostatic finite elements on pyleecan's Renault_Zoe (Pellerey thesis geometry), first-order, 4 positions"
)

FIGURES: tuple[PublishedFigure, ...] = (
    PublishedFigure("iX3 rear", "power", 210.0, "kW", "BMW press 2020 via tu-auto, completecar"),
    PublishedFigure("iX3 rear", "torque", 400.0, "Nm", "BMW press 2020 via tu-auto, completecar"),
    PublishedFigure("iX3 rear", "greatest unit efficiency", 0.93, "1", "BMW press 2020: up to 93 %, via tu-auto"),
    PublishedFigure("i4 eDrive40 rear", "power", 250.0, "kW", f"{_AGENCY}; {_GREEN_CAR}"),
    PublishedFigure("i4 eDrive40 rear", "torque", 430.0, "Nm", _GREEN_CAR),
    PublishedFigure("i4 eDrive40 rear", "power per unit mass", 2.14, "kW/kg", _GREEN_CAR),
    PublishedFigure(
        "i4 eDrive40 rear", "greatest speed", 16800.0, "rpm", "EPA test car list: rev per speed at 190 km/h"
    ),
    PublishedFigure("i4 M50 front", "power", 190.0, "kW", _GREEN_CAR),
    PublishedFigure("i4 M50 front", "power per unit mass", 1.96, "kW/kg", _GREEN_CAR),
    PublishedFigure("iX xDrive50 front", "power", 190.0, "kW", _AGENCY),
    PublishedFigure("iX xDrive50 front", "torque", 365.0, "Nm", "webcartop.jp"),
    PublishedFigure("iX xDrive50 rear", "power", 230.0, "kW", _AGENCY),
    PublishedFigure("iX xDrive50 rear", "torque", 400.0, "Nm", "webcartop.jp"),
    PublishedFigure(
        "iX xDrive50 rear",
        "machine current",
        600.0,
        "A",
        f"{_MOTOR_TREND}; read as rms: 230 kW at 350 V DC needs about 850 A peak",
    ),
    PublishedFigure("iX M60 rear", "power", 360.0, "kW", "Green Car Congress 2022-01-05"),
    PublishedFigure("iX M60 rear", "power per unit mass", 2.59, "kW/kg", "Green Car Congress 2022-01-05"),
    PublishedFigure(
        "iX M60 rear", "machine current", 1200.0, "A", f"{_MOTOR_TREND}: two three-phase sets, two inverters"
    ),
    PublishedFigure("iX M60 rear", "stack longer than iX xDrive50 rear by", 20.0, "mm", f"{_MOTOR_TREND}: 0.8 inch"),
    PublishedFigure("i7 eDrive50 rear", "power", 335.0, "kW", _AGENCY),
    PublishedFigure("MINI Countryman SE ALL4", "power", 140.0, "kW", f"{_AGENCY}: 140 and 140 kW"),
    PublishedFigure("Jaguar I-PACE unit", "power", 147.0, "kW", "EVKX: 294 kW from two units"),
    PublishedFigure("Jaguar I-PACE unit", "torque", 348.0, "Nm", "EVKX: 696 Nm from two units"),
    PublishedFigure("Jaguar I-PACE unit", "gear ratio", 9.04, "1", "TUM longitudinal simulation, vehicle parameters"),
    PublishedFigure("Jaguar I-PACE unit", "machine mass", 38.0, "kg", "electricthink"),
    PublishedFigure("Jaguar I-PACE unit", "machine outer diameter", 234.0, "mm", "electricthink"),
    PublishedFigure("BMW i3", "power", 125.0, "kW", f"{_I01}: for 30 s"),
    PublishedFigure("BMW i3", "continuous power", 75.0, "kW", _I01),
    PublishedFigure("BMW i3", "torque", 250.0, "Nm", _I01),
    PublishedFigure("BMW i3", "machine mass", 49.0, "kg", _I01),
    PublishedFigure("BMW i3", "machine current", 400.0, "A", _I01),
    PublishedFigure("BMW i3", "stator outer diameter", 242.0, "mm", f"{_I01}: type code EMP242.130"),
    PublishedFigure("Renault Zoe", "power", 65.0, "kW", _ZOE),
    PublishedFigure("Renault Zoe", "continuous power", 43.0, "kW", _ZOE),
    PublishedFigure("Renault Zoe", "torque", 220.0, "Nm", _ZOE),
    PublishedFigure("Renault Zoe", "d flux linkage at 70 A rms q, 10 A field", 0.185, "Wb", _FINITE_ELEMENTS),
    PublishedFigure("Renault Zoe", "q flux linkage at 70 A rms q, 10 A field", 0.226, "Wb", _FINITE_ELEMENTS),
    PublishedFigure("Renault Zoe", "field flux linkage at 70 A rms q, 10 A field", 0.795, "Wb", _FINITE_ELEMENTS),
)

ZOE_TORQUE = PublishedTable(
    subject="Renault Zoe",
    quantity="torque at the best of the current angles 90, 105 and 120 degrees",
    unit="Nm",
    row_axis="field current, A",
    rows=(5.0, 10.0, 20.0, 30.0, 40.0),
    column_axis="phase current, A rms",
    columns=(70.0, 150.0, 230.0, 300.0),
    values=(
        (28.1, 33.5, 37.4, 38.3),
        (54.5, 65.6, 72.5, 75.5),
        (97.7, 129.9, 137.6, 145.9),
        (124.5, 190.6, 204.6, 213.1),
        (139.9, 240.6, 272.0, 279.9),
    ),
    source=_FINITE_ELEMENTS,
)


def published(subject: str, quantity: str) -> PublishedFigure:
    """The figure of a subject; raises KeyError naming what the subject has."""
    for figure in FIGURES:
        if figure.subject == subject and figure.quantity == quantity:
            return figure
    known = [figure.quantity for figure in FIGURES if figure.subject == subject]
    raise KeyError(f"no published {quantity!r} of {subject!r}; known: {', '.join(known) or 'nothing of that subject'}")
