"""The plan's question as data: who needs how many of what, what each choice costs, and which choices exist.

An instance knows no physics, no file and no screen. A *slot* is a vehicle during one stage of its life; it takes one of its *options*, a
choice of units for its positions (axles, battery). The plan sees a unit only as the modules it is made of: two units that share a module
share its development, its tools and the volume of its parts. What must be decided before demand is known (options, launches, lines) and
what may wait (purchases, output, shifts, origin claims) are kept apart, since the second exists once per scenario.

Money is in the programme's currency, not discounted; years and periods are indices; volumes are pieces. Running costs of a year are paid
at its end, capital at the beginning of the period in which it is ordered (convention 10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Kind and name, such as ("machine", "eesm_160").
ModuleKey = tuple[str, str]
BATTERY_PACK = "battery_pack"
BATTERY_POSITION = "battery"


@dataclass(frozen=True)
class Calendar:
    """Production years, the periods in them, and what money paid later is worth.

    `season` is the share of a year's volume that each of its periods takes; its length is the number of periods in a year.
    """

    first_year: int
    years: int
    discount_rate: float
    season: tuple[float, ...] = (1.0,)

    @property
    def periods_per_year(self) -> int:
        """Periods in a year: 1, or 4 for quarters."""
        return len(self.season)

    @property
    def periods(self) -> int:
        """Periods in all."""
        return self.years * self.periods_per_year

    def year_of(self, period: int) -> int:
        """Index of the year that a period lies in."""
        return period // self.periods_per_year

    @cached_property
    def discount(self) -> tuple[float, ...]:
        """Present value of money paid at the end of each year."""
        return tuple((1.0 + self.discount_rate) ** -(year + 1) for year in range(self.years))

    def at_start(self, period: float) -> float:
        """Present value of money paid at the beginning of a period."""
        return float((1.0 + self.discount_rate) ** -(period / self.periods_per_year))

    def before_launch(self, year: int) -> float:
        """Present value of development paid at the beginning of the year before `year`, at the earliest at the base date."""
        return self.at_start(max(0, year - 1) * self.periods_per_year)


@dataclass(frozen=True)
class PlanPartner:
    """A member of the coalition. What it buys whole is delivered into its customs zone."""

    id: str
    zone: str


@dataclass(frozen=True)
class Site:
    """Where a partner's vehicles are assembled: units are shipped here."""

    id: str
    partner: str
    zone: str


@dataclass(frozen=True)
class Kind:
    """A kind of module. With a `process` it is made on lines of the partners' own plants, without one it is bought whole.

    At most `most` modules of the kind are developed; None: as many as pay. A limit is the coalition's, so partners' own plans need not
    fit into the joint one where it binds.
    """

    id: str
    process: str | None = None
    most: int | None = None


@dataclass(frozen=True)
class VolumeLaw:
    """What one piece of a module costs as a power of its volume: unit_cost · (W / W0)^exponent, with W the present-value volume.

    W is the sum over years of pieces times the discount factor; W0 the same for `reference_volume` pieces in every year. `exponent` lies in
    (-1, 0]: 0 is no scale effect, -0.3 a fall of 19 % with each doubling. The cost of the whole volume is concave in W.
    """

    unit_cost: float
    exponent: float
    reference_volume: float


@dataclass(frozen=True)
class Module:
    """A module that may be developed once and used by many.

    `development` is paid at the beginning of the year before launch, `tooling` before `earliest` by each plant that makes the module (once,
    at the supplier, where its kind is bought whole). `effort` is in hours of each skill; where `parent` is launched no later, `carry_over`
    of money and hours is saved. `includes` names modules that are made together with this one, wherever that is: the lamination of a
    machine. `value` is the ex-works value of a piece, the base of duty and origin.
    """

    key: ModuleKey
    development: float = 0.0
    tooling: float = 0.0
    earliest: int = 0
    effort: Mapping[str, float] = field(default_factory=dict)
    parent: ModuleKey | None = None
    carry_over: float = 0.0
    includes: tuple[ModuleKey, ...] = ()
    law: VolumeLaw | None = None
    value: float = 0.0


@dataclass(frozen=True)
class Team:
    """Hours of one skill that one partner's engineers have in each calendar year, which may lie before the first production year."""

    partner: str
    skill: str
    hours: Mapping[int, float]


