"""Laws that every solution obeys: reciprocity, energy, scaling, symmetry, periodicity; and that no point depends on its company."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from energies import coenergies_j
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from polar_machine import polar_machine

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import FieldSolutions, solve_currents

Array = NDArray[np.float64]
TIGHT = 1e-10
SATURATED = np.array([[-200.0, 300.0, 12.0], [100.0, 150.0, 15.0], [0.0, 400.0, 5.0]])

current = st.tuples(st.floats(-4000.0, 4000.0), st.floats(-4000.0, 4000.0), st.floats(-150.0, 150.0))


@pytest.fixture(scope="module")
def model() -> FieldModel:
    """The salient machine with a field winding."""
    return FieldModel(*polar_machine(divisions=60))


@pytest.fixture(scope="module")
def small() -> FieldModel:
    """The same machine on a coarse circle."""
    return FieldModel(*polar_machine(divisions=30))


def tight(model: FieldModel, currents: Array, steps: list[int], **options: bool) -> FieldSolutions:
    """Solved as far as double precision allows, without the predictor's threads."""
    solved = solve_currents(model, currents, steps, tolerance=TIGHT, workers=1, **options)  # type: ignore[arg-type]
    assert solved.converged.all(), solved.failures
    return solved


# ---------------------------------------------------------------- energy


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("rotor", ["field", "surface"])
def test_incremental_inductances_are_reciprocal(order: int, rotor: str) -> None:
    """At each position and deep in saturation d psi_j / d i_k = d psi_k / d i_j, the rotor's rows counted in power (3/2), to 1e-10."""
    inductance = tight(
        FieldModel(*polar_machine(divisions=30, rotor=rotor), order), SATURATED, [0, 7], inductance=True
    ).inductance_h
    assert inductance is not None
    power = inductance * np.array([1.5, 1.5, 1.0])[:, None]
    scale = np.sqrt(np.einsum("...ii->...i", power))
    scale = np.where(scale > 0.0, scale, 1.0)
    skew = (power - np.swapaxes(power, -1, -2)) / (scale[..., :, None] * scale[..., None, :])
    assert np.abs(skew).max() < 1e-10
    machine = power if rotor == "field" else power[..., :2, :2]
    assert np.linalg.eigvalsh(machine).min() > 0.0


def test_incremental_inductances_are_the_slopes(model: FieldModel) -> None:
    """They meet central differences of the flux linkages within 1e-5, at saturated points."""
    h = np.array([0.05, 0.05, 0.003])
    moved = np.concatenate([SATURATED + s * h * np.eye(3)[k] for k in range(3) for s in (1, -1)])
    psi = tight(model, moved, [5]).psi_dqf_wb[0].reshape(3, 2, len(SATURATED), 3)
    differences = ((psi[:, 0] - psi[:, 1]) / (2.0 * h[:, None, None])).transpose(1, 2, 0)
    inductance = tight(model, SATURATED, [5], inductance=True).inductance_h
    assert inductance is not None
    power = inductance[0] * np.array([1.5, 1.5, 1.0])[:, None]
    scale = np.sqrt(np.einsum("nii->ni", power))
    error = (differences * np.array([1.5, 1.5, 1.0])[:, None] - power) / (scale[:, :, None] * scale[:, None, :])
    assert np.abs(error).max() < 1e-5


@pytest.mark.parametrize("order", [1, 2])
def test_flux_linkage_is_the_slope_of_the_coenergy(order: int) -> None:
    """Coenergy integrated from the field alone: its slope by i_d, i_q and i_f is 3/2 psi_d, 3/2 psi_q and psi_f."""
    model = FieldModel(*polar_machine(divisions=30), order)
    h = np.array([0.05, 0.05, 0.002])
    moved = np.array([SATURATED[0] + s * h * np.eye(3)[k] for k in range(3) for s in (1, -1)])
    solved = tight(model, np.concatenate([moved, SATURATED[:1]]), [4], potential=True)
    coenergy = coenergies_j(model, solved)[0]
    slope = (coenergy[0:6:2] - coenergy[1:6:2]) / (2.0 * h)
    assert slope == pytest.approx(solved.psi_dqf_wb[0, 6] * np.array([1.5, 1.5, 1.0]), rel=1e-6)


@pytest.fixture(scope="module", params=[1, 2])
def turning(request: pytest.FixtureRequest) -> tuple[FieldModel, list[FieldSolutions]]:
    """A magnet machine turned through 60 degrees electrical: first point with its phase currents held, two more with held dq currents."""
    model = FieldModel(*polar_machine(divisions=60, rotor="surface"), request.param)
    solutions = []
    for step in range(21):
        held = (-100.0 + 250.0j) * np.exp(-1j * step * model.step_electrical_rad)
        currents = np.array([[held.real, held.imag, 0.0], [-100.0, 250.0, 0.0], [0.0, 150.0, 0.0]])
        solutions.append(tight(model, currents, [step], potential=True))
    return model, solutions


