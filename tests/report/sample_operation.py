"""The part "operation" of the sample document: flows that sum as a real study's do, points, limits and maps of an invented vehicle."""

from __future__ import annotations

import math
from typing import Any

Json = dict[str, Any]

CYCLES = (("wltp", "WLTC 3b", 23.27, 1.0), ("udds", "UDDS", 11.99, 0.8), ("hwfet", "HWFET", 16.5, 0.95))
TOP_NM, TOP_RPM, POWER_W = 310.0, 16000.0, 180e3


def sample_operation(vehicles: list[Json], assigned: list[Json]) -> Json:
    """Every vehicle with its units in three cycles; the last vehicle cannot follow the first cycle."""
    rows = []
    for number, vehicle in enumerate(vehicles):
        units = {a["axle"]: a["unit"] for a in assigned if a["vehicle"] == vehicle["id"]}
        last = number == len(vehicles) - 1
        cycles = [_cycle(c, units, follows=not (last and k == 0)) for k, c in enumerate(CYCLES)]
        rows.append({"vehicle": vehicle["id"], "units": units, "cycles": cycles, "launch": _launch(units)})
    return {"vehicles": rows, "units": {name: _unit_map() for name in sorted({a["unit"] for a in assigned})}}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return float(f"{value:.4g}")


def _cycle(cycle: tuple[str, str, float, float], units: Json, *, follows: bool) -> Json:
    key, name, distance, size = cycle
    city = key == "udds"
    parts = {"inverter": 2.9, "machine": 6.1, "gear": 4.3, "switching_and_cold_oil": 1.7, "slip": 0.9}
    share = {axle: 1.0 if len(units) == 1 else (0.3 if axle == "front" else 0.7) for axle in units}
    losses = {axle: {part: share[axle] * size * value for part, value in parts.items()} for axle in units}
    road = {
        "rolling": 52.0, "air": 61.0 * size**3, "friction_brake": 3.1 if city else 0.4, "inertia": 0.0, "climb": 0.0,
    }  # fmt: skip
    terminals = 12.0 / size + sum(sum(p.values()) for p in losses.values()) + sum(road.values())
    battery, recuperated = 0.03 * terminals, 58.0 if city else 27.0
    charging = 0.12 * (terminals + battery)
    flows = _rounded({
        "wall": terminals + battery + charging, "charging_loss": charging, "battery_loss": battery, "battery_terminals": terminals,
        "auxiliary": 12.0 / size, **losses, **road, "wheel_drive": sum(road.values()) + recuperated, "recuperated": recuperated,
    })  # fmt: skip
    return {
        "cycle": key, "name": name, "distance_km": distance, "follows": follows,
        "consumption_wh_per_km_ac": flows["wall"] if follows else None,
        "flows_wh_per_km": flows if follows else None,
        "points": [{"axle": axle, "cells": _cells(7000.0 * size, share[axle] * distance * 160.0)} for axle in units],
        "limits": _limits(units, city),
    }  # fmt: skip


def _cells(fastest: float, energy: float) -> list[Json]:
    """A cloud that thins out with speed and torque, with less energy where the unit generates."""
    found = []
    for i in range(int(fastest * 1.5 / 500.0)):
        for k in range(-7, 12):
            rpm, torque = 250.0 + 500.0 * i, TOP_NM * (k + 0.5) / 24.0
            weight = math.exp(-(((rpm - 0.6 * fastest) / 3000.0) ** 2) - abs(k) / (4.0 if k >= 0 else 2.5))
            if weight > 0.002:
                found.append(
                    {
                        "speed_rpm": rpm,
                        "torque_nm": round(torque, 1),
                        "seconds": round(30 * weight, 1),
                        "energy_wh": weight * energy / 60.0,
                    }
                )
    return found


def _limits(units: Json, city: bool) -> list[Json]:
    found = [
        {"axle": axle, "limit": limit, "seconds": seconds, "energy_wh": 9.0 * seconds, "largest_use_percent": use}
        for axle in units
        for limit, seconds, use in (
            ("peak torque", 0.0, 64.2), ("continuous torque", 11.0 if city else 3.0, 112.0), ("generating torque", 4.0, 100.0),
            ("highest speed", 0.0, 71.0),
        )
    ]  # fmt: skip
    return [*found, *(
        {"axle": "vehicle", "limit": limit, "seconds": 0.0, "energy_wh": 0.0, "largest_use_percent": use}
        for limit, use in (("battery discharge", 48.0), ("battery charge", 83.0))
    )]  # fmt: skip


def _launch(units: Json) -> list[Json]:
    axle = next(iter(units), "rear")
    return [
        {"from_kph": 0.0, "to_kph": 41.0, "limit": f"traction {axle}"},
        {"from_kph": 41.0, "to_kph": 96.0, "limit": f"peak torque {axle}"},
        {"from_kph": 96.0, "to_kph": 120.0, "limit": f"peak torque {axle}, battery discharge"},
        {"from_kph": 120.0, "to_kph": 180.0, "limit": "battery discharge"},
    ]


def _unit_map() -> Json:
    speeds = [TOP_RPM * k / 24 for k in range(25)]
    peak = [min(TOP_NM, POWER_W / max(w * math.pi / 30.0, 1.0)) for w in speeds]
    fractions = [k / 10 for k in range(-10, 11)]

    def loss(rpm: float, torque: float) -> float:
        return 0.06 + 9e-5 * torque**2 + 6e-9 * rpm**2 * (1 + 3 * (rpm / TOP_RPM) ** 2) + 1.2e-6 * rpm * abs(torque)

    return {
        "speed_rpm": speeds, "torque_fraction": fractions, "peak_torque_nm": peak,
        "peak_generating_torque_nm": [-0.95 * t for t in peak], "continuous_torque_nm": [0.55 * t for t in peak],
        "loss_kw": [[float(f"{loss(w, f * t):.4g}") for f in fractions] for w, t in zip(speeds, peak, strict=True)],
    }  # fmt: skip