@dataclass(frozen=True)
class PlanUnit:
    """A unit as the plan sees it: how many of which module."""

    id: str
    modules: tuple[tuple[ModuleKey, int], ...]


@dataclass(frozen=True, eq=False)
class Slot:
    """A vehicle during one stage of its life, and the options that meet every demand on it.

    `units` (options × positions) holds indices into the instance's units, -1 for none. `per_car` names money per car that an option costs
    beside its drive; `reported` names quantities per car that are added up and not paid. The slot starts in year `start`; it may be up
    to `latest_delay` years late, and each car not built meanwhile costs `lost_per_car`. Where `follows` names the slot before it,
    `change_cost` is paid once when their options have other units.
    """

    id: str
    vehicle: str
    site: str
    start: int
    positions: tuple[str, ...]
    units: NDArray[np.int64]
    per_car: Mapping[str, FloatArray] = field(default_factory=dict)
    reported: Mapping[str, FloatArray] = field(default_factory=dict)
    latest_delay: int = 0
    lost_per_car: float = 0.0
    follows: str | None = None
    change_cost: float = 0.0

    @property
    def options(self) -> int:
        """How many options the slot has."""
        return int(self.units.shape[0])

    def only(self, options: Iterable[int]) -> Slot:
        """The same slot with some of its options, in the order given."""
        from dataclasses import replace

        picked = np.fromiter(options, dtype=np.int64)
        return replace(
            self,
            units=self.units[picked],
            per_car={line: values[picked] for line, values in self.per_car.items()},
            reported={name: values[picked] for name, values in self.reported.items()},
        )


@dataclass(frozen=True)
class PlanScenario:
    """One course of demand: cars by slot and year (zero outside a slot's stage), and how likely it is."""

    id: str
    probability: float
    volumes: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class PlanPart:
    """A bought part: its price (before factor and discount) in each module that contains one set of it, and the rules of its award.

    `largest_share` bounds what one offer delivers of a year's need. Each partner buys it from at most `most_suppliers` in a contract.
    """

    id: str
    price: Mapping[ModuleKey, float]
    largest_share: float = 1.0
    most_suppliers: int | None = None


@dataclass(frozen=True)
class Terms:
    """Discounts of one supplier on one or more of its offers, agreed for each contract.

    Tiers are (yearly mean from which it holds, discount), rising in both, the first (0, 0). `basis` says what the mean counts: pieces, or
    money at list price. "all units": the tier reached holds for everything. "incremental": each tier holds for what exceeds its start;
    it counts money, and is paid back evenly over the contract's years.
    """

    id: str
    kind: Literal["all units", "incremental"]
    basis: Literal["pieces", "money"]
    tiers: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PlanOffer:
    """A supplier's offer for a part.

    A piece costs part price · `price_factor` · `landed` factor of the zone · (1 - `step_down`)^(years since the first year). `capacity` is
    pieces a year for each partner of the coalition. An offer that is used in a contract delivers at least `least` pieces in each of its
    years in the mean; `tooling` is paid once, at the beginning of the first contract in which it delivers. `origin` is where the part comes
    from: in that zone and the zones that cumulate with it, it counts as originating.
    """

    supplier: str
    part: str
    price_factor: float
    capacity: float
    landed: Mapping[str, float]
    terms: str | None = None
    least: float = 0.0
    tooling: float = 0.0
    step_down: float = 0.0
    origin: str | None = None


@dataclass(frozen=True)
class Shift:
    """A way to run a line longer: its output as a multiple of `capacity`, and what that costs for each line and year."""

    id: str
    output: float
    yearly_cost: float


@dataclass(frozen=True)
class PlanLine:
    """Lines of one process at one plant: what one costs and yields.

    `capacity` is pieces a year of one line in its plain shift model. An added line is ordered `lead` periods before it is available and
    gives `ramp[a]` of its capacity in its a-th period, all of it after. `labour_cost` of a piece falls with the pieces made on these
    lines: `learning` lists (cumulative pieces from which it holds, factor), the first (0, factor). `overflow_cost` is paid beside it for
    each piece above what the lines can make (weekend shifts, a contract maker); None where there is no such way out.
    """

    plant: str
    process: str
    capacity: float
    existing: int
    most: int
    capital: float
    yearly_cost: float
    labour_cost: float
    lead: int = 0
    ramp: tuple[float, ...] = ()
    shifts: tuple[Shift, ...] = ()
    learning: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    overflow_cost: float | None = None


