"""Adoption: the curve against the fits' own forecasts and the reported sales, paths that repeat, and a car that falls short of its plan."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from halfshaft.programme import load_programme
from halfshaft.programme.adoption import (
    EUROPE_FIFTEEN_YEARS,
    EUROPE_TEN_YEARS,
    IPACE_PLAN_PER_YEAR,
    IPACE_SALES,
    SHORT_OF_PLAN,
    BassFit,
    bass_share,
    path_scenarios,
    sample_paths,
    short_of_plan,
)

DEMAND = Path(__file__).resolve().parents[3] / "shared" / "data" / "demand"
GEN5 = Path(__file__).resolve().parents[2] / "examples" / "gen5"
YEARS = range(2020, 2032)


def _rows(name: str) -> list[dict[str, str]]:
    if not (DEMAND / name).exists():
        pytest.skip("the collected demand data are not at hand")
    with (DEMAND / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_curve_gives_the_fits_forecasts() -> None:
    """With p, q and m as they were fitted, the next three years' sales come out within what three digits of p and q leave open."""
    rows = [row for row in _rows("bass_fit_iea_bev.csv") if row["assumption"] != "free M"]
    assert len(rows) >= 15
    for row in rows:
        fit = BassFit(float(row["M_million"]) * 1e6, float(row["p"]), float(row["q"]))
        assert fit.sales((2024, 2025, 2026)) == pytest.approx(json.loads(row["next3"]), rel=0.03), row["region"]


def test_the_european_fits_are_carried_over() -> None:
    """Potential, p and q of the two European fits stand as they were fitted."""
    rows = {row["assumption"]: row for row in _rows("bass_fit_iea_bev.csv") if row["region"] == "Europe"}
    for label, fit in (("M=10y of all new-car sales", EUROPE_TEN_YEARS), ("M=15y", EUROPE_FIFTEEN_YEARS)):
        row = rows[label]
        assert (fit.market, fit.p, fit.q) == (float(row["M_million"]) * 1e6, float(row["p"]), float(row["q"]))


def test_the_curve_begins_at_nothing_and_ends_at_the_potential() -> None:
    """F(0) = 0, F grows, F ends at 1; its slope at the beginning is p; nothing before the beginning."""
    t = np.linspace(-2.0, 80.0, 400)
    share = bass_share(1e-3, 0.4, t)
    assert np.all(share[t <= 0.0] == 0.0)
    assert np.all(np.diff(share) >= 0.0)
    assert share[-1] == pytest.approx(1.0, abs=1e-9)
    assert bass_share(1e-3, 0.4, np.array([1e-6]))[0] == pytest.approx(1e-9, rel=1e-3)


def test_paths_repeat_and_spread() -> None:
    """The same seed gives the same paths, another seed others; no spread gives the fit itself; anchored paths share the past."""
    paths = sample_paths(EUROPE_TEN_YEARS, YEARS, 40, seed=1)
    assert paths.shape == (40, 12)
    assert np.array_equal(paths, sample_paths(EUROPE_TEN_YEARS, YEARS, 40, seed=1))
    assert not np.array_equal(paths, sample_paths(EUROPE_TEN_YEARS, YEARS, 40, seed=2))
    still = BassFit(130e6, 7.34e-5, 0.412)
    assert sample_paths(still, YEARS, 2, seed=1) == pytest.approx(np.ones((2, 12)))
    anchored = sample_paths(EUROPE_TEN_YEARS, YEARS, 200, seed=1, anchor=2023)
    assert np.std(anchored[:, 3]) < np.std(sample_paths(EUROPE_TEN_YEARS, YEARS, 200, seed=1)[:, 3])
    assert 0.8 < np.median(anchored[:, 6]) < 1.2


def test_paths_become_scenarios() -> None:
    """Equal probabilities that add up to one, and a factor for every year."""
    scenarios = path_scenarios(sample_paths(EUROPE_TEN_YEARS, YEARS, 5, seed=3), YEARS)
    assert sum(scenario.probability for scenario in scenarios) == pytest.approx(1.0)
    assert [scenario.id for scenario in scenarios] == [f"path_{n}" for n in range(1, 6)]
    assert all(set(scenario.factors) == set(YEARS) for scenario in scenarios)
    with pytest.raises(ValueError, match="do not fit"):
        path_scenarios(np.ones((2, 3)), YEARS)


def test_the_short_course_is_the_ipaces() -> None:
    """Planned at 20,000 a year, 17,355 in its best year, 4,874 in 2023: the course ends at a quarter of the plan."""
    rows = {(row["model"], row["year"]): row["units"] for row in _rows("partner_volumes.csv")}
    assert float(rows["Jaguar I-PACE plan", "2019"]) == IPACE_PLAN_PER_YEAR
    reported = {year: sold for year, sold in IPACE_SALES if year != 2022}
    assert reported == {year: int(rows["Jaguar I-PACE", str(year)]) for year in reported}
    assert max(reported.values()) == 17_355
    assert SHORT_OF_PLAN[-1] == pytest.approx(4_874 / 20_000, abs=1e-4)
    assert list(SHORT_OF_PLAN) == sorted(SHORT_OF_PLAN, reverse=True)


def test_one_programme_falls_short_and_the_others_do_not() -> None:
    """The car's own years count, its last share holds on, and everyone else sells what was planned."""
    programme = load_programme(GEN5)
    car, other = programme.vehicle("jlr_midsize_awd"), programme.vehicle("bmw_ix3")
    scenario = short_of_plan([car], programme.header.years, id="short", name="A quarter of plan", probability=0.2)
    assert scenario.kind == "programme"
    assert scenario.factor(car, car.sop) == pytest.approx(0.8678, abs=1e-3)
    assert scenario.factor(car, car.eop) == pytest.approx(0.2437, abs=1e-3)
    assert scenario.factor(other, 2023) == 1.0
    with pytest.raises(ValueError, match="course"):
        short_of_plan([car], programme.header.years, id="short", name="x", course=())


def test_the_reference_programme_follows_the_curves() -> None:
    """Its high scenario is the fit with fifteen years over that with ten; its scenario of one programme is the I-PACE's course."""
    programme = load_programme(GEN5)
    years = tuple(programme.header.years)
    ratio = EUROPE_FIFTEEN_YEARS.sales(years) / EUROPE_TEN_YEARS.sales(years)
    assert [programme.scenario("high").factors[year] for year in years] == pytest.approx(list(ratio), abs=0.02)
    cars = [programme.vehicle(name) for name in ("jlr_midsize_awd", "jlr_midsize_rwd")]
    drawn, written = short_of_plan(cars, years, id="drawn", name="drawn"), programme.scenario("quarter")
    assert written.kind == "programme"
    for car in cars:
        assert dict(written.vehicles[car.id]) == pytest.approx(dict(drawn.vehicles[car.id]), abs=1e-3)
    assert sum(scenario.probability for scenario in programme.scenarios) == pytest.approx(1.0)
