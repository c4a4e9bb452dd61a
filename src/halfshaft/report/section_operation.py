"""How each vehicle uses its units: where the energy goes, where the units work, and which limits are touched.

Drawn from the document's "operation"; a document of an older study has none, and its page stands without this section. Each vehicle is one
fold with its cycles inside, so that the page stays readable with many vehicles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import Block, Cell, Column, Fold, Picture, Prose, Section, Table, plain_table
from halfshaft.report.charts_energy import energy_sankey
from halfshaft.report.charts_operation import launch_strip, map_key, map_symbol, operation_maps
from halfshaft.report.format import fixed, fixed_cell, full_value, is_number, join, percent_cell
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def operation(document: Json, names: Names) -> Section:
    """The key to the maps, then one fold for each vehicle."""
    held = document["operation"]
    symbols = {unit: f"opmap-{index}" for index, unit in enumerate(held["units"])}
    found = {v["vehicle"]: v for v in held["vehicles"]}
    blocks: list[Block] = [
        Prose(
            "Each vehicle drives its cycles with the units that the joint plan gives it. For every vehicle: where the energy from the wall "
            "ends, where on its loss map each unit works, and which limits the driving touches.",
            "lead",
        ),
        Picture(
            "How to read the operating points",
            "Dots are bins of 500 rpm and 1/24 of the unit’s peak torque; a dot’s area is its share of the mechanical energy that the unit "
            "turns over in the cycle. Torque is at the motor shaft, negative where the unit generates. Standstill is "
            "left out; a share above 6 % is drawn as 6 %.",
            map_key([map_symbol(unit_map, symbols[unit]) for unit, unit_map in held["units"].items()]),
        ),
    ]
    blocks += [
        _vehicle_fold(found[v], held["units"], symbols, names) for v in names.vehicles_by_partner() if v in found
    ]
    return Section("operation", "How each vehicle uses its units", "Use of the units", tuple(blocks))


def _vehicle_fold(vehicle: Json, units: Mapping[str, Json], symbols: Mapping[str, str], names: Names) -> Fold:
    name = names.vehicle(vehicle["vehicle"])
    cycles = vehicle["cycles"]
    blocks: list[Block] = []
    for cycle in cycles:
        if cycle["follows"] and cycle["flows_wh_per_km"]:
            blocks.append(_energy(cycle, name))
        else:
            blocks.append(
                Prose(f"{name} cannot follow the cycle {cycle['name']}, so it has no consumption there.", "warning")
            )
    for axle in ("front", "rear"):
        unit = vehicle["units"].get(axle)
        if unit in units:
            blocks.append(
                Picture(
                    f"Where the {axle} unit works: {unit}",
                    "Dots inside the innermost lines run at small losses. At the solid line the unit gives its peak; above the dashed "
                    "line it cannot stay for long.",
                    operation_maps(cycles, axle, unit, units[unit], symbols[unit]),
                )
            )
    blocks.append(_limits(vehicle, name))
    if vehicle["launch"]:
        blocks.append(
            Picture(
                "What binds at full throttle, from standstill to top speed",
                "On the level. Traction: the tyres would slip with more torque. Several rows at one speed: each of them binds.",
                launch_strip(vehicle["launch"], name),
            )
        )
    return Fold(name, tuple(blocks), hint=_hint(vehicle), partner=names.partner_of_vehicle.get(vehicle["vehicle"], ""))


def _energy(cycle: Json, vehicle: str) -> Picture:
    flows = cycle["flows_wh_per_km"]
    losses = sum(flows[key] for key in ("charging_loss", "battery_loss"))
    losses += sum(sum(flows[axle].values()) for axle in ("front", "rear") if flows.get(axle))
    share = fixed(100.0 * losses / flows["wall"], 0)
    return Picture(
        f"{cycle['name']}: {fixed(flows['wall'], 1)} Wh/km from the wall, {share} % of it lost in charger, battery and drive units",
        f"{vehicle}, {fixed(cycle['distance_km'], 1)} km. Widths are Wh/km, and as much leaves each node as enters it. The losses of the "
        "drive units cover driving and the way back of recuperated energy.",
        energy_sankey(cycle, vehicle),
    )


def _hint(vehicle: Json) -> str:
    used = ", ".join(
        f"{c['name']} {fixed(c['consumption_wh_per_km_ac'], 0)}"
        for c in vehicle["cycles"]
        if is_number(c["consumption_wh_per_km_ac"])
    )
    touched: dict[str, dict[str, None]] = {}
    for row in (row for c in vehicle["cycles"] for row in c["limits"] if row["seconds"] > 0):
        touched.setdefault(row["limit"], {})[row["axle"]] = None
    words = [limit if "vehicle" in axles else f"{limit} ({', '.join(axles)})" for limit, axles in touched.items()]
    limits = f"touches {join(words)}" if words else "touches no limit"
    return f"{used} Wh/km; {limits}" if used else limits


def _limit_name(axle: str, limit: str) -> str:
    return limit if axle == "vehicle" else f"{axle} {limit}"


def _limits(vehicle: Json, name: str) -> Table:
    """A row for each limit, touched ones first; for each cycle seconds, share of the energy, and largest use."""
    cycles = vehicle["cycles"]
    energies = [_turned_over(cycle) for cycle in cycles]
    rows: dict[tuple[str, str], list[Json | None]] = {}
    for index, cycle in enumerate(cycles):
        for row in cycle["limits"]:
            rows.setdefault((row["axle"], row["limit"]), [None] * len(cycles))[index] = row

    def rank(item: tuple[tuple[str, str], list[Json | None]]) -> tuple[float, float]:
        found = [row for row in item[1] if row]
        return (-max(row["seconds"] for row in found), -max(row["largest_use_percent"] or 0.0 for row in found))

    def cells(axle: str, found: Sequence[Json | None]) -> list[Cell]:
        line: list[Cell] = []
        for row, energy in zip(found, energies, strict=True):
            if row is None:
                line += [Cell("–")] * 3
                continue
            turned = sum(energy.values()) if axle == "vehicle" else energy.get(axle, 0.0)
            touched = "strong" if row["seconds"] > 0 else "quiet"
            line.append(Cell(fixed(row["seconds"], 0), full_value(row["seconds"]), touched))
            line.append(percent_cell(100.0 * row["energy_wh"] / turned if turned > 0.0 else None, 1))
            line.append(fixed_cell(row["largest_use_percent"], 0))
        return line

    heads = [
        column
        for cycle in cycles
        for column in (
            Column(f"{cycle['name']}: at the limit", "s", True),
            Column("Share of energy", "%", True),
            Column("Largest use", "%", True),
        )
    ]
    ordered = sorted(rows.items(), key=rank)
    body = [(Cell(_limit_name(axle, limit).capitalize()), *cells(axle, found)) for (axle, limit), found in ordered]
    return plain_table(
        f"Where the driving of {name} touches a limit",
        (Column("Limit"), *heads),
        body,
        note="At the limit: at 98 % of it or more. Share of energy: of the mechanical energy that the axle’s unit (for the battery: all "
        "units) turns over in the cycle. Largest use of continuous torque may pass 100 %: that is what the time-limited torque is "
        "for; it is counted up to 1,000 %.",
    )


def _turned_over(cycle: Json) -> dict[str, float]:
    found: dict[str, float] = {}
    for point in cycle["points"]:
        found[point["axle"]] = found.get(point["axle"], 0.0) + sum(c["energy_wh"] for c in point["cells"])
    return found
