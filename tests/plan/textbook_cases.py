"""Small planning problems as JSON documents, drawn from a seed: every section of the format, each switched on at random.

Legal but unusual figures are drawn on purpose: years without cars, free modules, no discounting, tiers that nobody reaches, capacities
that are just enough or just too small, orders that come after the last year, options that leave positions empty. Some problems have no
plan at all. Some have the forms for which the planner has searches of its own: families that are bought whole under laws, families that are
given, purchases with many tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Json = dict[str, Any]
ZONES = ("UK", "EU", "US")


class Draw:
    """Draws from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 20_270])

    def chance(self, share: float) -> bool:
        """True so often."""
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def figure(self, low: float, high: float, digits: int = 2, nothing: float = 0.08) -> float:
        """A figure between two, or sometimes 0."""
        return 0.0 if self.chance(nothing) else round(float(self.rng.uniform(low, high)), digits)

    def one(self, things: Any) -> Any:
        """One of some things."""
        return things[self.whole(0, len(things) - 1)]

    def some(self, things: Any, share: float = 0.5) -> list[Any]:
        """Each of some things so often."""
        return [thing for thing in things if self.chance(share)]


def case(seed: int) -> Json:
    """The problem of one seed."""
    draw = Draw(seed)
    years, first = draw.whole(2, 4), draw.one([2027, 2030])
    season = [1.0]
    if draw.chance(0.3):
        season = draw.one(
            [[0.25, 0.25, 0.25, 0.25], [0.4, 0.3, 0.2, 0.1], [0.5, 0.0, 0.3, 0.2], [0.0, 0.6, 0.4], [0.7, 0.3]]
        )
    document: Json = {
        "format": "halfshaft plan 1",
        "title": f"case {seed}",
        "calendar": {
            "first_year": first,
            "years": years,
            "discount_rate": draw.one([0.0, 0.05, 0.08, 0.15]),
            "season": season,
        },
    }
    if draw.chance(0.3) and years > 1:
        cut = draw.whole(1, years - 1)
        document["contracts"] = [
            {"from_year": first, "to_year": first + cut - 1},
            {"from_year": first + cut, "to_year": first + years - 1},
        ]
    partners = [f"partner {i}" for i in range(draw.one([1, 1, 2, 2, 2, 3]))]
    document["partners"] = [{"id": p, "zone": draw.one(ZONES)} for p in partners]
    document["sites"] = [
        {"id": f"{p} site {k}", "partner": p, "zone": draw.one(ZONES)}
        for p in partners
        for k in range(draw.one([1, 1, 1, 2]))
    ]
    form = draw.one([*["any"] * 6, "family", "given", "purchases"])
    _modules(draw, document, years, first)
    _slots(draw, document, years, first)
    _scenarios(draw, document, years, first)
    if form in ("family", "purchases"):
        for kind in document["kinds"]:
            kind.pop("process", None)
    if form != "any":
        _simplify(draw, document, form)
    elif draw.chance(0.35):
        _teams(draw, document, years, first)
    made = [k for k in document["kinds"] if "process" in k]
    if made:
        _plants(draw, document)
    if form != "family":
        _purchases(draw, document, many=form == "purchases")
    if made and form == "any" and draw.chance(0.4):
        _duties(draw, document, years, first)
    return document


def _simplify(draw: Draw, document: Json, form: str) -> None:
    """One scenario and no delay; where the family is given or only bought for, one option for each slot."""
    document["scenarios"] = [document["scenarios"][0] | {"probability": 1.0}]
    for slot in document["slots"]:
        slot.pop("latest_delay_years", None)
        if form != "family" or draw.chance(0.2):
            slot["options"] = slot["options"][:1]
            for field in ("per_car", "reported"):
                if field in slot:
                    slot[field] = {line: figures[:1] for line, figures in slot[field].items()}
        if form == "family":
            slot.pop("follows", None)
    for module in document["modules"]:
        if form == "family" and draw.chance(0.6):
            module["law"] = {
                "unit_cost": draw.figure(100, 1500),
                "exponent": draw.one([0.0, -0.06, -0.3, -0.6]),
                "reference_pieces_per_year": draw.one([1000.0, 30000.0]),
            }
        if form == "given" and draw.chance(0.7):
            module.pop("law", None)
    for kind in document["kinds"]:
        kind.pop("most", None)


