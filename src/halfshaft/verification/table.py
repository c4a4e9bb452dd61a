"""Every unit on every driven axle of one vehicle: the table of figures, and which demands hold where.

A configuration is a front unit and a rear unit; a vehicle with one driven axle has "none" on the other. The table is dense over front and
rear, so a figure is one array and checking a demand is one comparison. Figures that belong to a single unit (its mass, its length) are
broadcast over the other axle. No scoring formula stands between: a demand holds or it does not, and its slack says by how much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import UnitMap
from halfshaft.programme import QUANTITY_UNITS, Requirement, VehicleProgramme
from halfshaft.vehicle import Vehicle, sweep_drives, sweep_performance
from halfshaft.verification.conditions import Conditions, conditions, fits_voltage

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NO_UNIT = "none"

# Figures of the table, with the unit in which they are kept.
FIGURES: Mapping[str, str] = {
    "wltp_dc": "Wh/km",
    "wltp_consumption": "Wh/km",
    "udds_consumption": "Wh/km",
    "hwfet_consumption": "Wh/km",
    "acceleration_0_100": "s",
    "acceleration_80_120": "s",
    "top_speed": "m/s",
    "gradeability": "1",
    "continuous_power": "W",
    "peak_power": "W",
    "unit_mass": "kg",
    "rare_earth_mass": "kg",
}

# Demands that nobody writes down: a unit fits the vehicle's voltage class, and can drive the certification cycle at all.
VOLTAGE = "voltage class"
ABLE = "drives WLTC 3b"


@dataclass(frozen=True)
class Demand:
    """A demand as checked on one vehicle: `mask` over (front, rear) says where it holds, `slack` by how much (in SI; NaN: no number)."""

    id: str
    owner: str
    quantity: str
    relation: str
    value: float
    axle: str | None
    mask: BoolArray
    slack: FloatArray


@dataclass(frozen=True)
class VehicleTable:
    """All configurations of one vehicle. `fronts` and `rears` name the units of the axes; figures are arrays over (front, rear), SI."""

    vehicle: str
    partner: str
    fronts: tuple[str, ...]
    rears: tuple[str, ...]
    figures: Mapping[str, FloatArray]
    lengths: Mapping[str, FloatArray]
    diameters: Mapping[str, FloatArray]
    demands: tuple[Demand, ...]

    @property
    def feasible(self) -> BoolArray:
        """Where every demand holds."""
        return self.holding(frozenset())

    def holding(self, dropped: frozenset[str]) -> BoolArray:
        """Where every demand holds but those in `dropped`."""
        mask = np.ones((len(self.fronts), len(self.rears)), dtype=bool)
        for demand in self.demands:
            if demand.id not in dropped:
                mask &= demand.mask
        return mask

    def units(self, mask: BoolArray) -> frozenset[str]:
        """Units that appear on some axle of some configuration in `mask`."""
        front = {self.fronts[i] for i in np.flatnonzero(mask.any(axis=1))}
        rear = {self.rears[j] for j in np.flatnonzero(mask.any(axis=0))}
        return frozenset((front | rear) - {NO_UNIT})

    def violated(self, front: str, rear: str) -> tuple[str, ...]:
        """Ids of the demands that a configuration fails. Raises ValueError when a unit is not in the table."""
        i, j = self.fronts.index(front), self.rears.index(rear)
        return tuple(demand.id for demand in self.demands if not demand.mask[i, j])

    def to_xarray(self) -> Any:
        """The table as an xarray Dataset over front and rear, with units as attributes (imported here: it is heavy)."""
        import xarray

        data = {
            name: xarray.DataArray(values, dims=("front", "rear"), attrs={"units": FIGURES[name]})
            for name, values in self.figures.items()
        }
        data |= {
            f"holds: {demand.id}": xarray.DataArray(demand.mask, dims=("front", "rear"), attrs={"owner": demand.owner})
            for demand in self.demands
        }
        return xarray.Dataset(
            data,
            coords={"front": list(self.fronts), "rear": list(self.rears)},
            attrs={"vehicle": self.vehicle, "partner": self.partner},
        )


def verify_vehicle(
    vehicle: VehicleProgramme,
    model: Vehicle,
    requirements: Sequence[Requirement],
    maps: Sequence[UnitMap],
    switching_w: float,
) -> VehicleTable:
    """Compute the table of one vehicle over all units whose maps are given, and check its requirements on it.

    ``switching_w`` is what a unit draws above its map while its inverter switches.

    Units of another voltage class stay in the table, with NaN figures and the voltage demand violated, so that the reason is seen.
    """
    names = tuple(m.unit.name for m in maps)
    fits = np.array([fits_voltage(m, vehicle.voltage_class) for m in maps], dtype=bool)
    axes = {axle: names if axle in vehicle.driven_axles else (NO_UNIT,) for axle in ("front", "rear")}
    fitting: dict[str, list[UnitMap | None]] = {
        axle: [m for m, fit in zip(maps, fits, strict=True) if fit] if axle in vehicle.driven_axles else [None]
        for axle in ("front", "rear")
    }
    usable = {axle: fits if axle in vehicle.driven_axles else np.ones(1, dtype=bool) for axle in ("front", "rear")}
    window = np.ix_(usable["front"], usable["rear"])
    shape = (len(axes["front"]), len(axes["rear"]))
    figures = {name: np.full(shape, np.nan) for name in FIGURES}
    able = np.zeros(shape, dtype=bool)
    if fits.any():
        computed, can = driven_figures(conditions(vehicle, model, maps, switching_w), fitting["front"], fitting["rear"])
        for name, values in computed.items():
            figures[name][window] = values
        able[window] = can
    figures["unit_mass"] = _per_axle_sum(vehicle, maps, lambda m: m.unit.mass_kg)
    figures["rare_earth_mass"] = _per_axle_sum(vehicle, maps, lambda m: m.unit.rare_earth_kg)
    figures["peak_power"] = _per_axle_sum(vehicle, maps, lambda m: m.peak_power_w)
    lengths: dict[str, FloatArray] = {axle: np.array([m.unit.length_m for m in maps]) for axle in vehicle.driven_axles}
    diameters: dict[str, FloatArray] = {
        axle: np.array([m.unit.diameter_m for m in maps]) for axle in vehicle.driven_axles
    }
    masses: dict[str, FloatArray] = {axle: np.array([m.unit.mass_kg for m in maps]) for axle in vehicle.driven_axles}
    nan = np.full(shape, np.nan)
    voltage = np.zeros(shape, dtype=bool)
    voltage[window] = True
    demands = [
        Demand(VOLTAGE, vehicle.partner, "voltage_class", "equal", vehicle.voltage_class, None, voltage, nan),
        Demand(ABLE, vehicle.partner, "cycle", "equal", np.nan, None, able | ~voltage, nan),
    ]
    per_axle: dict[str, Mapping[str, FloatArray]] = {
        "unit_length": lengths,
        "unit_diameter": diameters,
        "unit_mass": masses,
    }
    for requirement in requirements:
        if requirement.quantity in per_axle:
            slack = _axle_slack(requirement, vehicle, per_axle[requirement.quantity], shape)
        else:
            slack = _slack(requirement, figures[requirement.quantity])
        # Where a figure is NaN (another voltage class) the voltage demand speaks; this one stays silent.
        mask = (slack >= 0.0) | np.isnan(slack)
        demands.append(
            Demand(
                requirement.id,
                requirement.owner,
                requirement.quantity,
                requirement.relation,
                requirement.value,
                requirement.axle,
                mask,
                slack,
            )
        )
    return VehicleTable(
        vehicle.id, vehicle.partner, axes["front"], axes["rear"], figures, lengths, diameters, tuple(demands)
    )


def driven_figures(
    driven: Conditions,
    fronts: Sequence[UnitMap | None],
    rears: Sequence[UnitMap | None],
    *,
    with_performance: bool = True,
) -> tuple[dict[str, FloatArray], BoolArray]:
    """Consumption and, unless not wanted, performance of every pair, each (front, rear), and which pairs drive WLTC 3b."""
    result: dict[str, FloatArray] = {}
    able: BoolArray = np.ones((len(fronts), len(rears)), dtype=bool)
    sweeps = sweep_drives(list(driven.drives.values()), fronts, rears)
    for name, sweep in zip(driven.drives, sweeps, strict=True):
        result[f"{name}_consumption"] = sweep.ac_wh_per_km
        if name == "wltp":
            result["wltp_dc"] = sweep.dc_wh_per_km
            able = sweep.able
    if not with_performance:
        return result, able
    performance = sweep_performance(driven.vehicle, fronts, rears)
    result["acceleration_0_100"] = performance["time_0_100_kmh_s"]
    result["acceleration_80_120"] = performance["time_80_120_kmh_s"]
    result["top_speed"] = performance["top_speed_mps"]
    result["gradeability"] = performance["start_grade"]
    result["continuous_power"] = performance["continuous_power_w"]
    return result, able


def _per_axle_sum(vehicle: VehicleProgramme, maps: Sequence[UnitMap], of: Any) -> FloatArray:
    values = np.array([float(of(m)) for m in maps])
    front = values if "front" in vehicle.driven_axles else np.zeros(1)
    rear = values if "rear" in vehicle.driven_axles else np.zeros(1)
    return np.asarray(front[:, None] + rear[None, :])


def _slack(requirement: Requirement, values: FloatArray) -> FloatArray:
    return values - requirement.value if requirement.relation == "at_least" else requirement.value - values


def _axle_slack(
    requirement: Requirement, vehicle: VehicleProgramme, values: Mapping[str, FloatArray], shape: tuple[int, int]
) -> FloatArray:
    """Slack of a demand on the unit itself: on the axle that it names, or the tighter of all driven ones."""
    slack = np.full(shape, np.inf)
    for axle in vehicle.driven_axles if requirement.axle is None else (requirement.axle,):
        own = _slack(requirement, values[axle])
        slack = np.minimum(slack, own[:, None] if axle == "front" else own[None, :])
    return slack


def trade_value(quantity: str, value: float) -> tuple[float, str]:
    """A demand's value and unit as the trade writes it, for example 190 km/h."""
    if quantity in QUANTITY_UNITS:
        _, symbol, factor = QUANTITY_UNITS[quantity]  # type: ignore[index]
        return value * factor, symbol
    return value, "V" if quantity == "voltage_class" else ""
