"""The curve the solver sees: it rises everywhere, meets the published points, and saturates to vacuum."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polar_machine import STEEL
from scipy.interpolate import PchipInterpolator

from halfshaft.drive_unit.field.newton import reluctivity
from halfshaft.drive_unit.field.steel_curve import CELLS, VACUUM_PERMEABILITY_H_PER_M, reluctivity_table
from halfshaft.drive_unit.geometry.materials import Steel

MU_0 = VACUUM_PERMEABILITY_H_PER_M
DATA = Path(__file__).resolve().parents[3] / "../shared/data/machines"


@st.composite
def curves(draw: st.DrawFn) -> Steel:
    """Rough curves as no steel has them: steps of H over six decades at any place."""
    n = draw(st.integers(3, 25))
    db = np.array(draw(st.lists(st.floats(0.02, 1.0), min_size=n, max_size=n)))
    dh = np.exp(np.array(draw(st.lists(st.floats(-4.0, 4.0), min_size=n, max_size=n))))
    b = np.cumsum(db) * (draw(st.floats(1.0, 2.5)) / db.sum())
    h = np.cumsum(dh) * draw(st.floats(10.0, 1e4))
    return Steel("rough", (0.0, *h), (0.0, *b))


@given(steel=curves(), stacking_factor=st.floats(0.7, 1.0))
@settings(max_examples=60)
def test_h_rises_everywhere(steel: Steel, stacking_factor: float) -> None:
    """Newton's tangent is positive definite only on a rising curve: either the table rises, between its nodes too, or it is refused."""
    try:
        table = reluctivity_table(steel, stacking_factor)
    except ValueError:  # the refusals have their own test
        return
    b = table.largest_b_t * np.sqrt(np.linspace(0.0, 1.3, 26 * CELLS + 1))
    assert np.all(np.diff(table.h_a_per_m(b)) > 0.0)
    assert table.coefficients[0, 0] > 0.0


@given(steel=curves(), share=st.floats(0.0, 1.5))
@settings(max_examples=60)
def test_the_compiled_curve_is_the_table(steel: Steel, share: float) -> None:
    """What the kernel evaluates is the table, and its slope is the derivative by B^2, within the table and beyond it."""
    try:
        table = reluctivity_table(steel, 0.97)
    except ValueError:
        return
    arguments = (table.coefficients, CELLS / table.largest_b_t**2, table.largest_b_t, table.last_h_a_per_m)
    b = max(share, 1e-3) * table.largest_b_t

    def at(b2: float) -> tuple[float, float]:
        nu, slope = np.empty(16), np.empty(16)
        reluctivity(np.full(16, b2), nu, slope, *arguments)
        return float(nu[7]), float(slope[7])

    nu, slope = at(b * b)
    assert nu * b == pytest.approx(float(table.h_a_per_m(np.array(b))), rel=1e-9)
    step = 1e-5 * table.largest_b_t**2 / CELLS
    cell = int(b * b * CELLS / table.largest_b_t**2)
    if int((b * b + step) * CELLS / table.largest_b_t**2) == cell == int((b * b - step) * CELLS / table.largest_b_t**2):
        chord = (at(b * b + step)[0] - at(b * b - step)[0]) / (2.0 * step)
        assert slope == pytest.approx(chord, rel=1e-3, abs=1e-6 * nu / step)


def test_a_smooth_curve_is_met_between_its_points() -> None:
    """The table of the test sheet follows the monotone cubic through the published points to 2e-4 of H above 0.2 T."""
    table = reluctivity_table(STEEL, 1.0)
    exact = PchipInterpolator(STEEL.b_t, STEEL.h_a_per_m)
    b = np.linspace(0.2, 2.9, 4001)
    assert table.h_a_per_m(b) == pytest.approx(exact(b), rel=2e-4)


@given(stacking_factor=st.floats(0.5, 1.0), k=st.integers(4, 58))
def test_sheets_and_gaps_share_the_flux(stacking_factor: float, k: int) -> None:
    """Effective medium: at the H of a published point the stack carries k B + (1 - k) mu_0 H."""
    table = reluctivity_table(STEEL, stacking_factor)
    h, b = STEEL.h_a_per_m[k], STEEL.b_t[k]
    assert table.h_a_per_m(np.array(stacking_factor * b + (1 - stacking_factor) * MU_0 * h)) == pytest.approx(
        h, rel=2e-3
    )


