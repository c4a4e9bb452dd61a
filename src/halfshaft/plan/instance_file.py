"""An instance as one JSON file, and a plan of it as another.

The file says in plain names and years what `PlanInstance` says in indices: money in the instance's currency and not discounted, years as
calendar years, volumes in pieces or cars, modules as "kind/name". What is read is checked whole: every mistake is named with its line, its
field, its value and what would be right, before anything is solved. The schema is `PlanFile`; `halfshaft plan schema` prints it.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from halfshaft.plan.instance import (
    Calendar,
    Decisions,
    Duty,
    Kind,
    Module,
    ModuleKey,
    Plan,
    PlanInstance,
    PlanLine,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Recourse,
    Risk,
    Shift,
    Site,
    Slot,
    Team,
    Terms,
    VolumeLaw,
)
from halfshaft.quantities import InputError, Problem

FORMAT = "halfshaft plan 1"

NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]
ModuleName = Annotated[str, Field(pattern=r"^[^/]+/.+$", description="kind/name")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CalendarFile(_Strict):
    """Production years. `season` is the share of a year's volume in each of its periods; one entry is a calendar of years."""

    first_year: Year
    years: Annotated[int, Field(ge=1, le=60)]
    discount_rate: Annotated[float, Field(ge=0.0, lt=1.0)]
    season: list[Annotated[float, Field(ge=0.0)]] = [1.0]


class ContractFile(_Strict):
    """Years over which a supplier's tiers are agreed: the yearly mean over them decides."""

    from_year: Year
    to_year: Year


class PartnerFile(_Strict):
    """A member of the coalition; what it buys whole is delivered into `zone`, without duty and freight but for `landed`."""

    id: Name
    zone: Name


class SiteFile(_Strict):
    """Where a partner's vehicles are assembled."""

    id: Name
    partner: Name
    zone: Name


class KindFile(_Strict):
    """A kind of module: made on lines of `process` in the partners' own plants, or bought whole where there is none.

    At most `most` modules of the kind are developed; without it, as many as pay.
    """

    id: Annotated[str, Field(pattern=r"^[^/]+$")]
    process: Name | None = None
    most: Annotated[int, Field(ge=1)] | None = None


class LawFile(_Strict):
    """Cost of a piece: unit_cost · (W / W0)^exponent, W the present-value volume, W0 that of `reference_pieces_per_year` in every year."""

    unit_cost: NotNegative
    exponent: Annotated[float, Field(gt=-1.0, le=0.0)]
    reference_pieces_per_year: Annotated[float, Field(gt=0.0)]


class ModuleFile(_Strict):
    """A module: developed once, tooled wherever it is made (once, where it is bought whole), if any car with it is built.

    Development is paid at the beginning of the year before launch, tooling at the beginning of the year before `earliest_year`, both
    at the earliest at the beginning of the first year.
    """

    id: ModuleName
    development: NotNegative = 0.0
    tooling: NotNegative = 0.0
    earliest_year: Year | None = Field(None, description="before which it cannot be launched; default: the first year")
    effort_hours: dict[Name, NotNegative] = Field({}, description="hours of each skill")
    parent: ModuleName | None = Field(
        None, description="module whose development is carried over; launched only if a slot uses it"
    )
    carry_over: Share = Field(0.0, description="share of money and hours saved where the parent is launched no later")
    includes: list[ModuleName] = Field(
        [],
        description="modules made together with it, one of each: no line, lane or part of their own; no unit names them",
    )
    law: LawFile | None = None
    value: NotNegative = Field(0.0, description="ex-works value of a piece, base of duty and origin")


class UnitFile(_Strict):
    """A unit: pieces of each module in it."""

    id: Name
    modules: dict[ModuleName, Annotated[int, Field(ge=1)]]


class SlotFile(_Strict):
    """A vehicle during one stage of its life. Each option names a unit (or null) for each position.

    A slot that is late builds no car in the years that it misses, and all that are wanted from then on.
    """

    id: Name
    vehicle: Name
    site: Name
    start_year: Year
    positions: list[Name] = Field(min_length=1)
    options: list[list[Name | None]]
    per_car: dict[Name, list[Finite]] = Field({}, description="money per car by cost line: one figure for each option")
    reported: dict[Name, list[Finite]] = Field({}, description="quantity per car that is added up and not paid")
    latest_delay_years: Count = 0
    lost_per_car: NotNegative = Field(0.0, description="money for each car that a delay leaves unbuilt")
    follows: Name | None = Field(None, description="slot of the same vehicle before this one")
    change_cost: NotNegative = Field(
        0.0,
        description="paid once, at the beginning of the year before `start_year`, where this slot's units differ by position from those "
        "of the slot before; an empty position is like none",
    )


class ScenarioFile(_Strict):
    """One course of demand: cars of each slot by calendar year."""

    id: Name
    probability: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    cars: dict[Name, dict[Year, NotNegative]]


class TeamFile(_Strict):
    """Hours of one skill that one partner's engineers have by calendar year; years before the first production year count."""

    partner: Name
    skill: Name
    hours: dict[Year, NotNegative]


