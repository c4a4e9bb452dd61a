"""The kit: modules and the rules by which they combine, and the catalogue of all units they make."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.machine import Machine
from halfshaft.drive_unit.unit import DriveUnit


@dataclass(frozen=True)
class Kit:
    """The modules on offer.

    ``machine_inverter_pairs`` and ``machine_gear_pairs`` name what may be combined; ``None`` allows every pair. Raises
    ValueError when a name is used twice in one kind of module or a rule names a module that the kit does not have.
    """

    machines: tuple[Machine, ...]
    inverters: tuple[Inverter, ...]
    gears: tuple[GearSet, ...]
    cooling: Cooling
    machine_inverter_pairs: tuple[tuple[str, str], ...] | None = None
    machine_gear_pairs: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self) -> None:
        kinds = {
            "machine": [machine.name for machine in self.machines],
            "inverter": [inverter.name for inverter in self.inverters],
            "gear": [gear.name for gear in self.gears],
        }
        for kind, names in kinds.items():
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"kit: {kind} name {twice[0]!r} is used twice; give each module its own name")
        for other, pairs in (("inverter", self.machine_inverter_pairs), ("gear", self.machine_gear_pairs)):
            for machine_name, other_name in pairs or ():
                for kind, name in (("machine", machine_name), (other, other_name)):
                    if name not in kinds[kind]:
                        known = ", ".join(kinds[kind]) or "none"
                        raise ValueError(
                            f"kit: a rule pairs {kind} {name!r}, which the kit does not have (it has {known})"
                        )


def catalogue(kit: Kit) -> tuple[DriveUnit, ...]:
    """All units that the kit's rules and the modules' own limits allow, ordered as the modules are listed.

    Limits: an inverter feeds as many three-phase sets as the machine has; a coaxial gear needs a hollow shaft.
    A unit is named ``machine/inverter/gear``.
    """
    return tuple(
        DriveUnit(f"{machine.name}/{inverter.name}/{gear.name}", machine, inverter, gear, kit.cooling)
        for machine in kit.machines
        for inverter in kit.inverters
        if inverter.sets == machine.winding_sets and _allowed(kit.machine_inverter_pairs, machine.name, inverter.name)
        for gear in kit.gears
        if (gear.arrangement == "parallel_axis" or machine.hollow_shaft)
        and _allowed(kit.machine_gear_pairs, machine.name, gear.name)
    )


def _allowed(pairs: tuple[tuple[str, str], ...] | None, first: str, second: str) -> bool:
    return pairs is None or (first, second) in pairs
