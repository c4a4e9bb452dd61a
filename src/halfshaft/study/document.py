"""A finished study as one JSON document: every figure that a report shows, in the units of the trade, and nothing else.

The report draws this document and computes nothing, so what stands on a page can be found in `study.json` and checked by hand. Keys carry
their units; money is in millions of the programme's currency, present value at the base date unless a key says otherwise.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import halfshaft
from halfshaft.alliance import AllianceResult
from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.chart import control_svg
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.rotor_stress import OVERSPEED
from halfshaft.drive_unit.unit_grid import duration_limits
from halfshaft.negotiation import DemandPrice
from halfshaft.plan import BATTERY_PACK, Award, ModuleKey, Plan, PlanInstance, Slot, module_needs, standing_lines
from halfshaft.plan.commonality import BetweenPartners, CommonalityIndices, plan_commonality
from halfshaft.programme import Development, Programme, VehicleProgramme
from halfshaft.quantities import Interval
from halfshaft.study.document_operation import operation_document
from halfshaft.study.document_saving import adoption_document, saving_document
from halfshaft.study.document_unpaid import duty_document, reported_document
from halfshaft.study.fields import LaminationField, RotorStrength
from halfshaft.study.pipeline import Study
from halfshaft.study.plans import Case
from halfshaft.vehicle import CycleEnergy, load_cycle
from halfshaft.verification import NO_UNIT, Overlap, VehicleTable, conditions, trade_value

SCHEMA = "halfshaft study 1"
RPM = 60.0 / (2.0 * math.pi)
_MAP_SPEEDS, _MAP_TORQUES = 46, 61
_CYCLE_POINTS_EVERY_S = 3

Json = dict[str, Any]


def document(study: Study) -> Json:
    """The whole document; plain dictionaries, lists, numbers and texts."""
    reference = study.plan()
    family = reference.family
    wltc = _wltc_of_the_plan(study)
    return {
        "schema": SCHEMA,
        "halfshaft": halfshaft.__version__,
        "programme": _programme(study),
        "assumptions": [_figure(f) for f in study.programme.ledger.assumptions],
        "sourced": [_figure(f) for f in study.programme.ledger.sourced],
        "fields": [field_document(f) for f in study.fields],
        "catalogue": {
            "family": family,
            "units": [catalogue_row(m, study.programme) for m in study.maps],
            "maps": {
                m.unit.name: _map(m, study, wltc) | {"control_svg": _control(m, study)}
                for m in study.maps
                if m.unit.name in family
            },
        },
        "verification": {
            "vehicles": [table_document(table, reference.at_launch[table.vehicle].axles) for table in study.tables],
            "matrix": _matrix(study),
            "certified": certified_rows(study.programme, study.tables),
        },
        "operation": operation_document(study.operations, study.maps),
        "overlap": overlap_document(study.overlap),
        "plans": {
            "reference": plan_document(study.programme, reference, "everyone"),
            "alone": {
                p: plan_document(study.programme, study.plan(coalition=frozenset({p})), p)
                for p in sorted(study.everyone)
            },
            "cases": [_case(study, case, plan) for case, plan in study.plans.items()],
        },
        "saving": saving_document(study),
        "adoption": None if study.adoption is None else adoption_document(study.programme, study.adoption),
        "negotiation": {
            "prices": [_price(study, price) for price in study.prices],
            "unlocks": [_unlock(unlock) for unlock in study.unlocks],
        },
        "alliance": [_alliance(study, book, scenario, result) for (book, scenario), result in study.alliances.items()],
        "run": {
            "seconds": study.run.seconds,
            "workers": study.run.workers,
            "peak_memory_mb": study.run.peak_memory_bytes / 1e6,
            "peak_memory_all_processes_mb": study.run.peak_memory_all_bytes / 1e6,
            "stages": [
                {"name": s.name, "seconds": s.seconds, "steps": s.steps, "stored": s.stored} for s in study.run.stages
            ],
        },
    }


def _million(value: float) -> float:
    return value / 1e6


def _interval(interval: Interval) -> Json:
    return {"low": interval.low / 1e6, "high": interval.high / 1e6}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


# ---- programme ------------------------------------------------------------------------------------------------------------------


def _programme(study: Study) -> Json:
    header, programme = study.programme.header, study.programme
    return {
        "name": header.name,
        "summary": header.summary,
        "currency": header.currency,
        "price_year": header.price_year,
        "base_year": header.base_year,
        "years": list(header.years),
        "discount_rate_percent": header.discount_rate * 100.0,
        "reference_book": header.reference_book,
        "reference_scenario": header.reference_scenario,
        "gap_percent": header.solver.gap * 100.0,
        "partners": [{"id": p.id, "name": p.name, "customs_zone": p.customs_zone} for p in header.partners],
        "books": [{"id": b.id, "name": b.name} for b in programme.books],
        "scenarios": [
            {"id": s.id, "name": s.name, "factors": {str(y): f for y, f in sorted(s.factors.items())}}
            for s in programme.scenarios
        ],
        "vehicles": [
            {
                "id": v.id,
                "name": v.name,
                "partner": v.partner,
                "driven_axles": list(v.driven_axles),
                "sop": v.sop,
                "eop": v.eop,
                "voltage_class_v": v.voltage_class,
                "cars": {str(year): v.volumes.get(year, 0) for year in header.years},
            }
            for v in programme.vehicles
        ],
        "requirements": [
            {
                "id": r.id,
                "partner": r.owner,
                "owner": r.owner,
                "vehicle": r.vehicle,
                "axle": r.axle,
                "quantity": r.quantity,
                "relation": r.relation,
                "value": trade_value(r.quantity, r.value)[0],
                "unit": trade_value(r.quantity, r.value)[1],
            }
            for r in programme.requirements
        ],
        "plants": [
            {
                "id": p.id,
                "name": p.name,
                "partner": p.partner,
                "country": p.country,
                "published": [{"what": f.what, "text": f.text} for f in p.published],
            }
            for p in programme.plants
        ],
        "suppliers": [{"id": s.id, "name": s.name, "region": s.region} for s in programme.suppliers],
        "parts": [{"id": p.id, "name": p.name, "module_kind": p.module_kind} for p in programme.parts],
    }


def _figure(figure: Any) -> Json:
    return {
        "file": figure.file,
        "line": figure.line,
        "field": figure.path,
        "value": figure.text,
        "note": figure.note,
        "visibility": figure.visibility,
    }


# ---- fields -----------------------------------------------------------------------------------------------------------------------


def field_document(field: LaminationField) -> Json:
    """What a lamination was computed from, how good it is, its drawing and the picture of its field at its greatest torque."""
    flux_map, provenance = field.flux_map, field.flux_map.provenance
    design, mesh = json.loads(provenance["design"]), json.loads(provenance["mesh"])
    settings, quality = json.loads(provenance["settings"]), json.loads(provenance["quality"])
    probes = next(e for e in flux_map.interpolation_errors if e.method == "probes")
    errors = dict(zip(probes.quantities, probes.largest_percent, strict=True))
    orders = next(value for key, value in quality.items() if key.endswith("_percent") and key.startswith("p"))
    return {
        "lamination": field.lamination,
        "machine": field.machine,
        "source": design["source"],
        "notes": json.loads(provenance["notes"]),
        "order": settings["order"],
        "positions": settings["rotor_positions_over_60_deg"],
        "nodes": mesh["nodes"],
        "triangles": mesh["elements"],
        "points": int(flux_map.torque_nm.size),
        "interpolation_error_percent": {name: _number(errors[name]) for name in ("psi_d", "psi_q", "torque")},
        "order_difference_percent": {name: _number(orders[name]) for name in ("psi_d", "psi_q", "torque")},
        "gap_stress_difference_percent": _number(quality["torque_gap_stress_against_flux_percent"]["largest"]),
        "magnet_temperature_c": flux_map.magnet_temperature_c,
        "peak_currents_a": dict(zip(("i_d", "i_q", "i_f"), field.currents_a, strict=True)),
        "drawing_svg": field.drawing_svg,
        "field_svg": field.field_svg,
        "rotor": _rotor(field.strength),
    }


def _rotor(found: RotorStrength) -> Json:
    limit = found.speed_limit_rad_per_s
    return {
        "speed_limit_rpm": None if limit is None else limit * RPM,
        "overspeed": OVERSPEED,
        "weakest": found.weakest,
        "place": found.place,
        "nominal_mpa": found.nominal_mpa,
        "yield_mpa": found.yield_mpa,
        "notes": list(found.notes),
        "stress_svg": found.stress_svg,
    }


# ---- catalogue --------------------------------------------------------------------------------------------------------------------


def catalogue_row(unit_map: UnitMap, programme: Programme) -> Json:
    """One unit of the catalogue with its ratings."""
    unit = unit_map.unit
    efficiency, _, _ = unit_map.peak_efficiency
    return {
        "name": unit.name,
        "machine": unit.machine.name,
        "inverter": unit.inverter.name,
        "gear": unit.gear.name,
        "lamination": unit.machine.lamination.name,
        "excitation": unit.machine.lamination.excitation,
        "voltage_class_v": unit.inverter.voltage_class_v,
        "ratio": unit.gear.ratio,
        "peak_power_kw": unit_map.peak_power_w / 1e3,
        "continuous_power_kw": unit_map.continuous_power_w / 1e3,
        "peak_torque_nm": unit_map.greatest_torque_nm,
        "peak_efficiency_percent": efficiency * 100.0,
        "max_speed_rpm": unit_map.max_speed_rad_per_s * RPM,
        "mass_kg": unit.mass_kg,
        "rare_earth_kg": unit.rare_earth_kg,
        "length_mm": unit.length_m * 1e3,
        "diameter_mm": unit.diameter_m * 1e3,
        "available_from": programme.kit.available_from(unit),
    }


def _map(unit_map: UnitMap, study: Study, wltc: Mapping[str, CycleEnergy]) -> Json:
    """Efficiency and loss on a rectangular grid of speed and torque (null outside the limits), limit curves, and vehicles' WLTC points."""
    speed = np.linspace(unit_map.max_speed_rad_per_s * 0.01, unit_map.max_speed_rad_per_s, _MAP_SPEEDS)
    top = float(np.max(unit_map.peak_torque_nm))
    bottom = -float(np.max(unit_map.peak_generating_torque_nm))
    torque = np.linspace(bottom, top, _MAP_TORQUES)
    upper = np.interp(speed, unit_map.speed_rad_per_s, unit_map.peak_torque_nm)
    lower = -np.interp(speed, unit_map.speed_rad_per_s, unit_map.peak_generating_torque_nm)
    w, t = np.meshgrid(speed, torque, indexing="ij")
    inside = (t <= upper[:, None]) & (t >= lower[:, None])
    loss = np.full(w.shape, np.nan)
    loss[inside] = unit_map.loss_at(w[inside], t[inside])
    mechanical = w * t
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.where(t > 0, mechanical / (mechanical + loss), (mechanical + loss) / mechanical)
    efficiency[~(inside & (efficiency > 0.0) & (efficiency < 1.0))] = np.nan
    return {
        "dc_voltage_v": unit_map.dc_voltage_v,
        "speed_rpm": _list(speed * RPM),
        "torque_nm": _list(torque),
        "efficiency_percent": _grid(efficiency * 100.0),
        "loss_kw": _grid(loss / 1e3),
        "limits": {
            "speed_rpm": _list(unit_map.speed_rad_per_s * RPM),
            "peak_torque_nm": _list(unit_map.peak_torque_nm),
            "peak_generating_torque_nm": _list(-unit_map.peak_generating_torque_nm),
            "torque_for_30_s_nm": _list(duration_limits(unit_map)[30.0]),
            "continuous_torque_nm": _list(unit_map.continuous_torque_nm),
        },
        "loss_parts_at_full_torque_kw": {
            part: _list(values[:, -1] / 1e3, 3) for part, values in unit_map.loss_w.items()
        },
        "vehicles": _operating_points(unit_map, study, wltc),
    }