def test_beyond_the_table_steel_adds_nothing() -> None:
    """The slope past the end is vacuum's, and the polarisation of an extended curve stays below what alloys reach."""
    short = Steel("short", (0.0, 100.0, 200.0, 1000.0), (0.0, 0.8, 1.2, 1.5))
    table = reluctivity_table(short, 1.0)
    b = table.largest_b_t + np.array([0.1, 0.5, 2.0])
    h = table.h_a_per_m(b)
    assert np.diff(h) / np.diff(b) == pytest.approx(1.0 / MU_0)
    inside = np.linspace(0.1, 1.0, 200) * table.largest_b_t
    polarisation = np.concatenate([inside - MU_0 * table.h_a_per_m(inside), b - MU_0 * h])
    assert polarisation.max() == pytest.approx(b[0] - MU_0 * h[0], rel=1e-6)
    assert polarisation.max() < 2.46


def test_a_linear_steel_is_linear() -> None:
    """mu_r without a curve; at a stacking factor the susceptibility is diluted."""
    steel = Steel("linear", (), (), mu_r=1000.0)
    for k in (1.0, 0.9):
        table = reluctivity_table(steel, k)
        assert table.h_a_per_m(np.array([0.3, 2.0])) == pytest.approx(np.array([0.3, 2.0]) / (MU_0 * (1.0 + 999.0 * k)))


@pytest.mark.parametrize(
    ("h", "b", "words"),
    [
        ((0.0, 100.0, 90.0, 500.0), (0.0, 1.0, 1.2, 1.5), "from (100 A/m, 1 T) to (90 A/m, 1.2 T) it does not"),
        ((0.0, 100.0, 200.0, 500.0), (0.0, 1.0, 1.0, 1.5), "must rise from point to point"),
        ((0.0, 100.0), (0.0, 1.0), "at least three points"),
        ((0.0, 100.0, 200.0), (0.0, 1.0), "at least three points"),
        ((0.0, 1e6, 2e6, 3e6), (0.0, 1.0, 2.0, 3.0), "rises less than vacuum"),
        ((0.0, 150.0, 17974.0, 18034.0, 18500.0, 3e5), (0.0, 0.029, 0.055, 0.085, 2.2, 2.6), "bends too sharply"),
    ],
)
def test_bad_curves_are_refused(h: tuple[float, ...], b: tuple[float, ...], words: str) -> None:
    """A curve that is no magnetisation curve is named with the points that show it."""
    with pytest.raises(ValueError, match="magnetisation curve of bad") as refusal:
        reluctivity_table(Steel("bad", h, b), 1.0)
    assert words in str(refusal.value)


@pytest.mark.parametrize("stacking_factor", [0.0, -0.1, 1.01])
def test_a_stacking_factor_is_a_share(stacking_factor: float) -> None:
    """Above 0 and at most 1."""
    with pytest.raises(ValueError, match="stacking factor of test sheet"):
        reluctivity_table(STEEL, stacking_factor)


@pytest.mark.parametrize("file", ["Toyota_Prius.json", "Toyota_Prius_loss.json", "VW_ID3_TUM_MotorCAD.json"])
def test_published_curves_are_met(file: str) -> None:
    """At the published points above 0.3 T the table gives the published H within 0.3 %, and it rises everywhere."""
    if not (DATA / file).exists():
        pytest.skip(f"the reference machine {file} is not beside the checkout")
    materials = json.loads((DATA / file).read_text(encoding="utf-8"))["materials"]
    for name, material in materials.items():
        if "bh_curve" not in material:
            continue
        rows = np.array(material["bh_curve"]["rows"])
        table = reluctivity_table(Steel(name, tuple(rows[:, 0]), tuple(rows[:, 1])), 1.0)
        points = rows[(rows[:, 1] > 0.3) & (rows[:, 1] < table.largest_b_t)]
        assert table.h_a_per_m(points[:, 1]) == pytest.approx(points[:, 0], rel=3e-3)
        b = np.linspace(0.0, 1.2 * table.largest_b_t, 50_001)
        assert np.all(np.diff(table.h_a_per_m(b)) > 0.0)
