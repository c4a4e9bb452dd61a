"""The family: which modules make which units, which axle turns with which, together and alone."""

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
    Picture,
    Prose,
    Section,
    Table,
    plain_table,
)
from halfshaft.report.charts_commonality import index_by_kind
from halfshaft.report.family_tree import family_tree
from halfshaft.report.family_years import KINDS, family_over_the_years, has_years, parent_name
from halfshaft.report.format import (
    count_cell,
    fixed,
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
            "A line from the left passes a unit's lamination, machine, inverter and gear, and ends at every axle that it drives.",
            family_tree(units, plan["assignments"], names),
        ),
        _legend(names),
        *_over_the_years(plan, document, "The family over the years: launches, carry-over and use", names),
        _unit_table(document, units, names),
        _assignment_table(document, names),
        Heading("Side by side: together and alone"),
        _size_table(document, names),
        *_commonality(document, names),
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
                    *_over_the_years(own, document, f"Family of {names.partner(partner)} alone over the years", names),
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


def _over_the_years(plan: Json, document: Json, title: str, names: Names) -> tuple[Block, ...]:
    """The modules on a time axis, where the plan says when they are launched and built."""
    if not has_years(plan):
        return ()
    reading = (
        "A diamond is a module's launch, an arrow leads from a parent to the module derived from it, and bars cover the years in which "
        "cars of a partner hold the module, in that partner's colour."
    )
    return (Picture(title, reading, family_over_the_years(plan, document["programme"]["years"], names)),)


def _commonality(document: Json, names: Names) -> tuple[Block, ...]:
    """The standard indices together and alone, by kind; nothing where a plan does not state them."""
    plans = [("", document["plans"]["reference"]), *((p, document["plans"]["alone"][p]) for p in names.everyone)]
    found = [(partner, plan["commonality"]) for partner, plan in plans if plan.get("commonality")]
    if len(found) < len(plans):
        return ()
    kinds = {kind: label for kind, label in KINDS.items() if any(kind in whole["by_kind"] for _, whole in found)}
    groups = []
    for kind, title in {"": "all modules", **kinds}.items():
        rows = []
        for partner, whole in found:
            row = whole if not kind else whole["by_kind"].get(kind)
            if row is not None:
                rows.append(_index_row(partner, row, names))
        if rows:
            groups.append(Group(title.capitalize(), tuple(rows)))
    return (
        Chart(
            "commonality",
            "Commonality of the modules: TCCI, together and alone",
            "0: no module is in two products; 1: one module is in all of them. A product is the drive unit at one axle of one vehicle.",
            index_by_kind(found, kinds, names),
            height_px=340,
            least_width_px=600,
        ),
        Table(
            "Commonality indices, together and alone",
            (
                Column("Plan"),
                Column("Products", "", True),
                Column("Modules", "", True),
                Column("Uses", "", True),
                Column("DCI", "from 1", True),
                Column("DCI at most", "", True),
                Column("TCCI", "0 to 1", True),
                Column("CI", "0 to 1", True),
                Column("In several products", "% of modules", True),
                Column("Shared by partners", "modules", True),
                Column("Shared by partners", "% of pieces", True),
            ),
            tuple(groups),
            note="Products: drive units, one for each axle of each vehicle, and one more for each unit that a vehicle changes to. Uses: "
            "each product counts each of its modules once. DCI (Collier 1981): uses for each module. TCCI (Wacker and Treleaven 1986): "
            "1 − (modules − 1) / (uses − 1). CI (Martin and Ishii 1997): 1 − (modules − m) / (uses − m), with the m modules of the "
            "largest product. All as compared by Thevenot and Simpson (2006). DCI grows with the number of products, so compare it with "
            "care where the plans' counts of products differ. A dash: one product has nothing to share.",
        ),
    )


def _index_row(partner: str, row: Json, names: Names) -> tuple[Cell, ...]:
    return (
        Cell(f"{names.partner(partner)} alone" if partner else "together", partner=partner or "joint"),
        count_cell(row["products"]),
        count_cell(row["modules"]),
        count_cell(row["uses"]),
        number_cell(row["dci"], fixed(row["dci"], 2)),
        number_cell(row["dci_most"], fixed(row["dci_most"], 0)),
        number_cell(row["tcci"], fixed(row["tcci"], 2)),
        number_cell(row["ci"], fixed(row["ci"], 2)),
        number_cell(row["common_percent"], fixed(row["common_percent"], 0)),
        count_cell(row["shared_by_partners"]),
        number_cell(row["shared_by_partners_percent_of_pieces"], fixed(row["shared_by_partners_percent_of_pieces"], 0)),
    )


def _unit_table(document: Json, units: Mapping[str, Json], names: Names) -> Table:
    plan = document["plans"]["reference"]
    rows = []
    for name in sorted(plan["family"], key=lambda n: -units[n]["peak_power_kw"]):
        u = units[name]
        users = [a for a in plan["assignments"] if a["unit"] == name]
        axles = {(a["vehicle"], a["axle"]) for a in users}
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
                count_cell(len(axles)),
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
        own = alone[partner]["assignments"]
        rows = []
        for a in plan["assignments"]:
            if a["partner"] != partner:
                continue
            before = _at_the_same_time(a, own)
            same = before is not None and before["unit"] == a["unit"]
            rows.append(
                (
                    Cell(names.vehicle(a["vehicle"]), partner=partner),
                    Cell(a["axle"]),
                    Cell(_years(a)),
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
            Column("Years"),
            Column("Unit together"),
            Column("Unit alone"),
            Column("Extra battery, together", per_car, True),
            Column("alone", per_car, True),
        ),
        tuple(groups),
        note="Extra battery: what the car's battery costs more than with its most frugal choice of units, because this choice uses "
        "more energy. It belongs to the car, and stands at each of its axles.",
    )


def _years(a: Json) -> str:
    if "from_year" not in a or "to_year" not in a:
        return "–"
    return f"{a['from_year']}–{a['to_year']}" if a["to_year"] > a["from_year"] else str(a["from_year"])


def _at_the_same_time(a: Json, own: Sequence[Json]) -> Json | None:
    """What the partner alone has at this axle when the joint plan's choice begins, or has first if it begins later."""
    there = [b for b in own if (b["vehicle"], b["axle"]) == (a["vehicle"], a["axle"])]
    earlier = [b for b in there if b.get("from_year", 0) <= a.get("from_year", 0)]
    return max(earlier, key=lambda b: b.get("from_year", 0)) if earlier else there[0] if there else None


def _size_table(document: Json, names: Names) -> Table:
    plans = [document["plans"]["reference"], *(document["plans"]["alone"][p] for p in names.everyone)]
    rows = [(Cell("Units"), *(count_cell(len(plan["family"])) for plan in plans))]
    for kind, label in KINDS.items():
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
    for kind, label in KINDS.items():
        modules = [m for m in plan["modules"] if m["kind"] == kind]
        rows = tuple(
            (
                Cell(m["name"]),
                Cell(parent_name(m["parent"])),
                Cell(str(m.get("launched", m["available_from"])), f"may be launched from {m['available_from']} on"),
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
            Column("Launched", "year", True),
            Column("Development", names.million, True),
            Column("Pieces, all years", "", True),
            Column("Vehicles"),
        ),
        tuple(groups),
    )


def _users(vehicles: Sequence[str], names: Names) -> str:
    order = list(names.vehicles)
    return ", ".join(
        names.vehicle(v) for v in sorted(vehicles, key=lambda v: order.index(v) if v in order else len(order))
    )
