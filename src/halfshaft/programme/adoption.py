"""How fast electric cars are taken up, and how far a programme may fall short of its plan: where scenarios come from.

Bass (1969): of a potential m, the share that has adopted by t years after the beginning is F(t) = (1 - e^-(p+q)t) / (1 + q/p e^-(p+q)t),
with p the pull of the new and q that of those who have it. Fits to past sales leave m open: ten or fifteen years of all car sales explain
the same past and part later, so m is drawn together with p and q. A path enters a programme as the ratio of its yearly sales to the
middle path's, since the volumes under `vehicles/` are the plan.

A car that reaches a quarter of its plan is no slow adoption: it is one programme that falls short while all others go on. Such a scenario
has its own kind, and its course by years since launch is that of a car it happened to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.programme.model import Scenario, VehicleProgramme

FloatArray = NDArray[np.float64]

# Year from whose end on the fits to yearly sales from 2010 count.
FIT_ORIGIN = 2009


@dataclass(frozen=True)
class BassFit:
    """A Bass curve fitted to sales: potential `market` in cars, `p` and `q` per year, `origin` the year at whose end t is 0.

    The spreads are standard deviations of the logarithm of each, dimensionless. Raises ValueError unless all of them can be.
    """

    market: float
    p: float
    q: float
    origin: int = FIT_ORIGIN
    market_spread: float = 0.0
    p_spread: float = 0.0
    q_spread: float = 0.0

    def __post_init__(self) -> None:
        if min(self.market, self.p, self.q) <= 0.0:
            raise ValueError(f"market, p and q must be positive, got {self.market}, {self.p}, {self.q}")
        if min(self.market_spread, self.p_spread, self.q_spread) < 0.0:
            raise ValueError("a spread is not negative")

    def sales(self, years: Sequence[int]) -> FloatArray:
        """Cars sold in each calendar year."""
        return bass_sales(self.market, self.p, self.q, np.asarray(years, float) - self.origin)


# Fits to electric-car sales in Europe, 2010 to 2023, from IEA Global EV Outlook 2024; potentials of ten and of fifteen years of all car
# sales. The spreads of p and q are between the two fits and those of single countries; that they are these is an assumption.
LAST_YEAR_OF_FIT = 2023
EUROPE_TEN_YEARS = BassFit(130e6, 7.34e-5, 0.412, market_spread=0.2, p_spread=0.15, q_spread=0.03)
EUROPE_FIFTEEN_YEARS = BassFit(195e6, 5.18e-5, 0.405, market_spread=0.2, p_spread=0.15, q_spread=0.03)


def bass_share(p: float, q: float, t: FloatArray) -> FloatArray:
    """Share of the potential that has adopted after `t` years, dimensionless; 0 before the beginning."""
    fall = np.exp(-(p + q) * np.maximum(t, 0.0))
    return np.asarray((1.0 - fall) / (1.0 + q / p * fall))


def bass_sales(market: float, p: float, q: float, t: FloatArray) -> FloatArray:
    """Cars adopted in the year that ends `t` years after the beginning."""
    return np.asarray(market * (bass_share(p, q, t) - bass_share(p, q, t - 1.0)))


def sample_paths(fit: BassFit, years: Sequence[int], count: int, seed: int, *, anchor: int | None = None) -> FloatArray:
    """`count` paths drawn around a fit, as factors (paths × years) on its own yearly sales, dimensionless.

    Market, p and q are drawn independently with a lognormal spread; the same seed gives the same paths. With `anchor` every path is
    scaled to the fit's cumulative sales at the end of that year: the past is known, only the future differs. Raises ValueError for a
    count below 1 or years in which the fit sells nothing.
    """
    if count < 1:
        raise ValueError(f"at least one path, got {count}")
    middle = fit.sales(years)
    if not np.all(middle > 0.0):
        raise ValueError(f"the fit sells nothing up to {fit.origin}; ask for later years")
    rng = np.random.default_rng(seed)
    spread = np.array([fit.market_spread, fit.p_spread, fit.q_spread])
    paths = np.empty((count, len(middle)))
    for path, (market, p, q) in zip(
        paths, np.array([fit.market, fit.p, fit.q]) * np.exp(rng.normal(size=(count, 3)) * spread), strict=True
    ):
        path[:] = bass_sales(market, p, q, np.asarray(years, float) - fit.origin) / middle
        if anchor is not None:
            then = np.array([float(anchor - fit.origin)])
            path *= float(fit.market * bass_share(fit.p, fit.q, then)[0] / (market * bass_share(p, q, then)[0]))
    return paths  # fmt: skip


def path_scenarios(paths: FloatArray, years: Sequence[int], prefix: str = "path") -> tuple[Scenario, ...]:
    """Each path as a scenario of equal probability. Ids count from `prefix`_1. Raises ValueError when paths and years differ in length."""
    if paths.ndim != 2 or paths.shape[1] != len(years):
        raise ValueError(f"paths of shape {paths.shape} do not fit {len(years)} years")
    return tuple(
        Scenario(
            id=f"{prefix}_{number}",
            name=f"Adoption path {number} of {len(paths)}",
            factors={year: float(factor) for year, factor in zip(years, path, strict=True)},
            probability=1.0 / len(paths),
        )
        for number, path in enumerate(paths, start=1)
    )


# Jaguar I-PACE: planned at 20,000 a year; 17,355 in 2019, 16,457 in 2020, 9,970 in 2021 and 4,874 in 2023 (drivingeco; Autocar New
# Zealand; plan: Observador, 13 December 2019). 2022 was not found: the geometric mean of its neighbours.
IPACE_PLAN_PER_YEAR = 20_000
IPACE_SALES: tuple[tuple[int, int], ...] = ((2019, 17_355), (2020, 16_457), (2021, 9_970), (2022, 6_971), (2023, 4_874))
SHORT_OF_PLAN: tuple[float, ...] = tuple(round(sold / IPACE_PLAN_PER_YEAR, 4) for _, sold in IPACE_SALES)


def short_of_plan(
    vehicles: Iterable[VehicleProgramme],
    years: Iterable[int],
    *,
    id: str,
    name: str,
    course: Sequence[float] = SHORT_OF_PLAN,
    probability: float = 1.0,
) -> Scenario:
    """The scenario in which `vehicles` sell `course[a]` of their plan in their a-th year, and its last value ever after.

    All other vehicles go as planned. The course is a share of the plan, dimensionless; the default is the I-PACE's, which ends at a
    quarter. Raises ValueError for an empty or negative course.
    """
    if not course or min(course) < 0.0:
        raise ValueError("a course has at least one share of the plan, none below 0")
    return Scenario(
        id=id,
        name=name,
        kind="programme",
        factors=dict.fromkeys(years, 1.0),
        probability=probability,
        vehicles={
            vehicle.id: {year: course[min(year - vehicle.sop, len(course) - 1)] for year in vehicle.volumes}
            for vehicle in vehicles
        },
    )
