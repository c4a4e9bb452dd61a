"""Traces of the user's own: a table of time and speed, measured on a road, becomes a cycle.

The file says in its header what its columns are, and nothing else is guessed: an unknown column, a gap or a percentage where a ratio
belongs is a problem with its line, and all problems come at once. A logger's irregular seconds become whole ones; the distance driven
stays what it was.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halfshaft.quantities import InputError, Problem
from halfshaft.vehicle.cycle import Cycle

Array = NDArray[np.float64]

COLUMNS = ("time_s", "speed_mps", "speed_kph", "grade", "altitude_m")
"""The columns that a trace may have: time, one of the speeds, and one of the last two or neither."""

STEEPEST_GRADE = 0.5
"""Rise over run that no road exceeds (the steepest streets reach 0.35): beyond it a percentage was written (an assumption)."""

FASTEST_MPS = 150.0
"""Speed that no trace exceeds (540 km/h): beyond it the unit is wrong (an assumption)."""

ALTITUDE_WINDOW_M = 50.0
"""Length over which altitudes become a grade: shorter ones take the noise of a satellite receiver for hills (an assumption)."""

_MOST_PROBLEMS = 20


@dataclass(frozen=True, eq=False)
class _Table:
    """The columns of a trace as they were written, with the file's line of each row."""

    file: str
    lines: tuple[int, ...]
    columns: dict[str, Array]


def read_trace(path: Path, *, altitude_window_m: float = ALTITUDE_WINDOW_M) -> Cycle:
    """A CSV file as a cycle at 1 Hz, starting at time zero; the cycle's name is the file's stem.

    Columns: `time_s`, one of `speed_mps` and `speed_kph`, and at most one of `grade` (rise over run, positive uphill) and
    `altitude_m`. Lines that start with `#` are comments. Times must increase; they need not be regular nor start at zero. A last step
    is shorter than a second when the trace does not end on one. Altitudes become a grade over `altitude_window_m` of road.

    Raises `InputError` with every problem found (file, line, field, value, remedy).
    """
    table = _read(path)
    time, speed = _motion(table, altitude_window_m)
    altitude = table.columns.get("altitude_m")
    grid = _seconds(time)
    sampled = np.interp(grid, time, speed)
    true_m, sampled_m = np.trapezoid(speed, time), np.trapezoid(sampled, grid)
    # Straight lines between whole seconds cut the peaks of a faster logger. One factor on all speeds gives the distance back,
    # and leaves standstills and the shape alone.
    sampled *= true_m / sampled_m if sampled_m > 0.0 else 1.0
    grade = table.columns.get("grade")
    if altitude is not None:
        grade = grade_of_altitude(_distance(time, speed), altitude, altitude_window_m)
    at_seconds = None if grade is None else np.interp(grid, time, grade)
    try:
        return Cycle(path.stem, f"measured: {path.name}", grid, sampled, grade=at_seconds)
    except ValueError as error:
        raise InputError.of(path, str(error), "give a trace on which the car drives") from error


def grade_of_altitude(distance_m: Array, altitude_m: Array, window_m: float = ALTITUDE_WINDOW_M) -> Array:
    """Grade (n,), rise over run, of a road with altitudes (n,) [m] at the distances (n,) [m] along it, which never decrease.

    Each grade is the slope between the road half a window ahead and half a window behind, less at either end. The distance runs along
    the road, so a slope of rise per length s is a grade of s / √(1 - s²). Where the car stands, its altitudes are averaged first; a car
    that never moves has no grade: zeros. Raises `ValueError` for a slope that is vertical or steeper, or a window that is not positive.
    """
    if not window_m > 0.0:
        raise ValueError(f"window_m is {window_m}; it must be positive")
    places, index, count = np.unique(distance_m, return_inverse=True, return_counts=True)
    if places.size < 2:
        return np.zeros_like(distance_m)
    heights = np.bincount(index, weights=altitude_m) / count
    behind = np.maximum(places - 0.5 * window_m, places[0])
    ahead = np.minimum(places + 0.5 * window_m, places[-1])
    slope = (np.interp(ahead, places, heights) - np.interp(behind, places, heights)) / (ahead - behind)
    if (np.abs(slope) >= 1.0).any():
        raise ValueError("the altitude rises by more than the distance driven")
    grade: Array = (slope / np.sqrt(1.0 - slope * slope))[index]
    return grade


