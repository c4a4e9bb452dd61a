"""A drawn cage: its bars' areas and currents are those stated, and what does not fit is refused by name."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi

import pytest

from halfshaft.drive_unit.flux_map import design_record
from halfshaft.drive_unit.geometry.cage import CageRotor
from halfshaft.drive_unit.geometry.parameter import ParameterError
from halfshaft.drive_unit.geometry.templates import InductionTemplate
from halfshaft.programme.machine_file import load_machine


def template(name: str = "model_s_class_im") -> InductionTemplate:
    found = load_machine(name).template
    assert isinstance(found, InductionTemplate)
    return found


@pytest.mark.parametrize("name", ["model_s_class_im", "etron_class_im"])
def test_bars_have_their_area_and_their_share_of_the_current(name: str) -> None:
    """A trapezium each; one pole's shares are a half wave, whose squares add up to half the bars."""
    found = template(name)
    bar, design = found.rotor.bar, found.design()
    bars = [r for r in design.regions if r.label.kind == "cage"]
    assert len(bars) == found.rotor.bars // (2 * found.pole_pairs)
    area = 0.5 * (bar.top_width_m + bar.bottom_width_m) * bar.height_m
    assert [r.area_m2 for r in bars] == pytest.approx([area] * len(bars), rel=1e-9)
    shares = sorted(r.label.conductors for r in bars)
    assert sum(s * s for s in shares) == pytest.approx(0.5 * len(bars))
    assert shares[0] == pytest.approx(-cos(0.5 * pi / len(bars)))
    assert design.gap_m == pytest.approx(found.rotor.air_gap_m)


def test_the_record_keeps_the_cage() -> None:
    """Back to the bit; a machine without one has the record that it always had."""
    design = template().design()
    assert design_record.from_dict(design_record.to_dict(design)) == design
    assert "cage" not in design_record.to_dict(load_machine("zoe").design())


@pytest.mark.parametrize(
    ("rotor", "bar", "field"),
    [
        ({"bars": 74}, {}, "bars"),
        ({"bars": 12}, {}, "bars"),
        ({"air_gap_m": 0.0}, {}, "air_gap_m"),
        ({}, {"top_width_m": 7e-3}, "top_width_m"),
        ({}, {"bottom_width_m": 5e-3}, "bottom_width_m"),
        ({}, {"height_m": 60e-3, "bottom_width_m": 0.1e-3}, "height_m"),
        ({}, {"opening_depth_m": 0.0}, "opening_depth_m"),
        ({}, {"opening_width_m": 4e-3}, "opening_width_m"),
        ({}, {"opening_width_m": 0.0, "opening_depth_m": 0.0}, "bridge_m"),
    ],
)
def test_what_does_not_fit_is_refused(rotor: dict[str, float], bar: dict[str, float], field: str) -> None:
    found = template()
    wrong: CageRotor = replace(found.rotor, **rotor, bar=replace(found.rotor.bar, **bar))
    with pytest.raises(ParameterError) as error:
        replace(found, rotor=wrong).design()
    assert error.value.path[-1] == field


def test_rings_are_rings() -> None:
    found = template()
    rings = replace(found.rotor.rings, inner_diameter_m=0.2)
    with pytest.raises(ParameterError, match="outer diameter"):
        replace(found, rotor=replace(found.rotor, rings=rings)).design()
