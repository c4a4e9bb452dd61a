"""The answer of a study on a terminal: the few tables that someone wants before opening the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.cli.output import table

Document = Mapping[str, Any]


def print_answer(document: Document, files: Mapping[str, str]) -> None:
    """Saving, family, purchase, production and split in brief, and where to read on."""
    programme, saving = document["programme"], document["saving"]
    money = f"M{programme['currency']}"
    print()
    print(f"{programme['name']}: present value {programme['base_year']}, prices of {programme['price_year']}")
    table(
        f"Saving together, against {saving['against']}",
        [("book", "cost book"), ("scenario", "scenario"), ("alone_m", f"alone {money}"), ("joint_m", f"together {money}"),
         ("interval", f"saving {money}, proven"), ("percent", "%")],
        [{**row, "interval": _interval(row["interval_m"]), "percent": row["saving_percent"]} for row in saving["outlooks"]],
    )  # fmt: skip
    print_plan(document["plans"]["reference"])
    print_splits(document)
    matrix = document["verification"]["vehicles"]
    table(
        "Vehicles: configurations that meet every demand",
        [("vehicle", "vehicle"), ("feasible", "meet"), ("configurations", "of"), ("units", "units that serve")],
        [{**row, "units": len(row["serving_units"])} for row in matrix],
    )
    print(f"{len(document['assumptions'])} figures are assumptions; the report lists each.")
    run = document["run"]
    print(f"{run['seconds']:.0f} s, at most {run['peak_memory_all_processes_mb']:.0f} MB in all processes together")
    for name, path in files.items():
        print(f"{name}: {path}")


def print_plan(plan: Mapping[str, Any]) -> None:
    """One plan: who uses what, what is bought at which tier, what is built where."""
    print(
        f"\n{plan['coalition']}: {plan['cost_m']:,.1f} million, bound {plan['bound_m']:,.1f}, "
        f"gap {plan['gap_percent']:.3f} % ({plan['status']})"
    )
    table(
        "Family",
        [("partner", "partner"), ("vehicle", "vehicle"), ("axle", "axle"), ("unit", "unit")],
        plan["assignments"],
    )
    table(
        "Purchase",
        [("part", "part"), ("supplier", "supplier"), ("from_year", "from"), ("to_year", "to"), ("mean_pieces_per_year", "pieces a year"),
         ("reached", "tier"), ("discount_percent", "discount %"), ("paid_value_m", "paid, millions")],
        [{**row, "reached": f"{row['tier']} of {row['tiers']}"} for row in plan["purchases"]],
    )  # fmt: skip
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in plan["production"]:
        entry = lines.setdefault((row["plant"], row["process"]), {"plant": row["plant"], "process": row["process"]})
        entry[str(row["year"])] = f"{row['output_pieces'] / 1e3:,.0f} / {row['lines']}"
    years = sorted({str(row["year"]) for row in plan["production"]})
    table(
        "Production: thousand pieces / lines",
        [("plant", "plant"), ("process", "process"), *((y, y) for y in years)],
        list(lines.values()),
    )


def print_splits(document: Document) -> None:
    """The rules of the reference outlook side by side."""
    programme = document["programme"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    chosen = next(a for a in document["alliance"] if (a["book"], a["scenario"]) == reference)
    partners = [p["id"] for p in programme["partners"]]
    columns = [("label", "rule"), *((f"gain {p}", f"gain {p}, millions") for p in partners), ("in_core", "in the core")]
    rows = [{**split, **{f"gain {p}": split["gain_m"][p] for p in partners}} for split in chosen["splits"]]
    table("Split of the joint cost", columns, rows)


def _interval(interval: Mapping[str, float]) -> str:
    return f"{interval['low']:,.0f} – {interval['high']:,.0f}"
