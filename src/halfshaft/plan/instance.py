"""The plan's question as data: who needs how many of what, what each choice costs, and which choices exist.

An instance knows no physics, no file and no screen. A *configuration* of a vehicle is a choice of units for its axles, seen here only as
the modules that it contains; two configurations that share a module share its development and buy its parts together. Money is in the
programme's currency; years are indices into `years`; volumes are pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from halfshaft.programme import ModuleKey as ModuleKey
from halfshaft.programme import ModuleKind

# Kinds that are built on lines of the partners' own plants, by the process that builds them.
BUILT_BY: Mapping[str, ModuleKind] = {"machine": "machine", "gear": "gear"}
BATTERY_PACK = "battery_pack"


@dataclass(frozen=True)
class Module:
    """A module that may be developed once and used by many.

    `development` is the present value of bringing it into being; `carry_over` of it is saved where `parent` is developed too. `tooling` is
    paid by each plant that builds it (machines and gears, and laminations with the first machine of theirs); for a module that is bought
    whole (inverters) it is paid once, at the supplier.
    """

    key: ModuleKey
    development: float
    tooling: float
    parent: ModuleKey | None = None
    carry_over: float = 0.0


@dataclass(frozen=True)
class Configuration:
    """Units on the axles of one vehicle: `units` by axle, how many of each module, and what it costs each car beside the drive.

    `extra_cost` is money per car: the battery that this choice needs above the most frugal choice of the same vehicle.
    """

    units: tuple[tuple[str, str], ...]
    modules: tuple[tuple[ModuleKey, int], ...]
    extra_cost: float

    @cached_property
    def count(self) -> dict[ModuleKey, int]:
        """Pieces of each module in one car."""
        return dict(self.modules)


@dataclass(frozen=True)
class PlanVehicle:
    """A vehicle, its cars by year, and the configurations that meet every demand on it."""

    id: str
    partner: str
    volumes: tuple[float, ...]
    configurations: tuple[Configuration, ...]


@dataclass(frozen=True)
class PlanPart:
    """A bought part: its price (before factor and discount) in each module that contains it, and the largest share of one supplier."""

    id: str
    price: Mapping[ModuleKey, float]
    largest_share: float = 1.0


@dataclass(frozen=True)
class PlanOffer:
    """A supplier's offer for a part. Tiers are (mean yearly volume of the contract from which it holds, discount), rising in both."""

    supplier: str
    part: str
    price_factor: float
    tiers: tuple[tuple[float, float], ...]
    capacity_per_partner: float
    landed: Mapping[str, float]


@dataclass(frozen=True)
class PlanLine:
    """Lines of one process at one plant of one partner. Costs per line and year, and per piece."""

    plant: str
    partner: str
    process: str
    capacity: float
    existing: int
    most: int
    capital: float
    first_year_output: float
    yearly_cost: float
    labour_cost: float
    logistics: float


@dataclass(frozen=True)
class PlanInstance:
    """One planning problem: one coalition, one cost book, one scenario.

    `discount` is the present value of money paid at the end of each year, `discount_start` at its beginning (convention 10).
    `contracts` are tuples of year indices that partition the years. `lamination_of` maps a machine module to its lamination.
    """

    title: str
    partners: tuple[str, ...]
    years: tuple[int, ...]
    discount: tuple[float, ...]
    discount_start: tuple[float, ...]
    contracts: tuple[tuple[int, ...], ...]
    modules: tuple[Module, ...]
    lamination_of: Mapping[ModuleKey, ModuleKey]
    vehicles: tuple[PlanVehicle, ...]
    parts: tuple[PlanPart, ...]
    offers: tuple[PlanOffer, ...]
    lines: tuple[PlanLine, ...]

    @cached_property
    def module(self) -> dict[ModuleKey, Module]:
        """Modules by key."""
        return {module.key: module for module in self.modules}

    def lines_of(self, partner: str, process: str) -> tuple[int, ...]:
        """Indices of a partner's lines for a process."""
        return tuple(
            index for index, line in enumerate(self.lines) if line.partner == partner and line.process == process
        )

    def offers_of(self, part: str) -> tuple[int, ...]:
        """Indices of the offers for a part."""
        return tuple(index for index, offer in enumerate(self.offers) if offer.part == part)


@dataclass(frozen=True)
class Decisions:
    """A plan's decisions alone, from which everything else follows.

    `choice`: configuration index by vehicle. `purchases`: pieces by (offer, partner, module, year). `output`: pieces by (line, item, year),
    where the item is a module key or `BATTERY_PACK`. `standing`: number of lines by (line, year).
    """

    choice: Mapping[str, int]
    purchases: Mapping[tuple[int, str, ModuleKey, int], float]
    output: Mapping[tuple[int, ModuleKey | str, int], float]
    standing: Mapping[tuple[int, int], int]


CostLine = Literal[
    "development",
    "tooling",
    "parts at list price",
    "volume discounts",
    "line capital",
    "line upkeep",
    "labour",
    "logistics",
    "extra battery",
]
COST_LINES: tuple[CostLine, ...] = get_args(CostLine)


@dataclass(frozen=True)
class CostEntry:
    """One leaf of the cost tree: present value of one cost line of one partner (None: of the alliance as a whole)."""

    line: CostLine
    partner: str | None
    amount: float


@dataclass(frozen=True)
class Award:
    """What one supplier delivers under one contract: pieces by year, mean yearly volume, tier reached, list and paid present value."""

    offer: int
    contract: int
    pieces: tuple[float, ...]
    mean_volume: float
    tier: int
    discount: float
    list_value: float
    paid_value: float


@dataclass(frozen=True)
class Evaluation:
    """Cost and feasibility recomputed from the decisions alone; `violations` is empty for a feasible plan."""

    cost: tuple[CostEntry, ...]
    awards: tuple[Award, ...]
    violations: tuple[str, ...]

    @property
    def total(self) -> float:
        """The objective: present value of all costs."""
        return sum(entry.amount for entry in self.cost)

    def by_line(self) -> dict[CostLine, float]:
        """The cost tree's first level, every line present."""
        result = dict.fromkeys(COST_LINES, 0.0)
        for entry in self.cost:
            result[entry.line] += entry.amount
        return result

    def by_partner(self) -> dict[str | None, float]:
        """Cost that belongs to each partner by itself, and under None what belongs to all (development)."""
        result: dict[str | None, float] = {}
        for entry in self.cost:
            result[entry.partner] = result.get(entry.partner, 0.0) + entry.amount
        return result


@dataclass(frozen=True)
class Plan:
    """A proven plan: its decisions, their recomputed cost, and the bound below which no plan can be.

    `status` is "within gap" when the demanded gap was proven, "time limit" when the search stopped before.
    """

    instance: PlanInstance
    decisions: Decisions
    evaluation: Evaluation
    bound: float
    status: Literal["within gap", "time limit"]
    seconds: float

    @property
    def objective(self) -> float:
        """Cost of the plan: the upper bound on the optimum."""
        return self.evaluation.total

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return (self.objective - self.bound) / abs(self.objective) if self.objective else 0.0

    @property
    def chosen(self) -> dict[str, Configuration]:
        """Chosen configuration by vehicle."""
        return {v.id: v.configurations[self.decisions.choice[v.id]] for v in self.instance.vehicles}

    @property
    def developed(self) -> tuple[ModuleKey, ...]:
        """Modules that the plan develops, in order of kind and name."""
        return tuple(sorted({key for configuration in self.chosen.values() for key in configuration.count}))