def _control(unit_map: UnitMap, study: Study) -> str:
    """The loci of the motor's control as a picture, whose parts have names of their own on a page with several."""
    unit = unit_map.unit
    field = next(f for f in study.fields if f.lamination == unit.machine.lamination.name)
    table = field.table()
    picture = control_svg(evaluate_motor(unit.motor, table, unit_map.dc_voltage_v), table)
    name = re.sub(r"[^A-Za-z0-9]+", "-", unit.name)
    for mark in ('id="', "url(#"):
        picture = picture.replace(mark, f"{mark}{name}-")
    return picture


def _wltc_of_the_plan(study: Study) -> dict[str, CycleEnergy]:
    """Each vehicle's WLTC with the units that the reference plan gives it."""
    by_name = {m.unit.name: m for m in study.maps}
    switching_w, cycle = study.programme.header.driving.switching_power, load_cycle("wltc_3b")
    found = {}
    for vehicle, chosen in study.plan().at_launch.items():
        programme, units = study.programme.vehicle(vehicle), chosen.axles
        driven = conditions(programme, study.programme.model_of(programme), study.maps, switching_w)
        found[vehicle] = driven.energy(cycle, *(by_name.get(units.get(axle, "")) for axle in ("front", "rear")))
    return found


def _operating_points(unit_map: UnitMap, study: Study, wltc: Mapping[str, CycleEnergy]) -> list[Json]:
    """Where WLTC takes this unit in each vehicle that the reference plan gives it to."""
    points = []
    for vehicle, chosen in study.plan().at_launch.items():
        energy, units = wltc[vehicle], chosen.axles
        for axle, name in units.items():
            if name != unit_map.unit.name:
                continue
            trace = energy.front if axle == "front" else energy.rear
            if trace is None:
                continue
            pick = slice(None, None, _CYCLE_POINTS_EVERY_S)
            points.append(
                {
                    "vehicle": vehicle,
                    "axle": axle,
                    "speed_rpm": _list(trace.speed_rad_per_s[pick] * RPM, 0),
                    "torque_nm": _list(trace.torque_nm[pick]),
                }
            )
    return points


