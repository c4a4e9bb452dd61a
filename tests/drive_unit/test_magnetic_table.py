"""The magnetic table against a field known in closed form, and its promises: symmetry, exact scaling, inversion, and no extrapolation."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from analytic_machine import EESM, IPM, AnalyticMachine
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.magnetic_table import MagneticTable, loss_by_place, magnetic_table

Points = tuple[np.ndarray, np.ndarray, np.ndarray]
NODES = {"eesm": (12, 16, 8), "ipm": (12, 16, 1)}
MACHINES = {"eesm": EESM, "ipm": IPM}
shares = st.floats(0.0, 1.0)


@functools.cache
def table(which: str, factor: int = 1) -> MagneticTable:
    """Of a map whose grid is ``factor`` times as fine."""
    d, q, f = NODES[which]
    nodes = (factor * (d - 1) + 1, factor * (q - 1) + 1, factor * (f - 1) + 1)
    winding = {"series_turns": 16, "stack_length_m": 0.15, "field_turns_per_pole": 100.0}
    return magnetic_table(MACHINES[which].flux_map(nodes, **winding))


def points(machine: AnalyticMachine, count: int = 4000) -> Points:
    """Anywhere within the range."""
    random, at = np.random.default_rng(3), machine.current_range
    return random.uniform(*at.a_d, count), random.uniform(-at.a_q, at.a_q, count), random.uniform(*at.a_f, count)


@pytest.mark.parametrize(("which", "largest", "mean"), [("eesm", 0.016, 0.0011), ("ipm", 0.004, 0.0003)])
def test_interpolates_the_closed_form(which: str, largest: float, mean: float) -> None:
    """Flux linkages and loss sums of a map of 12 x 16 x 8 nodes lie within the stated shares of their ranges, between the nodes too."""
    at = points(MACHINES[which])
    exact, found = MACHINES[which].clamped(*at), table(which).clamped(*at)
    pairs = [*zip(exact[:2], found[:2], strict=True), *zip(exact[2], found[2], strict=True)]
    for truth, value in pairs:
        error = (value - truth) / np.abs(truth).max()
        assert np.abs(error).max() < largest  # at the knee, which is sharp by construction
        assert np.sqrt(np.mean(error**2)) < mean


def test_a_finer_map_is_of_fourth_order() -> None:
    """Halving the spacing takes at least ten times off the flux's mean error where the knee is not sharp: the spline is of fourth order."""
    soft = replace(EESM, saturation_exponent=2.0)
    at = points(soft)
    errors = []
    for nodes in ((12, 16, 8), (23, 31, 15)):
        found = magnetic_table(soft.flux_map(nodes, series_turns=1, stack_length_m=1.0, field_turns_per_pole=1.0))
        errors.append(np.sqrt(np.mean((found.clamped(*at)[0] - soft.clamped(*at)[0]) ** 2)))
    assert errors[1] < 0.1 * errors[0]


@pytest.mark.parametrize("which", ["eesm", "ipm"])
def test_nodes_are_met(which: str) -> None:
    """At the map's own currents its own values come back, the range's ends included."""
    machine, found = MACHINES[which], table(which)
    at = machine.current_range
    axes = (np.linspace(*at.a_d, 12), np.linspace(0.0, at.a_q, 16), np.linspace(*at.a_f, NODES[which][2]))
    d, q, f = np.meshgrid(*axes, indexing="ij")
    exact = machine.clamped(d, q, f)
    flux_d, flux_q = found.flux_linkage_wb_per_m(d, q, f)
    assert flux_d == pytest.approx(exact[0], rel=1e-9, abs=1e-12)
    assert flux_q == pytest.approx(exact[1], rel=1e-9, abs=1e-12)
    loss = found.iron_loss_w_per_m(d, q, f, 200.0)
    assert loss == pytest.approx(200.0 * exact[2][0] + 200.0**2 * exact[2][1], rel=1e-9, abs=1e-6)
    torque = machine.flux_map((12, 16, NODES[which][2]), series_turns=7, stack_length_m=0.2, field_turns_per_pole=3.0)
    assert found.torque_nm_per_m(d, q, f) == pytest.approx(torque.torque_nm / 0.2, rel=1e-9, abs=1e-6)


