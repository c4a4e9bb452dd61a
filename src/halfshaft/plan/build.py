"""From a programme and its verified tables to a planning problem.

Here engineering meets money for the first time: what a vehicle's table allows becomes the options of its stages, a cost book becomes a
price for each part of each module, a scenario becomes cars by year. What the plan may not see, it does not get: a coalition holds its
members' vehicles, teams, sites and plants only.

A unit is its machine, inverter and gear, and its housing where the kit has housings; lamination and rotor are included in the machine.
Machines, gears and battery packs are made on lines, inverters are bought whole. Rotors and housings have no price of their own: what is
bought for them is a part of the machine or the gear. A housing's tools stand at its foundry, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import DriveUnit, UnitMap
from halfshaft.plan.instance import (
    BATTERY_PACK,
    Calendar,
    Duty,
    Kind,
    Module,
    ModuleKey,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Shift,
    Site,
    Slot,
    Team,
    Terms,
    VolumeLaw,
)
from halfshaft.programme import (
    BottomUpBook,
    CustomerUse,
    Development,
    DutyProgramme,
    LawBook,
    Line,
    Part,
    Partner,
    Plant,
    Programme,
    Scenario,
    VehicleProgramme,
    modules_of,
)
from halfshaft.programme.origin import max_nonoriginating
from halfshaft.verification import ABLE, NO_UNIT, VOLTAGE, VehicleTable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Book = LawBook | BottomUpBook

BATTERY_POSITION = "battery"
EXTRA_BATTERY, CUSTOMER_ENERGY, CARBON = "extra battery", "customer energy", "carbon"
ENERGY_KWH, CARBON_KG = "customer energy kWh", "carbon kg"

# Volume at which a law book's cost holds, pieces a year: of TUM's law, C = C0 (p / p0)^-0.3 with p0 = 200,000 motors a year.
REFERENCE_VOLUME = 200_000.0
_WH_PER_KWH, _KM = 1e3, 1e3


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
    scenario: str | Sequence[str],
    partners: Sequence[str],
    dropped: frozenset[str] = frozenset(),
    exponent: float | None = None,
) -> PlanInstance:
    """The planning problem of the coalition `partners` under one cost book, without the demands in `dropped`.

    `scenario` is one id, or several that the plan must serve at once: their probabilities are scaled to add up to 1.

    With an `exponent` every module costs a power of its volume (dimensionless, in (-1, 0]) instead of the sum of its parts: parts and
    offers are left out. A law book's cost is that of the whole module and holds the maker's own work, so machines and gears have no lines
    then; a book from below prices only what is bought, and the lines stay.

    Raises KeyError for an unknown book, scenario or partner, ValueError for an exponent outside (-1, 0] or scenarios of no probability.
    """
    header = programme.header
    members = tuple(partner for partner in header.partners if partner.id in partners)
    if {member.id for member in members} != set(partners):
        raise KeyError(sorted(set(partners) - {member.id for member in members}))
    if exponent is not None and not -1.0 < exponent <= 0.0:
        raise ValueError(f"the exponent of a volume law lies in (-1, 0], got {exponent}")
    named = (scenario,) if isinstance(scenario, str) else tuple(scenario)
    coalition = _Coalition(programme, ratings, programme.book(book), members)
    by_name = {table.vehicle: table for table in tables}
    units = coalition.units()
    slots = tuple(
        slot for vehicle in coalition.vehicles for slot in coalition.slots(vehicle, by_name[vehicle.id], units, dropped)
    )
    names = " + ".join(member.id for member in members)
    told = f"scenario {named[0]}" if len(named) == 1 else f"scenarios {', '.join(named)}"
    instance = PlanInstance(
        title=f"{names}, book {book}, {told}",
        currency=header.currency,
        calendar=Calendar(header.base_year, len(header.years), header.discount_rate),
        contracts=tuple(tuple(year - header.base_year for year in contract.years) for contract in header.contracts),
        partners=tuple(PlanPartner(member.id, member.customs_zone) for member in members),
        sites=coalition.sites,
        kinds=coalition.kinds(),
        modules=coalition.modules(),
        units=units,
        slots=slots,
        scenarios=_scenarios(programme, [programme.scenario(one) for one in named], slots),
        teams=tuple(
            Team(member.id, skill, dict(hours)) for member in members for skill, hours in sorted(member.teams.items())
        ),
        parts=coalition.parts(),
        terms=_terms(programme),
        offers=coalition.offers(),
        plants=coalition.plan_plants(),
        lines=tuple(_line(plant, line) for plant in coalition.plants for line in plant.lines),
        duties=coalition.duties(),
        cumulation={zone: tuple(others) for zone, others in header.cumulation.items()},
        cross_supply=tuple((a, b) for a, b in header.cross_supply if a != b and {a, b} <= coalition.ids),
    )
    return instance if exponent is None else _under_a_law(instance, coalition, exponent)


@dataclass(frozen=True)
class _Coalition:
    """What the members bring together, as the plan's own types."""

    programme: Programme
    ratings: Mapping[ModuleKey, ModuleRating]
    book: Book
    members: tuple[Partner, ...]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(member.id for member in self.members)

    @property
    def vehicles(self) -> tuple[VehicleProgramme, ...]:
        return tuple(vehicle for vehicle in self.programme.vehicles if vehicle.partner in self.ids)

    @property
    def plants(self) -> tuple[Plant, ...]:
        return tuple(plant for plant in self.programme.plants if plant.partner in self.ids)

    def zone_of(self, plant: Plant) -> str:
        return plant.customs_zone or self.programme.partner(plant.partner).customs_zone

    # ---- who and where -----------------------------------------------------------------------------------------------------------

    @property
    def sites(self) -> tuple[Site, ...]:
        """The stated sites that build a member's car; a car without one is built at a site with its partner's name."""
        used = {self.site_of(vehicle) for vehicle in self.vehicles}
        stated = [Site(s.id, s.partner, s.customs_zone) for s in self.programme.header.sites if s.id in used]
        plain = [Site(member.id, member.id, member.customs_zone) for member in self.members if member.id in used]
        return (*stated, *plain)

    @staticmethod
    def site_of(vehicle: VehicleProgramme) -> str:
        return vehicle.assembly_site or vehicle.partner

    def plan_plants(self) -> tuple[PlanPlant, ...]:
        """A plant serves every site of its partner, at its plain logistics cost where no lane is stated, and others by lane."""
        found = []
        for plant in self.plants:
            lanes = {site.id: plant.logistics for site in self.sites if site.partner == plant.partner}
            lanes |= {site.id: plant.lanes[site.id] for site in self.sites if site.id in plant.lanes}
            found.append(PlanPlant(plant.id, plant.partner, self.zone_of(plant), lanes, plant.holding_cost))
        return tuple(found)

    # ---- what there is to make ---------------------------------------------------------------------------------------------------

    def kinds(self) -> tuple[Kind, ...]:
        """Machines, gears and packs are made if anyone in the programme has a line for them; without any they are bought whole.

        Members or not: alone and together must be the same question, or the partners' own plans would not fit into the joint one.
        """
        processes = {line.process for plant in self.programme.plants for line in plant.lines}
        made = {kind: kind if kind in processes else None for kind in ("machine", "gear", BATTERY_PACK)}
        shared = tuple(
            kind for kind in ("rotor", "housing") if any(key[0] == kind for key in self.programme.kit.developments)
        )
        return tuple(
            Kind(kind, made.get(kind)) for kind in ("lamination", "machine", "inverter", "gear", *shared, BATTERY_PACK)
        )

    def pack_of(self, vehicle: VehicleProgramme) -> str | None:
        """Name of a vehicle's battery pack: its class, or without classes its energy and voltage; None where its partner makes no packs."""
        own = (line for plant in self.programme.plants if plant.partner == vehicle.partner for line in plant.lines)
        if all(line.process != BATTERY_PACK for line in own):
            return None
        battery = vehicle.battery
        for pack in self.programme.header.battery_packs:
            if pack.holds(battery.usable_energy, vehicle.voltage_class):
                return pack.name
        return f"{battery.usable_energy / _WH_PER_KWH:g}_kwh_{battery.open_circuit_voltage:g}_v"

    def packs(self) -> dict[str, float]:
        """Each pack that a member's car takes, with the mean usable energy (kWh) of all cars with it, weighted by planned volume."""
        energy: dict[str, list[tuple[float, float]]] = {}
        for vehicle in self.programme.vehicles:
            name = self.pack_of(vehicle)
            if name is not None:
                weight = float(sum(vehicle.volumes.values())) or 1.0
                energy.setdefault(name, []).append((vehicle.battery.usable_energy / _WH_PER_KWH, weight))
        used = {self.pack_of(vehicle) for vehicle in self.vehicles}
        return {
            name: sum(kwh * weight for kwh, weight in cars) / sum(weight for _, weight in cars)
            for name, cars in sorted(energy.items())
            if name in used
        }

    def modules(self) -> tuple[Module, ...]:
        """Every module of the kit, and the packs of the members' cars."""
        rotors: Mapping[str, tuple[ModuleKey, ...]] = {
            machine: (("rotor", rotor),) for machine, rotor in self.programme.kit.rotor_of.items()
        }
        included: Mapping[ModuleKey, tuple[ModuleKey, ...]] = {
            ("machine", machine.name): (("lamination", machine.lamination.name), *rotors.get(machine.name, ()))
            for machine in self.programme.kit.kit.machines
        }
        kit = tuple(
            self._module(key, development, included.get(key, ()), self._value(key))
            for key, development in self.programme.kit.developments.items()
        )
        classes = {pack.name: pack.development for pack in self.programme.header.battery_packs}
        packs = tuple(
            self._module((BATTERY_PACK, name), classes[name], (), kwh * self.book.battery)
            if name in classes
            else Module((BATTERY_PACK, name), value=kwh * self.book.battery)
            for name, kwh in self.packs().items()
        )
        return (*kit, *packs)

    def _module(
        self, key: ModuleKey, development: Development, includes: tuple[ModuleKey, ...], value: float
    ) -> Module:
        limited = any(partner.teams for partner in self.programme.header.partners)
        return Module(
            key,
            development=development.cost,
            tooling=development.tooling,
            earliest=max(0, development.available_from - self.programme.header.base_year),
            effort=dict(development.effort) if limited else {},
            parent=None if development.parent is None else (key[0], development.parent),
            carry_over=development.carry_over,
            includes=includes,
            value=value,
        )

    def _value(self, key: ModuleKey) -> float:
        """What a module is worth when it leaves the plant: its law, or from below what is bought for it."""
        rating = self.ratings.get(key)
        if rating is None:
            return 0.0
        if isinstance(self.book, LawBook):
            return module_law(self.book, key, rating)
        return sum(
            bottom_up_price(self.book, part, rating) for part in self.programme.parts if _contains(key, rating, part)
        )

    def units(self) -> tuple[PlanUnit, ...]:
        """The kit's drive units, then the packs. What a machine includes comes with it."""
        of = self.programme.kit.modules_of
        drives = tuple(
            PlanUnit(unit.name, tuple((key, 1) for key in of(unit) if key[0] not in ("lamination", "rotor")))
            for unit in self.programme.kit.units
        )
        return (*drives, *(PlanUnit(name, (((BATTERY_PACK, name), 1),)) for name in self.packs()))

    # ---- what the cars may take --------------------------------------------------------------------------------------------------

    def slots(
        self, vehicle: VehicleProgramme, table: VehicleTable, units: Sequence[PlanUnit], dropped: frozenset[str]
    ) -> tuple[Slot, ...]:
        """One slot for each stage of a vehicle's life; a later one may also take what has become available by then."""
        base = self.programme.header.base_year
        position = {unit.id: index for index, unit in enumerate(units)}
        fronts = np.array([position.get(name, -1) for name in table.fronts], dtype=np.int64)
        rears = np.array([position.get(name, -1) for name in table.rears], dtype=np.int64)
        # A demand of the vehicle's owner may be dropped; that a unit fits the voltage and can drive at all may not.
        allowed = table.holding(dropped - {VOLTAGE, ABLE})
        kit = {unit.name: unit for unit in self.programme.kit.units}
        pack = self.pack_of(vehicle)
        found: list[Slot] = []
        for stage, year in enumerate(vehicle.stage_years):
            delay = vehicle.latest_delay if stage == 0 else 0
            front_there = self._in_time(kit, table.fronts, year + delay)
            rear_there = self._in_time(kit, table.rears, year + delay)
            i, j = np.nonzero(allowed & front_there[:, None] & rear_there[None, :])
            axles = (("front", fronts[i]), ("rear", rears[j]))
            columns: list[tuple[str, IntArray]] = [(axle, of) for axle, of in axles if axle in vehicle.driven_axles]
            if pack is not None:
                columns.append((BATTERY_POSITION, np.full(len(i), position[pack], dtype=np.int64)))
            per_car, reported = self._per_car(vehicle, table, i, j)
            found.append(
                Slot(
                    id=vehicle.id if stage == 0 else f"{vehicle.id}/{year}",
                    vehicle=vehicle.id,
                    site=self.site_of(vehicle),
                    start=year - base,
                    positions=tuple(name for name, _ in columns),
                    units=np.column_stack([of for _, of in columns]).reshape(len(i), len(columns)),
                    per_car=per_car,
                    reported=reported,
                    latest_delay=delay,
                    lost_per_car=vehicle.lost_margin if delay else 0.0,
                    follows=found[-1].id if found else None,
                    change_cost=vehicle.stages[stage - 1].change_cost if stage else 0.0,
                )
            )
        return tuple(found)

    def _in_time(self, kit: Mapping[str, DriveUnit], names: Sequence[str], year: int) -> NDArray[np.bool_]:
        """Which units of a table's axis have all their modules by a year."""
        there = self.programme.kit.available_from
        return np.array([name == NO_UNIT or there(kit[name]) <= year for name in names], dtype=bool)

    def _per_car(
        self, vehicle: VehicleProgramme, table: VehicleTable, i: IntArray, j: IntArray
    ) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """What each option costs a car beside its drive, and what it makes a car use."""
        frugal = table.holding(frozenset(demand.id for demand in table.demands if demand.id not in (VOLTAGE, ABLE)))
        consumption = table.figures["wltp_dc"]
        least = float(np.nanmin(np.where(frugal, consumption, np.inf), initial=np.inf))
        more_kwh = np.maximum(0.0, (consumption[i, j] - least) * vehicle.range_target / _KM / _WH_PER_KWH)
        per_car = {EXTRA_BATTERY: more_kwh * self.book.battery}
        use = self.programme.header.customer
        if use is None:
            return per_car, {}
        energy_kwh = table.figures["wltp_consumption"][i, j] * use.lifetime_distance / _KM / _WH_PER_KWH
        reported = {ENERGY_KWH: energy_kwh}
        if CUSTOMER_ENERGY in use.priced and use.electricity_price is not None:
            per_car[CUSTOMER_ENERGY] = energy_kwh * use.electricity_price
        if use.grid_carbon is not None or use.battery_carbon is not None or use.material_carbon:
            carbon = energy_kwh * (use.grid_carbon or 0.0) + more_kwh * (use.battery_carbon or 0.0)
            carbon = carbon + self._unit_carbon(use, table.fronts)[i] + self._unit_carbon(use, table.rears)[j]
            reported[CARBON_KG] = carbon
            if CARBON in use.priced and use.carbon_price is not None:
                per_car[CARBON] = carbon * use.carbon_price
        return per_car, reported

    def _unit_carbon(self, use: CustomerUse, names: Sequence[str]) -> FloatArray:
        """Carbon (kg) in the materials of each unit of a table's axis."""
        carbon = {
            key: sum(mass * use.material_carbon.get(material, 0.0) for material, mass in rating.materials.items())
            for key, rating in self.ratings.items()
        }
        unit = {unit.name: sum(carbon.get(key, 0.0) for key in modules_of(unit)) for unit in self.programme.kit.units}
        return np.array([unit.get(name, 0.0) for name in names])

    # ---- what is bought ----------------------------------------------------------------------------------------------------------

    def parts(self) -> tuple[PlanPart, ...]:
        """The bought parts, priced by the book."""
        return tuple(
            PlanPart(part.id, _part_prices(part, self.book, self.ratings), part.largest_share, part.most_suppliers)
            for part in self.programme.parts
        )

    def offers(self) -> tuple[PlanOffer, ...]:
        """Every supplier's offers, landed in the zones of the members and of their plants."""
        zones = {member.customs_zone for member in self.members} | {self.zone_of(plant) for plant in self.plants}
        return tuple(
            PlanOffer(
                supplier.id,
                offer.part,
                offer.price_factor,
                offer.capacity_per_partner,
                {zone: offer.landed[zone] for zone in sorted(zones)},
                terms=f"{supplier.id}/{offer.terms or offer.part}",
                least=offer.least,
                tooling=offer.tooling,
                step_down=offer.step_down,
                origin=offer.origin or supplier.region,
            )
            for supplier in self.programme.suppliers
            for offer in supplier.offers
        )

    def duties(self) -> tuple[Duty, ...]:
        """The stated duties between zones that the members' plants and sites lie in."""
        origins = {self.zone_of(plant) for plant in self.plants}
        destinations = {site.zone for site in self.sites}
        return tuple(
            self._duty(duty)
            for duty in self.programme.header.duties
            if duty.origin in origins and duty.destination in destinations
        )

    def _duty(self, duty: DutyProgramme) -> Duty:
        """Rate and largest foreign share by year; a change of heading counts only if no foreign part on offer stands against it."""
        years = self.programme.header.years
        since = years.start if duty.from_year is None else duty.from_year
        rate = tuple(duty.rate if year >= since else 0.0 for year in years)
        if duty.rule is None or duty.heading is None:
            return Duty(duty.kind, duty.origin, duty.destination, rate, (duty.most_foreign,) * len(years))
        foreign = self._foreign_headings(duty)
        most = tuple(max_nonoriginating(duty.heading, year, foreign) for year in years)
        return Duty(duty.kind, duty.origin, duty.destination, rate, most)

    def _foreign_headings(self, duty: DutyProgramme) -> tuple[str, ...]:
        """Headings of the parts of a kind that some supplier offers from elsewhere; none if one of them states no heading."""
        near = {duty.origin, *self.programme.header.cumulation.get(duty.origin, ())}
        headings: list[str] = []
        for part in self.programme.parts:
            if part.module_kind != duty.kind:
                continue
            offers = ((s.region, o) for s in self.programme.suppliers for o in s.offers if o.part == part.id)
            if any((offer.origin or region) not in near for region, offer in offers):
                if part.heading is None:
                    return ()
                headings.append(part.heading)
        return tuple(headings)


