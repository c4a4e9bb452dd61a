"""A small, complete document of an invented study: every key of the schema, no real car, partner or price.

Its figures are consistent where a reader would check (saving = alone − together, lines sum to totals) and plainly fake elsewhere. `large`
makes the same in the size of a real programme, to see whether the page stays legible.
"""

from __future__ import annotations

import copy
import math
from typing import Any

from sample_operation import sample_operation

Json = dict[str, Any]

LINES = (
    "development", "tooling", "parts at list price", "volume discounts", "line capital", "line upkeep", "labour",
    "logistics", "extra battery",
)  # fmt: skip
YEARS = [2030, 2031, 2032, 2033]
ALONE = {
    "alder": (61.0, 15.0, 402.0, -8.0, 60.0, 21.0, 30.0, 6.0, 3.0),
    "birch": (70.0, 19.0, 610.0, -21.0, 84.0, 33.0, 47.0, 9.0, 4.0),
}
JOINT = (88.0, 24.0, 1012.0, -58.0, 120.0, 50.0, 78.0, 19.0, 8.0)


def sample_document(*, large: bool = False) -> Json:
    """A fresh document: three vehicles, two partners, two units of four; `large`: sixteen vehicles, eight units of eighty."""
    machines, inverters, gears = (10, 4, 2) if large else (2, 1, 2)
    units = [_unit(m, i, g) for m in range(machines) for i in range(inverters) for g in range(gears)]
    vehicles = _vehicles(16 if large else 3)
    family = [units[3 * i % len(units) if large else 3 * i]["name"] for i in range(8 if large else 2)]
    assigned = _assignments(vehicles, family)
    alone = {p: _plan(p, [a for a in assigned if a["partner"] == p], units, ALONE[p], vehicles) for p in ALONE}
    reference = _plan("everyone", assigned, units, JOINT, vehicles)
    programme = _programme(vehicles)
    outlooks = [_outlook(b, s, f) for b, s, f in (
        ("plain", "middle", 1.0), ("fancy", "middle", 1.3), ("plain", "low", 0.6), ("plain", "high", 1.4),
    )]  # fmt: skip
    return copy.deepcopy({
        "schema": "halfshaft study 1",
        "halfshaft": "0.0.invented",
        "programme": programme,
        "assumptions": [_figure(i, "invented for the test", "vehicles/fern.yaml") for i in range(900 if large else 5)],
        "sourced": [_figure(i, "Invented Gazette, 2029", "programme.yaml") for i in range(600 if large else 3)],
        "fields": [_field(name) for name in sorted({u["lamination"] for u in units})],
        "catalogue": {"family": sorted(family), "units": units, "maps": {u: _map(units, u, assigned) for u in family}},
        "verification": {
            "vehicles": [_verified(v, programme, units, assigned) for v in vehicles],
            "matrix": {"units": [u["name"] for u in units], "rows": [_matrix_row(v, units, assigned, programme) for v in vehicles]},
            "certified": [_certified(v, f, unit, family[0], k) for k, v in enumerate(vehicles[:9])
                          for f, unit in (("WLTP consumption, AC", "Wh/km"), ("0–100 km/h", "s"))],
        },
        "operation": sample_operation(vehicles, assigned),
        "overlap": _overlap(vehicles, units),
        "plans": {
            "reference": reference,
            "alone": alone,
            "cases": [_case(o, members, held) for o in outlooks
                      for members, held in ((["alder"], False), (["birch"], False), (["alder", "birch"], False))]
            + [_case(outlooks[2], ["alder", "birch"], True)]
            + [_case(outlooks[0], [p], False, tailored=True) for p in ("alder", "birch")]
            + [_case(outlooks[0], members, False, exponent=e, tailored=tailored) for e in (-0.1, -0.2)
               for members, tailored in ((["alder"], False), (["birch"], False), (["alder", "birch"], False), (["alder"], True))],
        },
        "saving": {
            "against": "each partner's own best invented family",
            "outlooks": outlooks,
            "steps": sample_steps(),
            "regret": [
                {"scenario": s, "held_m": 812.5, "best_m": 800.25, "regret_m": {"low": 10.5, "high": 13.75}}
                for s in ("low", "high")
            ],
        },
        "adoption": sample_adoption(family),
        "negotiation": {"prices": _prices(programme, family), "unlocks": _unlocks(vehicles, family)},
        "alliance": [_alliance(o) for o in outlooks],
        "run": {
            "seconds": 123.4,
            "workers": 2,
            "peak_memory_mb": 512.25,
            "peak_memory_all_processes_mb": 1024.5,
            "stages": [{"name": n, "seconds": 1.5 * k, "steps": 4 + k, "stored": k} for k, n in enumerate(
                ("programme", "catalogue", "verification", "overlap", "plan", "negotiation", "alliance"))],
        },
    })  # fmt: skip


