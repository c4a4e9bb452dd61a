"""What a document must hold before a page is drawn from it.

The report reads the document that a finished study writes. A key that is missing is found here, once and by its full path, so that no
section stops half-way with a bare KeyError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halfshaft.report.errors import ReportError

SCHEMA = "halfshaft study 1"
_SHOWN_PROBLEMS = 8


@dataclass(frozen=True)
class _Each:
    """A list, all of whose entries have this shape; `at_least` entries are needed."""

    shape: Any
    at_least: int = 0


@dataclass(frozen=True)
class _Values:
    """A mapping with free keys, all of whose values have this shape."""

    shape: Any


_ANY: Any = None
_INTERVAL: Any = {"low": _ANY, "high": _ANY}
_MONEY: Any = _Values(_ANY)


def _keys(names: str, **shaped: Any) -> dict[str, Any]:
    return dict.fromkeys(names.split(), _ANY) | shaped


_FIGURES = _Each(_keys("file line field value note visibility"))
_PLAN = _keys(
    "coalition partners cost_m bound_m gap_percent status seconds",
    cost_tree_m=_MONEY,
    cost_by_partner_m=_MONEY,
    family=_Each(_ANY),
    modules=_Each(_keys("kind name development_m available_from parent pieces", vehicles=_Each(_ANY))),
    assignments=_Each(_keys("partner vehicle axle unit extra_battery_per_car")),
    purchases=_Each(
        _keys(
            "part supplier supplier_name from_year to_year mean_pieces_per_year tier tiers tier_from_pieces_per_year"
            " next_tier_from_pieces_per_year discount_percent list_value_m paid_value_m",
            pieces=_Values(_ANY),
        )
    ),
    production=_Each(
        _keys(
            "partner plant process year lines new_lines capacity_pieces output_pieces utilisation_percent",
            output=_Values(_ANY),
        )
    ),
)
_DOCUMENT = _keys(
    "schema halfshaft",
    programme=_keys(
        "name summary currency price_year base_year discount_rate_percent reference_book reference_scenario gap_percent",
        years=_Each(_ANY, at_least=1),
        partners=_Each(_keys("id name customs_zone"), at_least=1),
        books=_Each(_keys("id name"), at_least=1),
        scenarios=_Each(_keys("id name", factors=_Values(_ANY)), at_least=1),
        vehicles=_Each(_keys("id name partner driven_axles sop eop voltage_class_v cars"), at_least=1),
        requirements=_Each(_keys("id owner vehicle axle quantity relation value unit")),
        plants=_Each(_keys("id name partner country", published=_Each(_keys("what text")))),
        suppliers=_Each(_keys("id name region")),
        parts=_Each(_keys("id name module_kind")),
    ),
    assumptions=_FIGURES,
    sourced=_FIGURES,
    fields=_Each(
        _keys(
            "lamination machine source order positions nodes triangles points gap_stress_difference_percent magnet_temperature_c"
            " drawing_svg field_svg",
            notes=_Each(_ANY),
            interpolation_error_percent=_keys("psi_d psi_q torque"),
            order_difference_percent=_keys("psi_d psi_q torque"),
            peak_currents_a=_keys("i_d i_q i_f"),
            rotor=_keys("speed_limit_rpm overspeed weakest place nominal_mpa yield_mpa stress_svg", notes=_Each(_ANY)),
        )
    ),
    catalogue=_keys(
        "",
        family=_Each(_ANY),
        units=_Each(
            _keys(
                "name machine inverter gear lamination excitation voltage_class_v ratio peak_power_kw continuous_power_kw"
                " peak_torque_nm peak_efficiency_percent max_speed_rpm mass_kg rare_earth_kg length_mm diameter_mm available_from"
            )
        ),
        maps=_Values(
            _keys(
                "dc_voltage_v control_svg",
                speed_rpm=_Each(_ANY),
                torque_nm=_Each(_ANY),
                efficiency_percent=_Each(_Each(_ANY)),
                loss_kw=_Each(_Each(_ANY)),
                limits=_keys(
                    "speed_rpm peak_torque_nm peak_generating_torque_nm torque_for_30_s_nm continuous_torque_nm"
                ),
                loss_parts_at_full_torque_kw=_Values(_Each(_ANY)),
                vehicles=_Each(_keys("vehicle axle", speed_rpm=_Each(_ANY), torque_nm=_Each(_ANY))),
            )
        ),
    ),
    verification=_keys(
        "",
        vehicles=_Each(
            _keys(
                "vehicle configurations feasible",
                serving_units=_Each(_ANY),
                demands=_Each(
                    _keys(
                        "id owner quantity relation axle value unit configurations_excluded excluded_by_this_alone slack_of_chosen"
                    )
                ),
                chosen=_keys(
                    "front rear wltp_wh_per_km_ac wltp_wh_per_km_dc udds_wh_per_km_ac hwfet_wh_per_km_ac acceleration_0_100_s"
                    " acceleration_80_120_s top_speed_kph gradeability_percent continuous_power_kw peak_power_kw units_mass_kg"
                ),
            )
        ),
        matrix=_keys("", units=_Each(_ANY), rows=_Each(_keys("vehicle", cells=_Each(_keys("serves"))))),
        certified=_Each(_keys("vehicle units figure unit published computed deviation_percent")),
    ),
    overlap=_keys(
        "",
        pairs=_Each(
            _keys(
                "share_percent",
                vehicles=_Each(_ANY, at_least=2),
                shared=_Each(_ANY),
                conflicts=_Each(_keys("", first=_Each(_ANY, at_least=2), second=_Each(_ANY, at_least=2))),
            )
        ),
        partners=_Each(_keys("share_percent", partners=_Each(_ANY, at_least=2), shared=_Each(_ANY))),
    ),
    plans=_keys(
        "",
        reference=_PLAN,
        alone=_Values(_PLAN),
        cases=_Each(
            _keys("book scenario family_held cost_m bound_m gap_percent status seconds units", coalition=_Each(_ANY))
        ),
    ),
    saving=_keys(
        "against",
        outlooks=_Each(
            _keys(
                "book scenario alone_m joint_m saving_m saving_percent",
                alone_by_partner_m=_MONEY,
                interval_m=_INTERVAL,
                interval_percent=_INTERVAL,
                by_line_m=_MONEY,
            ),
            at_least=1,
        ),
        regret=_Each(_keys("scenario held_m best_m", regret_m=_INTERVAL)),
    ),
    negotiation=_keys(
        "",
        prices=_Each(
            _keys(
                "demand owner vehicle quantity relation value unit opened_configurations method",
                price_m=_INTERVAL,
                changes=_Each(_keys("vehicle axle with without")),
            )
        ),
        unlocks=_Each(
            _keys(
                "vehicle unit",
                configuration=_Values(_ANY),
                shortfalls=_Each(_keys("demand quantity demanded offered unit")),
            )
        ),
    ),
    alliance=_Each(
        _keys(
            "book scenario core_statement",
            least_core_epsilon_m=_INTERVAL,
            coalitions=_Each(_keys("cost_m bound_m", members=_Each(_ANY))),
            saving_m=_INTERVAL,
            notes=_Each(_ANY),
            splits=_Each(
                _keys(
                    "rule label belief reveals transfer_m in_core",
                    payment_m=_MONEY,
                    gain_m=_MONEY,
                    gain_interval_m=_Values(_INTERVAL),
                )
            ),
        )
    ),
    run=_keys(
        "seconds workers peak_memory_mb peak_memory_all_processes_mb", stages=_Each(_keys("name seconds steps stored"))
    ),
)

# How the vehicles use their units: studies of older versions wrote no such part, and a page stands without it.
_OPERATION = _keys(
    "",
    vehicles=_Each(
        _keys(
            "vehicle",
            units=_Values(_ANY),
            cycles=_Each(
                _keys(
                    "cycle name distance_km follows consumption_wh_per_km_ac flows_wh_per_km",
                    points=_Each(_keys("axle", cells=_Each(_keys("speed_rpm torque_nm seconds energy_wh")))),
                    limits=_Each(_keys("axle limit seconds energy_wh largest_use_percent")),
                )
            ),
            launch=_Each(_keys("from_kph to_kph limit")),
        )
    ),
    units=_Values(
        _keys(
            "",
            speed_rpm=_Each(_ANY, at_least=2),
            torque_fraction=_Each(_ANY, at_least=2),
            peak_torque_nm=_Each(_ANY),
            peak_generating_torque_nm=_Each(_ANY),
            continuous_torque_nm=_Each(_ANY),
            loss_kw=_Each(_Each(_ANY)),
        )
    ),
)
# Commonality of a plan's family.
_INDICES = _keys(
    "products modules uses dci dci_most tcci ci common_percent shared_by_partners shared_by_partners_percent_of_pieces"
)
# What a plan counts and nobody pays, and what crosses a border with duty: studies of older versions wrote neither.
_REPORTED = _Each(_keys("name total paid"))
_DUTY = _keys(
    "paid_m",
    crossings=_Each(
        _keys(
            "partner plant kind module from_zone to_zone pieces duty_m",
            claimed_years=_Each(_ANY),
            dutiable_years=_Each(_ANY),
            free_years=_Each(_ANY),
        )
    ),
)
# The way from tailored vehicles to the joint plan, under each cost book and each exponent of a power law of volume.
_STEPS = _Each(
    _keys(
        "book scenario exponent tailored_m alone_m joint_m tailored_by_partner_m against_tailored_m against_tailored_percent",
        alone_by_partner_m=_MONEY,
        by_line_m=_keys("tailored", alone=_MONEY, joint=_MONEY),
        saving_m=_INTERVAL,
        saving_percent=_INTERVAL,
    )
)
# The plan that holds under all scenarios of adoption at once.
_ADOPTION = _keys(
    "expected_m bound_m gap_percent status cvar_m value_of_stochastic_solution_m",
    scenarios=_Each(_keys("id name probability"), at_least=1),
    cars=_Values(_Values(_ANY)),
    value_of_perfect_information_m=_INTERVAL,
    units=_Each(_ANY),
    families=_Each(_keys("family", units=_Each(_ANY), regret_m=_Values(_ANY))),
)
_FLOWS = _keys(
    "wall charging_loss battery_loss battery_terminals auxiliary rolling air friction_brake inertia climb wheel_drive recuperated"
)


def check(document: Mapping[str, Any]) -> None:
    """Raise ReportError unless `document` is a finished study of the schema that this report draws."""
    schema = document.get("schema") if isinstance(document, Mapping) else None
    if schema != SCHEMA:
        raise ReportError(
            f"the document's schema is {schema!r}, this report draws {SCHEMA!r}; give the study.json of a finished study"
        )
    problems = list(_problems(document, _DOCUMENT, ""))
    if document.get("operation") is not None:
        problems += _operation_problems(document["operation"])
    if document.get("adoption") is not None:
        problems += _adoption_problems(document["adoption"])
    problems += _step_problems(document)
    if not problems:
        problems = [*_optional_problems(document["plans"]), *_dangling(document)]
    if problems:
        more = f" and {len(problems) - _SHOWN_PROBLEMS} more" if len(problems) > _SHOWN_PROBLEMS else ""
        raise ReportError(
            "the document cannot be drawn: "
            + "; ".join(problems[:_SHOWN_PROBLEMS])
            + more
            + "; run the study again to renew it"
        )


def _problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    if isinstance(shape, _Each):
        if not isinstance(value, list | tuple):
            yield f"{path} is no list"
            return
        if len(value) < shape.at_least:
            yield f"{path} has {len(value)} entries, {shape.at_least} needed"
        if shape.shape is not _ANY:
            for index, entry in enumerate(value):
                yield from _problems(entry, shape.shape, f"{path}[{index}]")
    elif shape is not _ANY:
        if not isinstance(value, Mapping):
            yield f"{path} is no mapping"
        elif isinstance(shape, _Values):
            for key, entry in value.items():
                yield from _problems(entry, shape.shape, f"{path}.{key}")
        else:
            for key, inner in shape.items():
                name = f"{path}.{key}".lstrip(".")
                if key in value:
                    yield from _problems(value[key], inner, name)
                else:
                    yield f"{name} is missing"


def _operation_problems(operation: Any) -> Iterator[str]:
    found = list(_problems(operation, _OPERATION, "operation"))
    yield from found
    if found:
        return
    for i, vehicle in enumerate(operation["vehicles"]):
        for j, cycle in enumerate(vehicle["cycles"]):
            # A cycle that the vehicle cannot follow has no flows.
            if cycle["flows_wh_per_km"] is not None:
                path = f"operation.vehicles[{i}].cycles[{j}].flows_wh_per_km"
                yield from _problems(cycle["flows_wh_per_km"], _FLOWS, path)


def _step_problems(document: Mapping[str, Any]) -> Iterator[str]:
    saving = document.get("saving")
    if not isinstance(saving, Mapping) or saving.get("steps") is None:
        return
    found = list(_problems(saving["steps"], _STEPS, "saving.steps"))
    yield from found
    if found:
        return
    for i, step in enumerate(saving["steps"]):
        for key in ("against_tailored_m", "against_tailored_percent"):
            if step[key] is not None:
                yield from _problems(step[key], _INTERVAL, f"saving.steps[{i}].{key}")
        for key, value in (
            ("tailored_by_partner_m", step["tailored_by_partner_m"]),
            ("by_line_m.tailored", step["by_line_m"]["tailored"]),
        ):
            if value is not None:
                yield from _problems(value, _MONEY, f"saving.steps[{i}].{key}")


def _optional_problems(plans: Mapping[str, Any]) -> Iterator[str]:
    """Parts of a plan that a study may lack, and that must be whole where they stand."""
    named = [("reference", plans["reference"]), *((f"alone.{p}", plan) for p, plan in plans["alone"].items())]
    shapes = {
        "commonality": _INDICES | {"by_kind": _Values(_INDICES)},
        "reported": _REPORTED,
        "duty": _DUTY,
    }
    for name, plan in named:
        for key, shape in shapes.items():
            if plan.get(key) is not None:
                yield from _problems(plan[key], shape, f"plans.{name}.{key}")


def _adoption_problems(adoption: Any) -> Iterator[str]:
    found = list(_problems(adoption, _ADOPTION, "adoption"))
    yield from found
    if found:
        return
    if adoption["value_of_stochastic_solution_m"] is not None:
        yield from _problems(
            adoption["value_of_stochastic_solution_m"], _INTERVAL, "adoption.value_of_stochastic_solution_m"
        )
    for scenario in adoption["scenarios"]:
        if scenario["id"] not in adoption["cars"]:
            yield f"adoption.cars.{scenario['id']} is missing"
    for i, family in enumerate(adoption["families"]):
        for scenario, bounds in family["regret_m"].items():
            if bounds is not None:
                yield from _problems(bounds, _INTERVAL, f"adoption.families[{i}].regret_m.{scenario}")


def _dangling(document: Mapping[str, Any]) -> Iterator[str]:
    """References inside the document that lead nowhere, where a section stands on them."""
    programme, catalogue = document["programme"], document["catalogue"]
    reference = (programme["reference_book"], programme["reference_scenario"])
    if all((o["book"], o["scenario"]) != reference for o in document["saving"]["outlooks"]):
        yield f"saving.outlooks has no row for the reference book {reference[0]!r} and scenario {reference[1]!r}"
    known = {unit["name"] for unit in catalogue["units"]}
    for where, plan in [("reference", document["plans"]["reference"]), *document["plans"]["alone"].items()]:
        for unit in plan["family"]:
            if unit not in known:
                yield f"unit {unit!r} of the {where} plan is missing in catalogue.units"
    partners = {partner["id"] for partner in programme["partners"]}
    for partner in sorted(partners - set(document["plans"]["alone"])):
        yield f"plans.alone.{partner} is missing"
    yield from _partners_without(document, sorted(partners))
    for unit in document["catalogue"]["family"]:
        if unit not in catalogue["maps"]:
            yield f"catalogue.maps.{unit} is missing"
    for row in document["verification"]["matrix"]["rows"]:
        if len(row["cells"]) != len(document["verification"]["matrix"]["units"]):
            yield f"verification.matrix has {len(row['cells'])} cells for vehicle {row['vehicle']!r}, not one for each unit"


def _partners_without(document: Mapping[str, Any], partners: Sequence[str]) -> Iterator[str]:
    """Mappings by partner that leave a partner out."""
    by_partner = [
        (f"saving.outlooks[{i}].alone_by_partner_m", outlook["alone_by_partner_m"])
        for i, outlook in enumerate(document["saving"]["outlooks"])
    ]
    by_partner += [
        (f"alliance[{i}].splits[{j}].{key}", split[key])
        for i, alliance in enumerate(document["alliance"])
        for j, split in enumerate(alliance["splits"])
        for key in ("payment_m", "gain_m", "gain_interval_m", "transfer_m")
        # A plan that attributes no costs has no transfers.
        if split[key] is not None
    ]
    for path, found in by_partner:
        for partner in partners:
            if partner not in found:
                yield f"{path}.{partner} is missing"