class PartFile(_Strict):
    """A bought part: list price of one set in each module that contains it."""

    id: Name
    price: dict[ModuleName, NotNegative]
    largest_share: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        1.0, description="the most that one offer delivers of what the coalition buys in a year, in pieces"
    )
    most_suppliers: Annotated[int, Field(ge=1)] | None = Field(
        None, description="from which one partner buys under one contract"
    )


class TierFile(_Strict):
    """From this yearly mean on (pieces, or money at list price) the discount holds.

    The mean is over the years of a contract and all offers under the terms, for the whole coalition. Money at list price is what is paid
    before discounts: price, `price_factor`, `landed` and step-down.
    """

    start: NotNegative
    discount: Annotated[float, Field(ge=0.0, lt=1.0)]


class TermsFile(_Strict):
    """Discounts of one supplier over one or more of its offers.

    All units: the tier reached holds for all that is bought under the contract. Incremental: each tier holds for what the mean exceeds
    its start by, and is paid back evenly over the contract's years.
    """

    id: Name
    kind: Literal["all units", "incremental"] = "all units"
    basis: Literal["pieces", "money"] = "pieces"
    tiers: list[TierFile] = Field(min_length=1)


class OfferFile(_Strict):
    """A supplier's offer for a part. A zone without a `landed` factor is not delivered.

    A piece costs list price in its module · `price_factor` · `landed` · (1 - `step_down_per_year`)^(years since the first one). The zone
    is that of the plant that makes the module, or of the partner that buys it whole.
    """

    supplier: Name
    part: Name
    price_factor: Annotated[float, Field(gt=0.0)] = 1.0
    capacity_pieces_per_year: NotNegative = Field(
        description="for each partner of the coalition: together they may buy so much times their number, whoever needs it"
    )
    landed: dict[Name, Annotated[float, Field(gt=0.0)]]
    terms: Name | None = None
    least_pieces_per_year: NotNegative = Field(
        0.0, description="mean over a contract's years in which the offer is used at all, for the whole coalition"
    )
    tooling: NotNegative = Field(
        0.0, description="once, at the beginning of the first contract in which the offer delivers in any scenario"
    )
    step_down_per_year: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    origin: Name | None = Field(None, description="zone that the part comes from; null: foreign everywhere")


class PlantFile(_Strict):
    """A plant of one partner; `lanes` is the cost of shipping a piece to each site that it may serve."""

    id: Name
    partner: Name
    zone: Name
    lanes: dict[Name, NotNegative]
    holding_cost: NotNegative = Field(0.0, description="for a piece held from one period to the next within a year")


class ShiftFile(_Strict):
    """A longer shift, for a whole number of lines and a whole year: output as a multiple of `capacity_pieces_per_year`.

    As many lines may run longer as stand in the year's first period, those that ramp up too.
    """

    id: Name
    output: Annotated[float, Field(gt=1.0)]
    yearly_cost: NotNegative


class LearningFile(_Strict):
    """From so many pieces made on these lines on, overflow counted, labour is multiplied by `factor`."""

    from_pieces: NotNegative
    factor: Annotated[float, Field(gt=0.0, le=1.0)]


class LineFile(_Strict):
    """Lines of one process at one plant; a plant makes what it has such an entry for.

    A period has an equal part of a year's capacity, whatever its share of the volume.
    """

    plant: Name
    process: Name
    capacity_pieces_per_year: Annotated[float, Field(gt=0.0)]
    existing: Count = 0
    most: Count = Field(description="lines that may stand in the end, the existing ones among them")
    capital: NotNegative = Field(description="of an added line, at the beginning of the period in which it is ordered")
    yearly_cost: NotNegative = Field(
        0.0, description="of each line that stands at the end of a year, for the whole year"
    )
    labour_cost: NotNegative = Field(0.0, description="of each piece, overflow too")
    lead_periods: Count = Field(
        0, description="from order until a line stands; none is ordered before the first period"
    )
    ramp: list[Share] = Field([], description="share of its capacity that an added line gives in its first periods")
    shifts: list[ShiftFile] = []
    learning: list[LearningFile] = [LearningFile(from_pieces=0.0, factor=1.0)]
    overflow_cost: NotNegative | None = Field(
        None, description="for each piece above what the lines make; null: no such way"
    )


class DutyFile(_Strict):
    """Duty on a kind that crosses from a plant's zone into a site's; `most_foreign` by year opens the claim of origin (MaxNOM).

    A claim holds for what a plant ships of a module into a zone in a year. Then foreign parts are worth at most that share of `value` of
    all that the plant makes of the module in the year: list price · `price_factor` · step-down, before freight, duty and discount. A year
    that `most_foreign` leaves out gives no claim.
    """

    kind: Name
    origin: Name
    destination: Name
    rate: dict[Year, Share]
    most_foreign: dict[Year, Share] = {}


class RiskFile(_Strict):
    """Objective: (1 - weight) · expected cost + weight · CVaR of the dearest (1 - level) of the scenarios."""

    weight: Share = 0.0
    level: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.9


