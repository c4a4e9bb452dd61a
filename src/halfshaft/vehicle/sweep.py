"""Sweeps: every pair of units on many vehicles over many cycles, in bounded memory and on several threads.

Each unit is tabulated once per vehicle and cycle; a pair is then one run of the compiled loop over two tables. Tables are made for as many
units as fit into a fixed memory, and results come out vehicle by vehicle, so that nothing grows with the size of the sweep but what
the caller keeps. The loop holds no lock: threads share the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle import engine
from halfshaft.vehicle.axle_tables import AxleTables, axle_tables, units_at_once
from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.demand import Demand, cycle_demand
from halfshaft.vehicle.energy import candidates, oil_arguments
from halfshaft.vehicle.loss_map import Array, LossMap, WheelUnit

_J_PER_WH = 3600.0

Units = Sequence[LossMap | None]


@dataclass(frozen=True, eq=False)
class CycleEnergySweep:
    """The figures of every pair of units, each (n_front, n_rear); NaN where the pair does not drive the cycle (`able` false)."""

    dc_wh_per_km: Array
    ac_wh_per_km: Array
    range_km: Array
    able: NDArray[np.bool_]
    missed_seconds: Array


@dataclass(frozen=True, eq=False)
class SweepJob:
    """One vehicle over one cycle with all pairs of some front and some rear units."""

    vehicle: Vehicle
    cycle: Cycle
    fronts: Units
    rears: Units


def sweep_cycle_energy(
    vehicle: Vehicle, cycle: Cycle, fronts: Units, rears: Units, workers: int = 1
) -> CycleEnergySweep:
    """`cycle_energy` of every pair at once: the same numbers, a thousand times faster.

    Raises `ValueError` when a unit is given for an axle that is not driven.
    """
    demand = cycle_demand(vehicle, cycle)
    front_units, rear_units = candidates(vehicle, "front", fronts), candidates(vehicle, "rear", rears)
    sums = np.zeros((len(fronts), len(rears), 4))
    oil = oil_arguments(vehicle, [*front_units, *rear_units])
    with ThreadPoolExecutor(workers) as pool:
        for front_part in _parts(front_units, demand.speed_mps.size):
            front_tables = _tables(vehicle, demand, front_units[front_part], 0, oil[0])
            for rear_part in _parts(rear_units, demand.speed_mps.size):
                rear_tables = _tables(vehicle, demand, rear_units[rear_part], 1, oil[0])
                sums[front_part, rear_part] = _pairs(vehicle, demand, front_tables, rear_tables, oil, pool, workers)
    missed = sums[..., 3]
    able = missed == 0.0
    km = cycle.distance_m / 1000.0
    dc = np.where(able, sums[..., 0], np.nan) / _J_PER_WH
    recharged = np.where(able, sums[..., 0] + sums[..., 1] + sums[..., 2], np.nan) / _J_PER_WH
    dc_per_km = dc / km
    range_km = np.where(
        dc_per_km <= 0.0, np.inf, vehicle.battery.usable_energy_wh / np.where(dc_per_km == 0.0, 1.0, dc_per_km)
    )
    return CycleEnergySweep(dc_per_km, recharged / vehicle.battery.wall_shares.stored / km, range_km, able, missed)


def stream_cycle_energy(jobs: Iterable[SweepJob], workers: int = 2) -> Iterator[tuple[SweepJob, CycleEnergySweep]]:
    """Each job with its figures, in order, as soon as they are there; jobs are taken one by one and none is kept.

    Raises `ValueError` as `sweep_cycle_energy` does, at the job that is wrong.
    """
    for job in jobs:
        yield job, sweep_cycle_energy(job.vehicle, job.cycle, job.fronts, job.rears, workers)


def _parts(units: Sequence[WheelUnit], steps: int) -> Iterator[slice]:
    size = units_at_once(units, steps)
    for start in range(0, len(units), size):
        yield slice(start, min(start + size, len(units)))


def _tables(vehicle: Vehicle, demand: Demand, units: Sequence[WheelUnit], axle: int, oil_k: Array) -> AxleTables:
    return axle_tables(units, demand.speed_mps, vehicle.uncoupled_loss_w[axle], vehicle.slip_per_n[axle], oil_k)


def _pairs(
    vehicle: Vehicle,
    demand: Demand,
    fronts: AxleTables,
    rears: AxleTables,
    oil: tuple[Array, float, float, float, float, float],
    pool: ThreadPoolExecutor,
    workers: int,
) -> Array:
    """DC, cell loss, coulombic loss [J] and missed time [s] of all pairs, (front, rear, 4)."""
    steps = (demand.duration_s, demand.speed_mps, demand.wheel_n, demand.unit_n)
    car = (vehicle.electrical_load_w, *vehicle.largest_brake_share)
    shape = (fronts.force_n.shape[0], rears.force_n.shape[0])
    out = np.empty((*shape, engine.SUMS))
    along = 0 if shape[0] >= shape[1] else 1  # threads share the longer side
    bounds = np.linspace(0, shape[along], min(workers, shape[along]) + 1).astype(int).tolist()
    cells = tuple(vehicle.battery.arrays())

    def part(low: int, high: int) -> None:
        rows, columns = ((low, high), (0, shape[1])) if along == 0 else ((0, shape[0]), (low, high))
        engine.drive_rows(steps, tuple(fronts), tuple(rears), car, oil, cells, *rows, *columns, out)

    for task in [pool.submit(part, low, high) for low, high in pairwise(bounds)]:
        task.result()
    return out[..., [engine.DC, engine.CELL_LOSS, engine.COULOMB_LOSS, engine.MISSED_S]]
