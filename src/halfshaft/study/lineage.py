"""Two generations side by side, as a document: what changed in the modules, and what that does to the unit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from halfshaft.drive_unit import UnitMap
from halfshaft.drive_unit.lineage import ModuleChange, Quantity, compare_units
from halfshaft.programme import Programme
from halfshaft.quantities import InputError

Json = dict[str, Any]


def comparison_document(programme: Programme, before: UnitMap, after: UnitMap) -> Json:
    """The comparison of two units, with what the kit says of their modules' descent and carry-over. SI units as the names say.

    Raises InputError when the units share no operating point.
    """
    try:
        found = compare_units(before, after)
    except ValueError as error:
        raise InputError.of("command line", str(error), "compare units of one purpose", field="UNIT_B") from None
    return {
        "before": found.before,
        "after": found.after,
        "modules": [_module(programme, change) for change in found.modules],
        "carried_over": [change.role for change in found.modules if change.carried_over],
        "ratings": _quantities(found.ratings),
        "body": _quantities(found.body),
        "material_kg": _quantities(found.material_kg),
        "shared_operating_points": len(found.speed_rad_per_s),
        "mean_loss_w": _quantities(found.mean_loss_w),
        "operating_points": [
            {
                "axle_speed_rad_per_s": float(speed),
                "axle_torque_nm": float(torque),
                "loss_before_w": float(sum(part[k] for part in found.loss_before_w.values())),
                "loss_after_w": float(sum(part[k] for part in found.loss_after_w.values())),
            }
            for k, (speed, torque) in enumerate(zip(found.speed_rad_per_s, found.torque_nm, strict=True))
        ],
    }


def _module(programme: Programme, change: ModuleChange) -> Json:
    parents = {(d.kind, d.name): d.parent for d in programme.kit.lineage}
    developments = {(kind, name): d for (kind, name), d in programme.kit.developments.items()}
    key: Any = (change.role, change.after)
    development = developments.get(key)
    return {
        "module": change.role,
        "before": change.before,
        "after": change.after,
        "carried_over": change.carried_over,
        "derived_from": parents.get(key),
        "development_parent": None if development is None else development.parent,
        "development_carry_over": None if development is None else development.carry_over,
        "changes": [dataclasses.asdict(one) for one in change.changes],
    }


def _quantities(quantities: Sequence[Quantity]) -> list[Json]:
    rows = []
    for quantity in quantities:
        share = (quantity.after / quantity.before - 1.0) * 100.0 if quantity.before else None
        rows.append({**dataclasses.asdict(quantity), "difference_percent": share})
    return rows