class PlanFile(_Strict):
    """One planning problem: one coalition, one cost book, its scenarios. Money in `currency`, not discounted."""

    format: Literal["halfshaft plan 1"]
    title: str
    currency: Name = "EUR"
    calendar: CalendarFile
    contracts: list[ContractFile] = Field([], description="in order and without gap; default: one over all years")
    partners: list[PartnerFile] = Field(min_length=1)
    sites: list[SiteFile] = Field(min_length=1)
    kinds: list[KindFile] = Field(min_length=1)
    modules: list[ModuleFile] = Field(min_length=1)
    units: list[UnitFile] = Field(min_length=1)
    slots: list[SlotFile] = Field(min_length=1)
    scenarios: list[ScenarioFile] = Field(min_length=1)
    teams: list[TeamFile] = Field([], description="none at all: development is not limited by hours")
    parts: list[PartFile] = []
    terms: list[TermsFile] = []
    offers: list[OfferFile] = []
    plants: list[PlantFile] = []
    lines: list[LineFile] = []
    duties: list[DutyFile] = []
    cumulation: dict[Name, list[Name]] = Field({}, description="zones whose parts count as originating in a zone")
    cross_supply: list[tuple[Name, Name]] = Field(
        [], description="pairs: plants of the first may supply vehicles of the second"
    )
    risk: RiskFile = RiskFile()


def schema() -> dict[str, Any]:
    """The JSON schema of an instance file."""
    return PlanFile.model_json_schema()


# ---- reading -----------------------------------------------------------------------------------------------------------------------


