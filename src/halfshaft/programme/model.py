"""What the partners bring: the frozen form of a programme.

Vehicles and their volumes, requirements, the kit of modules, suppliers and their tiers, plants and their lines, cost books, adoption
scenarios. Every number is SI or the programme's currency. Nothing here is a result, and nothing is computed beyond unpacking what is
written; a discount factor is the one exception, since two rooms need the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from halfshaft.programme.fields import (
    Acceleration,
    Area,
    Duration,
    Effort,
    Energy,
    EnergyPerKm,
    Factor,
    Force,
    ForcePerSpeed,
    ForcePerSpeed2,
    Heading,
    Id,
    Length,
    Mass,
    MassPerEnergy,
    MassPerMass,
    Money,
    MoneyPerEnergy,
    MoneyPerHour,
    MoneyPerMass,
    MoneyPerPiece,
    MoneyPerPower,
    MoneyPerYear,
    Name,
    Pieces,
    PiecesPerYear,
    Power,
    Resistance,
    Share,
    Speed,
    Strict,
    Voltage,
    Year,
)

Axle = Literal["front", "rear"]
ModuleKind = Literal["lamination", "machine", "inverter", "gear", "rotor", "housing"]
MODULE_KINDS: tuple[ModuleKind, ...] = get_args(ModuleKind)
BoughtKind = Literal["machine", "inverter", "gear"]
Process = Literal["machine", "gear", "battery_pack"]


# Kinds of module on which duty may be due: what is shipped from a plant to a car's site.
ShippedKind = Literal["machine", "gear", "battery_pack"]


class Partner(Strict):
    """One of the car makers. `customs_zone` decides which duty its bought parts bear.

    `teams` gives the hours of each skill that its engineers have in each calendar year, which may lie before the base year. A programme
    without any teams does not limit development by hours.
    """

    id: Id
    name: Name
    customs_zone: Name
    teams: Mapping[Id, Mapping[Year, Effort]] = {}


class SiteProgramme(Strict):
    """Where a partner's cars are assembled, and in which customs zone."""

    id: Id
    name: Name
    partner: Id
    country: Name
    customs_zone: Name


class DutyProgramme(Strict):
    """Duty on a kind of module between two zones, as a share of its value, from the year `from_year` on.

    With `rule: tca` the agreement's rule for `heading` decides what may be foreign (see `halfshaft.programme.origin`); `most_foreign`
    states a share instead. Without either there is no preference.
    """

    kind: ShippedKind
    origin: Name
    destination: Name
    rate: Share
    from_year: Year | None = None
    rule: Literal["tca"] | None = None
    heading: Heading | None = None
    most_foreign: Share | None = None

    @model_validator(mode="after")
    def _rule(self) -> DutyProgramme:
        if self.rule is not None and self.heading is None:
            raise ValueError("a rule of origin needs the `heading` of the good")
        if self.rule is not None and self.most_foreign is not None:
            raise ValueError("state `rule` or `most_foreign`, not both")
        if self.origin == self.destination:
            raise ValueError(f"no duty is due within a zone ({self.origin})")
        return self


class CustomerUse(Strict):
    """What a car's customer pays and emits over its life. Counted for every car; paid by the programme only where it is `priced`.

    Energy is from the wall: WLTC consumption times `lifetime_distance`. `grid_carbon` is kg of CO2 for a kWh from the wall,
    `battery_carbon` for a kWh of battery, `material_carbon` for a kg of each material of the units' bills. Money is not discounted: it is
    what the customer would pay for it when buying the car.
    """

    lifetime_distance: Length
    electricity_price: MoneyPerEnergy | None = None
    grid_carbon: MassPerEnergy | None = None
    battery_carbon: MassPerEnergy | None = None
    material_carbon: Mapping[Name, MassPerMass] = {}
    carbon_price: MoneyPerMass | None = None
    priced: tuple[Literal["customer energy", "carbon"], ...] = ()

    @model_validator(mode="after")
    def _prices(self) -> CustomerUse:
        if "customer energy" in self.priced and self.electricity_price is None:
            raise ValueError("customer energy is priced, but there is no `electricity_price`")
        if "carbon" in self.priced and self.carbon_price is None:
            raise ValueError("carbon is priced, but there is no `carbon_price`")
        return self