def _read(path: Path) -> _Table:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of(path, f"cannot be read: {error}", "give a CSV file in UTF-8") from error
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    rows = [(number, row) for (number, _), row in zip(numbered, csv.reader(line for _, line in numbered), strict=True)]
    if len(rows) < 3:
        raise InputError.of(path, "has no two samples", "give a header line and at least two lines of figures")
    header_line, names = rows[0][0], [name.strip() for name in rows[0][1]]
    problems = _header_problems(str(path), header_line, names)
    if problems:
        raise InputError(problems)
    values = np.full((len(rows) - 1, len(names)), np.nan)
    for at, (line, row) in enumerate(rows[1:]):
        if len(row) != len(names):
            problems.append(
                Problem(str(path), line, "", f"has {len(row)} values, not {len(names)}", "give one per column")
            )
            continue
        for column, (name, cell) in enumerate(zip(names, row, strict=True)):
            number = _number(cell)
            values[at, column] = number
            if not math.isfinite(number):
                problems.append(
                    Problem(str(path), line, name, "is no finite number", "write it like 12.5, or drop the line", cell)
                )
    _raise(problems)
    return _Table(str(path), tuple(line for line, _ in rows[1:]), dict(zip(names, values.T, strict=True)))


def _header_problems(file: str, line: int, names: list[str]) -> list[Problem]:
    known = ", ".join(COLUMNS)
    problems = [
        Problem(file, line, name, "is no column of a trace", f"name it one of {known}, or take it out")
        for name in names
        if name not in COLUMNS
    ]
    problems += [
        Problem(file, line, name, "comes twice", "keep one of them") for name in COLUMNS if names.count(name) > 1
    ]
    if "time_s" not in names:
        problems.append(Problem(file, line, "time_s", "is missing", "add the time of each sample in seconds"))
    if ("speed_mps" in names) == ("speed_kph" in names):
        problems.append(Problem(file, line, "speed", "needs one column", "give either speed_mps or speed_kph"))
    if "grade" in names and "altitude_m" in names:
        problems.append(Problem(file, line, "grade", "comes beside altitude_m", "keep one of them"))
    return problems


def _motion(table: _Table, window_m: float) -> tuple[Array, Array]:
    """Time from zero and speed in m/s, checked."""
    time = table.columns["time_s"]
    name = "speed_mps" if "speed_mps" in table.columns else "speed_kph"
    speed = table.columns[name] / (1.0 if name == "speed_mps" else 3.6)
    problems: list[Problem] = []

    def complain(wrong: NDArray[np.bool_], field: str, message: str, remedy: str) -> None:
        cells = table.columns[field]
        problems.extend(
            Problem(table.file, table.lines[at], field, message, remedy, f"{cells[at]:g}")
            for at in np.flatnonzero(wrong)
        )

    complain(np.diff(time, prepend=-np.inf) <= 0.0, "time_s", "does not increase", "sort the lines, drop doubled ones")
    complain(speed < 0.0, name, "is negative", "a trace drives forward: give its magnitude")
    complain(speed > FASTEST_MPS, name, f"is above {FASTEST_MPS * 3.6:g} km/h", "check the unit in the column's name")
    if "grade" in table.columns:
        steep = np.abs(table.columns["grade"]) > STEEPEST_GRADE
        complain(steep, "grade", f"is beyond {STEEPEST_GRADE:g}", "write rise over run: 5 % is 0.05")
    if "altitude_m" in table.columns and not problems:
        try:
            grade = grade_of_altitude(_distance(time, speed), table.columns["altitude_m"], window_m)
            steep = np.abs(grade) > STEEPEST_GRADE
        except ValueError:
            steep = np.ones(time.size, dtype=np.bool_)
        complain(
            steep, "altitude_m", f"makes a grade beyond {STEEPEST_GRADE:g}", "check its unit and that it fits the speed"
        )
    _raise(problems)
    return time - time[0], speed


def _seconds(time: Array) -> Array:
    """Whole seconds from zero to the end, and the end itself when it is none."""
    end = float(time[-1])
    grid = np.arange(math.floor(end + 1e-6) + 1, dtype=np.float64)
    return np.append(grid, end) if end - grid[-1] > 1e-3 or grid.size < 2 else grid


def _distance(time: Array, speed: Array) -> Array:
    steps = 0.5 * (speed[1:] + speed[:-1]) * np.diff(time)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _raise(problems: list[Problem]) -> None:
    """All problems at once, unless there are so many that nobody would read them."""
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        last = Problem(problems[0].file, None, "", f"has {more} more problems", "repair the first ones and try again")
        raise InputError([*problems[:_MOST_PROBLEMS], last])
    if problems:
        raise InputError(problems)
