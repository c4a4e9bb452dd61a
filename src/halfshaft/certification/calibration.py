"""One efficiency scale per maker, from cars whose certified consumption is known.

Chargers and auxiliaries differ by maker more than by car, and nobody publishes them. A single factor on every consumption of a maker takes
up their mean; it is the geometric mean of certified over predicted combined consumption, so that it does not matter which is which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from halfshaft.certification.car_row import CarRow
from halfshaft.certification.prediction import Prediction


@dataclass(frozen=True)
class MakerScale:
    """Certified over predicted consumption in the mean of ``cars`` cars of a maker."""

    factor: float
    cars: int


def maker_scales(known: Iterable[tuple[CarRow, Prediction]]) -> dict[str, MakerScale]:
    """A scale for each maker of whom at least one car has both a prediction and a certified combined consumption."""
    logs: dict[str, list[float]] = {}
    for car, prediction in known:
        certified, predicted = car.measured.combined_wh_per_km_ac, prediction.combined_wh_per_km_ac
        if certified is not None and predicted > 0.0:
            logs.setdefault(car.make, []).append(math.log(certified / predicted))
    return {make: MakerScale(math.exp(sum(values) / len(values)), len(values)) for make, values in logs.items()}


def calibrated(car: CarRow, prediction: Prediction, scales: Mapping[str, MakerScale]) -> Prediction:
    """A prediction times its maker's scale, which its note tells; unchanged where there is none."""
    scale = scales.get(car.make)
    if scale is None:
        return prediction.scaled(1.0, f"no scale for {car.make or 'this maker'}")
    return prediction.scaled(scale.factor, f"times {scale.factor:.3f}, from {scale.cars} of {car.make}")
