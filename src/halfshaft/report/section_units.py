"""Section 3, the units: efficiency, loss, limits and operating points of each unit of the family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.report.blocks import Chart, Fold, Prose, Section, Side
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
        "Each unit's maps come from the first-level model of machine, inverter and gear, at the class voltage under load. Open a unit to "
        "see its maps; the charts are drawn when it opens.",
        "lead",
    )
    return Section("units", "The units", "Units", (lead, *folds))


def _hint(row: Json) -> str:
    return (
        f"{fixed(row['peak_power_kw'], 0)} kW peak, {fixed(row['continuous_power_kw'], 0)} kW continuous, "
        f"{fixed(row['peak_torque_nm'], 0)} Nm, best {fixed(row['peak_efficiency_percent'], 1)} %"
    )


def _charts(index: int, unit_map: Json, names: Names) -> tuple[Side, ...]:
    voltage = fixed(unit_map["dc_voltage_v"], 0)
    return (
        Side(
            (
                Chart(
                    f"unit-{index}-efficiency",
                    f"Efficiency, battery terminals to gear output, at {voltage} V",
                    "Lines join points of equal efficiency in %; torque below zero recuperates; the thick line is the peak limit, the "
                    "dashed one the continuous.",
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
    )
