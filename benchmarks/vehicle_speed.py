"""How fast vehicles are driven over cycles, beside FASTSim on the same trace, and how much memory a large sweep takes.

Run: ``.venv/bin/python benchmarks/vehicle_speed.py [--fastsim2 PYTHON] [--fastsim3 PYTHON]``. Each PYTHON is an
interpreter that has ``fastsim`` 2.1.5 or 3.x (virtual environments of their own: they are no part of this project); without one that part
is left out with a message.

Not the same physics: FASTSim takes the motor's efficiency from one curve over power and marches in time, with its own Bolt (2.1.5) and
Zoe (3.x), in compiled code without history. Ours looks a unit's loss map up and splits the force of two units. Compiling is not counted on
either side. Times are wall times of one process, best and median of several runs.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halfshaft.vehicle import (
    Battery,
    RoadLoad,
    SweepJob,
    Vehicle,
    cycle_energy,
    load_cycle,
    stream_cycle_energy,
    sweep_cycle_energy,
)

Array = NDArray[np.float64]
GEN5 = Path(__file__).resolve().parents[1] / "examples" / "gen5"
RUNS = 7

FASTSIM2 = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import numpy as np, fastsim
given = json.load(open(sys.argv[1])); n = len(given["time_s"])
cycle = fastsim.cycle.Cycle.from_dict({"cycSecs": np.array(given["time_s"]), "cycMps": np.array(given["speed_mps"]),
    "cycGrade": np.zeros(n), "cycRoadType": np.zeros(n)}).to_rust()
vehicle = fastsim.vehicle.Vehicle.from_vehdb(17).to_rust()
times = []
for _ in range(given["runs"]):
    start = time.perf_counter()
    fastsim.simdrive.RustSimDrive(cycle, vehicle).sim_drive()
    times.append(time.perf_counter() - start)
print(json.dumps({"vehicle": vehicle.scenario_name, "times_s": times}))
"""

FASTSIM3 = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import fastsim
given = json.load(open(sys.argv[1])); n = len(given["time_s"])
name = "2022_Renault_Zoe_ZE50_R135.yaml"
vehicle = fastsim.Vehicle.from_resource(name); vehicle.set_save_interval(None)
other = fastsim.Cycle.from_resource("udds.csv").to_pydict()
cycle = fastsim.Cycle.from_pydict({"name": "trace", "time_seconds": given["time_s"], "speed_meters_per_second": given["speed_mps"],
    "grade": [0.0] * n, "init_elev_meters": other["init_elev_meters"]}, skip_init=False)
times = []
for _ in range(given["runs"]):
    drive = fastsim.SimDrive(vehicle, cycle)
    start = time.perf_counter()
    drive.walk()
    times.append(time.perf_counter() - start)
print(json.dumps({"vehicle": name, "times_s": times}))
"""


@dataclass(frozen=True, eq=False)
class Unit:
    """A unit with made-up losses on a map of 41 by 41, held as arrays as a computed map is."""

    speed_rad_per_s: Array
    torque_fraction: Array
    peak_torque_nm: Array
    loss_w: Array
    gear_ratio: float

    @property
    def peak_generating_torque_nm(self) -> Array:
        return self.peak_torque_nm

    @property
    def continuous_torque_nm(self) -> Array:
        return self.peak_torque_nm

    @property
    def coasting_loss_w(self) -> Array:
        return self.loss_w[:, 20]

    @property
    def max_speed_rad_per_s(self) -> float:
        return float(self.speed_rad_per_s[-1])

    def total_loss_w(self) -> Array:
        return self.loss_w


def unit(number: int) -> Unit:
    """One of any number of units, all different, with dents in the loss so that it is not convex."""
    random = np.random.default_rng(number)
    speed, fraction = np.linspace(0.0, 1600.0, 41), np.linspace(-1.0, 1.0, 41)
    peak = random.uniform(260.0, 420.0) * np.minimum(1.0, 500.0 / np.maximum(speed, 1e-9))
    torque = fraction * peak[:, None]
    loss = 40.0 + speed[:, None] + 6e-4 * speed[:, None] ** 2 + random.uniform(0.08, 0.16) * torque**2
    return Unit(speed, fraction, peak, loss + random.uniform(0.0, 5.0, loss.shape), random.uniform(9.0, 11.0))


CAR = Vehicle(
    name="car",
    test_mass_kg=2268.0,
    performance_mass_kg=2125.0,
    road_load=RoadLoad(150.8, 0.338, 0.3713),
    tyre_radius_m=0.335,
    driven_axles=("front", "rear"),
    front_mass_share=0.48,
    wheelbase_m=2.86,
    centre_of_gravity_height_m=0.52,
    tyre_adhesion=1.0,
    rotating_mass_factor=1.04,
    auxiliary_power_w=250.0,
    battery=Battery(
        usable_energy_wh=80_700.0, open_circuit_voltage_v=390.0, resistance_ohm=0.06, charging_efficiency=0.88
    ),
    regen_fade_low_mps=0.5,
    regen_fade_high_mps=2.0,
    max_regen_deceleration=2.5,
)
"""Mass and road load of a BMW i4 eDrive40 on 18-inch wheels (EPA Test Car List 2022); all else is an assumption."""


def timed(action: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Best and median wall time [s]; the first run, which may compile, is not counted."""
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times), statistics.median(times)