def _list(values: Any, digits: int = 2) -> list[float | None]:
    return [round(float(v), digits) if math.isfinite(v) else None for v in np.asarray(values)]


def _grid(values: Any) -> list[list[float | None]]:
    return [_list(row) for row in np.asarray(values)]


# ---- verification -----------------------------------------------------------------------------------------------------------------


def _figures_of(table: VehicleTable, i: int, j: int) -> Json:
    f = {name: values[i, j] for name, values in table.figures.items()}
    return {
        "wltp_wh_per_km_ac": _number(f["wltp_consumption"]),
        "wltp_wh_per_km_dc": _number(f["wltp_dc"]),
        "udds_wh_per_km_ac": _number(f["udds_consumption"]),
        "hwfet_wh_per_km_ac": _number(f["hwfet_consumption"]),
        "acceleration_0_100_s": _number(f["acceleration_0_100"]),
        "acceleration_80_120_s": _number(f["acceleration_80_120"]),
        "top_speed_kph": _number(f["top_speed"] * 3.6),
        "gradeability_percent": _number(f["gradeability"] * 100.0),
        "continuous_power_kw": _number(f["continuous_power"] / 1e3),
        "peak_power_kw": _number(f["peak_power"] / 1e3),
        "units_mass_kg": _number(f["unit_mass"]),
    }