def _modules(draw: Draw, document: Json, years: int, first: int) -> None:
    kinds: list[Json] = [{"id": "machine"}]
    if draw.chance(0.5):
        kinds.append({"id": "gear"})
    for kind in kinds:
        if draw.chance(0.6):
            kind["process"] = draw.one(["winding", kind["id"] + " hall"])
        if draw.chance(0.15):
            kind["most"] = draw.whole(1, 2)
    modules: list[Json] = []
    for kind in kinds:
        names = [f"{kind['id']}/{name}" for name in ("a", "b", "c")[: draw.whole(1, 3)]]
        elders = dict(zip(names, draw.rng.permutation(len(names)), strict=True))
        for name in names:
            module: Json = {
                "id": name,
                "development": draw.figure(1e6, 30e6, -3),
                "tooling": draw.figure(1e5, 5e6, -3),
                "value": draw.figure(100, 1500),
            }
            if draw.chance(0.15):
                module["earliest_year"] = draw.one([first - 2, first, first + 1])
            others = [other for other in names if elders[other] < elders[name]]
            if others and draw.chance(0.4):
                module |= {"parent": draw.one(others), "carry_over": draw.one([0.0, 0.3, 0.5, 1.0])}
            if draw.chance(0.3):
                module["law"] = {
                    "unit_cost": draw.figure(100, 1500),
                    "exponent": draw.one([0.0, -0.06, -0.15, -0.245, -0.6]),
                    "reference_pieces_per_year": draw.one([1000.0, 30000.0, 200000.0]),
                }
            modules.append(module)
    units: list[Json] = []
    outer = [m["id"] for m in modules]
    if draw.chance(0.3):
        inner: Json = {"id": "sheet", "most": draw.whole(1, 2)} if draw.chance(0.2) else {"id": "sheet"}
        kinds.append(inner)
        for name in ("sheet/x", "sheet/y")[: draw.whole(1, 2)]:
            modules.append(
                {"id": name, "development": draw.figure(1e6, 10e6, -3), "tooling": draw.figure(1e5, 2e6, -3)}
            )
            for module in modules:
                if module["id"] in outer and draw.chance(0.5):
                    module.setdefault("includes", []).append(name)
    for number in range(draw.whole(2, 4)):
        chosen = {name: draw.one([1, 1, 1, 2]) for kind in kinds for name in outer if name.startswith(kind["id"] + "/")}
        held: dict[str, int] = {}
        for kind in kinds:
            of_kind = [name for name in chosen if name.startswith(kind["id"] + "/")]
            if of_kind and (kind is kinds[0] or draw.chance(0.8)):
                name = draw.one(of_kind)
                held[name] = chosen[name]
        units.append({"id": f"unit {number}", "modules": {} if draw.chance(0.02) else held})
    document |= {"kinds": kinds, "modules": modules, "units": units}


def _slots(draw: Draw, document: Json, years: int, first: int) -> None:
    units = [u["id"] for u in document["units"]]
    slots: list[Json] = []
    for number in range(draw.whole(1, 4)):
        positions = draw.one([["rear"], ["rear"], ["front", "rear"]])
        options: list[list[str | None]] = []
        for _ in range(draw.whole(2, 4)):
            option = [None if len(positions) > 1 and draw.chance(0.3) else draw.one(units) for _ in positions]
            if draw.chance(0.03):
                option = [None] * len(positions)
            options.append(option)
        start = draw.whole(0, max(0, years - 2))
        slot: Json = {
            "id": f"slot {number}",
            "vehicle": f"vehicle {number}",
            "site": draw.one(document["sites"])["id"],
            "start_year": first + start,
            "positions": positions,
            "options": options,
        }
        if draw.chance(0.5):
            slot["per_car"] = {"extra battery": [draw.figure(-100, 500) for _ in options]}
        if draw.chance(0.2):
            slot.setdefault("per_car", {})["carbon"] = [draw.figure(0, 200) for _ in options]
        if draw.chance(0.3):
            slot["reported"] = {"energy": [draw.figure(0, 200) for _ in options]}
        if draw.chance(0.3):
            slot["latest_delay_years"] = draw.whole(1, years - 1 - start) if start < years - 1 else 0
            slot["lost_per_car"] = draw.figure(100, 5000)
        slots.append(slot)
        if len(slots) < 4 and start < years - 1 and draw.chance(0.25):
            later: Json = {
                "id": f"slot {number} later",
                "vehicle": slot["vehicle"],
                "site": slot["site"] if draw.chance(0.8) else draw.one(document["sites"])["id"],
                "start_year": first + draw.whole(start + 1, years - 1),
                "positions": positions if draw.chance(0.85) else ["front", "rear"],
                "follows": slot["id"],
                "change_cost": draw.figure(1e6, 20e6, -3),
            }
            later["options"] = [
                [draw.one([*units, *units, None]) for _ in later["positions"]] for _ in range(draw.whole(2, 3))
            ]
            if draw.chance(0.6) and later["positions"] == positions:
                later["options"].append(list(draw.one(options)))
            slots.append(later)
    document["slots"] = slots[:4]