class Contract(Strict):
    """Years over which a supplier's tier is agreed: the mean yearly volume over them decides the tier."""

    from_year: Year
    to_year: Year

    @property
    def years(self) -> range:
        """Production years of the contract."""
        return range(self.from_year, self.to_year + 1)


class VoltageClass(Strict):
    """A class of traction voltage and the voltage at which its units are evaluated (battery under load).

    An empty battery at full power gives ``minimum``, a full one at rest ``maximum``, where they are stated.
    """

    name: Voltage
    under_load: Voltage
    minimum: Voltage | None = None
    maximum: Voltage | None = None

    @model_validator(mode="after")
    def _ordered(self) -> VoltageClass:
        stated = [v for v in (self.minimum, self.under_load, self.maximum) if v is not None]
        if stated != sorted(stated):
            raise ValueError("minimum, under_load and maximum must not fall in this order")
        return self


class SolverSettings(Strict):
    """How far a plan must be proven: relative gap, and the time after which the best proven answer is taken."""

    gap: Share = 0.002
    time_limit: Duration = 40.0


class Sensitivity(Strict):
    """What a study answers beside its outlooks, so that no saving rests on one view of cost and demand.

    `exponents`: laws of volume under which every book's saving is planned again (-0.06 is about what whole lines of machines give, -0.245
    EPA OMEGA's learning). `tailored`: the saving against units tailored to each vehicle. `adoption`: one plan for all scenarios, and what
    each family costs more than the best one in each of them.
    """

    exponents: tuple[Annotated[float, Field(gt=-1.0, le=0.0)], ...] = (-0.06, -0.15, -0.245)
    tailored: bool = True
    adoption: bool = True


class FieldSettings(Strict):
    """How finely the field of the kit's machines is computed: currents over i_d, i_q and i_f, rotor positions, elements' order."""

    d_nodes: Annotated[int, Field(ge=4)] = 12
    q_nodes: Annotated[int, Field(ge=4)] = 12
    field_nodes: Annotated[int, Field(ge=4)] = 8
    positions: Annotated[int, Field(ge=1)] = 5
    order: Literal[1, 2] = 1
    divisions_per_pole: Annotated[int, Field(ge=12)] | None = None


class Driving(Strict):
    """How every car of the programme is driven, as far as nobody publishes it: see the fields of `halfshaft.vehicle.Vehicle`.

    What is not stated is assumed as certification assumes it (see `halfshaft.certification.Assumptions`). ``switching_power`` is what a
    unit draws while its inverter switches, above its map.
    """

    rotating_mass_factor: Annotated[Factor, Field(ge=1)]
    regen_fade_low: Speed
    regen_fade_high: Speed
    max_regen_deceleration: Acceleration
    auxiliary_power: Power = 100.0
    switching_power: Power = 200.0
    recuperated_share: Share = 0.84
    launch_rise: Duration = 0.3


class Development(Strict):
    """What it takes to bring a module into being, and when it may be used.

    `carry_over` is the share of the development, in money and in hours, that need not be done again where the parent is developed too.
    `effort` is in hours of each skill, out of the partners' teams.
    """

    cost: Money
    tooling: Money
    available_from: Year
    parent: Name | None = None
    carry_over: Share = 0.0
    effort: Mapping[Id, Effort] = {}


class PackClass(Strict):
    """A class of battery packs: built for every car whose usable energy is at most `up_to` and above the class before.

    With a `voltage_class` it is for cars of that class alone.
    """

    name: Name
    up_to: Energy
    voltage_class: Voltage | None = None
    development: Development

    def holds(self, usable_energy: float, voltage_class: float) -> bool:
        """Whether a battery of so many Wh in a car of this voltage class (V) may be of this class of packs."""
        return usable_energy <= self.up_to and self.voltage_class in (None, voltage_class)


