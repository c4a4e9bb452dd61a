"""A measured trace becomes a cycle, and a broken one is answered line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.quantities import InputError
from halfshaft.vehicle import load_cycle
from halfshaft.vehicle.trace import grade_of_altitude, read_trace


def _write(folder: Path, text: str) -> Path:
    path = folder / "trip.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _rows(header: str, *columns: np.ndarray) -> str:
    lines = [",".join(f"{value:.12g}" for value in row) for row in zip(*columns, strict=True)]
    return "\n".join([header, *lines]) + "\n"


def test_a_trace_of_whole_seconds_comes_back_as_it_was(tmp_path: Path) -> None:
    """A regulation's own cycle, written and read, is the same to the last digit written: nothing is smoothed."""
    cycle = load_cycle("udds")
    back = read_trace(_write(tmp_path, _rows("time_s,speed_mps", cycle.time_s, cycle.speed_mps)))
    np.testing.assert_array_equal(back.time_s, cycle.time_s)
    np.testing.assert_allclose(back.speed_mps, cycle.speed_mps, rtol=1e-11)
    assert back.grade is None
    assert back.name == "trip"


def test_km_per_hour_and_any_start_of_the_clock(tmp_path: Path) -> None:
    """36 km/h from 1000 s on is 10 m/s from zero on; comments and blank lines are passed over."""
    back = read_trace(_write(tmp_path, "# logged by hand\n\ntime_s,speed_kph\n1000,36\n1002,36\n"))
    np.testing.assert_allclose(back.time_s, [0.0, 1.0, 2.0])
    np.testing.assert_allclose(back.speed_mps, 10.0)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.floats(0.05, 7.0), min_size=2, max_size=60),
    speeds=st.lists(st.floats(0.0, 50.0), min_size=61, max_size=61),
)
def test_resampling_keeps_distance_duration_and_direction(
    tmp_path_factory: pytest.TempPathFactory, steps: list[float], speeds: list[float]
) -> None:
    """Whatever the logger's rhythm: same metres, same seconds, no speed below zero, and no step longer than a second."""
    time = np.concatenate(([0.0], np.cumsum(steps)))
    speed = np.array(speeds[: time.size])
    speed[-1] = speed[0] = 1.0
    sampled = np.interp(np.arange(np.floor(time[-1]) + 1.0), time, speed)
    if not sampled.any():
        return
    back = read_trace(_write(tmp_path_factory.mktemp("trace"), _rows("time_s,speed_mps", time, speed)))
    assert back.distance_m == pytest.approx(np.trapezoid(speed, time), rel=1e-9)
    assert back.time_s[-1] == pytest.approx(time[-1], abs=1.1e-3)
    assert (back.speed_mps >= 0.0).all()
    assert np.diff(back.time_s).max() <= 1.0 + 1e-12


def test_a_fast_loggers_peaks_are_not_lost_from_the_distance(tmp_path: Path) -> None:
    """Bumps between whole seconds vanish at 1 Hz; one factor on every speed gives their metres back and leaves the standstill alone."""
    time = np.arange(0.0, 20.01, 0.1)
    speed = np.where(time < 10.0, 10.0 + 3.0 * np.abs(np.sin(np.pi * time)), 0.0)
    back = read_trace(_write(tmp_path, _rows("time_s,speed_mps", time, speed)))
    true_m = float(np.trapezoid(speed, time))
    assert true_m > 115.0
    assert back.distance_m == pytest.approx(true_m, rel=1e-9)
    assert np.ptp(back.speed_mps[:10]) < 1e-9
    assert not back.speed_mps[10:].any()


def test_grades_are_read_at_their_time(tmp_path: Path) -> None:
    """Half-second samples of a grade that rises straight are the same straight line at whole seconds."""
    time = np.arange(0.0, 10.1, 0.5)
    back = read_trace(_write(tmp_path, _rows("time_s,speed_mps,grade", time, np.full(21, 5.0), 0.01 * time)))
    assert back.grade is not None
    np.testing.assert_allclose(back.grade, 0.01 * back.time_s, atol=1e-12)