def _scenarios(draw: Draw, document: Json, years: int, first: int) -> None:
    count = draw.one([1, 1, 1, 2, 2, 3])
    chances = {
        1: [1.0],
        2: draw.one([[0.5, 0.5], [0.3, 0.7], [1e-4, 0.9999]]),
        3: draw.one([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]]),
    }
    base: dict[str, dict[str, float]] = {}
    for slot in document["slots"]:
        begin = slot["start_year"] - first
        rising = draw.figure(2000, 60000, -2, nothing=0.03) * draw.one([1.0, 1.0, 1.0, 1.0, 1.0, 1.00007, 0.001])
        years_of_stage = range(begin, years)
        for other in document["slots"]:
            if other.get("follows") == slot["id"]:
                years_of_stage = range(begin, other["start_year"] - first)
        base[slot["id"]] = {
            str(first + t): rising * draw.one([0.3, 1.0, 1.0, 1.2]) * (0 if draw.chance(0.12) else 1)
            for t in years_of_stage
        }
        if draw.chance(0.1):
            base[slot["id"]].pop(str(first + begin), None)
    document["scenarios"] = []
    for number in range(count):
        scale = 1.0 if number == 0 else draw.one([0.0, 0.5, 1.3])
        cars = {
            s: {t: n * scale * draw.one([1.0, 1.0, 0.7]) if number else n for t, n in row.items()}
            for s, row in base.items()
        }
        document["scenarios"].append({"id": f"scenario {number}", "probability": chances[count][number], "cars": cars})
    if draw.chance(0.5):
        document["risk"] = {"weight": draw.one([0.3, 0.6, 1.0]), "level": draw.one([0.0, 0.5, 0.9])}


def _teams(draw: Draw, document: Json, years: int, first: int) -> None:
    skills = ["electrics", "mechanics"][: draw.whole(1, 2)]
    document["teams"] = []
    for skill in skills:
        for partner in document["partners"]:
            if draw.chance(0.7) or not document["teams"]:
                hours = {str(first + t): draw.figure(2000, 60000, -2) for t in range(-2, years) if draw.chance(0.8)}
                document["teams"].append({"partner": partner["id"], "skill": skill, "hours": hours})
    known = sorted({team["skill"] for team in document["teams"]})
    for module in document["modules"]:
        module["effort_hours"] = {skill: draw.figure(1000, 40000, -2) for skill in draw.some(known, 0.8)}


def _most_cars(document: Json) -> float:
    years = {t for w in document["scenarios"] for row in w["cars"].values() for t in row}
    return max(
        (sum(row.get(t, 0.0) for row in w["cars"].values()) for w in document["scenarios"] for t in years), default=0.0
    )


def _plants(draw: Draw, document: Json) -> None:
    partners = [p["id"] for p in document["partners"]]
    document["plants"], document["lines"] = [], []
    if len(partners) > 1 and draw.chance(0.5):
        document["cross_supply"] = [[a, b] for a in partners for b in partners if a != b and draw.chance(0.6)]
    most = max(_most_cars(document), 1000.0)
    processes = sorted({k["process"] for k in document["kinds"] if "process" in k})
    for partner in partners:
        for number in range(draw.one([1, 1, 2])):
            plant = f"{partner} plant {number}"
            lanes = {
                s["id"]: draw.figure(1, 60)
                for s in document["sites"]
                if (number == 0 and s["partner"] == partner and draw.chance(0.97)) or draw.chance(0.6)
            }
            entry: Json = {"id": plant, "partner": partner, "zone": draw.one(ZONES), "lanes": lanes}
            if draw.chance(0.5):
                entry["holding_cost"] = draw.figure(1, 40)
            document["plants"].append(entry)
            for process in processes:
                if number == 0 or draw.chance(0.6):
                    document["lines"].append(_line(draw, document, plant, process, most))


def _line(draw: Draw, document: Json, plant: str, process: str, most: float) -> Json:
    capacity = draw.one([round(most / 3), round(most / 2), round(most), most, 2 * most, 4 * most, 10000.0])
    existing = draw.one([0, 0, 0, 1, 2])
    line: Json = {
        "plant": plant,
        "process": process,
        "capacity_pieces_per_year": max(capacity, 1.0),
        "existing": existing,
        "most": existing + draw.one([0, 1, 2, 3, 4]),
        "capital": draw.figure(1e6, 40e6, -3),
        "yearly_cost": draw.figure(1e5, 3e6, -3),
        "labour_cost": draw.figure(5, 80),
    }
    if draw.chance(0.25):
        line["lead_periods"] = draw.one([1, 1, 2, 20])
    if draw.chance(0.25):
        line["ramp"] = draw.one([[0.5], [0.3, 0.8], [0.0], [1.0, 0.6]])
    if draw.chance(0.3):
        outputs = draw.one([[1.2], [1.15, 1.5], [1.5]])
        line["shifts"] = [{"id": f"shift {o}", "output": o, "yearly_cost": draw.figure(1e5, 3e6, -3)} for o in outputs]
    if draw.chance(0.3):
        blocks = draw.one([[(0, 1.0), (20000, 0.8)], [(0, 1.0), (5000, 0.9), (60000, 0.5)], [(0, 0.9), (1e9, 0.1)]])
        line["learning"] = [{"from_pieces": float(p), "factor": f} for p, f in blocks]
    if draw.chance(0.4):
        line["overflow_cost"] = draw.figure(50, 900)
    return line


