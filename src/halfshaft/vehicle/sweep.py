"""Sweeps: every pair of units on many vehicles over many cycles, in bounded memory and on several threads.

A block of units of either axle is one run of the compiled loop, which looks each unit up once a second for all its pairs. Blocks have a
fixed size and results come out vehicle by vehicle, so that nothing grows with the size of the sweep but what the caller keeps. The loop
holds no lock: threads take block after block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle import engine
from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.demand import Demand, cycle_demand
from halfshaft.vehicle.energy import candidates, oil_arguments
from halfshaft.vehicle.lone import drive_alone
from halfshaft.vehicle.loss_map import Array, LossMap, WheelUnit
from halfshaft.vehicle.packed import pack

_J_PER_WH = 3600.0

Units = Sequence[LossMap | None]

BLOCK = 32
"""Units per axle that a run of the loop takes: its rows and sums are then 0.5 MB, which stays near the core, whatever the sweep's size."""


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
    sums = np.empty((len(fronts), len(rears), 4))
    oil = oil_arguments(vehicle, [*front_units, *rear_units])
    blocks = [(rows, columns) for rows in _parts(len(fronts), workers) for columns in _parts(len(rears), workers)]

    def run(block: tuple[slice, slice]) -> None:
        rows, columns = block
        sums[block] = _pairs(vehicle, demand, front_units[rows], rear_units[columns], oil)

    if workers == 1 or len(blocks) == 1:
        for block in blocks:
            run(block)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, blocks))
    missed = sums[..., 3]
    able = missed == 0.0
    km = float(demand.speed_mps @ demand.duration_s) / 1000.0  # the trapezoid, as in `Cycle.distance_m`
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


def _parts(units: int, workers: int) -> list[slice]:
    """Parts of at most `BLOCK` units, and so many that each thread has its own."""
    size = max(1, min(BLOCK, -(-units // workers)))
    return [slice(start, min(start + size, units)) for start in range(0, units, size)]


def _pairs(
    vehicle: Vehicle,
    demand: Demand,
    fronts: Sequence[WheelUnit],
    rears: Sequence[WheelUnit],
    oil: tuple[Array, float, float, float, float, float],
) -> Array:
    """DC, cell loss, coulombic loss [J] and missed time [s] of a block of pairs, (front, rear, 4)."""
    steps = (demand.duration_s, demand.speed_mps, demand.wheel_n, demand.unit_n)
    cells = vehicle.battery.arrays()
    load_w, shares = vehicle.electrical_load_w, vehicle.largest_brake_share
    for axle, partners in ((1, fronts), (0, rears)):
        if _plain(vehicle) and all(unit.is_none for unit in partners):
            units = (fronts, rears)[axle]
            alone = np.empty((len(units), 4))
            battery = (cells.open_circuit_voltage_v[0], cells.resistance_ohm[0, 0], cells.discharge_w[0])
            drive_alone(
                steps,
                tuple(pack(units, None, 0.0, oil[0])),
                load_w,
                shares[axle],
                *battery,
                cells.coulombic_efficiency,
                alone,
            )
            return np.broadcast_to(alone[None] if axle == 1 else alone[:, None], (len(fronts), len(rears), 4))
    packed = tuple(
        tuple(pack(units, uncoupled, slip, oil[0]))
        for units, uncoupled, slip in zip((fronts, rears), vehicle.uncoupled_loss_w, vehicle.slip_per_n, strict=True)
    )
    sums = np.empty((len(fronts), len(rears), engine.SUMS))
    state, trace = np.empty((*sums.shape[:2], engine.STATES)), np.empty((0, engine.TRACES))
    engine.drive(steps, packed[0], packed[1], (load_w, *shares), oil, tuple(cells), sums, state, trace)
    return sums[..., [engine.DC, engine.CELL_LOSS, engine.COULOMB_LOSS, engine.MISSED_S]]


def _plain(vehicle: Vehicle) -> bool:
    """Whether a lone unit is all that there is: see `lone`."""
    remembers = vehicle.warm_up is not None or vehicle.battery.states is not None
    return not remembers and vehicle.tyre_stiffness_n is None and vehicle.uncoupled_loss_w == (None, None)
