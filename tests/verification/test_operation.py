"""How units work on a vehicle's cycles: flows close, points and parts add up to the trace, and limits are found where they are set."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from halfshaft.drive_unit import UnitMap
from halfshaft.study import Study
from halfshaft.verification import CycleOperation, conditions, operate
from halfshaft.verification.operation import loss_parts_w

VEHICLES = ["ada_suv", "bob_sedan", "bob_awd"]


def chosen(study: Study, vehicle: str) -> dict[str, UnitMap]:
    """The units that the reference plan gives a vehicle, by axle."""
    by_name = {m.unit.name: m for m in study.maps}
    return {axle: by_name[name] for axle, name in study.plan().at_launch[vehicle].axles.items()}


def touched(cycle: CycleOperation, limit: str) -> float:
    """Seconds at a limit, of all axles."""
    return sum(found.seconds for found in cycle.limits if found.limit == limit)


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_flows_close_and_agree_with_the_table(small_study: Study, vehicle: str) -> None:
    """Consumption is the table's; wall and terminals are the sum of their parts to rounding."""
    operation = next(o for o in small_study.operations if o.vehicle == vehicle)
    table = next(t for t in small_study.tables if t.vehicle == vehicle)
    i = table.fronts.index(operation.units.get("front", "none"))
    j = table.rears.index(operation.units.get("rear", "none"))
    assert [cycle.cycle for cycle in operation.cycles] == ["wltp", "udds", "hwfet"]
    for cycle in operation.cycles:
        flows = cycle.flows
        assert flows is not None
        assert cycle.ac_wh_per_km == pytest.approx(table.figures[f"{cycle.cycle}_consumption"][i, j], rel=1e-9)
        parts = [
            flows.auxiliary_wh, flows.rolling_wh, flows.air_wh, flows.friction_brake_wh, flows.inertia_wh, flows.climb_wh,
            *(
                part
                for u in flows.units.values()
                for part in (u.inverter_wh, u.machine_wh, u.gear_wh, u.switching_and_cold_oil_wh, u.slip_wh)
            ),
        ]  # fmt: skip
        assert sum(parts) == pytest.approx(flows.battery_terminals_wh, rel=1e-9)
        wall = flows.charging_loss_wh + flows.battery_loss_wh + flows.battery_terminals_wh
        assert wall == pytest.approx(flows.wall_wh, rel=1e-9)
        assert flows.rolling_wh > 0.0
        assert flows.air_wh > 0.0
        assert all(u.switching_and_cold_oil_wh > 0.0 and u.machine_wh > 0.0 for u in flows.units.values())


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_points_and_parts_add_up_to_the_trace(small_study: Study, vehicle: str) -> None:
    """Seconds are those in which the unit turns, energies its mechanical work, and the map's parts its loss at those points."""
    programme, units = small_study.programme.vehicle(vehicle), chosen(small_study, vehicle)
    driven = conditions(programme, small_study.programme.model_of(programme), small_study.maps, 200.0)
    operation = operate(vehicle, driven, units.get("front"), units.get("rear"))
    for cycle in operation.cycles:
        drive = driven.drives[cycle.cycle]
        energy = driven.energy(drive.cycle, units.get("front"), units.get("rear"))
        duration = np.diff(drive.cycle.time_s)
        for points in cycle.points:
            trace = energy.front if points.axle == "front" else energy.rear
            assert trace is not None
            work = np.abs(trace.speed_rad_per_s * trace.torque_nm) @ duration / 3600.0
            assert points.energy_wh.sum() == pytest.approx(work)
            assert points.seconds.sum() == pytest.approx(duration[trace.speed_rad_per_s > 0.0].sum())
            unit = units[points.axle]
            inside = trace.speed_rad_per_s <= unit.max_speed_rad_per_s
            whole = unit.loss_at(trace.speed_rad_per_s[inside], trace.torque_nm[inside])
            parts = np.sum(list(loss_parts_w(unit, trace).values()), axis=0)[inside]
            lossy = trace.loss_w[inside] > 0.0
            np.testing.assert_allclose(parts[lossy], whole[lossy], rtol=1e-9, atol=1e-6)


def test_a_weak_unit_touches_peak_torque(small_study: Study) -> None:
    """With a tenth of its torque a unit cannot follow: no flows, and its peak torque is what stopped it."""
    programme, units = small_study.programme.vehicle("bob_sedan"), chosen(small_study, "bob_sedan")
    driven = conditions(programme, small_study.programme.model_of(programme), small_study.maps, 200.0)
    weak = {
        axle: replace(unit, peak_torque_nm=0.1 * unit.peak_torque_nm, duration_torque_nm=0.1 * unit.duration_torque_nm)
        for axle, unit in units.items()
    }
    strong = operate("car", driven, units.get("front"), units.get("rear")).cycles[0]
    cycle = operate("car", driven, weak.get("front"), weak.get("rear")).cycles[0]
    assert touched(strong, "peak torque") == 0.0
    assert cycle.flows is None
    assert cycle.ac_wh_per_km is None
    assert touched(cycle, "peak torque") > 10.0
    assert max(found.largest_use for found in cycle.limits if found.limit == "peak torque") > 1.0
    assert touched(cycle, "battery discharge") == 0.0


def test_a_small_battery_touches_its_limits(small_study: Study) -> None:
    """A battery that gives and takes little stops the car on the cycle, and it binds at launch where power counts."""
    programme, units = small_study.programme.vehicle("bob_sedan"), chosen(small_study, "bob_sedan")
    model = small_study.programme.model_of(programme)
    driven = conditions(programme, model, small_study.maps, 200.0)
    wltp, car = driven.drives["wltp"], driven.vehicle
    small = replace(car.battery, max_discharge_w=20e3, max_charge_w=5e3)
    driven = replace(
        driven,
        vehicle=replace(car, battery=small),
        drives={"wltp": replace(wltp, vehicle=replace(wltp.vehicle, battery=small))},
    )
    operation = operate("car", driven, units.get("front"), units.get("rear"))
    (cycle,) = operation.cycles
    assert cycle.flows is None
    assert touched(cycle, "battery discharge") > 10.0
    assert touched(cycle, "battery charge") > 10.0
    assert touched(cycle, "peak torque") == 0.0
    assert operation.launch[-1].limit == "battery discharge"


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_launch_runs_from_standstill_to_top_speed(small_study: Study, vehicle: str) -> None:
    """Bands follow each other without a gap, neighbours differ, the last ends at the table's top speed."""
    operation = next(o for o in small_study.operations if o.vehicle == vehicle)
    table = next(t for t in small_study.tables if t.vehicle == vehicle)
    i = table.fronts.index(operation.units.get("front", "none"))
    j = table.rears.index(operation.units.get("rear", "none"))
    bands = operation.launch
    assert bands[0].from_mps == 0.0
    assert bands[-1].to_mps == pytest.approx(table.figures["top_speed"][i, j])
    for before, after in itertools.pairwise(bands):
        assert before.to_mps == after.from_mps
        assert before.limit != after.limit
    axles = {name.rsplit(" ", 1)[1] for band in bands for name in band.limit.split(", ") if "battery" not in name}
    assert axles <= set(operation.units)
