"""Scaling is bookkeeping: it composes, can be undone, keeps every balance of power, and agrees with a field solved anew."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polar_machine import polar_machine
from saturating_machine import saturating_map

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.interpolate import FluxInterpolation
from halfshaft.drive_unit.flux_map.scale import scaled

FACTOR = st.floats(0.2, 5.0)
SCALING = st.fixed_dictionaries(
    {
        "length": FACTOR,
        "series_turns": st.floats(4.0, 100.0),
        "parallel_paths": st.integers(1, 8),
        "field_turns_per_pole": st.floats(20.0, 400.0),
        "radius": FACTOR,
    }
)
MAP = saturating_map((5, 4, 4))


def numbers(flux_map: FluxMap) -> dict[str, np.ndarray]:
    """Every figure of a map by name."""
    out = {}
    for field in fields(flux_map):
        value = getattr(flux_map, field.name)
        if isinstance(value, (float, int, np.ndarray)):
            out[field.name] = np.asarray(value, dtype=float)
    out.update({f"{t.region} {t.cause}": t.value for t in flux_map.loss_terms})
    return out


def assert_same(a: FluxMap, b: FluxMap, tolerance: float = 1e-12) -> None:
    one, other = numbers(a), numbers(b)
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], rtol=tolerance, atol=0.0, err_msg=name)


@settings(deadline=None, max_examples=40)
@given(SCALING, SCALING)
def test_scaling_composes(first: dict, second: dict) -> None:
    """Two scalings are one: factors multiply, of winding data the last counts."""
    both = {**second, "length": first["length"] * second["length"], "radius": first["radius"] * second["radius"]}
    twice, once = scaled(scaled(MAP, **first), **second), scaled(MAP, **both)
    assert_same(twice, once)
    for name, value in json.loads(once.provenance["scaling"]).items():
        assert json.loads(twice.provenance["scaling"])[name] == pytest.approx(value, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(SCALING)
def test_scaling_can_be_undone(change: dict) -> None:
    """Back to the old length, size and winding."""
    back = {
        "length": 1.0 / change["length"],
        "radius": 1.0 / change["radius"],
        "series_turns": MAP.series_turns,
        "parallel_paths": MAP.parallel_paths,
        "field_turns_per_pole": MAP.field_turns_per_pole,
    }
    assert_same(scaled(scaled(MAP, **change), **back), MAP)


@settings(deadline=None, max_examples=40)
@given(SCALING)
def test_power_is_kept(change: dict) -> None:
    """Torque is that of the flux linkages, inductances stay the slopes and stay reciprocal, copper loss goes with copper volume."""
    m = scaled(MAP, **change)
    q, d = m.i_q_a[None, :, None], m.i_d_a[:, None, None]
    largest = np.abs(m.torque_nm).max()
    np.testing.assert_allclose(
        1.5 * m.pole_pairs * (m.psi_d_wb * q - m.psi_q_wb * d), m.torque_nm, atol=1e-12 * largest
    )
    slope = np.diff(m.psi_f_wb, axis=2) / np.diff(m.i_f_a)
    expected = np.diff(MAP.psi_f_wb, axis=2) / np.diff(MAP.i_f_a)
    assert m.inductance_h is not None
    assert MAP.inductance_h is not None
    ratio = m.inductance_h[..., 2, 2] / MAP.inductance_h[..., 2, 2]
    np.testing.assert_allclose(slope / expected, ratio[..., :-1], rtol=1e-10)
    np.testing.assert_allclose(m.inductance_h[..., 2, 0], 1.5 * m.inductance_h[..., 0, 2], rtol=1e-12)
    # J^2 rho V: the same current density times 1 / r in r^2 times the section
    stack, end = MAP.stack_length_m, MAP.end_turn_length_m
    volume = (stack * change["length"] + end * change["radius"]) / (stack + end)
    before, after = (n.stator_resistance_ohm_20c * n.i_q_a[-1] ** 2 for n in (MAP, m))
    assert after == pytest.approx(before * volume, rel=1e-12)
    before, after = (n.end_winding_inductance_h * n.i_q_a[-1] ** 2 for n in (MAP, m))
    assert after == pytest.approx(before * change["radius"] ** 3, rel=1e-12)


def test_interpolation_and_scaling_commute() -> None:
    """A scaled map interpolates to the scaled values, so that one table can serve a whole family."""
    change = {"length": 1.4, "series_turns": 36.0, "field_turns_per_pole": 80.0, "radius": 1.2}
    a, b = FluxInterpolation(MAP), FluxInterpolation(scaled(MAP, **change))
    rng = np.random.default_rng(2)
    d, q, f = rng.uniform(-400, 200, 50), rng.uniform(-400, 400, 50), rng.uniform(0, 20, 50)
    k, k_f = 36.0 / MAP.series_turns, 80.0 / MAP.field_turns_per_pole
    found = b.torque_nm(d * 1.2 / k, q * 1.2 / k, f * 1.2 / k_f)
    np.testing.assert_allclose(found, a.torque_nm(d, q, f) * 1.4 * 1.2**2, rtol=1e-11, atol=1e-9)


def test_reconnected_coils() -> None:
    """Half the paths of the same coils are twice the series turns."""
    m = scaled(MAP, parallel_paths=2)
    assert (m.series_turns, m.parallel_paths) == (48.0, 2)
    assert m.stator_resistance_ohm_20c == pytest.approx(4 * MAP.stator_resistance_ohm_20c)
    assert scaled(MAP, parallel_paths=2, series_turns=24.0).series_turns == 24.0


def test_eddy_losses_grow_with_their_conductors() -> None:
    """Sheets keep their thickness, so iron goes with volume; magnets and wires grow themselves."""
    by_cause = {
        t.cause: t.value / o.value for t, o in zip(scaled(MAP, radius=2.0).loss_terms, MAP.loss_terms, strict=True)
    }
    for cause, factor in (("steinmetz", 4.0), ("eddy", 4.0), ("magnet_eddy", 16.0), ("winding_proximity", 16.0)):
        np.testing.assert_allclose(by_cause[cause], factor, rtol=1e-14)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"length": 0.0}, "length 0"),
        ({"radius": -1.0}, "radius -1"),
        ({"series_turns": np.nan}, "series_turns nan"),
        ({"parallel_paths": 0}, "parallel_paths"),
        ({"field_turns_per_pole": 0.0}, "field_turns_per_pole 0"),
    ],
)
def test_impossible_scalings_are_refused(change: dict, words: str) -> None:
    """Nothing of a machine can be zero or less."""
    with pytest.raises(ValueError, match=words):
        scaled(MAP, **change)


def test_field_turns_need_a_field_winding() -> None:
    """Magnets have no turns."""
    with pytest.raises(ValueError, match="no field winding"):
        scaled(replace(MAP, field_turns_per_pole=0.0), field_turns_per_pole=100.0)


@pytest.mark.parametrize(
    ("machine", "change", "currents"),
    [
        ({"stack_length_m": 0.2}, {"length": 0.2 / 0.15}, (1.0, 1.0)),
        ({"conductors": 6.0}, {"series_turns": 1.5}, (1 / 1.5, 1.0)),
        ({"parallel_paths": 1}, {"parallel_paths": 1}, (0.5, 1.0)),
        ({"field_turns": 180.0}, {"field_turns_per_pole": 180.0}, (1.0, 1 / 1.5)),
        ({"scale": 1.25}, {"radius": 1.25}, (1.25, 1.25)),
    ],
)
def test_a_field_solved_anew_agrees(machine: dict, change: dict, currents: tuple[float, float]) -> None:
    """The scaled map of a solved point is what the solver finds for the scaled machine."""
    point = np.array([[-120.0, 260.0, 9.0]])

    def solved(settings: dict, at: np.ndarray) -> np.ndarray:
        design, mesh = polar_machine(divisions=60, **settings)
        solution = solve_currents(FieldModel(design, mesh), at, [4], tolerance=1e-9, workers=1)
        return np.append(solution.psi_dqf_wb[0, 0], solution.torque_nm[0, 0])

    psi = solved({}, point)
    one = [np.full((1, 1, 1), value) for value in psi]
    flux_map = replace(
        MAP,
        i_d_a=point[:, 0],
        i_q_a=point[:, 1],
        i_f_a=point[:, 2],
        psi_d_wb=one[0],
        psi_q_wb=one[1],
        psi_f_wb=one[2],
        torque_nm=one[3],
        stack_length_m=0.15,
        series_turns=1.0,
        parallel_paths=2,
        field_turns_per_pole=120.0,
    )
    found = scaled(flux_map, **change)
    expected = solved(machine, point * np.array([currents[0], currents[0], currents[1]]))
    np.testing.assert_allclose([found.i_d_a[0], found.i_f_a[0]], [-120.0 * currents[0], 9.0 * currents[1]], rtol=1e-14)
    got = [v.item() for v in (found.psi_d_wb, found.psi_q_wb, found.psi_f_wb, found.torque_nm)]
    np.testing.assert_allclose(got, expected, rtol=1e-9)