def _scenarios(programme: Programme, scenarios: Sequence[Scenario], slots: Sequence[Slot]) -> tuple[PlanScenario, ...]:
    """Whole cars by slot and year, and probabilities that add up to 1."""
    likely = sum(scenario.probability for scenario in scenarios)
    if likely <= 0.0:
        raise ValueError(
            f"scenarios of no probability: {', '.join(scenario.id for scenario in scenarios) or 'none named'}"
        )
    years = programme.header.years
    ends = {slot.follows: slot.start for slot in slots if slot.follows is not None}
    found = []
    for scenario in scenarios:
        volumes = {}
        for slot in slots:
            vehicle = programme.vehicle(slot.vehicle)
            end = ends.get(slot.id, len(years))
            volumes[slot.id] = tuple(
                float(round(vehicle.volumes.get(year, 0) * scenario.factor(vehicle, year)))
                if slot.start <= t < end
                else 0.0
                for t, year in enumerate(years)
            )
        found.append(PlanScenario(scenario.id, scenario.probability / likely, volumes))
    return tuple(found)


def _terms(programme: Programme) -> tuple[Terms, ...]:
    """Each offer's own tiers as terms of one offer, and the suppliers' terms over several."""
    found = []
    for supplier in programme.suppliers:
        for offer in supplier.offers:
            if offer.terms is None:
                tiers = tuple((tier.from_volume, tier.discount) for tier in offer.tiers)
                found.append(Terms(f"{supplier.id}/{offer.part}", "all units", "pieces", tiers))
        found.extend(Terms(f"{supplier.id}/{t.id}", t.kind, t.basis, t.starts) for t in supplier.terms)
    return tuple(found)


