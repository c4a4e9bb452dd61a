"""Sweeps: every pair of units on many vehicles over many cycles, in bounded memory and on several threads.

A block of units of either axle is one run of the compiled loop, which looks each unit up once a second for all its pairs. Blocks have a
fixed size and results come out vehicle by vehicle, so that nothing grows with the size of the sweep but what the caller keeps. The loop
holds no lock: threads take block after block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle import engine
from halfshaft.vehicle.car import Axle, Vehicle
from halfshaft.vehicle.cycle import Cycle
from halfshaft.vehicle.demand import Demand, cycle_demand
from halfshaft.vehicle.energy import candidates, oil_arguments
from halfshaft.vehicle.lone import drive_alone
from halfshaft.vehicle.loss_map import Array, LossMap
from halfshaft.vehicle.packed import PackedUnits, pack

_J_PER_WH = 3600.0

Units = Sequence[LossMap | None]

BLOCK = 32
"""Units per axle that a run of the loop takes: its rows and sums are then 0.5 MB, which stays near the core, whatever the sweep's size."""


_AXLES: tuple[Axle, Axle] = ("front", "rear")
_WORTH_SORTING = 8  # units of an axle: sorting the seconds takes as long as driving a dozen pairs


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


@dataclass(frozen=True, eq=False)
class Drive:
    """A cycle, the car as it is on it, and what each unit loses there above its map, by axle: watts over the map's speeds (n,).

    Sweeps over several drives of one car look at each unit once.
    """

    vehicle: Vehicle
    cycle: Cycle
    added_loss_w: Callable[[Axle, LossMap], Array] | None = None


def sweep_cycle_energy(
    vehicle: Vehicle, cycle: Cycle, fronts: Units, rears: Units, workers: int = 1
) -> CycleEnergySweep:
    """`cycle_energy` of every pair at once: the same numbers, a thousand times faster.

    Raises `ValueError` when a unit is given for an axle that is not driven.
    """
    return sweep_drives([Drive(vehicle, cycle)], fronts, rears, workers)[0]


def sweep_drives(
    drives: Sequence[Drive], fronts: Units, rears: Units, workers: int = 1
) -> tuple[CycleEnergySweep, ...]:
    """Every pair on every drive, one sweep for each drive.

    Raises `ValueError` when a unit is given for an axle that is not driven, or when the drives are not those of one car.
    """
    vehicle = drives[0].vehicle
    alike = {
        (d.vehicle.tyre_radius_m, d.vehicle.driven_axles, d.vehicle.uncoupled_loss_w, d.vehicle.warm_up) for d in drives
    }
    if len(alike) > 1:
        raise ValueError(
            f"vehicle {vehicle.name!r}: tyres, driven axles, clutches and warm-up must be the same on all drives"
        )
    units = candidates(vehicle, "front", fronts), candidates(vehicle, "rear", rears)
    oil = oil_arguments(vehicle, [*units[0], *units[1]])
    loops = [_Loop.of(drive, oil, few=max(len(fronts), len(rears)) < _WORTH_SORTING) for drive in drives]
    sums = [np.empty((len(fronts), len(rears), 4)) for _ in drives]
    blocks = [(rows, columns) for rows in _parts(len(fronts), workers) for columns in _parts(len(rears), workers)]

    def run(block: tuple[slice, slice]) -> None:
        packed = [
            pack(own[part], uncoupled, slip, oil[0])
            for own, part, uncoupled, slip in zip(
                units, block, vehicle.uncoupled_loss_w, vehicle.slip_per_n, strict=True
            )
        ]
        for loop, found in zip(loops, sums, strict=True):
            found[block] = loop.pairs(
                [
                    _with_added(axle, loop.drive.added_loss_w, name, own[part])
                    for axle, name, own, part in zip(packed, _AXLES, (fronts, rears), block, strict=True)
                ]
            )

    if workers == 1 or len(blocks) == 1:
        for block in blocks:
            run(block)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, blocks))
    return tuple(loop.figures(found) for loop, found in zip(loops, sums, strict=True))


def _with_added(
    packed: PackedUnits, added_loss_w: Callable[[Axle, LossMap], Array] | None, name: Axle, units: Units
) -> PackedUnits:
    """Units with what they lose above their maps."""
    if added_loss_w is None or all(unit is None for unit in units):
        return packed
    loss = packed.loss_w.copy()
    for row, unit in enumerate(units):
        if unit is not None:
            more = added_loss_w(name, unit)
            loss[row, : more.size] += more[:, None]
    return packed._replace(loss_w=loss)