def test_torque_is_the_slope_of_the_coenergy_by_angle(turning: tuple[FieldModel, list[FieldSolutions]]) -> None:
    """At held phase currents Arkkio's mean torque is the coenergy's rise per angle: within 3 % in first order, 0.3 % in second."""
    model, solutions = turning
    coenergy = [coenergies_j(model, s)[0, 0] for s in solutions]
    rise = (coenergy[-1] - coenergy[0]) / (20 * model.step_electrical_rad / model.design.pole_pairs)
    mean = np.trapezoid([s.torque_nm[0, 0] for s in solutions]) / 20
    assert mean == pytest.approx(rise, rel=3e-2 if model.order == 1 else 3e-3)


def test_mean_torque_from_flux_and_from_stress(turning: tuple[FieldModel, list[FieldSolutions]]) -> None:
    """Over one period of all dq quantities 3/2 p (psi_d i_q - psi_q i_d) and Arkkio's torque have the same mean: within 2 % and 0.4 % of
    the larger one."""
    model, solutions = turning
    i_d, i_q, _ = solutions[0].currents_a[1:].T
    psi = np.mean([s.psi_dqf_wb[0, 1:] for s in solutions[:20]], axis=0)
    flux = 1.5 * model.design.pole_pairs * (psi[:, 0] * i_q - psi[:, 1] * i_d)
    stress = np.mean([s.torque_nm[0, 1:] for s in solutions[:20]], axis=0)
    assert np.abs(stress - flux).max() < (2e-2 if model.order == 1 else 4e-3) * flux.max()


def test_no_source_no_field(model: FieldModel) -> None:
    """Without currents and magnets there is nothing, and it takes no iterations to find out."""
    solved = tight(model, np.zeros((1, 3)), [0, 9], inductance=True, flux_density=True)
    assert not np.any(solved.psi_dqf_wb)
    assert not np.any(solved.torque_nm)
    assert not np.any(solved.flux_density_t)
    assert np.all(solved.newton_steps == 1)
    assert solved.inductance_h is not None
    assert np.all(np.einsum("knii->kni", solved.inductance_h) > 0.0)


# ---------------------------------------------------------------- scaling

STEPS = [0, 7]


@given(length=st.floats(0.01, 1.0), turns=st.floats(0.5, 20.0), paths=st.integers(1, 8), field=st.floats(10.0, 500.0))
@settings(max_examples=10)
def test_length_and_turns_are_bookkeeping(length: float, turns: float, paths: int, field: float) -> None:
    """Same ampere-turns, same field: flux linkages go with length and turns, torque with length, to 1e-12."""
    base = tight(FieldModel(*polar_machine(divisions=30)), SATURATED, STEPS)
    machine = polar_machine(
        divisions=30, stack_length_m=length, conductors=turns, parallel_paths=paths, field_turns=field
    )
    stator, rotor = (turns / paths) / (4.0 / 2.0), field / 120.0
    ratio = np.array([stator, stator, rotor])
    solved = tight(FieldModel(*machine), SATURATED / ratio, STEPS)
    assert solved.psi_dqf_wb == pytest.approx(
        base.psi_dqf_wb * ratio * (length / 0.15), rel=1e-12, abs=1e-12 * base.psi_dqf_wb.max()
    )
    assert solved.torque_nm == pytest.approx(base.torque_nm * (length / 0.15), rel=1e-12)


@given(scale=st.floats(0.3, 3.0), rotor=st.sampled_from(["field", "surface"]))
@settings(max_examples=10)
def test_the_cross_section_scales(scale: float, rotor: str) -> None:
    """Every length of the section and all currents times s: same flux density, flux linkage times s, torque times s squared, to 1e-11."""
    base = tight(FieldModel(*polar_machine(divisions=30, rotor=rotor)), SATURATED, STEPS)
    solved = tight(FieldModel(*polar_machine(divisions=30, rotor=rotor, scale=scale)), scale * SATURATED, STEPS)
    assert solved.psi_dqf_wb == pytest.approx(scale * base.psi_dqf_wb, rel=1e-11, abs=1e-13)
    assert solved.torque_nm == pytest.approx(scale**2 * base.torque_nm, rel=1e-11)


# ---------------------------------------------------------------- symmetry and periodicity


