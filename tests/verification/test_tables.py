"""The table of every unit on every axle, and what the demands on two vehicles share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from halfshaft.study import Study
from halfshaft.vehicle import load_cycle, performance
from halfshaft.verification import (
    NO_UNIT,
    VOLTAGE,
    VehicleTable,
    conditions,
    overlap,
    refusals,
    trade_value,
    verify_vehicle,
)


def table_of(study: Study, vehicle: str) -> VehicleTable:
    """One vehicle's table."""
    return next(table for table in study.tables if table.vehicle == vehicle)


@pytest.mark.parametrize("vehicle", ["ada_suv", "bob_sedan", "bob_awd"])
def test_cells_are_what_the_vehicle_room_says(small_study: Study, vehicle: str) -> None:
    """Random cells of the swept table equal single runs of cycle and acceleration with the same units."""
    table = table_of(small_study, vehicle)
    programme = small_study.programme.vehicle(vehicle)
    driven = conditions(
        programme,
        small_study.programme.model_of(programme),
        small_study.maps,
        small_study.programme.header.driving.switching_power,
    )
    maps = {m.unit.name: m for m in small_study.maps}
    rng = np.random.default_rng(1)
    for _ in range(3):
        i, j = int(rng.integers(len(table.fronts))), int(rng.integers(len(table.rears)))
        front, rear = maps.get(table.fronts[i]), maps.get(table.rears[j])
        energy = driven.energy(load_cycle("wltc_3b"), front, rear)
        assert table.figures["wltp_consumption"][i, j] == pytest.approx(energy.ac_wh_per_km, rel=1e-9)
        assert table.figures["wltp_dc"][i, j] == pytest.approx(energy.dc_wh_per_km, rel=1e-9)
        figures = performance(driven.vehicle, front, rear)
        assert table.figures["acceleration_0_100"][i, j] == pytest.approx(figures.time_0_100_kmh_s)
        assert table.figures["unit_mass"][i, j] == pytest.approx(sum(m.unit.mass_kg for m in (front, rear) if m))


def test_a_demand_is_a_comparison(small_study: Study) -> None:
    """Each mask is its figure against its value, with the sign of its relation; dropping demands never shrinks the choice."""
    table = table_of(small_study, "ada_suv")
    demands = {demand.id: demand for demand in table.demands}
    assert np.array_equal(demands["ADA-1"].mask, table.figures["acceleration_0_100"] <= 8.5)
    assert np.array_equal(demands["ADA-2"].mask, table.figures["top_speed"] >= 170 / 3.6)
    for demand in table.demands:
        assert (table.holding(frozenset({demand.id})) | ~table.feasible).all()


def test_a_demand_on_one_axle_leaves_the_other_alone(small_study: Study) -> None:
    """The mass limit of the front unit excludes rows, never columns."""
    table = table_of(small_study, "bob_awd")
    mask = next(demand for demand in table.demands if demand.id == "BOB-4").mask
    assert all(row.all() or not row.any() for row in mask)


def test_another_voltage_class_is_named(small_study: Study) -> None:
    """Units of another class stay in the table, without figures, and only the voltage is said to exclude them."""
    vehicle = small_study.programme.vehicle("ada_suv")
    higher = vehicle.model_copy(update={"voltage_class": 800.0})
    requirements = small_study.programme.requirements_of(vehicle)
    table = verify_vehicle(higher, small_study.programme.model_of(higher), requirements, small_study.maps, 200.0)
    assert not table.feasible.any()
    assert np.isnan(table.figures["wltp_consumption"]).all()
    for refusal in refusals(table):
        assert refusal.always == (VOLTAGE,)


def test_overlap_is_what_both_sets_hold(small_study: Study) -> None:
    """Shared units serve both vehicles and no other unit does; the share is that of the union."""
    for pair in small_study.overlap.pairs:
        sets = [table_of(small_study, name).units(table_of(small_study, name).feasible) for name in pair.vehicles]
        assert set(pair.shared) == sets[0] & sets[1]
        assert pair.share == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))


def test_a_conflict_names_two_demands_that_exclude_each_other(small_study: Study) -> None:
    """Two demands tightened until no unit satisfies both are named, and no innocent pair is."""
    suv, sedan = table_of(small_study, "ada_suv"), table_of(small_study, "bob_sedan")
    fast = np.array([["fast" in name for name in suv.rears]])

    def only(table: VehicleTable, demand: str, mask: np.ndarray) -> VehicleTable:
        changed = tuple(replace(d, mask=mask if d.id == demand else np.ones_like(mask)) for d in table.demands)
        return replace(table, demands=changed)

    result = overlap([only(suv, "ADA-1", fast), only(sedan, "BOB-1", ~fast)])
    (pair,) = result.pairs
    assert pair.shared == ()
    assert [(c.first, c.second) for c in pair.conflicts] == [(("ada_suv", "ADA-1"), ("bob_sedan", "BOB-1"))]


def test_every_refused_unit_has_a_reason(small_study: Study) -> None:
    """Each unit either serves a vehicle or is refused with at least one demand."""
    for table in small_study.tables:
        refused = {refusal.unit: refusal for refusal in refusals(table)}
        serving = table.units(table.feasible)
        assert set(refused) | serving == {n for n in (*table.fronts, *table.rears) if n != NO_UNIT}
        assert not set(refused) & serving
        assert all(refusal.always or refusal.nearest for refusal in refused.values())


def test_as_a_dataset(small_study: Study) -> None:
    """The table as an xarray Dataset carries units and the same numbers."""
    table = table_of(small_study, "bob_awd")
    dataset = table.to_xarray()
    assert dataset["acceleration_0_100"].attrs["units"] == "s"
    cell = dataset["acceleration_0_100"].sel(front=table.fronts[1], rear=table.rears[2])
    assert float(cell) == table.figures["acceleration_0_100"][1, 2]


def test_trade_units() -> None:
    """A demand is shown as the trade writes it."""
    assert trade_value("top_speed", 50.0) == (180.0, "km/h")
    assert trade_value("gradeability", 0.3)[1] == "%"