def _purchases(draw: Draw, document: Json, many: bool = False) -> None:
    named = sorted({name for unit in document["units"] for name in unit["modules"]})
    count = 4 if many else draw.one([0, 1, 1, 2, 2])
    if not count:
        return
    most = max(_most_cars(document), 1000.0)
    years = document["calendar"]["years"]
    document["parts"] = []
    for number in range(count):
        part: Json = {
            "id": f"part {number}",
            "price": {name: draw.figure(20, 400) for name in named if draw.chance(0.7)},
        }
        if draw.chance(0.2):
            part["largest_share"] = draw.one([0.5, 0.6, 0.8])
        if draw.chance(0.2):
            part["most_suppliers"] = draw.whole(1, 2)
        document["parts"].append(part)
    suppliers = ["north", "south", "east", "west"][: 4 if many else draw.whole(1, 3)]
    document["terms"], document["offers"] = [], []
    for supplier in suppliers:
        shared = draw.chance(0.4)
        for number, part in enumerate(document["parts"]):
            if draw.chance(0.15) and supplier != "north":
                continue
            for _ in range(2 if draw.chance(0.05) else 1):
                offer: Json = {
                    "supplier": supplier,
                    "part": part["id"],
                    "price_factor": draw.figure(0.8, 1.2, 3, nothing=0),
                    "capacity_pieces_per_year": draw.one([1e6, 1e6, 4 * most, most, round(most / 2), 0.0]),
                    "landed": {z: draw.figure(0.95, 1.2, 3, nothing=0) for z in ZONES if draw.chance(0.92)},
                }
                if draw.chance(0.7):
                    name = supplier if shared else f"{supplier} {number}"
                    offer["terms"] = name
                    if name not in [t["id"] for t in document["terms"]]:
                        document["terms"].append(_terms(draw, name, most, years))
                if draw.chance(0.2) and not (many and draw.chance(0.8)):
                    offer["least_pieces_per_year"] = round(most * draw.one([0.1, 0.5, 1.0, 3.0]))
                if draw.chance(0.3) and not (many and draw.chance(0.8)):
                    offer["tooling"] = draw.figure(1e5, 3e6, -3)
                if draw.chance(0.3):
                    offer["step_down_per_year"] = draw.one([0.02, 0.1])
                if draw.chance(0.7):
                    offer["origin"] = draw.one(ZONES)
                document["offers"].append(offer)


def _terms(draw: Draw, name: str, most: float, years: int) -> Json:
    incremental = draw.chance(0.3)
    basis = "money" if incremental or draw.chance(0.3) else "pieces"
    unit = 150.0 if basis == "money" else 1.0
    tiers, start, discount = [{"start": 0.0, "discount": 0.0}], 0.0, 0.0
    for _ in range(draw.whole(0, 3)):
        start += float(round(draw.one([1.0, 0.1, 0.4, 0.7, 20.0]) * most * unit))
        discount = round(discount + draw.one([0.0, 0.03, 0.05, 0.1]), 3)
        tiers.append({"start": start, "discount": discount})
    return {"id": name, "kind": "incremental" if incremental else "all units", "basis": basis, "tiers": tiers}


def _duties(draw: Draw, document: Json, years: int, first: int) -> None:
    document["duties"] = []
    for kind in document["kinds"]:
        for origin in ZONES:
            for destination in ZONES:
                if origin != destination and draw.chance(0.6):
                    duty: Json = {
                        "kind": kind["id"],
                        "origin": origin,
                        "destination": destination,
                        "rate": {str(first + t): draw.figure(0.02, 0.15, 3) for t in range(years)},
                    }
                    if draw.chance(0.7):
                        duty["most_foreign"] = {
                            str(first + t): draw.one([0.0, 0.1, 0.3, 0.5, 1.0])
                            for t in range(years)
                            if draw.chance(0.85)
                        }
                    document["duties"].append(duty)
    if draw.chance(0.3):
        document["cumulation"] = {draw.one(ZONES): [draw.one(ZONES)]}