@given(d=st.floats(-400.0, 200.0), q=st.floats(0.0, 400.0), step=st.integers(0, 59))
@settings(max_examples=10)
def test_the_mirror_reverses_q(model: FieldModel, d: float, q: float, step: int) -> None:
    """A mesh and machine symmetric about the pole: -i_q at the opposite rotor angle gives psi_d, -psi_q, psi_f and -T."""
    one, other = (tight(model, np.array([[d, sign * q, 8.0]]), [sign * step]) for sign in (1, -1))
    mirrored = other.psi_dqf_wb[0, 0] * np.array([1.0, -1.0, 1.0])
    assert mirrored == pytest.approx(one.psi_dqf_wb[0, 0], rel=1e-9, abs=1e-12)
    assert -other.torque_nm[0, 0] == pytest.approx(one.torque_nm[0, 0], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("rotor", ["field", "surface"])
def test_a_pole_stands_for_the_machine(order: int, rotor: str) -> None:
    """Two poles and the whole circle of four give what one pole gives: psi, torque, inductances, at any turn, past the seam too."""
    solutions = [
        tight(
            FieldModel(*polar_machine(pole_pairs=2, divisions=18, sector_poles=n, rotor=rotor), order),
            SATURATED, [5, -25], inductance=True,
        )
        for n in (1, 2, 4)
    ]  # fmt: skip
    for other in solutions[1:]:
        for name in ("psi_dqf_wb", "torque_nm", "inductance_h"):
            one = getattr(solutions[0], name)
            # inductances come from a single-precision factor, refined twice
            relative = 1e-7 if name == "inductance_h" else 1e-9
            assert getattr(other, name) == pytest.approx(one, rel=relative, abs=0.1 * relative * np.abs(one).max()), (
                name
            )


@pytest.mark.parametrize("order", [1, 2])
def test_one_pole_pitch_changes_the_sign(order: int) -> None:
    """The rotor a pole further at the same dq currents: the stator's potential is the opposite, the rotor's the same, dq quantities too."""
    model = FieldModel(*polar_machine(divisions=30, rotor="surface"), order)
    here, further = (tight(model, SATURATED, [step], potential=True) for step in (4, 34))
    assert further.psi_dqf_wb == pytest.approx(here.psi_dqf_wb, rel=1e-9, abs=1e-12)
    assert further.torque_nm == pytest.approx(here.torque_nm, rel=1e-9)
    assert here.potential_wb_per_m is not None
    assert further.potential_wb_per_m is not None
    rotor = np.zeros(len(model.elements.node_points_m), dtype=bool)
    rotor[model.elements.nodes[np.any(model.mesh.triangles >= model.mesh.stator_nodes, axis=1)]] = True
    sign = np.where(rotor, 1.0, -1.0)
    limit = 1e-9 * np.abs(here.potential_wb_per_m).max()
    assert np.abs(further.potential_wb_per_m * sign - here.potential_wb_per_m).max() < limit


def test_sixty_degrees_permute_the_phases() -> None:
    """On a mesh that repeats with every slot, dq quantities repeat every 60 degrees electrical: six positions stand for all."""
    model = FieldModel(*polar_machine(divisions=60, mirrored=False))
    first, second = (tight(model, SATURATED, [step]) for step in (3, 23))
    assert second.psi_dqf_wb == pytest.approx(first.psi_dqf_wb, rel=1e-9)
    assert second.torque_nm == pytest.approx(first.torque_nm, rel=1e-9)


# ---------------------------------------------------------------- batches


@given(count=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_no_point_depends_on_its_company(small: FieldModel, count: int, seed: int) -> None:
    """In any order and number, alone and repeated, a point has the same solution within the tolerance's square."""
    rng = np.random.default_rng(seed)
    currents = rng.uniform([-400, -400, -15], [400, 400, 15], (count, 3))
    together = solve_currents(small, currents, [5], tolerance=1e-7)
    shuffled = rng.permutation(np.concatenate([np.arange(count), rng.integers(0, count, 5)]))
    again = solve_currents(small, currents[shuffled], [5], tolerance=1e-7)
    scale = np.abs(together.psi_dqf_wb).max(axis=(0, 1))
    assert np.all(np.abs(again.psi_dqf_wb - together.psi_dqf_wb[:, shuffled]) < 1e-8 * scale)
    k = int(rng.integers(count))
    alone = solve_currents(small, currents[k], [5], tolerance=1e-7)
    assert np.all(np.abs(alone.psi_dqf_wb[0, 0] - together.psi_dqf_wb[0, k]) < 1e-8 * scale)
    assert alone.torque_nm[0, 0] == pytest.approx(together.torque_nm[0, k], rel=1e-6, abs=1e-6)


def test_starts_from_any_grid(small: FieldModel) -> None:
    """Grids whose rows are batches start from their neighbours; with a corner missing as well. Results are those of a cold start."""
    row = np.linspace(0.0, 300.0, 16)

    def rows(*pairs: tuple[float, float]) -> Array:
        return np.array([[d, q, f] for d, f in pairs for q in row])

    for currents in (
        rows(*[(d, f) for f in (4.0, 8.0, 12.0) for d in (-200.0, -100.0, 0.0)]),
        rows((0.0, 12.0), (-100.0, 12.0), (0.0, 8.0)),
        rows((-100.0, 8.0), (0.0, 8.0), (0.0, 12.0), (0.0, 8.0)),
    ):
        solved = solve_currents(small, currents, [3], tolerance=1e-7)
        assert solved.converged.all()
        for k in (0, len(currents) // 2, len(currents) - 1):
            cold = solve_currents(small, currents[k], [3], tolerance=1e-7)
            assert solved.psi_dqf_wb[0, k] == pytest.approx(cold.psi_dqf_wb[0, 0], rel=1e-7, abs=1e-9)


def test_workers_change_no_bit(small: FieldModel) -> None:
    """One thread or two: identical numbers."""
    rng = np.random.default_rng(7)
    currents = rng.uniform([-300, -300, 0], [300, 300, 15], (17, 3))
    one, two = (solve_currents(small, currents, [0, 3, 6, 9], inductance=True, workers=n) for n in (1, 2))
    for name in ("psi_dqf_wb", "torque_nm", "inductance_h", "newton_steps"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_what_is_kept_is_what_is_handed_out(small: FieldModel) -> None:
    """Flux densities kept, handed to a listener, and taken from the potential are the same; progress is told once a position."""
    handed: dict[int, Array] = {}
    done: list[int] = []
    steps = [0, 4, 8]
    kept = solve_currents(small, SATURATED, steps, flux_density=True, potential=True, on_done=done.append)
    listened = solve_currents(small, SATURATED, steps, on_position=handed.__setitem__)
    assert sorted(done) == [0, 1, 2]
    assert listened.flux_density_t is None
    assert kept.flux_density_t is not None
    assert kept.potential_wb_per_m is not None
    for k in range(3):
        assert np.array_equal(handed[k], kept.flux_density_t[k])
    gradient = np.einsum(
        "ekc,pnek->pnec", small.elements.gradients[:, 0], kept.potential_wb_per_m[:, :, small.elements.nodes]
    )
    field = np.stack([gradient[..., 1], -gradient[..., 0]], axis=-1)
    assert kept.flux_density_t == pytest.approx(field, abs=1e-6)


# ---------------------------------------------------------------- convergence


@given(currents=st.lists(current, min_size=1, max_size=16), step=st.integers(0, 29))
@example(currents=[(0.0, 0.0, 8e-39), (0.0, 1e-300, 0.0), (1e-20, 0.0, 10.0)], step=0)  # below single precision's range
@settings(max_examples=25)
def test_any_current_converges_from_cold(
    small: FieldModel, currents: list[tuple[float, float, float]], step: int
) -> None:
    """Ten times the rated current and ampere-turns against each other: Newton arrives from zero, and the point is an equilibrium."""
    solved = solve_currents(small, np.array(currents), [step], tolerance=1e-6, inductance=True)
    assert solved.converged.all(), solved.failures
    assert solved.inductance_h is not None
    assert np.all(np.isfinite(solved.inductance_h))


def test_what_does_not_converge_is_named(small: FieldModel) -> None:
    """Currents beyond all numbers spoil neither their neighbours nor the truth: they are marked and put in words."""
    currents = np.array([[0.0, 100.0, 5.0], [np.nan, 0.0, 5.0], [1e200, 0.0, 5.0], [-50.0, 200.0, 5.0]])
    solved = solve_currents(small, currents, [3])
    assert solved.converged[0].tolist() == [True, False, False, True]
    assert solved.newton_steps[0, 1] == -1
    assert len(solved.failures) == 2
    assert "rotor step 3, i_d nan A" in " ".join(solved.failures)
    alone = solve_currents(small, currents[[0, 3]], [3])
    assert solved.psi_dqf_wb[0, [0, 3]] == pytest.approx(alone.psi_dqf_wb[0], rel=1e-6)


def test_currents_of_another_shape_are_refused(small: FieldModel) -> None:
    """Rows of three, or nothing."""
    with pytest.raises(ValueError, match=r"rows of i_d, i_q and i_f, not of shape \(4, 2\)"):
        solve_currents(small, np.zeros((4, 2)), [0])


def test_a_design_without_a_stator_winding(small: FieldModel) -> None:
    """Magnets alone make a field that links with nothing."""
    design, mesh = polar_machine(divisions=30, rotor="surface", conductors=0.0)
    solved = solve_currents(FieldModel(replace(design, winding=None), mesh), np.zeros((1, 3)), [0], flux_density=True)
    assert solved.converged.all()
    assert not np.any(solved.psi_dqf_wb)
    assert solved.flux_density_t is not None
    assert np.abs(solved.flux_density_t).max() > 0.3
