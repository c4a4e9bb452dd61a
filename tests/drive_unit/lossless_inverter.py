"""An inverter without losses, for what must hold of machine and gear alone."""

from __future__ import annotations

from dataclasses import replace

from halfshaft.drive_unit import Inverter
from halfshaft.drive_unit.power_device import OnState, SwitchingEnergy


def lossless(inverter: Inverter) -> Inverter:
    """The same inverter with the same limits of voltage and current, of ideal switches."""
    none, never = OnState(0.0, 0.0), SwitchingEnergy(0.0, 0.0, 1.0, 0.0)
    ideal = replace(inverter.switch, transistor=none, diode=none, turn_on=never, turn_off=never, recovery=never)
    return replace(inverter, switch=ideal, standby_w=0.0)
