"""Consumption and range in the United States: two cycles, the multi-cycle test, five cycles, and the label.

Consumption is Wh/km throughout; fuel economy, which the regulation writes, is its inverse, so the regulation's sums of inverse fuel
economies are plain sums here. City and highway are mixed 55 to 45 by distance. Unadjusted figures are what the dynamometer gives; the
label divides consumption, and multiplies range, by a factor: 0.7, or what five cycles yield (40 CFR 600.210-12, 600.116-12).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from halfshaft.vehicle.procedures.driven import Driven, energy_wh, weighted_consumption

CITY_SHARE = 0.55
"""City's share of the distance in the combined figure, the highway's is the rest."""

LABEL_FACTOR = 0.7
"""Adjusted over unadjusted range of a car whose five cycles were not driven (40 CFR 600.210-12)."""

WH_PER_GALLON = 33_705.0
"""Energy [Wh] that counts as one gallon of petrol in miles per gallon equivalent."""

_KM_PER_MILE = 1.609344

_FIVE_CYCLE_SCALE = 0.905
"""Fuel economy over what the five cycles alone give, for what no cycle shows: wind, road, tyres (40 CFR 600.114-12)."""


@dataclass(frozen=True)
class RangeAndConsumption:
    """Consumption at the wall [Wh/km] and range [km], in the city and on the highway, unadjusted unless `factor` is below 1."""

    city_ac_wh_per_km: float
    highway_ac_wh_per_km: float
    city_range_km: float
    highway_range_km: float
    factor: float = 1.0

    @property
    def combined_ac_wh_per_km(self) -> float:
        """55 % city and 45 % highway by distance [Wh/km]."""
        return CITY_SHARE * self.city_ac_wh_per_km + (1.0 - CITY_SHARE) * self.highway_ac_wh_per_km

    @property
    def combined_range_km(self) -> float:
        """55 % of the city's and 45 % of the highway's range [km]: ranges are averaged themselves, as the label does (SAE J1634)."""
        return CITY_SHARE * self.city_range_km + (1.0 - CITY_SHARE) * self.highway_range_km

    def label(self, factor: float = LABEL_FACTOR) -> RangeAndConsumption:
        """The adjusted figures. Raises `ValueError` when these are adjusted already or the factor is not in (0, 1]."""
        if self.factor != 1.0:
            raise ValueError(f"these figures are adjusted already, by {self.factor}")
        if not 0.0 < factor <= 1.0:
            raise ValueError(f"factor is {factor}; it lies in (0, 1]")
        return RangeAndConsumption(
            self.city_ac_wh_per_km / factor,
            self.highway_ac_wh_per_km / factor,
            self.city_range_km * factor,
            self.highway_range_km * factor,
            factor,
        )


def miles_per_gallon_equivalent(ac_wh_per_km: float) -> float:
    """What the United States print for a consumption at the wall [Wh/km]."""
    return WH_PER_GALLON / (ac_wh_per_km * _KM_PER_MILE)


def two_cycle(urban: Driven, highway: Driven, usable_energy_wh: float, recharge_wh: float) -> RangeAndConsumption:
    """Unadjusted figures of the single-cycle tests: UDDS, then HWFET, driven over and over until the battery is empty.

    `usable_energy_wh` [Wh] leaves the terminals in either, `recharge_wh` [Wh] comes from the wall to fill the battery again. One drive
    of each cycle stands for all. Range = usable energy / EC_DC; EC_AC = recharge / range.
    """
    ranges = [usable_energy_wh / drive.dc_wh_per_km for drive in (urban, highway)]
    return RangeAndConsumption(recharge_wh / ranges[0], recharge_wh / ranges[1], *ranges)


@dataclass(frozen=True)
class MultiCycle:
    """The multi-cycle test's figures, what left the battery in all of it [Wh], and the weights of the drives."""

    figures: RangeAndConsumption
    usable_energy_wh: float
    urban_weights: tuple[float, ...]
    highway_weights: tuple[float, ...]