class Header(Strict):
    """programme.yaml: names, calendar, money and the questions of the study.

    `cross_supply` lists pairs (plants' partner, cars' partner); a partner always supplies itself. `cumulation` lists, by zone, the zones
    whose parts count as originating there. `battery_packs` are classes of pack size; without any, batteries alike share a pack.
    """

    name: Name
    summary: Name
    currency: Literal["EUR", "USD", "GBP"]
    price_year: Year
    base_year: Year
    last_year: Year
    discount_rate: Share
    exchange: Mapping[Literal["EUR", "USD", "GBP"], Factor] = {}
    partners: tuple[Partner, ...] = Field(min_length=1)
    contracts: tuple[Contract, ...] = Field(min_length=1)
    voltage_classes: tuple[VoltageClass, ...] = Field(min_length=1)
    driving: Driving
    reference_book: Id
    reference_scenario: Id
    solver: SolverSettings = SolverSettings()
    sensitivity: Sensitivity = Sensitivity()
    fields: FieldSettings = FieldSettings()
    sites: tuple[SiteProgramme, ...] = ()
    cross_supply: tuple[tuple[Id, Id], ...] = ()
    duties: tuple[DutyProgramme, ...] = ()
    cumulation: Mapping[Name, tuple[Name, ...]] = {}
    battery_packs: tuple[PackClass, ...] = ()
    customer: CustomerUse | None = None

    @property
    def under_load_v(self) -> dict[float, float]:
        """Voltage under load of each voltage class, by the class."""
        return {c.name: c.under_load for c in self.voltage_classes}

    @property
    def years(self) -> range:
        """Production years of the programme."""
        return range(self.base_year, self.last_year + 1)

    @model_validator(mode="after")
    def _calendar(self) -> Header:
        if self.last_year < self.base_year:
            raise ValueError(f"last_year {self.last_year} lies before base_year {self.base_year}")
        covered = [year for contract in self.contracts for year in contract.years]
        if covered != list(self.years):
            raise ValueError(
                f"contracts must cover {self.base_year} to {self.last_year} once each and in order; they cover {covered}"
            )
        return self


class RoadLoadCoefficients(Strict):
    """Road load as a certification list states it: F = a + b v + c v^2."""

    a: Force
    b: ForcePerSpeed
    c: ForcePerSpeed2


class RoadLoadDrag(Strict):
    """Road load from drag coefficient, frontal area and rolling resistance."""

    drag_coefficient: Factor
    frontal_area: Area
    rolling_resistance: Factor


class BatteryPack(Strict):
    """Traction battery as the vehicle room needs it."""

    usable_energy: Energy
    open_circuit_voltage: Voltage
    resistance: Resistance
    discharge_power: Power
    charge_power: Power
    charging_efficiency: Share


class Certified(Strict):
    """Measured figures of the car as it was sold, to be held against: AC consumption, unadjusted."""

    udds: EnergyPerKm | None = None
    hwfet: EnergyPerKm | None = None
    wltp: EnergyPerKm | None = None
    acceleration_0_100: Duration | None = None
    top_speed: Speed | None = None


class Stage(Strict):
    """A facelift: from `year` on another unit may be taken, which costs `change_cost` once."""

    year: Year
    change_cost: Money = 0.0


class VehicleProgramme(Strict):
    """One vehicle of one partner: what the drive must move, and how many of it in which year.

    `stages` are the facelifts after the first year. The launch may slip by up to `latest_delay` years; each car not built meanwhile costs
    `lost_margin`. Without an `assembly_site` its plants' plain logistics cost holds.
    """

    id: Id
    name: Name
    partner: Id
    driven_axles: tuple[Axle, ...] = Field(min_length=1, max_length=2)
    test_mass: Mass
    performance_mass: Mass
    road_load: RoadLoadCoefficients | RoadLoadDrag
    tyre_radius: Length
    front_mass_share: Share
    wheelbase: Length
    centre_of_gravity_height: Length
    tyre_adhesion: Factor
    auxiliary_power: Annotated[Power | None, Field(description="where it is not that of all cars")] = None
    battery: BatteryPack
    voltage_class: Voltage
    speed_limit: Speed | None = None
    range_target: Annotated[Length, Field(description="range that the battery must give on WLTC")]
    volumes: Mapping[Year, Annotated[int, Field(ge=0)]] = Field(min_length=1)
    certified: Certified = Certified()
    as_built: Mapping[Axle, Name] = {}
    stages: tuple[Stage, ...] = ()
    latest_delay: Annotated[int, Field(ge=0)] = 0
    lost_margin: MoneyPerPiece = 0.0
    assembly_site: Id | None = None

    @property
    def stage_years(self) -> tuple[int, ...]:
        """First year of each stage of its life: the launch and the facelifts."""
        return (self.sop, *(stage.year for stage in self.stages))

    @property
    def sop(self) -> int:
        """First production year."""
        return min(self.volumes)

    @property
    def eop(self) -> int:
        """Last production year."""
        return max(self.volumes)

    @model_validator(mode="after")
    def _axles(self) -> VehicleProgramme:
        if len(set(self.driven_axles)) != len(self.driven_axles):
            raise ValueError("an axle is named twice in driven_axles")
        if self.as_built and set(self.as_built) != set(self.driven_axles):
            raise ValueError("as_built must name a unit for every driven axle, or none")
        years = [self.sop, *(stage.year for stage in self.stages), self.eop + 1]
        if any(later <= earlier for earlier, later in pairwise(years)):
            raise ValueError(f"stages must lie in growing order after {self.sop} and not after {self.eop}")
        if self.latest_delay >= years[1] - years[0]:
            raise ValueError(f"latest_delay must be shorter than the first stage, {years[1] - years[0]} year(s)")
        return self