# ---- programme and catalogue ---------------------------------------------------------------------------------------------------


def _vehicles(count: int) -> list[Json]:
    words = ("Fern", "Gorse", "Heather", "Iris", "Juniper", "Kelp", "Lilac", "Moss", "Nettle", "Oleander", "Poppy", "Quince",
             "Rose", "Sage", "Thyme", "Umbel")  # fmt: skip
    return [
        {
            "id": word.lower(),
            "name": f"{word} {'Estate' if k % 3 else 'Grand Tourer'}",
            "partner": "alder" if k % 3 == 0 else "birch",
            "driven_axles": ["front", "rear"] if k % 2 else ["rear"],
            "sop": 2030,
            "eop": 2033,
            "voltage_class_v": 800.0 if k == 2 else 400.0,
            "cars": {str(y): 10000 + 1000 * k for y in YEARS},
        }
        for k, word in enumerate(words[:count])
    ]


def _programme(vehicles: list[Json]) -> Json:
    requirements = []
    for k, v in enumerate(vehicles):
        requirements += [
            _requirement(f"{v['id'].upper()}-ACC", v, "acceleration_0_100", "at_most", 5.7 + 0.1 * k, "s"),
            _requirement(f"{v['id'].upper()}-TOP", v, "top_speed", "at_least", 190.0 + k, "km/h"),
            _requirement(f"{v['id'].upper()}-LEN", v, "unit_length", "at_most", 480.0, "mm", "rear"),
        ]
    return {
        "name": "Invented hedgerow programme",
        "summary": "Two invented partners with invented cars share drive units that do not exist.",
        "currency": "EUR",
        "price_year": 2029,
        "base_year": 2030,
        "years": YEARS,
        "discount_rate_percent": 8.0,
        "reference_book": "plain",
        "reference_scenario": "middle",
        "gap_percent": 0.2,
        "partners": [
            {"id": "alder", "name": "Alder Cars", "customs_zone": "UK"},
            {"id": "birch", "name": "Birch Motor Works", "customs_zone": "EU"},
        ],
        "books": [{"id": "plain", "name": "Plain book"}, {"id": "fancy", "name": "Fancy book"}],
        "scenarios": [
            {"id": i, "name": n, "factors": {str(y): f for y in YEARS}}
            for i, n, f in (("low", "Slow", 0.6), ("middle", "As planned", 1.0), ("high", "Fast", 1.4))
        ],
        "vehicles": vehicles,
        "requirements": requirements,
        "plants": [
            {"id": "mill", "name": "Mill Lane", "partner": "alder", "country": "UK",
             "published": [{"what": "investment", "text": "1 M€, invented"}]},
            {"id": "quay", "name": "Quayside", "partner": "birch", "country": "DE", "published": []},
        ],
        "suppliers": [{"id": s, "name": f"Supplier {s.title()}", "region": "EU"} for s in ("one", "two")],
        "parts": [{"id": "core", "name": "Stator core", "module_kind": "machine"},
                  {"id": "modules", "name": "Power modules", "module_kind": "inverter"}],
    }  # fmt: skip


