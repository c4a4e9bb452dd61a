"""How each vehicle's units work, as the report draws it: flows of energy, operating points, touched limits and the limits at launch.

Part of `study.json`; the unit of a figure stands in its key, and figures keep four significant digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from halfshaft.drive_unit import UnitMap
from halfshaft.verification import CycleOperation, Flows, Operation

Json = dict[str, Any]

_RPM = 60.0 / (2.0 * math.pi)
_SPEEDS, _TORQUES = 25, 21


def operation_document(operations: Sequence[Operation], maps: Sequence[UnitMap]) -> Json:
    """All vehicles, and the loss map of each unit that they use."""
    used = {unit for operation in operations for unit in operation.units.values()}
    return {
        "vehicles": [_vehicle(operation) for operation in operations],
        "units": {m.unit.name: _unit(m) for m in maps if m.unit.name in used},
    }


def _round(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) > 1e-9 else 0.0  # a balance closes to rounding, not to zero


def _list(values: Iterable[float]) -> list[float]:
    return [_round(float(value)) for value in values]


def _vehicle(operation: Operation) -> Json:
    return {
        "vehicle": operation.vehicle,
        "units": dict(operation.units),
        "cycles": [_cycle(cycle) for cycle in operation.cycles],
        "launch": [
            {"from_kph": _round(band.from_mps * 3.6), "to_kph": _round(band.to_mps * 3.6), "limit": band.limit}
            for band in operation.launch
        ],
    }


def _cycle(cycle: CycleOperation) -> Json:
    km = cycle.distance_m / 1000.0
    return {
        "cycle": cycle.cycle,
        "name": cycle.name,
        "distance_km": _round(km),
        "follows": cycle.flows is not None,
        "consumption_wh_per_km_ac": None if cycle.ac_wh_per_km is None else _round(cycle.ac_wh_per_km),
        "flows_wh_per_km": None if cycle.flows is None else _flows(cycle.flows, km),
        "points": [
            {
                "axle": points.axle,
                "cells": [
                    {
                        "speed_rpm": _round(speed * _RPM),
                        "torque_nm": _round(torque),
                        "seconds": _round(seconds),
                        "energy_wh": _round(energy),
                    }
                    for speed, torque, seconds, energy in zip(
                        points.speed_rad_per_s, points.torque_nm, points.seconds, points.energy_wh, strict=True
                    )
                ],
            }
            for points in cycle.points
        ],
        "limits": [
            {
                "axle": limit.axle,
                "limit": limit.limit,
                "seconds": _round(limit.seconds),
                "energy_wh": _round(limit.energy_wh),
                "largest_use_percent": _round(limit.largest_use * 100.0),
            }
            for limit in cycle.limits
        ],
    }


def _flows(flows: Flows, km: float) -> Json:
    def per_km(wh: float) -> float:
        return _round(wh / km)

    units = {
        axle: {
            "inverter": per_km(unit.inverter_wh),
            "machine": per_km(unit.machine_wh),
            "gear": per_km(unit.gear_wh),
            "switching_and_cold_oil": per_km(unit.switching_and_cold_oil_wh),
            "slip": per_km(unit.slip_wh),
        }
        for axle, unit in flows.units.items()
    }
    return {
        "wall": per_km(flows.wall_wh),
        "charging_loss": per_km(flows.charging_loss_wh),
        "battery_loss": per_km(flows.battery_loss_wh),
        "battery_terminals": per_km(flows.battery_terminals_wh),
        "auxiliary": per_km(flows.auxiliary_wh),
        **units,
        "rolling": per_km(flows.rolling_wh),
        "air": per_km(flows.air_wh),
        "friction_brake": per_km(flows.friction_brake_wh),
        "inertia": per_km(flows.inertia_wh),
        "climb": per_km(flows.climb_wh),
        "wheel_drive": per_km(flows.wheel_drive_wh),
        "recuperated": per_km(flows.recuperated_wh),
    }


def _unit(unit: UnitMap) -> Json:
    """The map thinned out: some of its speeds as they are, its loss between the nodes of torque."""
    nodes = len(unit.speed_rad_per_s)
    rows = np.unique(np.linspace(0, nodes - 1, min(nodes, _SPEEDS)).round().astype(int))
    fraction = np.linspace(-1.0, 1.0, _TORQUES)
    loss = unit.total_loss_w()[rows]
    return {
        "speed_rpm": _list(unit.speed_rad_per_s[rows] * _RPM),
        "torque_fraction": _list(fraction.round(6)),
        "peak_torque_nm": _list(unit.peak_torque_nm[rows]),
        "peak_generating_torque_nm": _list(unit.peak_generating_torque_nm[rows]),
        "continuous_torque_nm": _list(unit.continuous_torque_nm[rows]),
        "loss_kw": [_list(np.interp(fraction, unit.torque_fraction, row) / 1000.0) for row in loss],
    }