def show(what: str, seconds: tuple[float, float], drives: int) -> None:
    best, median = (1e3 * value / drives for value in seconds)
    print(f"{what:<66}{best:9.4f}{median:9.4f} ms per cycle   ({seconds[0]:.3f} s in all)")


def ours() -> None:
    cycle = load_cycle("wltc_3b")
    many = [unit(number) for number in range(1000)]
    cars = [replace(CAR, name=f"car {k}", test_mass_kg=1500.0 + k) for k in range(1000)]
    some = many[:32]
    slipping = replace(CAR, tyre_stiffness_n=(1.5e5, 1.5e5))
    show("1,000 units, each alone, one thread", timed(lambda: sweep_cycle_energy(CAR, cycle, [None], many)), 1000)
    show(
        "1,000 cars, one unit, one thread, one call each",
        timed(lambda: [sweep_cycle_energy(car, cycle, [None], many[:1]) for car in cars]),
        1000,
    )
    for workers in (1, 2):
        show(
            f"1,024 pairs of units, exact split, {workers} thread(s)",
            timed(lambda workers=workers: sweep_cycle_energy(CAR, cycle, some, some, workers)),  # type: ignore[misc]
            1024,
        )
    show("1,024 pairs with tyre slip, one thread", timed(lambda: sweep_cycle_energy(slipping, cycle, some, some)), 1024)
    show("one pair with its account and traces", timed(lambda: cycle_energy(CAR, cycle, many[0], many[1])), 1)
    memory(many)


def memory(many: Sequence[Unit]) -> None:
    """Peak memory before and after sweeps that differ in size."""
    cycle = load_cycle("udds")
    for size in (32, 256):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        jobs = (SweepJob(replace(CAR, test_mass_kg=2000.0 + k), cycle, many[:size], many[:size]) for k in range(2))
        start = time.perf_counter()
        pairs = sum(sweep.able.size for _, sweep in stream_cycle_energy(jobs))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = time.perf_counter() - start
        print(
            f"streamed {pairs} pairs over UDDS in {seconds:.1f} s: peak memory {before / 1024:.0f} -> {after / 1024:.0f} MB"
        )


def fastsim(label: str, python: str | None, worker: str) -> None:
    if python is None:
        print(f"{label:<66}left out: give an interpreter that has it")
        return
    cycle = load_cycle("wltc_3b")
    with tempfile.TemporaryDirectory() as folder:
        script, given = Path(folder) / "worker.py", Path(folder) / "given.json"
        script.write_text(worker, encoding="utf-8")
        trace = {"time_s": cycle.time_s.tolist(), "speed_mps": cycle.speed_mps.tolist(), "runs": 30}
        given.write_text(json.dumps(trace), encoding="utf-8")
        done = subprocess.run([python, str(script), str(given)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{label:<66}left out: {done.stderr.strip().splitlines()[-1]}")
        return
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    show(f"{label}, {answer['vehicle']}", (min(answer["times_s"]), statistics.median(answer["times_s"])), 1)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fastsim2")
    parser.add_argument("--fastsim3")
    given = parser.parse_args(arguments)
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; WLTC 3b; best and median of {RUNS}\n"
    )
    ours()
    fastsim("FASTSim 2.1.5, compiled, one thread", given.fastsim2, FASTSIM2)
    fastsim("FASTSim 3, compiled, one thread", given.fastsim3, FASTSIM3)


if __name__ == "__main__":
    main(sys.argv[1:])
