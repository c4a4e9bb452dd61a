"""The machine room: one answer for one machine, whichever door it came in by, and refusals in the user's words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import halfshaft
from halfshaft.drive_unit.flux_map.netcdf import load
from halfshaft.programme import built_in_machines, read_machine
from halfshaft.quantities import InputError
from halfshaft.study.machines import FieldOptions, MachineRoom

COARSE = FieldOptions(order=1, divisions_per_pole=60, size_factor=2.0)
CURRENTS = (-100.0, 150.0)


@pytest.fixture(scope="module")
def prius() -> MachineRoom:
    return MachineRoom("prius_2004", COARSE)


def test_a_machine_answers_the_same_from_its_template_a_femm_document_and_a_drawing(
    prius: MachineRoom, tmp_path: Path
) -> None:
    """Coordinates are written to fixed digits and meshed anew, hence the tolerance."""
    own = prius.point(*CURRENTS, positions=6, workers=1)
    for name in ("prius.fem", "prius.dxf"):
        files = prius.export(tmp_path / name)
        assert all(path.exists() for path in files)
        copied = MachineRoom(tmp_path / name, COARSE).point(*CURRENTS, positions=6, workers=1)
        for quantity in ("mean_torque_nm", "psi_d_wb", "psi_q_wb"):
            assert copied[quantity] == pytest.approx(own[quantity], rel=5e-3), (name, quantity)


def test_an_answer_is_plain_json_and_says_what_it_was_computed_with(prius: MachineRoom) -> None:
    answer = prius.point(*CURRENTS, speed_rpm=3000.0, positions=6, workers=1)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert answer["settings"]["order"] == 1
    assert answer["settings"]["stacking_factor"] == 0.95
    assert answer["mesh"]["nodes"] > 500
    assert answer["mean_torque_nm"] == pytest.approx(answer["torque_gap_stress_nm"], rel=0.05)
    assert all(value >= 0.0 for value in answer["losses_w"].values())
    power = answer["mean_torque_nm"] * 3000.0 * np.pi / 30.0
    assert answer["shaft_power_w"] == pytest.approx(power, rel=1e-12)


def test_losses_vanish_at_standstill_but_for_copper(prius: MachineRoom) -> None:
    losses = prius.point(*CURRENTS, positions=6, workers=1)["losses_w"]
    assert losses.pop("stator_copper_dc") > 0.0
    assert all(value == 0.0 for value in losses.values())


def test_bars_lose_more_with_frequency_and_strands_do_not_know_the_term() -> None:
    """Well below the skin depth's reach Dowell's excess grows with the square of frequency."""
    room = MachineRoom("gen5_class_eesm", COARSE)
    slow, fast = (room.point(0.0, 100.0, 5.0, speed_rpm=n, positions=6, workers=1)["losses_w"] for n in (300.0, 600.0))
    assert fast["stator_copper_ac"] == pytest.approx(4.0 * slow["stator_copper_ac"], rel=0.02)
    assert fast["stator_copper_ac"] > 0.0
    assert fast["stator_copper_dc"] == slow["stator_copper_dc"]


def test_a_map_holds_its_points_and_survives_the_file(prius: MachineRoom, tmp_path: Path) -> None:
    out = tmp_path / "map.nc"
    told = prius.map(out, grid="5x4", max_current_a=200.0, losses=False, positions=2, workers=1)
    kept = load(out)
    assert told["grid"] == [5, 4, 1]
    assert kept.i_q_a[-1] == 200.0
    assert kept.torque_nm.max() == pytest.approx(told["peak_torque_nm"], rel=1e-12)
    currents = [float(kept.i_d_a[1]), float(kept.i_q_a[2])]
    assert kept.psi_d_wb[1, 2, 0] == pytest.approx(
        prius.point(*currents, positions=6, workers=1)["psi_d_wb"], abs=0.03 * float(np.ptp(kept.psi_d_wb))
    )


def test_the_picture_shows_the_field_once_and_alike(prius: MachineRoom) -> None:
    picture = prius.picture(*CURRENTS)
    assert picture.startswith("<svg")
    assert "|B| in T" in picture
    assert picture == MachineRoom("prius_2004", COARSE).picture(*CURRENTS)


def test_every_built_in_machine_is_listed_and_drawn() -> None:
    rows = built_in_machines()
    assert {"prius_2004", "zoe", "gen5_class_eesm", "ipace_class_ipm"} <= {row["name"] for row in rows}
    for row in rows:
        assert MachineRoom(row["name"]).drawing().startswith("<svg")


def test_python_opens_a_machine_in_one_line() -> None:
    room = halfshaft.machine("zoe", order=1, stack_length_m=0.2)
    assert room.options.order == 1
    assert room.design.stack_length_m == 0.2


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ("prius_2005", "prius_2004"),
        ("nowhere.fem", "nowhere.fem"),
        ("motor.stp", "motor.stp"),
    ],
)
def test_an_unknown_machine_is_refused_with_what_would_be_right(machine: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        MachineRoom(machine)


def test_a_statement_that_a_template_makes_itself_is_refused() -> None:
    with pytest.raises(InputError, match="pole_pairs"):
        read_machine("zoe", overrides={"pole_pairs": 3})


def test_a_field_current_without_a_field_winding_is_refused(prius: MachineRoom) -> None:
    with pytest.raises(InputError, match="no field winding"):
        prius.point(0.0, 10.0, 5.0)


@pytest.mark.parametrize("grid", ["12", "3x3", "axb", "900x900x9"])
def test_a_grid_that_is_none_is_refused(prius: MachineRoom, grid: str) -> None:
    with pytest.raises(InputError, match="grid"):
        prius.map(None, grid=grid, max_current_a=100.0)


def test_a_circle_that_misses_the_positions_is_refused() -> None:
    with pytest.raises(InputError, match="divisions"):
        MachineRoom("prius_2004", FieldOptions(order=1, divisions_per_pole=100)).point(0.0, 10.0, positions=7)


def test_a_rotor_is_judged_at_its_speed(prius: MachineRoom) -> None:
    """Stresses are those at overspeed; a speed beyond the limit is said not to hold."""
    slow, picture = prius.stress(6000.0)
    fast, _ = prius.stress(12000.0)
    json.dumps(slow, allow_nan=False)
    assert "<svg" in picture
    assert slow["stands_it"]
    assert not fast["stands_it"]
    assert fast["speed_limit_rpm"] == pytest.approx(slow["speed_limit_rpm"])
    assert fast["features"][0]["nominal_mpa"] == pytest.approx(4.0 * slow["features"][0]["nominal_mpa"])
    strong, _ = prius.stress(6000.0, yield_strength_mpa=500.0)
    assert strong["speed_limit_rpm"] > slow["speed_limit_rpm"]


@pytest.mark.parametrize("options", [{"safety": 0.0}, {"overspeed": -1.0}, {"yield_strength_mpa": 0.0}])
def test_a_stress_that_means_nothing_is_refused(prius: MachineRoom, options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="above 0"):
        prius.stress(6000.0, **options)