Quantity = Literal[
    "acceleration_0_100",
    "top_speed",
    "gradeability",
    "wltp_consumption",
    "continuous_power",
    "unit_length",
    "unit_diameter",
    "unit_mass",
    "rare_earth_mass",
]

# Unit of each requirement quantity, in SI, and as the trade writes it: (symbol, factor from SI to trade).
QUANTITY_UNITS: Mapping[Quantity, tuple[str, str, float]] = {
    "acceleration_0_100": ("s", "s", 1.0),
    "top_speed": ("m/s", "km/h", 3.6),
    "gradeability": ("1", "%", 100.0),
    "wltp_consumption": ("Wh/km", "Wh/km", 1.0),
    "continuous_power": ("W", "kW", 1e-3),
    "unit_length": ("m", "mm", 1e3),
    "unit_diameter": ("m", "mm", 1e3),
    "unit_mass": ("kg", "kg", 1.0),
    "rare_earth_mass": ("kg", "kg", 1.0),
}

Relation = Literal["at_least", "at_most"]


class Requirement(Strict):
    """One demand: a quantity of a vehicle (or of its unit on an axle), a relation, a value and an owner (convention 11)."""

    id: Name
    owner: Id
    vehicle: Id
    quantity: Quantity
    relation: Relation
    value: float
    axle: Axle | None = None


class Tier(Strict):
    """An all-units tier: from this mean yearly volume on, the discount holds for every piece."""

    from_volume: PiecesPerYear
    discount: Share


class TermsTier(Strict):
    """A tier over several offers: the discount that holds from a mean number of pieces, or a mean spend at list price, a year."""

    from_volume: PiecesPerYear | None = None
    from_spend: MoneyPerYear | None = None
    discount: Share


class TermsSchedule(Strict):
    """Discounts that one supplier gives on several of its offers together.

    "all units": the tier reached holds for everything. "incremental": each tier holds for what exceeds its start, and counts money. `basis`
    says what is counted.
    """

    id: Id
    kind: Literal["all units", "incremental"] = "all units"
    basis: Literal["pieces", "money"] = "pieces"
    tiers: tuple[TermsTier, ...] = Field(min_length=1)

    @property
    def starts(self) -> tuple[tuple[float, float], ...]:
        """(Yearly mean from which it holds, discount) of each tier."""
        counted = [tier.from_volume if self.basis == "pieces" else tier.from_spend for tier in self.tiers]
        return tuple((float(start or 0.0), tier.discount) for start, tier in zip(counted, self.tiers, strict=True))

    @model_validator(mode="after")
    def _tiers(self) -> TermsSchedule:
        if self.kind == "incremental" and self.basis != "money":
            raise ValueError("incremental tiers count money: state `basis: money` and `from_spend`")
        key, other = ("from_volume", "from_spend") if self.basis == "pieces" else ("from_spend", "from_volume")
        for tier in self.tiers:
            if getattr(tier, key) is None or getattr(tier, other) is not None:
                raise ValueError(f"tiers that count {self.basis} are given by `{key}` alone")
        if self.starts[0] != (0.0, 0.0):
            raise ValueError(f"the first tier must start at 0 with a discount of 0 %, it is {self.starts[0]}")
        for lower, upper in pairwise(self.starts):
            if upper[0] <= lower[0] or upper[1] <= lower[1]:
                raise ValueError("start and discount must grow from tier to tier")
        return self


