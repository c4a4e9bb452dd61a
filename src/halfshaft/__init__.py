"""halfshaft: one family of electric drive units for car makers that co-develop it, with the proof that it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from halfshaft.study.machines import MachineRoom

__version__ = "0.1.0"


def machine(name_or_file: str | Path, **options: Any) -> MachineRoom:
    """Open an electric machine: a built-in name, a template, or a drawing (.json, .fem, .dxf).

    ``options`` are those of `halfshaft.study.machines.FieldOptions`; what else is given is stated about the machine
    (`halfshaft.drive_unit.geometry.importing.Overrides`). Raises InputError.
    """
    from dataclasses import fields

    from halfshaft.study.machines import FieldOptions, MachineRoom

    known = {f.name for f in fields(FieldOptions)}
    chosen = FieldOptions(**{k: v for k, v in options.items() if k in known})
    return MachineRoom(name_or_file, chosen, {k: v for k, v in options.items() if k not in known})
