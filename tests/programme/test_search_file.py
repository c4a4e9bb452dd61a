"""Search files: the shipped example reads, and everything wrong in one is told with the line and what would be right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halfshaft.programme.search_file import load_search
from halfshaft.quantities import InputError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "design" / "eesm_210kw.yaml"


def _changed(folder: Path, old: str, new: str) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    kit = (EXAMPLE.parent / "../gen5").resolve()
    path = folder / "search.yaml"
    path.write_text(text.replace(old, new, 1).replace("kit: ../gen5", f"kit: {kit}", 1), encoding="utf-8")
    return path


def test_the_example_reads_in_si() -> None:
    """Ranges, demands and prices arrive in SI units, the top speed as the axle's."""
    search = load_search(EXAMPLE)
    by_label = {d.label: d for d in search.space.dimensions}
    assert by_label["stack_length"].low == pytest.approx(0.100)
    assert by_label["gear.ratio"].owner == "gear"
    assert search.demands.power_w == pytest.approx(210e3)
    assert search.demands.top_speed_rad_per_s == pytest.approx(180.0 / 3.6 / search.vehicle.tyre_radius_m)
    assert search.prices.scrap["copper"] == pytest.approx(0.1)
    assert search.space.winding(search.start).series_turns == 20
    assert any("fields" not in f.path and f.basis == "assumption" for f in search.ledger.assumptions)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rotor.body_width:", "rotor.body_widht:", "nearest are rotor.body_width"),
        ("step: 1 mm}", "step: 0.7 mm}", "no whole number"),
        ("from: 100 mm", "from: 100", "give the unit"),
        ("series_turns: 18, parallel_paths: 4", "series_turns: 17, parallel_paths: 4", "do not fill 72 slots"),
        ("machine: eesm_130x20", "machine: eesm_1", "unknown name"),
        ("vehicle: bmw_ix3", "vehicle: bmw_ix4", "unknown vehicle"),
        ("cycle: wltc_3b", "cycle: wltc", "unknown cycle"),
        ("    copper: {price: 10 EUR/kg, scrap: 10 %}\n", "", "no price for 'copper'"),
        ("objectives: [mass, cost, cycle_loss]", "objectives: [beauty]", "mass"),
        ("kit: ../gen5\n", "", "is missing"),
        ("inverters: [igbt_600]", "inverters: [igbt_2x600]", "three-phase sets"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    """One error at a time, each with words that lead to its repair."""
    with pytest.raises(InputError, match=words):
        load_search(_changed(tmp_path, old, new))


def test_a_vehicle_may_be_stated_by_what_moves_it(tmp_path: Path) -> None:
    """Mass, tyres and road load are all that a unit's duty needs."""
    stated = "{test_mass: 2 t, tyre_radius: 350 mm, road_load: {a: 150 N, b: 1 N*s/m, c: 0.4 N*s^2/m^2}}"
    search = load_search(_changed(tmp_path, "vehicle: bmw_ix3", f"vehicle: {stated}"))
    assert search.vehicle.test_mass_kg == pytest.approx(2000.0)
    assert np.allclose(search.vehicle.road_load.force_n(10.0), 150.0 + 10.0 + 40.0)
