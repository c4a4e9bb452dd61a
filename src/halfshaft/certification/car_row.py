"""A car as certification lists and brochures state it: one row of a table, with what is missing and what was made of it.

Measured consumption and performance stand in such tables beside the figures from which they are to be predicted. Only the latter are read
here; ``Measured`` holds the former, for those who compare.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from halfshaft.quantities import InputError, Problem
from halfshaft.vehicle import RoadLoad

Kind = Literal["externally excited", "permanent magnet", "induction"]

COLUMNS = ("row_id", "make", "driven_axle", "e_machine_type", "motor_peak_power_kw", "motor_peak_torque_nm_total")
"""Columns without which a table is no table of cars."""

_TYPICAL_BASE_RAD_PER_S = 480.0  # peak power over peak torque; median of 25 electric cars, 345 to 610
_TYPICAL_MOTOR_RAD_PER_M = 27.0  # median of 38 electric cars in EPA's test car lists, 22 to 35
_TYPICAL_TYRE_M = 0.335
_TYPICAL_KWH = 70.0
_POWER_PER_MASS_W_PER_KG = 85.0  # median of 37 electric cars
_DRIVER_KG, _TEST_LOAD_KG = 75.0, 136.1  # EPA's test mass is kerb mass and 300 lb
_ROLLING, _AIR_KG_PER_M3, _GRAVITY = 0.0095, 1.189, 9.81
_TYPICAL_DRAG_M2 = 0.70


@dataclass(frozen=True)
class Measured:
    """What was certified or published of a car's behaviour; None where it is not known. WLTP is the middle of the trims."""

    udds_wh_per_km_ac: float | None
    hwfet_wh_per_km_ac: float | None
    accel_0_100kph_s: float | None
    top_speed_kph: float | None
    wltp_wh_per_km_ac: float | None

    @property
    def combined_wh_per_km_ac(self) -> float | None:
        """55 % UDDS and 45 % HWFET."""
        if self.udds_wh_per_km_ac is None or self.hwfet_wh_per_km_ac is None:
            return None
        return 0.55 * self.udds_wh_per_km_ac + 0.45 * self.hwfet_wh_per_km_ac


@dataclass(frozen=True)
class AxleFigures:
    """One axle's unit: its machine, and power and torque at the motor shaft."""

    kind: Kind
    power_w: float
    torque_nm: float


@dataclass(frozen=True)
class CarRow:
    """One car, ready to be driven. ``certified_load`` tells whether the road load holds its own units' drag; ``notes`` what was assumed."""

    row_id: str
    make: str
    front: AxleFigures | None
    rear: AxleFigures | None
    motor_rad_per_m: float
    tyre_radius_m: float
    test_mass_kg: float
    performance_mass_kg: float
    road_load: RoadLoad
    certified_load: bool
    battery_kwh: float
    measured: Measured
    notes: tuple[str, ...]