def _requirement(
    id: str, vehicle: Json, quantity: str, relation: str, value: float, unit: str, axle: str | None = None
) -> Json:
    return {
        "id": id, "owner": vehicle["partner"], "vehicle": vehicle["id"], "axle": axle, "quantity": quantity,
        "relation": relation, "value": value, "unit": unit,
    }  # fmt: skip


def _figure(k: int, note: str, file: str) -> Json:
    return {
        "file": file,
        "line": 10 + k,
        "field": f"battery.figure_{k}",
        "value": f"{k + 1} kWh",
        "note": f"{note} ({k})",
        "visibility": "clean team",
    }


def _field(lamination: str) -> Json:
    percent = {"psi_d": 0.4, "psi_q": 0.3, "torque": 0.2}
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>'
    return {
        "lamination": lamination, "machine": "invented_machine", "source": "Invented Gazette, 2029", "notes": ["all of it is invented"],
        "order": 1, "positions": 5, "nodes": 2000, "triangles": 3900, "points": 1152, "interpolation_error_percent": percent,
        "order_difference_percent": percent | {"psi_q": None}, "gap_stress_difference_percent": 0.1, "magnet_temperature_c": 20.0,
        "peak_currents_a": {"i_d": -100.0, "i_q": 700.0, "i_f": 30.0}, "drawing_svg": svg, "field_svg": svg,
        "rotor": {
            "speed_limit_rpm": 18000.0, "overspeed": 1.2, "weakest": "across pole body", "place": "r = 40.0 mm, 30.0 deg",
            "nominal_mpa": 380.0, "yield_mpa": 400.0, "notes": ["sheet: yields at 400 MPa, assumption"], "stress_svg": svg,
        },
    }  # fmt: skip


def _unit(m: int, i: int, g: int) -> Json:
    machine, inverter, gear = f"M{180 + 10 * m}-long", f"sic-{400 + 100 * i}A", f"ratio-{9 + g}.25"
    return {
        "name": f"{machine}/{inverter}/{gear}", "machine": machine, "inverter": inverter, "gear": gear,
        "lamination": f"round-{m // 3}", "excitation": "field_winding", "voltage_class_v": 400.0 if i < 3 else 800.0,
        "ratio": 9.25 + g, "peak_power_kw": 140.0 + 22.5 * m + 3.0 * i, "continuous_power_kw": 70.0 + 9.0 * m,
        "peak_torque_nm": 280.0 + 21.0 * m, "peak_efficiency_percent": 94.6, "max_speed_rpm": 17000.0, "mass_kg": 82.5 + m,
        "rare_earth_kg": 0.0, "length_mm": 430.0 + 8.0 * m, "diameter_mm": 234.0, "available_from": 2029,
    }  # fmt: skip


def _map(units: list[Json], name: str, assigned: list[Json]) -> Json:
    """A map with the look of a real one: corner speed, field weakening, losses that grow with torque and speed."""
    unit = next(u for u in units if u["name"] == name)
    top, power = unit["peak_torque_nm"], unit["peak_power_kw"] * 1e3
    speeds = [17000.0 * (0.01 + 0.99 * k / 23) for k in range(24)]
    torques = [-top + 2.0 * top * k / 30 for k in range(31)]

    def limit(rpm: float) -> float:
        return min(top, power / max(rpm * math.pi / 30.0, 1.0))

    def loss(rpm: float, torque: float) -> float | None:
        return 0.4 + 2e-5 * torque**2 + 3e-8 * rpm**1.9 if abs(torque) <= limit(rpm) else None

    def efficiency(rpm: float, torque: float) -> float | None:
        lost, shaft = loss(rpm, torque), rpm * math.pi / 30.0 * torque / 1e3
        if lost is None or shaft == 0.0:
            return None
        ratio = shaft / (shaft + lost) if shaft > 0 else (shaft + lost) / shaft
        return round(100.0 * ratio, 2) if 0.0 < ratio < 1.0 else None

    curve = [0.0, *speeds]
    return {
        "dc_voltage_v": 350.0,
        "control_svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>',
        "speed_rpm": speeds,
        "torque_nm": torques,
        "efficiency_percent": [[efficiency(w, t) for t in torques] for w in speeds],
        "loss_kw": [[loss(w, t) for t in torques] for w in speeds],
        "limits": {
            "speed_rpm": curve,
            "peak_torque_nm": [limit(w) for w in curve],
            "peak_generating_torque_nm": [-limit(w) for w in curve],
            "torque_for_30_s_nm": [0.8 * limit(w) for w in curve],
            "continuous_torque_nm": [0.6 * limit(w) for w in curve],
        },
        "loss_parts_at_full_torque_kw": {
            "stator_copper": [2e-5 * limit(w) ** 2 for w in curve],
            "stator_iron": [3e-8 * w**1.9 for w in curve],
            "inverter": [None, *(0.4 for _ in speeds)],
        },
        "vehicles": [
            {
                "vehicle": a["vehicle"], "axle": a["axle"],
                "speed_rpm": [80.0 * k for k in range(120)],
                "torque_nm": [60.0 * math.sin(0.7 * k + 2 * j) for k in range(120)],
            }
            for j, a in enumerate(assigned) if a["unit"] == name
        ],
    }  # fmt: skip


