"""From a design to a map: what a computed map must obey, and what becomes of currents that cannot be solved."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from polar_machine import STEEL, polar_machine

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import sweep_half_period
from halfshaft.drive_unit.flux_map import design_record, period, sweep
from halfshaft.drive_unit.flux_map.flux_map import FluxMap, InterpolationError
from halfshaft.drive_unit.flux_map.grid import default_grid, with_zero
from halfshaft.drive_unit.flux_map.netcdf import load, save
from halfshaft.drive_unit.flux_map.sweep import GridError, compute_flux_map, probe_currents
from halfshaft.drive_unit.geometry.design import RoundWire
from halfshaft.drive_unit.geometry.read import read_design

MACHINES = Path(__file__).resolve().parents[3] / "../shared/data/machines"
TABLE = tuple((f, b, 1e-2 * f * b**2 + 3e-5 * f**2 * b**2) for f in (50.0, 200.0, 600.0) for b in (0.5, 1.0, 1.5))
LOSSY = replace(STEEL, loss_table=TABLE, density_kg_per_m3=7650.0)
CURRENTS = {"i_d_a": [-300.0, -150.0, 0.0, 100.0], "i_q_a": [0.0, 150.0, 300.0, 450.0], "i_f_a": [0.0, 5.0, 10.0, 15.0]}


@cache
def eesm_map() -> FluxMap:
    """A coarse map of the polar machine with a field winding, with losses and ripple."""
    design, mesh = polar_machine(steel=LOSSY)
    return compute_flux_map(design, mesh=mesh, **CURRENTS, ripple=True, workers=1)


def worst(error: InterpolationError, name: str) -> float:
    return error.largest_percent[error.quantities.index(name)]


def test_a_map_obeys_the_machine() -> None:
    """No excitation no flux, no q current no torque, reciprocal, and both ways to the torque agree on a coarse mesh."""
    m = eesm_map()
    assert m.psi_d_wb.shape == (4, 4, 4)
    assert np.abs([m.psi_d_wb[2, 0, 0], m.psi_q_wb[2, 0, 0], m.psi_f_wb[2, 0, 0]]).max() < 1e-9
    assert np.abs(m.torque_nm[:, 0]).max() < 1e-3 * m.torque_nm.max()
    table = m.inductance_h
    assert table is not None
    np.testing.assert_allclose(1.5 * table[..., 0, 1], 1.5 * table[..., 1, 0], atol=1e-9 * table[..., 0, 0].max())
    np.testing.assert_allclose(table[..., 2, 0], 1.5 * table[..., 0, 2], atol=1e-6 * table[..., 2, 0].max())
    quality = json.loads(m.provenance["quality"])
    assert quality["reciprocity_percent"] < 1e-4
    assert 0.0 < quality["torque_gap_stress_against_flux_percent"]["rms"] < 2.0
    assert 0.0 < quality["p1_against_p2_percent"]["torque"] < 5.0


def test_losses_at_nodes_of_both_grids_are_those_solved() -> None:
    """With a grid no finer than that of the losses nothing is interpolated: terms, ripple and peaks are the half period's
    own, to what Newton's tolerance leaves of a cold and a warm start."""
    m = eesm_map()
    design, mesh = polar_machine(steel=LOSSY)
    at = (1, 2, 3)
    point = np.array([[m.i_d_a[1], m.i_q_a[2], m.i_f_a[3]]])
    direct = sweep_half_period(FieldModel(design, mesh), point, workers=1)
    found = {(t.region, t.cause): t.value[at] for t in m.loss_terms}
    for term in direct.loss_terms:
        assert found[term.region, term.cause] == pytest.approx(float(np.squeeze(term.value)), rel=5e-3, abs=1e-12)
    assert m.torque_ripple_nm is not None
    assert m.peak_tooth_t is not None
    assert m.torque_ripple_nm[at] == pytest.approx(direct.torque_ripple_nm[0], rel=1e-2)
    assert m.peak_tooth_t[at] == pytest.approx(direct.peak_tooth_t[0], rel=1e-3, abs=1e-12)
    assert min(t.value.min() for t in m.loss_terms) >= 0.0


