"""The cycles are the regulation's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from halfshaft.vehicle import CYCLE_NAMES, Cycle, load_cycle
from halfshaft.vehicle.cycle import phase_names

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cycles"
KMH = 1.0 / 3.6


@pytest.mark.parametrize(
    ("name", "kilometres", "last_second", "top_kmh"),
    [
        ("wltc_3b", 23.266, 1800, 131.3),
        ("wltc_3a", 23.194, 1800, 131.3),
        ("udds", 11.990, 1369, 91.25),
        ("hwfet", 16.507, 765, 96.40),
        ("us06", 12.888, 600, 129.23),
        ("ftp75", 17.769, 1874, 91.25),
        ("nedc", 11.022, 1180, 120.0),
        ("artemis_urban", 4.870, 992, 57.7),
        ("artemis_rural", 17.272, 1082, 111.5),
        ("artemis_motorway", 29.545, 1068, 150.4),
    ],
)
def test_totals_are_the_regulations(name: str, kilometres: float, last_second: int, top_kmh: float) -> None:
    """Distance, duration and top speed are those of UN GTR No. 15, EPA's own traces, UN Regulation No. 83 and André 2004."""
    cycle = load_cycle(name)
    assert round(cycle.distance_m / 1000.0, 3) == kilometres
    assert cycle.time_s[-1] == last_second
    assert cycle.speed_mps.max() == pytest.approx(top_kmh * KMH, abs=0.01 * KMH)
    assert cycle.speed_mps[0] == cycle.speed_mps[-1] == 0.0


def test_wltc_has_the_checksum_and_phases_of_the_regulation() -> None:
    """The sum of all speeds is UN GTR No. 15's checksum 83,758.6, and the four phases have its lengths and add up to the whole."""
    cycle = load_cycle("wltc_3b")
    assert (cycle.speed_mps / KMH).sum() == pytest.approx(83_758.6, abs=1e-6)
    lengths = {name: cycle.phase(name).distance_m for name, _, _ in cycle.phases}
    assert [round(length) for length in lengths.values()] == [3095, 4756, 7162, 8254]
    assert [end - start for _, start, end in cycle.phases] == [589, 433, 455, 323]
    assert sum(lengths.values()) == pytest.approx(cycle.distance_m, rel=1e-12)


@pytest.mark.parametrize("name", CYCLE_NAMES)
def test_figures_travel_with_the_package_and_name_their_source(name: str) -> None:
    """Each cycle is found through the package's own resources, says where it is from, and has phases that cover it."""
    text = resources.files("halfshaft.vehicle").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    cycle = load_cycle(name)
    assert cycle.source
    assert cycle.source in text
    assert cycle.phases[0][1] == 0.0
    assert cycle.phases[-1][2] == cycle.time_s[-1]
    assert all(before[2] == after[1] for before, after in zip(cycle.phases, cycle.phases[1:], strict=False))


@pytest.mark.parametrize(
    ("name", "file", "tolerance_mps"),
    [
        ("wltc_3b", "wltc_class3b", 6e-6),
        ("wltc_3a", "wltc_class3a", 6e-6),
        ("wltc_3b/low", "wltc3_low", 6e-6),
        ("wltc_3b/extra-high", "wltc3_extrahigh", 6e-6),
        ("udds", "udds", 5e-4),
        ("hwfet", "hwfet", 5e-4),
        ("us06", "us06", 6e-6),
        ("ftp75", "ftp75_driven_1874s", 6e-6),
        ("nedc", "nedc", 1.4e-3),
        ("artemis_urban", "artemis_urban", 6e-6),
        ("artemis_rural", "artemis_rural_road", 6e-6),
        ("artemis_motorway", "artemis_motorway", 6e-6),
    ],
)
def test_figures_equal_an_independent_copy(name: str, file: str, tolerance_mps: float) -> None:
    """Second by second the speeds equal the collected traces, within the rounding of their last digit."""
    path = SHARED / f"{file}.csv"
    if not path.exists():
        pytest.skip(f"collected traces are not beside this checkout: {path}")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    cycle = load_cycle(name)
    speed = cycle.speed_mps
    if name.endswith(
        "/extra-high"
    ):  # the phase begins with the standstill that ends the one before; the copy leaves it out
        assert speed[0] == 0.0
        speed = speed[1:]
    np.testing.assert_array_equal(np.arange(speed.size), table[:, 0])
    np.testing.assert_allclose(speed, table[:, 1], rtol=0.0, atol=tolerance_mps)


