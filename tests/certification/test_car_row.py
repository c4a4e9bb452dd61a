"""Tables of cars: what is read, what is assumed, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from halfshaft.certification import read_cars
from halfshaft.quantities import InputError

HEAD = (
    "row_id,make,driven_axle,e_machine_type,motor_peak_power_kw,motor_peak_torque_nm_total,motor_rad_per_m,tyre_radius_m,test_mass_kg,"
    "road_load_A_N,road_load_B_N_per_mps,road_load_C_N_per_mps2,udds_unadj_wh_per_km_ac,hwfet_unadj_wh_per_km_ac,curb_mass_kg_brochure,"
    "drag_coefficient_brochure,feg_evMotor"
)
CAR = "a,Maker,RWD,EESM,250,430,33.3,0.33,2268,150.8,0.338,0.3713,134,135,2050,0.24,"


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "cars.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_complete_row_needs_no_assumption_of_its_own(tmp_path: Path) -> None:
    """Figures arrive in SI; only the battery, for which there is no column, is assumed."""
    (car,) = read_cars(write(tmp_path, CAR))
    assert car.front is None
    assert car.rear is not None
    assert (car.rear.kind, car.rear.power_w, car.rear.torque_nm) == ("externally excited", 250e3, 430.0)
    assert (car.test_mass_kg, car.performance_mass_kg) == (2268.0, 2125.0)
    assert car.certified_load
    assert car.measured.combined_wh_per_km_ac == pytest.approx(0.55 * 134 + 0.45 * 135)
    assert [note.split(":")[0] for note in car.notes] == ["battery"]


@pytest.mark.parametrize(
    ("machine", "motors", "kinds", "shares"),
    [
        ("2x PSM", "", ("permanent magnet", "permanent magnet"), (0.5, 0.5)),
        ("2x EESM (190+230 kW)", "", ("externally excited", "externally excited"), (190 / 420, 230 / 420)),
        ("PSM+ASM", "80 and 150 kW AC 3-Phase", ("permanent magnet", "induction"), (80 / 230, 150 / 230)),
        ("hybrid-sync PSM (FEG says AC Induction: wrong)", "", ("permanent magnet", "permanent magnet"), (0.5, 0.5)),
    ],
)
def test_machines_of_two_axles_are_told_apart(
    tmp_path: Path, machine: str, motors: str, kinds: tuple[str, str], shares: tuple[float, float]
) -> None:
    """Kinds and powers stand front first; what stands in brackets names no kind; torque goes with the power."""
    (car,) = read_cars(write(tmp_path, f"a,Maker,AWD,{machine},300,600,30,0.33,2200,150,1,0.4,,,,,{motors}"))
    assert car.front is not None
    assert car.rear is not None
    assert (car.front.kind, car.rear.kind) == kinds
    assert (car.front.power_w / 300e3, car.rear.power_w / 300e3) == pytest.approx(shares)
    assert (car.front.torque_nm / 600, car.rear.torque_nm / 600) == pytest.approx(shares)


def test_missing_cells_are_assumed_and_said(tmp_path: Path) -> None:
    """Without power, torque, machine, revolutions and road load there is still a car, and a note for each."""
    (car,) = read_cars(write(tmp_path, "b,Maker,FWD,,,,,,,,,,,,1500,,"))
    assert car.front is not None
    assert not car.certified_load
    said = " ".join(car.notes)
    for what in ("road load", "motor revolutions", "battery", "machine", "power", "torque"):
        assert what in said
    assert car.measured.combined_wh_per_km_ac is None


def test_every_problem_is_told_with_its_line_and_column(tmp_path: Path) -> None:
    """All at once: a word for a number, an unknown axle, a negative mass, a row named twice, a row without a mass."""
    bad = [
        CAR,
        CAR.replace("a,", "b,", 1).replace(",250,", ",lots,"),
        CAR.replace("a,", "c,", 1).replace("RWD", "6WD"),
        CAR.replace("a,", "d,", 1).replace("2268", "-5"),
        "e,Maker,FWD,PSM,100,200,30,0.3,,,,,,,,,",
    ]
    with pytest.raises(InputError) as caught:
        read_cars(write(tmp_path, *bad))
    found = {(p.line, p.field) for p in caught.value.problems}
    assert found == {(3, "motor_peak_power_kw"), (4, "driven_axle"), (5, "test_mass_kg"), (6, "test_mass_kg")}
    with pytest.raises(InputError, match="line 2 again"):
        read_cars(write(tmp_path, CAR, CAR))


def test_what_is_no_table_of_cars_is_refused(tmp_path: Path) -> None:
    """No file, no rows, missing columns: each says what would be right."""
    with pytest.raises(InputError, match="no such file"):
        read_cars(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no rows"):
        read_cars(write(tmp_path))
    (tmp_path / "other.csv").write_text("speed,torque\n1,2\n")
    with pytest.raises(InputError, match="columns are missing: row_id"):
        read_cars(tmp_path / "other.csv")
