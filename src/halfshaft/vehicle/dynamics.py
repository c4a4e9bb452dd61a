"""Performance of a car, forward-facing: how hard its units, tyres and battery let it go.

At every speed the drive force is the least of what the units give at their peak, what the tyres hold with the axle loads shifted by
that very force, and what the battery feeds. Times follow by integrating dt = m dv / F, which needs no time steps, so that all pairs of
units are one array. Slopes are grades (rise over run).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.launch import launched, stitched
from halfshaft.vehicle.loss_map import Array, LossMap, UnitAtSpeeds, WheelUnit, wheel_units
from halfshaft.vehicle.road_load import GRAVITY_MPS2

_STEP_MPS = 1.0 / 9.0  # 0.4 km/h, so that 80, 100 and 120 km/h lie on the grid
_KMH = 1.0 / 3.6
_MPH = 0.44704
_CUTS = np.linspace(0.0, 1.0, 9)
"""Shares of the full torque at which the electrical power is tabulated, for cutting back to what the battery feeds."""

_CHUNK_CELLS = 1_000_000
"""Pairs x speeds held in one array at once (8 MB each), which bounds the memory of any sweep."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What a car can do with its units.

    - `time_..._s`: at peak torque from standstill (0 to 100 km/h, 0 to 60 mph without roll-out) or rolling (80 to 120 km/h);
      infinite when the speed is never reached. The vehicle's launch delay and rise count from standstill only.
    - `top_speed_mps`: where peak power meets the road load, but neither above the governed limit nor above any unit's top speed.
    - `sustained_top_speed_mps`: the same on continuous torque.
    - `start_grade`: steepest grade on which the car still moves off, at peak torque, limited by tyres. `grade_at_100_kmh`: steepest that
      it holds at that speed, at peak torque; 0 when it does not even hold it on the level.
    - `peak_power_w`, `continuous_power_w`: at the wheels, all units together at the best common speed.
    """

    time_0_100_kmh_s: float
    time_0_60_mph_s: float
    time_80_120_kmh_s: float
    top_speed_mps: float
    sustained_top_speed_mps: float
    start_grade: float
    grade_at_100_kmh: float
    peak_power_w: float
    continuous_power_w: float


@dataclass(frozen=True, eq=False)
class _AxleLimits:
    """One axle's candidates over the speed grid: forces (unit, speed), power at each cut (cut, unit, speed), top speeds (unit,).

    `held` are the forces and powers of torque that may be held for each of some durations, empty when time does not count.
    """

    peak_n: Array
    peak_w: Array
    continuous_n: Array
    continuous_w: Array
    max_speed_mps: Array
    held: tuple[tuple[Array, Array], ...] = ()


def performance(vehicle: Vehicle, front: LossMap | None, rear: LossMap | None) -> Performance:
    """Figures of one car with these units.

    Raises `ValueError` when a unit is given for an axle that is not driven, or when there is no unit at all.
    """
    if front is None and rear is None:
        raise ValueError(f"vehicle {vehicle.name!r}: performance needs a unit on at least one axle")
    table = sweep_performance(vehicle, [front], [rear])
    return Performance(**{name: float(values[0, 0]) for name, values in table.items()})


def sweep_performance(
    vehicle: Vehicle, fronts: Sequence[LossMap | None], rears: Sequence[LossMap | None]
) -> dict[str, Array]:
    """The figures of `Performance`, by name, for every pair of units: each (n_front, n_rear).

    A pair without any unit does not move: infinite times, zero for all else. Raises `ValueError` when a unit is given for an axle
    that is not driven.
    """
    front_units, rear_units = (
        wheel_units(axle, axle in vehicle.driven_axles, units, vehicle.tyre_radius_m)
        for axle, units in (("front", fronts), ("rear", rears))
    )
    speed = _speed_grid([*front_units, *rear_units])
    durations = _durations([*fronts, *rears]) if vehicle.time_limited_torque else ()
    front, rear = (
        _axle_limits(wheel, speed, _held_limits(units, wheel, speed, len(durations)))
        for units, wheel in ((fronts, front_units), (rears, rear_units))
    )
    table = {field.name: np.empty((len(fronts), len(rears))) for field in fields(Performance)}
    rows = max(1, _CHUNK_CELLS // (speed.size * max(1, len(rears))))
    for start in range(0, len(fronts), rows):
        part = slice(start, start + rows)
        for name, values in _figures(vehicle, speed, durations, _rows(front, part), rear).items():
            table[name][part] = values
    return table


@dataclass(frozen=True, eq=False)
class FullThrottle:
    """One pair at full throttle over speed, all (t,) [N]: what each thing alone would allow. The drive force is the least of all.

    `gripping_n` (4, t): both at peak torque; front at peak and rear at its grip; front at its grip and rear at peak; both at their grip.
    """

    speed_mps: Array
    gripping_n: Array
    fed_n: Array


def full_throttle(vehicle: Vehicle, front: LossMap | None, rear: LossMap | None) -> FullThrottle:
    """The forces of which `performance` takes the least. Raises `ValueError` as it does, but for a car without any unit."""
    wheels = [
        wheel_units(axle, axle in vehicle.driven_axles, [unit], vehicle.tyre_radius_m)
        for axle, unit in (("front", front), ("rear", rear))
    ]
    speed = _speed_grid([*wheels[0], *wheels[1]])
    one, two = (_axle_limits(wheel, speed, ()) for wheel in wheels)
    budget = max(vehicle.battery.discharge_limit_w - vehicle.electrical_load_w, 0.0)
    fed = _fed_force(budget, one.peak_n, one.peak_w, two.peak_n, two.peak_w)[0, 0]
    lines = _grip_lines(vehicle, vehicle.performance_mass_kg * GRAVITY_MPS2, one.peak_n[0], two.peak_n[0])
    return FullThrottle(speed, np.stack(lines), fed)


def _speed_grid(units: Sequence[WheelUnit]) -> Array:
    """Common speeds up to the fastest unit's top, and at least past 120 km/h."""
    tops = [unit.max_speed_mps for unit in units if np.isfinite(unit.max_speed_mps)]
    steps = int(np.ceil(max([*tops, 120.0 * _KMH]) / _STEP_MPS)) + 1
    return np.arange(steps + 1, dtype=np.float64) * _STEP_MPS