def table_document(table: VehicleTable, chosen: Mapping[str, str] | None = None) -> Json:
    """One vehicle's table in brief; with `chosen` (unit by axle) also that configuration's figures and its slack on each demand."""
    feasible = table.feasible
    result: Json = {
        "vehicle": table.vehicle,
        "partner": table.partner,
        "configurations": int(feasible.size),
        "feasible": int(feasible.sum()),
        "serving_units": sorted(table.units(feasible)),
        "demands": [
            {
                "id": d.id,
                "owner": d.owner,
                "quantity": d.quantity,
                "relation": d.relation,
                "axle": d.axle,
                "value": _number(trade_value(d.quantity, d.value)[0]),
                "unit": trade_value(d.quantity, d.value)[1],
                "configurations_excluded": int((~d.mask).sum()),
                "excluded_by_this_alone": int((table.holding(frozenset({d.id})) & ~feasible).sum()),
            }
            for d in table.demands
        ],
    }
    if chosen is not None:
        front, rear = chosen.get("front", NO_UNIT), chosen.get("rear", NO_UNIT)
        i, j = table.fronts.index(front), table.rears.index(rear)
        for row, demand in zip(result["demands"], table.demands, strict=True):
            row["slack_of_chosen"] = _number(trade_value(demand.quantity, float(demand.slack[i, j]))[0])
        result["chosen"] = {"front": front, "rear": rear, **_figures_of(table, i, j)}
    return result