def _line(plant: Plant, line: Line) -> PlanLine:
    return PlanLine(
        plant.id,
        line.process,
        line.capacity,
        line.existing,
        line.most,
        line.capital,
        line.yearly_cost,
        line.labour_cost,
        lead=line.lead,
        ramp=line.ramp_up,
        shifts=tuple(Shift(shift.id, shift.output, shift.yearly_cost) for shift in line.shifts),
        learning=tuple((step.from_pieces, step.factor) for step in line.learning) or ((0.0, 1.0),),
        overflow_cost=line.overflow_cost,
    )


def _under_a_law(instance: PlanInstance, coalition: _Coalition, exponent: float) -> PlanInstance:
    """The same problem with every drive module priced by a power of its volume, and nothing bought as parts."""
    priced = isinstance(coalition.book, LawBook)
    modules = tuple(
        replace(module, law=VolumeLaw(module.value, exponent, REFERENCE_VOLUME))
        if module.key in coalition.ratings
        else module
        for module in instance.modules
    )
    kinds = tuple(Kind(kind.id) if priced and kind.id in ("machine", "gear") else kind for kind in instance.kinds)
    processes = {kind.process for kind in kinds}
    return replace(
        instance,
        title=f"{instance.title}, volume exponent {exponent:g}",
        modules=modules,
        kinds=kinds,
        parts=(),
        terms=(),
        offers=(),
        lines=tuple(line for line in instance.lines if line.process in processes),
        duties=tuple(duty for duty in instance.duties if duty.kind in processes),
    )


def _contains(key: ModuleKey, rating: ModuleRating, part: Part) -> bool:
    return key[0] == part.module_kind and part.only_for in (None, rating.variant)


def _part_prices(part: Part, book: Book, ratings: Mapping[ModuleKey, ModuleRating]) -> dict[ModuleKey, float]:
    """Price of one part in each module that contains it, before a supplier's factor and discount."""
    prices = {}
    for key, rating in ratings.items():
        if _contains(key, rating, part):
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