def test_pieces_of_a_sweep_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields that do not fit into memory at once give the same losses, in the order of the currents given."""
    design, mesh = polar_machine(steel=LOSSY, divisions=30)
    model = FieldModel(design, mesh)
    rng = np.random.default_rng(4)
    currents = rng.uniform((-200.0, 0.0, 2.0), (0.0, 300.0, 12.0), (20, 3))
    whole = period.half_period_quantities(model, currents, workers=1)
    monkeypatch.setattr(period, "_HELD_BYTES", 1.0)
    pieces = period.half_period_quantities(model, currents, workers=1)
    for a, b in zip(whole.loss_terms, pieces.loss_terms, strict=True):
        np.testing.assert_allclose(a.value, b.value, rtol=1e-3, atol=1e-12)
    np.testing.assert_allclose(whole.torque_ripple_nm, pieces.torque_ripple_nm, rtol=2e-2)


def test_a_map_can_be_computed_again_from_its_file(tmp_path: Path) -> None:
    """The design in the provenance is the design; the file holds all of the map."""
    m = eesm_map()
    design, _ = polar_machine(steel=LOSSY)
    save(m, tmp_path / "map.nc")
    again = load(tmp_path / "map.nc")
    assert design_record.from_dict(json.loads(again.provenance["design"])) == design
    assert again.interpolation_errors == m.interpolation_errors
    assert json.loads(again.provenance["settings"])["rotor_positions_over_60_deg"] == 5


def test_what_a_design_does_not_tell_is_unknown_and_said() -> None:
    """No wire, no fill: the resistance is no number, and a note says why."""
    m = eesm_map()
    assert np.isnan(m.stator_resistance_ohm_20c)
    assert "neither wire nor copper fill" in m.provenance["notes"]


def test_an_unchecked_map_holds_the_same_and_says_not_how_good_it_is() -> None:
    """What is left out is the checks, not a digit of flux linkages, torque and losses."""
    design, mesh = polar_machine(steel=LOSSY)
    seen: list[tuple[int, int]] = []
    fast = compute_flux_map(
        design, mesh=mesh, **CURRENTS, ripple=True, workers=1, checked=False,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    whole = eesm_map()
    for name in ("psi_d_wb", "psi_q_wb", "psi_f_wb", "torque_nm", "torque_ripple_nm"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(whole, name))
    for ours, theirs in zip(fast.loss_terms, whole.loss_terms, strict=True):
        np.testing.assert_array_equal(ours.value, theirs.value)
    assert fast.inductance_h is None
    assert fast.interpolation_errors == ()
    assert json.loads(fast.provenance["quality"]) == {}
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_progress_ends_at_its_total() -> None:
    """Every solved position counts once."""
    design, mesh = polar_machine(divisions=30)
    seen: list[tuple[int, int]] = []
    compute_flux_map(
        design, mesh=mesh, i_d_a=[-100.0, 0.0], i_q_a=[0.0, 100.0], i_f_a=[5.0], workers=1, losses=False,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(k, 15) for k in range(1, 16)]


def test_points_without_solution_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map with a hole is no map: the currents and the rotor's step are told. A probe's failure is only noted."""
    design, mesh = polar_machine(divisions=30)
    true_solve = sweep.solve_currents

    def failing(at: tuple[int, int], count: int):
        def solve(model: FieldModel, currents: np.ndarray, *args: object, **options: object) -> object:
            solved = true_solve(model, currents, *args, **options)
            converged = solved.converged.copy()
            if len(currents) == count:
                converged[at] = False
            return replace(solved, converged=converged)

        return solve

    few = {"i_d_a": [-100.0, 0.0], "i_q_a": [0.0, 100.0], "i_f_a": [5.0], "workers": 1, "losses": False}
    monkeypatch.setattr(sweep, "solve_currents", failing((1, 3), 4))
    with pytest.raises(GridError, match=r"rotor step 2, i_d 0 A, i_q 100 A, i_f 5 A") as error:
        compute_flux_map(design, mesh=mesh, **few)
    assert len(error.value.points) == 1
    monkeypatch.setattr(sweep, "solve_currents", failing((0, 3), 16))
    m = compute_flux_map(design, mesh=mesh, **few)
    assert "1 of 16 probes did not converge" in m.provenance["notes"]
    assert m.interpolation_errors[-1].points == 15


