"""How long the reference table takes, and how much memory: every vehicle of a programme with every unit of its catalogue.

Run: ``.venv/bin/python benchmarks/vehicle_table.py STORE [--programme examples/gen5] [--workers 2] [--cycles-only]``. STORE is a study's
store; what it holds already (fields, motors) is not computed again, and the stages are timed apart, among them the study's own
verification of the kit.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from halfshaft.study import Rooms

GEN5 = Path(__file__).resolve().parents[1] / "examples" / "gen5"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--programme", type=Path, default=GEN5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cycles-only", action="store_true", help="three cycles, no acceleration")
    given = parser.parse_args()
    rooms = Rooms(given.programme, given.store, given.workers)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        answer = rooms.vehicle_rows(Path(folder), with_space=True, with_performance=not given.cycles_only)
        print(f"{answer['rows']} rows in {time.perf_counter() - began:.1f} s, {given.workers} workers")
    rooms.tables()
    for stage in rooms.runner.records:
        print(f"{stage.name:>14}: {stage.seconds:7.1f} s, {stage.steps} steps, {stage.stored} stored")
    for who, name in ((resource.RUSAGE_SELF, "this process"), (resource.RUSAGE_CHILDREN, "largest worker")):
        print(f"{name}: peak {resource.getrusage(who).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
