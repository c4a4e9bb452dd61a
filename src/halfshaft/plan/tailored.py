"""What sharing is measured against from far away: units tailored to each vehicle.

In the tailored world every vehicle has drive modules of its own: what one vehicle develops, tools and launches serves that vehicle alone,
over all its stages and axles. What is no module stays as it is: plants and their lines, suppliers and their terms (volumes of all
vehicles count together), battery packs. A partner that tailors needs more engineers than it has, so teams bind nobody here; against a
plan whose teams do bind, tailored units may thus look better than they are, never worse.

Any tailored plan becomes a plan of a shared family by taking all copies of a module for one, and costs no more then: development and tools
are paid once, and laws of volume fall. So without teams, tailored units never cost less than the best family.
"""

from __future__ import annotations

from dataclasses import replace

from halfshaft.plan.instance import BATTERY_POSITION, Module, ModuleKey, PlanInstance, PlanUnit, Slot


def tailored(instance: PlanInstance) -> PlanInstance:
    """The instance in which vehicles share no drive module; options keep their order, so choices mean the same."""
    copies = _Copies(instance)
    slots = tuple(copies.slot(slot) for slot in instance.slots)
    parts = tuple(
        replace(
            part,
            price={own: part.price[key] for own, key in copies.origin.items() if key in part.price},
        )
        for part in instance.parts
    )
    return replace(
        instance,
        title=f"{instance.title}, units tailored to each vehicle",
        kinds=tuple(replace(kind, most=None) for kind in instance.kinds),
        modules=tuple(copies.modules.values()),
        units=tuple(copies.units),
        slots=slots,
        parts=parts,
        teams=(),
    )


def own_key(key: ModuleKey, vehicle: str) -> ModuleKey:
    """Key of a vehicle's own copy of a module."""
    return key[0], f"{key[1]} for {vehicle}"


class _Copies:
    """Modules and units of each vehicle, made as its options ask for them; an owner of None stands for all vehicles."""

    def __init__(self, instance: PlanInstance) -> None:
        self.instance = instance
        self.modules: dict[ModuleKey, Module] = {}
        self.origin: dict[ModuleKey, ModuleKey] = {}
        self.units: list[PlanUnit] = []
        self._number: dict[tuple[int, str | None], int] = {}

    def slot(self, slot: Slot) -> Slot:
        """The slot with the vehicle's own units in every position but the battery's."""
        units = slot.units.copy()
        for column, position in enumerate(slot.positions):
            owner = None if position == BATTERY_POSITION else slot.vehicle
            number = {unit: -1 if unit < 0 else self._unit(unit, owner) for unit in set(units[:, column].tolist())}
            units[:, column] = [number[unit] for unit in units[:, column].tolist()]
        return replace(slot, units=units)

    def _unit(self, unit: int, owner: str | None) -> int:
        if (unit, owner) not in self._number:
            original = self.instance.units[unit]
            name = original.id if owner is None else f"{original.id} for {owner}"
            modules = tuple((self._module(key, owner), count) for key, count in original.modules)
            self._number[unit, owner] = len(self.units)
            self.units.append(PlanUnit(name, modules))
        return self._number[unit, owner]

    def _module(self, key: ModuleKey, owner: str | None) -> ModuleKey:
        own = key if owner is None else own_key(key, owner)
        if own not in self.origin:
            self.origin[own] = key
            module = self.instance.module[key]
            self.modules[own] = replace(
                module,
                key=own,
                includes=tuple(self._module(inner, owner) for inner in module.includes),
                parent=None if module.parent is None else self._module(module.parent, owner),
            )
        return own
