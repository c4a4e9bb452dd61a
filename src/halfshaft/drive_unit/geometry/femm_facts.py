"""FEMM drawings stored as JSON (schema halfshaft-femm-facts/0): points, segments, arcs, labels with materials, nothing more.

Such a file holds neither circuits nor directions of magnetisation: the reader of FEMM documents lays a balanced winding into the copper
and magnetises through the thickness, with notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.femm import design_from_document
from halfshaft.drive_unit.geometry.femm_document import FemmBlock, FemmDocument, FemmLabel
from halfshaft.drive_unit.geometry.importing import NOTHING_STATED, Overrides
from halfshaft.quantities.errors import InputError

SCHEMA = "halfshaft-femm-facts/0"


def design_from_femm_facts(facts: Mapping[str, Any], file: str, stated: Overrides = NOTHING_STATED) -> MachineDesign:
    """A machine from the content of such a file. Raises InputError with the field."""
    try:
        document = _document(facts)
    except KeyError as fault:
        raise InputError.of(file, "is missing", "add it to the file", field=str(fault.args[0])) from fault
    except (TypeError, ValueError, IndexError) as fault:
        raise InputError.of(file, f"cannot be read: {fault}", f"keep to schema {SCHEMA!r}") from fault
    return design_from_document(document, str(facts.get("source") or file), stated)


def _document(facts: Mapping[str, Any]) -> FemmDocument:
    points = [(1e-3 * float(x), 1e-3 * float(y)) for x, y in facts["points_mm"]]
    segments = [(int(i), int(j), 0) for i, j in facts["segments_point_index"]]
    arcs = [(int(i), int(j), float(angle), 0) for i, j, angle, *_ in facts["arcs"]["rows"]]
    ends = [index for row in (*segments, *arcs) for index in row[:2]]
    if ends and not 0 <= min(ends) <= max(ends) < len(points):
        raise IndexError(f"point {max(ends)} where the file has {len(points)}, counted from 0")
    blocks = [_block(row) for row in facts["materials"]]
    labels = [
        FemmLabel((1e-3 * float(x), 1e-3 * float(y)), int(material)) for x, y, material in facts["block_labels"]["rows"]
    ]
    if any(not 0 <= label.block <= len(blocks) for label in labels):
        raise IndexError(f"a label's material is none of the {len(blocks)}, counted from 1")
    return FemmDocument(1e-3 * float(facts["depth_mm"]), points, segments, arcs, labels, blocks)


def _block(row: Mapping[str, Any]) -> FemmBlock:
    curve = row.get("bh_curve") or {"columns": ["H_A_per_m", "B_T"], "rows": []}
    h, b = curve["columns"].index("H_A_per_m"), curve["columns"].index("B_T")
    return FemmBlock(
        name=str(row["name"]),
        mu_x=float(row.get("mu_r") or 1.0),
        h_c=float(row.get("H_c_A_per_m") or 0.0),
        sigma=float(row.get("sigma_MS_per_m") or 0.0),
        lam_fill=float(row.get("lam_fill") or 1.0),
        bh=tuple((float(point[b]), float(point[h])) for point in curve["rows"]),
    )