def _durations(units: Sequence[LossMap | None]) -> tuple[float, ...]:
    """For how long the rows of `duration_torque_nm` may be held; raises `ValueError` when the units do not agree, or none says so."""
    stated = [getattr(unit, "limit_durations_s", None) for unit in units]
    known = {tuple(durations) for durations in stated if durations is not None}
    if len(known) != 1:
        raise ValueError(
            f"time_limited_torque needs units that state torque over the same durations (limit_durations_s, duration_torque_nm); "
            f"these state {sorted(known) if known else 'none'}"
        )
    return known.pop()


def _held_limits(
    units: Sequence[LossMap | None], wheels: Sequence[WheelUnit], speed: Array, durations: int
) -> list[Array]:
    """Force (unit, speed) that may be held for each duration; a unit that states none holds its peak."""
    held = []
    for row in range(durations):
        forces = []
        for unit, wheel in zip(units, wheels, strict=True):
            at = wheel.at(speed)
            torque = getattr(unit, "duration_torque_nm", None)
            if torque is None:
                forces.append(at.drive_limit_n)
            else:
                force = np.interp(speed, wheel.speed_mps, np.asarray(torque)[row] * wheel.motor_rad_per_m)
                forces.append(np.minimum(force, at.drive_limit_n))
        held.append(np.stack(forces))
    return held


def _axle_limits(units: Sequence[WheelUnit], speed: Array, held: Sequence[Array]) -> _AxleLimits:
    at_speeds = [unit.at(speed) for unit in units]
    peak = np.stack([at.drive_limit_n for at in at_speeds])
    continuous = np.stack([np.minimum(at.continuous_limit_n, at.drive_limit_n) for at in at_speeds])
    peak_w, continuous_w, *held_w = (
        np.stack([_cut_power(at, force, speed) for at, force in zip(at_speeds, forces, strict=True)], axis=1)
        for forces in (peak, continuous, *held)
    )
    tops = np.array([unit.max_speed_mps for unit in units])
    return _AxleLimits(peak, peak_w, continuous, continuous_w, tops, tuple(zip(held, held_w, strict=True)))


def _cut_power(at: UnitAtSpeeds, force_n: Array, speed: Array) -> Array:
    """Electrical power (cut, speed) of one unit at each of `_CUTS` of its force."""
    cut_n = _CUTS[:, None] * force_n
    return cut_n * speed + at.loss_w(cut_n)


def _rows(axle: _AxleLimits, part: slice) -> _AxleLimits:
    return _AxleLimits(
        axle.peak_n[part],
        axle.peak_w[:, part],
        axle.continuous_n[part],
        axle.continuous_w[:, part],
        axle.max_speed_mps[part],
        tuple((force[part], power[:, part]) for force, power in axle.held),
    )