def multi_cycle(
    urban: Sequence[Driven], highway: Sequence[Driven], steady: Sequence[Driven], recharge_wh: float
) -> MultiCycle:
    """Unadjusted figures of the multi-cycle test (SAE J1634): one discharge, both cycles.

    UDDS₁ HWFET₁ UDDS₂ · constant speed · UDDS₃ HWFET₂ UDDS₄ · constant speed until empty. `urban` are the four, `highway` the two and
    `steady` the constant-speed parts (none or more), each in the order driven; `recharge_wh` [Wh] comes from the wall. With
    UBE = Σ E_DC over all parts:

        K_UDDS,1 = E_UDDS,1 / UBE      K_UDDS,2…4 = (1 - K_UDDS,1) / 3      K_HWFET = 1/2
        EC_DC = Σ K EC      range = UBE / EC_DC      EC_AC = EC_DC × recharge / UBE

    Raises `ValueError` when there are not four and two.
    """
    if (len(urban), len(highway)) != (4, 2):
        raise ValueError(f"the test has four urban and two highway cycles, not {len(urban)} and {len(highway)}")
    usable = sum(energy_wh(drive) for drive in (*urban, *highway, *steady))
    city, urban_weights = weighted_consumption(urban, usable)
    road = 0.5 * (highway[0].dc_wh_per_km + highway[1].dc_wh_per_km)
    ac_per_dc = recharge_wh / usable
    figures = RangeAndConsumption(city * ac_per_dc, road * ac_per_dc, usable / city, usable / road)
    return MultiCycle(figures, usable, urban_weights, (0.5, 0.5))


@dataclass(frozen=True, kw_only=True)
class FiveCycleTests:
    """Consumption [Wh/km] of each part that the five cycles' formulae weigh, all at the wall or all at the battery; None if unknown.

    The bags are those of FTP-75 (cold transient, stabilized, hot transient) at 75 °F, and again at 20 °F with the heater on; SC03 is
    driven at 95 °F with the air conditioner on. A model without a cabin cannot give the last four.
    """

    bag_1: float | None = None
    bag_2: float | None = None
    bag_3: float | None = None
    highway: float | None = None
    us06_city: float | None = None
    us06_highway: float | None = None
    sc03: float | None = None
    cold_bag_1: float | None = None
    cold_bag_2: float | None = None
    cold_bag_3: float | None = None


@dataclass(frozen=True)
class FiveCycle:
    """City and highway consumption [Wh/km] by five cycles, NaN where a part is missing, and the names of the missing parts."""

    city_wh_per_km: float
    highway_wh_per_km: float
    missing: tuple[str, ...]

    @property
    def combined_wh_per_km(self) -> float:
        """55 % city and 45 % highway by distance [Wh/km]."""
        return CITY_SHARE * self.city_wh_per_km + (1.0 - CITY_SHARE) * self.highway_wh_per_km

    def factor(self, unadjusted_combined_wh_per_km: float) -> float:
        """What the label's 0.7 becomes: five-cycle over two-cycle fuel economy, both combined."""
        return unadjusted_combined_wh_per_km / self.combined_wh_per_km


def five_cycle(tests: FiveCycleTests) -> FiveCycle:
    """City and highway consumption by the vehicle-specific five-cycle formulae (40 CFR 600.114-12 (a) and (b)(1)).

    The formulae are stated for fuel; consumption takes the place of inverse fuel economy in them. A start costs what a cold bag takes
    more than a hot one, over bag 1's 3.6 miles; city trips are 4.1 miles, highway trips 60. For electric cars SAE J1634 (appendices B
    and C, which need EPA's approval: 40 CFR 600.116-12) arranges the cold test otherwise; that is not reproduced here.
    """
    missing = tuple(field.name for field in fields(tests) if getattr(tests, field.name) is None)
    known = {field.name: _or_nan(getattr(tests, field.name)) for field in fields(tests)}
    bag_2, bag_3 = known["bag_2"], known["bag_3"]
    warm_start = 3.6 * (known["bag_1"] - bag_3)
    cold_start = 3.6 * (known["cold_bag_1"] - known["cold_bag_3"])
    starts_per_trip = 0.33 * (0.76 * warm_start + 0.24 * cold_start)
    cooling = 0.133 * (known["sc03"] - (0.61 * bag_3 + 0.39 * bag_2))
    city = 0.82 * (0.48 * bag_2 + 0.41 * bag_3 + 0.11 * known["us06_city"])
    city += 0.18 * (0.5 * known["cold_bag_2"] + 0.5 * known["cold_bag_3"]) + 1.083 * cooling
    road = 1.007 * (0.79 * known["us06_highway"] + 0.21 * known["highway"]) + 0.377 * cooling
    return FiveCycle(
        (starts_per_trip / 4.1 + city) / _FIVE_CYCLE_SCALE,
        (starts_per_trip / 60.0 + road) / _FIVE_CYCLE_SCALE,
        missing,
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
