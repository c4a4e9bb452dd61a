"""Drive cycles: the regulation's own second-by-second speeds.

The figures lie beside this module in the unit and resolution in which the regulation prints them, so that nothing is rounded twice;
here they become arrays in SI. A cycle may carry the grade of the road; the regulations' own are level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

CYCLE_NAMES = (
    "wltc_3b",
    "udds",
    "hwfet",
    "wltc_3a",
    "us06",
    "ftp75",
    "nedc",
    "artemis_urban",
    "artemis_rural",
    "artemis_motorway",
)
"""The cycles that the package carries."""

_MPS_PER = {"km/h": 1.0 / 3.6, "mph": 0.44704}  # both exact: NIST SP 811 (2008), appendix B


@dataclass(frozen=True, eq=False)
class Cycle:
    """A speed trace over time, on a level road or on a graded one.

    `time_s` (n,) strictly increasing, `speed_mps` (n,) never negative; `grade` (n,) is rise over run at each sample, positive uphill,
    or None on the level. All are made read-only. `phases` names the regulation's parts as (name, start s, end s). Between samples
    speed and grade run straight. Raises `ValueError` on anything else.
    """

    name: str
    source: str
    time_s: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    phases: tuple[tuple[str, float, float], ...] = field(default=())
    grade: NDArray[np.float64] | None = None

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
        arrays = {"time_s": time, "speed_mps": speed}
        if self.grade is not None:
            arrays["grade"] = np.array(self.grade, dtype=np.float64)
            if arrays["grade"].shape != time.shape or not np.isfinite(arrays["grade"]).all():
                raise ValueError(f"cycle {self.name!r}: grade must be a row of finite numbers as long as time")
        for label, values in arrays.items():
            values.setflags(write=False)
            object.__setattr__(self, label, values)

    @property
    def distance_m(self) -> float:
        """Length [m] under the straight line between samples."""
        return float(np.trapezoid(self.speed_mps, self.time_s))

    @property
    def step_grade(self) -> NDArray[np.float64]:
        """Mean grade of each step between two samples, (n - 1,), rise over run; zeros on the level."""
        return np.zeros(self.time_s.size - 1) if self.grade is None else 0.5 * (self.grade[1:] + self.grade[:-1])

    @property
    def climb_m(self) -> float:
        """Height of the end over the start [m]: distance runs along the road, so a step rises by its length × sin(atan(grade))."""
        length = 0.5 * (self.speed_mps[1:] + self.speed_mps[:-1]) * np.diff(self.time_s)
        return float(length @ np.sin(np.arctan(self.step_grade)))

    def phase(self, name: str) -> Cycle:
        """One of the regulation's parts as a cycle of its own; raises `KeyError` naming the parts there are."""
        for label, start, end in self.phases:
            if label == name:
                part = (self.time_s >= start) & (self.time_s <= end)
                grade = None if self.grade is None else self.grade[part]
                return Cycle(f"{self.name}/{name}", self.source, self.time_s[part], self.speed_mps[part], grade=grade)
        raise KeyError(f"cycle {self.name!r} has no phase {name!r}; it has {[label for label, _, _ in self.phases]}")


@cache
def load_cycle(name: str) -> Cycle:
    """One of `CYCLE_NAMES`, or one of its parts as `cycle/part` (`wltc_3b/low`); raises `KeyError` naming those that there are."""
    whole, _, part = name.partition("/")
    if part:
        return load_cycle(whole).phase(part)
    if name not in CYCLE_NAMES:
        raise KeyError(f"no cycle {name!r}; there are {', '.join(CYCLE_NAMES)}")
    text = resources.files("halfshaft.vehicle").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    values = np.array(" ".join(line for line in lines if not line.startswith("#")).split(), dtype=np.float64)
    time, speed = _samples(values, float(head["step_s"]), corners=head.get("form") == "corners")
    return Cycle(name, head["source"], time, speed * _MPS_PER[head["unit"]], _phases(head["phases"]))


def phase_names() -> tuple[str, ...]:
    """Every part of every cycle, as `load_cycle` takes it."""
    return tuple(f"{name}/{part}" for name in CYCLE_NAMES for part, _, _ in load_cycle(name).phases)


def _samples(
    values: NDArray[np.float64], step_s: float, *, corners: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time and speed at every step. A regulation that prints operations instead of seconds gives corners: pairs of time and speed."""
    if not corners:
        return np.arange(values.size, dtype=np.float64) * step_s, values
    time = np.arange(0.0, values[-2] + 0.5 * step_s, step_s)
    return time, np.interp(time, values[0::2], values[1::2])


def _phases(text: str) -> tuple[tuple[str, float, float], ...]:
    parts = (part.split() for part in text.split(", "))
    return tuple((name, float(start), float(end)) for name, start, end in parts)