def _figures(
    vehicle: Vehicle, speed: Array, durations: Sequence[float], front: _AxleLimits, rear: _AxleLimits
) -> dict[str, Array]:
    """All figures of the pairs of a block of front candidates with all rear candidates, each (front, rear)."""
    resistance = vehicle.road_load.force_n(speed)
    top = np.minimum(front.max_speed_mps[:, None], rear.max_speed_mps)
    cap = top if vehicle.speed_limit_mps is None else np.minimum(top, vehicle.speed_limit_mps)
    budget = max(vehicle.battery.discharge_limit_w - vehicle.electrical_load_w, 0.0)
    peak = _fed_force(budget, front.peak_n, front.peak_w, rear.peak_n, rear.peak_w)
    continuous = _fed_force(budget, front.continuous_n, front.continuous_w, rear.continuous_n, rear.continuous_w)
    weight = vehicle.performance_mass_kg * GRAVITY_MPS2
    force = np.minimum(_gripping_force(vehicle, weight, front.peak_n[:, None], rear.peak_n), peak)
    inertia = vehicle.performance_mass_kg * vehicle.rotating_mass_factor
    # no unit may be spun beyond its own top speed by a faster partner
    within = speed <= cap[..., None] * (1.0 + 1e-9)
    clocks = [_clock(inertia, np.where(within, force - resistance, -np.inf))]
    for (front_n, front_w), (rear_n, rear_w) in zip(front.held, rear.held, strict=True):
        held = np.minimum(
            _gripping_force(vehicle, weight, front_n[:, None], rear_n),
            _fed_force(budget, front_n, front_w, rear_n, rear_w),
        )
        clocks.append(_clock(inertia, np.where(within, held - resistance, -np.inf)))
    standing = rolling = clocks[0]
    if durations:
        standing, rolling = (
            stitched(clocks[1:], durations, start, speed) for start in (0, round(80.0 * _KMH / _STEP_MPS))
        )
    clock = launched(standing, force, resistance, speed, inertia, vehicle.launch_delay_s, vehicle.launch_rise_s)
    driven = np.isfinite(top)
    return {
        "time_0_100_kmh_s": _time_to(clock, speed, 100.0 * _KMH),
        "time_0_60_mph_s": _time_to(clock, speed, 60.0 * _MPH),
        "time_80_120_kmh_s": _time_between(rolling, speed, 80.0 * _KMH, 120.0 * _KMH),
        "top_speed_mps": np.where(driven, _balance_speed(force - resistance, speed, cap), 0.0),
        "sustained_top_speed_mps": np.where(driven, _balance_speed(continuous - resistance, speed, cap), 0.0),
        "start_grade": _steepest(vehicle, front, rear, peak, 0, resistance),
        "grade_at_100_kmh": np.where(
            cap >= 100.0 * _KMH, _steepest(vehicle, front, rear, peak, round(100.0 * _KMH / _STEP_MPS), resistance), 0.0
        ),
        "peak_power_w": _best_power(peak, speed, top),
        "continuous_power_w": _best_power(continuous, speed, top),
    }


def _fed_force(budget_w: float, front_n: Array, front_w: Array, rear_n: Array, rear_w: Array) -> Array:
    """Force of both units [N] as far as the battery feeds them, (front, rear, speed).

    When the battery is the limit, both units give the same share of their torque. Between the tabulated shares the power is taken
    as straight; it is convex in truth, so the force errs to the low side, by less than 0.1 % (measured in the tests).
    """
    force = front_n[:, None] + rear_n
    starved = np.flatnonzero((front_w[-1].max(axis=0) + rear_w[-1].max(axis=0)) > budget_w)
    if starved.size == 0:
        return force
    front_part, rear_part = front_w[:, :, None, starved], rear_w[:, None][..., starved]
    above = front_part[-1] + rear_part[-1]
    share = np.ones_like(above)
    for level in range(_CUTS.size - 2, -1, -1):
        below = front_part[level] + rear_part[level]
        room = np.divide(budget_w - below, above - below, out=np.zeros_like(above), where=above > below)
        np.copyto(share, _CUTS[level] + np.maximum(room, 0.0) * _CUTS[1], where=above > budget_w)
        above = below
    force[..., starved] *= share
    return force


