"""A map made smooth: what it reproduces exactly, how fast it converges, what stays conserved, and where it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saturating_machine import POLE_PAIRS, flux_linkage_wb, inductance_h, losses, saturating_map

from halfshaft.drive_unit.flux_map import hermite
from halfshaft.drive_unit.flux_map.interpolate import FluxInterpolation, OutsideMapError, Probes, interpolation_error
from halfshaft.drive_unit.flux_map.symmetry import mirrored


def inside(count: int, seed: int = 1) -> list[np.ndarray]:
    """Currents all over the test machine's map, both signs of i_q."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(low, high, count) for low, high in ((-400.0, 200.0), (-400.0, 400.0), (0.0, 20.0))]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(-1.0, 1.0), min_size=64, max_size=64),
    st.tuples(st.integers(4, 7), st.integers(4, 7), st.sampled_from([1, 4, 6])),
    st.booleans(),
)
def test_cubics_are_reproduced(coefficients: list[float], nodes: tuple[int, int, int], slopes: bool) -> None:
    """Any polynomial of third degree in each current comes back exactly, with given first derivatives and without."""
    c = np.reshape(coefficients, (4, 4, 4))
    if nodes[2] == 1:
        c[:, :, 1:] = 0.0
    axes = tuple(np.cumsum(np.linspace(0.1, 0.4, n)) - 0.5 for n in nodes)

    def at(d: np.ndarray, q: np.ndarray, f: np.ndarray, by: int | None = None) -> np.ndarray:
        part = c if by is None else np.polynomial.polynomial.polyder(c, axis=by)
        return np.polynomial.polynomial.polyval3d(d, q, f, part)

    grid = np.meshgrid(*axes, indexing="ij")
    gradient = [at(*grid, by=k) for k in range(3)] if slopes else None
    data = hermite.node_data(axes, at(*grid), gradient)[..., None]
    rng = np.random.default_rng(3)
    points = [rng.uniform(a[0], a[-1], 50) for a in axes]
    for derivative in (-1, 0, 1):
        out = np.empty((50, 1))
        hermite.evaluate(*points, *axes, data, derivative, out)
        expected = at(*points, by=None if derivative < 0 else derivative)
        np.testing.assert_allclose(out[:, 0], expected, atol=1e-10)


@pytest.mark.parametrize("exact_slopes", [True, False])
def test_nodes_are_met_and_error_falls_with_the_fourth_power(exact_slopes: bool) -> None:
    """The map's own values at its nodes; halving the spacing divides the error by nearly sixteen."""
    coarse = saturating_map((9, 9, 9), exact_slopes=exact_slopes)
    fine = saturating_map((17, 17, 17), exact_slopes=exact_slopes)
    grid = np.meshgrid(coarse.i_d_a, coarse.i_q_a, coarse.i_f_a, indexing="ij")
    smooth = FluxInterpolation(coarse)
    np.testing.assert_allclose(smooth.flux_linkage_wb(*grid), flux_linkage_wb(*grid), atol=1e-14)
    np.testing.assert_allclose(smooth.torque_nm(*grid), coarse.torque_nm, atol=1e-10)
    if exact_slopes:
        np.testing.assert_allclose(smooth.inductance_h(*grid), coarse.inductance_h, atol=1e-15)
    points = inside(4000)
    errors = [
        np.sqrt(np.mean((FluxInterpolation(m).flux_linkage_wb(*points) - flux_linkage_wb(*points)) ** 2))
        for m in (coarse, fine)
    ]
    assert np.log2(errors[0] / errors[1]) > 3.5


def test_exact_slopes_make_a_coarse_map_better() -> None:
    """Incremental inductances at the nodes pay: the same nodes with splines only err more."""
    points = inside(2000)
    with_slopes, without = (
        np.abs(FluxInterpolation(saturating_map((7, 6, 5), exact_slopes=e)).flux_linkage_wb(*points) - flux_linkage_wb(*points)).max()
        for e in (True, False)
    )  # fmt: skip
    assert with_slopes < 0.5 * without


