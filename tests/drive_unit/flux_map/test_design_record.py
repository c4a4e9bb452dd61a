"""A design survives its record: what a map keeps is enough to compute it again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from polar_machine import polar_machine

from halfshaft.drive_unit.flux_map.design_record import from_dict, to_dict
from halfshaft.drive_unit.geometry.design import FieldCoil, Label, MachineDesign, RectangularWire, Region, RoundWire
from halfshaft.drive_unit.geometry.materials import Conductor
from halfshaft.drive_unit.geometry.shapes import Edge


def full_design() -> MachineDesign:
    """A design with every kind of part in it: arcs, holes, both windings, notes, figures without a short decimal form."""
    design, _ = polar_machine()
    line, arc = Edge((0.1, 1.0 / 3.0), (0.2, 0.0)), Edge((1e-17, 0.0), (0.0, 1.0), (0.0, 0.5), -2.5, "left magnet")
    region = Region(Label((0.0, 0.1), "magnet", "magnet", "m", 0.7), "rotor", (line, arc), ((arc,), (line, line)), 1e-5)
    coil = FieldCoil(120.0, Conductor("copper"), 0.06, 0.5)
    return replace(design, edges=(line, arc), regions=(*design.regions, region), field_coil=coil, notes=("a", "µ"))


@pytest.mark.parametrize("wire", [None, RectangularWire(0.003, 0.002, 6), RoundWire(0.0008, 12)])
def test_round_trip_through_json(wire: RectangularWire | RoundWire | None) -> None:
    """Equal in every field, classes of wires included."""
    design = full_design()
    assert design.winding is not None
    design = replace(design, winding=replace(design.winding, wire=wire))
    record = to_dict(design)
    assert from_dict(json.loads(json.dumps(record))) == design
    assert from_dict(record) == design
    assert type(from_dict(record)) is MachineDesign


def test_fields_with_defaults_may_be_missing() -> None:
    """A record from before a field was added is read; one that lacks a field without default is not."""
    design, _ = polar_machine()
    record = to_dict(design)
    del record["notes"]
    assert from_dict(record) == design
    del record["slots"]
    with pytest.raises(ValueError, match=r"design\.slots is missing"):
        from_dict(record)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("slots",), "48", r"design\.slots holds '48'"),
        (("colour",), 1, "unknown entry 'colour'"),
        (("winding", "parallel_paths"), None, r"design\.winding\.parallel_paths is missing"),
        (("winding", "wire"), {"class": "Ribbon"}, r"design\.winding\.wire is a 'Ribbon'"),
        (("edges",), {"a": 1}, r"design\.edges holds a dict"),
        (("regions", 0, "label", "point"), [1.0], r"point holds 1 values"),
        (("regions", 0, "part"), "shaft", r"regions\[0\]\.part holds 'shaft'"),
        (("steels",), [], r"design\.steels holds a tuple"),
    ],
)
def test_wrong_records_are_told_where(path: tuple, value: object, words: str) -> None:
    """The message names the place, however deep."""
    record = json.loads(json.dumps(to_dict(full_design())))
    at = record
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(ValueError, match=words):
        from_dict(record)