# ---- verification and overlap --------------------------------------------------------------------------------------------------


def _serves(vehicle: Json, index: int, k: int) -> bool:
    return vehicle["voltage_class_v"] == 400.0 and (index * 7 + k) % 3 != 0


def _verified(vehicle: Json, programme: Json, units: list[Json], assigned: list[Json]) -> Json:
    chosen = {a["axle"]: a["unit"] for a in assigned if a["vehicle"] == vehicle["id"]}
    builtin = {
        "id": "voltage class", "owner": vehicle["partner"], "quantity": "voltage_class", "relation": "equal", "axle": None,
        "value": vehicle["voltage_class_v"], "unit": "V", "configurations_excluded": 1, "excluded_by_this_alone": 0,
        "slack_of_chosen": None,
    }  # fmt: skip
    demands = [builtin] + [
        {key: r[key] for key in ("id", "owner", "quantity", "relation", "axle", "value", "unit")}
        | {"configurations_excluded": 3, "excluded_by_this_alone": 1, "slack_of_chosen": 0.1234567}
        for r in programme["requirements"]
        if r["vehicle"] == vehicle["id"]
    ]
    number = int(vehicle["cars"]["2030"])
    return {
        "vehicle": vehicle["id"],
        "configurations": len(units),
        "feasible": 3,
        "serving_units": sorted(u["name"] for k, u in enumerate(units) if _serves(vehicle, number, k)),
        "demands": demands,
        "chosen": {
            "front": chosen.get("front", "none"), "rear": chosen["rear"], "wltp_wh_per_km_ac": 181.25, "wltp_wh_per_km_dc": 155.875,
            "udds_wh_per_km_ac": 140.5, "hwfet_wh_per_km_ac": 168.75, "acceleration_0_100_s": 5.625, "acceleration_80_120_s": 3.375,
            "top_speed_kph": 201.5, "gradeability_percent": 41.25, "continuous_power_kw": 98.5, "peak_power_kw": 187.5,
            "units_mass_kg": 91.75,
        },
    }  # fmt: skip


def _matrix_row(vehicle: Json, units: list[Json], assigned: list[Json], programme: Json) -> Json:
    used = {a["unit"] for a in assigned if a["vehicle"] == vehicle["id"]}
    ids = [r["id"] for r in programme["requirements"] if r["vehicle"] == vehicle["id"]]
    number = int(vehicle["cars"]["2030"])
    cells: list[Json] = []
    for k, unit in enumerate(units):
        if unit["name"] in used or _serves(vehicle, number, k):
            cells.append({"serves": True, "chosen": unit["name"] in used})
        elif vehicle["voltage_class_v"] != unit["voltage_class_v"]:
            cells.append({"serves": False, "excluded_by": ["voltage class"], "nearest_fails": []})
        elif k % 2:
            cells.append({"serves": False, "excluded_by": ids[:2], "nearest_fails": []})
        else:
            cells.append({"serves": False, "excluded_by": [], "nearest_fails": ids[1:2]})
    return {"vehicle": vehicle["id"], "cells": cells}