def test_wrong_requests_are_refused() -> None:
    """Currents that do not ascend, positions that miss the nodes, a grid that the copper does not give."""
    design, mesh = polar_machine(divisions=30)
    with pytest.raises(ValueError, match=r"i_d currents .* must be finite and ascend"):
        compute_flux_map(design, mesh=mesh, **{**CURRENTS, "i_d_a": [0.0, -1.0]})
    with pytest.raises(ValueError, match="do not fall on the sliding circle"):
        compute_flux_map(design, mesh=mesh, **CURRENTS, positions=7)
    with pytest.raises(ValueError, match="give the currents of the map"):
        default_grid(design)


@pytest.mark.parametrize(("rotor", "lowest", "highest"), [("surface", -1.0, 0.1), ("smooth", 0.0, 1.0)])
def test_default_currents_are_those_of_the_copper(rotor: str, lowest: float, highest: float) -> None:
    """30 A/mm2 rms in all paths; i_d goes against the magnets, or where a rotor without any has its torque."""
    design, _ = polar_machine(rotor=rotor, parallel_paths=2)
    assert design.winding is not None
    wire = RoundWire(1e-3, 10)
    grid = default_grid(replace(design, winding=replace(design.winding, wire=wire)))
    peak = np.sqrt(2.0) * 30e6 * 2 * 10 * np.pi / 4 * 1e-6
    assert grid.i_q_a[[0, -1]] == pytest.approx([0.0, peak])
    assert grid.i_d_a[[0, -1]] == pytest.approx([lowest * peak, highest * peak])
    assert grid.shape == (12, 16, 1)


def test_probes_lie_within_and_off_the_nodes() -> None:
    """Spread over each axis, the same every time; a single field current is kept."""
    grid = sweep.CurrentGrid(np.linspace(-3.0, 1.0, 5), np.linspace(0.0, 2.0, 5), np.array([7.0]))
    probes = probe_currents(grid)
    assert np.all(probes >= [-3.0, 0.0, 7.0])
    assert np.all(probes <= [1.0, 2.0, 7.0])
    assert np.abs(probes[:, :1] - grid.i_d_a).min() > 1e-3
    assert np.ptp(probes[:, 0]) > 0.8 * 4.0
    np.testing.assert_array_equal(probes, probe_currents(grid))


@pytest.mark.parametrize(
    ("low", "high", "count"), [(-400.0, 200.0, 12), (-360.0, 36.0, 12), (-1.0, 100.0, 4), (0.0, 5.0, 3)]
)
def test_zero_is_a_node(low: float, high: float, count: int) -> None:
    """Where the range holds zero, a node is there; the ends and the count stay."""
    axis = with_zero(low, high, count)
    assert (axis[0], axis[-1], len(axis)) == (low, high, count)
    assert 0.0 in axis
    assert np.all(np.diff(axis) > 0.0)


@pytest.mark.parametrize(
    ("machine", "currents"),
    [
        ("Toyota_Prius", {"i_d_a": np.linspace(-300.0, 30.0, 6), "i_q_a": np.linspace(0.0, 300.0, 6)}),
        (
            "Renault_Zoe",
            {
                "i_d_a": np.linspace(-300.0, 150.0, 5),
                "i_q_a": np.linspace(0.0, 420.0, 5),
                "i_f_a": np.linspace(0.0, 40.0, 5),
            },
        ),
    ],
)
def test_real_machines(machine: str, currents: dict) -> None:
    """Torque by two ways within 0.5 % of the largest, reciprocity, and next to no torque without q current.

    The Zoe's two layers of short-pitched coils lie at different depths, a mirror image exchanges them: 0.3 % of its torque is real.
    """
    path = MACHINES / f"{machine}.json"
    if not path.exists():
        pytest.skip(f"{path} is not here: the reference machines lie beside the checkout")
    m = compute_flux_map(read_design(path), **currents, losses=False)
    quality = json.loads(m.provenance["quality"])
    assert quality["torque_gap_stress_against_flux_percent"]["largest"] < 0.5
    assert quality["reciprocity_percent"] < 1e-4
    assert np.abs(m.torque_nm[:, 0]).max() < 5e-3 * m.torque_nm.max()
    assert worst(m.interpolation_errors[-1], "torque") < 1.0