@dataclass(frozen=True)
class PlanPlant:
    """A plant of one partner. `lanes` gives the cost of shipping a piece to each site; a site without lane is not served.

    `holding_cost` is for a piece held from one period to the next within a year; nothing is held over the end of a year.
    """

    id: str
    partner: str
    zone: str
    lanes: Mapping[str, float]
    holding_cost: float = 0.0


@dataclass(frozen=True)
class Duty:
    """Duty on a kind of module that crosses from one zone into another, as a share of its value, year by year.

    Where `most_foreign` is a number in a year, no duty is due on what claims origin; a claim needs that parts of foreign origin are at most
    that share of the value of what the plant makes of the module in that year (MaxNOM). None: no preference in that year.
    """

    kind: str
    origin: str
    destination: str
    rate: tuple[float, ...]
    most_foreign: tuple[float | None, ...]


@dataclass(frozen=True)
class Risk:
    """How the objective weighs scenarios: (1 - weight) · expected cost + weight · CVaR of the dearest (1 - level) of them."""

    weight: float = 0.0
    level: float = 0.9


@dataclass(frozen=True)
class Place:
    """Where parts are delivered: plants of one partner in one zone, or (where origin is claimed) one plant."""

    id: str
    partner: str
    zone: str
    plants: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlanInstance:
    """One planning problem: one coalition, one cost book, its scenarios.

    `contracts` are tuples of year indices that partition the years. `cross_supply` lists pairs (plant's partner, vehicle's partner) that
    may supply each other; a partner always supplies itself. `cumulation` lists zones whose parts count as originating in each zone.
    """

    title: str
    currency: str
    calendar: Calendar
    contracts: tuple[tuple[int, ...], ...]
    partners: tuple[PlanPartner, ...]
    sites: tuple[Site, ...]
    kinds: tuple[Kind, ...]
    modules: tuple[Module, ...]
    units: tuple[PlanUnit, ...]
    slots: tuple[Slot, ...]
    scenarios: tuple[PlanScenario, ...]
    teams: tuple[Team, ...] = ()
    parts: tuple[PlanPart, ...] = ()
    terms: tuple[Terms, ...] = ()
    offers: tuple[PlanOffer, ...] = ()
    plants: tuple[PlanPlant, ...] = ()
    lines: tuple[PlanLine, ...] = ()
    duties: tuple[Duty, ...] = ()
    cumulation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cross_supply: tuple[tuple[str, str], ...] = ()
    risk: Risk = Risk()

    # ---- finding things ----------------------------------------------------------------------------------------------------------

    @cached_property
    def module(self) -> dict[ModuleKey, Module]:
        """Modules by key."""
        return {module.key: module for module in self.modules}

    @cached_property
    def module_index(self) -> dict[ModuleKey, int]:
        """Column of each module in the content matrices."""
        return {module.key: index for index, module in enumerate(self.modules)}

    @cached_property
    def process_of(self) -> dict[str, str | None]:
        """Process that makes each kind; None for what is bought whole."""
        return {kind.id: kind.process for kind in self.kinds}

    @cached_property
    def slot(self) -> dict[str, Slot]:
        """Slots by id."""
        return {slot.id: slot for slot in self.slots}

    @cached_property
    def site(self) -> dict[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.sites}

    @cached_property
    def plant(self) -> dict[str, PlanPlant]:
        """Plants by id."""
        return {plant.id: plant for plant in self.plants}

    @cached_property
    def term(self) -> dict[str, Terms]:
        """Terms by id."""
        return {terms.id: terms for terms in self.terms}

    @cached_property
    def part(self) -> dict[str, PlanPart]:
        """Parts by id."""
        return {part.id: part for part in self.parts}

    def partner_of(self, slot: Slot) -> str:
        """Owner of a slot's vehicle."""
        return self.site[slot.site].partner

    def offers_of(self, part: str) -> tuple[int, ...]:
        """Indices of the offers for a part."""
        return tuple(index for index, offer in enumerate(self.offers) if offer.part == part)

    def may_supply(self, plant: PlanPlant, site: Site) -> bool:
        """Whether a plant may ship to a site: a lane, and one partner or leave to supply the other."""
        allowed = plant.partner == site.partner or (plant.partner, site.partner) in self.cross_supply
        return allowed and site.id in plant.lanes

    # ---- contents ------------------------------------------------------------------------------------------------------------------

    @cached_property
    def included(self) -> dict[ModuleKey, tuple[tuple[ModuleKey, int], ...]]:
        """Each module itself and all that it includes, down to the last, with how many."""

        def expand(key: ModuleKey) -> dict[ModuleKey, int]:
            found = {key: 1}
            for inner in self.module[key].includes:
                for below, count in expand(inner).items():
                    found[below] = found.get(below, 0) + count
            return found

        return {module.key: tuple(expand(module.key).items()) for module in self.modules}

    @cached_property
    def unit_content(self) -> csr_matrix:
        """Pieces of each module (columns) in each unit (rows), what is included in others counted too; one empty row at the end."""
        index, size = self.module_index, len(self.modules)
        named = [item for unit in self.units for item in unit.modules]
        counts = [len(unit.modules) for unit in self.units]
        direct = csr_matrix(
            (
                np.fromiter((count for _, count in named), dtype=float, count=len(named)),
                np.fromiter((index[key] for key, _ in named), dtype=np.int32, count=len(named)),
                np.concatenate([[0], np.cumsum(counts, dtype=np.int32), [len(named)]]),
            ),
            shape=(len(self.units) + 1, size),
        )
        if not any(module.includes for module in self.modules):
            return direct
        inside = np.zeros((size, size))
        for key, found in self.included.items():
            for inner, count in found:
                inside[index[key], index[inner]] = count
        return csr_matrix(direct @ csr_matrix(inside))

    def content(self, slot: Slot) -> csr_matrix:
        """Pieces of each module (columns) in one car with each option (rows)."""
        own = self.slot.get(slot.id) is slot
        if own and slot.id in self._contents:
            return self._contents[slot.id]
        parts = [self.unit_content[slot.units[:, position]] for position in range(slot.units.shape[1])]
        total = sum(parts[1:], parts[0]) if parts else csr_matrix((slot.options, len(self.modules)), dtype=float)
        if own:
            self._contents[slot.id] = total
        return total

    @cached_property
    def _contents(self) -> dict[str, csr_matrix]:
        return {}

    def content_of(self, slot: Slot, option: int) -> dict[ModuleKey, int]:
        """Pieces of each module in one car with one option."""
        found: dict[ModuleKey, int] = {}
        for unit in slot.units[option]:
            if unit >= 0:
                for key, count in self.units[unit].modules:
                    for inner, pieces in self.included[key]:
                        found[inner] = found.get(inner, 0) + count * pieces
        return found

    @cached_property
    def named(self) -> frozenset[ModuleKey]:
        """Modules that a unit itself names (what these include goes along)."""
        return frozenset(key for unit in self.units for key, _ in unit.modules)

    @cached_property
    def made(self) -> frozenset[ModuleKey]:
        """Modules that lines make: of a kind with a process, and named by a unit itself."""
        return frozenset(key for key in self.named if self.process_of[key[0]] is not None)

    @cached_property
    def bought_whole(self) -> frozenset[ModuleKey]:
        """Modules that units name and nobody makes."""
        return self.named - self.made

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where parts are delivered; first the plants' places, then the zone of each partner that has no plant there."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for plant in self.plants:
            apart = plant.id if self.duties else ""
            found.setdefault((plant.partner, plant.zone, apart), []).append(plant.id)
        places = [
            Place(apart or f"{partner}@{zone}", partner, zone, tuple(plants))
            for (partner, zone, apart), plants in found.items()
        ]
        for partner in self.partners:
            identity = f"{partner.id}@{partner.zone}"
            if all(place.id != identity for place in places):
                places.append(Place(identity, partner.id, partner.zone, ()))
        return tuple(places)

    @cached_property
    def place_of_plant(self) -> dict[str, str]:
        """Place that each plant belongs to."""
        return {plant: place.id for place in self.places for plant in place.plants}

    def whole_place(self, partner: str) -> str:
        """Place where a partner receives what it buys whole."""
        zone = next(member.zone for member in self.partners if member.id == partner)
        return f"{partner}@{zone}"

    # ---- money ---------------------------------------------------------------------------------------------------------------------

    def list_price(self, offer: PlanOffer, key: ModuleKey, zone: str, year: int) -> float:
        """Price of a piece before discounts, in money of the year."""
        fall = (1.0 - offer.step_down) ** year
        return self.part[offer.part].price[key] * offer.price_factor * offer.landed[zone] * fall

    def asked(self, offer: PlanOffer, zone: str) -> FloatArray:
        """What an offer asks for a part, against the part's own price, by year."""
        falls: FloatArray = (1.0 - offer.step_down) ** np.arange(self.calendar.years, dtype=float)
        return falls * (offer.price_factor * offer.landed[zone])

    def law_cost(self, key: ModuleKey, present_volume: float) -> float:
        """Present value of all pieces of a module under its law, by their present-value volume."""
        law = self.module[key].law
        if law is None or present_volume <= 0.0:
            return 0.0
        reference = law.reference_volume * sum(self.calendar.discount)
        return float(law.unit_cost * present_volume * (present_volume / reference) ** law.exponent)

    def originating(self, offer: PlanOffer, zone: str) -> bool:
        """Whether parts of an offer count as originating in a zone."""
        return offer.origin is not None and (offer.origin == zone or offer.origin in self.cumulation.get(zone, ()))

    def duty_of(self, kind: str, origin: str, destination: str) -> Duty | None:
        """Duty on a kind between two zones, if there is any."""
        return self._duties.get((kind, origin, destination))

    @cached_property
    def _duties(self) -> dict[tuple[str, str, str], Duty]:
        return {(duty.kind, duty.origin, duty.destination): duty for duty in self.duties}

    def line_capacity(self, line: PlanLine, added: Mapping[int, int], period: int) -> float:
        """Pieces that a line's plain shift model makes in a period, with `added` lines by the period from which they are available."""
        pieces = line.capacity / self.calendar.periods_per_year
        total = float(line.existing)
        for when, count in added.items():
            if when <= period:
                age = period - when
                total += count * (line.ramp[age] if age < len(line.ramp) else 1.0)
        return total * pieces