def test_derivatives_are_those_of_the_values_and_join_between_cells() -> None:
    """Central differences of flux linkages and torque give their slopes; both slopes are the same on either side of a node."""
    smooth = FluxInterpolation(saturating_map())
    points, h = [0.9 * p + 0.5 for p in inside(200, seed=5)], 1e-4
    for k in range(3):
        ahead, behind = ([p + s * h * (j == k) for j, p in enumerate(points)] for s in (1, -1))
        slope = (smooth.flux_linkage_wb(*ahead) - smooth.flux_linkage_wb(*behind)) / (2 * h)
        np.testing.assert_allclose(smooth.inductance_h(*points)[..., k], slope, atol=1e-9)
        torque = (smooth.torque_nm(*ahead) - smooth.torque_nm(*behind)) / (2 * h)
        np.testing.assert_allclose(smooth.torque_slope_nm_per_a(*points)[..., k], torque, atol=1e-6)
    node = float(smooth.flux_map.i_d_a[3])
    below, above = (smooth.inductance_h(node + s * 1e-9, points[1], points[2]) for s in (-1, 1))
    np.testing.assert_allclose(below, above, rtol=1e-6, atol=1e-12)


def test_reciprocity_holds_at_nodes_and_nearly_between() -> None:
    """d psi_f / d i_d is 3/2 d psi_d / d i_f, exactly where the map knows it, else to the interpolation's error."""
    flux_map = saturating_map((13, 9, 7))
    smooth = FluxInterpolation(flux_map)
    grid = np.meshgrid(flux_map.i_d_a, flux_map.i_q_a, flux_map.i_f_a, indexing="ij")
    for points, tolerance in ((grid, 1e-13), (inside(500), 0.02)):
        table = smooth.inductance_h(*points)
        scale = np.abs(inductance_h(*points)).max()
        assert np.abs(table[..., 2, 0] - 1.5 * table[..., 0, 2]).max() < tolerance * scale
        assert np.abs(table[..., 0, 1] - table[..., 1, 0]).max() < tolerance * scale


def test_half_a_map_is_the_whole_one() -> None:
    """A map from i_q = 0 up says of negative i_q what the whole map says: psi_q and torque odd, the rest even."""
    half, whole = saturating_map((9, 5, 5)), saturating_map((9, 9, 5), whole=True)
    points = inside(300)
    a, b = FluxInterpolation(half), FluxInterpolation(whole)
    np.testing.assert_allclose(a.flux_linkage_wb(*points), b.flux_linkage_wb(*points), atol=1e-13)
    np.testing.assert_allclose(a.loss_values(*points), b.loss_values(*points), atol=1e-11)
    np.testing.assert_allclose(a.torque_nm(*points), -a.torque_nm(points[0], -points[1], points[2]), atol=1e-9)
    both = mirrored(half)
    np.testing.assert_allclose(both.inductance_h, whole.inductance_h, atol=1e-18)
    np.testing.assert_allclose(both.torque_nm, whole.torque_nm, atol=1e-12)
    np.testing.assert_array_equal(both.i_q_a, whole.i_q_a)
    assert mirrored(both) is both


def test_a_map_without_symmetry_is_not_mirrored() -> None:
    """q flux at zero q current means another machine."""
    flux_map = saturating_map()
    with pytest.raises(ValueError, match="not symmetric"):
        FluxInterpolation(replace(flux_map, psi_q_wb=flux_map.psi_q_wb + 0.1))


def test_nothing_is_extrapolated() -> None:
    """Points outside are flagged, and refused with the map's range; the last digit of an end is forgiven."""
    smooth = FluxInterpolation(saturating_map())
    np.testing.assert_array_equal(smooth.covers([-400.1, 0.0, 200.0], [0.0, -400.0, 400.0], 20.0), [False, True, True])
    with pytest.raises(OutsideMapError, match=r"-400 to 200.*1 of 3"):
        smooth.flux_linkage_wb([0.0, 200.1, 0.0], 0.0, 0.0)
    with pytest.raises(OutsideMapError):
        smooth.torque_nm(np.nan, 0.0, 0.0)
    with pytest.raises(ValueError, match="wants a field current"):
        smooth.torque_nm(0.0, 0.0)
    assert np.isfinite(smooth.torque_nm(200.0 * (1 + 1e-15), 0.0, 20.0))