def read_instance(path: Path | str) -> PlanInstance:
    """Read an instance. Raises InputError with every problem found."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError.of(path, "file not found", "correct the name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of(path, f"cannot be read: {error}", "an instance is UTF-8 text") from None
    return parse_instance(text, str(path))


def parse_instance(text: str, shown_as: str = "instance") -> PlanInstance:
    """An instance from the text of its file. Raises InputError with every problem found."""
    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        message = f'"{error}" stands twice in one object, and one of the two would be lost'
        line = _line_of_second(text, str(error))
        raise InputError.of(shown_as, message, "leave out one of them", line=line, field=str(error)) from None
    except json.JSONDecodeError as error:
        message = f"not readable as JSON: {error.msg}"
        raise InputError.of(shown_as, message, "correct the syntax", line=error.lineno) from None
    except RecursionError:
        raise InputError.of(shown_as, "nested far deeper than an instance is", "see `halfshaft plan schema`") from None
    if isinstance(raw, dict) and raw.get("format") != FORMAT:
        line = line_of(text, ("format",))
        remedy = f'write "format": "{FORMAT}"'
        problem = Problem(
            shown_as,
            line,
            "format",
            "not an instance that is known here",
            remedy,
            str(raw.get("format")),
        )
        raise InputError([problem])
    try:
        file = PlanFile.model_validate(raw)
    except ValidationError as errors:
        raise InputError(
            Problem(
                shown_as, line_of(text, error["loc"]), _dotted(error["loc"]), *_said(error), _short(error["input"]),
            )
            for error in errors.errors(include_url=False)
        ) from None  # fmt: skip
    problems = list(_problems(file))
    if problems:
        raise InputError(
            Problem(shown_as, line_of(text, loc), _dotted(loc), message, remedy, _short(value))
            for loc, message, remedy, value in problems
        )
    return _instance(file)


_Loc = tuple[int | str, ...]


class _TwiceError(ValueError):
    """A key that stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _line_of_second(text: str, name: str) -> int | None:
    """Line (from 1) where a key stands for the second time in one object."""
    tokens = list(re.finditer(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]', text))
    known: list[set[str]] = []
    for token, after in itertools.pairwise(tokens):
        if token[0] in "{[":
            known.append(set())
        elif token[0] in "}]":
            known.pop()
        elif after[0] == ":" and token[0] != ":":
            key = json.loads(token[0])
            if key == name and key in known[-1]:
                return text.count("\n", 0, token.start()) + 1
            known[-1].add(key)
    return None


def _said(error: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong where the schema is not kept to, and what would be right."""
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        near = difflib.get_close_matches(name, sorted(_field_names()), n=1)
        return (
            "no such field",
            f'did you mean "{near[0]}"?' if near else "take it out; `halfshaft plan schema` has them all",
        )
    if error["type"] == "missing":
        return "missing", "add it"
    wanted = error["msg"].removeprefix("Input should be ").removeprefix("Input should have ")
    if wanted != error["msg"]:
        return "not what is wanted here", f"give {wanted}"
    return error["msg"], "see `halfshaft plan schema`"


@cache
def _field_names() -> frozenset[str]:
    """The names of all fields of the format."""
    described = PlanFile.model_json_schema()
    return frozenset(name for part in (described, *described["$defs"].values()) for name in part.get("properties", ()))


def _dotted(loc: Iterable[int | str]) -> str:
    return ".".join(str(part) for part in loc)


def _short(value: Any) -> str:
    text = json.dumps(value, default=str) if not isinstance(value, str) else value
    return text if len(text) <= 60 else text[:57] + "..."


def line_of(text: str, loc: Iterable[int | str]) -> int | None:
    """Line (from 1) of a path in a JSON text, or of the nearest thing above it that stands there."""
    decoder, position = json.JSONDecoder(), 0

    def skip(at: int) -> int:
        while at < len(text) and text[at] in " \t\r\n,:":
            at += 1
        return at

    position = skip(0)
    for part in loc:
        opening, at, index, found = text[position : position + 1], position + 1, 0, None
        while opening in ("{", "["):
            at = skip(at)
            if at >= len(text) or text[at] in "}]":
                break
            begins: str | int = index
            key_at = at
            if opening == "{":
                begins, at = decoder.raw_decode(text, at)
                at = skip(at)
            if str(begins) == str(part):
                found, position = key_at, at
                break
            _, at = decoder.raw_decode(text, at)
            index += 1
        if found is None:
            break
        line_at = found
    else:
        line_at = position if not loc else line_at
    try:
        return text.count("\n", 0, line_at) + 1
    except UnboundLocalError:
        return 1


def _problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    """What the schema alone cannot say: names that must exist, years, orders, lengths."""
    yield from _name_problems(file)
    yield from _calendar_problems(file)
    yield from _module_problems(file)
    yield from _slot_problems(file)
    yield from _supply_problems(file)


def _twice(section: str, names: Iterable[str]) -> Iterable[tuple[_Loc, str, str, Any]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield (section, index, "id"), "is there already", "give it another id", name
        seen.add(name)


def _known(loc: _Loc, what: str, name: str, names: Iterable[str]) -> Iterable[tuple[_Loc, str, str, Any]]:
    names = set(names)
    if name not in names:
        some = ", ".join(sorted(names)[:8]) + (", ..." if len(names) > 8 else "")
        yield loc, f"unknown {what}", f"name one of {some}" if names else f"add the {what}", name


def _name_problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    for section in ("partners", "sites", "kinds", "modules", "units", "slots", "scenarios", "parts", "terms", "plants"):
        yield from _twice(section, [entry.id for entry in getattr(file, section)])
    partners = [p.id for p in file.partners]
    for section in ("sites", "teams", "plants"):
        for index, entry in enumerate(getattr(file, section)):
            yield from _known((section, index, "partner"), "partner", entry.partner, partners)
    for index, pair in enumerate(file.cross_supply):
        for place, name in enumerate(pair):
            yield from _known(("cross_supply", index, place), "partner", name, partners)


def _calendar_problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    season = file.calendar.season
    if not season or abs(sum(season) - 1.0) > 1e-6:
        yield ("calendar", "season"), "shares of a year must add up to 1", "correct the shares", season
    first, last = file.calendar.first_year, file.calendar.first_year + file.calendar.years - 1
    if file.contracts:
        covered = [year for contract in file.contracts for year in range(contract.from_year, contract.to_year + 1)]
        if covered != list(range(first, last + 1)):
            yield ("contracts",), f"must cover {first} to {last} once each and in order", "correct the years", covered
    total = sum(s.probability for s in file.scenarios)
    if abs(total - 1.0) > 1e-6:
        yield ("scenarios",), "probabilities must add up to 1", "correct them", total


def _module_problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    kinds, names = {kind.id for kind in file.kinds}, {module.id for module in file.modules}
    skills = {team.skill for team in file.teams}
    includes = {module.id: module.includes for module in file.modules}
    parents = {module.id: [module.parent] for module in file.modules if module.parent is not None}
    for index, module in enumerate(file.modules):
        yield from _known(("modules", index, "id"), "kind", module.id.split("/")[0], kinds)
        if module.parent is not None:
            yield from _known(("modules", index, "parent"), "module", module.parent, names)
        for place, inner in enumerate(module.includes):
            yield from _known(("modules", index, "includes", place), "module", inner, names)
        if file.teams:
            for skill in module.effort_hours:
                yield from _known(("modules", index, "effort_hours", skill), "skill of any team", skill, skills)
        if _in_circle(module.id, includes):
            yield ("modules", index, "includes"), "a module includes itself", "break the circle", module.includes
        if _in_circle(module.id, parents):
            yield ("modules", index, "parent"), "a module descends from itself", "break the circle", module.parent
    for index, unit in enumerate(file.units):
        for name in unit.modules:
            yield from _known(("units", index, "modules", name), "module", name, names)
    named = {name for unit in file.units for name in unit.modules}
    for index, module in enumerate(file.modules):
        for place, inner in enumerate(module.includes):
            if inner in named:
                yield (
                    ("modules", index, "includes", place),
                    "is named by a unit too",
                    "include it, or let units name it, but not both",
                    inner,
                )
    for index, part in enumerate(file.parts):
        for name in part.price:
            yield from _known(("parts", index, "price", name), "module named by a unit", name, named)


def _in_circle(start: str, includes: Mapping[str, list[str]]) -> bool:
    ahead, seen = list(includes.get(start, ())), set()
    while ahead:
        name = ahead.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            ahead += includes.get(name, ())
    return False


def _slot_problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    sites, units = {site.id for site in file.sites}, {unit.id for unit in file.units}
    slots = {slot.id: slot for slot in file.slots}
    first, last = file.calendar.first_year, file.calendar.first_year + file.calendar.years - 1
    for index, slot in enumerate(file.slots):
        loc: _Loc = ("slots", index)
        yield from _known((*loc, "site"), "site", slot.site, sites)
        if not first <= slot.start_year <= last:
            yield (*loc, "start_year"), f"lies outside {first} to {last}", "correct the year", slot.start_year
        elif slot.start_year + slot.latest_delay_years > last:
            yield (
                (*loc, "latest_delay_years"),
                "delays beyond the last year",
                f"at most {last - slot.start_year}",
                slot.latest_delay_years,
            )
        if len(set(slot.positions)) != len(slot.positions):
            yield (*loc, "positions"), "a position is named twice", "name each once", slot.positions
        for option, chosen in enumerate(slot.options):
            if len(chosen) != len(slot.positions):
                yield (
                    (*loc, "options", option),
                    f"needs {len(slot.positions)} entries",
                    "one unit or null for each position",
                    chosen,
                )
            elif not units.issuperset(name for name in chosen if name is not None):
                unknown = next(name for name in chosen if name is not None and name not in units)
                yield from _known((*loc, "options", option), "unit", unknown, units)
        for field in ("per_car", "reported"):
            for name, values in getattr(slot, field).items():
                if len(values) != len(slot.options):
                    yield (
                        (*loc, field, name),
                        f"needs one figure for each of {len(slot.options)} options",
                        "correct its length",
                        len(values),
                    )
        if slot.follows is not None:
            if slot.follows not in slots or slots[slot.follows].vehicle != slot.vehicle:
                yield (*loc, "follows"), "no slot of the same vehicle", "name the stage before", slot.follows
            elif slots[slot.follows].start_year >= slot.start_year:
                yield (*loc, "follows"), "does not start before this slot", "name the stage before", slot.follows
            if slot.latest_delay_years:
                yield (
                    (*loc, "latest_delay_years"),
                    "a later stage cannot be late",
                    "leave it out",
                    slot.latest_delay_years,
                )
    for index, scenario in enumerate(file.scenarios):
        for name, cars in scenario.cars.items():
            yield from _known(("scenarios", index, "cars", name), "slot", name, slots)
            start = slots[name].start_year if name in slots else first
            for year in cars:
                if not start <= year <= last:
                    yield (
                        ("scenarios", index, "cars", name, year),
                        f"lies outside the slot's {start} to {last}",
                        "correct the year",
                        year,
                    )
        for name in sorted(set(slots) - set(scenario.cars)):
            yield ("scenarios", index, "cars"), f"says nothing of slot {name}", "give its cars by year, or 0", name


def _supply_problems(file: PlanFile) -> Iterable[tuple[_Loc, str, str, Any]]:
    sites, plants = {site.id for site in file.sites}, {plant.id for plant in file.plants}
    parts, terms = {part.id for part in file.parts}, {entry.id: entry for entry in file.terms}
    processes = {kind.process for kind in file.kinds if kind.process is not None}
    for index, entry in enumerate(file.terms):
        if entry.tiers[0].start != 0.0 or entry.tiers[0].discount != 0.0:
            yield (
                ("terms", index, "tiers", 0),
                "the first tier is the list price",
                "start 0, discount 0",
                entry.tiers[0].model_dump(),
            )
        for place, (lower, upper) in enumerate(itertools.pairwise(entry.tiers)):
            if upper.start <= lower.start or upper.discount < lower.discount:
                yield (
                    ("terms", index, "tiers", place + 1),
                    "tiers must rise in start and discount",
                    "put them in order",
                    upper.model_dump(),
                )
        if entry.kind == "incremental" and entry.basis != "money":
            yield ("terms", index, "basis"), "incremental tiers count money", 'write "basis": "money"', entry.basis
    for index, offer in enumerate(file.offers):
        yield from _known(("offers", index, "part"), "part", offer.part, parts)
        if offer.terms is not None:
            yield from _known(("offers", index, "terms"), "terms", offer.terms, terms)
    for index, plant in enumerate(file.plants):
        for site in plant.lanes:
            yield from _known(("plants", index, "lanes", site), "site", site, sites)
    seen: set[tuple[str, str]] = set()
    for index, line in enumerate(file.lines):
        yield from _known(("lines", index, "plant"), "plant", line.plant, plants)
        yield from _known(("lines", index, "process"), "process of any kind", line.process, processes)
        if (line.plant, line.process) in seen:
            yield ("lines", index, "process"), "stands twice at this plant", "merge the two", line.process
        seen.add((line.plant, line.process))
        if line.most < line.existing:
            yield ("lines", index, "most"), "is below `existing`", f"at least {line.existing}", line.most
        blocks = line.learning
        if not blocks or blocks[0].from_pieces != 0.0:
            yield (
                ("lines", index, "learning"),
                "must begin at 0 pieces",
                "add a first block",
                [b.model_dump() for b in blocks],
            )
        for place, (before, after) in enumerate(itertools.pairwise(blocks)):
            if after.from_pieces <= before.from_pieces or after.factor > before.factor:
                yield (
                    ("lines", index, "learning", place + 1),
                    "pieces must rise and factors fall",
                    "put them in order",
                    after.model_dump(),
                )
    kinds = {kind.id for kind in file.kinds}
    years = range(file.calendar.first_year, file.calendar.first_year + file.calendar.years)
    ways: set[tuple[str, str, str]] = set()
    for index, duty in enumerate(file.duties):
        yield from _known(("duties", index, "kind"), "kind", duty.kind, kinds)
        missing = [year for year in years if year not in duty.rate]
        if missing:
            yield ("duties", index, "rate"), "must say a rate for every year", "add them", missing
        way = (duty.kind, duty.origin, duty.destination)
        if way in ways:
            yield ("duties", index, "kind"), "has a duty on this way already", "merge the two", duty.kind
        ways.add(way)


def _key(name: str) -> ModuleKey:
    kind, _, rest = name.partition("/")
    return kind, rest


def _instance(file: PlanFile) -> PlanInstance:
    first, count = file.calendar.first_year, file.calendar.years
    years = range(first, first + count)
    number = {unit.id: index for index, unit in enumerate(file.units)}
    contracts = file.contracts or [ContractFile(from_year=first, to_year=first + count - 1)]
    return PlanInstance(
        title=file.title,
        currency=file.currency,
        calendar=Calendar(first, count, file.calendar.discount_rate, tuple(file.calendar.season)),
        contracts=tuple(tuple(range(c.from_year - first, c.to_year - first + 1)) for c in contracts),
        partners=tuple(PlanPartner(p.id, p.zone) for p in file.partners),
        sites=tuple(Site(s.id, s.partner, s.zone) for s in file.sites),
        kinds=tuple(Kind(k.id, k.process, k.most) for k in file.kinds),
        modules=tuple(
            Module(
                _key(m.id), m.development, m.tooling, max(0, (m.earliest_year or first) - first), m.effort_hours,
                None if m.parent is None else _key(m.parent), m.carry_over, tuple(_key(name) for name in m.includes),
                None if m.law is None else VolumeLaw(m.law.unit_cost, m.law.exponent, m.law.reference_pieces_per_year), m.value,
            )
            for m in file.modules
        ),
        units=tuple(PlanUnit(u.id, tuple((_key(name), n) for name, n in u.modules.items())) for u in file.units),
        slots=tuple(
            Slot(
                s.id, s.vehicle, s.site, s.start_year - first, tuple(s.positions),
                np.array([[-1 if name is None else number[name] for name in option] for option in s.options], dtype=np.int64)
                .reshape(len(s.options), len(s.positions)),
                {line: np.array(values, dtype=float) for line, values in s.per_car.items()},
                {line: np.array(values, dtype=float) for line, values in s.reported.items()},
                s.latest_delay_years, s.lost_per_car, s.follows, s.change_cost,
            )
            for s in file.slots
        ),
        scenarios=tuple(
            PlanScenario(
                w.id, w.probability, {slot.id: tuple(w.cars[slot.id].get(year, 0.0) for year in years) for slot in file.slots}
            )
            for w in file.scenarios
        ),
        teams=tuple(Team(t.partner, t.skill, t.hours) for t in file.teams),
        parts=tuple(
            PlanPart(p.id, {_key(name): price for name, price in p.price.items()}, p.largest_share, p.most_suppliers)
            for p in file.parts
        ),
        terms=tuple(Terms(t.id, t.kind, t.basis, tuple((tier.start, tier.discount) for tier in t.tiers)) for t in file.terms),
        offers=tuple(
            PlanOffer(
                o.supplier, o.part, o.price_factor, o.capacity_pieces_per_year, o.landed, o.terms, o.least_pieces_per_year,
                o.tooling, o.step_down_per_year, o.origin,
            )
            for o in file.offers
        ),
        plants=tuple(PlanPlant(p.id, p.partner, p.zone, p.lanes, p.holding_cost) for p in file.plants),
        lines=tuple(
            PlanLine(
                x.plant, x.process, x.capacity_pieces_per_year, x.existing, x.most, x.capital, x.yearly_cost, x.labour_cost,
                x.lead_periods, tuple(x.ramp), tuple(Shift(s.id, s.output, s.yearly_cost) for s in x.shifts),
                tuple((b.from_pieces, b.factor) for b in x.learning), x.overflow_cost,
            )
            for x in file.lines
        ),
        duties=tuple(
            Duty(
                d.kind, d.origin, d.destination, tuple(d.rate[year] for year in years),
                tuple(d.most_foreign.get(year) for year in years),
            )
            for d in file.duties
        ),
        cumulation={zone: tuple(others) for zone, others in file.cumulation.items()},
        cross_supply=tuple(file.cross_supply),
        risk=Risk(file.risk.weight, file.risk.level),
    )  # fmt: skip


# ---- writing -----------------------------------------------------------------------------------------------------------------------


def _name(key: ModuleKey) -> str:
    return f"{key[0]}/{key[1]}"


def instance_document(instance: PlanInstance) -> dict[str, Any]:
    """An instance as the data of its file; reading it back gives the same instance."""
    calendar = instance.calendar
    first, years = calendar.first_year, range(calendar.first_year, calendar.first_year + calendar.years)
    return {
        "format": FORMAT,
        "title": instance.title,
        "currency": instance.currency,
        "calendar": {
            "first_year": first, "years": calendar.years, "discount_rate": calendar.discount_rate, "season": list(calendar.season),
        },
        "contracts": [{"from_year": first + c[0], "to_year": first + c[-1]} for c in instance.contracts],
        "partners": [{"id": p.id, "zone": p.zone} for p in instance.partners],
        "sites": [{"id": s.id, "partner": s.partner, "zone": s.zone} for s in instance.sites],
        "kinds": [
            {"id": k.id, "process": k.process} | ({} if k.most is None else {"most": k.most}) for k in instance.kinds
        ],
        "modules": [
            {
                "id": _name(m.key), "development": m.development, "tooling": m.tooling, "earliest_year": first + m.earliest,
                "effort_hours": dict(m.effort), "parent": None if m.parent is None else _name(m.parent), "carry_over": m.carry_over,
                "includes": [_name(key) for key in m.includes],
                "law": None if m.law is None else {
                    "unit_cost": m.law.unit_cost, "exponent": m.law.exponent, "reference_pieces_per_year": m.law.reference_volume,
                },
                "value": m.value,
            }
            for m in instance.modules
        ],
        "units": [{"id": u.id, "modules": {_name(key): n for key, n in u.modules}} for u in instance.units],
        "slots": [
            {
                "id": s.id, "vehicle": s.vehicle, "site": s.site, "start_year": first + s.start, "positions": list(s.positions),
                "options": [[None if u < 0 else instance.units[u].id for u in option] for option in s.units.tolist()],
                "per_car": {line: values.tolist() for line, values in s.per_car.items()},
                "reported": {line: values.tolist() for line, values in s.reported.items()},
                "latest_delay_years": s.latest_delay, "lost_per_car": s.lost_per_car, "follows": s.follows,
                "change_cost": s.change_cost,
            }
            for s in instance.slots
        ],
        "scenarios": [
            {
                "id": w.id, "probability": w.probability,
                "cars": {
                    slot: {str(year): n for year, n in zip(years, cars, strict=True) if n} for slot, cars in w.volumes.items()
                },
            }
            for w in instance.scenarios
        ],
        "teams": [{"partner": t.partner, "skill": t.skill, "hours": {str(y): h for y, h in t.hours.items()}} for t in instance.teams],
        "parts": [
            {
                "id": p.id, "price": {_name(key): price for key, price in p.price.items()}, "largest_share": p.largest_share,
                "most_suppliers": p.most_suppliers,
            }
            for p in instance.parts
        ],
        "terms": [
            {"id": t.id, "kind": t.kind, "basis": t.basis, "tiers": [{"start": a, "discount": b} for a, b in t.tiers]}
            for t in instance.terms
        ],
        "offers": [
            {
                "supplier": o.supplier, "part": o.part, "price_factor": o.price_factor, "capacity_pieces_per_year": o.capacity,
                "landed": dict(o.landed), "terms": o.terms, "least_pieces_per_year": o.least, "tooling": o.tooling,
                "step_down_per_year": o.step_down, "origin": o.origin,
            }
            for o in instance.offers
        ],
        "plants": [
            {"id": p.id, "partner": p.partner, "zone": p.zone, "lanes": dict(p.lanes), "holding_cost": p.holding_cost}
            for p in instance.plants
        ],
        "lines": [
            {
                "plant": x.plant, "process": x.process, "capacity_pieces_per_year": x.capacity, "existing": x.existing,
                "most": x.most, "capital": x.capital, "yearly_cost": x.yearly_cost, "labour_cost": x.labour_cost,
                "lead_periods": x.lead, "ramp": list(x.ramp),
                "shifts": [{"id": s.id, "output": s.output, "yearly_cost": s.yearly_cost} for s in x.shifts],
                "learning": [{"from_pieces": a, "factor": b} for a, b in x.learning], "overflow_cost": x.overflow_cost,
            }
            for x in instance.lines
        ],
        "duties": [
            {
                "kind": d.kind, "origin": d.origin, "destination": d.destination,
                "rate": {str(y): r for y, r in zip(years, d.rate, strict=True)},
                "most_foreign": {str(y): r for y, r in zip(years, d.most_foreign, strict=True) if r is not None},
            }
            for d in instance.duties
        ],
        "cumulation": {zone: list(others) for zone, others in instance.cumulation.items()},
        "cross_supply": [list(pair) for pair in instance.cross_supply],
        "risk": {"weight": instance.risk.weight, "level": instance.risk.level},
    }  # fmt: skip


def decisions_document(instance: PlanInstance, decisions: Decisions) -> dict[str, Any]:
    """Decisions as plain data, in the names and years of the instance's file."""
    calendar = instance.calendar
    first, per_year = calendar.first_year, calendar.periods_per_year

    def when(period: int) -> dict[str, int]:
        return {"year": first + period // per_year, **({} if per_year == 1 else {"period": period % per_year + 1})}

    def where(line: int) -> dict[str, str]:
        return {"plant": instance.lines[line].plant, "process": instance.lines[line].process}

    return {
        "choice": {
            slot.id: {
                "option": decisions.choice[slot.id],
                "units": [None if u < 0 else instance.units[u].id for u in slot.units[decisions.choice[slot.id]].tolist()],
                "delay_years": decisions.delay.get(slot.id, 0),
            }
            for slot in instance.slots
        },
        "launch": {_name(key): first + year for key, year in sorted(decisions.launch.items())},
        "added_lines": [{**where(line), **when(t), "lines": n} for (line, t), n in sorted(decisions.added.items())],
        "scenarios": [
            {
                "id": scenario.id,
                "purchases": [
                    {
                        "offer": offer, "supplier": instance.offers[offer].supplier, "part": instance.offers[offer].part,
                        "place": place, "module": _name(key), "year": first + year, "pieces": pieces,
                    }
                    for (offer, place, key, year), pieces in sorted(recourse.purchases.items())
                ],
                "output": [
                    {**where(line), "module": _name(key), **when(t), "pieces": pieces}
                    for (line, key, t), pieces in sorted(recourse.output.items())
                ],
                "shipments": [
                    {"plant": plant, "module": _name(key), "site": site, **when(t), "pieces": pieces}
                    for (plant, key, site, t), pieces in sorted(recourse.shipments.items())
                ],
                "shifts": [
                    {**where(line), "shift": instance.lines[line].shifts[shift].id, "year": first + year, "lines": n}
                    for (line, shift, year), n in sorted(recourse.shifts.items())
                ],
                "claims": [
                    {"plant": plant, "module": _name(key), "zone": zone, "year": first + year}
                    for plant, key, zone, year in sorted(recourse.claims)
                ],
            }
            for scenario, recourse in zip(instance.scenarios, decisions.recourse, strict=True)
        ],
    }  # fmt: skip


def read_decisions(instance: PlanInstance, document: Mapping[str, Any]) -> Decisions:
    """Decisions from the data that `decisions_document` writes. Raises KeyError where it names what the instance does not have."""
    calendar = instance.calendar
    first, per_year = calendar.first_year, calendar.periods_per_year
    line_at = {(line.plant, line.process): index for index, line in enumerate(instance.lines)}

    def period(row: Mapping[str, Any]) -> int:
        return (int(row["year"]) - first) * per_year + int(row.get("period", 1)) - 1

    def line(row: Mapping[str, Any]) -> int:
        return line_at[row["plant"], row["process"]]

    recourse = []
    for case in document["scenarios"]:
        shift_at = {(i, s.id): n for i, x in enumerate(instance.lines) for n, s in enumerate(x.shifts)}
        recourse.append(
            Recourse(
                {(int(r["offer"]), r["place"], _key(r["module"]), int(r["year"]) - first): float(r["pieces"]) for r in case["purchases"]},
                {(line(r), _key(r["module"]), period(r)): float(r["pieces"]) for r in case["output"]},
                {(r["plant"], _key(r["module"]), r["site"], period(r)): float(r["pieces"]) for r in case["shipments"]},
                {(line(r), shift_at[line(r), r["shift"]], int(r["year"]) - first): int(r["lines"]) for r in case["shifts"]},
                frozenset((r["plant"], _key(r["module"]), r["zone"], int(r["year"]) - first) for r in case["claims"]),
            )
        )  # fmt: skip
    return Decisions(
        {slot: int(row["option"]) for slot, row in document["choice"].items()},
        {_key(name): int(year) - first for name, year in document["launch"].items()},
        {(line(row), period(row)): int(row["lines"]) for row in document["added_lines"]},
        tuple(recourse),
        {slot: int(row["delay_years"]) for slot, row in document["choice"].items() if row["delay_years"]},
    )


def answer_document(plan: Plan) -> dict[str, Any]:
    """A plan as plain data: certificate, cost tree and decisions. Money in the instance's currency, present value."""
    evaluation = plan.evaluation
    return {
        "title": plan.instance.title,
        "currency": plan.instance.currency,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "seconds": plan.seconds,
        "build_seconds": plan.build_seconds,
        "method": plan.method,
        "violations": list(evaluation.violations),
        "cost_tree": evaluation.by_line(),
        "cost_by_partner": {partner or "shared": amount for partner, amount in evaluation.by_partner().items()},
        "scenario_costs": {
            s.id: cost for s, cost in zip(plan.instance.scenarios, evaluation.scenario_costs, strict=True)
        },
        "conditional_value_at_risk": evaluation.cvar,
        "reported": dict(evaluation.reported),
        "decisions": decisions_document(plan.instance, plan.decisions),
    }