@dataclass(frozen=True)
class Recourse:
    """What may wait until demand is known, for one scenario.

    `purchases`: pieces by (offer, place, module, year). `output`: pieces by (line, module, period). `shipments`: pieces by (plant, module,
    site, period). `shifts`: lines that run a longer shift by (line, shift, year). `claims`: origin claimed for (plant, module, zone, year).
    """

    purchases: Mapping[tuple[int, str, ModuleKey, int], float] = field(default_factory=dict)
    output: Mapping[tuple[int, ModuleKey, int], float] = field(default_factory=dict)
    shipments: Mapping[tuple[str, ModuleKey, str, int], float] = field(default_factory=dict)
    shifts: Mapping[tuple[int, int, int], int] = field(default_factory=dict)
    claims: frozenset[tuple[str, ModuleKey, str, int]] = frozenset()


@dataclass(frozen=True)
class Decisions:
    """A plan's decisions alone, from which everything else follows.

    `choice`: option by slot. `delay`: years by slot, where it is late. `launch`: year index by module developed. `added`: lines by (line,
    period from which they are available). `recourse`: one for each scenario.
    """

    choice: Mapping[str, int]
    launch: Mapping[ModuleKey, int]
    added: Mapping[tuple[int, int], int]
    recourse: tuple[Recourse, ...]
    delay: Mapping[str, int] = field(default_factory=dict)


