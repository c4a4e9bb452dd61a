"""One door for all drawings: whichever format a file has, out comes a machine.

The format follows from the file's name and, for JSON, from its schema. What the user states beats what the file says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from halfshaft.drive_unit.geometry import femm_facts, region_json
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.dxf import design_from_dxf
from halfshaft.drive_unit.geometry.femm import design_from_fem
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.quantities.errors import InputError

SUFFIXES = (".json", ".fem", ".dxf")
_BY_SCHEMA: dict[str, Callable[[Mapping[str, Any], str, Overrides], MachineDesign]] = {
    region_json.SCHEMA: region_json.design_from_facts,
    femm_facts.SCHEMA: femm_facts.design_from_femm_facts,
}


def read_design(
    path: Path | str,
    *,
    overrides: Mapping[str, object] | None = None,
    description: Mapping[str, Any] | None = None,
) -> MachineDesign:
    """The machine in a file: machine facts or FEMM facts (.json), a FEMM document (.fem), or a drawing (.dxf).

    ``overrides`` are the statements of `importing.Overrides`. ``description`` says what a DXF drawing cannot; without it the JSON
    file of the same name beside the drawing is taken. Raises InputError with file, line, field, value and what would be right.
    """
    path = Path(path)
    file = str(path)
    stated = Overrides.of(overrides or {}, file)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError.of(
            file, f"{suffix or 'no suffix'} is no format of drawings", f"give any of {', '.join(SUFFIXES)}"
        )
    text = read_text(path)
    if suffix == ".dxf":
        return design_from_dxf(text, file, _sidecar(path) if description is None else description, stated)
    if suffix == ".fem":
        return design_from_fem(text, file, stated)
    facts = parse_json(text, file)
    reader = _BY_SCHEMA.get(str(facts.get("schema")))
    if reader is None:
        known = " or ".join(repr(schema) for schema in _BY_SCHEMA)
        raise InputError.of(
            file, f"schema {facts.get('schema')!r} is no drawing of a machine", f"give {known}", field="schema"
        )
    return reader(facts, file, stated)


def _sidecar(path: Path) -> Mapping[str, Any]:
    """The description beside a drawing."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        raise InputError.of(
            path,
            "a drawing does not say how many poles it has, nor how long it is",
            f"describe it in {beside.name} beside it",
        )
    return parse_json(read_text(beside), str(beside))


def read_text(path: Path) -> str:
    """The file's text. Windows tools write UTF-8 with a mark, or their own code page."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise InputError.of(path, f"cannot be read: {fault.strerror}", "give a file that exists") from fault
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def parse_json(text: str, file: str) -> dict[str, Any]:
    """The object in a JSON text. Raises InputError with the line."""
    try:
        facts = json.loads(text)
    except json.JSONDecodeError as fault:
        raise InputError.of(file, f"is no JSON: {fault.msg}", "correct the syntax", line=fault.lineno) from fault
    if not isinstance(facts, dict):
        raise InputError.of(file, "holds no object", "give an object with its schema")
    return facts
