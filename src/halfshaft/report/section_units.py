"""The units: efficiency, loss, limits and operating points of each unit of the family, and the fields they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.blocks import (
    Bullets,
    Cell,
    Chart,
    Column,
    Fold,
    Heading,
    Picture,
    Prose,
    Section,
    Side,
    Table,
    plain_table,
)
from halfshaft.report.charts_units import efficiency_map, loss_map, loss_parts, operating_points
from halfshaft.report.format import fixed
from halfshaft.report.names import Names

Json = Mapping[str, Any]


def units(document: Json, names: Names) -> Section:
    """A fold for each unit, strongest first; the first one is open."""
    catalogue = document["catalogue"]
    rows = {row["name"]: row for row in catalogue["units"]}
    order = sorted(catalogue["family"], key=lambda name: -rows[name]["peak_power_kw"])
    folds = tuple(
        Fold(name, _charts(index, catalogue["maps"][name], names), hint=_hint(rows[name]), open=index == 0)
        for index, name in enumerate(order)
    )
    lead = Prose(
        "Each unit's maps come from the computed field of its machine's cross-section and models of inverter and gear, at the class "
        "voltage under load. Open a unit to see its maps; the charts are drawn when it opens.",
        "lead",
    )
    fields = document["fields"]
    return Section(
        "units", "The units", "Units",
        (lead, *folds, Heading("What the machines were computed from"), _computed(fields), *(_pictures(f) for f in fields)),
    )  # fmt: skip


def _computed(fields: Sequence[Json]) -> Table:
    """How each lamination's field was computed, and how far the answer agrees with itself."""
    columns = (
        Column("Lamination"),
        Column("Machine"),
        Column("Mesh", "triangles", number=True),
        Column("Currents", "points", number=True),
        Column("Between points", "%", number=True),
        Column("Elements of other order", "%", number=True),
        Column("Torque by gap stress", "%", number=True),
        Column("Rotor stands", "rpm", number=True),
    )
    rows = tuple(
        (
            Cell(f["lamination"]),
            Cell(f["machine"]),
            Cell(fixed(f["triangles"], 0)),
            Cell(fixed(f["points"], 0)),
            _largest(f["interpolation_error_percent"]),
            _largest(f["order_difference_percent"]),
            _percent(f["gap_stress_difference_percent"]),
            _stands(f["rotor"]),
        )
        for f in fields
    )
    return plain_table(
        "The field behind each lamination",
        columns,
        rows,
        note="Largest differences in flux linkages and torque, in % of their range over the map: at currents between the map's points, "
        "with elements of the other order, and of the torque by the stress in the air gap from that by flux linkages. They tell how well "
        "the drawn machine is computed, not how near the drawing is to a machine that is built. The rotor stands a speed in "
        "service when no neck of its iron begins to yield at it, nor yields through or closes a quarter of the gap at overspeed.",
    )


def _largest(percent: Json) -> Cell:
    known = [value for value in percent.values() if value is not None]
    return _percent(max(known) if known else None)


def _percent(value: float | None) -> Cell:
    return Cell("–") if value is None else Cell(fixed(value, 2), f"{value} %")


def _stands(rotor: Json) -> Cell:
    limit = rotor["speed_limit_rpm"]
    return (
        Cell("–", "; ".join(rotor["notes"]))
        if limit is None
        else Cell(fixed(limit, 0), f"by the neck {rotor['weakest']}")
    )


def _pictures(field: Json) -> Fold:
    at = field["peak_currents_a"]
    rotor = f", field current {fixed(at['i_f'], 0)} A" if at["i_f"] else ""
    currents = f"i_d {fixed(at['i_d'], 0)} A and i_q {fixed(at['i_q'], 0)} A of the drawn winding{rotor}"
    blocks: tuple[Picture, ...] = (
        Picture(
            f"Cross-section of {field['machine']}",
            "What the field was computed from; one sector stands for all.",
            field["drawing_svg"],
        ),
        Picture(
            "Flux density at the greatest torque",
            f"At {currents}: the brighter, the denser; between two lines flows the same flux.",
            field["field_svg"],
        ),
    )
    rotor = field["rotor"]
    if rotor["speed_limit_rpm"] is not None:
        caption = (
            f"At {fixed(rotor['overspeed'], 1)} times the {fixed(rotor['speed_limit_rpm'], 0)} rpm that it stands in service. Weakest is "
            f"the neck {rotor['weakest']} ({rotor['place']}); its steel yields at {fixed(rotor['yield_mpa'], 0)} MPa."
        )
        blocks = (*blocks, Picture("Stress of the rotor's iron", caption, rotor["stress_svg"]))
    return Fold(
        field["lamination"],
        (Prose(field["source"]), Side(blocks), Bullets((*field["notes"], *rotor["notes"]))),
        hint=field["machine"],
    )


def _hint(row: Json) -> str:
    return (
        f"{fixed(row['peak_power_kw'], 0)} kW peak, {fixed(row['continuous_power_kw'], 0)} kW continuous, "
        f"{fixed(row['peak_torque_nm'], 0)} Nm, best {fixed(row['peak_efficiency_percent'], 1)} %"
    )


def _charts(index: int, unit_map: Json, names: Names) -> tuple[Side | Picture, ...]:
    voltage = fixed(unit_map["dc_voltage_v"], 0)
    return (
        Side(
            (
                Chart(
                    f"unit-{index}-efficiency",
                    f"Efficiency, battery terminals to gear output, at {voltage} V",
                    "Lines join points of equal efficiency in %; torque below zero recuperates; the thick line is the peak limit, the "
                    "dotted one holds for 30 s, the dashed one for ever.",
                    efficiency_map(unit_map),
                ),
                Chart(
                    f"unit-{index}-loss",
                    f"Total loss at {voltage} V",
                    "Lines join points of equal loss in kW: machine, inverter and gear together.",
                    loss_map(unit_map),
                ),
            )
        ),
        Side(
            (
                Chart(
                    f"unit-{index}-points",
                    "Torque and speed limits, and where WLTC takes the unit in each vehicle",
                    "Each dot is a moment of the WLTC 3b cycle, one colour for each vehicle; open dots are front axles. Dots far inside "
                    "the limits mean that the cycle uses little of the unit.",
                    operating_points(unit_map, names),
                ),
                Chart(
                    f"unit-{index}-parts",
                    "Where the loss goes at peak torque",
                    "Along the peak-torque curve, each layer is one part of the loss; the top edge is the total.",
                    loss_parts(unit_map),
                ),
            )
        ),
        Picture(
            f"Control of the motor at {voltage} V",
            "Left, the plane of currents: the circle is the inverter's limit, dashed ellipses what the voltage allows at a speed, thick "
            "lines the way of least loss from no torque to the greatest. Right, what that takes over speed and torque of the air gap.",
            unit_map["control_svg"],
        ),
    )