def _matrix(study: Study) -> Json:
    """For each vehicle and unit: whether it serves on some axle, and if not the demands that exclude it."""
    reasons = {(r.vehicle, r.unit): r for r in study.refusals}
    units = [m.unit.name for m in study.maps]
    rows = []
    for table in study.tables:
        serving = table.units(table.feasible)
        used = set(study.plan().at_launch[table.vehicle].axles.values())
        cells: list[Json] = []
        for unit in units:
            if unit in serving:
                cells.append({"serves": True, "chosen": unit in used})
            else:
                refusal = reasons[table.vehicle, unit]
                cells.append(
                    {
                        "serves": False,
                        "excluded_by": list(refusal.always),
                        "nearest_fails": [] if refusal.always else list(refusal.nearest),
                    }
                )
        rows.append({"vehicle": table.vehicle, "partner": table.partner, "cells": cells})
    return {"units": units, "rows": rows}


def certified_rows(programme: Programme, tables: Sequence[VehicleTable]) -> list[Json]:
    """Computed against certified figures, for the units that each car was built with."""
    rows = []
    for table in tables:
        vehicle = programme.vehicle(table.vehicle)
        if not vehicle.as_built:
            continue
        i = table.fronts.index(vehicle.as_built.get("front", NO_UNIT))
        j = table.rears.index(vehicle.as_built.get("rear", NO_UNIT))
        for label, measured, key, factor, unit in _measured(vehicle):
            if measured is None:
                continue
            computed = float(table.figures[key][i, j]) * factor
            published = measured * factor
            rows.append(
                {
                    "vehicle": vehicle.id,
                    "units": dict(vehicle.as_built),
                    "figure": label,
                    "unit": unit,
                    "published": published,
                    "computed": _number(computed),
                    "deviation_percent": _number((computed / published - 1.0) * 100.0),
                }
            )
    return rows


def _measured(vehicle: VehicleProgramme) -> tuple[tuple[str, float | None, str, float, str], ...]:
    certified = vehicle.certified
    return (
        ("UDDS consumption, AC", certified.udds, "udds_consumption", 1.0, "Wh/km"),
        ("HWFET consumption, AC", certified.hwfet, "hwfet_consumption", 1.0, "Wh/km"),
        ("WLTP consumption, AC", certified.wltp, "wltp_consumption", 1.0, "Wh/km"),
        ("0–100 km/h", certified.acceleration_0_100, "acceleration_0_100", 1.0, "s"),
        ("top speed", certified.top_speed, "top_speed", 3.6, "km/h"),
    )


