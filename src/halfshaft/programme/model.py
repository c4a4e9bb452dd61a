"""What the partners bring: the frozen form of a programme.

Vehicles and their volumes, requirements, the kit of modules, suppliers and their tiers, plants and their lines, cost books, adoption
scenarios. Every number is SI or the programme's currency. Nothing here is a result, and nothing is computed beyond unpacking what is
written; a discount factor is the one exception, since two rooms need the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from halfshaft.programme.fields import (
    Acceleration,
    Area,
    Duration,
    Energy,
    EnergyPerKm,
    Factor,
    Force,
    ForcePerSpeed,
    ForcePerSpeed2,
    Id,
    Length,
    Mass,
    Money,
    MoneyPerEnergy,
    MoneyPerHour,
    MoneyPerMass,
    MoneyPerPiece,
    MoneyPerPower,
    MoneyPerYear,
    Name,
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
ModuleKind = Literal["lamination", "machine", "inverter", "gear"]
MODULE_KINDS: tuple[ModuleKind, ...] = get_args(ModuleKind)
BoughtKind = Literal["machine", "inverter", "gear"]
Process = Literal["machine", "gear", "battery_pack"]


class Partner(Strict):
    """One of the car makers. `customs_zone` decides which duty its bought parts bear."""

    id: Id
    name: Name
    customs_zone: Name


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


class Header(Strict):
    """programme.yaml: names, calendar, money and the questions of the study."""

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
    fields: FieldSettings = FieldSettings()

    @property
    def under_load_v(self) -> dict[float, float]:
        """Voltage under load of each voltage class, by the class."""
        return {c.name: c.under_load for c in self.voltage_classes}

    @property
    def years(self) -> range:
        """Production years of the programme."""
        return range(self.base_year, self.last_year + 1)

    def discount_factor(self, year: int) -> float:
        """Present value of one unit of money paid at the end of `year` (convention 10)."""
        return float((1.0 + self.discount_rate) ** -(year - self.base_year + 1))

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


class VehicleProgramme(Strict):
    """One vehicle of one partner: what the drive must move, and how many of it in which year."""

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


class Development(Strict):
    """What it takes to bring a module into being, and when it may be used.

    `carry_over` is the share of the development that need not be done again where the parent is developed too.
    """

    cost: Money
    tooling: Money
    available_from: Year
    parent: Name | None = None
    carry_over: Share = 0.0


class Tier(Strict):
    """An all-units tier: from this mean yearly volume on, the discount holds for every piece."""

    from_volume: PiecesPerYear
    discount: Share


class Part(Strict):
    """A bought part: every module of `module_kind` (with these properties) contains one set of it."""

    id: Id
    name: Name
    module_kind: BoughtKind
    only_for: Literal["field_winding", "permanent_magnet", "igbt", "sic"] | None = None
    largest_share: Annotated[Share, Field(gt=0)] = 1.0


class Offer(Strict):
    """What one supplier asks for one part: a factor on the cost book's price, tiers, capacity for each partner, duty and freight."""

    part: Id
    price_factor: Annotated[Factor, Field(gt=0)]
    tiers: tuple[Tier, ...] = Field(min_length=1)
    capacity_per_partner: PiecesPerYear
    landed: Mapping[Name, Factor]

    @model_validator(mode="after")
    def _tiers(self) -> Offer:
        if self.tiers[0].from_volume != 0.0:
            raise ValueError("the first tier must start at 0 pieces/year")
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if upper.from_volume <= lower.from_volume:
                raise ValueError("tiers must be listed by growing volume")
            if upper.discount < lower.discount:
                raise ValueError("an all-units discount may not fall with volume")
        return self


class Supplier(Strict):
    """A supplier and its offers."""

    id: Id
    name: Name
    region: Name
    offers: tuple[Offer, ...] = Field(min_length=1)


class Line(Strict):
    """Lines of one process at one plant: how many stand, how many may, what one costs and yields."""

    process: Process
    capacity: Annotated[PiecesPerYear, Field(gt=0)]
    existing: Annotated[int, Field(ge=0)]
    most: Annotated[int, Field(ge=0)]
    capital: Money
    first_year_output: Share
    yearly_cost: MoneyPerYear
    labour_time: Duration
    wage: MoneyPerHour

    @property
    def labour_cost(self) -> float:
        """Labour of one piece, in the programme's currency."""
        return self.labour_time / 3600.0 * self.wage

    @model_validator(mode="after")
    def _counts(self) -> Line:
        if self.most < self.existing:
            raise ValueError(f"`most` ({self.most}) is below `existing` ({self.existing})")
        return self


class Published(Strict):
    """A published fact about a plant, shown beside the plan and used nowhere."""

    what: Name
    text: Name


class Plant(Strict):
    """A plant of one partner with its lines."""

    id: Id
    name: Name
    partner: Id
    country: Name
    logistics: MoneyPerPiece
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
    """An adoption path: a factor on the volumes of every partner, by year."""

    id: Id
    name: Name
    factors: Mapping[Year, Factor]
