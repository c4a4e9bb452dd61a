"""Drive cycles: the regulation's own second-by-second speeds.

The figures lie beside this module in the unit and resolution in which the regulation prints them, so that nothing is rounded twice;
here they become arrays in SI.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

CYCLE_NAMES = ("wltc_3b", "udds", "hwfet")
"""The cycles that the package carries."""

_MPS_PER = {"km/h": 1.0 / 3.6, "mph": 0.44704}  # both exact: NIST SP 811 (2008), appendix B


@dataclass(frozen=True, eq=False)
class Cycle:
    """A speed trace over time on a level road.

    `time_s` (n,) strictly increasing, `speed_mps` (n,) never negative; both are made read-only. `phases` names the regulation's
    parts as (name, start s, end s). Between samples the speed runs straight. Raises `ValueError` on anything else.
    """

    name: str
    source: str
    time_s: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    phases: tuple[tuple[str, float, float], ...] = field(default=())

    def __post_init__(self) -> None:
        time, speed = (np.array(values, dtype=np.float64) for values in (self.time_s, self.speed_mps))
        if time.ndim != 1 or time.shape != speed.shape or time.size < 2:
            raise ValueError(
                f"cycle {self.name!r}: time and speed must be two equally long rows of at least two samples"
            )
        if not (np.isfinite(time).all() and np.isfinite(speed).all()):
            raise ValueError(f"cycle {self.name!r}: time and speed must be finite")
        if (np.diff(time) <= 0.0).any():
            raise ValueError(f"cycle {self.name!r}: time must strictly increase")
        if (speed < 0.0).any():
            raise ValueError(f"cycle {self.name!r}: speed must not be negative")
        if not speed.any():
            raise ValueError(f"cycle {self.name!r}: the car never moves, so nothing is per kilometre")
        for label, values in (("time_s", time), ("speed_mps", speed)):
            values.setflags(write=False)
            object.__setattr__(self, label, values)

    @property
    def distance_m(self) -> float:
        """Length [m] under the straight line between samples."""
        return float(np.trapezoid(self.speed_mps, self.time_s))

    def phase(self, name: str) -> Cycle:
        """One of the regulation's parts as a cycle of its own; raises `KeyError` naming the parts there are."""
        for label, start, end in self.phases:
            if label == name:
                part = (self.time_s >= start) & (self.time_s <= end)
                return Cycle(f"{self.name}/{name}", self.source, self.time_s[part], self.speed_mps[part])
        raise KeyError(f"cycle {self.name!r} has no phase {name!r}; it has {[label for label, _, _ in self.phases]}")


@cache
def load_cycle(name: str) -> Cycle:
    """One of `CYCLE_NAMES`; raises `KeyError` naming them when there is no such cycle."""
    if name not in CYCLE_NAMES:
        raise KeyError(f"no cycle {name!r}; there are {', '.join(CYCLE_NAMES)}")
    text = resources.files("halfshaft.vehicle").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    values = " ".join(line for line in lines if not line.startswith("#")).split()
    speed = np.array(values, dtype=np.float64) * _MPS_PER[head["unit"]]
    time = np.arange(speed.size, dtype=np.float64) * float(head["step_s"])
    return Cycle(name, head["source"], time, speed, _phases(head["phases"]))


def _phases(text: str) -> tuple[tuple[str, float, float], ...]:
    parts = (part.split() for part in text.split(", "))
    return tuple((name, float(start), float(end)) for name, start, end in parts)