# Cost lines that every plan has, in the order of a cost tree; what options cost each car follows under the name that it has there.
COST_LINES: tuple[str, ...] = (
    "development",
    "tooling",
    "modules by law",
    "parts at list price",
    "volume discounts",
    "supplier tooling",
    "line capital",
    "line upkeep",
    "shifts",
    "labour",
    "overflow",
    "stock",
    "logistics",
    "duty",
    "lost sales",
    "change of unit",
    "risk premium",
)


@dataclass(frozen=True)
class CostEntry:
    """One leaf of the cost tree: present value of one cost line of one partner (None: of the alliance as a whole)."""

    line: str
    partner: str | None
    amount: float


@dataclass(frozen=True)
class Award:
    """What one supplier delivers under one contract: pieces by year, tier reached, list and paid present value.

    `mean` is what the tier counts, over all offers under the same terms: pieces or money a year. `discount` is the share of the list value
    given back.
    """

    offer: int
    contract: int
    scenario: int
    pieces: tuple[float, ...]
    mean: float
    tier: int
    discount: float
    list_value: float
    paid_value: float


@dataclass(frozen=True)
class Evaluation:
    """Cost and feasibility recomputed from the decisions alone; `violations` is empty for a feasible plan.

    `cost` holds expected amounts; `scenario_costs` the whole cost in each scenario; `cvar` their conditional value at risk. The entries
    add up to the objective. `reported` are expected totals of what is counted and not paid.
    """

    cost: tuple[CostEntry, ...]
    awards: tuple[Award, ...]
    violations: tuple[str, ...]
    scenario_costs: tuple[float, ...]
    cvar: float
    reported: Mapping[str, float]

    @cached_property
    def total(self) -> float:
        """The objective."""
        return sum(entry.amount for entry in self.cost)

    def by_line(self) -> dict[str, float]:
        """The cost tree's first level, every standing line present."""
        result = dict.fromkeys(COST_LINES, 0.0)
        for entry in self.cost:
            result[entry.line] = result.get(entry.line, 0.0) + entry.amount
        return result

    def by_partner(self) -> dict[str | None, float]:
        """Cost that belongs to each partner by itself, and under None what belongs to all."""
        result: dict[str | None, float] = {}
        for entry in self.cost:
            result[entry.partner] = result.get(entry.partner, 0.0) + entry.amount
        return result