class Part(Strict):
    """A bought part: every module of `module_kind` (with these properties) contains one set of it.

    `most_suppliers` bounds how many suppliers each partner has for it in a contract. `heading` is its tariff heading.
    """

    id: Id
    name: Name
    module_kind: BoughtKind
    only_for: Literal["field_winding", "permanent_magnet", "igbt", "sic"] | None = None
    largest_share: Annotated[Share, Field(gt=0)] = 1.0
    most_suppliers: Annotated[int, Field(ge=1)] | None = None
    heading: Heading | None = None


class Offer(Strict):
    """What one supplier asks for one part: a factor on the cost book's price, tiers, capacity for each partner, duty and freight.

    Discounts are the offer's own `tiers`, or the supplier's `terms` over several offers. Used in a contract, it delivers at least `least`
    pieces a year in the mean. `tooling` is paid once; the price falls by `step_down` each year. `origin` is the zone that the part comes
    from, the supplier's region where it is not stated.
    """

    part: Id
    price_factor: Annotated[Factor, Field(gt=0)]
    tiers: tuple[Tier, ...] = ()
    capacity_per_partner: PiecesPerYear
    landed: Mapping[Name, Factor]
    terms: Id | None = None
    least: PiecesPerYear = 0.0
    tooling: Money = 0.0
    step_down: Share = 0.0
    origin: Name | None = None

    @model_validator(mode="after")
    def _tiers(self) -> Offer:
        if bool(self.tiers) == (self.terms is not None):
            raise ValueError("state the offer's own `tiers`, or the supplier's `terms` by their id, and not both")
        if self.least > self.capacity_per_partner:
            raise ValueError(
                f"`least` ({self.least:g}) is above the capacity ({self.capacity_per_partner:g} pieces/year)"
            )
        if self.tiers and self.tiers[0].from_volume != 0.0:
            raise ValueError("the first tier must start at 0 pieces/year")
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if upper.from_volume <= lower.from_volume:
                raise ValueError("tiers must be listed by growing volume")
            if upper.discount < lower.discount:
                raise ValueError("an all-units discount may not fall with volume")
        return self


class Supplier(Strict):
    """A supplier, its offers, and the terms that hold over several of them."""

    id: Id
    name: Name
    region: Name
    offers: tuple[Offer, ...] = Field(min_length=1)
    terms: tuple[TermsSchedule, ...] = ()


class ShiftModel(Strict):
    """A way to run a line longer: its output as a multiple of the plain one, and what that costs for each line and year."""

    id: Id
    output: Annotated[Factor, Field(gt=1)]
    yearly_cost: MoneyPerYear


class LearningStep(Strict):
    """From so many cumulative pieces on, the labour of a piece is `factor` of what is stated."""

    from_pieces: Pieces
    factor: Annotated[Factor, Field(gt=0)]


class Line(Strict):
    """Lines of one process at one plant: how many stand, how many may, what one costs and yields.

    An added line is there `lead` years after it was ordered and gives `ramp[a]` of its capacity in its a-th year, all of it after;
    `first_year_output` is a ramp of one year. `overflow_cost` is paid for each piece beyond what the lines can make (weekends, a contract
    maker); without it there is no such way out.
    """

    process: Process
    capacity: Annotated[PiecesPerYear, Field(gt=0)]
    existing: Annotated[int, Field(ge=0)]
    most: Annotated[int, Field(ge=0)]
    capital: Money
    first_year_output: Share | None = None
    ramp: tuple[Share, ...] = ()
    lead: Annotated[int, Field(ge=0)] = 0
    yearly_cost: MoneyPerYear
    labour_time: Duration
    wage: MoneyPerHour
    shifts: tuple[ShiftModel, ...] = ()
    learning: tuple[LearningStep, ...] = ()
    overflow_cost: MoneyPerPiece | None = None

    @property
    def ramp_up(self) -> tuple[float, ...]:
        """Share of its capacity that an added line gives in each of its first years."""
        return self.ramp if self.first_year_output is None else (self.first_year_output,)

    @property
    def labour_cost(self) -> float:
        """Labour of one piece, in the programme's currency."""
        return self.labour_time / 3600.0 * self.wage

    @model_validator(mode="after")
    def _counts(self) -> Line:
        if self.most < self.existing:
            raise ValueError(f"`most` ({self.most}) is below `existing` ({self.existing})")
        if self.ramp and self.first_year_output is not None:
            raise ValueError("state `ramp` or `first_year_output`, not both")
        if list(self.ramp) != sorted(self.ramp):
            raise ValueError("a ramp may not fall")
        steps = [(step.from_pieces, step.factor) for step in self.learning]
        if steps and steps[0][0] != 0.0:
            raise ValueError("the first step of `learning` must start at 0 pieces")
        for lower, upper in pairwise(steps):
            if upper[0] <= lower[0] or upper[1] > lower[1]:
                raise ValueError("`learning` must be listed by growing pieces, and labour may not grow with them")
        if [shift.output for shift in self.shifts] != sorted({shift.output for shift in self.shifts}):
            raise ValueError("`shifts` must be listed by growing output")
        return self


