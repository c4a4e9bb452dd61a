"""Vehicles and demands: which unit serves where, why the others do not, and how far computed figures lie from published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Fold,
    Group,
    Heading,
    Legend,
    Prose,
    Section,
    Table,
    plain_table,
)
from halfshaft.report.charts_certified import deviations
from halfshaft.report.format import (
    count,
    count_cell,
    demand_text,
    fixed,
    fixed_cell,
    full_value,
    join,
    number_cell,
    percent_cell,
    plural,
    quantity,
)
from halfshaft.report.names import Names

Json = Mapping[str, Any]

# Demands in a word, for the cells of the matrix.
_SHORT = {
    "acceleration_0_100": "0–100",
    "top_speed": "v max",
    "gradeability": "grade",
    "wltp_consumption": "WLTP",
    "continuous_power": "cont.",
    "unit_length": "len.",
    "unit_diameter": "diam.",
    "unit_mass": "mass",
    "rare_earth_mass": "rare e.",
    "voltage_class": "volt.",
    "cycle": "cycle",
}
_FIGURES = (
    ("wltp_wh_per_km_ac", "WLTP consumption, AC", "Wh/km", 1),
    ("wltp_wh_per_km_dc", "WLTP consumption, DC", "Wh/km", 1),
    ("udds_wh_per_km_ac", "UDDS consumption, AC", "Wh/km", 1),
    ("hwfet_wh_per_km_ac", "HWFET consumption, AC", "Wh/km", 1),
    ("acceleration_0_100_s", "0–100 km/h", "s", 2),
    ("acceleration_80_120_s", "80–120 km/h", "s", 2),
    ("top_speed_kph", "Top speed", "km/h", 0),
    ("gradeability_percent", "Gradeability", "%", 1),
    ("continuous_power_kw", "Continuous power", "kW", 0),
    ("peak_power_kw", "Peak power", "kW", 0),
    ("units_mass_kg", "Mass of the units", "kg", 0),
)


def vehicles(document: Json, names: Names) -> Section:
    """The serving matrix, each vehicle in a fold, and the certified comparison."""
    verification = document["verification"]
    demands = {v["vehicle"]: {d["id"]: d for d in v["demands"]} for v in verification["vehicles"]}
    rows = {row["vehicle"]: row for row in verification["matrix"]["rows"]}
    order = [v for v in names.vehicles_by_partner() if v in rows]
    blocks: list[Block] = [
        Prose(
            f"Every vehicle was tried with each of the {plural(len(verification['matrix']['units']), 'unit')} of the catalogue on every "
            "driven axle. A unit serves a vehicle when at least one configuration with it meets every demand.",
            "lead",
        ),
        Legend(
            (
                ("chosen", "", "● chosen by the joint plan"),
                ("serves", "", "○ serves, not chosen"),
                (
                    "refused",
                    "",
                    "word: the demand that excludes the unit (+n: and n more); the cell's title and the lists below say all",
                ),
            )
        ),
        _matrix(document, order, rows, demands, names),
        Heading("Vehicle by vehicle: demands, slack, and why not the other units"),
    ]
    by_id = {v["vehicle"]: v for v in verification["vehicles"]}
    blocks += [
        _vehicle_fold(by_id[v], rows[v], verification["matrix"]["units"], demands[v], names)
        for v in order
        if v in by_id
    ]
    blocks.append(Heading("How far the models are off"))
    blocks += _certified(verification["certified"], names)
    return Section("vehicles", "Vehicles and demands", "Vehicles", tuple(blocks))


# ---- serving matrix -------------------------------------------------------------------------------------------------------------


def _matrix(
    document: Json,
    order: Sequence[str],
    rows: Mapping[str, Json],
    demands: Mapping[str, Mapping[str, Json]],
    names: Names,
) -> Table:
    """Units down, vehicles across: sixteen upright headings stay legible where a hundred would not."""
    units = document["verification"]["matrix"]["units"]
    catalogue = {u["name"]: u for u in document["catalogue"]["units"]}
    family = set(document["plans"]["reference"]["family"])
    by_machine: dict[str, list[tuple[Cell, ...]]] = {}
    for index, unit in enumerate(units):
        row = catalogue.get(unit)
        machine, _, rest = unit.partition("/")
        cells = tuple(_matrix_cell(rows[v]["cells"][index], v, unit, demands.get(v, {}), names) for v in order)
        head = Cell(rest.replace("/", " / ") or unit, unit, style="unit strong" if unit in family else "unit")
        power = Cell(
            fixed(row["peak_power_kw"], 0) if row else "–",
            full_value(row["peak_power_kw"]) if row else "",
            style="number",
        )
        by_machine.setdefault(row["machine"] if row else machine, []).append((head, power, *cells))
    return Table(
        "Which unit serves which vehicle",
        (
            Column("Inverter / gear, by machine"),
            Column("Peak", "kW", True),
            *(Column(names.vehicle(v), tall=True, partner=names.partner_of_vehicle[v]) for v in order),
        ),
        tuple(Group(f"Machine {machine}", tuple(found)) for machine, found in by_machine.items()),
        note="Bold: units of the joint family.",
        compact=True,
    )


def _matrix_cell(cell: Json, vehicle: str, unit: str, demands: Mapping[str, Json], names: Names) -> Cell:
    who = f"{names.vehicle(vehicle)} with {unit}: "
    if cell["serves"]:
        return Cell("●", who + "chosen", "chosen") if cell.get("chosen") else Cell("○", who + "serves", "serves")
    always, nearest = cell.get("excluded_by", []), cell.get("nearest_fails", [])
    found = always or nearest
    if not found:
        return Cell("no", who + "no configuration", "refused")
    words = [_short(demands.get(d), d) for d in found]
    text = words[0] + (f"+{len(found) - 1}" if len(found) > 1 else "")
    why = "excluded by " if always else "its nearest configuration fails "
    return Cell(text, who + why + join(_long(demands.get(d), d) for d in found), "refused")


def _short(demand: Json | None, id: str) -> str:
    return _SHORT.get(demand["quantity"], id) if demand else id


def _long(demand: Json | None, id: str) -> str:
    """A demand's id with what it asks; built-in demands have no id of their own."""
    if demand is None:
        return id
    text = demand_text(demand)
    return text if demand["quantity"] in ("voltage_class", "cycle") else f"{id} ({text})"


