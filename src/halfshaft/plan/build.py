"""From a programme and its verified tables to a planning problem.

Here engineering meets money for the first time: a configuration becomes a set of modules with an extra battery, a cost book becomes a price
for each part of each module, a scenario becomes cars by year. What the plan may not see, it does not get: a coalition holds its members'
vehicles and plants only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halfshaft.drive_unit import UnitMap
from halfshaft.plan.instance import (
    Configuration,
    Module,
    ModuleKey,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanVehicle,
)
from halfshaft.programme import BottomUpBook, LawBook, Part, Programme, VehicleProgramme, modules_of
from halfshaft.verification import ABLE, NO_UNIT, VOLTAGE, VehicleTable


@dataclass(frozen=True)
class ModuleRating:
    """What a cost book prices in a module: its power (the most it gives in any unit of the kit), its kind and its bill of material (kg)."""

    power_kw: float
    variant: str
    materials: Mapping[str, float]


def module_ratings(maps: Iterable[UnitMap]) -> dict[ModuleKey, ModuleRating]:
    """Ratings of all machines, inverters and gears that appear in `maps`."""
    power: dict[ModuleKey, float] = {}
    variant: dict[ModuleKey, str] = {}
    bill: dict[ModuleKey, dict[str, float]] = {}
    for unit_map in maps:
        unit = unit_map.unit
        gear_housing = unit.gear.mass_kg * unit.gear.housing_share
        contents: dict[ModuleKey, tuple[str, list[tuple[str, float]]]] = {
            ("machine", unit.machine.name): (
                unit.machine.lamination.excitation,
                [(material, mass) for _, material, mass in unit.machine.bill_of_material],
            ),
            ("inverter", unit.inverter.name): (unit.inverter.device, [("electronics", unit.inverter.mass_kg)]),
            ("gear", unit.gear.name): (
                unit.gear.arrangement,
                [("steel", unit.gear.mass_kg - gear_housing), ("aluminium", gear_housing)],
            ),
        }
        for key, (kind, rows) in contents.items():
            power[key] = max(power.get(key, 0.0), unit_map.peak_power_w / 1e3)
            variant[key] = kind
            bill[key] = {}
            for material, mass in rows:
                bill[key][material] = bill[key].get(material, 0.0) + mass
    return {key: ModuleRating(power[key], variant[key], bill[key]) for key in sorted(power)}


def build_instance(
    programme: Programme,
    tables: Sequence[VehicleTable],
    ratings: Mapping[ModuleKey, ModuleRating],
    *,
    book: str,
    scenario: str,
    partners: Sequence[str],
    dropped: frozenset[str] = frozenset(),
) -> PlanInstance:
    """The planning problem of the coalition `partners` under one cost book and one scenario, without the demands in `dropped`.

    Raises KeyError for an unknown book, scenario or partner.
    """
    header = programme.header
    members = tuple(partner.id for partner in header.partners if partner.id in partners)
    if set(members) != set(partners):
        raise KeyError(sorted(set(partners) - set(members)))
    prices = programme.book(book)
    factors = programme.scenario(scenario).factors
    years = tuple(header.years)
    by_name = {table.vehicle: table for table in tables}
    vehicles = tuple(
        PlanVehicle(
            vehicle.id,
            vehicle.partner,
            tuple(float(round(vehicle.volumes.get(year, 0) * factors[year])) for year in years),
            _configurations(programme, vehicle, by_name[vehicle.id], prices.battery, dropped),
        )
        for vehicle in programme.vehicles
        if vehicle.partner in members
    )
    zones = {partner.id: partner.customs_zone for partner in header.partners}
    return PlanInstance(
        title=f"{' + '.join(members)}, book {book}, scenario {scenario}",
        partners=members,
        years=years,
        discount=tuple(header.discount_factor(year) for year in years),
        discount_start=tuple(header.discount_factor(year) * (1.0 + header.discount_rate) for year in years),
        contracts=tuple(tuple(years.index(year) for year in contract.years) for contract in header.contracts),
        modules=_modules(programme),
        lamination_of={
            ("machine", machine.name): ("lamination", machine.lamination.name) for machine in programme.kit.kit.machines
        },
        vehicles=vehicles,
        parts=tuple(
            PlanPart(part.id, _part_prices(part, prices, ratings), part.largest_share) for part in programme.parts
        ),
        offers=tuple(
            PlanOffer(
                supplier.id,
                offer.part,
                offer.price_factor,
                tuple((tier.from_volume, tier.discount) for tier in offer.tiers),
                offer.capacity_per_partner,
                {partner: offer.landed[zones[partner]] for partner in members},
            )
            for supplier in programme.suppliers
            for offer in supplier.offers
        ),
        lines=tuple(
            PlanLine(
                plant.id,
                plant.partner,
                line.process,
                line.capacity,
                line.existing,
                line.most,
                line.capital,
                line.first_year_output,
                line.yearly_cost,
                line.labour_cost,
                plant.logistics,
            )
            for plant in programme.plants
            if plant.partner in members
            for line in plant.lines
        ),
    )


def _modules(programme: Programme) -> tuple[Module, ...]:
    """Development and tooling are paid at the beginning of the year before a module becomes available, at the earliest at the base date."""
    header = programme.header
    modules = []
    for (kind, name), development in programme.kit.developments.items():
        paid = max(header.base_year, development.available_from - 1)
        present = (1.0 + header.discount_rate) ** -(paid - header.base_year)
        modules.append(
            Module(
                (kind, name),
                development.cost * present,
                development.tooling * present,
                None if development.parent is None else (kind, development.parent),
                development.carry_over,
            )
        )
    return tuple(modules)


def _configurations(
    programme: Programme, vehicle: VehicleProgramme, table: VehicleTable, battery_price: float, dropped: frozenset[str]
) -> tuple[Configuration, ...]:
    frugal = table.holding(frozenset(demand.id for demand in table.demands if demand.id not in (VOLTAGE, ABLE)))
    if not frugal.any():
        return ()
    consumption = table.figures["wltp_dc"]
    least = float(np.nanmin(np.where(frugal, consumption, np.nan)))
    # A demand of the vehicle's owner may be dropped; that a unit fits the voltage and can drive at all may not.
    allowed = table.holding(dropped - {VOLTAGE, ABLE})
    in_time = {
        unit.name: all(programme.kit.developments[key].available_from <= vehicle.sop for key in modules_of(unit))
        for unit in programme.kit.units
    }
    contents = {unit.name: modules_of(unit) for unit in programme.kit.units}
    found = []
    for i, j in np.argwhere(allowed):
        units = tuple(
            (axle, name) for axle, name in (("front", table.fronts[i]), ("rear", table.rears[j])) if name != NO_UNIT
        )
        if not all(in_time[name] for _, name in units):
            continue
        count = Counter(key for _, name in units for key in contents[name])
        more_energy_kwh = (float(consumption[i, j]) - least) * vehicle.range_target / 1e3 / 1e3
        found.append(Configuration(units, tuple(sorted(count.items())), max(0.0, more_energy_kwh) * battery_price))
    return tuple(found)


def _part_prices(
    part: Part, book: LawBook | BottomUpBook, ratings: Mapping[ModuleKey, ModuleRating]
) -> dict[ModuleKey, float]:
    """Price of one part in each module that contains it, before a supplier's factor and discount."""
    prices = {}
    for key, rating in ratings.items():
        if key[0] == part.module_kind and part.only_for in (None, rating.variant):
            prices[key] = (
                law_price(book, part, key, rating) if isinstance(book, LawBook) else bottom_up_price(book, part, rating)
            )
    return prices


def module_law(book: LawBook, key: ModuleKey, rating: ModuleRating) -> float:
    """What a law book says one whole module costs."""
    if key[0] == "machine":
        law = book.machine[rating.variant]  # type: ignore[index]
    elif key[0] == "inverter":
        law = book.inverter[rating.variant]  # type: ignore[index]
    else:
        law = book.gear
    return float(law.fixed + law.per_power * rating.power_kw)


def law_price(book: LawBook, part: Part, key: ModuleKey, rating: ModuleRating) -> float:
    """The share of a module's law cost that is bought as this part."""
    return book.bought_share[part.id] * module_law(book, key, rating)


def bottom_up_price(book: BottomUpBook, part: Part, rating: ModuleRating) -> float:
    """Materials with scrap and overhead, plus what does not depend on mass."""
    entry = book.parts[part.id]
    material = sum(
        rating.materials.get(name, 0.0) * book.materials[name].price * (1.0 + book.materials[name].scrap)
        for name in entry.materials
    )
    return float(material) * (1.0 + book.overhead) + entry.add_on + entry.per_power * rating.power_kw