class Published(Strict):
    """A published fact about a plant, shown beside the plan and used nowhere."""

    what: Name
    text: Name


class Plant(Strict):
    """A plant of one partner with its lines.

    `logistics` is the cost of shipping a piece to its own partner's cars; `lanes` states it by site, and alone opens a lane to another
    partner's site. `holding_cost` is for a piece held over from one period of a year to the next. Its zone is its partner's where none is
    stated.
    """

    id: Id
    name: Name
    partner: Id
    country: Name
    customs_zone: Name | None = None
    logistics: MoneyPerPiece
    lanes: Mapping[Id, MoneyPerPiece] = {}
    holding_cost: MoneyPerPiece = 0.0
    lines: tuple[Line, ...] = Field(min_length=1)
    published: tuple[Published, ...] = ()


class Law(Strict):
    """A cost law: so much for each piece and so much for each kW."""

    fixed: MoneyPerPiece
    per_power: MoneyPerPower


class LawBook(Strict):
    """A cost book that prices whole modules by power, and states which share of that is bought as which part.

    The share that is not bought is the maker's own work; the plan replaces it by lines, labour and tooling.
    """

    kind: Literal["law"]
    id: Id
    name: Name
    battery: MoneyPerEnergy
    machine: Mapping[Literal["field_winding", "permanent_magnet"], Law]
    inverter: Mapping[Literal["igbt", "sic"], Law]
    gear: Law
    bought_share: Mapping[Id, Share]


class MaterialPrice(Strict):
    """Price of a material, with the scrap that its process makes."""

    price: MoneyPerMass
    scrap: Share = 0.0


class BottomUpPart(Strict):
    """A bought part from below: materials of the module's bill, times overhead, plus what does not depend on mass."""

    materials: tuple[Name, ...] = ()
    add_on: MoneyPerPiece = 0.0
    per_power: MoneyPerPower = 0.0


class BottomUpBook(Strict):
    """A cost book from materials and add-ons."""

    kind: Literal["bottom_up"]
    id: Id
    name: Name
    battery: MoneyPerEnergy
    overhead: Share
    materials: Mapping[Name, MaterialPrice]
    parts: Mapping[Id, BottomUpPart]


CostBook = Annotated[LawBook | BottomUpBook, Field(discriminator="kind")]


class Scenario(Strict):
    """A course of demand: a factor on the volumes of every partner, by year, and how likely it is beside the others.

    Factors of a partner and of a vehicle multiply those of everyone. A scenario of the kind "programme" is one that hits single programmes,
    such as a car that reaches a quarter of its plan while adoption goes on.
    """

    id: Id
    name: Name
    factors: Mapping[Year, Factor]
    kind: Literal["adoption", "programme"] = "adoption"
    probability: Share = 1.0
    partners: Mapping[Id, Mapping[Year, Factor]] = {}
    vehicles: Mapping[Id, Mapping[Year, Factor]] = {}

    def factor(self, vehicle: VehicleProgramme, year: int) -> float:
        """Share of a vehicle's planned volume in a year. Raises KeyError for a year that the scenario does not state."""
        own = self.vehicles.get(vehicle.id, {}).get(year, 1.0)
        return float(self.factors[year] * self.partners.get(vehicle.partner, {}).get(year, 1.0) * own)