# ---- one vehicle --------------------------------------------------------------------------------------------------------------------


def _vehicle_fold(vehicle: Json, row: Json, units: Sequence[str], demands: Mapping[str, Json], names: Names) -> Fold:
    serving = len(vehicle["serving_units"])
    return Fold(
        names.vehicle(vehicle["vehicle"]),
        (
            Prose(
                f"{count(vehicle['feasible'])} of {plural(vehicle['configurations'], 'configuration')} meet every demand; "
                f"{serving} of {plural(len(units), 'unit')} {'serves' if serving == 1 else 'serve'} on some axle."
            ),
            _demand_table(vehicle, names),
            _figure_table(vehicle, names),
            _why_not(row, units, demands, names.vehicle(vehicle["vehicle"])),
        ),
        hint=f"{_units_of(vehicle['chosen'])}; {serving} of {plural(len(units), 'unit')} "
        f"{'serves' if serving == 1 else 'serve'}, {plural(len(vehicle['demands']), 'demand')}",
        partner=names.partner_of_vehicle.get(vehicle["vehicle"], ""),
    )


def _units_of(chosen: Json) -> str:
    return ", ".join(f"{axle} {chosen[axle]}" for axle in ("front", "rear") if chosen[axle] != "none")


def _demand_table(vehicle: Json, names: Names) -> Table:
    rows = [
        (
            Cell(d["id"]),
            Cell(names.partner(d["owner"]), partner=d["owner"]),
            Cell(demand_text(d)),
            number_cell(d["slack_of_chosen"], quantity_with_unit(d["slack_of_chosen"], d["unit"])),
            count_cell(d["configurations_excluded"]),
            count_cell(d["excluded_by_this_alone"]),
        )
        for d in vehicle["demands"]
    ]
    return plain_table(
        f"Demands on {names.vehicle(vehicle['vehicle'])}",
        (
            Column("Demand"),
            Column("Owner"),
            Column("Asks"),
            Column("Slack of the chosen", "", True),
            Column("Configurations excluded", "", True),
            Column("by this demand alone", "", True),
        ),
        rows,
        note="Slack is positive where the demand holds; a dash means that no number describes it.",
    )


def quantity_with_unit(value: Any, unit: str) -> str:
    """A slack with its unit, to three digits or so; the dash stands alone."""
    text = quantity(float(f"{value:.3g}")) if isinstance(value, int | float) else quantity(value)
    return text if text == "–" else f"{text} {unit}".rstrip()


