"""The cycles are the regulation's own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from halfshaft.vehicle import CYCLE_NAMES, Cycle, load_cycle

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "cycles"
KMH = 1.0 / 3.6


@pytest.mark.parametrize(
    ("name", "kilometres", "last_second", "top_kmh"),
    [("wltc_3b", 23.266, 1800, 131.3), ("udds", 11.990, 1369, 91.25), ("hwfet", 16.507, 765, 96.40)],
)
def test_totals_are_the_regulations(name: str, kilometres: float, last_second: int, top_kmh: float) -> None:
    """Distance, duration and top speed are those of UN GTR No. 15 and of EPA's FTPCOL and HWYCOL traces."""
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
    [("wltc_3b", "wltc_class3b", 6e-6), ("udds", "udds", 5e-4), ("hwfet", "hwfet", 5e-4)],
)
def test_figures_equal_an_independent_copy(name: str, file: str, tolerance_mps: float) -> None:
    """Second by second the speeds equal the collected traces, within the rounding of their last digit."""
    path = SHARED / f"{file}.csv"
    if not path.exists():
        pytest.skip(f"collected traces are not beside this checkout: {path}")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    cycle = load_cycle(name)
    np.testing.assert_array_equal(cycle.time_s, table[:, 0])
    np.testing.assert_allclose(cycle.speed_mps, table[:, 1], rtol=0.0, atol=tolerance_mps)


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
        load_cycle("nedc")
    with pytest.raises(KeyError, match="extra-high"):
        load_cycle("wltc_3b").phase("urban")