@given(d=shares, q=shares, f=shares)
@settings(max_examples=60, deadline=None)
def test_is_symmetric_about_the_d_axis(d: float, q: float, f: float) -> None:
    """A reversed q current reverses q flux and torque and leaves d flux and losses, to the bit; at none there is neither."""
    at = EESM.current_range
    a_d, a_q, a_f = at.a_d[0] + d * (at.a_d[1] - at.a_d[0]), q * at.a_q, f * at.a_f[1]
    one, two = (table("eesm").clamped(np.array(a_d), np.array(sign * a_q), np.array(a_f)) for sign in (1.0, -1.0))
    assert one[0] == two[0]
    assert one[1] == -two[1]
    assert np.array_equal(one[2], two[2])
    assert table("eesm").flux_linkage_wb_per_m(a_d, 0.0, a_f)[1] == pytest.approx(0.0, abs=1e-12)


@given(turns=st.integers(1, 60), length=st.floats(0.02, 0.4), field_turns=st.floats(10.0, 400.0))
@settings(max_examples=25, deadline=None)
def test_length_and_turns_are_bookkeeping(turns: int, length: float, field_turns: float) -> None:
    """Maps of one cross-section in any length and winding make the same table, to rounding."""
    one = table("eesm")
    other = magnetic_table(
        EESM.flux_map((12, 16, 8), series_turns=turns, stack_length_m=length, field_turns_per_pole=field_turns)
    )
    scale = np.abs(one.coefficients).max(axis=(0, 1, 2))
    assert np.abs(other.coefficients - one.coefficients) == pytest.approx(
        np.zeros(one.coefficients.shape), abs=1e-11 * scale.max()
    )
    assert np.all(np.abs(other.coefficients - one.coefficients) <= 1e-11 * scale)
    assert other.axis_f.breaks_a == pytest.approx(one.axis_f.breaks_a)


@pytest.mark.parametrize("which", ["eesm", "ipm"])
def test_q_current_inverts_torque(which: str) -> None:
    """The current found gives the torque to 1e-9 and is the least that does; the quantities returned are those of that point."""
    machine, found = MACHINES[which], table(which)
    a_d, a_q, a_f = points(machine)
    demand = found.torque_nm_per_m(a_d, np.abs(a_q), a_f)
    positive = demand > 0.0
    a_d, a_q, a_f, demand = a_d[positive], np.abs(a_q[positive]), a_f[positive], demand[positive]
    least, flux_d, flux_q, sums = found.clamped_for_torque(demand, a_d, a_f, 2.0 * machine.current_range.a_q)
    met = least <= machine.current_range.a_q
    assert met.mean() > 0.999  # a maximum inside a cell may hide a torque from the search
    assert found.torque_nm_per_m(a_d[met], least[met], a_f[met]) == pytest.approx(demand[met], rel=1e-9)
    assert np.all(least[met] <= a_q[met] * (1.0 + 1e-9))
    again = found.clamped(a_d, np.minimum(least, machine.current_range.a_q), a_f)
    for value, expected in zip((flux_d, flux_q, *sums), (*again[:2], *again[2]), strict=True):
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert np.all(found.q_current_for_torque(np.zeros(3), a_d[:3], a_f[:3], 1e4) == 0.0)


def test_a_demand_beyond_reach_returns_the_cap() -> None:
    """No q current up to the cap gives more than the cap's own torque; and where the torque is negative, none gives any."""
    found = table("ipm")
    a_d, a_f = np.array([-3e3, -3e3]), np.zeros(2)
    top = found.torque_nm_per_m(a_d, 8e3, a_f)
    least = found.q_current_for_torque(top * [0.999, 1.001], a_d, a_f, 8e3)
    assert least[0] < 8e3
    assert least[1] == 8e3
    unexcited = table("eesm").q_current_for_torque(np.ones(1), np.array([-5e3]), np.zeros(1), 8e3)
    assert unexcited[0] == 8e3  # the d axis has the greater inductance: a negative d current brakes


def test_falling_torque_takes_the_rising_branch() -> None:
    """Where torque has a maximum along q, as the fine cells of a sharp knee have, the inverse stays below it."""
    machine = replace(EESM, leakage_inductance_h_per_m=0.0)
    flux_map = machine.flux_map((12, 16, 8), series_turns=1, stack_length_m=1.0, field_turns_per_pole=1.0)
    # Cross-saturation strong enough that d flux falls faster than the q current grows.
    falling = np.exp(-((flux_map.i_q_a / 9e3) ** 2))[None, :, None]
    psi_d_wb = flux_map.psi_d_wb[:, :1] * falling
    found = magnetic_table(replace(flux_map, psi_d_wb=psi_d_wb, psi_q_wb=0.0 * flux_map.psi_q_wb))
    a_d, a_f = np.zeros(1), np.array([4e3])
    dense = np.linspace(0.0, 2e4, 4001)
    peak = dense[[np.argmax(found.torque_nm_per_m(a_d, dense, a_f))]]
    assert peak[0] == pytest.approx(9e3 / np.sqrt(2.0), rel=0.01)
    torque = found.torque_nm_per_m(a_d, peak, a_f)
    assert found.q_current_for_torque(0.9 * torque, a_d, a_f, 2e4)[0] < peak[0]
    assert found.q_current_for_torque(1.01 * torque, a_d, a_f, 2e4)[0] == 2e4