def test_altitudes_become_the_grade_of_the_road(tmp_path: Path) -> None:
    """On an even slope the climb is the altitude gained, whatever the speed, and standing still with a wandering altimeter is no hill."""
    time = np.arange(0.0, 60.0)
    speed = np.where((time > 20.0) & (time < 30.0), 0.0, 12.0)
    distance = np.concatenate(([0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]))))
    altitude = 100.0 + 0.06 * distance
    altitude[23:28] += [0.4, -0.4, 0.3, -0.3, 0.0]  # it wanders about the truth while the car stands
    back = read_trace(_write(tmp_path, _rows("time_s,speed_mps,altitude_m", time, speed, altitude)))
    assert back.grade is not None
    # rise 0.06 per metre of road: rise over run 0.06 / sqrt(1 - 0.0036)
    np.testing.assert_allclose(back.grade, 0.06 / np.sqrt(1.0 - 0.0036), rtol=1e-9)
    assert back.climb_m == pytest.approx(0.06 * distance[-1], rel=1e-9)


@given(st.floats(-0.3, 0.3), st.floats(5.0, 200.0))
def test_an_even_slope_has_one_grade_whatever_the_window(slope: float, window_m: float) -> None:
    """The window smooths noise; on an even slope it changes nothing."""
    places = np.linspace(0.0, 300.0, 101)
    grade = grade_of_altitude(places, slope * places, window_m)
    np.testing.assert_allclose(grade, slope / np.sqrt(1.0 - slope * slope), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("time_s,speed_mps\n0,0\n1,fast\n2,3\n", 3, "speed_mps", "no finite number"),
        ("time_s,speed_mps\n0,0\n1,\n2,3\n", 3, "speed_mps", "no finite number"),
        ("time_s,speed_mps\n0,0\n1,2,3\n2,3\n", 3, "", "has 3 values, not 2"),
        ("time_s,speed_mps\n0,1\n1,2\n1,3\n", 4, "time_s", "does not increase"),
        ("time_s,speed_mps\n0,1\n1,-2\n", 3, "speed_mps", "negative"),
        ("time_s,speed_mps\n0,1\n1,200\n", 3, "speed_mps", "540 km/h"),
        ("time_s,speed_mps,grade\n0,1,0\n1,2,6\n", 3, "grade", "beyond 0.5"),
        ("time_s,speed_mps,altitude_m\n0,1,0\n1,1,40\n", 2, "altitude_m", "beyond 0.5"),
        ("time_s,speed_mps,gradient\n0,1,0\n1,2,6\n", 1, "gradient", "no column"),
        ("time_s,speed_mps,speed_kph\n0,1,0\n1,2,6\n", 1, "speed", "one column"),
        ("time_s,time_s,speed_mps\n0,1,0\n1,2,6\n", 1, "time_s", "twice"),
        ("speed_mps,grade\n0,1\n1,2\n", 1, "time_s", "missing"),
        ("time_s,speed_mps,grade,altitude_m\n0,1,0,0\n1,2,0,0\n", 1, "grade", "beside altitude_m"),
    ],
)
def test_problems_name_file_line_field_and_remedy(
    tmp_path: Path, text: str, line: int, field: str, message: str
) -> None:
    """Each broken file is refused at the line that breaks it, with something to do about it."""
    path = _write(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read_trace(path)
    problem = raised.value.problems[0]
    assert (problem.file, problem.line, problem.field) == (str(path), line, field)
    assert message in problem.message
    assert problem.remedy


def test_all_problems_come_at_once_but_not_without_end(tmp_path: Path) -> None:
    """Two broken lines are two problems; five hundred are twenty and their number."""
    with pytest.raises(InputError) as two:
        read_trace(_write(tmp_path, "time_s,speed_mps\n0,x\n1,2\ny,3\n"))
    assert [problem.line for problem in two.value.problems] == [2, 4]
    with pytest.raises(InputError) as many:
        read_trace(_write(tmp_path, "time_s,speed_mps\n" + "0,x\n" * 500))
    assert len(many.value.problems) == 21
    assert "480 more" in many.value.problems[-1].message


@pytest.mark.parametrize("text", ["", "time_s,speed_mps\n0,1\n", "time_s,speed_mps\n0,0\n5,0\n"])
def test_refuses_what_drives_nowhere(tmp_path: Path, text: str) -> None:
    """No samples, one sample, or a car that never moves: no cycle."""
    with pytest.raises(InputError, match=r"samples|never moves"):
        read_trace(_write(tmp_path, text))


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    """The path is the user's too."""
    with pytest.raises(InputError, match="cannot be read"):
        read_trace(tmp_path / "nowhere.csv")