def overlap_document(overlap: Overlap) -> Json:
    """What vehicles and partners share, and which demands exclude each other."""
    return {
        "pairs": [
            {
                "vehicles": list(pair.vehicles),
                "shared": list(pair.shared),
                "share_percent": pair.share * 100.0,
                "conflicts": [
                    {"first": list(conflict.first), "second": list(conflict.second)} for conflict in pair.conflicts
                ],
            }
            for pair in overlap.pairs
        ],
        "partners": [
            {"partners": list(p.partners), "shared": list(p.shared), "share_percent": p.share * 100.0}
            for p in overlap.partners
        ],
    }


# ---- plan -----------------------------------------------------------------------------------------------------------------------


def plan_document(programme: Programme, plan: Plan, title: str) -> Json:
    """One plan: cost tree, family, who uses what from when to when, commonality, purchases, production, what is unpaid."""
    instance = plan.instance
    years = [instance.calendar.first_year + year for year in range(instance.calendar.years)]
    names = {s.id: s.name for s in programme.suppliers}
    needs = module_needs(instance, plan.decisions)
    developments: dict[ModuleKey, Development] = {
        (kind, name): d for (kind, name), d in programme.kit.developments.items()
    }
    return {
        "coalition": title,
        "partners": [partner.id for partner in instance.partners],
        "cost_m": _million(plan.objective),
        "bound_m": _million(plan.bound),
        "gap_percent": plan.gap * 100.0,
        "status": plan.status,
        "seconds": plan.seconds,
        "cost_tree_m": {line: _million(value) for line, value in plan.evaluation.by_line().items()},
        "cost_by_partner_m": {partner or "shared": _million(v) for partner, v in plan.evaluation.by_partner().items()},
        "family": plan.family,
        "modules": [
            {
                "kind": kind,
                "name": name,
                "development_m": _million(developments[kind, name].cost),
                "available_from": developments[kind, name].available_from,
                "parent": developments[kind, name].parent,
                "launched": instance.calendar.first_year + plan.decisions.launch[kind, name],
                "vehicles": sorted(
                    {instance.slot[s].vehicle for s, c in plan.chosen.items() if (kind, name) in c.modules}
                ),
                "pieces": sum(n for (_, key, _), n in needs.items() if key == (kind, name)),
                "pieces_by_partner": _pieces_by_partner(instance, needs, (kind, name)),
            }
            for kind, name in plan.developed
            if (kind, name) in developments
        ],
        "assignments": [
            {
                "partner": instance.partner_of(slot),
                "vehicle": slot.vehicle,
                **_stage(plan, slot, axle),
                "axle": axle,
                "unit": unit,
                "extra_battery_per_car": plan.chosen[slot.id].per_car.get("extra battery", 0.0),
            }
            for slot in instance.slots
            for axle, unit in plan.chosen[slot.id].axles.items()
        ],
        "commonality": _commonality(plan),
        "purchases": [
            {
                "part": instance.offers[award.offer].part,
                "supplier": instance.offers[award.offer].supplier,
                "supplier_name": names[instance.offers[award.offer].supplier],
                "from_year": years[instance.contracts[award.contract][0]],
                "to_year": years[instance.contracts[award.contract][-1]],
                "pieces": {
                    str(years[year]): round(n)
                    for year, n in zip(instance.contracts[award.contract], award.pieces, strict=True)
                },
                "mean_pieces_per_year": sum(award.pieces) / len(award.pieces),
                **_tier(instance, award),
                "discount_percent": award.discount * 100.0,
                "list_value_m": _million(award.list_value),
                "paid_value_m": _million(award.paid_value),
            }
            for award in plan.evaluation.awards
        ],
        "production": _production(plan),
        "reported": reported_document(plan),
        "duty": duty_document(plan),
    }