def test_a_single_field_current() -> None:
    """With magnets there is no field axis: it may be left out, its slope is the map's own or unknown."""
    flux_map = saturating_map((17, 13, 1))
    smooth = FluxInterpolation(flux_map)
    d, q, _ = inside(200)
    np.testing.assert_allclose(smooth.flux_linkage_wb(d, q), flux_linkage_wb(d, q, np.full(200, 8.0)), atol=2e-4)
    expected = inductance_h(d, q, np.full(200, 8.0))
    np.testing.assert_allclose(smooth.inductance_h(d, q), expected, atol=0.02 * np.abs(expected).max())
    assert np.isnan(FluxInterpolation(replace(flux_map, inductance_h=None)).inductance_h(0.0, 0.0)[:, 2]).all()
    with pytest.raises(OutsideMapError):
        smooth.torque_nm(0.0, 0.0, 9.0)


def test_losses_follow_their_frequency_and_are_never_negative() -> None:
    """Each term times its power of frequency; a spline's dip below zero counts as zero."""
    flux_map = saturating_map()
    points, frequency = inside(100), np.linspace(10.0, 1000.0, 100)
    smooth = FluxInterpolation(flux_map)
    found = smooth.losses_w(*points, frequency_hz=frequency)
    np.testing.assert_allclose(found[:, 0], smooth.loss_values(*points)[:, 0] * frequency**1.4, rtol=1e-13)
    np.testing.assert_allclose(smooth.loss_values(*points)[:, 0], losses(*points)[0], atol=0.01)
    spike = np.zeros(flux_map.psi_d_wb.shape)
    spike[4, 3, 2] = 1.0
    dipping = replace(flux_map, loss_terms=(replace(flux_map.loss_terms[0], value=spike),))
    assert FluxInterpolation(dipping).loss_values(*inside(2000)).min() == 0.0
    assert FluxInterpolation(replace(flux_map, loss_terms=())).losses_w(*points, frequency_hz=50.0).shape == (100, 0)


def test_probes_measure_the_true_error() -> None:
    """Against solved points the error is what it is; leaving nodes out overstates it, and both shrink with more nodes."""
    d, q, f = inside(400)
    probes = Probes(np.stack([d, q, f], axis=1), flux_linkage_wb(d, q, f), None)
    found = {}
    for nodes in ((7, 7, 5), (13, 13, 9)):
        flux_map = saturating_map(nodes)
        left_out, measured = interpolation_error(flux_map, probes)
        assert (left_out.method, measured.method, measured.points) == ("left out", "probes", 400)
        truth = np.abs(FluxInterpolation(flux_map).flux_linkage_wb(d, q, f) - flux_linkage_wb(d, q, f))[:, 1].max()
        at = measured.quantities.index("psi_q")
        assert measured.largest_percent[at] == pytest.approx(100 * truth / np.ptp(flux_map.psi_q_wb))
        assert left_out.largest_percent[at] > measured.largest_percent[at] > measured.rms_percent[at] > 0.0
        found[nodes] = left_out.largest_percent[at], measured.largest_percent[at]
    assert np.all(np.array(found[(13, 13, 9)]) < 0.25 * np.array(found[(7, 7, 5)]))


def test_torque_is_that_of_the_flux_linkages_everywhere() -> None:
    """Power balance: what the flux linkages take at the terminals is what the shaft gets."""
    smooth = FluxInterpolation(saturating_map((6, 5, 4)))
    d, q, f = inside(200)
    psi = smooth.flux_linkage_wb(d, q, f)
    expected = 1.5 * POLE_PAIRS * (psi[:, 0] * q - psi[:, 1] * d)
    np.testing.assert_allclose(smooth.torque_nm(d, q, f), expected, rtol=1e-13)


def test_bad_maps_are_refused() -> None:
    """Currents that do not ascend and values that are no numbers."""
    flux_map = saturating_map()
    with pytest.raises(ValueError, match="do not ascend"):
        FluxInterpolation(replace(flux_map, i_d_a=flux_map.i_d_a[::-1]))
    broken = flux_map.psi_d_wb.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        FluxInterpolation(replace(flux_map, psi_d_wb=broken))
