"""Generates docs/validation: every published figure that the project can be held against, beside its own.

Run: ``.venv/bin/python benchmarks/validation [--out docs/validation] [--only fields,gears,...]``. Reads the data folder beside the checkout
(``../shared/data``) and stops with a message where it is absent: a page without its references would be worth nothing.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from check import write

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ROOMS = ("fields", "units", "gears", "thermal", "vehicles")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "docs" / "validation")
    parser.add_argument("--only", default=",".join(ROOMS))
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(f"no data: {DATA} is not there, and the references stand in it")
        return 1
    chapters = []
    for room in arguments.only.split(","):
        begin = time.perf_counter()
        chapters.append(importlib.import_module(room).chapter(DATA))
        print(f"{room}: {len(chapters[-1].checks)} figures, {time.perf_counter() - begin:.0f} s")
    write(chapters, arguments.out)
    print(f"{arguments.out / 'README.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