@dataclass(frozen=True, eq=False)
class _Loop:
    """A drive as the compiled loop reads it."""

    drive: Drive
    steps: tuple[Array, Array, Array, Array]
    oil: tuple[Array, float, float, float, float, float]

    @classmethod
    def of(cls, drive: Drive, oil: tuple[Array, float, float, float, float, float], *, few: bool) -> Self:
        demand, vehicle = cycle_demand(drive.vehicle, drive.cycle), drive.vehicle
        remembers = vehicle.warm_up is not None or vehicle.battery.states is not None
        return cls(drive, _seconds(demand, in_order=remembers or few), oil)

    def pairs(self, packed: Sequence[PackedUnits]) -> Array:
        """DC, cell loss, coulombic loss [J] and missed time [s] of a block of pairs, (front, rear, 4)."""
        vehicle = self.drive.vehicle
        cells, load_w, shares = vehicle.battery.arrays(), vehicle.electrical_load_w, vehicle.largest_brake_share
        counts = len(packed[0].speeds), len(packed[1].speeds)
        for axle, partners in ((1, packed[0]), (0, packed[1])):
            if _plain(vehicle) and np.isinf(partners.top_mps).all():
                alone = np.empty((counts[axle], 4))
                battery = (cells.open_circuit_voltage_v[0], cells.resistance_ohm[0, 0], cells.discharge_w[0])
                drive_alone(
                    self.steps, tuple(packed[axle]), load_w, shares[axle], *battery, cells.coulombic_efficiency, alone
                )
                return np.broadcast_to(alone[None] if axle == 1 else alone[:, None], (*counts, 4))
        sums = np.empty((*counts, engine.SUMS))
        state, trace = np.empty((*counts, engine.STATES)), np.empty((0, engine.TRACES))
        engine.drive(
            self.steps,
            tuple(packed[0]),
            tuple(packed[1]),
            (load_w, *shares),
            self.oil,
            tuple(cells),
            sums,
            state,
            trace,
        )
        return sums[..., [engine.DC, engine.CELL_LOSS, engine.COULOMB_LOSS, engine.MISSED_S]]

    def figures(self, sums: Array) -> CycleEnergySweep:
        """Consumption and range from the sums (front, rear, 4)."""
        battery = self.drive.vehicle.battery
        able = sums[..., 3] == 0.0
        duration, speed = self.steps[:2]
        km = float(speed @ duration) / 1000.0  # the trapezoid, as in `Cycle.distance_m`
        dc_per_km = np.where(able, sums[..., 0], np.nan) / _J_PER_WH / km
        recharged = np.where(able, sums[..., 0] + sums[..., 1] + sums[..., 2], np.nan) / _J_PER_WH
        range_km = np.where(
            dc_per_km <= 0.0, np.inf, battery.usable_energy_wh / np.where(dc_per_km == 0.0, 1.0, dc_per_km)
        )
        return CycleEnergySweep(dc_per_km, recharged / battery.wall_shares.stored / km, range_km, able, sums[..., 3])


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


def _seconds(demand: Demand, *, in_order: bool) -> tuple[Array, Array, Array, Array]:
    """Duration, speed, force of the wheels and force left to the units of each step.

    Where nothing is remembered from one second to the next, their order does not matter: those alike (a car at rest) are one, and
    driving and braking stand apart, each by speed, so that the loop finds its cells at once and its branches as guessed.
    """
    if in_order:
        return demand.duration_s, demand.speed_mps, demand.wheel_n, demand.unit_n
    alike, place = np.unique(
        np.stack(
            [demand.unit_n > 0.0, np.round(demand.speed_mps), demand.unit_n, demand.wheel_n, demand.speed_mps], axis=1
        ),
        axis=0,
        return_inverse=True,
    )
    _, _, left, wheel, speed = (np.ascontiguousarray(column) for column in alike.T)
    duration: Array = np.bincount(place.ravel(), demand.duration_s, len(alike)).astype(np.float64)
    return duration, speed, wheel, left


def _plain(vehicle: Vehicle) -> bool:
    """Whether a lone unit is all that there is: see `lone`."""
    remembers = vehicle.warm_up is not None or vehicle.battery.states is not None
    return not remembers and vehicle.tyre_stiffness_n is None and vehicle.uncoupled_loss_w == (None, None)