def _certified(vehicle: Json, figure: str, unit: str, name: str, k: int) -> Json:
    published = 160.0 if unit == "Wh/km" else 5.6
    computed = published * (1.0 + 0.02 * (k - 3))
    return {
        "vehicle": vehicle["id"], "units": {"rear": name}, "figure": figure, "unit": unit, "published": published,
        "computed": computed, "deviation_percent": 2.0 * (k - 3),
    }  # fmt: skip


def _overlap(vehicles: list[Json], units: list[Json]) -> Json:
    pairs = []
    for i, a in enumerate(vehicles):
        for b in vehicles[i + 1 :]:
            apart = a["voltage_class_v"] != b["voltage_class_v"]
            pairs.append(
                {
                    "vehicles": [a["id"], b["id"]],
                    "shared": [] if apart else [units[0]["name"]],
                    "share_percent": 0.0 if apart else 12.5 + 5.0 * (len(pairs) % 15),
                    "conflicts": [{"first": [a["id"], "voltage class"], "second": [b["id"], "voltage class"]}]
                    if apart
                    else [],
                }
            )
    return {
        "pairs": pairs,
        "partners": [{"partners": ["alder", "birch"], "shared": [units[0]["name"]], "share_percent": 25.0}],
    }


# ---- plans and money -----------------------------------------------------------------------------------------------------------


def _assignments(vehicles: list[Json], family: list[str]) -> list[Json]:
    rows = []
    for v in vehicles:
        for axle in v["driven_axles"]:
            rows.append({
                "partner": v["partner"], "vehicle": v["id"], "axle": axle, "unit": family[len(rows) % len(family)],
                "extra_battery_per_car": 12.5, "from_year": 2030, "to_year": 2033, "late_years": 0, "replaces": None,
            })  # fmt: skip
    return rows


def _stages(assigned: list[Json], *, late: bool) -> list[Json]:
    """The assignments with a change of unit in the first vehicle's last year and, where `late`, a second vehicle that starts late."""
    first, last = assigned[0], assigned[-1]
    rows = [a | {"to_year": 2032} if a is first else a | {"from_year": 2031, "late_years": 1} if late and a is last else a
            for a in assigned]  # fmt: skip
    others = [a["unit"] for a in assigned if a["unit"] != first["unit"]]
    return [
        *rows,
        first | {"from_year": 2033, "unit": others[0] if others else first["unit"], "replaces": first["unit"]},
    ]


def _plan(title: str, assigned: list[Json], units: list[Json], lines: tuple[float, ...], vehicles: list[Json]) -> Json:
    rows = {u["name"]: u for u in units}
    family = sorted({a["unit"] for a in assigned})
    partners = ["alder", "birch"] if title == "everyone" else [title]
    modules = sorted({(kind, rows[u][kind]) for u in family for kind in ("lamination", "machine", "inverter", "gear")})
    plants = [(p, q) for p, q in (("alder", "mill"), ("birch", "quay")) if p in partners]
    cost = sum(lines)
    return {
        "coalition": title,
        "partners": partners,
        "cost_m": cost,
        "bound_m": cost - 2.0,
        "gap_percent": 200.0 / cost,
        "status": "within gap",
        "seconds": 12.5,
        "cost_tree_m": dict(zip(LINES, lines, strict=True)),
        "cost_by_partner_m": {"shared": lines[0], **{p: (cost - lines[0]) / len(partners) for p in partners}},
        "family": family,
        "modules": [
            {
                "kind": kind, "name": name, "development_m": 11.25, "available_from": 2029, "parent": None,
                "vehicles": sorted({a["vehicle"] for a in assigned if rows[a["unit"]][kind] == name}), "pieces": 123456.0,
                "launched": 2029 if kind == "lamination" else 2030,
                "pieces_by_partner": {
                    p: {str(y): 10000 for y in YEARS if y != 2032}
                    for p in sorted({a["partner"] for a in assigned if rows[a["unit"]][kind] == name})
                },
            }
            for kind, name in modules
        ],
        "assignments": _stages(assigned, late=title != "everyone"),
        "commonality": _commonality(assigned, rows),
        "purchases": [_purchase(part, s, start, k) for k, (part, s) in enumerate((("core", "one"), ("modules", "one"), ("modules", "two")))
                      for start in (2030, 2032)],
        "production": [_production(p, q, process, year, modules) for p, q in plants
                       for process in ("machine", "gear", "battery_pack") for year in YEARS],
        "reported": [
            {"name": "customer energy kWh", "total": 1.5e6 * cost, "paid": False},
            {"name": "carbon kg", "total": 2.5e5 * cost, "paid": False},
        ],
        "duty": _duty(plants, modules) if title != "birch" else {"paid_m": 0.0, "crossings": []},
    }  # fmt: skip