def _pieces_by_partner(
    instance: PlanInstance, needs: Mapping[tuple[str, ModuleKey, int], float], module: ModuleKey
) -> dict[str, dict[str, int]]:
    """Pieces of a module that go into each partner's cars, by partner and year; years without any are left out."""
    found: dict[str, dict[str, int]] = {}
    for (site, key, year), count in sorted(needs.items()):
        if key == module and count >= 0.5:
            years = found.setdefault(instance.site[site].partner, {})
            name = str(instance.calendar.first_year + year)
            years[name] = years.get(name, 0) + round(count)
    return found


def _stage(plan: Plan, slot: Slot, axle: str) -> Json:
    """When a slot's units are built into its vehicle, how late, and which unit stood at the axle before."""
    instance, first_year = plan.instance, plan.instance.calendar.first_year
    late = plan.decisions.delay.get(slot.id, 0)
    start = slot.start + late
    built = [
        year
        for scenario in instance.scenarios
        for year, number in enumerate(scenario.volumes[slot.id])
        if number > 0 and year >= start
    ]
    return {
        "from_year": first_year + start,
        "to_year": first_year + max(built, default=start),
        "late_years": late,
        "replaces": None if slot.follows is None else plan.chosen[slot.follows].axles.get(axle),
    }


def _commonality(plan: Plan) -> Json:
    """The standard commonality indices of a plan's drive units, of all modules and by kind."""
    found = plan_commonality(plan)
    return _indices(found.whole, found.between) | {
        "by_kind": {kind: _indices(found.by_kind[kind], found.between_by_kind[kind]) for kind in found.by_kind}
    }


def _indices(indices: CommonalityIndices, between: BetweenPartners) -> Json:
    return {
        "products": indices.products,
        "modules": indices.parts,
        "uses": indices.uses,
        "dci": indices.dci,
        "dci_most": indices.dci_most,
        "tcci": indices.tcci,
        "ci": indices.ci,
        "common_percent": indices.common_percent,
        "shared_by_partners": between.shared,
        "shared_by_partners_percent_of_pieces": between.pieces_percent,
    }


def _tier(instance: PlanInstance, award: Award) -> Json:
    """The tier that an award reached, what its terms count, and how much of it the next tier wants."""
    terms = instance.term.get(instance.offers[award.offer].terms or "")
    tiers = ((0.0, 0.0),) if terms is None else terms.tiers
    following = tiers[award.tier + 1][0] if award.tier + 1 < len(tiers) else None
    return {
        "terms_count": "pieces" if terms is None else terms.basis,
        "counted_per_year": award.mean,
        "missing_for_next_tier_per_year": None if following is None else following - award.mean,
        "tier": award.tier + 1,
        "tiers": len(tiers),
        "tier_from_pieces_per_year": tiers[award.tier][0],
        "next_tier_from_pieces_per_year": following,
    }


def _production(plan: Plan) -> list[Json]:
    """What each plant's lines make each year: their capacity with the shifts they run, what is made on them, and what exceeds them."""
    instance, calendar = plan.instance, plan.instance.calendar
    rows = []
    for index, line in enumerate(instance.lines):
        added = {period: count for (i, period), count in plan.decisions.added.items() if i == index}
        before = line.existing
        for year in range(calendar.years):
            periods = range(year * calendar.periods_per_year, (year + 1) * calendar.periods_per_year)
            standing = standing_lines(instance, plan.decisions, index, periods[-1])
            output: dict[str, float] = {}
            load = dict.fromkeys(periods, 0.0)
            for (i, item, period), pieces in plan.decisions.recourse[0].output.items():
                if i == index and period in load:
                    output[item[1]] = output.get(item[1], 0.0) + pieces
                    load[period] += pieces
            output = {item: round(pieces) for item, pieces in output.items() if pieces >= 0.5}
            longer = {
                shift: n for (i, shift, y), n in plan.decisions.recourse[0].shifts.items() if (i, y) == (index, year)
            }
            extra = sum(n * (line.shifts[shift].output - 1.0) for shift, n in longer.items()) * line.capacity
            capacity = {
                period: instance.line_capacity(line, added, period) + extra / calendar.periods_per_year
                for period in periods
            }
            whole = sum(capacity.values())
            made_on_lines = sum(min(load[period], capacity[period]) for period in periods)
            rows.append(
                {
                    "partner": instance.plant[line.plant].partner,
                    "plant": line.plant,
                    "process": line.process,
                    "year": calendar.first_year + year,
                    "lines": standing,
                    "new_lines": standing - before,
                    "lines_on_longer_shifts": sum(longer.values()),
                    "capacity_pieces": whole,
                    "output_pieces": sum(output.values()),
                    "overflow_pieces": round(sum(load.values()) - made_on_lines),
                    "utilisation_percent": 100.0 * made_on_lines / whole if whole else None,
                    "output": output if line.process != BATTERY_PACK else {},
                }
            )
            before = standing
    return rows