def test_outside_is_an_error() -> None:
    """Each axis names what the field is known for, and what was asked."""
    found = table("eesm")
    with pytest.raises(ValueError, match=r"known for -20500 to 10000 A of d ampere-turns, not for 10100 A"):
        found.flux_linkage_wb_per_m([0.0, 10100.0], 0.0, 0.0)
    with pytest.raises(
        ValueError, match=r"A of q ampere-turns, not for -21000 A; compute its flux map over a wider range"
    ):
        found.torque_nm_per_m(0.0, -21000.0, 0.0)
    with pytest.raises(ValueError, match=r"0 to 5622 A of field ampere-turns, not for nan A"):
        found.iron_loss_w_per_m(0.0, 0.0, np.nan, 100.0)


def test_refuses_a_map_of_which_no_table_can_be_made() -> None:
    """Too few nodes, descending currents, holes, no symmetry: each says so."""
    good = EESM.flux_map((5, 5, 4), series_turns=1, stack_length_m=1.0, field_turns_per_pole=1.0)
    with pytest.raises(ValueError, match="at least 4 currents on an axis, not 3"):
        magnetic_table(EESM.flux_map((3, 5, 4), series_turns=1, stack_length_m=1.0, field_turns_per_pole=1.0))
    with pytest.raises(ValueError, match="d currents that do not ascend"):
        magnetic_table(replace(good, i_d_a=good.i_d_a[::-1]))
    hole = good.psi_d_wb.copy()
    hole[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        magnetic_table(replace(good, psi_d_wb=hole))
    with pytest.raises(ValueError, match="does not know its end windings' inductance"):
        magnetic_table(replace(good, end_winding_inductance_h=np.nan))
    with pytest.raises(ValueError, match="not symmetric about its d axis"):
        magnetic_table(replace(good, psi_q_wb=good.psi_q_wb + 0.1 * good.psi_q_wb.max()))
    with pytest.raises(ValueError, match="q currents from zero up"):
        magnetic_table(replace(good, i_q_a=good.i_q_a + 10.0))


def test_both_sides_of_zero_are_averaged() -> None:
    """A map over negative and positive q currents makes the table of its symmetric part."""
    half = EESM.flux_map((5, 5, 4), series_turns=1, stack_length_m=1.0, field_turns_per_pole=1.0)

    def both(values: np.ndarray, sign: float) -> np.ndarray:
        return np.concatenate([sign * values[:, :0:-1], values], axis=1)

    tilt = 1e-3 * half.psi_q_wb.max()
    whole = replace(
        half,
        i_q_a=np.concatenate([-half.i_q_a[:0:-1], half.i_q_a]),
        psi_d_wb=both(half.psi_d_wb, 1.0),
        psi_q_wb=both(half.psi_q_wb, -1.0) + tilt,
        loss_terms=tuple(replace(term, value=both(term.value, 1.0)) for term in half.loss_terms),
    )
    assert magnetic_table(whole).coefficients == pytest.approx(magnetic_table(half).coefficients, rel=1e-9, abs=1e-12)


def test_splines_of_one_frequency_are_the_sums_at_it() -> None:
    """Fluxes unchanged, and one loss that is each place's sums times frequency and factor."""
    found = table("eesm")
    factors = {"stator_iron": 1.5, "rotor_iron": 2.0}
    splines = found.splines_at(300.0, factors)
    assert np.array_equal(splines.coefficients[..., :2], found.coefficients[..., :2])
    at = points(EESM, 200)
    sums = found.clamped(*at)[2]
    expected = loss_by_place(found.loss_terms, sums, np.array(300.0), factors)
    one = replace(found, loss_terms=(("stator_iron", 0.0),), coefficients=splines.coefficients)
    assert one.clamped(*at)[2][0] == pytest.approx(sum(expected.values()), rel=1e-9, abs=1e-6)
    assert not expected["magnets"].any()
