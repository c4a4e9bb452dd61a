"""The states of a battery on a cycle: voltage, resistance and limits over charge and temperature, and one lump of heat.

Open-circuit voltage runs straight between nodes of the state of charge; resistance is bilinear in charge and temperature. The pack warms by
its own loss and is cooled through one conductance; without a heat capacity it keeps its temperature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class CellArrays(NamedTuple):
    """A battery as the compiled loop reads it. One node of the state of charge means that nothing changes with it."""

    soc: Array
    open_circuit_voltage_v: Array
    temperature_k: Array
    resistance_ohm: Array
    discharge_w: Array
    charge_w: Array
    capacity_as: float
    start_soc: float
    start_k: float
    surroundings_k: float
    heat_capacity_j_per_k: float
    conductance_w_per_k: float
    coulombic_efficiency: float
    max_discharge_a: float
    max_charge_a: float

    @classmethod
    def constant(cls, voltage_v: float, resistance_ohm: float, discharge_limit_w: float, coulombic: float) -> Self:
        """One voltage behind one resistance. Charging is limited elsewhere: at the tyre."""
        one = np.ones(1)
        return cls(
            one, voltage_v * one, 293.15 * one, resistance_ohm * np.ones((1, 1)), discharge_limit_w * one, math.inf * one,
            1.0, 1.0, 293.15, 293.15, 0.0, 0.0, coulombic, math.inf, math.inf,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PackStates:
    """Tables over the state of charge (0 to 1, rising) and the temperature, the limits, and where both start.

    - `state_of_charge` (n,), n >= 2; `open_circuit_voltage_v` (n,); `temperature_k` (m,), m >= 2; `resistance_ohm` (n, m);
    - `capacity_ah`: charge between full and empty, so that SOC falls by I dt / capacity;
    - `max_discharge_w`, `max_charge_w` (n,): limits at the terminals, None: none beyond the matched load; currents likewise;
    - `heat_capacity_j_per_k` None: the temperature stays at `start_k`; else `conductance_w_per_k` leads to `surroundings_k`.

    Where the charge limit binds, both units brake less by the same factor and the friction brakes do the rest. Outside the table the
    borders hold. Raises `ValueError` where a table is not rising, not positive or of another size.
    """

    state_of_charge: Array
    open_circuit_voltage_v: Array
    temperature_k: Array
    resistance_ohm: Array
    capacity_ah: float
    start_state_of_charge: float
    start_k: float
    surroundings_k: float
    max_discharge_w: Array | None = None
    max_charge_w: Array | None = None
    max_discharge_a: float = math.inf
    max_charge_a: float = math.inf
    heat_capacity_j_per_k: float | None = None
    conductance_w_per_k: float = field(default=0.0)

    def __post_init__(self) -> None:
        n, m = len(self.state_of_charge), len(self.temperature_k)
        for name in ("state_of_charge", "temperature_k"):
            nodes = np.asarray(getattr(self, name), dtype=np.float64)
            if nodes.ndim != 1 or nodes.size < 2 or not (np.diff(nodes) > 0.0).all():
                raise ValueError(f"battery states: {name} needs at least two rising values")
        shapes = {
            "open_circuit_voltage_v": (n,),
            "resistance_ohm": (n, m),
            "max_discharge_w": (n,),
            "max_charge_w": (n,),
        }
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values is None:
                continue
            if np.shape(values) != shape:
                raise ValueError(f"battery states: {name} has shape {np.shape(values)}; it must be {shape}")
            if not (np.isfinite(values).all() and (np.asarray(values) >= 0.0).all()):
                raise ValueError(f"battery states: {name} must be finite and not negative")
        if not (np.asarray(self.open_circuit_voltage_v) > 0.0).all():
            raise ValueError("battery states: open_circuit_voltage_v must be positive")
        if not (0.0 < self.capacity_ah < math.inf):
            raise ValueError(f"battery states: capacity_ah is {self.capacity_ah}; it must be positive and finite")
        if not (0.0 <= self.start_state_of_charge <= 1.0):
            raise ValueError(
                f"battery states: start_state_of_charge is {self.start_state_of_charge}; it lies in [0, 1]"
            )
        if self.heat_capacity_j_per_k is not None and not self.heat_capacity_j_per_k > 0.0:
            raise ValueError(
                f"battery states: heat_capacity_j_per_k is {self.heat_capacity_j_per_k}; it must be positive, or None"
            )
        for name in ("conductance_w_per_k", "max_discharge_a", "max_charge_a"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"battery states: {name} is {getattr(self, name)}; it must not be negative")

    @property
    def start_discharge_limit_w(self) -> float:
        """Highest terminal power [W] at the charge and temperature at the start: table, current limit, and matched load."""
        soc, start = self.state_of_charge, self.start_state_of_charge
        voltage = float(np.interp(start, soc, self.open_circuit_voltage_v))
        at_charge = [np.interp(start, soc, column) for column in np.asarray(self.resistance_ohm).T]
        ohms = float(np.interp(self.start_k, self.temperature_k, at_charge))
        current = self.max_discharge_a if ohms == 0.0 else min(self.max_discharge_a, voltage / (2.0 * ohms))
        stated = math.inf if self.max_discharge_w is None else float(np.interp(start, soc, self.max_discharge_w))
        return min(stated, current * (voltage - ohms * current) if current < math.inf else math.inf)

    def arrays(self, coulombic_efficiency: float, most_w: float) -> CellArrays:
        """The same as the compiled loop reads it, discharging held to `most_w` as well."""
        n = len(self.state_of_charge)

        def limit(values: Array | None) -> Array:
            return np.full(n, 1e15) if values is None else np.asarray(values, dtype=np.float64)

        return CellArrays(
            np.ascontiguousarray(self.state_of_charge, dtype=np.float64),
            np.ascontiguousarray(self.open_circuit_voltage_v, dtype=np.float64),
            np.ascontiguousarray(self.temperature_k, dtype=np.float64),
            np.ascontiguousarray(self.resistance_ohm, dtype=np.float64),
            np.minimum(limit(self.max_discharge_w), most_w),
            limit(self.max_charge_w),
            self.capacity_ah * 3600.0,
            float(self.start_state_of_charge),
            float(self.start_k),
            float(self.surroundings_k),
            0.0 if self.heat_capacity_j_per_k is None else float(self.heat_capacity_j_per_k),
            float(self.conductance_w_per_k),
            float(coulombic_efficiency),
            float(self.max_discharge_a),
            float(self.max_charge_a),
        )