def _case(study: Study, case: Case, plan: Plan) -> Json:
    return {
        "book": case.book,
        "scenario": case.scenario,
        "coalition": sorted(case.coalition),
        "family_held": case.held,
        "exponent": case.exponent,
        "tailored": case.tailored,
        "cost_m": _million(plan.objective),
        "bound_m": _million(plan.bound),
        "gap_percent": plan.gap * 100.0,
        "status": plan.status,
        "seconds": plan.seconds,
        "units": len(plan.family),
        "cost_tree_m": {line: _million(value) for line, value in plan.evaluation.by_line().items()},
    }


# ---- negotiation and alliance -----------------------------------------------------------------------------------------------------


def _price(study: Study, price: DemandPrice) -> Json:
    requirement = next(r for r in study.programme.requirements if r.id == price.demand)
    value, unit = trade_value(requirement.quantity, requirement.value)
    return {
        "demand": price.demand,
        "partner": requirement.owner,
        "owner": requirement.owner,
        "vehicle": requirement.vehicle,
        "quantity": requirement.quantity,
        "relation": requirement.relation,
        "value": value,
        "unit": unit,
        "opened_configurations": price.opened,
        "price_m": _interval(price.price),
        "method": price.method,
        "changes": [
            {"vehicle": vehicle, "axle": axle, "with": before, "without": after}
            for vehicle, axle, before, after in price.changes
        ],
    }


def _unlock(unlock: Any) -> Json:
    return {
        "vehicle": unlock.vehicle,
        "unit": unlock.unit,
        "configuration": dict(unlock.units),
        "shortfalls": [
            {
                "demand": s.demand,
                "quantity": s.quantity,
                "demanded": _number(trade_value(s.quantity, s.demanded)[0]),
                "offered": _number(trade_value(s.quantity, s.offered)[0]),
                "unit": trade_value(s.quantity, 0.0)[1],
            }
            for s in unlock.shortfalls
        ],
    }


def _alliance(study: Study, book: str, scenario: str, result: AllianceResult) -> Json:
    def money(values: Mapping[str, float] | None) -> Json | None:
        return None if values is None else {player: _million(value) for player, value in values.items()}

    coalitions: Sequence[tuple[Case, Plan]] = [
        (case, plan)
        for case, plan in study.plans.items()
        if case.plain and (case.book, case.scenario) == (book, scenario)
    ]
    return {
        "book": book,
        "scenario": scenario,
        "coalitions": [
            {"members": sorted(case.coalition), "cost_m": _million(plan.objective), "bound_m": _million(plan.bound)}
            for case, plan in coalitions
        ],
        "saving_m": _interval(result.saving),
        "notes": list(result.notes),
        "core_statement": result.core_statement,
        "least_core_epsilon_m": _interval(result.least_core_epsilon),
        "splits": [
            {
                "rule": split.rule,
                "label": split.label,
                "belief": split.belief,
                "reveals": split.reveals,
                "payment_m": money(split.payment),
                "gain_m": money(split.gain),
                "gain_interval_m": {p: _interval(i) for p, i in split.gain_interval.items()},
                "transfer_m": money(split.transfer),
                "in_core": split.in_core,
            }
            for split in result.splits
        ],
    }
