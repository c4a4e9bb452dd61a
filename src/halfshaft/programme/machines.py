"""One door for machines: a built-in name, a template's file, or a drawing of any known format."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.read import SUFFIXES, read_design
from halfshaft.programme.machine_file import load_machine, machine_names
from halfshaft.programme.yaml_tree import read_yaml
from halfshaft.quantities import InputError, Problem

TEMPLATE_SUFFIXES = (".yaml", ".yml")
_OF_TEMPLATES = ("stack_length_m", "stacking_factor")


def read_machine(machine: Path | str, *, overrides: Mapping[str, Any] | None = None) -> MachineDesign:
    """The design of a built-in machine, or of a file: a template (.yaml), a region file (.json), a FEMM document, a DXF drawing.

    ``overrides`` are the statements of `geometry.importing.Overrides` that beat the file; a template takes stack length and stacking
    factor only, since it states everything itself. A DXF drawing is described by a .json or .yaml file of the same name beside it.
    Raises InputError naming file, line, field, value and what would be right.
    """
    stated = {name: value for name, value in (overrides or {}).items() if value is not None}
    path = Path(machine)
    if str(machine) not in machine_names() and path.suffix.lower() in SUFFIXES:
        description = None
        beside = next((p for s in TEMPLATE_SUFFIXES if (p := path.with_suffix(s)).exists()), None)
        if path.suffix.lower() == ".dxf" and not path.with_suffix(".json").exists() and beside is not None:
            description = read_yaml(beside, str(beside)).data
        return read_design(path, overrides=stated, description=description)
    found = load_machine(machine if str(machine) in machine_names() else path)
    unknown = [name for name in stated if name not in _OF_TEMPLATES]
    if unknown:
        raise InputError(
            [
                Problem(
                    str(machine),
                    None,
                    name,
                    "is stated by the template itself",
                    "change it in the file",
                    str(stated[name]),
                )
                for name in unknown
            ]
        )
    design = found.design()
    for name, value in stated.items():
        if not value > 0.0:
            raise InputError(
                [Problem(str(machine), None, name, "must be positive", "give a number above 0", str(value))]
            )
    return dataclasses.replace(design, **stated)


def built_in_machines() -> list[dict[str, Any]]:
    """Main figures of the machines that ship with the package."""
    rows = []
    for name in machine_names():
        design = load_machine(name).design()
        kinds = {r.label.kind for r in design.regions}
        rows.append(
            {
                "name": name,
                "kind": "induction"
                if "cage" in kinds
                else "externally excited"
                if "field_winding" in kinds
                else "interior magnets",
                "poles": 2 * design.pole_pairs,
                "slots": design.slots,
                "outer_diameter_mm": 2e3 * design.stator_outer_radius_m,
                "stack_length_mm": 1e3 * design.stack_length_m,
                "source": design.source,
            }
        )
    return rows