def _duty(plants: list[tuple[str, str]], modules: list[tuple[str, str]]) -> Json:
    """Machines cross a border both ways: origin claimed but for one year, in which duty is paid."""
    machine = next(name for kind, name in modules if kind == "machine")
    zones = {"alder": ("UK", "EU"), "birch": ("EU", "UK")}
    rows = [
        {
            "partner": p, "plant": q, "kind": "machine", "module": machine, "from_zone": zones[p][0], "to_zone": zones[p][1],
            "pieces": 43210, "claimed_years": [2030, 2031, 2033], "dutiable_years": [2032], "free_years": [], "duty_m": 1.25,
        }
        for p, q in plants
    ]  # fmt: skip
    return {"paid_m": 1.25 * len(rows), "crossings": rows}


def _commonality(assigned: list[Json], units: dict[str, Json]) -> Json:
    """Invented indices around counts that are true of the assignments."""
    kinds = ("lamination", "machine", "inverter", "gear")

    def row(chosen: tuple[str, ...]) -> Json:
        modules = len({(kind, units[a["unit"]][kind]) for a in assigned for kind in chosen})
        uses = len(assigned) * len(chosen)
        return {
            "products": len(assigned), "modules": modules, "uses": uses, "dci": uses / modules, "dci_most": float(uses),
            "tcci": 0.25 * len(chosen), "ci": None if len(assigned) == 1 else 0.5, "common_percent": 50.0, "shared_by_partners": 1,
            "shared_by_partners_percent_of_pieces": 40.0,
        }  # fmt: skip

    return row(kinds) | {"by_kind": {kind: row((kind,)) for kind in kinds}}


def _purchase(part: str, supplier: str, start: int, k: int) -> Json:
    return {
        "part": part, "supplier": supplier, "supplier_name": f"Supplier {supplier.title()}", "from_year": start, "to_year": start + 1,
        "pieces": {str(start): 30000, str(start + 1): 41000}, "mean_pieces_per_year": 35500.0, "tier": 1 + k % 2, "tiers": 3,
        "tier_from_pieces_per_year": 0.0, "next_tier_from_pieces_per_year": None if k == 2 else 60000.0,
        "terms_count": "money" if k == 1 else "pieces", "counted_per_year": 35500.0,
        "missing_for_next_tier_per_year": None if k == 2 else 24500.0,
        "discount_percent": 2.5 * k, "list_value_m": 44.4, "paid_value_m": 44.4 * (1.0 - 0.025 * k),
    }  # fmt: skip


def _production(partner: str, plant: str, process: str, year: int, modules: list[tuple[str, str]]) -> Json:
    made = {name: 20000 for kind, name in modules if kind == process}
    lines = 1 + (year > 2031)
    output = sum(made.values()) or 50000
    return {
        "partner": partner, "plant": plant, "process": process, "year": year, "lines": lines, "new_lines": int(year == 2032),
        "capacity_pieces": 80000.0 * lines, "output_pieces": output, "overflow_pieces": 0,
        "lines_on_longer_shifts": 0, "utilisation_percent": output / (800.0 * lines), "output": made,
    }  # fmt: skip


