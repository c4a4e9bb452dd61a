"""Battery: what the pack gives, takes and loses.

A source behind one resistance (the Rint model: V. H. Johnson, J. Power Sources 110, 2002), at the mean state of charge or, with
`PackStates`, over charge and temperature; plus either one figure for everything between the wall and the cells, or a charger and the
pack's own loss while it charges. Power is at the terminals and positive when discharging.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.vehicle.charger import Charger
from halfshaft.vehicle.pack_states import CellArrays, PackStates


class WallShares(NamedTuple):
    """What becomes of each watt-hour from the wall; the four add up to one."""

    stored: float
    charger_loss: float
    awake: float
    cell_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One traction battery.

    `usable_energy_wh` is at the terminals, from full to empty. `charging_efficiency` is energy stored over energy from the wall,
    charger and charge acceptance together; usable DC over AC recharge of 16 certified cars is 0.86 ± 0.03 (EPA label data against
    brochure usable energy). Where a `charger` is given, that figure is not used: charger, 12 V side and cells are then computed.
    `max_charge_w` limits what the wheels feed back, `max_discharge_w` what the terminals deliver; None means that the units set the
    limit. `states` adds voltage, resistance and limits over charge and temperature; `open_circuit_voltage_v` and
    `resistance_ohm` then serve charging alone. `coulombic_efficiency` is the share of the charging current that is stored.
    Raises `ValueError` on numbers that no battery has.
    """

    usable_energy_wh: float
    open_circuit_voltage_v: float
    resistance_ohm: float
    charging_efficiency: float
    max_discharge_w: float | None = None
    max_charge_w: float | None = None
    charger: Charger | None = None
    states: PackStates | None = None
    coulombic_efficiency: float = 1.0

    def __post_init__(self) -> None:
        for name in ("usable_energy_wh", "open_circuit_voltage_v"):
            if not (0.0 < getattr(self, name) < math.inf):
                raise ValueError(f"battery: {name} is {getattr(self, name)}; it must be positive and finite")
        if not (0.0 <= self.resistance_ohm < math.inf):
            raise ValueError(f"battery: resistance_ohm is {self.resistance_ohm}; it must not be negative")
        for name in ("charging_efficiency", "coulombic_efficiency"):
            if not (0.0 < getattr(self, name) <= 1.0):
                raise ValueError(f"battery: {name} is {getattr(self, name)}; it lies in (0, 1]")
        if self.max_discharge_w is not None and not self.max_discharge_w > 0.0:
            raise ValueError(f"battery: max_discharge_w is {self.max_discharge_w}; it must be positive, or None")
        if self.max_charge_w is not None and not self.max_charge_w >= 0.0:
            raise ValueError(f"battery: max_charge_w is {self.max_charge_w}; it must not be negative, or None")

    @property
    def discharge_limit_w(self) -> float:
        """Highest terminal power [W]: the stated limit, and never above the V²/(4 R) at which half is lost inside.

        With `states` these are voltage, resistance and limits at the charge and temperature that they start with.
        """
        if self.states is not None:
            stated = math.inf if self.max_discharge_w is None else self.max_discharge_w
            return min(stated, self.states.start_discharge_limit_w)
        matched = (
            math.inf if self.resistance_ohm == 0.0 else self.open_circuit_voltage_v**2 / (4.0 * self.resistance_ohm)
        )
        return matched if self.max_discharge_w is None else min(self.max_discharge_w, matched)

    @property
    def wall_shares(self) -> WallShares:
        """How energy from the wall divides; with a `charger` from its loss, the 12 V side and R I² and I V (1 - coulombic) of the cells."""
        if self.charger is None:
            return WallShares(self.charging_efficiency, 1.0 - self.charging_efficiency, 0.0, 0.0)
        wall, dc = self.charger.wall_power_w, self.charger.battery_power_w
        cells = float(self.resistive_loss_w(-dc))
        stored = self.coulombic_efficiency * (dc - cells)
        return WallShares(
            stored / wall, self.charger.loss_w() / wall, self.charger.awake_power_w / wall, (dc - stored) / wall
        )

    def arrays(self) -> CellArrays:
        """What the compiled loop reads: the states, or one voltage and one resistance."""
        if self.states is not None:
            return self.states.arrays(
                self.coulombic_efficiency,
                math.inf if self.max_discharge_w is None else self.max_discharge_w,
            )
        return CellArrays.constant(
            self.open_circuit_voltage_v, self.resistance_ohm, self.discharge_limit_w, self.coulombic_efficiency
        )

    def resistive_loss_w(self, terminal_power_w: ArrayLike) -> NDArray[np.float64]:
        """Loss inside the pack [W] at each terminal power; NaN where the pack cannot deliver that power at all.

        I = (V - sqrt(V² - 4 R P)) / (2 R), written so that R = 0 needs no case of its own.
        """
        power = np.asarray(terminal_power_w, dtype=np.float64)
        v = self.open_circuit_voltage_v
        radicand = v * v - 4.0 * self.resistance_ohm * power
        current = 2.0 * power / (v + np.sqrt(np.where(radicand >= 0.0, radicand, np.nan)))
        loss: NDArray[np.float64] = self.resistance_ohm * current * current
        return loss
