"""The planning problem as a textbook writes it, solved by the plainest mixed-integer programme that says what the file says.

Written from the page on files, the page on the plan and the schema's descriptions; it imports nothing of halfshaft and reads the JSON
document itself. Nothing is aggregated, tightened or searched for: one binary for each option and delay, each tier of each contract, each
block of learning, each claim and each award; conditions are switched by a big M; a law of volume takes one binary for each volume that the
slots can add up to. That is slow and only for small instances, and it leaves little room for being wrong in the same way as the planner.

Quantities of the programme are thousands of pieces and millions of money, so that rows lie near one.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

Json = Mapping[str, Any]

PIECES = 1e-3
MONEY = 1e-6


@dataclass(frozen=True)
class Answer:
    """The least cost with its cost lines, and what is chosen; no cost where no plan exists."""

    cost: float | None
    cost_tree: Mapping[str, float] = field(default_factory=dict)
    choice: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    launch: Mapping[str, int] = field(default_factory=dict)


class Sum:
    """A linear expression."""

    def __init__(self, terms: Mapping[int, float] | None = None, constant: float = 0.0) -> None:
        self.terms: dict[int, float] = dict(terms or {})
        self.constant = constant

    def __add__(self, other: Sum | float) -> Sum:
        result = Sum(self.terms, self.constant)
        if isinstance(other, Sum):
            result.constant += other.constant
            for variable, factor in other.terms.items():
                result.terms[variable] = result.terms.get(variable, 0.0) + factor
        else:
            result.constant += other
        return result

    __radd__ = __add__

    def __mul__(self, factor: float) -> Sum:
        return Sum({v: factor * f for v, f in self.terms.items()}, factor * self.constant)

    __rmul__ = __mul__

    def __neg__(self) -> Sum:
        return self * -1.0

    def __sub__(self, other: Sum | float) -> Sum:
        return self + (-1.0) * other

    def __rsub__(self, other: float) -> Sum:
        return (-1.0) * self + other


def total(sums: Iterable[Sum]) -> Sum:
    """Sum of linear expressions."""
    result = Sum()
    for one in sums:
        result.constant += one.constant
        for variable, factor in one.terms.items():
            result.terms[variable] = result.terms.get(variable, 0.0) + factor
    return result


class Programme:
    """Variables and rows, solved by HiGHS."""

    def __init__(self) -> None:
        self.upper: list[float] = []
        self.lower: list[float] = []
        self.whole: list[int] = []
        self.rows: list[Sum] = []
        self.equal: list[bool] = []

    def variable(self, upper: float = math.inf, *, whole: bool = False, lower: float = 0.0) -> Sum:
        """A variable between its limits."""
        self.upper.append(upper)
        self.lower.append(lower)
        self.whole.append(int(whole))
        return Sum({len(self.upper) - 1: 1.0})

    def binary(self) -> Sum:
        """Yes or no."""
        return self.variable(1.0, whole=True)

    def at_most(self, left: Sum, right: Sum | float) -> None:
        """Left side <= right side."""
        self.rows.append(left - right)
        self.equal.append(False)

    def equals(self, left: Sum, right: Sum | float) -> None:
        """Left side = right side."""
        self.rows.append(left - right)
        self.equal.append(True)

    def minimise(self, cost: Sum, seconds: float) -> np.ndarray | None:
        """Values of the variables at the least cost, or None where no values fit.

        Asked twice, with and without presolve, since HiGHS up to 1.15.1 called some of these programmes optimal where they are not; the
        cheaper answer counts. Tolerances are as tight as they go: with a big M, a binary of 3e-7 buys a few pieces that no award allows.
        """
        answers = [self._run(cost, seconds, presolve) for presolve in ("on", "off")]
        found = [answer for answer in answers if answer is not None]
        return min(found, key=lambda answer: answer[0])[1] if found else None

    def _run(self, cost: Sum, seconds: float, presolve: str) -> tuple[float, np.ndarray] | None:
        starts, index, value = [0], [], []
        for row in self.rows:
            index += [variable for variable, factor in row.terms.items() if factor]
            value += [factor for factor in row.terms.values() if factor]
            starts.append(len(index))
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(self.upper), len(self.rows)
        programme.col_cost_ = np.array([cost.terms.get(variable, 0.0) for variable in range(len(self.upper))])
        programme.col_lower_, programme.col_upper_ = np.array(self.lower), np.array(self.upper)
        programme.row_upper_ = np.array([-row.constant for row in self.rows])
        programme.row_lower_ = np.where(np.array(self.equal, dtype=bool), programme.row_upper_, -np.inf)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        programme.a_matrix_.index_ = np.array(index, dtype=np.int32)
        programme.a_matrix_.value_ = np.array(value)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        programme.integrality_ = [kinds[whole] for whole in self.whole]
        highs = highspy.Highs()
        settings = {"output_flag": False, "threads": 1, "presolve": presolve, "time_limit": seconds, "mip_rel_gap": 0.0}
        settings |= {"mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9}
        for name, setting in settings.items():
            highs.setOptionValue(name, setting)
        highs.passModel(programme)
        highs.run()
        status = highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise TimeoutError(highs.modelStatusToString(status))
        return highs.getInfo().objective_function_value, np.array(highs.getSolution().col_value)


class Textbook:
    """One instance, its programme, and its costs by line and scenario (None: before any scenario is known)."""

    def __init__(self, document: Json) -> None:
        self.file = document
        self.programme = Programme()
        self.costs: dict[tuple[str, int | None], list[Sum]] = defaultdict(list)
        calendar = document["calendar"]
        self.first = int(calendar["first_year"])
        self.years = range(self.first, self.first + int(calendar["years"]))
        self.rate = float(calendar["discount_rate"])
        self.season = [float(share) for share in calendar.get("season", [1.0])]
        self.periods = range(len(self.season))
        whole = [{"from_year": self.years[0], "to_year": self.years[-1]}]
        self.contracts = [range(c["from_year"], c["to_year"] + 1) for c in document.get("contracts") or whole]
        self.scenarios = document["scenarios"]
        self.zone = {p["id"]: p["zone"] for p in document["partners"]}
        self.site = {s["id"]: s for s in document["sites"]}
        self.process = {k["id"]: k.get("process") for k in document["kinds"]}
        self.module = {m["id"]: m for m in document["modules"]}
        self.unit = {u["id"]: u["modules"] for u in document["units"]}
        self.slots = document["slots"]
        self.plants = {p["id"]: p for p in document.get("plants", ())}
        self.lines = {(line["plant"], line["process"]): line for line in document.get("lines", ())}
        self.named = sorted({name for modules in self.unit.values() for name in modules})
        self.cross = {(maker, user) for maker, user in document.get("cross_supply", ())}

    # -- figures that need no decision

    def end(self, year: int) -> float:
        """Present value of money at the end of a year."""
        return (1.0 + self.rate) ** -(year - self.first + 1)

    def beginning(self, year: int, period: int = 0) -> float:
        """Present value of money at the beginning of a period, the first one's for what lies before."""
        return (1.0 + self.rate) ** -max(year - self.first + period / len(self.periods), 0.0)

    def cars(self, scenario: Json, slot: Json, year: int) -> float:
        """Cars that are wanted."""
        return float(scenario["cars"].get(slot["id"], {}).get(str(year), 0.0))

    def inside(self, name: str) -> dict[str, int]:
        """A module and all that is made together with it, with pieces of each."""
        pieces: dict[str, int] = defaultdict(int)
        pieces[name] += 1
        for inner in self.module[name].get("includes", ()):
            for deeper, count in self.inside(inner).items():
                pieces[deeper] += count
        return pieces

    def pieces(self, slot: Json, option: int) -> dict[str, int]:
        """Pieces of each module that the units of an option name."""
        result: dict[str, int] = defaultdict(int)
        for unit in slot["options"][option]:
            for name, count in self.unit[unit].items() if unit is not None else ():
                result[name] += count
        return result

    def all_pieces(self, slot: Json, option: int) -> dict[str, int]:
        """Pieces of each module, with what is made together."""
        result: dict[str, int] = defaultdict(int)
        for name, count in self.pieces(slot, option).items():
            for inner, each in self.inside(name).items():
                result[inner] += count * each
        return result

    def is_made(self, name: str) -> bool:
        """Whether the partners make it in their own plants."""
        return self.process[name.split("/")[0]] is not None

    def most_pieces(self, name: str) -> float:
        """Pieces of a module that no plan exceeds in a year (thousands)."""
        return PIECES * max(
            sum(
                max((self.all_pieces(s, c)[name] for c in range(len(s["options"]))), default=0) * self.cars(w, s, t)
                for s in self.slots
            )
            for w in self.scenarios
            for t in self.years
        )

    # -- the programme

    def solve(self, seconds: float) -> Answer:
        """The least cost of the instance."""
        self.choose()
        self.launch()
        self.tool()
        self.pay_by_car()
        self.pay_laws()
        for w in range(len(self.scenarios)):
            self.make(w)
        self.buy()
        cost = self.weigh()
        values = self.programme.minimise(cost, seconds)
        if values is None:
            return Answer(None)

        def value(one: Sum) -> float:
            return one.constant + sum(f * values[v] for v, f in one.terms.items())

        tree: dict[str, float] = defaultdict(float)
        for (line, scenario), sums in self.costs.items():
            weight = 1.0 if scenario is None else self.scenarios[scenario].get("probability", 1.0)
            tree[line] += weight * sum(value(one) for one in sums) / MONEY
        tree["risk premium"] = value(cost) / MONEY - sum(tree.values())
        choice = {s: (c, late) for (s, c, late), x in self.x.items() if value(x) > 0.5}
        launch = {j: t for (j, t), x in self.launched.items() if value(x) > 0.5}
        return Answer(value(cost) / MONEY, tree, choice, launch)

    def pay(self, line: str, scenario: int | None, amount: Sum) -> None:
        """Book an amount of present value in money of the file."""
        self.costs[line, scenario].append(MONEY * amount)

    def choose(self) -> None:
        """One option and one delay for each slot; a change between stages."""
        self.x: dict[tuple[str, int, int], Sum] = {}
        for slot in self.slots:
            for option, late in itertools.product(
                range(len(slot["options"])), range(slot.get("latest_delay_years", 0) + 1)
            ):
                self.x[slot["id"], option, late] = self.programme.binary()
            self.programme.equals(total(x for (s, _, _), x in self.x.items() if s == slot["id"]), 1.0)
        by_id = {slot["id"]: slot for slot in self.slots}
        for slot in self.slots:
            if slot.get("follows") is None or not slot.get("change_cost", 0.0):
                continue
            before = by_id[slot["follows"]]
            change = self.programme.binary()
            for option, units in enumerate(slot["options"]):
                same = [
                    self.option(before, c)
                    for c, others in enumerate(before["options"])
                    if self.units(before, others) == self.units(slot, units)
                ]
                self.programme.at_most(self.option(slot, option) - total(same), change)
            self.pay("change of unit", None, slot["change_cost"] * self.beginning(slot["start_year"] - 1) * change)

    @staticmethod
    def units(slot: Json, option: Iterable[str | None]) -> dict[str, str]:
        """Units of an option by position; an empty position is none."""
        return {position: unit for position, unit in zip(slot["positions"], option, strict=True) if unit is not None}

    def option(self, slot: Json, option: int) -> Sum:
        """Whether a slot takes an option, however late."""
        return total(x for (s, c, _), x in self.x.items() if (s, c) == (slot["id"], option))

    def launch(self) -> None:
        """Launch years from first need and the teams' hours, carry-over, and the limit on a kind."""
        add = self.programme
        self.launched: dict[tuple[str, int], Sum] = {}
        self.saved: dict[tuple[str, int], Sum] = {}
        for name, module in self.module.items():
            begin = max(self.first, module.get("earliest_year") or self.first)
            for year in self.years:
                if year >= begin:
                    self.launched[name, year] = add.binary()
            add.at_most(self.launched_by(name, self.years[-1]), 1.0)
        for slot in self.slots:
            for option in range(len(slot["options"])):
                for name in self.all_pieces(slot, option):
                    for (s, c, late), x in self.x.items():
                        if (s, c) == (slot["id"], option):
                            add.at_most(x, self.launched_by(name, slot["start_year"] + late))
        for name, module in self.module.items():
            users = [
                self.option(slot, c)
                for slot in self.slots
                for c in range(len(slot["options"]))
                if name in self.all_pieces(slot, c)
            ]
            add.at_most(self.launched_by(name, self.years[-1]), total(users))
            parent, share = module.get("parent"), module.get("carry_over", 0.0)
            for year in self.years:
                if (name, year) not in self.launched:
                    continue
                paid = self.launched[name, year]
                if parent is not None:
                    saved = self.saved[name, year] = add.binary()
                    add.at_most(saved, paid)
                    add.at_most(saved, self.launched_by(parent, year))
                    paid = paid - share * saved
                self.pay("development", None, module.get("development", 0.0) * self.beginning(year - 1) * paid)
        for kind in self.file["kinds"]:
            if kind.get("most") is not None:
                of_kind = [n for n in self.module if n.split("/")[0] == kind["id"]]
                add.at_most(total(self.launched_by(n, self.years[-1]) for n in of_kind), float(kind["most"]))
        if self.file.get("teams"):
            for skill in {team["skill"] for team in self.file["teams"]}:
                self.limit_hours(skill)

    def limit_hours(self, skill: str) -> None:
        """What is launched by a year takes no more hours than there are before that year."""
        for year in self.years:
            have = sum(
                hours
                for team in self.file["teams"]
                if team["skill"] == skill
                for when, hours in team["hours"].items()
                if int(when) < year
            )
            work = []
            for (name, when), launched in self.launched.items():
                effort = self.module[name].get("effort_hours", {}).get(skill, 0.0)
                if when <= year and effort:
                    work.append(effort * launched)
                    if (name, when) in self.saved:
                        work.append(-effort * self.module[name].get("carry_over", 0.0) * self.saved[name, when])
            self.programme.at_most(PIECES * total(work), PIECES * have)

    def launched_by(self, name: str, year: int) -> Sum:
        """Whether a module is launched by a year."""
        return total(x for (n, t), x in self.launched.items() if n == name and t <= year)

    def makers(self, name: str, site: str) -> list[str]:
        """Plants that have lines for a module and may supply a site."""
        process = self.process[name.split("/")[0]]
        owner = self.site[site]["partner"]
        return [
            p
            for p, plant in self.plants.items()
            if (p, process) in self.lines
            and site in plant["lanes"]
            and (plant["partner"] == owner or (plant["partner"], owner) in self.cross)
        ]

    def tool(self) -> None:
        """Tools of each module, and of what is made together with it, at each plant that makes it; once where it is bought whole."""
        add = self.programme
        self.tooled: dict[tuple[str | None, str], Sum] = {}
        paid: dict[tuple[str | None, str], Sum] = {}
        for name in self.named:
            places: list[str | None] = [None]
            if self.is_made(name):
                sites = {slot["site"] for slot in self.slots}
                places = sorted({p for site in sites for p in self.makers(name, site)})
            for place in places:
                tooled = self.tooled[place, name] = add.binary()
                for inner in self.inside(name):
                    if (place, inner) not in paid:
                        paid[place, inner] = add.binary()
                        before = (self.module[inner].get("earliest_year") or self.first) - 1
                        tooling = self.module[inner].get("tooling", 0.0) * self.beginning(before)
                        self.pay("tooling", None, tooling * paid[place, inner])
                    add.at_most(tooled, paid[place, inner])
        for slot in self.slots:
            for (s, option, late), x in self.x.items():
                begin = slot["start_year"] + late
                built = any(self.cars(w, slot, t) for w in self.scenarios for t in self.years if t >= begin)
                for name in self.pieces(slot, option) if s == slot["id"] and built else ():
                    places = self.makers(name, slot["site"]) if self.is_made(name) else [None]
                    add.at_most(x, total(self.tooled[place, name] for place in places))

    def pay_by_car(self) -> None:
        """What an option costs each car, and cars that a delay leaves unbuilt."""
        for slot, (w, scenario) in itertools.product(self.slots, enumerate(self.scenarios)):
            for (s, option, late), x in self.x.items():
                if s != slot["id"]:
                    continue
                begin = slot["start_year"] + late
                built = sum(self.cars(scenario, slot, t) * self.end(t) for t in self.years if t >= begin)
                lost = sum(self.cars(scenario, slot, t) * self.end(t) for t in self.years if t < begin)
                for line, figures in slot.get("per_car", {}).items():
                    self.pay(line, w, figures[option] * built * x)
                self.pay("lost sales", w, slot.get("lost_per_car", 0.0) * lost * x)

    def pay_laws(self) -> None:
        """One binary for each combination of what the slots take of a module: its volume, hence its cost, is a figure."""
        add = self.programme
        annuity = sum(self.end(t) for t in self.years)
        for name, module in self.module.items():
            law = module.get("law")
            if law is None:
                continue
            reference = law["reference_pieces_per_year"] * annuity
            groups: list[dict[tuple[float, ...], list[Sum]]] = []
            for slot in self.slots:
                group: dict[tuple[float, ...], list[Sum]] = defaultdict(list)
                for (s, option, late), x in self.x.items():
                    if s == slot["id"]:
                        count = self.all_pieces(slot, option)[name]
                        begin = slot["start_year"] + late
                        volume = tuple(
                            count * sum(self.cars(w, slot, t) * self.end(t) for t in self.years if t >= begin)
                            for w in self.scenarios
                        )
                        group[volume].append(x)
                groups.append(group)
            chosen = []
            for volumes in itertools.product(*groups):
                this = add.variable(1.0)
                chosen.append(this)
                for group, volume in zip(groups, volumes, strict=True):
                    add.at_most(this, total(group[volume]))
                for w in range(len(self.scenarios)):
                    volume = sum(v[w] for v in volumes)
                    if volume > 0.0:
                        cost = law["unit_cost"] * (volume / reference) ** law["exponent"] * volume
                        self.pay("modules by law", w, cost * this)
            add.equals(total(chosen), 1.0)

    def need(self, w: int, site: str, name: str, year: int) -> Sum:
        """Thousands of pieces that a site's cars take in a year."""
        result = []
        for slot in self.slots:
            cars = PIECES * self.cars(self.scenarios[w], slot, year)
            if slot["site"] == site and cars:
                for (s, option, late), x in self.x.items():
                    if s == slot["id"] and year >= slot["start_year"] + late:
                        result.append(cars * self.pieces(slot, option).get(name, 0) * x)
        return total(result)

    def make(self, w: int) -> None:
        """Output, stock, shipments, lines, shifts, overflow, labour and duty of one scenario."""
        add = self.programme
        if w == 0:
            self.order_lines()
            self.output: dict[tuple[int, str, str, int], Sum] = {}
            self.shipped: dict[tuple[int, str, str, str, int], Sum] = {}
        load: dict[tuple[str, str, int, int], list[Sum]] = defaultdict(list)
        made = [name for name in self.named if self.is_made(name)]
        for name, year in itertools.product(made, self.years):
            ships: dict[tuple[str, int], list[Sum]] = defaultdict(list)
            for site, q in itertools.product(self.site, self.periods):
                sources = []
                for plant in self.makers(name, site):
                    if (plant, name) not in self.tooled:
                        continue
                    ship = add.variable()
                    sources.append(ship)
                    ships[plant, q].append(ship)
                    before = self.shipped.get((w, plant, site, name, year), Sum())
                    self.shipped[w, plant, site, name, year] = before + ship
                    freight = self.plants[plant]["lanes"][site] * self.end(year) / PIECES
                    self.pay("logistics", w, freight * ship)
                add.equals(total(sources), self.season[q] * self.need(w, site, name, year))
            for plant in {p for p, _ in ships}:
                process = self.process[name.split("/")[0]]
                stock, outputs = Sum(), []
                for q in self.periods:
                    output = add.variable()
                    outputs.append(output)
                    load[plant, process, year, q].append(output)
                    left = add.variable(math.inf if q < self.periods[-1] else 0.0)
                    add.equals(stock + output - total(ships[plant, q]), left)
                    holding = self.plants[plant].get("holding_cost", 0.0) * self.end(year) / PIECES
                    self.pay("stock", w, holding * left)
                    stock = left
                self.output[w, plant, name, year] = total(outputs)
                add.at_most(total(outputs), self.most_pieces(name) * self.tooled[plant, name])
        for (plant, process), line in self.lines.items():
            self.run_lines(w, line, {k[2:]: total(v) for k, v in load.items() if k[:2] == (plant, process)})

    def order_lines(self) -> None:
        """Lines that are added, when they stand and what they give in each period."""
        add = self.programme
        self.standing: dict[tuple[str, str, int, int], Sum] = {}
        self.capacity: dict[tuple[str, str, int, int], Sum] = {}
        clock = list(itertools.product(self.years, self.periods))
        for place, line in self.lines.items():
            lead, ramp = line.get("lead_periods", 0), line.get("ramp", [])
            existing = line.get("existing", 0)
            orders = [add.variable(line["most"] - existing, whole=True) for _ in clock]
            add.at_most(total(orders), float(line["most"] - existing))
            for order, (year, q) in zip(orders, clock, strict=True):
                self.pay("line capital", None, line["capital"] * self.beginning(year, q) * order)
            for now, (year, q) in enumerate(clock):
                ages = [(now - lead - k, order) for k, order in enumerate(orders) if now - lead - k >= 0]
                self.standing[(*place, year, q)] = total(order for _, order in ages) + existing
                shares = [(ramp[age] if age < len(ramp) else 1.0) * order for age, order in ages]
                piece = PIECES * line["capacity_pieces_per_year"] / len(self.periods)
                self.capacity[(*place, year, q)] = piece * (total(shares) + existing)
                if q == self.periods[-1]:
                    upkeep = line.get("yearly_cost", 0.0) * self.end(year)
                    self.pay("line upkeep", None, upkeep * self.standing[(*place, year, q)])

    def run_lines(self, w: int, line: Json, load: Mapping[tuple[int, int], Sum]) -> None:
        """Load of one plant's lines of one process against capacity, and its labour."""
        add = self.programme
        place = (line["plant"], line["process"])
        for year in self.years:
            longer = [add.variable(line["most"], whole=True) for _ in line.get("shifts", ())]
            for shift, lines in zip(line.get("shifts", ()), longer, strict=True):
                self.pay("shifts", w, shift["yearly_cost"] * self.end(year) * lines)
            add.at_most(total(longer), self.standing[(*place, year, 0)])
            for q in self.periods:
                room = self.capacity[(*place, year, q)]
                piece = PIECES * line["capacity_pieces_per_year"] / len(self.periods)
                for shift, lines in zip(line.get("shifts", ()), longer, strict=True):
                    room = room + (shift["output"] - 1.0) * piece * lines
                if line.get("overflow_cost") is not None:
                    over = add.variable()
                    room = room + over
                    self.pay("overflow", w, line["overflow_cost"] * self.end(year) / PIECES * over)
                if (year, q) in load:
                    add.at_most(load[year, q], room)
        self.pay_labour(w, line, load)

    def pay_labour(self, w: int, line: Json, load: Mapping[tuple[int, int], Sum]) -> None:
        """Labour of each piece, by blocks of what these lines have made: a block begins only when the one before is full."""
        add = self.programme
        blocks = line.get("learning") or [{"from_pieces": 0.0, "factor": 1.0}]
        most = len(self.years) * sum(self.most_pieces(n) for n in self.named if self.is_made(n))
        filled = [Sum() for _ in blocks]
        for year in self.years:
            pieces = [add.variable() for _ in blocks]
            add.equals(total(pieces), total(v for (t, _), v in load.items() if t == year))
            filled = [before + this for before, this in zip(filled, pieces, strict=True)]
            for block, this in zip(blocks, pieces, strict=True):
                wage = line.get("labour_cost", 0.0) * block["factor"] * self.end(year) / PIECES
                self.pay("labour", w, wage * this)
            for number, (block, after) in enumerate(itertools.pairwise(blocks)):
                width = PIECES * (after["from_pieces"] - block["from_pieces"])
                begun = add.binary()
                add.at_most(filled[number], width)
                add.at_most(width * begun, filled[number])
                add.at_most(filled[number + 1], most * begun)

    def buy(self) -> None:
        """Parts by offer, place, module and year; awards; terms; duty on what crosses."""
        add = self.programme
        self.bought: dict[
            tuple[int, int, str, str, str, int], Sum
        ] = {}  # scenario, offer, partner, place, module, year
        offers = list(enumerate(self.file.get("offers", ())))
        for (w, _), part in itertools.product(enumerate(self.scenarios), self.file.get("parts", ())):
            for name, year in itertools.product(part["price"], self.years):
                for partner, place, zone, pieces in self.wanted(w, name, year):
                    bought = []
                    for o, offer in offers:
                        if offer["part"] == part["id"] and zone in offer["landed"]:
                            piece = self.bought[w, o, partner, place, name, year] = add.variable()
                            bought.append(piece)
                            price = self.price(part, offer, name, year) * offer["landed"][zone]
                            self.pay("parts at list price", w, price * self.end(year) / PIECES * piece)
                    add.equals(total(bought), pieces)
        self.tools: dict[tuple[int, int], Sum] = {}
        for (o, offer), (number, contract) in itertools.product(offers, enumerate(self.contracts)):
            self.tools[o, number] = add.binary()
            tooling = offer.get("tooling", 0.0) * self.beginning(contract[0])
            self.pay("supplier tooling", None, tooling * self.tools[o, number])
        for w in range(len(self.scenarios)):
            self.award(w)
            for terms in self.file.get("terms", ()):
                for contract in self.contracts:
                    self.reach(w, terms, contract)
            self.pay_duty(w)

    def wanted(self, w: int, name: str, year: int) -> list[tuple[str, str, str, Sum]]:
        """Who needs parts of a module where: partner, place, zone, thousands of pieces."""
        if self.is_made(name):
            return [
                (self.plants[p]["partner"], p, self.plants[p]["zone"], output)
                for (v, p, n, t), output in self.output.items()
                if (v, n, t) == (w, name, year)
            ]
        return [
            (p, p, zone, total(self.need(w, s, name, year) for s, site in self.site.items() if site["partner"] == p))
            for p, zone in self.zone.items()
        ]

    def price(self, part: Json, offer: Json, name: str, year: int) -> float:
        """Price of one set in one module before landing."""
        step = (1.0 - offer.get("step_down_per_year", 0.0)) ** (year - self.first)
        return float(part["price"][name] * offer.get("price_factor", 1.0) * step)

    def deliveries(self, w: int, offers: Iterable[int], years: Iterable[int], partner: str | None = None) -> Sum:
        """Thousands of pieces that offers deliver."""
        offers, years = set(offers), set(years)
        return total(
            x
            for (v, o, p, _, _, t), x in self.bought.items()
            if v == w and o in offers and t in years and partner in (None, p)
        )

    def award(self, w: int) -> None:
        """What each offer delivers: capacity and largest share by year, least quantity by contract, suppliers by partner and contract."""
        add = self.programme
        parts = {part["id"]: part for part in self.file.get("parts", ())}
        takes: dict[tuple[str, str, str, int], Sum] = defaultdict(add.binary)
        for o, offer in enumerate(self.file.get("offers", ())):
            part = parts[offer["part"]]
            rivals = [n for n, other in enumerate(self.file["offers"]) if other["part"] == part["id"]]
            for year in self.years:
                pieces = self.deliveries(w, [o], [year])
                add.at_most(pieces, PIECES * offer["capacity_pieces_per_year"] * len(self.zone))
                if part.get("largest_share", 1.0) < 1.0:
                    add.at_most(pieces, part["largest_share"] * self.deliveries(w, rivals, [year]))
            most = sum(self.most_pieces(n) for n in part["price"])
            for number, contract in enumerate(self.contracts):
                awarded, pieces = add.binary(), self.deliveries(w, [o], contract)
                add.at_most(pieces, most * len(contract) * awarded)
                add.at_most(PIECES * offer.get("least_pieces_per_year", 0.0) * len(contract) * awarded, pieces)
                add.at_most(awarded, total(self.tools[o, before] for before in range(number + 1)))
                for partner in self.zone if part.get("most_suppliers") is not None else ():
                    chosen = takes[part["id"], partner, offer["supplier"], number]
                    add.at_most(self.deliveries(w, [o], contract, partner), most * len(contract) * chosen)
        for part, partner, number in itertools.product(parts.values(), self.zone, range(len(self.contracts))):
            if part.get("most_suppliers") is not None:
                chosen = [x for (p, owner, _, n), x in takes.items() if (p, owner, n) == (part["id"], partner, number)]
                add.at_most(total(chosen), float(part["most_suppliers"]))

    def reach(self, w: int, terms: Json, contract: range) -> None:
        """The tier that a contract's yearly mean reaches, one binary each, and the discount that it earns."""
        add = self.programme
        parts = {part["id"]: part for part in self.file.get("parts", ())}
        offers = self.file.get("offers", ())
        pieces, listed, paid, most = [], [], [], 0.0
        for (v, o, partner, place, name, year), x in self.bought.items():
            offer = offers[o]
            if v != w or offer.get("terms") != terms["id"] or year not in contract:
                continue
            price = self.price(parts[offer["part"]], offer, name, year)
            landed = offer["landed"][self.plants[place]["zone"] if place in self.plants else self.zone[partner]]
            pieces.append(x)
            listed.append(MONEY / PIECES * price * landed * x)
            paid.append(MONEY / PIECES * price * landed * self.end(year) * x)
            most += max(MONEY / PIECES * price * landed, 1.0) * self.most_pieces(name)
        on_pieces = terms.get("basis", "pieces") == "pieces"
        mean = total(pieces if on_pieces else listed) * (1.0 / len(contract))
        scale = PIECES if on_pieces else MONEY
        tiers = terms["tiers"]
        if terms.get("kind", "all units") == "all units":
            reached = [add.binary() for _ in tiers]
            add.equals(total(reached), 1.0)
            for tier, here in zip(tiers, reached, strict=True):
                rebate = add.variable()
                add.at_most(scale * tier["start"] * here, mean)
                add.at_most(rebate, tier["discount"] * total(paid))
                add.at_most(rebate, most * here)
                self.pay("volume discounts", w, -1.0 / MONEY * rebate)
            return
        years = sum(self.end(t) for t in contract)
        for lower, upper in itertools.pairwise(tiers):
            reached, excess = add.binary(), add.variable()
            add.at_most(excess, mean - scale * upper["start"] * reached)
            add.at_most(excess, most * reached)
            more = upper["discount"] - lower["discount"]
            self.pay("volume discounts", w, -more * years / MONEY * excess)

    def pay_duty(self, w: int) -> None:
        """Duty on what crosses, unless its origin is claimed: then foreign parts are worth no more than the share."""
        add = self.programme
        parts = {part["id"]: part for part in self.file.get("parts", ())}
        offers = self.file.get("offers", ())
        for (v, plant, site, name, year), shipped in self.shipped.items():
            origin, destination = self.plants[plant]["zone"], self.site[site]["zone"]
            value = self.module[name].get("value", 0.0)
            for duty in self.file.get("duties", ()):
                if v != w or (duty["kind"], duty["origin"], duty["destination"]) != (
                    name.split("/")[0],
                    origin,
                    destination,
                ):
                    continue
                duty_rate = duty["rate"][str(year)] * value * self.end(year) / PIECES
                charged = add.variable()
                self.pay("duty", w, duty_rate * charged)
                share = duty.get("most_foreign", {}).get(str(year))
                if share is None:
                    add.at_most(shipped, charged)
                    continue
                claim = add.binary()
                add.at_most(shipped - self.most_pieces(name) * claim, charged)
                native = {origin, *self.file.get("cumulation", {}).get(origin, ())}
                foreign, most = [], 0.0
                for (u, o, _, place, n, t), x in self.bought.items():
                    if (u, place, n, t) == (w, plant, name, year) and offers[o].get("origin") not in native:
                        worth = MONEY / PIECES * self.price(parts[offers[o]["part"]], offers[o], name, year)
                        foreign.append(worth * x)
                        most += worth * self.most_pieces(name)
                output = MONEY / PIECES * value * self.output[w, plant, name, year]
                add.at_most(total(foreign), share * output + most * (1.0 - claim))

    def weigh(self) -> Sum:
        """Expected cost, and what the dearest scenarios cost beyond it."""
        add = self.programme
        once = total(itertools.chain(*(sums for (_, w), sums in self.costs.items() if w is None)))
        each = [
            once + total(itertools.chain(*(sums for (_, v), sums in self.costs.items() if v == w)))
            for w in range(len(self.scenarios))
        ]
        chances = [scenario.get("probability", 1.0) for scenario in self.scenarios]
        expected = total(p * cost for p, cost in zip(chances, each, strict=True))
        risk = {"weight": 0.0, "level": 0.9, **self.file.get("risk", {})}
        if not risk["weight"]:
            return expected
        threshold = add.variable(lower=-math.inf)
        tail = [add.variable() for _ in each]
        for cost, beyond in zip(each, tail, strict=True):
            add.at_most(cost - threshold, beyond)
        at_risk = threshold + total(p / (1.0 - risk["level"]) * beyond for p, beyond in zip(chances, tail, strict=True))
        return (1.0 - risk["weight"]) * expected + risk["weight"] * at_risk


def solve(document: Json, seconds: float = 60.0) -> Answer:
    """The least cost of the instance that a file describes. Raises TimeoutError."""
    return Textbook(document).solve(seconds)