def _gripping_force(vehicle: Vehicle, normal_n: float | Array, front_n: Array, rear_n: Array) -> Array:
    """Highest total drive force [N] when each axle gives at most `front_n`, `rear_n` and what its tyres hold.

    The driving force F moves k F from the front to the rear axle, k = h / L (Gillespie 1992, ch. 1; drag and inertia both act at the centre
    of gravity's height). So F = min(U_f, μ (N s_f - k F)) + min(U_r, μ (N s_r + k F)): the right side is the least of four straight
    lines, each flatter than F itself, hence the solution is the least of their four intersections with F.
    """
    lines = _grip_lines(vehicle, normal_n, front_n, rear_n)
    return np.minimum(np.minimum(lines[0], lines[1]), np.minimum(lines[2], lines[3]))


def _grip_lines(
    vehicle: Vehicle, normal_n: float | Array, front_n: Array, rear_n: Array
) -> tuple[Array, Array, Array, Array]:
    """The four intersections of `_gripping_force`, in the order of `FullThrottle.gripping_n`."""
    mu, k = vehicle.tyre_adhesion, vehicle.load_transfer
    front_grip, rear_grip = mu * normal_n * vehicle.front_mass_share, mu * normal_n * (1.0 - vehicle.front_mass_share)
    return (
        front_n + rear_n,
        (front_n + rear_grip) / (1.0 - mu * k),
        (front_grip + rear_n) / (1.0 + mu * k),
        front_grip + rear_grip + np.zeros_like(front_n),
    )


def _clock(inertia_kg: float, spare_n: Array) -> Array:
    """Time since standstill (front, rear, speed); infinite from the speed on that is not reached.

    Trapezoid in 1/F: exact for constant power without resistance, and within 1e-4 for the rest at this step.
    """
    pace = np.where(spare_n > 0.0, inertia_kg / np.where(spare_n > 0.0, spare_n, 1.0), np.inf)
    clock = np.zeros_like(pace)
    np.cumsum(0.5 * (pace[..., 1:] + pace[..., :-1]) * _STEP_MPS, axis=-1, out=clock[..., 1:])
    return clock


def _time_to(clock: Array, speed: Array, target: float) -> Array:
    low = min(int((target + 1e-9) / _STEP_MPS), speed.size - 2)
    share = max((target - speed[low]) / _STEP_MPS, 0.0)
    if share < 1e-9:  # on the grid: the next point may be out of reach, and infinity times zero is no number
        here: Array = clock[..., low]
        return here
    between: Array = (1.0 - share) * clock[..., low] + share * clock[..., low + 1]
    return between


def _time_between(clock: Array, speed: Array, start: float, end: float) -> Array:
    first, last = _time_to(clock, speed, start), _time_to(clock, speed, end)
    return np.where(np.isfinite(last), last - np.where(np.isfinite(first), first, 0.0), np.inf)


def _balance_speed(spare_n: Array, speed: Array, cap: Array) -> Array:
    """First speed at which the spare force is used up, straight between grid points, but at most `cap`."""
    short = spare_n < 0.0
    first = np.where(short.any(axis=-1), np.argmax(short, axis=-1), speed.size - 1)
    before = np.maximum(first - 1, 0)
    here, there = (np.take_along_axis(spare_n, at[..., None], axis=-1)[..., 0] for at in (before, first))
    share = np.divide(here, here - there, out=np.zeros_like(here), where=(here > 0.0) & (there < 0.0))
    # cells in which a unit's force vanishes at its top speed end at the cap, not at the straight line through them
    within = np.where(speed[first] > cap, cap, speed[before] + share * _STEP_MPS)
    return np.minimum(np.where(short[..., 0], 0.0, within), cap)


def _steepest(
    vehicle: Vehicle, front: _AxleLimits, rear: _AxleLimits, fed_n: Array, column: int, resistance: Array
) -> Array:
    """Steepest grade (front, rear) that the car holds at one speed of the grid, by bisection on the angle.

    The tyres' share falls with cos, the weight's rises with sin, so what is spare falls with the angle all the way.
    """
    weight = vehicle.performance_mass_kg * GRAVITY_MPS2
    front_n, rear_n, fed = front.peak_n[:, None, column], rear.peak_n[None, :, column], fed_n[..., column]
    low, high = np.zeros(fed.shape), np.full(fed.shape, 0.5 * np.pi)
    for _ in range(40):
        angle = 0.5 * (low + high)
        force = np.minimum(_gripping_force(vehicle, weight * np.cos(angle), front_n, rear_n), fed)
        holds = force >= resistance[column] + weight * np.sin(angle)
        low, high = np.where(holds, angle, low), np.where(holds, high, angle)
    return np.tan(low)


def _best_power(force_n: Array, speed: Array, top: Array) -> Array:
    power = np.where(speed <= top[..., None], force_n * speed, 0.0)
    best: Array = power.max(axis=-1)
    return best