def test_the_federal_test_is_the_urban_schedule_and_its_first_505_seconds_again() -> None:
    """FTP-75 repeats UDDS second by second, so its three bags are UDDS 0-505, UDDS 505-1369 and UDDS 0-505."""
    udds, ftp = load_cycle("udds"), load_cycle("ftp75")
    np.testing.assert_array_equal(ftp.speed_mps[:1370], udds.speed_mps)
    np.testing.assert_array_equal(ftp.phase("hot-transient").speed_mps, ftp.phase("cold-transient").speed_mps)
    miles = [round(ftp.phase(bag).distance_m / 1609.344, 2) for bag, _, _ in ftp.phases]
    assert miles == [3.59, 3.86, 3.59]


def test_nedc_is_four_urban_cycles_and_an_extra_urban_one() -> None:
    """The urban cycle of 195 s comes four times, and the straight lines between the operations' ends are kept to the last digit."""
    cycle = load_cycle("nedc")
    urban = cycle.speed_mps[:195]
    for repeat in range(1, 4):
        np.testing.assert_array_equal(cycle.speed_mps[195 * repeat : 195 * (repeat + 1)], urban)
    lengths = [cycle.phase(part).distance_m for part, _, _ in cycle.phases]
    # by hand, trapezia under the corners in km/h x s: urban 3,660 (x 4), extra-urban 25,040
    np.testing.assert_allclose(lengths, [4 * 3_660.0 * KMH, 25_040.0 * KMH], rtol=1e-12)


def test_parts_are_loaded_by_name_and_add_up() -> None:
    """`cycle/part` is the part; every cycle's parts cover its length and share no second."""
    for name in CYCLE_NAMES:
        cycle = load_cycle(name)
        parts = [load_cycle(part) for part in phase_names() if part.startswith(f"{name}/")]
        assert sum(part.distance_m for part in parts) == pytest.approx(cycle.distance_m, rel=1e-12)
        assert sum(part.time_s[-1] - part.time_s[0] for part in parts) == cycle.time_s[-1]


def test_a_grade_travels_with_its_cycle() -> None:
    """100 m of road at 3 in 4 rise 60 m (the 3-4-5 triangle); parts keep their share of the grade, and a level road has none."""
    time, speed = np.array([0.0, 5.0, 10.0]), np.full(3, 10.0)
    up = Cycle("hill", "made up", time, speed, (("first", 0.0, 5.0),), np.full(3, 0.75))
    assert up.climb_m == pytest.approx(60.0, rel=1e-12)
    assert up.phase("first").climb_m == pytest.approx(30.0, rel=1e-12)
    there_and_back = Cycle("hump", "made up", time, speed, grade=np.array([0.1, 0.0, -0.1]))
    np.testing.assert_allclose(there_and_back.step_grade, [0.05, -0.05])
    assert there_and_back.climb_m == pytest.approx(0.0, abs=1e-12)
    level = load_cycle("udds")
    assert level.grade is None
    assert not level.step_grade.any()
    assert level.climb_m == 0.0


@pytest.mark.parametrize("grade", [[0.0, 0.1], [0.0, np.nan, 0.0]])
def test_refuses_what_is_no_grade(grade: list[float]) -> None:
    """A grade of another length or with holes raises."""
    with pytest.raises(ValueError, match="grade"):
        Cycle("bad", "made up", np.arange(3.0), np.full(3, 1.0), grade=np.array(grade))


def test_a_cycle_cannot_be_edited() -> None:
    """Arrays of a cycle are read-only, and those it was built from stay the caller's own."""
    speed = np.array([0.0, 1.0, 0.0])
    cycle = Cycle("ramp", "made up", np.arange(3.0), speed)
    speed[1] = 5.0
    assert cycle.distance_m == 1.0
    with pytest.raises(ValueError, match="read-only"):
        cycle.speed_mps[1] = 5.0


@pytest.mark.parametrize(
    ("time", "speed", "complaint"),
    [
        ([0.0, 1.0], [0.0], "equally long"),
        ([0.0], [0.0], "two samples"),
        ([0.0, 0.0], [0.0, 1.0], "increase"),
        ([0.0, 1.0], [0.0, -1.0], "negative"),
        ([0.0, 1.0], [0.0, np.nan], "finite"),
        ([0.0, 1.0], [0.0, 0.0], "never moves"),
    ],
)
def test_refuses_what_is_no_cycle(time: list[float], speed: list[float], complaint: str) -> None:
    """Ragged, unordered, backward or undefined traces raise and say why."""
    with pytest.raises(ValueError, match=complaint):
        Cycle("bad", "made up", np.array(time), np.array(speed))


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    """A cycle or phase that does not exist raises and names those that do."""
    with pytest.raises(KeyError, match="wltc_3b, udds, hwfet"):
        load_cycle("japan_10_15")
    with pytest.raises(KeyError, match="extra-high"):
        load_cycle("wltc_3b").phase("urban")