def _outlook(book: str, scenario: str, factor: float) -> Json:
    alone = {p: factor * sum(lines) for p, lines in ALONE.items()}
    total, joint = sum(alone.values()), factor * sum(JOINT)
    saving = total - joint
    return {
        "book": book,
        "scenario": scenario,
        "alone_m": total,
        "alone_by_partner_m": alone,
        "joint_m": joint,
        "saving_m": saving,
        "interval_m": {"low": saving - 4.0, "high": saving + 2.0},
        "saving_percent": 100.0 * saving / total,
        "interval_percent": {"low": 100.0 * (saving - 4.0) / total, "high": 100.0 * (saving + 2.0) / total},
        "by_line_m": {
            line: factor * (a + b - j)
            for line, a, b, j in zip(LINES, ALONE["alder"], ALONE["birch"], JOINT, strict=True)
        },
    }


def sample_steps() -> list[Json]:
    """The way from tailored vehicles to the joint plan: two books as they are, one of them under two exponents, one never tailored."""
    return [
        _step("plain", None, 1.0), _step("fancy", None, 1.3), _step("plain", -0.1, 1.5), _step("plain", -0.2, 2.0, tailored=False),
    ]  # fmt: skip


def _step(book: str, exponent: float | None, factor: float, *, tailored: bool = True) -> Json:
    alone_lines = {line: a + b for line, a, b in zip(LINES, ALONE["alder"], ALONE["birch"], strict=True)}
    lines = {"alone": alone_lines, "joint": dict(zip(LINES, JOINT, strict=True))}
    lines["tailored"] = {line: 1.25 * cost for line, cost in alone_lines.items()}
    lines = {name: {line: factor * cost for line, cost in tree.items()} for name, tree in lines.items()}
    t, a, j = (sum(lines[name].values()) for name in ("tailored", "alone", "joint"))
    by_partner = {p: factor * sum(costs) for p, costs in ALONE.items()}

    def saved(cost: float) -> tuple[Json, Json]:
        low, high = cost - j - 4.0, cost - j + 2.0
        return {"low": low, "high": high}, {"low": 100.0 * low / cost, "high": 100.0 * high / cost}

    return {
        "book": book, "scenario": "middle", "exponent": exponent, "tailored_m": t if tailored else None, "alone_m": a, "joint_m": j,
        "tailored_by_partner_m": {p: 1.25 * cost for p, cost in by_partner.items()} if tailored else None,
        "alone_by_partner_m": by_partner,
        "bounds_m": {"tailored": t - 2.0 if tailored else None, "alone": a - 2.0, "joint": j - 2.0},
        "by_line_m": lines | {"tailored": lines["tailored"] if tailored else None},
        "against_tailored_m": saved(t)[0] if tailored else None, "against_tailored_percent": saved(t)[1] if tailored else None,
        "saving_m": saved(a)[0], "saving_percent": saved(a)[1],
    }  # fmt: skip


def sample_adoption(family: list[str]) -> Json:
    """A plan under three scenarios of adoption, with the regrets of the families that are best for each and for all."""
    scenarios = [("low", "Slow", 0.25, 0.6), ("middle", "As planned", 0.5, 1.0), ("high", "Fast", 0.25, 1.4)]
    ids = [id for id, *_ in scenarios]
    return {
        "scenarios": [{"id": id, "name": name, "probability": p} for id, name, p, _ in scenarios],
        "cars": {id: {str(y): 30000.0 * factor * (1.0 + 0.1 * k) for k, y in enumerate(YEARS)} for id, _, _, factor in scenarios},
        "expected_m": 1300.0, "bound_m": 1297.0, "gap_percent": 0.23, "status": "within gap", "cvar_m": 1500.0,
        "value_of_stochastic_solution_m": {"low": 1.5, "high": 4.5}, "value_of_perfect_information_m": {"low": 7.0, "high": 11.0},
        "units": family,
        "families": [
            {"family": name, "units": family, "regret_m": {
                id: None if (name, id) == ("low", "high") else {"low": 0.5 * k, "high": 2.0 + 3.25 * k + i} for i, id in enumerate(ids)
            }}
            for k, name in enumerate(("all scenarios", "mean scenario", *ids))
        ],
    }  # fmt: skip


