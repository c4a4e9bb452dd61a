"""The field stage: its range is the kit's, its key the drawing's, and a machine may lie in the programme's folder."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from small_programme import write_programme

from halfshaft.programme import load_programme
from halfshaft.quantities import InputError
from halfshaft.study import Study
from halfshaft.study.fields import (
    RotorStrength,
    check_speed,
    compute_field,
    greatest_torque_currents_a,
    laminations_in_use,
    stator_limit_a,
)


def test_the_map_covers_what_the_kit_can_drive(small_study: Study) -> None:
    """Stator and field limits of the strongest unit lie at the map's edge; the torque drawn is within the current circle."""
    (field,) = small_study.fields
    (lamination,) = laminations_in_use(small_study.programme)
    limit = stator_limit_a(lamination, small_study.programme.kit.units)
    assert limit == pytest.approx(850.0 * 16)
    table = field.table()
    assert table.current_range.a_q == pytest.approx(limit, rel=1e-5)
    assert table.current_range.a_d[0] == pytest.approx(-limit, rel=1e-5)
    assert table.current_range.a_f[1] == pytest.approx(lamination.greatest_field_a, rel=1e-5)
    d, q, f = greatest_torque_currents_a(field.flux_map)
    assert np.hypot(d, q) <= field.flux_map.i_q_a[-1] * 1.001
    assert (d, q, f) == field.currents_a
    assert f > 0.0


def test_a_machine_beside_the_programme_is_the_same_machine(tmp_path: Path) -> None:
    """A file in the programme's folder is found by its name there, and draws what the built-in of the same figures draws."""
    text = (resources.files("halfshaft.drive_unit.geometry") / "machines" / "gen5_class_eesm.yaml").read_text()
    folder = write_programme(
        tmp_path, {"kit/laminations.yaml": ("machine: gen5_class_eesm", "machine: machines/own.yaml")}
    )
    (folder / "machines").mkdir()
    (folder / "machines" / "own.yaml").write_text(text)
    own, built_in = load_programme(folder).kit, load_programme(write_programme(tmp_path / "other")).kit
    assert own.units == built_in.units
    assert own.drawn["round"].design == built_in.drawn["round"].design
    (folder / "machines" / "own.yaml").write_text(text.replace("bore_diameter: 162 mm", "bore_diameter: 0 mm"))
    with pytest.raises(InputError, match=r"laminations\.0\.machine"):
        load_programme(folder)


def test_a_field_that_cannot_be_computed_names_its_machine(small_study: Study) -> None:
    """Rotor positions that miss the mesh's nodes are refused as input, with the lamination's name."""
    programme = small_study.programme
    (lamination,) = laminations_in_use(programme)
    settings = programme.header.fields.model_copy(update={"positions": 5})
    with pytest.raises(InputError, match="the field of gen5_class_eesm cannot be computed"):
        compute_field(lamination, programme.kit.drawn["round"], 1e4, settings, 1)


def test_a_speed_beyond_what_the_rotor_stands_is_refused(small_study: Study) -> None:
    """The refusal names the field of the kit, the neck and the speed; the speed that it names is accepted."""
    (field,) = small_study.fields
    (lamination,) = laminations_in_use(small_study.programme)
    limit = field.strength.speed_limit_rad_per_s
    assert limit is not None
    assert lamination.max_speed_rad_per_s <= limit
    check_speed(replace(lamination, max_speed_rad_per_s=limit), field)
    with pytest.raises(InputError, match=r"laminations\.round\.max_speed") as refused:
        check_speed(replace(lamination, max_speed_rad_per_s=1.01 * limit), field)
    assert field.strength.weakest in str(refused.value)


def test_a_rotor_whose_stress_cannot_be_found_says_why_and_is_not_refused(small_study: Study) -> None:
    """Magnets on the surface need a sleeve, which a kit does not tell of."""
    (field,) = small_study.fields
    (lamination,) = laminations_in_use(small_study.programme)
    unknown = RotorStrength(None, "", "", 0.0, 0.0, ("nothing holds 'magnet'; a sleeve must",), "")
    check_speed(replace(lamination, max_speed_rad_per_s=1e5), replace(field, strength=unknown))