def _figure_table(vehicle: Json, names: Names) -> Table:
    chosen = vehicle["chosen"]
    rows = [(Cell(label), fixed_cell(chosen[key], decimals), Cell(unit)) for key, label, unit, decimals in _FIGURES]
    return plain_table(
        f"Computed figures of the chosen configuration: {_units_of(chosen)}",
        (Column("Figure"), Column("Value", "", True), Column("Unit")),
        rows,
        note="DC: at the battery terminals; AC: at the wall.",
    )


def _why_not(row: Json, units: Sequence[str], demands: Mapping[str, Json], vehicle: str) -> Table:
    """Units that do not serve, gathered by what excludes them."""
    always: dict[tuple[str, ...], list[str]] = {}
    nearest: dict[tuple[str, ...], list[str]] = {}
    for unit, cell in zip(units, row["cells"], strict=True):
        if not cell["serves"]:
            excluded = tuple(cell.get("excluded_by", []))
            (always if excluded else nearest).setdefault(excluded or tuple(cell.get("nearest_fails", [])), []).append(
                unit
            )

    def rows(found: Mapping[tuple[str, ...], list[str]]) -> tuple[tuple[Cell, ...], ...]:
        ordered = sorted(found.items(), key=lambda item: (len(item[0]), -len(item[1])))
        return tuple(
            (
                Cell("; ".join(_long(demands.get(d), d) for d in ids) or "no configuration"),
                count_cell(len(members)),
                Cell(", ".join(members), style="units"),
            )
            for ids, members in ordered
        )

    groups = [
        Group("These demands fail in every configuration with the unit", rows(always)),
        Group("No single demand excludes it; its nearest configuration fails these", rows(nearest)),
    ]
    return Table(
        f"Why not: units that do not serve {vehicle}",
        (Column("Demands"), Column("Units", "", True), Column("Which")),
        tuple(g for g in groups if g.rows) or (Group("Every unit serves", ()),),
    )


# ---- certified comparison -----------------------------------------------------------------------------------------------------------


def _certified(rows: Sequence[Json], names: Names) -> list[Block]:
    if not rows:
        return [
            Prose(
                "No vehicle of this programme carries certified figures, so the model stands without this check.",
                "warning",
            )
        ]
    figures = list(dict.fromkeys(row["figure"] for row in rows))
    vehicles_ = list(dict.fromkeys(row["vehicle"] for row in rows))
    groups = []
    for figure in figures:
        chosen = [row for row in rows if row["figure"] == figure]
        deviations_ = [r["deviation_percent"] for r in chosen if r["deviation_percent"] is not None]
        spread = f": {_signed(min(deviations_))} to {_signed(max(deviations_))} %" if deviations_ else ""
        groups.append(
            Group(
                f"{figure}{spread}",
                tuple(
                    (
                        Cell(names.vehicle(r["vehicle"]), partner=names.partner_of_vehicle.get(r["vehicle"], "")),
                        Cell(", ".join(f"{axle} {unit}" for axle, unit in r["units"].items())),
                        number_cell(r["published"], quantity(r["published"])),
                        number_cell(r["computed"], quantity(r["computed"])),
                        Cell(r["unit"]),
                        percent_cell(r["deviation_percent"], 1),
                    )
                    for r in chosen
                ),
            )
        )
    return [
        Prose(
            f"{plural(len(vehicles_), 'vehicle')} of the programme {'is a car' if len(vehicles_) == 1 else 'are cars'} with published "
            "figures. Each was computed with the unit that it was built with; the difference is the error of the models and "
            "of its inputs together."
        ),
        Chart(
            "certified",
            "Computed against published figures of cars as built",
            "Bars to the right: the model says more than the published figure (more energy, a slower sprint, a higher top speed).",
            deviations(rows, names),
            height_px=max(260, 15 * len(rows) + 14 * len(vehicles_) + 90),
        ),
        Table(
            "Computed and published figures",
            (
                Column("Vehicle"),
                Column("Units as built"),
                Column("Published", "", True),
                Column("Computed", "", True),
                Column("Unit"),
                Column("Deviation", "%", True),
            ),
            tuple(groups),
        ),
    ]


def _signed(value: float) -> str:
    text = fixed(value, 1)
    return f"+{text}" if value > 0 else text