def _case(
    outlook: Json, members: list[str], held: bool, *, exponent: float | None = None, tailored: bool = False
) -> Json:
    cost = outlook["joint_m"] if len(members) > 1 else outlook["alone_by_partner_m"][members[0]]
    return {
        "book": outlook["book"], "scenario": outlook["scenario"], "coalition": members, "family_held": held, "exponent": exponent,
        "tailored": tailored, "cost_m": cost,
        "bound_m": cost - 2.0, "gap_percent": 200.0 / cost, "status": "time limit" if held else "within gap", "seconds": 7.75,
        "units": 2, "cost_tree_m": {},
    }  # fmt: skip


def _prices(programme: Json, family: list[str]) -> list[Json]:
    rows = []
    methods = ("planned", "relaxation", "exact")
    for k, r in enumerate(programme["requirements"][:30]):
        method = methods[k % 3]
        high = 0.0 if method == "exact" else 9.0 - 0.25 * k
        rows.append(
            {key: r[key] for key in ("owner", "vehicle", "quantity", "relation", "value", "unit")}
            | {
                "demand": r["id"],
                "opened_configurations": 0 if method == "exact" else 4,
                "price_m": {"low": 0.4 * high if method == "planned" else 0.0, "high": high},
                "method": method,
                "changes": [{"vehicle": r["vehicle"], "axle": "rear", "with": family[0], "without": family[1]}] if k == 0 else [],
            }
        )  # fmt: skip
    return rows


def _unlocks(vehicles: list[Json], family: list[str]) -> list[Json]:
    return [
        {
            "vehicle": v["id"],
            "unit": family[0],
            "configuration": {"rear": family[0]},
            "shortfalls": [
                {"demand": f"{v['id'].upper()}-ACC", "quantity": "acceleration_0_100", "demanded": 5.7, "offered": 5.8321, "unit": "s"}
            ],
        }
        for v in vehicles
    ]  # fmt: skip


def _alliance(outlook: Json) -> Json:
    joint, alone = outlook["joint_m"], outlook["alone_by_partner_m"]
    rules = (("equal_gain", "Equal gain", 0.5), ("proportional_to_cost", "In proportion to stand-alone cost", 0.42),
             ("proportional_to_volume", "In proportion to volume", 0.31), ("own_cost", "Each pays its own cost", -0.05))  # fmt: skip
    splits = []
    for rule, label, share in rules:
        gain = {"alder": share * outlook["saving_m"], "birch": (1.0 - share) * outlook["saving_m"]}
        splits.append({
            "rule": rule, "label": label, "belief": f"One must believe in {label.lower()}.",
            "reveals": f"Something invented about {label.lower()}.",
            "payment_m": {p: alone[p] - gain[p] for p in alone}, "gain_m": gain,
            "gain_interval_m": {p: {"low": g - 2.0, "high": g} for p, g in gain.items()},
            "transfer_m": None if rule == "equal_gain" else {"alder": 3.5, "birch": -3.5},
            "in_core": "proven" if share > 0.4 else "not proven" if share > 0 else "no",
        })  # fmt: skip
    members = [(["alder"], alone["alder"]), (["birch"], alone["birch"]), (["alder", "birch"], joint)]
    return {
        "book": outlook["book"], "scenario": outlook["scenario"],
        "coalitions": [{"members": m, "cost_m": c, "bound_m": c - 2.0} for m, c in members],
        "saving_m": outlook["interval_m"], "notes": ["An invented note about this game."],
        "core_statement": "An invented statement about the core.",
        "least_core_epsilon_m": {"low": -0.5 * outlook["saving_m"], "high": -0.5 * outlook["saving_m"] + 3.0}, "splits": splits,
    }  # fmt: skip