def read_cars(path: Path | str) -> tuple[CarRow, ...]:
    """All rows of a table. Raises InputError naming every line and column that cannot be used."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError.of(path, "no such file", "give a table of cars, comma separated") from None
    except UnicodeDecodeError:
        raise InputError.of(path, "this is no text in UTF-8", "save the table as CSV in UTF-8") from None
    lines = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (lines.fieldnames or ())]
    if missing:
        raise InputError.of(
            path,
            f"columns are missing: {', '.join(missing)}",
            f"a table of cars has at least {', '.join(COLUMNS)}",
            line=1,
        )
    problems: list[Problem] = []
    cars = tuple(_rows(str(path), lines, problems))
    seen: dict[str, int] = {}
    for number, car in enumerate(cars, 2):
        if car.row_id in seen:
            problems.append(
                Problem(
                    str(path),
                    number,
                    "row_id",
                    f"names the row of line {seen[car.row_id]} again",
                    "give each row a name of its own",
                    car.row_id,
                )
            )
        seen.setdefault(car.row_id, number)
    if problems:
        raise InputError(problems)
    if not cars:
        raise InputError.of(path, "the table has no rows", "give at least one car")
    return cars


def _rows(path: str, lines: csv.DictReader[str], problems: list[Problem]) -> Iterator[CarRow]:
    for cells in lines:
        found = len(problems)
        row = _Cells(path, lines.line_num, cells, problems)
        car = _car(row)
        if len(problems) == found and car is not None:
            yield car


class _Cells:
    """A row's cells as numbers, with what was wrong with them and what was assumed instead of empty ones."""

    def __init__(self, path: str, line: int, cells: Mapping[str, str | None], problems: list[Problem]) -> None:
        self._path, self._line, self._cells, self._problems = path, line, cells, problems
        self.notes: list[str] = []

    def text(self, column: str) -> str:
        """The cell without blanks around it, empty where there is none."""
        return (self._cells.get(column) or "").strip()

    def number(self, column: str, *, positive: bool = True) -> float | None:
        """The cell as a number, None where it is empty."""
        text = self.text(column)
        if not text or text.lower() in {"nan", "na", "n/a", "-"}:
            return None
        try:
            value = float(text)
        except ValueError:
            self.wrong(column, "is not a number", "give a number, or leave the cell empty", text)
            return None
        if not math.isfinite(value) or (positive and value <= 0.0):
            self.wrong(column, "must be positive and finite", "correct it, or leave the cell empty", text)
            return None
        return value

    def wrong(self, column: str, message: str, remedy: str, value: str | None = None) -> None:
        """Take down a problem."""
        self._problems.append(Problem(self._path, self._line, column, message, remedy, value))

    def assume(self, what: str) -> None:
        """Take down an assumption."""
        self.notes.append(what)


def _car(row: _Cells) -> CarRow | None:
    axles = {"FWD": ("front",), "RWD": ("rear",), "AWD": ("front", "rear")}.get(row.text("driven_axle").upper())
    if not row.text("row_id"):
        row.wrong("row_id", "is empty", "name the row")
    if axles is None:
        row.wrong("driven_axle", "is not known", "give FWD, RWD or AWD", row.text("driven_axle"))
        return None
    mass, load, certified = _resistance(row)
    if mass is None or load is None:
        return None
    kerb = row.number("curb_mass_kg_brochure")
    performance_kg = (kerb if kerb is not None else mass - _TEST_LOAD_KG) + _DRIVER_KG
    tyre = row.number("tyre_radius_m")
    if tyre is None:
        tyre = _TYPICAL_TYRE_M
    per_m = row.number("motor_rad_per_m")
    if per_m is None:
        ratio = row.number("overall_gear_ratio")
        per_m = _TYPICAL_MOTOR_RAD_PER_M if ratio is None else ratio / tyre
        row.assume(f"motor revolutions: {per_m:.1f} rad/m {'assumed' if ratio is None else 'from ratio and tyre'}")
    energy = row.number("battery_usable_kwh") or row.number("battery_gross_kwh")
    if energy is None:
        energy = _TYPICAL_KWH
        row.assume(f"battery: {energy:.0f} kWh assumed")
    figures = _axle_figures(row, len(axles), mass)
    by_axle = dict(zip(axles, figures, strict=True))
    return CarRow(
        row_id=row.text("row_id"), make=row.text("make"), front=by_axle.get("front"), rear=by_axle.get("rear"),
        motor_rad_per_m=per_m, tyre_radius_m=tyre, test_mass_kg=mass, performance_mass_kg=performance_kg, road_load=load,
        certified_load=certified, battery_kwh=energy, measured=_measured(row), notes=tuple(row.notes),
    )  # fmt: skip