@dataclass(frozen=True)
class Chosen:
    """The option that a plan gives a slot: units by position, modules in one car, money per car by line."""

    units: tuple[tuple[str, str], ...]
    modules: Mapping[ModuleKey, int]
    per_car: Mapping[str, float]

    @property
    def axles(self) -> dict[str, str]:
        """Drive units by axle: what stands in no other position, such as the battery's."""
        return {position: unit for position, unit in self.units if position != BATTERY_POSITION}


@dataclass(frozen=True, eq=False)
class Plan:
    """A proven plan: its decisions, their recomputed cost, and the bound below which no plan can be.

    `status` is "within gap" when the demanded gap was proven, "time limit" or "interrupted" when the search stopped before. `method` names
    how it was found and proven; `build_seconds` is the part of `seconds` that went into building models.
    """

    instance: PlanInstance
    decisions: Decisions
    evaluation: Evaluation
    bound: float
    status: Literal["within gap", "time limit", "interrupted"]
    seconds: float
    method: str = ""
    build_seconds: float = 0.0

    @property
    def objective(self) -> float:
        """Cost of the plan: the upper bound on the optimum."""
        return self.evaluation.total

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return (self.objective - self.bound) / abs(self.objective) if self.objective else 0.0

    @cached_property
    def chosen(self) -> dict[str, Chosen]:
        """Chosen option by slot."""
        instance, found = self.instance, {}
        for slot in instance.slots:
            option = self.decisions.choice[slot.id]
            found[slot.id] = Chosen(
                tuple(
                    (position, instance.units[unit].id)
                    for position, unit in zip(slot.positions, slot.units[option], strict=True)
                    if unit >= 0
                ),
                dict(sorted(instance.content_of(slot, option).items())),
                {line: float(values[option]) for line, values in slot.per_car.items()},
            )
        return found

    @property
    def at_launch(self) -> dict[str, Chosen]:
        """What each vehicle is launched with: the chosen option of its first stage."""
        slot = self.instance.slot
        return {slot[name].vehicle: chosen for name, chosen in self.chosen.items() if slot[name].follows is None}

    @property
    def family(self) -> list[str]:
        """Names of the drive units that the plan uses."""
        return sorted({unit for chosen in self.chosen.values() for unit in chosen.axles.values()})

    @property
    def developed(self) -> tuple[ModuleKey, ...]:
        """Modules that the plan develops, in order of kind and name."""
        return tuple(sorted(self.decisions.launch))
