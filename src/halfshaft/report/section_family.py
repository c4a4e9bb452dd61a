"""Section 2, the family: which modules make which units, which axle turns with which, together and alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import (
    Block,
    Cell,
    Column,
    Fold,
    Group,
    Heading,
    Legend,
    Picture,
    Prose,
    Section,
    Table,
    plain_table,
)
from halfshaft.report.family_tree import family_tree
from halfshaft.report.format import (
    count_cell,
    fixed_cell,
    full_value,
    money,
    money_cell,
    money_decimals,
    number_cell,
    plural,
    quantity,
)
from halfshaft.report.names import JOINT_COLOUR, Names

Json = Mapping[str, Any]

_EXCITATIONS = {"field_winding": "field winding", "permanent_magnet": "permanent magnets", "induction": "squirrel cage"}
_KINDS = {
    "lamination": "laminations", "rotor": "rotors", "machine": "machines", "inverter": "inverters", "gear": "gears", "housing": "housings"
}  # fmt: skip


def family(document: Json, names: Names) -> Section:
    """The tree, the units, who uses which, and the modules with their development."""
    units = {row["name"]: row for row in document["catalogue"]["units"]}
    plan, alone = document["plans"]["reference"], document["plans"]["alone"]
    blocks: list[Block] = [
        Prose(
            f"The joint plan builds {plural(len(plan['family']), 'unit')} out of {plural(len(units), 'unit')} that the kit allows. "
            "A module is developed once, however many units contain it.",
            "lead",
        ),
        Picture(
            "Family tree: modules, units, and the axles that turn with them",
            "Follow one line from the left: it passes the four modules of a unit and ends at every axle that the unit drives.",
            family_tree(units, plan["assignments"], names),
        ),
        _legend(names),
        _unit_table(document, units, names),
        _assignment_table(document, names),
        Heading("Side by side: together and alone"),
        _size_table(document, names),
        _module_table(plan, names),
    ]
    for partner in names.everyone:
        own = alone[partner]
        blocks.append(
            Fold(
                f"Family of {names.partner(partner)} alone",
                (
                    Picture(
                        f"Family tree of {names.partner(partner)} alone",
                        "The family that this partner would develop if there were no alliance.",
                        family_tree(units, own["assignments"], names),
                    ),
                    _module_table(own, names),
                ),
                hint=f"{plural(len(own['family']), 'unit')}, {plural(len(own['modules']), 'module')}",
                partner=partner,
            )
        )
    return Section("family", "The family", "Family", tuple(blocks))


def _legend(names: Names) -> Legend:
    entries = [("box", names.colour(partner), f"{names.partner(partner)} only") for partner in names.everyone]
    return Legend((*entries, ("box", JOINT_COLOUR, "shared by partners")))


def _unit_table(document: Json, units: Mapping[str, Json], names: Names) -> Table:
    plan = document["plans"]["reference"]
    rows = []
    for name in sorted(plan["family"], key=lambda n: -units[n]["peak_power_kw"]):
        u = units[name]
        users = [a for a in plan["assignments"] if a["unit"] == name]
        partners = {a["partner"] for a in users}
        owner = next(iter(partners)) if len(partners) == 1 else "joint"
        rows.append(
            (
                Cell(name, partner=owner),
                Cell(_EXCITATIONS.get(u["excitation"], str(u["excitation"]))),
                fixed_cell(u["voltage_class_v"], 0),
                fixed_cell(u["peak_power_kw"], 0),
                fixed_cell(u["continuous_power_kw"], 0),
                fixed_cell(u["peak_torque_nm"], 0),
                number_cell(u["ratio"], quantity(u["ratio"])),
                fixed_cell(u["max_speed_rpm"], 0),
                fixed_cell(u["peak_efficiency_percent"], 1),
                fixed_cell(u["mass_kg"], 1),
                number_cell(u["rare_earth_kg"], quantity(u["rare_earth_kg"])),
                fixed_cell(u["length_mm"], 0),
                fixed_cell(u["diameter_mm"], 0),
                Cell(str(u["available_from"])),
                count_cell(len(users)),
            )
        )
    heads = (
        ("Class", "V"), ("Peak", "kW"), ("Cont.", "kW"), ("Torque", "Nm"), ("Ratio", ""), ("Max speed", "rpm"),
        ("Peak eff.", "%"), ("Mass", "kg"), ("Rare earth", "kg"), ("Length", "mm"), ("Diam.", "mm"), ("From", "year"), ("Axles", ""),
    )  # fmt: skip
    return plain_table(
        "Units of the joint family",
        (Column("Unit: machine / inverter / gear"), Column("Excitation"), *(Column(h, u, True) for h, u in heads)),
        rows,
        note="Torque at the motor shaft; peak and continuous power at the unit's class voltage under load; efficiency from battery "
        "terminals to gear output at the best point of the map.",
    )


def _assignment_table(document: Json, names: Names) -> Table:
    plan, alone = document["plans"]["reference"], document["plans"]["alone"]
    groups = []
    for partner in names.everyone:
        own = {(a["vehicle"], a["axle"]): a for a in alone[partner]["assignments"]}
        rows = []
        for a in plan["assignments"]:
            if a["partner"] != partner:
                continue
            before = own.get((a["vehicle"], a["axle"]))
            same = before is not None and before["unit"] == a["unit"]
            rows.append(
                (
                    Cell(names.vehicle(a["vehicle"]), partner=partner),
                    Cell(a["axle"]),
                    Cell(a["unit"]),
                    Cell("the same" if same else before["unit"] if before else "–", style="quiet" if same else ""),
                    fixed_cell(a["extra_battery_per_car"], 0),
                    fixed_cell(before["extra_battery_per_car"] if before else None, 0),
                )
            )
        groups.append(Group(names.partner(partner), tuple(rows)))
    per_car = f"{names.currency} a car"
    return Table(
        "Which axle uses which unit, together and alone",
        (
            Column("Vehicle"),
            Column("Axle"),
            Column("Unit together"),
            Column("Unit alone"),
            Column("Extra battery, together", per_car, True),
            Column("alone", per_car, True),
        ),
        tuple(groups),
        note="Extra battery: what the car's battery costs more than with its most frugal choice of units, because this choice uses "
        "more energy. It belongs to the car, and stands at each of its axles.",
    )


def _size_table(document: Json, names: Names) -> Table:
    plans = [document["plans"]["reference"], *(document["plans"]["alone"][p] for p in names.everyone)]
    rows = [(Cell("Units"), *(count_cell(len(plan["family"])) for plan in plans))]
    for kind, label in _KINDS.items():
        counts = [sum(m["kind"] == kind for m in plan["modules"]) for plan in plans]
        if any(counts):  # a kit need not have rotors and housings
            rows.append((Cell(label.capitalize()), *(count_cell(count) for count in counts)))
    sums = [sum(m["development_m"] for m in plan["modules"]) for plan in plans]
    decimals = money_decimals(sums)
    rows.append(
        (Cell(f"Development of these modules, listed, {names.million}"), *(money_cell(s, decimals) for s in sums))
    )
    heads = (
        Column("together", "", True),
        *(Column(f"{names.partner(p)} alone", "", True, partner=p) for p in names.everyone),
    )
    return plain_table(
        "Size of the families",
        (Column(""), *heads),
        rows,
        note="Listed development is the sum of the modules' full amounts; where a parent module is developed too, the plan pays less.",
    )


def _module_table(plan: Json, names: Names) -> Table:
    groups = []
    decimals = money_decimals(m["development_m"] for m in plan["modules"])
    for kind, label in _KINDS.items():
        modules = [m for m in plan["modules"] if m["kind"] == kind]
        rows = tuple(
            (
                Cell(m["name"]),
                Cell(_parent(m["parent"])),
                Cell(str(m["available_from"])),
                Cell(money(m["development_m"], decimals), full_value(m["development_m"])),
                count_cell(m["pieces"]),
                Cell(_users(m["vehicles"], names)),
            )
            for m in modules
        )
        if rows:
            groups.append(Group(f"{label.capitalize()} ({len(rows)})", rows))
    return Table(
        f"Modules developed: {names.coalition(plan['partners'])}",
        (
            Column("Module"),
            Column("Derived from"),
            Column("From", "year", True),
            Column("Development", names.million, True),
            Column("Pieces, all years", "", True),
            Column("Vehicles"),
        ),
        tuple(groups),
    )


def _parent(parent: Any) -> str:
    """A parent module's name; a document may give it as (kind, name)."""
    if parent is None:
        return ""
    return str(parent[-1]) if isinstance(parent, list | tuple) else str(parent)


def _users(vehicles: Sequence[str], names: Names) -> str:
    order = list(names.vehicles)
    return ", ".join(
        names.vehicle(v) for v in sorted(vehicles, key=lambda v: order.index(v) if v in order else len(order))
    )