def _resistance(row: _Cells) -> tuple[float | None, RoadLoad | None, bool]:
    """Test mass and road load: certified where there are coefficients, else from drag coefficient, area and rolling resistance."""
    mass = row.number("test_mass_kg")
    coefficients = [
        row.number(column, positive=False)
        for column in ("road_load_A_N", "road_load_B_N_per_mps", "road_load_C_N_per_mps2")
    ]
    a, b, c = coefficients
    if mass is not None and a is not None and b is not None and c is not None:
        return mass, RoadLoad(a, b, c), True
    kerb = row.number("curb_mass_kg_brochure")
    if mass is None and kerb is None:
        row.wrong("test_mass_kg", "is empty, and so is curb_mass_kg_brochure", "give one of them")
        return None, None, False
    mass = mass if mass is not None else (kerb or 0.0) + 100.0
    drag, area = row.number("drag_coefficient_brochure"), row.number("frontal_area_m2_brochure")
    drag_m2 = (
        drag * area if drag is not None and area is not None else (drag * 2.5 if drag is not None else _TYPICAL_DRAG_M2)
    )
    row.assume(f"no certified road load: rolling {_ROLLING:g} and c_d A {drag_m2:.3f} m2 assumed")
    return mass, RoadLoad(_ROLLING * mass * _GRAVITY, 0.0, 0.5 * _AIR_KG_PER_M3 * drag_m2), False


def _axle_figures(row: _Cells, count: int, mass_kg: float) -> list[AxleFigures]:
    text = row.text("e_machine_type")
    kinds = _kinds(text, count)
    if kinds is None:
        kinds = ["permanent magnet"] * count
        row.assume(f"machine {text!r} not known: magnets assumed" if text else "machine not stated: magnets assumed")
    stated = _powers_kw(text, count) or _powers_kw(row.text("feg_evMotor"), count)
    total = row.number("motor_peak_power_kw")
    if total is None and stated:
        total = sum(stated)
    if total is None:
        total = _POWER_PER_MASS_W_PER_KG * mass_kg / 1e3
        row.assume(f"power: {total:.0f} kW assumed from mass")
    shares = [p / sum(stated) for p in stated] if stated else [1.0 / count] * count
    if count > 1 and not stated:
        row.assume("power of front and rear: equal")
    torque = row.number("motor_peak_torque_nm_total")
    if torque is None:
        torque = total * 1e3 / _TYPICAL_BASE_RAD_PER_S
        row.assume(f"torque: {torque:.0f} Nm assumed from power")
    return [AxleFigures(kind, total * 1e3 * share, torque * share) for kind, share in zip(kinds, shares, strict=True)]


_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"EESM|externally|excited|WRSM|wound", "externally excited"),
    (r"ASM|induction|asynchron", "induction"),
    (r"PSM|PMSM|IPM|magnet|DCPM|ACPM|SynRM", "permanent magnet"),
)


def _kinds(text: str, count: int) -> list[Kind] | None:
    """The machine kinds that a cell names, front first; one for both axles where it names one."""
    bare = re.sub(r"\(.*?\)", "", text)
    found: list[Kind] = []
    for part in re.split(r"[+/,]|\band\b", bare):
        kind = next((k for pattern, k in _KINDS if re.search(pattern, part, re.IGNORECASE)), None)
        if kind is not None:
            found.append(kind)
    if not found:
        return None
    return (found * count)[:count] if len(found) == 1 else (found + found[-1:] * count)[:count]


def _powers_kw(text: str, count: int) -> list[float] | None:
    """Powers of the axles, front first, where a cell names as many as there are."""
    match = re.search(r"(\d+(?:\.\d+)?)\s*(?:kW)?\s*(?:\+|and)\s*(\d+(?:\.\d+)?)\s*kW", text)
    if count == 2 and match:
        return [float(match[1]), float(match[2])]
    single = re.search(r"(\d+(?:\.\d+)?)\s*kW", text)
    return [float(single[1])] if count == 1 and single else None


def _measured(row: _Cells) -> Measured:
    trims = [row.number(f"wltp_kwh_per_100km_ac_{which}") for which in ("best_trim", "worst_trim", "brochure_mean")]
    best, worst, mean = trims
    middle = 0.5 * (best + worst) if best is not None and worst is not None else mean if mean is not None else best
    return Measured(
        udds_wh_per_km_ac=row.number("udds_unadj_wh_per_km_ac"),
        hwfet_wh_per_km_ac=row.number("hwfet_unadj_wh_per_km_ac"),
        accel_0_100kph_s=row.number("accel_0_100kph_s"),
        top_speed_kph=row.number("top_speed_kph"),
        wltp_wh_per_km_ac=None if middle is None else 10.0 * middle,
    )
